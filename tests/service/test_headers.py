"""Hosts, origins, methods and formats: who is answered, and in what form."""

import pytest
from pydantic import SecretStr

from tests.service.asking import ENDPOINTS, a_client, an_app, problem

ALLOWED = "Access-Control-Allow-Origin"


def cors(origin: str, address: str = "/v1/places/SY07", **settings: object) -> str | None:
    return an_app(**settings).test_client().get(address, headers={"Origin": origin}).headers.get(ALLOWED)


@pytest.mark.parametrize("origin", ["http://localhost:3333", "http://127.0.0.1", "https://[::1]:8443"])
def test_pages_of_this_machine_may_read(origin: str) -> None:
    assert origin == cors(origin)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "null"],
)
def test_no_other_page_may_read_what_is_sensitive(origin: str) -> None:
    assert cors(origin) is None
    assert cors(origin, "/v1/resolve?text=Saraqeb&wihtin=x") is None


def test_a_page_of_a_named_origin_may_read() -> None:
    named = ("https://map.example.org",)
    assert named[0] == cors(named[0], allow_origins=named)
    assert cors("https://map.example.org.evil.example", allow_origins=named) is None
    assert cors("https://mapXexample.org", allow_origins=named) is None


def test_any_page_may_read_at_tier_public() -> None:
    assert "*" == cors("https://anywhere.example", tier="public")


def test_a_page_may_read_problems_too_and_learns_the_requests_id() -> None:
    response = a_client().get("/nothing", headers={"Origin": "http://localhost:1"})
    assert ("http://localhost:1", True) == (
        response.headers[ALLOWED],
        "X-Request-ID" in response.headers["Access-Control-Expose-Headers"],
    )


def test_answers_vary_by_what_chooses_them() -> None:
    for address in (*ENDPOINTS, "/", "/nothing"):
        vary = a_client().get(address).headers.getlist("Vary")
        assert ["Accept, Accept-Encoding, Accept-Language, Authorization, Origin"] == vary


@pytest.mark.parametrize("tier", ["full", "public"])
def test_no_page_may_write(tier: str) -> None:
    client = an_app(tier=tier, api_key=SecretStr("k" * 32)).test_client()
    page = {"Origin": "http://localhost:1"}
    for method in ("POST", "DELETE"):
        asked = client.options("/v1/incidents", headers={**page, "Access-Control-Request-Method": method})
        assert (200, None) == (asked.status_code, asked.headers.get(ALLOWED))
        assert client.open("/v1/incidents", method=method, headers=page).headers.get(ALLOWED) is None


def test_a_page_that_asks_leave_to_read_is_told_what_it_may() -> None:
    headers = {
        "Origin": "http://localhost:1",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    told = a_client().options("/v1/places/SY07", headers=headers).headers
    assert ("http://localhost:1", "authorization") == (told[ALLOWED], told["Access-Control-Allow-Headers"])
    assert "DELETE" not in told["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("address", [*ENDPOINTS, "/", "/readyz", "/metrics", "/v1/openapi.json"])
def test_options_lists_the_methods_of_every_route(address: str) -> None:
    response = a_client().options(address)
    assert (200, b"") == (response.status_code, response.data)
    assert {"GET", "HEAD", "OPTIONS"} <= set(response.headers["Allow"].split(", "))


def test_a_wrong_method_is_told_the_right_ones() -> None:
    response = a_client().delete("/v1/places/SY07")
    assert (405, "DELETE isn't known here: use GET, HEAD, OPTIONS") == (
        response.status_code,
        problem(response)["detail"],
    )


@pytest.mark.parametrize("accept", ["image/png", "text/csv, image/*;q=0.5", "application/json;q=0"])
def test_a_format_that_is_not_given_is_a_406(accept: str) -> None:
    response = a_client().get("/v1/places/SY07", headers={"Accept": accept})
    assert 406 == problem(response)["status"]
    assert "no-store" == response.headers["Cache-Control"]
    assert "ETag" not in response.headers


@pytest.mark.parametrize(
    ("address", "accept"),
    [
        ("/v1/places/SY07", "*/*"),
        ("/v1/places/SY07", ""),
        ("/v1/places/SY07", "application/*"),
        ("/v1/places/SY07", "text/html, application/json;q=0.1"),
        ("/", "text/html"),
    ],
)
def test_a_format_that_is_given_is_answered(address: str, accept: str) -> None:
    assert 200 == a_client().get(address, headers={"Accept": accept}).status_code


def test_problems_are_sent_whatever_is_accepted() -> None:
    assert 404 == problem(a_client().get("/nothing", headers={"Accept": "text/csv"}))["status"]


def test_tiles_are_the_only_other_host_that_a_page_may_ask() -> None:
    tiles = "https://{s}.tile.example.org/{z}/{x}/{y}.png"
    policy = an_app(tiles=tiles).test_client().get("/").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://*.tile.example.org;" in policy
    assert "https:" not in a_client().get("/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "status"),
    [("places.example.org", 200), ("localhost:8000", 200), ("evil.example", 421), ("10.0.0.1", 421)],
)
def test_a_server_behind_a_proxy_answers_to_the_names_it_was_given(host: str, status: int) -> None:
    client = an_app(tier="public", allowed_hosts=("places.example.org",)).test_client()
    assert status == client.get("/healthz", headers={"Host": host}).status_code


@pytest.mark.parametrize(("host", "status"), [("192.0.2.7:8000", 200), ("evil.example", 421)])
def test_a_server_on_another_address_answers_to_addresses_but_not_to_any_name(host: str, status: int) -> None:
    client = an_app(tier="public", host="0.0.0.0").test_client()
    assert status == client.get("/healthz", headers={"Host": host}).status_code
