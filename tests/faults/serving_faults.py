"""Servers that are to be harmed: each in a process group of its own, so that all of it can be killed at once.

What happens to a server is done from outside, by signals, to its files or over its sockets; or from inside,
by a `sitecustomize` that Python imports before the server's first line.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from tests.service.asking import following
from tests.service.serving import SERVE, Server

KEY = "0123456789abcdef0123456789abcdef"
AUTHORISED = {"Authorization": f"Bearer {KEY}"}
#: Seconds after which what should happen by itself counts as not happening.
_PATIENCE_S = 40.0

#: A module that kills its process at a step of its work with the store whose name is in HARMED. The file that
#: HARM names says at which step, counted from the next time that the store is opened: each SQL statement is
#: one, as is each row that is written. A number behind it is how many seconds later.
DYING = """
import os, signal, sqlite3, threading
order, store, left, later = os.environ["HARM"], os.environ["HARMED"], None, 0.0

def step(*_):
    global left
    if left is None:
        return
    left -= 1
    if left < 0:
        left = None
        if later:
            threading.Timer(later, os.kill, (os.getpid(), signal.SIGKILL)).start()
        else:
            os.kill(os.getpid(), signal.SIGKILL)

def connect(name, *arguments, opened=sqlite3.connect, **named):
    global left, later
    harmed = store in str(name)
    if harmed and os.path.exists(order):
        with open(order) as file:
            words = file.read().split()
        os.unlink(order)
        left, later = int(words[0]), float(words[1]) if words[1:] else 0.0
    if harmed:
        step()
    connection = opened(name, *arguments, **named)
    if harmed and left is not None:
        connection.set_trace_callback(step)
    return connection

sqlite3.connect = connect
"""

T = TypeVar("T")


def eventually(ask: Callable[[], T], wanted: Callable[[T], bool] = bool) -> T:
    """Ask until the answer is the wanted one, and return it; a connection that fails is asked anew."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            found = ask()
        except (OSError, http.client.HTTPException):
            if time.monotonic() > until:
                raise
        else:
            if wanted(found) or time.monotonic() > until:
                assert wanted(found), found
                return found
        time.sleep(0.02)


class Harmed(Server):
    """A server that leads a process group."""

    def kill_all(self) -> None:
        """Kill it and all its workers, and see them gone."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def ask(
        self,
        target: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout_s: float = 30.0,
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Ask over a connection of its own; return status, body and headers. A body cut off is an error."""
        connection = http.client.HTTPConnection(self.address, timeout=timeout_s)
        try:
            connection.request(method, target, body, dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.read(), dict(response.getheaders())
        finally:
            connection.close()

    def status(self, target: str, *, timeout_s: float = 30.0) -> int:
        return self.ask(target, timeout_s=timeout_s)[0]

    def statuses(self, *targets: str) -> list[int]:
        return [self.status(target) for target in targets]


@contextmanager
def running(
    *options: str,
    folder: Path,
    code: str = SERVE,
    custom: str = "",
    stderr: Any = None,
    waits: bool = True,
    **environment: str,
) -> Iterator[Harmed]:
    """Run a server whose key is KEY; at the end it must stop in order, unless it was killed or stopped.

    Its log and its temporary files, unless TMPDIR says otherwise, are in `folder`. `code` starts it; `custom`
    is the text of a module that Python imports first of all; the log goes to `stderr` if that is given. What
    doesn't wait has no address. Whatever becomes of the server, nothing of it runs afterwards.
    """
    log = folder / "server.log"
    if custom:
        (folder / "custom").mkdir(exist_ok=True)
        (folder / "custom" / "sitecustomize.py").write_text(custom)
        path = os.pathsep.join(filter(None, [str(folder / "custom"), os.environ.get("PYTHONPATH", "")]))
        environment = {"PYTHONPATH": path, **environment}
    with (
        log.open("a") as errors,
        subprocess.Popen(
            [sys.executable, "-c", code, "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=errors if stderr is None else stderr,
            text=True,
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(folder), "GAZETTEER_API_KEY": KEY, **environment},
        ) as process,
    ):
        try:
            assert process.stdout
            address = ""
            if waits:
                line = process.stdout.readline()
                found = re.search(r"Serving on http://([^/]+)/", line)
                assert found, line + log.read_text()
                address = found[1]
            server = Harmed(address, process, log)
            yield server
            if process.poll() is None:
                assert 0 == server.stop(), log.read_text()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def not_started(*options: str, folder: Path, **environment: str) -> str:
    """Start a server that can't; return the one line that it says before it fails."""
    ended = subprocess.run(
        [sys.executable, "-c", SERVE, "--port", "0", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "TMPDIR": str(folder), **environment},
    )
    assert (1, "", 1) == (ended.returncode, ended.stdout, len(ended.stderr.splitlines())), ended.stderr
    return ended.stderr


def incidents_csv(rows: int, *, prefix: str = "T", place: str = "Idlib") -> bytes:
    """A table of incidents whose ids are `prefix` and a number."""
    lines = (f"{prefix}{row:06},2016-05-{1 + row % 28:02},{place}\n" for row in range(rows))
    return ("id,date,place\n" + "".join(lines)).encode()


def upload(server: Harmed, body: bytes, media_type: str = "text/csv") -> tuple[int, Any]:
    """Store incidents; return status and answer."""
    headers = {**AUTHORISED, "Content-Type": media_type}
    status, answer, _ = server.ask("/v1/incidents", "POST", body, headers)
    return status, json.loads(answer)


def ids_in(server: Harmed) -> list[str]:
    """The ids of all incidents, in their order, page by page; none where nothing was ever stored."""
    found: list[str] = []
    target: str | None = "/ogc/collections/incidents/items?limit=10000"
    while target is not None:
        status, body, _ = server.ask(target)
        if status == 503:
            assert "no-incidents" in json.loads(body)["type"], body
            return []
        assert 200 == status, body
        page = json.loads(body)
        found += [feature["id"] for feature in page["features"]]
        target = following(page)
    return found


def whole_tables(found: Sequence[str], tables: Mapping[str, Sequence[str]]) -> list[str]:
    """Tell which tables are stored, in their order: each must be there whole and in one piece, or not at all.

    `found` are the ids that are stored, in their order; `tables` has those of each table.
    """
    first = {ids[0]: name for name, ids in tables.items()}
    names, at = [], 0
    while at < len(found):
        name = first[found[at]]  # a table that isn't there from its beginning is not whole
        ids = list(tables[name])
        assert ids == list(found[at : at + len(ids)]), f"{name} isn't whole"
        names.append(name)
        at += len(ids)
    assert len(set(names)) == len(names), "a table is there twice"
    return names
