r"""Who is within a distance of whom, when each position is known to a radius: exactly, and many at once.

With `d` the geodesic distance between two positions, `r1` and `r2` their radii and `R` the distance asked
for, a pair is *certain* when every position inside the radii is within `R`: ``d + r1 + r2 <= R``. It is
*possible* when some is: ``d - r1 - r2 <= R``. A radius of more than four times the distance (this project's
choice) is *unanswerable*.

Every pair is decided as `pyproj.Geod` would decide it. KD-trees in earth-centred coordinates give all pairs
with a chord short enough, and the chord `c` bounds the geodesic distance `s`::

    2 r sin(s / 2r)  <=  c  <=  2 R sin(s / 2R),      r = b²/a = 6,335,439 m,   R = a²/b = 6,399,594 m

for ``s <= pi r``, with the smallest and largest radius of normal curvature of the ellipsoid. The sides differ
by 3 µm at 5 km and 2.6 m at 500 km; only the few pairs between them are measured.

*Left:* a geodesic is nowhere more curved than ``1/r``: Schur's theorem (A. Schur, Math. Ann. 83 (1921),
143-148; S. S. Chern, in Studies in Global Geometry and Analysis, MAA 1967, section 5). *Right:* all normal
curvatures are at least ``1/R``, so the ellipsoid is an intersection of balls of radius `R` (Blaschke, Kreis
und Kugel, 1916, section 24; J. Rauch, J. Differential Geom. 9 (1974), 501-505) and contains the spindle that
an arc of radius `R` over the chord sweeps; the geodesic runs outside. *Far apart:* a chord below ``2 r - 101
km`` has ``s <= pi r``, since at most half a meridian (20,003,932 m) less ``pi r`` follows.

Examples
--------
>>> strikes = Points.from_degrees([35.93, 35.93], [36.63, 36.63])
>>> hospitals = Points.from_degrees([35.93], [36.65])
>>> for found in disc_pairs(strikes, [0, 4000], hospitals, 100, within_m=5000):
...     print(found.left.tolist(), found.certain.tolist())
[0] [True]
[1] [False]
"""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from gazetteer.geodesy import geod
from gazetteer.points import (
    EQUATORIAL_M,
    FLATTENING,
    Booleans,
    Floats,
    Integers,
    Points,
    checked_radii,
    checked_within,
)

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: A radius of more than this many times the distance asked for cannot be answered about.
UNANSWERABLE_TIMES = 4.0
#: Tells for pairs, as two arrays of numbers in the first and the second set, which of them count.
Allowed = Callable[[Integers, Integers], Booleans]

_POLAR_M = EQUATORIAL_M * (1.0 - FLATTENING)
#: The smallest and the largest radius of normal curvature, b²/a and a²/b.
MIN_RADIUS_M = _POLAR_M**2 / EQUATORIAL_M
MAX_RADIUS_M = EQUATORIAL_M**2 / _POLAR_M
#: Half a meridian is 20,003,931.459 m; and the chord from which on a geodesic may be longer than pi `r`.
_LONGEST_M, _LONGEST_CHORD_M = 20_003_932.0, 2.0 * MIN_RADIUS_M - 101_000.0
#: Set aside for rounding, to agree with what `Geod` computes: coordinates are good to a few nanometres, it to
#: 15 nm (Karney, J. Geod. 87 (2013), 43-55).
_MARGIN_M = 1e-6
#: Points of the first set that are looked up at once, and pairs that are held at once: some 80 MB.
_ROWS, _PAIRS = 16_384, 1_000_000
#: Neighbours that the tree returns at once: some 10 MB.
_NEIGHBOURS = 250_000


class Pairs(NamedTuple):
    """Possible pairs, by their numbers in the two sets, and which of them are certain."""

    left: Integers
    right: Integers
    certain: Booleans

    def take(self, some: Booleans) -> "Pairs":
        """Return some of them."""
        return Pairs(self.left[some], self.right[some], self.certain[some])


def unanswerable(radii_m: Floats, *, within_m: float) -> Booleans:
    """Tell which radii are too large for a distance: more than four times as long."""
    return radii_m > UNANSWERABLE_TIMES * within_m


def between_m(left: Points, i: Integers, right: Points, j: Integers) -> Floats:
    """Return geodesic distances in metres between points of two sets, by their numbers."""
    if not len(i):
        return np.empty(0)
    here, there = (left.longitudes[i], left.latitudes[i]), (right.longitudes[j], right.latitudes[j])
    metres: Floats = geod().inv(*here, *there)[2]
    return metres


def geodesic_limits_m(chords_m: Floats) -> tuple[Floats, Floats]:
    """Return the shortest and the longest geodesic distance that each chord may belong to, in metres."""
    low = 2.0 * MAX_RADIUS_M * np.arcsin(np.minimum(chords_m / (2.0 * MAX_RADIUS_M), 1.0))
    high = 2.0 * MIN_RADIUS_M * np.arcsin(np.minimum(chords_m / (2.0 * MIN_RADIUS_M), 1.0))
    high = np.where(chords_m < _LONGEST_CHORD_M, high, _LONGEST_M)
    return np.maximum(low - _MARGIN_M, 0.0), high + _MARGIN_M


def longest_chord_m(geodesics_m: Floats) -> Floats:
    """Return the longest chord that each geodesic distance may belong to, in metres."""
    angles = np.minimum(geodesics_m / (2.0 * MAX_RADIUS_M), math.pi / 2)
    chords: Floats = 2.0 * MAX_RADIUS_M * np.sin(angles) + _MARGIN_M
    return chords


def disc_pairs(
    left: Points, left_radii_m: npt.ArrayLike, right: Points, right_radii_m: npt.ArrayLike, *, within_m: float
) -> Iterator[Pairs]:
    """Yield all possible pairs, in chunks of bounded size and in no promised order.

    A radius is one each, or one for all. Where all radii of the second set are alike, the pairs of a point of
    the first come in one chunk. Raises InputError if the distance (0 to 500 km) or a radius is out of range.
    """
    from scipy.spatial import cKDTree

    within_m = checked_within(within_m)
    radii = checked_radii(left_radii_m, len(left), parameter="left_radii_m")
    others = checked_radii(right_radii_m, len(right), parameter="right_radii_m")
    # A search has one reach, so points of like radii go together: a wide disc must not slow the exact ones.
    # And it is quick where the points of a chunk are near each other: so they are taken along one axis.
    for column in _alike(others, within_m):
        tree = cKDTree(right.xyz_m[column], leafsize=8)
        for like in _alike(radii, within_m):
            chord = float(longest_chord_m(within_m + radii[like].max() + others[column].max()))
            size = _rows_at_once(tree, chord, len(like))
            row = like[np.argsort(left.xyz_m[like, 1])]
            for start in range(0, len(row), size):
                some = row[start : start + size]
                here = cKDTree(left.xyz_m[some], leafsize=32, balanced_tree=False, compact_nodes=False)
                found = here.sparse_distance_matrix(tree, chord, output_type="ndarray")
                i, j = some[found["i"]], column[found["j"]]
                yield _decided(left, right, i, j, found["v"], radii[i] + others[j], within_m)


def _alike(radii: Floats, within_m: float) -> Iterator[Integers]:
    """Yield the numbers of points whose radii are within a factor of two, or all small."""
    small = max(within_m / 4.0, 1.0)
    classes = np.ceil(np.log2(np.maximum(radii / small, 1.0))).astype(np.intp)
    for number in np.unique(classes):
        yield np.flatnonzero(classes == number)


def _rows_at_once(tree: "cKDTree", chord_m: float, rows: int) -> int:
    """Return how many points may be looked up at once, for no more than `_PAIRS` pairs to be found.

    All that are near one point are near each other: within twice the chord.
    """
    if rows * tree.n <= _PAIRS:
        return rows
    most = int(tree.query_ball_point(tree.data, 2.0 * chord_m, return_length=True).max())
    return min(max(_PAIRS // most, 1), _ROWS)


def _decided(
    left: Points, right: Points, i: Integers, j: Integers, chords: Floats, slack: Floats, within_m: float
) -> Pairs:
    """Keep the possible ones of some pairs; `slack` is the sum of the radii of each."""
    low, high = geodesic_limits_m(chords)
    possible, certain = low - slack <= within_m, high + slack <= within_m
    doubtful = possible & ((high - slack > within_m) | (~certain & (low + slack <= within_m)))
    band = np.flatnonzero(doubtful)
    metres = between_m(left, i[band], right, j[band])
    possible[band] = metres - slack[band] <= within_m
    certain[band] = metres + slack[band] <= within_m
    return Pairs(i[possible], j[possible], certain[possible])


def nearest(left: Points, right: Points, *, allowed: Allowed | None = None) -> Integers:
    """Return the number in `right` of the nearest point to each of `left`; -1 where there is none.

    It is that of measuring every pair with `Geod`; of points at the very same distance, the first. The tree
    is asked for more neighbours until the next chord is so long that its geodesic cannot be the shortest.
    """
    from scipy.spatial import cKDTree

    tree = cKDTree(right.xyz_m)
    numbers = np.full(len(left), -1, dtype=np.intp)
    asked = min(2, tree.n)
    pending = np.arange(len(left) if tree.n else 0)
    while len(pending):
        undecided = []
        for rows in np.array_split(pending, len(pending) * asked // _NEIGHBOURS + 1):
            chords, found = tree.query(left.xyz_m[rows], k=np.arange(1, asked + 1))
            last = chords[:, -1].copy()  # whether it counts or not
            if allowed is not None:
                counts = allowed(np.repeat(rows, asked), found.ravel())
                chords[~counts.reshape(chords.shape)] = np.inf
            reach = longest_chord_m(geodesic_limits_m(chords.min(axis=1))[1])  # beyond it none is nearest
            decided = (last > reach) | (asked == tree.n)
            undecided.append(rows[~decided])
            row, column = np.nonzero((chords <= reach[:, None]) & decided[:, None])
            i, j = rows[row], found[row, column]
            alone = np.bincount(row, minlength=len(rows))[row] == 1
            numbers[i[alone]] = j[alone]
            i, j = i[~alone], j[~alone]
            # Of those that only measuring tells apart the nearest is written last, of equal ones the first.
            order = np.lexsort((j, between_m(left, i, right, j)))[::-1]
            numbers[i[order]] = j[order]
        pending = np.concatenate(undecided)
        asked = min(2 * asked + 6, tree.n)
    return numbers
