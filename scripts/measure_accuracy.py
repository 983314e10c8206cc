"""Measure, cross-validated by place, how often names are resolved rightly, beside simple peers.

    python -m scripts.measure_accuracy --gazetteer gazetteer.gpkg --labelled ../shared/data/labelled \
        --score ../shared/tools/score.py --markdown docs/accuracy.md

Rows are put into folds by place, so that no place is in two. For each fold the weights and the calibration
are fitted on the others, `gazetteer enrich`'s code enriches the fold's rows with them, and all folds
together are scored by the scoring script. --left-out does the same with sources: each labelled table is
answered by what was fitted on the other. Rows whose coder contradicts the row's own governorate are left out
and counted apart. The peers pick the most alike spelling of the same gazetteer, and always answer. --cells
and --cases add what ``scripts/measure_unseen.py`` measures with the installed command. --markdown renews the
figures of a document, between its two marks.
"""

import argparse
import importlib.util
import json
import sqlite3
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from gazetteer.enrich.enrich import enrich_table
from gazetteer.gazetteer import Gazetteer
from gazetteer.geodesy import LatLon
from gazetteer.incidents import ColumnChoice
from gazetteer.names import fold
from gazetteer.names.similarity import similarity
from gazetteer.reading.calibrating import AT_MOST, Case
from gazetteer.reading.calibration import RIGHT_M
from gazetteer.reading.features import flat_distance_m
from gazetteer.reading.rank import Weights
from gazetteer.reading.reader import Reading
from gazetteer.values import Place
from scripts import measure_expected
from scripts.figures import Row, markdown_table, read_rows, renew, with_goal, write_rows
from scripts.labelled import LabelledRow, LabelledTable, fold_of, read_labelled
from scripts.measure_unseen import cell_table, elsewhere, made_cells, names_table, once_wrong
from scripts.reliability import diagrams, tenths
from scripts.train_ranker import Fitting, calibration_of

#: At least; or at least and at most; None for none.
Goal = float | tuple[float | None, float | None] | None
#: Tables by title: for each figure what people call it, and its goal for each labelled table.
Tables = dict[str, dict[str, tuple[str, *tuple[Goal, ...]]]]
#: Of the five tables of towns, answered by what was fitted on other places.
TABLES: Tables = {
    "": {
        "within_5_km": ("within 5 km", 0.765, 0.817, 0.787, 0.872, 0.929),
        "accepted": ("accepted", *[None] * 5),
        "accepted_precision_5_km": ("precision of accepted", 0.939, 0.955, 0.954, 0.975, 0.981),
    },
    "Of the accepted rows: areas right.": {
        "accepted_adm1_right": ("governorate", *[0.99] * 5),
        "accepted_adm2_right": ("district", *[0.97] * 5),
        "accepted_adm3_right": ("sub-district", *[0.93] * 5),
    },
    "Whether confidence and radius keep their word, on distinct names.": {
        "mean_gap": ("confidence less share right", *[(-0.02, 0.02)] * 5),
        "error_over_perfect": ("error over a perfect model's", *[(None, 1.1)] * 5),
        "calibration_error": ("calibration error, all rows", *[(None, 0.05)] * 5),
        "right_in_radius": ("radius holds the point of right answers", *[(0.94, 0.96)] * 5),
        "in_radius": ("of all accepted", *[None] * 5),
        "radius_m": ("median radius in metres", *[None] * 5),
    },
}
#: The same of answers by what was fitted on the other source.
LEFT_OUT: Tables = {
    "Each source answered by what was fitted and calibrated on the other.": {
        "within_5_km": ("within 5 km", *[None] * 5),
        "accepted": ("accepted", 0.38, 0.56, 0.38, 0.38, 0.56),
        "accepted_precision_5_km": ("precision of accepted", 0.94, 0.955, 0.94, 0.94, 0.955),
        "mean_gap": ("confidence less share right", *[(-0.04, 0.04)] * 5),
        "error_over_perfect": ("error over a perfect model's", *[(None, 1.3)] * 5),
        "right_in_radius": ("radius holds the point of right answers", *[(0.92, 0.98)] * 5),
    },
}
#: The limits of confidence among which the default is chosen, and the precision that it has to have.
LIMITS = (0.75, 0.78, 0.8, 0.81, 0.82, 0.83, 0.84, 0.86, 0.9)
PRECISION = 0.95
#: The share of cells by governorate and month whose true number lies in the interval of the expected one.
HELD = 0.85
#: How the names of the views of each source begin.
SOURCES = ("Airwars", "UCDP")
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
Pick = Callable[[str], Place | None]


class Measured(NamedTuple):
    """The figures of one labelled table, its enriched rows, and those whose coder contradicts them."""

    table: LabelledTable
    rows: list[Row]
    figures: dict[str, float]
    apart: list[Row]


# -------------------------------------------------------------------------------- labelled tables


def fold_gazetteers(fitting: Fitting) -> list[Gazetteer]:
    """Return, for each fold, the gazetteer with weights and a calibration fitted on the other folds."""
    told = list(fitting.left_out())
    found = []
    for number, (weights, _) in enumerate(told):
        others = [case for n, (_, cases) in enumerate(told) if n != number for case in cases]
        found.append(calibrated(fitting.gazetteer, weights, others))
    return found


def source_gazetteers(fitting: Fitting) -> dict[str, Gazetteer]:
    """Return, for each source, the gazetteer with weights and a calibration fitted on the other one."""
    found = {}
    for source, other in (SOURCES, SOURCES[::-1]):
        cases = [case for _, told in fitting.left_out(other) for case in told]
        found[source] = calibrated(fitting.gazetteer, fitting.weights(other), cases)
    return found


def source_of(table: LabelledTable) -> str:
    return next(source for source in SOURCES if table.name.startswith(source))


def calibrated(gazetteer: Gazetteer, weights: Weights, cases: Sequence[Case]) -> Gazetteer:
    return gazetteer.with_weights(weights, calibration_of(cases, weights, gazetteer, draws=0))


def measured(
    table: LabelledTable, gazetteers: Sequence[Gazetteer], score: Any, *, which: Callable[[LabelledRow], int]
) -> Measured:
    """Enrich each row of a table by one of the gazetteers, and score the rows."""
    found: list[Row] = []
    columns = columns_of(table)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "rows.csv"), Path(folder, "enriched.csv")
        for number, gazetteer in enumerate(gazetteers):
            if rows := [cells_of(r, columns.admin) for r in table.rows if which(r) == number]:
                write_rows(source, list(rows[0]), rows)
                enrich_table(gazetteer, source, target, columns=columns)
                found += read_rows(target)
                target.unlink()
    kept = [row for row in found if not row["contradicted"]]
    apart = [row for row in found if row["contradicted"]]
    return Measured(table, kept, figures_of(kept, score), apart)


def columns_of(table: LabelledTable) -> ColumnChoice:
    return ColumnChoice(place="place", admin=tuple(f"area{n}" for n in range(len(table.areas))))


def cells_of(row: LabelledRow, areas: Sequence[str]) -> Row:
    return {
        "place": row.text,
        **dict(zip(areas, (*row.hints, *[""] * len(areas)), strict=False)),
        "true_latitude": repr(row.position.latitude),
        "true_longitude": repr(row.position.longitude),
        **dict(zip(("true_adm1", "true_adm2", "true_adm3"), row.truth, strict=True)),
        "true_area": row.area or "",
        "contradicted": "yes" if row.contradicted else "",
        "date": row.date,
    }


def load_scorer(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score", path)
    if spec is None or spec.loader is None or not path.is_file():
        sys.exit(f"{path} is not a Python file: name the scoring script with --score")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures_of(rows: Sequence[Row], score: Any) -> dict[str, float]:
    """Return what the scoring script says, the median radius of what is accepted, and areas met."""
    names = [name for name in rows[0] if name == "place" or name.startswith("area")]
    figures: dict[str, float] = {**score.score(rows), **score.honest(rows, names)}
    radii = [float(row["gaz_uncertainty_m"]) for row in rows if row["gaz_status"] == "resolved"]
    figures["radius_m"] = median(radii) if radii else 0.0
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


def is_right(row: Row, score: Any) -> bool:
    return away_m(row, score) <= RIGHT_M


def causes_of(rows: Sequence[Row], gazetteer: Gazetteer, score: Any) -> Counter[str]:
    """Return how many misses each cause explains; a miss has one."""
    names: dict[Place, list[str]] = defaultdict(list)
    for place, name in gazetteer.names():
        names[place].append(name)
    keys = ("place", "true_latitude", "true_longitude", "gaz_alternatives")
    missed = Counter(tuple(row[key] for key in keys) for row in rows if not is_right(row, score))
    found: Counter[str] = Counter()
    for (text, north, east, shown), count in missed.items():
        truth = LatLon(float(north), float(east))
        found[cause_of(gazetteer.text_reader.read(text), text, truth, shown, names)] += count
    return found


def cause_of(
    reading: Reading, text: str, truth: LatLon, shown: str, names: Mapping[Place, Sequence[str]]
) -> str:
    if reading.relation or any(one.span.near for one in reading.known):
        return "relation"
    if any(one.span.kind in AREA_KINDS for one in reading.known[:1]):
        return "area"
    near = [p for p in names if flat_distance_m(p.position, truth) <= RIGHT_M]
    written = [one.span.name for one in reading.known if not one.areas] or [text]
    if max((similarity(a, b) for a in written for p in near for b in names[p]), default=0.0) < ALIKE:
        return "unknown"
    spots = [LatLon(float(s["latitude"]), float(s["longitude"])) for s in json.loads(shown or "[]")]
    return "shown" if any(flat_distance_m(s, truth) <= RIGHT_M for s in spots) else "order"


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
    return mean(bool(place and flat_distance_m(place.position, at) <= RIGHT_M) for place, at in found)


# ----------------------------------------------------------------------------------------- writing


def figure_tables(towns: Sequence[Measured], tables: Tables) -> Iterator[str]:
    for title, goals in tables.items():
        rows = (
            [
                f"{m.table.name} ({len(m.rows):,} rows)",
                *(beside_goal(m.figures[name], its[n]) for name, (_, *its) in goals.items()),
            ]
            for n, m in enumerate(towns)
        )
        yield from markdown_table(title, ["table", *(head for head, *_ in goals.values())], rows)


def beside_goal(value: float, goal: Goal) -> str:
    """Return a figure with its goal; lengths without decimals."""
    if not isinstance(goal, tuple):
        return f"{value:,.0f}" if value > 10 else with_goal(value, goal)
    least, most = goal
    if most is not None and (least is None or value > most):
        return with_goal(value, most, most=True)
    return with_goal(value, least)


def apart_table(towns: Sequence[Measured], score: Any) -> Iterator[str]:
    rows = (
        [m.table.name, str(len(m.apart)), f"{mean(is_right(r, score) for r in m.apart):.3f}"]
        for m in towns if m.apart
    )  # fmt: skip
    title = "Rows in no figure above: the coder's point lies in another governorate than the row names."
    return markdown_table(title, ["table", "rows", "within 5 km"], rows)


def limit_table(left_out: Sequence[Measured], score: Any) -> Iterator[str]:
    rows = []
    for limit in LIMITS:
        cells = [f"{limit:.2f}"]
        for source in SOURCES:
            told = [taken_at(limit, m.rows, score) for m in left_out if source_of(m.table) == source]
            shares, precisions = zip(*told, strict=True)
            cells += [f"{mean(shares):.3f}", with_goal(mean(precisions), PRECISION)]
        rows.append(cells)
    title = "What limits of confidence would give, mean of the tables of each source, answered by the other."
    heads = [f"{source}: {what}" for source in SOURCES for what in ("accepted", "precision")]
    return markdown_table(title, ["limit", *heads], rows)


def taken_at(limit: float, rows: Sequence[Row], score: Any) -> tuple[float, float]:
    """Return the share of rows that a limit would accept, and the precision of these."""
    taken = [
        is_right(row, score)
        for row in rows
        if row["gaz_status"] != "several" and float(row["gaz_confidence"] or 0) >= limit
    ]
    return len(taken) / len(rows), mean(taken)


def expected_table(towns: Sequence[Measured], gazetteer: Gazetteer) -> Iterator[str]:
    targets = measure_expected.targets_in(gazetteer)
    rows = [
        [
            f"{told.table}, {told.near}{', imputed' if told.imputed else ''}",
            str(told.cells),
            with_goal(told.held, HELD),
            "" if told.imputed else f"{told.in_band:.3f}",
            f"{told.true}",
            f"{told.expected:.0f} ({told.low:.0f} to {told.high:.0f}): "
            f"{'yes' if told.low <= told.true <= told.high else 'no'}",
            f"{told.unknown:.0f}",
        ]
        for m in towns
        for told in measure_expected.measured(
            m.table.name, m.rows, gazetteer, targets, columns=columns_of(m.table)
        )
    ]
    title = "Incidents within 5 km: expected numbers against the hidden truth, by governorate and month."
    heads = "asked|cells|in the 90 % interval|in the band|sum|expected, inside?|can't be said".split("|")
    return markdown_table(title, heads, rows)


def area_table(wide: Measured) -> Iterator[str]:
    rows = (
        [name, f"{wide.figures[f'{name}: rows']:,}", with_goal(wide.figures[name], goal)]
        for name, goal in WIDE.values()
    )
    title = "Rows that mean an area: the share resolved to just that area."
    return markdown_table(title, ["what the row means", "rows", "resolved to it"], rows)


def peer_table(towns: Sequence[Measured], gazetteer: Gazetteer) -> Iterator[str]:
    plain = [m for m in towns if not m.table.areas]
    rows = [
        [name, *(f"{peer_share(pick, m.table):.3f}" for m in plain)]
        for name, pick in peers(gazetteer).items()
    ]
    rows.append(["this gazetteer", *(f"{m.figures['within_5_km']:.3f}" for m in plain)])
    title = "Within 5 km on the same gazetteer, no area given, every row answered."
    return markdown_table(title, ["matcher", *(m.table.name for m in plain)], rows)


def points_of(rows: Sequence[Row], score: Any) -> list[tuple[float, float]]:
    """Return the points of a reliability diagram; a name counts at most five times."""
    seen = Counter[tuple[str, ...]]()
    pairs = []
    for row in rows:
        key = (row["place"], row["true_latitude"][:4], row["true_longitude"][:4])
        seen[key] += 1
        if seen[key] <= AT_MOST and (answer := score.best(row)):
            pairs.append((answer[2], is_right(row, score)))
    return tenths(pairs)


def confidence_table(towns: Sequence[Measured], score: Any) -> Iterator[str]:
    bands: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for row in (row for m in towns for row in m.rows):
        if answer := score.best(row):
            bands[min(9, int(answer[2] * 10))].append((answer[2], is_right(row, score)))
    rows = (
        [
            f"{n / 10:.1f} to {(n + 1) / 10:.1f}",
            f"{len(band):,}",
            *(f"{mean(v):.3f}" for v in zip(*band, strict=True)),
        ]
        for n, band in sorted(bands.items())
    )
    heads = ["confidence", "rows", "mean confidence", "share within 5 km"]
    return markdown_table("All five tables together, by the confidence of the best answer.", heads, rows)


def cause_table(towns: Sequence[Measured], gazetteer: Gazetteer, score: Any) -> Iterator[str]:
    causes = [causes_of(m.rows, gazetteer, score) for m in towns]
    rows = (
        [words, *(f"{its[cause] / len(m.rows):.3f}" for m, its in zip(towns, causes, strict=True))]
        for cause, words in CAUSES.items()
    )
    title = "What is not within 5 km, by cause, as shares of all rows."
    return markdown_table(title, ["cause", *(m.table.name for m in towns)], rows)


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
    parser.add_argument("--left-out", action="store_true", help="answer each source by the other one too")
    parser.add_argument("--diagram", type=Path, help="with --left-out: the reliability diagrams, SVG")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--markdown", type=Path, help="renew the figures of this document too")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    score = load_scorer(args.score)
    gazetteer = Gazetteer.open(args.gazetteer)
    tables = read_labelled(args.labelled)
    fitting = Fitting(gazetteer, [row for table in tables for row in table.rows])
    folds = fold_gazetteers(fitting)
    results = [measured(table, folds, score, which=fold_of) for table in tables]
    *towns, wide = results  # the last table is of areas, for which 5 km is no measure
    abroad = elsewhere(gazetteer)
    document = {m.table.name: m.figures for m in results}
    document["names elsewhere"] = {e.what: len(e.taken) / e.count for e in abroad}
    info = gazetteer.info()
    lines = [
        f"The gazetteer: {sum(info.counts.values()):,} places, "
        f"{sum(1 for _ in gazetteer.names()):,} spellings, content {info.content_hash[:12]}.\n",
        *figure_tables(towns, TABLES),
        *apart_table(towns, score),
        *area_table(wide),
        *(peer_table(towns, gazetteer) if args.peers else ()),
        *confidence_table(towns, score),
        *cause_table(towns, gazetteer, score),
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
    if args.left_out:
        others = source_gazetteers(fitting)
        left_out = [
            measured(m.table, [others[source_of(m.table)]], score, which=lambda row: 0) for m in towns
        ]
        document |= {f"{m.table.name}, left out": m.figures for m in left_out}
        lines += [*figure_tables(left_out, LEFT_OUT), *limit_table(left_out, score)]
        lines += expected_table(towns, gazetteer)
        if args.diagram:
            panels = {"Folds by place": towns, "The other source": left_out}
            points = {
                title: {m.table.name: points_of(m.rows, score) for m in its} for title, its in panels.items()
            }
            args.diagram.write_text(diagrams(points), "utf-8")
    figures = "\n".join(lines)
    print(figures)
    if args.markdown:
        renew(args.markdown, figures)
    if args.json:
        args.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
