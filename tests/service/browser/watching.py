"""Pages that are watched while they are used."""

import csv
import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page

__all__ = [
    "ARGUMENTS", "CHROMIUM", "Watch", "Watched", "downloaded", "drop", "rows_in",
]  # fmt: skip

#: Debian's browser; another is named by GAZETTEER_CHROMIUM.
CHROMIUM = os.environ.get("GAZETTEER_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run".split()
_DROP = """([name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], name, { type: "text/csv" }));
  for (const type of ["dragover", "drop"])
    document.body.dispatchEvent(
      new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""

Watch = Callable[..., "Watched"]


@dataclass
class Watched:
    """A page, with everything that it said on the console and asked for."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _on_console(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    def open(self, fragment: str = "") -> Page:
        self.page.goto(f"{self.base}{fragment}")
        self.page.wait_for_selector("body[data-ready]")
        return self.page

    def other_hosts(self) -> set[str]:
        own = urlsplit(self.base).netloc
        web = [urlsplit(url) for url in self.requests if not url.startswith(("data:", "blob:"))]
        return {url.netloc for url in web} - {own}


def drop(page: Page, name: str, text: str) -> None:
    """Drop a table onto the page."""
    page.evaluate(_DROP, [name, text])


def downloaded(link: Locator) -> tuple[str, str]:
    """Return the name and the text of the file that a click brings."""
    with link.page.expect_download() as downloading:
        link.click()
    return downloading.value.suggested_filename, Path(downloading.value.path()).read_bytes().decode(
        "utf-8-sig"
    )


def rows_in(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))
