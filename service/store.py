"""Incidents on disk (a stub: the integrator drops it for the store's own module)."""

from dataclasses import dataclass

from gazetteer.incidents import Incident


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as it is kept."""

    number: int
    owner: str
    source: str
    published: tuple[str, ...]
    incident: Incident


@dataclass(frozen=True, slots=True)
class Reading:
    """What a store holds, or what was written since."""

    change: int
    whole: bool
    rows: tuple[Stored, ...]


class IncidentStore:
    """A stub."""

    def change(self) -> int:
        """Return the number of the last change."""
        raise NotImplementedError

    def read_since(self, change: int) -> Reading:
        """Return the rows written since."""
        raise NotImplementedError
