"""The present state of a store, in memory and ready for questions; renewed when the store has changed.

Each worker has a view of its own, and asks for the store's generation before it answers: so it notices what
another worker wrote, and an answer after an acknowledged write holds what was written. Of what changed it
reads no more than that, as long as the store can tell. A snapshot never changes: who has one may keep it.

What a gazetteer computed is not simply taken from the store: an incident at a place stands where the
*running* gazetteer puts that place, and at tier public all that isn't the row's own is found again. See
:mod:`service.incident_store.renewing`.
"""

import gc
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from gazetteer.incidents import Incident
from gazetteer.places import Place, PlaceKind
from gazetteer.proximity import LoadedIncidents
from gazetteer.proximity.loaded import put
from gazetteer.proximity.points import Booleans, Integers
from service.incident_store.kinds import Kinds
from service.incident_store.own_positions import Sensitive
from service.incident_store.protocol import IncidentStore, Reading
from service.incident_store.renewing import generalised, renewed

if TYPE_CHECKING:
    from service.state import Catalogue

__all__ = ["IncidentView", "Snapshot"]

#: Findings that are kept; what is near something, of 100,000 incidents, takes 5 MB.
_KEPT = 8
#: Places are remembered up to this many more than twice those that incidents have.
_MORE_PLACES = 1_000

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
    numbers
        The store's number of each.
    known
        What is known of places by their ids; None of those that the gazetteer doesn't know.
    """

    generation: int
    incidents: LoadedIncidents
    numbers: Integers
    known: Mapping[str, Place | None] = field(repr=False)
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
    def places(self) -> tuple[Place, ...]:
        """The places that gave positions."""
        found = (self.known.get(place_id) for place_id in self.incidents.spots_of_place)
        return tuple(place for place in found if place)

    @cached_property
    def kinds(self) -> dict[str, Integers]:
        """The incidents of each kind, by number; kinds are case-folded, in the order of the alphabet."""
        return self.kinds_of_each.numbers()

    @cached_property
    def kinds_of_each(self) -> Kinds:
        """The kinds of each incident."""
        return Kinds.of(self.incidents)


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
    kinds
        Kinds of place that are sensitive whether or not the gazetteer has any that is.
    """

    def __init__(
        self,
        make_store: Callable[[], IncidentStore],
        gazetteer: "Catalogue",
        *,
        public: bool = False,
        kinds: Collection[PlaceKind] = (),
    ) -> None:
        self._make_store = make_store
        self._gazetteer = gazetteer
        self._public, self._kinds = public, frozenset((*kinds, PlaceKind.HOSPITAL, PlaceKind.CLINIC))
        self._places: dict[str, Place | None] = {}
        self._snapshot: Snapshot | None = None
        self._lock = Lock()

    @cached_property
    def _sensitive(self) -> Sensitive:
        found = {place.kind for place in self._gazetteer.places() if place.sensitive}
        return Sensitive(self._kinds | found, self._gazetteer.names())

    def _seen(self, stored: Iterable[Incident]) -> Iterator[Incident]:
        if self._public:
            return generalised(stored, self._gazetteer, self._places, sensitive=self._sensitive)
        return renewed(stored, self._gazetteer, self._places)

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
                held = self._snapshot = self._read(held)
            return held

    def _read(self, held: Snapshot | None) -> Snapshot:
        with _no_collection():
            reading = self.store.read_since(held.generation if held else 0)
            incidents = list(self._seen(reading.incidents))
            if held is None or reading.whole:
                loaded = LoadedIncidents(incidents)
                numbers = np.array(reading.numbers, dtype=np.intp)
                found = Snapshot(reading.generation, loaded, numbers, self._places)
            else:
                found = _updated(held, reading, incidents, self._places)
        if len(self._places) > _MORE_PLACES + 2 * len(found.incidents.spots_of_place):
            used = found.incidents.spots_of_place  # by far the most are of incidents that are gone
            self._places = {one: place for one, place in self._places.items() if one in used}
        return found


def _updated(
    held: Snapshot, reading: Reading, incidents: list[Incident], known: Mapping[str, Place | None]
) -> Snapshot:
    """Return what is held with what has changed since."""
    if reading.generation == held.generation:  # another thread has read it
        return held
    numbers = np.array(reading.numbers, dtype=np.intp)
    at, there = _places_of(numbers, held.numbers)
    at[~there] = len(held.numbers) + np.arange(np.count_nonzero(~there))
    gone, were = _places_of(np.array(reading.deleted, dtype=np.intp), held.numbers)
    dropped = np.unique(gone[were])
    loaded = held.incidents.updated(incidents, at, dropped=dropped)
    found = Snapshot(reading.generation, loaded, put(held.numbers, at, numbers, dropped), known)
    if "kinds_of_each" in held.__dict__:
        found.__dict__["kinds_of_each"] = held.kinds_of_each.updated(incidents, at, dropped)
    return found


def _places_of(numbers: Integers, among: Integers) -> tuple[Integers, Booleans]:
    """Return where numbers stand among rising ones, and whether they are there at all."""
    at = np.searchsorted(among, numbers)
    return at, np.append(among, -1)[at] == numbers


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
