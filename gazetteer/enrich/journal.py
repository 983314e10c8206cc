"""The checkpoint: a journal of answers, beside the output while it is being made.

Answering what rows say is what takes long; reading and writing don't. So the answers are kept, one a line as
they come, and never a half-written output. A run that goes on reads the input again from its start, asks the
same questions in the same order, takes as many answers as the journal has, and writes the whole output:
the bytes are those of an unbroken run, in every format. The journal is read along, so memory stays flat.

A line is a checksum, a key and a text, with tabs between. The first line says which run it is of; in every
other the key is a digest of the question, and the text its answer. What ends a run may tear the last line:
reading stops at the first line that isn't whole, and writing goes on from there.
"""

import contextlib
import hashlib
import json
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gazetteer.errors import InputError, TableError
from gazetteer.lookups import GazetteerInfo, library_version
from gazetteer.tables.table import CHUNK_ROWS, Source

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_BLOCK = 1 << 20
_BINARY = getattr(os, "O_BINARY", 0)  # Windows has it, and no other system
#: The key of the first line.
_RUN = "run"
#: What a run is told apart by, and how a difference is said.
_DIFFERENCES = {
    "format": "of another version of this program",
    "library": "of another version of this program",
    "gazetteer": "of a run with another gazetteer",
    "calibration": "of a run with another calibration",
    "input": "of another input",
    "options": "of a run with other options",
}
_KEPT = "the answers so far are kept"
_RESUME = "run the same command again with --resume"


def checkpoint_of(target: Path) -> Path:
    """Return where the checkpoint of an output is kept."""
    final = target.resolve()
    return final.with_name(f".{final.name}.checkpoint")


def description_of(about: GazetteerInfo, source: Source, plan: "DataclassInstance") -> str:
    """Return what a run is known by, as JSON: everything that its answers and their order depend on.

    `plan` has the options, whatever they are.
    """
    checksum = hashlib.sha256()
    with source.open() as file:
        while block := file.read(_BLOCK):
            checksum.update(block)
    return json.dumps(
        {
            "format": 2,
            "library": library_version(),
            "gazetteer": about.content_hash,
            "calibration": about.calibration_hash,
            "input": checksum.hexdigest(),
            "options": {"chunk_rows": CHUNK_ROWS, **asdict(plan)},
        }
    )


class Journal:
    """A journal that is open. Make one with :func:`open_journal`.

    Parameters
    ----------
    file
        Open for reading and writing, at the end of its first line.
    output
        What messages call the output.
    is_new
        Whether the first line is all that it holds.
    """

    def __init__(self, file: BinaryIO, output: Path, *, is_new: bool) -> None:
        self._file = file
        self._output = output
        self._end_of_whole = file.tell()
        self._is_read = not is_new
        self.is_empty = is_new

    def kept(self, questions: Sequence[object]) -> Iterator[str]:
        """Yield the answers to the first of these questions, as many as are kept."""
        for question in questions:
            if not self._is_read:
                return
            key, text = _parts(self._file.readline())
            if key != _key(question):
                self._is_read = False
                self._file.seek(self._end_of_whole)
                self._file.truncate()
                return
            self._end_of_whole = self._file.tell()
            yield text

    def add(self, question: object, text: str) -> None:
        """Keep an answer, at once.

        Raises
        ------
        TableError
            If it can't be written: the disk is full, for one.
        """
        try:
            self._file.write(_line(_key(question), text))
            self._file.flush()
        except OSError as error:
            raise _unwritable(self._output, error) from error
        self.is_empty = False


@contextmanager
def open_journal(
    target: Path, description: str, *, resume: bool, say: Callable[[str], object]
) -> Iterator[Journal]:
    """Give the journal of an output. It is kept if the block ends badly, with an answer in it, and not for
    what the input holds.

    Parameters
    ----------
    target
        The output.
    description
        What the run is known by; see :func:`description_of`.
    resume
        Go on from the checkpoint that is there.
    say
        Called with a sentence where there is none, or one that is replaced.

    Raises
    ------
    InputError
        If the checkpoint to go on from is of another run.
    TableError
        If it can't be written, or another run writes the same output. What the block raises of the output is
        raised again with how to go on.
    KeyboardInterrupt
        On Ctrl-C, with how to go on.
    """
    path = checkpoint_of(target)
    with _opened(path, target) as file:
        journal = _begun(file, target, description, resume=resume, say=say)
        try:
            yield journal
        except KeyboardInterrupt as error:
            if journal.is_empty:
                raise
            raise KeyboardInterrupt(f"stopped; {_KEPT}: to go on, {_RESUME}") from error
        except TableError as error:
            if error.parameter != "output":  # the input is at fault, and would be another one when put right
                journal.is_empty = True
            if journal.is_empty:
                raise
            raise TableError(f"{error}; {_KEPT}: make room, then {_RESUME}", parameter="output") from error
        else:
            journal.is_empty = True
        finally:
            if journal.is_empty:
                path.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path, target: Path) -> Iterator[BinaryIO]:
    """Open the journal for this run alone, and make it where there is none; what it holds stays."""
    while True:
        try:
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o666), "r+b")
        except OSError as error:
            raise _unwritable(target, error) from error
        try:
            _lock(file)
            if not _is_at(path, file):  # the run that held it has ended since, and removed it
                continue
            yield file
            return
        except BlockingIOError as error:
            raise TableError(
                f"another run is writing {target}: wait for its end, or give the output another name",
                parameter="output",
            ) from error
        finally:
            with contextlib.suppress(OSError):  # closing writes what a full disk had no room for
                file.close()


def _lock(file: BinaryIO) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _begun(
    file: BinaryIO, target: Path, description: str, *, resume: bool, say: Callable[[str], object]
) -> Journal:
    key, text = _parts(file.readline())
    if key == _RUN and resume:
        _check_same(target, json.loads(text), json.loads(description))
        return Journal(file, target, is_new=False)
    if key == _RUN:
        say(f"an earlier run for {target} was stopped; its checkpoint is replaced, as --resume was not given")
    elif resume:
        say(f"there is no checkpoint for {target} to go on from; this run begins at the first row")
    try:
        file.seek(0)
        file.truncate()
        file.write(_line(_RUN, description))
        file.flush()
    except OSError as error:
        checkpoint_of(target).unlink(missing_ok=True)  # it holds nothing to go on from
        raise _unwritable(target, error) from error
    return Journal(file, target, is_new=True)


def _check_same(target: Path, before: dict[str, object], now: dict[str, object]) -> None:
    for part, words in _DIFFERENCES.items():
        if before.get(part) != now[part]:
            raise InputError(
                f"the checkpoint for {target} is {words}: run again without --resume to begin anew",
                parameter="resume",
            )


def _key(question: object) -> str:
    return hashlib.blake2b(json.dumps(question).encode(), digest_size=8).hexdigest()


def _line(key: str, text: str) -> bytes:
    body = f"{key}\t{text}".encode()
    return b"%08x\t%b\n" % (zlib.crc32(body), body)


def _parts(line: bytes) -> tuple[str, str]:
    """Return the key and the text of a line; empty ones where it isn't whole."""
    checksum, _, body = line.removesuffix(b"\n").partition(b"\t")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(body):
        return "", ""
    key, _, text = body.decode().partition("\t")
    return key, text


def _unwritable(target: Path, error: OSError) -> TableError:
    return TableError(
        f"{target} can't be written: {error.strerror or error}; nothing was changed", parameter="output"
    )
