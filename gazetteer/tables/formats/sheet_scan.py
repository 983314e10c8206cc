"""Where in a sheet the table stands: its header, its tags, its last row, the cells that are merged.

The header is the sheet's first row; a title above it, a row with a single filled cell, is passed over. The
whole sheet is read once, so that what is wrong with it is found before any work.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice

from gazetteer.tables.formats.sheet_cells import Row, column_number
from gazetteer.tables.table import as_text, check_header, refused, tags_in

__all__ = ["Extent", "scanned"]

#: How many rows are looked at for the header.
_LOOKED_AT = 20
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})", re.I | re.A)
#: The most rows without a value between others: each would be a row of the table, out of nothing.
_MOST_EMPTY = 100_000


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a table stands in its sheet, and what is remarkable about it.

    Parameters
    ----------
    columns
        The names in its header.
    tags
        The HXL tags under the header; empty without.
    header, before, last
        The numbers of the header's row, of the row before the first row (the header's or that of the tags)
        and of the last row.
    merged
        First row, last row and column of the cells that are merged over several rows.
    formulas, without_result
        How many cells are formulas, and how many of these have no stored result.
    """

    columns: tuple[str, ...]
    tags: tuple[str, ...]
    header: int
    before: int
    last: int
    merged: tuple[tuple[int, int, int], ...] = ()
    formulas: int = 0
    without_result: int = 0

    def notes(self) -> list[str]:
        """Return what a person should know, in words."""
        notes = []
        if self.merged:
            notes.append(f"{len(self.merged)} merged cells count for each of their rows")
        if self.formulas:
            notes.append(f"of {self.formulas} formulas the stored results were read")
        if self.without_result:
            notes.append(
                f"{self.without_result} formulas have no stored result and were read as empty: open the "
                "workbook in a spreadsheet program and save it"
            )
        return notes


def scanned(name: str, rows: Iterator[Row], merged: Sequence[str]) -> Extent:
    """Read through a sheet.

    Parameters
    ----------
    name
        What messages call the workbook.
    rows
        All rows.
    merged
        The merged ranges, known when the last row has been read.

    Raises
    ------
    TableError
        If there is no header or a doubtful one, a value right of it, or rows out of order.
    """
    looked_at = list(islice(rows, _LOOKED_AT))
    header = _header(name, looked_at)
    cells = {column: as_text(value) for column, value in header.cells}
    width = max(column for column, text in cells.items() if text.strip())
    columns = tuple(cells.get(column, "") for column in range(1, width + 1))
    check_header(name, columns)
    tags = _tags(looked_at, header.number, width)
    before = header.number + bool(tags)
    last, formulas, without_result = before, 0, 0
    for row in _below(name, header.number, width, chain(looked_at, rows)):
        formulas += row.formulas
        without_result += row.without_result
        last = max(last, row.number) if row.cells else last
    ranges = tuple(_downwards(merged, before, last, width))
    return Extent(columns, tags, header.number, before, last, ranges, formulas, without_result)


def _header(name: str, rows: Sequence[Row]) -> Row:
    counted = [(row, sum(bool(as_text(value).strip()) for _, value in row.cells)) for row in rows]
    filled = [(row, cells) for row, cells in counted if cells]
    if not filled:
        raise refused(f"{name} has nothing in this sheet: a table needs a header row")
    widest = max(cells for _, cells in filled)
    return next(row for row, cells in filled if cells > 1 or widest == 1)


def _tags(rows: Sequence[Row], header: int, width: int) -> tuple[str, ...]:
    """Return the HXL tags in the row under the header; nothing where another row stands there."""
    row = next((row for row in rows if row.number == header + 1), None)
    cells = dict(row.cells) if row is not None else {}
    return tags_in([cells.get(column, "") for column in range(1, width + 1)])


def _below(name: str, header: int, width: int, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows below the header, once they are known to stand in order and under it."""
    before = filled = header
    empty = 0
    for row in rows:
        if row.number <= header:
            continue
        if row.number <= before:
            raise refused(f"{name}: row {row.number} stands after row {before}: save it again as .xlsx")
        before = row.number
        if row.cells:
            empty, filled = empty + before - filled - 1, before
        if empty > _MOST_EMPTY:
            raise refused(
                f"{name}: {empty:,} rows above row {before} are empty: remove them, or what stands below them"
            )
        if row.cells and (column := max(column for column, _ in row.cells)) > width:
            raise refused(
                f"{name}, row {row.number}: there is a value in column {column}, right of the header's last "
                f"column ({width}): name that column, or remove what stands there"
            )
        yield row


def _downwards(merged: Sequence[str], before: int, last: int, width: int) -> Iterator[tuple[int, int, int]]:
    """Yield first row, last row and column of the merged ranges that reach over several rows of the table."""
    for reference in merged:
        if found := _RANGE.fullmatch(reference):
            first, end = int(found[2]), min(int(found[4]), last)
            if before < first < end and (column := _column_within(found[1], width)):
                yield first, end, column


def _column_within(letters: str, width: int) -> int | None:
    """Return the number of a column of the table; None for one right of it, or of no sheet."""
    with suppress(ValueError):
        return column if (column := column_number(letters)) <= width else None
    return None
