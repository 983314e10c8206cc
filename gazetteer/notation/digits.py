"""The digits, decimal signs, minus signs and blanks of every script and keyboard, as ASCII.

Examples
--------
>>> plain("٣٥٫٩٣، −٣٦٫٦٣")
'35.93, -36.63'
"""

import unicodedata
from functools import lru_cache
from typing import Final

_SIGNS: Final = {"٫": ".", "٬": ",", "،": ",", "؛": ";", "؍": "/", "−": "-"}
#: How far the full-width forms, U+FF01 to U+FF5E, lie from ASCII (Unicode chart FF00).
_FULL_WIDTH: Final = 0xFEE0


def plain(text: str) -> str:
    """Write a text's digits and the signs in and between numbers in ASCII.

    Parameters
    ----------
    text
        Any text. Letters and quotation marks stay as they are.

    Returns
    -------
    str
        The text with the decimal digits of every script as 0 to 9; the Arabic signs for decimals, thousands
        and dates as ``.``, ``,`` and ``/``; the Arabic comma and semicolon as ``,`` and ``;``; full-width
        forms as ASCII; every dash and minus as ``-``; every blank and line end as a space; and without
        characters that can't be seen, such as marks of direction.
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
