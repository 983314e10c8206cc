"""Positions to admin units: which polygon holds a point, exactly.

The narrowest level decides: a point belongs to the sub-district whose polygon covers it, and where
none does, as in a sliver between two, to the district that covers it, then the governorate, then the
country. Its wider units are those that the unit found belongs to. OCHA's levels nest without a
remainder, so that this is also what the polygons of the wider levels say.

A polygon covers its border. A point on the border of several units of one level is given to the one
with the lowest P-code, so that the answer does not depend on the order of anything.

Containment is GEOS's, on prepared polygons, among those whose bounds an R-tree finds. Nothing is
approximated: coordinates are compared in degrees as they are written, and the orientation tests are
robust.

Examples
--------
>>> import shapely
>>> index = AreaIndex([("SY01", 1, shapely.to_wkb(shapely.box(36, 33, 37, 34)))])
>>> index.numbers_at(np.array([33.5, 35.0]), np.array([36.5, 36.5])).tolist(), index.pcodes
([0, -1], ('SY01',))
"""

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gazetteer.errors import InputError

_Floats = NDArray[np.float64]
_Numbers = NDArray[np.int32]

#: Stands in an array of unit numbers for "in no unit".
OUTSIDE: Final = -1
#: How many points are worked on at a time: some 20 MB.
_CHUNK: Final = 1 << 17


class AreaIndex:
    """Admin units by position. Safe to share between threads.

    Parameters
    ----------
    shapes
        P-code, level (0 the country to 3 a sub-district) and polygon or multipolygon of each unit, as
        WKB in degrees with x the longitude. Any order; any of the levels may be absent.

    Attributes
    ----------
    pcodes : tuple of str
        P-codes of the units, narrowest level first, then in their order.

    Raises
    ------
    InputError
        If a shape is not readable WKB.
    """

    def __init__(self, shapes: Iterable[tuple[str, int, bytes]]) -> None:
        listed = sorted(shapes, key=lambda shape: (-shape[1], shape[0]))
        self.pcodes: tuple[str, ...] = tuple(pcode for pcode, _, _ in listed)
        self._layers: list[_Layer] = []
        for _, group in groupby(enumerate(listed), key=lambda item: item[1][1]):
            units = list(group)
            self._layers.append(_Layer(units[0][0], [_read(pcode, wkb) for _, (pcode, _, wkb) in units]))

    def numbers_at(self, latitudes: _Floats, longitudes: _Floats) -> _Numbers:
        """Return for each position a number n, for the narrowest unit ``pcodes[n]``, or `OUTSIDE`.

        Degrees are finite, one-dimensional and equally long.
        """
        found = np.full(len(latitudes), OUTSIDE, dtype=np.int32)
        for start in range(0, len(latitudes), _CHUNK):
            part = found[start : start + _CHUNK]
            x, y = longitudes[start : start + _CHUNK], latitudes[start : start + _CHUNK]
            left = np.arange(len(part))
            for layer in self._layers:
                part[left] = layer.find(x[left], y[left])
                left = left[part[left] == OUTSIDE]
        return found


class _Layer:
    """The units of one level, in the order of their P-codes; `first` is the number of the first."""

    def __init__(self, first: int, shapes: list[Any]) -> None:
        self._first = first
        self._shapes = np.array(shapes, dtype=object)
        self._tree = shapely.STRtree(self._shapes)
        shapely.prepare(self._shapes)
        # GEOS makes a prepared polygon's index at the first question, and not under a lock. Asked once
        # here, while nobody else knows the polygons, they can be shared by threads.
        corners = shapely.bounds(self._shapes)
        self.find(corners[:, 0], corners[:, 1])

    def find(self, x: _Floats, y: _Floats) -> _Numbers:
        """Return the number of the first unit that covers each point, or `OUTSIDE`."""
        found = np.full(len(x), OUTSIDE, dtype=np.int32)
        points, shapes = self._tree.query(shapely.points(x, y))
        order = np.argsort(-shapes, kind="stable")
        points, shapes = points[order], shapes[order]
        # From the last unit to the first, so that the first of several has the last word.
        for start, end in pairwise([*np.flatnonzero(np.diff(shapes, prepend=-1)), len(shapes)]):
            rows = points[start:end]
            # For a point "intersects" is "covers": inside or on the border.
            hit = shapely.intersects_xy(self._shapes[shapes[start]], x[rows], y[rows])
            found[rows[hit]] = self._first + shapes[start]
        return found


def _read(pcode: str, wkb: bytes) -> Any:
    try:
        return shapely.from_wkb(wkb)
    except shapely.errors.GEOSException as error:
        raise InputError(f"the shape of {pcode} is not readable WKB: {error}", parameter="shapes") from error
