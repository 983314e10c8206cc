"""What a client sends, checked: a batch of queries, or a request for properties.

The shapes are those of the Reconciliation Service API 0.2. What is wrong is refused with the field's own
address, such as ``queries.q3.limit``, because a client sends ten rows at a time and its user has to find the
one.
"""

from collections.abc import Collection
from typing import Annotated, Any, Final, Literal, NoReturn, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StrictStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from werkzeug.exceptions import RequestEntityTooLarge

from gazetteer.errors import InputError
from service.nominatim.words import Language
from service.reconcile.vocabulary import FETCHED, PROPERTIES, TYPES

#: The most queries in a batch, of which OpenRefine sends 10 or a tenth of its rows; the most entities.
MAX_QUERIES, MAX_ENTITIES = 100, 1000
#: The most types, properties and values of a property that a query names: more than there are of them.
_MAX_HINTS: Final = 50
#: The most characters of a cell: longer ones are no place names.
_MAX_TEXT: Final = 1000

T = TypeVar("T")


def refuse(field: str, message: str) -> NoReturn:
    """Raise InputError because of one field of the request."""
    raise InputError(f"{field}: {message[:1].lower()}{message[1:]}", parameter=field)


def _one_of(known: Collection[str], fault: str) -> AfterValidator:
    def check(name: str) -> str:
        if name not in known:
            raise ValueError(f"{name!r} {fault}: use one of {', '.join(known)}")
        return name

    return AfterValidator(check)


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _values(given: Any) -> list[dict[str, Any]]:
    """Return texts, numbers, booleans and entities in one form; anything else is refused."""
    values = []
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            values.append({"id": one["id"], "text": one.get("name") or one["id"]})
        elif isinstance(one, bool | int | float | str):
            values.append({"text": str(one).strip()})
        else:
            raise ValueError(
                "a value is a text, a number, true, false, an entity with an id, or a list of these"
            )
    return values


class PropertyValue(BaseModel, frozen=True):
    """A value of a property in a query: what is written, and the entity's id where it was matched before."""

    text: str = Field(max_length=_MAX_TEXT)
    id: str = ""


_MATCHED: Final = [row.id for row in PROPERTIES.values() if row.role]
_Type = Annotated[StrictStr, _one_of(TYPES, "is not a type of this service")]


class PropertyHint(BaseModel, frozen=True, extra="forbid"):
    """What a query says of a property."""

    pid: Annotated[StrictStr, _one_of(_MATCHED, "can't be matched on")]
    v: Annotated[tuple[PropertyValue, ...], BeforeValidator(_values)] = Field(max_length=_MAX_HINTS)


class ReconQuery(BaseModel, frozen=True, extra="forbid"):
    """One query. Without a `query` text nothing can be found, and the answer is empty."""

    query: str | None = Field(default=None, strict=True, min_length=1, max_length=_MAX_TEXT)
    type: Annotated[tuple[_Type, ...], BeforeValidator(_listed)] = Field(default=(), max_length=_MAX_HINTS)
    limit: int = Field(default=5, ge=1)
    properties: tuple[PropertyHint, ...] = Field(default=(), max_length=_MAX_HINTS)
    type_strict: Literal["any", "all", "should"] | None = None

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if self.query is None and not self.properties:
            raise ValueError("a query needs a text or properties")
        return self

    def values(self, role: str) -> list[tuple[PropertyValue, ...]]:
        """Return the values of each property with a role, empty ones left out."""
        hints = (hint for hint in self.properties if PROPERTIES[hint.pid].role == role)
        return [filled for hint in hints if (filled := tuple(value for value in hint.v if value.text))]


class _Settings(BaseModel, frozen=True, extra="forbid"):
    language: Language = "en"


class ExtendProperty(BaseModel, frozen=True):
    """A property to fetch, with its settings; what else a client says of it is ignored."""

    id: Annotated[StrictStr, _one_of(FETCHED, "can't be fetched")]
    settings: _Settings = _Settings()


class ExtendQuery(BaseModel, frozen=True, extra="forbid"):
    """Which properties of which entities."""

    ids: tuple[StrictStr, ...]
    properties: tuple[ExtendProperty, ...] = Field(max_length=_MAX_HINTS)


_BATCH: Final = TypeAdapter(dict[str, ReconQuery])
_EXTENSION: Final = TypeAdapter(ExtendQuery)


def read_queries(text: str) -> dict[str, ReconQuery]:
    """Read a batch, or refuse it by the field that is wrong."""
    batch = _read(_BATCH, "queries", text)
    if len(batch) > MAX_QUERIES:
        raise RequestEntityTooLarge(f"{len(batch)} queries: send at most {MAX_QUERIES} at a time")
    return batch


def read_extend(text: str) -> ExtendQuery:
    """Read a request for properties, or refuse it by the field that is wrong."""
    query = _read(_EXTENSION, "extend", text)
    if len(query.ids) > MAX_ENTITIES:
        raise RequestEntityTooLarge(f"{len(query.ids)} entities: send at most {MAX_ENTITIES} at a time")
    return query


def _read(model: TypeAdapter[T], field: str, text: str) -> T:
    try:
        return model.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        refuse(".".join((field, *map(str, first["loc"]))), first["msg"].removeprefix("Value error, "))
