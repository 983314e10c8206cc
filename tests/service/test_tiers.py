"""Who may ask, in which tier each request runs, and that its answer is of that tier and says so."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient

from gazetteer import Gazetteer, LatLon, PlaceKind
from gazetteer.privacy.tiers import CELL_DEG, TIERS
from service.access import Caller
from service.app import create_app
from service.settings import Settings
from service.tiers import seen
from tests.builders import a_gazetteer_file, a_record
from tests.fakes import FakeGazetteer
from tests.service.asking import (
    AREAS,
    BEARER,
    ENDPOINTS,
    FACILITIES,
    INCIDENTS,
    KEY,
    PLACES,
    a_client,
    a_client_of,
    get,
    refused,
    rows_of,
)

HOSPITAL = "/v1/places/test:national"
EXACT = FakeGazetteer().place("test:national").position
WRONG = {"Authorization": "Bearer wrong"}

# ------------------------------------------------------------------------------------------ who may ask


def test_a_full_server_that_others_reach_asks_for_the_key_everywhere_and_never_tells_it() -> None:
    client = a_client(host="0.0.0.0", api_key=KEY)
    for address in {*ENDPOINTS, "/", "/reconcile", "/search?q=Idlib"} - {"/healthz", "/readyz"}:
        without, right = client.get(address), client.get(address, headers=BEARER)
        assert (401, "Bearer") == (without.get_json()["status"], without.headers["WWW-Authenticate"]), address
        assert 403 == client.get(address, headers=WRONG).get_json()["status"], address
        assert right.status_code in (200, 404, 503), address
        assert KEY not in right.text
    assert 200 == client.get("/healthz").status_code
    assert 200 == client.options("/v1/resolve").status_code


def test_a_browser_from_elsewhere_is_told_how_the_pages_can_be_opened() -> None:
    for page in ("/", "/about"):
        told = a_client(host="0.0.0.0", api_key=KEY).get(page)
        refused(told, 401, words="--tier public")
        refused(told, 401, words="which a browser doesn't send")


def test_figures_are_for_this_machine_or_for_those_with_the_key() -> None:
    client = a_client(host="0.0.0.0", tier="public", api_key=KEY)
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    forwarded = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}
    here = {"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "::1"}
    for status, environs in ((200, here), (401, (elsewhere, forwarded))):
        for environ in environs:
            assert status == client.get("/metrics", environ_overrides=environ).status_code, environ
            assert 200 == client.get("/metrics", environ_overrides=environ, headers=BEARER).status_code


def test_a_wrong_key_is_told_even_where_none_is_needed() -> None:
    client = a_client(tier="public", api_key=KEY)
    assert 403 == client.get(HOSPITAL, headers=WRONG).status_code
    assert 200 == client.get(HOSPITAL, headers={"Authorization": "Basic eDp5"}).status_code


def test_a_write_by_a_caller_who_may_not_is_refused_before_its_body_is_read() -> None:
    class Unread:
        def read(self, *_: Any) -> bytes:
            raise AssertionError("read before it was refused")

        readline = readlines = __iter__ = read

    client = a_client(tier="public", api_key=KEY)
    for headers, status in (({}, 401), (WRONG, 403)):
        environ = {"wsgi.input": Unread(), "CONTENT_LENGTH": "100", "CONTENT_TYPE": "text/csv"}
        response = client.post("/v1/incidents", headers=headers, environ_overrides=environ)
        assert status == response.status_code


def test_every_route_that_is_no_question_counts_as_a_write() -> None:
    asked_by_post = {
        "names.resolve_many",
        "names.geoparse",
        "names.reverse_many",
        "tables.enrich",
        "tables.leaks",
    }
    app = create_app(Settings(), FakeGazetteer())
    declared = app.extensions["gazetteer.endpoints"]
    for rule in app.url_map.iter_rules():
        changing = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if changing and rule.endpoint not in asked_by_post | {"reconcile.endpoint"}:
            assert declared[rule.endpoint].writes, f"{rule.endpoint} takes {changing} from anybody"


def test_a_server_is_ready_until_its_gazetteer_file_is_replaced_or_gone(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg")
    with Gazetteer.open(path) as gazetteer:
        client = a_client(gazetteer)
        assert {"status": "ready"} == get(client, "/readyz")
        a_gazetteer_file(path, [a_record(name="Another")])
        refused(client.get("/readyz"), 503, words="was replaced")
        path.unlink()
        refused(client.get("/readyz"), 503)
        assert 200 == client.get("/healthz").status_code


# ----------------------------------------------------------------------------------------- in which tier


def test_a_key_of_tier_full_sees_where_others_see_a_cell() -> None:
    client = a_client(tier="public", api_key=KEY)
    public = get(client, HOSPITAL)
    assert (35.95, 36.65, 0.1) == (public["latitude"], public["longitude"], public["generalised_to_deg"])
    full = json.loads(client.get(HOSPITAL, headers=BEARER).text)
    assert (EXACT.latitude, EXACT.longitude) == (full["latitude"], full["longitude"])
    assert "generalised_to_deg" not in full
    assert public == get(client, HOSPITAL), "what one caller sees must not stay for the next"


def test_what_is_kept_of_answers_is_kept_for_each_tier(tmp_path: Path) -> None:
    client = a_client_of("id,date,place\na,2016-05-30,National hospital\n", tmp_path, tier="public")
    for address in ("/v1/resolve?text=National+hospital", f"{AREAS}?level=1", INCIDENTS) * 2:
        assert str(EXACT.latitude) not in client.get(address).text
        full = client.get(address, headers=BEARER)
        assert ("areas" in address) != (str(EXACT.latitude) in full.text), address


def test_an_answer_of_one_tier_is_not_the_unchanged_answer_of_another() -> None:
    client = a_client(tier="public", api_key=KEY)
    full = client.get(HOSPITAL, headers=BEARER)
    assert "no-store" == full.headers["Cache-Control"]
    again = client.get(HOSPITAL, headers={"If-None-Match": full.headers["ETag"]})
    assert (200, "public, max-age=3600") == (again.status_code, again.headers["Cache-Control"])
    assert "Authorization" in again.headers["Vary"]


def test_the_gazetteer_of_a_tier_is_generalised_to_its_cell() -> None:
    for tier in TIERS:
        client = a_client(tier=tier)
        info = get(client, "/v1/info")
        assert (tier, CELL_DEG[tier]) == (info["tier"], info["generalised_to_deg"])
        assert CELL_DEG[tier] == get(client, HOSPITAL).get("generalised_to_deg")


def test_nothing_is_seen_before_it_is_known_who_asks() -> None:
    app = create_app(Settings(), FakeGazetteer())
    with app.test_request_context("/"), pytest.raises(LookupError):
        seen()
    with app.test_request_context("/"):
        g.caller = Caller("", "partner", "read", "192.0.2.7", is_local=False)
        assert ("partner", 0.01) == (seen().tier, seen().info.generalised_to_deg)


# --------------------------------------------------------------------------------------------- what says so

ROWS = "id,date,place,latitude,longitude\na,2016-05-30,,35.6,36.6\nb,2016-05-30,Hass hospital,,\n"
QUERIES = json.dumps({"q0": {"query": "Hass hospital"}})
EXTEND = json.dumps({"ids": ["cg:h", "C4000"], "properties": [{"id": "generalised_to_deg"}]})
#: What each says: the field, or the words.
FIELD = re.compile(r'generalised_to_deg("?:\s?|=")0\.1\b')
WORDS = "generalised to 0.1°"
#: Addresses of our own shape.
OWN = (
    "/v1/places/cg:h",
    PLACES,
    FACILITIES,
    f"{PLACES}/cg:h",
    f"{PLACES}?kind=facility",
    "/v1/suggest?text=Hass+h",
    "/v1/decision?text=cg:h",
    "/v1/resolve?text=Hass+hospital",
    "/v1/resolve?text=5+km+north+of+Hass+hospital",
    "/v1/distance?from=Hass&to=cg:h",
    "/v1/reverse?latitude=35.9&longitude=36.2",
    f"{INCIDENTS}?near=hospital&within=50km",
    "/v1/incidents/summary?near=hospital&within=50km",
    "/v1/incidents/spots?near=hospital&within=50km",
    "/v1/ask?question=nearest+hospital+to+Hass",
    "/v1/ask?question=incidents+within+50+km+of+hospitals",
    "/v1/info",
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
    return {tier: a_client(precise, tier=tier, incidents=table) for tier in ("public", "full")}


def answered(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert 200 == response.status_code, response.text
    return response.text


def test_an_answer_says_what_was_generalised_in_its_field(clients: dict[str, FlaskClient]) -> None:
    for address in OWN:
        assert FIELD.search(answered(clients["public"], address)), address
        assert not FIELD.search(answered(clients["full"], address)), address


def test_an_answer_in_the_shape_of_nominatim_says_so(clients: dict[str, FlaskClient]) -> None:
    for form in ("json", "jsonv2", "geojson", "geocodejson", "xml"):
        for more in ("", "&extratags=1"):
            address = f"/search?q=Hass+hospital&format={form}{more}"
            text = answered(clients["public"], address)
            assert FIELD.search(text), text
            tagged = re.search('generalised_to_deg"(:"| value=")0.1', text)
            assert (tagged is not None) == bool(more), address
            assert "generalised" not in answered(clients["full"], address)


def test_reconciling_says_so_in_words(clients: dict[str, FlaskClient]) -> None:
    for address in (
        f"/reconcile?queries={QUERIES}",
        "/reconcile/preview?id=cg:h",
        "/reconcile/suggest/entity?prefix=Hass+h",
        "/reconcile/flyout/entity?id=cg:h",
    ):
        assert WORDS in answered(clients["public"], address).replace("\\u00b0", "°"), address
        assert "generalised" not in answered(clients["full"], address)


def test_reconciling_gives_it_as_a_property(clients: dict[str, FlaskClient]) -> None:
    rows = json.loads(answered(clients["public"], f"/reconcile?extend={EXTEND}"))["rows"]
    given = {key: cells["generalised_to_deg"] for key, cells in rows.items()}
    assert {"cg:h": [{"float": 0.1}], "C4000": []} == given


def test_an_enriched_table_says_so_in_a_column_of_its_own(clients: dict[str, FlaskClient]) -> None:
    for tier, said in {"public": ["0.1", ""], "full": [None, None]}.items():
        response = clients[tier].post(
            "/v1/enrich", data="place\nHass hospital\nHass\n", content_type="text/csv"
        )
        assert said == [row.get("gaz_generalised_to_deg") for row in rows_of(response)]


def test_a_table_of_incidents_has_the_same_columns_of_ours_at_every_tier(
    clients: dict[str, FlaskClient],
) -> None:
    public, full = (
        rows_of(one.get(f"{INCIDENTS}?near=hospital&within=50km&f=csv")) for one in clients.values()
    )
    ours = [name for name in public[0] if name.startswith("incident_")]
    assert ours == [name for name in full[0] if name.startswith("incident_")]
    assert {"incident_generalised_to_deg", "incident_nearest_generalised_to_deg"} <= set(ours)
    for rows, said in ((public, ["0.1", "0.1"]), (full, ["", ""])):
        assert said == [row["incident_generalised_to_deg"] for row in rows]


def test_every_incident_says_so_wherever_it_was(clients: dict[str, FlaskClient]) -> None:
    features = json.loads(answered(clients["public"], INCIDENTS))["features"]
    assert [0.1, 0.1] == [one["properties"].get("incident_generalised_to_deg") for one in features]
