"""The parameters that Nominatim documents, under its own names.

Every one of them is let in, so that scripts need no change; an unknown one is refused. An empty value counts
as not given. What cannot be done here is refused where leaving it out would mislead (another geometry format,
a JSONP callback), and ignored where it would not (`email`, `dedupe`, `entrances`, `debug=0`).
"""

import math
import re
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.geodesy import BoundingBox
from service.params import Number, Params, Whole, no_false_point

#: The parts of a structured query, narrowest first.
_STRUCTURED: Final = ("amenity", "street", "city", "county", "state", "country", "postalcode")
_Layer = Literal["address", "poi", "railway", "natural", "manmade"]
_FeatureType = Literal["country", "state", "city", "settlement"] | None
_LAYERS: Final[tuple[_Layer, ...]] = get_args(_Layer)


def _listed(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _read_countries(value: Any) -> Any:
    codes = _listed(value)
    if not all(re.fullmatch("[A-Za-z]{2}", code) for code in codes):
        raise ValueError("countrycodes must be two letters each, with commas between them, such as sy,tr")
    return tuple(code.casefold() for code in codes)


def _read_viewbox(value: Any) -> Any:
    """Read two opposite corners, longitude first, in any order.

    A map that shows the whole globe sends corners beyond it, which are moved to its edge as Nominatim does.
    """
    try:
        corners = [float(part) for part in value.split(",") if "_" not in part]
    except ValueError:
        corners = []
    if len(corners) != 4 or not all(map(math.isfinite, corners)):
        raise ValueError("viewbox must be four numbers: x1,y1,x2,y2, longitude before latitude")
    west, east = sorted(max(-180.0, min(180.0, x)) for x in corners[::2])
    south, north = sorted(max(-90.0, min(90.0, y)) for y in corners[1::2])
    return BoundingBox(south, west, north, east)


def _refuse(message: str) -> AfterValidator:
    """Refuse a parameter that asks for what isn't given; false and nothing are let in."""

    def check(value: Any) -> Any:
        if value:
            raise ValueError(message)
        return value

    return AfterValidator(check)


_NoShape = Annotated[bool, _refuse("this format isn't given: use polygon_geojson or polygon_text")]
_NoDebug = Annotated[bool, _refuse("there is no debug output: leave it out")]
_NoCallback = Annotated[str, _refuse("a callback would let any web page read answers: leave it out")]
_Text = Annotated[str | None, Field(max_length=300)]
_Countries = Annotated[tuple[str, ...], BeforeValidator(_read_countries)]
_Numbers = Annotated[tuple[Whole, ...], BeforeValidator(_listed)]
_Layers = Annotated[tuple[_Layer, ...], BeforeValidator(_listed)]
_Box = Annotated[BoundingBox, BeforeValidator(_read_viewbox)]


class _Common(Params):
    """What `/search` and `/reverse` share."""

    format: Literal["json", "jsonv2", "geojson", "geocodejson"] = "jsonv2"
    extratags: bool = False
    namedetails: bool = False
    language: str = Field(default="", alias="accept-language", max_length=300)
    layer: _Layers = _LAYERS
    polygon_geojson: bool = False
    polygon_text: bool = False
    polygon_kml: _NoShape = False
    polygon_svg: _NoShape = False
    polygon_threshold: Number = Field(default=0.0, ge=0, le=180)
    entrances: bool = False
    email: str | None = None
    debug: _NoDebug = False
    json_callback: _NoCallback = ""

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != "" or name == "q"}


class SearchParams(_Common):
    """The parameters of `/search`."""

    q: Annotated[str, Field(max_length=300), AfterValidator(no_false_point)] | None = None  # may be empty
    amenity: _Text = None
    street: _Text = None
    city: _Text = None
    county: _Text = None
    state: _Text = None
    country: _Text = None
    postalcode: _Text = None
    limit: Whole = Field(default=10, ge=1)
    addressdetails: bool = False
    countrycodes: _Countries = ()
    viewbox: _Box | None = None
    bounded: bool = False
    exclude_place_ids: _Numbers = ()
    feature_type: _FeatureType = Field(default=None, alias="featureType")
    dedupe: bool = True

    @property
    def text(self) -> str:
        """What was searched for, in one line."""
        return self.q if self.q is not None else ", ".join(self._structured().values())

    def _structured(self) -> dict[str, str]:
        return {name: value for name in _STRUCTURED if (value := getattr(self, name))}

    @model_validator(mode="after")
    def _one_kind_of_query(self) -> Self:
        structured = self._structured()
        if (self.q is None) != (not structured):
            return self
        message = "nothing to search for: give q, or some of " + ", ".join(_STRUCTURED)
        if structured:
            message = f"q can't stand beside {', '.join(structured)}: use one or the other"
        raise PydanticCustomError("query", "{message}", {"name": "q", "message": message})


class ReverseParams(_Common):
    """The parameters of `/reverse`."""

    lat: Number
    lon: Number
    zoom: Whole = 18
    addressdetails: bool = True


class StatusParams(Params):
    """The parameters of `/status`."""

    format: Literal["text", "json"] = "text"
