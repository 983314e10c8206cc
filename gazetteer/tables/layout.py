"""What a table is written as: the columns that are kept of the input, those that are added, and rows of both.

One added column may have points: formats with shapes write it as the row's geometry where the table has none,
and mark it as added, so that it isn't read back as the table's own; the others leave it out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from gazetteer.tables.table import Chunk, Table

#: A longitude and a latitude in degrees on WGS 84; None for no position.
Point = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is added to a table, and the kind of its values, which may all be None.

    A list is of JSON objects; a point is a longitude and a latitude in degrees on WGS 84.
    """

    name: str
    kind: Literal["text", "number", "integer", "boolean", "list", "point"]
    tag: str = ""  # of HXL


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of the input and, for each, the values of the added columns; None is blank.

    Rows may share one tuple, which is then formatted once: tuples are told apart by identity.
    """

    chunk: Chunk
    added: Sequence[tuple[object, ...]]

    def distinct(self) -> dict[int, tuple[object, ...]]:
        """Return each tuple of added values once, by its identity."""
        return {id(values): values for values in self.added}

    def changed(self, change: Callable[[tuple[object, ...]], tuple[object, ...]]) -> "Part":
        """Return the part with other added values; `change` is called once for each distinct tuple."""
        new = {key: change(values) for key, values in self.distinct().items()}
        return Part(self.chunk, [new[id(values)] for values in self.added])


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed of a file whose rest stays as it is."""

    #: New values by the sheet or layer, "" in a file without; by the row, from 1; and by the column.
    cells: Mapping[str, Mapping[int, Mapping[str, Any]]]
    #: The name of a column of numbers that the table gets, whose values are among the cells; "" for none.
    added: str = ""
    #: Returns a text that the file holds beside its cells as it may stay, most often the same.
    mend: Callable[[str], str] = str

    def of(self, table: Table) -> Mapping[int, Mapping[str, Any]]:
        """Return the new values in the table that was read."""
        return self.cells.get(table.sheet or "", {})


@dataclass(frozen=True)
class Layout:
    """Which columns come out: those of the input that are kept, in their order, and after them the added."""

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
        """Return the values of :attr:`cells` and the point for each tuple of added values."""
        if self.point is None:
            return ((values, None) for values in added)
        at = self.added_names.index(self.point)
        return ((values[:at] + values[at + 1 :], cast(Point, values[at])) for values in added)

    def rows(self, part: Part) -> Iterator[tuple[tuple[Any, ...], Point]]:
        """Yield for each row its values in the columns of :attr:`names`, and its point."""
        for row, (cells, point) in zip(self.kept_rows(part.chunk), self.split(part.added), strict=True):
            yield (*row, *cells), point


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write."""

    suffix: str = ""  # the end of the output's name, in lower case: ".tsv" is tab separated, ".csv.gz" packed
    # In text, put an apostrophe before cells that a spreadsheet program would take for a formula.
    neutralise: bool = False
    # The parts are all rows of the table, in their order: a workbook or GeoPackage may be copied with columns
    # added. Else it is written as a new one.
    whole: bool = True
    members: Mapping[str, Any] = field(default_factory=dict)  # of a GeoJSON collection, beside its features
