"""What speaks for and against a reading, as numbers.

A feature is a plain fact, between 0 and about 3. There are three groups: of a *candidate* (how alike the
name is, what sort of place), of the *roles* that the other names of a text have once the candidate is its
target (it lies in them, they are the same place, they are left unread), and of a name *none* of whose
candidates is meant. :mod:`gazetteer.reading.rank` has their weights.
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

#: More of what has a "+" never speaks against a place, and more of what has a "-" never for one.
_CANDIDATE: Final = """
    +exact +skeleton +similarity +similarity_over_80 +similarity_over_90 +similar_and_long +key_similarity
    part +part_similarity +part_covers +skeleton_and_long -fuzzy_and_long -other_onset -other_ending
    -alias_beside_namesake -alias_in_other_order -modifiers_missing -modifiers_extra +modifiers_shared
    -upper_or_lower_missing +kind_agrees +kind_group_agrees -kind_disagrees -camp_disagrees
    -asked_admin_is_not +admin_agrees -unasked_admin -unasked_governorate +country -unasked_admin_of_town
    -unasked_neighbourhood -unasked_facility -unasked_landmark +area_for_countryside neighbourhood
    facility landmark region +population_log +population_known +prominent_and_alike +more_sources
    -homonyms_log -less_alike_than_best
""".split()
_ROLES: Final = """
    +in_governorate -out_of_governorate +in_district -out_of_district +in_subdistrict -out_of_subdistrict
    +near_anchor -far_from_anchors +same_place -contains_other -unread_words -unread_aside -unread_known
    -not_first -city_instead -after_in -in_brackets -aside -marked_area
""".split()
#: By feature, "+" or "-": what fitting keeps to, whatever labelled rows say.
SIGNS: Final = {name[1:]: name[0] for name in (*_CANDIDATE, *_ROLES) if name[0] in "+-"}
CANDIDATE_FEATURES: Final = tuple(name.lstrip("+-") for name in _CANDIDATE)
#: How often each governorate is reported, by the end of its P-code.
PRIOR_FEATURES: Final = tuple(f"reported_in_{number:02d}" for number in range(1, 15))
ROLE_FEATURES: Final = (*(name.lstrip("+-") for name in _ROLES), *PRIOR_FEATURES)
NONE_FEATURES: Final = tuple(
    """
    bias long_name many_words arabic asks_settlement asks_landmark asks_neighbourhood
    best_similarity short_key has_context relation_direction relation_near relation_between
    """.split()
)
LIST_FEATURES: Final = ("list", "strong", "comma", "slash", "dash", "line")

_AIRFIELDS: Final = frozenset({PlaceKind.AIRPORT, PlaceKind.AIR_BASE})
#: Names this close in likeness count as equally alike.
AS_ALIKE: Final = 0.02
#: Other places help within about this distance: two towns reported together are a short drive apart.
_ANCHOR_REACH_M: Final = 15_000.0
_FAR_M: Final = 60_000.0
#: A place this near that has the very name makes an alias of another doubtful.
_NAMESAKE_REACH_M: Final = 40_000.0
_LEVELS: Final = {4: "governorate", 6: "district", 8: "subdistrict"}


def flat_distance_m(a: LatLon, b: LatLon) -> float:
    """Return a distance in metres, within 0.6 % up to 100 km: for features and clusters, not for answers."""
    x = (a.longitude - b.longitude) * math.cos(math.radians((a.latitude + b.latitude) / 2))
    return 111_195.0 * math.hypot(a.latitude - b.latitude, x)


def may_lie_in(place: Place, pcode: str) -> bool:
    """Tell whether a place may lie in an area: a dam with a governorate only, in any of its districts."""
    if place.lies_in(pcode) or not place.admin:
        return place.lies_in(pcode)
    # P-codes nest: a district's begins with its governorate's. Of an admin unit all is known.
    return place.kind.group != "admin" and pcode.startswith(place.admin[-1].pcode)


# ------------------------------------------------------------------------------------- candidates


def candidate_features(
    span: Span, candidates: Sequence[Candidate], places: Sequence[Place], index: NameIndex
) -> list[Features]:
    """Return the features of a name's candidates, in their order; most of what is 0 is left out."""
    best = max((c.similarity for c in candidates), default=0.0)
    alike = sorted(-c.similarity for c in candidates)
    # The areas of the settlements among the candidates, with how alike those are.
    towns: dict[str, float] = {}
    for c in () if span.kind else candidates:
        if places[c.place].kind is PlaceKind.SETTLEMENT:
            towns |= {code: max(c.similarity, towns.get(code, 0.0)) for code in places[c.place].pcodes}
    # Whether the spelling is what the place is called, and not one of its other spellings.
    own = [
        index.spellings[c.spelling][2] in (fold(places[c.place].name), fold(places[c.place].name_ar))
        for c in candidates
    ]
    called = [(c.similarity, places[c.place]) for c, mine in zip(candidates, own, strict=True) if mine]
    units = {places[c.place].id for c in candidates if c.method == "exact" and places[c.place].admin}
    heard, told = sound(span.name), span.modifiers - DIRECTIONS
    rows: list[Features] = []
    for c, mine in zip(candidates, own, strict=True):
        place, spelling = places[c.place], index.spellings[c.spelling][2]
        # Its own area is spelled so: then it is, too.
        exact = c.method == "exact" or (c.similarity == 1.0 and not units.isdisjoint(place.pcodes))
        values = {
            **_likeness(c, place, exact=exact),
            **_kinds(span.kind, place.kind),
            "homonyms_log": math.log2(bisect_right(alike, -c.similarity)),
            "less_alike_than_best": best - c.similarity,
        }
        if c.modifiers_missing and not told <= modifiers_of(tuple(spelling.split())):
            values["upper_or_lower_missing"] = 1.0
        if not mine:
            values |= _alias(c, spelling, place, called)
        if c.method != "part":
            other = sound(spelling)
            if heard.startswith("'") != other.startswith("'"):
                values["other_onset"] = 1.0
            ends = {heard[-1:], other[-1:]}
            if len(ends) > 1 and "a" in ends:  # a ta marbuta is seldom left out
                values["other_ending"] = 1.0
        if span.kind is None and c.similarity <= towns.get(place.id, 0.0) + AS_ALIKE:
            values["unasked_admin_of_town"] = 1.0
        rows.append(values)
    return rows


def _likeness(c: Candidate, place: Place, *, exact: bool) -> dict[str, float]:
    """Return how alike the spelling is, and how well known the place."""
    alike, length = c.similarity, min(c.key_length, 8) / 8.0
    prominence = math.log10(place.population) / 2 if place.population else 0.0
    values = {
        "similarity": alike,
        "similar_and_long": alike * length,
        "key_similarity": c.key_similarity,
        "population_log": prominence,
        "population_known": float(place.population is not None),
        "more_sources": min(len(place.sources), 3) - 1.0,
    }
    if exact:
        values["exact"] = 1.0
    if exact or c.method == "skeleton":
        values["skeleton"] = 1.0
        values["skeleton_and_long"] = length
    elif c.method == "fuzzy":
        values["fuzzy_and_long"] = length
    else:
        values["part"] = 1.0
    if c.method == "part":
        values["part_similarity"] = c.part_similarity
        values["part_covers"] = alike
    if alike > 0.8:
        values["similarity_over_80"] = over_80 = (alike - 0.8) * 5
        values["prominent_and_alike"] = prominence * over_80
    if alike > 0.9:
        values["similarity_over_90"] = (alike - 0.9) * 10
    if c.modifiers_missing or c.modifiers_extra or c.modifiers_shared:
        values["modifiers_missing"] = float(c.modifiers_missing)
        values["modifiers_extra"] = float(c.modifiers_extra)
        values["modifiers_shared"] = float(c.modifiers_shared)
    return values


@lru_cache(maxsize=1024)
def _kinds(asked_for: str | None, kind: PlaceKind) -> Features:
    """Return what the kind of a place says, given the kind that was asked for."""
    group = kind.group
    values = {
        "country": kind is PlaceKind.COUNTRY,
        "neighbourhood": group == "neighbourhood",
        "facility": group == "facility",
        "landmark": group == "landmark" and kind not in REGIONS,
        "region": kind in REGIONS,
    }
    if asked_for is None:
        values["unasked_admin"] = group == "admin"
        values["unasked_governorate"] = kind is PlaceKind.GOVERNORATE
        values |= {f"unasked_{name}": values[name] for name in ("neighbourhood", "facility", "landmark")}
    else:
        asked = PlaceKind(asked_for)
        same_group = asked.group == group or {asked, kind} == _AIRFIELDS
        values["kind_agrees"] = asked is kind
        values["kind_group_agrees"] = same_group
        values["kind_disagrees"] = not same_group
        values["camp_disagrees"] = asked is PlaceKind.CAMP and kind is not asked
        values["admin_agrees"] = asked is kind and group == "admin"
        values["area_for_countryside"] = asked is PlaceKind.REGION and kind is PlaceKind.GOVERNORATE
        values["asked_admin_is_not"] = asked.group == "admin" and asked is not kind
    return {name: 1.0 for name, holds in values.items() if holds}


def _alias(c: Candidate, spelling: str, place: Place, called: Sequence[tuple[float, Place]]) -> Features:
    """Return what makes another spelling than the place's own name doubtful."""
    values = {}
    letters = skeleton(spelling)
    # A place nearby is called so, and no area that holds this one: Tabqa is the centre of Al-Thawrah.
    if any(
        alike >= c.similarity - AS_ALIKE
        and other.kind.group == place.kind.group
        and flat_distance_m(other.position, place.position) <= _NAMESAKE_REACH_M
        for alike, other in called
    ) and all(letters != skeleton(unit.name) for unit in place.admin):
        values["alias_beside_namesake"] = 1.0
    # The consonants of the place's own name in another order: Zuf for Foz.
    own = {skeleton(name) for name in (place.name, place.name_ar) if " " not in name}
    if " " not in spelling and letters not in own and sorted(letters) in map(sorted, own):
        values["alias_in_other_order"] = 1.0
    return values


def none_features(span: Span, candidates: Sequence[Candidate]) -> Features:
    """Return the features of "this name means no candidate"."""
    asked = PlaceKind(span.kind).group if span.kind else None
    values = {
        "bias": 1.0,
        "long_name": min(sum(map(len, span.words)), 30) / 15.0,
        "many_words": min(len(span.words), 6) / 3.0,
        "arabic": float(script_of(span.text) == "Arab"),
        "asks_settlement": float(asked == "settlement"),
        "asks_landmark": float(asked in {"landmark", "facility", "point"}),
        "asks_neighbourhood": float(asked == "neighbourhood"),
        "best_similarity": max([c.similarity for c in candidates], default=0.0),
        "short_key": float(not candidates or candidates[0].key_length <= 2),
    }
    return {name: value for name, value in values.items() if value}


# ------------------------------------------------------------------------------------------ roles


def place_roles(place: Place, areas: Sequence[frozenset[str]], anchors: Sequence[LatLon]) -> dict[str, float]:
    """Return how a place lies to areas, each with the P-codes that it may mean, and to settlements."""
    values: dict[str, float] = {}
    for codes in areas:
        inside = [code for code in codes if place.lies_in(code)]
        code = max(inside, key=len) if inside else min(codes, key=len)
        level = _LEVELS.get(len(code))
        if level and inside:  # of a sub-district, its district and its governorate
            values |= {f"in_{_LEVELS[n]}": 1.0 for n in range(4, len(code) + 1, 2)}
        elif level and place.admin and not any(may_lie_in(place, code) for code in codes):
            values[f"out_of_{level}"] = 1.0
    if anchors:
        nearest = min(flat_distance_m(place.position, anchor) for anchor in anchors)
        values["near_anchor"] = math.exp(-nearest / _ANCHOR_REACH_M)
        values["far_from_anchors"] = float(nearest > _FAR_M)
    return values
