r"""Coordinates that a row brings: read, put right where they are swapped, and compared with what it names.

They are read as decimal degrees ("35.93", "35,93", Arabic digits) or as degrees, minutes and seconds. Two
coordinates are swapped where only that makes a position of them, where their hemispheres say so, or where
as written they lie in no known area and the other way round they do. What was swapped is always said.

A row's name and its point *agree* where the two discs touch: the named place's radius and the radius that
the row states for its point (none, if it states none). A point inside the area that is named agrees with it.
Otherwise they *disagree*. Nothing of a row is changed for it.

Examples
--------
>>> read_written("35°55'48\"", "36°37'48\"").position
LatLon(latitude=35.93, longitude=36.63)
>>> read_written("36°37'48\"E", "35°55'48\"N")
ReadPoint(position=LatLon(latitude=35.93, longitude=36.63), reading='dms', swapped=True)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gazetteer.coordinate_radii import CoordinateRadii
from gazetteer.coords import LatLon, read_point
from gazetteer.errors import CoordinateError
from gazetteer.geodesy import distance_m
from gazetteer.places import AdminUnit, Place
from gazetteer.results import AreasAnswer, ReverseAnswer
from gazetteer.tables.added import POINT_COLUMNS
from gazetteer.tables.answers import Spot

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["CHECKS", "Placed", "Placer", "ReadPoint", "WrittenPoint", "point_values", "read_written"]

#: What gaz_point_check may be, besides empty for a row without coordinates.
CHECKS = ("agrees", "disagrees", "unchecked", "invalid")
#: One coordinate: a number, with minutes and seconds or without, and a hemisphere before or after it.
_COORDINATE = re.compile(
    r"(?P<before>[NSEW])?\s*(?P<sign>[-+])?(?P<degrees>\d{1,3}(?:[.,]\d*)?)\s*(?:[°ºd]|:|\s(?=\d))?\s*"
    r"(?:(?P<minutes>\d{1,2}(?:[.,]\d+)?)\s*(?:['′’m]|:|\s(?=\d))?\s*"
    r"(?:(?P<seconds>\d{1,2}(?:[.,]\d+)?)\s*(?:\"|″|”|''|s(?=\s*[NSEW]))?)?)?\s*(?P<after>[NSEW])?",
    re.I,
)
_ARABIC = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫−", "01234567890123456789.-")


class WrittenPoint(NamedTuple):
    """Coordinates as a row writes them, with its code of precision and its radius; all may be empty."""

    latitude: str
    longitude: str
    precision: str = ""
    radius: str = ""


@dataclass(frozen=True, slots=True)
class ReadPoint:
    """A position that was read, in which notation ("decimal" or "dms"), and whether it stood swapped."""

    position: LatLon
    reading: str
    swapped: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A point with its radius in metres, None where none is stated, and the areas that it lies in."""

    point: ReadPoint
    radius_m: float | None
    chain: tuple[AdminUnit, ...]
    admin_method: str


class KnowsAreas(Protocol):
    """What points need of a gazetteer."""

    def reverse(self, position: LatLon) -> ReverseAnswer:
        """Return the areas round a position."""

    def place(self, place_id: str) -> Place:
        """Return a place by id, or raise NotFoundError."""

    def area(self, text: str) -> Place:
        """Return an admin unit by name or P-code, or raise NotFoundError."""

    def areas_at(self, latitudes: "ArrayLike", longitudes: "ArrayLike") -> AreasAnswer:
        """Return the areas round many positions."""


def read_written(latitude: str, longitude: str) -> ReadPoint | None:
    """Read two coordinates; None where they are no position either way round.

    Both may stand in one column, as "35.93, 36.63": then both are the same text.
    """
    north, east = _Coordinate.read(latitude), _Coordinate.read(longitude)
    if north is None or east is None:
        return _read_both(latitude) if latitude == longitude else None
    reading = "dms" if north.in_minutes or east.in_minutes else "decimal"
    for swapped, (first, second) in ((False, (north, east)), (True, (east, north))):
        if first.axis in ("", "NS") and second.axis in ("", "EW"):
            try:
                return ReadPoint(LatLon(first.value, second.value), reading, swapped)
            except CoordinateError:
                continue
    return None


def _read_both(text: str) -> ReadPoint | None:
    try:
        found = read_point(text)
    except CoordinateError:
        return None
    return None if found is None else ReadPoint(found, "dms" if "°" in text else "decimal")


@dataclass(frozen=True, slots=True)
class _Coordinate:
    """A number of degrees, on which axis it is said to be ("NS", "EW" or ""), and whether it has minutes."""

    value: float
    axis: str
    in_minutes: bool

    @classmethod
    def read(cls, text: str) -> "_Coordinate | None":
        found = _COORDINATE.fullmatch(text.strip().translate(_ARABIC))
        if found is None or (found["before"] and found["after"]):
            return None
        degrees, minutes, seconds = (
            float((found[part] or "0").replace(",", ".")) for part in ("degrees", "minutes", "seconds")
        )
        hemisphere = (found["before"] or found["after"] or "").upper()
        if (
            minutes >= 60
            or seconds >= 60
            or (found["minutes"] and degrees % 1)
            or (hemisphere and found["sign"])
        ):
            return None
        value = round(degrees + minutes / 60 + seconds / 3600, 9)
        negative = found["sign"] == "-" or hemisphere in ("S", "W")
        axis = "NS" if hemisphere in ("N", "S") else "EW" if hemisphere else ""
        return cls(-value if negative else value, axis, found["minutes"] is not None)


class Placer:
    """Reads points and finds the areas they lie in; remembers the radii of areas.

    Parameters
    ----------
    gazetteer
        Knows the areas.
    precision
        The column of the code of precision, whose name tells the scale.
    """

    def __init__(self, gazetteer: KnowsAreas, precision: str | None) -> None:
        self._gazetteer = gazetteer
        self._precision = precision
        self._radii = CoordinateRadii(gazetteer)

    def place(self, written: Sequence[WrittenPoint]) -> dict[WrittenPoint, Placed | None]:
        """Return each point that was read with its areas; None where it is no position."""
        read = {one: read_written(one.latitude, one.longitude) for one in written}
        points = [point for point in read.values() if point is not None]
        found = self._areas(points)
        doubtful = [one for one in points if not found[one][0] and not one.swapped and _may_swap(one)]
        turned = {one: _turned(one) for one in doubtful}
        found |= self._areas(list(turned.values()))
        turned = {one: other for one, other in turned.items() if found[other][0]}
        placed: dict[WrittenPoint, Placed | None] = {}
        for one, point in read.items():
            if point is None:
                placed[one] = None
            else:
                right = turned.get(point, point)
                placed[one] = Placed(right, self._radius(one, right.position), *found[right])
        return placed

    def _areas(self, points: Sequence[ReadPoint]) -> dict[ReadPoint, tuple[tuple[AdminUnit, ...], str]]:
        if not points:
            return {}
        answer = self._gazetteer.areas_at(
            [one.position.latitude for one in points], [one.position.longitude for one in points]
        )
        chains = (answer.chains[row] for row in answer.rows.tolist())
        return {
            one: (chain, answer.admin_method if chain else "unknown")
            for one, chain in zip(points, chains, strict=True)
        }

    def _radius(self, written: WrittenPoint, position: LatLon) -> float | None:
        try:
            radius_m = float(written.radius)
        except ValueError:
            radius_m = -1.0
        if 0.0 <= radius_m < float("inf"):
            return radius_m
        if self._precision is None or not written.precision.strip():
            return None
        return self._radii.of(written.precision, self._precision, position, [])


def _may_swap(point: ReadPoint) -> bool:
    """Whether the other way round it is a position too, and the writing doesn't rule it out."""
    return point.reading == "decimal" and abs(point.position.longitude) <= 90.0


def _turned(point: ReadPoint) -> ReadPoint:
    position = LatLon(point.position.longitude, point.position.latitude)
    return replace(point, position=position, swapped=True)


def point_values(placed: Placed | None, named: Spot | None) -> tuple[object, ...]:
    """Return the values of :data:`~gazetteer.tables.added.POINT_COLUMNS`; None is a point that can't be read.

    Parameters
    ----------
    placed
        The row's point.
    named
        The place that the row names, if it is resolved.
    """
    if placed is None:
        return ("invalid", *[None] * (len(POINT_COLUMNS) - 1))
    point = placed.point
    away_m = None if named is None else distance_m(named.position, point.position)
    values: Mapping[str, object] = {
        "gaz_point_check": _check(placed, named, away_m),
        "gaz_point_distance_m": None if away_m is None else round(away_m),
        "gaz_point_reading": f"{point.reading}, swapped" if point.swapped else point.reading,
        "gaz_point_latitude": round(point.position.latitude, 6),
        "gaz_point_longitude": round(point.position.longitude, 6),
        "gaz_point_uncertainty_m": None if placed.radius_m is None else round(placed.radius_m),
        "gaz_point_admin_method": placed.admin_method,
        **{f"gaz_point_adm{unit.level}_pcode": unit.pcode for unit in placed.chain},
        **{f"gaz_point_adm{unit.level}_name": unit.name for unit in placed.chain},
    }
    return tuple(values.get(column.name) for column in POINT_COLUMNS)


def _check(placed: Placed, named: Spot | None, away_m: float | None) -> str:
    if named is None or away_m is None:
        return "unchecked"
    inside = any(unit.pcode == named.id for unit in placed.chain)
    return "agrees" if inside or away_m <= named.uncertainty_m + (placed.radius_m or 0.0) else "disagrees"
