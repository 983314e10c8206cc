"""Answering in several processes of this computer.

The processes are forked where the system forks, and so share the opened gazetteer; elsewhere each opens the
file again. They are started when the first big lot of questions comes: a small table is done sooner without.
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
from typing import Any, TypeVar

from gazetteer.errors import GazetteerError

#: From how many batches at once the processes are started unasked: about a second's work.
_MANY = 10
#: What a worker process answers with: set in it when it starts.
_work: list[Callable[[Any], str]] = []
Question = TypeVar("Question")


def batches(questions: Sequence[Question], size: int) -> list[Sequence[Question]]:
    """Return the questions in lots."""
    return [questions[at : at + size] for at in range(0, len(questions), size)]


@contextmanager
def worker_processes(
    answer: Callable[[Question], str], processes: int | None, *, batch: int
) -> Iterator[Callable[[Sequence[Question]], Iterator[str]]]:
    """Give a function that answers questions in so many processes.

    Parameters
    ----------
    answer
        Answers one of them; it is sent to the processes where they are not forked.
    processes
        How many; None takes two when it pays.
    batch
        How many questions a process is given at once: about a tenth of a second's work.

    Raises
    ------
    GazetteerError
        From the function, if a process was ended from outside.
    """
    with ExitStack() as stack:
        pool: ProcessPoolExecutor | None = None

        def ask(questions: Sequence[Question]) -> Iterator[str]:
            nonlocal pool
            if pool is None and (processes is not None or len(questions) >= _MANY * batch):
                pool = stack.enter_context(_pool(answer, processes or 2))
            if pool is None:
                yield from map(answer, questions)
                return
            try:
                for answers in pool.map(_answer_batch, batches(questions, batch)):
                    yield from answers
            except BrokenProcessPool as error:
                raise GazetteerError(
                    "a worker process was ended from outside, for want of memory perhaps: use --processes 1"
                ) from error

        yield ask


@contextmanager
def _pool(answer: Callable[[Any], str], processes: int) -> Iterator[ProcessPoolExecutor]:
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


def _start(answer: Callable[[Any], str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes, which ends these
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work[:] = [answer]


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, be it by kill -9."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    multiprocessing.connection.wait([parent.sentinel])
    os._exit(1)


def _answer_batch(questions: Sequence[Any]) -> list[str]:
    return list(map(_work[0], questions))
