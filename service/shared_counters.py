"""Counts of requests that all workers of one server share, without a program beside it.

flask-limiter's own memory is each worker's: with two of them, "300/minute" would allow 600 to whoever is
served by both, and a half to whoever keeps one connection. So the counts stand in memory that is mapped
before the workers are forked. It has a fixed size, whoever asks from however many addresses: each caller has
a slot in one of 8,192 sets of eight, and where a set is full, the counts that are out of date first are given
up.

A count slides: what was counted in the window before weighs as much as of it lies within one window from now
(limits' "sliding-window-counter"). So nobody gets twice the limit round the end of a window. Time is the
system's monotonic clock, the same in all processes, which doesn't jump.

The lock is one of the file system's (POSIX, fcntl), which a worker that is killed gives up; beside it, one
for the threads of a worker. Importing this module makes the scheme "shared://" known to flask-limiter.
"""

import fcntl
import os
import secrets
import struct
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from math import floor
from mmap import mmap
from pathlib import Path
from typing import Final, NoReturn

from limits.storage import SlidingWindowCounterSupport, Storage

__all__ = ["SharedCounters"]

_SETS: Final = 8192
_WAYS: Final = 8
#: A slot: the caller's mark, when its window ends, the counts of the window before and of this one.
_SLOT: Final = struct.Struct("=QdII")
_SET_BYTES: Final = _WAYS * _SLOT.size


class SharedCounters(Storage, SlidingWindowCounterSupport):
    """What flask-limiter keeps its counts in. To be made before the workers are forked."""

    STORAGE_SCHEME = ["shared"]  # noqa: RUF012 - declared so by limits

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, **_: float | str | bool
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._memory = mmap(-1, _SETS * _SET_BYTES)
        self._salt = secrets.token_bytes(16)  # so that nobody can choose whom to share a set with
        self._threads = threading.Lock()
        self._file, path = tempfile.mkstemp(prefix="gazetteer-lock-")
        Path(path).unlink()
        weakref.finalize(self, os.close, self._file)

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count so many requests unless that would be more than the limit in `expiry` seconds."""
        offset, mark = self._place_of(key)
        with self._locked():
            now = time.monotonic()
            slot, ends, before, current = self._counts(offset, mark, expiry, now)
            fits = floor(before * max(0.0, ends - now) / expiry) + current + amount <= limit
            if fits:
                _SLOT.pack_into(self._memory, slot, mark, ends, before, current + amount)
        return fits

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return the counts of the window before and of this one, each with the seconds that it is kept."""
        offset, mark = self._place_of(key)
        with self._locked():
            now = time.monotonic()
            _, ends, before, current = self._counts(offset, mark, expiry, now)
        return before, (ends - now) if before else 0.0, current, ends - now + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget a caller's counts."""
        offset, mark = self._place_of(key)
        with self._locked():
            slot, *_ = self._counts(offset, mark, expiry, time.monotonic())
            _SLOT.pack_into(self._memory, slot, 0, 0.0, 0, 0)

    def _place_of(self, key: str) -> tuple[int, int]:
        """Return where a caller's set begins, and its mark in there, which is never that of an empty slot."""
        digest = blake2b(key.encode("utf-8", "replace"), digest_size=16, key=self._salt).digest()
        return int.from_bytes(digest[:8]) % _SETS * _SET_BYTES, int.from_bytes(digest[8:]) | 1

    def _counts(self, offset: int, mark: int, expiry: int, now: float) -> tuple[int, float, int, int]:
        """Return a caller's slot, when its window ends, and the counts of the one before and of this one."""
        oldest, oldest_ends = offset, float("inf")
        for slot in range(offset, offset + _SET_BYTES, _SLOT.size):
            found, ends, before, current = _SLOT.unpack_from(self._memory, slot)
            if found == mark:
                if now < ends:
                    return slot, ends, before, current
                if now < ends + expiry:
                    return slot, ends + expiry, current, 0
                return slot, now + expiry, 0, 0
            if ends < oldest_ends:
                oldest, oldest_ends = slot, ends
        return oldest, now + expiry, 0, 0

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What goes wrong when the counts can't be kept."""
        return OSError

    def check(self) -> bool:
        """Tell whether counts can be kept: always."""
        return True

    def reset(self) -> int | None:
        """Forget all counts."""
        with self._locked():
            self._memory[:] = bytes(len(self._memory))
        return None

    def incr(self, key: str, expiry: int, amount: int = 1) -> NoReturn:
        """Refuse: counts are kept for sliding windows only."""
        raise NotImplementedError

    def get(self, key: str) -> NoReturn:
        """Refuse: counts are kept for sliding windows only."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> NoReturn:
        """Refuse: counts are kept for sliding windows only."""
        raise NotImplementedError

    def clear(self, key: str) -> NoReturn:
        """Refuse: counts are kept for sliding windows only."""
        raise NotImplementedError
