"""Positions and boxes on WGS 84, checked once, when they are made, and the choice of a table's columns.

A :class:`LatLon` that exists is valid: finite, latitude within ±90, longitude within ±180. A missing
coordinate is ``None``, never zero. When a latitude is out of range and swapping the two would mend it, the
error says so.
"""

import math
from dataclasses import dataclass

from gazetteer.errors import CoordinateError

__all__ = ["BoundingBox", "ColumnChoice", "LatLon"]


@dataclass(frozen=True, slots=True)
class LatLon:
    """A position on the WGS 84 ellipsoid.

    Parameters
    ----------
    latitude
        Degrees north, -90 to 90.
    longitude
        Degrees east, -180 to 180.

    Raises
    ------
    CoordinateError
        If either is not a finite number in its range.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        for name, value, limit in (("latitude", self.latitude, 90), ("longitude", self.longitude, 180)):
            if not math.isfinite(value):
                raise CoordinateError(f"{name} must be a finite number, not {value!r}", parameter=name)
            if abs(value) > limit:
                hint = ""
                if name == "latitude" and abs(self.longitude) <= 90 and abs(value) <= 180:
                    hint = "; the order may be swapped: latitude comes first"
                raise CoordinateError(
                    f"{name} must lie between -{limit} and {limit}, not {value:g}{hint}", parameter=name
                )


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """A box in degrees that does not cross the antimeridian.

    Parameters
    ----------
    south, west, north, east
        Degrees; ``south <= north`` and ``west <= east``.

    Raises
    ------
    CoordinateError
        If a corner is not a position, or the corners are in the wrong order.
    """

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """The columns that a person names; None and empty leave it to their names.

    Parameters
    ----------
    place, place_ar
        The place as written, and as written in Arabic.
    admin
        Areas that the place lies in, the narrowest first.
    latitude, longitude
        The position that the rows bring. One column that holds both is named twice, or as `latitude` alone.
    date
        The day or the days of the incident.
    id
        The row's own id.
    uncertainty
        The radius of the position, in metres or with a unit.
    precision
        The code of precision of the position; see :func:`gazetteer.notation.precision.stated_radius`.
    country
        The country.
    kind
        What happened, such as "airstrike"; of a table of places, what each is.
    text
        Notes: what a person wrote of the incident. Never found by its name, and read by enriching only; see
        :mod:`gazetteer.incidents.notes`.
    """

    place: str | None = None
    place_ar: str | None = None
    admin: tuple[str, ...] = ()
    latitude: str | None = None
    longitude: str | None = None
    date: str | None = None
    id: str | None = None
    uncertainty: str | None = None
    precision: str | None = None
    country: str | None = None
    kind: str | None = None
    text: str | None = None
