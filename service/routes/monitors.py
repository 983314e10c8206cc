"""For monitors: is the server up, is it ready, what has it done?"""

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from service.params.base import NoParams
from service.routes.answers import answers
from service.state import State

__all__ = ["monitor_routes"]


def monitor_routes(state: State) -> APIBlueprint:
    """Return the routes."""
    api = APIBlueprint("monitors", __name__, abp_tags=[Tag(name="Service")])

    @api.get("/healthz", summary="Is the server up?", responses=answers("It is."))
    def healthz(query: NoParams) -> dict[str, str]:
        return {"status": "ok"}

    return api
