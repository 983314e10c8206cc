"""Shapes of areas as GeoJSON: longitude first, outer rings counter-clockwise (RFC 7946, 3.1.6)."""

import json
from typing import Any

__all__ = ["as_geojson"]

#: A tenth of a metre, as RFC 7946, 11.2 advises.
_DECIMALS = 6


def as_geojson(wkb: bytes) -> Any:
    """Return a polygon or several, from WKB with longitude first, as a GeoJSON geometry."""
    import shapely

    shape = shapely.orient_polygons(shapely.from_wkb(wkb))
    rounded = shapely.transform(shape, lambda corners: corners.round(_DECIMALS))
    return json.loads(shapely.to_geojson(rounded))
