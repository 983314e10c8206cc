"""Time `resolve` on cells that it never saw, beside what is usually used instead, in one run.

    python -m scripts.bench_resolve --gazetteer gazetteer.gpkg

The cells are made of the gazetteer's own names, in the forms that the weights were fitted on but from another
seed, and all different. Each is resolved once, in this process, with cold caches. The peers find the most
alike of all spellings: rapidfuzz, and pg_trgm in a PostgreSQL, started as ``make bench-distance`` does it.
Last comes the worst of bad input, each answer of which should take less than 50 ms.
"""

import argparse
import csv
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rapidfuzz import fuzz, process

from gazetteer import Gazetteer
from gazetteer.names import fold
from scripts.bench_distance import postgres
from scripts.templates import made_texts
from scripts.train_ranker import MADE, SEED

CELLS = 2_000
#: The peers, which take long, are asked for so many of the cells.
PEER_CELLS = 200
BAD = {
    "empty": "",
    "whitespace": " \t\n",
    "digits": "1234567890",
    "emoji": "😀🏥💥",
    "10,000 letters": "a" * 10_000,
    "10,000 consonants": "ghdhthzc" * 1_250,
    "1,000 names": "Kafr Nabl, " * 1_000,
    "1,000 and": "Hass and " * 1_100,
    "1,000 between": "between Hass and " * 600,
    "mixed scripts": "Idإدلب 伊德利卜",
    "right-to-left marks": "\u202b\u200fإدلب\u202c",
    "NUL": "Idlib\0",
    "coordinate": "35.93, 36.63",
    "HTML": "<td class='x'><b>Idlib</b>&nbsp;</td>",
}


def times_ms(work: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Return how long each text takes, in ms."""
    found = []
    for text in texts:
        begun = time.perf_counter()
        work(text)
        found.append((time.perf_counter() - begun) * 1e3)
    return found


def unseen_cells(gazetteer: Gazetteer, count: int) -> list[str]:
    """Return distinct cells, none of which the weights were fitted on."""
    places = tuple(gazetteer.places())
    fitted_on = {made.text for made in made_texts(places, count=MADE, seed=SEED)}
    made = dict.fromkeys(made.text for made in made_texts(places, count=2 * count, seed=SEED + 1))
    return [text for text in made if text not in fitted_on][:count]


def enrich_ms(gazetteer: Path, cells: Sequence[str]) -> float:
    """Return how long `gazetteer enrich` takes a cell, in ms, starting and opening the file included."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "cells.csv")
        with source.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["place"], *([text] for text in cells)])
        command = [sys.executable, "-m", "gazetteer", "enrich", str(source), "-o", f"{source}.out.csv"]
        command += ["--place", "place", "--gazetteer", str(gazetteer)]
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return (time.perf_counter() - begun) * 1e3 / len(cells)


def trigram_ms(spellings: Sequence[str], cells: Sequence[str]) -> float | None:
    """Return how long PostgreSQL takes a cell, in ms; None where there is none to start."""

    def copied(table: str, texts: Sequence[str]) -> str:
        rows = "\n".join(" ".join(text.replace("\\", " ").split()) for text in texts)
        return f"CREATE TABLE {table} (name text);\nCOPY {table} FROM STDIN;\n{rows}\n\\.\n"

    with postgres("pg_trgm") as sql:
        if sql is None:
            return None
        sql(copied("names", spellings) + copied("cells", cells))
        sql("CREATE INDEX ON names USING gist (name gist_trgm_ops(siglen=64));")
        sql("VACUUM ANALYZE;")
        best = "(SELECT n.name FROM names n ORDER BY n.name <-> c.name LIMIT 1)"
        begun = time.perf_counter()
        sql(f"SELECT {best} FROM cells c;")
        return (time.perf_counter() - begun) * 1e3 / len(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, required=True, help="the full gazetteer file")
    args = parser.parse_args()

    gazetteer = Gazetteer.open(args.gazetteer)
    for text in ("Idlib", "35.93, 36.63"):  # what is made at the first question belongs to opening
        gazetteer.resolve(text)
    cells = unseen_cells(gazetteer, CELLS)
    some = cells[:: len(cells) // PEER_CELLS]
    spellings = list(dict.fromkeys(fold(text) for _, text in gazetteer.names()))
    took = times_ms(gazetteer.resolve, cells)
    ours = statistics.fmean(took)
    fuzzy = times_ms(lambda text: process.extractOne(fold(text), spellings, scorer=fuzz.WRatio), some)
    print(f"{len(cells):,} different cells never seen, {len(spellings):,} spellings")
    print(f"{'':44}{'ms a cell':>10}{'times ours':>12}")
    lines = (
        ("Gazetteer.resolve, one process", ours),
        ("gazetteer enrich, starting and opening included", enrich_ms(args.gazetteer, cells)),
        ("rapidfuzz extractOne, WRatio, all spellings", statistics.fmean(fuzzy)),
        ("PostgreSQL pg_trgm, ORDER BY <-> LIMIT 1, GiST", trigram_ms(spellings, list(map(fold, some)))),
    )
    for name, ms in lines:
        print(f"{name:48}" + (f"{ms:>6.2f}{ms / ours:>12.1f}" if ms else "left out: no PostgreSQL to start"))
    median, most = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    print(f"resolve: median {median:.2f} ms, 95 of 100 within {most:.2f} ms")
    bad = dict(zip(times_ms(gazetteer.resolve, list(BAD.values())), BAD, strict=True))
    print(f"bad input: slowest is {bad[max(bad)]!r} with {max(bad):.1f} ms")


if __name__ == "__main__":
    main()
