"""Answers as plain JSON: the one form that commands, service and tables share."""

import json
from dataclasses import replace
from typing import get_args

from gazetteer.answers import DistanceAnswer, Match, Query, Resolution, ReverseAnswer, Status, place_as_json
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminUnit
from tests.builders import a_place

IDLIB = AdminUnit(1, "SY07", "Idleb", "إدلب")


def a_match(**changes: object) -> Match:
    return Match(a_place(**changes), 0.912345, "Saraqeb", "exact", ("spelled 'Saraqeb'",))


def test_a_name_translated_in_part_comes_with_the_one_that_reporters_write() -> None:
    written = place_as_json(a_place(name="Big Orm", name_ar="أورم الكبرى"))
    assert ("Big Orm", "Orm al-Kubra") == (written["name"], written["reported_name"])


def test_a_place_is_written_with_every_fact_and_rounded_numbers() -> None:
    place = a_place(position=LatLon(35.86312345678, 36.79987654321), uncertainty_m=2000.6, admin=(IDLIB,))
    assert {
        "id": "C3916", "name": "Saraqib", "name_ar": "سراقب", "kind": "settlement", "latitude": 35.863123,
        "longitude": 36.799877, "uncertainty_m": 2001, "population": 32495,
        "admin": [{"level": 1, "pcode": "SY07", "name": "Idleb", "name_ar": "إدلب"}],
        "admin_method": "stated", "sources": ["test"], "valid_from": None, "valid_to": None,
        "sensitive": False, "position_basis": "", "reported_name": "",
    } == place_as_json(place)  # fmt: skip


def test_a_resolution_has_the_shape_that_is_promised_to_machines() -> None:
    query = Query("Saraqeb, Idlib", "Saraqeb", ("Idlib",), None, None)
    answer = Resolution(query, "resolved", (a_match(),)).as_json()
    assert ["query", "status", "matches", "places", "unread", "country"] == list(answer)
    asked = {
        "text": "Saraqeb, Idlib",
        "name": "Saraqeb",
        "context": ["Idlib"],
        "kind": None,
        "relation": None,
    }
    assert asked == answer["query"]
    (match,) = answer["matches"]
    keys = ["place", "confidence", "uncertainty_m", "uncertainty_basis", "matched_name", "method", "reasons"]
    keys += ["geo_precision", "where_prec", "gtd_specificity"]
    assert keys == list(match)
    expected = (0.9123, 2000, "extent", "Saraqeb", "exact", ["spelled 'Saraqeb'"], 1, 1, 1)
    assert expected == tuple(match[key] for key in keys[1:])


def test_the_radius_of_an_answer_is_that_of_its_coverage_else_the_places_own() -> None:
    extent, computed = a_place(uncertainty_m=2000.0), a_place(uncertainty_m=300.0, kind=PlaceKind.POINT)
    for match, expected in (
        (replace(a_match(), place=extent, coverage_m=1500.0), (1500.0, "coverage")),
        (replace(a_match(), place=extent), (2000.0, "extent")),
        (replace(a_match(), place=computed), (300.0, "computed")),
    ):
        assert expected == (match.uncertainty_m, match.uncertainty_basis)


def test_every_answer_survives_json() -> None:
    place = a_place(admin=(IDLIB,))
    answers = [
        Resolution(Query("x", "x"), "ambiguous", (a_match(), a_match(id="C2"))).as_json(),
        ReverseAnswer(LatLon(35, 36), (IDLIB,), "nearest", place, 12.345).as_json(),
        ReverseAnswer(LatLon(35, 36), (), "unknown", None, None).as_json(),
        DistanceAnswer(place, place, 12.345, 0.0, 4012.345, 123.456, "southeast").as_json(),
    ]
    assert answers == json.loads(json.dumps(answers, ensure_ascii=False, allow_nan=False))


def test_there_is_a_best_match_only_when_it_is_resolved() -> None:
    match, statuses = a_match(), get_args(Status)
    best = {status: Resolution(Query("x", "x"), status, (match,)).best for status in statuses}
    assert {"resolved": match, "several": None, "ambiguous": None, "unresolved": None} == best


def test_a_reverse_answer_without_a_nearest_place_has_no_distance() -> None:
    assert {
        "latitude": 35, "longitude": 36, "admin": [], "admin_method": "unknown", "nearest": None,
        "nearest_distance_m": None, "outside_country": None, "hint": "",
    } == ReverseAnswer(LatLon(35, 36), (), "unknown", None, None).as_json()  # fmt: skip


def test_a_distance_answer_is_rounded_to_the_decimetre() -> None:
    start, end = a_place(), a_place(id="SY07", kind=PlaceKind.GOVERNORATE)
    answer = DistanceAnswer(start, end, 56193.9186, 40329.9186, 72057.9186, 237.8546, "southwest").as_json()
    assert ["from", "to", "distance_m", "min_m", "max_m", "azimuth_deg", "compass", "hint"] == list(answer)
    assert (56193.9, 40329.9, 72057.9, 237.85, "southwest", "") == tuple(list(answer.values())[2:])
    assert ("C3916", "SY07") == (answer["from"]["id"], answer["to"]["id"])
