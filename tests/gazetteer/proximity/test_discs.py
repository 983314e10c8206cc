import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gazetteer.errors import InputError
from gazetteer.geodesy import geod
from gazetteer.proximity import discs
from gazetteer.proximity.coverage import probability
from gazetteer.proximity.discs import disc_pairs, judge
from gazetteer.proximity.points import Booleans, Floats, Integers, Points
from tests.gazetteer.proximity.scattered import clustered, every_distance_m, point_sets

NOWHERE = Points.from_degrees([], [])
distances = st.sampled_from([0.0, 100.0, 5_000.0, 500_000.0]) | st.floats(0, 500_000)


def some_radii(count: int, seed: int, widest_m: float) -> Floats:
    random = np.random.default_rng(seed)
    return np.where(random.random(count) < 0.3, 0.0, widest_m * random.random(count) ** 4)


@given(point_sets(), distances, st.integers(0, 2**32 - 1), st.sampled_from([100.0, 20_000.0, 3e6]))
def test_counts_are_those_of_geod_and_the_triangle_inequality(
    sets: tuple[Points, Points], within_m: float, seed: int, widest_m: float
) -> None:
    left, right = sets
    r1, r2 = some_radii(len(left), seed, widest_m), some_radii(len(right), seed + 1, widest_m / 10)
    metres, slack = every_distance_m(left, right), r1[:, None] + r2[None]
    said = judge(left, r1, right, r2, within_m=within_m)
    assert (metres + slack <= within_m).sum(axis=1).tolist() == said.certain.tolist()
    assert (metres - slack <= within_m).sum(axis=1).tolist() == said.possible.tolist()
    assert (r1 > 4 * within_m).tolist() == said.unanswerable.tolist()
    assert (said.certain <= said.possible).all()


def test_pairs_name_each_possible_pair_once_and_tell_the_certain_ones() -> None:
    left, right = clustered(300, seed=1), clustered(200, seed=2)
    r1, r2 = some_radii(300, 3, 30_000), some_radii(200, 4, 3_000)
    chunks = list(disc_pairs(left, r1, right, r2, within_m=10_000))
    pairs = [
        pair
        for c in chunks
        for pair in zip(c.left.tolist(), c.right.tolist(), c.certain.tolist(), strict=True)
    ]
    metres, slack = every_distance_m(left, right), r1[:, None] + r2[None]
    expected = [
        (i, j, bool(metres[i, j] + slack[i, j] <= 10_000)) for i, j in np.argwhere(metres - slack <= 10_000)
    ]
    assert expected == sorted(pairs)


def test_unanswerable_points_need_not_be_counted() -> None:
    left, right = clustered(50, seed=1), clustered(50, seed=2)
    r1 = np.where(np.arange(50) % 2, 100_000.0, 10.0)
    everything = judge(left, r1, right, 0.0, within_m=5_000)
    quick = judge(left, r1, right, 0.0, within_m=5_000, count_unanswerable=False)
    assert [bool(i % 2) for i in range(50)] == quick.unanswerable.tolist()
    assert np.where(quick.unanswerable, 0, everything.possible).tolist() == quick.possible.tolist()
    assert everything.possible[1] > 0


def even(i: Integers, j: Integers) -> Booleans:
    counts: Booleans = (i + j) % 2 == 0
    return counts


def test_only_pairs_that_count_are_counted() -> None:
    left, right = clustered(80, seed=1), clustered(60, seed=2)
    metres = every_distance_m(left, right)
    there = np.add.outer(np.arange(80), np.arange(60)) % 2 == 0
    said = judge(left, 1_000.0, right, 100.0, within_m=9_000, allowed=even)
    assert (there & (metres + 1_100 <= 9_000)).sum(axis=1).tolist() == said.certain.tolist()
    assert (there & (metres - 1_100 <= 9_000)).sum(axis=1).tolist() == said.possible.tolist()
    shares = probability(left, 1_000.0, right, within_m=9_000, allowed=even)
    assert (there & (metres + 1_000 <= 9_000)).any(axis=1).tolist() == (shares == 1.0).tolist()
    assert not shares[~(there & (metres - 1_000 <= 9_000)).any(axis=1)].any()


@pytest.mark.parametrize(
    ("radii", "within_m", "message"),
    [
        ([1.0, math.nan], 5.0, "row 2: the radius"),
        ([-1.0, 0.0], 5.0, "row 1: the radius"),
        ([1.0, 2.0, 3.0], 5.0, "one radius for each of the 2 points, not 3"),
        ([1.0, 2.0], -5.0, "the distance must be"),
        ([1.0, 2.0], 500_001.0, "the distance must be"),
    ],
)
def test_bad_radii_and_distances_are_named(radii: list[float], within_m: float, message: str) -> None:
    two = clustered(2, seed=1)
    with pytest.raises(InputError, match=message):
        judge(two, radii, two, 0.0, within_m=within_m)
    with pytest.raises(InputError, match=message):
        probability(two, radii, two, within_m=within_m)
    with pytest.raises(InputError, match=message):
        disc_pairs(two, radii, two, 0.0, within_m=within_m)


def test_without_places_nothing_is_possible() -> None:
    two = clustered(2, seed=1)
    assert [0, 0] == judge(two, 5.0, NOWHERE, [], within_m=5).possible.tolist()
    assert [0.0, 0.0] == probability(two, 5.0, NOWHERE, within_m=5).tolist()
    assert [] == probability(NOWHERE, [], two, within_m=5).tolist()


# ------------------------------------------------------------------------------------ probability


def sampled(disc: Points, radius_m: float, places: Points, within_m: float, *, count: int) -> float:
    """The share by throwing points at the disc, evenly by area on a sphere of its mean radius."""
    random, mean_m = np.random.default_rng(0), 6_371_008.8
    away = np.arccos(1 - random.random(count) * (1 - math.cos(radius_m / mean_m))) * mean_m
    longitude, latitude, _ = geod().fwd(
        np.full(count, disc.longitudes[0]),
        np.full(count, disc.latitudes[0]),
        random.uniform(0, 360, count),
        away,
    )
    left = np.arange(count)
    for x, y in zip(places.longitudes, places.latitudes, strict=True):
        metres = geod().inv(longitude[left], latitude[left], np.full(len(left), x), np.full(len(left), y))[2]
        left = left[metres > within_m]
    return 1 - len(left) / count


def placed(latitude: float, longitude: float, azimuths: list[float], lengths_m: list[float]) -> Points:
    here = np.full(len(azimuths), longitude), np.full(len(azimuths), latitude)
    x, y, _ = geod().fwd(*here, azimuths, lengths_m)
    return Points.from_degrees(y, x)


@settings(max_examples=25)
@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(1, math.log10(500_000)),
    st.floats(0.05, 4),
    st.lists(st.tuples(st.floats(0, 360), st.floats(0, 1)), min_size=1, max_size=12),
)
@example(35.0, 37.0, 3.7, 1.9, [(0.0, 0.0)])  # a place at the very centre: its circle is a ring's
@example(35.0, 37.0, 3.7, 1.01, [(90.0, 0.001), (270.0, 0.01)])
@example(90.0, 0.0, 5.6, 3.9, [(10.0, 0.5), (200.0, 0.9), (300.0, 0.2)])
@example(-16.0, 180.0, 4.0, 4.0, [(a * 29.0 % 360, a / 12) for a in range(1, 12)])
def test_probability_is_that_of_two_hundred_thousand_samples(
    latitude: float, longitude: float, power: float, times: float, others: list[tuple[float, float]]
) -> None:
    within_m = min(10**power, 500_000.0)
    radius_m = times * within_m
    places = placed(
        latitude, longitude, [a for a, _ in others], [(radius_m + within_m) * math.sqrt(b) for _, b in others]
    )
    disc = Points.from_degrees([latitude], [longitude])
    share = probability(disc, radius_m, places, within_m=within_m)[0]
    assert sampled(disc, radius_m, places, within_m, count=200_000) == pytest.approx(share, abs=0.01)


@settings(max_examples=200)
@given(st.floats(0.05, 4), st.floats(0, 1))
def test_the_share_of_one_circle_is_the_area_of_the_lens(times: float, place: float) -> None:
    within_m, radius_m = 5_000.0, 5_000.0 * times
    away_m = place * (radius_m + within_m)
    disc = Points.from_degrees([35.0], [37.0])
    share = probability(disc, radius_m, placed(35.0, 37.0, [123.0], [away_m]), within_m=within_m)[0]
    assert lens(radius_m, within_m, away_m) / (math.pi * radius_m**2) == pytest.approx(share, abs=0.005)


def lens(a: float, b: float, away: float) -> float:
    """Area that two circles share. Weisstein, "Circle-Circle Intersection", MathWorld, equation 14."""
    if away <= abs(a - b):
        return math.pi * min(a, b) ** 2
    if away >= a + b:
        return 0.0
    one = math.acos(min(1.0, (away**2 + a**2 - b**2) / (2 * away * a)))
    two = math.acos(min(1.0, (away**2 + b**2 - a**2) / (2 * away * b)))
    kite = math.sqrt(max(0.0, (a + b - away) * (away + a - b) * (away - a + b) * (a + b + away)))
    return a**2 * one + b**2 * two - kite / 2


@given(point_sets(), distances, st.integers(0, 2**32 - 1))
def test_probability_is_one_for_the_certain_and_nought_for_the_impossible(
    sets: tuple[Points, Points], within_m: float, seed: int
) -> None:
    left, right = sets
    radii = some_radii(len(left), seed, 4.5 * within_m)
    shares = probability(left, radii, right, within_m=within_m)
    said = judge(left, radii, right, some_radii(len(right), seed, 1_000.0), within_m=within_m)
    answerable = ~said.unanswerable
    assert said.unanswerable.tolist() == np.isnan(shares).tolist()
    assert set(shares[answerable & (said.certain > 0)].tolist()) <= {1.0}
    assert set(shares[answerable & (said.possible == 0)].tolist()) <= {0.0}
    assert ((shares[answerable] >= 0) & (shares[answerable] <= 1)).all()


@given(point_sets(), distances)
def test_an_exact_point_has_probability_one_or_nought(sets: tuple[Points, Points], within_m: float) -> None:
    left, right = sets
    expected = (every_distance_m(left, right) <= within_m).any(axis=1)
    assert expected.astype(float).tolist() == probability(left, 0.0, right, within_m=within_m).tolist()


@given(st.integers(0, 2**32 - 1), st.floats(100, 20_000))
def test_another_place_never_lowers_the_probability_and_order_does_not_matter(
    seed: int, radius_m: float
) -> None:
    left, right = clustered(20, seed=seed), clustered(60, seed=seed + 1)
    shares = probability(left, radius_m, right, within_m=5_000)
    turned = right.take(np.arange(len(right))[::-1])
    assert shares.tolist() == probability(left, radius_m, turned, within_m=5_000).tolist()
    fewer = probability(left, radius_m, right.take(np.arange(40)), within_m=5_000)
    assert (fewer <= shares + 0.01).all()


def test_discs_are_answered_alike_alone_and_among_many() -> None:
    left, right = clustered(400, seed=1), clustered(300, seed=2)
    radii = some_radii(400, 3, 20_000)
    together = probability(left, radii, right, within_m=5_000)
    assert np.isfinite(together).all()
    for row in (0, 17, 399):
        alone = probability(left.take(np.array([row])), radii[row], right, within_m=5_000)
        assert [together[row]] == alone.tolist()


@pytest.mark.parametrize("within_m", [0.0, 5_000.0, 400_000.0])
def test_few_pairs_compared_one_with_all_are_judged_as_by_the_grid(
    within_m: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right = clustered(150, seed=1), clustered(100, seed=2)
    r1, r2 = some_radii(150, 3, 30_000), some_radii(100, 4, 3_000)
    said = []
    for few in (0, 1_000_000):
        monkeypatch.setattr(discs, "_FEW_PAIRS", few)
        answer = judge(left, r1, right, r2, within_m=within_m)
        said.append((answer.certain.tolist(), answer.possible.tolist(), answer.unanswerable.tolist()))
    assert said[0] == said[1]
    assert any(said[0][1])
