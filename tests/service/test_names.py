"""Names and positions: resolve, geoparse, reverse, distance, suggest."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from gazetteer import Gazetteer
from gazetteer.answers import MIN_CONFIDENCE
from gazetteer.geodesy import LatLon
from tests.fakes import FakeGazetteer
from tests.service.asking import AREAS, FACILITIES, PLACES, a_client, get, post

REPORT = "Air strikes hit Saraqib and the outskirts of Kafr Nabl in Idlib. A hospital in Aleppo was shelled."


@pytest.fixture(scope="module")
def asked(default: Gazetteer) -> FlaskClient:
    return a_client(default)


def test_an_answer_is_the_librarys_own_with_what_to_quote(default: Gazetteer, asked: FlaskClient) -> None:
    texts = "Saraqib|Saraqib + Aleppo|5 km north of Idlib|near Sarmin|35.9, 36.6|xqzxqz|سراقب".split("|")
    narrow: dict[str, Any] = {"area": "Idlib", "kind": "settlement", "limit": 1, "min_confidence": 1}
    several = default.resolve("Saraqib + Aleppo", limit=1)
    assert ("several", 2) == (several.status, len(several.places))
    pairs: list[tuple[str, dict[str, Any], Any]] = [
        *(("resolve", {"text": text}, default.resolve(text)) for text in texts),
        ("resolve", {"text": "Saraqib", **narrow}, default.resolve("Saraqib", **narrow)),
        ("resolve", {"text": "Saraqib + Aleppo", "limit": 1}, several),
        *(
            ("distance", {"from": "Aleppo", "to": to}, default.distance("Aleppo", to))
            for to in ("Idlib", "35,36", "Aleppo")
        ),
        *(
            ("reverse", {"latitude": lat, "longitude": lon}, default.reverse(LatLon(lat, lon)))
            for lat, lon in ((35.93, 36.63), (0, 0), (33.1234567, 35.75))
        ),
    ]
    for path, query, expected in pairs:
        found = get(asked, f"/v1/{path}", query_string=query)
        quoted = found.pop("attribution")
        if path == "distance":
            assert "" == found.pop("hint")  # the server's own: nothing looks swapped here
        assert expected.as_json() == found
        assert bool(quoted) == ("xqzxqz" not in query.values()), query


def test_a_report_is_read_as_the_library_reads_it(default: Gazetteer, asked: FlaskClient) -> None:
    sent: list[dict[str, Any]] = [{}, {"local": True, "min_confidence": 0.99}]
    for text, options in ((REPORT, sent[0]), (REPORT, sent[1]), ("No place.", sent[0])):
        found = post(asked, "/v1/geoparse", {"text": text, **options})
        quoted = found.pop("attribution")
        assert default.geoparse(text, **options).as_json() == found
        assert bool(quoted) == bool(found["mentions"])


def test_each_of_many_spellings_is_answered_as_it_would_be_alone_and_in_order() -> None:
    client = a_client()
    queries: list[dict[str, Any]] = [{"text": "Saraqeb"}, {"text": "Nowhere"}, {"text": "Twin", "limit": 1}]
    found = post(client, "/v1/resolve", {"queries": queries})["results"]
    assert [get(client, f"/v1/resolve?text={query['text']}") for query in queries[:2]] == found[:2]
    assert ["resolved", "unresolved", "ambiguous"] == [result["status"] for result in found]


def test_what_cannot_be_asked_has_a_problem_in_its_place(asked: FlaskClient) -> None:
    queries: list[dict[str, str]] = [
        {"text": "Saraqib", "area": "Atlantis"},
        {"text": "Saraqib", "area": "Idlib", "kind": "settlement"},
        {"text": "Saraqib", "kind": "elf"},
        {"text": "95.2, 36.1"},
    ]
    found = post(asked, "/v1/resolve", {"queries": queries})["results"]
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


def test_as_many_are_answered_as_the_document_says_and_none_too() -> None:
    client = a_client()
    points = [{"latitude": 35.0, "longitude": 36.0 + number / 5000} for number in range(10_000)]
    assert 1000 == len(post(client, "/v1/resolve", {"queries": [{"text": "Idlib"}] * 1000})["results"])
    found = post(client, "/v1/reverse", {"points": points})["results"]
    assert [point["longitude"] for point in points] == [result["longitude"] for result in found]
    for path, name in (("resolve", "queries"), ("reverse", "points")):
        assert {"results": [], "attribution": []} == post(client, f"/v1/{path}", {name: []})


def test_each_of_many_positions_has_the_areas_that_it_has_alone(asked: FlaskClient) -> None:
    points = [{"latitude": lat, "longitude": lon} for lat, lon in ((35.93, 36.63), (0, -10), (36.2, 37.15))]
    found = post(asked, "/v1/reverse", {"points": points})["results"]
    alone = [get(asked, "/v1/reverse", query_string=point) for point in points]
    assert [{name: one[name] for name in many} for one, many in zip(alone, found, strict=True)] == found
    assert ["SY07", None, "SY02"] == [next((u["pcode"] for u in r["admin"]), None) for r in found]


def test_an_answer_is_worked_out_once_and_anew_for_every_other_parameter_or_after_a_refusal() -> None:
    gazetteer = FakeGazetteer()
    client = a_client(gazetteer)
    assert client.get("/v1/resolve?text=Saraqeb").data == client.get("/v1/resolve?text=Saraqeb").data
    assert 1 == len(gazetteer.resolved)
    for other in ("limit=1", "min_confidence=0.9", "kind=settlement", "area=Idleb"):
        get(client, f"/v1/resolve?text=Saraqeb&{other}")
    assert 5 == len(gazetteer.resolved)
    explicit = client.get(f"/v1/resolve?text=Saraqeb&limit=5&min_confidence={MIN_CONFIDENCE}")
    assert client.get("/v1/resolve?text=Saraqeb").data == explicit.data
    before = len(gazetteer.resolved)
    assert {400} == {client.get("/v1/resolve?text=Idlib&area=Atlantis").status_code for _ in range(2)}
    assert before + 2 == len(gazetteer.resolved)


def test_suggestions_begin_as_typed_in_either_script(asked: FlaskClient) -> None:
    found = get(asked, "/v1/suggest?text=sarm&kind=settlement&limit=1")["suggestions"]
    assert [("Sarmīn", "settlement")] == [(s["text"], s["place"]["kind"]) for s in found]
    assert "حلب" == get(asked, "/v1/suggest?text=حلب&limit=1")["suggestions"][0]["text"]
    assert [] == get(asked, "/v1/suggest?text=xqz")["suggestions"]


def test_every_answer_says_what_to_quote_for_it(asked: FlaskClient) -> None:
    for address in (
        "/v1/resolve?text=Saraqib",
        "/v1/reverse?latitude=35.93&longitude=36.63",
        "/v1/distance?from=Aleppo&to=Idlib",
        "/v1/suggest?text=sara",
        "/v1/places/SY07",
        f"{PLACES}?area=Idlib",
        FACILITIES,
        f"{FACILITIES}/cg:abdin-cave-hospital",
        f"{AREAS}/SY07",
        f"{AREAS}?level=2",
        "/v1/info",
    ):
        assert_quotes(get(asked, address))
    assert_quotes(post(asked, "/v1/resolve", {"queries": [{"text": "Saraqib"}]}))
    assert_quotes(post(asked, "/v1/reverse", {"points": [{"latitude": 35.93, "longitude": 36.63}]}))
    assert_quotes(post(asked, "/v1/geoparse", {"text": REPORT}))


def assert_quotes(answer: Any) -> None:
    assert any("OCHA (COD-AB Syria)" in line for line in answer["attribution"]), answer


def test_names_come_in_their_own_script() -> None:
    assert "إدلب" in a_client().get("/v1/places/SY07").text
