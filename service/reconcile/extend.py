"""Properties of entities, for columns to add to a table.

An entity that isn't known has a row of empty cells, and so has what isn't known of a place: an empty cell is
never 0.
"""

from collections.abc import Sequence
from typing import Any, Final

from gazetteer.values import AdminUnit, Place
from service.deadlines import within_time
from service.disclosures import disclosures
from service.reconcile.entities import find_entity
from service.reconcile.queries import ExtendProperty, ExtendQuery
from service.reconcile.vocabulary import PROPERTIES, TYPES
from service.state import State

__all__ = ["SETTINGS", "extend", "has_pcode", "proposals"]

#: What a user may set for a property that has names.
SETTINGS: Final = (
    {
        "name": "language",
        "label": "Language of names",
        "type": "select",
        "default": "en",
        "help_text": "Names of areas in English or in Arabic",
        "choices": [{"value": "en", "name": "English"}, {"value": "ar", "name": "Arabic"}],
    },
)
_LEVELS: Final = {"governorate": 1, "district": 2, "subdistrict": 3}


def extend(query: ExtendQuery, state: State) -> dict[str, Any]:
    """Return the values that were asked for, as the specification writes them."""
    places = {entity_id: find_entity(state.gazetteer, entity_id) for entity_id in within_time(query.ids)}
    disclosures().add(filter(None, places.values()))
    return {
        "meta": [_meta(prop.id) for prop in query.properties],
        "rows": {
            entity_id: {
                prop.id: [] if place is None else _values(prop, place, state) for prop in query.properties
            }
            for entity_id, place in places.items()
        },
    }


def proposals(type_id: str, limit: int | None) -> dict[str, Any]:
    """Return the properties that can be fetched; they are the same for every type."""
    found = [row.as_json() for row in PROPERTIES.values() if row.fetched]
    answer: dict[str, Any] = {"type": type_id, "properties": found[:limit]}
    return answer if limit is None else {**answer, "limit": limit}


def has_pcode(place: Place) -> bool:
    """Tell whether a place's id is OCHA's code: the other ids have a prefix with a colon."""
    return ":" not in place.id


def _meta(pid: str) -> dict[str, Any]:
    found: dict[str, Any] = PROPERTIES[pid].as_json()
    return {**found, "type": TYPES[pid].as_json()} if pid in _LEVELS else found


def _values(prop: ExtendProperty, place: Place, state: State) -> list[dict[str, Any]]:
    """Return the cells of one property: one, or none where it isn't known."""
    arabic = prop.settings.get("language") == "ar"
    if prop.id in _LEVELS:
        unit = _unit(place.admin, _LEVELS[prop.id])
        return [] if unit is None else [{"id": unit.pcode, "name": _name(unit, arabic=arabic)}]
    if prop.id.startswith("adm"):
        unit = _unit(place.admin, int(prop.id[3]))
        text = "" if unit is None else unit.pcode if prop.id.endswith("pcode") else _name(unit, arabic=arabic)
        return _text(text)
    match prop.id:
        case "latitude":
            return [{"float": round(place.position.latitude, 6)}]
        case "longitude":
            return [{"float": round(place.position.longitude, 6)}]
        case "uncertainty_m":
            return [{"int": round(place.uncertainty_m)}]
        case "generalised_to_deg":
            return [] if place.generalised_to_deg is None else [{"float": place.generalised_to_deg}]
        case "population":
            return [] if place.population is None else [{"int": place.population}]
    return _text(_texts(place, state, arabic=arabic)[prop.id])


def _texts(place: Place, state: State, *, arabic: bool) -> dict[str, str]:
    return {
        "pcode": place.id if has_pcode(place) else "",
        "name": place.name_ar if arabic else place.name,
        "name_ar": place.name_ar,
        "kind": place.kind.value,
        "sources": "; ".join(place.sources),
        "attribution": "; ".join(state.quoted([place])),
    }


def _text(text: str) -> list[dict[str, Any]]:
    return [{"str": text}] if text else []


def _unit(chain: Sequence[AdminUnit], level: int) -> AdminUnit | None:
    return next((unit for unit in chain if unit.level == level), None)


def _name(unit: AdminUnit, *, arabic: bool) -> str:
    return unit.name_ar if arabic and unit.name_ar else unit.name
