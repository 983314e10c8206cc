"""What is asked: for each route requests that would give sensitive places, in each format that it has.

`ROUTES` lists every rule and method of the application, each with its requests or with the reason why it
needs none. `HEAD` and `OPTIONS` are answered by each route and aren't listed.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gazetteer.geodesy import LatLon
from gazetteer.names import fold
from service.answers import CSV, GEOJSON, JSON
from service.api.tables import XLSX
from tests.service.asking import AREAS, COLLECTIONS, FACILITIES, INCIDENTS, PLACES
from tests.service.harm.clients import WRITER

#: The forms of a page of items; an item alone is no table.
FORMS = ("json", "html", "csv")
#: The formats, each with another form of shapes; the script is asked for besides.
_NOMINATIM: dict[str, dict[str, Any]] = {
    "json": {"polygon_text": 1, "json_callback": "f"},
    "jsonv2": {"polygon_svg": 1},
    "geojson": {"polygon_geojson": 1},
    "geocodejson": {"polygon_geojson": 1},
    "xml": {"polygon_kml": 1},
}
_DETAILS: dict[str, Any] = {"addressdetails": 1, "extratags": 1, "namedetails": 1}
_PROPERTIES = (
    "latitude longitude uncertainty_m pcode governorate district subdistrict adm1_name adm2_pcode adm3_name "
    "name name_ar kind population sources attribution"
).split()


@dataclass(frozen=True)
class Target:
    """A sensitive place as an attacker knows it, and a position beside where it truly is, to ask at."""

    id: str
    name: str
    at: LatLon

    @property
    def point(self) -> str:
        return f"{self.at.latitude},{self.at.longitude}"

    def box(self, half_deg: float) -> str:
        """Return a box round the position: west, south, east, north."""
        lat, lon = self.at.latitude, self.at.longitude
        edges = (lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg)
        return ",".join(f"{edge:.6f}" for edge in edges)

    def polygon(self, half_deg: float) -> str:
        w, s, e, n = self.box(half_deg).split(",")
        return f"POLYGON (({w} {s}, {e} {s}, {e} {n}, {w} {n}, {w} {s}))"


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


def _get(path: str, statuses: tuple[int, ...] = (200,), **query: Any) -> Ask:
    return Ask(f"{path}?{urlencode(query)}" if query else path, statuses=statuses)


def _post(path: str, body: Any, media_type: str = JSON, **more: Any) -> Ask:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Ask(path, "POST", body=data, media_type=media_type, **more)


def _writes(path: str, body: Any, media_type: str = JSON, **more: Any) -> Ask:
    return _post(path, body, media_type, headers=WRITER, **more)


def table(rows: Sequence[dict[str, str]]) -> bytes:
    """Return rows as CSV."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def _texts(t: Target) -> list[str]:
    return [
        t.name,
        t.id,
        fold(t.name),
        f"2 km north of {t.name}",
        f"near {t.name}",
        f"between {t.name} and Aleppo",
        f"{t.name}, Idlib",
        t.point,
        f"1 m north of {t.name}",
    ]


def _resolve(t: Target) -> list[Ask]:
    asks = [_get("/v1/resolve", text=text, limit=40) for text in _texts(t)]
    asks += [
        _get("/v1/resolve", text=t.name, kind=kind) for kind in ("hospital", "facility", "camp", "clinic")
    ]
    asks += [_get("/v1/resolve", text=t.name, area=area) for area in ("Idlib", "SY02", "SY0700")]
    return [*asks, _get("/v1/resolve", text="91, 181", statuses=(400,))]


def _resolve_each(t: Target) -> list[Ask]:
    queries = [{"text": text, "context": ["Idlib"], "limit": 40} for text in _texts(t)]
    bad = {"text": t.name, "area": "Nowhereland"}
    return [_post("/v1/resolve", {"queries": [*queries, bad]})]


def _reverse_each(t: Target) -> list[Ask]:
    steps = [n / 1000 for n in range(-3, 4)]
    grid = [
        {"latitude": t.at.latitude + north, "longitude": t.at.longitude + east}
        for north in steps
        for east in steps
    ]
    return [_post("/v1/reverse", {"points": grid})]


def _distance(t: Target) -> list[Ask]:
    ends = ("Aleppo", t.point, "cg:idlib-national-hospital", f"5 km north of {t.name}")
    there = [_get("/v1/distance", **{"from": t.id, "to": end}, statuses=(200, 400, 404)) for end in ends]
    back = [_get("/v1/distance", **{"from": end, "to": t.name}, statuses=(200, 400, 404)) for end in ends]
    return there + back


def _suggest(t: Target) -> list[Ask]:
    beginnings = (t.name, t.name[:6], "hosp", "مشفى")
    return [_get("/v1/suggest", text=text, limit=50) for text in beginnings] + [
        _get("/v1/suggest", text=t.name[:5], kind=kind) for kind in ("hospital", "facility")
    ]


def _place(t: Target) -> list[Ask]:
    address = f"/v1/places/{quote(t.id)}"
    return [_get(address), _get(address, spellings="true"), _get(f"{address}-no", statuses=(404,))]


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


def _pages_of(path: str, kinds: Sequence[str | None]) -> Asks:
    """Return requests for pages of places, of each kind and round a place, in each form."""

    def asks(t: Target) -> list[Ask]:
        queries = [{"bbox": t.box(half)} for half in (0.001, 0.06)]
        queries = [{"kind": kind, **query} if kind else query for kind in kinds for query in queries]
        queries += [{"kind": kind, "area": "Idlib"} for kind in kinds if kind]
        queries += [{"kind": "hospital", "limit": "1"}, {"kind": "hospital", "datetime": "2016-01-01/.."}]
        return _in_forms(path, queries)

    return asks


def _in_forms(path: str, queries: Sequence[dict[str, Any]]) -> list[Ask]:
    """Return requests in each form, asked for by parameter and by header."""
    found = [_get(path, **query, f=form) for query in queries for form in FORMS]
    found += [_get(path, **query, f="csv", neutralise="true") for query in queries[:1]]
    plain = _get(path, **queries[0])
    return [*found, *(replace(plain, headers={"Accept": media}) for media in ("text/html", CSV))]


def _item(path: str, statuses: tuple[int, ...] = (200,)) -> Asks:
    """Return requests for a place alone."""

    def asks(t: Target) -> list[Ask]:
        address = f"{path}/{quote(t.id)}"
        found = [_get(address, f=form, statuses=statuses) for form in FORMS[:2]]
        as_page = replace(found[0], path=address, headers={"Accept": "text/html"})
        return [*found, as_page, _get(f"{address}-no", statuses=(404,))]

    return asks


def _area(t: Target) -> list[Ask]:
    asks = [
        _get(f"{AREAS}/{code}", shape=shape, f=form)
        for code in ("SY07", "SY0700")
        for shape in ("simplified", "full")
        for form in FORMS[:2]
    ]
    return [*asks, _get(f"{AREAS}/{quote(t.id)}", statuses=(404,))]


def _areas(t: Target) -> list[Ask]:
    queries = [{"level": level} for level in range(4)]
    return _in_forms(AREAS, [*queries, {"bbox": t.box(0.001), "shape": "full"}])


def _incident(t: Target) -> list[Ask]:
    """Return requests for incidents by the ids that they were stored with, and by numbers as below full."""
    ids = (
        "plain-0",
        "plain-0-off",
        "rich-0",
        "drawn-0",
        "saved0-0",
        "saved1-1",
        "1",
        "2",
        "7",
        f"{t.id}-posted-0",
    )
    found = [
        _get(f"{INCIDENTS}/{quote(one)}", f=form, statuses=(200, 400, 404))
        for one in ids
        for form in FORMS[:2]
    ]
    return [*found, replace(found[0], headers={"Accept": "text/html"})]


def _collections(*paths: str) -> Asks:
    """Return requests of what leads to items, in each form, asked for by parameter and by header."""

    def asks(_: Target) -> list[Ask]:
        found = [Ask(f"{path}{form}") for path in paths for form in ("", "?f=json", "?f=html")]
        return [*found, *(Ask(path, headers={"Accept": "text/html"}) for path in paths)]

    return asks


def _chosen(t: Target) -> list[dict[str, Any]]:
    """Return ways to choose incidents."""
    near = [{"near": what, "within": "3km"} for what in (t.id, t.point)]
    near += [{"near": kind, "within": "500m"} for kind in ("hospital", "facility", "clinic", "camp")]
    near += [{"near": t.id, "within": "12km", "certainty": word} for word in ("certain", "possible", "no")]
    boxes = [{"bbox": t.box(half)} for half in (0.001, 0.06)]
    polygons = [{"polygon": t.polygon(half)} for half in (0.001, 0.06)]
    return [*near, *boxes, *polygons, {"area": "Idlib"}, {"area": "SY0700", "near": t.id, "within": "5km"}]


def _incidents(t: Target) -> list[Ask]:
    days = {"datetime": "2016-05-01/2016-06-30"}
    found = _in_forms(INCIDENTS, [*_chosen(t), days, {"limit": 1}, {"limit": 10_000}])
    return [*found, _get(INCIDENTS, near="Nowhere at all", within="1km", statuses=(400, 404))]


def _summary(t: Target) -> list[Ask]:
    asked = [query for query in _chosen(t) if "certainty" not in query]
    found = [
        _get("/v1/incidents/summary", **query, by=by) for query in asked for by in ("area,month", "area")
    ]
    at = [query for query in asked if "near" in query]
    return found + [_get("/v1/incidents/summary", **query, by="facility,month") for query in at]


def _ask(t: Target) -> list[Ask]:
    questions = (
        f"strikes within 3 km of {t.name}",
        "strikes within 2 km of a hospital in Idlib between 2016-05-01 and 2016-06-30",
        f"strikes within 3 km of 1 m north of {t.name}",
        f"nearest hospital to {t.point}",
        f"nearest hospital to {t.name}",
        "nearest camp to Idlib",
        f"distance from {t.name} to Aleppo",
        f"distance between {t.id} and {t.point}",
        "how many strikes in Idlib governorate in May 2016",
        f"how high is {t.name}",
    )
    return [_get("/v1/ask", question=text, statuses=(200, 400, 404)) for text in questions]


def _rows(t: Target) -> list[dict[str, str]]:
    names = (f"2 km north of {t.name}", f"7 m north of {t.name}", f"near {t.name}", "National Hospital")
    places = (t.name, *names, f"{t.name} or Saraqib", f"between {t.name} and Aleppo")
    rows = [{"place": place, "latitude": "", "longitude": ""} for place in places]
    rows.append({"place": t.name, "latitude": str(t.at.latitude), "longitude": str(t.at.longitude)})
    mine = f"{t.id}-posted"
    return [{"id": f"{mine}-{n}", "date": "2016-05-30", **row} for n, row in enumerate(rows)]


def _store(t: Target) -> list[Ask]:
    rows = _rows(t)
    drawn = ({**row, "id": f"{row['id']}f"} for row in rows)
    features = [{"type": "Feature", "id": one["id"], "geometry": None, "properties": one} for one in drawn]
    collection = {"type": "FeatureCollection", "features": features}
    bodies = ((table(rows), CSV), (rows, JSON), (collection, GEOJSON))
    queries = ("?dry_run=true", "?source=attack", "?source=attack&dry_run=true")
    asks = [_writes(f"/v1/incidents{query}", *sent) for query in queries for sent in bodies]
    bad = [{**rows[0], "date": "yesterday", "latitude": "nan", "longitude": "1"}]
    return [*asks, _writes("/v1/incidents", bad, statuses=(400,))]


def _delete(t: Target) -> list[Ask]:
    gone = f"{t.id}-posted-0"
    return [
        Ask(f"/v1/incidents?{urlencode(query)}", "DELETE", headers=WRITER, statuses=(200, 404))
        for query in ({"id": gone}, {"id": gone}, {"source": "nobody"})
    ]


def _enrich(t: Target) -> list[Ask]:
    rows = _rows(t)
    plain, tabs = table(rows), table(rows).replace(b",", b"\t")
    book = _workbook(rows)
    form = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="t.csv"\r\n\r\n'
        + plain
        + b"\r\n--x--\r\n"
    )
    asks = [enriches(t)]
    asks += [_post(f"/v1/enrich?format={form}", plain, CSV) for form in ("xlsx", "geojson")]
    asks += [_post("/v1/enrich", plain, CSV), _post("/v1/enrich?min_confidence=0", plain, CSV)]
    asks += [_post("/v1/enrich", tabs, "text/tab-separated-values")]
    asks += [_post("/v1/enrich", book, XLSX), _post("/v1/enrich", form, "multipart/form-data; boundary=x")]
    return asks


def enriches(t: Target) -> Ask:
    """Return the request to enrich a table of all that names or surrounds a place."""
    return _post("/v1/enrich?format=csv", table(_rows(t)), CSV)


def _workbook(rows: Sequence[dict[str, str]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _search(path: str) -> Asks:
    def asks(t: Target) -> list[Ask]:
        texts = (t.name, f"2 km north of {t.name}", t.name.split(",")[0], t.point)
        found = [
            _get(path, q=text, format=form, limit=40, **_DETAILS, **drawn)
            for form, drawn in _NOMINATIM.items()
            for text in texts
        ]
        found += [
            _get(path, q=t.name, viewbox=t.box(half), bounded=1, limit=limit, format=form)
            for half in (0.001, 0.06)
            for limit in (1, 40)
            for form in ("jsonv2", "xml")
        ]
        found += [_get(path, q=t.name, format=form, limit="x", statuses=(400,)) for form in ("json", "xml")]
        return [*found, _get(path, amenity=t.name), _get(path, amenity=t.name, state="Idlib")]

    return asks


def _reverse(t: Target) -> list[Ask]:
    there: dict[str, Any] = {"latitude": t.at.latitude, "longitude": t.at.longitude}
    path = "/v1/reverse"
    return [_get(path, **there), _get(path, latitude=91, longitude=0, statuses=(400,))]


def _reverse_theirs(path: str) -> Asks:
    return lambda t: [
        _get(path, lat=t.at.latitude, lon=t.at.longitude, format=form, zoom=zoom, **_DETAILS, **drawn)
        for form, drawn in _NOMINATIM.items()
        for zoom in (18, 10)
    ]


def _queries(t: Target) -> dict[str, Any]:
    near = [{"pid": "near", "v": t.point}]
    degrees = [{"pid": "latitude", "v": t.at.latitude}, {"pid": "longitude", "v": t.at.longitude}]
    return {
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


def _extension(t: Target) -> dict[str, Any]:
    return {"ids": [t.id, "SY07", "no"], "properties": [{"id": name} for name in _PROPERTIES]}


#: Both are one route.
_RECONCILE = ("/reconcile", "/reconcile/")


def _reconcile(t: Target) -> list[Ask]:
    queries, extension = json.dumps(_queries(t)), json.dumps(_extension(t))
    page = {"Accept": "text/html"}
    return [
        _get("/reconcile"),
        _get("/reconcile", queries=queries),
        _get("/reconcile", extend=extension, timeout=20000, callback="jQuery1"),
        Ask("/reconcile/", headers=page),
        replace(_get("/reconcile", queries=queries), headers=page),
        _get("/reconcile/", queries=queries),
    ]


def _reconcile_post(t: Target) -> list[Ask]:
    form = "application/x-www-form-urlencoded"
    both = ({"queries": json.dumps(_queries(t))}, {"extend": json.dumps(_extension(t))})
    return [_post(path, urlencode(fields).encode(), form) for fields in both for path in _RECONCILE]


def _recon_suggest(t: Target) -> list[Ask]:
    return [
        _get(f"/reconcile/suggest/{what}", prefix=prefix)
        for what in ("entity", "type", "property")
        for prefix in (t.name[:6], t.id)
    ]


def _flyout(t: Target) -> list[Ask]:
    known = {"entity": t.id, "type": "hospital", "property": "latitude"}
    return [_get(f"/reconcile/flyout/{what}", id=item) for what, item in known.items()]


def _always(*paths: str) -> Asks:
    return lambda _: [_get(path) for path in paths]


_FILE = Excluded("a file of a package or of ours: made before there was a gazetteer")

#: Every route by method and rule.
ROUTES: dict[tuple[str, str], Asks | Excluded] = {
    ("GET", "/static/<path:filename>"): _FILE,
    ("GET", "/static/leaflet/<any('leaflet.js', 'leaflet.css'):name>"): _FILE,
    (
        "GET",
        "/static/swagger/<any('swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'):name>",
    ): _FILE,
    ("GET", "/v1/swagger"): _always("/v1/swagger"),
    ("GET", "/v1/openapi.json"): _always("/v1/openapi.json"),
    ("GET", "/healthz"): _always("/healthz"),
    ("GET", "/readyz"): _always("/readyz"),
    ("GET", "/metrics"): _always("/metrics"),
    ("GET", "/"): _always("/"),
    ("GET", "/about"): _always("/about"),
    ("GET", "/v1/resolve"): _resolve,
    ("POST", "/v1/resolve"): _resolve_each,
    ("POST", "/v1/geoparse"): _geoparse,
    ("GET", "/v1/reverse"): _reverse,
    ("POST", "/v1/reverse"): _reverse_each,
    ("GET", "/v1/distance"): _distance,
    ("GET", "/v1/suggest"): _suggest,
    ("GET", "/v1/places/<id>"): _place,
    ("GET", "/v1/info"): _always("/v1/info"),
    ("GET", "/ogc"): _collections("/ogc"),
    ("GET", "/ogc/conformance"): _collections("/ogc/conformance"),
    ("GET", "/ogc/openapi"): _always("/ogc/openapi", "/ogc/openapi?f=html"),
    ("GET", "/ogc/collections"): _collections("/ogc/collections"),
    ("GET", "/ogc/collections/<id>"): _collections(*(f"/ogc/collections/{one}" for one in COLLECTIONS)),
    ("GET", "/ogc/collections/<id>/schema"): _always(
        *(f"/ogc/collections/{one}/schema" for one in COLLECTIONS)
    ),
    ("GET", PLACES): _pages_of(PLACES, ("hospital", "facility", "clinic", "camp", "settlement")),
    ("GET", f"{PLACES}/<id>"): _item(PLACES),
    ("GET", FACILITIES): _pages_of(FACILITIES, (None, "hospital", "clinic")),
    ("GET", f"{FACILITIES}/<id>"): _item(FACILITIES, statuses=(200, 404)),
    ("GET", AREAS): _areas,
    ("GET", f"{AREAS}/<id>"): _area,
    ("GET", INCIDENTS): _incidents,
    ("GET", f"{INCIDENTS}/<path:id>"): _incident,
    ("GET", "/v1/incidents/summary"): _summary,
    ("GET", "/v1/ask"): _ask,
    ("POST", "/v1/incidents"): _store,
    ("DELETE", "/v1/incidents"): _delete,
    ("POST", "/v1/enrich"): _enrich,
    **{("GET", path): _search(path) for path in ("/search", "/search.php")},
    **{("GET", path): _reverse_theirs(path) for path in ("/reverse", "/reverse.php")},
    **{("GET", path): _always(path, f"{path}?osm_ids=N1&format=json") for path in ("/lookup", "/lookup.php")},
    **{("GET", path): _always(path, f"{path}?format=json") for path in ("/status", "/status.php")},
    ("GET", "/reconcile"): _reconcile,
    ("POST", "/reconcile"): _reconcile_post,
    ("GET", "/reconcile/suggest/<any(entity,type,property):what>"): _recon_suggest,
    ("GET", "/reconcile/flyout/<any(entity,type,property):what>"): _flyout,
    ("GET", "/reconcile/properties"): _always("/reconcile/properties"),
    ("GET", "/reconcile/preview"): lambda t: [_get("/reconcile/preview", id=t.id)],
}
