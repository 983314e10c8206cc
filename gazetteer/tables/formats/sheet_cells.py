"""Cells of a workbook's sheet, between XML and values.

ECMA-376 part 1 (SpreadsheetML): cells 18.3.1.4, their types 18.18.11, shared strings 18.4, number formats
18.8.30, escaped characters 22.9.2.19 (ST_Xstring). The sheet is read by expat in blocks, so that its size
doesn't matter; a document type, which a workbook never has, is refused, so there are no entities to expand.
"""

import datetime
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape  # nosec B406 # it writes, and reads nothing

from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel, to_excel

from gazetteer.tables.table import as_text, refused

__all__ = [
    "DATE_STYLE",
    "TIME_STYLE",
    "Row",
    "SheetStyle",
    "cell_xml",
    "column_number",
    "rows_of",
    "xml_parser",
]

#: The most characters that a cell of a workbook may hold (Excel specifications and limits).
_LONGEST_CELL = 32_767
#: Whole numbers beyond this lose digits in a workbook, whose numbers are doubles.
_LARGEST_INTEGER = 2**53
#: Positions in our own workbooks' styles of a day and of a day with its time.
DATE_STYLE, TIME_STYLE = 1, 2
#: The last row and column of a sheet (Excel specifications and limits).
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})(?:\$?\d+)?$", re.A)
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
#: What XML 1.0 can't hold (2.2), a carriage return, which it changes (2.11), and what reads as an escape.
_NEEDS_ESCAPE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True, slots=True)
class SheetStyle:
    """What a sheet's cells refer to outside it: shared strings, which styles are dates, the first day."""

    strings: Sequence[str]
    date_kinds: Sequence[str | None]
    from_1904: bool

    def date_of(self, number: float, style: int) -> Any:
        """Return a number as the date or time that its style makes of it."""
        kind = self.date_kinds[style] if style < len(self.date_kinds) else None
        if kind is None:
            return number
        epoch = CALENDAR_MAC_1904 if self.from_1904 else CALENDAR_WINDOWS_1900
        try:
            value = from_excel(number, epoch)
        except (OverflowError, ValueError):
            return number  # no day of the calendar: it stays a number
        if kind == "date" and isinstance(value, datetime.datetime) and value.time() == datetime.time():
            return value.date()
        return value


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its number from 1, its cells as (column from 1, value), and how many are formulas
    and how many of those have no stored result.
    """

    number: int
    cells: list[tuple[int, Any]]
    formulas: int = 0
    without_result: int = 0


def xml_parser(name: str) -> expat.XMLParserType:
    """Return a parser that refuses document types."""

    def no_document_type(*_: object) -> None:
        raise refused(f"{name} has a document type in its XML, which no workbook has: save it again as .xlsx")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = no_document_type
    return parser


@cache  # of at most 26 + 26² + 26³ columns
def _column_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_number(reference: str) -> int:
    """Return the column of a cell reference ("C12" is 3).

    Raises
    ------
    ValueError
        If there is no such column in a sheet.
    """
    found = _REFERENCE.match(reference)
    column = _column_of(found[1].upper()) if found else 0
    if not 1 <= column <= _LAST_COLUMN:
        raise ValueError(f"there is no cell {reference[:20]!r}")
    return column


def _counted(text: str) -> int:
    """Return a number counted from 0; an index below would be taken from the end."""
    number = int(text)
    if number < 0:
        raise ValueError(f"{number} is below zero")
    return number


class _SheetReader:
    """Takes what expat finds and collects rows."""

    def __init__(self, style: SheetStyle) -> None:
        self.rows: list[Row] = []
        self.merged: list[str] = []
        self._style = style
        self._row = self._column = self._formulas = self._without_result = 0
        self._cells: list[tuple[int, Any]] = []
        self._in_cell = self._phonetic = self._collecting = self._formula = False
        self._type, self._style_at = "n", 0
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            reference = attributes.get("r")
            self._column = column_number(reference) if reference else self._column + 1
            self._type, self._style_at = attributes.get("t", "n"), _counted(attributes.get("s", "0"))
            self._text, self._in_cell, self._formula = [], True, False
        elif self._in_cell:
            self._collecting = name == "v" or (name == "t" and not self._phonetic)
            self._formula = self._formula or name == "f"
            self._phonetic = self._phonetic or name == "rPh"
        elif name == "row":
            self._row = _counted(attributes.get("r", str(self._row + 1)))
            if not 1 <= self._row <= _LAST_ROW:
                raise ValueError(f"there is no row {self._row}")
            self._column, self._cells, self._formulas, self._without_result = 0, [], 0, 0
        elif name == "mergeCell":
            self.merged.append(attributes.get("ref", ""))

    def text(self, text: str) -> None:
        if self._collecting:
            self._text.append(text)

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            self._in_cell = False
            text = "".join(self._text)
            if text and (value := self._value(text)) != "":
                self._cells.append((self._column, value))
            if self._formula:
                self._formulas += 1
                self._without_result += not text and self._type != "str"
        elif name == "row":
            self.rows.append(Row(self._row, self._cells, self._formulas, self._without_result))
        elif name == "rPh":
            self._phonetic = False
        else:
            self._collecting = False

    def _value(self, text: str) -> Any:
        kind = self._type
        if kind == "s":
            return self._style.strings[_counted(text)]
        if kind == "n":
            number = int(text) if text.lstrip("-").isdecimal() else float(text)
            return self._style.date_of(number, self._style_at) if self._style_at else number
        if kind == "b":
            return text.strip() in ("1", "true")
        return unescaped(text) if kind in ("inlineStr", "str") else text


def rows_of(
    name: str, blocks: Iterable[bytes], style: SheetStyle, *, merged: list[str] | None = None
) -> Iterator[Row]:
    """Yield the rows of a sheet's XML in order; `merged` is told the ranges that are merged, at the end.

    Raises
    ------
    TableError
        If the XML is broken.
    """
    reader, parser = _SheetReader(style), xml_parser(name)
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    try:
        for block in blocks:
            parser.Parse(block, False)
            yield from reader.rows
            reader.rows.clear()
        parser.Parse(b"", True)
        yield from reader.rows
    except (expat.ExpatError, ValueError, IndexError) as error:
        raise refused(
            f"the sheet of {name} is damaged ({error}): open it in a spreadsheet program and save it as .xlsx"
        ) from error
    if merged is not None:
        merged.extend(reader.merged)


def unescaped(text: str) -> str:
    """Return a string with its escaped characters ("_x000D_") put right."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _serial(value: datetime.date) -> float:
    number: float = to_excel(value)  # type: ignore[no-untyped-call] # the stubs leave it out
    return number


def _is_workbook_date(value: Any) -> bool:
    """Whether a workbook can hold this day or time: after 1900, no zone, to the millisecond."""
    if isinstance(value, datetime.datetime) and (value.tzinfo is not None or value.microsecond % 1000):
        return False
    return isinstance(value, datetime.date) and value.year > 1900


def cell_xml(value: Any, *, row: int, column: int, style: int = 0, prefix: str = "") -> str:
    """Return a cell, or nothing for an empty one; `prefix` is that of the sheet's elements ("x:").

    Raises
    ------
    TableError
        If a text is longer than a workbook can hold.
    """
    if value is None or (isinstance(value, str) and not value):
        return ""
    kind, content = "", ""
    if isinstance(value, bool):
        kind, content = ' t="b"', f"<{prefix}v>{value:d}</{prefix}v>"
    elif isinstance(value, (int, float)) and math.isfinite(value) and abs(value) <= _LARGEST_INTEGER:
        content = f"<{prefix}v>{value!r}</{prefix}v>"
    elif _is_workbook_date(value):
        style = TIME_STYLE if isinstance(value, datetime.datetime) else DATE_STYLE
        content = f"<{prefix}v>{_serial(value)!r}</{prefix}v>"
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
    return f'<{prefix}c r="{get_column_letter(column)}{row}"{styled}{kind}>{content}</{prefix}c>'
