"""Every parameter that Nominatim documents is let in; what can't be used is refused by its name."""

from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient

from tests.service.asking import problem
from tests.service.nominatim.asking import reverse, search

#: Of Nominatim's documentation, "Search queries" and "Reverse geocoding", with a harmless value each.
SHARED = (
    "format=jsonv2&extratags=0&namedetails=0&entrances=0&accept-language=en&email=someone@example.org&debug=0"
    "&layer=address,poi,railway,natural,manmade&polygon_geojson=0&polygon_kml=0&polygon_svg=0&polygon_text=0"
    "&polygon_threshold=0.0&json_callback="
)
SEARCH = (
    f"{SHARED}&addressdetails=0&limit=10&countrycodes=sy&featureType=&exclude_place_ids=&viewbox=35,32,43,38"
    "&bounded=1&dedupe=1"
)
REVERSE = f"{SHARED}&addressdetails=1&zoom=18"


def test_each_parameter_is_taken_and_answers_the_same(client: FlaskClient) -> None:
    found, round_it = search(client, "Saraqeb"), reverse(client, 35.863, 36.799)
    for name, value in parse_qsl(SEARCH, keep_blank_values=True):
        assert found == search(client, "Saraqeb", **{name: value}), name
    for name, value in parse_qsl(REVERSE, keep_blank_values=True):
        assert round_it == reverse(client, 35.863, 36.799, **{name: value}), name


def test_a_switch_may_be_written_as_clients_write_it(client: FlaskClient) -> None:
    for value in ("1", "true", "True", "0", "false", "False"):
        is_on = "extratags" in search(client, "Saraqeb", extratags=value)[0]
        assert is_on == (value in ("1", "true", "True")), value


def test_a_view_box_beyond_the_globe_is_that_of_a_map_zoomed_out(client: FlaskClient) -> None:
    assert search(client, "Saraqeb") == search(client, "Saraqeb", viewbox="-300,-120,300,120", bounded=1)


@pytest.mark.parametrize(
    ("address", "parameter", "words"),
    [
        ("/search", "q", "either q or parts"),
        ("/search?state=&city=", "q", "either q or parts"),
        ("/search?q=x&city=y", "q", "not both"),
        ("/search?q=x&wibble=1", "wibble", "unknown parameter wibble"),
        ("/search?q=x&format=xml", "format", "'geocodejson'"),
        ("/search?q=x&format=html", "format", "'geocodejson'"),
        ("/search?q=" + "x" * 301, "q", "at most 300"),
        ("/search?q=x&limit=0", "limit", "greater"),
        ("/search?q=x&limit=1_0", "limit", "no whole number"),
        ("/search?q=x&addressdetails=perhaps", "addressdetails", "boolean"),
        ("/search?q=x&countrycodes=sy,syr", "countrycodes", "at most 2"),
        ("/search?q=x&viewbox=1,2,3", "viewbox", "four numbers"),
        ("/search?q=x&viewbox=1,2,3,nan", "viewbox", "four numbers"),
        ("/search?q=x&viewbox=inf,2,3,4", "viewbox", "four numbers"),
        ("/search?q=x&viewbox=1_0,2,3,4", "viewbox", "four numbers"),
        ("/search?q=x&exclude_place_ids=1,N2", "exclude_place_ids", "no whole number"),
        ("/search?q=x&layer=moon", "layer", "'natural'"),
        ("/search?q=x&featureType=village", "featureType", "'settlement'"),
        ("/search?q=x&polygon_threshold=nan", "polygon_threshold", "no number"),
        ("/search?q=x&polygon_kml=1", "polygon_kml", "leave it out"),
        ("/search?q=x&polygon_svg=1", "polygon_svg", "polygon_geojson"),
        ("/search?q=x&debug=1", "debug", "leave it out"),
        ("/search?q=x&json_callback=steal", "json_callback", "leave it out"),
        ("/search?q=x&limit=1&limit=2", "limit", "2 times"),
        ("/search?q=95.1,36.2", "q", "swapped"),
        ("/reverse?lat=35", "lon", "required"),
        ("/reverse?lat=&lon=36", "lat", "required"),
        ("/reverse?lat=95&lon=36", "lat", "swapped"),
        ("/reverse?lat=35&lon=200", "lon", "-180 and 180"),
        ("/reverse?lat=nan&lon=36", "lat", "no number"),
        ("/reverse?lat=35&lon=36&zoom=near", "zoom", "no whole number"),
        ("/reverse?lat=35&lon=36&format=xml", "format", "'geocodejson'"),
        ("/reverse?lat=35&lon=36&q=x", "q", "unknown parameter q"),
        ("/status?format=xml", "format", "'json'"),
        ("/status?colour=red", "colour", "unknown parameter colour"),
    ],
)
def test_what_cannot_be_used_is_a_400_that_names_it(
    client: FlaskClient, address: str, parameter: str, words: str
) -> None:
    found = problem(client.get(address))
    assert (400, parameter) == (found["status"], found.get("parameter"))
    assert words in found["detail"]
