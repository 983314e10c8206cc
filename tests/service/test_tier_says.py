"""Tier public: every answer with a generalised place in it says so, and follows its schema."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

from gazetteer import Gazetteer, LatLon, PlaceKind
from service.app import create_app
from service.settings import Settings
from tests.builders import a_gazetteer_file, a_record
from tests.service.asking import FACILITIES, INCIDENTS, PLACES, described

ROWS = "id,date,place,latitude,longitude\na,2016-05-30,,35.6,36.6\nb,2016-05-30,Hass hospital,,\n"
QUERIES = json.dumps({"q0": {"query": "Hass hospital"}})
EXTEND = json.dumps({"ids": ["cg:h", "C4000"], "properties": [{"id": "generalised_to_deg"}]})
#: What each says: the field, or the words.
FIELD = re.compile(r'generalised_to_deg("?:\s?|=")0\.1\b')
WORDS = "generalised to 0.1°"
#: Addresses of our own shape, which have a schema.
OWN = (
    "/v1/places/{id}?id=cg:h",
    PLACES,
    FACILITIES,
    f"{PLACES}/{{id}}?id=cg:h",
    f"{PLACES}?kind=facility",
    "/v1/suggest?text=Hass+h",
    "/v1/resolve?text=Hass+hospital",
    "/v1/resolve?text=5+km+north+of+Hass+hospital",
    "/v1/distance?from=Hass&to=cg:h",
    "/v1/reverse?latitude=35.9&longitude=36.2",
    f"{INCIDENTS}?near=hospital&within=50km",
    "/v1/incidents/summary?near=hospital&within=50km",
    "/v1/ask?question=nearest+hospital+to+Hass",
    "/v1/ask?question=incidents+within+50+km+of+hospitals",
    "/v1/info",
)
NOMINATIM = tuple(
    f"/search?q=Hass+hospital&format={form}{more}"
    for form in ("json", "jsonv2", "geojson", "geocodejson", "xml")
    for more in ("", "&extratags=1")
)


@pytest.fixture(scope="module")
def precise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazetteer]:
    special: dict[str, Any] = {"name_ar": "", "uncertainty_m": 100.0, "population": None, "sensitive": True}
    records = [
        a_record(id="SY07", name="Idleb", kind=PlaceKind.GOVERNORATE, adm2_pcode=None, adm3_pcode=None),
        a_record(id="C4000", name="Hass", position=LatLon(35.57, 36.61)),
        a_record(
            id="cg:h",
            name="Hass hospital",
            kind=PlaceKind.HOSPITAL,
            position=LatLon(35.571, 36.614),
            **special,
        ),
        a_record(id="cg:camp", name="Qah camp", kind=PlaceKind.CAMP, position=LatLon(35.9, 36.2), **special),
    ]
    path = a_gazetteer_file(tmp_path_factory.mktemp("g") / "g.gpkg", records)
    with Gazetteer.open(path) as gazetteer:
        yield gazetteer


@pytest.fixture(scope="module")
def clients(precise: Gazetteer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, FlaskClient]:
    """A client of tier public and one of tier full."""
    table = tmp_path_factory.mktemp("table") / "incidents.csv"
    table.write_text(ROWS, encoding="utf-8")
    settings = (Settings(tier="public", incidents=table), Settings(incidents=table))
    return {one.tier: create_app(one, precise).test_client() for one in settings}


def answered(client: FlaskClient, address: str) -> str:
    response = client.get(address.replace("{id}?id=", ""))
    assert 200 == response.status_code, response.text
    return response.text


@pytest.mark.parametrize("address", OWN)
def test_an_answer_says_what_was_generalised_as_its_schema_has_it(
    clients: dict[str, FlaskClient], address: str
) -> None:
    text = answered(clients["public"], address)
    assert FIELD.search(text), text
    document, path = described(clients["public"], address.partition("?")[0])
    contents = document["paths"][path]["get"]["responses"]["200"]["content"]
    kind = "application/geo+json" if '"Feature' in text else "application/json"
    schema = {**contents[kind]["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))
    assert not FIELD.search(answered(clients["full"], address))


@pytest.mark.parametrize("address", NOMINATIM)
def test_an_answer_in_the_shape_of_nominatim_says_so(clients: dict[str, FlaskClient], address: str) -> None:
    text = answered(clients["public"], address)
    assert FIELD.search(text), text
    assert ("extratags" in address) == (re.search('generalised_to_deg"(:"| value=")0.1', text) is not None)
    assert "generalised" not in answered(clients["full"], address)


@pytest.mark.parametrize(
    "address",
    [
        f"/reconcile?queries={QUERIES}",
        "/reconcile/preview?id=cg:h",
        "/reconcile/suggest/entity?prefix=Hass+h",
        "/reconcile/flyout/entity?id=cg:h",
    ],
)
def test_reconciling_says_so_in_words(clients: dict[str, FlaskClient], address: str) -> None:
    assert WORDS in answered(clients["public"], address).replace("\\u00b0", "°")
    assert "generalised" not in answered(clients["full"], address)


def test_reconciling_gives_it_as_a_property(clients: dict[str, FlaskClient]) -> None:
    rows = json.loads(answered(clients["public"], f"/reconcile?extend={EXTEND}"))["rows"]
    assert {"cg:h": [{"float": 0.1}], "C4000": []} == {
        key: cells["generalised_to_deg"] for key, cells in rows.items()
    }


def test_an_enriched_table_says_so_in_a_column_of_its_own(clients: dict[str, FlaskClient]) -> None:
    said = []
    for client in clients.values():
        sent = io.BytesIO(b"place\nHass hospital\nHass\n")
        response = client.post("/v1/enrich", data=sent, content_type="text/csv")
        said.append([row.get("gaz_generalised_to_deg") for row in csv.DictReader(io.StringIO(response.text))])
    assert [["0.1", ""], [None, None]] == said


def test_a_table_of_incidents_has_the_same_columns_of_ours_at_every_tier(
    clients: dict[str, FlaskClient],
) -> None:
    ours, sides = [], []
    for client in clients.values():
        text = answered(client, f"{INCIDENTS}?near=hospital&within=50km&f=csv")
        rows = list(csv.DictReader(io.StringIO(text)))
        ours.append([name for name in rows[0] if name.startswith("incident_")])
        sides.append([row["incident_generalised_to_deg"] for row in rows])
    assert ours[0] == ours[1]
    assert {"incident_generalised_to_deg", "incident_nearest_generalised_to_deg"} <= set(ours[0])
    assert [["0.1", "0.1"], ["", ""]] == sides


def test_every_incident_says_so_wherever_it_was(clients: dict[str, FlaskClient]) -> None:
    features = json.loads(answered(clients["public"], INCIDENTS))["features"]
    assert [0.1, 0.1] == [one["properties"].get("incident_generalised_to_deg") for one in features]
