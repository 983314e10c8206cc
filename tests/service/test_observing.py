"""Request ids, the log and the figures: what they tell, and that they never tell what was asked for."""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Response
from flask.testing import FlaskClient

from gazetteer.answers import ReverseAnswer
from gazetteer.errors import GazetteerError, GazetteerFileError
from gazetteer.geodesy import LatLon
from service.app import create_app
from service.settings import LogLevel, Settings
from service.telemetry import JsonFormatter, set_up_logs
from tests.fakes import FakeGazetteer
from tests.service.asking import BEARER, INCIDENTS, KEY, a_client, problem

SECRET = "Kafranbel"


class Failing(FakeGazetteer):
    def reverse(self, position: LatLon) -> ReverseAnswer:
        try:
            raise ValueError(f"inner {SECRET}")
        except ValueError as error:
            raise RuntimeError(f"no luck with {SECRET}") from error

    def suggest(self, text: str, **options: Any) -> Any:
        raise GazetteerError(f"can't suggest {text}")


@contextmanager
def logged(level: LogLevel = "info") -> Iterator[list[dict[str, Any]]]:
    """Log as `gazetteer-serve` does, but into a list, and leave everything as it was."""
    root, ours = logging.getLogger(), logging.getLogger("service")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    lines: list[dict[str, Any]] = []
    try:
        set_up_logs(level)
        (handler,) = root.handlers
        assert isinstance(handler, logging.StreamHandler)
        stream = io.StringIO()
        handler.setStream(stream)
        yield lines
        lines += [json.loads(line) for line in stream.getvalue().splitlines()]
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
        logging.captureWarnings(False)


def test_a_request_is_one_line_with_its_routes_pattern() -> None:
    with logged() as lines:
        response = a_client().get("/v1/places/test:idlib")
    [line] = lines
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line.pop("ms") > 0
    assert line == {
        "level": "info",
        "id": response.headers["X-Request-ID"],
        "method": "GET",
        "route": "/v1/places/<id>",
        "status": 200,
        "bytes": response.content_length,
    }


def test_a_refusal_stands_in_the_log_without_the_caller() -> None:
    client = a_client(FakeGazetteer(), tier="public", trusted_proxies=1, rate_limit="1/minute")
    with logged() as lines:
        for _ in range(2):
            client.get("/v1/places/test:idlib", headers={"X-Forwarded-For": "192.0.2.1"})
    assert [200, 429] == [line["status"] for line in lines if "status" in line]
    assert "192.0.2.1" not in json.dumps(lines)


def test_what_was_asked_for_is_in_no_line_of_the_log() -> None:
    for address in (
        f"/v1/resolve?text={SECRET}",
        f"/v1/resolve?text={SECRET}&wihtin=x",
        f"/v1/places/{SECRET}",
        f"/{SECRET}",
        "/v1/reverse?latitude=35.6&longitude=36.55",
        f"/v1/suggest?text={SECRET}",
    ):
        with logged() as lines:
            a_client(Failing()).get(address, headers={"Referer": f"http://localhost/?q={SECRET}"})
        assert lines
        assert not re.search(f"{SECRET}|35\\.6", json.dumps(lines)), address


def test_a_failure_is_a_500_and_logged_under_the_requests_id_by_its_types_and_where_it_was_raised() -> None:
    with logged() as lines:
        for address in ("/v1/reverse?latitude=35&longitude=36", "/v1/suggest?text=a"):
            response = a_client(Failing()).get(address, headers={"X-Request-ID": address[4:7]})
            assert 500 == problem(response)["status"]
            assert not re.search(f"{SECRET}|can't suggest|Traceback|Error", response.text)
    failures = [line for line in lines if line["level"] == "error"]
    assert ["rev", "sug"] == [line["id"] for line in failures]
    assert "failed on /v1/reverse" == failures[0]["message"]
    error = failures[0]["error"]
    assert ["RuntimeError", "ValueError"] == [part for part in error if not part.startswith(" ")]
    assert any("test_observing.py" in part and "in reverse" in part for part in error)


def test_what_cannot_be_read_takes_nothing_else_with_it_and_the_log_alone_says_why(tmp_path: Path) -> None:
    class Damaged(FakeGazetteer):
        def reverse(self, position: LatLon) -> ReverseAnswer:
            raise GazetteerFileError("syria.gpkg is cut short")

    store = tmp_path / "store.sqlite"
    client = a_client(Damaged(), store=store, api_key=KEY)
    store.write_bytes(b"no store at all, " * 400)
    for address in ("/", "/about", "/static/leaflet/leaflet.js", "/v1/places/SY07"):
        with client.get(address) as response:
            assert 200 == response.status_code, address
    assert "store can't be read" in client.get("/about").text
    found = problem(client.post("/v1/incidents", json=[{"id": "a", "place": "Idlib"}], headers=BEARER))
    assert (503, "Store unusable") == (found["status"], found["title"])
    assert str(tmp_path) not in found["detail"]
    with logged() as lines:
        for address in (INCIDENTS, "/v1/reverse?latitude=35&longitude=36"):
            assert 503 == client.get(address).status_code
    failures = [line["error"][0] for line in lines if line["level"] == "error"]
    assert str(store) in failures[0]
    assert "not a database" in failures[0]
    assert "GazetteerFileError: syria.gpkg is cut short" == failures[1]


def test_debug_logs_what_was_asked_and_the_messages_of_failures_and_warning_no_requests() -> None:
    with logged("debug") as lines:
        a_client(Failing()).get(f"/v1/resolve?text={SECRET}")
        a_client(Failing()).get("/v1/reverse?latitude=35&longitude=36")
    assert ("/v1/resolve", f"text={SECRET}") == (lines[0]["path"], lines[0]["query"])
    assert f"RuntimeError: no luck with {SECRET}" in json.dumps(lines)
    with logged("warning") as lines:
        a_client().get("/healthz")
    assert [] == lines


def test_every_response_has_an_id_of_its_own_or_the_plain_one_that_the_client_sent() -> None:
    client, seen = a_client(), set()
    for given in ("abc-123", "9f86d081-884c-7d65:1.2_3", "", "x" * 65, "a b", 'a"b', "é"):
        sent = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]
        assert (sent == given) == (given[:3] in ("abc", "9f8"))
        seen.add(sent)
    assert 7 == len(seen)


def test_a_stream_is_logged_once_it_ended_with_all_its_bytes() -> None:
    app = create_app(Settings(), FakeGazetteer())
    app.add_url_rule("/stream", view_func=lambda: Response(iter([b"abc", b"de"])))
    with logged() as lines:
        with app.test_client().get("/stream") as response:
            assert b"abcde" == response.data
        app.test_client().head("/stream").close()
    assert [("GET", 5), ("HEAD", 0)] == [(line["method"], line["bytes"]) for line in lines]


def figures(client: FlaskClient) -> str:
    response = client.get("/metrics")
    assert response.content_type.startswith("text/plain")
    return response.text


def test_requests_are_counted_by_route_pattern_method_and_status() -> None:
    client = a_client(FakeGazetteer())
    for address in ("/v1/places/SY07", "/v1/places/test:idlib", f"/v1/places/{SECRET}", f"/{SECRET}"):
        client.get(address)
    client.open("/healthz", method="BREW")
    text = figures(client)
    counted = 'gazetteer_requests_total{{method="{}",route="{}",status="{}"}} {}'
    assert counted.format("GET", "/v1/places/<id>", 200, 2.0) in text
    assert counted.format("GET", "/v1/places/<id>", 404, 1.0) in text
    assert counted.format("GET", "none", 404, 1.0) in text
    assert counted.format("other", "none", 405, 1.0) in text
    assert 'gazetteer_request_seconds_count{route="/v1/places/<id>"} 3.0' in text
    assert "gazetteer_requests_in_progress 1.0" in text  # this one
    assert SECRET not in text


def test_the_figures_are_of_one_application_and_say_which_gazetteer_is_served() -> None:
    first, second = a_client(FakeGazetteer()), a_client(FakeGazetteer())
    first.get("/healthz")
    assert "/healthz" not in figures(second)
    assert f'gazetteer_info{{content_hash="{"0" * 64}",schema_version="2"}} 1.0' in figures(second)


def test_a_record_of_another_package_is_one_line_too() -> None:
    record = logging.LogRecord("other", logging.WARNING, "x.py", 1, "two\nlines %s", ("here",), None)
    line = JsonFormatter(told=()).format(record)
    assert ("warning", "two\nlines here") == (json.loads(line)["level"], json.loads(line)["message"])
    assert "\n" not in line
