"""All pairs of points within a distance of each other: exactly those that `pyproj.Geod` gives.

A safe filter (:mod:`~gazetteer.proximity.grid`) names the candidates; the chord of each decides nearly
all of them, by the bounds that :mod:`~gazetteer.proximity.bounds` proves; the few in between are
measured with `Geod`. Nothing is projected, so poles and the antimeridian are places like any other.

The work is done in chunks, so memory is bounded whatever the number of pairs. The second set is the
one that is indexed: pass the smaller one there.

Examples
--------
>>> towns = Points.from_degrees([35.93, 36.2], [36.63, 37.16])
>>> pairs = all_pairs(towns, towns, within_m=60_000)
>>> pairs.left.tolist(), pairs.right.tolist()
([0, 0, 1, 1], [0, 1, 0, 1])
>>> count_within(towns, towns, within_m=5_000).tolist()
[1, 1]
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gazetteer.coords import LatLon
from gazetteer.geodesy import geod
from gazetteer.proximity.bounds import ChordLimits, Floats, chord_limits, earth_centred_m
from gazetteer.proximity.grid import Grid, Numbers
from gazetteer.proximity.points import Booleans, Integers, Points, checked_within

__all__ = [
    "Pairs",
    "all_pairs",
    "around",
    "candidates",
    "count_within",
    "geodesics_m",
    "pairs_within",
    "squared_chords",
]

#: Points of the first set that are looked up at once, and candidates that are measured at once. Both
#: are small enough for the arrays in use to stay in a processor's cache, which halves the time.
_ROWS = 16_384
_CANDIDATES = 131_072


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of points, by their numbers in the two sets, counted from 0.

    Parameters
    ----------
    rows
        The points of the first set that these are all the pairs of.
    left, right
        Numbers in the first and the second set, of the same length; sorted by both.
    """

    rows: range
    left: Integers
    right: Integers

    def __len__(self) -> int:
        return len(self.left)


def pairs_within(left: Points, right: Points, *, within_m: float) -> Iterator[Pairs]:
    """Yield all pairs within a geodesic distance of each other, in chunks.

    Parameters
    ----------
    left
        Any number of points; their order is the order of the pairs.
    right
        The points to index; memory grows with their number only.
    within_m
        Metres, 0 to 500,000, borders included. 0 asks for points in the same place.

    Yields
    ------
    Pairs
        For one stretch of `left` after the other. Nothing when either set is empty.

    Raises
    ------
    InputError
        If the distance is negative, not finite or over 500 km. Raised at once, not at the first chunk.
    """
    within_m = checked_within(within_m)
    return _pairs_within(left, right, within_m)


def all_pairs(left: Points, right: Points, *, within_m: float) -> Pairs:
    """Return all pairs at once; see :func:`pairs_within`. Indexes whichever set is smaller."""
    if len(left) < len(right):
        chunks = list(pairs_within(right, left, within_m=within_m))
        of_left, of_right = _joined([c.right for c in chunks]), _joined([c.left for c in chunks])
        order = np.argsort(of_left, kind="stable")
        return Pairs(range(len(left)), of_left[order], of_right[order])
    chunks = list(pairs_within(left, right, within_m=within_m))
    return Pairs(range(len(left)), _joined([c.left for c in chunks]), _joined([c.right for c in chunks]))


def count_within(left: Points, right: Points, *, within_m: float) -> Integers:
    """Return for each point of the first set how many of the second lie within a distance of it."""
    counts = np.zeros(len(left), dtype=np.intp)
    for pairs in pairs_within(left, right, within_m=within_m):
        first = pairs.rows.start
        counts[first : pairs.rows.stop] = np.bincount(pairs.left - first, minlength=len(pairs.rows))
    return counts


def around(points: Points, position: LatLon, *, within_m: float) -> tuple[Integers, Floats]:
    """Return the points within a distance of one position, nearest first, and how far they are.

    For a single question: nothing is indexed, so ten thousand points take some tens of microseconds.
    A set that changes is :mod:`gazetteer.proximity.moving`'s.

    Returns
    -------
    numbers, distances
        Numbers counted from 0, and metres as `Geod` gives them. Equal distances stand in order of number.
    """
    limits = chord_limits(checked_within(within_m))
    here = earth_centred_m(np.array([position.latitude]), np.array([position.longitude]))
    level = np.flatnonzero(np.abs(points.xyz_m[:, 2] - here[0, 2]) <= limits.possibly_m)  # few are left
    difference = points.xyz_m[level] - here
    found = level[np.einsum("ij,ij->i", difference, difference) <= limits.possibly_m**2]
    count = len(found)
    metres = geodesics_m(
        np.full(count, position.latitude),
        np.full(count, position.longitude),
        points.latitudes[found],
        points.longitudes[found],
    )
    order = np.argsort(metres, kind="stable")
    order = order[: np.searchsorted(metres[order], within_m, side="right")]
    return found[order], metres[order]


def geodesics_m(latitudes: Floats, longitudes: Floats, to_latitudes: Floats, to_longitudes: Floats) -> Floats:
    """Return geodesic distances in metres from each point to its partner, by `pyproj.Geod`."""
    if not len(latitudes):
        return np.empty(0)
    metres: Floats = geod().inv(longitudes, latitudes, to_longitudes, to_latitudes)[2]
    return metres


def candidates(grid: Grid, xyz_m: Floats) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield the candidates that a grid finds for some points: their rows, and the numbers found.

    In pieces of bounded size, sorted by row and then by number.
    """
    first, count = grid.runs(xyz_m)
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    start = 0
    while start < len(count):
        begun = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, begun + _CANDIDATES, side="right")))
        rows, done = slice(start, stop), int(ends[min(stop, len(ends)) - 1])
        if done > begun:
            row = np.repeat(np.arange(start, stop, dtype=np.int32), count[rows])
            shift = first[rows] - (ends[rows] - count[rows])
            places = np.arange(begun, done) + np.repeat(shift, count[rows])
            yield row, grid.entries.take(places)
        if done == total:
            return
        start = stop


def squared_chords(xyz_m: Floats, rows: Numbers, others_m: Floats, numbers: Numbers) -> Floats:
    """Return the squares of the chords between points of one array and points of another, in m²."""
    difference = xyz_m.take(rows, axis=0)
    difference -= others_m.take(numbers, axis=0)
    squares: Floats = np.einsum("ij,ij->i", difference, difference)
    return squares


def _pairs_within(left: Points, right: Points, within_m: float) -> Iterator[Pairs]:
    if not len(left) or not len(right):
        return
    limits = chord_limits(within_m)
    grid = Grid(right.xyz_m, chord_m=limits.possibly_m)
    for start in range(0, len(left), _ROWS):
        stop = min(start + _ROWS, len(left))
        xyz_m, found = left.xyz_m[start:stop], []
        for rows, numbers in candidates(grid, xyz_m):
            squares = squared_chords(xyz_m, rows, right.xyz_m, numbers)
            possible = np.flatnonzero(squares <= limits.possibly_m**2)
            chosen = rows[possible].astype(np.intp) + start, numbers[possible].astype(np.intp)
            kept = _decided(left, right, *chosen, squares[possible], limits, within_m)
            found.append(chosen if kept is None else (chosen[0][kept], chosen[1][kept]))
        yield Pairs(range(start, stop), _joined([f[0] for f in found]), _joined([f[1] for f in found]))


def _decided(
    left: Points,
    right: Points,
    rows: Integers,
    numbers: Integers,
    squares: Floats,
    limits: ChordLimits,
    within_m: float,
) -> Booleans | None:
    """Tell which possible pairs are within the distance, measuring those left open; None for all."""
    surely = limits.surely_m**2 if limits.surely_m >= 0 else -1.0
    if not len(squares) or squares.max() <= surely:
        return None
    band = np.flatnonzero(squares > surely)
    i, j = rows[band], numbers[band]
    metres = geodesics_m(left.latitudes[i], left.longitudes[i], right.latitudes[j], right.longitudes[j])
    kept = np.ones(len(squares), dtype=np.bool_)
    kept[band] = metres <= within_m
    return kept


def _joined(arrays: list[Integers]) -> Integers:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.intp)
