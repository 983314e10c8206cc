"""Who may ask what: a request that brings the operator's key as ``Authorization: Bearer KEY``.

A write always needs the key. A read needs it where others than this machine can reach a server of tier
"full", whose answers hold sensitive positions.
"""

import hmac

from flask import Request, request

from gazetteer.errors import GazetteerError
from service.settings import Settings, is_loopback
from service.steps import Before

__all__ = [
    "KeyMissingError",
    "KeyRefusedError",
    "WritesOffError",
    "guard_reads",
    "require_key",
    "require_key_from_elsewhere",
]

_READ_NEEDS_KEY = "from elsewhere this server needs a key"
#: A browser that opens an address sends no header of ours, and a key in the address would stand in histories.
_PAGE_NEEDS_KEY = (
    "the pages need a key from elsewhere, which a browser doesn't send: open them on a server that only its "
    "own machine reaches, or one with --tier public; a program may ask with a key"
)
#: Headers by which a proxy says that the request came from elsewhere.
_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")


class KeyMissingError(GazetteerError):
    """A request that needs a key came without one."""


class KeyRefusedError(GazetteerError):
    """A request came with a key that isn't the operator's."""


class WritesOffError(GazetteerError):
    """The server was started without a key, so nobody may write."""


def require_key(settings: Settings) -> None:
    """Refuse the write in hand unless it brings the key; the comparison takes the same time for any key.

    Raises
    ------
    WritesOffError, KeyMissingError, KeyRefusedError
        If it may not write.
    """
    if settings.api_key is None:
        raise WritesOffError(
            "this server takes no writes: start gazetteer-serve with a key in GAZETTEER_API_KEY"
        )
    _compare(settings, "a write needs a key")


def require_key_from_elsewhere(settings: Settings) -> None:
    """Refuse the request in hand unless it comes from this machine, and not through a proxy, or has the key.

    Raises
    ------
    KeyMissingError, KeyRefusedError
        If it is neither.
    """
    if _was_forwarded(request) or not is_loopback(request.environ.get("REMOTE_ADDR") or ""):
        _compare(settings, "from another machine this needs a key")


def guard_reads(settings: Settings) -> Before:
    """Return the step that has every request bring the key, where others reach a server that answers in full.

    That is so where the settings say it, and where a proxy has passed the request on. ``/healthz`` says
    nothing but that the server is up. A browser's question whether it may ask (OPTIONS) can't carry a key,
    and its answer holds no data.
    """
    if settings.tier != "full":
        return lambda _: None
    exposed = settings.is_exposed

    def check(request: Request) -> None:
        if not exposed and not _was_forwarded(request):
            return
        if request.endpoint != "monitors.healthz" and request.method != "OPTIONS":
            needed = _PAGE_NEEDS_KEY if request.blueprint == "pages" else _READ_NEEDS_KEY
            _compare(settings, needed)

    return check


def _was_forwarded(request: Request) -> bool:
    environ = request.environ
    return any(name in environ for name in _FORWARDED)


def _compare(settings: Settings, why: str) -> None:
    if settings.api_key is None:
        raise KeyRefusedError(
            f"{why}, and this server has none: start gazetteer-serve with one in GAZETTEER_API_KEY, "
            "or with --tier public"
        )
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not key.strip():
        raise KeyMissingError(f"{why}: send it as the header 'Authorization: Bearer KEY'")
    known = settings.api_key.get_secret_value().strip().encode()
    # Headers arrive as Latin-1: a key beyond ASCII is compared byte for byte.
    if not hmac.compare_digest(key.strip().encode("latin-1", "replace"), known):
        raise KeyRefusedError("this key isn't known to the server: ask its operator for one")
