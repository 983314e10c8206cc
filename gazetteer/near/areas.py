"""Areas that someone drew: which discs lie in one, on the ellipsoid.

An area is a polygon or several, from a file of any format or a text. How far its border is, and what its
edges are, is :mod:`~gazetteer.near.lines`' to say. It may not hold a pole except as parts that meet there.
"""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gazetteer.errors import InputError, TableError
from gazetteer.geodesy import geod
from gazetteer.near.lines import Outline
from gazetteer.points import Floats, Points
from gazetteer.tables.formats.geojson import crs_of
from gazetteer.tables.formats.types import is_wgs84, to_wgs84
from gazetteer.tables.reading import read_table

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: For each of many: it lies inside, it does not, or it may or may not.
Verdicts = npt.NDArray[np.int8]
YES, NO, OPEN = np.int8(1), np.int8(0), np.int8(-1)

#: The longest border that is taken in a text, in metres; that of Syria is 2,400 km.
_MAX_BORDER_M = 10_000_000.0
_POLYGON = (
    'write a GeoJSON geometry, {"type":"Polygon","coordinates":[[[36.6,35.9],…]]}, '
    "or WKT, POLYGON ((36.6 35.9, …))"
)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnArea:
    """An area that is no unit of the gazetteer; make one with :meth:`read` or :meth:`from_geometry`."""

    name: str
    outline: Outline

    @property
    def shape(self) -> "BaseGeometry":
        """The polygon or multipolygon, in degrees, longitude first."""
        return self.outline.shape

    @classmethod
    def read(cls, path: str | Path) -> "DrawnArea":
        """Return the area that all polygons of a file make together.

        The file is GeoJSON, a GeoPackage, GeoParquet, KML, a shapefile or any other table with shapes, in any
        reference system that it names; or one GeoJSON geometry.

        Raises
        ------
        InputError
            If the file cannot be read, holds no polygon, or one that is not valid.
        """
        import shapely

        path = Path(path)
        try:
            shapes = _shapes_of(path)
        except TableError as error:
            raise InputError(str(error), parameter="area") from error
        polygons = [one for one in shapes if shapely.get_dimensions(one) == 2 and not one.is_empty]
        if not polygons:
            raise InputError(f"{path} holds no polygon: draw the area as one", parameter="area")
        if len(polygons) > 1 and not shapely.is_valid(polygons).all():
            raise InputError(f"a polygon in {path} is not valid: mend it first", parameter="area")
        whole = polygons[0] if len(polygons) == 1 else shapely.union_all(polygons)
        try:
            return cls.from_geometry(shapely.force_2d(whole), name=path.name)
        except InputError as error:
            raise InputError(f"{path}: {error}", parameter="area") from error

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
                if not is_wgs84(crs_of(content)):
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

        if geometry.geom_type not in ("Polygon", "MultiPolygon"):
            raise InputError(
                f"an area must be a polygon or a multipolygon, not a {geometry.geom_type}", parameter="area"
            )
        outline = Outline.of(geometry)
        if not shapely.is_valid(geometry):
            reason = shapely.is_valid_reason(geometry)
            raise InputError(
                f"the boundary of the area is not valid ({reason}): mend it first", parameter="area"
            )
        return cls(name, outline)

    def inside(self, points: Points, radii_m: Floats) -> Verdicts:
        """Tell which discs lie inside: `YES` wholly, `NO` not at all, `OPEN` in part. Borders are inside."""
        covered = self.outline.covers(points)
        crossing = self.outline.reached(points, np.where(covered, np.nextafter(radii_m, -1.0), radii_m))
        verdicts: Verdicts = np.where(crossing, OPEN, np.where(covered, YES, NO))
        return verdicts


def _shapes_of(path: Path) -> "list[BaseGeometry]":
    """Return the shapes in a file; TableError if it can't be read."""
    import shapely

    alone: list[BaseGeometry] = []
    crs = ""
    with contextlib.suppress(OSError, ValueError, RecursionError, shapely.GEOSException):
        content = json.loads(path.read_bytes())  # a geometry alone is no table
        if isinstance(content, dict) and "coordinates" in content:
            alone, crs = [shapely.from_geojson(json.dumps(content))], crs_of(content)
    if alone and (projection := to_wgs84(crs)):
        return [one for one in projection(alone) if one is not None]
    if alone:
        raise TableError(f"{path} has an unknown reference system ({crs}): convert it to WGS 84 first")
    table = read_table(path)
    if table.geometry is None and table.notes:
        raise TableError(f"{path} has no shapes that can be read: {'; '.join(table.notes)}", parameter="area")
    if table.geometry is None:
        return []
    return [one for chunk in table.chunks() for one in chunk.values(table.geometry) if one is not None]
