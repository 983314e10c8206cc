"""What the OpenAPI document says of the answers, shared by the routes."""

from flask_openapi3.types import ResponseDict

__all__ = ["GEOJSON", "JSON", "answers"]

JSON = "application/json"
GEOJSON = "application/geo+json"


def answers(
    description: str, *, media_type: str = JSON, not_found: bool = False, incidents: bool = False
) -> ResponseDict:
    """Return the responses of an operation: its answer, and the problems it may send instead."""
    statuses = {"400": "A parameter can't be used."}
    if not_found:
        statuses["404"] = "Nothing has that id or name."
    if incidents:
        statuses["503"] = "The server was started without an incident table."
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "200": {"description": description, "content": {media_type: {"schema": {"type": "object"}}}},
        **{status: {"description": words, "content": problem} for status, words in statuses.items()},
    }
