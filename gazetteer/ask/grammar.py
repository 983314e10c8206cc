"""The questions that are understood: fixed patterns, and a refusal with examples for everything else.

Each form is a kind of :class:`Question`: the pattern that it is written in, what reads the pattern's groups,
and how it was read in words. To add one, add its class here, and what answers it to
:mod:`gazetteer.ask.answer`.
"""

import datetime
import re
from dataclasses import dataclass
from typing import ClassVar, Self

from gazetteer.errors import InputError, QuestionError
from gazetteer.kinds import kinds_meant_by
from gazetteer.near.targets import kinds_in_words
from gazetteer.notation.dates import DayOrder, Span, split_span
from gazetteer.notation.lengths import format_length, read_length

#: Shown when a question is refused.
EXAMPLES = (
    "strikes within 5 km of a hospital in Idlib between 2016-05-01 and 2016-06-30",
    "nearest hospital to Kafranbel",
    "distance from Idlib to Aleppo",
    "how many strikes in Idlib governorate in May 2016",
)
_LONGEST_QUESTION = 300
_INCIDENT_WORDS = frozenset(
    "incident incidents event events strike strikes airstrike airstrikes attack attacks".split()
)
_ARTICLE = re.compile(r"(?:an?|any|the|some)\s+", re.I)
_WHAT, _IN_AREA = r"(?P<what>[a-z][a-z -]*?)", r"(?:\s+in\s+(?P<area>(?:(?!\sin\s).)+))?"


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was understood; `text` is as it was asked."""

    #: How it is written; where it is about incidents without the days, which are read before.
    pattern: ClassVar[re.Pattern[str]]
    about_incidents: ClassVar[bool] = False
    text: str

    @classmethod
    def read(cls, text: str, found: re.Match[str], days: Span) -> Self | None:
        """Return the question that a match holds, or None; InputError if a part of it can't be read."""
        raise NotImplementedError

    def describe(self) -> str:
        """Return how the question was read, in words."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class DistanceQuestion(Question):
    """How far one place is from another."""

    pattern = re.compile(
        r"(?:(?:what|is|the)\s+)*distance\s+"
        r"(?:from\s+(?P<a>.+?)\s+to\s+(?P<b>.+)|between\s+(?P<c>.+?)\s+and\s+(?P<d>.+))",
        re.I,
    )
    start: str
    end: str

    @classmethod
    def read(cls, text: str, found: re.Match[str], days: Span) -> Self:
        """Read two places."""
        return cls(text, found["a"] or found["c"], found["b"] or found["d"])

    def describe(self) -> str:
        """Return how the question was read, in words."""
        return f'the distance from the place "{self.start}" to the place "{self.end}"'


@dataclass(frozen=True, slots=True)
class NearestQuestion(Question):
    """Which place of a kind is nearest to a place."""

    pattern = re.compile(
        r"(?:(?:what|which|is|the)\s+)*nearest\s+(?P<kind>.+?)\s+(?:to|from)\s+(?P<place>.+)", re.I
    )
    kind: str
    place: str

    @classmethod
    def read(cls, text: str, found: re.Match[str], days: Span) -> Self:
        """Read a kind and a place."""
        kind = _ARTICLE.sub("", found["kind"], count=1)
        if not kinds_meant_by(kind):
            raise InputError(f"{kind!r} is not a kind of place (known are {kinds_in_words()})")
        return cls(text, kind, found["place"])

    def describe(self) -> str:
        """Return how the question was read, in words."""
        return f'the {self.kind} at the least distance from the place "{self.place}"'


@dataclass(frozen=True, slots=True)
class NearQuestion(Question):
    """Which incidents lie within `within_m` metres of `target`, in an area, from `start` to `end`."""

    pattern = re.compile(
        rf"(?:(?:show|list|find|which|what|how\s+many|all|the)\s+)*{_WHAT}(?:\s+(?:were|are|happened))?"
        rf"\s+within\s+(?P<length>.+?)\s+(?:of|from)\s+(?P<target>.+?){_IN_AREA}",
        re.I,
    )
    about_incidents = True
    what: str
    within_m: float
    target: str
    area: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None

    @classmethod
    def read(cls, text: str, found: re.Match[str], days: Span) -> Self:
        """Read a length and what is near."""
        what, target = found["what"], found["target"]
        if not _is_incidents(what):
            raise InputError(
                f"{what!r} is not a word for incidents here, and can't choose among them: write 'incidents'"
            )
        bare = _ARTICLE.sub("", target, count=1) if _ARTICLE.match(target) else target
        meant = bare if kinds_meant_by(bare) else target
        return cls(text, what, read_length(found["length"]), meant, _area(found), *days)

    def describe(self) -> str:
        """Return how the question was read, in words."""
        kinds = " or ".join(sorted(kind.value.replace("_", " ") for kind in kinds_meant_by(self.target)))
        target = f"any {kinds}" if kinds else f'the place "{self.target}"'
        words = f"{_every_row(self.what)} within {format_length(self.within_m)} of {target}"
        return words + _limits(self.area, self.start, self.end)


@dataclass(frozen=True, slots=True)
class CountQuestion(Question):
    """How many incidents there are, in an area, from `start` to `end`."""

    pattern = re.compile(
        rf"how\s+many\s+{_WHAT}(?:\s+(?:were|are)(?:\s+there)?|\s+happened)?{_IN_AREA}", re.I
    )
    about_incidents = True
    what: str
    area: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None

    @classmethod
    def read(cls, text: str, found: re.Match[str], days: Span) -> Self | None:
        """Read what chooses the incidents."""
        return cls(text, found["what"], _area(found), *days) if _is_incidents(found["what"]) else None

    def describe(self) -> str:
        """Return how the question was read, in words."""
        return f"the number of {_every_row(self.what)}{_limits(self.area, self.start, self.end)}"


#: The first whose pattern fits is taken.
_FORMS: tuple[type[Question], ...] = (DistanceQuestion, NearestQuestion, NearQuestion, CountQuestion)


def parse_question(text: str, *, order: DayOrder | None = None) -> Question:
    """Read a question; `order` says whether day or month comes first in dates such as 05/06/2016.

    Raises
    ------
    QuestionError
        If it is none of the forms, or a date or length in it cannot be read. The message gives examples.
    """
    plain = " ".join(text.split()).strip(" ?.!")
    try:
        if len(plain) > _LONGEST_QUESTION:
            raise InputError(f"a question has at most {_LONGEST_QUESTION} characters")
        for form in _FORMS:
            rest, days = split_span(plain, order=order) if form.about_incidents else (plain, (None, None))
            found = form.pattern.fullmatch(rest)
            if found and (question := form.read(text, found, days)):
                return question
        raise InputError(f"{plain!r} is not a question that is understood here")
    except InputError as error:
        examples = ", ".join(f"'{example}'" for example in EXAMPLES[:-1])
        words = f"{error}; ask for example {examples} or '{EXAMPLES[-1]}'"
        raise QuestionError(words, parameter="question") from error


def _every_row(what: str) -> str:
    return f'incidents (every row; "{what}" does not choose among them)'


def _limits(area: str | None, start: datetime.date | None, end: datetime.date | None) -> str:
    words = f", in {area}" if area else ""
    if start and end:
        return f"{words}, from {start} to {end}"
    return words + (f", since {start}" if start else f", until {end}" if end else "")


def _is_incidents(what: str) -> bool:
    return what.casefold().replace("air strike", "airstrike") in _INCIDENT_WORDS


def _area(found: re.Match[str]) -> str | None:
    return re.sub(r"^the\s+", "", found["area"], flags=re.I) if found["area"] else None
