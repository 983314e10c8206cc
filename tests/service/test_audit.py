"""The audit log: what is written down of a request, when, and what happens where it can't be."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Request, Response
from flask.testing import FlaskClient

from gazetteer.kinds import PlaceKind
from service.app import create_app
from service.audit import Audit, audit, begin_write
from service.audit_log import AuditError
from service.callers import Caller, name_caller
from service.disclosures import disclosures, wrote
from service.headers import is_write
from service.keys import KeyMissingError
from service.metrics import Metrics
from service.observing import begin, finish
from service.problems import register_problems
from service.settings import Settings
from service.steps import add_steps
from tests.fakes import FakeGazetteer, a_place
from tests.service.asking import problem
from tests.service.auditing import FULL, add_audit, lines_in, refusals_in

KEY = "0123456789abcdef0123456789abcdef"
HOSPITAL = a_place("Hospital", kind=PlaceKind.HOSPITAL, sensitive=True)
CLINIC = a_place("Clinic", kind=PlaceKind.CLINIC, sensitive=True)
ROWS = "id,date,place\na,2016-05-30,Idlib\nb,2016-05-31,Kafranbel\n"
NOBODY = Caller("", "full", "read", "198.51.100.9", is_local=False)


def an_app(path: Path, caller: Caller = FULL, *, stored: list[str] | None = None) -> Flask:
    """Return an application of five routes that tell, or don't, and one that writes."""
    app = Flask(__name__)
    register_problems(app)
    trail, metrics = Audit.at(path), Metrics()

    def name(request: Request) -> None:
        name_caller(request, caller)
        if is_write(request.endpoint) and not caller.key:
            raise KeyMissingError("a write needs a key")

    steps = (begin(metrics), name, begin_write(trail, is_write))
    add_steps(app, before=steps, after=(audit(trail, is_write), finish(metrics)))

    def tell() -> str:
        disclosures().add([HOSPITAL, CLINIC, a_place()])
        disclosures().add([HOSPITAL, replace(HOSPITAL, id="another")])
        return "where they are"

    def tell_cells() -> str:
        disclosures().add([replace(HOSPITAL, generalised_to_deg=0.01), a_place()])
        return "roughly where"

    def forget() -> str:
        return "who knows"

    def stream() -> Response:
        told = disclosures()

        def pieces() -> Iterator[bytes]:
            told.add([])
            yield b"head,"
            told.add([HOSPITAL])
            yield b"one,"
            told.add([CLINIC])
            yield b"two"

        return Response(pieces())

    def store() -> str:
        (stored if stored is not None else []).append("incident")
        wrote(added=1)
        return "stored"

    for route in (tell, tell_cells, forget, stream):
        app.add_url_rule(f"/{route.__name__}/<what>", route.__name__, lambda what, made=route: made())
    app.add_url_rule("/store", "incidents.store", store, methods=["POST"])
    return app


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def test_a_read_is_written_down_with_who_and_what_kinds_and_nothing_that_was_asked(path: Path) -> None:
    response = (
        an_app(path)
        .test_client()
        .get(
            "/tell/Saraqeb?text=Kafranbel",
            headers={"X-Request-ID": "r-1", "Authorization": "Bearer secret"},
            environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
        )
    )
    assert "where they are" == response.text
    [line] = lines_in(path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert {
        "id": "r-1",
        "what": "read",
        "stage": "done",
        "who": "key newsdesk",
        "address": "192.0.2.7",
        "method": "GET",
        "route": "/tell/<what>",
        "status": 200,
        "places": {"clinic": 1, "hospital": 2},
    } == line
    written = path.read_text()
    hidden = ("Saraqeb", "Kafranbel", "secret", "35.9", "test:", "Hospital", "another")
    assert not [text for text in hidden if text in written]


def test_whoever_has_no_key_is_known_by_the_address(path: Path) -> None:
    an_app(path, NOBODY).test_client().get("/tell/x")
    assert ["address 198.51.100.9"] == [line["who"] for line in lines_in(path)]


def test_an_answer_of_which_nobody_counted_what_it_tells_isnt_taken_to_tell_nothing(path: Path) -> None:
    an_app(path).test_client().get("/forget/x")
    assert [None] == [line["places"] for line in lines_in(path)]


@pytest.mark.parametrize("tier", ["partner", "public"])
def test_what_other_tiers_read_isnt_written_down(path: Path, tier: Any) -> None:
    client = an_app(path, replace(FULL, tier=tier)).test_client()
    for address in ("/tell_cells/x", "/forget/x"):
        client.get(address)
    assert [] == lines_in(path)


def test_places_that_arent_where_they_are_dont_count(path: Path) -> None:
    an_app(path).test_client().get("/tell_cells/x")
    assert [] == lines_in(path)


def test_a_line_stands_before_the_first_piece_that_tells_and_one_after_the_last(path: Path) -> None:
    response = an_app(path).test_client().get("/stream/x", buffered=False)
    pieces = iter(response.response)
    assert b"head," == next(pieces)
    assert [] == lines_in(path)
    assert b"one," == next(pieces)
    assert [("begun", {"hospital": 1})] == [(line["stage"], line["places"]) for line in lines_in(path)]
    assert b"two" == next(pieces)
    response.close()
    assert [("begun", {"hospital": 1}), ("done", {"clinic": 1, "hospital": 1})] == [
        (line["stage"], line["places"]) for line in lines_in(path)
    ]


def test_a_client_that_leaves_early_was_told_what_it_took(path: Path) -> None:
    response = an_app(path).test_client().get("/stream/x", buffered=False)
    pieces = iter(response.response)
    assert [b"head,", b"one,"] == [next(pieces), next(pieces)]
    response.close()
    assert [{"hospital": 1}] * 2 == [line["places"] for line in lines_in(path)]


def test_where_the_log_cant_be_written_nothing_is_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.mkdir()
    client = an_app(path).test_client()
    refused = problem(client.get("/tell/x"))
    assert (503, "/about#audit-log-unwritable") == (refused["status"], refused["type"])
    assert str(path) not in refused["detail"]
    assert "can't be written" in caplog.text
    assert 503 == client.get("/forget/x").status_code
    assert 200 == client.get("/tell_cells/x").status_code
    path.rmdir()
    assert 200 == client.get("/tell/x").status_code


def test_where_the_log_cant_be_written_a_stream_breaks_off_before_it_tells(path: Path) -> None:
    path.mkdir()
    response = an_app(path).test_client().get("/stream/x", buffered=False)
    pieces = iter(response.response)
    assert b"head," == next(pieces)
    with pytest.raises(AuditError):
        next(pieces)
    response.close()


def test_a_write_is_written_down_before_it_is_done_and_after(path: Path) -> None:
    client = an_app(path).test_client()
    client.post("/store", headers={"X-Request-ID": "w-1"})
    begun, done = lines_in(path)
    assert ("w-1", "write", "begun", "key newsdesk") == tuple(
        begun[name] for name in ("id", "what", "stage", "who")
    )
    assert begun | {"stage": "done", "status": 200, "changes": {"added": 1}, "time": done["time"]} == done


def test_a_write_that_cant_be_written_down_isnt_done(path: Path) -> None:
    path.mkdir()
    stored: list[str] = []
    assert 503 == problem(an_app(path, stored=stored).test_client().post("/store"))["status"]
    assert [] == stored


def test_a_write_that_is_done_is_answered_as_it_is(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = an_app(path)
    store = app.view_functions["incidents.store"]

    def store_and_break() -> Any:
        answer = store()
        path.chmod(0o644)
        return answer

    app.view_functions["incidents.store"] = store_and_break
    with caplog.at_level(logging.ERROR):
        assert "stored" == app.test_client().post("/store").text
    assert "chmod 600" in caplog.text
    assert ["begun"] == [line["stage"] for line in lines_in(path)]


def test_what_is_refused_for_want_of_a_key_stands_in_a_file_of_its_own(path: Path) -> None:
    client = an_app(path, NOBODY).test_client()
    assert 401 == client.post("/store").status_code
    assert [] == lines_in(path)
    [line] = refusals_in(path)
    assert ("refused", "/store", 401) == (line["what"], line["route"], line["status"])


def test_a_refusal_is_answered_whether_or_not_it_can_be_written_down(path: Path) -> None:
    path.with_stem("audit-refused").mkdir()
    assert 401 == an_app(path, NOBODY).test_client().post("/store").status_code


def a_server(path: Path) -> FlaskClient:
    settings = Settings.model_validate({"api_key": KEY, "store": path.parent / "store.sqlite"})
    app = create_app(settings, FakeGazetteer())
    add_audit(app, path)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    return client


def test_each_real_write_says_how_much_it_changed_and_not_what(path: Path) -> None:
    client = a_server(path)
    for asked in ("dry_run=true", "source=Saraqeb", "source=Saraqeb"):
        client.post(f"/v1/incidents?{asked}", data=ROWS, content_type="text/csv")
    client.post("/v1/incidents", data="id,place\n,\n", content_type="text/csv")
    client.delete("/v1/incidents?source=Saraqeb")
    client.delete("/v1/incidents?id=nothing")
    assert [
        ("POST", 200, None),
        ("POST", 200, {"added": 2, "changed": 0}),
        ("POST", 200, {"added": 0, "changed": 0}),
        ("POST", 400, None),
        ("DELETE", 200, {"deleted": 2}),
        ("DELETE", 404, None),
    ] == [
        (line["method"], line["status"], line.get("changes"))
        for line in lines_in(path)
        if line["stage"] == "done"
    ]
    assert 12 == len(lines_in(path))
    assert not [text for text in ("Saraqeb", "Idlib", "press", KEY) if text in path.read_text()]
