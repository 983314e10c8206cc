"""The application: `create_app` wires settings, gazetteer, incidents, routes and problems together.

Nothing is global: two applications made in one process share nothing. Importing this module opens
no file; `create_app` opens the gazetteer and reads the incidents once.

Example::

    app = create_app(Settings(incidents="incidents.csv"))
    app.test_client().get("/v1/distance?from=Aleppo&to=Idlib").get_json()["compass"]
"""

from collections.abc import Callable
from typing import Any

from flask.json.provider import DefaultJSONProvider
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError

from gazetteer.country import country
from service.audit import Audit, audit, begin_write, open_audit
from service.bodies import close_unread, limit_bodies
from service.caching import answer_unchanged, name_version, shrink
from service.concurrency import limit_at_once
from service.deadlines import start_clock
from service.headers import add_cors, add_headers, is_write, refuse_other_formats, refuse_other_names
from service.incident_store import open_store
from service.key_file import KeyFile
from service.keys import find_key, guard, identify, not_known
from service.limits import limit_rate
from service.metrics import Metrics
from service.nominatim.api import api as nominatim
from service.observing import begin, finish
from service.problems import (
    Problem,
    from_http,
    from_validation,
    refuse_repeated,
    refuse_validation,
    register_problems,
)
from service.reconcile.api import api as reconcile
from service.routes.enrich import enrich_routes
from service.routes.incidents import incident_routes
from service.routes.monitors import monitor_routes
from service.routes.names import name_routes
from service.routes.pages import page_routes
from service.routes.places import place_routes
from service.settings import Settings
from service.state import Catalogue
from service.steps import add_steps
from service.tiers import Tier
from service.views import Views

__all__ = ["create_app"]

#: Requests of others that a worker answers at a time: of its 16 threads some are left for this machine.
_AT_ONCE = 12
#: The bundled page without its inline script, which the content security policy would stop.
_SWAGGER_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<title>Conflict gazetteer: API</title>
<link rel="icon" href="swagger/images/swagger.svg">
<link rel="stylesheet" href="swagger/css/swagger-ui.css">
</head>
<body>
<div id="swagger-ui" data-url="{{ doc_url }}"></div>
<script src="swagger/js/swagger-ui-bundle.js"></script>
<script src="swagger/js/swagger-ui-standalone-preset.js"></script>
<script src="{{ url_for('static', filename='swagger-start.js') }}"></script>
</body>
</html>
"""


def create_app(settings: Settings, gazetteer: Catalogue | None = None) -> OpenAPI:
    """Make the application.

    Parameters
    ----------
    settings
        Which files to open; the address and port are for the server, not for the application.
    gazetteer
        An open gazetteer to use instead of opening the one in the settings, as tier "full" sees it. It stays
        open.

    Raises
    ------
    GazetteerFileError
        If the gazetteer cannot be opened.
    TableError
        If the incident table cannot be read.
    StoreError
        If the incident store cannot be read or written.
    KeyFileError
        If there is a file of keys that cannot be used.
    AuditError
        If the audit log cannot be written.
    """
    keys = None if settings.keys is None else KeyFile(settings.keys)
    trail = None if settings.audit is None else open_audit(settings.audit)
    tiers = _tiers_in_use(settings, keys)
    if gazetteer is None:
        from gazetteer.gazetteer import Gazetteer

        gazetteer = Gazetteer.open(settings.gazetteer, calibration=settings.calibration)
    views = Views(settings, gazetteer, open_store(settings, gazetteer))
    views.warm(tiers)
    if settings.incidents is not None or settings.store is not None:
        views.of(settings.tier).stored.now()  # before workers are forked, which then share it
    metrics = Metrics()
    metrics.describe(views.of(settings.tier).info)
    app = _described()
    _add_steps(app, views, metrics, keys, trail)
    app.register_api(monitor_routes(views, metrics, keys, trail))
    _add_routes(app, views)
    return app


def _tiers_in_use(settings: Settings, keys: KeyFile | None) -> set[Tier]:
    """Return the tiers that callers are known to have; what others see is made when the first one comes."""
    tiers: set[Tier] = {settings.tier} | ({"full"} if settings.api_key else set())
    return tiers | {key.tier for key in (keys.listed() if keys else ()) if key.revoked is None}


def _described() -> OpenAPI:
    """Return an application without routes: how it is described, and how it writes and checks."""
    app = _App(
        __name__,
        info=Info(
            title="Conflict gazetteer",
            version="1",
            description=f"Places in {country().name} by any spelling, distances that carry their "
            "uncertainty, and incidents near things.",
        ),
        doc_prefix="/v1",
        security_schemes={"key": {"type": "http", "scheme": "bearer"}},
        validation_error_status=400,
        validation_error_model=Problem,
        validation_error_callback=refuse_validation,
    )
    app.config["SWAGGER_HTML_STRING"] = _SWAGGER_PAGE
    app.json = _Json(app)
    return app


def _add_steps(
    app: OpenAPI, views: Views, metrics: Metrics, keys: KeyFile | None, trail: Audit | None
) -> None:
    """Add what is done for every request, in this order: the log and the figures come first and last."""
    settings = views.settings
    kept_at = settings.rate_limits_at.get_secret_value() if settings.rate_limits_at else None
    register_problems(app)
    find = find_key(settings, () if keys is None else (keys.find,))
    add_steps(
        app,
        before=(
            begin(metrics),
            refuse_other_names(settings),
            identify(settings, find, not_known if keys is None else keys.why_refused),
            limit_rate(per_address=settings.rate_limit, per_key=settings.key_rate_limit, kept_at=kept_at),
            limit_at_once(app, per_caller=settings.max_at_once, in_all=_AT_ONCE),
            guard(settings),
            *(() if trail is None else (begin_write(trail, is_write),)),
            limit_bodies(app, settings),
            start_clock(settings.max_seconds),
            refuse_repeated,
            answer_unchanged(views),
        ),
        after=(
            refuse_other_formats(from_http),
            *(() if trail is None else (audit(trail, is_write),)),
            add_cors(app, settings),
            name_version(views),
            shrink(app),
            close_unread,
            add_headers,
            finish(metrics),
        ),
    )


def _add_routes(app: OpenAPI, views: Views) -> None:
    """Add every route: ours, and those in other people's shapes, which our OpenAPI document leaves out."""
    for ours in (page_routes, name_routes, place_routes, incident_routes, enrich_routes):
        app.register_api(ours(views))
    app.extensions["gazetteer.views"] = views
    app.register_error_handler(ValidationError, from_validation)
    app.register_blueprint(nominatim)
    app.register_blueprint(reconcile)


class _App(OpenAPI):
    """An application without asynchronous routes, so that no step of a request need be looked at for that."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


class _Json(DefaultJSONProvider):
    """Names in their own script, fields in the order that they were given."""

    ensure_ascii = False
    sort_keys = False
