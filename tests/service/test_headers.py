"""What every answer carries: which hosts, origins and methods are answered, and how long it may be kept."""

import gzip
from collections.abc import Iterator
from typing import Any

import brotli
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import ENDPOINTS, INCIDENTS, KEY, a_client, refused

ALLOWED = "Access-Control-Allow-Origin"
CARRIED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Permitted-Cross-Domain-Policies": "none",
}
#: What stands for the parts of an address; a route with another part needs one here.
PARTS = {"filename": "x.js", "id": "test:idlib", "name": "leaflet.js", "pcode": "SY07", "what": "entity"}


def requests(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Yield every route with an address and each of its methods."""
    for rule in app.url_map.iter_rules():
        parts = PARTS | ({"name": "swagger-ui.css"} if "swagger" in rule.rule else {})
        built = rule.build({name: parts[name] for name in rule.arguments})
        assert built is not None, rule.rule
        for method in sorted(rule.methods or ()):
            yield rule, built[1], method


def test_every_answer_of_every_route_keeps_a_browser_from_harm() -> None:
    app = create_app(Settings(rate_limit="none"), FakeGazetteer())
    client, seen = app.test_client(), set()
    for rule, address, method in requests(app):
        with client.open(address, method=method) as response:
            headers = response.headers
            assert CARRIED == {name: headers.get(name) for name in CARRIED}, (method, address)
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
            assert "geolocation=()" in headers["Permissions-Policy"]
            assert not {"Server", "X-Powered-By"} & set(headers.keys())
            framed = (policy.partition("frame-ancestors ")[2], headers.get("X-Frame-Options"))
            assert ("'none'", "DENY") == framed, rule.endpoint
            seen.add(rule.endpoint)
    assert len(seen) > 25


def test_so_does_every_problem() -> None:
    for address, status, host in (
        ("/nothing", 404, "localhost"),
        ("/v1/resolve", 400, "localhost"),
        (INCIDENTS, 503, "localhost"),
        ("/v1/places/SY07", 400, "evil.example"),
    ):
        response = a_client().get(address, headers={"Host": host})
        assert status == response.status_code
        assert CARRIED == {name: response.headers.get(name) for name in CARRIED}


def test_only_the_card_for_openrefine_may_be_framed_and_only_by_whom_it_names() -> None:
    card = a_client().get("/reconcile/preview?id=test:idlib")
    assert "frame-ancestors 'self' http://127.0.0.1:*" in card.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in card.headers


# ---------------------------------------------------------------------------------- hosts and origins


def test_a_server_answers_to_its_own_names_and_to_those_it_was_given() -> None:
    clients = (
        a_client(tier="public"),
        a_client(tier="public", allowed_host=("places.example.org",)),
        a_client(tier="public", host="0.0.0.0"),
        a_client(tier="public", host="2001:DB8::1"),
    )
    for host, statuses in {
        "localhost:8000": (200, 200, 200, 200),
        "127.0.0.1:8000": (200, 200, 200, 200),
        "[::1]:8000": (200, 200, 200, 200),
        "[::1]": (200, 200, 200, 200),
        "[2001:db8::1]:8000": (400, 400, 200, 200),
        "Places.example.org": (400, 200, 200, 400),
        "evil.example:8000": (400, 400, 200, 400),
        "127.0.0.1.evil.example": (400, 400, 200, 400),
        "localhost:x": (400, 400, 200, 400),
        "": (400, 400, 200, 400),
    }.items():
        answers = [client.get("/healthz", headers={"Host": host}) for client in clients]
        assert list(statuses) == [answer.status_code for answer in answers], host
        for answer in answers:
            if answer.status_code == 400:
                refused(answer, 400, words="--allowed-host")


def cors(origin: str, address: str = "/v1/places/SY07", **settings: Any) -> str | None:
    return a_client(**settings).get(address, headers={"Origin": origin}).headers.get(ALLOWED)


def test_pages_of_this_machine_and_of_named_origins_may_read_what_is_sensitive_and_no_others() -> None:
    for origin in ("http://localhost:3333", "http://127.0.0.1", "https://[::1]:8443"):
        assert origin == cors(origin)
    named = ("https://map.example.org",)
    assert named[0] == cors(named[0], allow_origin=named)
    for origin in (
        "https://evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "https://map.example.org.evil.example",
        "https://mapXexample.org",
        "null",
    ):
        assert cors(origin, allow_origin=named) is None
        assert cors(origin, "/v1/resolve?text=Saraqeb&wihtin=x", allow_origin=named) is None
    assert "*" == cors("https://anywhere.example", tier="public")


def test_a_page_may_read_problems_too_and_learns_the_requests_id() -> None:
    response = a_client().get("/nothing", headers={"Origin": "http://localhost:1"})
    exposed = response.headers["Access-Control-Expose-Headers"]
    assert ("http://localhost:1", True) == (response.headers[ALLOWED], "X-Request-ID" in exposed)


def test_answers_vary_by_what_chooses_them() -> None:
    for address in (*ENDPOINTS, "/", "/nothing"):
        vary = a_client().get(address).headers.getlist("Vary")
        assert ["Accept, Accept-Encoding, Accept-Language, Authorization, Origin"] == vary


def test_no_page_may_write() -> None:
    for tier in ("full", "public"):
        client = a_client(tier=tier, api_key=KEY)
        asked = {"Origin": "http://localhost:1", "Access-Control-Request-Method": "DELETE"}
        told = client.options("/v1/incidents", headers=asked).headers
        assert "DELETE" not in told.get("Access-Control-Allow-Methods", "")
        asked |= {
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        }
        told = client.options("/v1/places/SY07", headers=asked).headers
        assert "authorization" == told["Access-Control-Allow-Headers"]


def test_options_lists_the_methods_of_every_route_and_head_answers_as_get_without_a_body() -> None:
    for address in (*ENDPOINTS, "/", "/v1/openapi.json"):
        response = a_client().options(address)
        assert (200, b"") == (response.status_code, response.data)
        assert {"GET", "HEAD", "OPTIONS"} <= set(response.headers["Allow"].split(", "))
        whole, head = a_client().get(address, headers={"Accept": "image/png"}), a_client().head(address)
        assert (whole.status_code, b"") == (head.status_code, head.data)


# ---------------------------------------------------------------------------------- caching and compression

PLACE = "/v1/places/test:idlib"


def tag(address: str, client: FlaskClient | None = None, headers: dict[str, str] | None = None) -> str:
    etag = (client or a_client()).get(address, headers=headers).headers["ETag"]
    assert etag.startswith('W/"')
    return etag


def public() -> FlaskClient:
    return a_client(tier="public")


def test_a_304_is_without_a_body_and_known_before_anything_is_computed() -> None:
    gazetteer = FakeGazetteer()
    client = a_client(gazetteer)
    etag = tag("/v1/resolve?text=Saraqeb&limit=40", client)
    for sent in (etag, f'"other", {etag}', "*"):
        response = client.get("/v1/resolve?text=Saraqeb&limit=40", headers={"If-None-Match": sent})
        assert (304, b"", etag) == (response.status_code, response.data, response.headers["ETag"])
        assert "Vary" in response.headers
    assert 1 == len(gazetteer.resolved)


def test_an_etag_is_of_one_address_one_representation_and_one_version_of_the_data() -> None:
    tags = [
        tag(PLACE),
        tag("/v1/places/SY07"),
        tag(PLACE, headers={"Accept-Language": "ar"}),
        tag(PLACE, a_client(FakeGazetteer(content_hash="1" * 64))),
        tag(PLACE, public()),
    ]
    assert len(tags) == len(set(tags))
    assert tag(PLACE) == tag(PLACE, a_client(FakeGazetteer()))


def test_an_etag_does_not_hide_a_problem() -> None:
    missing = "/v1/places/nothing"
    response = a_client().get(missing, headers={"If-None-Match": tag(PLACE)})
    assert (404, "no-store") == (response.status_code, response.headers["Cache-Control"])
    assert "ETag" not in response.headers
    assert 404 == a_client().get(missing, headers={"If-None-Match": "*"}).status_code


def test_no_cache_keeps_an_answer_unless_the_tier_is_public_and_none_what_monitors_ask() -> None:
    kept = {a_client().get(one).headers["Cache-Control"] for one in ENDPOINTS if one.startswith("/v1/")}
    assert {"no-store"} == kept
    assert "private, no-cache" == a_client().get("/").headers["Cache-Control"]
    assert "public, max-age=3600" == public().get(PLACE).headers["Cache-Control"]
    assert "public, no-cache" == public().get("/").headers["Cache-Control"]
    for address in ("/healthz", "/readyz", "/metrics"):
        headers = public().get(address).headers
        assert ("no-store", False) == (headers["Cache-Control"], "ETag" in headers)


def test_a_file_of_the_page_is_asked_for_again_and_not_sent_again() -> None:
    client = a_client()
    with client.get("/static/swagger-start.js", headers={"Accept-Encoding": "gzip"}) as first:
        etag = first.headers["ETag"]
        assert ("no-cache", 'W/"') == (first.headers["Cache-Control"], etag[:3])
    for sent, status in (({"If-None-Match": etag}, 304), ({"Range": "bytes=0-3"}, 206)):
        with client.get("/static/swagger-start.js", headers=sent) as again:
            assert (status, etag) == (again.status_code, again.headers["ETag"])
            assert "no-cache" == again.headers["Cache-Control"]


def test_a_large_answer_is_compressed_for_those_who_can_read_it() -> None:
    client = a_client()
    plain, zipped, packed = (
        client.get("/v1/openapi.json", headers={"Accept-Encoding": encoding})
        for encoding in ("identity", "gzip", "gzip, br")
    )
    assert [None, "gzip", "br"] == [one.headers.get("Content-Encoding") for one in (plain, zipped, packed)]
    assert plain.data == gzip.decompress(zipped.data) == brotli.decompress(packed.data)
    assert plain.headers["ETag"] == zipped.headers["ETag"] == packed.headers["ETag"]
    assert len(zipped.data) == zipped.content_length
    small = client.get(PLACE, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers
