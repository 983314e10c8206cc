"""Where an incident was, by the names in its row: the place as written, and the areas round it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gazetteer.errors import NotFoundError
from gazetteer.incidents.row import Mention, resolve_mention
from gazetteer.lookups import Lookups
from gazetteer.places import Place
from gazetteer.values import LatLon

__all__ = ["Fix", "NamedPositions", "area_chain"]

#: OCHA's code of a governorate, district or sub-district.
_PCODE = re.compile(r"SY(?:\d{2}){1,3}")


@dataclass(frozen=True, slots=True)
class Fix:
    """A position that a place gave.

    Parameters
    ----------
    position, uncertainty_m
        Where it is, and its radius in metres.
    admin
        P-codes of the areas that it lies in, governorate first.
    place_id
        The place.
    generalised_to_deg
        The side in degrees of the cell that the place was generalised to; None where it wasn't.
    """

    position: LatLon
    uncertainty_m: float
    admin: tuple[str, ...] = ()
    place_id: str = ""
    generalised_to_deg: float | None = None

    @classmethod
    def of(cls, place: Place) -> "Fix":
        """Return the position that a place gives."""
        return cls(place.position, place.uncertainty_m, area_chain(place), place.id, place.generalised_to_deg)


class NamedPositions:
    """Looks names up, and remembers what it found.

    Parameters
    ----------
    gazetteer
        Resolves the names.
    """

    def __init__(self, gazetteer: Lookups) -> None:
        self._gazetteer = gazetteer
        self._fixes: dict[Mention, Fix | str] = {}
        self._areas: dict[str, tuple[str, ...]] = {}

    def at(self, mention: Mention) -> Fix | str:
        """Return the position of the first name that has one, else why there is none."""
        if mention not in self._fixes:
            found = resolve_mention(self._gazetteer, mention)
            if found is None:
                self._fixes[mention] = "the row has no coordinates and no place"
            elif found.best is None:
                self._fixes[mention] = f"the place name is {found.status}"
            else:
                self._fixes[mention] = Fix.of(found.best.place)
        return self._fixes[mention]

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
        if _PCODE.fullmatch(cell):  # OCHA's codes nest: a district's begins with its governorate's
            return tuple(cell[:length] for length in range(4, len(cell) + 1, 2))
        if not cell:
            return ()
        try:
            return area_chain(self._gazetteer.area(cell))
        except NotFoundError:
            return ()


def area_chain(place: Place) -> tuple[str, ...]:
    """Return the P-codes of the areas that a place lies in or is, governorate first."""
    if place.kind.admin_level and place.id not in place.pcodes:
        return (*place.pcodes, place.id)
    return place.pcodes
