"""A table with coordinates, areas and codes beside its own columns.

Every input row and cell is kept as it was, in order; the ``gaz_*`` columns are appended
(:mod:`gazetteer.tables.added` says what they hold). Rows are read, resolved and written a chunk at a time,
and what rows say is resolved once, so a table may be larger than memory.

:func:`answer` is the work itself, without state: given a gazetteer and a plan it turns what rows say into
cells. :class:`Enricher` remembers what was said before.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gazetteer.errors import InputError
from gazetteer.tables.added import ALTERNATIVES, NAME_COLUMNS, STATUSES, Cells, cells_of
from gazetteer.tables.columns import TableColumns, find_columns
from gazetteer.tables.formats import format_for
from gazetteer.tables.mentions import Mention, Progress, Resolves, mentions_of
from gazetteer.tables.plan import Part, Plan, WriteOptions
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import CHUNK_ROWS, Chunk, ReadOptions, Table, refused
from gazetteer.tables.writing import check_target, replacing_bytes

__all__ = ["EnrichSummary", "Enricher", "answer", "enrich_table", "enriched", "plan_for"]

#: How many different mentions are remembered; 100,000 of them take about 200 MB.
_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class EnrichSummary:
    """What an enrichment did.

    Parameters
    ----------
    rows
        Rows read, which is rows written.
    statuses
        How many rows of each status; every status is there.
    columns
        The columns that were taken for place and areas.
    target
        The file written.
    notes
        What was chosen or seen while the table was opened, in words.
    """

    rows: int
    statuses: Mapping[str, int]
    columns: TableColumns
    target: Path
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the summary in plain JSON types."""
        return {
            "rows": self.rows,
            **{status: self.statuses[status] for status in STATUSES},
            "columns": {
                "place": self.columns.place,
                "place_ar": self.columns.place_ar,
                "admin": list(self.columns.admin),
            },
            "output": str(self.target),
            **({"notes": list(self.notes)} if self.notes else {}),
        }


def plan_for(
    table: Table, *, place: str | None = None, admin: Sequence[str] = (), min_confidence: float = 0.7
) -> Plan:
    """Decide what is read from a table and what comes out.

    Parameters
    ----------
    table
        The table, opened.
    place, admin
        Columns that hold the place and the areas it lies in, where their names don't tell.
    min_confidence
        The confidence from which an answer counts as resolved, 0 to 1.

    Raises
    ------
    TableError
        If the table has no place column or has ``gaz_*`` columns already.
    InputError
        If `min_confidence` is not between 0 and 1.
    """
    if not 0.0 <= min_confidence <= 1.0:  # false for NaN too
        raise InputError(
            f"min_confidence must lie between 0 and 1, not {min_confidence:g}", parameter="min_confidence"
        )
    if taken := [name for name in table.columns if name.strip().casefold().startswith("gaz_")]:
        raise refused(
            f"{table.source.name} already has the column {taken[0]}: enrich the table it was made from, "
            "or rename its gaz_ columns"
        )
    columns = find_columns(table.columns, place=place, admin=admin).require_place(table.columns)
    return Plan(columns, table.columns, NAME_COLUMNS, min_confidence)


def answer(gazetteer: Resolves, plan: Plan, mentions: Iterable[Mention]) -> list[Cells]:
    """Return the cells for each mention, in their order. Nothing is remembered."""
    return [
        cells_of(
            gazetteer.resolve(
                mention.text,
                context=mention.context,
                limit=ALTERNATIVES + 1,
                min_confidence=plan.min_confidence,
            )
            if mention.is_valid
            else None
        )
        for mention in mentions
    ]


class Enricher:
    """Turns chunks into parts, and resolves what rows say once.

    Parameters
    ----------
    plan
        What to read.
    answering
        Gives the cells of mentions; :func:`answer` with a gazetteer, here or in another process.
    """

    def __init__(self, plan: Plan, answering: Callable[[Sequence[Mention]], Sequence[Cells]]) -> None:
        self._plan = plan
        self._answering = answering
        self._known: dict[Mention, Cells] = {}

    def part(self, chunk: Chunk) -> Part:
        """Return a chunk with the cells of its rows."""
        mentions = mentions_of(chunk, self._plan.columns)
        new = [mention for mention in dict.fromkeys(mentions) if mention not in self._known]
        if len(self._known) + len(new) > _REMEMBERED:
            self._known.clear()
            new = list(dict.fromkeys(mentions))
        self._known.update(zip(new, self._answering(new), strict=True))
        return Part(chunk, [self._known[mention] for mention in mentions])


def enriched(
    gazetteer: Resolves, table: Table, plan: Plan, *, chunk_rows: int = CHUNK_ROWS
) -> Iterator[Part]:
    """Yield the rows of a table with their cells, each chunk as soon as it is resolved."""
    enricher = Enricher(plan, lambda mentions: answer(gazetteer, plan, mentions))
    return map(enricher.part, table.chunks(chunk_rows))


def enrich_table(
    gazetteer: Resolves,
    source: str | Path,
    target: str | Path,
    *,
    sheet: str | None = None,
    place: str | None = None,
    admin: Sequence[str] = (),
    min_confidence: float = 0.7,
    progress: Progress | None = None,
) -> EnrichSummary:
    """Resolve the place of every row and write the table with the ``gaz_*`` columns appended.

    Parameters
    ----------
    gazetteer
        An open gazetteer.
    source
        The table: CSV or TSV in UTF-8 or UTF-16, or an Excel workbook.
    target
        The output; its end says the format (``.csv``, ``.tsv``, ``.xlsx``, ``.geojson``). A ``.csv`` keeps
        the input's semicolon; a workbook that was read keeps everything else that is in it.
    sheet
        The sheet of a workbook; None for the first that is shown.
    place, admin
        Columns that hold the place and the areas it lies in, where their names don't tell.
    min_confidence
        The confidence from which an answer counts as resolved, 0 to 1.
    progress
        Called with how many rows are done, and of how many.

    Returns
    -------
    EnrichSummary
        Counts, and the columns that were taken.

    Raises
    ------
    TableError
        If the table can't be read, has no place column or has ``gaz_*`` columns already, or the output
        can't be written. The target is then as it was before.
    InputError
        If `min_confidence` is not between 0 and 1.
    """
    target = Path(target)
    form = format_for(target.name)
    table = read_table(source, ReadOptions(sheet=sheet))
    plan = plan_for(table, place=place, admin=admin, min_confidence=min_confidence)
    check_target(target, Path(source))
    total = table.check()
    statuses: Counter[str] = Counter(dict.fromkeys(STATUSES, 0))

    def counted() -> Iterator[Part]:
        for part in enriched(gazetteer, table, plan):
            statuses.update(cells.status for cells in part.cells)
            yield part
            if progress is not None:
                progress(statuses.total(), total)

    options = WriteOptions(suffix=target.suffix.lower())
    with replacing_bytes(target, source=source) as file:
        for block in form.module.write(table, plan, counted(), options):
            file.write(block)
    return EnrichSummary(statuses.total(), statuses, plan.columns, target, table.notes)
