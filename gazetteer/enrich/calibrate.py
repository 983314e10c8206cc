"""A calibration from a table of one's own, and whether it is better there than the one before.

The rows' raw probabilities are fitted (:mod:`gazetteer.reading.calibrating`). Rows that name several places
or a position, or whose point is computed from a place, tell nothing about a name and are left out.

Whether it is better is measured by cross-validation over five parts of the distinct names: its mean squared
error (Brier, "Verification of forecasts expressed in terms of probability", 1950) less that of the one
before, with an interval over names as in :mod:`gazetteer.enrich.evaluate`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from gazetteer.enrich.evaluate import (
    FEWEST_NAMES,
    Estimate,
    LabelledAnswer,
    LabelledColumns,
    answers_to,
    plain,
    ratio,
)
from gazetteer.errors import TableError
from gazetteer.incidents import Progress
from gazetteer.lookups import Lookups, library_version
from gazetteer.notation.lengths import format_length
from gazetteer.points import Floats
from gazetteer.reading.calibrating import NO_NAME, Case, fit_calibration
from gazetteer.reading.calibration import UNCALIBRATED, Calibration
from gazetteer.reading.rank import load_weights
from gazetteer.tables.writing import STANDARD, check_target, replacing_bytes
from gazetteer.values import counted

#: From how many labelled rows on a calibration is made.
FEWEST_ROWS: Final = 50
_FOLDS: Final = 5
_SEED: Final = 16
#: Where fewer answers are right, the known positions belong to other rows.
_MIN_RIGHT: Final = 0.1
#: The confidences whose change is reported.
_SHOWN: Final = (0.5, 0.8, 0.95)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a calibration is worth on labelled rows."""

    error: float  # mean squared difference between confidence and being right
    said: float  # the mean confidence
    radius_m: float | None  # the median of right answers whose radius is a calibration's; None without such
    in_radius: float | None  # the share of these answers whose radius contains the known point

    def as_json(self) -> dict[str, float | None]:
        """Return it in plain JSON types."""
        return {**plain(self), "radius_m": None if self.radius_m is None else round(self.radius_m)}


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A new calibration, and how it compares with the one before on names that it had not seen."""

    calibration: Calibration
    before: Calibration  # the one that it began with
    verdict: Literal["better", "no better", "worse"]
    difference: Estimate  # its mean squared error less that of the one before
    right: float  # the share of right answers
    tried: Trial
    tried_before: Trial

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON types, without the calibration itself."""
        return {
            "sha256": self.calibration.hash,
            "rows": self.calibration.rows,
            "names": self.calibration.names,
            "verdict": self.verdict,
            "difference": plain(self.difference),
            "right": round(self.right, 4),
            "tried": self.tried.as_json(),
            "tried_before": self.tried_before.as_json(),
            "words": list(self.words),
        }

    @property
    def words(self) -> tuple[str, ...]:
        """What is new, and whether it is better."""
        new, old = self.tried, self.tried_before
        names = counted(self.calibration.names, "name")
        found = f"{counted(self.calibration.rows, 'row')} of {names} were fitted."
        radius, in_radius = "no answer is right that has one of a calibration", ""
        if new.radius_m is not None and old.radius_m is not None:
            radius = (
                f"half of the right answers have up to {format_length(new.radius_m)} "
                f"({format_length(old.radius_m)} before)"
            )
            in_radius = (
                f"; the radius holds {new.in_radius:.2f} of the points of right answers "
                f"({old.in_radius:.2f} before; 0.95 is meant)"
            )
        advice = {"better": "", "no better": " More rows may help.", "worse": " Better go on without it."}
        return (
            found,
            f"Confidence: {self._confidences()}.",
            f"Radius: {radius}.",
            f"On names that it had not seen it is {self.verdict} than the one before: squared error "
            f"{new.error:.3f} ({old.error:.3f} before); answers said {new.said:.2f} sure ({old.said:.2f} "
            f"before) are right {self.right:.2f} of the time{in_radius}.{advice[self.verdict]}",
        )

    def _confidences(self) -> str:
        """Describe how some confidences change."""
        old = self.before
        known = [one for one in _SHOWN if old.confidence[0] <= one <= old.confidence[-1]]
        known = known or [old.confidence[-1]]
        raw = np.interp(known, old.confidence, old.raw).tolist()
        pairs = zip(known, map(self.calibration.calibrated, raw), strict=True)
        changed = (f"{before:.2f} is now {after:.2f}" for before, after in pairs)
        return f"what was given {', '.join(changed)}"

    def write(self, target: str | Path) -> None:
        """Write the calibration, for ``--calibration`` and ``Gazetteer.open``; whole or not at all."""
        with replacing_bytes(target) as file:
            file.write(self.calibration.as_text().encode())


def check_calibration_target(target: Path, table: Path, gazetteer: Lookups) -> None:
    """Refuse an output that can't be, before any work."""
    if str(target) == STANDARD:
        raise TableError("a calibration is a file: name it with -o", parameter="output")
    check_target(target, table, gazetteer_file=gazetteer.info().path)


def calibrate(
    gazetteer: Lookups,
    table: str | Path,
    *,
    labelled: LabelledColumns | None = None,
    prior: bool = True,
    progress: Progress | None = None,
) -> Calibrated:
    """Make a calibration from a table whose positions are known.

    Options are those of :meth:`gazetteer.Gazetteer.calibrate`. The gazetteer's own calibration is where the
    new one begins: the fewer rows there are, the more of it stays. Fewer than 50 rows, or 30 distinct names,
    or a table of which hardly any answer is right, are refused.
    """
    before = gazetteer.calibration
    prior = prior and before.prior
    plain = gazetteer.with_calibration(replace(UNCALIBRATED, prior=prior))
    raw = answers_to(plain, table, labelled=labelled, progress=progress)
    cases = [case for one in raw.rows if (case := _case(one)) is not None]
    names = {case.name for case in cases}
    if len(cases) < FEWEST_ROWS or len(names) < FEWEST_NAMES:
        raise TableError(
            f"{raw.table} has {counted(len(cases), 'row')} of {counted(len(names), 'different name')} that "
            f"are answered: a calibration takes {FEWEST_ROWS} rows of {FEWEST_NAMES} names, so add rows"
        )
    right = sum(case.right for case in cases)
    if right < _MIN_RIGHT * len(cases):
        raise TableError(
            f"only {right} of {len(cases)} answers lie within 5 km of the known positions: look whether "
            "latitude and longitude are swapped, or belong to other rows",
            parameter="true_lat",
        )
    made = replace(
        fit_calibration(cases, start=before),
        prior=prior,
        gazetteer=gazetteer.info().content_hash,
        weights=load_weights().hash,
        library=library_version(),
    )
    # As it will be read again, so that its hash is the one that the file will have.
    made = Calibration.of(json.loads(made.as_text()), name="the calibration")
    return _comparison(cases, made, before)


def _case(one: LabelledAnswer) -> Case | None:
    """Return what is fitted of a row; None where it tells nothing about a name."""
    if one.best is None or one.away_m is None or one.several or one.best.method in NO_NAME:
        return None
    name, *at = one.name
    return Case(one.best.confidence, one.right, one.away_m, one.best.place, name, (), tuple(at))


def _comparison(cases: Sequence[Case], made: Calibration, before: Calibration) -> Calibrated:
    """Compare calibrations of such rows with the one before, on names that they have not seen."""
    names = [case.name for case in cases]
    right = np.array([case.right for case in cases], dtype=np.float64)
    distinct = list(dict.fromkeys(names))
    parts = np.random.default_rng(_SEED).permutation(len(distinct)) % _FOLDS
    part_of = dict(zip(distinct, parts.tolist(), strict=True))
    others = [
        fit_calibration([case for case in cases if part_of[case.name] != part], start=before, draws=0)
        for part in range(_FOLDS)
    ]
    new, old = [others[part_of[case.name]] for case in cases], [before] * len(cases)
    sure, sure_before = _confidences(cases, new), _confidences(cases, old)
    difference = ratio((sure - right) ** 2 - (sure_before - right) ** 2, names)
    return Calibrated(
        calibration=made,
        before=before,
        verdict="better" if difference.high < 0.0 else "worse" if difference.low > 0.0 else "no better",
        difference=difference,
        right=ratio(right, names).value,
        tried=_trial(cases, new, sure, right),
        tried_before=_trial(cases, old, sure_before, right),
    )


def _confidences(cases: Sequence[Case], calibrations: Sequence[Calibration]) -> Floats:
    return np.array([one.calibrated(case.raw) for case, one in zip(cases, calibrations, strict=True)])


def _trial(cases: Sequence[Case], calibrations: Sequence[Calibration], sure: Floats, right: Floats) -> Trial:
    """Measure calibrations, one for each case: their confidences, and what their radii contain."""
    names = [case.name for case in cases]
    held = [
        (radius_m, case.away_m <= radius_m, case.name)
        for case, one in zip(cases, calibrations, strict=True)
        if case.right and (radius_m := one.radius_m(case.place)) is not None
    ]
    radii_m, inside, of = zip(*held, strict=True) if held else ((), (), ())
    return Trial(
        error=ratio((sure - right) ** 2, names).value,
        said=ratio(sure, names).value,
        radius_m=float(np.median(radii_m)) if held else None,
        in_radius=ratio(np.array(inside, dtype=np.float64), of).value if held else None,
    )
