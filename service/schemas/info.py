"""The answer about the gazetteer itself."""

from pydantic import Field

from service.schemas.base import Answer, Attribution
from service.tiers import Tier

__all__ = ["Info"]


class SourceFacts(Answer):
    """Where facts came from, and what their licence asks."""

    id: str
    title: str
    url: str
    licence: str
    attribution: str
    count: int = Field(ge=0, description="How many places it knows.")


class Info(Answer):
    """What the gazetteer holds and where it came from."""

    gazetteer_version: str = Field(
        description="SHA-256 of what the gazetteer says, 64 hex digits: the same facts, the same version."
    )
    schema_version: int = Field(description="Of the gazetteer file's tables.")
    library_version: str
    counts: dict[str, int] = Field(description="Places of each kind.")
    tier: Tier = Field(description="What this caller may see of sensitive places.")
    generalised_to_deg: float | None = Field(
        description="Side in degrees of the cells that sensitive places are shown in; null at tier full."
    )
    names_withheld: bool = Field(description="Whether sensitive places are shown without their names.")
    has_polygons: bool = Field(description="Whether areas have shapes.")
    sources: list[SourceFacts]
    attribution: Attribution
