"""Whether confidence and radius hold on labelled rows, said in words and with intervals.

Confidence holds where the mean confidence of the answers is the share of them that are right, of all answers
and of those that were accepted; the radius, where it holds the known position in 95 of 100 accepted answers
that are right. Rows of one distinct name (:mod:`gazetteer.enrich.labelled`) stand or fall together. So each
name counts as five rows at the most, and the intervals, of 90 %, come from names drawn anew with replacement
(Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).

A figure is off where its interval leaves out what is meant and it is off by more than two hundredths: nothing
that is done with a confidence is decided by less. The same rows always give the same intervals.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from gazetteer.enrich.labelled import LabelledAnswer
from gazetteer.points import Floats
from gazetteer.reading.calibrating import COVERAGE, weights_of

#: From how many distinct names on something is said.
FEWEST_NAMES: Final = 30
#: The share of right answers whose radius is meant to hold the known position.
GOAL: Final = COVERAGE
_FORGIVEN: Final = 0.02
_DRAWS: Final = 1_000
_SEED: Final = 16
_QUANTILES: Final = (0.05, 0.95)
_REMEDY: Final = "make a calibration of such rows with 'gazetteer calibrate'"

Verdict = Literal["holds", "too high", "too low", "unknown"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the ends of its 90 % interval."""

    value: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """Return it in plain JSON types, to four decimals."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
        }

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def _verdict(found: Estimate, *, meant: float) -> Verdict:
    """Say whether a figure of enough names is what is meant."""
    if found.low > meant and found.value > meant + _FORGIVEN:
        return "too high"
    if found.high < meant and found.value < meant - _FORGIVEN:
        return "too low"
    return "holds"


@dataclass(frozen=True, slots=True)
class Compared:
    """The mean confidence of some answers beside the share of them that are right.

    Parameters
    ----------
    names
        How many distinct names they are of.
    said
        The mean confidence.
    right
        The share of right answers.
    gap
        The first less the second.
    """

    names: int
    said: float
    right: Estimate
    gap: Estimate

    @property
    def verdict(self) -> Verdict:
        """What follows; "unknown" of too few names."""
        return "unknown" if self.names < FEWEST_NAMES else _verdict(self.gap, meant=0.0)

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return {
            "names": self.names,
            "said": round(self.said, 4),
            "right": self.right.as_json(),
            "gap": self.gap.as_json(),
        }

    def __str__(self) -> str:
        return f"answers said {self.said:.2f} sure are right {self.right.value:.2f} of the time"


@dataclass(frozen=True, slots=True)
class HeldConfidence:
    """Whether confidences hold: on the whole, and among the answers that were accepted.

    Both have to, since too much in the one may make up for too little in the rest.

    Parameters
    ----------
    answered, accepted
        All answers, and those accepted; None where there are none.
    """

    answered: Compared | None
    accepted: Compared | None

    @property
    def verdict(self) -> Verdict:
        """Whether they hold; "unknown" where there are too few names."""
        return "unknown" if self.answered is None else self._telling(self.answered).verdict

    def _telling(self, answered: Compared) -> Compared:
        """Return the accepted answers where they alone are at fault, and all answers otherwise."""
        accepted = self.accepted
        if answered.verdict == "holds" and accepted and accepted.verdict in ("too high", "too low"):
            return accepted
        return answered

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return {
            "verdict": self.verdict,
            "answered": self.answered and self.answered.as_json(),
            "accepted": self.accepted and self.accepted.as_json(),
        }

    @property
    def words(self) -> str:
        """A sentence or two about it."""
        if self.answered is None or self.answered.verdict == "unknown":
            names = _names(0 if self.answered is None else self.answered.names)
            return f"Confidence: can't be told from {names}: it takes {FEWEST_NAMES}."
        telling = self._telling(self.answered)
        names = _names(telling.names)
        if telling.verdict == "holds":
            right = telling.right
            return f"Confidence: holds: {telling} ({right.low:.2f} to {right.high:.2f}, {names})."
        low, high = sorted((abs(telling.gap.low), abs(telling.gap.high)))
        gap = f"{abs(telling.gap.value):.2f} ({low:.2f} to {high:.2f}, {names})"
        where = "is" if telling is self.answered else "of accepted answers is"
        return f"Confidence: {where} {telling.verdict} by {gap}: {telling}; {_REMEDY}."


@dataclass(frozen=True, slots=True)
class HeldRadius:
    """Whether radii hold.

    Parameters
    ----------
    verdict
        "too low" where they are too small; "unknown" where there are too few names.
    names
        How many distinct names were accepted and right.
    right
        Of these answers, the share whose radius holds the known position; None where there are none.
    accepted
        The same share of all accepted answers.
    """

    verdict: Verdict
    names: int
    right: Estimate | None = None
    accepted: Estimate | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return {
            "verdict": self.verdict,
            "names": self.names,
            "goal": GOAL,
            "right": self.right and self.right.as_json(),
            "accepted": self.accepted and self.accepted.as_json(),
        }

    @property
    def words(self) -> str:
        """Some sentences about it."""
        if self.right is None or self.verdict == "unknown":
            names = _names(self.names)
            return f"Radius: can't be told from {names} with a right answer: it takes {FEWEST_NAMES}."
        right = self.right
        how, remedy = {
            "too low": ("is too small", f"; {_REMEDY}"),
            "too high": ("is wider than it need be", f"; {_REMEDY}"),
        }.get(self.verdict, ("holds", ""))
        return (
            f"Radius: {how}: it holds the known point in {right.value:.2f} of the right answers "
            f"({right.low:.2f} to {right.high:.2f}, {_names(self.names)}; {GOAL} is meant), and in "
            f"{self.accepted} of all accepted ones{remedy}."
        )


def held_confidence(rows: Sequence[LabelledAnswer]) -> HeldConfidence:
    """Compare the confidence of answers with the share that are right."""
    answered = [one for one in rows if one.best is not None]
    return HeldConfidence(_compared(answered), _compared([one for one in answered if one.accepted]))


def _compared(rows: Sequence[LabelledAnswer]) -> Compared | None:
    if not rows:
        return None
    names = [one.name for one in rows]
    said = np.array([one.confidence for one in rows])
    right = np.array([one.right for one in rows], dtype=np.float64)
    mean = float(np.average(said, weights=weights_of(names)))
    return Compared(len(set(names)), mean, ratio(right, names), ratio(said - right, names))


def held_radius(rows: Sequence[LabelledAnswer]) -> HeldRadius:
    """Count how often the radius of accepted answers holds the known position."""
    accepted = [one for one in rows if one.accepted]
    right = [one for one in accepted if one.right]
    if not right:
        return HeldRadius("unknown", 0, None, _in_radius(accepted) if accepted else None)
    share, distinct = _in_radius(right), len({one.name for one in right})
    verdict: Verdict = "unknown"
    if distinct >= FEWEST_NAMES:
        verdict = _verdict(share, meant=GOAL)
    return HeldRadius(verdict, distinct, share, _in_radius(accepted))


def _in_radius(rows: Sequence[LabelledAnswer]) -> Estimate:
    inside = np.array([one.in_radius for one in rows], dtype=np.float64)
    return ratio(inside, [one.name for one in rows])


def ratio(values: Floats, names: Sequence[Hashable]) -> Estimate:
    """Return the weighted mean of a value of rows, with its interval over distinct names."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    of_row, weights = np.array([numbers[name] for name in names]), weights_of(names)
    count = len(numbers)
    top = np.bincount(of_row, weights=weights * values, minlength=count)
    bottom = np.bincount(of_row, weights=weights, minlength=count)
    dice = np.random.default_rng(_SEED)
    drawn = np.empty(_DRAWS)
    for at in range(_DRAWS):
        taken = dice.integers(0, count, count)
        drawn[at] = top[taken].sum() / bottom[taken].sum()
    low, high = np.quantile(drawn, _QUANTILES)
    return Estimate(float(top.sum() / bottom.sum()), float(low), float(high))


def _names(count: int) -> str:
    return "1 name" if count == 1 else f"{count:,} names"
