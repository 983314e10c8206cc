"""The enriched file in every format: whole or not at all, in the input's manner, its columns unchanged."""

import csv
import io
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gazetteer.enrich import GAZ_COLUMNS, enrich_table
from gazetteer.errors import TableError
from gazetteer.tables import read_table
from gazetteer.tables.table import tags_in
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table


def test_the_output_is_utf8_in_the_inputs_manner(tmp_path: Path) -> None:
    for text, encoding, target, start in (
        ("place,n\nIdlib,1\n", "utf-8", "out.csv", b"place,n,gaz_status"),
        ("place,n\nIdlib,1\n", "utf-8-sig", "out.csv", b"\xef\xbb\xbfplace,n,gaz_status"),
        ("place\tn\nIdlib\t1\n", "utf-16", "out.csv", b"\xef\xbb\xbfplace,n,gaz_status"),
        ("place;n\nIdlib;1\n", "utf-8", "out.csv", b"place;n;gaz_status"),
        ("place,n\nIdlib,1\n", "utf-8", "out.tsv", b"place\tn\tgaz_status"),
    ):
        source = write_table(tmp_path / "in.csv", text, encoding)
        enrich_table(FakeGazetteer(), source, tmp_path / target)
        assert (tmp_path / target).read_bytes().startswith(start), (text, encoding, target)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder in which nobody may write")
def test_a_folder_that_is_not_writable_is_found_before_any_work(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer()
    with pytest.raises(TableError, match=r"/proc/self/out\.csv can't be written"):
        enrich_table(gazetteer, write_table(tmp_path / "in.csv", "place\nIdlib\n"), "/proc/self/out.csv")
    assert [] == gazetteer.asked


@pytest.mark.parametrize("trouble", [KeyboardInterrupt(), RuntimeError(), OSError(28, "No space left")])
def test_stopping_half_way_leaves_an_older_output_as_it_was(tmp_path: Path, trouble: BaseException) -> None:
    class Stopped(FakeGazetteer):
        def resolve(self, text: str, **options: Any) -> Any:
            if text == "Aleppo":
                raise trouble
            return super().resolve(text, **options)

    source = write_table(tmp_path / "in.csv", "place\nIdlib\nAleppo\n")
    target = write_table(tmp_path / "out.csv", "older\n")
    with pytest.raises(TableError if isinstance(trouble, OSError) else type(trouble)):
        enrich_table(Stopped(), source, target)
    assert target.read_text() == "older\n"
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "out.csv", ".out.csv.checkpoint"}


cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
names = st.sampled_from(["Idlib", "Aleppo", "سراقب", "", "5 km north of X", '"quoted"', "a\rb", "a\r\nb"])


@given(
    rows=st.integers(0, 3).flatmap(
        lambda n: st.lists(st.tuples(names | cells, *[cells] * n).map(list), max_size=6)
    ),
    suffix=st.sampled_from([".csv", ".tsv"]),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_the_input_columns_come_back_unchanged_in_order_and_number(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    suffix: str,
    delimiter: str,
    encoding: str,
) -> None:
    assume(not (rows and tags_in(rows[0])))  # a first row like ["", "#meta"] is no row of the table
    folder = tmp_path_factory.getbasetemp()
    width = len(rows[0]) if rows else 2
    header = ["place", *(f"column {n}" for n in range(1, width))]
    text = io.StringIO(newline="")
    # A header of one cell shows no delimiter, and is taken to be split by commas.
    csv.writer(text, delimiter=delimiter if width > 1 else ",").writerows([header, *rows])
    source = write_table(folder / "any-in.csv", text.getvalue(), encoding)
    target = folder / f"any-out{suffix}"
    summary = enrich_table(FakeGazetteer(), source, target)
    with target.open(newline="", encoding="utf-8-sig") as file:
        between = "\t" if suffix == ".tsv" else ";" if delimiter == ";" and width > 1 else ","
        written = list(csv.reader(file, delimiter=between))
    assert [row[:width] for row in written] == [header, *rows]
    assert {len(row) for row in written} == {width + len(GAZ_COLUMNS)}
    assert summary.rows == sum(summary.statuses.values()) == len(rows)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_device_is_no_output_and_stays_what_it_is_and_a_pipe_is_no_input(tmp_path: Path) -> None:
    source, pipe = write_table(tmp_path / "in.csv", "place\nIdlib\n"), tmp_path / "out.csv"
    os.mkfifo(pipe)
    with pytest.raises(TableError, match="is a device and no file"):
        enrich_table(FakeGazetteer(), source, pipe)
    assert pipe.is_fifo()
    with pytest.raises(TableError, match="hand it in as -"):
        enrich_table(FakeGazetteer(), pipe, tmp_path / "other.csv")


def test_the_gazetteer_file_is_no_output(tmp_path: Path) -> None:
    source, gazetteer = write_table(tmp_path / "in.csv", "place\nIdlib\n"), FakeGazetteer()
    file = write_table(tmp_path / "syria.gpkg", "the gazetteer")
    held = replace(gazetteer.info(), path=file)
    gazetteer.info = lambda: held  # type: ignore[method-assign]
    with pytest.raises(TableError, match="is the gazetteer file"):
        enrich_table(gazetteer, source, file)
    assert "the gazetteer" == file.read_text()


ENRICHED = (".csv", ".tsv", ".csv.gz", ".xlsx", ".parquet", ".geojson", ".gpkg", ".jsonl")


def written(source: Path, target: Path, **options: Any) -> list[tuple[str, ...]]:
    """Enrich a table and return what was written, header first, as text."""
    enrich_table(FakeGazetteer(), source, target, **options)
    table = read_table(target)
    return [table.columns, *table.rows()]


@pytest.mark.parametrize("suffix", ENRICHED)
def test_an_enriched_table_is_enriched_anew_only_when_asked_and_never_into_itself(
    tmp_path: Path, suffix: str
) -> None:
    source = write_table(tmp_path / "in.csv", "place,n\nIdlib,1\nNowhere,\n")
    once = tmp_path / f"once{suffix}"
    rows = written(source, once)
    assert ("place", "n", *GAZ_COLUMNS) == rows[0]
    assert [("Idlib", "1", "resolved"), ("Nowhere", "", "unresolved")] == [row[:3] for row in rows[1:]]
    before = once.read_bytes()
    with pytest.raises(TableError, match=r"already has the column gaz_status.*--overwrite"):
        written(once, tmp_path / f"twice{suffix}")
    with pytest.raises(TableError, match="is the input"):
        written(once, once, overwrite=True)
    for target in (f"twice{suffix}", "again.csv", "again.geojson"):
        assert rows == written(once, tmp_path / target, overwrite=True)
    assert before == once.read_bytes()
    stopped = FakeGazetteer()
    stopped.resolve = Mock(side_effect=KeyboardInterrupt)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        enrich_table(stopped, source, tmp_path / f"stopped{suffix}")
    assert [] == [path.name for path in tmp_path.iterdir() if "stopped" in path.name]


def test_shapes_that_a_table_brings_are_checked_and_stay(tmp_path: Path) -> None:
    shapes = [
        {"type": "Point", "coordinates": [36.63, 35.93, 120.5]},
        None,
        {"type": "LineString", "coordinates": [[36.6, 35.9], [36.7, 35.9]]},
    ]
    features = [{"type": "Feature", "geometry": one, "properties": {"place": "Idlib"}} for one in shapes]
    collection = json.dumps({"type": "FeatureCollection", "features": features})
    source = write_table(tmp_path / "in.geojson", collection)
    written(source, tmp_path / "out.geojson")
    found = json.loads((tmp_path / "out.geojson").read_text())
    assert shapes == [feature["geometry"] for feature in found["features"]]
    checks = [feature["properties"]["gaz_point_check"] for feature in found["features"]]
    assert ["agrees", None, "agrees"] == checks  # a line by the circle round it
    rows = written(source, tmp_path / "out.csv")
    assert ("Idlib", "POINT Z (36.63 35.93 120.5)") == rows[1][:2]


def test_added_positions_are_the_shapes_of_a_table_without(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place\nIdlib\nNowhere\n")
    written(source, tmp_path / "out.geojson")
    found = json.loads((tmp_path / "out.geojson").read_text())
    point = {"type": "Point", "coordinates": [36.63393, 35.93062]}
    assert ("gaz_geometry", [point, None]) == (
        found["added_points"],
        [feature["geometry"] for feature in found["features"]],
    )
    assert [] == found["features"][0]["properties"]["gaz_alternatives"]


TABLES = {
    "labelled/airwars_dev.csv": "Airwars",
    "labelled/ucdp_dev.csv": "plain",
    "incidents/attacks_on_healthcare_SYR.csv": "Insecurity Insight",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_real_table_goes_through_every_format_and_comes_back(
    shared: Path, tmp_path: Path, name: str
) -> None:
    source = shared / "data" / name
    with source.open(newline="", encoding="utf-8-sig") as file:
        expected = [tuple(row) for row in csv.reader(file)]
    width, step = len(expected[0]), source
    for suffix in (".xlsx", ".parquet", ".jsonl", ".geojson", ".gpkg", ".xlsx", ".csv"):
        target = tmp_path / f"{len(list(tmp_path.iterdir()))}{suffix}"
        summary = enrich_table(FakeGazetteer(), step, target, overwrite=step != source)
        assert (TABLES[name], len(expected) - 1) == (summary.columns.dataset, summary.rows)
        step = target
    table = read_table(step)
    assert expected == [table.columns[:width], *(row[:width] for row in table.rows())]
