"""Excel workbooks (.xlsx): one sheet is the table, everything else is left as it is.

The header is the sheet's first row; a title above it, a row with a single filled cell, is passed over. Rows
below it are rows of the table up to the last that has anything in it: an empty one between others counts,
as it would in CSV. Numbers, dates and truth values keep their types. Of a formula the stored result is
read. A cell that is merged over several rows counts for all of them.

Written back into the workbook that was read, only the added columns are put into the sheet, right of the
header: other sheets, styles, formulas and their stored results, pictures and charts stay byte for byte.
Any other table becomes a new workbook of one sheet.
"""

import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any

from gazetteer.tables.formats.archive import blocks_of, opened_archive
from gazetteer.tables.formats.new_workbook import new_workbook
from gazetteer.tables.formats.sheet_cells import SheetStyle, rows_of
from gazetteer.tables.formats.sheet_scan import Extent, scanned
from gazetteer.tables.formats.sheet_splice import spliced
from gazetteer.tables.formats.sink import Sink
from gazetteer.tables.formats.workbook_parts import Sheet, chosen_sheet, read_style
from gazetteer.tables.plan import Part, Plan, WriteOptions
from gazetteer.tables.table import (
    CHUNK_ROWS,
    Chunk,
    ReadOptions,
    Source,
    Table,
    refused,
)

__all__ = ["WorkbookTable", "read", "write"]


class WorkbookTable(Table):
    """A sheet of a workbook.

    Parameters
    ----------
    source, notes
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
        notes: Sequence[str],
        *,
        sheet: Sheet,
        style: SheetStyle,
        extent: Extent,
        limit: int,
    ) -> None:
        super().__init__(source, extent.columns, notes, tags=extent.tags)
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
        return enumerate(self.rows(), start=self.extent.before + 1)

    def check(self) -> int:
        """Return how many rows there are; opening has read through them."""
        return self.extent.last - self.extent.before

    def _values(self) -> Iterator[list[Any]]:
        width, extent = len(self.columns), self.extent
        starts: dict[int, list[tuple[int, int]]] = {}
        for first, last, column in extent.merged:
            starts.setdefault(first, []).append((column, last))
        open_ranges: dict[int, tuple[int, Any]] = {}  # by column: the range's last row and its value
        expected = extent.before + 1
        with opened_archive(self.source, limit=self.limit) as archive:
            for row in rows_of(self.source.name, blocks_of(archive, self.sheet.part), self.style):
                if row.number <= extent.before:
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
        extent = scanned(source.name, rows, merged)
    notes = extent.notes()
    if others := [name for name in names if name != sheet.name]:
        notes.insert(0, f"sheet {sheet.name!r} was read; there are also {', '.join(others)}")
    return WorkbookTable(source, notes, sheet=sheet, style=style, extent=extent, limit=options.inflated_limit)


def write(table: Table, plan: Plan, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield the workbook that was read with the added columns in it, or else a new one."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
        if isinstance(table, WorkbookTable):
            steps = _with_columns(table, plan, parts, target)
        else:
            steps = new_workbook(table, plan, parts, target)
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
                rows = _rows_to_add(table, plan, parts)
                first, last = _first_free(table, plan), table.extent.last
                blocks = spliced(table.source.name, blocks, rows, first=first, last_row=last)
            with target.open(copy, "w", force_zip64=part.file_size > 1 << 30) as file:
                for block in blocks:
                    file.write(block)
                    yield


def _first_free(table: WorkbookTable, plan: Plan) -> int:
    """Return the column that the added ones begin at.

    Raises
    ------
    TableError
        If columns that are to be replaced stand between others, which would leave a gap.
    """
    if plan.kept != table.columns[: len(plan.kept)]:
        raise refused(
            f"the gaz_ columns of {table.source.name} stand between other columns: move them to the right "
            "end of the sheet, or delete them"
        )
    return len(plan.kept) + 1


def _rows_to_add(
    table: WorkbookTable, plan: Plan, parts: Iterable[Part]
) -> Iterator[tuple[int, Sequence[Any]]]:
    yield table.extent.header, plan.added_names
    if table.tags:
        yield table.extent.before, plan.added_tags
    number = table.extent.before
    for part in parts:
        for cells in part.cells:
            number += 1
            yield number, cells.values
