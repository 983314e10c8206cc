"""Which of our two scripts a client would rather read.

Names are kept in Latin and in Arabic letters. The first wanted language that is Arabic or English decides;
English stands for Latin letters, and they are given to whoever wants neither.
"""

import re
from typing import Final, Literal

from gazetteer.country import country
from gazetteer.values import AdminUnit, Place

__all__ = ["Language", "country_in", "language_for", "name_in"]

Language = Literal["en", "ar"]

_RANGE: Final = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9]+)*\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?")


def language_for(wanted: str | None) -> Language:
    """Return the language to answer in.

    Parameters
    ----------
    wanted
        An Accept-Language header (RFC 9110, 12.5.4), or a plain list of codes, best first. Other text counts
        as no wish.

    Examples
    --------
    >>> language_for("ar-SY,ar;q=0.9,en;q=0.8"), language_for("de,en,ar"), language_for("fr,ar")
    ('ar', 'en', 'ar')
    """
    ranges = [found for part in (wanted or "").split(",") if (found := _RANGE.fullmatch(part))]
    ranges.sort(key=lambda found: -float(found[2] or 1))  # a stable sort: among equals the first stays first
    for found in ranges:
        if float(found[2] or 1) > 0:
            match found[1].casefold():
                case "ar":
                    return "ar"
                case "en" | "*":
                    return "en"
    return "en"


def name_in(thing: Place | AdminUnit, language: Language) -> str:
    """Return the name in a language; the Latin one where there is no Arabic one."""
    return thing.name_ar if language == "ar" and thing.name_ar else thing.name


def country_in(language: Language) -> str:
    """Return what people call the country, the last part of an address; the gazetteer's name is formal."""
    return country().name_ar if language == "ar" else country().name
