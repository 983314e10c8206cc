"""How a table is run: in which processes the answers are made, and how it goes on after a stop.

Whatever is chosen here, the output is the same to the byte: the questions are asked in the order of the
rows, the answers come back in that order, and one process reads and writes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gazetteer.enrich.journal import Journal, description_of, open_journal
from gazetteer.enrich.workers import Question
from gazetteer.errors import InputError
from gazetteer.lookups import GazetteerInfo
from gazetteer.tables.table import Source

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: What :attr:`Running.engine` may be.
ENGINES = ("local", "dask")


@dataclass(frozen=True, slots=True)
class Running:
    """How to run a table.

    Parameters
    ----------
    processes
        In how many processes to answer. None takes two where there is work for them, and otherwise one.
    engine
        "local" is this computer; "dask" answers on the workers of a Dask cluster.
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
    answer: Callable[[Question], str],
    source: Source,
    plan: "DataclassInstance",
    *,
    about: GazetteerInfo,
    target: Path | None,
    running: Running,
    batch: int,
) -> Iterator[Callable[[Sequence[Question]], Iterator[str]]]:
    """Give the function that answers questions; what it has answered outlives the program's end.

    Parameters
    ----------
    answer
        Answers one question, a value of JSON, with a line of text. It may be sent to other computers.
    source, plan, about
        The table, the options and the gazetteer, by which a checkpoint is known.
    target
        The output, beside which the checkpoint is kept; None, for standard output, keeps none.
    running
        In which processes.
    batch
        How many questions are about a tenth of a second's work.

    Raises
    ------
    InputError
        If there is nothing to resume from, or the checkpoint is of another run.
    TableError
        If the checkpoint can't be written.
    """
    if target is None and running.resume:
        raise InputError("only an output that is a file can be resumed: name it with -o", parameter="resume")
    kept_in: AbstractContextManager[Journal | None] = nullcontext()
    if target is not None:
        description = description_of(about, source, plan)
        kept_in = open_journal(target, description, resume=running.resume, say=running.say)
    with kept_in as journal, _engine(answer, running, batch) as ask:

        def answered(questions: Sequence[Question]) -> Iterator[str]:
            kept = 0
            if journal is not None:
                for text in journal.kept(questions):
                    kept += 1
                    yield text
            rest = questions[kept:]
            for question, text in zip(rest, ask(rest) if rest else (), strict=True):
                if journal is not None:
                    journal.add(question, text)
                yield text

        yield answered


def _engine(
    answer: Callable[[Question], str], running: Running, batch: int
) -> AbstractContextManager[Callable[[Sequence[Question]], Iterator[str]]]:
    if running.engine == "dask":
        from gazetteer.enrich.dask_engine import dask_cluster

        return dask_cluster(answer, batch=batch, workers=running.processes or 2, scheduler=running.scheduler)
    if running.processes == 1:
        return nullcontext(lambda questions: map(answer, questions))
    from gazetteer.enrich.workers import worker_processes

    return worker_processes(answer, running.processes, batch=batch)
