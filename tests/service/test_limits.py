"""The limits: rates by caller, rows, and the hints of a batch."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr, ValidationError

from service.app import create_app
from service.key_file import KeyFile
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import BEARER, KEY, an_app, problem
from tests.service.serving import serve

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}
LOCAL = {"REMOTE_ADDR": "127.0.0.1"}
PLACE = "/v1/places/SY07"


def limited(**settings: Any) -> FlaskClient:
    given = {"tier": "public", "api_key": SecretStr(KEY), **settings}
    return create_app(Settings(**given), FakeGazetteer()).test_client()


def asked(
    client: FlaskClient, times: int, environ: dict[str, str], address: str = PLACE, **headers: str
) -> list[int]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    answers = (client.get(address, headers=given, environ_overrides=environ) for _ in range(times))
    return [answer.status_code for answer in answers]


# --------------------------------------------------------------------------------------------- rates


def test_who_asks_too_often_is_told_when_to_ask_again() -> None:
    client = limited(rate_limit="2/minute")
    assert [200, 200] == asked(client, 2, ELSEWHERE)
    refused = client.get(PLACE, environ_overrides=ELSEWHERE)
    wait_s = int(refused.headers["Retry-After"])
    told = problem(refused)
    assert (429, True) == (told["status"], 1 <= wait_s <= 60)
    assert "more requests than 2 per 1 minute have come from you: wait" in told["detail"]


def test_each_address_and_each_key_counts_for_itself(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    names = ("press", "192.0.2.1")
    tokens = [keys.add(name, tier="full", scope="read", expires=None)[0] for name in names]
    client = limited(rate_limit="1/minute", key_rate_limit="2/minute", keys=tmp_path / "keys.json")
    assert [200, 429] == asked(client, 2, ELSEWHERE)
    assert [200] == asked(client, 1, {"REMOTE_ADDR": "192.0.2.2"})
    for token in tokens:  # wherever it comes from, and whatever it is called
        places = [{"REMOTE_ADDR": f"198.51.100.{number}"} for number in range(2)] + [LOCAL]
        found = [asked(client, 1, one, Authorization=f"Bearer {token}")[0] for one in places]
        assert [200, 200, 429] == found
    assert [200] == asked(client, 1, ELSEWHERE, Authorization=f"Bearer {KEY}")


def test_programs_of_this_machine_without_a_key_are_not_limited() -> None:
    assert [200] * 10 == asked(limited(rate_limit="1/minute"), 10, LOCAL)


def test_each_limit_can_be_left_out() -> None:
    assert [200] * 5 == asked(limited(rate_limit="none", key_rate_limit="1/minute"), 5, ELSEWHERE)
    client = limited(rate_limit="1/minute", key_rate_limit="none")
    assert [200] * 5 == asked(client, 5, ELSEWHERE, Authorization=f"Bearer {KEY}")


def test_who_tries_out_keys_is_slowed_down_as_its_address() -> None:
    client = limited(rate_limit="3/minute")
    tried = [asked(client, 1, ELSEWHERE, Authorization=f"Bearer {number:032}")[0] for number in range(5)]
    assert [403, 403, 403, 429, 429] == tried
    assert [429] == asked(client, 1, ELSEWHERE)


def test_other_peoples_shapes_and_pages_count_too() -> None:
    for address in ("/search?q=Idlib", "/reconcile", "/", "/about", "/v1/openapi.json"):
        client = limited(rate_limit="2/minute")
        assert [200, 200, 429] == asked(client, 3, ELSEWHERE, address), address


def test_health_and_the_files_of_the_pages_do_not_count() -> None:
    client = limited(rate_limit="1/minute")
    files = (
        "/healthz",
        "/static/map/main.js",
        "/static/leaflet/leaflet.js",
        "/static/swagger/swagger-ui.css",
    )
    for address in files * 3:
        with client.get(address, environ_overrides=ELSEWHERE) as response:
            assert 200 == response.status_code, address
    assert [200, 429] == asked(client, 2, ELSEWHERE)


def test_several_limits_hold_together() -> None:
    assert [200, 200, 429, 429] == asked(limited(rate_limit="2/second;3/hour"), 4, ELSEWHERE)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
    ],
)
def test_a_network_of_ipv6_is_one_address(one: str, other: str, shared: bool) -> None:
    client = limited(rate_limit="1/minute")
    assert [200] == asked(client, 1, {"REMOTE_ADDR": one})
    assert [429 if shared else 200] == asked(client, 1, {"REMOTE_ADDR": other})


def test_unless_it_is_set_otherwise_there_are_limits() -> None:
    settings = Settings()
    assert ("300/minute", "3000/minute") == (settings.rate_limit, settings.key_rate_limit)
    assert [200] * 300 + [429] == asked(limited(), 301, ELSEWHERE)


@pytest.mark.parametrize("name", ["rate_limit", "key_rate_limit"])
def test_settings_refuse_what_is_no_rate(name: str) -> None:
    for text in ("300", "300/fortnight", "0/minute", "-1/minute", "many", "1/minute;x"):
        with pytest.raises(ValidationError, match="is no rate: write it as 300/minute"):
            Settings.model_validate({name: text})


def test_a_refusal_stands_in_the_log_without_the_caller(tmp_path: Path) -> None:
    options = ("--tier", "public", "--trusted-proxies", "1", "--rate-limit", "1/minute")
    caller = {"X-Forwarded-For": "192.0.2.1"}
    with serve(*options, folder=tmp_path) as server:
        assert [200, 429] == [server.get(PLACE, headers=caller)[0] for _ in range(2)]
        server.stop()
        log = server.log.read_text()
    assert '"status": 429' in log
    assert "192.0.2.1" not in log


# ----------------------------------------------------------------------------------- rows and hints


def test_a_table_with_more_rows_than_are_taken_is_not_stored() -> None:
    client = an_app(max_rows=3, api_key=SecretStr(KEY)).test_client()
    for number, status in ((3, 200), (4, 413)):
        rows = [{"id": str(n), "place": "Idlib"} for n in range(number)]
        table = "id,place\n" + "".join(f"{row['id']},Idlib\n" for row in rows)
        for body, kind in ((table, "text/csv"), (json.dumps(rows), "application/json")):
            answer = client.post(
                "/v1/incidents?dry_run=true", data=body, content_type=kind, headers=BEARER, buffered=True
            )
            assert status == answer.status_code
            assert ("has 4 rows, and at most 3 are taken" in answer.text) == (status == 413)


def test_objects_with_a_column_each_are_refused_before_each_gets_a_cell_for_all() -> None:
    """30,000 rows with 30,000 columns would be 9 × 10^8 cells, from a body of half a megabyte."""
    rows = [{"id": str(number), f"c{number}": 1} for number in range(30_000)]
    client = create_app(Settings(api_key=SecretStr(KEY), max_rows=50_000), FakeGazetteer()).test_client()
    refused = client.post("/v1/incidents", json=rows, headers=BEARER)
    assert "it has 30001 columns, more than the 256 that are taken" in problem(refused)["detail"]
