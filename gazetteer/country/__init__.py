"""The country that the gazetteer is of: its names, codes, governorates, neighbours, box and ends of borders.

All of it stands in one file, ``syria.toml``, and no other module names the country, a code of it or a
neighbour. The file is read when it is first asked for.

Examples
--------
>>> read_pcode("SY-07"), read_pcode("sy 070003"), read_pcode("C 4126"), read_pcode("Idlib")
('SY07', 'SY070003', 'C4126', None)
>>> pcode_chain("SY070003"), pcode_kind("SY0700")
(('SY07', 'SY0700', 'SY070003'), <PlaceKind.DISTRICT: 'district'>)
>>> is_country("SYR"), find_neighbour("التركية").name, find_governorate("Idlib province").pcode
(True, 'Turkey', 'SY07')
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.names.fold import fold

__all__ = [
    "BorderEnd",
    "Country",
    "Governorate",
    "Neighbour",
    "country",
    "find_governorate",
    "find_neighbour",
    "is_country",
    "pcode_chain",
    "pcode_kind",
    "read_pcode",
]

#: No P-code is written in more characters.
_LONGEST_CODE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Governorate:
    """A governorate: OCHA's code and names ("SY07"), and how else it is usually written."""

    pcode: str
    name: str
    name_ar: str
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A country that borders on this one: its ISO 3166-1 code, names, and words for what or who is of it."""

    code: str
    name: str
    name_ar: str
    spellings: tuple[str, ...]
    demonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderEnd:
    """Where the border with a neighbour ends: at that with the next one, or at the sea."""

    #: Codes of the neighbours that meet there: two, or one at the sea.
    neighbours: tuple[str, ...]
    latitude: float
    longitude: float
    source: str

    @property
    def position(self) -> LatLon:
        """Where that is, as the source has it."""
        return LatLon(self.latitude, self.longitude)


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """What there is to know of the country before any gazetteer is opened."""

    #: ISO 3166-1 in two and three letters; the first is also its P-code.
    code: str
    code3: str
    #: What people call it, and every way in which it is named.
    name: str
    name_ar: str
    names: tuple[str, ...]
    #: Names that alone mean a river.
    rivers: tuple[str, ...]
    #: The words for what is of it, the English one first.
    demonyms: tuple[str, ...]
    #: Degrees that hold the country and its coast.
    box: BoundingBox
    #: In the order of their P-codes.
    governorates: tuple[Governorate, ...]
    neighbours: tuple[Neighbour, ...]
    #: Going round the country; each neighbour is named in two.
    border_ends: tuple[BorderEnd, ...]
    #: By kind the pattern of OCHA's codes, without the forms that :func:`read_pcode` forgives.
    pcodes: tuple[tuple[PlaceKind, re.Pattern[str]], ...]
    #: Metres: a region with a larger radius is larger than any governorate.
    largest_governorate_m: float
    #: How a text names sources about it, by their ids.
    cited: Mapping[str, str]

    def box_with(self, margin_deg: float) -> BoundingBox:
        """Return the box with a margin in degrees on each side."""
        box = self.box
        return BoundingBox(
            round(box.south - margin_deg, 6),
            round(box.west - margin_deg, 6),
            round(box.north + margin_deg, 6),
            round(box.east + margin_deg, 6),
        )


@lru_cache(maxsize=1)
def country() -> Country:
    """Return the country."""
    facts = tomllib.loads(Path(__file__).with_name("syria.toml").read_text("utf-8"))
    governorates = tuple(Governorate(**_frozen(row)) for row in facts.pop("governorate"))
    neighbours = tuple(Neighbour(**_frozen(row)) for row in facts.pop("neighbour"))
    ends = tuple(BorderEnd(**_frozen(row)) for row in facts.pop("border_end"))
    forms = tuple((PlaceKind(kind), re.compile(form)) for kind, form in facts.pop("pcodes").items())
    return Country(
        box=BoundingBox(**facts.pop("box")),
        governorates=governorates,
        neighbours=neighbours,
        border_ends=ends,
        pcodes=forms,
        cited=facts.pop("cited"),
        **facts.pop("defaults"),
        **_frozen(facts),
    )


def _frozen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def read_pcode(text: str) -> str | None:
    """Return the P-code that a text is, in OCHA's form; None for any other text.

    Case, gaps, hyphens and the digits of Arabic script are forgiven: "SY-07" is SY07, "sy ٠٧" too. Whether
    there is such an area or settlement is not known here.
    """
    if len(text) > _LONGEST_CODE:
        return None
    code = fold(text).replace(" ", "").upper()
    return code if pcode_kind(code) else None


def pcode_kind(code: str) -> PlaceKind | None:
    """Return what a P-code in OCHA's form is the code of; None where it is no P-code."""
    return next((kind for kind, form in country().pcodes if form.fullmatch(code)), None)


def pcode_chain(code: str) -> tuple[str, ...]:
    """Return the P-codes of the governorate, district and sub-district that an area's code says, itself last.

    Empty for the country, whose code says none, and for what is no area's code.
    """
    kind = pcode_kind(code)
    level = kind.admin_level if kind else None
    start = len(country().code)
    return tuple(code[: start + 2 * n] for n in range(1, (level or 0) + 1))  # two digits a level


def is_country(text: str) -> bool:
    """Tell whether a text names the country, in full, in short or by its code."""
    return fold(text) in _country_names()


def find_neighbour(text: str) -> Neighbour | None:
    """Return the neighbour that a text names, or says to be of ("Turkish"); None where it names none."""
    return _neighbours().get(fold(text))


def find_governorate(text: str) -> Governorate | None:
    """Return the governorate that a text names, with or without that word, or whose code it is; else None."""
    kind = PlaceKind.GOVERNORATE
    words = [word for word in fold(text).split() if word not in (*kind.words, *kind.loose_words, "of")]
    return _governorates().get(read_pcode(text) or " ".join(words))


@lru_cache(maxsize=1)
def _country_names() -> frozenset[str]:
    return frozenset(map(fold, country().names))


@lru_cache(maxsize=1)
def _neighbours() -> Mapping[str, Neighbour]:
    return {
        fold(text): one
        for one in country().neighbours
        for text in (one.code, one.name, one.name_ar, *one.spellings, *one.demonyms)
    }


@lru_cache(maxsize=1)
def _governorates() -> Mapping[str, Governorate]:
    by_name = {
        fold(text): one for one in country().governorates for text in (one.name, one.name_ar, *one.spellings)
    }
    return by_name | {one.pcode: one for one in country().governorates}
