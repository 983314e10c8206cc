"""Every request gets an id, a line in the log and its place in the figures.

The id is the client's own `X-Request-ID` where that is short and plain, so that it can be followed through
several servers. A request counts from its arrival until the last byte of its answer has been handed on.
"""

import logging
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Request, Response

from service.logs import REQUESTS
from service.metrics import Metrics
from service.steps import After, Before

__all__ = ["NO_ROUTE", "begin", "finish", "request_id", "route_of"]

_BEGAN, _ID, _COUNTED = "gazetteer.began", "gazetteer.request_id", "gazetteer.counted"
#: What stands for the route of a request that has none.
NO_ROUTE = "none"
_PLAIN = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_log = logging.getLogger(REQUESTS)


def begin(metrics: Metrics) -> Before:
    """Return the first step of all."""

    def started(request: Request) -> None:
        environ = request.environ
        environ[_BEGAN] = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID")
        environ[_ID] = given if given and _PLAIN.fullmatch(given) else secrets.token_hex(8)
        environ[_COUNTED] = metrics.begin()

    return started


def finish(metrics: Metrics) -> After:
    """Return the last step of all."""

    def finished(request: Request, response: Response) -> Response:
        environ = request.environ
        response.headers["X-Request-ID"] = environ[_ID]
        fields = _fields(request, response)
        began: float = environ[_BEGAN]

        def end(sent: int) -> None:
            seconds = time.perf_counter() - began
            if environ[_COUNTED]:
                metrics.end(fields["route"], fields["method"], fields["status"], seconds)
            if _log.isEnabledFor(logging.INFO):
                said = {"fields": {**fields, "ms": round(seconds * 1000, 2), "bytes": sent}}
                # As `_log.info` does it, without looking up the line of code that logs.
                _log.handle(_log.makeRecord(REQUESTS, logging.INFO, "", 0, "", (), None, extra=said))

        if response.is_streamed:
            _count(response, end)
        else:
            end(0 if request.method == "HEAD" else response.content_length or 0)
        return response

    return finished


def request_id(request: Request) -> str:
    """Return the id that a request got in the first step."""
    given: str = request.environ[_ID]
    return given


def route_of(request: Request) -> str:
    """Return the pattern of the route that a request is for."""
    rule = request.url_rule
    return NO_ROUTE if rule is None else rule.rule


def _fields(request: Request, response: Response) -> dict[str, Any]:
    fields = {
        "id": request.environ[_ID],
        "method": request.method,
        "route": route_of(request),
        "status": response.status_code,
    }
    if _log.isEnabledFor(logging.DEBUG):
        fields |= {"path": request.path, "query": request.query_string.decode("utf-8", "replace")}
    return fields


def _count(response: Response, end: Any) -> None:
    """Count the bytes of a stream as they pass, and tell the sum once it is closed."""
    sent = 0

    def counted(pieces: Iterable[bytes]) -> Iterator[bytes]:
        nonlocal sent
        for piece in pieces:
            sent += len(piece)
            yield piece

    response.direct_passthrough = False  # or the server would send a file past this
    pieces = response.iter_encoded()
    inner = response.response
    response.response = counted(pieces)
    if hasattr(inner, "close"):
        response.call_on_close(inner.close)
    response.call_on_close(lambda: end(sent))
