"""Incidents from tables: where each was and when, how that is known, and what could not be read."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gazetteer.answers import AreasAnswer
from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents import Incident, Incidents, read_incidents
from tests.fakes import PLACES, FakeGazetteer

MAY_30 = date(2016, 5, 30)


def read(tmp_path: Path, text: str, gazetteer: FakeGazetteer | None = None) -> Incidents:
    path = tmp_path / "incidents.csv"
    path.write_text(text, encoding="utf-8")
    return read_incidents(path, gazetteer or FakeGazetteer())


def one(tmp_path: Path, text: str, gazetteer: FakeGazetteer | None = None) -> Incident:
    (incident,) = read(tmp_path, text, gazetteer)
    return incident


# ------------------------------------------------------------------------------------ positions


def test_a_position_is_the_tables_own_or_enriched_or_a_saved_answers_and_else_the_names(
    tmp_path: Path,
) -> None:
    gazetteer = FakeGazetteer()
    enriched, saved = (
        "gaz_status,gaz_latitude,gaz_longitude,gaz_uncertainty_m",
        ("incident_latitude,incident_longitude,incident_uncertainty_m"),
    )
    for head, cells, *expected in (
        ("lat,lon", "35.9,36.6", LatLon(35.9, 36.6), 0.0, "coordinates"),
        (f"lat,lon,{enriched}", "35.9,36.6,resolved,36,37,900", LatLon(35.9, 36.6), 0.0, "coordinates"),
        (f"lat,lon,{enriched}", ",,resolved,36,37,900", LatLon(36, 37), 900.0, "enriched"),
        (saved, "36,37,700", LatLon(36, 37), 700.0, "answer"),
    ):
        found = one(tmp_path, f"place,{head}\nAleppo,{cells}\n", gazetteer)
        assert expected == [found.position, found.uncertainty_m, found.origin], head
    assert [] == gazetteer.resolved


def test_a_place_name_is_resolved_once_with_the_areas_of_its_row_and_brings_its_radius(
    tmp_path: Path,
) -> None:
    gazetteer = FakeGazetteer()
    first, _ = read(tmp_path, "place,governorate\nKafranbel,Idleb\nKafranbel,Idleb\n", gazetteer)
    assert (LatLon(35.6, 36.55), 1000.0, "name") == (first.position, first.uncertainty_m, first.origin)
    assert [("Kafranbel", ("Idleb",))] == gazetteer.resolved


def test_the_circle_of_a_place_holds_all_of_it_and_is_no_smaller_than_the_answers(tmp_path: Path) -> None:
    head = "place,gaz_status,gaz_place_id,gaz_latitude,gaz_longitude,gaz_uncertainty_m\n"
    for place_id, stated, expected in (
        ("test:idlib", 900, 2500.0),  # Idlib reaches 2.5 km
        ("test:idlib", 4000, 4000.0),
        ("elsewhere:1", 900, 900.0),
    ):
        row = f"Idlib,resolved,{place_id},35.93,36.63,{stated}\n"
        assert expected == one(tmp_path, head + row).uncertainty_m
    assert 2500.0 == one(tmp_path, "place\nIdlib\n").uncertainty_m


def test_the_place_that_gave_the_position_is_remembered(tmp_path: Path) -> None:
    head = "place,gaz_place_id,gaz_latitude,gaz_longitude,gaz_uncertainty_m\n"
    assert "test:saraqeb" == one(tmp_path, "place\nSaraqeb\n").place_id
    assert "x:1" == one(tmp_path, head + "Saraqeb,x:1,36,37,900\n").place_id
    assert "" == one(tmp_path, "place,lat,lon\nSaraqeb,36,37\n").place_id


def test_the_other_scripts_name_is_tried_where_the_first_gives_nothing(tmp_path: Path) -> None:
    for place in ("Nowhere", "N/A", "-", "غير معروف", "#REF!", ""):
        incident = one(tmp_path, f"n,place,place_ar\n1,{place},Saraqeb\n")
        assert LatLon(35.9, 36.8) == incident.position, place


def test_a_row_without_a_position_stays_and_says_why(tmp_path: Path) -> None:
    for place, word in (("Nowhere", "unresolved"), ("Twin", "ambiguous"), ("", "no place")):
        incidents = list(read(tmp_path, f"id,place\na,{place}\nb,Saraqeb\n"))
        assert ["a", "b"] == [incident.id for incident in incidents]
        assert incidents[0].position is None
        assert word in incidents[0].problems[0]


def test_an_ambiguous_row_of_an_enriched_table_is_not_resolved_again(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer()
    text = "place,gaz_status,gaz_latitude,gaz_longitude\nSaraqeb,ambiguous,,\n"
    incident = one(tmp_path, text, gazetteer)
    assert (None, ("no position: the place name is ambiguous",), []) == (
        incident.position, incident.problems, gazetteer.resolved,
    )  # fmt: skip


def test_coordinates_that_cannot_be_read_are_a_fault_and_the_place_is_used(tmp_path: Path) -> None:
    for cells in ("95,36.6", "nan,36.6", "x,36.6", "35.9,"):
        found = read(tmp_path, f"place,lat,lon\nSaraqeb,{cells}\n")
        assert [(0, "position")] == [(fault.row, fault.about) for fault in found.faults], cells
        assert (LatLon(35.9, 36.8), (found.faults[0].sentence,)) == (found[0].position, found[0].problems)
    found = read(tmp_path, "place,lat,lon\nSaraqeb,0,0\nunknown,35.9,36.6\n")
    zero, unknown = found
    assert (LatLon(35.9, 36.8), ("0, 0 is no position",)) == (zero.position, zero.problems)
    assert (LatLon(35.9, 36.6), "") == (unknown.position, unknown.place)
    assert () == found.faults


def test_swapped_axes_are_put_right_and_said_unless_the_row_is_abroad(tmp_path: Path) -> None:
    class Bordered(FakeGazetteer):
        """Knows no area north of 36.2 degrees."""

        def areas_at(self, latitudes: Any, longitudes: Any) -> AreasAnswer:
            found = super().areas_at(latitudes, longitudes)
            chains = zip(found.chains, latitudes, strict=True)
            return replace(found, chains=tuple(chain if north <= 36.2 else () for chain, north in chains))

    rows = "36.6,35.9,\n35.9,36.6,Syria\n51.5,0.1,\n36.6,35.9,Turkey\n"
    found = read(tmp_path, f"latitude,longitude,country\n{rows}", Bordered())
    assert [LatLon(35.9, 36.6), LatLon(35.9, 36.6), LatLon(51.5, 0.1), LatLon(36.6, 35.9)] == [
        incident.position for incident in found
    ]
    said = "its latitude and longitude were swapped, and have been corrected"
    assert [(said,), (), (), ()] == [incident.problems for incident in found]
    assert ("latitude and longitude were swapped in 1 row, and have been corrected",) == found.notes


# ---------------------------------------------------------------------------------------- radii


def test_a_radius_column_is_the_radius_of_the_coordinates_in_metres_or_with_a_unit(tmp_path: Path) -> None:
    for cell, metres in (("25000", 25_000), ("2.5 km", 2_500), ("٥ كم", 5_000), ("1e3", 1_000)):
        incident = one(tmp_path, f"lat,lon,uncertainty_m\n35.9,36.6,{cell}\n")
        assert (metres, "column") == (incident.uncertainty_m, incident.radius_from), cell


def test_a_radius_or_code_that_cannot_be_read_claims_nothing_and_is_said(tmp_path: Path) -> None:
    for cell in ("-5", "wide", "nan"):
        found = read(tmp_path, f"lat,lon,uncertainty_m\n35.9,36.6,{cell}\n")
        assert 400_000.0 == found[0].uncertainty_m, cell
        assert [(0, "radius")] == [(fault.row, fault.about) for fault in found.faults]
    for cell in ("", "9", "about there"):
        incident = one(tmp_path, f"where_prec,lat,lon\n{cell},35.9,36.6\n")
        assert (400_000.0, True) == (incident.uncertainty_m, incident.radius_known)
        assert "no precision that is known here" in incident.problems[0]


def test_a_code_of_precision_is_the_radius_of_the_coordinates(tmp_path: Path) -> None:
    known = [
        ("Geo Precision", "(1) Exact", 5_000),
        ("Geo Precision", "(2) 25 km Precision ", 25_000),
        ("Geo Precision", "(6) Country", 400_000),
        ("geo_precision", "1", 5_000),
        ("geo_precision", "2", 25_000),
        ("where_prec", "1", 5_000),
        ("where_prec", "5", 200_000),
        ("where_prec", "7.0", 400_000),
        ("where_prec", "3", 40_000),  # the fake gazetteer has no polygon of the district
    ]
    for column, cell, radius_m in known:
        incident = one(tmp_path, f"{column},lat,lon\n{cell},35.9,36.6\n")
        assert (radius_m, "precision", ()) == (
            incident.uncertainty_m,
            incident.radius_from,
            incident.problems,
        ), (column, cell)


def test_an_area_of_precision_has_the_radius_that_holds_the_gazetteers_area(tmp_path: Path) -> None:
    away_m = distance_m(LatLon(35.9, 36.6), PLACES["SY07"].position)
    for column, cell in (("Geo Precision", "(4) Province"), ("geo_precision", "3")):
        assert 60_000.0 + away_m == one(tmp_path, f"{column},lat,lon\n{cell},35.9,36.6\n").uncertainty_m


def test_a_radius_comes_before_a_code_and_without_either_a_point_is_taken_as_exact(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, "where_prec,lat,lon,uncertainty_m\n3,35.9,36.6,700\n")
    assert (700.0, "column") == (found[0].uncertainty_m, found[0].radius_from)
    found = read(tmp_path, "lat,lon\n35.9,36.6\n")
    assert (0.0, "assumed") == (found[0].uncertainty_m, found[0].radius_from)
    assert [True] == found.radius_assumed.tolist()


# ---------------------------------------------------------------------------------- dates, areas


def test_a_day_is_a_date_and_several_days_are_an_interval_and_never_its_first_day(tmp_path: Path) -> None:
    may = (date(2016, 5, 1), date(2016, 5, 31))
    known = [
        ("2016-05-30", (MAY_30, None)),
        ("2016-05-30 00:00:00", (MAY_30, None)),
        ("30/05/2016", (MAY_30, None)),
        ("31 أيار ٢٠١٦", (date(2016, 5, 31), None)),
        ("2016-05", (None, may)),
        ("28-30 May 2016", (None, (date(2016, 5, 28), MAY_30))),
        ("2016", (None, (date(2016, 1, 1), date(2016, 12, 31)))),
    ]
    for cell, expected in known:
        incident = one(tmp_path, f"date,place\n{cell},Saraqeb\n")
        assert (*expected, ()) == (incident.date, incident.days, incident.problems), cell


def test_the_first_and_the_last_day_may_stand_in_two_columns(tmp_path: Path) -> None:
    first, second, third = read(
        tmp_path,
        "date_start,date_end,place\n2016-05-28,2016-05-30,Idlib\n2016-05-30,,Idlib\n2016-05-30,2016-05-30,x\n",
    )
    assert (None, (date(2016, 5, 28), MAY_30)) == (first.date, first.days)
    assert (MAY_30, MAY_30) == (second.date, third.date)


def test_what_is_no_date_is_a_fault_and_said_once_and_a_missing_one_is_neither(tmp_path: Path) -> None:
    found = read(tmp_path, "date,place\nsoon,Idlib\n,Idlib\n2016-05-30,Idlib\nn/a,Idlib\n")
    assert [None, None, MAY_30, None] == [incident.date for incident in found]
    assert [1, 0, 0, 0] == [len(incident.problems) for incident in found]
    assert ("1 of 4 dates can't be read, such as 'soon'",) == found.notes
    assert [(0, "date")] == [(fault.row, fault.about) for fault in found.faults]


def test_day_or_month_first_is_decided_by_the_column_or_the_option_or_not_at_all(tmp_path: Path) -> None:
    text = "date,place\n05/06/2016,Idlib\n{},Idlib\n"
    assert date(2016, 6, 5) == read(tmp_path, text.format("30/05/2016"))[0].date
    assert date(2016, 5, 6) == read(tmp_path, text.format("05/30/2016"))[0].date
    open_ = read(tmp_path, text.format("2016-05-30"))
    assert (None, MAY_30) == (open_[0].date, open_[1].date)
    assert "may have the day or the month first" in open_.notes[0]
    given = read_incidents(tmp_path / "incidents.csv", FakeGazetteer(), order="month")
    assert (date(2016, 5, 6), ()) == (given[0].date, given.notes)


def test_areas_are_those_stated_else_those_of_the_place(tmp_path: Path) -> None:
    known = [
        ("place,governorate", "Aleppo,SY07", ("SY07",)),
        ("place,governorate,district", "Aleppo,SY-07,sy 0703", ("SY07", "SY0703")),
        ("place,governorate", "Aleppo,Idleb", ("SY07",)),
        ("place,governorate,district", "Aleppo,SY07,SY0703", ("SY07", "SY0703")),
        ("place,governorate,district", "Aleppo,SY07,SY0203", ("SY07",)),
        ("place,governorate", "Saraqeb,unheard of", ("SY07", "SY0700")),
        ("place", "Saraqeb", ("SY07", "SY0700")),
    ]
    for head, cells, pcodes in known:
        assert pcodes == one(tmp_path, f"{head}\n{cells}\n").admin, cells


# ---------------------------------------------------------------------------------------- tables


def test_the_row_is_kept_as_it_was_written_under_its_id_or_its_number(tmp_path: Path) -> None:
    first, second = read(tmp_path, "id,place,killed,country\nx7,Saraqeb,007,Syria\n,Saraqeb,,\n")
    row = {"id": "x7", "place": "Saraqeb", "killed": "007", "country": "Syria"}
    assert (row, "Syria") == (first.properties, first.country)
    assert ("x7", "2") == (first.id, second.id)


def test_a_table_without_coordinates_or_places_is_refused_and_one_without_rows_is_not(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="what, when"):
        read(tmp_path, "what,when\na,b\n")
    assert [] == list(read(tmp_path, "place\n"))


def test_progress_counts_the_different_names(tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    path.write_text("place\n" + "".join(f"P{n % 120}\n" for n in range(500)), encoding="utf-8")
    told: list[tuple[int, int]] = []
    read_incidents(path, FakeGazetteer(), progress=lambda done, total: told.append((done, total)))
    assert [(50, 120), (100, 120), (120, 120)] == told


def test_hxl_tags_say_which_columns_matter_and_are_no_incident(tmp_path: Path) -> None:
    incident = one(tmp_path, "Where,When,Code\n#loc+name,#date,#adm1+code\nIdlib,2016-05-30,SY07\n")
    assert ("Idlib", MAY_30, ("SY07",)) == (incident.place, incident.date, incident.admin)


def test_arrays_and_values_tell_the_same_and_some_can_be_picked(tmp_path: Path) -> None:
    rows = "".join(
        f"{35 + n / 100:.2f},36.6,{n * 100},2016-05-{n % 28 + 1:02},{'Strike' if n % 2 else 'Shelling'}\n"
        for n in range(40)
    )
    found = read(tmp_path, "lat,lon,radius_m,date,event_type\n" + rows + ",,,,\n")
    values = Incidents.of(list(found))
    for number, incident in enumerate(found):
        spots, spot = found.spots, int(found.spot[number])
        other = int(values.spot[number])
        if incident.position is None:
            assert (-1, -1) == (spot, other)
            continue
        assert incident.position == spots.points.at(spot) == values.spots.points.at(other)
        assert incident.uncertainty_m == spots.radii_m[spot] == values.spots.radii_m[other]
        assert incident.date is not None
        assert incident.date.toordinal() == found.first_days[number] == values.last_days[number]
    assert [found[7], found[3]] == found.picked([7, 3])
    some = found.take(found.of_kind("strike").nonzero()[0])
    assert [one for one in found if one.properties["event_type"] == "Strike"] == list(some)
