"""How people write positions, lengths, dates and how exact a position is: one reader of each.

All of them begin with :func:`plain`, so that digits and signs of every script and keyboard count as ASCII.

Examples
--------
>>> plain("٣٥٫٩٣، −٣٦٫٦٣")
'35.93, -36.63'
"""

import unicodedata
from functools import lru_cache
from typing import Final

__all__ = ["plain"]

_SIGNS: Final = {"٫": ".", "٬": ",", "،": ",", "؛": ";", "؍": "/", "−": "-"}
#: How far the full-width forms, U+FF01 to U+FF5E, lie from ASCII (Unicode chart FF00).
_FULL_WIDTH: Final = 0xFEE0


def plain(text: str) -> str:
    """Write a text's digits and the signs in and between numbers in ASCII.

    Letters and quotation marks stay. Every dash is "-" and every blank or line end a space; characters that
    can't be seen, such as marks of direction, are left out.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_ascii, text))


@lru_cache(maxsize=4096)
def _ascii(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    if character.isspace():
        return " "
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    if (category := unicodedata.category(character)) in ("Cf", "Pd"):
        return "" if category == "Cf" else "-"
    return chr(ord(character) - _FULL_WIDTH) if "！" <= character <= "～" else character
