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

from service.bodies import close_unread, limit_bodies
from service.caching import answer_unchanged, name_version, shrink
from service.headers import add_cors, add_headers, refuse_other_formats, refuse_other_names
from service.incident_store import open_incidents
from service.keys import guard_reads
from service.metrics import Metrics
from service.nominatim import nominatim_routes
from service.observing import begin, finish
from service.problems import Problem, from_http, refuse_repeated, refuse_validation, register_problems
from service.reconcile import reconcile_routes
from service.routes.enrich import enrich_routes
from service.routes.incidents import incident_routes
from service.routes.monitors import monitor_routes
from service.routes.names import name_routes
from service.routes.pages import page_routes
from service.routes.places import place_routes
from service.settings import Settings
from service.state import Catalogue, State
from service.steps import add_steps

__all__ = ["create_app"]

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
        An open gazetteer to use instead of opening the one in the settings. It stays open. At tier "public"
        it is generalised, as any other.

    Raises
    ------
    GazetteerFileError
        If the gazetteer cannot be opened.
    TableError
        If the incident table cannot be read.
    StoreError
        If the incident store cannot be read or written.
    """
    lookups = _opened(settings, gazetteer)
    state = State(settings, lookups, open_incidents(settings, lookups))
    metrics = Metrics()
    metrics.describe(state)
    app = _described()
    _add_steps(app, state, metrics)
    _add_routes(app, state, metrics)
    return app


def _described() -> OpenAPI:
    """Return an application without routes: how it is described, and how it writes and checks."""
    app = _App(
        __name__,
        info=Info(
            title="Conflict gazetteer",
            version="1",
            description="Places in Syria by any spelling, distances that carry their uncertainty, "
            "and incidents near things.",
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


def _opened(settings: Settings, given: Catalogue | None) -> Catalogue:
    """Return the gazetteer that this tier may see: there is no other way to one for any route."""
    from gazetteer.catalog import Gazetteer

    gazetteer: Catalogue = Gazetteer.open(settings.gazetteer) if given is None else given
    if settings.generalised_to_deg is not None:
        gazetteer = gazetteer.generalised(settings.generalised_to_deg)
    warm: Any = getattr(gazetteer, "warm", None)
    if warm is not None:
        warm()  # before workers are forked, which then share what it makes
    return gazetteer


def _add_steps(app: OpenAPI, state: State, metrics: Metrics) -> None:
    """Add what is done for every request, in this order: the log and the figures come first and last."""
    settings = state.settings
    register_problems(app)
    add_steps(
        app,
        before=(
            begin(metrics),
            refuse_other_names(settings),
            guard_reads(settings),
            limit_bodies(app, settings),
            refuse_repeated,
            answer_unchanged(state),
        ),
        after=(
            refuse_other_formats(from_http),
            add_cors(app, settings),
            name_version(state),
            shrink(app),
            close_unread,
            add_headers,
            finish(metrics),
        ),
    )


def _add_routes(app: OpenAPI, state: State, metrics: Metrics) -> None:
    """Add every route: ours, and those in other people's shapes, which our OpenAPI document leaves out."""
    app.register_api(monitor_routes(state, metrics))
    for ours in (page_routes, name_routes, place_routes, incident_routes, enrich_routes):
        app.register_api(ours(state))
    for theirs in (nominatim_routes, reconcile_routes):
        app.register_blueprint(theirs(state))


class _App(OpenAPI):
    """An application without asynchronous routes, so that no step of a request need be looked at for that."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


class _Json(DefaultJSONProvider):
    """Names in their own script, fields in the order that they were given."""

    ensure_ascii = False
    sort_keys = False
