"""What an enrichment is to do, decided from a table's header and what a person says."""

from gazetteer.enrich.added import GEOMETRY, NAME_COLUMNS, POINT_COLUMNS
from gazetteer.enrich.plan import Plan
from gazetteer.errors import InputError
from gazetteer.incidents.columns import ColumnChoice, find_columns, is_gaz
from gazetteer.tables.table import Table, refused

__all__ = ["plan_for"]


def plan_for(
    table: Table,
    *,
    columns: ColumnChoice | None = None,
    min_confidence: float = 0.7,
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
        If the table has neither a place column nor coordinates, or has ``gaz_*`` columns already.
    InputError
        If `min_confidence` is not between 0 and 1.
    """
    if not 0.0 <= min_confidence <= 1.0:  # false for NaN too
        raise InputError(
            f"min_confidence must lie between 0 and 1, not {min_confidence:g}", parameter="min_confidence"
        )
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
    if not has_points:
        found.require_place(kept, others=[name for name in table.sheets if name != table.sheet])
    added = (*NAME_COLUMNS, *(POINT_COLUMNS if has_points else ()), GEOMETRY)
    return Plan(kept=kept, added=added, columns=found, min_confidence=min_confidence, geometry=geometry)
