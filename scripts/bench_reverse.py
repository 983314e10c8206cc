"""Time `reverse` for many random points and for one, and compare it with a plain geopandas join.

    python scripts/bench_reverse.py [FILE] [--points 1000000] [--seed 1]

FILE is a gazetteer file with polygons. Without it, one is made for the run from the areas in
../shared/data/upstream, where that folder exists, with settlements at random positions. The points are
spread evenly over the bounds of the country. The join is ``geopandas.sjoin`` of the same points with the
sub-districts' polygons, predicate "intersects", the first P-code of several; it is timed in the same run,
and each point that differs is counted. The exit code is 1 when one does.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gazetteer import Gazetteer, LatLon, Place, PlaceKind, Source
from gazetteer.store import AreaRecord, GazetteerReader, PlaceRecord, write_gazetteer

UPSTREAM = Path(__file__).resolve().parents[2] / "shared" / "data" / "upstream" / "cod_ab_syr_20201217"
KINDS = (PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT)
SINGLE = 2_000
SETTLEMENTS = 7_693


def areas_file(folder: Path) -> Path:
    """Write OCHA's areas, and as many settlements as OCHA lists at random points, as a gazetteer file."""
    places, areas = [], []
    for level, kind in enumerate(KINDS):
        frame = geopandas.read_file(UPSTREAM / f"syr_admbnda_adm{level}_uncs_unocha_20201217.shp")
        for row in frame.to_dict("records"):
            inside, pcode = row["geometry"].representative_point(), row[f"ADM{level}_PCODE"]
            place = Place(pcode, row[f"ADM{level}_EN"], "", kind, LatLon(inside.y, inside.x), 1.0)
            places.append(a_record(place, *(row.get(f"ADM{n}_PCODE") for n in (1, 2, 3))))
            areas.append(AreaRecord(pcode, level, row["geometry"].wkb))
    points = np.random.default_rng(0).uniform((32.4, 35.7), (37.3, 42.3), (SETTLEMENTS, 2))
    for number, (latitude, longitude) in enumerate(points.tolist()):
        town = Place(f"C{number}", "Town", "", PlaceKind.SETTLEMENT, LatLon(latitude, longitude), 1.0)
        places.append(a_record(town))
    path = folder / "areas.gpkg"
    source = Source("ocha", "", "", "", "", len(areas))
    write_gazetteer(path, places, areas=areas, sources=[source], manifest={})
    return path


def a_record(
    place: Place, adm1: str | None = None, adm2: str | None = None, adm3: str | None = None
) -> PlaceRecord:
    return PlaceRecord(place, (), adm1_pcode=adm1, adm2_pcode=adm2, adm3_pcode=adm3)


def joined(
    shapes: geopandas.GeoDataFrame, latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]
) -> "pd.Series[str]":
    points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(longitudes, latitudes), crs=4326)
    pairs = geopandas.sjoin(points, shapes, predicate="intersects")
    return pairs["pcode"].groupby(level=0).min().reindex(points.index)


def run(path: Path, count: int, seed: int) -> bool:
    rows = GazetteerReader(path).areas(level=3)
    if not rows:
        sys.exit(f"{path} has no polygons of sub-districts: name a file that was built with them")
    shapes = geopandas.GeoDataFrame(
        {"pcode": [pcode for pcode, _, _ in rows]},
        geometry=shapely.from_wkb([wkb for _, _, wkb in rows]),
        crs=4326,
    )
    west, south, east, north = shapes.total_bounds
    random = np.random.default_rng(seed)
    latitudes, longitudes = random.uniform(south, north, count), random.uniform(west, east, count)
    with Gazetteer.open(path) as gazetteer:
        start = time.perf_counter()
        gazetteer.reverse(LatLon(float(latitudes[0]), float(longitudes[0])))
        print(f"first call        {time.perf_counter() - start:8.3f} s, reading the polygons")
        start = time.perf_counter()
        answer = gazetteer.areas_at(latitudes, longitudes)
        codes = [answer.pcodes(level) for level in (1, 2, 3)]
        ours = time.perf_counter() - start
        print(f"{count:,} points  {ours:8.3f} s, {count / ours:,.0f} points/s, levels 1 to 3")
        few = [
            LatLon(*pair)
            for pair in zip(latitudes[:SINGLE].tolist(), longitudes[:SINGLE].tolist(), strict=True)
        ]
        start = time.perf_counter()
        for point in few:
            gazetteer.reverse(point)
        each_ms = (time.perf_counter() - start) / len(few) * 1e3
        print(f"one point         {each_ms:8.3f} ms, with the nearest settlement")
    start = time.perf_counter()
    plain = joined(shapes, latitudes, longitudes)
    theirs = time.perf_counter() - start
    print(f"geopandas.sjoin   {theirs:8.3f} s, {theirs / ours:.1f} times as long, for level 3 alone")
    ours_or_none = pd.Series(codes[2], index=plain.index)
    differ = int(((ours_or_none != plain) & ~(ours_or_none.isna() & plain.isna())).sum())
    print(f"outside           {int(plain.isna().sum()):,} points")
    print(f"mismatches        {differ}")
    return differ == 0


def main() -> None:
    parser = argparse.ArgumentParser(description="Time reverse against a geopandas join of the same points.")
    parser.add_argument("file", nargs="?", type=Path, help="a gazetteer file with polygons")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.file is None and not UPSTREAM.is_dir():
        parser.error(f"name a gazetteer file with polygons, as {UPSTREAM} is not here")
    with tempfile.TemporaryDirectory() as folder:
        agree = run(options.file or areas_file(Path(folder)), options.points, options.seed)
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
