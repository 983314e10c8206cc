"""GDAL's driver OAPIF, as pyogrio, geopandas and QGIS have it: layers of this server, read as tables."""

import geopandas
import pyogrio

from tests.clients.asking import Ask, answers
from tests.clients.table import IN_MARCH, NEAR_KOBANI, ROWS

BOX = (38.2, 36.7, 38.5, 37.0)  # around Kobani

ASKS: dict[str, Ask] = {
    "layers": lambda at: (
        ["areas", "facilities", "incidents", "places"],
        sorted(name for name, _ in pyogrio.list_layers(at)),
    ),
    "1,500 incidents, all pages": lambda at: (
        sorted(row["id"] for row in ROWS),
        sorted(pyogrio.read_dataframe(at, layer="incidents")["id"]),
    ),
    "how many": lambda at: (
        1500,
        pyogrio.read_info(at, layer="incidents", force_feature_count=True)["features"],
    ),
    "geopandas": lambda at: (1500, len(geopandas.read_file(at, layer="incidents"))),
    "points in WGS 84": lambda at: (
        ("Point", "EPSG:4326", (36.9, 38.4)),
        described(geopandas.read_file(at, layer="incidents", where="place = 'Kobane'", rows=1)),
    ),
    "bbox": lambda at: (NEAR_KOBANI, len(geopandas.read_file(at, layer="incidents", bbox=BOX))),
    "datetime": lambda at: (
        IN_MARCH,
        len(
            pyogrio.read_dataframe(
                at, layer="incidents", where="incident_date >= '2016-03-01' AND incident_date <= '2016-03-31'"
            )
        ),
    ),
    "one by id": lambda at: (
        ["i0007"],
        [*pyogrio.read_dataframe(at, layer="incidents", where="id = 'i0007'")["id"]],
    ),
    "areas": lambda at: (True, len(pyogrio.read_dataframe(at, layer="areas")) > 300),
    "places": lambda at: (True, len(pyogrio.read_dataframe(at, layer="places", max_features=100)) == 100),
}


def described(table: geopandas.GeoDataFrame) -> tuple[object, ...]:
    west, south, *_ = table.total_bounds
    return table.geometry.iloc[0].geom_type, str(table.crs), (round(south, 1), round(west, 1))


if __name__ == "__main__":
    import json
    import sys

    version = ".".join(map(str, pyogrio.__gdal_version__))
    print(json.dumps({"version": version, "asks": answers(ASKS, f"OAPIF:{sys.argv[1]}/ogc")}))
