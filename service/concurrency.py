"""How much a caller may ask at the same time, so that a few slow requests can't take all threads.

A caller holds a place in its worker from the moment that it is known until the last byte of its answer is
handed on, or the answer is given up. All callers together leave threads free: for programs of this machine
without a key and for ``/healthz``, which hold no place.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Request
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from service.limits import counted_as
from service.steps import Before

__all__ = ["limit_at_once"]

_HELD = "gazetteer.place_held"


def limit_at_once(app: Flask, *, per_caller: int, in_all: int) -> Before:
    """Return the step that refuses a caller who has too many requests under way in this worker.

    Places are given back by a layer round the application, whatever becomes of the request.

    Parameters
    ----------
    app
        The application; its `wsgi_app` is wrapped.
    per_caller, in_all
        The most requests of one caller, and of all that are limited, at the same time.
    """
    held: dict[str, int] = {}
    lock = threading.Lock()

    def give_back(environ: dict[str, Any]) -> None:
        who = environ.pop(_HELD, None)
        if who is not None:
            with lock:
                held[who] -= 1
                if not held[who]:
                    del held[who]

    def check(request: Request) -> None:
        who = counted_as(request)
        if who is None:
            return
        with lock:
            own, full = held.get(who, 0), sum(held.values()) >= in_all
            if own < per_caller and not full:
                held[who] = own + 1
                request.environ[_HELD] = who
                return
        if own >= per_caller:
            raise TooManyRequests(
                f"{per_caller} requests of yours are under way: wait for one of them to end", retry_after=1
            )
        raise ServiceUnavailable("the server is busy with others' requests: ask again soon", retry_after=1)

    app.wsgi_app = _giving_back(app.wsgi_app, give_back)  # type: ignore[method-assign]
    return check


def _giving_back(answer: Callable[..., Iterable[bytes]], give_back: Callable[[dict[str, Any]], None]) -> Any:
    """Return an application that gives a place back once its answer is closed, or fails."""

    def answered(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            pieces = answer(environ, start_response)
        except BaseException:
            give_back(environ)
            raise
        return _Held(pieces, lambda: give_back(environ)) if _HELD in environ else pieces

    return answered


class _Held:
    """The pieces of an answer, which hold a place until they are closed (PEP 3333: a server always does).

    No generator: one that is closed before its first piece runs none of its code.
    """

    def __init__(self, pieces: Iterable[bytes], end: Callable[[], None]) -> None:
        self._pieces, self._end = pieces, end
        self._rest = iter(pieces)

    def __iter__(self) -> "_Held":
        return self

    def __next__(self) -> bytes:
        return next(self._rest)

    def close(self) -> None:
        try:
            close = getattr(self._pieces, "close", None)
            if close is not None:
                close()
        finally:
            self._end()

    def __del__(self) -> None:
        self._end()  # whoever dropped it without closing it; nothing where it was closed
