"""A table of any format: named columns, rows that come in chunks, and the columns that are added to them.

A cell is kept as its format has it, so that it can be written back untouched: text in CSV, numbers and dates
in a workbook, nested values in Parquet. What is *read* in a cell is its text, and :func:`as_text` is the one
way from a value to that. Shapes are shapely's, in WGS 84.

What is written is a :class:`Layout`, the columns that are kept and those that are added, and :class:`Part` by
part rows of both. Formats know nothing of what added columns say. One of them may hold points: formats with
shapes write it as the row's geometry where the table brings none, and mark it as added, so that a file read
again doesn't pass it off as the table's; the others leave it out.
"""

import datetime
import gzip
import io
import re
import tempfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, NamedTuple, cast

from gazetteer.errors import TableError
from gazetteer.tables.json_numbers import json_text
from gazetteer.values import counted

#: Rows in a chunk: enough that the work between chunks doesn't count, few enough to hold in memory.
CHUNK_ROWS = 20_000
#: How many rows are looked at for the header.
LOOKED_AT = 20
#: How many names a refusal lists.
_SHOWN = 10
#: A tag and its attributes (HXL 1.1, "Syntax"), and the tags of which a row of tags has at least one: those
#: of places, dates and what incident tables count. Any other "#word" may be a cell's text.
_TAG = re.compile(r"#([A-Za-z][A-Za-z0-9_]*)(?:\s*\+\s*[A-Za-z][A-Za-z0-9_]*)*")
_TELLING_TAGS = frozenset(
    "adm1 adm2 adm3 adm4 adm5 country region loc geo date event crisis cause affected impact indicator meta"
    " description status org sector".split()
)


def refused(message: str) -> TableError:
    """Return the error of a table that can't be used; the message tells what to do."""
    return TableError(message, parameter="table")


def check_rows(count: int, limit: int | None, name: str) -> None:
    """Refuse more rows than may be, as soon as they are counted; the error's parameter is "rows"."""
    if limit is not None and count > limit:
        raise TableError(f"{name} has more than {limit:,} rows: send it in parts", parameter="rows")


def no_room(what: str, error: Exception) -> TableError:
    """Return the error of a full temporary folder."""
    reason = getattr(error, "strerror", None) or error
    return TableError(
        f"{what} has no room in {tempfile.gettempdir()} ({reason}): make room there, or name another "
        "temporary folder with TMPDIR",
        parameter="output",
    )


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table's bytes are: a file, or bytes that came over the network."""

    name: str  # what messages call it
    path: Path | None = None
    data: bytes = field(default=b"", repr=False)  # where there is no file
    packed: bool = False  # by gzip

    def open(self) -> BinaryIO:
        """Open its content, unpacked; TableError if it can't be opened."""
        file = self.open_file()
        if not self.packed:
            return file
        unpacked = gzip.GzipFile(fileobj=file)
        unpacked.myfileobj = cast(io.FileIO, file)  # which is closed with it
        return cast(BinaryIO, unpacked)

    def open_file(self) -> BinaryIO:
        """Open its bytes, packed or not; TableError if they can't be opened."""
        if self.path is None:
            return io.BytesIO(self.data)
        try:
            return self.path.open("rb")
        except FileNotFoundError as error:
            raise refused(f"there is no file {self.name}: check the name and the folder") from error
        except IsADirectoryError as error:
            raise refused(f"{self.name} is a folder: name the table inside it") from error
        except OSError as error:
            raise refused(f"{self.name} can't be read: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a user may tell about a table."""

    encoding: str | None = None  # of a text, as Python names it; None to find it
    sheet: str | None = None  # or layer; None for the first that is shown
    # Whether a name is one of a place: asked where nothing else tells two encodings apart.
    knows: Callable[[str], bool] | None = None
    inflated_limit: int = 4 << 30  # the maximum size in bytes of a compressed table, unpacked
    row_limit: int | None = None  # the maximum number of rows; beyond it a TableError names "rows"
    added: bool = False  # whether points that we added to a file count as its own


class Aside(NamedTuple):
    """A text that a file holds beside its cells."""

    where: str  # what of the file it is, for people; the column, if it belongs to a cell
    text: str  # without markup
    row: int | None = None  # from 1, if it belongs to one


class Chunk:
    """Some rows of a table, in order.

    `native` has the rows as their own format has them, where that is more than their values; `is_text` tells
    that every value is text.
    """

    def __init__(
        self,
        columns: tuple[str, ...],
        rows: Sequence[Sequence[Any]],
        native: Sequence[Any] = (),
        *,
        is_text: bool = False,
    ) -> None:
        self.columns = columns
        self.native = native
        self.is_text = is_text
        self._rows = rows

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """For each row its values, one a column."""
        return self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, column: str) -> list[Any]:
        """Return one column."""
        at = self.columns.index(column)
        return [row[at] for row in self.rows]

    def texts(self, column: str) -> list[str]:
        """Return one column as text."""
        values = self.values(column)
        return values if self.is_text else list(map(as_text, values))

    def take(self, places: Sequence[int]) -> "Chunk":
        """Return only the rows at these places, counted from 0."""
        native = [self.native[at] for at in places] if self.native else ()
        return Chunk(self.columns, [self.rows[at] for at in places], native, is_text=self.is_text)


@dataclass(kw_only=True, eq=False)
class Table(ABC):
    """A table, checked as far as its header. Where it is broken, TableError names the place."""

    written_as: ClassVar[str] = "csv"  # the format in which it is written by default
    is_text: ClassVar[bool] = False  # whether every cell is text, even digits

    source: Source
    columns: tuple[str, ...]  # all different
    notes: tuple[str, ...] = ()  # remarks on how it was opened, for people
    tags: tuple[str, ...] = ()  # the HXL tags beside the header, one a column
    geometry: str | None = None  # the column of shapes, as shapely has them, in WGS 84
    sheet: str | None = None  # the sheet or layer that is read
    sheets: tuple[str, ...] = ()  # all sheets or layers
    counted: int | None = None  # the number of rows, where opening has read through them
    first_row: int = 2  # the number of the first row for people; the header is 1

    @abstractmethod
    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield all rows in order, at most `rows` at a time; each call reads the table from its start."""

    def check(self, row_limit: int | None = None) -> int:
        """Read through all rows, so that damage is found before any work; return their number."""
        count = self.counted or 0
        for chunk in self.chunks() if self.counted is None else ():
            count += len(chunk)
            check_rows(count, row_limit, self.source.name)
        return count

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows in order as text; each call reads the table from its start."""
        for chunk in self.chunks():
            for row in chunk.rows:
                yield tuple(map(as_text, row))

    def numbered_rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield rows as :meth:`rows` does, each with the number of its line in a text or row in a sheet."""
        return enumerate(self.rows(), start=self.first_row)

    def asides(self) -> Iterator[Aside]:
        """Yield the texts that the file holds beside its cells; in many formats there are none."""
        yield from ()


@dataclass(eq=False)
class RowsTable(Table):
    """Rows in memory as a table, to be written in any format; TableError if two columns have one name."""

    columns: tuple[str, ...]
    #: For each row one a column: text, numbers, truth values, dates, lists, dictionaries, None.
    values: Sequence[Sequence[Any]]
    source: Source = field(default=Source("the table"), kw_only=True)

    def __post_init__(self) -> None:
        check_header(self.source.name, self.columns)

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> "RowsTable":
        """Return a table of rows by column; `columns` are there even without a row."""
        names = tuple(dict.fromkeys((*(name for row in rows for name in row), *columns)))
        return cls(names, [[row.get(name) for name in names] for row in rows])

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows."""
        for start in range(0, len(self.values), rows):
            yield Chunk(self.columns, self.values[start : start + rows])


@dataclass(kw_only=True, eq=False)
class _Renamed(Table):
    table: Table

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        for chunk in self.table.chunks(rows):
            yield Chunk(self.columns, chunk.rows, is_text=chunk.is_text)


def renamed(table: Table, columns: Sequence[str]) -> Table:
    """Return a table with other names for its columns, in their order; it is written as a new one."""
    geometry = None if table.geometry is None else columns[table.columns.index(table.geometry)]
    names = tuple(columns)
    return _Renamed(
        source=table.source, columns=names, notes=table.notes, tags=table.tags, geometry=geometry, table=table
    )


def as_text(value: Any) -> str:
    """Return a cell's text: empty for None, ISO 8601 for dates, JSON for lists and objects."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (dict, list, tuple)):
        return json_text(value, default=as_text)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


# --------------------------------------------------------------- where the header is, in any format


class Header(NamedTuple):
    """The places of the header and of the HXL tags among a table's first rows, from 0, and the number of
    titles above them.
    """

    at: int
    tags_at: int | None
    titles: int

    @property
    def last(self) -> int:
        """The place of the last row above the table's own rows."""
        return self.at if self.tags_at is None else max(self.at, self.tags_at)

    def notes(self) -> list[str]:
        """Return a remark on the titles, for people."""
        return [f"{counted(self.titles, 'row')} above the header: skipped"] if self.titles else []


def find_header(rows: Sequence[Sequence[Any]]) -> Header | None:
    """Find the header among a table's first rows, of which some may be empty; None if all are.

    It is the first row that isn't empty. A title, the only filled cell of its row above rows with more, is
    passed over, but not a header of two columns of which the first, an index, has no name. HXL tags may stand
    under the header or above it. A row under tags is the header only if it has no digits where the cells
    below have some; else the tags are the names.
    """
    filled = [sum(bool(as_text(cell).strip()) for cell in row) for row in rows]
    if not (widest := max(filled, default=0)):
        return None

    def names(row: Sequence[Any], count: int) -> bool:
        """Whether a row with one filled cell is a header all the same."""
        return count == 1 and (widest == 1 or (widest == 2 == len(row) and not as_text(row[0]).strip()))

    at = next(at for at, row in enumerate(rows) if filled[at] > 1 or names(row, filled[at]))
    titles = sum(map(bool, filled[:at]))
    below = next((place for place in range(at + 1, len(rows)) if filled[place]), None)
    if below is None:
        return Header(at, None, titles)
    if tags_in(rows[at]):
        under = _is_header(rows[below], rows[below + 1 :]) and len(rows[below]) >= len(rows[at])
        return Header(below, at, titles) if under else Header(at, None, titles)
    is_tags = tags_in(rows[below]) and len(rows[below]) <= len(rows[at])
    return Header(at, below if is_tags else None, titles)


def _is_header(row: Sequence[Any], below: Sequence[Sequence[Any]]) -> bool:
    """Whether a row names what is below it: it has text only, and some column below has digits throughout."""

    def has_digits(cell: Any) -> bool:
        return any(letter.isdigit() for letter in as_text(cell))

    columns = zip(*(other for other in below if len(other) == len(row)), strict=True)
    named = all(isinstance(cell, str) and cell.strip() and not has_digits(cell) for cell in row)
    return named and any(all(map(has_digits, column)) for column in columns)


def tags_in(row: Sequence[Any]) -> tuple[str, ...]:
    """Return a row's cells if they are HXL tags and nothing else (HXL 1.1, "Tabular data format")."""
    cells = tuple(as_text(cell).strip() for cell in row)
    found = [_TAG.fullmatch(cell) for cell in cells if cell]
    known = any(tag is not None and tag[1].lower() in _TELLING_TAGS for tag in found)
    return cells if known and None not in found else ()


def check_header(name: str, columns: Sequence[str]) -> None:
    """Refuse a header in which a column can't be told from another."""
    nameless = sum(not column.strip() for column in columns)
    if nameless > 1:
        raise refused(f"{nameless} columns of {name} have no name in its header: name them or remove them")
    if repeated := sorted(column for column, times in Counter(columns).items() if times > 1):
        names = ", ".join(map(repr, repeated[:_SHOWN])) + (" and others" if len(repeated) > _SHOWN else "")
        raise refused(f"{name} has more than one column named {names}: rename them so that each is its own")


def free_name(name: str, columns: Container[str], prefix: str) -> str:
    """Return a name that no column has: this one, with the prefix as often as is needed."""
    while name in columns:
        name = prefix + name
    return name


def chosen_sheet(
    source: Source, what: str, sheets: Sequence[str], wanted: str | None, shown: Sequence[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """Return which sheet or layer to read, the wanted or first shown, and a note where there are others."""
    listed = ", ".join(map(repr, sheets)) or "none"
    if wanted is not None and wanted not in sheets:
        raise TableError(f"{source.name} has no {what} {wanted!r}; it has {listed}", parameter="sheet")
    if not sheets:
        raise refused(f"{source.name} has no {what}: put the table into one")
    sheet = wanted or (*shown, *sheets)[0]
    others = ", ".join(name for name in sheets if name != sheet)
    return sheet, (f"{what} {sheet!r} was read; there are also {others}",) if others else ()
