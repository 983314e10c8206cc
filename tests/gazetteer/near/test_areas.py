import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import geod
from gazetteer.near.areas import NO, OPEN, YES, Area, DrawnArea, Edges, distances_to_area, within_area
from gazetteer.points import Points
from tests.gazetteer.near.scattered import NOWHERE, clustered

Corner = tuple[float, float]
TRIANGLE = shapely.Polygon([(36, 35), (38, 35.3), (37, 36.5)])
#: A polygon with a hole, and a part elsewhere.
HOLED = shapely.MultiPolygon(
    [
        shapely.Polygon(
            [(36, 35), (37, 35), (37, 36), (36, 36)],
            [[(36.3, 35.3), (36.7, 35.3), (36.7, 35.7), (36.3, 35.7)]],
        ),
        shapely.box(38, 34, 38.2, 34.1),
    ]
)


def to_edge_m(x: float, y: float, start: Corner, end: Corner, edges: Edges) -> float:
    """The distance to one edge by measuring, ever closer: 200 points of it, then 200 round the best."""
    low, high, best, same = 0.0, 1.0, math.inf, np.ones(200)
    azimuth, _, length = geod().inv(*start, *end)
    for _ in range(6):
        shares = np.linspace(low, high, 200)
        if edges == "straight":
            east, north = (start[axis] + shares * (end[axis] - start[axis]) for axis in (0, 1))
        else:
            east, north, _ = geod().fwd(start[0] * same, start[1] * same, azimuth * same, length * shares)
        metres = geod().inv(x * same, y * same, east, north)[2]
        at, step = int(np.argmin(metres)), shares[1] - shares[0]
        best = min(best, metres[at])
        low, high = max(0.0, shares[at] - 2 * step), min(1.0, shares[at] + 2 * step)
    return best


def plainly(x: float, y: float, geometry: BaseGeometry, edges: Edges) -> float:
    rings = [shapely.get_coordinates(r).tolist() for r in shapely.get_rings(shapely.get_parts(geometry))]
    return min(
        to_edge_m(x, y, tuple(ring[i]), tuple(ring[i + 1]), edges)
        for ring in rings
        for i in range(len(ring) - 1)
    )


def measured_right(points: Points, geometry: BaseGeometry, edges: Edges = "geodesic") -> bool:
    metres = distances_to_area(points, Area.from_geometry(geometry, edges=edges)).tolist()
    return all(
        geometry.buffer(0.01).covers(shapely.Point(x, y))
        if length == 0
        else plainly(x, y, geometry, edges) == pytest.approx(length, abs=1e-3)
        for x, y, length in zip(points.longitudes, points.latitudes, metres, strict=True)
    )


def test_distances_are_those_of_the_nearest_point_of_the_boundary() -> None:
    random = np.random.default_rng(1)
    points = Points.from_degrees(random.uniform(33, 38, 8), random.uniform(35, 39, 8))
    edges: tuple[Edges, ...] = ("geodesic", "straight")
    assert all(measured_right(points, shape, edge) for shape in (TRIANGLE, HOLED) for edge in edges)


@settings(max_examples=20)
@given(
    st.floats(-84, 84),
    st.floats(-175, 175),
    st.lists(st.floats(0.05, 1), min_size=3, max_size=6),
    st.floats(-5, 5),
    st.floats(-5, 5),
)
def test_distances_hold_anywhere_on_the_globe(
    latitude: float, longitude: float, reach: list[float], up: float, across: float
) -> None:
    turns = [2 * math.pi * i / len(reach) for i in range(len(reach))]
    corners = [
        (longitude + 5 * r * math.cos(t), latitude + 5 * r * math.sin(t))
        for r, t in zip(reach, turns, strict=True)
    ]
    shape = shapely.Polygon(corners)
    x, y = (longitude + across + 180) % 360 - 180, max(-90.0, min(90.0, latitude + up))
    assume(shape.is_valid and shape.area >= 0.01)
    assert measured_right(Points.from_degrees([y], [x]), shape)


def test_the_far_side_of_the_globe_is_measured_too() -> None:
    assert measured_right(Points.from_degrees([-35.5, -35.5, -90, 90, 0], [-143, -143.3, 0, 0, 90]), TRIANGLE)


def test_a_point_inside_or_on_a_corner_is_at_no_distance_and_one_in_a_hole_is_not_inside() -> None:
    points = Points.from_degrees([35.1, 35.0, 35.5, 34.05], [36.1, 36.0, 36.5, 38.1])
    metres = distances_to_area(points, Area.from_geometry(HOLED))
    assert [True, True, False, True] == (metres == 0).tolist()
    assert measured_right(points, HOLED)


def test_long_edges_are_geodesics_unless_straight_ones_are_asked_for() -> None:
    wide, north = shapely.box(30, 30, 40, 40), Points.from_degrees([40.05], [35.0])
    # It is just beyond the upper edge, which bulges northwards as a geodesic.
    assert 0.0 == distances_to_area(north, Area.from_geometry(wide))[0]
    straight = distances_to_area(north, Area.from_geometry(wide, edges="straight"))[0]
    assert geod().inv(35, 40, 35, 40.05)[2] == pytest.approx(straight, abs=1e-3)


def test_an_area_in_parts_on_both_sides_of_the_antimeridian_is_one() -> None:
    fiji = shapely.MultiPolygon([shapely.box(178, -18, 180, -16), shapely.box(-180, -18, -179, -16)])
    points = Points.from_degrees([-17, -17, -17, -17], [180.0, -180.0, -178.9, 177.9])
    metres = distances_to_area(points, Area.from_geometry(fiji))
    assert [0.0, 0.0] == metres[:2].tolist()
    assert [geod().inv(-179, -17, -178.9, -17)[2]] * 2 == pytest.approx(metres[2:].tolist(), rel=1e-3)
    assert measured_right(points.take(np.array([2])), shapely.box(179, -18, 180, -16))


def test_who_is_within_a_distance_agrees_with_the_distances() -> None:
    points, area = clustered(2000, seed=1), Area.from_geometry(TRIANGLE)
    metres = distances_to_area(points, area)
    for within_m in (0.0, 1_000.0, 50_000.0, 500_000.0):
        assert (metres <= within_m).tolist() == within_area(points, area, within_m=within_m).tolist()
    with pytest.raises(InputError, match="the distance must be"):
        within_area(points, area, within_m=-1)


def test_a_disc_is_inside_wholly_or_not_at_all_or_that_is_open() -> None:
    points = clustered(1000, seed=2)
    radii = np.random.default_rng(3).choice([0.0, 500.0, 20_000.0, 300_000.0], 1000)
    around = shapely.box(30, 30, 45, 42).difference(HOLED)
    area, outside = (Area.from_geometry(shape, edges="straight") for shape in (HOLED, around))
    away, deep = distances_to_area(points, area), distances_to_area(points, outside)
    expected = np.where((away == 0) & (deep >= radii), YES, np.where(away <= radii, OPEN, NO))
    assert {YES, OPEN, NO} == set(expected.tolist())
    drawn = DrawnArea.from_geometry(HOLED, name="drawn")
    assert expected.tolist() == drawn.inside(points, radii).tolist()
    corner = Points.from_degrees([35.0, 35.0], [36.0, 36.0])
    assert [YES, OPEN] == drawn.inside(corner, np.array([0.0, 1.0])).tolist()


def test_everything_is_infinitely_far_from_an_empty_area() -> None:
    points, nothing = clustered(3, seed=1), Area.from_geometry(shapely.Polygon())
    assert [math.inf] * 3 == distances_to_area(points, nothing).tolist()
    assert [False] * 3 == within_area(points, nothing, within_m=500_000).tolist()
    assert [] == distances_to_area(NOWHERE, Area.from_geometry(TRIANGLE)).tolist()


def test_an_unusable_area_is_refused() -> None:
    for geometry, message in (
        (shapely.Point(36, 35), "must be a polygon or a multipolygon, not a Point"),
        (shapely.Polygon([(36, 35), (37, 36), (37, 35), (36, 36)]), "is not valid .*Self-intersection"),
        (shapely.box(36, 35, 37, 95), "latitude must lie between -90 and 90"),
        (shapely.box(-170, 35, 170, 40), "spans half the globe"),
    ):
        with pytest.raises((InputError, CoordinateError), match=message):
            Area.from_geometry(geometry)
