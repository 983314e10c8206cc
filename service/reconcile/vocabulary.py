"""What a reconciliation client chooses from: entities, and one table each of their types and properties.

An entity is a place by its id. A computed position ("5 km north of Saraqeb") isn't in the gazetteer, so its
id says all there is to it: a geo URI (RFC 5870) with its radius in metres, ``geo:35.90617,36.80611;u=6803``.

A type is a kind of place, or a group of kinds; each place has its kind first and its group second, so that a
client which counts types finds the narrow one first. A property with a role may be asked for in a query ("the
governorate is Idlib"); all but "area" and "near" may be fetched afterwards.
"""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Literal, NamedTuple

from gazetteer.errors import CoordinateError, NotFoundError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.privacy.cells import generalised_words
from gazetteer.reading.relations import place_at
from gazetteer.values import Place, basis_words
from service.nominatim.words import Language, name_in
from service.tiers import seen


class Row(NamedTuple):
    """A type or a property; a property also has what it is in a query, or nothing."""

    id: str
    name: str
    description: str
    role: Literal["area", "near", "latitude", "longitude", ""] = ""

    def named(self) -> dict[str, Any]:
        """Return it as the specification writes it."""
        return {"id": self.id, "name": self.name}


#: What people choose most; every list of types begins with these.
DEFAULT_TYPES: Final = (
    "settlement area governorate district subdistrict neighbourhood facility hospital clinic landmark".split()
)
#: The group of each kind, which may be called as the kind is.
BROADER: Final = {kind.value: "area" if kind.group == "admin" else kind.group for kind in PlaceKind}


def _name(type_id: str) -> str:
    special = {"area": "Administrative area", "subdistrict": "Sub-district", "point": "Computed position"}
    return special.get(type_id, type_id.replace("_", " ").capitalize())


def _type(type_id: str) -> Row:
    narrower = sorted(_name(kind).lower() for kind, group in BROADER.items() if group == type_id)
    words = f"Any {', '.join(narrower)}" if narrower else f"A kind of {_name(BROADER[type_id]).lower()}"
    return Row(type_id, _name(type_id), words)


_TYPES: Final = (*DEFAULT_TYPES, *(name for kind, group in BROADER.items() for name in (group, kind)))
TYPES: Final = {name: _type(name) for name in dict.fromkeys(_TYPES)}


def types_of(place: Place) -> list[str]:
    """Return the ids of a place's types, the narrow one first."""
    return list(dict.fromkeys((place.kind.value, BROADER[place.kind.value])))


_LEVELS: Final = {1: "governorate", 2: "district", 3: "subdistrict"}
_ITS: Final = {level: _name(word).lower() for level, word in _LEVELS.items()}
_PROPERTIES: Final = (
    *(Row(word, _name(word), f"The {_ITS[n]} that it lies in.", "area") for n, word in _LEVELS.items()),
    Row("area", "Area", "An area of any level that it lies in.", "area"),
    Row("near", "Near", "A place or position that it lies near to.", "near"),
    Row("pcode", "P-code", "OCHA's code of it, where it has one."),
    *(
        Row(f"adm{level}_{what}", f"{its.capitalize()} {of}", f"The {of} of its {its}.", "area")
        for level, its in _ITS.items()
        for what, of in (("name", "name"), ("pcode", "P-code"))
    ),
    Row("latitude", "Latitude", "Degrees north on WGS 84.", "latitude"),
    Row("longitude", "Longitude", "Degrees east on WGS 84.", "longitude"),
    # OpenRefine heads the column with the name, and `gazetteer near` reads a column of this one.
    Row("uncertainty_m", "uncertainty_m", "Radius in metres that holds the true point."),
    Row(
        "position_basis", "Position known by", "What a facility's position is: building, quarter, town, area."
    ),
    Row("generalised_to_deg", "Generalised to", "Degrees of the cell that it was generalised to."),
    Row("name", "Name", "Its name alone."),
    Row("name_ar", "Arabic name", "Its name in Arabic script."),
    Row("kind", "Kind", "What it is."),
    Row("population", "Population", "Inhabitants, where known."),
    Row("sources", "Sources", "Which sources know it."),
    Row("attribution", "Attribution", "What those sources' licences ask you to quote."),
)
PROPERTIES: Final = {row.id: row for row in _PROPERTIES}
FETCHED: Final = [name for name in PROPERTIES if name not in ("area", "near")]


def property_of(property_id: str) -> Row:
    """Return a property by its id, or one of no use where there is none of that id."""
    return PROPERTIES.get(property_id, Row(property_id, property_id, ""))


def cells(place: Place, language: Language) -> dict[str, list[dict[str, Any]]]:
    """Return the cells of a place's properties as the specification writes them; none for the unknown."""
    facts: dict[str, Any] = {
        "pcode": "" if ":" in place.id else place.id,  # all ids but OCHA's have a prefix
        "latitude": round(place.position.latitude, 6),
        "longitude": round(place.position.longitude, 6),
        "uncertainty_m": round(place.uncertainty_m),
        "position_basis": place.position_basis,
        "generalised_to_deg": place.generalised_to_deg,
        "name": place.name_ar if language == "ar" else place.name,
        "name_ar": place.name_ar,
        "kind": place.kind.value,
        "population": place.population,
        "sources": "; ".join(place.sources),
        "attribution": "; ".join(seen().quoted([place])),
    }
    for unit in place.admin:
        name = name_in(unit, language)
        facts[_LEVELS[unit.level]] = {"id": unit.pcode, "name": name}
        facts |= {f"adm{unit.level}_name": name, f"adm{unit.level}_pcode": unit.pcode}
    known = {key: fact for key, fact in facts.items() if fact not in (None, "")}
    return {k: [fact if isinstance(fact, dict) else {type(fact).__name__: fact}] for k, fact in known.items()}


def id_of(place: Place) -> str:
    """Return the id that :func:`find_entity` takes back."""
    if place.kind is not PlaceKind.POINT:
        return place.id
    at = place.position
    return f"geo:{at.latitude:.5f},{at.longitude:.5f};u={max(1, round(place.uncertainty_m))}"


def find_entity(gazetteer: Lookups, entity_id: str) -> Place | None:
    """Return the place with this id, or the computed position that it spells out; None if neither."""
    with suppress(NotFoundError, CoordinateError):
        written = re.fullmatch(r"geo:(-?\d{1,2}\.\d{1,6}),(-?\d{1,3}\.\d{1,6});u=(\d{1,7})", entity_id)
        if written is None:
            return gazetteer.place(entity_id)
        latitude, longitude, radius_m = map(float, written.groups())
        return point_at(gazetteer, LatLon(latitude, longitude), uncertainty_m=max(1.0, radius_m))
    return None


def point_at(gazetteer: Lookups, position: LatLon, *, uncertainty_m: float) -> Place:
    """Return a bare position as a place, with the areas that hold it."""
    found = gazetteer.reverse(position)
    name = f"{position.latitude:.5f}, {position.longitude:.5f}"
    point = place_at(position, name=name, uncertainty_m=uncertainty_m)
    return replace(point, admin=found.admin, admin_method=found.admin_method)


def position_words(place: Place) -> str:
    """Say how far a place was generalised, or what its position was taken from; else nothing."""
    side = place.generalised_to_deg
    return basis_words(place.position_basis) if side is None else generalised_words(side)


def listed(place: Place, types: str, *more: str) -> dict[str, Any]:
    """Return what every list tells of a place, its types in the field `types`, with `more` words on it."""
    rows = [TYPES[name] for name in types_of(place)]
    words = dict.fromkeys((rows[0].name, place.name_ar, *more, position_words(place)))
    words.pop(place.name, None)
    return {
        "id": id_of(place),
        "name": label(place),
        "description": " · ".join(filter(None, words)),
        types: [row.named() for row in rows],
    }


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
