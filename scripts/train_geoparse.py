"""Fit the model of mentions: how likely what a stretch of a text is read as is right.

    python -m scripts.train_geoparse gazetteer.gpkg REPORTS.csv --news NEWS.csv ...

REPORTS.csv has id, language, text and the position of each report's event: an answer is right within 5 km of
it, or where its radius holds it. A report names other places too: where it names the event's, other answers
nearby are left out, and everywhere the large towns that it names plainly; other answers count as wrong.
NEWS.csv (id, language, text) is general news of other countries, where every answer is wrong. The package's
weights were fitted on the 1,774 titles that docs/geoparse.md measures, on 807 English articles that don't
name the country (LGL and GeoVirus of the corpora that it names) and on 400 Arabic ones (SaudiNewsNet).
Reports of our own (`scripts/made_reports.py`) tell how names stand in prose, in lists, beside persons and
agencies. What is printed is of places, or texts, that were left out of the fit.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import typer
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from gazetteer import Gazetteer, LatLon
from gazetteer.reading.calibration import RIGHT_M
from gazetteer.reading.features import Features, flat_distance_m
from gazetteer.reading.geoparse import Finding, found_in, is_well_known
from gazetteer.reading.mentions import document_of
from scripts.labelled import read_rows
from scripts.made_reports import made_reports

TARGET: Final = Path("gazetteer/reading/geoparse_weights.json")
#: What a stretch of the news, which stand for texts that the rule about the country lets pass, and one of the
#: made reports count beside one of a real report.
NEWS, MADE = 0.02, 0.1
#: An answer this near to the event, in a text that names the event's place besides, may be another place
#: that the text tells of: it is left out.
NEARBY_M: Final = 40_000.0
#: A stretch to fit on: its features, whether the answer is right, its place, weight and script.
Row = tuple[Features, bool, str, float, str]


def rows_of(gazetteer: Gazetteer, reports: Path, news: list[Path]) -> Iterator[Row]:
    reader = gazetteer.text_reader
    for report in read_rows(reports):
        truth = LatLon(float(report["true_latitude"]), float(report["true_longitude"]))
        told = [(one, *judged(one, truth)) for one in found_in(document_of(report["text"]), reader)]
        named = any(away_m <= RIGHT_M for _, away_m, _ in told)
        for one, away_m, right in told:
            aside = named and RIGHT_M < away_m <= NEARBY_M
            plain = "matched_exactly" in one.features  # a large town is right, wherever the event was
            city = plain and is_well_known(one.resolution.matches[0].place, one.stretch.name)
            if not aside and (right or not city):
                yield one.features, right, str(truth), 1.0, one.stretch.script
    for article in (article for path in news for article in read_rows(path)):
        for one in found_in(document_of(article["text"]), reader):
            yield one.features, False, article["id"], NEWS, one.stretch.script
    made_of = reader.names.places, reader.names.index
    for number, (text, names) in enumerate(made_reports(*made_of, count=3_000, seed=15)):
        for one in found_in(document_of(text), reader):
            at, to = one.stretch.start, one.stretch.end
            right = any(start < to and at < end and judged(one, p.position)[1] for start, end, p in names)
            yield one.features, right, f"made {number}", MADE, one.stretch.script


def judged(one: Finding, truth: LatLon) -> tuple[float, bool]:
    """Return how far an answer is from the truth, infinite without one, and whether it is right."""
    for match in one.resolution.matches[:1]:
        away_m = flat_distance_m(match.place.position, truth)
        return away_m, away_m <= max(RIGHT_M, match.place.uncertainty_m)
    return float("inf"), False


def fitted(script: str, rows: list[Row]) -> dict[str, float]:
    """Return the weights, scaled so that confidences hold on places that weren't fitted on (Platt 1999)."""
    vectors, logit = DictVectorizer(), LogisticRegression(max_iter=5000)
    facts, right, places, weights = map(np.array, list(zip(*rows, strict=True))[:4])
    x = vectors.fit_transform(facts)
    known, place = np.unique(places, return_inverse=True)
    folds = PredefinedSplit(np.random.default_rng(0).integers(5, size=len(known))[place])
    how = {"method": "decision_function", "params": {"sample_weight": weights}}
    utilities = cross_val_predict(logit, x, right, cv=folds, **how)[:, None]
    close = (weights > NEWS) & (utilities[:, 0] > -2.0)  # what is below that is no name
    scale = LogisticRegression().fit(utilities[close], right[close], weights[close])
    told = pd.DataFrame({"said": scale.predict_proba(utilities)[:, 1], "right": right})
    for what, weight in (("titles", 1.0), ("made reports", MADE)):
        its = told[weights == weight]
        bands = its.groupby(pd.cut(its["said"], [0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1], right=False))
        print(script, what, bands.agg(["mean", "size"]).round(3), sep="\n")
    logit.fit(x, right, weights)
    found = dict(zip(vectors.get_feature_names_out(), logit.coef_[0] * scale.coef_[0, 0], strict=True))
    found["bias"] += logit.intercept_[0] * scale.coef_[0, 0] + scale.intercept_[0]
    return {name: round(float(weight), 4) for name, weight in sorted(found.items())}


def main(file: Path, reports: Path, news: list[Path] | None = None) -> None:
    """Fit on a gazetteer file, a table of reports and tables of news, and write the package's weights."""
    gazetteer = Gazetteer.open(file)
    rows = list(rows_of(gazetteer, reports, news or []))
    model = {"made_by": "scripts/train_geoparse.py", "gazetteer": gazetteer.info().content_hash}
    fits = {script: fitted(script, [r for r in rows if r[-1] == script]) for script in ("Arab", "Latn")}
    document = {**model, "stretches": len(rows), "scripts": fits}
    TARGET.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
