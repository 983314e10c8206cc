"""Of the endpoints for incidents."""

import datetime
from typing import Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.params.base import Name, NameOrPoint, Params, is_iso_date

__all__ = ["AskParams", "IncidentsParams"]


class IncidentsParams(Params):
    """Of `/v1/incidents`."""

    near: NameOrPoint | None = Field(
        default=None,
        description="A kind of place, or one place: a name, an id or a position.",
        json_schema_extra={"example": "hospital"},
    )
    within: Name | None = Field(
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
    area: Name | None = Field(
        default=None, description="An area's name or P-code.", json_schema_extra={"example": "Idlib"}
    )

    @model_validator(mode="before")
    @classmethod
    def _iso_dates(cls, given: Any) -> Any:
        for name in ("from", "to"):  # pydantic would also take a number of seconds for a date
            if name in given and not is_iso_date(str(given[name])):
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


class AskParams(Params):
    """Of `/v1/ask`."""

    question: Name = Field(
        description="A question in the small English that `gazetteer ask` understands.",
        json_schema_extra={
            "example": "strikes within 5 km of a hospital in Idlib between 2016-05-01 and 2016-06-30"
        },
    )
