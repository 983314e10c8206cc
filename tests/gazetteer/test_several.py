"""Several places as one spot: the smallest circle that holds them, and the areas that hold them all."""

import random

import pytest

from gazetteer.geodesy import LatLon, destination, distance_m
from gazetteer.points import smallest_circle, together
from gazetteer.values import AdminUnit
from tests.fakes import ALEPPO, IDLIB, IDLIB_DISTRICT, a_place

Discs = list[tuple[LatLon, float]]


def reach(centre: LatLon, discs: Discs) -> float:
    return max(distance_m(centre, at) + radius_m for at, radius_m in discs)


def some_discs(seed: int) -> Discs:
    given = random.Random(seed)
    spread = given.choice([0.001, 0.05, 0.5, 3.0])
    number = given.choice([1, 2, 3, 4, 5, 8, 40])
    centres = [LatLon(*(at + given.uniform(-spread, spread) for at in (35, 38))) for _ in range(number)]
    return [(centre, given.choice([0.0, 1.0, 1_000.0, 5_000.0, 60_000.0])) for centre in centres]


def test_every_disc_lies_in_the_circle_and_no_smaller_one_holds_them() -> None:
    for seed in range(40):
        discs = some_discs(seed)
        centre, radius_m = smallest_circle(discs)
        assert reach(centre, discs) <= radius_m + 1e-6, seed
        for azimuth in range(0, 360, 20):
            for step in (1.0, 100.0, 5_000.0):
                moved = destination(centre, azimuth_deg=azimuth, distance_m=step)
                assert reach(moved, discs) >= radius_m - 1e-3, seed


def test_the_circle_of_one_disc_is_that_disc_and_so_it_is_where_one_holds_the_others() -> None:
    large, small = (LatLon(35.9, 36.8), 50_000.0), (LatLon(36.0, 36.9), 1_000.0)
    for discs in ([large], [small, large]):
        centre, radius_m = smallest_circle(discs)
        assert distance_m(centre, large[0]) < 0.01
        assert 50_000.0 == pytest.approx(radius_m)


def test_two_points_are_ends_of_a_diameter_and_of_three_discs_two_are_touched() -> None:
    one, other = LatLon(33.5, 36.3), LatLon(36.2, 37.2)
    _, radius_m = smallest_circle([(one, 0.0), (other, 0.0)])
    assert distance_m(one, other) / 2 == pytest.approx(radius_m)
    far = [(one, 8_000.0), (other, 9_000.0), (LatLon(35.3, 40.1), 500.0)]
    centre, radius_m = smallest_circle(far)
    assert sum(distance_m(centre, at) + radius > radius_m - 0.01 for at, radius in far) >= 2


def test_several_places_have_the_areas_that_hold_all_known_as_the_least_sure_is() -> None:
    third = AdminUnit(3, "SY070001", "Saraqab", "")
    one, other = a_place(admin=(IDLIB, IDLIB_DISTRICT, third)), a_place(admin=(IDLIB, IDLIB_DISTRICT))
    assert ("SY07", "SY0700") == together([one, other]).pcodes
    assert "within" == together([a_place(admin_method="within"), one]).admin_method
    apart = together([one, a_place(admin=(ALEPPO,))])
    assert ((), "unknown") == (apart.admin, apart.admin_method)


def test_several_places_are_generalised_to_the_largest_of_their_cells() -> None:
    places = [a_place(generalised_to_deg=0.1), a_place(), a_place(generalised_to_deg=0.5)]
    assert 0.5 == together(places).generalised_to_deg
