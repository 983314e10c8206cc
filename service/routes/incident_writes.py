"""Incidents stored and taken away, by those who have a key."""

from typing import Any

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.types import ResponseDict
from werkzeug.exceptions import UnsupportedMediaType

from gazetteer.errors import NotFoundError
from gazetteer.incidents import Incident
from service.deadlines import ending_in_time
from service.disclosures import wrote
from service.incident_store import Changes
from service.incidents.uploads import read_upload
from service.media import CSV, GEOJSON, JSON, MOST_COLUMNS
from service.params.incidents import DeleteParams, UploadParams
from service.routes.answers import answers, describe, problem_answer, respond, written
from service.schemas.incidents import Deleted, Stored, UploadedIncident
from service.state import State
from service.views import Views

__all__ = ["add_write_routes"]

#: How many rows without a position are named.
_NOTES = 100
_ROWS = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/UploadedIncident"}}
_FEATURES = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {"type": "array", "minItems": 1, "items": {"type": "object"}},
    },
}
_BODY = {
    "required": True,
    "description": "A table with a header (UTF-8 or UTF-16), a list of objects, or a FeatureCollection of "
    f"points: at most {MOST_COLUMNS} columns. Every row has an id of its own (`id`, `event_id`, "
    "`incident_id`, …).",
    "content": {
        CSV: {"schema": {"type": "string"}, "example": "id,date,place\npress-17,2016-05-30,Saraqeb\n"},
        JSON: {"schema": _ROWS},
        GEOJSON: {"schema": _FEATURES},
    },
}


def add_write_routes(api: APIBlueprint, views: Views) -> None:
    """Add the routes to those that read incidents: flask-openapi3 describes an address in one blueprint only.

    Who may write has been asked before any of them is reached: see :mod:`service.keys`.
    """
    describe(api, Stored, Deleted, UploadedIncident)
    _add_store(api, views)
    _add_delete(api, views)


def _add_store(api: APIBlueprint, views: Views) -> None:
    @api.post(
        "/incidents",
        summary="Store incidents.",
        description="Needs the key. Idempotent by `id`: what is stored already is replaced where it "
        "differs, so the same table sent twice changes nothing. All or nothing: where a row can't be "
        "taken, `errors` lists what is wrong row by row and nothing is stored. Positions are resolved "
        "where the rows have none. Below tier full a dry run counts all that is stored already as changed. "
        f"The body has at most {views.settings.max_body_mb} MB and {views.settings.max_rows:,} rows.",
        responses=_described("What was stored.", Stored, upload=True),
        security=[{"key": []}],
        openapi_extensions={"requestBody": _BODY},
    )
    def store(query: UploadParams) -> Response:
        state = views.here()
        most_rows = state.settings.max_rows
        read = read_upload(*_body(), state.gazetteer, most_rows=most_rows, progress=ending_in_time())
        incidents = tuple(read)
        changes = state.stored.store.upsert(incidents, source=query.source, dry_run=query.dry_run)
        if not query.dry_run:
            wrote(added=changes.added, changed=changes.changed)
        if query.dry_run and state.tier != "full":
            # Rows that were stored at tier full may hold exact positions: no guess of one is confirmed.
            changes = Changes(changes.added, changes.changed + changes.unchanged)
        rows = (read.rows + 1).tolist()
        nowhere = [pair for pair in zip(rows, incidents, strict=True) if pair[1].position is None]
        body = {
            "added": changes.added,
            "changed": changes.changed,
            "unchanged": changes.unchanged,
            "dry_run": query.dry_run,
            "source": query.source,
            "without_position": len(nowhere),
            "notes": [_note(row, incident) for row, incident in nowhere[:_NOTES]],
        }
        return respond(written(body))


def _add_delete(api: APIBlueprint, views: Views) -> None:
    @api.delete(
        "/incidents",
        summary="Delete an incident, or all of a source.",
        description="Needs the key, and either `id` or `source`.",
        responses=_described("How many were deleted.", Deleted),
        security=[{"key": []}],
    )
    def delete(query: DeleteParams) -> Response:
        state = views.here()
        if query.id is not None:
            return _deleted(state, ids=(query.id,), what=f"the id {query.id!r}")
        return _deleted(state, source=query.source, what=f"the source {query.source!r}")


def _described(description: str, model: Any, *, upload: bool = False) -> ResponseDict:
    """Return the responses of a write."""
    found = answers(description, model, not_found=not upload, incidents=True, body=upload)
    found["401"] = problem_answer("The key is missing.")
    found["403"] = problem_answer("The key isn't known, or the server takes no writes.")
    found["503"] = problem_answer("The incident store can't be written now.")
    if upload:
        found["400"] = problem_answer("The body can't be taken; `errors` lists what is wrong in each row.")
        found["415"] = problem_answer("The body is neither CSV, JSON nor GeoJSON.")
    return found


def _body() -> tuple[bytes, str]:
    """Return the body and its media type."""
    media_type = request.mimetype
    if media_type not in (CSV, JSON, GEOJSON):
        raise UnsupportedMediaType(
            f"send incidents as {CSV}, {JSON} or {GEOJSON}, and say so in Content-Type"
        )
    return request.get_data(cache=False), media_type


def _deleted(state: State, *, ids: tuple[str, ...] = (), source: str | None = None, what: str) -> Response:
    deleted = state.stored.store.delete(ids=ids, source=source)
    wrote(deleted=deleted)
    if not deleted:
        raise NotFoundError(f"no incident has {what}")
    return respond(written({"deleted": deleted}))


def _note(row: int, incident: Incident) -> dict[str, Any]:
    return {"row": row, "id": incident.id, "detail": "; ".join(incident.problems)}
