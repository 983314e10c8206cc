"""HXL: tags choose the columns; their row is no row of the table, is kept, and grows with the columns."""

import csv
import json
from pathlib import Path

from gazetteer.enrich import enrich_table
from gazetteer.enrich.plan import NAME_COLUMNS
from gazetteer.incidents.columns import find_columns
from gazetteer.tables import read_table
from gazetteer.tables.table import tags_in
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table
from tests.gazetteer.tables.workbooks import a_workbook, sheet_values

HEADER = ["When", "Gov code", "Gov", "Where", "أين", "Notes"]
TAGS = ["#date +occurred", "#adm1+code", "#adm1+name", "#loc +name +i_en", "#loc+name+i_ar", ""]
ROWS = [["2016-05-30", "SY07", "Idleb", "Idlib", "إدلب", "x"], ["2016-05-31", "", "", "", "حلب", ""]]


def test_a_row_of_tags_is_told_from_any_other() -> None:
    for row, is_tags in (
        (TAGS, True),
        (["#adm1", "", ""], True),
        (["", "", ""], False),
        (["#adm1", "Idlib"], False),
        (["#Idlib", "#Aleppo"], False),
        (["# adm1"], False),
        (["#loc+name+"], False),
    ):
        assert is_tags == bool(tags_in(row)), row


def test_tags_choose_the_columns() -> None:
    found = find_columns(HEADER, tags=TAGS)
    assert ("HXL", "Where", "أين", ("Gov",), "When") == (
        found.dataset, found.place, found.place_ar, found.admin, found.date,
    )  # fmt: skip


def test_a_code_stands_in_for_a_name_that_is_missing_and_geo_gives_the_position() -> None:
    tags = ["#adm2+code", "#geo+lat", "#geo+lon", "#adm1+name+i_ar", "#loc+type", "#event+id", "#country"]
    found = find_columns([f"c{number}" for number in range(len(tags))], tags=tags)
    assert (("c0",), "c1", "c2", "c5", "c6", None) == (
        found.admin, found.latitude, found.longitude, found.id, found.country, found.place,
    )  # fmt: skip


def check_kept(first: list[str], second: list[str], rows: list[list[str]]) -> None:
    assert [*HEADER, *(column.name for column in NAME_COLUMNS)] == first
    assert [*TAGS, *(column.tag for column in NAME_COLUMNS)] == second
    assert ROWS == [row[:6] for row in rows]
    assert ["resolved", "unresolved"] == [row[6] for row in rows]


def a_table(folder: Path) -> Path:
    lines = [HEADER, TAGS, *ROWS]
    return write_table(folder / "in.csv", "".join(",".join(line) + "\n" for line in lines))


def test_tags_are_kept_and_extended_in_text_and_are_no_row(tmp_path: Path) -> None:
    source = a_table(tmp_path)
    assert [tuple(row) for row in ROWS] == list(read_table(source).rows())
    assert 2 == enrich_table(FakeGazetteer(), source, tmp_path / "out.csv").rows
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        first, second, *rows = csv.reader(file)
    check_kept(first, second, rows)
    assert "#adm1+code" in second[6:]


def test_tags_are_kept_and_extended_in_workbooks_and_json_lines(tmp_path: Path) -> None:
    book = a_workbook(tmp_path / "in.xlsx", [["Strikes"], HEADER, [tag or None for tag in TAGS], *ROWS])
    for source in (book, a_table(tmp_path)):
        enrich_table(FakeGazetteer(), source, tmp_path / "out.xlsx")
        values = [
            ["" if cell is None else cell for cell in row] for row in sheet_values(tmp_path / "out.xlsx")
        ]
        first, second, *rows = values[1 if source == book else 0 :]
        check_kept(first, second, rows)
    enrich_table(FakeGazetteer(), book, tmp_path / "out.jsonl")
    tags, *objects = map(json.loads, (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    check_kept(list(tags), list(tags.values()), [[v or "" for v in one.values()] for one in objects])
    again = enrich_table(FakeGazetteer(), tmp_path / "out.jsonl", tmp_path / "again.jsonl", overwrite=True)
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "again.jsonl").read_bytes()
    assert 2 == again.rows


def test_a_format_without_a_place_for_tags_says_so(tmp_path: Path) -> None:
    summary = enrich_table(FakeGazetteer(), a_table(tmp_path), tmp_path / "out.parquet")
    assert (2, ("the row of HXL tags was left out: the output's format has no place for it",)) == (
        summary.rows, summary.notes,
    )  # fmt: skip
