"""Positions to what is there: the nearest place, and the admin units.

**The nearest place.** Places are put on the WGS 84 ellipsoid in earth-centred coordinates and kept in an
R-tree of three dimensions (many points at once: a k-d tree), so that neither the poles nor the antimeridian
are special. The nearest by straight chord is nearly always the nearest along the ellipsoid too, but not
always. So the nearest by chord are measured along the ellipsoid, more of them until the next chord is longer
than the best way round.

**The admin units.** With polygons the chain is "within": that of the narrowest unit whose polygon covers the
point (:mod:`gazetteer.index.areas`), and a point that none covers is outside the country. Without polygons
the best that can be said is the chain of the nearest place that states one, "nearest"; whether a point is
outside is then not known.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from rtree.index import Index, Property

from gazetteer.answers import AreasAnswer
from gazetteer.geodesy import LatLon, distance_m, geod
from gazetteer.kinds import PlaceKind
from gazetteer.points import Floats, Integers, Points
from gazetteer.values import AdminMethod, AdminUnit, Place

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

    from gazetteer.index.areas import AreaIndex

#: How many of the nearest by chord are measured first.
_MEASURED: Final = 8
#: How much longer than the way round rounding may make a chord, in metres.
_ROUNDING_M: Final = 1e-6
#: From how many points on a k-d tree is worth making: some hundredths of a second.
_MANY: Final = 100


class PositionIndex:
    """Places by position; numbers are positions in `places`."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places: Sequence[Place] = tuple(places)
        self._points = Points.of([place.position for place in self.places])
        boxes = ((n, (*xyz, *xyz), None) for n, xyz in enumerate(self._points.xyz_m.tolist()))
        space = Property(dimension=3)
        # An R-tree cannot be filled from an empty stream.
        self._tree = Index(boxes, properties=space) if self.places else Index(properties=space)
        # libspatialindex can't be asked by two threads at once: the process crashes.
        self._asking = Lock()

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
        number, metres = self._nearest(position)
        return self.places[number], metres

    def _nearest(self, position: LatLon) -> tuple[int, float]:
        here = Points.of([position]).xyz_m[0]
        wanted = _MEASURED
        while True:
            with self._asking:
                near = list(self._tree.nearest((*here, *here), wanted))
            measured = ((distance_m(position, self.places[n].position), self.places[n].id, n) for n in near)
            metres, _, number = min(measured)
            farthest = np.linalg.norm(self._points.xyz_m[near] - here, axis=1).max()
            # A chord is never longer than the way round: beyond this one, nothing can be nearer.
            if len(near) >= len(self.places) or farthest > metres + _ROUNDING_M:
                return number, metres
            wanted *= 4

    def nearest_many(self, points: Points) -> tuple[Integers, Floats]:
        """Return for each point the number of the nearest place, as :meth:`nearest` finds it, and metres."""
        if len(points) < _MANY:
            found = [self._nearest(points.at(row)) for row in range(len(points))]
            return np.array([n for n, _ in found], dtype=np.intp), np.array([m for _, m in found])
        width = min(2, len(self.places))  # the second tells whether the first can be the nearest
        chords, near = self._chords.query(points.xyz_m, k=np.arange(1, width + 1))
        row, there = np.repeat(np.arange(len(points)), width), self._points.take(near.ravel())
        ways = geod().inv(points.longitudes[row], points.latitudes[row], there.longitudes, there.latitudes)
        metres = ways[2].reshape(near.shape)
        best = np.lexsort((near, metres), axis=-1)[:, 0]
        rows = np.arange(len(points))
        numbers, nearest_m = near[rows, best], metres[rows, best]
        if width < len(self.places):
            for at in np.flatnonzero(chords[:, -1] <= nearest_m + _ROUNDING_M).tolist():
                numbers[at], nearest_m[at] = self._nearest(points.at(at))
        return numbers, nearest_m

    @cached_property
    def _chords(self) -> "cKDTree":
        from scipy.spatial import cKDTree

        return cKDTree(self._points.xyz_m)


#: The chain at a point, how it is known, and whether the point is outside (None: not known).
Located = tuple[tuple[AdminUnit, ...], AdminMethod, bool | None]
#: Chains of admin units, governorate first; the empty one stands for no known unit.
_Chains = tuple[tuple[AdminUnit, ...], ...]


class AdminIndex:
    """Admin chains by position, and the settlements.

    Parameters
    ----------
    places
        Every place of the gazetteer.
    areas
        The polygons of the units among them; None without polygons.
    """

    def __init__(self, places: Sequence[Place], areas: "AreaIndex | None") -> None:
        self._places = places
        self._areas = areas
        if areas is not None:
            chains = {p.id: _chain_of(p) for p in places if p.kind.group == "admin"}
            # The last one is what OUTSIDE, -1, stands for.
            self._chains: _Chains = (*(chains.get(pcode, ()) for pcode in areas.pcodes), ())

    @cached_property
    def settlements(self) -> PositionIndex:
        """The settlements by position."""
        return PositionIndex(place for place in self._places if place.kind.group == "settlement")

    @cached_property
    def _units(self) -> PositionIndex:
        return PositionIndex(place for place in self._places if place.kind is PlaceKind.SUBDISTRICT)

    def at(self, points: Points) -> AreasAnswer:
        """Return the chains at some points, how they are known, and whether they are outside the country."""
        if self._areas is not None:
            numbers = self._areas.numbers_at(points.latitudes, points.longitudes)
            return AreasAnswer(numbers, self._chains, "within", numbers < 0)
        return AreasAnswer(*self._nearest(points), "nearest", None)

    def warm(self) -> None:
        """Make what is otherwise made by the first question that needs it."""
        if self._areas is not None:
            self._areas.warm()
        for index, *_ in self._stating[1]:
            index.warm()

    def _nearest(self, points: Points) -> tuple[NDArray[np.int32], _Chains]:
        """Take the chain of the nearest sub-district point or settlement that states one.

        Settlements count as well: they lie denser than the representative points of sub-districts. A unit's
        radius reaches its farthest border, a settlement's its edge: beyond both, a point is in none that we
        know.
        """
        chains, indexes = self._stating
        rows = np.zeros(len(points), dtype=np.int32)
        best = np.full(len(points), np.inf)
        inside = np.zeros(len(points), dtype=np.bool_)
        for index, chain_of, radii_m in indexes if len(points) else ():
            numbers, metres = index.nearest_many(points)
            chain = chain_of[numbers]
            stated = chain > 0
            inside |= stated & (metres <= radii_m[numbers])
            nearer = stated & (metres < best)
            rows[nearer], best[nearer] = chain[nearer], metres[nearer]
        rows[~inside] = 0
        return rows, chains

    @cached_property
    def _stating(self) -> tuple[_Chains, list[tuple[PositionIndex, NDArray[np.int32], Floats]]]:
        """The chains that sub-districts and settlements state, and of each its number, and its radius."""
        order: dict[tuple[AdminUnit, ...], int] = {(): 0}
        found = []
        for index in filter(lambda index: index.places, (self._units, self.settlements)):
            numbers = [order.setdefault(place.admin, len(order)) for place in index.places]
            radii_m = [place.uncertainty_m for place in index.places]
            found.append((index, np.array(numbers, dtype=np.int32), np.array(radii_m)))
        return tuple(order), found


def _chain_of(unit: Place) -> tuple[AdminUnit, ...]:
    """Return the chain of what lies in an admin unit: what the unit lies in, and the unit itself."""
    level = unit.kind.admin_level or 0
    wider = tuple(step for step in unit.admin if step.level < level)
    return (*wider, AdminUnit(level, unit.id, unit.name, unit.name_ar)) if level else ()
