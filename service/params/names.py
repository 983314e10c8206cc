"""Of the endpoints for names and positions."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from gazetteer.answers import MIN_CONFIDENCE
from service.params.base import KindName, Name, NameOrPoint, Params, degrees
from service.params.bodies import Body

__all__ = [
    "MOST_POINTS",
    "MOST_QUERIES",
    "DistanceParams",
    "PointsBody",
    "QueriesBody",
    "QueryItem",
    "ResolveParams",
    "ReverseParams",
    "SuggestParams",
]

#: Items in one body: about a second's work.
MOST_QUERIES = 1_000
MOST_POINTS = 10_000


class ResolveParams(Params):
    """Of `/v1/resolve`."""

    text: NameOrPoint = Field(
        description="The place as written.", json_schema_extra={"example": "Ma'arrat al-Nu'man"}
    )
    area: Name | None = Field(
        default=None,
        description="An area that it lies in: a name or P-code.",
        json_schema_extra={"example": "Idlib"},
    )
    kind: KindName | None = Field(
        default=None,
        description="A kind that it has, or a group of kinds: hospital, settlement, facility.",
        json_schema_extra={"example": "settlement"},
    )
    limit: int = Field(default=5, ge=1, le=40, description="The most matches to give.")
    min_confidence: float = Field(
        default=MIN_CONFIDENCE,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="The least confidence to call it resolved.",
    )


class ReverseParams(Params):
    """Of `/v1/reverse`."""

    lat: float = degrees(90, "Degrees north on WGS 84.", 35.93)
    lon: float = degrees(180, "Degrees east on WGS 84.", 36.63)


class DistanceParams(Params):
    """Of `/v1/distance`."""

    start: NameOrPoint = Field(
        alias="from",
        description='A place name or "latitude,longitude".',
        json_schema_extra={"example": "Aleppo"},
    )
    end: NameOrPoint = Field(
        alias="to",
        description='A place name or "latitude,longitude".',
        json_schema_extra={"example": "Idlib"},
    )


class SuggestParams(Params):
    """Of `/v1/suggest`."""

    text: Name = Field(
        description="The beginning of a name, or of a word in it.", json_schema_extra={"example": "Sara"}
    )
    kind: KindName | None = Field(
        default=None, description="Only places of this kind.", json_schema_extra={"example": "settlement"}
    )
    limit: int = Field(default=10, ge=1, le=50, description="The most places to give.")


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value  # 5.0 is 5 in JSON


class QueryItem(Body):
    """One of many spellings."""

    text: Name = Field(description="The place as written.")
    area: Name | None = Field(default=None, description="An area that it lies in: a name or P-code.")
    kind: Name | None = Field(default=None, description="A kind that it has.")
    context: Annotated[list[Name], Field(max_length=10)] = Field(
        default=[],
        description="Names beside it, in other columns say: they help, and exclude nothing.",
    )
    limit: Annotated[int, BeforeValidator(_whole)] = Field(default=5, ge=1, le=40)
    min_confidence: float = Field(default=MIN_CONFIDENCE, ge=0, le=1, allow_inf_nan=False)


class QueriesBody(Body):
    """Many spellings to resolve, each by itself."""

    queries: Annotated[list[QueryItem], Field(max_length=MOST_QUERIES)] = Field(
        json_schema_extra={
            "example": [{"text": "Saraqeb", "area": "Idlib"}, {"text": "سراقب", "kind": "settlement"}]
        }
    )


class PointItem(Body):
    """A position."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False, description="Degrees north on WGS 84.")
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False, description="Degrees east.")


class PointsBody(Body):
    """Many positions."""

    points: Annotated[list[PointItem], Field(max_length=MOST_POINTS)] = Field(
        json_schema_extra={"example": [{"lat": 35.93, "lon": 36.63}, {"lat": 36.2, "lon": 37.15}]}
    )
