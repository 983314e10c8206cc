"""What leads to the items: landing page, conformance, collections, their schemas and the document."""

import re
from collections.abc import Iterable, Mapping
from math import ceil, floor
from typing import Annotated, Any

from flask import Response, current_app, json, render_template, url_for
from pydantic import BaseModel

from gazetteer.country import country
from gazetteer.errors import NotFoundError
from gazetteer.incidents import Incident
from service.answers import CSV, GEOJSON, JSON, as_json
from service.endpoint import Endpoints
from service.ogc.incidents import IncidentProperties, feature_of
from service.ogc.items import HTML, OneParams, form_of, link, shown
from service.ogc.places import AreaProperties, PlaceProperties
from service.openapi import document, for_3_0
from service.params import said
from service.tiers import seen

api = Endpoints("ogc", tag="Collections")
MEDIA = {JSON: dict, HTML: str}
OPENAPI, SCHEMA = "application/vnd.oai.openapi+json;version=3.0", "application/schema+json"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_CLASSES = ("core", "geojson", "html", "oas30")
#: What each collection is of, and what its items have.
_COLLECTIONS: Mapping[str, tuple[str, type[BaseModel]]] = {
    "places": ("Settlements, areas, facilities and landmarks, each at a point.", PlaceProperties),
    "facilities": ("Hospitals, clinics and other facilities.", PlaceProperties),
    "areas": ("Governorates, districts and sub-districts with their shapes.", AreaProperties),
    "incidents": ("Incidents, as exactly as this server may tell.", IncidentProperties),
}


CollectionId = Annotated[str, said("A collection's id.", "places", default=...)]


@api.get("/ogc", "Where everything is.", media=MEDIA, tells=False)
def landing(query: OneParams) -> Response:
    """Lead to the rest."""
    links = [
        link("service-desc", "/ogc/openapi", OPENAPI, "The OpenAPI document"),
        link("service-doc", "/ogc/openapi", HTML, "The API, to try out", f="html"),
        link("conformance", "/ogc/conformance", title="Conformance"),
        link("data", "/ogc/collections", title="The collections"),
    ]
    about = f"Places, areas and facilities of {country().name}, and incidents, as OGC API - Features."
    return shown(query, title="Conflict gazetteer", description=about, links=links)


@api.get("/ogc/conformance", "Which parts of the standard it keeps to.", media=MEDIA, tells=False)
def conformance(query: OneParams) -> Response:
    """List conformance classes."""
    classes = [f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in _CLASSES]
    return shown(query, title="Conformance", conformsTo=classes)


@api.get(
    "/ogc/collections",
    "The collections.",
    media=MEDIA,
    tells=False,
    made_of="incidents",
)
def collections(query: OneParams) -> Response:
    """List collections; incidents are one where any were ever stored."""
    found = [_collection(name) for name in _COLLECTIONS if name != "incidents" or seen().incidents.now()]
    return shown(query, title="Collections", collections=found)


@api.get(
    "/ogc/collections/<id>",
    "A collection.",
    media=MEDIA,
    statuses=(404,),
    tells=False,
    made_of="incidents",
)
def collection(id: CollectionId, query: OneParams) -> Response:
    """Describe a collection."""
    return shown(query, **_collection(id))


@api.get(
    "/ogc/collections/<id>/schema",
    "Which properties its items have.",
    media={SCHEMA: dict},
    statuses=(404,),
    tells=False,
    made_of="incidents",
)
def schema(id: CollectionId) -> Response:
    """Return the JSON schema of a collection's items; GDAL makes a layer's columns of it."""
    made = for_3_0(_known(id)[1].model_json_schema(mode="serialization"))
    known = {name: {"type": "string", **one} for name, one in made["properties"].items()}
    if id == "incidents":
        snapshot = seen().snapshot()
        columns = snapshot.remember("columns", lambda: _columns_of(snapshot.incidents))
        # Those that aren't required come with `near`.
        known = columns | {name: columns.get(name, {}) | known[name] for name in made["required"]}
    facts = {
        name: {key: one[key] for key in ("type", "format", "description") if key in one}
        for name, one in known.items()
    }
    facts.pop("id", None)  # which the item itself has
    item = {"id": {"type": "string"}, "properties": {"type": "object", "properties": facts}}
    return Response(as_json({"$schema": _DIALECT, "type": "object", "properties": item}), content_type=SCHEMA)


@api.get("/ogc/openapi", page=True, tells=False)
def openapi(query: OneParams) -> Response | str:
    """Return the OpenAPI document; to a browser, the API to try it out."""
    if form_of(query.f, {"json": OPENAPI, "html": HTML}) == "html":
        return render_template("swagger.html", address=url_for("ogc.openapi", f="json"))
    return Response(json.dumps(document(current_app, "/ogc")), content_type=OPENAPI)


def _columns_of(incidents: Iterable[Incident]) -> dict[str, Any]:
    """Return the columns of text, and which of them hold nothing but dates."""
    found: dict[str, set[bool]] = {}
    for one in incidents:
        for name, cell in feature_of(one)["properties"].items():
            is_date = found.setdefault(name, set())
            if cell and False not in is_date:
                is_date.add(_DAY.fullmatch(str(cell)) is not None)
    dates = {name: {"format": "date"} if is_date == {True} else {} for name, is_date in found.items()}
    return {name: {"type": "string", **form} for name, form in dates.items()}


def _known(name: str) -> tuple[str, type[BaseModel]]:
    if name not in _COLLECTIONS:
        raise NotFoundError(f"there is no collection {name!r}: there are {', '.join(_COLLECTIONS)}")
    return _COLLECTIONS[name]


def _collection(name: str) -> dict[str, Any]:
    about, here = _known(name)[0], f"/ogc/collections/{name}"
    links = [
        link("items", f"{here}/items", GEOJSON, "The items as GeoJSON"),
        link("items", f"{here}/items", HTML, "The items as a page", f="html"),
        link("items", f"{here}/items", CSV, "The items as a table", f="csv"),
        link("describedby", f"{here}/schema", SCHEMA, "Their properties"),
    ]
    extent = {"spatial": {"bbox": [_box(name)], "crs": _CRS84}}
    facts = {"id": name, "title": name.capitalize(), "description": about, "itemType": "feature"}
    return {**facts, "extent": extent, "crs": [_CRS84], "links": links}


def _box(name: str) -> list[float]:
    """Return west, south, east and north of what there is; for the gazetteer the country's.

    In whole degrees: the outermost of a few incidents would be told exactly, and the audit not told of it.
    """
    box = country().box
    if name == "incidents" and (snapshot := seen().snapshot()).incidents.spots:
        points = snapshot.incidents.spots.points
        low = (points.longitudes.min(), points.latitudes.min())
        high = (points.longitudes.max(), points.latitudes.max())
        return [*(float(floor(side)) for side in low), *(float(ceil(side)) for side in high)]
    return [box.west, box.south, box.east, box.north]
