"""The application: `create_app` puts settings, gazetteer, incidents, extensions and endpoints together.

Nothing is global: two applications made in one process share nothing. Importing this module opens no file;
`create_app` opens the gazetteer and reads the incidents once. ::

    app = create_app(Settings(incidents="incidents.csv"))
    app.test_client().get("/v1/distance?from=Aleppo&to=Idlib").get_json()["compass"]
"""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_compress import Compress

from gazetteer.lookups import Lookups
from gazetteer.privacy.tiers import Tier
from service.access import init_access, init_cors
from service.api import health, incidents, names, pages, places, spots, tables, uploads
from service.audit import AuditLog, init_audit
from service.endpoint import init_endpoints
from service.errors import init_errors
from service.key_file import KeyFile
from service.nominatim.api import api as nominatim
from service.ogc import api as ogc
from service.ogc import incidents as ogc_incidents
from service.ogc import places as ogc_places
from service.opening import open_store
from service.reconcile.api import api as reconcile
from service.settings import Settings
from service.telemetry import Metrics, init_telemetry
from service.tiers import Views

#: What every answer carries, where its route doesn't say otherwise: nothing from elsewhere, no inline script,
#: and the other headers by which a browser keeps a page to itself (OWASP Secure Headers Project). HSTS is for
#: the proxy that speaks TLS. Swagger UI sets style attributes and has icons in data: addresses.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",  # for what asks without CORS: <img>, <script>
    "Permissions-Policy": "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), "
    "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Permitted-Cross-Domain-Policies": "none",
}
#: Routes in other people's shapes whose answers have names, kinds and areas, and no positions.
SILENT = frozenset(
    "reconcile.flyout reconcile.properties reconcile.suggest nominatim.lookup nominatim.status".split()
)
_COMPRESSED = (
    "application/geo+json application/javascript application/json application/ld+json "
    "application/problem+json "
    "image/svg+xml text/css text/csv text/html text/javascript text/plain text/xml"
).split()


def create_app(settings: Settings, gazetteer: Lookups | None = None) -> Flask:
    """Make the application.

    Parameters
    ----------
    settings
        Which files to open; the address and port are for the server, not for the application.
    gazetteer
        An open gazetteer to use instead of that in the settings, as tier "full" sees it. It stays open.

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
    log = None if settings.audit is None else AuditLog(settings.audit)
    if gazetteer is None:
        from gazetteer.gazetteer import Gazetteer

        gazetteer = Gazetteer.open(settings.gazetteer, calibration=settings.calibration)
    views = Views(settings, gazetteer, open_store(settings, gazetteer))
    gazetteer.areas_at([], [])  # what is wrong with its polygons is said at the start
    for tier in _tiers_in_use(settings, keys):
        views.of(tier)
    seen = views.of(settings.tier)
    if settings.incidents is not None or settings.store is not None:
        seen.incidents.now()
    metrics = Metrics(seen.info)

    app = _App(__name__)
    app.json = _Json(app)
    app.url_map.strict_slashes = False  # OWSLib asks for /ogc/, and a redirect may lose a body
    app.url_map.merge_slashes = False  # or an incident's id that begins with one would lead to another
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body_mb * 1_000_000,
        MAX_FORM_MEMORY_SIZE=settings.max_body_mb * 1_000_000,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["gzip"],
        COMPRESS_MIMETYPES=_COMPRESSED,
        COMPRESS_MIN_SIZE=2000,  # below, compressing costs more than it saves
        COMPRESS_LEVEL=5,
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,
    )
    app.extensions |= {
        "gazetteer": views,
        "gazetteer.keys": keys,
        "gazetteer.audit": log,
        "gazetteer.metrics": metrics,
    }
    # A request passes these from the first to the last, and its answer from the last to the first.
    init_telemetry(app, metrics)
    app.wsgi_app = _with_headers(app.wsgi_app)  # type: ignore[method-assign]
    Compress(app)
    init_cors(app, settings)
    init_access(app, settings, keys)
    ours = (pages, health, names, places, incidents, spots, uploads, tables, ogc, ogc_places, ogc_incidents)
    init_endpoints(app, [module.api for module in ours])
    init_audit(app, log, silent=SILENT)
    init_errors(app)
    for theirs in (nominatim, reconcile):  # other people's shapes: our document leaves them out
        app.register_blueprint(theirs)
    return app


def _tiers_in_use(settings: Settings, keys: KeyFile | None) -> set[Tier]:
    """Return the tiers that requests are known to have; what others see is made when the first one comes."""
    tiers: set[Tier] = {settings.tier} | ({"full"} if settings.api_key else set())
    return tiers | {key.tier for key in (keys.listed() if keys else ()) if key.revoked is None}


def _with_headers(application: Callable[..., Any]) -> Callable[..., Any]:
    """Add to every answer the headers that it doesn't have."""
    always = [(name, name.lower(), value) for name, value in _HEADERS.items()]

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            given = {name.lower(): value for name, value in headers}
            headers += [(name, value) for name, lower, value in always if lower not in given]
            # For browsers that don't know the policy; it has no word for the card that OpenRefine frames.
            if "frame-ancestors 'none'" in given.get("content-security-policy", "frame-ancestors 'none'"):
                headers.append(("X-Frame-Options", "DENY"))
            return start_response(status, headers, *error)

        return application(environ, start)

    return answer


class _App(Flask):
    """Flask without asynchronous functions: it would look at each hook, with each request, if it is one."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function."""
        return func


class _Json(DefaultJSONProvider):
    """Names in their own script, fields in the order that they were given."""

    ensure_ascii = False
    sort_keys = False
