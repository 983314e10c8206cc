"""Areas that someone drew: which discs lie in one, on the ellipsoid.

An area is a polygon or several, in degrees, longitude first. Its edges are straight lines in degrees, as RFC
7946, section 3.1.1, draws them. Each is cut into pieces of at most 200 m, and each piece is a straight line
in earth-centred coordinates. The nearest piece is found by a KD-tree and the bounds of
:mod:`~gazetteer.near.pairs`; the nearest point of the piece is put on the ellipsoid, and the distance to that
point is `pyproj.Geod`'s. What remains is how far a piece is from its edge sideways: less than 1 mm up to 50°
of latitude, 3 mm at 75°. An area must lie on one side of the antimeridian, or in parts on both sides (section
3.1.9), and may not hold a pole except as parts that meet there.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import geod
from gazetteer.near.pairs import MAX_RADIUS_M, between_m, geodesic_limits_m, longest_chord_m
from gazetteer.points import ESQUARED, Booleans, Floats, Points, earth_centred_m

if TYPE_CHECKING:
    from scipy.spatial import cKDTree
    from shapely.geometry.base import BaseGeometry

#: For each of many: it lies inside, it does not, or it may or may not.
Verdicts = npt.NDArray[np.int8]
YES, NO, OPEN = np.int8(1), np.int8(0), np.int8(-1)

#: The longest piece of an edge, in metres, and in degrees, which are nowhere longer than at a pole.
_PIECE_M = 200.0
_PIECE_DEG = float(np.degrees(_PIECE_M / MAX_RADIUS_M))
#: Half a piece and room for the difference between an edge and its chord.
_HALF_M = _PIECE_M / 2 + 1.0
#: More than the middle of a piece lies below the ellipsoid (0.8 mm), in metres.
_SUNK_M = 0.01
#: The longest border that is taken in a text, in metres; that of Syria is 2,400 km.
_MAX_BORDER_M = 10_000_000.0
_POLYGON = (
    'write a GeoJSON geometry, {"type":"Polygon","coordinates":[[[36.6,35.9],…]]}, '
    "or WKT, POLYGON ((36.6 35.9, …))"
)
#: Points that are measured at once; and pieces, for points that are farther away than this, in metres.
_ROWS, _PIECES, _FAR_M = 2_048, 2_000_000, 1e6


@dataclass(frozen=True, slots=True, eq=False)
class DrawnArea:
    """An area that is no unit of the gazetteer; make one with :meth:`read` or :meth:`from_geometry`."""

    name: str
    shape: "BaseGeometry"
    starts_m: Floats  # earth-centred ends of all pieces of the border, a row each
    ends_m: Floats
    tree: "cKDTree"  # of their middles

    @classmethod
    def read(cls, path: str | Path) -> "DrawnArea":
        """Return the area in a GeoJSON file: a polygon, a feature, or all features of a collection together.

        Raises
        ------
        InputError
            If the file cannot be read, holds no polygon, or one that is not valid.
        """
        import shapely

        path = Path(path)
        try:
            geometry = shapely.from_geojson(path.read_text("utf-8-sig"))
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}", parameter="area") from error
        except (ValueError, shapely.GEOSException) as error:
            raise InputError(f"{path} is not GeoJSON with a polygon", parameter="area") from error
        if geometry.geom_type == "GeometryCollection":
            parts = shapely.get_parts(geometry)
            if len(parts) > 1 and not shapely.is_valid(parts).all():
                raise InputError(f"a polygon in {path} is not valid: mend it first", parameter="area")
            geometry = parts[0] if len(parts) == 1 else shapely.union_all(parts)
        if geometry.is_empty:
            raise InputError(f"{path} holds no polygon", parameter="area")
        return cls.from_geometry(geometry, name=path.name)

    @classmethod
    def from_text(cls, text: str, *, parameter: str) -> "DrawnArea":
        """Return the area of a polygon as GeoJSON's geometry or as WKT, in degrees with longitude first.

        Raises
        ------
        InputError
            If it is no polygon, crosses itself, isn't in degrees, or its border is longer than 10,000 km.
        """
        import shapely

        def refused(why: str) -> InputError:
            return InputError(f"{parameter}: {why}", parameter=parameter)

        try:
            if text.lstrip().startswith("{"):
                content = json.loads(text)  # first: GEOS forgives much, such as a position of one number
                rings = content["coordinates"] if content.get("type") == "Polygon" else []
                corners = [corner for ring in rings for corner in ring]
                if not re.search("CRS84|4326", str(content.get("crs", "CRS84"))):
                    raise refused("its crs is another than WGS 84: convert it to degrees first")
                if not all(len(one) > 1 and all(isinstance(n, int | float) for n in one) for one in corners):
                    raise ValueError("a corner is no position")
                geometry = shapely.from_geojson(text)
            else:
                with np.errstate(invalid="ignore"):  # NaN is refused below, in words
                    geometry = shapely.from_wkt(text)
        except InputError:
            raise
        # RuntimeError: nested too deep, or a curve, which shapely hasn't implemented.
        except (shapely.GEOSException, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise refused(f"it can't be read: {_POLYGON}") from error
        if geometry.geom_type != "Polygon" or geometry.is_empty:
            raise refused(f"it is no polygon: {_POLYGON}")
        degrees = shapely.get_coordinates(geometry)
        if not (abs(degrees[:, 0]) <= 180).all() or not (abs(degrees[:, 1]) <= 90).all():
            raise refused("its corners must be degrees, longitude first and then latitude")
        if not geometry.is_valid:
            raise refused(
                f"its border is not valid ({shapely.is_valid_reason(geometry)}): it may not cross itself"
            )
        if abs(geod().geometry_area_perimeter(geometry)[1]) > _MAX_BORDER_M:
            raise refused(f"its border is longer than {_MAX_BORDER_M / 1000:,.0f} km: ask for a smaller one")
        try:
            return cls.from_geometry(shapely.force_2d(geometry), name=parameter)
        except InputError as error:
            raise refused(str(error)) from error

    @classmethod
    def from_geometry(cls, geometry: "BaseGeometry", *, name: str) -> "DrawnArea":
        """Return the area of a polygon or multipolygon in degrees, longitude first; holes are outside.

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
        corners, ring = _corners(geometry)
        Points.from_degrees(corners[:, 1], corners[:, 0])
        if (np.abs(np.diff(corners[:, 0]))[np.diff(ring) == 0] >= 180.0).any():
            raise CoordinateError(
                "an edge of the area spans half the globe: split the area at the antimeridian",
                parameter="area",
            )
        if not shapely.is_valid(geometry):
            reason = shapely.is_valid_reason(geometry)
            raise InputError(
                f"the boundary of the area is not valid ({reason}): mend it first", parameter="area"
            )
        cut, ring = _corners(shapely.segmentize(geometry, _PIECE_DEG))
        ends, same = earth_centred_m(cut[:, 1], cut[:, 0]), np.diff(ring) == 0
        starts, ends = ends[:-1][same], ends[1:][same]
        shapely.prepare(geometry)
        return cls(name, geometry, starts, ends, cKDTree((starts + ends) / 2.0))

    def inside(self, points: Points, radii_m: Floats) -> Verdicts:
        """Tell which discs lie inside: `YES` wholly, `NO` not at all, `OPEN` in part. Borders are inside."""
        import shapely

        covered = shapely.intersects_xy(self.shape, points.longitudes, points.latitudes)
        crossing = self._reached(points, np.where(covered, np.nextafter(radii_m, -1.0), radii_m))
        verdicts: Verdicts = np.where(crossing, OPEN, np.where(covered, YES, NO))
        return verdicts

    def _reached(self, points: Points, radii_m: Floats) -> Booleans:
        """Tell which discs hold a point of the border."""
        middle = self.tree.query(points.xyz_m)[0]
        reached: Booleans = middle <= longest_chord_m(radii_m) + _HALF_M
        some = np.flatnonzero(reached)
        reached[some] = self.to_border_m(points.take(some)) <= radii_m[some]
        return reached

    def to_border_m(self, points: Points) -> Floats:
        """Return the geodesic distances in metres from points, inside or outside, to the border."""
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


def _corners(geometry: "BaseGeometry") -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the corners of all rings, longitude and latitude, and the number of the ring of each."""
    import shapely

    return shapely.get_coordinates(shapely.get_rings(shapely.get_parts(geometry)), return_index=True)
