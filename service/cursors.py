"""Where a page of a list ends, as text: so that the next begins right behind it, or is refused.

A cursor holds the number of the item that comes next and a digest of the question and of what is listed.
Once that changes the same cursor might skip what is new, or show twice what has moved: so an old one is
refused.
"""

import base64
import binascii
import json
from hashlib import blake2b

from gazetteer.errors import InputError


class CursorOutdatedError(InputError):
    """What is listed has changed since the cursor was given, or it was given for another question."""


def cursor_at(start: int, *, listed: str, question: str) -> str:
    """Return the cursor of a page.

    Parameters
    ----------
    start
        The number in the list of its first item.
    listed
        The version of what is listed.
    question
        What was asked, without what a page is.
    """
    held = json.dumps([start, _digest(listed), _digest(question)], separators=(",", ":"))
    return base64.urlsafe_b64encode(held.encode()).decode().rstrip("=")


def held_in(cursor: str, *, listed: str, question: str) -> int:
    """Return the number of the item with which a page begins.

    Raises
    ------
    CursorOutdatedError
        If something else is listed now.
    InputError
        If it is no cursor of ours, or belongs to another question.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        start, given, asked = json.loads(text)
    except (binascii.Error, ValueError, TypeError) as error:
        raise _no_cursor() from error
    if not (isinstance(start, int) and start >= 0) or not isinstance(given, str):
        raise _no_cursor()
    if given != _digest(listed):
        raise CursorOutdatedError(
            "what is listed has changed since this cursor was given: leave it out to begin with the first "
            "page",
            parameter="cursor",
        )
    if asked != _digest(question):
        raise InputError(
            "cursor belongs to another question: ask it as for the first page, or leave cursor out",
            parameter="cursor",
        )
    return start


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _no_cursor() -> InputError:
    return InputError(
        "cursor isn't one that this server gave: leave it out to begin with the first page",
        parameter="cursor",
    )
