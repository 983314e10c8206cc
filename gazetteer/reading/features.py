"""What speaks for and against a reading, as numbers.

A feature is a plain fact, between 0 and about 3. There are three groups: of a *candidate* (how alike the
name is, what sort of place), of the *roles* that the other names of a text have once the candidate is taken
for its target (it lies in them, they are the same place, they are left unread), and of a name *none* of whose
candidates is meant. The weights of :mod:`gazetteer.reading.rank` weigh them; fitting and answering use this
one module.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from gazetteer.geodesy import LatLon
from gazetteer.index.names import NameIndex
from gazetteer.kinds import REGIONS, PlaceKind
from gazetteer.names import fold, script_of, skeleton
from gazetteer.names.similarity import sound
from gazetteer.names.words import DIRECTIONS, modifiers_of
from gazetteer.reading.candidates import Candidate
from gazetteer.reading.spans import Span
from gazetteer.values import Place

Features = Mapping[str, float]

CANDIDATE_FEATURES: Final = (
    "exact", "skeleton", "similarity", "similarity_over_80", "similarity_over_90", "similar_and_long",
    "key_similarity", "part", "part_similarity", "part_covers", "skeleton_and_long", "fuzzy_and_long",
    "other_onset", "other_ending", "alias_beside_namesake", "alias_in_other_order",
    "modifiers_missing", "modifiers_extra", "modifiers_shared", "upper_or_lower_missing",
    "kind_agrees", "kind_group_agrees", "kind_disagrees", "camp_disagrees", "asked_admin_is_not",
    "admin_agrees", "unasked_admin",
    "unasked_governorate", "country", "unasked_admin_of_town", "unasked_neighbourhood", "unasked_facility",
    "unasked_landmark",
    "area_for_countryside", "neighbourhood", "facility", "landmark", "region",
    "population_log", "population_known", "prominent_and_alike", "more_sources", "homonyms_log",
    "less_alike_than_best",
)  # fmt: skip
#: How often each governorate is reported, by the end of its P-code.
PRIOR_FEATURES: Final = tuple(f"reported_in_{number:02d}" for number in range(1, 15))
ROLE_FEATURES: Final = (
    "in_governorate", "out_of_governorate", "in_district", "out_of_district", "in_subdistrict",
    "out_of_subdistrict",
    "near_anchor", "far_from_anchors", "same_place", "contains_other", "unread_words", "unread_aside",
    "unread_known",
    "not_first", "city_instead", "after_in", "in_brackets", "aside", "marked_area",
    *PRIOR_FEATURES,
)  # fmt: skip
NONE_FEATURES: Final = (
    "bias", "long_name", "many_words", "arabic", "asks_settlement", "asks_landmark", "asks_neighbourhood",
    "best_similarity", "short_key", "has_context", "relation_direction", "relation_near", "relation_between",
)  # fmt: skip
LIST_FEATURES: Final = ("list", "strong", "comma", "slash", "dash", "line")

_LANDMARKS: Final = frozenset({"landmark", "facility", "point"})
_AIRFIELDS: Final = frozenset({PlaceKind.AIRPORT, PlaceKind.AIR_BASE})
#: Names this close in likeness count as equally alike.
_AS_ALIKE: Final = 0.02
#: Other places help within about this distance: two towns reported together are a short drive apart.
_ANCHOR_REACH_M: Final = 15_000.0
_FAR_M: Final = 60_000.0
#: A place this near that has the very name makes an alias of another doubtful.
_NAMESAKE_REACH_M: Final = 40_000.0
_LEVELS: Final = {4: "governorate", 6: "district", 8: "subdistrict"}


def flat_distance_m(a: LatLon, b: LatLon) -> float:
    """Return an approximate distance in metres, on a plane that touches at the mean latitude.

    Within 0.6 % in Syria up to 100 km; for features and clusters, never for answers.
    """
    x = (a.longitude - b.longitude) * math.cos(math.radians((a.latitude + b.latitude) / 2))
    return 111_195.0 * math.hypot(a.latitude - b.latitude, x)


def may_lie_in(place: Place, pcode: str) -> bool:
    """Tell whether a place lies, or may lie, in an admin unit.

    A dam that is known to be in a governorate, and no more, may lie in any of its districts. P-codes nest: a
    district's begins with its governorate's. Of an admin unit all is known.
    """
    if place.lies_in(pcode) or not place.admin:
        return place.lies_in(pcode)
    return place.kind.group != "admin" and pcode.startswith(place.admin[-1].pcode)


# ------------------------------------------------------------------------------------- candidates


def candidate_features(
    span: Span, candidates: Sequence[Candidate], places: Sequence[Place], index: NameIndex
) -> list[Features]:
    """Return the features of a name's candidates, in their order; what is 0 is left out."""
    best = max((c.similarity for c in candidates), default=0.0)
    alike = sorted(-c.similarity for c in candidates)
    towns = {} if span.kind else _areas_of_towns(candidates, places)
    own = [_is_own_name(c, places, index) for c in candidates]
    called = [(c.similarity, places[c.place]) for c, mine in zip(candidates, own, strict=True) if mine]
    units = {places[c.place].id for c in candidates if c.method == "exact" and places[c.place].admin}
    heard = sound(span.name)
    rows: list[Features] = []
    for c, mine in zip(candidates, own, strict=True):
        place = places[c.place]
        facts = _place(place.population, len(place.sources))
        method = c.method
        if c.similarity == 1.0 and not units.isdisjoint(place.pcodes):  # its own area is spelled so
            method = "exact"
        values = {
            **_likeness(c, facts.get("population_log", 0.0)),
            **facts,
            **_method(method, c.key_length),
            **_kinds(span.kind, place.kind),
            "homonyms_log": math.log2(bisect_right(alike, -c.similarity)),
            "less_alike_than_best": best - c.similarity,
        }
        spelling = index.spellings[c.spelling][2]
        told = span.modifiers - DIRECTIONS
        if c.modifiers_missing and not told <= modifiers_of(tuple(spelling.split())):
            values["upper_or_lower_missing"] = 1.0
        if not mine and _has_namesake(c, called, places, index):
            values["alias_beside_namesake"] = 1.0
        if not mine and _is_in_other_order(spelling, place):
            values["alias_in_other_order"] = 1.0
        if c.method != "part":
            values |= _ends(heard, sound(spelling))
        if span.kind is None and c.similarity <= towns.get(place.id, 0.0) + _AS_ALIKE:
            values["unasked_admin_of_town"] = 1.0
        rows.append(values)
    return rows


def _has_namesake(
    candidate: Candidate, called: Sequence[tuple[float, Place]], places: Sequence[Place], index: NameIndex
) -> bool:
    """Tell whether a place nearby is called what is only another spelling of this one."""
    place = places[candidate.place]
    return not _has_its_areas_name(candidate, places, index) and any(
        alike >= candidate.similarity - _AS_ALIKE
        and other.kind.group == place.kind.group
        and flat_distance_m(other.position, place.position) <= _NAMESAKE_REACH_M
        for alike, other in called
    )


def _is_in_other_order(spelling: str, place: Place) -> bool:
    """Tell whether a spelling has the consonants of the place's own name in another order: Zuf for Foz."""
    letters = skeleton(spelling)
    own = {skeleton(name) for name in (place.name, place.name_ar) if " " not in name}
    return " " not in spelling and letters not in own and sorted(letters) in map(sorted, own)


def _ends(one: str, other: str) -> Features:
    """Return how two sounds begin and end otherwise; a ta marbuta is seldom left out."""
    values = {}
    if one.startswith("'") != other.startswith("'"):
        values["other_onset"] = 1.0
    if one[-1:] != other[-1:] and "a" in (one[-1:], other[-1:]):
        values["other_ending"] = 1.0
    return values


def _is_own_name(candidate: Candidate, places: Sequence[Place], index: NameIndex) -> bool:
    """Tell whether the spelling is what the place is called, and not one of its other spellings."""
    place = places[candidate.place]
    return index.spellings[candidate.spelling][2] in (fold(place.name), fold(place.name_ar))


def _has_its_areas_name(candidate: Candidate, places: Sequence[Place], index: NameIndex) -> bool:
    """Tell whether an area that holds the place has this name: Tabqa is the centre of Al-Thawrah."""
    code = skeleton(index.spellings[candidate.spelling][2])
    return any(code == skeleton(unit.name) for unit in places[candidate.place].admin)


def _areas_of_towns(candidates: Sequence[Candidate], places: Sequence[Place]) -> dict[str, float]:
    """Return the admin units among the candidates that hold a settlement among them, with how alike it is."""
    towns = {place.id: 0.0 for c in candidates if (place := places[c.place]).kind.admin_level}
    if not towns:
        return towns
    for c in candidates:
        place = places[c.place]
        if place.kind is PlaceKind.SETTLEMENT:
            for unit in place.admin:
                if c.similarity > towns.get(unit.pcode, 1.0):
                    towns[unit.pcode] = c.similarity
    return towns


def _without_zeros(values: Features) -> Features:
    return {name: value for name, value in values.items() if value}


@lru_cache(maxsize=1024)
def _kinds(asked_for: str | None, kind: PlaceKind) -> Features:
    """Return what the kind of a place says, given the kind that was asked for."""
    group = kind.group
    values: dict[str, float] = {
        "country": float(kind is PlaceKind.COUNTRY),
        "neighbourhood": float(group == "neighbourhood"),
        "facility": float(group == "facility"),
        "landmark": float(group == "landmark" and kind not in REGIONS),
        "region": float(kind in REGIONS),
    }
    if asked_for is None:
        values["unasked_admin"] = float(group == "admin")
        values["unasked_governorate"] = float(kind is PlaceKind.GOVERNORATE)
        values["unasked_neighbourhood"] = values["neighbourhood"]
        values["unasked_facility"] = values["facility"]
        values["unasked_landmark"] = values["landmark"]
    else:
        asked = PlaceKind(asked_for)
        same_group = asked.group == group or {asked, kind} == _AIRFIELDS
        values["kind_agrees"] = float(asked is kind)
        values["kind_group_agrees"] = float(same_group)
        values["kind_disagrees"] = float(not same_group)
        values["camp_disagrees"] = float(asked is PlaceKind.CAMP and kind is not asked)
        values["admin_agrees"] = float(asked is kind and group == "admin")
        values["area_for_countryside"] = float(asked is PlaceKind.REGION and kind is PlaceKind.GOVERNORATE)
        values["asked_admin_is_not"] = float(asked.group == "admin" and asked is not kind)
    return _without_zeros(values)


@lru_cache(maxsize=16384)
def _place(population: int | None, sources: int) -> Features:
    return {
        "population_log": math.log10(population) / 2 if population else 0.0,
        "population_known": float(population is not None),
        "more_sources": min(sources, 3) - 1.0,
    }


@lru_cache(maxsize=1024)
def _method(method: str, key_length: int) -> Features:
    fuzzy, in_part = method == "fuzzy", method == "part"
    length = _length(key_length)
    return _without_zeros(
        {
            "exact": float(method == "exact"),
            "skeleton": float(method in ("exact", "skeleton")),
            "part": float(in_part),
            "skeleton_and_long": 0.0 if fuzzy or in_part else length,
            "fuzzy_and_long": length if fuzzy else 0.0,
        }
    )


def _length(key_length: int) -> float:
    return min(key_length, 8) / 8.0


def _likeness(candidate: Candidate, prominence: float) -> dict[str, float]:
    """Return how alike the spelling is; `prominence` is the place's "population_log"."""
    alike = candidate.similarity
    values = {
        "similarity": alike,
        "similar_and_long": alike * _length(candidate.key_length),
        "key_similarity": candidate.key_similarity,
    }
    if alike > 0.8:
        values["similarity_over_80"] = over_80 = (alike - 0.8) * 5
        values["prominent_and_alike"] = prominence * over_80
    if alike > 0.9:
        values["similarity_over_90"] = (alike - 0.9) * 10
    if candidate.method == "part":
        values["part_similarity"] = candidate.part_similarity
        values["part_covers"] = alike
    if candidate.modifiers_missing or candidate.modifiers_extra or candidate.modifiers_shared:
        values["modifiers_missing"] = float(candidate.modifiers_missing)
        values["modifiers_extra"] = float(candidate.modifiers_extra)
        values["modifiers_shared"] = float(candidate.modifiers_shared)
    return values


def none_features(span: Span, candidates: Sequence[Candidate]) -> Features:
    """Return the features of "this name is none of its candidates"."""
    asked = PlaceKind(span.kind).group if span.kind else None
    values = {
        "bias": 1.0,
        "long_name": min(sum(map(len, span.words)), 30) / 15.0,
        "many_words": min(len(span.words), 6) / 3.0,
        "arabic": float(script_of(span.text) == "Arab"),
        "asks_settlement": float(asked == "settlement"),
        "asks_landmark": float(asked in _LANDMARKS),
        "asks_neighbourhood": float(asked == "neighbourhood"),
        "best_similarity": max([c.similarity for c in candidates], default=0.0),
        "short_key": float(not candidates or candidates[0].key_length <= 2),
    }
    return _without_zeros(values)


# ------------------------------------------------------------------------------------------ roles


def reported_in(place: Place) -> Features:
    """Return the governorate of a place: some are reported on more, which counts without an area."""
    return {f"reported_in_{place.admin[0].pcode[-2:]}": 1.0} if place.admin else {}


def place_roles(place: Place, areas: Sequence[frozenset[str]], anchors: Sequence[LatLon]) -> dict[str, float]:
    """Return how a place lies to the areas stated round it, and where none holds it, to other places.

    Parameters
    ----------
    place
        The target.
    areas
        For each name that names admin units: the P-codes it may mean.
    anchors
        Positions of settlements named beside it.
    """
    values: dict[str, float] = {}
    for codes in areas:
        inside = [code for code in codes if place.lies_in(code)]
        code = max(inside, key=len) if inside else min(codes, key=len)
        level = _LEVELS.get(len(code))
        known = inside or (place.admin and not any(may_lie_in(place, code) for code in codes))
        if level and known and inside:  # of a sub-district, its district and its governorate
            values |= {f"in_{_LEVELS[n]}": 1.0 for n in range(4, len(code) + 1, 2)}
        elif level and known:
            values[f"out_of_{level}"] = 1.0
    if anchors:
        nearest = min(flat_distance_m(place.position, anchor) for anchor in anchors)
        values["near_anchor"] = math.exp(-nearest / _ANCHOR_REACH_M)
        values["far_from_anchors"] = float(nearest > _FAR_M)
    return values
