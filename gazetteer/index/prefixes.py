"""The beginnings of names: what someone may be about to type.

Each spelling is found by its beginning and by the beginning of each of its words, both folded, so that "bab"
leads to "Al Bab" and "نعم" to "معرة النعمان" with or without its article. Of several words each may begin
another: "idlib hosp" leads to "Idlib National Hospital". Where that isn't enough, what sounds so far like the
beginning of a name is found by its skeleton: "Serak" leads to "Saraqib". This is for lists to choose from:
it knows no confidence; resolving a finished name is `gazetteer.resolve`.

Names that begin as typed come before those of which a later word does, those before scattered words, and
likeness comes last; among them the most prominent place comes first. A town that an area is named after
stands directly before that area: who types "Idlib" mostly means the city.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from heapq import nsmallest

from gazetteer.index.names import NameIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import search_keys
from gazetteer.values import Place, prominence

#: The Arabic article, which is written together with its word.
_ARTICLE = "ال"
#: Sorts after every folded letter.
_LAST = "\U0010ffff"
#: Letters of a skeleton that tell enough: two are the beginning of hundreds.
_SHORTEST_SKELETON = 3


class PrefixIndex:
    """Read-only index from beginnings to spellings and their places."""

    def __init__(self, names: NameIndex, places: Sequence[Place]) -> None:
        self._names = names
        self._places = places
        entries = sorted(
            {
                (form, number)
                for number, (_, _, folded) in enumerate(names.spellings)
                for form in _beginnings(folded)
            }
        )
        self._forms = [form for form, _ in entries]
        self._numbers = [number for _, number in entries]
        self._skeletons = sorted(names.skeletons())
        self._ranks = _ranks(names.spellings, places)

    def starting(
        self, folded: str, *, kinds: Collection[PlaceKind] | None = None, limit: int = 10
    ) -> list[tuple[Place, str]]:
        """Return at most `limit` places with the spelling that begins so, the likeliest to be meant first.

        An empty beginning finds nothing; `kinds` are the only ones to look for.
        """
        best: dict[int, tuple[int, int]] = {}  # of each place: how a spelling was found, and which
        for step in (self._begun, self._scattered, self._sounding):
            for found, number in step(folded):
                place = self._names.spellings[number][0]
                if (place not in best or (found, number) < best[place]) and (
                    kinds is None or self._places[place].kind in kinds
                ):
                    best[place] = found, number
            if len(best) >= limit:
                break
        chosen = nsmallest(
            limit, ((found, self._ranks[place], place, number) for place, (found, number) in best.items())
        )
        return [(self._places[place], self._names.spellings[number][1]) for _, _, place, number in chosen]

    def _begun(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield 0 and the spellings that begin so, and 1 and those of which a later word does."""
        for number in self._under(folded):
            whole = self._names.spellings[number][2]
            yield not whole.removeprefix(_ARTICLE).startswith(folded.removeprefix(_ARTICLE)), number

    def _scattered(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield 2 and spellings in which each of several words begins one; 3 if the first is a later one."""
        words = folded.split()
        if len(words) > 1:
            for number in set.intersection(*(set(self._under(word)) for word in words)):
                yield 2 + (not self._names.spellings[number][2].startswith(words[0])), number

    def _sounding(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield 4 and the spellings whose skeleton begins like this one."""
        for key in search_keys(folded):
            if len(key) >= _SHORTEST_SKELETON:
                first = bisect_left(self._skeletons, key)
                last = bisect_left(self._skeletons, key + _LAST)
                for skeleton in self._skeletons[first:last]:
                    for number in self._names.by_key(skeleton):
                        yield 4, number

    def _under(self, folded: str) -> Sequence[int]:
        if not folded:
            return ()
        first, last = bisect_left(self._forms, folded), bisect_left(self._forms, folded + _LAST)
        return self._numbers[first:last]


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
