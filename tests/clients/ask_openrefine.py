"""OpenRefine: the example table and one odd cell, by the commands that its own pages send to its server."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.clients.asking import Ask, answers
from tests.ports import free_port

TABLE = Path(__file__).parents[2] / "examples" / "incidents.csv"
ODD = "x" * 1001  # longer than a name may be here
UNSURE = ["Kafr Nowhere", "national hospital", ODD]
EVERY_ROW = json.dumps({"facets": [], "mode": "row-based"})


@dataclass(frozen=True, slots=True)
class Refine:
    """A project in a running OpenRefine, and the service that it asks."""

    http: httpx.Client
    service: str
    project: str = ""

    def command(self, name: str, **fields: Any) -> httpx.Response:
        token = self.http.get("/command/core/get-csrf-token").json()["token"]
        plain = {key: one if isinstance(one, str) else json.dumps(one) for key, one in fields.items()}
        about = {"project": self.project, "csrf_token": token}
        files = {"project-file": ("incidents.csv", plain.pop("file"))} if "file" in plain else None
        return self.http.post(f"/command/core/{name}", params=about, data=plain, files=files)

    def run(self, name: str, **fields: Any) -> None:
        """Send a command that takes a while, and wait for its end."""
        said = self.command(name, engine=EVERY_ROW, **fields).json()
        if said["code"] not in {"ok", "pending"}:
            raise RuntimeError(said.get("message", said))
        while self.http.get("/command/core/get-processes", params={"project": self.project}).json()[
            "processes"
        ]:
            time.sleep(0.05)

    def exported(self) -> list[dict[str, str]]:
        got = self.command("export-rows/incidents.csv", format="csv", engine=EVERY_ROW)
        return [*csv.DictReader(io.StringIO(got.text))]

    def add(self, column: str, expression: str) -> None:
        """Add a column beside the places, by an expression in OpenRefine's language."""
        self.run(
            "add-column", baseColumnName="place", expression=f"grel:{expression}", newColumnName=column,
            columnInsertIndex="0", onError="set-to-blank",
        )  # fmt: skip


def types(refine: Refine) -> set[str]:
    said = refine.command("guess-types-of-column", columnName="place", service=refine.service).json()
    return {one["id"] for one in said["types"]}


def reconciled(refine: Refine) -> list[str]:
    """Reconcile the places, each in its area; return those that are matched."""
    beside = {"column": "area", "propertyName": "Governorate", "propertyID": "governorate"}
    manifest = httpx.get(refine.service).json()
    spaces = {key: manifest[key] for key in ("identifierSpace", "schemaSpace")}
    config = {"mode": "standard-service", "service": refine.service, **spaces, "columnDetails": [beside]}
    refine.run(
        "reconcile", columnName="place", config={**config, "type": None, "autoMatch": True, "limit": 0}
    )
    refine.add("judgment", "cell.recon.judgment")
    return judged(refine, "matched")


def judged(refine: Refine, judgment: str) -> list[str]:
    return [row["written"] for row in refine.exported() if row["place"] and row["judgment"] == judgment]


def extended(refine: Refine) -> dict[str, str]:
    """Add three columns; return the sub-district's code of each place."""
    wanted = [
        {"id": "adm3_pcode", "name": "Sub-district P-code"},
        {"id": "latitude", "name": "Latitude"},
        {"id": "uncertainty_m", "name": "uncertainty_m"},
    ]
    manifest = httpx.get(refine.service).json()
    refine.run(
        "extend-data", baseColumnName="place", endpoint=refine.service, columnInsertIndex="3",
        identifierSpace=manifest["identifierSpace"], schemaSpace=manifest["schemaSpace"],
        extension={"properties": wanted},
    )  # fmt: skip
    return {row["written"]: row["Sub-district P-code"] for row in refine.exported()}


PLACES = [row["place"] for row in csv.DictReader(TABLE.open(encoding="utf-8")) if row["place"]]
ASKS: dict[str, Ask] = {
    "the table is read": lambda r: ([*PLACES, ODD], [row["place"] for row in r.exported() if row["place"]]),
    "types are guessed": lambda r: (True, {"settlement", "hospital"} <= types(r)),
    "the column is matched": lambda r: ([one for one in PLACES if one not in UNSURE], reconciled(r)),
    "what is unsure is left to the user": lambda r: (sorted(UNSURE), sorted(judged(r, "none"))),
    "P-codes are added": lambda r: (
        ["SY070003", "SY070003", "SY070000", ""],
        [extended(r)[one] for one in ("Saraqeb", "سراقب", "Ibn Sina hospital, Idlib", ODD)],
    ),
    "coordinates are exported": lambda r: (
        len(PLACES) + 1 - len(UNSURE),
        sum(bool(row["Latitude"] and int(row["uncertainty_m"])) for row in r.exported()),
    ),
}


@contextmanager
def running(folder: str) -> Iterator[httpx.Client]:
    """Run OpenRefine without a window, its projects in a folder."""
    port = free_port()
    options = ["-p", str(port), "-i", "127.0.0.1", "-d", folder, "-x", "refine.headless=true"]
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = subprocess.Popen(["openrefine", *options], **quiet)  # a script that starts Java
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as http:
            for _ in range(600):
                try:
                    http.get("/command/core/get-version")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield http
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def made(http: httpx.Client, url: str) -> Refine:
    """Make the project: the example table, and a row with the odd cell."""
    refine = Refine(http, f"{url}/reconcile")
    table = f"{TABLE.read_text('utf-8').rstrip()}\n2016-05-31,{ODD},Idlib,,,,,\n"
    options = {"encoding": "UTF-8", "separator": ",", "headerLines": 1, "processQuotes": True}
    there = refine.command(
        "create-project-from-upload", file=table, format="text/line-based/*sv", options=options
    ).headers["location"]
    project = re.search(r"project=(\d+)", there)
    assert project, there
    refine = Refine(http, refine.service, project[1])
    refine.add("written", "value")  # a matched cell is exported with the name of its place
    return refine


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, running(folder) as http:
        version = http.get("/command/core/get-version").json()["version"]
        print(json.dumps({"version": version, "asks": answers(ASKS, made(http, sys.argv[1]))}))
