"""Positions to places: the nearest place to a point, exactly.

Places are put on the WGS 84 ellipsoid in earth-centred coordinates and kept in an R-tree of three
dimensions, so that neither the poles nor the antimeridian are special. The nearest by straight chord
is nearly always the nearest along the ellipsoid too, but not always. So the nearest by chord are
measured along the ellipsoid, more of them until the next chord is longer than the best way round.
"""

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Final

from gazetteer.geodesy import LatLon, distance_m, earth_centred, geod
from gazetteer.values import Place

if TYPE_CHECKING:
    from rtree.index import Index
    from scipy.spatial import cKDTree

    from gazetteer.points import Floats, Integers

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
        self.places: Sequence[Place] = tuple(places)
        self._tree = self._build()
        # libspatialindex can't be asked by two threads at once: the process crashes.
        self._asking = Lock()

    def _build(self) -> "Index":
        from rtree.index import Index, Property

        boxes = ((n, earth_centred(place.position) * 2, None) for n, place in enumerate(self.places))
        # An R-tree cannot be filled from an empty stream.
        return (
            Index(boxes, properties=Property(dimension=3))
            if self.places
            else Index(properties=Property(dimension=3))
        )

    def warm(self) -> None:
        """Make what is otherwise made for the first long array."""
        if self.places:
            _ = self._chords

    def nearest(self, position: LatLon) -> tuple[Place, float] | None:
        """Return the nearest place and its geodesic distance in metres; None when there are no places.

        Of places at the same distance, the one with the first id is returned.
        """
        if not self.places:
            return None
        box = earth_centred(position) * 2
        wanted = _MEASURED
        while True:
            with self._asking:
                numbers = list(self._tree.nearest(box, wanted))
            near = [self.places[n] for n in numbers]
            measured = ((distance_m(position, place.position), place.id, place) for place in near)
            metres, _, place = min(measured, key=lambda item: item[:2])
            farthest = max(math.dist(box[:3], earth_centred(p.position)) for p in near)
            # A chord is never longer than the way round: beyond this one, nothing can be nearer.
            if len(near) >= len(self.places) or farthest > metres:
                return place, metres
            wanted *= 4

    def nearest_many(self, latitudes: "Floats", longitudes: "Floats") -> "tuple[Integers, Floats]":
        """Return for each position the number of the nearest place, as :meth:`nearest` finds it, and metres.

        Numbers are those of :attr:`places`; there must be at least one.
        """
        import numpy as np

        from gazetteer.points import earth_centred_m

        here = earth_centred_m(latitudes, longitudes)
        width = min(2, len(self.places))  # the second tells whether the first can be the nearest
        tree, every = self._chords
        chords, found = tree.query(here, k=np.arange(1, width + 1))
        row = np.repeat(np.arange(len(here)), width)
        there = every[found.ravel()]
        metres = geod().inv(longitudes[row], latitudes[row], there[:, 1], there[:, 0])[2].reshape(found.shape)
        order = np.lexsort((found, metres), axis=-1)[:, 0]
        rows = np.arange(len(here))
        numbers, nearest_m = found[rows, order], metres[rows, order]
        if width < len(self.places):
            for at in np.flatnonzero(chords[:, -1] <= nearest_m).tolist():
                answer = self.nearest(LatLon(float(latitudes[at]), float(longitudes[at])))
                assert answer is not None  # there are places
                numbers[at], nearest_m[at] = self.places.index(answer[0]), answer[1]
        return numbers, nearest_m

    @cached_property
    def _chords(self) -> "tuple[cKDTree, Floats]":
        """The places in earth-centred coordinates, for many questions at once, and in degrees."""
        import numpy as np
        from scipy.spatial import cKDTree

        from gazetteer.points import earth_centred_m

        degrees = np.array([(p.position.latitude, p.position.longitude) for p in self.places])
        return cKDTree(earth_centred_m(degrees[:, 0], degrees[:, 1])), degrees
