import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import geod
from gazetteer.near.areas import NO, OPEN, YES, DrawnArea
from gazetteer.points import Points
from tests.gazetteer.near.scattered import clustered

Corner = tuple[float, float]
TRIANGLE = shapely.Polygon([(36, 35), (38, 35.3), (37, 36.5)])
#: A polygon with a hole, and a part elsewhere.
HOLED = shapely.MultiPolygon(
    [
        shapely.Polygon(shapely.box(36, 35, 37, 36).exterior, [shapely.box(36.3, 35.3, 36.7, 35.7).exterior]),
        shapely.box(38, 34, 38.2, 34.1),
    ]
)


def drawn(shape: BaseGeometry) -> DrawnArea:
    return DrawnArea.from_geometry(shape, name="drawn")


def to_edge_m(x: float, y: float, start: Corner, end: Corner) -> float:
    """The distance to one edge by measuring, ever closer: 200 points of it, then 200 round the best."""
    low, high, best, same = 0.0, 1.0, math.inf, np.ones(200)
    for _ in range(6):
        shares = np.linspace(low, high, 200)
        east, north = (start[axis] + shares * (end[axis] - start[axis]) for axis in (0, 1))
        metres = geod().inv(x * same, y * same, east, north)[2]
        at, step = int(np.argmin(metres)), shares[1] - shares[0]
        best = min(best, metres[at])
        low, high = max(0.0, shares[at] - 2 * step), min(1.0, shares[at] + 2 * step)
    return best


def measured_right(points: Points, geometry: BaseGeometry, *, error_m: float = 1e-3) -> bool:
    rings = [shapely.get_coordinates(r).tolist() for r in shapely.get_rings(shapely.get_parts(geometry))]
    edges = [(tuple(a), tuple(b)) for ring in rings for a, b in pairwise(ring)]
    metres = drawn(geometry).to_border_m(points).tolist()
    return all(
        min(to_edge_m(x, y, *edge) for edge in edges) == pytest.approx(length, abs=error_m)
        for x, y, length in zip(points.longitudes, points.latitudes, metres, strict=True)
    )


def test_distances_are_those_of_the_nearest_point_of_the_border_inside_and_outside() -> None:
    random = np.random.default_rng(1)
    points = Points.from_degrees(random.uniform(33, 38, 12), random.uniform(35, 39, 12))
    far = Points.from_degrees([-35.5, -35.5, -90, 90, 0], [-143, -143.3, 0, 0, 90])
    assert measured_right(points, TRIANGLE)
    assert measured_right(points, HOLED)
    assert measured_right(far, TRIANGLE)


@settings(max_examples=20)
@given(
    st.floats(-65, 65),
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
    x, y = (longitude + across + 180) % 360 - 180, latitude + up
    assume(shape.is_valid and shape.area >= 0.01)
    assert measured_right(Points.from_degrees([y], [x]), shape, error_m=3e-3)


def test_an_area_in_parts_on_both_sides_of_the_antimeridian_is_one() -> None:
    fiji = drawn(shapely.MultiPolygon([shapely.box(178, -18, 180, -16), shapely.box(-180, -18, -179, -16)]))
    points = Points.from_degrees([-17, -17, -17, -17], [180.0, -180.0, -178.9, 177.9])
    assert [YES, YES, NO, NO] == fiji.inside(points, np.zeros(4)).tolist()
    beyond = geod().inv(-179, -17, -178.9, -17)[2]
    assert [beyond] * 2 == pytest.approx(fiji.to_border_m(points)[2:].tolist(), rel=1e-3)


def test_a_disc_is_inside_wholly_or_not_at_all_or_that_is_open() -> None:
    points, area = clustered(1000, seed=2), drawn(HOLED)
    radii = np.random.default_rng(3).choice([0.0, 500.0, 20_000.0, 300_000.0], 1000)
    covered = shapely.intersects_xy(HOLED, points.longitudes, points.latitudes)
    to_border = area.to_border_m(points)
    whole = np.where(covered, np.where(to_border >= radii, YES, OPEN), np.where(to_border <= radii, OPEN, NO))
    assert {YES, OPEN, NO} == set(whole.tolist())
    assert whole.tolist() == area.inside(points, radii).tolist()
    corner, hole = Points.from_degrees([35.0, 35.0], [36.0, 36.0]), Points.from_degrees([35.5], [36.5])
    assert [YES, OPEN] == area.inside(corner, np.array([0.0, 1.0])).tolist()
    assert [NO] == area.inside(hole, np.zeros(1)).tolist()


def test_an_unusable_area_is_refused() -> None:
    for geometry, message in (
        (shapely.Point(36, 35), "must be a polygon or a multipolygon, not a Point"),
        (shapely.Polygon([(36, 35), (37, 36), (37, 35), (36, 36)]), "is not valid .*Self-intersection"),
        (shapely.box(36, 35, 37, 95), "latitude must lie between -90 and 90"),
        (shapely.box(-170, 35, 170, 40), "spans half the globe"),
    ):
        with pytest.raises((InputError, CoordinateError), match=message):
            drawn(geometry)
