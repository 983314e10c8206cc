"""What can't be answered is refused, and the field is named."""

import json
from typing import Any

import pytest

from service.reconcile.api import MAX_ENTITIES, MAX_QUERIES
from tests.service.asking import a_client, problem
from tests.service.reconcile.reconciling import refused

GOOD = {"query": "Saraqeb"}
NEAR, UNKNOWN = {"pid": "near", "v": "x"}, {"pid": "mayor", "v": "x"}


def hinted(*hints: Any) -> dict[str, Any]:
    return {"q0": {**GOOD, "properties": hints}}


@pytest.mark.parametrize(
    ("queries", "field", "words"),
    [
        ("{", "queries", "invalid JSON"),
        ("[1]", "queries", "valid dictionary"),
        ("", "queries", "invalid JSON"),
        ("[" * 10_000, "queries", "invalid JSON"),
        ({"q0": 7}, "queries.q0", "valid dictionary"),
        ({"q0": "Saraqeb"}, "queries.q0", "valid dictionary"),
        ({"q0": GOOD, "q1": {}}, "queries.q1", "needs a text or properties"),
        ({"q0": {"properties": []}}, "queries.q0", "needs a text or properties"),
        ({"q0": {"query": ""}}, "queries.q0.query", "at least 1"),
        ({"q0": {"query": "x" * 1001}}, "queries.q0.query", "at most 1000"),
        ({"q0": {"query": 7}}, "queries.q0.query", "valid string"),
        ('{"q0": {"query": NaN}}', "queries.q0.query", "valid string"),
        ({"q0": {**GOOD, "limit": 0}}, "queries.q0.limit", "greater"),
        ({"q0": {**GOOD, "limit": "many"}}, "queries.q0.limit", "integer"),
        ({"q0": {**GOOD, "limt": 3}}, "queries.q0.limt", "not permitted"),
        ({"q0": {**GOOD, "type": "city"}}, "queries.q0.type.0", "use one of settlement, area"),
        ({"q0": {**GOOD, "type": 7}}, "queries.q0.type.0", "valid string"),
        ({"q0": {**GOOD, "type_strict": "perhaps"}}, "queries.q0.type_strict", "'should'"),
        ({"q0": {**GOOD, "properties": {}}}, "queries.q0.properties", "tuple"),
        (hinted({"pid": "near"}), "queries.q0.properties.0.v", "required"),
        (hinted({"v": "x"}), "queries.q0.properties.0.pid", "required"),
        (hinted(NEAR, UNKNOWN), "queries.q0.properties.1.pid", "use one of governorate"),
        (hinted({"pid": "population", "v": 3}), "queries.q0.properties.0.pid", "can't"),
        (hinted({"pid": "near", "v": None}), "queries.q0.properties.0.v.0", "an entity"),
        (hinted({"pid": "near", "v": {"name": "x"}}), "queries.q0.properties.0.v.0", "id"),
    ],
)
def test_a_bad_query_is_a_400_that_names_its_field(queries: Any, field: str, words: str) -> None:
    status, parameter, detail = refused(a_client(), queries)
    assert (400, field) == (status, parameter)
    assert words in detail


def test_more_queries_than_the_manifest_says_or_too_many_entities_are_a_413() -> None:
    client = a_client()
    most = {str(n): GOOD for n in range(MAX_QUERIES)}
    assert 200 == client.post("/reconcile", data={"queries": json.dumps(most)}).status_code
    status, _, detail = refused(client, {**most, "more": GOOD})
    assert (413, True) == (status, f"at most {MAX_QUERIES}" in detail)
    extend = {"ids": ["SY07"] * (MAX_ENTITIES + 1), "properties": []}
    assert 413 == problem(client.post("/reconcile", data={"extend": json.dumps(extend)}))["status"]


@pytest.mark.parametrize(
    ("ids", "properties", "field"),
    [
        (["SY07"], None, "extend.properties"),
        (None, [], "extend.ids"),
        ([7], [], "extend.ids.0"),
        ([], [{"id": "mayor"}], "extend.properties.0.id"),
        ([], [{"id": "near"}], "extend.properties.0.id"),
        ([], [{"id": "name", "settings": {"language": "fr"}}], "extend.properties.0.settings.language"),
        ([], [{"id": "name", "settings": {"size": 3}}], "extend.properties.0.settings.size"),
    ],
)
def test_a_bad_request_for_properties_is_a_400_that_names_its_field(
    ids: Any, properties: Any, field: str
) -> None:
    given = {"ids": ids, "properties": properties}
    extend = json.dumps({name: value for name, value in given.items() if value is not None})
    found = problem(a_client().post("/reconcile", data={"extend": extend}))
    assert (400, field) == (found["status"], found["parameter"])


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("/reconcile?callback=f", "callback"),
        ("/reconcile/preview", "id"),
        ("/reconcile/preview?id=SY07&size=3", "size"),
        ("/reconcile/flyout/entity", "id"),
        ("/reconcile/properties?limit=-1", "limit"),
        ("/reconcile/properties?limit=1e3", "limit"),
        ("/reconcile/suggest/entity?prefix=a&cursor=x", "cursor"),
        ("/reconcile/suggest/entity?prefix=a&cursor=1001", "cursor"),
        ("/reconcile/suggest/entity?prefix=a&cursor=1_0", "cursor"),
    ],
)
def test_a_bad_parameter_is_a_400_that_names_it(address: str, parameter: str) -> None:
    found = problem(a_client().get(address))
    assert (400, parameter) == (found["status"], found["parameter"])


def test_one_form_field_is_sent_once() -> None:
    for sent in (
        a_client().post("/reconcile", json={"queries": {}}),
        a_client().post("/reconcile?queries={}", data={"queries": "{}"}),
        a_client().get("/reconcile?queries={}&extend={}"),
    ):
        found = problem(sent)
        assert (400, "queries", True) == (
            found["status"],
            found["parameter"],
            "form field" in found["detail"],
        )


def test_what_is_not_there_is_a_404() -> None:
    for address in (
        "preview?id=nothing",
        "preview?id=geo:95.0,36.0;u=5",
        "preview?id=" + "9" * 101,
        "flyout/entity?id=nothing",
        "flyout/type?id=city",
        "flyout/property?id=mayor",
        "suggest/mayor?prefix=x",
    ):
        assert 404 == problem(a_client().get(f"/reconcile/{address}"))["status"], address
