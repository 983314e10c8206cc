"""A table sent in comes back with coordinates, areas and codes."""

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from service.state import State

__all__ = ["enrich_routes"]


def enrich_routes(state: State) -> APIBlueprint:
    """Return the routes."""
    return APIBlueprint("enrich", __name__, url_prefix="/v1", abp_tags=[Tag(name="Tables")])
