"""Which places a search gives and in which order, and which place a position is given."""

import pytest
from flask.testing import FlaskClient

from gazetteer.values import Place
from tests.service.asking import a_client
from tests.service.nominatim.asking import labels, reverse, search

IDLEB, ALEPPO = "Mansura, Idleb, Syria", "Mansura, Aleppo, Syria"
SARAQIB = "Saraqib, Saraqab, Ariha, Idleb, Syria"
WEST, EAST = "36.4,35.4,36.6,35.6", "37.6,35.6,37.4,35.4"
#: In Saraqib; in its sub-district but far from it; in its governorate and no known sub-district.
TOWN, FIELDS, ELSEWHERE = (35.863, 36.799), (35.95, 36.9), (35.2, 36.2)
#: A text that means a point, in none of the areas.
FAR = "30 km north of Saraqib"
NO_HIT = {"error": "Unable to geocode"}


def test_an_ambiguous_spelling_gives_all_that_it_could_be_and_nothing_to_who_asks_for_one(
    client: FlaskClient,
) -> None:
    found = search(client, "Mansura", extratags=1)
    assert {IDLEB, ALEPPO} <= set(labels(found))
    assert {("ambiguous", "yes")} == {(f["extratags"]["status"], f["extratags"]["ambiguous"]) for f in found}
    assert [0, 2] == [len(search(client, "Mansura", limit=limit)) for limit in (1, 2)]
    assert labels(found) == labels(search(client, "Mansura", limit=50))  # cut to 40, and not refused


def test_several_places_are_the_candidates_of_an_ambiguous_spelling() -> None:
    found = search(a_client(), "Saraqeb + Aleppo", extratags=1)
    assert [("Saraqeb", "yes"), ("Aleppo", "yes")] == [
        (one["name"], one["extratags"]["ambiguous"]) for one in found
    ]
    assert [] == search(a_client(), "Saraqeb + Aleppo", limit=1)
    assert [2, 0] == [len(search(a_client(), "Twin", limit=limit)) for limit in (10, 1)]


def test_what_is_not_known_gives_an_empty_list_or_an_empty_collection(client: FlaskClient) -> None:
    for spelling in ("Qxzvw", "Atlantis", "", " ", "%", "Mansura " * 30):
        assert [] == search(client, spelling, limit=1), spelling
    for form in ("json", "jsonv2"):
        assert [] == search(client, "Qxzvw", format=form)
    for form in ("geojson", "geocodejson"):
        assert [] == search(client, "Qxzvw", format=form)["features"]


def test_an_excluded_place_is_left_out_and_what_remains_is_not_sure(client: FlaskClient) -> None:
    [resolved] = search(client, "Saraqeb")
    for excluded in (resolved["place_id"], f"x,N7, {resolved['place_id']}"):
        rest = search(client, "Saraqeb", exclude_place_ids=excluded, extratags=1)
        assert resolved["place_id"] not in [record["place_id"] for record in rest]
        assert {"yes"} >= {record["extratags"]["ambiguous"] for record in rest}
        assert [] == search(client, "Saraqeb", exclude_place_ids=excluded, limit=1)


def test_a_view_box_orders_candidates_and_a_bounded_one_excludes(client: FlaskClient) -> None:
    assert IDLEB == labels(search(client, "Mansura", viewbox=WEST))[0]
    assert ALEPPO == labels(search(client, "Mansura", viewbox=EAST))[0]
    assert ALEPPO not in labels(search(client, "Mansura", viewbox=WEST, bounded=1))
    assert [SARAQIB] == labels(search(client, "Saraqeb", viewbox=EAST))
    # One that is left over does not become the answer.
    assert [] == search(client, "Mansura", viewbox=EAST, bounded=1)
    assert [] == search(client, "Mansura", viewbox=EAST, bounded=1, limit=1, extratags=1)
    [marked] = search(client, "Mansura", viewbox=EAST, bounded=1, extratags=1)
    assert (ALEPPO, "yes") == (marked["display_name"], marked["extratags"]["ambiguous"])


def test_the_parts_of_a_structured_query(client: FlaskClient) -> None:
    for parts, expected in (
        ({"state": "Idlib"}, ["Idleb, Syria"]),
        ({"county": "Ariha"}, ["Ariha, Idleb, Syria"]),
        ({"county": "Saraqab", "state": "Idleb"}, ["Saraqab, Ariha, Idleb, Syria"]),
        ({"county": "Ariha", "state": "Aleppo"}, []),
        ({"city": "Mansura", "state": "Aleppo", "limit": "1"}, [ALEPPO]),
        ({"city": "Mansura", "state": "إدلب", "country": "Syria"}, [IDLEB]),
        ({"city": "Mansura", "state": "Atlantis"}, []),
        ({"country": "Syria"}, ["Syrian Arab Republic"]),
        ({"country": "سوريا", "city": "Saraqib"}, [SARAQIB]),
        ({"country": "Lebanon", "city": "Saraqib"}, []),
        ({"city": "Saraqib", "postalcode": "12345"}, [SARAQIB]),
        ({"postalcode": "12345"}, []),
        ({"street": "Baghdad street", "state": "Idleb"}, []),
        ({"city": "Idleb"}, []),
        ({"amenity": "Mansura hospital", "state": "Idleb"}, ["Mansura hospital, Idleb, Syria"]),
        ({"amenity": "hospital", "state": "Idleb"}, []),
        ({"amenity": "Saraqib"}, []),
    ):
        assert expected == labels(search(client, **parts)), parts


def test_a_street_is_answered_by_its_city_and_says_so(client: FlaskClient) -> None:
    [found] = search(client, street="Baghdad street", city="Saraqib", limit=1, extratags=1)
    assert ("city", "fallback") == (found["addresstype"], found["extratags"]["method"])
    assert "the street is not in the gazetteer" in found["extratags"]["reasons"]


def test_layers_types_countries_boxes_and_numbers_narrow_a_search_by_name_or_position(
    client: FlaskClient,
) -> None:
    for parameters, by_name, by_position in (
        ({"layer": "address"}, [SARAQIB], [SARAQIB]),
        ({"layer": "poi,natural"}, [], []),
        ({"layer": "POI"}, [], []),
        ({"featureType": "settlement"}, [SARAQIB], [SARAQIB]),
        ({"featureType": "city"}, [SARAQIB], [SARAQIB]),
        ({"featureType": "country"}, [], ["Syrian Arab Republic"]),
        ({"featureType": "state"}, [], ["Idleb, Syria"]),
        ({"featuretype": "State"}, [], ["Idleb, Syria"]),
        ({"countrycodes": "syr,s,,"}, [SARAQIB], [SARAQIB]),
        ({"countrycodes": "TR,SY"}, [SARAQIB], [SARAQIB]),
        ({"countrycodes": "tr"}, [], []),
        ({"viewbox": EAST, "bounded": 1}, [], []),
        ({"exclude_place_ids": reverse(client, *TOWN)["place_id"], "limit": 1}, [], []),
    ):
        assert by_name == labels(search(client, "Saraqeb", **parameters)), parameters
        assert by_position == labels(search(client, "35.863,36.799", **parameters)), parameters


def test_a_computed_point_has_no_number_and_no_country_that_is_not_its_own(client: FlaskClient) -> None:
    [inside] = search(client, "5 km north of Saraqib")
    [outside] = search(client, FAR, addressdetails=1, extratags=1)
    assert {False} == {"place_id" in record for record in (inside, outside)}
    assert "5 km north of Saraqib, Saraqab, Ariha, Idleb, Syria" == inside["display_name"]
    assert (FAR, {"place": FAR}) == (outside["display_name"], outside["address"])
    assert "Syria" not in client.get(f"/search?q={FAR}&format=geocodejson&addressdetails=1&extratags=1").text
    assert [] == search(client, FAR, countrycodes="sy", extratags=1)


# ------------------------------------------------------------------------------------------------ reverse


def test_zoom_sets_the_level(client: FlaskClient) -> None:
    for expected, *zooms in (
        ("Syrian Arab Republic", 0, 4),
        ("Idleb, Syria", 5, 7),
        ("Ariha, Idleb, Syria", 8, 9),
        ("Saraqab, Ariha, Idleb, Syria", 10, 11),
        (SARAQIB, 12, 18, 21),
    ):
        assert {expected} == {reverse(client, *TOWN, zoom=zoom)["display_name"] for zoom in zooms}, zooms


def test_a_settlement_is_named_only_inside_its_radius(client: FlaskClient) -> None:
    assert SARAQIB == reverse(client, *TOWN)["display_name"]
    found = reverse(client, *FIELDS, extratags=1)
    assert "Saraqab, Ariha, Idleb, Syria" == found["display_name"]
    assert ("Saraqib", "C3916") == (found["extratags"]["nearest"], found["extratags"]["nearest_id"])
    assert float(found["extratags"]["nearest_distance_m"]) > 2000


def test_the_narrowest_known_area_answers(client: FlaskClient) -> None:
    assert "Ariha, Idleb, Syria" == reverse(client, *ELSEWHERE)["display_name"]
    # One that the file doesn't hold is stood in for by the wider one.
    assert "Idleb, Syria" == reverse(a_client(), 35.93, 36.63, zoom=8)["display_name"]
    assert NO_HIT == reverse(a_client(), 35.93, 36.63, zoom=3)


def test_an_address_has_the_levels_up_to_the_answer(client: FlaskClient) -> None:
    narrow = {"city": "Saraqib", "municipality": "Saraqab", "county": "Ariha"}
    wide = {"state": "Idleb", "country": "Syria", "country_code": "sy"}
    assert narrow | wide == reverse(client, *TOWN)["address"]
    assert wide == reverse(client, *TOWN, zoom=5)["address"]
    assert "address" not in reverse(client, *TOWN, addressdetails=0)


def test_no_hit_is_exactly_what_clients_compare_with(client: FlaskClient) -> None:
    nowhere = ((48.85, 2.35), (0, 0), (91, 36), (-90.1, 0), (35, 180.5), (1e9, -1e9))
    for latitude, longitude in nowhere:
        for form in ("json", "jsonv2", "geojson", "geocodejson"):
            response = client.get(f"/reverse?lat={latitude}&lon={longitude}&format={form}")
            assert (200, '{"error":"Unable to geocode"}') == (response.status_code, response.text)
            assert "application/json; charset=utf-8" == response.content_type
        response = client.get(f"/reverse?lat={latitude}&lon={longitude}")
        assert 200 == response.status_code
        assert response.text.endswith("><error>Unable to geocode</error></reversegeocode>")


def test_a_position_as_text_is_answered_as_a_position_is(client: FlaskClient) -> None:
    expected = {key: value for key, value in reverse(client, *TOWN).items() if key != "address"}
    for text in (
        "35.863,36.799",
        "35.863 36.799",
        "[35.863, 36.799]",
        "N 35.863° E 36.799°",
        "35.863° N, 36.799° E",
        "E 36.799 N 35.863",
        "N 35°51.78′, E 36°47.94′",
        "35°51′46.8″N 36°47′56.4″E",
        "35 51 46.8 N 36 47 56.4 E",
    ):
        assert [expected] == search(client, text) == search(client, text, limit=1), text
    for text in ("48.85, 2.35", "95.1, 36.2", "-21.5,-33.5", "N 35 61 0 E 36 0 0", "35.5 200.5"):
        assert [] == search(client, text), text
    [tagged] = search(client, "35.863,36.799", extratags=1)
    assert ("resolved", "no") == (tagged["extratags"]["status"], tagged["extratags"]["ambiguous"])


def test_layers_without_areas_have_no_hit(client: FlaskClient) -> None:
    assert NO_HIT == reverse(client, *TOWN, layer="poi")
    assert SARAQIB == reverse(client, *TOWN, layer="poi,address")["display_name"]


def test_a_distance_to_the_nearest_place_is_written_down_as_telling_of_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Place] = []
    monkeypatch.setattr("service.nominatim.api.tell", told.extend)
    reverse(client, *FIELDS)
    assert ["SY070204"] == [place.id for place in told]
    reverse(client, *FIELDS, extratags=1)
    assert {"SY070204", "C3916"} == {place.id for place in told[1:]}
