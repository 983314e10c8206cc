"""Resolving in several processes of this computer.

The processes are forked where the system forks, and so share the opened gazetteer; elsewhere each opens the
file again. They are started when the first big lot of mentions comes: a small table is done sooner without.
"""

import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager

from gazetteer.enrich.answers import KnowsNames, answer
from gazetteer.enrich.plan import Plan
from gazetteer.errors import GazetteerError
from gazetteer.incidents.row import Mention

__all__ = ["BATCH", "batches", "worker_processes"]

#: How many mentions a worker is given at once: about a tenth of a second's work.
BATCH = 100
#: From how many new mentions at once the processes are started unasked: about a second's work.
_MANY = 1_000
#: What a worker process works with: set in it when it starts.
_work: list[tuple[KnowsNames, Plan]] = []


def batches(mentions: Sequence[Mention], size: int = BATCH) -> list[Sequence[Mention]]:
    """Return the mentions in lots."""
    return [mentions[at : at + size] for at in range(0, len(mentions), size)]


@contextmanager
def worker_processes(
    gazetteer: KnowsNames, plan: Plan, processes: int | None
) -> Iterator[Callable[[Sequence[Mention]], Iterator[str]]]:
    """Give a function that answers mentions in so many processes; None takes two when it pays.

    Raises
    ------
    GazetteerError
        From the function, if a process was ended from outside.
    """
    with ExitStack() as stack:
        pool: ProcessPoolExecutor | None = None

        def ask(mentions: Sequence[Mention]) -> Iterator[str]:
            nonlocal pool
            if pool is None and (processes is not None or len(mentions) >= _MANY):
                pool = stack.enter_context(_pool(gazetteer, plan, processes or 2))
            if pool is None:
                yield from (answer(gazetteer, plan, mention) for mention in mentions)
                return
            try:
                for answers in pool.map(_answer_batch, batches(mentions)):
                    yield from answers
            except BrokenProcessPool as error:
                raise GazetteerError(
                    "a worker process was ended from outside, for want of memory perhaps: use --processes 1"
                ) from error

        yield ask


@contextmanager
def _pool(gazetteer: KnowsNames, plan: Plan, processes: int) -> Iterator[ProcessPoolExecutor]:
    forks = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("fork" if forks else "spawn"),
        initializer=_start,
        initargs=(gazetteer, plan),
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


def _start(gazetteer: KnowsNames, plan: Plan) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes, which ends these
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work[:] = [(gazetteer, plan)]


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, be it by kill -9."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    multiprocessing.connection.wait([parent.sentinel])
    os._exit(1)


def _answer_batch(mentions: Sequence[Mention]) -> list[str]:
    gazetteer, plan = _work[0]
    return [answer(gazetteer, plan, mention) for mention in mentions]
