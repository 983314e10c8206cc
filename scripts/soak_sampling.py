"""What the processes of a server hold, second by second, for `scripts/soak.py`.

proc(5): smaps_rollup has the resident set (Rss) and its proportional share (Pss), in which a page that n
processes share counts for a n-th in each; status has the threads; fd has an entry for each open file.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Sample", "Sampler"]

_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at all processes.

    Parameters
    ----------
    at_s
        Seconds since the first.
    pss_mb
        What they hold together.
    rss_mb
        What each has resident, shared pages too.
    threads, files
        How many they have together.
    """

    at_s: float
    pss_mb: float
    rss_mb: tuple[float, ...]
    threads: int
    files: int


class Sampler:
    """Looks at processes until it is told to stop.

    Parameters
    ----------
    pids
        The processes. When one ends, `ended` says so, and no more is looked at.
    """

    def __init__(self, pids: Sequence[int]) -> None:
        self._folders = [Path(f"/proc/{pid}") for pid in pids]
        self._stopped = threading.Event()
        self.samples: list[Sample] = []
        self.ended = ""

    def run(self) -> None:
        """Look once a second."""
        begin = time.perf_counter()
        while not self._stopped.wait(_EVERY_S):
            try:
                self.samples.append(self._look(time.perf_counter() - begin))
            except OSError as error:
                self.ended = f"a process of the server ended: {error}"
                return

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _look(self, at_s: float) -> Sample:
        held = [_numbers(folder / "smaps_rollup") for folder in self._folders]
        return Sample(
            at_s,
            sum(one["Pss"] for one in held) / 1024,
            tuple(one["Rss"] / 1024 for one in held),
            sum(_numbers(folder / "status")["Threads"] for folder in self._folders),
            sum(len(list((folder / "fd").iterdir())) for folder in self._folders),
        )


def _numbers(file: Path) -> dict[str, int]:
    """Return the lines of a file of proc(5) that have a number: kB, or a count."""
    found = {}
    for line in file.read_text().splitlines():
        name, _, rest = line.partition(":")
        number = rest.split()[:1]
        if number and number[0].isdecimal():
            found[name] = int(number[0])
    return found
