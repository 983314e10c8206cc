"""How right the gazetteer is on a table whose positions are known.

The best answer of a row is told by :mod:`gazetteer.enrich.labelled`. A row without one is unanswered and
counts as wrong. Accuracy and coverage are shares of all rows; precision is of the accepted rows; a row is
right when its answer lies within 5 km. Calibration error is the expected calibration error over ten equal
bins of confidence (Guo et al., "On Calibration of Modern Neural Networks", 2017, section 2): 0 when of the
answers given 0.8, eight in ten are right. Whether confidence and radius hold is said in words
(:mod:`gazetteer.enrich.holding`), of distinct names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gazetteer.answers import MIN_CONFIDENCE
from gazetteer.enrich.holding import HeldConfidence, HeldRadius, held_confidence, held_radius
from gazetteer.enrich.labelled import LabelledAnswer, LabelledAnswers, LabelledColumns, answers_to
from gazetteer.incidents import ColumnChoice, Progress
from gazetteer.incidents.columns import TableColumns
from gazetteer.incidents.row import Resolves

#: The distances, in kilometres, within which an answer is counted.
RADII_KM = (1, 5, 10, 20)
_BINS = 10


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Shares are 0 to 1; see the module for what each is a share of.

    Parameters
    ----------
    rows
        Rows with a known position, which all shares but the precision are of.
    skipped
        Rows without one.
    answered
        Share with a best answer, accepted or not.
    within_km
        Share whose best answer lies within so many kilometres.
    accepted
        Share that was resolved.
    precision
        Share of the accepted that lie within 5 km; None when none was accepted.
    calibration_error
        Mean gap between confidence and share right; None when none was answered.
    columns
        The columns that were taken for place and areas.
    confidence, radius
        Whether they hold.
    """

    rows: int
    skipped: int
    answered: float
    within_km: dict[int, float]
    accepted: float
    precision: float | None
    calibration_error: float | None
    columns: TableColumns
    confidence: HeldConfidence
    radius: HeldRadius

    @property
    def words(self) -> tuple[str, str]:
        """What is to be said of confidence, and of the radius."""
        return self.confidence.words, self.radius.words

    def as_json(self) -> dict[str, object]:
        """Return the figures in plain JSON types, shares to four decimals."""
        return {
            "rows": self.rows,
            "skipped": self.skipped,
            "answered": round(self.answered, 4),
            **{f"within_{km}_km": round(share, 4) for km, share in self.within_km.items()},
            "accepted": round(self.accepted, 4),
            "accepted_precision_5_km": None if self.precision is None else round(self.precision, 4),
            "calibration_error": None if self.calibration_error is None else round(self.calibration_error, 4),
            "confidence": self.confidence.as_json(),
            "radius": self.radius.as_json(),
            "words": list(self.words),
        }


def evaluate(
    gazetteer: Resolves,
    table: str | Path,
    *,
    true_lat: str = "true_latitude",
    true_lon: str = "true_longitude",
    columns: ColumnChoice | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    min_confidence: float = MIN_CONFIDENCE,
    progress: Progress | None = None,
) -> Evaluation:
    """Resolve the places of a table and compare them with the positions it knows.

    Parameters
    ----------
    gazetteer
        An open gazetteer.
    table
        The table, in any format.
    true_lat, true_lon
        Columns of the known positions, in decimal degrees. A row with both empty is skipped.
    columns, encoding, sheet, min_confidence, progress
        As for :func:`~gazetteer.enrich.enrich.enrich_table`.

    Raises
    ------
    TableError
        If the table can't be read, a column is missing, a known position is not one (the message names
        the line), or no row has one.
    InputError
        If `min_confidence` is not between 0 and 1.
    """
    labelled = LabelledColumns(true_lat, true_lon, columns, encoding, sheet)
    return _summed_up(
        answers_to(gazetteer, table, labelled=labelled, min_confidence=min_confidence, progress=progress)
    )


def _summed_up(answers: LabelledAnswers) -> Evaluation:
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
        confidence=held_confidence(scored),
        radius=held_radius(scored),
    )


def _calibration_error(answered: Sequence[LabelledAnswer]) -> float | None:
    if not answered:
        return None
    gaps = [0.0] * _BINS  # in each bin, the sum of confidence less the number right
    for one in answered:
        gaps[min(_BINS - 1, int(one.confidence * _BINS))] += one.confidence - one.right
    return sum(abs(gap) for gap in gaps) / len(answered)
