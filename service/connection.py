"""One connection: what of a request is read, how long that may take, and how the connection is closed.

A request has to come, and an answer to be taken, at a least rate, so that nobody keeps a connection by
trickling bytes. One address has a share of all connections; where all are in use, the one that has waited
longest gives way. What never reaches the application is answered with a problem, and no word of it is logged.
"""

import ipaddress
import json
import logging
import re
import secrets
import socket  # noqa: TID251 - the type of a client's connection; nothing is connected to
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import BadRequest, Error

#: Bytes of a request's line and headers together.
MAX_HEAD = 65_536
#: Bytes of the line before a chunk, and of what follows the last one.
_MAX_CHUNK_LINE = 4096
#: Connections of one address, or of one IPv6 network. A proxy on this machine brings those of all its
#: clients, so loopback may have all.
_PER_NETWORK = 64
#: What one customer has of IPv6 (RFC 6177, 2).
_NETWORK_BITS = 64
#: Seconds for a request to come, and bytes a second that it must keep up: as Apache's mod_reqtimeout has it.
_REQUEST_S, _LEAST_RATE = 20, 500
#: Seconds for an answer to be taken, at the same rate: the system's buffers take it in large pieces.
_ANSWER_S = 60
#: Seconds between requests: longer than proxies keep connections (nginx 60, Caddy 120), so that none of them
#: sends a request into one that is being closed.
_IDLE_S = 130
#: Seconds in which a client may go on sending what isn't wanted: closed at once, it might lose the answer
#: (RFC 9112, 9.6).
_PARTING_S = 2
_ENCODED = "encode the address: curl -G --data-urlencode 'text=…' does so"
_DETAILS = {
    400: f"this is no HTTP request that can be read: ask with an HTTP client, and {_ENCODED}",
    408: "the request took too long to come: send it again",
    413: "the body is too large: at most {limit:,} bytes are taken, so send it in parts",
    431: f"the address and the headers are longer than {MAX_HEAD:,} bytes: send long questions by POST",
    500: "The server failed; its log says how.",
    501: "this transfer coding isn't known: send the body as it is, or chunked",
    503: "the server holds as many bodies as it can: send it again later",
}
_log = logging.getLogger(__name__)


def _network(host: str) -> str:
    """Return what has one share of the connections with this address; "" for this machine."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return ""
    bits = _NETWORK_BITS if address.version == 6 else 32
    return str(ipaddress.ip_network((address, bits), strict=False))


def _problem(task: Any, code: int, detail: str = "") -> None:
    """Answer with a problem, and close the connection after it."""
    status, request_id = HTTPStatus(code), secrets.token_hex(8)
    _log.warning("refused a request: %s, id %s", status.value, request_id)
    detail = detail or _DETAILS[code].format(limit=task.channel.adj.max_request_body_size - 1)
    problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    body = json.dumps(problem, ensure_ascii=False).encode()
    task.version, task.status, task.complete = "1.1", f"{status.value} {status.phrase}", True
    task.content_length = len(body)
    task.response_headers = [
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("Content-Type", "application/problem+json"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-ID", request_id),
    ]
    task.set_close_on_finish()
    task.channel.parts = True
    task.write(body)


class _Parser(HTTPRequestParser):  # type: ignore[misc] # waitress ships no types
    """Reads a request, strictly: what two programs could read in two ways is refused."""

    detail = ""

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
        if not line.isascii():  # typed into curl, say
            try:
                line.decode()
            except UnicodeDecodeError as error:
                self.detail = f"the address isn't in UTF-8: {_ENCODED}"
                raise ParsingError(self.detail) from error
            line = re.sub(rb"[\x80-\xff]", lambda byte: b"%%%02X" % byte[0][0], line)
        try:
            super().parse_header(line + end + rest)
        except ValueError as error:  # of a length with thousands of digits, or "http://["
            raise ParsingError("") from error
        host = self.headers.get("HOST", "")
        if self.version == "1.1" and (not host or "," in host):
            self.detail = "the request needs one Host header: ask with an HTTP client"
            raise ParsingError(self.detail)
        coded_length = self.chunked and "CONTENT_LENGTH" in self.headers
        if self.version not in {"1.0", "1.1"} or coded_length or "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("")


class _Refusal(ErrorTask):  # type: ignore[misc]
    """Answers what can't be answered by the application."""

    def execute(self) -> None:
        _problem(self, self.request.error.code, self.request.detail)


class _Task(WSGITask):  # type: ignore[misc]
    """Answers by the application; a failure is logged without what was asked, and cuts an answer off."""

    def execute(self) -> None:
        try:
            super().execute()
        except Exception as error:  # noqa: BLE001 - whatever it is, the client must be able to tell
            self.close_on_finish, self.chunked_response = True, False  # no last chunk
            if isinstance(error, ClientDisconnected):
                self.wrote_header = True
                return
            _log.exception("failed outside the application")
            if not self.wrote_header:
                _problem(self, 500)

    def set_close_on_finish(self) -> None:
        if self.has_body or self.version == "1.0" or self.request.connection_close:
            super().set_close_on_finish()  # waitress would close the connection after a 304, too


class Connection(HTTPChannel):  # type: ignore[misc]
    """A connection: how much it holds, how long it may take, and how it is closed."""

    parser_class, task_class, error_task_class = _Parser, _Task, _Refusal
    #: waitress's: the request that is coming, and how much has gone into the newest buffer of the answer.
    request: Any
    current_outbuf_count: int
    #: What it waits for, since when, and how many bytes had come and gone by then.
    waits: object = None
    since, before, moved = 0.0, 0, 0
    #: Whether the client may go on sending for a while after the answer; whether it is so far.
    parts = parting = False

    def __init__(
        self, server: Any, sock: socket.socket, addr: tuple[Any, ...], *others: Any, **named: Any
    ) -> None:
        super().__init__(server, sock, addr, *others, **named)
        self.since, self.network = time.monotonic(), _network(addr[0])
        channels = list(server.active_channels.values())
        if self.network and sum(one.network == self.network for one in channels) > _PER_NETWORK:
            _log.warning("closed a connection: its address has %s already", _PER_NETWORK)
            self.handle_close()
        elif len(channels) + 2 >= self.adj.connection_limit:  # the listener and the trigger count too
            waiting = [one for one in channels if not one.requests and one is not self]
            if waiting:
                min(waiting, key=lambda one: (not one.is_idle, one.since)).handle_close()

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered, nor has begun to come."""
        return not (self.requests or self.request or self.total_outbufs_len)

    @property
    def held(self) -> int:
        """The bytes that it holds of a request that is coming or an answer that is going."""
        return int(self.total_outbufs_len + (self.request.body_bytes_received if self.request else 0))

    def check(self, now: float) -> None:
        """Give the connection up if what it waits for is overdue."""
        waits, patience = self._waits()
        if waits is not self.waits:
            self.waits, self.since, self.before = waits, now, self.moved
        elif now - self.since > patience + (self.moved - self.before) / _LEAST_RATE:
            self.give_up(HTTPStatus.REQUEST_TIMEOUT)

    def _waits(self) -> tuple[object, float]:
        """Return what is waited for, and for how many seconds beside those that its bytes may take."""
        if self.parting:
            return "the client to part", _PARTING_S
        if self.total_outbufs_len:
            return "the client to take its answer", _ANSWER_S
        if self.requests:
            return "the application", float("inf")
        return (self.request, _REQUEST_S) if self.request else (self.last_activity, _IDLE_S)

    def give_up(self, status: HTTPStatus) -> None:
        """Close the connection; a request that is coming is answered with this status."""
        if self.request is None or self.total_outbufs_len:
            self.handle_close()
            return
        self.request.error = Error("")
        self.request.error.code = status.value
        self.requests.append(self.request)
        self.request = None
        self.service()

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the client takes now."""
        sent: int = super().send(data, do_close)
        self.moved += sent
        return sent

    def write_soon(self, data: Any) -> int:
        """Take a piece of an answer from the thread that makes it."""
        if not self.total_outbufs_len and self.current_outbuf_count > MAX_HEAD:
            # Begin another buffer: waitress frees one only as a whole.
            self.current_outbuf_count = self.adj.outbuf_high_watermark
        count: int = super().write_soon(data)
        return count

    def received(self, data: bytes) -> bool:
        """Take a piece of a request."""
        self.moved += len(data)
        return not self.parting and bool(super().received(data))

    def handle_close(self) -> None:
        """Close the connection; after a refusal only once the client has had time to read it."""
        if self.parts and not self.parting and self.connected:
            self.parting, self.will_close = True, False
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            return
        super().handle_close()

    def handle_error(self) -> None:
        """Close the connection after a failure in the event loop."""
        _log.exception("failed outside the application")
        self.parting = True
        self.handle_close()
