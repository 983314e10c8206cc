"""One server and one browser for all, and a watched page for whoever asks."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.conftest import ROOT
from tests.service.browser.watching import ARGUMENTS, CHROMIUM, Watch, Watched
from tests.service.serving import serve


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    table = str(ROOT / "examples" / "incidents.csv")
    with serve("--incidents", table, folder=tmp_path_factory.mktemp("server")) as server:
        yield server.address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no browser at {CHROMIUM}: install chromium, or name one in GAZETTEER_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def watch(browser: Browser) -> Iterator[Watch]:
    """Make watched pages; when the test ends, none may have complained or asked another host."""
    with ExitStack() as stack:
        made: list[Watched] = []

        def make(address: str, *, width: int = 1280, height: int = 800, **context: Any) -> Watched:
            viewport = ViewportSize(width=width, height=height)
            still = {"reduced_motion": "reduce", **context}  # a map that moves takes no click
            room = stack.enter_context(browser.new_context(viewport=viewport, locale="en-GB", **still))
            watched = Watched(room.new_page(), f"http://{address}/")
            made.append(watched)
            return watched

        yield make
        for watched in made:
            assert [] == watched.complaints
            assert set() == watched.other_hosts()
