"""Several places as one spot: the smallest circle that holds them, and the areas that hold them all."""

import random

import pytest

from gazetteer.geodesy import LatLon, destination, distance_m
from gazetteer.points import smallest_circle, together
from gazetteer.values import AdminUnit
from tests.fakes import ALEPPO, IDLIB, IDLIB_DISTRICT, a_place

_FAR = [(LatLon(33.5, 36.3), 8_000.0), (LatLon(36.2, 37.2), 9_000.0), (LatLon(35.3, 40.1), 500.0)]


def _reach(centre: LatLon, discs: list[tuple[LatLon, float]]) -> float:
    return max(distance_m(centre, at) + radius_m for at, radius_m in discs)


def _some(seed: int) -> list[tuple[LatLon, float]]:
    given = random.Random(seed)
    spread = given.choice([0.001, 0.05, 0.5, 3.0])
    return [
        (
            LatLon(35 + given.uniform(-spread, spread), 38 + given.uniform(-spread, spread)),
            given.choice([0.0, 1.0, 1_000.0, 5_000.0, 60_000.0]),
        )
        for _ in range(given.choice([1, 2, 3, 4, 5, 8, 40]))
    ]


def test_every_disc_lies_in_the_circle_and_no_smaller_one_holds_them() -> None:
    for seed in range(40):
        discs = _some(seed)
        centre, radius_m = smallest_circle(discs)
        assert _reach(centre, discs) <= radius_m + 1e-6, seed
        for azimuth in range(0, 360, 20):
            for step in (1.0, 100.0, 5_000.0):
                moved = destination(centre, azimuth_deg=azimuth, distance_m=step)
                assert _reach(moved, discs) >= radius_m - 1e-3, seed


def test_the_circle_of_one_disc_is_that_disc() -> None:
    centre, radius_m = smallest_circle([(LatLon(35.9, 36.8), 1_000.0)])
    assert (centre.latitude, centre.longitude) == pytest.approx((35.9, 36.8))
    assert radius_m == pytest.approx(1_000.0)


def test_a_disc_that_holds_the_others_is_the_circle() -> None:
    large, small = (LatLon(35.9, 36.8), 50_000.0), (LatLon(36.0, 36.9), 1_000.0)
    centre, radius_m = smallest_circle([small, large])
    assert distance_m(centre, large[0]) < 0.01
    assert radius_m == pytest.approx(50_000.0)


def test_two_points_are_ends_of_a_diameter() -> None:
    ends = [(LatLon(33.5, 36.3), 0.0), (LatLon(36.2, 37.2), 0.0)]
    assert smallest_circle(ends)[1] == pytest.approx(distance_m(ends[0][0], ends[1][0]) / 2)


def test_three_discs_far_apart_are_touched_by_the_circle() -> None:
    centre, radius_m = smallest_circle(_FAR)
    touched = [distance_m(centre, at) + radius > radius_m - 0.01 for at, radius in _FAR]
    assert sum(touched) >= 2


def test_areas_are_those_that_hold_all_places() -> None:
    third = AdminUnit(3, "SY070001", "Saraqab", "")
    one, other = a_place(admin=(IDLIB, IDLIB_DISTRICT, third)), a_place(admin=(IDLIB, IDLIB_DISTRICT))
    assert together([one, other]).pcodes == ("SY07", "SY0700")
    assert together([one, a_place(admin=(ALEPPO,))]).admin == ()


def test_the_areas_of_several_places_are_known_as_the_least_sure_is() -> None:
    assert together([a_place(admin_method="within"), a_place()]).admin_method == "within"
    assert together([a_place(), a_place(admin=(ALEPPO,))]).admin_method == "unknown"


def test_several_places_are_generalised_to_the_largest_of_their_cells() -> None:
    places = [a_place(generalised_to_deg=0.1), a_place(), a_place(generalised_to_deg=0.5)]
    assert together(places).generalised_to_deg == 0.5
