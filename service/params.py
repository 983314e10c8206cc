"""The query parameters of every endpoint: typed, bounded, and nothing else let in.

Text is bounded in length. Latitude and longitude are finite here; their range is checked where the
position is made, which also knows when the two may be swapped.
"""

import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.coords import read_point

__all__ = [
    "AskParams",
    "DistanceParams",
    "IncidentsParams",
    "NoParams",
    "PlacePath",
    "ResolveParams",
    "ReverseParams",
]

_Name = Annotated[str, Field(min_length=1, max_length=300)]


def _check_point(text: str) -> str:
    read_point(text)  # raises for what looks like a position and is none
    return text


#: A name, or "latitude,longitude" in range.
_NameOrPoint = Annotated[_Name, AfterValidator(_check_point)]


def _degrees(limit: int, description: str, example: float) -> Any:
    return Field(
        allow_inf_nan=False,
        description=description,
        json_schema_extra={"minimum": -limit, "maximum": limit, "example": example},
    )


class _Params(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

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


class NoParams(_Params):
    """An endpoint without parameters."""


class ResolveParams(_Params):
    """Of `/v1/resolve`."""

    text: _NameOrPoint = Field(
        description="The place as written.", json_schema_extra={"example": "Ma'arrat al-Nu'man"}
    )
    within: _Name | None = Field(
        default=None,
        description="An area that it lies in: a name or P-code.",
        json_schema_extra={"example": "Idlib"},
    )
    kind: _Name | None = Field(
        default=None,
        description="A kind that it has: hospital, settlement, facility.",
        json_schema_extra={"example": "settlement"},
    )
    limit: int = Field(default=5, ge=1, le=40, description="The most matches to give.")
    min_confidence: float = Field(
        default=0.7, ge=0, le=1, allow_inf_nan=False, description="The least confidence to call it resolved."
    )


class ReverseParams(_Params):
    """Of `/v1/reverse`."""

    lat: float = _degrees(90, "Degrees north on WGS 84.", 35.93)
    lon: float = _degrees(180, "Degrees east on WGS 84.", 36.63)


class DistanceParams(_Params):
    """Of `/v1/distance`."""

    start: _NameOrPoint = Field(
        alias="from",
        description='A place name or "latitude,longitude".',
        json_schema_extra={"example": "Aleppo"},
    )
    end: _NameOrPoint = Field(
        alias="to",
        description='A place name or "latitude,longitude".',
        json_schema_extra={"example": "Idlib"},
    )


class IncidentsParams(_Params):
    """Of `/v1/incidents`."""

    near: _NameOrPoint | None = Field(
        default=None,
        description="A kind of place, or one place: a name, an id or a position.",
        json_schema_extra={"example": "hospital"},
    )
    within: _Name | None = Field(
        default=None,
        description="A length with its unit; needed with `near`.",
        json_schema_extra={"example": "5km"},
    )
    start: datetime.date | None = Field(
        default=None,
        alias="from",
        description="The first day, as 2016-05-01.",
        json_schema_extra={"example": "2016-05-01"},
    )
    end: datetime.date | None = Field(
        default=None,
        alias="to",
        description="The last day, included.",
        json_schema_extra={"example": "2016-06-30"},
    )
    area: _Name | None = Field(
        default=None, description="An area's name or P-code.", json_schema_extra={"example": "Idlib"}
    )

    @model_validator(mode="before")
    @classmethod
    def _iso_dates(cls, given: Any) -> Any:
        for name in ("from", "to"):  # pydantic would also take a number of seconds for a date
            if name in given and not _is_iso_date(str(given[name])):
                raise PydanticCustomError(
                    "bad_date",
                    "{value} is not a date: write 2016-05-30",
                    {"name": name, "value": repr(given[name])},
                )
        return given

    @model_validator(mode="after")
    def _together(self) -> "IncidentsParams":
        for name, value, other in (("near", self.near, "within"), ("within", self.within, "near")):
            if value is None and getattr(self, other) is not None:
                raise PydanticCustomError(
                    "missing", "{name} is needed with {other}", {"name": name, "other": other}
                )
        if self.start and self.end and self.end < self.start:
            raise PydanticCustomError("backwards", "{name} lies before from", {"name": "to"})
        return self


class AskParams(_Params):
    """Of `/v1/ask`."""

    question: _Name = Field(
        description="A question in the small English that `gazetteer ask` understands.",
        json_schema_extra={
            "example": "strikes within 5 km of a hospital in Idlib between 2016-05-01 and 2016-06-30"
        },
    )


class PlacePath(BaseModel):
    """The path of `/v1/places/{id}`."""

    id: str = Field(
        min_length=1, max_length=100, description="A place's id.", json_schema_extra={"example": "SY07"}
    )


def _is_iso_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
