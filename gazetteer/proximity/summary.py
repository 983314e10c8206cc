"""Incidents counted: at each facility, in each area, in each month.

Counts by facility turn `near` round: for each place, how many incidents are certainly and how many possibly
within a distance of it. Counts by area put each incident into one area where that is known well enough,
and say how many could not be put into any.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gazetteer.coords import LatLon
from gazetteer.errors import InputError, NotFoundError
from gazetteer.incidents import Incident, Lookups
from gazetteer.places import Place
from gazetteer.proximity.discs import disc_pairs, unanswerable
from gazetteer.proximity.loaded import LoadedIncidents, LoadedTargets
from gazetteer.proximity.points import Integers, checked_within
from gazetteer.proximity.selection import TOWN_RADIUS_M
from gazetteer.results import said_of_cell

__all__ = ["AreaCount", "FacilityAnswer", "FacilityCount", "by_facility", "count_incidents"]

#: What incidents may be counted by.
_WAYS = ("area", "month")


@dataclass(frozen=True, slots=True)
class FacilityCount:
    """How many incidents are near one place, in one month or altogether.

    Parameters
    ----------
    place
        The place.
    month
        As "2016-05"; "" for incidents without a date; None when months are not told apart.
    certain, possible
        How many incidents are certainly, and possibly, within the distance; the certain ones are among the
        possible ones.
    """

    place: Place
    month: str | None
    certain: int
    possible: int

    def as_json(self) -> dict[str, Any]:
        """Return the count with the place's id and name; `month` only where months are told apart."""
        row: dict[str, Any] = {"id": self.place.id, "name": self.place.name}
        if self.month is not None:
            row["month"] = self.month
        return {**row, "certain": self.certain, "possible": self.possible, **said_of_cell(self.place)}


@dataclass(frozen=True, slots=True)
class FacilityAnswer:
    """Places with incidents near them, those with most first.

    Parameters
    ----------
    rows
        One for each place, and month where asked for, with an incident possibly near.
    targets
        How many places were looked at.
    incidents, unanswerable, without_position
        How many incidents there are; of these, how many are known too roughly for the distance and
        how many have no position. Neither are counted in the rows.
    """

    rows: tuple[FacilityCount, ...]
    targets: int
    incidents: int
    unanswerable: int
    without_position: int

    def as_json(self) -> dict[str, Any]:
        """Return the rows and the counts in plain JSON types."""
        counts = ("targets", "incidents", "unanswerable", "without_position")
        return {
            "summary": {name: getattr(self, name) for name in counts},
            "rows": [row.as_json() for row in self.rows],
        }


def by_facility(
    incidents: Sequence[Incident],
    targets: Sequence[Place],
    *,
    within_m: float,
    by_month: bool = False,
    ignore_dates: bool = False,
) -> FacilityAnswer:
    """Count for each place the incidents near it.

    Parameters
    ----------
    incidents, targets, within_m, ignore_dates
        As for :func:`~gazetteer.proximity.near`. An incident whose own place is the target is certain.
    by_month
        True counts each month apart.

    Raises
    ------
    InputError
        If the distance is negative, not finite or over 500 km.
    """
    within_m = checked_within(within_m)
    loaded, places = LoadedIncidents(incidents), LoadedTargets(targets)
    located = np.flatnonzero(loaded.spot >= 0)
    months, month = _months(incidents, by_month=by_month)
    certain = np.zeros((len(places), len(months)), dtype=np.intp)
    possible = np.zeros_like(certain)
    points, radii = loaded.points.take(loaded.spot[located]), loaded.radii_m[loaded.spot[located]]
    vague = unanswerable(radii, within_m=within_m)
    clear = np.flatnonzero(~vague)
    ids = np.array([p.id for p in places], dtype=object)
    own_ids = np.array([i.place_id for i in incidents], dtype=object)

    def add(rows: Integers, numbers: Integers, sure: Any) -> None:
        there = np.full(len(rows), True) if ignore_dates else places.existed(loaded.days[rows], numbers)
        np.add.at(possible, (numbers[there], month[rows[there]]), 1)
        np.add.at(certain, (numbers[there & sure], month[rows[there & sure]]), 1)

    for pairs in disc_pairs(
        points.take(clear), radii[clear], places.points, places.radii_m, within_m=within_m
    ):
        rows = located[clear[pairs.left]]
        other = own_ids[rows] != ids[pairs.right]
        add(rows[other], pairs.right[other], pairs.certain[other])
    own_rows = [(row, n) for n, place in enumerate(places) for row in np.flatnonzero(own_ids == place.id)]
    rows, numbers = np.array(own_rows, dtype=np.intp).reshape(-1, 2).T
    add(rows, numbers, np.full(len(rows), True))
    found = [
        FacilityCount(places[n], months[m] if by_month else None, int(certain[n, m]), int(possible[n, m]))
        for n, m in zip(*(axis.tolist() for axis in np.nonzero(possible)), strict=True)
    ]
    total = possible.sum(axis=1).tolist()
    order = {place.id: (-total[number], number) for number, place in enumerate(places)}
    at_own = np.isin(located[vague], rows)
    return FacilityAnswer(
        rows=tuple(sorted(found, key=lambda one: (*order[one.place.id], one.month or ""))),
        targets=len(places),
        incidents=len(loaded),
        unanswerable=int(vague.sum() - at_own.sum()),
        without_position=len(loaded) - len(located),
    )


def _months(incidents: Sequence[Incident], *, by_month: bool) -> tuple[list[str], Integers]:
    """Return the months there are, and for each incident the number of its own."""
    names = [_month(i) if by_month else "" for i in incidents]
    known = sorted(set(names)) or [""]
    numbers = {name: number for number, name in enumerate(known)}
    return known, np.array([numbers[name] for name in names], dtype=np.intp)


def _month(incident: Incident) -> str:
    """Return the month of an incident, as "2016-05"; "" where it is not known."""
    first, last = incident.days or (incident.date, incident.date)
    if first is None or last is None or (first.year, first.month) != (last.year, last.month):
        return ""
    return f"{first.year:04}-{first.month:02}"


@dataclass(frozen=True, slots=True)
class AreaCount:
    """How many incidents lie in an area, in a month.

    Parameters
    ----------
    pcode, area
        The area's P-code and name; "" where the incidents' area is not known, None when areas are not
        told apart.
    month
        As "2016-05"; "" without a date; None when months are not told apart.
    incidents
        How many.
    """

    pcode: str | None
    area: str | None
    month: str | None
    incidents: int

    def as_json(self) -> dict[str, Any]:
        """Return what is told apart, and the count."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def count_incidents(
    incidents: Sequence[Incident],
    gazetteer: Lookups,
    *,
    by: Collection[str] = (),
    below: Place | None = None,
) -> tuple[AreaCount, ...]:
    """Count incidents by area, by month, or by both.

    Parameters
    ----------
    incidents
        Those to count, such as :func:`~gazetteer.proximity.select` keeps.
    gazetteer
        Knows the areas.
    by
        "area", "month", both, or neither for the number alone.
    below
        The area that all lie in: they are counted in the units one level below it. None counts
        governorates.

    Returns
    -------
    tuple of AreaCount
        In the order of P-codes and months; those of unknown area or month come first.

    Raises
    ------
    InputError
        If `by` holds another word.
    """
    for way in by:
        if way not in _WAYS:
            raise InputError(f"{way!r} is not something to count by: use area or month", parameter="by")
    areas = _Areas(gazetteer, level=min((below.kind.admin_level or 0 if below else 0) + 1, 3))
    counts = Counter(
        (areas.of(i) if "area" in by else None, _month(i) if "month" in by else None) for i in incidents
    )
    if not by and not counts:
        counts[None, None] = 0
    found = [AreaCount(pcode, areas.name(pcode), month, count) for (pcode, month), count in counts.items()]
    return tuple(sorted(found, key=lambda one: (one.pcode or "", one.month or "")))


class _Areas:
    """Tells the area of one level that each incident lies in."""

    def __init__(self, gazetteer: Lookups, *, level: int) -> None:
        self._gazetteer = gazetteer
        self._level = level
        self._found: dict[LatLon, tuple[str, ...]] = {}

    def of(self, incident: Incident) -> str:
        """Return a P-code; "" where it is not known: the position tells up to the radius of a town."""
        chain, position = incident.admin, incident.position
        if len(chain) < self._level and position and incident.uncertainty_m <= TOWN_RADIUS_M:
            if position not in self._found:
                self._found[position] = tuple(u.pcode for u in self._gazetteer.reverse(position).admin)
            found = self._found[position]
            chain = found if found[: len(chain)] == chain else chain
        return chain[self._level - 1] if len(chain) >= self._level else ""

    def name(self, pcode: str | None) -> str | None:
        """Return the name of an area; its code where the gazetteer does not know it."""
        if not pcode:
            return pcode
        try:
            return self._gazetteer.place(pcode).name
        except NotFoundError:
            return pcode
