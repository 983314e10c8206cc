"""For monitors: is the server up, is it ready, what has it done?"""

from collections.abc import Callable

from flask import Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gazetteer.errors import GazetteerError
from service.answers import Answer
from service.audit import AuditLog
from service.endpoint import Endpoints
from service.errors import NotReadyError
from service.key_file import KeyFile
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
    here, extensions = seen(), current_app.extensions
    keys: KeyFile | None = extensions["gazetteer.keys"]
    log: AuditLog | None = extensions["gazetteer.audit"]
    store = here.incidents.store
    _check(
        here.gazetteer.check,
        "the gazetteer file was replaced, changed or taken away: restart the server to use another",
    )
    _check(
        store.check_writable if here.settings.has_keys else store.change,
        "the incident store can't be used: the log says why",
    )
    if keys is not None:
        _check(keys.listed, "the file of keys can't be read: no key in it is accepted, and the log says why")
    if log is not None:
        _check(log.check, "the audit log can't be written: look at its folder and disk")
    return Status(status="ready")


def _check(works: Callable[[], object], amiss: str) -> None:
    try:
        works()
    except GazetteerError as error:
        raise NotReadyError(amiss) from error


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
    return Response(generate_latest(figures.registry), content_type=CONTENT_TYPE_LATEST)
