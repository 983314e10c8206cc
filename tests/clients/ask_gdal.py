"""GDAL's driver OAPIF, as pyogrio, geopandas and QGIS have it: layers of this server, read as tables."""

import json
import sys
from typing import Any

import geopandas
import pyogrio

from tests.clients.asking import Ask, answers
from tests.clients.table import IN_MARCH, NEAR_KOBANI, NOWHERE, ROWS

BOX = (38.2, 36.7, 38.5, 37.0)  # around Kobani
IDS = [row["id"] for row in ROWS]
MARCH = "incident_date >= '2016-03-01' AND incident_date <= '2016-03-31'"


def incidents(at: str, **options: Any) -> geopandas.GeoDataFrame:
    return read(at, "incidents", **options)


def read(at: str, layer: str, **options: Any) -> geopandas.GeoDataFrame:
    found: geopandas.GeoDataFrame = pyogrio.read_dataframe(at, layer=layer, **options)
    return found


def items(at: str, layer: str) -> str:
    """Return the address of a layer's items, in one page."""
    return f"{at.removeprefix('OAPIF:')}/collections/{layer}/items?limit=10000"


def ids_in_pages_and_in_one(at: str, layer: str) -> tuple[list[str], list[str]]:
    return [*read(at, layer, PAGE_SIZE=1000)["id"]], [*geopandas.read_file(items(at, layer))["id"]]


def described(table: geopandas.GeoDataFrame) -> tuple[object, ...]:
    west, south, *_ = table.total_bounds
    return table.geometry.iloc[0].geom_type, str(table.crs), (round(south, 1), round(west, 1))


def dates_and_numbers(table: geopandas.GeoDataFrame) -> tuple[set[str], set[str]]:
    """Return the columns that were read as dates, and as numbers with a fraction."""
    kinds = {name: table[name].dtype.kind for name in table.columns}
    dates, numbers = ({name for name, one in kinds.items() if one == kind} for kind in "Mf")
    return dates, numbers


def late_cells(table: geopandas.GeoDataFrame) -> tuple[int, str]:
    return table["late"].notna().sum(), table["note"].iloc[-1]


def covered(at: str) -> tuple[float, float]:
    """Return what the country and all its governorates cover, in square degrees."""
    sizes = read(at, "areas").set_index("level").geometry.area.groupby("level").sum().round(3)
    return sizes[0], sizes[1]


ASKS: dict[str, Ask] = {
    "layers": lambda at: (
        {"places": "Point", "facilities": "Point", "areas": "MultiPolygon", "incidents": "Point"},
        dict(pyogrio.list_layers(at).tolist()),
    ),
    "1,500 incidents, all pages": lambda at: (IDS, [*incidents(at)["id"]]),
    "1,500 incidents, in pages of 400": lambda at: (IDS, [*incidents(at, PAGE_SIZE=400)["id"]]),
    "how many": lambda at: (1500, pyogrio.read_info(at, "incidents", force_feature_count=True)["features"]),
    "an address alone": lambda at: (
        (1500, NOWHERE),
        (len(found := geopandas.read_file(items(at, "incidents"))), found.geometry.isna().sum()),
    ),
    "points in WGS 84": lambda at: (
        ("Point", "EPSG:4326", (36.9, 38.4)),
        described(geopandas.read_file(at, layer="incidents", where="place = 'Kobane'", rows=1)),
    ),
    "types of columns": lambda at: (
        (
            {"date", "incident_date", "late"},
            {
                "incident_latitude",
                "incident_longitude",
                "incident_uncertainty_m",
                "incident_generalised_to_deg",
            },
        ),
        dates_and_numbers(incidents(at, PAGE_SIZE=400)),
    ),
    "types of columns of places": lambda at: (
        (set(), {"latitude", "longitude", "population", "generalised_to_deg"}),
        dates_and_numbers(read(at, "places")),
    ),
    "columns of late rows": lambda at: ((100, "no. 1499"), late_cells(incidents(at, PAGE_SIZE=400))),
    "cells as they were written": lambda at: (
        [str(row["killed"]) for row in ROWS],
        [*incidents(at)["killed"]],
    ),
    "bbox": lambda at: (NEAR_KOBANI, len(geopandas.read_file(at, layer="incidents", bbox=BOX))),
    "datetime": lambda at: (IN_MARCH, len(incidents(at, where=MARCH))),
    "one by id": lambda at: (["i0007"], [*incidents(at, where="id = 'i0007'")["id"]]),
    "facilities": lambda at: ids_in_pages_and_in_one(at, "facilities"),
    "areas": lambda at: ids_in_pages_and_in_one(at, "areas"),
    "places": lambda at: ids_in_pages_and_in_one(at, "places"),
    "shapes of areas": covered,
}

if __name__ == "__main__":
    version = ".".join(map(str, pyogrio.__gdal_version__))
    print(json.dumps({"version": version, "asks": answers(ASKS, f"OAPIF:{sys.argv[1]}/ogc")}))
