import math
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.errors import InputError
from gazetteer.geodesy import geod
from gazetteer.near import pairs
from gazetteer.near.pairs import disc_pairs, judge
from gazetteer.near.probability import probability
from gazetteer.points import Booleans, Floats, Integers, Points
from tests.gazetteer.near.scattered import NOWHERE, clustered, every_distance_m, point_sets, some_radii

distances = st.sampled_from([0.0, 1e-7, 0.2, 100.0, 5_000.0, 500_000.0]) | st.floats(0, 500_000)


def listed(
    left: Points, r1: Floats, right: Points, r2: Floats, within_m: float
) -> list[tuple[int, int, bool]]:
    """Every possible pair, sorted, and whether it is certain."""
    chunks = list(disc_pairs(left, r1, right, r2, within_m=within_m))
    columns = [(c.left.tolist(), c.right.tolist(), c.certain.tolist()) for c in chunks]
    return sorted(pair for column in columns for pair in zip(*column, strict=True))


def plainly(
    left: Points, r1: Floats, right: Points, r2: Floats, within_m: float
) -> list[tuple[int, int, bool]]:
    """The same by measuring each pair with `Geod`."""
    metres, slack = every_distance_m(left, right), r1[:, None] + r2[None]
    found = np.argwhere(metres - slack <= within_m).tolist()
    return [(i, j, bool(metres[i, j] + slack[i, j] <= within_m)) for i, j in found]


@given(point_sets(), distances, st.integers(0, 2**32 - 1), st.sampled_from([0.0, 100.0, 20_000.0, 3e6]))
def test_pairs_and_counts_are_those_of_geod_anywhere_on_the_globe(
    sets: tuple[Points, Points], within_m: float, seed: int, widest_m: float
) -> None:
    left, right = sets
    r1, r2 = some_radii(len(left), seed, widest_m), some_radii(len(right), seed + 1, widest_m / 10)
    expected = plainly(left, r1, right, r2, within_m)
    assert expected == listed(left, r1, right, r2, within_m)
    found = judge(left, r1, right, r2, within_m=within_m)
    assert np.bincount([i for i, _, _ in expected], minlength=len(left)).tolist() == found.possible.tolist()
    sure = [i for i, _, certain in expected if certain]
    assert np.bincount(np.array(sure, dtype=int), minlength=len(left)).tolist() == found.certain.tolist()
    assert (r1 > 4 * within_m).tolist() == found.unanswerable.tolist()


@given(point_sets(most=10), st.data())
def test_a_pair_exactly_at_the_distance_is_in_and_just_below_it_is_out(
    sets: tuple[Points, Points], data: st.DataObject
) -> None:
    left, right = sets
    metres = every_distance_m(left, right)
    within_m = data.draw(st.sampled_from([*metres[metres <= 499_999].tolist(), 0.0]))
    exact = np.zeros(len(left)), np.zeros(len(right))
    for edge in (within_m, max(math.nextafter(within_m, -1), 0.0), math.nextafter(within_m, 1e6)):
        assert plainly(left, exact[0], right, exact[1], edge) == listed(left, exact[0], right, exact[1], edge)


def test_chunks_of_any_size_give_the_same_pairs_and_are_no_larger_than_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, right, r1 = clustered(900, seed=3), clustered(300, seed=4), some_radii(900, 5, 30_000)
    expected = plainly(left, r1, right, np.zeros(300), 20_000)
    assert expected == listed(left, r1, right, np.zeros(300), 20_000)
    monkeypatch.setattr(pairs, "_ROWS", 7)
    monkeypatch.setattr(pairs, "_PAIRS", 500)
    assert expected == listed(left, r1, right, np.zeros(300), 20_000)
    chunks = list(disc_pairs(left, r1, right, 0.0, within_m=20_000))
    assert all(len(set(c.left.tolist())) <= 7 and len(c) <= 500 for c in chunks)
    # All pairs of a point are in one chunk.
    assert len({i for i, _, _ in expected}) == sum(len(set(c.left.tolist())) for c in chunks)


def even(i: Integers, j: Integers) -> Booleans:
    counts: Booleans = (i + j) % 2 == 0
    return counts


def test_only_pairs_that_count_are_counted() -> None:
    left, right = clustered(80, seed=1), clustered(60, seed=2)
    metres, there = every_distance_m(left, right), np.add.outer(np.arange(80), np.arange(60)) % 2 == 0
    found = judge(left, 1_000.0, right, 100.0, within_m=9_000, allowed=even)
    assert (there & (metres + 1_100 <= 9_000)).sum(axis=1).tolist() == found.certain.tolist()
    assert (there & (metres - 1_100 <= 9_000)).sum(axis=1).tolist() == found.possible.tolist()
    shares = probability(left, 1_000.0, right, within_m=9_000, allowed=even)
    assert (there & (metres + 1_000 <= 9_000)).any(axis=1).tolist() == (shares == 1.0).tolist()
    assert (there & (metres - 1_000 <= 9_000)).any(axis=1).tolist() == (shares > 0.0).tolist()


def test_bad_radii_and_distances_are_named_at_once() -> None:
    two = clustered(2, seed=1)
    for radii, within_m, message in (
        ([1.0, math.nan], 5.0, "row 2: the radius"),
        ([-1.0, 0.0], 5.0, "row 1: the radius"),
        ([1.0, 2.0, 3.0], 5.0, "one radius for each of the 2 points, not 3"),
        ([1.0, 2.0], -5.0, "the distance must be"),
        ([1.0, 2.0], math.nan, "the distance must be"),
        ([1.0, 2.0], 500_001.0, "the distance must be"),
    ):
        with pytest.raises(InputError, match=message):
            judge(two, radii, two, 0.0, within_m=within_m)
        with pytest.raises(InputError, match=message):
            probability(two, radii, two, within_m=within_m)
        with pytest.raises(InputError, match=message):
            disc_pairs(two, radii, two, 0.0, within_m=within_m)  # not first when the pairs are read


def test_nothing_is_near_nothing() -> None:
    some = clustered(2, seed=1)
    for left, right in ((NOWHERE, some), (some, NOWHERE), (NOWHERE, NOWHERE)):
        assert 0 == sum(len(p) for p in disc_pairs(left, 5.0, right, 0.0, within_m=5_000))
        assert [0] * len(left) == judge(left, 5.0, right, 0.0, within_m=5_000).possible.tolist()
        assert [0.0] * len(left) == probability(left, 5.0, right, within_m=5_000).tolist()


def test_memory_does_not_grow_with_the_number_of_pairs() -> None:
    left, right = clustered(200_000, seed=13, spread=0.1), clustered(2_000, seed=14, spread=0.1)
    geod()
    tracemalloc.start()
    found = judge(left, 10_000.0, right, 0.0, within_m=5_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.possible.sum() > 5_000_000
    assert peak < 150e6


def test_importing_the_search_loads_neither_scipy_nor_pyproj() -> None:
    code = (
        "import sys, gazetteer.near.nearest, gazetteer.near.areas, gazetteer.near.probability;"
        "print([m for m in ('scipy', 'pyproj', 'shapely') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()
