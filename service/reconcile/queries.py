"""What a client sends, checked: a batch of queries, or a request for properties.

The shapes are those of the Reconciliation Service API 0.2. What is wrong is refused with the field's own
address, such as ``queries.q3.limit``, because a client sends ten rows at a time and its user has to find the
one.
"""

from collections.abc import Collection
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StrictStr, ValidationError
from pydantic_core import PydanticCustomError, from_json
from werkzeug.exceptions import RequestEntityTooLarge

from gazetteer.errors import InputError
from service.nominatim.words import Language
from service.reconcile.vocabulary import PROPERTIES, READERS, TYPES

#: The most queries in a batch. OpenRefine sends 10 at a time, or a tenth of its rows up to this number.
MAX_QUERIES: Final = 100
#: The most entities to extend at once.
MAX_ENTITIES: Final = 1000
#: The most types, properties and values of a property that a query names: more than there are of them.
_MAX_HINTS: Final = 50
#: The most characters of a cell: longer ones are no place names.
_MAX_TEXT: Final = 1000

M = TypeVar("M", bound=BaseModel)


def refuse(field: str, message: str) -> NoReturn:
    """Raise InputError because of one field of the request."""
    raise InputError(f"{field}: {message[:1].lower()}{message[1:]}", parameter=field)


def _known(known: Collection[str], fault: str) -> AfterValidator:
    """Let in what is known, one or several, and list that for anything else."""

    def check(given: Any) -> Any:
        for name in (given,) if isinstance(given, str) else given:
            if name not in known:
                words = {"name": repr(name), "fault": fault, "known": ", ".join(known)}
                raise PydanticCustomError("unknown", "{name} {fault}: use one of {known}", words)
        return given

    return AfterValidator(check)


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _values(given: Any) -> Any:
    return [_value(one) for one in given] if isinstance(given, list) else [_value(given)]


def _value(given: Any) -> Any:
    """Return a text, number, boolean or entity in one form; anything else is refused."""
    if isinstance(given, dict) and isinstance(given.get("id"), str):
        name = given.get("name")
        return {"id": given["id"], "text": name if isinstance(name, str) and name else given["id"]}
    if isinstance(given, bool | int | float):
        return {"text": str(given)}
    if isinstance(given, str):
        return {"text": given.strip()}
    fault = "a value is a text, a number, true, false, an entity with an id, or a list of these"
    raise PydanticCustomError("property_value", fault)


class PropertyValue(BaseModel, frozen=True, extra="forbid"):
    """A value of a property in a query: what is written, and the entity's id where it was matched before."""

    text: Annotated[str, Field(max_length=_MAX_TEXT)]
    id: str = ""


_MATCHED: Final = [row.id for row in PROPERTIES.values() if row.role]
_FETCHED: Final = [name for name in PROPERTIES if name in READERS]
_Values = Annotated[tuple[PropertyValue, ...], Field(max_length=_MAX_HINTS), BeforeValidator(_values)]
_Types = Annotated[
    tuple[StrictStr, ...],
    Field(max_length=_MAX_HINTS),
    BeforeValidator(_listed),
    _known(TYPES, "is not a type of this service"),
]


class PropertyHint(BaseModel, frozen=True, extra="forbid"):
    """What a query says of a property."""

    pid: Annotated[StrictStr, _known(_MATCHED, "can't be matched on")]
    v: _Values


class ReconQuery(BaseModel, frozen=True, extra="forbid"):
    """One query. Without a `query` text nothing can be found, and the answer is empty."""

    query: Annotated[StrictStr, Field(min_length=1, max_length=_MAX_TEXT)] | None = None
    type: _Types = ()
    limit: int = Field(default=5, ge=1)
    properties: tuple[PropertyHint, ...] = Field(default=(), max_length=_MAX_HINTS)
    type_strict: Literal["any", "all", "should"] | None = None

    def values(self, role: str) -> list[tuple[PropertyValue, ...]]:
        """Return the values of each property with a role, empty ones left out."""
        hints = (hint for hint in self.properties if PROPERTIES[hint.pid].role == role)
        return [filled for hint in hints if (filled := tuple(value for value in hint.v if value.text))]


class _Settings(BaseModel, frozen=True, extra="forbid"):
    language: Language = "en"


class ExtendProperty(BaseModel, frozen=True):
    """A property to fetch, with its settings; what else a client says of it is ignored."""

    id: Annotated[StrictStr, _known(_FETCHED, "can't be fetched")]
    settings: _Settings = _Settings()


class ExtendQuery(BaseModel, frozen=True, extra="forbid"):
    """Which properties of which entities."""

    ids: tuple[StrictStr, ...]
    properties: tuple[ExtendProperty, ...] = Field(max_length=_MAX_HINTS)


def read_queries(text: str) -> dict[str, ReconQuery]:
    """Read a batch, or refuse it by the field that is wrong."""
    given = _object("queries", text)
    if len(given) > MAX_QUERIES:
        raise RequestEntityTooLarge(f"{len(given)} queries: send at most {MAX_QUERIES} at a time")
    for key, query in given.items():
        if isinstance(query, dict) and "query" not in query and not query.get("properties"):
            refuse(f"queries.{key}.query", "a query needs a text or properties")
    return {key: _checked(ReconQuery, query, f"queries.{key}") for key, query in given.items()}


def read_extend(text: str) -> ExtendQuery:
    """Read a request for properties, or refuse it by the field that is wrong."""
    given = _object("extend", text)
    if isinstance(given.get("ids"), list) and len(given["ids"]) > MAX_ENTITIES:
        raise RequestEntityTooLarge(f"{len(given['ids'])} entities: send at most {MAX_ENTITIES} at a time")
    return _checked(ExtendQuery, given, "extend")


def _object(field: str, text: str) -> dict[str, Any]:
    try:
        given = from_json(text)
    except ValueError as error:
        refuse(field, f"this isn't JSON: {error}")
    if not isinstance(given, dict):
        refuse(field, "this must be a JSON object")
    return given


def _checked(model: type[M], given: Any, field: str) -> M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        refuse(".".join((field, *map(str, first["loc"]))), first["msg"])
