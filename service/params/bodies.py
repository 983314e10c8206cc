"""JSON sent in a body: read once, checked field by field, and named where it is wrong ("queries[3].text")."""

from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError

from gazetteer.errors import InputError

__all__ = ["Body", "read_body", "takes"]

B = TypeVar("B", bound="Body")


class Body(BaseModel):
    """A JSON object with known fields; a number is not read from a text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def takes(model: type[Body]) -> dict[str, Any]:
    """Return what the OpenAPI document says of an operation that reads this body."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def read_body(model: type[B]) -> B:
    """Return the body of the request in hand.

    Raises
    ------
    InputError
        If it isn't JSON, or not as the model wants it; `parameter` is the field.
    """
    if not request.is_json:
        raise InputError(
            "body: send a JSON object, with the header Content-Type: application/json", parameter="body"
        )
    try:
        return model.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = _written(first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "unknown field; /v1/openapi.json lists those that there are"
        if first["type"] == "too_long":
            message = f"at most {first['ctx']['max_length']:,} in one request; send the others in another"
        raise InputError(f"{field}: {message[:1].lower()}{message[1:]}", parameter=field) from error


def _written(steps: tuple[int | str, ...]) -> str:
    """Return where a field stands, as a programmer would write it."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".") or "body"
