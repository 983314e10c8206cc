"""What an answer tells of sensitive places, and what a write has done: noted by routes for the audit log."""

from collections import Counter
from collections.abc import Iterable

from flask import Request, request

from gazetteer.values import Place

__all__ = ["Disclosures", "changes_of", "disclosures", "disclosures_of", "wrote"]

_DISCLOSED, _CHANGES = "gazetteer.disclosed", "gazetteer.changes"


class Disclosures:
    """The sensitive places that one answer tells of where they are, gathered while it is made."""

    __slots__ = ("_kinds", "is_counted")

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self.is_counted = False

    def add(self, places: Iterable[Place]) -> None:
        """Note places that the answer tells of; those that aren't sensitive, or generalised, don't count."""
        self.is_counted = True
        for place in places:
            if place.sensitive and place.generalised_to_deg is None:
                self._kinds[place.id] = place.kind.value

    @property
    def kinds(self) -> dict[str, int] | None:
        """How many places of each kind; None where nobody has counted them."""
        return dict(sorted(Counter(self._kinds.values()).items())) if self.is_counted else None


def disclosures() -> Disclosures:
    """Return what gathers the places that the answer to the request in hand tells of.

    An answer that is sent in pieces outlives its request: ask before the first piece, and add to it then.

    Raises
    ------
    RuntimeError
        Outside of a request: there is nobody to tell.
    """
    return disclosures_of(request)


def disclosures_of(request: Request) -> Disclosures:
    """Return what gathers them for a request."""
    found: Disclosures = request.environ.setdefault(_DISCLOSED, Disclosures())
    return found


def wrote(**counts: int) -> None:
    """Note what the write in hand has done, such as ``added=3``."""
    request.environ[_CHANGES] = counts


def changes_of(request: Request) -> dict[str, int] | None:
    """Return what a write has done; None where it hasn't said."""
    found: dict[str, int] | None = request.environ.get(_CHANGES)
    return found
