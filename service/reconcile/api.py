"""The routes of `/reconcile`: manifest, queries and properties at one address; suggestions; the card.

Each query of a batch is answered by itself, whatever the others are. Parameters that aren't known are
ignored, since clients send those of other services; so is JSONP's `callback`, by which any page could read
what only pages of this machine may.
"""

import json
from contextlib import suppress
from typing import Annotated, Any, Final, get_args

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from markupsafe import Markup
from pydantic import BaseModel, Field
from werkzeug.exceptions import RequestEntityTooLarge

from gazetteer.country import country
from gazetteer.errors import InputError, NotFoundError
from gazetteer.lookups import library_version
from gazetteer.names.fold import fold
from gazetteer.notation.lengths import format_length
from gazetteer.values import Place
from service.audit import tell
from service.nominatim.words import Language
from service.params import Params, Whole, read_query
from service.reconcile import vocabulary
from service.reconcile.candidates import Text, candidates
from service.reconcile.vocabulary import FETCHED, PROPERTIES, TYPES, find_entity, listed, property_of
from service.tiers import seen

api = Blueprint("reconcile", __name__, url_prefix="/reconcile")

#: The most queries in a batch, of which OpenRefine sends 10 or a tenth of its rows; the most entities.
MAX_QUERIES, MAX_ENTITIES = 100, 1000
#: Suggestions in an answer; `cursor` skips to the next ones.
_PAGE: Final = 10
#: What each field is, where it is sent as something else.
_FIELDS: Final = {
    "queries": 'a batch of queries such as {"q0": {"query": "Idlib"}}',
    "extend": 'a request for properties such as {"ids": ["geonames:164816"], "properties": [{"id": "name"}]}',
}
#: OpenRefine, which runs on the user's machine, may frame the card beside this server's own pages.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
)
_Number = Annotated[Whole, Field(ge=0, le=1000)]


class _Settings(BaseModel, frozen=True):
    language: Language = "en"


class _ExtendProperty(BaseModel, frozen=True):
    id: Text
    settings: _Settings = _Settings()


class _Extend(BaseModel, frozen=True):
    ids: tuple[Text, ...]
    properties: tuple[_ExtendProperty, ...] = Field(max_length=50)


class _Suggest(Params, extra="ignore"):
    prefix: str = ""
    cursor: _Number = 0


class _Id(Params, extra="ignore"):
    id: str = Field(min_length=1)


class _Properties(Params, extra="ignore"):
    type: str = ""
    limit: _Number | None = None


@api.route("", methods=["GET", "POST"])
def endpoint() -> Response | str:
    """Answer a batch of queries or a request for properties; where neither is sent, say what this is."""
    sent = [field for field in _FIELDS if field in request.values]
    if not sent and request.method != "POST":
        if request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html":
            return render_template("reconcile.html", address=url_for("reconcile.endpoint", _external=True))
        return jsonify(_manifest())
    if len(sent) != 1:
        raise InputError(f"send one form field: {' or '.join(_FIELDS)}", parameter="queries")
    asked = _object(sent[0])
    if sent == ["extend"]:
        return jsonify(_extend(_Extend.model_validate(asked)))
    if len(asked) > MAX_QUERIES:
        raise RequestEntityTooLarge(f"{len(asked)} queries: send at most {MAX_QUERIES} at a time")
    return jsonify({key: {"result": candidates(query, seen().gazetteer)} for key, query in asked.items()})


@api.get("/suggest/<any(entity,type,property):what>")
def suggest(what: str) -> dict[str, Any]:
    """Answer a page of what a user may mean while typing; of all there is for an empty prefix."""
    query = read_query(_Suggest)
    prefix, start, end = query.prefix.strip(), query.cursor, query.cursor + _PAGE
    items = _entities(prefix, end + 1) if what == "entity" else _rows(what, fold(prefix))
    return {"result": items[start:end], **({"cursor": end} if len(items) > end else {})}


@api.get("/flyout/<any(entity,type,property):what>")
def flyout(what: str) -> dict[str, str]:
    """Answer a few words of HTML on a place, a type or a property."""
    asked = read_query(_Id).id
    if what == "entity":
        item = listed(_entity(asked), "notable")
    else:
        item = next((row for row in _rows(what, "") if row["id"] == asked), {})
    if not item:
        raise NotFoundError(f"there is no {what} {asked!r}")
    html = Markup("<p><strong>{name}</strong><br>{description}</p>").format(**item)
    return {"id": asked, "html": str(html)}


@api.get("/properties")
def properties() -> dict[str, Any]:
    """Answer the properties that can be fetched; they are the same for every type."""
    query = read_query(_Properties)
    found = [PROPERTIES[name].named() for name in FETCHED[: query.limit]]
    return {"properties": found, **query.model_dump(exclude_none=True)}


@api.get("/preview")
def preview() -> Response:
    """Answer the card of a place, which clients show in a frame of their own page."""
    here, place = seen(), _entity(read_query(_Id).id)
    tell((place,))
    page = render_template(
        "reconcile_card.html",
        place=place,
        label=vocabulary.label(place),
        kind=TYPES[place.kind.value].name,
        radius=format_length(place.uncertainty_m),
        known=vocabulary.position_words(place),
        attribution=here.quoted([place]),
    )
    # Whose page may read the answers may show them; at tier "public" anyone's may.
    policy = " ".join((_POLICY, *(("*",) if here.settings.tier == "public" else here.settings.allow_origin)))
    headers = {"Content-Security-Policy": policy}
    return Response(page, content_type="text/html; charset=utf-8", headers=headers)


def _object(field: str) -> dict[str, Any]:
    """Return the JSON object in a field."""
    with suppress(ValueError, RecursionError):
        if isinstance(sent := json.loads(request.values[field]), dict):
            "".join(sent).encode()  # half a character in a key couldn't be sent back
            return sent
    raise InputError(f"{field} is no JSON object: send {_FIELDS[field]}", parameter=field)


def _manifest() -> dict[str, Any]:
    """Return what the service is and where everything is, by the address that the client used."""
    here = url_for("reconcile.endpoint", _external=True)
    card = f"{here}/preview?id={{{{id}}}}"
    types = [TYPES[name].named() for name in vocabulary.DEFAULT_TYPES]
    for row in types:
        if (group := vocabulary.BROADER.get(row["id"], row["id"])) != row["id"]:
            row["broader"] = [TYPES[group].named()]
    return {
        "versions": ["0.2"],
        "name": f"Conflict gazetteer: places in {country().name}",
        # The same on every server, so that a table matched on one machine can be extended on another.
        "identifierSpace": "urn:conflict-gazetteer:place:",
        "schemaSpace": "https://schema.org/Place",
        "documentation": url_for("pages.about", _external=True),
        "serviceVersion": library_version(),
        "defaultTypes": types,
        "view": {"url": card},
        "preview": {"url": card, "width": 420, "height": 280},
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
            "property_settings": [
                {
                    "name": "language",
                    "label": "Language of names",
                    "type": "select",
                    "default": "en",
                    "help_text": "Names of areas in English or in Arabic",
                    "choices": [{"value": "en", "name": "English"}, {"value": "ar", "name": "Arabic"}],
                }
            ],
        },
        "batchSize": MAX_QUERIES,
        "attribution": list(dict.fromkeys(source.attribution for source in seen().info.sources)),
    }


def _extend(query: _Extend) -> dict[str, Any]:
    """Return the columns that were asked for; what isn't known, or no property, is an empty cell, never 0."""
    if len(query.ids) > MAX_ENTITIES:
        raise RequestEntityTooLarge(f"{len(query.ids)} entities: send at most {MAX_ENTITIES} at a time")
    places = {entity_id: find_entity(seen().gazetteer, entity_id) for entity_id in query.ids}
    tell(filter(None, places.values()))
    rows = {}
    for entity_id, place in places.items():
        cells = {lang: vocabulary.cells(place, lang) if place else {} for lang in get_args(Language)}
        rows[entity_id] = {one.id: cells[one.settings.language].get(one.id, []) for one in query.properties}
    # The cells of a property with the name of a type are entities of it.
    types = {name: {"type": row.named()} for name, row in TYPES.items()}
    meta = [{**property_of(one.id).named(), **types.get(one.id, {})} for one in query.properties]
    return {"meta": meta, "rows": rows}


def _entity(entity_id: str) -> Place:
    if (place := find_entity(seen().gazetteer, entity_id)) is None:
        raise NotFoundError(f"there is no place {entity_id[:100]!r}")
    return place


def _entities(prefix: str, limit: int) -> list[dict[str, Any]]:
    """Return places with a spelling that begins so, the best known first; an id comes before all."""
    itself = find_entity(seen().gazetteer, prefix)
    found = [(itself, itself.name)] if itself else []
    found += [(p, spelling) for p, spelling in seen().gazetteer.suggest(prefix, limit=limit) if p != itself]
    return [listed(place, "notable", spelling) for place, spelling in found]


def _rows(what: str, prefix: str) -> list[dict[str, Any]]:
    """Return the types or properties of which the id or a word of the name begins with a folded prefix."""
    rows = list(TYPES.values()) if what == "type" else list(PROPERTIES.values())
    found = [row for row in rows if f" {prefix}" in f" {fold(row.name)}" or fold(row.id).startswith(prefix)]
    return [{**row.named(), "description": row.description} for row in found]
