"""Where an incident was, by the names in its row: the place as written, and the areas round it."""

from collections.abc import Iterable
from typing import Final

from gazetteer.answers import Resolution
from gazetteer.country import pcode_chain, read_pcode
from gazetteer.errors import NotFoundError
from gazetteer.incidents.row import Mention, resolve_mention
from gazetteer.incidents.spots import Candidate, Fix, Several, area_chain, exclusive
from gazetteer.lookups import Lookups
from gazetteer.names.fold import fold

#: How many candidates of a name are looked at: as many as enriching lists.
_CANDIDATES: Final = 6
#: What says that one of several places is meant, folded.
_OR = frozenset({"or", "او", "either"})


def is_either(mention: Mention) -> bool:
    """Tell whether a row that names several places says that it was at one of them, and not at each.

    Examples
    --------
    >>> [is_either(Mention((name,))) for name in ("Saraqib or Idlib", "سراقب أو إدلب", "Saraqib, Idlib")]
    [True, True, False]
    """
    return any(not _OR.isdisjoint(fold(name).split()) for name in mention.names)


class NamedPositions:
    """Looks names up, and remembers what it found.

    Parameters
    ----------
    gazetteer
        Resolves the names.
    """

    def __init__(self, gazetteer: Lookups) -> None:
        self._gazetteer = gazetteer
        self._fixes: dict[Mention, Fix | Several | str] = {}
        self._candidates: dict[Mention, tuple[Candidate, ...]] = {}
        self._areas: dict[str, tuple[str, ...]] = {}
        self._extents: dict[str, float] = {"": 0.0}

    def at(self, mention: Mention) -> Fix | Several | str:
        """Return the position of the first name that has one, or the several; else why there is none."""
        if mention not in self._fixes:
            found = resolve_mention(self._gazetteer, mention, limit=_CANDIDATES)
            self._candidates[mention] = _candidates(found)
            if found is None:
                self._fixes[mention] = "the row has no coordinates and no place"
            elif found.status == "several":
                fixes = tuple(Fix.of(match.place, radius_m=match.uncertainty_m) for match in found.places)
                self._fixes[mention] = Several(fixes, is_either(mention))
            elif found.best is None:
                self._fixes[mention] = f"the place name is {found.status}"
            else:
                self._fixes[mention] = Fix.of(found.best.place, radius_m=found.best.uncertainty_m)
        return self._fixes[mention]

    def candidates(self, mention: Mention) -> tuple[Candidate, ...]:
        """Return what a mention may mean, as :attr:`Incident.candidates` has it."""
        self.at(mention)
        return self._candidates[mention]

    def reach_m(self, place_id: str, radius_m: float) -> float:
        """Return the radius of a circle round a place that holds all of it, and no less than is stated."""
        if place_id not in self._extents:
            try:
                self._extents[place_id] = self._gazetteer.place(place_id).uncertainty_m
            except NotFoundError:  # of another gazetteer, or computed
                self._extents[place_id] = 0.0
        return max(radius_m, self._extents[place_id])

    def areas(self, cells: Iterable[str]) -> tuple[str, ...]:
        """Return the P-codes of the areas that cells name, each inside the one before it."""
        chain: tuple[str, ...] = ()
        for pcodes in sorted((self._area(cell.strip()) for cell in cells), key=len):
            if pcodes[: len(chain)] == chain:  # an area elsewhere of the same name is left out
                chain = pcodes
        return chain

    def _area(self, cell: str) -> tuple[str, ...]:
        if cell not in self._areas:
            self._areas[cell] = self._find_area(cell)
        return self._areas[cell]

    def _find_area(self, cell: str) -> tuple[str, ...]:
        if chain := pcode_chain(read_pcode(cell) or ""):
            return chain
        if not cell:
            return ()
        try:
            return area_chain(self._gazetteer.area(cell))
        except NotFoundError:
            return ()


def _candidates(found: Resolution | None) -> tuple[Candidate, ...]:
    if found is None:
        return ()
    if found.status == "several":
        return tuple(
            Candidate(Fix.of(match.place, radius_m=match.uncertainty_m), match.confidence)
            for match in found.places
        )
    return exclusive(
        Candidate(Fix.of(match.place, radius_m=match.uncertainty_m), match.confidence)
        for match in found.matches
    )
