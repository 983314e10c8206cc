"""The XML of a workbook's sheet: its parser, and columns inserted in place.

New cells are put at the byte offsets that the parser gives, right of the header or in place of others. The
rest stays byte for byte, but for the sheet's `dimension`, which is widened, and `spans`, a hint that would be
wrong and is removed from rows that change. ECMA-376 part 1: cells 18.3.1.4, their types 18.18.11, escaped
characters 22.9.2.19.
"""

import datetime
import math
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape  # nosec B406 # it writes, and reads nothing

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import to_excel

from gazetteer.errors import GazetteerError
from gazetteer.tables.formats.sheets import SheetTable
from gazetteer.tables.formats.types import EXACT, damaged
from gazetteer.tables.layout import Layout, Part
from gazetteer.tables.table import as_text, refused

#: The last row and column of a sheet, and the most characters of a cell (Excel specifications and limits).
LAST_ROW, _LAST_COLUMN, _LONGEST_CELL = 1_048_576, 16_384, 32_767
#: Bytes of a tag or a comment; expat 2.5 reads one from its start again with each block.
_LONGEST_TAG = 1 << 20
#: Positions in our own workbooks' styles of a day and of a day with its time.
_DATE_STYLE, _TIME_STYLE = 1, 2
#: What XML 1.0 can't hold (2.2), a carriage return, which it changes (2.11), and what reads as an escape.
_NEEDS_ESCAPE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_(?=x[0-9A-Fa-f]{4}_)")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})(?:\$?\d+)?$", re.A)
_SPANS = re.compile(rb"\s+spans\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_ROW_NUMBER = re.compile(r"(\d+)$")


def column_number(reference: str) -> int:
    """Return the column of a cell reference ("C12" is 3); ValueError if a sheet has no such cell."""
    found = _REFERENCE.match(reference)
    column = column_index_from_string(found[1]) if found else 0
    if not 1 <= column <= _LAST_COLUMN:
        raise ValueError(f"there is no cell {reference[:20]!r}")
    return column


def counted(text: str) -> int:
    """Return an index from 0; Python would take a negative one from the end."""
    number = int(text)
    if number < 0:
        raise ValueError(f"{number} is below zero")
    return number


class SheetParser:
    """An expat parser that tracks the row and column of a sheet.

    A document type, which a workbook never has, is refused, so there are no entities to expand. Elements go
    by their local names, as producers differ in prefixes and in the namespace (transitional or strict).
    """

    def __init__(self) -> None:
        self.row = self.column = self._fed = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _no_document_type
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end

    def feed(self, block: bytes) -> None:
        """Parse a block, the last one empty; ValueError in a tag that is too long for expat."""
        self.parser.Parse(block, not block)
        self._fed += len(block)
        if self._fed - self.parser.CurrentByteIndex > _LONGEST_TAG:
            raise ValueError("a tag in its XML has no end")

    def start(self, name: str, attributes: dict[str, str]) -> str:
        """Take the start of an element, and return its local name."""
        local = local_name(name)
        if local == "c":
            reference = attributes.get("r")
            self.column = column_number(reference) if reference else self.column + 1
        elif local == "row":
            self.row, self.column = counted(attributes.get("r", str(self.row + 1))), 0
            if not 1 <= self.row <= LAST_ROW:
                raise ValueError(f"there is no row {self.row}")
        return local

    def end(self, name: str) -> None:
        """Take the end of an element."""


def local_name(name: str) -> str:
    """Return the name of an element without its prefix."""
    return name.rpartition(":")[2] if ":" in name else name


def _no_document_type(*_: object) -> None:
    raise ValueError("its XML has a document type, which no workbook has")


def with_columns(
    table: SheetTable, layout: Layout, parts: Iterable[Part], blocks: Iterable[bytes]
) -> Iterator[bytes]:
    """Yield the XML of the table's sheet with the added columns in it."""
    if layout.kept != table.columns[: len(layout.kept)]:
        raise refused(
            f"columns of {table.source.name} that are to be replaced stand between others: move them to the "
            "right end of the sheet, or delete them"
        )
    first = len(layout.kept) + 1
    rows = _rows_to_add(table, layout, parts, first)
    yield from _spliced(table, rows, blocks, width=len(layout.names), dropped_from=first)


def with_cells(
    table: SheetTable, rows: Mapping[int, Mapping[int, Any]], blocks: Iterable[bytes]
) -> Iterator[bytes]:
    """Yield the XML of a sheet with new values, by row and column from 1; cells keep their style."""
    width = max((len(table.columns), *(column for cells in rows.values() for column in cells)))
    return _spliced(table, iter(sorted(rows.items())), blocks, width=width)


def _spliced(
    table: SheetTable,
    rows: "_Rows",
    blocks: Iterable[bytes],
    *,
    width: int,
    dropped_from: int = _LAST_COLUMN + 1,
) -> Iterator[bytes]:
    splicer = _Splicer(table, rows, width, dropped_from)
    try:
        for block in chain(blocks, (b"",)):
            if b"\0" in block:  # which is no character of XML, and half of most in UTF-16
                raise ValueError("it is written in UTF-16, not in UTF-8")
            yield splicer.take(block)
    except GazetteerError:  # what went wrong with the parts
        raise
    except (expat.ExpatError, ValueError) as error:
        raise damaged(table.source, error) from error


def _rows_to_add(table: SheetTable, layout: Layout, parts: Iterable[Part], first: int) -> "_Rows":
    """Yield the numbers of the rows that grow, ascending, and their new values by column."""

    def placed(values: Iterable[Any]) -> dict[int, Any]:
        return dict(enumerate(values, start=first))

    head = [(table.header, placed(column.name for column in layout.cells))]
    if table.tags_row is not None:
        head.append((table.tags_row, placed(column.tag for column in layout.cells)))
    yield from sorted(head)
    number = table.first_row - 1
    for part in parts:
        for cells, _ in layout.split(part.added):
            number += 1
            yield number, placed(cells)
    assert number == table.last, "parts of a whole table have all its rows"


#: Rows of a sheet, ascending, and their new values by column.
_Rows = Iterator[tuple[int, Mapping[int, Any]]]


class _Splicer(SheetParser):
    """Puts `rows` of values into a sheet, in place of cells there, whose style they keep.

    In these rows cells from the column `dropped_from` on are dropped. New cells of the header have the style
    of the cell before them.
    """

    def __init__(self, table: SheetTable, rows: _Rows, width: int, dropped_from: int) -> None:
        super().__init__()
        self.parser.XmlDeclHandler = self._declaration
        self._rows = rows
        self._next: tuple[int, Mapping[int, Any]] | None = next(rows, None)
        self._header, self._last_row = table.header, table.last
        self._last_column, self._dropped_from = width, dropped_from
        self._style = 0
        self._left = deque[tuple[int, Any]]()  # new values of the row that aren't written yet
        #: Where a cell begins that is replaced, and the bytes for it.
        self._replaced: tuple[int, bytes] | None = None
        # Bytes that are not returned yet, their offset in the XML, and the offset of the last tag.
        self._held, self._offset, self._seen = b"", 0, 0
        #: Where a replacement begins and ends in the XML, and its bytes.
        self._edits: list[tuple[int, int, bytes]] = []

    def take(self, block: bytes) -> bytes:
        """Parse a block, the last one empty, and return the bytes that are finished."""
        self._held += block
        self.feed(block)
        # expat may parse the rest only with the next block
        end = self._seen if block else self._offset + len(self._held)
        pieces, at = [], self._offset
        for begin, until, new in self._edits:
            pieces += [self._held[at - self._offset : begin - self._offset], new]
            at = until
        pieces.append(self._held[at - self._offset : end - self._offset])
        self._edits.clear()
        self._held, self._offset = self._held[end - self._offset :], end
        return b"".join(pieces)

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.casefold() not in ("utf-8", "us-ascii"):
            raise ValueError(f"it is written in {encoding}, not in UTF-8")

    def start(self, name: str, attributes: dict[str, str]) -> str:
        local = super().start(name, attributes)
        self._seen = begin = self.parser.CurrentByteIndex
        if local == "row":
            if new := self._new_rows(self.row, name):
                self._edits.append((begin, begin, new))
            self._left = deque(self._next[1].items() if self._next and self._is_ours() else ())
            if self._is_ours() and (found := _SPANS.search(self._tag(begin))):
                self._edits.append((begin + found.start(), begin + found.end(), b""))
        elif local == "c":
            style = int(attributes.get("s", 0))
            if self._is_ours():
                if new := self._cells(name[:-1], until=self.column):
                    self._edits.append((begin, begin, new))
                if self.column >= self._dropped_from:
                    self._replaced = begin, b""
                elif self._left and self._left[0][0] == self.column:
                    cell = f'<{name} r="{get_column_letter(self.column)}{self.row}" s="{style}"/>'.encode()
                    new = self._cells(name[:-1], until=self.column + 1, style=style)
                    self._replaced = begin, new or cell  # an empty one keeps its style
            if self.row == self._header and self.column < self._dropped_from:
                self._style = style
        elif local == "dimension":
            tag = self._tag(begin)
            known = _ROW_NUMBER.search(attributes.get("ref", ""))
            last = max(self._last_row, int(known[1]) if known else 0)
            end = "/>" if tag.endswith(b"/>") else ">"
            new = f'<{name} ref="A1:{get_column_letter(self._last_column)}{last}"{end}'.encode()
            self._edits.append((begin, begin + len(tag), new))
        return local

    def end(self, name: str) -> None:
        local = local_name(name)
        self._seen = self.parser.CurrentByteIndex
        if local == "c" and self._replaced is not None:
            if self._ends_apart():
                self._seen += len(f"</{name}>")
            begin, new = self._replaced
            self._edits.append((begin, self._seen, new))
            self._replaced = None
        elif local == "row" and self._is_ours():
            self._put(self._cells(name[:-3]), name)
            self._next = next(self._rows, None)
        elif local == "sheetData" and (new := self._new_rows(None, name[: -len(local)] + "row")):
            self._put(new, name)

    def _is_ours(self) -> bool:
        """Whether the current row gets cells."""
        return self._next is not None and self._next[0] == self.row

    def _ends_apart(self) -> bool:
        """Whether the element that ends here has an end tag, unlike "<row/>"."""
        return self._held.startswith(b"</", self._seen - self._offset)

    def _put(self, content: bytes, name: str) -> None:
        """Insert content before the end of the element that ends here."""
        at = self._seen
        if self._ends_apart():
            self._edits.append((at, at, content))
        else:
            self._edits.append((at - 2, at, b">" + content + f"</{name}>".encode()))

    def _new_rows(self, before: int | None, name: str) -> bytes:
        """Return the rows before one of the sheet that it lacks; for None all that are left."""
        rows = []
        while self._next is not None and (before is None or self._next[0] < before):
            self._left = deque(self._next[1].items())
            cells = self._cells(name[:-3])
            rows.append(f'<{name} r="{self._next[0]}">'.encode() + cells + f"</{name}>".encode())
            self._next = next(self._rows, None)
        return b"".join(rows)

    def _cells(self, prefix: str, *, until: int = _LAST_COLUMN + 1, style: int | None = None) -> bytes:
        """Return the new cells of the row that are left, up to a column."""
        assert self._next is not None  # asked for only where there are some
        number, cells = self._next[0], []
        if style is None:
            style = self._style if number == self._header else 0
        while self._left and self._left[0][0] < until:
            column, value = self._left.popleft()
            cells.append(cells_xml([value], number, first=column, style=style, prefix=prefix))
        return "".join(cells).encode("utf-8")

    def _tag(self, begin: int) -> bytes:
        """Return the tag that begins at a byte; rows and dimensions have no ">" in their attributes."""
        start = begin - self._offset
        return self._held[start : self._held.index(b">", start) + 1]


def cells_xml(values: Sequence[Any], row: int, *, first: int = 1, style: int = 0, prefix: str = "") -> str:
    """Return the cells of a row but for empty ones; `prefix` is that of the sheet's elements ("x:")."""
    return "".join(
        _cell_xml(value, row, f'r="{get_column_letter(column)}{row}"', style, prefix)
        for column, value in enumerate(values, start=first)
        if value is not None and value != ""
    )


def _cell_xml(value: Any, row: int, reference: str, style: int, prefix: str) -> str:
    kind, content = "", ""
    if isinstance(value, bool):
        kind, content = ' t="b"', f"<{prefix}v>{value:d}</{prefix}v>"
    elif (isinstance(value, float) and math.isfinite(value)) or (
        isinstance(value, int) and abs(value) <= EXACT
    ):
        content = f"<{prefix}v>{value!r}</{prefix}v>"
    elif _is_workbook_date(value):
        style = _TIME_STYLE if isinstance(value, datetime.datetime) else _DATE_STYLE
        number: float = to_excel(value)  # type: ignore[no-untyped-call] # the stubs leave it out
        content = f"<{prefix}v>{number!r}</{prefix}v>"
    else:
        text = as_text(value)
        if len(text) > _LONGEST_CELL:
            raise refused(
                f"row {row} has a cell of {len(text):,} characters, and a workbook holds {_LONGEST_CELL:,}: "
                "write .csv or .parquet instead"
            )
        words = escape(_NEEDS_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
        kind = ' t="inlineStr"'
        content = f'<{prefix}is><{prefix}t xml:space="preserve">{words}</{prefix}t></{prefix}is>'
    styled = f' s="{style}"' if style else ""
    return f"<{prefix}c {reference}{styled}{kind}>{content}</{prefix}c>"


def _is_workbook_date(value: Any) -> bool:
    """Whether a workbook can hold this day or time: after 1900, no time zone, whole milliseconds."""
    if isinstance(value, datetime.datetime) and (value.tzinfo is not None or value.microsecond % 1000):
        return False
    return isinstance(value, datetime.date) and value.year > 1900
