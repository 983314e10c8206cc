"""Cursors as text: what a list remembers between two of its pages, in letters that an address may hold."""

import base64
import binascii

from gazetteer.errors import InputError

__all__ = ["as_cursor", "held_in", "no_cursor_of_ours"]


def as_cursor(held: bytes) -> str:
    """Return a cursor that holds these bytes."""
    return base64.urlsafe_b64encode(held).decode().rstrip("=")


def held_in(cursor: str) -> bytes:
    """Return the bytes that a cursor holds.

    Raises
    ------
    InputError
        If it isn't one.
    """
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise no_cursor_of_ours() from error


def no_cursor_of_ours() -> InputError:
    """Return the refusal of a cursor that no server of this kind gave."""
    return InputError(
        "cursor isn't one that this server gave: leave it out to begin with the first page",
        parameter="cursor",
    )
