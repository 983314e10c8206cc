"""Which place a position is given, at each level."""

import pytest
from flask.testing import FlaskClient

from tests.service.asking import a_client
from tests.service.nominatim.asking import reverse, search

#: In Saraqib; in its sub-district but far from it; in its governorate and no known sub-district.
TOWN, FIELDS, ELSEWHERE = (35.863, 36.799), (35.95, 36.9), (35.2, 36.2)
LONGEST = "Saraqib, Saraqab, Ariha, Idleb, Syria"


@pytest.mark.parametrize(
    ("zoom", "expected"),
    [
        (0, "Syrian Arab Republic"),
        (4, "Syrian Arab Republic"),
        (5, "Idleb, Syria"),
        (8, "Ariha, Idleb, Syria"),
        (10, "Saraqab, Ariha, Idleb, Syria"),
        (12, LONGEST),
        (18, LONGEST),
        (21, LONGEST),
    ],
)
def test_zoom_sets_the_level(client: FlaskClient, zoom: int, expected: str) -> None:
    assert expected == reverse(client, *TOWN, zoom=zoom)["display_name"]


def test_a_settlement_is_named_only_inside_its_radius(client: FlaskClient) -> None:
    assert LONGEST == reverse(client, *TOWN)["display_name"]
    found = reverse(client, *FIELDS, extratags=1)
    assert "Saraqab, Ariha, Idleb, Syria" == found["display_name"]
    assert ("Saraqib", "C3916") == (found["extratags"]["nearest"], found["extratags"]["nearest_id"])
    assert float(found["extratags"]["nearest_distance_m"]) > 2000


def test_the_narrowest_known_area_answers(client: FlaskClient) -> None:
    assert "Ariha, Idleb, Syria" == reverse(client, *ELSEWHERE)["display_name"]


def test_an_address_has_the_levels_up_to_the_answer(client: FlaskClient) -> None:
    whole = {
        "city": "Saraqib",
        "municipality": "Saraqab",
        "county": "Ariha",
        "state": "Idleb",
        "country": "Syria",
        "country_code": "sy",
    }
    assert whole == reverse(client, *TOWN)["address"]
    wider = {key: whole[key] for key in ("state", "country", "country_code")}
    assert wider == reverse(client, *TOWN, zoom=5)["address"]
    assert "address" not in reverse(client, *TOWN, addressdetails=0)


@pytest.mark.parametrize("form", ["json", "jsonv2", "geojson", "geocodejson"])
def test_no_hit_is_exactly_what_clients_compare_with(client: FlaskClient, form: str) -> None:
    response = client.get(f"/reverse?lat=48.85&lon=2.35&format={form}")
    assert (200, '{"error":"Unable to geocode"}') == (response.status_code, response.text)
    assert "application/json" == response.content_type


def test_layers_without_areas_have_no_hit(client: FlaskClient) -> None:
    assert {"error": "Unable to geocode"} == reverse(client, *TOWN, layer="poi")
    assert LONGEST == reverse(client, *TOWN, layer="poi,address")["display_name"]


def test_the_number_is_that_of_the_search(client: FlaskClient) -> None:
    assert search(client, "Saraqib")[0]["place_id"] == reverse(client, *TOWN)["place_id"]


def test_an_area_that_the_file_does_not_hold_is_stood_in_for_by_the_wider_one() -> None:
    assert "Idleb, Syria" == reverse(a_client(), 35.93, 36.63, zoom=8)["display_name"]
    assert {"error": "Unable to geocode"} == reverse(a_client(), 35.93, 36.63, zoom=3)
