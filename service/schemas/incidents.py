"""Answers about incidents: a page of them, counts, a question's answer, what a write did."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from service.schemas.base import Answer, Attribution, Cell, Point

__all__ = [
    "CsvText",
    "Deleted",
    "IncidentAnswer",
    "IncidentCollection",
    "IncidentSummary",
    "Stored",
    "UploadedIncident",
]

_COUNT: Any = Field(ge=0)


class IncidentProperties(BaseModel):
    """The cells of the incident's own row by column, as text, and what is known of it.

    A cell in a column that has one of these names, and says something else, comes as `table_` and the name.
    Those from `nearest_id` on are only there with `near`.
    """

    model_config = ConfigDict(extra="allow")

    incident_date: str | None = Field(description="The day; null where it isn't known.")
    incident_place: str = Field(description="The place as written.")
    incident_uncertainty_m: int | None = Field(
        description="Radius in metres round the position that holds the true point; null without a position "
        "and where nothing tells it."
    )
    nearest_id: str | None = Field(default=None, description="The nearest of the places asked for.")
    nearest_name: str | None = None
    distance_m: float | None = Field(default=None, description="Metres to it, between the two positions.")
    certainty: Literal["certain", "possible", "no", "unanswerable", ""] | None = Field(
        default=None, description='"" without a position.'
    )
    count_certain: int | None = Field(default=None, description="Places certainly within the distance.")
    count_possible: int | None = Field(default=None, description="Places possibly within it.")
    probability: float | None = Field(
        default=None,
        description="That the incident lies within the distance of any of the places; null where nothing can "
        "be said.",
    )
    unknown: float | None = Field(default=None, description="The share of which nothing can be said.")
    near_problems: str | None = Field(default=None, description="What couldn't be read in the row.")
    incident_generalised_to_deg: Cell
    nearest_generalised_to_deg: Cell


class IncidentFeature(Answer):
    """An incident as GeoJSON; without a position its geometry is null."""

    type: Literal["Feature"]
    id: str
    geometry: Point | None
    properties: IncidentProperties


class IncidentCounts(Answer):
    """Counts of the incidents asked for; those from `within_m` on are only there with `near`."""

    incidents: int = Field(ge=0, description="In the days, the area and the rest.")
    undecided: int = Field(ge=0, description="Those that may be or may not: they are not in the others.")
    within_m: float | None = Field(default=None, description="The distance asked for, in metres.")
    targets: int | None = Field(default=None, description="Places that were looked at.")
    targets_without_position: int | None = None
    with_position: int | None = None
    certain: int | None = None
    possible: int | None = Field(default=None, description="Possible and not certain.")
    no: int | None = None
    unanswerable: int | None = Field(default=None, description="Radius over four times the distance.")
    without_position: int | None = None
    without_date: int | None = None
    taken_as_exact: int | None = Field(
        default=None, description="Coordinates without a radius, counted as known to the metre."
    )
    generalised_to_deg: Cell


class Undecided(Answer):
    """An incident that may be asked for or not."""

    id: str
    place: str
    why: str


class IncidentCollection(Answer):
    """A page of incidents as GeoJSON, in the order in which they were first stored."""

    type: Literal["FeatureCollection"]
    attribution: Attribution
    features: list[IncidentFeature]
    matched: int = Field(ge=0, description="How many features all pages have.")
    summary: IncidentCounts
    undecided: list[Undecided] = Field(
        max_length=1000, description="The first thousand; on the first page only."
    )
    next: str | None = Field(description="The address of the next page; null on the last.")


class CsvText(RootModel[str]):
    """The same page as a table: the columns of the rows, then what is known of each incident."""


class AreaMonth(Answer):
    """How many incidents in an area, in a month."""

    pcode: str | None = Field(default=None, description='Only when areas are told apart; "" if not known.')
    area: str | None = Field(default=None, description="The area's name.")
    month: str | None = Field(default=None, description='As "2016-05", only when months are told apart.')
    incidents: int = _COUNT


class IncidentSummary(Answer):
    """Counts of incidents, in the order of P-codes and months."""

    counts: list[AreaMonth]
    summary: IncidentCounts
    attribution: Attribution


class IncidentAnswer(Answer):
    """The answer to a question."""

    question: str
    read_as: str = Field(description="How it was read.")
    summary: dict[str, Any] = Field(description="Counts, and the places that names were taken for.")
    rows: list[dict[str, Any]] = Field(description="An incident or a place each.")
    undecided: list[dict[str, Any]] = Field(description="Incidents that may be asked for or not, and why.")
    attribution: Attribution


class RowNote(Answer):
    """What is to be said of a row that was sent."""

    row: int = Field(ge=1, description="Counted from 1, without the header.")
    id: str | None
    detail: str


class Stored(Answer):
    """What a write did, or would have done."""

    added: int = _COUNT
    changed: int = _COUNT
    unchanged: int = _COUNT
    dry_run: bool
    source: str = Field(description="The label that they are stored with.")
    without_position: int = Field(ge=0, description="Incidents whose place isn't known, or not surely.")
    notes: list[RowNote] = Field(max_length=100, description="Why, of the first hundred.")


class Deleted(Answer):
    """How many incidents were deleted."""

    deleted: int = Field(ge=1)


class UploadedIncident(BaseModel):
    """An incident as it is sent: any columns, as a table has them, among them an id.

    A position comes from `latitude` and `longitude`, with `uncertainty_m` in metres; or from the name in
    `place` with those of areas (`governorate`, `district`, `subdistrict`).
    """

    model_config = ConfigDict(extra="allow")

    id: str | int = Field(json_schema_extra={"example": "press-17"})
    date: str | None = Field(default=None, json_schema_extra={"example": "2016-05-30"})
    place: str | None = Field(default=None, json_schema_extra={"example": "Saraqeb"})
