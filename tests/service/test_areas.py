"""Areas, their shapes, and what the gazetteer says of itself."""

from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from gazetteer import Gazetteer, LatLon, PlaceKind
from tests.builders import a_gazetteer_file, a_record, a_square, an_area
from tests.service.asking import AREAS, PLACES, a_client, get, ids, problem


@pytest.fixture(scope="module")
def shaped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a gazetteer with two governorates, one of which has a shape, and a district."""
    unit: dict[str, Any] = {"population": None, "adm2_pcode": None, "adm3_pcode": None}
    records = [
        a_record(id="SY02", name="Aleppo", kind=PlaceKind.GOVERNORATE, adm1_pcode="SY02", **unit),
        a_record(id="SY07", name="Idleb", kind=PlaceKind.GOVERNORATE, position=LatLon(35.8, 36.7), **unit),
        a_record(id="SY0702", name="Al Ma'ra", kind=PlaceKind.DISTRICT, **{**unit, "adm2_pcode": "SY0702"}),
        a_record(),
    ]
    area = an_area(wkb=a_square(36, 35), simple_wkb=a_square(36.1234567, 35, 0.5))
    path = a_gazetteer_file(tmp_path_factory.mktemp("shaped") / "shaped.gpkg", records, areas=[area])
    with Gazetteer.open(path) as gazetteer:
        yield a_client(gazetteer)


def test_an_area_has_its_name_level_and_parents(shaped: FlaskClient) -> None:
    found = get(shaped, f"{AREAS}/SY0702")
    names = ("name", "level", "adm1_pcode", "adm1_name", "adm3_pcode", "population")
    assert ["Al Ma'ra", 2, "SY07", "Idleb", None, None] == [found["properties"][name] for name in names]
    assert (None, "SY0702") == (found["geometry"], found["id"])


def test_an_area_is_found_by_its_code_in_any_case(shaped: FlaskClient) -> None:
    found = get(shaped, f"{AREAS}/sy07")
    assert ("SY07", 1) == (found["id"], found["properties"]["level"])


def test_a_shape_is_simplified_unless_the_full_one_is_asked_for(shaped: FlaskClient) -> None:
    simplified, full = (36.123457, 35.0, 36.623457, 35.5), (36.0, 35.0, 37.0, 36.0)
    for asked, expected in {"": simplified, "?shape=simplified": simplified, "?shape=full": full}.items():
        alone = get(shaped, f"{AREAS}/SY07{asked}")
        (listed,) = (one for one in get(shaped, f"{AREAS}{asked}")["features"] if one["id"] == "SY07")
        for one in (alone, listed):
            assert expected == shapely.geometry.shape(one["geometry"]).bounds
    assert get(shaped, f"{AREAS}/SY02?shape=full")["geometry"] is None


def test_areas_are_geojson_with_a_shape_or_at_least_a_point(shaped: FlaskClient) -> None:
    response = shaped.get(f"{AREAS}?level=1")
    assert "application/geo+json" == response.content_type
    found = response.get_json()
    assert ["SY02", "SY07"] == ids(found)
    aleppo, idlib = found["features"]
    assert aleppo["geometry"] is None
    assert "Polygon" in idlib["geometry"]["type"]
    assert (35.8, 36.7) == (idlib["properties"]["latitude"], idlib["properties"]["longitude"])


def test_areas_are_of_all_levels_unless_one_is_asked_for(shaped: FlaskClient) -> None:
    expected = {"": ["SY02", "SY07", "SY0702"], "?level=2": ["SY0702"], "?level=0": []}
    assert expected == {query: ids(get(shaped, f"{AREAS}{query}")) for query in expected}


def test_areas_lie_in_a_box_with_any_part_of_their_shape_or_else_their_point(shaped: FlaskClient) -> None:
    expected = {
        "36.2,35.1,36.3,35.2": ["SY07"],  # in the shape, away from the point
        "35,35.7,35.9,35.9": [],  # beside the shape
        "36.7,35.8,36.9,36": ["SY02", "SY0702"],  # beside the simplified one; the others have points alone
        "36.7,35.8,36.9,36&shape=full": ["SY02", "SY07", "SY0702"],
    }
    assert expected == {query: ids(get(shaped, f"{AREAS}?bbox={query}")) for query in expected}


def test_without_polygons_areas_still_have_points(default: Gazetteer) -> None:
    found = get(a_client(default), f"{AREAS}?level=3")["features"]
    assert (272, {None}) == (len(found), {feature["geometry"] for feature in found})
    assert all(32 < feature["properties"]["latitude"] < 38 for feature in found)


def test_what_is_no_area_is_not_found(shaped: FlaskClient) -> None:
    for pcode, words in (
        ("SY99", "SY99"),
        ("C3916", f"is a settlement, not an area: ask for {PLACES}/C3916"),
    ):
        found = problem(shaped.get(f"{AREAS}/{pcode}"))
        assert (404, True) == (found["status"], words in found["detail"])


def test_info_tells_version_counts_and_sources_but_no_path(default: Gazetteer, shaped: FlaskClient) -> None:
    response = a_client(default).get("/v1/info")
    found = response.get_json()
    about = default.info()
    assert (about.content_hash, about.counts) == (found["gazetteer_version"], found["counts"])
    assert [source.id for source in about.sources] == [source["id"] for source in found["sources"]]
    assert about.path.name not in response.text
    assert str(about.path.parent) not in response.text
    assert (False, True) == (found["has_polygons"], get(shaped, "/v1/info")["has_polygons"])
