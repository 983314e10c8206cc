"""Positions to admin units: which polygon holds a point, exactly.

The narrowest level decides: a point belongs to the sub-district whose polygon covers it, and where
none does, as in a sliver between two, to the district that covers it, then the governorate, then the
country. Its wider units are those that the unit found belongs to. OCHA's levels nest without a
remainder, so that this is also what the polygons of the wider levels say.

A polygon covers its border. A point on the border of several units of one level is given to the one
with the lowest P-code, so that the answer does not depend on the order of anything.

Containment is GEOS's, on prepared polygons, among those whose bounds an R-tree finds. Nothing is
approximated: coordinates are compared in degrees as they are written, and the orientation tests are
robust. A long array is sorted out by :class:`_Grid` first, whose docstring says why that cannot change
an answer; ``make bench-reverse`` times it.

Examples
--------
>>> import shapely
>>> index = AreaIndex([("SY01", 1, shapely.to_wkb(shapely.box(36, 33, 37, 34)))])
>>> index.numbers_at(np.array([33.5, 35.0]), np.array([36.5, 36.5])).tolist(), index.pcodes
([0, -1], ('SY01',))
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
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
#: Stands in the grid for "this cell does not decide".
_MIXED: Final = -2
#: Columns and rows of the grid: over Syria a cell of some 600 m, and 4 MB in all.
_CELLS: Final = 1024
#: How many points are worked on at a time: some 20 MB.
_CHUNK: Final = 1 << 17
#: From how many points on a grid is worth the tenth of a second that it takes to make.
_GRID_PAYS: Final = 20_000


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
        by_grid = len(latitudes) >= _GRID_PAYS and bool(self.pcodes)
        for start in range(0, len(latitudes), _CHUNK):
            part = found[start : start + _CHUNK]
            x, y = longitudes[start : start + _CHUNK], latitudes[start : start + _CHUNK]
            left = np.arange(len(part))
            if by_grid:
                part[:] = self._grid.look_up(x, y)
                left = np.flatnonzero(part == _MIXED)
            part[left] = self._decide(x[left], y[left])
        return found

    def warm(self) -> None:
        """Make the grid that is otherwise made for the first long array."""
        if self.pcodes:
            self._grid.look_up(np.zeros(0), np.zeros(0))

    def _decide(self, x: _Floats, y: _Floats) -> _Numbers:
        """Ask the polygons, narrowest level first."""
        found = np.full(len(x), OUTSIDE, dtype=np.int32)
        left = np.arange(len(x))
        for layer in self._layers:
            found[left] = layer.find(x[left], y[left])
            left = left[found[left] == OUTSIDE]
        return found

    @cached_property
    def _grid(self) -> "_Grid":
        grid = _Grid([shape for layer in self._layers for shape in layer.shapes])
        grid.fill(self._decide(*grid.representatives()))
        return grid


class _Layer:
    """The units of one level, in the order of their P-codes; `first` is the number of the first."""

    def __init__(self, first: int, shapes: list[Any]) -> None:
        self._first = first
        self.shapes = np.array(shapes, dtype=object)
        self._tree = shapely.STRtree(self.shapes)
        shapely.prepare(self.shapes)
        # GEOS makes a prepared polygon's index at the first question, and not under a lock. Asked once
        # here, while nobody else knows the polygons, they can be shared by threads.
        corners = shapely.bounds(self.shapes)
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
            hit = shapely.intersects_xy(self.shapes[shapes[start]], x[rows], y[rows])
            found[rows[hit]] = self._first + shapes[start]
        return found


class _Grid:
    """Cells over the bounds of all polygons, most of which lie wholly on one side of every border.

    Why a cell's answer is exact. The column of a point is ``floor((x - west) * scale)``, cut off at the
    first and the last column, so that the outer cells reach on without end; in floating point each of
    these steps keeps order, so the column never falls when x grows. The same holds for rows. Hence an
    edge of a polygon, whose points lie between its two ends in x and in y, can only meet the cells from
    its least to its greatest column and row. All of these are marked, and a cell that no edge of any
    polygon marks meets no border: the same polygons cover all of it, and one point of it, asked of the
    polygons, answers for all. Between two such cells side by side no edge passes either, as an edge
    there would reach a column on both sides; so a run of them in a row has one answer too. Points in
    marked cells are asked of the polygons themselves. No tolerance is involved, and long edges only mark
    more cells than they need to.
    """

    def __init__(self, shapes: Sequence[shapely.Geometry]) -> None:
        rings = shapely.get_rings(shapely.get_parts(shapes))
        corners, ring = shapely.get_coordinates(rings, return_index=True)
        self._low, self._high = corners.min(axis=0), corners.max(axis=0)
        size = self._high - self._low
        # Without extent (below a tenth of a metre, say) everything is one column or row.
        self._scale = np.divide(_CELLS, size, out=np.zeros(2), where=size > 1e-6)
        same_ring = ring[1:] == ring[:-1]
        ends = self._cells(corners)
        low = np.minimum(ends[:, 1:], ends[:, :-1])[:, same_ring]
        high = np.maximum(ends[:, 1:], ends[:, :-1])[:, same_ring]
        free = ~_marked(low, high)
        # A run starts where a cell is free and the one to the left is not; it is answered as a whole.
        starts = free & ~np.pad(free, ((0, 0), (1, 0)))[:, :-1]
        self._run = np.cumsum(starts.ravel())[free.ravel()] - 1
        self._start_rows, self._start_columns = np.nonzero(starts)
        self._free = free
        self._answers: _Numbers = np.full(free.shape, _MIXED, dtype=np.int32)

    def representatives(self) -> tuple[_Floats, _Floats]:
        """Return x and y of one point of each run."""
        cell = (self._high - self._low) / _CELLS
        x = self._low[0] + (self._start_columns + 0.5) * cell[0]
        y = self._low[1] + (self._start_rows + 0.5) * cell[1]
        return x, y

    def fill(self, answers: _Numbers) -> None:
        """Take the answers for the representatives."""
        columns, rows = self._cells(np.column_stack(self.representatives()))
        # Rounding cannot move a cell's centre out of it unless cells are as small as the numbers are
        # coarse; such a run is left to the polygons.
        inside = (columns == self._start_columns) & (rows == self._start_rows)
        self._answers[self._free] = np.where(inside, answers, _MIXED)[self._run]

    def look_up(self, x: _Floats, y: _Floats) -> _Numbers:
        """Return the number of the unit at each point, `OUTSIDE` or `_MIXED`."""
        columns, rows = self._cells(np.column_stack((x, y)))
        found: _Numbers = self._answers[rows, columns]
        return found

    def _cells(self, points: _Floats) -> NDArray[np.intp]:
        """Return columns and rows, an array each; points beyond the grid get the nearest cell."""
        cells = np.clip((points - self._low) * self._scale, 0, _CELLS - 1)
        return np.transpose(cells.astype(np.intp))


def _marked(low: NDArray[np.intp], high: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return the cells that lie in at least one of many blocks, from `low` to `high` inclusive.

    Each block's four corners are noted in a table of differences, whose running sums along both axes
    are the number of blocks over each cell: exact, and as fast for a wide block as for a narrow one.
    """
    side = _CELLS + 1
    table = np.zeros(side * side, dtype=np.int64)
    for columns, rows, sign in (
        (low[0], low[1], 1),
        (high[0] + 1, low[1], -1),
        (low[0], high[1] + 1, -1),
        (high[0] + 1, high[1] + 1, 1),
    ):
        table += sign * np.bincount(rows * side + columns, minlength=table.size)
    over = table.reshape(side, side).cumsum(axis=0).cumsum(axis=1)
    return np.asarray(over[:-1, :-1] > 0)


def _read(pcode: str, wkb: bytes) -> Any:
    try:
        return shapely.from_wkb(wkb)
    except shapely.errors.GEOSException as error:
        raise InputError(f"the shape of {pcode} is not readable WKB: {error}", parameter="shapes") from error
