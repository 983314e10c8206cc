"""Other people's programs against a running server, each in a process of its own: what their users ask."""

from collections.abc import Iterator

import pytest

from tests.clients.page import cells
from tests.clients.running import CLIENTS, ROOT, Answer, Client, ask
from tests.clients.serving import serving

PAGE = ROOT / "docs" / "clients.md"
#: QGIS is asked by `make clients` alone, where it happens to be: it is large.
ASKED = [one for one in CLIENTS if one.name != "QGIS"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("clients")) as address:
        yield address


@pytest.fixture(scope="module", params=ASKED, ids=lambda one: one.name)
def asked(request: pytest.FixtureRequest, url: str) -> tuple[Client, Answer]:
    client: Client = request.param
    if client.missing:
        pytest.skip(client.missing)
    return client, ask(client, url)


def test_a_client_gets_what_its_users_expect(asked: tuple[Client, Answer]) -> None:
    assert {} == asked[1].failed


def test_the_page_says_of_each_client_what_it_gets(asked: tuple[Client, Answer]) -> None:
    client, answer = asked
    lines = PAGE.read_text("utf-8").splitlines()
    [line] = [one for one in lines if one.startswith(f"| {client.name} | ")]
    name, _, *rest = line.strip("| ").split(" | ")
    assert cells(client, answer) == [name, *rest]
