"""Spellings to places: exact folded forms, shared skeletons, and near skeletons.

Folded forms and skeleton keys were computed when the gazetteer file was built. A skeleton is near another
that differs by one letter, which is found through what is left of each without it (the deletion
neighbourhoods of Mor and Fraenkel 1982). Spellings and places are positions in tuples, so that a hit is two
small integers.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import combinations
from typing import Final

from rapidfuzz.distance import Indel

#: Skeletons shorter than this are not searched for near ones: everything is near to two letters.
_SHORTEST_FUZZY: Final = 3
#: Words and skeletons that more spellings share than this tell no places apart.
MOST_SHARING: Final = 30


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

    def without(self, places: Collection[int]) -> "NameIndex":
        """Return the index without the spellings of some places; numbers stay what they are."""
        other = NameIndex(self.spellings, ())
        for mine, its in ((self._by_key, other._by_key), (self._by_folded, other._by_folded)):
            its.clear()
            for form, numbers in mine.items():
                if kept := [number for number in numbers if self.spellings[number][0] not in places]:
                    its[form] = kept
        return other

    def exact(self, folded: str) -> Sequence[int]:
        """Return the spellings whose folded form is `folded`."""
        return self._by_folded.get(folded, ())

    def knows_word(self, folded: str) -> bool:
        """Tell whether a folded word stands in any spelling."""
        return folded in self._words

    def is_common(self, folded: str) -> bool:
        """Tell whether a word is in so many spellings that it tells no places apart: Tell, Kafr."""
        return self._words[folded] > MOST_SHARING

    @cached_property
    def _words(self) -> Counter[str]:
        return Counter(word for folded in self._by_folded for word in folded.split())

    def by_key(self, key: str) -> Sequence[int]:
        """Return the spellings that have this skeleton among theirs."""
        return self._by_key.get(key, ())

    def skeletons(self) -> Iterator[str]:
        """Yield every skeleton of a whole spelling."""
        return (key for key in self._by_key if not key.startswith("~"))

    def near_key(self, key: str, *, limit: int) -> list[tuple[str, float]]:
        """Return at most `limit` skeletons one letter away, with their similarity, 0 to 1, most alike first.

        One letter is missing, added, replaced or moved: the skeletons are equal once at most one letter is
        taken out of each. A skeleton of fewer than three letters finds nothing.
        """
        if len(key) < _SHORTEST_FUZZY:
            return []
        near = {other for form in _shortened(key) for other in self._by_shortened.get(form, "").split()}
        near.discard(key)
        scored = ((other, Indel.normalized_similarity(key, other)) for other in near)
        return sorted(scored, key=lambda item: (-item[1], item[0]))[:limit]

    def warm(self) -> None:
        """Make what is otherwise made when the first name is missed."""
        len(self._by_shortened)
        len(self._words)

    @cached_property
    def _by_shortened(self) -> dict[str, str]:
        """Skeletons by what is left of them without any one letter; made when the first name is missed.

        They stand in one string with spaces between: as many lists would take twice the time to make.
        """
        found: dict[str, str] = {}
        for key in self.skeletons():
            if len(key) >= _SHORTEST_FUZZY:
                for form in _shortened(key):
                    others = found.get(form)
                    found[form] = f"{others} {key}" if others else key
        return found


def _shortened(key: str) -> set[str]:
    """Return `key`, and `key` without each of its letters."""
    return {key, *map("".join, combinations(key, len(key) - 1))}
