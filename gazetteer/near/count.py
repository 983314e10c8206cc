"""Incidents counted by area and month: those of a selection, or those near something.

A count by area puts each incident into one area where that is known well enough, and tells how many could not
be put into any.

Beside them stands the expected number (:mod:`gazetteer.near.expected`), for which an incident is in part
here and in part there, as far as its name may mean one place or another. It counts incidents whose name or
area is open as well, so it may be more than all that are possible.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gazetteer.errors import InputError, NotFoundError
from gazetteer.incidents import Incident, Incidents
from gazetteer.lookups import Lookups
from gazetteer.near.areas import DrawnArea
from gazetteer.near.expected import Chances, Expected, count_expected
from gazetteer.near.near import CERTAINTIES, NearAnswer, near
from gazetteer.near.select import Selection, chains
from gazetteer.near.where import by_area, governorates, in_area
from gazetteer.points import Booleans, Integers
from gazetteer.tables.table import RowsTable
from gazetteer.tables.writing import write_table
from gazetteer.values import Place

#: What incidents may be counted by.
_WAYS = ("area", "month")
#: The expected number from which on a row is told for it alone: what one decimal shows.
TOLD = 0.05


def months_of(incidents: Incidents) -> tuple[list[str], Integers]:
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
    expected
        How many are expected, also of those whose place is open; None where no area was asked about.
    """

    pcode: str | None
    area: str | None
    month: str | None
    incidents: int
    expected: Expected | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what is told apart, and the counts."""
        cell = {"pcode": self.pcode, "area": self.area, "month": self.month}
        told = {name: value for name, value in cell.items() if value is not None}
        expected = {} if self.expected is None else self.expected.as_json()
        return {**told, "incidents": self.incidents, **expected}


@dataclass(frozen=True, slots=True)
class CountAnswer:
    """Counts, and the selection of incidents that were counted.

    Parameters
    ----------
    rows
        The counts.
    selection
        The incidents that were asked for.
    expected
        How many there are expected to be altogether; None where no area was asked about.
    """

    rows: tuple[AreaCount, ...]
    selection: Selection
    expected: Expected | None = None

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write a table of the counts, in any format that tables have; return the file."""
        write_table(path, RowsTable.of([row.as_json() for row in self.rows], ("incidents",)))
        return (Path(path),)

    def as_json(self) -> dict[str, Any]:
        """Return the counts and the incidents that may or may not be asked for, in plain JSON types."""
        undecided = self.selection.undecided()
        return {
            "summary": {
                "incidents": len(self.selection.kept),
                **({} if self.expected is None else self.expected.as_json()),
                "undecided": len(undecided),
            },
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
    codes, area = _areas(asked, gazetteer, level_below(below)) if "area" in by else ([None], none)
    months, month = months_of(asked) if "month" in by else ([None], none)
    counts = np.zeros((len(codes), len(months)), dtype=np.intp)
    np.add.at(counts, (area, month), 1)
    names = {code: _name(gazetteer, code) for code in codes}
    wanted = np.argwhere(counts > 0).tolist() if by else [[0, 0]]
    found = [AreaCount(codes[a], names[codes[a]], months[m], int(counts[a, m])) for a, m in wanted]
    return tuple(sorted(found, key=lambda one: (one.pcode or "", one.month or "")))


def count_chosen(chosen: Selection, gazetteer: Lookups, *, by: Collection[str] = ()) -> CountAnswer:
    """Count the incidents of a selection, and what is expected, by area, by month, or by both.

    Parameters
    ----------
    chosen
        From :func:`~gazetteer.near.select`. The expected number is of all that lie in its days, wherever
        they are taken to be: a name may mean a place in the area all the same. What none of its candidates
        tells of an incident lies where its row says.
    gazetteer, by
        As for :func:`count_incidents`.

    Raises
    ------
    InputError
        If `by` holds another word.
    """
    area = chosen.area
    below = area if isinstance(area, Place) else None
    rows = count_incidents(chosen.chosen, gazetteer, by=by, below=below)
    if area is None and "area" not in by:
        return CountAnswer(rows, chosen)  # where an incident is doesn't matter
    timely = chosen.incidents.take(chosen.timely)
    sure = np.ones(len(timely.spots))
    chances = Chances.among(timely, np.zeros(len(timely), dtype=np.intp), lambda spots, _: sure[spots])
    in_area = np.array([*(one.in_area for one in timely.meanings.every), True], dtype=np.bool_)
    total, cells = _by_cell(chances, timely, chosen, gazetteer, by=by, stated=in_area[timely.meaning])
    counts = {(row.pcode, row.month): row for row in rows}
    names = {code: _name(gazetteer, code) for code, _ in cells}
    every = [
        AreaCount(pcode, names[pcode], month, row.incidents if row else 0, expected)
        for (pcode, month), expected in cells.items()
        if (row := counts.get((pcode, month))) or _is_told(expected)
    ]
    return CountAnswer(tuple(every), chosen, total)


def near_chosen(
    chosen: Selection,
    targets: Sequence[Place],
    gazetteer: Lookups,
    *,
    within_m: float,
    ignore_dates: bool = False,
    impute: bool = False,
) -> NearAnswer:
    """Tell which incidents of a selection lie within a distance of some places, and how many are expected to.

    Parameters
    ----------
    chosen
        From :func:`~gazetteer.near.select`. The expected number is of all that lie in its days, wherever
        they are taken to be: a name may mean a place in the area all the same.
    targets, within_m, ignore_dates
        As for :func:`~gazetteer.near.near`.
    gazetteer
        Knows the areas.
    impute
        True takes what is unknown of an incident to lie near as often as what is known of those of its
        governorate.

    Raises
    ------
    InputError
        If the distance is negative, not finite or over 500 km.
    """
    asked = _NearAsked.of(chosen, targets, gazetteer, within_m, ignore_dates=ignore_dates, impute=impute)
    total, _ = _by_cell(asked.chances, asked.timely, chosen, gazetteer, by=(), home=asked.home)
    return replace(asked.answer, expected=total)


@dataclass(frozen=True, slots=True)
class NearCount:
    """How many incidents of an area and a month are near.

    Parameters
    ----------
    pcode, area, month
        As for :class:`AreaCount`.
    certain, possible
        How many are certainly, and how many possibly and not certainly, within the distance.
    expected
        How many are expected to be.
    """

    pcode: str | None
    area: str | None
    month: str | None
    certain: int
    possible: int
    expected: Expected

    def as_json(self) -> dict[str, Any]:
        """Return what is told apart, and the counts."""
        cell = {"pcode": self.pcode, "area": self.area, "month": self.month}
        told = {name: value for name, value in cell.items() if value is not None}
        return {**told, "certain": self.certain, "possible": self.possible, **self.expected.as_json()}


@dataclass(frozen=True, slots=True)
class NearCounts:
    """Incidents near some places by area and month, and the answer about all of them."""

    rows: tuple[NearCount, ...]
    answer: NearAnswer

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write a table of the rows, in any format that tables have; return the file."""
        write_table(path, RowsTable.of([row.as_json() for row in self.rows], ("certain", "possible")))
        return (Path(path),)

    def as_json(self) -> dict[str, Any]:
        """Return the rows and the counts of all in plain JSON types."""
        return {"summary": self.answer.as_json(), "rows": [row.as_json() for row in self.rows]}


def near_counts(
    chosen: Selection,
    targets: Sequence[Place],
    gazetteer: Lookups,
    *,
    within_m: float,
    by: Collection[str],
    ignore_dates: bool = False,
    impute: bool = False,
) -> NearCounts:
    """Count the incidents of a selection within a distance of some places by area, by month, or by both.

    Parameters
    ----------
    chosen, targets, gazetteer, within_m, ignore_dates, impute
        As for :func:`near_chosen`.
    by
        "area", "month" or both. Areas are governorates, or the units one level below the selection's area.

    Returns
    -------
    NearCounts
        A row for each area and month with an incident that is possibly near, expected or unknown; in the
        order of P-codes and months. What is expected of an incident is where its candidates lie, what is
        unknown where its row says that it is.

    Raises
    ------
    InputError
        If `by` holds another word, or the distance is negative, not finite or over 500 km.
    """
    asked = _NearAsked.of(chosen, targets, gazetteer, within_m, ignore_dates=ignore_dates, impute=impute)
    total, cells = _by_cell(asked.chances, asked.timely, chosen, gazetteer, by=by, home=asked.home)
    below = chosen.area if isinstance(chosen.area, Place) else None
    counts = {
        word: {
            (row.pcode, row.month): row.incidents
            for row in count_incidents(
                asked.answer.incidents.take(asked.answer.numbers_of(word)), gazetteer, by=by, below=below
            )
        }
        for word in CERTAINTIES[:2]
    }
    names = {code: _name(gazetteer, code) for code, _ in cells}
    rows = [
        NearCount(cell[0], names[cell[0]], cell[1], certain, possible, expected)
        for cell, expected in cells.items()
        for certain, possible in [(counts["certain"].get(cell, 0), counts["possible"].get(cell, 0))]
        if certain or possible or _is_told(expected)
    ]
    return NearCounts(tuple(rows), replace(asked.answer, expected=total))


@dataclass(frozen=True, slots=True, eq=False)
class _NearAsked:
    """What is near the incidents of a selection, and the chances of all in its days."""

    answer: NearAnswer
    timely: Incidents
    chances: Chances
    home: Integers | None

    @classmethod
    def of(
        cls,
        chosen: Selection,
        targets: Sequence[Place],
        gazetteer: Lookups,
        within_m: float,
        *,
        ignore_dates: bool,
        impute: bool,
    ) -> "_NearAsked":
        found = near(chosen.chosen, targets, within_m=within_m, ignore_dates=ignore_dates)
        found = replace(found, selection=chosen, imputed=impute)
        timely, every = found.incidents, found
        if len(chosen.timely) > len(chosen.kept):
            timely = chosen.incidents.take(chosen.timely)
            every = near(timely, found.targets, within_m=within_m, ignore_dates=ignore_dates)
        return cls(found, timely, every.chances, governorates(timely, gazetteer) if impute else None)


def _by_cell(
    chances: Chances,
    incidents: Incidents,
    chosen: Selection,
    gazetteer: Lookups,
    *,
    by: Collection[str],
    home: Integers | None = None,
    stated: Booleans | None = None,
) -> tuple[Expected, dict[tuple[str | None, str | None], Expected]]:
    """Return what is expected altogether, and by P-code and month, in their order; None where it is one."""
    count = partial(
        count_expected,
        chances,
        calibration=incidents.calibration,
        home=home,
        stated=stated,
        somewhere=stated is not None and chosen.area is None,
    )
    none = np.zeros(len(incidents), dtype=np.intp)
    within = in_area(incidents, chosen.area, gazetteer)
    ((total,),) = count(within, none)
    if not by:
        return total, {(None, None): total}
    months, month = months_of(incidents) if "month" in by else ([None], none)
    codes: list[str | None] = [None]
    if "area" in by:
        level = level_below(chosen.area)
        found, within = by_area(incidents, gazetteer, level=level, area=chosen.area)
        codes = [*found]
    table = count(within, month, months=len(months))
    return total, {
        (code, name): one
        for code, row in zip(codes, table, strict=True)
        for name, one in zip(months, row, strict=True)
    }


def _is_told(expected: Expected) -> bool:
    return expected.number >= TOLD or expected.unknown >= TOLD


def _areas(incidents: Incidents, gazetteer: Lookups, level: int) -> tuple[list[str | None], Integers]:
    """Return the P-codes of one level that there are ("" where it is not known), and each incident's."""
    each, firsts = incidents.situations
    found = [
        chain[level - 1] if len(chain) >= level else ""
        for chain in chains(incidents, firsts, gazetteer, level)
    ]
    codes = sorted({*found, ""})
    return [*codes], np.array([codes.index(code) for code in found], dtype=np.intp)[each]


def level_below(area: Place | DrawnArea | None) -> int:
    """Return the level of the units that the parts of an area are; those of a drawn one are governorates."""
    level = area.kind.admin_level or 0 if isinstance(area, Place) else 0
    return min(level + 1, 3)


def _name(gazetteer: Lookups, pcode: str | None) -> str | None:
    """Return the name of an area; its code where the gazetteer does not know it."""
    if not pcode:
        return pcode
    try:
        return gazetteer.place(pcode).name
    except NotFoundError:
        return pcode
