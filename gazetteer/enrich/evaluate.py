"""How right the gazetteer is on a table whose positions are known.

The best answer of a row is the one that was accepted, or else the first candidate. A row that names several
places has no one answer: its first candidate counts, and isn't accepted. A row with neither
is unanswered and counts as wrong. Accuracy and coverage are shares of all rows; precision is of the
accepted rows; a row is right when its answer lies within 5 km. Calibration error is the expected
calibration error over ten equal bins of confidence (Guo et al., "On Calibration of Modern Neural
Networks", 2017, section 2): 0 when of the answers given 0.8, eight in ten are right.

Distances are geodesics on WGS 84.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gazetteer.errors import CoordinateError, InputError, TableError
from gazetteer.geodesy import distance_m
from gazetteer.incidents import ColumnChoice, Progress
from gazetteer.incidents.columns import TableColumns, column_named, find_columns
from gazetteer.incidents.row import Mention, Resolves, mention_cells, mention_of, resolve_mention
from gazetteer.notation.positions import read_pair
from gazetteer.results import MIN_CONFIDENCE, Resolution
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, Table
from gazetteer.values import LatLon

__all__ = ["RADII_KM", "Evaluation", "evaluate"]

#: The distances, in kilometres, within which an answer is counted.
RADII_KM = (1, 5, 10, 20)
#: An answer within this many metres is right.
_RIGHT_M = 5_000.0
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
    """

    rows: int
    skipped: int
    answered: float
    within_km: dict[int, float]
    accepted: float
    precision: float | None
    calibration_error: float | None
    columns: TableColumns

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
        }


@dataclass(frozen=True, slots=True)
class _Scored:
    """One row's best answer: how far off, how sure, and whether it was accepted; None if unanswered."""

    away_m: float | None
    confidence: float
    accepted: bool

    def is_within(self, limit_m: float) -> bool:
        return self.away_m is not None and self.away_m <= limit_m


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
    """
    if not 0.0 <= min_confidence <= 1.0:  # false for NaN too
        raise InputError(
            f"min_confidence must lie between 0 and 1, not {min_confidence:g}", parameter="min_confidence"
        )
    opened = read_table(table, ReadOptions(encoding=encoding, sheet=sheet))
    # Only the place and areas are asked for, so a table's own coordinates play no part in the answer.
    latitude, longitude = (
        column_named(opened.columns, name, role=role, option=option)
        for name, role, option in ((true_lat, "true_lat", "--true-lat"), (true_lon, "true_lon", "--true-lon"))
    )
    choice = replace(columns or ColumnChoice(), latitude=latitude, longitude=longitude)
    found = find_columns(opened.columns, choice, tags=opened.tags).require_place(opened.columns)
    cases = list(_cases(opened, found))
    known = [(mention, truth) for mention, truth in cases if truth is not None]
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
    scored = [_score(answers[mention], truth) for mention, truth in known]
    return _summed_up(scored, skipped=len(cases) - len(known), columns=found)


def _cases(table: Table, columns: TableColumns) -> Iterator[tuple[Mention, LatLon | None]]:
    lines = (line for line, _ in table.numbered_rows())
    for chunk in table.chunks():
        mentions = map(mention_of, mention_cells(chunk, columns))
        cells = zip(chunk.texts(columns.latitude or ""), chunk.texts(columns.longitude or ""), strict=True)
        for mention, (north, east), line in zip(mentions, cells, lines, strict=False):
            try:
                truth = read_pair(north, east)
            except CoordinateError as error:
                raise TableError(
                    f"{table.source.name}, line {line}: {error}: correct it or leave both empty",
                    parameter="true_lat",
                ) from error
            yield mention, None if truth is None else truth.position


def _score(answer: Resolution | None, truth: LatLon) -> _Scored:
    candidates = answer and (answer.matches or answer.places)
    if answer is None or not candidates:
        return _Scored(None, 0.0, accepted=False)
    best = candidates[0]
    away = distance_m(truth, best.place.position)
    # Rounded as an enriched table holds it, so that scoring either gives the same figures.
    return _Scored(away, round(best.confidence, 4), accepted=answer.best is not None)


def _summed_up(scored: list[_Scored], *, skipped: int, columns: TableColumns) -> Evaluation:
    rows = len(scored)
    accepted = [one for one in scored if one.accepted]
    return Evaluation(
        rows=rows,
        skipped=skipped,
        answered=sum(one.away_m is not None for one in scored) / rows,
        within_km={km: sum(one.is_within(km * 1000.0) for one in scored) / rows for km in RADII_KM},
        accepted=len(accepted) / rows,
        precision=sum(one.is_within(_RIGHT_M) for one in accepted) / len(accepted) if accepted else None,
        calibration_error=_calibration_error([one for one in scored if one.away_m is not None]),
        columns=columns,
    )


def _calibration_error(answered: list[_Scored]) -> float | None:
    if not answered:
        return None
    gaps = [0.0] * _BINS  # in each bin, the sum of confidence less the number right
    for one in answered:
        gaps[min(_BINS - 1, int(one.confidence * _BINS))] += one.confidence - one.is_within(_RIGHT_M)
    return sum(abs(gap) for gap in gaps) / len(answered)
