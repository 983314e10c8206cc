import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.coords import LatLon
from gazetteer.errors import InputError
from gazetteer.geodesy import geod
from gazetteer.proximity import grid, join, nearest
from gazetteer.proximity.join import Pairs, all_pairs, around, count_within, pairs_within
from gazetteer.proximity.points import Booleans, Integers, Points
from tests.gazetteer.proximity.scattered import clustered, every_distance_m, point_sets

NOWHERE = Points.from_degrees([], [])
radii = st.sampled_from([0.0, 1e-7, 0.2, 100.0, 5_000.0, 500_000.0]) | st.floats(0, 500_000)


def as_set(pairs: Pairs) -> set[tuple[int, int]]:
    return set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


def plainly(left: Points, right: Points, within_m: float) -> list[list[int]]:
    return np.argwhere(every_distance_m(left, right) <= within_m).tolist()


@given(point_sets(), radii)
def test_pairs_are_those_of_geod_anywhere_on_the_globe(sets: tuple[Points, Points], within_m: float) -> None:
    left, right = sets
    pairs = all_pairs(left, right, within_m=within_m)
    assert plainly(left, right, within_m) == np.column_stack([pairs.left, pairs.right]).tolist()
    streamed = list(pairs_within(left, right, within_m=within_m))
    assert plainly(left, right, within_m) == [
        [i, j] for p in streamed for i, j in zip(p.left.tolist(), p.right.tolist(), strict=True)
    ]


@given(point_sets(most=10), st.data())
def test_a_pair_exactly_at_the_distance_is_in_and_just_below_it_is_out(
    sets: tuple[Points, Points], data: st.DataObject
) -> None:
    left, right = sets
    metres = every_distance_m(left, right)
    reachable = metres[metres <= 500_000]
    if not reachable.size:
        return
    within_m = float(data.draw(st.sampled_from(reachable.ravel().tolist())))
    for edge in (
        within_m,
        float(np.nextafter(within_m, 0)),
        min(float(np.nextafter(within_m, 1e6)), 500_000),
    ):
        found = all_pairs(left, right, within_m=edge)
        assert plainly(left, right, edge) == np.column_stack([found.left, found.right]).tolist()


@pytest.mark.parametrize("within_m", [0.0, 300.0, 5_000.0, 40_000.0])
def test_pairs_of_clustered_points_are_those_of_geod(within_m: float) -> None:
    left, right = clustered(1500, seed=1), clustered(400, seed=2)
    pairs = all_pairs(left, right, within_m=within_m)
    assert plainly(left, right, within_m) == np.column_stack([pairs.left, pairs.right]).tolist()


def test_chunks_of_any_size_give_the_same_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = clustered(900, seed=3), clustered(300, seed=4)
    whole = as_set(all_pairs(left, right, within_m=20_000))
    monkeypatch.setattr(join, "_ROWS", 7)
    monkeypatch.setattr(join, "_CANDIDATES", 5)
    chunks = list(pairs_within(left, right, within_m=20_000))
    assert whole == set().union(*(as_set(chunk) for chunk in chunks))
    assert list(range(900)) == [row for chunk in chunks for row in chunk.rows]
    assert sum(len(chunk) for chunk in chunks) == len(whole)


def test_slots_shared_by_far_cells_give_no_pair_twice() -> None:
    random = np.random.default_rng(5)
    points = Points.from_degrees(
        np.degrees(np.arcsin(random.uniform(-1, 1, 400))), random.uniform(-180, 180, 400)
    )
    one_metre = grid.Grid(points.xyz_m[:2], chord_m=1.0)
    assert 4 <= one_metre._bits <= 8  # so few slots that thousands of cells share each
    pairs = all_pairs(points, points, within_m=400_000)
    assert len(as_set(pairs)) == len(pairs)
    assert plainly(points, points, 400_000) == np.column_stack([pairs.left, pairs.right]).tolist()


@given(point_sets(), radii)
def test_who_is_near_whom_does_not_depend_on_the_side(sets: tuple[Points, Points], within_m: float) -> None:
    left, right = sets
    there = as_set(all_pairs(left, right, within_m=within_m))
    assert there == {(i, j) for j, i in as_set(all_pairs(right, left, within_m=within_m))}


@given(point_sets(), radii, st.floats(1, 3))
def test_a_longer_distance_loses_no_pair(sets: tuple[Points, Points], within_m: float, factor: float) -> None:
    left, right = sets
    longer = min(within_m * factor, 500_000.0)
    assert as_set(all_pairs(left, right, within_m=within_m)) <= as_set(
        all_pairs(left, right, within_m=longer)
    )


@given(st.integers(0, 2**32 - 1), st.floats(-180, 180), st.booleans())
def test_turning_the_globe_or_mirroring_it_at_the_equator_keeps_the_pairs(
    seed: int, turn: float, mirrored: bool
) -> None:
    random = np.random.default_rng(seed)
    latitude, longitude = random.normal(0, 0.2, 40), random.normal(0, 0.2, 40)
    metres = every_distance_m(*[Points.from_degrees(latitude, longitude)] * 2)
    if (np.abs(metres - 20_000) < 1e-3).any():  # moving them rounds them: a pair on the edge may tip over
        return
    moved = Points.from_degrees(-latitude if mirrored else latitude, (longitude + turn + 180) % 360 - 180)
    still = Points.from_degrees(latitude, longitude)
    assert as_set(all_pairs(still, still, within_m=20_000)) == as_set(
        all_pairs(moved, moved, within_m=20_000)
    )


def test_counts_are_the_numbers_of_pairs() -> None:
    left, right = clustered(700, seed=6), clustered(200, seed=7)
    expected = (every_distance_m(left, right) <= 10_000).sum(axis=1)
    assert expected.tolist() == count_within(left, right, within_m=10_000).tolist()


def test_nothing_is_near_nothing() -> None:
    some = clustered(3, seed=8)
    for left, right in ((NOWHERE, some), (some, NOWHERE), (NOWHERE, NOWHERE)):
        assert 0 == len(all_pairs(left, right, within_m=5_000))
        assert [] == list(pairs_within(left, right, within_m=5_000))
        assert [0] * len(left) == count_within(left, right, within_m=5_000).tolist()
    assert 0 == len(around(NOWHERE, LatLon(35, 37), within_m=5_000)[0])


@pytest.mark.parametrize("within_m", [-0.1, float("nan"), 500_001.0])
def test_a_bad_distance_is_refused_at_once(within_m: float) -> None:
    some = clustered(3, seed=8)
    with pytest.raises(InputError, match="the distance must be"):
        pairs_within(some, some, within_m=within_m)  # not first when the stream is read
    with pytest.raises(InputError, match="the distance must be"):
        around(some, LatLon(35, 37), within_m=within_m)


@given(point_sets(), radii)
def test_one_question_is_answered_as_many_are(sets: tuple[Points, Points], within_m: float) -> None:
    left, right = sets
    here = LatLon(float(left.latitudes[0]), float(left.longitudes[0]))
    numbers, metres = around(right, here, within_m=within_m)
    distances = every_distance_m(left, right)[0]
    expected = sorted((d, j) for j, d in enumerate(distances.tolist()) if d <= within_m)
    assert expected == list(zip(metres.tolist(), numbers.tolist(), strict=True))


@given(point_sets(), st.integers(1, 8))
def test_the_nearest_are_those_of_geod_anywhere_on_the_globe(sets: tuple[Points, Points], k: int) -> None:
    left, right = sets
    found = nearest.nearest(left, right, k=k)
    metres = every_distance_m(left, right)
    for row, distances in enumerate(metres.tolist()):
        expected = sorted(zip(distances, range(len(right)), strict=True))[:k]
        missing = [(float("inf"), -1)] * (k - len(expected))
        got = list(zip(found.distances_m[row].tolist(), found.numbers[row].tolist(), strict=True))
        assert expected + missing == got


def test_many_points_in_one_place_are_taken_in_order() -> None:
    crowd = Points.from_degrees([35.0] * 50 + [35.1], [37.0] * 50 + [37.0])
    found = nearest.nearest(Points.from_degrees([35.01], [37.0]), crowd, k=3)
    assert [[0, 1, 2]] == found.numbers.tolist()


def test_only_pairs_that_count_are_nearest() -> None:
    left, right = clustered(60, seed=9), clustered(80, seed=10)

    def odd(i: Integers, j: Integers) -> Booleans:
        counts: Booleans = (i + j) % 7 == 3
        return counts

    found = nearest.nearest(left, right, k=2, allowed=odd)
    i, j = np.meshgrid(np.arange(60), np.arange(80), indexing="ij")
    metres = np.where((i + j) % 7 == 3, every_distance_m(left, right), np.inf)
    assert np.argsort(metres, axis=1, kind="stable")[:, :2].tolist() == found.numbers.tolist()
    none = nearest.nearest(left, right, allowed=lambda i, j: np.zeros(len(i), dtype=np.bool_))
    assert {-1} == set(none.numbers.ravel().tolist())


def test_distances_left_as_chords_choose_the_same_point_and_err_as_little_as_promised() -> None:
    left, right = clustered(3000, seed=11), clustered(500, seed=12)
    exact, quick = (nearest.nearest(left, right, measured=measured) for measured in (True, False))
    assert exact.numbers.tolist() == quick.numbers.tolist()
    error = np.abs(exact.distances_m - quick.distances_m)
    assert error[exact.distances_m < 5_000].max() < 2e-6
    assert error[exact.distances_m < 100_000].max() < 11e-3


def test_no_points_have_no_nearest() -> None:
    found = nearest.nearest(clustered(2, seed=1), NOWHERE, k=2)
    assert [[-1, -1], [-1, -1]] == found.numbers.tolist()
    assert (0, 1) == nearest.nearest(NOWHERE, clustered(2, seed=1)).numbers.shape
    with pytest.raises(InputError, match="1 or more, not 0"):
        nearest.nearest(NOWHERE, NOWHERE, k=0)


def test_importing_the_join_loads_neither_scipy_nor_pyproj() -> None:
    code = (
        "import sys, gazetteer.proximity.join, gazetteer.proximity.nearest, gazetteer.proximity.areas;"
        "import gazetteer.proximity.coverage, gazetteer.proximity.moving;"
        "print([m for m in ('scipy', 'pyproj', 'shapely', 'rtree') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


def test_half_a_million_points_stream_in_bounded_memory() -> None:
    import tracemalloc

    left, right = clustered(500_000, seed=13, spread=0.1), clustered(2_000, seed=14, spread=0.1)
    geod()
    tracemalloc.start()
    total = sum(len(pairs) for pairs in pairs_within(left, right, within_m=5_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > 1_000_000
    assert peak < 60e6
