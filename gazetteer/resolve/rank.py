"""Candidates to matches: the probability that each is within 5 km of what was meant.

The model is a conditional logit (McFadden 1974) with one more alternative, "none of these": candidate i
of a cell has utility ``u_i = w · f_i``, none has ``u_0 = v · g``, and the probability of i is
``exp(u_i) / (exp(u_0) + Σ exp(u_j))``. Homonyms share the probability by construction, so two equally good
villages get half each and neither is sure. The probability that an answer is within 5 km is the sum
over the candidates within 5 km of it; a monotone table, fitted on held-out places, makes that sum a
calibrated confidence.

The weights are `weights.json`, made by ``scripts/train_ranker.py``; nothing is trained at run time.
"""

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import mul
from typing import Final

from gazetteer.places import Place
from gazetteer.resolve.candidates import Candidate
from gazetteer.resolve.features import (
    FEATURES,
    NONE_FEATURES,
    Evidence,
    feature_rows,
    flat_distance_m,
    none_row,
)
from gazetteer.resolve.parse import NamePart

__all__ = ["Ranked", "Weights", "load_weights", "rank"]

#: Two candidates this near are one answer: the radius within which an answer counts as right.
SAME_ANSWER_M: Final = 5_000.0
#: Only the likeliest candidates are compared with each other.
_COMPARED: Final = 12


@dataclass(frozen=True, slots=True)
class Weights:
    """The model: a weight per feature, and the calibration table.

    Parameters
    ----------
    candidate, none
        Weights in the order of `FEATURES` and `NONE_FEATURES`.
    calibration
        Points ``(raw, calibrated)``, rising; between them the table is linear.
    """

    candidate: tuple[float, ...]
    none: tuple[float, ...]
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
    part: NamePart
    place: Place
    confidence: float


@cache
def load_weights() -> Weights:
    """Return the weights that the package carries."""
    raw = json.loads(files("gazetteer.resolve").joinpath("weights.json").read_text("utf-8"))
    return Weights(
        tuple(raw["candidate"][name] for name in FEATURES),
        tuple(raw["none"][name] for name in NONE_FEATURES),
        tuple((x, y) for x, y in raw["calibration"]),
    )


def rank(evidence: Evidence, places: Sequence[Place], *, weights: Weights) -> tuple[list[Ranked], float]:
    """Rank the candidates of one cell.

    Parameters
    ----------
    evidence
        The names of the cell with their candidates, and the context; at least one name.
    places
        The gazetteer's places, by position.
    weights
        The model.

    Returns
    -------
    ranked : list of Ranked
        Best first. Within one answer (5 km) the likeliest place leads.
    none : float
        The probability, 0 to 1, that none of them is meant.
    """
    utilities = [_dot(weights.candidate, row) for row in feature_rows(evidence, places)]
    nothing = _dot(weights.none, none_row(evidence))
    top = max([nothing, *utilities])
    total = math.exp(nothing - top) + sum(math.exp(u - top) for u in utilities)
    alone = [
        (math.exp(u - top) / total, candidate, part)
        for u, (part, candidate) in zip(utilities, evidence.candidates, strict=True)
    ]
    alone.sort(key=lambda item: (-item[0], places[item[1].place].id))
    return _grouped(alone, places, weights), math.exp(nothing - top) / total


def _dot(weights: tuple[float, ...], values: tuple[float, ...]) -> float:
    return math.fsum(map(mul, weights, values))


def _grouped(
    alone: list[tuple[float, Candidate, NamePart]], places: Sequence[Place], weights: Weights
) -> list[Ranked]:
    """Order candidates by the probability of their 5 km neighbourhood.

    The likeliest place of a neighbourhood leads and carries the probability of all of it: whichever was
    meant, the answer is within 5 km. The others in it keep their own.
    """
    unique: dict[int, tuple[float, Candidate, NamePart]] = {}
    for own, candidate, part in alone[:_COMPARED]:
        unique.setdefault(candidate.place, (own, candidate, part))
    rest = list(unique.values())
    ranked: list[Ranked] = []
    while rest:
        sums = [sum(p for p, c, _ in rest if _near(places, c, candidate)) for _, candidate, _ in rest]
        lead = max(range(len(rest)), key=lambda n: (round(sums[n], 9), rest[n][0], -n))
        _, chosen, part = rest[lead]
        ranked.append(Ranked(chosen, part, places[chosen.place], weights.calibrated(sums[lead])))
        members = [item for item in rest if item[1] is not chosen and _near(places, item[1], chosen)]
        ranked.extend(Ranked(c, p, places[c.place], weights.calibrated(own)) for own, c, p in members)
        rest = [item for item in rest if item[1] is not chosen and item not in members]
    return sorted(ranked, key=lambda r: -r.confidence)


def _near(places: Sequence[Place], a: Candidate, b: Candidate) -> bool:
    return flat_distance_m(places[a.place].position, places[b.place].position) <= SAME_ANSWER_M
