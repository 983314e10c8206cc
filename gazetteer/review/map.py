"""The map of the report: each place as exactly as it is known, over the outlines of governorates.

A place that is good to 5 km is a dot, one that is good to 25 km a ring, each in the disc of its radius. What
is known less exactly is a disc alone, and a governorate or another area is its shape, where the gazetteer has
it: neither has a point that could be taken for a position. The more rows, the larger the mark.

It is an equirectangular projection with its standard parallel at the middle latitude. Places that would cover
one another are one mark, so that a map has a bounded number of them. The report's template draws it.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gazetteer.country import country
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.review.tally import PlaceCount

_WIDTH = 860.0
_MARGIN = 12.0
#: The grid of marks, in units of the drawing: places in one cell are one mark.
_CELL = 4.0
_MIN_RADIUS, _MAX_RADIUS = 2.2, 9.0
#: Up to these radii in metres a place is a dot, and a ring: those of a town and of an area round one
#: (:mod:`gazetteer.notation.precision`).
_DOT_M, _RING_M = 5_000.0, 25_000.0
#: Metres in a degree of latitude, on average (WGS 84).
_METRES_A_DEGREE = 111_195.0
#: Degrees within which a line may be simplified: half a unit of the map.
_TOLERANCE = 0.004
_LABELS = 14
#: Width of a letter and height of a line, in units of the drawing.
_LETTER, _LINE = 6.8, 13.0


@dataclass(slots=True)
class Mark:
    """A dot or a ring: the place with most rows in it, and how many other places it stands for."""

    x: float
    y: float
    name: str
    rows: int = 0
    others: int = -1
    radius: float = 0.0
    reach: float = 0.0  # the largest radius of its places
    is_exact: bool = True  # all are good to a town


@dataclass(slots=True)
class Area:
    """A place that has no point: the disc of its radius, or the shape of an area."""

    x: float
    y: float
    reach: float
    path: str
    name: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Label:
    """A name on the drawing, of a "town" or an "area"."""

    x: float
    y: float
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Map:
    """The drawing, and how many rows lie outside it."""

    width: float
    height: float
    paths: Sequence[str]
    marks: Sequence[Mark]
    areas: Sequence[Area]
    labels: Sequence[Label]
    rows_outside: int


class _Frame:
    """From degrees to the drawing's units."""

    def __init__(self, west: float, south: float, east: float, north: float) -> None:
        self._west, self._north = west, north
        self._shortened = math.cos(math.radians((south + north) / 2))
        self._scale = (_WIDTH - 2 * _MARGIN) / ((east - west) * self._shortened)
        self.height = (north - south) * self._scale + 2 * _MARGIN
        self.per_metre = self._scale / _METRES_A_DEGREE

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        return (
            _MARGIN + (longitude - self._west) * self._scale * self._shortened,
            _MARGIN + (self._north - latitude) * self._scale,
        )

    def holds(self, x: float, y: float) -> bool:
        return 0 <= x <= _WIDTH and 0 <= y <= self.height

    def path(self, shape: Any) -> str:
        """Return the rings of a polygon or multipolygon as an SVG path."""
        parts = getattr(shape, "geoms", (shape,))
        rings = (ring for part in parts for ring in (part.exterior, *part.interiors) if not part.is_empty)
        points = ([self.at(latitude, longitude) for longitude, latitude in ring.coords] for ring in rings)
        return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in points)


def map_of(gazetteer: Lookups, places: Iterable[PlaceCount]) -> Map:
    """Return places, those with most rows first, over the governorates' outlines if the gazetteer has any."""
    shapes, frame = _outlines(gazetteer)
    points, wide = list[PlaceCount](), list[PlaceCount]()
    for place in places:
        is_area = PlaceKind(place.kind).group == "admin" or place.radius_m > _RING_M
        (wide if is_area else points).append(place)
    areas, out_areas = _areas(gazetteer, frame, wide)
    marks, out_marks = _marks(frame, points)
    wanted = [Label(mark.x, mark.y, mark.name, "town") for mark in marks[:_LABELS]]
    if shapes:
        wanted += [
            Label(*frame.at(place.position.latitude, place.position.longitude), place.name, "area")
            for place in gazetteer.places()
            if place.kind is PlaceKind.GOVERNORATE
        ]
    paths = [frame.path(shape) for shape in shapes]
    return Map(_WIDTH, frame.height, paths, marks, areas, list(_apart(wanted)), out_areas + out_marks)


def _outlines(gazetteer: Lookups) -> tuple[list[Any], _Frame]:
    """Return the shapes of the governorates, and a frame round them or else round all places."""
    if outlines := gazetteer.outlines(level=1):
        import shapely

        shapes = [_simple(wkb) for _, wkb in outlines]
        return shapes, _Frame(*map(float, shapely.total_bounds(shapes)))
    positions = [place.position for place in gazetteer.places()]
    latitudes, longitudes = [p.latitude for p in positions], [p.longitude for p in positions]
    box = country().box
    longitudes += [box.west, box.east]
    latitudes += [box.south, box.north]
    return [], _Frame(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def _simple(wkb: bytes) -> Any:
    """Return a shape with no more points than the map can show."""
    import shapely

    return shapely.simplify(shapely.from_wkb(wkb), _TOLERANCE)


def _areas(gazetteer: Lookups, frame: _Frame, places: Iterable[PlaceCount]) -> tuple[list[Area], int]:
    """Return the places without a point, the widest first, and how many rows lie outside."""
    areas: dict[object, Area] = {}
    outside = 0
    for place in sorted(places, key=lambda one: -one.radius_m):
        x, y = frame.at(place.latitude, place.longitude)
        if not frame.holds(x, y):
            outside += place.rows
            continue
        is_unit = PlaceKind(place.kind).group == "admin"
        key: object = place.id if is_unit else (int(x / _CELL), int(y / _CELL))
        if key not in areas:
            outline = gazetteer.outline(place.id) if is_unit else None
            path = "" if outline is None else frame.path(_simple(outline))
            areas[key] = Area(x, y, place.radius_m * frame.per_metre, path, place.name)
        areas[key].rows += place.rows
    return list(areas.values()), outside


def _marks(frame: _Frame, places: Iterable[PlaceCount]) -> tuple[list[Mark], int]:
    """Return the marks, those with most rows first, and how many rows lie outside."""
    cells: dict[tuple[int, int], Mark] = {}
    outside = 0
    for place in places:
        x, y = frame.at(place.latitude, place.longitude)
        if not frame.holds(x, y):
            outside += place.rows
            continue
        mark = cells.setdefault((int(x / _CELL), int(y / _CELL)), Mark(x, y, place.name))
        mark.rows += place.rows
        mark.others += 1
        mark.reach = max(mark.reach, place.radius_m * frame.per_metre)
        mark.is_exact = mark.is_exact and place.radius_m <= _DOT_M
    marks = sorted(cells.values(), key=lambda mark: (-mark.rows, mark.name, mark.x, mark.y))
    for mark in marks:
        mark.radius = max(_MIN_RADIUS, _MAX_RADIUS * math.sqrt(mark.rows / marks[0].rows))
    return marks, outside


def _apart(wanted: Iterable[Label]) -> Iterator[Label]:
    """Yield the labels that don't overlap one before them."""
    taken: list[tuple[float, float, float]] = []
    for one in wanted:
        half = _LETTER / 2 * len(one.name) + 4
        x = min(max(one.x, half), _WIDTH - half)
        y = one.y - 5 if one.kind == "town" else one.y
        if not any(abs(y - up) < _LINE and abs(x - at) < half + other for at, up, other in taken):
            taken.append((x, y, half))
            yield Label(x, y, one.name, one.kind)
