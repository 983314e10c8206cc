"""Fitting: labelled rows and made texts to weights, in stages, and folds that never share a place.

Used by ``scripts/train_ranker.py`` and ``scripts/measure_accuracy.py``, never at run time.

1. What a candidate is worth, and when none is meant: from labelled rows of real tables, and from names of
   towns of other countries. A reading is right if its place lies within 5 km of the coordinates that a human
   coder gave, or is the area that the row means. A coder errs now and then; and where no candidate lies near,
   the place may be missing from the gazetteer, or the point elsewhere than the name says. So labels are
   trusted to a share only.
2. What the other names of a text are: from made texts (:mod:`scripts.templates`), with the first
   stage frozen.
3. When a text is a list: from made texts.
4. The calibration: from real rows out of fold, in the script.

Weights maximise the likelihood of the right readings together, with a small quadratic penalty. Signs that
common sense fixes (a better likeness never speaks against a place) are kept as bounds.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.names import script_of
from gazetteer.reading.features import (
    CANDIDATE_FEATURES,
    LIST_FEATURES,
    NONE_FEATURES,
    ROLE_FEATURES,
    flat_distance_m,
)
from gazetteer.reading.interpret import listing_of, log_sum, stars_of
from gazetteer.reading.rank import SAME_ANSWER_M, Weights
from gazetteer.reading.reader import Reader, Reading
from gazetteer.values import Place
from scripts.templates import MadeText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Rows whose coders put them in the same cell of this many degrees (about 10 km) are one place.
_PLACE_DEG: Final = 0.1
_PENALTY: Final = 2e-4
_ITERATIONS: Final = 400
#: Rows are put in so many folds, by place.
FOLDS: Final = 5
#: How often a coder's point is that of the name, where a candidate lies near it.
_TRUST_NEAR: Final = 0.995
#: How often none is meant where no candidate lies near: else the point is elsewhere than the name says.
_TRUST_NONE: Final = 0.97
#: A fifth of the made texts name a place that is left out, so that there are enough; of real rows it is a
#: tenth.
_LEFT_OUT_WEIGHT: Final = 0.5
_COLUMNS: Final = (*CANDIDATE_FEATURES, *ROLE_FEATURES, *NONE_FEATURES)
_PLACE_OF: Final = {name: n for n, name in enumerate(_COLUMNS)}
#: The roles of names in one text: order, joiners, what is left unread. Columns of real tables tell how areas
#: agree.
_IN_TEXT: Final = frozenset(
    "same_place contains_other unread_words unread_known not_first city_instead after_in in_brackets aside"
    " marked_area".split()
)
#: Features of "none" that say how often it is meant in a kind of text, and nothing of the name.
_HOW_OFTEN: Final = frozenset({"bias", "arabic", "has_context", "asks_settlement"})
#: How much names of other countries count there: a table about the country seldom has one.
_ELSEWHERE_SELDOM: Final = 0.25
#: More of it never speaks for a reading.
_NEVER_FOR: Final = frozenset(
    "fuzzy_and_long other_onset other_ending alias_beside_namesake alias_in_other_order modifiers_missing"
    " modifiers_extra upper_or_lower_missing"
    " kind_disagrees camp_disagrees asked_admin_is_not unasked_admin unasked_governorate"
    " unasked_admin_of_town unasked_neighbourhood unasked_facility unasked_landmark homonyms_log"
    " less_alike_than_best out_of_governorate out_of_district out_of_subdistrict far_from_anchors"
    " contains_other unread_words unread_aside unread_known not_first city_instead after_in"
    " in_brackets aside marked_area".split()
)
#: More of it never speaks against a reading.
_NEVER_AGAINST: Final = frozenset(
    "exact skeleton similarity similarity_over_80 similarity_over_90 similar_and_long key_similarity"
    " part_similarity part_covers skeleton_and_long modifiers_shared kind_agrees kind_group_agrees"
    " admin_agrees area_for_countryside population_log population_known prominent_and_alike country"
    " more_sources in_governorate in_district in_subdistrict near_anchor same_place".split()
)
#: Rare in the tables, and sure evidence: the same modifier in both ("Eastern", "2"); and a governorate for
#: "rural Idlib", where the tables' coders had to choose some point; and a large town of that name, where
#: most rows are of villages; and one place in two spellings. At least this much.
_LEAST: Final = {
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
_MOST: Final = {
    "camp_disagrees": -4.0,
    "alias_beside_namesake": -6.0,
    "alias_in_other_order": -3.0,
    "upper_or_lower_missing": -3.0,
}


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A row of a labelled table.

    Parameters
    ----------
    table
        Which table it is from; tables count equally, whatever their length.
    text, hints
        The place as written, and the area cells beside it.
    position
        Where its coder put it.
    area
        The id of the area meant, for rows that mean an area; otherwise None.
    truth
        P-codes of the governorate, district and sub-district that hold the position.
    contradicted
        Whether the position lies in another governorate than the row itself names: one of the two is wrong,
        so nothing is learnt from it.
    date
        The day, as ISO 8601 has it; "" where none is given.
    """

    table: str
    text: str
    hints: tuple[str, ...]
    position: LatLon
    area: str | None = None
    truth: tuple[str, str, str] = ("", "", "")
    contradicted: bool = False
    date: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """The readings of a text: their features, which are right, how far that is trusted, its weight.

    `table` is that of a labelled row, "" for any other text.
    """

    features: "NDArray[np.float64]"
    right: "NDArray[np.bool_]"
    trust: float
    weight: float
    fold: int
    table: str = ""


def fold_of(row: LabelledRow, *, folds: int) -> int:
    """Return the fold of a row, 0 to `folds` - 1: the same for all rows of one place."""
    cell = (round(row.position.latitude / _PLACE_DEG), round(row.position.longitude / _PLACE_DEG))
    return (cell[0] * 7919 + cell[1] * 104729) % folds


def examples_of(
    rows: Iterable[LabelledRow], reader: Reader, places: Sequence[Place], *, folds: int
) -> list[Example]:
    """Return the distinct examples among labelled rows, without those that can't be looked up or trusted."""
    tables: dict[str, int] = {}
    counts: dict[LabelledRow, int] = {}
    for row in rows:
        if row.contradicted:
            continue
        tables[row.table] = tables.get(row.table, 0) + 1
        counts[row] = counts.get(row, 0) + 1
    found = []
    for row, count in counts.items():
        readings = _with_and_without_kind(row.text, reader, hints=row.hints)
        for reading in readings:
            if not reading.known or reading.country or (reading.relation and reading.relation.anchors):
                continue
            right = {n for n, place in _places_read(reading, places) if _is_right(place, row)}
            trust = _TRUST_NEAR if right else _TRUST_NONE
            weight = count / tables[row.table] / len(readings)
            example = _example(reading, reader, right, trust, weight, fold_of(row, folds=folds))
            found.append(replace(example, table=row.table))
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
        near = {
            n for n, p in _places_read(reading, places) if flat_distance_m(p.position, at) <= SAME_ANSWER_M
        }
        right = set() if made.left_out else {n for n in near if places[n].kind.group != "admin"}
        if reading.known and (right or made.left_out):
            found.append(_example(reading, its, right, 1.0, _LEFT_OUT_WEIGHT if made.left_out else 1.0, 0))
    return found


def _places_read(reading: Reading, places: Sequence[Place]) -> list[tuple[int, Place]]:
    return [(c.place, places[c.place]) for known in reading.known for c in known.candidates]


def _is_right(place: Place, row: LabelledRow) -> bool:
    if row.area is not None:
        return place.id == row.area
    return flat_distance_m(place.position, row.position) <= SAME_ANSWER_M


def _example(
    reading: Reading, reader: Reader, right: set[int], trust: float, weight: float, fold: int
) -> Example:
    """Return the example of a reading; without a right place, "none" is right, whatever its target."""
    import numpy as np

    stars = stars_of(reading.known, reading.stated, reading.features, reader.names)
    features = np.zeros((len(stars), len(_COLUMNS)))
    good = np.zeros(len(stars), dtype=np.bool_)
    for n, star in enumerate(stars):
        for name, value in star.roles.items():
            features[n, _PLACE_OF[name]] = value
        if star.candidate < 0:
            good[n] = not right
            continue
        target = reading.known[star.span]
        for name, value in target.features[star.candidate].items():
            features[n, _PLACE_OF[name]] = value
        for name, value in {**target.none, **reading.features}.items():
            features[n, _PLACE_OF[name]] = -value
        good[n] = target.candidates[star.candidate].place in right
    return Example(features, good, trust, weight, fold)


def _fitted(
    examples: Sequence[Example], start: "NDArray[np.float64]", free: "NDArray[np.bool_]"
) -> "NDArray[np.float64]":
    """Return weights that make the right readings likeliest; only those that are free move."""
    import numpy as np
    from scipy.optimize import minimize

    features = np.concatenate([e.features for e in examples])
    right = np.concatenate([e.right for e in examples])
    owner = np.repeat(np.arange(len(examples)), [len(e.right) for e in examples])
    weight = np.array([e.weight for e in examples])
    weight /= math.fsum(weight)
    trust = np.array([e.trust for e in examples])
    offset = features @ np.where(free, 0.0, start)
    moving = features[:, free]
    count = len(examples)

    def loss(w: "NDArray[np.float64]") -> "tuple[float, NDArray[np.float64]]":
        u = moving @ w + offset
        top = np.full(count, -np.inf)
        np.maximum.at(top, owner, u)
        e = np.exp(u - top[owner])
        share = e / np.bincount(owner, e, count)[owner]
        good = np.bincount(owner, share * right, count)
        said = trust * good + (1.0 - trust) * (1.0 - good) + 1e-12
        slope = weight * (2.0 * trust - 1.0) / said
        gradient = moving.T @ (slope[owner] * share * (right - good[owner]))
        return float(-(weight * np.log(said)).sum() + _PENALTY * (w @ w)), 2 * _PENALTY * w - gradient

    bounds = [bound for bound, moves in zip(_bounds(), free, strict=True) if moves]
    options = {"maxiter": _ITERATIONS}
    best = minimize(loss, start[free], jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    found = start.copy()
    found[free] = best
    return found


def _bounds() -> list[tuple[float | None, float | None]]:
    return [
        (
            _LEAST.get(name, 0.0 if name in _NEVER_AGAINST else None),
            _MOST.get(name, 0.0 if name in _NEVER_FOR else None),
        )
        for name in _COLUMNS
    ]


def _vector(weights: Weights) -> "NDArray[np.float64]":
    import numpy as np

    known = {**weights.candidate, **weights.roles, **weights.none}
    return np.array([known[name] for name in _COLUMNS])


def _weights(vector: "NDArray[np.float64]", like: Weights) -> Weights:
    values = dict(zip(_COLUMNS, map(float, vector), strict=True))
    return replace(
        like,
        candidate={name: values[name] for name in CANDIDATE_FEATURES},
        roles={name: values[name] for name in ROLE_FEATURES},
        none={name: values[name] for name in NONE_FEATURES},
    )


def fit_names(real: Sequence[Example], like: Weights, *, elsewhere: Sequence[Example] = ()) -> Weights:
    """Return weights of candidates and of "none".

    Parameters
    ----------
    real
        Labelled rows; at least one.
    like
        What else the weights hold.
    elsewhere
        Names of other countries, of which none is meant. They tell what such names look like; how often none
        is meant, with an area beside the name and without, is for the real rows to tell.
    """
    import numpy as np

    start = np.array([_LEAST.get(name, _MOST.get(name, 0.0)) for name in _COLUMNS])
    found = _fitted([*real, *elsewhere], start, np.ones(len(_COLUMNS), dtype=np.bool_))
    seldom = [replace(one, weight=one.weight * _ELSEWHERE_SELDOM) for one in elsewhere]
    how_often = np.array([name in _HOW_OFTEN for name in _COLUMNS])
    return _weights(_fitted([*real, *seldom], found, how_often), like)


def fit_roles(made: Sequence[Example], like: Weights) -> Weights:
    """Return weights of the roles that only a text gives, fitted on made texts; the others are frozen."""
    import numpy as np

    free = np.array([name in _IN_TEXT for name in _COLUMNS])
    return _weights(_fitted(made, _vector(like), free), like)


def fit_lists(texts: Iterable[MadeText], reader: Reader, like: Weights) -> Weights:
    """Return weights of lists, fitted on made texts that `reader` reads with the other weights."""
    import numpy as np
    from scipy.optimize import minimize

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

    def loss(w: "NDArray[np.float64]") -> "tuple[float, NDArray[np.float64]]":
        z = np.clip(features @ w + offset, -700, 700)
        p = 1.0 / (1.0 + np.exp(-z))
        value = float(np.mean(np.logaddexp(0.0, z) - label * z) + 1e-3 * (w @ w))
        return value, features.T @ (p - label) / len(label) + 2e-3 * w

    best = minimize(loss, np.zeros(len(LIST_FEATURES)), jac=True, method="L-BFGS-B").x
    return replace(like, lists=dict(zip(LIST_FEATURES, map(float, best), strict=True)))
