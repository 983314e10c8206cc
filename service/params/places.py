"""Of the endpoints for places and areas."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema

from gazetteer.errors import CoordinateError
from gazetteer.geodesy import BoundingBox
from gazetteer.kinds import PlaceKind, kinds_meant_by
from service.params.base import Flag, KindName, Name, Params

__all__ = [
    "FACILITIES",
    "AreaParams",
    "AreaPath",
    "AreasParams",
    "Box",
    "FacilitiesParams",
    "PageParams",
    "PlaceParams",
    "PlacePath",
    "PlacesParams",
]

#: The kinds of facilities.
FACILITIES = frozenset(kind for kind in PlaceKind if kind.group == "facility")


def _read_box(text: str) -> BoundingBox:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
        return BoundingBox(south, west, north, east)
    except ValueError as error:
        why = f" ({error})" if isinstance(error, CoordinateError) and error.parameter != "bbox" else ""
        raise CoordinateError(
            "bbox is west,south,east,north in degrees with west <= east and south <= north, such as "
            f"36,35,37,36{why}",
            parameter="bbox",
        ) from error


#: "west,south,east,north" in range, in the order of GeoJSON's boxes.
Box = Annotated[
    BoundingBox,
    BeforeValidator(_read_box),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 300}),
]


def _check_facility(text: str) -> str:
    if not kinds_meant_by(text) & FACILITIES:
        raise ValueError(f"{text!r} is not a kind of facility: use one of {', '.join(sorted(FACILITIES))}")
    return text


class PlacePath(BaseModel):
    """The path of `/v1/places/{id}`."""

    id: str = Field(
        min_length=1, max_length=100, description="A place's id.", json_schema_extra={"example": "SY07"}
    )


class PlaceParams(Params):
    """Of `/v1/places/{id}`."""

    spellings: Flag = Field(default=False, description="Whether to give every spelling, with its source.")


class PageParams(Params):
    """Of lists of places: which, how many, and from where on."""

    bbox: Box | None = Field(
        default=None,
        description="Only places in this box: west,south,east,north in degrees.",
        json_schema_extra={"example": "36.5,35.8,37,36"},
    )
    area: Name | None = Field(
        default=None,
        description="Only places in this area: a name or P-code.",
        json_schema_extra={"example": "Idlib"},
    )
    limit: int = Field(default=100, ge=1, le=1000, description="The most places in one page.")
    cursor: Name | None = Field(
        default=None,
        description="From where on, as `next` of the page before has it; of this gazetteer version only.",
    )
    format: Literal["json", "geojson"] = Field(default="json", description="How the places are written.")


class PlacesParams(PageParams):
    """Of `/v1/places`."""

    kind: KindName | None = Field(
        default=None,
        description="Only places of this kind or group.",
        json_schema_extra={"example": "settlement"},
    )


class FacilitiesParams(PageParams):
    """Of `/v1/facilities`."""

    kind: (
        Annotated[
            Name,
            AfterValidator(_check_facility),
            Field(json_schema_extra={"enum": ["facility", *sorted(FACILITIES)]}),
        ]
        | None
    ) = Field(
        default=None,
        description="Only facilities of this kind.",
        json_schema_extra={"example": "hospital"},
    )


class AreaPath(BaseModel):
    """The path of `/v1/areas/{pcode}`."""

    pcode: str = Field(
        min_length=1, max_length=20, description="OCHA's code.", json_schema_extra={"example": "SY07"}
    )


class AreaParams(Params):
    """Of `/v1/areas/{pcode}`."""

    polygon: Literal["none", "simplified", "full", "true"] = Field(
        default="none",
        description="The area's shape: `simplified` for maps, or `full`; `true` is `simplified`.",
    )


class AreasParams(Params):
    """Of `/v1/areas`."""

    level: int = Field(
        default=1, ge=0, le=3, description="0 the country, 1 governorates, 2 districts, 3 sub-districts."
    )
