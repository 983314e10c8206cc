"""For people: the map, and the page that describes the service.

The map is made of static files: Leaflet, from its Python package, and modules of our own. Nothing comes from
another host, unless the operator sets tiles.
"""

from importlib.resources import files
from pathlib import Path

from flask import Response, make_response, render_template, send_from_directory
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from gazetteer.kinds import PlaceKind
from service.incident_store import StoreError
from service.params.base import NoParams
from service.problems import PROBLEMS
from service.state import State
from service.views import Views

__all__ = ["page_routes"]

#: Shown on the page that describes the service: what each does, and an address that answers.
_EXAMPLES = (
    ("Which place does a spelling mean?", "/v1/resolve?text=Ma%27arrat+al-Nu%27man&area=Idlib"),
    ("Which areas hold a position?", "/v1/reverse?lat=35.93&lon=36.63"),
    ("How far, and in which direction?", "/v1/distance?from=Aleppo&to=Idlib"),
    ("A place by its id", "/v1/places/SY07"),
    ("Incidents near hospitals", "/v1/incidents?near=hospital&within=5km&from=2016-05-01&to=2016-06-30"),
    ("A question in plain words", "/v1/ask?question=strikes+within+5+km+of+a+hospital+in+Idlib"),
)
#: Offered for "of" in "within 5 km of": a group first, then what incidents are held against most.
_NEAR = ("facility", *(k.value.replace("_", " ") for k in PlaceKind if k.group in {"facility", "landmark"}))


def page_routes(views: Views) -> APIBlueprint:
    """Return the pages."""
    api = APIBlueprint("pages", __name__, abp_tags=[Tag(name="Service")])
    leaflet_folder = str(files("xstatic.pkg.leaflet") / "data")
    scripts = Path(__file__).parent.parent / "static" / "map"
    modules = sorted(path.name for path in scripts.glob("*.js"))
    policy = _map_policy(views.settings.tiles_source)

    @api.get("/", doc_ui=False)
    def start(query: NoParams) -> Response:
        response = make_response(
            render_template("map.html", settings=views.settings, kinds=_NEAR, modules=modules)
        )
        response.headers["Content-Security-Policy"] = policy
        return response

    @api.get("/about", doc_ui=False)
    def about(query: NoParams) -> str:
        kinds = list(PROBLEMS.values())
        return render_template(
            "about.html", examples=_EXAMPLES, problems=kinds, incidents=_count(views.here())
        )

    @api.route("/static/leaflet/<any('leaflet.js', 'leaflet.css'):name>")
    def leaflet(name: str) -> Response:
        return send_from_directory(leaflet_folder, name)

    return api


def _count(state: State) -> int | str | None:
    """Return how many incidents there are; None where there were never any, words where nobody can tell."""
    try:
        snapshot = state.stored.now()
    except StoreError:
        return "unknown"
    return None if snapshot is None else len(snapshot.incidents)


def _map_policy(tiles_source: str | None) -> str:
    """Return the map's content security policy: stricter than the other pages', but for the tiles' host."""
    # Leaflet puts an empty data: image where it drops a tile.
    images = "'self'" if tiles_source is None else f"'self' data: {tiles_source}"
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
