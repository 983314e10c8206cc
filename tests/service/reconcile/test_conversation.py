"""A whole conversation as OpenRefine 3.6 holds it, over the example table and the embedded gazetteer.

The requests have the form that OpenRefine sends, seen on the wire: the page asks for the manifest, the
suggestions and the cards with an Origin; the program behind it posts forms, ten cells at a time.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from flask.testing import FlaskClient

from gazetteer import Gazetteer
from service.app import create_app
from service.settings import Settings
from tests.service.reconcile.reconciling import follows

ROOT = Path(__file__).resolve().parents[3]
#: What the browser sends with each request of OpenRefine's page.
PAGE = {"Origin": "http://127.0.0.1:3333", "Accept": "application/json, text/javascript, */*; q=0.01"}
#: What OpenRefine's suggest box adds, left from Freebase.
LEFTOVERS = {"spell": "always", "exact": "false", "prefixed": "true"}


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    with Gazetteer.open() as gazetteer:
        yield create_app(Settings(), gazetteer).test_client()


def rows() -> list[dict[str, str]]:
    with (ROOT / "examples" / "incidents.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def posted(client: FlaskClient, field: str, content: Any) -> Any:
    """Post a form as OpenRefine does: the JSON compact, spaces as plus signs."""
    compact = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    response = client.post(
        "/reconcile",
        data=f"{field}={quote_plus(compact)}",
        content_type="application/x-www-form-urlencoded; charset=UTF-8",
        headers={"User-Agent": "OpenRefine/3.6.2"},
    )
    assert 200 == response.status_code, response.text
    return json.loads(response.text)


def shown(client: FlaskClient, address: str, **parameters: str) -> Any:
    response = client.get(f"{address}?{urlencode(parameters)}" if parameters else address, headers=PAGE)
    assert 200 == response.status_code, response.text
    return json.loads(response.text)


def reconciled(client: FlaskClient, cells: list[tuple[str, str]]) -> dict[str, list[dict[str, Any]]]:
    """Reconcile (place, area) cells in batches of ten."""
    found: dict[str, list[dict[str, Any]]] = {}
    for start in range(0, len(cells), 10):
        queries: dict[str, Any] = {}
        for number, (place, area) in enumerate(cells[start : start + 10]):
            queries[f"q{number}"] = {"query": place}
            if area:
                queries[f"q{number}"]["properties"] = [{"pid": "governorate", "v": area}]
        answer = follows("results", posted(client, "queries", follows("queries", queries)))
        found |= {queries[key]["query"]: one["result"] for key, one in answer.items()}
    return found


def test_a_documenter_reconciles_the_example_table(client: FlaskClient) -> None:
    manifest = follows("manifest", shown(client, "/reconcile"))

    properties = manifest["suggest"]["property"]
    asked = properties["service_url"] + properties["service_path"]
    found = follows("suggestions", shown(client, asked, prefix="gov", scoring="schema", **LEFTOVERS))
    assert "governorate" == found["result"][0]["id"]

    cells = list(dict.fromkeys((row["place"], row["area"]) for row in rows() if row["place"]))
    matches = reconciled(client, cells)
    undecided = {place for place, found in matches.items() if not any(c["match"] for c in found)}
    assert {"national hospital", "Kafr Nowhere"} == undecided
    ids = {place: next((c["id"] for c in found if c["match"]), "") for place, found in matches.items()}
    assert 1 == len({ids[place] for place in ("Saraqeb", "سراقب", "Serakib")})
    assert ids["5 km north of Saraqeb"].startswith("geo:35.9")

    first = matches["national hospital"][0]
    page = client.get(manifest["preview"]["url"].replace("{{id}}", first["id"]))
    assert (200, True) == (page.status_code, first["name"].partition(" — ")[0] in page.text)

    entities = manifest["suggest"]["entity"]
    asked = entities["service_url"] + entities["service_path"]
    chosen = follows("suggestions", shown(client, asked, prefix="Idlib nat", **LEFTOVERS))["result"][0]
    assert ids["Idlib national hospital"] == chosen["id"]
    ids["national hospital"] = chosen["id"]

    proposed = manifest["extend"]["propose_properties"]
    offered = shown(client, proposed["service_url"] + proposed["service_path"], type="undefined")
    wanted = ["adm3_pcode", "governorate", "latitude", "longitude", "uncertainty_m", "name_ar", "population"]
    assert set(wanted) <= {row["id"] for row in follows("proposals", offered)["properties"]}

    known = sorted({entity_id for entity_id in ids.values() if entity_id})
    extend = {"ids": known, "properties": [{"id": name} for name in wanted]}
    added = follows("extension", posted(client, "extend", extend))["rows"]
    assert known == list(added)
    saraqeb = added[ids["Saraqeb"]]
    assert ([{"str": "SY070003"}], "SY07") == (saraqeb["adm3_pcode"], saraqeb["governorate"][0]["id"])
    assert all(row["latitude"] and row["adm3_pcode"] for row in added.values())


def test_a_governorate_column_reconciled_first_is_taken_by_its_codes(client: FlaskClient) -> None:
    areas = {"q0": {"query": "إدلب", "type": "governorate", "type_strict": "should"}}
    [area] = [c for c in follows("results", posted(client, "queries", areas))["q0"]["result"] if c["match"]]
    assert "SY07" == area["id"]
    hint = {"pid": "governorate", "v": {"id": area["id"], "name": area["name"]}}
    found = posted(client, "queries", {"q0": {"query": "Serakib", "properties": [hint]}})["q0"]["result"]
    assert found[0]["match"]


def test_several_types_are_any_of_them_groups_too(client: FlaskClient) -> None:
    for text, types, expected in (
        ("Idlib", ["governorate", "district"], {"governorate", "district"}),
        ("Idlib", ["settlement", "area"], {"settlement"}),  # which outweighs the areas of its name
        ("Idlib", ["facility", "governorate"], {"hospital", "governorate"}),
        ("national hospital", ["clinic", "facility"], {"hospital"}),
        ("5 km north of Saraqeb", ["hospital", "point"], {"point"}),
    ):
        found = posted(client, "queries", {"q0": {"query": text, "type": types}})["q0"]["result"]
        assert expected == {candidate["type"][0]["id"] for candidate in found}, types


def test_ten_cells_of_which_one_is_odd_are_matched_but_for_that_one(client: FlaskClient) -> None:
    cells = ["Saraqeb"] * 10
    cells[3] = "x" * 1001
    queries = {f"q{n}": {"query": cell} for n, cell in enumerate(cells)}
    found = follows("results", posted(client, "queries", queries))
    matched = [key for key, answer in found.items() if any(one["match"] for one in answer["result"])]
    assert [key for key in queries if key != "q3"] == matched


def test_near_chooses_among_hospitals_of_one_name(client: FlaskClient) -> None:
    query = {
        "query": "national hospital",
        "type": "hospital",
        "properties": [{"pid": "near", "v": "35.93, 36.63"}],
    }
    found = follows("results", posted(client, "queries", {"q0": query}))["q0"]["result"]
    assert "cg:idlib-national-hospital" == found[0]["id"]
    assert all(c["score"] < 50 and not c["match"] for c in found[1:])
