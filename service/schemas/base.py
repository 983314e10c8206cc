"""What all answers share: every field is named, and the lines to quote come with them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Answer", "Attribution", "Degrees", "Point"]

#: The lines to quote.
Attribution = Annotated[
    list[str],
    Field(
        description="What to quote when this is published, a line for each source; empty where no source had "
        "a part in it."
    ),
]
#: Degrees on WGS 84.
Degrees = Annotated[float, Field(ge=-180, le=180)]


class Answer(BaseModel):
    """An answer, or a part of one, with no other fields than those described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Point(Answer):
    """A GeoJSON point: longitude first."""

    type: Literal["Point"]
    coordinates: Annotated[list[Degrees], Field(min_length=2, max_length=2)]
