"""openapi-python-client: a client that it makes of this server's own document, in a folder of its own."""

import importlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.clients.asking import Ask, tell

OPTIONS = "generate --meta none --output-path made_client --config config.json --url"
IDLIB = {"latitude": 35.93, "longitude": 36.63}


def called(client: Any, operation: str, **given: Any) -> Any:
    """Call an operation by the name of its module, and return its answer as plain values."""
    answer = importlib.import_module(f"made_client.api.{operation}").sync(client=client, **given)
    return answer.to_dict()


ASKS: dict[str, Ask] = {
    "resolve": lambda c: (
        "geonames:164816",
        called(c, "places.resolve", text="Saraqeb")["matches"][0]["place"]["id"],
    ),
    "suggest": lambda c: (True, len(called(c, "places.suggest", text="sara")["suggestions"]) > 0),
    "reverse": lambda c: ("Idlib", called(c, "places.reverse", **IDLIB)["nearest"]["name"]),
    "distance": lambda c: (
        True,
        50_000 < called(c, "places.distance", from_="Aleppo", to="Idlib")["distance_m"] < 65_000,
    ),
    "a problem": lambda c: (404, called(c, "places.distance", from_="Atlantis", to="Idlib")["status"]),
    "get_place": lambda c: ("Idleb", called(c, "places.get_place", id="SY07")["name"]),
    "count_incidents": lambda c: (
        1500,
        called(c, "incidents.count_incidents", by="month")["summary"]["incidents"],
    ),
}


def made(url: str) -> Any:
    """Make the client, and one that asks this server."""
    folder = tempfile.mkdtemp()
    (Path(folder) / "config.json").write_text('{"post_hooks": []}', encoding="utf-8")
    command = [sys.executable, "-m", "openapi_python_client", *OPTIONS.split(), f"{url}/v1/openapi.json"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    sys.path.insert(0, folder)
    return importlib.import_module("made_client").Client(base_url=url)


if __name__ == "__main__":
    tell("openapi-python-client", ASKS, made)
