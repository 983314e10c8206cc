r"""Positions as people write them: latitude and longitude on WGS 84, in one cell or in two.

Understood are decimal degrees, with a point or a comma, and degrees with minutes and seconds; hemispheres
before or after the number, in English and Arabic; brackets, ``POINT(…)`` and ``geo:``; the digits of every
script. Latitude comes first, unless the hemispheres or ``POINT`` say otherwise. A name, a date or a code
is no position. Whether 0, 0 is one is left to who knows the table.

Examples
--------
>>> read_position("35.93, 36.63")
ReadPosition(position=LatLon(latitude=35.93, longitude=36.63), notation='decimal', swapped=False)
>>> read_position("36°37'48\"E 35°55'48\"N")
ReadPosition(position=LatLon(latitude=35.93, longitude=36.63), notation='dms', swapped=True)
>>> read_pair("35,93", "36,63").position
LatLon(latitude=35.93, longitude=36.63)
>>> read_position("Idlib") is None
True
"""

import contextlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from gazetteer.country import country
from gazetteer.errors import CoordinateError
from gazetteer.geodesy import LatLon
from gazetteer.notation import plain

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Decimal degrees; or degrees with minutes, and seconds or not.
Notation = Literal["decimal", "dms"]

#: The fault of 0, 0 in tables, since programs write it for no position.
AT_ZERO: Final = "0, 0 is no position"
#: No position is written in more characters.
_LONGEST = 100
#: Axis and sign of the words beside a number; 0 for a label, whose number keeps its own sign.
_SIDES: Final = {
    **dict.fromkeys(("n", "north", "شمال", "شمالا", "شمالاً", "ش"), ("NS", 1)),
    **dict.fromkeys(("s", "south", "جنوب", "جنوبا", "جنوباً", "ج"), ("NS", -1)),
    **dict.fromkeys(("e", "east", "شرق", "شرقا", "شرقاً", "ق"), ("EW", 1)),
    **dict.fromkeys(("w", "west", "غرب", "غربا", "غرباً", "غ"), ("EW", -1)),
    **dict.fromkeys(("lat", "latitude"), ("NS", 0)),
    **dict.fromkeys(("lon", "long", "lng", "longitude"), ("EW", 0)),
}
_SIDE = "|".join(sorted(_SIDES, key=len, reverse=True))
#: Signs that stand for those of degrees, minutes and seconds, where letters don't.
_MARKS: Final = str.maketrans(
    {**dict.fromkeys("º˚", "°"), **dict.fromkeys("′’‘´`", "'"), **dict.fromkeys("″”“", '"')}
)
_LETTERS = (  # patterns are texts, which are compiled when the first one is read: that takes 25 ms
    r"(\d) ?d(?:eg(?:rees?)?)?(?: ?([\d.,]+) ?m(?:in(?:utes?)?)?(?: ?([\d.,]+) ?s(?:ec(?:onds?)?)?)?)?"
)
#: One coordinate in normal form; "nan" and "inf" are what programs write for a missing one. The number of
#: the coordinate ends the names of its groups, and how often it has minutes stands for the "@".
_COORDINATE = (
    rf"(?:(?P<before#>{_SIDE})[ :=]*)?(?P<sign#>[-+])?(?P<degrees#>\d{{1,3}}(?:[.,]\d+)?|nan|inf(?:inity)?)"
    r"(?:(?: ?(?P<mark#>[°:]) ?| )(?P<minutes#>\d{1,2}(?:[.,]\d+)?)"
    r"(?:(?: ?[':] ?| )(?P<seconds#>\d{1,2}(?:[.,]\d+)?))? ?['\"]?)@"
    rf" ?°?(?(before#)|(?: ?(?P<after#>{_SIDE}))?)"
)
_TWO = (
    _COORDINATE.replace("#", "1")
    + r"(?P<between>(?(before1) ?[,;]? ?|(?(after1) ?[,;]? ?|(?: ?[,;] ?| ))))"
    + _COORDINATE.replace("#", "2")
)
_ONE = _COORDINATE.replace("#", "1").replace("@", "?")
#: Without minutes first: the blank in "35,93 36,63" may also stand before minutes.
_BOTH = _TWO.replace("@", "{0}"), _TWO.replace("@", "?")
_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?"
#: Well-known text (OGC 06-103r4), whose longitude comes first, and geo URIs (RFC 5870).
_FORMAL = (
    rf"(?:srid=\d+ ?; ?)?point(?: ?z)? ?\( ?(?P<x>{_NUMBER}) (?P<y>{_NUMBER})(?: {_NUMBER})? ?\)"
    rf"|geo:(?P<latitude>{_NUMBER}),(?P<longitude>{_NUMBER})(?:,{_NUMBER})?(?:[;?].*)?"
)
_BRACKETED = r"\((.*)\)|\[(.*)\]|\{(.*)\}"
#: Every position has one of them.
_SOME_NUMBER = re.compile(r"\d|nan|inf", re.I)


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """A position, how it is written, and whether longitude came first, as hemispheres or ranges say."""

    position: LatLon
    notation: Notation
    swapped: bool = False
    #: The part of a degree that the last digit of the finer coordinate stands for: programs leave zeros at
    #: the end out.
    unit_deg: float = field(default=0.0, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """The positions of many rows."""

    latitudes: "npt.NDArray[np.float64]"  # degrees; NaN where a row has no position
    longitudes: "npt.NDArray[np.float64]"
    swapped: "npt.NDArray[np.bool_]"  # latitude and longitude were exchanged
    notations: dict[int, Notation] = field(default_factory=dict)  # by row, where not decimal degrees
    unread: dict[int, str] = field(default_factory=dict)  # by row, why a filled one has no position
    problems: dict[int, str] = field(default_factory=dict)  # by row, what else there is to know
    reach_m: dict[int, float] = field(
        default_factory=dict
    )  # by row, of a line or an area: its circle's radius

    @property
    def known(self) -> "npt.NDArray[np.bool_]":
        """Which rows have a position."""
        known: npt.NDArray[np.bool_] = self.latitudes == self.latitudes  # NaN is not equal to itself
        return known

    @property
    def wrong(self) -> set[int]:
        """The rows whose cells for a position are filled and hold none."""
        return {*self.unread, *(row for row, problem in self.problems.items() if problem == AT_ZERO)}

    def clear(self, rows: "npt.NDArray[np.intp] | list[int]") -> None:
        """Take the positions of some rows away."""
        self.latitudes[rows] = self.longitudes[rows] = math.nan


class _Coordinate(NamedTuple):
    degrees: float
    axis: str  # "NS", "EW" or "" where the writing doesn't tell
    notation: Notation
    unit_deg: float  # the part of a degree that its last digit stands for


def read_point(text: str, *, parameter: str | None = None) -> LatLon | None:
    """Return the position that :func:`read_position` reads; an error begins with the name of a parameter."""
    try:
        found = read_position(text)
    except CoordinateError as error:
        if parameter is None:
            raise
        raise CoordinateError(f"{parameter} {text!r}: {error}", parameter=parameter) from error
    return None if found is None else found.position


def read_position(text: str) -> ReadPosition | None:
    r"""Read both coordinates in one text, or return None when it does not look like a position.

    Such as "35.93, 36.63", "35,93 36,63", "35.93N 36.63E", "N 35°26.767′, E 36°58.933′",
    "35°55'48\"N 36°37'48\"E", "35 26 46 N 36 58 56 E", "[35.446, 36.982]", "POINT(36.982 35.446)" or
    "geo:35.446,36.982". Minutes after a space or a colon need the hemispheres, as times look like them. What
    looks like a position and can't be one (out of range, 60 minutes, two latitudes) raises CoordinateError.
    """
    if len(text) > _LONGEST or not _SOME_NUMBER.search(text):
        return None
    text = _normal(text)
    if formal := re.fullmatch(_FORMAL, text):
        latitude, longitude = (formal["y"], formal["x"]) if formal["x"] else (formal[3], formal[4])
        unit_deg = min(_unit_deg(latitude), _unit_deg(longitude))
        return ReadPosition(LatLon(float(latitude), float(longitude)), "decimal", unit_deg=unit_deg)
    if bracketed := re.fullmatch(_BRACKETED, text):
        text = next(filter(None, bracketed.groups()), "").strip()
    found = next(filter(None, (re.fullmatch(pattern, text) for pattern in _BOTH)), None)
    if not found or not _is_position(found):
        return None
    return _position(_coordinate(found, 1), _coordinate(found, 2))


def read_pair(latitude: str, longitude: str) -> ReadPosition | None:
    """Read a position in two cells, a coordinate each; None when both are empty.

    They are swapped where their hemispheres say so, or where only that makes a position of them. One cell may
    hold both coordinates, as :func:`read_position` reads them, if the other is empty or the same. What is no
    position, or half of one, raises CoordinateError.
    """
    first, second = _one(latitude), _one(longitude)
    if first and second:
        return _position(first, second, in_either_order=True)
    empty = [not _normal(cell[:_LONGEST]) for cell in (latitude, longitude)]
    if all(empty):
        return None
    # "35,93" beside an empty cell is half of a position, and not 35 and 93.
    if (any(empty) and not (first or second)) or latitude == longitude:
        both = read_position(longitude if empty[0] else latitude)
        if both is not None:
            return both
    cells = ", ".join(
        repr(cell if len(cell) <= _LONGEST else f"{cell[:_LONGEST]}…") for cell in (latitude, longitude)
    )
    raise CoordinateError(
        f"{cells} is not a position in degrees: write latitude and longitude, as 35.93 and 36.63"
    )


def read_pairs(latitudes: Sequence[str], longitudes: Sequence[str]) -> Positions:
    """Read the positions of many rows, each as :func:`read_pair` reads it; nothing is raised."""
    import numpy as np

    north, east = _decimals(latitudes), _decimals(longitudes)
    rest = np.flatnonzero(~((np.abs(north) <= 90.0) & (np.abs(east) <= 180.0)))  # also where one is NaN
    found = Positions(north, east, np.zeros(len(north), dtype=np.bool_))
    found.clear(rest)
    known: dict[tuple[str, str], ReadPosition | str | None] = {("", ""): None}
    for row in rest.tolist():
        pair = latitudes[row], longitudes[row]
        if pair not in known:
            try:
                known[pair] = read_pair(*pair)
            except CoordinateError as error:
                known[pair] = str(error)
        read = known[pair]
        if isinstance(read, str):
            found.unread[row] = read
        elif read is not None:
            north[row], east[row] = read.position.latitude, read.position.longitude
            found.swapped[row] = read.swapped
            if read.notation != "decimal":
                found.notations[row] = read.notation
    return found


def _decimals(cells: Sequence[str]) -> "npt.NDArray[np.float64]":
    """Return what :func:`_decimal` does for each cell."""
    import numpy as np

    text = "".join(cells)
    if text.isascii() and "_" not in text:
        filled = [cell or "nan" for cell in cells] if "" in cells else cells
        with contextlib.suppress(ValueError):
            return np.fromiter(map(float, filled), dtype=np.float64)
    return np.fromiter(map(_decimal, cells), dtype=np.float64)


def _decimal(cell: str) -> float:
    """Return a number as programs write it, NaN for any other text; "1_0" is a number to `float` only."""
    if not cell or not cell.isascii() or "_" in cell:
        return math.nan
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _normal(text: str) -> str:
    """Return a text in lower case with plain digits, signs for minutes and seconds, and single spaces."""
    text = " ".join(plain(text).casefold().translate(_MARKS).replace("''", '"').split())
    return re.sub(_LETTERS, _with_signs, text)


def _with_signs(found: re.Match[str]) -> str:
    return "".join(f"{number}{sign}" for number, sign in zip(found.groups(), "°'\"", strict=True) if number)


def _one(cell: str) -> _Coordinate | None:
    """Return the coordinate in a cell; None where it doesn't look like one."""
    if not math.isnan(number := _decimal(cell)):
        return _Coordinate(number, "", "decimal", _unit_deg(cell))
    found = re.fullmatch(_ONE, _normal(cell)) if len(cell) <= _LONGEST else None
    return _coordinate(found, 1) if found else None


def _coordinate(found: re.Match[str], number: int) -> _Coordinate:
    """Return the coordinate of that number in a match."""
    sign, degrees, minutes, seconds = (
        found[f"{name}{number}"] for name in ("sign", "degrees", "minutes", "seconds")
    )
    side = found[f"before{number}"] or found[f"after{number}"]
    axis, hemisphere = _SIDES.get(side, ("", 0))
    if hemisphere and sign == "-":
        raise CoordinateError(f"-{degrees} {side.upper()} has a minus and a hemisphere: write one of them")
    whole, part, rest = (float((text or "0").replace(",", ".")) for text in (degrees, minutes, seconds))
    if part >= 60 or rest >= 60:
        raise CoordinateError(f"{minutes} minutes {seconds or 0} seconds: both must be below 60")
    if (minutes and whole % 1) or (seconds and part % 1):
        raise CoordinateError(f"{degrees} degrees {minutes} minutes: only the last number may have decimals")
    value = whole if minutes is None else round(whole + part / 60 + rest / 3600, 9)
    negative = sign == "-" or hemisphere < 0
    notation: Notation = "decimal" if minutes is None else "dms"
    unit_deg = _unit_deg(seconds or minutes or degrees, 1 / 3600 if seconds else 1 / 60 if minutes else 1.0)
    return _Coordinate(-value if negative else value, axis, notation, unit_deg)


def _unit_deg(number: str, part: float = 1.0) -> float:
    """Return the part of a degree that the last digit of a number stands for, which counts such parts."""
    decimals = re.search(r"[.,](\d+)", number)
    return part * 10.0 ** -len(decimals[1]) if decimals else part


def _is_position(found: re.Match[str]) -> bool:
    """Whether two coordinates in one text are written alike, and as nothing else is written."""
    sides = [bool(found[f"before{n}"] or found[f"after{n}"]) for n in (1, 2)]
    in_minutes = [found[f"minutes{n}"] is not None for n in (1, 2)]
    commas = [
        "," in "".join(found[f"{part}{n}"] or "" for part in ("degrees", "minutes", "seconds"))
        for n in (1, 2)
    ]
    marked = all(found[f"mark{n}"] not in (None, ":") for n in (1, 2))
    return (
        (sides[0] == sides[1] or found["between"].strip() != "")
        and commas[0] == commas[1]
        and not (commas[0] and found["between"] == ",")
        and (all(sides) or not any(in_minutes) or (all(in_minutes) and marked))
    )


def _position(first: _Coordinate, second: _Coordinate, *, in_either_order: bool = False) -> ReadPosition:
    """Return the position of two coordinates, latitude first unless the axes or the ranges forbid it."""
    orders = []
    if first.axis != "EW" and second.axis != "NS":
        orders.append((first.degrees, second.degrees, False))
    if first.axis != "NS" and second.axis != "EW" and (in_either_order or not orders):
        orders.append((second.degrees, first.degrees, True))
    if not orders:
        axis = "latitudes" if first.axis == "NS" else "longitudes"
        raise CoordinateError(f"both are {axis}: write one latitude and one longitude")
    notation: Notation = "decimal" if first.notation == second.notation == "decimal" else "dms"
    errors = []
    for latitude, longitude, swapped in orders:
        try:
            unit_deg = min(first.unit_deg, second.unit_deg)
            return ReadPosition(LatLon(latitude, longitude), notation, swapped, unit_deg)
        except CoordinateError as error:
            errors.append(error)
    raise errors[0]


def swap_hint() -> str:
    """Return the hint for a position abroad that would lie in the country with its axes exchanged."""
    return f"outside {country().name}; the order may be swapped: latitude comes first"
