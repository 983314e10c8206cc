"""Answers to questions, as rows for a table and counts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gazetteer.answers import DistanceAnswer, cell_as_json
from gazetteer.ask.grammar import CountQuestion, DistanceQuestion, NearestQuestion, NearQuestion, Question
from gazetteer.errors import InputError, NotFoundError
from gazetteer.incidents import Incident, Incidents
from gazetteer.kinds import kinds_meant_by
from gazetteer.lookups import Lookups
from gazetteer.near import (
    Certainty,
    Expected,
    NearAnswer,
    Selection,
    area_named,
    count_chosen,
    near_counts,
    select,
    targets_named,
)
from gazetteer.near.near import incident_cell, near_properties
from gazetteer.near.pairs import nearest
from gazetteer.points import Points
from gazetteer.values import Place

#: Which incidents a question about nearness lists, in this order.
_LISTED: tuple[Certainty, ...] = ("certain", "possible", "unanswerable", "")


@dataclass(frozen=True, eq=False)
class QuestionAnswer:
    """An answer as rows for a table, and counts."""

    question: Question
    summary: Mapping[str, Any]  # counts, and the places that names were taken for
    measured: Mapping[str, Any] | None = None  # the one row of a question about the way between two places
    selection: Selection | None = None  # which incidents were asked about
    near: NearAnswer | None = None  # what is near these
    expected: Expected | None = None

    @cached_property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """The rows of the answer.

        For incidents near something: those that are certainly or possibly near, those that are unanswerable,
        then those without a position. For a number of incidents: each. For the other forms: one.
        """
        return tuple(self.listed())

    def listed(self, limit: int | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield the rows, or the first of them; no others are made."""
        if self.measured is not None:
            yield self.measured
        elif self.near is not None:
            numbers = [one for word in _LISTED for one in self.near.numbers_of(word).tolist()]
            for row in self.near.picked(numbers[:limit]):
                yield {**_cells(row.incident), **incident_cell(row.incident), **near_properties(row)}
        elif self.selection is not None:
            chosen = self.selection.chosen
            yield from map(_cells, chosen.picked(range(len(chosen))[:limit]))

    @cached_property
    def undecided(self) -> tuple[Mapping[str, Any], ...]:
        """Incidents that may or may not be asked for: each with `id`, `date`, `place` and `why`."""
        open_ = [] if self.selection is None else self.selection.undecided()
        return tuple({**_cells(one), "why": why} for one, why in open_)

    def as_json(self) -> dict[str, Any]:
        """Return the answer in plain JSON types."""
        return {
            "question": self.question.text,
            "read_as": self.question.describe(),
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
    match question:
        case NearestQuestion():
            return _nearest(question, gazetteer)
        case DistanceQuestion():
            return _distance(question, gazetteer)
        case NearQuestion():
            return _near(question, gazetteer, asked, ignore_dates=ignore_dates, impute=impute)
        case CountQuestion():
            if impute:
                raise InputError(
                    "only how many are near something can be imputed: ask that, or leave it out",
                    parameter="impute",
                )
            return _count(question, gazetteer, asked)
        case _:
            raise TypeError(f"not a question: {question!r}")


def _near(
    question: NearQuestion, gazetteer: Lookups, asked: Incidents, *, ignore_dates: bool, impute: bool
) -> QuestionAnswer:
    targets = targets_named(gazetteer, question.target, parameter="place")
    chosen = _chosen(question, gazetteer, asked)
    found = near_counts(
        chosen, targets, gazetteer, within_m=question.within_m, ignore_dates=ignore_dates, impute=impute
    ).answer
    summary = {**found.summary.as_json(), **_expected(found.expected), "imputed": impute, **_counts(chosen)}
    return QuestionAnswer(question, summary, selection=chosen, near=found, expected=found.expected)


def _count(question: CountQuestion, gazetteer: Lookups, asked: Incidents) -> QuestionAnswer:
    chosen = _chosen(question, gazetteer, asked)
    expected = count_chosen(chosen, gazetteer).expected
    summary = {"incidents": len(chosen.kept), **_expected(expected), **_counts(chosen)}
    return QuestionAnswer(question, summary, selection=chosen, expected=expected)


def _chosen(question: NearQuestion | CountQuestion, gazetteer: Lookups, asked: Incidents) -> Selection:
    # Named here, since a question may come from anybody and `select` reads the path of a drawn area.
    area = area_named(gazetteer, question.area, parameter="area") if question.area else None
    return select(asked, gazetteer, area=area, start=question.start, end=question.end)


def _counts(chosen: Selection) -> dict[str, Any]:
    """Return how many are undecided, and the area in plain JSON types; None where none was asked for."""
    area = chosen.area if isinstance(chosen.area, Place) else None
    named = area and {"id": area.id, "name": area.name, "kind": area.kind.value}
    return {"undecided": len(chosen.open), "area": named}


def _expected(expected: Expected | None) -> dict[str, float]:
    return {} if expected is None else expected.as_json()


def _distance(question: DistanceQuestion, gazetteer: Lookups) -> QuestionAnswer:
    found = gazetteer.distance(question.start, question.end)
    cells = {**cell_as_json(found.start, "from_"), **cell_as_json(found.end, "to_")}
    measured = {**found.as_json(), "from": found.start.name, "to": found.end.name, **cells}
    return QuestionAnswer(question, found.as_json(), measured)


def _nearest(question: NearestQuestion, gazetteer: Lookups) -> QuestionAnswer:
    start = gazetteer.one_place(question.place, parameter="place")
    others = [p for p in gazetteer.places(kinds=kinds_meant_by(question.kind)) if p.id != start.id]
    if not others:
        raise NotFoundError(f"the gazetteer knows no {question.kind}")
    (first,) = nearest(Points.of([start.position]), Points.of([place.position for place in others]))
    found = DistanceAnswer.between(start, others[first])
    measured = found.as_json()
    row = {
        "from": start.name,
        "nearest_id": found.end.id,
        "nearest_name": found.end.name,
        **{name: measured[name] for name in ("distance_m", "min_m", "max_m", "compass")},
        **cell_as_json(found.start, "from_"),
        **cell_as_json(found.end, "nearest_"),
    }
    return QuestionAnswer(question, {"from": measured["from"], "nearest": measured["to"]}, row)


def _cells(incident: Incident) -> dict[str, Any]:
    first, last = incident.days or (incident.date, incident.date)
    days = "/".join(dict.fromkeys(day.isoformat() for day in (first, last) if day is not None))
    return {"id": incident.id, "date": days or None, "place": incident.place}
