"""What a candidate's kind, place and likeness say, as numbers: the pieces that `features` puts together.

The same kinds, places and methods come back in cell after cell, so their pieces are made once. Most facts
are zero, and zeros are left out.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from gazetteer.places import PlaceKind
from gazetteer.resolve.candidates import Candidate
from gazetteer.resolve.parse import NamePart

__all__ = [
    "Features",
    "kind_features",
    "likeness_features",
    "method_features",
    "place_features",
    "role_features",
]

Features = Mapping[str, float]
#: Regions are named without saying that they are: "Eastern Ghouta", "Jabal al-Zawiya".
_REGIONS: Final = frozenset({PlaceKind.REGION, PlaceKind.MOUNTAIN})


def _without_zeros(values: Features) -> Features:
    return {name: value for name, value in values.items() if value}


@lru_cache(maxsize=1024)
def kind_features(asked_for: str | None, kind: PlaceKind) -> Features:
    """Return what the kind of a place says, given the kind that was asked for."""
    group = kind.group
    values: dict[str, float] = {
        "country": float(kind is PlaceKind.COUNTRY),
        "neighbourhood": float(group == "neighbourhood"),
        "facility": float(group == "facility"),
        "landmark": float(group == "landmark" and kind not in _REGIONS),
        "region": float(kind in _REGIONS),
    }
    if asked_for is None:
        values["unasked_admin"] = float(group == "admin")
        values["unasked_governorate"] = float(kind is PlaceKind.GOVERNORATE)
        values["unasked_facility"] = values["facility"]
        values["unasked_landmark"] = values["landmark"]
    else:
        asked = PlaceKind(asked_for)
        same_group = asked.group == group or {asked, kind} == {PlaceKind.AIRPORT, PlaceKind.AIR_BASE}
        values["kind_agrees"] = float(asked is kind)
        values["kind_group_agrees"] = float(same_group)
        values["kind_disagrees"] = float(not same_group)
        values["admin_agrees"] = float(asked is kind and group == "admin")
        values["area_for_countryside"] = float(asked is PlaceKind.REGION and kind is PlaceKind.GOVERNORATE)
        values["asked_admin_is_not"] = float(asked.group == "admin" and asked is not kind)
    return _without_zeros(values)


@lru_cache(maxsize=16384)
def place_features(population: int | None, sources: int, governorate: str | None) -> Features:
    """Return what is known of a place: inhabitants, the number of its sources, its governorate's P-code."""
    values = {
        "population_log": math.log10(population) / 2 if population else 0.0,
        "population_known": float(population is not None),
        "more_sources": min(sources, 3) - 1.0,
    }
    if governorate:
        values[f"in_{governorate}"] = 1.0
    return _without_zeros(values)


@lru_cache(maxsize=1024)
def method_features(method: str, key_length: int) -> Features:
    """Return how a spelling was found, and how much that says for the letters in the name's skeleton."""
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


def role_features(part: NamePart, main: NamePart, *, main_found: bool) -> Features:
    """Return which part of the cell is looked at; `main_found` tells whether its main name was found."""
    values = {
        "from_aside": float(part.role == "aside"),
        "from_context": float(part.role == "context"),
        "aside_alone": float(part.role == "aside" and not main_found),
        "village_from_context": float(part.role == "context" and main.kind == "settlement"),
    }
    return _without_zeros(values)


def likeness_features(candidate: Candidate, prominence: float) -> dict[str, float]:
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
