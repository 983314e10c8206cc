"""Schemathesis asks what our OpenAPI document allows, and some that it doesn't, of every operation in it.

All its checks run. Two are told more than a schema can say: what the document allows may be refused where it
names an area, a length or a page that isn't there; and a limit that it doesn't allow is taken for the most
that it does. Everything else that it allows must be accepted, and all else refused.
"""

import contextlib
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.checks import CheckContext
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.result import Ok
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from service.api.tables import XLSX
from tests.fakes import FakeGazetteer
from tests.service.asking import KEY, a_client

INCIDENTS = Path(__file__).parents[2] / "examples/incidents.csv"
#: Texts whose meaning no schema knows, and those that must fit another parameter.
MEANINGS = {
    *"admin area bbox body cursor datetime file from id kind near".split(),
    *"place polygon publish question sheet text to within".split(),
}


@schemathesis.serializer(XLSX)
def as_it_is(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Send a workbook's bytes as they were made: hardly ever those of a workbook."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module", params=["/v1/openapi.json", "/ogc/openapi"])
def described(request: pytest.FixtureRequest) -> OpenApiSchema:
    app = a_client(FakeGazetteer(), incidents=INCIDENTS, api_key=KEY).application
    generation = GenerationConfig(max_examples=20, deterministic=True, no_shrink=True)
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))

    def from_here(environ: dict[str, Any], start_response: Any) -> Any:
        """Say what schemathesis doesn't: that it asks from this machine."""
        return app({**environ, "REMOTE_ADDR": "127.0.0.1"}, start_response)

    return schemathesis.openapi.from_wsgi(request.param, from_here, config=config)


def accepts_what_has_a_meaning(
    context: CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
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
    # Not by its decorator, which makes up all requests before the first test of the run.
    for found in get_all_tests(schema=described, test_func=check, settings=None, given_kwargs=None):
        assert isinstance(found, Ok)
        operation, ask = found.ok()
        with subtests.test(operation.label):
            ask()


def test_every_operation_of_the_document_is_asked(described: OpenApiSchema) -> None:
    methods = [method for path in described.raw_schema["paths"].values() for method in path]
    assert len(methods) == len(list(described.get_all_operations())) > 10
