"""For monitors: is the server up, is it ready, what has it done?"""

from flask import Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST

from gazetteer.errors import GazetteerFileError
from service.answers import Answer
from service.audit import AuditError, AuditLog
from service.databases import StoreError
from service.endpoint import Endpoints
from service.errors import NotReadyError
from service.key_file import KeyFile, KeyFileError
from service.telemetry import Metrics
from service.tiers import seen

api = Endpoints("health", tag="Service")


class Status(Answer):
    """How the server is."""

    status: str


@api.get("/healthz", "Is the server up?", Status, open=True, tells=False, made_of="now")
def healthz() -> Status:
    """Say that the server is up."""
    return Status(status="ok")


@api.get(
    "/readyz",
    "Can the server answer?",
    Status,
    description="503, with what is amiss, once the gazetteer file was replaced, changed or taken away, or "
    "the keys can't be read; where writes are taken also if the incident store or the audit log "
    "can't be written.",
    tells=False,
    made_of="now",
)
def readyz() -> Status:
    """Say whether the server can answer."""
    here = seen()
    keys: KeyFile | None = current_app.extensions["gazetteer.keys"]
    log: AuditLog | None = current_app.extensions["gazetteer.audit"]
    try:
        here.gazetteer.check()
    except GazetteerFileError as error:
        raise NotReadyError(
            "the gazetteer file was replaced, changed or taken away: restart the server to use another"
        ) from error
    try:
        store = here.incidents.store
        if here.settings.has_keys:
            store.check_writable()
        else:
            store.change()
    except StoreError as error:
        raise NotReadyError("the incident store can't be used: the log says why") from error
    try:
        if keys is not None:
            keys.check()
    except KeyFileError as error:
        raise NotReadyError(
            "the file of keys can't be read: no key in it is accepted, and the log says why"
        ) from error
    try:
        if log is not None:
            log.check()
    except AuditError as error:
        raise NotReadyError("the audit log can't be written: look at its folder and disk") from error
    return Status(status="ready")


@api.get(
    "/metrics",
    "Figures for Prometheus.",
    description="For this machine, or with a key.",
    media={"text/plain": str},
    operator=True,
    tells=False,
    made_of="now",
)
def metrics() -> Response:
    """Return the figures."""
    figures: Metrics = current_app.extensions["gazetteer.metrics"]
    return Response(figures.text(), content_type=CONTENT_TYPE_LATEST)
