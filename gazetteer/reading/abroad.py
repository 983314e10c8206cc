"""Texts that say that they are in another country: a row about it has no place here.

The countries of the world come from Unicode's CLDR, as Babel carries it, in the languages that reports on
the region are written in. A country's name alone is no name of a place here, even if some village has it.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from gazetteer.country import country, is_country
from gazetteer.names import fold
from gazetteer.reading.tokens import tokens

_LANGUAGES: Final = ("en", "ar", "fr", "tr")
#: CLDR's code for no country.
_UNKNOWN: Final = "ZZ"
#: What CLDR leaves out and tables write, by ISO 3166 code.
_ALSO: Final = {
    "PS": ("Palestine", "State of Palestine", "فلسطين", "Gaza Strip", "West Bank"),
    "TR": ("Turkey", "Turkiye", "تركيا"),
    "US": ("USA", "America", "U.S.A."),
    "GB": ("UK", "Britain", "Great Britain", "England"),
    "RU": ("Russian Federation",),
    "CZ": ("Czech Republic",),
    "CI": ("Ivory Coast",),
    "CD": ("Democratic Republic of the Congo", "DR Congo", "DRC"),
    "AE": ("UAE",),
    "IR": ("Islamic Republic of Iran",),
    "KR": ("Republic of Korea",),
    "KP": ("North Korea",),
    "MK": ("Macedonia",),
    "SZ": ("Swaziland",),
    "MM": ("Burma",),
    "CV": ("Cape Verde",),
    "TL": ("East Timor",),
    "VA": ("Vatican",),
}


@cache
def _countries() -> Mapping[str, str]:
    """Return the ISO 3166 code of each country's name, folded."""
    from babel import Locale
    from babel.core import get_global

    found: dict[str, str] = {}
    codes = {str(code) for code in Locale(_LANGUAGES[0]).territories if str(code).isalpha()}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in codes:
                found.setdefault(fold(name), code)
    for code, names in _ALSO.items():
        found |= dict.fromkeys(map(fold, names), code)
    for alias, instead in get_global("territory_aliases").items():  # ISO's codes of three letters among them
        name = str(alias)
        if len(name) == len("SYR") and name.isalpha() and len(instead) == 1:
            found.setdefault(fold(name), instead[0])
    return found


@cache
def _english() -> Mapping[str, str]:
    from babel import Locale

    return dict(Locale("en").territories)


@lru_cache(maxsize=16384)
def other_country(text: str, *, codes: bool = False) -> str:
    """Return the English name of another country that a text names and nothing more; "" for any other text.

    Parameters
    ----------
    text
        A name as written.
    codes
        Whether ISO 3166 codes count ("IQ", "IRQ"): in a column for countries they do.
    """
    folded = fold(text)
    code = _countries().get(folded, "")
    if not code and codes and folded.upper() in _english() and len(folded) == 2:
        code = folded.upper()
    if (
        code == _UNKNOWN
        or not code
        or code == country().code
        or is_country(text)
        or (len(folded) <= 3 and not codes and folded.isascii())
    ):
        return ""
    return _english()[code]


def is_placed_abroad(text: str) -> bool:
    """Tell whether a text says of something that it is in another country, and doesn't name this one.

    Who fights here is named in half of the reports: "Russia" says nothing, "in Iraq" does.
    """
    words = tokens(text)
    if any(is_country(word.text) for word in words):
        return False
    return any(
        other_country(" ".join(w.text for w in words[n:last]))
        for n, word in enumerate(words)
        if word.gap == "," or (n and words[n - 1].does == "in")
        for last in (n + 1, n + 2)
    )
