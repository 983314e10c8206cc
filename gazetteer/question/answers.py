"""Answers to questions, as rows for a table and counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gazetteer.errors import NotFoundError
from gazetteer.incidents import Incident, Lookups
from gazetteer.one_place import one_place
from gazetteer.places import kinds_meant_by
from gazetteer.proximity import Selection, near, select, targets_named
from gazetteer.proximity.nearest import nearest
from gazetteer.proximity.points import Points
from gazetteer.proximity.targets import area_named
from gazetteer.proximity.writing import incident_cell, near_properties
from gazetteer.question.forms import (
    CountQuestion,
    DistanceQuestion,
    NearestQuestion,
    NearQuestion,
    Question,
)
from gazetteer.results import DistanceAnswer, said_of_cell

__all__ = ["QuestionAnswer", "answer"]


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """An answer as rows for a table, and counts.

    Parameters
    ----------
    question
        The question, as it was read.
    rows
        For incidents near something: those that are certainly or possibly near, those that are
        unanswerable, then those without a position. For a number of incidents: each. For the other
        forms: one row.
    summary
        Counts, and the places that names were taken for.
    undecided
        Incidents that may or may not be asked for: each with `id`, `date`, `place` and `why`.
    """

    question: Question
    rows: tuple[Mapping[str, Any], ...]
    summary: Mapping[str, Any]
    undecided: tuple[Mapping[str, Any], ...] = field(default=())

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
    question: Question, gazetteer: Lookups, incidents: Sequence[Incident], *, ignore_dates: bool = False
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

    Raises
    ------
    InputError, NotFoundError
        If a name has no answer, or more than one; the message says which it could be.
    """
    match question:
        case NearQuestion():
            return _answer_near(question, gazetteer, incidents, ignore_dates=ignore_dates)
        case CountQuestion():
            return _answer_count(question, gazetteer, incidents)
        case NearestQuestion():
            return _answer_nearest(question, gazetteer)
        case DistanceQuestion():
            found = gazetteer.distance(question.start, question.end)
            return QuestionAnswer(question, (_flat_distance(found),), found.as_json())
        case _:
            raise TypeError(f"not a question: {question!r}")


def _flat_distance(found: DistanceAnswer) -> dict[str, Any]:
    names = {"from": found.start.name, "to": found.end.name}
    return {**found.as_json(), **names, **_cells_of(found, start="from_", end="to_")}


def _cells_of(found: DistanceAnswer, *, start: str, end: str) -> dict[str, Any]:
    """Return what was generalised of the two places, each name with its prefix."""
    return {**said_of_cell(found.start, start), **said_of_cell(found.end, end)}


def _chosen(
    question: NearQuestion | CountQuestion, gazetteer: Lookups, incidents: Sequence[Incident]
) -> tuple[Selection, dict[str, str] | None, tuple[Mapping[str, Any], ...]]:
    """Return the incidents of the area and the days, the area as JSON, and the undecided as rows."""
    area = area_named(gazetteer, question.area, parameter="question") if question.area else None
    chosen = select(incidents, gazetteer, area=area, start=question.start, end=question.end)
    named = None if area is None else {"id": area.id, "name": area.name, "kind": area.kind.value}
    return chosen, named, tuple({**_incident_cells(one), "why": why} for one, why in chosen.undecided)


def _answer_count(
    question: CountQuestion, gazetteer: Lookups, incidents: Sequence[Incident]
) -> QuestionAnswer:
    chosen, area, undecided = _chosen(question, gazetteer, incidents)
    summary = {"incidents": len(chosen.kept), "undecided": len(undecided), "area": area}
    rows = tuple(_incident_cells(incident) for incident in chosen.kept)
    return QuestionAnswer(question, rows, summary, undecided)


def _answer_near(
    question: NearQuestion, gazetteer: Lookups, incidents: Sequence[Incident], *, ignore_dates: bool
) -> QuestionAnswer:
    targets = targets_named(gazetteer, question.target, parameter="place")
    chosen, area, undecided = _chosen(question, gazetteer, incidents)
    found = near(chosen.kept, targets, within_m=question.within_m, ignore_dates=ignore_dates)
    summary = {
        **found.summary.as_json(),
        "undecided": len(chosen.undecided),
        "area": area,
    }
    words = ("certain", "possible", "unanswerable", "")
    listed = [row for word in words for row in found.rows if row.certainty == word]
    return QuestionAnswer(
        question,
        tuple(
            {**_incident_cells(row.incident), **incident_cell(row.incident), **near_properties(row)}
            for row in listed
        ),
        summary,
        undecided,
    )


def _incident_cells(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "date": incident.date.isoformat() if incident.date else None,
        "place": incident.place,
    }


def _answer_nearest(question: NearestQuestion, gazetteer: Lookups) -> QuestionAnswer:
    start = one_place(gazetteer, question.place, parameter="place")
    others = [p for p in gazetteer.places(kinds=kinds_meant_by(question.kind)) if p.id != start.id]
    if not others:
        raise NotFoundError(f"the gazetteer knows no {question.kind}")
    first = nearest(Points.of([start.position]), Points.of([place.position for place in others]))
    found = DistanceAnswer.between(start, others[int(first.numbers[0, 0])])
    measured = found.as_json()
    row = {
        "from": start.name,
        "nearest_id": found.end.id,
        "nearest_name": found.end.name,
        **{name: measured[name] for name in ("distance_m", "least_m", "most_m", "compass")},
        **_cells_of(found, start="from_", end="nearest_"),
    }
    return QuestionAnswer(question, (row,), {"from": measured["from"], "nearest": measured["to"]})
