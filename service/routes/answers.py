"""How answers are written, and what the OpenAPI document says of them; shared by the routes."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.schema import Schema
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel

from service.media import JSON

__all__ = ["answers", "describe", "problem_answer", "respond", "written"]

_SCHEMAS = "#/components/schemas/"
_PROBLEM = {"application/problem+json": {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}


def written(body: Any) -> bytes:
    """Return JSON types as the bytes of an answer: names in their own script, no spaces, a line's end."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def respond(body: bytes, media_type: str = JSON) -> Response:
    """Return an answer that is already written."""
    return Response(body, content_type=media_type)


def describe(api: APIBlueprint, *models: type[BaseModel]) -> None:
    """Put the schemas of answers and bodies, and of their parts, into the document."""
    for model in models:
        schema = model.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
        parts = {**schema.pop("$defs", {}), model.__name__: schema}
        api.components_schemas.update({name: Schema(**part) for name, part in parts.items()})


def answers(
    description: str,
    model: type[BaseModel] | None = None,
    *,
    media_type: str = JSON,
    also: Mapping[str, type[BaseModel]] | None = None,
    not_found: bool = False,
    incidents: bool = False,
    body: bool = False,
) -> ResponseDict:
    """Return the responses of an operation: its answer, and the problems it may send instead.

    Parameters
    ----------
    description
        Of the answer.
    model
        Its schema, which `describe` has put into the document; None for any object.
    media_type
        What it is sent as.
    also
        Other forms of the answer, by media type.
    not_found, incidents, body
        Whether it looks something up by id or name, needs incidents, reads a body.
    """
    statuses = {"400": "A parameter can't be used."}
    if not_found:
        statuses["404"] = "Nothing has that id or name."
    if body:
        statuses["413"] = "The body is too large."
    if incidents:
        statuses["503"] = "The server was started without an incident table."
    statuses["429"] = "Too many requests have come from you; Retry-After says when to ask again."
    content = {name: _of(form) for name, form in {media_type: model, **(also or {})}.items()}
    return {
        "200": {"description": description, "content": content},
        **{status: problem_answer(words) for status, words in statuses.items()},
    }


def _of(model: type[BaseModel] | None) -> dict[str, Any]:
    return {"schema": {"type": "object"} if model is None else {"$ref": f"{_SCHEMAS}{model.__name__}"}}


def problem_answer(description: str) -> dict[str, Any]:
    """Return what the OpenAPI document says of a problem that an operation may answer with."""
    return {"description": description, "content": _PROBLEM}
