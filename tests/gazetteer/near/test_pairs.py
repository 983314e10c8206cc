import math
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import LatLon, distance_m, geod
from gazetteer.near import pairs
from gazetteer.near.pairs import (
    MAX_RADIUS_M,
    MIN_RADIUS_M,
    disc_pairs,
    geodesic_limits_m,
    longest_chord_m,
    nearest,
)
from gazetteer.near.probability import probability
from gazetteer.points import (
    Booleans,
    Floats,
    Integers,
    Points,
)
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
def test_pairs_are_those_of_geod_anywhere_on_the_globe(
    sets: tuple[Points, Points], within_m: float, seed: int, widest_m: float
) -> None:
    left, right = sets
    r1, r2 = some_radii(len(left), seed, widest_m), some_radii(len(right), seed + 1, widest_m / 10)
    assert plainly(left, r1, right, r2, within_m) == listed(left, r1, right, r2, within_m)


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
    assert all(len(set(c.left.tolist())) <= 7 and len(c.left) <= 500 for c in chunks)
    # All pairs of a point are in one chunk.
    assert len({i for i, _, _ in expected}) == sum(len(set(c.left.tolist())) for c in chunks)


def even(i: Integers, j: Integers) -> Booleans:
    counts: Booleans = (i + j) % 2 == 0
    return counts


def test_only_pairs_that_count_make_a_probability() -> None:
    left, right = clustered(80, seed=1), clustered(60, seed=2)
    metres, there = every_distance_m(left, right), np.add.outer(np.arange(80), np.arange(60)) % 2 == 0
    shares = probability(left, 1_000.0, right, within_m=9_000, allowed=even)
    assert (there & (metres + 1_000 <= 9_000)).any(axis=1).tolist() == (shares == 1.0).tolist()
    assert (there & (metres - 1_000 <= 9_000)).any(axis=1).tolist() == (shares > 0.0).tolist()


def test_bad_radii_and_distances_are_named() -> None:
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
            probability(two, radii, two, within_m=within_m)
        with pytest.raises(InputError, match=message):
            list(disc_pairs(two, radii, two, 0.0, within_m=within_m))


def test_memory_does_not_grow_with_the_number_of_pairs() -> None:
    left, right = clustered(200_000, seed=13, spread=0.1), clustered(2_000, seed=14, spread=0.1)
    geod()
    tracemalloc.start()
    found = sum(len(one.left) for one in disc_pairs(left, 10_000.0, right, 0.0, within_m=5_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found > 5_000_000
    assert peak < 150e6


def test_importing_the_search_loads_neither_scipy_nor_pyproj() -> None:
    code = (
        "import sys, gazetteer.near, gazetteer.ask;"
        "print([m for m in ('scipy', 'pyproj', 'shapely') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


# ------------------------------------------------------------------------------ nearest


def least(metres: Floats) -> list[int]:
    """The first of the nearest in each row of a table of all distances; infinite ones don't count."""
    found: list[int] = np.where(np.isfinite(metres.min(axis=1)), metres.argmin(axis=1), -1).tolist()
    return found


@given(point_sets())
def test_the_nearest_is_that_of_geod_anywhere_on_the_globe(sets: tuple[Points, Points]) -> None:
    assert least(every_distance_m(*sets)) == nearest(*sets).tolist()


def test_of_many_points_in_one_place_the_first_is_nearest() -> None:
    crowd = Points.from_degrees([35.1] + [35.0] * 50, [37.0] * 51)
    assert [1] == nearest(Points.from_degrees([35.01], [37.0]), crowd).tolist()


def test_only_pairs_that_count_are_nearest() -> None:
    left, right = clustered(60, seed=9), clustered(80, seed=10)
    counting = np.add.outer(np.arange(60), np.arange(80)) % 37 == 3
    counting[5] = False

    def allowed(i: Integers, j: Integers) -> Booleans:
        chosen: Booleans = counting[i, j]
        return chosen

    metres = np.where(counting, every_distance_m(left, right), np.inf)
    assert least(metres) == nearest(left, right, allowed=allowed).tolist()


def test_no_points_have_no_nearest() -> None:
    assert [-1, -1] == nearest(clustered(2, seed=1), NOWHERE).tolist()
    assert [] == nearest(NOWHERE, clustered(2, seed=1)).tolist()


# ------------------------------------------------------------------------------ bounds and points

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
    assert 6_335_439.3273 == pytest.approx(MIN_RADIUS_M, abs=1e-4)
    assert 6_399_593.6258 == pytest.approx(MAX_RADIUS_M, abs=1e-4)


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


def test_points_keep_their_own_copy_of_what_they_were_made_from() -> None:
    latitudes = np.array([35.0])
    points = Points.from_degrees(latitudes, [36.0])
    latitudes[0] = math.nan
    assert [35.0] == points.latitudes.tolist()
