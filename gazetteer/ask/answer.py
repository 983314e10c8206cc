"""Answers to questions, as rows for a table and counts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gazetteer.answers import DistanceAnswer, said_of_cell
from gazetteer.ask.forms import (
    CountQuestion,
    DistanceQuestion,
    NearestQuestion,
    NearQuestion,
    Question,
)
from gazetteer.errors import InputError, NotFoundError
from gazetteer.incidents import Incident, Incidents
from gazetteer.kinds import kinds_meant_by
from gazetteer.lookups import Lookups
from gazetteer.near import (
    Certainty,
    Expected,
    NearAnswer,
    Selection,
    count_chosen,
    near_chosen,
    select_given,
    targets_named,
)
from gazetteer.near.nearest import nearest
from gazetteer.near.output import incident_cell, near_properties
from gazetteer.points import Points
from gazetteer.values import Place

#: Which incidents a question about nearness lists, in this order.
_LISTED: tuple[Certainty, ...] = ("certain", "possible", "unanswerable", "")


@dataclass(frozen=True, eq=False)
class QuestionAnswer:
    """An answer as rows for a table, and counts.

    Parameters
    ----------
    question
        The question, as it was read.
    summary
        Counts, and the places that names were taken for.
    measured
        The row of a question that has one.
    selection
        The incidents asked for, and those that may or may not be; None for other questions.
    near
        What is near them, where that was asked.
    expected
        How many incidents are expected, where how near or in which area was asked.
    """

    question: Question
    summary: Mapping[str, Any]
    measured: Mapping[str, Any] | None = None
    selection: Selection | None = None
    near: NearAnswer | None = field(default=None)
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
                cells = _incident_cells(row.incident)
                yield {**cells, **incident_cell(row.incident), **near_properties(row)}
        elif self.selection is not None:
            chosen = self.selection.chosen
            yield from map(_incident_cells, chosen.picked(range(len(chosen))[:limit]))

    @cached_property
    def undecided(self) -> tuple[Mapping[str, Any], ...]:
        """Incidents that may or may not be asked for: each with `id`, `date`, `place` and `why`."""
        if self.selection is None:
            return ()
        return tuple({**_incident_cells(one), "why": why} for one, why in self.selection.undecided())

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
    ignore_dates
        True counts every place, whether or not it existed on the day of the incident.
    impute
        True takes what is unknown of an incident to be near as often as what is known of those of its
        governorate, in the expected number.

    Raises
    ------
    InputError, NotFoundError
        If a name has no answer, or more than one; the message says which it could be. If the question is
        about incidents and there are none.
    """
    match question:
        case NearestQuestion():
            return _answer_nearest(question, gazetteer)
        case DistanceQuestion():
            found = gazetteer.distance(question.start, question.end)
            return QuestionAnswer(question, found.as_json(), _flat_distance(found))
        case NearQuestion() | CountQuestion():
            if incidents is None:
                raise InputError("this question is about incidents: give their table", parameter="incidents")
            targets = None
            if isinstance(question, NearQuestion):
                targets = targets_named(gazetteer, question.target, parameter="place")
            chosen = select_given(
                Incidents.of(incidents), gazetteer,
                area=question.area, start=question.start, end=question.end,
            )  # fmt: skip
            counts: dict[str, Any] = {"undecided": len(chosen.open), "area": _named(chosen.area)}
            if targets is None or not isinstance(question, NearQuestion):
                if impute:
                    raise InputError(
                        "only how many are near something can be imputed: ask that, or leave it out",
                        parameter="impute",
                    )
                expected = count_chosen(chosen, gazetteer).expected
                summary = {"incidents": len(chosen.kept), **_expected(expected), **counts}
                return QuestionAnswer(question, summary, selection=chosen, expected=expected)
            told = near_chosen(
                chosen,
                targets,
                gazetteer,
                within_m=question.within_m,
                ignore_dates=ignore_dates,
                impute=impute,
            )
            expected_of = {**_expected(told.expected), "imputed": told.imputed}
            summary = {**told.summary.as_json(), **expected_of, **counts}
            return QuestionAnswer(question, summary, selection=chosen, near=told, expected=told.expected)
        case _:
            raise TypeError(f"not a question: {question!r}")


def _expected(expected: Expected | None) -> dict[str, float]:
    return {} if expected is None else expected.as_json()


def _named(area: object) -> dict[str, str] | None:
    """Return an area in plain JSON types; None where none was asked for."""
    if not isinstance(area, Place):
        return None
    return {"id": area.id, "name": area.name, "kind": area.kind.value}


def _flat_distance(found: DistanceAnswer) -> dict[str, Any]:
    names = {"from": found.start.name, "to": found.end.name}
    return {**found.as_json(), **names, **_cells_of(found, start="from_", end="to_")}


def _cells_of(found: DistanceAnswer, *, start: str, end: str) -> dict[str, Any]:
    """Return what was generalised of the two places, each name with its prefix."""
    return {**said_of_cell(found.start, start), **said_of_cell(found.end, end)}


def _incident_cells(incident: Incident) -> dict[str, Any]:
    first, last = incident.days or (incident.date, incident.date)
    days = "/".join(dict.fromkeys(day.isoformat() for day in (first, last) if day is not None))
    return {"id": incident.id, "date": days or None, "place": incident.place}


def _answer_nearest(question: NearestQuestion, gazetteer: Lookups) -> QuestionAnswer:
    start = gazetteer.one_place(question.place, parameter="place")
    others = [p for p in gazetteer.places(kinds=kinds_meant_by(question.kind)) if p.id != start.id]
    if not others:
        raise NotFoundError(f"the gazetteer knows no {question.kind}")
    first = nearest(Points.of([start.position]), Points.of([place.position for place in others]))
    found = DistanceAnswer.between(start, others[int(first.numbers[0])])
    measured = found.as_json()
    row = {
        "from": start.name,
        "nearest_id": found.end.id,
        "nearest_name": found.end.name,
        **{name: measured[name] for name in ("distance_m", "least_m", "most_m", "compass")},
        **_cells_of(found, start="from_", end="nearest_"),
    }
    return QuestionAnswer(question, {"from": measured["from"], "nearest": measured["to"]}, row)
