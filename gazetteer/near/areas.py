"""Areas: how far points are from one, and which discs lie in one that someone drew, on the ellipsoid.

An area is a polygon or several, in degrees, longitude first. A point inside is at no distance, any other at
its distance to the boundary. Edges are geodesics unless straight lines in degrees are asked for; for edges of
a kilometre the two differ by 14 mm in Syria, for edges of 500 km by kilometres. Either way each edge is cut
into pieces of at most 200 m, and each piece is a straight line in earth-centred coordinates. The nearest
piece is found by a KD-tree and the bounds of :mod:`~gazetteer.near.bounds`, the nearest point of the piece is
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

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import geod
from gazetteer.near.bounds import GREATEST_RADIUS_M, geodesic_limits_m, longest_chord_m
from gazetteer.near.pairs import geodesics_m
from gazetteer.points import ESQUARED, Booleans, Floats, Integers, Points, checked_within, earth_centred_m

if TYPE_CHECKING:
    from scipy.spatial import cKDTree
    from shapely.geometry.base import BaseGeometry


#: What the line between two corners is.
Edges = Literal["geodesic", "straight"]

#: For each of many: it lies inside, it does not, or that can't be told.
Verdicts = npt.NDArray[np.int8]
YES, NO, OPEN = np.int8(1), np.int8(0), np.int8(-1)

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
    metres = np.where(_covered(points, area), 0.0, np.inf)
    outside = np.flatnonzero(metres)
    metres[outside] = _to_boundary(points.take(outside), area)
    return metres


def within_area(points: Points, area: Area, *, within_m: float) -> Booleans:
    """Tell which points lie inside an area or within a distance of it, borders included.

    Raises
    ------
    InputError
        If the distance is negative, not finite or over 500 km.
    """
    radii = np.full(len(points), checked_within(within_m))
    return _covered(points, area) | _reaches_boundary(points, radii, area)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnArea:
    """An area that is no unit of the gazetteer; make one with :meth:`read`.

    Its edges are straight lines in degrees, as RFC 7946, section 3.1.1, draws them.
    """

    name: str
    area: Area

    @classmethod
    def read(cls, path: str | Path) -> "DrawnArea":
        """Return the area in a GeoJSON file: a polygon, a feature, or all features of a collection together.

        Raises
        ------
        InputError
            If the file cannot be read, holds no polygon, or one that is not valid.
        """
        path = Path(path)
        try:
            content = json.loads(path.read_text("utf-8-sig"))
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}", parameter="area") from error
        except ValueError as error:
            raise InputError(f"{path} is not GeoJSON: {error}", parameter="area") from error
        return cls.from_geometry(_geometry(content, path), name=path.name)

    @classmethod
    def from_geometry(cls, geometry: "BaseGeometry", *, name: str) -> "DrawnArea":
        """Return the area of a polygon or multipolygon in degrees, longitude first.

        Raises
        ------
        InputError
            If it is not one, or not valid.
        """
        return cls(name, Area.from_geometry(geometry, edges="straight"))

    def inside(self, points: Points, radii_m: Floats) -> Verdicts:
        """Tell which discs lie inside: `YES` wholly, `NO` not at all, `OPEN` in part. Borders are inside."""
        covered = _covered(points, self.area)
        crossing = _reaches_boundary(
            points, np.where(covered, np.nextafter(radii_m, -1.0), radii_m), self.area
        )
        verdicts: Verdicts = np.where(crossing, OPEN, np.where(covered, YES, NO))
        return verdicts


def _covered(points: Points, area: Area) -> Booleans:
    import shapely

    inside: Booleans = shapely.intersects_xy(area.shape, points.longitudes, points.latitudes)
    return inside


def _reaches_boundary(points: Points, radii_m: Floats, area: Area) -> Booleans:
    """Tell which discs hold a point of the boundary of an area; most are decided by the nearest middle."""
    farthest = float(longest_chord_m(radii_m.max(initial=0.0))) + _HALF_M
    middle = area.tree.query(points.xyz_m, distance_upper_bound=farthest)[0]
    least = geodesic_limits_m(np.maximum(middle - _HALF_M, 0.0))[0]
    most = geodesic_limits_m(middle + _SUNK_M)[1]
    reaching: Booleans = np.isfinite(middle) & (most <= radii_m)
    open_ = np.flatnonzero(np.isfinite(middle) & (least <= radii_m) & ~reaching)
    reaching[open_] = _to_boundary(points.take(open_), area) <= radii_m[open_]
    return reaching


def _to_boundary(points: Points, area: Area) -> Floats:
    """Return the distances to the boundary of an area; infinite where it is empty."""
    metres = np.full(len(points), np.inf)
    if len(area.starts_m):
        middle = area.tree.query(points.xyz_m)[0]
        # No farther than this middle, whose geodesic is at most `high`; so no piece with a longer chord.
        reach = longest_chord_m(geodesic_limits_m(middle)[1]) + _HALF_M
        # Seen from afar the bounds are wide, and all pieces may be candidates.
        far = middle > _FAR_M
        for some, size in ((~far, _ROWS), (far, max(1, _PIECES // len(area.starts_m)))):
            rows = np.flatnonzero(some)
            for chunk in np.split(rows, range(size, len(rows), size)):
                metres[chunk] = _to_pieces(points.take(chunk), reach[chunk], area)
    return metres


def _to_pieces(points: Points, reach_m: Floats, area: Area) -> Floats:
    """Return the distances to the nearest of the pieces whose middles lie within a chord of each point."""
    found = area.tree.query_ball_point(points.xyz_m, reach_m)
    row = np.repeat(np.arange(len(points)), [len(pieces) for pieces in found])
    piece = np.array([number for pieces in found for number in pieces], dtype=np.intp)
    nearest_m = _nearest_on(area, piece, points.xyz_m[row])
    chords = np.linalg.norm(points.xyz_m[row] - nearest_m, axis=1)
    shortest = np.full(len(points), np.inf)
    np.minimum.at(shortest, row, chords)
    close = chords <= (longest_chord_m(geodesic_limits_m(shortest)[1]) + _SUNK_M)[row]
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


def _geometry(content: Any, path: Path) -> "BaseGeometry":
    from shapely import GEOSException, from_geojson, union_all

    kind = content.get("type") if isinstance(content, dict) else None
    try:
        if kind == "FeatureCollection":
            parts = [from_geojson(json.dumps(feature["geometry"])) for feature in content["features"]]
            if len(parts) != 1 and not all(part.is_valid for part in parts):
                raise InputError(f"a polygon in {path} is not valid: mend it first", parameter="area")
            geometry = parts[0] if len(parts) == 1 else union_all(parts)
        else:
            geometry = from_geojson(json.dumps(content["geometry"] if kind == "Feature" else content))
    except (GEOSException, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is not GeoJSON with a polygon", parameter="area") from error
    if geometry.is_empty:
        raise InputError(f"{path} holds no polygon", parameter="area")
    return geometry
