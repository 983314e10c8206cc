"""What the routes of one application share: its gazetteer and its incidents. Read only."""

from dataclasses import dataclass

from gazetteer.incidents import Incident, Lookups

__all__ = ["State"]


@dataclass(frozen=True, slots=True)
class State:
    """The data behind one application.

    Parameters
    ----------
    gazetteer
        Answers names and positions; safe to read from several threads.
    incidents
        Loaded once at start.
    """

    gazetteer: Lookups
    incidents: tuple[Incident, ...]
