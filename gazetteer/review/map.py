"""A map as SVG inside a page: outlines of governorates, and places sized by how many rows they have.

Degrees are drawn as on a plate carrée whose parallels are shortened by the cosine of the middle latitude.
Places that would cover one another are drawn as one mark, so that a map has a bounded number of them.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from gazetteer.country import country
from gazetteer.kinds import PlaceKind
from gazetteer.review.candidates import Reviewed
from gazetteer.review.tally import PlacedRows

_WIDTH = 860.0
_MARGIN = 12.0
#: Marks stand on a grid of so many units; two places in one cell are one mark.
_CELL = 4.0
_LEAST_RADIUS, _MOST_RADIUS = 2.2, 20.0
#: Degrees within which a line may be simplified: half a unit of the map.
_TOLERANCE = 0.004
_LABELS = 14
#: Width of a letter and height of a line, in units of the drawing.
_LETTER, _LINE = 6.8, 13.0


@dataclass(frozen=True, slots=True)
class Map:
    """A drawing, and how many rows lie beyond its edge."""

    svg: str
    rows_outside: int


@dataclass(slots=True)
class _Mark:
    x: float
    y: float
    name: str
    rows: int = 0
    others: int = 0


@dataclass(frozen=True, slots=True)
class _Frame:
    """From degrees to the drawing's units."""

    west: float
    south: float
    east: float
    north: float
    scale: float = field(init=False)
    shortened: float = field(init=False)

    def __post_init__(self) -> None:
        shortened = math.cos(math.radians((self.south + self.north) / 2))
        object.__setattr__(self, "shortened", shortened)
        object.__setattr__(self, "scale", (_WIDTH - 2 * _MARGIN) / ((self.east - self.west) * shortened))

    @property
    def height(self) -> float:
        return (self.north - self.south) * self.scale + 2 * _MARGIN

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        return (
            _MARGIN + (longitude - self.west) * self.scale * self.shortened,
            _MARGIN + (self.north - latitude) * self.scale,
        )

    def holds(self, x: float, y: float) -> bool:
        return 0 <= x <= _WIDTH and 0 <= y <= self.height


def draw_map(gazetteer: Reviewed, places: Iterable[PlacedRows]) -> Map:
    """Draw places over the outlines of the governorates, or alone where the gazetteer has no polygons.

    Parameters
    ----------
    gazetteer
        Has the outlines.
    places
        The places with their rows, those with most rows first.
    """
    shapes = _shapes(gazetteer)
    frame = _frame(gazetteer, shapes)
    marks, outside = _marks(frame, places)
    paths = "".join(f'<path d="{_path(frame, shape)}"/>' for shape in shapes)
    most = max((mark.rows for mark in marks), default=1)
    circles = "".join(_circle(mark, most) for mark in marks)
    wanted = [(mark.x, mark.y, mark.name, "town") for mark in marks[:_LABELS]]
    if shapes:
        wanted += _area_names(gazetteer, frame)
    labels = "".join(_labels(wanted))
    svg = (
        f'<svg class="map" viewBox="0 0 {_WIDTH:.0f} {frame.height:.0f}" role="img" aria-label="Map of the '
        f'resolved rows"><g class="land">{paths}</g><g class="marks">{circles}</g>{labels}</svg>'
    )
    return Map(svg, outside)


def _shapes(gazetteer: Reviewed) -> list[Any]:
    outlines = gazetteer.outlines(level=1)
    if not outlines:
        return []
    import shapely

    return [shapely.simplify(shapely.from_wkb(wkb), _TOLERANCE) for _, wkb in outlines]


def _frame(gazetteer: Reviewed, shapes: Sequence[Any]) -> _Frame:
    if shapes:
        import shapely

        west, south, east, north = map(float, shapely.total_bounds(shapes))
        return _Frame(west, south, east, north)
    positions = [place.position for place in gazetteer.places()]
    latitudes, longitudes = [p.latitude for p in positions], [p.longitude for p in positions]
    box = country().box
    return _Frame(
        min([box.west, *longitudes]),
        min([box.south, *latitudes]),
        max([box.east, *longitudes]),
        max([box.north, *latitudes]),
    )


def _path(frame: _Frame, shape: Any) -> str:
    parts = getattr(shape, "geoms", (shape,))
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors) if not part.is_empty]
    return "".join(_ring(frame, ring.coords) for ring in rings)


def _ring(frame: _Frame, coordinates: Iterable[tuple[float, float]]) -> str:
    points = (frame.at(latitude, longitude) for longitude, latitude in coordinates)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _marks(frame: _Frame, places: Iterable[PlacedRows]) -> tuple[list[_Mark], int]:
    """Return the marks, those with most rows first, and how many rows lie outside."""
    cells: dict[tuple[int, int], _Mark] = {}
    outside = 0
    for place in places:
        x, y = frame.at(place.latitude, place.longitude)
        if not frame.holds(x, y):
            outside += place.rows
            continue
        mark = cells.setdefault((int(x / _CELL), int(y / _CELL)), _Mark(x, y, place.name, others=-1))
        mark.rows += place.rows
        mark.others += 1
    return sorted(cells.values(), key=lambda mark: (-mark.rows, mark.name, mark.x, mark.y)), outside


def _circle(mark: _Mark, most: int) -> str:
    radius = max(_LEAST_RADIUS, _MOST_RADIUS * math.sqrt(mark.rows / most))
    others = f" and {mark.others} more beside it" if mark.others else ""
    rows = "1 row" if mark.rows == 1 else f"{mark.rows:,} rows"
    title = escape(f"{mark.name}{others}: {rows}")
    return f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{radius:.1f}"><title>{title}</title></circle>'


def _area_names(gazetteer: Reviewed, frame: _Frame) -> Iterator[tuple[float, float, str, str]]:
    for place in gazetteer.places():
        if place.kind is PlaceKind.GOVERNORATE:
            yield *frame.at(place.position.latitude, place.position.longitude), place.name, "area"


def _labels(wanted: Iterable[tuple[float, float, str, str]]) -> Iterator[str]:
    """Write names, leaving out those that would cover one before them."""
    taken: list[tuple[float, float, float]] = []
    for x, y, name, kind in wanted:
        half = _LETTER / 2 * len(name) + 4
        middle = min(max(x, half), _WIDTH - half)
        base = y - 5 if kind == "town" else y
        if not any(abs(base - up) < _LINE and abs(middle - at) < half + other for at, up, other in taken):
            taken.append((middle, base, half))
            yield f'<text class="{kind}" x="{middle:.1f}" y="{base:.1f}">{escape(name)}</text>'
