"""The collections of the gazetteer: places, facilities among them, and areas with their shapes."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Annotated, Any, Literal

import shapely
from flask import Response, json
from pydantic import Field, WithJsonSchema
from shapely.geometry.base import BaseGeometry

from gazetteer.errors import NotFoundError
from gazetteer.geodesy import BoundingBox
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.near import area_named
from gazetteer.values import Place
from service.answers import GEOJSON, Answer, Degrees, PlaceFacts, Point
from service.audit import tell
from service.endpoint import Endpoints
from service.ogc.items import (
    FORMS,
    HTML,
    Days,
    Items,
    ItemsParams,
    One,
    OneParams,
    Page,
    span,
    written,
    written_alone,
)
from service.params import KindName, Name, PlaceId, Whole, said
from service.tiers import seen

api = Endpoints("ogc_places", tag="Places")
#: A tenth of a metre, as RFC 7946, 11.2 advises.
_DECIMALS = 6
#: How far a line for maps may leave the true one: 200 m, less than a pixel until streets are told apart.
_COARSE_DEG = 0.002
_ADMIN = tuple(kind for kind in PlaceKind if kind.group == "admin")


_Drawn = Annotated[
    Literal["point", "simplified", "full"],
    Field(
        description="The geometry: a point, or the line or outline of a place that has one, for maps or with "
        "every corner."
    ),
]


class PlaceParams(OneParams):
    """Of a place."""

    shape: _Drawn = "point"


class PlacesParams(ItemsParams):
    """Which places."""

    kind: KindName | None = said("Only of this kind or group: hospital, settlement.", "settlement")
    area: Name | None = said("Only in this area: a name or P-code.", "Idlib")
    order: Literal["id", "importance"] = Field(
        default="id",
        description="importance: most inhabitants first, then what a district or a sub-district is named "
        "after, then the others.",
    )
    shape: _Drawn = "point"


class PlaceProperties(PlaceFacts):
    """What is known of a place, with its areas as columns."""

    latitude: Degrees
    longitude: Degrees
    adm1_pcode: str | None = said("OCHA's code of its governorate.")
    adm1_name: str | None = None
    adm2_pcode: str | None = said("Of its district.")
    adm2_name: str | None = None
    adm3_pcode: str | None = said("Of its sub-district.")
    adm3_name: str | None = None


class Drawn(Answer):
    """A GeoJSON line or polygon, or several: longitude first."""

    type: Literal["LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]


class PlaceFeature(One):
    """A place as GeoJSON."""

    type: Literal["Feature"]
    id: str
    geometry: Point | Drawn
    properties: PlaceProperties


def _properties(place: Place) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(place, name) for name in PlaceFacts.model_fields}
    at = place.position
    facts |= {"latitude": at.latitude, "longitude": at.longitude}
    for unit in place.admin:
        facts |= {f"adm{unit.level}_pcode": unit.pcode, f"adm{unit.level}_name": unit.name}
    return PlaceProperties.model_validate(facts).model_dump(mode="json")


def _feature(place: Place, shape: str) -> dict[str, Any]:
    properties = _properties(place)
    geometry = {"type": "Point", "coordinates": [properties["longitude"], properties["latitude"]]}
    if shape != "point" and (wkb := seen().gazetteer.shape(place.id)):
        drawn = shapely.from_wkb(wkb)
        geometry = _geometry(drawn.simplify(_COARSE_DEG) if shape == "simplified" else drawn)
    return {"type": "Feature", "id": place.id, "geometry": geometry, "properties": properties}


def _importance(place: Place) -> tuple[int, int, str]:
    """Return what sorts places, the most important first."""
    named_after = [unit.level for unit in place.admin if unit.name == place.name]
    return -(place.population or 0), min(named_after, default=9), place.id


def _geometry(shape: BaseGeometry) -> dict[str, Any]:
    """Return a shape as GeoJSON: outer rings counter-clockwise (RFC 7946, 3.1.6)."""
    rounded = shapely.transform(shapely.orient_polygons(shape), lambda corners: corners.round(_DECIMALS))
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return geometry


def _existed(place: Place, days: Days | None) -> bool:
    """Tell whether a place may have existed on one of some days; its own may be months or years."""
    first, last = (day.isoformat() if day else None for day in days or (None, None))
    begun = not (last and place.valid_from) or place.valid_from <= last
    return begun and (not (first and place.valid_to) or place.valid_to >= first[: len(place.valid_to)])


def _listed(query: PlacesParams, *, title: str, group: str | None = None) -> Response:
    """Return a page of places in the order of their ids."""
    here = seen()
    area = area_named(here.gazetteer, query.area, parameter="area").id if query.area else None
    kinds = set(PlaceKind)
    for words in filter(None, (query.kind, group)):
        kinds &= set(kinds_meant_by(words))
    boxes: Iterable[BoundingBox | None] = query.bbox or (None,)
    found = (one for box in boxes for one in here.gazetteer.places(kinds=kinds, area=area, bbox=box))
    order: Callable[[Place], Any] = _importance if query.order == "importance" else attrgetter("id")
    chosen = sorted((one for one in found if _existed(one, query.datetime)), key=order)
    part, after = span(query, len(chosen), listed=here.info.content_hash)
    tell(chosen[part])
    features = [_feature(one, query.shape) for one in chosen[part]]
    return written(query, Page(features, len(chosen), after, here.quoted(chosen[part])), title=title)


def _alone(query: PlaceParams, place_id: str, group: str | None = None) -> Response:
    here, found = seen(), seen().gazetteer.place(place_id)
    if group is not None and found.kind not in kinds_meant_by(group):
        raise NotFoundError(f"{place_id} is a {found.kind}: ask for it among places")
    tell((found,))
    return written_alone(query, _feature(found, query.shape), here.quoted((found,)))


@api.get(
    "/ogc/collections/places/items", "Places.", media={GEOJSON: Items[PlaceFeature], **FORMS}, statuses=(410,)
)
def places(query: PlacesParams) -> Response:
    """List places."""
    return _listed(query, title="Places")


@api.get(
    "/ogc/collections/places/items/<path:id>",
    "A place.",
    media={GEOJSON: PlaceFeature, HTML: str},
    statuses=(404,),
)
def place(id: PlaceId, query: PlaceParams) -> Response:
    """Return a place."""
    return _alone(query, id)


@api.get(
    "/ogc/collections/facilities/items",
    "Hospitals, clinics and other facilities.",
    media={GEOJSON: Items[PlaceFeature], **FORMS},
    statuses=(410,),
)
def facilities(query: PlacesParams) -> Response:
    """List facilities."""
    return _listed(query, title="Facilities", group="facility")


@api.get(
    "/ogc/collections/facilities/items/<id>",
    "A facility.",
    media={GEOJSON: PlaceFeature, HTML: str},
    statuses=(404,),
)
def facility(id: PlaceId, query: PlaceParams) -> Response:
    """Return a facility."""
    return _alone(query, id, "facility")


# --------------------------------------------------------------------------------------------- areas


_Level = Annotated[Whole, Field(ge=0, le=3), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 3})]
_Detail = Annotated[
    Literal["simplified", "full"], Field(description="Shapes for maps, or with every corner.")
]


class AreaParams(OneParams):
    """Of an area."""

    shape: _Detail = "simplified"


class AreasParams(ItemsParams):
    """Which areas."""

    level: _Level | None = said("0 the country, 1 governorates, 2 districts, 3 sub-districts.", 1)
    shape: _Detail = "simplified"


class Shape(Answer):
    """A GeoJSON polygon or several: longitude first, outer rings counter-clockwise."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]


class AreaProperties(PlaceProperties):
    """What is known of an area; its id is OCHA's P-code, its position a point that stands for it."""

    level: int


class AreaFeature(One):
    """An area as GeoJSON; without a shape in the gazetteer its geometry is null."""

    type: Literal["Feature"]
    id: str
    geometry: Shape | None
    properties: AreaProperties


@api.get(
    "/ogc/collections/areas/items",
    "Administrative areas with their shapes.",
    media={GEOJSON: Items[AreaFeature], **FORMS},
    description="Where the gazetteer file has no polygons, the geometries are null; the properties have a "
    "point of each area all the same, and `bbox` looks at that.",
    statuses=(410,),
    tells=False,
)
def areas(query: AreasParams) -> Response:
    """List areas."""
    here = seen()
    kinds = [kind for kind in _ADMIN if query.level in (None, kind.admin_level)]
    shapes: dict[str, bytes] = {}
    for level in range(4) if query.level is None else [query.level]:
        shapes |= here.gazetteer.outlines(level=level, simplified=query.shape == "simplified")
    every = (one for one in here.gazetteer.places(kinds=kinds) if _existed(one, query.datetime))
    chosen = [one for one in every if query.bbox is None or _meets(one, shapes.get(one.id), query.bbox)]
    part, after = span(query, len(chosen), listed=here.info.content_hash)
    features = [_area(one, shapes.get(one.id)) for one in chosen[part]]
    return written(query, Page(features, len(chosen), after, here.quoted(chosen[part])), title="Areas")


@api.get(
    "/ogc/collections/areas/items/<id>",
    "An area by its P-code, with its shape.",
    media={GEOJSON: AreaFeature, HTML: str},
    statuses=(404,),
    tells=False,
)
def area(id: PlaceId, query: AreaParams) -> Response:
    """Return an area."""
    here = seen()
    try:
        found = here.gazetteer.place(id)
    except NotFoundError:
        found = here.gazetteer.place(id.upper())
    if found.kind not in _ADMIN:
        raise NotFoundError(
            f"{id} is a {found.kind}, not an area: ask for /ogc/collections/places/items/{id}"
        )
    outline = here.gazetteer.outline(found.id, simplified=query.shape == "simplified")
    return written_alone(query, _area(found, outline), here.quoted((found,)))


def _area(area: Place, wkb: bytes | None) -> dict[str, Any]:
    """Return an area as GeoJSON."""
    shape = None
    if wkb is not None:
        shape = _geometry(shapely.from_wkb(wkb))
    properties = {**_properties(area), "level": area.kind.admin_level}
    return {"type": "Feature", "id": area.id, "geometry": shape, "properties": properties}


def _meets(area: Place, wkb: bytes | None, boxes: Iterable[BoundingBox]) -> bool:
    if wkb is None:
        return any(box.contains(area.position) for box in boxes)
    shape = shapely.from_wkb(wkb)
    return any(shape.intersects(shapely.box(box.west, box.south, box.east, box.north)) for box in boxes)
