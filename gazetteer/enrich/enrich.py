"""A table with coordinates, areas and codes beside its own columns.

Every input row and cell is kept as it was, in order; the ``gaz_*`` columns are appended
(:mod:`gazetteer.enrich.added` says what they hold). Rows are read, resolved and written a chunk at a time,
and what rows say is resolved once (:mod:`gazetteer.enrich.enricher`), so a table may be larger than memory.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gazetteer.answers import MIN_CONFIDENCE
from gazetteer.enrich.added import ROW, STATUSES, status_of
from gazetteer.enrich.answers import Ask, Named, answer, read_answer
from gazetteer.enrich.draws import Drawing, Draws
from gazetteer.enrich.enricher import Enricher, Enriches
from gazetteer.enrich.explode import exploded, with_row_numbers
from gazetteer.enrich.plan import Plan, plan_for
from gazetteer.enrich.points import CHECKS
from gazetteer.enrich.running import Running, answering
from gazetteer.enrich.stage import Stage
from gazetteer.errors import InputError, TableError
from gazetteer.incidents import ColumnChoice, Progress
from gazetteer.incidents.columns import TableColumns
from gazetteer.incidents.row import Mention, Resolves
from gazetteer.reading.calibration import load_calibration
from gazetteer.tables.formats import FORMATS, format_for
from gazetteer.tables.layout import Part, WriteOptions
from gazetteer.tables.reading import read_table, source_named
from gazetteer.tables.table import CHUNK_ROWS, ReadOptions, Table
from gazetteer.tables.writing import STANDARD, check_target, keep_from, write_table

#: After how many answers progress is shown.
_SHOWN_EVERY = 50
#: How many mentions are a tenth of a second's work.
_BATCH = 100


@dataclass(frozen=True, slots=True)
class EnrichSummary:
    """What an enrichment did.

    Parameters
    ----------
    rows
        Rows read, which is rows written unless several places have a row each.
    statuses
        How many rows of each status; every status is there.
    columns
        The columns that were taken for place and areas.
    target
        The file written.
    notes
        What was chosen or seen while the table was opened, in words.
    checks
        How many rows whose point agrees with their name, disagrees and so on; empty for a table without
        coordinates.
    swapped
        How many rows have swapped coordinates.
    draws
        What was drawn, where the output is a table of draws.
    files
        What was written beside the output, by what it is.
    """

    rows: int
    statuses: Mapping[str, int]
    columns: TableColumns
    target: Path
    notes: tuple[str, ...] = ()
    checks: Mapping[str, int] = field(default_factory=dict)
    swapped: int = 0
    draws: Draws | None = None
    files: Mapping[str, Path] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the summary in plain JSON types."""
        columns = self.columns
        points = {"points": {**self.checks, "swapped": self.swapped}} if self.checks else {}
        return {
            "rows": self.rows,
            **{status: self.statuses[status] for status in STATUSES},
            "columns": {
                "dataset": columns.dataset,
                "place": columns.place,
                "place_ar": columns.place_ar,
                "admin": list(columns.admin),
                "latitude": columns.latitude,
                "longitude": columns.longitude,
                "date": columns.date,
                **({"text": columns.text} if columns.text is not None else {}),
            },
            **points,
            **({"draws": self.draws.as_json()} if self.draws else {}),
            "notes": list(self.notes),
            "output": str(self.target),
            **{name: str(path) for name, path in self.files.items()},
        }


def enriched(
    gazetteer: Enriches,
    table: Table,
    plan: Plan,
    *,
    chunk_rows: int = CHUNK_ROWS,
    ask: Ask | None = None,
) -> Iterator[Part]:
    """Yield the rows of a table with their cells, each chunk as soon as it is resolved.

    `ask` answers mentions; see :class:`~gazetteer.enrich.enricher.Enricher`.
    """
    return map(Enricher(gazetteer, plan, ask).part, table.chunks(chunk_rows))


def enrich_table(
    gazetteer: Enriches,
    source: str | Path,
    target: str | Path,
    *,
    columns: ColumnChoice | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    min_confidence: float = MIN_CONFIDENCE,
    overwrite: bool = False,
    explode: bool = False,
    draws: Draws | None = None,
    running: Running | None = None,
    progress: Progress | None = None,
    stage: Stage | None = None,
) -> EnrichSummary:
    """Resolve the place of every row and write the table with the ``gaz_*`` columns appended.

    Parameters
    ----------
    gazetteer
        An open gazetteer.
    source
        The table, in any format of :mod:`gazetteer.tables.formats`; "-" for standard input.
    target
        The output, whose end says the format. "-" is standard output, in the format of the input. The format
        of the input keeps what else a file holds: a workbook's other sheets, a GeoPackage's other layers.
    columns, min_confidence, overwrite
        As for :func:`plan_for`.
    explode
        Write a row for each of several places, and the number of the input's row in ``gaz_row``: see
        :mod:`gazetteer.enrich.explode`. A workbook or GeoPackage is then written as a new one.
    draws
        Write sampled positions instead, a row each: see :mod:`gazetteer.enrich.draws`.
    encoding
        The encoding of a text; None to find it.
    sheet
        The sheet of a workbook or the layer of a GeoPackage; None for the first that is shown.
    running
        In which processes, and whether to go on from a checkpoint; None resolves in this process.
    progress
        Called with how many rows are done, and of how many.
    stage
        What the rows pass on their way to the output; None for nothing.

    Returns
    -------
    EnrichSummary
        Counts, and the columns that were taken.

    Raises
    ------
    TableError
        If the table can't be read or used, or the output can't be written. The target is then as it was
        before.
    InputError
        If `min_confidence` is not between 0 and 1, or rows are to be exploded and drawn.
    """
    to_file = str(target) != STANDARD
    form = format_for(str(target)) if to_file else None
    with source_named(source) as held:
        table = read_table(held, ReadOptions(encoding=encoding, sheet=sheet, knows=knower(gazetteer)))
        plan = plan_for(table, columns=columns, min_confidence=min_confidence, overwrite=overwrite)
        about = gazetteer.info()
        if explode and ROW.name in table.columns:
            raise TableError(
                f"the table has a column {ROW.name} already, so its rows are exploded: leave out --explode"
            )
        plan = plan.for_gazetteer(about)
        if to_file:
            check_target(Path(target), held.path)
            keep_from(Path(target), about.path)
        written = plan if stage is None else stage.plan(table, plan)
        drawing = None if draws is None else _drawing(gazetteer, written, draws, explode=explode)
        layout = drawing.layout if drawing else with_row_numbers(written) if explode else written
        total = table.check()
        counts = _Counts(plan)
        final = Path(target) if to_file else None
        # To its last file this run has the output to itself: what stands beside it is of the same run.
        with answering(
            partial(answer, gazetteer, plan),
            table.source,
            plan,
            about=about,
            target=final,
            running=running or Running(processes=1),
            batch=_BATCH,
        ) as texts:
            show = progress or _unwatched
            ask = _watched(lambda mentions: map(read_answer, texts(mentions)), counts, total, show)
            resolved = enriched(gazetteer, table, plan, ask=ask)
            parts = counts.counted(resolved if stage is None else stage.parts(resolved), total, show)
            notes = list(table.notes)
            if explode:
                parts = exploded(gazetteer, parts, written)
                if table.sheets and (form or FORMATS[table.written_as]) is FORMATS[table.written_as]:
                    notes.append("a row for each place is no copy of the file: its other parts were left out")
            parts = drawing.parts(parts) if drawing else parts
            write_table(target, table, layout, parts, WriteOptions(whole=not (explode or drawing)))
            notes += [drawing.note] if drawing else []
            if table.tags and not (form or FORMATS[table.written_as]).has_tags:
                notes.append("the row of HXL tags was left out: the output's format has no place for it")
            notes += about.notes
            summary = EnrichSummary(
                counts.rows,
                counts.statuses,
                plan.columns,
                Path(target),
                tuple(notes),
                counts.checks,
                counts.swapped,
                draws,
            )
            return summary if stage is None else stage.finish(summary)


def _drawing(gazetteer: Enriches, written: Plan, draws: Draws, *, explode: bool) -> Drawing:
    """Return what makes a long table of the rows, which can't be exploded too."""
    if explode:
        raise InputError(
            "draws have a row for each place already: leave out --explode or --draws", parameter="explode"
        )
    return Drawing(gazetteer, written, draws, gazetteer.info().calibration or load_calibration())


def knower(gazetteer: Resolves) -> Callable[[str], bool]:
    """Return a function that tells whether a text names a place beyond doubt."""
    return lambda text: gazetteer.resolve(text, limit=1).status == "resolved"


def _unwatched(done: int, total: int) -> None:
    """Show no progress."""


def _watched(ask: Ask, counts: "_Counts", total: int, progress: Progress) -> Ask:
    """Return `ask` with progress inside a chunk, whose rows are taken to be done evenly."""

    def watched(mentions: Sequence[Mention]) -> Iterator[Named]:
        rows = min(CHUNK_ROWS, total - counts.rows)
        for done, named in enumerate(ask(mentions), start=1):
            yield named
            if done % _SHOWN_EVERY == 0:
                progress(counts.rows + rows * done // len(mentions), total)

    return watched


class _Counts:
    """Counts rows as they go by."""

    def __init__(self, plan: Plan) -> None:
        self.statuses: Counter[str] = Counter(dict.fromkeys(STATUSES, 0))
        self.checks: Counter[str] = Counter(dict.fromkeys(CHECKS, 0) if plan.has_points else {})
        self.swapped = 0
        names = plan.added_names
        self._points = (
            (names.index("gaz_point_check"), names.index("gaz_point_reading")) if plan.has_points else None
        )

    @property
    def rows(self) -> int:
        return self.statuses.total()

    def counted(self, parts: Iterable[Part], total: int, progress: Progress) -> Iterator[Part]:
        """Pass parts on; what is passed is done when the next is asked for."""
        for part in parts:
            self.add(part)
            yield part
            progress(self.rows, total)

    def add(self, part: Part) -> None:
        distinct = part.distinct()
        for key, rows in Counter(map(id, part.added)).items():
            values = distinct[key]
            self.statuses[status_of(values)] += rows
            if self._points is not None:
                check, reading = self._points
                if values[check]:
                    self.checks[str(values[check])] += rows
                self.swapped += rows * ("swapped" in str(values[reading]))
