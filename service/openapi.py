"""The OpenAPI 3.1 document, made from the declarations of the endpoints and their models."""

import inspect
import re
from collections.abc import Iterable
from typing import Any

from flask import Flask, request
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from gazetteer.country import country
from service.answers import JSON
from service.endpoint import Endpoint
from service.errors import Problem

_REF = "#/components/schemas/{model}"
#: What problems of each status mean, wherever they can come.
_STATUSES = {
    400: "A parameter or the body can't be used, or the Host header names another server.",
    401: "A key is missing.",
    403: "The key isn't known, or may not do this; or the server takes no writes.",
    404: "Nothing has that id or name.",
    410: "What is listed has changed since the cursor was given.",
    408: "The request took too long to come.",
    413: "The body is too large.",
    415: "The body isn't sent as what can be read.",
    431: "The address and the headers are too long.",
    429: "Too many requests have come from you; Retry-After says when to ask again.",
    500: "The server failed; its log says how.",
    503: "The server can't answer now: the detail says why.",
}
_ALWAYS = (400, 401, 403, 408, 429, 431, 500, 503)
_VARIABLE = re.compile(r"<(?:[^:>]*:)?(\w+)>")


def document(app: Flask, root: str = "") -> dict[str, Any]:
    """Return the document of an application, with the address at which the current request reached it.

    `root` is "" for our own API, or "/ogc" for OGC API - Features, which asks for OpenAPI 3.0; GDAL looks for
    paths below it.
    """
    every = (one for one in app.extensions["gazetteer.endpoints"].values() if not one.page)
    endpoints = tuple(one for one in every if one.path.startswith("/ogc") == bool(root))
    made = {**_document(endpoints, root), "servers": [{"url": f"{request.script_root}{root}" or "/"}]}
    return {**for_3_0(made), "openapi": "3.0.3"} if root else made


def for_3_0(schema: Any) -> Any:
    """Return a schema, or a document that has some, in the words of OpenAPI 3.0."""
    if isinstance(schema, list):
        return [for_3_0(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: for_3_0(one) for name, one in schema.items()}
    if isinstance(forms := made.get("anyOf"), list) and {"type": "null"} in forms:
        rest = [form for form in forms if form != {"type": "null"}]
        del made["anyOf"]
        alone = len(rest) == 1 and "$ref" not in rest[0]
        made |= {"nullable": True, **(rest[0] if alone else {"anyOf": rest})}
    if made.get("nullable") and "enum" in made:
        made["enum"] = [*made["enum"], None]
    if "const" in made and not isinstance(made["const"], dict):
        made["enum"] = [made.pop("const")]
    for name, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(made.get(name), int | float) and not isinstance(made[name], bool):
            made |= {bound: made[name], name: True}
    return made


def _document(endpoints: tuple[Endpoint, ...], root: str) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    schemas = _schemas(endpoints)
    for one in endpoints:
        path = _VARIABLE.sub(r"{\1}", one.path).removeprefix(root) or "/"
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Conflict gazetteer",
            "version": "1",
            "description": f"Places in {country().name} by any spelling, distances that carry their "
            "uncertainty, and incidents near things.",
        },
        "tags": [{"name": name} for name in dict.fromkeys(one.tag for one in endpoints)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _models(endpoints: Iterable[Endpoint]) -> Iterable[tuple[type[BaseModel], Any]]:
    """Yield the models of answers and bodies, with the side from which they are seen."""
    yield Problem, "serialization"
    for one in endpoints:
        for model in (one.answer, *one.media.values()):
            if isinstance(model, type) and issubclass(model, BaseModel):
                yield model, "serialization"
        if one.body is not None:
            yield one.body, "validation"


def _schemas(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    models = list(dict.fromkeys(_models(endpoints)))
    _, found = models_json_schema(models, ref_template=_REF)
    return dict(found["$defs"])


def _operation(one: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    with_body = one.body is not None or bool(one.sent)
    statuses = sorted({*_ALWAYS, *one.statuses, *((413, 415) if with_body else ())})
    if one.open:
        statuses = [400, 500]
    problem = {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}
    operation: dict[str, Any] = {
        "operationId": one.function.__name__,
        "tags": [one.tag],
        "summary": one.summary,
        **({"description": one.description} if one.description else {}),
        "parameters": [*_in_path(one), *_in_query(one, schemas)],
        "responses": {
            "200": {"description": inspect.getdoc(one.answer) or one.summary, "content": _content(one)},
            **{str(s): {"description": _STATUSES[s], "content": problem} for s in statuses},
        },
        "security": [] if one.open else [{"key": []}] if one.writes else [{}, {"key": []}],
    }
    if one.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": {"$ref": _REF.format(model=one.body.__name__)}}},
        }
    elif one.sent:
        content = {media: {} if schema is None else {"schema": schema} for media, schema in one.sent.items()}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _content(one: Endpoint) -> dict[str, Any]:
    forms = one.media or {JSON: one.answer}
    return {media: {"schema": _schema_of(model)} for media, model in forms.items()}


def _schema_of(model: Any) -> dict[str, Any]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        return {"$ref": _REF.format(model=re.sub(r"\W", "_", model.__name__))}
    return {"type": {bytes: "string", str: "string"}.get(model, "object")}


def _in_path(one: Endpoint) -> Iterable[dict[str, Any]]:
    hints = inspect.get_annotations(one.function, eval_str=True)
    for name in _VARIABLE.findall(one.path):
        schema = TypeAdapter(hints[name]).json_schema()
        description = schema.pop("description", "")
        yield {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def _in_query(one: Endpoint, schemas: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Yield the query's parameters. What may be left out isn't "or null": an address can't carry null."""
    schema = one.parameters.model_json_schema(ref_template=_REF)
    schemas.update(schema.get("$defs", {}))
    for name, written in schema.get("properties", {}).items():
        field = dict(written)
        if field.get("default", "") is None:
            del field["default"]
            (form,) = [form for form in field.pop("anyOf") if form != {"type": "null"}]
            field.update(form)
        description = field.pop("description", "")
        field.pop("title", None)
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": description,
            "schema": field,
            **({"explode": False} if "minItems" in field else {}),  # a box has commas between its numbers
        }
