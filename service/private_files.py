"""Files that nobody but their owner may read: how they are checked, locked, and replaced as a whole."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["alone_with", "open_private", "replace_private", "why_not_private"]

_ROOT = 0
#: Rights of others than the owner.
_OTHERS = 0o077
#: Seconds between two tries for a lock.
_PAUSE_S = 0.002


def why_not_private(path: Path, status: os.stat_result) -> str:
    """Say why others may have read or written a file, and what to do; "" where they can't have."""
    if os.geteuid() not in (_ROOT, status.st_uid):
        return f"{path} belongs to another user: run this as its owner, or change that with chown"
    if status.st_mode & _OTHERS:
        return f"others can read {path}: take that away with 'chmod 600 {path}'"
    return ""


def replace_private(final: Path, text: str) -> None:
    """Put a file in the place of another, so that it is there whole or not at all, whatever happens.

    Whoever calls makes sure to be alone. The unfinished file always has the same name, so that one at most is
    left behind by a process that was killed.

    Raises
    ------
    OSError
        If it can't be written; nothing was changed.
    """
    unfinished = final.with_name(f".{final.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        opened = open_private(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, like=final)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(opened)
        os.replace(unfinished, final)
    finally:
        unfinished.unlink(missing_ok=True)
    folder = os.open(final.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)  # or the new name could be lost with the power
    finally:
        os.close(folder)


def open_private(path: Path, flags: int, *, like: Path) -> int:
    """Open a file, made for its owner's eyes only; return its descriptor.

    What root makes belongs to the owner of `like`, or of its folder where that isn't there yet: so an
    administrator can look after the files of a server that runs as another user.
    """
    opened = os.open(path, flags | os.O_CLOEXEC, 0o600)
    if os.geteuid() == _ROOT:
        owner = (like if like.exists() else like.parent).stat()
        os.fchown(opened, owner.st_uid, owner.st_gid)
    return opened


@contextmanager
def alone_with(descriptor: int, *, seconds: float) -> Iterator[None]:
    """Hold the lock of an open file while the block runs; processes and threads wait for each other.

    Parameters
    ----------
    descriptor
        Of the file, opened by whoever calls and for nobody else: the lock belongs to what was opened.
    seconds
        How long to wait for it.

    Raises
    ------
    TimeoutError
        If another holds it for so long.
    """
    ends = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if time.monotonic() > ends:
                raise TimeoutError(f"another process has held it for {seconds:g} seconds") from error
            time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
