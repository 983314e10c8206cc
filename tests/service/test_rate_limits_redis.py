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
from pydantic import SecretStr

from gazetteer.errors import InputError
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.ports import free_port
from tests.service.asking import a_client

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


def limited(rate: str, kept_at: str) -> FlaskClient:
    return a_client(FakeGazetteer(), tier="public", rate_limit=rate, rate_limits_at=kept_at)


def asked(client: FlaskClient, times: int) -> list[int]:
    environ = {"REMOTE_ADDR": "192.0.2.1"}
    return [client.get("/v1/places/SY07", environ_overrides=environ).status_code for _ in range(times)]


@needs_redis
def test_several_servers_count_together(tmp_path: Path) -> None:
    port = free_port()
    servers = [limited("3/minute", f"redis://127.0.0.1:{port}") for _ in range(2)]
    with redis(port, tmp_path):
        assert [200, 200, 200, 429] == [asked(servers[number % 2], 1)[0] for number in range(4)]
    assert [200, 200, 200, 429] == asked(servers[0], 4)
    with redis(port, tmp_path):  # it is back
        deadline = time.monotonic() + 30
        while asked(servers[0], 1) == [429]:  # counted here until it is tried again
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert [200, 200, 429] == asked(servers[0], 3)


def test_without_it_each_server_counts_by_itself_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    client = limited("3/minute", f"redis://:secret@127.0.0.1:{free_port()}")
    assert [200, 200, 200, 429, 429] == asked(client, 5)
    assert 1 == caplog.text.count("Rate limit storage unreachable")
    assert "secret" not in caplog.text


def test_while_it_does_not_answer_requests_hardly_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def silent(*_: object, **__: object) -> int:
        tries.append(time.monotonic())
        raise TimeoutError

    client = limited("1000/minute", "redis://127.0.0.1:1")
    monkeypatch.setattr("limits.storage.RedisStorage.acquire_sliding_window_entry", silent)
    assert [200] * 50 == asked(client, 50)
    assert len(tries) < 5


def test_an_address_that_is_none_is_refused_without_telling_its_password() -> None:
    with pytest.raises(InputError, match="write redis://host:port") as refused:
        limited("2/minute", "redsi://:secret@host")
    assert "secret" not in str(refused.value)
    settings = Settings(rate_limits_at=SecretStr("redis://:secret@host"))
    assert "secret" not in repr(settings) + str(settings) + settings.model_dump_json()
