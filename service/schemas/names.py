"""Answers about names and positions: resolve, reverse, distance."""

from pydantic import Field

from gazetteer.answers import Status, UncertaintyBasis
from gazetteer.values import AdminMethod
from service.problems import Problem
from service.schemas.base import Answer, Attribution, Degrees
from service.schemas.places import AdminStep, Place

__all__ = ["Distance", "Located", "LocatedPoints", "Resolution", "Resolutions"]


class QueryRead(Answer):
    """How a spelling was read."""

    text: str
    name: str = Field(description="The part taken for the name.")
    context: list[str] = Field(description="Areas or places found round it.")
    kind: str | None
    relation: str | None


class Match(Answer):
    """A place that may be meant."""

    place: Place
    confidence: float = Field(
        ge=0, le=1, description="Probability that the place lies within 5 km of what was meant."
    )
    uncertainty_m: int = Field(ge=0, description="Radius in metres of the answer; `place` has its own.")
    uncertainty_basis: UncertaintyBasis = Field(
        description="coverage: the radius holds a coder's point in 95 of 100 right answers; extent: it is "
        "the place's own; computed: it follows from what was written."
    )
    matched_name: str = Field(description="The gazetteer's spelling that matched.")
    method: str = Field(description="How it matched: exact, skeleton, fuzzy, pcode, coordinates, offset, …")
    reasons: list[str] = Field(description="Why, most important first.")
    geo_precision: int = Field(ge=1, le=3, description="ACLED's code of how exact the position is.")
    where_prec: int = Field(ge=1, le=7, description="UCDP GED's.")
    gtd_specificity: int = Field(ge=1, le=5, description="GTD's.")


class Resolution(Answer):
    """Which place a spelling means."""

    query: QueryRead
    status: Status = Field(
        description="resolved: one place; several: the text names several, each sure enough; ambiguous: "
        "no single answer is; unresolved: probably nothing here is meant."
    )
    matches: list[Match] = Field(description="Best first.")
    places: list[Match] = Field(
        description="Where the status is several: the places that the text names, in its order; else empty."
    )
    unread: list[str] = Field(description="Words of the text that were not used, in its order.")
    country: str = Field(description="The other country that the text says it is in; else empty.")
    attribution: Attribution


class Resolutions(Answer):
    """Answers to many spellings, in their order."""

    results: list[Resolution | Problem] = Field(
        description="For each query its answer, or the problem with that query."
    )
    attribution: Attribution


class LocatedPoint(Answer):
    """The areas round a position."""

    latitude: Degrees
    longitude: Degrees
    admin: list[AdminStep] = Field(description="Governorate first; empty outside the country.")
    admin_method: AdminMethod
    outside_country: bool | None = Field(description="null where the gazetteer has no polygons to tell by.")


class Located(LocatedPoint):
    """The areas round a position, and the nearest settlement."""

    nearest: Place | None
    nearest_distance_m: float | None = Field(description="Metres to the nearest settlement.")
    attribution: Attribution


class LocatedPoints(Answer):
    """The areas round many positions, in their order."""

    results: list[LocatedPoint]
    attribution: Attribution


class Distance(Answer):
    """How far, and in which direction."""

    start: Place = Field(alias="from")
    end: Place = Field(alias="to")
    distance_m: float = Field(ge=0, description="Geodesic metres on WGS 84 between the two positions.")
    least_m: float = Field(ge=0, description="The least it can be, given both places' uncertainty.")
    most_m: float = Field(ge=0, description="The most.")
    azimuth_deg: float | None = Field(
        description="Degrees clockwise from north; null where both are the same point."
    )
    compass: str | None = Field(description="The nearest of eight compass words.")
    attribution: Attribution
