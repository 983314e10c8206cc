"""The OpenAPI documents: answers are as they say, and a client can be made of them."""

import contextlib
import importlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.checks import CheckContext
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.result import Ok
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from gazetteer import Gazetteer
from service.api.tables import XLSX
from tests.fakes import FakeGazetteer
from tests.service.asking import (
    BEARER,
    ENDPOINTS,
    FACILITIES,
    INCIDENTS,
    KEY,
    PLACES,
    a_client,
    for_3_1,
    get,
)

TABLE = Path(__file__).parents[2] / "examples/incidents.csv"
#: Texts whose meaning no schema knows, and those that must fit another parameter.
MEANINGS = {
    *"admin area bbox body cursor datetime file from id kind near".split(),
    *"place polygon publish question sheet text to within".split(),
}


# ---------------------------------------------------- all that a document allows, and some that it doesn't


@schemathesis.serializer(XLSX)
def as_it_is(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Send a workbook's bytes as they were made: hardly ever those of a workbook."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module", params=["/v1/openapi.json", "/ogc/openapi"])
def described(request: pytest.FixtureRequest) -> OpenApiSchema:
    app = a_client(FakeGazetteer(), incidents=TABLE, api_key=KEY).application
    generation = GenerationConfig(max_examples=20, deterministic=True, no_shrink=True)
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))

    def from_here(environ: dict[str, Any], start_response: Any) -> Any:
        """Say what schemathesis doesn't: that it asks from this machine."""
        return app({**environ, "REMOTE_ADDR": "127.0.0.1"}, start_response)

    return schemathesis.openapi.from_wsgi(request.param, from_here, config=config)


def accepts_what_has_a_meaning(
    context: CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Let what is allowed be refused where it names an area, a length or a page that isn't there."""
    refused = response.json().get("parameter") if response.status_code == 400 else None
    with contextlib.suppress(*(RejectedPositiveData,) if refused in MEANINGS else ()):
        positive_data_acceptance(context, response, case)


def refuses_all_but_a_high_limit(
    context: CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Let a list of items take a limit over the maximum for the maximum (OGC 17-069r4, 7.15.2)."""
    limit = str(case.query.get("limit", ""))
    is_high = "/items" in case.path and limit.isdecimal() and int(limit) > 10_000
    with contextlib.suppress(*(AcceptedNegativeData,) if is_high else ()):
        negative_data_rejection(context, response, case)


def check(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(
        headers={"Accept-Encoding": "identity"},  # schemathesis unpacks only what comes over a network
        additional_checks=[accepts_what_has_a_meaning, refuses_all_but_a_high_limit],
        excluded_checks=[positive_data_acceptance, negative_data_rejection],
    )


def test_every_operation_does_what_the_document_says(
    described: OpenApiSchema, subtests: pytest.Subtests
) -> None:
    asked = 0
    # Not by its decorator, which makes up all requests before the first test of the run.
    for found in get_all_tests(schema=described, test_func=check, settings=None, given_kwargs=None):
        assert isinstance(found, Ok)
        operation, ask = found.ok()
        with subtests.test(operation.label):
            ask()
        asked += 1
    assert asked == sum(len(methods) for methods in described.raw_schema["paths"].values()) > 10


# ------------------------------------------------------------------------------------- answers with content

ROW = {"id": "x", "date": "2016-05-30", "place": "Idlib"}
POINT = {"type": "Point", "coordinates": [36.7, 35.8]}
FEATURES = [{"type": "Feature", "id": "y", "geometry": POINT, "properties": {}}]
COLLECTION = {"type": "FeatureCollection", "features": FEATURES}
#: What is asked beside the endpoints of every test, of which one says how the server does in its own form.
ASKED: list[tuple[str, str, Any]] = [
    *(("GET", address, None) for address in ENDPOINTS if address != "/metrics"),
    ("GET", "/v1/resolve?text=5+km+north+of+Idlib+National+Hospital", None),
    ("GET", "/v1/resolve?text=Saraqib+and+Idlib+National+Hospital", None),
    ("GET", "/v1/resolve?text=35.9,36.6", None),
    ("GET", "/v1/resolve?text=xqzxqz", None),
    ("POST", "/v1/resolve", {"queries": [{"text": "Kafranbel"}, {"text": "x", "area": "Atlantis"}]}),
    ("POST", "/v1/geoparse", {"text": "Strikes hit Saraqib, Idlib and a hospital north of Aleppo."}),
    ("GET", "/v1/reverse?latitude=0&longitude=0", None),
    ("POST", "/v1/reverse", {"points": [{"latitude": 35.93, "longitude": 36.63}]}),
    ("GET", "/v1/distance?from=Idlib&to=Idlib+National+Hospital", None),
    ("GET", "/v1/distance?from=Aleppo&to=Aleppo", None),
    ("GET", "/v1/suggest?text=Idlib+National", None),
    ("GET", "/v1/decision?text=35.81,36.60", None),
    ("GET", "/v1/decision?text=none", None),
    ("GET", "/v1/decision?text=national+hospital", None),
    ("GET", "/v1/places/SY?spellings=true", None),
    ("GET", "/v1/places/cg:abdin-cave-hospital", None),
    ("GET", "/v1/places/nothing", None),
    ("GET", "/ogc/collections/incidents", None),
    ("GET", "/ogc/collections/nothing", None),
    ("GET", f"{PLACES}?kind=facility&limit=5", None),
    ("GET", f"{PLACES}/SY07", None),
    ("GET", f"{FACILITIES}/cg:abdin-cave-hospital", None),
    ("GET", "/v1/info?x=1", None),
    ("GET", INCIDENTS, None),
    ("GET", f"{INCIDENTS}/1", None),
    ("GET", "/v1/incidents/summary?area=Idlib&by=month", None),
    ("GET", "/v1/incidents/spots", None),
    ("GET", "/v1/incidents/spots?near=hospital&within=5km", None),
    ("GET", "/v1/incidents/summary?near=hospital&within=5km&by=facility,month", None),
    ("GET", "/v1/ask?question=strikes+within+5+km+of+a+hospital", None),
    ("GET", "/v1/ask?question=how+many+incidents+by+month", None),
    ("POST", "/v1/incidents", [ROW]),
    ("POST", "/v1/incidents", COLLECTION),
    ("POST", "/v1/incidents", [{"id": ""}]),
    ("DELETE", "/v1/incidents?id=x", None),
]


@pytest.fixture(scope="module", params=["full", "public"])
def asked(request: pytest.FixtureRequest, default: Gazetteer) -> FlaskClient:
    return a_client(default, incidents=TABLE, api_key=KEY, tier=request.param)


def operation_of(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """Return what the document says of an address; of two that fit the one without variables."""
    path = path.removeprefix(document["servers"][0]["url"].rstrip("/")) or "/"
    fits = [one for one in document["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one), path)]
    found: dict[str, Any] = document["paths"][min(fits, key=lambda one: "{" in one)][method.lower()]
    return found


def documents(client: FlaskClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the documents of our own API and of OGC API - Features, both in the words of JSON Schema."""
    return get(client, "/v1/openapi.json"), for_3_1(get(client, "/ogc/openapi"))


def operations_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for path in document["paths"].values() for one in path.values()]


def test_every_answer_has_its_documented_schema(asked: FlaskClient) -> None:
    ours, ogc = documents(asked)
    for method, address, body in ASKED:
        headers = BEARER if "incidents" in address and method != "GET" else {}
        response = asked.open(address, method=method, json=body, headers=headers)
        document = ogc if address.startswith("/ogc") else ours
        operation = operation_of(document, method, address.partition("?")[0])
        described = operation["responses"][str(response.status_code)]["content"][response.content_type]
        schema = {**described["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(response.get_json(force=True))


def test_every_json_operation_is_among_those_asked() -> None:
    unasked = set()
    for document, root in zip(documents(a_client()), ("/v1", "/ogc"), strict=True):
        paths = ((m, a.partition("?")[0]) for m, a, _ in ASKED if a.startswith("/ogc") == (root == "/ogc"))
        asked = {operation_of(document, *one)["operationId"] for one in paths}
        unasked |= {one["operationId"] for one in operations_of(document)} - asked
    assert {"metrics", "enrich", "leaks"} == unasked


def test_the_documents_have_what_a_client_is_made_from() -> None:
    ours, ogc = documents(a_client())
    assert ("3.1.0", [{"url": "/"}]) == (ours["openapi"], ours["servers"])
    assert ("3.0.3", [{"url": "/ogc"}]) == (ogc["openapi"], ogc["servers"])
    check_what_a_client_needs(ours, writes={"store_incidents", "delete_incidents"}, open_={"healthz"})
    check_what_a_client_needs(ogc, writes=set(), open_=set())


def check_what_a_client_needs(document: dict[str, Any], *, writes: set[str], open_: set[str]) -> None:
    operations = operations_of(document)
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names), names
    assert writes == {one["operationId"] for one in operations if one["security"] == [{"key": []}]}
    assert open_ == {one["operationId"] for one in operations if one["security"] == []}
    for one in operations:
        statuses = set(one["responses"]) - {"200"}
        always = {"400", "500"} if one["operationId"] in open_ else {"400", "401", "403", "429", "500", "503"}
        assert always <= statuses, one["operationId"]
        assert {"413", "415"} <= statuses or "requestBody" not in one
        for status in statuses:
            assert ["application/problem+json"] == list(one["responses"][status]["content"])
        assert all(parameter["description"] for parameter in one["parameters"])
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(re.findall(r'"(#/[^"]+)"', json.dumps(document))) <= known


def test_a_table_is_sent_as_a_file_of_a_form_too() -> None:
    content = documents(a_client())[0]["paths"]["/v1/enrich"]["post"]["requestBody"]["content"]
    assert ["file"] == content["multipart/form-data"]["schema"]["required"]


# ------------------------------------------------------------------------------------ a client made of it


@pytest.fixture(scope="module")
def served(default: Gazetteer) -> Flask:
    return a_client(default, incidents=TABLE, api_key=KEY).application


@pytest.fixture(scope="module")
def made(served: Flask, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the package that openapi-python-client makes of the document."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_bytes(served.test_client().get("/v1/openapi.json").data)
    (folder / "config.json").write_text('{"post_hooks": []}')
    command = "-m openapi_python_client generate --path openapi.json --meta none --config config.json"
    subprocess.run(
        [sys.executable, *command.split(), "--output-path", "made_client"],
        cwd=folder, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module("made_client")


def test_a_generated_client_calls_every_operation_and_reads_its_answer(served: Flask, made: Any) -> None:
    models, types = (importlib.import_module(f"made_client.{name}") for name in ("models", "types"))
    transport = httpx.WSGITransport(app=served)
    client = made.AuthenticatedClient(
        "http://localhost", KEY, raise_on_unexpected_status=True, httpx_args={"transport": transport}
    )
    file = types.File(payload=io.BytesIO(b"place\nIdlib\n"), file_name="in.csv", mime_type="text/csv")
    row = models.StoreIncidentsJsonBodyType0Item.from_dict(ROW)
    collection = models.StoreIncidentsJsonBodyType1.from_dict(COLLECTION)
    near = {"near": "hospital", "within": "5km"}
    point = {"latitude": 35.93, "longitude": 36.63}
    calls: dict[str, list[dict[str, Any]]] = {
        "resolve": [{"text": "Saraqib"}, {"text": "xqzxqz"}],
        "resolve_many": [{"body": models.QueriesBody.from_dict({"queries": [{"text": "Saraqib"}]})}],
        "geoparse": [{"body": models.GeoparseBody("Air strikes hit Saraqib in Idlib.")}],
        "reverse": [point],
        "reverse_many": [{"body": models.PointsBody.from_dict({"points": [point]})}],
        "distance": [{"from_": "Aleppo", "to": "Idlib"}],
        "suggest": [{"text": "sara"}],
        "decision": [{"text": "Saraqib"}, {"text": "none"}],
        "get_place": [{"id": "SY07"}, {"id": "cg:abdin-cave-hospital", "spellings": True}],
        "get_info": [{}],
        "store_incidents": [{"body": [row]}, {"body": collection}],
        "count_incidents": [{}, near, {**near, "by": "facility"}],
        "incident_spots": [{}, near],
        "ask": [{"question": "strikes within 5 km of a hospital"}],
        "delete_incidents": [{"id": "x"}],
        "enrich": [{"body": models.EnrichFilesBody(file)}],
        "leaks": [{"body": models.LeaksFilesBody(file)}],
        "healthz": [{}],
        "readyz": [{}],
        "metrics": [{}],
    }
    document = get(served.test_client(), "/v1/openapi.json")
    operations = {one["operationId"]: one for one in operations_of(document)}
    assert operations.keys() == calls.keys()
    with client:
        for name, many in calls.items():
            operation = importlib.import_module(
                f"made_client.api.{operations[name]['tags'][0].lower()}.{name}"
            )
            for given in many:
                found = operation.sync_detailed(client=client, **given)
                assert 200 == found.status_code, found.content
                assert found.parsed and not isinstance(found.parsed, models.Problem), name
                if hasattr(found.parsed, "to_dict"):
                    assert json.loads(found.content).keys() <= found.parsed.to_dict().keys()
        distance = importlib.import_module("made_client.api.places.distance")
        missing = distance.sync(client=client, from_="Atlantis", to="Idlib")
        assert (models.Problem, 404) == (type(missing), missing.status)
