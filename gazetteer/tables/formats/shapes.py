"""Shapes between what files hold and what we hold: shapely's, in WGS 84, longitude before latitude."""

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gazetteer.tables.layout import Point

#: A point as WKB: little-endian, type 1, longitude, latitude (OGC 06-103r4, 8.2).
_POINT = struct.Struct("<BIdd")
#: Puts shapes into WGS 84; None stays None.
Projection = Callable[[Sequence[Any]], list[Any]]


def to_wgs84(crs: object) -> Projection | None:
    """Return what puts shapes of a reference system into WGS 84; None for a system that isn't known.

    `crs` is whatever pyproj takes: "EPSG:32637", WKT, PROJJSON. Coordinates are longitude or easting first,
    as GeoJSON, GeoPackage and GeoParquet all have them. A shape that lies outside its system becomes None.
    """
    import numpy as np
    import shapely
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        known = CRS.from_user_input(crs)
        transform = Transformer.from_crs(known, "OGC:CRS84", always_xy=True).transform
    except (ProjError, RecursionError):
        return None
    if known.to_authority() in (("EPSG", "4326"), ("OGC", "CRS84")):
        return list

    def moved(shapes: Sequence[Any]) -> list[Any]:
        held = np.array(shapes, dtype=object)
        found = shapely.transform(held, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1])))
        return [
            None if before is None or not np.isfinite(shapely.get_coordinates(after)).all() else after
            for before, after in zip(shapes, found, strict=True)
        ]

    return moved


def read_wkb(blobs: Iterable[bytes | None]) -> list[Any]:
    """Return shapes, None for None; ValueError for what is no shape, or a curve, which shapely lacks."""
    import shapely

    try:
        return [None if blob is None else shapely.from_wkb(blob) for blob in blobs]
    except (shapely.errors.ShapelyError, TypeError, NotImplementedError) as error:
        raise ValueError(" ".join(str(error).split())) from error


def point_wkb(point: Point) -> bytes | None:
    """Return a point as WKB; None for none."""
    return None if point is None else _POINT.pack(1, 1, *point)


class Bounds:
    """West, south, east and north of what went by; empty before anything did."""

    def __init__(self) -> None:
        self.corners: tuple[float, ...] = ()

    def add(self, corners: tuple[float, ...]) -> None:
        """Widen it; nothing and NaN, the bounds of an empty shape, change nothing."""
        if not corners or corners[0] != corners[0]:
            return
        if self.corners:
            west, south, east, north = zip(self.corners, corners, strict=True)
            corners = (min(west), min(south), max(east), max(north))
        self.corners = corners
