"""The routes: the endpoint itself for manifest, queries and properties; suggestions; the card.

The endpoint takes what the specification and OpenRefine send and refuses the rest, naming the field. The
suggest addresses ignore parameters that they don't know: OpenRefine adds some that were another service's.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from pydantic import ValidationError

from gazetteer.errors import NotFoundError
from gazetteer.notation.lengths import format_length
from gazetteer.values import Place
from service.deadlines import within_time
from service.disclosures import disclosures
from service.problems import from_validation
from service.reconcile import card
from service.reconcile.candidates import candidates
from service.reconcile.entities import cell_words, entity, label
from service.reconcile.extend import extend, has_pcode, proposals
from service.reconcile.manifest import manifest
from service.reconcile.queries import only_known, read_extend, read_queries, refuse, whole_number
from service.reconcile.suggest import flyout, suggest_entities, suggest_properties, suggest_types
from service.reconcile.vocabulary import types_of
from service.state import State
from service.views import Views

__all__ = ["reconcile_routes"]

#: Pages that may frame the card beside this server's own: OpenRefine runs on the user's machine.
_FRAMED_BY = ("'self'", "http://127.0.0.1:*", "http://localhost:*")
_CARD_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "


def reconcile_routes(views: Views) -> Blueprint:
    """Return the routes."""
    api = Blueprint("reconcile", __name__, url_prefix="/reconcile")
    api.register_error_handler(ValidationError, from_validation)

    @api.route("", methods=["GET", "POST"])
    def endpoint() -> Response:
        only_known({**request.args, **request.form}, ("queries", "extend"))
        if request.method != "POST" and not request.args:
            disclosures().add(())
            return jsonify(manifest(views.here()))
        return jsonify(_answer(views.here()))

    @api.get("/suggest/<any(entity,type,property):what>")
    def suggest(what: str) -> dict[str, Any]:
        prefix = request.args.get("prefix", "").strip()
        cursor = whole_number("cursor", request.args.get("cursor", "0"), most=1000)
        if what == "type":
            return suggest_types(prefix, cursor)
        if what == "property":
            return suggest_properties(prefix, cursor)
        return suggest_entities(views.here().gazetteer, prefix, cursor)

    @api.get("/flyout/<any(entity,type,property):what>")
    def fly_out(what: str) -> dict[str, str]:
        return flyout(what, _id_asked_for(), views.here().gazetteer)

    @api.get("/properties")
    def properties() -> dict[str, Any]:
        only_known(request.args, ("type", "limit"))
        limit = request.args.get("limit")
        most = None if limit is None else whole_number("limit", limit, most=1000)
        return proposals(request.args.get("type", ""), most)

    @api.get("/preview")
    def preview() -> Response:
        return _preview(views.here())

    return api


def _answer(state: State) -> dict[str, Any]:
    queries, extension = (_sent(name) for name in ("queries", "extend"))
    if (queries is None) == (extension is None):
        refuse("queries", "send a batch of queries as the form field queries, or a request as extend")
    if extension is not None:
        return extend(read_extend(extension), state)
    batch = read_queries(queries or "")
    return {key: {"result": candidates(query, state.gazetteer)} for key, query in within_time(batch.items())}


def _sent(name: str) -> str | None:
    """Return a field of the form, or of the address; None where it wasn't sent."""
    values = [*request.form.getlist(name), *request.args.getlist(name)]
    if len(values) > 1:
        refuse(name, f"given {len(values)} times; give it once")
    return values[0] if values else None


def _id_asked_for() -> str:
    asked = request.args.get("id", "")
    if not asked:
        refuse("id", "say which: id=…")
    if len(asked) > 100:
        raise NotFoundError("no id is as long as this one")
    return asked


def _preview(state: State) -> Response:
    """Return the card of the place asked for, which OpenRefine shows in a frame of its own page."""
    only_known(request.args, ("id",))
    page = _card(entity(state.gazetteer, _id_asked_for()), state)
    allowed = " ".join((*_FRAMED_BY, *state.settings.allow_origins))
    return Response(
        page,
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _CARD_POLICY + allowed},
    )


def _card(place: Place, state: State) -> str:
    at = place.position
    facts = [
        ("P-code", place.id if has_pcode(place) else ""),
        ("Areas", ", ".join(f"{unit.name} {unit.pcode}" for unit in place.admin)),
        ("Position", f"{at.latitude:.5f}, {at.longitude:.5f}"),
        ("Uncertainty", f"true point within {format_length(place.uncertainty_m)}"),
        ("Position is", cell_words(place)),
        ("Inhabitants", "" if place.population is None else f"{place.population:,}"),
    ]
    return render_template(
        "reconcile_card.html",
        place=place,
        name=label(place),
        kind=types_of(place)[0]["name"],
        areas=", ".join(dict.fromkeys(u.name for u in reversed(place.admin) if u.pcode != place.id)),
        radius=format_length(place.uncertainty_m),
        map=card.draw(place, state.gazetteer),
        width=card.WIDTH,
        height=card.HEIGHT,
        facts=[fact for fact in facts if fact[1]],
        attribution=state.attribution([place]),
    )
