"""What all answers share: every field is named, and the lines to quote come with them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Answer", "Attribution", "Cell", "Degrees", "Point"]

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


#: How far something was generalised.
Cell = Annotated[
    float | None,
    Field(
        default=None,
        gt=0,
        le=10,
        description="Side in degrees of the cell that the place was generalised to, and with it what is "
        "computed from it; only there where it was.",
    ),
]


class Answer(BaseModel):
    """An answer, or a part of one, with no other fields than those described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Point(Answer):
    """A GeoJSON point: longitude first."""

    type: Literal["Point"]
    coordinates: Annotated[list[Degrees], Field(min_length=2, max_length=2)]
