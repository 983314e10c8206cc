"""The admin units that a name may mean: as the area of another place, and as an answer of their own."""

from collections.abc import Sequence
from typing import Final

from gazetteer.country import read_pcode
from gazetteer.geodesy import LatLon
from gazetteer.index.names import NameIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold
from gazetteer.names.words import KIND_WORDS
from gazetteer.reading.candidates import Candidate, candidates_for
from gazetteer.reading.spans import Span, cell_of
from gazetteer.values import Place

#: How alike a name and an area's must sound; areas are few, so this can be loose.
_AREA_ALIKE: Final = 0.85
_ANCHOR_ALIKE: Final = 0.9
_MOST_ANCHORS: Final = 3
#: The characters in a P-code of each level.
_CODE_LENGTHS: Final = {"governorate": 4, "district": 6, "subdistrict": 8}
_LEVELS: Final = frozenset(_CODE_LENGTHS)


def units_of(
    span: Span, candidates: Sequence[Candidate], index: NameIndex, places: Sequence[Place]
) -> list[Place]:
    """Return the admin units that a name may mean, most alike first.

    A kind word decides the level ("Idlib district"); without one, all levels are returned. Units whose
    name is spelled so, kind words aside or not, leave no room for those that only sound alike: "Rural
    Damascus" is not Damascus.
    """
    units = _spelled(span, index, places)
    if not units:
        found = [places[c.place] for c in candidates if c.similarity >= _AREA_ALIKE and c.method != "part"]
        units = [place for place in found if place.kind.group == "admin"]
    asked = [unit for unit in units if unit.kind.value == span.kind]
    if (
        not asked and span.kind in _LEVELS
    ):  # a sub-district has its district's name, perhaps spelled otherwise
        codes = {code for unit in units for code in unit.pcodes if len(code) == _CODE_LENGTHS[span.kind]}
        asked = [place for place in places if place.id in codes] if codes else []
    return list(dict.fromkeys(asked or [unit for unit in units if unit.kind is not PlaceKind.COUNTRY]))


def settlements_of(
    span: Span, candidates: Sequence[Candidate], places: Sequence[Place]
) -> tuple[LatLon, ...]:
    """Return the positions of the settlements that a name sounds like, the largest first, at most 3."""
    if span.kind and PlaceKind(span.kind).group == "admin":
        return ()
    found = [places[c.place] for c in candidates if c.similarity >= _ANCHOR_ALIKE]
    towns = [place for place in found if place.kind.group == "settlement"]
    towns.sort(key=lambda place: (-(place.population or 0), place.id))
    return tuple(place.position for place in towns[:_MOST_ANCHORS])


def area_named(text: str, index: NameIndex, places: Sequence[Place]) -> list[Place]:
    """Return the admin units that `text` names and nothing more; empty for anything else.

    Stricter than a hint: "Idlib city", "northern Idlib", "Idlib and Aleppo" and "X, Idlib" name something
    that is no unit, and an answer for the governorate would be an answer to another question.
    """
    if code := read_pcode(text):
        return [place for place in places if place.id == code and place.kind.group == "admin"]
    cell = cell_of(text, index, places)
    if len(cell.spans) != 1 or cell.scattered or cell.described or cell.spans[0].near:
        return []
    span = cell.spans[0]
    if spelled := _spelled(span, index, places, whole=True):
        return [u for u in spelled if span.kind not in _LEVELS or u.kind.value == span.kind] or spelled
    if span.modifiers or (span.kind and span.kind not in _LEVELS):
        return []
    return units_of(span, candidates_for(span, index), index, places)


def _spelled(span: Span, index: NameIndex, places: Sequence[Place], *, whole: bool = False) -> list[Place]:
    """Return the units with exactly this spelling: the whole text, else the name without kind words."""
    # "Rural Damascus governorate": only the level is set aside, for "rural" is part of that name.
    level = " ".join(w for w in fold(span.text).split() if KIND_WORDS.get(w) not in _LEVELS)
    for text in (span.text, level) if whole else (span.text, level, span.name):
        spelled = [places[index.spellings[n][0]] for n in index.exact(fold(text))]
        if units := [unit for unit in spelled if unit.kind.group == "admin"]:
            return units
    return []
