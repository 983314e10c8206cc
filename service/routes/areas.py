"""Areas: one with its facts and, on request, its shape; a level of them as a map's base layer."""

from functools import lru_cache
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from gazetteer.answers import admin_as_json
from gazetteer.errors import NotFoundError
from gazetteer.kinds import PlaceKind
from gazetteer.values import Place
from service.media import GEOJSON
from service.params.places import AreaParams, AreaPath, AreasParams
from service.routes.answers import answers, describe, respond, written
from service.routes.shapes import as_geojson
from service.schemas.areas import Area, AreaCollection
from service.state import State
from service.views import Views

__all__ = ["add_areas"]


def add_areas(api: APIBlueprint, views: Views) -> None:
    """Add the routes."""
    describe(api, Area, AreaCollection)

    @api.get(
        "/areas/<pcode>",
        summary="An area by its P-code.",
        responses=answers("The area, with its shape where asked for.", Area, not_found=True),
    )
    def area(path: AreaPath, query: AreaParams) -> Response:
        state = views.here()
        found = state.gazetteer.place(path.pcode.upper())
        if found.kind.group != "admin":
            raise NotFoundError(f"{path.pcode} is a {found.kind}, not an area: ask /v1/places/{path.pcode}")
        wkb = None
        if query.polygon != "none":
            wkb = state.gazetteer.outline(found.id, simplified=query.polygon != "full")
        shape = None if wkb is None else as_geojson(wkb)
        return respond(
            written({**_facts(found), "polygon": shape, "attribution": state.attribution((found,))})
        )

    levels = views.each(lambda state: lru_cache(lambda level: written(_collection(state, level))))

    @api.get(
        "/areas",
        summary="The areas of a level, with simplified shapes.",
        description="The base layer of a map. Where the gazetteer file has no polygons, the geometries are "
        "null; the properties have a point of each area all the same.",
        responses=answers("A GeoJSON FeatureCollection.", AreaCollection, media_type=GEOJSON),
    )
    def areas(query: AreasParams) -> Response:
        return respond(levels()(query.level), GEOJSON)


def _collection(state: State, level: int) -> dict[str, Any]:
    kinds = [kind for kind in PlaceKind if kind.admin_level == level]
    found = list(state.gazetteer.places(kinds=kinds))
    shapes = {pcode: as_geojson(wkb) for pcode, wkb in state.gazetteer.outlines(level=level)}
    features = [
        {"type": "Feature", "id": place.id, "geometry": shapes.get(place.id), "properties": _facts(place)}
        for place in found
    ]
    return {"type": "FeatureCollection", "features": features, "attribution": state.attribution(found)}


def _facts(area: Place) -> dict[str, Any]:
    level = area.kind.admin_level or 0
    return {
        "pcode": area.id,
        "name": area.name,
        "name_ar": area.name_ar,
        "level": level,
        "parents": admin_as_json(tuple(unit for unit in area.admin if unit.level < level)),
        "latitude": round(area.position.latitude, 6),
        "longitude": round(area.position.longitude, 6),
        "uncertainty_m": round(area.uncertainty_m),
        "population": area.population,
        "sources": list(area.sources),
    }
