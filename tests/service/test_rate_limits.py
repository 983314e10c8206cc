"""How often callers may ask: who counts as whom, what is said to them, and that all workers count
together."""

import os
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from service.limits import check_rate
from service.shared_counters import SharedCounters

from tests.service.asking import problem
from tests.service.limiting import SERVE, a_client
from tests.service.serving import Server, run_server


def statuses(client: FlaskClient, times: int, address: str = "/quick", **headers: str) -> list[int]:
    given = {f"X-{name.title()}": value for name, value in headers.items()}
    return [client.get(address, headers=given).status_code for _ in range(times)]


def test_who_asks_too_often_is_told_when_to_ask_again() -> None:
    client = a_client(per_address="2/minute")
    assert [200, 200] == statuses(client, 2)
    refused = client.get("/quick")
    wait_s = int(refused.headers["Retry-After"])
    assert 429 == refused.status_code
    assert (
        f"more requests than 2 per 1 minute have come from you: wait {wait_s} s" == problem(refused)["detail"]
    )
    assert 1 <= wait_s <= 60


def test_each_address_counts_for_itself() -> None:
    client = a_client(per_address="1/minute")
    assert [200, 429] == statuses(client, 2, address="/quick")
    assert [200, 429] == statuses(client, 2, Address="192.0.2.2")


def test_a_key_counts_for_itself_wherever_it_comes_from() -> None:
    client = a_client(per_address="1/minute", per_key="2/minute")
    assert [200, 429] == statuses(client, 2)
    asked = [statuses(client, 1, Key="press", Address=f"192.0.2.{number}")[0] for number in range(3)]
    assert [200, 200, 429] == asked
    assert [200] == statuses(client, 1, Key="other")


def test_a_key_whose_name_is_an_address_is_not_that_address() -> None:
    client = a_client(per_address="1/minute", per_key="1/minute")
    assert [[200], [200]] == [statuses(client, 1, Key="192.0.2.1"), statuses(client, 1)]


def test_programs_of_this_machine_are_limited_only_by_their_key() -> None:
    client = a_client(per_address="1/minute", per_key="1/minute")
    assert [200] * 20 == statuses(client, 20, Address="local")
    assert [200, 429] == statuses(client, 2, Address="local", Key="press")


def test_each_limit_can_be_left_out() -> None:
    assert [200] * 5 == statuses(a_client(per_key="1/minute"), 5)
    assert [200] * 5 == statuses(a_client(per_address="1/minute"), 5, Key="press")
    assert [200] * 5 == statuses(a_client(), 5)


def test_health_is_told_however_often_it_is_asked() -> None:
    client = a_client(per_address="1/minute")
    assert [200] * 20 == statuses(client, 20, "/healthz")
    assert [200, 429] == statuses(client, 2)


def test_what_is_not_there_counts_too() -> None:
    client = a_client(per_address="2/minute")
    assert [404, 404, 429] == statuses(client, 3, "/nothing")


def test_several_limits_hold_together() -> None:
    client = a_client(per_address="2/second;3/hour")
    assert Counter({200: 2, 429: 2}) == Counter(statuses(client, 4))


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
    client = a_client(per_address="1/minute")
    assert [200] == statuses(client, 1, Address=one)
    assert [429 if shared else 200] == statuses(client, 1, Address=other)


@pytest.mark.parametrize("text", ["300", "300/fortnight", "0/minute", "-1/minute", "", "many", "1/minute;x"])
def test_what_is_no_rate_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="is no rate: write it as 300/minute"):
        check_rate(text)


def test_a_rate_may_be_none() -> None:
    assert [None, "300/minute"] == [check_rate("None"), check_rate("300/minute")]


def test_a_window_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Right after a full window a half of it still weighs; after two, nothing does."""
    now = 1000.0
    monkeypatch.setattr("service.shared_counters.time.monotonic", lambda: now)
    counters = SharedCounters()

    def taken() -> int:
        return sum(counters.acquire_sliding_window_entry("someone", 100, 60) for _ in range(150))

    assert 100 == taken()
    now += 60
    assert 0 == taken()
    now += 30
    assert 50 == taken()
    now += 120
    assert 100 == taken()


def test_counts_are_kept_apart_in_a_set_and_the_oldest_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.shared_counters._SETS", 1)
    now = 1000.0
    monkeypatch.setattr("service.shared_counters.time.monotonic", lambda: now)
    counters = SharedCounters()
    callers = [f"address {number}" for number in range(8)]
    for caller in callers:
        now += 1
        assert counters.acquire_sliding_window_entry(caller, 1, 60)
    assert not any(counters.acquire_sliding_window_entry(caller, 1, 60) for caller in callers)
    assert counters.acquire_sliding_window_entry("a ninth", 1, 60)
    assert not counters.acquire_sliding_window_entry(callers[7], 1, 60)
    assert counters.acquire_sliding_window_entry(callers[0], 1, 60)


def test_counts_can_be_forgotten() -> None:
    counters = SharedCounters()
    for forget in (lambda: counters.clear_sliding_window("someone", 60), counters.reset):
        assert counters.acquire_sliding_window_entry("someone", 1, 60)
        assert not counters.acquire_sliding_window_entry("someone", 1, 60)
        forget()
    assert counters.acquire_sliding_window_entry("someone", 1, 60)


def test_threads_do_not_count_past_each_other() -> None:
    counters = SharedCounters()
    taken: list[bool] = []

    def take() -> None:
        taken.extend(counters.acquire_sliding_window_entry("someone", 300, 60) for _ in range(200))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 300 == sum(taken)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_is_killed_while_it_counts_holds_up_nobody() -> None:
    counters = SharedCounters()
    told, tell = os.pipe()
    if (child := os.fork()) == 0:
        with counters._locked():
            os.write(tell, b"x")
            signal.pause()
        os._exit(1)
    assert b"x" == os.read(told, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert counters.acquire_sliding_window_entry("someone", 1, 60)
    os.close(told)
    os.close(tell)


def _asked(server: Server, times: int) -> list[int]:
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.extend(server.get("/quick")[0] for _ in range(times // 4)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_workers_count_together(tmp_path: Path) -> None:
    options = ("--workers", "2", "--per-address", "100/minute")
    with run_server(SERVE, *options, folder=tmp_path) as server:
        assert Counter({200: 100, 429: 100}) == Counter(_asked(server, 200))


def test_an_answer_that_is_refused_stands_in_the_log_without_the_caller(tmp_path: Path) -> None:
    with run_server(SERVE, "--per-address", "1/minute", folder=tmp_path) as server:
        assert [200, 429] == [server.get("/quick")[0] for _ in range(2)]
        server.stop()
        log = server.log.read_text()
    assert '"status": 429' in log
    assert "192.0.2.1" not in log


def _options(**given: Any) -> dict[str, Any]:
    return {"per_address": "2/minute", **given}


def test_a_redis_without_its_address_is_refused_without_telling_its_password() -> None:
    with pytest.raises(Exception, match="write redis://host:port") as refused:
        a_client(**_options(kept_at="redsi://:secret@host"))
    assert "secret" not in str(refused.value)
