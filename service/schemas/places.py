"""Answers about places: one, several, suggestions."""

from typing import Annotated, Literal

from pydantic import Field

from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminMethod
from service.schemas.base import Answer, Attribution, Cell, Degrees, Point

__all__ = ["AdminStep", "OnePlace", "Place", "PlaceCollection", "PlaceFacts", "PlaceList", "Suggestions"]


class AdminStep(Answer):
    """An area that a place lies in."""

    level: int = Field(ge=1, le=3, description="1 governorate, 2 district, 3 sub-district.")
    pcode: str = Field(description="OCHA's code.")
    name: str
    name_ar: str


class PlaceFacts(Answer):
    """What is known of a place, its position aside."""

    id: str
    name: str
    name_ar: str = Field(description="In Arabic script; may be empty.")
    kind: PlaceKind
    uncertainty_m: int = Field(
        ge=0, description='Radius in metres that holds the true point of what is reported "in" the place.'
    )
    population: int | None = Field(description="Inhabitants; null where not known.")
    admin: list[AdminStep] = Field(description="Areas that it lies in, governorate first.")
    admin_method: AdminMethod = Field(description="How the areas are known.")
    sources: list[str] = Field(description="Ids of the sources that know the place; see `/v1/info`.")
    valid_from: str | None = Field(description="The first day, month or year that it existed, where known.")
    valid_to: str | None = Field(description="The last.")
    sensitive: bool = Field(description="Whether publishing the position could do harm.")
    generalised_to_deg: Cell


class Place(PlaceFacts):
    """A place."""

    latitude: Annotated[Degrees, Field(description="Degrees north on WGS 84, to 6 decimals.")]
    longitude: Annotated[Degrees, Field(description="Degrees east.")]


class SpellingFound(Answer):
    """A written form of a place's name, and which source has it."""

    text: str
    language: str
    script: str
    source: str


class OnePlace(Place):
    """A place, with its spellings where they were asked for."""

    spellings: list[SpellingFound] | None = Field(
        default=None, description="Only there when `spellings=true` was asked for."
    )
    attribution: Attribution


class PlaceList(Answer):
    """Places in the order of their ids, a page at a time."""

    places: list[Place]
    next: str | None = Field(description="The address of the next page; null on the last.")
    attribution: Attribution


class PlaceFeature(Answer):
    """A place as GeoJSON."""

    type: Literal["Feature"]
    id: str
    geometry: Point
    properties: PlaceFacts


class PlaceCollection(Answer):
    """The same page of places as GeoJSON, with two members of our own."""

    type: Literal["FeatureCollection"]
    features: list[PlaceFeature]
    next: str | None = Field(description="The address of the next page; null on the last.")
    attribution: Attribution


class Suggestion(Answer):
    """A place to choose, and its spelling that begins as typed."""

    text: str
    place: Place


class Suggestions(Answer):
    """Places to choose from, the likeliest first."""

    suggestions: list[Suggestion]
    attribution: Attribution
