"""Linked Places, held against a check that was written after the format's published description.

That is https://github.com/LinkedPasts/linked-places-format, README of version 1.3: which members a feature
must have, and which values they may take. GeoJSON's own rules are those of RFC 7946.
"""

import datetime
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import shapely

from gazetteer import Gazetteer, PlaceKind
from gazetteer.export import blocks
from gazetteer.export.linked_places import _TYPES
from gazetteer.privacy.tiers import TIERS, Tier
from gazetteer.store import PlaceRecord
from tests.builders import a_gazetteer_file, a_record, a_source, a_square, a_unit, an_area

TODAY = datetime.date(2026, 12, 1)


def a_list(items: Any, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


def an_object(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


TEXT = {"type": "string", "minLength": 1}
ADDRESS = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:[^\s]+$"}
CERTAINTY = {"enum": ["certain", "less-certain", "uncertain"]}
MOMENT = {  # ISO 8601: a year, a month or a day
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "patternProperties": {
        "^(in|earliest|latest)$": {"type": "string", "pattern": r"^-?\d{4}(-\d\d(-\d\d)?)?$"}
    },
}
WHEN = an_object(
    "timespans",
    timespans=a_list({**an_object("start", start=MOMENT, end=MOMENT), "additionalProperties": False}, 1),
    certainty=CERTAINTY,
)
CITATIONS = a_list(an_object("label", label=TEXT, year={"type": "integer"}, **{"@id": ADDRESS}), 1)
LON_LAT = {
    "type": "array",
    "prefixItems": [{"type": "number", "minimum": -size, "maximum": size} for size in (180, 90)],
    "minItems": 2,
    "maxItems": 2,
}
SHAPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
SHAPE = an_object("type", "coordinates", type={"enum": SHAPES}, certainty=CERTAINTY, when=WHEN)
POINT = an_object(type={"const": "Point"}, coordinates=LON_LAT)
GEOMETRY = {
    "oneOf": [
        {"allOf": [SHAPE, {"if": an_object(type={"const": "Point"}), "then": POINT}]},
        an_object("type", "geometries", type={"const": "GeometryCollection"}, geometries=a_list(SHAPE, 1)),
        {"type": "null"},
    ]
}
LABELS = a_list(an_object("label", label=TEXT, lang=TEXT), 1)
LINK_TYPES = ("exactMatch", "closeMatch", "primaryTopicOf", "subjectOf", "seeAlso")
RELATION = {"relationType": ADDRESS, "relationTo": ADDRESS, "label": TEXT}
FEATURE = an_object(
    *("@id", "type", "properties", "names", "geometry", "when"),
    **{"@id": ADDRESS},
    type={"const": "Feature"},
    properties=an_object(
        *("title", "fclasses"),
        title=TEXT,
        fclasses=a_list({"enum": list("AHLPRST")}, 1),
        ccodes=a_list({"type": "string", "pattern": "^[A-Z]{2}$"}, 1),
    ),
    when=WHEN,
    names={
        **a_list(an_object("toponym", toponym=TEXT, lang=TEXT, citations=CITATIONS, when=WHEN), 1),
        "contains": {"required": ["citations"]},
    },
    types=a_list(an_object("label", identifier=ADDRESS, label=TEXT, sourceLabels=LABELS)),
    geometry=GEOMETRY,
    links=a_list(an_object("type", "identifier", type={"enum": LINK_TYPES}, identifier=ADDRESS), 1),
    relations=a_list(an_object(*RELATION, **RELATION), 1),
)
COLLECTION = an_object(
    *("type", "@context", "features"),
    type={"const": "FeatureCollection"},
    features=a_list(FEATURE, 1),
    **{"@context": ADDRESS},
)


def checked(text: str | bytes) -> dict[str, Any]:
    """Return a collection that is what the format asks for, each feature with an id of its own."""
    found: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(COLLECTION).validate(found)
    ids = [one["@id"] for one in found["features"]]
    assert len(ids) == len(set(ids))
    for one in found["features"]:
        parts = one["geometry"].get("geometries", [one["geometry"]])
        assert all(shapely.from_geojson(json.dumps(part)).is_valid for part in parts)
    return found


def exported(gazetteer: Gazetteer, **options: Any) -> dict[str, dict[str, Any]]:
    """Return the features of a gazetteer by the ids of their places."""
    text = b"".join(blocks("lpf", gazetteer.records, gazetteer.info(), today=TODAY, **options))
    return {one["properties"]["id"]: one for one in checked(text)["features"]}


RECORDS = [
    a_unit("SY07", "Idleb", name_ar="إدلب"),
    a_record(
        spellings=["Saraqeb"],
        adm2_pcode=None,
        adm3_pcode=None,
        source_ids=["C3916", "geonames:164816", "wikidata:Q1026150", "osm:node/7", "osm:road/5"],
    ),
    a_record(
        id="osm:way/9",
        name="National Hospital",
        name_ar="المشفى الوطني",
        kind=PlaceKind.HOSPITAL,
        sensitive=True,
        valid_from="2012-05",
        valid_to="2016-02-15",
        position_basis="building",
        source_ids=["osm:way/9", "wikidata:Q9"],
        adm1_pcode=None,
        adm2_pcode=None,
        adm3_pcode=None,
    ),
]
ROAD = replace(
    a_record(id="osm:road/5", name="M5", name_ar="", kind=PlaceKind.ROAD, valid_from="1963"),
    shape_wkb=shapely.LineString([(36.7, 35.0), (36.8, 35.9)]).wkb,
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    path = tmp_path_factory.mktemp("export") / "small.gpkg"
    records: list[PlaceRecord] = [*RECORDS, ROAD]
    sources = [a_source(date="2020-12-17")]
    return Gazetteer.open(
        a_gazetteer_file(path, records, sources=sources, areas=[an_area(wkb=a_square(36, 35))])
    )


def test_the_default_is_what_the_format_asks_for_at_every_tier(tmp_path: Path) -> None:
    with Gazetteer.open() as gazetteer:
        for tier in TIERS:
            path = tmp_path / "places.json"
            count = gazetteer.export(path, tier=tier, withhold_names=tier == "public")
            assert count == len(checked(path.read_text("utf-8"))["features"])


def test_names_of_both_scripts_come_with_their_source(small: Gazetteer) -> None:
    names = exported(small)["C3916"]["names"]
    assert ["Saraqib", "سراقب", "Saraqeb"] == [one["toponym"] for one in names]
    cited = {"label": "Facts made up for a test", "year": 2020, "@id": "https://example.org/facts"}
    assert all([cited] == one["citations"] for one in names)


def test_every_kind_of_place_has_its_types_in_published_vocabularies(small: Gazetteer) -> None:
    assert set(PlaceKind) - {PlaceKind.POINT} == set(_TYPES)
    types = exported(small)["C3916"]["types"]
    assert ["aat:300008347", "gn:P.PPL"] == [one["identifier"] for one in types]
    assert {"label": "بلدة", "lang": "ar"} in types[0]["sourceLabels"]


def test_links_lead_to_the_records_of_others_about_the_same_place(small: Gazetteer) -> None:
    links = exported(small)["C3916"]["links"]
    assert {"closeMatch"} == {one["type"] for one in links}
    assert {
        "http://www.geonames.org/164816/",
        "wd:Q1026150",
        "https://www.openstreetmap.org/node/7",
    } == {one["identifier"] for one in links}


def test_no_place_is_said_to_have_existed_longer_than_is_known(small: Gazetteer) -> None:
    features = exported(small)
    known = {
        "C3916": {"start": {"latest": "2020-12-17"}},
        "osm:way/9": {"start": {"in": "2012-05"}, "end": {"in": "2016-02-15"}},
        "osm:road/5": {"start": {"in": "1963"}, "end": {"earliest": "1963"}},
    }
    assert known == {one: features[one]["when"]["timespans"][0] for one in known}


def test_a_source_without_a_day_attests_places_on_the_day_of_the_export(tmp_path: Path) -> None:
    gazetteer = Gazetteer.open(a_gazetteer_file(tmp_path / "undated.gpkg", RECORDS[:2]))
    assert {"latest": "2026-12-01"} == exported(gazetteer)["C3916"]["when"]["timespans"][0]["start"]


def test_places_that_are_more_than_a_point_bring_their_shape(small: Gazetteer) -> None:
    features = exported(small)
    shapes = {one: features[one]["geometry"].get("geometries", [{}, {}])[1].get("type") for one in features}
    assert {"SY07": "MultiPolygon", "osm:road/5": "LineString", "C3916": None, "osm:way/9": None} == shapes


def test_ids_codes_and_areas_are_those_of_the_gazetteer(small: Gazetteer) -> None:
    town = exported(small, base="https://example.org/places/")["C3916"]
    assert "https://example.org/places/C3916" == town["@id"]
    assert ("SY07", ["SY"]) == (town["properties"]["adm1_pcode"], town["properties"]["ccodes"])
    assert "https://example.org/places/SY07" == town["relations"][0]["relationTo"]


def test_below_full_a_sensitive_place_has_nothing_that_leads_to_where_it_is(small: Gazetteer) -> None:
    for tier, degrees in ((TIERS[1], 0.01), (TIERS[2], 0.1)):
        places = exported(small.generalised(degrees))
        (hospital,) = (one for one in places.values() if one["properties"]["kind"] == "hospital")
        assert "links" not in hospital, tier
        assert "way/9" not in json.dumps(places) and "Q9" not in json.dumps(places), tier
        assert exported(small)["osm:way/9"]["names"] == hospital["names"], tier
        assert degrees == hospital["properties"]["generalised_to_deg"]
        assert "uncertain" == hospital["geometry"]["certainty"]
    unnamed = exported(small.generalised(0.1, withhold_names=True))
    (hospital,) = (one for one in unnamed.values() if one["properties"]["kind"] == "hospital")
    assert ["hospital", "مشفى"] == [one["toponym"] for one in hospital["names"]]
    assert "National" not in json.dumps(unnamed) and "Q9" not in json.dumps(unnamed)


@pytest.mark.parametrize("tier", TIERS[1:])
def test_collections_of_two_worlds_that_differ_inside_cells_are_alike(tier: Tier, tmp_path: Path) -> None:
    from tests.service.harm.small_worlds import a_small_world

    worlds = [a_small_world(tmp_path / f"{corner}", tier, corner=corner) for corner in (-1, 1)]
    for form in ("lpf", "geojson", "csv"):
        written = {}
        for told in (tier, "full"):
            for number, world in enumerate(worlds):
                world.gazetteer.export(tmp_path / "out", format=form, tier=told)
                written[told, number] = (tmp_path / "out").read_bytes()
        assert written[tier, 0] == written[tier, 1], form
        assert written["full", 0] != written["full", 1], form
