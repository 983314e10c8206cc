"""Nothing on any screen keeps people out: axe-core finds nothing, whatever the size, colours, direction."""

from itertools import product
from typing import Any, cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.conftest import ROOT
from tests.service.browser.watching import Watch

EXAMPLE, REPORT = (ROOT / "examples" / name for name in ("incidents.csv", "report-2016-05-31.ar.txt"))


def place(page: Page) -> None:
    page.get_by_role("combobox", name="A place, as it was written").fill("national hospital")
    page.get_by_role("button", name="Look up").click()
    expect(page.locator("#candidates li").first).to_be_visible()


def place_in_arabic(page: Page) -> None:
    page.get_by_role("combobox", name="A place, as it was written").fill("سراقب")
    page.get_by_role("button", name="Look up").click()
    expect(page.locator("#map path.disc")).to_have_count(1)


def incidents(page: Page) -> None:
    page.get_by_role("tab", name="Incidents").click()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#incident-status")).to_contain_text("certainly")
    expect(page.locator("#incident-list li").first).to_be_visible()


def table(page: Page) -> None:
    page.get_by_role("tab", name="Table").click()
    page.get_by_label("A CSV or XLSX table").set_input_files(EXAMPLE)
    page.locator("#open-list").get_by_role("button", name="national hospital").click()
    page.locator("#open-list .numbered").first.click()
    expect(page.locator("#open-list .is-decided")).to_have_count(1)


def report(page: Page) -> None:
    page.get_by_role("tab", name="Report").click()
    page.get_by_label("A report, in English or Arabic").fill(REPORT.read_text("utf-8"))
    page.get_by_role("button", name="Find its places").click()
    page.locator("#report-text mark").first.click()
    expect(page.locator("#report-places button").first).to_have_attribute("aria-pressed", "true")


def leaks(page: Page) -> None:
    page.get_by_role("tab", name="Leaks").click()
    page.get_by_label("A table to look through").set_input_files(EXAMPLE)
    expect(page.locator("#leaks-status")).to_contain_text("row")


#: What is done on each screen before it is looked at.
SCREENS = [place, place_in_arabic, incidents, table, report, leaks]
#: Pages that are only read. Swagger UI is another project's.
PAGES = ["about", "ogc", "ogc/collections/facilities/items?f=html&limit=3", "reconcile"]
SIZES = [(1400, 900), (390, 844)]


def violations(page: Page) -> list[str]:
    found = cast("dict[str, Any]", Axe().run(page).response)
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


def in_all_colours_and_directions(page: Page) -> list[str]:
    found = []
    for scheme, direction in (("light", "ltr"), ("dark", "rtl")):  # neither changes what the other does
        page.emulate_media(color_scheme=cast("Any", scheme))
        page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
        ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        if (sum(map(int, ground[4:-1].split(","))) < 3 * 128) != (scheme == "dark"):
            found.append(f"{scheme} has the ground {ground}")
        found += [f"{scheme} {direction} {one}" for one in violations(page)]
        if page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{scheme} {direction} is wider than the screen")
    return found


@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_on_any_screen_of_the_map(server: str, watch: Watch, screen: Any) -> None:
    for width, height in SIZES:
        page = watch(server, width=width, height=height).open()
        screen(page)
        assert [] == in_all_colours_and_directions(page), width


def test_axe_finds_nothing_on_pages_to_read(server: str, watch: Watch) -> None:
    for path, (width, height) in product(PAGES, SIZES):
        watched = watch(server, width=width, height=height)
        watched.page.goto(f"{watched.base}{path}")
        assert [] == in_all_colours_and_directions(watched.page), (path, width)
