"""A kept HTTP connection of `scripts/soak_load.py`, and what can be wrong with an answer."""

import json
import selectors
import socket
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer", "Connection", "wrong_with"]

_PROBLEM_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: its status, media type and body."""

    status: int
    media_type: str
    body: bytes


class Connection:
    """A kept connection, and what is awaited on it."""

    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector = selector
        selector.register(self._socket, selectors.EVENT_READ, self)
        self.due_s, self.kind, self.target = 0.0, "", ""
        self.expected: Any = None
        self._received = bytearray()

    def close(self) -> None:
        """Close it."""
        self._selector.unregister(self._socket)
        self._socket.close()

    def ask(self, request: bytes, kind: str, expected: Any, due_s: float) -> None:
        """Send a request, which was due at this second."""
        self.kind, self.expected, self.due_s = kind, expected, due_s
        self._received.clear()
        self._socket.sendall(request)

    def read(self) -> Answer | None:
        """Read what has come, and return the answer once it is whole.

        Raises
        ------
        OSError
            If the server closed the connection.
        ValueError
            If what came is no answer.
        """
        piece = self._socket.recv(262_144)
        if not piece:
            raise ConnectionResetError("the server closed the connection")
        self._received += piece
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return None
        first, *lines = bytes(self._received[:end]).decode("latin-1").split("\r\n")
        headers = {
            name.casefold(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
        body = self._body(end + 4, headers)
        if body is None:
            return None
        return Answer(int(first.split()[1]), headers.get("content-type", "").partition(";")[0], body)

    def _body(self, begin: int, headers: dict[str, str]) -> bytes | None:
        if headers.get("transfer-encoding") == "chunked":
            whole = self._received.endswith(b"0\r\n\r\n")
            return _unchunked(bytes(self._received[begin:])) if whole else None
        length = int(headers["content-length"])
        return (
            bytes(self._received[begin : begin + length]) if len(self._received) >= begin + length else None
        )


def _unchunked(body: bytes) -> bytes | None:
    """Return a body that came in chunks; None where the last one isn't the last."""
    pieces: list[bytes] = []
    at = 0
    while at < len(body):
        end = body.index(b"\r\n", at)
        size = int(body[at:end], 16)
        if not size:
            return b"".join(pieces)
        pieces.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return None


def wrong_with(answer: Answer, expected: Any) -> str:
    """Return what is wrong with an answer; nothing where it is as it must be.

    `expected` may say how many rows a table has (`rows`) or which member an object has (`has`).
    """
    if answer.status != 200:
        return f"status {answer.status}: {answer.body[:_PROBLEM_SHOWN].decode(errors='replace')}"
    wants = expected if isinstance(expected, dict) else {}
    if answer.media_type in ("application/json", "application/geo+json"):
        try:
            content = json.loads(answer.body)
        except ValueError as error:
            return f"the answer is no whole JSON: {error}"
        if "has" in wants and (not isinstance(content, dict) or wants["has"] not in content):
            return f"the answer has no {wants['has']}"
    elif answer.media_type == "text/html" and not answer.body.rstrip().endswith(b"</html>"):
        return "the page is cut off"
    elif not answer.body:
        return "the answer is empty"
    if "rows" in wants and (lines := answer.body.count(b"\n") - 1) != wants["rows"]:
        return f"{wants['rows']} rows were sent, {lines} came back"
    return ""
