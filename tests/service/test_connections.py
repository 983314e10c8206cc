"""Connections that are silent, cut off or left with a body on them, at a server as it runs."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.service.serving import Server, run_server

KEY = "0123456789abcdef0123456789abcdef"
#: `gazetteer-serve`, less patient.
HASTY = "import service.server; service.server._SILENCE_S = 1; from service.cli import main; main()"
HEAD = b"POST /v1/incidents HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
HEAD += f"Authorization: Bearer {KEY}\r\n".encode()
TABLE = b"id,date,place\nT1,2016-05-01,Idlib\nT2,2016-05-02,Homs\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
#: What the log says of every upload that was answered.
STORED = '"method": "POST", "route": "/v1/incidents"'
#: More than a worker has threads.
MANY = 40


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("connections")
    store = str(folder / "store.sqlite")
    with run_server(
        HASTY, "--port", "0", "--workers", "1", "--store", store, folder=folder, GAZETTEER_API_KEY=KEY
    ) as running:
        yield running


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Content-Length: 1000\r\n\r\n" + TABLE[:-3],
        CHUNKED + b"%x\r\n" % len(TABLE) + TABLE[:-3],
        CHUNKED + b"%x\r\n" % len(TABLE) + TABLE + b"\r\n",
        CHUNKED + b"ZZ\r\n" + TABLE,
        CHUNKED + b"%x\r\n" % len(TABLE) + TABLE + b"XX",
        CHUNKED,
    ],
)
def test_a_body_that_is_cut_off_is_a_400_and_nothing_of_it_is_stored(server: Server, sent: bytes) -> None:
    head, body = server.raw(sent, cut=True)
    found = json.loads(body)
    assert ("HTTP/1.1 400", 400, "body") == (head[:12], found["status"], found["parameter"])
    assert 503 == server.get("/v1/incidents")[0]  # nothing was ever stored


def test_who_is_cut_off_without_waiting_stores_nothing(server: Server) -> None:
    before = server.log.read_text().count(STORED)
    with server.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n" + TABLE[:-3])
    until = time.monotonic() + 20
    while server.log.read_text().count(STORED) == before and time.monotonic() < until:
        time.sleep(0.05)
    assert before + 1 == server.log.read_text().count(STORED)
    assert 503 == server.get("/v1/incidents")[0]


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HT",
        b"POST /v1/enrich HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nplace",
        b"POST /v1/enrich HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nplace",
    ],
)
def test_many_who_fall_silent_do_not_stop_the_server(server: Server, sent: bytes) -> None:
    with ExitStack() as silent:
        for _ in range(MANY):
            silent.enter_context(server.connect()).sendall(sent)
        assert 200 == server.get("/healthz")[0]


def test_a_body_that_stops_coming_is_a_408(server: Server) -> None:
    head, body = server.raw(HEAD + b"Content-Length: 1000\r\n\r\n" + TABLE)
    found = json.loads(body)
    assert ("HTTP/1.1 408", "body") == (head[:12], found["parameter"])
    assert "connection: close" in head.lower()


def test_after_a_body_too_large_the_connection_is_said_to_be_closed(server: Server) -> None:
    head, body = server.raw(HEAD + b"Content-Length: 10000001\r\n\r\n" + TABLE)
    found = json.loads(body)
    assert ("HTTP/1.1 413", "body") == (head[:12], found["parameter"])
    assert "connection: close" in head.lower()


def test_no_silence_is_logged_as_a_failure(server: Server) -> None:
    server.raw(b"GET / HT")
    assert [] == [line for line in server.log.read_text().splitlines() if "BlockingIOError" in line]
