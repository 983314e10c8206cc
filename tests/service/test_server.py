"""The server as it runs, round an application of a few lines: what it reads and bounds, and how it stops."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.service.serving import Server, run_server, serve

SECRET = "Kafranbel"
MAX_BODY = 1_000_000
TINY = f"""
import logging, sys, time
from flask import Flask, Response, request
import service.server

app = Flask("tiny")
route = lambda rule, view: app.add_url_rule(rule, str(view), view, methods=["GET", "POST"])
def slow():
    print("asked", flush=True)
    time.sleep(3)
    return "answered"
def broken():
    yield "a" * 1000
    raise OSError("{SECRET}")
route("/healthz", lambda: "ok")
route("/v1/resolve", lambda: request.args["text"])
bodies = []
def body():
    bodies.append(len(request.get_data()))
    return str(bodies[-1])
route("/body", body)
route("/bodies", lambda: str(len(bodies)))
route("/environ", lambda: {{k: str(v) for k, v in request.environ.items() if "." not in k}})
route("/large", lambda: "x" * 30_000_000)
route("/slow", slow)
route("/broken", lambda: Response(broken()))
logging.basicConfig()
"""
#: The end of what such a server runs; between the two its limits can be set lower.
RUN = f"""
listener = service.server.listen("127.0.0.1", 0)
print(f"Serving on http://127.0.0.1:{{listener.getsockname()[1]}}/", flush=True)
try:
    service.server.run(app, listener, max_body_bytes={MAX_BODY})
except KeyboardInterrupt:
    sys.exit(130)
"""
HASTY = "service.server._PATIENCE_S = service.server._IDLE_S = 1"
HEAD = b"HTTP/1.1\r\nHost: localhost\r\n"
CLOSE = HEAD + b"Connection: close\r\n\r\n"
CHUNKED = b"POST /body " + HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    no_files = "import tempfile; tempfile.TemporaryFile = None"
    with run_server(f"{TINY}\n{no_files}\n{RUN}", folder=tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(f"{TINY}\n{HASTY}\n{RUN}", folder=tmp_path_factory.mktemp("hasty")) as running:
        yield running


def all_of(connection: socket.socket) -> bytes:
    """Return what still comes until the connection is closed, in whichever way."""
    received = b""
    try:
        while data := connection.recv(65_536):
            received += data
    except ConnectionResetError:
        pass
    return received


def test_200_connections_that_trickle_a_byte_per_5_s_leave_answers_within_a_second(tmp_path: Path) -> None:
    trickled = iter(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
    with serve(folder=tmp_path) as server, ExitStack() as opened:
        assert 200 == server.get("/v1/resolve?text=Idlib")[0]  # it is made ready while it serves already
        trickling = [opened.enter_context(server.connect()) for _ in range(200)]
        for _ in range(3):
            byte = bytes([next(trickled)])
            for connection in trickling:
                connection.sendall(byte)
            until = time.monotonic() + 5
            while time.monotonic() < until:
                for target in ("/healthz", "/v1/resolve?text=Idlib"):
                    asked = time.monotonic()
                    assert 200 == server.get(target)[0]
                    assert time.monotonic() - asked < 1
                time.sleep(0.1)


def test_an_address_with_raw_arabic_is_answered_and_one_in_another_encoding_told_how_to_ask(
    server: Server,
) -> None:
    for target in ("/v1/resolve?text=إدلب", "/v1/resolve?text=%D8%A5دلب"):
        assert "إدلب" == server.raw(b"GET " + target.encode() + b" " + CLOSE)[1]
    head, body = server.raw("GET /v1/resolve?text=إدلب ".encode("cp1256") + CLOSE)
    assert "HTTP/1.1 400" == head[:12]
    assert "curl -G --data-urlencode" in json.loads(body)["detail"]


#: What is sent and never reaches the application, and the status of its answer.
REFUSED = [
    (b"GARBAGE\r\n\r\n", 400),
    (f"GET /{SECRET}\r\n\r\n".encode(), 400),
    (f"GET /{SECRET} HTTP/1.1\r\n\r\n".encode(), 400),
    (f"GET /{SECRET} {CLOSE.decode()}".replace("HTTP/1.1", "HTTP/2.0").encode(), 400),
    (f"GET /?text={SECRET} x ".encode() + CLOSE, 400),
    (b"GET / " + HEAD + b"Host: other\r\n\r\n", 400),
    (b"GET / " + HEAD + f"Bad Header: {SECRET}\r\n\r\n".encode(), 400),
    (f"GET http://[{SECRET} ".encode() + CLOSE, 400),
    (b"POST / " + HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
    (b"POST / " + HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
    (b"POST / " + HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (CHUNKED + b"ZZ\r\n" + SECRET.encode(), 400),
    (CHUNKED + b"1\r\nxy\r\n", 400),
    (CHUNKED + b"1;" + b"x" * 5000, 400),
    (CHUNKED + (b"9\r\n" + b"x" * 9 + b"\r\n") * 120_000, 413),
    (b"POST / " + HEAD + f"Content-Length: {MAX_BODY + 1}\r\n\r\nx".encode(), 413),
    (
        b"POST / " + HEAD + f"Expect: 100-continue\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n".encode(),
        413,
    ),
    (b"GET / " + HEAD + b"X-Long: " + b"x" * 70_000 + b"\r\n\r\n", 431),
    (b"POST / " + HEAD + b"Transfer-Encoding: odd\r\n\r\n", 501),
]


def test_what_never_reaches_the_application_is_a_problem_and_not_logged(server: Server) -> None:
    for sent, status in REFUSED:
        head, body = server.raw(sent)
        problem = json.loads(body)
        assert (f"HTTP/1.1 {status}", status) == (head[:12], problem["status"]), sent[:100]
        assert {"type", "title", "status", "detail"} == set(problem)
        lines = {line.lower() for line in head.splitlines()}
        assert {
            "content-type: application/problem+json",
            "content-security-policy: default-src 'none'; frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "connection: close",
        } <= lines
        (request_id,) = (line.partition(": ")[2] for line in lines if line.startswith("x-request-id"))
        log = server.log.read_text()
        assert f"refused a request: {status}, id {request_id}" in log
        assert SECRET not in log


def test_no_header_takes_the_place_of_another_nor_names_the_software(server: Server) -> None:
    """Nobody sets SCRIPT_NAME or REMOTE_ADDR, by whatever way a header is spelled."""
    names = "Script_Name SCRIPT_NAME Content_Length REMOTE_ADDR X_Forwarded_Prefix X-Script-Name"
    headers = "".join(f"{name}: 5\r\n" for name in names.split())
    headers += "Script-Name: /b\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n"
    head, body = server.raw(b"GET /environ " + HEAD + headers.encode())
    environ = json.loads(body)
    assert ("", "127.0.0.1") == (environ["SCRIPT_NAME"], environ["REMOTE_ADDR"])
    assert not {"CONTENT_LENGTH", "HTTP_X_FORWARDED_PREFIX"} & environ.keys()
    assert ("/b", "192.0.2.1") == (environ["HTTP_SCRIPT_NAME"], environ["HTTP_X_FORWARDED_FOR"])
    assert "waitress" not in (head + body).lower()


def test_what_is_as_large_as_it_may_be_is_taken_and_sent_and_no_file_made_of_it(server: Server) -> None:
    body = b"x" * MAX_BODY
    told = f"Content-Length: {MAX_BODY}\r\nConnection: close\r\n"
    assert str(MAX_BODY) == server.raw(b"POST /body " + HEAD + told.encode() + b"\r\n" + body)[1]
    with server.connect() as connection:
        connection.sendall(b"POST /body " + HEAD + f"{told}Expect: 100-continue\r\n\r\n".encode())
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == connection.recv(1000)
        connection.sendall(body)
        assert all_of(connection).endswith(str(MAX_BODY).encode())
    assert 30_000_000 == len(server.get("/large")[1])
    assert "x" * 8192 == server.get(f"/v1/resolve?text={'x' * 8192}")[1]


def test_a_body_in_chunks_has_a_length(server: Server) -> None:
    assert "8" == server.raw(CHUNKED + b"3\r\nabc\r\n5;a=b\r\ndefgh\r\n0\r\n\r\n")[1]


def test_nothing_is_done_with_a_body_that_is_cut_off(server: Server) -> None:
    before = server.get("/bodies")[1]
    for sent in (
        b"POST /body " + HEAD + b"Content-Length: 10\r\n\r\n123456789",
        CHUNKED + b"a\r\n123456789",
        CHUNKED + b"9\r\n123456789\r\n",
        CHUNKED + b"9\r\n123456789\r\n0\r\n",
    ):
        assert ("", "") == server.raw(sent, cut=True), sent
    assert before == server.get("/bodies")[1]


def test_a_stream_that_fails_is_cut_so_that_the_client_can_tell_and_logged_by_its_kind(
    server: Server,
) -> None:
    with closing(http.client.HTTPConnection(server.address, timeout=30)) as connection:
        connection.request("GET", "/broken")
        response = connection.getresponse()
        assert 200 == response.status
        with pytest.raises(http.client.IncompleteRead):
            response.read()
    assert "OSError" in server.log.read_text()


def test_a_request_that_takes_too_long_is_given_up_even_if_bytes_trickle(hasty: Server) -> None:
    for sent, more, status in (
        (b"", b"", b""),
        (b"GET /healthz HT", b"T", b"HTTP/1.1 408"),
        (b"POST /body " + HEAD + b"Content-Length: 100\r\n\r\n", b"x", b"HTTP/1.1 408"),
        (CHUNKED, b"1\r\nx\r\n", b"HTTP/1.1 408"),
    ):
        with hasty.connect() as connection:
            connection.settimeout(0.4)
            connection.sendall(sent)
            until = time.monotonic() + 30
            while time.monotonic() < until:
                with suppress(TimeoutError):
                    assert status == connection.recv(12), sent
                    break
                connection.sendall(more)
            assert time.monotonic() < until, sent


def test_an_upload_at_a_fair_rate_may_take_its_time(hasty: Server) -> None:
    with hasty.connect() as connection:
        connection.sendall(b"POST /body " + HEAD + b"Connection: close\r\nContent-Length: 4000\r\n\r\n")
        for _ in range(8):
            connection.sendall(b"x" * 500)
            time.sleep(0.4)
        assert all_of(connection).endswith(b"\r\n\r\n4000")


def test_a_connection_in_use_is_kept_however_long(hasty: Server) -> None:
    with closing(http.client.HTTPConnection(hasty.address, timeout=30)) as connection:
        for _ in range(10):
            connection.request("GET", "/healthz")
            assert b"ok" == connection.getresponse().read()
            time.sleep(0.4)
            assert connection.sock


def test_who_does_not_take_an_answer_is_cut_off(hasty: Server) -> None:
    with hasty.connect() as connection:
        connection.sendall(b"GET /large " + CLOSE)
        time.sleep(5)
        assert len(all_of(connection)) < 30_000_000


def test_an_answer_to_a_body_too_large_reaches_who_is_still_sending(hasty: Server) -> None:
    with hasty.connect() as connection:
        connection.sendall(b"POST /body " + HEAD + f"Content-Length: {4 * MAX_BODY}\r\n\r\n".encode())
        for _ in range(4):
            connection.sendall(b"x" * MAX_BODY)
        assert b"HTTP/1.1 413" == all_of(connection)[:12]


@contextmanager
def limited(limit: str, folder: Path) -> Iterator[tuple[Server, ExitStack]]:
    """Run a server with a limit of its own; give it, and what connections are opened in."""
    with run_server(f"{TINY}\nservice.server.{limit}\n{RUN}", folder=folder) as server, ExitStack() as opened:
        yield server, opened


def test_one_address_has_a_share_of_the_connections(tmp_path: Path) -> None:
    with limited("is_loopback = lambda host: False", tmp_path) as (server, opened):
        kept = [opened.enter_context(server.connect()) for _ in range(64)]
        assert b"" == all_of(opened.enter_context(server.connect()))
        kept.pop().close()
        kept[0].sendall(b"GET /healthz " + CLOSE)
        assert all_of(kept[0]).endswith(b"ok")
        assert 200 == server.get("/healthz")[0]


def test_where_all_connections_are_in_use_the_one_that_has_waited_longest_gives_way(tmp_path: Path) -> None:
    with limited("_CONNECTIONS = 60", tmp_path) as (server, opened):
        for begun in (b"", b"GET / HT"):
            for _ in range(120):
                opened.enter_context(server.connect()).sendall(begun)
            assert [200] * 5 == [server.get("/healthz")[0] for _ in range(5)], begun


def test_where_bodies_hold_too_much_memory_some_are_refused_and_others_answered(tmp_path: Path) -> None:
    with limited("_HELD = 0", tmp_path) as (server, opened):
        senders = [opened.enter_context(server.connect()) for _ in range(8)]
        for sender in senders:
            sender.sendall(b"POST /body " + HEAD + f"Content-Length: {MAX_BODY}\r\n\r\n".encode())
            sender.sendall(b"x" * (MAX_BODY - 1))
        assert 200 == server.get("/healthz")[0]
        time.sleep(1.5)
        answers = []
        for sender in senders:
            sender.sendall(b"x")
            answers.append(sender.recv(12))
        assert {b"HTTP/1.1 200": 4, b"HTTP/1.1 503": 4} == {one: answers.count(one) for one in answers}


def test_a_request_that_outlasts_the_end_is_given_up(tmp_path: Path) -> None:
    with limited("_GRACE_S = 0.2", tmp_path) as (server, opened):
        asking = opened.enter_context(server.connect())
        asking.sendall(b"GET /slow " + CLOSE)
        assert server.process.stdout
        assert "asked\n" == server.process.stdout.readline()
        assert 0 == server.stop()
        assert b"" == all_of(asking)
        assert "gave up 1 connections" in server.log.read_text()
