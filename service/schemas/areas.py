"""Answers about areas: one with its facts and shape, a level of them for a map."""

from typing import Annotated, Any, Literal

from pydantic import Field

from service.schemas.base import Answer, Attribution, Degrees
from service.schemas.places import AdminStep

__all__ = ["Area", "AreaCollection"]


class Shape(Answer):
    """A GeoJSON polygon or several: longitude first, outer rings counter-clockwise."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]


class AreaFacts(Answer):
    """What is known of an area, its shape aside."""

    pcode: str = Field(description="OCHA's code.")
    name: str
    name_ar: str
    level: int = Field(ge=0, le=3, description="0 the country, 1 governorate, 2 district, 3 sub-district.")
    parents: list[AdminStep] = Field(description="The areas that it lies in, governorate first.")
    latitude: Annotated[Degrees, Field(description="Of a point that stands for it.")]
    longitude: Degrees
    uncertainty_m: int = Field(ge=0, description="Metres from that point to its farthest border.")
    population: int | None
    sources: list[str]


class Area(AreaFacts):
    """An area."""

    polygon: Shape | None = Field(
        description="null where it wasn't asked for, and where the gazetteer has no shape for this area."
    )
    attribution: Attribution


class AreaFeature(Answer):
    """An area as GeoJSON; without a shape in the gazetteer its geometry is null."""

    type: Literal["Feature"]
    id: str
    geometry: Shape | None
    properties: AreaFacts


class AreaCollection(Answer):
    """All areas of a level, with simplified shapes."""

    type: Literal["FeatureCollection"]
    features: list[AreaFeature]
    attribution: Attribution
