"""The present state of a store, in memory and ready for questions; renewed when the store has changed.

Each worker has a view of its own, and asks for the store's generation before it answers: so it notices what
another worker wrote, and an answer after an acknowledged write holds what was written.

What a gazetteer computed is not simply taken from the store: an incident at a place stands where the
*running* gazetteer puts that place, and at tier public all that isn't the row's own is found again. See
:mod:`service.incident_store.renewing`.
"""

import gc
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from gazetteer.incidents import Lookups
from gazetteer.places import Place
from gazetteer.proximity import LoadedIncidents
from gazetteer.proximity.points import Integers
from gazetteer.tables.columns import normal_name
from service.incident_store.protocol import IncidentStore
from service.incident_store.renewing import generalised, renewed

__all__ = ["KIND_COLUMNS", "IncidentView", "Snapshot"]

#: How tables name the column of what happened: plain names, ACLED's two and UCDP's. Case, spaces and hyphens
#: don't matter; where a table has several, any of them counts.
KIND_COLUMNS = (
    "kind", "type", "category", "event_type", "sub_event_type", "incident_type", "attack_type",
    "strike_type", "type_of_violence",
)  # fmt: skip
#: Findings that are kept; what is near something, of 100,000 incidents, takes 5 MB.
_KEPT = 8

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The incidents of one generation.

    Parameters
    ----------
    generation
        The store's.
    incidents
        In the order in which they were first stored.
    places
        The places that gave positions.
    """

    generation: int
    incidents: LoadedIncidents
    places: tuple[Place, ...]
    _found: "OrderedDict[Hashable, Any]" = field(default_factory=OrderedDict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def remember(self, key: Hashable, find: Callable[[], T]) -> T:
        """Return what was found out for this key, now or before; the last few findings are kept."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                kept: T = self._found[key]
                return kept
        found = find()  # several threads may; what they find is the same
        with self._lock:
            self._found[key] = found
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return found

    @cached_property
    def kinds(self) -> dict[str, Integers]:
        """The incidents of each kind, by number; kinds are case-folded, in the order of the alphabet."""
        found: dict[str, list[int]] = {}
        columns: dict[tuple[str, ...], list[str]] = {}
        for number, incident in enumerate(self.incidents):
            row = dict(incident.properties.items())
            names = tuple(row)
            if names not in columns:
                columns[names] = [name for name in names if normal_name(name) in KIND_COLUMNS]
            for kind in {row[name].strip().casefold() for name in columns[names]} - {""}:
                found.setdefault(kind, []).append(number)
        return {kind: np.array(found[kind], dtype=np.intp) for kind in sorted(found)}


class IncidentView:
    """What a store holds now.

    Parameters
    ----------
    make_store
        Gives the store; called when it is first needed, since saying where it lies may take a question.
    gazetteer
        Knows the places that gave positions.
    public
        True where only what the rows bring and what this gazetteer computes may be shown.
    """

    def __init__(
        self, make_store: Callable[[], IncidentStore], gazetteer: Lookups, *, public: bool = False
    ) -> None:
        self._make_store = make_store
        self._gazetteer = gazetteer
        self._seen = generalised if public else renewed
        self._snapshot: Snapshot | None = None
        self._lock = Lock()

    @cached_property
    def store(self) -> IncidentStore:
        """The store behind it."""
        return self._make_store()

    def now(self) -> Snapshot | None:
        """Return the present state; None where nothing was ever stored.

        Raises
        ------
        StoreError
            If the store can't be read.
        """
        held, generation = self._snapshot, self.store.generation()
        if not generation:
            return None
        if held is not None and held.generation == generation:
            return held
        with self._lock:  # the others wait for the one that reads
            held = self._snapshot
            if held is None or held.generation != generation:
                held = self._snapshot = self._read()
            return held

    def _read(self) -> Snapshot:
        places: dict[str, Place | None] = {}
        with _no_collection():
            generation, stored = self.store.read()
            incidents = LoadedIncidents(list(self._seen(stored, self._gazetteer, places)))
        return Snapshot(generation, incidents, tuple(place for place in places.values() if place))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector still while a million objects are made that all stay: it takes half the "
    "time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
