"""What is asked: for each route requests that would give sensitive places, in each format that it has.

`ROUTES` lists every rule and method of the application, each with its requests or with the reason why it
needs none. `HEAD` and `OPTIONS` are answered by each route and aren't listed.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pandas
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gazetteer.geodesy import LatLon
from gazetteer.names import fold
from service.answers import CSV, GEOJSON, JSON
from service.api.tables import XLSX
from service.reconcile.vocabulary import FETCHED
from tests.service.asking import AREAS, COLLECTIONS, FACILITIES, INCIDENTS, PLACES
from tests.service.harm.clients import WRITER

#: The forms of a page of items; an item alone is no table.
FORMS = ("json", "html", "csv")


@dataclass(frozen=True)
class Target:
    """A sensitive place as an attacker knows it, and a position beside where it truly is, to ask at."""

    id: str
    name: str
    at: LatLon

    @property
    def point(self) -> str:
        return f"{self.at.latitude},{self.at.longitude}"

    @property
    def texts(self) -> list[str]:
        """Return what names the place, in every way that is understood."""
        return [
            self.name,
            self.id,
            fold(self.name),
            f"2 km north of {self.name}",
            f"near {self.name}",
            f"between {self.name} and Aleppo",
            f"{self.name}, Idlib",
            self.point,
            f"1 m north of {self.name}",
        ]

    @property
    def words(self) -> dict[str, str]:
        """Return what stands in addresses: the place, and boxes and polygons round the position."""
        lat, lon = self.at.latitude, self.at.longitude
        found = {"id": self.id, "name": self.name, "begin": self.name[:6], "point": self.point}
        found |= {"lat": str(lat), "lon": str(lon)}
        for name, half in (("box", 0.001), ("wide", 0.06)):
            w, s, e, n = (f"{one:.6f}" for one in (lon - half, lat - half, lon + half, lat + half))
            found |= {name: f"{w},{s},{e},{n}"}
            found |= {f"{name}_shape": f"POLYGON (({w} {s}, {e} {s}, {e} {n}, {w} {n}, {w} {s}))"}
        return {name: quote(text) for name, text in found.items()}


@dataclass(frozen=True)
class Ask:
    """A request."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    media_type: str | None = None
    statuses: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Excluded:
    """Why a route needs no requests."""

    reason: str


Asks = Callable[[Target], list[Ask]]


def sent(client: FlaskClient, ask: Ask) -> TestResponse:
    """Send a request, with an id that is the same each time; check that it was met as foreseen."""
    response = client.open(
        ask.path,
        method=ask.method,
        headers={"X-Request-ID": "same", **ask.headers},
        data=ask.body,
        content_type=ask.media_type,
    )
    assert response.status_code in ask.statuses, (ask, response.text[:1000])
    return response


def asks_for(rule: str, method: str, target: Target) -> list[Ask]:
    """Return the requests of a route."""
    found = ROUTES[method, rule]
    return [] if isinstance(found, Excluded) else found(target)


def one_of_each_route(target: Target, number: int) -> Iterator[tuple[str, Ask]]:
    """Yield a request of each route that changes nothing; which it is goes round, so that all are used."""
    for (_, rule), found in ROUTES.items():
        # The figures are of requests, which differ.
        if not isinstance(found, Excluded) and rule not in ("/metrics", "/v1/incidents"):
            asks = found(target)
            yield rule, asks[number % len(asks)]


def gets(*templates: str) -> Asks:
    """Return requests for addresses in which words of a target stand as "$name".

    One with "$text" is asked with each text that names the place. Before an address may stand the statuses
    that it has, where that isn't 200 alone, and behind it the media type that is accepted.
    """

    def asks(t: Target) -> list[Ask]:
        found = []
        for statuses, address, accept in map(_parts, templates):
            for text in t.texts if "$text" in address else [""]:
                filled = Template(address).substitute(t.words, text=quote_plus(text))
                headers = {"Accept": accept} if accept else {}
                found.append(Ask(filled, headers=headers, statuses=statuses))
        return found

    return asks


def _parts(template: str) -> tuple[tuple[int, ...], str, str]:
    before, slash, behind = template.partition("/")
    address, _, accept = behind.partition(" ")
    return tuple(map(int, before.split())) or (200,), slash + address, accept


def _in_forms(path: str, *queries: str) -> Asks:
    """Return requests for a list in each form, asked for by parameter and by header."""
    found = [f"{path}?{query}&f={form}" for query in queries for form in FORMS]
    first = f"{path}?{queries[0]}"
    return gets(*found, f"{first}&f=csv&neutralise=true", f"{first} text/html", f"{first} {CSV}")


def _pages_of(path: str, *kinds: str) -> Asks:
    """Return requests for pages of places, of each kind and round a place, in each form."""
    queries = [f"{kind}bbox={box}" for kind in kinds for box in ("$box", "$wide")]
    queries += [f"{kind}area=Idlib" for kind in kinds if kind]
    more = ("kind=hospital&limit=1", "kind=hospital&datetime=2016-01-01/..", "kind=facility&limit=10000")
    return _in_forms(path, *queries, *more)


def _item(path: str, statuses: str = "") -> Asks:
    """Return requests for a place alone."""
    found = [f"{statuses} {path}/$id{how}" for how in ("?f=json", "?f=html", " text/html")]
    return gets(*found, f"404 {path}/$id-no")


def _leading(*paths: str) -> Asks:
    """Return requests of what leads to items, in each form, asked for by parameter and by header."""
    return gets(*(f"{path}{how}" for path in paths for how in ("", "?f=json", "?f=html", " text/html")))


def _search(path: str) -> Asks:
    texts = ("$name", "2+km+north+of+$name", "$begin", "$point")
    boxes = [f"viewbox={box}&bounded=1&limit={n}" for box in ("$box", "$wide") for n in (1, 40)]
    return gets(
        *(f"{path}?limit=40&{form}&q={text}" for form in _NOMINATIM for text in texts),
        *(f"{path}?q=$name&{box}&format={form}" for box in boxes for form in ("jsonv2", "xml")),
        *(f"400 {path}?q=$name&format={form}&limit=x" for form in ("json", "xml")),
        f"{path}?amenity=$name",
        f"{path}?amenity=$name&state=Idlib",
    )


def _reverse_theirs(path: str) -> Asks:
    return gets(*(f"{path}?lat=$lat&lon=$lon&{form}&zoom={zoom}" for form in _NOMINATIM for zoom in (18, 10)))


#: The formats, each with details and with another form of shapes; the script is asked for besides.
_NOMINATIM = [
    f"addressdetails=1&extratags=1&namedetails=1&format={form}"
    for form in (
        "json&polygon_text=1&json_callback=f",
        "jsonv2&polygon_svg=1",
        "geojson&polygon_geojson=1",
        "geocodejson&polygon_geojson=1",
        "xml&polygon_kml=1",
    )
]
#: Ways to choose incidents near something, and all ways.
_NEAR = (
    *(f"near={what}&within=3km" for what in ("$id", "$point")),
    *(f"near={kind}&within=500m" for kind in ("hospital", "facility", "clinic", "camp")),
    "area=SY0700&near=$id&within=5km",
)
_CHOSEN = (*_NEAR, "bbox=$box", "bbox=$wide", "polygon=$box_shape", "polygon=$wide_shape", "area=Idlib")
#: Incidents by the ids that they were stored with, and by numbers as below full.
_INCIDENT_IDS = "plain-0 plain-0-off rich-0 drawn-0 saved0-0 saved1-1 1 2 7 $id-posted-0".split()
_QUESTIONS = (
    "strikes within 3 km of $name",
    "strikes within 2 km of a hospital in Idlib between 2016-05-01 and 2016-06-30",
    "strikes within 3 km of 1 m north of $name",
    "nearest hospital to $point",
    "nearest hospital to $name",
    "nearest camp to Idlib",
    "distance from $name to Aleppo",
    "distance between $id and $point",
    "how many strikes in Idlib governorate in May 2016",
    "how high is $name",
)
_ENDS = ("Aleppo", "$point", "cg:idlib-national-hospital", "5+km+north+of+$name")


def _post(path: str, body: Any, media_type: str = JSON, **more: Any) -> Ask:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Ask(path, "POST", body=data, media_type=media_type, **more)


def table(rows: Sequence[dict[str, str]]) -> bytes:
    """Return rows as CSV."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def _resolve_each(t: Target) -> list[Ask]:
    queries = [{"text": text, "context": ["Idlib"], "limit": 40} for text in t.texts]
    bad = {"text": t.name, "area": "Nowhereland"}
    return [_post("/v1/resolve", {"queries": [*queries, bad]})]


def _reverse_each(t: Target) -> list[Ask]:
    steps = [n / 1000 for n in range(-3, 4)]
    grid = [(t.at.latitude + north, t.at.longitude + east) for north in steps for east in steps]
    return [_post("/v1/reverse", {"points": [{"latitude": lat, "longitude": lon} for lat, lon in grid]})]


def _geoparse(t: Target) -> list[Ask]:
    texts = (
        f"Air strikes hit {t.name} in Idlib on Monday, and Saraqib.",
        f"Shells fell 1 m north of {t.name}. Others fell between {t.name} and Aleppo.",
    )
    return [
        _post("/v1/geoparse", {"text": text, "local": True, "min_confidence": limit})
        for text in texts
        for limit in (0.0, 0.7)
    ]


def _rows(t: Target) -> list[dict[str, str]]:
    names = (f"2 km north of {t.name}", f"7 m north of {t.name}", f"near {t.name}", "National Hospital")
    places = (t.name, *names, f"{t.name} or Saraqib", f"between {t.name} and Aleppo")
    rows = [{"place": place, "latitude": "", "longitude": ""} for place in places]
    rows.append({"place": t.name, "latitude": str(t.at.latitude), "longitude": str(t.at.longitude)})
    return [{"id": f"{t.id}-posted-{n}", "date": "2016-05-30", **row} for n, row in enumerate(rows)]


def _store(t: Target) -> list[Ask]:
    rows = _rows(t)
    drawn = ({**row, "id": f"{row['id']}f"} for row in rows)
    features = [{"type": "Feature", "id": one["id"], "geometry": None, "properties": one} for one in drawn]
    collection = {"type": "FeatureCollection", "features": features}
    bodies = ((table(rows), CSV), (rows, JSON), (collection, GEOJSON))
    queries = ("?dry_run=true", "?source=attack", "?source=attack&dry_run=true")
    bad = [{**rows[0], "date": "yesterday", "latitude": "nan", "longitude": "1"}]
    return [
        *(_post(f"/v1/incidents{query}", *body, headers=WRITER) for query in queries for body in bodies),
        _post("/v1/incidents", bad, headers=WRITER, statuses=(400,)),
    ]


def _delete(t: Target) -> list[Ask]:
    gone = f"id={quote(t.id)}-posted-0"
    addresses = (f"/v1/incidents?{query}" for query in (gone, gone, "source=nobody"))
    return [Ask(one, "DELETE", headers=WRITER, statuses=(200, 404)) for one in addresses]


def _enrich(t: Target) -> list[Ask]:
    """Return requests to enrich a table of all that names or surrounds a place."""
    plain = table(_rows(t))
    book = io.BytesIO()
    pandas.DataFrame(_rows(t)).to_excel(book, index=False)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="t.csv"\r\n\r\n'
    queries = ("?format=csv", "?format=xlsx", "?format=geojson", "?format=review", "", "?min_confidence=0")
    return [
        *(_post(f"/v1/enrich{query}", plain, CSV) for query in queries),
        _post("/v1/enrich", plain.replace(b",", b"\t"), "text/tab-separated-values"),
        _post("/v1/enrich", book.getvalue(), XLSX),
        _post("/v1/enrich", head + plain + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    ]


def _batches(t: Target) -> tuple[str, str]:
    """Return queries to reconcile, and a request for columns, as JSON."""
    near = [{"pid": "near", "v": t.point}]
    degrees = [{"pid": "latitude", "v": t.at.latitude}, {"pid": "longitude", "v": t.at.longitude}]
    queries = {
        "plain": {"query": t.name, "limit": 40},
        "id": {"query": t.id},
        "type": {"query": t.name, "type": "hospital"},
        "types": {"query": t.name, "type": ["facility", "area"]},
        "unknown": {"query": t.name, "type": "city", "properties": [{"pid": "mayor", "v": t.name}]},
        "odd": {"query": t.name, "limit": 0},
        "null": None,
        "near": {"query": t.name, "properties": near},
        "degrees": {"query": t.name, "properties": degrees},
        "area": {"query": t.name, "properties": [{"pid": "governorate", "v": "Idlib"}]},
        "offset": {"query": f"2 km north of {t.name}"},
        "beside": {"query": "Aleppo", "properties": [{"pid": "near", "v": t.name}]},
    }
    extension = {"ids": [t.id, "SY07", "no"], "properties": [{"id": name} for name in FETCHED]}
    return json.dumps(queries), json.dumps(extension)


def _reconcile(t: Target) -> list[Ask]:
    queries, extension = map(quote, _batches(t))
    asked = f"/reconcile?queries={queries}"
    extend = f"/reconcile?extend={extension}&timeout=20000&callback=jQuery1"
    slashed = f"/reconcile/?queries={queries}"  # both are one route
    return gets("/reconcile", asked, extend, "/reconcile/ text/html", f"{asked} text/html", slashed)(t)


def _reconcile_post(t: Target) -> list[Ask]:
    fields = zip(("queries", "extend"), _batches(t), strict=True)
    forms = [urlencode({name: text}).encode() for name, text in fields]
    media = "application/x-www-form-urlencoded"
    return [_post(path, form, media) for form in forms for path in ("/reconcile", "/reconcile/")]


_FILE = Excluded("a file of a package or of ours: made before there was a gazetteer")

#: Every route by method and rule.
ROUTES: dict[tuple[str, str], Asks | Excluded] = {
    ("GET", "/static/<path:filename>"): _FILE,
    ("GET", "/static/leaflet/<any('leaflet.js', 'leaflet.css', 'leaflet.markercluster.js'):name>"): _FILE,
    (
        "GET",
        "/static/swagger/<any('swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'):name>",
    ): _FILE,
    **{
        ("GET", path): gets(path)
        for path in (
            *("/", "/about", "/healthz", "/readyz", "/metrics"),
            *("/v1/swagger", "/v1/openapi.json", "/v1/info", "/reconcile/properties"),
        )
    },
    ("GET", "/v1/resolve"): gets(
        "/v1/resolve?limit=40&text=$text",
        *(f"/v1/resolve?text=$name&kind={kind}" for kind in ("hospital", "facility", "camp", "clinic")),
        *(f"/v1/resolve?text=$name&area={area}" for area in ("Idlib", "SY02", "SY0700")),
        "400 /v1/resolve?text=91,+181",
    ),
    ("POST", "/v1/resolve"): _resolve_each,
    ("POST", "/v1/geoparse"): _geoparse,
    ("GET", "/v1/reverse"): gets(
        "/v1/reverse?latitude=$lat&longitude=$lon", "400 /v1/reverse?latitude=91&longitude=0"
    ),
    ("POST", "/v1/reverse"): _reverse_each,
    ("GET", "/v1/distance"): gets(
        *(f"200 400 404 /v1/distance?from=$id&to={end}" for end in _ENDS),
        *(f"200 400 404 /v1/distance?from={end}&to=$name" for end in _ENDS),
    ),
    ("GET", "/v1/suggest"): gets(
        *(f"/v1/suggest?limit=50&text={text}" for text in ("$name", "$begin", "hosp", quote("مشفى"))),
        *(f"/v1/suggest?text=$begin&kind={kind}" for kind in ("hospital", "facility")),
    ),
    ("GET", "/v1/decision"): gets(
        *(f"200 400 /v1/decision?text={text}" for text in ("$id", "$name", "$begin", "$lat,$lon")),
        "/v1/decision?text=none",
        "400 /v1/decision?text=$id-no",
    ),
    ("GET", "/v1/places/<id>"): gets(
        "/v1/places/$id", "/v1/places/$id?spellings=true", "404 /v1/places/$id-no"
    ),
    ("GET", "/ogc"): _leading("/ogc"),
    ("GET", "/ogc/conformance"): _leading("/ogc/conformance"),
    ("GET", "/ogc/openapi"): gets("/ogc/openapi", "/ogc/openapi?f=html"),
    ("GET", "/ogc/collections"): _leading("/ogc/collections"),
    ("GET", "/ogc/collections/<id>"): _leading(*(f"/ogc/collections/{one}" for one in COLLECTIONS)),
    ("GET", "/ogc/collections/<id>/schema"): gets(*(f"/ogc/collections/{one}/schema" for one in COLLECTIONS)),
    ("GET", PLACES): _pages_of(
        PLACES,
        *(f"kind={kind}&" for kind in ("hospital", "facility", "clinic", "camp", "settlement")),
        "order=importance&kind=camp&",
        "shape=full&kind=hospital&",
    ),
    ("GET", f"{PLACES}/<path:id>"): _item(PLACES),
    ("GET", FACILITIES): _pages_of(FACILITIES, "", "kind=hospital&", "kind=clinic&"),
    ("GET", f"{FACILITIES}/<id>"): _item(FACILITIES, "200 404"),
    ("GET", AREAS): _in_forms(AREAS, *(f"level={n}" for n in range(4)), "bbox=$box&shape=full"),
    ("GET", f"{AREAS}/<id>"): gets(
        *(
            f"{AREAS}/{code}?shape={shape}&f={form}"
            for code in ("SY07", "SY0700")
            for shape in ("simplified", "full")
            for form in FORMS[:2]
        ),
        f"404 {AREAS}/$id",
    ),
    ("GET", INCIDENTS): _in_forms(
        INCIDENTS,
        *_CHOSEN,
        *(f"near=$id&within=12km&certainty={word}" for word in ("certain", "possible", "no")),
        "datetime=2016-05-01/2016-06-30",
        "limit=1",
        "limit=10000",
    ),
    ("GET", f"{INCIDENTS}/<path:id>"): gets(
        *(f"200 404 {INCIDENTS}/{one}?f={form}" for one in _INCIDENT_IDS for form in FORMS[:2]),
        f"200 404 {INCIDENTS}/plain-0 text/html",
    ),
    ("GET", "/v1/incidents/summary"): gets(
        *(f"/v1/incidents/summary?{one}&by={by}" for one in _CHOSEN for by in ("area,month", "area")),
        *(f"/v1/incidents/summary?{one}&by=facility,month" for one in _NEAR),
    ),
    ("GET", "/v1/incidents/spots"): gets(*(f"/v1/incidents/spots?{one}" for one in _CHOSEN)),
    ("GET", "/v1/ask"): gets(
        *(f"200 400 404 /v1/ask?question={one.replace(' ', '+')}" for one in _QUESTIONS)
    ),
    ("POST", "/v1/incidents"): _store,
    ("DELETE", "/v1/incidents"): _delete,
    ("POST", "/v1/enrich"): _enrich,
    ("POST", "/v1/leaks"): Excluded("refused below tier full whatever is sent: tests/service/test_leaks.py"),
    **{("GET", path): _search(path) for path in ("/search", "/search.php")},
    **{("GET", path): _reverse_theirs(path) for path in ("/reverse", "/reverse.php")},
    **{("GET", path): gets(path, f"{path}?osm_ids=N1&format=json") for path in ("/lookup", "/lookup.php")},
    **{("GET", path): gets(path, f"{path}?format=json") for path in ("/status", "/status.php")},
    ("GET", "/reconcile"): _reconcile,
    ("POST", "/reconcile"): _reconcile_post,
    ("GET", "/reconcile/suggest/<any(entity,type,property):what>"): gets(
        *(
            f"/reconcile/suggest/{what}?prefix={prefix}"
            for what in ("entity", "type", "property")
            for prefix in ("$begin", "$id")
        )
    ),
    ("GET", "/reconcile/flyout/<any(entity,type,property):what>"): gets(
        "/reconcile/flyout/entity?id=$id",
        "/reconcile/flyout/type?id=hospital",
        "/reconcile/flyout/property?id=latitude",
    ),
    ("GET", "/reconcile/preview"): gets("/reconcile/preview?id=$id"),
}
