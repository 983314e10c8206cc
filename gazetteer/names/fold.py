"""Folding: the same letters however they were typed.

Folding removes what never tells two Syrian places apart: letter case, diacritics, Arabic vowel
signs, tatweel, direction marks, apostrophes and the many signs used for ayn and hamza, and the
variants of Arabic letters that keyboards of other languages give (Persian kaf and yeh, Kurdish and
Urdu forms). It keeps letters, digits and single spaces. It does not touch how a name is romanised:
"Saraqeb" and "Sarāqib" fold to different strings, and that is the skeleton's business.

Folding is idempotent: ``fold(fold(x)) == fold(x)``.

Examples
--------
>>> fold("Ma‘arrat an-Nu‘mān")
'maarrat an numan'
>>> fold("مَعَرَّة النُّعمان") == fold("معره النعمان")
True
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

#: Longer texts are cut: no place name of the gazetteer comes near, and work must stay bounded.
MAX_CHARACTERS: Final = 400

# Arabic letters that keyboards and orthographies vary, to one form. Hamza seats and alef forms carry
# no information that reporters keep; teh marbuta and heh, alef maqsura and yeh are written for each other.
_ARABIC: Final = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ٲ": "ا", "ٳ": "ا", "ء": "", "ؤ": "و", "ئ": "ي",
    "ى": "ي", "ی": "ي", "ې": "ي", "ێ": "ي", "ے": "ي", "ۍ": "ي",
    "ة": "ه", "ە": "ه", "ۀ": "ه", "ہ": "ه", "ھ": "ه", "ۃ": "ه", "ۂ": "ه",
    "ک": "ك", "ڪ": "ك", "گ": "ك", "ڭ": "ك",
    "پ": "ب", "چ": "ج", "ژ": "ج", "ڤ": "ف", "ڕ": "ر", "ڵ": "ل", "ۆ": "و", "ۇ": "و", "ۋ": "و", "ٹ": "ت", "ڈ": "د",
    "ـ": "",
}  # fmt: skip
# Latin letters that do not decompose, or whose base letter is not their sound.
_LATIN: Final = {
    "ı": "i", "ə": "a", "ø": "o", "œ": "oe", "æ": "ae", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h",
    "ŧ": "t",
}  # fmt: skip
# Apostrophes, primes, ayn and hamza signs: dropped without leaving a space, so that Ma'arrat is one word.
_SIGNS: Final = dict.fromkeys("'’‘‛`´ʻʼʽʾʿˈʹ′ˊˋ＇\"“”„«»ʿʾˀˁ᾽꞉·", "")
_TABLE: Final = str.maketrans({**_ARABIC, **_LATIN, **_SIGNS})
#: What is neither letter nor digit.
_GAPS: Final = re.compile(r"[\W_]+")
_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def strip_marks(text: str) -> str:
    """Return `text` in compatibility form without combining marks, format and control characters."""
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize(
        "NFC",
        "".join(
            c for c in decomposed if c.isascii() or unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cc")
        ),
    )


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return the folded form of a spelling: lower case, no marks, one space between words.

    Parameters
    ----------
    text
        Any text; only the first 400 characters are used.

    Returns
    -------
    str
        Letters and digits with single spaces; empty when there are none.
    """
    if len(text) > MAX_CHARACTERS:
        text = text[:MAX_CHARACTERS]
    if not text.isascii():
        # Marks go first: an alef with a madda must not come apart into alef and something else later.
        text = strip_marks(text.translate(_TABLE).casefold()).translate(_DIGITS)
    folded = text.casefold().translate(_TABLE)[:MAX_CHARACTERS]  # letters such as the German sz grow
    return _GAPS.sub(" ", folded).strip()


def script_of(text: str) -> str:
    """Return the ISO 15924 code of the script most of the letters are in: Latn, Arab, or Zyyy for others."""
    if text.isascii():
        return "Latn" if any(map(str.isalpha, text)) else "Zyyy"
    latin = arabic = other = 0
    for c in text:
        if not c.isalpha():
            continue
        code = ord(c)
        if code < 0x250 or 0x1E00 <= code < 0x1F00:
            latin += 1
        elif 0x600 <= code < 0x780 or 0xFB50 <= code < 0xFE00 or 0xFE70 <= code < 0xFF00:
            arabic += 1
        elif not 0x2B0 <= code < 0x300:
            other += 1
    if max(latin, arabic, other) == 0 or other > max(latin, arabic):
        return "Zyyy"
    return "Latn" if latin >= arabic else "Arab"
