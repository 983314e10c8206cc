"""geopy's own geocoder against a running server with the embedded gazetteer."""

from collections.abc import Iterator

import pytest
from geopy.distance import geodesic
from geopy.exc import GeocoderQueryError
from geopy.geocoders import Nominatim

#: Positions from GeoNames, to the hundredth of a degree: each is within 5 km of what must be found.
ALEPPO, KOBANI, IDLIB = (36.20, 37.16), (36.89, 38.35), (35.93, 36.63)


@pytest.fixture
def geocoder(address: str) -> Iterator[Nominatim]:
    with Nominatim(domain=address, scheme="http", user_agent="tests of conflict-gazetteer") as made:
        yield made


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [("Aleppo", ALEPPO), ("Haleb", ALEPPO), ("حلب", ALEPPO), ("Kobane", KOBANI), ("كوباني", KOBANI)],
)
def test_a_spelling_is_found(geocoder: Nominatim, spelling: str, expected: tuple[float, float]) -> None:
    location = geocoder.geocode(spelling)
    assert geodesic(expected, (location.latitude, location.longitude)).km < 5


def test_an_ambiguous_spelling_is_none_unless_all_are_asked_for(geocoder: Nominatim) -> None:
    assert geocoder.geocode("Mansoura") is None
    found = geocoder.geocode("Mansoura", exactly_one=False, extratags=True)
    assert len(found) > 1
    assert {"yes"} == {location.raw["extratags"]["ambiguous"] for location in found}
    confidences = [float(location.raw["extratags"]["confidence"]) for location in found]
    assert sorted(confidences, reverse=True) == confidences


def test_a_resolved_spelling_gives_one_place_when_all_are_asked_for(geocoder: Nominatim) -> None:
    [location] = geocoder.geocode("Idlib", exactly_one=False, limit=40)
    assert "Idlib, Idleb, Syria" == location.address


def test_names_are_in_the_language_that_is_asked_for(geocoder: Nominatim) -> None:
    assert geocoder.geocode("Idlib", language="ar").address.endswith("إدلب, سوريا")
    assert "حلب" == geocoder.reverse(ALEPPO, language="ar").raw["address"]["city"]


def test_areas_and_countries_narrow(geocoder: Nominatim) -> None:
    location = geocoder.geocode({"city": "Saraqib", "state": "Idlib", "country": "Syria"})
    assert "Saraqib, Saraqab, Idleb, Syria" == location.address
    assert geocoder.geocode({"city": "Saraqib", "state": "Daraa"}) is None
    assert geocoder.geocode({"city": "Aleppo", "country": "Turkey"}) is None
    assert geocoder.geocode("Aleppo", country_codes=["tr", "lb"]) is None
    assert geocoder.geocode("Aleppo", country_codes="sy") is not None


def test_details_come_when_they_are_asked_for(geocoder: Nominatim) -> None:
    plain = geocoder.geocode("Kobani").raw
    assert set() == {"address", "extratags", "namedetails", "geojson"} & plain.keys()
    full = geocoder.geocode(
        "Kobani", addressdetails=True, extratags=True, namedetails=True, geometry="geojson"
    ).raw
    assert ("Aleppo", "sy") == (full["address"]["state"], full["address"]["country_code"])
    assert "SY020600" == full["extratags"]["adm3_pcode"]
    assert "عين العرب" == full["namedetails"]["name:ar"]
    assert "Point" == full["geojson"]["type"]


def test_a_box_may_bound_the_search(geocoder: Nominatim) -> None:
    north, south = [(36.5, 36.9), (35.9, 37.4)], [(33.7, 36.1), (33.3, 36.5)]
    assert geocoder.geocode("Aleppo", viewbox=north, bounded=True) is not None
    assert geocoder.geocode("Aleppo", viewbox=south, bounded=True) is None
    assert geocoder.geocode("Aleppo", viewbox=south) is not None


def test_a_position_gets_its_town_and_areas(geocoder: Nominatim) -> None:
    location = geocoder.reverse(IDLIB)
    assert "Idlib, Idleb, Syria" == location.address
    assert "Idleb" == location.raw["address"]["state"]
    assert "Idleb, Syria" == geocoder.reverse(IDLIB, zoom=5).address


def test_what_is_not_found_is_none(geocoder: Nominatim) -> None:
    for exactly_one in (True, False):
        assert geocoder.geocode("Atlantis", exactly_one=exactly_one) is None
        assert geocoder.reverse((48.85, 2.35), exactly_one=exactly_one) is None


def test_a_shape_that_cannot_be_given_is_an_error_and_not_left_out(geocoder: Nominatim) -> None:
    with pytest.raises(GeocoderQueryError, match="400"):
        geocoder.geocode("Aleppo", geometry="svg")
    assert geocoder.geocode("Aleppo", geometry="wkt").raw["geotext"].startswith("POINT (37.1")
