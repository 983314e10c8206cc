"""What a table is written as: the columns that are kept of the input, those that are added, and rows of both.

The formats know nothing of what the added columns say. One of them may hold points: formats with shapes write
it as the row's geometry where the table brings none of its own, and mark it as added, so that a file read
again doesn't pass it off as the table's; the others leave it out.
"""

import datetime
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gazetteer.tables.table import Chunk, Table, as_text

#: A longitude and a latitude in degrees on WGS 84; None for no position.
Point = tuple[float, float] | None
#: The types that a column may have in formats in which a column has one.
Kind = Literal["text", "integer", "number", "boolean", "date", "datetime", "geometry"]
#: What a column of two kinds is, where that loses nothing.
_WIDER: dict[frozenset[Kind], Kind] = {frozenset({"integer", "number"}): "number"}
#: Whole numbers that a signed 64-bit integer and, beside other numbers, a double hold.
_LARGEST, _EXACT = 2**63 - 1, 2**53


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is added to a table.

    Parameters
    ----------
    name
        Its name.
    kind
        What its values are where they are not None. A list is of JSON objects; a point is a longitude and a
        latitude in degrees on WGS 84, and at most one column of a layout holds points.
    tag
        Its HXL tag; empty where it has none.
    """

    name: str
    kind: Literal["text", "number", "integer", "boolean", "list", "point"]
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of the input and, for each, the values of the added columns; None is blank.

    Rows that say the same may share one tuple, which is then written once: tuples are told apart by identity.
    """

    chunk: Chunk
    added: Sequence[tuple[object, ...]]

    def distinct(self) -> dict[int, tuple[object, ...]]:
        """Return each tuple of added values once, by its identity."""
        return {id(values): values for values in self.added}

    def changed(self, change: Callable[[tuple[object, ...]], tuple[object, ...]]) -> "Part":
        """Return the part with other added values; `change` is asked once for what rows share."""
        new = {key: change(values) for key, values in self.distinct().items()}
        return Part(self.chunk, [new[id(values)] for values in self.added])


@dataclass(frozen=True)
class Layout:
    """Which columns come out.

    Parameters
    ----------
    kept
        The input's columns that are written, in their order.
    added
        The columns that come after them.
    """

    kept: tuple[str, ...]
    added: tuple[Column, ...] = ()

    @property
    def added_names(self) -> tuple[str, ...]:
        """The names of the added columns."""
        return tuple(column.name for column in self.added)

    @property
    def cells(self) -> tuple[Column, ...]:
        """The added columns but the one of points."""
        return tuple(column for column in self.added if column.kind != "point")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns but the one of points."""
        return (*self.kept, *(column.name for column in self.cells))

    @property
    def point(self) -> str | None:
        """The name of the added column of points; None without."""
        return next((column.name for column in self.added if column.kind == "point"), None)

    def tags(self, table: Table) -> tuple[str, ...]:
        """Return the HXL tags of the columns in :attr:`names`; empty where the table has none."""
        known = dict(zip(table.columns, table.tags, strict=False))
        kept = (known[name] for name in self.kept if known)
        return (*kept, *(column.tag for column in self.cells)) if known else ()

    def kept_rows(self, chunk: Chunk) -> Sequence[Sequence[Any]]:
        """Return the rows of a chunk with the kept columns only."""
        if chunk.columns == self.kept:
            return chunk.rows
        places = [chunk.columns.index(name) for name in self.kept]
        return [[row[at] for at in places] for row in chunk.rows]

    def split(self, added: Sequence[tuple[object, ...]]) -> Iterator[tuple[tuple[object, ...], Point]]:
        """Yield the values of :attr:`cells` and the point for each tuple of added values."""
        name = self.point
        if name is None:
            yield from ((values, None) for values in added)
            return
        at = self.added_names.index(name)
        for values in added:
            point: Any = values[at]
            yield values[:at] + values[at + 1 :], point

    def rows(self, part: Part) -> Iterator[tuple[tuple[Any, ...], Point]]:
        """Yield for each row its values in the columns of :attr:`names`, and its point."""
        for row, (cells, point) in zip(self.kept_rows(part.chunk), self.split(part.added), strict=True):
            yield (*row, *cells), point


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Parameters
    ----------
    suffix
        The end of the output's name, in lower case: ".tsv" is tab separated, ".csv.gz" packed.
    neutralise
        In text, put an apostrophe before cells that a spreadsheet program would take for a formula.
    whole
        Whether the parts are all rows of the table, in their order. If not, no workbook or GeoPackage is
        written as the file that it was with columns added, but as a new one.
    members
        What a GeoJSON collection says beside its features; other formats have no room for it.
    """

    suffix: str = ""
    neutralise: bool = False
    whole: bool = True
    members: Mapping[str, Any] = field(default_factory=dict)


class Sink(io.RawIOBase):
    """A file that a format's own writer writes to, and from the front of which bytes are taken."""

    def __init__(self) -> None:
        self._written = bytearray()
        self._taken = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Hold some bytes."""
        self._written += data
        return memoryview(data).nbytes

    def tell(self) -> int:
        """Return how many bytes have come so far."""
        return self._taken + len(self._written)

    def taken(self) -> bytes:
        """Return what has come since this was last asked for."""
        data = bytes(self._written)
        self._written.clear()
        self._taken += len(data)
        return data


def kinds_of(table: Table, layout: Layout) -> tuple[Kind, ...]:
    """Return the kind of each kept column, for formats in which a column has one; reads the table.

    A column has the type that all its cells have. Where they differ, or are something else, it is text: what
    each cell says. The cells of CSV are text and stay text.
    """
    if table.is_text:
        return tuple[Kind, ...]("text" for _ in layout.kept)
    found: list[set[Kind]] = [set() for _ in layout.kept]
    inexact = [False] * len(layout.kept)
    for chunk in table.chunks():
        for row in layout.kept_rows(chunk):
            for at, value in enumerate(row):
                if value is not None:
                    found[at].add(_kind(value))
                    inexact[at] |= isinstance(value, int) and abs(value) > _EXACT
    return tuple(_common(kinds, large) for kinds, large in zip(found, inexact, strict=True))


def _common(kinds: set[Kind], large: bool) -> Kind:
    if len(kinds) == 1:
        return next(iter(kinds))
    return "text" if large else _WIDER.get(frozenset(kinds), "text")


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if -_LARGEST <= value <= _LARGEST else "text"
    if isinstance(value, float):
        return "number"
    if isinstance(value, datetime.datetime):
        return "datetime" if value.tzinfo is None and not getattr(value, "nanosecond", 0) else "text"
    if isinstance(value, datetime.date):
        return "date"
    return "geometry" if hasattr(value, "geom_type") else "text"


def as_kind(values: Sequence[Any], kind: Kind) -> list[Any]:
    """Return the values of a column as its kind has them; None stays None."""
    if kind == "text":
        return [None if value is None else as_text(value) for value in values]
    if kind == "number":
        return [None if value is None else float(value) for value in values]
    return list(values)
