"""Commands of ours that die at a chosen step.

One process imports everything once and forks for every run, so that a test can afford a run for each step of
a command. A run is what a person would start: arguments, streams, an exit code. It may be told to end itself
with kill -9 before its n-th operation on a file of a folder, to be ended by the system with the write that
makes a file longer than so many bytes, or to see a clock that is wrong.

A fork needs POSIX; so do the promises about kill -9.
"""

import contextlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent

#: What changes a folder, or locks; Python announces each before it is done (PEP 578).
_CHANGES = frozenset(
    "os.rename os.remove os.mkdir os.rmdir os.truncate os.link os.symlink os.chmod sqlite3.connect".split()
)
_LOCKS = frozenset(("fcntl.lockf", "fcntl.flock"))
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Run:
    """A command to run, "gazetteer" or "gazetteer-data", and how it is to end."""

    program: str
    arguments: Sequence[str]
    #: The folder whose changes are steps.
    watched: str = ""
    #: The step before which it ends by kill -9, from 1; 0 for none.
    die_before: int = 0
    #: How many bytes a file may have; the write that goes beyond ends it at once. 0 for any number.
    die_beyond: int = 0
    #: How wrong the clock is.
    clock_s: float = 0.0
    #: Variables beside those that there are.
    environment: dict[str, str] = field(default_factory=dict)
    #: What standard input has.
    stdin: str = os.devnull


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code (minus the signal), what it said, and its steps if it wasn't killed."""

    code: int
    said: str
    errors: str
    steps: tuple[str, ...]

    @property
    def was_killed(self) -> bool:
        return self.code in (-signal.SIGKILL, -signal.SIGXFSZ)


class Commands:
    """Runs commands; close it afterwards."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.killing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def close(self) -> None:
        self._server.communicate()
        assert self._server.returncode == 0

    def __call__(self, program: str, *arguments: str | Path, **how: Any) -> Ended:
        """Run a command to its end."""
        [ended] = self.together(Run(program, [*map(str, arguments)], **how))
        return ended

    def together(self, *runs: Run) -> list[Ended]:
        """Run commands at once, each to its end."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps([asdict(run) for run in runs]) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline())
        return [Ended(code, said, errors, tuple(steps)) for code, said, errors, steps in answer]


def _serve() -> None:
    """Answer requests until there are no more."""
    warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside numpy's threads
    _import_all()
    for line in sys.stdin:
        runs = [Run(**run) for run in json.loads(line)]
        with tempfile.TemporaryDirectory() as folder:
            notes = [Path(folder) / str(n) for n in range(len(runs))]
            children = [_started(run, note) for run, note in zip(runs, notes, strict=True)]
            answer = [_ended(child, note) for child, note in zip(children, notes, strict=True)]
        print(json.dumps(answer), flush=True)


def _import_all() -> None:
    """Do what every run does, so that it has nothing left to import."""
    import gazetteer.cli.main
    import geodata.assemble
    import geodata.build
    import geodata.cli  # noqa: F401
    from tests.builders import a_gazetteer_file

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        places = a_gazetteer_file(Path(folder) / "g.gpkg")
        table = Path(folder) / "in.csv"
        table.write_text("place\nSaraqib\n")
        for suffix in (".csv", ".xlsx", ".geojson", ".jsonl", ".parquet", ".gpkg"):
            out = [f"--output={folder}/out{suffix}", f"--review={folder}/r.csv", f"--report={folder}/r.html"]
            sys.argv = ["gazetteer", "enrich", str(table), *out, f"--gazetteer={places}"]
            with contextlib.suppress(SystemExit):
                gazetteer.cli.main.main()


def _started(run: Run, note: Path) -> int:
    child = os.fork()
    if child:
        return child
    os.setpgid(0, 0)
    for number, name in ((1, ".said"), (2, ".errors")):
        os.dup2(os.open(f"{note}{name}", os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(run.stdin, os.O_RDONLY), 0)
    code = 70  # what goes wrong here is no exit code of ours
    try:
        code = _done(run, note)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)


def _done(run: Run, note: Path) -> int:
    """Run the command in this process, and note its steps."""
    import gazetteer.cli.main
    import geodata.cli

    os.environ.update(run.environment)
    tempfile.tempdir = None
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor, kept
    sys.argv = [run.program, *run.arguments]
    if run.clock_s:
        _shift_clock(run.clock_s)
    steps: list[str] = []
    _watch(run, steps)
    if run.die_beyond:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (run.die_beyond, run.die_beyond))
    main = {"gazetteer": gazetteer.cli.main.main, "gazetteer-data": geodata.cli.main}[run.program]
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    if not run.die_beyond:
        note.with_suffix(".steps").write_text(json.dumps(steps))
    return code


def _watch(run: Run, steps: list[str]) -> None:
    own, folder, closed = os.getpid(), os.path.realpath(run.watched) if run.watched else "", "\0"

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _LOCKS:
            shown = f"{event} {arguments[1]}"
        elif event in _CHANGES or (event == "open" and (arguments[2] or 0) & _WRITING):
            path = arguments[0]
            if not isinstance(path, (str, bytes, os.PathLike)):
                return
            shown = f"{event} {os.fsdecode(path)}"
            if (folder or closed) not in shown:
                return
        else:
            return
        if folder and os.getpid() == own:
            steps.append(shown)
            if len(steps) == run.die_before:
                os.kill(own, signal.SIGKILL)

    sys.addaudithook(count)


def _shift_clock(seconds: float) -> None:
    """Let Python's clocks be wrong by so much: those of the time of day, as a person sets them."""
    import datetime

    import geodata.pull

    true_time, true_ns = time.time, time.time_ns
    time.time = lambda: true_time() + seconds
    time.time_ns = lambda: true_ns() + int(seconds * 1e9)

    class Wrong(datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.datetime.fromtimestamp(time.time(), tz)

    vars(geodata.pull)["datetime"] = Wrong


def _ended(child: int, note: Path) -> tuple[int, str, str, list[str]]:
    _, status = os.waitpid(child, 0)
    until = time.monotonic() + 10  # for its workers, which end with it
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.killpg(child, 0)
            time.sleep(0.005)
    said, errors, steps = (note.with_suffix(s) for s in (".said", ".errors", ".steps"))
    found = json.loads(steps.read_text()) if steps.exists() else []
    return os.waitstatus_to_exitcode(status), said.read_text(), errors.read_text(), found


if __name__ == "__main__":
    _serve()
