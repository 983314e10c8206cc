"""The PyPI client `reconciler`, in an environment of its own, against a real server.

It needs numpy 1, and we need numpy 2: ``scripts/make_client_env.sh DIR`` makes the environment, and
``GAZETTEER_CLIENT_PYTHON`` names its Python.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.app import create_app
from service.settings import Settings
from tests.service.nominatim.asking import served

ROOT = Path(__file__).resolve().parents[3]
#: Read when the tests are collected: while they run, the user's own settings are out of sight.
CLIENT_PYTHON = os.environ.get("GAZETTEER_CLIENT_PYTHON")
#: What a user of the client writes: the table's places, with the area beside each.
SCRIPT = """
import sys
import pandas
from reconciler import reconcile

table = pandas.read_csv(sys.argv[2]).dropna(subset=["place", "area"])
found = reconcile(
    table["place"],
    property_mapping={"governorate": table["area"]},
    reconciliation_endpoint=sys.argv[1],
    **({"type_id": sys.argv[3]} if len(sys.argv) > 3 else {}),
)
print(found.to_json(orient="records"))
"""

pytestmark = pytest.mark.skipif(
    not CLIENT_PYTHON, reason="needs GAZETTEER_CLIENT_PYTHON: make it with scripts/make_client_env.sh DIR"
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with served(create_app(Settings())) as address:
        yield f"http://{address}/reconcile"


def reconciled(endpoint: str, *arguments: str) -> dict[str, dict[str, Any]]:
    """Run the client; return the best candidate of each place."""
    done = subprocess.run(
        [str(CLIENT_PYTHON), "-c", SCRIPT, endpoint, str(ROOT / "examples" / "incidents.csv"), *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return {row["input_value"]: row for row in json.loads(done.stdout)}


def test_the_client_matches_the_example_table(endpoint: str) -> None:
    found = reconciled(endpoint)
    assert {"Kafr Nowhere"} == {place for place, row in found.items() if not row["match"]}
    assert ("settlement", "geonames:164816") == (found["Serakib"]["type_id"], found["Serakib"]["id"])
    assert found["Saraqeb"]["id"] == found["سراقب"]["id"]


def test_the_client_asks_for_a_type_and_shows_no_candidates_as_none(endpoint: str) -> None:
    found = reconciled(endpoint, "hospital")
    assert "cg:idlib-national-hospital" == found["Idlib national hospital"]["id"]
    assert not found["Kafr Nowhere"]["id"]
    assert {"hospital"} == {row["type_id"] for row in found.values() if row["match"]}
    assert not found["Saraqeb"]["match"]  # it has several hospitals
