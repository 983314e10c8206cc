"""Incident tables as values: dated events with a position, and what could not be read.

A position is taken from the first of these that has one: the table's own coordinates; the
``gaz_latitude`` and ``gaz_longitude`` that ``gazetteer enrich`` wrote; the place name, resolved with
the names of the areas in the same row. Its radius comes along: from a radius column, from
``gaz_uncertainty_m``, or from the place. Coordinates without a radius take the one that the table's code
of precision stands for (ACLED's ``geo_precision``, UCDP's ``where_prec``, Insecurity Insight's "Geo
Precision"; see :mod:`gazetteer.precision`): that of the district or governorate round them where the code
says no more. Only in a table without such a column do they count as exact (0 m), and `radius_known`
is False.

No row is dropped. A row without a position is an incident whose `position` is None, and `problems`
says why; a date that cannot be read is None and is a problem too. A month or a year is no day: `date` is None
and `days` holds the first and last. A position that would lie in the country if its axes were swapped keeps
standing as it is, with a problem that says so.
"""

import datetime
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gazetteer.coordinate_radii import CoordinateRadii
from gazetteer.coords import LatLon
from gazetteer.dates import read_date, read_month
from gazetteer.errors import CoordinateError, NotFoundError
from gazetteer.lookups import Lookups
from gazetteer.places import Place
from gazetteer.precision import AREA_RADII_M
from gazetteer.swapped import with_swap_hints
from gazetteer.tables.columns import TableColumns, find_columns
from gazetteer.tables.mentions import Progress
from gazetteer.tables.reading import read_table

__all__ = [
    "Incident",
    "Lookups",
    "area_chain",
    "incidents_in_rows",
    "read_coordinates",
    "read_date",
    "read_incidents",
    "read_radius",
]

#: The columns that `gazetteer enrich` appends and that are read back here.
_GAZ_POSITION = ("gaz_latitude", "gaz_longitude", "gaz_uncertainty_m")
_GAZ_PCODES = ("gaz_adm1_pcode", "gaz_adm2_pcode", "gaz_adm3_pcode")
#: Rows between two calls of `progress`.
_ROWS_A_STEP = 100
#: OCHA's code of a governorate, district or sub-district.
_PCODE = re.compile(r"SY(?:\d{2}){1,3}")


@dataclass(frozen=True, slots=True)
class Incident:
    """A dated event, as its row tells it.

    Parameters
    ----------
    id
        The table's own id, else the number of the row, counted from 1.
    date
        Day of the event; None when it is missing or cannot be read.
    position
        Where it was; None when neither coordinates nor the place name give one.
    uncertainty_m
        Radius in metres round `position` that holds the true point; 0 without a position.
    admin
        P-codes of the areas that the row names or its place lies in, governorate first.
    properties
        The row as it stands, by column.
    place
        The place as written; may be empty.
    problems
        What could not be read, a phrase each.
    place_id
        The id of the place that gave the position, when a place did; else empty.
    radius_known
        False where coordinates come with no word on how exact they are, so that 0 m is assumed.
    days
        First and last day of the month or year that the row gives in place of a day; `date` is None then.
    """

    id: str
    date: datetime.date | None
    position: LatLon | None
    uncertainty_m: float
    admin: tuple[str, ...]
    properties: Mapping[str, str]
    place: str = ""
    problems: tuple[str, ...] = ()
    place_id: str = ""
    radius_known: bool = True
    days: tuple[datetime.date, datetime.date] | None = None


def read_coordinates(latitude: str, longitude: str) -> LatLon | None:
    """Return the position in two cells; None when both are empty.

    Raises
    ------
    CoordinateError
        If only one is filled, or they are not a position in degrees.
    """
    if not latitude.strip() and not longitude.strip():
        return None
    try:
        return LatLon(float(latitude), float(longitude))
    except ValueError as error:
        if isinstance(error, CoordinateError):
            raise
        raise CoordinateError(f"{latitude!r}, {longitude!r} is not a position in decimal degrees") from error


def read_radius(text: str) -> float | None:
    """Return a radius in metres, zero or more; None when the cell is empty or holds none."""
    try:
        radius_m = float(text)
    except ValueError:
        return None
    return radius_m if math.isfinite(radius_m) and radius_m >= 0 else None


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
    own = [number for number, name in enumerate(columns) if not name.startswith("gaz_")]
    found = find_columns(
        [columns[number] for number in own],
        place=place,
        admin=admin,
        tags=[tags[number] for number in own] if tags else (),
    )
    enriched = "gaz_latitude" in columns
    if found.latitude is None and not enriched:
        found = found.require_place(columns)
    reader = _RowReader(gazetteer, found, enriched=enriched)
    return (reader.read(row, number) for number, row in enumerate(rows, start=1))


def area_chain(place: Place) -> tuple[str, ...]:
    """Return the P-codes of the areas that a place lies in or is, governorate first."""
    if place.kind.admin_level and place.id not in place.pcodes:
        return (*place.pcodes, place.id)
    return place.pcodes


@dataclass(frozen=True, slots=True)
class _Fix:
    """A position with its radius and the areas that its place lies in."""

    position: LatLon
    uncertainty_m: float
    admin: tuple[str, ...] = ()
    place_id: str = ""
    radius_known: bool = True


class _RowReader:
    """Reads rows of one table; remembers the names that it has resolved."""

    def __init__(self, gazetteer: Lookups, columns: TableColumns, *, enriched: bool) -> None:
        self._gazetteer = gazetteer
        self._columns = columns
        self._enriched = enriched
        self._fixes: dict[tuple[str, tuple[str, ...]], _Fix | str] = {}
        self._areas: dict[str, tuple[str, ...]] = {}
        self._radii = CoordinateRadii(gazetteer)

    def read(self, row: Mapping[str, str], number: int) -> Incident:
        columns, problems = self._columns, list[str]()
        fix = self._fix(row, problems)
        date_text = _cell(row, columns.date).strip()
        date, days = read_date(date_text), read_month(date_text)
        if days:
            problems.append(f"{date_text!r} is no single day: it counts only as one of these days")
        elif date_text and date is None:
            problems.append(f"{date_text!r} is not a date (write 2016-05-30)")
        return Incident(
            id=_cell(row, columns.id).strip() or str(number),
            date=date,
            position=fix.position if fix else None,
            uncertainty_m=fix.uncertainty_m if fix else 0.0,
            admin=self._admin(row) or (fix.admin if fix else ()),
            properties=row,
            place=(_cell(row, columns.place) or _cell(row, columns.place_ar)).strip(),
            problems=tuple(problems),
            place_id=fix.place_id if fix else "",
            radius_known=fix is None or fix.radius_known,
            days=days,
        )

    def _fix(self, row: Mapping[str, str], problems: list[str]) -> _Fix | None:
        columns = self._columns
        own = (columns.latitude, columns.longitude, columns.uncertainty)
        for names in (own, _GAZ_POSITION):
            try:
                position = read_coordinates(_cell(row, names[0]), _cell(row, names[1]))
            except CoordinateError as error:
                problems.append(str(error))
                continue
            if position:
                place_id = row.get("gaz_place_id", "") if names is _GAZ_POSITION else ""
                radius_m = read_radius(_cell(row, names[2]))
                if radius_m is None and _cell(row, names[2]).strip():
                    stated = _cell(row, names[2]).strip()
                    problems.append(f"{stated!r} is no radius in metres: taken as somewhere in the country")
                    radius_m = AREA_RADII_M["country"]
                if radius_m is None and names is own and columns.precision:
                    code = row[columns.precision]
                    radius_m = self._radii.of(code, columns.precision, position, problems)
                return _Fix(position, radius_m or 0.0, (), place_id, radius_m is not None)
        if self._enriched:  # enriching has already tried the name, and did not accept an answer
            problems.append(f"no position: the place name is {row.get('gaz_status') or 'unresolved'}")
            return None
        return self._resolved(row, problems)

    def _resolved(self, row: Mapping[str, str], problems: list[str]) -> _Fix | None:
        context = tuple(cell for name in self._columns.admin if (cell := _cell(row, name).strip()))
        names = (_cell(row, self._columns.place).strip(), _cell(row, self._columns.place_ar).strip())
        reasons = []
        for name in filter(None, names):
            key = (name, context)
            if key not in self._fixes:
                self._fixes[key] = self._resolve(name, context)
            found = self._fixes[key]
            if isinstance(found, _Fix):
                return found
            reasons.append(found)
        problems.append(
            f"no position: {reasons[0] if reasons else 'the row has no coordinates and no place'}"
        )
        return None

    def _resolve(self, name: str, context: tuple[str, ...]) -> _Fix | str:
        resolution = self._gazetteer.resolve(name, context=context)
        if resolution.best is None:
            return f"the place name is {resolution.status}"
        place = resolution.best.place
        return _Fix(place.position, place.uncertainty_m, area_chain(place), place.id)

    def _admin(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """Return the P-codes that the row states, each inside the one before it."""
        cells = [row.get(name, "") for name in _GAZ_PCODES] if self._enriched else []
        if not any(cells):
            cells = [_cell(row, name) for name in self._columns.admin]
        chain: tuple[str, ...] = ()
        for pcodes in sorted((self._area(cell.strip()) for cell in cells), key=len):
            if pcodes[: len(chain)] == chain:  # an area elsewhere of the same name is left out
                chain = pcodes
        return chain

    def _area(self, cell: str) -> tuple[str, ...]:
        if cell not in self._areas:
            self._areas[cell] = self._find_area(cell)
        return self._areas[cell]

    def _find_area(self, cell: str) -> tuple[str, ...]:
        if _PCODE.fullmatch(cell):  # OCHA's codes nest: a district's begins with its governorate's
            return tuple(cell[:length] for length in range(4, len(cell) + 1, 2))
        if not cell:
            return ()
        try:
            return area_chain(self._gazetteer.area(cell))
        except NotFoundError:
            return ()


def _cell(row: Mapping[str, str], column: str | None) -> str:
    return row.get(column, "") if column else ""
