"""Comma, semicolon and tab separated text, whose cells are written as they were read.

The delimiter is the one that splits the header best, unless a first line "sep=;", as Excel writes it, names
it; the encoding is found by :mod:`gazetteer.tables.formats.encodings`. A ragged row is an error with its
line. A blank line is not a row; in a table of one column it is a row with an empty cell, unless only blank
lines follow it.

Output is UTF-8, with a byte order mark where the input had one (spreadsheets look for it). Rows end in a line
feed; quoting is written afresh, so bytes may differ where cells do not. Where only cells are changed, all
other bytes stay.
"""

import codecs
import csv
import io
import operator
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from gazetteer.errors import TableError
from gazetteer.tables.formats.encodings import find_encoding
from gazetteer.tables.layout import Change, Layout, Part, WriteOptions
from gazetteer.tables.table import (
    CHUNK_ROWS,
    LOOKED_AT,
    Aside,
    Chunk,
    Header,
    ReadOptions,
    Source,
    Table,
    as_text,
    check_header,
    find_header,
    refused,
    tags_in,
)

if TYPE_CHECKING:
    from _csv import Reader

#: The delimiters' names; the last is possible only where a first line names it.
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
#: The first line that gives Excel the delimiter.
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?\r?\n?')
#: The csv module's default is 131,072 characters a cell; the largest value a C long holds everywhere.
_CELL_LIMIT = 2**31 - 1
#: How many tuples of added values are cached as text.
_CACHED = 100_000
#: What a spreadsheet program may take for a formula when it opens a text (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Types that the csv module writes as :func:`as_text` does.
_PLAIN = frozenset({str, int, float, type(None)})
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
#: Changes a cell that is written.
_Guard = Callable[[str], str] | None


@dataclass(kw_only=True, eq=False)
class TextTable(Table):
    """A delimited text."""

    is_text = True
    encoding: str  # as Python names it: "utf-8-sig" with a byte order mark
    delimiter: str
    above: int  # lines that are not blank above the first row

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows; a ragged row or broken quotes are errors with the line."""
        width = len(self.columns)
        with _reader(self.source, self.encoding, self.delimiter) as reader:
            # In one column a blank line may be a row; in several the csv module goes at its own speed.
            every = self.rows() if width == 1 else islice(filter(None, reader), self.above, None)
            while lot := list(islice(every, rows)):
                if set(map(len, lot)) != {width}:
                    for _ in self.numbered_rows():  # raises the error with the line
                        pass
                yield Chunk(self.columns, lot, is_text=True)

    def asides(self) -> Iterator[Aside]:
        """Yield the titles above the header."""
        with _reader(self.source, self.encoding, self.delimiter) as reader:
            for cells in islice(filter(None, reader), self.above):
                if tuple(cells) != self.columns:
                    yield Aside("above the header", self.delimiter.join(cells))

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows in order, every cell as written."""
        return (cells for _, cells in self.numbered_rows())

    def numbered_rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield each row with the number of the line that it ends on."""
        width, above = len(self.columns), self.above
        blank_lines: list[int] = []
        with _reader(self.source, self.encoding, self.delimiter) as reader:
            for cells in reader:
                line = reader.line_num
                if not cells:
                    if width == 1 and not above:
                        blank_lines.append(line)
                    continue
                if above:
                    above -= 1
                    continue
                yield from ((blank, ("",)) for blank in blank_lines)
                blank_lines.clear()
                if len(cells) != width:
                    few = "too few" if len(cells) < width else "too many"
                    raise refused(
                        f"{self.source.name}, line {line}: {len(cells)} cells where the header has {width}, "
                        f"{few}: complete the row, or put quotes round a cell that holds the delimiter"
                    )
                yield line, tuple(cells)


def read(source: Source, options: ReadOptions) -> TextTable:
    """Open a delimited text: find its encoding, its delimiter and its columns."""
    encoding, how = find_encoding(source, options)
    with source.open() as raw, io.TextIOWrapper(raw, encoding=encoding) as text:
        named = _SEPARATOR.fullmatch(text.readline(20))
    delimiters = named[1] if named else ",;\t"
    _, delimiter, header, rows = _split(source, encoding, delimiters, skipped=bool(named))
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


class _Split(NamedTuple):
    """The first rows of a text by one delimiter, their header, and how well it splits them."""

    rank: tuple[bool, bool, int, bool]
    delimiter: str
    header: Header
    rows: list[list[str]]


def _split(source: Source, encoding: str, delimiters: Iterable[str], *, skipped: bool) -> _Split:
    """Return the split by the delimiter that splits a text best."""
    found: list[_Split] = []
    problems: list[TableError] = []
    for delimiter in delimiters:
        rows: list[list[str]] = []
        whole = True
        try:
            with _reader(source, encoding, delimiter) as reader:
                rows.extend(islice(filter(None, reader), 2 * LOOKED_AT))
        except TableError as error:
            problems.append(error)
            whole = False
        rows = rows[skipped:]
        if not rows:
            if whole:
                raise refused(f"{source.name} is empty: a table needs a header line")
            continue
        header = find_header(rows[:LOOKED_AT]) or Header(0, None, 0)
        even = whole and _is_even(rows[header.at :])
        if header.titles and not (even and _are_titles(rows, header, delimiter)):
            header, even = Header(0, None, 0), whole and _is_even(rows)
        names = rows[header.at]
        prose = any(cell.startswith(" ") for cell in names)  # "killed, injured" is one column's name
        found.append(_Split((even, not header.titles, len(names), not prose), delimiter, header, rows))
    if not found:  # every delimiter failed, so one of them said why
        raise problems[0]
    return max(found, key=lambda one: one.rank)


def _is_even(rows: Sequence[Sequence[str]]) -> bool:
    """Whether all rows have the same number of cells, and more than one."""
    return len(rows[0]) > 1 and len(set(map(len, rows))) == 1


def _are_titles(rows: Sequence[Sequence[str]], header: Header, delimiter: str) -> bool:
    """Whether the rows above a header are titles, and not the name of a single column.

    Programs pad a title to the table's width. A cell of a single column may have a semicolon or a tab, but
    one with a comma is in quotes. And a header names every column of some rows.
    """
    names = rows[header.at]
    padded = all(len(row) == len(names) for row in rows[: header.at])
    named = all(not cell.startswith(" ") and any(map(str.isalpha, cell)) for cell in names)
    return (padded or delimiter == ",") and named and len(rows) > header.last + 1


@contextmanager
def _reader(source: Source, encoding: str, delimiter: str) -> Iterator["Reader"]:
    """Give a reader that is strict about quotes, so that no row is swallowed."""
    csv.field_size_limit(_CELL_LIMIT)
    with source.open() as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        try:
            yield csv.reader(text, delimiter=delimiter, strict=True)
        except csv.Error as error:
            text.seek(0)
            before = _last_whole_line(csv.reader(text, delimiter=delimiter, strict=True))
            where = f"{source.name}, line {before + 1}"
            if "unexpected end" in str(error):
                raise refused(
                    f'{where}: a quote (") is opened in this row and never closed: close it or remove it'
                ) from error
            raise refused(
                f"{where}: the quotes of this row can't be read; a quoted cell ends with a quote and a "
                f'{_DELIMITERS[delimiter]}, and a quote inside it is written twice ("")'
            ) from error


def _last_whole_line(reader: "Reader") -> int:
    """Return the line on which the last record before a broken one ends."""
    line = 0
    with suppress(csv.Error):
        for _ in reader:
            line = reader.line_num
    return line


def write(table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield the text of a table, a block for each part."""
    blocks = _blocks(table, layout, parts, options)
    if not options.suffix.endswith(".gz"):
        yield from blocks
        return
    packer = zlib.compressobj(wbits=31)  # gzip (RFC 1952) without a time: the same table is the same file
    yield from map(packer.compress, blocks)
    yield packer.flush()


def _blocks(table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    delimiter, encoding = ",", "utf-8"
    if isinstance(table, TextTable):
        encoding = "utf-8" if table.encoding == "utf-8" else "utf-8-sig"
        if table.delimiter == ";" or not options.suffix:
            delimiter = table.delimiter
    if options.suffix.startswith(".tsv"):
        delimiter = "\t"
    guard = neutralised if options.neutralise else None
    head = [layout.names, layout.tags(table)] if table.tags else [layout.names]
    yield text_of(head, delimiter, guard).encode(encoding)
    added = _AddedLines(layout, delimiter, guard)
    for part in parts:
        rows = layout.kept_rows(part.chunk)
        if not part.chunk.is_text:
            rows = [list(map(as_text, row)) for row in rows]
            if any("\0" in cell for row in rows for cell in row):  # the file could not be read again
                raise refused(
                    f"{table.source.name} has a cell with a NUL character, which a text table can't hold: "
                    "write another format, or remove the character"
                )
        if layout.cells:
            end = delimiter if layout.kept else ""
            if len(layout.kept) == 1:  # alone in its row, an empty cell would be written in quotes
                rows, end = [(*row, "") for row in rows], ""
            own = _lines(rows, delimiter, guard, end=end)
            yield "".join(map(operator.add, own, added.of(part))).encode("utf-8")
        else:
            yield text_of(rows, delimiter, guard).encode("utf-8")


class _AddedLines:
    """The added cells as the ends of lines, cached for tuples that rows share."""

    def __init__(self, layout: Layout, delimiter: str, guard: _Guard) -> None:
        self._columns, self._delimiter, self._guard = layout.added, delimiter, guard
        # By identity; the tuples are kept too, so that no other gets the id of one that was freed.
        self._known: dict[int, tuple[object, str]] = {}

    def of(self, part: Part) -> list[str]:
        """Return for each row of a part its added cells and the line's end."""
        distinct, known = part.distinct(), self._known
        if len(known) + len(distinct) > _CACHED:
            known.clear()
        new = [values for key, values in distinct.items() if key not in known]
        cells = (  # text already where the csv module would write a value in its own way
            values if _PLAIN.issuperset(map(type, values)) else map(as_text, values)
            for column, values in zip(self._columns, zip(*new, strict=True), strict=False)
            if column.kind != "point"
        )
        lines = _lines(list(zip(*cells, strict=True)), self._delimiter, self._guard)
        known.update({id(values): (values, line) for values, line in zip(new, lines, strict=True)})
        return [known[id(values)][1] for values in part.added]


def change(table: TextTable, change: Change) -> Iterator[bytes]:
    """Yield the text with some cells changed; its delimiter, quotes, line ends and encoding stay."""
    encode = codecs.getincrementalencoder(table.encoding)().encode  # which writes a byte order mark once
    names, new = (*table.columns, change.added), change.of(table)
    above, number, blanks, held = table.above, 0, 0, list[str]()
    with table.source.open() as raw, io.TextIOWrapper(raw, encoding=table.encoding, newline="") as text:
        for cells in csv.reader(_remembered(text, held), delimiter=table.delimiter, strict=True):
            record, changed = "".join(held), dict[str, Any]()
            held.clear()
            body = record.rstrip("\r\n")
            if not cells:
                blanks += len(table.columns) == 1 and not above  # where a blank line may be a row
                yield encode(record)
                continue
            if above:
                above -= 1
                is_header = change.added and tuple(cells) == table.columns
                changed = {change.added: change.added} if is_header else {}
                title = table.delimiter.join(cells)
                if (mended := change.mend(title)) != title:
                    body = text_of([[mended]], table.delimiter).rstrip("\n")
            else:
                number, blanks = number + blanks + 1, 0
                changed = dict(new.get(number, {}))
            if change.added or changed:
                fields = _fields(body, table.delimiter)
                if change.added:  # in quotes where all the others are
                    fields.append('""' if all(one.startswith('"') for one in fields) else "")
                for name, value in changed.items():
                    at = names.index(name)
                    fields[at] = _field(as_text(value), fields[at], table.delimiter)
                body = table.delimiter.join(fields)
            yield encode(body + record[len(record.rstrip("\r\n")) :])


def _remembered(lines: Iterable[str], held: list[str]) -> Iterator[str]:
    """Yield lines, and hold those that the reader has taken for a record."""
    for line in lines:
        held.append(line)
        yield line


def _fields(record: str, delimiter: str) -> list[str]:
    """Return the cells of a record as they are written, in quotes or not."""
    field = re.compile(rf'(?:"(?:[^"]|"")*"|[^{delimiter}]*)(?:[{delimiter}]|\Z)')
    fields, at = list[str](), 0
    while found := field.match(record, at):
        at = found.end()
        if at == len(record) and not found[0].endswith(delimiter):
            return [*fields, found[0]]
        fields.append(found[0][:-1])
    raise AssertionError("every record ends")


def _field(text: str, like: str, delimiter: str) -> str:
    """Write a cell, in quotes where one like it is, or where it needs them."""
    if like.startswith('"') or any(sign in text for sign in (delimiter, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


def text_of(rows: Sequence[Sequence[object]], delimiter: str = ",", guard: _Guard = None) -> str:
    """Return rows as text that reads back as it was; `guard` may change a cell."""
    return "".join(_lines(rows, delimiter, guard))


class _Lines(list[str]):
    """What the csv module writes to: a list of lines."""

    write = list.append


def _lines(rows: Sequence[Sequence[object]], delimiter: str, guard: _Guard, *, end: str = "\n") -> list[str]:
    """Return each row as a line."""
    lines = _Lines()
    # Told that lines end in CR LF, the csv module quotes cells with a lone CR; it is taken off again.
    writer = csv.writer(lines, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows(rows if guard is None else ([guard(as_text(cell)) for cell in row] for row in rows))
    return [line[:-2] + end for line in lines]


def neutralised(cell: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula; plain numbers ("-3.5") stay."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell) else cell
