"""Who may ask, in which tier each request runs, and that all that it is answered is that tier's."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import g

from gazetteer import Gazetteer
from service.access import Caller
from service.app import create_app
from service.settings import Settings
from service.tiers import CELL_DEG, TIERS, seen
from tests.builders import a_gazetteer_file, a_record
from tests.fakes import FakeGazetteer
from tests.service.asking import AREAS, BEARER, ENDPOINTS, INCIDENTS, KEY, a_client, a_client_of, get, refused

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
    asked_by_post = {"names.resolve_many", "names.geoparse", "names.reverse_many", "tables.enrich"}
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
