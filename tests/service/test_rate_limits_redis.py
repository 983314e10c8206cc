"""Rates that several servers count in a Redis, and what becomes of them when it goes away."""

import logging
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.ports import free_port
from tests.service.limiting import a_client

REDIS = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(REDIS is None, reason="redis-server isn't installed")


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


def asked(client: FlaskClient, times: int) -> list[int]:
    return [client.get("/quick").status_code for _ in range(times)]


def test_several_servers_count_together(tmp_path: Path) -> None:
    port = free_port()
    with redis(port, tmp_path):
        servers = [a_client(per_address="3/minute", kept_at=f"redis://127.0.0.1:{port}") for _ in range(2)]
        assert [200, 200, 200, 429] == [
            asked(server, 1)[0] for server in (servers[0], servers[1], servers[0], servers[1])
        ]


def test_without_it_each_server_counts_by_itself_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.limits._TRY_AGAIN_S", 0)
    caplog.set_level(logging.INFO)
    port = free_port()
    client = a_client(per_address="3/minute", kept_at=f"redis://:secret@127.0.0.1:{port}")
    assert [200, 200, 200, 429, 429] == asked(client, 5)
    said = [record.getMessage() for record in caplog.records if record.name == "service.limits"]
    assert ["the Redis of the rate limits fails (ConnectionError): they are counted here"] == said
    assert "secret" not in caplog.text


def test_once_it_is_back_it_is_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.limits._TRY_AGAIN_S", 0)
    port = free_port()
    client = a_client(per_address="2/minute", kept_at=f"redis://127.0.0.1:{port}")
    with redis(port, tmp_path):
        assert [200] == asked(client, 1)
    assert [200, 200, 429] == asked(client, 3)
    with redis(port, tmp_path):
        assert [200, 200, 429] == asked(client, 3)
    said = [record.getMessage() for record in caplog.records if record.name == "service.limits"]
    assert ["fails", "answers again"] == ["fails" if "fails" in line else line[-13:] for line in said]


def test_while_it_is_gone_requests_do_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that doesn't answer is asked once, and then not for ten seconds."""
    tries = []

    def silent(*_: object) -> int:
        tries.append(time.monotonic())
        raise TimeoutError

    client = a_client(per_address="1000/minute", kept_at="redis://127.0.0.1:1")
    monkeypatch.setattr("limits.storage.RedisStorage.acquire_sliding_window_entry", silent)
    assert [200] * 50 == asked(client, 50)
    assert 1 == len(tries)
