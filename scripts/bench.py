"""Time what users run beside what they would run instead, in the same run, and print how many times as long.

    python -m scripts.bench near [--gazetteer gazetteer.gpkg] [--rows 1000000] [--runs 3]

``make bench-near`` and its like run it. Timed is a command from its start to the written table, a public call
or a route, never a part of one, and of several runs, taken in turn, the least counts. Tables and texts are
made up from a seed, the same ones each time. Goals stand beside the figures; nothing is asserted.
"""

import argparse
import asyncio
import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from itertools import count, cycle, repeat
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import geopandas
import numpy as np
import pandas as pd
import shapely
from playwright.sync_api import Browser, sync_playwright
from rapidfuzz import fuzz, process

from gazetteer import Gazetteer
from gazetteer.names import fold
from scripts.templates import made_texts
from tests.postgis import a_cluster
from tests.service.browser.watching import ARGUMENTS, CHROMIUM
from tests.service.serving import run_server, serve

HERE, SEED, GAZETTEER = Path("gazetteer.gpkg"), 20160530, ("-m", "gazetteer")
READ_AND_WRITE = "import sys, pandas; pandas.read_csv(sys.argv[1], low_memory=False).to_csv(sys.argv[2])"
#: What users of geopandas write for the same question, without radii and dates.
GEOPANDAS = """
import sys, geopandas, pandas
def read(path):
    table = pandas.read_csv(path)
    points = geopandas.points_from_xy(table.longitude, table.latitude)
    return geopandas.GeoDataFrame(table, geometry=points, crs=4326).to_crs(32637)
incidents, places = read(sys.argv[1]), read(sys.argv[2])[["id", "name", "geometry"]]
near = incidents.sjoin(places, predicate="dwithin", distance=5000, rsuffix="place")
incidents["count"] = near.groupby(level=0).size().reindex(incidents.index, fill_value=0)
nearest = incidents.sjoin_nearest(places, distance_col="distance_m", rsuffix="place")
nearest[~nearest.index.duplicated()].drop(columns="geometry").to_csv(sys.argv[3], index=False)
"""
#: The same of lines, in a plane.
BUFFERED = """
import sys, geopandas, pandas
table = pandas.read_csv(sys.argv[1])
points = geopandas.points_from_xy(table.longitude, table.latitude, crs=4326)
incidents = geopandas.GeoDataFrame(table, geometry=points).to_crs(32637)
areas = geopandas.read_file(sys.argv[2])[["geometry"]].to_crs(32637).buffer(5000)
near = incidents.sjoin(geopandas.GeoDataFrame(geometry=areas))
incidents["count"] = near.groupby(level=0).size().reindex(incidents.index, fill_value=0)
incidents.drop(columns="geometry").to_csv(sys.argv[3], index=False)
"""
#: The same in PostGIS, on the spheroid, for 1 % of the incidents: all take minutes. Edges are great
#: circles there, and the lines are cut up, which is quicker.
POSTGIS = """
CREATE TEMP TABLE p (id int, name text, lat float, lon float, uncertainty_m float);
CREATE TEMP TABLE l (id int, shape text);
COPY p FROM '{points}' CSV HEADER; COPY l FROM '{lines}' CSV HEADER;
CREATE TEMP TABLE points AS SELECT id, ST_MakePoint(lon, lat)::geography AS g FROM p;
CREATE TEMP TABLE lines AS SELECT id, ST_Subdivide(ST_GeomFromText(shape, 4326), 32)::geography AS g FROM l;
CREATE INDEX ON lines USING gist (g); ANALYZE points; ANALYZE lines; SET enable_seqscan = off;
SELECT 'id,count' UNION ALL SELECT p.id || ',' || count(DISTINCT l.id)
FROM points p LEFT JOIN lines l ON ST_DWithin(p.g, l.g, 5000) GROUP BY p.id;
"""
#: What another Python runs: only where a name may stand is asked of it.
SPACY = """
import csv, sys, spacy
model = spacy.load(sys.argv[1], exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "tok2vec"])
with open(sys.argv[2]) as table, open(sys.argv[3], "w") as output:
    for row in csv.DictReader(table):
        print([entity.text for entity in model(row["text"]).ents], file=output)
"""
#: Fifty words about four towns.
REPORT = """Two people were injured on Tuesday when shells landed beside the main market of {}, according to a
nurse who reached the area by noon. Rescue teams from {} came in three vans, but the road to {} was closed by
a landslide. In rural Idlib volunteers repaired a water pump near {} and cleared rubble from two streets. """
#: The server that ours is compared with: a view that returns a constant, and of ours only what runs it.
BARE = """
from flask import Flask
from service.server import listen, run
app = Flask("bare")
app.add_url_rule("/", view_func=lambda: "ok")
with listen("127.0.0.1", 0) as listener:
    print(f"Serving on http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
    run(app, listener, max_body_bytes=10_000_000)
"""


def script(*arguments: object, python: object = sys.executable) -> Callable[[], object]:
    """Return what runs a Python, and ends all where that fails."""
    words = [str(one) for one in (python, *arguments)]
    return partial(subprocess.run, words, check=True, stdout=subprocess.DEVNULL)


def compare(title: str, ways: Mapping[str, Callable[[], object]], *, runs: int = 1) -> None:
    """Print the least seconds of each way, and how many times those of the last one, its peer."""
    took = {name: list[float]() for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            begin = time.perf_counter()
            way()
            took[name].append(time.perf_counter() - begin)
    *_, peer = took.values()
    print(f"{title}\n{'':44}{'seconds':>10}{'times the last':>16}")
    for name, seconds in took.items():
        print(f"  {name:42}{min(seconds):>10.2f}{min(seconds) / min(peer):>16.2f}", flush=True)


def spots(gazetteer: Gazetteer, path: Path, rows: int, **more: Any) -> Path:
    """Write points round settlements, each with an id, a name and what else is given."""
    towns = [place.position for place in gazetteer.places() if place.kind.group == "settlement"]
    dice = np.random.default_rng(rows)
    at = np.array([(town.latitude, town.longitude) for town in towns])[dice.integers(0, len(towns), rows)]
    at += dice.normal(0, 0.1, at.shape)
    table = {"id": np.arange(rows), "name": "A place", "latitude": at[:, 0], "longitude": at[:, 1], **more}
    pd.DataFrame(table).round(6).to_csv(path, index=False)
    return path


def bench_distance(args: argparse.Namespace, gazetteer: Gazetteer, folder: Path) -> None:
    """Exact points beside geopandas, and how many incidents have another count in its plane."""
    rows, out, peer = args.rows or 200_000, folder / "out.csv", folder / "peer.csv"
    tables = [spots(gazetteer, folder / f"{many}.csv", many, uncertainty_m=0) for many in (rows, 5_000)]
    near = script(*GAZETTEER, "near", tables[0], "--of", tables[1], "--within", "5km", "-o", out, *args.file)
    ways = {"command near": near, "geopandas, UTM": script("-c", GEOPANDAS, *tables, peer)}
    compare(f"{rows:,} incidents, 5,000 places, 5 km", ways, runs=args.runs)
    ours, theirs = (pd.read_csv(path, low_memory=False) for path in (out, peer))
    print(f"  incidents with another count: {(ours['count_certain'] != theirs['count']).sum():,}")


def bench_near(args: argparse.Namespace, gazetteer: Gazetteer, folder: Path) -> None:
    """Radii and dates: how long the hospitals take beside reading and writing alone."""
    rows, dice = args.rows or 1_000_000, np.random.default_rng(SEED)
    days = (np.datetime64("2012-01-01") + dice.integers(0, 4018, rows)).astype(str)
    radii = dice.choice([0, 500, 2_500, 5_000, 25_000], rows)
    table, out = spots(gazetteer, folder / "in.csv", rows, date=days, uncertainty_m=radii), folder / "out.csv"
    near = script(*GAZETTEER, "near", table, "--of", "hospital", "--within", "5km", "-o", out, *args.file)
    peer = script("-c", READ_AND_WRITE, table, folder / "peer.csv")
    ways = {"command near": near, "pandas read_csv and to_csv": peer}
    compare(f"{rows:,} incidents, the hospitals, 5 km", ways, runs=args.runs)
    bench_lines(args, gazetteer, folder)


def bench_lines(args: argparse.Namespace, gazetteer: Gazetteer, folder: Path) -> None:
    """Exact points near lines, beside PostGIS on the spheroid and geopandas in a plane."""
    rows, dice = args.rows or 200_000, np.random.default_rng(SEED)
    table, out, peer = (
        spots(gazetteer, folder / "in.csv", rows, uncertainty_m=0),
        folder / "out.csv",
        folder / "peer",
    )
    turns = np.cumsum(dice.normal(0, 0.15, (500, 1000)), axis=1) + dice.uniform(0, 2 * np.pi, (500, 1))
    steps = np.cumsum(np.stack([np.cos(turns), np.sin(turns)], axis=2) * 0.004, axis=1)
    lines = shapely.linestrings(dice.uniform((36, 33), (42, 37), (500, 1, 2)) + steps)
    geopandas.GeoDataFrame({"name": ["Road"] * 500}, geometry=lines, crs=4326).to_file(folder / "lines.gpkg")
    pd.DataFrame({"shape": shapely.to_wkt(lines, rounding_precision=-1)}).to_csv(folder / "lines.csv")
    pd.read_csv(table, nrows=rows // 100).to_csv(folder / "few.csv", index=False)
    folder.chmod(0o755)  # for the server to read
    near = script(
        *GAZETTEER, "near", table, "--of", folder / "lines.gpkg", "--within", "5km", "-o", out, *args.file
    )
    with a_cluster() as cluster:
        words = POSTGIS.format(points=folder / "few.csv", lines=folder / "lines.csv")
        ways = {
            "command near": near,
            "PostGIS, ST_DWithin, for 1 % of them": lambda: peer.write_text(cluster.sql(words)),
            "geopandas, buffers in UTM": script(
                "-c", BUFFERED, table, folder / "lines.gpkg", folder / "plane.csv"
            ),
        }
        compare(f"{rows:,} incidents, 500 lines of 1,000 corners, 5 km", ways, runs=args.runs)
    ours = pd.read_csv(out, low_memory=False).set_index("id")["count_certain"]
    for name, path in (("PostGIS", peer), ("geopandas", folder / "plane.csv")):
        theirs = pd.read_csv(path).set_index("id")["count"]
        differ = (ours[theirs.index] != theirs).sum()
        print(f"  incidents with another count in {name}: {differ:,} of {len(theirs):,}")


def bench_enrich(args: argparse.Namespace, gazetteer: Gazetteer, folder: Path) -> None:
    """Names that repeat beside pandas, which reads and writes the output; all different, by Dask."""
    rows, draw, columns = args.rows or 1_000_000, random.Random(SEED), ("place", "governorate")
    table, out = folder / "table.csv", folder / "out.csv"
    names = [(text, place.admin[0].name) for place, text in gazetteer.names() if place.admin]
    some, areas = draw.sample(names, len(names) // 12), sorted({area for _, area in names})
    enrich = partial(script, *GAZETTEER, "enrich", table, "-o", out, "--quiet", *args.file)
    pd.DataFrame(draw.choices(some, k=rows), columns=columns).to_csv(table)
    peer = script("-c", READ_AND_WRITE, out, folder / "peer.csv")
    ways = {"command enrich": enrich(), "pandas read_csv and to_csv of the output": peer}
    compare(f"{rows:,} rows, {len(some):,} different names (goal: at most 4)", ways)
    pairs = sorted({(text, area) for area in areas for text, _ in names})
    pairs = draw.sample(pairs, min(rows // 10, len(pairs)))
    pd.DataFrame(pairs, columns=columns).to_csv(table)
    dask = enrich("--engine", "dask", "--processes", 2)
    ways = {"one process": enrich("--processes", 1), "Dask on two workers": dask}
    compare(f"{len(pairs):,} rows, all different (goal: at least 1.6)", ways)


def bench_geoparse(args: argparse.Namespace, gazetteer: Gazetteer, folder: Path) -> None:
    """Reports of 200 words beside a small spaCy model that finds entities; --spacy names its Python."""
    towns = [place.name for place in gazetteer.places() if place.kind.group == "settlement"]
    draw, rows, table = random.Random(SEED), args.rows or 1_000, folder / "reports.csv"
    texts = [(REPORT * 4).format(*draw.sample(towns, 16)) for _ in range(rows)]
    pd.DataFrame({"text": texts}).to_csv(table)
    parse = (*GAZETTEER, "geoparse", table, "--text", "text", "--processes", 1, "--quiet", *args.file)
    ways = {"command geoparse": script(*parse, "-o", folder / "out.csv")}
    if args.spacy:
        peer = script("-c", SPACY, args.model, table, folder / "peer", python=args.spacy)
        ways[f"spaCy {args.model}, entities only"] = peer
    compare(f"{rows:,} reports", ways, runs=args.runs)


def bench_resolve(args: argparse.Namespace, gazetteer: Gazetteer, folder: Path) -> None:
    """Cells that were never seen, each once, beside the most alike of all spellings."""
    made = made_texts(tuple(gazetteer.places()), count=args.rows or 500, seed=SEED)
    cells = list(dict.fromkeys(text.text for text in made))
    spellings = list({fold(text) for _, text in gazetteer.names()})
    gazetteer.resolve("Idlib")  # what is made at the first question belongs to opening
    alike = partial(process.extractOne, choices=spellings, scorer=fuzz.WRatio)
    ways: dict[str, Callable[[], object]] = {
        "Gazetteer.resolve": lambda: [gazetteer.resolve(cell) for cell in cells],
        "rapidfuzz extractOne, WRatio": lambda: [alike(fold(cell)) for cell in cells],
    }
    compare(f"{len(cells):,} cells, {len(spellings):,} spellings", ways)


def bench_reverse(args: argparse.Namespace, gazetteer: Gazetteer, folder: Path) -> None:
    """Random points of a gazetteer with polygons beside a join, and how many lie elsewhere by it."""
    if not (outlines := gazetteer.outlines(level=3, simplified=False)):
        raise SystemExit("this gazetteer has no polygons: name a file that has some, with --gazetteer FILE")
    codes, shapes = zip(*outlines, strict=True)
    areas = geopandas.GeoDataFrame({"pcode": codes}, geometry=geopandas.GeoSeries.from_wkb(shapes), crs=4326)
    west, south, east, north = areas.total_bounds
    lat, lon = (
        np.random.default_rng(SEED).uniform((south, west), (north, east), (args.rows or 1_000_000, 2)).T
    )
    found: dict[str, pd.Series[str]] = {}

    def ours() -> None:
        found["ours"] = pd.Series(gazetteer.areas_at(lat, lon).pcodes(3)).fillna("")

    def join() -> None:
        points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(lon, lat), crs=4326)
        joined = points.sjoin(areas, predicate="intersects")["pcode"]
        found["join"] = joined.groupby(level=0).min().reindex(points.index).fillna("")

    compare(f"{len(lat):,} points", {"Gazetteer.areas_at": ours, "geopandas sjoin": join}, runs=args.runs)
    print(f"  points in another sub-district: {(found['ours'] != found['join']).sum():,}")


def bench_service(args: argparse.Namespace, gazetteer: Gazetteer, folder: Path) -> None:
    """/v1/resolve beside a bare Flask view under the same server and load; then the map's first view."""
    rows = names_as_in_tables(gazetteer, random.Random(SEED))
    new = {text + text[-1]: None for _, text in gazetteer.names()}
    options = ["--rate-limit", "none", *map(str, args.file)]
    with run_server(BARE, folder=folder) as bare, serve(*options, folder=folder) as ours:

        def ask(path: str, names: Iterator[str], rate: float | None = None) -> tuple[float, list[float]]:
            """Ask for some seconds; return the answers a second, and their latencies."""
            latencies_ms: list[float] = []
            requests = (Request("", path, {"text": name}) for name in names)

            def answered(_: Request, status: int, text: str, ms: float) -> None:
                if status != 200:
                    raise SystemExit(f"{path} answers {status}: {text}")
                latencies_ms.append(ms)

            server = bare if path == "/" else ours
            seconds = load(server.address, requests, answered, seconds=args.seconds, rate=rate)
            return len(latencies_ms) / seconds, latencies_ms

        rate = 0.0
        for what, names in {"names never seen": iter(new), "names as in tables": cycle(rows)}.items():
            turns = [(ask("/v1/resolve", names)[0], ask("/", repeat(""))[0]) for _ in range(args.runs)]
            rate, of_bare = (sum(each) / args.runs for each in zip(*turns, strict=True))
            print(f"{what}: {rate:,.0f} requests/s, {rate / of_bare:.2f} of a bare view's {of_bare:,.0f}")
        for path in ("/v1/resolve", "/"):
            p50, p99 = p50_and_p99(ask(path, cycle(rows), rate / 3)[1])
            print(f"{path:12} at {rate / 3:,.0f} requests/s: p50 {p50:.1f}, p99 {p99:.1f} ms")
    first_view(args, gazetteer, folder)


def first_view(args: argparse.Namespace, gazetteer: Gazetteer, folder: Path) -> None:
    """Print how long a browser takes to draw the map, and what is sent: half of the rows bring positions."""
    draw, rows, table = random.Random(SEED), args.rows or 20_000, folder / "incidents.csv"
    names = names_as_in_tables(gazetteer, draw)
    with table.open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(["date", "place", "latitude", "longitude", "uncertainty_m"])
        for number in range(rows):
            day = date(2012, 1, 1) + timedelta(draw.randrange(3000))
            spot = f"{draw.uniform(32.5, 37):.5f}", f"{draw.uniform(36, 41):.5f}", draw.choice((0, 500, 5000))
            write([day, "", *spot] if number % 2 else [day, names[number % len(names)], "", "", ""])
    options = ["--rate-limit", "none", "--incidents", str(table), *map(str, args.file)]
    with serve(*options, folder=folder) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        views = [_view(browser, f"http://{server.address}/") for _ in range(args.runs)]
    drawn_ms, sent = (min(each) for each in zip(*views, strict=True))
    print(f"the map with {rows:,} incidents: drawn after {drawn_ms / 1000:.2f} s (goal 1.5), ", end="")
    print(f"{sent / 1000:.0f} kB sent (goal 300)")


def _view(browser: Browser, address: str) -> tuple[float, int]:
    """Return the milliseconds until incidents are drawn, and the bytes sent until all is quiet; no cache."""
    sizes = list[int]()
    page = browser.new_page()
    page.on("requestfinished", lambda asked: sizes.append(asked.sizes()["responseBodySize"]))
    page.goto(address)
    page.wait_for_function("() => performance.getEntriesByName('drawn').length")
    page.wait_for_load_state("networkidle")
    drawn_ms: float = page.evaluate("() => performance.getEntriesByName('drawn')[0].startTime")
    page.close()
    return drawn_ms, sum(sizes)


class Request(NamedTuple):
    """A request; its kind is for figures, and what it is about for whoever looks at its answer."""

    kind: str
    path: str
    query: Mapping[str, str | int] = {}
    about: Any = None
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = {}


#: Told of each answer: its status, 0 where no whole one came, its text, and the ms since the request was due.
Answered = Callable[[Request, int, str, float], object]


def load(
    address: str,
    requests: Iterator[Request],
    answered: Answered,
    *,
    seconds: float = 3600.0,
    rate: float | None = None,
    connections: int = 8,
) -> float:
    """Ask until the seconds or the requests are over, wait for what is still awaited; return the seconds.

    Without a rate each connection asks again as soon as it is answered. With one, requests are due at even
    times, and each is timed from when it was due, so that a server that stops for a while can't hide it.
    """
    numbers, begin = count(), time.perf_counter()

    async def ask(session: aiohttp.ClientSession) -> None:
        while True:
            due = begin + next(numbers) / rate if rate else time.perf_counter()
            if due - begin >= seconds:
                return
            await asyncio.sleep(due - time.perf_counter())
            if (request := next(requests, None)) is None:
                return
            _, path, query, _, method, data, headers = request
            asked = session.request(
                method, f"http://{address}{path}", params=query, data=data, headers=headers
            )
            try:
                async with asked as response:
                    status, text = response.status, await response.text()
            except (aiohttp.ClientError, OSError) as error:
                status, text = 0, repr(error)
            answered(request, status, text, (time.perf_counter() - due) * 1000)

    async def ask_all() -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            await asyncio.gather(*(ask(session) for _ in range(connections)))

    asyncio.run(ask_all())
    return time.perf_counter() - begin


def p50_and_p99(values: list[float]) -> tuple[float, float]:
    """Return the values that half of all, and 99 of 100, don't exceed."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[int(0.99 * len(ordered))]


def names_as_in_tables(gazetteer: Gazetteer, draw: random.Random) -> list[str]:
    """Return names, row by row: by Zipf's law every fourth row has one that none before had, as in tables."""
    spellings = sorted({text for _, text in gazetteer.names() if 2 < len(text) <= 100 and text.isprintable()})
    draw.shuffle(spellings)
    return draw.choices(spellings, [1 / rank for rank in range(1, len(spellings) + 1)], k=13_500)


def main() -> None:
    benches = {name[6:]: bench for name, bench in globals().items() if name.startswith("bench_")}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=benches)
    parser.add_argument("--gazetteer", type=Path, help=f"default: {HERE} here, else the embedded one")
    parser.add_argument("--rows", type=int, help="the size of the table; each has its own default")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="the length of a run of the service")
    parser.add_argument("--spacy", type=Path, help="the Python of an environment with spaCy and a model")
    parser.add_argument("--model", default="en_core_web_sm")
    args = parser.parse_args()
    path = args.gazetteer or (HERE if HERE.is_file() else None)
    args.file = ["--gazetteer", path] if path else []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Gazetteer.open(path) as gazetteer:
        print(gazetteer)
        benches[args.what](args, gazetteer, Path(folder))


if __name__ == "__main__":
    main()
