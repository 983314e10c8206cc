"""A table of texts as a table of the places that they name: a row a mention, in the order of the texts.

The columns are ``id`` (the text's own, or the number of its row from 1), ``start`` and ``end`` (code points
of the cell as read, the end exclusive), ``sentence``, ``mention``, ``main``, and those of
:mod:`gazetteer.enrich.added`. An ambiguous mention is a row too, and has no position there either.

A text has to speak of the country before its words are taken for places there. But a table is one body of
texts: few of a thousand notes about a country name it. So where at least half of the first texts speak of it
by themselves, all are read so, except those that are placed in another country.

Texts are answered as names are in enriching, in several processes and from a checkpoint
(:mod:`gazetteer.enrich.running`).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol

from gazetteer.answers import MIN_CONFIDENCE_IN_TEXT, Mention, check_min_confidence
from gazetteer.country import country
from gazetteer.enrich.added import GENERALISED, GEOMETRY, NAME_COLUMNS, name_values, point_in, status_of
from gazetteer.enrich.enrich import knower
from gazetteer.enrich.running import Running, answering
from gazetteer.incidents import Progress
from gazetteer.incidents.columns import column_named
from gazetteer.incidents.notes import Geoparses as ReadsNotes
from gazetteer.lookups import GazetteerInfo
from gazetteer.names import fold
from gazetteer.reading.abroad import is_placed_abroad
from gazetteer.tables.formats import format_for
from gazetteer.tables.layout import Column, Layout, Part
from gazetteer.tables.reading import read_table, source_named
from gazetteer.tables.table import CHUNK_ROWS, Chunk, ReadOptions, Table
from gazetteer.tables.writing import STANDARD, check_target, keep_from, write_table

_ID = "id"
#: What is said of a mention before its place.
_TEXT_COLUMNS = (
    Column("start", "integer"),
    Column("end", "integer"),
    Column("sentence", "text"),
    Column("mention", "text"),
    Column("main", "boolean"),
)
#: The names of the columns, in their order.
MENTION_COLUMNS = (_ID, *(column.name for column in (*_TEXT_COLUMNS, *NAME_COLUMNS)))
_MAIN = len(_TEXT_COLUMNS) - 1
#: How many texts are asked whether they speak of the country.
_SAMPLE = 200
#: How many texts are a tenth of a second's work and some, and how many are in memory with their answers.
_BATCH, _ROWS = 20, 2_000
#: After how many answers progress is shown.
_SHOWN_EVERY = 10


class Geoparses(ReadsNotes, Protocol):
    """The part of a gazetteer that geoparsing a table needs; an open ``Gazetteer`` is one."""

    def info(self) -> GazetteerInfo:
        """Return what it holds; its content hash tells a checkpoint's gazetteer from another."""


@dataclass(frozen=True, slots=True)
class GeoparseSummary:
    """What geoparsing a table did.

    Parameters
    ----------
    texts
        How many texts were read.
    empty
        How many cells had no word, and are no texts.
    with_main
        How many texts have a main place.
    without_mentions
        How many texts have no mention of a place.
    not_about_country
        How many of these don't speak of the country.
    statuses
        How many mentions are resolved, and how many ambiguous.
    local
        Whether all texts were taken to be about the country.
    target
        The file written.
    notes
        What was chosen or seen, in words.
    """

    texts: int
    empty: int
    with_main: int
    without_mentions: int
    not_about_country: int
    statuses: Mapping[str, int]
    local: bool
    target: Path
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the summary in plain JSON types."""
        return {
            "texts": self.texts,
            "empty": self.empty,
            "with_main": self.with_main,
            "without_mentions": self.without_mentions,
            "not_about_country": self.not_about_country,
            "mentions": sum(self.statuses.values()),
            **self.statuses,
            "local": self.local,
            "notes": list(self.notes),
            "output": str(self.target),
        }


@dataclass(frozen=True, kw_only=True)
class _Plan(Layout):
    """Which columns are read and written, and how: what a checkpoint tells a run by."""

    text: str
    id: str | None
    local: bool | None
    min_confidence: float


class _Question(NamedTuple):
    """A text, and whether it is taken to be about the country."""

    text: str
    local: bool


class _Answer(NamedTuple):
    """Whether a text is about the country, and the values of each mention in the added columns."""

    is_about: bool
    mentions: Sequence[tuple[object, ...]]


_Ask = Callable[[Sequence[_Question]], Iterator[_Answer]]


def geoparse_table(
    gazetteer: Geoparses,
    source: str | Path | Table,
    target: str | Path,
    *,
    text: str,
    id: str | None = None,
    local: bool | None = None,
    min_confidence: float = MIN_CONFIDENCE_IN_TEXT,
    encoding: str | None = None,
    sheet: str | None = None,
    running: Running | None = None,
    progress: Progress | None = None,
) -> GeoparseSummary:
    """Find the places that the texts of a table name, and write a table of them, a row a mention.

    Parameters
    ----------
    gazetteer
        An open gazetteer.
    source
        The table, in any format of :mod:`gazetteer.tables.formats`; "-" for standard input; or one opened.
    target
        The output, whose end says the format; "-" is standard output, as CSV.
    text, id
        The columns of the texts and of their ids; without ids the rows are numbered from 1.
    local
        Whether the texts are about the country of the gazetteer even where they don't say so. None asks the
        first 200: if at least half of them say so, all are taken to be, except those that are placed
        in another country. False lets each text tell for itself.
    min_confidence
        From which confidence, 0 to 1, a mention counts as resolved.
    encoding
        The encoding of a text; None to find it.
    sheet
        The sheet of a workbook or the layer of a GeoPackage; None for the first that is shown.
    running
        In which processes, and whether to go on from a checkpoint; None reads in this process.
    progress
        Called with how many rows are done, and of how many.

    Returns
    -------
    GeoparseSummary
        Counts of texts and of mentions.

    Raises
    ------
    TableError
        If the table can't be read or has no such column, or the output can't be written. The target is then
        as it was before.
    InputError
        If `min_confidence` is not between 0 and 1.
    """
    check_min_confidence(min_confidence)
    about = gazetteer.info()
    final = None if str(target) == STANDARD else Path(target)
    if final is not None:
        format_for(str(target))
        keep_from(final, about.path)
    with _opened(gazetteer, source, encoding, sheet) as table:
        if final is not None:
            check_target(final, table.source.path)
        generalised = (GENERALISED,) if about.generalised_to_deg is not None else ()
        plan = _Plan(
            kept=(_ID,),
            added=(*_TEXT_COLUMNS, *NAME_COLUMNS, GEOMETRY, *generalised),
            text=column_named(table.columns, text, role="text", option="--text"),
            id=None if id is None else column_named(table.columns, id, role="id"),
            local=local,
            min_confidence=min_confidence,
        )
        total = table.check()
        with answering(
            partial(_answer, gazetteer, min_confidence),
            table.source,
            plan,
            about=about,
            target=final,
            running=running or Running(processes=1),
            batch=_BATCH,
        ) as texts:

            def ask(questions: Sequence[_Question]) -> Iterator[_Answer]:
                return (_read_answer(one, plan) for one in texts(questions))

            note = ""
            if local is None:
                local, note = _speak_of_country(table, plan, ask)
            found = _Found(table, plan, ask, local=local)
            ids = _Ids(source=table.source, columns=(_ID,), table=table, plan=plan)
            write_table(target, ids, plan, found.parts(total, progress))
    notes = (*table.notes, *([note] if note else []), *about.notes)
    return found.summary(Path(target), notes)


@contextmanager
def _opened(
    gazetteer: Geoparses, source: str | Path | Table, encoding: str | None, sheet: str | None
) -> Iterator[Table]:
    if isinstance(source, Table):
        yield source
        return
    with source_named(source) as held:
        yield read_table(held, ReadOptions(encoding=encoding, sheet=sheet, knows=knower(gazetteer)))


def _answer(gazetteer: Geoparses, min_confidence: float, question: _Question) -> str:
    """Return the mentions of a text as JSON, in one line without its end."""
    text, local = question
    report = gazetteer.geoparse(text, local=local, min_confidence=min_confidence)
    return json.dumps([bool(report.about), list(map(_values, report.mentions))], separators=(",", ":"))


def _values(mention: Mention) -> tuple[object, ...]:
    best = mention.resolution.best
    return (
        *(mention.start, mention.end, mention.sentence, mention.text, mention.main),
        *name_values(mention.resolution),
        None if best is None else best.place.generalised_to_deg,
    )


def _read_answer(line: str, plan: _Plan) -> _Answer:
    is_about, mentions = json.loads(line)
    cells = ((values[:-1], values[-1:] if GENERALISED in plan.added else ()) for values in mentions)
    return _Answer(is_about, [(*said, point_in(_of_place(said)), *side) for said, side in cells])


def _of_place(values: Sequence[object]) -> tuple[object, ...]:
    """Return what is said of a mention's place."""
    return tuple(values[len(_TEXT_COLUMNS) :])


def _is_text(cell: str) -> bool:
    return bool(fold(cell))


def _chunks(table: Table, plan: _Plan) -> Iterator[tuple[Chunk, list[str]]]:
    """Yield the rows of a table: their ids, as a chunk of one column, and their texts."""
    first = 1
    for chunk in table.chunks(_ROWS):
        ids = range(first, first + len(chunk)) if plan.id is None else chunk.values(plan.id)
        yield Chunk(plan.kept, [[one] for one in ids]), chunk.texts(plan.text)
        first += len(chunk)


@dataclass(kw_only=True, eq=False)
class _Ids(Table):
    """The ids of a table's texts as a table, beside which mentions are written."""

    table: Table
    plan: _Plan

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the ids, as many at a time as texts are read."""
        return (ids for ids, _ in _chunks(self.table, self.plan))


def _speak_of_country(table: Table, plan: _Plan, ask: _Ask) -> tuple[bool, str]:
    """Tell whether at least half of the first texts speak of the country, and say so in words."""
    texts = (text for _, texts in _chunks(table, plan) for text in texts if _is_text(text))
    sample = list(islice(texts, _SAMPLE))
    asked = list(dict.fromkeys(sample))
    answers = ask([_Question(text, local=False) for text in asked]) if asked else ()
    is_about = {text: found.is_about for text, found in zip(asked, answers, strict=True)}
    speak = sum(is_about[text] for text in sample)
    if not speak or 2 * speak < len(sample):
        return False, ""
    return (
        True,
        f"{speak} of the first {len(sample)} texts speak of {country().name}, so all are read as about it",
    )


class _Found:
    """Finds the mentions of a table's texts, and counts as they go by."""

    def __init__(self, table: Table, plan: _Plan, ask: _Ask, *, local: bool) -> None:
        self._table, self._plan, self._ask, self._local = table, plan, ask, local
        self._counts: Counter[str] = Counter()

    def parts(self, total: int, progress: Progress | None) -> Iterator[Part]:
        """Yield the mentions of all texts, in their order, each beside its text's id."""
        done = 0
        for ids, texts in _chunks(self._table, self._plan):
            asked = [_Question(text, self._is_local(text)) for text in dict.fromkeys(texts) if _is_text(text)]
            answers: dict[str, _Answer] = {}
            for question, answer in zip(asked, self._ask(asked) if asked else (), strict=True):
                answers[question.text] = answer
                if progress is not None and len(answers) % _SHOWN_EVERY == 0:
                    progress(done + len(texts) * len(answers) // len(asked), total)
            for text in texts:
                self._count(answers.get(text))
            found = [answers[text].mentions if text in answers else () for text in texts]
            if places := [at for at, mentions in enumerate(found) for _ in mentions]:
                yield Part(ids.take(places), [values for mentions in found for values in mentions])
            done += len(texts)
            if progress is not None:
                progress(done, total)

    def _is_local(self, text: str) -> bool:
        """Tell whether a text is read as about the country: said by the caller, or by those round it."""
        return self._local and (self._plan.local is True or not is_placed_abroad(text))

    def _count(self, answer: _Answer | None) -> None:
        if answer is None:
            self._counts["empty"] += 1
            return
        self._counts["texts"] += 1
        self._counts["with_main"] += any(values[_MAIN] for values in answer.mentions)
        self._counts["without_mentions"] += not answer.mentions
        self._counts["not_about_country"] += not answer.is_about
        self._counts.update(status_of(_of_place(values)) for values in answer.mentions)

    def summary(self, target: Path, notes: tuple[str, ...]) -> GeoparseSummary:
        """Return the counts."""
        counts = self._counts
        return GeoparseSummary(
            texts=counts["texts"],
            empty=counts["empty"],
            with_main=counts["with_main"],
            without_mentions=counts["without_mentions"],
            not_about_country=counts["not_about_country"],
            statuses={status: counts[status] for status in ("resolved", "ambiguous")},
            local=self._local,
            target=target,
            notes=notes,
        )
