"""Logs: one JSON object a line, without what was asked for.

A place that someone asks for is sensitive. So a line has the pattern of the route ("/v1/places/<id>"), and
never an address, a query, a body, or the message of an exception, which may quote them. Only at the level
"debug", which an operator must ask for, are they logged too. What is amiss with a file of the operator's is
told at any level: those messages are made of its path and the system's reason.

::

    {
        "time": "2026-05-30T12:00:00.123Z",
        "level": "info",
        "id": "9f86d081884c7d65",
        "method": "GET",
        "route": "/v1/resolve",
        "status": 200,
        "ms": 2.1,
        "bytes": 1843,
    }
"""

import json
import logging
import sys
import time
import traceback
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gazetteer.errors import GazetteerFileError
from service.audit_log import AuditError
from service.incident_store.protocol import StoreError
from service.key_records import KeyFileError

if TYPE_CHECKING:
    from service.settings import LogLevel

__all__ = ["REQUESTS", "JsonFormatter", "set_up_logs"]

#: The logger that has a line for each request; its extra fields stand in the attribute `fields`.
REQUESTS = "service.requests"
#: Exceptions whose messages say what is amiss with a file, and nothing of a request.
_OF_FILES = (AuditError, GazetteerFileError, KeyFileError, StoreError)
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


class JsonFormatter(logging.Formatter):
    """Writes records as JSON.

    Parameters
    ----------
    telling
        Whether messages of all exceptions are written; they may quote a request.
    """

    def __init__(self, *, telling: bool) -> None:
        super().__init__()
        self._telling = telling

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        second, milliseconds = divmod(int(record.created * 1000), 1000)
        line: dict[str, Any] = {
            "time": f"{_as_text(second)}.{milliseconds:03d}Z",
            "level": record.levelname.lower(),
        }
        fields = getattr(record, "fields", None)
        if fields is not None:
            line.update(fields)
        if fields is None or record.msg:
            line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = self._error(record.exc_info[1])
        return _encode(line)

    def _error(self, error: BaseException) -> list[str]:
        """Return the type of an exception and of what led to it, each followed by where it was raised."""
        lines = []
        for part in _chain(error):
            name = type(part).__name__
            telling = self._telling or isinstance(part, _OF_FILES)
            lines.append(f"{name}: {part}" if telling else name)
            frames = traceback.extract_tb(part.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        return lines


def set_up_logs(level: "LogLevel") -> None:
    """Write this process's logs to standard error, from this level on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(telling=level == "debug"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # other packages' debugging would tell what was asked, and much else
    logging.getLogger("service").setLevel(level.upper())
    logging.captureWarnings(True)


@lru_cache(maxsize=2)
def _as_text(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception and those that it came from, each once."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or following.__context__
    return chain
