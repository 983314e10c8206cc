"""Measure the exact join beside what is usually used instead, on the same points, in one run.

``make bench-distance`` runs it. Points are drawn round 2,000 centres all over Syria, the same ones each
time: nothing is downloaded. Every figure is the least of several runs. "Wrong pairs" are those that a
peer reports and `pyproj.Geod` does not, and the other way round; ours are checked against `Geod` on
every pair of a sample and, all of them, against the boxes-and-`Geod` peer, which measures each pair. How long
`near` takes as users run it is measured by ``make bench-near``.

PostGIS is started on loopback in a folder of its own, as an unprivileged user, when its programs are
installed (Debian: ``apt-get install postgresql-15-postgis-3``), and stopped afterwards; else it says
"not measured". ``--rows`` and ``--facilities`` make a smaller run.
"""

import argparse
import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gazetteer.geodesy import geod
from gazetteer.near.pairs import disc_pairs, nearest, unanswerable
from gazetteer.near.probability import probability
from gazetteer.points import Points

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

WITHIN_M = 5_000.0
RADII_M = (0.0, 500.0, 2_500.0, 5_000.0, 25_000.0)
#: A peer that works on a sphere takes the mean radius: Moritz, J. Geod. 74 (2000), 128-133.
SPHERE_M = 6_371_008.771415
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []


def a_million_strikes(count: int, *, seed: int) -> tuple[Floats, Floats]:
    """Return latitudes and longitudes round centres in Syria, some much larger than others."""
    centres = np.random.default_rng(2011)
    latitude, longitude = centres.uniform(32.5, 37.2, 2000), centres.uniform(35.8, 42.0, 2000)
    weight = centres.pareto(1.6, 2000) + 1.0
    random = np.random.default_rng(seed)
    chosen = random.choice(2000, count, p=weight / weight.sum())
    return latitude[chosen] + random.normal(0, 0.08, count), longitude[chosen] + random.normal(0, 0.1, count)


def least(run: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """Return the least time of several runs, in seconds, and what the last one returned."""
    best, answer = float("inf"), None
    for _ in range(times):
        answer = None
        begun = time.perf_counter()
        answer = run()
        best = min(best, time.perf_counter() - begun)
    return best, answer


def codes(left: npt.ArrayLike, right: npt.ArrayLike) -> Codes:
    """Return one number for each pair."""
    return np.asarray(left, dtype=np.int64) * 10_000_000 + np.asarray(right, dtype=np.int64)


def wrong(found: Codes, right: Codes) -> int:
    """Return the number of pairs that only one of the two has, and of those that were found twice."""
    return int(np.setxor1d(found, right).size) + len(found) - int(np.unique(found).size)


def ours(left: tuple[Floats, Floats], right: tuple[Floats, Floats]) -> Codes:
    points = Points.from_degrees(*left), Points.from_degrees(*right)
    chunks = disc_pairs(points[0], 0.0, points[1], 0.0, within_m=WITHIN_M)
    return np.concatenate([codes(pairs.left, pairs.right) for pairs in chunks])


def geopandas_utm(left: tuple[Floats, Floats], right: tuple[Floats, Floats]) -> Codes:
    import geopandas

    frames = [
        geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(lon, lat), crs=4326).to_crs(32637)
        for lat, lon in (left, right)
    ]
    joined = frames[0].sjoin(frames[1], predicate="dwithin", distance=WITHIN_M)
    return codes(joined.index, joined["index_right"])


def ball_tree(left: tuple[Floats, Floats], right: tuple[Floats, Floats]) -> Codes:
    from sklearn.neighbors import BallTree

    tree = BallTree(np.radians(np.column_stack(right)), metric="haversine")
    found = tree.query_radius(np.radians(np.column_stack(left)), WITHIN_M / SPHERE_M)
    return codes(np.repeat(np.arange(len(found)), [len(f) for f in found]), np.concatenate(found))


def boxes_and_geod(left: tuple[Floats, Floats], right: tuple[Floats, Floats]) -> Codes:
    """Ask an STRtree for boxes that surely hold the circles, and measure every pair it names."""
    import shapely

    high = np.degrees(WITHIN_M / 6_335_439.0)
    wide = np.degrees(WITHIN_M / 6_378_137.0) / np.cos(np.radians(np.abs(right[0]) + high))
    points: Any = shapely.points(left[1], left[0])
    tree = shapely.STRtree(points)
    boxes = shapely.box(right[1] - wide, right[0] - high, right[1] + wide, right[0] + high)
    j, i = tree.query(boxes)
    metres = geod().inv(left[1][i], left[0][i], right[1][j], right[0][j])[2]
    return codes(i[metres <= WITHIN_M], j[metres <= WITHIN_M])


PEERS = (
    ("geopandas to_crs(32637) + sjoin dwithin", geopandas_utm, 4),
    ("scikit-learn BallTree haversine", ball_tree, 6),
    ("STRtree boxes + Geod", boxes_and_geod, 3),
)


@contextlib.contextmanager
def postgres(extension: str) -> Iterator[Callable[[str], str] | None]:
    """Start a PostgreSQL with an extension; yield what runs SQL in it, or None where one of them lacks."""
    if not POSTGRES:
        yield None
        return
    programs, folder = POSTGRES[-1], Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    user = _unprivileged(folder)

    def run(program: str, *arguments: str, sql: str | None = None) -> str:
        command = [str(programs / program) if (programs / program).exists() else program, *arguments]
        done = subprocess.run(  # its own message is shown below
            command, check=False, input=sql, capture_output=True, text=True, user=user, cwd=folder
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")
        return done.stdout

    data = str(folder / "data")
    settings = f"-c listen_addresses= -k {folder} -c fsync=off -c shared_buffers=512MB -c work_mem=256MB"

    def sql(text: str) -> str:
        connect = ("-h", str(folder), "-U", "bench", "-d", "postgres")
        return run("psql", *connect, "-qtA", "-v", "ON_ERROR_STOP=1", sql=text)

    running: Callable[[str], str] | None = None
    try:
        with contextlib.suppress(RuntimeError):
            run("initdb", "-D", data, "-U", "bench", "--auth=trust", "--no-sync", "-E", "UTF8")
            run("pg_ctl", "-D", data, "-o", settings, "-l", str(folder / "log"), "-w", "start")
            sql(f"CREATE EXTENSION {extension};")
            running = sql
        yield running
    finally:
        with contextlib.suppress(RuntimeError):  # it may never have started
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> str | None:
    """Return the user to run as: PostgreSQL refuses root. The folder is made theirs."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, user)
    return user


def time_postgis(
    sql: Callable[[str], str], left: tuple[Floats, Floats], right: tuple[Floats, Floats]
) -> tuple[float, int, Codes]:
    """Return the least time of counting, the count, and the pairs."""
    for name, (latitudes, longitudes) in (("strikes", left), ("places", right)):
        rows = "\n".join(
            f"{i}\t{lon!r}\t{lat!r}"
            for i, (lat, lon) in enumerate(zip(latitudes.tolist(), longitudes.tolist(), strict=True))
        )
        sql(
            f"CREATE TABLE {name} (id int, lon float8, lat float8, at geography(Point, 4326));\n"
            f"COPY {name} (id, lon, lat) FROM STDIN;\n{rows}\n\\.\n"
            f"UPDATE {name} SET at = ST_MakePoint(lon, lat)::geography;\n"
            f"CREATE INDEX ON {name} USING gist (at);\n"
        )
        sql(f"VACUUM ANALYZE {name};")
    where = f"FROM strikes s JOIN places p ON ST_DWithin(s.at, p.at, {WITHIN_M})"
    best, count = least(lambda: int(sql(f"SELECT count(*) {where};")), 2)
    listed = np.fromstring(sql(f"SELECT s.id || ' ' || p.id {where};"), dtype=np.int64, sep=" ")
    return best, count, codes(listed[::2], listed[1::2])


def compare(rows: int, facilities: int) -> None:
    left, right = a_million_strikes(rows, seed=1), a_million_strikes(facilities, seed=2)
    print(f"\n{rows:,} points x {facilities:,}, {WITHIN_M / 1000:g} km, clustered in Syria")
    ours_s, pairs = least(lambda: ours(left, right), 7)
    print(f"{'':42}{'seconds':>9}{'times ours':>12}{'asked':>7}{'pairs':>10}{'wrong pairs':>13}")
    truth = boxes_and_geod(left, right)
    _line("gazetteer.near", ours_s, None, None, len(pairs), wrong(pairs, truth))
    for name, peer, asked in PEERS:
        seconds, found = least(partial(peer, left, right))
        _line(name, seconds, seconds / ours_s, asked, len(found), wrong(found, truth))
    with postgres("postgis") as sql:
        name = "PostGIS ST_DWithin(geography), GiST"
        if sql is None:
            print(f"{name:42}not measured: its programs are not installed, or did not start")
            return
        seconds, count, found = time_postgis(sql, left, right)
        _line(name, seconds, seconds / ours_s, 4, count, wrong(found, truth))


def _line(name: str, seconds: float, ratio: float | None, asked: int | None, pairs: int, bad: int) -> None:
    times = f"{ratio:.1f}" if ratio else ""
    print(f"{name:42}{seconds:>9.3f}{times:>12}{f'>= {asked}' if asked else '':>7}{pairs:>10,}{bad:>13,}")


def check_sample(rows: int = 2_000, facilities: int = 1_000) -> None:
    """Compare with `Geod` on every pair, without any filter."""
    left, right = a_million_strikes(rows, seed=3), a_million_strikes(facilities, seed=4)
    i, j = np.repeat(np.arange(rows), facilities), np.tile(np.arange(facilities), rows)
    metres = geod().inv(left[1][i], left[0][i], right[1][j], right[0][j])[2]
    truth = codes(i[metres <= WITHIN_M], j[metres <= WITHIN_M])
    bad = wrong(ours(left, right), truth)
    print(f"every pair of {rows:,} x {facilities:,} through Geod: {len(truth):,} pairs, {bad} wrong")


def grow() -> None:
    """Print how time and memory grow with the number of points."""
    print("\ncounts against 10,000, 5 km, points made ready included")
    print(f"{'points':>12}{'seconds':>10}{'pairs':>13}{'us a point':>12}{'MB above inputs':>17}")
    right = a_million_strikes(10_000, seed=2)
    for rows in (10_000, 100_000, 1_000_000):
        left = a_million_strikes(rows, seed=1)
        seconds, pairs = least(partial(counted, left, right))
        tracemalloc.start()  # numpy reports its arrays to it; not while the clock runs
        before = tracemalloc.get_traced_memory()[0]
        counted(left, right)
        above = (tracemalloc.get_traced_memory()[1] - before) / 1e6
        tracemalloc.stop()
        print(f"{rows:>12,}{seconds:>10.3f}{pairs:>13,}{seconds / rows * 1e6:>12.2f}{above:>17,.0f}")


def counted(left: tuple[Floats, Floats], right: tuple[Floats, Floats]) -> int:
    """Return the number of pairs, which are never all there at once."""
    points = Points.from_degrees(*left), Points.from_degrees(*right)
    return sum(len(pairs.left) for pairs in disc_pairs(points[0], 0.0, points[1], 0.0, within_m=WITHIN_M))


def judged(left: Points, radii: Floats, right: Points) -> tuple[Codes, Codes]:
    """Return how many are possibly, and certainly, within the distance of each point."""
    possible, certain = np.zeros((2, len(left)), dtype=np.int64)
    for pairs in disc_pairs(left, radii, right, 100.0, within_m=WITHIN_M):
        np.add.at(possible, pairs.left, 1)
        np.add.at(certain, pairs.left[pairs.certain], 1)
    return possible, certain


def parts() -> None:
    """Print how long each part of `near` takes, with radii of which one in five is unanswerable."""
    random = np.random.default_rng(6)
    places, few = (Points.from_degrees(*a_million_strikes(count, seed=2)) for count in (5_000, 75))
    print(f"\n{'radii 0, 0.5, 2.5, 5 and 25 km, 5 km':42}{'pairs':>9}{'nearest':>9}{'probability':>13}")
    for rows, right in ((200_000, places), (1_000_000, few)):
        left, radii = Points.from_degrees(*a_million_strikes(rows, seed=7)), random.choice(RADII_M, rows)
        judge_s, (possible, certain) = least(partial(judged, left, radii, right))
        nearest_s, _ = least(partial(nearest, left, right))
        clear = ~unanswerable(radii, within_m=WITHIN_M)
        some = np.flatnonzero((possible > 0) & (certain == 0) & clear)
        share_s, _ = least(partial(probability, left.take(some), radii[some], right, within_m=WITHIN_M))
        print(f"{f'{rows:,} x {len(right):,}':42}{judge_s:>9.3f}{nearest_s:>9.3f}{share_s:>13.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the exact join beside its peers.")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--facilities", type=int, default=5_000)
    options = parser.parse_args()
    check_sample()
    grow()
    parts()
    compare(options.rows, options.facilities)


if __name__ == "__main__":
    main()
