"""The limits as the application has them: rates by caller, rows, and what a request may hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr, ValidationError

from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import a_client, an_app, problem
from tests.service.serving import serve

KEY = "0123456789abcdef0123456789abcdef"
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}
PLACE = "/v1/places/SY07"


def limited(**settings: Any) -> FlaskClient:
    given = {"tier": "public", "api_key": SecretStr(KEY), **settings}
    return create_app(Settings(**given), FakeGazetteer()).test_client()


def asked(client: FlaskClient, times: int, environ: dict[str, str], **headers: str) -> list[int]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return [client.get(PLACE, headers=given, environ_overrides=environ).status_code for _ in range(times)]


def test_an_address_is_limited_and_its_key_has_a_limit_of_its_own() -> None:
    client = limited(rate_limit="2/minute", key_rate_limit="3/minute")
    key = f"Bearer {KEY}"
    assert [200, 200, 429] == asked(client, 3, ELSEWHERE)
    assert [200, 200, 200, 429] == asked(client, 4, ELSEWHERE, Authorization=key)
    assert [200] * 5 == asked(client, 5, {"REMOTE_ADDR": "127.0.0.1"})


def test_who_tries_out_keys_is_slowed_down_as_its_address() -> None:
    client = limited(rate_limit="3/minute")
    tried = [asked(client, 1, ELSEWHERE, Authorization=f"Bearer {number:032}")[0] for number in range(5)]
    assert [403, 403, 403, 429, 429] == tried
    assert [429] == asked(client, 1, ELSEWHERE)


def test_unless_it_is_set_otherwise_there_are_limits() -> None:
    settings = Settings()
    assert ("300/minute", "3000/minute") == (settings.rate_limit, settings.key_rate_limit)
    assert [200] * 300 + [429] == asked(limited(), 301, ELSEWHERE)


@pytest.mark.parametrize("name", ["rate_limit", "key_rate_limit"])
def test_settings_refuse_what_is_no_rate(name: str) -> None:
    with pytest.raises(ValidationError, match="is no rate: write it as 300/minute"):
        Settings.model_validate({name: "often"})
    assert getattr(Settings.model_validate({name: "none"}), name) is None


def test_behind_a_trusted_proxy_each_client_is_limited_by_itself() -> None:
    client = limited(rate_limit="1/minute", trusted_proxies=1)
    proxy = {"REMOTE_ADDR": "127.0.0.1"}
    for number in range(3):
        address = f"192.0.2.{number}"
        assert [200, 429] == asked(client, 2, proxy, X_Forwarded_For=f"127.0.0.1, {address}")


def test_behind_a_proxy_that_is_not_trusted_all_are_one_and_none_is_of_this_machine() -> None:
    client = limited(rate_limit="2/minute")
    proxy = {"REMOTE_ADDR": "127.0.0.1"}
    found = [asked(client, 1, proxy, X_Forwarded_For=f"192.0.2.{number}")[0] for number in range(4)]
    assert [200, 200, 429, 429] == found


def test_the_files_of_the_pages_do_not_count() -> None:
    client = limited(rate_limit="1/minute")
    files = ("/static/map/main.js", "/static/leaflet/leaflet.js", "/v1/swagger/js/swagger-ui-bundle.js")
    for address in files * 3:
        with client.get(address, environ_overrides=ELSEWHERE) as response:
            assert 200 == response.status_code, address
    assert [200, 429] == asked(client, 2, ELSEWHERE)


def test_what_is_refused_for_its_rate_is_not_read() -> None:
    client = limited(rate_limit="1/minute")
    asked(client, 1, ELSEWHERE)
    told = {**ELSEWHERE, "CONTENT_LENGTH": "1000"}
    refused = client.post("/v1/resolve", environ_overrides=told)
    assert (429, "close") == (refused.status_code, refused.headers["Connection"])


def test_a_password_of_redis_is_nowhere_in_what_is_printed_of_the_settings() -> None:
    settings = Settings(rate_limits_at=SecretStr("redis://:secret@host"))
    assert "secret@" not in repr(settings) + str(settings) + settings.model_dump_json()


def few_rows() -> FlaskClient:
    return an_app(max_rows=3, api_key=SecretStr(KEY)).test_client()


def enriched(rows: int) -> Any:
    return few_rows().post("/v1/enrich", data="place\n" + "Idlib\n" * rows, content_type="text/csv")


def test_a_table_with_more_rows_than_are_taken_is_not_enriched() -> None:
    assert 200 == enriched(3).status_code
    refused = problem(enriched(4))
    assert 413 == refused["status"]
    assert "the table has 4 rows, and at most 3 are taken: send it in parts" in refused["detail"]


def stored(rows: int, *, as_json: bool) -> Any:
    incidents = [{"id": str(number), "place": "Idlib"} for number in range(rows)]
    csv = "id,place\n" + "".join(f"{row['id']},Idlib\n" for row in incidents)
    return few_rows().post(
        "/v1/incidents?dry_run=true",
        data=json.dumps(incidents) if as_json else csv,
        content_type="application/json" if as_json else "text/csv",
        headers={"Authorization": f"Bearer {KEY}"},
    )


@pytest.mark.parametrize("as_json", [False, True])
def test_a_table_with_more_rows_than_are_taken_is_not_stored(as_json: bool) -> None:
    assert 200 == stored(3, as_json=as_json).status_code
    refused = problem(stored(4, as_json=as_json))
    assert (400, "body") == (refused["status"], refused["parameter"])
    assert "it has 4 rows, and at most 3 are taken: send it in parts" in refused["detail"]


def test_objects_with_a_column_each_are_refused_before_each_gets_a_cell_for_all() -> None:
    """30,000 rows with 30,000 columns would be 9 × 10^8 cells, from a body of half a megabyte."""
    rows = [{"id": str(number), f"c{number}": 1} for number in range(30_000)]
    client = create_app(Settings(api_key=SecretStr(KEY)), FakeGazetteer()).test_client()
    refused = client.post("/v1/incidents", json=rows, headers={"Authorization": f"Bearer {KEY}"})
    assert "it has 30001 columns, more than the 256 that are taken" in problem(refused)["detail"]


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        (f"/v1/resolve?text={'x' * 301}", "text"),
        (f"/v1/ask?question={'x' * 301}", "question"),
        (f"/v1/suggest?text={'x' * 301}", "text"),
        (f"/v1/incidents?polygon={'x' * 6001}", "polygon"),
        ("/v1/incidents?limit=10001", "limit"),
        ("/v1/places?limit=1001", "limit"),
        (f"/search?q={'x' * 301}", "q"),
    ],
)
def test_what_stands_in_an_address_has_a_length(address: str, parameter: str) -> None:
    refused = problem(a_client().get(address))
    assert (400, parameter) == (refused["status"], refused["parameter"])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (
            {"queries": {"q0": {"query": "Idlib", "properties": [{"pid": "adm1_name", "v": "x"}] * 51}}},
            "properties",
        ),
        ({"queries": {"q0": {"query": "Idlib", "properties": [{"pid": "adm1_name", "v": ["x"] * 51}]}}}, "v"),
        ({"queries": {"q0": {"query": "Idlib", "type": ["settlement"] * 51}}}, "type"),
        ({"extend": {"ids": ["SY07"], "properties": [{"id": "name"}] * 51}}, "extend.properties"),
    ],
)
def test_a_batch_names_only_so_many_hints(sent: dict[str, Any], field: str) -> None:
    form = {name: json.dumps(value) for name, value in sent.items()}
    refused = problem(a_client().post("/reconcile", data=form))
    assert 400 == refused["status"]
    assert field in refused["parameter"]
    assert "50" in refused["detail"]


def test_a_request_that_is_computed_for_too_long_is_ended_at_every_route_that_works_piece_by_piece() -> None:
    """At a limit that is over before the first piece, none of them answers."""
    settings = Settings(max_seconds=1e-9, api_key=SecretStr(KEY))
    client = create_app(settings, FakeGazetteer()).test_client()
    key = {"Authorization": f"Bearer {KEY}"}
    found = [
        client.post("/v1/resolve", json={"queries": [{"text": "Idlib"}]}),
        client.post("/v1/enrich", data="place\nIdlib\n", content_type="text/csv"),
        client.post("/v1/enrich?format=xlsx", data="place\nIdlib\n", content_type="text/csv"),
        client.post("/v1/incidents", json=[{"id": "a", "place": "Idlib"}], headers=key),
    ]
    details = {(problem(answer)["status"], problem(answer)["detail"]) for answer in found}
    assert {(503, "this takes longer than 1e-09 s to compute: ask for less at a time")} == details
    assert 503 == problem(client.get("/v1/incidents"))["status"]  # nothing was stored


def test_no_secret_stands_in_the_log_at_any_level(tmp_path: Path) -> None:
    secrets = {"GAZETTEER_API_KEY": KEY, "GAZETTEER_RATE_LIMITS_AT": "redis://me:pass-of-redis@127.0.0.1:1"}
    with serve("--log-level", "debug", folder=tmp_path, **secrets) as server:
        for key in (KEY, "another-key-that-is-wrong", KEY[:-1]):
            for target in (PLACE, "/v1/resolve?text=", "/nothing", "/metrics"):
                server.get(target, {"Authorization": f"Bearer {key}"})
        server.raw(f"GET /\x00 HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode())
        server.stop()
        log = server.log.read_text()
    assert "the Redis of the rate limits fails" in log
    for secret in (KEY[:-1], "another-key", "pass-of-redis", "Bearer"):
        assert secret not in log
