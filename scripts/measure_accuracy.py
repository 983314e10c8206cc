"""Measure, cross-validated by place, how often names are resolved rightly, beside simple peers.

    python -m scripts.measure_accuracy --gazetteer gazetteer.gpkg --labelled ../shared/data/labelled \
        --score ../shared/tools/score.py --markdown docs/accuracy.md

Rows are put into folds by place, so that no place is in two. For each fold the weights and the calibration
are fitted on the others, `gazetteer enrich`'s code enriches the fold's rows with them, and all folds
together are scored by the scoring script. The peers pick the most alike spelling of the same gazetteer, and
always answer. --cells and --cases add what ``scripts/measure_unseen.py`` measures with the installed command.
--markdown renews the figures of a document, between its two marks.
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
from statistics import mean
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from gazetteer.catalog import Gazetteer
from gazetteer.enrich.enrich import enrich_table
from gazetteer.incidents import ColumnChoice
from gazetteer.names import fold
from gazetteer.names.similarity import similarity
from gazetteer.places import Place
from gazetteer.reading.features import flat_distance_m
from gazetteer.reading.fitting import FOLDS, LabelledRow, fold_of
from gazetteer.reading.labelled import LabelledTable, read_labelled
from gazetteer.reading.rank import SAME_ANSWER_M
from gazetteer.reading.reader import Reader
from gazetteer.values import LatLon
from scripts.figures import markdown_table, renew, with_goal
from scripts.measure_unseen import cell_table, elsewhere, made_cells, names_table, once_wrong
from scripts.train_ranker import Fitting, calibration, outcomes

#: Tables of figures of the five tables of towns: what people call a figure, and its goals; None for none.
TABLES: dict[str, dict[str, tuple[str, *tuple[float | None, ...]]]] = {
    "": {
        "within_5_km": ("within 5 km", 0.765, 0.817, 0.787, 0.872, 0.929),
        "accepted": ("accepted", *[None] * 5),
        "accepted_precision_5_km": ("precision of accepted", 0.939, 0.955, 0.954, 0.975, 0.981),
        "calibration_error": ("calibration error", *[0.05] * 5),
    },
    "Of the accepted rows: areas right, and radii that hold the coder's point.": {
        "accepted_adm1_right": ("governorate", *[0.99] * 5),
        "accepted_adm2_right": ("district", *[0.97] * 5),
        "accepted_adm3_right": ("sub-district", *[0.93] * 5),
        "accepted_radius_holds": ("in the radius", *[None] * 5),
    },
}
#: By the length of a P-code: what a row means, and the goal of the share resolved to just that.
WIDE: dict[int, tuple[str, float | None]] = {
    2: ("the country (where_prec 6)", 0.95),
    4: ("a governorate (where_prec 4)", 0.95),
    6: ("a district (where_prec 3)", None),
}
#: Below this likeness no name near the true point is the one that was written.
ALIKE = 0.75
AREA_KINDS = ("governorate", "district", "subdistrict", "region", "country")
CAUSES = {
    "area": "an area was written, and the coder gave one point of it",
    "relation": "near, between, north of: the point is not that of a name",
    "unknown": "no name in the gazetteer within 5 km of the coder's point is like the one written",
    "shown": "a like name lies there and was among the candidates, but another place came first",
    "order": "a like name lies there, and was not among the candidates shown",
}
Row = dict[str, str]
Pick = Callable[[str], Place | None]


@dataclass(slots=True)
class Measured:
    """The figures of one labelled table, and its enriched rows."""

    table: LabelledTable
    rows: list[Row]
    figures: dict[str, float]
    causes: dict[str, int] = field(default_factory=dict)


# -------------------------------------------------------------------------------- labelled tables


def fold_gazetteers(gazetteer: Gazetteer, rows: Sequence[LabelledRow]) -> list[Gazetteer]:
    """Return, for each fold, the gazetteer with weights and a calibration fitted on the other folds."""
    fitting = Fitting(gazetteer, rows)
    weights = [fitting.weights(without_fold=fold) for fold in range(FOLDS)]
    seen = [outcomes(gazetteer.with_weights(w), rows, fold=fold) for fold, w in enumerate(weights)]
    return [
        gazetteer.with_weights(replace(w, calibration=calibration([*seen[:fold], *seen[fold + 1 :]])))
        for fold, w in enumerate(weights)
    ]


def enriched_rows(gazetteers: Sequence[Gazetteer], table: LabelledTable) -> list[Row]:
    """Return the table's rows, each enriched by the gazetteer whose weights did not see its place."""
    found: list[Row] = []
    areas = [f"area{n}" for n in range(len(table.admin))]
    columns = ColumnChoice(place="place", admin=tuple(areas))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "rows.csv"), Path(folder, "enriched.csv")
        for number, gazetteer in enumerate(gazetteers):
            if rows := [r for r in table.rows if fold_of(r, folds=FOLDS) == number]:
                write_rows(source, rows, areas)
                enrich_table(gazetteer, source, target, columns=columns)
                with target.open(newline="", encoding="utf-8") as file:
                    found += csv.DictReader(file)
                target.unlink()
    return found


def write_rows(path: Path, rows: Sequence[LabelledRow], areas: Sequence[str]) -> None:
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
    """Return what the scoring script says, the share of accepted radii that hold the point, and areas met."""
    figures: dict[str, float] = score.score(rows)
    held = [
        away_m(row, score) <= float(row["gaz_uncertainty_m"])
        for row in rows
        if row["gaz_status"] == "resolved"
    ]
    figures["accepted_radius_holds"] = round(sum(held) / max(1, len(held)), 4)
    for length, (name, _) in WIDE.items():
        if wide := [row for row in rows if len(row["true_area"]) == length]:
            right = sum(row["gaz_place_id"] == row["true_area"] for row in wide)
            figures[f"{name}: rows"], figures[name] = len(wide), round(right / len(wide), 4)
    return figures


def away_m(row: Row, score: Any) -> float:
    """Return how far the best answer of a row is from the truth, in metres; infinite without one."""
    answer = score.best(row)
    truth = float(row["true_latitude"]), float(row["true_longitude"])
    return float(score.metres(*truth, *answer[:2])) if answer else float("inf")


def causes_of(rows: Sequence[Row], gazetteer: Gazetteer, score: Any) -> dict[str, int]:
    """Return how many misses each cause explains; a miss has one."""
    names: dict[Place, list[str]] = {}
    for place, text in gazetteer.names():
        names.setdefault(place, []).append(text)
    found = dict.fromkeys(CAUSES, 0)
    known: dict[tuple[str, ...], str] = {}
    for row in rows:
        if away_m(row, score) > SAME_ANSWER_M:
            key = (row["place"], row["true_latitude"], row["true_longitude"], row["gaz_alternatives"])
            if key not in known:
                known[key] = cause_of(row, gazetteer.text_reader, names)
            found[known[key]] += 1
    return found


def cause_of(row: Row, reader: Reader, names: dict[Place, list[str]]) -> str:
    reading = reader.read(row["place"])
    truth = LatLon(float(row["true_latitude"]), float(row["true_longitude"]))
    if reading.relation or any(one.span.near for one in reading.known):
        return "relation"
    if any(one.span.kind in AREA_KINDS for one in reading.known[:1]):
        return "area"
    near = [
        text
        for place, texts in names.items()
        if flat_distance_m(place.position, truth) <= SAME_ANSWER_M
        for text in texts
    ]
    written = [one.span.name for one in reading.known if not one.areas] or [row["place"]]
    if max((similarity(a, b) for a in written for b in near), default=0.0) < ALIKE:
        return "unknown"
    shown = json.loads(row["gaz_alternatives"] or "[]")
    spots = [LatLon(float(s["latitude"]), float(s["longitude"])) for s in shown]
    return "shown" if any(flat_distance_m(s, truth) <= SAME_ANSWER_M for s in spots) else "order"


# ------------------------------------------------------------------------------------------- peers


def peers(gazetteer: Gazetteer) -> dict[str, Pick]:
    """Return the simple matchers people use, each over all spellings of the gazetteer."""
    spellings: dict[str, Place] = {}
    for place, text in gazetteer.names():
        known = spellings.get(fold(text))
        if known is None or (place.population or 0) > (known.population or 0):
            spellings[fold(text)] = place
    texts = list(spellings)
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(name, tokenize='trigram')")
    database.executemany("INSERT INTO t VALUES (?)", [(text,) for text in texts])

    def best(scorer: Any) -> Pick:
        def pick(text: str) -> Place | None:
            found = process.extractOne(text, texts, scorer=scorer)
            return spellings[found[0]] if found else None

        return pick

    def trigram(text: str) -> Place | None:
        grams = sorted({text[i : i + 3] for i in range(len(text) - 2)})
        if not grams:
            return spellings.get(text)
        query = " OR ".join('"' + g.replace('"', '""') + '"' for g in grams)
        sql = "SELECT name FROM t WHERE t MATCH ? ORDER BY rank LIMIT 1"
        found = database.execute(sql, (query,)).fetchone()
        return spellings[found[0]] if found else None

    return {
        "exact match": spellings.get,
        "rapidfuzz WRatio": best(fuzz.WRatio),
        "Jaro-Winkler": best(JaroWinkler.similarity),
        "SQLite trigram": trigram,
    }


def peer_share(pick: Pick, table: LabelledTable) -> float:
    """Return the share of rows that a peer puts within 5 km."""
    texts = {text: pick(fold(text)) for text in {row.text for row in table.rows}}
    found = [(texts[row.text], row.position) for row in table.rows]
    hits = [place and flat_distance_m(place.position, at) <= SAME_ANSWER_M for place, at in found]
    return sum(map(bool, hits)) / len(hits)


# ----------------------------------------------------------------------------------------- writing


def labelled_tables(towns: Sequence[Measured], wide: Measured) -> Iterator[str]:
    """Yield the lines of the tables of figures and goals."""
    for title, goals in TABLES.items():
        rows = (
            [
                f"{m.table.name} ({len(m.rows):,} rows)",
                *(
                    with_goal(m.figures[name], its[n], most=name == "calibration_error")
                    for name, (_, *its) in goals.items()
                ),
            ]
            for n, m in enumerate(towns)
        )
        yield from markdown_table(title, ["table", *(head for head, *_ in goals.values())], rows)
    met = (
        [name, f"{wide.figures[f'{name}: rows']:,}", with_goal(wide.figures[name], goal)]
        for name, goal in WIDE.values()
    )
    title = "Rows that mean an area: the share resolved to just that area."
    yield from markdown_table(title, ["what the row means", "rows", "resolved to it"], met)


def peer_table(towns: Sequence[Measured], gazetteer: Gazetteer) -> Iterator[str]:
    plain = [m for m in towns if not m.table.admin]
    rows = [
        [name, *(f"{peer_share(pick, m.table):.3f}" for m in plain)]
        for name, pick in peers(gazetteer).items()
    ]
    rows.append(["this gazetteer", *(f"{m.figures['within_5_km']:.3f}" for m in plain)])
    title = "Within 5 km on the same gazetteer, no area given, every row answered."
    yield from markdown_table(title, ["matcher", *(m.table.name for m in plain)], rows)


def confidence_table(towns: Sequence[Measured], score: Any) -> Iterator[str]:
    """Yield the lines of a table of how right answers are, by their confidence."""
    bands: dict[int, list[tuple[float, bool]]] = {}
    for row in (row for m in towns for row in m.rows):
        if answer := score.best(row):
            hit = away_m(row, score) <= SAME_ANSWER_M
            bands.setdefault(min(9, int(answer[2] * 10)), []).append((answer[2], hit))
    rows = (
        [
            f"{n / 10:.1f} to {(n + 1) / 10:.1f}",
            f"{len(band):,}",
            *(f"{mean(v):.3f}" for v in zip(*band, strict=True)),
        ]
        for n, band in sorted(bands.items())
    )
    heads = ["confidence", "rows", "mean confidence", "share within 5 km"]
    yield from markdown_table("All five tables together, by the confidence of the best answer.", heads, rows)


def cause_table(towns: Sequence[Measured]) -> Iterator[str]:
    rows = (
        [words, *(f"{m.causes[cause] / len(m.rows):.3f}" for m in towns)] for cause, words in CAUSES.items()
    )
    title = "What is not within 5 km, by cause, as shares of all rows."
    yield from markdown_table(title, ["cause", *(m.table.name for m in towns)], rows)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, required=True)
    parser.add_argument("--labelled", type=Path, required=True, help="folder of the labelled tables")
    parser.add_argument("--score", type=Path, required=True, help="the scoring script")
    parser.add_argument(
        "--cells", type=Path, nargs=2, metavar=("SCRIPT", "NAMES"), help="makes cells, and of what"
    )
    parser.add_argument(
        "--cases", type=Path, nargs=2, metavar=("SCRIPT", "TABLE"), help="scores cells, and which"
    )
    parser.add_argument("--command", type=Path, default=Path(sys.executable).with_name("gazetteer"))
    parser.add_argument("--places", type=int, default=300, help="how many places to make cells of")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--markdown", type=Path, help="renew the figures of this document too")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    score = load_scorer(args.score)
    gazetteer = Gazetteer.open(args.gazetteer)
    tables = read_labelled(args.labelled)
    folds = fold_gazetteers(gazetteer, [row for table in tables for row in table.rows])
    enriched = ((table, enriched_rows(folds, table)) for table in tables)
    results = [Measured(table, rows, figures_of(rows, score)) for table, rows in enriched]
    *towns, wide = results  # the last table is of areas, for which 5 km is no measure
    for m in towns:
        m.causes = causes_of(m.rows, gazetteer, score)
    abroad = elsewhere(gazetteer)
    document = {m.table.name: m.figures for m in results}
    document["names elsewhere"] = {e.what: len(e.taken) / e.count for e in abroad}
    info = gazetteer.info()
    lines = [
        f"The gazetteer: {sum(info.counts.values()):,} places, "
        f"{sum(1 for _ in gazetteer.names()):,} spellings, content {info.content_hash[:12]}.\n",
        *labelled_tables(towns, wide),
        *(peer_table(towns, gazetteer) if args.peers else ()),
        *confidence_table(towns, score),
        *cause_table(towns),
        *names_table(abroad),
    ]
    if args.cells:
        cells = made_cells(args.cells, args.command, args.gazetteer, places=args.places)
        document |= cells
        lines += cell_table(cells, places=args.places)
    if args.cases:
        right, count = once_wrong(args.cases, args.command, args.gazetteer)
        document["cells once read wrongly"] = {"right": right, "count": count}
        missed = "" if right == count else ", missed"
        lines.append(
            f"Of {count} cells that were once read wrongly, {right} are read rightly (all{missed}).\n"
        )
    figures = "\n".join(lines)
    print(figures)
    if args.markdown:
        renew(args.markdown, figures)
    if args.json:
        args.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
