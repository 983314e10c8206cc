"""How many incidents are expected somewhere, and between which numbers that lies.

An incident whose name may mean several places is near a hospital with a probability: the sum over its
candidates of their confidence times the share of their disc that is near. What the confidences leave over,
and a candidate that is known too roughly, is *unknown*. The expected number of incidents is the sum of their
probabilities.

Its interval comes from drawing what may be true a thousand times. All rows of one name in one context are
right or wrong together, in every month and area. So each meaning is drawn once: which of its candidates is
true, and where in its disc. Coordinates are drawn once for each spot. The confidences may be wrong
together too. So for each draw they are taken from one draw of the calibration, as it would be had the
labelled places been others (a bootstrap; Efron and Tibshirani 1993, chapter 6). Between the numbers below
which lie 5 and 95 of 100 draws lies the true one in nine of ten cases, if the confidences hold. Nothing
differs from run to run: the seed is fixed.

What is unknown is counted nowhere, unless it is *imputed*: then it is taken to lie near as often as what is
known of the incidents of its governorate.

Examples
--------
>>> Expected(8.4213, 7.0, 10.0, 3.0).as_json()
{'expected': 8.42, 'expected_low': 7.0, 'expected_high': 10.0, 'unknown': 3.0}
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from gazetteer.incidents import Incidents
from gazetteer.incidents.groups import alike, distinct, expanded
from gazetteer.near.where import ELSEWHERE, UNTOLD, Where
from gazetteer.points import Booleans, Floats, Integers
from gazetteer.reading.calibration import Calibration

#: The interval that holds nine draws of ten.
_ENDS: Final = (0.05, 0.95)
#: How many simulations there are: a thousand, or as many as keep to so many outcomes and cells looked at,
#: some seconds' work; but never fewer than a hundred, whose ends are steady where so much is summed.
_SIMULATIONS, _FEWEST, _WORK = 1_000, 100, 200_000_000
_SEED: Final = 20_160_530
#: Stands for a candidate: it doesn't matter which is true; or none is.
_ANY, _NONE = -1, -2
#: What is left over by rounding.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected number of incidents.

    Parameters
    ----------
    number
        The sum of the probabilities.
    low, high
        The interval that holds the true number in nine of ten cases, if the confidences hold.
    unknown
        The expected number of incidents of which nothing can be said. They are not in `number`, unless they
        were imputed.
    """

    number: float
    low: float
    high: float
    unknown: float

    def as_json(self) -> dict[str, float]:
        """Return the numbers, rounded, by the names that they have in tables and JSON."""
        return {
            "expected": round(self.number, 2),
            "expected_low": round(self.low, 2),
            "expected_high": round(self.high, 2),
            "unknown": round(self.unknown, 2),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Lots:
    """What is drawn together, each thing once: meanings of names, and spots of coordinates.

    Parameters
    ----------
    of
        The lot of each incident.
    starts
        Where in the other arrays the candidates of each lot begin, and where those of the last end.
    spots, confidences, weights
        Of each candidate; its probability is its confidence times its weight, which is 1, or for one of `n`
        places of "A or B" 1/n. Coordinates have confidence 1.
    together
        Which lots are of several places that are all meant.
    """

    of: Integers
    starts: Integers
    spots: Integers
    confidences: Floats
    weights: Floats
    together: Booleans

    @classmethod
    def among(cls, incidents: Incidents) -> Self:
        """Return the lots of some incidents."""
        meanings, parts = incidents.meanings, incidents.spots.parts
        placed = np.flatnonzero((incidents.meaning < 0) & (incidents.spot >= 0))
        nowhere = np.flatnonzero((incidents.meaning < 0) & (incidents.spot < 0))
        spots, each = distinct(incidents.spot[placed])
        of = incidents.meaning.copy()
        of[placed] = len(meanings) + each
        of[nowhere] = len(meanings) + len(spots) + np.arange(len(nowhere))
        sizes = np.ones(len(spots), dtype=np.intp)
        several = np.flatnonzero(np.isin(spots, list(parts)))
        sizes[several] = [len(parts[spot].spots) for spot in spots[several].tolist()]
        own = np.repeat(spots, sizes)
        begins = np.cumsum(sizes) - sizes
        for at in several.tolist():
            own[begins[at] : begins[at] + sizes[at]] = parts[int(spots[at])].spots
        every = np.concatenate([np.diff(meanings.starts), sizes, np.zeros(len(nowhere), dtype=np.intp)])
        manners = np.array([one.manner for one in meanings.every], dtype="U3")
        either = np.concatenate([manners == "or", np.zeros(len(spots) + len(nowhere), dtype=np.bool_)])
        together = np.concatenate([manners == "and", np.zeros(len(spots) + len(nowhere), dtype=np.bool_)])
        for at in several.tolist():
            of_both = either if parts[int(spots[at])].either else together
            of_both[len(meanings) + at] = True
        weights = np.repeat(np.where(either, 1.0 / np.maximum(every, 1), 1.0), every)
        return cls(
            of,
            np.concatenate([[0], np.cumsum(every)]).astype(np.intp),
            np.concatenate([meanings.spots, own]),
            np.concatenate([meanings.confidences, np.ones(len(own))]),
            weights,
            together,
        )

    @property
    def whose(self) -> Integers:
        """Of each candidate the number of its lot."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    @property
    def chance(self) -> Floats:
        """The probability of each candidate."""
        chance: Floats = self.confidences * self.weights
        return chance

    def totals(self, chance: Floats) -> Floats:
        """Return what the chances of each lot's candidates add up to."""
        return np.bincount(self.whose, chance, minlength=len(self)).astype(np.float64)

    def take(self, numbers: Integers) -> tuple[Self, Integers]:
        """Return some lots, of no incidents, and where among the candidates those of each began."""
        _, slots = expanded(self.starts, numbers)
        sizes = self.starts[numbers + 1] - self.starts[numbers]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
        found = type(self)(
            np.empty(0, dtype=np.intp),
            starts,
            self.spots[slots],
            self.confidences[slots],
            self.weights[slots],
            self.together[numbers],
        )
        return found, self.starts[numbers]

    def __len__(self) -> int:
        return len(self.together)


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """What may be true of incidents.

    Parameters
    ----------
    lots
        What is drawn together.
    group
        For each incident the number of its group: a lot, and days on which the same places existed.
    lot
        For each group its lot.
    is_name
        For each group whether it is a name's, whose candidates tell the area.
    shares
        Returns for some spots and groups the probability that it is so there; NaN where that can't be told.
    """

    lots: Lots
    group: Integers
    lot: Integers
    is_name: Booleans
    shares: Callable[[Integers, Integers], Floats]

    @classmethod
    def among(
        cls, incidents: Incidents, moment: Integers, shares: Callable[[Integers, Integers], Floats]
    ) -> Self:
        """Return the chances of incidents, of which each has the number of a moment.

        `shares` is asked for numbers of spots and of moments.
        """
        lots = Lots.among(incidents)
        width = int(moment.max(initial=0)) + 1
        keys, group = distinct(lots.of * width + moment)
        lot, at = np.divmod(keys, width)
        meanings = incidents.meanings.every
        is_name = lot < len(meanings)
        return cls(lots, group, lot, is_name, lambda spots, groups: shares(spots, at[groups]))

    def entries(self) -> tuple[Integers, Integers, Floats]:
        """Return for each candidate of each group the group, which don't fall, its number, and its share."""
        group, slot = expanded(self.lots.starts, self.lot)
        return group, slot, self.shares(self.lots.spots[slot], group)

    def summed(self) -> tuple[Floats, Floats]:
        """Return for each incident the probability that it is so, and the share that can't be told."""
        found, unknown = summed(self.lots, self.lot, *self.entries())
        return found[self.group], unknown[self.group]


def summed(
    lots: Lots, lot: Integers, whose: Integers, slot: Integers, share: Floats
) -> tuple[Floats, Floats]:
    """Return for each kind of incident the probability that it is so, and what can't be told.

    Parameters
    ----------
    lots
        What is drawn together.
    lot
        Of each kind of incident its lot.
    whose, slot, share
        Of each candidate the number of its kind of incident, its own in `lots`, and the probability that it
        is so if the candidate is true; NaN where that can't be told.
    """
    told, count = ~np.isnan(share), len(lot)
    chance = lots.chance[slot]
    true, false = chance * np.where(told, share, 0.0), chance * np.where(told, 1.0 - share, 0.0)
    found = np.bincount(whose, true, minlength=count).astype(np.float64)
    unknown = 1.0 - found - np.bincount(whose, false, minlength=count)
    if (joint := lots.together[lot]).any():  # at each of several places: near if any is
        missed, none = np.ones(count), np.ones(count)
        np.multiply.at(missed, whose, 1.0 - true)
        np.multiply.at(none, whose, false)
        found[joint], unknown[joint] = (1.0 - missed)[joint], (missed - none)[joint]
    unknown[unknown < _ROUNDING] = 0.0
    return np.minimum(found, 1.0), unknown


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """How often what is known of the incidents of each governorate is so, and how well that is known.

    Parameters
    ----------
    near, far
        How many are, and how many are not: those that are known, and one more, which is like all governorates
        together, so that a few don't make it certain. They are what a beta distribution takes.
    """

    near: Floats
    far: Floats

    @classmethod
    def of(cls, found: Floats, told: Floats, home: Integers) -> Self:
        """Return the rates of the governorates that incidents have, by what of them is so and is known."""
        near, known = np.bincount(home, found), np.bincount(home, told)
        overall = (found.sum() + 0.5) / (told.sum() + 1.0)
        return cls(near + overall, np.maximum(known - near, 0.0) + 1.0 - overall)

    @property
    def mean(self) -> Floats:
        """The rate of each governorate."""
        mean: Floats = self.near / (self.near + self.far)
        return mean


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What counts where, if a lot comes out so.

    Parameters
    ----------
    lot, slot
        Which lot, and which of its candidates has to be true.
    low, high
        A second number is drawn evenly from 0 to 1 for each lot: it must be at least `low`, and below `high`.
    cell, times
        What it counts for, and how much.
    home
        Where it is imputed the governorate whose rate it has, and which of `times` are so is drawn for each
        alone; -1 elsewhere.
    """

    lot: Integers
    slot: Integers
    low: Floats
    high: Floats
    cell: Integers
    times: Integers
    home: Integers

    @classmethod
    def of(cls, lot: Integers, slot: Integers, share: Floats, cell: Integers, times: Integers) -> Self:
        """Return outcomes that happen with some shares if their candidates are true; NaN never does."""
        some = share > 0.0
        low, home = np.zeros(some.sum()), np.full(some.sum(), -1)
        return cls(lot[some], slot[some], low, share[some], cell[some], times[some], home)

    def followed_by(self, others: Self) -> Self:
        """Return these outcomes and then the others."""
        pairs = ((getattr(self, name), getattr(others, name)) for name in self.__slots__)
        return type(self)(*map(np.concatenate, pairs))

    def take(self, rows: Integers) -> Self:
        """Return some of the outcomes."""
        return type(self)(*(getattr(self, name)[rows] for name in self.__slots__))

    def expected(
        self,
        lots: Lots,
        *,
        cells: int,
        unknown: Floats,
        calibration: Calibration,
        rates: Rates | None = None,
    ) -> list[Expected]:
        """Return what each cell is expected to count.

        `unknown` is what can't be told of each, and `rates` are those of the governorates of `home`.
        """
        rate = np.append(rates.mean, 1.0)[self.home] if rates else np.ones(len(self.home))
        left = np.maximum(1.0 - lots.totals(lots.chance), 0.0)
        chance = np.append(lots.chance, [0.0, 1.0])[self.slot]  # the last is that of `_ANY`
        chance = np.where(self.slot == _NONE, left[self.lot], chance)
        weights = chance * rate * (self.high - self.low) * self.times
        number = np.bincount(self.cell, weights, minlength=cells)
        sure = (chance >= 1.0) & (self.low <= 0.0) & (self.high >= 1.0) & (self.home < 0)
        always = np.bincount(self.cell[sure], self.times[sure], minlength=cells)
        counted = always + self.take(np.flatnonzero(~sure))._simulated(lots, cells, calibration, rates)
        low, high = np.quantile(counted, _ENDS, axis=0, method="inverted_cdf")
        # A number that is nearly nought may lie outside: most draws have none.
        ends = np.minimum(low, np.floor(number)), np.maximum(high, np.ceil(number - _ROUNDING))
        columns = number, *(one + 0.0 for one in ends), unknown  # no -0
        return [Expected(*map(float, row)) for row in zip(*columns, strict=True)]

    def _simulated(self, every: Lots, cells: int, calibration: Calibration, rates: Rates | None) -> Floats:
        """Return what each cell counts, a row for each simulation."""
        if not len(self.lot):
            return np.zeros((1, cells))
        drawn, lot = distinct(self.lot)
        lots, before = every.take(drawn)
        slot = np.where(self.slot < 0, self.slot, self.slot - before[lot] + lots.starts[lot])
        count = int(np.clip(_WORK // (len(slot) + len(lots) + cells), _FEWEST, _SIMULATIONS))
        curves, dice, whose = len(calibration.draws) or 1, np.random.default_rng(_SEED), lots.whose
        counted = np.empty((count, cells))
        for curve in range(min(curves, count)):
            confidences = lots.confidences
            if calibration.draws:
                confidences = calibration.redrawn(confidences, curve)
            chance = confidences * lots.weights
            # Redrawn confidences may add up to more than 1; what they leave over is unknown.
            upto = np.cumsum(chance / np.maximum(lots.totals(chance), 1.0)[whose])
            base = np.append(0.0, upto)[lots.starts[:-1]]
            for simulation in range(curve, count, curves):
                which, where = dice.random((2, len(lots)))
                true = np.searchsorted(upto, base + which, side="right")
                true = np.where(true < lots.starts[1:], true, _NONE)
                happens = (slot == true[lot]) | (slot == _ANY)
                happens &= (self.low <= where[lot]) & (where[lot] < self.high)
                cell, times, home = self.cell[happens], self.times[happens], self.home[happens]
                if rates:
                    # A rate is known from some incidents only: it is drawn anew as well.
                    rate = np.append(dice.beta(rates.near, rates.far), 1.0)[home]
                    times = dice.binomial(times, rate)
                counted[simulation] = np.bincount(cell, times, minlength=cells)
        return counted


def count_expected(
    chances: Chances,
    where: Where,
    month: Integers,
    *,
    calibration: Calibration,
    months: int = 1,
    home: Integers | None = None,
    stated: Booleans | None = None,
    somewhere: bool = False,
) -> list[list[Expected]]:
    """Return the expected numbers of incidents, by area and month.

    Parameters
    ----------
    chances
        What may be true of them.
    where
        Where they may lie.
    month, months
        The number of each incident's month, and how many there are.
    calibration
        How far the error goes that all confidences share.
    home
        The number of each incident's governorate, 0 or more, where what is unknown is imputed; None imputes
        nothing.
    stated
        For each incident whether its row states an area, in which it counts whatever its name means; None
        where that tells nothing, as of nearness.
    somewhere
        True where all incidents are counted: what is unknown then counts in the first area.

    Returns
    -------
    list of list of Expected
        For each area those of its months. What is unknown is told in the area that an incident has by its
        row, else in the first.
    """
    governorate = np.zeros(len(month), dtype=np.intp) if home is None else home
    counts = np.zeros(len(month), dtype=np.intp) if stated is None else stated.astype(np.intp)
    first, _, times = alike(chances.group, where.of_incident, month, governorate, counts)
    group, own, month, governorate = (
        values[first] for values in (chances.group, where.of_incident, month, governorate)
    )
    lots, lot = chances.lots, chances.lot[group]
    entry_group, entry_slot, entry_share = chances.entries()
    whose, at = expanded(np.searchsorted(entry_group, np.arange(len(chances.lot) + 1)), group)
    slot, share = entry_slot[at], entry_share[at]
    area = np.where(chances.is_name[group][whose], where.of_spot[lots.spots[slot]], own[whose])
    area = np.where(area == UNTOLD, own[whose], area)
    share = np.where(area == ELSEWHERE, 0.0, np.where((area == UNTOLD) & (share > 0.0), np.nan, share))
    found, unknown = summed(lots, lot, whose, slot, share)
    unknown[own == ELSEWHERE] = 0.0
    here = np.maximum(own, 0) * months + month
    there = np.maximum(area, 0) * months + month[whose]
    joint, alone = np.flatnonzero(lots.together[lot]), np.flatnonzero(~lots.together[lot][whose])
    # What was at each of several places is one incident, and counts once.
    anyone = np.full(len(joint), _ANY)
    outcomes = Outcomes.of(
        lot[whose[alone]], slot[alone], share[alone], there[alone], times[whose[alone]]
    ).followed_by(Outcomes.of(lot[joint], anyone, found[joint], here[joint], times[joint]))
    rates = None
    if home is not None:
        rates = Rates.of(found * times, (1.0 - unknown) * times, governorate)
    if home is not None or stated is not None:
        # Of what is unknown: of a vague candidate, where none is true, and of several places together.
        vague = alone[np.isnan(share[alone])]
        whose_none = np.flatnonzero(~lots.together[lot] & (own != ELSEWHERE))
        kind = np.concatenate([whose[vague], whose_none, joint])
        none = np.full(len(whose_none), _NONE)
        low = np.concatenate([np.zeros(len(vague) + len(none)), 1.0 - unknown[joint]])
        rest = Outcomes(
            lot[kind],
            np.concatenate([slot[vague], none, anyone]),
            low,
            np.ones(len(kind)),
            here[kind],
            times[kind],
            np.full(len(kind), -1) if home is None else governorate[kind],
        )
        if home is None:
            at_home = (counts[first] > 0) & (own >= 0)
            counted = at_home | somewhere
            rest = replace(rest, cell=np.where(at_home, here, month)[kind])
            rest = rest.take(np.flatnonzero(counted[kind]))
            unknown = np.where(counted, 0.0, unknown)
        outcomes = outcomes.followed_by(rest)
    cells = where.count * months
    untold = np.bincount(here, times * unknown, minlength=cells).astype(np.float64)
    every = outcomes.expected(lots, cells=cells, unknown=untold, calibration=calibration, rates=rates)
    return [every[start : start + months] for start in range(0, len(every), months)]
