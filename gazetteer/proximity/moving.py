"""Incidents that come and go: who is near a point, and when.

For a set that changes between questions, and one question at a time: an R-tree (rtree, on libspatialindex)
with three axes, longitude, latitude and day, finds what lies in a box round the circle and the
span of days; each of those is then measured with `pyproj.Geod`. For many points at once against a set that
stays, :mod:`gazetteer.proximity.join` is faster.

The box is safe. Along any path ``ds >= M dφ``, so a point within `R` is at most ``R / r`` away in
latitude, where `r`, b²/a, is the least meridional radius. All of the geodesic to it stays between
those latitudes, where ``ds >= N cos φ dλ`` and ``N >= a``: so it is at most ``R / (a cos φ)`` away in
longitude, with the φ nearest to a pole. A circle that holds a pole takes all longitudes; one across the
antimeridian takes two boxes.

Examples
--------
>>> import datetime
>>> from gazetteer.coords import LatLon
>>> strikes = MovingIncidents()
>>> strikes.add("a", LatLon(35.93, 36.63), datetime.date(2016, 5, 30))
>>> [found.id for found in strikes.within(LatLon(35.9, 36.6), within_m=5_000)]
['a']
>>> strikes.remove("a")
>>> len(strikes)
0
"""

import datetime
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from gazetteer.coords import LatLon
from gazetteer.errors import InputError, NotFoundError
from gazetteer.proximity.bounds import EQUATORIAL_M, LEAST_RADIUS_M
from gazetteer.proximity.join import geodesics_m
from gazetteer.proximity.points import checked_within

__all__ = ["Found", "MovingIncidents"]

#: Longitude, latitude and day: least values, then greatest.
_Box = tuple[float, float, float, float, float, float]

#: The ends of time, as day numbers.
_FIRST_DAY, _LAST_DAY = float(datetime.date.min.toordinal()), float(datetime.date.max.toordinal())
#: Added to boxes, in degrees (a tenth of a millimetre), for rounding.
_SLACK_DEG = 1e-9


@dataclass(frozen=True, slots=True)
class Found:
    """An incident within the distance.

    Parameters
    ----------
    id
        The id that it was added with.
    distance_m
        Metres to it.
    date
        Its day; None where that isn't known, in which case no span of days rules it out.
    """

    id: str
    distance_m: float
    date: datetime.date | None


class MovingIncidents:
    """A set of incidents that may change between questions. Not safe to change from several threads."""

    def __init__(self) -> None:
        from rtree.index import Index, Property

        self._index = Index(properties=Property(dimension=3))
        self._numbers: dict[str, int] = {}
        self._held: dict[int, tuple[str, LatLon, datetime.date | None]] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, incident_id: object) -> bool:
        return incident_id in self._numbers

    def add(self, incident_id: str, position: LatLon, date: datetime.date | None = None) -> None:
        """Add an incident, at a day or at an unknown one.

        Raises
        ------
        InputError
            If there is one of this id already: remove it first.
        """
        if incident_id in self._numbers:
            raise InputError(
                f"there is an incident {incident_id!r} already: remove it before adding it anew",
                parameter="incident_id",
            )
        number, self._next = self._next, self._next + 1
        self._index.insert(number, _point(position, date))
        self._numbers[incident_id] = number
        self._held[number] = incident_id, position, date

    def remove(self, incident_id: str) -> None:
        """Take an incident out.

        Raises
        ------
        NotFoundError
            If there is none of this id.
        """
        number = self._numbers.pop(incident_id, None)
        if number is None:
            raise NotFoundError(f"there is no incident {incident_id!r}")
        _, position, date = self._held.pop(number)
        self._index.delete(number, _point(position, date))

    def within(
        self,
        position: LatLon,
        *,
        within_m: float,
        start: datetime.date | None = None,
        end: datetime.date | None = None,
    ) -> tuple[Found, ...]:
        """Return the incidents within a distance of a position, nearest first, then in order of adding.

        Parameters
        ----------
        position
            The centre.
        within_m
            Metres, 0 to 500,000, borders included.
        start, end
            First and last day, both included; None leaves that side open. Incidents of unknown date
            are always among the answers.

        Raises
        ------
        InputError
            If the distance is out of range, or the last day comes before the first.
        """
        within_m = checked_within(within_m)
        if start and end and end < start:
            raise InputError(f"the last day, {end}, comes before the first, {start}", parameter="end")
        days = _day(start, _FIRST_DAY), _day(end, _LAST_DAY)
        boxes = _boxes(position, within_m, days)
        numbers = sorted({number for box in boxes for number in self._index.intersection(box)})
        held = [self._held[number] for number in numbers]
        metres = geodesics_m(
            np.full(len(held), position.latitude),
            np.full(len(held), position.longitude),
            np.array([where.latitude for _, where, _ in held]),
            np.array([where.longitude for _, where, _ in held]),
        ).tolist()
        found = _found(held, metres, within_m)
        return tuple(sorted(found, key=lambda one: one.distance_m))


def _found(
    held: Iterable[tuple[str, LatLon, datetime.date | None]], metres: Iterable[float], within_m: float
) -> Iterator[Found]:
    for (incident_id, _, date), distance_m in zip(held, metres, strict=True):
        if distance_m <= within_m:
            yield Found(incident_id, distance_m, date)


def _day(date: datetime.date | None, otherwise: float) -> float:
    return float(date.toordinal()) if date else otherwise


def _point(position: LatLon, date: datetime.date | None) -> _Box:
    """Return the box of an incident: a point, or a line through all days when its day isn't known."""
    x, y = position.longitude, position.latitude
    return x, y, _day(date, _FIRST_DAY), x, y, _day(date, _LAST_DAY)


def _boxes(position: LatLon, within_m: float, days: tuple[float, float]) -> Iterator[_Box]:
    """Yield one or two boxes that hold the circle, by the bounds in the module's docstring."""
    first, last = days
    high = math.degrees(within_m / LEAST_RADIUS_M) + _SLACK_DEG
    south, north = position.latitude - high, position.latitude + high
    farthest = max(abs(south), abs(north))
    if farthest >= 90.0:
        wide = 180.0
    else:
        wide = math.degrees(within_m / (EQUATORIAL_M * math.cos(math.radians(farthest)))) + _SLACK_DEG
    if wide >= 180.0:
        yield -180.0, south, first, 180.0, north, last
        return
    west, east = position.longitude - wide, position.longitude + wide
    yield max(west, -180.0), south, first, min(east, 180.0), north, last
    if west <= -180.0:
        yield west + 360.0, south, first, 180.0, north, last
    if east >= 180.0:
        yield -180.0, south, first, east - 360.0, north, last
