"""The formats, field by field, as Nominatim and the GeocodeJSON specification name them; numbers."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import jsonschema
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from gazetteer import Gazetteer
from gazetteer.geodesy import BoundingBox, LatLon, destination
from gazetteer.kinds import PlaceKind
from service.nominatim.words import place_number, words_for
from service.nominatim.writing import box_round
from tests.builders import a_place
from tests.service.asking import a_client, get
from tests.service.nominatim.asking import reverse, search

FORMATS = ("json", "jsonv2", "geojson", "geocodejson")
LABEL = "Saraqib, Saraqab, Ariha, Idleb, Syria"
#: Every number follows from the small gazetteer: position and radius of Saraqib, and a population of 32,495.
#: The box is the radius of 2 km over 110,574 m and over 111,319 m times the cosine of its northern edge.
RECORD = {
    "place_id": 10_013_916,
    "licence": "Facts made up for a test.",
    "lat": "35.8630000",
    "lon": "36.7990000",
    "category": "place",
    "type": "town",
    "place_rank": 18,
    "importance": 0.6445,
    "addresstype": "city",
    "name": "Saraqib",
    "display_name": LABEL,
    "boundingbox": ["35.8449126", "35.8810874", "36.7768257", "36.8211743"],
}
ADDRESS = {
    "city": "Saraqib",
    "municipality": "Saraqab",
    "county": "Ariha",
    "state": "Idleb",
    "country": "Syria",
    "country_code": "sy",
}
NAMES = {"name": "Saraqib", "name:ar": "سراقب", "alt_name": "Saraqeb"}
TAGS = {
    "matched_name": "Saraqeb",
    "method": "exact",
    "status": "resolved",
    "ambiguous": "no",
    "reasons": "spelled 'Saraqeb' in the gazetteer; 32,495 inhabitants",
    "kind": "settlement",
    "uncertainty_m": "2000",
    "population": "32495",
    "gazetteer_id": "C3916",
    "pcode": "C3916",
    "adm1_pcode": "SY07",
}
POINT = {"type": "Point", "coordinates": [36.799, 35.863]}

GEOCODEJSON = json.loads((Path(__file__).parent / "geocodejson.schema.json").read_text("utf-8"))


def test_jsonv2_is_the_default_and_json_calls_the_category_class(client: FlaskClient) -> None:
    [found] = search(client, "Saraqeb")
    assert (RECORD, list(RECORD)) == (found, list(found))
    assert search(client, "Saraqeb", format="jsonv2") == [found]
    [older] = search(client, "Saraqeb", format="json")
    assert ["class" if name == "category" else name for name in RECORD] == list(older)
    assert "place" == older["class"]


def test_details_stand_where_clients_look_for_them(client: FlaskClient) -> None:
    [found] = search(client, "Saraqeb", addressdetails=1, namedetails=1, extratags=1, polygon_geojson=1)
    tags = found.pop("extratags")
    assert {**RECORD, "address": ADDRESS, "namedetails": NAMES, "geojson": POINT} == found
    assert {name: tags[name] for name in TAGS} == TAGS
    assert 0.7 <= float(tags["confidence"]) <= 1
    assert {str} == {type(value) for value in tags.values()}


def test_nothing_claims_to_be_an_object_of_openstreetmap(client: FlaskClient) -> None:
    for form in FORMATS:
        text = client.get(f"/search?q=Saraqeb&format={form}&extratags=1").text
        assert not {"osm_id", "osm_type"} & set(re.findall(r"\w+", text))


def test_geojson_has_the_same_as_properties(client: FlaskClient) -> None:
    moved = ("licence", "lat", "lon", "boundingbox")
    properties = {name: value for name, value in RECORD.items() if name not in moved}
    feature = {
        "type": "Feature",
        "properties": properties,
        "bbox": [36.7768257, 35.8449126, 36.8211743, 35.8810874],
        "geometry": POINT,
    }
    expected = {"type": "FeatureCollection", "licence": RECORD["licence"], "features": [feature]}
    assert expected == search(client, "Saraqeb", format="geojson")
    assert feature == reverse(client, 35.863, 36.799, format="geojson", addressdetails=0)["features"][0]


def test_geocodejson_has_its_accuracy_in_metres_and_admin_as_an_object(client: FlaskClient) -> None:
    answer = search(client, "Saraqeb", format="geocodejson", addressdetails=1)
    quoted = {"attribution": "Facts made up for a test.", "licence": "CC0-1.0"}
    assert {"version": "0.1.0", **quoted, "query": "Saraqeb"} == answer["geocoding"]
    [feature] = answer["features"]
    assert (POINT, {"geocoding"}) == (feature["geometry"], feature["properties"].keys())
    expected = {
        "place_id": 10_013_916,
        "osm_key": "place",
        "osm_value": "town",
        "type": "city",
        "accuracy": 2000,
        "label": LABEL,
        "name": "Saraqib",
        "state": "Idleb",
        "county": "Ariha",
        "district": "Saraqab",
        "country": "Syria",
        "country_code": "sy",
        "admin": {"level2": "Syria", "level4": "Idleb", "level5": "Ariha", "level6": "Saraqab"},
    }
    assert expected == feature["properties"]["geocoding"]


def test_every_geocodejson_answer_meets_the_specification(client: FlaskClient) -> None:
    for q in ("Saraqeb", "Mansura", "SY07", "Syria", "5 km north of Saraqib", "Qxzvw"):
        for details in (0, 1):
            parameters = {"addressdetails": details, "extratags": details, "polygon_geojson": details}
            answer = search(client, q, format="geocodejson", **parameters)
            jsonschema.validate(answer, GEOCODEJSON)
            assert ([] == answer["features"]) == (q == "Qxzvw")


def test_an_area_has_the_box_and_the_shape_of_its_outline(client: FlaskClient) -> None:
    ring = [[36.0, 35.0], [37.0, 35.0], [37.0, 36.0], [36.0, 36.0], [36.0, 35.0]]
    for form in ("json", "jsonv2"):
        [found] = search(client, state="Idleb", format=form, polygon_geojson=1)
        assert {"type": "Polygon", "coordinates": [ring]} == found["geojson"]
        assert ["35.0000000", "36.0000000", "36.0000000", "37.0000000"] == found["boundingbox"]
    for form in ("geojson", "geocodejson"):
        [found] = search(client, state="Idleb", format=form, polygon_geojson=1)["features"]
        assert {"type": "Polygon", "coordinates": [ring]} == found["geometry"]


#: The outlines of a governorate of one square and of one with a hole and a second part, and a point.
DRAWN = {
    "text": (
        "geotext",
        "POLYGON((36 35,37 35,37 36,36 36,36 35))",
        "MULTIPOLYGON(((40 33,42 33,42 35,40 35,40 33),(41.5 34,41 34,41 34.5,41.5 34.5,41.5 34)),"
        "((40.5 32,40.5 32.5,40 32.5,40 32,40.5 32)))",
        "POINT(36.799 35.863)",
    ),
    "svg": (
        "svg",
        "M 36 -35 L 37 -35 37 -36 36 -36 Z",
        "M 40 -33 L 42 -33 42 -35 40 -35 Z M 41.5 -34 L 41 -34 41 -34.5 41.5 -34.5 Z "
        "M 40.5 -32 L 40.5 -32.5 40 -32.5 40 -32 Z",
        'cx="36.799" cy="-35.863"',
    ),
    "kml": (
        "geokml",
        "<Polygon><outerBoundaryIs><LinearRing><coordinates>36,35 37,35 37,36 36,36 36,35</coordinates>"
        "</LinearRing></outerBoundaryIs></Polygon>",
        "<MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>40,33 42,33 42,35 40,35 40,33"
        "</coordinates></LinearRing></outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>41.5,34 41,34"
        " 41,34.5 41.5,34.5 41.5,34</coordinates></LinearRing></innerBoundaryIs></Polygon><Polygon>"
        "<outerBoundaryIs><LinearRing><coordinates>40.5,32 40.5,32.5 40,32.5 40,32 40.5,32</coordinates>"
        "</LinearRing></outerBoundaryIs></Polygon></MultiGeometry>",
        "<Point><coordinates>36.799,35.863</coordinates></Point>",
    ),
}


def test_outlines_come_in_every_form_with_outer_rings_counter_clockwise(client: FlaskClient) -> None:
    for form, (field, *expected) in DRAWN.items():
        wanted = {f"polygon_{form}": 1}
        asked = ({"state": "Idleb"}, {"state": "Daraa"}, {"q": "Saraqeb"})
        found = [get(client, f"/search?{urlencode({**one, **wanted})}")[0] for one in asked]
        assert expected == [record[field] for record in found]
        assert field not in client.get(f"/search?q=Saraqeb&format=geojson&polygon_{form}=1").text


def test_a_threshold_simplifies_and_none_below_zero_does(client: FlaskClient) -> None:
    for threshold, corners in (("-1", 5), ("0", 5), ("1.2", 4)):
        [found] = search(client, state="Idleb", polygon_geojson=1, polygon_threshold=threshold)
        assert corners == len(found["geojson"]["coordinates"][0]), threshold


DETAILS = {"addressdetails": 1, "extratags": 1, "namedetails": 1, "polygon_kml": 1}


def _as_dicts(parts: Iterable[Element]) -> dict[str, dict[str | None, str | None]]:
    """Return what the elements of a place hold, by name; those of an address have no element round them."""
    found: dict[str, dict[str | None, str | None]] = {"address": {}}
    for part in parts:
        if part.tag in ("extratags", "namedetails"):
            found[part.tag] = {
                one.get("key") or one.get("desc"): one.get("value") or one.text for one in part
            }
        elif part.tag != "geokml":
            found["address"][part.tag] = part.text
    return found


def test_xml_says_what_json_says(client: FlaskClient) -> None:
    [record] = search(client, "Saraqeb", **DETAILS)
    response = client.get("/search", query_string={"q": "Saraqeb", "format": "xml", **DETAILS})
    assert "text/xml; charset=utf-8" == response.content_type
    root = fromstring(response.data)
    said = (root.tag, root.get("querystring"), root.get("attribution"))
    assert ("searchresults", "Saraqeb", record["licence"]) == said
    [place] = root
    same = ("place_id", "lat", "lon", "place_rank", "type", "importance", "display_name")
    expected = {name: str(record[name]) for name in same}
    expected |= {"class": "place", "address_rank": "18", "ref": "Saraqib"}
    assert expected | {"boundingbox": ",".join(record["boundingbox"])} == place.attrib
    assert "36.799,35.863" == place.findtext("geokml/Point/coordinates")
    assert {name: record[name] for name in ("address", "extratags", "namedetails")} == _as_dicts(place)


def test_xml_is_what_reverse_answers_and_its_details_stand_beside_the_place(client: FlaskClient) -> None:
    record = reverse(client, 35.863, 36.799, **DETAILS)
    root = fromstring(client.get("/reverse", query_string={"lat": 35.863, "lon": 36.799, **DETAILS}).data)
    assert ["result", "geokml", "addressparts", "extratags", "namedetails"] == [part.tag for part in root]
    assert (LABEL, "Saraqib") == (root[0].text, root[0].get("ref"))
    assert record["address"] == {part.tag: part.text for part in root[2]}
    assert "lat=35.863&lon=36.799&format=xml" == root.get("querystring")
    for form, value in (("text", "POINT(36.799 35.863)"), ("svg", 'cx="36.799" cy="-35.863"')):
        [place, *_] = fromstring(client.get(f"/reverse?lat=35.863&lon=36.799&polygon_{form}=1").data)
        assert value == place.get(f"geo{form}")
    [place, *_] = fromstring(client.get("/reverse?lat=35.863&lon=36.799&polygon_geojson=1").data)
    assert POINT == json.loads(place.get("geojson", ""))


def test_xml_has_the_address_of_further_places(client: FlaskClient) -> None:
    query = "q=Mansura&format=xml&viewboxlbrt=36,36,37,35&countrycodes=tr,,x,SY&exclude_place_ids=n7,x"
    root = fromstring(client.get(f"/search?{query}").data)
    ids = [place.get("place_id") for place in root]
    assert 2 <= len(ids)
    assert "36,35,37,36" == root.get("viewbox")
    assert ",".join([*map(str, ids), "N7"]) == root.get("exclude_place_ids")
    more = root.get("more_url", "")
    assert "countrycodes=tr%2Csy" in more
    further = fromstring(client.get(more).data)
    assert not set(ids) & {place.get("place_id") for place in further}


def test_xml_can_be_read_whatever_was_asked(client: FlaskClient) -> None:
    for q in ('<a b="c">&', "a\x00\x0b\ufffe\U0001f600b", "\t\n", "]]>"):
        root = fromstring(client.get("/search", query_string={"q": q, "format": "xml"}).data)
        assert set(root.get("querystring", "")) <= set(q)


@given(latitude=st.floats(-90, 90), longitude=st.floats(-180, 180), radius_m=st.floats(1, 500_000))
def test_a_box_holds_the_circle(latitude: float, longitude: float, radius_m: float) -> None:
    place = a_place(position=LatLon(latitude, longitude), uncertainty_m=radius_m)
    west, south, east, north = box_round(place)
    assert -180 <= west <= east <= 180
    box = BoundingBox(
        max(-90, south - 1e-9), max(-180, west - 1e-9), min(90, north + 1e-9), min(180, east + 1e-9)
    )
    for azimuth in range(0, 360, 15):
        assert box.contains(destination(place.position, azimuth_deg=azimuth, distance_m=radius_m))


def test_names_follow_the_language_of_parameter_and_header_and_caches_are_told(client: FlaskClient) -> None:
    for wanted, parameter, is_arabic in (
        ("", "ar", True),
        ("ar-SY,en;q=0.5", "", True),
        ("ar_SY", "", True),
        ("de,ar,en", "", True),
        ("en,ar;q=0.5", "", False),
        ("ar;q=0,en", "", False),
        ("ar", "en", False),
        ("en", "ar", True),
    ):
        query = {"q": "Saraqeb", "accept-language": parameter}
        response = client.get("/search", query_string=query, headers={"Accept-Language": wanted})
        label = "سراقب, أريحا, إدلب, سوريا" if is_arabic else LABEL
        assert label == response.get_json()[0]["display_name"], (wanted, parameter)
        assert "Accept-Language" in response.headers["Vary"]
    assert "Accept-Language" in client.get("/reverse?lat=35.863&lon=36.799").headers["Vary"]


def test_kinds_have_nominatims_words(client: FlaskClient) -> None:
    for q, *expected in (
        ("Syria", "boundary", "administrative", 4, "country"),
        ("SY07", "boundary", "administrative", 8, "state"),
        ("SY070204", "boundary", "administrative", 14, "municipality"),
        ("C2364", "place", "settlement", 19, "city"),
        ("Sukkari", "place", "neighbourhood", 20, "neighbourhood"),
        ("Mansura hospital", "amenity", "hospital", 30, "amenity"),
        ("5 km north of Saraqib", "place", "point", 30, "place"),
    ):
        [found] = search(client, q)
        assert expected == [found[name] for name in ("category", "type", "place_rank", "addresstype")], q
    for kind in PlaceKind:
        assert all(words_for(a_place(kind=kind))), kind


def test_the_status_says_that_it_is_up_and_with_what(
    client: FlaskClient, small: Gazetteer, default: Gazetteer
) -> None:
    plain = client.get("/status")
    assert ("OK", "text/plain; charset=utf-8") == (plain.text, plain.content_type)
    status = client.get("/status?format=json").get_json()
    assert (0, "OK") == (status["status"], status["message"])
    assert small.info().content_hash == status["database_version"]
    assert "data_updated" not in status, "no source has a date"
    newest = max(source.date for source in default.info().sources)
    dated = get(a_client(default), "/status?format=json")
    assert f"{newest}T00:00:00+00:00" == dated["data_updated"]


# ---------------------------------------------------------------------------------------------- numbers


def test_a_place_keeps_its_number() -> None:
    for place_id, expected in {
        "SY": 1,
        "SY07": 107,
        "SY070204": 1_070_204,
        "C3871": 10_013_871,
        "N0006": 20_010_006,
        "geonames:169389": 100_169_389,
        # A billion, and the BLAKE2b digest of 8 bytes modulo a billion: printf … | b2sum -l 64
        "cg:tishreen-dam": 1_651_136_191,
    }.items():
        assert expected == place_number(place_id), place_id


def test_no_two_places_of_the_embedded_gazetteer_share_a_number(default: Gazetteer) -> None:
    ids = [place.id for place in default.places()]
    assert len(ids) == len({place_number(place_id) for place_id in ids}) > 1000


@given(st.one_of(st.text(), st.from_regex(r"(SY|C|N|geonames:)\d{0,12}", fullmatch=True)))
def test_a_number_fits_in_31_bits(place_id: str) -> None:
    assert 1 <= place_number(place_id) < 2**31


@given(*[st.from_regex(r"(SY|C|N)\d{0,6}|geonames:[1-9]\d{0,7}", fullmatch=True)] * 2)
def test_ids_with_digits_never_share_a_number(first: str, second: str) -> None:
    assert (first == second) == (place_number(first) == place_number(second))
