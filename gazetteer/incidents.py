"""Incident tables as values: dated events with a position, and what could not be read.

A position is taken from the first of these that has one: the table's own coordinates; the
``gaz_latitude`` and ``gaz_longitude`` that ``gazetteer enrich`` wrote; the ``incident_latitude`` and
``incident_longitude`` of a saved answer about incidents; the place name, resolved with the names of the areas
in the same row. Its radius comes along: from a radius column, from ``gaz_uncertainty_m`` or
``incident_uncertainty_m``, or from the place. Coordinates without a radius take the one that the table's code
of precision stands for (ACLED's ``geo_precision``, UCDP's ``where_prec``, Insecurity Insight's "Geo
Precision"; see :mod:`gazetteer.precision`): that of the district or governorate round them where the code
says no more. Only in a table without such a column do they count as exact (0 m), and `radius_known`
is False.

No row is dropped. A row without a position is an incident whose `position` is None, and `problems`
says why; a date that cannot be read is None and is a problem too. A month or a year is no day: `date` is None
and `days` holds the first and last. A position that would lie in the country if its axes were swapped keeps
standing as it is, with a problem that says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gazetteer.dates import read_date
from gazetteer.incident_columns import ANSWER_POSITION, GAZ_POSITION, is_gaz
from gazetteer.incident_names import area_chain
from gazetteer.incident_rows import Incident, Origin, RowReader, read_coordinates, read_radius
from gazetteer.lookups import Lookups
from gazetteer.swapped import with_swap_hints
from gazetteer.tables.columns import find_columns, normal_name
from gazetteer.tables.mentions import Progress
from gazetteer.tables.reading import read_table

__all__ = [
    "Incident",
    "Lookups",
    "Origin",
    "area_chain",
    "incidents_in_rows",
    "read_coordinates",
    "read_date",
    "read_incidents",
    "read_radius",
]

#: Rows between two calls of `progress`.
_ROWS_A_STEP = 100


def read_incidents(
    path: str | Path,
    gazetteer: Lookups,
    *,
    place: str | None = None,
    admin: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[Incident, ...]:
    """Read an incident table.

    Parameters
    ----------
    path
        A CSV or other table that `gazetteer.tables` reads, enriched or not.
    gazetteer
        Resolves place names where the table has no coordinates.
    place, admin
        The columns of place names and of the areas they lie in, where their names don't tell.
    progress
        Called with how many rows are read, and of how many.

    Returns
    -------
    tuple of Incident
        One for each row, in order.

    Raises
    ------
    TableError
        If the table cannot be read, or has neither coordinates nor a place column.
    """
    table = read_table(path)
    total = sum(1 for _ in table.rows()) if progress else 0
    rows = (dict(zip(table.columns, cells, strict=True)) for cells in table.rows())
    incidents = []
    found = incidents_in_rows(table.columns, rows, gazetteer, place=place, admin=admin, tags=table.tags)
    for incident in found:
        incidents.append(incident)
        number = len(incidents)
        if progress and (number % _ROWS_A_STEP == 0 or number == total):
            progress(number, total)
    return with_swap_hints(incidents, gazetteer)


def incidents_in_rows(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    gazetteer: Lookups,
    *,
    place: str | None = None,
    admin: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> Iterator[Incident]:
    """Yield the incidents in rows that are no file, such as those sent to a server; see `read_incidents`.

    Parameters
    ----------
    columns
        The header; each row has a cell for each of these.
    rows
        In order.
    tags
        The HXL tag of each column, where there are any.

    Raises
    ------
    TableError
        At once, if there are neither coordinates nor a place column.
    """
    own = [number for number, name in enumerate(columns) if not is_gaz(name)]
    found = find_columns(
        [columns[number] for number in own],
        place=place,
        admin=admin,
        tags=[tags[number] for number in own] if tags else (),
    )
    names = {normal_name(name) for name in columns}
    if found.latitude is None and not names & {GAZ_POSITION[0], ANSWER_POSITION[0]}:
        found = found.require_place(columns)
    reader = RowReader(gazetteer, columns, found)
    return (reader.read(row, number) for number, row in enumerate(rows, start=1))
