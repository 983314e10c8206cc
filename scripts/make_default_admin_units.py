r"""Makes ``geodata/default/admin_units.csv`` from OCHA's COD-AB shapefiles.

A row for the country and one for each governorate, district and sub-district: code, parent,
English and Arabic name as OCHA publishes them, one point inside the area and a radius. The
point is the centroid rounded to 0.001 degree; where that falls outside the area, it is a point
well inside (the centre of the largest circle that fits). ``uncertainty_m`` is the greatest
geodesic distance on WGS 84 from the point to a vertex of the polygon, rounded up to 100 m, so
the circle covers the area. No polygon is written.

    python scripts/make_default_admin_units.py \
        --cod-ab ../shared/data/upstream/cod_ab_syr_20201217 \
        -o geodata/default/admin_units.csv
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COLUMNS = (
    "id",
    "level",
    "pcode",
    "parent_pcode",
    "name",
    "name_ar",
    "spellings",
    "latitude",
    "longitude",
    "uncertainty_m",
    "source",
)

# 0.001 degree, about 100 m: fine enough for an area, too coarse to be a copy of a geometry.
DECIMALS = 3

# The circle's radius is rounded up to whole hundreds of metres.
RADIUS_STEP_M = 100


def text_of(value: Any) -> str:
    """Return an attribute on one line; null and NaN, OCHA's marks for "none", become empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = " ".join(str(value).replace("|", " ").split())
    return "" if text == "<Null>" else text


# The country as everybody writes it; OCHA has only the official name.
EVERYDAY_NAMES = ["Syria", "سوريا", "سورية"]


def other_spellings(record: Any, level: int) -> str:
    """Return OCHA's reference and alternative names that differ from the two main names."""
    main = {text_of(record[f"ADM{level}_EN"]), text_of(record[f"ADM{level}_AR"]), ""}
    fields = [f"ADM{level}_REF"]
    fields += [f"ADM{level}ALT{number}{language}" for language in ("EN", "AR") for number in (1, 2)]
    found = [text_of(record[field]) for field in fields]
    if level == 0:
        found += EVERYDAY_NAMES
    return "|".join(name for name in dict.fromkeys(found) if name not in main)


def interior_points(area: Any) -> Iterator[tuple[float, float]]:
    """Yield candidate points (longitude, latitude in degrees) of an area, rounded, best first."""
    import shapely

    yield area.centroid.x, area.centroid.y
    # Tolerance in degrees; about 500 m, and areas are kilometres across.
    circle = shapely.maximum_inscribed_circle(area, tolerance=0.005)
    yield shapely.get_coordinates(circle)[0].tolist()
    inside = area.representative_point()
    yield inside.x, inside.y


def point_inside(area: Any) -> tuple[float, float]:
    """Return a point inside an area as (longitude, latitude), rounded to 0.001 degree.

    Raises
    ------
    ValueError
        If no rounded candidate lies inside, which happens only to areas of a few 100 m.
    """
    import shapely

    for x, y in interior_points(area):
        lon, lat = round(x, DECIMALS), round(y, DECIMALS)
        if area.contains(shapely.Point(lon, lat)):
            return lon, lat
    raise ValueError("no point on the 0.001 degree grid lies inside the area")


def covering_radius_m(area: Any, lon: float, lat: float) -> int:
    """Return the distance in metres to the farthest vertex, rounded up to whole 100 m."""
    import pyproj
    import shapely

    corners = shapely.get_coordinates(area)
    count = len(corners)
    geod = pyproj.Geod(ellps="WGS84")
    _, _, distances = geod.inv([lon] * count, [lat] * count, corners[:, 0], corners[:, 1])
    return math.ceil(float(max(distances)) / RADIUS_STEP_M) * RADIUS_STEP_M


def row_of(record: Any, *, level: int, date: str) -> dict[str, str]:
    """Return the row of one polygon record of the given level (0 country to 3 sub-district)."""
    pcode = text_of(record[f"ADM{level}_PCODE"])
    lon, lat = point_inside(record["geometry"])
    return {
        "id": pcode,
        "level": str(level),
        "pcode": pcode,
        "parent_pcode": text_of(record[f"ADM{level - 1}_PCODE"]) if level else "",
        "name": text_of(record[f"ADM{level}_EN"]),
        "name_ar": text_of(record[f"ADM{level}_AR"]),
        "spellings": other_spellings(record, level),
        "latitude": f"{lat:.{DECIMALS}f}",
        "longitude": f"{lon:.{DECIMALS}f}",
        "uncertainty_m": str(covering_radius_m(record["geometry"], lon, lat)),
        "source": f"OCHA COD-AB Syria {date} (CC BY 3.0 IGO)",
    }


def rows(folder: Path) -> list[dict[str, str]]:
    """Return all rows, sorted by id."""
    import geopandas

    made = []
    for level in range(4):
        files = sorted(folder.glob(f"*admbnda_adm{level}*.shp"))
        if not files:
            raise FileNotFoundError(f"no *admbnda_adm{level}*.shp in {folder}")
        date = "-".join(re.findall(r"(\d{4})(\d{2})(\d{2})", files[0].stem)[-1])
        table = geopandas.read_file(files[0])
        made += [row_of(record, level=level, date=date) for _, record in table.iterrows()]
    return sorted(made, key=lambda row: row["id"])


def write_csv(made: list[dict[str, str]], target: Path) -> None:
    """Write the table beside the target, then rename, so that no half file is ever seen."""
    part = target.with_name(f"{target.name}.part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)
    os.replace(part, target)


def main() -> int:
    """Read the options, make the table, say how many rows it has."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cod-ab", type=Path, required=True, help="folder with the shapefiles")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    try:
        made = rows(options.cod_ab)
        write_csv(made, options.output)
    except (ImportError, OSError, ValueError) as error:
        print(f"make_default_admin_units: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: {len(made)} rows")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
