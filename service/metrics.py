"""Figures for Prometheus: requests by route, method and status, how long they took, and how many are open.

Where several processes serve, each writes its figures into a file of the folder in PROMETHEUS_MULTIPROC_DIR,
and any of them adds up all: `gazetteer-serve` makes that folder. Labels hold no address and no query.
"""

import os
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from gazetteer.info import GazetteerInfo

__all__ = ["Metrics"]

#: Read by prometheus_client when it is imported.
_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
#: Seconds: from what a look-up takes to what nobody waits for.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: Methods that have a route or could; any other is counted as "other", so that a client can't make labels.
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


@dataclass
class Metrics:
    """The figures of one application."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
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

    def begin(self) -> None:
        """Count a request that has arrived."""
        self._open.inc()

    def end(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
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
