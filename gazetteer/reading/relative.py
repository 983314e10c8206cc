"""Offset, between, around: from places and a relation to a point and a radius.

After the point-radius method (Wieczorek, Guo & Hijmans 2004, doi:10.1080/13658810412331280211; GBIF
Georeferencing Best Practices): the point is where the words put it, and the radius covers the extent of
the place named, the precision of the distance as written, and the width of the compass word.

Examples
--------
>>> round(heading_error_m(10_000, 22.5))
3902
"""

import math
from typing import Final

from gazetteer.geodesy import LatLon, azimuth_deg, compass_word, destination, distance_m
from gazetteer.kinds import REGIONS, PlaceKind
from gazetteer.notation.lengths import format_length
from gazetteer.notation.precision import AREA_RADII_M
from gazetteer.privacy.cells import largest_cell
from gazetteer.reading.relations import Relation
from gazetteer.values import Place

#: "Near X" and "outskirts of X" reach this far beyond X. A judgement: half the usual distance between
#: neighbouring Syrian villages is 2 to 3 km, and what is further is usually named after another place.
NEAR_REACH_M: Final = 5_000.0
#: "North of X" with no distance: up to this far beyond X, for the same reason, doubled.
DIRECTION_REACH_M: Final = 10_000.0
#: A computed point with a wider radius than this says less than the name of a governorate would: it is not
#: an answer. It is the radius that stands for an unknown governorate; "north" alone reaches it at 130 km.
WIDEST_OFFSET_M: Final = AREA_RADII_M["governorate"]


def heading_error_m(distance: float, half_angle_deg: float) -> float:
    """Return how far off a point is when the heading is off by `half_angle_deg`: the chord, in metres."""
    return 2.0 * distance * math.sin(math.radians(half_angle_deg) / 2.0)


def _half_width_deg(azimuth: float) -> float:
    """Half the width of a compass word: north 45, northeast 22.5, north-northeast 11.25 (GBIF)."""
    if azimuth % 90.0 == 0:
        return 45.0
    return 22.5 if azimuth % 45.0 == 0 else 11.25


def place_at(
    position: LatLon, *, name: str, uncertainty_m: float, generalised_to_deg: float | None = None
) -> Place:
    """Return a computed place: a bare point with a name and a radius, generalised as its anchor is."""
    return Place(
        id=f"point:{position.latitude:.5f},{position.longitude:.5f}",
        name=name,
        name_ar="",
        kind=PlaceKind.POINT,
        position=position,
        uncertainty_m=uncertainty_m,
        generalised_to_deg=generalised_to_deg,
    )


def is_area(place: Place) -> bool:
    """Tell whether a place is an area: a part of it lies in it, and its middle says little."""
    return place.kind.group == "admin" or place.kind in REGIONS


def why_too_wide(anchor: Place, place: Place) -> str | None:
    """Return why the place at an offset from an anchor is no point; None where it is one."""
    if is_area(anchor):
        return f"{anchor.name} is a whole {anchor.kind.value}: 'north of it' begins anywhere in it"
    if place.uncertainty_m > WIDEST_OFFSET_M:
        return f"so far off, a compass word leaves {format_length(place.uncertainty_m)} round this point"
    return None


def offset_place(anchor: Place, relation: Relation, *, text: str) -> tuple[Place, str]:
    """Return the place at an offset from, in a direction from, or near an anchor.

    Parameters
    ----------
    anchor
        The place named.
    relation
        An offset, a direction or nearness.
    text
        What to call the new place: the words as written.

    Returns
    -------
    place : Place
        A point with a radius.
    reason : str
        How it was computed, in words.
    """
    if relation.kind == "offset" and relation.azimuth_deg is not None and relation.distance_m is not None:
        position = destination(
            anchor.position, azimuth_deg=relation.azimuth_deg, distance_m=relation.distance_m
        )
        slack = anchor.uncertainty_m + relation.precision_m
        # Wherever in the anchor it starts and however far the words let the heading stray.
        radius = heading_error_m(relation.distance_m, _half_width_deg(relation.azimuth_deg)) + slack
        direction = compass_word(relation.azimuth_deg)
        reason = f"computed: {format_length(relation.distance_m)} {direction} of {anchor.name}"
        side = anchor.generalised_to_deg
        return place_at(position, name=text, uncertainty_m=radius, generalised_to_deg=side), reason
    reach = NEAR_REACH_M if relation.kind == "near" else DIRECTION_REACH_M
    place = place_at(
        anchor.position,
        name=text,
        uncertainty_m=anchor.uncertainty_m + reach,
        generalised_to_deg=anchor.generalised_to_deg,
    )
    return (
        place,
        f"the position of {anchor.name}, with a radius that reaches {format_length(reach)} beyond it",
    )


def common_place(start: Place, end: Place) -> tuple[Place, str]:
    """Return the middle of the geodesic between two places, with a radius that covers both.

    Returns
    -------
    place : Place
        A point with a radius.
    reason : str
        How it was computed, in words.
    """
    ends = (start, end)
    middle = destination(
        start.position,
        azimuth_deg=azimuth_deg(start.position, end.position),
        distance_m=distance_m(start.position, end.position) / 2,
    )
    radius = max(distance_m(middle, one.position) + one.uncertainty_m for one in ends)
    names = f"{start.name} and {end.name}"
    place = place_at(
        middle, name=f"between {names}", uncertainty_m=radius, generalised_to_deg=largest_cell(ends)
    )
    return place, f"computed: the common point of {names}"
