"""What a route answers from: settings, and the gazetteer and the incidents as one tier sees them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol, Self

from gazetteer.answers import MIN_CONFIDENCE_IN_TEXT, AreasAnswer, Report
from gazetteer.errors import GazetteerError
from gazetteer.geodesy import BoundingBox
from gazetteer.info import GazetteerInfo
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.values import AdminUnit, Place, Source, Spelling
from service.disclosures import disclosures
from service.incident_store.protocol import StoreError
from service.settings import Settings
from service.tiers import CELL_DEG, Tier

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from service.incident_store import IncidentView, Snapshot

__all__ = ["Catalogue", "NoIncidentsError", "NotReadyError", "State"]


#: The blueprints whose answers don't depend on incidents; any other's are taken to.
_WITHOUT_INCIDENTS = frozenset({"enrich", "names", "nominatim", "places", "reconcile"})


class NoIncidentsError(GazetteerError):
    """Incidents were asked for, and none were ever stored."""


class NotReadyError(GazetteerError):
    """The server is up, and something that it answers from isn't as it was."""


class Catalogue(Lookups, Protocol):
    """What the service asks of a gazetteer beyond questions; `gazetteer.gazetteer.Gazetteer` is one."""

    def suggest(
        self, text: str, *, kinds: Collection[PlaceKind] | None = None, limit: int = 10
    ) -> tuple[tuple[Place, str], ...]:
        """Return places with a spelling that begins with `text`, and that spelling, best known first."""

    def spellings(self, place_id: str) -> tuple[Spelling, ...]:
        """Return every spelling of a place, or raise NotFoundError."""

    def places(
        self,
        *,
        kinds: Collection[PlaceKind] | None = None,
        area: str | None = None,
        bbox: BoundingBox | None = None,
    ) -> Iterator[Place]:
        """Yield places ordered by id."""

    def geoparse(
        self, text: str, *, local: bool = False, min_confidence: float = MIN_CONFIDENCE_IN_TEXT
    ) -> Report:
        """Return the places that a text names."""

    def areas_at(self, latitudes: "ArrayLike", longitudes: "ArrayLike") -> AreasAnswer:
        """Return the areas round many points."""

    def outlines(self, *, level: int, simplified: bool = True) -> tuple[tuple[str, bytes], ...]:
        """Return P-codes and shapes (WKB, longitude first) of a level; empty without polygons."""

    def outline(self, pcode: str, *, simplified: bool = True) -> bytes | None:
        """Return the shape of an area as WKB; None where there is none."""

    def info(self) -> GazetteerInfo:
        """Return what the gazetteer holds and where it came from."""

    def check(self) -> None:
        """Raise GazetteerFileError unless what it was read from is as it was."""

    def names(self) -> Iterator[tuple[Place, str]]:
        """Yield every spelling with its place."""

    def warm(self) -> None:
        """Make every index now, before the first question."""

    def with_sensitive(self, kinds: Iterable[str]) -> Self:
        """Return the gazetteer with every place of these kinds sensitive too."""

    def generalised(self, degrees: float, *, withhold_names: bool = False) -> Self:
        """Return the gazetteer with sensitive places in the middle of cells of this side, perhaps unnamed."""


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
