"""Coordinates that rows bring: read, put right, checked against the name, never overwritten."""

import csv
from pathlib import Path
from typing import Any

import pytest

from gazetteer.coords import LatLon
from gazetteer.tables import GAZ_COLUMNS, ColumnChoice, enrich_table
from gazetteer.tables.added import POINT_COLUMNS
from gazetteer.tables.points import ReadPoint, read_written
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, match, place, write_table

SARAQIB = LatLon(35.864444444, 36.805833333)


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        ("35.93", "36.63", ReadPoint(LatLon(35.93, 36.63), "decimal")),
        (" 35,93 ", "+36,63", ReadPoint(LatLon(35.93, 36.63), "decimal")),
        ("٣٥٫٩٣", "٣٦٫٦٣", ReadPoint(LatLon(35.93, 36.63), "decimal")),
        ("-33.9", "−70", ReadPoint(LatLon(-33.9, -70.0), "decimal")),
        ("35.93 N", "E 36.63°", ReadPoint(LatLon(35.93, 36.63), "decimal")),
        ("33.9S", "70W", ReadPoint(LatLon(-33.9, -70.0), "decimal")),
        ("35°51'52\"N", "36°48'21\"E", ReadPoint(SARAQIB, "dms")),
        ("35°51′52″", "36°48′21″", ReadPoint(SARAQIB, "dms")),
        ("35 51 52", "36 48 21", ReadPoint(SARAQIB, "dms")),
        ("35:51:52", "36:48:21", ReadPoint(SARAQIB, "dms")),
        ("35d51m52s N", "36d48m21s E", ReadPoint(SARAQIB, "dms")),
        ("35° 51.5'", "36° 48'", ReadPoint(LatLon(35.858333333, 36.8), "dms")),
        ("136.63", "35.93", ReadPoint(LatLon(35.93, 136.63), "decimal", swapped=True)),
        ("36.63E", "35.93N", ReadPoint(LatLon(35.93, 36.63), "decimal", swapped=True)),
        ("35.93, 36.63", "35.93, 36.63", ReadPoint(LatLon(35.93, 36.63), "decimal")),
        ("35°51'52\"N 36°48'21\"E", "35°51'52\"N 36°48'21\"E", ReadPoint(SARAQIB, "dms")),
        ("195", "100", None),
        ("35.93", "", None),
        ("35.93N", "36.63N", None),
        ("-35.93N", "36.63", None),
        ("35.5°30'", "36.63", None),
        ("35°61'", "36°", None),
        ("nan", "36", None),
        ("north", "east", None),
        ("", "", None),
    ],
)
def test_a_position_is_read_however_it_is_written(
    latitude: str, longitude: str, expected: ReadPoint | None
) -> None:
    assert expected == read_written(latitude, longitude)


def checked(
    folder: Path, text: str, gazetteer: FakeGazetteer | None = None, **options: Any
) -> list[dict[str, str]]:
    source, target = write_table(folder / "in.csv", text), folder / "out.csv"
    enrich_table(gazetteer or FakeGazetteer(), source, target, **options)
    with target.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_table_with_coordinates_gets_the_columns_of_points_after_the_others(tmp_path: Path) -> None:
    (row,) = checked(tmp_path, "place,lat,lon\nIdlib,35.94,36.64\n")
    assert ["place", "lat", "lon", *GAZ_COLUMNS, *(column.name for column in POINT_COLUMNS)] == list(row)
    assert {
        "gaz_point_check": "agrees",
        "gaz_point_distance_m": "1176",
        "gaz_point_reading": "decimal",
        "gaz_point_latitude": "35.94",
        "gaz_point_longitude": "36.64",
        "gaz_point_uncertainty_m": "",
        "gaz_point_adm1_pcode": "SY07",
        "gaz_point_adm1_name": "Idleb",
        "gaz_point_adm2_pcode": "SY0701",
        "gaz_point_adm2_name": "Idleb",
        "gaz_point_adm3_pcode": "SY070100",
        "gaz_point_adm3_name": "Idleb",
        "gaz_point_admin_method": "within",
    } == {name: value for name, value in row.items() if name.startswith("gaz_point")}
    assert ("35.94", "36.64", "35.93062") == (row["lat"], row["lon"], row["gaz_latitude"])


@pytest.mark.parametrize(
    ("cells", "check", "reading"),
    [
        ("Idlib,35.94,36.64", "agrees", "decimal"),
        ("Idlib,35.5,36.64", "disagrees", "decimal"),
        ("Idlib,36.64,35.94", "agrees", "decimal, swapped"),
        ("Idlib,36°38'24\"E,35°56'24\"N", "agrees", "dms, swapped"),
        ("Idlib,10,20", "disagrees", "decimal"),
        ("Nowhere,35.94,36.64", "unchecked", "decimal"),
        ("Idlib,somewhere,36.64", "invalid", ""),
        ("Idlib,35.94,", "invalid", ""),
        ("Idlib,,", "", ""),
        ("Idlib, ,  ", "", ""),
    ],
)
def test_name_and_point_are_compared_and_what_was_swapped_is_said(
    tmp_path: Path, cells: str, check: str, reading: str
) -> None:
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells.split(","))
    (row,) = checked(tmp_path, f"place,lat,lon\n{quoted}\n")
    assert (check, reading) == (row["gaz_point_check"], row["gaz_point_reading"])
    assert cells.split(",") == [row["place"], row["lat"], row["lon"]]
    if "swapped" in reading:
        assert ("35.94", "36.64") == (row["gaz_point_latitude"], row["gaz_point_longitude"])


@pytest.mark.parametrize(
    ("header", "code", "check", "radius"),
    [
        ("geo_precision", "1", "disagrees", "5000"),
        ("geo_precision", "3", "agrees", "100000"),
        ("where_prec", "2", "disagrees", "25000"),
        ("where_prec", "6", "agrees", "400000"),
        ("uncertainty_m", "60000", "agrees", "60000"),
        ("uncertainty_m", "x", "disagrees", ""),
        ("where_prec", "", "disagrees", ""),
        ("coded_accuracy", "within_100m", "disagrees", "100"),
        ("coded_accuracy", "province_governorate", "agrees", "100000"),
    ],
)
def test_a_radius_that_the_row_states_widens_what_agrees(
    tmp_path: Path, header: str, code: str, check: str, radius: str
) -> None:
    (row,) = checked(tmp_path, f"place,lat,lon,{header}\nIdlib,35.5,36.64,{code}\n")
    assert (check, radius) == (row["gaz_point_check"], row["gaz_point_uncertainty_m"])


def test_a_row_without_a_name_is_placed_by_its_point_and_held_to_the_area_that_it_names(
    tmp_path: Path,
) -> None:
    class Reads(FakeGazetteer):
        def resolve(self, text: str, **options: Any) -> Any:
            if "," in text:
                self.answers = {
                    **self.answers,
                    text: [match(place(text, position=LatLon(35.94, 36.64)), 1.0)],
                }
            return super().resolve(text, **options)

    text = (
        "governorate,lat,lon,where_prec\nIdleb,35.94,36.64,4\nNo Information,35.94,36.64,\nIdleb,,,\n"
        "Idleb,10,20,\n"
    )
    rows = checked(tmp_path, text, Reads())
    assert ["resolved", "resolved", "invalid", "resolved"] == [row["gaz_status"] for row in rows]
    assert ["agrees", "unchecked", "", "disagrees"] == [row["gaz_point_check"] for row in rows]
    assert ("35.94", "100000") == (rows[0]["gaz_latitude"], rows[0]["gaz_uncertainty_m"])


def test_the_columns_may_be_named_and_both_may_be_one(tmp_path: Path) -> None:
    text = 'place,where,y,x\nIdlib,"35.94, 36.64",1,2\n'
    (row,) = checked(tmp_path, text, choice=ColumnChoice(latitude="where", longitude="where"))
    assert ("agrees", "36.64") == (row["gaz_point_check"], row["gaz_point_longitude"])
    (row,) = checked(
        tmp_path, "place,n,e\nIdlib,35.94,36.64\n", choice=ColumnChoice(latitude="n", longitude="e")
    )
    assert "agrees" == row["gaz_point_check"]


def test_the_summary_counts_what_agrees(tmp_path: Path) -> None:
    source = write_table(
        tmp_path / "in.csv", "place,lat,lon\nIdlib,36.64,35.94\nIdlib,35,36.64\nIdlib,,\nx,1,2\n"
    )
    summary = enrich_table(FakeGazetteer(), source, tmp_path / "out.csv")
    assert {"agrees": 1, "disagrees": 1, "unchecked": 1, "invalid": 0, "swapped": 1} == summary.as_json()[
        "points"
    ]


def test_each_name_and_each_point_is_looked_up_once(tmp_path: Path) -> None:
    class Counting(FakeGazetteer):
        looked_up = 0

        def areas_at(self, latitudes: Any, longitudes: Any) -> Any:
            self.looked_up += len(latitudes)
            return super().areas_at(latitudes, longitudes)

    gazetteer = Counting()
    rows = checked(tmp_path, "place,lat,lon\n" + "Idlib,35.94,36.64\nIdlib,35.95,36.64\n" * 500, gazetteer)
    assert (1000, 1, 2) == (len(rows), len(gazetteer.asked), gazetteer.looked_up)
