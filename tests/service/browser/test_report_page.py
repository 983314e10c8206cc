"""The report keeps nobody out: axe-core finds no violation, whatever the size, colours and direction."""

from itertools import product
from pathlib import Path
from typing import Any, cast

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from tests.gazetteer.review.reviewing import decisions_file, reviewed
from tests.service.browser.watching import Watched

TABLE = 'place,lat,lon\nIdlib,33.5,36.3\nTell,,\nNowhere,,\n"تل",,\nAleppo,,\n,,\n'


def looked_at(page: Page, address: str, direction: str) -> dict[str, Any]:
    """Return what axe-core finds in a report, which asks for nothing and fits the screen."""
    watched = Watched(page, address)
    page.goto(address)
    page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
    assert ([address], []) == (watched.requests, watched.complaints)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), direction
    return cast("dict[str, Any]", Axe().run(page).response)


def test_axe_finds_nothing_in_the_report_which_is_no_wider_than_the_screen(
    browser: Browser, tmp_path: Path
) -> None:
    decisions_file(tmp_path / "d.csv", ("Aleppo", "", "35.81, 36.60", "رنا"))
    reviewed(tmp_path, TABLE, report="r.html", decisions="d.csv")
    for width, scheme, direction in product((1400, 390), ("light", "dark"), ("ltr", "rtl")):
        viewport = ViewportSize(width=width, height=844)
        with browser.new_context(viewport=viewport, color_scheme=cast("Any", scheme)) as context:
            found = looked_at(context.new_page(), (tmp_path / "r.html").as_uri(), direction)
            told = [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
            assert [] == told, (width, scheme, direction)
            assert 15 < len(found["passes"])  # it did look
