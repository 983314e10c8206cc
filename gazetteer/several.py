"""Several places as one spot: the smallest circle that holds them, and the areas that hold them all.

A place is known to a radius, so what is held are discs. :func:`smallest_circle` lays a plane round the
circle's centre in which distances and bearings from the centre are those on the ellipsoid (azimuthal
equidistant), finds the circle there, and moves the plane to its centre until that stays. There a disc is as
far from the centre as it is on the ground, so the circle touches two or three discs from both sides, or is
one of them. The radius is measured by `pyproj.Geod` at the end: no disc lies outside, and the circle is the
smallest to a millimetre.

In the plane the smallest circle is that of one disc, of two, or of three, which it touches from outside
(Apollonius).

Examples
--------
>>> centre, radius_m = smallest_circle([(LatLon(35.9, 36.8), 1000.0), (LatLon(35.9, 36.9), 2000.0)])
>>> round(centre.longitude, 3), round(radius_m)
(36.856, 6014)
"""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from gazetteer.geodesy import LatLon, destination, geod
from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminMethod, AdminUnit, Place

_Floats = npt.NDArray[np.float64]

#: The plane is moved until its centre stays to a millimetre, which some four steps do for 500 km.
_STAYS_M, _STEPS = 1e-3, 50
#: How far a disc may stand out of a circle in the plane, in metres: what rounding leaves.
_ROUNDING_M = 1e-6
#: How admin chains are known, from the surest on.
_METHODS: tuple[AdminMethod, ...] = ("stated", "within", "nearest", "unknown")


def smallest_circle(discs: Sequence[tuple[LatLon, float]]) -> tuple[LatLon, float]:
    """Return centre and radius in metres of the smallest circle that holds some discs.

    Parameters
    ----------
    discs
        The centre of each and its radius in metres, 0 or more; at least one.
    """
    latitudes = np.array([at.latitude for at, _ in discs])
    longitudes = np.array([at.longitude for at, _ in discs])
    radii = np.array([radius_m for _, radius_m in discs], dtype=np.float64)
    centre = discs[int(radii.argmax())][0]
    for _ in range(_STEPS):
        bearings, away = _seen_from(centre, latitudes, longitudes)
        east, north = _in_plane(np.column_stack([np.sin(bearings), np.cos(bearings)]) * away[:, None], radii)
        step = math.hypot(east, north)
        centre = destination(centre, azimuth_deg=math.degrees(math.atan2(east, north)), distance_m=step)
        if step <= _STAYS_M:
            break
    return centre, float((_seen_from(centre, latitudes, longitudes)[1] + radii).max())


def _seen_from(centre: LatLon, latitudes: _Floats, longitudes: _Floats) -> tuple[_Floats, _Floats]:
    """Return the bearings in radians and the distances in metres of positions."""
    north = np.full(len(latitudes), centre.latitude)
    bearings, _, away = geod().inv(np.full(len(latitudes), centre.longitude), north, longitudes, latitudes)
    return np.radians(bearings), np.asarray(away)


def _in_plane(points: _Floats, radii: _Floats) -> tuple[float, float]:
    """Return the centre of the smallest circle that holds some discs of the plane.

    It is that of a few of them: the disc that stands out farthest is added until none does.
    """
    some = [int(radii.argmax())]
    while True:
        x, y, radius = _of_few(points[some], radii[some])
        reach = np.hypot(points[:, 0] - x, points[:, 1] - y) + radii
        farthest = int(reach.argmax())
        if reach[farthest] <= radius + _ROUNDING_M or farthest in some:
            return x, y
        some.append(farthest)


def _of_few(points: _Floats, radii: _Floats) -> tuple[float, float, float]:
    """Return the smallest circle that holds a handful of discs, as x, y and radius."""
    best = (0.0, 0.0, math.inf)
    for x, y, radius in _circles(points, radii):
        reach = np.hypot(points[:, 0] - x, points[:, 1] - y) + radii
        if radius < best[2] and (reach <= radius + _ROUNDING_M).all():
            best = (x, y, radius)
    return best


def _circles(points: _Floats, radii: _Floats) -> Iterator[tuple[float, float, float]]:
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


def _touching(points: _Floats, radii: _Floats) -> Iterator[tuple[float, float, float]]:
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


def together(places: Sequence[Place]) -> Place:
    """Return several places as one: a point without id or name that stands for all of them.

    Its radius is that of the smallest circle that holds all discs. Its areas are those that hold all places;
    they are known as the least sure of theirs are.
    """
    centre, radius_m = smallest_circle([(one.position, one.uncertainty_m) for one in places])
    chain: tuple[AdminUnit, ...] = tuple(places[0].admin)
    for one in places[1:]:
        chain = chain[: common_start([unit.pcode for unit in chain], one.pcodes)]
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


def common_start(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many items two sequences have in common at their start."""
    pairs = zip(first, second, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(first), len(second)))
