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

from gazetteer.coords import LatLon
from gazetteer.places import Place, PlaceKind
from gazetteer.resolve.candidates import Candidate
from gazetteer.resolve.parse import NamePart

__all__ = [
    "FEATURES",
    "NONE_FEATURES",
    "Evidence",
    "Surroundings",
    "feature_rows",
    "flat_distance_m",
    "none_row",
]

#: Context anchors help within about this distance: two towns reported together are a short drive apart.
_ANCHOR_REACH_M: Final = 15_000.0
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
    "unasked_admin_of_town",
    "unasked_facility",
    "unasked_landmark",
    "area_for_countryside",
    "neighbourhood",
    "facility",
    "landmark",
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
)
NONE_FEATURES: Final = (
    "bias",
    "long_name",
    "many_words",
    "asks_landmark",
    "asks_neighbourhood",
    "has_context",
    "best_similarity",
    "short_key",
)

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


def _kind_features(part: NamePart, kind: PlaceKind) -> dict[str, float]:
    group = kind.group
    values: dict[str, float] = {}
    if part.kind is None:
        if group == "admin":
            values["unasked_admin"] = 1.0
            values["unasked_governorate"] = float(kind is PlaceKind.GOVERNORATE or kind is PlaceKind.COUNTRY)
        values["unasked_facility"] = float(group == "facility")
        values["unasked_landmark"] = float(group == "landmark")
    else:
        asked = PlaceKind(part.kind)
        same_group = asked.group == group or {asked, kind} == {PlaceKind.AIRPORT, PlaceKind.AIR_BASE}
        values["kind_agrees"] = float(asked is kind)
        values["kind_group_agrees"] = float(same_group)
        values["kind_disagrees"] = float(not same_group)
        values["admin_agrees"] = float(asked is kind and group == "admin")
        values["area_for_countryside"] = float(asked is PlaceKind.REGION and kind is PlaceKind.GOVERNORATE)
        values["asked_admin_is_not"] = float(asked.group == "admin" and asked is not kind)
    values["neighbourhood"] = float(group == "neighbourhood")
    values["facility"] = float(group == "facility")
    values["landmark"] = float(group == "landmark")
    return values


_LEVEL_NAMES: Final = {4: "governorate", 6: "district", 8: "subdistrict"}


def _area_features(place: Place, surroundings: Surroundings) -> dict[str, float]:
    values: dict[str, float] = {}
    for hint in surroundings.areas:
        inside = [code for code in hint if place.lies_in(code)]
        code = max(inside, key=len) if inside else min(hint, key=len)
        level = _LEVEL_NAMES.get(len(code))
        if level and (inside or place.admin):
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
    """

    parts: tuple[NamePart, ...]
    found: tuple[tuple[NamePart, tuple[Candidate, ...]], ...]
    surroundings: Surroundings

    @property
    def candidates(self) -> list[tuple[NamePart, Candidate]]:
        """Every candidate with the name it is one for."""
        return [(part, c) for part, candidates in self.found for c in candidates]


def feature_rows(evidence: Evidence, places: Sequence[Place]) -> list[tuple[float, ...]]:
    """Return the features of each candidate, in the order of `evidence.candidates` and of `FEATURES`.

    Parameters
    ----------
    evidence
        The cell.
    places
        The gazetteer's places, by position.
    """
    best = max((c.similarity for _, c in evidence.candidates), default=0.0)
    rows = []
    for part, candidates in evidence.found:
        alike = sorted(-c.similarity for c in candidates)
        towns = _areas_of_towns(candidates, places)
        for c in candidates:
            place = places[c.place]
            values = _name_features(c, part, place)
            values["homonyms_log"] = math.log2(bisect_right(alike, -c.similarity))
            values["less_alike_than_best"] = best - c.similarity
            values.update(_kind_features(part, place.kind))
            if part.kind is None and c.similarity <= towns.get(place.id, 0.0) + _AS_ALIKE:
                values["unasked_admin_of_town"] = 1.0
            values.update(_area_features(place, evidence.surroundings))
            rows.append(tuple(values.get(name, 0.0) for name in FEATURES))
    return rows


def _areas_of_towns(candidates: Sequence[Candidate], places: Sequence[Place]) -> dict[str, float]:
    """Return the P-codes that hold a settlement among the candidates, with how alike it sounds."""
    towns: dict[str, float] = {}
    for c in candidates:
        if places[c.place].kind is PlaceKind.SETTLEMENT:
            for code in places[c.place].pcodes:
                towns[code] = max(towns.get(code, 0.0), c.similarity)
    return towns


def _name_features(candidate: Candidate, part: NamePart, place: Place) -> dict[str, float]:
    alike = candidate.similarity
    length = min(candidate.key_length, 8) / 8.0
    fuzzy = candidate.method == "fuzzy"
    prominence = math.log10(place.population) / 2 if place.population else 0.0
    return {
        "exact": float(candidate.method == "exact"),
        "skeleton": float(not fuzzy),
        "similarity": alike,
        "similarity_over_80": max(0.0, alike - 0.8) * 5,
        "similarity_over_90": max(0.0, alike - 0.9) * 10,
        "similar_and_long": alike * length,
        "key_similarity": candidate.key_similarity,
        "skeleton_and_long": 0.0 if fuzzy else length,
        "fuzzy_and_long": length if fuzzy else 0.0,
        "modifiers_missing": float(candidate.modifiers_missing),
        "modifiers_extra": float(candidate.modifiers_extra),
        "modifiers_shared": float(candidate.modifiers_shared),
        "population_log": prominence,
        "prominent_and_alike": prominence * max(0.0, alike - 0.8) * 5,
        "population_known": float(place.population is not None),
        "more_sources": min(len(place.sources), 3) - 1.0,
        "from_aside": float(part.role == "aside"),
        "from_context": float(part.role == "context"),
    }


def none_row(evidence: Evidence) -> tuple[float, ...]:
    """Return the features of "none of these", in the order of `NONE_FEATURES`."""
    main = evidence.parts[0]
    asked = PlaceKind(main.kind).group if main.kind else None
    first = next((c for _, c in evidence.candidates), None)
    values = {
        "bias": 1.0,
        "long_name": min(sum(map(len, main.words)), 30) / 15.0,
        "many_words": min(len(main.words), 6) / 3.0,
        "asks_landmark": float(asked in _LANDMARKS),
        "asks_neighbourhood": float(asked == "neighbourhood"),
        "has_context": float(bool(evidence.surroundings.areas or evidence.surroundings.anchors)),
        "best_similarity": max((c.similarity for _, c in evidence.candidates), default=0.0),
        "short_key": float(first is None or first.key_length <= 2),
    }
    return tuple(values[name] for name in NONE_FEATURES)
