"""Soak a server: reads and writes at a steady rate, and see that nothing fails, gets lost or grows.

    python -m scripts.soak [--gazetteer gazetteer.gpkg] [--seconds 600] [--rate 200]

It starts `gazetteer-serve` as anybody would, with a store of 2,000 incidents and a file of keys; the load
comes from this process, on the same cores. Of a hundred requests 50 resolve, 20 reverse, suggest, list places
and areas, 10 ask for incidents (near hospitals, by area, counted, in plain words), 6 speak Nominatim's or
OpenRefine's language, 4 enrich a table of 20 rows and 10 write one to five incidents: add them, send them
again, change or delete them. Names come as often as in tables (`scripts/bench_service.py`).

Then the server is told to stop (SIGTERM) while writes come, and started again: everything that it has ever
acknowledged must be there as it was last sent. A bare Flask view is asked at the same rate for comparison.
Ends with 1 where a goal is missed.
"""

import argparse
import json
import os
import random
import signal
import statistics
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from gazetteer import Gazetteer
from scripts.bench_service import (
    BARE,
    DAYS,
    ROOT,
    SEED,
    SERVE,
    Running,
    ask,
    rows_and_new_names,
    say,
    started,
)
from scripts.http_load import Answer, Request, load, percentile
from service.key_file import KeyFile

INCIDENTS, CONNECTIONS, ENRICHED_ROWS = 2_000, 64, 20
#: Of a hundred requests, how many are of each kind.
SHARES = {"resolve": 50, "places": 20, "incidents": 10, "others": 6, "enrich": 4, "write": 10}
#: The goals.
MOST_GROWTH_PERCENT, MOST_P99_MS, MOST_TIMES_BARE = 5.0, 100.0, 10.0
#: Seconds of writes round the end of the server, and writes a second.
END_S, END_RATE = 3.0, 50.0
CSV, JSON = "text/csv", "application/json"


def request(
    kind: str,
    target: str,
    token: str = "",
    *,
    method: str = "GET",
    body: str = "",
    media: str = "",
    about: Any = None,
) -> Request:
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    head += f"Authorization: Bearer {token}\r\n" if token else ""
    sent = body.encode()
    head += f"Content-Type: {media}\r\nContent-Length: {len(sent)}\r\n" if sent else ""
    return Request((head + "\r\n").encode() + sent, kind, about)


class Plan:
    """What is asked: names and positions of a gazetteer, chosen by chance from a seed."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.draw = random.Random(SEED)
        rows, _ = rows_and_new_names(gazetteer)
        self.texts = [text for text in rows if 2 < len(text) <= 100 and text.isprintable()]
        self.settlements = [place for place in gazetteer.places() if place.kind.group == "settlement"]
        self.areas = [place for place in gazetteer.places() if place.kind.group == "admin"]

    def read(self, kind: str, token: str) -> Request:
        """Return a request that writes nothing; what it is about is the member that its answer must have."""
        if kind == "enrich":
            texts = self.draw.sample(self.texts, ENRICHED_ROWS)
            rows = "".join(
                f'{n},"{text}"\n' for n, text in enumerate(text.replace('"', "") for text in texts)
            )
            body = f"number,place\n{rows}"
            return request(
                kind, "/v1/enrich", token, method="POST", body=body, media=CSV, about=ENRICHED_ROWS
            )
        path, has, query = getattr(self, f"_{kind}")()
        return request(kind, f"{path}?{urlencode(query)}" if query else path, token, about=has)

    def row(self) -> dict[str, Any]:
        """Return an incident without an id: two of three with a position, the others with a name."""
        row = {
            "date": str(self.draw.choice(DAYS)),
            "place": self.draw.choice(self.texts),
            "note": "generated",
        }
        if self.draw.random() < 2 / 3:
            row |= self._position() | {"uncertainty_m": self.draw.choice((0, 100, 500, 2000))}
        return row

    def _position(self) -> dict[str, Any]:
        at = self.draw.choice(self.settlements).position
        latitude, longitude = (
            round(one + self.draw.gauss(0, 0.03), 5) for one in (at.latitude, at.longitude)
        )
        return {"latitude": latitude, "longitude": longitude}

    def _resolve(self) -> tuple[str, str, dict[str, Any]]:
        return "/v1/resolve", "matches", {"text": self.draw.choice(self.texts)}

    def _places(self) -> tuple[str, str, dict[str, Any]]:
        area = self.draw.choice(self.areas).id
        return self.draw.choice((
            ("/v1/reverse", "nearest", self._position()),
            ("/v1/suggest", "suggestions", {"text": self.draw.choice(self.texts)[:3]}),
            ("/ogc/collections/places/items", "features", {"area": area, "limit": 50}),
            (f"/v1/places/{quote(self.draw.choice(self.settlements).id)}", "id", {}),
            (f"/ogc/collections/areas/items/{area}", "properties", {}),
        ))  # fmt: skip

    def _incidents(self) -> tuple[str, str, dict[str, Any]]:
        first, area = self.draw.choice(DAYS[:-60]), self.draw.choice(self.areas).id
        days = {"from": first, "to": first + timedelta(days=60)}
        asked = f"how many strikes within 2 km of a hospital from {first} to {days['to']}"
        return self.draw.choice((
            ("/ogc/collections/incidents/items", "features", {"near": "hospital", "within": "5km", **days}),
            ("/ogc/collections/incidents/items", "features", {"area": area, "limit": 100}),
            ("/v1/incidents/summary", "counts", {"by": "area", "area": area, **days}),
            ("/v1/ask", "summary", {"question": asked}),
        ))  # fmt: skip

    def _others(self) -> tuple[str, str, dict[str, Any]]:
        text = self.draw.choice(self.texts)
        return self.draw.choice((
            ("/search", "", {"q": text, "format": "jsonv2"}),
            ("/reconcile", "q", {"queries": json.dumps({"q": {"query": text}})}),
        ))  # fmt: skip


class Writes:
    """Incidents added, sent again, changed and deleted; what the server has acknowledged.

    An incident is never in two writes at a time, so what must be stored in the end is known. What wasn't
    acknowledged may be there or not.
    """

    def __init__(self, plan: Plan, token: str) -> None:
        self._plan, self._token, self._made = plan, token, 0
        self.stored: dict[str, dict[str, Any]] = {}
        self.deleted: set[str] = set()
        self.unknown: set[str] = set()
        self.acknowledged = 0
        self._free: list[str] = []  # ids that are in no write

    def next(self) -> Request:
        """Return the next write."""
        draw = self._plan.draw
        step, count = draw.choice(("add", "again", "change", "delete")), draw.choice((1, 1, 1, 2, 5))
        if step == "add" or len(self._free) < 100:
            return self.added(count)
        draw.shuffle(self._free)
        if step == "delete":
            own = self._free.pop()
            self.unknown.add(own)
            target = f"/v1/incidents?id={own}"
            return request("write", target, self._token, method="DELETE", about=own)
        rows = [self.stored[self._free.pop()] for _ in range(count)]
        if step == "change":
            self._made += 1
            rows = [{**row, "note": f"change {self._made}"} for row in rows]
        return self._post(rows)

    def added(self, count: int) -> Request:
        """Return a write of new incidents."""
        first = self._made
        self._made += count
        return self._post([{"id": f"soak-{first + n}", **self._plan.row()} for n in range(count)])

    def _post(self, rows: list[dict[str, Any]]) -> Request:
        self.unknown |= {row["id"] for row in rows}
        target, body = "/v1/incidents?source=soak", json.dumps(rows)
        return request("write", target, self._token, method="POST", body=body, media=JSON, about=rows)

    def answered(self, answer: Answer) -> None:
        """Remember what became of a write."""
        if answer.status != 200:
            return
        about = answer.request.about
        self.acknowledged += 1
        if isinstance(about, str):
            self.unknown.discard(about)
            self.deleted.add(about)
            del self.stored[about]
            return
        for row in about:
            self.unknown.discard(row["id"])
            self.stored[row["id"]] = row
            self._free.append(row["id"])

    def lost(self, port: int) -> list[str]:
        """Return what is acknowledged and isn't so in the store."""
        found: dict[str, dict[str, Any]] = {}
        target = "/ogc/collections/incidents/items"
        while target:
            page = json.loads(ask(port, target, Authorization=f"Bearer {self._token}")[0])
            found |= {feature["id"]: feature["properties"] for feature in page["features"]}
            following = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
            target = urlsplit(following)._replace(scheme="", netloc="").geturl()
        wrong = [f"{one} was deleted and is there" for one in (self.deleted - self.unknown) & found.keys()]
        for own in self.stored.keys() - self.unknown:
            row, held = self.stored[own], found.get(own)
            if held is None or any(str(held.get(name)) != row[name] for name in ("date", "place", "note")):
                wrong.append(f"{own} is {'missing' if held is None else 'not as it was last sent'}")
        return wrong + [f"{one} was never sent" for one in found.keys() - self.stored.keys() - self.unknown]


def wrong_with(answer: Answer) -> str:
    """Return what is wrong with an answer; nothing where it is as it must be."""
    about = answer.request.about
    if answer.status != 200:
        return f"{answer.status or 'no answer'}: {answer.body[:300].decode(errors='replace')}"
    if isinstance(about, int):
        rows = answer.body.count(b"\n") - 1
        return "" if rows == about else f"{about} rows were sent, {rows} came back"
    if answer.request.kind != "write" and about not in ("", *json.loads(answer.body)):
        return f"the answer has no {about}"
    return ""


class Soak:
    """One run of the load: latencies by kind, errors, and the memory of the server each second."""

    def __init__(self, server: Running, plan: Plan, writes: Writes, tokens: list[str]) -> None:
        self._server, self._plan, self._writes, self._tokens = server, plan, writes, tokens
        self.latencies_ms: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self.memory_mb: list[float] = []

    def run(self, seconds: float, rate: float) -> None:
        """Load the server."""
        load(
            self._server.port,
            self._requests(),
            self._answered,
            seconds=seconds,
            rate=rate,
            connections=CONNECTIONS,
        )

    def _requests(self) -> Iterator[Request]:
        draw, looked = self._plan.draw, 0.0
        kinds, shares = list(SHARES), list(SHARES.values())
        while True:
            if time.monotonic() - looked >= 1:
                looked = time.monotonic()
                self.memory_mb.append(resident_mb(self._server.process.pid))
            kind = draw.choices(kinds, shares)[0]
            yield self._writes.next() if kind == "write" else self._plan.read(kind, draw.choice(self._tokens))

    def _answered(self, answer: Answer) -> None:
        self.latencies_ms[answer.request.kind].append(answer.ms)
        if wrong := wrong_with(answer):
            head = answer.request.data.partition(b" HTTP")[0].decode()
            self.errors.append(f"{head}: {wrong}")
        if answer.request.kind == "write":
            self._writes.answered(answer)


def resident_mb(pid: int) -> float:
    """Return what a process holds (proc(5), statm), for the price of a small file."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def stop_amid_writes(server: Running, writes: Writes) -> int:
    """Tell the server to stop while writes come; return how many were acknowledged meanwhile."""
    before = writes.acknowledged
    timer = threading.Timer(END_S / 3, server.process.send_signal, (signal.SIGTERM,))
    timer.start()
    load(server.port, iter(writes.next, None), writes.answered, seconds=END_S, rate=END_RATE, connections=8)
    timer.join()
    if status := server.process.wait(30):
        raise SystemExit(f"the server ended with status {status}")
    return writes.acknowledged - before


def tell(soak: Soak, bare_ms: list[float]) -> bool:
    """Print what was measured, and return whether the goals were reached."""
    everything = [one for latencies in soak.latencies_ms.values() for one in latencies]
    for kind, latencies in sorted(soak.latencies_ms.items()):
        p50, p99 = (percentile(latencies, share) for share in (0.5, 0.99))
        print(
            f"  {kind:10}{len(latencies):>9,}   p50 {p50:6.1f}   p99 {p99:7.1f}  max {max(latencies):7.1f} ms"
        )
    say("errors", f"{len(soak.errors):,} of {len(everything):,}", "0")
    for error, count in Counter(soak.errors).most_common(5):
        print(f"    {count} times {error}")
    p99_ms, bare_p99_ms = percentile(everything, 0.99), percentile(bare_ms, 0.99)
    say("p99 of all", f"{p99_ms:.1f} ms", f"<= {MOST_P99_MS:.0f} ms")
    say("p99 of a bare Flask view at the same rate", f"{bare_p99_ms:.1f} ms")
    times = p99_ms / bare_p99_ms
    say("  how many times that", f"{times:.1f}", f"<= {MOST_TIMES_BARE:.0f}")
    held, tenth = soak.memory_mb, max(1, len(soak.memory_mb) // 10)
    points = [statistics.median(held[at : at + tenth]) for at in range(0, len(held) - tenth + 1, tenth)]
    growth = (points[-1] / points[min(2, len(points) - 1)] - 1) * 100
    print(f"  memory by tenths of the time: {' '.join(f'{one:.0f}' for one in points)} MB")
    say("  growth after the first fifth", f"{growth:+.1f} %", f"<= {MOST_GROWTH_PERCENT:.0f} %")
    return not soak.errors and growth <= MOST_GROWTH_PERCENT and times <= MOST_TIMES_BARE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, help="default: gazetteer.gpkg here, else the embedded one")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    args = parser.parse_args()
    here = ROOT / "gazetteer.gpkg"
    file = args.gazetteer or (here if here.is_file() else None)
    with tempfile.TemporaryDirectory(prefix="gazetteer-soak-") as folder, Gazetteer.open(file) as gazetteer:
        plan, keys = Plan(gazetteer), KeyFile(Path(folder) / "keys.json")
        writer, full, public = (
            keys.add(name, tier=tier, scope=scope, expires=None)[0]  # type: ignore[arg-type]
            for name, tier, scope in (("w", "full", "write"), ("f", "full", "read"), ("p", "public", "read"))
        )
        options: list[str | Path] = ["--port", "0", "--store", Path(folder) / "incidents.sqlite"]
        options += ["--keys", Path(folder) / "keys.json", "--key-rate-limit", "100000/minute"]
        options += ["--gazetteer", file] if file else []
        writes = Writes(plan, writer)
        with started(BARE) as bare:
            bare_ms: list[float] = []
            wanted = iter(lambda: request("bare", "/"), None)
            took = min(args.seconds, 60)
            load(
                bare.port,
                wanted,
                lambda one: bare_ms.append(one.ms),
                seconds=took,
                rate=args.rate,
                connections=CONNECTIONS,
            )
        with started(SERVE, *options, asked="/readyz") as server:
            firsts = iter([writes.added(100) for _ in range(INCIDENTS // 100)])
            load(server.port, firsts, writes.answered, connections=1)
            load_1 = os.getloadavg()[0]
            print(f"{args.rate:.0f} requests/s for {args.seconds:.0f} s; load average {load_1:.1f} before it")
            soak = Soak(server, plan, writes, [full, public, ""])
            soak.run(args.seconds, args.rate)
            last = stop_amid_writes(server, writes)
        is_good = tell(soak, bare_ms)
        with started(SERVE, *options, asked="/readyz") as again:
            lost = writes.lost(again.port)
        say(
            "writes acknowledged, and of these while it was told to stop",
            f"{writes.acknowledged:,}, {last:,}",
        )
        say(f"  acknowledged and not so in the store, of {len(writes.stored):,}", f"{len(lost):,}", "0")
        for one in lost[:10]:
            print(f"    {one}")
    raise SystemExit(0 if is_good and not lost else 1)


if __name__ == "__main__":
    main()
