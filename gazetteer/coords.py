r"""Positions: latitude and longitude on WGS 84, checked once, when they are made.

A :class:`LatLon` that exists is valid: finite, latitude within ±90, longitude within ±180. A
missing coordinate is ``None``, never zero. When a latitude is out of range and swapping the two
would mend it, the error says so.

Examples
--------
>>> read_point("35.93, 36.63")
LatLon(latitude=35.93, longitude=36.63)
>>> read_point("35°55'48\"N 36°37'48\"E")
LatLon(latitude=35.93, longitude=36.63)
>>> read_point("Idlib") is None
True
"""

import math
import re
from dataclasses import dataclass

from gazetteer.errors import CoordinateError

__all__ = ["BoundingBox", "LatLon", "read_point"]

#: "nan" and "inf" are how programs write a position that is none.
_SIGNED = r"[-+−]?(?:\d{1,3}(?:\.\d+)?|nan|inf(?:inity)?)"
_DECIMAL = re.compile(
    rf"\(?\s*({_SIGNED})\s*[°º]?\s*([NS])?\s*[,;\s]\s*({_SIGNED})\s*[°º]?\s*([EW])?\s*\)?", re.I
)
_DMS_PART = r"(\d{1,3})\s*[°ºd]\s*(?:(\d{1,2})\s*['′’m]\s*)?(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|″|”|''|s)\s*)?"
_DMS = re.compile(rf"{_DMS_PART}([NS])\s*[,;]?\s*{_DMS_PART}([EW])", re.I)
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫،", "01234567890123456789.,")


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


def _from_dms(parts: tuple[str, ...]) -> float:
    degrees, minutes, seconds, hemisphere = parts
    if float(minutes or 0) >= 60 or float(seconds or 0) >= 60:
        raise CoordinateError(f"{minutes} minutes {seconds or 0} seconds: both must be below 60")
    value = float(degrees) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    return round(-value if hemisphere.upper() in "SW" else value, 9)


def read_point(text: str, *, parameter: str | None = None) -> LatLon | None:
    r"""Read a position written as text.

    Decimal degrees ("35.93, 36.63", "35.93N 36.63E", Arabic digits) and degrees, minutes and
    seconds ("35°55'48\"N 36°37'48\"E") are understood, latitude first.

    Parameters
    ----------
    text
        What a person wrote.
    parameter
        The name to give in the error, which otherwise names the coordinate that is wrong.

    Returns
    -------
    LatLon or None
        The position, or None when the text does not look like one.

    Raises
    ------
    CoordinateError
        If it looks like a position but is out of range or not finite ("nan,36.1").
    """
    try:
        return _read_point(text)
    except CoordinateError as error:
        if parameter is None:
            raise
        raise CoordinateError(f"{parameter} {text!r}: {error}", parameter=parameter) from error


def _read_point(text: str) -> LatLon | None:
    if len(text) > 80:
        return None
    text = text.strip().translate(_ARABIC_DIGITS).replace("−", "-")
    if dms := _DMS.fullmatch(text):
        groups = dms.groups()
        return LatLon(_from_dms(groups[:4]), _from_dms(groups[4:]))
    if decimal := _DECIMAL.fullmatch(text):
        latitude, south, longitude, west = decimal.groups()
        return LatLon(_signed(latitude, south, "S"), _signed(longitude, west, "W"))
    return None


def _signed(number: str, hemisphere: str | None, negative: str) -> float:
    """Return a coordinate whose sign is written as a minus or as a hemisphere, not both."""
    if hemisphere and number.startswith("-"):
        raise CoordinateError(f"{number} {hemisphere} has a minus and a hemisphere: write one of them")
    return -float(number) if hemisphere and hemisphere.upper() == negative else float(number)
