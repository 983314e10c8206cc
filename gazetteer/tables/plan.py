"""What an enrichment does, decided before its first row, and what it hands to the writers.

A :class:`Plan` is made once from the header and the options. It is a plain value, so that it can be sent to
another process together with chunks of rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gazetteer.info import GazetteerInfo
from gazetteer.tables.added import GENERALISED, Added, Cells
from gazetteer.tables.columns import TableColumns
from gazetteer.tables.table import Chunk, Table

__all__ = ["Cells", "Part", "Plan", "WriteOptions"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read from which columns, and which columns come out.

    Parameters
    ----------
    columns
        Where the place, the areas and the position are read.
    kept
        The input's columns that are written, in their order.
    added
        The columns that come after them.
    min_confidence
        The confidence from which an answer counts as resolved, 0 to 1.
    geometry
        The column that holds shapes, where the position is read from them.
    """

    columns: TableColumns
    kept: tuple[str, ...]
    added: tuple[Added, ...]
    min_confidence: float = 0.7
    geometry: str | None = None

    @property
    def has_points(self) -> bool:
        """Whether the table brings coordinates."""
        return self.geometry is not None or self.columns.latitude is not None

    @property
    def generalises(self) -> bool:
        """Whether the gazetteer generalises sensitive places, which the last column then tells of."""
        return GENERALISED in self.added

    def for_gazetteer(self, about: GazetteerInfo) -> "Plan":
        """Return the plan with the column that says what was generalised, if this gazetteer generalises."""
        if about.generalised_to_deg is None or self.generalises:
            return self
        return replace(self, added=(*self.added, GENERALISED))

    @property
    def columns_read(self) -> tuple[str, ...]:
        """The columns that the added ones are worked out from, each once."""
        read = self.columns
        point = (read.latitude, read.longitude, read.precision, read.uncertainty) if self.has_points else ()
        names = (read.place, read.place_ar, *read.admin, *point, self.geometry)
        return tuple(dict.fromkeys(name for name in names if name is not None))

    @property
    def added_names(self) -> tuple[str, ...]:
        """The names of the added columns."""
        return tuple(column.name for column in self.added)

    @property
    def added_tags(self) -> tuple[str, ...]:
        """The HXL tags of the added columns."""
        return tuple(column.tag for column in self.added)

    def kept_tags(self, table: Table) -> tuple[str, ...]:
        """Return the HXL tags of the kept columns."""
        tags = dict(zip(table.columns, table.tags, strict=True))
        return tuple(tags[name] for name in self.kept)

    def kept_rows(self, chunk: Chunk) -> Sequence[Sequence[Any]]:
        """Return the rows of a chunk with the kept columns only."""
        if chunk.columns == self.kept:
            return chunk.rows
        places = [chunk.columns.index(name) for name in self.kept]
        return [[row[at] for at in places] for row in chunk.rows]


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of the input and, for each, the values of the added columns.

    Rows share a :class:`Cells` only if they say the same.
    """

    chunk: Chunk
    cells: Sequence[Cells]


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Parameters
    ----------
    suffix
        The end of the output's name, in lower case: ".tsv" is tab separated.
    neutralise
        In text, put an apostrophe before cells that a spreadsheet program would take for a formula.
    """

    suffix: str = ""
    neutralise: bool = False
