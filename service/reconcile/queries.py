"""What a client sends, checked: a batch of queries, or a request for properties.

The shapes are those of the Reconciliation Service API 0.2. Everything that is wrong is refused with the
field's own address, such as ``queries.q3.limit``, because a client sends ten rows at a time and its user has
to find the one.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Final, NoReturn

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    TypeAdapter,
    ValidationError,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError, from_json
from werkzeug.exceptions import RequestEntityTooLarge

from service.reconcile.vocabulary import PROPERTIES, TYPES

__all__ = [
    "BATCH_SIZE",
    "EXTEND_SIZE",
    "MOST_HINTS",
    "ExtendQuery",
    "PropertyValue",
    "ReconQuery",
    "finite",
    "only_known",
    "read_extend",
    "read_queries",
    "refuse",
    "whole_number",
]

#: The most queries in a batch. OpenRefine sends 10 at a time, or a tenth of its rows up to this number.
BATCH_SIZE: Final = 100
#: The most entities to extend at once.
EXTEND_SIZE: Final = 1000
#: The most types, properties and values of a property that a query names: more than there are of them.
MOST_HINTS: Final = 50
#: The most characters of a cell: longer ones are no place names.
_TEXT: Final = 1000


def refuse(field: str, message: str) -> NoReturn:
    """Refuse a request because of one field.

    Raises
    ------
    ValidationError
        Always; the blueprint answers it with a 400 that names the field.
    """
    error = PydanticCustomError("refused", "{message}", {"message": message})
    details: InitErrorDetails = {"type": error, "loc": (field,), "input": None}
    raise ValidationError.from_exception_data("request", [details])


class PropertyValue(BaseModel):
    """A value of a property in a query: what is written, and the entity's id where it was matched before."""

    model_config = ConfigDict(frozen=True)

    text: Annotated[str, Field(max_length=_TEXT)]
    id: str | None = None


def _values(given: Any) -> Any:
    return [_value(one) for one in given] if isinstance(given, list) else [_value(given)]


def _value(given: Any) -> Any:
    """Return text, number, boolean or entity in one form; anything else is left to be refused."""
    if isinstance(given, dict) and isinstance(given.get("id"), str):
        name = given.get("name")
        return {"id": given["id"], "text": name if isinstance(name, str) and name else given["id"]}
    if isinstance(given, bool | int | float):
        return {"text": str(given)}
    if isinstance(given, str):
        return {"text": given.strip()}
    raise PydanticCustomError(
        "property_value", "a value is a text, a number, true, false, an entity with an id, or a list of these"
    )


class PropertyHint(BaseModel):
    """What a query says of a property."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: StrictStr
    v: Annotated[tuple[PropertyValue, ...], Field(max_length=MOST_HINTS), BeforeValidator(_values)]

    @field_validator("pid")
    @classmethod
    def _takes_part(cls, pid: str) -> str:
        if pid not in PROPERTIES or not PROPERTIES[pid].role:
            known = ", ".join(row.id for row in PROPERTIES.values() if row.role)
            raise PydanticCustomError(
                "property",
                "{pid} can't be matched on: use one of {known}",
                {"pid": repr(pid), "known": known},
            )
        return pid


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


class ReconQuery(BaseModel):
    """One query. Without a `query` text nothing can be found, and the answer is empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: Annotated[StrictStr, Field(min_length=1, max_length=_TEXT)] | None = None
    type: Annotated[tuple[StrictStr, ...], Field(max_length=MOST_HINTS), BeforeValidator(_listed)] = ()
    limit: int = Field(default=5, ge=1)
    properties: tuple[PropertyHint, ...] = Field(default=(), max_length=MOST_HINTS)
    type_strict: StrictStr | None = Field(default=None, pattern="^(any|all|should)$")

    @field_validator("type")
    @classmethod
    def _known_types(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        for name in types:
            if name not in TYPES:
                raise PydanticCustomError(
                    "type",
                    "{name} is not a type of this service: use one of {known}, or none",
                    {"name": repr(name), "known": ", ".join(TYPES)},
                )
        return types

    def values(self, role: str) -> list[tuple[PropertyValue, ...]]:
        """Return the values of each property with a role, empty ones left out."""
        hints = (hint for hint in self.properties if PROPERTIES[hint.pid].role == role)
        return [filled for hint in hints if (filled := tuple(value for value in hint.v if value.text))]


class ExtendProperty(BaseModel):
    """A property to fetch, with its settings."""

    model_config = ConfigDict(frozen=True)

    id: StrictStr
    settings: dict[str, Any] = {}

    @field_validator("id")
    @classmethod
    def _fetched(cls, pid: str) -> str:
        if pid not in PROPERTIES or not PROPERTIES[pid].fetched:
            known = ", ".join(row.id for row in PROPERTIES.values() if row.fetched)
            raise PydanticCustomError(
                "property", "{pid} can't be fetched: use one of {known}", {"pid": repr(pid), "known": known}
            )
        return pid

    @field_validator("settings")
    @classmethod
    def _known_settings(cls, settings: dict[str, Any]) -> dict[str, Any]:
        for name, value in settings.items():
            if name != "language" or value not in ("en", "ar"):
                raise PydanticCustomError("setting", "the one setting is language, with the value en or ar")
        return settings


class ExtendQuery(BaseModel):
    """Which properties of which entities."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ids: tuple[StrictStr, ...]
    properties: tuple[ExtendProperty, ...] = Field(max_length=MOST_HINTS)


_QUERIES: Final = TypeAdapter(dict[str, ReconQuery])


def read_queries(text: str) -> dict[str, ReconQuery]:
    """Read a batch.

    Raises
    ------
    ValidationError
        If a query isn't one, naming the field.
    RequestEntityTooLarge
        If there are more than :data:`BATCH_SIZE`.
    """
    given = _object("queries", text)
    if len(given) > BATCH_SIZE:
        raise RequestEntityTooLarge(f"{len(given)} queries: send at most {BATCH_SIZE} at a time")
    for key, query in given.items():
        if isinstance(query, dict) and "query" not in query and not query.get("properties"):
            refuse(f"queries.{key}.query", "a query needs a text or properties")
    try:
        return _QUERIES.validate_python(given)
    except ValidationError as error:
        _refuse_first("queries", error)


def read_extend(text: str) -> ExtendQuery:
    """Read a request for properties.

    Raises
    ------
    ValidationError
        If it isn't one, naming the field.
    RequestEntityTooLarge
        If it names more than :data:`EXTEND_SIZE` entities.
    """
    given = _object("extend", text)
    if isinstance(given.get("ids"), list) and len(given["ids"]) > EXTEND_SIZE:
        raise RequestEntityTooLarge(f"{len(given['ids'])} entities: send at most {EXTEND_SIZE} at a time")
    try:
        return ExtendQuery.model_validate(given)
    except ValidationError as error:
        _refuse_first("extend", error)


def _object(field: str, text: str) -> dict[str, Any]:
    try:
        given = from_json(text)
    except ValueError as error:
        refuse(field, f"this isn't JSON: {error}")
    if not isinstance(given, dict):
        refuse(field, "this must be a JSON object")
    return given


def _refuse_first(field: str, error: ValidationError) -> NoReturn:
    first = error.errors(include_url=False, include_input=False)[0]
    refuse(".".join((field, *map(str, first["loc"]))), first["msg"])


def finite(text: str) -> float | None:
    """Return a number written as text; None where it is none, or not finite."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def only_known(given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Refuse parameters that aren't known."""
    for name in given:
        if name not in known:
            refuse(name, f"unknown parameter; this endpoint takes {', '.join(known)}")


def whole_number(name: str, text: str, *, most: int) -> int:
    """Return a parameter that is a whole number from 0 to `most`, or refuse it."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        refuse(name, f"this must be a whole number from 0 to {most}, not {text[:20]!r}")
    return int(text)
