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


def test_a_spelling_is_found(geocoder: Nominatim) -> None:
    for spelling, expected in (("Haleb", ALEPPO), ("حلب", ALEPPO), ("Kobane", KOBANI), ("كوباني", KOBANI)):
        location = geocoder.geocode(spelling)
        assert geodesic(expected, (location.latitude, location.longitude)).km < 5
    [location] = geocoder.geocode("Idlib", exactly_one=False, limit=40)
    assert "Idlib, Idleb, Syria" == location.address


def test_an_ambiguous_spelling_is_none_unless_all_are_asked_for(geocoder: Nominatim) -> None:
    assert geocoder.geocode("Mansoura") is None
    tags = [one.raw["extratags"] for one in geocoder.geocode("Mansoura", exactly_one=False, extratags=True)]
    assert len(tags) > 1
    assert {"yes"} == {one["ambiguous"] for one in tags}
    confidences = [float(one["confidence"]) for one in tags]
    assert sorted(confidences, reverse=True) == confidences


def test_areas_countries_and_boxes_narrow(geocoder: Nominatim) -> None:
    location = geocoder.geocode({"city": "Saraqib", "state": "Idlib", "country": "Syria"})
    assert "Saraqib, Saraqab, Idleb, Syria" == location.address
    assert geocoder.geocode({"city": "Saraqib", "state": "Daraa"}) is None
    assert geocoder.geocode("Aleppo", country_codes=["tr", "lb"]) is None
    assert geocoder.geocode("Aleppo", country_codes="sy") is not None
    north, south = [(36.5, 36.9), (35.9, 37.4)], [(33.7, 36.1), (33.3, 36.5)]
    assert geocoder.geocode("Aleppo", viewbox=north, bounded=True) is not None
    assert geocoder.geocode("Aleppo", viewbox=south, bounded=True) is None
    assert geocoder.geocode("Aleppo", viewbox=south) is not None
    assert "Aleppo, Syria" == geocoder.geocode("Aleppo", featuretype="state").address
    assert geocoder.geocode("Aleppo", featuretype="country") is None


def test_details_come_when_they_are_asked_for(geocoder: Nominatim) -> None:
    plain = geocoder.geocode("Kobani").raw
    assert set() == {"address", "extratags", "namedetails", "geojson"} & plain.keys()
    wanted = {"addressdetails": True, "extratags": True, "namedetails": True, "geometry": "geojson"}
    full = geocoder.geocode("Kobani", **wanted).raw
    assert ("Aleppo", "sy") == (full["address"]["state"], full["address"]["country_code"])
    assert ("SY020600", "Point") == (full["extratags"]["adm3_pcode"], full["geojson"]["type"])
    assert "عين العرب" == full["namedetails"]["name:ar"]
    for geometry, field, start in (
        ("WKT", "geotext", "POINT(37.1"),
        ("svg", "svg", 'cx="37.1'),
        ("kml", "geokml", "<Point><coordinates>37.1"),
    ):
        assert geocoder.geocode("Aleppo", geometry=geometry).raw[field].startswith(start)


def test_a_position_gets_its_town_and_areas(geocoder: Nominatim) -> None:
    location = geocoder.reverse(IDLIB)
    assert ("Idlib, Idleb, Syria", "Idleb") == (location.address, location.raw["address"]["state"])
    assert "Idleb, Syria" == geocoder.reverse(IDLIB, zoom=5).address
    assert "حلب" == geocoder.reverse(ALEPPO, language="ar").raw["address"]["city"]


def test_what_is_not_found_is_none(geocoder: Nominatim) -> None:
    for exactly_one in (True, False):
        assert geocoder.geocode("Atlantis", exactly_one=exactly_one) is None
        assert geocoder.reverse((48.85, 2.35), exactly_one=exactly_one) is None
        assert geocoder.geocode("48.85, 2.35", exactly_one=exactly_one) is None


def test_a_viewbox_without_area_is_an_error_that_says_so(geocoder: Nominatim) -> None:
    with pytest.raises(GeocoderQueryError, match="400"):
        geocoder.geocode("Aleppo", viewbox=[(36, 37), (36, 37)])
