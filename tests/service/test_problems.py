"""What can't be answered, as `application/problem+json` that names the parameter or the field."""

import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient

from tests.fakes import FakeGazetteer
from tests.service.asking import AREAS, BEARER, ENDPOINTS, KEY, PLACES, a_client, get, problem, refused

ITEM = {"text": "Idlib"}
POINT = {"latitude": 35.0, "longitude": 36.0}


def test_an_unknown_parameter_is_refused_and_named_everywhere(client: FlaskClient) -> None:
    for address in (*ENDPOINTS, "/", "/about", "/v1/openapi.json"):
        asked = address + ("&" if "?" in address else "?") + "wihtin=x"
        refused(client.get(asked), 400, "wihtin", "unknown parameter wihtin")


#: What is asked wrongly, the parameter that is named for it, and some words of what is said.
BAD_PARAMETERS = [
    ("resolve", "text", "required"),
    ("resolve?text=", "text", "at least 1"),
    (f"resolve?text={'x' * 301}", "text", "300"),
    ("resolve?text=x&limit=41", "limit", "40"),
    ("resolve?text=x&limit=0", "limit", "greater"),
    ("resolve?text=x&limit=many", "limit", "no whole number"),
    ("resolve?text=x&limit=1_0", "limit", "no whole number"),
    ("resolve?text=x&min_confidence=2", "min_confidence", "less than or equal to 1"),
    ("resolve?text=x&text=y", "text", "2 times"),
    ("resolve?text=x&area=Atlantis", "area", "Atlantis"),
    ("resolve?text=x&kind=elf", "kind", "not a kind of place"),
    ("resolve?text=95.2,36.1", "text", "swapped"),
    ("reverse?latitude=nan&longitude=36", "latitude", "no number"),
    ("reverse?latitude=35&longitude=inf", "longitude", "no number"),
    ("reverse?latitude=1e999&longitude=36", "latitude", "finite"),
    ("reverse?latitude=95&longitude=36", "latitude", "swapped"),
    ("reverse?latitude=35&longitude=200", "longitude", "-180 and 180"),
    ("reverse?latitude=35", "longitude", "required"),
    ("reverse?lat=35&lon=36", "lat", "takes latitude, longitude"),
    ("distance?from=95,36&to=Idlib", "from", "swapped"),
    ("distance?from=Idlib&to=95,36", "to", "swapped"),
    ("distance?from=Idlib&to=35.9,inf", "to", "finite"),
    ("places/SY07?spellings=maybe", "spellings", "neither true nor false"),
    (f"{PLACES}?bbox=36,35,37", "bbox", "west,south,east,north"),
    (f"{PLACES}?bbox=36,36,37,35", "bbox", "south <= north"),
    (f"{PLACES}?bbox=36,95,37,96", "bbox", "-90 and 90"),
    (f"{PLACES}?kind=", "kind", "at least 1"),
    (f"{PLACES}?f=xml", "f", "csv"),
    (f"{PLACES}/SY07?f=csv", "f", "html"),
    (f"{AREAS}/SY07?shape=true", "shape", "simplified"),
    (f"{AREAS}?level=4", "level", "3"),
    ("ask?question=who+did+it", "question", "ask for example"),
    ("ask?question=incidents+within+5+km+of+95,36.1", "question", "swapped"),
    ("ask?question=nearest+hospital+to+Twin", "question", "is ambiguous"),
    ("ask?question=strikes+within+5+km+of+a+hospital+in+Atlantis", "question", "Atlantis"),
]


def test_a_bad_parameter_is_a_400_that_names_it(client: FlaskClient) -> None:
    for address, parameter, words in BAD_PARAMETERS:
        whole = address if address.startswith("/") else f"/v1/{address}"
        response = client.get(whole)
        refused(response, 400, parameter, words)
        assert "alue error" not in response.text
        assert whole.partition("?")[0] == response.get_json(force=True)["instance"]


#: What is sent wrongly, the field that is named for it, and some words of what is said.
BAD_BODIES: list[tuple[str, Any, str, str]] = [
    ("resolve", {}, "queries", "required"),
    ("resolve", [], "body", "object"),
    ("resolve", {"queries": [ITEM], "area": "Idlib"}, "area", "unknown field"),
    ("resolve", {"queries": {}}, "queries", "array"),
    ("resolve", {"queries": [ITEM] * 1001}, "queries", "1,000"),
    ("resolve", {"queries": [ITEM, {}]}, "queries[1].text", "required"),
    ("resolve", {"queries": [ITEM] * 3 + [{"text": 5}]}, "queries[3].text", "string"),
    ("resolve", {"queries": [{"text": ""}]}, "queries[0].text", "at least 1"),
    ("resolve", {"queries": [{"text": "x" * 301}]}, "queries[0].text", "300"),
    ("resolve", {"queries": [{**ITEM, "wihtin": "x"}]}, "queries[0].wihtin", "unknown"),
    ("resolve", {"queries": [{**ITEM, "limit": "5"}]}, "queries[0].limit", "integer"),
    ("resolve", {"queries": [{**ITEM, "limit": 41}]}, "queries[0].limit", "40"),
    ("resolve", {"queries": [{**ITEM, "limit": True}]}, "queries[0].limit", "integer"),
    ("resolve", {"queries": [{**ITEM, "context": ["a"] * 11}]}, "queries[0].context", "10"),
    ("resolve", {"queries": [{**ITEM, "context": [""]}]}, "queries[0].context[0]", "at least 1"),
    ("reverse", {"points": [POINT] * 10_001}, "points", "10,000"),
    ("reverse", {"points": [POINT, {**POINT, "latitude": 95}]}, "points[1].latitude", "90"),
    ("reverse", {"points": [{"latitude": "35", "longitude": 36}]}, "points[0].latitude", "number"),
    ("reverse", {"points": [[35, 36]]}, "points[0]", "object"),
    ("geoparse", {"text": ""}, "text", "at least 1"),
    ("geoparse", {"text": "x" * 50_001}, "text", "50000"),
    ("geoparse", {"text": "x", "local": "yes"}, "local", "boolean"),
    ("geoparse", {"text": "x", "min_confidence": -1}, "min_confidence", "greater than or equal to 0"),
]


def test_a_bad_body_is_a_400_that_names_the_field() -> None:
    for path, body, field, words in BAD_BODIES:
        refused(a_client().post(f"/v1/{path}", json=body), 400, field, words)


def test_what_is_no_json_is_a_400_that_names_the_body_or_the_number() -> None:
    for data in (
        b"",
        b"{",
        b"null",
        b"queries",
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"points":[{"latitude":NaN,"longitude":1}]}',
        b'{"points":[{"latitude":1e999,"longitude":1}]}',
        b'{"points":[{"latitude":1,"longitude":' + b"1" * 5000 + b"}]}",
        b'{"points":[]}{"points":[]}',
    ):
        found = problem(a_client().post("/v1/reverse", data=data, content_type="application/json"))
        assert 400 == found["status"], data[:50]
        assert found["parameter"] in {"body", "points[0].latitude", "points[0].longitude"}


def test_a_body_of_another_kind_is_a_415_that_says_which_is_wanted() -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", None):
        sent = a_client().post("/v1/resolve", data='{"queries":[]}', content_type=media_type)
        refused(sent, 415, words="Content-Type: application/json")
    packed = a_client().post("/v1/resolve", json={"queries": []}, headers={"Content-Encoding": "gzip"})
    refused(packed, 415)


def test_a_body_that_is_too_large_is_refused_unread_or_at_the_limit() -> None:
    client = a_client(api_key=KEY)
    content = b"id,place\n" + b"a,Idlib\n" * 1_500_000
    told: dict[str, Any] = {"CONTENT_LENGTH": str(len(content))}
    endless: dict[str, Any] = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    for path, kind, most_read, environ in (
        ("resolve", "application/json", 0, told),
        ("incidents", "text/csv", 0, told),
        ("enrich", "text/csv", 0, told),
        ("enrich", "multipart/form-data; boundary=x", 0, told),
        ("resolve", "application/json", 10_100_000, endless),
        ("incidents", "text/csv", 10_100_000, endless),
        ("enrich", "text/csv", 10_100_000, endless),  # of a form, Werkzeug leaves its temporary file open
    ):
        body = io.BytesIO(content)
        response = client.post(
            f"/v1/{path}", input_stream=body, content_type=kind, headers=BEARER, environ_overrides=environ
        )
        refused(response, 413, "file" if "form" in kind else "body", "at most 10 MB")
        assert body.tell() <= most_read, path


def test_a_post_takes_no_parameters_in_its_address() -> None:
    sent = a_client().post("/v1/resolve?limit=3", json={"queries": []})
    refused(sent, 400, "limit", "takes none")


def test_what_is_not_there_is_a_404_that_names_no_file() -> None:
    for path in ("v1/places/nothing", "v1/distance?from=Nowhere&to=Idlib", "v1/facilities", "nothing"):
        found = problem(a_client().get(f"/{path}"))
        assert (404, "Not found") == (found["status"], found["title"])
        assert "gpkg" not in str(found)


def test_an_address_in_arabic_is_answered_quoted_or_raw(default: Any) -> None:
    client = a_client(default)
    quoted = get(client, f"/v1/resolve?text={quote('سراقب')}")
    raw = client.get(
        "/v1/resolve", environ_overrides={"QUERY_STRING": "text=سراقب".encode().decode("latin-1")}
    )
    assert ("resolved", quoted) == (quoted["status"], raw.get_json())


def test_a_wrong_method_is_a_405_that_says_which_are_right() -> None:
    response = a_client().delete("/v1/places/SY07")
    detail = problem(response)["detail"]
    assert (405, "DELETE isn't known here: use GET, HEAD, OPTIONS") == (response.status_code, detail)
    assert {"GET", "HEAD", "OPTIONS"} == set(response.headers["Allow"].split(", "))


def test_problems_point_to_where_they_are_described() -> None:
    client = a_client()
    kind = problem(client.get("/v1/resolve"))["type"]
    assert f'id="{kind.removeprefix("/about#")}"' in client.get("/about").text


def test_a_server_without_keys_is_ready_where_nothing_can_be_written(tmp_path: Path) -> None:
    elsewhere = FakeGazetteer(path=tmp_path / "no-folder" / "x.gpkg")
    (tmp_path / "no-folder").touch()
    assert {"status": "ready"} == get(a_client(elsewhere), "/readyz")
    writing = problem(a_client(elsewhere, api_key=KEY).get("/readyz"))
    assert (503, "Not ready") == (writing["status"], writing["title"])
