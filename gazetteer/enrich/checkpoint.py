"""The checkpoint: the answers so far in a file of SQLite, beside the output while it is being made.

Answering takes long; reading and writing don't. So the answers are kept, a row a distinct question, and never
a half-written output. A resumed run reads the input from its start, asks only what has no answer yet and
writes the whole output: the bytes are those of an unbroken run, in every format. The table `run` says which
run the answers are of.

SQLite writes ahead to a file beside the checkpoint ("Write-Ahead Logging", sqlite.org), so that kill -9 or a
power cut loses the last few answers at most.
"""

import contextlib
import errno
import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from gazetteer.errors import InputError, TableError
from gazetteer.lookups import GazetteerInfo, library_version
from gazetteer.tables.table import CHUNK_ROWS, Source

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: What tells runs apart, and the words for a difference.
_DIFFERENCES: Final = {
    "format": "of another version of this program",
    "library": "of another version of this program",
    "gazetteer": "of a run with another gazetteer",
    "calibration": "of a run with another calibration",
    "input": "of another input",
    "options": "of a run with other options",
}
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS run (part TEXT, value TEXT);
CREATE TABLE IF NOT EXISTS answers (question BLOB UNIQUE, answer TEXT);
"""
#: How a file of SQLite begins ("Database File Format", 1.3).
_MAGIC: Final = b"SQLite format 3\0"
#: How many answers are put on the disk at once.
_AT_ONCE: Final = 20
_KEPT: Final = "the answers so far are kept"
_RESUME: Final = "run the same command again with --resume"
_RESTART: Final = "run again without --resume to begin anew"


def checkpoint_of(target: Path) -> Path:
    """Return the path of an output's checkpoint."""
    final = target.resolve()
    return final.with_name(f".{final.name}.checkpoint")


def description_of(about: GazetteerInfo, source: Source, plan: "DataclassInstance") -> dict[str, str]:
    """Return all that a run's answers depend on, by which it is known; `plan` has the options."""
    with source.open() as opened:
        file: Any = opened
        checksum = hashlib.file_digest(file, "sha256")
    return {
        "format": "3",
        "library": library_version(),
        "gazetteer": about.content_hash,
        "calibration": about.calibration_hash,
        "input": checksum.hexdigest(),
        "options": json.dumps({"chunk_rows": CHUNK_ROWS, **asdict(plan)}),
    }


class Checkpoint:
    """An open checkpoint, from :func:`open_checkpoint`."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._database = sqlite3.connect(checkpoint_of(target), timeout=0)
        self._added = 0
        self.is_empty = True

    def begin(self, run: Mapping[str, str], *, resume: bool, say: Callable[[str], object]) -> None:
        """Open the tables, or make them; refuse those of another run."""
        with self._errors_told():
            # No other process opens it, so no file of shared memory is needed beside it.
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.execute("PRAGMA page_size = 1024")  # an answer; a new file takes little room
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.executescript(_TABLES)
            before = dict(self._database.execute("SELECT part, value FROM run"))
            self.is_empty = not before
            if not before:
                if resume:
                    begins = "this run begins at the first row"
                    say(f"there is no checkpoint for {self._target} to go on from; {begins}")
                with self._database:
                    self._database.executemany("INSERT INTO run VALUES (?, ?)", run.items())
        for part, words in _DIFFERENCES.items() if before else ():
            if before.get(part) != run[part]:
                raise InputError(
                    f"the checkpoint for {self._target} is {words}: {_RESTART}", parameter="resume"
                )

    def kept(self, question: object) -> Any:
        """Return the answer to a question as JSON has it; None where it isn't kept."""
        with self._errors_told():
            sought = "SELECT answer FROM answers WHERE question = ?"
            found = self._database.execute(sought, (_key(question),)).fetchone()
        return None if found is None else json.loads(found[0])

    def add(self, question: object, answer: object) -> None:
        """Keep an answer."""
        row = _key(question), json.dumps(answer, separators=(",", ":"))
        with self._errors_told():
            self._database.execute("INSERT INTO answers VALUES (?, ?)", row)
            self._added += 1
            if self._added % _AT_ONCE == 0:
                self._database.commit()
        self.is_empty = False

    def close(self) -> None:
        """Write the last answers to the disk, as far as there is room."""
        with contextlib.suppress(sqlite3.DatabaseError):
            self._database.commit()
        self._database.close()

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = error.sqlite_errorcode & 0xFF
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise InputError(
                    f"the checkpoint for {self._target} is damaged: {_RESTART}", parameter="resume"
                ) from error
            why = os.strerror(errno.ENOSPC) if code == sqlite3.SQLITE_FULL else str(error)
            raise _unwritable(self._target, why) from error


@contextmanager
def open_checkpoint(
    target: Path, run: Mapping[str, str], *, resume: bool, say: Callable[[str], object]
) -> Iterator[Checkpoint]:
    """Give the checkpoint of an output for the run; one of another run, damaged or in use is refused.

    After an error it stays if it has an answer, unless the input is at fault, which is another input once
    corrected. Errors of the output, and Ctrl-C, are raised again with the way to go on.
    """
    with _locked(target) as file:
        is_there = file.read(len(_MAGIC)) == _MAGIC
        if is_there and not resume:
            replaced = "its checkpoint is replaced, as --resume was not given"
            say(f"an earlier run for {target} was stopped; {replaced}")
        if not is_there or not resume:
            file.truncate(0)
            _log_of(target).unlink(missing_ok=True)
        checkpoint = Checkpoint(target)
        try:
            checkpoint.begin(run, resume=resume, say=say)
            yield checkpoint
        except KeyboardInterrupt as error:
            if checkpoint.is_empty:
                raise
            raise KeyboardInterrupt(f"stopped; {_KEPT}: to go on, {_RESUME}") from error
        except TableError as error:
            checkpoint.is_empty |= error.parameter != "output"
            if checkpoint.is_empty:
                raise
            raise TableError(f"{error}; {_KEPT}: make room, then {_RESUME}", parameter="output") from error
        else:
            checkpoint.is_empty = True
        finally:
            checkpoint.close()
            if checkpoint.is_empty:
                _log_of(target).unlink(missing_ok=True)
                checkpoint_of(target).unlink(missing_ok=True)


def _log_of(target: Path) -> Path:
    """Return the file of SQLite's write-ahead log."""
    path = checkpoint_of(target)
    return path.with_name(f"{path.name}-wal")


@contextmanager
def _locked(target: Path) -> Iterator[BinaryIO]:
    """Open, or make, the checkpoint with a lock of ours: SQLite drops its own when it closes the file."""
    path = checkpoint_of(target)
    while True:
        try:
            file = path.open("a+b")
        except OSError as error:
            raise _unwritable(target, error.strerror or str(error)) from error
        with file:
            try:
                _lock(file)
            except BlockingIOError as error:
                raise TableError(
                    f"another run is writing {target}: wait for its end, or give the output another name",
                    parameter="output",
                ) from error
            if _is_at(path, file):  # and not removed meanwhile by the run that held it
                file.seek(0)
                yield file
                return


def _lock(file: BinaryIO) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _key(question: object) -> bytes:
    return hashlib.blake2b(json.dumps(question).encode(), digest_size=16).digest()


def _unwritable(target: Path, why: str) -> TableError:
    return TableError(f"{target} can't be written: {why}; that file is as it was", parameter="output")
