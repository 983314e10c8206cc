"""Which places could a name be: exact folded forms, shared skeletons, near skeletons.

A candidate is a place with the spelling of it that is most alike to the name. Equal skeletons bring
candidates in; how alike they *sound* is a number for the ranker. When nothing that shares a skeleton
sounds alike, skeletons a few edits away are searched too.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.fuzz import partial_ratio

from gazetteer.index.names import MOST_SHARING, NameIndex
from gazetteer.names import fold, keys, search_keys
from gazetteer.names.similarity import sound, sound_of_words, sound_similarity
from gazetteer.names.words import core_words, modifiers_of, split_kind_words, word_runs
from gazetteer.reading.spans import Span

#: Above this sound similarity a shared skeleton is convincing, and near skeletons are not searched.
_CONVINCING: Final = 0.88
_FUZZY_LIMIT: Final = 12
_SHORTEST_SHARED: Final = 3
_LONGEST_RATIO: Final = 3
#: Kinds whose words people leave out: "Idlib city" is Idlib.
_PLAIN_KINDS: Final = frozenset(
    {"settlement", "neighbourhood", "subdistrict", "district", "governorate", "country", "region"}
)
#: Places handed to the ranker for one name; homonyms of common names rarely pass 25.
MOST_CANDIDATES: Final = 32


class Candidate(NamedTuple):
    """A place that a name could be. A tuple, since every name makes dozens of them.

    Parameters
    ----------
    place
        Position of the place in the gazetteer's tuple of places.
    spelling
        Position of the spelling that is most alike.
    method
        "exact", "skeleton", "part" (the name is part of the spelling, or the other way) or "fuzzy".
    similarity
        Sound similarity of the name and the spelling, 0 to 1.
    part_similarity
        For "part": the similarity of what they share, 0 to 1; otherwise 0.
    key_similarity
        1 for a shared skeleton, else the similarity of the nearest skeletons.
    key_length
        Letters in the name's skeleton.
    modifiers_missing, modifiers_extra, modifiers_shared
        Modifiers ("upper", "2") that only the name, only the spelling, both have.
    order
        A rough score by which candidates are kept until the ranker sees them.
    """

    place: int
    spelling: int
    method: str
    similarity: float
    part_similarity: float
    key_similarity: float
    key_length: int
    modifiers_missing: int
    modifiers_extra: int
    modifiers_shared: int
    order: float


class _Hit(NamedTuple):
    """How a spelling was found, how near the skeletons are, and which words are shared if only some are.

    `most` is the highest `order` that a candidate found so can reach, that of a perfect likeness.
    """

    method: str
    key_similarity: float
    most: float = 1.5
    shared: str | None = None


_EXACT: Final = _Hit("exact", 1.0, 2.5)
_SKELETON: Final = _Hit("skeleton", 1.0)


class _Heard(NamedTuple):
    """A spelling's sound, that of its core, its modifiers, and the kind its words ask for."""

    full: str
    core: str
    modifiers: frozenset[str]
    kind: str | None


@lru_cache(maxsize=131072)
def _heard(folded: str) -> _Heard:
    everything = tuple(folded.split())
    words, kind = split_kind_words(folded)
    core = core_words(words)
    full = sound_of_words(everything)
    # Most spellings have no word to set aside.
    return _Heard(full, full if core == everything else sound_of_words(core), modifiers_of(words), kind)


def warm_sounds(index: NameIndex) -> None:
    """Remember how every spelling sounds, which is otherwise worked out when one is first compared."""
    for _, _, folded in index.spellings:
        _heard(folded)


def candidates_for(part: Span, index: NameIndex) -> list[Candidate]:
    """Return the places that a name could be, most alike first, at most 32.

    Parameters
    ----------
    part
        The name.
    index
        The gazetteer's spellings.
    """
    whole = search_keys(part.text)
    # Where the whole text is a name ("Rural Damascus"), what is left without kind words is only like one.
    hits = dict.fromkeys(index.exact(fold(part.text)) or index.exact(fold(part.name)), _EXACT)
    for key in whole:
        for spelling in index.by_key(key):
            hits.setdefault(spelling, _SKELETON)
    best: dict[int, Candidate] = {}
    _keep_best(best, hits, part, len(whole[0]) if whole else 0, index)
    convinced = any(c.similarity >= _CONVINCING for c in best.values())
    further = _longer_spellings(part, whole, index)
    if not convinced:
        further |= _shorter_spellings(part, index)
        further |= _near_spellings(whole, index)
    _keep_best(
        best,
        {s: hit for s, hit in further.items() if s not in hits},
        part,
        len(whole[0]) if whole else 0,
        index,
    )
    ranked = sorted(
        best.values(), key=lambda c: (-c.similarity - c.key_similarity - c.part_similarity / 2, c.place)
    )
    return ranked[:MOST_CANDIDATES]


def _longer_spellings(part: Span, whole: tuple[str, ...], index: NameIndex) -> dict[int, _Hit]:
    """Spellings that hold the whole name and more words: "Buleil" in "Qetet Elbuleil"."""
    shared = " ".join(part.words)
    hits: dict[int, _Hit] = {}
    for key in whole:
        spellings = index.by_key("~" + key)
        if len(spellings) <= MOST_SHARING:
            hits.update(dict.fromkeys(spellings, _Hit("part", 1.0, shared=shared)))
    return hits


def _shorter_spellings(part: Span, index: NameIndex) -> dict[int, _Hit]:
    """Spellings that are part of the name: "Bab al-Hawa" in "trailer park at Bab al-Hawa"."""
    hits: dict[int, _Hit] = {}
    for run in word_runs(part.words):
        shared = " ".join(run)
        for key in keys(shared)[:1]:
            spellings = index.by_key(key)
            if len(key) >= _SHORTEST_SHARED and len(spellings) <= MOST_SHARING:
                hit = _Hit("part", 1.0, shared=shared)
                for spelling in spellings:
                    hits.setdefault(spelling, hit)
    return hits


def _near_spellings(whole: tuple[str, ...], index: NameIndex) -> dict[int, _Hit]:
    """Spellings whose skeleton is a few edits away."""
    hits: dict[int, _Hit] = {}
    for key in dict.fromkeys(whole[:1] + whole[-1:]):
        for other, score in index.near_key(key, limit=_FUZZY_LIMIT):
            hit = _Hit("fuzzy", score, 1.0 + score / 2)
            for spelling in index.by_key(other):
                hits.setdefault(spelling, hit)
    return hits


def _keep_best(
    best: dict[int, Candidate], hits: dict[int, _Hit], part: Span, key_length: int, index: NameIndex
) -> None:
    """Score spellings and keep the best of each place."""
    name = _Heard(sound(part.name), sound_of_words(part.words), part.modifiers, part.kind)
    lengths, spellings = (len(part.text), len(part.name)), index.spellings
    for spelling, hit in hits.items():
        place, _, folded = spellings[spelling]
        known = best.get(place)
        # Not even a perfect likeness would score more than what is known of the place.
        if known is not None and known.order >= hit.most:
            continue
        if not hit.shared and not _comparable(lengths, len(folded)):
            continue
        other = _heard(folded)
        alike = _likeness(name, other)
        missing = extra = shared = 0
        if name.modifiers or other.modifiers:
            shared = len(name.modifiers & other.modifiers)
            missing, extra = len(name.modifiers) - shared, len(other.modifiers) - shared
        order = alike + hit.most - 1.0 - 0.1 * (missing + extra)
        if known is None or order > known.order:
            in_part = partial_ratio(sound(hit.shared), other.full) / 100.0 if hit.shared else 0.0
            best[place] = Candidate(
                place, spelling, hit.method, alike, in_part, hit.key_similarity, key_length,
                missing, extra, shared, order,
            )  # fmt: skip


def _likeness(name: _Heard, other: _Heard) -> float:
    """Return how alike two spellings sound, as they are or without the words that need not agree.

    "Idlib National Hospital" is not "Idlib": its kind words may be set aside only where they agree.
    """
    alike = sound_similarity(name.full, other.full)
    if alike == 1.0 or (name.core == name.full and other.core == other.full):
        return alike
    if other.kind is None or other.kind == name.kind or other.kind in _PLAIN_KINDS:
        return max(alike, sound_similarity(name.core, other.core))
    return alike


def _comparable(lengths: tuple[int, int], other: int) -> bool:
    """Tell whether two names are of a length, with kind words or without.

    Hundreds of x share their skeleton with a short name, and are none.
    """
    return any(
        length <= _LONGEST_RATIO * (other + 1) and other <= _LONGEST_RATIO * (length + 1)
        for length in lengths
    )
