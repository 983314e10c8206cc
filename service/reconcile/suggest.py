"""What a user may mean while typing: places, types or properties, and a few words on each."""

from collections.abc import Iterable
from typing import Any, Final

from markupsafe import Markup

from gazetteer.errors import NotFoundError
from gazetteer.names.fold import fold
from gazetteer.values import Place
from service.reconcile.entities import cell_words, entity, find_entity, id_of, label
from service.reconcile.vocabulary import PROPERTIES, TYPES, types_of
from service.state import Catalogue

__all__ = ["flyout", "suggest_entities", "suggest_properties", "suggest_types"]

#: Suggestions in an answer; `cursor` skips to the next ones.
PAGE: Final = 10


def suggest_entities(gazetteer: Catalogue, prefix: str, cursor: int) -> dict[str, Any]:
    """Return places with a spelling that begins so, the best known first; an id comes before all."""
    itself = find_entity(gazetteer, prefix)
    found = [(itself, "")] if itself else []
    found += [
        (place, spelling)
        for place, spelling in gazetteer.suggest(prefix, limit=cursor + PAGE + 1)
        if itself is None or place.id != itself.id
    ]
    return _page([_place_item(place, spelling) for place, spelling in found], cursor)


def _place_item(place: Place, spelling: str) -> dict[str, Any]:
    told = dict.fromkeys(text for text in (spelling, place.name_ar) if text and text != place.name)
    return {
        "id": id_of(place),
        "name": label(place),
        "description": " · ".join((types_of(place)[0]["name"], *told, *filter(None, [cell_words(place)]))),
        "notable": types_of(place),
    }


def suggest_types(prefix: str, cursor: int) -> dict[str, Any]:
    """Return types with a word that begins so; all of them for an empty prefix."""
    return _page(_beginning(prefix, _type_rows()), cursor)


def suggest_properties(prefix: str, cursor: int) -> dict[str, Any]:
    """Return properties with a word that begins so; all of them for an empty prefix."""
    return _page(_beginning(prefix, _property_rows()), cursor)


def _type_rows() -> list[dict[str, Any]]:
    return [{"id": row.id, "name": row.name, "description": _type_words(row.id)} for row in TYPES.values()]


def _property_rows() -> list[dict[str, Any]]:
    return [{"id": row.id, "name": row.name, "description": row.description} for row in PROPERTIES.values()]


def flyout(what: str, item_id: str, gazetteer: Catalogue) -> dict[str, str]:
    """Return a few words of HTML on a place, a type or a property.

    Raises
    ------
    NotFoundError
        If there is none with this id.
    """
    if what == "entity":
        item = _place_item(entity(gazetteer, item_id), "")
        name, words = item["name"], item["description"]
    else:
        rows = _type_rows() if what == "type" else _property_rows()
        row = next((row for row in rows if row["id"] == item_id), None)
        if row is None:
            raise NotFoundError(f"there is no {what} {item_id!r}")
        name, words = row["name"], row["description"]
    return {"id": item_id, "html": str(Markup("<p><strong>{}</strong><br>{}</p>").format(name, words))}


def _type_words(type_id: str) -> str:
    row = TYPES[type_id]
    if row.broader:
        return f"A kind of {TYPES[row.broader].name.lower()}"
    kinds = sorted(TYPES[kind.value].name.lower() for kind in row.kinds)
    return f"Any {', '.join(kinds)}"


def _beginning(prefix: str, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    asked = fold(prefix)
    return [row for row in rows if any(form.startswith(asked) for form in _forms(row))]


def _forms(row: dict[str, Any]) -> list[str]:
    words = fold(row["name"]).split()
    return [fold(row["id"]), *(" ".join(words[start:]) for start in range(len(words)))]


def _page(items: list[dict[str, Any]], cursor: int) -> dict[str, Any]:
    """Return one page of items, and where the next begins if there is one."""
    answer: dict[str, Any] = {"result": items[cursor : cursor + PAGE]}
    return {**answer, "cursor": cursor + PAGE} if len(items) > cursor + PAGE else answer
