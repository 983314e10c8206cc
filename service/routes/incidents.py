"""Incidents as GeoJSON, near something or not, and questions about them."""

from typing import Any

from flask import Response, json
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from gazetteer.proximity import (
    Selection,
    area_named,
    feature,
    feature_collection,
    near,
    select,
    targets_named,
)
from gazetteer.question import CountQuestion, NearQuestion, answer, parse_question
from gazetteer.units import read_length
from service.params.incidents import AskParams, IncidentsParams
from service.routes.answers import GEOJSON, answers
from service.state import State

__all__ = ["incident_routes"]


def incident_routes(state: State) -> APIBlueprint:
    """Return the routes for incidents."""
    api = APIBlueprint("incidents", __name__, url_prefix="/v1", abp_tags=[Tag(name="Incidents")])

    @api.get(
        "/incidents",
        summary="Incidents, between days, in an area, near something.",
        description="With `near`: those certainly or possibly within the distance, those known too roughly "
        'to say ("unanswerable"), and those without a position (certainty ""). The summary counts the '
        "others. `undecided` lists incidents whose date or area isn't known well enough to say whether they "
        "were asked for.",
        responses=answers("A GeoJSON FeatureCollection with a summary.", media_type=GEOJSON, incidents=True),
    )
    def incidents(query: IncidentsParams) -> Response:
        return Response(json.dumps(_collection(state, query)), content_type=GEOJSON)

    @api.get(
        "/ask",
        summary="A question in plain words.",
        responses=answers("How the question was read, and the answer.", not_found=True, incidents=True),
    )
    def ask(query: AskParams) -> dict[str, Any]:
        question = parse_question(query.question)
        incidents = state.known_incidents() if isinstance(question, (NearQuestion, CountQuestion)) else ()
        return answer(question, state.gazetteer, incidents).as_json()

    return api


def _collection(state: State, query: IncidentsParams) -> dict[str, Any]:
    incidents = state.known_incidents()
    area = area_named(state.gazetteer, query.area, parameter="area") if query.area else None
    chosen = select(incidents, state.gazetteer, area=area, start=query.start, end=query.end)
    if query.near is None or query.within is None:
        collection: dict[str, Any] = {
            "type": "FeatureCollection",
            "summary": {"incidents": len(chosen.kept)},
            "features": [feature(incident) for incident in chosen.kept],
        }
    else:
        within_m = read_length(query.within, parameter="within")
        targets = targets_named(state.gazetteer, query.near, parameter="near")
        found = near(chosen.kept, targets, within_m=within_m)
        collection = feature_collection(found, rows=[row for row in found.rows if row.certainty != "no"])
    return {**collection, "undecided": _undecided(chosen)}


def _undecided(chosen: Selection) -> list[dict[str, str]]:
    return [{"id": incident.id, "place": incident.place, "why": why} for incident, why in chosen.undecided]
