"""A grid that finds, for many points at once, all others that may lie within a chord of them.

The points are looked at from straight above (orthographic projection along one axis of a frame that
is turned so that the axis points at their middle). Looking from above shortens every line or leaves
it as it is, so two points within a chord are within it there too: nothing is missed. Points that lie
too far round the earth to be seen well get a second view, up to six, one for each side of a cube.

Every point of the indexed set is entered in *all* cells of a square grid that its circle touches; then
one look-up for each other point gives its candidates, as one run of a single array. Cells that are
2ⁿ apart share a slot, which bounds the table; that, like the corners of cells, only adds candidates,
and `join` measures every candidate. A point's own cells span fewer than 2ⁿ, so no pair comes twice.

Time grows with points + candidates, memory with the indexed points only.
"""

import math

import numpy as np
import numpy.typing as npt

from gazetteer.proximity.bounds import EQUATORIAL_M, Floats

__all__ = ["Grid", "Numbers", "Runs"]

Slots = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
#: For each point asked about, where its run of candidates begins and how long it is.
Runs = tuple[Slots, Slots]

#: A point that is at least this far along an axis, in metres, is seen from there at 35° or more.
_SEEN_M = 6_356_752.0 / math.sqrt(3.0) - 1.0
#: Added to every reach, in metres: far more than rounding, far less than matters.
_SLACK_M = 1e-3
#: No cell is smaller, in metres, so that cell numbers stay small.
_LEAST_CELL_M = 1.0


class Grid:
    """Finds candidates among some points.

    Parameters
    ----------
    xyz_m
        Earth-centred coordinates of the points to find, one row for each.
    chord_m
        Every point within this chord of the one asked about is found.
    """

    def __init__(self, xyz_m: Floats, *, chord_m: float) -> None:
        self._frame = _frame(xyz_m)
        self._xyz_m = xyz_m @ self._frame.T
        self._reach_m = chord_m * (1.0 + 1e-9) + _SLACK_M
        # More, smaller cells fit a circle better, but take longer to fill.
        self._across = 3 if len(xyz_m) <= 50_000 else 2 if len(xyz_m) <= 200_000 else 1
        self._cell_m = max(self._reach_m / self._across, _LEAST_CELL_M)
        slots = max(1, len(xyz_m)) * (2 * self._across + 1) ** 2
        self._bits = min(11, max(4, math.ceil(math.log2(2 * slots) / 2)))
        self._views: dict[int, tuple[Slots, int]] = {}  # starts of the slots; where the entries begin
        self.entries: Numbers = np.empty(0, dtype=np.int32)

    def runs(self, xyz_m: Floats) -> Runs:
        """Return where in `entries` the candidates of each point stand: first position and number."""
        turned = xyz_m @ self._frame.T
        sides = np.full(len(turned), 4)
        hidden = turned[:, 2] < _SEEN_M
        if hidden.any():
            axes = np.abs(turned[hidden]).argmax(axis=1)
            behind = np.take_along_axis(turned[hidden], axes[:, None], axis=1)[:, 0] < 0
            sides[hidden] = 2 * axes + behind
        first = np.empty(len(turned), dtype=np.int64)
        count = np.empty(len(turned), dtype=np.int64)
        for side in np.unique(sides) if hidden.any() else [4]:
            rows = sides == side if hidden.any() else slice(None)
            starts, base = self._view(int(side))
            slots = self._slots(turned[rows], int(side) // 2)
            first[rows] = starts[slots] + base
            count[rows] = starts[slots + 1] - starts[slots]
        return first, count

    def _view(self, side: int) -> tuple[Slots, int]:
        """Return one side's table, made when it is first needed."""
        if side not in self._views:
            starts, entries = self._fill(side)
            self._views[side] = starts, len(self.entries)
            self.entries = np.concatenate([self.entries, entries])
        return self._views[side]

    def _fill(self, side: int) -> tuple[Slots, Numbers]:
        along = self._xyz_m[:, side // 2] * (-1.0 if side % 2 else 1.0)
        visible = np.flatnonzero(along >= _SEEN_M - self._reach_m)
        seen = self._xyz_m[visible]
        cells = [np.floor(seen[:, axis] / self._cell_m) for axis in _other_axes(side // 2)]
        inside = [
            seen[:, axis] - cell * self._cell_m
            for axis, cell in zip(_other_axes(side // 2), cells, strict=True)
        ]
        offsets = range(-self._across - 1, self._across + 2)
        gaps = [{o: _gap(within, o, self._cell_m) for o in offsets} for within in inside]
        columns = [{o: self._folded(cell + o) for o in offsets} for cell in cells]
        keyed = []
        for one in offsets:
            for other in offsets:
                near = np.flatnonzero(gaps[0][one] ** 2 + gaps[1][other] ** 2 <= self._reach_m**2)
                slot = (columns[0][one][near] << self._bits) | columns[1][other][near]
                keyed.append((slot << 32) | visible[near])  # sorts by slot, then by number
        order = np.concatenate(keyed)
        order.sort()
        starts = np.zeros((1 << 2 * self._bits) + 1, dtype=np.int64)
        np.cumsum(np.bincount(order >> 32, minlength=len(starts) - 1), out=starts[1:])
        return starts, (order & 0xFFFFFFFF).astype(np.int32)

    def _slots(self, turned: Floats, axis: int) -> Slots:
        one, other = (np.floor(turned[:, a] / self._cell_m) for a in _other_axes(axis))
        return (self._folded(one) << self._bits) | self._folded(other)

    def _folded(self, cells: Floats) -> Slots:
        folded: Slots = cells.astype(np.int64) & ((1 << self._bits) - 1)
        return folded


def _other_axes(axis: int) -> tuple[int, int]:
    return ((1, 2), (0, 2), (0, 1))[axis]


def _gap(inside_m: Floats, offset: int, cell_m: float) -> Floats:
    """Return how far points are from the cell `offset` cells on, along one axis; 0 for their own."""
    if offset == 0:
        return np.zeros_like(inside_m)
    return offset * cell_m - inside_m if offset > 0 else inside_m - (offset + 1) * cell_m


def _frame(xyz_m: Floats) -> Floats:
    """Return three axes at right angles, a row each, the last towards the middle of the points."""
    middle = xyz_m.mean(axis=0) if len(xyz_m) else np.zeros(3)
    length = float(np.linalg.norm(middle))
    if length < EQUATORIAL_M / 100:  # spread all round: no direction is better than another
        return np.eye(3)
    up = middle / length
    east = np.cross(np.eye(3)[np.abs(up).argmin()], up)
    east /= np.linalg.norm(east)
    return np.array([east, np.cross(up, east), up])
