"""Which incidents lie within a distance of which places, and how sure that is.

Both an incident and a place are known to a radius. With `d` the geodesic distance between the two
positions, `r1` and `r2` the radii and `R` the distance asked for:

* *certain*: every position inside both radii is within `R`, that is ``d + r1 + r2 <= R``;
* *possible*: some are, that is ``d - r1 - r2 <= R``;
* *no*: none are;
* *unanswerable*: the incident's own radius is more than 4 `R`, so that the question means nothing.

:mod:`gazetteer.proximity.discs` decides the pairs, :mod:`gazetteer.proximity.coverage` the probability.
A strike on a hospital is at that hospital, however roughly either is known: where the incident's place
*is* the target (they have one id), it is certain at 0 m with probability 1, whatever the radii.

An incident's certainty is that of its best place. "Certain" is said only when one place alone makes
it so: a disc covered by several places together is still "possible", with probability 1. A place that
existed only between known dates is left out for an incident that is known to lie outside them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gazetteer.generalise import largest_cell
from gazetteer.incidents import Incident
from gazetteer.places import Place
from gazetteer.proximity.bounds import Floats
from gazetteer.proximity.coverage import probability
from gazetteer.proximity.discs import judge
from gazetteer.proximity.join import geodesics_m
from gazetteer.proximity.loaded import LoadedIncidents, LoadedTargets
from gazetteer.proximity.near_rows import (
    CERTAIN,
    NO,
    NOWHERE,
    POSSIBLE,
    UNANSWERABLE,
    NearAnswer,
    NearSummary,
)
from gazetteer.proximity.nearest import Allowed, nearest
from gazetteer.proximity.points import Booleans, Integers, checked_within

__all__ = ["near"]


def near(
    incidents: Sequence[Incident],
    targets: Sequence[Place],
    *,
    within_m: float,
    left_out: int = 0,
    ignore_dates: bool = False,
) -> NearAnswer:
    """Say for every incident whether it lies within a distance of any of some places.

    Parameters
    ----------
    incidents
        In any order; those without a position get a row too. For many questions about the same ones,
        hand in a :class:`~gazetteer.proximity.LoadedIncidents`.
    targets
        The places. None at all is allowed: then no incident is near any.
    within_m
        The distance in metres, 0 to 500,000.
    left_out
        How many more targets there would be if their positions were known; the summary says it.
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
    loaded = incidents if isinstance(incidents, LoadedIncidents) else LoadedIncidents(incidents)
    places = targets if isinstance(targets, LoadedTargets) else LoadedTargets(targets)
    case, spots, days = _cases(loaded, places, ignore_dates=ignore_dates)
    said = _judged(loaded, places, spots, days, within_m)
    located = case >= 0

    def spread(values: Any, otherwise: float) -> Any:
        found = np.full(len(loaded), otherwise, dtype=values.dtype)
        found[located] = values[case[located]]
        return found

    certainties = spread(said.certainties, NOWHERE)
    return NearAnswer(
        loaded,
        places,
        certainties,
        spread(said.possible, 0),
        spread(said.certain, 0),
        spread(said.shares, math.nan),
        spread(said.nearest, -1),
        spread(said.metres, math.inf),
        NearSummary.of(
            loaded,
            certainties,
            within_m=within_m,
            targets=len(places),
            left_out=left_out,
            generalised_to_deg=largest_cell(places),
        ),
    )


def _cases(
    incidents: LoadedIncidents, places: LoadedTargets, *, ignore_dates: bool
) -> tuple[Integers, Integers, Floats | None]:
    """Tell apart what must be judged apart: a spot, and a spot at times when other places existed.

    Returns for each incident its case (-1 for none), for each case its spot, and a day of it.
    """
    if ignore_dates or (np.isnan(places.first).all() and np.isnan(places.last).all()):
        return incidents.spot, np.arange(len(incidents.points)), None
    epochs = places.epochs(incidents.days)
    width = int(epochs.max(initial=0)) + 1
    located = np.flatnonzero(incidents.spot >= 0)
    _, firsts, case = np.unique(
        incidents.spot[located] * width + epochs[located], return_index=True, return_inverse=True
    )
    cases = np.full(len(incidents), -1, dtype=np.intp)
    cases[located] = case
    return cases, incidents.spot[located[firsts]], incidents.days[located[firsts]]


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """What is said of each case."""

    certainties: Integers
    possible: Integers
    certain: Integers
    shares: Floats
    nearest: Integers
    metres: Floats


def _judged(
    incidents: LoadedIncidents, places: LoadedTargets, spots: Integers, days: Floats | None, within_m: float
) -> _Judged:
    points = incidents.points if days is None else incidents.points.take(spots)
    radii = incidents.radii_m[spots]
    allowed: Allowed | None = None
    if days is not None:
        known_days = days

        def allowed(rows: Integers, numbers: Integers) -> Booleans:
            return places.existed(known_days[rows], numbers)

    counted = judge(points, radii, places.points, places.radii_m, within_m=within_m, allowed=allowed)
    found = nearest(points, places.points, allowed=allowed, measured=False)  # rows measure theirs
    certain, possible = counted.certain, counted.possible
    numbers, metres = found.numbers[:, 0], found.distances_m[:, 0]
    words = np.where(certain > 0, CERTAIN, np.where(possible > 0, POSSIBLE, NO))
    words[counted.unanswerable] = UNANSWERABLE
    shares = np.where(words == CERTAIN, 1.0, 0.0)
    shares[words == UNANSWERABLE] = math.nan
    between = np.flatnonzero(words == POSSIBLE)  # the others need no more geometry
    shares[between] = probability(
        points.take(between),
        radii[between],
        places.points,
        within_m=within_m,
        allowed=None if allowed is None else lambda rows, numbers: allowed(between[rows], numbers),
    )
    rows, own = _own_places(incidents, places, spots, allowed)
    if len(rows):
        lengths = geodesics_m(
            points.latitudes[rows],
            points.longitudes[rows],
            places.points.latitudes[own],
            places.points.longitudes[own],
        )
        slack = radii[rows] + places.radii_m[own]
        # At its own place it is certain; the discs may have said less of that pair.
        np.add.at(certain, rows, ~(lengths + slack <= within_m))
        np.add.at(possible, rows, ~(lengths - slack <= within_m))
        words[rows], shares[rows], metres[rows] = CERTAIN, 1.0, 0.0
        numbers[rows[::-1]] = own[::-1]  # of several of one id, the first
    return _Judged(words, possible, certain, shares, numbers, metres)


def _own_places(
    incidents: LoadedIncidents, places: LoadedTargets, spots: Integers, allowed: Allowed | None
) -> tuple[Integers, Integers]:
    """Return the pairs of cases with the very places that gave their positions."""
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
    rows, own = order[np.repeat(first, times) + steps], np.repeat(number, times)
    if allowed is not None and len(rows):
        there = allowed(rows, own)
        rows, own = rows[there], own[there]
    return rows, own
