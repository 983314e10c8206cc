"""Features are GeoJSON as RFC 7946 has it, at every tier, listed and alone."""

from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from service.tiers import TIERS
from tests.service.asking import AREAS, COLLECTIONS, get, pages

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
