"""Geodesic distances between many points, plainly: every pair goes through `pyproj.Geod`.

This is exact by definition and the yardstick for anything faster. Memory is bounded by working on a
block of rows at a time.

Examples
--------
>>> from gazetteer.coords import LatLon
>>> [[round(d) for d in row] for row in distances_m([LatLon(0, 0)], [LatLon(0, 0), LatLon(0, 1)])]
[[0, 111319]]
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from gazetteer.coords import LatLon
from gazetteer.geodesy import geod

__all__ = ["Floats", "distance_blocks", "distances_m"]

Floats = npt.NDArray[np.float64]

#: Pairs in one block: about 100 MB while `Geod` works on it (six arrays of eight bytes a pair).
_PAIRS_PER_BLOCK = 2_000_000


def distances_m(starts: Sequence[LatLon], ends: Sequence[LatLon]) -> Floats:
    """Return the distances in metres, one row for each start and one column for each end."""
    start, end = _as_array(starts), _as_array(ends)
    shape = (len(starts), len(ends))
    if 0 in shape:
        return np.empty(shape)
    rows, columns = np.repeat(start, shape[1], axis=0), np.tile(end, (shape[0], 1))
    metres = geod().inv(rows[:, 1], rows[:, 0], columns[:, 1], columns[:, 0])[2]
    return np.asarray(metres, dtype=np.float64).reshape(shape)


def distance_blocks(starts: Sequence[LatLon], ends: Sequence[LatLon]) -> Iterator[tuple[slice, Floats]]:
    """Yield the rows of :func:`distances_m` in blocks of bounded size, with the starts they are of."""
    size = max(1, _PAIRS_PER_BLOCK // max(1, len(ends)))
    for first in range(0, len(starts), size):
        rows = slice(first, min(first + size, len(starts)))
        yield rows, distances_m(starts[rows], ends)


def _as_array(points: Sequence[LatLon]) -> Floats:
    return np.array([(p.latitude, p.longitude) for p in points], dtype=np.float64).reshape(-1, 2)
