"""Places by id, by area and by box, and facilities among them."""

from collections.abc import Collection
from itertools import dropwhile, islice
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from gazetteer.answers import place_as_json
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.near import area_named
from gazetteer.values import Place
from service.media import GEOJSON
from service.params.places import (
    FACILITIES,
    FacilitiesParams,
    PageParams,
    PlaceParams,
    PlacePath,
    PlacesParams,
)
from service.routes.answers import answers, describe, respond, written
from service.routes.areas import add_areas
from service.routes.info import add_info
from service.routes.paging import cursor_after, id_in_cursor
from service.schemas.places import OnePlace, PlaceCollection, PlaceList
from service.state import State
from service.views import Views

__all__ = ["place_routes"]

_PAGES = (
    "In the order of ids. `next` is the address of the next page; its cursor holds as long as the gazetteer "
    "is the same version."
)


def place_routes(views: Views) -> APIBlueprint:
    """Return the routes for places, areas and the gazetteer itself."""
    api = APIBlueprint("places", __name__, url_prefix="/v1", abp_tags=[Tag(name="Places")])
    describe(api, OnePlace, PlaceList, PlaceCollection)
    lists = answers("A page of places.", PlaceList, also={GEOJSON: PlaceCollection})

    @api.get(
        "/places/<id>",
        summary="A place by its id.",
        responses=answers("The place.", OnePlace, not_found=True),
    )
    def place(path: PlacePath, query: PlaceParams) -> Response:
        state = views.here()
        found = state.gazetteer.place(path.id)
        body = place_as_json(found)
        if query.spellings:
            body["spellings"] = [
                {"text": s.text, "language": s.language, "script": s.script, "source": s.source}
                for s in state.gazetteer.spellings(found.id)
            ]
        return respond(written({**body, "attribution": state.attribution((found,))}))

    @api.get("/places", summary="Places in a box or an area, of a kind.", description=_PAGES, responses=lists)
    def places(query: PlacesParams) -> Response:
        return _page(views.here(), query, kinds_meant_by(query.kind) if query.kind else None)

    @api.get(
        "/facilities",
        summary="Hospitals and clinics in a box or an area.",
        description=_PAGES,
        responses=lists,
    )
    def facilities(query: FacilitiesParams) -> Response:
        return _page(views.here(), query, kinds_meant_by(query.kind) if query.kind else FACILITIES)

    add_areas(api, views)
    add_info(api, views)
    return api


def _page(state: State, query: PageParams, kinds: Collection[PlaceKind] | None) -> Response:
    version = state.info.content_hash
    after = "" if query.cursor is None else id_in_cursor(query.cursor, version=version)
    area = area_named(state.gazetteer, query.area, parameter="area").id if query.area else None
    chosen = state.gazetteer.places(kinds=kinds, area=area, bbox=query.bbox)
    found = list(islice(dropwhile(lambda place: place.id <= after, chosen), query.limit + 1))
    page = found[: query.limit]
    following = None
    if len(found) > query.limit:
        cursor = cursor_after(page[-1].id, version=version)
        following = f"{request.path}?{urlencode({**request.args, 'cursor': cursor})}"
    rest = {"next": following, "attribution": state.attribution(page)}
    if query.format == "geojson":
        features = [_feature(place) for place in page]
        return respond(written({"type": "FeatureCollection", "features": features, **rest}), GEOJSON)
    return respond(written({"places": [place_as_json(place) for place in page], **rest}))


def _feature(place: Place) -> dict[str, Any]:
    facts = place_as_json(place)
    latitude, longitude = facts.pop("latitude"), facts.pop("longitude")
    geometry = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "id": place.id, "geometry": geometry, "properties": facts}
