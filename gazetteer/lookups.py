"""What incidents, questions and the service ask of a gazetteer: so little that a test can stand in for it."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from gazetteer.answers import MIN_CONFIDENCE, AreasAnswer, DistanceAnswer, Resolution, ReverseAnswer
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.reading.calibration import Calibration
from gazetteer.values import Place

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class Lookups(Protocol):
    """What incidents, questions and the service ask of a gazetteer; `catalog.Gazetteer` is one."""

    @property
    def calibration(self) -> Calibration:
        """What its confidences and radii promise."""

    def resolve(
        self,
        text: str,
        *,
        area: str | Sequence[str] | None = None,
        kind: str | None = None,
        limit: int = 5,
        min_confidence: float = MIN_CONFIDENCE,
        context: Sequence[str] = (),
        country: str = "",
    ) -> Resolution:
        """Return ranked places for a spelling; `context` and `country` are hints that never raise."""

    def area(self, text: str) -> Place:
        """Return an admin unit by name or P-code, or raise NotFoundError."""

    def place(self, place_id: str) -> Place:
        """Return a place by id, or raise NotFoundError."""

    def places(
        self, *, kinds: Collection[PlaceKind] | None = None, area: str | None = None
    ) -> Iterator[Place]:
        """Yield places ordered by id."""

    def reverse(self, position: LatLon) -> ReverseAnswer:
        """Return the areas round a position."""

    def areas_at(self, latitudes: "ArrayLike", longitudes: "ArrayLike") -> AreasAnswer:
        """Return the areas round many positions."""

    def distance(self, from_: str, to: str) -> DistanceAnswer:
        """Return the distance between two names or "lat,lon" texts, or raise NotFoundError."""
