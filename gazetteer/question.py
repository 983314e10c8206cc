"""Questions in a small, fixed English: read by a grammar, never guessed at.

Three forms are understood::

    <incidents> within <length> of <kind | place> [in <area>] [<dates>]
    nearest <kind> to <place>
    distance from <place> to <place>

where ``<dates>`` is ``between A and B``, ``from A to B``, ``since A``, ``from A``, ``after A``,
``until A``, ``before A``, ``in A`` or ``on A``, and a date is 2016-05-30, 30 May 2016, May 30 2016,
May 2016, 2016-05 or 2016. Days at both ends count. The word for the incidents ("strikes") does not
choose among them: every row of the table is looked at, and the answer says so. Whatever else is
asked is refused, with examples.

Examples
--------
>>> parse_question("strikes within 5 km of a hospital in Idlib").describe()
'incidents (every row; "strikes" does not choose among them) within 5.0 km of any hospital, in Idlib'
"""

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gazetteer.dates import Span, split_span
from gazetteer.errors import InputError, NotFoundError, QuestionError
from gazetteer.incidents import Incident, Lookups
from gazetteer.one_place import one_place
from gazetteer.places import kinds_meant_by
from gazetteer.proximity import near, select, targets_named
from gazetteer.proximity.pairs import distances_m
from gazetteer.proximity.targets import area_named, kinds_in_words
from gazetteer.proximity.writing import near_properties
from gazetteer.results import DistanceAnswer
from gazetteer.units import format_length, read_length

__all__ = [
    "EXAMPLES",
    "DistanceQuestion",
    "NearQuestion",
    "NearestQuestion",
    "Question",
    "QuestionAnswer",
    "answer",
    "parse_question",
]

#: Shown when a question is refused.
EXAMPLES = (
    "strikes within 5 km of a hospital in Idlib between 2016-05-01 and 2016-06-30",
    "nearest hospital to Kafranbel",
    "distance from Idlib to Aleppo",
)
_LONGEST_QUESTION = 300
_INCIDENT_WORDS = frozenset(
    "incident incidents event events strike strikes airstrike airstrikes attack attacks".split()
)
_NEAR = re.compile(
    r"(?:(?:show|list|find|which|what|all|the)\s+)*(?P<what>[a-z][a-z -]*?)(?:\s+(?:were|are|happened))?"
    r"\s+within\s+(?P<length>.+?)\s+(?:of|from)\s+(?P<target>.+?)(?:\s+in\s+(?P<area>(?:(?!\sin\s).)+))?",
    re.I,
)
_NEAREST = re.compile(
    r"(?:(?:what|which|is|the)\s+)*nearest\s+(?P<kind>.+?)\s+(?:to|from)\s+(?P<place>.+)", re.I
)
_DISTANCE = re.compile(
    r"(?:(?:what|is|the)\s+)*distance\s+(?:from\s+(?P<a>.+?)\s+to\s+(?P<b>.+)|between\s+(?P<c>.+?)\s+and\s+(?P<d>.+))",
    re.I,
)
_ARTICLE = re.compile(r"(?:an?|any|the|some)\s+", re.I)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was understood; `text` is as it was asked."""

    text: str

    def describe(self) -> str:
        """Return how the question was read, in words."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class NearQuestion(Question):
    """Which incidents lie within `within_m` metres of `target`, in an area, from `start` to `end`."""

    what: str
    within_m: float
    target: str
    area: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None

    def describe(self) -> str:
        """Return how the question was read, in words."""
        kinds = " or ".join(sorted(kind.value.replace("_", " ") for kind in kinds_meant_by(self.target)))
        words = [
            f'incidents (every row; "{self.what}" does not choose among them) within '
            f"{format_length(self.within_m)} of "
            + (f"any {kinds}" if kinds else f'the place "{self.target}"')
        ]
        if self.area:
            words.append(f"in {self.area}")
        if self.start and self.end:
            words.append(f"from {self.start} to {self.end}")
        elif self.start or self.end:
            words.append(f"since {self.start}" if self.start else f"until {self.end}")
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class NearestQuestion(Question):
    """Which place of a kind is nearest to a place."""

    kind: str
    place: str

    def describe(self) -> str:
        """Return how the question was read, in words."""
        return f'the {self.kind} at the least distance from the place "{self.place}"'


@dataclass(frozen=True, slots=True)
class DistanceQuestion(Question):
    """How far one place is from another."""

    start: str
    end: str

    def describe(self) -> str:
        """Return how the question was read, in words."""
        return f'the distance from the place "{self.start}" to the place "{self.end}"'


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """An answer as rows for a table, and counts.

    Parameters
    ----------
    question
        The question, as it was read.
    rows
        For incidents: those that are certainly or possibly near, then those without a position. For
        the other forms: one row.
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


def parse_question(text: str) -> Question:
    """Read a question.

    Raises
    ------
    QuestionError
        If it is none of the forms, or a date or length in it cannot be read. The message gives examples.
    """
    plain = " ".join(text.split()).strip(" ?.!")
    if len(plain) > _LONGEST_QUESTION:
        raise _refusal(f"a question has at most {_LONGEST_QUESTION} characters")
    if found := _DISTANCE.fullmatch(plain):
        return DistanceQuestion(text, found["a"] or found["c"], found["b"] or found["d"])
    if found := _NEAREST.fullmatch(plain):
        kind = _ARTICLE.sub("", found["kind"], count=1)
        if not kinds_meant_by(kind):
            raise _refusal(f"{kind!r} is not a kind of place (known are {kinds_in_words()})")
        return NearestQuestion(text, kind, found["place"])
    try:
        rest, span = split_span(plain)
    except InputError as error:
        raise _refusal(str(error)) from error
    if found := _NEAR.fullmatch(rest):
        return _near_question(text, found, span)
    raise _refusal(f"{plain!r} is not a question that is understood here")


def _near_question(text: str, found: re.Match[str], span: Span) -> NearQuestion:
    what = found["what"]
    if what.casefold().replace("air strike", "airstrike") not in _INCIDENT_WORDS:
        raise _refusal(
            f"{what!r} is not a word for incidents here, and can't choose among them: write 'incidents'"
        )
    try:
        within_m = read_length(found["length"])
    except InputError as error:
        raise _refusal(str(error)) from error
    target = found["target"]
    bare = _ARTICLE.sub("", target, count=1) if _ARTICLE.match(target) else target
    area = found["area"] and re.sub(r"^the\s+", "", found["area"], flags=re.I)
    return NearQuestion(text, what, within_m, bare if kinds_meant_by(bare) else target, area, *span)


def _refusal(reason: str) -> QuestionError:
    examples = ", ".join(f"'{example}'" for example in EXAMPLES[:-1])
    return QuestionError(f"{reason}; ask for example {examples} or '{EXAMPLES[-1]}'", parameter="question")


def answer(question: Question, gazetteer: Lookups, incidents: Sequence[Incident]) -> QuestionAnswer:
    """Answer a question.

    Parameters
    ----------
    question
        From :func:`parse_question`.
    gazetteer
        Where names and kinds are looked up.
    incidents
        The incidents asked about; unused by the other forms.

    Raises
    ------
    InputError, NotFoundError
        If a name has no answer, or more than one; the message says which it could be.
    """
    match question:
        case NearQuestion():
            return _answer_near(question, gazetteer, incidents)
        case NearestQuestion():
            return _answer_nearest(question, gazetteer)
        case DistanceQuestion():
            found = gazetteer.distance(question.start, question.end)
            return QuestionAnswer(question, (_flat_distance(found.as_json()),), found.as_json())
        case _:
            raise TypeError(f"not a question: {question!r}")


def _flat_distance(found: dict[str, Any]) -> dict[str, Any]:
    names = {"from": found["from"]["name"], "to": found["to"]["name"]}
    return {**found, **names}


def _answer_near(question: NearQuestion, gazetteer: Lookups, incidents: Sequence[Incident]) -> QuestionAnswer:
    targets = targets_named(gazetteer, question.target, parameter="place")
    area = area_named(gazetteer, question.area, parameter="question") if question.area else None
    chosen = select(incidents, gazetteer, area=area, start=question.start, end=question.end)
    found = near(chosen.kept, targets, within_m=question.within_m)
    summary = {
        **found.summary.as_json(),
        "undecided": len(chosen.undecided),
        "area": None if area is None else {"id": area.id, "name": area.name, "kind": area.kind.value},
    }
    listed = [row for word in ("certain", "possible", "") for row in found.rows if row.certainty == word]
    undecided = tuple({**_incident_cells(incident), "why": why} for incident, why in chosen.undecided)
    return QuestionAnswer(
        question,
        tuple(_incident_cells(row.incident) | near_properties(row) for row in listed),
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
    lengths = distances_m([start.position], [place.position for place in others])[0]
    found = DistanceAnswer.between(start, others[int(lengths.argmin())])
    measured = found.as_json()
    row = {
        "from": start.name,
        "nearest_id": found.end.id,
        "nearest_name": found.end.name,
        **{name: measured[name] for name in ("distance_m", "least_m", "most_m", "compass")},
    }
    return QuestionAnswer(question, (row,), {"from": measured["from"], "nearest": measured["to"]})
