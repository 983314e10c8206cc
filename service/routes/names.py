"""Names and positions: resolve, reverse, distance."""

from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from gazetteer.coords import LatLon
from service.params.names import DistanceParams, ResolveParams, ReverseParams
from service.routes.answers import answers
from service.state import State

__all__ = ["name_routes"]


def name_routes(state: State) -> APIBlueprint:
    """Return the routes for names and positions."""
    api = APIBlueprint("names", __name__, url_prefix="/v1", abp_tags=[Tag(name="Places")])

    @api.get(
        "/resolve", summary="Which place does a spelling mean?", responses=answers("Matches, best first.")
    )
    def resolve(query: ResolveParams) -> dict[str, Any]:
        return state.gazetteer.resolve(
            query.text,
            within=query.within,
            kind=query.kind,
            limit=query.limit,
            min_confidence=query.min_confidence,
        ).as_json()

    @api.get(
        "/reverse",
        summary="Which areas hold a position?",
        responses=answers("Areas and the nearest settlement."),
    )
    def reverse(query: ReverseParams) -> dict[str, Any]:
        return state.gazetteer.reverse(LatLon(query.lat, query.lon)).as_json()

    @api.get(
        "/distance",
        summary="How far, and in which direction?",
        responses=answers("Geodesic metres on WGS 84, with the least and the most.", not_found=True),
    )
    def distance(query: DistanceParams) -> dict[str, Any]:
        return state.gazetteer.distance(query.start, query.end).as_json()

    return api
