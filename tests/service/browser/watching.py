"""A server process of its own, and pages that are watched while they are used."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page

__all__ = ["ARGUMENTS", "ARTEFACTS", "CHROMIUM", "ROOT", "KeepPicture", "Watch", "Watched", "a_server"]

ROOT = Path(__file__).resolve().parents[3]
#: Debian's browser; another is named by GAZETTEER_CHROMIUM.
CHROMIUM = os.environ.get("GAZETTEER_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
#: Where screenshots are kept; None for the test's own folder. Read now: a run hides such settings from tests.
ARTEFACTS = os.environ.get("GAZETTEER_ARTEFACTS")
ARGUMENTS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run".split()
SERVE = "from service.cli import main; main()"

Watch = Callable[..., "Watched"]
KeepPicture = Callable[[Page, str], None]


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


@contextmanager
def a_server(*arguments: str) -> Iterator[str]:
    """Run gazetteer-serve in a process of its own and give its address."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GAZETTEER_")}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-c", SERVE, "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Serving on "), line
            yield line.split()[2]
        finally:
            process.terminate()
