"""The audit log: what is written down of a request, when, what happens where it can't be, and its file."""

import errno
import json
import logging
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Response, stream_with_context
from flask.testing import FlaskClient

from gazetteer.kinds import PlaceKind
from service.audit import AuditError, AuditLog, tell
from service.store import IncidentStore
from tests.fakes import FakeGazetteer, a_place
from tests.service.asking import FACILITIES, INCIDENTS, KEY, PLACES, a_client_of, problem
from tests.service.asking import a_client as served
from tests.service.auditing import lines_in, refusals_in

HOSPITAL = a_place("Hospital", kind=PlaceKind.HOSPITAL, sensitive=True)
CLINIC = a_place("Clinic", kind=PlaceKind.CLINIC, sensitive=True)
ROWS = "id,date,place\na,2016-05-30,Idlib\nb,2016-05-31,Kafranbel\n"


NATIONAL = "/v1/places/test:national"
CSV = {"content_type": "text/csv", "buffered": True}


def without_key(path: Path, **settings: Any) -> FlaskClient:
    """Return a client of an application with one route more, which nobody declared."""
    given = {"api_key": KEY, "store": path.with_name("store.sqlite"), "audit": path, **settings}
    client = served(FakeGazetteer(), **given)

    def stream() -> Response:
        def pieces() -> Iterator[bytes]:
            yield b"head,"
            tell([HOSPITAL])
            yield b"one,"
            tell([CLINIC, replace(HOSPITAL, id="cell", generalised_to_deg=0.01), a_place()])
            yield b"two"

        return Response(stream_with_context(pieces()))

    client.application.add_url_rule("/stream", view_func=stream)
    return client


def a_client(path: Path) -> FlaskClient:
    client = without_key(path)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    return client


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def spoil(path: Path) -> None:
    """Let the log be written no longer."""
    path.unlink(missing_ok=True)
    path.mkdir()


def test_a_read_is_written_down_with_who_and_what_kinds_and_nothing_that_was_asked(path: Path) -> None:
    headers, environ = {"X-Request-ID": "r-1"}, {"REMOTE_ADDR": "192.0.2.7"}
    address = "/v1/distance?from=Kafranbel&to=National+hospital"
    assert 200 == a_client(path).get(address, headers=headers, environ_overrides=environ).status_code
    [line] = lines_in(path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert {
        "id": "r-1",
        "what": "read",
        "stage": "done",
        "who": "key environment",
        "address": "192.0.2.7",
        "method": "GET",
        "route": "/v1/distance",
        "status": 200,
        "places": {"hospital": 1},
    } == line
    hidden = ("Kafranbel", KEY, "35.9", "test:", "National")
    assert not [text for text in hidden if text in path.read_text()]


def test_whoever_has_no_key_is_known_by_the_address(path: Path) -> None:
    assert 200 == without_key(path).get(NATIONAL).status_code
    assert ["address 127.0.0.1"] == [line["who"] for line in lines_in(path)]


def test_what_tells_of_no_place_where_it_is_isnt_written_down(path: Path) -> None:
    for tier in ("partner", "public"):
        client = without_key(path, tier=tier)
        for address in (NATIONAL, FACILITIES, f"{FACILITIES}/test:national?f=html"):
            assert 200 == client.get(address).status_code
    assert [] == lines_in(path)


def test_a_line_stands_before_the_first_piece_that_tells_and_one_after_the_last(path: Path) -> None:
    response = a_client(path).get("/stream", buffered=False)
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
    response = a_client(path).get("/stream", buffered=False)
    pieces = iter(response.response)
    assert [b"head,", b"one,"] == [next(pieces), next(pieces)]
    response.close()
    assert [{"hospital": 1}] * 2 == [line["places"] for line in lines_in(path)]


def test_where_the_log_cant_be_written_nothing_is_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    client = a_client(path)
    spoil(path)
    lists = (f"{FACILITIES}{one}" for one in ("", "?f=csv", "?f=html", "/test:national"))
    for address in (NATIONAL, "/v1/resolve?text=National+hospital", *lists):
        refused = client.get(address)
        told = problem(refused)
        assert (503, "/about#audit-log-unwritable") == (told["status"], told["type"])
        assert not [secret for secret in ("35.9", str(path)) if secret in refused.text]
    assert "can't be written" in caplog.text
    assert [200, 503] == [client.get(one).status_code for one in ("/v1/places/test:idlib", "/readyz")]
    path.rmdir()
    assert [200, 200] == [client.get(one).status_code for one in (NATIONAL, "/readyz")]


def test_where_the_log_cant_be_written_a_stream_breaks_off_before_it_tells(path: Path) -> None:
    client = a_client(path)
    spoil(path)
    response = client.get("/stream", buffered=False)
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
        without_key(path)


# ------------------------------------------------------------------------------------------- the file

LONG = "x" * 60


def files_of(path: Path) -> list[Path]:
    """Return the files of a log, the oldest first."""
    full = sorted(path.parent.glob(f"{path.name}.*"), key=lambda file: -int(file.suffix[1:]))
    return [*full, path]


def numbers_of(path: Path) -> list[int]:
    return [line["number"] for file in files_of(path) for line in lines_in(file)]


def test_threads_that_write_at_once_lose_no_line(path: Path) -> None:
    log = AuditLog(path, most_bytes=1000, kept=1000)

    def write(first: int) -> None:
        for number in range(first, first + 50):
            log.write({"number": number})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(0, 400, 50)))
    assert len(files_of(path)) > 5
    assert [*range(400)] == sorted(numbers_of(path))


def test_only_the_last_full_files_are_kept_and_refusals_push_none_out(path: Path) -> None:
    log = AuditLog(path, most_bytes=100, kept=2)
    for number in range(50):
        log.write({"number": number, "text": LONG})
        log.write({"text": LONG}, refused=True)
    assert ["audit.jsonl.2", "audit.jsonl.1", "audit.jsonl"] == [file.name for file in files_of(path)]
    assert [47, 48, 49] == numbers_of(path)


def test_a_log_goes_on_where_a_server_before_has_left_it(path: Path) -> None:
    for number in range(3):
        log = AuditLog(path)
        log.write({"number": number})
        log.close()
    assert [0, 1, 2] == numbers_of(path)
    path.write_text('{"number":0}\n{"numb')  # torn off by a power cut
    AuditLog(path).write({"number": 1})
    assert ['{"number":0}', '{"numb', '{"number":1}'] == path.read_text().splitlines()


def test_only_its_owner_may_read_the_log_and_full_files(path: Path) -> None:
    before = os.umask(0)
    try:
        log = AuditLog(path, most_bytes=10)
        for number in range(3):
            log.write({"number": number})
    finally:
        os.umask(before)
    assert [0o600] * len(files_of(path)) == [file.stat().st_mode & 0o777 for file in files_of(path)]


def test_a_log_that_others_can_read_isnt_written_from_the_next_line_on(path: Path) -> None:
    log = AuditLog(path)
    log.write({"number": 0})
    path.chmod(0o644)
    for attempt in (log.check, lambda: log.write({"number": 1}), lambda: AuditLog(path)):
        with pytest.raises(AuditError, match="chmod 600"):
            attempt()
    path.chmod(0o600)
    log.write({"number": 2})
    assert [0, 2] == numbers_of(path)


def test_a_line_isnt_written_through_a_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch(0o600)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AuditError, match="can't be written"):
        AuditLog(path).write({"number": 0})
    assert "" == (tmp_path / "elsewhere").read_text()


def test_what_takes_the_files_place_while_the_server_runs_is_noticed(path: Path) -> None:
    """Lines that go into a file that was deleted or moved away are lost for whoever looks for them."""
    log = AuditLog(path)
    log.write({"number": 0})
    path.rename(path.with_name("moved"))
    log.write({"number": 1})
    assert [1] == numbers_of(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(AuditError, match="can't be written"):
        log.write({"number": 2})


def test_without_its_folder_the_log_cant_be_written_until_that_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    log = AuditLog(folder / "audit.jsonl")
    log.write({"number": 0})
    folder.rename(tmp_path / "gone")
    for attempt in (log.check, lambda: log.write({"number": 1})):
        with pytest.raises(AuditError, match="can't be written: No such file or directory"):
            attempt()
    (tmp_path / "gone").rename(folder)
    log.write({"number": 2})
    assert [0, 2] == numbers_of(folder / "audit.jsonl")


def test_a_disk_that_fills_up_in_the_middle_of_a_line_spoils_only_that_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AuditLog(path)
    log.write({"number": 0})

    def full(*_: object) -> None:
        with path.open("a") as file:
            file.write('{"numb')
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("service.audit._Handler.flush", full)
        with pytest.raises(AuditError, match="No space left on device"):
            log.write({"number": 1})
    log.write({"number": 2})
    lines = path.read_text().splitlines()
    assert ['{"number":0}', '{"number":2}'] == [lines[0], lines[-1]]


def test_a_full_disk_is_told_before_anything_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(path)
    log.check()
    usage = shutil.disk_usage(path.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10_000))
    with pytest.raises(AuditError, match="no room on its disk"):
        log.check()


# ---------------------------------------------------------------------------------------- what answers tell

#: What an answer says that tells of either hospital.
MARKS = ("35.935", "test:national", "35.6,36.56", "test:old", "36.56")
TABLE = "id,date,place,governorate\nh,2016-05-30,National hospital,Idleb\nk,2016-05-30,Kafranbel,Idleb\n"
NEAR = "near=hospital&within=5km"
#: What is asked, by how many hospitals are told of.
GETS: dict[int, list[str]] = {
    0: [
        "/v1/resolve?text=Idlib",
        "/v1/reverse?latitude=35.93&longitude=36.63",
        "/v1/distance?from=Idlib&to=Aleppo",
        "/v1/suggest?text=idl",
        "/v1/places/test:nothing",
        f"{PLACES}?kind=settlement",
        f"{FACILITIES}/test:idlib",
        f"{INCIDENTS}/k",
        f"/v1/incidents/summary?{NEAR}",
        "/v1/ask?question=how+far+is+Idlib+from+Aleppo",
        "/search?q=Idlib",
        "/reverse?lat=35.93&lon=36.63",
    ],
    1: [
        "/v1/resolve?text=Idlib+%2B+National+hospital&limit=1",
        "/v1/distance?from=Idlib&to=National+hospital",
        "/v1/suggest?text=nat",
        "/v1/decision?text=test:national",
        "/v1/places/test:national",
        f"{PLACES}?kind=hospital&limit=1",
        *(f"{FACILITIES}/test:national?f={form}" for form in ("json", "html")),
        *(f"{INCIDENTS}/h?f={form}" for form in ("json", "html")),
        *(f"{INCIDENTS}?f={form}" for form in ("json", "html", "csv")),
        f"{INCIDENTS}?{NEAR}",
        f"/v1/incidents/summary?{NEAR}&by=facility",
        "/v1/ask?question=strikes+within+5+km+of+a+hospital",
        "/search?q=National+hospital",
        "/reconcile/preview?id=test:national",
    ],
    2: [f"{FACILITIES}?f={form}" for form in ("json", "html", "csv")],
}
QUERIES = [{"text": "National hospital"}, {"text": "Old hospital"}, {"text": "Idlib"}]
BATCH = json.dumps({"q0": {"query": "National hospital"}, "q1": {"query": "Idlib"}})
EXTEND = json.dumps({"ids": ["test:old", "nothing"], "properties": [{"id": "latitude"}]})
AS_CSV = {"content_type": "text/csv"}
POINTS = {"points": [{"latitude": 35.93, "longitude": 36.63}]}
POSTS: list[tuple[int, str, dict[str, Any]]] = [
    (2, "/v1/resolve", {"json": {"queries": QUERIES}}),
    (0, "/v1/resolve", {"json": {"queries": QUERIES[2:]}}),
    (0, "/v1/geoparse", {"json": {"text": "Idlib"}}),
    (0, "/v1/reverse", {"json": POINTS}),
    (1, "/v1/enrich", {"data": "place\nNational hospital\nNational hospital\n", **AS_CSV}),
    (1, "/v1/enrich?format=xlsx", {"data": "place\nIdlib + National hospital\n", **AS_CSV}),
    (0, "/v1/enrich", {"data": "place\nIdlib\nNowhere\n", **AS_CSV}),
    (1, "/reconcile", {"data": {"queries": BATCH}}),
    (1, "/reconcile", {"data": {"extend": EXTEND}}),
    (0, "/reconcile", {"data": {"queries": '{"q0": {"query": " "}}'}}),
]


def asks() -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    for count, addresses in GETS.items():
        yield from ((count, "GET", address, {}) for address in addresses)
    yield from ((count, "POST", address, sent) for count, address, sent in POSTS)


def test_what_an_answer_tells_of_hospitals_is_counted_exactly(tmp_path: Path) -> None:
    """That every route is asked, and that none of them tells more, is held in tests/service/harm."""
    log = tmp_path / "audit.jsonl"
    client = a_client_of(TABLE, tmp_path, audit=log)
    for count, method, address, sent in asks():
        log.unlink(missing_ok=True)
        client.open(address, method=method, buffered=True, **sent)
        response = client.open(address, method=method, buffered=True, **sent)  # from what may be kept
        said = [line["places"] for line in lines_in(log) if line["stage"] == "done"]
        assert ([{"hospital": count}] * 2 if count else []) == said, (address, sent)
        if response.is_json or response.mimetype in ("text/csv", "text/html"):  # a workbook's text is packed
            assert (count > 0) == any(mark in response.text for mark in MARKS), (address, sent)
