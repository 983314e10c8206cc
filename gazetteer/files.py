"""A file that takes another's place whole or not at all.

It is written under a name of its own in the target's folder, flushed to the disk and renamed over the target.
If anything fails that name is removed and the target is as it was. What a writer left that was ended by
kill -9 or a power cut is removed by the next one. A writer holds a lock on its file, so that one which is
still at work is told from one which is gone, without asking a clock or for process numbers.
"""

import contextlib
import gc
import os
import secrets
import sys
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from typing import BinaryIO

from gazetteer.errors import GazetteerFileError


def check_replaceable(target: Path) -> None:
    """Refuse a target that can't be a file, before any work.

    Raises
    ------
    GazetteerFileError
        If it is a folder, or its folder does not exist.
    """
    if not target.parent.is_dir():
        raise GazetteerFileError(
            f"{target} cannot be written: the folder {target.parent} does not exist; make it first"
        )
    if target.is_dir():
        raise GazetteerFileError(f"{target} cannot be written: it is a folder; name a file in it")


def replace_file(target: Path, content: bytes) -> None:
    """Write a gazetteer file, replacing the one at `target` when the new one is whole and on the disk.

    Raises
    ------
    GazetteerFileError
        If it cannot be written: the disk is full, for one. The old one, if any, is untouched.
    """
    check_replaceable(target)
    try:
        with replacement(target) as file:
            file.write(content)
    except OSError as error:
        raise GazetteerFileError(f"{target} cannot be written: {error.strerror or error}") from error


@contextlib.contextmanager
def replacement(target: Path) -> Iterator[BinaryIO]:
    """Give a file that becomes `target` when the block ends well, and is removed when it doesn't.

    Raises
    ------
    OSError
        If it can't be written.
    """
    _remove_left(target)
    unfinished, file = _begun(target)
    try:
        yield file
        file.flush()
        os.fsync(file.fileno())
        if sys.platform == "win32":
            file.close()  # there an open file can't be renamed
        unfinished.replace(target)
        _flush_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):  # closing writes what a full disk had no room for
            file.close()
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _begun(target: Path) -> tuple[Path, BinaryIO]:
    """Return a new file beside `target`, locked."""
    while True:
        unfinished = target.with_name(f".{target.name}.{secrets.token_hex(8)}.unfinished")
        # Opened the usual way, so that the file has the permissions that the user's files have.
        file = unfinished.open("xb")
        with contextlib.suppress(OSError):  # a file system without locks: what is left stays there
            _lock(file, wait=True)
        if unfinished.exists():
            return unfinished, file
        file.close()  # before it was locked, another writer took it for one that was left


def _remove_left(target: Path) -> None:
    """Remove the files beside `target` whose writers are gone."""
    if sys.platform == "win32":  # where nothing tells them apart
        return
    for left in target.parent.glob(f".{escape(target.name)}.*.unfinished"):
        with contextlib.suppress(OSError), left.open("rb") as file:
            _lock(file, wait=False)
            left.unlink(missing_ok=True)


def _lock(file: BinaryIO, *, wait: bool) -> None:
    """Lock a file until it is closed; raise BlockingIOError where another holds it and this isn't to wait."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _flush_folder(folder: Path) -> None:
    """Make the new name last through a power cut, on systems that can open a folder."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector still while many objects are made, none of them in a circle: a table's.

    It looks at all objects again and again while their number grows, which takes up to half the time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
