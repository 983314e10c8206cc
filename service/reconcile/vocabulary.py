"""The types and properties that a reconciliation client chooses from: one table of each.

A type is a kind of place, or a group of kinds; each place has its kind first and its group second, so that a
client which counts types finds the narrow one first. A property may be asked for in a query ("the
governorate is Idlib") and fetched afterwards; which of the two it can do stands in its row.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from gazetteer.kinds import PlaceKind
from gazetteer.values import Place

__all__ = ["PROPERTIES", "TYPES", "Property", "TypeRow", "types_of"]

#: How a property takes part in a query: names an area, a place close by, half of a position, or not at all.
Role = Literal["area", "near", "latitude", "longitude", ""]
#: Groups whose word for users isn't the library's.
_GROUP_IDS: Final = {"admin": "area"}
_NAMES: Final = {"area": "Administrative area", "subdistrict": "Sub-district", "point": "Computed position"}


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A type: its id, its name for people, the kinds that it stands for, and the wider type if any."""

    id: str
    name: str
    kinds: frozenset[PlaceKind]
    broader: str | None = None

    def as_json(self, *, broader: bool = False) -> dict[str, Any]:
        """Return the type as the specification writes it."""
        found: dict[str, Any] = {"id": self.id, "name": self.name}
        if broader and self.broader:
            found["broader"] = [TYPES[self.broader].as_json()]
        return found


@dataclass(frozen=True, slots=True)
class Property:
    """A property: its id and name, what it is, its role in a query, and whether it can be fetched."""

    id: str
    name: str
    description: str
    role: Role = ""
    fetched: bool = True

    def as_json(self) -> dict[str, str]:
        """Return the property as the specification writes it."""
        return {"id": self.id, "name": self.name}


def _group_id(kind: PlaceKind) -> str:
    return _GROUP_IDS.get(kind.group, kind.group)


def _name(type_id: str) -> str:
    return _NAMES.get(type_id, type_id.replace("_", " ").capitalize())


def _all_types() -> dict[str, TypeRow]:
    kinds_of: dict[str, set[PlaceKind]] = {}
    for kind in PlaceKind:
        kinds_of.setdefault(_group_id(kind), set()).add(kind)
    rows = {name: TypeRow(name, _name(name), frozenset(kinds)) for name, kinds in kinds_of.items()}
    for kind in PlaceKind:
        if kind.value not in rows:
            rows[kind.value] = TypeRow(kind.value, _name(kind.value), frozenset({kind}), _group_id(kind))
    order = ["settlement", "area", "governorate", "district", "subdistrict", "neighbourhood", "facility"]
    order += ["hospital", "clinic", "landmark"]
    return {name: rows[name] for name in (*order, *(name for name in rows if name not in order))}


#: Every type by its id, those that people choose most first.
TYPES: Final[dict[str, TypeRow]] = _all_types()

_LEVELS: Final = {1: "governorate", 2: "district", 3: "sub-district"}


def _all_properties() -> dict[str, Property]:
    rows = [
        Property(word.replace("-", ""), word.capitalize(), f"The {word} that it lies in.", "area")
        for word in _LEVELS.values()
    ]
    rows += [
        Property("area", "Area", "An area of any level that it lies in.", "area", fetched=False),
        Property("near", "Near", "A place or position that it lies near to.", "near", fetched=False),
        Property("pcode", "P-code", "OCHA's code of it, where it has one."),
        *(
            Property(
                f"adm{level}_{what}", f"{word.capitalize()} {title}", f"The {title} of its {word}.", "area"
            )
            for level, word in _LEVELS.items()
            for what, title in (("name", "name"), ("pcode", "P-code"))
        ),
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
    ]
    return {row.id: row for row in rows}


#: Every property by its id.
PROPERTIES: Final[dict[str, Property]] = _all_properties()


def types_of(place: Place) -> list[dict[str, Any]]:
    """Return a place's types, the narrow one first."""
    return [TYPES[name].as_json() for name in dict.fromkeys((place.kind.value, _group_id(place.kind)))]
