"""Which address a request comes from when proxies stand between, and what never counts as this machine."""

from pathlib import Path

from tests.fakes import FakeGazetteer
from tests.service.asking import a_client
from tests.service.auditing import refusals_in

PLACE = "/v1/places/SY07"
FORWARDING = "X-Forwarded-For Forwarded X-Real-IP Via X-Forwarded-Host X-Forwarded-Proto X-Client-IP".split()


def answered(peer: str, trusted: int = 0, headers: dict[str, str] | None = None) -> int:
    """Return the status that a server gives whose tier is full: 200 to programs of its own machine."""
    client = a_client(trusted_proxies=trusted)
    return client.get(PLACE, headers=headers, environ_overrides={"REMOTE_ADDR": peer}).status_code


def test_the_address_is_the_one_that_the_farthest_trusted_proxy_wrote(tmp_path: Path) -> None:
    for number, (trusted, given, address) in enumerate(
        (
            (0, "192.0.2.1", "127.0.0.1"),
            (1, "192.0.2.1", "192.0.2.1"),
            (1, "198.51.100.9, 192.0.2.1", "192.0.2.1"),
            (1, "127.0.0.1, 192.0.2.1", "192.0.2.1"),
            (2, "198.51.100.9, 192.0.2.1, 10.0.0.1", "192.0.2.1"),
            (2, "192.0.2.1", "127.0.0.1"),
            (1, "2001:db8::1", "2001:db8::1"),
            (1, "", "127.0.0.1"),
        )
    ):
        log = tmp_path / f"{number}.jsonl"
        wrong = {"X-Forwarded-For": given, "Authorization": "Bearer wrong"}
        answer = a_client(trusted_proxies=trusted, audit=log).get(PLACE, headers=wrong)
        assert 403 == answer.status_code
        assert [address] == [line["address"] for line in refusals_in(log)], given


def test_what_came_through_a_proxy_is_never_of_this_machine() -> None:
    for trusted in (0, 1, 2):
        for header in FORWARDING:
            for value in ("127.0.0.1", "::1", "localhost"):
                status = answered("127.0.0.1", trusted, {header: value})
                assert status in (400, 401), (header, value, trusted)


def test_only_loopback_is_this_machine() -> None:
    peers = ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "192.0.2.1", "::ffff:192.0.2.1", "")
    assert [200] * 4 + [401] * 3 == [answered(peer) for peer in peers]


def test_of_a_trusted_proxy_the_scheme_is_believed_and_a_host_and_a_prefix_never() -> None:
    sent = {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.org"}
    for trusted, told in ((0, "http://localhost"), (1, "https://localhost")):
        client = a_client(trusted_proxies=trusted, tier="public")
        manifest = client.get("/reconcile", headers={"X-Forwarded-For": "192.0.2.7", **sent}).get_json()
        assert told == manifest["view"]["url"].partition("/reconcile")[0]
        servers = client.get("/v1/openapi.json", headers=sent).get_json()["servers"]
        assert [{"url": "/"}] == servers


def test_behind_a_trusted_proxy_each_client_is_limited_by_itself_and_else_all_are_one() -> None:
    for trusted, found in ((1, [200] * 4), (0, [200, 200, 429, 429])):
        client = a_client(FakeGazetteer(), trusted_proxies=trusted, tier="public", rate_limit="2/minute")
        headers = [{"X-Forwarded-For": f"127.0.0.1, 192.0.2.{number}"} for number in range(4)]
        assert found == [client.get(PLACE, headers=one).status_code for one in headers]
