"""Every route says of which sensitive places it tells: a new one fails here until it does."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from service.app import SILENT, create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import AREAS, FACILITIES, INCIDENTS, PLACES
from tests.service.auditing import lines_in

#: What an answer says that tells of either hospital.
MARKS = ("35.935", "test:national", "35.6,36.56", "test:old", "36.56")
TABLE = "id,date,place,governorate\nh,2016-05-30,National hospital,Idleb\nk,2016-05-30,Kafranbel,Idleb\n"
ROWS = (
    "id,date,place,governorate\nh,2016-05-30,National hospital,Idleb\ni,2016-05-31,National hospital,Idleb\n"
)
QUERIES = [{"text": "National hospital"}, {"text": "Old hospital"}, {"text": "Idlib"}]
BATCH = json.dumps({"q0": {"query": "National hospital"}, "q1": {"query": "Idlib"}})
EXTEND = json.dumps({"ids": ["test:old", "nothing"], "properties": [{"id": "latitude"}]})
NEAR = "near=hospital&within=5km"
CSV = {"content_type": "text/csv"}
POINTS = {"points": [{"latitude": 35.93, "longitude": 36.63}]}
ONE, TWO, NONE = {"hospital": 1}, {"hospital": 2}, None

#: Pages of items have all, an item has all but the last.
FORMS = ("", "&f=json", "&f=html", "&f=csv")

#: For each endpoint some requests, and what the log has to say of each; None for no line.
REQUESTS: dict[str, list[tuple[str, dict[str, Any], dict[str, int] | None]]] = {
    "names.resolve": [
        ("GET /v1/resolve?text=National+hospital", {}, ONE),
        ("GET /v1/resolve?text=Idlib+%2B+National+hospital&limit=1", {}, ONE),
        ("GET /v1/resolve?text=Idlib", {}, NONE),
        ("GET /v1/resolve?text=Nowhere", {}, NONE),
    ],
    "names.resolve_many": [
        ("POST /v1/resolve", {"json": {"queries": QUERIES}}, TWO),
        ("POST /v1/resolve", {"json": {"queries": QUERIES[2:]}}, NONE),
    ],
    "names.geoparse": [("POST /v1/geoparse", {"json": {"text": "Idlib"}}, NONE)],  # more in harm/test_told.py
    "names.reverse": [("GET /v1/reverse?latitude=35.93&longitude=36.63", {}, NONE)],
    "names.reverse_many": [("POST /v1/reverse", {"json": POINTS}, NONE)],
    "names.distance": [
        ("GET /v1/distance?from=Idlib&to=National+hospital", {}, ONE),
        ("GET /v1/distance?from=Idlib&to=Aleppo", {}, NONE),
        ("GET /v1/distance?from=Idlib&to=Atlantis", {}, NONE),
    ],
    "names.suggest": [
        ("GET /v1/suggest?text=nat", {}, ONE),
        ("GET /v1/suggest?text=idl", {}, NONE),
        ("GET /v1/suggest?text=zz", {}, NONE),
    ],
    "places.get_place": [
        ("GET /v1/places/test:national", {}, ONE),
        ("GET /v1/places/test:idlib", {}, NONE),
        ("GET /v1/places/test:nothing", {}, NONE),
    ],
    "ogc_places.places": [
        *((f"GET {PLACES}?kind=hospital{form}", {}, TWO) for form in FORMS),
        (f"GET {PLACES}?kind=hospital&limit=1", {}, ONE),
        (f"GET {PLACES}?kind=settlement", {}, NONE),
    ],
    "ogc_places.place": [
        *((f"GET {PLACES}/test:national?{form}", {}, ONE) for form in FORMS[:3]),
        (f"GET {PLACES}/test:idlib", {}, NONE),
        (f"GET {PLACES}/test:nothing", {}, NONE),
    ],
    "ogc_places.facilities": [
        *((f"GET {FACILITIES}?{form}", {}, TWO) for form in FORMS),
        (f"GET {FACILITIES}?bbox=36.6,35.9,36.7,36", {}, ONE),
        (f"GET {FACILITIES}?kind=clinic", {}, NONE),
    ],
    "ogc_places.facility": [
        *((f"GET {FACILITIES}/test:national?{form}", {}, ONE) for form in FORMS[:3]),
        (f"GET {FACILITIES}/test:idlib", {}, NONE),
    ],
    "ogc_incidents.incidents": [
        *((f"GET {INCIDENTS}?{form}", {}, ONE) for form in FORMS),
        *((f"GET {INCIDENTS}?{NEAR}{form}", {}, ONE) for form in FORMS),
        (f"GET {INCIDENTS}?from=2020-01-01", {}, NONE),
    ],
    "ogc_incidents.incident": [
        *((f"GET {INCIDENTS}/h?{form}", {}, ONE) for form in FORMS[:3]),
        (f"GET {INCIDENTS}/k", {}, NONE),
        (f"GET {INCIDENTS}/nothing", {}, NONE),
    ],
    "incidents.count_incidents": [
        (f"GET /v1/incidents/summary?{NEAR}", {}, NONE),
        (f"GET /v1/incidents/summary?{NEAR}&by=facility", {}, ONE),
    ],
    "incidents.ask": [
        ("GET /v1/ask?question=nearest+hospital+to+Kafranbel", {}, ONE),
        ("GET /v1/ask?question=strikes+within+5+km+of+a+hospital", {}, ONE),
        ("GET /v1/ask?question=how+far+is+Idlib+from+Aleppo", {}, NONE),
    ],
    "tables.enrich": [
        ("POST /v1/enrich", {"data": ROWS, **CSV}, ONE),
        ("POST /v1/enrich?format=geojson", {"data": ROWS, **CSV}, ONE),
        ("POST /v1/enrich?format=xlsx", {"data": ROWS, **CSV}, ONE),
        ("POST /v1/enrich", {"data": "place\nIdlib + National hospital\n", **CSV}, ONE),
        ("POST /v1/enrich", {"data": "place\nIdlib\nNowhere\n", **CSV}, NONE),
    ],
    "nominatim.search": [
        ("GET /search?q=National+hospital", {}, ONE),
        ("GET /search?q=National+hospital&format=geojson", {}, ONE),
        ("GET /search.php?q=National+hospital&format=xml&polygon_svg=1", {}, ONE),
        ("GET /search?q=Idlib", {}, NONE),
        ("GET /search?q=Nowhere", {}, NONE),
    ],
    "nominatim.reverse": [
        ("GET /reverse?lat=35.93&lon=36.63", {}, NONE),
        ("GET /reverse?lat=0&lon=0", {}, NONE),
    ],
    "reconcile.endpoint": [
        ("GET /reconcile", {}, NONE),
        ("GET /reconcile", {"headers": {"Accept": "text/html"}}, NONE),
        ("POST /reconcile", {"data": {"queries": BATCH}}, ONE),
        ("POST /reconcile/", {"data": {"queries": BATCH}}, ONE),
        ("POST /reconcile", {"data": {"queries": '{"q0": {"query": " "}}'}}, NONE),
        ("POST /reconcile", {"data": {"extend": EXTEND}}, ONE),
    ],
    "reconcile.preview": [("GET /reconcile/preview?id=test:national", {}, ONE)],
}
#: Those that change something are written down as such: tests/service/test_audit.py.
WRITES = {"uploads.store_incidents", "uploads.delete_incidents"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disclosures")


@pytest.fixture(scope="module")
def app(folder: Path) -> Flask:
    table = folder / "incidents.csv"
    table.write_text(TABLE, "utf-8")
    return create_app(Settings(incidents=table, audit=folder / "audit.jsonl"), FakeGazetteer())


@pytest.fixture
def log(folder: Path) -> Path:
    (folder / "audit.jsonl").unlink(missing_ok=True)
    return folder / "audit.jsonl"


def test_every_route_is_asked_or_tells_of_no_place(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"}
    silent = SILENT | {one.name for one in app.extensions["gazetteer.endpoints"].values() if not one.tells}
    assert endpoints - silent - WRITES == REQUESTS.keys()


@pytest.mark.parametrize(
    ("asked", "sent", "expected"), [one for requests in REQUESTS.values() for one in requests]
)
def test_what_an_answer_tells_of_hospitals_is_written_down(
    app: Flask, log: Path, asked: str, sent: dict[str, Any], expected: dict[str, int] | None
) -> None:
    method, address = asked.split()
    app.test_client().open(address, method=method, buffered=True, **sent)
    response = app.test_client().open(address, method=method, buffered=True, **sent)  # from what may be kept
    said = [line["places"] for line in lines_in(log) if line["stage"] == "done"]
    assert ([] if expected is None else [expected] * 2) == said, response.text
    if response.is_json or response.mimetype in ("text/csv", "text/html"):  # a workbook's text is packed
        assert (expected is not None) == any(mark in response.text for mark in MARKS), response.text


def test_what_is_said_to_tell_of_no_place_does_not(app: Flask, log: Path) -> None:
    plain = ("/v1/info", "/v1/openapi.json", "/", "/about", "/status", "/healthz")
    collections = (f"/ogc/collections{one}" for one in ("", "/facilities", "/incidents/schema"))
    forms = (f"{AREAS}?f={form}" for form in ("json", "html", "csv"))
    for address in (*plain, *collections, *forms, "/ogc", "/ogc/openapi", "/ogc/conformance?f=html"):
        response = app.test_client().get(address)
        assert 200 == response.status_code
        assert not [mark for mark in MARKS if mark in response.text], address
    for address in ("/reconcile/suggest/entity?prefix=nat", "/reconcile/flyout/entity?id=test:national"):
        assert "35.9" not in app.test_client().get(address).text
    assert [] == lines_in(log)
