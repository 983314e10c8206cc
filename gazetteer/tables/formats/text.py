"""Comma, semicolon and tab separated text: cells go in and come out as they were written.

The delimiter is the one of comma, semicolon and tab that splits the header; the encoding is found by
:mod:`gazetteer.tables.formats.encodings`. A row with more or fewer cells than the header is an error that
names its line. A blank line is not a row; in a table of one column it is a row with an empty cell, unless
only blank lines follow it.

Output is UTF-8, with a byte order mark where the input had one (spreadsheets look for it). Rows end in a
line feed; quoting is written afresh, so bytes may differ where cells do not.
"""

import csv
import io
import operator
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from gazetteer.errors import TableError
from gazetteer.tables.formats.encodings import find_encoding
from gazetteer.tables.formats.text_lines import AddedLines, neutralised, text_lines
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
    tags_in,
)

if TYPE_CHECKING:
    from _csv import Reader

__all__ = ["TextTable", "read", "write"]

_DELIMITERS = (",", ";", "\t")
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}
#: The csv module's default is 131,072 characters a cell; the largest value a C long holds everywhere.
_CELL_LIMIT = 2**31 - 1
#: How many rows after the header tell which delimiter splits a table evenly.
_SNIFFED_ROWS = 20


class _Chunk(Chunk):
    """Rows whose cells are text already."""

    def texts(self, column: str) -> list[str]:
        """Return one column."""
        return self.values(column)


class TextTable(Table):
    """A table of text.

    Parameters
    ----------
    source, columns
        See :class:`~gazetteer.tables.table.Table`.
    encoding
        As Python names it: "utf-8", "utf-8-sig" (with a byte order mark), "utf-16", "cp1256", …
    delimiter
        Comma, semicolon or tab.
    """

    def __init__(
        self,
        source: Source,
        columns: Sequence[str],
        notes: Sequence[str] = (),
        *,
        encoding: str,
        delimiter: str,
        tags: Sequence[str] = (),
    ) -> None:
        super().__init__(source, columns, notes, tags=tags)
        self.encoding = encoding
        self.delimiter = delimiter

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows; a ragged one or broken quotes are errors that name the line."""
        for chunk in self._lots(rows):
            yield _Chunk(self.columns, chunk)

    def _lots(self, rows: int) -> Iterator[list[list[str]]]:
        """Yield the rows by lots, at the csv module's speed as long as all have their cells."""
        width = len(self.columns)
        if width == 1:  # where a blank line is a row
            yield from self._plain_lots(rows, 0)
            return
        done = 0
        with _reader(self.source, self.encoding, self.delimiter) as reader:
            records = filter(None, reader)
            for _ in range(2 if self.tags else 1):
                next(records, None)
            while True:
                try:
                    lot = list(islice(records, rows))
                except csv.Error:
                    break
                if not lot:
                    return
                if set(map(len, lot)) != {width}:
                    break
                yield lot
                done += len(lot)
        yield from self._plain_lots(rows, done)  # which says what is wrong, and where

    def _plain_lots(self, rows: int, skipped: int) -> Iterator[list[list[str]]]:
        numbered = islice(self._numbered(), skipped, None)
        while lot := [cells for _, cells in islice(numbered, rows)]:
            yield lot

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows in order, every cell as written."""
        return (tuple(cells) for _, cells in self._numbered())

    def numbered_rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield each row with the number of the line that it ends on."""
        return ((line, tuple(cells)) for line, cells in self._numbered())

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        width = len(self.columns)
        blank_lines: list[int] = []
        header_seen = tags_seen = False
        for line, cells in _records(self.source, self.encoding, self.delimiter):
            if not cells:
                if width == 1 and header_seen:
                    blank_lines.append(line)
                continue
            if not header_seen:
                header_seen = True
                continue
            for blank in blank_lines:
                yield blank, [""]
            blank_lines.clear()
            if self.tags and not tags_seen:
                tags_seen = True
                continue
            if len(cells) != width:
                raise refused(_ragged(self.source.name, line, len(cells), width))
            yield line, cells


def read(source: Source, options: ReadOptions) -> TextTable:
    """Open a table of text: find its encoding, its delimiter and its columns.

    Raises
    ------
    TableError
        If it is empty, its encoding isn't known, it holds NUL characters, or its header has nameless or
        repeated columns.
    """
    encoding, how = find_encoding(source, options)
    delimiter, columns = _find_header(source, encoding)
    check_header(source.name, columns)
    records = (cells for _, cells in _records(source, encoding, delimiter) if cells)
    second = next(islice(records, 1, 2), [])
    tags = tags_in(second) if len(second) == len(columns) else ()
    notes = [how] if how else []
    return TextTable(source, columns, notes, encoding=encoding, delimiter=delimiter, tags=tags)


def write(table: Table, plan: Plan, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield the text of an enriched table, a block for each part."""
    delimiter, encoding = ",", "utf-8"
    if isinstance(table, TextTable):
        delimiter = ";" if table.delimiter == ";" else ","
        encoding = "utf-8" if table.encoding == "utf-8" else "utf-8-sig"
    if options.suffix == ".tsv":
        delimiter = "\t"
    guard = neutralised if options.neutralise else None
    head: list[Sequence[str]] = [(*plan.kept, *plan.added_names)]
    if table.tags:
        head.append((*plan.kept_tags(table), *plan.added_tags))
    yield "".join(text_lines(head, delimiter, guard)).encode(encoding)
    added = AddedLines(delimiter, guard)
    for part in parts:
        rows = plan.kept_rows(part.chunk)
        if not isinstance(table, TextTable):
            rows = [list(map(as_text, row)) for row in rows]
            if any("\0" in cell for row in rows for cell in row):  # reading it again would refuse it
                raise refused(
                    f"{table.source.name} has a cell with a NUL character, which a text table can't hold: "
                    "write another format, or remove the character"
                )
        own = text_lines(rows, delimiter, guard, end="")
        yield "".join(map(operator.add, own, added.lines(part.cells))).encode("utf-8")


def _find_header(source: Source, encoding: str) -> tuple[str, tuple[str, ...]]:
    best: tuple[tuple[bool, int, bool], str, tuple[str, ...]] | None = None
    problem: TableError | None = None
    for delimiter in _DELIMITERS:
        try:
            first = list(islice((cells for _, cells in _records(source, encoding, delimiter) if cells), 1))
        except TableError as error:
            problem = problem or error
            continue
        if not first:
            raise refused(f"{source.name} is empty: a table needs a header line")
        even = len(first[0]) > 1 and _splits_evenly(source, encoding, delimiter)
        prose = any(cell.startswith(" ") for cell in first[0])  # "killed, injured" is one column's name
        rank = (even, len(first[0]), not prose)
        if best is None or rank > best[0]:
            best = (rank, delimiter, tuple(first[0]))
    if best is None:
        assert problem is not None  # every delimiter failed, so one of them said why
        raise problem
    return best[1], best[2]


def _splits_evenly(source: Source, encoding: str, delimiter: str) -> bool:
    """Whether the first rows have as many cells as the header under this delimiter."""
    try:
        sample = list(islice(_records(source, encoding, delimiter), _SNIFFED_ROWS + 1))
    except TableError:
        return False
    return len({len(cells) for _, cells in sample if cells}) == 1


@contextmanager
def _reader(source: Source, encoding: str, delimiter: str) -> Iterator["Reader"]:
    """Give a reader of every record, strict about quotes, so that no row is swallowed."""
    csv.field_size_limit(_CELL_LIMIT)
    with source.open() as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        yield csv.reader(text, delimiter=delimiter, strict=True)


def _records(source: Source, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every record with the number of its last line."""
    with _reader(source, encoding, delimiter) as reader:
        start = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise refused(_broken_quotes(source.name, start, delimiter, error)) from error
            yield reader.line_num, cells
            start = reader.line_num + 1


def _broken_quotes(name: str, line: int, delimiter: str, error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return (
            f'{name}, line {line}: a quote (") is opened in this row and never closed: close it or remove it'
        )
    return (
        f"{name}, line {line}: the quotes of this row can't be read; a quoted cell ends with a quote and a "
        f'{_DELIMITER_NAMES[delimiter]}, and a quote inside it is written twice ("")'
    )


def _ragged(name: str, line: int, cells: int, columns: int) -> str:
    few = "too few" if cells < columns else "too many"
    return (
        f"{name}, line {line}: {cells} cells where the header has {columns}, {few}: "
        "complete the row, or put quotes round a cell that holds the delimiter"
    )
