"""A polygon in an address: GeoJSON's geometry or WKT, in degrees with longitude first."""

import json

import numpy as np

from gazetteer.errors import GazetteerError, InputError
from gazetteer.geodesy import geod
from gazetteer.near import DrawnArea

__all__ = ["read_polygon"]

#: The longest border, in metres. That of Syria is 2,400 km; a border is measured in pieces of 200 m.
_MOST_BORDER_M = 10_000_000.0
_HINT = (
    'write a GeoJSON geometry, {"type":"Polygon","coordinates":[[[36.6,35.9],…]]}, '
    "or WKT, POLYGON ((36.6 35.9, …))"
)


def read_polygon(text: str) -> DrawnArea:
    """Return the area in a text.

    Raises
    ------
    InputError
        If it is no polygon, crosses itself, isn't in degrees, or its border is longer than 10,000 km.
    """
    import shapely

    try:
        if text.lstrip().startswith("{"):
            _check_flat(text)
            geometry = shapely.from_geojson(text)
        else:
            with np.errstate(invalid="ignore"):  # NaN is refused below, in words
                geometry = shapely.from_wkt(text)
    except (shapely.GEOSException, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _refused(f"it can't be read: {_HINT}") from error
    if geometry.geom_type != "Polygon" or geometry.is_empty:
        raise _refused(f"it is no polygon: {_HINT}")
    corners = shapely.get_coordinates(geometry)
    if not (abs(corners[:, 0]) <= 180).all() or not (abs(corners[:, 1]) <= 90).all():
        raise _refused("its corners must be degrees, longitude first and then latitude")
    if not geometry.is_valid:
        raise _refused(
            f"its border is not valid ({shapely.is_valid_reason(geometry)}): it may not cross itself"
        )
    if abs(geod().geometry_area_perimeter(geometry)[1]) > _MOST_BORDER_M:
        raise _refused(f"its border is longer than {_MOST_BORDER_M / 1000:,.0f} km: ask for a smaller one")
    try:
        return DrawnArea.from_geometry(shapely.force_2d(geometry), name="polygon")
    except GazetteerError as error:
        raise _refused(str(error)) from error


def _check_flat(text: str) -> None:
    """Read a geometry as JSON first: GEOS forgives much, such as a position of one number."""
    content = json.loads(text)
    for ring in content["coordinates"] if content.get("type") == "Polygon" else []:
        for corner in ring:
            if not all(isinstance(number, int | float) for number in corner) or len(corner) < 2:
                raise ValueError("a corner is no position")


def _refused(message: str) -> InputError:
    return InputError(f"polygon: {message}", parameter="polygon")
