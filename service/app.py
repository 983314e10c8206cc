"""The application: `create_app` wires settings, gazetteer, incidents, routes and problems together.

Nothing is global: two applications made in one process share nothing. Importing this module opens
no file; `create_app` opens the gazetteer and reads the incidents once.

Example::

    app = create_app(Settings(incidents="incidents.csv"))
    app.test_client().get("/v1/distance?from=Aleppo&to=Idlib").get_json()["compass"]
"""

from urllib.parse import urlsplit

from flask import Response, request
from flask.json.provider import DefaultJSONProvider
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from werkzeug.exceptions import MisdirectedRequest

from service.incident_store import open_incidents
from service.nominatim import nominatim_routes
from service.problems import Problem, from_validation, register_problems
from service.reconcile import reconcile_routes
from service.routes.enrich import enrich_routes
from service.routes.incidents import incident_routes
from service.routes.monitors import monitor_routes
from service.routes.names import name_routes
from service.routes.pages import page_routes
from service.routes.places import place_routes
from service.settings import Settings, is_loopback
from service.state import Catalogue, State

__all__ = ["create_app"]

#: Nothing from elsewhere, no inline script. Swagger UI sets style attributes and has icons in data: URLs.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
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
        An open gazetteer to use instead of opening the one in the settings. It stays open.

    Raises
    ------
    GazetteerFileError
        If the gazetteer cannot be opened.
    TableError
        If the incident table cannot be read.
    StoreError
        If the incident store cannot be read or written.
    """
    lookups = _open(settings) if gazetteer is None else gazetteer
    state = State(settings, lookups, open_incidents(settings, lookups))
    app = OpenAPI(
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
        validation_error_callback=from_validation,
    )
    app.config["SWAGGER_HTML_STRING"] = _SWAGGER_PAGE
    app.json = _Json(app)
    register_problems(app)
    for routes in (
        page_routes,
        monitor_routes,
        name_routes,
        place_routes,
        incident_routes,
        enrich_routes,
    ):
        app.register_api(routes(state))
    for plain in (
        nominatim_routes,
        reconcile_routes,
    ):  # other people's shapes: not part of our OpenAPI document
        app.register_blueprint(plain(state))
    app.before_request(_refuse_other_names)
    app.after_request(_add_headers)
    return app


def _open(settings: Settings) -> Catalogue:
    from gazetteer.catalog import Gazetteer

    return Gazetteer.open(settings.gazetteer)


class _Json(DefaultJSONProvider):
    """Names in their own script, fields in the order that they were given."""

    ensure_ascii = False
    sort_keys = False


def _refuse_other_names() -> None:
    """Refuse a name that is not this machine's: a page elsewhere may point its own here (DNS rebinding)."""
    name = urlsplit(f"//{request.host}").hostname or ""
    if not is_loopback(name):
        raise MisdirectedRequest(
            f"this server answers only to names of this machine, such as localhost, not {name!r}"
        )


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
