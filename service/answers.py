"""What answers share: models that read the library's values by their attributes, and write them as JSON.

The same models make the schemas of the OpenAPI document, so a field that an answer has is described, and none
is described that it doesn't have.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import AliasPath, BaseModel, ConfigDict, Field, PlainSerializer

from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminMethod, PositionBasis

CSV, GEOJSON, JSON = "text/csv", "application/geo+json", "application/json"


class Answer(BaseModel):
    """An answer, or a part of one, with no other fields than those described."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, populate_by_name=True)


def _rounded(digits: int) -> PlainSerializer:
    return PlainSerializer(lambda value: round(value, digits), return_type=float)


#: The lines to quote.
Attribution = Annotated[
    list[str],
    Field(
        default_factory=list,
        description="What to quote when this is published, a line for each source; empty where no source had "
        "a part in it.",
    ),
]
#: Degrees on WGS 84, to 6 decimals: a tenth of a metre.
Degrees = Annotated[float, _rounded(6), Field(ge=-180, le=180)]
#: Metres to the decimetre, and a radius to the metre.
Distance_m = Annotated[float, _rounded(1), Field(ge=0)]
Radius_m = Annotated[float, PlainSerializer(round, return_type=int), Field(ge=0)]
#: Clockwise from north, to a hundredth of a degree.
Azimuth_deg = Annotated[float, _rounded(2), Field(ge=0, le=360)]
Share = Annotated[float, _rounded(4), Field(ge=0, le=1)]
#: How far something was generalised.
Cell = Annotated[
    float | None,
    Field(
        default=None,
        gt=0,
        le=10,
        exclude_if=lambda side: side is None,
        description="Side in degrees of the cell that the place was generalised to, and with it what is "
        "computed from it; only there where it was.",
    ),
]


class Point(Answer):
    """A GeoJSON point: longitude first."""

    type: Literal["Point"]
    coordinates: Annotated[list[Degrees], Field(min_length=2, max_length=2)]


class AdminStep(Answer):
    """An area that a place lies in."""

    level: int = Field(ge=1, le=3, description="1 governorate, 2 district, 3 sub-district.")
    pcode: str = Field(description="OCHA's code.")
    name: str
    name_ar: str


class PlaceFacts(Answer):
    """What is known of a place, its position and its areas aside."""

    id: str
    name: str
    name_ar: str = Field(description="In Arabic script; may be empty.")
    kind: PlaceKind
    uncertainty_m: Radius_m = Field(
        description='Radius in metres that holds the true point of what is reported "in" the place.'
    )
    population: int | None = Field(description="Inhabitants; null where not known.")
    admin_method: AdminMethod = Field(description="How the areas are known.")
    sources: list[str] = Field(description="Ids of the sources that know the place; see `/v1/info`.")
    valid_from: str | None = Field(description="The first day, month or year that it existed, where known.")
    valid_to: str | None = Field(description="The last.")
    sensitive: bool = Field(description="Whether publishing the position could do harm.")
    position_basis: PositionBasis = Field(
        description="What the position of a facility was taken from; empty where that isn't known, and where "
        "it is generalised."
    )
    reported_name: str = Field(
        description="Its name as reporters write it, where `name` translates a part: Orm al-Kubra of Big "
        "Orm. Else empty."
    )
    generalised_to_deg: Cell


class Place(PlaceFacts):
    """A place."""

    latitude: Degrees = Field(
        validation_alias=AliasPath("position", "latitude"), description="Degrees north on WGS 84."
    )
    longitude: Degrees = Field(
        validation_alias=AliasPath("position", "longitude"), description="Degrees east."
    )
    admin: list[AdminStep] = Field(description="Areas that it lies in, governorate first.")


#: Any object, where its fields are another's to describe.
Anything = dict[str, Any]


def as_json(value: Any) -> bytes:
    """Return JSON without NaN, in which names keep their script."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
