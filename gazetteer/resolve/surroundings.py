"""Context to areas and anchors: what the words round a name, and the columns beside it, pin down.

A hint ("Aleppo", "Ar Rastan district", "SY0702") may name admin units, settlements, or both. Units become
sets of P-codes in which the candidate should lie; settlements become anchors that it should be near.
A hint that names nothing known is no help and no error.
"""

from collections.abc import Sequence
from typing import Final

from gazetteer.index.by_name import NameIndex
from gazetteer.names import fold
from gazetteer.names.words import KIND_WORDS
from gazetteer.places import Place, PlaceKind
from gazetteer.resolve.candidates import candidates_for
from gazetteer.resolve.features import Surroundings
from gazetteer.resolve.parse import NamePart, parse
from gazetteer.values import LatLon

__all__ = ["area_named", "areas_named", "surroundings_of"]

#: How alike a hint and an area's name must sound; areas are few, so this can be loose.
_AREA_ALIKE: Final = 0.85
_ANCHOR_ALIKE: Final = 0.9
_MOST_ANCHORS: Final = 3
_MOST_PARTS: Final = 2
_LEVELS: Final = frozenset({"subdistrict", "district", "governorate"})


def areas_named(hint: str, index: NameIndex, places: Sequence[Place]) -> list[Place]:
    """Return the admin units that a hint may mean, most alike first.

    A kind word decides the level ("Idlib district"); without one, all levels are returned. Units whose
    name is spelled so, kind words aside or not, leave no room for those that only sound alike: "Rural
    Damascus" is not Damascus.
    """
    parsed = parse(hint)
    if parsed.pcode:
        return [p for p in places if p.id == parsed.pcode and p.kind.group == "admin"]
    found: list[Place] = []
    for part in parsed.parts[:_MOST_PARTS]:
        units = _spelled(part, index, places) or _alike(part, "admin", _AREA_ALIKE, index, places)
        asked = [u for u in units if u.kind.value == part.kind]
        found.extend(asked or [u for u in units if u.kind is not PlaceKind.COUNTRY])
    return list(dict.fromkeys(found))


def area_named(text: str, index: NameIndex, places: Sequence[Place]) -> list[Place]:
    """Return the admin units that `text` names and nothing more; empty for anything else.

    Stricter than a hint: "Idlib city", "northern Idlib", "Idlib and Aleppo" and "X, Idlib" name something
    that is no unit, and an answer for the governorate would be an answer to another question.
    """
    parsed = parse(text)
    if parsed.pcode:
        return areas_named(text, index, places)
    if len(parsed.parts) != 1 or parsed.relation:
        return []
    part = parsed.parts[0]
    if spelled := _spelled(part, index, places, whole=True):
        return [u for u in spelled if part.kind not in _LEVELS or u.kind.value == part.kind] or spelled
    if part.modifiers or (part.kind and part.kind not in _LEVELS):
        return []
    return areas_named(text, index, places)


def _spelled(
    part: NamePart, index: NameIndex, places: Sequence[Place], *, whole: bool = False
) -> list[Place]:
    """Return the units with exactly this spelling: the whole text, else the name without kind words."""
    # "Rural Damascus governorate": only the level is set aside, for "rural" is part of that name.
    level = " ".join(w for w in fold(part.text).split() if KIND_WORDS.get(w) not in _LEVELS)
    for text in (part.text, level) if whole else (part.text, level, part.name):
        spelled = [places[index.spellings[n][0]] for n in index.exact(fold(text))]
        if units := [u for u in spelled if u.kind.group == "admin"]:
            return units
    return []


def _alike(
    part: NamePart, group: str, least: float, index: NameIndex, places: Sequence[Place]
) -> list[Place]:
    """Return the places of a group that sound at least so alike, most alike first."""
    found = [c.place for c in candidates_for(part, index) if c.similarity >= least]
    return [places[n] for n in found if places[n].kind.group == group]


def _anchors(part: NamePart, index: NameIndex, places: Sequence[Place]) -> list[Place]:
    if part.kind and PlaceKind(part.kind).group == "admin":
        return []
    settlements = _alike(part, "settlement", _ANCHOR_ALIKE, index, places)
    settlements.sort(key=lambda p: (-(p.population or 0), p.id))
    return settlements[:_MOST_ANCHORS]


def surroundings_of(hints: Sequence[str], index: NameIndex, places: Sequence[Place]) -> Surroundings:
    """Return what several hints say together."""
    areas: list[frozenset[str]] = []
    anchors: list[LatLon] = []
    for hint in hints:
        if units := areas_named(hint, index, places):
            areas.append(frozenset(u.id for u in units))
        for part in parse(hint).parts[:_MOST_PARTS]:
            anchors.extend(p.position for p in _anchors(part, index, places))
    return Surroundings(tuple(areas), tuple(anchors))
