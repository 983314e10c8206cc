"""Which incidents lie within a distance of which places, and how sure that is.

Both an incident and a place are known to a radius. With `d` the geodesic distance between the two
positions, `r1` and `r2` the radii and `R` the distance asked for:

* *certain*: every position inside both radii is within `R`, that is ``d + r1 + r2 <= R``;
* *possible*: some are, that is ``d - r1 - r2 <= R``;
* *no*: none are;
* *unanswerable*: the incident's own radius is more than 4 `R`, so that the question means nothing.

:mod:`gazetteer.near.pairs` decides the pairs, :mod:`gazetteer.near.probability` the probability. A strike on
a hospital is at that hospital, however roughly either is known: where the incident's place *is* the target
(they have one id), it is certain at 0 m with probability 1, whatever the radii.

An incident's certainty is that of its best place. "Certain" is said only when one place alone makes it so: a
disc covered by several places together is still "possible", with probability 1. A place that existed only
between known dates is left out for an incident that is known to lie outside them. For one that is known to
several days, it is left out only where it existed on none of them.

"Certain" is said of the place that the row is taken to name: if that is the right one, every position is
within the distance. An incident whose name was left open has no position, and no certainty.

Its *probability* doubts the name too. It is the sum over what the name may mean of the confidence times the
share of the disc that is near. *Unknown* is the share that nothing can be said about: what the confidences
leave over, and candidates that are unanswerable. Coordinates of the row's own are sure.

An incident may name several places. At each of them ("A, B") it is as certain as the surest of them; at one
of them, unknown which ("A or B"), it is certain if all are, and possible if any is. Its nearest place is that
of the place of its own which is nearest to one. Its probability is that of any of them, or the mean where one
is meant.

The answer is arrays; rows are made for those who look at them.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.groups import alike, distinct, expanded
from gazetteer.incidents.spots import Parts
from gazetteer.near.expected import Chances, Expected
from gazetteer.near.nearest import nearest
from gazetteer.near.pairs import Allowed, geodesics_m, judge
from gazetteer.near.probability import EVEN, probability
from gazetteer.near.select import Selection
from gazetteer.near.several import pairs_of_several
from gazetteer.near.targets import Targets
from gazetteer.points import Booleans, Floats, Integers, checked_within
from gazetteer.privacy.cells import largest_cell
from gazetteer.values import Place

#: "" is for an incident without a position: nothing can be said.
Certainty = Literal["certain", "possible", "no", "unanswerable", ""]
CERTAINTIES: tuple[Certainty, ...] = ("certain", "possible", "no", "unanswerable", "")
_CERTAIN, _POSSIBLE, _NO, _UNANSWERABLE, _NOWHERE = range(5)


@dataclass(frozen=True, slots=True)
class NearRow:
    """One incident, and what is near it.

    Parameters
    ----------
    incident
        The incident.
    nearest
        The place at the least distance, whether or not that is within the distance asked for; of several
        at the same one, that which the incident names, else the first given. None
        when the incident has no position or no place existed at its date.
    distance_m
        Metres to it, between the two positions; 0 if it is the incident's own place.
    certainty
        Whether some place is within the distance: certain, possible, no, unanswerable when its radius is
        more than four times the distance, or "" without a position.
    count_possible
        Number of places that are possibly within the distance; the certain ones are among them.
    count_certain
        Number of places that are certainly within it; where one of several places of the incident is meant,
        within it of each of these.
    probability
        That the incident lies within the distance of any of the places, 0 to 1, as far as that can be told;
        the shares of discs in it are good to 0.01. None where nothing can be told.
    unknown
        The share that nothing can be told about, 0 to 1.
    """

    incident: Incident
    nearest: Place | None
    distance_m: float | None
    certainty: Certainty
    count_possible: int
    count_certain: int
    probability: float | None
    unknown: float


@dataclass(frozen=True, slots=True)
class NearSummary:
    """Counts over all incidents.

    Parameters
    ----------
    within_m
        The distance asked for, in metres.
    targets
        Number of places that were looked at.
    targets_without_position
        Number of rows in the table of places that have no position and were left out.
    incidents, with_position, certain, possible, no, unanswerable, without_position
        Numbers of incidents. `certain`, `possible`, `no` and `unanswerable` add up to `with_position`.
    without_date
        Incidents whose date is missing or unreadable: a place's own dates could not be held against them.
    taken_as_exact
        Incidents whose coordinates come without a radius, in a table without a column of precision. They
        are counted as if known to the metre.
    generalised_to_deg
        The side in degrees of the largest cell that a target was generalised to; None where none was.
    """

    within_m: float
    targets: int
    targets_without_position: int
    incidents: int
    with_position: int
    certain: int
    possible: int
    no: int
    unanswerable: int
    without_position: int
    without_date: int
    taken_as_exact: int
    generalised_to_deg: float | None = None

    @classmethod
    def of(
        cls, incidents: Incidents, certainties: Integers, targets: Targets, *, within_m: float
    ) -> "NearSummary":
        """Count `certainties`, for each incident a number in the order of :data:`CERTAINTIES`."""
        counts = np.bincount(certainties, minlength=len(CERTAINTIES)).tolist()
        return cls(
            within_m=within_m,
            targets=len(targets),
            targets_without_position=targets.without_position,
            incidents=len(incidents),
            with_position=len(incidents) - counts[_NOWHERE],
            certain=counts[_CERTAIN],
            possible=counts[_POSSIBLE],
            no=counts[_NO],
            unanswerable=counts[_UNANSWERABLE],
            without_position=counts[_NOWHERE],
            without_date=int(np.isnan(incidents.first_days).sum()),
            taken_as_exact=int(incidents.radius_assumed.sum()),
            generalised_to_deg=largest_cell(targets),
        )

    def as_json(self) -> dict[str, float]:
        """Return the counts by name; what was generalised only where something was."""
        counts = asdict(self)
        if self.generalised_to_deg is None:
            del counts["generalised_to_deg"]
        return counts


@dataclass(frozen=True, eq=False, repr=False)
class NearAnswer:
    """What is near each incident, in the order given, and the counts.

    Parameters
    ----------
    incidents, targets
        What was asked about.
    certainties, counts_possible, counts_certain, probabilities, unknown, nearest, rough_m
        Arrays with a number for each incident: `certainties` are numbers in the order of
        :data:`CERTAINTIES`, `nearest` numbers of targets (-1 for none); a distance may be infinite. `rough_m`
        are distances as their chords tell them, 1.3 m off at 500 km;
        :attr:`distances_m` has them exactly, which takes longer.
    starts
        For each incident the spot that is measured from: its own, or of several that which is nearest.
    summary
        The counts.
    chances
        What the probabilities are made of.
    selection
        Which of all incidents were asked about; None where all were.
    expected
        The expected number of incidents within the distance; None where it wasn't asked for.
    imputed
        Whether what is unknown was imputed in it.
    """

    incidents: Incidents
    targets: Targets
    certainties: Integers
    counts_possible: Integers
    counts_certain: Integers
    probabilities: Floats
    unknown: Floats
    nearest: Integers
    rough_m: Floats
    starts: Integers
    summary: NearSummary
    chances: Chances
    selection: Selection | None = None
    expected: Expected | None = None
    imputed: bool = False

    def __repr__(self) -> str:
        return f"<NearAnswer: {self.summary}>"

    def take(self, numbers: Integers) -> "NearAnswer":
        """Return the answer about some incidents, by rising numbers from 0, as `near` would give it."""
        incidents, certainties = self.incidents.take(numbers), self.certainties[numbers]
        return NearAnswer(
            incidents,
            self.targets,
            certainties,
            self.counts_possible[numbers],
            self.counts_certain[numbers],
            self.probabilities[numbers],
            self.unknown[numbers],
            self.nearest[numbers],
            self.rough_m[numbers],
            self.starts[numbers],
            NearSummary.of(incidents, certainties, self.targets, within_m=self.summary.within_m),
            replace(self.chances, group=self.chances.group[numbers]),
        )

    def numbers_of(self, *certainties: Certainty) -> Integers:
        """Return the numbers of the incidents with one of these certainties."""
        wanted = [CERTAINTIES.index(one) for one in certainties]
        return np.flatnonzero(np.isin(self.certainties, wanted))

    @cached_property
    def distances_m(self) -> Floats:
        """The exact distances in metres; 0 where the place is the incident's own, infinite without one."""
        metres = self.rough_m.copy()
        rows = np.flatnonzero((self.nearest >= 0) & (metres > 0))
        spots, others = self.starts[rows], self.nearest[rows]
        here, there = self.incidents.spots.points, self.targets.points
        metres[rows] = geodesics_m(
            here.latitudes[spots], here.longitudes[spots], there.latitudes[others], there.longitudes[others]
        )
        return metres

    @cached_property
    def rows(self) -> tuple[NearRow, ...]:
        """A row for each incident."""
        return tuple(self._row(number, one) for number, one in enumerate(self.incidents))

    def picked(self, numbers: Iterable[int]) -> list[NearRow]:
        """Return some rows, by numbers in any order; no others are made."""
        wanted = list(numbers)
        return [self._row(*pair) for pair in zip(wanted, self.incidents.picked(wanted), strict=True)]

    def _row(self, number: int, incident: Incident) -> NearRow:
        target, unknown = int(self.nearest[number]), float(self.unknown[number])
        return NearRow(
            incident=incident,
            nearest=self.targets[target] if target >= 0 else None,
            distance_m=float(self.distances_m[number]) if target >= 0 else None,
            certainty=CERTAINTIES[self.certainties[number]],
            count_possible=int(self.counts_possible[number]),
            count_certain=int(self.counts_certain[number]),
            probability=None if unknown >= 1.0 else float(self.probabilities[number]),
            unknown=unknown,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the counts, how many incidents are undecided, and notes, in plain JSON types."""
        notes = dict.fromkeys((*self.incidents.notes, *self.targets.notes))
        undecided = 0 if self.selection is None else len(self.selection.open)
        expected = {} if self.expected is None else {**self.expected.as_json(), "imputed": self.imputed}
        return {**self.summary.as_json(), **expected, "undecided": undecided, "notes": list(notes)}

    def as_geojson(self) -> dict[str, Any]:
        """Return an RFC 7946 FeatureCollection with a feature for each incident, and the summary."""
        from gazetteer.near.output import feature_collection

        return feature_collection(self)

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write the table with what is near each incident; see :func:`gazetteer.near.output.write_near`."""
        from gazetteer.near.output import write_near

        return write_near(self, path)


def near(
    incidents: Iterable[Incident],
    targets: Sequence[Place],
    *,
    within_m: float,
    ignore_dates: bool = False,
) -> NearAnswer:
    """Tell for every incident whether it lies within a distance of any of some places.

    Parameters
    ----------
    incidents
        In any order; those without a position get a row too.
    targets
        The places. None at all is allowed: then no incident is near any.
    within_m
        The distance in metres, 0 to 500,000.
    ignore_dates
        True counts every place, whether or not it existed on the day of the incident.

    Returns
    -------
    NearAnswer
        Exact for the positions and radii given: each pair is decided as its geodesic distance would.

    Raises
    ------
    InputError
        If the distance is negative, not finite or over 500 km.
    """
    within_m = checked_within(within_m)
    asked, places = Incidents.of(incidents), Targets.of(targets)
    cases = _Cases.of(asked, places, ignore_dates=ignore_dates)
    found = _judged(asked, places, cases, within_m)
    located = cases.case >= 0

    def spread(values: Any, otherwise: float) -> Any:
        of_each = np.full(len(asked), otherwise, dtype=values.dtype)
        of_each[located] = values[cases.case[located]]
        return of_each

    certainties = spread(found.certainties, _NOWHERE)
    chances = Chances.among(
        asked, cases.moment, lambda spots, moments: found.shares[cases.numbers(spots, moments)]
    )
    probabilities, unknown = chances.summed()
    return NearAnswer(
        asked,
        places,
        certainties,
        spread(found.possible, 0),
        spread(found.certain, 0),
        probabilities,
        unknown,
        spread(found.nearest, -1),
        spread(found.metres, math.inf),
        spread(found.starts, -1) if cases.several else asked.spot,
        NearSummary.of(asked, certainties, places, within_m=within_m),
        chances,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Cases:
    """What must be judged apart: a spot, and a spot at moments when other places existed.

    Parameters
    ----------
    case, moment
        For each incident its case, -1 without a position, and the number of its moment.
    spots
        For each case its spot.
    keys
        For each case its spot and moment as one number; they rise. None where dates don't count, and a case
        is a spot.
    moments
        How many moments there are.
    first_days, last_days
        For each case days of one of its incidents; None where dates don't count.
    several
        The cases of its several places for each case that has such.
    """

    case: Integers
    moment: Integers
    spots: Integers
    keys: Integers | None = None
    moments: int = 1
    first_days: Floats | None = None
    last_days: Floats | None = None
    several: Mapping[int, Parts] = field(default_factory=dict)

    @classmethod
    def of(cls, incidents: Incidents, places: Targets, *, ignore_dates: bool) -> "_Cases":
        parts = incidents.spots.parts
        if ignore_dates or not places.have_dates:
            always = np.zeros(len(incidents), dtype=np.intp)
            return cls(incidents.spot, always, np.arange(len(incidents.spots)), several=parts)
        firsts, lasts = places.epochs(incidents.first_days), places.epochs(incidents.last_days)
        one, moment, _ = alike(firsts, lasts)
        count = len(one)
        located = np.flatnonzero(incidents.spot >= 0)
        own, _ = distinct(incidents.spot[located] * count + moment[located])
        spots, at = np.divmod(own, count)
        wanted = [own]
        for where in np.flatnonzero(np.isin(spots, list(parts))).tolist():
            wanted.append(np.array(parts[int(spots[where])].spots, dtype=np.intp) * count + at[where])
        named = np.flatnonzero(incidents.meaning >= 0)
        meant, _ = distinct(incidents.meaning[named] * count + moment[named])
        meaning, when = np.divmod(meant, count)
        whose, candidates = expanded(incidents.meanings.starts, meaning)
        wanted.append(incidents.meanings.spots[candidates] * count + when[whose])
        keys, _ = distinct(np.concatenate(wanted))
        spots, at = np.divmod(keys, count)
        found = cls(
            np.full(len(incidents), -1, dtype=np.intp),
            moment,
            spots,
            keys,
            count,
            incidents.first_days[one[at]],
            incidents.last_days[one[at]],
        )
        found.case[located] = found.numbers(incidents.spot[located], moment[located])
        several = {}
        for number in np.flatnonzero(np.isin(spots, list(parts))).tolist():
            these, either = parts[int(spots[number])]
            of_parts = found.numbers(np.array(these, dtype=np.intp), at[number])
            several[number] = Parts(tuple(of_parts.tolist()), either)
        return replace(found, several=several)

    def numbers(self, spots: Integers, moments: Integers) -> Integers:
        """Return the cases of some spots at some moments, which must be among them."""
        return spots if self.keys is None else np.searchsorted(self.keys, spots * self.moments + moments)

    def allowed(self, places: Targets) -> Allowed | None:
        """Return what tells which cases and places may have been there together; None where all may."""
        first, last = self.first_days, self.last_days
        if first is None or last is None:
            return None
        return lambda rows, numbers: places.existed(first[rows], last[rows], numbers)


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """What is found for each case."""

    certainties: Integers
    possible: Integers
    certain: Integers
    shares: Floats
    nearest: Integers
    metres: Floats
    starts: Integers


def _judged(incidents: Incidents, places: Targets, cases: _Cases, within_m: float) -> _Judged:
    points, radii = incidents.spots.points.take(cases.spots), incidents.spots.radii_m[cases.spots]
    allowed = cases.allowed(places)
    counted = judge(points, radii, places.points, places.radii_m, within_m=within_m, allowed=allowed)
    found = nearest(points, places.points, allowed=allowed, measured=False)
    numbers, metres = found.numbers, found.distances_m
    certain, possible = counted.certain, counted.possible
    words = np.where(certain > 0, _CERTAIN, np.where(possible > 0, _POSSIBLE, _NO))
    words[counted.unanswerable] = _UNANSWERABLE
    shares = np.where(words == _CERTAIN, 1.0, 0.0)
    shares[words == _UNANSWERABLE] = math.nan
    between = np.flatnonzero(words == _POSSIBLE)  # the others need no more geometry

    def allowed_between(rows: Integers, others: Integers) -> Booleans:
        assert allowed is not None  # else it isn't asked
        return allowed(between[rows], others)

    shares[between] = probability(
        points.take(between),
        radii[between],
        places.points,
        within_m=within_m,
        allowed=None if allowed is None else allowed_between,
        inward=inward(incidents)[cases.spots[between]],
    )
    rows, own = own_places(incidents, places, cases.spots)
    if allowed is not None and len(rows):
        there = allowed(rows, own)
        rows, own = rows[there], own[there]
    if len(rows):
        lengths = geodesics_m(
            points.latitudes[rows],
            points.longitudes[rows],
            places.points.latitudes[own],
            places.points.longitudes[own],
        )
        slack = radii[rows] + places.radii_m[own]
        # At its own place it is certain; the discs may have counted that pair as less.
        np.add.at(certain, rows, ~(lengths + slack <= within_m))
        np.add.at(possible, rows, ~(lengths - slack <= within_m))
        words[rows], shares[rows], metres[rows] = _CERTAIN, 1.0, 0.0
        numbers[rows[::-1]] = own[::-1]  # of several of one id, the first
    judged = _Judged(words, possible, certain, shares, numbers, metres, cases.spots.copy())
    if cases.several:
        _put_together(judged, incidents, places, cases, within_m)
    return judged


def _put_together(
    found: _Judged, incidents: Incidents, places: Targets, cases: _Cases, within_m: float
) -> None:
    """Set what is found for cases with several places from what is found for each of these."""
    numbers, several = list(cases.several), list(cases.several.values())
    for case, (parts, either) in cases.several.items():
        some = list(parts)
        found.certainties[case] = _word(found.certainties[some].tolist(), either=either)
        first = some[int(found.metres[some].argmin())]
        found.nearest[case], found.metres[case] = found.nearest[first], found.metres[first]
        found.starts[case] = cases.spots[first]
    spots = [Parts(tuple(cases.spots[list(one.spots)].tolist()), one.either) for one in several]
    at, place, certain = pairs_of_several(incidents.spots, spots, places, within_m=within_m)
    case_of = np.array(numbers, dtype=np.intp)[at]
    if (allowed := cases.allowed(places)) is not None:
        there = allowed(case_of, place)
        case_of, certain = case_of[there], certain[there]
    found.possible[numbers] = found.certain[numbers] = 0
    np.add.at(found.possible, case_of, 1)
    np.add.at(found.certain, case_of[certain], 1)


def _word(words: Sequence[int], *, either: bool) -> int:
    """Return the certainty of several places together, from that of each."""
    if either and _CERTAIN in words and set(words) != {_CERTAIN}:
        return _POSSIBLE
    return next(one for one in (_CERTAIN, _POSSIBLE, _UNANSWERABLE, _NO) if one in words)


def inward(incidents: Incidents) -> Floats:
    """Return for each spot how much towards its middle an incident there may lie."""
    powers = np.full(len(incidents.spots), EVEN)
    if incidents.spots.has_middle:
        powers[list(incidents.spots.has_middle)] = incidents.calibration.inward
    return powers


def own_places(incidents: Incidents, places: Targets, spots: Integers) -> tuple[Integers, Integers]:
    """Return the pairs of cases with the very places that gave their positions; `spots` are the cases'."""
    found = [
        (spot, number)
        for number, place in enumerate(places)
        for spot in incidents.spots_of_place.get(place.id, ())
    ]
    if not found:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    spot, number = np.array(found, dtype=np.intp).T
    order = np.argsort(spots, kind="stable")  # a spot may have several cases
    first = np.searchsorted(spots[order], spot, side="left")
    last = np.searchsorted(spots[order], spot, side="right")
    times = last - first
    steps = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    return order[np.repeat(first, times) + steps], np.repeat(number, times)
