"""Incidents stored and taken away, by those who have a key."""

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from service.state import State

__all__ = ["write_routes"]


def write_routes(state: State) -> APIBlueprint:
    """Return the routes."""
    return APIBlueprint("incident_writes", __name__, url_prefix="/v1", abp_tags=[Tag(name="Incidents")])
