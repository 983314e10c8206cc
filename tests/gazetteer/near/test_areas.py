import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import geod
from gazetteer.near.areas import NO, OPEN, YES, DrawnArea
from gazetteer.points import Points
from tests.gazetteer.near.scattered import clustered

#: A polygon with a hole, and a part elsewhere.
HOLED = shapely.MultiPolygon(
    [
        shapely.Polygon(shapely.box(36, 35, 37, 36).exterior, [shapely.box(36.3, 35.3, 36.7, 35.7).exterior]),
        shapely.box(38, 34, 38.2, 34.1),
    ]
)


def drawn(shape: BaseGeometry) -> DrawnArea:
    return DrawnArea.from_geometry(shape, name="drawn")


def test_an_area_in_parts_on_both_sides_of_the_antimeridian_is_one() -> None:
    fiji = drawn(shapely.MultiPolygon([shapely.box(178, -18, 180, -16), shapely.box(-180, -18, -179, -16)]))
    points = Points.from_degrees([-17, -17, -17, -17], [180.0, -180.0, -178.9, 177.9])
    assert [YES, YES, NO, NO] == fiji.inside(points, np.zeros(4)).tolist()
    beyond = geod().inv(-179, -17, -178.9, -17)[2]
    assert [beyond] * 2 == pytest.approx(fiji.outline.to_border_m(points)[2:].tolist(), rel=1e-3)


def test_a_disc_is_inside_wholly_or_not_at_all_or_that_is_open() -> None:
    points, area = clustered(1000, seed=2), drawn(HOLED)
    radii = np.random.default_rng(3).choice([0.0, 500.0, 20_000.0, 300_000.0], 1000)
    covered = shapely.intersects_xy(HOLED, points.longitudes, points.latitudes)
    to_border = area.outline.to_border_m(points)
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


def test_a_polygon_that_is_typed_is_one_in_degrees_or_is_refused_in_a_sentence() -> None:
    square = '"type": "Polygon", "coordinates": [[[36, 35], [37, 35], [37, 36], [36, 35]]]'
    for crs in ("OGC:CRS84", "EPSG:4326", "urn:ogc:def:crs:OGC:1.3:CRS84"):
        named = f'{{{square}, "crs": {{"type": "name", "properties": {{"name": "{crs}"}}}}}}'
        assert (36, 35, 37, 36) == DrawnArea.from_text(named, parameter="polygon").shape.bounds
    for text, words in (
        ("CURVEPOLYGON (CIRCULARSTRING (36 35, 37 36, 38 35, 37 34, 36 35))", "it can't be read"),
        ("CIRCULARSTRING (36 35, 37 36, 38 35)", "it can't be read"),
        ("COMPOUNDCURVE ((36 35, 37 36))", "it can't be read"),
        ("MULTISURFACE (((36 35, 37 36, 37 35, 36 35)))", "it can't be read"),
        ("MULTICURVE ((36 35, 37 36))", "it can't be read"),
        ("POLYGON ((36 35, nan 36, 37 35, 36 35))", "must be degrees"),
        (
            f'{{{square}, "crs": {{"type": "name", "properties": {{"name": "EPSG:32637"}}}}}}',
            "another than WGS",
        ),
        (f'{{{square}, "crs": "EPSG:432600"}}', "another than WGS 84"),
    ):
        with pytest.raises(InputError, match=words):
            DrawnArea.from_text(text, parameter="polygon")


def test_a_drawn_file_is_read_in_the_system_that_it_names(tmp_path: Path) -> None:
    # pyproj's cs2cs: echo 300000 3980000 | cs2cs EPSG:32637 EPSG:4326
    ring = [[300_000, 3_980_000], [310_000, 3_980_000], [310_000, 3_990_000], [300_000, 3_980_000]]
    for crs, words in (("EPSG:32637", None), ("EPSG:999999", "unknown reference system")):
        named = {"type": "name", "properties": {"name": crs}}
        drawing = {"type": "Polygon", "coordinates": [ring], "crs": named}
        (tmp_path / "area.geojson").write_text(json.dumps(drawing))
        if words is None:
            west, south, *_ = DrawnArea.read(tmp_path / "area.geojson").shape.bounds
            assert (36.7826672, 35.9439137) == pytest.approx((west, south), abs=2e-3)
        else:
            with pytest.raises(InputError, match=words):
                DrawnArea.read(tmp_path / "area.geojson")
