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
    "AE": ("UAE",),
    "IR": ("Islamic Republic of Iran",),
    "CD": ("Democratic Republic of the Congo", "DR Congo", "DRC"),
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
    """Return the English name of every other country by its names and codes, folded."""
    from babel import Locale
    from babel.core import get_global

    english = {str(code): str(name) for code, name in Locale("en").territories.items() if str(code).isalpha()}
    found: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in english:
                found.setdefault(fold(name), code)
    for code, names in _ALSO.items():
        found |= dict.fromkeys(map(fold, names), code)
    for alias, instead in get_global("territory_aliases").items():  # ISO's codes of three letters among them
        name = str(alias)
        if len(name) == len("SYR") and name.isalpha() and len(instead) == 1:
            found.setdefault(fold(name), instead[0])
    for code in english:
        found.setdefault(fold(code), code)
    other = english.keys() - {_UNKNOWN, country().code}
    return {name: english[code] for name, code in found.items() if code in other}


@lru_cache(maxsize=16384)
def other_country(text: str, *, codes: bool = False) -> str:
    """Return the English name of another country that is all of a text ("IQ" if `codes` count), or ""."""
    folded = fold(text)
    if is_country(text) or (len(folded) <= 3 and not codes and folded.isascii()):
        return ""
    return _countries().get(folded, "")


def is_placed_abroad(text: str) -> bool:
    """Tell whether a text places something in another country ("in Iraq", not "Russia"), none in this."""
    words = tokens(text)
    if any(is_country(word.text) for word in words):
        return False
    return any(
        other_country(" ".join(w.text for w in words[n:last]))
        for n, word in enumerate(words)
        if word.gap == "," or (n and words[n - 1].does == "in")
        for last in (n + 1, n + 2)
    )
