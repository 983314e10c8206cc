"""The document of these addresses is OpenAPI 3.0, and the schemas of items are what the items are."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
from flask.testing import FlaskClient
from schemathesis.specs.openapi.definitions import OPENAPI_30

from tests.service.asking import COLLECTIONS, INCIDENTS, a_client_of, get, pages


def schemas_in(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a document."""
    if isinstance(part, dict):
        yield part
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from schemas_in(one)


def test_the_document_is_openapi_3_0_without_words_of_later_versions(full: FlaskClient) -> None:
    response = full.get("/ogc/openapi")
    assert "application/vnd.oai.openapi+json;version=3.0" == response.content_type
    document = json.loads(response.text)
    assert "3.0.3" == document["openapi"]
    jsonschema.Draft4Validator(OPENAPI_30).validate(document)
    for one in (*schemas_in(document["components"]["schemas"]), *schemas_in(document["paths"])):
        assert not {"$defs", "examples", "prefixItems", "$schema", "ge", "le"} & one.keys()
        assert not isinstance(one.get("const"), str)
        assert one.get("type") not in ("null", ["null"])
        for bound in ("exclusiveMinimum", "exclusiveMaximum"):
            assert one.get(bound) in (None, True), one


def test_every_path_is_of_the_document_and_of_the_server(full: FlaskClient) -> None:
    document = get(full, "/ogc/openapi")
    rules = {rule.rule for rule in full.application.url_map.iter_rules() if rule.rule.startswith("/ogc")}
    paths = {f"/ogc{path}".rstrip("/") for path in document["paths"]}
    named = {rule.replace("<path:", "<").replace("<", "{").replace(">", "}") for rule in rules}
    assert {"/ogc/openapi"} == named - paths
    assert paths <= named


def test_an_array_is_written_with_commas_and_the_limit_has_its_bounds(full: FlaskClient) -> None:
    for name in COLLECTIONS:
        operation = get(full, "/ogc/openapi")["paths"][f"/collections/{name}/items"]["get"]
        asked = {one["name"]: one["schema"] for one in operation["parameters"]}
        assert {"f", "limit", "cursor", "bbox", "datetime"} <= asked.keys()
        assert {"type": "array", "minItems": 4, "maxItems": 6}.items() <= asked["bbox"].items()
        assert {"minimum": 1, "maximum": 10_000}.items() <= asked["limit"].items()
        forms = {"application/geo+json", "text/html", "text/csv"}
        assert forms == operation["responses"]["200"]["content"].keys()


def columns_of(client: FlaskClient, collection: str) -> dict[str, Any]:
    """Return what a collection's schema says of the columns of its items."""
    schema = get(client, f"/ogc/collections/{collection}/schema")
    jsonschema.Draft202012Validator.check_schema(schema)
    found: dict[str, Any] = schema["properties"]["properties"]["properties"]
    return found


def test_the_schema_of_a_collection_has_the_columns_of_its_items(clients: dict[str, FlaskClient]) -> None:
    for client in clients.values():
        for name in COLLECTIONS:
            columns = columns_of(client, name)
            for page in pages(client, f"/ogc/collections/{name}/items"):
                names = {key for one in page["features"] for key in one["properties"]} - {"id"}
                assert names <= columns.keys()
            assert all(one["type"] for one in columns.values()), name


def test_a_column_of_nothing_but_dates_is_said_to_be_of_dates(full: FlaskClient) -> None:
    found = columns_of(full, "incidents")
    dates = {name for name, one in found.items() if one.get("format") == "date"}
    assert set() == dates, "one row has a month alone"
    assert {"string"} == {found[name]["type"] for name in ("date", "notes", "url", "incident_date")}


def test_a_row_with_columns_of_our_names_loses_none_and_changes_no_type(tmp_path: Path) -> None:
    client = a_client_of("id,place,incident_place,incident_latitude\na,Idlib,Elsewhere,35.9\n", tmp_path)
    columns = columns_of(client, "incidents")
    (item,) = get(client, INCIDENTS)["features"]
    assert {"table_incident_place", "table_incident_latitude"} <= item["properties"].keys()
    assert item["properties"].keys() - {"id"} <= columns.keys()
    assert "number" == columns["incident_latitude"]["type"]
    assert "string" == columns["table_incident_latitude"]["type"]
