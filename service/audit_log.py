"""A log that is evidence: one JSON object a line, appended by several processes, and no line is lost.

Every line is written under a lock, by one system call. When a file is full it is renamed (``audit.jsonl.1``,
and so on, the highest the oldest) and a new one is begun; what is older than the last few is deleted. A line
that can't be written whole leaves nothing behind, and whoever wanted it written is told, so that what it was
to tell of needn't happen. Lines outlive the process that wrote them; against a power cut there is no promise.

Only their owner may read the files, and one that others can read isn't written.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gazetteer.errors import GazetteerError
from service.private_files import alone_with, why_not_private

__all__ = ["AuditError", "AuditLog", "default_audit_file"]

#: Bytes of a file, and how many full ones are kept: of lines of 300 bytes some 350,000.
_MOST_BYTES = 10_000_000
_KEPT = 10
#: Seconds to wait for the lock, which is held for a fraction of a millisecond.
_PATIENCE_S = 2.0
#: A disk with less room than this is taken to be full: a page is what file systems give at least.
_ROOM_BYTES = 65_536
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class AuditError(GazetteerError):
    """The audit log can't be written, so what it would have to tell of can't be done."""


def default_audit_file() -> Path:
    """Return where the audit log of this user's servers is, unless another file is named."""
    import platformdirs

    return Path(platformdirs.user_state_dir("conflict-gazetteer", appauthor=False)) / "audit.jsonl"


class AuditLog:
    """Appends to a file that several processes share; safe for threads and forks.

    Parameters
    ----------
    path
        The file; its folder must exist.
    most_bytes
        From which size on a file is full.
    kept
        How many full files are kept.
    """

    def __init__(self, path: Path, *, most_bytes: int = _MOST_BYTES, kept: int = _KEPT) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._kept = kept

    def write(self, line: Mapping[str, Any]) -> None:
        """Append a line.

        Raises
        ------
        AuditError
            If it can't be; the file is as it was.
        """
        data = _encode(line).encode() + b"\n"
        try:
            while not self._appended(data):
                pass  # the file was full, or another process had just renamed it
        except OSError as error:
            raise self._unwritable(error) from error

    def check(self) -> None:
        """Raise AuditError unless a line could be written now, as far as can be told without writing one."""
        try:
            with self._opened() as file:
                room = os.fstatvfs(file)
        except OSError as error:
            raise self._unwritable(error) from error
        if room.f_bavail * room.f_frsize < _ROOM_BYTES:
            raise AuditError(f"the audit log {self._path} can't be written: there is no room on its disk")

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Give the file, locked."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        file = os.open(self._path, flags, 0o600)
        try:
            with alone_with(file, seconds=_PATIENCE_S):
                if amiss := why_not_private(self._path, os.fstat(file)):
                    raise AuditError(f"the audit log can't be written: {amiss}")
                yield file
        finally:
            os.close(file)

    def _appended(self, data: bytes) -> bool:
        """Append to the file of this moment; False if it is full, or not that of this moment any longer."""
        with self._opened() as file:
            if not self._is_current(file):
                return False
            size = os.fstat(file).st_size
            if size and size + len(data) > self._most_bytes:
                self._rotate()
                return False
            if size and os.pread(file, 1, size - 1) != b"\n":  # torn by a power cut: it ends where it is
                data = b"\n" + data
            try:
                if os.write(file, data) < len(data):
                    raise OSError(f"only a part of {len(data)} bytes could be written")
            except OSError:
                os.ftruncate(file, size)
                raise
            return True

    def _is_current(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        """Rename the files up to the first number that is free, the oldest first, under the last one's lock.

        Nobody else renames meanwhile: there is no newer file to have the lock of until this one is renamed.
        """
        names = [self._path, *(Path(f"{self._path}.{number}") for number in range(1, self._kept + 1))]
        free = next((place for place, name in enumerate(names) if not name.exists()), self._kept)
        for place in range(free, 0, -1):
            os.replace(names[place - 1], names[place])

    def _unwritable(self, error: OSError) -> AuditError:
        return AuditError(f"the audit log {self._path} can't be written: {error.strerror or error}")
