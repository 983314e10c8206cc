"""Figures for Prometheus: requests by route, method and status, how long they took, and how many are open.

Where several processes serve, each writes its figures into a file of the folder in PROMETHEUS_MULTIPROC_DIR,
and any of them adds up all: `gazetteer-serve` makes that folder. Labels hold no address and no query.

Those files are mapped into memory, and a process that writes to such a page when the disk is full is killed
(SIGBUS, mmap(2)). So each process takes the room for all its figures beforehand, and one that doesn't get
it answers all the same, uncounted, until it does.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from gazetteer.lookups import GazetteerInfo

__all__ = ["Metrics"]

#: Read by prometheus_client when it is imported.
_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
#: Seconds: from what a look-up takes to what nobody waits for.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: Methods that have a route or could; any other is counted as "other", so that a client can't make labels.
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
#: The files of a process, as prometheus_client calls them, and the bytes that each may come to: a series is
#: some 170, and there are 35 routes with at most 8 methods and as many statuses, or 16 series of a histogram.
_FILES = {"counter": 1 << 19, "histogram": 1 << 18, "gauge_livesum": 1 << 12, "gauge_max": 1 << 12}


@dataclass
class Metrics:
    """The figures of one application.

    Raises
    ------
    OSError
        If several processes are to have figures, and there is no room for those of the first.
    """

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._with_room = 0
        if _FOLDER_VARIABLE in os.environ:
            _take_room(Path(os.environ[_FOLDER_VARIABLE]))
        self._requests = Counter(
            "gazetteer_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "gazetteer_request_seconds",
            "Seconds from a request's arrival to the end of its answer.",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._open = Gauge(
            "gazetteer_requests_in_progress",
            "Requests being answered.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def describe(self, served: GazetteerInfo) -> None:
        """Say which gazetteer is served."""
        info = Gauge(
            "gazetteer_info",
            "What is served; always 1.",
            ("content_hash", "schema_version"),
            registry=self.registry,
            multiprocess_mode="max",
        )
        info.labels(served.content_hash, str(served.schema_version)).set(1)

    def begin(self) -> bool:
        """Count a request that has arrived; return False where there is no room for figures."""
        if not self._has_room():
            return False
        self._open.inc()
        return True

    def end(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has been answered; only one that was counted when it arrived."""
        self._open.dec()
        key = (route, method if method in _METHODS else "other", status)
        if key not in self._children:
            self._children[key] = (self._requests.labels(*key), self._seconds.labels(route))
        requests, took = self._children[key]
        requests.inc()
        took.observe(seconds)

    def text(self) -> bytes:
        """Return the figures of all processes in Prometheus's text format."""
        if _FOLDER_VARIABLE not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call] # its module has no types
        return generate_latest(together)

    def _has_room(self) -> bool:
        """Tell whether this process, which may have been forked just now, has room for its figures."""
        if self._with_room == os.getpid() or _FOLDER_VARIABLE not in os.environ:
            return True
        with self._lock, suppress(OSError):
            _take_room(Path(os.environ[_FOLDER_VARIABLE]))
            self._with_room = os.getpid()
        return self._with_room == os.getpid()


def _take_room(folder: Path) -> None:
    """Make the files of this process at their full length, each at once, since others read the folder.

    Raises
    ------
    OSError
        If there isn't the room.
    """
    for name, most in _FILES.items():
        path = folder / f"{name}_{os.getpid()}.db"
        if path.exists():  # of an earlier process of this number: its figures are carried on
            continue
        part = path.with_suffix(".part")
        try:
            part.write_bytes(bytes(most))
            os.replace(part, path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            reason = error.strerror or str(error)
            raise OSError(
                f"there is no room for figures in {folder} ({reason}): make room there, or name another "
                "folder for temporary files in TMPDIR"
            ) from error
