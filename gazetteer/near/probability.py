"""The share of a disc that lies within a distance of any of some points.

Where an incident is known to a radius, any point of its disc may be the true one. Taking each as
equally likely, the share of the disc that lies within `R` of a hospital is the probability that the
incident does. The position of the hospital is taken as it stands; the radius of the disc is the
incident's alone.

Of a town the points are not equally likely: what happens there happens towards its middle. Then the share
within `t` times the radius is ``t ** inward``: 2 is evenly spread, less is towards the middle.

The disc is cut into rings, and each ring into 64 equal steps, the bits of one number; each ring is turned
against the one before it. A circle of radius `R` covers one stretch of each ring, whose two ends follow
from the law of cosines; what several circles cover is the union of their bits. Rings stand by the share of
points inside them, close together where the cover begins and where it ends, as it changes fastest there.
Distances and bearings of hospitals are those on the ellipsoid; the law of cosines is that of a sphere of the
mean radius at the disc's centre, so that a disc of 2,000 km is as good as one of 200 m. The error, tested
against random sampling, stays below 0.01. Nothing is random: the same question has the same answer.

It is exactly 1 where one point alone covers the disc, and exactly 0 where none reaches it.

Examples
--------
>>> strikes = Points.from_degrees([35.93, 35.93, 35.93], [36.63, 36.63, 36.63])
>>> hospitals = Points.from_degrees([35.93], [36.65])
>>> probability(strikes, [1000, 10000, 25000], hospitals, within_m=5000).round(2).tolist()
[1.0, 0.25, nan]
"""

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from gazetteer.near.pairs import Allowed, disc_pairs, unanswerable
from gazetteer.points import EQUATORIAL_M, ESQUARED, Floats, Integers, Points, checked_radii, checked_within

#: Rings of a disc, and steps of a ring: the bits of a number.
_RINGS, _STEPS = 40, 64
#: Where in its step each ring's points stand: the golden ratio spreads them evenly.
_TURNS = (np.arange(_RINGS) * (math.sqrt(5.0) - 1.0) / 2.0) % 1.0
#: Gauss and Legendre's points and weights, from -1 to 1: where the rings are, by share, from first to last.
_RING_AT, _WEIGHTS = np.polynomial.legendre.leggauss(_RINGS)
#: Pairs that are cut up at once: some 4 MB.
_PAIRS = 1_024
#: The exponent of points that are evenly spread.
EVEN = 2.0


def probability(
    left: Points,
    left_radii_m: npt.ArrayLike,
    right: Points,
    *,
    within_m: float,
    allowed: Allowed | None = None,
    inward: npt.ArrayLike = EVEN,
) -> Floats:
    """Return for each disc the share that lies within a distance of any point.

    Parameters
    ----------
    left, left_radii_m
        Centres of the discs and their radii in metres: one each, or one for all. A radius of 0 is a
        point: its probability is 1 or 0.
    right
        The points, such as hospitals.
    within_m
        Metres, 0 to 500,000.
    allowed
        Which pairs count, where not all do.
    inward
        How much towards the middle the points lie, more than 0: one for each disc, or one for all.

    Returns
    -------
    array
        0 to 1, to 0.01; NaN where the radius is more than four times the distance, which is unanswerable.

    Raises
    ------
    InputError
        If the distance or a radius is out of range; the message names the row of a radius.
    """
    within_m = checked_within(within_m)
    radii = checked_radii(left_radii_m, len(left), parameter="left_radii_m")
    powers = np.broadcast_to(np.asarray(inward, dtype=np.float64), len(left))
    hopeless = unanswerable(radii, within_m=within_m)
    shares = np.where(hopeless, np.nan, 0.0)
    answerable = np.flatnonzero(~hopeless)
    for pairs in disc_pairs(left.take(answerable), radii[answerable], right, 0.0, within_m=within_m):
        rows, numbers, certain = answerable[pairs.left], pairs.right, pairs.certain
        if allowed is not None:
            counts = allowed(rows, numbers)
            rows, numbers, certain = rows[counts], numbers[counts], certain[counts]
        shares[rows[certain]] = 1.0
        rest = shares[rows] < 1.0
        rows, numbers = rows[rest], numbers[rest]
        order = np.argsort(rows, kind="stable")
        rows, numbers = rows[order], numbers[order]
        discs, starts, sizes = np.unique(rows, return_index=True, return_counts=True)
        blocks = np.flatnonzero(np.diff(starts // _PAIRS, prepend=-1))
        for first, last in pairwise([*blocks.tolist(), len(discs)]):
            some, begin = discs[first:last], starts[first]
            of_these = numbers[begin : begin + sizes[first:last].sum()]
            shares[some] = _shares(
                left.take(some),
                radii[some],
                powers[some] / 2.0,
                starts[first:last] - begin,
                right.xyz_m[of_these],
                within_m,
            )
    return shares


def pair_shares(
    left: Points, left_radii_m: Floats, right: Points, *, within_m: float, inward: Floats
) -> tuple[Integers, Integers, Floats]:
    """Return the share of each disc that lies within a distance of each point, one by one.

    Parameters
    ----------
    left, left_radii_m, right, within_m, inward
        As for :func:`probability`; a number for each disc.

    Returns
    -------
    tuple of arrays
        Numbers of discs and of points, and the share; pairs of which it is 0 are left out, and discs that
        are unanswerable.
    """
    clear = np.flatnonzero(~unanswerable(left_radii_m, within_m=within_m))
    found: list[tuple[Integers, Integers, Floats]] = []
    for pairs in disc_pairs(left.take(clear), left_radii_m[clear], right, 0.0, within_m=within_m):
        discs, shares = clear[pairs.left], np.ones(len(pairs))
        open_ = np.flatnonzero(~pairs.certain)
        for rows in np.split(open_, range(_PAIRS, len(open_), _PAIRS)):
            some, other = discs[rows], right.xyz_m[pairs.right[rows]]
            powers = inward[some] / 2.0
            alone = np.arange(len(rows))
            shares[rows] = _shares(left.take(some), left_radii_m[some], powers, alone, other, within_m)
        found.append((discs, pairs.right, shares))
    none = np.empty(0, dtype=np.intp)
    of_all, points, every = zip((none, none, np.empty(0)), *found, strict=True)
    return np.concatenate(of_all), np.concatenate(points), np.concatenate(every)


def _shares(
    discs: Points, radii: Floats, powers: Floats, starts: Integers, others_m: Floats, within_m: float
) -> Floats:
    """Return the covered share of some discs; `starts` is where in `others_m` what reaches each begins.

    The share of points within a part of a disc's area is that part to the disc's power.
    """
    of_disc = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(others_m)))
    versine, bearing, mean = _seen_from(discs, of_disc, others_m)
    away, reach = _angle(versine), within_m / mean
    nearest, farthest = np.minimum.reduceat(away, starts), np.maximum.reduceat(away, starts)
    # Versines are in proportion to areas on a sphere.
    size = np.maximum(_versine(radii / mean), np.finfo(np.float64).tiny)
    # Up to the first ring all is covered, or nothing; beyond the last nothing is.
    begin, end = np.abs(reach - nearest), np.minimum(farthest + reach, math.pi)
    low = np.minimum(_versine(begin) / size, 1.0) ** powers
    span = np.minimum(_versine(end) / size, 1.0) ** powers - low
    at = low[:, None] + span[:, None] * (1.0 + _RING_AT) / 2.0
    rings = size[:, None] * at ** (1.0 / powers)[:, None]
    sines, sine = np.sqrt(rings * (2.0 - rings)), np.sqrt(versine * (2.0 - versine))
    # Law of cosines with 1 - cos for cos, which keeps its digits for short distances.
    upper = rings[of_disc] * (1.0 - versine)[:, None] + (versine - _versine(reach)[of_disc])[:, None]
    lower = np.maximum(sines[of_disc] * sine[:, None], np.finfo(np.float64).tiny)
    half = np.arccos(np.clip(upper / lower, -1.0, 1.0)) * (_STEPS / (2.0 * math.pi))
    middle = (bearing * (_STEPS / (2.0 * math.pi)))[:, None] - _TURNS
    first = np.ceil(middle - half)
    bits = _bits(first.astype(np.int64), (np.floor(middle + half) - first).astype(np.int64) + 1)
    covered = np.bitwise_count(np.bitwise_or.reduceat(bits, starts, axis=0)) / _STEPS
    core = np.where(nearest < reach, low, 0.0)
    shares: Floats = np.clip(core + span * (covered * _WEIGHTS).sum(axis=1) / 2.0, 0.0, 1.0)
    return shares


def _bits(first: Integers, count: Integers) -> npt.NDArray[np.uint64]:
    """Return numbers with `count` bits set, one after the other round the circle, from `first` on."""
    turn = (first & (_STEPS - 1)).astype(np.uint64)
    ones = (np.uint64(1) << np.minimum(count, _STEPS).astype(np.uint64)) - np.uint64(1)
    bits: npt.NDArray[np.uint64] = (ones << turn) | (ones >> (np.uint64(_STEPS) - turn))
    return bits


def _versine(angles: Floats) -> Floats:
    """Return 1 - cos, with all its digits for small angles."""
    versines: Floats = 2.0 * np.sin(angles / 2.0) ** 2
    return versines


def _angle(versines: Floats) -> Floats:
    angles: Floats = 2.0 * np.arcsin(np.sqrt(versines / 2.0))
    return angles


def _seen_from(discs: Points, of_disc: Integers, others_m: Floats) -> tuple[Floats, Floats, Floats]:
    """Return each point's 1 - cos and bearing, as seen from its disc's centre, and the mean radii."""
    latitude, longitude = np.radians(discs.latitudes), np.radians(discs.longitudes)
    sin_lat, cos_lat = np.sin(latitude), np.cos(latitude)
    sin_lon, cos_lon = np.sin(longitude), np.cos(longitude)
    # Gauss's mean radius, the root of M N: Torge and Mueller, Geodesy, 4th ed. (2012), section 4.1.
    mean = EQUATORIAL_M * math.sqrt(1.0 - ESQUARED) / (1.0 - ESQUARED * sin_lat**2)
    line = others_m - discs.xyz_m[of_disc]
    east = np.column_stack([-sin_lon, cos_lon, np.zeros_like(sin_lon)])[of_disc]
    north = np.column_stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat])[of_disc]
    bearing = np.arctan2(np.einsum("ij,ij->i", line, east), np.einsum("ij,ij->i", line, north))
    versine = np.minimum(np.einsum("ij,ij->i", line, line) / (2.0 * mean[of_disc] ** 2), 2.0)
    return versine, bearing, mean
