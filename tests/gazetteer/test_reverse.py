"""What reverse promises: the areas round a point by polygon, or by what is nearest, one point or many."""

import math
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gazetteer import Gazetteer, ReverseAnswer
from gazetteer.cli import text as in_words
from gazetteer.errors import CoordinateError, GazetteerFileError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.store import AreaRecord
from gazetteer.store.geopackage import sealed
from tests.builders import a_gazetteer_file, a_record, a_square, a_unit, an_area


def a_box(west: float, south: float, east: float, north: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.box(west, south, east, north)))


# A country of two by two degrees: SY01 is its south, with one district of two sub-districts that leave a
# sliver between them; SY02 is its northwest, without narrower units; nothing is known of its northeast.
FULL_CHAIN = ("SY01", "SY0101", "SY010101")
TOWN = dict(zip(("adm1_pcode", "adm2_pcode", "adm3_pcode"), FULL_CHAIN, strict=True))
PLACES = [
    a_unit("SY01", position=LatLon(35.5, 37)),
    a_unit("SY0101", position=LatLon(35.5, 37)),
    a_unit("SY010101", position=LatLon(35.5, 36.5)),
    a_unit("SY010102", position=LatLon(35.5, 37.5)),
    a_unit("SY02", position=LatLon(36.5, 36.5)),
    a_record(id="C1", name="Town", name_ar="", position=LatLon(35.5, 36.4), **TOWN),
]
AREAS = [
    an_area(pcode="SY", level=0, wkb=a_square(36, 35, 2)),
    an_area(pcode="SY01", level=1, wkb=a_box(36, 35, 38, 36)),
    an_area(pcode="SY0101", level=2, wkb=a_box(36, 35, 38, 36)),
    an_area(pcode="SY010101", level=3, wkb=a_square(36, 35)),
    an_area(pcode="SY010102", level=3, wkb=a_box(37.01, 35, 38, 36)),
    an_area(pcode="SY02", level=1, wkb=a_square(36, 36)),
]
# latitude, longitude; chain; method; outside the country
BY_POLYGON = [
    ((35.5, 36.2), FULL_CHAIN, "within", False),
    ((35.5, 37.5), ("SY01", "SY0101", "SY010102"), "within", False),
    ((35.5, 37.005), ("SY01", "SY0101"), "within", False),
    ((36.5, 36.5), ("SY02",), "within", False),
    ((36.0, 36.5), FULL_CHAIN, "within", False),
    ((36.5, 37.5), (), "unknown", False),
    ((34.5, 36.5), (), "unknown", True),
]


def a_gazetteer(path: Path, areas: list[AreaRecord]) -> Gazetteer:
    return Gazetteer.open(a_gazetteer_file(path / "g.gpkg", PLACES, areas=areas))


@pytest.fixture(scope="module")
def with_polygons(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    return a_gazetteer(tmp_path_factory.mktemp("with"), AREAS)


@pytest.fixture(scope="module")
def without_polygons(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    return a_gazetteer(tmp_path_factory.mktemp("without"), [])


def told(answer: ReverseAnswer) -> tuple[tuple[str, ...], str, bool | None]:
    return tuple(unit.pcode for unit in answer.admin), answer.admin_method, answer.outside_country


def test_polygons_decide_and_the_answer_says_whether_the_point_is_outside(with_polygons: Gazetteer) -> None:
    for point, chain, method, outside in BY_POLYGON:
        answer = with_polygons.reverse(LatLon(*point))
        assert (chain, method, outside) == told(answer), point
        assert outside is answer.as_json()["outside_country"], point
        assert answer.nearest is not None, point
        assert "C1" == answer.nearest.id, point


def test_without_polygons_the_nearest_place_gives_its_areas_and_outside_is_not_known(
    without_polygons: Gazetteer,
) -> None:
    answer = without_polygons.reverse(LatLon(35.5, 36.2))
    assert (FULL_CHAIN, "nearest", None) == told(answer)
    assert answer.nearest is not None
    assert distance_m(LatLon(35.5, 36.2), answer.nearest.position) == answer.nearest_distance_m
    nowhere = without_polygons.reverse(LatLon(20, 36.2))
    assert ((), "unknown", None) == told(nowhere)
    assert nowhere.as_json()["outside_country"] is None


def test_the_command_says_that_a_point_is_outside_the_country(with_polygons: Gazetteer) -> None:
    for point, said in ((LatLon(34.5, 36.5), "outside the country"), (LatLon(36.5, 37.5), "not known")):
        lines = in_words.reverse_answer(with_polygons.reverse(point)).splitlines()
        assert [f"{point.latitude:.5f}, {point.longitude:.5f}", f"  area     {said}"] == lines[:2]


def test_a_point_computed_from_words_has_its_areas_by_polygon(with_polygons: Gazetteer) -> None:
    best = with_polygons.resolve("36.5, 36.5").matches[0].place
    assert (("SY02",), "within") == (best.pcodes, best.admin_method)


def test_a_shape_whose_unit_the_file_does_not_name_leaves_the_answer_to_the_wider_unit(
    tmp_path: Path,
) -> None:
    unnamed = an_area(pcode="SY010109", level=3, wkb=a_box(37, 35, 37.01, 36))
    assert (("SY01", "SY0101"), "within", False) == told(
        a_gazetteer(tmp_path, [*AREAS, unnamed]).reverse(LatLon(35.5, 37.005))
    )


def test_a_shape_that_is_damaged_inside_the_file_is_one_sentence(tmp_path: Path) -> None:
    a_gazetteer(tmp_path, AREAS)
    path = tmp_path / "g.gpkg"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE areas SET geom = substr(geom, 1, 60) WHERE fid = 2")  # 40 are the header
    path.write_bytes(sealed(path.read_bytes()))
    gazetteer = Gazetteer.open(path)
    with pytest.raises(GazetteerFileError, match="is damaged: the shape of SY01 is not readable") as caught:
        gazetteer.reverse(LatLon(35.5, 36.5))
    assert "\n" not in str(caught.value)


LATITUDES = st.one_of(st.integers(68, 76).map(lambda n: n / 2), st.floats(34, 38), st.floats(-90, 90))
LONGITUDES = st.one_of(st.integers(70, 78).map(lambda n: n / 2), st.floats(35, 39), st.floats(-180, 180))


@given(st.lists(st.tuples(LATITUDES, LONGITUDES), max_size=12))
def test_many_points_are_told_what_each_alone_is_told(
    with_polygons: Gazetteer, without_polygons: Gazetteer, points: list[tuple[float, float]]
) -> None:
    for gazetteer in (with_polygons, without_polygons):
        answers = [gazetteer.reverse(LatLon(*point)) for point in points]
        at = gazetteer.areas_at([lat for lat, _ in points], [lon for _, lon in points])
        assert len(points) == len(at)
        for level in (1, 2, 3):
            stated = [next((u.pcode for u in a.admin if u.level == level), None) for a in answers]
            assert stated == at.pcodes(level).tolist()
        assert [a.admin for a in answers] == [at.chains[row] for row in at.rows]
        assert all(a.admin_method == at.admin_method for a in answers if a.admin)
        outside = [None] * len(points) if at.outside_country is None else at.outside_country.tolist()
        assert [a.outside_country for a in answers] == outside


def test_columns_of_a_table_go_in_as_they_are(with_polygons: Gazetteer) -> None:
    table = pd.DataFrame({"lat": [35.5, 36.5, 30.0], "lon": [37.5, 36.5, 36.5]}, index=[7, 8, 9])
    at = with_polygons.areas_at(table["lat"], table["lon"])
    assert ["SY010102", None, None] == at.pcodes(3).tolist()
    assert ["SY01", "SY02", None] == at.pcodes(1).tolist()


@pytest.mark.parametrize(
    ("latitudes", "longitudes", "words"),
    [
        ([35, 35, math.nan], [36, 36, 36], "row 3: latitude must be a finite"),
        ([35, 35], [36, math.inf], "row 2: longitude must be a finite"),
        ([91, 35], [36, math.nan], "row 1: .* between -90 and 90, not 91"),
        ([120, 35], [36, 36], "latitude comes first"),
        ([35], [181], "row 1: .* between -180 and 180, not 181"),
        ([35, None], [36, 36], "row 2: latitude must be a finite"),
        (np.ma.array([35.0, 35.0], mask=[False, True]), [36, 36], "row 2: latitude must be a finite"),
        ([35, 35], [36], "as many latitudes as longitudes, not 2 and 1"),
        (["north"], [36], "latitudes must be numbers"),
        (35, [36], "as lists or one-dimensional arrays"),
        ([[35]], [[36]], "as lists or one-dimensional arrays"),
    ],
)  # fmt: skip
def test_a_row_that_is_no_position_is_named(
    with_polygons: Gazetteer, without_polygons: Gazetteer, latitudes: Any, longitudes: Any, words: str
) -> None:
    for gazetteer in (with_polygons, without_polygons):
        with pytest.raises(CoordinateError, match=words) as caught:
            gazetteer.areas_at(latitudes, longitudes)
        assert "\n" not in str(caught.value)


def test_opening_and_looking_up_a_name_imports_neither_shapely_nor_numpy(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg", PLACES, areas=AREAS)
    program = f"""
import sys
from gazetteer import Gazetteer
Gazetteer.open({str(path)!r}).resolve("Town")
assert not {{"numpy", "shapely", "rtree"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).resolve().parents[2], check=True)


def with_ochas_polygons(upstream: Path, folder: Path) -> Gazetteer:
    """OCHA's areas as a gazetteer file, without settlements."""
    import geopandas

    places, areas = [], []
    for level in (1, 2, 3):
        name = f"cod_ab_syr_20201217/syr_admbnda_adm{level}_uncs_unocha_20201217.shp"
        frame = geopandas.read_file(upstream / name)
        for pcode, shape in zip(frame[f"ADM{level}_PCODE"], frame.geometry, strict=True):
            inside = shape.representative_point()
            places.append(a_unit(pcode, position=LatLon(inside.y, inside.x)))
            areas.append(an_area(pcode=pcode, level=level, wkb=shape.wkb))
    places.append(a_record(id="C1", position=LatLon(35, 37)))
    return Gazetteer.open(a_gazetteer_file(folder / "ocha.gpkg", places, areas=areas))


def test_ochas_units_are_found_at_points_inside_them_and_a_million_points_as_each_alone(
    shared_upstream: Path, tmp_path: Path
) -> None:
    gazetteer = with_ochas_polygons(shared_upstream, tmp_path)
    units = [place for place in gazetteer.places() if place.kind.admin_level]
    at = gazetteer.areas_at([u.position.latitude for u in units], [u.position.longitude for u in units])
    levels = [unit.kind.admin_level or 0 for unit in units]
    assert [u.id for u in units] == [at.pcodes(level)[row] for row, level in enumerate(levels)]
    assert {1: 14, 2: 62, 3: 272} == {level: levels.count(level) for level in (1, 2, 3)}

    random = np.random.default_rng(1)
    latitudes, longitudes = random.uniform(32.3, 37.4, 1_000_000), random.uniform(35.6, 42.4, 1_000_000)
    at = gazetteer.areas_at(latitudes, longitudes)
    assert [14, 62] == [len({*at.pcodes(level)} - {None}) for level in (1, 2)]
    assert len({*at.pcodes(3)}) > 260  # the smallest may be missed by chance
    for n, point in enumerate(zip(latitudes[:500].tolist(), longitudes[:500].tolist(), strict=True)):
        alone = {unit.level: unit.pcode for unit in gazetteer.reverse(LatLon(*point)).admin}
        assert alone.get(3) == at.pcodes(3)[n], point


def test_axes_that_seem_swapped_are_said_by_whatever_is_asked_on_the_embedded_default(
    default: Gazetteer,
) -> None:
    for right in ("35.93, 36.63", "33.51, 36.29", "35.13, 36.75"):  # Idlib, Damascus, Hama
        swapped = ", ".join(reversed(right.split(", ")))
        incidents = pd.DataFrame({"place": ["Saraqeb"]})
        for text, is_said in ((swapped, True), (right, False)):
            near = default.near(incidents, of=text, within="5 km")
            said = [
                default.swap_hint(text),
                default.distance(text, "Aleppo").hint,
                default.distance("Aleppo", text).hint,
                " ".join(near.targets.notes),
                " ".join(default.resolve(text).matches[0].reasons),
                default.ask(f"nearest town to {text}").measured["hint"],  # type: ignore[index] # it is one
                default.ask(f"how far is {text} from Aleppo").measured["hint"],  # type: ignore[index]
            ]
            assert [is_said] * len(said) == ["the order may be swapped" in words for words in said], text
    assert "" == default.swap_hint("Idlib")
