"""The grammar of questions: fixed patterns, and a refusal with examples for everything else."""

import re

from gazetteer.ask.forms import (
    CountQuestion,
    DistanceQuestion,
    NearestQuestion,
    NearQuestion,
    Question,
)
from gazetteer.errors import InputError, QuestionError
from gazetteer.kinds import kinds_meant_by
from gazetteer.near.targets import kinds_in_words
from gazetteer.notation.dates import DayOrder, Span, split_span
from gazetteer.notation.lengths import read_length

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
_NEAR = re.compile(
    r"(?:(?:show|list|find|which|what|how\s+many|all|the)\s+)*"
    r"(?P<what>[a-z][a-z -]*?)(?:\s+(?:were|are|happened))?"
    r"\s+within\s+(?P<length>.+?)\s+(?:of|from)\s+(?P<target>.+?)(?:\s+in\s+(?P<area>(?:(?!\sin\s).)+))?",
    re.I,
)
_HOW_MANY = re.compile(
    r"how\s+many\s+(?P<what>[a-z][a-z -]*?)(?:\s+(?:were|are)(?:\s+there)?|\s+happened)?"
    r"(?:\s+in\s+(?P<area>(?:(?!\sin\s).)+))?",
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


def parse_question(text: str, *, order: DayOrder | None = None) -> Question:
    """Read a question; `order` says whether day or month comes first in dates such as 05/06/2016.

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
        rest, span = split_span(plain, order=order)
    except InputError as error:
        raise _refusal(str(error)) from error
    if found := _NEAR.fullmatch(rest):
        return _near_question(text, found, span)
    if (found := _HOW_MANY.fullmatch(rest)) and _is_incidents(found["what"]):
        return CountQuestion(text, found["what"], _area(found), *span)
    raise _refusal(f"{plain!r} is not a question that is understood here")


def _near_question(text: str, found: re.Match[str], span: Span) -> NearQuestion:
    what = found["what"]
    if not _is_incidents(what):
        raise _refusal(
            f"{what!r} is not a word for incidents here, and can't choose among them: write 'incidents'"
        )
    try:
        within_m = read_length(found["length"])
    except InputError as error:
        raise _refusal(str(error)) from error
    target = found["target"]
    bare = _ARTICLE.sub("", target, count=1) if _ARTICLE.match(target) else target
    return NearQuestion(text, what, within_m, bare if kinds_meant_by(bare) else target, _area(found), *span)


def _is_incidents(what: str) -> bool:
    return what.casefold().replace("air strike", "airstrike") in _INCIDENT_WORDS


def _area(found: re.Match[str]) -> str | None:
    return re.sub(r"^the\s+", "", found["area"], flags=re.I) if found["area"] else None


def _refusal(reason: str) -> QuestionError:
    examples = ", ".join(f"'{example}'" for example in EXAMPLES[:-1])
    return QuestionError(f"{reason}; ask for example {examples} or '{EXAMPLES[-1]}'", parameter="question")
