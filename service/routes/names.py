"""Names and positions: resolve, reverse, distance, suggest."""

from collections.abc import Callable

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from gazetteer.answers import place_as_json
from gazetteer.geodesy import LatLon
from gazetteer.kinds import kinds_meant_by
from service.params.base import NoParams
from service.params.bodies import read_body, takes
from service.params.names import (
    MOST_POINTS,
    MOST_QUERIES,
    DistanceParams,
    PointsBody,
    QueriesBody,
    ResolveParams,
    ReverseParams,
    SuggestParams,
)
from service.routes.answers import answers, describe, respond, written
from service.routes.many import resolve_many, reverse_many
from service.routes.resolutions import Resolutions
from service.schemas import names as schemas
from service.schemas.places import Suggestions
from service.views import Views

__all__ = ["name_routes"]


def name_routes(views: Views) -> APIBlueprint:
    """Return the routes for names and positions."""
    api = APIBlueprint("names", __name__, url_prefix="/v1", abp_tags=[Tag(name="Places")])
    describe(api, schemas.Resolution, schemas.Resolutions, schemas.Located, schemas.LocatedPoints)
    describe(api, schemas.Distance, Suggestions, QueriesBody, PointsBody)
    resolutions = views.each(Resolutions)
    _one_at_a_time(api, views, resolutions)
    _many_at_a_time(api, views, resolutions)

    @api.get(
        "/distance",
        summary="How far, and in which direction?",
        responses=answers(
            "Geodesic metres on WGS 84, with the least and the most.", schemas.Distance, not_found=True
        ),
    )
    def distance(query: DistanceParams) -> Response:
        state = views.here()
        found = state.gazetteer.distance(query.start, query.end)
        quoted = state.attribution((found.start, found.end))
        return respond(written({**found.as_json(), "attribution": quoted}))

    @api.get(
        "/suggest",
        summary="Which places have a name that begins so?",
        description="For lists to choose from while someone types, in either script. It knows no confidence: "
        "for a finished name ask `/v1/resolve`.",
        responses=answers("Places, the likeliest first.", Suggestions),
    )
    def suggest(query: SuggestParams) -> Response:
        state = views.here()
        kinds = kinds_meant_by(query.kind) if query.kind else None
        found = state.gazetteer.suggest(query.text, kinds=kinds, limit=query.limit)
        quoted = state.attribution(place for place, _ in found)
        listed = [{"text": text, "place": place_as_json(place)} for place, text in found]
        return respond(written({"suggestions": listed, "attribution": quoted}))

    return api


def _one_at_a_time(api: APIBlueprint, views: Views, resolutions: Callable[[], Resolutions]) -> None:
    @api.get(
        "/resolve",
        summary="Which place does a spelling mean?",
        responses=answers("Matches, best first.", schemas.Resolution),
    )
    def resolve(query: ResolveParams) -> Response:
        return respond(
            resolutions()
            .answer(query.text, query.area, query.kind, (), query.limit, query.min_confidence)
            .written
        )

    @api.get(
        "/reverse",
        summary="Which areas hold a position?",
        responses=answers("Areas and the nearest settlement.", schemas.Located),
    )
    def reverse(query: ReverseParams) -> Response:
        state = views.here()
        found = state.gazetteer.reverse(LatLon(query.lat, query.lon))
        quoted = state.attribution(() if found.nearest is None else (found.nearest,), found.admin)
        return respond(written({**found.as_json(), "attribution": quoted}))


def _many_at_a_time(api: APIBlueprint, views: Views, resolutions: Callable[[], Resolutions]) -> None:
    @api.post(
        "/resolve",
        summary=f"Which places do up to {MOST_QUERIES:,} spellings mean?",
        description="Each query is answered by itself, in the order given. One whose area, kind or position "
        "can't be used gets a problem in its place, and the others their answers.",
        responses=answers("An answer or a problem for each query.", schemas.Resolutions, body=True),
        openapi_extensions=takes(QueriesBody),
    )
    def resolve_each(query: NoParams) -> Response:
        return respond(resolve_many(resolutions(), read_body(QueriesBody).queries))

    @api.post(
        "/reverse",
        summary=f"Which areas hold up to {MOST_POINTS:,} positions?",
        description="As GET gives them, without the nearest settlement.",
        responses=answers("The areas of each position.", schemas.LocatedPoints, body=True),
        openapi_extensions=takes(PointsBody),
    )
    def reverse_each(query: NoParams) -> Response:
        return respond(reverse_many(views.here(), read_body(PointsBody).points))
