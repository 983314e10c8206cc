"""The routes of `/reconcile`: manifest, queries and properties at one address; suggestions; the card.

The endpoint takes what the specification and OpenRefine send and refuses the rest, naming the field. The
suggest addresses ignore parameters that they don't know: OpenRefine adds some that were another service's.
"""

from collections.abc import Collection
from importlib.metadata import version
from typing import Any, Final

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from markupsafe import Markup

from gazetteer.country import country
from gazetteer.errors import NotFoundError
from gazetteer.names.fold import fold
from gazetteer.notation.lengths import format_length
from gazetteer.values import Place
from service.audit import tell
from service.reconcile.candidates import candidates
from service.reconcile.entities import cell_words, entity, find_entity, id_of, label
from service.reconcile.queries import MAX_QUERIES, ExtendQuery, read_extend, read_queries, refuse
from service.reconcile.vocabulary import DEFAULT_TYPES, PROPERTIES, READERS, TYPES, cells, pcode_of, types_of
from service.tiers import seen

api = Blueprint("reconcile", __name__, url_prefix="/reconcile")
#: Endpoints whose answers tell of no place where it is: they have names, kinds and areas.
TELL_OF_NONE: Final = frozenset({"reconcile.flyout", "reconcile.properties", "reconcile.suggest"})

#: Suggestions in an answer; `cursor` skips to the next ones.
_PAGE: Final = 10
#: The card in pixels.
_WIDTH: Final = 420
_HEIGHT: Final = 260
#: Pages that may frame the card beside this server's own: OpenRefine runs on the user's machine.
_FRAMED_BY: Final = ("'self'", "http://127.0.0.1:*", "http://localhost:*")
_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "


@api.route("", methods=["GET", "POST"])
def endpoint() -> Response:
    """Answer a batch of queries or a request for properties; the manifest where neither is sent."""
    _only_known(("queries", "extend"))
    if request.method != "POST" and not request.args:
        tell(())
        return jsonify(_manifest())
    queries, extension = _sent("queries"), _sent("extend")
    if (queries is None) == (extension is None):
        refuse("queries", "send a batch of queries as the form field queries, or a request as extend")
    if extension is not None:
        return jsonify(_extend(read_extend(extension)))
    batch = read_queries(queries or "")
    return jsonify({key: {"result": candidates(one, seen().gazetteer)} for key, one in batch.items()})


@api.get("/suggest/<any(entity,type,property):what>")
def suggest(what: str) -> dict[str, Any]:
    """Answer what a user may mean while typing, a page at a time; everything for an empty prefix."""
    prefix = request.args.get("prefix", "").strip()
    cursor = _whole_number("cursor", request.args.get("cursor", "0"))
    if what == "entity":
        items = _entities(prefix, cursor + _PAGE + 1)
    else:
        items = [row for row in _rows(what) if any(form.startswith(fold(prefix)) for form in _forms(row))]
    more = {"cursor": cursor + _PAGE} if len(items) > cursor + _PAGE else {}
    return {"result": items[cursor : cursor + _PAGE], **more}


@api.get("/flyout/<any(entity,type,property):what>")
def flyout(what: str) -> dict[str, str]:
    """Answer a few words of HTML on a place, a type or a property."""
    asked = _asked_id()
    if what == "entity":
        item = _item(entity(seen().gazetteer, asked), "")
    else:
        found = [row for row in _rows(what) if row["id"] == asked]
        if not found:
            raise NotFoundError(f"there is no {what} {asked!r}")
        item = found[0]
    html = Markup("<p><strong>{name}</strong><br>{description}</p>").format(**item)
    return {"id": asked, "html": str(html)}


@api.get("/properties")
def properties() -> dict[str, Any]:
    """Answer the properties that can be fetched; they are the same for every type."""
    _only_known(("type", "limit"))
    limit = _whole_number("limit", request.args["limit"]) if "limit" in request.args else None
    found = [row.as_json() for row in PROPERTIES.values() if row.id in READERS][:limit]
    answer = {"type": request.args.get("type", ""), "properties": found}
    return answer if limit is None else {**answer, "limit": limit}


@api.get("/preview")
def preview() -> Response:
    """Answer the card of a place, which OpenRefine shows in a frame of its own page."""
    _only_known(("id",))
    here = seen()
    place = entity(here.gazetteer, _asked_id())
    tell((place,))
    page = render_template(
        "reconcile_card.html",
        place=place,
        name=label(place),
        kind=types_of(place)[0]["name"],
        areas=", ".join(dict.fromkeys(u.name for u in reversed(place.admin) if u.pcode != place.id)),
        facts=_facts(place),
        attribution=here.quoted([place]),
    )
    policy = _POLICY + " ".join((*_FRAMED_BY, *here.settings.allow_origins))
    headers = {"Content-Security-Policy": policy}
    return Response(page, content_type="text/html; charset=utf-8", headers=headers)


def _manifest() -> dict[str, Any]:
    """Return what the service is and where everything is, by the address that the client used."""
    here = url_for("reconcile.endpoint", _external=True)
    card = f"{here}/preview?id={{{{id}}}}"
    types = [TYPES[name].as_json() for name in DEFAULT_TYPES]
    for row in types:
        if broader := TYPES[row["id"]].broader:
            row["broader"] = [TYPES[broader].as_json()]
    return {
        "versions": ["0.2"],
        "name": f"Conflict gazetteer: places in {country().name}",
        # The same on every server, so that a table matched on one machine can be extended on another.
        "identifierSpace": "urn:conflict-gazetteer:place:",
        "schemaSpace": "https://schema.org/Place",
        "documentation": url_for("pages.about", _external=True),
        "serviceVersion": version("conflict-gazetteer"),
        "defaultTypes": types,
        "view": {"url": card},
        "preview": {"url": card, "width": _WIDTH, "height": _HEIGHT},
        "suggest": {
            what: {
                "service_url": here,
                "service_path": f"/suggest/{what}",
                "flyout_service_url": here,
                "flyout_service_path": f"/flyout/{what}?id=${{id}}",
            }
            for what in ("entity", "type", "property")
        },
        "extend": {
            "propose_properties": {"service_url": here, "service_path": "/properties"},
            "property_settings": [_LANGUAGE],
        },
        "batchSize": MAX_QUERIES,
        "attribution": list(dict.fromkeys(source.attribution for source in seen().info.sources)),
    }


#: What a user may set for a property that has names.
_LANGUAGE: Final = {
    "name": "language",
    "label": "Language of names",
    "type": "select",
    "default": "en",
    "help_text": "Names of areas in English or in Arabic",
    "choices": [{"value": "en", "name": "English"}, {"value": "ar", "name": "Arabic"}],
}


def _extend(query: ExtendQuery) -> dict[str, Any]:
    """Return the columns that were asked for; what isn't known is an empty cell, never 0."""
    places = {entity_id: find_entity(seen().gazetteer, entity_id) for entity_id in query.ids}
    tell(filter(None, places.values()))
    meta = [PROPERTIES[asked.id].as_json() for asked in query.properties]
    for column in meta:
        if column["id"] in TYPES:  # its cells are areas, which are entities themselves
            column["type"] = TYPES[column["id"]].as_json()
    rows = {
        entity_id: {
            asked.id: cells(asked.id, place, asked.settings.language) if place else []
            for asked in query.properties
        }
        for entity_id, place in places.items()
    }
    return {"meta": meta, "rows": rows}


def _facts(place: Place) -> list[tuple[str, str]]:
    at = place.position
    facts = [
        ("P-code", pcode_of(place)),
        ("Areas", ", ".join(f"{unit.name} {unit.pcode}" for unit in place.admin)),
        ("Position", f"{at.latitude:.5f}, {at.longitude:.5f}"),
        ("Uncertainty", f"true point within {format_length(place.uncertainty_m)}"),
        ("Position is", cell_words(place)),
        ("Inhabitants", "" if place.population is None else f"{place.population:,}"),
    ]
    return [fact for fact in facts if fact[1]]


def _entities(prefix: str, limit: int) -> list[dict[str, Any]]:
    """Return places with a spelling that begins so, the best known first; an id comes before all."""
    gazetteer = seen().gazetteer
    itself = find_entity(gazetteer, prefix)
    found = [
        (place, spelling)
        for place, spelling in gazetteer.suggest(prefix, limit=limit)
        if itself is None or place.id != itself.id
    ]
    return [_item(place, spelling) for place, spelling in ([(itself, "")] if itself else []) + found]


def _item(place: Place, spelling: str) -> dict[str, Any]:
    types = types_of(place)
    names = dict.fromkeys(text for text in (spelling, place.name_ar) if text and text != place.name)
    words = filter(None, (types[0]["name"], *names, cell_words(place)))
    return {"id": id_of(place), "name": label(place), "description": " · ".join(words), "notable": types}


def _rows(what: str) -> list[dict[str, Any]]:
    rows = TYPES.values() if what == "type" else PROPERTIES.values()
    return [{**row.as_json(), "description": row.description} for row in rows]


def _forms(row: dict[str, Any]) -> list[str]:
    """Return what a type or property may be found by: its id, and its name from each word on."""
    words = fold(row["name"]).split()
    return [fold(row["id"]), *(" ".join(words[start:]) for start in range(len(words)))]


def _sent(name: str) -> str | None:
    """Return a field of the form, or of the address; None where it wasn't sent."""
    values = [*request.form.getlist(name), *request.args.getlist(name)]
    if len(values) > 1:
        refuse(name, f"given {len(values)} times; give it once")
    return values[0] if values else None


def _only_known(known: Collection[str]) -> None:
    for name in (*request.args, *request.form):
        if name not in known:
            refuse(name, f"unknown parameter; this endpoint takes {', '.join(known)}")


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= 1000):
        refuse(name, f"this must be a whole number from 0 to 1000, not {text[:20]!r}")
    return int(text)


def _asked_id() -> str:
    asked = request.args.get("id", "")
    if not asked:
        refuse("id", "say which: id=…")
    if len(asked) > 100:
        raise NotFoundError("no id is as long as this one")
    return asked
