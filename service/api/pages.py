"""For people: the map, the page that describes the service, and Swagger UI with the OpenAPI document.

The map is made of static files: Leaflet and its clusters, from their Python packages, and modules of our own.
Nothing comes from another host, unless the operator sets tiles.
"""

from importlib.resources import files
from pathlib import Path

from flask import Response, current_app, json, make_response, render_template, send_from_directory, url_for

from gazetteer.kinds import PlaceKind
from service.api.names import LONGEST_TEXT
from service.databases import StoreError
from service.endpoint import Endpoints
from service.errors import PROBLEMS
from service.openapi import document
from service.tiers import seen

api = Endpoints("pages", tag="Service")
#: Shown on the page that describes the service: what each does, and an address that answers.
_EXAMPLES = (
    ("Which place does a spelling mean?", "/v1/resolve?text=Ma%27arrat+al-Nu%27man&area=Idlib"),
    ("Which areas hold a position?", "/v1/reverse?latitude=35.93&longitude=36.63"),
    ("How far, and in which direction?", "/v1/distance?from=Aleppo&to=Idlib"),
    ("A place by its id", "/v1/places/SY07"),
    (
        "Incidents near hospitals",
        "/ogc/collections/incidents/items?near=hospital&within=5km&datetime=2016-05-01/2016-06-30",
    ),
    ("A question in plain words", "/v1/ask?question=strikes+within+5+km+of+a+hospital+in+Idlib"),
)
#: Offered for "of" in "within 5 km of": a group first, then what incidents are held against most.
_NEAR = ("facility", *(k.value.replace("_", " ") for k in PlaceKind if k.group in {"facility", "landmark"}))
#: Stricter than other pages' policy; Leaflet puts an empty data: image where it drops a tile.
_MAP_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SCRIPTS = Path(__file__).parents[1] / "static" / "map"


@api.get("/", page=True, tells=False)
def start() -> Response:
    """Show the map."""
    settings = seen().settings
    modules = sorted(path.name for path in _SCRIPTS.glob("*.js"))
    page = render_template(
        "map.html",
        settings=settings,
        kinds=_NEAR,
        modules=modules,
        longest_text=LONGEST_TEXT,
        tier=seen().tier,
    )
    response = make_response(page)
    images = f"'self' data: {settings.tiles_source}" if settings.tiles_source else "'self'"
    response.headers["Content-Security-Policy"] = _MAP_POLICY.format(images=images)
    return response


@api.get("/about", page=True, tells=False, made_of="incidents")
def about() -> str:
    """Describe the service."""
    count: int | str | None
    try:
        snapshot = seen().incidents.now()
        count = None if snapshot is None else len(snapshot.incidents)
    except StoreError:
        count = "unknown"
    kinds = list(dict.fromkeys(PROBLEMS.values()))
    return render_template("about.html", examples=_EXAMPLES, problems=kinds, incidents=count)


@api.get("/v1/swagger", page=True, tells=False)
def swagger() -> str:
    """Show the API to try it out."""
    return render_template("swagger.html", address=url_for("pages.openapi"))


@api.get("/v1/openapi.json", page=True, tells=False)
def openapi() -> Response:
    """Return the OpenAPI document."""
    return Response(json.dumps(document(current_app)), content_type="application/json")


@api.get(
    "/static/leaflet/<any('leaflet.js', 'leaflet.css', 'leaflet.markercluster.js'):name>",
    page=True,
    file=True,
    tells=False,
)
def leaflet(name: str) -> Response:
    """Return a file of Leaflet, or of what clusters its marks."""
    package = "leaflet_markercluster" if "cluster" in name else "leaflet"
    return send_from_directory(str(files(f"xstatic.pkg.{package}") / "data"), name)


@api.get(
    "/static/swagger/<any('swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'):name>",
    page=True,
    file=True,
    tells=False,
)
def swagger_file(name: str) -> Response:
    """Return a file of Swagger UI."""
    return send_from_directory(str(files("flask_swagger_ui") / "dist"), name)
