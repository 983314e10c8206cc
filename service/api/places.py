"""Places and areas: one with its facts, lists of them, and what the gazetteer holds."""

from itertools import dropwhile, islice
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import shapely
from flask import Response, json, request
from pydantic import Field

from gazetteer.errors import NotFoundError
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.lookups import library_version
from gazetteer.near import area_named
from service.answers import (
    GEOJSON,
    AdminStep,
    Answer,
    Attribution,
    Degrees,
    Place,
    PlaceFacts,
    Point,
    Radius_m,
)
from service.audit import tell
from service.cursors import cursor_after, held_in
from service.endpoint import Endpoints, Reply
from service.params import Box, Flag, KindName, Name, Params, Whole, said
from service.tiers import Tier, seen

api = Endpoints("places", tag="Places")
#: A tenth of a metre, as RFC 7946, 11.2 advises.
_DECIMALS = 6


# -------------------------------------------------------------------------------------------- places


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


PlaceId = Annotated[
    str,
    said("A place's id.", "SY07", default=..., min_length=1, max_length=100),
]


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


class PlacesParams(Params):
    """Of `/v1/places`: which, how many, and from where on."""

    kind: KindName | None = said(
        "Only places of this kind or group: facility, hospital, settlement.", "settlement"
    )
    bbox: Box | None = said("Only places in this box: west,south,east,north in degrees.", "36.5,35.8,37,36")
    area: Name | None = said("Only places in this area: a name or P-code.", "Idlib")
    limit: Whole = said("The most places in one page.", default=100, ge=1, le=1000)
    cursor: Name | None = said("From where on, as `next` of the page before has it; else 410.")
    format: Literal["json", "geojson"] = said("How the places are written.", default="json")


class PlaceList(Answer):
    """Places in the order of their ids, a page at a time."""

    places: list[Place]
    next: str | None = Field(description="The address of the next page; null on the last.")
    attribution: Attribution


class PlaceFeature(Answer):
    """A place as GeoJSON."""

    type: Literal["Feature"]
    id: str
    geometry: Point
    properties: PlaceFacts


class PlaceCollection(Answer):
    """The same page of places as GeoJSON, with two members of our own."""

    type: Literal["FeatureCollection"]
    features: list[PlaceFeature]
    next: str | None = Field(description="The address of the next page; null on the last.")
    attribution: Attribution


@api.get(
    "/v1/places",
    "Places in a box or an area, of a kind.",
    media={"application/json": PlaceList, GEOJSON: PlaceCollection},
    description="In the order of ids. `next` is the address of the next page; its cursor holds as long as "
    "the gazetteer is the same version.",
    statuses=(410,),
)
def list_places(query: PlacesParams) -> Response:
    """List places."""
    here = seen()
    asked = query.model_dump_json(exclude={"limit", "cursor", "format"})
    version = here.info.content_hash
    after = held_in(query.cursor, str, listed=version, question=asked) if query.cursor else ""
    area = area_named(here.gazetteer, query.area, parameter="area").id if query.area else None
    kinds = kinds_meant_by(query.kind) if query.kind else None
    chosen = here.gazetteer.places(kinds=kinds, area=area, bbox=query.bbox)
    found = list(islice(dropwhile(lambda one: one.id <= after, chosen), query.limit + 1))
    page = found[: query.limit]
    tell(page)
    following = None
    if len(found) > query.limit:
        cursor = cursor_after(page[-1].id, listed=version, question=asked)
        following = f"{request.path}?{urlencode({**request.args, 'cursor': cursor})}"
    rest = {"next": following, "attribution": here.quoted(page)}
    listed: Answer
    if query.format == "geojson":
        features = [
            {
                "type": "Feature",
                "id": one.id,
                "geometry": {
                    "type": "Point",
                    "coordinates": [one.position.longitude, one.position.latitude],
                },
                "properties": one,
            }
            for one in page
        ]
        listed = PlaceCollection.model_validate({"type": "FeatureCollection", "features": features, **rest})
        return Response(listed.model_dump_json() + "\n", content_type=GEOJSON)
    listed = PlaceList.model_validate({"places": page, **rest})
    return Response(listed.model_dump_json() + "\n", content_type="application/json")


# --------------------------------------------------------------------------------------------- areas


class Shape(Answer):
    """A GeoJSON polygon or several: longitude first, outer rings counter-clockwise."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]


class AreaFacts(Answer):
    """What is known of an area, its shape aside."""

    pcode: str = Field(description="OCHA's code.")
    name: str
    name_ar: str
    level: int = Field(ge=0, le=3, description="0 the country, 1 governorate, 2 district, 3 sub-district.")
    parents: list[AdminStep] = Field(description="The areas that it lies in, governorate first.")
    latitude: Degrees = Field(description="Of a point that stands for it.")
    longitude: Degrees
    uncertainty_m: Radius_m = Field(description="Metres from that point to its farthest border.")
    population: int | None
    sources: list[str]


class Area(AreaFacts):
    """An area."""

    polygon: Shape | None = Field(
        description="null where it wasn't asked for, and where the gazetteer has no shape for this area."
    )
    attribution: Attribution


class AreaParams(Params):
    """Of `/v1/areas/{pcode}`."""

    polygon: Literal["none", "simplified", "full"] = said(
        "The area's shape: `simplified` for maps, or `full`.", default="none"
    )


PCode = Annotated[
    str,
    said("OCHA's code.", "SY07", default=..., min_length=1, max_length=20),
]


@api.get("/v1/areas/<pcode>", "An area by its P-code.", Area, statuses=(404,), tells=False)
def get_area(pcode: PCode, query: AreaParams) -> Reply:
    """Return an area."""
    try:
        found = seen().gazetteer.place(pcode)
    except NotFoundError:
        found = seen().gazetteer.place(pcode.upper())
    if found.kind.group != "admin":
        raise NotFoundError(f"{pcode} is a {found.kind}, not an area: ask /v1/places/{pcode}")
    wkb = None
    if query.polygon != "none":
        wkb = seen().gazetteer.outline(found.id, simplified=query.polygon != "full")
    shape = None if wkb is None else _as_geojson(wkb)
    return Reply({**_facts(found), "polygon": shape}, (found,))


class AreasParams(Params):
    """Of `/v1/areas`."""

    level: Whole = said("0 the country, 1 governorates, 2 districts, 3 sub-districts.", default=1, ge=0, le=3)


class AreaFeature(Answer):
    """An area as GeoJSON; without a shape in the gazetteer its geometry is null."""

    type: Literal["Feature"]
    id: str
    geometry: Shape | None
    properties: AreaFacts


class AreaCollection(Answer):
    """All areas of a level, with simplified shapes."""

    type: Literal["FeatureCollection"]
    features: list[AreaFeature]
    attribution: Attribution


@api.get(
    "/v1/areas",
    "The areas of a level, with simplified shapes.",
    AreaCollection,
    media={GEOJSON: AreaCollection},
    description="The base layer of a map. Where the gazetteer file has no polygons, the geometries are null; "
    "the properties have a point of each area all the same.",
    tells=False,
)
def list_areas(query: AreasParams) -> Reply:
    """List the areas of a level."""
    gazetteer = seen().gazetteer
    kinds = [kind for kind in PlaceKind if kind.admin_level == query.level]
    found = list(gazetteer.places(kinds=kinds))
    shapes = {pcode: _as_geojson(wkb) for pcode, wkb in gazetteer.outlines(level=query.level)}
    features = [
        {"type": "Feature", "id": one.id, "geometry": shapes.get(one.id), "properties": _facts(one)}
        for one in found
    ]
    return Reply({"type": "FeatureCollection", "features": features}, found)


def _facts(area: Any) -> dict[str, Any]:
    level = area.kind.admin_level or 0
    return {
        "pcode": area.id,
        "level": level,
        "parents": tuple(unit for unit in area.admin if unit.level < level),
        "latitude": area.position.latitude,
        "longitude": area.position.longitude,
        **{name: getattr(area, name) for name in "name name_ar uncertainty_m population sources".split()},
    }


def _as_geojson(wkb: bytes) -> Any:
    """Return a polygon or several as GeoJSON: outer rings counter-clockwise (RFC 7946, 3.1.6)."""
    shape = shapely.orient_polygons(shapely.from_wkb(wkb))
    rounded = shapely.transform(shape, lambda corners: corners.round(_DECIMALS))
    return json.loads(shapely.to_geojson(rounded))


# ---------------------------------------------------------------------------------------------- info


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
    calibration_version: str = Field(description="SHA-256 of what confidences and radii promise.")
    counts: dict[str, int] = Field(description="Places of each kind.")
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
        tier=here.tier,
        generalised_to_deg=facts.generalised_to_deg,
        names_withheld=facts.names_withheld,
        has_polygons=bool(here.gazetteer.outlines(level=1)),
        sources=[SourceFacts.model_validate(one) for one in facts.sources],
        attribution=list(dict.fromkeys(one.attribution for one in facts.sources)),
    )
