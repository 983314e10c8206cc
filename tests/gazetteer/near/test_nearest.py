import numpy as np
from hypothesis import given

from gazetteer.near.nearest import Nearest, nearest
from gazetteer.points import Booleans, Integers, Points
from tests.gazetteer.near.scattered import NOWHERE, Floats, clustered, every_distance_m, point_sets


def same(metres: Floats, found: Nearest) -> bool:
    """Whether an answer is that of a table of all distances; infinite ones don't count."""
    least = metres.min(axis=1)
    first = np.where(np.isfinite(least), metres.argmin(axis=1), -1)
    return (first.tolist(), least.tolist()) == (found.numbers.tolist(), found.distances_m.tolist())


@given(point_sets())
def test_the_nearest_is_that_of_geod_anywhere_on_the_globe(sets: tuple[Points, Points]) -> None:
    assert same(every_distance_m(*sets), nearest(*sets))


def test_of_many_points_in_one_place_the_first_is_nearest() -> None:
    crowd = Points.from_degrees([35.1] + [35.0] * 50, [37.0] * 51)
    assert [1] == nearest(Points.from_degrees([35.01], [37.0]), crowd).numbers.tolist()


def test_only_pairs_that_count_are_nearest() -> None:
    left, right = clustered(60, seed=9), clustered(80, seed=10)
    counting = np.add.outer(np.arange(60), np.arange(80)) % 37 == 3
    counting[5] = False

    def allowed(i: Integers, j: Integers) -> Booleans:
        chosen: Booleans = counting[i, j]
        return chosen

    metres = np.where(counting, every_distance_m(left, right), np.inf)
    assert same(metres, nearest(left, right, allowed=allowed))


def test_distances_left_as_chords_choose_the_same_point_and_err_as_little_as_promised() -> None:
    left, right = clustered(3000, seed=11), clustered(500, seed=12)
    exact, quick = (nearest(left, right, measured=measured) for measured in (True, False))
    assert exact.numbers.tolist() == quick.numbers.tolist()
    error = np.abs(exact.distances_m - quick.distances_m)
    assert error[exact.distances_m < 5_000].max() < 2e-6
    assert error[exact.distances_m < 100_000].max() < 11e-3


def test_no_points_have_no_nearest() -> None:
    found = nearest(clustered(2, seed=1), NOWHERE)
    assert ([-1, -1], [np.inf, np.inf]) == (found.numbers.tolist(), found.distances_m.tolist())
    assert [] == nearest(NOWHERE, clustered(2, seed=1)).numbers.tolist()
