"""Take the pictures of the documentation: the map's screens, on the examples and the embedded default.

    python -m scripts.screenshots docs/img

``make screenshots`` runs it. Only what the examples name and the default holds is on them.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.service.browser.watching import ARGUMENTS, CHROMIUM
from tests.service.serving import serve

EXAMPLE, REPORT = Path("examples/incidents.csv"), Path("examples/report-2016-05-31.ar.txt")


def _send_example(page: Page) -> None:
    page.locator("#table-file").set_input_files(EXAMPLE)
    page.locator("#open-list").get_by_role("button", name="national hospital").click()


def _read_report(page: Page) -> None:
    page.locator("#report").fill(REPORT.read_text("utf-8"))
    page.get_by_role("button", name="Find its places").click()
    page.locator("#report-places li").first.wait_for()


class Picture(NamedTuple):
    """A picture: its file, what the address says after "#", and what is done before it is taken."""

    name: str
    fragment: str
    width: int = 1400
    height: int = 900
    scheme: str = "light"
    prepare: Callable[[Page], object] = bool


PICTURES = (
    Picture("map", "tab=incidents&near=hospital&within=5+km&map=8.5/35.8/36.9"),
    Picture("place", "q=معرة+النعمان&layers=-facilities,-incidents"),
    Picture("incidents", "tab=incidents&near=hospital&within=5+km&area=Idlib", 390, 844, "dark"),
    Picture("table", "tab=table", prepare=_send_example),
    Picture("report", "tab=report&layers=-facilities,-incidents", prepare=_read_report),
)


def main() -> None:
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as log, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with serve("--incidents", str(EXAMPLE), folder=Path(log)) as server:
            for one in PICTURES:
                page = browser.new_page(
                    viewport=ViewportSize(width=one.width, height=one.height),
                    color_scheme="dark" if one.scheme == "dark" else "light",
                    locale="en-GB",
                    reduced_motion="reduce",
                )
                page.goto(f"http://{server.address}/#{one.fragment}")
                page.wait_for_selector("body[data-ready]")
                one.prepare(page)
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(500)  # names are thinned out once all are there
                page.screenshot(path=folder / f"{one.name}.png")
                page.close()


if __name__ == "__main__":
    main()
