"""Comma, semicolon and tab separated text: cells go in and come out as they were written.

The delimiter is the one of comma, semicolon and tab that splits the header, unless a first line "sep=;", as
Excel writes it, names another; the encoding is found by :mod:`gazetteer.tables.formats.encodings`, and the
header by :func:`~gazetteer.tables.header.find_header`. A row with more or fewer cells than the header is an
error that names its line. A blank line is not a row; in a table of one column it is a row with an empty cell,
unless only blank lines follow it.

Output is UTF-8, with a byte order mark where the input had one (spreadsheets look for it). Rows end in a
line feed; quoting is written afresh, so bytes may differ where cells do not.
"""

import csv
import io
import operator
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from gazetteer.errors import TableError
from gazetteer.tables.formats.encodings import find_encoding
from gazetteer.tables.header import LOOKED_AT, Header, find_header
from gazetteer.tables.layout import Layout, Part, WriteOptions
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

    from _typeshed import SupportsWrite

_DELIMITERS = (",", ";", "\t")
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
#: The first line that tells Excel the delimiter.
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?\r?\n?')
#: The csv module's default is 131,072 characters a cell; the largest value a C long holds everywhere.
_CELL_LIMIT = 2**31 - 1
#: How many tuples of added values are remembered as text.
_REMEMBERED = 100_000
#: What a spreadsheet program may take for a formula when it opens a text (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: What the csv module writes as :func:`as_text` says it.
_PLAIN = frozenset({str, int, float, type(None)})
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(kw_only=True, eq=False)
class TextTable(Table):
    """A table of text.

    Its encoding is as Python names it ("utf-8-sig" with a byte order mark); `above` is how many lines that
    are not blank stand above the first row.
    """

    is_text = True
    encoding: str
    delimiter: str
    above: int

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows; a ragged one or broken quotes are errors that name the line."""
        for lot in self._lots(rows):
            yield Chunk(self.columns, lot, is_text=True)

    def _lots(self, rows: int) -> Iterator[list[list[str]]]:
        """Yield the rows by lots, at the csv module's speed as long as all have their cells."""
        width, done = len(self.columns), 0
        if width > 1:  # in one column a blank line may be a row
            with _reader(self.source, self.encoding, self.delimiter) as reader:
                records = filter(None, reader)
                try:
                    for _ in range(self.above):
                        next(records, None)
                    while lot := list(islice(records, rows)):
                        if set(map(len, lot)) != {width}:
                            break
                        yield lot
                        done += len(lot)
                    else:
                        return
                except csv.Error:
                    pass
        numbered = islice(self._numbered(), done, None)  # which says what is wrong, and where
        while lot := [cells for _, cells in islice(numbered, rows)]:
            yield lot

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows in order, every cell as written."""
        return (tuple(cells) for _, cells in self._numbered())

    def numbered_rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield each row with the number of the line that it ends on."""
        return ((line, tuple(cells)) for line, cells in self._numbered())

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        width, above = len(self.columns), self.above
        blank_lines: list[int] = []
        for line, cells in _records(self.source, self.encoding, self.delimiter):
            if not cells:
                if width == 1 and not above:
                    blank_lines.append(line)
                continue
            if above:
                above -= 1
                continue
            for blank in blank_lines:
                yield blank, [""]
            blank_lines.clear()
            if len(cells) != width:
                raise refused(_ragged(self.source.name, line, len(cells), width))
            yield line, cells


def read(source: Source, options: ReadOptions) -> TextTable:
    """Open a table of text: find its encoding, its delimiter and its columns."""
    encoding, how = find_encoding(source, options)
    with source.open() as raw, io.TextIOWrapper(raw, encoding=encoding) as text:
        named = _SEPARATOR.fullmatch(text.readline(20))
    delimiter, header, rows = _split(
        source, encoding, named[1] if named else _DELIMITERS, skipped=bool(named)
    )
    columns = rows[header.at]
    check_header(source.name, columns)
    tags = [*tags_in(rows[header.tags_at]), *[""] * len(columns)] if header.tags_at is not None else []
    return TextTable(
        source=source,
        columns=tuple(columns),
        notes=(*([how] if how else []), *header.notes()),
        tags=tuple(tags[: len(columns)]),
        encoding=encoding,
        delimiter=delimiter,
        above=header.last + 1 + bool(named),
    )


def _split(
    source: Source, encoding: str, delimiters: Iterable[str], *, skipped: bool
) -> tuple[str, Header, list[list[str]]]:
    """Return the delimiter that splits a text best, and under it the header and the first lines."""
    best: tuple[tuple[bool, bool, int, bool], str, Header, list[list[str]]] | None = None
    problem: TableError | None = None
    for delimiter in delimiters:
        rows: list[list[str]] = []
        whole = True
        try:
            records = (cells for _, cells in _records(source, encoding, delimiter) if cells)
            rows.extend(islice(records, 2 * LOOKED_AT))
        except TableError as error:
            problem, whole = problem or error, False
        rows = rows[skipped:]
        if not rows:
            if whole:
                raise refused(f"{source.name} is empty: a table needs a header line")
            continue
        header = find_header(rows[:LOOKED_AT]) or Header(0, None, 0)
        even = whole and _is_even(rows[header.at :])
        if header.titles and not (even and _are_titles(rows, header, delimiter)):
            header, even = Header(0, None, 0), whole and _is_even(rows)
        found = rows[header.at]
        prose = any(cell.startswith(" ") for cell in found)  # "killed, injured" is one column's name
        rank = (even, not header.titles, len(found), not prose)
        if best is None or rank > best[0]:
            best = (rank, delimiter, header, rows)
    if best is None:
        assert problem is not None  # every delimiter failed, so one of them said why
        raise problem
    return best[1:]


def _is_even(rows: Sequence[Sequence[str]]) -> bool:
    """Whether all rows have as many cells, and more than one."""
    return len(rows[0]) > 1 and len(set(map(len, rows))) == 1


def _are_titles(rows: Sequence[Sequence[str]], header: Header, delimiter: str) -> bool:
    """Whether what stands above a header are titles, and not the name of one column with such cells.

    Programs pad a title to the table's width. In one column a cell may well hold a semicolon or a tab, but
    one with a comma stands in quotes. And a header names every column of some rows.
    """
    padded = all(len(row) == len(rows[header.at]) for row in rows[: header.at])
    names = [cell for cell in rows[header.at] if not cell.startswith(" ") and any(map(str.isalpha, cell))]
    return (padded or delimiter == ",") and len(names) == len(rows[header.at]) and len(rows) > header.last + 1


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


def write(table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield the text of a table, a block for each part."""
    blocks = _blocks(table, layout, parts, options)
    return _packed(blocks) if options.suffix.endswith(".gz") else blocks


def _blocks(table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    delimiter, encoding = ",", "utf-8"
    if isinstance(table, TextTable):
        encoding = "utf-8" if table.encoding == "utf-8" else "utf-8-sig"
        if table.delimiter == ";" or not options.suffix:
            delimiter = table.delimiter
    if options.suffix.startswith(".tsv"):
        delimiter = "\t"
    guard = neutralised if options.neutralise else None
    head = [layout.names]
    if table.tags:
        head.append(layout.tags(table))
    yield text_of(head, delimiter, guard).encode(encoding)
    added = _AddedLines(layout, delimiter, guard)
    for part in parts:
        rows = layout.kept_rows(part.chunk)
        if not part.chunk.is_text:
            rows = [list(map(as_text, row)) for row in rows]
            if any("\0" in cell for row in rows for cell in row):  # reading it again would refuse it
                raise refused(
                    f"{table.source.name} has a cell with a NUL character, which a text table can't hold: "
                    "write another format, or remove the character"
                )
        if layout.cells and added.are_shared(part):
            own = _lines(rows, delimiter, guard, end=delimiter if layout.kept else "")
            yield "".join(map(operator.add, own, added.lines(part))).encode("utf-8")
            continue
        if layout.cells:
            rows = [[*row, *cells] for row, cells in zip(rows, _added_cells(layout, part.added), strict=True)]
        yield text_of(rows, delimiter, guard).encode("utf-8")


def _packed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Pack by gzip (RFC 1952), without a time, so that the same table is the same file."""
    packer = zlib.compressobj(wbits=31)
    yield from map(packer.compress, blocks)
    yield packer.flush()


class _AddedLines:
    """The added cells as the ends of lines: what rows share is written once, as long as it is remembered."""

    def __init__(self, layout: Layout, delimiter: str, guard: Callable[[str], str] | None) -> None:
        self._layout, self._delimiter, self._guard = layout, delimiter, guard
        # By identity; the tuples are held too, so that no other takes the place of one that is gone.
        self._known: dict[int, tuple[object, str]] = {}

    def are_shared(self, part: Part) -> bool:
        """Tell whether most rows share what is added to them, with each other or with rows before."""
        return 2 * len(part.distinct().keys() - self._known.keys()) < len(part.added)

    def lines(self, part: Part) -> list[str]:
        """Return for each row of a part its added cells and the line's end."""
        distinct, known = part.distinct(), self._known
        if len(known) + len(distinct) > _REMEMBERED:
            known.clear()
        new = [values for key, values in distinct.items() if key not in known]
        lines = _lines(_added_cells(self._layout, new), self._delimiter, self._guard)
        known.update({id(values): (values, line) for values, line in zip(new, lines, strict=True)})
        return [known[id(values)][1] for values in part.added]


def _added_cells(layout: Layout, added: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return the cells of added columns; what the csv module would write in its own way is text already."""
    cells = (
        values if _PLAIN.issuperset(map(type, values)) else map(as_text, values)
        for column, values in zip(layout.added, zip(*added, strict=True), strict=False)
        if column.kind != "point"
    )
    return list(zip(*cells, strict=True))


def text_of(
    rows: Sequence[Sequence[object]], delimiter: str = ",", guard: Callable[[str], str] | None = None
) -> str:
    """Return rows as text that reads back as it was; `guard` may change what a cell says."""
    text = io.StringIO(newline="")
    _write(text, rows, delimiter, guard)
    written = text.getvalue()
    if written.count("\r") == len(rows):  # one at each line's end, and none in a cell
        return written.replace("\r\n", "\n")
    return "".join(_lines(rows, delimiter, guard))


def _lines(
    rows: Sequence[Sequence[object]],
    delimiter: str,
    guard: Callable[[str], str] | None,
    *,
    end: str = "\n",
) -> list[str]:
    """Return each row as a line."""
    lines = _Lines()
    _write(lines, rows, delimiter, guard)
    return [line[:-2] + end for line in lines]


def _write(
    file: "SupportsWrite[str]",
    rows: Sequence[Sequence[object]],
    delimiter: str,
    guard: Callable[[str], str] | None,
) -> None:
    # Told that lines end in CR LF, the csv module quotes cells with a lone CR; it is taken off again.
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows(rows if guard is None else ([guard(as_text(cell)) for cell in row] for row in rows))


class _Lines(list[str]):
    """What the csv module writes to: a list of lines."""

    write = list.append


def neutralised(cell: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula: if need be, after an apostrophe.

    Plain numbers stay as they are ("-3.5").
    """
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell) else cell
