"""Answering on the workers of a Dask cluster, which may be many computers.

Questions become a ``dask.dataframe`` with a partition for each lot of them, and its partitions are answered
by the function that answers everywhere. A worker opens the gazetteer's file by the path that it has here,
once, and refuses one with other content. What a lost worker had is answered by another.

Dask is an extra: ``pip install 'conflict-gazetteer[dask]'``.
"""

import gc
import logging
import pickle  # nosec B403 # what is read with it was written by the process that started this one
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gazetteer.enrich.workers import Question, batches
from gazetteer.errors import GazetteerError, InputError

if TYPE_CHECKING:
    import pandas as pd

#: How many batches are in a partition: half a second's work, beside which Dask's own is small.
_LOT = 5
#: How long to wait for a scheduler to answer.
_PATIENCE_S = 10
#: What a worker that is started here runs first: Ctrl-C is for the process that writes, which ends it.
_PRELOAD = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"


@contextmanager
def dask_cluster(
    answer: Callable[[Question], str], *, batch: int, workers: int, scheduler: str | None
) -> Iterator[Callable[[Sequence[Question]], Iterator[str]]]:
    """Give a function that answers questions on a cluster.

    Parameters
    ----------
    answer
        Answers one of them. It is sent, and a gazetteer in it as the name of its file and its content's hash.
    batch
        How many questions are about a tenth of a second's work.
    workers
        How many processes of a cluster that is started here, for the time of the block.
    scheduler
        The address of the scheduler of one that runs already; None to start one.

    Raises
    ------
    InputError
        If Dask isn't installed, or no scheduler answers.
    GazetteerError
        From the function, if the cluster is lost.
    """
    try:
        import dask.dataframe
        import distributed
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker
    except ImportError as error:
        raise InputError(
            "the Dask engine isn't installed: pip install 'conflict-gazetteer[dask]'", parameter="engine"
        ) from error
    untyped: Any = distributed
    frames: Any = dask.dataframe
    sent = pickle.dumps(answer)
    with ExitStack() as stack:
        if scheduler is None:
            scheduler = stack.enter_context(
                untyped.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    dashboard_address=None,
                    silence_logs=logging.ERROR,
                    preload=_PRELOAD,
                )
            )
        client = stack.enter_context(_client(untyped, scheduler))

        def ask(questions: Sequence[Question]) -> Iterator[str]:
            lots = batches(questions, _LOT * batch)
            with dask.config.set({"dataframe.convert-string": False}):  # they are plain strings already
                parts = frames.from_map(_answered, lots, sent=sent, meta={"answer": object}).to_delayed()
            try:
                for future in client.compute(parts):
                    yield from future.result()["answer"]
            except GazetteerError:
                raise
            except (KilledWorker, FutureCancelledError, OSError) as error:
                raise GazetteerError(f"the Dask cluster was lost: {error}") from error

        yield ask


def _client(distributed: Any, scheduler: Any) -> Any:
    """Connect to a cluster that was started here, or to the scheduler at an address."""
    try:
        return distributed.Client(scheduler, timeout=_PATIENCE_S)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler answers at {scheduler}: start one with 'dask scheduler' and name its address",
            parameter="scheduler",
        ) from error


def _answered(questions: Sequence[Any], *, sent: bytes) -> "pd.DataFrame":
    """Return a partition of answers."""
    import pandas as pd

    return pd.DataFrame({"answer": list(map(_unpacked(sent), questions))}, dtype=object)


@lru_cache(maxsize=1)
def _unpacked(sent: bytes) -> Callable[[Any], str]:
    """Open what was sent, once in each worker."""
    answer: Callable[[Any], str] = pickle.loads(sent)  # nosec B301 # sent by the process that started this one
    gc.freeze()  # as the command does: it stays, so the garbage collector needn't look through it
    return answer
