"""The parameters that Nominatim documents, under its own names.

Every one of them is let in, so that scripts need no change; an unknown one is refused. An empty value counts
as not given. What cannot be done here is refused where leaving it out would mislead (another geometry format,
a JSONP callback), and changes nothing where it would not (`email`, `dedupe`, `entrances`).
"""

import re
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.geodesy import BoundingBox
from service.params import Number, Params, Whole, no_false_point

#: The parts of a structured query, narrowest first.
_STRUCTURED: Final = ("amenity", "street", "city", "county", "state", "country", "postalcode")
_NUMBERS: Final = TypeAdapter(tuple[Number, ...])
_Layer = Literal["address", "poi", "railway", "natural", "manmade"]


def _listed(values: list[str]) -> list[str]:
    return [part.strip() for part in ",".join(values).split(",")]


def _read_countries(values: list[str]) -> list[str]:
    codes = _listed(values)
    if not all(re.fullmatch("[A-Za-z]{2}", code) for code in codes):
        raise ValueError("countrycodes must be two letters each, with commas between them, such as sy,tr")
    return [code.casefold() for code in codes]


def _read_viewbox(text: str) -> BoundingBox:
    """Read two opposite corners, longitude first; a map of the whole globe sends some beyond its edge."""
    try:
        x1, y1, x2, y2 = _NUMBERS.validate_python(text.replace(" ", "").split(","))
    except ValueError:
        raise ValueError("viewbox must be four numbers: x1,y1,x2,y2, longitude before latitude") from None
    west, east = sorted(max(-180.0, min(180.0, x)) for x in (x1, x2))
    south, north = sorted(max(-90.0, min(90.0, y)) for y in (y1, y2))
    return BoundingBox(south, west, north, east)


def _refuse(value: str) -> str:
    if value not in ("", "0", "false", "False"):
        raise ValueError("this isn't given here: leave it out. Shapes are polygon_geojson and polygon_text")
    return value


_Refused = Annotated[str, AfterValidator(_refuse)]
_Text = Annotated[str, Field(max_length=300)]


class _Common(Params):
    """What `/search` and `/reverse` share."""

    format: Literal["json", "jsonv2", "geojson", "geocodejson"] = "jsonv2"
    extratags: bool = False
    namedetails: bool = False
    language: _Text = Field(default="", alias="accept-language")
    layer: Annotated[tuple[_Layer, ...], BeforeValidator(_listed)] = get_args(_Layer)
    polygon_geojson: bool = False
    polygon_text: bool = False
    polygon_threshold: Number = Field(default=0.0, ge=0, le=180)
    polygon_kml: _Refused = ""
    polygon_svg: _Refused = ""
    debug: _Refused = ""
    json_callback: _Refused = ""
    email: str = ""
    entrances: str = ""

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value not in ("", [""]) or name == "q"}


class SearchParams(_Common):
    """The parameters of `/search`."""

    q: Annotated[_Text, AfterValidator(no_false_point)] | None = None  # may be empty
    amenity: _Text = ""
    street: _Text = ""
    city: _Text = ""
    county: _Text = ""
    state: _Text = ""
    country: _Text = ""
    postalcode: _Text = ""
    limit: Whole = Field(default=10, ge=1)
    addressdetails: bool = False
    countrycodes: Annotated[tuple[str, ...], BeforeValidator(_read_countries)] = ()
    viewbox: Annotated[BoundingBox, BeforeValidator(_read_viewbox)] | None = None
    bounded: bool = False
    exclude_place_ids: Annotated[tuple[Whole, ...], BeforeValidator(_listed)] = ()
    feature_type: Literal["country", "state", "city", "settlement"] | None = Field(
        default=None, alias="featureType"
    )
    dedupe: str = ""

    @property
    def text(self) -> str:
        """What was searched for, in one line."""
        parts = ", ".join(part for name in _STRUCTURED if (part := getattr(self, name)))
        return parts if self.q is None else self.q

    @model_validator(mode="after")
    def _one_kind_of_query(self) -> Self:
        if (self.q is None) != any(getattr(self, name) for name in _STRUCTURED):
            message = f"give either q or parts of an address, not both: {', '.join(_STRUCTURED)}"
            raise PydanticCustomError("query", message, {"name": "q"})
        return self


class ReverseParams(_Common):
    """The parameters of `/reverse`."""

    lat: Number
    lon: Number
    zoom: Whole = 18
    addressdetails: bool = True


class StatusParams(Params):
    """The parameters of `/status`."""

    format: Literal["text", "json"] = "text"
