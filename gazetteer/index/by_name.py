"""Spellings to places: exact folded forms, shared skeletons, and near skeletons.

The index is three look-ups over the spellings of a gazetteer file, whose folded forms and skeleton keys
were computed when the file was built:

- :meth:`NameIndex.exact`: spellings with the same folded form;
- :meth:`NameIndex.by_key`: spellings that share a skeleton;
- :meth:`NameIndex.near_key`: spellings whose skeleton is a few edits away, by rapidfuzz over the distinct
  skeletons (some ten thousand short strings: about a millisecond).

Spellings and places are positions in tuples, so that a hit is two small integers.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from rapidfuzz.distance import Indel
from rapidfuzz.process import extract

__all__ = ["NameIndex"]

#: Skeletons shorter than this are not searched for near ones: everything is near to two letters.
_SHORTEST_FUZZY: Final = 3


class NameIndex:
    """Read-only index of spellings.

    Parameters
    ----------
    spellings
        ``(place, text, folded)`` for each spelling; `place` is the position of its place.
    keys
        ``(key, spelling)`` pairs; `spelling` is a position in `spellings`.
    """

    def __init__(self, spellings: Sequence[tuple[int, str, str]], keys: Iterable[tuple[str, int]]) -> None:
        self.spellings = spellings
        self._by_key: dict[str, list[int]] = {}
        for key, spelling in keys:
            self._by_key.setdefault(key, []).append(spelling)
        self._by_folded: dict[str, list[int]] = {}
        for number, (_, _, folded) in enumerate(spellings):
            self._by_folded.setdefault(folded, []).append(number)
        self._fuzzy_keys = [key for key in self._by_key if len(key) >= _SHORTEST_FUZZY]

    def exact(self, folded: str) -> Sequence[int]:
        """Return the spellings whose folded form is `folded`."""
        return self._by_folded.get(folded, ())

    def by_key(self, key: str) -> Sequence[int]:
        """Return the spellings that have this skeleton among theirs."""
        return self._by_key.get(key, ())

    def near_key(self, key: str, *, cutoff: float, limit: int) -> list[tuple[str, float]]:
        """Return distinct skeletons alike to `key`, with their similarity.

        Parameters
        ----------
        key
            A skeleton; one shorter than three letters finds nothing.
        cutoff
            Least Indel similarity, 0 to 1.
        limit
            How many at most, most alike first.
        """
        if len(key) < _SHORTEST_FUZZY:
            return []
        found = extract(
            key, self._fuzzy_keys, scorer=Indel.normalized_similarity, score_cutoff=cutoff, limit=limit
        )
        return [(near, score) for near, score, _ in found if near != key]
