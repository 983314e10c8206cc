"""The polygons of a build: made equal, simplified, and asked which of them holds a point.

Both COD-AB schemas publish the same borders, with coordinates that differ after the tenth decimal and rings
that start elsewhere. Coordinates are rounded to nine decimals (0.1 mm, the publisher's own resolution) and
rings put in shapely's normal form, so that equal borders give equal bytes. Simplified shapes are made from
the sub-districts as one coverage, and the larger units are unions of these: neighbours share their border at
every level.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gazetteer.country import country
from gazetteer.geodesy import LatLon, geod
from gazetteer.store import AreaRecord

_DECIMALS: Final = 9
# Degrees; the square root of the area under which a bend is left out: about 500 m, a pixel where the whole
# country fills a screen.
_SIMPLIFIED_BY: Final = 0.005
#: The dimension of polygons.
_AREAL: Final = 2
#: Decimals of representative points: 1e-5 degrees is about a metre.
_POINT_DECIMALS: Final = 5


def normal_shape(shape: BaseGeometry) -> BaseGeometry:
    """Return a line or polygon with rounded coordinates, in normal form, valid."""
    rounded = shapely.transform(shapely.force_2d(shape), lambda xy: np.round(xy, _DECIMALS))
    if not rounded.is_valid and shapely.get_dimensions(rounded) == _AREAL:
        parts = shapely.get_parts(
            shapely.make_valid(rounded)
        )  # with the lines and points that mending leaves
        rounded = shapely.union_all([part for part in parts if shapely.get_dimensions(part) == _AREAL])
    return shapely.normalize(rounded)


def point_inside(shape: BaseGeometry) -> LatLon:
    """Return a point inside a polygon or on a line, to five decimals."""
    point = shapely.point_on_surface(shape)
    return LatLon(round(point.y, _POINT_DECIMALS), round(point.x, _POINT_DECIMALS))


def farthest_m(point: LatLon, shape: BaseGeometry) -> float:
    """Return the geodesic distance in metres from a point to the farthest corner of a shape, rounded up."""
    corners = shapely.get_coordinates(shape)
    starts = np.full(len(corners), point.longitude), np.full(len(corners), point.latitude)
    metres = geod().inv(*starts, corners[:, 0], corners[:, 1])[2]
    return float(np.ceil(np.max(metres)))


class AreaSet:
    """Polygons of areas by P-code, levels 1 to 3, in normal form; the country is their union."""

    def __init__(self, shapes: Mapping[str, BaseGeometry]) -> None:
        self._shapes = dict(sorted(shapes.items()))
        governorates = [shape for code, shape in self._shapes.items() if _level(code) == 1]
        deepest = max((_level(code) for code in self._shapes), default=0)
        self._codes = [code for code in self._shapes if _level(code) == deepest]
        self._has_subdistricts = deepest == 3
        self._tree = shapely.STRtree([self._shapes[code] for code in self._codes])
        self.country: BaseGeometry = shapely.normalize(
            shapely.union_all(governorates or [self._shapes[code] for code in self._codes])
        )
        self._shapes[country().code] = self.country
        for shape in self._shapes.values():
            shapely.prepare(shape)

    def __contains__(self, pcode: str) -> bool:
        return pcode in self._shapes

    def holds(self, pcode: str, point: LatLon) -> bool:
        """Tell whether a point lies in an area or on its border."""
        return bool(shapely.intersects_xy(self._shapes[pcode], point.longitude, point.latitude))

    def in_country(self, point: LatLon) -> bool:
        """Tell whether a point lies in the country or on its border."""
        return self.holds(country().code, point)

    def metres_outside(self, point: LatLon) -> float:
        """Return how far a point is from the country, in metres; 0 inside."""
        spot = shapely.Point(point.longitude, point.latitude)
        nearest = shapely.shortest_line(spot, self.country)
        (x0, y0), (x1, y1) = shapely.get_coordinates(nearest)
        return float(geod().inv(x0, y0, x1, y1)[2])

    def subdistricts_at(self, points: Sequence[LatLon]) -> list[str | None]:
        """Return the sub-district that holds each point; of several on a border, the first by P-code."""
        if not self._has_subdistricts or not points:
            return [None] * len(points)
        spots = shapely.points([(p.longitude, p.latitude) for p in points])
        found: list[str | None] = [None] * len(points)
        asked, held = self._tree.query(spots, predicate="intersects")
        for n, area in sorted(zip(asked.tolist(), held.tolist(), strict=True), reverse=True):
            found[n] = self._codes[area]  # codes are sorted, and the first by P-code is written last
        return found

    def records(self) -> list[AreaRecord]:
        """Return every polygon as it goes into the file, with its simplified copy."""
        simple = self._simplified()
        return [
            AreaRecord(code, _level(code), wkb_of(shape), wkb_of(simple[code]) if code in simple else None)
            for code, shape in self._shapes.items()
        ]

    def _simplified(self) -> dict[str, BaseGeometry]:
        coverage = shapely.coverage_simplify([self._shapes[c] for c in self._codes], _SIMPLIFIED_BY)
        simple = dict(zip(self._codes, coverage, strict=True))
        for code in self._shapes:
            parts = [simple[c] for c in self._codes if c.startswith(code)]
            if code not in simple and parts:
                simple[code] = shapely.coverage_union_all(parts)
        return {code: shapely.normalize(shape) for code, shape in simple.items()}


def _level(pcode: str) -> int:
    """Return the level of a P-code: SY 0, SY07 1, SY0704 2, SY070401 3."""
    return len(pcode) // 2 - 1


def wkb_of(shape: BaseGeometry) -> bytes:
    """Return a shape as little-endian WKB."""
    return bytes(shapely.to_wkb(shape, byte_order=1))
