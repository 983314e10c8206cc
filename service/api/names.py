"""Names and positions: resolve, geoparse, reverse, distance, suggest."""

from typing import Annotated

from pydantic import AliasPath, Field

from gazetteer.answers import MIN_CONFIDENCE, MIN_CONFIDENCE_IN_TEXT, Status, UncertaintyBasis
from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import kinds_meant_by
from gazetteer.notation.positions import read_point
from gazetteer.review.choices import choose
from gazetteer.values import AdminMethod
from service.answers import AdminStep, Answer, Attribution, Azimuth_deg, Distance_m, Place, Radius_m, Share
from service.audit import tell
from service.endpoint import Endpoints, Reply
from service.errors import PROBLEMS, Problem, problem
from service.params import (
    Body,
    Confidence,
    KindName,
    Name,
    NameOrPoint,
    Number,
    Params,
    Whole,
    degrees,
    said,
)
from service.tiers import seen

api = Endpoints("names", tag="Places")
#: Items in one body, about a second's work; and characters of a report.
MOST_QUERIES, MOST_POINTS, LONGEST_TEXT = 1_000, 10_000, 50_000


# ------------------------------------------------------------------------------------------- resolve


class ResolveParams(Params):
    """Of `/v1/resolve`."""

    text: NameOrPoint = said("The place as written.", "Ma'arrat al-Nu'man", default=...)
    area: Name | None = said("An area that it lies in: a name or P-code.", "Idlib")
    kind: KindName | None = said(
        "A kind that it has, or a group of kinds: hospital, settlement, facility.", "settlement"
    )
    limit: Whole = said("The most matches to give.", default=5, ge=1, le=40)
    min_confidence: Confidence = said("The least confidence to call it resolved.", default=MIN_CONFIDENCE)


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
    confidence: Share = Field(description="Probability that the place lies within 5 km of what was meant.")
    uncertainty_m: Radius_m = Field(description="Radius in metres of the answer; `place` has its own.")
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


@api.get("/v1/resolve", "Which place does a spelling mean?", Resolution)
def resolve(query: ResolveParams) -> Reply:
    """Resolve a spelling."""
    found = seen().gazetteer.resolve(
        query.text,
        area=query.area,
        kind=query.kind,
        limit=query.limit,
        min_confidence=query.min_confidence,
    )
    return Reply(found, (match.place for match in (*found.matches, *found.places)))


class QueryItem(Body):
    """One of many spellings."""

    text: Name = Field(description="The place as written.")
    area: Name | None = said("An area that it lies in: a name or P-code.")
    kind: Name | None = said("A kind that it has.")
    context: Annotated[list[Name], Field(max_length=10)] = said(
        "Names beside it, in other columns say: they help, and exclude nothing.", default=[]
    )
    limit: Whole = Field(default=5, ge=1, le=40)
    min_confidence: Confidence = Field(default=MIN_CONFIDENCE)


class QueriesBody(Body):
    """Many spellings to resolve, each by itself."""

    queries: Annotated[list[QueryItem], Field(max_length=MOST_QUERIES)] = Field(
        json_schema_extra={
            "example": [{"text": "Saraqeb", "area": "Idlib"}, {"text": "سراقب", "kind": "settlement"}]
        }
    )


class Resolutions(Answer):
    """Answers to many spellings, in their order."""

    results: list[Resolution | Problem] = Field(
        description="For each query its answer, or the problem with that query."
    )
    attribution: Attribution


@api.post(
    "/v1/resolve",
    f"Which places do up to {MOST_QUERIES:,} spellings mean?",
    Resolutions,
    description="Each query is answered by itself, in the order given. One whose area, kind or position "
    "can't be used gets a problem in its place, and the others their answers.",
    heavy=True,
)
def resolve_many(body: QueriesBody) -> Reply:
    """Resolve many spellings."""
    results: list[Resolution | Problem] = []
    places = []
    for number, query in enumerate(body.queries):
        try:
            read_point(query.text, parameter="text")  # raises for what looks like a position and is none
            found = seen().gazetteer.resolve(**dict(query))
        except InputError as error:
            named = f"queries[{number}].{error.parameter or 'text'}"
            results.append(problem(PROBLEMS[InputError], str(error), parameter=named))
        else:
            told = [match.place for match in (*found.matches, *found.places)]
            answer = Resolution.model_validate(found)
            answer.attribution = seen().quoted(told)
            results.append(answer)
            places += told
    return Reply({"results": results}, places)


# ------------------------------------------------------------------------------------------ decision


class DecisionParams(Params):
    """Of `/v1/decision`."""

    text: Name = said("What was decided: an id, a position, a name with its area, or none.", default=...)


class Decided(Answer):
    """What a decision means."""

    place: Place | None = Field(description="The place; null where none of the gazetteer's is meant.")
    uncertainty_m: Radius_m | None = Field(description="The radius in metres that a decided row gets.")
    attribution: Attribution


@api.get(
    "/v1/decision",
    "What does a person's decision mean?",
    Decided,
    description="Read as in the column `decision` of a review file. What means no place, or more than one, "
    "is a problem that says what to write.",
)
def decision(query: DecisionParams) -> Reply:
    """Tell what a decision means."""
    match = choose(seen().gazetteer, query.text)
    places = [] if match is None else [match.place]
    tell(places)
    return Reply({"place": match and match.place, "uncertainty_m": match and match.uncertainty_m}, places)


# ------------------------------------------------------------------------------------------ geoparse


class GeoparseBody(Body):
    """A report to find places in."""

    text: str = said(
        "A running text, in English or Arabic.",
        "Air strikes hit Saraqib and the outskirts of Kafr Nabl in Idlib.",
        default=...,
        min_length=1,
        max_length=LONGEST_TEXT,
    )
    local: bool = said("Whether it is about the country even where it doesn't say so.", default=False)
    min_confidence: Confidence = said(
        "The least confidence to call a mention resolved.", default=MIN_CONFIDENCE_IN_TEXT
    )


class Mention(Answer):
    """A stretch of a text that names a place, and which."""

    start: int = Field(ge=0, description="Where it stands: code points of the text.")
    end: int = Field(ge=0, description="Where it ends, exclusive.")
    mention: str = Field(validation_alias="text", description="As written.")
    sentence: str
    main: bool = Field(description="Whether it is the place of the event; at most one is.")
    query: QueryRead = Field(validation_alias=AliasPath("resolution", "query"))
    status: Status = Field(validation_alias=AliasPath("resolution", "status"))
    matches: list[Match] = Field(validation_alias=AliasPath("resolution", "matches"))
    places: list[Match] = Field(validation_alias=AliasPath("resolution", "places"))
    unread: list[str] = Field(validation_alias=AliasPath("resolution", "unread"))
    country: str = Field(validation_alias=AliasPath("resolution", "country"))


class Report(Answer):
    """The places that a report names."""

    about: str = Field(
        description="Why the text is taken to be about the country; empty where it isn't, and nothing is "
        "looked for."
    )
    mentions: list[Mention] = Field(description="In the order of the text.")
    attribution: Attribution


@api.post(
    "/v1/geoparse",
    "Which places does a report name?",
    Report,
    description=f"A text of at most {LONGEST_TEXT:,} characters. Ambiguous mentions are listed too.",
    heavy=True,
)
def geoparse(body: GeoparseBody) -> Reply:
    """Find the places in a report."""
    found = seen().gazetteer.geoparse(body.text, local=body.local, min_confidence=body.min_confidence)
    told = (match.place for mention in found.mentions for match in mention.resolution.matches)
    return Reply(found, told)


# ------------------------------------------------------------------------------------------- reverse


class ReverseParams(Params):
    """Of `/v1/reverse`."""

    latitude: Number = degrees(90, "Degrees north on WGS 84.", 35.93)
    longitude: Number = degrees(180, "Degrees east on WGS 84.", 36.63)


class LocatedPoint(Answer):
    """The areas round a position."""

    latitude: float = Field(description="As asked for.")
    longitude: float
    admin: list[AdminStep] = Field(description="Governorate first; empty outside the country.")
    admin_method: AdminMethod
    outside_country: bool | None = Field(description="null where the gazetteer has no polygons to tell by.")


class Located(LocatedPoint):
    """The areas round a position, and the nearest settlement."""

    latitude: float = Field(validation_alias=AliasPath("position", "latitude"), description="As asked for.")
    longitude: float = Field(validation_alias=AliasPath("position", "longitude"))
    nearest: Place | None
    nearest_distance_m: Distance_m | None = Field(description="Metres to the nearest settlement.")
    hint: str = Field(description="That latitude and longitude may be exchanged, if so; else empty.")
    attribution: Attribution


@api.get("/v1/reverse", "Which areas hold a position?", Located)
def reverse(query: ReverseParams) -> Reply:
    """Tell the areas round a position."""
    found = seen().gazetteer.reverse(LatLon(query.latitude, query.longitude))
    return Reply(found, () if found.nearest is None else (found.nearest,), found.admin)


class PointItem(Body):
    """A position."""

    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False, description="Degrees north on WGS 84.")
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False, description="Degrees east.")


class PointsBody(Body):
    """Many positions."""

    points: Annotated[list[PointItem], Field(max_length=MOST_POINTS)] = Field(
        json_schema_extra={
            "example": [
                {"latitude": 35.93, "longitude": 36.63},
                {"latitude": 36.2, "longitude": 37.15},
            ]
        }
    )


class LocatedPoints(Answer):
    """The areas round many positions, in their order."""

    results: list[LocatedPoint]
    attribution: Attribution


@api.post(
    "/v1/reverse",
    f"Which areas hold up to {MOST_POINTS:,} positions?",
    LocatedPoints,
    description="As GET gives them, without the nearest settlement.",
)
def reverse_many(body: PointsBody) -> Reply:
    """Tell the areas round many positions."""
    points = body.points
    found = seen().gazetteer.areas_at([one.latitude for one in points], [one.longitude for one in points])
    results = []
    for row, point in enumerate(points):
        admin, method, outside = found.at(row)
        results.append({**dict(point), "admin": admin, "admin_method": method, "outside_country": outside})
    units = {unit.pcode: unit for row in set(found.rows.tolist()) for unit in found.chains[row]}
    return Reply({"results": results}, areas=units.values())


# ------------------------------------------------------------------------------- distance and suggest


class DistanceParams(Params):
    """Of `/v1/distance`."""

    start: NameOrPoint = said('A place name or "latitude,longitude".', "Aleppo", default=..., alias="from")
    end: NameOrPoint = said('A place name or "latitude,longitude".', "Idlib", default=..., alias="to")


class Distance(Answer):
    """How far, and in which direction."""

    start: Place = Field(serialization_alias="from")
    end: Place = Field(serialization_alias="to")
    distance_m: Distance_m | None = Field(
        description="Geodesic metres on WGS 84 between the two positions; null where one place is known only "
        "by its town, quarter or area, and may lie within the radius of the other."
    )
    min_m: Distance_m = Field(description="The least it can be, given both places' uncertainty.")
    max_m: Distance_m = Field(description="The most.")
    azimuth_deg: Azimuth_deg | None = Field(
        description="Degrees clockwise from north; null where both are the same point, and without a "
        "distance."
    )
    compass: str | None = Field(description="The nearest of eight compass words; null as the azimuth is.")
    hint: str = Field(
        default="", description="That the axes of a position may be exchanged, if so; else empty."
    )
    attribution: Attribution


@api.get("/v1/distance", "How far, and in which direction?", Distance, statuses=(404,))
def distance(query: DistanceParams) -> Reply:
    """Measure from one place to another."""
    found = seen().gazetteer.distance(query.start, query.end)
    return Reply(Distance.model_validate(found), (found.start, found.end))


def swap_hint(text: str | None) -> str:
    """Say that the axes of a written position may be exchanged, if so."""
    return seen().gazetteer.swap_hint(text) if text else ""


class SuggestParams(Params):
    """Of `/v1/suggest`."""

    text: Name = said("The beginning of a name, or of words in it.", "Sara", default=...)
    kind: KindName | None = said("Only places of this kind.", "settlement")
    limit: Whole = said("The most places to give.", default=10, ge=1, le=50)


class Suggestion(Answer):
    """A place to choose, and its spelling that is like what was typed."""

    text: str
    place: Place


class Suggestions(Answer):
    """Places to choose from, the likeliest first."""

    suggestions: list[Suggestion]
    attribution: Attribution


@api.get(
    "/v1/suggest",
    "Which places have a name that begins so, or sounds so?",
    Suggestions,
    description="For lists to choose from while someone types, in either script: names that begin so first, "
    "then those that are alike. It knows no confidence: for a finished name ask `/v1/resolve`.",
)
def suggest(query: SuggestParams) -> Reply:
    """Suggest places while someone types."""
    kinds = kinds_meant_by(query.kind) if query.kind else None
    found = seen().gazetteer.suggest(query.text, kinds=kinds, limit=query.limit)
    listed = [{"text": text, "place": place} for place, text in found]
    return Reply({"suggestions": listed}, (place for place, _ in found))
