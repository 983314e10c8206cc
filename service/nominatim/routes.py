"""The routes `/search`, `/reverse` and `/status`."""

from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError

from service.disclosures import disclosures
from service.nominatim.languages import Language, language_for
from service.nominatim.params import ReverseParams, SearchParams, StatusParams
from service.nominatim.reverse import reverse
from service.nominatim.search import search
from service.nominatim.writing import Writer
from service.problems import from_validation
from service.views import Views

__all__ = ["nominatim_routes"]

#: Exactly so, because clients compare it: geopy, for one, takes every other error for a failure.
_NO_HIT = '{"error":"Unable to geocode"}'


def nominatim_routes(views: Views) -> Blueprint:
    """Return the routes in Nominatim's shape."""
    routes = Blueprint("nominatim", __name__)
    routes.register_error_handler(ValidationError, from_validation)

    @routes.get("/search")
    def search_places() -> Response:
        state = views.here()
        params = SearchParams.model_validate(request.args.to_dict())
        writer = Writer(state, params, _language(params.language), params.text)
        hits = search(state.gazetteer, params)
        disclosures().add(hit.place for hit in hits)
        return _answer(writer.collection(hits))

    @routes.get("/reverse")
    def reverse_position() -> Response:
        state = views.here()
        params = ReverseParams.model_validate(request.args.to_dict())
        hit = reverse(state.gazetteer, params)
        disclosures().add(() if hit is None else (hit.place,))
        if hit is None:
            return Response(_NO_HIT, content_type="application/json")
        query = f"{params.lat:g},{params.lon:g}"
        return _answer(Writer(state, params, _language(params.language), query).single(hit))

    @routes.get("/status")
    def status() -> Response:
        if StatusParams.model_validate(request.args.to_dict()).format == "text":
            return Response("OK", content_type="text/plain; charset=utf-8")
        return jsonify(
            status=0,
            message="OK",
            software_version=version("conflict-gazetteer"),
            database_version=views.here().info.content_hash,
        )

    return routes


def _language(wanted: str | None) -> Language:
    return language_for(wanted or request.headers.get("Accept-Language"))


def _answer(body: Any) -> Response:
    response = jsonify(body)
    response.vary.add("Accept-Language")
    return response
