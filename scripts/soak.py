"""Soak a server: reads and writes at a steady rate, and see that nothing fails, gets lost or grows.

    python -m scripts.soak [--gazetteer gazetteer.gpkg] [--seconds 600] [--rate 200]

It starts `gazetteer-serve` as anybody would, with a store of 2,000 incidents and a file of keys; the load
comes from this process, on the same cores. Then the server is told to stop (SIGTERM) while writes come, and
started again: everything that it has ever acknowledged must be there as it was last sent. A bare Flask view
is asked at the same rate for comparison. Ends with 1 where a goal is missed.
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
from datetime import date, timedelta
from itertools import count, repeat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gazetteer import Gazetteer
from scripts.bench import BARE, SEED, Request, load, names_as_in_tables, p50_and_p99
from service.key_file import KeyFile
from tests.service.serving import Server, run_server, serve

INCIDENTS, CONNECTIONS, ITEMS = 2_000, 64, "/ogc/collections/incidents/items"
GOAL_GROWTH_PERCENT, GOAL_TIMES_BARE = 5.0, 10.0


class Soak:
    """The load, drawn from a seed, and what came of it.

    An incident is never in two writes at a time, so what must be stored in the end is known. What wasn't
    acknowledged may be there or not.
    """

    def __init__(self, gazetteer: Gazetteer, keys: KeyFile) -> None:
        self._draw = random.Random(SEED)
        self._texts = names_as_in_tables(gazetteer, self._draw)
        self._towns = [place for place in gazetteer.places() if place.kind.group == "settlement"]
        self._areas = [place.id for place in gazetteer.places() if place.kind.group == "admin"]
        token, _ = keys.add("soak", tier="full", scope="write", expires=None)
        self._with_key = {"Authorization": f"Bearer {token}"}
        self._numbers, self._free = count(), list[str]()  # ids that are in no write
        self.stored: dict[str, dict[str, Any] | None] = {}  # as acknowledged; None is deleted
        self._unsure: set[str] = set()
        self.acknowledged = 0
        self.latencies_ms: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self.memory_mb: list[float] = []

    def requests(self, pid: int) -> Iterator[Request]:
        """Yield requests, and look now and then at the memory of the server (proc(5), statm)."""
        looked = 0.0
        while True:
            if time.monotonic() - looked >= 0.2:
                looked = time.monotonic()
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                self.memory_mb.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
            yield self.write() if self._draw.random() < 0.1 else self._read()

    def _read(self) -> Request:
        """Return a request that writes nothing; what it is about is what its answer must hold."""
        draw, first = self._draw, self._day()
        text, area = draw.choice(self._texts), draw.choice(self._areas)
        days = {"from": str(first), "to": str(first + timedelta(days=60))}
        question = f"how many strikes within 2 km of a hospital from {days['from']} to {days['to']}"
        forms: dict[str, tuple[int, str, dict[str, Any], str]] = {  # how many of ninety, path, query, member
            "resolve": (50, "/v1/resolve", {"text": text}, "matches"),
            "reverse": (4, "/v1/reverse", self._position(), "nearest"),
            "suggest": (4, "/v1/suggest", {"text": text[:3]}, "suggestions"),
            "place": (4, f"/v1/places/{draw.choice(self._towns).id}", {}, "id"),
            "places": (4, "/ogc/collections/places/items", {"area": area, "limit": 50}, "features"),
            "area": (4, f"/ogc/collections/areas/items/{area}", {}, "properties"),
            "near": (3, ITEMS, {"near": "hospital", "within": "5km", **days}, "features"),
            "incidents": (3, ITEMS, {"area": area, "limit": 100}, "features"),
            "summary": (2, "/v1/incidents/summary", {"by": "area", "area": area, **days}, "counts"),
            "ask": (2, "/v1/ask", {"question": question}, "summary"),
            "search": (3, "/search", {"q": text, "format": "jsonv2"}, ""),
            "reconcile": (3, "/reconcile", {"queries": json.dumps({"q": {"query": text}})}, '"q"'),
            "enrich": (4, "/v1/enrich", {}, "gaz_status"),
        }
        (kind,) = draw.choices(list(forms), [share for share, *_ in forms.values()])
        _, path, query, about = forms[kind]
        headers = draw.choice(({}, self._with_key))
        if kind != "enrich":
            return Request(kind, path, query, about, headers=headers)
        table = "place\n" + "".join(f'"{one}"\n' for one in draw.sample(self._texts, 20) if '"' not in one)
        headers = {**headers, "Content-Type": "text/csv"}
        return Request(kind, path, query, about, "POST", table.encode(), headers)

    def _day(self) -> date:
        return date(2012, 1, 1) + timedelta(days=self._draw.randrange(4600))

    def _position(self) -> dict[str, float]:
        at = self._draw.choice(self._towns).position
        latitude, longitude = (one + self._draw.gauss(0, 0.03) for one in (at.latitude, at.longitude))
        return {"latitude": round(latitude, 5), "longitude": round(longitude, 5)}

    def _row(self, own: str) -> dict[str, Any]:
        """Return an incident: two of three with a position, the others with a name alone."""
        at = {**self._position(), "uncertainty_m": 500} if self._draw.random() < 2 / 3 else {}
        told = {"date": str(self._day()), "place": self._draw.choice(self._texts)}
        return {"id": own, **told, "note": f"note {self._draw.random()}", **at}

    def write(self, new: int = 0) -> Request:
        """Return a write: incidents that are added, sent anew with other values, or deleted."""
        step, some = self._draw.choice(("add", "change", "delete")), self._draw.choice((1, 1, 1, 2, 5))
        self._draw.shuffle(self._free)
        if new or step == "add" or len(self._free) < 100:
            ids = [f"soak-{next(self._numbers)}" for _ in range(new or some)]
        elif step == "change":
            ids = [self._free.pop() for _ in range(some)]
        else:
            own = self._free.pop()
            self._unsure.add(own)
            headers = self._with_key
            return Request("write", "/v1/incidents", {"id": own}, {own: None}, "DELETE", headers=headers)
        self._unsure |= set(ids)
        rows = {own: self._row(own) for own in ids}
        body, headers = json.dumps([*rows.values()]).encode(), {"Content-Type": "application/json"}
        return Request("write", "/v1/incidents", {}, rows, "POST", body, {**self._with_key, **headers})

    def answered(self, request: Request, status: int, text: str, ms: float) -> None:
        """Remember an answer, and what is wrong with it."""
        self.latencies_ms[request.kind].append(ms)
        if status != 200 or (request.kind != "write" and request.about not in text):
            self.errors.append(f"{request.method} {request.path}: {status} {text[:200]}")
        elif request.kind == "write":
            self.acknowledged += 1
            self.stored |= request.about
            self._unsure -= request.about.keys()
            self._free += [own for own, row in request.about.items() if row]

    def lost(self, server: Server) -> list[str]:
        """Return the ids of what is acknowledged and isn't so in the store, or is there unasked."""
        found: dict[str, dict[str, Any]] = {}
        target = ITEMS
        while target:
            page = json.loads(server.get(target, self._with_key)[1])
            found |= {feature["id"]: feature["properties"] for feature in page["features"]}
            following = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
            target = urlsplit(following)._replace(scheme="", netloc="").geturl()
        known = (found.keys() | self.stored.keys()) - self._unsure
        return [own for own in known if _told(found.get(own)) != _told(self.stored.get(own))]


def _told(row: dict[str, Any] | None) -> list[str] | None:
    return None if row is None else [str(row.get(name)) for name in ("date", "place", "note")]


def tell(soak: Soak, bare_ms: list[float]) -> bool:
    """Print what was measured, and return whether the goals were reached."""
    everything = [one for latencies in soak.latencies_ms.values() for one in latencies]
    for kind, latencies in {**soak.latencies_ms, "all": everything, "bare view": bare_ms}.items():
        p50, p99 = p50_and_p99(latencies)
        print(
            f"{kind:10}{len(latencies):>9,}   p50 {p50:7.1f}   p99 {p99:7.1f}   max {max(latencies):7.1f} ms"
        )
    times = p50_and_p99(everything)[1] / p50_and_p99(bare_ms)[1]
    print(f"p99, times that of the bare view: {times:.1f} (goal: at most {GOAL_TIMES_BARE:g})")
    print(f"errors: {len(soak.errors):,} of {len(everything):,} (goal: 0)")
    for error, many in Counter(soak.errors).most_common(5):
        print(f"    {many} times {error}")
    held, n = soak.memory_mb, len(soak.memory_mb)
    fifths = [statistics.median(held[n * part // 5 : n * (part + 1) // 5]) for part in range(5)]
    growth = (fifths[-1] / fifths[1] - 1) * 100
    print(f"memory by fifths of the time: {' '.join(f'{one:.0f}' for one in fifths)} MB")
    print(f"    growth after the first: {growth:+.1f} % (goal: at most {GOAL_GROWTH_PERCENT:g} %)")
    return not soak.errors and growth <= GOAL_GROWTH_PERCENT and times <= GOAL_TIMES_BARE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, help="else the embedded default")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    args = parser.parse_args()
    how: dict[str, Any] = {"seconds": args.seconds, "rate": args.rate, "connections": CONNECTIONS}
    with tempfile.TemporaryDirectory(prefix="soak-") as name, Gazetteer.open(args.gazetteer) as held:
        folder, bare_ms = Path(name), list[float]()
        soak = Soak(held, KeyFile(folder / "keys.json"))
        with run_server(BARE, folder=folder) as bare:
            load(bare.address, repeat(Request("", "/")), lambda *one: bare_ms.append(one[-1]), **how)
        options = ["--store", f"{folder}/incidents.sqlite", "--keys", f"{folder}/keys.json"]
        options += ["--rate-limit", "none", "--key-rate-limit", "none"]
        options += ["--gazetteer", str(args.gazetteer)] if args.gazetteer else []
        with serve(*options, folder=folder) as server:
            firsts = iter([soak.write(100) for _ in range(INCIDENTS // 100)])
            load(server.address, firsts, soak.answered, connections=1)
            soak.latencies_ms.clear()
            load(server.address, soak.requests(server.process.pid), soak.answered, **how)
            is_good, before = tell(soak, bare_ms), soak.acknowledged
            threading.Timer(1, server.process.send_signal, (signal.SIGTERM,)).start()
            load(server.address, iter(soak.write, None), soak.answered, seconds=3, rate=50)
        with serve(*options, folder=folder) as again:
            lost, last = soak.lost(again), soak.acknowledged - before
            print(f"writes acknowledged: {soak.acknowledged:,}, of these {last:,} when it was told to stop")
            print(f"    not so in the store: {len(lost):,} of {len(soak.stored):,} (goal: 0) {lost[:9]}")
    raise SystemExit(0 if is_good and not lost else 1)


if __name__ == "__main__":
    main()
