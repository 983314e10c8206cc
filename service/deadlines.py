"""How long an answer may be computed: what takes longer is ended, so that it can't hold a thread for good.

Nothing interrupts a thread in Python, so the clock is looked at where work is done piece by piece:
`within_time` goes round the pieces of the work, `streamed` round those of a stream. Before the first byte of
an answer the client is told (503). In a stream it is too late for that: the connection is cut before the
stream's end (its last chunk, RFC 9112, 7.1), by which a client knows that it hasn't the whole.

The clock stands still while a client takes a piece; how long it may do nothing at all is set elsewhere
(`service.server`). One piece may overrun: pieces are a spelling, an incident or 500 rows of a table.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TypeVar

from flask import Request, request
from werkzeug.exceptions import ServiceUnavailable

from service.observing import request_id, route_of
from service.steps import Before

__all__ = ["TimeUpError", "ending_in_time", "start_clock", "streamed", "within_time"]

T = TypeVar("T")
_CLOCK = "gazetteer.clock"
_log = logging.getLogger(__name__)


class TimeUpError(ServiceUnavailable):
    """A request was computed for longer than the operator lets it."""


class _Clock:
    """When a request's time is up, and who it is for the log: a stream outlives what Flask knows of it."""

    def __init__(self, most_s: float, request: Request) -> None:
        self._most_s = most_s
        self._request = request
        self.ends = time.monotonic() + most_s

    def check(self) -> None:
        if time.monotonic() > self.ends:
            fields = {"id": request_id(self._request), "route": route_of(self._request)}
            _log.warning("ended after %g s of computing", self._most_s, extra={"fields": fields})
            raise TimeUpError(f"this takes longer than {self._most_s:g} s to compute: ask for less at a time")


def start_clock(most_s: float) -> Before:
    """Return the step that starts the clock: to come once the body is read, which takes the client's time.

    Parameters
    ----------
    most_s
        Seconds that an answer may be computed.
    """

    def start(request: Request) -> None:
        request.environ[_CLOCK] = _Clock(most_s, request)

    return start


def within_time(pieces: Iterable[T]) -> Iterator[T]:
    """Return the pieces of the work for the request in hand, as long as there is time.

    It is to be called while the request is at hand; the pieces may be taken later.

    Raises
    ------
    TimeUpError
        By the iterator, instead of a piece that would come too late.
    """
    return _checked(pieces, request.environ[_CLOCK])


def ending_in_time() -> Callable[[int, int], None]:
    """Return what work calls on its way for the request in hand; it raises TimeUpError when time is up."""
    clock: _Clock = request.environ[_CLOCK]
    return lambda done, total: clock.check()


def streamed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Return the blocks of a stream for the request in hand, as long as there is time to make them.

    The first is made at once, so that what is amiss until then is answered with a problem.

    Raises
    ------
    TimeUpError
        If the first block takes too long; later by the iterator, which cuts the stream.
    """
    clock: _Clock = request.environ[_CLOCK]
    rest = _checked(blocks, clock)
    first = next(rest, b"")
    return _sent(chain((first,), rest), clock)


def _checked(pieces: Iterable[T], clock: _Clock) -> Iterator[T]:
    for piece in pieces:
        clock.check()
        yield piece


def _sent(blocks: Iterable[bytes], clock: _Clock) -> Iterator[bytes]:
    for block in blocks:
        handed = time.monotonic()
        yield block
        clock.ends += time.monotonic() - handed
