"""Of the endpoints for incidents."""

import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from service.params.base import Flag, Name, NameOrPoint, Params, is_iso_date
from service.params.places import Box

__all__ = [
    "CERTAINTIES",
    "AskParams",
    "DeleteParams",
    "FilterParams",
    "IncidentsParams",
    "SummaryParams",
    "UploadParams",
]

#: What may be asked for, and the certainty that it is in an answer.
CERTAINTIES = {
    "certain": "certain",
    "possible": "possible",
    "unanswerable": "unanswerable",
    "no": "no",
    "without_position": "",
}
_WORDS = "|".join(CERTAINTIES)
#: Those of an answer where nothing else is asked for.
_LISTED = "certain,possible,unanswerable,without_position"


def _check_certainties(text: str) -> str:
    for word in text.split(","):
        if word not in CERTAINTIES:
            raise ValueError(
                f"{word!r} is no certainty: write one or several of {', '.join(CERTAINTIES)}, with commas "
                "between"
            )
    return text


def _check_ways(text: str) -> str:
    if not set(text.split(",")) <= {"area", "month"}:
        raise ValueError(f"{text!r} is not something to count by: write area, month, or area,month")
    return text


class FilterParams(Params):
    """Which incidents."""

    near: NameOrPoint | None = Field(
        default=None,
        description="Only incidents near a kind of place, or near one place: a name, an id or a position. "
        "Needs `within`.",
        json_schema_extra={"example": "hospital"},
    )
    within: Name | None = Field(
        default=None,
        description="A length with its unit, at most 500 km; needed with `near`.",
        json_schema_extra={"example": "5km"},
    )
    certainty: Annotated[Name, AfterValidator(_check_certainties)] | None = Field(
        default=None,
        description="With `near`: only incidents of these certainties, with commas between. `certain`: "
        "within the distance wherever in its radius the incident was; `possible`: somewhere in it; "
        "`unanswerable`: its radius is more than four times the distance; `without_position`; `no`. All "
        "but `no` where it is left out.",
        json_schema_extra={"example": "certain,possible", "pattern": f"^({_WORDS})(,({_WORDS}))*$"},
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
        default=None,
        description="Only incidents in this area: a name or P-code. Those of which that can't be told are "
        "`undecided`.",
        json_schema_extra={"example": "Idlib"},
    )
    bbox: Box | None = Field(
        default=None,
        description="Only incidents whose position lies in this box, west,south,east,north in degrees, "
        "whatever their radius.",
        json_schema_extra={"example": "36.5,35.8,37,36"},
    )
    polygon: str | None = Field(
        default=None,
        min_length=1,
        max_length=6000,
        description="Only incidents inside this polygon, in degrees with longitude first: a GeoJSON "
        "geometry of type Polygon, or WKT. Its lines are straight in degrees. Those that lie inside with a "
        "part of their radius are `undecided`.",
        json_schema_extra={"example": "POLYGON ((36.5 35.8, 36.8 35.8, 36.8 36, 36.5 36, 36.5 35.8))"},
    )
    kind: Name | None = Field(
        default=None,
        description="Only incidents of this kind, in any case, as the table's columns kind, type, category, "
        "event_type, sub_event_type, incident_type, attack_type, strike_type or type_of_violence say.",
        json_schema_extra={"example": "Air strike"},
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
    def _together(self) -> Self:
        needs = (("near", "within"), ("within", "near"), ("near", "certainty"))
        for name, other in needs:
            if getattr(self, name) is None and getattr(self, other) is not None:
                raise PydanticCustomError(
                    "missing", "{name} is needed with {other}", {"name": name, "other": other}
                )
        if self.start and self.end and self.end < self.start:
            raise PydanticCustomError("backwards", "{name} lies before from", {"name": "to"})
        return self

    def certainties(self) -> tuple[str, ...]:
        """Return the certainties asked for, as answers have them."""
        return tuple(CERTAINTIES[word] for word in (self.certainty or _LISTED).split(","))


class IncidentsParams(FilterParams):
    """Of `/v1/incidents`."""

    limit: int = Field(default=1000, ge=1, le=10_000, description="The most incidents in one page.")
    cursor: Name | None = Field(
        default=None,
        description="From where on, as `next` of the page before has it. Once the incidents change it is "
        "refused with 410, so that no page is shifted unseen.",
    )
    format: Literal["geojson", "csv"] | None = Field(
        default=None,
        description="How the incidents are written; left out, the header Accept says it, and GeoJSON is "
        "first.",
        json_schema_extra={"example": "geojson"},
    )
    neutralise: Flag = Field(
        default=False,
        description="For CSV: whether to put an apostrophe before a cell that a spreadsheet would take for a "
        "formula.",
    )


class SummaryParams(FilterParams):
    """Of `/v1/incidents/summary`."""

    by: Annotated[Name, AfterValidator(_check_ways)] = Field(
        default="area,month",
        description="What to count apart: area, month or both.",
        json_schema_extra={"example": "area,month", "pattern": "^(area|month|area,month|month,area)$"},
    )


class UploadParams(Params):
    """Of `POST /v1/incidents`."""

    source: Name = Field(
        default="upload",
        description="A label for where they come from, such as the file's name; all of a source can be "
        "deleted at once.",
        json_schema_extra={"example": "press-2016.csv"},
    )
    dry_run: Flag = Field(default=False, description="`true` checks and counts, and stores nothing.")


class DeleteParams(Params):
    """Of `DELETE /v1/incidents`: one of the two."""

    id: Name | None = Field(
        default=None, description="The incident's id.", json_schema_extra={"example": "press-17"}
    )
    source: Name | None = Field(
        default=None,
        description="The label that incidents were stored with.",
        json_schema_extra={"example": "press-2016.csv"},
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.id is None) == (self.source is None):
            raise PydanticCustomError("one_of", "give either {name} or source", {"name": "id"})
        return self


class AskParams(Params):
    """Of `/v1/ask`."""

    question: Name = Field(
        description="A question in the small English that `gazetteer ask` understands.",
        json_schema_extra={
            "example": "strikes within 5 km of a hospital in Idlib between 2016-05-01 and 2016-06-30"
        },
    )
