"""Time `near` as users run it: the command and the public call, beside geopandas and pandas.

    python -m scripts.bench_near [--gazetteer gazetteer.gpkg] [--runs 3]

Every run is a process of its own, from its start to the written table; seconds are by the clock, memory is
its largest resident size, and of several runs, taken in turn, the least counts. The tables are made up, the
same ones each time: incidents anywhere in Syria, each at its own position, with a date and a radius, and
places with radii of which some existed only between two days. Three parts:

1. Incidents by places, beside the script that a user of geopandas would write for the same question. It
   knows no radii and no dates.
2. A million incidents by the hospitals of the gazetteer, beside pandas, which only reads and writes them.
3. A sample of the rows of the first part, each compared with every place through `pyproj.Geod`: how many
   counts and nearest places are wrong, ours by their own rules, and geopandas' by its.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gazetteer import Gazetteer
from gazetteer.geodesy import geod

PYTHON = [sys.executable, "-c"]
COMMAND = [sys.executable, "-m", "gazetteer", "near"]
#: What a user writes: the incidents, the places or their kind, the output, and perhaps a gazetteer file.
CALL = """
import sys
from gazetteer import Gazetteer
incidents, of, output, *file = sys.argv[1:]
Gazetteer.open(*file).near(incidents, of=of, within="5 km").write(output)
"""
GEOPANDAS = """
import sys
import geopandas, pandas
def read(path):
    table = pandas.read_csv(path)
    points = geopandas.points_from_xy(table.longitude, table.latitude)
    return geopandas.GeoDataFrame(table, geometry=points, crs=4326).to_crs(32637)
incidents, places = read(sys.argv[1]), read(sys.argv[2])[["id", "name", "geometry"]]
near = incidents.sjoin(places, predicate="dwithin", distance=5000, rsuffix="place")
incidents["count"] = near.groupby(level=0).size().reindex(incidents.index, fill_value=0)
nearest = incidents.sjoin_nearest(places, distance_col="distance_m", rsuffix="place")
nearest = nearest[~nearest.index.duplicated()]
nearest.drop(columns="geometry").rename(columns={"id_place": "nearest_id"}).to_csv(sys.argv[3], index=False)
"""
PANDAS = "import sys, pandas; pandas.read_csv(sys.argv[1]).to_csv(sys.argv[2], index=False)"
WITHIN_M = 5_000.0


def write_incidents(path: Path, rows: int) -> None:
    """Write incidents of 2012 to 2022."""
    random = np.random.default_rng(1)
    days = np.datetime64("2012-01-01") + random.integers(0, 4018, rows)
    table = {
        "id": np.char.add("I", np.arange(rows).astype(str)),
        "date": days.astype(str),
        **spots(random, rows),
    }
    radii = random.choice([0, 500, 2_500, 5_000, 25_000], rows)
    pd.DataFrame({**table, "uncertainty_m": radii}).to_csv(path, index=False)


def write_places(path: Path, rows: int) -> None:
    """Write places: of four in ten the first day is known, of three in ten the last."""
    random = np.random.default_rng(2)
    first = np.datetime64("2012-01-01") + random.integers(0, 3000, rows)
    last = first + random.integers(100, 3000, rows)
    numbers = np.arange(rows).astype(str)
    table = {"id": np.char.add("P", numbers), "name": np.char.add("Place ", numbers), **spots(random, rows)}
    table["uncertainty_m"] = random.choice([0, 100, 1_000, 3_000], rows)
    table["valid_from"] = np.where(random.random(rows) < 0.4, first.astype(str), "")
    table["valid_to"] = np.where(random.random(rows) < 0.3, last.astype(str), "")
    pd.DataFrame(table).to_csv(path, index=False)


def spots(random: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    """Return positions anywhere in the country, as far as the embedded default knows it."""
    with Gazetteer.open() as gazetteer:
        found = np.empty((2, 0))
        while found.shape[1] < rows:
            some = random.uniform(32.3, 37.3, rows).round(6), random.uniform(35.7, 42.4, rows).round(6)
            areas = gazetteer.areas_at(*some)
            at_home = np.array([bool(chain) for chain in areas.chains])[areas.rows]
            found = np.concatenate([found, np.array(some)[:, at_home]], axis=1)
    return {"latitude": found[0, :rows], "longitude": found[1, :rows]}


def run(command: Sequence[str | Path]) -> tuple[float, float]:
    """Run a process to its end, and return its seconds by the clock and its MB at its largest."""
    begin = time.perf_counter()
    process = subprocess.Popen([str(one) for one in command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(str(one) for one in command)} failed")
    return time.perf_counter() - begin, used.ru_maxrss / 1024


def compare(title: str, commands: dict[str, Sequence[str | Path]], *, runs: int) -> None:
    """Print the least seconds and memory of each command; the last one is the peer."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            took[name].append(run(command))
    *_, peer = took
    print(f"\n{title}\n{'':38}{'seconds':>9}{'times the peer':>16}{'MB':>8}")
    for name, found in took.items():
        seconds, megabytes = (min(one) for one in zip(*found, strict=True))
        ratio = seconds / min(each[0] for each in took[peer])
        print(f"{name:38}{seconds:>9.2f}{ratio:>16.2f}{megabytes:>8,.0f}", flush=True)


def check(incidents: Path, places: Path, ours: Sequence[Path], theirs: Path, sample: int) -> None:
    """Measure a sample of the incidents with every place through `Geod`; print how many are wrong."""
    left, right = pd.read_csv(incidents, parse_dates=["date"]), pd.read_csv(places)
    first, last = (pd.to_datetime(right[name]).to_numpy() for name in ("valid_from", "valid_to"))
    rows = np.sort(np.random.default_rng(3).choice(len(left), min(sample, len(left)), replace=False))
    truth: dict[str, list[object]] = {
        "certain": [],
        "possible": [],
        "nearest": [],
        "plain": [],
        "plain nearest": [],
    }
    for block in np.array_split(rows, len(rows) // 200 + 1):
        some = left.iloc[block]
        i, j = (axis.ravel() for axis in np.indices((len(some), len(right))))
        here, there = some[["longitude", "latitude"]].to_numpy(), right[["longitude", "latitude"]].to_numpy()
        metres = geod().inv(*here[i].T, *there[j].T)[2].reshape(len(some), -1)
        days = some["date"].to_numpy()[:, None]
        there_then = ~((days < first) | (days > last))
        slack = some["uncertainty_m"].to_numpy()[:, None] + right["uncertainty_m"].to_numpy()
        truth["certain"] += (there_then & (metres + slack <= WITHIN_M)).sum(axis=1).tolist()
        truth["possible"] += (there_then & (metres - slack <= WITHIN_M)).sum(axis=1).tolist()
        truth["nearest"] += right["id"][np.where(there_then, metres, np.inf).argmin(axis=1)].tolist()
        truth["plain"] += (metres <= WITHIN_M).sum(axis=1).tolist()
        truth["plain nearest"] += right["id"][metres.argmin(axis=1)].tolist()
    print(f"\nWrong of {len(rows):,} rows, each measured with all {len(right):,} places")
    columns = {"count_certain": "certain", "count_possible": "possible", "nearest_id": "nearest"}
    for path in ours:
        print(f"  {path.name}: {wrong(path, rows, columns, truth)}")
    print(f"  {theirs.name}: {wrong(theirs, rows, {'count': 'plain', 'nearest_id': 'plain nearest'}, truth)}")


def wrong(path: Path, rows: np.ndarray, columns: dict[str, str], truth: dict[str, list[object]]) -> str:
    found = pd.read_csv(path, low_memory=False).iloc[rows]
    counts = {
        column: int((found[column].to_numpy() != np.array(truth[name])).sum())
        for column, name in columns.items()
    }
    return ", ".join(f"{column} {count}" for column, count in counts.items())


def main() -> None:
    parser = argparse.ArgumentParser(description="Time near beside geopandas and pandas.")
    parser.add_argument("--gazetteer", type=Path, help="a gazetteer file; else the embedded default")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--places", type=int, default=5_000)
    parser.add_argument("--many", type=int, default=1_000_000, help="rows of the second part")
    parser.add_argument("--sample", type=int, default=10_000, help="rows that are checked")
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    option = ["--gazetteer", chosen.gazetteer] if chosen.gazetteer else []
    file = [chosen.gazetteer] if chosen.gazetteer else []
    with tempfile.TemporaryDirectory() as folder:
        at = {
            name: Path(folder, f"{name}.csv")
            for name in ("incidents", "places", "many", "command", "call", "geopandas")
        }
        made = ((write_incidents, "incidents", chosen.rows), (write_places, "places", chosen.places),
                (write_incidents, "many", chosen.many))  # fmt: skip
        for write, name, rows in made:  # by others, as a child's memory is never less than its parent's was
            maker = multiprocessing.get_context("spawn").Process(target=write, args=(at[name], rows))
            maker.start()
            maker.join()

        def ours(incidents: Path, of: str | Path) -> dict[str, Sequence[str | Path]]:
            asked = [incidents, "--of", of, "--within", "5km", "-o", at["command"], *option]
            return {
                "gazetteer near": [*COMMAND, *asked],
                "Gazetteer.near and write": [*PYTHON, CALL, incidents, of, at["call"], *file],
            }

        first = ours(at["incidents"], at["places"])
        first["geopandas sjoin and sjoin_nearest"] = [
            *PYTHON,
            GEOPANDAS,
            at["incidents"],
            at["places"],
            at["geopandas"],
        ]
        compare(f"{chosen.rows:,} incidents x {chosen.places:,} places, 5 km", first, runs=chosen.runs)
        answers = {name: at[name].with_name(f"{name} of part 1.csv") for name in ("command", "call")}
        for name, kept in answers.items():
            at[name].rename(kept)
        second = ours(at["many"], "hospital")
        second["pandas read_csv and to_csv"] = [
            *PYTHON,
            PANDAS,
            at["many"],
            at["many"].with_suffix(".pandas"),
        ]
        compare(f"{chosen.many:,} incidents x the hospitals, 5 km", second, runs=chosen.runs)
        check(at["incidents"], at["places"], list(answers.values()), at["geopandas"], chosen.sample)


if __name__ == "__main__":
    main()
