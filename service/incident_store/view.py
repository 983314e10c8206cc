"""The present state of a store, in memory and ready for questions; renewed when the store has changed.

Each worker has a view of its own, and asks for the store's generation before it answers: so it notices what
another worker wrote, and an answer after an acknowledged write holds what was written. Of what changed it
reads no more than that, as long as the store can tell. A snapshot never changes: who has one may keep it.

What a gazetteer computed is not simply taken from the store: an incident at a place stands where the
*running* gazetteer puts that place, and at tier public all that isn't the row's own is found again. See
:mod:`service.incident_store.renewing`.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from gazetteer.files import no_collection
from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.incident import ValueSource
from gazetteer.kinds import PlaceKind
from gazetteer.points import Booleans, Integers
from gazetteer.values import Place
from service.incident_store.kinds import Kinds, put
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
#: Spots and areas that no incident has any more are kept up to this many, and an eighth of all.
_MORE_SPOTS = 64

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
    incidents: Incidents
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
        with no_collection():
            reading = self.store.read_since(held.generation if held else 0)
            incidents = list(self._seen(reading.incidents))
            if held is None or reading.whole:
                loaded = Incidents.of(incidents)
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
    loaded = _merged(held.incidents, incidents, at, dropped)
    found = Snapshot(reading.generation, loaded, put(held.numbers, at, numbers, dropped), known)
    if "kinds_of_each" in held.__dict__:
        found.__dict__["kinds_of_each"] = held.kinds_of_each.updated(incidents, at, dropped)
    return found


def _merged(held: Incidents, incidents: list[Incident], at: Integers, dropped: Integers) -> Incidents:
    """Return incidents with some replaced, added at the end or dropped, as one made of them answers.

    Quick where those are few: spots that none has any more are kept for a while.
    """
    fresh = Incidents.of(incidents)
    every = [*held, *incidents]
    for number, one in zip(at.tolist(), incidents, strict=True):
        every[number] = one
    del every[len(held) + int((at >= len(held)).sum()) :]
    for number in dropped[::-1].tolist():
        del every[number]
    spots = held.spots.followed_by(fresh.spots)
    if max(len(spots), len(held.areas), len(held.meanings)) > len(every) + len(every) // 8 + _MORE_SPOTS:
        return Incidents.of(every)
    spot = np.where(fresh.spot < 0, -1, fresh.spot + len(held.spots))
    meaning = np.where(fresh.meaning < 0, -1, fresh.meaning + len(held.meanings))
    return Incidents(
        source=ValueSource(tuple(every)),
        rows=np.arange(len(every)),
        spots=spots,
        spot=put(held.spot, at, spot, dropped),
        meanings=held.meanings.followed_by(fresh.meanings, spots=len(held.spots)),
        meaning=put(held.meaning, at, meaning, dropped),
        first_days=put(held.first_days, at, fresh.first_days, dropped),
        last_days=put(held.last_days, at, fresh.last_days, dropped),
        radius_assumed=put(held.radius_assumed, at, fresh.radius_assumed, dropped),
        areas=(*held.areas, *fresh.areas),
        area=put(held.area, at, fresh.area + len(held.areas), dropped),
        kinds=held.kinds,
        kind=put(held.kind, at, fresh.kind, dropped),
    )


def _places_of(numbers: Integers, among: Integers) -> tuple[Integers, Booleans]:
    """Return where numbers stand among rising ones, and whether they are there at all."""
    at = np.searchsorted(among, numbers)
    return at, np.append(among, -1)[at] == numbers
