"""What a table gives away is found in every known form, and the table without it gives nothing away."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gazetteer import Gazetteer, InputError, LatLon
from gazetteer.geodesy import distance_m
from gazetteer.leaks import Leak
from gazetteer.privacy.tiers import Tier
from gazetteer.tables import RowsTable, read_table
from tests.gazetteer.cli.running import answer, refusal, run
from tests.gazetteer.leaks.planted import MORE_NOTATIONS, NOTATIONS, decimal, tables
from tests.service.harm.small_worlds import ADDRESSES, CAMP, CLINIC, a_small_world
from tests.service.harm.small_worlds import HOSPITAL as HIDDEN

#: An invented point, which stands for a hospital's exact position.
POINT = LatLon(35.92917, 36.63584)
AT = [POINT.latitude, POINT.longitude]
HOSPITAL = "Idlib National Hospital"


def found(gazetteer: Gazetteer, columns: str, *rows: list[Any], tier: Any = "public") -> list[Leak]:
    table = RowsTable(tuple(columns.split("|")), rows)
    return list(gazetteer.leaks(table, tier=tier).leaks)


def rows_found(gazetteer: Gazetteer, columns: str, *rows: list[Any]) -> list[int | None]:
    return sorted({one.row for one in found(gazetteer, columns, *rows)}, key=lambda row: row or 0)


def test_19_of_20_planted_revelations_are_found_with_at_most_two_false_alarms_a_table(
    default: Gazetteer, tmp_path: Path
) -> None:
    right, planted, made = 0, 0, list(tables(default))
    for table in made:
        rows = [one.row for one in default.leaks(table.write(table, tmp_path)).leaks]
        right += sum(min(rows.count(row), table.revealing.count(row)) for row in {*table.revealing})
        planted += len(table.revealing)
        assert len({*rows} - {*table.revealing}) <= 2, table.name
    assert len(made) > 30
    assert right >= 0.95 * planted


def test_a_fixed_table_reveals_nothing_and_keeps_every_row_in_order_and_every_other_cell(
    default: Gazetteer, tmp_path: Path
) -> None:
    for table in tables(default):
        source = table.write(table, tmp_path)
        told = default.leaks(source)
        before = list(told.table.rows())
        revealing = {(one.row, column) for one in told.leaks for column in one.column.split(", ")}
        for suffix in {".jsonl", source.suffix}:
            (path,) = told.write_fixed(tmp_path / f"fixed-{table.name}{suffix}")
            assert () == default.leaks(path).leaks, path.name
            fixed = read_table(path)
            after = list(fixed.rows())
            assert len(before) == len(after)
            for n, column in enumerate(told.table.columns):
                at = fixed.columns.index(column)
                for number, (old, new) in enumerate(zip(before, after, strict=True), start=1):
                    if column != told.table.geometry and (number, column) not in revealing:
                        assert old[n] == new[at], (path.name, number, column)


def test_a_revealed_position_becomes_the_middle_of_its_cell_with_the_cell_s_radius(
    default: Gazetteer, tmp_path: Path
) -> None:
    tiers: tuple[tuple[Tier, str, str], ...] = (
        ("public", "35.95,36.65", "7152"),
        ("partner", "35.925,36.635", "716"),
    )
    for tier, middle, radius in tiers:
        source = tmp_path / "in.csv"
        source.write_text(f'place,lat,lon,notes\n{HOSPITAL},35.92917,36.63584,"at {decimal(POINT)} it is"\n')
        default.leaks(source, tier=tier).write_fixed(tmp_path / "out.csv")
        lines = (tmp_path / "out.csv").read_text().splitlines()
        assert "place,lat,lon,notes,uncertainty_m" == lines[0]
        assert f'{HOSPITAL},{middle},"at [position removed] it is",{radius}' == lines[1]


# ------------------------------------------------------- the attacks that succeeded on the first version


def test_a_position_in_any_notation_and_any_column_is_found(default: Gazetteer) -> None:
    made = [notation(POINT) for notation in (*NOTATIONS, *MORE_NOTATIONS)]
    for written in (*made, "37S  BV  86714  78675", "FGFH+XM Idlib"):
        leaks = found(default, "place|remarks", [HOSPITAL, f"seen at {written}, twice"])
        assert [("remarks", "cg:idlib-national-hospital")] == [(one.column, one.place_id) for one in leaks]


def test_a_hospital_named_in_another_column_or_a_header_s_yes_is_found(default: Gazetteer) -> None:
    for columns, about in (
        ("town|target|lat|lon", HOSPITAL),
        ("town|facility_name|lat|lon", "Al-Noor"),
        ("town|Health Building Affected|lat|lon", "Yes"),
        ("town|facility type|lat|lon", "Health"),
        ("town|gaz_place_id|lat|lon", "cg:idlib-national-hospital"),
        ("town|gaz_kind|lat|lon", "hospital"),
        ("town|notes|lat|lon", "Jets bombed the surgical hospital there."),
    ):
        assert [1] == rows_found(default, columns, ["Idlib", about, *AT]), columns


def test_kind_words_are_known_misspelt_joined_and_in_other_languages(default: Gazetteer) -> None:
    for name in (
        "PHC Saraqeb", "Trauma Centre", "hôpital", "Saraqib Hastanesi", "M-10", "M10, Aleppo", "دار الشفاء", "بالمشفى",
        "Mashfaa Idlib al-Watani", "Idlib hosptial", "IdlibHospital", "Krankenhaus", "больница", "مستوصف سراقب",
    ):  # fmt: skip
        assert [1] == rows_found(default, "place|lat|lon", [name, *AT]), name


def test_coordinates_in_ids_parts_metres_and_ids_of_objects_are_found(default: Gazetteer) -> None:
    for columns, cells in (
        ("id|place", ["INC-35.92917-36.63584", HOSPITAL]),
        ("place|lat_d|lat_m|lat_s|lon_d|lon_m|lon_s", [HOSPITAL, 35, 55, 45, 36, 38, 9]),
        ("place|zone|easting|northing", [HOSPITAL, 37, 286714, 3978675]),
        ("place|x|y", [HOSPITAL, 4078283.0, 4289205.0]),
        ("place|latitudeE7|longitudeE7", [HOSPITAL, 359291700, 366358400]),
        ("place|lat|lon", [HOSPITAL, 35.93, 36.64]),
        ("place|osm_id", [HOSPITAL, "4711081516"]),
        ("place|w3w", [HOSPITAL, "filled.count.soap"]),
        ("place|خط العرض|خط الطول", [HOSPITAL, "٣٥٫٩٢٩١٧", "٣٦٫٦٣٥٨٤"]),
        ("place|address", [HOSPITAL, "Al-Jalaa Street 14"]),
    ):
        assert [1] == rows_found(default, columns, cells), columns


def test_a_geometry_beside_a_generalised_position_is_found(default: Gazetteer, tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": AT[::-1]},
        "properties": {"place": HOSPITAL, "gaz_latitude": 35.95, "gaz_longitude": 36.65},
    }
    path = tmp_path / "in.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    told = default.leaks(path)
    assert ["geometry"] == [one.column for one in told.leaks]
    told.write_fixed(tmp_path / "out.geojson")
    assert "35.92917" not in (tmp_path / "out.geojson").read_text()


def test_circles_that_meet_are_found_within_a_row_across_rows_and_from_radii(default: Gazetteer) -> None:
    town, other, third = (
        default.one_place(name, parameter="place") for name in ("Saraqeb", "Aleppo", "Hama")
    )
    near, far, last = (distance_m(POINT, one.position) for one in (town, other, third))
    within = [HOSPITAL, f"{near / 1000:.1f} km from Saraqeb and {far / 1000:.1f} km from Aleppo"]
    assert [1] == rows_found(default, "place|text", within)
    rows = [["Al-Noor hospital", f"{m:.0f} m from {n}"] for m, n in ((near, "Saraqeb"), (last, "Hama"))]
    assert [1, 2] == rows_found(default, "place|text", *rows)
    assert [] == rows_found(default, "place|text", rows[0])
    areas = [default.area("Idleb"), default.place("SY0700")]
    stated = [
        [HOSPITAL, "Idleb", "Idleb", code, area.uncertainty_m + distance_m(POINT, area.position)]
        for code, area in zip((4, 3), areas, strict=True)
    ]
    assert [1, 2] == rows_found(default, "place|admin1|admin2|where_prec|radius_m", *stated)


def test_what_is_near_a_hospital_by_a_known_distance_tells_where_that_is(default: Gazetteer) -> None:
    columns = "place|incident_latitude|incident_longitude|nearest_id|distance_m"
    near, far = (["Idlib", *AT, "cg:idlib-national-hospital", away] for away in (500.0, 30_000.0))
    assert [1] == rows_found(default, columns, near, far)


def test_a_position_at_a_facility_known_by_its_building_is_found_without_a_name(default: Gazetteer) -> None:
    known = next(one for one in default.places() if one.sensitive and one.position_basis == "building")
    leaks = found(default, "event|lat|lon", ["shelling", known.position.latitude, known.position.longitude])
    assert [known.id] == [one.place_id for one in leaks]


def test_lists_of_candidates_are_found_and_generalised(default: Gazetteer, tmp_path: Path) -> None:
    candidate = {"place_id": "cg:idlib-national-hospital", "latitude": AT[0], "longitude": AT[1]}
    table = RowsTable(("place", "gaz_alternatives"), [["Idlib", json.dumps([candidate])]])
    told = default.leaks(table)
    assert ["gaz_alternatives"] == [one.column for one in told.leaks]
    told.write_fixed(tmp_path / "out.jsonl")
    kept = json.loads(json.loads((tmp_path / "out.jsonl").read_text())["gaz_alternatives"])[0]
    assert (35.95, 36.65) == (kept["latitude"], kept["longitude"])


def test_a_workbook_s_links_formulas_and_other_sheets_are_found_and_left_behind(
    default: Gazetteer, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append([f"The hospital is at {decimal(POINT)}"])
    for row in (["id", "place", "map"], ["a1", HOSPITAL, "see"], ["a2", HOSPITAL, ""], ["a3", "Idlib", ""]):
        sheet.append(row)
    sheet["C3"].hyperlink = "https://maps.google.com/?q=35.92917,36.63584"
    sheet["C4"] = '=HYPERLINK("https://maps.google.com/?q=35.92917,36.63584","here")'
    book.create_sheet("remarks").append([f"the clinic: {decimal(POINT)}"])
    keyed = book.create_sheet("where")
    for keyed_row in (["id", "lat", "lon"], ["a1", *AT], ["a3", *AT]):
        keyed.append(keyed_row)
    book.save(tmp_path / "in.xlsx")
    told = default.leaks(tmp_path / "in.xlsx")
    assert {
        (1, "map"),
        (2, "map"),
        (None, "sheet where, row 1, lat, lon"),
        (None, "above the header"),
        (None, "sheet remarks"),
    } == {(o.row, o.column) for o in told.leaks}
    told.write_fixed(tmp_path / "out.xlsx")
    assert () == default.leaks(tmp_path / "out.xlsx").leaks


# ------------------------------------------------------------------------------------- what is none


def test_names_towns_cells_and_people_in_hospitals_reveal_nothing(default: Gazetteer) -> None:
    town = default.one_place("Saraqeb", parameter="place").position
    for columns, cells in (
        ("place", [HOSPITAL]),
        ("place|lat|lon", ["Saraqeb", *AT]),
        ("place|lat|lon", [HOSPITAL, 35.95, 36.65]),
        ("place|lat|lon", [HOSPITAL, 35.9, 36.6]),
        ("place|target|lat|lon", ["Saraqeb", "hospital", town.latitude, town.longitude]),
        ("place|notes|lat|lon", ["Idlib", "The wounded were taken to the hospital.", *AT]),
        ("place|notes|lat|lon", ["Idlib", "Idlib hospital received five bodies after the strikes.", *AT]),
        ("place|source|lat|lon", ["Idlib", "director of the hospital", *AT]),
        ("place|deaths in hospital|lat|lon", ["Idlib", 3, *AT]),
        ("place|lat|lon", ["Wadi al-Deif military camp", *AT]),
        ("place|phone|price", [HOSPITAL, "+963 944 123456", "35.50 to 36.25"]),
        ("place|supplies", [HOSPITAL, "35.92917; 36.63584 tonnes"]),
        ("place|notes", [HOSPITAL, "The hospital was hit. It had 35.9291 and 36.63584 t of flour."]),
        ("place|notes", [HOSPITAL, "The hospital was hit, file 2016/35.12/36.55."]),
        ("facility_name|town|type|lat|lon", ["", "Saraqeb", "hospital", town.latitude, town.longitude]),
    ):
        assert [] == rows_found(default, columns, cells), (columns, cells)


def test_partners_may_know_more_and_the_worst_comes_first(default: Gazetteer) -> None:
    rows = [[HOSPITAL, 35.93, 36.64], [HOSPITAL, *AT]]
    assert [2, 1] == [one.row for one in found(default, "place|lat|lon", *rows)]
    assert [2] == [one.row for one in found(default, "place|lat|lon", *rows, tier="partner")]


def test_a_tier_that_hides_nothing_is_refused(default: Gazetteer) -> None:
    for tier in ("full", "secret"):
        with pytest.raises(InputError, match="for tier partner or public, not"):
            found(default, "place", [HOSPITAL], tier=tier)


def test_revelations_are_written_as_a_table(default: Gazetteer, tmp_path: Path) -> None:
    told = default.leaks(RowsTable(("place", "lat", "lon"), [[HOSPITAL, *AT]]))
    told.write(tmp_path / "leaks.csv")
    head, row = (tmp_path / "leaks.csv").read_text().splitlines()
    assert "row,column,place_id,how,exact_to_m,allowed_m,advice" == head
    assert row.startswith('1,"lat, lon",cg:idlib-national-hospital,coordinates,0.7,7151.3,')


def test_the_command_exits_with_0_unless_it_is_to_fail(tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text(f"place,lat,lon\n{HOSPITAL},35.92917,36.63584\nSaraqeb,35.8,36.8\n")
    assert (0, 1) == (run("leaks", table).exit_code, run("leaks", table, "--fail").exit_code)
    assert 1 == answer("leaks", table)["summary"]["rows_with_leaks"]
    assert "for tier partner or public" in refusal("leaks", table, "--tier", "full")
    fixed = run("leaks", table, "--fix", tmp_path / "out.csv", "-o", tmp_path / "leaks.csv")
    assert 0 == fixed.exit_code
    assert 0 == run("leaks", tmp_path / "out.csv", "--fail").exit_code


def test_a_radius_is_rewritten_with_its_own_position_and_no_other(default: Gazetteer, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text(
        "place,target,lat,lon,gaz_latitude,gaz_longitude,gaz_uncertainty_m\n"
        'Saraqeb,clinic,"35,87121","36,80931",35.86447,36.80591,2476\n'
    )
    default.leaks(table).write_fixed(tmp_path / "out.csv")
    assert (
        'Saraqeb,clinic,"35,85","36,85",35.86447,36.80591,2476,7155'
        == ((tmp_path / "out.csv").read_text().splitlines()[1])
    )


def test_metadata_layers_ids_and_the_file_s_name_are_found(default: Gazetteer, tmp_path: Path) -> None:
    told = {
        (one.row, one.column)
        for table in tables(default)
        if table.name in ("points", "layers", "typed2")
        for one in default.leaks(table.write(table, tmp_path)).leaks
        if one.row is None or one.column == "member id"
    }
    assert {
        "member description",
        "gpkg_contents.description",
        "sheet old, row 1, geom",
        "metadata note",
        "member id",
    } == {column for _, column in told}
    named = tmp_path / f"clinic {decimal(POINT)}.csv"
    named.write_text("place\nIdlib\n")
    assert ["file name"] == [one.column for one in default.leaks(named).leaks]


def test_distances_tell_where_a_place_is_though_one_of_them_is_wrong(default: Gazetteer) -> None:
    towns = [default.one_place(name, parameter="place") for name in ("Saraqeb", "Aleppo", "Hama")]
    away = [distance_m(POINT, one.position) / 1000 for one in towns]
    text = ", ".join(
        f"{km:.1f} km from {one.name}" for km, one in zip((away[0], away[1], 3.0), towns, strict=True)
    )
    assert [1] == rows_found(default, "place|text", [HOSPITAL, text])


def test_rows_that_only_say_hospital_are_of_different_places_in_different_towns(default: Gazetteer) -> None:
    towns = [default.one_place(name, parameter="place") for name in ("Saraqeb", "Aleppo")]
    rows = [
        [town, "hospital", *(f"{distance_m(point, one.position) / 1000:.2f}" for one in towns)]
        for town, point in (("Idlib", POINT), ("Hama", LatLon(35.13, 36.75)))
    ]
    columns = "|".join(("place|target", *(f"distance to {one.name} (km)" for one in towns)))
    assert [1, 2] == rows_found(default, columns, *rows)


def test_distances_are_found_beside_columns_of_towns_their_points_and_their_centres(
    default: Gazetteer,
) -> None:
    town, other = (default.one_place(name, parameter="place") for name in ("Saraqeb", "Aleppo"))
    near, far = (f"{distance_m(POINT, one.position) / 1000:.2f}" for one in (town, other))
    for columns, cells in (
        ("place|near1|near1_km|near2|near2_km", [HOSPITAL, "Saraqeb", near, "Aleppo", far]),
        ("place|notes", [HOSPITAL, "على بعد ٢ كم شمال سراقب"]),
        ("place|notes", [HOSPITAL, "مشفى ميداني على بعد ٢ كم شمال مركز المدينة"]),
        ("place|notes", [HOSPITAL, "2 km east of the town centre"]),
        (
            "place|target|lat|lon|notes",
            [
                "Saraqeb",
                "hospital",
                town.position.latitude,
                town.position.longitude,
                "1.5 km north of Saraqeb",
            ],
        ),
    ):
        assert [1] == rows_found(default, columns, cells), columns


def test_an_id_that_others_know_too_is_found_and_becomes_the_tier_s(tmp_path: Path) -> None:
    world = a_small_world(tmp_path / "world", "public", corner=1)
    listed = json.dumps([{"place_id": CLINIC, "latitude": 35.95, "longitude": 36.65}])
    rows = [["", CLINIC, ""], ["", "", ADDRESSES[0]], [listed, "", ""], ["", CAMP, ""], ["", HIDDEN, "osm"]]
    source = tmp_path / "in.jsonl"
    columns = "gaz_alternatives", "gaz_place_id", "notes"
    source.write_text("".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows))
    told = world.gazetteer.leaks(source)
    assert {1: "an id", 2: "an id", 3: "an id", 4: "an id"} == {one.row: one.how for one in told.leaks}
    told.write_fixed(tmp_path / "out.jsonl")
    fixed = (tmp_path / "out.jsonl").read_text()
    assert not any(address in fixed for address in ADDRESSES)
    seen = [HIDDEN, "cell:clinic:35.95:36.65:1", "cell:camp:35.95:36.65:1"]
    assert [True] * 3 == [one in fixed for one in seen]
    assert () == world.gazetteer.leaks(tmp_path / "out.jsonl").leaks


def test_what_is_called_after_a_hospital_is_none(default: Gazetteer) -> None:
    for note in (
        "Strike on the market near the old hospital roundabout.", "قصف السوق في شارع المشفى",
        "Yaralılar hastaneye kaldırıldı, pazar vuruldu.", "Les blessés sont à l'hôpital, le marché a été touché.",
    ):  # fmt: skip
        assert [] == rows_found(default, "place|notes|lat|lon", ["Idlib", note, *AT]), note
