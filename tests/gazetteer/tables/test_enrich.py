import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.coords import LatLon
from gazetteer.errors import InputError, TableError
from gazetteer.places import PlaceKind
from gazetteer.tables import GAZ_COLUMNS, enrich_table
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, match, place, write_table

ISSUE_ORDER = (
    "gaz_status gaz_confidence gaz_place_id gaz_name gaz_kind gaz_latitude gaz_longitude gaz_uncertainty_m "
    "gaz_matched_name gaz_method gaz_adm1_pcode gaz_adm1_name gaz_adm2_pcode gaz_adm2_name gaz_adm3_pcode "
    "gaz_adm3_name gaz_admin_method gaz_geo_precision gaz_where_prec gaz_alternatives"
)


def enriched(
    folder: Path, text: str, gazetteer: FakeGazetteer | None = None, **options: Any
) -> list[dict[str, str]]:
    source, target = write_table(folder / "in.csv", text), folder / "out.csv"
    enrich_table(gazetteer or FakeGazetteer(), source, target, **options)
    with target.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_columns_are_appended_in_their_order(tmp_path: Path) -> None:
    (row,) = enriched(tmp_path, "n,place\n1,Idlib\n")
    assert list(row) == ["n", "place", *GAZ_COLUMNS]
    assert list(GAZ_COLUMNS) == ISSUE_ORDER.split()


def test_a_resolved_row_has_everything(tmp_path: Path) -> None:
    (row,) = enriched(tmp_path, "place\nIdlib\n")
    assert row == {
        "place": "Idlib",
        "gaz_status": "resolved",
        "gaz_confidence": "0.95",
        "gaz_place_id": "cg:idlib",
        "gaz_name": "Idlib",
        "gaz_kind": "settlement",
        "gaz_latitude": "35.93062",
        "gaz_longitude": "36.63393",
        "gaz_uncertainty_m": "4000",
        "gaz_matched_name": "Idlib",
        "gaz_method": "exact",
        "gaz_adm1_pcode": "SY07",
        "gaz_adm1_name": "Idleb",
        "gaz_adm2_pcode": "SY0701",
        "gaz_adm2_name": "Idleb",
        "gaz_adm3_pcode": "SY070100",
        "gaz_adm3_name": "Idleb",
        "gaz_admin_method": "stated",
        "gaz_geo_precision": "1",
        "gaz_where_prec": "1",
        "gaz_alternatives": "[]",
    }


def test_an_ambiguous_row_has_candidates_and_no_position(tmp_path: Path) -> None:
    two = [match(place("Tell One"), 0.5), match(place("Tell Two", position=LatLon(36.5, 37.5)), 0.45)]
    (row,) = enriched(tmp_path, "place\nTell\n", FakeGazetteer({"Tell": two}))
    filled = {name for name in GAZ_COLUMNS if row[name]}
    assert filled == {"gaz_status", "gaz_confidence", "gaz_alternatives"}
    assert (row["gaz_status"], row["gaz_confidence"]) == ("ambiguous", "0.5")
    assert json.loads(row["gaz_alternatives"]) == [
        {
            "place_id": "cg:tell-one",
            "name": "Tell One",
            "latitude": 35.93062,
            "longitude": 36.63393,
            "confidence": 0.5,
        },
        {
            "place_id": "cg:tell-two",
            "name": "Tell Two",
            "latitude": 36.5,
            "longitude": 37.5,
            "confidence": 0.45,
        },
    ]


def test_a_resolved_row_lists_at_most_five_others_best_first(tmp_path: Path) -> None:
    many = [match(place(f"P{n}"), 0.9 if n == 0 else 0.3 - n / 100) for n in range(9)]
    (row,) = enriched(tmp_path, "place\nP\n", FakeGazetteer({"P": many}))
    assert row["gaz_name"] == "P0"
    assert [other["name"] for other in json.loads(row["gaz_alternatives"])] == ["P1", "P2", "P3", "P4", "P5"]


def test_an_area_leaves_the_narrower_levels_blank(tmp_path: Path) -> None:
    area = place("Idlib", kind=PlaceKind.GOVERNORATE, admin=place().admin[:1], uncertainty_m=60_000.0)
    (row,) = enriched(tmp_path, "place\nIdlib\n", FakeGazetteer({"Idlib": [match(area)]}))
    assert (row["gaz_adm1_pcode"], row["gaz_adm2_pcode"], row["gaz_where_prec"]) == ("SY07", "", "4")


@pytest.mark.parametrize("cell", ["", "   ", "-", "???", "a\x07b", "\x1b[0m", "x" * 501, "broken"])
def test_a_cell_without_a_name_is_invalid_and_kept(tmp_path: Path, cell: str) -> None:
    (row,) = enriched(tmp_path, f"n,place\n1,{cell}\n")
    assert (row["place"], row["gaz_status"], row["gaz_alternatives"]) == (cell, "invalid", "[]")
    assert row["gaz_confidence"] == ""


def test_an_unknown_name_is_unresolved(tmp_path: Path) -> None:
    (row,) = enriched(tmp_path, "place\nKafr Nowhere\n")
    assert (row["gaz_status"], row["gaz_alternatives"]) == ("unresolved", "[]")


def test_min_confidence_decides_what_is_resolved(tmp_path: Path) -> None:
    (row,) = enriched(tmp_path, "place\nIdlib\n", min_confidence=0.99)
    assert row["gaz_status"] == "ambiguous"


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_a_min_confidence_that_is_no_probability_is_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(InputError, match="min_confidence must lie between 0 and 1"):
        enriched(tmp_path, "place\nIdlib\n", min_confidence=value)


def test_area_cells_are_hints_narrowest_first_and_empty_ones_are_none(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer()
    enriched(tmp_path, "place,governorate,district\nIdlib,North,\nIdlib,North,Middle\n", gazetteer)
    assert gazetteer.asked == [("Idlib", ("North",)), ("Idlib", ("Middle", "North"))]


def test_the_arabic_place_is_used_where_the_other_is_empty(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer()
    enriched(tmp_path, "place,place_ar\nIdlib,حلب\n,حلب\n", gazetteer)
    assert [text for text, _ in gazetteer.asked] == ["Idlib", "حلب"]


def test_each_distinct_place_is_resolved_once_and_progress_counts_them(tmp_path: Path) -> None:
    gazetteer, steps = FakeGazetteer(), list[tuple[int, int]]()
    rows = enriched(
        tmp_path,
        "place\n" + "Idlib\nAleppo\n Idlib \n" * 50,
        gazetteer,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert (len(rows), len(gazetteer.asked), steps) == (150, 2, [(1, 2), (2, 2)])


def test_the_summary_counts_every_status(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "Place;Area\nIdlib;x\n;x\nNowhere;\n")
    summary = enrich_table(FakeGazetteer(), source, tmp_path / "out.csv")
    assert summary.as_json() == {
        "rows": 3,
        "resolved": 1,
        "ambiguous": 0,
        "unresolved": 1,
        "invalid": 1,
        "columns": {"place": "Place", "place_ar": None, "admin": ["Area"]},
        "output": str(tmp_path / "out.csv"),
    }


def test_a_table_without_rows_gives_its_header(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place,n\n")
    summary = enrich_table(FakeGazetteer(), source, tmp_path / "out.csv")
    assert (summary.rows, (tmp_path / "out.csv").read_text()) == (0, f"place,n,{','.join(GAZ_COLUMNS)}\n")


@pytest.mark.parametrize(
    ("text", "encoding", "target", "start"),
    [
        ("place,n\nIdlib,1\n", "utf-8", "out.csv", b"place,n,gaz_status"),
        ("place,n\nIdlib,1\n", "utf-8-sig", "out.csv", b"\xef\xbb\xbfplace,n,gaz_status"),
        ("place\tn\nIdlib\t1\n", "utf-16", "out.csv", b"\xef\xbb\xbfplace,n,gaz_status"),
        ("place;n\nIdlib;1\n", "utf-8", "out.csv", b"place;n;gaz_status"),
        ("place,n\nIdlib,1\n", "utf-8", "out.tsv", b"place\tn\tgaz_status"),
    ],
)
def test_the_output_is_utf8_in_the_inputs_manner(
    tmp_path: Path, text: str, encoding: str, target: str, start: bytes
) -> None:
    source = write_table(tmp_path / "in.csv", text, encoding)
    enrich_table(FakeGazetteer(), source, tmp_path / target)
    assert (tmp_path / target).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        ("what,when\nx,y\n", "out.csv", "the columns what, when: name the right one with --place COLUMN"),
        ("place,gaz_status\nx,y\n", "out.csv", "already has the column gaz_status"),
        ("place,GAZ_Name\nx,y\n", "out.csv", "already has the column GAZ_Name"),
        ("place,n\nIdlib\n", "out.csv", "line 2: 1 cells"),
        ("place\nx\n", "in.csv", "is the input"),
        ("place\nx\n", "out.xlsx", "end its name in .csv or .tsv"),
        ("place\nx\n", "out", "end its name in .csv or .tsv"),
        ("place\nx\n", "missing/out.csv", "there is no folder"),
        ("place\nx\n", "folder.csv", "is a folder"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, text: str, target: str, words: str
) -> None:
    source = write_table(tmp_path / "in.csv", text)
    (tmp_path / "folder.csv").mkdir()
    gazetteer = FakeGazetteer()
    with pytest.raises(TableError) as caught:
        enrich_table(gazetteer, source, tmp_path / target)
    assert words in str(caught.value)
    assert gazetteer.asked == []
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "folder.csv"}
    assert source.read_text() == text


def test_a_link_to_the_input_is_the_input(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place\nx\n")
    (tmp_path / "link.csv").symlink_to(source)
    with pytest.raises(TableError, match="is the input"):
        enrich_table(FakeGazetteer(), source, tmp_path / "link.csv")


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, RuntimeError, OSError(28, "No space left on device")])
def test_stopping_half_way_leaves_an_older_output_as_it_was(
    tmp_path: Path, trouble: BaseException | type[BaseException]
) -> None:
    class Stopped(FakeGazetteer):
        def resolve(self, text: str, **options: Any) -> Any:
            if text == "Aleppo":
                raise trouble
            return super().resolve(text, **options)

    source = write_table(tmp_path / "in.csv", "place\nIdlib\nAleppo\n")
    target = write_table(tmp_path / "out.csv", "older\n")
    expected = TableError if isinstance(trouble, OSError) else trouble
    with pytest.raises(expected):  # type: ignore[arg-type]  # a class either way
        enrich_table(Stopped(), source, target)
    assert target.read_text() == "older\n"
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "out.csv"}


cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
names = st.sampled_from(["Idlib", "Aleppo", "سراقب", "", "5 km north of X", '"quoted"', "a\rb", "a\r\nb"])


@given(
    rows=st.integers(0, 3).flatmap(
        lambda n: st.lists(
            st.tuples(names | cells, *[cells] * n).map(list),
            max_size=6,
        )
    ),
    suffix=st.sampled_from([".csv", ".tsv"]),
    delimiter=st.sampled_from(",;\t"),
)
def test_the_input_columns_come_back_unchanged_in_order_and_number(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], suffix: str, delimiter: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    width = len(rows[0]) if rows else 2
    header = ["place", *(f"column {n}" for n in range(1, width))]
    text = io.StringIO(newline="")
    # A header of one cell shows no delimiter, and is taken to be split by commas.
    csv.writer(text, delimiter=delimiter if width > 1 else ",").writerows([header, *rows])
    source = write_table(folder / "any-in.csv", text.getvalue())
    target = folder / f"any-out{suffix}"
    summary = enrich_table(FakeGazetteer(), source, target)
    with target.open(newline="", encoding="utf-8") as file:
        between = "\t" if suffix == ".tsv" else ";" if delimiter == ";" and width > 1 else ","
        written = list(csv.reader(file, delimiter=between))
    assert [row[:width] for row in written] == [header, *rows]
    assert {len(row) for row in written} == {width + len(GAZ_COLUMNS)}
    assert summary.rows == sum(summary.statuses.values()) == len(rows)


SLOW = """
import sys, time
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer
from gazetteer.tables import enrich_table
class Slow(FakeGazetteer):
    def resolve(self, text, **options):
        print("started", flush=True)
        time.sleep(60)
enrich_table(Slow(), sys.argv[1], sys.argv[2])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to a process")
def test_ctrl_c_leaves_no_file_behind(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place\nIdlib\n")
    command = [sys.executable, "-c", SLOW, str(source), str(tmp_path / "out.csv")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        assert len(list(tmp_path.iterdir())) == 2  # the output is being prepared beside its place
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
