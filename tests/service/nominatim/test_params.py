"""What Nominatim's clients send is taken; a value that can't be used is refused by its parameter's name."""

from urllib.parse import parse_qsl

import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from pydantic import SecretStr

from tests.service.asking import KEY, an_app, get
from tests.service.nominatim.asking import error_of, reverse, search

#: A harmless value of everything that a client may send, ours or not.
SHARED = (
    "format=jsonv2&extratags=0&namedetails=0&entrances=0&accept-language=en&email=someone@example.org&debug=0"
    "&layer=address,POI,railway,natural,manmade&polygon_geojson=0&polygon_kml=0&polygon_svg=0&polygon_text=0"
    "&polygon_threshold=-1&json_callback=&osmServer=https://example.org&_=1700000000&method=osm&pretty=1"
)
SEARCH = (
    f"{SHARED}&addressdetails=0&limit=10&countrycodes=sy&featureType=&exclude_place_ids=&viewbox=35,32,43,38"
    "&viewboxlbrt=35,32,43,38&featuretype=City&FEATURETYPE=settlement&bounded=1&dedupe=1&limit=1000"
    "&countrycodes=syr,s,&exclude_place_ids=x,,N2,-5,1.5,w7"
)
REVERSE = f"{SHARED}&addressdetails=1&zoom=18&zoom=-1000000&q=x"
TOWN = "lat=35.863&lon=36.799"
IDS = ",".join(f"N{number}" for number in range(51))


def test_each_parameter_is_taken_and_answers_the_same(client: FlaskClient) -> None:
    found, round_it = search(client, "Saraqeb"), reverse(client, 35.863, 36.799)
    for name, value in parse_qsl(SEARCH, keep_blank_values=True):
        assert found == search(client, "Saraqeb", **{name: value}), name
    for name, value in parse_qsl(REVERSE, keep_blank_values=True)[:-2]:
        assert round_it == reverse(client, 35.863, 36.799, **{name: value}), name


def test_the_last_of_a_repeated_parameter_counts(client: FlaskClient) -> None:
    repeated = "q=Mansura&format=xml&extratags=1&q=Saraqeb&format=jsonv2&extratags=0"
    assert search(client, "Saraqeb") == get(client, f"/search?{repeated}")


def test_the_names_with_php_are_the_same_routes(client: FlaskClient) -> None:
    for address in ("/search?q=Saraqeb", f"/reverse?{TOWN}", "/lookup?osm_ids=N1", "/status?format=json"):
        older = address.replace("?", ".php?")
        assert client.get(address).text == client.get(older).text


def test_only_a_zero_is_a_no(client: FlaskClient) -> None:
    for value in ("1", "true", "100", "-1", "false", "no", "00", "0"):
        is_on = "extratags" in search(client, "Saraqeb", extratags=value)[0]
        assert is_on == (value != "0"), value
        assert is_on == ("address" in reverse(client, 35.863, 36.799, addressdetails=value)), value


def test_a_limit_below_one_is_one_and_a_plus_sign_may_come_as_a_blank(client: FlaskClient) -> None:
    for limit in (1, 0, -3):
        assert [] == search(client, "Mansura", limit=limit)
    assert 2 == len(search(client, "Mansura", limit="+2"))
    assert reverse(client, 35.863, 36.799) == client.get(f"/reverse?{TOWN}&format=+jsonv2").get_json()


def test_a_view_box_has_two_names_and_may_reach_beyond_the_globe(client: FlaskClient) -> None:
    assert search(client, "Saraqeb") == search(client, "Saraqeb", viewbox="-300,-120,300,120", bounded=1)
    for name in ("viewbox", "viewboxlbrt"):
        for value in ("1,2,3", "1,2,3,4,5", "1,2,3,nan", "inf,2,3,4", "1_0,2,3,4"):
            assert "four numbers" in error_of(client.get(f"/search?q=x&{name}={value}"), name)
        for value in ("36,35,36,37", "36,35,37,35", "200,35,300,36"):
            assert "area" in error_of(client.get(f"/search?q=x&{name}={value}"), name)


def test_what_cannot_be_used_is_a_400_that_names_it(client: FlaskClient) -> None:
    for address, parameter, words in (
        ("/search", "q", "give q, or else parts"),
        ("/search?state=&city=", "q", "give q, or else parts"),
        ("/search?q=x&city=y", "q", "or else parts"),
        ("/search?q=x&format=html", "format", "'geocodejson'"),
        ("/search?q=" + "x" * 301, "q", "at most 300"),
        ("/search?q=x&limit=1_0", "limit", "no whole number"),
        ("/search?q=x&layer=moon", "layer", "'natural'"),
        ("/search?q=x&featureType=village", "featureType", "'settlement'"),
        ("/search?q=x&polygon_threshold=nan", "polygon_threshold", "no number"),
        ("/search?q=x&polygon_threshold=1m", "polygon_threshold", "no number"),
        ("/search?q=x&polygon_kml=1&polygon_text=1", "polygon_kml", "one form"),
        ("/search?q=x&polygon_geojson=1&polygon_svg=1", "polygon_svg", "one form"),
        ("/search?q=x&json_callback=a-b", "json_callback", "json_callback"),
        ("/search?q=x&format=geojson&json_callback=alert(1)", "json_callback", "json_callback"),
        ("/reverse?format=json&lat=35", "lon", "required"),
        ("/reverse?format=json&lat=&lon=36", "lat", "required"),
        ("/reverse?format=json&lat=nan&lon=36", "lat", "no number"),
        ("/reverse?format=json&lat=35,9&lon=36", "lat", "no number"),
        ("/reverse?format=json&lat=35&lon=36&zoom=near", "zoom", "no whole number"),
        ("/reverse?format=html&lat=35&lon=36", "format", "'geocodejson'"),
        (f"/lookup?format=json&osm_ids={IDS}", "osm_ids", "Too many"),
        ("/status?format=yaml", "format", "'json'"),
    ):
        assert words in error_of(client.get(address), parameter), address


def test_an_error_is_xml_where_that_was_asked_for_or_is_the_default(client: FlaskClient) -> None:
    for address, parameter in (
        ("/search?q=x&format=xml&limit=a", "limit"),
        ("/reverse?lat=<%0b>&lon=36", "lat"),
        (f"/lookup?osm_ids={IDS}", "osm_ids"),
    ):
        response = client.get(address)
        assert (400, "text/xml; charset=utf-8") == (response.status_code, response.content_type)
        said = {one.tag: one.text for one in fromstring(response.data)}
        assert ("400", "400", parameter) == (said["code"], said["status"], said["parameter"])
        assert said["message"] == said["detail"]


def test_a_refusal_and_a_fault_have_the_shape_too(monkeypatch: pytest.MonkeyPatch) -> None:
    client = an_app(host="0.0.0.0", api_key=SecretStr(KEY)).test_client()
    assert "key" in error_of(client.get("/search?q=x"), status=401)
    wrong = {"Authorization": "Bearer guessed"}
    assert "key" in error_of(client.get("/reverse?format=geojson", headers=wrong), status=403)
    client = an_app(rate_limit="1/minute", tier="public").test_client()
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    assert 200 == client.get("/status", environ_overrides=elsewhere).status_code
    assert "wait" in error_of(client.get("/status", environ_overrides=elsewhere), status=429)
    monkeypatch.setattr("service.nominatim.api._search", None)
    assert "log" in error_of(an_app().test_client().get("/search?q=x"), status=500)


def test_a_script_calls_the_function_that_the_client_names(client: FlaskClient) -> None:
    for address in ("/search?q=Saraqeb", f"/reverse?format=json&{TOWN}", "/status?format=json"):
        response = client.get(f"{address}&json_callback=my.call_2")
        assert f"my.call_2({client.get(address).text})" == response.text
        assert "application/javascript; charset=utf-8" == response.content_type
        assert "nosniff" == response.headers["X-Content-Type-Options"]
    for address in (f"/reverse?{TOWN}", "/status?format=text"):
        assert client.get(address).text == client.get(f"{address}&json_callback=1").text


def test_only_at_tier_public_may_another_sites_page_load_the_script() -> None:
    for tier, expected in (("public", "cross-origin"), ("partner", "same-origin"), ("full", "same-origin")):
        response = an_app(tier=tier).test_client().get("/search?q=Idlib&json_callback=f")
        assert expected == response.headers["Cross-Origin-Resource-Policy"]


def test_lookup_finds_nothing_as_no_place_here_is_an_object_of_openstreetmap(client: FlaskClient) -> None:
    for ids in ("", "N1,w2,R3", "X1,N,,abc", IDS.removesuffix(",N50"), f"{IDS.removesuffix(',N50')},5,x"):
        assert [] == client.get(f"/lookup?format=json&osm_ids={ids}").get_json()
    assert [] == client.get("/lookup?format=geojson").get_json()["features"]
    assert [] == list(fromstring(client.get("/lookup?osm_ids=N1").data))
