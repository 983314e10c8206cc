"""Ask a server on this machine many requests over kept connections, and time the answers.

Without a rate each connection asks again as soon as it is answered. With one, requests are due at even times,
and each is timed from when it was due, so that a server that stops for a while can't hide it ("coordinated
omission"). Sockets are read as the system has something for them and answers only cut at their end: this asks
a bare Flask view several times as fast as it answers.
"""

import re
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.I)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: chunked", re.I)
_MEDIA_TYPE = re.compile(rb"\r\ncontent-type: ([\w./+-]+)", re.I)
#: Seconds after which an answer isn't waited for any longer.
_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request; its kind is for figures, and what it is about for whoever looks at its answer."""

    data: bytes
    kind: str = ""
    about: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request; its status is 0 where no whole answer came."""

    request: Request
    status: int
    media_type: str
    body: bytes
    ms: float  # from when the request was due to the last byte


def get(target: str, *, kind: str = "", headers: str = "", about: Any = None) -> Request:
    """Return a GET request."""
    return Request(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode(), kind, about)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of all doesn't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def load(
    port: int,
    requests: Iterator[Request],
    answered: Callable[[Answer], object],
    *,
    seconds: float = float("inf"),
    rate: float | None = None,
    connections: int = 8,
) -> float:
    """Ask until the seconds or the requests are over, wait for what is still awaited; return the seconds."""
    selector = selectors.DefaultSelector()
    idle = deque(_Connection(port, selector) for _ in range(connections))
    awaited: set[_Connection] = set()
    asked, begin = 0, time.perf_counter()

    def take(connection: _Connection, answer: Answer | None) -> None:
        awaited.discard(connection)
        if answer is not None:
            answered(answer)
        if connection.is_open:
            idle.append(connection)

    while idle or awaited:
        now = time.perf_counter()
        due = begin + asked / rate if rate else now
        while idle and due <= now and due - begin < seconds:
            request = next(requests, None)
            if request is None:
                seconds = 0.0
                break
            connection = idle.popleft()
            connection.ask(request, due)
            awaited.add(connection)
            asked += 1
            due = begin + asked / rate if rate else now
        is_over = due - begin >= seconds
        if is_over and not awaited:
            break
        for key, _ in selector.select(max(0.0, min(due - now, 0.5)) if idle and not is_over else 0.5):
            connection = key.data
            if (answer := connection.read()) is not None:
                take(connection, answer)
            elif not connection.is_open:  # it was idle, and the server is gone
                idle.remove(connection)
        for connection in [one for one in awaited if now - one.due > _PATIENCE_S]:
            take(connection, connection.failed("no answer"))
    for connection in idle:
        connection.close()
    return time.perf_counter() - begin


class _Connection:
    """A kept connection, and what is awaited on it; opened anew where the server closed it."""

    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self._port, self._selector = port, selector
        self._request: Request | None = None
        self._received = bytearray()
        self.due, self.is_open = 0.0, False
        self._open()

    def _open(self) -> None:
        with suppress(ConnectionRefusedError):
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(self._socket, selectors.EVENT_READ, self)
            self.is_open = True

    def close(self) -> None:
        self._selector.unregister(self._socket)
        self._socket.close()
        self.is_open = False

    def ask(self, request: Request, due: float) -> None:
        self._request, self.due = request, due
        self._received.clear()
        with suppress(OSError):  # reading will say what is wrong
            self._socket.sendall(request.data)

    def read(self) -> Answer | None:
        """Return the answer once it is whole, or once it can't come any more."""
        try:
            piece = self._socket.recv(262_144)
        except OSError as error:
            return self.failed(str(error))
        if not piece:
            return self.failed("the server closed the connection")
        self._received += piece
        head_end = self._received.find(b"\r\n\r\n")
        body = None if head_end < 0 else self._body(head_end + 4)
        if body is None:
            return None
        media = _MEDIA_TYPE.search(self._received, 0, head_end)
        return self._answer(int(self._received[9:12]), media[1].decode() if media else "", body)

    def failed(self, why: str) -> Answer | None:
        """Give up what is awaited, and connect again; None where nothing is awaited."""
        self.close()
        self._open()
        return self._answer(0, "", why.encode())

    def _answer(self, status: int, media_type: str, body: bytes) -> Answer | None:
        request, self._request = self._request, None
        if request is None:
            return None
        return Answer(request, status, media_type, body, (time.perf_counter() - self.due) * 1000)

    def _body(self, begin: int) -> bytes | None:
        if (length := _LENGTH.search(self._received, 0, begin)) is not None:
            end = begin + int(length[1])
            return bytes(self._received[begin:end]) if len(self._received) >= end else None
        if _CHUNKED.search(self._received, 0, begin) is None:
            return b""  # as a 304 has it
        pieces: list[bytes] = []
        while (line_end := self._received.find(b"\r\n", begin)) >= 0:
            size = int(self._received[begin:line_end], 16)
            begin = line_end + 4 + size
            if len(self._received) < begin:
                return None
            if not size:
                return b"".join(pieces)
            pieces.append(bytes(self._received[line_end + 2 : begin - 2]))
        return None
