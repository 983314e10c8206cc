"""Who is within a distance of whom, when each position is known to a radius: exactly, and many at once.

With `d` the geodesic distance between two positions, `r1` and `r2` their radii and `R` the distance
asked for, a pair is

* *certain* when every position inside the radii is within `R`: ``d + r1 + r2 <= R``;
* *possible* when some is: ``d - r1 - r2 <= R``. Certain pairs are possible ones.

Both follow from the triangle inequality, which geodesic distance obeys.

A radius beyond four times the distance makes the question meaningless: a disc of that size holds
sixteen of the circles asked about, and "possible" would be true almost everywhere. Such points are
*unanswerable*. (Four times is this project's choice; the number is :data:`UNANSWERABLE_TIMES`.)

Every pair is decided as `pyproj.Geod` would decide it. Two KD-trees in earth-centred coordinates give all
pairs with a chord short enough; the bounds of :mod:`~gazetteer.near.bounds` decide nearly all of them by
that chord; the few in between are measured. Nothing is projected, so poles and the antimeridian are places
like any other. The work is done in chunks, so memory is bounded whatever the number of pairs.

Examples
--------
>>> strikes = Points.from_degrees([35.93, 35.93, 35.93], [36.63, 36.63, 36.63])
>>> hospitals = Points.from_degrees([35.93], [36.65])
>>> found = judge(strikes, [0, 4000, 25000], hospitals, 100, within_m=5000)
>>> found.certain.tolist(), found.possible.tolist(), found.unanswerable.tolist()
([1, 0, 0], [1, 1, 1], [False, False, True])
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gazetteer.geodesy import geod
from gazetteer.near.bounds import geodesic_limits_m, longest_chord_m
from gazetteer.points import Booleans, Floats, Integers, Points, checked_radii, checked_within

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: A radius of more than this many times the distance asked for cannot be answered about.
UNANSWERABLE_TIMES = 4.0

#: Tells for pairs, as two arrays of numbers in the first and the second set, which of them count.
Allowed = Callable[[Integers, Integers], Booleans]

#: Points of the first set that are looked up at once, and pairs that are held at once: some 80 MB.
_ROWS, _PAIRS = 16_384, 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class DiscPairs:
    """Possible pairs, by their numbers in the two sets, and which of them are certain."""

    left: Integers
    right: Integers
    certain: Booleans

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, slots=True, eq=False)
class Discs:
    """What is known of each point of the first set.

    Parameters
    ----------
    certain, possible
        How many of the second set are certainly, and possibly, within the distance.
    unanswerable
        Whether its radius is too large to answer; the counts stand all the same, and `certain` is 0.
    """

    certain: Integers
    possible: Integers
    unanswerable: Booleans


def unanswerable(radii_m: Floats, *, within_m: float) -> Booleans:
    """Tell which radii are too large for a distance: more than four times as long."""
    return radii_m > UNANSWERABLE_TIMES * within_m


def judge(
    left: Points,
    left_radii_m: npt.ArrayLike,
    right: Points,
    right_radii_m: npt.ArrayLike,
    *,
    within_m: float,
    allowed: Allowed | None = None,
) -> Discs:
    """Count for each point how many others are certainly and possibly within a distance.

    Parameters
    ----------
    left, left_radii_m
        The points to judge, such as incidents, and their radii in metres: one each, or one for all.
    right, right_radii_m
        The points to count, such as hospitals, and theirs. Memory grows with their number only.
    within_m
        Metres, 0 to 500,000, borders included.
    allowed
        Which pairs count, where not all do: those of a hospital that existed on the day.

    Raises
    ------
    InputError
        If the distance or a radius is out of range; the message names the row of a radius.
    """
    radii = checked_radii(left_radii_m, len(left), parameter="left_radii_m")
    certain, possible = np.zeros((2, len(left)), dtype=np.intp)
    for pairs in disc_pairs(left, radii, right, right_radii_m, within_m=within_m):
        rows, sure = pairs.left, pairs.certain
        if allowed is not None:
            counts = allowed(rows, pairs.right)
            rows, sure = rows[counts], sure[counts]
        np.add.at(possible, rows, 1)
        np.add.at(certain, rows[sure], 1)
    return Discs(certain, possible, unanswerable(radii, within_m=within_m))


def disc_pairs(
    left: Points,
    left_radii_m: npt.ArrayLike,
    right: Points,
    right_radii_m: npt.ArrayLike,
    *,
    within_m: float,
) -> Iterator[DiscPairs]:
    """Yield all possible pairs, in chunks of bounded size and in no promised order; see :func:`judge`.

    Where all radii of the second set are alike, the pairs of a point of the first come in one chunk.
    """
    within_m = checked_within(within_m)
    radii = checked_radii(left_radii_m, len(left), parameter="left_radii_m")
    others = checked_radii(right_radii_m, len(right), parameter="right_radii_m")
    return _disc_pairs(left, radii, right, others, within_m)


def geodesics_m(latitudes: Floats, longitudes: Floats, to_latitudes: Floats, to_longitudes: Floats) -> Floats:
    """Return geodesic distances in metres from each point to its partner, by `pyproj.Geod`."""
    if not len(latitudes):
        return np.empty(0)
    metres: Floats = geod().inv(longitudes, latitudes, to_longitudes, to_latitudes)[2]
    return metres


def between_m(left: Points, i: Integers, right: Points, j: Integers) -> Floats:
    """Return geodesic distances in metres between points of two sets, by their numbers."""
    return geodesics_m(left.latitudes[i], left.longitudes[i], right.latitudes[j], right.longitudes[j])


def _disc_pairs(
    left: Points, radii: Floats, right: Points, others: Floats, within_m: float
) -> Iterator[DiscPairs]:
    from scipy.spatial import cKDTree

    # A search has one reach, so points of like radii go together: a wide disc must not slow the exact ones.
    # And it is quick where the points of a chunk are near each other: so they are taken along one axis.
    for column in _alike(others, within_m):
        tree = cKDTree(right.xyz_m[column], leafsize=8)
        for alike in _alike(radii, within_m):
            reach = within_m + radii[alike].max() + others[column].max()
            chord = float(longest_chord_m(reach))
            size = _rows_at_once(tree, chord, len(alike))
            row = alike[np.argsort(left.xyz_m[alike, 1])]
            for start in range(0, len(row), size):
                some = row[start : start + size]
                here = cKDTree(left.xyz_m[some], leafsize=32, balanced_tree=False, compact_nodes=False)
                found = here.sparse_distance_matrix(tree, chord, output_type="ndarray")
                i, j = some[found["i"]], column[found["j"]]
                yield _decided(left, right, i, j, found["v"], radii[i] + others[j], within_m)


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
) -> DiscPairs:
    """Keep the possible ones of some pairs; `slack` is the sum of the radii of each."""
    low, high = geodesic_limits_m(chords)
    possible, certain = low - slack <= within_m, high + slack <= within_m
    doubtful = possible & ((high - slack > within_m) | (~certain & (low + slack <= within_m)))
    band = np.flatnonzero(doubtful)
    metres = between_m(left, i[band], right, j[band])
    possible[band] = metres - slack[band] <= within_m
    certain[band] = metres + slack[band] <= within_m
    return DiscPairs(i[possible], j[possible], certain[possible])


def _alike(radii: Floats, within_m: float) -> Iterator[Integers]:
    """Yield the numbers of points whose radii are within a factor of two, or all small."""
    small = max(within_m / 4.0, 1.0)
    classes = np.ceil(np.log2(np.maximum(radii / small, 1.0))).astype(np.intp)
    for number in np.unique(classes):
        yield np.flatnonzero(classes == number)
