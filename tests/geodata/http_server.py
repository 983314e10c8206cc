"""A local server that answers as the publishers do, and as they do on a bad day.

Answers are put under a path with its query. Each says what its body is and how it goes wrong: another
status, an end before the promised length, a pause that never ends. Builders make what HDX and GeoNames
serve: ``package_show`` JSON and zips.
"""

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests import ports
from tests.ports import Handler

HDX = "https://data.humdata.org"
PACKAGE = "/api/3/action/package_show?id="


@dataclass(frozen=True)
class Answer:
    """One answer; `length` bytes are sent of `body`, then the line breaks, or is silent if `stalls`."""

    body: bytes = b""
    status: int = 200
    etag: str = ""
    last_modified: str = ""
    ranges: bool = True
    heeds_if_range: bool = True
    length: int | None = None
    stalls: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]


class Server:
    """What tests hold: put answers, look at requests."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answers: dict[str, list[Answer]] = {}
        self.closing = threading.Event()
        self.url = ""

    def put(self, path: str, *answers: Answer) -> None:
        """Answer `path` with these in turn; the last one stays."""
        self.answers[path] = list(answers)

    def next(self, path: str) -> Answer:
        """Return the answer that is due."""
        due = self.answers.get(path, [Answer(b"not here", 404)])
        return due.pop(0) if len(due) > 1 else due[0]

    def paths(self) -> list[str]:
        """Return what was asked for, in order."""
        return [seen.path for seen in self.seen]


@contextmanager
def serving() -> Iterator[Server]:
    """Serve on a free port of this machine until the block ends."""
    server = Server()

    class Publisher(Handler):
        def do_GET(self) -> None:  # noqa: N802 - a name of the base class
            server.seen.append(Seen(self.path, dict(self.headers.items())))
            _send(self, server.next(self.path), server.closing)

    with ports.serving(Publisher) as server.url:
        try:
            yield server
        finally:
            server.closing.set()


def _send(handler: Handler, answer: Answer, closing: threading.Event) -> None:
    asked = handler.headers
    if answer.status == 200 and answer.etag and asked.get("If-None-Match") == answer.etag:
        handler.send_response(304)
        handler.end_headers()
        return
    start = _start(answer, asked.get("Range", ""), asked.get("If-Range", ""))
    body = answer.body[start or 0 :]
    handler.send_response(206 if start is not None else answer.status)
    for name, value in (("ETag", answer.etag), ("Last-Modified", answer.last_modified)):
        if value:
            handler.send_header(name, value)
    if start is not None:
        handler.send_header("Content-Range", f"bytes {start}-{len(answer.body) - 1}/{len(answer.body)}")
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body if answer.length is None else body[: answer.length])
    handler.wfile.flush()
    if answer.stalls:
        closing.wait(30)


def _start(answer: Answer, asked: str, version: str) -> int | None:
    if not asked or not answer.ranges or answer.status != 200:
        return None
    if answer.heeds_if_range and version not in (answer.etag, answer.last_modified):
        return None
    return int(asked.removeprefix("bytes=").partition("-")[0])


def zipped(**members: str) -> bytes:
    """Return a zip of text members; equal members give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", ".")), text)
    return buffer.getvalue()


def resource(path: str, body: bytes = b"", **changes: Any) -> dict[str, Any]:
    """Return a resource as CKAN lists it; its hash is the MD5 of `body`."""
    return {
        "id": "2e69313a-b8a8-46bf-8cc8-fbd132b279bd",
        "name": path.rpartition("/")[2],
        "format": "SHP",
        "url": f"{HDX}{path}",
        "url_type": "upload",
        "state": "active",
        "hash": hashlib.md5(body).hexdigest() if body else "",
        "size": len(body),
        "created": "2020-12-17T08:00:00.000000",
        "last_modified": "2026-01-26T09:30:00.000000",
        **changes,
    }


def package(*resources: dict[str, Any]) -> Answer:
    """Return the answer of ``package_show`` about a dataset with these resources."""
    result = {"name": "some-dataset", "title": "Some dataset", "resources": list(resources)}
    document = {"help": "", "success": True, "result": result}
    return Answer(json.dumps(document).encode(), headers={"Content-Type": "application/json"})
