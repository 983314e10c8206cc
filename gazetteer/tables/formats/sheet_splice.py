"""Cells put into a sheet's XML without touching the rest of it.

expat says at which byte a row begins and ends; what stands between is copied. The sheet's `dimension` is
widened, as some readers believe it, and `spans`, a hint that would be wrong, is taken from the rows that
grow.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.parsers import expat

from openpyxl.utils import get_column_letter

from gazetteer.tables.formats.sheet_cells import cell_xml, column_number, xml_parser
from gazetteer.tables.table import refused

__all__ = ["spliced"]

_SPANS = re.compile(rb"\s+spans\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_LAST_ROW = re.compile(r"(\d+)$")


def spliced(
    name: str,
    blocks: Iterable[bytes],
    rows: Iterator[tuple[int, Sequence[Any]]],
    *,
    first: int,
    last_row: int,
) -> Iterator[bytes]:
    """Yield a sheet's XML with more cells in it.

    Parameters
    ----------
    name
        What messages call the workbook.
    blocks
        The XML, in UTF-8.
    rows
        Row numbers, rising, with the values that go there: those of the header first, whose style is that of
        the cell before them.
    first
        The column, counted from 1, of the first of the values. Cells there and right of it are replaced.
    last_row
        The number of the last row.

    Raises
    ------
    TableError
        If the XML is damaged or in another encoding.
    """
    splicer = _Splicer(name, rows, first, last_row)
    try:
        for block in blocks:
            if new := splicer.take(block):
                yield new
        yield splicer.take(b"", final=True)
    except (expat.ExpatError, ValueError) as error:
        raise refused(f"the sheet of {name} is damaged ({error}): save it again as .xlsx") from error


class _Splicer:
    """Follows expat through the XML and notes which bytes are replaced by which."""

    def __init__(
        self, name: str, rows: Iterator[tuple[int, Sequence[Any]]], first: int, last_row: int
    ) -> None:
        self._rows = rows
        header = next(rows)
        self._next: tuple[int, Sequence[Any]] | None = header
        self._header, self._last_column = header[0], first + len(header[1]) - 1
        self._first, self._last_row = first, last_row
        self._number = self._column = self._style = 0
        self._dropped_from: int | None = None
        self._parser = xml_parser(name)
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
        """Whether the row in hand gets cells."""
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
            cell_xml(value, row=number, column=column, style=style, prefix=row_name[:-3])
            for column, value in enumerate(values, start=self._first)
        ).encode("utf-8")

    def _tag(self, begin: int) -> bytes:
        """Return the tag that begins at a byte; rows and dimensions have no ">" in their attributes."""
        start = begin - self._offset
        return self._held[start : self._held.index(b">", start) + 1]
