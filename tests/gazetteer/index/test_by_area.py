"""What the polygon index promises: the answer of a plain look at every polygon, for one point or many."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import permutations
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gazetteer.errors import InputError
from gazetteer.index import areas as by_area
from gazetteer.index.areas import OUTSIDE, AreaIndex

Shape = tuple[str, int, shapely.Geometry]
COD_AB = "cod_ab_syr_20201217/syr_admbnda_adm{level}_uncs_unocha_20201217.shp"


def an_index(shapes: Sequence[Shape]) -> AreaIndex:
    return AreaIndex((pcode, level, shapely.to_wkb(shape)) for pcode, level, shape in shapes)


def plain(shapes: Sequence[Shape], x: float, y: float) -> str | None:
    """Look at every polygon, without bounds, preparation or grid."""
    point = shapely.Point(x, y)
    for level in sorted({level for _, level, _ in shapes}, reverse=True):
        covering = [pcode for pcode, at, shape in shapes if at == level and shapely.covers(shape, point)]
        if covering:
            return min(covering)
    return None


def many(index: AreaIndex, points: Sequence[tuple[float, float]]) -> list[str | None]:
    """Ask for all points, given as x and y, at once."""
    xy = np.array(points, dtype=float).reshape(-1, 2)
    numbers = index.numbers_at(xy[:, 1], xy[:, 0])
    return [None if n == OUTSIDE else index.pcodes[n] for n in numbers.tolist()]


@contextmanager
def grid_of(cells: int, *, chunk: int = 1 << 17) -> Iterator[None]:
    """Use the grid for any number of points, with so many cells a side."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_area, "_GRID_PAYS", 0)
        patch.setattr(by_area, "_CELLS", cells)
        patch.setattr(by_area, "_CHUNK", chunk)
        yield


# Halves on a small lattice make points on borders and corners common; free numbers are there too.
HALVES = st.integers(-8, 8).map(lambda n: n / 2)
NUMBERS = st.one_of(HALVES, st.floats(-4.5, 4.5, allow_nan=False, allow_subnormal=False))
POINTS = st.tuples(NUMBERS, NUMBERS)


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Geometry:
    """A hull of some points, often with a bite or a hole: valid, of one part or several."""
    hulls = [
        shapely.MultiPoint(draw(st.lists(POINTS, min_size=3, max_size=6))).convex_hull
        for _ in range(draw(st.integers(1, 2)))
    ]
    shape = hulls[0] if len(hulls) == 1 else hulls[0].difference(hulls[1])
    usable = shape.geom_type in {"Polygon", "MultiPolygon"} and shape.is_valid and shape.area > 1e-6
    return shape if usable else shapely.box(-1, -1, 1, 1)


@st.composite
def areas_and_points(draw: st.DrawFn) -> tuple[list[Shape], list[tuple[float, float]]]:
    count = draw(st.integers(1, 6))
    codes = draw(st.permutations([f"SY{n:02}" for n in range(count)]))
    shapes = [(code, draw(st.integers(0, 3)), draw(polygons())) for code in codes]
    points = draw(st.lists(POINTS, max_size=20))
    for _, _, shape in shapes:
        corners = shapely.get_coordinates(shape)
        middles = (corners[1:] + corners[:-1]) / 2
        points += [(x, y) for x, y in (*corners.tolist(), *middles.tolist())]
    return shapes, points


@given(areas_and_points(), st.sampled_from([1, 2, 7, 16, 64]))
def test_one_and_many_with_or_without_the_grid_answer_as_a_plain_look_at_every_polygon(
    drawn: tuple[list[Shape], list[tuple[float, float]]], cells: int
) -> None:
    shapes, points = drawn
    expected = [plain(shapes, x, y) for x, y in points]
    index = an_index(shapes)
    assert expected == [many(index, [point])[0] for point in points]
    assert expected == many(index, points)
    with grid_of(cells):
        assert expected == many(an_index(shapes), points)


def beside(lines: NDArray[np.float64]) -> list[float]:
    """Each number with the next smaller and the next larger one that a computer knows."""
    return [float(n) for at in lines for n in (np.nextafter(at, -np.inf), at, np.nextafter(at, np.inf))]


@given(st.lists(polygons(), min_size=1, max_size=4), st.sampled_from([1, 3, 16]))
def test_points_on_and_beside_the_lines_of_the_grid_are_answered_exactly(
    drawn: list[shapely.Geometry], cells: int
) -> None:
    shapes = [(f"SY{n:02}", 3, shape) for n, shape in enumerate(drawn)]
    west, south, east, north = shapely.total_bounds(drawn)
    points = [
        (x, y)
        for x in beside(np.linspace(west, east, cells + 1))
        for y in beside(np.linspace(south, north, cells + 1)[:: max(1, cells // 4)])
    ]
    expected = many(an_index(shapes), points)
    with grid_of(cells):
        assert expected == many(an_index(shapes), points)


def test_a_point_on_a_border_is_given_to_the_lowest_code_whatever_the_order_of_the_polygons() -> None:
    squares: list[Shape] = [
        ("SY02", 1, shapely.box(0, 0, 1, 1)),
        ("SY01", 1, shapely.box(1, 0, 2, 1)),
        ("SY10", 1, shapely.box(0, 1, 2, 2)),
    ]
    points = [(1.0, 0.5), (0.5, 1.0), (1.5, 1.0), (1.0, 1.0), (0.0, 0.0), (0.0, 2.0)]
    expected = ["SY01", "SY02", "SY01", "SY01", "SY02", "SY10"]
    for order in permutations(squares):
        assert expected == many(an_index(order), points)
        with grid_of(8):
            assert expected == many(an_index(order), points)


def test_where_the_narrowest_units_leave_a_sliver_the_wider_unit_answers() -> None:
    shapes: list[Shape] = [
        ("SY", 0, shapely.box(0, 0, 10, 10)),
        ("SY01", 1, shapely.box(0, 0, 10, 5)),
        ("SY0101", 2, shapely.box(0, 0, 5, 5)),
        ("SY010101", 3, shapely.box(0, 0, 2, 5)),
        ("SY010102", 3, shapely.box(2.001, 0, 5, 5)),
    ]
    points = [(1, 1), (2.0005, 1), (3, 1), (6, 1), (6, 6), (11, 1)]
    expected = ["SY010101", "SY0101", "SY010102", "SY01", "SY", None]
    index = an_index(shapes)
    assert expected == [many(index, [point])[0] for point in points]
    with grid_of(64):
        assert expected == many(an_index(shapes), points)


def test_a_hole_and_all_of_nothing_are_outside_and_the_border_of_a_hole_is_not() -> None:
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    points = [(0.5, 0.5), (1.5, 1.5), (1.0, 1.5)]
    assert ["SY01", None, "SY01"] == many(an_index([("SY01", 1, ring)]), points)
    assert [None] == many(AreaIndex([]), [(37, 35)])
    assert [] == many(AreaIndex([]), [])


def test_many_points_are_the_same_in_pieces_as_in_one() -> None:
    shapes: list[Shape] = [(f"SY{n:02}", 1, shapely.box(n, 0, n + 1, 1)) for n in range(4)]
    random = np.random.default_rng(5)
    points = [(float(x), float(y)) for x, y in random.uniform((-1, -0.5), (5, 1.5), (100, 2))]
    whole = many(an_index(shapes), points)
    assert {"SY00", "SY01", "SY02", "SY03", None} == set(whole)
    with grid_of(16, chunk=7):
        assert whole == many(an_index(shapes), points)


def test_a_shape_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InputError, match="the shape of SY07 is not readable WKB"):
        AreaIndex([("SY07", 1, b"\x01\x03\x00\x00\x00")])


def test_threads_that_ask_a_new_index_at_once_get_the_same_answers() -> None:
    angles = np.linspace(0, 2 * np.pi, 5_000, endpoint=False)
    circle = shapely.Polygon(np.column_stack((np.cos(angles), np.sin(angles))))
    random = np.random.default_rng(7)
    x, y = random.uniform(-1.2, 1.2, (2, 30_000))
    expected = shapely.covers(circle, shapely.points(x, y))
    for _ in range(5):
        index = an_index([("SY01", 1, circle)])
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(index.numbers_at, [y] * 8, [x] * 8))
        assert all(np.array_equal(expected, numbers != OUTSIDE) for numbers in found)


@cache
def ochas_shapes(folder: Path, level: int) -> list[Shape]:
    frame = geopandas.read_file(folder / COD_AB.format(level=level))
    codes = frame[f"ADM{level}_PCODE"]
    return [(pcode, level, shape) for pcode, shape in zip(codes, frame.geometry, strict=True)]


def sample(folder: Path, count: int) -> NDArray[np.float64]:
    """Points all over the country and round it, and a tenth as many corners of its polygons."""
    shapes = [shape for _, _, shape in ochas_shapes(folder, 3)]
    west, south, east, north = shapely.total_bounds(shapes)
    random = np.random.default_rng(2011)
    anywhere = random.uniform((west - 0.1, south - 0.1), (east + 0.1, north + 0.1), (count, 2))
    corners = random.choice(shapely.get_coordinates(shapes), count // 10, replace=False)
    return np.concatenate((anywhere, corners))


def test_with_ochas_polygons_the_grid_answers_as_the_polygons_do(shared_upstream: Path) -> None:
    index = an_index([shape for level in range(4) for shape in ochas_shapes(shared_upstream, level)])
    xy = sample(shared_upstream, 60_000)
    by_grid = index.numbers_at(xy[:, 1], xy[:, 0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_area, "_GRID_PAYS", len(xy) + 1)
        assert np.array_equal(index.numbers_at(xy[:, 1], xy[:, 0]), by_grid)


def test_in_ochas_polygons_the_wider_unit_that_the_chain_gives_is_the_one_that_holds_the_point(
    shared_upstream: Path,
) -> None:
    points = [(x, y) for x, y in sample(shared_upstream, 60_000).tolist()]
    narrow = many(an_index(ochas_shapes(shared_upstream, 3)), points)
    for level in (1, 2):
        shapes = ochas_shapes(shared_upstream, level)
        wide = many(an_index(shapes), points)
        length = len("SY00") + 2 * (level - 1)
        assert wide == [code and code[:length] for code in narrow], level
        assert {pcode for pcode, _, _ in shapes} < {*wide}, level
