"""The stretches of a running text that may name a place.

A text is cut into words and sentences. A stretch is looked at where the gazetteer knows its words, where a
kind word announces a name ("the village of X"), and where a facility is meant by its role ("the national
hospital"). The kind and compass words beside a name go with it. :mod:`gazetteer.reading.evidence` makes
features of what is seen of each, and :mod:`gazetteer.reading.geoparse` weighs them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final, NamedTuple

from gazetteer.country import find_governorate
from gazetteer.index.names import NameIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, keys
from gazetteer.names.similarity import sound, sound_similarity
from gazetteer.names.words import DIRECTIONS, KIND_WORDS, modifiers_of
from gazetteer.reading.abroad import other_country
from gazetteer.reading.evidence import (
    AREA_KINDS,
    ARTICLES,
    COMMON,
    PLACED,
    THING_GROUPS,
    TOWN_KINDS,
    Run,
    commonness,
    cues_of,
    cues_of_word,
    evidence_of,
    has_capital,
    is_kind,
    is_titled,
    kinds_of,
)
from gazetteer.reading.features import Features
from gazetteer.reading.spans import PREFIXES, cut_prefix
from gazetteer.reading.tokens import Token, report_words, says_no_name, tokens

#: A name has so many words at most, one that isn't spelled as known fewer, and an unknown one still fewer.
_MOST_WORDS: Final = 5
_MOST_ALIKE: Final = 4
_MOST_CALLED: Final = 3
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
#: An Arabic nisba, and an English word made of one, end so: "al-Idlibi" is of Idlib.
_NISBA: Final = ("ي", "i", "y")
#: What is written in it names nothing: addresses of pages and of mail, and names of accounts.
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)[^\s@]{1,64}@\S+|@\w+")
_ABBREVIATED: Final = 2
_SHORT_TITLE: Final = 3
#: Characters of a line in mail, notes and PDFs that goes on in the next one.
_LONG_LINE: Final = 55
#: What words of a report do that begin no name.
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
    """A text in words and sentences: for each of these its first word and the one after its last."""

    text: str
    words: tuple[Token, ...]
    sentences: tuple[tuple[int, int], ...]

    def sentence(self, number: int) -> str:
        """Return a sentence as written."""
        first, last = self.sentences[number]
        return self.text[self.words[first].start : self.words[last - 1].end]


class Stretch(NamedTuple):
    """Words that may name a place."""

    start: int  # of the mention in the text
    end: int
    asked: str  # of the reader of cells: the name with the kind words beside it
    name: str  # alone
    script: str  # "Latn" or "Arab"
    sentence: int
    evidence: Features


# ----------------------------------------------------------------------------- words and sentences


def document_of(text: str) -> Document:
    """Cut a text into words and sentences."""
    plain = _ADDRESS.sub(lambda found: " " * len(found[0]), text)
    words = tuple(_cut_words(_gaps_mended(text, tokens(plain))))
    starts = [n for n, word in enumerate(words) if n == 0 or word.gap[:1] in _SENTENCE_ENDS]
    return Document(text, words, tuple(pairwise((*starts, len(words)))))


def _gaps_mended(text: str, words: Iterable[Token]) -> Iterator[Token]:
    """Tell a dash from a hyphen, a full stop from an abbreviation's, a wrapped line from a paragraph."""
    end, before = 0, ""
    for word in words:
        between, gap = text[end : word.start], word.gap
        if gap == "~" and any(map(str.isspace, between)):
            gap = "-"  # "Ariha -three dead"
        elif gap == "." and (_is_abbreviation(before) or word.text[0].islower()):
            gap = " "
        elif gap == "\n" and between.strip("\r\n \t") == "" and between.count("\n") == 1:
            line = end - (text.rfind("\n", 0, end) + 1)
            gap = " " if line >= _LONG_LINE else "\n"
        yield word._replace(gap=gap)
        end, before = word.end, word.text


def _is_abbreviation(word: str) -> bool:
    """Tell whether a full stop belongs to the word before it: "Mr.", "Col.", "U.S."."""
    title = len(word) <= _SHORT_TITLE and "person" in cues_of_word(fold(word))
    short = len(word) == 1 or (word.isascii() and len(word) <= _ABBREVIATED and word[:1].isupper())
    return title or short


def _cut_words(words: Iterable[Token]) -> Iterator[Token]:
    """Take "'s" off words and Arabic prefixes off kind words, where the gap keeps what they do."""
    for word in words:
        text = word.text.rstrip(_AFTER_IT)
        if word.script == "Latn" and text[-2:] in _POSSESSIVE:
            yield _part(word, 0, len(text) - 2)
            continue
        does = PREFIXES.get(word.folded[0], "") if word.script == "Arab" and not word.does else ""
        bare = word.folded[1:].removeprefix("ال")
        if does and word.folded not in KIND_WORDS and len(bare) > 1 and is_kind(bare):
            yield _part(word, 1, len(text))._replace(folded=word.folded[1:], gap=f"{word.gap}{does}")
            continue
        # An Arabic kind word and the name that it is written with, without a space: "قريةزيتان".
        cut = next((len(kind) for kind in _WRITTEN_WITH if text.startswith(kind)), 0)
        if cut and word.script == "Arab" and len(text) - cut >= _SHORTEST_NAME:
            yield _part(word, 0, cut)
            yield _part(word, cut, len(text))._replace(gap=" ")
        else:
            yield word._replace(text=text, end=word.start + len(text))


def _part(word: Token, start: int, end: int) -> Token:
    """Return a part of a word, by its characters."""
    text = word.text[start:end]
    return word._replace(text=text, folded=fold(text), start=word.start + start, end=word.start + end)


# -------------------------------------------------------------------------------- finding stretches


def stretches_of(document: Document, index: NameIndex) -> list[Stretch]:
    """Return what may name a place, in the order of the text; none overlaps another."""
    return [
        stretch
        for number, (first, last) in enumerate(document.sentences)
        for stretch in _Sentence(document.text, document.words[first:last], number, index).stretches()
    ]


class _Sentence:
    """A sentence while its stretches are found; `taken` are the words that belong to one."""

    def __init__(self, text: str, words: Sequence[Token], number: int, index: NameIndex) -> None:
        self.text, self.words, self.number, self.index = text, words, number, index
        self.titled = is_titled(words)
        self.taken: set[int] = set()

    def stretches(self) -> Iterator[Stretch]:
        runs = []
        # Of words that overlap the longest are a name, and those that are spelled as known.
        spelled = sorted(self._spelled(), key=lambda r: (-(r.last - r.first) * r.likeness**3, r.first))
        # Facilities that are meant by what they are to their town: "the national hospital".
        roles = (
            Run(n, n + 2, 1.0, role=True)
            for n, pair in enumerate(pairwise(self.words))
            if self._is_joined(n + 1) and _is_role(pair)
        )
        for run in chain(spelled, self._called_for(), roles):
            if self.taken.isdisjoint(range(run.first, run.last)):
                self.taken.update(range(run.first, run.last))
                runs.append(run)
        end, placed = None, False  # of the name before
        for run in map(self._widened, sorted(runs)):
            self.taken.update(range(run.left, run.right))
            seen = evidence_of(self.words, run, names=self.taken, titled=self.titled)
            if self._is_named_after_it(run):
                yield self._stretch(run, seen | {"named_after": 1.0})
                continue
            if end is not None and self._is_listed(end, run.left):
                seen |= {"listed": 1.0, "list_of_places": float(placed)}
            end, placed = run.right, "listed" in seen or not PLACED.isdisjoint(seen)
            yield self._stretch(run, seen)

    def _spelled(self) -> Iterator[Run]:
        """Find every run of words that the gazetteer knows."""
        for first, word in enumerate(self.words):
            if not _may_open(word):
                continue
            does, bare = _prefix_of(word)
            for last in self._ends(first):
                run = self.words[first:last]
                if run[-1].folded in ARTICLES or self._is_nameless(run):
                    continue
                if any(word.does == "in" for word in run[1:-1]):
                    continue  # a name and where it is, each a mention of its own: "مستشفى القدس في حلب"
                if KIND_WORDS.get(word.folded) and self.index.exact(_folded(run[1:])):
                    continue  # the kind word goes with the name but is not part of it
                if likeness := self._likeness(run):
                    yield Run(first, last, likeness)
                elif does and self.index.exact(" ".join((bare, *(w.folded for w in run[1:])))):
                    yield Run(first, last, 1.0, does)
                elif len(run) == 1 and self.index.exact(_with_article_apart(word.folded)):
                    yield Run(first, last, 1.0)

    def _ends(self, first: int) -> Iterator[int]:
        yield first + 1
        for last in range(first + 1, min(first + _MOST_WORDS, len(self.words))):
            if not self._is_joined(last) or self.words[last].script != self.words[first].script:
                return
            yield last + 1

    def _is_nameless(self, run: Sequence[Token]) -> bool:
        generic = all(map(says_no_name, run))
        return generic and (len(run) == 1 or _is_role(run) or not self.index.exact(_folded(run)))

    def _likeness(self, run: Sequence[Token]) -> float:
        """Return how alike words are to a spelling: 1 where they are one, 0 where they can't be a name."""
        folded, first, last = _folded(run), run[0], run[-1]
        if self.index.exact(folded):
            return 1.0
        if last.does or len(run) > _MOST_ALIKE or any(word.does in ("people", "nationals") for word in run):
            return 0.0
        if first.script == "Latn" and not (self.titled or has_capital(run)):
            return 0.0
        if first.script == "Arab" and all(commonness(word) > COMMON for word in run):
            return 0.0  # a misspelt name has a word that is hardly ever used
        if len(run) == 1:
            return 0.0 if self._is_nisba(first) else _likeness(folded, self.index)
        ends = [word for word in (first, last) if word.folded not in ARTICLES]
        if (
            _goes_with(last)
            or KIND_WORDS.get(first.folded)
            or any(commonness(w) > _VERY_COMMON for w in ends)
        ):
            return 0.0
        return _likeness(folded, self.index)

    def _is_nisba(self, word: Token) -> bool:
        """Tell whether a word says who is of a place: "al-Idlibi", "Homsi"."""
        stem = word.folded.removeprefix("ال") if word.script == "Arab" else word.folded
        if not stem.endswith(_NISBA) or len(stem) <= _SHORTEST_NAME:
            return False
        return any(self.index.exact(form) for form in (stem[:-1], f"{stem[:-1]}ه", f"ال{stem[:-1]}"))

    def _called_for(self) -> Iterator[Run]:
        """Find unknown names that a kind word calls for: "the village of X", "X village"."""
        for n, word in enumerate(self.words):
            if n in self.taken or KIND_WORDS.get(word.folded) not in TOWN_KINDS:
                continue
            first = last = n + 1 + (n + 1 < len(self.words) and self.words[n + 1].does == "of")
            while last < len(self.words) and last - first < _MOST_CALLED and self._goes_on(last, first):
                last += 1
            if last == first and word.script == "Latn" and self._is_joined(n):
                first = last = n
                while first and n - first < _MOST_CALLED and self._goes_on(first - 1, first - 1):
                    first -= 1
            if last > first:
                yield Run(first, last, 0.0)

    def _goes_on(self, n: int, first: int) -> bool:
        """Tell whether a word belongs to an unknown name that begins with `first`."""
        word = self.words[n]
        if n in self.taken or (n > first and not self._is_joined(n)) or word.does not in ("", "generic"):
            return False
        if word.folded.isdigit() or _goes_with(word):
            return False
        return word.text[0].isupper() if word.script == "Latn" else word.script == "Arab" and n - first < 2

    # ------------------------------------------------------------------------- what goes with a name

    def _widened(self, run: Run) -> Run:
        """Take the kind and compass words beside a name that belong to no other."""
        words, left, right = self.words, run.first, run.last
        while not run.role and left and self._is_joined(left) and left - 1 not in self.taken:
            before = words[left - 1]
            if before.does == "of" and left > 1 and left - 2 not in self.taken:
                if not (self._is_joined(left - 1) and _is_kind_word(words[left - 2])):
                    break
                left -= 2
            elif _is_kind_word(before) or (before.script == "Latn" and _is_compass(before)):
                left -= 1
            else:
                break
        while not run.role and self._goes_after(right) and right not in self.taken:
            right += 1
        of = right < len(words) and words[right].does == "of" and self._is_joined(right)
        if of and right > run.last and "region" in kinds_of(words[right - 1 : right]):
            right = run.last  # "Talbiseh northern countryside of Homs", without its comma
        return run._replace(left=left, right=right)

    def _goes_after(self, n: int) -> bool:
        """Tell whether a word goes with the name before it: "X city", "X northern countryside"."""
        if n >= len(self.words) or not self._is_joined(n):
            return False
        word = self.words[n]
        if word.script == "Arab":
            return _is_compass(word) and word.folded.startswith("ال")
        if _is_kind_word(word):
            return True
        return _is_compass(word) and n + 1 < len(self.words) and _is_kind_word(self.words[n + 1])

    def _is_named_after_it(self, run: Run) -> bool:
        """Tell whether the name is part of another: "Damascus News", "President Mahdi", "Kafr Qasim"."""
        if run.role:
            return False
        before, after = self._beside(run.left, run.left - 1), self._beside(run.right, run.right)
        said, said_after = cues_of(before), cues_of(after)
        if {"agency", "fighters"} & (said | said_after) or "person" in said:
            return True
        # What fighters call themselves may have a word more; "left" does not belong to it.
        called = any(not word.does and (word.script != "Latn" or word.text[0].isupper()) for word in before)
        if called and "fighters" in cues_of(self._beside(run.left - 1, run.left - 2)):
            return True
        return any(word.does == "generic" for word in before) or any(word.folded in _SONS for word in after)

    def _beside(self, gap: int, n: int) -> Sequence[Token]:
        """Return a word that is joined to a name by a gap, or nothing."""
        return self.words[n : n + 1] if 0 < gap < len(self.words) and self._is_joined(gap) else ()

    def _is_listed(self, end: int, left: int) -> bool:
        """Tell whether nothing but a comma or "and" stands between two names."""
        between, first = self.words[end:left], self.words[left]
        if any(word.does != "and" for word in between):
            return False
        prefixed = first.gap.endswith("and") or _prefix_of(first)[0] == "and"
        return bool(between) or first.gap == "," or prefixed

    def _is_joined(self, n: int) -> bool:
        return self.words[n].gap in _JOINED

    # ----------------------------------------------------------------------------- what is asked

    def _stretch(self, run: Run, seen: Features) -> Stretch:
        """Return a run as a mention, with the words beside it without which it would be another place."""
        first, last = self.words[run.first], self.words[run.last - 1]
        before, after = self.words[run.left : run.first], self.words[run.last : run.right]
        kinds = kinds_of((*before, *after))
        start, end = first.start + bool(run.prefix), last.end
        name = _clean(self.text[start:end])
        asked = self._asked(run, name, before, after)
        if any(kind in AREA_KINDS or PlaceKind(kind).group in THING_GROUPS for kind in kinds):
            start, end = before[0].start if before else start, after[-1].end if after else end
        return Stretch(start, end, asked, name, first.script, self.number, seen)

    def _asked(self, run: Run, name: str, before: Sequence[Token], after: Sequence[Token]) -> str:
        """Return a name with the words beside it, as the reader of cells is to read it."""
        beside = (*before, *after)
        whole = _clean(" ".join((*(w.text for w in before), name, *(w.text for w in after))))
        if beside and self.index.exact(fold(whole)):
            return whole
        # A countryside is that of its area, whichever part of it is named.
        if "region" in kinds_of(beside) or (any(map(_is_compass, beside)) and find_governorate(name)):
            return f"ريف {name}" if self.words[run.first].script == "Arab" else f"{name} countryside"
        if run.last - run.first == 1 and self.index.exact(fold(apart := _with_article_apart(name))):
            name = apart
        said, further = (
            [word.text for word in side if not (_says(word, {"unasked"}) or _is_compass(word))]
            for side in (before, after)
        )
        return _clean(" ".join((*said, name, *further)))


# ------------------------------------------------------------------------------------------ words


def _is_role(run: Sequence[Token]) -> bool:
    facility = any(PlaceKind(kind).group == "facility" for kind in kinds_of(run))
    return facility and len(run) == 2 and any(word.does == "institution" for word in run)


def _may_open(word: Token) -> bool:
    if _says(word, _NO_NAMES) or other_country(word.text):
        return False
    if word.script == "Latn":
        return word.does in ("", "generic", "kind") and (len(word.text) > 2 or word.folded in ARTICLES)
    return word.script == "Arab" and word.does in ("", "generic", "kind", "of", "filler")


def _prefix_of(word: Token) -> tuple[str, str]:
    """Return what an Arabic prefix does, and the folded name that it is written with: "in Idlib"."""
    does, rest = cut_prefix(word)
    return (does, rest) if len(rest) >= _SHORTEST_NAME else ("", word.folded)


def _with_article_apart(folded: str) -> str:
    """Return a word with a space before its second article: "معرةالنعمان"."""
    at = folded.find("ال", 2)
    return f"{folded[:at]} {folded[at:]}" if at > 0 else ""


def _folded(run: Sequence[Token]) -> str:
    return " ".join(word.folded for word in run)


def _clean(text: str) -> str:
    return " ".join(text.replace("_", " ").split())


def _says(word: Token, what: Iterable[str]) -> bool:
    return not report_words().get(word.folded, frozenset()).isdisjoint(what)


def _is_kind_word(word: Token) -> bool:
    if _says(word, ("agency", "fighters")):
        return False
    return word.does == "kind" or is_kind(word.folded) or is_kind(word.folded.removeprefix("ال"))


def _is_compass(word: Token) -> bool:
    return bool(modifiers_of((word.folded,)) & DIRECTIONS)


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
