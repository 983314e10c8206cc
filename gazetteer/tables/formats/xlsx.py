"""Excel workbooks (.xlsx): read; and written, into the one that was read or as a new one.

ECMA-376 part 1 (SpreadsheetML): workbook 18.2, shared strings 18.4, styles 18.8, number formats 18.8.30;
part 2: relationships 9.3. Numbers, dates and truth values keep their types; of a formula the stored result is
read. expat reads a sheet in blocks, so it may be larger than memory. calamine 0.9.1 drops "#REF!", refuses
"#SPILL!", and ends the process where two cells are at far corners of a sheet (calamine issue 693).

Written back, the workbook keeps its other sheets, pictures and charts byte for byte, and its sheet gets the
added columns (:mod:`gazetteer.tables.formats.xlsx_in_place`). Any other table becomes a new workbook of one
sheet; the same rows give the same bytes.
"""

import posixpath
import re
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any
from xml.etree.ElementTree import ParseError  # nosec B405 # what defusedxml raises
from xml.parsers import expat

from defusedxml.ElementTree import fromstring
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_datetime
from openpyxl.utils import range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from gazetteer.errors import TableError
from gazetteer.tables.formats.sheets import Merged, Row, SheetTable
from gazetteer.tables.formats.types import Sink, as_day, blocks_of, damaged, opened_archive
from gazetteer.tables.formats.xlsx_in_place import (
    LAST_ROW,
    SheetParser,
    cells_xml,
    counted,
    local_name,
    with_columns,
)
from gazetteer.tables.layout import Layout, Part, WriteOptions
from gazetteer.tables.table import ReadOptions, Source, Table, chosen_sheet, refused

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class _Style:
    """The shared strings and styles that cells refer to."""

    strings: Sequence[str]
    date_kinds: Sequence[str | None]  # "date", "time" or "datetime" for each cell style
    from_1904: bool

    def date_of(self, number: float, style: int) -> Any:
        """Return a number, or the date or time that it is by its style."""
        kind = self.date_kinds[style] if style < len(self.date_kinds) else None
        if kind is None:
            return number
        epoch = CALENDAR_MAC_1904 if self.from_1904 else CALENDAR_WINDOWS_1900
        try:
            value = from_excel(number, epoch)
        except (OverflowError, ValueError):
            return number  # no day of the calendar: it stays a number
        return as_day(value) if kind == "date" else value


@dataclass(kw_only=True, eq=False)
class _WorkbookTable(SheetTable):
    part: str  # of the archive that holds the sheet
    style: _Style
    limit: int

    def sheet_rows(self) -> Iterator[Row]:
        with _opened_workbook(self.source, self.limit) as archive:
            yield from _rows(blocks_of(archive, self.part), _Reader(self.style))


def read(source: Source, options: ReadOptions) -> _WorkbookTable:
    """Open a sheet of a workbook, and read through it once."""
    with _opened_workbook(source, options.inflated_limit) as archive:
        parts, shown, style = _workbook(source.name, archive)
        sheet, notes = chosen_sheet(source, "sheet", list(parts), options.sheet, shown)
        reader = _Reader(style)
        return _WorkbookTable.scanned(
            _rows(blocks_of(archive, parts[sheet]), reader),
            reader.merged,
            source=source,
            notes=notes,
            row_limit=options.row_limit,
            sheet=sheet,
            sheets=tuple(parts),
            part=parts[sheet],
            style=style,
            limit=options.inflated_limit,
        )


@contextmanager
def _opened_workbook(source: Source, limit: int) -> Iterator[zipfile.ZipFile]:
    """Open a workbook to read it; errors in its XML are damage too."""
    with opened_archive(source, limit=limit) as archive:
        try:
            yield archive
        except TableError:
            raise
        except (expat.ExpatError, ParseError, ValueError, LookupError) as error:
            raise damaged(source, error) from error


def _workbook(name: str, archive: zipfile.ZipFile) -> tuple[dict[str, str], list[str], _Style]:
    """Return the parts of sheets with cells by the sheets' names, the visible names, and the style."""
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
        if kind == "worksheet":  # a sheet that is a chart has no cells
            sheet = attributes.get("name", "")
            parts[sheet] = part
            if attributes.get("state", "visible") == "visible":
                shown.append(sheet)
    others = dict(related.values())
    strings = _strings(blocks_of(archive, others["sharedStrings"])) if "sharedStrings" in others else []
    kinds = _date_kinds(_tree(archive, others["styles"])) if "styles" in others else []
    from_1904 = any(one.get("date1904") in ("1", "true") for one in _named(tree, "workbookPr"))
    return parts, shown, _Style(strings, kinds, from_1904)


def _related(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return the kind and name of the parts that a part refers to, by id."""
    folder, file = posixpath.split(part)
    found = {}
    for element in _tree(archive, posixpath.join(folder, "_rels", f"{file}.rels")):
        target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/")
        found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], target)
    return found


def _tree(archive: zipfile.ZipFile, part: str) -> Any:
    return fromstring(b"".join(blocks_of(archive, part)), forbid_dtd=True)


def _named(tree: Any, local: str) -> Any:
    return (element for element in tree.iter() if element.tag.rpartition("}")[2] == local)


def _children(tree: Any, local: str) -> list[Any]:
    return [child for element in _named(tree, local) for child in element]


def _date_kinds(styles: Any) -> list[str | None]:
    formats = dict(BUILTIN_FORMATS)
    for element in _children(styles, "numFmts"):
        formats[int(element.get("numFmtId", 0))] = element.get("formatCode", "")
    codes = (formats.get(int(element.get("numFmtId", 0)), "") for element in _children(styles, "cellXfs"))
    return [is_datetime(code) for code in codes]


class _Reader(SheetParser):
    """Collects the rows of a sheet, or the shared strings, whose runs may be styled."""

    def __init__(self, style: _Style) -> None:
        super().__init__()
        self.parser.CharacterDataHandler = self._took
        self.rows: list[Row] = []
        self.merged: list[Merged] = []
        self.strings: list[str] = []
        self._style = style
        self._found = Row(0, [])
        self._text: list[str] = []
        self._pronounced = self._collecting = self._formula = False
        self._type, self._style_at = "n", 0

    def start(self, name: str, attributes: dict[str, str]) -> str:
        local = super().start(name, attributes)
        self._pronounced = self._pronounced or local == "rPh"  # how a string is spoken is left out
        self._collecting = local == "v" or (local == "t" and not self._pronounced)
        self._formula = self._formula or local == "f"
        if local == "c":
            self._type, self._style_at = attributes.get("t", "n"), counted(attributes.get("s", "0"))
            self._formula = False
            self._text.clear()
        elif local == "row":
            self._found = Row(self.row, [])
        elif local == "mergeCell":
            with suppress(ValueError, TypeError):  # right of every sheet, or of whole columns
                found: Any = range_boundaries(attributes.get("ref", ""))
                self.merged += [(found[1], found[3], found[0])] if found[1] < found[3] else []
        return local

    def _took(self, text: str) -> None:
        if self._collecting:
            self._text.append(text)

    def end(self, name: str) -> None:
        local = local_name(name)
        self._collecting = False
        self._pronounced = self._pronounced and local != "rPh"
        if local == "c":
            text = "".join(self._text)
            if text and (value := self._value(text)) != "":
                self._found.cells.append((self.column, value))
            self._found.formulas += self._formula
            self._found.without_result += self._formula and not text and self._type != "str"
        elif local == "row":
            self.rows.append(self._found)
        elif local == "si":
            self.strings.append(_unescaped("".join(self._text)))
            self._text.clear()

    def _value(self, text: str) -> Any:
        kind, style = self._type, self._style
        if kind == "s":
            return style.strings[counted(text)]
        if kind == "n":
            number = int(text) if text.lstrip("-").isdecimal() else float(text)
            return style.date_of(number, self._style_at) if self._style_at else number
        if kind == "b":
            return text.strip() in ("1", "true")
        return _unescaped(text) if kind in ("inlineStr", "str") else text


def _rows(blocks: Iterable[bytes], reader: _Reader) -> Iterator[Row]:
    """Yield the rows of a sheet's XML; the reader collects merged cells and strings."""
    for block in chain(blocks, (b"",)):
        reader.feed(block)
        yield from reader.rows
        reader.rows.clear()


def _strings(blocks: Iterable[bytes]) -> list[str]:
    reader = _Reader(_Style((), (), from_1904=False))
    for _ in _rows(blocks, reader):  # there are none
        pass
    return reader.strings


def _unescaped(text: str) -> str:
    """Return a string with its escaped characters ("_x000D_") decoded."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


# --------------------------------------------------------------------------------------- written

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SCHEMAS = "http://schemas.openxmlformats.org"
_PACKAGE = f"{_SCHEMAS}/package/2006"
_MAIN, _OFFICE = f"{_SCHEMAS}/spreadsheetml/2006/main", f"{_SCHEMAS}/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET = "xl/worksheets/sheet1.xml"
_PLAIN = 'fontId="0" fillId="0" borderId="0"'


def _relations(**parts: str) -> str:
    relations = (
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(parts.items(), start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(relations)}</Relationships>'


#: The minimum of ECMA-376; number formats 14 and 22 are a day, and a day with its time.
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
        f'<Override PartName="/{_SHEET}" ContentType="{_TYPES}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": _relations(officeDocument="xl/workbook.xml"),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="enriched" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": _relations(worksheet="worksheets/sheet1.xml", styles="styles.xml"),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}">'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        f'<cellStyleXfs count="1"><xf {_PLAIN} numFmtId="0"/></cellStyleXfs>'
        f'<cellXfs count="3"><xf {_PLAIN} numFmtId="0" xfId="0"/>'
        f'<xf {_PLAIN} numFmtId="14" xfId="0" applyNumberFormat="1"/>'
        f'<xf {_PLAIN} numFmtId="22" xfId="0" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}


def write(table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield the workbook that was read with the added columns in it, or else a new one."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
        if isinstance(table, _WorkbookTable) and options.whole:
            steps = _with_columns(table, layout, parts, target)
        else:
            steps = _new(table, layout, parts, target)
        with closing(steps):  # else an entry would stay open where the reader stops early
            for _ in steps:
                if data := sink.taken():
                    yield data
    yield sink.taken()


def _new(table: Table, layout: Layout, parts: Iterable[Part], target: zipfile.ZipFile) -> Generator[None]:
    """Write a workbook; a step for each part of the table."""
    for name, content in _PARTS.items():
        target.writestr(_undated(name), _XML + content)
    with target.open(_undated(_SHEET), "w", force_zip64=True) as sheet:
        sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
        lots: Iterator[Sequence[Sequence[Any]]] = chain(
            [[layout.names, layout.tags(table)] if table.tags else [layout.names]],
            ([values for values, _ in layout.rows(part)] for part in parts),
        )
        number = 0
        for rows in lots:
            if number + len(rows) > LAST_ROW:
                raise refused(
                    f"a sheet holds {LAST_ROW:,} rows, and this table has more: write .csv or .parquet"
                )
            for values in rows:
                number += 1
                sheet.write(f'<row r="{number}">{cells_xml(values, number)}</row>'.encode())
            yield
        sheet.write(b"</sheetData></worksheet>")
    yield


def _undated(name: str) -> zipfile.ZipInfo:
    """Return an entry without a time, so that the same table is the same file."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _with_columns(
    table: _WorkbookTable, layout: Layout, parts: Iterable[Part], target: zipfile.ZipFile
) -> Generator[None]:
    """Copy a workbook, and put the added columns into its sheet on the way; a step for each block."""
    with opened_archive(table.source, limit=table.limit) as archive:
        for part in archive.infolist():
            copy = zipfile.ZipInfo(part.filename, part.date_time)
            copy.compress_type, copy.external_attr = zipfile.ZIP_DEFLATED, part.external_attr
            blocks = blocks_of(archive, part.filename)
            if part.filename == table.part:
                blocks = with_columns(table, layout, parts, blocks)
            with target.open(copy, "w", force_zip64=part.file_size > 1 << 30) as file:
                for block in blocks:
                    file.write(block)
                    yield
