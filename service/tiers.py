"""Tiers: how much of a sensitive place's position a request may see, and what it is answered from.

How large the cells of a tier are says :mod:`gazetteer.privacy.tiers`. This is the one place where a tier is
put into effect: a route has no other way to a gazetteer or to incidents than :func:`seen`, so a new one can't
forget what its request may not see.
"""

import gc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING

from flask import current_app

from gazetteer.errors import GazetteerError
from gazetteer.incidents import Incident
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import GazetteerInfo, Lookups, library_version
from gazetteer.privacy.tiers import CELL_DEG, Tier
from gazetteer.values import AdminUnit, Place, Source

if TYPE_CHECKING:
    from service.settings import Settings
    from service.snapshots import IncidentView, Snapshot
    from service.store import IncidentStore, Stored


class NoIncidentsError(GazetteerError):
    """Incidents were asked for, and none were ever stored."""


@dataclass(frozen=True)
class Seen:
    """What a tier sees."""

    settings: "Settings"
    tier: Tier
    gazetteer: Lookups  # at tier full it notes the places that it tells of, for the audit log
    incidents: "IncidentView"

    @cached_property
    def info(self) -> GazetteerInfo:
        """What the gazetteer holds; it doesn't change while the server runs."""
        return self.gazetteer.info()

    @cached_property
    def version(self) -> str:
        """What answers are made from besides incidents: another version, perhaps another answer."""
        made = f"{self.info.content_hash} {self.info.calibration_hash}"
        return f"{library_version()} {made} {self.tier} {self.settings.tiles}"

    def quoted(self, places: Iterable[Place], areas: Iterable[AdminUnit] = ()) -> list[str]:
        """Return the lines to quote for places and areas, in the order of their sources' ids.

        The areas that a place lies in count as well: their names and codes have a source of their own.
        """
        ids: set[str] = set()
        named = {unit.pcode for unit in areas}
        for place in places:
            ids.update(place.sources)
            named.update(place.pcodes)
        for pcode in named:
            ids.update(self._sources_of_areas.get(pcode, ()))
        return list(dict.fromkeys(self._sources[i].attribution for i in sorted(ids) if i in self._sources))

    def snapshot(self) -> "Snapshot":
        """Return the incidents of this moment.

        Raises
        ------
        NoIncidentsError
            If none were ever stored.
        """
        snapshot = self.incidents.now()
        if snapshot is None:
            raise NoIncidentsError("no incidents were ever stored")
        return snapshot

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return {source.id: source for source in self.info.sources}

    @cached_property
    def _sources_of_areas(self) -> dict[str, tuple[str, ...]]:
        kinds = [kind for kind in PlaceKind if kind.group == "admin"]
        return {area.id: area.sources for area in self.gazetteer.places(kinds=kinds)}


class Views:
    """What each tier sees; each is made when it is first asked for.

    Parameters
    ----------
    settings
        What the operator set.
    gazetteer
        The gazetteer as tier "full" sees it.
    store
        The incident store.
    """

    def __init__(self, settings: "Settings", gazetteer: Lookups, store: "IncidentStore") -> None:
        self.settings = settings
        self._gazetteer = gazetteer.with_sensitive(settings.sensitive) if settings.sensitive else gazetteer
        self._store = store
        self._made: dict[Tier, Seen] = {}
        self._lock = RLock()

    @property
    def default_words(self) -> str:
        """That the embedded default answers; "" where another does."""
        return self._gazetteer.info().default_words

    def of(self, tier: Tier) -> Seen:
        """Return what a tier sees."""
        made = self._made.get(tier)
        if made is None:
            with self._lock:  # the others wait for the one that makes it
                made = self._made.get(tier) or self._made.setdefault(tier, self._make(tier))
        return made

    def warm(self) -> None:
        """Make what the first questions of each tier would wait for, some tenths of a second each.

        A server does so once it answers: what is asked meanwhile makes itself what it needs.
        """
        for seen in list(self._made.values()):
            seen.gazetteer.warm()
        gc.freeze()  # it stays: looking through it again would hold up requests

    def _make(self, tier: Tier) -> Seen:
        from service.audit import Telling
        from service.publishing import current, shown
        from service.snapshots import IncidentView

        # What is made here holds none of `self`, which leads to where everything is.
        degrees, store = CELL_DEG[tier], self._store
        if degrees is None:
            held = self._gazetteer
            incidents = IncidentView(store, lambda rows: current(rows, held), held)
            return Seen(self.settings, tier, Telling(held), incidents)
        withheld = tier in self.settings.withhold_names
        generalised = self._gazetteer.generalised(degrees, withhold_names=withheld)

        def project(rows: Sequence["Stored"]) -> Iterable[Incident]:
            return shown(rows, generalised, degrees=degrees)

        return Seen(self.settings, tier, generalised, IncidentView(store, project))


def seen() -> Seen:
    """Return what the current request may see.

    Raises
    ------
    LookupError
        If nobody has found out who asks.
    """
    from service.access import caller

    views: Views = current_app.extensions["gazetteer"]
    return views.of(caller().tier)
