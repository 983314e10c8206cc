import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import LatLon, distance_m, geod
from gazetteer.near.bounds import GREATEST_RADIUS_M, LEAST_RADIUS_M, geodesic_limits_m, longest_chord_m
from gazetteer.points import Points, checked_radii, checked_within
from tests.gazetteer.near.scattered import Floats, every_distance_m, point_sets

#: lat1, lon1, lat2, lon2, metres. The cases of Karney's geodtest.c, the test suite of the geodesics of
#: GeographicLib and PROJ: the first ten are accurate to 10 nm there, the others rounded to the millimetre.
GOLDEN = [
    (35.60777, -139.44815, -11.17491, -69.95921, 8935244.5604818305),
    (55.52454, 106.05087, 77.03196, 197.18234 - 360, 4105086.1713924406),
    (-21.97856, 142.59065, 41.84138, 98.56635, 8394328.894657671),
    (-66.99028, 112.2363, -12.70631, 285.90344 - 360, 11150344.2312080241),
    (-17.42761, 173.34268, -15.84784, 5.93557, 16076603.1631180673),
    (32.84994, 48.28919, -56.28556, 202.29132 - 360, 16727068.9438164461),
    (-68.82867, -74.28391, -50.63005, -8.36685, 3956936.926063544),
    (-19.79938, -174.47484, -11.99349, -154.35109, 2319004.8601169389),
    (-87.85331, 85.66836, 66.48646, 16.09921, 17286615.3147144645),
    (-41.22777, 122.32875, -7.57291, 130.37946, 3812686.035106021),
    (36.493349428792, 0.0, 36.49334942879201, 0.0000008, 0.072),
    (88.202499451857, 0.0, -88.202499451857, 179.981022032992859592, 20003898.214),
    (89.333123580033, 0.0, -89.333123580032997687, 179.99295812360148422, 20003926.881),
    (56.320923501171, 0.0, -56.320923501171, 179.664747671772880215, 19993558.287),
]


def test_published_geodesics_are_measured_and_lie_within_the_bounds() -> None:
    for lat1, lon1, lat2, lon2, metres in GOLDEN:
        measured = distance_m(LatLon(lat1, lon1), LatLon(lat2, lon2))
        assert metres == pytest.approx(measured, abs=5e-4 if round(metres, 3) == metres else 1e-8)
        ends = Points.from_degrees([lat1, lat2], [lon1, lon2]).xyz_m
        low, high = geodesic_limits_m(np.linalg.norm(ends[1:] - ends[:1], axis=1))
        assert low[0] <= measured <= high[0]


def test_the_radii_of_curvature_are_those_of_the_standard() -> None:
    # b²/a and a²/b of WGS 84; the second is "c" in NIMA TR8350.2 (2000), table 3.3: 6399593.6258 m.
    assert 6_335_439.3273 == pytest.approx(LEAST_RADIUS_M, abs=1e-4)
    assert 6_399_593.6258 == pytest.approx(GREATEST_RADIUS_M, abs=1e-4)


def holds(metres: Floats, chords: Floats) -> bool:
    low, high = geodesic_limits_m(chords)
    return bool(((low <= metres) & (metres <= high) & (chords <= longest_chord_m(metres))).all())


@given(point_sets())
def test_geodesics_and_chords_keep_the_bounds_anywhere_on_the_globe(sets: tuple[Points, Points]) -> None:
    left, right = sets
    chords = np.linalg.norm(left.xyz_m[:, None] - right.xyz_m[None], axis=2)
    assert holds(every_distance_m(left, right), chords)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 360), st.floats(0, 7.3))
def test_they_keep_them_at_any_length(
    latitude: float, longitude: float, azimuth: float, power: float
) -> None:
    other = geod().fwd(longitude, latitude, azimuth, 10**power)
    ends = Points.from_degrees([latitude, other[1]], [longitude, other[0]])
    assert holds(every_distance_m(ends, ends)[:1, 1], np.linalg.norm(ends.xyz_m[1:] - ends.xyz_m[:1], axis=1))


def test_what_must_be_measured_is_as_little_as_promised() -> None:
    for chord_m, least, most in ((5e3, 2e-6, 1e-5), (5e5, 2.5, 2.7)):
        low, high = geodesic_limits_m(np.array([chord_m]))
        assert least < high[0] - low[0] < most


def test_a_bad_position_is_named_by_its_row() -> None:
    for latitudes, longitudes, message in (
        ([35, math.nan], [36, 36], "row 2: latitude must be a finite number"),
        ([35, 35, math.inf], [36, 36, 36], "row 3: latitude must be a finite number"),
        ([35, 35], [-math.inf, 36], "row 1: longitude must be a finite number"),
        ([95.5], [36], "row 1: latitude must lie between -90 and 90, not 95.5; the order may be swapped"),
        ([35], [181], "row 1: longitude must lie between -180 and 180"),
        ([35, 36], [36], "as many latitudes as longitudes, not 2 and 1"),
        ([[35]], [[36]], "as many latitudes as longitudes"),
        (["north"], [36], "latitudes must be numbers"),
    ):
        with pytest.raises(CoordinateError, match=message):
            Points.from_degrees(latitudes, longitudes)


def test_a_bad_distance_or_radius_is_refused() -> None:
    for within_m in (-1.0, math.nan, math.inf, 500_000.1):
        with pytest.raises(InputError, match="the distance must be"):
            checked_within(within_m)
    for radii, message in (
        ([1.0, -2.0], "row 2: the radius must be zero or more metres, not -2"),
        ([math.nan, 1.0], "row 1: the radius"),
        ([1.0], "one radius for each of the 2 points, not 1"),
    ):
        with pytest.raises(InputError, match=message):
            checked_radii(radii, 2, parameter="radii")


def test_points_keep_their_own_copy_of_what_they_were_made_from() -> None:
    latitudes = np.array([35.0])
    points = Points.from_degrees(latitudes, [36.0])
    latitudes[0] = math.nan
    assert [35.0] == points.latitudes.tolist()
