"""What parameters and bodies share: typed, bounded, and nothing else let in.

Text is bounded in length. Latitude and longitude are finite here; their range is checked where the position
is made, which also knows when the two may be swapped.
"""

import datetime
import re
from contextlib import suppress
from functools import cache
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    WithJsonSchema,
)
from werkzeug.exceptions import UnsupportedMediaType

from gazetteer.errors import CoordinateError, InputError
from gazetteer.geodesy import BoundingBox
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.notation.positions import read_point

P = TypeVar("P", bound="Params")
B = TypeVar("B", bound="Body")
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class Params(BaseModel):
    """Parameters in an address; an unknown one is an error that lists those that there are."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoParams(Params):
    """An endpoint without parameters."""


class Body(BaseModel):
    """A JSON object with known fields; a number is not read from a text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def read_query(model: type[P]) -> P:
    """Return the parameters of the current request.

    A model that ignores what it doesn't know takes the last of those that are given several times: so do the
    servers whose shape such routes have.

    Raises
    ------
    InputError
        If one is unknown, missing or given twice.
    ValidationError
        If one has a value that can't be used.
    """
    if model.model_config.get("extra") == "ignore":
        return model.model_validate({name: values[-1] for name, values in request.args.lists()})
    known = _known(model)
    given: dict[str, Any] = {}
    for name, values in request.args.lists():
        if name not in known:
            listed = ", ".join(known) or "none"
            raise InputError(
                f"unknown parameter {name[:100]}; this endpoint takes {listed}", parameter=name[:100]
            )
        if len(values) > 1 and not known[name]:
            raise InputError(f"{name} is given {len(values)} times; give it once", parameter=name)
        given[name] = values if known[name] else values[0]
    return model.model_validate(given)


def read_body(model: type[B]) -> B:
    """Return the JSON body of the current request.

    Raises
    ------
    UnsupportedMediaType
        If it isn't sent as JSON.
    InputError
        If it can't be read as the model wants it; `parameter` is the field, as "queries[3].text".
    """
    if not request.is_json:
        raise UnsupportedMediaType("send a JSON object, with the header Content-Type: application/json")
    try:
        return model.model_validate_json(body_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
        name = "".join(steps).removeprefix(".") or "body"
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "unknown field; /v1/openapi.json lists those that there are"
        if first["type"] == "too_long":
            message = f"at most {first['ctx']['max_length']:,} in one request; send the others in another"
        raise InputError(f"{name}: {message[:1].lower()}{message[1:]}", parameter=name) from error


def body_bytes() -> bytes:
    """Return the body of the current request; it must be sent as it is, not compressed."""
    if request.content_encoding not in (None, "", "identity"):
        raise UnsupportedMediaType("send the body as it is, without a Content-Encoding")
    body = request.get_data(cache=False)
    request.stream.read(1)  # a body that doesn't say its length ends at the limit unless more is asked for
    return body


@cache
def _known(model: type[Params]) -> dict[str, bool]:
    """Return the names of the parameters as they are sent, and whether each may come several times."""
    fields = model.model_fields.items()
    origins = {one.alias or name: getattr(one.annotation, "__origin__", None) for name, one in fields}
    return {name: origin in (list, tuple) for name, origin in origins.items()}


# ------------------------------------------------------------------------------------- kinds of values


def _whole(value: Any) -> Any:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):  # pydantic would take "1_0" for ten
        raise ValueError(f"{value[:40]!r} is no whole number")
    return int(value) if isinstance(value, float) and value.is_integer() else value  # 5.0 is 5 in JSON


def _number(value: Any) -> Any:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError(f"{value[:40]!r} is no number: write it in digits, as 35.93")
    return value


def no_false_point(text: str) -> str:
    """Return a text as it is; raise CoordinateError where it looks like a position and is none."""
    read_point(text)
    return text


def _flag(value: Any) -> Any:
    if value not in (True, False, "true", "false"):
        raise ValueError(f"{value!r} is neither true nor false: write one of the two")
    return value


def _kind(text: str) -> str:
    if not kinds_meant_by(text):
        raise ValueError(f"{text!r} is not a kind of place: use one of {', '.join(KINDS)}")
    return text


def read_day(text: str) -> datetime.date:
    """Read a date as ISO 8601 writes it, with hyphens."""
    with suppress(ValueError):
        if (day := datetime.date.fromisoformat(text)).isoformat() == text:
            return day
    raise ValueError(f"{text[:40]!r} is not a date: write 2016-05-30")


def _box(text: str) -> tuple[BoundingBox, ...]:
    try:
        numbers = [float(_number(part.strip())) for part in text.split(",")]
        half = len(numbers) // 2  # with six numbers the third and the last are heights
        (west, south), (east, north) = numbers[:half][:2], numbers[half:][:2]
        if len(numbers) not in (4, 6):
            raise ValueError
        if west <= east:
            return (BoundingBox(south, west, north, east),)
        return BoundingBox(south, west, north, 180.0), BoundingBox(south, -180.0, north, east)
    except ValueError as error:
        why = f" ({error})" if isinstance(error, CoordinateError) and error.parameter != "bbox" else ""
        raise CoordinateError(
            "bbox is west,south,east,north in degrees with south <= north, such as "
            f"36,35,37,36; one with west > east crosses the antimeridian{why}",
            parameter="bbox",
        ) from error


Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[FiniteFloat, BeforeValidator(_number)]
Name = Annotated[str, Field(min_length=1, max_length=300)]
#: A name, or "latitude,longitude" in range.
NameOrPoint = Annotated[Name, AfterValidator(no_false_point)]
#: Yes or no in the two words of JSON; for "0", "off" and "no" one would have to guess.
Flag = Annotated[bool, BeforeValidator(_flag)]
Day = Annotated[datetime.date, BeforeValidator(read_day)]
#: The words for kinds that the document lists; a plural, spaces and capitals are forgiven.
KINDS = tuple(dict.fromkeys(word for kind in PlaceKind for word in (kind.group, kind.value)))
#: A kind of place, or a group of kinds.
KindName = Annotated[Name, AfterValidator(_kind), Field(json_schema_extra={"enum": list(KINDS)})]
#: "west,south,east,north" in range, in the order of GeoJSON's boxes: one box, or two at the antimeridian.
Box = Annotated[
    tuple[BoundingBox, ...],
    BeforeValidator(_box),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 300}),
]
Confidence = Annotated[FiniteFloat, Field(ge=0, le=1), BeforeValidator(_number)]


def said(description: str, example: object = None, *, default: Any = None, **rest: Any) -> Any:
    """Return the field of a parameter, with an example of it; None where it may be left out."""
    extra: Any = {} if example is None else {"json_schema_extra": {"example": example}}
    return Field(default, description=description, **extra, **rest)


#: A variable of a path.
PlaceId = Annotated[str, said("A place's id.", "SY07", default=..., min_length=1, max_length=100)]


def degrees(limit: int, description: str, example: float) -> Any:
    """Return the field of a latitude or a longitude."""
    return Field(
        description=description,
        json_schema_extra={"minimum": -limit, "maximum": limit, "example": example},
    )
