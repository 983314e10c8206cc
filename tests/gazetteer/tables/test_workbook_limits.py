"""What a workbook may not make of a few bytes: rows, columns and positions that no sheet has."""

import zipfile
from pathlib import Path

import pytest

from gazetteer import TableError
from gazetteer.tables.formats.sheet_cells import column_number
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import check_header
from tests.gazetteer.tables.workbooks import a_workbook, edited


def with_sheet(path: Path, old: str, new: str) -> Path:
    """Return a workbook of a header and two rows, with something in its sheet replaced."""
    book = a_workbook(path, [["place", "n"], ["Idlib", 1], ["Aleppo", 2]])

    def change(name: str, content: bytes) -> bytes:
        if "sheet1" not in name:
            return content
        assert old.encode() in content
        return content.replace(old.encode(), new.encode())

    return edited(book, change)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('r="3"', 'r="99999999999"', "there is no row 99999999999"),
        ('r="3"', 'r="0"', "there is no row 0"),
        ('r="3"', 'r="-3"', "below zero"),
        ('r="A3"', f'r="{"Z" * 3000}3"', "there is no cell"),
        ('r="A3"', 'r="XFE3"', "there is no cell"),
        ('r="3"', 'r="1048576"', "1,048,573 rows above row 1048576 are empty"),
        ('<c r="A3" t="inlineStr"><is><t>Aleppo</t></is></c>', '<c r="A3" t="s"><v>-1</v></c>', "below zero"),
    ],
)
def test_what_no_sheet_has_is_refused_and_not_made_up(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = with_sheet(tmp_path / "book.xlsx", old, new)
    with pytest.raises(TableError, match=says):
        read_table(path)


def test_some_empty_rows_between_others_are_rows(tmp_path: Path) -> None:
    path = with_sheet(tmp_path / "book.xlsx", 'r="3"', 'r="1003"')
    assert 1002 == read_table(path).check()


def test_a_style_that_is_no_number_is_refused(tmp_path: Path) -> None:
    path = edited(
        a_workbook(tmp_path / "book.xlsx", [["place"], ["Idlib"]]),
        lambda name, content: (
            content.replace(b'numFmtId="0"', b'numFmtId="x"') if "styles" in name else content
        ),
    )
    with pytest.raises(TableError, match="styles"):
        read_table(path)


@pytest.mark.parametrize(("reference", "column"), [("A1", 1), ("$C$12", 3), ("XFD1", 16_384), ("c", 3)])
def test_a_reference_names_its_column(reference: str, column: int) -> None:
    assert column == column_number(reference)


def test_a_merged_range_right_of_every_sheet_is_passed_over(tmp_path: Path) -> None:
    path = with_sheet(
        tmp_path / "book.xlsx",
        "</sheetData>",
        '</sheetData><mergeCells><mergeCell ref="ZZZ2:ZZZ3"/><mergeCell ref="A2:A3"/></mergeCells>',
    )
    assert [("Idlib", "1"), ("Idlib", "2")] == list(read_table(path).rows())


def test_an_archive_whose_list_points_nowhere_is_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "book.xlsx", [["place"], ["Idlib"]])
    held = bytearray(path.read_bytes())
    at = held.rindex(b"PK\x05\x06") + 16  # where the list of parts begins (PKWARE APPNOTE 4.3.16)
    held[at : at + 4] = (int.from_bytes(held[at : at + 4], "little") + 5000).to_bytes(4, "little")
    path.write_bytes(held)
    with pytest.raises(TableError, match="damaged"):
        read_table(path)


def test_a_part_packed_otherwise_than_workbooks_are_is_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "book.xlsx", [["place"], ["Idlib"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("other.xml", b"a" * 100)
    with pytest.raises(TableError, match="packed as no Excel workbook"):
        read_table(path)


def test_a_refusal_names_only_the_first_of_very_many_repeated_columns() -> None:
    names = [f"column {number}" for number in range(30_000)] * 2
    with pytest.raises(TableError, match=r"'column 0', 'column 1', .* and others") as refused:
        check_header("the table", names)
    assert len(str(refused.value)) < 400
