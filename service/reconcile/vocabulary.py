"""The types and properties that a reconciliation client chooses from: one table of each.

A type is a kind of place, or a group of kinds; each place has its kind first and its group second, so that a
client which counts types finds the narrow one first. A property with a role may be asked for in a query ("the
governorate is Idlib"); one with a reader may be fetched afterwards.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminUnit, Place
from service.tiers import seen


@dataclass(frozen=True, slots=True)
class Type:
    """A type, the kinds that it stands for, and the id of the wider type if there is one."""

    id: str
    name: str
    description: str
    kinds: frozenset[PlaceKind]
    broader: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the type as the specification writes it."""
        return {"id": self.id, "name": self.name}


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
    return [TYPES[name].as_json() for name in dict.fromkeys((place.kind.value, _group(place.kind)))]


Language = Literal["en", "ar"]
#: What is known of a place; None and "" are nothing.
Value = str | int | float | AdminUnit | None
Reader = Callable[[Place, Language], Value]


@dataclass(frozen=True, slots=True)
class Property:
    """A property, and what it is in a query: an area, a place close by, half of a position, or nothing."""

    id: str
    name: str
    description: str
    role: Literal["area", "near", "latitude", "longitude", ""] = ""

    def as_json(self) -> dict[str, Any]:
        """Return the property as the specification writes it."""
        return {"id": self.id, "name": self.name}


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


def pcode_of(place: Place) -> str:
    """Return a place's id where it is OCHA's code: the other ids have a prefix with a colon."""
    return "" if ":" in place.id else place.id


def _unit(level: int, place: Place, _: Language) -> AdminUnit | None:
    return next((unit for unit in place.admin if unit.level == level), None)


def _unit_name(level: int, place: Place, language: Language) -> str:
    unit = _unit(level, place, language)
    return "" if unit is None else _name_of(unit, language)


def _unit_code(level: int, place: Place, language: Language) -> str:
    unit = _unit(level, place, language)
    return "" if unit is None else unit.pcode


def _name_of(unit: AdminUnit, language: Language) -> str:
    return unit.name_ar if language == "ar" and unit.name_ar else unit.name


#: How the properties that can be fetched are read from a place.
READERS: Final[dict[str, Reader]] = {
    "governorate": partial(_unit, 1),
    "district": partial(_unit, 2),
    "subdistrict": partial(_unit, 3),
    **{f"adm{level}_name": partial(_unit_name, level) for level in (1, 2, 3)},
    **{f"adm{level}_pcode": partial(_unit_code, level) for level in (1, 2, 3)},
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
            return [{"id": unit.pcode, "name": _name_of(unit, language)}]
        case float() as number:
            return [{"float": number}]
        case int() as number:
            return [{"int": number}]
        case text:
            return [{"str": text}]
