"""Renew ``geodata/default/admin_units.csv`` from OCHA's COD-AB shapefiles.

    python scripts/make_default_admin_units.py --cod-ab FOLDER -o geodata/default/admin_units.csv

A row for the country and one for each governorate, district and sub-district, with names as OCHA publishes
them. The point is the centroid rounded to 0.001 degree or, where that lies outside, the rounded centre of the
largest circle that fits. The radius reaches the farthest vertex, rounded up to 100 m. No polygon is written.
"""

import argparse
import math
import re
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyproj
import shapely

COLUMNS = "id level pcode parent_pcode name name_ar spellings latitude longitude uncertainty_m source".split()


def text_of(value: Any) -> str:
    """Return an attribute on one line; OCHA's marks for "none" become empty."""
    return "" if pd.isna(value) or value == "<Null>" else " ".join(value.replace("|", " ").split())


def row_of(record: Any, level: int, day: str) -> dict[str, str]:
    """Return the row of an area, of level 0 (the country) to 3 (a sub-district)."""
    fields = [f"ADM{level}ALT{number}{language}" for language in ("EN", "AR") for number in (1, 2)]
    fields = [f"ADM{level}_EN", f"ADM{level}_AR", f"ADM{level}_REF", *fields]
    name, arabic, *others = (text_of(record[field]) for field in fields)
    others += [] if level else ["Syria", "سوريا", "سورية"]  # OCHA has only the official name
    spellings = "|".join(one for one in dict.fromkeys(others) if one not in (name, arabic, ""))
    area, code = record["geometry"], text_of(record[f"ADM{level}_PCODE"])
    circle = shapely.Point(shapely.maximum_inscribed_circle(area, tolerance=0.005).coords[0])
    points = [shapely.Point(round(one.x, 3), round(one.y, 3)) for one in (area.centroid, circle)]
    point = next(one for one in points if area.contains(one))
    corners = shapely.get_coordinates(area)
    lon, lat = ([number] * len(corners) for number in (point.x, point.y))
    radius_m = math.ceil(max(pyproj.Geod(ellps="WGS84").inv(lon, lat, *corners.T)[2]) / 100) * 100
    row = [code, str(level), code, text_of(record[f"ADM{level - 1}_PCODE"]) if level else "", name, arabic]
    row += [spellings, f"{point.y:.3f}", f"{point.x:.3f}", str(radius_m)]
    return dict(zip(COLUMNS, [*row, f"OCHA COD-AB Syria {day} (CC BY 3.0 IGO)"], strict=True))


def rows(folder: Path) -> list[dict[str, str]]:
    """Return all rows, sorted by id."""
    made = []
    for level in range(4):
        (file,) = folder.glob(f"*admbnda_adm{level}*.shp")
        day = "-".join(*re.findall(r"_(\d{4})(\d{2})(\d{2})", file.stem))
        made += [row_of(record, level, day) for _, record in geopandas.read_file(file).iterrows()]
    return sorted(made, key=lambda row: row["id"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cod-ab", type=Path, required=True, help="folder with the shapefiles")
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    pd.DataFrame(rows(args.cod_ab)).to_csv(args.output, index=False, lineterminator="\n")
