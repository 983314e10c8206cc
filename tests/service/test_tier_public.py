"""Tier public: every route that others may ask answers from generalised places."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer

#: Where the fake's two hospitals are; the cells' middles are 35.95, 36.65 and 35.65, 36.55.
PRECISE = re.compile(r"35\.935|36\.635|\b35\.6\b(?!\d)|36\.56\b")
TABLE = "id,date,place\na,2016-05-30,National hospital\n"
SEVERAL = "Old hospital + National hospital"
ADDRESSES = (
    "/v1/resolve?text=National+hospital",
    "/v1/resolve?text=Old+hospital+%2B+National+hospital",
    "/v1/places/test:national",
    "/v1/distance?from=National+hospital&to=Aleppo",
    "/v1/ask?question=nearest+hospital+to+Aleppo",
    "/v1/incidents?near=hospital&within=50km",
    "/v1/incidents?near=National+hospital&within=50km",
)


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    table = tmp_path_factory.mktemp("public") / "incidents.csv"
    table.write_text(TABLE, encoding="utf-8")
    return create_app(Settings(tier="public", incidents=table), FakeGazetteer()).test_client()


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_answer_has_a_sensitive_position(public: FlaskClient, address: str) -> None:
    response = public.get(address)
    assert 200 == response.status_code, response.text
    assert not PRECISE.search(response.text), response.text


def test_several_places_of_an_enriched_row_are_generalised(public: FlaskClient) -> None:
    response = public.post("/v1/enrich", data=f"place\n{SEVERAL}\n", content_type="text/csv")
    [row] = csv.DictReader(io.StringIO(response.text))
    assert ("several", "0.1") == (row["gaz_status"], row["gaz_generalised_to_deg"])
    assert [0.1, 0.1] == [one["generalised_to_deg"] for one in json.loads(row["gaz_places"])]
    assert not PRECISE.search(response.text), response.text


def test_an_incident_at_several_hospitals_stands_where_their_cells_are(tmp_path: Path) -> None:
    table = tmp_path / "incidents.csv"
    table.write_text(f"id,date,place\na,2016-05-30,{SEVERAL}\n", "utf-8")
    store = tmp_path / "incidents.sqlite"
    full = create_app(Settings(tier="full", incidents=table, store=store), FakeGazetteer()).test_client()
    [exact] = json.loads(full.get("/v1/incidents").text)["features"]
    lower = create_app(Settings(tier="public", store=store), FakeGazetteer()).test_client()
    response = lower.get("/v1/incidents?near=hospital&within=50km")
    assert not PRECISE.search(response.text), response.text
    [incident] = json.loads(response.text)["features"]
    assert exact["geometry"] != incident["geometry"]
    assert [36.6, 35.8] == [round(one, 3) for one in incident["geometry"]["coordinates"]]
    assert 0.1 == incident["properties"]["incident_generalised_to_deg"]


def test_a_place_says_what_was_done_to_it(public: FlaskClient) -> None:
    place = json.loads(public.get("/v1/places/test:national").text)
    assert (35.95, 36.65, 0.1) == (place["latitude"], place["longitude"], place["generalised_to_deg"])
    assert place["uncertainty_m"] > 7000
    assert "generalised_to_deg" not in json.loads(public.get("/v1/places/test:idlib").text)


def test_an_incident_at_a_hospital_stands_where_the_hospital_does(public: FlaskClient) -> None:
    [incident] = json.loads(public.get("/v1/incidents").text)["features"]
    assert [36.65, 35.95] == incident["geometry"]["coordinates"]
