"""The stage between resolving and writing: it counts rows, applies decisions, adds columns, and writes the
report, the review file and the provenance beside the output.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gazetteer.enrich.enrich import EnrichSummary
from gazetteer.enrich.plan import Plan
from gazetteer.errors import TableError
from gazetteer.incidents.row import mention_cells, mention_of
from gazetteer.lookups import Lookups
from gazetteer.review.decisions import DECIDED_COLUMNS, check_review, decided, read_decisions, write_review
from gazetteer.review.provenance import PROVENANCE_COLUMNS, Origins, provenance, write_provenance
from gazetteer.review.report import write_report
from gazetteer.review.tally import Cells, PlaceString, Tally
from gazetteer.tables.layout import Part
from gazetteer.tables.table import Source, Table
from gazetteer.tables.writing import STANDARD, check_target

_PROVENANCE_SUFFIX = ".provenance.json"


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
        Where to write the strings to review, as CSV.
    decisions
        A filled-in review file to apply.
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
        decisions: str | Path | None = None,
        append_provenance: bool = False,
    ) -> None:
        self._gazetteer = gazetteer
        self._target = None if str(target) == STANDARD else Path(target)
        beside = {
            "report": report,
            "review": review,
            "provenance": self._target and f"{self._target}{_PROVENANCE_SUFFIX}",
        }
        self.files = {name: Path(path) for name, path in beside.items() if path is not None}
        read = None if decisions is None else Path(decisions)
        _check_files(self._target, self.files, read, gazetteer.info().path)
        self._decisions = None if read is None else read_decisions(gazetteer, read)
        self._append = append_provenance
        self._appended = (DECIDED_COLUMNS if read else ()) + (PROVENANCE_COLUMNS if append_provenance else ())
        self._needs_strings = bool(report or review or decisions)
        self.origins = Origins(gazetteer)
        self._tally = Tally()
        self._met: set[PlaceString] = set()
        self._decided_rows = 0

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
        rows = Counter(map(id, part.added))
        firsts = {id(values): at for at, values in reversed(list(enumerate(part.added)))}
        some = part.chunk.take([firsts[key] for key in rows])
        mentions = map(mention_of, mention_cells(some, self._plan.columns))
        new: dict[int, tuple[object, ...]] = {}
        counted: list[tuple[PlaceString, Cells, int]] = []
        for (key, count), mention in zip(rows.items(), mentions, strict=True):
            string = PlaceString.of(mention)
            cells = self._cells(part.added[firsts[key]])
            if self._decisions is not None:
                decision = self._decisions.taken.get(string)
                cells = decided(cells, decision)
                if decision is not None:
                    self._met.add(string)
                    self._decided_rows += count
            counted.append((string, cells, count))
            new[key] = self._with_provenance(cells)
        self._tally.add(counted)
        return Part(part.chunk, [new[id(values)] for values in part.added])

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
            write_review(self._gazetteer, path, self._tally.doubts())
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
    for path in (target, decisions, *beside.values()):
        if path is not None and (other := named.setdefault(path.resolve(), path)) is not path:
            raise TableError(f"{other} is named twice: give each file its own name", parameter="review")
    if target is not None:
        check_target(target)
    for path in beside.values():
        check_target(path, gazetteer_file=gazetteer_file)
    if (page := beside.get("report")) and page.suffix.lower() not in (".html", ".htm"):
        raise TableError(f"the report {page} is a page: end its name in .html", parameter="review")
    if path := beside.get("review"):
        check_review(path)
