"""Entities: places by id, and the one line that tells a place from its namesakes.

A computed position ("5 km north of Saraqeb") isn't in the gazetteer, so its id says all there is to it: a
geo URI (RFC 5870) with its radius in metres, as ``geo:35.90617,36.80611;u=6803``.
"""

import re
from dataclasses import replace

from gazetteer.errors import CoordinateError, NotFoundError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.privacy.cells import generalised_words
from gazetteer.reading.relations import place_at
from gazetteer.values import Place
from service.reconcile.vocabulary import TYPES


def id_of(place: Place) -> str:
    """Return the id that :func:`entity` takes back."""
    if place.kind is not PlaceKind.POINT:
        return place.id
    at = place.position
    return f"geo:{at.latitude:.5f},{at.longitude:.5f};u={max(1, round(place.uncertainty_m))}"


def entity(gazetteer: Lookups, entity_id: str) -> Place:
    """Return the place with this id, or the computed position that it spells out.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    written = re.fullmatch(r"geo:(-?\d{1,2}\.\d{1,6}),(-?\d{1,3}\.\d{1,6});u=(\d{1,7})", entity_id)
    if written is None:
        return gazetteer.place(entity_id)
    latitude, longitude, radius_m = map(float, written.groups())
    try:
        return point_at(gazetteer, LatLon(latitude, longitude), uncertainty_m=max(1.0, radius_m))
    except CoordinateError as error:
        raise NotFoundError(f"{entity_id!r} is no position: {error}") from error


def find_entity(gazetteer: Lookups, entity_id: str) -> Place | None:
    """Return the same, or None where there is none."""
    try:
        return entity(gazetteer, entity_id)
    except NotFoundError:
        return None


def point_at(gazetteer: Lookups, position: LatLon, *, uncertainty_m: float) -> Place:
    """Return a bare position as a place, with the areas that hold it."""
    found = gazetteer.reverse(position)
    name = f"{position.latitude:.5f}, {position.longitude:.5f}"
    point = place_at(position, name=name, uncertainty_m=uncertainty_m)
    return replace(point, admin=found.admin, admin_method=found.admin_method)


def cell_words(place: Place) -> str:
    """Say how far a place was generalised; nothing of one that wasn't."""
    return "" if place.generalised_to_deg is None else generalised_words(place.generalised_to_deg)


def label(place: Place) -> str:
    """Return a name that tells a place from its namesakes; OpenRefine shows nothing else.

    The kind stands in brackets unless it is a settlement or the name says it; then come the narrowest and the
    widest area round it.
    """
    kind = place.kind
    word = TYPES[kind.value].name.lower()
    is_clear = kind.group in ("settlement", "point") or word in place.name.lower()
    units = [unit.name for unit in place.admin if unit.pcode != place.id]
    if kind.group == "admin":
        units = units[:1]
    areas = dict.fromkeys((*units[-1:], *units[:1]))
    return f"{place.name}{'' if is_clear else f' ({word})'}{' — ' if areas else ''}{', '.join(areas)}"
