"""What speaks for and against a candidate, as numbers.

Each feature is a plain fact about the name, the spelling that matched, the place, or the surroundings,
between 0 and about 3. The ranker weighs them; `explain` in :mod:`gazetteer.resolve.reasons` says them in
words. Training and answering use this one module, so they cannot drift apart.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gazetteer.names import script_of
from gazetteer.places import Place, PlaceKind
from gazetteer.resolve.candidates import Candidate
from gazetteer.resolve.facts import (
    kind_features,
    likeness_features,
    method_features,
    place_features,
    role_features,
)
from gazetteer.resolve.parse import NamePart
from gazetteer.values import LatLon

__all__ = [
    "FEATURES",
    "NONE_FEATURES",
    "Evidence",
    "Surroundings",
    "feature_rows",
    "flat_distance_m",
    "may_lie_in",
    "none_row",
]

#: Context anchors help within about this distance: two towns reported together are a short drive apart.
_ANCHOR_REACH_M: Final = 15_000.0
#: Below this likeness a name was not found.
_FOUND: Final = 0.75
#: Names this close in likeness count as equally alike.
_AS_ALIKE: Final = 0.02

FEATURES: Final = (
    "exact",
    "skeleton",
    "similarity",
    "similarity_over_80",
    "similarity_over_90",
    "similar_and_long",
    "key_similarity",
    "part",
    "part_similarity",
    "part_covers",
    "skeleton_and_long",
    "fuzzy_and_long",
    "modifiers_missing",
    "modifiers_extra",
    "modifiers_shared",
    "kind_agrees",
    "kind_group_agrees",
    "kind_disagrees",
    "asked_admin_is_not",
    "admin_agrees",
    "unasked_admin",
    "unasked_governorate",
    "country",
    "unasked_admin_of_town",
    "unasked_facility",
    "unasked_landmark",
    "area_for_countryside",
    "neighbourhood",
    "facility",
    "landmark",
    "region",
    "population_log",
    "population_known",
    "prominent_and_alike",
    "more_sources",
    "homonyms_log",
    "less_alike_than_best",
    "in_governorate",
    "out_of_governorate",
    "in_district",
    "out_of_district",
    "in_subdistrict",
    "out_of_subdistrict",
    "near_anchor",
    "far_from_anchors",
    "from_aside",
    "from_context",
    "aside_alone",
    "village_from_context",
    "city_from_context",
    *(f"in_SY{number:02d}" for number in range(1, 15)),
)
NONE_FEATURES: Final = (
    "bias",
    "long_name",
    "many_words",
    "arabic",
    "asks_settlement",
    "asks_landmark",
    "asks_neighbourhood",
    "has_context",
    "best_similarity",
    "short_key",
    "relation_direction",
    "relation_near",
    "relation_between",
    "relation_joined",
)

_RELATIONS: Final = ("direction", "near", "between", "joined")
_LANDMARKS: Final = frozenset({"landmark", "facility", "point"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of where the name should lie.

    Parameters
    ----------
    areas
        For each hint that names admin units: the P-codes it may mean.
    anchors
        Positions of the settlements that hints name.
    """

    areas: tuple[frozenset[str], ...] = ()
    anchors: tuple[LatLon, ...] = ()


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


_LEVEL_NAMES: Final = {4: "governorate", 6: "district", 8: "subdistrict"}


def _area_features(place: Place, surroundings: Surroundings) -> dict[str, float]:
    values: dict[str, float] = {}
    for hint in surroundings.areas:
        inside = [code for code in hint if place.lies_in(code)]
        code = max(inside, key=len) if inside else min(hint, key=len)
        level = _LEVEL_NAMES.get(len(code))
        known = inside or (place.admin and not any(may_lie_in(place, code) for code in hint))
        if level and known:
            values[f"in_{level}" if inside else f"out_of_{level}"] = 1.0
    if surroundings.anchors:
        nearest = min(flat_distance_m(place.position, a) for a in surroundings.anchors)
        values["near_anchor"] = math.exp(-nearest / _ANCHOR_REACH_M)
        values["far_from_anchors"] = float(nearest > 60_000.0)
    return values


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one cell before it is ranked.

    Parameters
    ----------
    parts
        The names of the cell, the main one first.
    found
        Each name that was looked up, with its candidates.
    surroundings
        What context says.
    relation
        The relation that the cell states, if any.
    """

    parts: tuple[NamePart, ...]
    found: tuple[tuple[NamePart, tuple[Candidate, ...]], ...]
    surroundings: Surroundings
    relation: str | None = None

    @property
    def candidates(self) -> list[tuple[NamePart, Candidate]]:
        """Every candidate with the name it is one for."""
        return [(part, c) for part, candidates in self.found for c in candidates]


def feature_rows(evidence: Evidence, places: Sequence[Place]) -> list[dict[str, float]]:
    """Return the features of each candidate, in the order of `evidence.candidates`; those left out are 0.

    Parameters
    ----------
    evidence
        The cell.
    places
        The gazetteer's places, by position.
    """
    best = max((c.similarity for _, found in evidence.found for c in found), default=0.0)
    main_found = any(c.similarity >= _FOUND for p, found in evidence.found if p.role == "main" for c in found)
    rows = []
    for part, candidates in evidence.found:
        role = role_features(part, evidence.parts[0], main_found=main_found)
        alike = sorted(-c.similarity for c in candidates)
        towns = {} if part.kind else _areas_of_towns(candidates, places)
        for c in candidates:
            place = places[c.place]
            governorate = place.admin[0].pcode if place.admin else None
            facts = place_features(place.population, len(place.sources), governorate)
            prominence = facts.get("population_log", 0.0)
            values = {
                **likeness_features(c, prominence),
                **facts,
                **role,
                **method_features(c.method, c.key_length),
                **kind_features(part.kind, place.kind),
                "homonyms_log": math.log2(bisect_right(alike, -c.similarity)),
                "less_alike_than_best": best - c.similarity,
            }
            if part.role == "context":
                values["city_from_context"] = prominence
            if part.kind is None and c.similarity <= towns.get(place.id, 0.0) + _AS_ALIKE:
                values["unasked_admin_of_town"] = 1.0
            if evidence.surroundings.areas or evidence.surroundings.anchors:
                values.update(_area_features(place, evidence.surroundings))
            rows.append(values)
    return rows


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


def none_row(evidence: Evidence) -> dict[str, float]:
    """Return the features of "none of these"."""
    main = evidence.parts[0]
    asked = PlaceKind(main.kind).group if main.kind else None
    candidates = [c for _, found in evidence.found for c in found]
    return {
        "bias": 1.0,
        "long_name": min(sum(map(len, main.words)), 30) / 15.0,
        "many_words": min(len(main.words), 6) / 3.0,
        "arabic": float(script_of(main.text) == "Arab"),
        "asks_settlement": float(asked == "settlement"),
        "asks_landmark": float(asked in _LANDMARKS),
        "asks_neighbourhood": float(asked == "neighbourhood"),
        "has_context": float(bool(evidence.surroundings.areas or evidence.surroundings.anchors)),
        "best_similarity": max([c.similarity for c in candidates], default=0.0),
        **{f"relation_{kind}": float(evidence.relation == kind) for kind in _RELATIONS},
        "short_key": float(not candidates or candidates[0].key_length <= 2),
    }
