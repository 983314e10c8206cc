"""A part of a place, or what lies round it: "eastern Aleppo", "southern Idlib", "rural Manbij".

A direction belongs to the name where a spelling has it ("Eastern Ghouta", "Kuweires Sharqi"). Where none
has, the words mean some part of what is named, and nobody said which. That may be a part of the town or of
the governorate that has the town's name. "Rural X" and "X countryside" never mean the town itself. So the
answer is the widest area of that name that holds the town, with the radius of that area; for a town
whose name no area has, the town's position with a radius that reaches well beyond it.

The area of a name holds whatever either reading means, so it takes the probability of both.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gazetteer.index.names import NameIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold
from gazetteer.names.words import DIRECTIONS, KIND_WORDS, core_words, modifiers_of, split_kind_words
from gazetteer.reading.candidates import Candidate
from gazetteer.reading.relations import Relation
from gazetteer.reading.relative import is_area, offset_place
from gazetteer.reading.spans import Span
from gazetteer.values import Place

#: A candidate of a name, with the probability that it is meant.
Likelihood = tuple[float, Candidate, Span]

#: "Eastern Idlib city" lies in the city and "X ash-Sharqi village" is a village: only without such a word, or
#: with one for an area, is a part of something meant.
_PART_KINDS: Final = frozenset({None, "region", "subdistrict", "district", "governorate", "country"})
_RURAL: Final = tuple(word for word, kind in KIND_WORDS.items() if kind == "region")
_ORDER: Final = ("north", "south", "east", "west")
_COUNTRYSIDE: Final = "region"
#: Names this close in likeness count as equally alike.
_AS_ALIKE: Final = 0.02


def with_areas(found: Sequence[Likelihood], places: Sequence[Place]) -> list[Likelihood]:
    """Give the probability of a town to the widest area of its name that holds it, where a part is meant.

    Parameters
    ----------
    found
        The candidates of a cell.
    places
        The gazetteer's places, by position.

    Returns
    -------
    list of Likelihood
        Without the candidates whose probability went to an area; the likeliest first.
    """
    sums: dict[tuple[int, Span], float] = {}
    known = {(c.place, part): c for _, c, part in found}
    for own, candidate, part in found:
        holder = _holder(candidate, part, found, places) if _means_part(candidate, part) else None
        key = ((holder or candidate).place, part)
        sums[key] = sums.get(key, 0.0) + own
    merged = [(own, known[key], key[1]) for key, own in sums.items()]
    return sorted(merged, key=lambda item: (-item[0], places[item[1].place].id))


def _means_part(candidate: Candidate, part: Span) -> bool:
    if part.kind not in _PART_KINDS:
        return False
    return part.kind == _COUNTRYSIDE or bool(part.modifiers & DIRECTIONS and candidate.modifiers_missing)


def _holder(
    candidate: Candidate, part: Span, found: Sequence[Likelihood], places: Sequence[Place]
) -> Candidate | None:
    """Return the widest area among the candidates that has the name and holds the candidate."""
    place = places[candidate.place]
    if place.kind.group not in ("settlement", "admin"):
        return None
    holders = [
        (level, places[c.place].id, c)
        for _, c, other in found
        if other is part
        and (level := places[c.place].kind.admin_level)
        and place.lies_in(places[c.place].id)
        and c.similarity >= candidate.similarity - _AS_ALIKE
    ]
    return min(holders, default=(0, "", None))[2]


def whole_name(part: Span, index: NameIndex, places: Sequence[Place]) -> Span:
    """Return a name with "rural" as a word of it, where some place is called so: "Rural Damascus".

    If areas of several levels are, the widest is asked for.

    Parameters
    ----------
    part
        A name, whose words may ask for a countryside.
    index, places
        What is called what.
    """
    if part.kind != _COUNTRYSIDE or split_kind_words(fold(part.text))[1] != _COUNTRYSIDE:
        return part
    name = fold(part.name)
    for text in (fold(part.text), *(form for w in _RURAL for form in (f"{w} {name}", f"{name} {w}"))):
        called = [places[index.spellings[n][0]].kind for n in index.exact(text)]
        if called and PlaceKind.REGION not in called:
            kind = min((k for k in called if k.admin_level), key=lambda k: k.admin_level or 0, default=None)
            words = core_words(tuple(text.split()))
            return part._replace(text=text, name=text, words=words, kind=kind.value if kind else None)
    return part


def part_place(place: Place, part: Span, spelling: str, *, text: str) -> tuple[Place, str] | None:
    """Return the place that a part of a place is put at, and why; None where the place itself is meant.

    Parameters
    ----------
    place
        The place of that name.
    part
        The name with its modifiers and the kind that its words ask for.
    spelling
        The spelling of the place that matched.
    text
        What to call a computed place: the words as written.
    """
    if part.kind not in _PART_KINDS:
        return None
    words, spelled_kind = split_kind_words(fold(spelling))
    directions = " ".join(sorted((part.modifiers & DIRECTIONS) - modifiers_of(words), key=_ORDER.index))
    countryside = part.kind == _COUNTRYSIDE and spelled_kind != _COUNTRYSIDE and not is_area(place)
    if not directions and not countryside:
        return None
    meant = f"the {directions} of {place.name}" if directions else f"the countryside of {place.name}"
    if is_area(place):
        kind = place.kind.value
        return place, f"{meant} is a part of this {kind}: the radius is that of all of it"
    around, reason = offset_place(place, Relation("direction"), text=text)
    around = replace(around, admin=place.admin, admin_method=place.admin_method)
    return around, f"{meant} may be a part of it or lie round it: {reason}"
