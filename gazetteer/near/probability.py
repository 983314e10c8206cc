"""How probable it is that an incident lies near, and how many incidents are expected to.

**The share of a disc** within `R` of a hospital is the probability that an incident known to that disc is.
What happens in a town happens towards its middle: the share within `t` times the radius is ``t ** inward``,
where 2 is evenly spread. The disc is cut into rings, and each ring into 64 equal steps, the bits of one
number. A circle of radius `R` covers one stretch of each ring, by the law of cosines on the sphere of the
mean radius there; several cover the union of their bits. The error, tested against random sampling, stays
below 0.01; a disc that one point covers has exactly 1, and one that none reaches exactly 0.

**What a name may mean.** The probability of an incident is the sum over its candidates of their confidence
times the share of their disc. What the confidences leave over, and a candidate that is known too roughly, is
*unknown*. The expected number of incidents is the sum of their probabilities.

**The interval** is the 5th to the 95th percentile of a thousand simulations. All rows of one name in one
context are right or wrong together: they are one *lot*, drawn once (which candidate is true, and where in its
disc). Coordinates are a lot for each spot. The confidences may be wrong together too, so each simulation
takes them from one draw of the calibration (a bootstrap; Efron and Tibshirani 1993, chapter 6). The seed is
fixed.

What is unknown is counted nowhere, unless it is *imputed*: taken to lie near as often as what is known of the
incidents of its governorate.

Examples
--------
>>> strikes = Points.from_degrees([35.93, 35.93, 35.93], [36.63, 36.63, 36.63])
>>> hospitals = Points.from_degrees([35.93], [36.65])
>>> probability(strikes, [1000, 10000, 25000], hospitals, within_m=5000).round(2).tolist()
[1.0, 0.25, nan]
>>> Expected(8.4213, 7.0, 10.0, 3.0).as_json()
{'expected': 8.42, 'expected_low': 7.0, 'expected_high': 10.0, 'unknown': 3.0}
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from gazetteer.geodesy import geod
from gazetteer.incidents import Incidents
from gazetteer.incidents.spots import alike, distinct, expanded
from gazetteer.near.lines import Outlines
from gazetteer.near.pairs import Allowed, disc_pairs, unanswerable
from gazetteer.near.select import ELSEWHERE, UNKNOWN, Where
from gazetteer.near.targets import Targets
from gazetteer.points import (
    EQUATORIAL_M,
    ESQUARED,
    Booleans,
    Floats,
    Integers,
    Points,
    checked_radii,
    checked_within,
)
from gazetteer.reading.calibration import Calibration

#: Rings of a disc, and steps of a ring: the bits of a number.
_RINGS, _STEPS = 40, 64
#: Where in its step each ring's points stand: the golden ratio spreads them evenly.
_TURNS = (np.arange(_RINGS) * (math.sqrt(5.0) - 1.0) / 2.0) % 1.0
#: Gauss and Legendre's points and weights, from -1 to 1: where the rings are, by share, from first to last.
_RING_AT, _WEIGHTS = np.polynomial.legendre.leggauss(_RINGS)
#: Pairs that are cut up at once: some 4 MB.
_PAIRS = 1_024
#: Points by which a disc is held against lines and polygons, and discs that are at once.
_SPREAD, _SPREAD_DISCS = 1_000, 256
#: The exponent of points that are evenly spread.
EVEN = 2.0

#: The interval that holds nine draws of ten.
_ENDS: Final = (0.05, 0.95)
#: How many simulations there are: a thousand, or as many as keep to so many outcomes and cells looked at,
#: some seconds' work; but never fewer than a hundred, whose ends are steady where so much is summed.
_SIMULATIONS, _FEWEST, _WORK = 1_000, 100, 200_000_000
_SEED: Final = 20_160_530
#: Stands for a candidate: it doesn't matter which is true; or none is.
_ANY, _NONE = -1, -2
#: For spots and moments the probability that it is so there; NaN where that is unknown.
Shares = Callable[[Integers, Integers], Floats]
#: What is left over by rounding.
_ROUNDING: Final = 1e-9


def inward(incidents: Incidents) -> Floats:
    """Return for each spot how much towards its middle an incident there may lie."""
    powers = np.full(len(incidents.spots), EVEN)
    powers[list(incidents.spots.has_middle)] = incidents.calibration.inward
    return powers


def probability(
    left: Points,
    left_radii_m: npt.ArrayLike,
    right: Points,
    *,
    within_m: float,
    allowed: Allowed | None = None,
    inward: npt.ArrayLike = EVEN,
) -> Floats:
    """Return for each disc the share, good to 0.01, that lies within a distance of any point.

    NaN where the radius is more than four times the distance. `inward` is how much towards the middle the
    points lie, more than 0. Radii and it are one each, or one for all. Raises InputError if the distance or a
    radius is out of range.
    """
    within_m = checked_within(within_m)
    radii = checked_radii(left_radii_m, len(left), parameter="left_radii_m")
    powers = np.broadcast_to(np.asarray(inward, dtype=np.float64) / 2.0, len(left))
    hopeless = unanswerable(radii, within_m=within_m)
    shares = np.where(hopeless, np.nan, 0.0)
    answerable = np.flatnonzero(~hopeless)
    for pairs in disc_pairs(left.take(answerable), radii[answerable], right, 0.0, within_m=within_m):
        rows, numbers, certain = answerable[pairs.left], pairs.right, pairs.certain
        if allowed is not None:
            counts = allowed(rows, numbers)
            rows, numbers, certain = rows[counts], numbers[counts], certain[counts]
        shares[rows[certain]] = 1.0
        rest = shares[rows] < 1.0
        rows, numbers = rows[rest], numbers[rest]
        order = np.argsort(rows, kind="stable")
        discs, starts = np.unique(rows[order], return_index=True)
        others_m = right.xyz_m[numbers[order]]
        shares[discs] = _covered(left.take(discs), radii[discs], powers[discs], starts, others_m, within_m)
    return shares


def pair_shares(
    left: Points, left_radii_m: Floats, right: Points, *, within_m: float, inward: Floats
) -> tuple[Integers, Integers, Floats]:
    """Return numbers of discs and of points, and the share of the disc within a distance of that point alone.

    Pairs of which it is 0 are left out, and discs that are unanswerable.
    """
    clear = np.flatnonzero(~unanswerable(left_radii_m, within_m=within_m))
    found = [(clear[:0], clear[:0], np.empty(0))]
    for pairs in disc_pairs(left.take(clear), left_radii_m[clear], right, 0.0, within_m=within_m):
        discs, shares = clear[pairs.left], np.ones(len(pairs.left))
        rows = np.flatnonzero(~pairs.certain)
        some, others_m = discs[rows], right.xyz_m[pairs.right[rows]]
        shares[rows] = _covered(
            left.take(some), left_radii_m[some], inward[some] / 2.0, np.arange(len(rows)), others_m, within_m
        )
        found.append((discs, pairs.right, shares))
    of_all, points, every = zip(*found, strict=True)
    return np.concatenate(of_all), np.concatenate(points), np.concatenate(every)


def near_shapes(
    left: Points,
    left_radii_m: Floats,
    right: Targets,
    *,
    within_m: float,
    allowed: Allowed | None = None,
    inward: Floats,
) -> Floats:
    """Return for each disc the share, good to 0.01, that lies within a distance of any of some places.

    It is found by holding points of the disc against all places, lines and polygons among them. 0 for a disc
    that no line or polygon can be near, of which :func:`probability` tells all; NaN as there.
    """
    hopeless = unanswerable(left_radii_m, within_m=within_m)
    shares = np.where(hopeless, np.nan, 0.0)
    reached = np.zeros(len(left), dtype=np.bool_)
    for pairs in right.outlines[1].pairs(left, left_radii_m, within_m=within_m):
        reached[pairs.left] = True
    some = np.flatnonzero(reached & ~hopeless)
    for rows in np.split(some, range(_SPREAD_DISCS, len(some), _SPREAD_DISCS)):
        near = np.zeros(len(rows) * _SPREAD, dtype=np.bool_)
        for point, number, _ in right.pairs(
            _spread(left.take(rows), left_radii_m[rows], inward[rows]), np.zeros(len(near)), within_m=within_m
        ):
            counts = slice(None) if allowed is None else allowed(rows[point // _SPREAD], number)
            near[point[counts]] = True
        shares[rows] = near.reshape(len(rows), _SPREAD).mean(axis=1)
    return shares


def shape_shares(
    left: Points, left_radii_m: Floats, right: Outlines, *, within_m: float, inward: Floats
) -> tuple[Integers, Integers, Floats]:
    """Return numbers of discs and of shapes, and the share of the disc within a distance of that shape alone.

    As :func:`pair_shares` does for points.
    """
    clear = np.flatnonzero(~unanswerable(left_radii_m, within_m=within_m))
    width = max(len(right.shapes), 1)
    keys, shares = [clear[:0]], [np.empty(0)]
    for rows in np.split(clear, range(_SPREAD_DISCS, len(clear), _SPREAD_DISCS)):
        points = _spread(left.take(rows), left_radii_m[rows], inward[rows])
        near = [
            rows[pairs.left // _SPREAD] * width + pairs.right
            for pairs in right.pairs(points, np.zeros(len(points)), within_m=within_m)
        ]
        key, count = np.unique(np.concatenate([clear[:0], *near]), return_counts=True)
        keys.append(key)
        shares.append(count / _SPREAD)
    return *np.divmod(np.concatenate(keys), width), np.concatenate(shares)


def _spread(discs: Points, radii: Floats, powers: Floats) -> Points:
    """Return `_SPREAD` points of each disc, evenly by share: a spiral by the golden ratio (Vogel 1979)."""
    number = np.arange(_SPREAD) + 0.5
    away = radii[:, None] * (number / _SPREAD) ** (1.0 / powers)[:, None]
    turn = np.broadcast_to(number * 180.0 * (3.0 - math.sqrt(5.0)) % 360.0, away.shape)
    start = np.repeat(discs.longitudes, _SPREAD), np.repeat(discs.latitudes, _SPREAD)
    east, north, _ = geod().fwd(*start, turn.ravel(), away.ravel())
    return Points.from_degrees(np.asarray(north), np.asarray(east))


def _covered(
    discs: Points, radii: Floats, powers: Floats, starts: Integers, others_m: Floats, within_m: float
) -> Floats:
    """Return the covered share of discs, some at a time; `starts` is where in `others_m` each begins."""
    shares = np.empty(len(starts))
    blocks = np.flatnonzero(np.diff(starts // _PAIRS, prepend=-1))
    ends = np.append(starts, len(others_m))
    for first, last in pairwise([*blocks.tolist(), len(starts)]):
        some = np.arange(first, last)
        shares[some] = _shares(
            discs.take(some),
            radii[some],
            powers[some],
            starts[some] - starts[first],
            others_m[starts[first] : ends[last]],
            within_m,
        )
    return shares


def _shares(
    discs: Points, radii: Floats, powers: Floats, starts: Integers, others_m: Floats, within_m: float
) -> Floats:
    """Return the covered share of discs, all at once.

    The share of points within a part of a disc's area is that part to the disc's power.
    """
    of_disc = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(others_m)))
    versine, bearing, mean = _seen_from(discs, of_disc, others_m)
    away, reach = _angle(versine), within_m / mean
    nearest, farthest = np.minimum.reduceat(away, starts), np.maximum.reduceat(away, starts)
    # Versines are in proportion to areas on a sphere.
    size = np.maximum(_versine(radii / mean), np.finfo(np.float64).tiny)
    # Up to the first ring all is covered, or nothing; beyond the last nothing is.
    begin, end = np.abs(reach - nearest), np.minimum(farthest + reach, math.pi)
    low = np.minimum(_versine(begin) / size, 1.0) ** powers
    span = np.minimum(_versine(end) / size, 1.0) ** powers - low
    at = low[:, None] + span[:, None] * (1.0 + _RING_AT) / 2.0
    rings = size[:, None] * at ** (1.0 / powers)[:, None]
    sines, sine = np.sqrt(rings * (2.0 - rings)), np.sqrt(versine * (2.0 - versine))
    # Law of cosines with 1 - cos for cos, which keeps its digits for short distances.
    upper = rings[of_disc] * (1.0 - versine)[:, None] + (versine - _versine(reach)[of_disc])[:, None]
    lower = np.maximum(sines[of_disc] * sine[:, None], np.finfo(np.float64).tiny)
    half = np.arccos(np.clip(upper / lower, -1.0, 1.0)) * (_STEPS / (2.0 * math.pi))
    middle = (bearing * (_STEPS / (2.0 * math.pi)))[:, None] - _TURNS
    first = np.ceil(middle - half)
    bits = _bits(first.astype(np.int64), (np.floor(middle + half) - first).astype(np.int64) + 1)
    covered = np.bitwise_count(np.bitwise_or.reduceat(bits, starts, axis=0)) / _STEPS
    core = np.where(nearest < reach, low, 0.0)
    shares: Floats = np.clip(core + span * (covered * _WEIGHTS).sum(axis=1) / 2.0, 0.0, 1.0)
    return shares


def _bits(first: Integers, count: Integers) -> npt.NDArray[np.uint64]:
    """Return numbers with `count` bits set, one after the other round the circle, from `first` on."""
    turn = (first & (_STEPS - 1)).astype(np.uint64)
    ones = (np.uint64(1) << np.minimum(count, _STEPS).astype(np.uint64)) - np.uint64(1)
    bits: npt.NDArray[np.uint64] = (ones << turn) | (ones >> (np.uint64(_STEPS) - turn))
    return bits


def _versine(angles: Floats) -> Floats:
    """Return 1 - cos, with all its digits for small angles."""
    versines: Floats = 2.0 * np.sin(angles / 2.0) ** 2
    return versines


def _angle(versines: Floats) -> Floats:
    angles: Floats = 2.0 * np.arcsin(np.sqrt(versines / 2.0))
    return angles


def _seen_from(discs: Points, of_disc: Integers, others_m: Floats) -> tuple[Floats, Floats, Floats]:
    """Return each point's 1 - cos and bearing, as seen from its disc's centre, and the mean radii."""
    latitude, longitude = np.radians(discs.latitudes), np.radians(discs.longitudes)
    sin_lat, cos_lat = np.sin(latitude), np.cos(latitude)
    sin_lon, cos_lon = np.sin(longitude), np.cos(longitude)
    # Gauss's mean radius, the root of M N: Torge and Mueller, Geodesy, 4th ed. (2012), section 4.1.
    mean = EQUATORIAL_M * math.sqrt(1.0 - ESQUARED) / (1.0 - ESQUARED * sin_lat**2)
    line = others_m - discs.xyz_m[of_disc]
    east = np.column_stack([-sin_lon, cos_lon, np.zeros_like(sin_lon)])[of_disc]
    north = np.column_stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat])[of_disc]
    bearing = np.arctan2(np.einsum("ij,ij->i", line, east), np.einsum("ij,ij->i", line, north))
    versine = np.minimum(np.einsum("ij,ij->i", line, line) / (2.0 * mean[of_disc] ** 2), 2.0)
    return versine, bearing, mean


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected number of incidents: the sum of their probabilities."""

    number: float
    #: The interval that holds the true number in nine of ten cases, if the confidences hold.
    low: float
    high: float
    #: The expected number of incidents of which nothing can be said; not in `number`, unless imputed.
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
class Chances:
    """What may be true of incidents. A lot is drawn together: a name's meaning, or a spot of coordinates."""

    lot: Integers  # of each incident
    moment: Integers  # of each incident: at one moment the same places existed
    names: int  # how many lots are names', whose candidates tell the area; they come first
    starts: Integers  # where in the next three the candidates of each lot begin, and those of the last end
    spots: Integers
    confidences: Floats  # 1 for coordinates
    weights: Floats  # a candidate's probability is its confidence times this: 1, or 1/n for "A or B"
    together: Booleans  # which lots are of several places that are all meant
    shares: Shares
    calibration: Calibration  # how far the error goes that all confidences share

    @classmethod
    def among(cls, incidents: Incidents, moment: Integers, shares: Shares) -> Self:
        """Return the chances of incidents, each of a moment."""
        meanings, spot, parts = incidents.meanings, incidents.spot, incidents.spots.parts
        placed = np.flatnonzero((incidents.meaning < 0) & (spot >= 0))
        nowhere = np.flatnonzero((incidents.meaning < 0) & (spot < 0))
        spots, each = distinct(spot[placed])
        names, count = len(meanings), len(meanings) + len(spots)
        lot = incidents.meaning.copy()
        lot[placed], lot[nowhere] = names + each, count + np.arange(len(nowhere))
        manner = np.full(count + len(nowhere), "one")
        manner[:names] = [one.manner for one in meanings.every]
        sizes = np.zeros(len(manner), dtype=np.intp)
        sizes[:names], sizes[names:count] = np.diff(meanings.starts), 1
        several = {at: parts[spots[at]] for at in np.flatnonzero(np.isin(spots, list(parts))).tolist()}
        for at, (members, either) in several.items():
            sizes[names + at], manner[names + at] = len(members), "or" if either else "and"
        of_own = np.repeat(spots, sizes[names:count])
        begins = np.cumsum(sizes[names:count])
        for at, (members, _) in several.items():
            of_own[begins[at] - len(members) : begins[at]] = members
        return cls(
            lot,
            moment,
            names,
            np.append(0, np.cumsum(sizes)),
            np.concatenate([meanings.spots, of_own]),
            np.concatenate([meanings.confidences, np.ones(len(of_own))]),
            np.repeat(np.where(manner == "or", 1.0 / np.maximum(sizes, 1), 1.0), sizes),
            manner == "and",
            shares,
            incidents.calibration,
        )

    def take(self, numbers: Integers) -> Self:
        """Return the chances of some of the incidents."""
        return replace(self, lot=self.lot[numbers], moment=self.moment[numbers])

    def candidates(self, numbers: Integers) -> tuple[Integers, Integers, Floats]:
        """Return the candidates of some incidents: which of `numbers` each is of, its number, its share."""
        whose, slot = expanded(self.starts, self.lot[numbers])
        return whose, slot, self.shares(self.spots[slot], self.moment[numbers][whose])

    def summed(self) -> tuple[Floats, Floats]:
        """Return for each incident the probability that it is so, and the share that is unknown."""
        first, which, _ = alike(self.lot, self.moment)
        found, unknown = self.added(self.lot[first], *self.candidates(first))
        return found[which], unknown[which]

    def added(self, lot: Integers, whose: Integers, slot: Integers, share: Floats) -> tuple[Floats, Floats]:
        """Return the same of incidents that have these lots and candidates."""
        known, count = ~np.isnan(share), len(lot)
        chance = (self.confidences * self.weights)[slot]
        true, false = chance * np.where(known, share, 0.0), chance * np.where(known, 1.0 - share, 0.0)
        found = np.bincount(whose, true, minlength=count).astype(np.float64)
        unknown = 1.0 - found - np.bincount(whose, false, minlength=count)
        if (joint := self.together[lot]).any():  # at each of several places: near if any is
            missed, none = np.ones(count), np.ones(count)
            np.multiply.at(missed, whose, 1.0 - true)
            np.multiply.at(none, whose, false)
            found[joint], unknown[joint] = (1.0 - missed)[joint], (missed - none)[joint]
        unknown[unknown < _ROUNDING] = 0.0
        return np.minimum(found, 1.0), unknown


class Outcomes(NamedTuple):
    """What counts where, if a lot comes out so."""

    lot: Integers
    slot: Integers  # the candidate that has to be true
    low: Floats  # a second number is drawn from 0 to 1 for each lot: it must be at least this
    high: Floats  # and below this
    cell: Integers  # what it counts for
    times: Integers  # how many incidents
    home: Integers  # -1; where it is imputed the governorate whose rate it has: each of `times` is drawn

    def take(self, rows: Integers | Booleans) -> "Outcomes":
        """Return some of them."""
        return Outcomes._make(column[rows] for column in self)


def _rates(found: Floats, known: Floats, home: Integers) -> tuple[Floats, Floats]:
    """Return how many incidents of each governorate are so, and are not: what a beta distribution takes.

    To those that are known comes one more, which is like all together, so that a few don't make it certain.
    """
    near, every = np.bincount(home, found), np.bincount(home, known)
    overall = (found.sum() + 0.5) / (known.sum() + 1.0)
    return near + overall, np.maximum(every - near, 0.0) + 1.0 - overall


def expected_of(
    outcomes: Outcomes, chances: Chances, unknown: Floats, rates: tuple[Floats, Floats] | None = None
) -> list[Expected]:
    """Return what each cell is expected to count; `unknown` is the expected number left out of each."""
    cells = len(unknown)
    every = np.append(chances.confidences * chances.weights, [0.0, 1.0])  # the last is that of `_ANY`
    whose = np.repeat(np.arange(len(chances.together)), np.diff(chances.starts))
    left = np.maximum(1.0 - np.bincount(whose, every[:-2], minlength=len(chances.together)), 0.0)
    chance = np.where(outcomes.slot == _NONE, left[outcomes.lot], every[outcomes.slot])
    mean = rates[0] / (rates[0] + rates[1]) if rates else np.empty(0)
    rate = np.append(mean, 1.0)[outcomes.home]
    weights = chance * rate * (outcomes.high - outcomes.low) * outcomes.times
    number = np.bincount(outcomes.cell, weights, minlength=cells)
    sure = (chance >= 1.0) & (outcomes.low <= 0.0) & (outcomes.high >= 1.0) & (outcomes.home < 0)
    always = np.bincount(outcomes.cell[sure], outcomes.times[sure], minlength=cells)
    counted = always + _simulated(outcomes.take(~sure), chances, cells, rates)
    low, high = np.quantile(counted, _ENDS, axis=0, method="inverted_cdf")
    # A number that is nearly nought may lie outside: most draws have none.
    ends = np.minimum(low, np.floor(number)), np.maximum(high, np.ceil(number - _ROUNDING))
    columns = number, *(one + 0.0 for one in ends), unknown  # no -0
    return [Expected(*map(float, row)) for row in zip(*columns, strict=True)]


def _simulated(
    outcomes: Outcomes, chances: Chances, cells: int, rates: tuple[Floats, Floats] | None
) -> Floats:
    """Return what each cell counts, a row for each simulation."""
    if not len(outcomes.lot):
        return np.zeros((1, cells))
    drawn, lot = distinct(outcomes.lot)
    whose, slots = expanded(chances.starts, drawn)
    starts = np.searchsorted(whose, np.arange(len(drawn) + 1))
    known, weights = chances.confidences[slots], chances.weights[slots]
    slot = outcomes.slot - chances.starts[drawn][lot] + starts[lot]
    slot = np.where(outcomes.slot < 0, outcomes.slot, slot)
    count = int(np.clip(_WORK // (len(slot) + len(drawn) + cells), _FEWEST, _SIMULATIONS))
    calibration, dice = chances.calibration, np.random.default_rng(_SEED)
    curves = len(calibration.draws) or 1
    counted = np.empty((count, cells))
    for curve in range(min(curves, count)):
        chance = (calibration.redrawn(known, curve) if calibration.draws else known) * weights
        # Redrawn confidences may add up to more than 1; what they leave over is unknown.
        totals = np.bincount(whose, chance, minlength=len(drawn))
        upto = np.cumsum(chance / np.maximum(totals, 1.0)[whose])
        base = np.append(0.0, upto)[starts[:-1]]
        for simulation in range(curve, count, curves):
            which, where = dice.random((2, len(drawn)))
            true = np.searchsorted(upto, base + which, side="right")
            true = np.where(true < starts[1:], true, _NONE)
            happens = (slot == true[lot]) | (slot == _ANY)
            happens &= (outcomes.low <= where[lot]) & (where[lot] < outcomes.high)
            cell, times, home = outcomes.cell[happens], outcomes.times[happens], outcomes.home[happens]
            if rates:
                # A rate is known from some incidents only: it is drawn as well.
                times = dice.binomial(times, np.append(dice.beta(*rates), 1.0)[home])
            counted[simulation] = np.bincount(cell, times, minlength=cells)
    return counted


def count_expected(
    chances: Chances,
    where: Where,
    month: Integers,
    *,
    months: int = 1,
    home: Integers | None = None,
    stated: Booleans | None = None,
    somewhere: bool = False,
) -> list[Expected]:
    """Return the expected numbers of incidents: for each area those of its `months`.

    What is unknown is told in the area that an incident has by its row, else in the first. `home` has the
    number of each one's governorate where it is imputed. `stated` tells whose rows state an area, in which
    they count whatever their names mean; None where that tells nothing, as of nearness. `somewhere` counts
    all incidents: what is unknown then counts in the first area.
    """
    imputed = home is not None
    home = np.full(len(month), -1) if home is None else home
    stated = np.zeros(len(month), dtype=np.bool_) if stated is None else stated
    keys = (chances.lot, chances.moment, where.of_incident, month, home, stated.astype(np.intp))
    first, _, times = alike(*keys)
    lot, _, own, month, home, _ = (key[first] for key in keys)
    whose, slot, share = chances.candidates(first)
    area = np.where((lot < chances.names)[whose], where.of_spot[chances.spots[slot]], own[whose])
    area = np.where(area == UNKNOWN, own[whose], area)
    share = np.where(area == ELSEWHERE, 0.0, np.where((area == UNKNOWN) & (share > 0.0), np.nan, share))
    found, unknown = chances.added(lot, whose, slot, share)
    unknown[own == ELSEWHERE] = 0.0
    here = np.maximum(own, 0) * months + month
    there = np.maximum(area, 0) * months + month[whose]
    together = chances.together[lot]
    joint, alone = np.flatnonzero(together), np.flatnonzero(~together[whose])
    # Where what is unknown counts: a vague candidate, none of them, and one of several places together.
    by_row = np.where(stated[first] & (own >= 0), here, month if somewhere else -1)
    rest = here if imputed else by_row
    vague = alone[np.isnan(share[alone])]
    none = np.flatnonzero(~together & (own != ELSEWHERE))
    parts: list[tuple[Integers, npt.ArrayLike, npt.ArrayLike, npt.ArrayLike, Integers, bool]] = [
        (whose[alone], slot[alone], 0.0, share[alone], there[alone], False),
        (joint, _ANY, 0.0, found[joint], here[joint], False),  # one incident, which counts once
        (whose[vague], slot[vague], 0.0, 1.0, rest[whose[vague]], imputed),
        (none, _NONE, 0.0, 1.0, rest[none], imputed),
        (joint, _ANY, 1.0 - unknown[joint], 1.0, rest[joint], imputed),
    ]
    columns = [
        np.broadcast_arrays(lot[kind], slots, low, high, cell, times[kind], home[kind] if at_home else -1)
        for kind, slots, low, high, cell, at_home in parts
    ]
    outcomes = Outcomes._make(map(np.concatenate, zip(*columns, strict=True)))
    outcomes = outcomes.take((outcomes.high > 0.0) & (outcomes.cell >= 0))
    rates = _rates(found * times, (1.0 - unknown) * times, home) if imputed else None
    if not imputed:
        unknown[rest >= 0] = 0.0
    left_out = np.bincount(here, times * unknown, minlength=len(where.codes) * months).astype(np.float64)
    return expected_of(outcomes, chances, left_out, rates)
