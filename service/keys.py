"""Who may write: a request that brings the operator's key as ``Authorization: Bearer KEY``."""

import hmac

from flask import request

from gazetteer.errors import GazetteerError
from service.settings import Settings

__all__ = ["KeyMissingError", "KeyRefusedError", "WritesOffError", "require_key"]


class KeyMissingError(GazetteerError):
    """A write came without a key."""


class KeyRefusedError(GazetteerError):
    """A write came with a key that isn't the operator's."""


class WritesOffError(GazetteerError):
    """The server was started without a key, so nobody may write."""


def require_key(settings: Settings) -> None:
    """Refuse the request in hand unless it brings the key; the comparison takes the same time for any key.

    Raises
    ------
    WritesOffError, KeyMissingError, KeyRefusedError
        If it may not write.
    """
    if settings.api_key is None:
        raise WritesOffError(
            "this server takes no writes: start gazetteer-serve with a key in GAZETTEER_API_KEY"
        )
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not key.strip():
        raise KeyMissingError("a write needs a key: send it as the header 'Authorization: Bearer KEY'")
    if not hmac.compare_digest(key.strip().encode(), settings.api_key.get_secret_value().encode()):
        raise KeyRefusedError("this key isn't known to the server: ask its operator for one")
