"""Excel workbooks (.xlsx): read; and written, into the one that was read or as a new one.

ECMA-376 part 1 (SpreadsheetML): workbook 18.2, shared strings 18.4, styles 18.8, number formats 18.8.30;
part 2: relationships 9.3. Numbers, dates and truth values keep their types; of a formula the stored result is
read. expat reads a sheet in blocks, so it may be larger than memory. calamine 0.9.1 drops "#REF!", refuses
"#SPILL!", and ends the process where two cells are at far corners of a sheet (calamine issue 693).

Written back, the workbook keeps its other sheets, pictures and charts byte for byte, and its sheet gets the
added columns (:mod:`gazetteer.tables.formats.xlsx_in_place`). Where cells are changed, what it holds beside
them is looked through (:mod:`gazetteer.tables.formats.xlsx_asides`). Any other table becomes a new workbook
of one sheet; the same rows give the same bytes.
"""

import posixpath
import re
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain, takewhile
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
from gazetteer.tables.formats.xlsx_asides import (
    NO_WORDS,
    Piece,
    called,
    links_of,
    mended,
    pieces,
    without_copies,
    without_unused,
)
from gazetteer.tables.formats.xlsx_in_place import (
    LAST_ROW,
    SheetParser,
    cells_xml,
    column_number,
    counted,
    local_name,
    with_cells,
    with_columns,
)
from gazetteer.tables.layout import Change, Layout, Part, WriteOptions
from gazetteer.tables.table import Aside, ReadOptions, Source, Table, as_text, chosen_sheet, refused

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
    is_other: bool = False  # than the sheet that was asked for

    def sheet_rows(self) -> Iterator[Row]:
        with _opened_workbook(self.source, self.limit) as archive:
            yield from _rows(blocks_of(archive, self.part), _Reader(self.style))

    def asides(self) -> Iterator[Aside]:
        """Yield what stands above the header, and in the other parts of the workbook."""
        for row in self.titles():
            yield Aside("above the header", _words(row))
        for other in self.others():
            for row in other.titles():
                yield Aside(f"sheet {other.sheet}", _words(row))
        with _opened_workbook(self.source, self.limit) as archive:
            links = links_of(_text(archive, self.part))
            relations = _relations_of(self.part)
            ours = {self.part, relations}
            if relations in archive.namelist():
                ours |= {part for _, part in _related(archive, self.part).values()}
            for name in archive.namelist():
                if NO_WORDS.search(name) or name.endswith("/"):
                    continue
                for piece in pieces(name, _text(archive, name), links):
                    yield self._aside(piece, name, is_ours=name in ours)

    def _aside(self, piece: Piece, part: str, *, is_ours: bool) -> Aside:
        """Return a piece with the row and the column of its cell, where that is one of the table's."""
        if is_ours and piece.cell:
            column, row = column_number(piece.cell), int(re.sub(r"\D", "", piece.cell)) - self.first_row + 1
            if row >= 1 and column <= len(self.columns):
                return Aside(self.columns[column - 1], piece.words, row)
        return Aside(called(part), piece.words)

    def others(self) -> "Iterator[_WorkbookTable]":
        """Yield the other sheets; one that can't be read as a table has nothing but titles."""
        with _opened_workbook(self.source, self.limit) as archive:
            parts = _workbook(self.source.name, archive)[0]
        for sheet in parts:
            if sheet != self.sheet:
                try:
                    yield replace(read(self.source, ReadOptions(sheet=sheet)), is_other=True)
                except TableError:
                    about: Any = {
                        "columns": (),
                        "part": parts[sheet],
                        "sheet": sheet,
                        "merged": (),
                        "is_other": True,
                    }
                    yield replace(self, first_row=LAST_ROW + 1, header=0, tags_row=None, last=1, **about)

    def titles(self) -> Iterator[Row]:
        """Yield the rows above the header; of another sheet the header too, which nobody else looks at."""
        heads = set() if self.is_other else {self.header, self.tags_row}
        above = takewhile(lambda row: row.number < self.first_row, self.sheet_rows())
        return (row for row in above if row.number not in heads)


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
    folder, found = posixpath.dirname(part), {}
    for element in _tree(archive, _relations_of(part)):
        target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/")
        found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], target)
    return found


def _words(row: Row) -> str:
    return " ".join(as_text(value) for _, value in row.cells)


def _relations_of(part: str) -> str:
    folder, file = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def _text(archive: zipfile.ZipFile, part: str) -> str:
    return b"".join(blocks_of(archive, part)).decode("utf-8", "replace")


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


def change(table: _WorkbookTable, change: Change) -> Iterator[bytes]:
    """Yield the workbook with some cells of its sheets changed, and all else as it may stay."""
    sink, sheets, changed = Sink(), dict[str, bytes](), False
    with opened_archive(table.source, limit=table.limit) as archive:
        for one in (table, *table.others()):
            part = one.part
            sheets[part] = b"".join(blocks_of(archive, part))
            if rows := _new_cells(one, change, sheets[part].decode("utf-8", "replace")):
                sheets[part], changed = b"".join(with_cells(one, rows, [sheets[part]])), True
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
            for info in archive.infolist():
                copy = zipfile.ZipInfo(info.filename, info.date_time)
                copy.compress_type, copy.external_attr = zipfile.ZIP_DEFLATED, info.external_attr
                content = sheets.get(info.filename) or b"".join(blocks_of(archive, info.filename))
                if changed and info.filename.endswith("sharedStrings.xml"):
                    content = without_unused(content.decode("utf-8"), iter(sheets.values())).encode("utf-8")
                elif not NO_WORDS.search(info.filename) and not info.is_dir():
                    text = mended(info.filename, content.decode("utf-8", "surrogateescape"), change.mend)
                    text = without_copies(info.filename, text) if changed else text
                    content = text.encode("utf-8", "surrogateescape")
                target.writestr(copy, content)
                yield sink.taken()
    yield sink.taken()


def _new_cells(table: _WorkbookTable, change: Change, xml: str) -> dict[int, dict[int, Any]]:
    """Return the new values of a sheet by row and column: what is changed, and what else may not stay."""
    rows: dict[int, dict[int, Any]] = {}
    is_read = change.of(table)
    names = (*table.columns, change.added)
    tops = {(row, column): first for first, end, column in table.merged for row in range(first, end + 1)}
    for number, cells in is_read.items():
        row = number + table.first_row - 1
        for name, value in cells.items():
            column = names.index(name) + 1
            rows.setdefault(tops.get((row, column), row), {})[column] = value
    for title in table.titles():
        if (text := change.mend(_words(title))) != _words(title):
            is_alone = len(title.cells) == 1
            for column, value in title.cells:
                if is_alone or any(map(str.isdigit, as_text(value))):
                    rows.setdefault(title.number, {})[column] = text if is_alone else ""
    formulas = {
        (int(re.sub(r"\D", "", one.cell)), column_number(one.cell))
        for one in pieces(table.part, xml)
        if one.is_formula and change.mend(one.words) != one.words
    }
    for found in table.sheet_rows() if formulas else ():
        for column, value in found.cells:
            if (found.number, column) in formulas:
                rows.setdefault(found.number, {}).setdefault(column, value)
    for row, column in formulas:
        rows.setdefault(row, {}).setdefault(column, "")
    if any(change.added in cells for cells in is_read.values()):
        rows.setdefault(table.header, {})[len(names)] = change.added
    return {row: dict(sorted(cells.items())) for row, cells in rows.items()}


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
