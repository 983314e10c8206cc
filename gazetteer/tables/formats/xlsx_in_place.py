"""The XML of a workbook's sheet: followed to read it, and copied with columns put into it in place.

Only the added columns are put in, right of the header: what the other cells are, their styles, formulas and
stored results, stays. ECMA-376 part 1: cells 18.3.1.4, their types 18.18.11, escaped characters 22.9.2.19.
"""

import datetime
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr  # nosec B406 # it writes, and reads nothing

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import to_excel

from gazetteer.errors import GazetteerError
from gazetteer.tables.formats.sheets import SheetTable
from gazetteer.tables.formats.types import damaged
from gazetteer.tables.layout import Layout, Part
from gazetteer.tables.table import as_text, refused

#: The last row and column of a sheet, and the most characters of a cell (Excel specifications and limits).
LAST_ROW, _LAST_COLUMN, _LONGEST_CELL = 1_048_576, 16_384, 32_767
#: Whole numbers beyond this lose digits in a workbook, whose numbers are doubles.
_LARGEST_INTEGER = 2**53
#: Positions in our own workbooks' styles of a day and of a day with its time.
_DATE_STYLE, _TIME_STYLE = 1, 2
#: What XML 1.0 can't hold (2.2), a carriage return, which it changes (2.11), and what reads as an escape.
_NEEDS_ESCAPE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_(?=x[0-9A-Fa-f]{4}_)")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})(?:\$?\d+)?$", re.A)
_ROW_NUMBER = re.compile(r"(\d+)$")


def column_number(reference: str) -> int:
    """Return the column of a cell reference ("C12" is 3); ValueError if there is none in a sheet."""
    found = _REFERENCE.match(reference)
    column = column_index_from_string(found[1]) if found else 0
    if not 1 <= column <= _LAST_COLUMN:
        raise ValueError(f"there is no cell {reference[:20]!r}")
    return column


def counted(text: str) -> int:
    """Return a number counted from 0; an index below would be taken from the end."""
    number = int(text)
    if number < 0:
        raise ValueError(f"{number} is below zero")
    return number


class SheetParser:
    """Follows expat through XML and knows in which row and column of a sheet it is.

    A document type, which a workbook never has, is refused, so there are no entities to expand. Elements go
    by their local names, as producers differ in prefixes and in the namespace (transitional or strict).
    """

    def __init__(self) -> None:
        self.row = self.column = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _no_document_type
        self.parser.StartElementHandler = self._started
        self.parser.EndElementHandler = self._ended

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            reference = attributes.get("r")
            self.column = column_number(reference) if reference else self.column + 1
        elif local == "row":
            self.row, self.column = counted(attributes.get("r", str(self.row + 1))), 0
            if not 1 <= self.row <= LAST_ROW:
                raise ValueError(f"there is no row {self.row}")
        self.start(name, local, attributes)

    def _ended(self, name: str) -> None:
        self.end(name, name.rpartition(":")[2])

    def start(self, name: str, local: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    def end(self, name: str, local: str) -> None:
        """Take the end of an element."""


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
    copier = _Copier(table, len(layout.kept) + 1, len(layout.cells), _rows_to_add(table, layout, parts))
    try:
        for block in chain(blocks, (b"",)):
            copier.parser.Parse(block, not block)
            yield "".join(copier.copied).encode("utf-8")
            copier.copied.clear()
    except GazetteerError:  # what went wrong with the parts
        raise
    except (expat.ExpatError, ValueError) as error:
        raise damaged(table.source, error) from error


def _rows_to_add(
    table: SheetTable, layout: Layout, parts: Iterable[Part]
) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the numbers of the rows that grow, rising, and what comes into them."""
    extent = table.extent
    head: list[tuple[int, Sequence[Any]]] = [(extent.header, [column.name for column in layout.cells])]
    if extent.tags_row is not None:
        head.append((extent.tags_row, [column.tag for column in layout.cells]))
    yield from sorted(head)
    number = extent.before
    for part in parts:
        for cells, _ in layout.split(part.added):
            number += 1
            yield number, cells
    assert number == extent.last, "parts of a whole table have all its rows"


class _Copier(SheetParser):
    """Copies a sheet, and puts `rows` of values right of the table's header.

    Values begin at the column `first`; cells there and right of it are left out. Those of the header have the
    style of the cell before them.
    """

    def __init__(
        self, table: SheetTable, first: int, columns: int, rows: Iterator[tuple[int, Sequence[Any]]]
    ) -> None:
        super().__init__()
        self.parser.CharacterDataHandler = self._text
        self.copied = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']
        self._rows = rows
        self._next: tuple[int, Sequence[Any]] | None = next(rows)
        self._header, self._last_row = table.extent.header, table.extent.last
        self._first, self._last_column = first, first + columns - 1
        self._style = 0
        self._leaving_out = False

    def start(self, name: str, local: str, attributes: dict[str, str]) -> None:
        if local == "row":
            self._new_rows(self.row, name)
            if self._grows():
                attributes.pop("spans", None)  # a hint, which would be wrong
        elif local == "c":
            self._leaving_out = self.column >= self._first and self._grows()
            if self.row == self._header and not self._leaving_out:
                self._style = int(attributes.get("s", 0))
        elif local == "dimension":  # some readers believe it
            known = _ROW_NUMBER.search(attributes.get("ref", ""))
            last = max(self._last_row, int(known[1]) if known else 0)
            attributes["ref"] = f"A1:{get_column_letter(self._last_column)}{last}"
        if not self._leaving_out:
            values = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
            self.copied.append(f"<{name}{values}>")

    def end(self, name: str, local: str) -> None:
        if self._leaving_out:
            self._leaving_out = local != "c"
            return
        if local == "row" and self._grows():
            self._add_cells(name)
        elif local == "sheetData":
            self._new_rows(None, name[: -len(local)] + "row")
        self.copied.append(f"</{name}>")

    def _text(self, text: str) -> None:
        if not self._leaving_out:
            self.copied.append(escape(text, {"\r": "&#13;"}))

    def _grows(self) -> bool:
        """Whether the current row gets cells."""
        return self._next is not None and self._next[0] == self.row

    def _new_rows(self, before: int | None, name: str) -> None:
        """Add rows that the sheet doesn't have, up to one that it has; all that are left for None."""
        while self._next is not None and (before is None or self._next[0] < before):
            self.copied.append(f'<{name} r="{self._next[0]}">')
            self._add_cells(name)
            self.copied.append(f"</{name}>")

    def _add_cells(self, row_name: str) -> None:
        """Add the cells that come next."""
        assert self._next is not None  # asked for only where there are some
        number, values = self._next
        self._next = next(self._rows, None)
        style = self._style if number == self._header else 0
        self.copied.append(cells_xml(values, number, first=self._first, style=style, prefix=row_name[:-3]))


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
        isinstance(value, int) and abs(value) <= _LARGEST_INTEGER
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
    """Whether a workbook can hold this day or time: after 1900, no zone, to the millisecond."""
    if isinstance(value, datetime.datetime) and (value.tzinfo is not None or value.microsecond % 1000):
        return False
    return isinstance(value, datetime.date) and value.year > 1900
