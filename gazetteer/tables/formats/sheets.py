"""The table in a sheet of any workbook; and old Excel (.xls) and OpenDocument (.ods) sheets.

The header is found as in a text. All rows below it are rows of the table up to the last that isn't empty. A
cell that is merged over several rows counts for all of them. The sheet is read once when it is opened, so
that errors are found before any work.

.xls and .ods are read into memory by calamine, and not written. Whole numbers, which these files don't tell
from others, are integers; a time at midnight is a day.
"""

import struct
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Self

from gazetteer.tables.formats.calamine import Book, read_book
from gazetteer.tables.formats.types import EXACT, as_day, blocks_of, opened_archive
from gazetteer.tables.table import (
    CHUNK_ROWS,
    LOOKED_AT,
    Chunk,
    ReadOptions,
    Source,
    Table,
    as_text,
    check_header,
    check_rows,
    chosen_sheet,
    find_header,
    refused,
    tags_in,
)
from gazetteer.values import counted

#: First row, last row and column of merged cells.
Merged = tuple[int, int, int]
#: How many rows without a value may stand between others: each would be a row of the table.
_MAX_EMPTY = 100_000
#: Records of cells (MS-XLS 2.3.1): formula, several and one RK, blanks, shared and other strings, number,
#: truth value; and the last of the columns, from 0.
_CELL_RECORDS = frozenset({0x06, 0xBD, 0xBE, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x205, 0x27E})
_LAST_XLS_COLUMN = 255
#: What ends a chain of sectors (MS-CFB 2.1).
_NO_SECTOR = 0xFFFFFFFE


@dataclass(slots=True)
class Row:
    """A row of a sheet."""

    number: int  # from 1
    cells: list[tuple[int, Any]]  # the column from 1, and the value
    formulas: int = 0
    without_result: int = 0  # formulas

    def values(self, width: int) -> list[Any]:
        """Return the values of the first `width` columns."""
        values = [None] * width
        for column, value in self.cells:
            if column <= width:
                values[column - 1] = value
        return values


@dataclass(kw_only=True, eq=False)
class SheetTable(Table):
    """A sheet of a workbook, and the rows, from 1, of the table in it."""

    written_as = "xlsx"
    header: int
    tags_row: int | None
    last: int
    merged: tuple[Merged, ...]

    @classmethod
    def scanned(
        cls,
        rows: Iterator[Row],
        merged: Iterable[Merged],
        *,
        source: Source,
        notes: tuple[str, ...],
        row_limit: int | None,
        **more: Any,
    ) -> Self:
        """Read through a sheet to find the table in it; `merged` is known at the end of the rows."""
        looked_at = list(islice(rows, LOOKED_AT))
        texts = [row.values(max((column for column, _ in row.cells), default=0)) for row in looked_at]
        found = find_header(texts)
        if found is None:
            raise refused(f"{source.name} has nothing in this sheet: a table needs a header row")
        names = list(map(as_text, texts[found.at]))
        while not names[-1].strip():
            names.pop()
        check_header(source.name, names)
        tags_row = looked_at[found.tags_at] if found.tags_at is not None else None
        last = before = looked_at[found.last].number
        formulas = without_result = 0
        for row in _below(source.name, before, len(names), chain(looked_at, rows)):
            check_rows(row.number - before, row_limit, source.name)
            formulas += row.formulas
            without_result += row.without_result
            last = row.number if row.cells else last
        ranges = tuple(
            (first, min(end, last), column)
            for first, end, column in merged
            if before < first < min(end, last) and column <= len(names)
        )
        said = {
            f"{counted(len(ranges), 'merged cell counts', 'merged cells count')} for each row": ranges,
            f"of {counted(formulas, 'formula')} the stored results were read": formulas,
            f"{counted(without_result, 'formula has', 'formulas have')} no stored result, read as empty: "
            "open the workbook in a spreadsheet program and save it": without_result,
        }
        return cls(
            source=source,
            columns=tuple(names),
            notes=(*notes, *found.notes(), *(note for note, is_so in said.items() if is_so)),
            tags=tags_in(tags_row.values(len(names))) if tags_row else (),
            counted=last - before,
            first_row=before + 1,
            header=looked_at[found.at].number,
            tags_row=tags_row.number if tags_row else None,
            last=last,
            merged=ranges,
            **more,
        )

    @abstractmethod
    def sheet_rows(self) -> Iterator[Row]:
        """Yield the rows of the sheet in order; rows without cells may be left out."""

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows below the header."""
        values = self._values()
        while chunk := list(islice(values, rows)):
            yield Chunk(self.columns, chunk)

    def _values(self) -> Iterator[list[Any]]:
        """Yield the values of each row; merged cells have theirs in every row."""
        width = len(self.columns)
        starts: dict[int, list[Merged]] = {}
        for merged in self.merged:
            starts.setdefault(merged[0], []).append(merged)
        current: dict[int, tuple[int, Any]] = {}  # by column: a merged range's last row and its value
        expected = self.first_row
        for row in self.sheet_rows():
            if row.number > self.last:
                break
            for number in range(expected, row.number + 1):
                values = row.values(width) if number == row.number else [None] * width
                for column, (last, value) in current.items():
                    if number <= last:
                        values[column - 1] = value
                for _, last, column in starts.get(number, ()):
                    current[column] = (last, values[column - 1])
                yield values
            expected = max(expected, row.number + 1)


def _below(name: str, before: int, width: int, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows below the header; refuse rows out of order, or with cells right of the header."""
    above = filled = before
    for row in rows:
        if row.number <= before:
            continue
        if row.number <= above:
            raise refused(f"{name}: row {row.number} stands after row {above}: save it again as .xlsx")
        above = row.number
        if row.cells:
            empty, filled = above - filled - 1, above
            if empty > _MAX_EMPTY:
                raise refused(
                    f"{name}: {empty:,} rows above row {above} are empty: remove them, or what stands "
                    "below them"
                )
            if (column := max(column for column, _ in row.cells)) > width:
                raise refused(
                    f"{name}, row {row.number}: there is a value in column {column}, right of the "
                    f"header's last column ({width}): name that column, or remove what stands there"
                )
        yield row


class _SpreadsheetTable(SheetTable):
    def sheet_rows(self) -> Iterator[Row]:
        yield from _rows(_book(self.source, self.sheet))


def read(source: Source, options: ReadOptions) -> _SpreadsheetTable:
    """Open a sheet, and read through it once."""
    _check(source, options.inflated_limit)
    book = _book(source, options.sheet)
    shown = [name for name, is_shown in book.sheets.items() if is_shown]
    sheet, notes = chosen_sheet(source, "sheet", tuple(book.sheets), options.sheet, shown)
    if book.rows is None:
        raise refused(f"{source.name} has cells far apart, with nothing between: save it again as .xlsx")
    merged = [(start[0] + 1, end[0] + 1, start[1] + 1) for start, end in book.merged]
    return _SpreadsheetTable.scanned(
        _rows(book),
        merged,
        source=source,
        notes=notes,
        row_limit=options.row_limit,
        sheet=sheet,
        sheets=tuple(book.sheets),
    )


def _book(source: Source, sheet: str | None) -> Book:
    with source.open() as file:
        is_ods = file.read(2) == b"PK"
    return read_book(source, sheet, apart=not is_ods)


def _check(source: Source, limit: int) -> None:
    """Refuse an archive that declares too little, and sectors in a circle, both of which calamine trusts.

    Sectors are listed in tables in which each names its next (MS-CFB 2.2 to 2.5). calamine 0.9.1 follows
    a circle until memory is full.
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

    def stream(sector: int) -> bytes:
        sectors = chain(sector, lambda at: table[at] if at < len(table) else _NO_SECTOR)
        return b"".join(content[(at + 1) * size : (at + 2) * size] for at in sectors)

    listed = stream(first_short)
    short = [*struct.unpack(f"<{len(listed) // 4}L", listed[: len(listed) // 4 * 4])]
    if not (_is_acyclic(table) and _is_acyclic(short)):
        raise refused(f"{source.name} is a damaged spreadsheet: fetch it again, or save it as .xlsx")
    entries = stream(int.from_bytes(header[48:52], "little"))
    small = stream(int.from_bytes(entries[116:120], "little"))  # of the first entry, cut into 64 bytes
    for at in range(0, len(entries), 128):
        first, length = struct.unpack_from("<LL", entries[at : at + 128].ljust(128, b"\0"), 116)
        held = stream(first)
        if length < 4096:
            parts = chain(first, lambda at: short[at] if at < len(short) else _NO_SECTOR)
            held = b"".join(small[part * 64 : (part + 1) * 64] for part in parts)
        if _is_beyond(held):
            raise refused(f"{source.name} has cells beyond the columns of .xls: save it again as .xlsx")


def _is_beyond(stream: bytes) -> bool:
    """Whether records of a workbook have a cell beyond the last column; calamine makes all cells up to it."""
    at = 0
    while at + 8 <= len(stream):
        kind, length, _, column = struct.unpack_from("<4H", stream, at)
        if kind in _CELL_RECORDS and column > _LAST_XLS_COLUMN:
            return True
        at += 4 + length
    return False


def _is_acyclic(table: Sequence[int]) -> bool:
    """Whether every sector that has a next one is reached from a first one."""
    following = {at: after for at, after in enumerate(table) if after < len(table)}
    met = 0
    for first in following.keys() - set(following.values()):
        at = first
        while at in following and met <= len(table):
            at = following[at]
            met += 1
    return met == len(following)


def _rows(book: Book) -> Iterator[Row]:
    first, left = book.first
    for number, values in enumerate(book.rows or (), start=first + 1):
        filled = ((column, _value(value)) for column, value in enumerate(values, start=left + 1))
        yield Row(number, [(column, value) for column, value in filled if value != ""])


def _value(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) <= EXACT:
        return int(value)
    return as_day(value)
