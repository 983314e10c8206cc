"""A cache and a copy of the embedded tables, for tests that build the default; and a server to pull from."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from geodata import assemble, build
from tests.geodata.fact_tables import FACTS
from tests.geodata.http_server import Server, serving


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a cache" / "not made yet"
    monkeypatch.setenv("GAZETTEER_CACHE", str(folder))
    return folder


@pytest.fixture
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the embedded tables that a test may change."""
    folder = tmp_path / "facts"
    shutil.copytree(FACTS, folder)
    for module in (assemble, build):
        monkeypatch.setattr(module, "FACTS", folder)
    return folder


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving() as running:
        yield running
