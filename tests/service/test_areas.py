"""Areas, their shapes, and what the gazetteer says of itself."""

from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from gazetteer import Gazetteer, LatLon, PlaceKind
from tests.builders import a_gazetteer_file, a_record, a_square, an_area
from tests.service.asking import a_client, get, ids, problem


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
    found = get(shaped, "/v1/areas/SY0702")
    assert ("Al Ma'ra", 2, ["SY07"], None) == (
        found["name"],
        found["level"],
        [unit["pcode"] for unit in found["parents"]],
        found["polygon"],
    )
    assert [] == get(shaped, "/v1/areas/sy07")["parents"]


def test_a_shape_comes_on_request_and_simplified_unless_the_full_one_is_asked_for(
    shaped: FlaskClient,
) -> None:
    bounds = {
        asked: shapely.geometry.shape(get(shaped, f"/v1/areas/SY07?polygon={asked}")["polygon"]).bounds
        for asked in ("simplified", "full")
    }
    assert {"simplified": (36.123457, 35.0, 36.623457, 35.5), "full": (36.0, 35.0, 37.0, 36.0)} == bounds
    for unasked in ("", "?polygon=none"):
        assert get(shaped, f"/v1/areas/SY07{unasked}")["polygon"] is None
    assert get(shaped, "/v1/areas/SY02?polygon=full")["polygon"] is None


def test_outer_rings_run_counter_clockwise(shaped: FlaskClient) -> None:
    found = get(shaped, "/v1/areas/SY07?polygon=full")["polygon"]
    shape = shapely.geometry.shape(found)
    assert all(polygon.exterior.is_ccw for polygon in getattr(shape, "geoms", [shape]))


def test_a_level_of_areas_is_geojson_with_a_shape_or_at_least_a_point(shaped: FlaskClient) -> None:
    response = shaped.get("/v1/areas?level=1")
    assert "application/geo+json" == response.content_type
    found = response.get_json()
    assert ["SY02", "SY07"] == ids(found)
    aleppo, idlib = found["features"]
    assert aleppo["geometry"] is None
    assert "Polygon" in idlib["geometry"]["type"]
    assert (35.8, 36.7) == (idlib["properties"]["latitude"], idlib["properties"]["longitude"])
    assert found == get(shaped, "/v1/areas")
    assert ["SY0702"] == ids(get(shaped, "/v1/areas?level=2"))
    assert [] == ids(get(shaped, "/v1/areas?level=0"))


def test_without_polygons_areas_still_have_points(default: Gazetteer) -> None:
    found = get(a_client(default), "/v1/areas?level=3")["features"]
    assert (272, {None}) == (len(found), {feature["geometry"] for feature in found})
    assert all(32 < feature["properties"]["latitude"] < 38 for feature in found)


def test_what_is_no_area_is_not_found(shaped: FlaskClient) -> None:
    for pcode, words in (("SY99", "SY99"), ("C3916", "is a settlement, not an area: ask /v1/places/C3916")):
        found = problem(shaped.get(f"/v1/areas/{pcode}"))
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
