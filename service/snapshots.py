"""The present incidents of the store, in memory and ready for questions, as one tier sees them.

Every request asks the store for the number of its last change, so an answer after an acknowledged write holds
what was written, whichever server wrote it. Of what changed no more than that is read, where the store can
tell. A snapshot never changes: who has one may keep it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any, Final, TypeVar

import numpy as np

from gazetteer.errors import NotFoundError
from gazetteer.files import no_collection
from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.incident import ValueSource
from gazetteer.incidents.spots import Numbering, distinct
from gazetteer.lookups import Lookups
from gazetteer.points import Integers
from gazetteer.values import Place
from service.store import IncidentStore, Stored

#: Findings that are kept; what is near something, of 100,000 incidents, takes 5 MB.
_KEPT: Final = 8
#: Spots and areas that no incident has any more are kept up to this many, and an eighth of all.
_MORE_SPOTS: Final = 64
#: The arrays of `Incidents` that have an entry for each, but for the rows.
_OF_EACH: Final = "spot meaning first_days last_days radius_assumed area kind".split()

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The incidents after one change of the store, in the order of their numbers there."""

    change: int
    incidents: Incidents
    numbers: Integers  # the store's, which rise
    _gazetteer: Lookups | None = field(default=None, repr=False)
    _found: "OrderedDict[Hashable, Any]" = field(default_factory=OrderedDict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

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
        """The places that gave positions, each once; none below tier full, where no incident names one."""
        found: list[Place] = []
        if self._gazetteer is not None:
            for place_id in self.incidents.spots_of_place:
                with suppress(NotFoundError):  # it may be of another gazetteer
                    found.append(self._gazetteer.place(place_id))
        return tuple(found)


class IncidentView:
    """What a tier sees of a store now.

    `project` gives what the tier sees of some rows: one incident for each, in their order. `gazetteer` knows
    the places that gave positions, and notes for no audit log that it was asked; None below tier full.
    """

    def __init__(
        self,
        store: IncidentStore,
        project: Callable[[Sequence[Stored]], Iterable[Incident]],
        gazetteer: Lookups | None = None,
    ) -> None:
        self.store, self._project, self._gazetteer = store, project, gazetteer
        self._snapshot: Snapshot | None = None
        self._lock = Lock()

    def now(self) -> Snapshot | None:
        """Return the present state; None where nothing was ever stored."""
        held, change = self._snapshot, self.store.change()
        if not change:
            return None
        if held is not None and held.change == change:
            return held
        with self._lock:  # the others wait for the one that reads
            held = self._snapshot
            if held is None or held.change != change:
                held = self._snapshot = self._read(held)
            return held

    def _read(self, held: Snapshot | None) -> Snapshot:
        with no_collection():
            reading = self.store.read_since(held.change if held else 0)
            if held is not None and reading.change == held.change:  # another thread has read it
                return held
            incidents = Incidents.of(self._project(reading.rows))
            numbers = np.array([row.number for row in reading.rows], dtype=np.intp)  # they rise
            is_all = reading.present is not None and len(reading.present) == len(reading.rows)
            if held is not None and not is_all:
                stays = ~np.isin(held.numbers, numbers)
                if reading.present is not None:  # the others are gone
                    stays &= np.isin(held.numbers, reading.present)
                numbers = np.concatenate([held.numbers[stays], numbers])
                order = np.argsort(numbers)
                old = held.incidents.take(np.flatnonzero(stays))
                incidents, numbers = _together(old, incidents, order), numbers[order]
        return Snapshot(reading.change, incidents, numbers, self._gazetteer)


def _together(old: Incidents, fresh: Incidents, order: Integers) -> Incidents:
    """Return some incidents and others in an order, as if made of all of them.

    Quick where those others are few: spots that no incident has any more are kept for a while.
    """
    both = [*old, *fresh]
    every = [both[number] for number in order.tolist()]
    spots = old.spots.followed_by(fresh.spots)
    stale = max(len(spots), len(old.areas), len(old.meanings)) - len(every) - len(every) // 8
    if stale > _MORE_SPOTS:
        return Incidents.of(every)
    areas, kinds = (Numbering(zip(one, range(len(one)), strict=True)) for one in (old.areas, old.kinds))
    moved = replace(
        fresh,
        spot=np.where(fresh.spot < 0, -1, fresh.spot + len(old.spots)),
        meaning=np.where(fresh.meaning < 0, -1, fresh.meaning + len(old.meanings)),
        area=areas.numbers(fresh.areas)[fresh.area],
        kind=kinds.numbers(fresh.kinds)[fresh.kind],
    )
    each: dict[str, Any] = {
        name: np.concatenate([getattr(old, name), getattr(moved, name)])[order] for name in _OF_EACH
    }
    used, each["kind"] = distinct(each["kind"])  # a kind that no incident has any more is none to ask for
    words = tuple(kinds)
    return Incidents(
        source=ValueSource(tuple(every)),
        rows=np.arange(len(every)),
        spots=spots,
        meanings=old.meanings.followed_by(fresh.meanings, spots=len(old.spots)),
        areas=tuple(areas),
        kinds=tuple(words[number] for number in used.tolist()),
        **each,
    )
