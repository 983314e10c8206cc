"""The stretches of a text that could be names, given what the gazetteer knows; no roles.

A text is cut where punctuation, a joiner ("and", "و"), a preposition ("in", "بريف") or a change of script
stands. Where the gazetteer knows better, it decides: a name that was wrapped in its cell is put together, two
names without anything between them are taken apart, an Arabic prefix (و ف ب ل ك) is taken off where what
remains is known. A stretch of kind words, compass words and small words alone names nothing: it says
something of the name beside it ("Idlib (city)", "Aleppo, east"), or it describes ("a hospital in Douma").

Examples
--------
>>> from gazetteer.index.names import NameIndex
>>> names = NameIndex([(0, "Douma", "douma"), (1, "Idlib", "idlib")], [])
>>> cell = cell_of("a hospital in Douma; Idlib city", names, ())
>>> [(span.text, span.gap, span.kind) for span in cell.spans], cell.described
([('Douma', '', None), ('Idlib city', ';', 'settlement')], ('hospital',))
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from gazetteer.index.names import NameIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, keys
from gazetteer.names.similarity import sound, sound_similarity
from gazetteer.names.words import KIND_WORDS, core_words, kinds_in_words, modifiers_of, split_kind_words
from gazetteer.reading.abroad import other_country
from gazetteer.reading.tokens import Token, says_no_name, tokens
from gazetteer.values import Place

#: Nobody writes a place in more; the rest of a pasted paragraph is not read.
MAX_CHARACTERS: Final = 300
_MAX_SPANS: Final = 8
#: From this likeness a name is known.
_KNOWN: Final = 0.9
_SHORTEST_NAME: Final = 3
_TAG: Final = re.compile(r"</?[a-z][^<>]{0,60}>", re.I)
#: What may stand inside a name that was wrapped or written with a dash.
_WRAPPING: Final = frozenset({"\n", "-"})
_JOINING: Final = frozenset({"", " ", "~"})
#: What stands before the places of a list, the first of them too.
_LISTING: Final = frozenset({"", ";", "and", "+", "/", ",", "\n"})
#: What an Arabic prefix says of the word that it is written with: "and", or where something lies.
PREFIXES: Final = {"و": "and", "ف": "and", "ب": "in", "ل": "in", "ك": "in"}
_FACILITIES: Final = frozenset(kind.value for kind in PlaceKind if kind.group == "facility")
#: Kinds whose word alone, beside a name, says what the name is of and describes nothing.
_OF_THE_NAME: Final = frozenset(
    {"settlement", "neighbourhood", "subdistrict", "district", "governorate", "region", "camp", "country"}
)


class Span(NamedTuple):
    """A stretch of a text that could be a name.

    Parameters
    ----------
    text
        As written, without what stands round it.
    words
        Folded words without articles, kind words and modifiers.
    modifiers
        "upper", "east", "2" ... found in it.
    kind
        The kind that a kind word asks for.
    name
        The text without its kind words, folded, or as written when there are none.
    gap
        What stands before it: a separator (see :class:`~gazetteer.reading.tokens.Token`), "and", "in",
        "script" where only the script changes, "beside" where nothing does, "" at the start.
    written
        The words as they stand in the text.
    near
        Whether a word puts the event beside it ("near X", "X outskirts").
    """

    text: str
    words: tuple[str, ...]
    modifiers: frozenset[str]
    kind: str | None
    name: str
    gap: str = ""
    near: bool = False
    written: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, cut.

    Parameters
    ----------
    text
        At most 300 characters of it.
    spans
        What could be names, in order.
    described
        The kinds that are described and not named.
    scattered
        Whether it says "various locations" of what it names.
    """

    text: str
    spans: tuple[Span, ...] = ()
    described: tuple[str, ...] = ()
    scattered: bool = False


@lru_cache(maxsize=4096)
def span_of(text: str) -> Span | None:
    """Return a text as one name; None where no letter or digit is in it."""
    folded = fold(text)
    if not folded:
        return None
    words, kind = split_kind_words(folded)
    name = text if len(words) == len(folded.split()) else " ".join(words)
    return Span(text, core_words(words), modifiers_of(words), kind, name)


@dataclass(slots=True)
class _Stretch:
    """Words that stand together while a text is cut."""

    tokens: list[Token]
    gap: str
    near: bool = False

    @property
    def text(self) -> str:
        written = [self.tokens[0].text, *(("-" if t.gap == "~" else " ") + t.text for t in self.tokens[1:])]
        return "".join(written)

    def written(self, text: str) -> str:
        return text[self.tokens[0].start : self.tokens[-1].end]

    def without_fillers(self, index: NameIndex) -> str:
        """Return the text without "the", "area of" and the like at its ends, unless a place is called so."""
        words = list(self.tokens)
        while words and words[0].does == "filler" and not index.exact(" ".join(t.folded for t in words)):
            words.pop(0)
        while words and words[-1].does == "filler" and not index.exact(" ".join(t.folded for t in words)):
            words.pop()
        return _Stretch(words, self.gap).text if words else self.text

    @property
    def kinds(self) -> frozenset[str]:
        words = tuple(t.folded for t in self.tokens)
        return kinds_in_words(words) | kinds_in_words(tuple(word.removeprefix("ال") for word in words))

    @property
    def is_nameless(self) -> bool:
        return all(map(says_no_name, self.tokens))


def cell_of(text: str, index: NameIndex, places: Sequence[Place]) -> Cell:
    """Cut a text into what could be names.

    Parameters
    ----------
    text
        A cell; only the first 300 characters are read.
    index
        The gazetteer's spellings.
    places
        Its places, by position.
    """
    text = text[:MAX_CHARACTERS].strip()
    plain = _TAG.sub(" ", _listed(text))
    words = tokens(plain)
    scattered = any(token.does == "scattered" for token in words)
    if _is_one_name(words, index):
        stretches = [_Stretch([w._replace(gap=w.gap if w.gap in _JOINING else " ") for w in words], "")]
    else:
        stretches = _cut(words, index)
        stretches = _wrapped(stretches, index)
        stretches = [part for one in stretches for part in _taken_apart(one, index, places)]
    spans, described = _spans(stretches, plain, index, places)
    if any(token.does == "governorates" for token in words):
        spans = [span if span.kind else span._replace(kind="governorate") for span in spans]
    return Cell(text, tuple(spans[:_MAX_SPANS]), described, scattered)


def _listed(text: str) -> str:
    """Write a JSON list of texts as a list of names."""
    if text.startswith("[") and text.endswith("]"):
        try:
            names = json.loads(text)
        except (ValueError, RecursionError):
            return text
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return "; ".join(names)
    return text


def _is_one_name(words: Sequence[Token], index: NameIndex) -> bool:
    """Tell whether all of a text, small words and all, is a spelling of some place."""
    if len(words) < 2 or all(map(says_no_name, words)) or any(w.gap not in _JOINING for w in words[1:]):
        return False
    return bool(index.exact(" ".join(word.folded for word in words)))


class _Cutter:
    """Collects the words of a text into stretches."""

    def __init__(self) -> None:
        self.found: list[_Stretch] = []
        self.now: list[Token] = []
        self._gap, self._near = "", False

    @property
    def holds_name(self) -> bool:
        return not all(map(says_no_name, self.now))

    def cut(self, gap: str) -> None:
        """End a stretch; what stands between two of them says what the next one is."""
        if self.now:
            self.found.append(_Stretch(self.now, self._gap, self._near))
            self.now, self._gap, self._near = [], gap, False
        else:
            self._gap = _stronger(self._gap, gap)

    def beside(self, *, last: bool) -> None:
        """Take "near": of the name before it in "X outskirts", else of the next."""
        if self.holds_name and last:
            self.found.append(_Stretch(self.now, self._gap, True))
            self.now, self._gap, self._near = [], "", False
            return
        if self.holds_name:
            self.cut("in")
        self.now, self._near = [], True


def _cut(words: Sequence[Token], index: NameIndex) -> list[_Stretch]:
    cutter = _Cutter()
    skip = 0
    for number, written in enumerate(words):
        if number and written.gap not in _JOINING:
            cutter.cut(written.gap)
        if skip:
            skip -= 1
            continue
        after = number + written.opens
        if written.does in ("and", "in", "near", "scattered"):
            skip = written.opens - 1
        match written.does:
            case "and" | "in":
                cutter.cut(written.does)
            case "near" | "scattered":
                cutter.beside(last=after == len(words) or words[after].gap not in _JOINING)
            case "governorates":
                pass
            case "of":
                if cutter.holds_name:
                    cutter.cut("in")
            case _:
                prefix, word = _without_prefix(written, cutter.now, index)
                if prefix or _other_script(word, cutter.now):
                    cutter.cut(prefix or "script")
                cutter.now.append(word)
    cutter.cut("")
    return cutter.found


#: Punctuation and joiners by how much they decide where both stand: "X, and Y" is a list, "X, in Y" is not.
_STRENGTH: Final = {
    sign: n
    for n, sign in enumerate(("", "#", ".", "\n", ")", ",", ":", "/", "-", "(", "and", "+", ";", "in"))
}


def _stronger(a: str, b: str) -> str:
    return max(a, b, key=lambda sign: _STRENGTH.get(sign, 0))


def _other_script(word: Token, now: Sequence[Token]) -> bool:
    return word.script != "Zyyy" and any(t.script not in ("Zyyy", word.script) for t in now)


def _without_prefix(word: Token, now: Sequence[Token], index: NameIndex) -> tuple[str, Token]:
    """Take an Arabic prefix off a word where the gazetteer knows what remains, and not the word as it is."""
    folded = word.folded
    does = PREFIXES.get(folded[0])
    if word.script != "Arab" or len(folded) < _SHORTEST_NAME or not does or folded in KIND_WORDS:
        return "", word
    if other_country(word.text):  # Lebanon begins like a prefix
        return "", word
    rest = "ال" + folded[2:] if folded.startswith("لل") else folded[1:]
    known = index.knows_word(rest) or rest in KIND_WORDS or rest.removeprefix("ال") in KIND_WORDS
    before = " ".join(token.folded for token in now)
    # After a whole name, "and" is likelier than a word that happens to begin with it.
    another = (
        folded[0] == "و" and bool(now) and not index.exact(f"{before} {folded}") and _is_known(before, index)
    )
    if not (another and (known or not index.knows_word(folded))) and (index.knows_word(folded) or not known):
        return "", word
    return does, word._replace(text=rest if folded.startswith("لل") else word.text[1:], folded=rest, gap=" ")


def _wrapped(stretches: list[_Stretch], index: NameIndex) -> list[_Stretch]:
    """Put names together that a line break or a dash has cut, where the gazetteer spells them so."""
    found: list[_Stretch] = []
    for one in stretches:
        before = found[-1] if found else None
        if before and one.gap in _WRAPPING and _is_wrapped(before.text, one.text, index):
            rest = [one.tokens[0]._replace(gap=" "), *one.tokens[1:]]
            found[-1] = _Stretch([*before.tokens, *rest], before.gap, before.near or one.near)
        else:
            found.append(one)
    return found


def _is_wrapped(left: str, right: str, index: NameIndex) -> bool:
    """Tell whether two texts are a name together, and not each a name."""
    apart = index.exact(fold(left)) and index.exact(fold(right))
    return not apart and bool(index.exact(fold(f"{left} {right}")))


def _taken_apart(one: _Stretch, index: NameIndex, places: Sequence[Place]) -> list[_Stretch]:
    """Take a name and the area that holds it apart where they stand side by side with nothing between."""
    if len(one.tokens) < 2 or one.is_nameless or _is_known(one.text, index):
        return [one]
    if _is_known(" ".join(split_kind_words(fold(one.text))[0]), index):
        return [one]
    for cut in range(1, len(one.tokens)):
        left, right = _Stretch(one.tokens[:cut], one.gap, one.near), _Stretch(one.tokens[cut:], "beside")
        sides = (left, right)
        if any(s.is_nameless and not _is_settlement(s, index, places, listed=False) for s in sides):
            continue
        first, second = _called(left.text, index, places), _called(right.text, index, places)
        if _holds(first, second) or _holds(second, first):
            return [left, right]
    return [one]


def _called(text: str, index: NameIndex, places: Sequence[Place]) -> list[Place]:
    """Return the places that are spelled so; only areas for a word of dozens of names, such as Kafr."""
    folded = fold(text)
    forms = dict.fromkeys((folded, " ".join(split_kind_words(folded)[0])))
    found = [places[index.spellings[n][0]] for form in forms if len(form) > 2 for n in index.exact(form)]
    if not any(place.kind.admin_level for place in found):  # areas are few, and may be spelled otherwise
        alike = (places[index.spellings[n][0]] for n in _like(text, index))
        found += [place for place in alike if place.kind.admin_level]
    common = all(index.is_common(form) for form in forms)
    return [place for place in found if place.kind.admin_level] if common else found


def _holds(areas: Sequence[Place], others: Sequence[Place]) -> bool:
    units = {place.id for place in areas if place.kind.admin_level}
    return bool(units) and any(
        not units.isdisjoint(place.pcodes) and place.id not in units for place in others
    )


def _is_known(text: str, index: NameIndex) -> bool:
    """Tell whether a text is spelled so in the gazetteer, or sounds like a spelling with its skeleton."""
    return bool(index.exact(fold(text))) or next(_like(text, index), None) is not None


def _like(text: str, index: NameIndex) -> Iterator[int]:
    """Yield the spellings that share a skeleton with a text and sound like it."""
    heard = sound(text)
    for key in keys(text):
        for n in index.by_key(key):
            if sound_similarity(heard, sound(index.spellings[n][2])) >= _KNOWN:
                yield n


def _spans(
    stretches: Sequence[_Stretch], text: str, index: NameIndex, places: Sequence[Place]
) -> tuple[list[Span], tuple[str, ...]]:
    """Make spans of stretches; one that names nothing goes to the name beside it, or describes."""
    found: list[Span] = []
    described: list[_Stretch] = []
    for one in stretches:
        if not one.is_nameless or _is_settlement(one, index, places, listed=len(stretches) > 1):
            if (span := span_of(one.without_fillers(index))) is not None:
                gap = one.gap if found else ""
                span = span._replace(gap=gap, near=one.near, written=one.written(text))
                if described and (merged := _institution(span, described[-1], index)):
                    span = merged
                    described.pop()
                found.append(span)
        elif found and _is_of_the_name(one):
            grown = span_of(f"{found[-1].text} {one.text}") or found[-1]
            found[-1] = grown._replace(
                gap=found[-1].gap, near=found[-1].near or one.near, written=found[-1].written
            )
        elif found and (merged := _institution(found[-1], one, index)):
            found[-1] = merged
        else:
            described.append(one)
    if not found and described and _is_institution(described[0]):
        one = described.pop(0)
        span = span_of(one.without_fillers(index))
        kind = min(one.kinds & _FACILITIES)
        found = [span._replace(kind=kind, near=one.near, written=one.written(text))] if span else []
    return found, tuple(dict.fromkeys(kind for one in described for kind in sorted(one.kinds)))


def _is_of_the_name(one: _Stretch) -> bool:
    """Tell whether words that name nothing belong to the name before them: "Idlib (city)", "Aleppo, east"."""
    alone = one.gap in ("and", ";", "in") or any(token.does for token in one.tokens)
    return not alone and one.kinds <= _OF_THE_NAME


def _is_settlement(one: _Stretch, index: NameIndex, places: Sequence[Place], *, listed: bool) -> bool:
    """Tell whether generic words are a name: "Small Farm", "Syrian desert", "East" in a list."""
    if len(one.tokens) < 2 and not (listed and not one.kinds and one.gap in _LISTING):
        return False
    name = fold(one.without_fillers(index))
    kinds = (places[index.spellings[n][0]].kind for n in index.exact(name))
    return any(kind.group == "settlement" or kind == "region" for kind in kinds)


def _is_institution(one: _Stretch) -> bool:
    """Tell whether words say which facility of its town is meant: "the national hospital"."""
    return bool(one.kinds & _FACILITIES) and any(token.does == "institution" for token in one.tokens)


def _institution(town: Span, facility: _Stretch, index: NameIndex) -> Span | None:
    """Return the institution of a named town, "Idlib, national hospital", where the gazetteer knows it."""
    if not _is_institution(facility):
        return None
    first, *rest = [token.text for token in facility.tokens if token.does != "filler"]
    first = first.removeprefix("ال")
    forms = (
        f"{town.name} {first} {' '.join(rest)}",
        f"{first} {' '.join(rest)} {town.name}",
        f"{first} {town.name} {' '.join(rest)}",
    )
    for form in forms:
        if _is_known(form, index) and (span := span_of(form)) is not None:
            return span._replace(gap=town.gap, near=town.near, written=town.written)
    return None
