"""The beginnings of names: what someone may be about to type.

Each spelling is found by its beginning and by the beginning of each of its words, both folded, so that "bab"
leads to "Al Bab" and "نعم" to "معرة النعمان" with or without its article. This is for lists to choose from:
it ranks by prominence and knows no confidence; resolving a finished name is `gazetteer.resolve`.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence

from gazetteer.places import Place, PlaceKind, prominence

__all__ = ["PrefixIndex"]

#: The Arabic article, which is written together with its word.
_ARTICLE = "ال"
#: Sorts after every folded letter.
_LAST = "\U0010ffff"


class PrefixIndex:
    """Read-only index from beginnings to spellings.

    Parameters
    ----------
    spellings
        ``(place, text, folded)`` for each spelling; `place` is the position of its place in `places`.
    places
        The places.
    """

    def __init__(self, spellings: Sequence[tuple[int, str, str]], places: Sequence[Place]) -> None:
        self._spellings = spellings
        self._places = places
        entries = sorted(
            {
                (form, number)
                for number, (_, _, folded) in enumerate(spellings)
                for form in _beginnings(folded)
            }
        )
        self._forms = [form for form, _ in entries]
        self._numbers = [number for _, number in entries]

    def starting(
        self, folded: str, *, kinds: Collection[PlaceKind] | None = None, limit: int = 10
    ) -> list[tuple[Place, str]]:
        """Return places with the spelling that begins so, the most prominent first.

        Parameters
        ----------
        folded
            The folded beginning; an empty one finds nothing.
        kinds
            Only these kinds.
        limit
            How many places at most.
        """
        if not folded:
            return []
        best: dict[int, tuple[bool, int]] = {}  # of each place: whether an inner word matched, which spelling
        first, last = bisect_left(self._forms, folded), bisect_left(self._forms, folded + _LAST)
        for number in self._numbers[first:last]:
            place, _, whole = self._spellings[number]
            rank = (not whole.startswith(folded), number)
            if place not in best or rank < best[place]:
                best[place] = rank
        found = ((self._places[place], *rank) for place, rank in best.items())
        chosen = [item for item in found if kinds is None or item[0].kind in kinds]
        chosen.sort(key=lambda item: (item[1], -prominence(item[0]), item[0].id))
        return [(place, self._spellings[number][1]) for place, _, number in chosen[:limit]]


def _beginnings(folded: str) -> set[str]:
    """Return a folded spelling from each of its words on, with and without the article."""
    words = folded.split()
    forms = {" ".join(words[start:]) for start in range(len(words))}
    return forms | {form[len(_ARTICLE) :] for form in forms if form.startswith(_ARTICLE)}
