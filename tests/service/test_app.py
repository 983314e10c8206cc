import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gazetteer.coords import LatLon
from gazetteer.errors import TableError
from gazetteer.results import ReverseAnswer
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer

TABLE = """id,date,place,governorate
a,2016-05-30,Idlib,Idleb
b,2016-05-31,Aleppo,Aleppo
c,2016-06-20,Kafranbel,Idleb
d,2016-05-31,Nowhere,Idleb
e,,Idlib,Idleb
"""
ENDPOINTS = (
    "/v1/resolve?text=Saraqeb",
    "/v1/reverse?lat=35.93&lon=36.63",
    "/v1/distance?from=Idlib&to=Aleppo",
    "/v1/incidents?near=hospital&within=5km",
    "/v1/ask?question=nearest+hospital+to+Kafranbel",
    "/v1/places/test:idlib",
    "/healthz",
)


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    path = tmp_path / "incidents.csv"
    path.write_text(TABLE, encoding="utf-8")
    return create_app(Settings(incidents=path), FakeGazetteer()).test_client()


def a_client(gazetteer: Any = None) -> FlaskClient:
    return create_app(Settings(), gazetteer or FakeGazetteer()).test_client()


def get(client: FlaskClient, address: str) -> Any:
    response = client.get(address)
    assert 200 == response.status_code, response.text
    return json.loads(response.text)


def problem(response: TestResponse) -> dict[str, Any]:
    assert "application/problem+json" == response.content_type
    body: dict[str, Any] = json.loads(response.text)
    assert response.status_code == body["status"]
    assert {"type", "title", "status", "detail", "instance"} <= body.keys()
    return body


def ids(collection: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in collection["features"]]


# -------------------------------------------------------------------------------------- answers


def test_resolve_gives_matches_best_first() -> None:
    found = get(
        a_client(), "/v1/resolve?text=Saraqeb&within=Idleb&kind=settlement&limit=1&min_confidence=0.5"
    )
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


def test_without_a_table_there_are_no_incidents() -> None:
    assert [] == ids(get(a_client(), "/v1/incidents"))


def test_the_health_check_answers() -> None:
    assert {"status": "ok"} == get(a_client(), "/healthz")


@pytest.mark.parametrize("address", ENDPOINTS)
def test_head_answers_as_get_does_without_a_body(client: FlaskClient, address: str) -> None:
    response = client.head(address)
    assert (200, b"") == (response.status_code, response.data)


# ------------------------------------------------------------------------------------- problems


@pytest.mark.parametrize("address", [*ENDPOINTS, "/"])
def test_an_unknown_parameter_is_refused_and_named_everywhere(client: FlaskClient, address: str) -> None:
    found = problem(client.get(address + ("&" if "?" in address else "?") + "wihtin=x"))
    assert (400, "wihtin") == (found["status"], found["parameter"])
    assert "unknown parameter wihtin" in found["detail"]


@pytest.mark.parametrize(
    ("address", "parameter", "words"),
    [
        ("/v1/resolve", "text", "required"),
        ("/v1/resolve?text=", "text", "at least 1"),
        ("/v1/resolve?text=x&limit=0", "limit", "greater"),
        ("/v1/resolve?text=x&limit=many", "limit", "integer"),
        ("/v1/resolve?text=x&min_confidence=nan", "min_confidence", "finite"),
        ("/v1/resolve?text=x&text=y", "text", "2 times"),
        ("/v1/resolve?text=x&within=Atlantis", "within", "Atlantis"),
        ("/v1/reverse?lat=nan&lon=36", "lat", "finite"),
        ("/v1/reverse?lat=35&lon=inf", "lon", "finite"),
        ("/v1/reverse?lat=95&lon=36", "lat", "swapped"),
        ("/v1/reverse?lat=35&lon=200", "lon", "-180 and 180"),
        ("/v1/reverse?lat=35", "lon", "required"),
        ("/v1/distance?from=95,36&to=Idlib", "from", "swapped"),
        ("/v1/distance?from=Idlib&to=95,36", "to", "swapped"),
        ("/v1/incidents?near=hospital&within=-5km", "within", "zero or more"),
        ("/v1/incidents?near=hospital&within=5", "within", "unit"),
        ("/v1/incidents?near=hospital", "within", "needed with near"),
        ("/v1/incidents?within=5km", "near", "needed with within"),
        ("/v1/incidents?near=Nowhere&within=5km", "near", "no place named"),
        ("/v1/incidents?from=30/5/2016", "from", "2016-05-30"),
        ("/v1/incidents?to=1464566400", "to", "2016-05-30"),
        ("/v1/incidents?from=2016-06-01&to=2016-05-01", "to", "before"),
        ("/v1/incidents?area=Atlantis", "area", "Atlantis"),
        ("/v1/ask?question=who+did+it", "question", "ask for example"),
        ("/v1/ask?question=strikes+within+5+km+of+a+hospital+in+Atlantis", "question", "Atlantis"),
    ],
)
def test_a_bad_parameter_is_a_400_that_names_it(
    client: FlaskClient, address: str, parameter: str, words: str
) -> None:
    found = problem(client.get(address))
    assert (400, parameter) == (found["status"], found["parameter"])
    assert words in found["detail"]
    assert "alue error" not in found["detail"]
    assert address.partition("?")[0] == found["instance"]


@pytest.mark.parametrize(
    "address", ["/v1/places/nothing", "/v1/distance?from=Nowhere&to=Idlib", "/v1/nothing", "/nothing"]
)
def test_what_is_not_there_is_a_404(address: str) -> None:
    assert "Not found" == problem(a_client().get(address))["title"]


def test_a_wrong_method_is_a_405_that_says_which_are_right() -> None:
    response = a_client().post("/v1/resolve")
    assert 405 == problem(response)["status"]
    assert {"GET", "HEAD", "OPTIONS"} == set(response.headers["Allow"].split(", "))


def test_what_nobody_foresaw_is_a_500_that_says_nothing_of_the_inside() -> None:
    class Broken(FakeGazetteer):
        def reverse(self, position: LatLon) -> ReverseAnswer:
            raise RuntimeError("secret inside")

    response = a_client(Broken()).get("/v1/reverse?lat=35&lon=36")
    assert 500 == problem(response)["status"]
    assert not re.search("secret|Traceback|RuntimeError", response.text)


def test_problems_point_to_where_they_are_described() -> None:
    client = a_client()
    kind = problem(client.get("/v1/resolve"))["type"]
    assert f'id="{kind.removeprefix("/#")}"' in client.get("/").text


def test_an_incident_table_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=re.escape("nothing.csv")):
        create_app(Settings(incidents=tmp_path / "nothing.csv"), FakeGazetteer())


def test_two_applications_share_nothing(client: FlaskClient) -> None:
    assert (5, 0) == (len(ids(get(client, "/v1/incidents"))), len(ids(get(a_client(), "/v1/incidents"))))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example:8000", 421),
        ("127.0.0.1.evil.example", 421),
    ],
)
def test_only_this_machines_names_are_answered(host: str, status: int) -> None:
    assert status == a_client().get("/healthz", headers={"Host": host}).status_code


# ---------------------------------------------------------------------------------------- pages


def test_the_openapi_document_describes_every_endpoint_and_its_parameters() -> None:
    document = get(a_client(), "/v1/openapi.json")
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    served = {rule.partition("?")[0] for rule in ENDPOINTS} - {"/v1/places/test:idlib"} | {"/v1/places/{id}"}
    assert served == set(paths)
    named = {p["name"] for p in paths["/v1/incidents"]["get"]["parameters"]}
    assert {"near", "within", "from", "to", "area"} == named
    for path in paths.values():
        refused = path["get"]["responses"]["400"]["content"]
        assert ["application/problem+json"] == list(refused)
    assert "Problem" in document["components"]["schemas"]


@pytest.mark.parametrize("page", ["/", "/v1/swagger"])
def test_pages_use_only_this_servers_own_files_and_no_inline_script(page: str) -> None:
    client = a_client()
    html = client.get(page).text
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", html)
    assert not re.findall(r"<script(?![^>]*\ssrc=)", html)
    sources = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', html)
    assert sources
    for source in sources:
        address = source if source.startswith("/") else "/v1/" + source
        with client.get(address) as response:
            assert 200 == response.status_code, address


def test_the_start_pages_examples_all_answer() -> None:
    client = a_client()
    answered = {200, 404}  # the fake knows few names
    for address in re.findall(r'href="(/v1/[^"]+)"', client.get("/").text):
        response = client.get(address.replace("&amp;", "&"))
        assert response.status_code in answered, response.text


@pytest.mark.parametrize("address", ["/", "/v1/swagger", "/v1/resolve?text=x", "/nothing"])
def test_every_response_forbids_content_from_elsewhere(address: str) -> None:
    headers = a_client().get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "nosniff" == headers["X-Content-Type-Options"]
