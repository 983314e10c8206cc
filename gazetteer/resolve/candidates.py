"""Which places could a name be: exact folded forms, shared skeletons, near skeletons.

A candidate is a place with the spelling of it that is most alike to the name. Equal skeletons bring
candidates in; how alike they *sound* is a number for the ranker. When nothing that shares a skeleton
sounds alike, skeletons a few edits away are searched too.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gazetteer.index.by_name import NameIndex
from gazetteer.names import fold, search_keys
from gazetteer.names.similarity import sound, sound_similarity
from gazetteer.names.words import core_words, modifiers_of, split_kind_words
from gazetteer.resolve.parse import NamePart

__all__ = ["Candidate", "candidates_for"]

#: Above this sound similarity a shared skeleton is convincing, and near skeletons are not searched.
_CONVINCING: Final = 0.93
_FUZZY_CUTOFF: Final = 0.72
_FUZZY_LIMIT: Final = 12
#: Kinds whose words people leave out: "Idlib city" is Idlib.
_PLAIN_KINDS: Final = frozenset(
    {"settlement", "neighbourhood", "subdistrict", "district", "governorate", "country", "region"}
)
#: Places handed to the ranker for one name; homonyms of common names rarely pass 25.
MOST_CANDIDATES: Final = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that a name could be.

    Parameters
    ----------
    place
        Position of the place in the gazetteer's tuple of places.
    spelling
        Position of the spelling that is most alike.
    method
        "exact", "skeleton" or "fuzzy".
    similarity
        Sound similarity of the core of the name and of the spelling, 0 to 1.
    key_similarity
        1 for a shared skeleton, else the similarity of the nearest skeletons.
    key_length
        Letters in the name's skeleton.
    modifiers_missing, modifiers_extra, modifiers_shared
        Modifiers ("upper", "2") that only the name, only the spelling, both have.
    """

    place: int
    spelling: int
    method: str
    similarity: float
    key_similarity: float
    key_length: int
    modifiers_missing: int
    modifiers_extra: int
    modifiers_shared: int


@lru_cache(maxsize=131072)
def _core(text: str) -> tuple[str, frozenset[str], str | None]:
    """Return the sound of a spelling's core, its modifiers and the kind its words ask for."""
    words, kind = split_kind_words(fold(text))
    return sound(" ".join(core_words(words))), modifiers_of(words), kind


def candidates_for(part: NamePart, index: NameIndex) -> list[Candidate]:
    """Return the places that a name could be, most alike first, at most 40.

    Parameters
    ----------
    part
        The name.
    index
        The gazetteer's spellings.
    """
    core_sound = sound(" ".join(part.words))
    whole = search_keys(part.text)
    found: dict[int, tuple[str, float]] = {}
    for key in whole:
        for spelling in index.by_key(key):
            found.setdefault(spelling, ("skeleton", 1.0))
    for spelling in {*index.exact(fold(part.text)), *index.exact(fold(part.name))}:
        found[spelling] = ("exact", 1.0)
    best: dict[int, Candidate] = {}
    _keep_best(best, found, part, core_sound, whole, index)
    if all(c.similarity < _CONVINCING for c in best.values()):
        near: dict[int, tuple[str, float]] = {}
        for key in dict.fromkeys((whole[:1] + whole[-1:]) if whole else ()):
            for other, score in index.near_key(key, cutoff=_FUZZY_CUTOFF, limit=_FUZZY_LIMIT):
                for spelling in index.by_key(other):
                    if spelling not in found:
                        near.setdefault(spelling, ("fuzzy", score))
        _keep_best(best, near, part, core_sound, whole, index)
    ranked = sorted(best.values(), key=lambda c: (-c.similarity - c.key_similarity, c.place))
    return ranked[:MOST_CANDIDATES]


def _keep_best(
    best: dict[int, Candidate],
    found: dict[int, tuple[str, float]],
    part: NamePart,
    core_sound: str,
    whole: tuple[str, ...],
    index: NameIndex,
) -> None:
    """Score spellings and keep the best of each place."""
    full_sound = sound(part.name)
    key_length = len(whole[0]) if whole else 0
    for spelling, (method, key_similarity) in found.items():
        place, text, _ = index.spellings[spelling]
        other_sound, other_modifiers, other_kind = _core(text)
        alike = sound_similarity(full_sound, sound(text))
        # "Idlib National Hospital" is not "Idlib": its kind words may be set aside only where they agree.
        if other_kind is None or other_kind == part.kind or other_kind in _PLAIN_KINDS:
            alike = max(alike, sound_similarity(core_sound, other_sound))
        shared = len(part.modifiers & other_modifiers)
        candidate = Candidate(
            place, spelling, method, alike, key_similarity, key_length,
            len(part.modifiers) - shared, len(other_modifiers) - shared, shared,
        )  # fmt: skip
        if place not in best or _order(candidate) > _order(best[place]):
            best[place] = candidate


def _order(c: Candidate) -> tuple[float, float, int]:
    return (
        c.similarity
        + c.key_similarity / 2
        - 0.1 * (c.modifiers_missing + c.modifiers_extra)
        + (c.method == "exact"),
        c.key_similarity,
        -c.spelling,
    )
