"""What a reconciliation client chooses from: entities, and one table each of their types and properties.

An entity is a place by its id. A computed position ("5 km north of Saraqeb") isn't in the gazetteer, so its
id says all there is to it: a geo URI (RFC 5870) with its radius in metres, ``geo:35.90617,36.80611;u=6803``.

A type is a kind of place, or a group of kinds; each place has its kind first and its group second, so that a
client which counts types finds the narrow one first. A property with a role may be asked for in a query ("the
governorate is Idlib"); one with a reader may be fetched afterwards.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, Literal, NamedTuple

from gazetteer.errors import CoordinateError, NotFoundError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.privacy.cells import generalised_words
from gazetteer.reading.relations import place_at
from gazetteer.values import AdminUnit, Place
from service.nominatim.words import Language, name_in
from service.tiers import seen


class Type(NamedTuple):
    """A type, the kinds that it stands for, and the id of the wider type if there is one."""

    id: str
    name: str
    description: str
    kinds: frozenset[PlaceKind]
    broader: str = ""


class Property(NamedTuple):
    """A property, and what it is in a query: an area, a place close by, half of a position, or nothing."""

    id: str
    name: str
    description: str
    role: Literal["area", "near", "latitude", "longitude", ""] = ""


def named(row: Type | Property) -> dict[str, Any]:
    """Return a type or a property as the specification writes it."""
    return {"id": row.id, "name": row.name}


# -------------------------------------------------------------------------------------------------- types


def _group(kind: PlaceKind) -> str:
    return "area" if kind.group == "admin" else kind.group


def _name(type_id: str) -> str:
    special = {"area": "Administrative area", "subdistrict": "Sub-district", "point": "Computed position"}
    return special.get(type_id, type_id.replace("_", " ").capitalize())


def _types() -> Iterator[Type]:
    for group in dict.fromkeys(map(_group, PlaceKind)):
        kinds = [kind for kind in PlaceKind if _group(kind) == group]
        listed = ", ".join(sorted(_name(kind.value).lower() for kind in kinds))
        yield Type(group, _name(group), f"Any {listed}", frozenset(kinds))
        for kind in kinds:
            if kind.value != group:
                words = f"A kind of {_name(group).lower()}"
                yield Type(kind.value, _name(kind.value), words, frozenset({kind}), group)


#: What people choose most; every list of types begins with these.
DEFAULT_TYPES: Final = (
    "settlement area governorate district subdistrict neighbourhood facility hospital clinic landmark".split()
)
_UNORDERED: Final = {row.id: row for row in _types()}
#: Every type by its id.
TYPES: Final = {name: _UNORDERED[name] for name in dict.fromkeys((*DEFAULT_TYPES, *_UNORDERED))}


def types_of(place: Place) -> list[dict[str, Any]]:
    """Return a place's types, the narrow one first."""
    return [named(TYPES[name]) for name in dict.fromkeys((place.kind.value, _group(place.kind)))]


# --------------------------------------------------------------------------------------------- properties

_PROPERTIES: Final = (
    Property("governorate", "Governorate", "The governorate that it lies in.", "area"),
    Property("district", "District", "The district that it lies in.", "area"),
    Property("subdistrict", "Sub-district", "The sub-district that it lies in.", "area"),
    Property("area", "Area", "An area of any level that it lies in.", "area"),
    Property("near", "Near", "A place or position that it lies near to.", "near"),
    Property("pcode", "P-code", "OCHA's code of it, where it has one."),
    Property("adm1_name", "Governorate name", "The name of its governorate.", "area"),
    Property("adm1_pcode", "Governorate P-code", "The P-code of its governorate.", "area"),
    Property("adm2_name", "District name", "The name of its district.", "area"),
    Property("adm2_pcode", "District P-code", "The P-code of its district.", "area"),
    Property("adm3_name", "Sub-district name", "The name of its sub-district.", "area"),
    Property("adm3_pcode", "Sub-district P-code", "The P-code of its sub-district.", "area"),
    Property("latitude", "Latitude", "Degrees north on WGS 84.", "latitude"),
    Property("longitude", "Longitude", "Degrees east on WGS 84.", "longitude"),
    # OpenRefine heads the column with the name, and `gazetteer near` reads a column of this one.
    Property("uncertainty_m", "uncertainty_m", "Radius in metres that holds the true point."),
    Property("generalised_to_deg", "Generalised to", "Degrees of the cell that it was generalised to."),
    Property("name", "Name", "Its name alone."),
    Property("name_ar", "Arabic name", "Its name in Arabic script."),
    Property("kind", "Kind", "What it is."),
    Property("population", "Population", "Inhabitants, where known."),
    Property("sources", "Sources", "Which sources know it."),
    Property("attribution", "Attribution", "What those sources' licences ask you to quote."),
)
#: Every property by its id.
PROPERTIES: Final = {row.id: row for row in _PROPERTIES}
#: What is known of a place; None and "" are nothing.
Value = str | int | float | AdminUnit | None


def pcode_of(place: Place) -> str:
    """Return a place's id where it is OCHA's code: the other ids have a prefix with a colon."""
    return "" if ":" in place.id else place.id


def _unit(place: Place, level: int) -> AdminUnit | None:
    return next((unit for unit in place.admin if unit.level == level), None)


def _area_readers(level: int, word: str) -> dict[str, Callable[[Place, Language], Value]]:
    return {
        word: lambda place, _: _unit(place, level),
        f"adm{level}_name": lambda place, lang: (unit := _unit(place, level)) and name_in(unit, lang),
        f"adm{level}_pcode": lambda place, _: (unit := _unit(place, level)) and unit.pcode,
    }


#: How the properties that can be fetched are read from a place.
READERS: Final[dict[str, Callable[[Place, Language], Value]]] = {
    **_area_readers(1, "governorate"),
    **_area_readers(2, "district"),
    **_area_readers(3, "subdistrict"),
    "pcode": lambda place, _: pcode_of(place),
    "latitude": lambda place, _: round(place.position.latitude, 6),
    "longitude": lambda place, _: round(place.position.longitude, 6),
    "uncertainty_m": lambda place, _: round(place.uncertainty_m),
    "generalised_to_deg": lambda place, _: place.generalised_to_deg,
    "name": lambda place, language: place.name_ar if language == "ar" else place.name,
    "name_ar": lambda place, _: place.name_ar,
    "kind": lambda place, _: place.kind.value,
    "population": lambda place, _: place.population,
    "sources": lambda place, _: "; ".join(place.sources),
    "attribution": lambda place, _: "; ".join(seen().quoted([place])),
}


def cells(property_id: str, place: Place, language: Language) -> list[dict[str, Any]]:
    """Return the cells of a property as the specification writes them: one, or none for the unknown."""
    match READERS[property_id](place, language):
        case None | "":
            return []
        case AdminUnit() as unit:
            return [{"id": unit.pcode, "name": name_in(unit, language)}]
        case float() as number:
            return [{"float": number}]
        case int() as number:
            return [{"int": number}]
        case text:
            return [{"str": text}]


# ----------------------------------------------------------------------------------------------- entities


def id_of(place: Place) -> str:
    """Return the id that :func:`entity` takes back."""
    if place.kind is not PlaceKind.POINT:
        return place.id
    at = place.position
    return f"geo:{at.latitude:.5f},{at.longitude:.5f};u={max(1, round(place.uncertainty_m))}"


def entity(gazetteer: Lookups, entity_id: str) -> Place:
    """Return the place with this id, or the computed position that it spells out; NotFoundError if none."""
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
    kind, word = place.kind, _name(place.kind.value).lower()
    is_clear = kind.group in ("settlement", "point") or word in place.name.lower()
    units = [unit.name for unit in place.admin if unit.pcode != place.id]
    areas = dict.fromkeys(units[:1] if kind.group == "admin" else (*units[-1:], *units[:1]))
    return f"{place.name}{'' if is_clear else f' ({word})'}{' — ' if areas else ''}{', '.join(areas)}"
