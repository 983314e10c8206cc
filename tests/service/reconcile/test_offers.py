"""The manifest and what it leads to: suggestions, flyouts, properties to fetch, the card."""

import re
from typing import Any

from flask.testing import FlaskClient

from gazetteer.kinds import PlaceKind
from service.reconcile.vocabulary import FETCHED, TYPES, types_of
from tests.fakes import PLACES, FakeGazetteer, a_place
from tests.service.asking import a_client, an_app, get
from tests.service.reconcile.reconciling import extended, follows


def a_client_with(**place: Any) -> FlaskClient:
    """Return a client of a gazetteer that knows one place more."""
    more = a_place(**place)
    return a_client(FakeGazetteer({**PLACES, more.id: more}))


def test_the_manifest_leads_back_to_the_address_that_was_asked() -> None:
    client = a_client()
    found = follows("manifest", client.get("/reconcile", base_url="http://127.0.0.1:8765").get_json())
    assert (["0.2"], 100) == (found["versions"], found["batchSize"])
    assert ["settlement", "area", "governorate"] == [kind["id"] for kind in found["defaultTypes"]][:3]
    assert "http://127.0.0.1:8765/reconcile/preview?id={{id}}" == found["preview"]["url"]
    assert (200, b"") == (client.head("/reconcile").status_code, client.head("/reconcile").data)
    for address in ("/reconcile", "/reconcile/"):
        methods = client.options(address).headers["Allow"].split(", ")
        assert {"GET", "HEAD", "OPTIONS", "POST"} == set(methods)
        assert found == client.get(address, base_url="http://127.0.0.1:8765").get_json()


def test_a_browser_is_told_what_the_address_is_for_and_a_program_gets_the_manifest() -> None:
    for accept, expected in (
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "text/html"),
        ("text/html", "text/html"),
        ("text/html;q=0.5,application/json", "application/json"),
        ("application/json, text/javascript, */*; q=0.01", "application/json"),
        ("text/javascript, application/javascript, */*; q=0.01", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
    ):
        response = a_client().get("/reconcile/", headers={"Accept": accept})
        assert (200, expected) == (response.status_code, response.mimetype), accept
        assert "Accept" in response.headers["Vary"].split(", ")
        assert (expected == "text/html") == ("<code>http://localhost/reconcile</code>" in response.text)


def test_every_address_in_the_manifest_answers_by_its_schema() -> None:
    client = a_client()
    found = get(client, "/reconcile")
    first = {"entity": "test:idlib", "type": "hospital", "property": "near"}
    for what, service in found["suggest"].items():
        follows("suggestions", get(client, service["service_url"] + service["service_path"] + "?prefix=h"))
        flyout = service["flyout_service_url"] + service["flyout_service_path"].replace("${id}", first[what])
        assert first[what] == follows("flyout", get(client, flyout))["id"]
    proposed = found["extend"]["propose_properties"]
    follows("proposals", get(client, proposed["service_url"] + proposed["service_path"] + "?type=hospital"))
    assert 200 == client.get(found["view"]["url"].replace("{{id}}", "SY07")).status_code


def suggested(client: FlaskClient, what: str, prefix: str, more: str = "") -> dict[str, Any]:
    answer = get(client, f"/reconcile/suggest/{what}?prefix={prefix}{more}")
    page: dict[str, Any] = follows("suggestions", answer)
    return page


def test_entities_are_suggested_with_what_tells_them_apart_and_an_id_once() -> None:
    [found] = suggested(a_client(), "entity", "nat")["result"]
    assert ("test:national", "National hospital — Idleb") == (found["id"], found["name"])
    assert ["hospital", "facility"] == [kind["id"] for kind in found["notable"]]
    assert ["SY07"] == [item["id"] for item in suggested(a_client(), "entity", "SY07")["result"]]


def test_suggestions_come_in_pages_without_a_gap() -> None:
    places = [a_place(f"Kafr {n}") for n in range(10, 40)]
    crowded = a_client(FakeGazetteer({place.id: place for place in places}))
    for client, what, expected in (
        (crowded, "entity", [f"{place.name} — Idleb" for place in places]),
        (a_client(), "type", [row.name for row in TYPES.values()]),
    ):
        seen = list[str]()
        for start in range(0, len(expected), 10):
            page = suggested(client, what, "", f"&cursor={start}")
            seen += [item["name"] for item in page["result"]]
            assert page.get("cursor") == (start + 10 if start + 10 < len(expected) else None)
        assert expected == seen


def test_properties_are_found_by_any_word_or_id_and_leftovers_are_ignored() -> None:
    for prefix, first in (("p-code", "pcode"), ("adm2", "adm2_name"), ("NEAR", "near")):
        assert first == suggested(a_client(), "property", prefix)["result"][0]["id"]
    # OpenRefine adds what another service took.
    extra = "&spell=always&exact=false&scoring=schema&prefixed=true&type=hospital"
    found = suggested(a_client(), "property", "gov", extra)["result"]
    assert ["governorate", "adm1_name", "adm1_pcode"] == [item["id"] for item in found]


def test_every_kind_has_its_types_the_narrow_one_first() -> None:
    for kind in PlaceKind:
        narrow, *wide = types_of(a_place(kind=kind))
        assert (kind.value, True) == (narrow, {narrow, *wide} <= TYPES.keys())
    assert ["hospital", "facility"] == types_of(a_place(kind=PlaceKind.HOSPITAL))
    assert "Any clinic, hospital" == TYPES["facility"].description


def test_properties_are_proposed_up_to_the_limit() -> None:
    client = a_client()
    everything = follows("proposals", get(client, "/reconcile/properties?type=hospital"))
    assert FETCHED == [p["id"] for p in everything["properties"]]
    two = follows("proposals", get(client, "/reconcile/properties?type=&limit=2"))
    assert (2, 2, "") == (len(two["properties"]), two["limit"], two["type"])


def test_properties_of_entities_are_answered_in_their_types() -> None:
    rows = extended(a_client(), ["test:idlib", "SY07", "nothing"], *FETCHED)
    cells = {name: cell[0] if cell else None for name, cell in rows["test:idlib"].items()}
    assert ({"id": "SY07", "name": "Idleb"}, {"str": "SY0700"}) == (cells["governorate"], cells["adm2_pcode"])
    assert ({"float": 35.93}, {"float": 36.63}) == (cells["latitude"], cells["longitude"])
    assert ({"int": 2500}, {"str": "settlement"}) == (cells["uncertainty_m"], cells["kind"])
    assert [None] * 4 == [cells[name] for name in ("pcode", "population", "subdistrict", "adm3_name")]
    assert ([{"str": "SY07"}], [{"str": "Idleb"}]) == (rows["SY07"]["pcode"], rows["SY07"]["name"])
    assert {name: [] for name in FETCHED} == rows["nothing"]
    nobody_left = extended(a_client_with(id="test:ruin", population=0), ["test:ruin"], "population")
    assert {"test:ruin": {"population": [{"int": 0}]}} == nobody_left


def test_names_come_in_arabic_where_that_is_set() -> None:
    rows = extended(a_client(), ["test:idlib"], "governorate", "adm1_name", language="ar")
    arabic = {"governorate": [{"id": "SY07", "name": "إدلب"}], "adm1_name": [{"str": "إدلب"}]}
    assert {"test:idlib": arabic} == rows


def test_a_computed_position_can_be_extended_by_its_id_alone() -> None:
    entity_id = "geo:35.90617,36.80611;u=6803"
    row = extended(a_client(), [entity_id], "latitude", "uncertainty_m", "adm1_pcode")[entity_id]
    assert [[{"float": 35.90617}], [{"int": 6803}], [{"str": "SY07"}]] == list(row.values())


def card(client: FlaskClient, entity_id: str) -> str:
    response = client.get("/reconcile/preview", query_string={"id": entity_id})
    assert (200, "text/html; charset=utf-8") == (response.status_code, response.content_type)
    return response.text


def test_a_card_shows_names_kind_areas_and_radius() -> None:
    client = a_client_with(id="C3916", name_ar="سراقب", population=34_231, uncertainty_m=2476.0)
    html = card(client, "C3916")
    for words in ("Saraqeb", "سراقب", "Settlement", "C3916", "SY0700", "34,231", "within 2.5 km"):
        assert words in html, words


def test_a_card_is_written_for_areas_and_anywhere_on_earth() -> None:
    for entity_id in ("SY07", "geo:0.00000,0.00000;u=1", "geo:90.00000,180.00000;u=9999999"):
        assert "nan" not in card(a_client(), entity_id), entity_id


def test_a_card_or_flyout_runs_no_script_and_asks_for_nothing_more_whatever_a_name_is() -> None:
    client = a_client_with(name="<img src=x><script>x</script>", id="test:bad", name_ar='"><b>')
    flyout = get(client, "/reconcile/flyout/entity?id=test:bad")["html"]
    assert "&lt;script&gt;" in flyout
    html = flyout + card(client, "test:idlib") + card(client, "test:bad")
    assert not re.findall(r"<script|<img|<b>|<link|<style|(?:src|href)=\"| on\w+=", html)


def test_a_card_may_be_framed_by_this_machine_and_by_origins_that_may_read_answers() -> None:
    for settings, more in (
        ({}, ""),
        ({"allow_origin": ("https://example.org",)}, " https://example.org"),
        ({"tier": "public"}, " *"),
    ):
        client = an_app(**settings).test_client()
        policy = client.get("/reconcile/preview?id=test:idlib").headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; ")
        assert policy.endswith("frame-ancestors 'self' http://127.0.0.1:* http://localhost:*" + more)
