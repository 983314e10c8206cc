"""How often each caller may ask."""

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from service.key_file import KeyFile
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import KEY, a_client, refused
from tests.service.serving import serve

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


def test_a_refusal_stands_in_the_log_without_the_caller(tmp_path: Path) -> None:
    options = ("--tier", "public", "--trusted-proxies", "1", "--rate-limit", "1/minute")
    caller = {"X-Forwarded-For": "192.0.2.1"}
    with serve(*options, folder=tmp_path) as server:
        assert [200, 429] == [server.get(PLACE, headers=caller)[0] for _ in range(2)]
        server.stop()
        log = server.log.read_text()
    assert '"status": 429' in log
    assert "192.0.2.1" not in log
