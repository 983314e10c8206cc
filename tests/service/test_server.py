"""The server as it runs: several workers, its log, its figures, and how it stops."""

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.service.serving import Server, run_server, serve

SECRET = "Kafranbel"
#: A server whose one view takes a second, started as `gazetteer-serve` starts its own.
SLOW = """
import time
from flask import Flask
from service.server import listen, run
from service.settings import Settings
app = Flask("slow")
def slow():
    print("asked", flush=True)
    time.sleep(1)
    return "answered"
app.add_url_rule("/", view_func=slow)
listener = listen("127.0.0.1", 0)
print(f"Serving on http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
run(app, listener.detach(), Settings(workers=1))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve("--workers", "3", folder=tmp_path_factory.mktemp("server")) as running:
        yield running


def test_the_figures_are_those_of_all_workers(server: Server) -> None:
    def ask(_: int) -> int:
        return server.get("/v1/places/SY07")[0]

    with ThreadPoolExecutor(8) as pool:
        assert {200} == set(pool.map(ask, range(60)))
    counted = 'gazetteer_requests_total{method="GET",route="/v1/places/<id>",status="200"} 60.0'
    assert [True] * 6 == [counted in server.get("/metrics")[1] for _ in range(6)]


def test_the_log_has_a_line_of_json_for_each_request_and_no_word_of_what_was_asked(server: Server) -> None:
    server.get(f"/v1/resolve?text={SECRET}", {"X-Request-ID": "a-look-up"})
    server.get(f"/v1/places/{SECRET}", {"X-Request-ID": "a-place"})
    server.raw(f"GARBAGE {SECRET}\r\n\r\n".encode())
    server.raw(f"GET /{SECRET}{'x' * 9000} HTTP/1.1\r\n\r\n".encode())
    server.raw(f"GET / HTTP/1.1\r\nHost: localhost\r\nBad Header: {SECRET}\r\n\r\n".encode())
    text = server.log.read_text()
    assert SECRET not in text
    routes = {line["id"]: line["route"] for line in map(json.loads, text.splitlines()) if "id" in line}
    assert ("/v1/resolve", "/v1/places/<id>") == (routes["a-look-up"], routes["a-place"])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: odd\r\n\r\n", 501),
    ],
)
def test_what_never_reaches_the_application_is_a_problem_too(
    server: Server, sent: bytes, status: int
) -> None:
    head, body = server.raw(sent)
    assert f"HTTP/1.1 {status}" == head[:12]
    assert ("application/problem+json" in head, status) == (True, json.loads(body)["status"])
    assert "X-Request-ID: " in head


def test_a_body_too_large_is_refused_while_it_is_still_being_sent(server: Server) -> None:
    head = b"POST /v1/resolve HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    said, body = server.raw(head + b"Content-Length: 99999999\r\n\r\nx")
    assert (413, True) == (json.loads(body)["status"], "413" in said)


def test_a_request_in_flight_is_answered_when_the_server_is_stopped(tmp_path: Path) -> None:
    with run_server(SLOW, folder=tmp_path) as slow:
        answers: list[tuple[int, str]] = []
        asking = threading.Thread(target=lambda: answers.append(slow.get("/")))
        asking.start()
        assert slow.process.stdout
        assert "asked\n" == slow.process.stdout.readline()
        assert 0 == slow.stop()
        asking.join(30)
    assert [(200, "answered")] == answers


def test_nothing_is_left_of_a_server_that_was_stopped(tmp_path: Path) -> None:
    with serve(folder=tmp_path) as server:
        assert 200 == server.get("/readyz")[0]
        assert 1 == len(list(tmp_path.glob("gazetteer-figures-*")))
        assert 0 == server.stop()
    assert [] == list(tmp_path.glob("gazetteer-*"))


def test_a_worker_that_dies_is_replaced_and_others_answer_meanwhile(tmp_path: Path) -> None:
    with serve("--workers", "2", folder=tmp_path) as server:
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        if not children.is_file():
            pytest.skip("needs Linux's /proc to find a worker")
        assert 200 == server.get("/healthz")[0]
        first = children.read_text().split()[0]
        os.kill(int(first), signal.SIGKILL)
        assert [200] * 20 == [server.get("/healthz")[0] for _ in range(20)]


def test_a_key_opens_a_server_that_others_reach_and_stays_out_of_its_log(tmp_path: Path) -> None:
    key = "0123456789abcdef0123456789abcdef"
    with serve("--host", "0.0.0.0", folder=tmp_path, GAZETTEER_API_KEY=key) as server:
        port = server.address.rpartition(":")[2]
        local = Server(f"127.0.0.1:{port}", server.process, server.log)
        assert 401 == local.get("/v1/places/SY07")[0]
        assert 200 == local.get("/v1/places/SY07", {"Authorization": f"Bearer {key}"})[0]
        assert 200 == local.get("/healthz")[0]
    assert key not in server.log.read_text()


def test_at_tier_public_a_hospital_stands_in_the_middle_of_its_cell(tmp_path: Path) -> None:
    with serve("--tier", "public", folder=tmp_path) as server:
        found = json.loads(server.get("/v1/resolve?text=Al-Quds+Hospital,+Aleppo&kind=hospital")[1])
    places = [match["place"] for match in found["matches"]]
    assert places
    for place in places:
        assert re.fullmatch(r"\d\d\.\d?5", str(place["latitude"])), place
        assert (0.1, True) == (place["generalised_to_deg"], place["uncertainty_m"] > 7000)
