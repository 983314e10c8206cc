"""Who asks, from where, how often, and what of it is refused.

A key comes as ``Authorization: Bearer KEY`` and gives the request its tier and says whether it may write. A
request without one is answered at the tier of the settings, and never writes; from elsewhere it is answered
at tier "public" alone. A request that bears any header of a proxy is never taken for one of this machine,
whatever address it names.

Limits count for a key or, without one, for an address: a wrong key counts for the address that it comes from,
so keys can't be tried for long. Programs of this machine without a key aren't limited.
"""

import hmac
import re
import time
from dataclasses import dataclass
from math import ceil
from typing import Any, NoReturn

from flask import Flask, g, request
from flask_cors import CORS
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded, RequestLimit
from limits.errors import ConfigurationError
from werkzeug.exceptions import SecurityError, TooManyRequests
from werkzeug.middleware.proxy_fix import ProxyFix

from gazetteer.errors import GazetteerError, InputError
from gazetteer.privacy.tiers import TIERS, Tier
from service.endpoint import Endpoint, declared
from service.key_file import KeyFile, Scope
from service.settings import Settings, is_loopback, network_of

#: Headers by which a proxy says that the request came from elsewhere. A client can only make itself a
#: stranger.
_FORWARDED = frozenset(
    "HTTP_"
    + name
    for name in (
        "CF_CONNECTING_IP FORWARDED TRUE_CLIENT_IP VIA X_CLIENT_IP X_CLUSTER_CLIENT_IP "
        "X_ENVOY_EXTERNAL_ADDRESS X_FORWARDED X_FORWARDED_FOR X_FORWARDED_HOST X_FORWARDED_PORT "
        "X_FORWARDED_PREFIX X_FORWARDED_PROTO X_FORWARDED_SERVER X_REAL_IP"
    ).split()
)  # fmt: skip
#: Pages of this machine, whatever their port (RFC 6454, 6.2).
_OWN_PAGES = re.compile(r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?\Z", re.I)
_PORT = re.compile(r":\d+\Z")
#: How long a browser may remember what it was told it may ask; two hours is the most that browsers keep.
_PREFLIGHT_AGE_S = 7200
#: Seconds that Redis may take: a request waits for no more before the counts are kept here.
_REDIS_S = 1
_SEND_IT = "send it as the header 'Authorization: Bearer KEY'"
#: A browser that opens an address sends no header of ours, and a key in the address would stand in histories.
_PAGE_NEEDS_KEY = (
    "the pages need a key from elsewhere, which a browser doesn't send: open them on a server that only its "
    "own machine reaches, or one with --tier public; a program may ask with a key"
)
_OTHER_HOST = (
    "this server doesn't answer to the name in the Host header: ask for localhost, or start gazetteer-serve "
    "with --allowed-host and the name that it is reached by"
)
_NO_WRITES = (
    "this server takes no writes: make a key with 'gazetteer-serve keys add NAME --scope write' and start "
    "gazetteer-serve again, or start it with one in GAZETTEER_API_KEY"
)


class KeyMissingError(GazetteerError):
    """A request that needs a key came without one."""


class KeyRefusedError(GazetteerError):
    """A request came with a key that isn't known, or may not do this."""


class WritesOffError(GazetteerError):
    """The server knows no key, so nobody may write."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from."""

    key: str  # the name of the key that it brought; "" for none
    tier: Tier
    scope: Scope
    address: str
    is_local: bool  # from this machine, and through no proxy
    refused: str = ""  # why the key that it brought isn't accepted

    @property
    def who(self) -> str:
        """What tells this caller from others: its key, else its address."""
        return f"key {self.key}" if self.key else f"address {self.address}"


def caller() -> Caller:
    """Return who the current request comes from.

    Raises
    ------
    LookupError
        If nobody has found out: without it nothing may be answered.
    """
    try:
        found: Caller = g.caller
    except AttributeError as error:
        raise LookupError("nobody has found out who asks") from error
    return found


def init_access(app: Flask, settings: Settings, keys: KeyFile | None) -> None:
    """Find out who asks, limit how often, and refuse what they may not do, before each request is answered.

    Raises
    ------
    InputError
        If the Redis of the limits can't be used.
    """
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n)  # type: ignore[method-assign]
    trusted = _trusted_hosts(settings)
    own = settings.api_key.get_secret_value().encode() if settings.api_key else b""

    @app.before_request
    def identify() -> None:
        environ = request.environ
        address = environ.get("REMOTE_ADDR") or ""
        is_local = _FORWARDED.isdisjoint(environ) and is_loopback(address)
        scheme, _, sent = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = sent.strip() if scheme.casefold() == "bearer" else ""
        if not token:
            g.caller = Caller("", settings.tier, "read", address, is_local)
        # Headers arrive as Latin-1: a key beyond ASCII is compared byte for byte.
        elif own and hmac.compare_digest(token.encode("latin-1", "replace"), own):
            g.caller = Caller("environment", "full", "write", address, is_local)
        elif keys is not None and (key := keys.find(token)) is not None:
            g.caller = Caller(key.name, key.tier, key.scope, address, is_local)
        else:
            why = "this key isn't known to the server: ask its operator for one"
            refused = why if keys is None else keys.why_refused(token)
            g.caller = Caller("", settings.tier, "read", address, is_local, refused)

    @app.before_request
    def check_host() -> None:  # TRUSTED_HOSTS would refuse addresses of IPv6 (Werkzeug 3.1.9)
        if trusted is not None and _PORT.sub("", request.host).casefold() not in trusted:
            raise SecurityError(_OTHER_HOST)

    _limit(app, settings)

    @app.before_request
    def guard() -> None:
        if request.endpoint is not None and request.method != "OPTIONS":
            _check(caller(), declared(), settings)


def init_cors(app: Flask, settings: Settings) -> None:
    """Let pages of other origins read: those of this machine, and those that the operator named.

    At tier "public", which holds nothing that its operator wouldn't publish, any page may.
    """
    named = (re.compile(re.escape(origin) + r"\Z", re.I) for origin in settings.allow_origin)
    CORS(
        app,
        origins="*" if settings.tier == "public" else [_OWN_PAGES, *named],
        methods=["GET", "HEAD", "POST", "OPTIONS"],
        expose_headers=["Content-Disposition", "ETag", "Link", "Retry-After", "X-Request-ID"],
        max_age=_PREFLIGHT_AGE_S,
        send_wildcard=True,
        always_send=False,  # what comes from no page needs no such header
        vary_header=False,  # the application says what answers vary by
    )


def _trusted_hosts(settings: Settings) -> frozenset[str] | None:
    """Return the names that the server answers to, so that no page elsewhere reaches it under its own name.

    A server on all addresses of the machine answers to any name unless some are allowed: to requests without
    a key it tells nothing but what is public.
    """
    unnamed = settings.host in ("", "0.0.0.0", "::", "[::]")  # nosec B104 # compared with, not bound to
    if unnamed and not settings.allowed_host:
        return None
    host = settings.host.strip("[]")
    own = [] if unnamed else [f"[{host}]" if ":" in host else host]
    names = ("localhost", "127.0.0.1", "[::1]", *own, *settings.allowed_host)
    return frozenset(name.casefold() for name in names)


def _check(who: Caller, endpoint: Endpoint, settings: Settings) -> None:
    """Refuse what may not be done, before a byte of a body is read.

    A key that isn't known is refused even where none is needed: who sends one counts on what it allows.
    """
    if endpoint.open:
        return
    if endpoint.writes and not settings.has_keys:
        raise WritesOffError(_NO_WRITES)
    if who.refused:
        raise KeyRefusedError(who.refused)
    if endpoint.writes:
        if who.scope != "write" and who.key:
            raise KeyRefusedError("this key may only read: ask the server's operator for one that may write")
        if who.scope != "write":
            raise KeyMissingError(f"a write needs a key: {_SEND_IT}")
    elif not who.key and who.tier != "public" and (settings.is_exposed or not who.is_local):
        raise KeyMissingError(_PAGE_NEEDS_KEY if endpoint.page else _read_needs(settings))
    if endpoint.operator:
        _check_operator(who, settings)


def _check_operator(who: Caller, settings: Settings) -> None:
    """Refuse what is for this machine, or for a key that shows as much as is shown here without one."""
    if not who.is_local and not who.key:
        raise KeyMissingError(f"from another machine this needs a key: {_SEND_IT}")
    if who.key and TIERS.index(who.tier) > TIERS.index(settings.tier):
        raise KeyRefusedError(f"this needs a key of tier {settings.tier}: ask the server's operator for one")


def _read_needs(settings: Settings) -> str:
    if settings.has_keys:
        return f"from elsewhere this server needs a key: {_SEND_IT}"
    return (
        "from elsewhere this server needs a key, and it knows none: make one with 'gazetteer-serve keys add "
        "NAME', or start it with --tier public"
    )


# -------------------------------------------------------------------------------------------- limits


def _limit(app: Flask, settings: Settings) -> None:
    """Limit how often is asked; while Redis can't be reached, each server counts by itself."""
    limits = [
        ApplicationLimit(settings.rate_limit, exempt_when=lambda: bool(caller().key)),
        ApplicationLimit(settings.key_rate_limit, exempt_when=lambda: not caller().key),
    ]
    kept_at = settings.rate_limits_at
    limiter = Limiter(
        _counted_as,
        application_limits=[one for one in limits if one.limit_provider != "none"],
        storage_uri=kept_at.get_secret_value() if kept_at else "memory://",
        storage_options=_redis_options() if kept_at else {},
        strategy="sliding-window-counter",
        on_breach=_refuse,
        in_memory_fallback_enabled=kept_at is not None,
    )
    limiter.request_filter(_is_unlimited)
    try:
        limiter.init_app(app)
    except (ConfigurationError, ValueError) as error:  # whose messages hold the address, perhaps a password
        raise _no_redis() from error


class _TooOftenError(RateLimitExceeded):
    """Any other error flask-limiter would take for a failure of Redis, and count here from then on."""

    def __init__(self, words: str, wait_s: int) -> None:
        TooManyRequests.__init__(self, words, retry_after=wait_s)


def _refuse(breached: RequestLimit) -> NoReturn:
    wait_s = max(1, ceil(breached.window.reset_time - time.time()))
    words = f"more requests than {breached.limit} have come from you: wait {wait_s} s"
    raise _TooOftenError(words, wait_s)


def _is_unlimited() -> bool:
    who = caller()
    return (who.is_local and not who.key) or declared().open or declared().file


def _counted_as() -> str:
    """Return what a request is counted as: its key, or its address; of IPv6, its network."""
    who = caller()
    if who.key:
        return who.who
    try:
        return f"address {network_of(who.address)}"
    except ValueError:
        return who.who


def _redis_options() -> dict[str, Any]:
    """Return how Redis is asked: for a second, and once, since every request waits for it."""
    try:
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise _no_redis() from error
    return {
        "socket_timeout": _REDIS_S,
        "socket_connect_timeout": _REDIS_S,
        "retry": Retry(NoBackoff(), 0),
    }


def _no_redis() -> InputError:
    return InputError(
        "rate limits can't be kept there: write redis://host:port, and install what it needs with "
        "pip install 'conflict-gazetteer[redis]'"
    )
