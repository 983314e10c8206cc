"""Answers to questions, as rows for a table and counts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from gazetteer.answers import basis_as_json, cell_as_json
from gazetteer.ask.grammar import NEAR_M, Question, Relation
from gazetteer.ask.read import Read, read
from gazetteer.errors import InputError, NotFoundError
from gazetteer.incidents import Incident, Incidents
from gazetteer.kinds import LINES, PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.near import (
    CERTAINTIES,
    Certainty,
    CountAnswer,
    Expected,
    NearAnswer,
    NearCounts,
    Selection,
    Targets,
    count_chosen,
    count_incidents,
    near,
    near_counts,
    select,
)
from gazetteer.near.near import incident_cell, near_properties
from gazetteer.near.targets import measured, targets_named
from gazetteer.points import Booleans, Integers, Points, smallest_circle
from gazetteer.values import Place

#: Which incidents a question about nearness lists, in this order.
_LISTED: dict[Relation, tuple[Certainty, ...]] = {
    "near": ("certain", "possible", "unanswerable", ""),
    "between": ("certain", "possible", "unanswerable", ""),
    "not near": ("no", "possible", "unanswerable", ""),
    "at": CERTAINTIES,
}


@dataclass(frozen=True, eq=False)
class QuestionAnswer:
    """An answer as rows for a table, and counts."""

    question: Question
    read: Read  # how it was read
    summary: Mapping[str, Any]  # counts, and the places that names were taken for
    measured: Mapping[str, Any] | None = None  # the one row of a question about the way between two places
    selection: Selection | None = None  # which incidents were asked about
    near: NearAnswer | None = None  # what is near these
    expected: Expected | None = None
    counts: NearCounts | CountAnswer | None = None  # by area or month, where that was asked for

    @property
    def read_as(self) -> str:
        """How the question was read, in words."""
        return self.read.describe()

    @cached_property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """The rows of the answer.

        Counted by area or month: a count each. For incidents near something: those that are certainly or
        possibly near, those that are unanswerable, then those without a position; for those that are not near
        these are in the place of the certain ones. For incidents in an area or at something: each. For the
        other forms: one.
        """
        return tuple(self.listed())

    @cached_property
    def numbers(self) -> Sequence[int]:
        """Which of the incidents asked about are listed, in this order."""
        if self.near is not None:
            words = _LISTED[self.read.question.relation]
            return [one for word in words for one in self.near.numbers_of(word).tolist()]
        return range(0 if self.selection is None else len(self.selection.kept))

    def listed(self, limit: int | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield the rows, or the first of them; no others are made."""
        numbers = self.numbers[:limit]
        if self.measured is not None:
            yield self.measured
        elif self.counts is not None:
            yield from self.counts.cells()[:limit]
        elif self.near is not None:
            for row in self.near.picked(numbers):
                yield {**_cells(row.incident), **incident_cell(row.incident), **near_properties(row)}
        elif self.selection is not None:
            yield from map(_cells, self.selection.chosen.picked(numbers))

    @cached_property
    def undecided(self) -> tuple[Mapping[str, Any], ...]:
        """Incidents that may or may not be asked for: each with `id`, `date`, `place` and `why`."""
        open_ = [] if self.selection is None else self.selection.undecided()
        return tuple({**_cells(one), "why": why} for one, why in open_)

    def as_json(self) -> dict[str, Any]:
        """Return the answer in plain JSON types."""
        return {
            "question": self.question.text,
            "read": self.read.as_json(),
            "read_as": self.read_as,
            "summary": dict(self.summary),
            "rows": [dict(row) for row in self.rows],
            "undecided": [dict(row) for row in self.undecided],
        }


def answer(
    question: Question,
    gazetteer: Lookups,
    incidents: Iterable[Incident] | None,
    *,
    ignore_dates: bool = False,
    impute: bool = False,
) -> QuestionAnswer:
    """Answer a question.

    Parameters
    ----------
    question
        From :func:`parse_question`.
    gazetteer
        Where names and kinds are looked up.
    incidents
        The incidents asked about; unused by the other forms.
    ignore_dates, impute
        Of nearness, as for :func:`gazetteer.near.near_counts`.

    Raises
    ------
    InputError, NotFoundError
        If a name has no answer, or more than one; the message says which it could be. If the question is
        about incidents and none are given.
    """
    if question.about_incidents and incidents is None:
        raise InputError(
            "this question is about incidents: name their table with --incidents TABLE",
            parameter="incidents",
        )
    asked = Incidents.of(() if incidents is None else incidents)
    if impute and question.relation not in ("near", "between"):
        raise InputError(
            "only how many are near something can be imputed: ask that, or leave it out",
            parameter="impute",
        )
    meant = read(question, gazetteer)
    question = meant.question
    if question.relation == "distance":
        return _distance(meant, gazetteer)
    if question.relation == "nearest":
        return _nearest(meant, gazetteer)
    chosen = select(asked, gazetteer, area=meant.area, start=question.start, end=question.end)
    if question.relation == "in":
        return _count(meant, chosen, gazetteer)
    if question.relation == "at":
        return _at(meant, chosen, gazetteer)
    return _near(meant, chosen, gazetteer, ignore_dates=ignore_dates, impute=impute)


def _near(
    meant: Read, chosen: Selection, gazetteer: Lookups, *, ignore_dates: bool, impute: bool
) -> QuestionAnswer:
    question, by = meant.question, _ways(meant)
    counted = near_counts(
        chosen,
        _line_between(*meant.places) if meant.targets is None else meant.targets,
        gazetteer,
        within_m=question.within_m or 0.0,
        by=by,
        ignore_dates=ignore_dates,
        impute=impute,
    )
    counts: NearCounts | CountAnswer = counted
    found, expected = counted.answer, counted.answer.expected
    summary = {**found.summary.as_json(), **_expected(expected), "imputed": impute, **_counts(chosen)}
    if question.relation == "not near":  # the expected number is of those that are near
        summary = {name: value for name, value in summary.items() if name not in _expected(expected)}
        expected, counts = None, _counted(chosen, found.numbers_of("no"), gazetteer, by)
    by_area = counts if by else None
    return QuestionAnswer(
        question, meant, summary, selection=chosen, near=found, expected=expected, counts=by_area
    )


def _at(meant: Read, chosen: Selection, gazetteer: Lookups) -> QuestionAnswer:
    """Answer which incidents are at a target, as their own text names it; the distance doesn't matter."""
    targets = Targets(()) if meant.targets is None else meant.targets
    everywhere = near(chosen.incidents, targets, within_m=NEAR_M, ignore_dates=True)
    at_target = everywhere.at_target
    kept, open_ = (numbers[at_target[numbers]] for numbers in (chosen.kept, chosen.open))
    may_name = int((_may_name(chosen.incidents, targets) & ~at_target)[chosen.kept].sum())
    chosen, by = replace(chosen, kept=kept, open=open_), _ways(meant)
    summary = {"incidents": len(kept), "may_name": may_name, "targets": len(targets), **_counts(chosen)}
    counts = _counted(chosen, np.arange(len(kept)), gazetteer, by) if by else None
    found = everywhere.take(kept)
    return QuestionAnswer(meant.question, meant, summary, selection=chosen, near=found, counts=counts)


def _may_name(incidents: Incidents, targets: Targets) -> Booleans:
    """Tell which incidents have a target among what their name may mean, where that is left open."""
    ids = {place.id for place in targets}
    named = np.array([place in ids for place in incidents.spots.places], dtype=np.bool_)
    meant = incidents.meanings
    any_of = [named[meant.spots[start:end]].any() for start, end in pairwise(meant.starts.tolist())]
    by_meaning = np.array([*any_of, False], dtype=np.bool_)[incidents.meaning]
    may_name: Booleans = by_meaning & (incidents.spot < 0)
    return may_name


def _count(meant: Read, chosen: Selection, gazetteer: Lookups) -> QuestionAnswer:
    by = _ways(meant)
    counted = count_chosen(chosen, gazetteer, by=by)
    summary = {"incidents": len(chosen.kept), **_expected(counted.expected), **_counts(chosen)}
    return QuestionAnswer(
        meant.question,
        meant,
        summary,
        selection=chosen,
        expected=counted.expected,
        counts=counted if by else None,
    )


def _ways(meant: Read) -> tuple[str, ...]:
    """Return what is counted by; only an area has parts."""
    by = meant.question.by
    if by is not None and by.what == "area" and meant.area and meant.area.kind.admin_level is None:
        raise InputError(f"{meant.area.name} has no parts to count by: ask 'by month'", parameter="area")
    return (by.what,) if by else ()


def _counted(chosen: Selection, numbers: Integers, gazetteer: Lookups, by: tuple[str, ...]) -> CountAnswer:
    """Count some incidents of a selection, by their numbers in it."""
    some = replace(chosen, kept=chosen.kept[numbers])
    area = chosen.area if isinstance(chosen.area, Place) else None
    return CountAnswer(count_incidents(some.chosen, gazetteer, by=by, below=area), some)


def _line_between(start: Place, end: Place) -> Targets:
    """Return the straight line between two places as a target."""
    import shapely

    ends = [place.position for place in (start, end)]
    middle, radius_m = smallest_circle([(position, 0.0) for position in ends])
    line = Place(
        id=f"{start.id} and {end.id}",
        name=f"{start.name} to {end.name}",
        name_ar="",
        kind=PlaceKind.LANDMARK,
        position=middle,
        uncertainty_m=radius_m,
    )
    shape = shapely.LineString([(position.longitude, position.latitude) for position in ends])
    return Targets((line,), {0: shape})


def _counts(chosen: Selection) -> dict[str, Any]:
    """Return how many are undecided, and the area in plain JSON types; None where none was asked for."""
    area = chosen.area if isinstance(chosen.area, Place) else None
    named = area and {"id": area.id, "name": area.name, "kind": area.kind.value}
    return {"undecided": len(chosen.open), "area": named}


def _expected(expected: Expected | None) -> dict[str, float]:
    return {} if expected is None else expected.as_json()


def _distance(meant: Read, gazetteer: Lookups) -> QuestionAnswer:
    found = measured(gazetteer, *meant.places)
    names = {"from": found.start.name, "to": found.end.name}
    row = {**found.as_json(), **names, **_known(found.start, "from_"), **_known(found.end, "to_")}
    return QuestionAnswer(meant.question, meant, found.as_json(), row)


def _nearest(meant: Read, gazetteer: Lookups) -> QuestionAnswer:
    (start,), kind = meant.places, meant.question.target
    others = targets_named(gazetteer, kind, parameter="place")
    is_other = np.array([place.id != start.id for place in others])
    if start.kind in LINES:
        line = targets_named(gazetteer, start.id, parameter="place")
        metres = line.to_m(
            Points.of([place.position for place in others]), np.zeros(len(others), dtype=np.intp)
        )
        number = int(np.where(is_other, metres, np.inf).argmin())
    else:
        (number,) = others.nearest(Points.of([start.position]), allowed=lambda _, numbers: is_other[numbers])
    if not is_other[number]:
        raise NotFoundError(f"the gazetteer knows no other {kind}")
    found = measured(gazetteer, start, others[int(number)])
    told = found.as_json()
    row = {
        "from": start.name,
        "nearest_id": found.end.id,
        "nearest_name": found.end.name,
        **{name: told[name] for name in ("distance_m", "min_m", "max_m", "compass", "hint")},
        **_known(found.start, "from_"),
        **_known(found.end, "nearest_"),
    }
    summary = {"from": told["from"], "nearest": told["to"]}
    return QuestionAnswer(meant.question, meant, summary, row)


def _known(place: Place, prefix: str) -> dict[str, Any]:
    """Return how the position of a place is known, where it isn't just that."""
    return {**basis_as_json(place, prefix), **cell_as_json(place, prefix)}


def _cells(incident: Incident) -> dict[str, Any]:
    first, last = incident.days or (incident.date, incident.date)
    days = "/".join(dict.fromkeys(day.isoformat() for day in (first, last) if day is not None))
    return {"id": incident.id, "date": days or None, "place": incident.place}
