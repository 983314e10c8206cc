"""What each answer tells of sensitive places is counted exactly, and what tells of none has no line.

That every route is asked, and that none of them tells more, is held in tests/service/harm.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import FACILITIES, INCIDENTS, PLACES
from tests.service.auditing import lines_in

#: What an answer says that tells of either hospital.
MARKS = ("35.935", "test:national", "35.6,36.56", "test:old", "36.56")
TABLE = "id,date,place,governorate\nh,2016-05-30,National hospital,Idleb\nk,2016-05-30,Kafranbel,Idleb\n"
NEAR = "near=hospital&within=5km"
#: What is asked, by how many hospitals are told of.
GETS: dict[int, list[str]] = {
    0: [
        "/v1/resolve?text=Idlib",
        "/v1/reverse?latitude=35.93&longitude=36.63",
        "/v1/distance?from=Idlib&to=Aleppo",
        "/v1/suggest?text=idl",
        "/v1/places/test:nothing",
        f"{PLACES}?kind=settlement",
        f"{FACILITIES}/test:idlib",
        f"{INCIDENTS}/k",
        f"/v1/incidents/summary?{NEAR}",
        "/v1/ask?question=how+far+is+Idlib+from+Aleppo",
        "/search?q=Idlib",
        "/reverse?lat=35.93&lon=36.63",
    ],
    1: [
        "/v1/resolve?text=Idlib+%2B+National+hospital&limit=1",
        "/v1/distance?from=Idlib&to=National+hospital",
        "/v1/suggest?text=nat",
        "/v1/places/test:national",
        f"{PLACES}?kind=hospital&limit=1",
        *(f"{FACILITIES}/test:national?f={form}" for form in ("json", "html")),
        *(f"{INCIDENTS}/h?f={form}" for form in ("json", "html")),
        *(f"{INCIDENTS}?f={form}" for form in ("json", "html", "csv")),
        f"{INCIDENTS}?{NEAR}",
        f"/v1/incidents/summary?{NEAR}&by=facility",
        "/v1/ask?question=strikes+within+5+km+of+a+hospital",
        "/search?q=National+hospital",
        "/reconcile/preview?id=test:national",
    ],
    2: [f"{FACILITIES}?f={form}" for form in ("json", "html", "csv")],
}
QUERIES = [{"text": "National hospital"}, {"text": "Old hospital"}, {"text": "Idlib"}]
BATCH = json.dumps({"q0": {"query": "National hospital"}, "q1": {"query": "Idlib"}})
EXTEND = json.dumps({"ids": ["test:old", "nothing"], "properties": [{"id": "latitude"}]})
CSV = {"content_type": "text/csv"}
POINTS = {"points": [{"latitude": 35.93, "longitude": 36.63}]}
POSTS: list[tuple[int, str, dict[str, Any]]] = [
    (2, "/v1/resolve", {"json": {"queries": QUERIES}}),
    (0, "/v1/resolve", {"json": {"queries": QUERIES[2:]}}),
    (0, "/v1/geoparse", {"json": {"text": "Idlib"}}),
    (0, "/v1/reverse", {"json": POINTS}),
    (1, "/v1/enrich", {"data": "place\nNational hospital\nNational hospital\n", **CSV}),
    (1, "/v1/enrich?format=xlsx", {"data": "place\nIdlib + National hospital\n", **CSV}),
    (0, "/v1/enrich", {"data": "place\nIdlib\nNowhere\n", **CSV}),
    (1, "/reconcile", {"data": {"queries": BATCH}}),
    (1, "/reconcile", {"data": {"extend": EXTEND}}),
    (0, "/reconcile", {"data": {"queries": '{"q0": {"query": " "}}'}}),
]


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


def asks() -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    for count, addresses in GETS.items():
        yield from ((count, "GET", address, {}) for address in addresses)
    yield from ((count, "POST", address, sent) for count, address, sent in POSTS)


def test_what_an_answer_tells_of_hospitals_is_written_down(app: Flask, log: Path) -> None:
    for count, method, address, sent in asks():
        log.unlink(missing_ok=True)
        for _ in range(2):  # the second from what may be kept
            response = app.test_client().open(address, method=method, buffered=True, **sent)
        said = [line["places"] for line in lines_in(log) if line["stage"] == "done"]
        assert ([{"hospital": count}] * 2 if count else []) == said, (address, sent)
        if response.is_json or response.mimetype in ("text/csv", "text/html"):  # a workbook's text is packed
            assert (count > 0) == any(mark in response.text for mark in MARKS), (address, sent)
