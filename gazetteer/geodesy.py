"""Positions on the WGS 84 ellipsoid, and distance, azimuth and destination between them.

A :class:`LatLon` that exists is valid: finite, latitude within ±90, longitude within ±180. A missing
coordinate is ``None``, never zero.

Distances are `pyproj.Geod`, which carries Karney's algorithms ("Algorithms for geodesics", J. Geod.
87, 2013, doi:10.1007/s00190-012-0578-z): accurate to about 15 nanometres anywhere on the globe, where
a sphere errs by up to 0.6 %.

Examples
--------
>>> round(distance_m(LatLon(0, 0), LatLon(0, 1)), 3)
111319.491
>>> compass_word(225.0)
'southwest'
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gazetteer.errors import CoordinateError

if TYPE_CHECKING:
    from pyproj import Geod

_COMPASS = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")


@dataclass(frozen=True, slots=True)
class LatLon:
    """A position on the WGS 84 ellipsoid.

    Raises
    ------
    CoordinateError
        If either is not a finite number in its range.
    """

    #: Degrees north, -90 to 90.
    latitude: float
    #: Degrees east, -180 to 180.
    longitude: float

    def __post_init__(self) -> None:
        for name, value, limit in (("latitude", self.latitude, 90), ("longitude", self.longitude, 180)):
            if not math.isfinite(value):
                raise CoordinateError(f"{name} must be a finite number, not {value!r}", parameter=name)
            if abs(value) > limit:
                hint = ""
                if name == "latitude" and abs(self.longitude) <= 90 and abs(value) <= 180:
                    hint = "; the order may be swapped: latitude comes first"
                written = repr(float(value)).removesuffix(".0")  # in full: 90.00000000000001 is not 90
                raise CoordinateError(
                    f"{name} must lie between -{limit} and {limit}, not {written}{hint}", parameter=name
                )


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """A box in degrees that does not cross the antimeridian.

    Raises
    ------
    CoordinateError
        If a corner is not a position, or the corners are in the wrong order.
    """

    #: Degrees; ``south <= north`` and ``west <= east``.
    south: float
    west: float
    north: float
    east: float

    def __post_init__(self) -> None:
        LatLon(self.south, self.west)
        LatLon(self.north, self.east)
        if self.south > self.north or self.west > self.east:
            raise CoordinateError(
                "a bounding box is south, west, north, east with south <= north and west <= east",
                parameter="bbox",
            )

    def contains(self, point: LatLon) -> bool:
        """Tell whether `point` lies in the box, borders included."""
        return self.south <= point.latitude <= self.north and self.west <= point.longitude <= self.east


@cache
def geod() -> "Geod":
    """Return the WGS 84 geodesic calculator, imported on first use (it takes 0.1 s)."""
    from pyproj import Geod

    return Geod(ellps="WGS84")


def distance_m(start: LatLon, end: LatLon) -> float:
    """Return the geodesic distance between two positions, in metres."""
    metres: float = geod().inv(start.longitude, start.latitude, end.longitude, end.latitude)[2]
    return metres


def azimuth_deg(start: LatLon, end: LatLon) -> float:
    """Return the initial bearing from `start` to `end`: degrees clockwise from north, 0 to 360."""
    forward: float = geod().inv(start.longitude, start.latitude, end.longitude, end.latitude)[0]
    return forward % 360.0


def destination(start: LatLon, *, azimuth_deg: float, distance_m: float) -> LatLon:
    """Return the position reached from `start` along a geodesic.

    Parameters
    ----------
    start
        Where to start.
    azimuth_deg
        Initial bearing, degrees clockwise from north.
    distance_m
        How far to go, in metres.
    """
    longitude, latitude, _ = geod().fwd(start.longitude, start.latitude, azimuth_deg, distance_m)
    return LatLon(latitude, longitude)


def compass_word(azimuth_deg: float) -> str:
    """Return the nearest of the eight compass words for a bearing in degrees."""
    return _COMPASS[round(azimuth_deg / 45.0) % 8]
