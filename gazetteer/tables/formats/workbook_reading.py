"""Excel workbooks (.xlsx), read; and archives opened with care, as a workbook is one.

ECMA-376 part 1 (SpreadsheetML): workbook 18.2, cells 18.3.1.4, their types 18.18.11, shared strings 18.4,
styles 18.8, number formats 18.8.30, escaped characters 22.9.2.19 (ST_Xstring); part 2: relationships 9.3.
Elements go by their local names, as producers differ in prefixes and in the namespace (transitional or
strict). Numbers, dates and truth values keep their types. Of a formula the stored result is read.

The sheet is read by expat in blocks, so that its size doesn't matter; a document type, which a workbook never
has, is refused, so there are no entities to expand. A zip bomb is refused for its declared sizes. One that
declares less than it holds gains nothing: never more than the declared bytes of a part are unfolded, and a
part that doesn't end there, or whose check sum differs, is refused as damaged.
"""

import datetime
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import IO, Any
from xml.etree.ElementTree import ParseError  # nosec B405 # what defusedxml raises
from xml.parsers import expat

from defusedxml.ElementTree import fromstring, iterparse
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_datetime
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from gazetteer.errors import TableError
from gazetteer.tables.formats.sheets import Merged, Row, SheetTable, scanned
from gazetteer.tables.header import chosen_sheet
from gazetteer.tables.table import ReadOptions, Source, refused

_BLOCK_BYTES = 1 << 16
#: A workbook has a few dozen parts; ten thousand leave room for one picture a row.
_MOST_PARTS = 10_000
#: Parts that unfold to no more than this may be packed as tightly as they like.
_SMALL_BYTES = 64 << 20
#: Deflate packs at most 1032 bytes into one (zlib's "technical details"); sheets of data come to 5 to 40.
_MOST_RATIO = 200
#: How a workbook's parts are packed (ECMA-376 part 2, C.2): not at all, or by Deflate.
_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
#: The last row and column of a sheet (Excel specifications and limits).
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})(?:\$?\d+)?$", re.A)
_RANGE = re.compile(r"(\$?[A-Z]{1,3})\$?(\d{1,7}):\$?[A-Z]{1,3}\$?(\d{1,7})", re.I | re.A)
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class _Style:
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


@dataclass(kw_only=True, eq=False)
class WorkbookTable(SheetTable):
    """A sheet of an Excel workbook: the part of the archive that holds it, and what its cells refer to."""

    part: str
    style: _Style
    limit: int

    def sheet_rows(self) -> Iterator[Row]:
        """Yield the rows of the sheet in order."""
        with _opened_workbook(self.source, self.limit) as archive:
            yield from _rows(blocks_of(archive, self.part), self.style, [])


def read(source: Source, options: ReadOptions) -> WorkbookTable:
    """Open a sheet of a workbook, and read through it once.

    Raises
    ------
    TableError
        If it is no workbook, damaged, locked or unfolds to too much; if there is no such sheet, no header,
        or a value right of the header.
    """
    with _opened_workbook(source, options.inflated_limit) as archive:
        parts, shown, style = _workbook(source.name, archive)
        sheet, notes = chosen_sheet(source, "sheet", list(parts), options.sheet, shown)
        merged: list[Merged] = []
        extent = scanned(source.name, _rows(blocks_of(archive, parts[sheet]), style, merged), merged)
    return WorkbookTable(
        source=source,
        notes=notes,
        sheet=sheet,
        sheets=tuple(parts),
        extent=extent,
        part=parts[sheet],
        style=style,
        limit=options.inflated_limit,
    )


@contextmanager
def _opened_workbook(source: Source, limit: int) -> Iterator[zipfile.ZipFile]:
    """Open a workbook to read it: what is wrong in its XML is damage as well."""
    with opened_archive(source, limit=limit) as archive:
        try:
            yield archive
        except TableError:
            raise
        except (expat.ExpatError, ParseError, ValueError, LookupError) as error:
            raise damaged(source, error) from error


@contextmanager
def opened_archive(source: Source, *, limit: int) -> Iterator[zipfile.ZipFile]:
    """Open a zip file whose parts unfold to no more than `limit` bytes together.

    Raises
    ------
    TableError
        If it is too large unfolded, locked or damaged; also when the damage shows only inside the block.
    """
    with source.open() as file:
        try:
            with _damage_named():
                opened = zipfile.ZipFile(file)
            with opened as archive:
                _check(source.name, archive.infolist(), limit)
                yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise damaged(source, error) from error


def damaged(source: Source, error: Exception) -> TableError:
    """Return the refusal of a damaged workbook."""
    return refused(
        f"{source.name} is damaged or cut short ({str(error) or 'it ends too early'}): fetch it again, or "
        "open it in a spreadsheet program and save it as .xlsx"
    )


def _check(name: str, parts: list[zipfile.ZipInfo], limit: int) -> None:
    total = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if total > limit or len(parts) > _MOST_PARTS or (total > _SMALL_BYTES and total > packed * _MOST_RATIO):
        raise refused(
            f"{name} would unfold from {packed:,} to {total:,} bytes in {len(parts):,} parts, which is too "
            "much: save the sheet as CSV (UTF-8)"
        )
    if any(part.flag_bits & 1 for part in parts):
        raise refused(f"{name} is locked with a password: save it without one")
    if not _PACKINGS.issuperset(part.compress_type for part in parts):
        raise refused(f"{name} is packed as no Excel workbook is: save it again as .xlsx")


@contextmanager
def _damage_named() -> Iterator[None]:
    """Call damage by the one name: zipfile lets out whatever a wrong number in an archive leads to."""
    try:
        yield
    except (OSError, ValueError, OverflowError, RuntimeError, struct.error) as error:
        raise zipfile.BadZipFile(str(error)) from error


def _opened_part(archive: zipfile.ZipFile, part: str) -> IO[bytes]:
    """Open a part.

    Raises
    ------
    KeyError
        If there is none of this name.
    zipfile.BadZipFile
        If it isn't where the archive says, which :func:`opened_archive` answers.
    """
    with _damage_named():
        return archive.open(part)


def blocks_of(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield the bytes of a part, unfolded, in blocks."""
    with _opened_part(archive, part) as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def _workbook(name: str, archive: zipfile.ZipFile) -> tuple[dict[str, str], list[str], _Style]:
    """Return the parts of the sheets with cells by the sheets' names, the names of those that are shown, and
    what the cells of all refer to.

    Raises
    ------
    TableError
        If the archive is no workbook.
    """
    held = set(archive.namelist())
    roots = _related(archive, "").values() if "_rels/.rels" in held else ()
    workbook = next((part for kind, part in roots if kind == "officeDocument" and part in held), None)
    if workbook is None:
        raise refused(
            f"{name} is an archive but no Excel workbook: give the table that is inside it, or save it as "
            ".xlsx"
        )
    related, tree = _related(archive, workbook), _tree(archive, workbook)
    parts: dict[str, str] = {}
    shown: list[str] = []
    for element in _children(tree, "sheets"):
        attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
        kind, part = related.get(attributes.get("id", ""), ("", ""))
        if kind != "worksheet":  # a sheet that is a chart has no cells
            continue
        sheet = attributes.get("name", "")
        parts[sheet] = part
        if attributes.get("state", "visible") == "visible":
            shown.append(sheet)
    others = dict(related.values())
    strings = _strings(archive, others["sharedStrings"]) if "sharedStrings" in others else []
    kinds = _date_kinds(_tree(archive, others["styles"])) if "styles" in others else []
    from_1904 = any(one.get("date1904") in ("1", "true") for one in _named(tree, "workbookPr"))
    return parts, shown, _Style(strings, kinds, from_1904)


def _related(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return the parts that a part refers to: by id their kind and name."""
    folder, file = posixpath.split(part)
    found = {}
    for element in _tree(archive, posixpath.join(folder, "_rels", f"{file}.rels")):
        target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/")
        found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], target)
    return found


def _tree(archive: zipfile.ZipFile, part: str) -> Any:
    with _opened_part(archive, part) as file:
        return fromstring(file.read(), forbid_dtd=True)


def _named(tree: Any, local: str) -> Any:
    return (element for element in tree.iter() if element.tag.rpartition("}")[2] == local)


def _children(tree: Any, local: str) -> list[Any]:
    return [child for element in _named(tree, local) for child in element]


def _strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    strings = []
    with _opened_part(archive, part) as file:
        root = None
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if root is None:
                root = element
            elif event == "end" and element.tag.rpartition("}")[2] == "si":
                strings.append(_unescaped(_string(element)))
                root.clear()  # else every string would stay in the tree too
    return strings


def _string(element: Any) -> str:
    """Return the text of a string, whose runs may be styled; how it is pronounced (rPh) is left out."""
    pieces = []
    for child in element:
        local = child.tag.rpartition("}")[2]
        if local == "t":
            pieces.append(child.text or "")
        elif local == "r":
            pieces += [run.text or "" for run in _named(child, "t")]
    return "".join(pieces)


def _date_kinds(styles: Any) -> list[str | None]:
    """Return for each cell style "date", "time", "datetime" or None."""
    formats = dict(BUILTIN_FORMATS)
    for element in _children(styles, "numFmts"):
        formats[int(element.get("numFmtId", 0))] = element.get("formatCode", "")
    codes = (formats.get(int(element.get("numFmtId", 0)), "") for element in _children(styles, "cellXfs"))
    return [is_datetime(code) for code in codes]


def xml_parser() -> expat.XMLParserType:
    """Return a parser that raises ValueError at a document type."""

    def no_document_type(*_: object) -> None:
        raise ValueError("its XML has a document type, which no workbook has")

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

    def __init__(self, style: _Style) -> None:
        self.rows: list[Row] = []
        self.merged: list[Merged] = []
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
            self.merged += _downwards(attributes.get("ref", ""))

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
        return _unescaped(text) if kind in ("inlineStr", "str") else text


def _rows(blocks: Iterable[bytes], style: _Style, merged: list[Merged]) -> Iterator[Row]:
    """Yield the rows of a sheet's XML in order; `merged` is told the cells that are merged, at the end."""
    reader, parser = _SheetReader(style), xml_parser()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    for block in chain(blocks, (b"",)):
        parser.Parse(block, not block)
        yield from reader.rows
        reader.rows.clear()
    merged.extend(reader.merged)


def _unescaped(text: str) -> str:
    """Return a string with its escaped characters ("_x000D_") put right."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _downwards(reference: str) -> Iterator[Merged]:
    """Yield first row, last row and column of a merged range; nothing for one right of every sheet."""
    with suppress(ValueError):
        if found := _RANGE.fullmatch(reference):
            yield int(found[2]), int(found[3]), column_number(found[1])
