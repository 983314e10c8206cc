"""Names, positions, places and areas: what is answered of each, and a page of them at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from gazetteer import Gazetteer, LatLon, PlaceKind
from gazetteer.answers import MIN_CONFIDENCE
from tests.builders import a_gazetteer_file, a_record, a_square, an_area
from tests.fakes import FakeGazetteer
from tests.service.asking import (
    AREAS,
    FACILITIES,
    PLACES,
    a_client,
    following,
    get,
    ids,
    pages,
    post,
    refused,
)

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
    named = ["queries[0].area", "queries[2].kind", "queries[3].text"]
    assert named == [found[index]["parameter"] for index in (0, 2, 3)]
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


def test_a_decision_means_what_it_means_in_a_review_file(asked: FlaskClient) -> None:
    for text, place, radius_m in (
        ("geonames:164816", "geonames:164816", None),
        ("Saraqib", "geonames:164816", None),
        ("35.81, 36.60 within 500 m", "point:35.81000,36.60000", 500),
    ):
        found = get(asked, "/v1/decision", query_string={"text": text})
        assert place == found["place"]["id"]
        assert found["uncertainty_m"] == radius_m or radius_m is None
    assert get(asked, "/v1/decision?text=none")["place"] is None
    for text, words in {
        "2": "none is listed",
        "geonames:0": "no place with the id",
        "12, 13": "outside",
    }.items():
        refused(asked.get("/v1/decision", query_string={"text": text}), 400, "text", words=words)


def test_every_answer_says_what_to_quote_for_it(asked: FlaskClient) -> None:
    answers = [get(asked, f"/v1/{one}") for one in ("suggest?text=sara", "places/SY07", "info")]
    answers += [get(asked, address) for address in (f"{PLACES}?area=Idlib", f"{AREAS}/SY07", FACILITIES)]
    answers.append(post(asked, "/v1/resolve", {"queries": [{"text": "Saraqib"}]}))
    answers.append(post(asked, "/v1/reverse", {"points": [{"latitude": 35.93, "longitude": 36.63}]}))
    for answer in answers:
        assert any("OCHA (COD-AB Syria)" in line for line in answer["attribution"]), answer


def test_names_come_in_their_own_script() -> None:
    assert "إدلب" in a_client().get("/v1/places/SY07").text


def test_a_place_has_its_spellings_and_their_sources_where_asked_for() -> None:
    client = a_client()
    for address in ("/v1/places/test:idlib", "/v1/places/test:idlib?spellings=false"):
        assert "spellings" not in get(client, address)
    found = get(client, "/v1/places/test:idlib?spellings=true")["spellings"]
    assert [{"text": "Idlib", "language": "en", "script": "Latn", "source": "test"}] == found


def test_a_place_known_by_another_sources_id_is_found_with_its_spellings(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "a.gpkg", [a_record(source_ids=("C3916", "geonames:164816"))])
    with Gazetteer.open(path) as gazetteer:
        found = get(a_client(gazetteer), "/v1/places/geonames:164816?spellings=true")
    assert ("C3916", ["Saraqib", "سراقب"]) == (found["id"], [s["text"] for s in found["spellings"]])


def test_places_are_chosen_by_kind_area_box_and_time() -> None:
    settlements = ["test:aleppo", "test:idlib", "test:kafranbel", "test:saraqeb"]
    expected = {
        "kind=settlement": settlements,
        "kind=Settlements": settlements,
        "kind=facility": ["test:national", "test:old"],
        "kind=hospital&bbox=36.6,35.9,36.7,36": ["test:national"],
        "kind=clinic": [],
        "bbox=37,36,38,37": ["test:aleppo"],
        "kind=settlement&area=Idlib": settlements[1:],
        "kind=hospital&datetime=2016-01-01/..": ["test:national"],  # the old one was gone
        "kind=hospital&datetime=2015-12-31T10:00:00Z": ["test:national", "test:old"],
        "limit=2&area=SY07&bbox=36,35,37,36": ["SY07", "test:idlib"],
    }
    assert expected == {query: ids(get(a_client(), f"{PLACES}?{query}")) for query in expected}


def test_the_next_page_keeps_what_was_asked_and_holds_in_another_process() -> None:
    address = f"{PLACES}?kind=settlement&area=Idlib&limit=1&bbox=36,35,37,36"
    found = [place for page in pages(a_client(), address) for place in ids(page)]
    assert ["test:idlib", "test:kafranbel", "test:saraqeb"] == found
    after = following(get(a_client(), f"{PLACES}?limit=6"))
    assert after is not None
    assert ["test:saraqeb"] == ids(get(a_client(FakeGazetteer()), after))


def test_what_is_no_cursor_is_refused() -> None:
    for cursor in ("x", "abcd", "W10", "bnVsbA", "WzEsMl0", "%C3%A9", "!!!!", "e30"):
        refused(a_client().get(f"{PLACES}?cursor={cursor}"), 400, "cursor", "leave it out")


def test_a_place_in_a_list_has_its_areas() -> None:
    (feature,) = get(a_client(), f"{PLACES}?bbox=36.6,35.9,36.632,36")["features"]
    names = ("id", "name", "latitude", "longitude", "adm1_pcode", "adm2_name", "adm3_pcode")
    known = ["test:idlib", "Idlib", 35.93, 36.63, "SY07", "Idleb", None]
    assert known == [feature["properties"][name] for name in names]


# ------------------------------------------------------------------------------------------------ areas


@pytest.fixture(scope="module")
def shaped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a gazetteer with two governorates, one of which has a shape, and a district."""
    unit: dict[str, Any] = {"population": None, "adm2_pcode": None, "adm3_pcode": None}
    records = [
        a_record(id="SY02", name="Aleppo", kind=PlaceKind.GOVERNORATE, adm1_pcode="SY02", **unit),
        a_record(id="SY07", name="Idleb", kind=PlaceKind.GOVERNORATE, position=LatLon(35.8, 36.7), **unit),
        a_record(id="SY0702", name="Al Ma'ra", kind=PlaceKind.DISTRICT, **{**unit, "adm2_pcode": "SY0702"}),
        a_record(),
    ]
    area = an_area(wkb=a_square(36, 35), simple_wkb=a_square(36.1234567, 35, 0.5))
    path = a_gazetteer_file(tmp_path_factory.mktemp("shaped") / "shaped.gpkg", records, areas=[area])
    with Gazetteer.open(path) as gazetteer:
        yield a_client(gazetteer)


def test_an_area_has_its_name_level_parents_and_a_point_at_least(shaped: FlaskClient) -> None:
    found = get(shaped, f"{AREAS}/SY0702")
    names = ("name", "level", "adm1_pcode", "adm1_name", "adm3_pcode", "population")
    assert ["Al Ma'ra", 2, "SY07", "Idleb", None, None] == [found["properties"][name] for name in names]
    assert (None, "SY0702") == (found["geometry"], found["id"])
    at = get(shaped, f"{AREAS}/SY07")["properties"]
    assert (35.8, 36.7) == (at["latitude"], at["longitude"])


def test_a_shape_is_simplified_unless_the_full_one_is_asked_for(shaped: FlaskClient) -> None:
    simplified, full = (36.123457, 35.0, 36.623457, 35.5), (36.0, 35.0, 37.0, 36.0)
    for asked, expected in {"": simplified, "?shape=simplified": simplified, "?shape=full": full}.items():
        alone = get(shaped, f"{AREAS}/SY07{asked}")
        (listed,) = (one for one in get(shaped, f"{AREAS}{asked}")["features"] if one["id"] == "SY07")
        for one in (alone, listed):
            assert expected == shapely.geometry.shape(one["geometry"]).bounds
    assert get(shaped, f"{AREAS}/SY02?shape=full")["geometry"] is None


def test_areas_are_chosen_by_level_and_by_any_part_of_their_shape_or_else_their_point(
    shaped: FlaskClient,
) -> None:
    expected = {
        "": ["SY02", "SY07", "SY0702"],
        "level=1": ["SY02", "SY07"],
        "level=2": ["SY0702"],
        "level=0": [],
        "bbox=36.2,35.1,36.3,35.2": ["SY07"],  # in the shape, away from the point
        "bbox=35,35.7,35.9,35.9": [],  # beside the shape
        "bbox=36.7,35.8,36.9,36": [
            "SY02",
            "SY0702",
        ],  # beside the simplified one; the others have points alone
        "bbox=36.7,35.8,36.9,36&shape=full": ["SY02", "SY07", "SY0702"],
    }
    assert expected == {query: ids(get(shaped, f"{AREAS}?{query}")) for query in expected}


def test_without_polygons_areas_still_have_points(default: Gazetteer) -> None:
    found = get(a_client(default), f"{AREAS}?level=3")["features"]
    assert (272, {None}) == (len(found), {feature["geometry"] for feature in found})
    assert all(32 < feature["properties"]["latitude"] < 38 for feature in found)


def test_info_tells_version_counts_and_sources_but_no_path(default: Gazetteer, shaped: FlaskClient) -> None:
    found, about = get(a_client(default), "/v1/info"), default.info()
    assert (about.content_hash, about.counts) == (found["gazetteer_version"], found["counts"])
    assert [source.id for source in about.sources] == [source["id"] for source in found["sources"]]
    assert about.path.name not in str(found)
    assert str(about.path.parent) not in str(found)
    assert (False, True) == (found["has_polygons"], get(shaped, "/v1/info")["has_polygons"])
