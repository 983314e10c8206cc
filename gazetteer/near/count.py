"""Incidents counted by area and month, and at each place: those of a selection, or those near something.

A count puts each incident into one area and month where these are known well enough. The expected number
beside it (:mod:`gazetteer.near.probability`) divides an incident among the places that its name may mean. It
is of all incidents in the days of a selection, wherever they are taken to be, so it may be more than all that
are possible. Counts are of *cells*: areas times months (:class:`_Cells`), or places times months
(:func:`by_facility`).
"""

import datetime
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from gazetteer.answers import cell_as_json
from gazetteer.errors import InputError, NotFoundError
from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.spots import alike, distinct, expanded
from gazetteer.lookups import Lookups
from gazetteer.near.areas import DrawnArea
from gazetteer.near.cases import Cases, own_places
from gazetteer.near.near import CERTAINTIES, NearAnswer, near
from gazetteer.near.pairs import unanswerable
from gazetteer.near.probability import (
    Chances,
    Expected,
    Outcomes,
    count_expected,
    expected_of,
    inward,
    pair_shares,
    shape_shares,
)
from gazetteer.near.select import Selection, Where, areas_of, governorates
from gazetteer.near.targets import Targets
from gazetteer.points import Booleans, Floats, Integers, checked_within
from gazetteer.tables.layout import Column, Layout, Part
from gazetteer.tables.table import Chunk, RowsTable
from gazetteer.tables.writing import STANDARD, check_target, write_table
from gazetteer.values import Place

#: What formats with shapes write as the geometry of a row.
_GEOMETRY = Column("geometry", "point")
#: What incidents may be counted by.
_WAYS = ("area", "month")
#: A row without possible incidents is shown from this expected number on: what one decimal shows.
_MIN_SHOWN = 0.05


@dataclass(frozen=True, slots=True)
class _Row:
    """The area and month of a count: "" for an unknown one, None where all are counted together."""

    pcode: str | None
    area: str | None  # the name
    month: str | None  # as "2016-05"

    def as_json(self) -> dict[str, Any]:
        """Return the area and the month, where these are counted apart, and the counts."""
        cells = {one.name: getattr(self, one.name) for one in fields(self)}
        expected: Expected | None = cells.pop("expected")
        known = {name: value for name, value in cells.items() if value is not None}
        return known if expected is None else {**known, **expected.as_json()}


@dataclass(frozen=True, slots=True)
class AreaCount(_Row):
    """How many incidents lie in an area, in a month; `expected` is None where no area was asked about."""

    incidents: int
    expected: Expected | None = None


@dataclass(frozen=True, slots=True)
class NearCount(_Row):
    """How many incidents of an area and a month are certainly, and possibly and not certainly, near."""

    certain: int
    possible: int
    expected: Expected


class _Table:
    """Counts that can be written as a table."""

    columns: ClassVar[tuple[str, ...]]  # of a table without any
    rows: tuple[Any, ...]

    @property
    def _asked(self) -> Incidents | None:
        """The incidents that were counted, where the answer knows them."""
        return None

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write a table of the counts, in any format that tables have; return the file.

        Raises TableError if it would take the place of the table that was counted.
        """
        asked = self._asked
        if asked is not None and str(path) != STANDARD:
            check_target(Path(path), asked.source.table().source.path)
        table, points = RowsTable.of(self.cells(), self.columns), self._points
        layout = Layout(table.columns, added=(_GEOMETRY,) if points else ())
        added: list[tuple[object, ...]] = [(point,) for point in points] or [()] * len(table.values)
        parts = [Part(Chunk(table.columns, table.values), added)]
        write_table(path, table, layout, parts)
        return (Path(path),)

    @property
    def _points(self) -> list[tuple[float, float]]:
        """Where each row is, longitude first; none where rows are of areas or months."""
        return []

    def cells(self) -> list[dict[str, Any]]:
        """Return the cells of the table, by row."""
        return [row.as_json() for row in self.rows]


@dataclass(frozen=True)
class CountAnswer(_Table):
    """Counts, the selection that was counted, and how many are expected altogether (None without an area)."""

    columns = ("incidents",)
    rows: tuple[AreaCount, ...]
    selection: Selection
    expected: Expected | None = None

    @property
    def _asked(self) -> Incidents:
        return self.selection.incidents

    def as_json(self) -> dict[str, Any]:
        """Return the counts and the incidents that may or may not be asked for, in plain JSON types."""
        undecided = self.selection.undecided()
        expected = {} if self.expected is None else self.expected.as_json()
        summary = {"incidents": len(self.selection.kept), **expected, "undecided": len(undecided)}
        return {
            "summary": summary,
            "rows": self.cells(),
            "undecided": [{"id": one.id, "place": one.place, "why": why} for one, why in undecided],
            "notes": list(self.selection.incidents.notes),
        }


@dataclass(frozen=True)
class NearCounts(_Table):
    """Incidents near some places by area and month, and the answer about all of them."""

    columns = ("certain", "possible")
    rows: tuple[NearCount, ...]
    answer: NearAnswer

    @property
    def _asked(self) -> Incidents:
        return self.answer.incidents

    def as_json(self) -> dict[str, Any]:
        """Return the rows and the counts of all in plain JSON types."""
        return {"summary": self.answer.as_json(), "rows": self.cells()}


@dataclass(frozen=True, slots=True)
class FacilityCount:
    """How many incidents are certainly, possibly (the certain ones among them), and expected near a place."""

    place: Place
    month: str | None  # as "2016-05"; "" without a date; None for all months together
    certain: int
    possible: int
    expected: Expected  # without the unknown, which the answer has for all places together

    def as_json(self) -> dict[str, Any]:
        """Return the count with the place's id and name, and the month unless all are counted together."""
        month = {} if self.month is None else {"month": self.month}
        expected = self.expected.as_json()
        del expected["unknown"]
        counts = {"certain": self.certain, "possible": self.possible, **expected}
        known = {"position_basis": self.place.position_basis, **cell_as_json(self.place)}
        return {"id": self.place.id, "name": self.place.name, **month, **counts, **known}


@dataclass(frozen=True)
class FacilityAnswer(_Table):
    """Places with incidents near them, those with most first.

    There is a row for each place, and month where asked for, with an incident possibly near, or expected to
    be.
    """

    columns = (
        *"id name certain possible expected expected_low expected_high".split(),
        *"position_basis latitude longitude".split(),
    )
    rows: tuple[FacilityCount, ...]
    targets: int  # how many places were looked at
    incidents: int
    unanswerable: int  # of the incidents; these and the next are in no row, but for what is expected
    without_position: int
    unknown: float  # the expected number of incidents of which nothing can be said
    selection: Selection | None = None  # which of all incidents were asked about

    @property
    def _asked(self) -> Incidents | None:
        return None if self.selection is None else self.selection.incidents

    @property
    def _points(self) -> list[tuple[float, float]]:
        spots = [row.place.position for row in self.rows]
        return [(round(at.longitude, 6), round(at.latitude, 6)) for at in spots]

    def cells(self) -> list[dict[str, Any]]:
        """Return the cells of the table: the rows, each with where its place is."""
        spots = [row.place.position for row in self.rows]
        return [
            {**row.as_json(), "latitude": round(at.latitude, 6), "longitude": round(at.longitude, 6)}
            for row, at in zip(self.rows, spots, strict=True)
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the rows and the counts in plain JSON types."""
        counts = ("targets", "incidents", "unanswerable", "without_position")
        summary = {**{name: getattr(self, name) for name in counts}, "unknown": round(self.unknown, 2)}
        return {"summary": summary, "rows": [row.as_json() for row in self.rows]}


def count_incidents(
    incidents: Iterable[Incident], gazetteer: Lookups, *, by: Collection[str] = (), below: Place | None = None
) -> tuple[AreaCount, ...]:
    """Count incidents by area, by month, or by both.

    Parameters
    ----------
    incidents, gazetteer
        Those to count, such as :func:`~gazetteer.near.select` chooses, and what knows the areas.
    by
        "area", "month", both, or neither for the number alone. InputError for another word.
    below
        The area that all lie in: they are counted in the units one level below it. None counts governorates.

    Returns
    -------
    tuple of AreaCount
        In the order of P-codes and months; those of unknown area or month come first.
    """
    asked = Incidents.of(incidents)
    cells = _Cells.of(asked, gazetteer, by, below, candidates=False)
    counts = cells.counts(np.ones(len(asked), dtype=np.bool_))
    return tuple(
        AreaCount(*cell, count) for cell, count in zip(cells, counts, strict=True) if count or not by
    )


def count_chosen(chosen: Selection, gazetteer: Lookups, *, by: Collection[str] = ()) -> CountAnswer:
    """Count the incidents of a selection, and what is expected, by area, by month, or by both.

    What the candidates of a name leave over lies where its row says. InputError if `by` holds another word.
    """
    area = chosen.area
    if area is None and "area" not in by:  # where an incident is doesn't matter
        return CountAnswer(count_incidents(chosen.chosen, gazetteer, by=by), chosen)
    timely = chosen.incidents.take(chosen.timely)
    cells = _Cells.of(timely, gazetteer, by, area)
    sure = np.ones(len(timely.spots))
    chances = Chances.among(timely, np.zeros(len(timely), dtype=np.intp), lambda spots, _: sure[spots])
    in_area = np.array([*(one.in_area for one in timely.meanings.every), True], dtype=np.bool_)
    total, expected = cells.expected(chances, stated=in_area[timely.meaning], somewhere=area is None)
    counts = cells.counts(np.isin(chosen.timely, chosen.kept))
    rows = [
        AreaCount(*cell, count, one)
        for cell, count, one in zip(cells, counts, expected, strict=True)
        if count or _is_shown(one) or not by
    ]
    return CountAnswer(tuple(rows), chosen, total)


def near_counts(
    chosen: Selection,
    targets: Sequence[Place],
    gazetteer: Lookups,
    *,
    within_m: float,
    by: Collection[str] = (),
    ignore_dates: bool = False,
    impute: bool = False,
) -> NearCounts:
    """Tell which incidents of a selection lie within a distance of places, and count them and the expected.

    Parameters
    ----------
    chosen, gazetteer
        The selection, and what knows the areas.
    targets, within_m, ignore_dates
        As for :func:`~gazetteer.near.near`, which raises InputError for a bad distance.
    by
        "area", "month", both, or neither for all together; InputError for another word. Areas are
        governorates, or the units one level below the selection's area.
    impute
        Take what is unknown of an incident to lie near as often as what is known of those of its governorate.

    Returns
    -------
    NearCounts
        A row for each area and month with an incident that is possibly near, expected or unknown; in the
        order of P-codes and months. What is expected of an incident is where its candidates lie, what is
        unknown where its row says that it is.
    """
    timely, kept = chosen.incidents.take(chosen.timely), np.isin(chosen.timely, chosen.kept)
    every = near(timely, targets, within_m=within_m, ignore_dates=ignore_dates)
    cells = _Cells.of(timely, gazetteer, by, chosen.area)
    home = governorates(timely, gazetteer) if impute else None
    total, expected = cells.expected(every.chances, home=home)
    certain, possible = (
        cells.counts(kept & (every.certainties == CERTAINTIES.index(word)))
        for word in ("certain", "possible")
    )
    rows = [
        NearCount(*cell, sure, maybe, one)
        for cell, sure, maybe, one in zip(cells, certain, possible, expected, strict=True)
        if sure or maybe or _is_shown(one)
    ]
    answer = every.take(np.flatnonzero(kept))
    answer = replace(answer, selection=chosen, expected=total, imputed=impute)
    return NearCounts(tuple(rows), answer)


def by_facility(
    incidents: Iterable[Incident],
    targets: Sequence[Place],
    *,
    within_m: float,
    by_month: bool = False,
    ignore_dates: bool = False,
) -> FacilityAnswer:
    """Count for each place, and each month apart if asked, the incidents near it: `near` turned round.

    The other parameters are those of :func:`~gazetteer.near.near`, which raises InputError for a bad
    distance. An incident whose own place is the target is certain.
    """
    within_m = checked_within(within_m)
    asked, places = Incidents.of(incidents), Targets.of(targets)
    months, month = _months_of(asked, apart=by_month)
    cases = Cases.of(asked, places, ignore_dates=ignore_dates)
    located = np.flatnonzero(cases.case >= 0)
    first, _, times = alike(cases.case[located], month[located])
    case, at_month = cases.case[located[first]], month[located[first]]
    starts = np.searchsorted(case, np.arange(len(cases.spots) + 1))
    vague = unanswerable(cases.radii_m, within_m=within_m)
    for whole, (parts, _) in cases.several.items():
        vague[whole] = vague[list(parts)].all()
    shape = len(places), len(months)
    certain, possible = np.zeros(shape, dtype=np.intp), np.zeros(shape, dtype=np.intp)
    unreached = vague.copy()
    for pairs in cases.pairs(within_m):
        # What is too rough to answer about is near itself alone.
        kept = pairs.certain | ~vague[pairs.left] | np.isin(pairs.left, list(cases.several))
        left, place, sure = pairs.take(kept)
        unreached[left] = False
        whose, at = expanded(starts, left)
        cell, sure = (place[whose], at_month[at]), sure[whose]
        np.add.at(possible, cell, times[at])
        np.add.at(certain, tuple(one[sure] for one in cell), times[at][sure])
    expected, unknown = _expected_at(asked, cases, month, len(months), within_m)
    total = possible.sum(axis=1)
    rows = [
        FacilityCount(places[n], months[m], int(certain[n, m]), int(possible[n, m]), one)
        for n in np.argsort(-total, kind="stable").tolist()
        for m, one in enumerate(expected[n * len(months) : (n + 1) * len(months)])
        if possible[n, m] or one.number >= _MIN_SHOWN
    ]
    return FacilityAnswer(
        rows=tuple(rows),
        targets=len(places),
        incidents=len(asked),
        unanswerable=int(unreached[cases.case[located]].sum()),
        without_position=len(asked) - len(located),
        unknown=unknown,
    )


def _expected_at(
    incidents: Incidents, cases: Cases, month: Integers, months: int, within_m: float
) -> tuple[list[Expected], float]:
    """Return the expected number of incidents at each place and month, and of those that are unknown."""
    places, allowed = cases.places, cases.allowed
    at_own = own_places(incidents, places, np.arange(len(incidents.spots)))[0]
    vague = unanswerable(incidents.spots.radii_m, within_m=within_m)
    vague[at_own] = False
    none = np.where(vague, np.nan, 0.0)
    chances = Chances.among(incidents, cases.moment, lambda spots, _: none[spots])
    first, _, times = alike(chances.lot, month, cases.moment)
    lot, month, moment = chances.lot[first], month[first], cases.moment[first]
    spots, each = distinct(chances.spots)
    disc, place, share = _at_places(incidents, places, spots, within_m)
    whose, slot = expanded(chances.starts, lot)
    each_slot, pair = expanded(np.searchsorted(disc, np.arange(len(spots) + 1)), each[slot])
    whose, slot = whose[each_slot], slot[each_slot]
    if allowed is not None:
        there = allowed(cases.numbers(chances.spots[slot], moment[whose]), place[pair])
        whose, slot, pair = whose[there], slot[there], pair[there]
    cell, nobody = place[pair] * months + month[whose], np.full(len(pair), -1)
    outcomes = Outcomes(lot[whose], slot, np.zeros(len(pair)), share[pair], cell, times[whose], nobody)
    expected = expected_of(outcomes, chances, np.zeros(len(places) * months))
    return expected, float(chances.summed()[1].sum())


def _at_places(
    incidents: Incidents, places: Targets, spots: Integers, within_m: float
) -> tuple[Integers, Integers, Floats]:
    """Return pairs of spots, which don't fall, and places, and the share of each disc near it; each once."""
    points, radii = incidents.spots.points.take(spots), incidents.spots.radii_m[spots]
    powers = inward(incidents)[spots]
    (some, others), (drawn, outlines) = places.points, places.outlines
    disc, place, share = pair_shares(points, radii, others, within_m=within_m, inward=powers)
    shaped, shape, part = shape_shares(points, radii, outlines, within_m=within_m, inward=powers)
    own, at = own_places(incidents, places, spots)
    width = max(len(places), 1)
    keys = np.concatenate([disc * width + some[place], shaped * width + drawn[shape], own * width + at])
    each, which = np.unique(keys, return_inverse=True)
    shares = np.zeros(len(each))
    np.maximum.at(shares, which, np.concatenate([share, part, np.ones(len(own))]))
    return *np.divmod(each, width), shares


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Areas times months, and in which some incidents lie; iterated, the P-code, name and month of each."""

    incidents: Incidents
    gazetteer: Lookups
    where: Where
    months: list[str | None]
    month: Integers
    area: Place | DrawnArea | None  # what all that is counted lies in

    @classmethod
    def of(
        cls,
        incidents: Incidents,
        gazetteer: Lookups,
        by: Collection[str],
        area: Place | DrawnArea | None,
        *,
        candidates: bool = True,
    ) -> Self:
        """Return the cells of incidents; without `candidates` all of them count, by what their rows say."""
        for way in by:
            if way not in _WAYS:
                raise InputError(f"{way!r} is not something to count by: use area or month", parameter="by")
        level = _level_below(area) if "area" in by else None
        inside = area if candidates else None
        where = areas_of(incidents, gazetteer, area=inside, level=level, candidates=candidates)
        return cls(incidents, gazetteer, where, *_months_of(incidents, apart="month" in by), area)

    def __iter__(self) -> Iterator[tuple[str | None, str | None, str | None]]:
        areas = [(code, _name(self.gazetteer, code)) for code in self.where.codes]
        return ((*area, month) for area, month in product(areas, self.months))

    def counts(self, chosen: Booleans) -> list[int]:
        """Return how many of the chosen incidents lie in each cell."""
        cell = self.where.of_incident[chosen] * len(self.months) + self.month[chosen]
        counts: list[int] = np.bincount(cell, minlength=len(self.where.codes) * len(self.months)).tolist()
        return counts

    def expected(
        self,
        chances: Chances,
        *,
        home: Integers | None = None,
        stated: Booleans | None = None,
        somewhere: bool = False,
    ) -> tuple[Expected, list[Expected]]:
        """Return what is expected altogether, and in each cell; see :func:`count_expected`."""
        count = partial(count_expected, chances, home=home, stated=stated, somewhere=somewhere)
        where = self.where
        whole = where if where.codes == [None] else areas_of(self.incidents, self.gazetteer, area=self.area)
        (total,) = count(whole, np.zeros_like(self.month))
        if len(where.codes) == len(self.months) == 1:
            return total, [total]
        return total, count(where, self.month, months=len(self.months))


def _months_of(incidents: Incidents, *, apart: bool) -> tuple[list[str | None], Integers]:
    """Return the months of incidents, or None for all together, and which is each one's."""
    if not apart:
        return [None], np.zeros(len(incidents), dtype=np.intp)
    names, month = months_of(incidents)
    return [*names], month


def months_of(incidents: Incidents) -> tuple[list[str], Integers]:
    """Return the months that incidents lie in, and the number of each one's.

    A month is as "2016-05"; "" stands for those without a date, and for days in two months.
    """
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
    begin, end = (datetime.date.fromordinal(day) for day in (first, last))
    return f"{begin:%Y-%m}" if (begin.year, begin.month) == (end.year, end.month) else ""


def _is_shown(expected: Expected) -> bool:
    return max(expected.number, expected.unknown) >= _MIN_SHOWN


def _level_below(area: Place | DrawnArea | None) -> int:
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
