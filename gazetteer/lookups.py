"""What others ask of a gazetteer, and what it says of itself.

:class:`Lookups` is the one protocol that is shaped like a gazetteer: functions that take a gazetteer are
typed by it, so that a test can stand in.
"""

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from gazetteer.answers import (
    MIN_CONFIDENCE,
    MIN_CONFIDENCE_IN_TEXT,
    AreasAnswer,
    DistanceAnswer,
    Report,
    Resolution,
    ReverseAnswer,
)
from gazetteer.errors import InputError, NotFoundError
from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.notation.positions import read_point
from gazetteer.privacy.cells import generalised_words
from gazetteer.reading.calibration import Calibration
from gazetteer.values import Place, PositionBasis, Source, Spelling, count_in_words

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: Only places of these kinds; None for all.
Kinds = Collection[PlaceKind] | None

#: What the library is called as a package.
LIBRARY: Final = "conflict-gazetteer"
#: Who built the embedded default, as its manifest says.
EMBEDDED_DEFAULT: Final = f"the embedded default of {LIBRARY}"


def library_version() -> str:
    """Return the version of this library; empty where it is not installed."""
    try:
        return metadata.version(LIBRARY)
    except metadata.PackageNotFoundError:
        return ""


@dataclass(frozen=True, slots=True)
class GazetteerInfo:
    """What a gazetteer holds and where it came from."""

    #: Its file, and the version of the file's layout.
    path: Path
    schema_version: int
    #: The hash of what the file says, 64 hex digits; of what the gazetteer says, where that is less.
    content_hash: str
    #: How many places of each kind.
    counts: dict[str, int]
    sources: tuple[Source, ...]
    #: The side in degrees of the cells in whose middle sensitive places stand; None for where they are.
    generalised_to_deg: float | None = None
    #: Whether those places go without their names.
    names_withheld: bool = False
    #: What its confidences and radii promise; None where nothing is answered from it.
    calibration: Calibration | None = None
    #: Of each kind of facility, how many positions were taken from what: see `Place.position_basis`.
    position_bases: Mapping[str, Mapping[PositionBasis, int]] = field(default_factory=dict)
    #: Who built the file: "gazetteer-data build", or :data:`EMBEDDED_DEFAULT`.
    built_by: str = ""

    @property
    def default_words(self) -> str:
        """That the embedded default answers, how few towns it knows, and what installs more; else ""."""
        if self.built_by != EMBEDDED_DEFAULT:
            return ""
        return (
            f"Answered from the embedded default, which knows {self.counts[PlaceKind.SETTLEMENT]} towns. "
            "For the full gazetteer run: gazetteer-data setup"
        )

    @property
    def calibration_hash(self) -> str:
        """The hash of the calibration; "" without one."""
        return "" if self.calibration is None else self.calibration.hash

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said beside answers: how far sensitive places are generalised, if they are."""
        if self.generalised_to_deg is None:
            return ()
        unnamed = ", and their names withheld" if self.names_withheld else ""
        return (f"sensitive places are {generalised_words(self.generalised_to_deg)}{unnamed}",)

    @property
    def position_words(self) -> tuple[str, ...]:
        """How facilities are known, in words: "of the 75 hospitals, 60 are known only by their town"."""
        return count_in_words(self.counts, self.position_bases)

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        made = self.calibration
        answered = made and {
            "sha256": made.hash,
            "names": made.names,
            "rows": made.rows,
            "gazetteer": made.gazetteer,
            "library": made.library,
        }
        return {
            "path": str(self.path),
            "built_by": self.built_by,
            "schema_version": self.schema_version,
            "content_hash": self.content_hash,
            "counts": self.counts,
            "position_bases": {kind: dict(bases) for kind, bases in self.position_bases.items()},
            "position_words": list(self.position_words),
            **view_as_json(self),
            **({"calibration": answered} if answered else {}),
            "sources": [asdict(source) for source in self.sources],
        }


def view_as_json(about: GazetteerInfo) -> dict[str, Any]:
    """Return in plain JSON types what a gazetteer hides; nothing where it hides nothing."""
    if about.generalised_to_deg is None:
        return {}
    return {"generalised_to_deg": about.generalised_to_deg, "names_withheld": about.names_withheld}


class Lookups(Protocol):
    """What is asked of a gazetteer; :class:`gazetteer.Gazetteer` is one, and says what each answers."""

    @property
    def calibration(self) -> Calibration: ...

    def with_calibration(self, calibration: Calibration) -> Self: ...

    def with_sensitive(self, kinds: Iterable[str]) -> Self: ...

    def generalised(self, degrees: float, *, withhold_names: bool = False) -> Self: ...

    def info(self) -> GazetteerInfo: ...

    def check(self) -> None: ...

    def warm(self) -> None: ...

    def resolve(
        self,
        text: str,
        *,
        area: str | Sequence[str] | None = None,
        context: Sequence[str] = (),
        kind: str | Sequence[str] | None = None,
        country: str = "",
        limit: int = 5,
        min_confidence: float = MIN_CONFIDENCE,
    ) -> Resolution: ...

    def geoparse(
        self, text: str, *, local: bool = False, min_confidence: float = MIN_CONFIDENCE_IN_TEXT
    ) -> Report: ...

    def area(self, text: str) -> Place: ...

    def place(self, place_id: str) -> Place: ...

    def place_in_file(self, place_id: str) -> Place: ...

    def places(
        self, *, kinds: Kinds = None, area: str | None = None, bbox: BoundingBox | None = None
    ) -> Iterator[Place]: ...

    def names(self) -> Iterator[tuple[Place, str]]: ...

    def spellings(self, place_id: str) -> tuple[Spelling, ...]: ...

    def suggest(
        self, text: str, *, kinds: Kinds = None, limit: int = 10
    ) -> tuple[tuple[Place, str], ...]: ...

    def reverse(self, position: LatLon) -> ReverseAnswer: ...

    def areas_at(self, latitudes: "ArrayLike", longitudes: "ArrayLike") -> AreasAnswer: ...

    def outlines(self, *, level: int, simplified: bool = True) -> tuple[tuple[str, bytes], ...]: ...

    def outline(self, pcode: str, *, simplified: bool = True) -> bytes | None: ...

    def shape(self, place_id: str) -> bytes | None: ...

    def distance(self, from_: str, to: str) -> DistanceAnswer: ...

    def swap_hint(self, text: str) -> str:
        """Say that the axes of a written position may be exchanged; "" if not, and of what is no position."""
        point = read_point(text)
        return "" if point is None else self.reverse(point).hint

    def one_place(self, text: str, *, parameter: str) -> Place:
        """Return the one place that a name, an id or "latitude, longitude" means.

        A distance needs two places, and "nearest hospital to X" needs one: what is ambiguous elsewhere is an
        error here, whose message lists the candidates with their ids, any of which may be given instead.
        `parameter` is what the text was given as.

        Raises
        ------
        NotFoundError
            If there is none.
        CoordinateError
            If it is a position that is out of range.
        InputError
            If it names several places, or several are meant equally well; the message lists them.
        """
        with contextlib.suppress(NotFoundError):
            return self.place(text.strip())
        read_point(text, parameter=parameter)  # raises for one out of range; resolving reads the others
        found = self.resolve(text)
        if found.best is not None:
            return found.best.place
        if found.status == "unresolved":
            raise NotFoundError(
                f"{parameter} {text!r} was not found: try another spelling, or add the area it lies in"
            )
        what, meant = "is ambiguous: add an area, or use one of these ids", found.matches
        if found.status == "several":
            what, meant = "names several places: give one of them, by name or id", found.places
        listed = "; ".join(in_words(match.place) for match in meant)
        raise InputError(f"{parameter} {text!r} {what}: {listed}", parameter=parameter)


def in_words(place: Place) -> str:
    """Return a place by its id, with what tells it from others of its name."""
    areas = dict.fromkeys(unit.name for unit in reversed(place.admin))
    words = ", ".join([place.name, place.kind.value.replace("_", " "), *areas])
    return f"{place.id} ({words})"
