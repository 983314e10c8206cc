"""Excel workbooks (.xlsx), written: into the one that was read, or as a new one.

Written back into the workbook that was read, only the added columns are put into the sheet, right of the
header: other sheets, styles, formulas and their stored results, pictures and charts stay byte for byte. The
parser says at which byte a row begins and ends; what stands between is copied. The sheet's `dimension`, which
some readers believe, is widened, and `spans`, a hint that would be wrong, taken from the rows that grow.

Any other table becomes a new workbook of one sheet, written as its rows come; the same rows give the same
bytes. It has the least that ECMA-376 asks for: content types, relationships, the workbook, two date styles, a
sheet. How workbooks are read: :mod:`gazetteer.tables.formats.workbook_reading`.
"""

import datetime
import math
import re
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape  # nosec B406 # it writes, and reads nothing

from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

from gazetteer.errors import GazetteerError
from gazetteer.tables.formats.workbook_reading import (
    WorkbookTable,
    blocks_of,
    column_number,
    damaged,
    opened_archive,
    read,  # noqa: F401 # a format is a module with `read` and `write`
    xml_parser,
)
from gazetteer.tables.layout import Layout, Part, Sink, WriteOptions
from gazetteer.tables.table import Table, as_text, refused

#: The most rows of a sheet, and the most characters of a cell (Excel specifications and limits).
_MOST_ROWS, _LONGEST_CELL = 1_048_576, 32_767
#: Whole numbers beyond this lose digits in a workbook, whose numbers are doubles.
_LARGEST_INTEGER = 2**53
#: Positions in our own workbooks' styles of a day and of a day with its time.
_DATE_STYLE, _TIME_STYLE = 1, 2
#: What XML 1.0 can't hold (2.2), a carriage return, which it changes (2.11), and what reads as an escape.
_NEEDS_ESCAPE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_(?=x[0-9A-Fa-f]{4}_)")
_SPANS = re.compile(rb"\s+spans\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_LAST_ROW = re.compile(r"(\d+)$")
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET = "xl/worksheets/sheet1.xml"
_PLAIN = 'fontId="0" fillId="0" borderId="0"'
#: Number formats 14 and 22 are a day, and a day with its time (ECMA-376 part 1, 18.8.30).
_STYLES = (
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    f'<cellStyleXfs count="1"><xf {_PLAIN} numFmtId="0"/></cellStyleXfs>'
    f'<cellXfs count="3"><xf {_PLAIN} numFmtId="0" xfId="0"/>'
    f'<xf {_PLAIN} numFmtId="14" xfId="0" applyNumberFormat="1"/>'
    f'<xf {_PLAIN} numFmtId="22" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
)
_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
        f'<Override PartName="/{_SHEET}" ContentType="{_TYPES}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="enriched" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{_STYLES}</styleSheet>',
}


def write(table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield the workbook that was read with the added columns in it, or else a new one."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
        if isinstance(table, WorkbookTable) and options.whole:
            steps = _with_columns(table, layout, parts, target)
        else:
            steps = _new_workbook(table, layout, parts, target)
        with closing(steps):  # else an entry would be left open where the reader goes away
            for _ in steps:
                if data := sink.taken():
                    yield data
    yield sink.taken()


def _new_workbook(
    table: Table, layout: Layout, parts: Iterable[Part], target: zipfile.ZipFile
) -> Generator[None]:
    """Write a workbook; a step for each part of the table."""
    for name, content in _PARTS.items():
        target.writestr(_undated(name), _XML + content)
    with target.open(_undated(_SHEET), "w", force_zip64=True) as sheet:
        sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
        head = [layout.names, layout.tags(table)] if table.tags else [layout.names]
        for number, values in enumerate(head, start=1):
            sheet.write(_row(number, values))
        number = len(head)
        for part in parts:
            if number + len(part.chunk) > _MOST_ROWS:
                raise refused(
                    f"a sheet holds {_MOST_ROWS:,} rows, and this table has more: write .csv or .parquet"
                )
            for values, _ in layout.rows(part):
                number += 1
                sheet.write(_row(number, values))
            yield
        sheet.write(b"</sheetData></worksheet>")
    yield


def _row(number: int, values: Sequence[Any]) -> bytes:
    cells = (_cell_xml(value, row=number, column=column) for column, value in enumerate(values, start=1))
    return f'<row r="{number}">{"".join(cells)}</row>'.encode()


def _undated(name: str) -> zipfile.ZipInfo:
    """Return an entry without a time, so that the same table is the same file."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _with_columns(
    table: WorkbookTable, layout: Layout, parts: Iterable[Part], target: zipfile.ZipFile
) -> Generator[None]:
    """Copy a workbook, and put the added columns into its sheet on the way; a step for each block."""
    with opened_archive(table.source, limit=table.limit) as archive:
        for part in archive.infolist():
            copy = zipfile.ZipInfo(part.filename, part.date_time)
            copy.compress_type, copy.external_attr = zipfile.ZIP_DEFLATED, part.external_attr
            blocks = blocks_of(archive, part.filename)
            if part.filename == table.part:
                blocks = _spliced(table, layout, parts, blocks)
            with target.open(copy, "w", force_zip64=part.file_size > 1 << 30) as file:
                for block in blocks:
                    file.write(block)
                    yield


def _first_free(table: WorkbookTable, layout: Layout) -> int:
    """Return the column that the added ones begin at."""
    if layout.kept != table.columns[: len(layout.kept)]:
        raise refused(
            f"columns of {table.source.name} that are to be replaced stand between others: move them to the "
            "right end of the sheet, or delete them"
        )
    return len(layout.kept) + 1


def _rows_to_add(
    table: WorkbookTable, layout: Layout, parts: Iterable[Part]
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


def _spliced(
    table: WorkbookTable, layout: Layout, parts: Iterable[Part], blocks: Iterable[bytes]
) -> Iterator[bytes]:
    """Yield the XML of the table's sheet with the added columns in it."""
    splicer = _Splicer(
        table, _first_free(table, layout), len(layout.cells), _rows_to_add(table, layout, parts)
    )
    try:
        for block in blocks:
            if new := splicer.take(block):
                yield new
        yield splicer.take(b"", final=True)
    except GazetteerError:  # what went wrong with the parts
        raise
    except (expat.ExpatError, ValueError) as error:
        raise damaged(table.source, error) from error


class _Splicer:
    """Follows the parser through a sheet and notes which bytes are replaced by which.

    Parameters
    ----------
    table
        Whose sheet it is.
    first, columns
        The column, counted from 1, that the values begin at, and how many there are. Cells there and right
        of it are replaced.
    rows
        Row numbers, rising, with the values that go there. Those of the header have the style of the cell
        before them.
    """

    def __init__(
        self, table: WorkbookTable, first: int, columns: int, rows: Iterator[tuple[int, Sequence[Any]]]
    ) -> None:
        self._rows = rows
        self._next: tuple[int, Sequence[Any]] | None = next(rows)
        self._header, self._last_row = table.extent.header, table.extent.last
        self._first, self._last_column = first, first + columns - 1
        self._number = self._column = self._style = 0
        self._dropped_from: int | None = None
        self._parser = xml_parser()
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        self._parser.XmlDeclHandler = self._declaration
        # Bytes that are not handed on yet, where in the XML they begin, and where the last tag stood.
        self._held, self._offset, self._seen = b"", 0, 0
        #: Where a replacement begins and ends in the XML, and what comes there.
        self._edits: list[tuple[int, int, bytes]] = []

    def take(self, block: bytes, *, final: bool = False) -> bytes:
        """Read on, and return what is finished: expat may look at the rest only when more has come."""
        self._held += block
        self._parser.Parse(block, final)
        end = self._offset + len(self._held) if final else self._seen
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

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._seen = begin = self._parser.CurrentByteIndex
        local = name.rpartition(":")[2]
        if local == "row":
            self._number = int(attributes.get("r", self._number + 1))
            if new := self._new_rows(self._number, name):
                self._edits.append((begin, begin, new))
            self._column = 0
            if self._is_ours() and (found := _SPANS.search(self._tag(begin))):
                self._edits.append((begin + found.start(), begin + found.end(), b""))
        elif local == "c":
            reference = attributes.get("r")
            self._column = column_number(reference) if reference else self._column + 1
            if self._column >= self._first and self._is_ours():
                self._dropped_from = begin
            elif self._number == self._header:
                self._style = int(attributes.get("s", 0))
        elif local == "dimension":
            tag = self._tag(begin)
            known = _LAST_ROW.search(attributes.get("ref", ""))
            last = max(self._last_row, int(known[1]) if known else 0)
            end = b"/>" if tag.endswith(b"/>") else b">"
            new = f'<{name} ref="A1:{get_column_letter(self._last_column)}{last}"'.encode() + end
            self._edits.append((begin, begin + len(tag), new))

    def _end(self, name: str) -> None:
        self._seen = self._parser.CurrentByteIndex
        local = name.rpartition(":")[2]
        if local == "c" and self._dropped_from is not None:
            if self._held[self._seen - self._offset :].startswith(b"</"):
                self._seen += len(f"</{name}>")
            self._edits.append((self._dropped_from, self._seen, b""))
            self._dropped_from = None
        elif local == "row" and self._is_ours():
            self._put(self._cells(name), name)
        elif local == "sheetData" and (new := self._new_rows(None, name[: -len(local)] + "row")):
            self._put(new, name)

    def _is_ours(self) -> bool:
        """Whether the current row gets cells."""
        return self._next is not None and self._next[0] == self._number

    def _put(self, content: bytes, name: str) -> None:
        """Put content before the end of the element that ends here, which may be one tag ("<row/>")."""
        at = self._seen
        if self._held[at - self._offset :].startswith(b"</"):
            self._edits.append((at, at, content))
        else:
            self._edits.append((at - 2, at, b">" + content + f"</{name}>".encode()))

    def _new_rows(self, before: int | None, name: str) -> bytes:
        """Return rows that the sheet doesn't have, up to one that it has; all that are left for None."""
        rows = []
        while self._next is not None and (before is None or self._next[0] < before):
            rows.append(f'<{name} r="{self._next[0]}">'.encode() + self._cells(name) + f"</{name}>".encode())
        return b"".join(rows)

    def _cells(self, row_name: str) -> bytes:
        """Return the cells that come next."""
        assert self._next is not None  # asked for only where there are some
        number, values = self._next
        self._next = next(self._rows, None)
        style = self._style if number == self._header else 0
        return "".join(
            _cell_xml(value, row=number, column=column, style=style, prefix=row_name[:-3])
            for column, value in enumerate(values, start=self._first)
        ).encode("utf-8")

    def _tag(self, begin: int) -> bytes:
        """Return the tag that begins at a byte; rows and dimensions have no ">" in their attributes."""
        start = begin - self._offset
        return self._held[start : self._held.index(b">", start) + 1]


def _serial(value: datetime.date) -> float:
    number: float = to_excel(value)  # type: ignore[no-untyped-call] # the stubs leave it out
    return number


def _is_workbook_date(value: Any) -> bool:
    """Whether a workbook can hold this day or time: after 1900, no zone, to the millisecond."""
    if isinstance(value, datetime.datetime) and (value.tzinfo is not None or value.microsecond % 1000):
        return False
    return isinstance(value, datetime.date) and value.year > 1900


def _cell_xml(value: Any, *, row: int, column: int, style: int = 0, prefix: str = "") -> str:
    """Return a cell, or nothing for an empty one; `prefix` is that of the sheet's elements ("x:")."""
    if value is None or (isinstance(value, str) and not value):
        return ""
    kind, content = "", ""
    if isinstance(value, bool):
        kind, content = ' t="b"', f"<{prefix}v>{value:d}</{prefix}v>"
    elif (isinstance(value, float) and math.isfinite(value)) or (
        isinstance(value, int) and abs(value) <= _LARGEST_INTEGER
    ):
        content = f"<{prefix}v>{value!r}</{prefix}v>"
    elif _is_workbook_date(value):
        style = _TIME_STYLE if isinstance(value, datetime.datetime) else _DATE_STYLE
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
