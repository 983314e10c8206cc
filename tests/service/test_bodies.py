"""Bodies that can't be used: refused with the field's name."""

import io
from typing import Any

import pytest

from tests.service.asking import a_client, problem

ITEM = {"text": "Idlib"}
POINT = {"lat": 35.0, "lon": 36.0}


@pytest.mark.parametrize(
    ("address", "body", "field", "words"),
    [
        ("/v1/resolve", {}, "queries", "required"),
        ("/v1/resolve", [], "body", "object"),
        ("/v1/resolve", None, "body", "object"),
        ("/v1/resolve", "queries", "body", "object"),
        ("/v1/resolve", {"queries": [ITEM], "area": "Idlib"}, "area", "unknown field"),
        ("/v1/resolve", {"queries": {}}, "queries", "array"),
        ("/v1/resolve", {"queries": [ITEM] * 1001}, "queries", "1,000"),
        ("/v1/resolve", {"queries": [ITEM, {}]}, "queries[1].text", "required"),
        ("/v1/resolve", {"queries": [ITEM] * 3 + [{"text": 5}]}, "queries[3].text", "string"),
        ("/v1/resolve", {"queries": [{"text": ""}]}, "queries[0].text", "at least 1"),
        ("/v1/resolve", {"queries": [{"text": "x" * 301}]}, "queries[0].text", "300"),
        ("/v1/resolve", {"queries": [{**ITEM, "wihtin": "x"}]}, "queries[0].wihtin", "unknown"),
        ("/v1/resolve", {"queries": [{**ITEM, "limit": "5"}]}, "queries[0].limit", "integer"),
        ("/v1/resolve", {"queries": [{**ITEM, "limit": 41}]}, "queries[0].limit", "40"),
        ("/v1/resolve", {"queries": [{**ITEM, "limit": True}]}, "queries[0].limit", "integer"),
        ("/v1/resolve", {"queries": [{**ITEM, "context": ["a"] * 11}]}, "queries[0].context", "10"),
        ("/v1/resolve", {"queries": [{**ITEM, "context": [""]}]}, "queries[0].context[0]", "at least 1"),
        ("/v1/reverse", {"points": [POINT] * 10_001}, "points", "10,000"),
        ("/v1/reverse", {"points": [POINT, {"lat": 95, "lon": 36}]}, "points[1].lat", "90"),
        ("/v1/reverse", {"points": [{"lat": "35", "lon": 36}]}, "points[0].lat", "number"),
        ("/v1/reverse", {"points": [{"lat": 35}]}, "points[0].lon", "required"),
        ("/v1/reverse", {"points": [[35, 36]]}, "points[0]", "object"),
    ],
)
def test_a_bad_body_is_a_400_that_names_the_field(address: str, body: Any, field: str, words: str) -> None:
    found = problem(a_client().post(address, json=body))
    assert (400, field) == (found["status"], found["parameter"])
    assert words in found["detail"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"queries",
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"points":[{"lat":NaN,"lon":1}]}',
        b'{"points":[{"lat":1e999,"lon":1}]}',
        b'{"points":[{"lat":1,"lon":' + b"1" * 5000 + b"}]}",
        b'{"points":[]}{"points":[]}',
    ],
)
def test_what_is_no_json_is_a_400_that_names_the_body(data: bytes) -> None:
    found = problem(a_client().post("/v1/reverse", data=data, content_type="application/json"))
    assert 400 == found["status"]
    assert found["parameter"] in {"body", "points[0].lat", "points[0].lon"}


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_of_another_kind_is_a_400_that_says_which_is_wanted(media_type: str | None) -> None:
    response = a_client().post("/v1/resolve", data='{"queries":[]}', content_type=media_type)
    found = problem(response)
    assert (400, "body") == (found["status"], found["parameter"])
    assert "application/json" in found["detail"]


def test_a_body_that_is_too_large_is_refused_unread() -> None:
    unread = io.BytesIO(b" " * 10_000_001)
    response = a_client().post(
        "/v1/resolve",
        content_type="application/json",
        environ_overrides={"wsgi.input": unread, "CONTENT_LENGTH": "10000001"},
    )
    assert (413, 0) == (problem(response)["status"], unread.tell())


def test_a_post_takes_no_parameters_in_its_address() -> None:
    found = problem(a_client().post("/v1/resolve?limit=3", json={"queries": []}))
    assert (400, "limit") == (found["status"], found["parameter"])
