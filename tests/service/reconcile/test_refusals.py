"""What clients send amiss: an odd query costs no other its answer, and only what is no request is refused."""

import json
from typing import Any

from service.reconcile.api import MAX_ENTITIES, MAX_QUERIES
from tests.service.asking import a_client, get, refused
from tests.service.reconcile.reconciling import asked, batch, extended, results

GOOD: dict[str, Any] = {"query": "Saraqeb"}


def near(*values: Any) -> tuple[Any, ...]:
    """Return the properties of queries that are to be near to each of these."""
    return tuple([{"pid": "near", "v": value}] for value in values)


#: Fields that make no query of what is good otherwise.
ODD: dict[str, tuple[Any, ...]] = {
    "query": (None, 7, True, float("nan"), ["Saraqeb"], "", " \n", "x" * 1001, "\ud800"),
    "limit": (0, -1, 1.5, "many", []),
    "type": (7, {}, [["hospital"]], ["hospital"] * 51),
    "properties": (
        *({}, "near", [None], [{"v": "x"}], [{"pid": 7, "v": "x"}], [{"pid": "area", "v": "Idlib"}] * 51),
        *near({"id": "\ud800", "name": "x"}, ["x"] * 51),
    ),
}
SAYING_NOTHING: dict[str, tuple[Any, ...]] = {
    "limit": (None,),
    "type": (None, "", [], [None]),
    "properties": (None, [{"pid": "near"}], [{"pid": "mayor", "v": ""}], *near(None, "", " ", [], [None])),
    "type_strict": ("any", "perhaps", None),
    "limt": (3,),
}
FOR_A_PERSON: dict[str, tuple[Any, ...]] = {
    "type": ("city", ["city", "Q515"]),
    "properties": (
        *([{"pid": pid, "v": "x"}] for pid in ("mayor", "population", "near", "governorate", "")),
        *near([["Idlib"]], {"name": "x"}, {"id": "x"}, True, {}, {"id": 7}, "x" * 1001),
    ),
}


def each(fields: dict[str, tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return the good query with each of these values in turn."""
    return [{**GOOD, field: value} for field, values in fields.items() for value in values]


def test_an_odd_query_costs_no_other_its_answer() -> None:
    every: list[Any] = [None, 7, "Saraqeb", [], [GOOD], {}, {"properties": []}, *each(ODD)]
    odd = {f"odd {n}": query for n, query in enumerate(every)}
    queries = {key: query for one in odd for key, query in ((one, odd[one]), (f"after {one}", GOOD))}
    client = a_client()
    for sent in (
        client.post("/reconcile", data={"queries": json.dumps(queries)}),
        client.get("/reconcile/", query_string={"queries": json.dumps(queries)}),
    ):
        assert 200 == sent.status_code, sent.text
        found = {key: results(answer["result"]) for key, answer in json.loads(sent.text).items()}
        assert {key: [] if key in odd else [("test:saraqeb", True)] for key in queries} == found


def test_what_is_null_empty_or_no_field_of_a_query_says_nothing() -> None:
    for query in each(SAYING_NOTHING):
        found = batch(a_client(), {"q0": query}, by_schema=False)["q0"]
        assert [("test:saraqeb", True)] == results(found), query


def test_what_is_not_understood_beside_a_name_leaves_the_match_to_a_person() -> None:
    for query in each(FOR_A_PERSON):
        found = batch(a_client(), {"q0": query}, by_schema=False)["q0"]
        assert [("test:saraqeb", False)] == results(found), query
    assert [("test:saraqeb", True)] == results(asked(a_client(), "Saraqeb", type=["city", "settlement"]))


def test_only_what_is_no_json_object_is_refused() -> None:
    for text in ("{", "[1]", "", "null", '"q0"', "[" * 100_000, '{"\\ud800": {"query": "Saraqeb"}}'):
        for field in ("queries", "extend"):
            sent = a_client().post("/reconcile", data={field: text})
            refused(sent, 400, field, f"{field} is no JSON object: send a ")


def test_one_of_two_form_fields_is_sent() -> None:
    client = a_client()
    for sent in (
        client.post("/reconcile"),
        client.post("/reconcile", json={"queries": {}}),
        client.post("/reconcile", data={"query": "Saraqeb"}),
        client.post("/reconcile?queries={}", data={"extend": "{}"}),
        client.get("/reconcile?queries={}&extend={}"),
    ):
        refused(sent, 400, "queries", "send one form field: queries or extend")


def test_parameters_of_other_services_are_ignored() -> None:
    client, more = a_client(), {"callback": "jQuery1", "timeout": "20000", "_": "17", "lang": "en"}
    extend = json.dumps({"ids": ["SY07"], "properties": [{"id": "name"}]})
    for address, sent in (
        ("/reconcile", {}),
        ("/reconcile", {"queries": json.dumps({"q0": GOOD})}),
        ("/reconcile", {"extend": extend}),
        ("/reconcile/suggest/entity", {"prefix": "Id"}),
        ("/reconcile/flyout/entity", {"id": "SY07"}),
        ("/reconcile/properties", {"type": "undefined"}),
    ):
        expected = get(client, address, query_string=sent)
        assert expected == get(client, address, query_string={**sent, **more}), address
    form = {"extend": extend, **more}
    assert get(client, "/reconcile", query_string=form) == client.post("/reconcile", data=form).get_json()
    assert 200 == client.get("/reconcile/preview", query_string={"id": "SY07", **more}).status_code


def test_more_queries_than_the_manifest_says_or_too_many_entities_are_a_413() -> None:
    most = {str(n): GOOD for n in range(MAX_QUERIES)}
    assert most.keys() == batch(a_client(), most).keys()
    extend = {"ids": ["SY07"] * (MAX_ENTITIES + 1), "properties": []}
    for field, sent, limit in (
        ("queries", {**most, "more": None}, MAX_QUERIES),
        ("extend", extend, MAX_ENTITIES),
    ):
        answer = a_client().post("/reconcile", data={field: json.dumps(sent)})
        refused(answer, 413, "body", f"at most {limit}")


def test_what_is_no_property_is_an_empty_column() -> None:
    assert {"SY07": {"mayor": [], "near": []}} == extended(a_client(), ["SY07"], "mayor", "near")


def test_a_bad_request_for_properties_is_a_400_that_names_its_field() -> None:
    for extend, field in (
        ({"ids": ["SY07"]}, "properties"),
        ({"properties": []}, "ids"),
        ({"ids": [7], "properties": []}, "ids"),
        ({"ids": ["\ud800"], "properties": []}, "ids"),
        ({"ids": "SY07", "properties": []}, "ids"),
        ({"ids": [], "properties": ["name"]}, "properties"),
        ({"ids": [], "properties": [{"id": "\ud800"}]}, "properties"),
        ({"ids": [], "properties": [{"id": "name"}] * 51}, "properties"),
        ({"ids": [], "properties": [{"id": "name", "settings": {"language": "fr"}}]}, "properties"),
    ):
        refused(a_client().post("/reconcile", data={"extend": json.dumps(extend)}), 400, field)


def test_a_bad_parameter_is_a_400_that_names_it_and_what_is_not_there_a_404() -> None:
    for address, status, parameter in (
        ("preview", 400, "id"),
        ("flyout/entity", 400, "id"),
        ("properties?limit=-1", 400, "limit"),
        ("properties?limit=1e3", 400, "limit"),
        ("suggest/entity?prefix=a&cursor=x", 400, "cursor"),
        ("suggest/entity?prefix=a&cursor=1001", 400, "cursor"),
        ("suggest/entity?prefix=a&cursor=1_0", 400, "cursor"),
        ("preview?id=nothing", 404, None),
        ("preview?id=geo:95.0,36.0;u=5", 404, None),
        ("preview?id=" + "9" * 101, 404, None),
        ("flyout/entity?id=nothing", 404, None),
        ("flyout/type?id=city", 404, None),
        ("flyout/property?id=mayor", 404, None),
        ("suggest/mayor?prefix=x", 404, None),
    ):
        refused(a_client().get(f"/reconcile/{address}"), status, parameter)
