"""Time the incident store: what a request asks, small writes, and the read after each.

    python -m scripts.bench_store [postgresql://USER@HOST/DATABASE] [--rows 100000]

Without an address it is a file of SQLite in a temporary folder. Name a database in which nothing is stored:
what is written stays in it. Rows are generated, from a seed. Each figure is the median of several.
"""

import argparse
import gc
import random
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident
from gazetteer.incidents.spots import Candidate, Fix
from service.store import IncidentStore

SEED, TOWNS, ROUNDS = 20160530, 1_000, 9


def made(count: int) -> list[Incident]:
    """Return incidents in a thousand towns, with ten columns each."""
    rng = random.Random(SEED)
    spots = [LatLon(rng.uniform(33, 37), rng.uniform(36, 42)) for _ in range(TOWNS)]
    towns = [Fix(at, 1500.0, ("SY07", "SY0700"), f"town:{n}") for n, at in enumerate(spots)]
    return [_made(str(number), towns[number % TOWNS], rng) for number in range(count)]


def _made(id_: str, town: Fix, rng: random.Random) -> Incident:
    day = date(2011, 3, 15) + timedelta(days=rng.randrange(5_000))
    cells = {f"column {n}": f"{rng.random()} of {id_}" for n in range(7)}
    return Incident(
        id=id_,
        date=day,
        position=town.position,
        uncertainty_m=town.uncertainty_m,
        admin=town.admin,
        properties={"id": id_, "date": str(day), "place": town.place_id, **cells},
        place=town.place_id,
        place_id=town.place_id,
        origin="name",
        names=(town.place_id,),
        candidates=(Candidate(town, 0.9),),
    )


def milliseconds(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median over some rounds."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        run()
        taken.append(1_000 * (time.perf_counter() - begun))
    return statistics.median(taken)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("address", nargs="?")
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = IncidentStore(options.address or Path(folder) / "store.sqlite")
        rows = made(options.rows)

        def show(what: str, ms: float) -> None:
            print(f"{what:<48}{ms:>10.2f} ms", flush=True)

        def write(count: int) -> Callable[[], object]:
            # Rows that are there already, each time in another place.
            return lambda: store.upsert(
                [_made(one.id, one.candidates[0].fix, random.Random()) for one in rows[:count]],
                owner="",
                source="b",
            )

        show(
            f"upsert of {len(rows):,} rows", milliseconds(lambda: store.upsert(rows, owner="", source="a"), 1)
        )
        show("change()", milliseconds(store.change, 200))
        for count in (1, 100):
            show(f"upsert of {count} changed", milliseconds(write(count)))
            before = store.change()
            write(count)()
            show(f"  the next read_since, of {count}", milliseconds(partial(store.read_since, before)))
        before = store.change()
        store.delete(owner="", ids=["0"])
        show("read_since after a deletion", milliseconds(lambda: store.read_since(before), 3))
        show("read_since of all", milliseconds(lambda: store.read_since(0), 3))
        gc.collect()
        tracemalloc.start()
        held = store.read_since(0)
        memory, _ = tracemalloc.get_traced_memory()
        print(f"{'memory that all rows take':<48}{memory / 1e6:>10.1f} MB ({len(held.rows):,} rows)")


if __name__ == "__main__":
    main()
