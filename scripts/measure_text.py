"""Measure how much a column of notes helps: a table is enriched with and without it, against its own points.

    python -m scripts.measure_text TABLE --gazetteer gazetteer.gpkg [-o FOLDER]

The table has Insecurity Insight's columns. It is copied without its coordinates, so that the command can't
read them. Counted are the rows whose coordinates are good to a district or better. Even these may be the
middle of a district: beside 5 km, 25 km are counted, which is what the finest code in use promises.

*Exact* are rows that are resolved to no area. *Moved* are rows that the notes place, or place elsewhere; of
those that had a position before it is told how many came nearer to their point, and their median distances.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from gazetteer.gazetteer import Gazetteer
from gazetteer.geodesy import LatLon, distance_m
from scripts.figures import markdown_table, read_rows, write_rows

#: Codes of "Geo Precision" begin so where they are good enough: 25 km, and a district or community.
GOOD = ("(1)", "(2)", "(3)")
PLACE, AREA, NOTES = "Location", "Admin 1", "Event Description"
WAYS = {"kinds of spots": ("--place", PLACE, "--admin", AREA), "governorates": ("--place", AREA)}
HEADS = "places read from|rows|resolved|exact|within 5 km|within 25 km|moved|nearer|median km".split("|")
#: How far a row is from its point, in metres, and whether it is resolved to no area; None without a position.
Placed = tuple[float, bool] | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table in Markdown: each figure without the notes, and with them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help="a CSV with Insecurity Insight's columns")
    parser.add_argument("--gazetteer", help="the gazetteer file; else the embedded default")
    parser.add_argument(
        "-o", "--output", type=Path, help="a folder that is there, to keep the enriched tables in"
    )
    given = parser.parse_args(arguments)
    rows = read_rows(given.table)
    with Gazetteer.open(given.gazetteer) as opened:
        notes = filter(str.strip, (row[NOTES] for row in rows))
        named = sum(opened.geoparse(note, local=True).mentions != () for note in notes)
    print(f"{len(rows)} rows; {named} notes have words that may be a place\n")
    with tempfile.TemporaryDirectory() as made:
        table = (folder := given.output or Path(made)) / "rows.csv"
        write_rows(table, [name for name in rows[0] if name not in ("Latitude", "Longitude")], rows)
        lines = []
        for way, options in WAYS.items():
            outs = [folder / f"{way}, {how}.csv" for how in ("without", "with")]
            enrich(table, outs[0], options, given.gazetteer)
            enrich(table, outs[1], (*options, "--text", NOTES), given.gazetteer)
            lines.append((way, *figures(*(placed(out, rows) for out in outs))))
    print(*markdown_table("", HEADS, lines), sep="\n")
    return 0


def enrich(table: Path, out: Path, options: Sequence[str], gazetteer: str | None) -> None:
    """Run the command."""
    named = ["--gazetteer", gazetteer] if gazetteer else []
    command = [sys.executable, "-m", "gazetteer", "enrich", str(table), "-o", str(out), *options, *named]
    subprocess.run([*command, "--quiet"], check=True, stdout=subprocess.DEVNULL)


def placed(enriched: Path, rows: Sequence[dict[str, str]]) -> list[Placed]:
    """Return where each row with a good point was placed."""
    found: list[Placed] = []
    for cells, row in zip(read_rows(enriched), rows, strict=True):
        if row["Geo Precision"].startswith(GOOD):
            point = LatLon(float(row["Latitude"]), float(row["Longitude"]))
            where = [float(cells[name]) for name in ("gaz_latitude", "gaz_longitude") if cells[name]]
            exact = cells["gaz_geo_precision"] in ("1", "2")
            found.append((distance_m(LatLon(*where), point), exact) if where else None)
    return found


def figures(without: Sequence[Placed], noted: Sequence[Placed]) -> list[str]:
    """Return the cells of a line of the table."""
    sides = [[one for one in side if one] for side in (without, noted)]
    counts = [[len(side) for side in sides], [sum(exact for _, exact in side) for side in sides]]
    counts += [[sum(away_m <= most_m for away_m, _ in side) for side in sides] for most_m in (5_000, 25_000)]
    moved = [(old, new) for old, new in zip(without, noted, strict=True) if new and old != new]
    pairs = [(old[0], new[0]) for old, new in moved if old]
    nearer = f"{sum(new < old for old, new in pairs)} of {len(pairs)}"
    middles = " → ".join(f"{median(side) / 1000:.1f}" for side in zip(*pairs, strict=True)) or "-"
    arrows = (" → ".join(map(str, pair)) for pair in counts)
    return [str(len(without)), *arrows, str(len(moved)), nearer, middles]


if __name__ == "__main__":
    sys.exit(main())
