"""How often each caller may ask, by which address behind proxies, and rates that are kept in a Redis."""

import logging
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from gazetteer.errors import InputError
from service.key_file import KeyFile
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.ports import free_port
from tests.service.asking import KEY, a_client, refused
from tests.service.auditing import refusals_in

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}
LOCAL = {"REMOTE_ADDR": "127.0.0.1"}
PLACE = "/v1/places/SY07"


def limited(**settings: Any) -> FlaskClient:
    return a_client(FakeGazetteer(), **{"tier": "public", "api_key": KEY, **settings})


def asked(
    client: FlaskClient, times: int, environ: dict[str, str], address: str = PLACE, key: str | None = None
) -> list[int]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answers = (client.get(address, headers=headers, environ_overrides=environ) for _ in range(times))
    return [answer.status_code for answer in answers]


def test_who_asks_too_often_is_told_when_to_ask_again() -> None:
    client = limited(rate_limit="2/minute")
    assert [200, 200] == asked(client, 2, ELSEWHERE)
    told = client.get(PLACE, environ_overrides=ELSEWHERE)
    refused(told, 429, words="more requests than 2 per 1 minute have come from you: wait")
    assert 1 <= int(told.headers["Retry-After"]) <= 60


def test_each_address_and_each_key_counts_for_itself(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    names = ("press", "192.0.2.1")
    tokens = [keys.add(name, tier="full", scope="read", expires=None)[0] for name in names]
    client = limited(rate_limit="1/minute", key_rate_limit="2/minute", keys=tmp_path / "keys.json")
    assert [200, 429] == asked(client, 2, ELSEWHERE)
    assert [200] == asked(client, 1, {"REMOTE_ADDR": "192.0.2.2"})
    for token in tokens:  # wherever it comes from, and whatever it is called
        places = ({"REMOTE_ADDR": "198.51.100.0"}, {"REMOTE_ADDR": "198.51.100.1"}, LOCAL)
        assert [200, 200, 429] == [asked(client, 1, one, key=token)[0] for one in places]
    assert [200] == asked(client, 1, ELSEWHERE, key=KEY)


def test_programs_of_this_machine_without_a_key_are_not_limited() -> None:
    assert [200] * 10 == asked(limited(rate_limit="1/minute"), 10, LOCAL)


def test_each_limit_can_be_left_out_and_several_hold_together() -> None:
    assert [200] * 5 == asked(limited(rate_limit="none", key_rate_limit="1/minute"), 5, ELSEWHERE)
    assert [200] * 5 == asked(limited(rate_limit="1/minute", key_rate_limit="none"), 5, ELSEWHERE, key=KEY)
    assert [200, 200, 429, 429] == asked(limited(rate_limit="2/second;3/hour"), 4, ELSEWHERE)


def test_who_tries_out_keys_is_slowed_down_as_its_address() -> None:
    client = limited(rate_limit="3/minute")
    tried = [asked(client, 1, ELSEWHERE, key=f"{number:032}")[0] for number in range(5)]
    assert [403, 403, 403, 429, 429] == tried
    assert [429] == asked(client, 1, ELSEWHERE)


def test_other_peoples_shapes_and_pages_count_too() -> None:
    for address in ("/search?q=Idlib", "/reconcile", "/", "/about", "/v1/openapi.json"):
        client = limited(rate_limit="2/minute")
        assert [200, 200, 429] == asked(client, 3, ELSEWHERE, address), address


def test_health_and_the_files_of_the_pages_do_not_count() -> None:
    client = limited(rate_limit="1/minute")
    files = ("map/main.js", "leaflet/leaflet.js", "swagger/swagger-ui.css")
    for address in ("/healthz", *(f"/static/{file}" for file in files)) * 3:
        with client.get(address, environ_overrides=ELSEWHERE) as response:
            assert 200 == response.status_code, address
    assert [200, 429] == asked(client, 2, ELSEWHERE)


def test_a_network_of_ipv6_is_one_address() -> None:
    for one, other, status in (
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 429),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", 200),
        ("fe80::1%eth0", "fe80::2%eth0", 429),
        ("::ffff:192.0.2.7", "192.0.2.7", 429),
        ("192.0.2.7", "192.0.2.8", 200),
    ):
        client = limited(rate_limit="1/minute")
        assert [200] == asked(client, 1, {"REMOTE_ADDR": one})
        assert [status] == asked(client, 1, {"REMOTE_ADDR": other}), (one, other)


def test_unless_it_is_set_otherwise_there_are_limits() -> None:
    assert "3000/minute" == Settings().key_rate_limit
    assert [200] * 300 + [429] == asked(limited(), 301, ELSEWHERE)


# -------------------------------------------------------------------------------------------------- proxies

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


# -------------------------------------------------------------- rates that several servers count in a Redis

REDIS = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(REDIS is None, reason="redis-server isn't installed")


@contextmanager
def redis(port: int, folder: Path) -> Iterator[None]:
    command = [str(REDIS), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if "ready to accept connections" in line.casefold():
                break
        try:
            yield
        finally:
            process.terminate()
            process.stdout.read()
            process.wait(20)


@needs_redis
def test_several_servers_count_together(tmp_path: Path) -> None:
    port = free_port()
    servers = [limited(rate_limit="3/minute", rate_limits_at=f"redis://127.0.0.1:{port}") for _ in range(2)]
    with redis(port, tmp_path):
        assert [200, 200, 200, 429] == [asked(servers[number % 2], 1, ELSEWHERE)[0] for number in range(4)]
    assert [200, 200, 200, 429] == asked(servers[0], 4, ELSEWHERE)
    with redis(port, tmp_path):  # it is back
        deadline = time.monotonic() + 30
        while asked(servers[0], 1, ELSEWHERE) == [429]:  # counted here until it is tried again
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert [200, 200, 429] == asked(servers[0], 3, ELSEWHERE)


def test_without_it_each_server_counts_by_itself_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    client = limited(rate_limit="3/minute", rate_limits_at=f"redis://:secret@127.0.0.1:{free_port()}")
    assert [200, 200, 200, 429, 429] == asked(client, 5, ELSEWHERE)
    assert 1 == caplog.text.count("Rate limit storage unreachable")
    assert "secret" not in caplog.text


def test_while_it_does_not_answer_requests_hardly_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def silent(*_: object, **__: object) -> int:
        tries.append(time.monotonic())
        raise TimeoutError

    client = limited(rate_limit="1000/minute", rate_limits_at="redis://127.0.0.1:1")
    monkeypatch.setattr("limits.storage.RedisStorage.acquire_sliding_window_entry", silent)
    assert [200] * 50 == asked(client, 50, ELSEWHERE)
    assert len(tries) < 5


def test_an_address_that_is_none_is_refused_without_telling_its_password() -> None:
    with pytest.raises(InputError, match="write redis://host:port") as refused:
        limited(rate_limit="2/minute", rate_limits_at="redsi://:secret@host")
    assert "secret" not in str(refused.value)
    settings = Settings(rate_limits_at=SecretStr("redis://:secret@host"))
    assert "secret" not in repr(settings) + str(settings) + settings.model_dump_json()
