"""For monitors: is the server up, is it ready, what has it done?"""

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from prometheus_client import CONTENT_TYPE_LATEST

from gazetteer.errors import GazetteerFileError
from service.audit import Audit
from service.audit_log import AuditError
from service.incident_store import StoreError
from service.key_file import KeyFile, KeyFileError
from service.keys import require_key_from_elsewhere
from service.metrics import Metrics
from service.params.base import NoParams
from service.routes.answers import answers, problem_answer
from service.state import NotReadyError, State
from service.views import Views

__all__ = ["monitor_routes"]


def monitor_routes(views: Views, metrics: Metrics, keys: KeyFile | None, trail: Audit | None) -> APIBlueprint:
    """Return the routes."""
    api = APIBlueprint("monitors", __name__, abp_tags=[Tag(name="Service")])

    @api.get("/healthz", summary="Is the server up?", responses=answers("It is."))
    def healthz(query: NoParams) -> dict[str, str]:
        return {"status": "ok"}

    @api.get(
        "/readyz",
        summary="Can the server answer?",
        description="503, with what is amiss, once the gazetteer file was replaced, changed or taken away, "
        "or the incident store or the audit log can't be written, or the keys can't be read.",
        responses={**answers("It can."), "503": problem_answer("It can't.")},
    )
    def readyz(query: NoParams) -> dict[str, str]:
        state = views.here()
        _check_gazetteer(state)
        _check_store(state)
        _check_keys(keys)
        _check_audit(trail)
        return {"status": "ready"}

    @api.get(
        "/metrics",
        summary="Figures for Prometheus.",
        description="For this machine, or with the key.",
        responses={
            **answers("The figures, of all processes.", media_type="text/plain"),
            "401": problem_answer("From another machine it needs the key."),
            "403": problem_answer("The key isn't known."),
        },
    )
    def metrics_text(query: NoParams) -> Response:
        require_key_from_elsewhere(request, views.settings)
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    return api


def _check_gazetteer(state: State) -> None:
    try:
        state.gazetteer.check()
    except GazetteerFileError as error:
        raise NotReadyError(
            "the gazetteer file was replaced, changed or taken away: restart the server to use another"
        ) from error


def _check_store(state: State) -> None:
    try:
        state.stored.store.check_writable()
    except StoreError as error:
        raise NotReadyError("the incident store can't be written: the log says why") from error


def _check_keys(keys: KeyFile | None) -> None:
    try:
        if keys is not None:
            keys.check()
    except KeyFileError as error:
        raise NotReadyError(
            "the file of keys can't be read: no key in it is accepted, and the log says why"
        ) from error


def _check_audit(trail: Audit | None) -> None:
    try:
        if trail is not None:
            trail.check()
    except AuditError as error:
        raise NotReadyError("the audit log can't be written: look at its folder and disk") from error
