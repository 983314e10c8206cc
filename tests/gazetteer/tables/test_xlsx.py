"""Excel workbooks, read and written."""

import datetime
import re
import struct
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font

from gazetteer.errors import TableError
from gazetteer.tables import (
    Column,
    Layout,
    Part,
    ReadOptions,
    RowsTable,
    read_table,
    write_table,
)
from gazetteer.tables.table import check_header
from tests.gazetteer.tables.workbooks import a_workbook, active, edited, sheet_values, with_shared_strings

DAY = datetime.date(2016, 5, 30)
MOMENT = datetime.datetime(2016, 5, 30, 4, 5, 6)  # noqa: DTZ001 - workbooks know no zones
SHEET = "xl/worksheets/sheet1.xml"


def enriched(source: Path, name: str = "out.xlsx") -> Path:
    """Write a table with a text and a number added, in rows whose place is known."""
    table = read_table(source)
    at = table.columns.index("place")
    layout = Layout(
        table.columns, (Column("status", "text"), Column("sure", "number"), Column("at", "point"))
    )
    known = {"Idlib": ("resolved", 0.95, (36.6, 35.9))}
    parts = (
        Part(chunk, [known.get(str(row[at]).strip(), (None, None, None)) for row in chunk.rows])
        for chunk in table.chunks()
    )
    write_table(source.with_name(name), table, layout, parts)
    return source.with_name(name)


def rows_of(path: Path, **options: Any) -> list[tuple[str, ...]]:
    return list(read_table(path, ReadOptions(**options)).rows())


def test_titles_and_tags_beside_the_header_stay_where_they_are(tmp_path: Path) -> None:
    title, header, tags = ["Strikes"], ["place", "n"], ["#loc+name", "#affected"]
    for above in ([title, header, tags], [title, [], tags, header], [tags, header]):
        source = a_workbook(tmp_path / "in.xlsx", [*above, ["Idlib", 1], [None, 2]])
        table = read_table(source)
        titles = ("1 row above the header: skipped",) if title in above else ()
        assert (("place", "n"), tuple(tags), titles) == (table.columns, table.tags, table.notes)
        assert (len(above) + 1, ("Idlib", "1")) == next(table.numbered_rows())
        found = [[one for one in row if one is not None] for row in sheet_values(enriched(source))]
        assert [*header, "status", "sure"] == found[above.index(header)]
        assert [["Idlib", 1, "resolved", 0.95], [2]] == found[len(above) :]


def test_columns_are_replaced_at_the_right_end_only(tmp_path: Path) -> None:
    table = read_table(a_workbook(tmp_path / "in.xlsx", [["place", "old", "n"], ["Idlib", "x", 1]]))
    (chunk,) = table.chunks()
    for kept in (("place", "n"), ("place", "old")):
        expected = pytest.raises(TableError, match="stand between others: move them")
        with expected if "n" in kept else nullcontext():
            layout = Layout(kept, (Column("new", "text"),))
            write_table(tmp_path / "out.xlsx", table, layout, [Part(chunk, [("y",)])])
    assert [("place", "old", "new"), ("Idlib", "x", "y")] == sheet_values(tmp_path / "out.xlsx")


def test_everything_else_in_the_workbook_stays_as_it_is(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = active(book)
    for row in (["Strikes"], ["n", "place", "double"], [1, "Idlib", "=A3*2"], [], [3, "Nowhere", None]):
        sheet.append(row)
    sheet["B3"].font = sheet["C2"].font = Font(bold=True)
    sheet["H3"].font = Font(italic=True)  # a styled cell without a value, where a column will come
    sheet.merge_cells("A1:C1")
    book.create_sheet("Notes")["A1"] = "=Sheet!A3"
    book.save(tmp_path / "in.xlsx")
    edited(  # a formula's stored result, as Excel writes it
        tmp_path / "in.xlsx",
        lambda name, content: re.sub(rb"(<f>A3\*2</f>)<v( ?/|></v)>", rb"\1<v>2</v>", content),
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
    assert book["Sheet"]["D2"].font.b  # the added header looks like the one before it
    assert not book["Sheet"]["D3"].font.b
    assert 2 == openpyxl.load_workbook(path, data_only=True)["Sheet"]["C3"].value
    assert [None, "status", "resolved", None, None] == [row[3] for row in sheet_values(path)]
    assert ("n", "place", "double") == read_table(path).columns[:3]


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
    beyond = b'<mergeCell ref="ZZZ2:ZZZ3"/></mergeCells>'  # right of every sheet: passed over
    edited(path, lambda _, held: held.replace(b"</mergeCells>", beyond))
    assert [("Idlib", "1"), ("Idlib", "2"), ("Aleppo", "3")] == rows_of(path)
    assert ("1 merged cell counts for each row",) == read_table(path).notes


def test_errors_are_read_as_their_text_and_formulas_without_a_result_are_said(tmp_path: Path) -> None:
    errors = ("#REF!", "#N/A", "#SPILL!", "#GETTING_DATA")
    path = a_workbook(
        tmp_path / "in.xlsx", [["place", "n"], *(["x", error] for error in errors), ["x", "=1+1"]]
    )
    book = openpyxl.load_workbook(path)
    for row in range(2, 2 + len(errors)):
        active(book).cell(row, 2).data_type = "e"
    book.save(path)
    assert [*(("x", error) for error in errors), ("x", "")] == rows_of(path)
    assert "1 formula has no stored result" in " ".join(read_table(path).notes)


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
    assert ["", "resolved", "", ""] == [row[1] for row in rows_of(out)]
    with zipfile.ZipFile(out) as archive:
        text = archive.read(SHEET).decode()
    assert ('<x:c r="B1"' in text, "spans" in text, text.count("<x:row")) == (True, False, 5)


def test_a_new_workbook_has_odd_text_as_text(tmp_path: Path) -> None:
    odd = "=1+1 \x07 _x0041_ <&> \r\n\t ﷽ 😀"
    write_table(tmp_path / "out.xlsx", RowsTable(("place", "n"), [("Idlib", odd)]))
    assert [("Idlib", odd)] == rows_of(tmp_path / "out.xlsx")
    assert "s" == active(openpyxl.load_workbook(tmp_path / "out.xlsx"))["B2"].data_type  # and no formula


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


def lying(path: Path) -> None:
    """Make the sheet longer than the archive's directory says."""
    with_sheet(path, "</worksheet>", "</worksheet>" + " " * 100_000)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = struct.pack("<L", archive.getinfo(SHEET).file_size)
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = struct.pack("<L", 200)
    path.write_bytes(data)


def points_nowhere(path: Path) -> None:
    held = bytearray(path.read_bytes())
    at = held.rindex(b"PK\x05\x06") + 16  # where the list of parts begins (PKWARE APPNOTE 4.3.16)
    held[at : at + 4] = (int.from_bytes(held[at : at + 4], "little") + 5000).to_bytes(4, "little")
    path.write_bytes(held)


def add_part(path: Path, name: str, content: bytes, packed: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "a", packed) as archive:
        archive.writestr(name, content)


def no_workbook(path: Path) -> None:
    path.unlink()
    add_part(path, "readme.txt", b"hello")


ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
SPOILERS: tuple[tuple[Callable[[Path], object], str], ...] = (
    (lambda path: add_part(path, "xl/media/image1.png", b"\0" * (80 << 20)), "would unfold from .* to 83,"),
    (lying, "damaged"),
    (lambda path: with_sheet(path, "<worksheet", ENTITY + "<worksheet"), "document type"),
    (lambda path: with_shared_strings(path, f"{ENTITY}<sst><si><t>&a;</t></si></sst>"), "damaged"),
    (lambda path: path.write_bytes(path.read_bytes()[:-400]), "damaged or cut short"),
    (lambda path: with_sheet(path, "</worksheet>", ""), "damaged"),
    (no_workbook, "no Excel workbook"),
    (
        lambda path: with_sheet(path, 'r="B2"', 'r="XFD2"'),
        "row 2: there is a value in column 16384, right of the header's last column",
    ),
    (points_nowhere, "damaged"),
    (lambda path: add_part(path, "x.xml", b"a", zipfile.ZIP_BZIP2), "packed as no Excel workbook"),
    (
        lambda path: edited(path, lambda _, held: held.replace(b'numFmtId="0"', b'numFmtId="x"')),
        "damaged",
    ),
    (lambda path: path.write_bytes(path.read_bytes().replace(b"sheet1.xml", b"sheet9.xml")), "damaged"),
    (lambda path: edited(path, in_utf_16), "is written in UTF-16, not in UTF-8"),
    (lambda path: with_sheet(path, "<is>", "<is>" + "<a/>" * 300_000), "far too full of tags"),
    (lambda path: with_sheet(path, "</sheetData>", "<a>" * 300_000), "far too full of tags"),
    (lambda path: with_sheet(path, "<sheetData", f'<sheetData x="{"a" * 2_000_000}"'), "a tag .* has no end"),
)


def in_utf_16(name: str, held: bytes) -> bytes:
    """Put the sheet into UTF-16 without a declaration."""
    return held.decode().encode("utf-16") if name == SHEET else held


def test_a_sheet_in_utf_16_without_a_declaration_is_read_as_it_is(tmp_path: Path) -> None:
    path = edited(a_workbook(tmp_path / "in.xlsx", [["place"], ["إدلب"]]), in_utf_16)
    assert [("إدلب",)] == rows_of(path)


def test_a_spoilt_workbook_is_refused_with_one_sentence(tmp_path: Path) -> None:
    for spoil, words in SPOILERS:
        path = a_workbook(tmp_path / "in.xlsx", [["place", "n"], ["Idlib", 1]])
        spoil(path)
        with pytest.raises(TableError, match=words) as caught:
            enriched(path)
        assert "\n" not in str(caught.value)
    assert ["in.xlsx"] == [one.name for one in tmp_path.iterdir()]


def test_a_sheet_without_a_header_or_with_a_doubtful_one_is_refused(tmp_path: Path) -> None:
    rows: list[list[Any]]
    for rows, words in (
        ([], "nothing in this sheet"),
        ([["place", "place"]], "more than one column named 'place'"),
        ([["place", None, None, "n"]], r"2 columns of .* have no name"),
    ):
        with pytest.raises(TableError, match=words):
            read_table(a_workbook(tmp_path / "in.xlsx", rows))


def test_a_cell_that_a_workbook_cannot_hold_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"row 2 has a cell of 40,000 characters.*write \.csv"):
        write_table(tmp_path / "out.xlsx", RowsTable(("place",), [("x" * 40_000,)]))
    assert [] == list(tmp_path.iterdir())


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


def with_sheet(path: Path, old: str, new: str) -> Path:
    """Return a workbook of a header and two rows, with something in its sheet replaced."""
    book = a_workbook(path, [["place", "n"], ["Idlib", 1], ["Aleppo", 2]])
    return edited(
        book,
        lambda name, content: content.replace(old.encode(), new.encode()) if name == SHEET else content,
    )


def test_what_no_sheet_has_is_refused_and_not_made_up(tmp_path: Path) -> None:
    for old, new, words in (
        ('r="3"', 'r="99999999999"', "there is no row 99999999999"),
        ('r="3"', 'r="0"', "there is no row 0"),
        ('r="3"', 'r="-3"', "below zero"),
        ('r="A3"', f'r="{"Z" * 3000}3"', "there is no cell"),
        ('r="A3"', 'r="XFE3"', "there is no cell"),
        ('r="3"', 'r="1048576"', "1,048,573 rows above row 1048576 are empty"),
        ('t="inlineStr"><is><t>Aleppo</t></is></c>', 't="s"><v>-1</v></c>', "below zero"),
    ):
        with pytest.raises(TableError, match=words):
            read_table(with_sheet(tmp_path / "book.xlsx", old, new))
    path = with_sheet(tmp_path / "book.xlsx", 'r="3"', 'r="1048576"')
    edited(path, lambda _, held: held.replace(b'r="A3"', b'r="XFD1048576"'))  # two cells at far ends
    with pytest.raises(TableError, match="1,048,573 rows above row 1048576 are empty"):
        read_table(path)
    path = with_sheet(tmp_path / "book.xlsx", 'r="3"', 'r="1003"')  # some empty rows are rows
    assert (1002, 1002) == (read_table(path).check(), len(rows_of(path)))


def test_a_refusal_names_only_the_first_of_very_many_repeated_columns() -> None:
    names = [f"column {number}" for number in range(30_000)] * 2
    with pytest.raises(TableError, match=r"'column 0', 'column 1', .* and others") as refused:
        check_header("the table", names)
    assert len(str(refused.value)) < 400
