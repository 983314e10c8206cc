"""Items, listed and alone: GeoJSON as RFC 7946 has it, at every tier, and found by their ids."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import shapely
from flask.testing import FlaskClient

from gazetteer.gazetteer import Gazetteer
from gazetteer.privacy.tiers import TIERS
from tests.builders import a_gazetteer_file, a_record, a_unit
from tests.fakes import FakeGazetteer
from tests.service.asking import (
    AREAS,
    BEARER,
    COLLECTIONS,
    FACILITIES,
    INCIDENTS,
    PLACES,
    a_client,
    a_client_of,
    get,
    pages,
    path_of,
    refused,
)

Feature = dict[str, Any]


@pytest.fixture(params=TIERS)
def client(request: pytest.FixtureRequest, clients: dict[str, FlaskClient]) -> FlaskClient:
    return clients[request.param]


def features(client: FlaskClient) -> Iterator[Feature]:
    """Yield every feature of every collection, areas in both shapes, as it is listed and alone."""
    for name in COLLECTIONS:
        for shape in ("?", "?shape=full&") if name == "areas" else ("?",):
            for page in pages(client, f"/ogc/collections/{name}/items{shape}limit=3"):
                assert not {"crs", "bbox"} & page.keys()
                for one in page["features"]:
                    yield one
                    yield get(client, f"/ogc/collections/{name}/items/{one['id']}{shape.rstrip('&?')}")


def positions(coordinates: Any) -> Iterator[list[float]]:
    if isinstance(coordinates[0], list):
        for part in coordinates:
            yield from positions(part)
    else:
        yield coordinates


class Crossed(FakeGazetteer):
    """A gazetteer with a line: Aleppo is drawn as one, with a corner that maps don't need."""

    def shape(self, place_id: str) -> bytes | None:
        return (
            shapely.LineString([(37, 36), (37.5, 36.0001), (38, 36)]).wkb
            if place_id == "test:aleppo"
            else None
        )


def test_a_place_that_is_a_line_is_drawn_as_one_where_that_is_asked_for() -> None:
    client = a_client(Crossed())
    path = f"{PLACES}/test:aleppo"
    assert "Point" == get(client, path)["geometry"]["type"]
    for shape, corners in {"simplified": 2, "full": 3}.items():
        drawn = get(client, f"{path}?shape={shape}")["geometry"]
        assert ("LineString", corners) == (drawn["type"], len(drawn["coordinates"]))
        listed = {one["id"]: one["geometry"] for one in get(client, f"{PLACES}?shape={shape}")["features"]}
        assert drawn == listed.pop("test:aleppo")
        assert {"Point"} == {geometry["type"] for geometry in listed.values()}


def test_places_come_by_importance_where_that_is_asked_for(gazetteer_file: Path) -> None:
    with Gazetteer.open(gazetteer_file) as gazetteer:
        found = get(a_client(gazetteer), f"{PLACES}?kind=settlement&order=importance")["features"]
    assert ["C3", "C2", "C1", "C0"] == [one["id"] for one in found]


@pytest.fixture
def gazetteer_file(tmp_path: Path) -> Path:
    """A hamlet, what a sub-district is named after, what a district is, and a city."""
    records = [a_unit("SY07", "Idleb"), a_unit("SY0701", "Harim"), a_unit("SY070101", "Salqin")]
    towns: dict[str, int | None] = {"Hamlet": None, "Salqin": None, "Harim": None, "Afrin": 9}
    for at, (name, population) in enumerate(towns.items()):
        codes = {"adm2_pcode": "SY0701", "adm3_pcode": "SY070101"}
        records.append(a_record(id=f"C{at}", name=name, population=population, **codes))
    return a_gazetteer_file(tmp_path / "g.gpkg", records)


def test_a_feature_has_its_members_and_no_others(client: FlaskClient) -> None:
    kinds = set()
    for one in features(client):
        assert {"type", "id", "geometry", "properties"} <= one.keys()
        assert one.keys() <= {"type", "id", "geometry", "properties", "links", "attribution"}
        assert ("Feature", str) == (one["type"], type(one["id"]))
        kinds.add(one["geometry"] and one["geometry"]["type"])
        assert one["geometry"] is None or {"type", "coordinates"} == one["geometry"].keys()
    assert {None, "Point", "MultiPolygon"} == kinds


def test_coordinates_are_longitude_first_to_seven_decimals_and_those_of_points_are_properties_too(
    client: FlaskClient,
) -> None:
    for one in features(client):
        geometry, properties = one["geometry"], one["properties"]
        for longitude, latitude in positions(geometry["coordinates"]) if geometry else ():
            assert 35.9 < longitude < 38.2
            assert 34.9 < latitude < 36.3
            assert (longitude, latitude) == (round(longitude, 7), round(latitude, 7))
        if geometry and geometry["type"] == "Point":
            prefix = "incident_" if "incident_id" in properties else ""
            at = [properties[f"{prefix}{name}"] for name in ("longitude", "latitude")]
            assert geometry["coordinates"] == at


def test_an_item_alone_is_as_it_is_listed(client: FlaskClient) -> None:
    found = features(client)
    for listed, alone in zip(found, found, strict=True):
        assert listed == {name: alone[name] for name in listed}


def test_rings_are_closed_outer_ones_counter_clockwise_and_holes_clockwise(client: FlaskClient) -> None:
    rings = []
    for shape in ("simplified", "full"):
        for one in get(client, f"{AREAS}?shape={shape}")["features"]:
            for polygon in one["geometry"]["coordinates"] if one["geometry"] else ():
                for number, ring in enumerate(polygon):
                    rings.append((number == 0, shapely.LinearRing(ring).is_ccw, ring[0] == ring[-1]))
    assert 8 == len(rings)
    assert all(is_outer == is_ccw and is_closed for is_outer, is_ccw, is_closed in rings)
    assert {True, False} == {is_outer for is_outer, *_ in rings}


def test_ids_are_those_of_one_feature(client: FlaskClient) -> None:
    for name in COLLECTIONS:
        found = [one["id"] for one in get(client, f"/ogc/collections/{name}/items")["features"]]
        assert sorted(set(found)) == sorted(found)


def test_an_item_of_each_collection_is_found_by_its_id(full: FlaskClient) -> None:
    expected = {
        f"{PLACES}/C3916": ("name", "Saraqib"),
        f"{PLACES}/cg:h": ("kind", "hospital"),
        f"{PLACES}/SY07": ("kind", "governorate"),
        f"{FACILITIES}/cg:h": ("name", "Hass hospital"),
        f"{AREAS}/SY0702": ("level", 2),
        f"{AREAS}/sy0702": ("level", 2),
        f"{INCIDENTS}/a": ("incident_place", "Saraqib"),
        f"{INCIDENTS}/e/f": ("notes", "-3.5"),
        f"{INCIDENTS}/e%2Ff": ("notes", "-3.5"),
    }
    found = {path: get(full, path)["properties"] for path in expected}
    assert expected == {path: (name, found[path][name]) for path, (name, _) in expected.items()}


def test_an_item_leads_to_its_collection_and_says_whom_to_quote(full: FlaskClient) -> None:
    for path, item in ((PLACES, "C3916"), (FACILITIES, "cg:h"), (AREAS, "SY07"), (INCIDENTS, "e/f")):
        found = get(full, f"{path}/{item}")
        (up,) = (one["href"] for one in found["links"] if one["rel"] == "collection")
        assert f"http://localhost{path.removesuffix('/items')}" == up
        assert ["Nobody"] == found["attribution"]


def test_what_is_not_in_the_collection_is_not_found(full: FlaskClient) -> None:
    missing = {
        f"{PLACES}/nothing": "nothing",
        f"{FACILITIES}/nothing": "nothing",
        f"{FACILITIES}/C3916": "ask for it among places",
        f"{FACILITIES}/SY07": "ask for it among places",
        f"{AREAS}/cg:h": f"is a hospital, not an area: ask for {PLACES}/cg:h",
        f"{AREAS}/SY99": "SY99",
        f"{INCIDENTS}/A": "there is no incident 'A'",
    }
    for path, words in missing.items():
        for accept in ("", "text/html"):
            refused(full.get(path, headers={"Accept": accept}), 404, words=words)


def test_an_item_takes_no_parameters_of_a_list(full: FlaskClient) -> None:
    for path in (f"{PLACES}/C3916", f"{FACILITIES}/cg:h", f"{AREAS}/SY07", f"{INCIDENTS}/a"):
        for name in ("limit", "bbox", "datetime", "cursor", "neutralise"):
            refused(full.get(f"{path}?{name}=1"), 400, name)
        refused(full.get(f"{path}?f=csv"), 400, "f")


def test_an_item_is_gone_once_it_is_deleted(tmp_path: Path) -> None:
    client = a_client_of("id,date,place\na,2016-05-30,Idlib\n", tmp_path)
    before = client.get(f"{INCIDENTS}/a")
    unchanged = client.get(f"{INCIDENTS}/a", headers={"If-None-Match": before.headers["ETag"]})
    assert (200, 304) == (before.status_code, unchanged.status_code)
    assert 200 == client.delete("/v1/incidents?id=a&everybody=true", headers=BEARER).status_code
    assert 404 == client.get(f"{INCIDENTS}/a").status_code


def test_below_tier_full_an_incident_is_found_by_its_number_alone(clients: dict[str, FlaskClient]) -> None:
    for tier in ("partner", "public"):
        first, *_ = get(clients[tier], INCIDENTS)["features"]
        assert "" == first["properties"]["incident_place"]
        assert first["id"] == get(clients[tier], f"{INCIDENTS}/{first['id']}")["id"]
        refused(clients[tier].get(f"{INCIDENTS}/a"), 404)


def test_an_item_s_own_link_leads_to_it_whatever_its_id(tmp_path: Path) -> None:
    ids = ("a?b", "a#b", "a%20b", "a b", "x", "items/items/x", "\u0633")
    client = a_client_of("id,place\n" + "".join(f"{one},Idlib\n" for one in ids), tmp_path)
    for expected in ids:
        found = get(client, f"{INCIDENTS}/{quote(expected, safe='')}")
        links = {one["rel"]: path_of(one["href"]) for one in found["links"]}
        assert (expected, expected) == (found["id"], get(client, links["self"])["id"])
        assert "/ogc/collections/incidents" == links["collection"]
    assert 404 == client.get(f"{INCIDENTS}/%2Fx").status_code
