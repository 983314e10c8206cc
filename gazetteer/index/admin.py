"""Positions to admin chains: by polygon where the file has polygons, else by what is nearest.

With polygons the chain is "within": that of the narrowest unit whose polygon covers the point, and a
point that no polygon covers is outside the country. Without polygons the best that can be said is the
chain of the nearest place that states one, "nearest"; whether a point is outside is then not known.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gazetteer.answers import AreasAnswer
from gazetteer.errors import CoordinateError
from gazetteer.geodesy import LatLon
from gazetteer.index.positions import PositionIndex
from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminMethod, AdminUnit, Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from gazetteer.index.areas import AreaIndex

    #: Places, of each the number of its chain, and its radius.
    _Stating = tuple[PositionIndex, NDArray[np.int32], NDArray[np.float64]]

#: The chain at a point, how it is known, and whether the point is outside (None: not known).
Located = tuple[tuple[AdminUnit, ...], AdminMethod, bool | None]
_NOWHERE: Final[tuple[AdminUnit, ...]] = ()


class AdminIndex:
    """Admin chains by position.

    Parameters
    ----------
    places
        Every place of the gazetteer.
    settlements
        Gives the settlements among them by position; asked when first needed.
    areas
        The polygons of the units among them; None without polygons.
    """

    def __init__(
        self,
        places: Sequence[Place],
        settlements: Callable[[], PositionIndex],
        areas: "AreaIndex | None" = None,
    ) -> None:
        self._settlements = settlements
        self._places = places
        self._areas = areas
        if areas is not None:
            chains = {p.id: _chain_of(p) for p in places if p.kind.group == "admin"}
            # The last one is what OUTSIDE, -1, stands for.
            self._chains = (*(chains.get(pcode, _NOWHERE) for pcode in areas.pcodes), _NOWHERE)

    def at(self, position: LatLon) -> Located:
        """Return the chain at a position, how it is known, and whether it is outside the country."""
        if self._areas is None:
            return self._nearest(position)
        number = self._areas.number_at(position)
        chain = self._chains[number]
        return chain, "within" if chain else "unknown", number < 0

    def at_many(self, latitudes: "ArrayLike", longitudes: "ArrayLike") -> AreasAnswer:
        """Return the same for many positions; see :meth:`gazetteer.Gazetteer.areas_at`."""
        lat, lon = _checked(latitudes, longitudes)
        if self._areas is not None:
            numbers = self._areas.numbers_at(lat, lon)
            return AreasAnswer(numbers, self._chains, "within", numbers < 0)
        rows, chains = self._nearest_many(lat, lon)
        return AreasAnswer(rows, chains, "nearest", None)

    def warm(self) -> None:
        """Make what is otherwise made by the first question that needs it."""
        for index, *_ in self._chains_stated[1]:
            index.warm()
        if self._areas is not None:
            self._areas.warm()

    @cached_property
    def _units(self) -> PositionIndex:
        return PositionIndex(p for p in self._places if p.kind is PlaceKind.SUBDISTRICT)

    def _nearest(self, position: LatLon) -> Located:
        """Take the chain of the nearest sub-district point or settlement that states one.

        Settlements count as well: they lie denser than the representative points of sub-districts.
        """
        unit, settlement = self._units.nearest(position), self._settlements().nearest(position)
        found = [f for f in (unit, settlement) if f and f[0].admin]
        # A unit's radius reaches its farthest border, a settlement's its edge: beyond both, a point is in
        # none that we know.
        if not any(metres <= place.uncertainty_m for place, metres in found):
            return _NOWHERE, "unknown", None
        return min(found, key=lambda item: item[1])[0].admin, "nearest", None

    def _nearest_many(
        self, latitudes: "NDArray[np.float64]", longitudes: "NDArray[np.float64]"
    ) -> "tuple[NDArray[np.int32], tuple[tuple[AdminUnit, ...], ...]]":
        """Return for each position the number of its chain, as :meth:`_nearest` finds it, and the chains."""
        import numpy as np

        rows = np.zeros(len(latitudes), dtype=np.int32)
        chains, indexes = self._chains_stated
        best = np.full(len(latitudes), np.inf)
        inside = np.zeros(len(latitudes), dtype=np.bool_)
        for index, chain_of, radii_m in indexes if len(latitudes) else ():
            numbers, metres = index.nearest_many(latitudes, longitudes)
            chain = chain_of[numbers]
            stated = chain > 0
            inside |= stated & (metres <= radii_m[numbers])
            nearer = stated & (metres < best)
            rows[nearer], best[nearer] = chain[nearer], metres[nearer]
        rows[~inside] = 0
        return rows, chains

    @cached_property
    def _chains_stated(self) -> "tuple[tuple[tuple[AdminUnit, ...], ...], list[_Stating]]":
        """The chains that sub-districts and settlements state, and of each its number, and its radius."""
        import numpy as np

        order: dict[tuple[AdminUnit, ...], int] = {_NOWHERE: 0}
        found = []
        for index in filter(lambda index: index.places, (self._units, self._settlements())):
            numbers = [order.setdefault(place.admin, len(order)) for place in index.places]
            radii_m = [place.uncertainty_m for place in index.places]
            found.append((index, np.array(numbers, dtype=np.int32), np.array(radii_m)))
        return tuple(order), found


def areas_of(places: Iterable[Place], shapes: Iterable[tuple[str, int, bytes]]) -> "AreaIndex | None":
    """Return the index of the units' polygons; None without polygons.

    Parameters
    ----------
    places
        The admin units, perhaps among others. A shape of a unit that is not among them is left out, as there
        is no name to answer with: the wider unit answers instead.
    shapes
        P-code, level and WKB of each polygon.

    Raises
    ------
    InputError
        If a shape is not readable.
    """
    units = {place.id for place in places if place.kind.group == "admin"}
    known = [shape for shape in shapes if shape[0] in units or shape[1] == 0]
    if not known:
        return None
    from gazetteer.index.areas import AreaIndex

    return AreaIndex(known)


def _chain_of(unit: Place) -> tuple[AdminUnit, ...]:
    """Return the chain of what lies in an admin unit: what the unit lies in, and the unit itself."""
    level = unit.kind.admin_level or 0
    wider = tuple(step for step in unit.admin if step.level < level)
    return (*wider, AdminUnit(level, unit.id, unit.name, unit.name_ar)) if level else _NOWHERE


def _checked(
    latitudes: "ArrayLike", longitudes: "ArrayLike"
) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Return both as arrays of numbers, once every row is known to be a position."""
    import numpy as np

    lat, lon = (_numbers(v, name) for v, name in ((latitudes, "latitudes"), (longitudes, "longitudes")))
    if len(lat) != len(lon):
        raise CoordinateError(
            f"there are {len(lat)} latitudes and {len(lon)} longitudes: give one of each for every point",
            parameter="longitudes",
        )
    # Written so that NaN, which compares as false, counts as bad.
    bad = np.flatnonzero(~((np.abs(lat) <= 90) & (np.abs(lon) <= 180)))
    if bad.size:
        row = int(bad[0])
        try:
            LatLon(float(lat[row]), float(lon[row]))
        except CoordinateError as error:
            raise CoordinateError(
                f"row {row}, counted from 0, is not a position: {error}", parameter=error.parameter
            ) from error
    return lat, lon


def _numbers(values: "ArrayLike", name: str) -> "NDArray[np.float64]":
    import numpy as np

    if isinstance(values, np.ma.MaskedArray):  # else its masked numbers would be taken for true ones
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise CoordinateError(f"{name} must be numbers: {error}", parameter=name) from error
    if array.ndim != 1:
        raise CoordinateError(
            f"{name} must be a list or a one-dimensional array, one number for each point", parameter=name
        )
    return array
