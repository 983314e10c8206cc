"""Every request gets an id, a line in the log and its place in the figures for Prometheus.

Logs are one JSON object a line, without what was asked for: a place that someone asks for is sensitive. So a
line has the pattern of the route ("/v1/places/<id>"), and never an address, a query, a body, or the message
of an exception, which may quote them. Only at the level "debug", which an operator must ask for, are they
logged too. What is amiss with a file of the operator's is told at any level: those messages are made of its
path and the system's reason. A request counts from its arrival until the last byte of its answer has been
handed on.
"""

import json
import logging
import re
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from gazetteer.errors import GazetteerFileError
from gazetteer.lookups import GazetteerInfo
from service.settings import LogLevel

_PLAIN = re.compile(r"[A-Za-z0-9._:-]{1,64}")
#: Seconds: from what a look-up takes to what nobody waits for.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: Methods that have a route or could; any other is counted as "other", so that a client can't make labels.
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
#: Has a line for each request; its fields stand in the record's attribute `fields`.
_requests = logging.getLogger("service.requests")
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


class Metrics:
    """The figures of one application; labels hold no address and no query."""

    def __init__(self, served: GazetteerInfo) -> None:
        self.registry = CollectorRegistry()
        ours: Any = {"namespace": "gazetteer", "registry": self.registry}
        self._requests = Counter("requests", "Requests answered.", ("route", "method", "status"), **ours)
        meaning = "Seconds from a request's arrival to the end of its answer."
        self._seconds = Histogram("request_seconds", meaning, ("route",), buckets=_BUCKETS, **ours)
        self.open = Gauge("requests_in_progress", "Requests being answered.", **ours)
        info = Info("gazetteer", "What is served.", registry=self.registry)
        info.info({"content_hash": served.content_hash, "schema_version": str(served.schema_version)})
        self._of = cache(lambda *labels: (self._requests.labels(*labels), self._seconds.labels(labels[0])))

    def end(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        self.open.dec()
        counter, histogram = self._of(route, method if method in _METHODS else "other", status)
        counter.inc()
        histogram.observe(seconds)


def init_telemetry(app: Flask, metrics: Metrics) -> None:
    """Time, log and count every request; the first to see it and the last to see its answer."""

    @app.before_request
    def begin() -> None:
        given = request.environ.get("HTTP_X_REQUEST_ID")
        g.began = time.perf_counter()
        g.request_id = given if given and _PLAIN.fullmatch(given) else secrets.token_hex(8)
        metrics.open.inc()

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        end = partial(_end, metrics, _fields(response), g.began)
        if response.is_streamed:
            _count(response, end)
        else:
            end(0 if request.method == "HEAD" else response.content_length or 0)
        return response


def route_of() -> str:
    """Return the pattern of the route that the current request is for; "none" without one."""
    rule = request.url_rule
    return "none" if rule is None else rule.rule


def _fields(response: Response) -> dict[str, Any]:
    fields = {"id": g.request_id, "method": request.method, "route": route_of()}
    if _requests.isEnabledFor(logging.DEBUG):
        fields |= {"path": request.path, "query": request.query_string.decode("utf-8", "replace")}
    return {**fields, "status": response.status_code}


def _end(metrics: Metrics, fields: dict[str, Any], began: float, sent: int) -> None:
    seconds = time.perf_counter() - began
    metrics.end(fields["route"], fields["method"], fields["status"], seconds)
    if _requests.isEnabledFor(logging.INFO):
        said = {"fields": {**fields, "ms": round(seconds * 1000, 2), "bytes": sent}}
        # As `_requests.info` does it, without looking up the line of code that logs.
        _requests.handle(_requests.makeRecord(_requests.name, logging.INFO, "", 0, "", (), None, extra=said))


def _count(response: Response, end: Callable[[int], None]) -> None:
    """Count the bytes of a stream as they pass, and tell the sum once it is closed."""
    sent = 0

    def counted(pieces: Iterable[bytes]) -> Iterator[bytes]:
        nonlocal sent
        for piece in pieces:
            sent += len(piece)
            yield piece

    follow(response, counted, lambda: end(sent))


def follow(
    response: Response, watched: Callable[[Iterable[bytes]], Iterator[bytes]], end: Callable[[], None]
) -> None:
    """Pass the pieces of a stream through a function, and call another once it is closed."""
    response.direct_passthrough = False  # or the server would send a file past this
    pieces, inner = response.iter_encoded(), response.response
    response.response = watched(pieces)
    if hasattr(inner, "close"):
        response.call_on_close(inner.close)
    response.call_on_close(end)


# --------------------------------------------------------------------------------------------- logs


class JsonFormatter(logging.Formatter):
    """Writes records as JSON, with the messages of exceptions that are `told`: others may quote a request."""

    def __init__(self, *, told: tuple[type[BaseException], ...]) -> None:
        super().__init__()
        self._told = told

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": moment.replace("+00:00", "Z"), "level": record.levelname.lower()}
        line |= getattr(record, "fields", {})
        if record.msg:
            line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = self._error(record.exc_info[1])
        return _encode(line)

    def _error(self, error: BaseException) -> list[str]:
        """Return the type of an exception and of what led to it, each followed by where it was raised."""
        lines, seen = [], list[BaseException]()
        following: BaseException | None = error
        while following is not None and following not in seen:
            name = type(following).__name__
            lines.append(f"{name}: {following}" if isinstance(following, self._told) else name)
            frames = traceback.extract_tb(following.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
            seen.append(following)
            following = following.__cause__ or following.__context__
        return lines


def set_up_logs(level: LogLevel) -> None:
    """Write this process's logs to standard error, from this level on."""
    from service.audit import AuditError
    from service.databases import StoreError
    from service.key_file import KeyFileError

    of_files = (AuditError, GazetteerFileError, KeyFileError, StoreError)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(told=(BaseException,) if level == "debug" else of_files))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # other packages' debugging would tell what was asked, and much else
    logging.getLogger("service").setLevel(level.upper())
    logging.captureWarnings(True)
