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
from dataclasses import dataclass, replace
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
#: Kinds whose word asks for an area.
AREA_KINDS: Final = frozenset({"region", *(kind.value for kind in PlaceKind if kind.group == "admin")})
#: What an Arabic prefix says of the word that it is written with: "and", or where something lies.
PREFIXES: Final = {"و": "and", "ف": "and", "ب": "in", "ل": "in", "ك": "in"}
_MAX_SPANS: Final = 8
#: From this likeness a name is known.
_KNOWN: Final = 0.9
_SHORTEST_NAME: Final = 3
_TAG: Final = re.compile(r"</?[a-z][^<>]{0,60}>", re.I)
#: What may stand inside a name that was wrapped or written with a dash.
_WRAPPING: Final = frozenset({"\n", "-"})
_JOINING: Final = frozenset({"", " ", "~"})
#: Punctuation and joiners by how much they decide where both stand: "X, and Y" is a list, "X, in Y" is not.
_STRENGTH: Final = {
    sign: n
    for n, sign in enumerate(("", "#", ".", "\n", ")", ",", ":", "/", "-", "(", "and", "+", ";", "in"))
}
#: What stands before the places of a list, the first of them too.
_LISTING: Final = frozenset({"", ";", "and", "+", "/", ",", "\n"})
_FACILITIES: Final = frozenset(kind.value for kind in PlaceKind if kind.group == "facility")
#: Kinds whose word alone, beside a name, says what the name is of and describes nothing.
_OF_THE_NAME: Final = AREA_KINDS | {"settlement", "neighbourhood", "camp"}


class Span(NamedTuple):
    """A stretch of a text that could be a name."""

    text: str  # as written, without what stands round it
    words: tuple[str, ...]  # folded words without articles, kind words and modifiers
    modifiers: frozenset[str]  # "upper", "east", "2" ... found in it
    kind: str | None  # the kind that a kind word asks for
    name: str  # the text without its kind words, folded, or as written when there are none
    # What stands before it: a separator (see Token), "and", "in", "script" where only the script changes,
    # "beside" where nothing does, "" at the start.
    gap: str = ""
    near: bool = False  # whether a word puts the event beside it ("near X", "X outskirts")
    written: str = ""  # the words as they stand in the text


class Cell(NamedTuple):
    """A text, cut."""

    spans: tuple[Span, ...] = ()  # what could be names, in order
    described: tuple[str, ...] = ()  # the kinds that are described and not named
    scattered: bool = False  # whether it says "various locations" of what it names


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
        written = (("-" if token.gap == "~" else " ") + token.text for token in self.tokens)
        return "".join(written)[1:]

    @property
    def kinds(self) -> frozenset[str]:
        words = tuple(token.folded for token in self.tokens)
        return kinds_in_words(words) | kinds_in_words(tuple(word.removeprefix("ال") for word in words))

    @property
    def is_nameless(self) -> bool:
        return all(map(says_no_name, self.tokens))

    @property
    def is_institution(self) -> bool:
        """Whether its words say which facility of its town is meant: "the national hospital"."""
        return any(token.does == "institution" for token in self.tokens) and bool(self.kinds & _FACILITIES)

    @property
    def belongs_to_the_name(self) -> bool:
        """Whether its words, which name nothing, say what the name before them is of."""
        alone = self.gap in ("and", ";", "in") or any(token.does for token in self.tokens)
        return not alone and self.kinds <= _OF_THE_NAME


def cell_of(text: str, index: NameIndex, places: Sequence[Place]) -> Cell:
    """Cut a text into what could be names; only its first 300 characters are read."""
    text = _TAG.sub(" ", _listed(text[:MAX_CHARACTERS].strip()))
    words = tokens(text)
    whole = " ".join(word.folded for word in words)
    joined = len(words) > 1 and all(word.gap in _JOINING for word in words[1:])
    if joined and index.exact(whole) and not all(map(says_no_name, words)):
        stretches = [_Stretch(words, "")]  # small words and all, it is a spelling of some place
    else:
        stretches = [part for one in _cut(words, index, places) for part in _taken_apart(one, index, places)]
    spans, described = _spans(stretches, text, index, places)
    if any(token.does == "governorates" for token in words):
        spans = [span if span.kind else span._replace(kind="governorate") for span in spans]
    scattered = any(token.does == "scattered" for token in words)
    return Cell(tuple(spans[:_MAX_SPANS]), described, scattered)


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


# ------------------------------------------------------------------------------------------ cutting


def _cut(words: Sequence[Token], index: NameIndex, places: Sequence[Place]) -> list[_Stretch]:
    """Cut words at signs, joiners, Arabic prefixes and changes of script."""
    found: list[_Stretch] = []
    now = _Stretch([], "")
    read = 0
    for number, word in enumerate(words):
        if number < read:  # the rest of a small word
            continue
        read, after = number + 1, number + word.opens
        if number and word.gap not in _JOINING:
            now = _ended(now, word.gap, found, index)
        named = not now.is_nameless or _is_name(now, index, places, listed=False)
        if word.does in ("and", "in"):
            now, read = _ended(now, word.does, found, index), after
        elif word.does in ("near", "scattered"):
            read = after
            if named and (after == len(words) or words[after].gap not in _JOINING):  # "X outskirts"
                now = _ended(replace(now, near=True), "", found, index)
            else:
                before = _ended(now, "in", found, index) if named else now
                now = _Stretch([], before.gap, near=True)
        elif word.does == "of":
            now = _ended(now, "in", found, index) if named else now
        elif word.does != "governorates":
            prefix, bare = _without_prefix(word, now.tokens, index)
            other = word.script != "Zyyy" and any(t.script not in ("Zyyy", word.script) for t in now.tokens)
            if prefix or other:
                now = _ended(now, prefix or "script", found, index)
            now.tokens.append(bare)
    _ended(now, "", found, index)
    return found


def _ended(now: _Stretch, gap: str, found: list[_Stretch], index: NameIndex) -> _Stretch:
    """Add a stretch to those found, or to the last one of a name that was wrapped, and return the next."""
    if not now.tokens:
        return replace(now, gap=max(now.gap, gap, key=lambda sign: _STRENGTH.get(sign, 0)))
    if found and now.gap in _WRAPPING:
        before = found[-1]
        apart = index.exact(fold(before.text)) and index.exact(fold(now.text))
        if not apart and index.exact(fold(f"{before.text} {now.text}")):
            rest = [now.tokens[0]._replace(gap=" "), *now.tokens[1:]]
            found[-1] = _Stretch([*before.tokens, *rest], before.gap, before.near or now.near)
            return _Stretch([], gap)
    found.append(now)
    return _Stretch([], gap)


def cut_prefix(word: Token) -> tuple[str, str]:
    """Return what an Arabic prefix on a word does ("and", "in"; "" without one), and the folded rest."""
    folded = word.folded
    does = PREFIXES.get(folded[0], "") if word.script == "Arab" else ""
    if not does or other_country(word.text):  # Lebanon begins like a prefix
        return "", folded
    return does, f"ال{folded[2:]}" if folded.startswith("لل") else folded[1:]


def _without_prefix(word: Token, now: Sequence[Token], index: NameIndex) -> tuple[str, Token]:
    """Take an Arabic prefix off a word where the gazetteer knows what remains, and not the word as it is."""
    folded, (does, rest) = word.folded, cut_prefix(word)
    if not does or len(folded) < _SHORTEST_NAME or folded in KIND_WORDS:
        return "", word
    whole_known = index.knows_word(folded)
    rest_known = index.knows_word(rest) or rest in KIND_WORDS or rest.removeprefix("ال") in KIND_WORDS
    cut = rest_known and not whole_known
    if not cut and rest_known == whole_known and folded[0] == "و" and now:
        # After a whole name, "and" is likelier than a word that happens to begin with it.
        before = " ".join(token.folded for token in now)
        cut = not index.exact(f"{before} {folded}") and _is_known(before, index)
    if not cut:
        return "", word
    return does, word._replace(text=rest if folded.startswith("لل") else word.text[1:], folded=rest, gap=" ")


def _taken_apart(one: _Stretch, index: NameIndex, places: Sequence[Place]) -> list[_Stretch]:
    """Take a name and the area that holds it apart where they stand side by side with nothing between."""
    if len(one.tokens) < 2 or one.is_nameless or _is_known(one.text, index):
        return [one]
    if _is_known(" ".join(split_kind_words(fold(one.text))[0]), index):
        return [one]
    for cut in range(1, len(one.tokens)):
        sides = _Stretch(one.tokens[:cut], one.gap, one.near), _Stretch(one.tokens[cut:], "beside")
        if any(s.is_nameless and not _is_name(s, index, places, listed=False) for s in sides):
            continue
        called = [_called(side.text, index, places) for side in sides]
        for areas, others in (called, reversed(called)):
            units = {place.id for place in areas if place.kind.admin_level}
            if any(not units.isdisjoint(place.pcodes) and place.id not in units for place in others):
                return [*sides]
    return [one]


def _called(text: str, index: NameIndex, places: Sequence[Place]) -> list[Place]:
    """Return the places that are spelled so; only areas for a word of dozens of names, such as Kafr."""
    folded = fold(text)
    forms = dict.fromkeys((folded, " ".join(split_kind_words(folded)[0])))
    found = [place for form in forms if len(form) > 2 for place in places_spelled(form, index, places)]
    if not any(place.kind.admin_level for place in found):  # areas are few, and may be spelled otherwise
        alike = (places[index.spellings[n][0]] for n in _like(text, index))
        found += [place for place in alike if place.kind.admin_level]
    common = all(index.is_common(form) for form in forms)
    return [place for place in found if place.kind.admin_level] if common else found


def places_spelled(folded: str, index: NameIndex, places: Sequence[Place]) -> list[Place]:
    """Return the places that have a spelling with this folded form."""
    return [places[index.spellings[n][0]] for n in index.exact(folded)]


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


# --------------------------------------------------------------------------------- names among them


def _spans(
    stretches: Sequence[_Stretch], text: str, index: NameIndex, places: Sequence[Place]
) -> tuple[list[Span], tuple[str, ...]]:
    """Make spans of stretches; one that names nothing goes to the name beside it, or describes."""
    found: list[Span] = []
    described: list[_Stretch] = []
    for one in stretches:
        if not one.is_nameless or _is_name(one, index, places, listed=len(stretches) > 1):
            if (span := _span(one, text, index)) is not None:
                span = span if found else span._replace(gap="")
                if described and (merged := _institution(span, described[-1], index)):
                    span = merged
                    described.pop()
                found.append(span)
        elif found and one.belongs_to_the_name:  # "Idlib (city)", "Aleppo, east"
            last = found[-1]
            grown = span_of(f"{last.text} {one.text}") or last
            found[-1] = grown._replace(gap=last.gap, near=last.near or one.near, written=last.written)
        elif found and (merged := _institution(found[-1], one, index)):
            found[-1] = merged
        else:
            described.append(one)
    if not found and described and described[0].is_institution:
        one = described.pop(0)
        if span := _span(one, text, index):
            found = [span._replace(gap="", kind=min(one.kinds & _FACILITIES))]
    return found, tuple(dict.fromkeys(kind for one in described for kind in sorted(one.kinds)))


def _span(one: _Stretch, text: str, index: NameIndex) -> Span | None:
    span = span_of(_without_fillers(one, index))
    written = text[one.tokens[0].start : one.tokens[-1].end]
    return span and span._replace(gap=one.gap, near=one.near, written=written)


def _without_fillers(one: _Stretch, index: NameIndex) -> str:
    """Return its text without "the", "area of" and the like at its ends, unless a place is called so."""
    words = list(one.tokens)
    for end in (0, -1):
        while words and words[end].does == "filler" and not index.exact(" ".join(t.folded for t in words)):
            words.pop(end)
    return _Stretch(words, "").text if words else one.text


def _is_name(one: _Stretch, index: NameIndex, places: Sequence[Place], *, listed: bool) -> bool:
    """Tell whether generic words are a name: "Small Farm", "Syrian desert", "Turkish border"."""
    if len(one.tokens) < 2 and not (listed and not one.kinds and one.gap in _LISTING):
        return False
    called = places_spelled(fold(_without_fillers(one, index)), index, places)
    own = (PlaceKind.REGION, PlaceKind.BORDER)
    return any(place.kind.group == "settlement" or place.kind in own for place in called)


def _institution(town: Span, facility: _Stretch, index: NameIndex) -> Span | None:
    """Return the institution of a named town, "Idlib, national hospital", where the gazetteer knows it."""
    if not facility.is_institution:
        return None
    first, *rest = [token.text for token in facility.tokens if token.does != "filler"]
    first, more = first.removeprefix("ال"), " ".join(rest)
    for form in (f"{town.name} {first} {more}", f"{first} {more} {town.name}", f"{first} {town.name} {more}"):
        if _is_known(form, index) and (span := span_of(form)) is not None:
            return span._replace(gap=town.gap, near=town.near, written=town.written)
    return None
