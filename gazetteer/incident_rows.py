"""One row of a table of incidents, read: where and when it was, and what can't be told.

The position comes from the first of these that has one: the row's own coordinates; what ``gazetteer enrich``
wrote; what a saved answer about incidents says; the place name. :mod:`gazetteer.incidents` tells more.
"""

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gazetteer.coordinate_radii import CoordinateRadii
from gazetteer.coords import LatLon
from gazetteer.dates import read_date, read_month
from gazetteer.errors import CoordinateError
from gazetteer.incident_columns import ANSWER_POSITION, GAZ_POSITION
from gazetteer.incident_names import Fix, NamedPositions
from gazetteer.lookups import Lookups
from gazetteer.precision import AREA_RADII_M
from gazetteer.tables.columns import TableColumns, normal_name

__all__ = ["Incident", "Origin", "RowReader", "read_coordinates", "read_radius"]

#: Where a position came from: coordinates that the row brings itself, the ``gaz_`` columns of an enriched
#: table, the ``incident_`` columns of a saved answer, or the place name; "" where there is none, or nobody
#: knows. Only the first wasn't computed by a gazetteer.
Origin = Literal["", "coordinates", "enriched", "answer", "name"]
_GAZ_PCODES = ("gaz_adm1_pcode", "gaz_adm2_pcode", "gaz_adm3_pcode")


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
    origin
        Where the position came from; see :data:`Origin`.
    names
        The place as written, in each language that the row has it in.
    context
        The areas that the row names, as written.
    generalised_to_deg
        The side in degrees of the cell that the place which gave the position was generalised to; None where
        it wasn't.
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
    origin: Origin = ""
    names: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    generalised_to_deg: float | None = None


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


class RowReader:
    """Reads rows of one table; remembers the names that it has resolved.

    Parameters
    ----------
    gazetteer
        Resolves them.
    header
        All columns.
    columns
        Those that matter, among the table's own.
    """

    def __init__(self, gazetteer: Lookups, header: Sequence[str], columns: TableColumns) -> None:
        self._columns = columns
        known: dict[str, str] = {}
        for name in header:
            known.setdefault(normal_name(name), name)
        self._enriched = "gaz_latitude" in known
        self._gaz_pcodes = [known[name] for name in _GAZ_PCODES if name in known]
        self._gaz_status, self._gaz_id = known.get("gaz_status"), known.get("gaz_place_id")
        self._gaz = [known.get(name) for name in GAZ_POSITION]
        self._answer = [known.get(name) for name in ANSWER_POSITION]
        self._named = NamedPositions(gazetteer)
        self._radii = CoordinateRadii(gazetteer)

    def read(self, row: Mapping[str, str], number: int) -> Incident:
        """Return the incident in a row; `number`, from 1, is its id where it has none."""
        columns, problems = self._columns, list[str]()
        written = (_cell(row, columns.place).strip(), _cell(row, columns.place_ar).strip())
        names = tuple(filter(None, written))
        context = tuple(cell for name in columns.admin if (cell := _cell(row, name).strip()))
        fix, origin = self._fix(row, names, context, problems)
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
            admin=self._admin(row, context) or (fix.admin if fix else ()),
            properties=row,
            place=names[0] if names else "",
            problems=tuple(problems),
            place_id=fix.place_id if fix else "",
            radius_known=fix is None or fix.radius_known,
            days=days,
            origin=origin,
            names=names,
            context=context,
            generalised_to_deg=fix.generalised_to_deg if fix else None,
        )

    def _fix(
        self, row: Mapping[str, str], names: tuple[str, ...], context: tuple[str, ...], problems: list[str]
    ) -> tuple[Fix | None, Origin]:
        if fix := self._own(row, problems):
            return fix, "coordinates"
        if fix := self._computed(row, self._gaz, problems, place_id=_cell(row, self._gaz_id)):
            return fix, "enriched"
        if fix := self._computed(row, self._answer, problems):
            return fix, "answer"
        if self._enriched:  # enriching has already tried the name, and did not accept an answer
            problems.append(f"no position: the place name is {_cell(row, self._gaz_status) or 'unresolved'}")
            return None, ""
        found = self._named.at(names, context)
        if isinstance(found, Fix):
            return found, "name"
        problems.append(f"no position: {found}")
        return None, ""

    def _own(self, row: Mapping[str, str], problems: list[str]) -> Fix | None:
        """Return the position in the table's own columns."""
        columns = self._columns
        try:
            position = read_coordinates(_cell(row, columns.latitude), _cell(row, columns.longitude))
        except CoordinateError as error:
            problems.append(str(error))
            return None
        if position is None:
            return None
        radius_m = _radius(row, columns.uncertainty, problems)
        if radius_m is None and columns.precision:
            radius_m = self._radii.of(row[columns.precision], columns.precision, position, problems)
        return Fix(position, radius_m or 0.0, radius_known=radius_m is not None)

    @staticmethod
    def _computed(
        row: Mapping[str, str], names: Sequence[str | None], problems: list[str], *, place_id: str = ""
    ) -> Fix | None:
        """Return the position in columns of ours; problems don't quote it, since not everybody may see it."""
        try:
            position = read_coordinates(_cell(row, names[0]), _cell(row, names[1]))
        except CoordinateError:
            problems.append(f"{names[0]} and {names[1]} hold no position in decimal degrees")
            return None
        if position is None:
            return None
        radius_m = _radius(row, names[2], problems)
        return Fix(position, radius_m or 0.0, (), place_id, radius_m is not None)

    def _admin(self, row: Mapping[str, str], context: tuple[str, ...]) -> tuple[str, ...]:
        """Return the P-codes that the row states."""
        cells = [_cell(row, name) for name in self._gaz_pcodes]
        return self._named.areas(cells if any(cells) else context)


def _radius(row: Mapping[str, str], column: str | None, problems: list[str]) -> float | None:
    """Return the radius in a cell; one that can't be read claims nothing, and `problems` is told."""
    stated = _cell(row, column).strip()
    radius_m = read_radius(stated)
    if radius_m is None and stated:
        problems.append(f"{stated!r} is no radius in metres: taken as somewhere in the country")
        return AREA_RADII_M["country"]
    return radius_m


def _cell(row: Mapping[str, str], column: str | None) -> str:
    return row.get(column, "") if column else ""
