"""Which places a search gives, and in which order."""

import pytest
from flask.testing import FlaskClient

from gazetteer import Gazetteer
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import a_client
from tests.service.nominatim.asking import labels, search

IDLEB, ALEPPO = "Mansura, Idleb, Syria", "Mansura, Aleppo, Syria"


def test_one_result_is_a_resolved_one(client: FlaskClient) -> None:
    [found] = search(client, "Saraqeb", extratags=1)
    assert ("resolved", "no") == (found["extratags"]["status"], found["extratags"]["ambiguous"])


def test_an_ambiguous_spelling_gives_all_that_it_could_be(client: FlaskClient) -> None:
    found = search(client, "Mansura", extratags=1)
    assert {IDLEB, ALEPPO} <= set(labels(found))
    assert {("ambiguous", "yes")} == {(f["extratags"]["status"], f["extratags"]["ambiguous"]) for f in found}


def test_several_places_are_the_candidates_of_an_ambiguous_spelling() -> None:
    client = a_client(FakeGazetteer())
    found = search(client, "Saraqeb + Aleppo", extratags=1)
    assert [("Saraqeb", "yes"), ("Aleppo", "yes")] == [
        (one["name"], one["extratags"]["ambiguous"]) for one in found
    ]
    assert [] == search(client, "Saraqeb + Aleppo", limit=1)


def test_an_ambiguous_spelling_gives_nothing_to_who_asks_for_one(client: FlaskClient) -> None:
    assert [] == search(client, "Mansura", limit=1)
    assert 2 == len(search(client, "Mansura", limit=2))


def test_importance_is_prominence_and_not_confidence(client: FlaskClient) -> None:
    [found] = search(client, "Saraqeb", extratags=1)
    # log10(32,495) / 7: gazetteer.places.prominence
    assert 0.6445 == found["importance"]
    assert "0.6445" != found["extratags"]["confidence"]


@pytest.mark.parametrize("spelling", ["Qxzvw", "Atlantis", "", " ", "%", "Mansura " * 30])
def test_what_is_not_known_gives_an_empty_list(client: FlaskClient, spelling: str) -> None:
    assert [] == search(client, spelling, limit=1)


def test_a_longer_list_than_40_is_cut_and_not_refused(client: FlaskClient) -> None:
    assert labels(search(client, "Mansura")) == labels(search(client, "Mansura", limit=50))


def test_an_excluded_place_is_left_out_and_what_remains_is_not_sure(client: FlaskClient) -> None:
    [resolved] = search(client, "Saraqeb")
    rest = search(client, "Saraqeb", exclude_place_ids=resolved["place_id"], extratags=1)
    assert resolved["place_id"] not in [record["place_id"] for record in rest]
    assert {"yes"} >= {record["extratags"]["ambiguous"] for record in rest}
    assert [] == search(client, "Saraqeb", exclude_place_ids=resolved["place_id"], limit=1)


def test_a_view_box_orders_candidates_and_a_bounded_one_excludes(client: FlaskClient) -> None:
    west, east = "36.4,35.4,36.6,35.6", "37.6,35.6,37.4,35.4"
    assert IDLEB == labels(search(client, "Mansura", viewbox=west))[0]
    assert ALEPPO == labels(search(client, "Mansura", viewbox=east))[0]
    assert ALEPPO not in labels(search(client, "Mansura", viewbox=west, bounded=1))
    assert ["Saraqib, Saraqab, Ariha, Idleb, Syria"] == labels(search(client, "Saraqeb", viewbox=east))


def test_a_candidate_that_is_left_over_does_not_become_the_answer(client: FlaskClient) -> None:
    east = {"viewbox": "37.6,35.6,37.4,35.4", "bounded": 1}
    assert [] == search(client, "Mansura", **east)
    assert [] == search(client, "Mansura", **east, limit=1, extratags=1)
    [marked] = search(client, "Mansura", **east, extratags=1)
    assert (ALEPPO, "yes") == (marked["display_name"], marked["extratags"]["ambiguous"])


def test_an_area_makes_an_ambiguous_spelling_one(client: FlaskClient) -> None:
    assert [ALEPPO] == labels(search(client, city="Mansura", state="Aleppo", limit=1))
    assert [IDLEB] == labels(search(client, city="Mansura", state="إدلب", country="Syria"))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"state": "Idlib"}, ["Idleb, Syria"]),
        ({"county": "Ariha"}, ["Ariha, Idleb, Syria"]),
        ({"county": "Saraqab", "state": "Idleb"}, ["Saraqab, Ariha, Idleb, Syria"]),
        ({"county": "Ariha", "state": "Aleppo"}, []),
        ({"state": "Atlantis", "city": "Mansura"}, []),
        ({"country": "Syria"}, ["Syrian Arab Republic"]),
        ({"country": "سوريا", "city": "Saraqib"}, ["Saraqib, Saraqab, Ariha, Idleb, Syria"]),
        ({"country": "Lebanon", "city": "Saraqib"}, []),
        ({"city": "Saraqib", "postalcode": "12345"}, ["Saraqib, Saraqab, Ariha, Idleb, Syria"]),
        ({"postalcode": "12345"}, []),
        ({"city": "Idleb"}, []),
        ({"amenity": "Mansura hospital", "state": "Idleb"}, ["Mansura hospital, Idleb, Syria"]),
        ({"amenity": "hospital", "state": "Idleb"}, []),
        ({"amenity": "Saraqib"}, []),
    ],
)
def test_the_parts_of_a_structured_query(
    client: FlaskClient, parts: dict[str, str], expected: list[str]
) -> None:
    assert expected == labels(search(client, **parts))


def test_a_street_is_answered_by_its_city_and_says_so(client: FlaskClient) -> None:
    [found] = search(client, street="Baghdad street", city="Saraqib", limit=1, extratags=1)
    assert ("city", "fallback") == (found["addresstype"], found["extratags"]["method"])
    assert "the street is not in the gazetteer" in found["extratags"]["reasons"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"layer": "address"}, 1),
        ({"layer": "poi,natural"}, 0),
        ({"featureType": "settlement"}, 1),
        ({"featureType": "state"}, 0),
        ({"countrycodes": "TR,SY"}, 1),
        ({"countrycodes": "tr"}, 0),
    ],
)
def test_layers_types_and_countries_narrow(
    client: FlaskClient, parameters: dict[str, str], expected: int
) -> None:
    assert expected == len(search(client, "Saraqeb", **parameters))


def test_a_computed_point_has_no_number_and_no_country_that_is_not_its_own(client: FlaskClient) -> None:
    [inside] = search(client, "5 km north of Saraqib")
    [outside] = search(client, "48.85, 2.35", addressdetails=1)
    assert {False} == {"place_id" in record for record in (inside, outside)}
    assert "5 km north of Saraqib, Saraqab, Ariha, Idleb, Syria" == inside["display_name"]
    assert ("48.85, 2.35", {"place": "48.85, 2.35"}) == (outside["display_name"], outside["address"])
    assert [] == search(client, "48.85, 2.35", countrycodes="sy")


def test_any_gazetteer_will_do(small: Gazetteer) -> None:
    assert 2 == len(search(a_client(), "Twin"))
    assert 0 == len(search(a_client(), "Twin", limit=1))
    assert 1 == len(search(create_app(Settings(), small).test_client(), "SY07"))
