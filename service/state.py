"""What a route answers from: settings, and the gazetteer and the incidents as one tier sees them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

from gazetteer.errors import GazetteerError
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import GazetteerInfo, Lookups
from gazetteer.values import AdminUnit, Place, Source
from service.disclosures import disclosures
from service.incident_store.protocol import StoreError
from service.settings import Settings
from service.tiers import CELL_DEG, Tier

if TYPE_CHECKING:
    from service.incident_store import IncidentView, Snapshot

__all__ = ["Catalogue", "NoIncidentsError", "NotReadyError", "State"]


#: The blueprints whose answers don't depend on incidents; any other's are taken to.
_WITHOUT_INCIDENTS = frozenset({"enrich", "names", "nominatim", "places", "reconcile"})


class NoIncidentsError(GazetteerError):
    """Incidents were asked for, and none were ever stored."""


class NotReadyError(GazetteerError):
    """The server is up, and something that it answers from isn't as it was."""


#: What the service asks of a gazetteer.
Catalogue = Lookups


@dataclass(frozen=True)
class State:
    """The data behind one application.

    Parameters
    ----------
    settings
        What the operator set.
    tier
        Whose view this is.
    gazetteer
        Answers names and positions; safe to read from several threads.
    stored
        The store of incidents and what it holds now.
    """

    settings: Settings
    tier: Tier
    gazetteer: Catalogue
    stored: "IncidentView"

    @property
    def generalised_to_deg(self) -> float | None:
        """The side in degrees of the cells that sensitive places are put in the middle of; None for none."""
        return CELL_DEG[self.tier]

    @cached_property
    def info(self) -> GazetteerInfo:
        """What the gazetteer holds; it doesn't change while the server runs."""
        return self.gazetteer.info()

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return {source.id: source for source in self.info.sources}

    @cached_property
    def _version(self) -> str:
        library = version("conflict-gazetteer")
        made = f"{self.info.content_hash} {self.info.calibration_hash}"
        return f"{library} {made} {self.tier} {self.settings.tiles}"

    def version_of(self, blueprint: str | None) -> str:
        """Name what answers of a blueprint are made from: another name, perhaps another answer.

        Everything is made from the library, the gazetteer file, the calibration and the tier. What may tell
        of incidents also changes with the store's generation: with each write. Stores begin at different
        ones. Where the store can't be read, what is answered all the same has a name too.
        """
        if blueprint in _WITHOUT_INCIDENTS:
            return self._version
        try:
            return f"{self._version} {self.stored.store.generation()}"
        except StoreError:  # the map can be shown without it; what can't will say so
            return f"{self._version} unreadable"

    @cached_property
    def _sources_of_areas(self) -> dict[str, tuple[str, ...]]:
        kinds = [kind for kind in PlaceKind if kind.group == "admin"]
        return {area.id: area.sources for area in self.gazetteer.places(kinds=kinds)}

    def attribution(self, places: Iterable[Place], areas: Iterable[AdminUnit] = ()) -> list[str]:
        """Return the lines to quote for what is said of these places and areas, in the order of sources' ids.

        The answer to the request in hand is taken to tell of the places, which is noted for the audit log.
        """
        told = tuple(places)
        disclosures().add(told)
        return self.quoted(told, areas)

    def quoted(self, places: Iterable[Place], areas: Iterable[AdminUnit] = ()) -> list[str]:
        """Return the same lines, for places that the answer doesn't tell of, or not yet.

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

    def known_snapshot(self) -> "Snapshot":
        """Return the incidents of this moment and what was found out about them.

        Raises
        ------
        NoIncidentsError
            If none were ever stored.
        """
        snapshot = self.stored.now()
        if snapshot is None:
            raise NoIncidentsError(
                "no incident table is loaded: start gazetteer-serve with --incidents TABLE"
            )
        return snapshot
