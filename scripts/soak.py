"""Soak a server: mixed reads and writes at a steady rate for minutes, and see that nothing grows or fails.

    python -m scripts.soak [--gazetteer gazetteer.gpkg] [--minutes 10] [--rate 300] [--workers 2]

It starts `gazetteer-serve` as anybody would, with a store of 2,000 incidents of its own, and asks it from
another process (`scripts/soak_load.py`) what `scripts/soak_plan.py` says: of a hundred requests 40 resolve,
10 reverse, 10 suggest, 10 places and areas, 10 incidents (near, by area, summary, ask), 5 Nominatim and
OpenRefine, 5 the map and its files, 5 enrich a table of 20 rows and 5 write: of five writes two add an
incident, one sends one again, one changes one and one deletes one. The first minute warms up and isn't
timed. Memory is what the processes hold together (PSS, so that shared pages count once), each second. In
the end every acknowledged write is read back. Ends with 1 where there was an error, memory grew by more
than 5 %, or p99 was above 100 ms.
"""

import argparse
import http.client
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from scripts.soak_plan import plan_of, rows_of
from scripts.soak_sampling import Sample, Sampler

from gazetteer import Gazetteer
from scripts.bench_service import SERVE, Running, get, processor_s, say, started, workers_of
from scripts.http_load import percentile

INCIDENTS = 2_000
WARM_UP_S = 60.0
#: The goals.
MOST_GROWTH_PERCENT, MOST_P99_MS = 5.0, 100.0
#: Samples that "after warm-up" and "at the end" are the median of.
_AVERAGED = 15
_SETTLING_S = 3.0


def addresses_of_page(port: int, head: dict[str, str]) -> list[str]:
    """Return the address of the map and of the files that it names."""
    html = get(port, "/", head)[0].decode()
    named = set(re.findall(r'<(?:script|link|img)[^>]* (?:src|href)="([^"]+)"', html))
    return ["/", *sorted(urljoin("/", one) for one in named if not one.startswith(("data:", "http", "#")))]


def store_first(port: int, key: str, rows: list[dict[str, Any]]) -> None:
    """Store the incidents that there are from the beginning."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/incidents?source=first", json.dumps(rows), headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise SystemExit(f"the first incidents weren't stored: {response.status} {body[:300]!r}")
    connection.close()


def all_stored(port: int, head: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return the properties of everything that is stored, by id."""
    found: dict[str, dict[str, Any]] = {}
    target: str | None = "/v1/incidents?limit=10000"
    while target:
        page = json.loads(get(port, target, head)[0])
        found |= {feature["id"]: feature["properties"] for feature in page["features"]}
        target = page.get("next")
    return found


def lost_writes(
    stored: dict[str, dict[str, Any]], writes: dict[str, Any], first: list[dict[str, Any]]
) -> list[str]:
    """Return what was acknowledged and isn't so in the store."""
    wrong = []
    for row in (*first, *writes["stored"].values()):
        held = stored.get(row["id"])
        if held is None:
            wrong.append(f"{row['id']} is missing")
        elif any(str(held.get(name)) != str(row[name]) for name in ("date", "place", "note")):
            wrong.append(f"{row['id']} isn't as it was last sent")
    wrong += [f"{one} was deleted and is there" for one in writes["deleted"] if one in stored]
    known = {row["id"] for row in first} | set(writes["stored"]) | set(writes["unknown"])
    wrong += [f"{one} was never sent" for one in stored if one not in known]
    return wrong


def all_workers(pid: int, number: int) -> list[int]:
    """Return the server's workers once all run: the first ones answer before the last is there."""
    while len(workers := workers_of(pid)) < number:
        time.sleep(0.1)
    return [int(worker) for worker in workers]


def loaded(server: Running, plan: dict[str, Any], seconds: float, rate: float) -> dict[str, Any]:
    """Run the load, and return its report."""
    command = [sys.executable, "-m", "scripts.soak_load", str(server.port), "--rate", str(rate)]
    command += ["--warm-up", str(WARM_UP_S), "--seconds", str(seconds)]
    done = subprocess.run(command, input=json.dumps(plan), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the load ended with {done.returncode}: {done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def tell_latencies(report: dict[str, Any]) -> float:
    """Print latencies by kind, and return the p99 of all."""
    everything = [one for latencies in report["latencies_ms"].values() for one in latencies]
    for kind, latencies in (("all", everything), *report["latencies_ms"].items()):
        if latencies:
            p50, p99 = percentile(latencies, 0.5), percentile(latencies, 0.99)
            what = f"{len(latencies):>9,}  p50 {p50:6.1f}  p99 {p99:7.1f}  max {max(latencies):7.1f} ms"
            print(f"  {kind:10} {what}", flush=True)
    return percentile(everything, 0.99) if everything else float("inf")


def tell_memory(samples: list[Sample], seconds: float) -> float:
    """Print what the processes held, and return by how many percent it grew after the warm-up."""
    begin = [one for one in samples if one.at_s >= WARM_UP_S][:_AVERAGED]
    end = [one for one in samples if one.at_s <= WARM_UP_S + seconds][-_AVERAGED:]
    after, last = (statistics.median(one.pss_mb for one in part) for part in (begin, end))
    growth = (last / after - 1) * 100
    say("memory of all processes after the warm-up (PSS)", f"{after:.1f} MB")
    say("  at the end", f"{last:.1f} MB")
    say("  the most of any second", f"{max(one.pss_mb for one in samples):.1f} MB")
    say("  growth", f"{growth:+.1f} %", f"<= {MOST_GROWTH_PERCENT:.0f} %")
    say("RSS of each process at the end", ", ".join(f"{one:.0f}" for one in end[-1].rss_mb) + " MB")
    for what in ("threads", "files"):
        first, final = (getattr(part[-1], what) for part in (begin, end))
        say(f"open {what}, after the warm-up and at the end", f"{first}, {final}")
    return growth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, help="default: the embedded one")
    parser.add_argument("--minutes", type=float, default=10.0, help="after a warm-up of one")
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    key, seconds = secrets.token_hex(32), args.minutes * 60
    os.environ["GAZETTEER_API_KEY"] = key  # of the server, which is started from here
    head = {"Authorization": f"Bearer {key}"}
    with (
        tempfile.TemporaryDirectory(prefix="gazetteer-soak-") as folder,
        Gazetteer.open(args.gazetteer) as gazetteer,
    ):
        store = Path(folder) / "incidents.sqlite"
        options = [
            "--port",
            "0",
            "--workers",
            str(args.workers),
            "--store",
            str(store),
            "--log-level",
            "warning",
            # One key asks as many would.
            "--key-rate-limit",
            "none",
            "--max-at-once",
            "12",
        ]
        options += ["--gazetteer", str(args.gazetteer.resolve())] if args.gazetteer else []
        first = rows_of(gazetteer, INCIDENTS)
        with started(SERVE, *options) as server:
            store_first(server.port, key, first)
            plan = plan_of(gazetteer, key=key, page=addresses_of_page(server.port, head))
            print(f"{args.rate:.0f} requests/s for {args.minutes:g} minutes: {args.workers} workers")
            sampler = Sampler([server.pid, *all_workers(server.pid, args.workers)])
            watching = threading.Thread(target=sampler.run)
            watching.start()
            report = loaded(server, plan, seconds, args.rate)
            sampler.stop()
            watching.join()
            if sampler.ended:
                raise SystemExit("\n".join([*report["errors"], sampler.ended]))
            busy_s = processor_s(server.pid)
            time.sleep(_SETTLING_S)  # what wasn't answered in time may still be written
            lost = lost_writes(all_stored(server.port, head), report["writes"], first)
            sizes = {file.name: file.stat().st_size / 1e6 for file in Path(folder).iterdir()}
        good = tell(report, sampler.samples, seconds=seconds, lost=lost)
        say("processor time of the workers a second", f"{busy_s / sampler.samples[-1].at_s:.2f} s")
        say(
            "the store in the end", ", ".join(f"{name} {size:.1f} MB" for name, size in sorted(sizes.items()))
        )
    raise SystemExit(0 if good else 1)


def tell(report: dict[str, Any], samples: list[Sample], *, seconds: float, lost: list[str]) -> bool:
    """Print everything, and return whether the goals were met."""
    writes = report["writes"]
    say("requests, with those of the warm-up", f"{report['asked']:,}")
    say("  errors", f"{report['failed']:,}", "0")
    for error in report["errors"]:
        print(f"    {error}")
    p99_ms = tell_latencies(report)
    say("p99 of all", f"{p99_ms:.1f} ms", f"<= {MOST_P99_MS:.0f} ms")
    growth = tell_memory(samples, seconds)
    say("writes acknowledged", f"{writes['acknowledged']:,}")
    say(
        "incidents stored in the beginning and the end",
        f"{INCIDENTS:,}, {INCIDENTS + len(writes['stored']):,}",
    )
    say("  acknowledged and not so in the store", f"{len(lost):,}", "0")
    for one in lost[:10]:
        print(f"    {one}")
    return not report["failed"] and not lost and growth <= MOST_GROWTH_PERCENT and p99_ms <= MOST_P99_MS


if __name__ == "__main__":
    main()
