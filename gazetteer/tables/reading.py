"""A table read as text: comma, semicolon or tab separated, UTF-8 or UTF-16, cell by cell.

Encodings are UTF-8 (with or without a byte order mark) and UTF-16 with one. Anything else is refused
before a row is handed out, with the line and byte where the text stops making sense: a table whose
names are silently mis-decoded resolves to nothing, or worse, to somewhere else. The delimiter is the
one of comma, semicolon and tab that splits the header.

A row with more or fewer cells than the header is an error that names its line. A blank line is not a
row; in a table of one column it is a row with an empty cell, unless only blank lines follow it.

Example::

    table = read_table("incidents.csv")
    for row in table.rows():
        ...
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gazetteer.errors import TableError

__all__ = ["Table", "read_table"]

_DELIMITERS = (",", ";", "\t")
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}
#: The mark, what to open the file as, and the codec for what follows the mark.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
#: How Excel files begin: .xlsx is a zip file (PKWARE APPNOTE 4.3.7), .xls a compound file (MS-CFB 2.2).
_WORKBOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BLOCK_BYTES = 1 << 20
#: The csv module's default is 131,072 characters a cell; the largest value a C long holds everywhere.
_CELL_LIMIT = 2**31 - 1
#: How many rows after the header tell which delimiter splits a table evenly.
_SNIFFED_ROWS = 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table on disk, checked as far as its header and its encoding.

    Parameters
    ----------
    path
        The file.
    columns
        The header's cells as written, all different.
    encoding
        "utf-8", "utf-8-sig" (with a byte order mark) or "utf-16".
    delimiter
        Comma, semicolon or tab.
    """

    path: Path
    columns: tuple[str, ...]
    encoding: str
    delimiter: str

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows in order, every cell as written; reads the file anew on each call.

        Raises
        ------
        TableError
            At the row that has more or fewer cells than the header, or broken quotes.
        """
        return (cells for _, cells in self.numbered_rows())

    def numbered_rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield rows as :meth:`rows` does, each with the number of the line it ends on (the header is 1)."""
        width = len(self.columns)
        blank_lines: list[int] = []
        header_seen = False
        for line, cells in _records(self.path, self.encoding, self.delimiter):
            if not cells:
                if width == 1 and header_seen:
                    blank_lines.append(line)
                continue
            if not header_seen:
                header_seen = True
                continue
            for blank in blank_lines:
                yield blank, ("",)
            blank_lines.clear()
            if len(cells) != width:
                raise _refused(_ragged(self.path, line, len(cells), width))
            yield line, tuple(cells)


def read_table(path: str | Path) -> Table:
    """Open a table of text: find its encoding, its delimiter and its columns.

    The whole file is decoded once, in blocks, so that an unreadable byte is found before any work.

    Parameters
    ----------
    path
        A CSV or TSV file. Its suffix doesn't matter; its header does.

    Raises
    ------
    TableError
        If there is no such file, it is a folder, an Excel workbook or empty, is neither UTF-8 nor UTF-16,
        holds NUL characters, or its header has nameless or repeated columns.
    """
    path = Path(path)
    encoding = _find_encoding(path)
    delimiter, columns = _find_header(path, encoding)
    _check_header(path, columns)
    return Table(path, columns, encoding, delimiter)


def _find_encoding(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(4)
            if not start:
                raise _refused(f"{path} is empty: a table needs a header line")
            if start in _WORKBOOK_STARTS:
                raise _refused(f"{path} is an Excel workbook or another archive: save it as CSV (UTF-8)")
            mark, encoding, codec = next(
                (known for known in _BYTE_ORDER_MARKS if start.startswith(known[0])), (b"", "utf-8", "utf-8")
            )
            file.seek(len(mark))
            _check_text(path, iter(lambda: file.read(_BLOCK_BYTES), b""), codec, offset=len(mark))
    except FileNotFoundError as error:
        raise _refused(f"there is no file {path}: check the name and the folder") from error
    except IsADirectoryError as error:
        raise _refused(f"{path} is a folder: name the table inside it") from error
    except OSError as error:
        raise _refused(f"{path} can't be read: {error.strerror or error}") from error
    return encoding


def _check_text(path: Path, blocks: Iterable[bytes], codec: str, *, offset: int) -> None:
    """Decode everything once; `offset` is how many bytes of the file came before the blocks."""
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    for block in blocks:
        held_over = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            first = offset - held_over
            raise _refused(_undecodable(path, codec, line, first, error)) from error
        _check_no_nul(path, text, line)
        line += text.count("\n")
        offset += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        message = f"{path} breaks off inside a character at its end: it may be cut short, so fetch it again"
        raise _refused(message) from error


def _check_no_nul(path: Path, text: str, line: int) -> None:
    where = text.find("\0")
    if where < 0:
        return
    line += text.count("\n", 0, where)
    raise _refused(
        f"{path} holds a NUL character on line {line}, so it is damaged or not text: save it as CSV in UTF-8"
    )


def _undecodable(path: Path, codec: str, line: int, first: int, error: UnicodeDecodeError) -> str:
    before = error.object[: error.start].decode(codec, "ignore")
    name = "UTF-8" if codec == "utf-8" else "UTF-16"
    return (
        f"{path} is not {name} throughout: byte 0x{error.object[error.start]:02X} on line "
        f"{line + before.count(chr(10))} (byte {first + error.start + 1} of the file) is not text; "
        "open it in the program it came from and save it as CSV in UTF-8"
    )


def _find_header(path: Path, encoding: str) -> tuple[str, tuple[str, ...]]:
    best: tuple[tuple[bool, int, bool], str, tuple[str, ...]] | None = None
    problem: TableError | None = None
    for delimiter in _DELIMITERS:
        try:
            first = list(islice((cells for _, cells in _records(path, encoding, delimiter) if cells), 1))
        except TableError as error:
            problem = problem or error
            continue
        if not first:
            raise _refused(f"{path} is empty: a table needs a header line")
        even = len(first[0]) > 1 and _splits_evenly(path, encoding, delimiter)
        prose = any(cell.startswith(" ") for cell in first[0])  # "killed, injured" is one column's name
        rank = (even, len(first[0]), not prose)
        if best is None or rank > best[0]:
            best = (rank, delimiter, tuple(first[0]))
    if best is None:
        assert problem is not None  # every delimiter failed, so one of them said why
        raise problem
    return best[1], best[2]


def _splits_evenly(path: Path, encoding: str, delimiter: str) -> bool:
    """Whether the first rows have as many cells as the header under this delimiter."""
    try:
        sample = list(islice(_records(path, encoding, delimiter), _SNIFFED_ROWS + 1))
    except TableError:
        return False
    return len({len(cells) for _, cells in sample if cells}) == 1


def _check_header(path: Path, columns: tuple[str, ...]) -> None:
    nameless = sum(not name.strip() for name in columns)
    if nameless > 1:
        raise _refused(f"{nameless} columns of {path} have no name in its header: name them or remove them")
    if repeated := sorted({name for name in columns if columns.count(name) > 1}):
        names = ", ".join(repr(name) for name in repeated)
        raise _refused(f"{path} has more than one column named {names}: rename them so that each is its own")


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every record with the number of its last line; strict about quotes, so that no row is swallowed."""
    csv.field_size_limit(_CELL_LIMIT)
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        start = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _refused(_broken_quotes(path, start, delimiter, error)) from error
            yield reader.line_num, cells
            start = reader.line_num + 1


def _broken_quotes(path: Path, line: int, delimiter: str, error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return (
            f'{path}, line {line}: a quote (") is opened in this row and never closed: close it or remove it'
        )
    return (
        f"{path}, line {line}: the quotes of this row can't be read; a quoted cell ends with a quote and a "
        f'{_DELIMITER_NAMES[delimiter]}, and a quote inside it is written twice ("")'
    )


def _ragged(path: Path, line: int, cells: int, columns: int) -> str:
    few = "too few" if cells < columns else "too many"
    return (
        f"{path}, line {line}: {cells} cells where the header has {columns}, {few}: "
        "complete the row, or put quotes round a cell that holds the delimiter"
    )


def _refused(message: str) -> TableError:
    return TableError(message, parameter="table")
