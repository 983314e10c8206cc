from datetime import date
from pathlib import Path

import pytest

from gazetteer.coords import LatLon
from gazetteer.errors import TableError
from gazetteer.geodesy import distance_m
from gazetteer.incidents import Incident, read_incidents
from tests.fakes import PLACES, FakeGazetteer


def read(tmp_path: Path, text: str, gazetteer: FakeGazetteer | None = None) -> tuple[Incident, ...]:
    path = tmp_path / "incidents.csv"
    path.write_text(text, encoding="utf-8")
    return read_incidents(path, gazetteer or FakeGazetteer())


def test_the_tables_own_coordinates_come_before_its_place(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer()
    (incident,) = read(tmp_path, "place,latitude,longitude\nAleppo,35.9,36.6\n", gazetteer)
    assert (LatLon(35.9, 36.6), 0.0) == (incident.position, incident.uncertainty_m)
    assert [] == gazetteer.resolved


def test_a_radius_column_is_the_radius_of_the_coordinates(tmp_path: Path) -> None:
    (incident,) = read(tmp_path, "lat,lon,uncertainty_m\n35.9,36.6,25000\n")
    assert 25_000.0 == incident.uncertainty_m


def test_own_coordinates_come_before_enriched_ones_and_do_not_take_their_radius(tmp_path: Path) -> None:
    head = "place,latitude,longitude,gaz_status,gaz_latitude,gaz_longitude,gaz_uncertainty_m\n"
    first, second = read(tmp_path, head + "x,35.9,36.6,resolved,36,37,900\nx,,,resolved,36,37,900\n")
    assert (LatLon(35.9, 36.6), 0.0) == (first.position, first.uncertainty_m)
    assert (LatLon(36, 37), 900.0) == (second.position, second.uncertainty_m)


def test_a_place_name_is_resolved_with_the_areas_of_its_row_and_brings_its_radius(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer()
    (incident,) = read(tmp_path, "place,governorate\nKafranbel,Idleb\n", gazetteer)
    assert (LatLon(35.6, 36.55), 1000.0) == (incident.position, incident.uncertainty_m)
    assert [("Kafranbel", ("Idleb",))] == gazetteer.resolved


def test_the_place_that_gave_the_position_is_remembered(tmp_path: Path) -> None:
    head = "place,gaz_place_id,gaz_latitude,gaz_longitude,gaz_uncertainty_m\n"
    assert ["test:saraqeb"] == [i.place_id for i in read(tmp_path, "place\nSaraqeb\n")]
    assert ["x:1"] == [i.place_id for i in read(tmp_path, head + "Saraqeb,x:1,36,37,900\n")]
    assert [""] == [i.place_id for i in read(tmp_path, "place,lat,lon\nSaraqeb,36,37\n")]


def test_the_same_name_is_resolved_once(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer()
    read(tmp_path, "place\nSaraqeb\nSaraqeb\n", gazetteer)
    assert 1 == len(gazetteer.resolved)


def test_an_arabic_name_is_tried_when_the_first_one_fails(tmp_path: Path) -> None:
    (incident,) = read(tmp_path, "place,place_ar\nNowhere,Saraqeb\n")
    assert LatLon(35.9, 36.8) == incident.position


@pytest.mark.parametrize(
    ("place", "word"), [("Nowhere", "unresolved"), ("Twin", "ambiguous"), ("", "no place")]
)
def test_a_row_without_a_position_stays_and_says_why(tmp_path: Path, place: str, word: str) -> None:
    incidents = read(tmp_path, f"id,place\na,{place}\nb,Saraqeb\n")
    assert ["a", "b"] == [incident.id for incident in incidents]
    assert incidents[0].position is None
    assert word in incidents[0].problems[0]


def test_an_ambiguous_row_of_an_enriched_table_is_not_resolved_again(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer()
    (incident,) = read(
        tmp_path, "place,gaz_status,gaz_latitude,gaz_longitude\nSaraqeb,ambiguous,,\n", gazetteer
    )
    assert incident.position is None
    assert ("no position: the place name is ambiguous",) == incident.problems
    assert [] == gazetteer.resolved


@pytest.mark.parametrize("cells", ["95,36.6", "nan,36.6", "x,36.6", "35.9,"])
def test_coordinates_that_are_none_are_a_problem_and_the_place_is_used(tmp_path: Path, cells: str) -> None:
    (incident,) = read(tmp_path, f"place,lat,lon\nSaraqeb,{cells}\n")
    assert LatLon(35.9, 36.8) == incident.position
    assert 1 == len(incident.problems)


def test_a_bad_date_is_none_and_a_problem_and_a_missing_one_is_only_none(tmp_path: Path) -> None:
    incidents = read(tmp_path, "date,place\n30/5/2016,Saraqeb\n,Saraqeb\n2016-05-30 00:00:00,Saraqeb\n")
    assert [None, None, date(2016, 5, 30)] == [incident.date for incident in incidents]
    assert [1, 0, 0] == [len(incident.problems) for incident in incidents]


def test_ids_are_the_tables_own_or_else_row_numbers(tmp_path: Path) -> None:
    assert ["x7", "2"] == [i.id for i in read(tmp_path, "id,place\nx7,Saraqeb\n,Saraqeb\n")]


@pytest.mark.parametrize(
    ("head", "cells", "pcodes"),
    [
        ("place,governorate", "Aleppo,SY07", ("SY07",)),
        ("place,governorate", "Aleppo,Idleb", ("SY07",)),
        ("place,governorate,district", "Aleppo,SY07,SY0703", ("SY07", "SY0703")),
        ("place,governorate,district", "Aleppo,SY07,SY0203", ("SY07",)),
        ("place,governorate", "Saraqeb,unheard of", ("SY07", "SY0700")),
        ("place", "Saraqeb", ("SY07", "SY0700")),
    ],
)
def test_areas_are_those_stated_else_those_of_the_place(
    tmp_path: Path, head: str, cells: str, pcodes: tuple[str, ...]
) -> None:
    (incident,) = read(tmp_path, f"{head}\n{cells}\n")
    assert pcodes == incident.admin


def test_the_row_is_kept_as_it_was_written(tmp_path: Path) -> None:
    (incident,) = read(tmp_path, "place,killed\nSaraqeb,007\n")
    assert {"place": "Saraqeb", "killed": "007"} == incident.properties


def test_a_table_without_coordinates_or_places_is_refused_with_its_columns(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="what, when"):
        read(tmp_path, "what,when\na,b\n")


def test_a_table_without_rows_has_no_incidents(tmp_path: Path) -> None:
    assert () == read(tmp_path, "place\n")


@pytest.mark.parametrize(
    ("column", "cell", "radius_m"),
    [
        ("Geo Precision", "(1) Exact", 5_000),
        ("Geo Precision", "(2) 25 km Precision ", 25_000),
        ("Geo Precision", "(6) Country", 400_000),
        ("geo_precision", "1", 5_000),
        ("geo_precision", "2", 25_000),
        ("where_prec", "1", 5_000),
        ("where_prec", "5", 200_000),
        ("where_prec", "7.0", 400_000),
        ("where_prec", "3", 40_000),  # the fake gazetteer has no polygon of the district
    ],
)
def test_a_code_of_precision_is_the_radius_of_the_coordinates(
    tmp_path: Path, column: str, cell: str, radius_m: float
) -> None:
    (incident,) = read(tmp_path, f"{column},lat,lon\n{cell.replace(',', ' ')},35.9,36.6\n")
    assert (radius_m, True, ()) == (incident.uncertainty_m, incident.radius_known, incident.problems)


@pytest.mark.parametrize(("column", "cell"), [("Geo Precision", "(4) Province"), ("geo_precision", "3")])
def test_an_area_of_precision_has_the_radius_that_holds_the_gazetteers_area(
    tmp_path: Path, column: str, cell: str
) -> None:
    (incident,) = read(tmp_path, f"{column},lat,lon\n{cell},35.9,36.6\n")
    away_m = distance_m(LatLon(35.9, 36.6), PLACES["SY07"].position)
    assert 60_000.0 + away_m == incident.uncertainty_m


def test_a_radius_column_comes_before_a_code_of_precision(tmp_path: Path) -> None:
    (incident,) = read(tmp_path, "where_prec,lat,lon,uncertainty_m\n3,35.9,36.6,700\n")
    assert 700.0 == incident.uncertainty_m


@pytest.mark.parametrize("cell", ["", "9", "about there"])
def test_a_code_that_is_none_claims_nothing_and_is_a_problem(tmp_path: Path, cell: str) -> None:
    (incident,) = read(tmp_path, f"where_prec,lat,lon\n{cell},35.9,36.6\n")
    assert (400_000.0, True) == (incident.uncertainty_m, incident.radius_known)
    assert "no precision that is known here" in incident.problems[0]


def test_coordinates_without_any_precision_are_known_to_be_assumed_exact(tmp_path: Path) -> None:
    (incident,) = read(tmp_path, "lat,lon\n35.9,36.6\n")
    assert (0.0, False) == (incident.uncertainty_m, incident.radius_known)


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    path.write_text("lat,lon\n" + "35.9,36.6\n" * 250, encoding="utf-8")
    told: list[tuple[int, int]] = []
    read_incidents(path, FakeGazetteer(), progress=lambda done, total: told.append((done, total)))
    assert [(100, 250), (200, 250), (250, 250)] == told


def test_a_month_is_no_day_and_says_between_which_days_it_was(tmp_path: Path) -> None:
    month, year, day = read(tmp_path, "date,place\n2016-05,Saraqeb\n2016,Saraqeb\n2016-05-30,Saraqeb\n")
    assert (None, (date(2016, 5, 1), date(2016, 5, 31))) == (month.date, month.days)
    assert (None, (date(2016, 1, 1), date(2016, 12, 31))) == (year.date, year.days)
    assert (date(2016, 5, 30), None, ()) == (day.date, day.days, day.problems)
    assert ("'2016-05' is no single day: it counts only as one of these days",) == month.problems


def test_swapped_axes_are_hinted_at_and_left_as_they_are(tmp_path: Path) -> None:
    swapped, right, elsewhere = read(tmp_path, "latitude,longitude\n36.6,35.9\n35.9,36.6\n51.5,0.1\n")
    assert LatLon(36.6, 35.9) == swapped.position
    assert (
        "its position is outside Syria; the order may be swapped: latitude comes first",
    ) == swapped.problems
    assert ((), ()) == (right.problems, elsewhere.problems)


def test_hxl_tags_say_which_columns_matter_and_are_no_incident(tmp_path: Path) -> None:
    table = "Where,When,Code\n#loc+name,#date,#adm1+code\nIdlib,2016-05-30,SY07\n"
    (incident,) = read(tmp_path, table)
    assert ("Idlib", date(2016, 5, 30), ("SY07",)) == (incident.place, incident.date, incident.admin)
