"""The parameters that Nominatim documents, under its own names.

Every one of them is let in, so that scripts need no change; an unknown one is refused. An empty value counts
as not given. What cannot be done here is refused where leaving it out would mislead (another geometry format,
a JSONP callback), and ignored where it would not (`email`, `dedupe`, `entrances`, `debug=0`).
"""

import math
import re
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.geodesy import BoundingBox
from service.params.base import Params, degrees, no_false_point

__all__ = ["MOST_RESULTS", "STRUCTURED", "Format", "ReverseParams", "SearchParams", "StatusParams"]

Format = Literal["json", "jsonv2", "geojson", "geocodejson"]
#: A longer list is cut to this, as Nominatim does: its documentation says "cannot be more than 40".
MOST_RESULTS = 40
#: The parts of a structured query, narrowest first.
STRUCTURED = ("amenity", "street", "city", "county", "state", "country", "postalcode")

_Layer = Literal["address", "poi", "railway", "natural", "manmade"]
_LAYERS: tuple[_Layer, ...] = get_args(_Layer)
_Text = Annotated[str | None, Field(max_length=300)]


def _listed(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _read_countries(value: Any) -> Any:
    codes = _listed(value)
    if not all(re.fullmatch("[A-Za-z]{2}", code) for code in codes):
        raise ValueError("countrycodes must be two letters each, with commas between them, such as sy,tr")
    return tuple(code.casefold() for code in codes)


def _read_viewbox(value: Any) -> Any:
    """Read two corners, longitude first: any two that lie across from each other.

    A map that shows the whole globe sends corners beyond it, which are moved to its edge as Nominatim does.
    """
    if not isinstance(value, str):
        return value
    try:
        corners = [float(part) for part in value.split(",")]
    except ValueError:
        corners = []
    if len(corners) != 4 or not all(map(math.isfinite, corners)):
        raise ValueError("viewbox must be four numbers: x1,y1,x2,y2, longitude before latitude")
    west, east = sorted(max(-180.0, min(180.0, x)) for x in corners[::2])
    south, north = sorted(max(-90.0, min(90.0, y)) for y in corners[1::2])
    return BoundingBox(south, west, north, east)


_Countries = Annotated[tuple[str, ...], BeforeValidator(_read_countries)]
_Numbers = Annotated[tuple[int, ...], BeforeValidator(_listed)]
_Layers = Annotated[tuple[_Layer, ...], BeforeValidator(_listed)]
_Box = Annotated[BoundingBox, BeforeValidator(_read_viewbox)]


class _Common(Params):
    """What `/search` and `/reverse` share."""

    format: Format = "jsonv2"
    extratags: bool = False
    namedetails: bool = False
    language: str | None = Field(default=None, alias="accept-language", max_length=300)
    layer: _Layers = _LAYERS
    polygon_geojson: bool = False
    polygon_text: bool = False
    polygon_kml: bool = False
    polygon_svg: bool = False
    polygon_threshold: float = Field(default=0.0, ge=0, le=180, allow_inf_nan=False)
    entrances: bool = False
    email: str | None = None
    debug: bool = False
    json_callback: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != "" or name == "q"}

    @model_validator(mode="after")
    def _only_what_can_be_done(self) -> Self:
        for name in ("polygon_kml", "polygon_svg"):
            if getattr(self, name):
                raise _refusal(
                    name, "shapes are not given in this format: use polygon_geojson or polygon_text"
                )
        if self.debug:
            raise _refusal("debug", "there is no debug output: leave it out")
        if self.json_callback is not None:
            raise _refusal(
                "json_callback",
                "answers are not wrapped in a callback, which would let any web page read them: "
                "leave it out and use fetch",
            )
        return self


class SearchParams(_Common):
    """Of `/search`."""

    q: Annotated[str, Field(max_length=300), AfterValidator(no_false_point)] | None = None
    amenity: _Text = None
    street: _Text = None
    city: _Text = None
    county: _Text = None
    state: _Text = None
    country: _Text = None
    postalcode: _Text = None
    limit: int = Field(default=10, ge=1)
    addressdetails: bool = False
    countrycodes: _Countries = ()
    viewbox: _Box | None = None
    bounded: bool = False
    exclude_place_ids: _Numbers = ()
    feature_type: Literal["country", "state", "city", "settlement"] | None = Field(
        default=None, alias="featureType"
    )
    dedupe: bool = True

    @property
    def structured(self) -> dict[str, str]:
        """The parts of a structured query that were given, narrowest first."""
        return {name: value for name in STRUCTURED if (value := getattr(self, name))}

    @property
    def text(self) -> str:
        """What was searched for, in one line."""
        return self.q if self.q is not None else ", ".join(self.structured.values())

    @model_validator(mode="after")
    def _one_kind_of_query(self) -> Self:
        if self.q is not None and self.structured:
            raise _refusal("q", f"q can't stand beside {', '.join(self.structured)}: use one or the other")
        if self.q is None and not self.structured:
            raise _refusal("q", f"nothing to search for: give q, or some of {', '.join(STRUCTURED)}")
        return self


class ReverseParams(_Common):
    """Of `/reverse`."""

    lat: float = degrees(90, "Degrees north on WGS 84.", 35.93)
    lon: float = degrees(180, "Degrees east on WGS 84.", 36.63)
    zoom: int = 18
    addressdetails: bool = True


class StatusParams(Params):
    """Of `/status`."""

    format: Literal["text", "json"] = "text"


def _refusal(name: str, message: str) -> PydanticCustomError:
    # The message is passed as a value, so that braces in what was sent are not read as a template.
    return PydanticCustomError("refused", "{message}", {"name": name, "message": message})
