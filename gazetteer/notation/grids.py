"""Positions as grids and codes write them: MGRS, UTM, Web Mercator, geohash and plus codes.

Each reader returns a position on WGS 84, the middle of the square that is meant, and how large that is: the
metres from its middle to its farthest corner. None where a text is no such code.

Examples
--------
>>> square = read_mgrs("37SBV8671478675")
>>> round(square.position.latitude, 3), round(square.position.longitude, 3), round(square.exact_m, 1)
(35.929, 36.636, 0.7)
>>> read_geohash("sy7") is None  # too short to tell more than a town's name does
True
"""

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from gazetteer.errors import CoordinateError
from gazetteer.geodesy import LatLon
from gazetteer.notation import plain

if TYPE_CHECKING:
    from pyproj import Transformer

#: The letters of 100 km squares, which leave out I and O: columns and rows (NGA.STND.0037, appendix B).
_COLUMNS: Final = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS: Final = "ABCDEFGHJKLMNPQRSTUV"
_BANDS: Final = "CDEFGHJKLMNPQRSTUVWX"
_MGRS: Final = re.compile(
    rf"(\d{{1,2}})\s?([{_BANDS}])\s?([A-HJ-NP-Z])([A-HJ-NP-V])\s?(\d{{2,5}})\s?(\d{{2,5}})"
)
_MGRS_JOINED: Final = re.compile(rf"(\d{{1,2}})\s?([{_BANDS}])\s?([A-HJ-NP-Z])([A-HJ-NP-V])\s?(\d{{4,10}})")
#: Niemeyer's alphabet, which leaves out a, i, l and o (geohash.org, 2008).
_GEOHASH: Final = "0123456789bcdefghjkmnpqrstuvwxyz"
_MIN_GEOHASH: Final = 5
#: The alphabet of Open Location Code (its specification, 2014).
_PLUS: Final = "23456789CFGHJMPQRVWX"
_PLUS_FULL: Final = re.compile(rf"([{_PLUS}]{{8}})\+([{_PLUS}]{{2,3}})")
#: Half of a metre as a diagonal.
_HALF_DIAGONAL: Final = math.sqrt(0.5)
_METRES_A_DEGREE: Final = 111_320.0
_UTM_NORTH, _MERCATOR = 32600, 3857  # EPSG


class Square(NamedTuple):
    """A position, the middle of a square, and the metres from it to the farthest corner."""

    position: LatLon
    exact_m: float


def degrees_m(degrees: float, latitude: float) -> float:
    """Return the metres from the middle of a cell to its corner, whose sides have these degrees."""
    return degrees / 2 * _METRES_A_DEGREE * math.hypot(1.0, math.cos(math.radians(latitude)))


def read_mgrs(text: str) -> Square | None:
    """Read a reference of the Military Grid Reference System to 10 km or better, of the northern half."""
    written = plain(text).upper().strip()
    if found := _MGRS_JOINED.fullmatch(written):
        zone, band, column, row, digits = found.groups()
        if len(digits) % 2:
            return None
        east, north = digits[: len(digits) // 2], digits[len(digits) // 2 :]
    elif found := _MGRS.fullmatch(written):
        zone, band, column, row, east, north = found.groups()
    else:
        return None
    letters = _COLUMNS[(int(zone) - 1) % 3]
    if len(east) != len(north) or column not in letters or band < "N":
        return None
    side_m = 10.0 ** (5 - len(east))
    easting = (letters.index(column) + 1) * 100_000 + (int(east) + 0.5) * side_m
    # Row letters begin anew every 2,000 km, in even zones at F; the band says which round it is.
    above = (_ROWS.index(row) - (0 if int(zone) % 2 else 5)) % 20 * 100_000 + (int(north) + 0.5) * side_m
    lowest = (_BANDS.index(band) * 8 - 80) * 110_500.0  # metres a degree near the equator, the fewest
    northing = above + 2_000_000 * max(0, math.ceil((lowest - 100_000 - above) / 2_000_000))
    return read_utm(int(zone), easting, northing, side_m=side_m)


def read_utm(zone: int, easting: float, northing: float, *, side_m: float = 1.0) -> Square | None:
    """Return the position of metres in a northern zone of UTM, good to a square of some side."""
    if not (1 <= zone <= 60 and 100_000 <= easting < 1_000_000 and 0 <= northing < 9_400_000):
        return None
    return _from_metres(_UTM_NORTH + zone, easting, northing, side_m)


def read_mercator(x: float, y: float, *, side_m: float = 1.0) -> Square | None:
    """Return the position of metres in Web Mercator (EPSG:3857)."""
    return _from_metres(_MERCATOR, x, y, side_m)


def _from_metres(code: int, x: float, y: float, side_m: float) -> Square | None:
    longitude, latitude = _to_degrees(code).transform(x, y)
    try:
        return Square(LatLon(latitude, longitude), side_m * _HALF_DIAGONAL)
    except CoordinateError:
        return None


@cache
def _to_degrees(code: int) -> "Transformer":
    from pyproj import Transformer

    return Transformer.from_crs(code, 4326, always_xy=True)


def read_geohash(text: str) -> Square | None:
    """Read a geohash of five characters or more."""
    code = plain(text).casefold().strip()
    if not _MIN_GEOHASH <= len(code) <= 12 or set(code) - set(_GEOHASH):
        return None
    bits = "".join(f"{_GEOHASH.index(letter):05b}" for letter in code)
    (longitude, width), (latitude, height) = (
        _halved(bits[start::2], span) for start, span in ((0, 360.0), (1, 180.0))
    )
    return Square(LatLon(latitude, longitude), degrees_m(max(width, height), latitude))


def _halved(bits: str, span: float) -> tuple[float, float]:
    """Return the middle and the width of what halving a span round 0 leaves, a bit a half."""
    width = span / 2 ** len(bits)
    return (int(bits, 2) + 0.5) * width - span / 2, width


def read_plus_code(text: str) -> Square | None:
    """Read a full plus code: eight characters, a plus, and two or three more."""
    found = _PLUS_FULL.fullmatch(plain(text).upper().strip())
    if found is None:
        return None
    pairs, last = found[1] + found[2][:2], found[2][2:]
    south, west, side = -90.0, -180.0, 400.0
    for at in range(0, len(pairs), 2):
        side /= 20
        south += _PLUS.index(pairs[at]) * side
        west += _PLUS.index(pairs[at + 1]) * side
    if last:  # the last square is cut into five rows of four columns
        south, west = south + _PLUS.index(last) // 4 * side / 5, west + _PLUS.index(last) % 4 * side / 4
        side /= 4
    try:
        return Square(LatLon(south + side / 2, west + side / 2), degrees_m(side, south))
    except CoordinateError:
        return None
