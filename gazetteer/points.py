"""Many positions at once: degrees, the same points in earth-centred coordinates, and the circle round discs.

A :class:`Points` that exists is valid, as a :class:`~gazetteer.geodesy.LatLon` is: every latitude and
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
>>> centre, radius_m = smallest_circle([(LatLon(35.9, 36.8), 1000.0), (LatLon(35.9, 36.9), 2000.0)])
>>> round(centre.longitude, 3), round(radius_m)
(36.856, 6014)
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import LatLon, destination, geod
from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminMethod, Place, common_start

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
    """Positions on the WGS 84 ellipsoid, in degrees; what is no position is a CoordinateError of its row.

    `xyz_m` has earth-centred coordinates in metres (EPSG:4978), one row for each point.
    """

    latitudes: Floats
    longitudes: Floats
    xyz_m: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.latitudes.ndim == self.longitudes.ndim == 1:
            raise CoordinateError(
                "there must be as many latitudes as longitudes, as lists or one-dimensional arrays",
                parameter="longitudes",
            )
        if len(self.latitudes) != len(self.longitudes):
            raise CoordinateError(
                f"there must be as many latitudes as longitudes, not {len(self.latitudes)} and "
                f"{len(self.longitudes)}",
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
        """Return the points at these latitudes and longitudes, in degrees; masked and NaN are refused."""
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
        """Return these points and then the others, without checking them again."""
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
    """Return a distance asked for, in metres; InputError unless it is a number between 0 and 500,000."""
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

    InputError names the row where one is negative or not finite.
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
    if isinstance(values, np.ma.MaskedArray):  # else its masked numbers would be taken for true ones
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        return np.array(values, dtype=np.float64)  # a copy, so that nobody changes it afterwards
    except (TypeError, ValueError) as error:
        raise CoordinateError(f"{parameter} must be numbers: {error}", parameter=parameter) from error


def earth_centred_m(latitudes: Floats, longitudes: Floats) -> Floats:
    """Return x, y and z in metres (EPSG:4978) of points on the ellipsoid, given in degrees; a row each."""
    latitude, longitude = np.radians(latitudes), np.radians(longitudes)
    sine, cosine = np.sin(latitude), np.cos(latitude)
    normal = EQUATORIAL_M / np.sqrt(1.0 - ESQUARED * sine * sine)
    xyz = np.empty((len(latitude), 3))
    cosine *= normal
    np.multiply(cosine, np.cos(longitude), out=xyz[:, 0])
    np.multiply(cosine, np.sin(longitude), out=xyz[:, 1])
    np.multiply((1.0 - ESQUARED) * normal, sine, out=xyz[:, 2])
    return xyz


#: The plane is moved until its centre stays to a millimetre, which some four steps do for 500 km.
_STAYS_M, _STEPS = 1e-3, 50
#: How far a disc may stand out of a circle in the plane, in metres: what rounding leaves.
_ROUNDING_M: Final = 1e-6
#: How admin chains are known, from the surest on.
_METHODS: Final[tuple[AdminMethod, ...]] = ("stated", "within", "nearest", "unknown")


def together(places: Sequence[Place]) -> Place:
    """Return several places as one: a point without id or name that stands for all of them.

    Its radius is that of the smallest circle that holds all discs. Its areas are those that hold all places;
    they are known as the least sure of theirs are.
    """
    centre, radius_m = smallest_circle([(one.position, one.uncertainty_m) for one in places])
    chain = places[0].admin
    for one in places[1:]:
        chain = chain[: common_start(chain, one.admin)]
    sides = [side for one in places if (side := one.generalised_to_deg) is not None]
    return Place(
        id="",
        name="",
        name_ar="",
        kind=PlaceKind.POINT,
        position=centre,
        uncertainty_m=radius_m,
        admin=chain,
        admin_method=max((one.admin_method for one in places), key=_METHODS.index) if chain else "unknown",
        sensitive=any(one.sensitive for one in places),
        generalised_to_deg=max(sides, default=None),
    )


def smallest_circle(discs: Sequence[tuple[LatLon, float]]) -> tuple[LatLon, float]:
    """Return centre and radius in metres of the smallest circle that holds some discs, at least one.

    A plane is laid round the circle's centre in which distances and bearings from the centre are those on the
    ellipsoid (azimuthal equidistant); the circle is found there, and the plane moved to its centre until that
    stays. The radius is measured by `pyproj.Geod` at the end: no disc lies outside, and the circle is the
    smallest to a millimetre.
    """
    points = Points.of([at for at, _ in discs])
    radii = np.array([radius_m for _, radius_m in discs], dtype=np.float64)
    centre = discs[int(radii.argmax())][0]
    for _ in range(_STEPS):
        bearings, away = _seen_from(centre, points)
        east, north = _in_plane(np.column_stack([np.sin(bearings), np.cos(bearings)]) * away[:, None], radii)
        step = math.hypot(east, north)
        centre = destination(centre, azimuth_deg=math.degrees(math.atan2(east, north)), distance_m=step)
        if step <= _STAYS_M:
            break
    return centre, float((_seen_from(centre, points)[1] + radii).max())


def _seen_from(centre: LatLon, points: Points) -> tuple[Floats, Floats]:
    """Return the bearings in radians and the distances in metres of points."""
    here = np.full(len(points), centre.longitude), np.full(len(points), centre.latitude)
    bearings, _, away = geod().inv(*here, points.longitudes, points.latitudes)
    return np.radians(bearings), np.asarray(away)


def _in_plane(points: Floats, radii: Floats) -> tuple[float, float]:
    """Return the centre of the smallest circle that holds some discs of the plane.

    It is that of a few of them: the disc that stands out farthest is added until none does.
    """
    some = [int(radii.argmax())]
    while True:
        few, its = points[some], radii[some]
        holding = [
            (radius, x, y)
            for x, y, radius in _circles(few, its)
            if (_reach(few, its, x, y) <= radius + _ROUNDING_M).all()
        ]
        radius, x, y = min(holding, key=lambda circle: circle[0], default=(math.inf, 0.0, 0.0))
        reach = _reach(points, radii, x, y)
        farthest = int(reach.argmax())
        if reach[farthest] <= radius + _ROUNDING_M or farthest in some:
            return x, y
        some.append(farthest)


def _reach(points: Floats, radii: Floats, x: float, y: float) -> Floats:
    """Return how far each disc reaches from a point."""
    return np.asarray(np.hypot(points[:, 0] - x, points[:, 1] - y) + radii)


def _circles(points: Floats, radii: Floats) -> Iterator[tuple[float, float, float]]:
    """Yield the smallest circles that hold each disc, each two and each three, as x, y and radius."""
    for (x, y), radius in zip(points.tolist(), radii.tolist(), strict=True):
        yield x, y, radius
    for i, j in combinations(range(len(radii)), 2):
        line = points[j] - points[i]
        away = math.hypot(*line)
        if away > abs(radii[j] - radii[i]):  # else one lies in the other
            radius = float(away + radii[i] + radii[j]) / 2.0
            x, y = (points[i] + line * (radius - radii[i]) / away).tolist()
            yield x, y, radius
    for three in combinations(range(len(radii)), 3):
        yield from _touching(points[list(three)], radii[list(three)])


def _touching(points: Floats, radii: Floats) -> Iterator[tuple[float, float, float]]:
    """Yield the circles that hold three discs and touch each.

    ``|c - p| = R - r`` for each disc; the first equation taken from the others leaves two linear ones, which
    give the centre as ``u + R v``; put into the first that is a quadratic equation for R.
    """
    (first, *_), (r, *_) = points, radii
    rows = 2.0 * (first - points[1:])
    if abs(np.linalg.det(rows)) < _ROUNDING_M:  # on one line: two of them decide
        return
    squares = (points**2).sum(axis=1)
    u = np.linalg.solve(rows, radii[1:] ** 2 - r**2 - squares[1:] + squares[0])
    v = np.linalg.solve(rows, -2.0 * (radii[1:] - r))
    w = u - first
    a, b, c = float(v @ v) - 1.0, float(v @ w) + r, float(w @ w) - r**2
    if abs(a) < 1e-12:
        roots = [-c / (2.0 * b)] if b else []
    else:
        half = math.sqrt(max(b * b - a * c, 0.0))
        roots = [(-b - half) / a, (-b + half) / a]
    for radius in roots:
        if radius >= radii.max():
            x, y = (u + radius * v).tolist()
            yield x, y, float(radius)
