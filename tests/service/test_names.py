"""Names and positions, one at a time and many at once."""

import json
from typing import Any

import pytest

from gazetteer import Gazetteer
from gazetteer.answers import MIN_CONFIDENCE
from tests.fakes import FakeGazetteer
from tests.service.asking import a_client, get, post


def test_each_of_many_spellings_is_answered_as_it_would_be_alone_and_in_order() -> None:
    client = a_client()
    queries: list[dict[str, Any]] = [{"text": "Saraqeb"}, {"text": "Nowhere"}, {"text": "Twin", "limit": 1}]
    found = post(client, "/v1/resolve", {"queries": queries})["results"]
    assert [get(client, f"/v1/resolve?text={query['text']}") for query in queries[:2]] == found[:2]
    assert ["resolved", "unresolved", "ambiguous"] == [result["status"] for result in found]


def test_several_places_are_told_in_the_order_of_the_text_besides_the_candidates() -> None:
    found = get(a_client(), "/v1/resolve?text=Saraqeb+%2B+Aleppo&limit=1")
    assert ("several", 1, [], "") == (
        found["status"], len(found["matches"]), found["unread"], found["country"],
    )  # fmt: skip
    assert ["test:saraqeb", "test:aleppo"] == [one["place"]["id"] for one in found["places"]]


def test_what_cannot_be_asked_has_a_problem_in_its_place(default: Gazetteer) -> None:
    queries: list[dict[str, str]] = [
        {"text": "Saraqib", "area": "Atlantis"},
        {"text": "Saraqib", "area": "Idlib", "kind": "settlement"},
        {"text": "Saraqib", "kind": "elf"},
        {"text": "95.2, 36.1"},
    ]
    found = post(a_client(default), "/v1/resolve", {"queries": queries})["results"]
    assert [400, "resolved", 400, 400] == [result["status"] for result in found]
    assert ["queries[0].area", "queries[2].kind", "queries[3].text"] == [
        found[index]["parameter"] for index in (0, 2, 3)
    ]
    assert "Atlantis" in found[0]["detail"]
    assert "swapped" in found[3]["detail"]


def test_the_context_of_a_spelling_reaches_the_resolver() -> None:
    gazetteer = FakeGazetteer()
    post(a_client(gazetteer), "/v1/resolve", {"queries": [{"text": "Idlib", "context": ["Idleb", "Sarmin"]}]})
    assert [("Idlib", ("Idleb", "Sarmin"))] == gazetteer.resolved


def test_a_thousand_spellings_and_none_are_answered() -> None:
    client = a_client()
    assert 1000 == len(post(client, "/v1/resolve", {"queries": [{"text": "Idlib"}] * 1000})["results"])
    assert {"results": [], "attribution": []} == post(client, "/v1/resolve", {"queries": []})


def test_an_answer_is_worked_out_once_and_anew_for_every_other_parameter() -> None:
    gazetteer = FakeGazetteer()
    client = a_client(gazetteer)
    first = client.get("/v1/resolve?text=Saraqeb").data
    assert first == client.get(f"/v1/resolve?text=Saraqeb&limit=5&min_confidence={MIN_CONFIDENCE}").data
    assert 1 == len(gazetteer.resolved)
    for other in ("limit=1", "min_confidence=0.9", "kind=settlement", "area=Idleb"):
        get(client, f"/v1/resolve?text=Saraqeb&{other}")
    assert 5 == len(gazetteer.resolved)


def test_long_answers_and_refusals_are_not_kept() -> None:
    gazetteer = FakeGazetteer()
    client = a_client(gazetteer)
    for address in ("/v1/resolve?text=Idlib&limit=40", "/v1/resolve?text=Idlib&area=Atlantis"):
        asked = len(gazetteer.resolved)
        statuses = {client.get(address).status_code for _ in range(2)}
        assert (1, asked + 2) == (len(statuses), len(gazetteer.resolved))


def test_each_of_many_positions_has_the_areas_that_it_has_alone(default: Gazetteer) -> None:
    client = a_client(default)
    points: list[dict[str, float]] = [
        {"lat": 35.93, "lon": 36.63},
        {"lat": 0, "lon": -10},
        {"lat": 36.2, "lon": 37.15},
    ]
    found = post(client, "/v1/reverse", {"points": points})["results"]
    alone = [get(client, f"/v1/reverse?lat={point['lat']}&lon={point['lon']}") for point in points]
    assert [{name: one[name] for name in many} for one, many in zip(alone, found, strict=True)] == found
    assert ["SY07", None, "SY02"] == [next((u["pcode"] for u in r["admin"]), None) for r in found]


def test_ten_thousand_positions_and_none_are_answered() -> None:
    client = a_client()
    points = [{"lat": 35.0, "lon": 36.0 + number / 5000} for number in range(10_000)]
    found = post(client, "/v1/reverse", {"points": points})["results"]
    assert [point["lon"] for point in points] == [result["longitude"] for result in found]
    assert [] == post(client, "/v1/reverse", {"points": []})["results"]


def test_suggestions_begin_as_typed_in_either_script(default: Gazetteer) -> None:
    client = a_client(default)
    found = get(client, "/v1/suggest?text=sarm&kind=settlement&limit=1")["suggestions"]
    assert [("Sarmīn", "settlement")] == [(s["text"], s["place"]["kind"]) for s in found]
    assert "حلب" == get(client, "/v1/suggest?text=حلب&limit=1")["suggestions"][0]["text"]
    assert [] == get(client, "/v1/suggest?text=xqz")["suggestions"]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/v1/resolve?text=Saraqib", None),
        ("/v1/reverse?lat=35.93&lon=36.63", None),
        ("/v1/distance?from=Aleppo&to=Idlib", None),
        ("/v1/suggest?text=sara", None),
        ("/v1/places/SY07", None),
        ("/v1/places?area=Idlib&format=geojson", None),
        ("/v1/facilities", None),
        ("/v1/areas/SY07", None),
        ("/v1/areas?level=2", None),
        ("/v1/info", None),
        ("/v1/resolve", {"queries": [{"text": "Saraqib"}]}),
        ("/v1/reverse", {"points": [{"lat": 35.93, "lon": 36.63}]}),
    ],
)
def test_every_answer_says_what_to_quote_for_it(default: Gazetteer, address: str, body: Any) -> None:
    client = a_client(default)
    response = client.get(address) if body is None else client.post(address, json=body)
    lines = json.loads(response.text)["attribution"]
    assert any("OCHA (COD-AB Syria)" in line for line in lines), lines


def test_what_no_source_had_a_part_in_needs_no_quoting(default: Gazetteer) -> None:
    found = get(a_client(default), "/v1/resolve?text=xqzxqz")
    assert ([], []) == (found["matches"], found["attribution"])
