"""What a gazetteer tells of its file: what is sensitive, how far that is generalised, whether it is named.

A :class:`View` is a plain value, so that another process can open the same file and see it alike. Views add
up: of two, the result tells what both do, in any order. A view can only tell less.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Self

from gazetteer.errors import InputError
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.privacy.cells import AreasAt, check_cell, generalise
from gazetteer.privacy.withhold import withhold, without_addresses
from gazetteer.values import Place, Source

#: Kinds that can't be sensitive.
_OPEN: Final = frozenset(
    {PlaceKind.SETTLEMENT, PlaceKind.POINT, *(k for k in PlaceKind if k.group == "admin")}
)


@dataclass(frozen=True, slots=True)
class View:
    """How a gazetteer's file is seen."""

    #: Kinds whose places are sensitive, besides those that the file marks.
    sensitive: frozenset[PlaceKind] = frozenset()
    #: The side of the cells in whose middle sensitive places stand; None for where they are.
    degrees: float | None = None
    #: Whether generalised places go without their names.
    names_withheld: bool = False

    def __post_init__(self) -> None:
        if self.degrees is not None:
            check_cell(self.degrees)

    def __or__(self, other: Self) -> Self:
        """Return the view that hides what either hides."""
        sides = [side for side in (self.degrees, other.degrees) if side is not None]
        return replace(
            self,
            sensitive=self.sensitive | other.sensitive,
            degrees=max(sides, default=None),
            names_withheld=self.names_withheld or other.names_withheld,
        )

    def is_sensitive(self, place: Place) -> bool:
        """Tell whether a place is sensitive: by the file, or by its kind."""
        return place.sensitive or place.kind in self.sensitive

    def of(self, places: Iterable[Place], *, areas_at: AreasAt) -> list[Place]:
        """Return the places of a file as they are seen, in the same order; `areas_at` as for `generalise`."""
        marked = [
            replace(place, sensitive=True) if place.kind in self.sensitive and not place.sensitive else place
            for place in places
        ]
        if self.degrees is None:
            return marked
        seen = list(generalise(marked, degrees=self.degrees, areas_at=areas_at))
        return withhold(seen) if self.names_withheld else without_addresses(seen)


#: The file as it is.
EVERYTHING: Final = View()


def sensitive_kinds(words: Iterable[str]) -> frozenset[PlaceKind]:
    """Return the kinds that words name ("camp", "air bases"), each of which may be made sensitive.

    Areas, settlements and computed points are what everything else is placed by, and are always shown.
    """
    found: set[PlaceKind] = set()
    for word in words:
        kinds = kinds_meant_by(word)
        if not kinds or kinds & _OPEN:
            may_be = ", ".join(kind.value for kind in PlaceKind if kind not in _OPEN)
            why = "can't be made sensitive" if kinds else "is no kind of place"
            raise InputError(f"{word!r} {why}: choose from {may_be}", parameter="kinds")
        found |= kinds
    return frozenset(found)


def fingerprint(
    places: Sequence[Place],
    *,
    ids: Iterable[str],
    spellings: Iterable[Sequence[object]],
    areas: Iterable[tuple[str, int, bytes]],
    sources: Iterable[Source],
) -> str:
    """Return the SHA-256 of what a view says, as 64 hex digits.

    The hash of the file won't do for it: positions could be tried out until one gives that hash.
    """
    digest = hashlib.sha256()
    parts: tuple[Iterable[object], ...] = (
        map(asdict, places),
        ids,
        spellings,
        ((pcode, level, hashlib.sha256(shape).hexdigest()) for pcode, level, shape in areas),
        map(asdict, sources),
    )
    for part in parts:
        for item in part:
            digest.update(json.dumps(item, ensure_ascii=False).encode() + b"\n")
        digest.update(b"\f")
    return digest.hexdigest()
