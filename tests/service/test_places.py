"""Places by id, in boxes and areas, a page at a time."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from gazetteer import Gazetteer
from gazetteer.lookups import GazetteerInfo
from tests.builders import a_source
from tests.fakes import FakeGazetteer
from tests.service.asking import a_client, get, ids, problem


def pages(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    found = [get(client, address)]
    while following := found[-1]["next"]:
        found.append(get(client, following))
    return found


def listed(address: str, client: FlaskClient | None = None) -> list[str]:
    return [place["id"] for place in get(client or a_client(), address)["places"]]


def test_a_place_has_its_spellings_and_their_sources_where_asked_for() -> None:
    client = a_client()
    assert "spellings" not in get(client, "/v1/places/test:idlib")
    found = get(client, "/v1/places/test:idlib?spellings=true")["spellings"]
    assert [{"text": "Idlib", "language": "en", "script": "Latn", "source": "test"}] == found


def test_a_place_known_by_another_sources_id_is_found_with_its_spellings(tmp_path: Path) -> None:
    from tests.builders import a_gazetteer_file, a_record

    path = a_gazetteer_file(tmp_path / "a.gpkg", [a_record(source_ids=("C3916", "geonames:164816"))])
    with Gazetteer.open(path) as gazetteer:
        found = get(a_client(gazetteer), "/v1/places/geonames:164816?spellings=true")
    assert ("C3916", ["Saraqib", "سراقب"]) == (found["id"], [s["text"] for s in found["spellings"]])


def test_places_are_chosen_by_kind_area_and_box() -> None:
    assert ["test:aleppo", "test:idlib", "test:kafranbel", "test:saraqeb"] == listed(
        "/v1/places?kind=settlement"
    )
    assert ["test:aleppo"] == listed("/v1/places?bbox=37,36,38,37")
    assert ["test:idlib", "test:kafranbel", "test:saraqeb"] == listed("/v1/places?kind=settlement&area=Idlib")
    assert ["SY07", "test:idlib"] == listed("/v1/places?limit=2&area=SY07&bbox=36,35,37,36")


def test_a_box_is_west_south_east_north_with_its_borders() -> None:
    assert ["test:idlib"] == listed("/v1/places?bbox=36.63,35.93,36.63,35.93")


def test_facilities_are_places_of_that_group() -> None:
    assert ["test:national", "test:old"] == listed("/v1/facilities")
    assert ["test:national"] == listed("/v1/facilities?kind=hospital&bbox=36.6,35.9,36.7,36")
    assert [] == listed("/v1/facilities?kind=clinic")


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("form", ["json", "geojson"])
def test_pages_hold_every_place_once_in_the_order_of_ids(limit: int, form: str) -> None:
    name = "places" if form == "json" else "features"
    found = pages(a_client(), f"/v1/places?limit={limit}&format={form}")
    assert sorted(found_id for found_id in listed("/v1/places")) == [
        p["id"] for page in found for p in page[name]
    ]
    assert -(-7 // limit) == len(found)


def test_the_next_page_keeps_what_was_asked() -> None:
    found = pages(a_client(), "/v1/places?kind=settlement&area=Idlib&limit=1&bbox=36,35,37,36")
    assert [["test:idlib"], ["test:kafranbel"], ["test:saraqeb"]] == [
        [place["id"] for place in page["places"]] for page in found
    ]


def test_a_cursor_holds_in_another_process_with_the_same_gazetteer() -> None:
    following = get(a_client(), "/v1/places?limit=6")["next"]
    assert ["test:saraqeb"] == listed(following, a_client())


def test_a_cursor_of_another_version_is_refused() -> None:
    class Newer(FakeGazetteer):
        def info(self) -> GazetteerInfo:
            return GazetteerInfo(Path("test.gpkg"), 2, "1" * 64, {}, (a_source(),))

    following = get(a_client(), "/v1/places?limit=1")["next"]
    found = problem(a_client(Newer()).get(following))
    assert (400, "cursor") == (found["status"], found["parameter"])
    assert "another version" in found["detail"]


@pytest.mark.parametrize("cursor", ["x", "abcd", "W10", "bnVsbA", "WzEsMl0", "%C3%A9", "!!!!", "e30"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    found = problem(a_client().get(f"/v1/places?cursor={cursor}"))
    assert (400, "cursor") == (found["status"], found["parameter"])
    assert "leave it out" in found["detail"]


def test_geojson_has_longitude_first_and_what_to_quote() -> None:
    response = a_client().get("/v1/places?bbox=36.6,35.9,36.632,36&format=geojson")
    assert "application/geo+json" == response.content_type
    found = json.loads(response.text)
    assert ["test:idlib"] == ids(found)
    assert {"type": "Point", "coordinates": [36.63, 35.93]} == found["features"][0]["geometry"]
    assert "Idlib" == found["features"][0]["properties"]["name"]
    assert {"next", "attribution"} <= found.keys()


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("bbox=36,35,37", "bbox", "west,south,east,north"),
        ("bbox=36,35,37,36,1", "bbox", "west,south,east,north"),
        ("bbox=a,b,c,d", "bbox", "west,south,east,north"),
        ("bbox=nan,35,37,36", "bbox", "finite"),
        ("bbox=36,35,inf,36", "bbox", "finite"),
        ("bbox=37,35,36,36", "bbox", "west <= east"),
        ("bbox=36,36,37,35", "bbox", "south <= north"),
        ("bbox=36,95,37,96", "bbox", "-90 and 90"),
        ("bbox=1,2,3,4&bbox=1,2,3,4", "bbox", "2 times"),
        ("kind=elf", "kind", "not a kind of place"),
        ("kind=", "kind", "at least 1"),
        ("area=Atlantis", "area", "Atlantis"),
        ("limit=0", "limit", "greater"),
        ("limit=1001", "limit", "1000"),
        ("limit=ten", "limit", "integer"),
        ("format=csv", "format", "geojson"),
        ("box=1,2,3,4", "box", "unknown parameter"),
    ],
)
def test_a_list_names_the_parameter_that_it_cannot_use(query: str, parameter: str, words: str) -> None:
    for path in ("/v1/places", "/v1/facilities"):
        found = problem(a_client().get(f"{path}?{query}"))
        assert (400, parameter) == (found["status"], found["parameter"])
        assert words in found["detail"] or parameter == "kind"


def test_a_kind_that_is_no_facility_is_refused_with_those_that_are() -> None:
    found = problem(a_client().get("/v1/facilities?kind=dam"))
    assert ("kind", True) == (found["parameter"], "clinic, hospital" in found["detail"])


def test_spellings_are_asked_for_with_true_or_false() -> None:
    assert "spellings" == problem(a_client().get("/v1/places/SY07?spellings=maybe"))["parameter"]
