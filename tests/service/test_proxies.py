"""Which address a request comes from when proxies stand between, and what never counts as this machine."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service.asking import an_app
from tests.service.auditing import lines_in
from tests.service.serving import serve

PLACE = "/v1/places/SY07"
FORWARDING = "X-Forwarded-For Forwarded X-Real-IP Via X-Forwarded-Host X-Forwarded-Proto X-Client-IP".split()


def answered(peer: str, trusted: int, **headers: str) -> int:
    """Return the status that a server gives whose tier is full: 200 to programs of its own machine."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    client = an_app(trusted_proxies=trusted).test_client()
    return client.get(PLACE, headers=given, environ_overrides={"REMOTE_ADDR": peer}).status_code


@pytest.mark.parametrize(
    ("trusted", "given", "address"),
    [
        (0, "192.0.2.1", "127.0.0.1"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "198.51.100.9, 192.0.2.1", "192.0.2.1"),
        (1, "127.0.0.1, 192.0.2.1", "192.0.2.1"),
        (2, "198.51.100.9, 192.0.2.1, 10.0.0.1", "192.0.2.1"),
        (2, "192.0.2.1", "127.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_that_the_farthest_trusted_proxy_wrote(
    tmp_path: Path, trusted: int, given: str, address: str
) -> None:
    client = an_app(trusted_proxies=trusted, audit=tmp_path / "audit.jsonl").test_client()
    wrong = {"X-Forwarded-For": given, "Authorization": "Bearer wrong"}
    assert 403 == client.get(PLACE, headers=wrong).status_code
    assert [address] == [line["address"] for line in lines_in(tmp_path / "audit-refused.jsonl")]


@pytest.mark.parametrize("trusted", [0, 1, 2])
@pytest.mark.parametrize("header", FORWARDING)
def test_what_came_through_a_proxy_is_never_of_this_machine(header: str, trusted: int) -> None:
    for value in ("127.0.0.1", "::1", "localhost"):
        assert answered("127.0.0.1", trusted, **{header.replace("-", "_"): value}) in (400, 401), value


def test_only_loopback_is_this_machine() -> None:
    peers = ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "192.0.2.1", "::ffff:192.0.2.1", "")
    assert [200] * 4 + [401] * 3 == [answered(peer, 0) for peer in peers]


def manifest(client: FlaskClient, **more: Any) -> str:
    """Return where a server says that it is."""
    address: str = client.get("/reconcile", **more).get_json()["view"]["url"].partition("/reconcile")[0]
    return address


def test_of_a_trusted_proxy_the_scheme_is_believed_and_a_host_and_a_prefix_never() -> None:
    sent = {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.org"}
    for trusted, told in ((0, "http://localhost"), (1, "https://localhost")):
        client = an_app(trusted_proxies=trusted, tier="public").test_client()
        assert told == manifest(client, headers={"X-Forwarded-For": "192.0.2.7", **sent})
        servers = client.get("/v1/openapi.json", headers=sent).get_json()["servers"]
        assert [{"url": "/"}] == servers


def test_a_header_that_looks_like_a_variable_of_the_server_is_only_a_header(tmp_path: Path) -> None:
    """A real server: nobody sets SCRIPT_NAME or REMOTE_ADDR, by whatever way a header is spelled."""
    with serve("--tier", "public", folder=tmp_path) as server:
        for name in ("SCRIPT_NAME", "Script-Name", "X-Script-Name", "REMOTE_ADDR", "X_Forwarded_Prefix"):
            status, body = server.get("/v1/openapi.json", headers={name: "/evil"})
            assert (200, False) == (status, "/evil" in body), name


def test_behind_a_trusted_proxy_each_client_is_limited_by_itself_and_else_all_are_one() -> None:
    for trusted, found in ((1, [200] * 4), (0, [200, 200, 429, 429])):
        client = an_app(trusted_proxies=trusted, tier="public", rate_limit="2/minute").test_client()
        addresses = [f"127.0.0.1, 192.0.2.{number}" for number in range(4)]
        headers = [{"X-Forwarded-For": one} for one in addresses]
        assert found == [client.get(PLACE, headers=one).status_code for one in headers]
