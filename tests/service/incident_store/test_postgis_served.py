"""A server of several workers, and several servers, whose incidents are in PostGIS."""

import http.client
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from gazetteer.errors import InputError
from service.incident_store import open_store
from service.incident_store.postgis import PostgisStore
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.postgis import PASSWORD, Cluster
from tests.service.serving import Server, serve

KEY = "a key of sixteen or more"


def post(server: Server, *ids: str) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(server.address, timeout=30)
    try:
        rows = "".join(f"{one},2016-05-30,Idlib\n" for one in ids)
        headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {KEY}"}
        connection.request("POST", "/v1/incidents", f"id,date,place\n{rows}", headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def ids_from(server: Server) -> list[str]:
    status, body = server.get("/v1/incidents")
    assert 200 == status, body
    return [feature["id"] for feature in json.loads(body)["features"]]


def test_what_one_server_stores_another_answers_with_and_the_database_may_restart(
    postgis_cluster: Cluster, postgis_url: str, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in "pq"]
    for folder in folders:
        folder.mkdir()
    options = ("--store", postgis_url, "--workers", "2")
    with (
        serve(*options, folder=folders[0], GAZETTEER_API_KEY=KEY) as first,
        serve(*options, folder=folders[1], GAZETTEER_API_KEY=KEY) as second,
    ):
        status, said = post(first, "a")
        assert (200, 1) == (status, said["added"])
        assert ["a"] == ids_from(second) == ids_from(first)
        postgis_cluster.restart()
        assert 200 == post(second, "b")[0]
        assert ["a", "b"] == ids_from(first) == ids_from(second)
        postgis_cluster.stop()
        try:
            assert 503 == post(second, "c")[0] == first.get("/readyz")[0]
        finally:
            postgis_cluster.start()
        assert 200 == post(second, "c")[0]
        assert ["a", "b", "c"] == ids_from(first)
    logged = "".join((folder / "server.log").read_text() for folder in folders)
    assert "Traceback" not in logged


def test_a_password_in_the_settings_is_not_shown(postgis_cluster: Cluster, postgis_url: str) -> None:
    url = postgis_cluster.url_of("nothing", user="guarded", password=PASSWORD)
    settings = Settings(store=url)  # type: ignore[arg-type] # as the command line gives it
    assert isinstance(settings.store, SecretStr)
    assert "guarded" not in f"{settings} {settings!r} {settings.model_dump_json()}"
    assert Path("s.sqlite") == Settings(store="s.sqlite").store  # type: ignore[arg-type] # the same


def test_an_address_makes_a_store_in_a_database(postgis_url: str) -> None:
    store = open_store(Settings(store=SecretStr(postgis_url)), FakeGazetteer())()
    assert isinstance(store, PostgisStore)
    assert 0 == store.generation()
    store.connections.close()


def test_without_psycopg_it_is_said_how_to_install_it(
    postgis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "service.incident_store.postgis", None)
    with pytest.raises(InputError, match=r"pip install 'conflict-gazetteer\[postgis\]'"):
        open_store(Settings(store=SecretStr(postgis_url)), FakeGazetteer())
