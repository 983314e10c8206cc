"""What every answer carries to keep a browser from harm, whatever route and status it has."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_openapi3.openapi import OpenAPI
from werkzeug.routing import Rule

from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import a_client
from tests.service.serving import serve

CARRIED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Permitted-Cross-Domain-Policies": "none",
}
#: What stands for the parts of an address; a route with another part needs one here.
PARTS = {"filename": "x.js", "id": "test:idlib", "name": "leaflet.js", "pcode": "SY07", "what": "entity"}


def an_app() -> OpenAPI:
    return create_app(Settings(), FakeGazetteer())


def requests(app: OpenAPI) -> Iterator[tuple[Rule, str, str]]:
    """Yield every route with an address and each of its methods."""
    for rule in app.url_map.iter_rules():
        built = rule.build({name: PARTS[name] for name in rule.arguments})
        assert built is not None, rule.rule
        for method in sorted(rule.methods or ()):
            yield rule, built[1], method


def test_every_route_answers_with_them_by_every_method() -> None:
    app = an_app()
    client = app.test_client()
    seen = set()
    for rule, address, method in requests(app):
        with client.open(address, method=method) as response:
            headers = response.headers
            assert CARRIED == {name: headers.get(name) for name in CARRIED}, (method, address)
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
            assert "geolocation=()" in headers["Permissions-Policy"]
            assert "Server" not in headers
            assert "X-Powered-By" not in headers
            seen.add(rule.endpoint)
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == seen
    assert len(seen) > 30


@pytest.mark.parametrize(
    ("address", "status"),
    [("/nothing", 404), ("/v1/resolve", 400), ("/v1/incidents", 503), ("/v1/places/SY07", 421)],
)
def test_so_does_every_problem(address: str, status: int) -> None:
    base = "http://evil.example" if status == 421 else "http://localhost"
    response = a_client().get(address, base_url=base)
    assert status == response.status_code
    assert CARRIED == {name: response.headers.get(name) for name in CARRIED}


def test_only_the_card_for_openrefine_may_be_framed_and_only_by_whom_it_names() -> None:
    app = an_app()
    client = app.test_client()
    for rule, address, method in requests(app):
        with client.open(address, method=method) as response:
            policy = response.headers["Content-Security-Policy"].partition("frame-ancestors ")[2]
            framed = (policy, response.headers.get("X-Frame-Options"))
        assert ("'none'", "DENY") == framed, rule.endpoint
    card = client.get("/reconcile/preview?id=test:idlib")
    assert "frame-ancestors 'self' http://127.0.0.1:*" in card.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in card.headers


def test_a_server_does_not_say_what_it_is_made_of(tmp_path: Path) -> None:
    with serve(folder=tmp_path) as server:
        for sent in (
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            b"GET /static/page.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            b"no HTTP\r\n\r\n",
        ):
            head = server.raw(sent)[0].casefold()
            assert head.startswith("http/1.1 ")
            assert "\r\ncontent-security-policy: default-src 'none'" in head
            assert "\r\nserver:" not in head
            for word in ("gunicorn", "python", "werkzeug", "flask"):
                assert word not in head
