"""How faults of the network are named, and which are worth another attempt.

::

    GazetteerError
    └── FetchError              a sentence for the person who pulls
        ├── NotThereError       404, 410
        ├── StatusError         304, 416: the caller asked and knows what they mean
        └── UnreachableError    no such host, no route, connection refused
    PassingError                inside only: 429, 5xx, time-outs, what breaks in the middle

A :class:`PassingError` is tried again after a pause that doubles, or that the server asks for, at most 30 s.
An attempt that got further than those before counts as the first again, so that a line which breaks
every few hundred kilobytes still brings a whole file.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import Final, TypeVar
from urllib.parse import urlsplit

from gazetteer.errors import GazetteerError

__all__ = [
    "FetchError",
    "NotThereError",
    "PassingError",
    "Patience",
    "StatusError",
    "UnreachableError",
    "of_status",
    "patiently",
]

_LONGEST_PAUSE_S: Final = 30.0
#: How many bytes more make an attempt count as progress.
_FURTHER: Final = 1 << 16
_NOT_MODIFIED, _BAD_RANGE, _TOO_MANY, _SERVER_ERROR = 304, 416, 429, 500

T = TypeVar("T")


class FetchError(GazetteerError):
    """A file could not be fetched; the message is a sentence that says what to do."""


class NotThereError(FetchError):
    """The server has nothing at that address."""


class UnreachableError(FetchError):
    """The server cannot be reached from this computer now."""


class PassingError(Exception):
    """Something that may be over in a moment; with the pause in seconds that the server asks for."""

    def __init__(self, message: str, pause_s: float | None = None) -> None:
        super().__init__(message)
        self.pause_s = pause_s


class StatusError(FetchError):
    """An answer without a body that the caller asked for and deals with."""

    def __init__(self, url: str, code: int) -> None:
        super().__init__(f"{url} answers {code}, which was not asked for")
        self.code = code


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a silent server, how often to try again, and the first pause between."""

    timeout_s: float = 30.0
    retries: int = 3
    pause_s: float = 1.0


def of_status(url: str, code: int, headers: Message) -> Exception:
    """Return what an answer with this status is to be raised as."""
    host = urlsplit(url).hostname or url
    if code in (_NOT_MODIFIED, _BAD_RANGE):
        return StatusError(url, code)
    if code in (404, 410):
        return NotThereError(f"{url} is not there ({code}): it may have been renamed; see the source's page")
    if code == _TOO_MANY or code >= _SERVER_ERROR:
        wait = headers.get("Retry-After", "")
        return PassingError(
            f"{host} answers with an error of its own ({code})", float(wait) if wait.isdecimal() else None
        )
    return FetchError(f"{host} refuses {url} ({code})")


def patiently(attempt: Callable[[], T], patience: Patience, *, reached: Callable[[], int] = lambda: 0) -> T:
    """Try until it works or patience ends.

    Parameters
    ----------
    attempt
        What is tried; raises :class:`PassingError` when it is worth another try.
    patience
        How often, and the first pause.
    reached
        How many bytes are kept from the attempts so far.

    Raises
    ------
    FetchError
        When patience ends.
    """
    failures, furthest = 0, reached()
    while True:
        try:
            return attempt()
        except PassingError as passing:
            now = reached()
            failures = 1 if now >= furthest + _FURTHER else failures + 1
            furthest = max(furthest, now)
            if failures > patience.retries:
                raise FetchError(f"{passing}: run the same command again later") from passing
            pause_s = passing.pause_s or patience.pause_s * 2 ** (failures - 1)
            time.sleep(min(pause_s, _LONGEST_PAUSE_S))
