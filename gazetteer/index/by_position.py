"""Positions to places: the nearest place to a point, exactly.

Places are put on the WGS 84 ellipsoid in earth-centred coordinates and kept in an R-tree of three
dimensions, so that neither the poles nor the antimeridian are special. The nearest by straight chord
is nearly always the nearest along the ellipsoid too, but not always. So the nearest by chord are
measured along the ellipsoid, more of them until the next chord is longer than the best way round.
"""

import math
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Final

from gazetteer.coords import LatLon
from gazetteer.geodesy import distance_m, earth_centred
from gazetteer.places import Place

if TYPE_CHECKING:
    from rtree.index import Index

__all__ = ["PositionIndex"]

#: How many of the nearest by chord are measured first.
_MEASURED: Final = 8


class PositionIndex:
    """Places by position.

    Parameters
    ----------
    places
        The places to look among.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self._places: Sequence[Place] = tuple(places)
        self._tree = self._build()
        # libspatialindex can't be asked by two threads at once: the process crashes.
        self._asking = Lock()

    def _build(self) -> "Index":
        from rtree.index import Index, Property

        boxes = ((n, earth_centred(place.position) * 2, None) for n, place in enumerate(self._places))
        # An R-tree cannot be filled from an empty stream.
        return (
            Index(boxes, properties=Property(dimension=3))
            if self._places
            else Index(properties=Property(dimension=3))
        )

    def nearest(self, position: LatLon) -> tuple[Place, float] | None:
        """Return the nearest place and its geodesic distance in metres; None when there are no places.

        Of places at the same distance, the one with the first id is returned.
        """
        if not self._places:
            return None
        box = earth_centred(position) * 2
        wanted = _MEASURED
        while True:
            with self._asking:
                numbers = list(self._tree.nearest(box, wanted))
            near = [self._places[n] for n in numbers]
            measured = ((distance_m(position, place.position), place.id, place) for place in near)
            metres, _, place = min(measured, key=lambda item: item[:2])
            farthest = max(math.dist(box[:3], earth_centred(p.position)) for p in near)
            # A chord is never longer than the way round: beyond this one, nothing can be nearer.
            if len(near) >= len(self._places) or farthest > metres:
                return place, metres
            wanted *= 4
