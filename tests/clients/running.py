"""The clients that are asked: how each is run, and what it needs."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.service.browser.watching import CHROMIUM

__all__ = ["CLIENTS", "Answer", "Client", "ask"]

ROOT = Path(__file__).resolve().parents[2]
NODE = Path("tests/clients/node")
#: Read as this is imported: while tests run, the user's own settings are out of sight.
CLIENT_PYTHON = os.environ.get("GAZETTEER_CLIENT_PYTHON") or str(ROOT / ".venv-clients" / "bin" / "python")
NODE_PROGRAM = shutil.which("node") or str(Path(CLIENT_PYTHON).with_name("node"))
QGIS_PYTHON = os.environ.get("GAZETTEER_QGIS_PYTHON") or "/usr/bin/python3"


@dataclass(frozen=True, slots=True)
class Client:
    """A client: its name, how a user tells it of a server at "AT", what it is asked, and how."""

    name: str
    told: str
    asked: str
    command: tuple[str, ...]
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The version of a client, and of each ask what was wrong, "" where nothing was."""

    version: str
    asks: dict[str, str]

    @property
    def failed(self) -> dict[str, str]:
        return {name: wrong for name, wrong in self.asks.items() if wrong}


def ask(client: Client, url: str) -> Answer:
    """Let a client make its asks of a server."""
    done = subprocess.run(
        [*client.command, url], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=180, check=False
    )
    try:
        told = json.loads(done.stdout.strip().rpartition("\n")[2])
    except json.JSONDecodeError:
        why = done.stderr.strip().rpartition("\n")[2]
        return Answer("", {"anything at all": f"the client ended with {done.returncode}: {why}"})
    return Answer(told["version"], told["asks"])


def python(module: str, interpreter: str = sys.executable) -> tuple[str, ...]:
    return interpreter, "-m", f"tests.clients.{module}"


def without(*programs: str | Path) -> str:
    """Say which of the programs and files that a client needs isn't there, "" if all are."""
    gone = [str(one) for one in programs if not shutil.which(one) and not (ROOT / one).exists()]
    return f"needs {' and '.join(gone)}: .ci/run shows how to install it" if gone else ""


def without_qgis() -> str:
    command = [
        QGIS_PYTHON,
        "-c",
        "import importlib.util, sys; sys.exit(not importlib.util.find_spec('qgis'))",
    ]
    there = shutil.which(QGIS_PYTHON) and subprocess.run(command, check=False).returncode == 0
    return "" if there else "needs Debian's python3-qgis"


CLIENTS = (
    Client(
        "geopy", 'Nominatim(domain="AT", scheme="http", user_agent="…")',
        "what its own tests ask of Nominatim, with places in Syria; a whole column, many at once",
        python("ask_geopy"),
    ),
    Client(
        "geopandas", 'geocode(names, provider="nominatim", domain="AT", scheme="http", user_agent="…")',
        "a column of names to points, and points to addresses", python("ask_geopandas"),
    ),
    Client(
        "OSMnx", 'settings.nominatim_url = "http://AT"',
        "names to points, and areas to polygons", python("ask_osmnx"),
    ),
    Client(
        "geocoder", 'osm(name, url="http://AT/search")',
        "names, parts of an address, several results, GeoJSON, reverse",
        python("ask_geocoder", CLIENT_PYTHON), without(CLIENT_PYTHON),
    ),
    Client(
        "node-geocoder", 'NodeGeocoder({provider: "openstreetmap", osmServer: "http://AT"})',
        "names in two scripts, structured, with limits, ambiguous and unknown, reverse, a batch",
        (NODE_PROGRAM, str(NODE / "ask_node_geocoder.mjs")),
        without(NODE_PROGRAM, NODE / "node_modules/node-geocoder"),
    ),
    Client(
        "leaflet-control-geocoder", 'nominatim({serviceUrl: "http://AT/"})',
        "in a browser: names, its options, reverse at several zooms, typing into the map and choosing",
        python("ask_leaflet"), without(CHROMIUM, NODE / "node_modules/leaflet-control-geocoder"),
    ),
    Client(
        "OpenRefine", "*Add standard service…* `http://AT/reconcile`",
        "the example table and one cell of 1,001 characters: types, matches, P-codes, export",
        python("ask_openrefine"), without("openrefine"),
    ),
    Client(
        "reconciler", 'reconcile(column, reconciliation_endpoint="http://AT/reconcile")',
        "the example table: with its areas and without, one type, all candidates, odd cells and words",
        python("ask_reconciler", CLIENT_PYTHON), without(CLIENT_PYTHON),
    ),
    Client(
        "GDAL", 'read_dataframe("OAPIF:http://AT/ogc", layer="incidents")',
        "all pages of 1,500 incidents by pyogrio and geopandas, a box, a month, one by id, places, areas",
        python("ask_gdal"),
    ),
    Client(
        "OWSLib", 'Features("http://AT/ogc")',
        "the collections, all pages of 1,500 incidents, a box, a month, one by its id", python("ask_owslib"),
    ),
    Client(
        "QGIS", "*Add WFS / OGC API - Features layer* `http://AT/ogc`",
        "1,500 incidents as a layer, those of an extent, one; names in its search bar",
        python("ask_qgis", QGIS_PYTHON), without_qgis(),
    ),
    Client(
        "openapi-python-client", "generate --url http://AT/v1/openapi.json",
        "seven operations of the client that it makes, a refused one among them", python("ask_generated"),
    ),
)  # fmt: skip
