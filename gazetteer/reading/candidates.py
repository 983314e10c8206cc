"""Which places could a name be: exact folded forms, shared skeletons, near skeletons; and which admin units.

A candidate is a place with the spelling of it that is most alike to the name. Equal skeletons bring
candidates in; how alike they *sound* is a number for the ranker. When nothing that shares a skeleton
sounds alike, skeletons a few edits away are searched too.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.fuzz import partial_ratio

from gazetteer.country import read_pcode
from gazetteer.geodesy import LatLon
from gazetteer.index.names import MOST_SHARING, NameIndex
from gazetteer.kinds import LINES, PlaceKind
from gazetteer.names import fold, keys, search_keys
from gazetteer.names.similarity import sound, sound_of_words, sound_similarity
from gazetteer.names.words import (
    KIND_WORDS,
    core_words,
    kinds_in_words,
    modifiers_of,
    split_kind_words,
    word_runs,
)
from gazetteer.reading.spans import AREA_KINDS, Span, cell_of, places_spelled
from gazetteer.reading.tokens import tokens
from gazetteer.values import Place

#: Above this sound similarity a shared skeleton is convincing, and near skeletons are not searched.
_CONVINCING: Final = 0.88
_FUZZY_LIMIT: Final = 12
_SHORTEST_SHARED: Final = 3
_LONGEST_RATIO: Final = 3
#: Kinds whose words people leave out: "Idlib city" is Idlib.
_PLAIN_KINDS: Final = AREA_KINDS | {"settlement", "neighbourhood"}
#: Places handed to the ranker for one name; homonyms of common names rarely pass 25.
_MOST_CANDIDATES: Final = 32
#: From this likeness a name is that of the place.
ALIKE: Final = 0.85
_ANCHOR_ALIKE: Final = 0.9
_MOST_ANCHORS: Final = 3
#: The characters in a P-code of each level.
_CODE_LENGTHS: Final = {"governorate": 4, "district": 6, "subdistrict": 8}
_RURAL: Final = tuple(word for word, kind in KIND_WORDS.items() if kind == "region")


class Candidate(NamedTuple):
    """A place that a name could be. A tuple, since every name makes dozens of them."""

    place: int  # the number of the place
    spelling: int  # that of its spelling that is most alike
    method: str  # "exact", "skeleton", "part" (the name is part of the spelling, or the other way) or "fuzzy"
    # Sound similarity of the name and the spelling, 0 to 1; for "part" also that of what they share.
    similarity: float
    part_similarity: float
    key_similarity: float  # 1 for a shared skeleton, else the similarity of the nearest skeletons
    key_length: int  # letters in the name's skeleton
    modifiers_missing: int  # how many modifiers ("upper", "2") only the name has
    modifiers_extra: int  # only the spelling
    modifiers_shared: int  # both
    order: float  # a rough score by which one spelling of each place is kept


class _Hit(NamedTuple):
    """How a spelling was found."""

    method: str
    key_similarity: float  # of the skeletons
    most: float = 1.5  # the highest `order` that it can reach, that of a perfect likeness
    shared: str | None = None  # the words that are shared, where only some are


_SKELETON: Final = _Hit("skeleton", 1.0)


class _Sounds(NamedTuple):
    """A spelling's sound, that of its core, its modifiers, and the kind its words ask for."""

    full: str
    core: str
    modifiers: frozenset[str]
    kind: str | None


@lru_cache(maxsize=131072)
def _sounds_of(folded: str) -> _Sounds:
    everything = tuple(folded.split())
    words, kind = split_kind_words(folded)
    core = core_words(words)
    full = sound_of_words(everything)
    # Most spellings have no word to set aside.
    return _Sounds(full, full if core == everything else sound_of_words(core), modifiers_of(words), kind)


def warm_sounds(index: NameIndex) -> None:
    """Remember how every spelling sounds, which is otherwise worked out when one is first compared."""
    for _, _, folded in index.spellings:
        _sounds_of(folded)


def candidates_for(span: Span, index: NameIndex) -> list[Candidate]:
    """Return the places that a name could be, most alike first, at most 32."""
    whole = search_keys(span.text)
    key_length = len(whole[0]) if whole else 0
    # Where the whole text is a name ("Rural Damascus"), what is left without kind words is only like one.
    exact = index.exact(fold(span.text)) or index.exact(fold(span.name))
    hits = dict.fromkeys(exact, _Hit("exact", 1.0, 2.5))
    for key in whole:
        for spelling in index.by_key(key):
            hits.setdefault(spelling, _SKELETON)
    best: dict[int, Candidate] = {}
    _keep_best(best, hits, span, key_length, index)
    convinced = any(c.similarity >= _CONVINCING for c in best.values())
    further = _further(span, whole, index, convinced=convinced)
    _keep_best(best, {s: hit for s, hit in further.items() if s not in hits}, span, key_length, index)
    ranked = sorted(
        best.values(), key=lambda c: (-c.similarity - c.key_similarity - c.part_similarity / 2, c.place)
    )
    return ranked[:_MOST_CANDIDATES]


def _further(span: Span, whole: tuple[str, ...], index: NameIndex, *, convinced: bool) -> dict[int, _Hit]:
    """Return longer spellings, and where nothing convinces, shorter ones and those a few edits away."""
    found: dict[int, _Hit] = {}
    for key in whole:  # "Buleil" in "Qetet Elbuleil"
        longer = index.by_key("~" + key)
        if len(longer) <= MOST_SHARING:
            found.update(dict.fromkeys(longer, _Hit("part", 1.0, shared=" ".join(span.words))))
    if convinced:
        return found
    shorter: dict[int, _Hit] = {}
    for run in word_runs(span.words):  # "Bab al-Hawa" in "trailer park at Bab al-Hawa"
        shared = " ".join(run)
        for key in keys(shared)[:1]:
            spellings = index.by_key(key)
            if len(key) >= _SHORTEST_SHARED and len(spellings) <= MOST_SHARING:
                for spelling in spellings:
                    shorter.setdefault(spelling, _Hit("part", 1.0, shared=shared))
    near: dict[int, _Hit] = {}
    for key in dict.fromkeys(whole[:1] + whole[-1:]):
        for other, score in index.near_key(key, limit=_FUZZY_LIMIT):
            for spelling in index.by_key(other):
                near.setdefault(spelling, _Hit("fuzzy", score, 1.0 + score / 2))
    return found | shorter | near


def _keep_best(
    best: dict[int, Candidate], hits: dict[int, _Hit], span: Span, key_length: int, index: NameIndex
) -> None:
    """Score spellings and keep the best of each place."""
    name = _Sounds(sound(span.name), sound_of_words(span.words), span.modifiers, span.kind)
    lengths, spellings = (len(span.text), len(span.name)), index.spellings
    for spelling, hit in hits.items():
        place, _, folded = spellings[spelling]
        known = best.get(place)
        # Not even a perfect likeness would score more than what is known of the place.
        if known is not None and known.order >= hit.most:
            continue
        # Hundreds of x share their skeleton with a short name by chance.
        most = _LONGEST_RATIO * (len(folded) + 1)
        if not hit.shared and not any(n <= most and len(folded) <= _LONGEST_RATIO * (n + 1) for n in lengths):
            continue
        other = _sounds_of(folded)
        alike = _likeness(name, other)
        missing, extra = len(name.modifiers - other.modifiers), len(other.modifiers - name.modifiers)
        order = alike + hit.most - 1.0 - 0.1 * (missing + extra)
        if known is None or order > known.order:
            in_part = partial_ratio(sound(hit.shared), other.full) / 100.0 if hit.shared else 0.0
            modifiers = missing, extra, len(name.modifiers & other.modifiers)
            best[place] = Candidate(
                place, spelling, hit.method, alike, in_part, hit.key_similarity, key_length, *modifiers, order
            )


def _likeness(name: _Sounds, other: _Sounds) -> float:
    """Return how alike two spellings sound, as they are or without the words that need not agree."""
    alike = sound_similarity(name.full, other.full)
    if alike == 1.0 or (name.core == name.full and other.core == other.full):
        return alike
    # "Idlib National Hospital" is not "Idlib": kind words may be set aside only where they agree.
    if other.kind is None or other.kind == name.kind or other.kind in _PLAIN_KINDS:
        return max(alike, sound_similarity(name.core, other.core))
    return alike


def may_be_meant(
    span: Span, found: Sequence[Candidate], places: Sequence[Place], index: NameIndex, *, asked: bool
) -> list[Candidate]:
    """Return the candidates that may be meant: no town for a river, no hospital for its town."""
    strict = kinds_in_words(tuple(fold(span.text).split())) & LINES
    if not strict and span.kind not in LINES:
        found = _lines_or_towns(span, found, places)
    if strict:  # "Wadi Barada" is a name with that word in it, "Euphrates river" is not
        found = [
            c
            for c in found
            if places[c.place].kind.value in strict
            or strict & kinds_in_words(tuple(index.spellings[c.spelling][2].split()))
        ]
    qualities = _qualities(span.text)

    def is_asked(c: Candidate) -> bool:  # "central" is not "national"
        alike = max(c.similarity, c.part_similarity) >= ALIKE
        return asked and alike and qualities <= _qualities(index.spellings[c.spelling][2])

    return [
        c for c in found if c.method == "exact" or places[c.place].kind.group != "facility" or is_asked(c)
    ]


def _lines_or_towns(span: Span, found: Sequence[Candidate], places: Sequence[Place]) -> list[Candidate]:
    """Leave out lines that a name doesn't surely mean: those not spelled so, and the river of a town's name.

    A quarter gives way to a line of its name: without its city nobody can tell which quarter it is.
    """
    spelled = {places[c.place].kind for c in found if c.method == "exact"}
    is_town = span.kind or any(kind.group in ("settlement", "admin") for kind in spelled)
    if is_town or LINES.isdisjoint(spelled):
        return [c for c in found if places[c.place].kind not in LINES]
    quarter = PlaceKind.NEIGHBOURHOOD
    kinds = ((c, places[c.place].kind) for c in found)
    return [c for c, kind in kinds if kind is not quarter and (c.method == "exact" or kind not in LINES)]


@lru_cache(maxsize=4096)
def _qualities(text: str) -> frozenset[str]:
    """Return the folded words of a text that say which sort of facility it is: "national", "maternity"."""
    return frozenset(
        token.folded.removeprefix("ال") for token in tokens(text) if token.does in ("institution", "quality")
    )


def whole_name(span: Span, index: NameIndex, places: Sequence[Place]) -> Span:
    """Return a name with "rural" as a word of it where a place, the widest, has it: "Rural Damascus"."""
    if span.kind != "region" or split_kind_words(fold(span.text))[1] != "region":
        return span
    name = fold(span.name)
    for text in (fold(span.text), *(form for w in _RURAL for form in (f"{w} {name}", f"{name} {w}"))):
        called = [place.kind for place in places_spelled(text, index, places)]
        if called and PlaceKind.REGION not in called:
            kind = min((k for k in called if k.admin_level), key=lambda k: k.admin_level or 0, default=None)
            words = core_words(tuple(text.split()))
            return span._replace(text=text, name=text, words=words, kind=kind.value if kind else None)
    return span


def line_name(span: Span, index: NameIndex, places: Sequence[Place]) -> Span:
    """Return a name without the word for its line where a line is called by the rest: "M5 highway"."""
    kinds = kinds_in_words(tuple(fold(span.text).split())) & LINES
    if not kinds or index.exact(fold(span.text)):
        return span
    rest = " ".join(
        token.folded
        for token in tokens(span.text)
        if token.does not in ("quality", "filler") and kinds.isdisjoint(kinds_in_words((token.folded,)))
    )
    for place in places_spelled(rest, index, places):
        if place.kind in kinds:
            words = tuple(rest.split())
            return span._replace(
                text=rest,
                name=rest,
                words=core_words(words),
                modifiers=modifiers_of(words),
                kind=place.kind.value,
            )
    return span


# ------------------------------------------------------------------------- areas, and towns beside


def units_of(
    span: Span, candidates: Sequence[Candidate], index: NameIndex, places: Sequence[Place]
) -> list[Place]:
    """Return the admin units that a name may mean, of the level that its kind word asks for, or of all."""
    # What is spelled so leaves no room for what only sounds so: "Rural Damascus" is not Damascus.
    units = _units_spelled(span, index, places)
    if not units:
        found = [places[c.place] for c in candidates if c.similarity >= ALIKE and c.method != "part"]
        units = [place for place in found if place.kind.group == "admin"]
    asked = [unit for unit in units if unit.kind.value == span.kind]
    if not asked and (length := _CODE_LENGTHS.get(span.kind or "")):
        # A sub-district has its district's name, perhaps spelled otherwise.
        codes = {code for unit in units for code in unit.pcodes if len(code) == length}
        asked = [place for place in places if place.id in codes] if codes else []
    return list(dict.fromkeys(asked or [unit for unit in units if unit.kind is not PlaceKind.COUNTRY]))


def _units_spelled(
    span: Span, index: NameIndex, places: Sequence[Place], *, whole: bool = False
) -> list[Place]:
    """Return the units with exactly this spelling: the whole text, else the name without kind words."""
    # "Rural Damascus governorate": only the level is set aside, for "rural" is part of that name.
    level = " ".join(w for w in fold(span.text).split() if KIND_WORDS.get(w) not in _CODE_LENGTHS)
    for text in (span.text, level) if whole else (span.text, level, span.name):
        spelled = places_spelled(fold(text), index, places)
        if units := [unit for unit in spelled if unit.kind.group == "admin"]:
            return units
    return []


def settlements_of(
    span: Span, candidates: Sequence[Candidate], places: Sequence[Place]
) -> tuple[LatLon, ...]:
    """Return the positions of the settlements that a name sounds like, the largest first, at most 3."""
    if span.kind and PlaceKind(span.kind).group == "admin":
        return ()
    found = [places[c.place] for c in candidates if c.similarity >= _ANCHOR_ALIKE]
    towns = [place for place in found if place.kind.group == "settlement"]
    towns.sort(key=lambda place: (-(place.population or 0), place.id))
    return tuple(place.position for place in towns[:_MOST_ANCHORS])


def area_named(text: str, index: NameIndex, places: Sequence[Place]) -> list[Place]:
    """Return the admin units that are all of `text`: none of "Idlib city", "northern Idlib", "X, Idlib"."""
    if code := read_pcode(text):
        return [place for place in places if place.id == code and place.kind.group == "admin"]
    cell = cell_of(text, index, places)
    if len(cell.spans) != 1 or cell.scattered or cell.described or cell.spans[0].near:
        return []
    span = cell.spans[0]
    if spelled := _units_spelled(span, index, places, whole=True):
        return [u for u in spelled if span.kind not in _CODE_LENGTHS or u.kind.value == span.kind] or spelled
    if span.modifiers or (span.kind and span.kind not in _CODE_LENGTHS):
        return []
    return units_of(span, candidates_for(span, index), index, places)
