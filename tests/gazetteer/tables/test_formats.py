"""Every format, read and written: rows come back unchanged, in order, none lost, none added."""

import csv
import datetime
import io
import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazetteer.errors import TableError
from gazetteer.tables import GAZ_COLUMNS, enrich_table, read_table
from gazetteer.tables.enricher import Enricher
from gazetteer.tables.formats import FORMATS, format_for, format_of
from gazetteer.tables.planning import plan_for
from gazetteer.tables.table import Source
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table
from tests.gazetteer.tables.workbooks import a_workbook

SUFFIXES = tuple(suffix for form in FORMATS.values() for suffix in form.suffixes)
ENRICHED = (".csv", ".tsv", ".xlsx", ".parquet", ".geojson", ".gpkg", ".jsonl")
DAY = datetime.date(2016, 5, 30)


def enriched(source: Path, target: Path, **options: Any) -> list[tuple[str, ...]]:
    """Enrich a table and return what was written, header first, as text."""
    enrich_table(FakeGazetteer(), source, target, **options)
    return written(target)


def written(path: Path) -> list[tuple[str, ...]]:
    table = read_table(path)
    return [table.columns, *table.rows()]


def a_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return write_table(path, text.getvalue())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_format_is_written_by_its_end_and_recognised_by_what_it_holds(tmp_path: Path, suffix: str) -> None:
    source = a_csv(tmp_path / "in.csv", [["place", "n"], ["Idlib", "1"], ["Nowhere", ""]])
    target = tmp_path / f"out{suffix.upper()}"
    rows = enriched(source, target)
    assert ("place", "n", *GAZ_COLUMNS) == rows[0]
    assert [("Idlib", "1", "resolved", "0.95"), ("Nowhere", "", "unresolved", "")] == [
        r[:4] for r in rows[1:]
    ]
    assert format_for(target.name) == format_of(Source("x", target))
    anonymous = target.rename(tmp_path / "anonymous")
    assert rows == written(anonymous)


@pytest.mark.parametrize("suffix", ENRICHED)
def test_the_same_table_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    source = a_csv(tmp_path / "in.csv", [["place", "n"], ["Idlib", "1"], ["Nowhere", ""]])
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    enriched(source, first)
    enriched(source, second)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".parquet", ".gpkg"])
def test_a_table_without_rows_stays_one(tmp_path: Path, suffix: str) -> None:
    source = a_csv(tmp_path / "in.csv", [["place", "n"]])
    assert [("place", "n", *GAZ_COLUMNS)] == enriched(source, tmp_path / f"out{suffix}")


def test_json_without_rows_has_nowhere_to_name_columns(tmp_path: Path) -> None:
    source = a_csv(tmp_path / "in.csv", [["place", "n"]])
    assert [()] == enriched(source, tmp_path / "out.geojson")
    enrich_table(FakeGazetteer(), source, tmp_path / "out.jsonl")
    assert b"" == (tmp_path / "out.jsonl").read_bytes()


@pytest.mark.parametrize("suffix", ENRICHED)
def test_gaz_columns_are_refused_and_overwritten_only_when_asked(tmp_path: Path, suffix: str) -> None:
    source = a_csv(tmp_path / "in.csv", [["place", "n"], ["Idlib", "1"], ["Aleppo", "2"]])
    once = tmp_path / f"once{suffix}"
    rows = enriched(source, once)
    with pytest.raises(TableError, match=r"already has the column gaz_status.*--overwrite"):
        enriched(once, tmp_path / f"twice{suffix}")
    assert rows == enriched(once, tmp_path / f"twice{suffix}", overwrite=True)
    assert rows == enriched(once, tmp_path / "twice-again.csv", overwrite=True)


@pytest.mark.parametrize("suffix", ENRICHED)
def test_an_output_that_is_the_input_is_refused_and_the_input_stays(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"in{suffix}"
    enriched(a_csv(tmp_path / "first.csv", [["place"], ["Idlib"]]), source)
    before = source.read_bytes()
    with pytest.raises(TableError, match="is the input"):
        enrich_table(FakeGazetteer(), source, source, overwrite=True)
    assert before == source.read_bytes()


@pytest.mark.parametrize("suffix", ENRICHED)
def test_work_that_is_stopped_leaves_no_file(tmp_path: Path, suffix: str) -> None:
    class Stopped(FakeGazetteer):
        def resolve(self, text: str, **options: Any) -> Any:
            raise KeyboardInterrupt

    source = a_csv(tmp_path / "in.csv", [["place"], ["Idlib"]])
    with pytest.raises(KeyboardInterrupt):
        enrich_table(Stopped(), source, tmp_path / f"out{suffix}")
    assert ["in.csv"] == [path.name for path in tmp_path.iterdir()]


def truncated(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet", ".geojson", ".gpkg"])
def test_a_truncated_file_is_refused_with_one_sentence(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"in{suffix}"
    rows = [["place", "n"], *[["Idlib", str(n)] for n in range(2000)]]
    enriched(a_csv(tmp_path / "first.csv", rows), source)
    source.write_bytes(truncated(source.read_bytes()))
    with pytest.raises(TableError, match=r"damaged|cut short|broken off|no GeoPackage") as caught:
        enrich_table(FakeGazetteer(), source, tmp_path / "out.csv", overwrite=True)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.csv").exists()


def test_truncated_json_lines_are_refused_at_the_line(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.jsonl", '{"place": "Idlib"}\n{"place": "Al')
    with pytest.raises(TableError, match="line 2: this is no JSON"):
        read_table(source)


cell = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=40)
@given(
    width=st.integers(1, 3),
    cells=st.lists(cell, max_size=9),
    suffix=st.sampled_from(ENRICHED),
    start=st.sampled_from(ENRICHED),
)
def test_for_any_table_the_input_columns_come_back_unchanged_in_order_in_every_format(
    tmp_path_factory: pytest.TempPathFactory, width: int, cells: list[str], suffix: str, start: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    header = ["place", "=b", "c d"][:width]
    rows = [cells[at : at + width] for at in range(0, len(cells) - width + 1, width)]
    source = a_csv(folder / "in.csv", [header, *rows])
    if not rows:
        return
    first = enriched(source, folder / f"first{start}")
    second = enriched(folder / f"first{start}", folder / f"second{suffix}", overwrite=True)
    expected = [tuple(row) for row in (header, *rows)]
    assert expected == [row[:width] for row in first]
    assert expected == [row[:width] for row in second]


scalar = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)
nested = st.recursive(
    scalar,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner),
    max_leaves=4,
)


@given(rows=st.lists(st.dictionaries(st.sampled_from(["a", "b", "place"]), nested), min_size=1, max_size=4))
def test_json_lines_keep_every_value_and_every_missing_key(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    rows = [{"place": "Idlib"}, *rows]
    folder = tmp_path_factory.getbasetemp()
    source = write_table(folder / "any.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    target = folder / "any-out.jsonl"
    enrich_table(FakeGazetteer(), source, target)
    found = [json.loads(line) for line in target.read_bytes().splitlines()]
    assert rows == [{k: v for k, v in row.items() if not k.startswith("gaz_")} for row in found]
    assert {set(GAZ_COLUMNS) <= row.keys() for row in found} == {True}
    assert [] == found[0]["gaz_alternatives"]


def test_parquet_keeps_nested_and_precise_columns_as_they_are(tmp_path: Path) -> None:
    person = pa.struct([("name", pa.string()), ("n", pa.int8())])
    table = pa.table(
        {
            "place": pa.array(["Idlib", None, "Aleppo"]).dictionary_encode(),
            "who": pa.array([[{"name": "a", "n": 1}], None, []], pa.list_(person)),
            "when": pa.array([1, None, 3], pa.timestamp("ns", tz="UTC")),
            "cost": pa.array(["1.10", None, "2.00"]).cast(pa.decimal128(9, 2)),
            "tags": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int32())),
            "raw": pa.array([b"\0\xff", None, b""]),
        },
        metadata={"mine": "kept"},
    )  # fmt: skip
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=2)
    rows = enriched(tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    assert table.equals(found.select(table.column_names))
    assert [table.schema.field(name).type for name in table.column_names] == [
        found.schema.field(name).type for name in table.column_names
    ]
    assert b"kept" == found.schema.metadata[b"mine"]
    assert ["resolved", "invalid", "resolved"] == found["gaz_status"].to_pylist()
    assert (pa.float64(), pa.int64()) == tuple(
        found.schema.field(name).type for name in ("gaz_latitude", "gaz_uncertainty_m")
    )
    assert ('[{"name": "a", "n": 1}]', "1.10", "00ff") == tuple(rows[1][at] for at in (1, 3, 5))
    text = enriched(tmp_path / "in.parquet", tmp_path / "out.csv")
    assert rows[1][:6] == text[1][:6]


def test_parquet_is_geoparquet(tmp_path: Path) -> None:
    source = a_csv(tmp_path / "in.csv", [["place"], ["Idlib"], ["Nowhere"]])
    enriched(source, tmp_path / "out.parquet")
    geo = json.loads(pq.read_metadata(tmp_path / "out.parquet").metadata[b"geo"])
    assert {
        "version": "1.1.0",
        "primary_column": "gaz_geometry",
        "columns": {
            "gaz_geometry": {
                "encoding": "WKB",
                "geometry_types": ["Point"],
                "bbox": [36.63393, 35.93062, 36.63393, 35.93062],
            }
        },
    } == geo
    import geopandas

    frame = geopandas.read_parquet(tmp_path / "out.parquet")
    assert ("OGC:CRS84", "POINT (36.63393 35.93062)") == (str(frame.crs), frame.geometry[0].wkt)
    assert [False, True] == list(frame.geometry.isna())


def test_a_column_of_one_type_keeps_it_in_typed_formats_and_another_is_text(tmp_path: Path) -> None:
    source = a_workbook(
        tmp_path / "in.xlsx",
        [
            ["place", "n", "x", "day", "yes", "mixed"],
            ["Idlib", 1, 2, DAY, True, 1],
            ["", 2, 2.5, None, False, "a"],
        ],
    )
    enriched(source, tmp_path / "out.parquet")
    schema = pq.read_schema(tmp_path / "out.parquet")
    assert [pa.string(), pa.int64(), pa.float64(), pa.date32(), pa.bool_(), pa.string()] == schema.types[:6]
    assert ["1", "a"] == pq.read_table(tmp_path / "out.parquet")["mixed"].to_pylist()
    numbers = write_table(tmp_path / "in.csv", "place,n\nIdlib,007\n")
    enriched(numbers, tmp_path / "text.parquet")
    assert ["007"] == pq.read_table(tmp_path / "text.parquet")["n"].to_pylist()


COLLECTION: dict[str, Any] = {
    "type": "FeatureCollection",
    "name": "strikes",
    "features": [
        {
            "type": "Feature",
            "id": 7,
            "bbox": [36.6, 35.9, 36.6, 35.9],
            "geometry": {"type": "Point", "coordinates": [36.63, 35.93, 120.5]},
            "properties": {"place": "Idlib", "n": {"deep": [1, None]}},
            "extra": True,
        },
        {"type": "Feature", "geometry": None, "properties": None},
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[36.6, 35.9], [36.7, 35.9]]},
            "properties": {"place": "Aleppo"},
        },
    ],
    "after": {"features": []},
}


@pytest.mark.parametrize("indent", [None, 2])
def test_geojson_keeps_features_and_members_and_its_points_are_checked(
    tmp_path: Path, indent: int | None
) -> None:
    source = write_table(tmp_path / "in.json", json.dumps(COLLECTION, indent=indent))
    enrich_table(FakeGazetteer(), source, tmp_path / "out.geojson")
    found = json.loads((tmp_path / "out.geojson").read_text())
    checks = [feature["properties"].pop("gaz_point_check") for feature in found["features"]]
    assert ["agrees", None, None] == checks
    for feature, before in zip(found["features"], COLLECTION["features"], strict=True):
        own = {k: v for k, v in feature["properties"].items() if not k.startswith("gaz_")}
        assert {**before, "properties": before["properties"] or {}} == {**feature, "properties": own}
    assert {k: v for k, v in COLLECTION.items() if k != "features"} == {
        k: v for k, v in found.items() if k != "features"
    }
    rows = enriched(source, tmp_path / "out.csv")
    assert ("Idlib", '{"deep": [1, null]}', "POINT Z (36.63 35.93 120.5)") == rows[1][:3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"type": "Topology"}\n', "no FeatureCollection"),
        ('{"type": "FeatureCollection", "features": [{"type": "Feature"', "broken off"),
        ('{"type": "FeatureCollection", "features": [1]}', "feature 1 has no object of properties"),
        (
            '{"type": "FeatureCollection", "features": [{"geometry": {"type": "Point", "coordinates": 1}}]}',
            "the geometry of feature 1 is none",
        ),
        (
            '{"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "EPSG:32637"}}, '
            '"features": []}',
            "not in WGS 84",
        ),
        ('{"type": "FeatureCollection", "features": []} x', "something follows the object"),
        ('{"place": "Idlib", "place": "Aleppo"}\n', "the key 'place' comes twice"),
        ('{"place": "Idlib"}\n[1]\n', "line 2: this is no object"),
        ('{"place": "Idlib"}\n{"place": }\n', "line 2: this is no JSON"),
    ],
)
def test_json_that_is_no_table_is_refused_with_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    source = write_table(tmp_path / "in.json", "{\n" + text[1:] if "Topology" in text else text)
    with pytest.raises(TableError, match=words) as caught:
        read_table(source)
    assert "\n" not in str(caught.value)


def test_a_large_collection_is_read_a_feature_at_a_time(tmp_path: Path) -> None:
    feature = {"type": "Feature", "geometry": None, "properties": {"place": "x" * 5000}}
    body = ",".join([json.dumps(feature)] * 60)
    last = json.dumps({"type": "Feature", "geometry": None, "properties": {"place": "y" * 300_000}})
    text = f'{{"type": "FeatureCollection", "features": [{body}, {last}], "n": 12345}}'
    rows = written(write_table(tmp_path / "in.geojson", text))
    assert (62, 300_000) == (len(rows), len(rows[-1][0]))


def test_half_a_character_stays_in_json_and_is_refused_where_text_is_utf8(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.jsonl", '{"place": "Idlib", "n": "\\ud83d"}\n')
    enrich_table(FakeGazetteer(), source, tmp_path / "out.jsonl")
    assert "\ud83d" == json.loads((tmp_path / "out.jsonl").read_bytes())["n"]
    for suffix in (".csv", ".parquet", ".gpkg"):
        with pytest.raises(TableError, match=r"half of a character \(\\ud83d\)"):
            enrich_table(FakeGazetteer(), source, tmp_path / f"out{suffix}")
    assert {"in.jsonl", "out.jsonl"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("suffix", ENRICHED)
def test_another_process_can_be_sent_a_plan_and_chunks_and_gives_the_same_cells(
    tmp_path: Path, suffix: str
) -> None:
    rows = [["place", "lat", "lon"], *[["Idlib", str(35 + n / 10), "36.6"] for n in range(9)]]
    source = tmp_path / f"in{suffix}"
    enrich_table(FakeGazetteer(), a_csv(tmp_path / "first.csv", rows), source)
    table = read_table(source)
    plan = plan_for(table, overwrite=True)
    here = Enricher(FakeGazetteer(), plan)
    for chunk in table.chunks(4):
        sent_plan, sent_chunk = pickle.loads(pickle.dumps((plan, chunk)))
        part = pickle.loads(pickle.dumps(Enricher(FakeGazetteer(), sent_plan).part(sent_chunk)))
        assert [cells.values for cells in here.part(chunk).cells] == [cells.values for cells in part.cells]
        assert plan.kept_rows(chunk) == plan.kept_rows(part.chunk)


def test_formats_other_than_text_say_where_a_row_is_by_its_number(tmp_path: Path) -> None:
    source = a_workbook(tmp_path / "in.xlsx", [["Title"], ["place", "n"], ["Idlib", 1]])
    assert [(3, ("Idlib", "1"))] == list(read_table(source).numbered_rows())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("place,n\nIdlib,1\r\nAleppo,2\rNowhere,3\n", None),
        ("place,n\n" + "Idlib," + "x" * 1_000_000 + "\n", None),
        ("place,n\nIdlib,1,2\n", "line 2: 3 cells"),
        ("place,n\nIdlib,a\0b\n", "NUL"),
        ("place,place\nx,y\n", "more than one column named 'place'"),
    ],
)
def test_bad_text_is_refused_or_read_whole(tmp_path: Path, text: str, words: str | None) -> None:
    source = write_table(tmp_path / "in.csv", text)
    if words is None:
        expected = list(csv.reader(io.StringIO(text, newline="")))[1:]
        assert expected == [list(row[:2]) for row in enriched(source, tmp_path / "out.parquet")[1:]]
    else:
        with pytest.raises(TableError, match=words):
            enriched(source, tmp_path / "out.parquet")
        assert ["in.csv"] == [path.name for path in tmp_path.iterdir()]
