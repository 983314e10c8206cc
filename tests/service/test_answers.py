"""What each endpoint answers."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import ENDPOINTS, a_client, get, ids, problem


def test_resolve_gives_matches_best_first() -> None:
    found = get(a_client(), "/v1/resolve?text=Saraqeb&area=Idleb&kind=settlement&limit=1&min_confidence=0.5")
    assert ("resolved", "test:saraqeb") == (found["status"], found["matches"][0]["place"]["id"])


def test_names_come_in_their_own_script() -> None:
    assert "إدلب" in a_client().get("/v1/places/SY07").text


def test_reverse_gives_areas() -> None:
    found = get(a_client(), "/v1/reverse?lat=35.93&lon=36.63")
    assert (["SY07", "SY0700"], "nearest") == ([u["pcode"] for u in found["admin"]], found["admin_method"])


def test_distance_takes_names_and_positions() -> None:
    found = get(a_client(), "/v1/distance?from=Aleppo&to=35.93,36.63")
    assert "southwest" == found["compass"]
    assert 55_600 == pytest.approx(found["distance_m"], abs=200)


def test_a_place_is_found_by_its_id() -> None:
    assert "Idlib" == get(a_client(), "/v1/places/test:idlib")["name"]


def test_incidents_are_geojson_with_longitude_first(client: FlaskClient) -> None:
    response = client.get("/v1/incidents")
    found = json.loads(response.text)
    assert "application/geo+json" == response.content_type
    assert ["a", "b", "c", "d", "e"] == ids(found)
    assert [36.63, 35.93] == found["features"][0]["geometry"]["coordinates"]
    assert found["features"][3]["geometry"] is None


def test_incidents_near_are_certain_or_possible_and_those_without_a_position(client: FlaskClient) -> None:
    found = get(client, "/v1/incidents?near=hospital&within=5km")
    assert [("a", "certain"), ("d", ""), ("e", "certain")] == [
        (f["id"], f["properties"]["certainty"]) for f in found["features"]
    ]
    assert [(1.0, 1, 1), (None, 0, 0), (1.0, 1, 1)] == [
        tuple(f["properties"][name] for name in ("probability", "count_certain", "count_possible"))
        for f in found["features"]
    ]
    assert (5, 2, 2) == (found["summary"]["incidents"], found["summary"]["certain"], found["summary"]["no"])


def test_incidents_are_chosen_by_days_and_area_and_the_undecided_are_listed(client: FlaskClient) -> None:
    found = get(client, "/v1/incidents?from=2016-05-01&to=2016-05-31&area=Idlib")
    assert (["a", "d"], ["e"]) == (ids(found), [i["id"] for i in found["undecided"]])


def test_incidents_near_one_place_by_name(client: FlaskClient) -> None:
    assert ["b", "d"] == ids(get(client, "/v1/incidents?near=Aleppo&within=1km"))


def test_ask_shows_how_it_read_the_question(client: FlaskClient) -> None:
    found = get(client, "/v1/ask?question=strikes+within+5+km+of+a+hospital+in+May+2016")
    assert "within 5.0 km of any hospital" in found["read_as"]
    assert ["a", "d"] == [row["id"] for row in found["rows"]]
    assert [1.0, None] == [row["probability"] for row in found["rows"]]


def test_ask_counts_incidents(client: FlaskClient) -> None:
    found = get(client, "/v1/ask?question=how+many+strikes+in+May+2016")
    assert len(found["rows"]) == found["summary"]["incidents"] > 0


@pytest.mark.parametrize(
    "address",
    [
        "/v1/incidents",
        "/v1/incidents?near=hospital&within=5km",
        "/v1/ask?question=strikes+within+5+km+of+a+hospital",
        "/v1/ask?question=how+many+strikes+in+Idlib",
    ],
)
def test_without_a_table_nothing_is_said_of_incidents(address: str) -> None:
    found = problem(a_client().get(address))
    assert (503, "No incidents loaded") == (found["status"], found["title"])
    assert "gazetteer-serve --incidents TABLE" in found["detail"]


def test_without_a_table_other_questions_are_answered() -> None:
    assert get(a_client(), "/v1/ask?question=nearest+hospital+to+Kafranbel")["rows"]


def test_a_table_without_rows_has_no_incidents(tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    path.write_text("date,place\n", encoding="utf-8")
    client = create_app(Settings(incidents=path), FakeGazetteer()).test_client()
    assert [] == ids(get(client, "/v1/incidents"))
    assert "0 incidents are loaded" in client.get("/about").text


def test_the_health_check_answers() -> None:
    assert {"status": "ok"} == get(a_client(), "/healthz")


@pytest.mark.parametrize("address", ENDPOINTS)
def test_head_answers_as_get_does_without_a_body(client: FlaskClient, address: str) -> None:
    response = client.head(address)
    assert (200, b"") == (response.status_code, response.data)
