"""Making a calibration from labelled rows whose places the model has not seen.

*Confidence.* Beta calibration (Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017): the logit of
the confidence is ``a ln p - b ln(1 - p) + c`` for a raw probability `p`, with `a` and `b` not negative. It
has no steps, which isotonic regression on a thousand names has. A coder's point lies elsewhere than the name
says now and then, however sure the name is, so the curve is scaled to end at a share below 1, which is
fitted too. Rows of one name are right or wrong together, so a name counts at most five times.

*Radius.* Split-conformal (Lei et al., JASA 113 (2018), section 2.2): among `n` right answers of a group the
one with rank ``ceil((n + 1) 0.95)``, by distance as a share of the place's own extent, holds the next with a
probability of 0.95 at least. Only likely answers count, since others are not accepted; a name counts at most
five times here too.

*Draws.* Both come from the places that happen to be labelled. So the curve is fitted again for places drawn
from them with replacement.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from gazetteer.points import Floats
from gazetteer.reading.calibration import LEAST_TIMES, POOLED, Calibration, groups_of
from gazetteer.values import Place

#: Methods whose answers tell nothing about names.
NO_NAME: Final = frozenset({"offset", "between", "fallback", "coordinates", "pcode"})
#: A name counts so many times at most.
AT_MOST: Final = 5
#: The share of right answers whose radius holds the coder's point.
COVERAGE: Final = 0.95
#: From how many distinct names on a group of places has a radius of its own, and all of them together one.
_ENOUGH, _ENOUGH_POOLED = 100, 20
#: From this raw probability on an answer counts for the radius.
_LIKELY: Final = 0.7
#: Where the curve has its knots: raw probabilities with these logits, and 0 and 1.
_KNOTS: Final = tuple(round(1.0 / (1.0 + math.exp(-z)), 6) for z in np.arange(-6.0, 8.01, 0.5))
#: Raw probabilities nearer to 0 or 1 than this say no more.
_LEAST: Final = 1e-4
#: How often the places are drawn again.
DRAWS: Final = 100
_SEED: Final = 16
#: Numbers of the curve to begin with: nearly what leaves probabilities as they are.
_START: Final = np.array([1.0, 1.0, 0.0, 0.98])
#: How many rows the curve that is started from counts as.
_PULL: Final = 20.0


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled row's best answer."""

    raw: float  # its probability
    right: bool  # whether the coder's point lies within 5 km
    away_m: float
    place: Place
    text: str  # the name as written; rows with the same, and the same areas beside it, stand or fall together
    context: tuple[str, ...]
    at: Hashable  # the coder's point to some kilometres: names of one place are drawn together

    @property
    def name(self) -> Hashable:
        """What makes the row distinct."""
        return self.text, self.context, self.at


def weights_of(names: Sequence[Hashable]) -> Floats:
    """Return what each row counts, so that no name counts as more than five."""
    counts = Counter(names)
    return np.array([min(1.0, AT_MOST / counts[name]) for name in names])


def fit_calibration(cases: Sequence[Case], *, start: Calibration, draws: int = DRAWS) -> Calibration:
    """Return a calibration of rows whose places the weights had not seen, pulled towards `start`."""
    raw = np.clip([case.raw for case in cases], _LEAST, 1.0 - _LEAST)
    right = np.array([case.right for case in cases], dtype=np.float64)
    weight = weights_of([case.name for case in cases])
    numbers: dict[Hashable, int] = {}
    spot = np.array([numbers.setdefault(case.at, len(numbers)) for case in cases], dtype=np.intp)
    at = np.array([_LEAST, *_KNOTS, 1.0 - _LEAST])
    prior = np.array([start.calibrated(one) for one in at])
    curve, best = _curve(raw, right, weight, at, prior, _START)
    dice = np.random.default_rng(_SEED)
    redrawn = []
    for _ in range(draws):
        times = np.bincount(dice.integers(0, len(numbers), len(numbers)), minlength=len(numbers))
        redrawn.append(_curve(raw, right, weight * times[spot], at, prior, best)[0])
    found = replace(
        start,
        raw=(0.0, *_KNOTS, 1.0),
        confidence=_ended(curve),
        draws=tuple(map(_ended, redrawn)),
        radius_quantiles=_radius_quantiles(cases, start),
        names=len({case.name for case in cases}),
        rows=len(cases),
    )
    return replace(found, inward=_inward(cases, found))


def _ended(curve: Floats) -> tuple[float, ...]:
    return (0.0, *(round(float(one), 4) for one in curve[1:]))


def _curve(
    raw: Floats, right: Floats, weight: Floats, at: Floats, prior: Floats, start: Floats
) -> tuple[Floats, Floats]:
    """Return the likeliest curve, pulled towards `prior`, at some raw probabilities, and its four numbers."""
    from scipy.optimize import minimize
    from scipy.special import expit

    p, wanted = np.concatenate([raw, at]), np.concatenate([right, prior])
    each = np.concatenate([weight, np.full(len(at), _PULL / len(at))])
    features = np.column_stack([np.log(p), -np.log1p(-p), np.ones(len(p))])

    def loss(w: Floats) -> tuple[float, Floats]:
        share = expit(features @ w[:3])
        said = np.clip(w[3] * share, 1e-9, 1.0 - 1e-9)
        slope = each * (said - wanted) / (said * (1.0 - said))
        inner = slope * w[3] * share * (1.0 - share)
        value = -float((each * (wanted * np.log(said) + (1.0 - wanted) * np.log1p(-said))).sum())
        return value, np.append(features.T @ inner, (slope * share).sum())

    bounds = [(0.0, None), (0.0, None), (None, None), (0.9, 1.0)]
    w = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return w[3] * expit(features[len(raw) :] @ w[:3]), w


def _radius_quantiles(cases: Sequence[Case], start: Calibration) -> dict[str, float]:
    """Return the quantiles of groups; of few names, that of `start` times what all names tell of it."""
    groups: dict[str, dict[Hashable, list[float]]] = defaultdict(lambda: defaultdict(list))
    together: dict[Hashable, list[float]] = defaultdict(list)
    for case in cases:
        radius_m = start.radius_m(case.place)
        if case.right and case.raw >= _LIKELY and radius_m is not None:
            name = case.text, case.at  # areas beside a name move no point
            together[name].append(case.away_m / radius_m)
            for group in groups_of(case.place):
                groups[group][name].append(case.away_m / case.place.uncertainty_m)
    times = _quantile(together.values()) if len(together) >= _ENOUGH_POOLED else 1.0
    found = {group: quantile * times for group, quantile in start.radius_quantiles.items()} | {
        group: _quantile(names.values())
        for group, names in groups.items()
        if group != POOLED and len(names) >= _ENOUGH
    }
    return {group: round(max(quantile, LEAST_TIMES), 3) for group, quantile in sorted(found.items())}


def _inward(cases: Iterable[Case], calibration: Calibration) -> float:
    """Return the exponent of the law of distances, by their median; as it was without right answers."""
    # A distance is a share of the circle of the answer or of the place, whichever is larger.
    shares = {
        (case.name, case.place.id): case.away_m / max(radius_m, case.place.uncertainty_m)
        for case in cases
        if case.right and (radius_m := calibration.radius_m(case.place)) is not None
    }
    if not shares or not 0.0 < (middle := float(np.median([*shares.values()]))) < 1.0:
        return calibration.inward
    return round(min(2.0, math.log(0.5) / math.log(middle)), 3)


def _quantile(names: Iterable[Sequence[float]]) -> float:
    """Return the conformal quantile of what names have, each in some rows, which count at most five times."""
    held = sorted((one, min(1.0, AT_MOST / len(rows))) for rows in names for one in rows)
    weight = np.cumsum([each for _, each in held])
    return held[min(int(np.searchsorted(weight, COVERAGE * (weight[-1] + 1.0))), len(held) - 1)][0]
