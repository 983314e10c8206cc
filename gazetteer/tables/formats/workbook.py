"""Excel workbooks (.xlsx): one sheet is the table, everything else is left as it is.

The header is the sheet's first row; a title above it, a row with a single filled cell, is passed over. Rows
below it are rows of the table up to the last that has anything in it: an empty one between others counts,
as it would in CSV. Numbers, dates and truth values keep their types. Of a formula the stored result is
read. A cell that is merged over several rows counts for all of them.

Written back into the workbook that was read, only the added columns are put into the sheet, right of the
header: other sheets, styles, formulas and their stored results, pictures and charts stay byte for byte.
Any other table becomes a new workbook of one sheet.
"""

import io
import re
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from gazetteer.tables.formats.archive import blocks_of, opened_archive
from gazetteer.tables.formats.new_workbook import new_workbook
from gazetteer.tables.formats.sheet_cells import Row, SheetStyle, column_number, rows_of
from gazetteer.tables.formats.sheet_splice import spliced
from gazetteer.tables.formats.workbook_parts import Sheet, chosen_sheet, read_style
from gazetteer.tables.plan import Part, Plan, WriteOptions
from gazetteer.tables.table import (
    CHUNK_ROWS,
    Chunk,
    ReadOptions,
    Source,
    Table,
    as_text,
    check_header,
    refused,
)

__all__ = ["WorkbookTable", "read", "write"]

#: How many rows are looked at for the header.
_LOOKED_AT = 20
_RANGE = re.compile(r"\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)", re.I)


@dataclass(frozen=True, slots=True)
class _Extent:
    """Where the table stands in its sheet: the numbers of its header row and of its last row."""

    header: int
    last: int
    merged: tuple[tuple[int, int, int], ...] = ()


class WorkbookTable(Table):
    """A sheet of a workbook.

    Parameters
    ----------
    source, columns, notes
        See :class:`~gazetteer.tables.table.Table`.
    sheet
        The sheet.
    style
        What its cells refer to.
    extent
        Where the table stands in it.
    limit
        The most bytes that the workbook may unfold to.
    """

    def __init__(
        self,
        source: Source,
        columns: Sequence[str],
        notes: Sequence[str],
        *,
        sheet: Sheet,
        style: SheetStyle,
        extent: _Extent,
        limit: int,
    ) -> None:
        super().__init__(source, columns, notes)
        self.sheet = sheet
        self.style = style
        self.extent = extent
        self.limit = limit

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows below the header."""
        values = self._values()
        while chunk := list(islice(values, rows)):
            yield Chunk(self.columns, chunk)

    def numbered_rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield each row with its number in the sheet."""
        return enumerate(self.rows(), start=self.extent.header + 1)

    def check(self) -> int:
        """Return how many rows there are; opening has read through them."""
        return self.extent.last - self.extent.header

    def _values(self) -> Iterator[list[Any]]:
        width, extent = len(self.columns), self.extent
        starts: dict[int, list[tuple[int, int]]] = {}
        for first, last, column in extent.merged:
            starts.setdefault(first, []).append((column, last))
        open_ranges: dict[int, tuple[int, Any]] = {}  # by column: the range's last row and its value
        expected = extent.header + 1
        with opened_archive(self.source, limit=self.limit) as archive:
            for row in rows_of(self.source.name, blocks_of(archive, self.sheet.part), self.style):
                if row.number <= extent.header:
                    continue
                if row.number > extent.last:
                    break
                for number in range(expected, row.number):
                    yield _filled(number, [None] * width, starts, open_ranges)
                values = [None] * width
                for column, value in row.cells:
                    if column <= width:
                        values[column - 1] = value
                yield _filled(row.number, values, starts, open_ranges)
                expected = row.number + 1


def _filled(
    number: int,
    values: list[Any],
    starts: dict[int, list[tuple[int, int]]],
    open_ranges: dict[int, tuple[int, Any]],
) -> list[Any]:
    """Give the cells of merged ranges the value of their first cell."""
    if not starts:
        return values
    for column, (last, value) in list(open_ranges.items()):
        if number <= last:
            values[column - 1] = value
        else:
            del open_ranges[column]
    for column, last in starts.get(number, ()):
        open_ranges[column] = (last, values[column - 1])
    return values


def read(source: Source, options: ReadOptions) -> WorkbookTable:
    """Open a sheet of a workbook, and read through it once.

    Raises
    ------
    TableError
        If it is no workbook, damaged, locked or unfolds to too much; if there is no such sheet, no header,
        or a value right of the header.
    """
    with opened_archive(source, limit=options.inflated_limit) as archive:
        sheet, names = chosen_sheet(source.name, archive, options.sheet)
        style = read_style(source.name, archive)
        merged: list[str] = []
        rows = rows_of(source.name, blocks_of(archive, sheet.part), style, merged=merged)
        looked_at = list(islice(rows, _LOOKED_AT))
        header = _header(source.name, looked_at)
        columns = _columns(header)
        check_header(source.name, columns)
        last, formulas, without_result = _read_through(
            source.name, looked_at, rows, header.number, len(columns)
        )
    ranges = tuple(_downwards(merged, header.number, last, len(columns)))
    notes = _notes(sheet, names, ranges, formulas, without_result)
    extent = _Extent(header.number, last, ranges)
    return WorkbookTable(
        source, columns, notes, sheet=sheet, style=style, extent=extent, limit=options.inflated_limit
    )


def _header(name: str, rows: Sequence[Row]) -> Row:
    filled = [(row, sum(bool(as_text(value).strip()) for _, value in row.cells)) for row in rows]
    filled = [(row, cells) for row, cells in filled if cells]
    if not filled:
        raise refused(f"{name} has nothing in this sheet: a table needs a header row")
    widest = max(cells for _, cells in filled)
    return next(row for row, cells in filled if cells > 1 or widest == 1)


def _columns(header: Row) -> list[str]:
    cells = {column: as_text(value) for column, value in header.cells}
    return [
        cells.get(column, "") for column in range(1, max(c for c, text in cells.items() if text.strip()) + 1)
    ]


def _read_through(
    name: str, looked_at: Sequence[Row], rows: Iterator[Row], header: int, width: int
) -> tuple[int, int, int]:
    """Return the last row that has anything in it, how many formulas there are and how many lack a result."""
    last, formulas, without_result, before = header, 0, 0, header
    for source in (looked_at, rows):
        for row in source:
            if row.number <= header:
                continue
            if row.number <= before:
                raise refused(f"{name}: row {row.number} stands after row {before}: save it again as .xlsx")
            before = row.number
            formulas += row.formulas
            without_result += row.without_result
            if row.cells:
                last = row.number
                if (column := max(column for column, _ in row.cells)) > width:
                    raise refused(
                        f"{name}, row {row.number}: there is a value in column {column}, right of the "
                        f"header's last column ({width}): name that column, or remove what stands there"
                    )
    return last, formulas, without_result


def _downwards(merged: Sequence[str], header: int, last: int, width: int) -> Iterator[tuple[int, int, int]]:
    """Yield first row, last row and column of the merged ranges that reach over several rows of the table."""
    for reference in merged:
        if found := _RANGE.fullmatch(reference):
            column, first, end = column_number(found[1]), int(found[2]), min(int(found[4]), last)
            if header < first < end and column <= width:
                yield first, end, column


def _notes(
    sheet: Sheet, names: Sequence[str], ranges: Sequence[object], formulas: int, without_result: int
) -> list[str]:
    notes = []
    if len(names) > 1:
        others = ", ".join(name for name in names if name != sheet.name)
        notes.append(f"sheet {sheet.name!r} was read; there are also {others}")
    if ranges:
        notes.append(f"{len(ranges)} merged cells count for each of their rows")
    if formulas:
        notes.append(f"of {formulas} formulas the stored results were read")
    if without_result:
        notes.append(
            f"{without_result} formulas have no stored result and were read as empty: open the workbook in a "
            "spreadsheet program and save it"
        )
    return notes


class _Sink(io.RawIOBase):
    """What a zip file is written to: bytes that are taken away as they come."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        data = bytes(self._written)
        self._written.clear()
        return data


def write(table: Table, plan: Plan, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield the workbook that was read with the added columns in it, or else a new one."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
        if isinstance(table, WorkbookTable):
            steps = _with_columns(table, plan, parts, target)
        else:
            steps = new_workbook(plan, parts, target)
        with closing(steps):  # else an entry would be left open where the reader goes away
            for _ in steps:
                if data := sink.taken():
                    yield data
    yield sink.taken()


def _with_columns(
    table: WorkbookTable, plan: Plan, parts: Iterable[Part], target: zipfile.ZipFile
) -> Generator[None]:
    """Copy a workbook, and put the added columns into its sheet on the way; a step for each block."""
    with opened_archive(table.source, limit=table.limit) as archive:
        for part in archive.infolist():
            copy = zipfile.ZipInfo(part.filename, part.date_time)
            copy.compress_type, copy.external_attr = zipfile.ZIP_DEFLATED, part.external_attr
            blocks = blocks_of(archive, part.filename)
            if part.filename == table.sheet.part:
                rows = _rows_to_add(plan, parts, table.extent.header)
                first, last = len(table.columns) + 1, table.extent.last
                blocks = spliced(table.source.name, blocks, rows, first=first, last_row=last)
            with target.open(copy, "w", force_zip64=part.file_size > 1 << 30) as file:
                for block in blocks:
                    file.write(block)
                    yield


def _rows_to_add(plan: Plan, parts: Iterable[Part], header: int) -> Iterator[tuple[int, Sequence[Any]]]:
    yield header, plan.added_names
    number = header
    for part in parts:
        for cells in part.cells:
            number += 1
            yield number, cells.values
