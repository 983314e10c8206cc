"""Measure, cross-validated by place, how often names are resolved rightly, and renew docs/accuracy.md.

    python -m scripts.accuracy gazetteer.gpkg ../shared

The page says what is measured. Rows are answered by the code of `gazetteer enrich`, and scored by the scoring
script beside the labelled tables.
"""

import re
import runpy
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any, Final

import numpy as np
import pandas as pd
import typer
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler
from sklearn.feature_extraction.text import TfidfVectorizer

from gazetteer import Gazetteer, LatLon, Place, PlaceKind
from gazetteer.incidents import Incidents
from gazetteer.names import fold
from gazetteer.near import Expected, NearCounts
from gazetteer.reading.calibration import RIGHT_M
from gazetteer.reading.features import flat_distance_m
from scripts.labelled import TRUE, LabelledRow, LabelledTable, Row, fold_of, read_labelled, read_rows
from scripts.train_ranker import Fitting

#: Of the scoring script: how often answers are right, and whether confidence and radius keep their word.
RIGHT: Final = (
    "rows within_5_km any_candidate_within_5_km accepted accepted_precision_5_km accepted_adm1_right"
    " accepted_adm2_right accepted_adm3_right"
).split()
KEPT: Final = "mean_gap error_over_perfect calibration_error right_in_radius in_radius radius_m".split()
LIMITS: Final = (0.75, 0.78, 0.8, 0.81, 0.82, 0.83, 0.84, 0.86, 0.9)
SOURCES: Final = ("Airwars", "UCDP")  # as the names of their views begin
WIDE: Final = {2: "the country", 4: "a governorate", 6: "a district"}  # by the length of a P-code
MARKS: Final = re.compile(r"(?<=<!-- figures: begin -->\n).*(?=<!-- figures: end -->)", re.DOTALL)
NOTHING: Final = Expected(0.0, 0.0, 0.0, 0.0)
Cells = dict[tuple[str | None, str | None], Expected]


def by_fold(fitting: Fitting) -> list[Gazetteer]:
    """Return, for each fold, the gazetteer with weights and a calibration fitted on the other folds."""
    told = list(fitting.left_out())
    others = ([case for _, cases in told[:n] + told[n + 1 :] for case in cases] for n in range(len(told)))
    return [fitting.calibrated(weights, cases) for (weights, _), cases in zip(told, others, strict=True)]


def by_other_source(fitting: Fitting, source: str) -> Gazetteer:
    """Return the gazetteer with weights and a calibration fitted on the other source."""
    (other,) = {*SOURCES} - {source}
    cases = [case for _, told in fitting.left_out(other) for case in told]
    return fitting.calibrated(fitting.weights(other), cases)


def answered(
    table: LabelledTable, gazetteers: Sequence[Gazetteer], which: Callable[[LabelledRow], int]
) -> list[Row]:
    """Return a table's rows as the command writes them, each answered by one of the gazetteers."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "rows.csv"), Path(folder, "enriched.csv")
        for number, gazetteer in enumerate(gazetteers):
            rows = [row for row in table.rows if which(row) == number and not row.contradicted]
            if rows:
                pd.DataFrame([row.cells(table.areas) for row in rows]).to_csv(source, index=False)
                gazetteer.enrich_file(source, target, place="place", admin=table.areas)
                found += read_rows(target)
                target.unlink()
    return found


def figures_of(rows: Sequence[Row], table: LabelledTable, score: Mapping[str, Any]) -> dict[str, float]:
    """Return what the scoring script says of rows, and the median radius of what is accepted."""
    radii = pd.Series([float(row["gaz_uncertainty_m"]) for row in rows if row["gaz_status"] == "resolved"])
    told = score["score"](rows) | score["honest"](rows, ["place", *table.areas])
    return {**told, "radius_m": round(radii.median())}


def judged(rows: Sequence[Row], score: Mapping[str, Any]) -> pd.DataFrame:
    """Return for each row its confidence, whether it is right, and whether it means one place."""
    found = []
    for row in rows:
        *at, confidence, _ = score["best"](row) or (-90.0, 0.0, 0.0, False)
        away_m = score["metres"](float(row["true_latitude"]), float(row["true_longitude"]), *at)
        found.append((confidence, away_m <= RIGHT_M, row["gaz_status"] != "several"))
    return pd.DataFrame(found, columns=["confidence", "right", "one"])


def confidence_table(ways: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    bands = {}
    for way, every in ways.items():
        told = every[every["confidence"] > 0.0]
        its = told.groupby((told["confidence"] * 10).astype(int).clip(upper=9).map("from 0.{}".format))
        bands[f"{way}: rows"] = its.size()
        bands[f"{way}: mean confidence"] = its["confidence"].mean()
        bands[f"{way}: share right"] = its["right"].mean()
    return pd.DataFrame(bands)


def limit_table(told: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return what limits would accept, and how much of it is right: means of the tables of each source."""
    lines: dict[str, dict[str, float]] = {f"{limit:.2f}": {} for limit in LIMITS}
    for (name, line), source in product(lines.items(), SOURCES):
        its = [one for table, one in told.items() if table.startswith(source)]
        taken = [one["right"][one["one"] & (one["confidence"] >= float(name))] for one in its]
        line[f"{source}: accepted"] = mean(len(kept) / len(one) for kept, one in zip(taken, its, strict=True))
        line[f"{source}: precision"] = mean(kept.mean() for kept in taken)
    return pd.DataFrame.from_dict(lines, orient="index")


def wide_table(rows: Sequence[Row]) -> pd.DataFrame:
    right = pd.Series([row["gaz_place_id"] == row["true_area"] for row in rows])
    its = right.groupby([WIDE[len(row["true_area"])] for row in rows])
    return pd.DataFrame({"rows": its.size(), "resolved to it": its.mean()})


def peer_table(tables: Sequence[LabelledTable], gazetteer: Gazetteer) -> pd.DataFrame:
    """Return how often the simple matchers that people use are right, each over all spellings."""
    spellings: dict[str, Place] = {}
    for place, text in sorted(gazetteer.names(), key=lambda one: -(one[0].population or 0)):
        spellings.setdefault(fold(text), place)
    texts, trigrams = [*spellings], TfidfVectorizer(analyzer="char", ngram_range=(3, 3))
    known = trigrams.fit_transform(texts)
    picks: dict[str, Callable[[str], str]] = {
        "exact match": str,
        "rapidfuzz WRatio": lambda text: process.extractOne(text, texts, scorer=fuzz.WRatio)[0],
        "Jaro-Winkler": lambda text: process.extractOne(text, texts, scorer=JaroWinkler.similarity)[0],
        "trigrams, tf-idf": lambda text: texts[(known @ trigrams.transform([text]).T).argmax()],
    }
    shares: dict[str, dict[str, float]] = {table.name: {} for table in tables}
    for table, (peer, pick) in product(tables, picks.items()):
        rows = [row for row in table.rows if not row.contradicted]
        best = {text: spellings.get(pick(fold(text))) for text in {row.text for row in rows}}
        found = ((best[row.text], row.position) for row in rows)
        right = [place and flat_distance_m(place.position, at) <= RIGHT_M for place, at in found]
        shares[table.name][peer] = mean(map(bool, right))
    return pd.DataFrame(shares)


def measured(gazetteer: Gazetteer, shared: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the page's tables with their titles."""
    score = runpy.run_path(str(shared / "tools" / "score.py"))
    *towns, wide = read_labelled(shared / "data" / "labelled")  # 5 km is no measure of the last, of areas
    fitting = Fitting(gazetteer, [row for table in (*towns, wide) for row in table.rows])
    folds, sources = by_fold(fitting), {source: by_other_source(fitting, source) for source in SOURCES}
    near = {one.name: answered(one, folds, fold_of) for one in towns}
    far = {one.name: answered(one, [sources[one.name.split()[0]]], lambda row: 0) for one in towns}
    figures, figures_far = (
        pd.DataFrame.from_dict({t.name: figures_of(way[t.name], t, score) for t in towns}, orient="index")
        for way in (near, far)
    )
    told, told_far = ({name: judged(rows, score) for name, rows in way.items()} for way in (near, far))
    yield "Right places, and of the accepted rows right areas.", figures[RIGHT]
    yield "Whether confidence and radius keep their word, on distinct names.", figures[KEPT]
    both = {"folds": pd.concat(told.values()), "other source": pd.concat(told_far.values())}
    yield "All five tables together, by the confidence of the best answer.", confidence_table(both)
    yield "Rows that mean an area.", wide_table(answered(wide, folds, fold_of))
    peers = peer_table([one for one in towns if not one.areas], gazetteer)
    peers.loc["this gazetteer"] = figures["within_5_km"]
    yield "Within 5 km on the same gazetteer, no area given, every row answered.", peers
    yield "Each source answered by what was fitted on the other.", figures_far[[*RIGHT[1:5], *KEPT]]
    yield "Limits of confidence: means of a source's tables, answered by the other.", limit_table(told_far)
    expected = expected_table(((one, near[one.name]) for one in towns), gazetteer)
    yield "Incidents within 5 km, by governorate and month: expected numbers, and the hidden truth.", expected


def expected_table(tables: Iterable[tuple[LabelledTable, list[Row]]], gazetteer: Gazetteer) -> pd.DataFrame:
    """Return whether expected numbers within 5 km of places hold, by governorate and month."""
    lines: dict[str, dict[str, object]] = {}
    for (table, rows), (what, of) in product(tables, targets_in(gazetteer).items()):
        frame = pd.DataFrame(rows)
        true = frame[["date", *TRUE[:2]]].set_axis(["date", "latitude", "longitude"], axis=1)
        known = gazetteer.read_incidents(true.assign(radius="0"), radius="radius")
        hidden = gazetteer.read_incidents(frame.drop(columns=TRUE), place="place", admin=table.areas)
        truth, _ = counts(gazetteer, known, of)
        line = lines.setdefault(f"{table.name}, {what}", {})
        line["true"] = round(sum(one.number for one in truth.values()))
        for way, impute in (("", False), ("imputed: ", True)):
            told, total = counts(gazetteer, hidden, of, impute=impute)
            pairs = [(truth.get(cell, NOTHING).number, told.get(cell, NOTHING)) for cell in {**truth, **told}]
            asked = [(number, one) for number, one in pairs if max(number, one.number) >= 1.0]
            line[f"{way}expected"] = f"{total.number:.0f} ({total.low:.0f} to {total.high:.0f})"
            line[f"{way}cells"] = len(asked)
            line[f"{way}held"] = mean(one.low <= number <= one.high for number, one in asked)
            if not impute:
                band = (one.low <= number <= one.high + one.unknown for number, one in asked)
                line |= {"in the band": mean(band), "unknown": round(total.unknown)}
    return pd.DataFrame.from_dict(lines, orient="index")


def counts(
    gazetteer: Gazetteer, incidents: Incidents, of: Sequence[Place], *, impute: bool = False
) -> tuple[Cells, Expected]:
    found = gazetteer.count_near(incidents, of=of, within="5 km", by=("area", "month"), impute=impute)
    assert isinstance(found, NearCounts) and found.answer.expected is not None
    return {(row.pcode, row.month): row.expected for row in found.rows if row.pcode}, found.answer.expected


def targets_in(gazetteer: Gazetteer) -> dict[str, Sequence[Place]]:
    """Return the hospitals, and 200 points anywhere in the country, always the same."""
    dice, spots = np.random.default_rng(1), [place.position for place in gazetteer.places()]
    sides = [one.latitude for one in spots], [one.longitude for one in spots]
    norths, easts = (dice.uniform(min(side), max(side), 4_000) for side in sides)
    inside = np.flatnonzero(~np.asarray(gazetteer.areas_at(norths, easts).outside_country))[:200].tolist()
    at = {n: LatLon(float(norths[n]), float(easts[n])) for n in inside}
    points = [Place(f"point:{n}", "", "", PlaceKind.POINT, one, uncertainty_m=1.0) for n, one in at.items()]
    return {"hospitals": gazetteer.targets("hospital"), "points": points}


def markdown(title: str, frame: pd.DataFrame) -> str:
    heads = [head if " " in head else head.replace("_", " ") for head in frame.columns]
    lines = [["", *heads], ["---"] * (1 + len(heads))]
    for name, *cells in frame.itertuples():
        lines.append([f"{name}", *(f"{one:.3f}" if isinstance(one, float) else f"{one}" for one in cells)])
    return "\n".join([f"{title}\n", *(f"| {' | '.join(line)} |" for line in lines), ""])


def main(file: Path, shared: Path, page: Path = Path("docs/accuracy.md")) -> None:
    """Measure a gazetteer file by the folder of labelled tables and tools, and renew the page's figures."""
    gazetteer = Gazetteer.open(file)
    info, names = gazetteer.info(), sum(1 for _ in gazetteer.names())
    about = f"{sum(info.counts.values()):,} places, {names:,} spellings, content {info.content_hash[:12]}"
    tables = (markdown(*one) for one in measured(gazetteer, shared))
    figures = "\n".join([f"The gazetteer: {about}.\n", *tables])
    print(figures)
    page.write_text(MARKS.sub(lambda _: f"\n{figures}\n", page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    typer.run(main)
