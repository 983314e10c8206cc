"""Old Excel workbooks (.xls) and OpenDocument sheets (.ods), read by calamine; they are not written.

A sheet is held in memory. Whole numbers, which these files don't tell from others, come out as such; a moment
at midnight is a day.
"""

import datetime
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from gazetteer.tables.formats.sheets import Row, SheetTable, scanned
from gazetteer.tables.formats.workbook_reading import blocks_of, opened_archive
from gazetteer.tables.header import chosen_sheet
from gazetteer.tables.table import ReadOptions, Source, refused

#: Whole numbers beyond this are not exact in the doubles that sheets hold.
_LARGEST_INTEGER = 2**53
#: What ends a chain of sectors (MS-CFB 2.1).
_NO_SECTOR = 0xFFFFFFFE


@dataclass(kw_only=True, eq=False)
class SpreadsheetTable(SheetTable):
    """A sheet of an .xls or .ods file."""

    def sheet_rows(self) -> Iterator[Row]:
        """Yield the rows of the sheet in order."""
        with _opened(self.source) as book:
            assert self.sheet is not None
            yield from _rows(book.get_sheet_by_name(self.sheet))


def read(source: Source, options: ReadOptions) -> SpreadsheetTable:
    """Open a sheet, and read through it once."""
    _check(source, options.inflated_limit)
    with _opened(source) as book:
        kinds = [sheet for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
        names = [sheet.name for sheet in kinds]
        shown = [sheet.name for sheet in kinds if sheet.visible is SheetVisibleEnum.Visible]
        sheet, notes = chosen_sheet(source, "sheet", names, options.sheet, shown)
        found = book.get_sheet_by_name(sheet)
        merged = [(start[0] + 1, end[0] + 1, start[1] + 1) for start, end in found.merged_cell_ranges or []]
        extent = scanned(source.name, _rows(found), merged)
    return SpreadsheetTable(source=source, notes=notes, sheet=sheet, sheets=tuple(names), extent=extent)


def _check(source: Source, limit: int) -> None:
    """Refuse what calamine would believe: an archive that declares too little, sectors in a circle.

    Sectors are listed in tables in which each names its next (MS-CFB 2.2 to 2.5).
    """
    with source.open() as file:
        content = file.read()
    if content.startswith(b"PK"):
        with opened_archive(source, limit=limit) as archive:
            for part in archive.namelist():
                for _ in blocks_of(archive, part):
                    pass
        return
    header = content[:512].ljust(512, b"\0")
    size = 4096 if header[30] == 12 else 512

    def words(sector: int) -> tuple[int, ...]:
        block = content[(sector + 1) * size : (sector + 2) * size]
        return struct.unpack(f"<{len(block) // 4}L", block[: len(block) // 4 * 4])

    def chain(sector: int, following: Callable[[int], int]) -> Iterator[int]:
        seen: set[int] = set()
        while sector < len(content) // size and sector not in seen:
            seen.add(sector)
            yield sector
            sector = following(sector)

    lists = [*struct.unpack_from("<109L", header, 76)]
    first_list, first_short = (int.from_bytes(header[at : at + 4], "little") for at in (68, 60))
    for sector in chain(first_list, lambda at: (*words(at), _NO_SECTOR)[-1]):
        lists += words(sector)[:-1]
    table = [following for at in lists for following in words(at)]
    short = chain(first_short, lambda at: table[at] if at < len(table) else _NO_SECTOR)
    if not (_is_acyclic(table) and _is_acyclic([one for at in short for one in words(at)])):
        raise refused(f"{source.name} is a damaged spreadsheet: fetch it again, or save it as .xlsx")


def _is_acyclic(table: Sequence[int]) -> bool:
    """Whether every sector that has a next one is met on the way from a first one."""
    following = {at: after for at, after in enumerate(table) if after < len(table)}
    met = 0
    for first in following.keys() - set(following.values()):
        at = first
        while at in following and met <= len(table):
            at = following[at]
            met += 1
    return met == len(following)


@contextmanager
def _opened(source: Source) -> Iterator[CalamineWorkbook]:
    with source.open() as file:
        try:
            with CalamineWorkbook.from_filelike(file) as book:
                yield book
        except BaseException as error:
            if not isinstance(error, CalamineError) and type(error).__name__ != "PanicException":
                raise
            raise refused(
                f"{source.name} is a spreadsheet that can't be read, damaged or locked with a password: save "
                "it as .xlsx, without a password"
            ) from error


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    first, left = sheet.start or (0, 0)
    for number, values in enumerate(sheet.to_python(), start=first + 1):
        filled = ((column, _value(value)) for column, value in enumerate(values, start=left + 1))
        yield Row(number, [(column, value) for column, value in filled if value != ""])


def _value(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_INTEGER:
        return int(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    return value
