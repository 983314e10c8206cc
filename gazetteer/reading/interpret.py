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
from functools import cached_property, lru_cache
from operator import mul
from typing import Final, NamedTuple

from gazetteer.country import pcode_kind
from gazetteer.geodesy import LatLon
from gazetteer.index.names import NameIndex
from gazetteer.kinds import REGIONS, PlaceKind
from gazetteer.names import fold, script_of, skeleton
from gazetteer.names.words import core_words
from gazetteer.reading.candidates import (
    ALIKE,
    Candidate,
    candidates_for,
    line_name,
    may_be_meant,
    settlements_of,
    units_of,
    whole_name,
)
from gazetteer.reading.features import (
    Features,
    candidate_features,
    flat_distance_m,
    none_features,
    place_roles,
)
from gazetteer.reading.rank import Weights
from gazetteer.reading.spans import AREA_KINDS, Span
from gazetteer.reading.tokens import says_no_name, tokens
from gazetteer.values import Place

_SPELLED: Final = 0.9
_AS_ALIKE: Final = 0.05
#: A name's own likeliest candidates are tried as targets, and those in the areas named beside it.
_TRIED: Final = 8
#: A place this near is beside another, rather than somewhere else: e^-1, the anchors' reach of 15 km.
_BESIDE: Final = math.exp(-1.0)
#: Names that are remembered, some 20 kB each.
_REMEMBERED: Final = 10_000
#: What the gap before a name says of its position.
_POSITIONS: Final = {"in": "after_in", "(": "in_brackets", "-": "aside", "/": "aside"}
_STRONG: Final = frozenset({"and", ";", "+"})
_LINE_SIGNS: Final = dict.fromkeys(("\n", "#", ".", "beside", "script"), "line")
_LIST_SIGNS: Final = {",": "comma", "/": "slash", "-": "dash", **_LINE_SIGNS}


class Toponym(NamedTuple):
    """What the gazetteer knows of a name, whatever stands round it."""

    span: Span
    candidates: tuple[Candidate, ...]  # the places that it could be, the likeliest first
    features: tuple[Features, ...]
    utilities: tuple[float, ...]
    none: Features  # the features of "none of them"
    none_utility: float
    areas: frozenset[str]  # P-codes of the admin units that it may name
    anchors: tuple[LatLon, ...]  # positions of the settlements that it surely sounds like
    alike: Mapping[int, float]  # the places whose name it is, by their numbers, with the likeness
    is_spelled: bool  # whether some place surely has this name
    regions: tuple[tuple[LatLon, float], ...]  # positions and radii in metres of the regions that it names
    script: str  # of the name: Latn, Arab or Zyyy
    # The logarithm of the inhabitants of the largest place of that name, halved; 0 where none is known.
    prominence: float


@dataclass(frozen=True, slots=True)
class Context:
    """What stands beside a text: for each area the P-codes that it may mean, and where settlements are."""

    areas: tuple[frozenset[str], ...] = ()
    anchors: tuple[LatLon, ...] = ()


class Star(NamedTuple):
    """One reading of a text as one target: the numbers of its name and of its candidate, -1 for none."""

    span: int
    candidate: int
    roles: Features
    utility: float


class Listing(NamedTuple):
    """One reading of a text as several targets."""

    members: tuple[tuple[Star, ...], ...]  # the stars of each target, in the order of the text
    features: Features  # of the list itself
    utility: float  # the logarithm of the sum over all its readings, without the list's own features
    unread: tuple[int, ...]  # the numbers of the names that it doesn't use
    is_doubtful: bool  # whether one of its places may be the area of the others: "Mare, Tal Rifaat, Azaz"


def dot(weights: Mapping[str, float], values: Features) -> float:
    """Return the weighted sum of features."""
    return float(sum(map(mul, map(weights.__getitem__, values), values.values())))


def log_sum(utilities: Sequence[float]) -> float:
    """Return the logarithm of the sum of the exponentials; at least one."""
    top = max(utilities)
    return top + math.log(math.fsum(math.exp(u - top) for u in utilities))


class Names:
    """Looks names up, and remembers what it found: names come again in a table, cells hardly do."""

    def __init__(self, places: Sequence[Place], index: NameIndex, weights: Weights) -> None:
        self.places, self.index, self.weights = places, index, weights
        self._known_alone = lru_cache(_REMEMBERED)(self._look_up)

    @cached_property
    def regions(self) -> Mapping[str, Sequence[Place]]:
        """The regions with a compass word in their name, by the skeleton of the rest: "Ghouta"."""
        found: dict[str, list[Place]] = {}
        for place in sorted(self.places, key=lambda place: (-place.uncertainty_m, place.id)):
            for name in {place.name, place.name_ar} if place.kind in REGIONS else ():
                if (core := skeleton(" ".join(core_words(tuple(fold(name).split()))))) != skeleton(name):
                    found.setdefault(core, []).append(place)
        return found

    def look_up(
        self, span: Span, *, within: Sequence[Collection[str]] = (), kinds: Collection[PlaceKind] = ()
    ) -> Toponym:
        """Return what is known of a name; of places in all the areas and of the kinds, if any are given."""
        if within or kinds:
            if len(kinds) == 1 and not span.kind:  # as if the text asked for it
                span = span._replace(kind=next(iter(kinds)).value)
            return self._look_up(span, within, kinds)
        found = self._known_alone(span._replace(gap="", near=False, written=""))
        # Where it stands is this text's own.
        return found._replace(span=found.span._replace(gap=span.gap, near=span.near, written=span.written))

    def _look_up(
        self, span: Span, within: Sequence[Collection[str]] = (), kinds: Collection[PlaceKind] = ()
    ) -> Toponym:
        places = self.places
        span = line_name(whole_name(span, self.index, places), self.index, places)
        asked = bool(kinds) or (span.kind is not None and PlaceKind(span.kind).group == "facility")
        found = may_be_meant(span, candidates_for(span, self.index), places, self.index, asked=asked)
        units = units_of(span, found, self.index, places)
        if within:
            found = [c for c in found if all(any(map(places[c.place].lies_in, codes)) for codes in within)]
        if kinds:
            found = [c for c in found if places[c.place].kind in kinds]
        if asked and all(map(says_no_name, tokens(span.text))):
            # "The national hospital" is no quarter that is called after one.
            found = [c for c in found if places[c.place].kind.group == "facility"]
        features = candidate_features(span, found, places, self.index)
        none = none_features(span, found)
        scored = sorted(
            ((dot(self.weights.candidate, f), c, f) for c, f in zip(found, features, strict=True)),
            key=lambda item: (-item[0], places[item[1].place].id),
        )
        alike = {
            c.place: c.similarity
            for c in found
            if c.similarity >= ALIKE and c.method != "part" and not (c.modifiers_missing or c.modifiers_extra)
        }
        best = max(alike.values(), default=0.0)  # what is less alike than another place has another name
        alike = {number: similarity for number, similarity in alike.items() if similarity >= best - _AS_ALIKE}
        regions = [place for number in alike if (place := places[number]).kind in REGIONS]
        return Toponym(
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
            regions=tuple((place.position, place.uncertainty_m) for place in regions),
            script=script_of(span.text),
            prominence=max((f["population_log"] for f in features), default=0.0),
        )


# ------------------------------------------------------------------------------------------ stars


def stars_of(
    known: Sequence[Toponym],
    stated: Context,
    cell: Features,
    names: Names,
    *,
    targets: Collection[int] | None = None,
) -> list[Star]:
    """Return every reading of a text as one target; `cell` has what the whole text tells of "none"."""
    places, weights = names.places, names.weights
    base = dot(weights.none, cell)
    codes = {code for areas in stated.areas for code in areas}
    found: list[Star] = []
    for n, target in enumerate(known):
        if targets is not None and n not in targets:
            continue
        others = [other for m, other in enumerate(known) if m != n]
        held = [holds_other(target, other, places) for other in others]
        at: dict[str, float] = {}  # where its name stands; nothing where it is the only one
        if n:
            at["not_first"] = 1.0
            if target.span.gap in _POSITIONS:
                at[_POSITIONS[target.span.gap]] = 1.0
        if others and target.span.kind in AREA_KINDS:
            at["marked_area"] = 1.0
        roles = dict(at)
        for other in others:  # beside an unknown name: an area, a place nearby, or unread
            if not (other.areas or other.anchors):
                _add(roles, _unread(other))
        found.append(Star(n, -1, roles, dot(weights.roles, roles)))
        nothing = target.none_utility + base
        for k in _tried(target, others, codes, places):
            number = target.candidates[k].place
            place = places[number]
            roles = dict(at)
            for other, inside in zip(others, held, strict=True):
                _add(roles, role_of(place, number, target, other, held=inside))
            if "unread_words" in roles:
                roles["city_instead"] = target.prominence
            if stated.areas or stated.anchors:
                _add(roles, place_roles(place, stated.areas, stated.anchors))
            if "in_governorate" not in roles and place.admin:
                # Some are reported on more, which counts without an area.
                roles[f"reported_in_{place.admin[0].pcode[-2:]}"] = 1.0
            found.append(Star(n, k, roles, target.utilities[k] - nothing + dot(weights.roles, roles)))
    return found


def _add(roles: dict[str, float], more: Features) -> None:
    """Add roles: areas agree or not, once; unread words add up."""
    for name, value in more.items():
        known = roles.get(name, 0.0)
        roles[name] = known + value if name.startswith("unread") else max(known, value)


def _tried(
    target: Toponym, others: Sequence[Toponym], codes: Collection[str], places: Sequence[Place]
) -> Sequence[int]:
    """Return the numbers of the candidates that are tried."""
    every = range(len(target.candidates))
    if len(every) <= _TRIED or not (others or codes):
        return every
    stated = {*codes, *(code for other in others for code in other.areas)}
    alike = {number for other in others for number in other.alike}
    return [
        k
        for k, c in enumerate(target.candidates)
        if k < _TRIED or c.place in alike or not stated.isdisjoint(places[c.place].pcodes)
    ]


def _unread(other: Toponym) -> Features:
    words = (1 + min(len(other.span.words), 3)) / 2.0
    return {"unread_words": words, "unread_known": 1.0} if other.is_spelled else {"unread_words": words}


def holds_other(target: Toponym, other: Toponym, places: Sequence[Place]) -> bool:
    """Tell whether the target's name is that of an area which holds the other place."""
    return bool(target.areas) and any(any(map(places[c].lies_in, target.areas)) for c in other.alike)


def role_of(place: Place, number: int, target: Toponym, other: Toponym, *, held: bool) -> Features:
    """Return what another name is, given the target's place, its number, and what `holds_other` says."""
    same = other.alike.get(number)
    if same and target.script != other.script:
        return {"same_place": same}
    reaches = place.kind in REGIONS and any(
        flat_distance_m(place.position, anchor) <= place.uncertainty_m for anchor in other.anchors
    )
    if reaches or (held and place.kind.admin_level):
        return {"contains_other": 1.0}
    if other.areas and any(map(place.lies_in, other.areas)):
        return place_roles(place, (other.areas,), ())
    if same or held:
        return {"same_place": same} if same else {"contains_other": 1.0}
    if any(flat_distance_m(place.position, at) <= radius_m for at, radius_m in other.regions):
        return {"near_anchor": 1.0}
    values = place_roles(place, (other.areas,) if other.areas else (), other.anchors)
    # An area that says another thing is read; a sub-district's name is oftener another place's.
    contradicted = "out_of_governorate" in values or "out_of_district" in values
    if not contradicted and values.get("near_anchor", 0.0) < _BESIDE:
        # An unknown name may be another one of a village: "Has/Hassef".
        aside = "/" in (other.span.gap, target.span.gap) and not target.areas and not other.is_spelled
        values.update({"unread_aside": 1.0} if aside else _unread(other))
    return values


# ----------------------------------------------------------------------------------------- lists


def listing_of(known: Sequence[Toponym], stated: Context, cell: Features, names: Names) -> Listing | None:
    """Return the reading of a text as a list of places; None where it can't be one."""
    # A joiner ties a name to the one before; commas before "and" are joiners: "A, B and C".
    strong = [one.span.gap in _STRONG for one in known]
    for n in range(len(known) - 2, 0, -1):
        if strong[n + 1] and known[n].span.gap == "," and known[n + 1].span.gap in (",", "and"):
            strong[n] = True
    tied = [strong[n] or any(strong[n + 1 : n + 2]) for n in range(len(known))]
    members = _members(known, strong, tied, names.places)
    if len(members) < 2:
        return None
    shared = [one for n, one in enumerate(known) if n not in members]
    stars: list[tuple[Star, ...]] = []
    for n in members:
        found = stars_of([known[n], *shared], stated, cell, names, targets=(0,))
        stars.append(tuple(star._replace(span=n) for star in found))
    gaps = [known[n].span.gap for n in members[1:] if not strong[n]]
    signs = [_LIST_SIGNS[gap] for gap in gaps if gap in _LIST_SIGNS] if gaps else ["strong"]
    return Listing(
        tuple(stars),
        dict.fromkeys(("list", *signs), 1.0),
        sum(log_sum([s.utility for s in m]) for m in stars),
        tuple(n for n, one in enumerate(known) if n not in members and not _is_used(one, members, known)),
        any(n and not tied[n] and _holds_others(n, known, names.places) for n in members),
    )


def _members(
    known: Sequence[Toponym], strong: Sequence[bool], tied: Sequence[bool], places: Sequence[Place]
) -> list[int]:
    """Return the numbers of the names that a list would be of: without areas and second spellings."""
    found: list[int] = []
    governorates = [any(pcode_kind(code) is PlaceKind.GOVERNORATE for code in one.areas) for one in known]
    for n, one in enumerate(known):
        if one.span.gap == "in" and not strong[n]:
            continue
        if not tied[n]:
            if one.span.kind in AREA_KINDS:
                continue
            if one.areas and _holds_others(n, known, places) and not _is_town_in_list(n, known, governorates):
                continue
            if one.span.kind and PlaceKind(one.span.kind).group not in ("settlement", "admin"):
                return []  # a quarter, a dam or a hospital, which the town beside it only places
            if one.regions or not one.is_spelled or (governorates[n] and not all(governorates)):
                continue  # a governorate is stated as the area, whether it agrees or not
        if not any(_is_same(known[m], one) for m in found):
            found.append(n)
    return found


def _is_town_in_list(n: int, known: Sequence[Toponym], governorates: Sequence[bool]) -> bool:
    """Tell whether a name is a town's, though its district has it too: "Azaz, Mare, Tal Rifaat"."""
    gaps = [one.span.gap for one in known]
    towns = [
        m
        for m, one in enumerate(known)
        if one.anchors and not governorates[m] and one.span.kind not in AREA_KINDS
    ]
    return n in towns and (
        "\n" in gaps[n : n + 2] or (len({gaps[m] for m in towns[1:]}) == 1 and len(towns) > 2)
    )


def _is_used(one: Toponym, members: Sequence[int], known: Sequence[Toponym]) -> bool:
    """Tell whether a name that is no member of a list says where its members are, or names one again."""
    beside = one.span.near and bool(one.anchors)
    return bool(one.areas or one.regions) or beside or any(_is_same(known[n], one) for n in members)


def _is_same(a: Toponym, b: Toponym) -> bool:
    """Tell whether two names are one place in two scripts or spellings."""
    return a.script != b.script and not a.alike.keys().isdisjoint(b.alike)


def _holds_others(n: int, known: Sequence[Toponym], places: Sequence[Place]) -> bool:
    """Tell whether a name is that of an area which holds all the others, those aside that hold it."""
    others = [other for m, other in enumerate(known) if m != n and other.alike]
    held = [_lies_in(other, known[n], places) for other in others]
    return any(held) and all(
        h or _lies_in(known[n], other, places) for h, other in zip(held, others, strict=True)
    )


def _lies_in(one: Toponym, area: Toponym, places: Sequence[Place]) -> bool:
    return any(
        not area.areas.isdisjoint(places[c].pcodes) and places[c].id not in area.areas for c in one.alike
    )
