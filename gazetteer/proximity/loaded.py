"""Incidents and places as arrays, made once and asked about many times.

A table names the same town again and again: a hundred thousand incidents stand at some thousand spots.
What geometry says depends on the spot alone, so it is asked once for each. A spot is a position, its radius
and, where a place gave the position, that place.
"""

import calendar
import datetime
import math
from collections.abc import Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import Self, overload

import numpy as np

from gazetteer.incidents import Incident
from gazetteer.places import Place
from gazetteer.proximity.bounds import Floats
from gazetteer.proximity.points import Booleans, Integers, Points

__all__ = ["LoadedIncidents", "LoadedTargets"]


class LoadedIncidents(Sequence[Incident]):
    """Incidents made ready for many questions; a sequence of them all the same.

    Parameters
    ----------
    incidents
        In any order; those without a position are kept.

    Attributes
    ----------
    spot
        For each incident the number of its spot; -1 without a position.
    points, radii_m
        Of each spot: where it is, and its radius.
    spots_of_place
        The spots that a place gave, by its id.
    days
        For each incident its date as a day number; NaN when it has none.
    first_days, last_days
        The same, and where only the month or year is known, its ends.
    taken_as_exact
        For each incident whether it has coordinates without any word on how exact they are.
    """

    def __init__(self, incidents: Sequence[Incident]) -> None:
        self._incidents = tuple(incidents)
        spots: dict[tuple[float, float, float, str], int] = {}
        self.spot: Integers = np.array(
            [
                -1
                if (position := i.position) is None
                else spots.setdefault(
                    (position.latitude, position.longitude, i.uncertainty_m, i.place_id), len(spots)
                )
                for i in self._incidents
            ],
            dtype=np.intp,
        )
        self.points = Points.from_degrees([spot[0] for spot in spots], [spot[1] for spot in spots])
        self.radii_m: Floats = np.array([spot[2] for spot in spots], dtype=np.float64)
        self.spots_of_place: dict[str, list[int]] = {}
        for spot, number in spots.items():
            if spot[3]:
                self.spots_of_place.setdefault(spot[3], []).append(number)
        self.days: Floats = np.array(
            [math.nan if i.date is None else i.date.toordinal() for i in self._incidents], dtype=np.float64
        )
        self.first_days, self.last_days = self.days.copy(), self.days.copy()
        for number, incident in enumerate(self._incidents):
            if incident.days:
                self.first_days[number], self.last_days[number] = (day.toordinal() for day in incident.days)
        self.taken_as_exact: Booleans = np.array(
            [i.position is not None and not i.radius_known for i in self._incidents], dtype=np.bool_
        )

    def take(self, rows: Integers) -> Self:
        """Return some of the incidents, by number counted from 0; nothing is read or measured anew."""
        chosen = copy(self)
        chosen.__dict__.pop("situations", None)
        chosen._incidents = tuple(map(self._incidents.__getitem__, rows.tolist()))
        chosen.spot, chosen.days = self.spot[rows], self.days[rows]
        chosen.first_days, chosen.last_days = self.first_days[rows], self.last_days[rows]
        chosen.taken_as_exact = self.taken_as_exact[rows]
        return chosen

    @cached_property
    def situations(self) -> tuple[Integers, list[Incident]]:
        """For each incident the number of its situation, and an incident of each.

        A situation is a spot and the areas that the row states: what decides in which area an incident lies.
        """
        numbers: dict[tuple[int, tuple[str, ...]], int] = {}
        firsts: list[Incident] = []
        each = []
        for spot, incident in zip(self.spot.tolist(), self._incidents, strict=True):
            number = numbers.setdefault((spot, incident.admin), len(firsts))
            if number == len(firsts):
                firsts.append(incident)
            each.append(number)
        return np.array(each, dtype=np.intp), firsts

    @overload
    def __getitem__(self, number: int) -> Incident: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Incident, ...]: ...
    def __getitem__(self, number: int | slice) -> Incident | tuple[Incident, ...]:
        return self._incidents[number]

    def __iter__(self) -> Iterator[Incident]:
        return iter(self._incidents)

    def __len__(self) -> int:
        return len(self._incidents)


class LoadedTargets(Sequence[Place]):
    """Places made ready to be looked near; a sequence of them all the same.

    Attributes
    ----------
    points, radii_m
        Where each is, and its radius.
    first, last
        The day numbers between which each existed; NaN where a side isn't known.
    """

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = tuple(places)
        self.points = Points.of([p.position for p in self._places])
        self.radii_m: Floats = np.array([p.uncertainty_m for p in self._places], dtype=np.float64)
        self.first: Floats = np.array([day_number(p.valid_from, last=False) for p in self._places])
        self.last: Floats = np.array([day_number(p.valid_to, last=True) for p in self._places])

    @overload
    def __getitem__(self, number: int) -> Place: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Place, ...]: ...
    def __getitem__(self, number: int | slice) -> Place | tuple[Place, ...]:
        return self._places[number]

    def __len__(self) -> int:
        return len(self._places)

    def existed(self, days: Floats, numbers: Integers) -> Booleans:
        """Tell for each day and place whether the place may have existed; unknown dates rule nothing out."""
        existing: Booleans = ~((days < self.first[numbers]) | (days > self.last[numbers]))
        return existing

    def epochs(self, days: Floats) -> Integers:
        """Return numbers for days: on two days of the same number the same places existed."""
        ends = np.concatenate([self.first[~np.isnan(self.first)], self.last[~np.isnan(self.last)] + 1])
        found = np.searchsorted(np.unique(ends), days, side="right")
        return np.where(np.isnan(days), len(ends) + 1, found)


def day_number(text: str | None, *, last: bool) -> float:
    """Return the first or last day of "2016", "2016-05" or "2016-05-30"; NaN when unknown."""
    try:
        numbers = [int(part) for part in (text or "").split("-")]
        year, month, day = (*numbers, 0, 0)[:3]
        month = month or (12 if last else 1)
        day = day or (calendar.monthrange(year, month)[1] if last else 1)
        return datetime.date(year, month, day).toordinal()
    except ValueError:
        return math.nan
