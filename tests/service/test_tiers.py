"""Each request runs in a tier of its own, and everything that it is answered is that tier's."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient
from pydantic import SecretStr

from service.access import Caller
from service.app import create_app
from service.settings import Settings
from service.tiers import CELL_DEG, TIERS, Tier, seen
from tests.fakes import FakeGazetteer
from tests.service.asking import AREAS, BEARER, INCIDENTS, KEY, an_app, get

HOSPITAL = "/v1/places/test:national"
EXACT = FakeGazetteer().place("test:national").position


def a_public_server(**settings: Any) -> FlaskClient:
    return an_app(tier="public", api_key=SecretStr(KEY), **settings).test_client()


def test_a_key_of_tier_full_sees_where_others_see_a_cell() -> None:
    client = a_public_server()
    public = get(client, HOSPITAL)
    assert (35.95, 36.65, 0.1) == (public["latitude"], public["longitude"], public["generalised_to_deg"])
    full = json.loads(client.get(HOSPITAL, headers=BEARER).text)
    assert (EXACT.latitude, EXACT.longitude) == (full["latitude"], full["longitude"])
    assert "generalised_to_deg" not in full
    assert public == get(client, HOSPITAL), "what one caller sees must not stay for the next"


@pytest.mark.parametrize("address", ["/v1/resolve?text=National+hospital", f"{AREAS}?level=1", INCIDENTS])
def test_what_is_kept_of_answers_is_kept_for_each_tier(tmp_path: Path, address: str) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,date,place\na,2016-05-30,National hospital\n", encoding="utf-8")
    client = a_public_server(incidents=table)
    for _ in range(2):
        assert str(EXACT.latitude) not in client.get(address).text
        full = client.get(address, headers=BEARER)
        assert ("areas" in address) != (str(EXACT.latitude) in full.text)


def test_an_answer_of_one_tier_is_not_the_unchanged_answer_of_another() -> None:
    client = a_public_server()
    full = client.get(HOSPITAL, headers=BEARER)
    assert "no-store" == full.headers["Cache-Control"]
    again = client.get(HOSPITAL, headers={"If-None-Match": full.headers["ETag"]})
    assert (200, "public, max-age=3600") == (again.status_code, again.headers["Cache-Control"])
    assert "Authorization" in again.headers["Vary"]


@pytest.mark.parametrize("tier", TIERS)
def test_the_gazetteer_of_a_tier_is_generalised_to_its_cell(tier: Tier) -> None:
    app = create_app(Settings(tier=tier), FakeGazetteer())
    client = app.test_client()
    assert [tier, CELL_DEG[tier]] == [
        get(client, "/v1/info")[name] for name in ("tier", "generalised_to_deg")
    ]
    assert CELL_DEG[tier] == get(client, HOSPITAL).get("generalised_to_deg")


def test_nothing_is_seen_before_it_is_known_who_asks() -> None:
    app = create_app(Settings(), FakeGazetteer())
    with app.test_request_context("/"), pytest.raises(LookupError):
        seen()
    with app.test_request_context("/"):
        g.caller = Caller("", "partner", "read", "192.0.2.7", is_local=False)
        assert ("partner", 0.01) == (seen().tier, seen().info.generalised_to_deg)


def test_a_wrong_key_is_told_even_where_none_is_needed() -> None:
    response = a_public_server().get(HOSPITAL, headers={"Authorization": "Bearer wrong"})
    assert 403 == response.status_code
    assert 200 == a_public_server().get(HOSPITAL, headers={"Authorization": "Basic eDp5"}).status_code


def test_a_write_by_a_caller_who_may_not_is_refused_before_its_body_is_read() -> None:
    class Unread:
        def read(self, *_: Any) -> bytes:
            raise AssertionError("read before it was refused")

        readline = readlines = __iter__ = read

    for headers, status in (({}, 401), ({"Authorization": "Bearer wrong"}, 403)):
        environ = {"wsgi.input": Unread(), "CONTENT_LENGTH": "100", "CONTENT_TYPE": "text/csv"}
        response = a_public_server().post("/v1/incidents", headers=headers, environ_overrides=environ)
        assert status == response.status_code


def test_every_route_that_is_no_question_counts_as_a_write() -> None:
    asked_by_post = {"names.resolve_many", "names.geoparse", "names.reverse_many", "tables.enrich"}
    app = create_app(Settings(), FakeGazetteer())
    declared = app.extensions["gazetteer.endpoints"]
    for rule in app.url_map.iter_rules():
        changing = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if changing and rule.endpoint not in asked_by_post | {"reconcile.endpoint"}:
            assert declared[rule.endpoint].writes, f"{rule.endpoint} takes {changing} from anybody"
