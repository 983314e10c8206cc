"""The server: waitress, one process. Its event loop reads requests and sends answers, its threads answer.

A connection takes up a thread only while the application answers it. waitress looks at silence alone, so a
client that trickles bytes could keep its connections for good: here a request has to come, and an answer to
be taken, at a least rate. One address has a share of all connections; where all are in use, the one that has
waited longest gives way. What never reaches the application is answered with a problem, and no word of it is
logged. Once the server is told to stop it takes no new connections and lets running requests end.
"""

import gc
import json
import logging
import os
import re
import secrets
import signal
import socket  # noqa: TID251 - the port must be taken before the files are read; nothing is connected to
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from waitress import create_server, wasyncore
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import BadRequest

from service.settings import is_loopback, network_of

#: How many requests are answered at a time.
_THREADS = 16
#: Seconds that a thread computes before others have a turn. With Python's own 5 ms a look-up beside one long
#: computation takes 25 ms, and so 7.
_TURN_S = 0.001
#: Connections at a time, where the system lets a process have that many; and files for anything else.
_CONNECTIONS, _FILES = 1000, 200
#: Bytes of all bodies that are coming; four of the largest size at least.
_HELD = 500_000_000
#: Bytes of an answer that may wait for the client before the thread that makes it waits too.
_WAITING = 64_000_000
#: Seconds that a running request may take to end when the server is stopped, and a connection to send one.
_GRACE_S, _LINGER_S = 10, 1
#: Bytes of a request's line and headers together.
_MAX_HEAD = 65_536
#: Bytes of the line before a chunk, and of what follows the last one.
_MAX_CHUNK_LINE = 4096
#: Connections of one address; but this machine may have all, for a proxy brings those of all its clients.
_PER_NETWORK = 64
#: Seconds for a request to come or an answer to be taken, and bytes a second that it must keep up, as with
#: Apache's mod_reqtimeout.
_PATIENCE_S, _LEAST_RATE = 20, 500
#: Seconds between requests: longer than proxies keep connections (nginx 60, Caddy 120), so that none of them
#: sends a request into one that is being closed.
_IDLE_S = 130
_DETAILS = {
    400: "this is no HTTP request that can be read: ask with an HTTP client, which names one Host, and "
    "encode the address, as curl -G --data-urlencode 'text=…' does",
    408: "the request took too long to come: send it again",
    413: "the body is too large: at most {limit:,} bytes are taken, so send it in parts",
    431: f"the address and the headers are longer than {_MAX_HEAD:,} bytes: send long questions by POST",
    500: "The server failed; its log says how.",
    501: "this transfer coding isn't known: send the body as it is, or chunked",
    503: "the server holds as many bodies as it can: send it again later",
}
_log = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Take the port, or raise OSError with a sentence that says what to do."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        return socket.create_server(address, family=family, dualstack_ipv6=both)
    except OSError as error:
        why = error.strerror or error
        raise OSError(f"can't listen on {host} port {port} ({why}). Choose another with --port") from error


def run(application: Callable[..., Any], listener: socket.socket, *, max_body_bytes: int) -> None:
    """Serve, in the main thread, until SIGTERM, SIGHUP or Ctrl-C; after that, raise KeyboardInterrupt."""
    connections: dict[int, Any] = {}
    files = os.sysconf("SC_OPEN_MAX") if hasattr(os, "sysconf") else 600  # Windows' select takes 512 sockets
    server = create_server(
        application,
        map=connections,
        sockets=[listener],
        threads=_THREADS,
        connection_limit=max(50, min(_CONNECTIONS, files - _FILES)),
        max_request_header_size=_MAX_HEAD,
        max_request_body_size=max_body_bytes + 1,  # waitress refuses what is as long as its limit
        inbuf_overflow=sys.maxsize,  # nothing of a request or an answer is written to a disk
        outbuf_overflow=sys.maxsize,
        outbuf_high_watermark=_WAITING,
        channel_timeout=sys.maxsize,  # _Connection.check does that, by a clock that never jumps
        log_socket_errors=False,
        clear_untrusted_proxy_headers=False,  # the application heeds them, or not
        ident="",
        server_name="localhost",
    )
    server.channel_class = _Connection
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every request that has to wait
    told: list[int] = []

    def stop(number: int, _: object) -> None:
        told.append(number)
        server.pull_trigger()

    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)
    sys.setswitchinterval(_TURN_S)
    gc.collect()
    gc.freeze()  # what was loaded stays: looking through it again would hold up requests
    checked = 0.0
    while not told:
        wasyncore.loop(timeout=1, map=connections, use_poll=True, count=1)
        if time.monotonic() - checked >= 1:
            checked = time.monotonic()
            _check(server.active_channels, checked, room=max(_HELD, 4 * max_body_bytes))
    _end(server, connections)
    if signal.SIGINT in told:
        raise KeyboardInterrupt


def _check(channels: dict[int, Any], now: float, *, room: int) -> None:
    """Give up connections that are overdue, and bodies that are coming beyond the room for all."""
    for channel in list(channels.values()):
        channel.check(now)
        room -= channel.request.body_bytes_received if channel.request else 0
        if room < 0 and channel.request:
            channel.give_up(HTTPStatus.SERVICE_UNAVAILABLE)


def _end(server: Any, connections: dict[int, Any]) -> None:
    """Take the connections that wait at the listener, close it, and let running requests end."""
    wasyncore.loop(timeout=0, map=connections, use_poll=True, count=100)  # each time one is taken
    wasyncore.dispatcher.close(server)  # the listener alone: threads still wake the loop
    begun = time.monotonic()
    while server.active_channels and time.monotonic() - begun < _GRACE_S:
        wasyncore.loop(timeout=0.1, map=connections, use_poll=True, count=1)
        for channel in list(server.active_channels.values()):
            if (channel.is_idle or channel.parting) and time.monotonic() - begun > _LINGER_S:
                channel.handle_close()
    if server.active_channels:
        _log.warning("gave up %s connections that took too long to end", len(server.active_channels))


class _Parser(HTTPRequestParser):  # type: ignore[misc] # waitress ships no types
    """Reads a request, strictly: what two programs could read in two ways is refused."""

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        body = self.body_rcv
        if isinstance(body, ChunkedReceiver) and len(body.control_line + body.trailer) > _MAX_CHUNK_LINE:
            self.error, self.completed = BadRequest(""), True
        if self.error or body is None:
            self.expect_continue = False  # waitress would ask for more
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        line, end, rest = header_plus.partition(b"\r\n")
        try:
            line.decode()  # raw Arabic, typed into curl, say, is read if it is in UTF-8
            encoded = re.sub(rb"[\x80-\xff]", lambda byte: b"%%%02X" % byte[0][0], line)
            super().parse_header(encoded + end + rest)
        except ValueError as error:  # also of a length with thousands of digits, or "http://["
            raise ParsingError("") from error
        host = self.headers.get("HOST", "" if self.version == "1.1" else "any")
        coded_length = self.chunked and "CONTENT_LENGTH" in self.headers
        unclear = not host or "," in host or coded_length or "TRANSFER_ENCODING" in self.headers
        if unclear or self.version not in {"1.0", "1.1"}:
            raise ParsingError("")


class _Refusal(ErrorTask):  # type: ignore[misc]
    """Answers with a problem what the application doesn't answer, and closes the connection after it."""

    def execute(self) -> None:
        status, request_id = HTTPStatus(self.request.error.code), secrets.token_hex(8)
        _log.warning("refused a request: %s, id %s", status.value, request_id)
        detail = _DETAILS[status].format(limit=self.channel.adj.max_request_body_size - 1)
        problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
        body = json.dumps(problem, ensure_ascii=False).encode()
        self.version, self.status, self.content_length = "1.1", f"{status.value} {status.phrase}", len(body)
        self.response_headers = [
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("Content-Type", "application/problem+json"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-ID", request_id),
        ]
        self.set_close_on_finish()
        self.channel.refused = True
        self.write(body)


class _Task(WSGITask):  # type: ignore[misc]
    """Answers by the application."""

    def execute(self) -> None:
        try:
            super().execute()
        except ClientDisconnected:
            raise
        except Exception as error:
            _log.exception("failed outside the application")
            # Whatever it was, waitress answers 500 or leaves out the last chunk; OSErrors it would pass over.
            raise RuntimeError from error

    def set_close_on_finish(self) -> None:
        if self.has_body or self.version == "1.0" or self.request.connection_close:
            super().set_close_on_finish()  # waitress would close the connection after a 304, too


class _Connection(HTTPChannel):  # type: ignore[misc]
    """A connection: how long it may take, and how it is closed."""

    parser_class, task_class, error_task_class = _Parser, _Task, _Refusal
    logger = logging.Logger("waitress", logging.CRITICAL)  # it would log the address that was asked for
    #: waitress's: the request that is coming.
    request: Any
    #: When its client is overdue, unless bytes come or go until then.
    due = 0.0
    #: Whether a request was refused; whether that is answered, and its client may go on sending for a while.
    refused = parting = False

    def __init__(self, server: Any, sock: socket.socket, addr: Any, *others: Any, **named: Any) -> None:
        super().__init__(server, sock, addr, *others, **named)
        self.due, self.network = time.monotonic() + _PATIENCE_S, network_of(addr[0])
        channels = list(server.active_channels.values())
        of_address = [one for one in channels if one.network == self.network]
        if len(of_address) > _PER_NETWORK and not is_loopback(addr[0]):
            _log.warning("closed a connection: its address has %s already", _PER_NETWORK)
            self.handle_close()
        elif len(channels) + 2 >= self.adj.connection_limit:  # the listener and the trigger count too
            waiting = [one for one in channels if not one.requests and one is not self]
            if waiting:
                min(waiting, key=lambda one: (not one.is_idle, one.due)).handle_close()

    @property
    def is_idle(self) -> bool:
        """Whether the next thing that comes is another request."""
        return not (self.requests or self.request or self.total_outbufs_len or self.parting)

    def check(self, now: float) -> None:
        """Give the connection up if its client is overdue."""
        if self.requests and not self.total_outbufs_len:  # it waits for the application
            self.due = now + _PATIENCE_S
        elif now > self.due + (_IDLE_S if self.is_idle else 0):
            self.give_up(HTTPStatus.REQUEST_TIMEOUT)

    def _move(self, count: int) -> None:
        """Give the client more time for bytes that have come or gone."""
        latest = time.monotonic() + _PATIENCE_S
        self.due = latest if self.is_idle else min(self.due + count / _LEAST_RATE, latest)

    def give_up(self, status: HTTPStatus) -> None:
        """Close the connection; a request that is coming is answered with this status."""
        if self.request is None or self.total_outbufs_len:
            self.handle_close()
            return
        self.request.error = SimpleNamespace(code=status)
        self.requests.append(self.request)
        self.request = None
        self.service()

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the client takes now."""
        sent: int = super().send(data, do_close)
        self._move(sent)
        return sent

    def received(self, data: bytes) -> bool:
        """Take a piece of a request."""
        self._move(len(data))
        return not self.parting and bool(super().received(data))

    def handle_close(self) -> None:
        """Close the connection; after a refusal once its client could read that (RFC 9112, 9.6)."""
        if self.refused and not self.parting and self.connected:
            self.parting, self.will_close = True, False
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            return
        super().handle_close()

    def handle_error(self) -> None:
        """Close the connection after a failure in the event loop."""
        _log.exception("failed outside the application")
        self.handle_close()
