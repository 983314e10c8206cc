"""Sensitive places put in the middle of a cell, before anything is computed from them.

The position of a hospital in a war has been used as a target. Rounding answers doesn't hide it: distances
asked for from several points would find it. So those who may not have a position get a gazetteer that
doesn't hold it: each sensitive place stands in the middle of its cell of a grid in degrees, with the
distance to the cell's farthest corner added to its radius, and lies in those areas that hold the whole
cell. Everything known of it is a function of its cell, and so is everything computed from it.

The place itself always lies within the radius: distances remain true, and are seldom certain. Names
stay, and may say more than the cell does ("Aleppo University Hospital"): :mod:`gazetteer.privacy.withhold`
takes them away.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.values import AdminMethod, AdminUnit, Place, common_start

if TYPE_CHECKING:
    from gazetteer.answers import AreasAnswer

#: The areas round many points, by their latitudes and longitudes: :meth:`gazetteer.Gazetteer.areas_at`.
AreasAt = Callable[[list[float], list[float]], "AreasAnswer"]
#: An area that holds these points of a cell, in halves of its side from the middle, is taken to hold it all.
_GRID: Final = [(north, east) for north in (-1, 0, 1) for east in (-1, 0, 1)]


def generalise(places: Iterable[Place], *, degrees: float, areas_at: AreasAt) -> Iterator[Place]:
    """Yield the places, the sensitive ones as far as their cell tells.

    Cells begin at latitude and longitude 0; a place that stands in a larger one already stays there.
    `areas_at` must not be computed from sensitive positions.
    """
    check_cell(degrees)
    every = list(places)
    hidden = [one for one in every if one.sensitive and (one.generalised_to_deg or 0.0) < degrees]
    centres = {cell_centre(one.position, degrees=degrees) for one in hidden}
    areas = areas_of_cells(centres, degrees=degrees, areas_at=areas_at)
    radii_m = {centre: cell_radius_m(centre, degrees=degrees) for centre in centres}
    for place in every:
        if not place.sensitive or (place.generalised_to_deg or 0.0) >= degrees:
            yield place
            continue
        centre = cell_centre(place.position, degrees=degrees)
        admin, method = areas[centre]
        yield replace(
            place,
            position=centre,
            uncertainty_m=place.uncertainty_m + radii_m[centre],
            admin=admin,
            admin_method=method,
            generalised_to_deg=degrees,
            position_basis="",
        )


def check_cell(degrees: float) -> None:
    """Raise InputError unless a cell may have this side: more than 0, at most 10 degrees."""
    if not 0.0 < degrees <= 10.0:
        raise InputError(
            f"a cell's side is more than 0 and at most 10 degrees, not {degrees:g}", parameter="degrees"
        )


def cell_centre(position: LatLon, *, degrees: float) -> LatLon:
    """Return the middle of the cell of a position; on a border it is the northern and the eastern one's."""

    def middle(value: float, limit: float) -> float:
        centre = (math.floor(round(value / degrees, 9)) + 0.5) * degrees
        return min(max(round(centre, 9), -limit), limit)

    return LatLon(middle(position.latitude, 90.0), middle(position.longitude, 180.0))


def cell_radius_m(centre: LatLon, *, degrees: float) -> float:
    """Return the metres from a cell's middle to its farthest corner, which is on the equator's side."""
    half = degrees / 2.0
    corners = (_clipped(centre.latitude + side, centre.longitude + half) for side in (-half, half))
    return max(distance_m(centre, corner) for corner in corners)


def areas_of_cells(
    centres: Collection[LatLon], *, degrees: float, areas_at: AreasAt
) -> dict[LatLon, tuple[tuple[AdminUnit, ...], AdminMethod]]:
    """Return the areas that hold each cell, given by its middle, and how they are known.

    These are the areas that are the same all over the cell, governorate first.
    """
    half = degrees / 2.0
    points = [
        _clipped(centre.latitude + north * half, centre.longitude + east * half)
        for centre in centres
        for north, east in _GRID
    ]
    answer = areas_at([point.latitude for point in points], [point.longitude for point in points])
    found: dict[LatLon, tuple[tuple[AdminUnit, ...], AdminMethod]] = {}
    for number, centre in enumerate(centres):
        rows = answer.rows[number * len(_GRID) : (number + 1) * len(_GRID)].tolist()
        first, *others = (answer.chains[row] for row in dict.fromkeys(rows))
        for chain in others:
            first = first[: common_start(first, chain)]
        found[centre] = (first, answer.admin_method) if first else ((), "unknown")
    return found


def generalised_words(degrees: float) -> str:
    """Return how an answer says that what it shows was generalised: "generalised to 0.1°"."""
    return f"generalised to {degrees:g}°"


def largest_cell(places: Iterable[Place]) -> float | None:
    """Return the side of the largest cell that a place stands in, which what is computed from all tells."""
    sides = (place.generalised_to_deg for place in places)
    return max((side for side in sides if side is not None), default=None)


def _clipped(latitude: float, longitude: float) -> LatLon:
    return LatLon(min(max(latitude, -90.0), 90.0), min(max(longitude, -180.0), 180.0))
