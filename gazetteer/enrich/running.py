"""How an enrichment is run: in which processes the answers are made, and how it goes on after a stop.

Whatever is chosen here, the output is the same to the byte: the questions are asked in the order of the
rows, the answers come back in that order, and one process reads and writes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gazetteer.enrich.answers import Ask, Named, answer, read_answer
from gazetteer.enrich.journal import Journal, description_of, open_journal
from gazetteer.enrich.plan import Plan
from gazetteer.errors import InputError
from gazetteer.incidents.row import Mention
from gazetteer.tables.table import Table

if TYPE_CHECKING:
    from gazetteer.enrich.enricher import Enriches

__all__ = ["ENGINES", "Running", "answering"]

#: What :attr:`Running.engine` may be.
ENGINES = ("local", "dask")
#: As :data:`~gazetteer.enrich.answers.Ask`, with the answers as text.
_AskText = Callable[[Sequence[Mention]], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Running:
    """How to run an enrichment.

    Parameters
    ----------
    processes
        In how many processes to resolve. None takes two where there is work for them, and otherwise one.
    engine
        "local" is this computer; "dask" resolves on the workers of a Dask cluster.
    scheduler
        The address of the cluster's scheduler, as in "tcp://10.0.0.5:8786"; None starts one on this computer.
    resume
        Go on from the checkpoint that a run left which was stopped.
    say
        Called with a sentence about the checkpoint that was found.

    Raises
    ------
    InputError
        If `processes` is below 1, there is no such engine, or the local one is given a scheduler.
    """

    processes: int | None = None
    engine: str = "local"
    scheduler: str | None = None
    resume: bool = False
    say: Callable[[str], object] = lambda sentence: None

    def __post_init__(self) -> None:
        if self.processes is not None and self.processes < 1:
            raise InputError(f"processes must be 1 or more, not {self.processes}", parameter="processes")
        if self.engine not in ENGINES:
            raise InputError(
                f"there is no engine {self.engine!r}: use {' or '.join(ENGINES)}", parameter="engine"
            )
        if self.scheduler is not None and self.engine != "dask":
            raise InputError("a scheduler is Dask's: add --engine dask", parameter="scheduler")


@contextmanager
def answering(
    gazetteer: "Enriches", table: Table, plan: Plan, target: Path | None, running: Running
) -> Iterator[Ask]:
    """Give the function that answers mentions; what it has answered outlives the program's end.

    Parameters
    ----------
    gazetteer, table, plan
        What resolves, and what is enriched.
    target
        The output, beside which the checkpoint is kept; None, for standard output, keeps none.
    running
        In which processes.

    Raises
    ------
    InputError
        If there is nothing to resume from, or the checkpoint is of another run.
    TableError
        If the checkpoint can't be written.
    """
    if target is None and running.resume:
        raise InputError("only an output that is a file can be resumed: name it with -o", parameter="resume")
    with _kept(gazetteer, table, plan, target, running) as journal, _engine(gazetteer, plan, running) as ask:

        def answered(mentions: Sequence[Mention]) -> Iterator[Named]:
            kept = 0
            if journal is not None:
                for text in journal.kept(mentions):
                    kept += 1
                    yield read_answer(text)
            rest = mentions[kept:]
            for mention, text in zip(rest, ask(rest) if rest else (), strict=True):
                if journal is not None:
                    journal.add(mention, text)
                yield read_answer(text)

        yield answered


def _kept(
    gazetteer: "Enriches", table: Table, plan: Plan, target: Path | None, running: Running
) -> AbstractContextManager[Journal | None]:
    if target is None:
        return nullcontext()
    description = description_of(gazetteer.info().content_hash, table.source, plan)
    return open_journal(target, description, resume=running.resume, say=running.say)


def _engine(gazetteer: "Enriches", plan: Plan, running: Running) -> AbstractContextManager[_AskText]:
    if running.engine == "dask":
        from gazetteer.enrich.dask_engine import dask_cluster

        return dask_cluster(gazetteer, plan, workers=running.processes or 2, scheduler=running.scheduler)
    if running.processes == 1:
        return nullcontext(lambda mentions: (answer(gazetteer, plan, mention) for mention in mentions))
    from gazetteer.enrich.workers import worker_processes

    return worker_processes(gazetteer, plan, running.processes)
