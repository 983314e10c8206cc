"""The beginnings of names: what someone may be about to type.

Each spelling is found by its beginning and by the beginning of each of its words, both folded, so that "bab"
leads to "Al Bab" and "نعم" to "معرة النعمان" with or without its article. This is for lists to choose from:
it knows no confidence; resolving a finished name is `gazetteer.resolve`.

Names that begin as typed come before those of which a later word does; among them the most prominent place
comes first. A town that an area is named after stands directly before that area: who types "Idlib" mostly
means the city.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from heapq import nsmallest

from gazetteer.kinds import PlaceKind
from gazetteer.values import Place, prominence

#: The Arabic article, which is written together with its word.
_ARTICLE = "ال"
#: Sorts after every folded letter.
_LAST = "\U0010ffff"


class PrefixIndex:
    """Read-only index from beginnings to spellings, which are ``(place, text, folded)`` as in `NameIndex`."""

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
        self._ranks = _ranks(spellings, places)

    def starting(
        self, folded: str, *, kinds: Collection[PlaceKind] | None = None, limit: int = 10
    ) -> list[tuple[Place, str]]:
        """Return at most `limit` places with the spelling that begins so, the likeliest to be meant first.

        An empty beginning finds nothing; `kinds` are the only ones to look for.
        """
        if not folded:
            return []
        best: dict[int, tuple[bool, int]] = {}  # of each place: whether an inner word matched, which spelling
        first, last = bisect_left(self._forms, folded), bisect_left(self._forms, folded + _LAST)
        for number in self._numbers[first:last]:
            place, _, whole = self._spellings[number]
            found = (not whole.removeprefix(_ARTICLE).startswith(folded.removeprefix(_ARTICLE)), number)
            if place not in best or found < best[place]:
                best[place] = found
        chosen = nsmallest(
            limit,
            (
                (inner, self._ranks[place], place, number)
                for place, (inner, number) in best.items()
                if kinds is None or self._places[place].kind in kinds
            ),
        )
        return [(self._places[place], self._spellings[number][1]) for _, _, place, number in chosen]


def _beginnings(folded: str) -> set[str]:
    """Return a folded spelling from each of its words on, with and without the article."""
    words = folded.split()
    forms = {" ".join(words[start:]) for start in range(len(words))}
    return forms | {form[len(_ARTICLE) :] for form in forms if form.startswith(_ARTICLE)}


def _ranks(spellings: Sequence[tuple[int, str, str]], places: Sequence[Place]) -> list[int]:
    """Return each place's position in a list of all, the likeliest to be meant first."""
    names: list[set[str]] = [set() for _ in places]
    for place, _, folded in spellings:
        names[place].add(folded)
    units = {place.id: number for number, place in enumerate(places) if place.kind.group == "admin"}

    def key(number: int) -> tuple[float, bool, str]:
        place = places[number]
        seats: tuple[int, ...] = ()
        if place.kind.group == "settlement":
            seats = tuple(units[code] for code in place.pcodes if code in units)
        named = (prominence(places[unit]) for unit in seats if names[unit] & names[number])
        return -max([prominence(place), *named]), place.kind.group == "admin", place.id

    ranks = [0] * len(places)
    for rank, number in enumerate(sorted(range(len(places)), key=key)):
        ranks[number] = rank
    return ranks
