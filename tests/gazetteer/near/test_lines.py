"""Lines and polygons as places to look near."""

import math
import shutil
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from gazetteer.errors import CoordinateError, InputError, TableError
from gazetteer.geodesy import LatLon, destination, geod
from gazetteer.incidents import read_incidents
from gazetteer.kinds import PlaceKind
from gazetteer.near import by_facility, near, targets_for
from gazetteer.near.areas import DrawnArea
from gazetteer.near.lines import Outlines
from gazetteer.near.targets import Targets, measured, targets_named
from gazetteer.points import Points
from tests.fakes import FakeGazetteer, a_place, an_incident

HOLED = shapely.box(36, 35, 37, 36).difference(shapely.box(36.3, 35.3, 36.7, 35.7))


def edges_of(shape: BaseGeometry) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    parts = shapely.get_parts(shape)
    lines = shapely.get_rings(parts) if shapely.get_dimensions(shape) == 2 else parts
    return [pair for line in lines for pair in pairwise(shapely.get_coordinates(line).tolist())]


def to_edge_m(y: float, x: float, start: tuple[float, ...], end: tuple[float, ...]) -> float:
    """The distance to one edge by measuring, ever closer: 40 points of it, then 40 round the best."""
    low, high, best = 0.0, 1.0, math.inf
    while (high - low) * math.dist(start, end) > 1e-7 or best == math.inf:
        shares = np.linspace(low, high, 40)
        east, north = (a + shares * (b - a) for a, b in zip(start, end, strict=True))
        metres = geod().inv(np.full(40, x), np.full(40, y), east, north)[2]
        at, step = int(np.argmin(metres)), (high - low) / 39
        best, low, high = min(best, metres[at]), max(0.0, shares[at] - step), min(1.0, shares[at] + step)
    return best


def some_shapes(count: int, random: np.random.Generator) -> list[BaseGeometry]:
    """Lines, lines of no length, rings with a hole, lines in parts: from ten metres to 300 km."""
    shapes: list[BaseGeometry] = []
    for number in range(count):
        middle, size = random.uniform((-170, -60), (170, 60)), 10 ** random.uniform(-4, 0.4)
        corners = middle + random.normal(0, size, (int(random.integers(2, 6)), 2))
        square = shapely.box(*(middle - size), *(middle + size))
        shapes.append(
            (
                shapely.LineString(corners),
                shapely.LineString([middle, middle]),
                square.difference(shapely.Point(middle).buffer(size / 2, quad_segs=3)),
                shapely.MultiLineString([corners, corners + size]),
            )[number % 4]
        )
    return shapes


def test_what_is_within_a_distance_is_decided_to_a_decimetre_on_the_ellipsoid() -> None:
    random = np.random.default_rng(1)
    for shape in some_shapes(60, random):
        x, y = shapely.get_coordinates(shape)[0] + random.normal(0, 1, 2) * 10 ** random.uniform(-3, 0.3)
        point, held = Points.from_degrees([y], [x]), Outlines([shape])
        inside = shapely.get_dimensions(shape) == 2 and shapely.intersects_xy(shape, x, y)
        metres = 0.0 if inside else min(to_edge_m(y, x, *edge) for edge in edges_of(shape))
        assert held.to_m(point, np.zeros(1, dtype=np.intp))[0] == pytest.approx(metres, abs=0.01), shape
        for apart in (-0.1, 0.1):
            if 0.0 <= metres + apart <= 500_000:
                found = list(held.pairs(point, np.zeros(1), within_m=metres + apart))
                assert (apart > 0.0) == any(len(one.left) for one in found), (shape, metres, apart)


def test_the_pairs_and_the_nearest_of_many_are_those_of_each_alone() -> None:
    random = np.random.default_rng(2)
    shapes = [
        *(shapely.LineString(random.uniform((35, 32), (43, 38), (30, 2))) for _ in range(5)),
        HOLED,
        shapely.box(38, 34, 39, 35),
        shapely.Point(40, 36),
    ]
    points = Points.from_degrees(random.uniform(31, 39, 400), random.uniform(34, 44, 400))
    radii, held = random.choice([0.0, 500.0, 20_000.0], 400), Outlines(shapes)
    every = np.column_stack([held.to_m(points, np.full(400, n)) for n in range(len(shapes))])
    assert every.argmin(axis=1).tolist() == held.nearest(points).tolist()
    for within_m in (0.0, 5_000.0, 120_000.0):
        found = list(held.pairs(points, radii, within_m=within_m))
        pairs = {
            (i, j, sure) for one in found for i, j, sure in zip(*(part.tolist() for part in one), strict=True)
        }
        possible = np.argwhere(every - radii[:, None] <= within_m)
        assert pairs == {(i, j, every[i, j] + radii[i] <= within_m) for i, j in possible.tolist()}, within_m


def test_a_line_beyond_the_antimeridian_is_found() -> None:
    line = Outlines([shapely.LineString([(-179.99, 50.0), (-179.99, 51.0)])])
    point = Points.from_degrees([50.5], [179.995])
    (found,) = line.pairs(point, np.zeros(1), within_m=2_000)
    assert ([0], [0]) == (found.left.tolist(), line.nearest(point).tolist())
    with pytest.raises(CoordinateError, match="half the globe: split the shape at the antimeridian"):
        list(Outlines([shapely.LineString([(-179, 50), (179, 50)])]).pairs(point, np.zeros(1), within_m=1))


def test_the_share_of_a_disc_that_is_near_a_line_is_that_of_its_area() -> None:
    """Of a disc of 10 km whose middle is 4 km from a straight line, the share within 5 km of the line."""
    meridian = shapely.LineString([(36.0, 30.0), (36.0, 40.0)])
    road = a_place("Road", position=LatLon(35.0, 36.0))
    east = destination(road.position, azimuth_deg=90.0, distance_m=4_000.0)
    incident = an_incident(position=east, uncertainty_m=10_000.0)
    for targets in ([road], [road, a_place("Far", position=LatLon(33.0, 38.0))]):
        answer = near([incident], Targets(tuple(targets), {0: meridian}), within_m=5_000)

        def cap(height_m: float) -> float:  # the share of a disc beyond a chord
            share = height_m / 10_000.0
            return (math.acos(share) - share * math.sqrt(1 - share**2)) / math.pi

        assert answer.rows[0].probability == pytest.approx(1.0 - cap(9_000.0) - cap(1_000.0), abs=0.01)
        assert ("possible", 0.0) == (answer.rows[0].certainty, answer.rows[0].min_m)
        assert answer.rows[0].max_m == pytest.approx(14_000.0, abs=1)
    (counted,) = by_facility([incident], Targets((road,), {0: meridian}), within_m=5_000).rows
    assert (0, 1) == (counted.certain, counted.possible)


def test_a_table_in_any_system_gives_its_lines_and_areas(tmp_path: Path) -> None:
    shapes = [shapely.LineString([(36, 35), (38, 35)]), HOLED, shapely.MultiPoint([(36, 35), (39, 35)])]
    for crs in (4326, 3857, 32637):
        frame = gpd.GeoDataFrame({"name": ["Road", "Area", "Posts"]}, geometry=shapes, crs=4326).to_crs(crs)
        for name in ("targets.gpkg", "targets.parquet"):
            path = tmp_path / f"{crs}-{name}"
            frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_file(path)
            targets = targets_for(FakeGazetteer(), str(path))
            assert ["Road", "Area", "Posts"] == [place.name for place in targets], path.name
            hole, far = LatLon(35.5, 36.5), LatLon(35.001, 39.0)
            found = near([an_incident(position=one) for one in (hole, far)], targets, within_m=500).rows
            assert [(0, "Area"), (1, "Posts")] == [
                (row.count_certain, row.nearest and row.nearest.name) for row in found
            ], path.name


def test_a_shapefile_is_a_table_too_as_its_files_or_in_a_zip(tmp_path: Path) -> None:
    folder = tmp_path / "roads"
    folder.mkdir()
    line = shapely.LineString([(36, 35), (38, 35)])
    frame = gpd.GeoDataFrame({"name": ["Road"]}, geometry=[line], crs=4326).to_crs(3857)
    frame.to_file(folder / "roads.shp")
    shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    for path in (folder / "roads.shp", tmp_path / "packed.zip"):
        targets = targets_for(FakeGazetteer(), str(path))
        assert ["Road"] == [place.name for place in targets]
        assert targets.to_m(Points.from_degrees([35.0], [37.0]), np.zeros(1, dtype=np.intp))[0] < 0.1
    (folder / "roads.prj").unlink()
    with pytest.raises(TableError, match=r"doesn't say its reference system: put its .prj file beside it"):
        targets_for(FakeGazetteer(), str(folder / "roads.shp"))


def test_an_edge_is_straight_in_the_system_of_its_file(tmp_path: Path) -> None:
    for crs in (4326, 32637, 3857):
        line = gpd.GeoSeries([shapely.LineString([(36, 36), (38, 37)])], crs=4326).to_crs(crs)
        gpd.GeoDataFrame({"name": ["Line"]}, geometry=line).to_file(tmp_path / f"{crs}.gpkg")
        targets = targets_for(FakeGazetteer(), str(tmp_path / f"{crs}.gpkg"))
        (middle,) = gpd.GeoSeries([line[0].interpolate(0.5, normalized=True)], crs=crs).to_crs(4326)
        point = Points.from_degrees(shapely.get_y([middle]), shapely.get_x([middle]))
        assert targets.to_m(point, np.zeros(1, dtype=np.intp))[0] < 0.1, crs


def test_a_shape_that_crosses_itself_is_refused_with_its_row(tmp_path: Path) -> None:
    bow = shapely.Polygon([(36, 35), (37, 36), (37, 35), (36, 36)])
    gpd.GeoDataFrame({"name": ["Bow"]}, geometry=[bow], crs=4326).to_file(tmp_path / "bow.gpkg")
    with pytest.raises(TableError, match=r"bow.gpkg, line 2: its shape is not valid .*mend it"):
        targets_for(FakeGazetteer(), str(tmp_path / "bow.gpkg"))


def test_an_area_is_read_from_a_file_of_any_format_and_system(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[HOLED], crs=4326)
    frame.to_crs(3857).to_file(tmp_path / "area.gpkg")
    frame.to_crs(3857).to_file(tmp_path / "area.geojson")
    frame.to_parquet(tmp_path / "area.parquet")
    (tmp_path / "bare.json").write_text(shapely.to_geojson(HOLED))
    for path in sorted(tmp_path.iterdir()):
        inside = DrawnArea.read(path).outline.covers(Points.from_degrees([35.1, 35.5], [36.1, 36.5]))
        assert [True, False] == inside.tolist(), path.name


def test_an_incident_with_a_line_or_an_area_is_taken_as_the_circle_round_it_and_says_so(
    tmp_path: Path,
) -> None:
    shapes = [shapely.LineString([(36, 35), (36, 35.1)]), shapely.box(36, 35, 36.1, 35.1)]
    frame = gpd.GeoDataFrame({"place": ["front", "town"]}, geometry=shapes, crs=4326)
    frame.to_file(tmp_path / "incidents.gpkg")
    line, area = read_incidents(tmp_path / "incidents.gpkg", FakeGazetteer())
    assert line.position is not None and line.position.latitude == pytest.approx(35.05, abs=1e-4)
    assert line.uncertainty_m == pytest.approx(5547, abs=1) and line.radius_known
    assert ("its line is taken as the circle round it, of 5.5 km",) == line.problems
    assert ("its area is taken as the circle round it, of 7.2 km",) == area.problems


def test_a_place_with_a_line_is_measured_to_its_line_and_one_without_is_refused() -> None:
    class WithRoads(FakeGazetteer):
        def shape(self, place_id: str) -> bytes | None:
            return shapely.to_wkb(shapely.LineString([(36, 35), (38, 35)])) if place_id == "test:m5" else None

    roads = {
        place.id: place
        for place in (a_place(name, kind=PlaceKind.ROAD, uncertainty_m=90_000.0) for name in ("M5", "M4"))
    }
    gazetteer = WithRoads(roads)
    for text in ("M5", "the M5", "road"):
        (row,) = near(
            [an_incident(position=LatLon(35.001, 37.0))],
            targets_named(gazetteer, text, parameter="of"),
            within_m=1_000,
        ).rows
        assert ("certain", row.distance_m) == (row.certainty, row.min_m), text
    with pytest.raises(
        InputError, match="knows 'M4' only by a point: bring it with 'gazetteer-data pull osm-roads'"
    ):
        targets_named(gazetteer, "M4", parameter="of")


def test_a_namesake_of_another_kind_is_never_a_target() -> None:
    hamlet = a_place("Turkish border")  # resolved to a village
    other = FakeGazetteer({hamlet.id: hamlet})
    assert ["test:turkish-border"] == [
        one.id for one in targets_named(other, "Turkish border", parameter="of")
    ]
    village = a_place("Bir al-Dayer")

    class Resolves(FakeGazetteer):
        def one_place(self, text: str, *, parameter: str) -> object:  # type: ignore[override]
            return village

    with pytest.raises(InputError, match=r"holds no 'Turkish border'.*ocha-cod-ab"):
        targets_named(Resolves({village.id: village}), "the Turkish border", parameter="of")


def test_a_distance_to_a_line_is_that_to_its_nearest_point() -> None:
    class WithRoad(FakeGazetteer):
        def shape(self, place_id: str) -> bytes | None:
            return shapely.to_wkb(shapely.LineString([(36, 35), (38, 35)])) if place_id == "test:m5" else None

    town, road = a_place("Town", position=LatLon(35.1, 37.0)), a_place("M5", kind=PlaceKind.ROAD)
    gazetteer = WithRoad({one.id: one for one in (town, road)})
    for start, end in ((town, road), (road, town)):
        found = measured(gazetteer, start, end)
        assert found.distance_m == pytest.approx(11_094, abs=1)
        assert (found.min_m, found.max_m) == pytest.approx((10_094, 12_094), abs=1)  # the town's radius
