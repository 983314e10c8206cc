import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gazetteer.geodesy import geod
from gazetteer.near.probability import probability
from gazetteer.points import Points
from tests.gazetteer.near.scattered import clustered, every_distance_m, point_sets, some_radii

distances = st.sampled_from([0.0, 100.0, 5_000.0, 500_000.0]) | st.floats(0, 500_000)


def sampled(disc: Points, radius_m: float, places: Points, within_m: float, *, inward: float = 2.0) -> float:
    """The share by trying 20,000 points, spread on a sphere as the seeds of a sunflower: evenly by area, or
    towards the middle.
    """
    count, mean_m = 20_000, 6_371_008.8
    seeds = np.arange(count)
    areas = ((seeds + 0.5) / count) ** (2.0 / inward)
    away = 2 * np.arcsin(np.sqrt(areas) * math.sin(radius_m / mean_m / 2)) * mean_m
    centre = np.full(count, disc.longitudes[0]), np.full(count, disc.latitudes[0])
    longitude, latitude, _ = geod().fwd(*centre, seeds * 180.0 * (3.0 - math.sqrt(5.0)), away)
    near = (every_distance_m(Points.from_degrees(latitude, longitude), places) <= within_m).any(axis=1)
    return float(near.mean())


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
def test_probability_is_that_of_twenty_thousand_samples(
    latitude: float, longitude: float, power: float, times: float, others: list[tuple[float, float]]
) -> None:
    within_m = min(10**power, 500_000.0)
    radius_m = times * within_m
    places = placed(
        latitude, longitude, [a for a, _ in others], [(radius_m + within_m) * math.sqrt(b) for _, b in others]
    )
    disc = Points.from_degrees([latitude], [longitude])
    share = probability(disc, radius_m, places, within_m=within_m)[0]
    assert sampled(disc, radius_m, places, within_m) == pytest.approx(share, abs=0.01)


@settings(max_examples=40)
@given(
    st.sampled_from([0.3, 0.5, 0.7, 1.0, 1.5, 1.9]),
    st.floats(0.05, 4),
    st.lists(st.tuples(st.floats(0, 360), st.floats(0, 1)), min_size=1, max_size=8),
)
@example(0.3, 4.0, [(0.0, 0.3), (90.0, 0.31)])
@example(0.5, 1.9, [(0.0, 0.0)])
@example(1.0, 1.01, [(90.0, 0.001), (270.0, 0.01)])
@example(0.7, 4.0, [(a * 29.0 % 360, a / 12) for a in range(1, 12)])
def test_points_towards_the_middle_weigh_as_twenty_thousand_samples_say(
    inward: float, times: float, others: list[tuple[float, float]]
) -> None:
    within_m, radius_m = 5_000.0, 5_000.0 * times
    lengths = [(radius_m + within_m) * math.sqrt(b) for _, b in others]
    places = placed(35.0, 37.0, [a for a, _ in others], lengths)
    disc = Points.from_degrees([35.0], [37.0])
    share = probability(disc, radius_m, places, within_m=within_m, inward=inward)[0]
    assert sampled(disc, radius_m, places, within_m, inward=inward) == pytest.approx(share, abs=0.01)


@settings(max_examples=200)
@given(st.floats(0.05, 4), st.floats(0, 1))
def test_the_share_of_one_circle_is_the_area_of_the_lens(times: float, place: float) -> None:
    within_m, radius_m = 5_000.0, 5_000.0 * times
    away_m = place * (radius_m + within_m)
    disc = Points.from_degrees([35.0], [37.0])
    share = probability(disc, radius_m, placed(35.0, 37.0, [123.0], [away_m]), within_m=within_m)[0]
    assert lens(radius_m, within_m, away_m) / (math.pi * radius_m**2) == pytest.approx(share, abs=0.006)


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
    metres, slack = every_distance_m(left, right), radii[:, None]
    answerable = radii <= 4 * within_m
    assert (~answerable).tolist() == np.isnan(shares).tolist()
    certain, possible = ((metres + one <= within_m).any(axis=1) for one in (slack, -slack))
    assert set(shares[answerable & certain].tolist()) <= {1.0}
    assert set(shares[answerable & ~possible].tolist()) <= {0.0}
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
