"""The box and the geometry of a place, in degrees with longitude first as GeoJSON has it."""

import math
from typing import Any, Final

from gazetteer.values import Place
from service.state import Catalogue

__all__ = ["bounds", "geometry"]

#: The shortest degree of latitude and the shortest of longitude at the equator on WGS 84, in metres; so a box
#: made with them is never too small.
_LATITUDE_M: Final = 110_574.0
_LONGITUDE_M: Final = 111_319.0


def geometry(gazetteer: Catalogue, place: Place, *, tolerance_deg: float = 0.0) -> Any:
    """Return the shapely geometry of a place: the outline that is kept for maps, else its point.

    Parameters
    ----------
    gazetteer, place
        What holds the outline, and whose it is.
    tolerance_deg
        How far the outline may be simplified further; topology is kept.
    """
    from shapely import Point, from_wkb

    if shape := _outline(gazetteer, place):
        kept = from_wkb(shape)
        return kept.simplify(tolerance_deg, preserve_topology=True) if tolerance_deg else kept
    return Point(place.position.longitude, place.position.latitude)


def bounds(gazetteer: Catalogue, place: Place) -> tuple[float, float, float, float]:
    """Return west, south, east and north: of the outline, else of the circle of the place's radius.

    A circle over a pole or the antimeridian has a box round the whole globe.
    """
    if shape := _outline(gazetteer, place):
        from shapely import from_wkb

        west, south, east, north = (float(edge) for edge in from_wkb(shape).bounds)
        return west, south, east, north
    here, radius = place.position, place.uncertainty_m
    height = radius / _LATITUDE_M
    south, north = max(-90.0, here.latitude - height), min(90.0, here.latitude + height)
    narrowest = math.cos(math.radians(max(abs(south), abs(north))))
    width = radius / (_LONGITUDE_M * narrowest) if narrowest > 1e-9 else 360.0
    west, east = here.longitude - width, here.longitude + width
    return (west, south, east, north) if west >= -180 and east <= 180 else (-180.0, south, 180.0, north)


def _outline(gazetteer: Catalogue, place: Place) -> bytes | None:
    return gazetteer.outline(place.id) if place.kind.group == "admin" else None
