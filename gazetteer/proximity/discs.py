"""What can be said of a distance when each point is known to a radius: certain, possible, unanswerable.

With `d` the geodesic distance between two positions, `r1` and `r2` their radii and `R` the distance
asked for, a pair is

* *certain* when every position inside the radii is within `R`: ``d + r1 + r2 <= R``;
* *possible* when some is: ``d - r1 - r2 <= R``. Certain pairs are possible ones.

Both follow from the triangle inequality, which geodesic distance obeys. Each pair is decided as
`pyproj.Geod` would decide it: by its chord where the bounds suffice, else by measuring it.

A radius beyond four times the distance makes the question meaningless: a disc of that size holds
sixteen of the circles asked about, and "possible" would be true almost everywhere. Such points are
*unanswerable*. (Four times is this project's choice; the number is :data:`UNANSWERABLE_TIMES`.)

Examples
--------
>>> strikes = Points.from_degrees([35.93, 35.93, 35.93], [36.63, 36.63, 36.63])
>>> hospitals = Points.from_degrees([35.93], [36.65])
>>> said = judge(strikes, [0, 4000, 25000], hospitals, 100, within_m=5000)
>>> said.certain.tolist(), said.possible.tolist(), said.unanswerable.tolist()
([1, 0, 0], [1, 1, 1], [False, False, True])
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gazetteer.proximity.bounds import Floats, possibly_within_m, surely_within_m
from gazetteer.proximity.grid import Grid, Numbers
from gazetteer.proximity.join import candidates, geodesics_m, squared_chords
from gazetteer.proximity.nearest import Allowed
from gazetteer.proximity.points import Booleans, Integers, Points, checked_radii, checked_within

__all__ = ["UNANSWERABLE_TIMES", "DiscPairs", "Discs", "disc_pairs", "judge", "unanswerable"]

#: A radius of more than this many times the distance asked for cannot be answered about.
UNANSWERABLE_TIMES = 4.0
#: Points of the first set that are looked up at once.
_ROWS = 16_384
#: Up to so many pairs are compared one with all: making a grid takes longer.
_FEW_PAIRS = 50_000


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
    """What can be said of each point of the first set.

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
    count_unanswerable: bool = True,
) -> Discs:
    """Count for each point how many others are certainly and possibly within a distance.

    Parameters
    ----------
    left, left_radii_m
        The points to speak of, such as incidents, and their radii in metres: one each, or one for all.
    right, right_radii_m
        The points to count, such as hospitals, and theirs.
    within_m
        Metres, 0 to 500,000, borders included.
    allowed
        Which pairs count, where not all do: those of a hospital that existed on the day.
    count_unanswerable
        False leaves unanswerable points with counts of 0, which saves the time that their many pairs take.

    Raises
    ------
    InputError
        If the distance or a radius is out of range; the message names the row of a radius.
    """
    within_m = checked_within(within_m)
    radii = checked_radii(left_radii_m, len(left), parameter="left_radii_m")
    others = checked_radii(right_radii_m, len(right), parameter="right_radii_m")
    hopeless = unanswerable(radii, within_m=within_m)
    chosen = np.arange(len(left)) if count_unanswerable else np.flatnonzero(~hopeless)
    certain = np.zeros(len(left), dtype=np.intp)
    possible = np.zeros(len(left), dtype=np.intp)
    for pairs in _disc_pairs(left, radii, right, others, within_m, chosen):
        rows = pairs.left
        counts = np.ones(len(pairs), dtype=np.bool_) if allowed is None else allowed(rows, pairs.right)
        possible += np.bincount(rows[counts], minlength=len(left))
        certain += np.bincount(rows[counts & pairs.certain], minlength=len(left))
    return Discs(certain, possible, hopeless)


def disc_pairs(
    left: Points,
    left_radii_m: npt.ArrayLike,
    right: Points,
    right_radii_m: npt.ArrayLike,
    *,
    within_m: float,
) -> Iterator[DiscPairs]:
    """Yield all possible pairs, in chunks of bounded size and in no promised order; see :func:`judge`."""
    within_m = checked_within(within_m)
    radii = checked_radii(left_radii_m, len(left), parameter="left_radii_m")
    others = checked_radii(right_radii_m, len(right), parameter="right_radii_m")
    return _disc_pairs(left, radii, right, others, within_m, np.arange(len(left)))


def _disc_pairs(
    left: Points, radii: Floats, right: Points, others: Floats, within_m: float, chosen: Integers
) -> Iterator[DiscPairs]:
    if not len(chosen) or not len(right):
        return
    # A grid has one reach, so points of like radii go together: a wide disc must not slow the exact ones.
    for row in _alike(radii, within_m, chosen):
        for column in _alike(others, within_m, np.arange(len(right))):
            reach = np.array([within_m + radii[row].max() + others[column].max()])
            found = right.xyz_m[column]
            few = len(row) * len(column) <= _FEW_PAIRS
            grid = None if few else Grid(found, chord_m=float(possibly_within_m(reach)[0]))
            for start in range(0, len(row), _ROWS):
                some = row[start : start + _ROWS]
                xyz = left.xyz_m[some]
                for rows, numbers in candidates(grid, xyz) if grid else [_all_pairs(len(some), len(column))]:
                    squares = squared_chords(xyz, rows, found, numbers)
                    near = np.flatnonzero(squares <= possibly_within_m(reach) ** 2)
                    i, j = some[rows[near]], column[numbers[near]]
                    yield _decided(left, right, i, j, squares[near], radii[i] + others[j], within_m)


def _all_pairs(rows: int, columns: int) -> tuple[Numbers, Numbers]:
    """Return every pair, sorted by row and then by column."""
    every = np.arange(rows * columns, dtype=np.int32)
    return every // np.int32(columns), every % np.int32(columns)


def _decided(
    left: Points, right: Points, i: Integers, j: Integers, squares: Floats, slack: Floats, within_m: float
) -> DiscPairs:
    """Keep the possible ones of some pairs; `slack` is the sum of the radii of each."""
    chords = np.sqrt(squares)
    outer, inner = within_m + slack, within_m - slack
    possible, certain = chords <= surely_within_m(outer), chords <= surely_within_m(inner)
    open_possible = ~possible & (chords <= possibly_within_m(outer))
    open_certain = ~certain & (chords <= possibly_within_m(inner))
    band = np.flatnonzero(open_possible | open_certain)
    a, b = i[band], j[band]
    metres = geodesics_m(left.latitudes[a], left.longitudes[a], right.latitudes[b], right.longitudes[b])
    possible[band] = metres - slack[band] <= within_m
    certain[band] = metres + slack[band] <= within_m
    return DiscPairs(i[possible], j[possible], certain[possible])


def _alike(radii: Floats, within_m: float, chosen: Integers) -> Iterator[Integers]:
    """Yield the numbers of points whose radii are within a factor of two, or all small."""
    small = max(within_m / 4.0, 1.0)
    classes = np.ceil(np.log2(np.maximum(radii[chosen] / small, 1.0))).astype(np.intp)
    for number in np.unique(classes):
        yield chosen[classes == number]
