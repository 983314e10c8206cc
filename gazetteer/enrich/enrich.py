"""A table with coordinates, areas and codes beside its own columns.

Every input row and cell is kept as it was, in order; the ``gaz_*`` columns are appended
(:mod:`gazetteer.enrich.plan`). A row is read (:mod:`gazetteer.incidents.row`), its mention is answered, and
answer and point become cells (:mod:`gazetteer.enrich.cells`). Rows go through in chunks and each different
mention is answered once, so a table may be larger than memory.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from gazetteer.answers import MIN_CONFIDENCE
from gazetteer.enrich.cells import (
    CHECKS,
    Answer,
    added_values,
    answer,
    exploded,
    points_of,
    status_of,
    with_row_numbers,
)
from gazetteer.enrich.draws import Drawing, Draws
from gazetteer.enrich.plan import ROW, STATUSES, Plan, plan_for
from gazetteer.enrich.processes import Ask, Running, answering
from gazetteer.errors import InputError, TableError
from gazetteer.incidents import ColumnChoice, Progress
from gazetteer.incidents.columns import TableColumns
from gazetteer.incidents.row import Mention, RowReader
from gazetteer.lookups import Lookups
from gazetteer.reading.calibration import load_calibration
from gazetteer.tables.formats import FORMATS, format_for
from gazetteer.tables.layout import Layout, Part, WriteOptions
from gazetteer.tables.reading import read_table, source_named
from gazetteer.tables.table import CHUNK_ROWS, Chunk, ReadOptions, Table
from gazetteer.tables.writing import STANDARD, check_target, write_table
from gazetteer.values import counted

#: After how many answers progress is shown.
_SHOWN_EVERY = 10
#: How many mentions are a tenth of a second's work.
_BATCH = 100
#: How many different mentions, and how many different rows, are remembered: some 200 MB at the most.
_REMEMBERED = 100_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class EnrichSummary:
    """What an enrichment did."""

    rows: int  # read, which is rows written unless several places have a row each
    statuses: Mapping[str, int]  # every status is there
    columns: TableColumns
    target: Path
    notes: tuple[str, ...] = ()
    checks: Mapping[str, int] = field(default_factory=dict)  # of points; empty without coordinates
    swapped: int = 0  # rows with swapped coordinates
    draws: Draws | None = None  # where the output is a table of draws
    files: Mapping[str, Path] = field(default_factory=dict)  # written beside the output, by what they are

    def as_json(self) -> dict[str, object]:
        """Return the summary in plain JSON types."""
        names = ("dataset", "place", "place_ar", "admin", "latitude", "longitude", "date")
        columns = {name: getattr(self.columns, name) for name in names}
        columns["admin"] = list(self.columns.admin)
        if self.columns.text is not None:
            columns["text"] = self.columns.text
        return {
            "rows": self.rows,
            **{status: self.statuses[status] for status in STATUSES},
            "columns": columns,
            **({"points": {**self.checks, "swapped": self.swapped}} if self.checks else {}),
            **({"draws": self.draws.as_json()} if self.draws else {}),
            "notes": list(self.notes),
            "output": str(self.target),
            **{name: str(path) for name, path in self.files.items()},
        }


class Stage(Protocol):
    """A step between answering and writing; it sees every row once, in order and in one process."""

    def plan(self, table: Table, plan: Plan) -> Plan:
        """Return the plan that is written, with columns appended; or refuse."""

    def parts(self, parts: Iterable[Part]) -> Iterator[Part]:
        """Yield the parts as they are written."""

    def finish(self, summary: EnrichSummary) -> EnrichSummary:
        """Finish once the output is written, and return the summary with remarks added."""


class _Memory(dict[Key, Value]):
    """A cache that is emptied before it grows too large."""

    def learn(self, keys: Iterable[Key], work: Callable[[list[Key]], Iterable[Value]]) -> None:
        """Add the values of these keys, which are all different."""
        keys = list(keys)
        new = [key for key in keys if key not in self]
        if len(self) + len(new) > _REMEMBERED:
            self.clear()
            new = keys
        if new:
            self.update(zip(new, work(new), strict=True))


class _Enricher:
    """Turns chunks into parts, and answers each different row once; `ask` answers mentions."""

    def __init__(self, gazetteer: Lookups, plan: Plan, ask: Ask[Mention, Answer] | None = None) -> None:
        self._gazetteer, self._plan = gazetteer, plan
        self._reader = RowReader(gazetteer, plan.columns, plan.geometry)
        self._ask: Ask[Mention, Answer] = ask or partial(map, partial(answer, gazetteer, plan))
        self._answers: _Memory[Mention, Answer] = _Memory()
        self._values: _Memory[tuple[Any, ...], tuple[object, ...]] = _Memory()

    def part(self, chunk: Chunk) -> Part:
        """Return a chunk with the added values of its rows."""
        shapes = self._reader.geometry
        columns = [
            chunk.values(name) if name == shapes else chunk.texts(name) for name in self._reader.columns_read
        ]
        rows: list[tuple[Any, ...]] = list(zip(*columns, strict=True))
        self._values.learn(dict.fromkeys(rows), self._added)
        return Part(chunk, [self._values[row] for row in rows])

    def _added(self, rows: list[tuple[Any, ...]]) -> Iterator[tuple[object, ...]]:
        """Yield the added values of rows that are all different."""
        read = self._reader.read(Chunk(self._reader.columns_read, rows))
        self._answers.learn(dict.fromkeys(read.mentions), self._ask)
        points, wrong = points_of(self._gazetteer, read), read.positions.wrong
        for row, mention in enumerate(read.mentions):
            found, has_point = self._answers[mention], row in points or row in wrong
            yield added_values(
                self._gazetteer, self._plan, mention, found, points.get(row), has_point=has_point
            )


def enriched(
    gazetteer: Lookups,
    table: Table,
    plan: Plan,
    *,
    chunk_rows: int = CHUNK_ROWS,
    ask: Ask[Mention, Answer] | None = None,
) -> Iterator[Part]:
    """Yield the rows of a table with their cells, each chunk as soon as it is answered."""
    return map(_Enricher(gazetteer, plan, ask).part, table.chunks(chunk_rows))


def enrich_table(
    gazetteer: Lookups,
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

    Options are those of :meth:`gazetteer.Gazetteer.enrich_file`. `draws` writes sampled positions instead,
    and the rows pass through `stage`. After an error the target is as it was before.
    """
    about = gazetteer.info()
    where = file_of(target)
    with source_named(source) as held:
        check_output(gazetteer, where, held.path)
        table = read_table(held, ReadOptions(encoding=encoding, sheet=sheet, knows=knower(gazetteer)))
        plan = plan_for(table, columns=columns, min_confidence=min_confidence, overwrite=overwrite)
        plan = plan.for_gazetteer(about)
        if explode and draws is not None:
            raise InputError(
                "draws have a row for each place already: leave out --explode or --draws", parameter="explode"
            )
        if explode and ROW.name in table.columns:
            raise TableError(
                f"the table has a column {ROW.name} already, so its rows are exploded: leave out --explode"
            )
        written = plan if stage is None else stage.plan(table, plan)
        drawing = None
        if draws is not None:
            drawing = Drawing(gazetteer, written, draws, about.calibration or load_calibration())
        counts, watch = _Counts(plan), Watch(table.check(), progress)
        # The checkpoint is locked until the stage is finished: all files are of the same run.
        with answering(
            partial(answer, gazetteer, plan),
            Answer.kept,
            running or Running(1),
            batch=_BATCH,
            target=where,
            source=table.source,
            plan=plan,
            about=about,
        ) as ask:
            parts = enriched(gazetteer, table, plan, ask=partial(watch.asked, ask))
            parts = counts.counted(parts if stage is None else stage.parts(parts), watch)
            layout: Layout = written
            if explode:
                parts, layout = exploded(gazetteer, parts, written), with_row_numbers(written)
            elif drawing:
                parts, layout = drawing.parts(parts), drawing.layout
            write_table(target, table, layout, parts, WriteOptions(whole=not (explode or drawing)))
            seen = (*_left_out(table, where, explode=explode), *([drawing.note] if drawing else []))
            summary = EnrichSummary(
                counts.rows,
                counts.statuses,
                plan.columns,
                Path(target),
                (*table.notes, *counts.notes, *seen, *about.notes),
                counts.checks,
                counts.swapped,
                draws,
            )
            return summary if stage is None else stage.finish(summary)


def _left_out(table: Table, target: Path | None, *, explode: bool) -> Iterator[str]:
    """Yield notes about what the output's format can't hold."""
    own = FORMATS[table.written_as]
    form = own if target is None else format_for(str(target))
    if explode and table.sheets and form is own:
        yield "a row for each place is no copy of the file: its other parts were left out"
    if table.tags and not form.has_tags:
        yield "the row of HXL tags was left out: the output's format has no place for it"


def file_of(target: str | Path) -> Path | None:
    """Return the file that an output is; None for standard output."""
    return None if str(target) == STANDARD else Path(target)


def check_output(gazetteer: Lookups, target: Path | None, source: Path | None) -> None:
    """Refuse an unknown format, and the input or the gazetteer's file as output, before any work."""
    if target is not None:
        format_for(str(target))
        check_target(target, source, gazetteer_file=gazetteer.info().path)


def knower(gazetteer: Lookups) -> Callable[[str], bool]:
    """Return a function that tells whether a text names a place beyond doubt."""
    return lambda text: gazetteer.resolve(text, limit=1).status == "resolved"


class Watch:
    """Reports progress in rows; inside a chunk it is interpolated."""

    def __init__(self, total: int, show: Progress | None, *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._total, self._chunk_rows = total, chunk_rows
        self._show = show or (lambda done, total: None)
        self._done = 0

    def asked(self, ask: Ask[Key, Value], questions: Sequence[Key]) -> Iterator[Value]:
        """Ask the questions of a chunk, and report progress."""
        rows = min(self._chunk_rows, self._total - self._done)
        for number, found in enumerate(ask(questions), start=1):
            yield found
            if number % _SHOWN_EVERY == 0:
                self._show(self._done + rows * number // len(questions), self._total)

    def done(self, rows: int) -> None:
        """Report that so many more rows are done."""
        self._done += rows
        self._show(self._done, self._total)


class _Counts:
    """Counts rows by status and check."""

    def __init__(self, plan: Plan) -> None:
        self.rows = self.swapped = 0
        self.statuses: Counter[str] = Counter(dict.fromkeys(STATUSES, 0))
        self.checks: Counter[str] = Counter(dict.fromkeys(CHECKS, 0) if plan.has_points else {})
        self._at = {name: at for at, name in enumerate(plan.added_names)}
        self._names_looked_for = plan.columns.has_places or plan.columns.text is not None

    @property
    def notes(self) -> Iterator[str]:
        """Yield that no column was taken for the places, if rows have nothing else to go by."""
        if (invalid := self.statuses["invalid"]) and not self._names_looked_for:
            yield (
                "no column was taken for the names of places, and "
                f"{counted(invalid, 'row has', 'rows have')} no position either: name it with --place COLUMN"
            )

    def counted(self, parts: Iterable[Part], watch: Watch) -> Iterator[Part]:
        """Pass parts on; each is done when the next is asked for."""
        for part in parts:
            distinct = part.distinct()
            for key, rows in Counter(map(id, part.added)).items():
                self._count(distinct[key], rows)
            yield part
            watch.done(len(part.chunk))

    def _count(self, values: tuple[object, ...], rows: int) -> None:
        self.rows += rows
        self.statuses[status_of(values)] += rows
        if self.checks:
            if check := values[self._at["gaz_point_check"]]:
                self.checks[str(check)] += rows
            self.swapped += rows * ("swapped" in str(values[self._at["gaz_point_reading"]]))
