"""Targets that are whole requests: our parameters, Nominatim's, and OpenRefine's batches.

The first line of an input says what is asked for, the rest is the query as a client would write it before
percent-encoding: `name=value` with "&" between.
"""

import json
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.test import TestResponse

from tests.fuzz.target import Target, client, text_of

_PATHS = (
    "/v1/resolve", "/v1/reverse", "/v1/distance", "/v1/suggest", "/v1/decision",
    "/ogc/collections/places/items",
    "/ogc/collections/facilities/items", "/ogc/collections/areas/items", "/ogc/collections/incidents/items",
    "/v1/incidents/summary", "/v1/ask", "/v1/places/", "/ogc/collections/areas/items/", "/v1/info", "/",
    "/about", "/readyz", "/ogc/", "/ogc/collections/incidents/items/",
    "/v1/incidents/spots",
)  # fmt: skip
_NOMINATIM = ("/search", "/reverse", "/status", "/lookup")
_SUGGESTED = ("/reconcile", "/reconcile/suggest/entity", "/reconcile/flyout/entity", "/reconcile/preview")
_REFUSED = frozenset({400, 404, 405, 406, 410, 413, 414, 415})


def _check(response: TestResponse) -> None:
    """Hold an answer to what every answer promises: never our fault, whole JSON, a problem that says why."""
    text = response.get_data(as_text=True)
    assert response.status_code in _REFUSED | {200, 308}, f"{response.status}: {text[:200]}"
    if "json" in (response.content_type or ""):
        body = json.loads(text, parse_constant=_no_constant)
        if response.content_type == "application/problem+json":
            assert body["status"] == response.status_code
            assert body["detail"]


def _no_constant(word: str) -> Any:
    raise AssertionError(f"{word} in an answer is no JSON")


def _asked(data: bytes) -> tuple[int, str, list[tuple[str, str]]]:
    """Return a number, a rest of a path and the parameters in an input."""
    head, _, query = data.partition(b"\n")
    # What comes over HTTP is bytes; half characters are what no client can send.
    text = query.decode("utf-8", "replace")
    pairs = (
        [(name, value) for name, _, value in (part.partition("=") for part in text.split("&"))]
        if text
        else []
    )
    return (head[0] if head else 0), head[1:].decode("utf-8", "replace"), pairs


def parameters(data: bytes) -> None:
    """Ask our own routes anything."""
    number, rest, pairs = _asked(data)
    path = _PATHS[number % len(_PATHS)]
    _check(client().get(path + quote(rest) if path.endswith("/") else path, query_string=urlencode(pairs)))


def nominatim(data: bytes) -> None:
    """Ask what Nominatim is asked."""
    number, _, pairs = _asked(data)
    _check(client().get(_NOMINATIM[number % len(_NOMINATIM)], query_string=urlencode(pairs)))


def reconcile(data: bytes) -> None:
    """Send a batch of queries, a request for properties, or a text to complete, as OpenRefine does."""
    number, _, pairs = _asked(data)
    if number % 3 == 0:
        _check(client().get(_SUGGESTED[number // 3 % len(_SUGGESTED)], query_string=urlencode(pairs)))
        return
    body = text_of(data[1:]).encode("utf-8", "replace")
    _check(client().post("/reconcile", data={("queries", "extend")[number % 2]: body}))


_OURS = (
    "text=", "&", "lat=35.93", "&lon=36.63", "from=Idlib", "&to=Aleppo", "near=hospital", "within=5km",
    "certainty=certain", "area=Idlib", "bbox=36,35,37,36",
    "polygon=POLYGON ((36.5 35.8, 36.8 35.8, 36.8 36, 36.5 35.8))", "kind=town", "limit=", "cursor=",
    "f=csv", "f=html", "shape=full", "datetime=2016-05-01/..",
    "neutralise=true", "by=area,month", "question=nearest hospital to Idlib", "id=", "level=1",
    "from=2016-05-01", "to=2016-06-30", "min_confidence=0.5", "geometry=true", "nan", "1e999", "-1", "%00",
    "\n", "place=", "include_former=true", "at=2016-05-30", "9" * 20, "lang=ar",
)  # fmt: skip
_THEIRS = (
    "q=", "Idlib", "city=", "&street=", "&country=", "format=geocodejson", "&limit=", "viewbox=36,35,37,36",
    "bounded=1", "exclude_place_ids=1,2", "countrycodes=sy", "accept-language=ar;q=0.5", "polygon_geojson=1",
    "polygon_text=1", "zoom=", "lat=", "&lon=", "layer=poi", "extratags=1", "featureType=city", "nan", "inf",
    "1e999", "-", ",", "&", "polygon_threshold=", "format=xml", "polygon_kml=1", "polygon_svg=1",
    "osm_ids=N1", "json_callback=f", "35.93,36.63", "viewboxlbrt=",
)  # fmt: skip
_BATCHES = (
    '{"q0":{"query":"Idlib"}}', '"properties":[{"pid":"', '"v":', '"type":', '"limit":',
    '"type_strict":"any"', "{", "}", "[", "]", ":", ",", "null", "true", "1e999", '"\\ud800"',
    '{"ids":["SY07"],"properties":[{"id":"', '"settings":{"language":"ar"}', "prefix=Id", "cursor=",
    "id=SY07", "governorate", "latitude", "coordinates", '"within"', "9" * 30, "&",
)  # fmt: skip

TARGETS = {
    "parameters": Target(parameters, _OURS, 600),
    "nominatim": Target(nominatim, _THEIRS, 400),
    "reconcile": Target(reconcile, _BATCHES, 1000),
}
