"""Time the service beside a bare Flask view, under the same server and load in the same run.

    python -m scripts.bench_service [--gazetteer gazetteer.gpkg] [--seconds 5]

Both are started as processes of their own; the load comes from this one. The service is asked for the names
of the labelled tables where their folder is there, row by row, else for the gazetteer's names drawn so that
they repeat as much: first when it has just been started, each row once, then the same rows again, then names
that nobody has asked for. Beside the rates stands the processor time of a request, which other work on the
machine changes less.

Incidents are generated round settlements, from a seed. Goals stand beside the figures; nothing is asserted.
"""

import argparse
import csv
import http.client
import json
import os
import random
import re
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import cycle, pairwise, repeat
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin

from gazetteer import Gazetteer
from scripts import http_load
from scripts.http_load import Answer, load, percentile
from scripts.labelled import read_labelled

ROOT = Path(__file__).resolve().parents[1]
LABELLED = ROOT.parent / "shared" / "data" / "labelled"
SEED, ROUNDS, INCIDENTS = 20160530, 3, 100_000
DAYS = [date(2012, 1, 1) + timedelta(days=n) for n in range(4700)]
SERVE = "from service.cli import main; main()"
#: The other server: one view that returns a constant, and nothing else of ours but what runs it.
BARE = """
from flask import Flask
from service.server import listen, run
app = Flask("bare")
app.add_url_rule("/", view_func=lambda: "ok")
with listen("127.0.0.1", 0) as listener:
    print(f"Serving on http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
    run(app, listener, max_body_bytes=10_000_000)
"""


class Running(NamedTuple):
    """A server that runs: its port, its process, and the seconds from its start to its first answer."""

    port: int
    process: subprocess.Popen[str]
    ready_s: float

    @property
    def processor_s(self) -> float:
        """The processor seconds that it has used (proc(5), stat: utime and stime)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory_mb(self) -> float:
        """What it holds (proc(5), smaps_rollup: Pss)."""
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(text.partition("\nPss:")[2].split()[0]) / 1024


@contextmanager
def started(code: str, *options: str | Path, asked: str = "/") -> Iterator[Running]:
    """Start a server, and stop it in the end."""
    begin = time.perf_counter()
    command = [sys.executable, "-c", code, *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        found = re.search(r":(\d+)/", process.stdout.readline())
        if found is None:
            raise SystemExit("the server didn't start: run it by hand to see why")
        ask(int(found[1]), asked)
        try:
            yield Running(int(found[1]), process, time.perf_counter() - begin)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def ask(port: int, target: str, body: str | None = None, **headers: str) -> tuple[bytes, float, float]:
    """Return the body of an answer, and the milliseconds until its first and its last byte."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begin = time.perf_counter()
    connection.request("GET" if body is None else "POST", target, body, headers)
    response = connection.getresponse()
    first = response.read(1)
    first_ms = (time.perf_counter() - begin) * 1000
    whole = first + response.read()
    last_ms = (time.perf_counter() - begin) * 1000
    connection.close()
    if response.status != 200:
        raise SystemExit(f"{target} answers {response.status}: {whole[:300]!r}")
    return whole, first_ms, last_ms


def say(what: str, value: str, goal: str = "") -> None:
    print(f"{what:62} {value:>20}  {goal and 'goal ' + goal}", flush=True)


def rows_and_new_names(gazetteer: Gazetteer) -> tuple[list[str], list[str]]:
    """Return the names of tables, row by row, and names of which none comes twice."""
    draw = random.Random(SEED)
    spellings = sorted({text for _, text in gazetteer.names() if 1 < len(text) <= 100})
    draw.shuffle(spellings)
    if (LABELLED / "ucdp_dev.csv").is_file():
        tables = dict.fromkeys(tuple(row.text for row in table.rows) for table in read_labelled(LABELLED))
        rows = [text for table in tables for text in table if len(text) <= 300]
    else:  # by Zipf's law: a quarter of the rows has a name that none before had, as in those tables
        weights = [1 / rank for rank in range(1, len(spellings) + 1)]
        rows = draw.choices(spellings, weights, k=13_500)
    slips = {with_a_slip(text, draw): None for text in spellings}
    return rows, [text for text in slips if text.strip() and text not in set(rows)]


def with_a_slip(text: str, draw: random.Random) -> str:
    """Return a text with one letter left out, doubled, or with the next letter also before it."""
    at = draw.randrange(len(text))
    before, letter, after = text[:at], text[at], text[at + 1 :]
    return before + draw.choice(("", letter * 2, after[:1] + letter)) + after


class Timed:
    """What a server answered in all rounds."""

    def __init__(self, server: Running) -> None:
        self.server, self.latencies_ms = server, list[float]()
        self.seconds = self.processor_s = 0.0

    def run(self, targets: Iterable[str], **how: Any) -> None:
        """Ask for a round."""
        answers: list[Answer] = []
        before_s = self.server.processor_s
        self.seconds += load(self.server.port, map(http_load.get, targets), answers.append, **how)
        self.processor_s += self.server.processor_s - before_s
        self.latencies_ms += [one.ms for one in answers]
        if failed := [one for one in answers if one.status != 200]:
            raise SystemExit(f"{len(failed)} requests failed, such as {failed[0]}")

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_ms) / self.seconds

    @property
    def processor_us(self) -> float:
        """The processor time of the server for an answer."""
        return self.processor_s / len(self.latencies_ms) * 1e6


def compare(
    what: str, bare: Running, ours: Running, parts: Sequence[Iterable[str]], seconds: float, goal: str = ""
) -> float:
    """Print the rates of the service and the bare view, and return that of the service."""
    of_bare, of_ours = Timed(bare), Timed(ours)
    for part in parts:
        of_bare.run(repeat("/"), seconds=seconds)
        of_ours.run(part, **({} if isinstance(part, list) else {"seconds": seconds}))
    say(f"/v1/resolve, {what}: requests/s", f"{of_ours.rate:,.0f} of {of_bare.rate:,.0f}")
    say("  processor time a request", f"{of_ours.processor_us:,.0f} of {of_bare.processor_us:,.0f} µs")
    say("  as a share of the bare view", f"{of_ours.rate / of_bare.rate:.2f}", goal)
    return of_ours.rate


def time_resolve(bare: Running, ours: Running, gazetteer: Gazetteer, seconds: float) -> None:
    rows, new_names = (
        ["/v1/resolve?" + urlencode({"text": text}) for text in texts]
        for texts in rows_and_new_names(gazetteer)
    )
    print(f"{len(rows):,} rows with {len(set(rows)):,} different names")
    third = len(rows) // ROUNDS + 1
    once = [rows[at : at + third] for at in range(0, len(rows), third)]
    again, new = cycle(rows), iter(new_names)
    compare("rows of tables", bare, ours, once, seconds, ">= 0.6")
    rate = compare("the same rows again", bare, ours, [again] * ROUNDS, seconds)
    compare("names never seen", bare, ours, [new] * ROUNDS, seconds)
    calm = Timed(ours)
    calm.run(again, seconds=max(seconds, 5.0), rate=rate / 3, connections=32)
    p50, p99 = (percentile(calm.latencies_ms, share) for share in (0.5, 0.99))
    say(f"  the same at {rate / 3:,.0f} requests/s: p50, p99", f"{p50:.1f}, {p99:.1f} ms", "p99 <= 20 ms")


def write_incidents(path: Path, gazetteer: Gazetteer) -> None:
    """Write a table of incidents near settlements, from 2012 to 2024, with radii from 0 to 5 km."""
    draw = random.Random(SEED)
    spots = [place.position for place in gazetteer.places() if place.kind.group == "settlement"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "date", "place", "latitude", "longitude", "uncertainty_m"))
        for number in range(INCIDENTS):
            near, radius_m = draw.choice(spots), draw.choice((0, 100, 500, 2000, 5000))
            latitude, longitude = near.latitude + draw.gauss(0, 0.03), near.longitude + draw.gauss(0, 0.03)
            row = (number, draw.choice(DAYS), "generated", f"{latitude:.5f}", f"{longitude:.5f}", radius_m)
            writer.writerow(row)


def time_incidents(port: int, key: str) -> None:
    draw = random.Random(SEED)
    days = sorted(draw.sample(DAYS, 61))
    near = "/ogc/collections/incidents/items?near=hospital&within=5km&from={}&to={}"
    timed = [ask(port, near.format(*span)) for span in draw.sample(list(pairwise(days)), 60)]
    (_, first_ms, last_ms), *others = timed
    firsts, lasts = [one[1] for one in others], [one[2] for one in others]
    say("incidents?near=hospital&within=5km, cold: first byte, all", f"{first_ms:.0f}, {last_ms:.0f} ms")
    say("  of other dates: first byte p95", f"{percentile(firsts, 0.95):.0f} ms", "<= 50 ms")
    p50, p95 = (percentile(lasts, share) for share in (0.5, 0.95))
    say("  of other dates: whole answer p50, p95", f"{p50:.0f}, {p95:.0f} ms", "p95 <= 150 ms")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    read = "/ogc/collections/incidents/items?limit=1&from={}"
    unwritten = statistics.median(ask(port, read.format(draw.choice(DAYS)))[2] for _ in range(20))
    say(f"a read of one of {INCIDENTS:,} incidents", f"{unwritten:.0f} ms")
    for count in (1, 100):
        writes, reads = [], []
        for turn in range(10):
            place = {"date": "2016-05-30", "latitude": 35.9 + turn / 1000, "longitude": 36.6}
            rows = [{"id": f"new-{n}", **place} for n in range(count)]
            writes.append(ask(port, "/v1/incidents", json.dumps(rows), **headers)[2])
            reads.append(ask(port, read.format(draw.choice(DAYS)))[2])
        written, after = statistics.median(writes), statistics.median(reads)
        say(f"a write of {count}, and the next such read", f"{written:.0f}, {after:.0f} ms")


def weigh_page(port: int) -> None:
    """Add up the first page and the files that it names, as a browser takes them."""
    accepting = {"Accept-Encoding": "br, gzip"}
    html = ask(port, "/")[0].decode()
    named = set(re.findall(r'<(?:script|link|img)[^>]* (?:src|href)="([^"]+)"', html))
    files = {urljoin("/", address) for address in named if not address.startswith(("data:", "http"))}
    begin = time.perf_counter()
    sizes = [len(ask(port, file, **accepting)[0]) for file in ("/", *sorted(files))]
    files_ms = (time.perf_counter() - begin) * 1000
    say(
        f"the first page and the {len(files)} files that it names", f"{sum(sizes) / 1024:.0f} kB", "<= 600 kB"
    )
    say("  fetched one after the other in", f"{files_ms:.0f} ms", "<= 1 s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, help="default: gazetteer.gpkg here, else the embedded one")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a round")
    args = parser.parse_args()
    here = ROOT / "gazetteer.gpkg"
    file = args.gazetteer or (here if here.is_file() else None)
    os.environ["GAZETTEER_API_KEY"] = key = secrets.token_hex(16)  # of the servers that are started here
    with tempfile.TemporaryDirectory() as folder, Gazetteer.open(file) as gazetteer:
        store: list[str | Path] = ["--port", "0", "--audit", Path(folder) / "audit.jsonl", "--store"]
        served: list[str | Path] = [
            *store,
            Path(folder) / "empty.sqlite",
            *(["--gazetteer", file] if file else []),
        ]
        load_1 = os.getloadavg()[0]
        print(f"{file or 'the embedded gazetteer'}; {os.cpu_count()} cores, of which others use {load_1:.1f}")
        first = "/v1/resolve?text=Aleppo"
        with started(SERVE, *store, Path(folder) / "none.sqlite", asked=first) as embedded:
            say(
                "the first answer after the start, with the embedded gazetteer",
                f"{embedded.ready_s:.2f} s",
                "<= 2 s",
            )
        with started(BARE) as bare, started(SERVE, *served, asked=first) as ours:
            say("the first answer after the start", f"{ours.ready_s:.2f} s", "<= 2 s")
            time_resolve(bare, ours, gazetteer, args.seconds)
            say("memory after that", f"{ours.memory_mb:.0f} MB")
            weigh_page(ours.port)
        table = Path(folder) / "incidents.csv"
        write_incidents(table, gazetteer)
        with started(SERVE, *served, "--incidents", table, asked="/readyz") as loaded:
            say(f"ready with {INCIDENTS:,} incidents to load", f"{loaded.ready_s:.1f} s")
            time_incidents(loaded.port, key)
            say("memory after that", f"{loaded.memory_mb:.0f} MB")


if __name__ == "__main__":
    main()
