"""A table of texts as a table of the places that they name: a row a mention, in the order of the texts.

The columns are ``id`` (the text's own, or the number of its row from 1), ``start`` and ``end`` (code points
of the cell as read, the end exclusive), ``sentence``, ``mention``, ``main``, and those of
:mod:`gazetteer.enrich.plan`. Words of a text are taken for places of the country if the text is about it. As
few of a thousand notes name the country, all are taken to be about it where half of the first texts are,
except those that are placed in another country.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from gazetteer.answers import MIN_CONFIDENCE_IN_TEXT, Mention, check_min_confidence
from gazetteer.country import country
from gazetteer.enrich.cells import name_values, point_in, status_of
from gazetteer.enrich.enrich import Watch, check_output, file_of
from gazetteer.enrich.plan import GENERALISED, GEOMETRY, NAME_COLUMNS
from gazetteer.enrich.processes import Ask, Running, answering
from gazetteer.incidents import Progress
from gazetteer.incidents.columns import column_named
from gazetteer.lookups import Lookups
from gazetteer.names import fold
from gazetteer.reading.abroad import is_placed_abroad
from gazetteer.tables.layout import Column, Layout, Part
from gazetteer.tables.table import CHUNK_ROWS, Chunk, Table
from gazetteer.tables.writing import write_table

_ID = "id"
#: The columns about a mention, before those of its place.
_TEXT_COLUMNS = (
    Column("start", "integer"),
    Column("end", "integer"),
    Column("sentence", "text"),
    Column("mention", "text"),
    Column("main", "boolean"),
)
#: The names of the columns, in their order.
MENTION_COLUMNS = (_ID, *(column.name for column in (*_TEXT_COLUMNS, *NAME_COLUMNS)))
_PLACE = len(_TEXT_COLUMNS)
#: How many texts are asked whether they speak of the country.
_SAMPLE = 200
#: How many texts are about a tenth of a second's work, and how many are in memory with their answers.
_BATCH, _ROWS = 20, 2_000
#: The counts of texts.
_COUNTED = ("texts", "empty", "with_main", "without_mentions", "not_about_country")


@dataclass(frozen=True, slots=True)
class GeoparseSummary:
    """What geoparsing a table did."""

    texts: int
    empty: int  # cells without a word, which are no texts
    with_main: int  # texts that have a main place
    without_mentions: int
    not_about_country: int  # of those without mentions
    statuses: Mapping[str, int]  # mentions that are resolved, and that are ambiguous
    local: bool  # whether all texts were taken to be about the country
    target: Path
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the summary in plain JSON types."""
        return {
            **{name: getattr(self, name) for name in _COUNTED},
            "mentions": sum(self.statuses.values()),
            **self.statuses,
            "local": self.local,
            "notes": list(self.notes),
            "output": str(self.target),
        }


@dataclass(frozen=True, kw_only=True)
class _Plan(Layout):
    """Which columns are read and written, and how; a checkpoint knows its run by it."""

    text: str
    id: str | None
    local: bool | None
    min_confidence: float


class _Question(NamedTuple):
    """A text, and whether it is taken to be about the country."""

    text: str
    local: bool


class _Answer(NamedTuple):
    """Whether a text is about the country, and of each mention the cells and how its place is generalised."""

    is_about: bool
    mentions: list[tuple[Any, ...]]

    @classmethod
    def kept(cls, found: Any) -> "_Answer":
        """Return an answer that was kept as JSON."""
        is_about, mentions = found
        return cls(is_about, list(map(tuple, mentions)))


@dataclass(kw_only=True, eq=False)
class _Texts(Table):
    """The ids of a table's texts as a table, beside which mentions are written; and the texts."""

    table: Table
    plan: _Plan

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the ids, as many at a time as texts are read."""
        return (ids for ids, _ in self.read())

    def read(self) -> Iterator[tuple[Chunk, list[str]]]:
        """Yield the ids, as a chunk of one column, and the texts."""
        first = 1
        for chunk in self.table.chunks(_ROWS):
            numbers = range(first, first + len(chunk))
            ids = numbers if self.plan.id is None else chunk.values(self.plan.id)
            yield Chunk(self.columns, [[one] for one in ids]), chunk.texts(self.plan.text)
            first += len(chunk)


def geoparse_table(
    gazetteer: Lookups,
    table: Table,
    target: str | Path,
    *,
    text: str,
    id: str | None = None,
    local: bool | None = None,
    min_confidence: float = MIN_CONFIDENCE_IN_TEXT,
    running: Running | None = None,
    progress: Progress | None = None,
) -> GeoparseSummary:
    """Find the places that the texts of a table name, and write a table of them, a row a mention.

    Options are those of :meth:`gazetteer.Gazetteer.geoparse_file`.
    """
    check_min_confidence(min_confidence)
    about = gazetteer.info()
    where = file_of(target)
    check_output(gazetteer, where, table.source.path)
    generalised = (GENERALISED,) if about.generalised_to_deg is not None else ()
    plan = _Plan(
        kept=(_ID,),
        added=(*_TEXT_COLUMNS, *NAME_COLUMNS, GEOMETRY, *generalised),
        text=column_named(table.columns, text, role="text", option="--text"),
        id=None if id is None else column_named(table.columns, id, role="id"),
        local=local,
        min_confidence=min_confidence,
    )
    texts = _Texts(source=table.source, columns=plan.kept, table=table, plan=plan)
    watch = Watch(table.check(), progress, chunk_rows=_ROWS)
    counts: Counter[str] = Counter()
    with answering(
        partial(_answer, gazetteer, min_confidence),
        _Answer.kept,
        running or Running(1),
        batch=_BATCH,
        target=where,
        source=table.source,
        plan=plan,
        about=about,
    ) as ask:
        note = "" if local is not None else _speak_of_country(texts, ask)
        is_local = bool(local or note)
        write_table(target, texts, plan, _parts(texts, ask, counts, watch, local=is_local))
    return GeoparseSummary(
        **{name: counts[name] for name in _COUNTED},
        statuses={status: counts[status] for status in ("resolved", "ambiguous")},
        local=is_local,
        target=Path(target),
        notes=(*table.notes, *([note] if note else []), *about.notes),
    )


def _answer(gazetteer: Lookups, min_confidence: float, question: _Question) -> _Answer:
    report = gazetteer.geoparse(question.text, local=question.local, min_confidence=min_confidence)
    return _Answer(bool(report.about), list(map(_cells, report.mentions)))


def _cells(mention: Mention) -> tuple[Any, ...]:
    best = mention.resolution.best
    return (
        *(mention.start, mention.end, mention.sentence, mention.text, mention.main),
        *name_values(mention.resolution),
        None if best is None else best.place.generalised_to_deg,
    )


def _speak_of_country(texts: _Texts, ask: Ask[_Question, _Answer]) -> str:
    """Return a note that at least half of the first texts are about the country; "" where they aren't."""
    sample = list(islice((one for _, these in texts.read() for one in these if fold(one)), _SAMPLE))
    asked = [_Question(text, local=False) for text in dict.fromkeys(sample)]
    is_about = {one.text: found.is_about for one, found in zip(asked, ask(asked), strict=True)}
    speak = sum(is_about[text] for text in sample)
    if not speak or 2 * speak < len(sample):
        return ""
    return f"{speak} of the first {len(sample)} texts speak of {country().name}, so all are read as about it"


def _parts(
    texts: _Texts, ask: Ask[_Question, _Answer], counts: Counter[str], watch: Watch, *, local: bool
) -> Iterator[Part]:
    """Yield the mentions of all texts, in their order, each with its text's id; and count them."""
    plan = texts.plan
    for ids, these in texts.read():
        asked = [
            # A user who says that all are about the country knows better than their words.
            _Question(text, local and (plan.local is True or not is_placed_abroad(text)))
            for text in dict.fromkeys(these)
            if fold(text)
        ]
        answers = {one.text: found for one, found in zip(asked, watch.asked(ask, asked), strict=True)}
        places, added = list[int](), list[tuple[Any, ...]]()
        for at, text in enumerate(these):
            found = answers.get(text)
            _count(counts, found)
            for *cells, generalised in found.mentions if found else ():
                last = (generalised,) if GENERALISED in plan.added else ()
                places.append(at)
                added.append((*cells, point_in(cells[_PLACE:]), *last))
        if places:
            yield Part(ids.take(places), added)
        watch.done(len(these))


def _count(counts: Counter[str], found: _Answer | None) -> None:
    if found is None:
        counts["empty"] += 1
        return
    counts["texts"] += 1
    counts["with_main"] += any(cells[_PLACE - 1] for cells in found.mentions)
    counts["without_mentions"] += not found.mentions
    counts["not_about_country"] += not found.is_about
    counts.update(status_of(cells[_PLACE:]) for cells in found.mentions)
