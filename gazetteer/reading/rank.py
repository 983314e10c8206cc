"""Weights, and from likelihoods to ranked places with calibrated confidences.

Homonyms share the probability, so two equally good villages get half each and neither is sure. The
probability that an answer is within 5 km is the sum over the candidates within 5 km of it; a
calibration (:mod:`gazetteer.reading.calibration`) makes that sum a confidence.

The weights are `weights.json`, made by ``scripts/train_ranker.py``; nothing is trained at run time.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Final, NamedTuple, Self

from gazetteer.names.words import DIRECTIONS
from gazetteer.reading.calibration import RIGHT_M, Calibration
from gazetteer.reading.candidates import Candidate
from gazetteer.reading.features import (
    AS_ALIKE,
    CANDIDATE_FEATURES,
    LIST_FEATURES,
    NONE_FEATURES,
    PRIOR_FEATURES,
    ROLE_FEATURES,
    flat_distance_m,
)
from gazetteer.reading.spans import AREA_KINDS, Span
from gazetteer.values import Place

#: Only the likeliest candidates are compared with each other.
_COMPARED: Final = 12
#: A candidate less likely than this changes no answer and is not worth showing.
_NEGLIGIBLE: Final = 0.003
#: "Eastern Idlib city" lies in the city and "X ash-Sharqi village" is a village: only without a kind word, or
#: with one for an area, is a part of something meant.
PART_KINDS: Final = AREA_KINDS | {None}

#: A candidate of a name, with the probability that it is meant.
Likelihood = tuple[float, Candidate, Span]


@dataclass(frozen=True, slots=True)
class Weights:
    """The model: a weight for each feature of the four groups."""

    candidate: Mapping[str, float]
    roles: Mapping[str, float]
    none: Mapping[str, float]
    lists: Mapping[str, float]

    def without_prior(self) -> Self:
        """Return the weights without those that say how often each governorate is reported."""
        return replace(self, roles={**self.roles, **dict.fromkeys(PRIOR_FEATURES, 0.0)})

    @property
    def hash(self) -> str:
        """SHA-256 of the weights."""
        groups = (self.candidate, self.roles, self.none, self.lists)
        text = json.dumps([sorted(group.items()) for group in groups], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def load_weights() -> Weights:
    """Return the weights that the package carries."""
    raw = json.loads(files("gazetteer.reading").joinpath("weights.json").read_text("utf-8"))
    names = CANDIDATE_FEATURES, ROLE_FEATURES, NONE_FEATURES, LIST_FEATURES
    return Weights(
        *(
            {name: raw[group.name].get(name, 0.0) for name in known}
            for group, known in zip(fields(Weights), names, strict=True)
        )
    )


class RankedPlace(NamedTuple):
    """A candidate with its calibrated confidence, and the part of the cell it answers."""

    candidate: Candidate
    part: Span
    place: Place
    confidence: float


def ranked_places(
    found: Sequence[Likelihood], places: Sequence[Place], *, calibration: Calibration
) -> list[RankedPlace]:
    """Rank the candidates of a text by the probability of the 5 km round them, which the likeliest has."""
    # Whichever was meant, the answer is within 5 km. The likeliest answer is calibrated; the others and
    # "none" share what that leaves as the model has it.
    unique: dict[int, Likelihood] = {}
    for own, candidate, part in _with_areas(found, places):
        if len(unique) == _COMPARED or (unique and own < _NEGLIGIBLE):
            break
        unique.setdefault(candidate.place, (own, candidate, part))
    items = list(unique.values())
    near = [{n} for n in range(len(items))]  # which are one answer with each, itself included
    spots = [places[candidate.place].position for _, candidate, _ in items]
    for (n, a), (m, b) in combinations(enumerate(spots), 2):
        # A degree of latitude is 111 km: most pairs are told apart by it alone.
        if abs(a.latitude - b.latitude) < 0.05 and flat_distance_m(a, b) <= RIGHT_M:
            near[n].add(m)
            near[m].add(n)
    together = [math.fsum([items[m][0] for m in group]) for group in near]
    rest = set(range(len(items)))
    ranked: list[RankedPlace] = []
    scale = left = 1.0
    while rest:
        # The neighbourhood is chosen by what all of it weighs; in it, the likeliest place leads. Items are in
        # the order of their own probability: of equals, the smallest number comes first.
        centre = min(rest, key=lambda n: (-round(together[n], 9), n))
        lead = min(near[centre])
        taken, raw = near[lead], together[lead]
        if not ranked:
            best = calibration.calibrated(raw)
            scale, left = best / raw, (1.0 - best) / max(1.0 - raw, _NEGLIGIBLE)
        for n in sorted(taken):
            own, candidate, part = items[n]
            confidence = min((raw if n == lead else own) * scale, 1.0)
            ranked.append(RankedPlace(candidate, part, places[candidate.place], confidence))
        rest -= taken
        scale = left
        for n in {n for m in taken for n in near[m]} - taken:
            near[n] = near[n] - taken
            together[n] = math.fsum([items[m][0] for m in near[n]])
    return sorted(ranked, key=lambda r: -r.confidence)


def _with_areas(found: Sequence[Likelihood], places: Sequence[Place]) -> list[Likelihood]:
    """Give the probability of a town to the widest area of its name round it, where a part is meant."""
    sums: dict[tuple[int, Span], float] = {}
    known = {(c.place, part): c for _, c, part in found}
    for own, candidate, part in found:
        place = places[candidate.place]
        direction = part.modifiers & DIRECTIONS and candidate.modifiers_missing
        holders: list[tuple[int, str, Candidate]] = []
        if part.kind == "region" or (direction and part.kind in PART_KINDS):
            holders = [
                (level, places[c.place].id, c)
                for _, c, other in found
                if other is part
                and place.kind.group in ("settlement", "admin")
                and (level := places[c.place].kind.admin_level)
                and place.lies_in(places[c.place].id)
                and c.similarity >= candidate.similarity - AS_ALIKE
            ]
        key = ((min(holders)[2] if holders else candidate).place, part)
        sums[key] = sums.get(key, 0.0) + own
    merged = [(own, known[key], key[1]) for key, own in sums.items()]
    return sorted(merged, key=lambda item: (-item[0], places[item[1].place].id))
