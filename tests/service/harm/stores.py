"""A store that was filled at tier full, in the ways that bring positions of sensitive places into it."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.answers import CSV, GEOJSON
from tests.service.asking import INCIDENTS
from tests.service.harm.asks import table
from tests.service.harm.clients import WRITER, client_at
from tests.service.harm.worlds import World

#: Sensitive places whose names mean them for sure, wherever in its cell each place stands. An enriched table
#: is the operator's own: which of two places it names, and that it names none, is shown as it says.
_SURE = ("Idlib National Hospital", "Abdin cave hospital", "Bab al-Hawa Hospital")
#: Of the others every so many-th is named in rows without more, whether or not its name is clear.
_STEP = 6


def same_changes(patch: pytest.MonkeyPatch) -> None:
    """Have stores count their changes from 1: the time would tell any two apart."""
    patch.setattr("service.store.next_change", lambda change: change + 1)


def a_full_store(world: World, **settings: Any) -> Path:
    """Return a store with rows by name and offset, enriched rows, saved answers and a saved map."""
    path = world.path.with_name("store.sqlite")
    full = client_at("full", world.gazetteer, store=path, **settings)
    names = [*_SURE, *(place.name for place in list(world.secrets.values())[::_STEP])]
    every = [{"id": f"plain-{n}", "date": "2016-05-30", "place": name} for n, name in enumerate(names)]
    every += [{**row, "id": f"{row['id']}-off", "place": f"2 km north of {row['place']}"} for row in every]
    rows = [row for row in every if row["place"].removeprefix("2 km north of ") in _SURE]
    rich = full.post("/v1/enrich", data=table(rows), content_type=CSV)
    assert 200 == rich.status_code
    drawn = full.post("/v1/enrich?format=geojson", data=table(rows), content_type=CSV)
    _post(full, table(every), CSV)
    _post(full, table(_renamed(_read(rich.text), "rich")), CSV)
    features = json.loads(drawn.text)["features"]
    for number, feature in enumerate(features):
        feature["id"] = feature["properties"]["id"] = f"drawn-{number}"
    _post(full, json.dumps({"type": "FeatureCollection", "features": features}).encode(), GEOJSON)
    far = "&within=500km&certainty=certain,possible,no,unanswerable,without_position"
    for number, query in enumerate(("", f"&near=hospital{far}")):
        saved = full.get(f"{INCIDENTS}?f=csv{query}")
        assert 200 == saved.status_code
        _post(full, table(_renamed(_read(saved.text), f"saved{number}")), CSV)
    return path


def _post(client: FlaskClient, body: bytes, media_type: str) -> None:
    response = client.post("/v1/incidents", data=body, content_type=media_type, headers=WRITER)
    assert 200 == response.status_code, response.text


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _renamed(rows: Iterable[dict[str, str]], prefix: str) -> list[dict[str, str]]:
    return [{**row, "id": f"{prefix}-{number}"} for number, row in enumerate(rows)]
