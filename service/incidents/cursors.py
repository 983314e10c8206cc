"""Where a page ends, as text: so that the next begins right behind it, or is refused.

A cursor holds the number of the last incident given, the generation of the store, and a digest of the
question. With another generation the same number might be another incident, so an old cursor is refused; so
is one that belongs to another question.
"""

import struct
from hashlib import blake2b

from gazetteer.errors import InputError
from service.cursors import as_cursor, held_in, no_cursor_of_ours

__all__ = ["CursorOutdatedError", "cursor_after", "number_in_cursor"]

_LAYOUT = struct.Struct(">QI8s")


class CursorOutdatedError(InputError):
    """The incidents have changed since the cursor was given."""


def cursor_after(number: int, *, generation: int, question: str) -> str:
    """Return the cursor for what follows the incident of this number, counted from 0."""
    return as_cursor(_LAYOUT.pack(generation, number, _digest(question)))


def number_in_cursor(cursor: str, *, generation: int, question: str) -> int:
    """Return the number of the incident after which a page begins.

    Raises
    ------
    CursorOutdatedError
        If it was given of another generation.
    InputError
        If it is none, or was given for another question.
    """
    held = held_in(cursor)
    try:
        given, number, digest = _LAYOUT.unpack(held)
    except struct.error as error:
        raise no_cursor_of_ours() from error
    if given != generation:
        raise CursorOutdatedError(
            "the incidents have changed since this cursor was given: leave it out to begin with the first "
            "page",
            parameter="cursor",
        )
    if digest != _digest(question):
        raise InputError(
            "cursor belongs to another question: ask it as for the first page, or leave cursor out",
            parameter="cursor",
        )
    return int(number)


def _digest(question: str) -> bytes:
    return blake2b(question.encode(), digest_size=8).digest()
