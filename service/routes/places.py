"""Places by id, by area and by box; areas with their shapes; facilities."""

from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from gazetteer.results import place_as_json
from service.params.base import NoParams
from service.params.places import PlacePath
from service.routes.answers import answers
from service.state import State

__all__ = ["place_routes"]


def place_routes(state: State) -> APIBlueprint:
    """Return the routes for places."""
    api = APIBlueprint("places", __name__, url_prefix="/v1", abp_tags=[Tag(name="Places")])

    @api.get("/places/<id>", summary="A place by its id.", responses=answers("The place.", not_found=True))
    def place(path: PlacePath, query: NoParams) -> dict[str, Any]:
        return place_as_json(state.gazetteer.place(path.id))

    return api
