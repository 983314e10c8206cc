"""Incidents and places as arrays, made once and asked about many times.

A table names the same town again and again: a hundred thousand incidents stand at some thousand spots.
What geometry says depends on the spot alone, so it is asked once for each. A spot is a position, its radius
and, where a place gave the position, that place.
"""

import calendar
import datetime
import math
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import Any, Self, overload

import numpy as np
import numpy.typing as npt

from gazetteer.incidents import Incident
from gazetteer.places import Place
from gazetteer.proximity.bounds import Floats
from gazetteer.proximity.points import Booleans, Integers, Points

__all__ = ["LoadedIncidents", "LoadedTargets", "put"]

#: Spots that no incident has any more are kept up to this many, and an eighth of all.
_UNUSED = 16
_Spot = tuple[float, float, float, str]


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
        Of each spot: where it is, and its radius. After :meth:`updated` there may be some that no incident
        has any more.
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
        spots: dict[_Spot, int] = {}
        self.spot: Integers = np.array(
            [
                -1 if (spot := _spot_of(incident)) is None else spots.setdefault(spot, len(spots))
                for incident in self._incidents
            ],
            dtype=np.intp,
        )
        self.points = Points.from_degrees([spot[0] for spot in spots], [spot[1] for spot in spots])
        self.radii_m: Floats = np.array([spot[2] for spot in spots], dtype=np.float64)
        self.spots_of_place = _by_place(spots)
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
        for made in ("situations", "_spots"):
            chosen.__dict__.pop(made, None)
        chosen._incidents = tuple(map(self._incidents.__getitem__, rows.tolist()))
        chosen.spot, chosen.days = self.spot[rows], self.days[rows]
        chosen.first_days, chosen.last_days = self.first_days[rows], self.last_days[rows]
        chosen.taken_as_exact = self.taken_as_exact[rows]
        return chosen

    def updated(self, incidents: Sequence[Incident], at: Integers, *, dropped: Iterable[int] = ()) -> Self:
        """Return these incidents with some replaced, added or dropped; quick where those are few.

        Parameters
        ----------
        incidents
            New ones.
        at
            For each the number of the one that it replaces; or, in rising order from `len(self)` on, a number
            at the end.
        dropped
            Numbers of those that go, counted before any has gone.

        Returns
        -------
        LoadedIncidents
            Answers as one that is made from these incidents; its spots are numbered otherwise. This one stays
            as it is.
        """
        gone = np.unique(np.fromiter(dropped, dtype=np.intp))
        fresh, result = LoadedIncidents(incidents), copy(self)
        result.__dict__.pop("situations", None)
        held: list[Incident] = [*self._incidents, *incidents]
        for number, incident in zip(at.tolist(), incidents, strict=True):
            held[number] = incident
        del held[len(self) + int((at >= len(self)).sum()) :]
        for number in gone[::-1].tolist():
            del held[number]
        result._incidents = tuple(held)
        for name in ("days", "first_days", "last_days", "taken_as_exact"):
            setattr(result, name, put(getattr(self, name), at, getattr(fresh, name), gone))
        result.spot = put(self.spot, at, result._with_spots_of(fresh), gone)
        before = np.concatenate([at[at < len(self)], gone[gone < len(self)]])
        result._leave([self._incidents[number] for number in before.tolist()])
        return result

    def _with_spots_of(self, fresh: "LoadedIncidents") -> Integers:
        """Take up the spots of others, and return the number of each of their incidents' spots here."""
        numbers = np.array([self._spots.get(spot, -1) for spot in fresh._spots], dtype=np.intp)
        new = np.flatnonzero(numbers < 0)
        if len(new):
            numbers[new] = len(self.points) + np.arange(len(new))
            self.points = self.points.followed_by(fresh.points.take(new))
            self.radii_m = np.concatenate([self.radii_m, fresh.radii_m[new]])
            self._spots, self.spots_of_place = self._spots.copy(), self.spots_of_place.copy()
            for spot, number in zip(fresh._spots, numbers.tolist(), strict=True):
                if spot not in self._spots:
                    self._spots[spot] = number
                    if spot[3]:
                        self.spots_of_place[spot[3]] = [*self.spots_of_place.get(spot[3], ()), number]
        return np.append(numbers, -1)[fresh.spot]  # -1, without a position, is the last

    def _leave(self, incidents: Iterable[Incident]) -> None:
        """Forget the spots of incidents that are gone, where no other is; make room where those are many."""
        counts = np.bincount(self.spot[self.spot >= 0], minlength=len(self.points))
        left = {spot for spot in map(_spot_of, incidents) if spot and not counts[self._spots[spot]]}
        if left:
            self._spots, self.spots_of_place = self._spots.copy(), self.spots_of_place.copy()
            for spot in left:
                number = self._spots.pop(spot)
                if spot[3]:
                    others = [one for one in self.spots_of_place.pop(spot[3]) if one != number]
                    self.spots_of_place |= {spot[3]: others} if others else {}
        if (counts == 0).sum() > _UNUSED + len(counts) // 8:
            used, numbers = np.flatnonzero(counts), np.cumsum(counts > 0) - 1
            self.spot = np.append(numbers, -1)[self.spot]
            self.points, self.radii_m = self.points.take(used), self.radii_m[used]
            self._spots = {spot: int(numbers[one]) for spot, one in self._spots.items() if counts[one]}
            self.spots_of_place = _by_place(self._spots)

    @cached_property
    def _spots(self) -> dict[_Spot, int]:
        """The number of each spot."""
        places = {number: place for place, numbers in self.spots_of_place.items() for number in numbers}
        each = zip(
            self.points.latitudes.tolist(),
            self.points.longitudes.tolist(),
            self.radii_m.tolist(),
            strict=True,
        )
        return {(*spot, places.get(number, "")): number for number, spot in enumerate(each)}

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


def put(
    column: npt.NDArray[Any], at: Integers, values: npt.NDArray[Any], dropped: Integers
) -> npt.NDArray[Any]:
    """Return a column of values as :meth:`LoadedIncidents.updated` returns incidents."""
    changed = np.append(column, np.empty(int((at >= len(column)).sum()), dtype=column.dtype))
    changed[at] = values
    return np.delete(changed, dropped) if len(dropped) else changed


def _spot_of(incident: Incident) -> _Spot | None:
    at = incident.position
    return None if at is None else (at.latitude, at.longitude, incident.uncertainty_m, incident.place_id)


def _by_place(spots: dict[_Spot, int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for spot, number in spots.items():
        if spot[3]:
            found.setdefault(spot[3], []).append(number)
    return found


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
