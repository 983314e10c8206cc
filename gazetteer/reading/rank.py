"""Weights, and from likelihoods to ranked places with calibrated confidences.

Homonyms share the probability by construction, so two equally good villages get half each and neither is
sure. The probability that an answer is within 5 km is the sum over the candidates within 5 km of it; a
monotone table, fitted on held-out places, makes that sum a calibrated confidence.

The weights are `weights.json`, made by ``scripts/train_ranker.py``; nothing is trained at run time.
"""

import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from gazetteer.places import Place
from gazetteer.reading.candidates import Candidate
from gazetteer.reading.features import (
    CANDIDATE_FEATURES,
    LIST_FEATURES,
    NONE_FEATURES,
    ROLE_FEATURES,
    flat_distance_m,
)
from gazetteer.reading.part_of import Likelihood, with_areas
from gazetteer.reading.spans import Span
from gazetteer.values import LatLon

__all__ = ["SAME_ANSWER_M", "Ranked", "Weights", "load_weights", "ranked_places"]

#: Two candidates this near are one answer: the radius within which an answer counts as right.
SAME_ANSWER_M: Final = 5_000.0
#: Only the likeliest candidates are compared with each other.
_COMPARED: Final = 12
#: A candidate less likely than this changes no answer and is not worth showing.
_NEGLIGIBLE: Final = 0.003


@dataclass(frozen=True, slots=True)
class Weights:
    """The model: a weight per feature, and the calibration table.

    Parameters
    ----------
    candidate, roles, none, lists
        A weight for each of `CANDIDATE_FEATURES`, `ROLE_FEATURES`, `NONE_FEATURES` and `LIST_FEATURES`.
    calibration
        Points ``(raw, calibrated)``, rising; between them the table is linear.
    """

    candidate: Mapping[str, float]
    roles: Mapping[str, float]
    none: Mapping[str, float]
    lists: Mapping[str, float]
    calibration: tuple[tuple[float, float], ...]

    def calibrated(self, raw: float) -> float:
        """Return the calibrated probability for a raw one."""
        position = bisect_right(self.calibration, (raw, math.inf))
        if position == 0:
            return self.calibration[0][1]
        if position == len(self.calibration):
            return self.calibration[-1][1]
        (x0, y0), (x1, y1) = self.calibration[position - 1], self.calibration[position]
        return y0 + (y1 - y0) * (raw - x0) / (x1 - x0)


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
        tuple((x, y) for x, y in raw["calibration"]),
    )


def ranked_places(found: Sequence[Likelihood], places: Sequence[Place], *, weights: Weights) -> list[Ranked]:
    """Rank the candidates of a text.

    Parameters
    ----------
    found
        Its candidates with their probabilities, which add up to 1 at most.
    places
        The gazetteer's places, by position.
    weights
        The model, for its calibration.

    Returns
    -------
    list of Ranked
        Best first. Within one answer (5 km) the likeliest place leads.
    """
    return _grouped(with_areas(found, places), places, weights)


def _grouped(alone: list[Likelihood], places: Sequence[Place], weights: Weights) -> list[Ranked]:
    """Order candidates by the probability of their 5 km neighbourhood.

    The likeliest place of a neighbourhood leads and carries the probability of all of it: whichever was
    meant, the answer is within 5 km. The others in it keep their own.
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
    left = 1.0  # answers exclude each other: calibrated one by one, they must not add up to more than 1
    while rest:
        centre = min(rest, key=standing.__getitem__)
        # The neighbourhood is chosen by what all of it weighs; in it, the likeliest place leads.
        lead = min(near[centre])
        taken = near[lead]
        for n in sorted(taken):
            own, candidate, part = items[n]
            raw = together[n] if n == lead else own
            confidence = min(weights.calibrated(raw), left)
            ranked.append(Ranked(candidate, part, places[candidate.place], confidence))
        left -= min(weights.calibrated(together[lead]), left)
        rest -= taken
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
