"""Fitting the ranker: labelled rows to weights, and folds that never share a place.

Used by ``scripts/train_ranker.py`` and ``scripts/measure_accuracy.py``, never at run time: numpy and scipy
come with the ``dev`` extra. A row is right for every candidate within 5 km of the coordinates that a
human coder gave it, and for an area (a district, a governorate, the country) for that area alone. The
weights maximise the likelihood of the right candidates together, or of "none of these" where none
is right, with a small quadratic penalty. Signs that common sense fixes (a better likeness never
speaks against a place) are kept as bounds.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gazetteer.places import Place
from gazetteer.resolve.features import FEATURES, NONE_FEATURES, feature_rows, flat_distance_m, none_row
from gazetteer.resolve.parse import parse
from gazetteer.resolve.rank import SAME_ANSWER_M, Weights
from gazetteer.resolve.resolver import Resolver
from gazetteer.values import LatLon

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Example", "LabelledRow", "examples_of", "fit", "fold_of"]

#: Rows whose coders put them in the same cell of this many degrees (about 10 km) are one place.
_PLACE_DEG: Final = 0.1
_PENALTY: Final = 2e-4
_ITERATIONS: Final = 400
#: Raw probability to confidence, read off held-out places (``measure_accuracy.py --reliability``). Between
#: 0.4 and 0.8 about seven in ten are right whatever the raw value, so the table is flat there, just
#: below the usual threshold: what is no surer than that should be looked at by a person.
CALIBRATION: Final = (
    (0.0, 0.0), (0.1, 0.18), (0.2, 0.33), (0.3, 0.5), (0.4, 0.65), (0.5, 0.695), (0.8, 0.699), (0.83, 0.88),
    (0.9, 0.91), (0.95, 0.945), (0.98, 0.985), (1.0, 0.99),
)  # fmt: skip
#: More of it never speaks against a candidate.
_NEVER_AGAINST: Final = frozenset(
    "exact skeleton similarity similarity_over_80 similarity_over_90 similar_and_long key_similarity"
    " part_similarity part_covers skeleton_and_long modifiers_shared kind_agrees kind_group_agrees"
    " admin_agrees area_for_countryside population_log population_known prominent_and_alike country"
    " more_sources in_governorate in_district in_subdistrict near_anchor".split()
)
#: More of it never speaks for a candidate.
_NEVER_FOR: Final = frozenset(
    "fuzzy_and_long modifiers_missing modifiers_extra kind_disagrees asked_admin_is_not unasked_admin"
    " unasked_governorate unasked_admin_of_town unasked_facility unasked_landmark homonyms_log"
    " less_alike_than_best out_of_governorate out_of_district out_of_subdistrict far_from_anchors"
    " from_aside from_context aside_alone village_from_context".split()
)
#: Rare in the tables, and sure evidence: the same modifier in both ("Eastern", "2"); and a governorate for
#: "rural Idlib", where the tables' coders had to choose some point; and a large town of that name, where
#: most rows are of villages. At least this much.
_LEAST: Final = {
    "modifiers_shared": 1.0,
    "area_for_countryside": 3.0,
    "prominent_and_alike": 0.6,
    "country": 4.0,
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
    """

    table: str
    text: str
    hints: tuple[str, ...]
    position: LatLon
    area: str | None = None
    truth: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True, slots=True)
class Example:
    """A distinct cell with its candidates' features, which of them are right, and how much it counts."""

    candidates: "NDArray[np.float64]"
    none: "NDArray[np.float64]"
    right: "NDArray[np.bool_]"
    weight: float
    fold: int


def fold_of(row: LabelledRow, *, folds: int) -> int:
    """Return the fold of a row, 0 to `folds` - 1: the same for all rows of one place."""
    cell = (round(row.position.latitude / _PLACE_DEG), round(row.position.longitude / _PLACE_DEG))
    return (cell[0] * 7919 + cell[1] * 104729) % folds


def _is_right(place: Place, row: LabelledRow) -> bool:
    if row.area is not None:
        return place.id == row.area
    return flat_distance_m(place.position, row.position) <= SAME_ANSWER_M


def examples_of(
    rows: Iterable[LabelledRow], resolver: Resolver, places: Sequence[Place], *, folds: int
) -> list[Example]:
    """Return the distinct examples among labelled rows; rows that cannot be looked up are left out."""
    import numpy as np

    tables: dict[str, int] = {}
    counts: dict[LabelledRow, int] = {}
    for row in rows:
        tables[row.table] = tables.get(row.table, 0) + 1
        counts[row] = counts.get(row, 0) + 1
    examples = []
    for row, count in counts.items():
        parsed = parse(row.text)
        if not parsed.parts:
            continue
        kind = parsed.relation.kind if parsed.relation else None
        evidence = resolver.evidence(parsed.parts, hints=row.hints, relation=kind)
        features = [[v.get(name, 0.0) for name in FEATURES] for v in feature_rows(evidence, places)]
        none = none_row(evidence)
        examples.append(
            Example(
                np.array(features, dtype=float).reshape(-1, len(FEATURES)),
                np.array([none[name] for name in NONE_FEATURES]),
                np.array([_is_right(places[c.place], row) for _, c in evidence.candidates], dtype=bool),
                count / tables[row.table],
                fold_of(row, folds=folds),
            )
        )
    return examples


def _bounds() -> list[tuple[float | None, float | None]]:
    candidate: list[tuple[float | None, float | None]] = [
        (_LEAST.get(name, 0.0), None)
        if name in _NEVER_AGAINST
        else (None, 0.0 if name in _NEVER_FOR else None)
        for name in FEATURES
    ]
    return candidate + [(None, None)] * len(NONE_FEATURES)


def fit(examples: Sequence[Example]) -> Weights:
    """Return the weights that make the right candidates of the examples likeliest.

    Parameters
    ----------
    examples
        At least one.

    Returns
    -------
    Weights
        With `CALIBRATION`.
    """
    import numpy as np
    from scipy.optimize import minimize

    features = np.concatenate([e.candidates for e in examples])
    nones = np.array([e.none for e in examples])
    right = np.concatenate([e.right for e in examples])
    owner = np.repeat(np.arange(len(examples)), [len(e.right) for e in examples])
    weight = np.array([e.weight for e in examples]) / math.fsum(e.weight for e in examples)
    none_right = np.bincount(owner, right, len(examples)) == 0
    split = len(FEATURES)

    def loss(w: "NDArray[np.float64]") -> "tuple[float, NDArray[np.float64]]":
        u, u0 = features @ w[:split], nones @ w[split:]
        top = u0.copy()
        np.maximum.at(top, owner, u)
        e, e0 = np.exp(u - top[owner]), np.exp(u0 - top)
        total = e0 + np.bincount(owner, e, len(examples))
        good = np.where(none_right, e0, np.bincount(owner, e * right, len(examples)))
        value = -(weight * (np.log(good) - np.log(total))).sum() + _PENALTY * (w @ w)
        share = np.where(none_right[owner], 0.0, e * right / good[owner])
        slope = features.T @ (weight[owner] * (e / total[owner] - share))
        slope0 = nones.T @ (weight * (e0 / total - none_right))
        return float(value), np.concatenate([slope, slope0]) + 2 * _PENALTY * w

    start = np.array([_LEAST.get(name, 0.0) for name in FEATURES] + [0.0] * len(NONE_FEATURES))
    best = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=_bounds(), options={"maxiter": _ITERATIONS}
    ).x
    return Weights(
        dict(zip(FEATURES, map(float, best[:split]), strict=True)),
        dict(zip(NONE_FEATURES, map(float, best[split:]), strict=True)),
        CALIBRATION,
    )
