"""How far coordinates may be off, told by the code of precision that stands beside them.

The codes are those of :mod:`gazetteer.precision`. Where one says "somewhere in the district", the
radius is that which holds the district, seen from the coordinates, if the gazetteer knows it.
"""

from typing import Protocol

from gazetteer.coords import LatLon
from gazetteer.errors import NotFoundError
from gazetteer.geodesy import distance_m
from gazetteer.places import Place
from gazetteer.precision import AREA_RADII_M, stated_radius
from gazetteer.results import ReverseAnswer

__all__ = ["CoordinateRadii"]

_LEVELS = {"governorate": 1, "district": 2}


class _KnowsAreas(Protocol):
    def reverse(self, position: LatLon) -> ReverseAnswer: ...

    def place(self, place_id: str) -> Place: ...


class CoordinateRadii:
    """Gives coordinates their radii; remembers those of areas.

    Parameters
    ----------
    gazetteer
        Knows the areas and their radii.
    """

    def __init__(self, gazetteer: _KnowsAreas) -> None:
        self._gazetteer = gazetteer
        self._known: dict[tuple[LatLon, str], float] = {}

    def of(self, code: str, column: str, position: LatLon, problems: list[str]) -> float:
        """Return the radius in metres of a position that has a code of precision.

        A cell that can't be read is taken for the least exact code, which claims nothing, and
        `problems` is told.
        """
        stated = stated_radius(code, column=column)
        if stated is None:
            problems.append(f"{code!r} is no precision that is known here: taken as somewhere in the country")
            stated = "country"
        if not isinstance(stated, str):
            return stated
        if (position, stated) not in self._known:
            self._known[position, stated] = self._across(position, stated)
        return self._known[position, stated]

    def _across(self, position: LatLon, kind: str) -> float:
        """Return the radius round a position that holds the area of a kind that it lies in."""
        level = _LEVELS.get(kind)
        chain = self._gazetteer.reverse(position).admin if level else ()
        try:
            area = self._gazetteer.place(next(unit.pcode for unit in chain if unit.level == level))
        except (StopIteration, NotFoundError):
            return AREA_RADII_M[kind]
        return area.uncertainty_m + distance_m(position, area.position)
