"""The routes of `/reconcile`: manifest, queries and properties at one address; suggestions; the card.

The endpoint takes what the specification and OpenRefine send and refuses the rest, naming the field. The
suggest addresses ignore parameters that they don't know: OpenRefine adds some that were another service's.
"""

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
from service.reconcile import vocabulary
from service.reconcile.candidates import candidates
from service.reconcile.queries import MAX_QUERIES, ExtendQuery, read_extend, read_queries, refuse
from service.reconcile.vocabulary import PROPERTIES, TYPES, entity, find_entity, named
from service.tiers import seen

api = Blueprint("reconcile", __name__, url_prefix="/reconcile")

#: Suggestions in an answer; `cursor` skips to the next ones.
_PAGE: Final = 10
#: What a user may set for a property that has names.
_LANGUAGE: Final = {
    "name": "language",
    "label": "Language of names",
    "type": "select",
    "default": "en",
    "help_text": "Names of areas in English or in Arabic",
    "choices": [{"value": "en", "name": "English"}, {"value": "ar", "name": "Arabic"}],
}
#: Pages that may frame the card beside this server's own: OpenRefine runs on the user's machine.
_FRAMED_BY: Final = ("'self'", "http://127.0.0.1:*", "http://localhost:*")
_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "


@api.route("", methods=["GET", "POST"])
def endpoint() -> Response:
    """Answer a batch of queries or a request for properties; the manifest where neither is sent."""
    _only_known("queries", "extend")
    if request.method != "POST" and not request.args:
        tell(())
        return jsonify(_manifest())
    queries, extension = _sent("queries"), _sent("extend")
    if extension is not None and queries is None:
        return jsonify(_extend(read_extend(extension)))
    if extension is not None or queries is None:
        refuse("queries", "send a batch of queries as the form field queries, or a request as extend")
    batch = read_queries(queries)
    return jsonify({key: {"result": candidates(query, seen().gazetteer)} for key, query in batch.items()})


@api.get("/suggest/<any(entity,type,property):what>")
def suggest(what: str) -> dict[str, Any]:
    """Answer a page of what a user may mean while typing; of all there is for an empty prefix."""
    prefix = request.args.get("prefix", "").strip()
    start = _whole_number("cursor", request.args.get("cursor", "0"))
    items = _entities(prefix, start + _PAGE + 1) if what == "entity" else _rows(what, fold(prefix))
    more = {"cursor": start + _PAGE} if len(items) > start + _PAGE else {}
    return {"result": items[start : start + _PAGE], **more}


@api.get("/flyout/<any(entity,type,property):what>")
def flyout(what: str) -> dict[str, str]:
    """Answer a few words of HTML on a place, a type or a property."""
    asked = _asked_id()
    if what == "entity":
        item = _item(entity(seen().gazetteer, asked), "")
    else:
        item = next((row for row in _rows(what, "") if row["id"] == asked), {})
    if not item:
        raise NotFoundError(f"there is no {what} {asked!r}")
    html = Markup("<p><strong>{name}</strong><br>{description}</p>").format(**item)
    return {"id": asked, "html": str(html)}


@api.get("/properties")
def properties() -> dict[str, Any]:
    """Answer the properties that can be fetched; they are the same for every type."""
    _only_known("type", "limit")
    limit = _whole_number("limit", request.args["limit"]) if "limit" in request.args else None
    found = [named(row) for row in PROPERTIES.values() if row.id in vocabulary.READERS]
    answer = {"type": request.args.get("type", ""), "properties": found[:limit]}
    return answer if limit is None else {**answer, "limit": limit}


@api.get("/preview")
def preview() -> Response:
    """Answer the card of a place, which OpenRefine shows in a frame of its own page."""
    _only_known("id")
    here = seen()
    place = entity(here.gazetteer, _asked_id())
    tell((place,))
    page = render_template(
        "reconcile_card.html",
        place=place,
        label=vocabulary.label(place),
        kind=vocabulary.types_of(place)[0]["name"],
        pcode=vocabulary.pcode_of(place),
        radius=format_length(place.uncertainty_m),
        cell=vocabulary.cell_words(place),
        attribution=here.quoted([place]),
    )
    policy = _POLICY + " ".join((*_FRAMED_BY, *here.settings.allow_origin))
    headers = {"Content-Security-Policy": policy}
    return Response(page, content_type="text/html; charset=utf-8", headers=headers)


def _manifest() -> dict[str, Any]:
    """Return what the service is and where everything is, by the address that the client used."""
    here = url_for("reconcile.endpoint", _external=True)
    card = f"{here}/preview?id={{{{id}}}}"
    types = [TYPES[name] for name in vocabulary.DEFAULT_TYPES]
    broader = {row.id: {"broader": [named(TYPES[row.broader])]} for row in types if row.broader}
    return {
        "versions": ["0.2"],
        "name": f"Conflict gazetteer: places in {country().name}",
        # The same on every server, so that a table matched on one machine can be extended on another.
        "identifierSpace": "urn:conflict-gazetteer:place:",
        "schemaSpace": "https://schema.org/Place",
        "documentation": url_for("pages.about", _external=True),
        "serviceVersion": version("conflict-gazetteer"),
        "defaultTypes": [{**named(row), **broader.get(row.id, {})} for row in types],
        "view": {"url": card},
        "preview": {"url": card, "width": 420, "height": 280},
        "suggest": {what: _suggest_service(here, what) for what in ("entity", "type", "property")},
        "extend": {
            "propose_properties": {"service_url": here, "service_path": "/properties"},
            "property_settings": [_LANGUAGE],
        },
        "batchSize": MAX_QUERIES,
        "attribution": list(dict.fromkeys(source.attribution for source in seen().info.sources)),
    }


def _suggest_service(here: str, what: str) -> dict[str, str]:
    return {
        "service_url": here,
        "service_path": f"/suggest/{what}",
        "flyout_service_url": here,
        "flyout_service_path": f"/flyout/{what}?id=${{id}}",
    }


def _extend(query: ExtendQuery) -> dict[str, Any]:
    """Return the columns that were asked for; what isn't known is an empty cell, never 0."""
    places = {entity_id: find_entity(seen().gazetteer, entity_id) for entity_id in query.ids}
    tell(filter(None, places.values()))
    rows = {
        entity_id: {
            asked.id: vocabulary.cells(asked.id, place, asked.settings.language) if place else []
            for asked in query.properties
        }
        for entity_id, place in places.items()
    }
    # The cells of a property with the name of a type are entities of it.
    types = {name: {"type": named(row)} for name, row in TYPES.items()}
    meta = [{**named(PROPERTIES[asked.id]), **types.get(asked.id, {})} for asked in query.properties]
    return {"meta": meta, "rows": rows}


def _entities(prefix: str, limit: int) -> list[dict[str, Any]]:
    """Return places with a spelling that begins so, the best known first; an id comes before all."""
    gazetteer = seen().gazetteer
    itself = find_entity(gazetteer, prefix)
    others = gazetteer.suggest(prefix, limit=limit)
    found = [(place, spelling) for place, spelling in others if not itself or place.id != itself.id]
    return [_item(place, spelling) for place, spelling in ([(itself, "")] if itself else []) + found]


def _item(place: Place, spelling: str) -> dict[str, Any]:
    types = vocabulary.types_of(place)
    names = dict.fromkeys(text for text in (spelling, place.name_ar) if text != place.name)
    words = filter(None, (types[0]["name"], *names, vocabulary.cell_words(place)))
    name, description = vocabulary.label(place), " · ".join(words)
    return {"id": vocabulary.id_of(place), "name": name, "description": description, "notable": types}


def _rows(what: str, prefix: str) -> list[dict[str, Any]]:
    """Return the types or properties of which the id or a word of the name begins with a folded prefix."""
    rows = list(TYPES.values()) if what == "type" else list(PROPERTIES.values())
    found = [row for row in rows if f" {prefix}" in f" {fold(row.name)}" or fold(row.id).startswith(prefix)]
    return [{**named(row), "description": row.description} for row in found]


def _sent(name: str) -> str | None:
    """Return a field of the form, or of the address; None where it wasn't sent."""
    values = [*request.form.getlist(name), *request.args.getlist(name)]
    if len(values) > 1:
        refuse(name, f"given {len(values)} times; give it once")
    return values[0] if values else None


def _only_known(*known: str) -> None:
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
