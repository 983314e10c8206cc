"""How far points are from lines and polygons, on the ellipsoid: exactly, and from many to many.

Edges are straight lines in degrees, as RFC 7946, section 3.1.1, draws them; a point inside a polygon is at 0.
PostGIS's ``geography`` draws edges as great circles instead: between two corners 100 km apart on one parallel
at 36° north the two lie up to 142 m apart.

*Exactly* (:class:`Outline`). Each edge is cut into pieces of at most 200 m, and each piece is a straight line
in earth-centred coordinates. The nearest piece is found by a KD-tree and the bounds of
:mod:`~gazetteer.near.pairs`; the nearest point of the piece is put on the ellipsoid, and the distance to that
point is `pyproj.Geod`'s. What remains is how far a piece is from its edge sideways: less than 1 mm up to 50°
of latitude, 3 mm at 75°.

*Many to many* (:class:`Outlines`). Points are taken by bands of one degree of latitude, in each of which
degrees are stretched to metres: edges stay straight. A degree is ``M`` metres northward and ``N cos φ``
eastward, and so between two latitudes a length on the ellipsoid is at least `low` times that in the plane,
and at most `high` times, the smallest and the largest of the two ratios there. In half a degree round 36°
north these are 0.994 and 1.006. Only pairs for which the bounds don't tell whether they are within the
distance are measured exactly. An edge must span less than half the globe, and lie on one side of the
antimeridian, or in parts on both sides (section 3.1.9).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from gazetteer.errors import CoordinateError
from gazetteer.near.pairs import (
    MAX_RADIUS_M,
    MIN_RADIUS_M,
    Allowed,
    Pairs,
    between_m,
    geodesic_limits_m,
    longest_chord_m,
)
from gazetteer.points import EQUATORIAL_M, ESQUARED, Booleans, Floats, Integers, Points, earth_centred_m

if TYPE_CHECKING:
    from scipy.spatial import cKDTree
    from shapely import STRtree
    from shapely.geometry.base import BaseGeometry

#: The longest piece of an edge, in metres, and in degrees, which are nowhere longer than at a pole.
_PIECE_M = 200.0
_PIECE_DEG = float(np.degrees(_PIECE_M / MAX_RADIUS_M))
#: Half a piece and room for the difference between an edge and its chord.
_HALF_M = _PIECE_M / 2 + 1.0
#: More than the middle of a piece lies below the ellipsoid (0.8 mm), in metres.
_SUNK_M = 0.01
#: Points that are measured at once; and pieces, for points that are farther away than this, in metres.
_ROWS, _PIECES, _FAR_M = 2_048, 2_000_000, 1e6
#: Points of a band that are looked up at once; edges of a line that stand in the index as one.
_AT_ONCE, _EDGES = 8_192, 16
#: Below this ratio, near a pole and from afar, a plane tells nothing: all pairs are measured.
_USELESS: Final = 0.2
#: Set aside for rounding in the plane and for what the exact distance leaves open, in metres.
_MARGIN_M = 0.01
#: A degree of latitude is nowhere shorter than this, in metres.
_DEGREE_M = math.radians(MIN_RADIUS_M)


class Border(NamedTuple):
    """The edges of a shape: its corners in degrees, longitude first, and the number of the line of each."""

    corners: Floats
    line: npt.NDArray[np.int64]

    @classmethod
    def of(cls, shape: "BaseGeometry") -> "Border":
        """Return the lines of a shape and the rings of its polygons; a point is a line of no length.

        Raises CoordinateError if a corner is no position, or an edge spans half the globe.
        """
        import shapely

        parts = shapely.get_parts(shape)
        while (kinds := shapely.get_type_id(parts)).max(initial=0) > _POLYGON_ID:
            parts = shapely.get_parts(parts)
        rings = shapely.get_rings(parts[kinds == _POLYGON_ID])
        lines = np.concatenate([parts[(kinds == 1) | (kinds == 2)], rings])
        corners, line = shapely.get_coordinates(lines, return_index=True)
        points = np.repeat(shapely.get_coordinates(parts[kinds == 0]), 2, axis=0)
        corners = np.concatenate([corners, points])
        line = np.concatenate([line, len(lines) + np.arange(len(points)) // 2])
        Points.from_degrees(corners[:, 1], corners[:, 0])
        if (np.abs(np.diff(corners[:, 0]))[np.diff(line) == 0] >= 180.0).any():
            raise CoordinateError(
                "an edge spans half the globe: split the shape at the antimeridian", parameter="area"
            )
        return cls(corners, line)

    @property
    def edges(self) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
        """Where each edge starts and ends, and the number of its line."""
        same = np.diff(self.line) == 0
        return self.corners[:-1][same], self.corners[1:][same], self.line[:-1][same]


#: The number that GEOS gives to polygons; collections and shapes of several parts have higher ones.
_POLYGON_ID: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A line or polygon that is measured to exactly; make one with :meth:`of`."""

    shape: "BaseGeometry"
    starts_m: Floats  # earth-centred ends of all pieces, a row each
    ends_m: Floats
    tree: "cKDTree"  # of their middles

    @classmethod
    def of(cls, shape: "BaseGeometry") -> "Outline":
        """Return the outline of a shape in degrees, longitude first; CoordinateError as :class:`Border`."""
        import shapely
        from scipy.spatial import cKDTree

        start, end, _ = Border.of(shape).edges
        along = end - start
        count = np.maximum(np.ceil(np.hypot(*along.T) / _PIECE_DEG).astype(np.intp), 1)
        edge = np.repeat(np.arange(len(count)), count)
        number = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
        cut = [start[edge] + along[edge] * (at / count[edge])[:, None] for at in (number, number + 1)]
        starts, ends = (earth_centred_m(xy[:, 1], xy[:, 0]) for xy in cut)
        shapely.prepare(shape)
        return cls(shape, starts, ends, cKDTree((starts + ends) / 2.0))

    def covers(self, points: Points) -> Booleans:
        """Tell which points lie in a polygon of it, or on its border."""
        import shapely

        if shapely.get_dimensions(self.shape) < 2:
            return np.zeros(len(points), dtype=np.bool_)
        return np.asarray(shapely.intersects_xy(self.shape, points.longitudes, points.latitudes))

    def to_m(self, points: Points) -> Floats:
        """Return the geodesic distances in metres from points; 0 inside."""
        metres = np.zeros(len(points))
        outside = np.flatnonzero(~self.covers(points))
        metres[outside] = self.to_border_m(points.take(outside))
        return metres

    def to_border_m(self, points: Points) -> Floats:
        """Return the geodesic distances in metres from points, inside or outside, to lines and borders."""
        metres = np.full(len(points), np.inf)
        middle = self.tree.query(points.xyz_m)[0]
        # No farther than this middle, whose geodesic is at most `high`; so no piece with a longer chord.
        reach = longest_chord_m(geodesic_limits_m(middle)[1]) + _HALF_M
        # Seen from afar the bounds are wide, and all pieces may be candidates.
        far = middle > _FAR_M
        for some, size in ((~far, _ROWS), (far, max(1, _PIECES // len(self.starts_m)))):
            rows = np.flatnonzero(some)
            for chunk in np.split(rows, range(size, len(rows), size)):
                metres[chunk] = self._to_pieces_m(points.take(chunk), reach[chunk])
        return metres

    def reached(self, points: Points, radii_m: Floats) -> Booleans:
        """Tell which discs hold a point of the border."""
        middle = self.tree.query(points.xyz_m)[0]
        reached: Booleans = middle <= longest_chord_m(radii_m) + _HALF_M
        some = np.flatnonzero(reached)
        reached[some] = self.to_border_m(points.take(some)) <= radii_m[some]
        return reached

    def _to_pieces_m(self, points: Points, reach_m: Floats) -> Floats:
        """Return distances to the nearest of the pieces whose middles lie within a chord of each point."""
        found = self.tree.query_ball_point(points.xyz_m, reach_m)
        row = np.repeat(np.arange(len(points)), [len(pieces) for pieces in found])
        piece = np.array([number for pieces in found for number in pieces], dtype=np.intp)
        start, along = self.starts_m[piece], self.ends_m[piece] - self.starts_m[piece]
        squares = np.einsum("ij,ij->i", along, along)
        share = np.einsum("ij,ij->i", points.xyz_m[row] - start, along) / np.where(squares > 0, squares, 1.0)
        nearest_m = start + np.clip(share, 0.0, 1.0)[:, None] * along
        chords = np.linalg.norm(points.xyz_m[row] - nearest_m, axis=1)
        shortest = np.full(len(points), np.inf)
        np.minimum.at(shortest, row, chords)
        close = chords <= (longest_chord_m(geodesic_limits_m(shortest)[1]) + _SUNK_M)[row]
        row, nearest_m = row[close], nearest_m[close]
        # Right for points on the ellipsoid (a few micrometres off for those a millimetre below it).
        x, y, z = nearest_m.T
        latitude = np.degrees(np.arctan2(z, (1.0 - ESQUARED) * np.hypot(x, y)))
        on_border = Points.from_degrees(latitude, np.degrees(np.arctan2(y, x)))
        metres = np.full(len(points), np.inf)
        np.minimum.at(metres, row, between_m(points, row, on_border, np.arange(len(row))))
        return metres


class _Plane(NamedTuple):
    """A band of latitude in which degrees are stretched to metres."""

    east_m: float  # metres of a degree of longitude
    north_m: float
    tree: "STRtree"  # of stretches of lines and borders

    def limits(self, latitudes: Floats, reach_deg: Floats) -> tuple[Floats, Floats]:
        """Return the least and the largest ratio of a length to that in the plane, so far round latitudes."""
        away = np.minimum(np.abs(latitudes) + reach_deg, 90.0)
        near = np.maximum(np.abs(latitudes) - reach_deg, 0.0)
        (east, north), (wide, low) = _degree_m(away), _degree_m(near)
        least = np.minimum(np.maximum(east, 0.0) / self.east_m, low / self.north_m)
        return least, np.maximum(wide / self.east_m, north / self.north_m)


def _degree_m(latitudes: Floats) -> tuple[Floats, Floats]:
    """Return the metres of a degree of longitude, and of one of latitude (Torge and Mueller, section 4.1)."""
    turn = np.radians(latitudes)
    root = 1.0 - ESQUARED * np.sin(turn) ** 2
    east = np.radians(EQUATORIAL_M / np.sqrt(root) * np.cos(turn))
    return east, np.radians(EQUATORIAL_M * (1.0 - ESQUARED) / root**1.5)


@dataclass(frozen=True, eq=False)
class Outlines:
    """Lines and polygons in degrees, longitude first, that many points are held against.

    CoordinateError if a corner is no position, or an edge spans half the globe or more.
    """

    shapes: Sequence["BaseGeometry"]
    _measured: dict[int, Outline] = field(default_factory=dict, init=False, repr=False)
    _planes: dict[int, _Plane] = field(default_factory=dict, init=False, repr=False)

    def pairs(self, points: Points, radii_m: Floats, *, within_m: float) -> Iterator[Pairs]:
        """Yield the possible pairs of discs and shapes, as :func:`~gazetteer.near.pairs.disc_pairs` does."""
        for plane, rows in self._bands(points):
            for some in np.split(rows, range(_AT_ONCE, len(rows), _AT_ONCE)):
                reach = within_m + radii_m[some]
                i, j, low, high = self._bounds(plane, points.take(some), reach)
                slack = radii_m[some][i]
                possible, certain = low - slack <= within_m, high + slack <= within_m
                doubtful = possible & ((high - slack > within_m) | (~certain & (low + slack <= within_m)))
                band = np.flatnonzero(doubtful)
                metres = self.to_m(points.take(some[i[band]]), j[band])
                possible[band] = metres - slack[band] <= within_m
                certain[band] = metres + slack[band] <= within_m
                yield Pairs(some[i[possible]], j[possible], certain[possible])

    def nearest(self, points: Points, *, allowed: Allowed | None = None) -> Integers:
        """Return the number of the nearest shape to each point; -1 where none is allowed.

        Of shapes at the very same distance it is the first.
        """
        numbers = np.full(len(points), -1, dtype=np.intp)
        for plane, rows in self._bands(points):
            for some in np.split(rows, range(_AT_ONCE, len(rows), _AT_ONCE)):
                here = points.take(some)
                if allowed is None:
                    i, j = self._candidates(plane, here)
                else:  # the nearest may not count, so all are looked at
                    i, j = (one.ravel() for one in np.indices((len(some), len(self.shapes))))
                    counts = allowed(some[i], j)
                    i, j = i[counts], j[counts]
                alone = np.bincount(i, minlength=len(some))[i] == 1
                numbers[some[i[alone]]] = j[alone]
                i, j = i[~alone], j[~alone]
                # Of those that only measuring tells apart the nearest is written last.
                order = np.lexsort((j, self.to_m(here.take(i), j)))[::-1]
                numbers[some[i[order]]] = j[order]
        return numbers

    def to_m(self, points: Points, numbers: Integers) -> Floats:
        """Return the geodesic distance in metres from each point to the shape of its number; 0 inside."""
        metres = np.empty(len(points))
        order = np.argsort(numbers, kind="stable")
        each, starts = np.unique(numbers[order], return_index=True)
        for number, rows in zip(each.tolist(), np.split(order, starts)[1:], strict=True):
            if number not in self._measured:
                self._measured[number] = Outline.of(self.shapes[number])
            metres[rows] = self._measured[number].to_m(points.take(rows))
        return metres

    def _bounds(
        self, plane: _Plane, points: Points, reach_m: Floats
    ) -> tuple[Integers, Integers, Floats, Floats]:
        """Return pairs of points and shapes, each once, that may be within reach, and bounds of each."""
        import shapely

        least, most = plane.limits(points.latitudes, reach_m / _DEGREE_M)
        if (least < _USELESS).any():
            i, j = (one.ravel() for one in np.indices((len(points), len(self.shapes))))
            metres = self.to_m(points.take(i), j)
            return i, j, metres, metres
        reach = (reach_m + _MARGIN_M) / least
        keys, lengths = [], []
        for turn in self._turns(plane, points, reach):
            spots = _stretched(plane, points.latitudes, points.longitudes + turn)
            row, part = plane.tree.query(spots, predicate="dwithin", distance=reach)
            keys.append(row * len(self.shapes) + self._owners[part])
            lengths.append(shapely.distance(spots[row], plane.tree.geometries[part]))
        covered = self._covered(points)
        keys.append(covered)
        key, which = np.unique(np.concatenate(keys), return_inverse=True)
        shortest = np.full(len(key), np.inf)
        np.minimum.at(shortest, which, np.concatenate([*lengths, np.zeros(len(covered))]))
        i, j = np.divmod(key, len(self.shapes))
        inside = shortest == 0.0
        low, high = least[i] * shortest - _MARGIN_M, most[i] * shortest + _MARGIN_M
        return i, j, np.where(inside, 0.0, np.maximum(low, 0.0)), np.where(inside, 0.0, high)

    def _candidates(self, plane: _Plane, points: Points) -> tuple[Integers, Integers]:
        """Return pairs of points and shapes, each once, among which is the nearest to each point."""
        spots = _stretched(plane, points.latitudes, points.longitudes)
        _, length = plane.tree.query_nearest(spots, all_matches=False, return_distance=True)
        _, most = plane.limits(points.latitudes, length / plane.north_m)
        at_most = most * length + _MARGIN_M
        least, _ = plane.limits(points.latitudes, at_most / _DEGREE_M)
        far = (least < _USELESS) | (np.abs(points.longitudes) + length / plane.east_m > 180.0)
        reach = np.where(far, 0.0, (at_most + _MARGIN_M) / np.maximum(least, _USELESS))
        row, part = plane.tree.query(spots, predicate="dwithin", distance=reach)
        i, j = (one.ravel() for one in np.indices((int(far.sum()), len(self.shapes))))
        key = np.concatenate([row * len(self.shapes) + self._owners[part], self._covered(points)])
        key = np.concatenate([key, np.flatnonzero(far)[i] * len(self.shapes) + j])
        return np.divmod(np.unique(key), max(len(self.shapes), 1))

    def _turns(self, plane: _Plane, points: Points, reach: Floats) -> list[float]:
        """Return by how many degrees points are turned to meet shapes beyond the antimeridian too."""
        reached = np.abs(points.longitudes) + reach / plane.east_m > 180.0
        return [0.0, 360.0, -360.0] if reached.any() else [0.0]

    def _covered(self, points: Points) -> Integers:
        """Return the pairs of points and polygons that hold them, as point times shapes plus shape."""
        import shapely

        found = [np.empty(0, dtype=np.intp)]
        for number, (west, south, east, north) in self._polygons:
            rows = np.flatnonzero(
                (west <= points.longitudes)
                & (points.longitudes <= east)
                & (south <= points.latitudes)
                & (points.latitudes <= north)
            )
            shape = self.shapes[number]
            rows = rows[shapely.intersects_xy(shape, points.longitudes[rows], points.latitudes[rows])]
            found.append(rows * len(self.shapes) + number)
        return np.concatenate(found)

    def _bands(self, points: Points) -> Iterator[tuple[_Plane, Integers]]:
        """Yield the bands that have points, and the rows of these from west to east."""
        band = np.floor(points.latitudes).astype(np.intp)
        for number in np.unique(band).tolist() if self.shapes else ():
            rows = np.flatnonzero(band == number)
            yield self._plane(number), rows[np.argsort(points.longitudes[rows], kind="stable")]

    def _plane(self, band: int) -> _Plane:
        """Return the plane of a band, from a whole degree to the next."""
        import shapely

        if band not in self._planes:
            (east,), (north,) = _degree_m(np.array([min(band + 0.5, 89.5)]))
            corners, part, _ = self._stretches
            lines = shapely.linestrings(corners * (east, north), indices=part)
            self._planes[band] = _Plane(float(east), float(north), shapely.STRtree(lines))
        return self._planes[band]

    @property
    def _owners(self) -> Integers:
        """The shape of each stretch."""
        return self._stretches[2]

    @cached_property
    def _stretches(self) -> tuple[Floats, Integers, Integers]:
        """The corners of stretches of some edges, the stretch of each corner, the shape of each stretch."""
        corners, parts, owners, count = [], [], [], 0
        for number, shape in enumerate(self.shapes):
            starts, ends, line = Border.of(shape).edges
            first = np.searchsorted(line, line)  # the first edge of the line of each
            begins = (np.arange(len(line)) - first) % _EDGES == 0
            stretch = np.cumsum(begins) - 1
            last = np.append(begins[1:], True)
            each = np.concatenate([stretch, stretch[last]])
            order = np.argsort(each, kind="stable")
            corners.append(np.concatenate([starts, ends[last]])[order])
            parts.append(each[order] + count)
            owners.append(np.full(int(begins.sum()), number))
            count += len(owners[-1])
        return np.concatenate(corners), np.concatenate(parts), np.concatenate(owners)

    @cached_property
    def _polygons(self) -> list[tuple[int, tuple[float, float, float, float]]]:
        """The shapes that have an inside, by number, and the box of each."""
        import shapely

        found = [n for n, shape in enumerate(self.shapes) if shapely.get_dimensions(shape) == 2]
        shapely.prepare([self.shapes[number] for number in found])
        return [(number, self.shapes[number].bounds) for number in found]


def _stretched(plane: _Plane, latitudes: Floats, longitudes: Floats) -> npt.NDArray[np.object_]:
    """Return points of a band in its plane."""
    import shapely

    return np.asarray(shapely.points(longitudes * plane.east_m, latitudes * plane.north_m))
