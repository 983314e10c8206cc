"""Of the endpoint that enriches a table."""

from typing import Literal

from pydantic import Field

from gazetteer.answers import MIN_CONFIDENCE
from service.params.base import Flag, Name, Params

__all__ = ["EnrichParams"]


class EnrichParams(Params):
    """Of `/v1/enrich`."""

    format: Literal["csv", "xlsx", "geojson"] | None = Field(
        default=None, description="What to send back; as the table came, unless this is said."
    )
    place: Name | None = Field(
        default=None, description="The column that holds the place, where its name doesn't tell."
    )
    admin: list[Name] = Field(
        default=[],
        description="The columns of areas that the place lies in: several times, or with commas between.",
    )
    min_confidence: float = Field(
        default=MIN_CONFIDENCE,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="The least confidence to call it resolved.",
    )
    neutralise: Flag = Field(
        default=False,
        description="In CSV, put an apostrophe before cells that a spreadsheet program would take for a "
        "formula: those that begin with = + - @, a tab or a line end and are no plain numbers.",
    )
    sheet: Name | None = Field(
        default=None, description="The sheet of a workbook; the first that is shown, unless this is said."
    )
