"""What is asked of an incident store: so little that a file and a database server can both be one.

A store has a *generation*, a number that is another after every change and the same while nothing changes.
0 means that nothing was ever stored, which isn't the same as an empty store: of the first nothing can be
said, of the second that there are no incidents. The first generation of a store is a large random number, so
that two stores don't share any, and what belongs to one is not taken for the other's.

Every write is one transaction: it happens whole or not at all, whenever the process or the machine stops, and
once the call returns it is on the disk. Methods may be called from any thread and any forked process.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from gazetteer.errors import GazetteerError
from gazetteer.incidents import Incident

__all__ = ["Changes", "IncidentStore", "Reading", "StoreError"]


class StoreError(GazetteerError):
    """The incident store can't be read or written: damaged, locked, on a full disk, or no store at all."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How many incidents a write added, changed, and found as they were."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a store holds at one moment, or what changed up to that moment.

    Parameters
    ----------
    generation
        That of the moment.
    whole
        True where `incidents` are all; False where they are those that were added or changed.
    numbers
        For each incident its number, which gives the order, rises, and is never another's.
    incidents
        In the order of their numbers.
    deleted
        The numbers of those that are gone; there may be some that came and went in between.
    """

    generation: int
    whole: bool = True
    numbers: tuple[int, ...] = ()
    incidents: tuple[Incident, ...] = ()
    deleted: tuple[int, ...] = ()


class IncidentStore(Protocol):
    """Keeps incidents by id, in the order in which their ids were first stored."""

    def generation(self) -> int:
        """Return the present generation, 0 where nothing was ever stored. Cheap: asked with every request.

        Raises
        ------
        StoreError
            If the store can't be read; so do the other methods.
        """

    def read(self) -> tuple[int, tuple[Incident, ...]]:
        """Return the generation and all its incidents, as they are at one moment."""

    def read_since(self, generation: int) -> Reading:
        """Return what changed since a generation; all there is where that can't be told.

        It can't since 0, since a generation of another store, and since one that is some thousand writes ago.
        """

    def upsert(self, incidents: Iterable[Incident], *, source: str, dry_run: bool = False) -> Changes:
        """Add incidents, and replace those whose id is there already, in one transaction.

        Parameters
        ----------
        incidents
            Each with an id of its own. Drawn from inside the transaction, so it should be quick.
        source
            A label for where they came from, such as a file's name; `delete` can take it. An incident that
            comes from another source than before is changed.
        dry_run
            True counts and changes nothing.

        Returns
        -------
        Changes
            Where nothing is added or changed the generation stays, unless it was 0.

        Raises
        ------
        InputError
            If two have one id, or one has an id or another text that can't be kept; nothing is stored.
        """

    def delete(self, *, ids: Collection[str] = (), source: str | None = None) -> int:
        """Delete incidents by id, and all of a source; return how many there were."""

    def check_writable(self) -> None:
        """Return if a write could be made now.

        Raises
        ------
        StoreError
            If it couldn't; the message says why.
        """
