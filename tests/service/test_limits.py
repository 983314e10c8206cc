"""The limits: rates by caller, bodies, rows, and what a request may hold."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr, ValidationError
from werkzeug.test import TestResponse

from service.app import create_app
from service.key_file import KeyFile
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import BEARER, KEY, a_client, an_app, problem
from tests.service.serving import serve

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}
LOCAL = {"REMOTE_ADDR": "127.0.0.1"}
PLACE = "/v1/places/SY07"


def limited(**settings: Any) -> FlaskClient:
    given = {"tier": "public", "api_key": SecretStr(KEY), **settings}
    return create_app(Settings(**given), FakeGazetteer()).test_client()


def asked(
    client: FlaskClient, times: int, environ: dict[str, str], address: str = PLACE, **headers: str
) -> list[int]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    answers = (client.get(address, headers=given, environ_overrides=environ) for _ in range(times))
    return [answer.status_code for answer in answers]


# --------------------------------------------------------------------------------------------- rates


def test_who_asks_too_often_is_told_when_to_ask_again() -> None:
    client = limited(rate_limit="2/minute")
    assert [200, 200] == asked(client, 2, ELSEWHERE)
    refused = client.get(PLACE, environ_overrides=ELSEWHERE)
    wait_s = int(refused.headers["Retry-After"])
    told = problem(refused)
    assert (429, True) == (told["status"], 1 <= wait_s <= 60)
    assert "more requests than 2 per 1 minute have come from you: wait" in told["detail"]


def test_each_address_and_each_key_counts_for_itself(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    names = ("press", "192.0.2.1")
    tokens = [keys.add(name, tier="full", scope="read", expires=None)[0] for name in names]
    client = limited(rate_limit="1/minute", key_rate_limit="2/minute", keys=tmp_path / "keys.json")
    assert [200, 429] == asked(client, 2, ELSEWHERE)
    assert [200] == asked(client, 1, {"REMOTE_ADDR": "192.0.2.2"})
    for token in tokens:  # wherever it comes from, and whatever it is called
        places = [{"REMOTE_ADDR": f"198.51.100.{number}"} for number in range(2)] + [LOCAL]
        found = [asked(client, 1, one, Authorization=f"Bearer {token}")[0] for one in places]
        assert [200, 200, 429] == found
    assert [200] == asked(client, 1, ELSEWHERE, Authorization=f"Bearer {KEY}")


def test_programs_of_this_machine_without_a_key_are_not_limited() -> None:
    assert [200] * 10 == asked(limited(rate_limit="1/minute"), 10, LOCAL)


def test_each_limit_can_be_left_out() -> None:
    assert [200] * 5 == asked(limited(rate_limit="none", key_rate_limit="1/minute"), 5, ELSEWHERE)
    client = limited(rate_limit="1/minute", key_rate_limit="none")
    assert [200] * 5 == asked(client, 5, ELSEWHERE, Authorization=f"Bearer {KEY}")


def test_who_tries_out_keys_is_slowed_down_as_its_address() -> None:
    client = limited(rate_limit="3/minute")
    tried = [asked(client, 1, ELSEWHERE, Authorization=f"Bearer {number:032}")[0] for number in range(5)]
    assert [403, 403, 403, 429, 429] == tried
    assert [429] == asked(client, 1, ELSEWHERE)


def test_other_peoples_shapes_and_pages_count_too() -> None:
    for address in ("/search?q=Idlib", "/reconcile", "/", "/about", "/v1/openapi.json"):
        client = limited(rate_limit="2/minute")
        assert [200, 200, 429] == asked(client, 3, ELSEWHERE, address), address


def test_health_and_the_files_of_the_pages_do_not_count() -> None:
    client = limited(rate_limit="1/minute")
    files = (
        "/healthz",
        "/static/map/main.js",
        "/static/leaflet/leaflet.js",
        "/static/swagger/swagger-ui.css",
    )
    for address in files * 3:
        with client.get(address, environ_overrides=ELSEWHERE) as response:
            assert 200 == response.status_code, address
    assert [200, 429] == asked(client, 2, ELSEWHERE)


def test_several_limits_hold_together() -> None:
    assert [200, 200, 429, 429] == asked(limited(rate_limit="2/second;3/hour"), 4, ELSEWHERE)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
    ],
)
def test_a_network_of_ipv6_is_one_address(one: str, other: str, shared: bool) -> None:
    client = limited(rate_limit="1/minute")
    assert [200] == asked(client, 1, {"REMOTE_ADDR": one})
    assert [429 if shared else 200] == asked(client, 1, {"REMOTE_ADDR": other})


def test_unless_it_is_set_otherwise_there_are_limits() -> None:
    settings = Settings()
    assert ("300/minute", "3000/minute") == (settings.rate_limit, settings.key_rate_limit)
    assert [200] * 300 + [429] == asked(limited(), 301, ELSEWHERE)


@pytest.mark.parametrize("name", ["rate_limit", "key_rate_limit"])
def test_settings_refuse_what_is_no_rate(name: str) -> None:
    for text in ("300", "300/fortnight", "0/minute", "-1/minute", "many", "1/minute;x"):
        with pytest.raises(ValidationError, match="is no rate: write it as 300/minute"):
            Settings.model_validate({name: text})


def test_a_refused_request_reads_no_body_and_stands_in_the_log_without_the_caller(tmp_path: Path) -> None:
    options = ("--tier", "public", "--trusted-proxies", "1", "--rate-limit", "1/minute")
    caller = {"X-Forwarded-For": "192.0.2.1"}
    with serve(*options, folder=tmp_path) as server:
        assert [200, 429] == [server.get(PLACE, headers=caller)[0] for _ in range(2)]
        server.stop()
        log = server.log.read_text()
    assert '"status": 429' in log
    assert "192.0.2.1" not in log


# -------------------------------------------------------------------------------------------- bodies

LIMIT = 1_000_000
BODIES = ("/v1/resolve", "/v1/reverse", "/v1/geoparse", "/v1/enrich", "/v1/incidents", "/reconcile")


@pytest.fixture(scope="module")
def small() -> FlaskClient:
    """Return a client of a server that takes bodies of 1 MB."""
    client = create_app(Settings(max_body_mb=1, api_key=SecretStr(KEY)), FakeGazetteer()).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    return client


class Unread(io.BytesIO):
    def read(self, *_: Any) -> bytes:
        raise AssertionError("read before it was refused")


@pytest.mark.parametrize("address", BODIES)
def test_every_route_refuses_a_body_that_is_too_large(small: FlaskClient, address: str) -> None:
    kind = {"/v1/enrich": "text/csv", "/v1/incidents": "text/csv", "/reconcile": None}
    sent = {"content_type": kind.get(address, "application/json")}
    told = {"CONTENT_LENGTH": str(LIMIT + 1)}
    found = problem(small.post(address, input_stream=Unread(), environ_overrides=told, **sent))
    assert (413, "body") == (found["status"], found["parameter"])
    assert "at most 1 MB are taken" in found["detail"]


def test_a_form_that_is_too_large_names_the_file(small: FlaskClient) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="in.csv"\r\n\r\nplace\n'
    body = head + b"x" * LIMIT + b"\r\n--x--\r\n"
    refused = problem(small.post("/v1/enrich", data=body, content_type="multipart/form-data; boundary=x"))
    assert (413, "file") == (refused["status"], refused["parameter"])


def test_a_packed_body_is_a_415(small: FlaskClient) -> None:
    for address in ("/v1/resolve", "/v1/enrich", "/v1/incidents"):
        sent = {"Content-Encoding": "gzip", "Content-Type": "text/csv"}
        if address == "/v1/resolve":
            sent["Content-Type"] = "application/json"
        assert 415 == problem(small.post(address, data=b"x", headers=sent))["status"]


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"queries": [{"text": "a"}, {"text": 5}]}, "queries[1].text"),
        ({"queries": [{}]}, "queries[0].text"),
        ({"queries": [{"text": "a", "area": 5}]}, "queries[0].area"),
        ({"queries": [{"text": "a", "context": ["a", 5]}]}, "queries[0].context[1]"),
        ({"queries": [{"text": "a"}] * 1001}, "queries"),
        ({}, "queries"),
        ([], "body"),
        ("Idlib", "body"),
    ],
)
def test_a_field_of_a_body_is_named_by_its_path(small: FlaskClient, body: object, parameter: str) -> None:
    found = problem(small.post("/v1/resolve", json=body))
    assert (400, parameter) == (found["status"], found["parameter"])


def test_a_body_that_is_no_json_is_refused(small: FlaskClient) -> None:
    broken = small.post("/v1/resolve", data="{", content_type="application/json")
    other = small.post("/v1/resolve", data="a,b", content_type="text/csv")
    assert (400, 415) == (problem(broken)["status"], problem(other)["status"])
    assert "Content-Type: application/json" in problem(other)["detail"]


# ---------------------------------------------------------------------- rows, and what a request holds


def few_rows() -> Flask:
    return an_app(max_rows=3, api_key=SecretStr(KEY))


def test_a_table_with_more_rows_than_are_taken_is_neither_enriched_nor_stored() -> None:
    def sent(address: str, rows: int, body: Any = None) -> TestResponse:
        table = "id,place\n" + "".join(f"{number},Idlib\n" for number in range(rows))
        kind = "text/csv" if body is None else "application/json"
        return (
            few_rows()
            .test_client()
            .post(address, data=body or table, content_type=kind, headers=BEARER, buffered=True)
        )

    assert [200, 200] == [sent(one, 3).status_code for one in ("/v1/enrich", "/v1/incidents?dry_run=true")]
    found = [problem(sent(one, 4)) for one in ("/v1/enrich", "/v1/incidents")]
    incidents = [{"id": str(number), "place": "Idlib"} for number in range(4)]
    found.append(problem(sent("/v1/incidents", 0, json.dumps(incidents))))
    assert [413, 400, 400] == [one["status"] for one in found]
    assert {True} == {
        "has 4 rows, and at most 3 are taken: send it in parts" in one["detail"] for one in found
    }


def test_objects_with_a_column_each_are_refused_before_each_gets_a_cell_for_all() -> None:
    """30,000 rows with 30,000 columns would be 9 × 10^8 cells, from a body of half a megabyte."""
    rows = [{"id": str(number), f"c{number}": 1} for number in range(30_000)]
    client = create_app(Settings(api_key=SecretStr(KEY), max_rows=50_000), FakeGazetteer()).test_client()
    refused = client.post("/v1/incidents", json=rows, headers=BEARER)
    assert "it has 30001 columns, more than the 256 that are taken" in problem(refused)["detail"]


def test_what_stands_in_an_address_has_a_length() -> None:
    for address, parameter in (
        (f"/v1/resolve?text={'x' * 301}", "text"),
        (f"/v1/ask?question={'x' * 301}", "question"),
        (f"/v1/suggest?text={'x' * 301}", "text"),
        (f"/v1/incidents?polygon={'x' * 6001}", "polygon"),
        ("/v1/incidents?limit=10001", "limit"),
        ("/v1/places?limit=1001", "limit"),
        (f"/search?q={'x' * 301}", "q"),
    ):
        refused = problem(a_client().get(address))
        assert (400, parameter) == (refused["status"], refused["parameter"])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (
            {"queries": {"q0": {"query": "x", "properties": [{"pid": "adm1_name", "v": "x"}] * 51}}},
            "properties",
        ),
        ({"queries": {"q0": {"query": "x", "properties": [{"pid": "adm1_name", "v": ["x"] * 51}]}}}, "v"),
        ({"queries": {"q0": {"query": "x", "type": ["settlement"] * 51}}}, "type"),
        ({"extend": {"ids": ["SY07"], "properties": [{"id": "name"}] * 51}}, "extend.properties"),
    ],
)
def test_a_batch_names_only_so_many_hints(sent: dict[str, Any], field: str) -> None:
    form = {name: json.dumps(value) for name, value in sent.items()}
    refused = problem(a_client().post("/reconcile", data=form))
    assert (400, True) == (refused["status"], refused["parameter"].endswith(field))
