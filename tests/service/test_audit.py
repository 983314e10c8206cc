"""The audit log: what is written down of a request, when, and what happens where it can't be."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, stream_with_context
from flask.testing import FlaskClient
from pydantic import SecretStr

from gazetteer.kinds import PlaceKind
from service.app import create_app
from service.audit import AuditError, tell
from service.settings import Settings
from service.store import IncidentStore
from tests.fakes import FakeGazetteer, a_place
from tests.service.asking import FACILITIES, KEY, problem
from tests.service.auditing import lines_in, refusals_in

HOSPITAL = a_place("Hospital", kind=PlaceKind.HOSPITAL, sensitive=True)
CLINIC = a_place("Clinic", kind=PlaceKind.CLINIC, sensitive=True)
ROWS = "id,date,place\na,2016-05-30,Idlib\nb,2016-05-31,Kafranbel\n"
CSV = {"content_type": "text/csv", "buffered": True}


def an_app(path: Path, **settings: Any) -> Flask:
    """Return an application with three routes more, which nobody declared."""
    given = {"api_key": SecretStr(KEY), "store": path.with_name("store.sqlite"), "audit": path, **settings}
    app = create_app(Settings(**given), FakeGazetteer())

    def exact() -> str:
        tell([HOSPITAL, CLINIC, a_place()])
        tell([HOSPITAL, replace(HOSPITAL, id="another")])
        return "where they are"

    def cells() -> str:
        tell([replace(HOSPITAL, generalised_to_deg=0.01), a_place()])
        return "roughly where"

    def stream() -> Response:
        def pieces() -> Iterator[bytes]:
            yield b"head,"
            tell([HOSPITAL])
            yield b"one,"
            tell([CLINIC])
            yield b"two"

        return Response(stream_with_context(pieces()))

    for route in (exact, cells, stream):
        app.add_url_rule(f"/{route.__name__}/<what>", route.__name__, lambda what, made=route: made())
    return app


def a_client(path: Path, **settings: Any) -> FlaskClient:
    client = an_app(path, **settings).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    return client


def without_key(path: Path, **settings: Any) -> FlaskClient:
    return an_app(path, **settings).test_client()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def spoil(path: Path) -> None:
    """Let the log be written no longer."""
    path.unlink(missing_ok=True)
    path.mkdir()


def test_a_read_is_written_down_with_who_and_what_kinds_and_nothing_that_was_asked(path: Path) -> None:
    headers, environ = {"X-Request-ID": "r-1"}, {"REMOTE_ADDR": "192.0.2.7"}
    address = "/exact/Saraqeb?text=Kafranbel"
    assert "where they are" == a_client(path).get(address, headers=headers, environ_overrides=environ).text
    [line] = lines_in(path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert {
        "id": "r-1",
        "what": "read",
        "stage": "done",
        "who": "key environment",
        "address": "192.0.2.7",
        "method": "GET",
        "route": "/exact/<what>",
        "status": 200,
        "places": {"clinic": 1, "hospital": 2},
    } == line
    hidden = ("Saraqeb", "Kafranbel", KEY, "35.9", "test:", "Hospital", "another")
    assert not [text for text in hidden if text in path.read_text()]


def test_whoever_has_no_key_is_known_by_the_address(path: Path) -> None:
    assert 200 == without_key(path).get("/exact/x").status_code
    assert ["address 127.0.0.1"] == [line["who"] for line in lines_in(path)]


def test_what_tells_of_no_place_where_it_is_isnt_written_down(path: Path) -> None:
    assert 200 == a_client(path).get("/cells/x").status_code
    for tier in ("partner", "public"):
        client = without_key(path.with_name(f"{tier}.jsonl"), tier=tier)
        for address in ("/v1/places/test:national", FACILITIES, f"{FACILITIES}/test:national?f=html"):
            assert 200 == client.get(address).status_code
    assert [] == [line for file in path.parent.glob("*.jsonl") for line in lines_in(file)]


def test_a_line_stands_before_the_first_piece_that_tells_and_one_after_the_last(path: Path) -> None:
    response = a_client(path).get("/stream/x", buffered=False)
    pieces = iter(response.response)
    assert (b"head,", []) == (next(pieces), lines_in(path))
    assert b"one," == next(pieces)
    begun = ("begun", {"hospital": 1})
    assert [begun] == [(line["stage"], line["places"]) for line in lines_in(path)]
    assert b"two" == next(pieces)
    response.close()
    stages = [(line["stage"], line["places"]) for line in lines_in(path)]
    assert [begun, ("done", {"clinic": 1, "hospital": 1})] == stages


def test_a_client_that_leaves_early_was_told_what_it_took(path: Path) -> None:
    response = a_client(path).get("/stream/x", buffered=False)
    pieces = iter(response.response)
    assert [b"head,", b"one,"] == [next(pieces), next(pieces)]
    response.close()
    assert [{"hospital": 1}] * 2 == [line["places"] for line in lines_in(path)]


def test_where_the_log_cant_be_written_nothing_is_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    client = a_client(path)
    spoil(path)
    forms = (f"{FACILITIES}{one}" for one in ("", "?f=csv", "?f=html", "/test:national"))
    own = ("/exact/x", "/v1/places/test:national", "/v1/resolve?text=National+hospital")
    for address in (*own, *forms):
        refused = client.get(address)
        told = problem(refused)
        assert (503, "/about#audit-log-unwritable") == (told["status"], told["type"])
        assert not [secret for secret in ("where", "35.9", str(path)) if secret in refused.text]
    assert "can't be written" in caplog.text
    assert 200 == client.get("/cells/x").status_code
    path.rmdir()
    assert 200 == client.get("/exact/x").status_code


def test_where_the_log_cant_be_written_a_stream_breaks_off_before_it_tells(path: Path) -> None:
    client = a_client(path)
    spoil(path)
    response = client.get("/stream/x", buffered=False)
    pieces = iter(response.response)
    assert b"head," == next(pieces)
    with pytest.raises(AuditError):
        next(pieces)
    response.close()


def test_where_the_log_cant_be_written_no_write_is_begun(path: Path) -> None:
    client = a_client(path)
    assert 200 == client.post("/v1/incidents", data=ROWS, **CSV).status_code
    store = IncidentStore(path.with_name("store.sqlite"))
    before = store.change()
    spoil(path)
    other = ROWS.replace("Idlib", "Aleppo")
    assert 503 == problem(client.post("/v1/incidents", data=other, **CSV))["status"]
    assert 503 == problem(client.delete("/v1/incidents?id=a"))["status"]
    assert before == store.change()


def test_a_write_that_is_done_is_answered_as_it_is(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    client = a_client(path)
    app = client.application

    @app.after_request
    def spoil_first(response: Response) -> Response:
        spoil(path)
        return response

    with caplog.at_level(logging.ERROR):
        answer = client.post("/v1/incidents", data=ROWS, **CSV)
    assert (200, 2) == (answer.status_code, answer.get_json()["added"])
    assert "can't be written" in caplog.text


def test_each_write_says_before_and_after_how_much_it_changed_and_not_what(path: Path) -> None:
    client = a_client(path)
    for asked in ("dry_run=true", "source=Saraqeb", "source=Saraqeb"):
        client.post(f"/v1/incidents?{asked}", data=ROWS, headers={"X-Request-ID": "w-1"}, **CSV)
    client.post("/v1/incidents", data="id,place\n,\n", **CSV)
    client.delete("/v1/incidents?source=Saraqeb")
    client.delete("/v1/incidents?id=nothing")
    lines = lines_in(path)
    assert ["begun", "done"] * 6 == [line["stage"] for line in lines]
    assert {"w-1", "write", "key environment"} <= {*lines[0].values()}
    assert [
        ("POST", 200, None),
        ("POST", 200, {"added": 2, "changed": 0}),
        ("POST", 200, {"added": 0, "changed": 0}),
        ("POST", 400, None),
        ("DELETE", 200, {"deleted": 2}),
        ("DELETE", 404, None),
    ] == [(line["method"], line["status"], line.get("changes")) for line in lines[1::2]]
    assert not [text for text in ("Saraqeb", "Idlib", "press", KEY) if text in path.read_text()]


def test_what_is_refused_for_want_of_a_key_stands_in_a_file_of_its_own(path: Path) -> None:
    client = without_key(path)
    assert 401 == client.post("/v1/incidents", data=ROWS, **CSV).status_code
    wrong = {"Authorization": "Bearer wrong"}
    assert 403 == client.get("/v1/places/test:national", headers=wrong).status_code
    assert [] == lines_in(path)
    assert [("refused", "/v1/incidents", 401), ("refused", "/v1/places/<id>", 403)] == [
        (line["what"], line["route"], line["status"]) for line in refusals_in(path)
    ]


def test_a_refusal_is_answered_whether_or_not_it_can_be_written_down(path: Path) -> None:
    client = without_key(path)
    spoil(path.with_stem("audit-refused"))
    assert 401 == client.post("/v1/incidents", data=ROWS, **CSV).status_code


def test_a_server_doesnt_start_with_a_log_that_it_cant_write(path: Path) -> None:
    spoil(path)
    with pytest.raises(AuditError, match="can't be written"):
        an_app(path)
