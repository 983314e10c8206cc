import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import geod
from gazetteer.proximity.areas import Area, Edges, area_pairs_within, distances_to_area, within_area
from gazetteer.proximity.points import Points
from tests.gazetteer.proximity.scattered import clustered

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


def along(
    start: tuple[float, float], end: tuple[float, float], share: float, edges: Edges
) -> tuple[float, float]:
    if edges == "straight":
        return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
    azimuth, _, length = geod().inv(*start, *end)
    x, y, _ = geod().fwd(*start, azimuth, length * share)
    return x, y


def to_edge_m(x: float, y: float, start: Corner, end: Corner, edges: Edges) -> float:
    """The distance to one edge by measuring, ever closer: 200 points of it, then 200 round the best."""
    low, high, best = 0.0, 1.0, math.inf
    for _ in range(6):
        shares = np.linspace(low, high, 200)
        metres = [geod().inv(x, y, *along(start, end, s, edges))[2] for s in shares]
        at = int(np.argmin(metres))
        best, step = min(best, metres[at]), shares[1] - shares[0]
        low, high = max(0.0, shares[at] - 2 * step), min(1.0, shares[at] + 2 * step)
    return best


def plainly(x: float, y: float, geometry: BaseGeometry, edges: Edges) -> float:
    rings = [shapely.get_coordinates(r).tolist() for r in shapely.get_rings(shapely.get_parts(geometry))]
    return min(
        to_edge_m(x, y, tuple(ring[i]), tuple(ring[i + 1]), edges)
        for ring in rings
        for i in range(len(ring) - 1)
    )


@pytest.mark.parametrize("edges", ["geodesic", "straight"])
@pytest.mark.parametrize("geometry", [TRIANGLE, HOLED], ids=["triangle", "holed"])
def test_distances_are_those_of_the_nearest_point_of_the_boundary(
    geometry: BaseGeometry, edges: Edges
) -> None:
    random = np.random.default_rng(1)
    points = Points.from_degrees(random.uniform(33, 38, 12), random.uniform(35, 39, 12))
    area = Area.from_geometry(geometry, edges=edges)
    for x, y, metres in zip(
        points.longitudes, points.latitudes, distances_to_area(points, area), strict=True
    ):
        if metres == 0:
            assert geometry.buffer(0.01).covers(shapely.Point(x, y))
        else:
            assert plainly(x, y, geometry, edges) == pytest.approx(metres, abs=1e-3)


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
    if not shape.is_valid or shape.area < 0.01:
        return
    metres = distances_to_area(Points.from_degrees([y], [x]), Area.from_geometry(shape))[0]
    if metres == 0:
        assert shape.buffer(1.0).covers(shapely.Point(x, y))
    else:
        assert plainly(x, y, shape, "geodesic") == pytest.approx(metres, abs=1e-3)


def test_a_point_inside_or_on_a_corner_is_at_no_distance_and_one_in_a_hole_is_not_inside() -> None:
    points = Points.from_degrees([35.1, 35.0, 35.5, 34.05], [36.1, 36.0, 36.5, 38.1])
    metres = distances_to_area(points, Area.from_geometry(HOLED))
    assert [0.0, 0.0, 0.0] == metres[[0, 1, 3]].tolist()
    assert plainly(36.5, 35.5, HOLED, "geodesic") == pytest.approx(metres[2], abs=1e-3)


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
    west_of_it = distances_to_area(points, Area.from_geometry(shapely.box(179, -18, 180, -16)))
    assert plainly(-178.9, -17, shapely.box(179, -18, 180, -16), "geodesic") == pytest.approx(
        west_of_it[2], abs=1e-3
    )


def test_who_is_within_a_distance_agrees_with_the_distances() -> None:
    points, area = clustered(2000, seed=1), Area.from_geometry(TRIANGLE)
    metres = distances_to_area(points, area)
    for within_m in (0.0, 1_000.0, 50_000.0, 500_000.0):
        assert (metres <= within_m).tolist() == within_area(points, area, within_m=within_m).tolist()
    areas = [area, Area.from_geometry(HOLED)]
    pairs = list(area_pairs_within(points, areas, within_m=10_000))
    assert [0, 1] == [number for p in pairs for number in sorted(set(p.right.tolist()))]
    assert np.flatnonzero(metres <= 10_000).tolist() == pairs[0].left.tolist()


def test_moving_away_in_small_steps_moves_the_distance_by_no_more() -> None:
    steps = np.linspace(34.0, 34.9, 200)
    points = Points.from_degrees(steps, np.full(200, 37.0))
    metres = distances_to_area(points, Area.from_geometry(TRIANGLE))
    walked = geod().inv(np.full(199, 37.0), steps[:-1], np.full(199, 37.0), steps[1:])[2]
    assert (np.abs(np.diff(metres)) <= walked + 1e-3).all()


def test_the_far_side_of_the_globe_is_measured_too() -> None:
    points = Points.from_degrees([-35.5, -35.5, -90, 90, 0], [-143, -143.3, 0, 0, 90])
    metres = distances_to_area(points, Area.from_geometry(TRIANGLE))
    for x, y, length in zip(points.longitudes, points.latitudes, metres, strict=True):
        assert plainly(x, y, TRIANGLE, "geodesic") == pytest.approx(length, abs=1e-3)


def test_everything_is_infinitely_far_from_an_empty_area() -> None:
    points, nothing = clustered(3, seed=1), Area.from_geometry(shapely.Polygon())
    assert [math.inf] * 3 == distances_to_area(points, nothing).tolist()
    assert [False] * 3 == within_area(points, nothing, within_m=500_000).tolist()
    none = Points.from_degrees([], [])
    assert [] == distances_to_area(none, Area.from_geometry(TRIANGLE)).tolist()


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        (shapely.Point(36, 35), "must be a polygon or a multipolygon, not a Point"),
        (shapely.Polygon([(36, 35), (37, 36), (37, 35), (36, 36)]), "is not valid .*Self-intersection"),
        (shapely.box(36, 35, 37, 95), "latitude must lie between -90 and 90"),
        (shapely.box(-170, 35, 170, 40), "spans half the globe"),
    ],
)
def test_an_unusable_area_is_refused(geometry: BaseGeometry, message: str) -> None:
    with pytest.raises((InputError, CoordinateError), match=message):
        Area.from_geometry(geometry)


def test_a_bad_distance_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="the distance must be"):
        area_pairs_within(clustered(2, seed=1), [], within_m=-1)
