"""An area that someone drew: a polygon in a GeoJSON file, and which incidents lie in it.

An incident is known to a radius, so it may lie inside wholly, in part or not at all. The borders are straight
lines in degrees, as RFC 7946, section 3.1.1, draws them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gazetteer.errors import InputError
from gazetteer.incidents import Incident
from gazetteer.proximity.areas import Area, distances_to_area
from gazetteer.proximity.bounds import Floats
from gazetteer.proximity.points import Booleans, Points

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["DrawnArea"]

#: How far round an area its surroundings are drawn, in degrees: only the border itself matters.
_AROUND_DEG = 0.5
#: Less than any degree of latitude, or of longitude at the equator, in metres: the least is 110,574.
_DEGREE_M = 110_000.0


@dataclass(frozen=True, slots=True, eq=False)
class DrawnArea:
    """An area that is no unit of the gazetteer; make one with :meth:`read`."""

    name: str
    inside: Area
    outside: Area

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
        from shapely import box

        inside = Area.from_geometry(geometry, edges="straight")
        west, south, east, north = geometry.bounds
        frame = box(
            max(west - _AROUND_DEG, -180),
            max(south - _AROUND_DEG, -90),
            min(east + _AROUND_DEG, 180),
            min(north + _AROUND_DEG, 90),
        )
        return cls(name, inside, Area.from_geometry(frame.difference(geometry), edges="straight"))

    def verdicts(self, incidents: Sequence[Incident]) -> list[bool | None]:
        """Tell for each incident whether it lies inside; None where its radius leaves that open."""
        positions = [i.position for i in incidents if i.position is not None]
        points = Points.of(positions)
        radii = np.array([i.uncertainty_m for i in incidents if i.position is not None])
        close = np.flatnonzero(self._may_touch(points, radii))  # of many incidents few are
        away, deep = (distances_to_area(points.take(close), area) for area in (self.inside, self.outside))
        surely, touched = np.zeros(len(points), dtype=np.bool_), np.zeros(len(points), dtype=np.bool_)
        surely[close] = (away == 0) & (deep >= radii[close])
        touched[close] = away <= radii[close]
        found = iter([True if s else None if t else False for s, t in zip(surely, touched, strict=True)])
        return [None if i.position is None else next(found) for i in incidents]

    def _may_touch(self, points: Points, radii_m: Floats) -> Booleans:
        """Tell which discs may touch the box round the area; near a pole or ±180° all may."""
        west, south, east, north = self.inside.shape.bounds
        high = radii_m / _DEGREE_M
        farthest = np.minimum(np.maximum(abs(south), abs(north)) + high, 90.0)
        wide = high / np.maximum(np.cos(np.radians(farthest)), 1e-9)
        beyond = (farthest > 80.0) | (west - wide < -180.0) | (east + wide > 180.0)
        latitudes, longitudes = points.latitudes, points.longitudes
        level = (latitudes >= south - high) & (latitudes <= north + high)
        found: Booleans = beyond | (level & (longitudes >= west - wide) & (longitudes <= east + wide))
        return found


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
