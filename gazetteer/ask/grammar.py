"""The questions that are understood: fixed patterns, and a refusal with examples for everything else.

Each form is a kind of :class:`Question`, which says in words how it was read, and an entry of :data:`_FORMS`:
the pattern that it is written in, and what reads the pattern's groups. To add one, add both here, and what
answers it to :func:`gazetteer.ask.answer.answer`.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

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


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was understood; `text` is as it was asked."""

    about_incidents: ClassVar[bool] = False
    text: str

    def describe(self) -> str:
        """Return how the question was read, in words."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class NearQuestion(Question):
    """Which incidents lie within `within_m` metres of `target`, in an area, from `start` to `end`."""

    about_incidents: ClassVar[bool] = True
    what: str
    within_m: float
    target: str
    area: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None

    def describe(self) -> str:
        """Return how the question was read, in words."""
        kinds = " or ".join(sorted(kind.value.replace("_", " ") for kind in kinds_meant_by(self.target)))
        target = f"any {kinds}" if kinds else f'the place "{self.target}"'
        words = f"{_every_row(self.what)} within {format_length(self.within_m)} of {target}"
        return words + _limits(self.area, self.start, self.end)


@dataclass(frozen=True, slots=True)
class CountQuestion(Question):
    """How many incidents there are, in an area, from `start` to `end`."""

    about_incidents: ClassVar[bool] = True
    what: str
    area: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None

    def describe(self) -> str:
        """Return how the question was read, in words."""
        return f"the number of {_every_row(self.what)}{_limits(self.area, self.start, self.end)}"


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
        for dated, pattern, read in _FORMS:
            rest, span = split_span(plain, order=order) if dated else (plain, (None, None))
            found = pattern.fullmatch(rest)
            if found and (question := read(text, found, span)):
                return question
        raise InputError(f"{plain!r} is not a question that is understood here")
    except InputError as error:
        examples = ", ".join(f"'{example}'" for example in EXAMPLES[:-1])
        words = f"{error}; ask for example {examples} or '{EXAMPLES[-1]}'"
        raise QuestionError(words, parameter="question") from error


def _distance(text: str, found: re.Match[str], _: Span) -> Question:
    return DistanceQuestion(text, found["a"] or found["c"], found["b"] or found["d"])


def _nearest(text: str, found: re.Match[str], _: Span) -> Question:
    kind = _ARTICLE.sub("", found["kind"], count=1)
    if not kinds_meant_by(kind):
        raise InputError(f"{kind!r} is not a kind of place (known are {kinds_in_words()})")
    return NearestQuestion(text, kind, found["place"])


def _near(text: str, found: re.Match[str], span: Span) -> Question:
    what, target = found["what"], found["target"]
    if not _is_incidents(what):
        raise InputError(
            f"{what!r} is not a word for incidents here, and can't choose among them: write 'incidents'"
        )
    bare = _ARTICLE.sub("", target, count=1) if _ARTICLE.match(target) else target
    meant = bare if kinds_meant_by(bare) else target
    return NearQuestion(text, what, read_length(found["length"]), meant, _area(found), *span)


def _how_many(text: str, found: re.Match[str], span: Span) -> Question | None:
    return CountQuestion(text, found["what"], _area(found), *span) if _is_incidents(found["what"]) else None


_WHAT, _IN_AREA = r"(?P<what>[a-z][a-z -]*?)", r"(?:\s+in\s+(?P<area>(?:(?!\sin\s).)+))?"
#: Whether dates may stand in it, its pattern, and what reads it; the first that fits is taken.
_FORMS: tuple[tuple[bool, re.Pattern[str], Callable[[str, re.Match[str], Span], Question | None]], ...] = (
    (
        False,
        re.compile(
            r"(?:(?:what|is|the)\s+)*distance\s+"
            r"(?:from\s+(?P<a>.+?)\s+to\s+(?P<b>.+)|between\s+(?P<c>.+?)\s+and\s+(?P<d>.+))",
            re.I,
        ),
        _distance,
    ),
    (
        False,
        re.compile(
            r"(?:(?:what|which|is|the)\s+)*nearest\s+(?P<kind>.+?)\s+(?:to|from)\s+(?P<place>.+)", re.I
        ),
        _nearest,
    ),
    (
        True,
        re.compile(
            rf"(?:(?:show|list|find|which|what|how\s+many|all|the)\s+)*{_WHAT}(?:\s+(?:were|are|happened))?"
            rf"\s+within\s+(?P<length>.+?)\s+(?:of|from)\s+(?P<target>.+?){_IN_AREA}",
            re.I,
        ),
        _near,
    ),
    (
        True,
        re.compile(rf"how\s+many\s+{_WHAT}(?:\s+(?:were|are)(?:\s+there)?|\s+happened)?{_IN_AREA}", re.I),
        _how_many,
    ),
)


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
