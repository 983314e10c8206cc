"""Where an incident was, by the names in its row: the place as written, and the areas round it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gazetteer.coords import LatLon
from gazetteer.errors import NotFoundError
from gazetteer.lookups import Lookups
from gazetteer.places import Place

__all__ = ["Fix", "NamedPositions", "area_chain"]

#: OCHA's code of a governorate, district or sub-district.
_PCODE = re.compile(r"SY(?:\d{2}){1,3}")


@dataclass(frozen=True, slots=True)
class Fix:
    """A position, its radius in metres, and the areas (P-codes) and the id of the place that gave it.

    `generalised_to_deg` is the side of the cell that the place was generalised to, in degrees.
    """

    position: LatLon
    uncertainty_m: float
    admin: tuple[str, ...] = ()
    place_id: str = ""
    radius_known: bool = True
    generalised_to_deg: float | None = None

    @classmethod
    def of(cls, place: Place) -> "Fix":
        """Return the position that a place gives."""
        areas, side = area_chain(place), place.generalised_to_deg
        return cls(place.position, place.uncertainty_m, areas, place.id, generalised_to_deg=side)


class NamedPositions:
    """Looks names up, and remembers what it found.

    Parameters
    ----------
    gazetteer
        Resolves the names.
    """

    def __init__(self, gazetteer: Lookups) -> None:
        self._gazetteer = gazetteer
        self._fixes: dict[tuple[str, tuple[str, ...]], Fix | str] = {}
        self._areas: dict[str, tuple[str, ...]] = {}

    def at(self, names: Iterable[str], context: tuple[str, ...]) -> Fix | str:
        """Return the position of the first name that has one, else why the first has none.

        Parameters
        ----------
        names
            The place as written, perhaps in several languages.
        context
            The areas that the row names.
        """
        reasons = []
        for name in names:
            key = (name, context)
            if key not in self._fixes:
                self._fixes[key] = self._resolve(name, context)
            found = self._fixes[key]
            if isinstance(found, Fix):
                return found
            reasons.append(found)
        return reasons[0] if reasons else "the row has no coordinates and no place"

    def areas(self, cells: Iterable[str]) -> tuple[str, ...]:
        """Return the P-codes of the areas that cells name, each inside the one before it."""
        chain: tuple[str, ...] = ()
        for pcodes in sorted((self._area(cell.strip()) for cell in cells), key=len):
            if pcodes[: len(chain)] == chain:  # an area elsewhere of the same name is left out
                chain = pcodes
        return chain

    def _resolve(self, name: str, context: tuple[str, ...]) -> Fix | str:
        resolution = self._gazetteer.resolve(name, context=context)
        if resolution.best is None:
            return f"the place name is {resolution.status}"
        return Fix.of(resolution.best.place)

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
