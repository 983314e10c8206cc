"""Incidents counted: at each place, in each area, in each month.

Counts by place turn `near` round: for each place, how many incidents are certainly and how many possibly
within a distance of it. Counts by area put each incident into one area where that is known well enough, and
tell how many could not be put into any.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazetteer.errors import InputError, NotFoundError
from gazetteer.incidents import Incident, Incidents
from gazetteer.lookups import Lookups
from gazetteer.near.near import own_places
from gazetteer.near.pairs import disc_pairs, unanswerable
from gazetteer.near.select import Selection, chains
from gazetteer.near.several import pairs_of_several
from gazetteer.near.targets import Targets
from gazetteer.places import Place
from gazetteer.points import Booleans, Integers, checked_within
from gazetteer.results import said_of_cell
from gazetteer.tables.table import RowsTable
from gazetteer.tables.writing import write_table

__all__ = ["AreaCount", "CountAnswer", "FacilityAnswer", "FacilityCount", "by_facility", "count_incidents"]

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

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write a table of the rows, in any format that tables have; return the file."""
        places = [
            {
                "latitude": round(row.place.position.latitude, 6),
                "longitude": round(row.place.position.longitude, 6),
            }
            for row in self.rows
        ]
        rows = [{**row.as_json(), **place} for row, place in zip(self.rows, places, strict=True)]
        write_table(path, RowsTable.of(rows, ("id", "name", "certain", "possible", "latitude", "longitude")))
        return (Path(path),)

    def as_json(self) -> dict[str, Any]:
        """Return the rows and the counts in plain JSON types."""
        counts = ("targets", "incidents", "unanswerable", "without_position")
        return {
            "summary": {name: getattr(self, name) for name in counts},
            "rows": [row.as_json() for row in self.rows],
        }


def by_facility(
    incidents: Iterable[Incident],
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
        As for :func:`~gazetteer.near.near`. An incident whose own place is the target is certain.
    by_month
        True counts each month apart.

    Raises
    ------
    InputError
        If the distance is negative, not finite or over 500 km.
    """
    within_m = checked_within(within_m)
    asked, places = Incidents.of(incidents), Targets.of(targets)
    located = np.flatnonzero(asked.spot >= 0)
    spots = asked.spot[located]
    names, month = _months(asked) if by_month else ([""], np.zeros(len(asked), dtype=np.intp))
    certain = np.zeros((len(places), len(names)), dtype=np.intp)
    possible = np.zeros_like(certain)
    points, radii = asked.spots.points.take(spots), asked.spots.radii_m[spots]
    vague = unanswerable(radii, within_m=within_m)
    parts = asked.spots.parts
    of_several = np.flatnonzero(np.isin(spots, list(parts)))
    several = [parts[spot] for spot in spots[of_several].tolist()]
    vague[of_several] = True
    clear = np.flatnonzero(~vague)
    vague[of_several] = [
        bool(unanswerable(asked.spots.radii_m[list(one.spots)], within_m=within_m).all()) for one in several
    ]
    ids, own_ids = np.array([p.id for p in places], object), np.array([*asked.spots.places, ""], object)

    def add(rows: Integers, numbers: Integers, sure: Booleans) -> None:
        if not ignore_dates:
            there = places.existed(asked.first_days[rows], asked.last_days[rows], numbers)
            rows, numbers, sure = rows[there], numbers[there], sure[there]
        np.add.at(possible, (numbers, month[rows]), 1)
        np.add.at(certain, (numbers[sure], month[rows[sure]]), 1)

    for pairs in disc_pairs(
        points.take(clear), radii[clear], places.points, places.radii_m, within_m=within_m
    ):
        rows = located[clear[pairs.left]]
        other = own_ids[asked.spot[rows]] != ids[pairs.right]
        add(rows[other], pairs.right[other], pairs.certain[other])
    own, numbers = own_places(asked, places, spots)
    add(located[own], numbers, np.ones(len(own), dtype=np.bool_))
    if several:
        at, near_one, sure = pairs_of_several(asked.spots, several, places, within_m=within_m)
        add(located[of_several[at]], near_one, sure)
        own = np.append(own, of_several[at])  # a place too rough to answer about is near itself alone
    found = [
        FacilityCount(places[n], names[m] if by_month else None, int(certain[n, m]), int(possible[n, m]))
        for n, m in zip(*(axis.tolist() for axis in np.nonzero(possible)), strict=True)
    ]
    total = possible.sum(axis=1).tolist()
    order = {place.id: (-total[number], number) for number, place in enumerate(places)}
    at_own = np.isin(np.flatnonzero(vague), own)
    return FacilityAnswer(
        rows=tuple(sorted(found, key=lambda one: (*order[one.place.id], one.month or ""))),
        targets=len(places),
        incidents=len(asked),
        unanswerable=int(vague.sum() - at_own.sum()),
        without_position=len(asked) - len(located),
    )


def _months(incidents: Incidents) -> tuple[list[str], Integers]:
    """Return the months there are ("2016-05"; "" where it is not known), and which is each incident's."""
    first, last = (
        np.nan_to_num(days).astype(np.intp) for days in (incidents.first_days, incidents.last_days)
    )
    spans, number = np.unique(np.stack([first, last]), axis=1, return_inverse=True)
    each = [_month(*span) for span in spans.T.tolist()]
    names = sorted({*each, ""})
    return names, np.array([names.index(name) for name in each], dtype=np.intp)[number]


def _month(first: int, last: int) -> str:
    """Return the month that two days lie in, as "2016-05"; "" where there are two, or no days."""
    if not first:
        return ""
    begin, end = datetime.date.fromordinal(first), datetime.date.fromordinal(last)
    return f"{begin:%Y-%m}" if (begin.year, begin.month) == (end.year, end.month) else ""


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


@dataclass(frozen=True, slots=True)
class CountAnswer:
    """Counts, and the selection of incidents that were counted."""

    rows: tuple[AreaCount, ...]
    selection: Selection

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write a table of the counts, in any format that tables have; return the file."""
        write_table(path, RowsTable.of([row.as_json() for row in self.rows], ("incidents",)))
        return (Path(path),)

    def as_json(self) -> dict[str, Any]:
        """Return the counts and the incidents that may or may not be asked for, in plain JSON types."""
        undecided = self.selection.undecided()
        return {
            "summary": {"incidents": len(self.selection.kept), "undecided": len(undecided)},
            "rows": [row.as_json() for row in self.rows],
            "undecided": [{"id": one.id, "place": one.place, "why": why} for one, why in undecided],
            "notes": list(self.selection.incidents.notes),
        }


def count_incidents(
    incidents: Iterable[Incident],
    gazetteer: Lookups,
    *,
    by: Collection[str] = (),
    below: Place | None = None,
) -> tuple[AreaCount, ...]:
    """Count incidents by area, by month, or by both.

    Parameters
    ----------
    incidents
        Those to count, such as :func:`~gazetteer.near.select` chooses.
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
    asked = Incidents.of(incidents)
    none = np.zeros(len(asked), dtype=np.intp)
    level = min((below.kind.admin_level or 0 if below else 0) + 1, 3)
    codes, area = _areas(asked, gazetteer, level) if "area" in by else ([None], none)
    months, month = _months(asked) if "month" in by else ([None], none)
    counts = np.zeros((len(codes), len(months)), dtype=np.intp)
    np.add.at(counts, (area, month), 1)
    names = {code: _name(gazetteer, code) for code in codes}
    wanted = np.argwhere(counts > 0).tolist() if by else [[0, 0]]
    found = [AreaCount(codes[a], names[codes[a]], months[m], int(counts[a, m])) for a, m in wanted]
    return tuple(sorted(found, key=lambda one: (one.pcode or "", one.month or "")))


def _areas(incidents: Incidents, gazetteer: Lookups, level: int) -> tuple[list[str | None], Integers]:
    """Return the P-codes of one level that there are ("" where it is not known), and each incident's."""
    each, firsts = incidents.situations
    found = [
        chain[level - 1] if len(chain) >= level else ""
        for chain in chains(incidents, firsts, gazetteer, level)
    ]
    codes = sorted({*found, ""})
    return [*codes], np.array([codes.index(code) for code in found], dtype=np.intp)[each]


def _name(gazetteer: Lookups, pcode: str | None) -> str | None:
    """Return the name of an area; its code where the gazetteer does not know it."""
    if not pcode:
        return pcode
    try:
        return gazetteer.place(pcode).name
    except NotFoundError:
        return pcode
