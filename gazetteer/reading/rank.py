"""Weights, and from likelihoods to ranked places with calibrated confidences.

Homonyms share the probability by construction, so two equally good villages get half each and neither is
sure. The probability that an answer is within 5 km is the sum over the candidates within 5 km of it; a
calibration (:mod:`gazetteer.reading.calibration`) makes that sum a confidence.

The weights are `weights.json`, made by ``scripts/train_ranker.py``; nothing is trained at run time.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final, Self

from gazetteer.geodesy import LatLon
from gazetteer.reading.calibration import RIGHT_M, Calibration
from gazetteer.reading.candidates import Candidate
from gazetteer.reading.features import (
    CANDIDATE_FEATURES,
    LIST_FEATURES,
    NONE_FEATURES,
    PRIOR_FEATURES,
    ROLE_FEATURES,
    flat_distance_m,
)
from gazetteer.reading.part_of import Likelihood, with_areas
from gazetteer.reading.spans import Span
from gazetteer.values import Place

#: Two candidates this near are one answer.
SAME_ANSWER_M: Final = RIGHT_M
#: Only the likeliest candidates are compared with each other.
_COMPARED: Final = 12
#: A candidate less likely than this changes no answer and is not worth showing.
_NEGLIGIBLE: Final = 0.003


@dataclass(frozen=True, slots=True)
class Weights:
    """The model: a weight for each of the four groups of features.

    Parameters
    ----------
    candidate, roles, none, lists
        A weight for each of `CANDIDATE_FEATURES`, `ROLE_FEATURES`, `NONE_FEATURES` and `LIST_FEATURES`.
    """

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


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its calibrated confidence, and the part of the cell it answers."""

    candidate: Candidate
    part: Span
    place: Place
    confidence: float


@cache
def load_weights() -> Weights:
    """Return the weights that the package carries."""
    raw = json.loads(files("gazetteer.reading").joinpath("weights.json").read_text("utf-8"))
    return Weights(
        {name: raw["candidate"].get(name, 0.0) for name in CANDIDATE_FEATURES},
        {name: raw["roles"].get(name, 0.0) for name in ROLE_FEATURES},
        {name: raw["none"].get(name, 0.0) for name in NONE_FEATURES},
        {name: raw["lists"].get(name, 0.0) for name in LIST_FEATURES},
    )


def ranked_places(
    found: Sequence[Likelihood], places: Sequence[Place], *, calibration: Calibration
) -> list[Ranked]:
    """Rank the candidates of a text.

    Parameters
    ----------
    found
        Its candidates with their probabilities, which add up to 1 at most.
    places
        The gazetteer's places, by position.
    calibration
        Makes confidences of the probabilities.

    Returns
    -------
    list of Ranked
        Best first. Within one answer (5 km) the likeliest place leads.
    """
    return _grouped(with_areas(found, places), places, calibration)


def _grouped(alone: list[Likelihood], places: Sequence[Place], calibration: Calibration) -> list[Ranked]:
    """Order candidates by the probability of their 5 km neighbourhood.

    The likeliest place of a neighbourhood leads and carries the probability of all of it: whichever was
    meant, the answer is within 5 km. The others in it keep their own. The likeliest answer is calibrated;
    what that leaves over the other answers and "none" share as the model has it.
    """
    unique: dict[int, Likelihood] = {}
    for own, candidate, part in alone:
        if len(unique) == _COMPARED or (unique and own < _NEGLIGIBLE):
            break
        unique.setdefault(candidate.place, (own, candidate, part))
    items = list(unique.values())
    near = _neighbours([places[candidate.place].position for _, candidate, _ in items])
    together = [math.fsum([items[m][0] for m in group]) for group in near]
    # Items are in the order of their own probability: of equals, the smallest number comes first.
    standing = [(-round(raw, 9), n) for n, raw in enumerate(together)]
    rest = set(range(len(items)))
    ranked: list[Ranked] = []
    scale = left = 1.0
    while rest:
        centre = min(rest, key=standing.__getitem__)
        # The neighbourhood is chosen by what all of it weighs; in it, the likeliest place leads.
        lead = min(near[centre])
        taken, raw = near[lead], together[lead]
        if not ranked:
            best = calibration.calibrated(raw)
            scale, left = best / raw, (1.0 - best) / max(1.0 - raw, _NEGLIGIBLE)
        for n in sorted(taken):
            own, candidate, part = items[n]
            confidence = min((raw if n == lead else own) * scale, 1.0)
            ranked.append(Ranked(candidate, part, places[candidate.place], confidence))
        rest -= taken
        scale = left
        for n in {n for m in taken for n in near[m]} - taken:
            near[n] = near[n] - taken
            together[n] = math.fsum([items[m][0] for m in near[n]])
            standing[n] = (-round(together[n], 9), n)
    return sorted(ranked, key=lambda r: -r.confidence)


def _neighbours(positions: Sequence[LatLon]) -> list[set[int]]:
    """Return for each position which of them, itself included, are within one answer's reach."""
    near = [{n} for n in range(len(positions))]
    for n, a in enumerate(positions):
        for m in range(n + 1, len(positions)):
            b = positions[m]
            # A degree of latitude is 111 km: most pairs are told apart by it alone.
            if abs(a.latitude - b.latitude) < 0.05 and flat_distance_m(a, b) <= SAME_ANSWER_M:
                near[n].add(m)
                near[m].add(n)
    return near
