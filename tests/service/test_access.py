"""Who may ask a server that others can reach, and whether it is ready."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from gazetteer import Gazetteer
from service.app import create_app
from service.settings import Settings
from tests.builders import a_gazetteer_file, a_record
from tests.fakes import FakeGazetteer
from tests.service.asking import BEARER, ENDPOINTS, KEY, an_app, problem


def a_full_server_that_others_reach() -> FlaskClient:
    return an_app(host="0.0.0.0", api_key=SecretStr(KEY)).test_client()


@pytest.mark.parametrize(
    "address",
    [*(a for a in ENDPOINTS if a not in ("/healthz", "/readyz")), "/", "/reconcile", "/search?q=Idlib"],
)
def test_a_full_server_that_others_reach_asks_for_the_key_everywhere(address: str) -> None:
    client = a_full_server_that_others_reach()
    without = client.get(address)
    assert (401, "Bearer") == (without.get_json()["status"], without.headers["WWW-Authenticate"])
    wrong = client.get(address, headers={"Authorization": "Bearer guessed"})
    assert 403 == wrong.get_json()["status"]
    assert client.get(address, headers=BEARER).status_code in (200, 404, 503)


@pytest.mark.parametrize("page", ["/", "/about"])
def test_a_browser_from_elsewhere_is_told_how_the_pages_can_be_opened(page: str) -> None:
    told = problem(a_full_server_that_others_reach().get(page))
    assert "--tier public" in told["detail"]
    assert "which a browser doesn't send" in told["detail"]


def test_whether_the_server_is_up_and_what_may_be_asked_need_no_key() -> None:
    client = a_full_server_that_others_reach()
    assert 200 == client.get("/healthz").status_code
    assert 200 == client.options("/v1/resolve").status_code


def test_a_key_is_never_in_an_answer() -> None:
    client = a_full_server_that_others_reach()
    answers = [client.get(address, headers=BEARER).text for address in (*ENDPOINTS, "/", "/metrics")]
    assert KEY not in "".join(answers)


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, 401),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}, 401),
    ],
)
def test_figures_are_for_this_machine_or_for_those_with_the_key(environ: dict[str, str], status: int) -> None:
    settings = Settings.model_validate({"host": "0.0.0.0", "tier": "public", "api_key": KEY})
    client = create_app(settings, FakeGazetteer()).test_client()
    assert status == client.get("/metrics", environ_overrides=environ).status_code
    assert 200 == client.get("/metrics", environ_overrides=environ, headers=BEARER).status_code


def test_a_server_is_ready_until_its_gazetteer_file_is_replaced_or_gone(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg")
    with Gazetteer.open(path) as gazetteer:
        client = create_app(Settings(), gazetteer).test_client()
        assert {"status": "ready"} == client.get("/readyz").get_json()
        a_gazetteer_file(path, [a_record(name="Another")])
        replaced = problem(client.get("/readyz"))
        assert (503, True) == (replaced["status"], "was replaced" in replaced["detail"])
        path.unlink()
        assert 503 == problem(client.get("/readyz"))["status"]
        assert 200 == client.get("/healthz").status_code
