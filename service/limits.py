"""How often a caller may ask, so that one can't take the server from all others, nor ask until it knows all.

Rates are flask-limiter's: "300/minute", or several with ";" between. They count for a key or, without one,
for an address; a wrong key counts for the address that it comes from, so keys can't be tried for long. Of
IPv6 a network of 64 bits is one address, for whoever has one of them has all.

Programs of this machine without a key aren't limited, and cost nothing here. Nor is ``/healthz``: a server
that is busy is still up. Files of the pages (scripts, styles) don't count.

Counts are shared by all workers of a server (`service.shared_counters`), or in a Redis by several servers.
While Redis can't be reached, each server counts by itself.
"""

import ipaddress
import logging
import time
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any

from flask import Flask, Request
from werkzeug.exceptions import TooManyRequests

from gazetteer.errors import InputError
from service.callers import caller_of
from service.steps import Before

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import RateLimiter

__all__ = ["check_rate", "counted_as", "limit_rate"]

#: What is answered however much is asked.
_UNLIMITED = frozenset({"monitors.healthz"})
#: Files of the pages, which cost little and tell nothing: one look at the map asks for two dozen.
_FILES = frozenset({"openapi.static", "pages.leaflet", "static", "swagger.static"})
#: Seconds that Redis may take: a request waits for no more before the counts are kept here.
_REDIS_S = 1
#: Seconds until a Redis that didn't answer is asked again.
_TRY_AGAIN_S = 10
_NO_REDIS = (
    "rate limits can't be kept there: write redis://host:port, and install what it needs with "
    "pip install 'conflict-gazetteer[redis]'"
)
_log = logging.getLogger(__name__)
#: Of an IPv6 address: a customer of a network has at least all that share these bits (RFC 6177, 2).
_NETWORK_BITS = 64


def check_rate(text: str) -> str | None:
    """Return a rate as it was given; None for "none".

    Raises
    ------
    ValueError
        If it is no rate.
    """
    from limits import parse_many

    if text.strip().casefold() == "none":
        return None
    try:
        wrong = any(item.amount < 1 or item.multiples < 1 for item in parse_many(text))
    except ValueError:
        wrong = True
    if wrong:
        raise ValueError(f"{text!r} is no rate: write it as 300/minute or 10/second;300/minute, or none")
    return text


def limit_rate(*, per_address: str | None, per_key: str | None, kept_at: str | None) -> Before:
    """Return the step that refuses a caller who asks too often.

    To be made before the workers are forked: their counts are in memory that they share.

    Parameters
    ----------
    per_address, per_key
        What an address and a key may ask, as `check_rate` takes it; None for no limit.
    kept_at
        The address of a Redis that several servers count in; None counts in this server's memory.

    Raises
    ------
    InputError
        If counts can't be kept there.
    """
    if per_address is None and per_key is None:
        return lambda _: None
    from limits import parse_many

    rates = [parse_many(rate) if rate else [] for rate in (per_address, per_key)]
    counts = _Counts(kept_at)

    def check(request: Request) -> None:
        who = counted_as(request)
        if who is None or request.endpoint in _FILES:
            return
        for rate in rates[bool(caller_of(request).key)]:
            wait_s = counts.wait_s(rate, who)
            if wait_s:
                words = f"more requests than {rate} have come from you: wait {wait_s} s"
                raise TooManyRequests(words, retry_after=wait_s)

    return check


class _Counts:
    """What callers have asked, in a Redis as long as that answers, else in memory that the workers share."""

    def __init__(self, kept_at: str | None) -> None:
        self._here = _rate_limiter("shared://")
        self._there = None if kept_at is None else _rate_limiter(kept_at, **_redis_options())
        self._is_gone, self._try_at = False, 0.0

    def wait_s(self, rate: "RateLimitItem", who: str) -> int:
        """Count a request, and return 0; or the seconds to wait where it would be one too many."""
        now = time.monotonic()
        if self._there is not None and now >= self._try_at:
            if self._is_gone:
                self._try_at = now + _TRY_AGAIN_S  # one request tries, and others don't wait with it
            try:
                wait_s = _wait_s(self._there, rate, who)
            except Exception as error:  # noqa: BLE001 - whatever it is, requests are answered
                self._note(error)
            else:
                self._note(None)
                return wait_s
        return _wait_s(self._here, rate, who)

    def _note(self, error: Exception | None) -> None:
        """Note whether Redis answers, and log it when that changes: without its address or its words."""
        is_gone = error is not None
        self._try_at = time.monotonic() + _TRY_AGAIN_S if is_gone else 0.0
        if is_gone != self._is_gone:
            self._is_gone = is_gone
            if is_gone:
                kind = type(error).__name__
                _log.warning("the Redis of the rate limits fails (%s): they are counted here", kind)
            else:
                _log.warning("the Redis of the rate limits answers again")


def _rate_limiter(kept_at: str, **options: Any) -> "RateLimiter":
    """Return flask-limiter's strategy on its storage, which is asked directly.

    Its hooks and decorators first find out which limits the view function has: that takes five times as long
    as to count (scripts/bench_limits.py), for limits that are the same everywhere, and finds none where a
    request has no route. The hooks get an application of their own.
    """
    from flask_limiter import Limiter
    from limits.errors import ConfigurationError

    from service import shared_counters  # noqa: F401 - makes "shared://" known

    limiter = Limiter(
        lambda: "", storage_uri=kept_at, storage_options=options, strategy="sliding-window-counter"
    )
    try:
        limiter.init_app(Flask("rates"))
    except (ConfigurationError, ValueError) as error:  # whose messages hold the address, perhaps a password
        raise InputError(_NO_REDIS) from error
    return limiter.limiter


def _redis_options() -> dict[str, Any]:
    """Return how Redis is asked: for a second, and once, since every request waits for it.

    Raises
    ------
    InputError
        If its package isn't installed.
    """
    try:
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise InputError(_NO_REDIS) from error
    return {
        "socket_timeout": _REDIS_S,
        "socket_connect_timeout": _REDIS_S,
        "retry": Retry(NoBackoff(), 0),
    }


def _wait_s(limiter: "RateLimiter", rate: "RateLimitItem", who: str) -> int:
    if limiter.hit(rate, who):
        return 0
    return max(1, ceil(limiter.get_window_stats(rate, who).reset_time - time.time()))


def counted_as(request: Request) -> str | None:
    """Return what a caller is counted as; None for one that isn't limited."""
    caller = caller_of(request)
    if (caller.is_local and not caller.key) or request.endpoint in _UNLIMITED:
        return None
    return caller.who if caller.key else _network(caller.address)


@lru_cache(maxsize=1024)
def _network(address: str) -> str:
    """Return an address as it is counted: of IPv6, its network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return f"address {address}"
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    if mapped is None and found.version == 6:
        return f"address {ipaddress.ip_network((int(found), _NETWORK_BITS), strict=False)}"
    return f"address {mapped or found}"
