"""What the routes of one application share: its gazetteer and its incidents. Read only."""

from dataclasses import dataclass

from gazetteer.errors import GazetteerError
from gazetteer.incidents import Incident, Lookups

__all__ = ["NoIncidentsError", "State"]


class NoIncidentsError(GazetteerError):
    """Incidents were asked for, and the server was started without a table of them."""


@dataclass(frozen=True, slots=True)
class State:
    """The data behind one application.

    Parameters
    ----------
    gazetteer
        Answers names and positions; safe to read from several threads.
    incidents
        Loaded once at start; None when no table was named, which is not the same as none that happened.
    """

    gazetteer: Lookups
    incidents: tuple[Incident, ...] | None

    def known_incidents(self) -> tuple[Incident, ...]:
        """Return the incidents.

        Raises
        ------
        NoIncidentsError
            If no table is loaded.
        """
        if self.incidents is None:
            raise NoIncidentsError(
                "no incident table is loaded: start gazetteer-serve with --incidents TABLE"
            )
        return self.incidents
