"""Geodesy against published values, and against pyproj's own transformer.

Golden values: ``GeodTest.dat``, C. F. F. Karney, "Test set for geodesics" (2010),
doi:10.5281/zenodo.32156, computed in 100-digit arithmetic; the worked examples of Karney, "Algorithms
for geodesics", J. Geod. 87 (2013), doi:10.1007/s00190-012-0578-z; and the JFK to LHR example of the
GeographicLib documentation.
"""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from gazetteer.errors import CoordinateError
from gazetteer.geodesy import LatLon, azimuth_deg, compass_word, destination, distance_m
from gazetteer.points import Points

POSITIONS = st.builds(LatLon, st.floats(-90, 90), st.floats(-180, 180))


def test_distances_bearings_and_destinations_are_the_published_ones() -> None:
    for source, start, azimuth, end, metres in (
        ("JFK-LHR", LatLon(40.6, -73.8), 51.19888284557982, LatLon(51.6, -0.5), 5_551_759.400318679),
        ("GeodTest 1", LatLon(36.530042355041, 0), 176.125875162171,
         LatLon(-48.16427077909777, 5.76234469467651), 9_398_502.0434687),
        ("Karney 2013, table 5", LatLon(-30, 0), 161.890524736, LatLon(29.9, 179.8), 19_989_832.82761),
        ("Karney 2013, table 2", LatLon(40, 0), 30, LatLon(41.79331020506, 137.84490004377), 10_000_000.0),
    ):  # fmt: skip
        assert metres == pytest.approx(distance_m(start, end), rel=0, abs=1e-5), source
        assert azimuth == pytest.approx(azimuth_deg(start, end), rel=0, abs=1e-8), source
        reached = destination(start, azimuth_deg=azimuth, distance_m=metres)
        expected = pytest.approx((end.latitude, end.longitude), rel=0, abs=1e-8)
        assert expected == (reached.latitude, reached.longitude), source


def test_short_antipodal_polar_and_coincident_lines() -> None:
    for start, end, metres in (
        # Karney's test set (doi:10.5281/zenodo.32156): short, middle and nearly antipodal lines.
        (LatLon(31.371144087006, 0), LatLon(28.909631785856762, 17.071526465331372), 1_665_550.2846815),
        (LatLon(19.707097385334, 0), LatLon(19.707739582810257, 0.00026025642810105), 76.1478894),
        (LatLon(41.211099672963, 0), LatLon(-41.567531864088980, 179.92621956183250), 19_964_100.0439999),
        (LatLon(0.925973600837, 0), LatLon(-0.607398400683232, 179.95083146293813), 19_968_558.8681118),
        # Half a meridian, twice the quarter meridian of WGS 84.
        (LatLon(90, 0), LatLon(-90, 0), 20_003_931.4586254),
        (LatLon(90, 0), LatLon(90, 123), 0.0),
        (LatLon(10, 180), LatLon(10, -180), 0.0),
        (LatLon(35.93, 36.63), LatLon(35.93, 36.63), 0.0),
        # A degree of the equator: the semi-major axis in radians.
        (LatLon(0, 179.5), LatLon(0, -179.5), 6_378_137.0 * math.pi / 180),
    ):
        expected = pytest.approx(metres, rel=0, abs=1e-6)
        assert [expected, expected] == [distance_m(start, end), distance_m(end, start)], start


@given(POSITIONS, st.floats(0, 360), st.floats(1, 1_000_000))
def test_a_destination_lies_at_its_distance(start: LatLon, azimuth: float, metres: float) -> None:
    reached = destination(start, azimuth_deg=azimuth, distance_m=metres)
    assert metres == pytest.approx(distance_m(start, reached), rel=0, abs=1e-5)


def centred(point: LatLon) -> tuple[float, ...]:
    return tuple(Points.of([point]).xyz_m[0].tolist())


@given(POSITIONS)
def test_earth_centred_coordinates_are_those_of_epsg_4978(point: LatLon) -> None:
    to_geocentric = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=False)
    expected = to_geocentric.transform(point.latitude, point.longitude, 0.0)
    assert expected == pytest.approx(centred(point), rel=0, abs=1e-6)


def test_the_axes_of_the_ellipsoid() -> None:
    for point, expected in (
        (LatLon(0, 0), (6_378_137.0, 0.0, 0.0)),
        (LatLon(0, 180), (-6_378_137.0, 0.0, 0.0)),
        # NIMA TR8350.2 (2000), table 3.1 and 3.3: the semi-minor axis is 6 356 752.3142 m.
        (LatLon(90, 77), (0.0, 0.0, 6_356_752.3142)),
        (LatLon(-90, 0), (0.0, 0.0, -6_356_752.3142)),
    ):
        assert expected == pytest.approx(centred(point), rel=0, abs=1e-4), point


@given(POSITIONS, POSITIONS)
def test_a_chord_is_never_longer_than_the_geodesic_whose_bearing_is_a_turn_at_most(
    a: LatLon, b: LatLon
) -> None:
    assert math.dist(centred(a), centred(b)) <= distance_m(a, b) + 1e-6
    assert 0.0 <= azimuth_deg(a, b) <= 360.0


def test_a_bearing_has_the_nearest_of_eight_compass_words() -> None:
    for word, bearings in {
        "north": (0, 22.4, 337.6, 360), "northeast": (22.6,), "east": (90,), "southeast": (135,),
        "south": (180,), "southwest": (225, 237.85), "west": (270,), "northwest": (315, 337.4, -45),
    }.items():  # fmt: skip
        assert {word} == {compass_word(bearing) for bearing in bearings}


def test_the_bearing_changes_by_half_a_turn_on_the_way_back_along_a_meridian() -> None:
    south, north = LatLon(35, 37), LatLon(36, 37)
    assert (0.0, 180.0) == (azimuth_deg(south, north), azimuth_deg(north, south))


def test_what_is_out_of_range_is_said_in_full() -> None:
    for latitude, said in ((90.00000000000001, "90.00000000000001"), (-91, "-91"), (96.2, "96.2")):
        with pytest.raises(CoordinateError, match=f"between -90 and 90, not {re.escape(said)}(;|$)"):
            LatLon(latitude, 0)
