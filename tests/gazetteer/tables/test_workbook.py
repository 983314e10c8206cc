"""Excel workbooks, read and written."""

import datetime
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font

from gazetteer.errors import TableError
from gazetteer.tables import GAZ_COLUMNS, enrich_table, read_table
from gazetteer.tables.table import ReadOptions
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table
from tests.gazetteer.tables.workbooks import a_workbook, active, edited, sheet_values, with_shared_strings

DAY = datetime.date(2016, 5, 30)
MOMENT = datetime.datetime(2016, 5, 30, 4, 5, 6)  # noqa: DTZ001 - workbooks know no zones
SHEET = "xl/worksheets/sheet1.xml"


def enriched(source: Path, name: str = "out.xlsx", **options: Any) -> Path:
    enrich_table(FakeGazetteer(), source, source.with_name(name), **options)
    return source.with_name(name)


def rows_of(path: Path, **options: Any) -> list[tuple[str, ...]]:
    return list(read_table(path, ReadOptions(**options)).rows())


def test_types_are_read_and_said_as_text(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "in.xlsx", [["place", "n", "x", "day", "moment", "yes"]])
    book = openpyxl.load_workbook(path)
    active(book).append(["سراقب", 7, 2.5, DAY, MOMENT, True])
    active(book).append(["=1+1", None, 1e300, None, None, False])
    active(book)["A3"].data_type = "s"
    book.save(path)
    assert [
        ("سراقب", "7", "2.5", "2016-05-30", "2016-05-30 04:05:06", "true"),
        ("=1+1", "", "1e+300", "", "", "false"),
    ] == rows_of(path)


def test_the_columns_are_appended_with_their_types(tmp_path: Path) -> None:
    path = enriched(a_workbook(tmp_path / "in.xlsx", [["n", "place"], [1, "Idlib"], [2, "Nowhere"]]))
    header, idlib, nowhere = sheet_values(path)
    assert ("n", "place", *GAZ_COLUMNS) == header
    found = dict(zip(header, idlib, strict=True))
    assert (1, "Idlib", "resolved", 0.95, 35.93062, 4000, 1) == tuple(
        found[name]
        for name in (
            "n", "place", "gaz_status", "gaz_confidence", "gaz_latitude", "gaz_uncertainty_m",
            "gaz_geo_precision",
        )
    )  # fmt: skip
    assert (2, "Nowhere", "unresolved", None) == nowhere[:4]


def test_everything_else_in_the_workbook_stays_as_it_is(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = active(book)
    for row in (["Strikes"], ["n", "place", "double"], [1, "Idlib", "=A3*2"], [], [3, "Nowhere", None]):
        sheet.append(row)
    sheet["B3"].font = Font(bold=True)
    sheet["H3"].font = Font(italic=True)  # a styled cell without a value, where a column will come
    sheet.merge_cells("A1:C1")
    book.create_sheet("Notes")["A1"] = "=Sheet!A3"
    book.save(tmp_path / "in.xlsx")
    edited(  # a formula's stored result, as Excel writes it
        tmp_path / "in.xlsx",
        lambda name, content: content.replace(b"<f>A3*2</f><v />", b"<f>A3*2</f><v>2</v>"),
    )
    path = enriched(tmp_path / "in.xlsx")
    with zipfile.ZipFile(tmp_path / "in.xlsx") as before, zipfile.ZipFile(path) as after:
        assert before.namelist() == after.namelist()
        changed = [name for name in before.namelist() if before.read(name) != after.read(name)]
        assert [SHEET] == changed
    book = openpyxl.load_workbook(path)
    assert ("=A3*2", True, None) == (
        book["Sheet"]["C3"].value,
        book["Sheet"]["B3"].font.b,
        book["Sheet"]["C4"].value,
    )
    assert 2 == openpyxl.load_workbook(path, data_only=True)["Sheet"]["C3"].value
    statuses = [row[3] for row in sheet_values(path)]
    assert [None, "gaz_status", "resolved", "invalid", "unresolved"] == statuses
    assert ("n", "place", "double") == read_table(path).columns[:3]


def test_the_added_header_looks_like_the_one_before_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    active(book).append(["place"])
    active(book).append(["Idlib"])
    active(book)["A1"].font = Font(bold=True)
    book.save(tmp_path / "in.xlsx")
    sheet = active(openpyxl.load_workbook(enriched(tmp_path / "in.xlsx")))
    assert (True, False) == (bool(sheet["B1"].font.b), bool(sheet["B2"].font.b))


def test_the_sheet_is_the_first_shown_or_the_one_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    active(book).title = "Cover"
    active(book).sheet_state = "hidden"
    book.create_sheet("Data").append(["place", "n"])
    book.create_sheet("More").append(["place", "m"])
    book.save(tmp_path / "in.xlsx")
    table = read_table(tmp_path / "in.xlsx")
    assert ("n", ("sheet 'Data' was read; there are also Cover, More",)) == (table.columns[1], table.notes)
    assert "m" == read_table(tmp_path / "in.xlsx", ReadOptions(sheet="More")).columns[1]
    with pytest.raises(TableError, match="has no sheet 'Nope'; it has 'Cover', 'Data', 'More'") as caught:
        read_table(tmp_path / "in.xlsx", ReadOptions(sheet="Nope"))
    assert "sheet" == caught.value.parameter


def test_a_merged_cell_counts_for_all_its_rows_and_it_is_said(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "in.xlsx", [["place", "n"], ["Idlib", 1], [None, 2], ["Aleppo", 3]])
    book = openpyxl.load_workbook(path)
    active(book).merge_cells("A2:A3")
    book.save(path)
    assert ["Idlib", "Idlib", "Aleppo"] == [row[0] for row in rows_of(path)]
    assert ("1 merged cells count for each of their rows",) == read_table(path).notes


def test_formulas_without_a_stored_result_are_said(tmp_path: Path) -> None:
    table = read_table(a_workbook(tmp_path / "in.xlsx", [["place", "n"], ["Idlib", "=1+1"]]))
    assert [("Idlib", "")] == list(table.rows())
    assert "1 formulas have no stored result" in " ".join(table.notes)


def test_rows_without_numbers_gaps_and_prefixes_are_understood(tmp_path: Path) -> None:
    sheet = (
        b'<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData>'
        b'<x:row><x:c t="inlineStr"><x:is><x:t>place</x:t></x:is></x:c></x:row>'
        b'<x:row r="3" spans="1:1"><x:c r="A3" t="inlineStr"><x:is><x:r><x:t>Id</x:t></x:r>'
        b"<x:r><x:t>lib</x:t></x:r><x:rPh><x:t>no</x:t></x:rPh></x:is></x:c></x:row>"
        b'<x:row r="4"/><x:row r="5"><x:c r="A5" t="str"><x:v>Aleppo_x000D_</x:v></x:c></x:row>'
        b"</x:sheetData></x:worksheet>"
    )
    path = a_workbook(tmp_path / "in.xlsx", [["place"]])
    edited(path, lambda name, content: sheet if name == SHEET else content)
    assert [("",), ("Idlib",), ("",), ("Aleppo\r",)] == rows_of(path)
    out = enriched(path)
    assert ["invalid", "resolved", "invalid", "resolved"] == [row[1] for row in rows_of(out)]
    with zipfile.ZipFile(out) as archive:
        text = archive.read(SHEET).decode()
    assert ('<x:row r="2"><x:c r="B2"' in text, "spans" in text, text.count("<x:row")) == (True, False, 5)


def test_a_new_workbook_is_the_same_bytes_each_time_and_keeps_odd_text(tmp_path: Path) -> None:
    odd = "=1+1 \x07 _x0041_ <&> \r\n\t ﷽ 😀"
    source = write_table(tmp_path / "in.csv", f'place,n\nIdlib,"{odd}"\n')
    first, second = enriched(source, "a.xlsx"), enriched(source, "b.xlsx")
    assert first.read_bytes() == second.read_bytes()
    assert [("Idlib", odd)] == [row[:2] for row in rows_of(first)]
    assert "s" == active(openpyxl.load_workbook(first))["B2"].data_type  # a text, not a formula


def test_a_workbook_becomes_csv_and_geojson(tmp_path: Path) -> None:
    source = a_workbook(tmp_path / "in.xlsx", [["place", "day"], ["Idlib", DAY]])
    assert (
        enriched(source, "out.csv").read_text().splitlines()[1].startswith("Idlib,2016-05-30,resolved,0.95")
    )
    assert '"coordinates": [36.63393, 35.93062]' in enriched(source, "out.geojson").read_text()


def test_shared_strings_are_read_with_their_runs_and_without_how_they_are_said(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "in.xlsx", [["place", "n"], ["x", 1]])
    with_shared_strings(
        path,
        "<sst><si><t>place</t></si><si><r><t>Id</t></r><r><rPr><b/></rPr><t>lib</t></r><rPh><t>no</t></rPh></si>"
        "<si><t>a_x000D_b</t></si></sst>",
    )
    row = b'<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="s"><v>2</v></c></row>'
    edited(
        path,
        lambda name, content: re.sub(b'<row r="2">.*</row>', row, content) if name == SHEET else content,
    )
    assert [("Idlib", "a\rb")] == rows_of(path)


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"\0" * (80 << 20))


def lying(path: Path) -> None:
    """Make the sheet longer than the archive's directory says."""
    edited(path, lambda name, content: content + b" " * 100_000 if name == SHEET else content)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = struct.pack("<L", archive.getinfo(SHEET).file_size)
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = struct.pack("<L", 200)
    path.write_bytes(data)


def entities(path: Path) -> None:
    doctype = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    edited(path, lambda name, content: doctype + content if name == SHEET else content)


def shared_entities(path: Path) -> None:
    with_shared_strings(path, '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><sst><si><t>&a;</t></si></sst>')


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-400])


def broken_xml(path: Path) -> None:
    edited(path, lambda name, content: content[:-40] if name == SHEET else content)


def no_workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")


def stray(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    active(book)["XFD2"] = "far"
    book.save(path)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (bomb, "would unfold from .* to 83,"),
        (lying, "damaged"),
        (entities, "document type"),
        (shared_entities, "the texts of .* are damaged"),
        (truncated, "damaged or cut short"),
        (broken_xml, "the sheet of .* is damaged"),
        (no_workbook, "no Excel workbook"),
        (stray, "row 2: there is a value in column 16384, right of the header's last column"),
    ],
)
def test_a_spoilt_workbook_is_refused_with_one_sentence(tmp_path: Path, spoil: Any, words: str) -> None:
    path = a_workbook(tmp_path / "in.xlsx", [["place", "n"], ["Idlib", 1]])
    spoil(path)
    with pytest.raises(TableError, match=words) as caught:
        enriched(path)
    assert "\n" not in str(caught.value)
    assert ["in.xlsx"] == [one.name for one in tmp_path.iterdir()]


def test_a_sheet_without_a_header_or_with_a_doubtful_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="nothing in this sheet"):
        read_table(a_workbook(tmp_path / "empty.xlsx", []))
    with pytest.raises(TableError, match="more than one column named 'place'"):
        read_table(a_workbook(tmp_path / "twice.xlsx", [["place", "place"]]))
    with pytest.raises(TableError, match=r"2 columns of .* have no name"):
        read_table(a_workbook(tmp_path / "nameless.xlsx", [["place", None, None, "n"]]))


def test_a_cell_that_a_workbook_cannot_hold_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place,n\nIdlib," + "x" * 40_000 + "\n")
    with pytest.raises(TableError, match=r"row 2 has a cell of 40,000 characters.*write \.csv"):
        enriched(source)
    assert ["in.csv"] == [one.name for one in tmp_path.iterdir()]


values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates(datetime.date(1901, 1, 1), datetime.date(9999, 12, 31))
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
)


@given(rows=st.lists(st.tuples(st.sampled_from(["Idlib", "Nowhere", None]), values, values), max_size=5))
def test_the_input_cells_come_back_unchanged_in_order_and_number(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    header = ("place", "a", "b")
    book = openpyxl.Workbook()
    for number, row in enumerate([header, *rows], start=1):
        for column, value in enumerate(row, start=1):
            cell = active(book).cell(number, column, value)
            if isinstance(value, str):
                cell.data_type = "s"  # also where it begins with "="
    book.save(folder / "any.xlsx")
    before = sheet_values(folder / "any.xlsx")
    out = enriched(folder / "any.xlsx", "any-out.xlsx")
    after = sheet_values(out)
    for found in (before, after):
        while found and not any(value is not None for value in found[-1]):
            found.pop()  # empty rows at the end are no rows
    assert before == [row[:3] for row in after]
    assert rows_of(folder / "any.xlsx") == [row[:3] for row in rows_of(out)]
