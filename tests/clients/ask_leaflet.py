"""leaflet-control-geocoder in Debian's chromium, on a page of another origin on this machine."""

import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.service.browser.watching import ARGUMENTS, CHROMIUM

NODE = Path(__file__).parent / "node"
PACKAGE = NODE / "node_modules" / "leaflet-control-geocoder" / "package.json"


def ask(url: str) -> dict[str, Any]:
    """Make the asks of ``node/asks_of_leaflet.js``, on the page ``node/map.html``."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(NODE))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/map.html")
        found: dict[str, Any] = page.evaluate((NODE / "asks_of_leaflet.js").read_text("utf-8"), url)
        browser.close()
        server.shutdown()
    return found


if __name__ == "__main__":
    version = json.loads(PACKAGE.read_text("utf-8"))["version"]
    print(json.dumps({"version": version, "asks": ask(sys.argv[1])}))
