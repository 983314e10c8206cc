"""Of the endpoints for names and positions."""

from pydantic import Field

from service.params.base import Name, NameOrPoint, Params, degrees

__all__ = ["DistanceParams", "ResolveParams", "ReverseParams"]


class ResolveParams(Params):
    """Of `/v1/resolve`."""

    text: NameOrPoint = Field(
        description="The place as written.", json_schema_extra={"example": "Ma'arrat al-Nu'man"}
    )
    within: Name | None = Field(
        default=None,
        description="An area that it lies in: a name or P-code.",
        json_schema_extra={"example": "Idlib"},
    )
    kind: Name | None = Field(
        default=None,
        description="A kind that it has: hospital, settlement, facility.",
        json_schema_extra={"example": "settlement"},
    )
    limit: int = Field(default=5, ge=1, le=40, description="The most matches to give.")
    min_confidence: float = Field(
        default=0.7, ge=0, le=1, allow_inf_nan=False, description="The least confidence to call it resolved."
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
