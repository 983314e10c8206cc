"""The stage that counts, decides and adds columns on the way, and writes what stands beside the output."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from gazetteer.enrich.enrich import EnrichSummary
from gazetteer.enrich.plan import Plan
from gazetteer.errors import TableError
from gazetteer.incidents.row import mention_cells, mention_of
from gazetteer.review.candidates import Reviewed
from gazetteer.review.deciding import DECIDED_COLUMNS, decided
from gazetteer.review.decisions import filled_in, read_decisions, unmet
from gazetteer.review.provenance import (
    PROVENANCE_COLUMNS,
    FileFacts,
    Origins,
    provenance,
    provenance_cells,
    write_provenance,
)
from gazetteer.review.report import Made, write_report
from gazetteer.review.review_table import check_review_name, write_review
from gazetteer.review.strings import Written, written
from gazetteer.review.tally import Tally
from gazetteer.tables.layout import Part
from gazetteer.tables.table import Source, Table
from gazetteer.tables.writing import check_target, keep_from

_STANDARD = "-"
_PROVENANCE_SUFFIX = ".provenance.json"


@dataclass(frozen=True, slots=True)
class _Begun:
    """What is known once the table is open: its source, and the plans of resolving and of writing."""

    source: Source
    resolved: Plan
    written: Plan


class Review:
    """A stage of one enrichment; a context that forgets its counts when it ends.

    Parameters
    ----------
    gazetteer
        An open gazetteer.
    target
        The output of the enrichment. Its provenance is written beside it, as ``TARGET.provenance.json``;
        none for "-", standard output.
    report
        Where to write the report, a page of HTML; None for none.
    review
        Where to write the strings to review, as CSV; None for none.
    decisions
        A review file that was filled in, to apply; None for none.
    append_provenance
        Append the columns ``gaz_library``, ``gaz_gazetteer`` and ``gaz_sources``.

    Raises
    ------
    TableError
        If a file can't be written or is another one of these, if the decisions can't be used, or if
        `review` holds decisions that would be lost.
    """

    def __init__(
        self,
        gazetteer: Reviewed,
        target: str | Path,
        *,
        report: str | Path | None = None,
        review: str | Path | None = None,
        decisions: str | Path | None = None,
        append_provenance: bool = False,
    ) -> None:
        self._gazetteer = gazetteer
        self._target = None if str(target) == _STANDARD else Path(target)
        if self._target is not None:
            check_target(self._target, None)
        self._report = None if report is None else Path(report)
        self._review = None if review is None else Path(review)
        self._provenance = (
            None if self._target is None else self._target.with_name(self._target.name + _PROVENANCE_SUFFIX)
        )
        read = None if decisions is None else Path(decisions)
        _check_files(self._target, [self._report, self._review, self._provenance], read)
        if self._report is not None and self._report.suffix.lower() not in (".html", ".htm"):
            raise _refused(f"the report {self._report} is a page: end its name in .html")
        for path in self.files.values():
            keep_from(path, gazetteer.info().path)
        if self._review is not None:
            _check_review(self._review)
        self._decisions = None if read is None else read_decisions(gazetteer, read)
        self._append = append_provenance
        self._begun: _Begun | None = None
        self._origins = Origins(gazetteer)
        self._tally = Tally()
        self._met: set[Written] = set()
        self._decided_rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tally.close()

    @property
    def files(self) -> dict[str, Path]:
        """What is written beside the output: "report", "review" and "provenance", as far as asked for."""
        named = (("report", self._report), ("review", self._review), ("provenance", self._provenance))
        return {name: path for name, path in named if path is not None}

    def plan(self, table: Table, plan: Plan) -> Plan:
        """Return the plan with the columns that are appended; refuse files that would be the table itself."""
        for path in self.files.values():
            check_target(path, table.source.path)
        added = plan.added
        if self._decisions is not None:
            added += DECIDED_COLUMNS
        if self._append:
            added += PROVENANCE_COLUMNS
        self._begun = _Begun(table.source, plan, replace(plan, added=added))
        return self._begun.written

    def parts(self, parts: Iterable[Part]) -> Iterator[Part]:
        """Yield the parts with decisions and columns, counted."""
        for part in parts:
            yield self._by_strings(part) if self._needs_strings else self._by_cells(part)

    @property
    def _needs_strings(self) -> bool:
        return self._report is not None or self._review is not None or self._decisions is not None

    def _by_cells(self, part: Part) -> Part:
        """Look at each distinct answer only, for what needs no more."""
        new = part.changed(self._with_provenance)
        return new if self._append else part

    def _by_strings(self, part: Part) -> Part:
        """Look at each distinct answer with what its rows say: all rows that share it say the same."""
        rows = Counter(map(id, part.added))
        firsts = {id(values): at for at, values in reversed(list(enumerate(part.added)))}
        some = part.chunk.take([firsts[key] for key in rows])
        said = map(mention_of, mention_cells(some, self._started.resolved.columns))
        new: dict[int, tuple[object, ...]] = {}
        counted: list[tuple[Written, tuple[object, ...], int]] = []
        for (key, count), mention in zip(rows.items(), said, strict=True):
            string = written(mention)
            new[key] = self._with_provenance(self._decided(string, part.added[firsts[key]], count))
            counted.append((string, new[key], count))
        self._tally.add(counted)
        return Part(part.chunk, [new[id(values)] for values in part.added])

    def _decided(self, string: Written, cells: tuple[object, ...], rows: int) -> tuple[object, ...]:
        if self._decisions is None:
            return cells
        decision = self._decisions.taken.get(string)
        if decision is not None:
            self._met.add(string)
            self._decided_rows += rows
        return decided(cells, decision, self._started.resolved)

    def _with_provenance(self, cells: tuple[object, ...]) -> tuple[object, ...]:
        if self._append:
            return provenance_cells(cells, self._origins)
        self._origins.of(cells)
        return cells

    @property
    def _started(self) -> _Begun:
        assert self._begun is not None, "plan() comes first"
        return self._begun

    def notes(self) -> tuple[str, ...]:
        """Return what a person should know of the decisions, once all parts have gone by."""
        if self._decisions is None:
            return ()
        return (*self._decisions.notes, *unmet(self._decisions, self._met))

    def finish(self, summary: EnrichSummary) -> EnrichSummary:
        """Write report, review and provenance; return the summary with notes on the decisions."""
        summary = replace(summary, notes=(*summary.notes, *self.notes()))
        facts = provenance(
            summary,
            self._started.resolved,
            self._origins,
            source=FileFacts.of(self._started.source),
            output=None if self._target is None else FileFacts.of(Source(str(self._target), self._target)),
            decisions=self._decisions,
            decided_rows=self._decided_rows,
        )
        if self._review is not None:
            write_review(self._gazetteer, self._review, self._tally.doubts())
        if self._report is not None:
            write_report(self._gazetteer, self._report, Made(summary, self._tally, facts, self._origins.used))
        if self._provenance is not None:
            write_provenance(self._provenance, facts)
        return summary


def _check_files(target: Path | None, beside: list[Path | None], decisions: Path | None) -> None:
    """Refuse names that mean one file twice, and files that can't be written."""
    named: dict[Path, Path] = {}
    for path in (target, decisions, *beside):
        if path is None:
            continue
        if (other := named.setdefault(path.resolve(), path)) is not path:
            raise _refused(f"{other} is named twice: give each file its own name")
    for path in beside:
        if path is not None:
            check_target(path, None)


def _check_review(path: Path) -> None:
    """Refuse to write over the work of a reviewer."""
    check_review_name(path)
    if path.exists() and (decisions := filled_in(path)):
        words = "1 decision" if decisions == 1 else f"{decisions} decisions"
        raise _refused(
            f"{path} holds {words} that would be lost: hand it in with --decisions, and give "
            "--review another name"
        )


def _refused(message: str) -> TableError:
    return TableError(message, parameter="review")
