"""Coordinates that rows bring: read, put right, checked against the name, never overwritten."""

from pathlib import Path

from gazetteer.enrich import GAZ_COLUMNS, enrich_table
from gazetteer.enrich.plan import POINT_COLUMNS
from gazetteer.geodesy import LatLon
from gazetteer.values import ColumnChoice
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, enriched, match, place, write_table


def test_a_table_with_coordinates_gets_the_columns_of_points_after_the_others(tmp_path: Path) -> None:
    (row,) = enriched(tmp_path, "place,lat,lon\nIdlib,35.94,36.64\n")
    assert ["place", "lat", "lon", *GAZ_COLUMNS, *(column.name for column in POINT_COLUMNS)] == list(row)
    assert {
        "gaz_point_check": "agrees", "gaz_point_distance_m": "1176", "gaz_point_reading": "decimal",
        "gaz_point_latitude": "35.94", "gaz_point_longitude": "36.64", "gaz_point_uncertainty_m": "",
        "gaz_point_adm1_pcode": "SY07", "gaz_point_adm1_name": "Idleb", "gaz_point_adm2_pcode": "SY0701",
        "gaz_point_adm2_name": "Idleb", "gaz_point_adm3_pcode": "SY070100", "gaz_point_adm3_name": "Idleb",
        "gaz_point_admin_method": "within",
    } == {name: value for name, value in row.items() if name.startswith("gaz_point")}  # fmt: skip
    assert ("35.94", "36.64", "35.93062") == (row["lat"], row["lon"], row["gaz_latitude"])


def test_name_and_point_are_compared_and_what_was_swapped_is_said(tmp_path: Path) -> None:
    for cells, check, reading in (
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
    ):
        quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells.split(","))
        (row,) = enriched(tmp_path, f"place,lat,lon\n{quoted}\n")
        assert (check, reading) == (row["gaz_point_check"], row["gaz_point_reading"]), cells
        assert cells.split(",") == [row["place"], row["lat"], row["lon"]]
        if "swapped" in reading:
            assert ("35.94", "36.64") == (row["gaz_point_latitude"], row["gaz_point_longitude"])


def test_a_radius_that_the_row_states_widens_what_agrees(tmp_path: Path) -> None:
    for header, code, check, radius in (
        ("geo_precision", "1", "disagrees", "5000"),
        ("geo_precision", "3", "agrees", "100000"),
        ("where_prec", "2", "disagrees", "25000"),
        ("where_prec", "6", "agrees", "400000"),
        ("uncertainty_m", "60000", "agrees", "60000"),
        ("uncertainty_m", "x", "agrees", "400000"),
        ("where_prec", "", "agrees", "400000"),
        ("coded_accuracy", "within_100m", "disagrees", "100"),
        ("coded_accuracy", "province_governorate", "agrees", "100000"),
    ):
        (row,) = enriched(tmp_path, f"place,lat,lon,{header}\nIdlib,35.5,36.64,{code}\n")
        assert (check, radius) == (row["gaz_point_check"], row["gaz_point_uncertainty_m"]), (header, code)


def test_a_row_without_a_name_is_placed_by_its_point_and_held_to_the_area_that_it_names(
    tmp_path: Path,
) -> None:
    points = {"35.94, 36.64": LatLon(35.94, 36.64), "10.0, 20.0": LatLon(10, 20)}
    fake = FakeGazetteer({text: [match(place(text, position=at), 1.0)] for text, at in points.items()})
    rows = enriched(
        tmp_path,
        "governorate,lat,lon,where_prec\nIdleb,35.94,36.64,4\nNo Information,35.94,36.64,\nIdleb,,,\n"
        "Idleb,10,20,\n",
        fake,
    )
    assert ["resolved", "resolved", "invalid", "resolved"] == [row["gaz_status"] for row in rows]
    assert ["agrees", "unchecked", "", "disagrees"] == [row["gaz_point_check"] for row in rows]
    assert ("35.94", "100000") == (rows[0]["gaz_latitude"], rows[0]["gaz_uncertainty_m"])


def test_the_columns_may_be_named_and_both_may_be_one(tmp_path: Path) -> None:
    for text, latitude, longitude in (
        ('place,where,y,x\nIdlib,"35.94, 36.64",1,2\n', "where", "where"),
        ("place,n,e\nIdlib,35.94,36.64\n", "n", "e"),
    ):
        named = ColumnChoice(latitude=latitude, longitude=longitude)
        (row,) = enriched(tmp_path, text, columns=named)
        assert ("agrees", "36.64") == (row["gaz_point_check"], row["gaz_point_longitude"])


def test_the_summary_counts_what_agrees(tmp_path: Path) -> None:
    text = "place,lat,lon\nIdlib,36.64,35.94\nIdlib,35,36.64\nIdlib,,\nx,1,2\n"
    source = write_table(tmp_path / "in.csv", text)
    found = enrich_table(FakeGazetteer(), source, tmp_path / "out.csv").as_json()["points"]
    assert {"agrees": 1, "disagrees": 1, "unchecked": 1, "invalid": 0, "swapped": 1} == found


def test_rows_that_nothing_was_read_of_for_want_of_a_place_column_are_told_with_the_option(
    tmp_path: Path,
) -> None:
    for header, notes in (
        ("spot", ("no column was taken for the names of places, and 1 row has no position either: name it "
                  "with --place COLUMN",)),
        ("place", ()),
    ):  # fmt: skip
        source = write_table(tmp_path / "in.csv", f"{header},lat,lon\nIdlib,35.94,36.64\n,,\n")
        assert notes == enrich_table(FakeGazetteer(), source, tmp_path / "out.csv").notes
