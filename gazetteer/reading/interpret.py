"""Interpretations of a text: which of its names is the target, and what the others are once it is.

A *star* takes one name for the target, and one of its candidates (or none of them) for the place. Every
other name is then, given that place, an area that holds it, the same place in another spelling or script, a
place beside it, or unread. A *list* takes several names for targets, each on its own; they share the areas.
Order and punctuation are evidence like everything else: no name is an area because it stands last.

The model is a conditional logit (McFadden 1974). A star has the utility of its candidate, less that of "none
of its candidates", and that of the roles of the others; where no candidate is meant only the roles count, so
that unread words weigh the same whether the place is known or not. The probability of a place is the sum
over the stars that have it. That sums exactly: every star is looked at, some hundreds for a cell.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul
from typing import Final, NamedTuple

from gazetteer.country import pcode_kind
from gazetteer.geodesy import LatLon
from gazetteer.index.names import NameIndex
from gazetteer.kinds import REGIONS, PlaceKind
from gazetteer.names import fold, script_of, skeleton
from gazetteer.names.words import core_words, kinds_in_words
from gazetteer.reading.areas import settlements_of, units_of
from gazetteer.reading.candidates import Candidate, candidates_for
from gazetteer.reading.features import (
    Features,
    candidate_features,
    flat_distance_m,
    none_features,
    place_roles,
    reported_in,
)
from gazetteer.reading.part_of import whole_name
from gazetteer.reading.rank import Weights
from gazetteer.reading.spans import Span
from gazetteer.reading.tokens import qualities_in, says_no_name, tokens
from gazetteer.values import Place

#: From this likeness a name is that of the place.
_ALIKE: Final = 0.85
_SPELLED: Final = 0.9
_AS_ALIKE: Final = 0.05
#: A name's own likeliest candidates are tried as targets, and those in the areas named beside it.
_TRIED: Final = 8
#: A place this near is beside another, rather than somewhere else: e^-1, the anchors' reach of 15 km.
_BESIDE: Final = math.exp(-1.0)
#: Names that are remembered, some 20 kB each.
_REMEMBERED: Final = 10_000
_AREA_KINDS: Final = frozenset({"governorate", "district", "subdistrict", "region", "country"})
#: Kinds that are answered by such a place or not at all: "Euphrates river" is no town.
STRICT_KINDS: Final = frozenset({"river", "road", "valley", "border", "lake"})
_STRONG: Final = frozenset({"and", ";", "+"})
_LIST_SIGNS: Final = {
    ",": "comma",
    "/": "slash",
    "-": "dash",
    "\n": "line",
    "#": "line",
    ".": "line",
    "beside": "line",
    "script": "line",
}


class Known(NamedTuple):
    """What the gazetteer knows of a name, whatever stands round it.

    Parameters
    ----------
    span
        The name.
    candidates, features, utilities
        The places that it could be, the likeliest first.
    none
        The features of "none of them".
    areas
        P-codes of the admin units that it may name.
    anchors
        Positions of the settlements that it surely sounds like.
    alike
        The places whose name it is, by their numbers, with the likeness.
    is_spelled
        Whether some place surely has this name.
    regions
        Positions and radii in metres of the regions that it names.
    script
        Of the name: Latn, Arab or Zyyy.
    prominence
        The logarithm of the inhabitants of the largest place of that name, halved; 0 where none is known.
    """

    span: Span
    candidates: tuple[Candidate, ...]
    features: tuple[Features, ...]
    utilities: tuple[float, ...]
    none: Features
    none_utility: float
    areas: frozenset[str]
    anchors: tuple[LatLon, ...]
    alike: Mapping[int, float]
    is_spelled: bool
    regions: tuple[tuple[LatLon, float], ...]
    script: str
    prominence: float


@dataclass(frozen=True, slots=True)
class Stated:
    """What is stated beside a text, in other cells of its row.

    Parameters
    ----------
    areas
        For each name that names admin units: the P-codes it may mean.
    anchors
        Positions of the settlements that they name.
    """

    areas: tuple[frozenset[str], ...] = ()
    anchors: tuple[LatLon, ...] = ()


class Star(NamedTuple):
    """One reading of a text as one target.

    Parameters
    ----------
    span
        The number of the target's name.
    candidate
        The number of its candidate; -1 for none of them.
    roles
        The features of the others' roles.
    utility
        Its utility.
    """

    span: int
    candidate: int
    roles: Features
    utility: float


class Listing(NamedTuple):
    """One reading of a text as several targets.

    Parameters
    ----------
    members
        The stars of each target, in the order of the text.
    features
        Of the list itself.
    utility
        The logarithm of the sum over all its readings, without the list's own features.
    unread
        The numbers of the names that it doesn't use.
    is_doubtful
        Whether one of its places may be the area of the others: "Mare, Tal Rifaat, Azaz".
    """

    members: tuple[tuple[Star, ...], ...]
    features: Features
    utility: float
    unread: tuple[int, ...]
    is_doubtful: bool


def dot(weights: Mapping[str, float], values: Features) -> float:
    """Return the weighted sum of features."""
    return float(sum(map(mul, map(weights.__getitem__, values), values.values())))


def log_sum(utilities: Sequence[float]) -> float:
    """Return the logarithm of the sum of the exponentials; at least one."""
    top = max(utilities)
    return top + math.log(math.fsum(math.exp(u - top) for u in utilities))


class Names:
    """Looks names up, and remembers what it found: names come again in a table, cells hardly do.

    Parameters
    ----------
    places, index
        The gazetteer.
    weights
        The model.
    """

    def __init__(self, places: Sequence[Place], index: NameIndex, weights: Weights) -> None:
        self.places, self.index, self.weights = places, index, weights
        self._known: dict[tuple[str, str | None], Known] = {}

    @cached_property
    def regions(self) -> Mapping[str, Sequence[Place]]:
        """The regions with a compass word in their name, by the skeleton of the rest: "Ghouta"."""
        found: dict[str, list[Place]] = {}
        for place in sorted(self.places, key=lambda place: (-place.uncertainty_m, place.id)):
            for name in {place.name, place.name_ar} if place.kind in REGIONS else ():
                if (core := skeleton(" ".join(core_words(tuple(fold(name).split()))))) != skeleton(name):
                    found.setdefault(core, []).append(place)
        return found

    def known(
        self, span: Span, *, within: Sequence[Collection[str]] = (), kinds: Collection[PlaceKind] = ()
    ) -> Known:
        """Return what is known of a name; of places in all the areas and of the kinds, if any are given."""
        if within or kinds:
            return self._look_up(span, within, kinds)
        key = (span.text, span.kind)
        found = self._known.get(key)
        if found is None:
            found = self._look_up(span, (), ())
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = found
        # Where it stands is this text's own.
        return found._replace(span=found.span._replace(gap=span.gap, near=span.near, written=span.written))

    def _look_up(self, span: Span, within: Sequence[Collection[str]], kinds: Collection[PlaceKind]) -> Known:
        places = self.places
        span = whole_name(span, self.index, places)
        generic = all(map(says_no_name, tokens(span.text)))
        asked = bool(kinds) or (span.kind is not None and PlaceKind(span.kind).group == "facility")
        found = _meant(span, candidates_for(span, self.index), places, self.index, asked=asked)
        units = units_of(span, found, self.index, places)
        if within:
            found = [c for c in found if all(any(map(places[c.place].lies_in, codes)) for codes in within)]
        if kinds:
            found = [c for c in found if places[c.place].kind in kinds]
        if generic and asked:  # "the national hospital" is no quarter that is called after one
            found = [c for c in found if places[c.place].kind.group == "facility"]
        features = candidate_features(span, found, places, self.index)
        none = none_features(span, found)
        scored = sorted(
            ((dot(self.weights.candidate, f), c, f) for c, f in zip(found, features, strict=True)),
            key=lambda item: (-item[0], places[item[1].place].id),
        )
        alike = {c.place: c.similarity for c in found if _has_this_name(c)}
        best = max(alike.values(), default=0.0)  # what is less alike than another place has another name
        alike = {number: similarity for number, similarity in alike.items() if similarity >= best - _AS_ALIKE}
        return Known(
            span=span,
            candidates=tuple(c for _, c, _ in scored),
            features=tuple(f for _, _, f in scored),
            utilities=tuple(u for u, _, _ in scored),
            none=none,
            none_utility=dot(self.weights.none, none),
            areas=frozenset(unit.id for unit in units),
            anchors=settlements_of(span, found, places),
            alike=alike,
            is_spelled=any(similarity >= _SPELLED for similarity in alike.values()),
            regions=tuple(
                (places[number].position, places[number].uncertainty_m)
                for number in alike
                if places[number].kind in REGIONS
            ),
            script=script_of(span.text),
            prominence=max((f.get("population_log", 0.0) for f in features), default=0.0),
        )


def _meant(
    span: Span, found: Sequence[Candidate], places: Sequence[Place], index: NameIndex, *, asked: bool
) -> list[Candidate]:
    """Return the candidates that may be meant: no town for a river, no hospital for its town."""
    strict = kinds_in_words(tuple(fold(span.text).split())) & STRICT_KINDS
    if strict:  # "Wadi Barada" is a name with that word in it, "Euphrates river" is none
        found = [
            c for c in found
            if places[c.place].kind.value in strict
            or strict & kinds_in_words(tuple(index.spellings[c.spelling][2].split()))
        ]  # fmt: skip
    qualities = qualities_in(span.text)
    return [
        c for c in found
        if places[c.place].kind.group != "facility" or c.method == "exact"
        or (
            asked
            and max(c.similarity, c.part_similarity) >= _ALIKE
            and qualities <= qualities_in(index.spellings[c.spelling][2])  # "central" is not "national"
        )
    ]  # fmt: skip


def _has_this_name(candidate: Candidate) -> bool:
    told_apart = candidate.modifiers_missing or candidate.modifiers_extra
    return candidate.similarity >= _ALIKE and candidate.method != "part" and not told_apart


# ------------------------------------------------------------------------------------------ stars


def stars_of(
    known: Sequence[Known],
    stated: Stated,
    cell: Features,
    names: Names,
    *,
    targets: Collection[int] | None = None,
) -> list[Star]:
    """Return every reading of a text as one target.

    Parameters
    ----------
    known
        Its names, at least one.
    stated
        What other cells of its row state.
    cell
        Features of "none" that the whole text decides.
    names
        The gazetteer and the weights.
    targets
        Only these names are targets; None for all.
    """
    places, weights = names.places, names.weights
    base = dot(weights.none, cell)
    codes = {code for areas in stated.areas for code in areas}
    found: list[Star] = []
    for n, target in enumerate(known):
        if targets is not None and n not in targets:
            continue
        others = [other for m, other in enumerate(known) if m != n]
        held = [holds_other(target, other, places) for other in others]
        at = _position(n, target, known)
        roles = {**at, **_roles_round_unknown(others)}
        found.append(Star(n, -1, roles, dot(weights.roles, roles)))
        nothing = target.none_utility + base
        for k in _tried(target, others, codes, places):
            candidate = target.candidates[k]
            place = places[candidate.place]
            roles = dict(at)
            for other, inside in zip(others, held, strict=True):
                _add(roles, role_of(place, candidate.place, target, other, held=inside))
            if "unread_words" in roles:
                roles["city_instead"] = target.prominence
            if stated.areas or stated.anchors:
                _add(roles, place_roles(place, stated.areas, stated.anchors))
            if "in_governorate" not in roles:
                roles |= reported_in(place)
            found.append(Star(n, k, roles, target.utilities[k] - nothing + dot(weights.roles, roles)))
    return found


def _add(roles: dict[str, float], more: Features) -> None:
    for name, value in more.items():
        # Areas agree or not, once; unread words add up.
        roles[name] = (
            roles.get(name, 0.0) + value if name.startswith("unread") else max(roles.get(name, 0.0), value)
        )


def _tried(
    target: Known, others: Sequence[Known], codes: Collection[str], places: Sequence[Place]
) -> list[int]:
    """Return the numbers of the candidates that are tried."""
    if len(target.candidates) <= _TRIED or not (others or codes):
        return list(range(len(target.candidates)))
    stated = {*codes, *(code for other in others for code in other.areas)}
    return [
        k
        for k, c in enumerate(target.candidates)
        if k < _TRIED
        or not stated.isdisjoint(places[c.place].pcodes)
        or any(c.place in o.alike for o in others)
    ]


def _position(n: int, target: Known, known: Sequence[Known]) -> dict[str, float]:
    """Return where the target's name stands; nothing where it is the only one."""
    values: dict[str, float] = {}
    if len(known) == 1:
        return values
    span = target.span
    if n:
        values["not_first"] = 1.0
        if span.gap == "in":
            values["after_in"] = 1.0
        elif span.gap == "(":
            values["in_brackets"] = 1.0
        elif span.gap in ("-", "/"):
            values["aside"] = 1.0
    if span.kind in _AREA_KINDS:
        values["marked_area"] = 1.0
    return values


def _roles_round_unknown(others: Sequence[Known]) -> dict[str, float]:
    """Return the roles of names beside an unknown one: an area, a place nearby, or unread."""
    values: dict[str, float] = {}
    for other in others:
        if not (other.areas or other.anchors):
            _add(values, _unread(other))
    return values


def _unread(other: Known) -> Features:
    values = {"unread_words": (1 + min(len(other.span.words), 3)) / 2.0}
    if other.is_spelled:
        values["unread_known"] = 1.0
    return values


def holds_other(target: Known, other: Known, places: Sequence[Place]) -> bool:
    """Tell whether the target's name is that of an area which holds the other place."""
    return bool(target.areas) and any(any(map(places[c].lies_in, target.areas)) for c in other.alike)


def role_of(place: Place, number: int, target: Known, other: Known, *, held: bool) -> Features:
    """Return what another name is, given the target's place.

    Parameters
    ----------
    place, number
        The place and its number.
    target, other
        The name that has it, and the other.
    held
        What :func:`holds_other` says of the two.
    """
    same = other.alike.get(number)
    if same and target.script != other.script:
        return {"same_place": same}
    if (held and place.kind.admin_level) or _reaches(place, other):
        return {"contains_other": 1.0}
    if other.areas and any(map(place.lies_in, other.areas)):
        return place_roles(place, (other.areas,), ())
    if same:
        return {"same_place": same}
    if held:
        return {"contains_other": 1.0}
    if any(flat_distance_m(place.position, at) <= radius_m for at, radius_m in other.regions):
        return {"near_anchor": 1.0}
    values = place_roles(place, (other.areas,) if other.areas else (), other.anchors)
    # An area that says another thing is read; a sub-district's name is oftener another place's.
    contradicted = "out_of_governorate" in values or "out_of_district" in values
    if not contradicted and values.get("near_anchor", 0.0) < _BESIDE:
        values.update({"unread_aside": 1.0} if _may_be_alias(target, other) else _unread(other))
    return values


def _reaches(place: Place, other: Known) -> bool:
    """Tell whether a region holds a settlement that the other name surely is."""
    return place.kind in REGIONS and any(
        flat_distance_m(place.position, anchor) <= place.uncertainty_m for anchor in other.anchors
    )


def _may_be_alias(target: Known, other: Known) -> bool:
    """Tell whether an unknown name may be another one of a village: "Has/Hassef"."""
    aside = "/" in (other.span.gap, target.span.gap)
    return aside and not target.areas and not other.is_spelled


# ----------------------------------------------------------------------------------------- lists


def listing_of(known: Sequence[Known], stated: Stated, cell: Features, names: Names) -> Listing | None:
    """Return the reading of a text as a list of places; None where it can't be one."""
    members = _members(known, names.places)
    if len(members) < 2:
        return None
    tied = [_tied(known)[n] for n in members]
    shared = [one for n, one in enumerate(known) if n not in members]
    stars: list[tuple[Star, ...]] = []
    for n in members:
        found = stars_of([known[n], *shared], stated, cell, names, targets=(0,))
        stars.append(tuple(star._replace(span=n) for star in found))
    return Listing(
        tuple(stars),
        _list_features(members, known),
        sum(log_sum([s.utility for s in m]) for m in stars),
        tuple(n for n, one in enumerate(known) if n not in members and not _is_used(one, members, known)),
        any(
            n and not strong and _holds_others(n, known, names.places)
            for n, strong in zip(members, tied, strict=True)
        ),
    )


def _is_used(one: Known, members: Sequence[int], known: Sequence[Known]) -> bool:
    """Tell whether a name that is no member of a list says where its members are, or names one again."""
    beside = one.span.near and bool(one.anchors)
    return bool(one.areas or one.regions) or beside or any(_is_same(known[n], one) for n in members)


def _list_features(members: Sequence[int], known: Sequence[Known]) -> Features:
    strong = _strong(known)
    gaps = [known[n].span.gap for n in members[1:]]
    values = {"list": 1.0}
    if all(strong[n] for n in members[1:]):
        values["strong"] = 1.0
    else:
        for n, gap in zip(members[1:], gaps, strict=True):
            if not strong[n] and gap in _LIST_SIGNS:
                values[_LIST_SIGNS[gap]] = 1.0
    return values


def _strong(known: Sequence[Known]) -> list[bool]:
    """Tell which names a joiner ties to the one before; commas before "and" are joiners: "A, B and C"."""
    found = [one.span.gap in _STRONG for one in known]
    for n in range(len(known) - 2, 0, -1):
        if found[n + 1] and known[n].span.gap == "," and known[n + 1].span.gap in (",", "and"):
            found[n] = True
    return found


def _tied(known: Sequence[Known]) -> list[bool]:
    """Tell which names a joiner or a line break ties to a neighbour."""
    strong = _strong(known)
    return [strong[n] or (n + 1 < len(known) and strong[n + 1]) for n in range(len(known))]


def _members(known: Sequence[Known], places: Sequence[Place]) -> list[int]:
    """Return the numbers of the names that a list would be of: without areas and second spellings."""
    strong, tied = _strong(known), _tied(known)
    found: list[int] = []
    for n, one in enumerate(known):
        if one.span.gap == "in" and not strong[n]:
            continue
        if one.span.kind in _AREA_KINDS and not tied[n]:
            continue
        if one.areas and not tied[n] and _holds_others(n, known, places) and not _is_town_in_list(n, known):
            continue
        if not tied[n] and _is_in_a_town(one):
            return []
        if not tied[n] and one.regions:
            continue
        if not tied[n] and _is_governorate(one) and not all(map(_is_governorate, known)):
            continue  # stated as the area, whether it agrees or not
        if any(_is_same(known[m], one) for m in found) or not (one.is_spelled or tied[n]):
            continue
        found.append(n)
    return found


def _is_town_in_list(n: int, known: Sequence[Known]) -> bool:
    """Tell whether a name is a town's, though its district has it too: "Azaz, Mare, Tal Rifaat"."""
    gaps = [one.span.gap for one in known]
    towns = [
        m for m, one in enumerate(known)
        if one.anchors and not _is_governorate(one) and one.span.kind not in _AREA_KINDS
    ]  # fmt: skip
    return n in towns and (
        "\n" in gaps[n : n + 2] or (len({gaps[m] for m in towns[1:]}) == 1 and len(towns) > 2)
    )


def _is_in_a_town(one: Known) -> bool:
    """Tell whether a quarter, a dam or a hospital is asked for, which the town beside it only places."""
    kind = one.span.kind
    return (
        kind is not None and PlaceKind(kind).group not in ("settlement", "admin") and kind not in _AREA_KINDS
    )


def _is_governorate(one: Known) -> bool:
    return any(pcode_kind(code) is PlaceKind.GOVERNORATE for code in one.areas)


def _holds_others(n: int, known: Sequence[Known], places: Sequence[Place]) -> bool:
    """Tell whether a name is that of an area which holds all the others, those aside that hold it."""
    others = [other for m, other in enumerate(known) if m != n and other.alike]
    held = [_lies_in(other, known[n], places) for other in others]
    return any(held) and all(
        h or _lies_in(known[n], other, places) for h, other in zip(held, others, strict=True)
    )


def _lies_in(one: Known, area: Known, places: Sequence[Place]) -> bool:
    return any(
        not area.areas.isdisjoint(places[c].pcodes) and places[c].id not in area.areas for c in one.alike
    )


def _is_same(a: Known, b: Known) -> bool:
    """Tell whether two names are one place in two scripts or spellings."""
    return a.script != b.script and not a.alike.keys().isdisjoint(b.alike)
