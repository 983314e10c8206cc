"""How a table is run: in which processes questions are answered, and how a stopped run is resumed.

The output is the same to the byte in any case: answers come in the order of the questions, and one process
reads and writes. Worker processes are forked where the system forks, and so share the opened gazetteer. They
start with the first large batch of questions, as a small table is quicker without.

The workers of a Dask cluster may be on many computers. Each opens the gazetteer's file once, by the same
path, and refuses other content; another worker answers what a lost one had. Dask is an extra: ``pip install
'conflict-gazetteer[dask]'``.
"""

import gc
import logging
import multiprocessing
import multiprocessing.connection
import os
import pickle  # nosec B403 # what is read with it was written by the process that started this one
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gazetteer.enrich.checkpoint import Checkpoint, description_of, open_checkpoint
from gazetteer.errors import GazetteerError, InputError
from gazetteer.lookups import GazetteerInfo
from gazetteer.tables.table import Source

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: What :attr:`Running.engine` may be.
ENGINES = ("local", "dask")
#: From how many batches at once processes are started by default: about a second's work.
_MANY = 10
#: How many batches a worker of a cluster is sent at once: half a second's work, far more than Dask's own.
_LOT = 5
#: How long to wait for a scheduler to answer.
_PATIENCE_S = 10
#: What a worker of a cluster that is started here runs first: Ctrl-C is for the process that writes.
_PRELOAD = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
#: What a worker process answers with: set in it when it starts.
_work: list[Callable[[Any], Any]] = []

Question = TypeVar("Question", bound=Hashable)
Reply = TypeVar("Reply")
#: Takes questions, all different, and yields their answers in the same order.
Ask = Callable[[Sequence[Question]], Iterator[Reply]]


@dataclass(frozen=True, slots=True)
class Running:
    """How to run a table."""

    processes: int | None = None  # None means two where there is enough work, else one
    engine: str = "local"  # on this computer, or "dask": on the workers of a Dask cluster
    scheduler: str | None = None  # of Dask, as in "tcp://10.0.0.5:8786"; None starts a cluster here
    resume: bool = False  # go on from the checkpoint of a stopped run
    say: Callable[[str], object] = lambda sentence: None  # takes a remark about the checkpoint

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
    answer: Callable[[Question], Reply],  # in values that JSON has; it may be sent to other computers
    kept: Callable[[Any], Reply],  # makes an answer of its JSON
    running: Running,
    *,
    batch: int,  # how many questions are about a tenth of a second's work
    target: Path | None,  # the output, beside which the checkpoint is kept; None for standard output
    source: Source,
    plan: "DataclassInstance",
    about: GazetteerInfo,
) -> Iterator[Ask[Question, Reply]]:
    """Give the function that answers questions, and keep its answers in a checkpoint until the end."""
    if target is None and running.resume:
        raise InputError("only an output that is a file can be resumed: name it with -o", parameter="resume")
    with ExitStack() as stack:
        checkpoint = None
        if target is not None:
            run = description_of(about, source, plan)
            opened = open_checkpoint(target, run, resume=running.resume, say=running.say)
            checkpoint = stack.enter_context(opened)
        ask: Ask[Question, Reply] = partial(map, answer)
        if running.engine == "dask":
            ask = stack.enter_context(_cluster(answer, batch, running))
        elif running.processes != 1:
            ask = _Processes(answer, batch, running.processes, stack)
        yield ask if checkpoint is None else partial(_remembered, checkpoint, kept, ask)


def _remembered(
    checkpoint: Checkpoint,
    kept: Callable[[Any], Reply],
    ask: Ask[Question, Reply],
    questions: Sequence[Question],
) -> Iterator[Reply]:
    """Yield answers, from the checkpoint where it has them; it keeps the new ones."""
    found = [checkpoint.kept(question) for question in questions]
    new = [question for question, one in zip(questions, found, strict=True) if one is None]
    answers = ask(new) if new else iter(())
    for question, one in zip(questions, found, strict=True):
        if one is not None:
            yield kept(one)
            continue
        answer = next(answers)
        checkpoint.add(question, answer)
        yield answer


class _Processes(Generic[Question, Reply]):
    """Answers in several processes of this computer; None means two once there is enough work."""

    def __init__(
        self, answer: Callable[[Question], Reply], batch: int, processes: int | None, stack: ExitStack
    ) -> None:
        self._answer, self._batch, self._processes, self._stack = answer, batch, processes, stack
        self._pool: ProcessPoolExecutor | None = None

    def __call__(self, questions: Sequence[Question]) -> Iterator[Reply]:
        if self._pool is None:
            if self._processes is None and len(questions) < _MANY * self._batch:
                yield from map(self._answer, questions)
                return
            self._pool = self._stack.enter_context(_pool(self._answer, self._processes or 2))
        try:
            yield from self._pool.map(_answered, questions, chunksize=self._batch)
        except BrokenProcessPool as error:
            raise GazetteerError(
                "a worker process was ended from outside, for want of memory perhaps: use --processes 1"
            ) from error


@contextmanager
def _pool(answer: Callable[[Any], Any], processes: int) -> Iterator[ProcessPoolExecutor]:
    forks = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("fork" if forks else "spawn"),
        initializer=_start,
        initargs=(answer,),
    )
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of forking beside threads. Ours are a progress bar's and numpy's: the workers
            # use neither's locks.
            warnings.simplefilter("ignore", DeprecationWarning)
            pool.submit(os.getpid).result()
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start(answer: Callable[[Any], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes, which ends these
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work[:] = [answer]


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, even by kill -9."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    multiprocessing.connection.wait([parent.sentinel])
    os._exit(1)


def _answered(question: Any) -> Any:
    return _work[0](question)


@contextmanager
def _cluster(answer: Callable[[Any], Any], batch: int, running: Running) -> Iterator[Ask[Any, Any]]:
    """Give a function that answers on a Dask cluster: that of a scheduler, or one of this computer."""
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "the Dask engine isn't installed: pip install 'conflict-gazetteer[dask]'", parameter="engine"
        ) from error
    dask: Any = distributed
    with ExitStack() as stack:
        scheduler: Any = running.scheduler
        if scheduler is None:
            scheduler = stack.enter_context(
                dask.LocalCluster(
                    n_workers=running.processes or 2,
                    threads_per_worker=1,
                    dashboard_address=None,
                    silence_logs=logging.ERROR,
                    preload=_PRELOAD,
                )
            )
        try:
            client = stack.enter_context(dask.Client(scheduler, timeout=_PATIENCE_S))
        except (OSError, ValueError) as error:
            raise InputError(
                f"no Dask scheduler answers at {scheduler}: start one with 'dask scheduler' and name its "
                "address",
                parameter="scheduler",
            ) from error
        # A gazetteer is sent as the name of its file and its content's hash.
        yield partial(_on_cluster, client, pickle.dumps(answer), batch * _LOT)


def _on_cluster(client: Any, sent: bytes, lot: int, questions: Sequence[Question]) -> Iterator[Any]:
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    lots = [questions[at : at + lot] for at in range(0, len(questions), lot)]
    try:
        for future in client.map(partial(_answered_there, sent), lots, pure=False):
            yield from future.result()
    except GazetteerError:  # which may be an OSError too
        raise
    except (KilledWorker, FutureCancelledError, OSError) as error:
        raise GazetteerError(f"the Dask cluster was lost: {error}") from error


def _answered_there(sent: bytes, questions: Sequence[Any]) -> list[Any]:
    return list(map(_unpacked(sent), questions))


@lru_cache(maxsize=1)
def _unpacked(sent: bytes) -> Callable[[Any], Any]:
    """Unpickle a function, once in each worker."""
    answer: Callable[[Any], Any] = pickle.loads(sent)  # nosec B301 # sent by the process that started this one
    gc.freeze()  # the gazetteer stays, so the garbage collector needn't look through it
    return answer
