"""Lists a page at a time: a cursor says after which id the next page begins.

Places stand in the order of their ids, which is fixed as long as the gazetteer is the same. So a cursor is
the last id given and the version it was given of; with another version it is refused rather than used to
skip what is new or to show twice what has moved.
"""

import json

from gazetteer.errors import InputError
from service.cursors import as_cursor, held_in, no_cursor_of_ours

__all__ = ["cursor_after", "id_in_cursor"]

#: So much of the version is enough to tell two apart.
_VERSION_DIGITS = 16


def cursor_after(last_id: str, *, version: str) -> str:
    """Return the cursor for what comes after this id."""
    return as_cursor(json.dumps([version[:_VERSION_DIGITS], last_id], separators=(",", ":")).encode())


def id_in_cursor(cursor: str, *, version: str) -> str:
    """Return the id after which a page begins.

    Raises
    ------
    InputError
        If the cursor isn't one, or is of another version of the gazetteer.
    """
    held = held_in(cursor)
    try:
        given, last_id = json.loads(held)
    except (ValueError, TypeError) as error:
        raise no_cursor_of_ours() from error
    if given != version[:_VERSION_DIGITS] or not isinstance(last_id, str):
        raise InputError(
            "cursor is of another version of the gazetteer: leave it out to begin with the first page",
            parameter="cursor",
        )
    return last_id
