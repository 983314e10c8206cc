"""Time `enrich`: a million rows beside pandas, a hundred thousand different places, memory, and Dask.

    python scripts/bench_enrich.py [--gazetteer gazetteer.gpkg] [--labelled ../shared/data/labelled]

The big table repeats the places of the labelled tables, with their areas, or where the folder isn't there
the gazetteer's own spellings with every fifth one's last letter gone. In the table of different places those
spellings stand with other areas each time, so that every row has to be resolved. Every run is the command
`gazetteer enrich` in a process of its own; seconds are by the clock, and memory is the largest resident size
of any one process. The peer reads the very output with pandas.read_csv and writes it with to_csv. Figures are
printed beside their goals; nothing fails for missing one.
"""

import argparse
import csv
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gazetteer import Gazetteer
from gazetteer.incidents.columns import find_columns
from gazetteer.incidents.row import Mention, mention_cells, mention_of
from gazetteer.tables import read_table

LABELLED = Path(__file__).resolve().parents[2] / "shared" / "data" / "labelled"
ENRICH = [sys.executable, "-m", "gazetteer", "enrich", "--quiet"]
PEER = "import sys, pandas; pandas.read_csv(sys.argv[1], low_memory=False).to_csv(sys.argv[2], index=False)"


@dataclass(frozen=True)
class Run:
    """What a process took: seconds by the clock, of the processor, and MB at its largest."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def run(command: Sequence[str | Path]) -> Run:
    """Run a process to its end. What its own processes used counts too, of memory the largest's."""
    begin = time.perf_counter()
    process = subprocess.Popen([str(one) for one in command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(str(one) for one in command)} failed")
    return Run(time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def mentions_in(folder: Path, gazetteer: Gazetteer) -> list[Mention]:
    """Return the places to write, all different, each with an area or two."""
    if not folder.is_dir():
        names = [(place, text) for place, text in gazetteer.names() if place.admin][::12]
        return list(
            dict.fromkeys(
                Mention((text[:-1] if n % 5 == 0 else text,), (place.admin[0].name,))
                for n, (place, text) in enumerate(names)
            )
        )
    found: dict[Mention, None] = {}
    for path in sorted(folder.glob("*.csv")):
        table = read_table(path)
        columns = find_columns(table.columns)
        for chunk in table.chunks():
            for mention in map(mention_of, mention_cells(chunk, columns)):
                if mention.names:
                    found[Mention(mention.names[:1], mention.areas)] = None
    return list(found)


def write_rows(path: Path, mentions: Iterable[Mention]) -> None:
    """Write an incident table with these places."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "date", "place", "governorate", "district", "killed", "note"])
        for n, mention in enumerate(mentions):
            areas = (*reversed(mention.areas), "", "")[:2]
            date = f"201{n % 9}-0{n % 8 + 1}-1{n % 7}"
            writer.writerow(
                [f"EV{n:08}", date, mention.text, *areas, n % 40, f'Air strike, "report {n % 97}"']
            )


def different(mentions: Sequence[Mention], gazetteer: Gazetteer, rows: int) -> list[Mention]:
    """Return so many different mentions: every spelling with other areas."""
    areas = sorted({tuple(u.name for u in p.admin[1::-1]) for p, _ in gazetteer.names() if len(p.admin) > 1})
    texts = list(dict.fromkeys(mention.text for mention in mentions))
    pairs = [(area, text) for area in areas for text in texts]
    return [Mention((text,), area) for area, text in random.Random(2).sample(pairs, min(rows, len(pairs)))]


def line(what: str, value: str, goal: str = "") -> None:
    """Print a figure."""
    print(f"{what:56s} {value:>10s}   {goal}".rstrip(), flush=True)


def many_rows(folder: Path, mentions: Sequence[Mention], rows: int, chosen: Sequence[str | Path]) -> None:
    """Time a table that repeats itself beside pandas, and look at the memory of one of ten times its rows."""
    picked = random.Random(1)
    big, longer, out = folder / "big.csv", folder / "longer.csv", folder / "out.csv"
    write_rows(big, (picked.choice(mentions) for _ in range(rows)))
    took = run([*ENRICH, big, "-o", out, *chosen])
    peer = run([sys.executable, "-c", PEER, out, folder / "peer.csv"])
    (folder / "peer.csv").unlink()
    line(f"{rows:,} rows", f"{took.seconds:.1f} s", "goal: at most 30 s")
    line("  of the processor", f"{took.cpu_seconds:.1f} s")
    line("  memory", f"{took.megabytes:.0f} MB", "goal: at most 600 MB")
    line("  pandas.read_csv and to_csv of the same output", f"{peer.seconds:.1f} s")
    line("  times as long as pandas", f"{took.seconds / peer.seconds:.1f} x", "goal: at most 4 x")
    write_rows(longer, (picked.choice(mentions) for _ in range(10 * rows)))
    ten = run([*ENRICH, longer, "-o", out, *chosen])
    line(f"{10 * rows:,} rows", f"{ten.seconds:.1f} s")
    line("  memory", f"{ten.megabytes:.0f} MB", f"goal: flat, as {took.megabytes:.0f} MB")


def different_rows(folder: Path, mentions: Sequence[Mention], chosen: Sequence[str | Path]) -> None:
    """Time a table in which every row says something else, by one process, by two, and by Dask's two."""
    table, out = folder / "different.csv", folder / "out.csv"
    write_rows(table, mentions)
    print(f"{len(mentions):,} rows, all different")
    seconds: dict[str, float] = {}
    written: dict[str, bytes] = {}
    for way, options, goal in (
        ("one process", ["--processes", "1"], ""),
        ("two processes", ["--processes", "2"], "goal: at most 60 s"),
        ("Dask on two workers", ["--engine", "dask", "--processes", "2"], ""),
    ):
        took = run([*ENRICH, table, "-o", out, *chosen, *options])
        seconds[way], written[way] = took.seconds, hashlib.sha256(out.read_bytes()).digest()
        line(f"  {way}", f"{took.seconds:.1f} s", goal)
        line("    of the processors", f"{took.cpu_seconds:.1f} s")
        line("    memory of the largest process", f"{took.megabytes:.0f} MB")
    one = seconds["one process"]
    line("  two processes against one", f"{one / seconds['two processes']:.2f} x")
    line("  Dask's two against one", f"{one / seconds['Dask on two workers']:.2f} x", "goal: at least 1.6 x")
    line("  the same bytes each time", "yes" if len(set(written.values())) == 1 else "NO", "goal: yes")


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path)
    parser.add_argument("--labelled", type=Path, default=LABELLED)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--different", type=int, default=100_000)
    options = parser.parse_args()
    chosen = ["--gazetteer", options.gazetteer] if options.gazetteer else []
    gazetteer = Gazetteer.open(options.gazetteer)
    mentions = mentions_in(options.labelled, gazetteer)
    print(f"{os.cpu_count()} processors; {gazetteer!r}; {len(mentions):,} different places to write")
    with tempfile.TemporaryDirectory() as folder:
        many_rows(Path(folder), mentions, options.rows, chosen)
        different_rows(Path(folder), different(mentions, gazetteer, options.different), chosen)


if __name__ == "__main__":
    main()
