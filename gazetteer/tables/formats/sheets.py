"""Where in a sheet the table stands, whatever file the sheet is in, and its rows from there on.

The header is found as that of a text is (:mod:`gazetteer.tables.header`). Rows below it are rows of the table
up to the last that has anything in it: an empty one between others counts, as it would in CSV. A cell that is
merged over several rows counts for all of them. The whole sheet is read once when it is opened, so that what
is wrong with it is found before any work.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from gazetteer.tables.header import LOOKED_AT, find_header
from gazetteer.tables.table import (
    CHUNK_ROWS,
    Chunk,
    Table,
    as_text,
    check_header,
    refused,
    tags_in,
)

#: First row, last row and column of cells that are merged.
Merged = tuple[int, int, int]
#: The most rows without a value between others: each would be a row of the table, out of nothing.
_MOST_EMPTY = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its number from 1, its cells as (column from 1, value), and how many are formulas
    and how many of those have no stored result.
    """

    number: int
    cells: list[tuple[int, Any]]
    formulas: int = 0
    without_result: int = 0

    def values(self, width: int) -> list[Any]:
        """Return the values of so many columns."""
        values = [None] * width
        for column, value in self.cells:
            if column <= width:
                values[column - 1] = value
        return values


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a table stands in its sheet: numbers of rows, and the cells that are merged over several."""

    columns: tuple[str, ...]
    tags: tuple[str, ...]
    header: int
    tags_row: int | None
    before: int  # the last row above the table's own
    last: int
    merged: tuple[Merged, ...]
    notes: tuple[str, ...]


@dataclass(kw_only=True, eq=False)
class SheetTable(Table):
    """A sheet of a workbook, and where the table stands in it."""

    written_as = "workbook"
    columns: tuple[str, ...] = field(init=False)
    extent: Extent

    def __post_init__(self) -> None:
        extent = self.extent
        self.columns, self.tags = extent.columns, extent.tags
        self.notes = (*self.notes, *extent.notes)
        self.counted, self.first_row = extent.last - extent.before, extent.before + 1

    @abstractmethod
    def sheet_rows(self) -> Iterator[Row]:
        """Yield the rows of the sheet in order; rows without cells may be left out."""

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows below the header."""
        values = self._values()
        while chunk := list(islice(values, rows)):
            yield Chunk(self.columns, chunk)

    def _values(self) -> Iterator[list[Any]]:
        """Yield the values of each row, those of merged cells in all their rows."""
        width, extent = len(self.columns), self.extent
        starts: dict[int, list[Merged]] = {}
        for merged in extent.merged:
            starts.setdefault(merged[0], []).append(merged)
        current: dict[int, tuple[int, Any]] = {}  # by column: a merged range's last row and its value
        expected = extent.before + 1
        for row in self.sheet_rows():
            if row.number > extent.last:
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


def scanned(name: str, rows: Iterator[Row], merged: Iterable[Merged]) -> Extent:
    """Read through a sheet, and return where the table stands; `merged` is known at the end of the rows."""
    looked_at = list(islice(rows, LOOKED_AT))
    texts = [row.values(max((column for column, _ in row.cells), default=0)) for row in looked_at]
    found = find_header(texts)
    if found is None:
        raise refused(f"{name} has nothing in this sheet: a table needs a header row")
    names = list(map(as_text, texts[found.at]))
    while not names[-1].strip():
        names.pop()
    check_header(name, names)
    header, width = looked_at[found.at].number, len(names)
    tags_row = looked_at[found.tags_at] if found.tags_at is not None else None
    last = before = looked_at[found.last].number
    formulas = without_result = 0
    for row in _below(name, before, width, chain(looked_at, rows)):
        formulas += row.formulas
        without_result += row.without_result
        last = max(last, row.number) if row.cells else last
    ranges = tuple(
        (first, min(end, last), column)
        for first, end, column in merged
        if before < first < min(end, last) and column <= width
    )
    notes = found.notes()
    if ranges:
        notes.append(f"{len(ranges)} merged cells count for each of their rows")
    if formulas:
        notes.append(f"of {formulas} formulas the stored results were read")
    if without_result:
        notes.append(
            f"{without_result} formulas have no stored result and were read as empty: open the workbook in a "
            "spreadsheet program and save it"
        )
    return Extent(
        columns=tuple(names),
        tags=tags_in(tags_row.values(width)) if tags_row else (),
        header=header,
        tags_row=tags_row.number if tags_row else None,
        before=before,
        last=last,
        merged=ranges,
        notes=tuple(notes),
    )


def _below(name: str, before: int, width: int, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows below the header, once they are known to stand in order and under it."""
    above = filled = before
    empty = 0
    for row in rows:
        if row.number <= before:
            continue
        if row.number <= above:
            raise refused(f"{name}: row {row.number} stands after row {above}: save it again as .xlsx")
        above = row.number
        if row.cells:
            empty, filled = empty + above - filled - 1, above
        if empty > _MOST_EMPTY:
            raise refused(
                f"{name}: {empty:,} rows above row {above} are empty: remove them, or what stands below them"
            )
        if row.cells and (column := max(column for column, _ in row.cells)) > width:
            raise refused(
                f"{name}, row {row.number}: there is a value in column {column}, right of the header's last "
                f"column ({width}): name that column, or remove what stands there"
            )
        yield row
