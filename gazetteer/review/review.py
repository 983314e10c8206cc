"""The stage between resolving and writing: it counts rows, applies decisions, adds columns, and writes the
report, the review file and the provenance beside the output.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gazetteer.enrich.enrich import EnrichSummary
from gazetteer.enrich.plan import ANSWERED, Plan
from gazetteer.errors import TableError
from gazetteer.incidents.columns import normal_name
from gazetteer.incidents.row import mention_cells, mention_of
from gazetteer.lookups import Lookups
from gazetteer.review.decisions import DECIDED_COLUMNS, Decisions, decided, read_decisions
from gazetteer.review.provenance import PROVENANCE_COLUMNS, Origins, provenance, write_provenance
from gazetteer.review.report import write_report
from gazetteer.review.review_file import check_review, review_csv, review_rows, write_review
from gazetteer.review.tally import EXAMPLES, Counted, Example, PlaceString, Tally, collapsed
from gazetteer.tables.layout import Part
from gazetteer.tables.table import Chunk, Source, Table
from gazetteer.tables.writing import STANDARD, check_target

_PROVENANCE_SUFFIX = ".provenance.json"
#: How the column is called in which people write what happened, for a reviewer to read.
_NOTES = frozenset(
    "notes note description event_description incident_description details comments comment remarks summary"
    " ملاحظات الملاحظات الوصف وصف".split()
)


class Review:
    """A stage of one enrichment, and a context that drops its counts when it ends.

    Parameters
    ----------
    gazetteer
        An open gazetteer.
    target
        The output of the enrichment, with its provenance beside it, as ``TARGET.provenance.json``; "-",
        standard output, has no provenance.
    report
        Where to write the report, a page of HTML.
    review
        Where to write the strings to review, as CSV or as a workbook; "-" keeps them for :meth:`review_csv`.
    decisions
        A filled-in review file to apply, or what was read of one. It may be `review` too, which keeps what a
        person wrote in it.
    append_provenance
        Append the columns ``gaz_library``, ``gaz_gazetteer`` and ``gaz_sources``.

    Attributes
    ----------
    files
        The files beside the output, as far as asked for: "report", "review" and "provenance".
    origins
        The sources of the rows so far.

    Raises
    ------
    TableError
        If a file can't be written or is named twice, if the decisions can't be used, or if `review` has
        decisions that would be lost.
    """

    def __init__(
        self,
        gazetteer: Lookups,
        target: str | Path,
        *,
        report: str | Path | None = None,
        review: str | Path | None = None,
        decisions: str | Path | Decisions | None = None,
        append_provenance: bool = False,
    ) -> None:
        self._gazetteer = gazetteer
        self._target = None if str(target) == STANDARD else Path(target)
        beside = {
            "report": report,
            "review": None if str(review) == STANDARD else review,
            "provenance": self._target and f"{self._target}{_PROVENANCE_SUFFIX}",
        }
        self.files = {name: Path(path) for name, path in beside.items() if path is not None}
        path = Path(decisions) if isinstance(decisions, (str, Path)) else None
        _check_files(self._target, self.files, path, gazetteer.info().path)
        read = read_decisions(gazetteer, Source(str(path), path)) if path else decisions
        self._decisions = read if isinstance(read, Decisions) else None
        self._append = append_provenance
        self._appended = (DECIDED_COLUMNS if read else ()) + (PROVENANCE_COLUMNS if append_provenance else ())
        self._needs_strings = bool(report or review or decisions)
        self.origins = Origins(gazetteer)
        self._tally = Tally()
        self._met: set[PlaceString] = set()
        self._decided_rows = self._rows_before = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tally.close()

    def plan(self, table: Table, plan: Plan) -> Plan:
        """Return the plan with the appended columns; refuse files that would replace the table."""
        for path in self.files.values():
            check_target(path, table.source.path)
        self._source, self._plan = table.source, plan
        columns = plan.columns
        notes = (name for name in plan.kept if normal_name(name) in _NOTES)
        self._examples_of = columns.id, columns.date, columns.text or next(notes, None)
        return replace(plan, added=plan.added + self._appended)

    def parts(self, parts: Iterable[Part]) -> Iterator[Part]:
        """Yield the parts with decisions and columns, counted."""
        for part in parts:
            if self._needs_strings:
                yield self._by_strings(part)
            else:
                new = part.changed(lambda values: self._with_provenance(self._cells(values)))
                yield new if self._append else part

    def _cells(self, values: tuple[object, ...]) -> dict[str, Any]:
        return dict(zip(self._plan.added_names, values, strict=True))

    def _by_strings(self, part: Part) -> Part:
        """Count and decide each distinct answer once; the rows that share it have the same mention."""
        rows: dict[int, list[int]] = {}
        for at, values in enumerate(part.added):
            rows.setdefault(id(values), []).append(at)
        firsts = [at for at, *_ in rows.values()]
        mentions = map(mention_of, mention_cells(part.chunk.take(firsts), self._plan.columns))
        new: dict[int, tuple[object, ...]] = {}
        counted: list[Counted] = []
        example = self._example_in(part.chunk)
        for (key, all_at), mention in zip(rows.items(), mentions, strict=True):
            string = PlaceString.of(mention)
            cells = self._cells(part.added[all_at[0]])
            if self._decisions is not None:
                decision = self._decisions.taken.get(string)
                if decision and decision.as_it_is and cells["gaz_status"] not in ANSWERED:
                    decision = None  # what was accepted is no answer any more
                cells = decided(cells, decision)
                if decision is not None:
                    self._met.add(string)
                    self._decided_rows += len(all_at)
            counted.append(Counted(string, cells, len(all_at), map(example, all_at[:EXAMPLES])))
            new[key] = self._with_provenance(cells)
        self._tally.add(counted)
        self._rows_before += len(part.chunk)
        return Part(part.chunk, [new[id(values)] for values in part.added])

    def _example_in(self, chunk: Chunk) -> Callable[[int], Example]:
        """Return a function from the place of a row in a chunk to what tells it from others."""
        before = self._rows_before + 1

        def example(at: int) -> Example:
            cells = ("" if one is None else collapsed(one[at]) for one in texts())
            return Example(before + at, *cells)

        @cache
        def texts() -> list[list[str] | None]:  # read only where something is doubtful
            return [None if name is None else chunk.texts(name) for name in self._examples_of]

        return example

    def _with_provenance(self, cells: dict[str, Any]) -> tuple[object, ...]:
        """Return a row's values, with its provenance if asked for."""
        if self._append:
            return (*cells.values(), *self.origins.appended(cells))
        self.origins.of(cells)
        return tuple(cells.values())

    def notes(self) -> tuple[str, ...]:
        """Return remarks about the decisions, once all parts have passed."""
        if self._decisions is None:
            return ()
        return (*self._decisions.notes, *self._decisions.unmet(self._met))

    def _review_rows(self) -> Iterator[list[str]]:
        earlier = {} if self._decisions is None else self._decisions.rows
        return review_rows(self._gazetteer, self._tally.doubts(), earlier)

    def review_csv(self) -> Iterator[bytes]:
        """Yield the review file as CSV, once all parts have passed."""
        return review_csv(self._review_rows())

    def finish(self, summary: EnrichSummary) -> EnrichSummary:
        """Write report, review and provenance; return the summary with notes on the decisions."""
        summary = replace(summary, notes=(*summary.notes, *self.notes()))
        facts = provenance(
            summary,
            self.origins,
            source=self._source,
            output=None if self._target is None else Source(str(self._target), self._target),
            min_confidence=self._plan.min_confidence,
            decisions=self._decisions,
            decided_rows=self._decided_rows,
        )
        if path := self.files.get("review"):
            write_review(path, self._review_rows())
        if path := self.files.get("report"):
            write_report(self._gazetteer, path, summary, self._tally, facts, self.origins.used)
        if path := self.files.get("provenance"):
            write_provenance(path, facts)
        return summary


def _check_files(
    target: Path | None, beside: dict[str, Path], decisions: Path | None, gazetteer_file: Path
) -> None:
    """Refuse a file that is named twice or can't be written."""
    named: dict[Path, Path] = {}
    is_kept = decisions and (review := beside.get("review")) and review.resolve() == decisions.resolve()
    for path in (target, None if is_kept else decisions, *beside.values()):
        if path is not None and (other := named.setdefault(path.resolve(), path)) is not path:
            raise TableError(f"{other} is named twice: give each file its own name", parameter="review")
    if target is not None:
        check_target(target)
    for path in beside.values():
        check_target(path, gazetteer_file=gazetteer_file)
    if (page := beside.get("report")) and page.suffix.lower() not in (".html", ".htm"):
        raise TableError(f"the report {page} is a page: end its name in .html", parameter="review")
    if path := beside.get("review"):
        check_review(path, decisions)
