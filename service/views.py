"""The application's data as each tier may see it: a route gets that of the request in hand, and no other.

This is the one place where a tier is put into effect. A route is made with `Views` and has no other way to a
gazetteer or to incidents, so a new one can't forget what its caller may not see.
"""

from collections.abc import Callable, Collection
from threading import RLock
from typing import TypeVar

from flask import request

from gazetteer.privacy.view import sensitive_kinds
from service.callers import caller_of
from service.incident_store import IncidentStore, IncidentView
from service.settings import Settings
from service.state import Catalogue, State
from service.tiers import CELL_DEG, Tier

__all__ = ["Views"]

T = TypeVar("T")


class Views:
    """The states of one application, one a tier; each is made when it is first asked for.

    Parameters
    ----------
    settings
        What the operator set.
    gazetteer
        The gazetteer as tier "full" sees it.
    store
        Gives the incident store; called when it is first needed.
    """

    def __init__(self, settings: Settings, gazetteer: Catalogue, store: Callable[[], IncidentStore]) -> None:
        self.settings = settings
        self._gazetteer = gazetteer.with_sensitive(settings.sensitive) if settings.sensitive else gazetteer
        self._store = store
        self._made: dict[Tier, State] = {}
        self._lock = RLock()

    def of(self, tier: Tier) -> State:
        """Return what a tier sees."""
        made = self._made.get(tier)
        if made is None:
            with self._lock:  # the others wait for the one that makes it
                made = self._made.get(tier) or self._made.setdefault(tier, self._make(tier))
        return made

    def here(self) -> State:
        """Return what the request in hand may see.

        An answer that is sent in pieces outlives its request: ask before the first piece.

        Raises
        ------
        KeyError
            If nobody has found out who asks.
        """
        return self.of(caller_of(request).tier)

    def each(self, make: Callable[[State], T]) -> Callable[[], T]:
        """Return what gives the thing made of what the request in hand may see; it is made once a tier."""
        made: dict[Tier, T] = {}

        def here() -> T:
            tier = caller_of(request).tier
            if tier not in made:  # several threads may make it; what they make is the same
                made[tier] = make(self.of(tier))
            return made[tier]

        return here

    def warm(self, tiers: Collection[Tier]) -> None:
        """Make what these tiers see now: before workers are forked, which then share it."""
        for tier in tiers:
            self.of(tier).gazetteer.warm()

    def _make(self, tier: Tier) -> State:
        degrees = CELL_DEG[tier]
        if degrees is None:
            seen = self._gazetteer
        else:
            withheld = tier in self.settings.withhold_names
            seen = self._gazetteer.generalised(degrees, withhold_names=withheld)
        kinds = sensitive_kinds(self.settings.sensitive)
        stored = IncidentView(self._store, seen, public=degrees is not None, kinds=kinds)
        return State(self.settings, tier, seen, stored)
