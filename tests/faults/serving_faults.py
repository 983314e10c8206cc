"""Servers that are to be harmed: each in a process group of its own, so that all of it can be killed at once.

What happens to a server is done from outside, by signals, to its files or over its sockets; or from inside,
by a `sitecustomize` that Python imports before the server's first line.
"""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.service.asking import following
from tests.service.serving import SERVE, Server

__all__ = [
    "AUTHORISED",
    "DYING",
    "KEY",
    "Harmed",
    "eventually",
    "fill_up",
    "ids_in",
    "incidents_csv",
    "running",
    "small_disk",
    "upload",
    "whole_tables",
]

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


def eventually(
    ask: Callable[[], T], wanted: Callable[[T], bool] = bool, patience_s: float = _PATIENCE_S
) -> T:
    """Ask until the answer is the wanted one, and return it; a connection that fails is asked anew."""
    until = time.monotonic() + patience_s
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

    def workers(self) -> list[int]:
        """The ids of its workers."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        if not children.is_file():
            pytest.skip("needs Linux's /proc to find a server's workers")
        return [int(child) for child in children.read_text().split()]

    def kill_all(self) -> None:
        """Kill it and all its workers, and see them gone."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(30)

    def ask(
        self,
        target: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
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

    def status(self, target: str) -> int:
        return self.ask(target)[0]


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
    """Run a server whose key is KEY; whatever becomes of it, nothing of it runs afterwards.

    Parameters
    ----------
    options
        Of `gazetteer-serve`; the port is any that is free.
    folder
        For its log, and its temporary files unless TMPDIR says otherwise.
    code
        Python code that starts it.
    custom
        The text of a module that Python imports first of all.
    stderr
        Where its log goes instead of a file.
    waits
        False doesn't wait for it to say where it serves.
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
            yield Harmed(address, process, log)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def incidents_csv(rows: int, *, prefix: str = "T", place: str = "Idlib") -> bytes:
    """A table of incidents whose ids are `prefix` and a number."""
    lines = (f"{prefix}{row:06},2016-05-{1 + row % 28:02},{place}\n" for row in range(rows))
    return ("id,date,place\n" + "".join(lines)).encode()


def upload(server: Harmed, body: bytes, media_type: str = "text/csv", source: str = "") -> tuple[int, bytes]:
    """Store incidents; return status and body."""
    target = "/v1/incidents" + (f"?source={source}" if source else "")
    status, answer, _ = server.ask(target, "POST", body, {**AUTHORISED, "Content-Type": media_type})
    return status, answer


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

    Parameters
    ----------
    found
        The ids that are stored, in their order.
    tables
        The ids of each table, in their order.
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


def fill_up(disk: Path) -> Path:
    """Fill a file system to the last byte; return the file that does it."""
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file:
        for size in (65_536, 512, 1):
            with suppress(OSError):
                while file.write(b"x" * size):
                    pass
    return filling


@contextmanager
def small_disk(folder: Path, *, megabytes: int, files: int = 0) -> Iterator[Path]:
    """Mount a file system in memory of this size, and at most so many files, for the length of a block."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or mount is None or umount is None:
        pytest.skip("needs root, to mount a small file system")
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={megabytes}m" + (f",nr_inodes={files}" if files else "")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"needs to mount a small file system, which can't be done here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([umount, "-l", str(folder)], check=False, capture_output=True)
