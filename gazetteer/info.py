"""What a gazetteer file says of itself: its path, version, counts and sources."""

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from gazetteer.privacy.cells import generalised_words
from gazetteer.reading.calibration import Calibration
from gazetteer.values import Source

#: What the library is called as a package.
LIBRARY: Final = "conflict-gazetteer"


def library_version() -> str:
    """Return the version of this library; empty where it is not installed."""
    try:
        return metadata.version(LIBRARY)
    except metadata.PackageNotFoundError:
        return ""


@dataclass(frozen=True, slots=True)
class GazetteerInfo:
    """What a gazetteer holds and where it came from.

    Parameters
    ----------
    path, schema_version
        Its file, and the version of the file's layout.
    content_hash
        The hash of what the file says, 64 hex digits; of what the gazetteer says, where that is less.
    counts
        How many places of each kind.
    sources
        Where they came from.
    generalised_to_deg
        The side in degrees of the cells in whose middle sensitive places stand; None for where they are.
    names_withheld
        Whether those places go without their names.
    calibration
        What its confidences and radii promise; None where nothing is answered from it.
    """

    path: Path
    schema_version: int
    content_hash: str
    counts: dict[str, int]
    sources: tuple[Source, ...]
    generalised_to_deg: float | None = None
    names_withheld: bool = False
    calibration: Calibration | None = None

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

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return {
            "path": str(self.path),
            "schema_version": self.schema_version,
            "content_hash": self.content_hash,
            "counts": self.counts,
            **said_of_view(self),
            **self._said_of_calibration(),
            "sources": [
                {
                    "id": s.id,
                    "title": s.title,
                    "url": s.url,
                    "licence": s.licence,
                    "attribution": s.attribution,
                    "count": s.count,
                }
                for s in self.sources
            ],
        }

    def _said_of_calibration(self) -> dict[str, Any]:
        made = self.calibration
        if made is None:
            return {}
        return {
            "calibration": {
                "sha256": made.hash,
                "names": made.names,
                "rows": made.rows,
                "gazetteer": made.gazetteer,
                "library": made.library,
            }
        }


def said_of_view(about: GazetteerInfo) -> dict[str, Any]:
    """Return in plain JSON types what a gazetteer hides; nothing where it hides nothing."""
    if about.generalised_to_deg is None:
        return {}
    return {"generalised_to_deg": about.generalised_to_deg, "names_withheld": about.names_withheld}
