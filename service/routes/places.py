"""Names and positions: resolve, reverse, distance, and a place by its id."""

from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from gazetteer.coords import LatLon
from gazetteer.results import place_as_json
from service.params import DistanceParams, NoParams, PlacePath, ResolveParams, ReverseParams
from service.routes.answers import answers
from service.state import State

__all__ = ["place_routes"]


def place_routes(state: State) -> APIBlueprint:
    """Return the routes for names and positions."""
    api = APIBlueprint("places", __name__, url_prefix="/v1", abp_tags=[Tag(name="Places")])

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

    @api.get("/places/<id>", summary="A place by its id.", responses=answers("The place.", not_found=True))
    def place(path: PlacePath, query: NoParams) -> dict[str, Any]:
        return place_as_json(state.gazetteer.place(path.id))

    return api
