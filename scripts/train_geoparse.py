"""Fit the model of mentions: how likely what a stretch of a text is read as is right.

    python -m scripts.train_geoparse --gazetteer gazetteer.gpkg --reports REPORTS.csv --news NEWS.csv ...

REPORTS.csv has id, language, text and the position of each report's event: an answer is right within 5 km of
it, or where its radius holds it. A report names other places too: where it names the event's, other answers
nearby are left out, and everywhere the large towns that it names plainly; other answers count as wrong, so
what is fitted is on the careful side. NEWS.csv (id, language, text) is general news of other countries, where
every answer is wrong. The weights that the package carries were fitted on the 1,774 titles that
docs/geoparse.md measures, on 807 English articles that don't name the country (LGL and GeoVirus of the
corpora that it names; it measures the others) and on 400 Arabic ones (SaudiNewsNet). Reports of our own
(`scripts/made_reports.py`) tell how names stand in prose. What is printed is of rows that were left out of
the fit: reports by place, so that no place of an event is fitted and measured on, made ones text by text.
"""

import argparse
import json
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from gazetteer import Gazetteer, LatLon
from gazetteer.reading.calibration import RIGHT_M
from gazetteer.reading.features import Features, flat_distance_m
from gazetteer.reading.geoparse import Finding, found_in, is_well_known
from gazetteer.reading.mentions import document_of
from scripts.figures import read_rows
from scripts.made_reports import made_reports

TARGET: Final = Path("gazetteer/reading/geoparse_weights.json")
#: News stands for texts that the rule about the country lets pass: a few.
_WEIGHT_OF_NEWS: Final = 0.02
#: Made reports, and what each stretch of them counts beside one of a real report.
_MADE: Final = 3_000
_WEIGHT_OF_MADE: Final = 0.1
_FOLDS: Final = 5
_STEPS: Final = (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
#: What is below this is no name, and tells nothing of how sure the others are.
_NEVER: Final = -2.0
#: An answer this near to the event, in a text that names the event's place besides, may be another place
#: that the text tells of: it is left out.
_NEARBY_M: Final = 40_000.0


class Row(NamedTuple):
    """A stretch to fit on: its features, whether the answer is right, its place and its weight."""

    features: Features
    right: bool
    place: str
    weight: float
    script: str


def main() -> None:
    """Fit, print how well it does on places that it wasn't fitted on, and write the weights."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--gazetteer", required=True)
    ask.add_argument("--reports", required=True)
    ask.add_argument("--news", action="append", default=[])
    options = ask.parse_args()
    gazetteer = Gazetteer.open(options.gazetteer)
    rows = [*_rows(gazetteer, options.reports, options.news), *_made_rows(gazetteer)]
    scripts = {
        script: _fitted(script, [r for r in rows if r.script == script]) for script in ("Arab", "Latn")
    }
    model = {
        "made_by": "scripts/train_geoparse.py",
        "gazetteer": gazetteer.info().content_hash,
        "stretches": len(rows),
        "scripts": scripts,
    }
    TARGET.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")


def _rows(gazetteer: Gazetteer, reports: str, news: Sequence[str]) -> Iterable[Row]:
    reader = gazetteer.text_reader
    for report in read_rows(Path(reports)):
        truth = LatLon(float(report["true_latitude"]), float(report["true_longitude"]))
        found = found_in(document_of(report["text"]), reader)
        named = any(_away_m(one, truth) <= RIGHT_M for one in found)
        for one in found:
            aside = named and RIGHT_M < _away_m(one, truth) <= _NEARBY_M
            if not (aside or (_is_city(one) and not _is_right(one, truth))):
                yield Row(one.features, _is_right(one, truth), str(truth), 1.0, one.stretch.script)
    for path in news:
        for article in read_rows(Path(path)):
            for one in found_in(document_of(article["text"]), reader):
                yield Row(one.features, False, article["id"], _WEIGHT_OF_NEWS, one.stretch.script)


def _made_rows(gazetteer: Gazetteer) -> Iterable[Row]:
    reader = gazetteer.text_reader
    for number, made in enumerate(
        made_reports(reader.names.places, reader.names.index, count=_MADE, seed=15)
    ):
        for one in found_in(document_of(made.text), reader):
            stretch = one.stretch
            meant = [p for start, end, p in made.names if start < stretch.end and stretch.start < end]
            right = any(_is_right(one, place.position) for place in meant)
            yield Row(one.features, right, f"made {number}", _WEIGHT_OF_MADE, stretch.script)


def _is_city(one: Finding) -> bool:
    """Tell whether a large town or a governorate is named plainly: right, wherever the event was."""
    exact = "matched_exactly" in one.features
    return exact and is_well_known(one.resolution.matches[0].place, one.stretch.name)


def _is_right(one: Finding, truth: LatLon) -> bool:
    if not one.resolution.matches:
        return False
    return _away_m(one, truth) <= max(RIGHT_M, one.resolution.matches[0].place.uncertainty_m)


def _away_m(one: Finding, truth: LatLon) -> float:
    matches = one.resolution.matches
    return flat_distance_m(matches[0].place.position, truth) if matches else math.inf


def _fitted(script: str, rows: Sequence[Row]) -> dict[str, float]:
    """Return the weights, scaled so that confidences hold on places that weren't fitted on (Platt 1999)."""
    vectors = DictVectorizer()
    x = vectors.fit_transform([dict(row.features) for row in rows])
    right = np.array([row.right for row in rows])
    weights = np.array([row.weight for row in rows])
    places = sorted({row.place for row in rows})
    fold_of = dict(zip(places, np.random.default_rng(0).integers(_FOLDS, size=len(places)), strict=True))
    folds = np.array([fold_of[row.place] for row in rows])
    utilities = np.zeros(len(rows))
    for fold in range(_FOLDS):
        kept = folds != fold
        utilities[~kept] = _logit(x[kept], right[kept], weights[kept]).decision_function(x[~kept])
    reports = weights == 1.0
    close = (weights > _WEIGHT_OF_NEWS) & (utilities > _NEVER)
    scale = _logit(utilities[close, None], right[close], weights[close])
    _print(script, scale.predict_proba(utilities[reports, None])[:, 1], right[reports])
    made = weights == _WEIGHT_OF_MADE
    _print(f"{script}, made", scale.predict_proba(utilities[made, None])[:, 1], right[made])
    model = _logit(x, right, weights)
    fitted = dict(zip(vectors.get_feature_names_out(), model.coef_[0] * scale.coef_[0, 0], strict=True))
    fitted["bias"] += model.intercept_[0] * scale.coef_[0, 0] + scale.intercept_[0]
    return {name: round(float(weight), 4) for name, weight in sorted(fitted.items())}


def _logit(x: object, right: NDArray[np.bool_], weights: NDArray[np.float64]) -> LogisticRegression:
    return LogisticRegression(max_iter=5000).fit(x, right, weights)


def _print(what: str, confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> None:
    print(f"{what}: {len(right)} stretches; on rows left out of the fit:")
    for low, high in pairwise(_STEPS):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            said, was = confidence[inside].mean(), right[inside].mean()
            print(f"  {low:.2f} to {high:.2f}: {inside.sum():5}, {said:.3f} said, {was:.3f} right")


if __name__ == "__main__":
    main()
