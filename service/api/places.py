"""A place with its facts, and what the gazetteer holds; lists are in :mod:`service.ogc`."""

from collections.abc import Mapping

from flask import Response
from pydantic import Field

from gazetteer.lookups import library_version
from gazetteer.privacy.tiers import Tier
from gazetteer.values import PositionBasis
from service.answers import Answer, Attribution, Place
from service.audit import tell
from service.endpoint import Endpoints, Reply
from service.params import Flag, Params, PlaceId, said
from service.tiers import seen

api = Endpoints("places", tag="Places")


class PlaceParams(Params):
    """Of `/v1/places/{id}`."""

    spellings: Flag = said("Whether to give every spelling, with its source.", default=False)


class SpellingFound(Answer):
    """A written form of a place's name, and which source has it."""

    text: str
    language: str
    script: str
    source: str


class OnePlace(Place):
    """A place, with its spellings where they were asked for."""

    spellings: list[SpellingFound] | None = Field(
        default=None,
        exclude_if=lambda given: given is None,
        description="Only there when `spellings=true` was asked for.",
    )
    attribution: Attribution


@api.get("/v1/places/<id>", "A place by its id.", OnePlace, statuses=(404,))
def get_place(id: PlaceId, query: PlaceParams) -> Reply:
    """Return a place."""
    found = seen().gazetteer.place(id)
    tell((found,))
    answer = OnePlace.model_validate(found)
    if query.spellings:
        spellings = seen().gazetteer.spellings(found.id)
        answer.spellings = [SpellingFound.model_validate(one) for one in spellings]
    return Reply(answer, (found,))


# ---------------------------------------------------------------------------------------------- info


class SourceFacts(Answer):
    """Where facts came from, and what their licence asks."""

    id: str
    title: str
    url: str
    licence: str
    attribution: str
    release: str = Field(description="What its publisher calls this version; may be empty.")
    date: str = Field(description="Its day, where that is known; else empty.")
    count: int = Field(ge=0, description="How many places it knows.")


class Info(Answer):
    """What the gazetteer holds and where it came from."""

    gazetteer_version: str = Field(
        description="SHA-256 of what the gazetteer says, 64 hex digits: the same facts, the same version."
    )
    schema_version: int = Field(description="Of the gazetteer file's tables.")
    library_version: str
    calibration_version: str = Field(description="SHA-256 of what confidences and radii promise.")
    counts: dict[str, int] = Field(description="Places of each kind.")
    position_bases: Mapping[str, Mapping[PositionBasis, int]] = Field(
        description="Of each kind of facility, how many positions are those of the building, or were taken "
        "from the quarter, the town or an area; of generalised places nothing is said."
    )
    position_words: list[str] = Field(description="The same in words.")
    tier: Tier = Field(description="What this request may see of sensitive places.")
    generalised_to_deg: float | None = Field(
        description="Side in degrees of the cells that sensitive places are shown in; null at tier full."
    )
    names_withheld: bool = Field(description="Whether sensitive places are shown without their names.")
    has_polygons: bool = Field(description="Whether areas have shapes.")
    sources: list[SourceFacts]
    attribution: list[str] = Field(description="What to quote when anything of this is published.")


@api.get(
    "/v1/info",
    "What does the gazetteer hold, and whom to quote?",
    Info,
    description="Where the server keeps its file is not said.",
    tells=False,
)
def get_info() -> Response | Info:
    """Return what the gazetteer holds."""
    here, facts = seen(), seen().info
    return Info(
        gazetteer_version=facts.content_hash,
        schema_version=facts.schema_version,
        library_version=library_version(),
        calibration_version=facts.calibration_hash,
        counts=facts.counts,
        position_bases=facts.position_bases,
        position_words=list(facts.position_words),
        tier=here.tier,
        generalised_to_deg=facts.generalised_to_deg,
        names_withheld=facts.names_withheld,
        has_polygons=bool(here.gazetteer.outlines(level=1)),
        sources=[SourceFacts.model_validate(one) for one in facts.sources],
        attribution=list(dict.fromkeys(one.attribution for one in facts.sources)),
    )
