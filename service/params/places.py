"""Of the endpoints for places and areas."""

from pydantic import BaseModel, Field

__all__ = ["PlacePath"]


class PlacePath(BaseModel):
    """The path of `/v1/places/{id}`."""

    id: str = Field(
        min_length=1, max_length=100, description="A place's id.", json_schema_extra={"example": "SY07"}
    )
