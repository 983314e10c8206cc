"""How far points are from areas: 0 inside, else the distance to the boundary, on the WGS 84 ellipsoid.

An area is a polygon or several, in degrees, longitude first. Its edges are geodesics unless straight
lines in degrees are asked for (as RFC 7946, section 3.1.1, draws them); for edges of a kilometre the
two differ by 14 mm in Syria, for edges of 500 km by kilometres. Either way each edge is cut into pieces of
at most 200 m, and each piece is a straight line in earth-centred coordinates. The nearest piece is
found by a KD-tree and the bounds of :mod:`~gazetteer.proximity.bounds`, the nearest point of the piece is
put on the ellipsoid, and the distance to that point is `pyproj.Geod`'s.

Accuracy: what remains is how far a piece's straight line is from its edge. Up and down that is 0.8 mm,
which is undone by putting the point on the ellipsoid; sideways, less than 1 mm up to 50° of latitude and
in proportion to the tangent of the latitude beyond (3 mm at 75°), and only for lines that are straight
in degrees, or for whether a point *on* the border counts as inside. An area must be drawn on one side of the
antimeridian, or in parts on both sides (RFC 7946, section 3.1.9), and may not hold a pole except as
parts that meet there.

Examples
--------
>>> from shapely import box
>>> square = Area.from_geometry(box(36, 35, 37, 36))
>>> distances_to_area(Points.from_degrees([35.5, 35.5], [36.5, 37.1]), square).round().tolist()
[0.0, 9073.0]
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import geod
from gazetteer.proximity.bounds import (
    ESQUARED,
    GREATEST_RADIUS_M,
    Floats,
    earth_centred_m,
    geodesic_limits,
    possibly_within_m,
)
from gazetteer.proximity.join import Pairs, geodesics_m
from gazetteer.proximity.points import Booleans, Integers, Points, checked_within

if TYPE_CHECKING:
    from scipy.spatial import cKDTree
    from shapely.geometry.base import BaseGeometry

__all__ = ["Area", "Edges", "area_pairs_within", "distances_to_area", "within_area"]

#: What the line between two corners is.
Edges = Literal["geodesic", "straight"]

#: The longest piece of an edge, in metres.
_PIECE_M = 200.0
#: Half a piece and room for the difference between an edge and its chord.
_HALF_M = _PIECE_M / 2 + 1.0
#: More than the middle of a piece lies below the ellipsoid (0.8 mm), in metres.
_SUNK_M = 0.01
#: Points that are measured at once; and pieces, for points that are farther away than this, in metres.
_ROWS, _PIECES, _FAR_M = 2_048, 2_000_000, 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A polygon or several, made ready to be measured to.

    Make one with :meth:`from_geometry`; it may be used for any number of questions.
    """

    shape: "BaseGeometry"  # the same area with its edges cut into pieces
    starts_m: Floats  # earth-centred ends of all pieces, a row each
    ends_m: Floats
    tree: "cKDTree"  # of their middles

    @classmethod
    def from_geometry(cls, geometry: "BaseGeometry", *, edges: Edges = "geodesic") -> "Area":
        """Return the area of a polygon or multipolygon in degrees, longitude first; holes are outside.

        Parameters
        ----------
        geometry
            May be empty: then everything is infinitely far from it.
        edges
            "geodesic", or "straight" for straight lines in degrees.

        Raises
        ------
        CoordinateError
            If a corner is not a position, or an edge spans half the globe or more.
        InputError
            If it is not polygonal, or crosses itself.
        """
        import shapely
        from scipy.spatial import cKDTree

        if geometry.geom_type not in ("Polygon", "MultiPolygon"):
            raise InputError(
                f"an area must be a polygon or a multipolygon, not a {geometry.geom_type}", parameter="area"
            )
        rings = [_cut(ring, edges) for ring in _rings(geometry)]
        if not shapely.is_valid(geometry):
            reason = shapely.is_valid_reason(geometry)
            raise InputError(
                f"the boundary of the area is not valid ({reason}): mend it first", parameter="area"
            )
        shape = _rebuilt(geometry, rings)
        shapely.prepare(shape)
        corners = [earth_centred_m(ring[:, 1], ring[:, 0]) for ring in rings]
        none = np.empty((0, 3))
        starts = np.concatenate([none, *(c[:-1] for c in corners)])
        ends = np.concatenate([none, *(c[1:] for c in corners)])
        return cls(shape, starts, ends, cKDTree((starts + ends) / 2.0))


def distances_to_area(points: Points, area: Area) -> Floats:
    """Return the distance in metres from each point to an area: 0 inside and on its boundary.

    Infinite when the area is empty.
    """
    outside = ~_inside(points, area)
    metres = np.where(outside, np.inf, 0.0)
    if len(area.starts_m):
        rows = np.flatnonzero(outside)
        middles = area.tree.query(points.xyz_m[rows])[0]
        # Seen from afar the bounds are wide, and all pieces may be candidates.
        far = middles > _FAR_M
        for some, size in ((rows[~far], _ROWS), (rows[far], max(1, _PIECES // len(area.starts_m)))):
            for start in range(0, len(some), size):
                chunk = some[start : start + size]
                metres[chunk] = _to_boundary(points.take(chunk), area)
    return metres


def within_area(points: Points, area: Area, *, within_m: float) -> Booleans:
    """Tell which points lie inside an area or within a distance of it, borders included.

    Raises
    ------
    InputError
        If the distance is negative, not finite or over 500 km.
    """
    within_m = checked_within(within_m)
    near = _inside(points, area)
    if len(area.starts_m):
        farthest = float(possibly_within_m(np.array([within_m]))[0]) + _HALF_M
        rows = np.flatnonzero(~near)
        chords = area.tree.query(points.xyz_m[rows], distance_upper_bound=farthest)[0]
        rows = rows[np.isfinite(chords)]
        near[rows] = distances_to_area(points.take(rows), area) <= within_m
    return near


def area_pairs_within(points: Points, areas: Sequence[Area], *, within_m: float) -> Iterator[Pairs]:
    """Yield which points lie inside an area or within a distance of it, one area after the other.

    In each :class:`~gazetteer.proximity.join.Pairs`, `right` is the number of the area, from 0.

    Raises
    ------
    InputError
        If the distance is negative, not finite or over 500 km.
    """
    within_m = checked_within(within_m)
    return (
        Pairs(range(len(points)), found, np.full(len(found), number))
        for number, area in enumerate(areas)
        for found in [np.flatnonzero(within_area(points, area, within_m=within_m))]
    )


def _inside(points: Points, area: Area) -> Booleans:
    import shapely

    inside: Booleans = shapely.intersects_xy(area.shape, points.longitudes, points.latitudes)
    return inside


def _to_boundary(points: Points, area: Area) -> Floats:
    """Return the distances to the boundary of an area that is not empty."""
    middle = area.tree.query(points.xyz_m)[0]
    # No farther than this middle, whose geodesic is at most `high`; so no piece with a longer chord.
    reach = possibly_within_m(geodesic_limits(middle)[1]) + _HALF_M
    found = area.tree.query_ball_point(points.xyz_m, reach)
    row = np.repeat(np.arange(len(points)), [len(pieces) for pieces in found])
    piece = np.concatenate([np.asarray(pieces, dtype=np.intp) for pieces in found])
    nearest_m = _nearest_on(area, piece, points.xyz_m[row])
    chords = np.linalg.norm(points.xyz_m[row] - nearest_m, axis=1)
    shortest = np.full(len(points), np.inf)
    np.minimum.at(shortest, row, chords)
    close = chords <= (possibly_within_m(geodesic_limits(shortest)[1]) + _SUNK_M)[row]
    row, nearest_m = row[close], nearest_m[close]
    # Right for points on the ellipsoid (a few micrometres off for those a millimetre below it).
    x, y, z = nearest_m.T
    latitude = np.degrees(np.arctan2(z, (1.0 - ESQUARED) * np.hypot(x, y)))
    longitude = np.degrees(np.arctan2(y, x))
    metres = np.full(len(points), np.inf)
    lengths = geodesics_m(points.latitudes[row], points.longitudes[row], latitude, longitude)
    np.minimum.at(metres, row, lengths)
    return metres


def _nearest_on(area: Area, piece: Integers, xyz_m: Floats) -> Floats:
    """Return the point of each piece that is nearest to its partner in `xyz_m`."""
    start, along = area.starts_m[piece], area.ends_m[piece] - area.starts_m[piece]
    squares = np.einsum("ij,ij->i", along, along)
    share = np.einsum("ij,ij->i", xyz_m - start, along) / np.where(squares > 0, squares, 1.0)
    nearest: Floats = start + np.clip(share, 0.0, 1.0)[:, None] * along
    return nearest


def _rings(geometry: "BaseGeometry") -> list[Floats]:
    """Return the corners of all rings, longitude and latitude, in the order that `_rebuilt` reads."""
    import shapely

    if geometry.is_empty:
        return []
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(geometry))]


def _cut(ring: Floats, edges: Edges) -> Floats:
    """Return a ring with corners added, so that no edge is longer than a piece."""
    corners = Points.from_degrees(ring[:, 1], ring[:, 0])
    longitudes, latitudes = corners.longitudes, corners.latitudes
    if (np.abs(np.diff(longitudes)) >= 180.0).any():
        raise CoordinateError(
            "an edge of the area spans half the globe: split the area at the antimeridian", parameter="area"
        )
    azimuth, _, length = geod().inv(longitudes[:-1], latitudes[:-1], longitudes[1:], latitudes[1:])
    if edges == "straight":
        length = _longest_m(longitudes, latitudes)
    pieces = np.maximum(np.ceil(np.asarray(length) / _PIECE_M), 1)
    edge = np.repeat(np.arange(len(pieces)), pieces.astype(np.intp))
    step = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces.astype(np.intp))
    share = step / pieces[edge]
    if edges == "geodesic":
        x, y, _ = geod().fwd(longitudes[edge], latitudes[edge], azimuth[edge], length[edge] * share)
        # Back to the edge's own side of the antimeridian; and corners stay as they are.
        x = longitudes[edge] + (x - longitudes[edge] + 180.0) % 360.0 - 180.0
        x, y = np.where(step == 0, longitudes[edge], x), np.where(step == 0, latitudes[edge], y)
    else:
        x = longitudes[edge] + share * np.diff(longitudes)[edge]
        y = latitudes[edge] + share * np.diff(latitudes)[edge]
    cut = np.column_stack([x, y])
    return np.concatenate([cut, cut[:1]])


def _longest_m(longitudes: Floats, latitudes: Floats) -> Floats:
    """Return for each edge a length that it doesn't exceed as a straight line in degrees.

    ``ds² = (M dφ)² + (N cos φ dλ)²``, where ``M <= R``, ``N <= R`` and φ is nearest to the equator.
    """
    ends = np.abs([latitudes[:-1], latitudes[1:]]).min(axis=0)
    lowest = np.where(latitudes[:-1] * latitudes[1:] > 0, ends, 0.0)
    north = GREATEST_RADIUS_M * np.radians(np.diff(latitudes))
    east = GREATEST_RADIUS_M * np.cos(np.radians(lowest)) * np.radians(np.diff(longitudes))
    longest: Floats = np.hypot(north, east)
    return longest


def _rebuilt(geometry: "BaseGeometry", rings: list[Floats]) -> "BaseGeometry":
    """Return the geometry with these rings in place of its own."""
    import shapely

    left = iter(rings)
    parts = [part for part in shapely.get_parts(geometry) if not part.is_empty]
    return shapely.MultiPolygon(
        [shapely.Polygon(next(left), [next(left) for _ in part.interiors]) for part in parts]
    )
