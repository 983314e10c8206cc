"""Who may ask what: `identify` finds out who asks, `guard` refuses what that caller may not do.

A key comes as ``Authorization: Bearer KEY`` and says the caller's tier and whether it may write. A request
without one is answered at the tier of the settings, and never writes; from elsewhere it is answered at tier
"public" alone. Between the two steps stand the limits, so that who tries out keys is slowed down.
"""

import hmac
from collections.abc import Callable, Sequence
from typing import Protocol

from flask import Request

from gazetteer.errors import GazetteerError
from service.callers import Caller, Scope, caller_of, name_caller
from service.headers import is_write
from service.proxies import where_from
from service.settings import Settings
from service.steps import Before
from service.tiers import TIERS, Tier

__all__ = [
    "FindKey",
    "Key",
    "KeyMissingError",
    "KeyRefusedError",
    "WritesOffError",
    "find_key",
    "guard",
    "identify",
    "not_known",
    "require_key_from_elsewhere",
]

#: A browser that opens an address sends no header of ours, and a key in the address would stand in histories.
_PAGE_NEEDS_KEY = (
    "the pages need a key from elsewhere, which a browser doesn't send: open them on a server that only its "
    "own machine reaches, or one with --tier public; a program may ask with a key"
)
_NO_WRITES = (
    "this server takes no writes: make a key with 'gazetteer-serve keys add NAME --scope write', or start "
    "gazetteer-serve with one in GAZETTEER_API_KEY"
)
_SEND_IT = "send it as the header 'Authorization: Bearer KEY'"
_REFUSED = "gazetteer.key_refused"


class Key(Protocol):
    """What a key says of whoever brings it."""

    @property
    def name(self) -> str:
        """What its operator calls it."""

    @property
    def tier(self) -> Tier:
        """What it may see."""

    @property
    def scope(self) -> Scope:
        """What it may do."""


#: Gives the key that is known by these letters, or None; takes as long for any.
FindKey = Callable[[str], Key | None]


class KeyMissingError(GazetteerError):
    """A request that needs a key came without one."""


class KeyRefusedError(GazetteerError):
    """A request came with a key that isn't known, or may not do this."""


class WritesOffError(GazetteerError):
    """The server knows no key, so nobody may write."""


def find_key(settings: Settings, others: Sequence[FindKey] = ()) -> FindKey:
    """Return what finds the key of the environment, or one that `others` know."""
    own = settings.api_key.get_secret_value().strip().encode() if settings.api_key else b""

    def find(sent: str) -> Key | None:
        # Headers arrive as Latin-1: a key beyond ASCII is compared byte for byte.
        if own and hmac.compare_digest(sent.encode("latin-1", "replace"), own):
            return _EnvironmentKey()
        return next((key for known in others if (key := known(sent)) is not None), None)

    return find


class _EnvironmentKey:
    """The key in the operator's environment may do everything."""

    name = "environment"
    tier: Tier = "full"
    scope: Scope = "write"


def not_known(_: str) -> str:
    """Say why a key is refused."""
    return "this key isn't known to the server: ask its operator for one"


def identify(settings: Settings, find: FindKey, why: Callable[[str], str] = not_known) -> Before:
    """Return the step that finds out who asks. It refuses nobody: that is for `guard`, after the limits.

    Parameters
    ----------
    settings
        What the operator set.
    find
        Finds a key.
    why
        Says why one isn't accepted.
    """

    def check(request: Request) -> None:
        address, local = where_from(request.environ, trusted_proxies=settings.trusted_proxies)
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        key = None
        if scheme.casefold() == "bearer" and sent.strip():
            key = find(sent.strip())
            request.environ[_REFUSED] = why(sent.strip()) if key is None else None
        if key is None:
            name_caller(request, Caller("", settings.tier, "read", address, local))
        else:
            name_caller(request, Caller(key.name, key.tier, key.scope, address, local))

    return check


def guard(settings: Settings) -> Before:
    """Return the step that refuses what the caller may not do, before a byte of a body is read.

    A key that isn't known is refused even where none is needed: whoever sends one counts on what it allows.
    ``/healthz`` says nothing but that the server is up. A browser's question whether it may ask (OPTIONS)
    can't carry a key, and its answer holds no data.
    """
    exposed = settings.is_exposed

    def check(request: Request) -> None:
        if request.method == "OPTIONS" or request.endpoint == "monitors.healthz":
            return
        writes = is_write(request.endpoint)
        if writes and not settings.has_keys:
            raise WritesOffError(_NO_WRITES)
        if refused := request.environ.get(_REFUSED):
            raise KeyRefusedError(refused)
        caller = caller_of(request)
        if writes:
            _check_write(caller)
        elif not caller.key and caller.tier != "public" and (exposed or not caller.is_local):
            raise KeyMissingError(_PAGE_NEEDS_KEY if request.blueprint == "pages" else _read_needs(settings))

    return check


def _check_write(caller: Caller) -> None:
    if caller.scope == "write":
        return
    if caller.key:
        raise KeyRefusedError("this key may only read: ask the server's operator for one that may write")
    raise KeyMissingError(f"a write needs a key: {_SEND_IT}")


def _read_needs(settings: Settings) -> str:
    if settings.has_keys:
        return f"from elsewhere this server needs a key: {_SEND_IT}"
    return (
        "from elsewhere this server needs a key, and it knows none: make one with 'gazetteer-serve keys add "
        "NAME', or start it with --tier public"
    )


def require_key_from_elsewhere(request: Request, settings: Settings) -> None:
    """Refuse a request unless it comes from this machine, and not through a proxy, or has a key.

    The key must show as much as is shown here without one: the figures name the gazetteer of that tier.

    Raises
    ------
    KeyMissingError, KeyRefusedError
        If it is neither.
    """
    caller = caller_of(request)
    if not caller.is_local and not caller.key:
        raise KeyMissingError(f"from another machine this needs a key: {_SEND_IT}")
    if caller.key and TIERS.index(caller.tier) > TIERS.index(settings.tier):
        raise KeyRefusedError(f"this needs a key of tier {settings.tier}: ask the server's operator for one")
