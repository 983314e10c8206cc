"""The answers to a table whose positions are known: what evaluating and calibrating begin with.

The best answer of a row is the one that was accepted, or else the first candidate. A row that names several
places has no one answer: its first candidate counts, and isn't accepted. Rows of one name whose known
positions lie in one cell of a tenth of a degree stand or fall together: they are one *distinct name*.

Distances are geodesics on WGS 84.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from gazetteer.answers import MIN_CONFIDENCE, Match, Resolution, check_min_confidence
from gazetteer.errors import CoordinateError, TableError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents import ColumnChoice, Progress
from gazetteer.incidents.columns import TableColumns, column_named, find_columns
from gazetteer.incidents.row import Mention, Resolves, mention_cells, mention_of, resolve_mention
from gazetteer.names import fold
from gazetteer.notation.positions import read_pair
from gazetteer.reading.calibration import RIGHT_M
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, Table

_CELL_DEG = 0.1


class DistinctName(NamedTuple):
    """A name, folded, and the cell of its known position, in tenths of a degree."""

    name: str
    north: int
    east: int


@dataclass(frozen=True, slots=True)
class LabelledColumns:
    """How a labelled table is read.

    Parameters
    ----------
    true_lat, true_lon
        Columns of the known positions, in decimal degrees. A row with both empty is skipped.
    columns
        The columns that matter, where their names don't tell.
    encoding, sheet
        As for :func:`~gazetteer.enrich.enrich.enrich_table`.
    """

    true_lat: str = "true_latitude"
    true_lon: str = "true_longitude"
    columns: ColumnChoice | None = None
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """The answer to a row whose position is known.

    Parameters
    ----------
    name
        What it shares with other rows of its name.
    best
        The best answer; None where there is none.
    away_m
        How far it is from the known position, in metres; None where there is none.
    confidence
        Its confidence, rounded as an enriched table holds it, so that scoring either gives the same figures.
    accepted
        Whether it was accepted.
    several
        Whether the row names several places.
    """

    name: DistinctName
    best: Match | None = None
    away_m: float | None = None
    confidence: float = 0.0
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
    """The answers to the rows of a table that have a known position, in order.

    Parameters
    ----------
    rows
        At least one.
    skipped
        How many rows have no known position.
    columns
        The columns that were taken for place and areas.
    table
        What messages call the table.
    """

    rows: Sequence[LabelledAnswer]
    skipped: int
    columns: TableColumns
    table: str


def answers_to(
    gazetteer: Resolves,
    table: str | Path,
    *,
    labelled: LabelledColumns | None = None,
    min_confidence: float = MIN_CONFIDENCE,
    progress: Progress | None = None,
) -> LabelledAnswers:
    """Resolve the places of a table and say how far each is from the position that is known.

    Raises
    ------
    TableError
        If the table can't be read, a column is missing, a known position is not one (the message names
        the line), or no row has one.
    InputError
        If `min_confidence` is not between 0 and 1.
    """
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
            try:
                truth = read_pair(north, east)
            except CoordinateError as error:
                raise TableError(
                    f"{table.source.name}, line {line}: {error}: correct it or leave both empty",
                    parameter="true_lat",
                ) from error
            if truth is not None and truth.swapped:
                raise TableError(
                    f"{table.source.name}, line {line}: latitude and longitude have changed places: put them "
                    "right, or name the columns with --true-lat and --true-lon",
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
