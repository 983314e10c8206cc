"""Many positions at once: degrees, and the same points in earth-centred coordinates.

A :class:`Points` that exists is valid, as a :class:`~gazetteer.values.LatLon` is: every latitude and
longitude is finite and in its range. It is checked once, when it is made, and the error names the
row, counted from 1. No points at all are allowed: every answer about them is empty.

Examples
--------
>>> points = Points.from_degrees([35.93, 36.2], [36.63, 37.16])
>>> len(points), [round(x) for x in points.xyz_m[0]]
(2, [4149401, 3084990, 3721905])
>>> Points.from_degrees([35.93, 96.2], [36.63, 37.16])
Traceback (most recent call last):
gazetteer.errors.CoordinateError: row 2: latitude must lie between -90 and 90, not 96.2; the order may be \
swapped: latitude comes first
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import LatLon

#: Semi-major axis and flattening of WGS 84: NIMA TR8350.2 (2000), table 3.1.
EQUATORIAL_M = 6_378_137.0
FLATTENING = 1.0 / 298.257223563
ESQUARED = FLATTENING * (2.0 - FLATTENING)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]
Booleans = npt.NDArray[np.bool_]

#: The longest distance that may be asked for, in metres.
MAX_WITHIN_M = 500_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Positions on the WGS 84 ellipsoid.

    Parameters
    ----------
    latitudes, longitudes
        Degrees, -90 to 90 and -180 to 180, of the same length.

    Attributes
    ----------
    xyz_m
        Earth-centred coordinates in metres (EPSG:4978), one row for each point.

    Raises
    ------
    CoordinateError
        If the lengths differ, or a number is not finite or out of range; the message names the row.
    """

    latitudes: Floats
    longitudes: Floats
    xyz_m: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.latitudes.ndim != 1 or self.latitudes.shape != self.longitudes.shape:
            raise CoordinateError(
                f"there must be as many latitudes as longitudes, not {self.latitudes.size} and "
                f"{self.longitudes.size}",
                parameter="longitudes",
            )
        # Written so that NaN, which is smaller than nothing, is bad too.
        bad = ~((np.abs(self.latitudes) <= 90) & (np.abs(self.longitudes) <= 180))
        if bad.any():
            row = int(bad.argmax())
            try:
                LatLon(float(self.latitudes[row]), float(self.longitudes[row]))
            except CoordinateError as error:
                raise CoordinateError(f"row {row + 1}: {error}", parameter=error.parameter) from None
        object.__setattr__(self, "xyz_m", earth_centred_m(self.latitudes, self.longitudes))

    @classmethod
    def from_degrees(cls, latitudes: npt.ArrayLike, longitudes: npt.ArrayLike) -> "Points":
        """Return the points at these latitudes and longitudes, in degrees.

        Raises
        ------
        CoordinateError
            If they are not numbers, or not positions; the message names the row.
        """
        return cls(_numbers(latitudes, "latitudes"), _numbers(longitudes, "longitudes"))

    @classmethod
    def of(cls, positions: Sequence[LatLon]) -> "Points":
        """Return the points at these positions, in order."""
        return cls(
            np.array([p.latitude for p in positions], dtype=np.float64),
            np.array([p.longitude for p in positions], dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.latitudes)

    def at(self, number: int) -> LatLon:
        """Return one point."""
        return LatLon(float(self.latitudes[number]), float(self.longitudes[number]))

    def take(self, rows: Integers | Booleans) -> "Points":
        """Return some of the points: by number, counted from 0, or by a mask."""
        return _known(self.latitudes[rows], self.longitudes[rows], self.xyz_m[rows])

    def followed_by(self, others: "Points") -> "Points":
        """Return these points and then the others; nothing is checked or computed anew."""
        return _known(
            np.concatenate([self.latitudes, others.latitudes]),
            np.concatenate([self.longitudes, others.longitudes]),
            np.concatenate([self.xyz_m, others.xyz_m]),
        )


def _known(latitudes: Floats, longitudes: Floats, xyz_m: Floats) -> Points:
    """Return points that were checked and computed before."""
    points = object.__new__(Points)
    for name, value in (("latitudes", latitudes), ("longitudes", longitudes), ("xyz_m", xyz_m)):
        object.__setattr__(points, name, value)
    return points


def checked_within(within_m: float) -> float:
    """Return a distance asked for, in metres.

    Raises
    ------
    InputError
        If it is not a finite number between 0 and 500,000.
    """
    if not math.isfinite(within_m) or within_m < 0:
        raise InputError(f"the distance must be zero or more metres, not {within_m:g}", parameter="within")
    if within_m > MAX_WITHIN_M:
        raise InputError(
            f"the distance must be at most {MAX_WITHIN_M / 1000:g} km, not {within_m / 1000:g} km",
            parameter="within",
        )
    return float(within_m)


def checked_radii(radii_m: npt.ArrayLike, count: int, *, parameter: str) -> Floats:
    """Return radii in metres, one for each of `count` points; a single number stands for all.

    Raises
    ------
    InputError
        If there are more or fewer, or one is negative or not finite; the message names the row.
    """
    radii = _numbers(radii_m, parameter)
    if radii.ndim == 0:
        radii = np.full(count, float(radii))
    if radii.shape != (count,):
        raise InputError(
            f"there must be one radius for each of the {count} points, not {radii.size}", parameter=parameter
        )
    bad = ~(np.isfinite(radii) & (radii >= 0))
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"row {row + 1}: the radius must be zero or more metres, not {radii[row]:g}", parameter=parameter
        )
    return radii


def _numbers(values: npt.ArrayLike, parameter: str) -> Floats:
    try:
        return np.array(values, dtype=np.float64)  # a copy, so that nobody changes it afterwards
    except (TypeError, ValueError) as error:
        raise CoordinateError(f"{parameter} must be numbers: {error}", parameter=parameter) from error


def earth_centred_m(latitudes: Floats, longitudes: Floats) -> Floats:
    """Return earth-centred, earth-fixed coordinates (EPSG:4978) of points on the ellipsoid.

    Parameters
    ----------
    latitudes, longitudes
        Degrees, of the same length.

    Returns
    -------
    array of shape (n, 3)
        x, y and z in metres.
    """
    latitude, longitude = np.radians(latitudes), np.radians(longitudes)
    sine, cosine = np.sin(latitude), np.cos(latitude)
    normal = EQUATORIAL_M / np.sqrt(1.0 - ESQUARED * sine * sine)
    xyz = np.empty((len(latitude), 3))
    cosine *= normal
    np.multiply(cosine, np.cos(longitude), out=xyz[:, 0])
    np.multiply(cosine, np.sin(longitude), out=xyz[:, 1])
    np.multiply((1.0 - ESQUARED) * normal, sine, out=xyz[:, 2])
    return xyz
