"""How right the gazetteer is on a table whose positions are known, and whether its numbers hold there.

A row is right when its best answer, the accepted one or else the first candidate, lies within 5 km (a
geodesic on WGS 84). Without an answer it is wrong; where it names several places the first counts, and isn't
accepted. Calibration error is the expected calibration error over ten equal bins of confidence (Guo et al.,
"On Calibration of Modern Neural Networks", 2017, section 2).

*Confidence holds* where the mean confidence is the share of right answers, of all answers and of the accepted
ones; *the radius holds* where it contains the known position of 95 in 100 accepted right answers. Rows of one
name within a tenth of a degree are one *distinct name*, which counts as five rows at the most. The intervals,
of 90 %, come from resampled names (Davison and Hinkley, "Bootstrap Methods and their Application", 1997,
section 3.8), with a fixed seed. A figure is off where its interval excludes the goal and it misses the goal
by more than two hundredths: no decision that is taken on a confidence needs more.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from gazetteer.answers import MIN_CONFIDENCE, Match, Resolution, check_min_confidence
from gazetteer.errors import CoordinateError, TableError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents import ColumnChoice, Progress
from gazetteer.incidents.columns import TableColumns, column_named, find_columns
from gazetteer.incidents.names import resolve_mention
from gazetteer.incidents.row import Mention, mention_cells, mention_of
from gazetteer.lookups import Lookups
from gazetteer.names import fold
from gazetteer.notation.positions import read_pair
from gazetteer.points import Floats
from gazetteer.reading.calibrating import COVERAGE, weights_of
from gazetteer.reading.calibration import RIGHT_M
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, Table
from gazetteer.values import counted

#: The distances, in kilometres, within which an answer is counted.
RADII_KM: Final = (1, 5, 10, 20)
#: From how many distinct names on something is said.
FEWEST_NAMES: Final = 30
_BINS: Final = 10
_CELL_DEG: Final = 0.1
_TOLERANCE: Final = 0.02
_DRAWS: Final = 1_000
_SEED: Final = 16
_QUANTILES: Final = (0.05, 0.95)
_REMEDY: Final = "make a calibration of such rows with 'gazetteer calibrate'"

Verdict = Literal["holds", "too high", "too low", "unknown"]


@dataclass(frozen=True, slots=True)
class LabelledColumns:
    """How a labelled table is read; a row with both columns of the known position empty is skipped."""

    true_lat: str = "true_latitude"
    true_lon: str = "true_longitude"
    columns: ColumnChoice | None = None
    encoding: str | None = None
    sheet: str | None = None


class DistinctName(NamedTuple):
    """A name, folded, and the cell of its known position, in tenths of a degree."""

    name: str
    north: int
    east: int


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """The answer to a row whose position is known."""

    name: DistinctName
    best: Match | None = None
    away_m: float | None = None  # how far it is from the known position
    confidence: float = 0.0  # rounded as an enriched table holds it, so that scoring either gives the same
    accepted: bool = False
    several: bool = False

    @property
    def right(self) -> bool:
        """Whether the place is right: within 5 km of the known position."""
        return self.is_within(RIGHT_M)

    @property
    def in_radius(self) -> bool:
        """Whether its radius holds the known position."""
        return self.best is not None and self.is_within(self.best.uncertainty_m)

    def is_within(self, limit_m: float) -> bool:
        """Tell whether it lies within so many metres of the known position."""
        return self.away_m is not None and self.away_m <= limit_m


@dataclass(frozen=True, slots=True)
class LabelledAnswers:
    """The answers to the rows of a table that have a known position, in order; at least one."""

    rows: Sequence[LabelledAnswer]
    skipped: int  # rows without a known position
    columns: TableColumns
    table: str


def answers_to(
    gazetteer: Lookups,
    table: str | Path,
    *,
    labelled: LabelledColumns | None = None,
    min_confidence: float = MIN_CONFIDENCE,
    progress: Progress | None = None,
) -> LabelledAnswers:
    """Resolve the places of a table and say how far each is from the position that is known."""
    check_min_confidence(min_confidence)
    how = labelled or LabelledColumns()
    opened = read_table(table, ReadOptions(encoding=how.encoding, sheet=how.sheet))
    # Only the place and areas are asked for, so a table's own coordinates play no part in the answer.
    latitude = column_named(opened.columns, how.true_lat, role="true_lat", option="--true-lat")
    longitude = column_named(opened.columns, how.true_lon, role="true_lon", option="--true-lon")
    choice = replace(how.columns or ColumnChoice(), latitude=latitude, longitude=longitude)
    found = find_columns(opened.columns, choice, tags=opened.tags).require_place(opened.columns)
    rows = list(_rows(opened, found))
    known = [(mention, truth) for mention, truth in rows if truth is not None]
    if not known:
        raise TableError(
            f"no row of {opened.source.name} has a position in {latitude} and {longitude}: "
            "name the columns of known positions with --true-lat and --true-lon",
            parameter="true_lat",
        )
    answers: dict[Mention, Resolution | None] = {}
    distinct = dict.fromkeys(mention for mention, _ in known)
    for done, mention in enumerate(distinct, start=1):
        answers[mention] = resolve_mention(gazetteer, mention, limit=1, min_confidence=min_confidence)
        if progress is not None:
            progress(done, len(distinct))
    scored = [_scored(mention, truth, answers[mention]) for mention, truth in known]
    return LabelledAnswers(scored, len(rows) - len(known), found, opened.source.name)


def _rows(table: Table, columns: TableColumns) -> Iterator[tuple[Mention, LatLon | None]]:
    lines = (line for line, _ in table.numbered_rows())
    for chunk in table.chunks():
        mentions = map(mention_of, mention_cells(chunk, columns))
        cells = zip(chunk.texts(columns.latitude or ""), chunk.texts(columns.longitude or ""), strict=True)
        for mention, (north, east), line in zip(mentions, cells, lines, strict=False):
            where = f"{table.source.name}, line {line}"
            try:
                truth = read_pair(north, east)
            except CoordinateError as error:
                wrong = f"{where}: {error}: correct it or leave both empty"
                raise TableError(wrong, parameter="true_lat") from error
            if truth is not None and truth.swapped:
                raise TableError(
                    f"{where}: latitude and longitude are swapped: correct them, or name the "
                    "columns with --true-lat and --true-lon",
                    parameter="true_lat",
                )
            yield mention, None if truth is None else truth.position


def _scored(mention: Mention, truth: LatLon, answer: Resolution | None) -> LabelledAnswer:
    cell = round(truth.latitude / _CELL_DEG), round(truth.longitude / _CELL_DEG)
    name = DistinctName(fold(mention.text), *cell)
    candidates = answer and (answer.matches or answer.places)
    if answer is None or not candidates:
        return LabelledAnswer(name)
    best = candidates[0]
    return LabelledAnswer(
        name,
        best,
        distance_m(truth, best.place.position),
        round(best.confidence, 4),
        accepted=answer.best is not None,
        several=answer.status == "several",
    )


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the ends of its 90 % interval."""

    value: float
    low: float
    high: float

    def verdict(self, goal: float) -> Verdict:
        """Compare the figure, of enough names, with its goal."""
        if self.low > goal and self.value > goal + _TOLERANCE:
            return "too high"
        if self.high < goal and self.value < goal - _TOLERANCE:
            return "too low"
        return "holds"

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The mean confidence of some answers beside the share of them that are right."""

    names: int
    said: float  # the mean confidence
    right: Estimate
    gap: Estimate  # confidence less the share of right answers

    @property
    def verdict(self) -> Verdict:
        """Whether the two are the same; "unknown" where there are too few names."""
        return "unknown" if self.names < FEWEST_NAMES else self.gap.verdict(0.0)

    def __str__(self) -> str:
        return f"answers said {self.said:.2f} sure are right {self.right.value:.2f} of the time"


@dataclass(frozen=True, slots=True)
class ConfidenceCheck:
    """Whether confidences hold: of all answers and of the accepted, since one may make up for the other."""

    answered: Comparison | None
    accepted: Comparison | None

    @property
    def _telling(self) -> Comparison | None:
        """The accepted answers where they alone are at fault, and all answers otherwise."""
        answered, accepted = self.answered, self.accepted
        if answered and answered.verdict == "holds" and accepted and accepted.verdict != "unknown":
            return answered if accepted.verdict == "holds" else accepted
        return answered

    @property
    def verdict(self) -> Verdict:
        """Whether they hold; "unknown" where there are too few names."""
        return self._telling.verdict if self._telling else "unknown"

    @property
    def words(self) -> str:
        """The verdict in a sentence."""
        telling = self._telling
        names = counted(telling.names if telling else 0, "name")
        if telling is None or telling.verdict == "unknown":
            return f"Confidence: can't be told from {names}: it takes {FEWEST_NAMES}."
        if telling.verdict == "holds":
            right = telling.right
            return f"Confidence: holds: {telling} ({right.low:.2f} to {right.high:.2f}, {names})."
        low, high = sorted((abs(telling.gap.low), abs(telling.gap.high)))
        gap = f"{abs(telling.gap.value):.2f} ({low:.2f} to {high:.2f}, {names})"
        where = "is" if telling is self.answered else "of accepted answers is"
        return f"Confidence: {where} {telling.verdict} by {gap}: {telling}; {_REMEDY}."


@dataclass(frozen=True, slots=True)
class RadiusCheck:
    """Whether radii hold; "too low" where they are too small."""

    verdict: Verdict
    names: int  # how many were accepted and right
    goal: float = COVERAGE
    right: Estimate | None = None  # of these answers, the share whose radius holds the known position
    accepted: Estimate | None = None  # the same share of all accepted answers

    @property
    def words(self) -> str:
        """The verdict in a sentence."""
        if self.right is None or self.verdict == "unknown":
            names = counted(self.names, "name")
            return f"Radius: can't be told from {names} with a right answer: it takes {FEWEST_NAMES}."
        right = self.right
        how, remedy = {
            "too low": ("is too small", f"; {_REMEDY}"),
            "too high": ("is wider than it need be", f"; {_REMEDY}"),
        }.get(self.verdict, ("holds", ""))
        return (
            f"Radius: {how}: it holds the known point in {right.value:.2f} of the right answers "
            f"({right.low:.2f} to {right.high:.2f}, {counted(self.names, 'name')}; {self.goal} is meant), "
            f"and in {self.accepted} of all accepted ones{remedy}."
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Shares, 0 to 1: see :mod:`gazetteer.enrich.evaluate` for what each is a share of."""

    rows: int  # with a known position
    skipped: int  # without one
    answered: float  # accepted or not
    within_km: dict[int, float]  # whose best answer lies within so many kilometres
    accepted: float
    precision: float | None  # of the accepted, within 5 km; None when none was accepted
    calibration_error: float | None  # None when none was answered
    columns: TableColumns
    confidence: ConfidenceCheck
    radius: RadiusCheck

    @property
    def words(self) -> tuple[str, str]:
        """A sentence about confidence, and one about the radius."""
        return self.confidence.words, self.radius.words

    def as_json(self) -> dict[str, Any]:
        """Return the figures in plain JSON types, shares to four decimals."""
        shares = {
            "answered": self.answered,
            **{f"within_{km}_km": share for km, share in self.within_km.items()},
            "accepted": self.accepted,
            "accepted_precision_5_km": self.precision,
            "calibration_error": self.calibration_error,
        }
        return {
            "rows": self.rows,
            "skipped": self.skipped,
            **{name: plain(share) for name, share in shares.items()},
            "confidence": {"verdict": self.confidence.verdict, **plain(self.confidence)},
            "radius": plain(self.radius),
            "words": list(self.words),
        }


def evaluate(
    gazetteer: Lookups,
    table: str | Path,
    *,
    labelled: LabelledColumns | None = None,
    min_confidence: float = MIN_CONFIDENCE,
    progress: Progress | None = None,
) -> Evaluation:
    """Resolve the places of a table and compare them with the positions it knows.

    Options are those of :meth:`gazetteer.Gazetteer.evaluate`. An invalid position is refused with its line.
    """
    answers = answers_to(
        gazetteer, table, labelled=labelled, min_confidence=min_confidence, progress=progress
    )
    scored, rows = answers.rows, len(answers.rows)
    accepted = [one for one in scored if one.accepted]
    return Evaluation(
        rows=rows,
        skipped=answers.skipped,
        answered=sum(one.best is not None for one in scored) / rows,
        within_km={km: sum(one.is_within(km * 1000.0) for one in scored) / rows for km in RADII_KM},
        accepted=len(accepted) / rows,
        precision=sum(one.right for one in accepted) / len(accepted) if accepted else None,
        calibration_error=_calibration_error([one for one in scored if one.best is not None]),
        columns=answers.columns,
        confidence=check_confidence(scored),
        radius=check_radius(scored),
    )


def _calibration_error(answered: Sequence[LabelledAnswer]) -> float | None:
    gaps = [0.0] * _BINS  # in each bin, the sum of confidence less the number right
    for one in answered:
        gaps[min(_BINS - 1, int(one.confidence * _BINS))] += one.confidence - one.right
    return sum(map(abs, gaps)) / len(answered) if answered else None


def check_confidence(rows: Sequence[LabelledAnswer]) -> ConfidenceCheck:
    """Compare the confidence of answers with the share that are right."""
    answered = [one for one in rows if one.best is not None]
    return ConfidenceCheck(_comparison(answered), _comparison([one for one in answered if one.accepted]))


def _comparison(rows: Sequence[LabelledAnswer]) -> Comparison | None:
    if not rows:
        return None
    names = [one.name for one in rows]
    said = np.array([one.confidence for one in rows])
    right = np.array([one.right for one in rows], dtype=np.float64)
    mean = float(np.average(said, weights=weights_of(names)))
    return Comparison(len(set(names)), mean, ratio(right, names), ratio(said - right, names))


def check_radius(rows: Sequence[LabelledAnswer]) -> RadiusCheck:
    """Count how often the radius of accepted answers holds the known position."""
    accepted = [one for one in rows if one.accepted]
    right = [one for one in accepted if one.right]
    of_right, of_accepted, names = _in_radius(right), _in_radius(accepted), len({one.name for one in right})
    verdict: Verdict = "unknown"
    if of_right is not None and names >= FEWEST_NAMES:
        verdict = of_right.verdict(COVERAGE)
    return RadiusCheck(verdict, names, COVERAGE, of_right, of_accepted)


def _in_radius(rows: Sequence[LabelledAnswer]) -> Estimate | None:
    inside = np.array([one.in_radius for one in rows], dtype=np.float64)
    return ratio(inside, [one.name for one in rows]) if rows else None


def ratio(values: Floats, names: Sequence[Hashable]) -> Estimate:
    """Return the weighted mean of the rows' values, with its interval over distinct names."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    of_row, weights = np.array([numbers[name] for name in names]), weights_of(names)
    count = len(numbers)
    top = np.bincount(of_row, weights=weights * values, minlength=count)
    bottom = np.bincount(of_row, weights=weights, minlength=count)
    dice = np.random.default_rng(_SEED)
    drawn = np.empty(_DRAWS)
    for at in range(_DRAWS):
        taken = dice.integers(0, count, count)
        drawn[at] = top[taken].sum() / bottom[taken].sum()
    low, high = np.quantile(drawn, _QUANTILES)
    return Estimate(float(top.sum() / bottom.sum()), float(low), float(high))


def plain(figures: Any) -> Any:
    """Return figures in plain JSON types, to four decimals."""
    if is_dataclass(figures):
        return {one.name: plain(getattr(figures, one.name)) for one in fields(figures)}
    return round(figures, 4) if isinstance(figures, float) else figures
