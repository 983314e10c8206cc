"""The stretches of a running text that may name a place.

A text is cut into words and sentences. A stretch is looked at where the gazetteer knows its words, where a
kind word says that a name follows ("the village of X"), and where a facility is meant by its role ("the
national hospital"). The kind and compass words beside a name go with it. Where an agency, a group of fighters
or a person is called after a place, that is said. What is seen of each becomes features
(:mod:`gazetteer.reading.evidence`); :mod:`gazetteer.reading.geoparse` weighs them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from gazetteer.country import find_governorate
from gazetteer.index.names import NameIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, keys
from gazetteer.names.similarity import sound, sound_similarity
from gazetteer.names.words import DIRECTIONS, KIND_WORDS, kinds_in_words, modifiers_of
from gazetteer.reading.abroad import other_country
from gazetteer.reading.evidence import (
    ARTICLES,
    COMMON,
    Run,
    commonness,
    evidence_of,
    is_titled,
    kinds_of,
    said_by,
    said_by_word,
)
from gazetteer.reading.features import Features
from gazetteer.reading.spans import PREFIXES
from gazetteer.reading.tokens import Token, report_words, says_no_name, tokens

_MOST_WORDS: Final = 5
_MOST_ALIKE: Final = 4
#: Words with a place's skeleton may be its name from this likeness on: the longer, the more is forgiven.
_ALIKE: Final = 0.86
_ALIKE_IF_LONG: Final = 0.72
_LONG_KEY: Final = 4
_SHORTEST_KEY: Final = 2
_SHORTEST_NAME: Final = 3
#: Zipf's scale: a word as common begins and ends no name that isn't spelled with it.
_VERY_COMMON: Final = 5.0
_JOINED: Final = frozenset({" ", "~"})
_SENTENCE_ENDS: Final = frozenset({".", "\n"})
#: Kinds whose words belong to a mention: without them it would be another place.
_PART_OF_IT: Final = frozenset({"governorate", "district", "subdistrict", "region"})
_CALLING: Final = frozenset({"settlement", "neighbourhood", "camp"})
_THINGS: Final = frozenset({"facility", "landmark"})
#: An Arabic nisba, and an English word made of one, end so: "al-Idlibi" is of Idlib.
_NISBA: Final = ("ي", "i", "y")
#: What is written in it names nothing: addresses of pages and of mail, and names of accounts.
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)[^\s@]{1,64}@\S+|@\w+")
_ABBREVIATED: Final = 2
_SHORT_TITLE: Final = 3
#: Characters of a line in mail, notes and PDFs that goes on in the next one.
_LONG_LINE: Final = 55
_MOST_CALLED: Final = 3
#: Words of a report that begin no name.
_NO_NAMES: Final = frozenset({"agency", "person", "fighters", "towards", "unasked", "is_agency", "pair"})
_SONS: Final = frozenset({"bin", "ibn", "bint", "بن", "ابن", "بنت"})
_POSSESSIVE: Final = frozenset({"'s", "’s", "'S", "’S"})
#: Folding drops these, and at a word's end they belong to the text: a quotation mark, ends of directions.
_AFTER_IT: Final = (
    "'\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
#: Kind words that end in a letter which no other letter of a word follows.
_WRITTEN_WITH: Final = ("مدينة", "بلدة", "قرية")


class Document(NamedTuple):
    """A text in words and sentences.

    Parameters
    ----------
    text
        As given.
    words
        Its words.
    sentences
        For each sentence, its first word and the one after its last.
    """

    text: str
    words: tuple[Token, ...]
    sentences: tuple[tuple[int, int], ...]

    def sentence(self, number: int) -> str:
        """Return a sentence as written, from its first word to its last."""
        first, last = self.sentences[number]
        return self.text[self.words[first].start : self.words[last - 1].end]


class Stretch(NamedTuple):
    """Words that may name a place.

    Parameters
    ----------
    start, end
        Where the mention stands in the text, the end exclusive.
    asked
        What the reader of cells is asked: the name with the kind words beside it.
    name
        The name alone.
    script
        Of its first word: "Latn" or "Arab".
    sentence
        The number of its sentence.
    evidence
        What is seen of it.
    """

    start: int
    end: int
    asked: str
    name: str
    script: str
    sentence: int
    evidence: Features


def document_of(text: str) -> Document:
    """Cut a text into words and sentences."""
    words = tuple(_cut_words(_gaps_mended(text, tokens(_ADDRESS.sub(_blank, text)))))
    starts = [n for n, word in enumerate(words) if n == 0 or word.gap[:1] in _SENTENCE_ENDS]
    return Document(text, words, tuple(pairwise((*starts, len(words)))))


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _gaps_mended(text: str, words: Sequence[Token]) -> Iterator[Token]:
    """Tell a dash from a hyphen, a full stop from an abbreviation's, a wrapped line from a paragraph."""
    end, before = 0, ""
    for word in words:
        between = text[end : word.start]
        gap = word.gap
        if gap == "~" and any(map(str.isspace, between)):
            gap = "-"  # "Ariha -three dead"
        elif (gap == "." and (_is_abbreviation(before) or word.text[0].islower())) or (
            gap == "\n"
            and between.strip("\r\n \t") == ""
            and between.count("\n") == 1
            and _is_wrapped(text, end)
        ):
            gap = " "
        yield word if gap == word.gap else word._replace(gap=gap)
        end, before = word.end, word.text


def _is_abbreviation(word: str) -> bool:
    """Tell whether a full stop belongs to the word before it: "Mr.", "Col.", "U.S."."""
    if len(word) == 1:
        return True
    title = len(word) <= _SHORT_TITLE and "person" in said_by_word(fold(word))
    return title or (word.isascii() and len(word) <= _ABBREVIATED and word[0].isupper())


def _is_wrapped(text: str, end: int) -> bool:
    """Tell whether a line that ends there is so long that it was broken for want of room."""
    return end - (text.rfind("\n", 0, end) + 1) >= _LONG_LINE


def _cut_words(words: Iterable[Token]) -> Iterator[Token]:
    """Take off words what is written with them: "'s", and before Arabic kind words "and", "in" and the like.

    The gap before an Arabic word says what was taken off.
    """
    for whole in words:
        text = whole.text.rstrip(_AFTER_IT)
        word = whole._replace(text=text, end=whole.start + len(text))
        if word.script == "Latn" and word.text[-2:] in _POSSESSIVE:
            text = word.text[:-2]
            yield word._replace(text=text, folded=fold(text), end=word.end - 2)
            continue
        does = PREFIXES.get(word.folded[0], "") if word.script == "Arab" and not word.does else ""
        rest = word.folded[1:]
        bare = rest.removeprefix("ال")
        if does and word.folded not in KIND_WORDS and len(bare) > 1 and _is_kind(bare):
            gap = f"{word.gap}{does}"
            yield word._replace(text=word.text[1:], folded=rest, start=word.start + 1, gap=gap)
        else:
            yield from _parted(word)


def _parted(word: Token) -> tuple[Token, ...]:
    """Part an Arabic kind word and the name that it is written with, without a space: "قريةزيتان"."""
    for kind in _WRITTEN_WITH:
        name = word.text.removeprefix(kind)
        if word.script == "Arab" and len(name) >= _SHORTEST_NAME and name != word.text:
            start = word.start + len(kind)
            return (
                word._replace(text=kind, folded=fold(kind), end=start),
                word._replace(text=name, folded=fold(name), start=start, gap=" "),
            )
    return (word,)


def stretches_of(document: Document, index: NameIndex) -> list[Stretch]:
    """Return what may name a place, in the order of the text; none overlaps another."""
    return [
        stretch
        for number, (first, last) in enumerate(document.sentences)
        for stretch in _Sentence(document.text, document.words[first:last], number, index).stretches()
    ]


class _Sentence:
    """A sentence while its stretches are found."""

    def __init__(self, text: str, words: Sequence[Token], number: int, index: NameIndex) -> None:
        self.text, self.words, self.number, self.index = text, words, number, index
        self.titled = is_titled(words)

    def stretches(self) -> list[Stretch]:
        chosen: list[Run] = []
        taken: set[int] = set()
        for run in sorted(self._spelled(), key=_strength, reverse=True):
            if taken.isdisjoint(range(run.first, run.last)):
                chosen.append(run)
                taken.update(range(run.first, run.last))
        for further in (self._called_for, self._roles):
            for run in further(taken):
                chosen.append(run)
                taken.update(range(run.first, run.last))
        found: list[Stretch] = []
        before: tuple[int, Features] | None = None
        for run in sorted(chosen):
            left, right = self._widened(run, taken)
            taken.update(range(left, right))
            seen = evidence_of(self.words, run, left, right, names=taken, titled=self.titled)
            if self._is_named_after_it(run, left, right):
                found.append(self._stretch(run, left, right, seen | {"named_after": 1.0}))
                continue
            if before is not None and self._is_listed(before[0], left):
                seen |= {"listed": 1.0, "list_of_places": float(_is_placed(before[1]))}
            before = (right, seen)
            found.append(self._stretch(run, left, right, seen))
        return found

    # ------------------------------------------------------------------------------- finding names

    def _spelled(self) -> Iterator[Run]:
        """Find every run of words that the gazetteer knows."""
        for first, word in enumerate(self.words):
            if not _may_open(word):
                continue
            does, bare = _without_prefix(word)
            for last in self._ends(first):
                run = self.words[first:last]
                if run[-1].folded in ARTICLES or self._is_nameless(run) or _is_placed_in(run):
                    continue
                if KIND_WORDS.get(run[0].folded) and self.index.exact(_folded(run[1:])):
                    continue  # the kind word goes with the name, and is none of it
                if likeness := self._likeness(run):
                    yield Run(first, last, likeness)
                elif does and self.index.exact(_folded((bare, *run[1:]))):
                    yield Run(first, last, 1.0, does)
                elif len(run) == 1 and self.index.exact(_with_article_apart(word.folded)):
                    yield Run(first, last, 1.0)

    def _ends(self, first: int) -> Iterator[int]:
        yield first + 1
        for last in range(first + 1, min(first + _MOST_WORDS, len(self.words))):
            word = self.words[last]
            if word.gap not in _JOINED or word.script != self.words[first].script:
                return
            yield last + 1

    def _is_nameless(self, run: Sequence[Token]) -> bool:
        if not all(map(says_no_name, run)):
            return False
        return len(run) == 1 or _is_role(run) or not self.index.exact(_folded(run))

    def _likeness(self, run: Sequence[Token]) -> float:
        """Return how alike words are to a spelling: 1 where they are one, 0 where they can't be a name."""
        folded = _folded(run)
        if self.index.exact(folded):
            return 1.0
        first, last = run[0], run[-1]
        if last.does or len(run) > _MOST_ALIKE or any(word.does in ("people", "nationals") for word in run):
            return 0.0
        if first.script == "Latn" and not self.titled and not _has_capital(run):
            return 0.0
        if first.script == "Arab" and all(commonness(word) > COMMON for word in run):
            return 0.0  # a misspelt name has a word that is hardly ever used
        if len(run) > 1 and (_goes_with(last) or KIND_WORDS.get(first.folded) or _is_framed(run)):
            return 0.0
        return 0.0 if len(run) == 1 and self._is_nisba(first) else _likeness(folded, self.index)

    def _is_nisba(self, word: Token) -> bool:
        """Tell whether a word says who is of a place: "al-Idlibi", "Homsi"."""
        stem = word.folded.removeprefix("ال") if word.script == "Arab" else word.folded
        if not stem.endswith(_NISBA) or len(stem) <= _SHORTEST_NAME:
            return False
        return any(self.index.exact(form) for form in (stem[:-1], f"{stem[:-1]}ه", f"ال{stem[:-1]}"))

    def _called_for(self, taken: set[int]) -> Iterator[Run]:
        """Find unknown names that a kind word calls for: "the village of X", "X village"."""
        for n, word in enumerate(self.words):
            if n in taken or KIND_WORDS.get(word.folded) not in _CALLING:
                continue
            first = n + 1 + (n + 1 < len(self.words) and self.words[n + 1].does == "of")
            last = first
            while (
                last < len(self.words) and last - first < _MOST_CALLED and self._goes_on(last, first, taken)
            ):
                last += 1
            if last == first and word.script == "Latn" and word.gap in _JOINED:
                first = last = n
                while first and n - first < _MOST_CALLED and self._goes_on(first - 1, first - 1, taken):
                    first -= 1
            if last > first:
                yield Run(first, last, 0.0)

    def _goes_on(self, n: int, first: int, taken: set[int]) -> bool:
        word = self.words[n]
        if n in taken or (word.gap not in _JOINED and n > first) or word.does not in ("", "generic"):
            return False
        if word.folded.isdigit() or _goes_with(word):
            return False
        return word.text[0].isupper() if word.script == "Latn" else word.script == "Arab" and n - first < 2

    def _roles(self, taken: set[int]) -> Iterator[Run]:
        """Find facilities that are meant by what they are to their town: "the national hospital"."""
        for n in range(len(self.words) - 1):
            if self._is_joined(n + 1) and taken.isdisjoint((n, n + 1)) and _is_role(self.words[n : n + 2]):
                yield Run(n, n + 2, 1.0, role=True)

    # ------------------------------------------------------------------------- what goes with a name

    def _widened(self, run: Run, taken: set[int]) -> tuple[int, int]:
        """Take the kind and compass words beside a name that belong to no other."""
        left, right = run.first, run.last
        if run.role:
            return left, right
        while left and self._is_joined(left) and left - 1 not in taken:
            before = self.words[left - 1]
            if before.does == "of" and left > 1 and left - 2 not in taken:
                if not (self._is_joined(left - 1) and _is_kind_word(self.words[left - 2])):
                    break
                left -= 2
            elif _is_kind_word(before) or (before.script == "Latn" and _is_compass(before)):
                left -= 1
            else:
                break
        while right < len(self.words) and self._is_joined(right) and right not in taken:
            if not self._belongs_before(right):
                break
            right += 1
        of = right < len(self.words) and self.words[right].does == "of" and self._is_joined(right)
        if of and right > run.last and _is_region(self.words[right - 1]):
            right = run.last  # "Talbiseh northern countryside of Homs", without its comma
        return left, right

    def _belongs_before(self, n: int) -> bool:
        """Tell whether a word after a name goes with it: "X city", "X northern countryside"."""
        word = self.words[n]
        if word.script == "Arab":
            return _is_compass(word) and word.folded.startswith("ال")
        if _is_kind_word(word):
            return True
        return _is_compass(word) and n + 1 < len(self.words) and _is_kind_word(self.words[n + 1])

    def _is_named_after_it(self, run: Run, left: int, right: int) -> bool:
        """Tell whether an agency, fighters or a person have the name: "Damascus News", "President Mahdi"."""
        if run.role:
            return False
        before, further, after = self._said_before(left), frozenset[str](), frozenset[str]()
        if left > 1 and self._is_joined(left) and _may_be_called(self.words[left - 1]):
            further = self._said_before(left - 1)
        if right < len(self.words) and self._is_joined(right):
            after = said_by(self.words[right : right + 1])
        named = {"agency", "fighters"} & (before | after) or "fighters" in further or "person" in before
        return bool(named) or self._is_part_of_other(left, right)

    def _said_before(self, n: int) -> frozenset[str]:
        return said_by(self.words[n - 1 : n]) if n and self._is_joined(n) else frozenset()

    def _is_part_of_other(self, left: int, right: int) -> bool:
        """Tell whether a name is part of a longer, unknown one: "Kafr Qasim", "Omar bin al-Khattab"."""
        opened = left and self._is_joined(left) and self.words[left - 1].does == "generic"
        goes_on = right < len(self.words) and self._is_joined(right) and self.words[right].folded in _SONS
        return bool(opened) or goes_on

    def _is_listed(self, end: int, left: int) -> bool:
        """Tell whether nothing but a comma or "and" stands between two names."""
        between = self.words[end:left]
        if any(word.does != "and" for word in between):
            return False
        first = self.words[left]
        prefixed = first.gap.endswith("and") or _without_prefix(first)[0] == "and"
        return bool(between) or self.words[end].gap == "," or prefixed

    def _is_joined(self, n: int) -> bool:
        return self.words[n].gap in _JOINED

    # ----------------------------------------------------------------------------- what is asked

    def _stretch(self, run: Run, left: int, right: int, seen: Features) -> Stretch:
        cut = 1 if run.prefix else 0
        first, last = self.words[run.first], self.words[run.last - 1]
        beside = (*self.words[left : run.first], *self.words[run.last : right])
        kinds = kinds_of(beside)
        name = _clean(self.text[first.start + cut : last.end])
        kept = not kinds.isdisjoint(_PART_OF_IT) or any(PlaceKind(kind).group in _THINGS for kind in kinds)
        start = self.words[left].start if kept and left < run.first else first.start + cut
        end = self.words[right - 1].end if kept else last.end
        return Stretch(start, end, self._asked(run, left, right, name), name, first.script, self.number, seen)

    def _asked(self, run: Run, left: int, right: int, name: str) -> str:
        """Return a name with the words beside it, as the reader of cells is to read it.

        A countryside is that of its area, whichever part of it is named: the answer is the area.
        """
        before, after = self.words[left : run.first], self.words[run.last : right]
        whole = _clean(" ".join((*(w.text for w in before), name, *(w.text for w in after))))
        if (before or after) and self.index.exact(fold(whole)):
            return whole
        compass = any(map(_is_compass, (*before, *after)))
        if "region" in kinds_of((*before, *after)) or (compass and find_governorate(name)):
            return f"ريف {name}" if self.words[run.first].script == "Arab" else f"{name} countryside"
        said = [w.text for w in before if not (_is_unasked(w) or _is_compass(w))]
        further = (w.text for w in after if not (_is_unasked(w) or _is_compass(w)))
        if len(self.words[run.first : run.last]) == 1 and (apart := _with_article_apart(name)):
            name = apart if self.index.exact(fold(apart)) else name
        return _clean(" ".join((*said, name, *further)))


def _is_role(run: Sequence[Token]) -> bool:
    facility = any(PlaceKind(kind).group == "facility" for kind in kinds_of(run))
    return facility and len(run) == 2 and any(word.does == "institution" for word in run)


def _strength(run: Run) -> tuple[float, int]:
    """Return what a run of words is worth beside others that overlap it: long, and spelled as known."""
    return (run.last - run.first) * run.likeness**3, -run.first


def _is_placed(seen: Features) -> bool:
    return not {"kind_beside", "after_in", "after_on", "after_near", "list_of_places"}.isdisjoint(seen)


def _may_open(word: Token) -> bool:
    if not _NO_NAMES.isdisjoint(report_words().get(word.folded, ())) or other_country(word.text):
        return False
    if word.script == "Latn":
        return word.does in ("", "generic", "kind") and (len(word.text) > 2 or word.folded in ARTICLES)
    return word.script == "Arab" and word.does in ("", "generic", "kind", "of", "filler")


def _without_prefix(word: Token) -> tuple[str, Token]:
    """Take an Arabic prefix off a word, and say what it does: "in Idlib" is one word."""
    does = PREFIXES.get(word.folded[0], "") if word.script == "Arab" else ""
    rest = f"ال{word.folded[2:]}" if word.folded.startswith("لل") else word.folded[1:]
    if not does or len(rest) < _SHORTEST_NAME or other_country(word.text):  # Lebanon begins like a prefix
        return "", word
    return does, word._replace(folded=rest)


def _with_article_apart(folded: str) -> str:
    """Return a word with a space before its second article: "معرةالنعمان"."""
    at = folded.find("ال", 2)
    return f"{folded[:at]} {folded[at:]}" if at > 0 else ""


def _is_placed_in(run: Sequence[Token]) -> bool:
    """Tell whether words are a name and where it is, each a mention of its own: "مستشفى القدس في حلب"."""
    return any(word.does == "in" for word in run[1:-1])


def _is_framed(run: Sequence[Token]) -> bool:
    """Tell whether a very common word begins or ends a run."""
    ends = (run[0], run[-1])
    return any(word.folded not in ARTICLES and commonness(word) > _VERY_COMMON for word in ends)


def _has_capital(run: Sequence[Token]) -> bool:
    """Tell whether a name begins with a capital, its article aside."""
    first = next((word for word in run if word.folded not in ARTICLES), run[0])
    return run[0].text[0].isupper() or first.text[0].isupper()


def _folded(run: Sequence[Token]) -> str:
    return " ".join(word.folded for word in run)


def _clean(text: str) -> str:
    return " ".join(text.replace("_", " ").split())


@lru_cache(maxsize=4096)
def _is_kind(folded: str) -> bool:
    return bool(KIND_WORDS.get(folded) or kinds_in_words((folded,)))


def _is_kind_word(word: Token) -> bool:
    if not {"agency", "fighters"}.isdisjoint(report_words().get(word.folded, ())):
        return False
    return word.does == "kind" or _is_kind(word.folded) or _is_kind(word.folded.removeprefix("ال"))


def _is_compass(word: Token) -> bool:
    return bool(modifiers_of((word.folded,)) & DIRECTIONS)


def _may_be_called(word: Token) -> bool:
    """Tell whether a word may belong to what fighters call themselves: "left" does not."""
    return not word.does and (word.script != "Latn" or word.text[0].isupper())


def _is_region(word: Token) -> bool:
    return "region" in kinds_of((word,))


def _is_unasked(word: Token) -> bool:
    return "unasked" in report_words().get(word.folded, ())


def _goes_with(word: Token) -> bool:
    return _is_kind_word(word) or bool(modifiers_of((word.folded,)))


def _likeness(folded: str, index: NameIndex) -> float:
    """Return how much words sound like the most alike spelling with their skeleton; 0 below what counts."""
    best = 0.0
    for key in keys(folded):
        if len(key) >= _SHORTEST_KEY:
            enough = _ALIKE_IF_LONG if len(key) >= _LONG_KEY else _ALIKE
            heard = (_heard_like(folded, index.spellings[n][2]) for n in index.by_key(key))
            best = max([best, *(likeness for likeness in heard if likeness >= enough)])
    return best


@lru_cache(maxsize=16384)
def _heard_like(folded: str, spelling: str) -> float:
    return sound_similarity(sound(folded), sound(spelling))
