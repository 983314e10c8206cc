"""The questions that are understood: one parser for both languages, and a refusal with the nearest example.

A question about incidents is read from left to right. Its days are taken out first, wherever they stand. What
is left is cut by the words of :mod:`~gazetteer.ask.words`: words for incidents, for a number, for what to
count by, and relations ("near", "في"), each with the name that follows it. A length makes any relation to a
place "near" or "not near". The other two forms, the nearest place of a kind and the distance between two
places, are told by their own words. Nothing is passed over: a word that says nothing here is an error.

Whether a name is that of an area, a town or a hospital is not known yet: :mod:`~gazetteer.ask.read` asks.
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from rapidfuzz import fuzz

from gazetteer.ask.words import (
    LONGEST,
    NUMBERS,
    RELATIONS,
    TWO,
    By,
    Role,
    is_plural,
    kind_in,
    roles,
    same,
    ways,
)
from gazetteer.errors import InputError, QuestionError
from gazetteer.near.targets import kinds_in_words
from gazetteer.notation import plain
from gazetteer.notation.dates import DayOrder, split_span
from gazetteer.notation.lengths import METRES_PER_UNIT, read_length

#: How a place is meant; "in" without an area is anywhere.
Relation = Literal["near", "not near", "in", "at", "between", "nearest", "distance"]
#: Questions of every form, of which the likest is shown when one is refused.
EXAMPLES: Final = (
    "strikes within 5 km of a hospital in Idlib between 2016-05-01 and 2016-06-30",
    "how many strikes in Idlib governorate in May 2016",
    "incidents in Saraqib",
    "strikes near Saraqib since June 2016",
    "strikes on hospitals in Idlib",
    "strikes within 5 km of a hospital",
    "strikes not within 5 km of a hospital",
    "strikes within 10 km of the Turkish border",
    "incidents along the M5",
    "strikes between Saraqib and Ariha",
    "how many strikes in Idlib governorate by month",
    "number of incidents per district in Aleppo in 2016",
    "nearest hospital to Kafranbel",
    "distance from Idlib to Aleppo",
    "الغارات ضمن 5 كم من مشفى في إدلب خلال أيار 2016",
    "كم عدد الغارات في محافظة إدلب في أيار 2016",
    "الحوادث في سراقب",
    "الهجمات قرب سراقب منذ حزيران 2016",
    "القصف على المشافي في إدلب",
    "الغارات خارج 5 كم من مشفى",
    "الغارات ضمن 10 كم من الحدود التركية",
    "الغارات على طول الطريق M5",
    "الغارات بين سراقب وأريحا",
    "عدد الغارات في محافظة إدلب حسب الشهر",
    "أقرب مشفى إلى كفرنبل",
    "المسافة بين إدلب وحلب",
)
#: Metres that are meant where none are given: near a place, along a line, and beside the straight line
#: between two places. This project's choice; each answer says it.
NEAR_M, ALONG_M, BETWEEN_M = 5_000.0, 1_000.0, 2_000.0
_LONGEST_QUESTION = 300
_NEGATED: Final[dict[str, Role]] = {"near": "far", "far": "near", "less": "more", "more": "less"}
_UNITS: Final = frozenset(same(unit) for unit in METRES_PER_UNIT)
_KILO: Final = same("كيلو")
_NUMBER, _JOINED = re.compile(r"[-+]?\d[\d.,]*"), re.compile(r"([-+]?\d[\d.,]*)-?([^\W\d_].*)")
#: No position, which has two.
_ONE_NUMBER: Final = re.compile(r"[-+]?[\d.]+\D*")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
#: What may stand before "between" and mean the line between two places.
_WAYS: Final = ("road", "طريق", "line", "خط")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that was understood: names are texts yet."""

    text: str  # as it was asked
    relation: Relation
    what: str = ""  # the word for the incidents; "" where there is none
    count: bool = False
    by: By | None = None
    within_m: float | None = None
    assumed: bool = False  # no length was given
    along: bool = False  # what it is near must be a line
    target: str = ""  # a kind, or a name
    area: str = ""
    places: tuple[str, ...] = ()  # the two of a distance, the two ends of "between", the one of "nearest"
    start: datetime.date | None = None
    end: datetime.date | None = None

    @property
    def about_incidents(self) -> bool:
        """Whether there must be incidents to answer it from."""
        return self.relation not in ("nearest", "distance")


class _Word(NamedTuple):
    text: str
    start: int
    end: int


class _Piece(NamedTuple):
    """A relation and the words of what it is to."""

    role: Role
    within_m: float | None
    words: list[_Word]

    @property
    def text(self) -> str:
        return _text(self.words)


def parse_question(text: str, *, order: DayOrder | None = None) -> Question:
    """Read a question; `order` says whether day or month comes first in dates such as 05/06/2016.

    Raises
    ------
    QuestionError
        If it is none of the forms, or a date or length in it cannot be read. The message gives the example
        whose words are most alike.
    """
    asked = " ".join(plain(text).split()).strip(" ?.!؟")
    try:
        if len(asked) > _LONGEST_QUESTION:
            raise InputError(f"a question has at most {_LONGEST_QUESTION} characters")
        words = _words(asked)
        form = _form(words)
        if form == "distance":
            return _distance(text, words)
        if form == "nearest":
            return _nearest(text, words)
        rest, (start, end) = split_span(asked, order=order)
        return _Parser(text, _words(rest), start, end).question()
    except InputError as error:
        like = max(EXAMPLES, key=lambda example: _likeness(asked, example))
        raise QuestionError(f"{error}; ask for example '{like}'", parameter="question") from error


def _likeness(asked: str, example: str) -> float:
    return fuzz.token_sort_ratio(same(asked[:_LONGEST_QUESTION]), same(example))


def _words(text: str) -> list[_Word]:
    found = (_Word(one[0], one.start(), one.end()) for one in re.finditer(r"\S+", text))
    return [word for word in found if same(word.text)]


def _roles_at(words: Sequence[_Word], at: int) -> tuple[frozenset[Role], int]:
    """Return what the longest known group of words at a place may do, and how many words it has."""
    for size in range(min(LONGEST, len(words) - at), 0, -1):
        if found := roles().get(" ".join(same(word.text) for word in words[at : at + size])):
            return found, size
    return frozenset(), 1


def _way_at(words: Sequence[_Word], at: int) -> tuple[By, int] | None:
    """Return what the words at a place count by, and how many they are."""
    for size in range(min(LONGEST, len(words) - at), 0, -1):
        if found := ways().get(" ".join(same(word.text) for word in words[at : at + size])):
            return found, size
    return None


def _form(words: Sequence[_Word]) -> Role | None:
    """Return whether a question is about the nearest place or a distance; None for one about incidents."""
    at = 0
    while at < len(words):
        found, size = _roles_at(words, at)
        if "distance" in found:
            return "distance"
        if not found & {"noise"}:
            break
        at += size
    return "nearest" if any("nearest" in roles().get(same(word.text), ()) for word in words) else None


def _is(word: _Word, *wanted: Role) -> bool:
    return not roles().get(same(word.text), frozenset()).isdisjoint(wanted)


def _stripped(words: Sequence[_Word]) -> list[_Word]:
    """Return words without those at both ends that change nothing; one is left."""
    kept = list(words)
    while len(kept) > 1 and _is(kept[0], "noise"):
        kept.pop(0)
    for size in (2, 1):
        while len(kept) > size and "noise" in roles().get(" ".join(same(w.text) for w in kept[-size:]), ()):
            del kept[-size:]
    return kept


def _text(words: Sequence[_Word]) -> str:
    return " ".join(word.text for word in words).strip(" ,;:")


def _name(words: Sequence[_Word]) -> str:
    """Return the name that words are; InputError where there is none, or a year that was not read as one."""
    text = _text(_stripped(words))
    if not text:
        raise InputError("a name is missing after a word such as 'in', 'near', 'of' or 'to'")
    if year := next((one.text for one in words if _YEAR.fullmatch(one.text)), None):
        raise InputError(f"{year!r} in {text!r} is not read as a date: write 'in {year}' or 'since {year}'")
    return text


def _length_at(words: Sequence[_Word], at: int) -> tuple[float, int] | None:
    """Return the length in metres that is written at a place, and how many words it has."""
    texts = [word.text.strip(",;:") for word in words[at : at + 3]]
    if not texts:
        return None
    if (two := TWO.get(same(texts[0]))) is not None:
        return read_length(two), 1
    if found := _JOINED.fullmatch(texts[0]):
        return (read_length(f"{found[1]} {found[2]}"), 1) if same(found[2]) in _UNITS else None
    number = texts[0] if _NUMBER.fullmatch(texts[0]) else NUMBERS.get(same(texts[0]))
    if number is None or len(texts) < 2 or same(texts[1]) not in _UNITS:
        return None
    metres = read_length(f"{number} {texts[1]}")
    return metres, 3 if same(texts[1]) == _KILO and len(texts) > 2 and same(texts[2]) in _UNITS else 2


def _links_at(words: Sequence[_Word], at: int) -> int:
    """Return how many words stand between a length and what it is from."""
    return next((n for n, word in enumerate(words[at:]) if not _is(word, "link")), len(words) - at)


def _two(words: Sequence[_Word]) -> tuple[str, str]:
    """Return the two names of "A and B", "A to B", "A وB" and "B from A"."""
    for number, word in enumerate(words[1:-1], start=1):
        if _is(word, "and", "to", "from"):
            pair = _name(words[:number]), _name(words[number + 1 :])
            return (pair[1], pair[0]) if _is(word, "from") else pair
    # "سراقب وأريحا": the last, since a name may begin with these letters too.
    for number in range(len(words) - 1, 0, -1):
        joined = words[number]
        if joined.text[0] in "ول" and len(joined.text) > 2:
            rest = [joined._replace(text=joined.text[1:]), *words[number + 1 :]]
            return _name(words[:number]), _name(rest)
    raise InputError(f"{_text(words)!r} does not name two places")


def _distance(text: str, words: list[_Word]) -> Question:
    at = next(i for i in range(len(words)) if "distance" in _roles_at(words, i)[0])
    rest = _stripped(words[at + _roles_at(words, at)[1] :])
    while len(rest) > 1 and (_is(rest[0], "between", "from", "of", "in") or same(rest[0].text) in _UNITS):
        rest = _stripped(rest[1:])
    if len(rest) > 2 and _is(rest[-2], "in") and same(rest[-1].text) in _UNITS:
        del rest[-2:]
    return Question(text=text, relation="distance", places=_two(rest))


def _nearest(text: str, words: list[_Word]) -> Question:
    at = next(i for i, word in enumerate(words) if _is(word, "nearest"))
    before, after = words[:at], words[at + 1 :]
    link = next((i for i, word in enumerate(after) if _is(word, "to", "from", "near")), None)
    if link is None:  # "أقرب مشفى لكفرنبل"
        link = next((i for i, word in enumerate(after) if (i or before) and word.text.startswith("ل")), None)
        if link is None:
            raise InputError(f"{_text(words)!r} does not say to what place it is to be nearest")
        after.insert(link, after[link])
        after[link + 1] = after[link]._replace(text=after[link].text[1:])
    kind = _text(_stripped([*_stripped(before), *after[:link]]))
    if not kind_in(kind):
        raise InputError(f"{kind!r} is not a kind of place (known are {kinds_in_words()})")
    return Question(text=text, relation="nearest", target=kind_in(kind), places=(_name(after[link + 1 :]),))


class _Parser:
    """Reads a question about incidents, whose days are known already, from left to right."""

    def __init__(
        self, text: str, words: list[_Word], start: datetime.date | None, end: datetime.date | None
    ) -> None:
        self.text, self.words, self.start, self.end = text, words, start, end
        self.pieces: list[_Piece] = []
        self.loose: list[_Word] = []  # words that stand in no piece, since the last word that was read
        self.what, self.count, self.open, self.negated = "", False, False, False
        self.by: By | None = None

    def question(self) -> Question:
        """Return the question; InputError if a word in it says nothing here."""
        at = 0
        while at < len(self.words):
            at += self._step(at)
        self._use_loose()
        self._refuse_negated()
        if not (self.what or self.pieces or self.count):
            raise InputError(f"{_text(self.words)!r} is not a question that is understood here")
        return self._put_together()

    def _step(self, at: int) -> int:
        """Read what stands at a place, and return how many words it has."""
        begun = self.open and not self.pieces[-1].words  # what follows a relation is a name, whatever it is
        word = self.words[at]
        if way := _way_at(self.words, at):
            return self._count_by(*way)
        found, size = _roles_at(self.words, at)
        if "vague" in found:
            wrong = _text(self.words[at : at + size])
            raise InputError(f"{wrong!r} is not a date: write days, months or years")
        if "count" in found and not begun:
            self.open, self.count = False, True
            self._use_loose()
            return size
        if "incidents" in found and not self.open and not self.what:
            self._refuse_negated()  # "no strikes"
            self.what = _text(self.words[at : at + size])
            self._use_loose()
            return size
        if "not" in found and not begun:
            self.negated = True
            return size
        relation = next(iter(found & RELATIONS), None)
        if relation and not begun and not (relation == "of" and (self.open or not self.what)):
            return self._relation(relation, at, size)
        if not self.open and (length := _length_at(self.words, at)) and _links_at(self.words, at + length[1]):
            return self._relation("near", at, 0)
        if self.open:
            self.pieces[-1].words.append(word)
        elif "noise" not in found:
            if word.text.startswith("ب") and len(word.text) > 3:  # "بسراقب"
                self.pieces.append(_Piece("in", None, [word._replace(text=word.text[1:])]))
                self.open = True
            else:
                self.loose.append(word)
        return size if not self.open and "noise" in found else 1

    def _refuse_negated(self) -> None:
        if self.negated:
            raise InputError("'not' is only understood before a distance, as in 'not within 5 km of'")

    def _count_by(self, way: By, size: int) -> int:
        if self.by is not None:
            raise InputError("incidents are counted by one thing at a time: by month, or by area")
        self.by, self.open = way, False
        self._use_loose()
        return size

    def _relation(self, role: Role, at: int, size: int) -> int:
        """Open a piece with its length, if it has one."""
        next_at, within_m = at + size, None
        ahead = next_at
        while ahead < min(next_at + 5, len(self.words)) and _is(self.words[ahead], "lead", "less"):
            if _length_at(self.words, ahead):
                break  # "a kilometre"
            ahead += 1
        if found := _length_at(self.words, ahead):
            within_m, next_at = found[0], ahead + found[1]
            links = _links_at(self.words, next_at)
            if not links and self._give_length(within_m):
                return next_at - at
            if not links:
                length = _text(self.words[at:next_at])
                raise InputError(f"{length!r} does not say of what: add 'of' and a place")
            next_at += links
            role = "more" if role in ("far", "more") else "near"
        elif role in ("less", "more"):
            read_length(_text(self.words[next_at : next_at + 2]))  # says that it is none
        if self.negated and role in _NEGATED:
            role, self.negated = _NEGATED[role], False
        self._refuse_negated()
        self._use_loose()
        self.pieces.append(_Piece(role, within_m, []))
        self.open = True
        return next_at - at

    def _give_length(self, within_m: float) -> bool:
        """Give a length to the relation before it, "near Saraqib within 3 km"; tell whether that has none."""
        if (
            not self.open
            or self.pieces[-1].within_m is not None
            or self.pieces[-1].role in ("in", "at", "of")
        ):
            return False
        self.pieces[-1] = self.pieces[-1]._replace(within_m=within_m)
        self.open = False
        return True

    def _use_loose(self) -> None:
        """Take words beside that for the incidents as a target if they are a kind; others are an error."""
        if not self.loose:
            return
        text = _text(self.loose)
        first = self.loose[0].text
        # "hospital attacks", "قصف المشافي", "قصف مدينة سراقب"
        if not self.what or not (
            kind_in(text) or is_plural(first) or (kind_in(first) and not first.isascii())
        ):
            raise InputError(
                f"{text!r} is not understood here, and can't choose among incidents: write 'incidents'"
            )
        self.pieces.append(_Piece("at", None, list(self.loose)))
        self.loose, self.open = [], False

    def _put_together(self) -> Question:
        pieces = self.pieces
        for before, piece in list(pairwise(pieces)):
            if piece.role == "between" and before.role != "in" and kind_in(before.text) in _WAYS:
                pieces.remove(before)  # "on the road between"
        for piece in pieces:
            if _ONE_NUMBER.fullmatch(_name(piece.words)):
                read_length(_text(piece.words[:1]))  # says that it is none
        to = [piece for piece in pieces if piece.role != "in"]
        # "in hospitals": no area, but at them.
        to = to or [piece for piece in pieces if kind_in(piece.text)]
        if len(to) > 1:
            both = " and ".join(repr(piece.text) for piece in to)
            raise InputError(f"one place or kind of place is asked about at a time, not {both}")
        area = ", ".join(_name(piece.words) for piece in pieces if piece not in to)
        question = Question(
            text=self.text,
            relation="in",
            what=self.what,
            count=self.count,
            by=self.by,
            area=area,
            start=self.start,
            end=self.end,
        )
        return _related(question, to[0]) if to else question


def _related(question: Question, piece: _Piece) -> Question:
    """Return a question with the place that its incidents are related to."""
    role, within_m, name = piece.role, piece.within_m, _name(piece.words)
    if role == "between":
        within_m, assumed = within_m or BETWEEN_M, within_m is None
        return replace(
            question, relation="between", within_m=within_m, assumed=assumed, places=_two(piece.words)
        )
    if not kind_in(name) and is_plural(name.split()[0]):  # "مشافي إدلب", "hospitals of Idlib"
        first, *rest = [word for word in piece.words if not _is(word, "of")]
        if _is(rest[0], "and") or kind_in(rest[0].text.removeprefix("و")):
            raise InputError(f"one place or kind of place is asked about at a time, not {name!r}")
        name, area = first.text, ", ".join(filter(None, (_name(rest), question.area)))
        question = replace(question, area=area)
    name = kind_in(name) or name
    if role in ("in", "at", "of"):
        return replace(question, relation="at", target=name)
    relation: Relation = "not near" if role in ("far", "more") else "near"
    usual = ALONG_M if role == "along" else NEAR_M
    return replace(
        question,
        relation=relation,
        within_m=usual if within_m is None else within_m,
        assumed=within_m is None,
        along=role == "along",
        target=name,
    )
