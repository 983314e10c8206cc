"""What an enrichment does, decided before its first row, and what it hands to the writers.

A :class:`Plan` is made once from the header and the options. It is a plain value, so that it can be sent to
another process together with chunks of rows.
"""

from dataclasses import dataclass, replace

from gazetteer.answers import MIN_CONFIDENCE, check_min_confidence
from gazetteer.enrich.added import GENERALISED, GEOMETRY, NAME_COLUMNS, POINT_COLUMNS, TEXT_COLUMNS
from gazetteer.incidents.columns import TableColumns, find_columns, is_gaz
from gazetteer.lookups import GazetteerInfo
from gazetteer.tables.layout import Layout
from gazetteer.tables.table import Table, refused
from gazetteer.values import ColumnChoice


@dataclass(frozen=True, kw_only=True)
class Plan(Layout):
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
    min_confidence: float = MIN_CONFIDENCE
    geometry: str | None = None

    @property
    def has_points(self) -> bool:
        """Whether the table brings coordinates."""
        return self.geometry is not None or self.columns.latitude is not None

    @property
    def reads_notes(self) -> bool:
        """Whether a column of notes is read."""
        return self.columns.text is not None

    @property
    def generalises(self) -> bool:
        """Whether the gazetteer generalises sensitive places, which the last column then tells of."""
        return GENERALISED in self.added

    def for_gazetteer(self, about: GazetteerInfo) -> "Plan":
        """Return the plan with the column that says what was generalised, if this gazetteer generalises."""
        if about.generalised_to_deg is None or self.generalises:
            return self
        return replace(self, added=(*self.added, GENERALISED))


def plan_for(
    table: Table,
    *,
    columns: ColumnChoice | None = None,
    min_confidence: float = MIN_CONFIDENCE,
    overwrite: bool = False,
) -> Plan:
    """Decide what is read from a table and what comes out.

    Parameters
    ----------
    table
        The table, opened.
    columns
        The columns that matter, where their names don't tell.
    min_confidence
        The confidence from which an answer counts as resolved, 0 to 1.
    overwrite
        Leave out the ``gaz_*`` columns that the table has.

    Raises
    ------
    TableError
        If the table has no place column, coordinates or notes, or has ``gaz_*`` columns already.
    InputError
        If `min_confidence` is not between 0 and 1.
    """
    check_min_confidence(min_confidence)
    kept = tuple(name for name in table.columns if not is_gaz(name))
    if len(kept) < len(table.columns) and not overwrite:
        taken = next(name for name in table.columns if name not in kept)
        raise refused(
            f"{table.source.name} already has the column {taken}: enrich the table it was made from, rename "
            "its gaz_ columns, or replace them with --overwrite"
        )
    found = find_columns(table.columns, columns, tags=table.tags, has_points=table.geometry is not None)
    geometry = table.geometry if table.geometry in kept else None
    has_points = found.latitude is not None or geometry is not None
    if not has_points and found.text is None:
        found.require_place(kept, others=[name for name in table.sheets if name != table.sheet])
    points, notes = POINT_COLUMNS if has_points else (), TEXT_COLUMNS if found.text is not None else ()
    added = (*NAME_COLUMNS, *points, GEOMETRY, *notes)
    return Plan(kept=kept, added=added, columns=found, min_confidence=min_confidence, geometry=geometry)
