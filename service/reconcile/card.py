"""The map on a place's card: areas round it, towns to know the region by, and the disc that holds it.

Drawn as SVG from the gazetteer alone, so that no other host learns which place is being looked at. The map
is a plate carrée whose true parallel runs through the place: over the some 300 km drawn here at most, it is
right to a few per cent. Without polygons in the gazetteer file the towns and the disc remain.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.notation.lengths import format_length
from gazetteer.values import Place, prominence
from service.state import Catalogue

__all__ = ["HEIGHT", "WIDTH", "CardMap", "Town", "draw"]

#: The map in pixels.
WIDTH: Final = 400
HEIGHT: Final = 220
#: How much is shown at least, in metres from left to right; and at least this many radii.
_LEAST_M: Final = 60_000.0
_RADII: Final = 5.0
#: Metres in a degree of latitude; the ellipsoid's own varies by half a per cent, less than a pixel here.
_DEGREE_M: Final = 111_200.0
#: How many towns are named, and how far apart in pixels, so that names don't lie on each other.
_TOWNS: Final = 6
_APART: Final = (90.0, 16.0)
_BAR_LENGTHS_M: Final = (100_000.0, 50_000.0, 20_000.0, 10_000.0, 5_000.0)


@dataclass(frozen=True, slots=True)
class Town:
    """A town for orientation, in pixels."""

    x: float
    y: float
    name: str


@dataclass(frozen=True, slots=True)
class CardMap:
    """A map in pixels: outlines as SVG path data, towns, the radius of the disc in the middle, a scale."""

    fine: tuple[str, ...]
    coarse: tuple[str, ...]
    towns: tuple[Town, ...]
    radius: float
    bar: float
    bar_label: str


@dataclass(frozen=True, slots=True)
class _View:
    """Degrees to pixels, with the place in the middle."""

    centre: LatLon
    metre: float

    @property
    def _east(self) -> float:
        return math.cos(math.radians(self.centre.latitude))

    def x(self, longitude: float) -> float:
        return WIDTH / 2 + (longitude - self.centre.longitude) * _DEGREE_M * self._east * self.metre

    def y(self, latitude: float) -> float:
        return HEIGHT / 2 - (latitude - self.centre.latitude) * _DEGREE_M * self.metre

    @property
    def box(self) -> BoundingBox:
        high = HEIGHT / 2 / self.metre / _DEGREE_M
        wide = WIDTH / 2 / self.metre / _DEGREE_M / max(self._east, 0.01)
        at = self.centre
        return BoundingBox(
            max(-90.0, at.latitude - high),
            max(-180.0, at.longitude - wide),
            min(90.0, at.latitude + high),
            min(180.0, at.longitude + wide),
        )


def draw(place: Place, gazetteer: Catalogue) -> CardMap:
    """Return the map of a place."""
    width_m = max(_LEAST_M, _RADII * place.uncertainty_m)
    view = _View(place.position, WIDTH / width_m)
    bar_m = next((length for length in _BAR_LENGTHS_M if length <= width_m / 4), _BAR_LENGTHS_M[-1])
    return CardMap(
        fine=tuple(_outlines(view, gazetteer.outlines(level=3))),
        coarse=tuple(_outlines(view, gazetteer.outlines(level=1))),
        towns=tuple(_towns(view, place, gazetteer)),
        radius=max(3.0, place.uncertainty_m * view.metre),
        bar=bar_m * view.metre,
        bar_label=format_length(bar_m),
    )


def _outlines(view: _View, shapes: Iterable[tuple[str, bytes]]) -> Iterator[str]:
    """Yield the path of every border that is in view."""
    import shapely

    listed = [wkb for _, wkb in shapes]
    if not listed:
        return
    box = view.box
    shown = shapely.clip_by_rect(
        shapely.boundary(shapely.from_wkb(listed)), box.west, box.south, box.east, box.north
    )
    for line in shapely.get_parts(shown):
        if path := _path(view, line):
            yield path


def _path(view: _View, line: Any) -> str:
    points = [f"{view.x(x):.1f} {view.y(y):.1f}" for x, y in line.coords]
    kept = [point for point, before in zip(points, [None, *points], strict=False) if point != before]
    return "M" + "L".join(kept) if len(kept) > 1 else ""


def _towns(view: _View, place: Place, gazetteer: Catalogue) -> Iterator[Town]:
    """Yield the best known towns in view whose names lie clear of each other and of the place."""
    found = gazetteer.places(kinds={PlaceKind.SETTLEMENT}, bbox=view.box)
    taken = [(WIDTH / 2, HEIGHT / 2)]
    for town in sorted(found, key=lambda p: (-prominence(p), p.id)):
        at = view.x(town.position.longitude), view.y(town.position.latitude)
        clear = all(abs(at[0] - x) > _APART[0] or abs(at[1] - y) > _APART[1] for x, y in taken)
        if town.id == place.id or not clear or at[0] > WIDTH - _APART[0]:
            continue
        taken.append(at)
        yield Town(*at, town.name)
        if len(taken) > _TOWNS:
            return
