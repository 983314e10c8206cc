"""The parameters that Nominatim documents, under its own names; an empty value counts as not given.

Every one of them is let in, so that scripts need no change; an unknown one is refused. So is what cannot be
done here where leaving it out would mislead; `email`, `dedupe` and `entrances` change nothing.
"""

from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.geodesy import BoundingBox
from service.params import Number, Params, Whole, no_false_point

#: The parts of a structured query, narrowest first.
_STRUCTURED: Final = ("amenity", "street", "city", "county", "state", "country", "postalcode")
_NUMBERS: Final = TypeAdapter(tuple[Number, ...])
_Layer = Literal["address", "poi", "railway", "natural", "manmade"]


def _listed(values: list[str]) -> list[str]:
    return [part.strip() for part in ",".join(values).split(",")]


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
_Country = Annotated[str, StringConstraints(min_length=2, max_length=2, to_lower=True)]


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
    countrycodes: Annotated[tuple[_Country, ...], BeforeValidator(_listed)] = ()
    viewbox: Annotated[BoundingBox, BeforeValidator(_read_viewbox)] | None = None
    bounded: bool = False
    exclude_place_ids: Annotated[tuple[Whole, ...], BeforeValidator(_listed)] = ()
    feature_type: Literal["", "country", "state", "city", "settlement"] = Field("", alias="featureType")
    dedupe: str = ""

    @property
    def kind(self) -> str | None:
        """The library's word for the kind that was asked for."""
        return {"state": "governorate", "city": "settlement"}.get(
            self.feature_type, self.feature_type
        ) or None

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
