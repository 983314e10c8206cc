"""Time the service beside a bare Flask view, under the same gunicorn settings and load in the same run.

    python -m scripts.bench_service [--gazetteer gazetteer.gpkg] [--workers 2] [--seconds 5]

Both servers are started as `gazetteer-serve` starts its own; the load comes from a process of its own
(`scripts/http_load.py`). Asked are the strings of the labelled tables where their folder is there, else the
gazetteer's spellings with a letter changed in every second. Rounds of the two alternate, and the medians of
their rates are compared. Latencies are taken at a third of the rate, on a fixed schedule, from when each
request was due. Incidents are generated round the gazetteer's settlements, from a seed, and asked for by
changing dates. Goals stand beside the figures; nothing is asserted.
"""

import argparse
import csv
import http.client
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urljoin

from gazetteer import Gazetteer
from scripts.http_load import percentile, report_of
from scripts.labelled import read_labelled

LABELLED = Path(__file__).resolve().parents[2] / "shared" / "data" / "labelled"
SEED = 20160530
ROUNDS = 3
INCIDENTS = 100_000
SERVE = "from service.cli import main; main()"
#: The other server: one view that returns a constant, and nothing else of ours but how it is run.
BARE = """
from flask import Flask
from service.server import listen, run
from service.settings import Settings
app = Flask("bare")
app.add_url_rule("/", view_func=lambda: "ok")
settings = Settings(port=0, workers={workers})
listener = listen(settings.host, settings.port)
print(f"Serving on http://127.0.0.1:{{listener.getsockname()[1]}}/", flush=True)
run(app, listener.detach(), settings)
"""


class Running(NamedTuple):
    """A server that runs: its port, its process, and the seconds until it answered."""

    port: int
    pid: int
    ready_s: float


@contextmanager
def started(code: str, *options: str) -> Iterator[Running]:
    """Start a server, and stop it in the end."""
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", code, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r":(\d+)/", line)
        if found is None:
            raise SystemExit("the server didn't start: run it by hand to see why")
        port = int(found[1])
        get(port, "/readyz" if code == SERVE else "/")
        try:
            yield Running(port, process.pid, time.perf_counter() - begin)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def get(port: int, target: str, headers: dict[str, str] | None = None) -> tuple[bytes, float, float]:
    """Return a body, and the milliseconds until its first and its last byte."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begin = time.perf_counter()
    connection.request("GET", target, headers=headers or {})
    response = connection.getresponse()
    first = response.read(1)
    first_ms = (time.perf_counter() - begin) * 1000
    body = first + response.read()
    last_ms = (time.perf_counter() - begin) * 1000
    connection.close()
    if response.status != 200:
        raise SystemExit(f"{target} answers {response.status}: {body[:300]!r}")
    return body, first_ms, last_ms


def strings_of(gazetteer: Gazetteer) -> list[str]:
    """Return strings to resolve, in a fixed order."""
    if (LABELLED / "ucdp_dev.csv").is_file():
        texts = [row.text for table in read_labelled(LABELLED) for row in table.rows]
    else:
        texts = [text for _, text in gazetteer.names()]
    draw = random.Random(SEED)
    draw.shuffle(texts)
    if not (LABELLED / "ucdp_dev.csv").is_file():
        texts = [with_a_slip(text, draw) if n % 2 else text for n, text in enumerate(texts)]
    return [text for text in texts if 0 < len(text) <= 300][:5000]


def with_a_slip(text: str, draw: random.Random) -> str:
    """Return a text with one letter left out, doubled, or with the next letter also before it."""
    at = draw.randrange(len(text))
    before, letter, after = text[:at], text[at], text[at + 1 :]
    return before + draw.choice(("", letter * 2, after[:1] + letter)) + after


def write_incidents(path: Path, gazetteer: Gazetteer) -> None:
    """Write a table of incidents near settlements, from 2012 to 2024, with radii from 0 to 5 km."""
    draw = random.Random(SEED)
    positions = [place.position for place in gazetteer.places() if place.kind.group == "settlement"]
    first = date(2012, 1, 1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "date", "place", "latitude", "longitude", "uncertainty_m"))
        for number in range(INCIDENTS):
            near = draw.choice(positions)
            writer.writerow(
                (
                    number,
                    first + timedelta(days=draw.randrange(4700)),
                    "generated",
                    round(near.latitude + draw.gauss(0, 0.03), 5),
                    round(near.longitude + draw.gauss(0, 0.03), 5),
                    draw.choice((0, 100, 500, 2000, 5000)),
                )
            )


def workers_of(server_pid: int) -> list[str]:
    return Path(f"/proc/{server_pid}/task/{server_pid}/children").read_text().split()


def processor_s(server_pid: int) -> float:
    """Return the processor seconds that the workers have used (proc(5), stat: utime and stime)."""
    ticks = 0
    for child in workers_of(server_pid):
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def own_memory_mb(server_pid: int) -> list[float]:
    """Return what each worker holds for itself alone, in MB: its private pages (proc(5), smaps_rollup)."""
    found = []
    for child in workers_of(server_pid):
        rows = Path(f"/proc/{child}/smaps_rollup").read_text().splitlines()
        found.append(sum(int(row.split()[1]) for row in rows if row.startswith("Private_")) / 1024)
    return found


def say(what: str, value: str, goal: str = "") -> None:
    print(f"{what:58} {value:>22}  {goal and 'goal ' + goal}", flush=True)


def time_resolve(bare: Running, ours: Running, texts: Sequence[str], seconds: float) -> None:
    targets = ["/v1/resolve?" + urlencode({"text": text}) for text in texts]
    asked = {bare: ["/"], ours: targets}
    rates: dict[Running, list[float]] = {bare: [], ours: []}
    costs_us: dict[Running, list[float]] = {bare: [], ours: []}
    for turn in range(ROUNDS + 1):
        for server in (bare, ours):
            before_s = processor_s(server.pid)
            report = report_of(server.port, asked[server], seconds=seconds if turn else 1.0)
            if turn:  # both have been asked before they are timed
                rates[server].append(report.per_second)
                costs_us[server].append((processor_s(server.pid) - before_s) / report.answered * 1e6)
    of_bare, of_ours = (statistics.median(rates[server]) for server in (bare, ours))
    for what, server in (("a bare view", bare), ("/v1/resolve", ours)):
        say(f"{what}, requests/s (median of rounds)", f"{statistics.median(rates[server]):,.0f}")
        say("  processor time of the workers a request", f"{statistics.median(costs_us[server]):,.0f} µs")
    say("/v1/resolve as a share of the bare view", f"{of_ours / of_bare:.2f}", ">= 0.5")
    calm = report_of(ours.port, targets, seconds=max(seconds, 5.0), rate=of_ours / 3)
    for share, goal in ((0.5, ""), (0.95, ""), (0.99, "<= 20 ms")):
        what = f"  at {of_ours / 3:,.0f} requests/s, p{share * 100:.0f}"
        say(what, f"{percentile(calm.latencies_ms, share):.1f} ms", goal)
    say("  answers that weren't 200, of all", f"{calm.failed} of {calm.answered}", "0")


def time_incidents(port: int, ready_s: float) -> None:
    say(f"ready with {INCIDENTS:,} incidents to load", f"{ready_s:.1f} s")
    draw = random.Random(SEED)
    days = sorted(date(2012, 1, 1) + timedelta(days=draw.randrange(4700)) for _ in range(61))
    asked = "/v1/incidents?near=hospital&within=5km&from={}&to={}"
    spans = list(pairwise(days))
    draw.shuffle(spans)
    timed = [get(port, asked.format(*span)) for span in spans]
    sizes, firsts, lasts = zip(*((len(body), first, last) for body, first, last in timed), strict=True)
    what = "/v1/incidents?near=hospital&within=5km"
    say(f"{what}, cold: first byte, all", f"{firsts[0]:.0f} ms, {lasts[0]:.0f} ms")
    say("  of other dates: first byte p95", f"{percentile(firsts[1:], 0.95):.0f} ms", "<= 50 ms")
    say("  of other dates: whole answer p50", f"{percentile(lasts[1:], 0.5):.0f} ms")
    say("  of other dates: whole answer p95", f"{percentile(lasts[1:], 0.95):.0f} ms", "<= 150 ms")
    say("  size of an answer, mean", f"{statistics.mean(sizes) / 1024:,.0f} kB")


def weigh_page(port: int) -> None:
    """Add up the first page and the files that it names, as a browser takes them."""
    accepting = {"Accept-Encoding": "br, gzip"}
    html, _, page_ms = get(port, "/")
    named = set(re.findall(r'<(?:script|link|img)[^>]* (?:src|href)="([^"]+)"', html.decode()))
    files = {urljoin("/", address) for address in named if not address.startswith(("data:", "http"))}
    begin = time.perf_counter()
    bodies = [get(port, file, accepting)[0] for file in sorted(files)]
    files_ms = (time.perf_counter() - begin) * 1000
    weight = (len(get(port, "/", accepting)[0]) + sum(map(len, bodies))) / 1024
    say(f"the first page and the {len(files)} files that it names", f"{weight:.0f} kB", "<= 600 kB")
    say("  fetched one after the other in", f"{page_ms + files_ms:.0f} ms", "usable in <= 1 s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, help="default: the embedded one")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a round")
    parser.add_argument("--without-incidents", action="store_true")
    args = parser.parse_args()
    chosen = ["--port", "0", "--workers", str(args.workers)]
    chosen += ["--gazetteer", str(args.gazetteer.resolve())] if args.gazetteer else []
    with Gazetteer.open(args.gazetteer) as gazetteer, tempfile.TemporaryDirectory() as folder:
        texts = strings_of(gazetteer)
        print(f"{len(texts):,} strings; {args.workers} workers and the load on {os.cpu_count()} cores")
        with started(BARE.format(workers=args.workers)) as bare, started(SERVE, *chosen) as ours:
            say("ready after", f"{ours.ready_s:.2f} s", "<= 2 s")
            time_resolve(bare, ours, texts, args.seconds)
            own = ", ".join(f"{mb:.0f}" for mb in own_memory_mb(ours.pid))
            say("each worker's own memory after that", f"{own} MB", "<= 150 MB")
            weigh_page(ours.port)
        if not args.without_incidents:
            table = Path(folder) / "incidents.csv"
            write_incidents(table, gazetteer)
            with started(SERVE, *chosen, "--incidents", str(table)) as loaded:
                time_incidents(loaded.port, loaded.ready_s)
                own = ", ".join(f"{mb:.0f}" for mb in own_memory_mb(loaded.pid))
                say("each worker's own memory after that", f"{own} MB", "<= 150 MB")


if __name__ == "__main__":
    main()
