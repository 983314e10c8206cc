"""What the gazetteer holds, which version it is, and whom to quote."""

from importlib import metadata

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from service.params.base import NoParams
from service.routes.answers import answers, describe, respond, written
from service.schemas.info import Info
from service.views import Views

__all__ = ["add_info"]


def add_info(api: APIBlueprint, views: Views) -> None:
    """Add the route."""
    describe(api, Info)

    @api.get(
        "/info",
        summary="What does the gazetteer hold, and whom to quote?",
        description="Where the server keeps its file is not said.",
        responses=answers("Version, counts, sources, licences.", Info),
    )
    def info(query: NoParams) -> Response:
        state = views.here()
        facts = state.info.as_json()
        body = {
            "gazetteer_version": facts["content_hash"],
            "schema_version": facts["schema_version"],
            "library_version": metadata.version("conflict-gazetteer"),
            "counts": facts["counts"],
            "tier": state.tier,
            "generalised_to_deg": state.generalised_to_deg,
            "names_withheld": state.info.names_withheld,
            "has_polygons": bool(state.gazetteer.outlines(level=1)),
            "sources": facts["sources"],
            "attribution": list(dict.fromkeys(source.attribution for source in state.info.sources)),
        }
        return respond(written(body))
