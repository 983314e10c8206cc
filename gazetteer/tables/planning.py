"""What an enrichment is to do, decided from a table's header and what a person says."""

from collections.abc import Sequence
from dataclasses import dataclass

from gazetteer.errors import InputError
from gazetteer.tables.added import NAME_COLUMNS, POINT_COLUMNS
from gazetteer.tables.columns import find_columns
from gazetteer.tables.plan import Plan
from gazetteer.tables.table import Table, refused

__all__ = ["ColumnChoice", "plan_for"]


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The columns that a person names; None and empty leave it to their names.

    Parameters
    ----------
    place, place_ar
        The place, and the place in Arabic.
    admin
        Areas that the place lies in, the narrowest first.
    latitude, longitude
        The position that the rows bring.
    date
        The day.
    """

    place: str | None = None
    place_ar: str | None = None
    admin: tuple[str, ...] = ()
    latitude: str | None = None
    longitude: str | None = None
    date: str | None = None


def plan_for(
    table: Table,
    *,
    place: str | None = None,
    admin: Sequence[str] = (),
    choice: ColumnChoice | None = None,
    min_confidence: float = 0.7,
    overwrite: bool = False,
) -> Plan:
    """Decide what is read from a table and what comes out.

    Parameters
    ----------
    table
        The table, opened.
    place, admin
        Columns that hold the place and the areas it lies in, where their names don't tell.
    choice
        The same and more columns, instead of these two.
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
    kept = tuple(name for name in table.columns if not name.strip().casefold().startswith("gaz_"))
    if len(kept) < len(table.columns) and not overwrite:
        taken = next(name for name in table.columns if name not in kept)
        raise refused(
            f"{table.source.name} already has the column {taken}: enrich the table it was made from, rename "
            "its gaz_ columns, or replace them with --overwrite"
        )
    choice = choice or ColumnChoice(place=place, admin=tuple(admin))
    columns = find_columns(
        kept,
        place=choice.place,
        place_ar=choice.place_ar,
        admin=choice.admin,
        latitude=choice.latitude,
        longitude=choice.longitude,
        date=choice.date,
        tags=[tag for name, tag in zip(table.columns, table.tags, strict=False) if name in kept],
    )
    geometry = table.geometry if columns.latitude is None and table.geometry in kept else None
    if columns.latitude is None and geometry is None:
        columns = columns.require_place(kept)
    has_points = columns.latitude is not None or geometry is not None
    added = (*NAME_COLUMNS, *POINT_COLUMNS) if has_points else NAME_COLUMNS
    return Plan(columns, kept, added, min_confidence, geometry)
