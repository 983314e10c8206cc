"""Measure, cross-validated by place, how often names are resolved rightly, beside simple peers.

    python scripts/measure_accuracy.py --gazetteer gazetteer.gpkg --labelled ../shared/data/labelled \
        --score ../shared/tools/score.py --markdown docs/accuracy.md

The rows are put into folds by place, so that no place is in two. For each fold the ranker is fitted on the
other folds, `gazetteer enrich`'s code enriches the fold's rows with it, and all folds together are scored by
the scoring script. The peers pick the most alike spelling of the same gazetteer, in this process, and
always answer. --markdown renews the figures of a document, between its two marks. --reliability leaves the
calibration out: the table by confidence then shows what the calibration has to mend.

This script is over 300 lines: a table a function, all of one run, which two commands would have to repeat.
"""

import argparse
import csv
import importlib.util
import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from gazetteer.catalog import Gazetteer
from gazetteer.enrich.enrich import enrich_table
from gazetteer.incidents import ColumnChoice
from gazetteer.names import fold
from gazetteer.names.similarity import similarity
from gazetteer.places import Place
from gazetteer.resolve.features import flat_distance_m
from gazetteer.resolve.labelled import LabelledTable, read_labelled
from gazetteer.resolve.parse import parse
from gazetteer.resolve.rank import SAME_ANSWER_M, Weights
from gazetteer.resolve.training import LabelledRow, examples_of, fit, fold_of
from gazetteer.values import LatLon

FOLDS = 5
#: What is promised of each table: within 5 km, accepted, precision of the accepted, calibration error.
FLOORS = {
    "Airwars English, no area": (0.70, 0.45, 0.93, 0.05),
    "Airwars English, governorate given": (0.76, 0.55, 0.95, 0.05),
    "Airwars Arabic, no area": (0.70, 0.45, 0.93, 0.05),
    "UCDP (where_prec 1-2), no area": (0.82, 0.60, 0.95, 0.05),
    "UCDP (1-2), governorate and district given": (0.87, 0.75, 0.96, 0.05),
}
COLUMNS = ("within_5_km", "accepted", "accepted_precision_5_km", "calibration_error")
HEADS = ("within 5 km", "accepted", "precision of accepted", "calibration error")
#: What is promised of the areas of accepted rows: governorate, district, sub-district right.
AREA_FLOORS = (0.99, 0.97, 0.93)
#: What is promised of rows that mean a governorate or the country: the share resolved to just that.
WIDE_FLOOR = 0.95
WIDE = {2: "the country (where_prec 6)", 4: "a governorate (where_prec 4)", 6: "a district (where_prec 3)"}
#: Below this likeness no name near the true point is the one that was written.
ALIKE = 0.75
CAUSES = {
    "area": "an area was written, and the coder gave one point of it",
    "relation": "near, between, north of, or several places: the point is not that of a name",
    "unknown": "no name in the gazetteer within 5 km of the coder's point is like the one written",
    "shown": "a like name lies there and was among the candidates, but another place came first",
    "order": "a like name lies there, and was not among the candidates shown",
}
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"

Row = dict[str, str]
Pick = Callable[[str], Place | None]


@dataclass(slots=True)
class Measured:
    """The figures of one labelled table, and its enriched rows."""

    table: LabelledTable
    rows: list[Row]
    figures: dict[str, float]
    causes: dict[str, int] = field(default_factory=dict)

    @property
    def is_wide(self) -> bool:
        """Tell whether the rows mean areas, for which 5 km is no measure."""
        return any(row["true_area"] for row in self.rows)


# ------------------------------------------------------------------------------------- measuring


def fold_weights(gazetteer: Gazetteer, tables: Sequence[LabelledTable]) -> list[Weights]:
    """Return, for each fold, weights fitted on the others."""
    rows = [row for table in tables for row in table.rows]
    examples = examples_of(rows, gazetteer.resolver, tuple(gazetteer.places()), folds=FOLDS)
    return [fit([e for e in examples if e.fold != fold]) for fold in range(FOLDS)]


def enriched_rows(gazetteers: Sequence[Gazetteer], table: LabelledTable, min_confidence: float) -> list[Row]:
    """Return the table's rows, each enriched by the gazetteer whose ranker did not see its place."""
    found: list[Row] = []
    areas = [f"area{n}" for n in range(len(table.admin))]
    with tempfile.TemporaryDirectory() as folder:
        for number, gazetteer in enumerate(gazetteers):
            rows = [r for r in table.rows if fold_of(r, folds=len(gazetteers)) == number]
            source, target = Path(folder, f"{number}.csv"), Path(folder, f"{number}.out.csv")
            if not rows:
                continue
            write_table(source, rows, areas)
            columns = ColumnChoice(place="place", admin=tuple(areas))
            enrich_table(gazetteer, source, target, columns=columns, min_confidence=min_confidence)
            with target.open(newline="", encoding="utf-8") as file:
                found += list(csv.DictReader(file))
    return found


def write_table(path: Path, rows: Sequence[LabelledRow], areas: Sequence[str]) -> None:
    truths = ["true_latitude", "true_longitude", "true_adm1", "true_adm2", "true_adm3", "true_area"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["place", *areas, *truths])
        for r in rows:
            hints = [*r.hints, *[""] * (len(areas) - len(r.hints))]
            position = [repr(r.position.latitude), repr(r.position.longitude)]
            writer.writerow([r.text, *hints, *position, *r.truth, r.area or ""])


def load_scorer(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score", path)
    if spec is None or spec.loader is None or not path.is_file():
        sys.exit(f"{path} is not a Python file: name the scoring script with --score")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures_of(rows: Sequence[Row], score: Any) -> dict[str, float]:
    """Return what the scoring script says, and the share of accepted radii that hold the true point."""
    figures: dict[str, float] = score.score(rows)
    accepted = [row for row in rows if row["gaz_status"] == "resolved"]
    held = sum(away_m(row, score) <= float(row["gaz_uncertainty_m"]) for row in accepted)
    figures["accepted_radius_holds"] = round(held / len(accepted), 4) if accepted else 0.0
    for length, name in WIDE.items():
        wide = [row for row in rows if len(row["true_area"]) == length]
        if wide:
            right = sum(row["gaz_place_id"] == row["true_area"] for row in wide)
            figures[f"{name}: rows"], figures[name] = len(wide), round(right / len(wide), 4)
    return figures


def away_m(row: Row, score: Any) -> float:
    """Return how far the best answer of a row is from the truth, in metres; infinite without one."""
    answer = score.best(row)
    truth = float(row["true_latitude"]), float(row["true_longitude"])
    return float(score.metres(*truth, *answer[:2])) if answer else float("inf")


# ------------------------------------------------------------------------------------------ misses


def causes_of(rows: Sequence[Row], gazetteer: Gazetteer, score: Any) -> dict[str, int]:
    """Return how many misses each cause explains; a miss has one."""
    names: dict[str, list[str]] = {}
    for place, text in gazetteer.names():
        names.setdefault(place.id, []).append(text)
    places = tuple(gazetteer.places())
    found = dict.fromkeys(CAUSES, 0)
    known: dict[tuple[str, ...], str] = {}
    for row in rows:
        if away_m(row, score) <= SAME_ANSWER_M:
            continue
        key = (row["place"], row["true_latitude"], row["true_longitude"], row["gaz_alternatives"])
        if key not in known:
            known[key] = cause_of(row, places, names, score)
        found[known[key]] += 1
    return found


def cause_of(row: Row, places: Sequence[Place], names: dict[str, list[str]], score: Any) -> str:
    parsed = parse(row["place"])
    truth = LatLon(float(row["true_latitude"]), float(row["true_longitude"]))
    if parsed.relation:
        return "relation"
    if any(
        p.kind in ("governorate", "district", "subdistrict", "region", "country") for p in parsed.parts[:1]
    ):
        return "area"
    near = [
        text for p in places if flat_distance_m(p.position, truth) <= SAME_ANSWER_M for text in names[p.id]
    ]
    written = [p.name for p in parsed.parts if p.role != "context"]
    if max((similarity(a, b) for a in written for b in near), default=0.0) < ALIKE:
        return "unknown"
    shown = json.loads(row["gaz_alternatives"] or "[]")
    spots = [LatLon(float(s["latitude"]), float(s["longitude"])) for s in shown]
    return "shown" if any(flat_distance_m(s, truth) <= SAME_ANSWER_M for s in spots) else "order"


def print_misses(rows: Sequence[Row], score: Any, most: int) -> None:
    """Print the commonest names that were accepted and wrong, and that were simply wrong."""
    wrong: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if away_m(row, score) > SAME_ANSWER_M:
            state = "ACCEPTED" if row["gaz_status"] == "resolved" else "missed"
            key = (state, row["place"], row["gaz_name"])
            wrong[key] = wrong.get(key, 0) + 1
    for state in ("ACCEPTED", "missed"):
        ordered = sorted(((n, *key) for key, n in wrong.items() if key[0] == state), reverse=True)
        print("   ", state, "; ".join(f"{place!r}->{name} {n}" for n, _, place, name in ordered[:most]))


# ------------------------------------------------------------------------------------------- peers


def peers(gazetteer: Gazetteer) -> dict[str, Pick]:
    """Return the simple matchers people use, each over all spellings of the gazetteer."""
    spellings: dict[str, Place] = {}
    for place, text in gazetteer.names():
        known = spellings.get(fold(text))
        if known is None or (place.population or 0) > (known.population or 0):
            spellings[fold(text)] = place
    texts = list(spellings)

    def best(scorer: Any) -> Pick:
        def pick(text: str) -> Place | None:
            found = process.extractOne(text, texts, scorer=scorer)
            return spellings[found[0]] if found else None

        return pick

    return {
        "exact match": spellings.get,
        "rapidfuzz WRatio": best(fuzz.WRatio),
        "Jaro-Winkler": best(JaroWinkler.similarity),
        "SQLite trigram": trigram_pick(spellings),
    }


def trigram_pick(spellings: dict[str, Place]) -> Pick:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(name, tokenize='trigram')")
    database.executemany("INSERT INTO t VALUES (?)", [(text,) for text in spellings])

    def pick(text: str) -> Place | None:
        grams = {text[i : i + 3] for i in range(len(text) - 2)}
        if not grams:
            return spellings.get(text)
        query = " OR ".join('"' + g.replace('"', '""') + '"' for g in sorted(grams))
        found = database.execute(
            "SELECT name FROM t WHERE t MATCH ? ORDER BY rank LIMIT 1", (query,)
        ).fetchone()
        return spellings[found[0]] if found else None

    return pick


def peer_share(pick: Pick, table: LabelledTable) -> float:
    """Return the share of rows that a peer puts within 5 km."""
    known: dict[str, Place | None] = {}
    hits = 0
    for row in table.rows:
        text = fold(row.text)
        if text not in known:
            known[text] = pick(text)
        place = known[text]
        hits += place is not None and flat_distance_m(place.position, row.position) <= SAME_ANSWER_M
    return hits / len(table.rows)


# ----------------------------------------------------------------------------------------- writing


def with_floor(value: float, floor: float | None, *, most: bool = False) -> str:
    """Return a figure with its floor beside it, and whether that is missed."""
    if floor is None:
        return f"{value:.3f}"
    missed = value > floor if most else value < floor
    return f"{value:.3f} ({'≤' if most else '≥'} {floor:.2f}{', missed' if missed else ''})"


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def main_tables(results: Sequence[Measured]) -> Iterator[str]:
    """Yield the lines of the tables of figures and floors."""
    towns = [m for m in results if not m.is_wide]
    rows, areas = [], []
    for m in towns:
        floors = FLOORS.get(m.table.name, (None,) * len(COLUMNS))
        cells = [
            with_floor(m.figures[c], f, most=c == "calibration_error")
            for c, f in zip(COLUMNS, floors, strict=True)
        ]
        rows.append([m.table.name, f"{len(m.rows):,}", *cells])
        right = [
            with_floor(m.figures[f"accepted_adm{n}_right"], floor)
            for n, floor in enumerate(AREA_FLOORS, start=1)
        ]
        areas.append([m.table.name, *right, f"{m.figures['accepted_radius_holds']:.3f}"])
    yield from markdown_table(["table", "rows", *HEADS], rows)
    yield "Of the accepted rows: areas right, and radii that hold the coder's point."
    yield ""
    yield from markdown_table(["table", "governorate", "district", "sub-district", "in the radius"], areas)
    yield "Rows that mean an area: the share resolved to just that area."
    yield ""
    wide = [
        [name, f"{m.figures[f'{name}: rows']:,}", with_floor(m.figures[name], WIDE_FLOOR if n < 6 else None)]
        for m in results if m.is_wide
        for n, name in WIDE.items() if name in m.figures
    ]  # fmt: skip
    yield from markdown_table(["what the row means", "rows", "resolved to it"], wide)


def confidence_table(results: Sequence[Measured], score: Any) -> Iterator[str]:
    """Yield the lines of a table of how right answers are, by their confidence, over all tables of towns."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for row in (row for m in results if not m.is_wide for row in m.rows):
        if answer := score.best(row):
            hit = away_m(row, score) <= SAME_ANSWER_M
            bins.setdefault(min(9, int(answer[2] * 10)), []).append((answer[2], hit))
    rows = [
        [f"{n / 10:.1f} to {(n + 1) / 10:.1f}", f"{len(cell):,}", f"{mean(c for c, _ in cell):.3f}",
         f"{mean(float(hit) for _, hit in cell):.3f}"]
        for n, cell in sorted(bins.items())
    ]  # fmt: skip
    yield "All five tables together, by the confidence of the best answer."
    yield ""
    yield from markdown_table(["confidence", "rows", "mean confidence", "share within 5 km"], rows)


def mean(values: Iterator[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


def cause_table(results: Sequence[Measured]) -> Iterator[str]:
    towns = [m for m in results if m.causes]
    rows = [
        [words, *(f"{m.causes[cause] / len(m.rows):.3f}" for m in towns)] for cause, words in CAUSES.items()
    ]
    yield "What is not within 5 km, by cause, as shares of all rows."
    yield ""
    yield from markdown_table(["cause", *(m.table.name for m in towns)], rows)


def peer_table(results: Sequence[Measured], gazetteer: Gazetteer) -> Iterator[str]:
    """Yield the lines of the peers' table; the tables that give no area."""
    plain = [m for m in results if not m.table.admin and not m.is_wide]
    rows = [
        [name, *(f"{peer_share(pick, m.table):.3f}" for m in plain)]
        for name, pick in peers(gazetteer).items()
    ]
    rows.append(["this gazetteer", *(f"{m.figures['within_5_km']:.3f}" for m in plain)])
    yield "Within 5 km on the same gazetteer, no area given, every row answered."
    yield ""
    yield from markdown_table(["matcher", *(m.table.name for m in plain)], rows)


def report(results: Sequence[Measured], gazetteer: Gazetteer, score: Any, *, with_peers: bool) -> str:
    info = gazetteer.info()
    lines = [
        f"The gazetteer: {sum(info.counts.values()):,} places, "
        f"{sum(1 for _ in gazetteer.names()):,} spellings, content {info.content_hash[:12]}.",
        "",
        *main_tables(results),
        *(peer_table(results, gazetteer) if with_peers else ()),
        *confidence_table(results, score),
        *cause_table(results),
    ]
    return "\n".join(lines)


def renew(path: Path, figures: str) -> None:
    """Put the figures between the marks of a document."""
    text = path.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(
            f"{path} has no place for figures: put a line {BEGIN.strip()} and a line {END.strip()} into it"
        )
    path.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, required=True)
    parser.add_argument("--labelled", type=Path, required=True, help="folder of the labelled tables")
    parser.add_argument("--score", type=Path, required=True, help="the scoring script")
    parser.add_argument("--min-confidence", type=float, default=0.7)
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument(
        "--misses", type=int, default=0, help="print so many of each table's commonest misses"
    )
    parser.add_argument("--reliability", action="store_true", help="measure without the calibration")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--markdown", type=Path, help="renew the figures of this document too")
    args = parser.parse_args()

    score = load_scorer(args.score)
    gazetteer = Gazetteer.open(args.gazetteer)
    tables = read_labelled(args.labelled)
    fitted = fold_weights(gazetteer, tables)
    if args.reliability:
        fitted = [replace(w, calibration=((0.0, 0.0), (1.0, 1.0))) for w in fitted]
    folds = [gazetteer.with_weights(w) for w in fitted]
    results = []
    for table in tables:
        rows = enriched_rows(folds, table, args.min_confidence)
        measured = Measured(table, rows, figures_of(rows, score))
        if not measured.is_wide:
            measured.causes = causes_of(rows, gazetteer, score)
        results.append(measured)
        if args.misses:
            print(table.name)
            print_misses(rows, score, args.misses)
    figures = report(results, gazetteer, score, with_peers=args.peers)
    print(figures)
    if args.markdown:
        renew(args.markdown, figures)
    if args.json:
        document = {m.table.name: m.figures for m in results}
        args.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
