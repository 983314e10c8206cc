"""What every endpoint's parameters share: typed, bounded, and nothing else let in.

Text is bounded in length. Latitude and longitude are finite here; their range is checked where the
position is made, which also knows when the two may be swapped.
"""

import datetime
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.notation.positions import read_point

__all__ = [
    "Flag",
    "KindName",
    "Name",
    "NameOrPoint",
    "NoParams",
    "Params",
    "degrees",
    "is_iso_date",
    "no_false_point",
]

Name = Annotated[str, Field(min_length=1, max_length=300)]


def no_false_point(text: str) -> str:
    """Return a text as it is; raise CoordinateError where it looks like a position and is none."""
    read_point(text)
    return text


#: A name, or "latitude,longitude" in range.
NameOrPoint = Annotated[Name, AfterValidator(no_false_point)]


def _read_flag(value: Any) -> Any:
    if value not in (True, False, "true", "false"):
        raise ValueError(f"{value!r} is neither true nor false: write one of the two")
    return value


#: Yes or no in the two words of JSON; for "0", "off" and "no" one would have to guess.
Flag = Annotated[bool, BeforeValidator(_read_flag)]


def _check_kind(text: str) -> str:
    if not kinds_meant_by(text):
        raise ValueError(f"{text!r} is not a kind of place: use one of {', '.join(KINDS)}")
    return text


#: The words for kinds that the document lists; a plural, spaces and capitals are forgiven.
KINDS = tuple(dict.fromkeys(word for kind in PlaceKind for word in (kind.group, kind.value)))
#: A kind of place, or a group of kinds.
KindName = Annotated[Name, AfterValidator(_check_kind), Field(json_schema_extra={"enum": list(KINDS)})]


def degrees(limit: int, description: str, example: float) -> Any:
    """Return the field of a latitude or a longitude."""
    return Field(
        allow_inf_nan=False,
        description=description,
        json_schema_extra={"minimum": -limit, "maximum": limit, "example": example},
    )


def is_iso_date(text: str) -> bool:
    """Tell whether a text is a day as ISO 8601 writes it in full: 2016-05-30."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class Params(BaseModel):
    """Parameters that name what is wrong with them; an unknown one is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    @cache
    def model_json_schema(  # type: ignore[override] # a cached function is called in the same way
        cls, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        """Return the schema, made once: flask-openapi3 asks for it in every request.

        What may be left out isn't described as "or null": an address can't carry null.
        """
        schema = super().model_json_schema(*args, **kwargs)
        for field in schema.get("properties", {}).values():
            if field.get("default", "") is None:
                del field["default"]
                (form,) = [form for form in field.pop("anyOf") if form != {"type": "null"}]
                field.update(form)
        return schema

    @model_validator(mode="before")
    @classmethod
    def _only_known(cls, given: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for name in given:
            if name not in known:
                raise PydanticCustomError(
                    "unknown_parameter",
                    "unknown parameter {name}; this endpoint takes {known}",
                    {"name": name, "known": ", ".join(known) or "none"},
                )
        return given


class NoParams(Params):
    """An endpoint without parameters."""
