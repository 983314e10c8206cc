"""Positions whose axes look swapped: outside the country, and inside it the other way round.

A table whose columns are mixed up gives positions in Turkey or the sea, all of them valid. Nothing is turned
round here: a hint is all that can be said, and the person with the table decides.

Where the gazetteer file has polygons they decide. Without polygons, only a position beyond all the
gazetteer's places is suspected; between 35.7 and 37.3 degrees, where a Syrian latitude may be a
longitude too, nothing is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from gazetteer.coords import BoundingBox, LatLon
from gazetteer.lookups import Lookups
from gazetteer.results import AreasAnswer

if TYPE_CHECKING:
    from gazetteer.incidents import Incident

__all__ = ["SWAP_HINT", "swapped_positions", "with_swap_hints"]

SWAP_HINT: Final = "outside Syria; the order may be swapped: latitude comes first"


@runtime_checkable
class _KnowsManyAreas(Protocol):
    def areas_at(self, latitudes: list[float], longitudes: list[float]) -> AreasAnswer: ...


def swapped_positions(positions: Iterable[LatLon], gazetteer: Lookups) -> frozenset[LatLon]:
    """Return those of the positions that lie outside the country, and would lie inside it swapped.

    Parameters
    ----------
    positions
        Any positions.
    gazetteer
        Knows where the country is.
    """
    box = _box(gazetteer)
    if box is None:
        return frozenset()
    suspects = [p for p in dict.fromkeys(positions) if abs(p.longitude) <= 90 and box.contains(_turned(p))]
    beyond = frozenset(p for p in suspects if not box.contains(p))
    doubtful = [p for p in suspects if p not in beyond]
    if not doubtful or not isinstance(gazetteer, _KnowsManyAreas):
        return beyond
    if gazetteer.reverse(doubtful[0]).outside_country is None:  # no polygons to tell by
        return beyond
    as_written = _outside(gazetteer, doubtful)
    turned = _outside(gazetteer, [_turned(p) for p in doubtful])
    outside = zip(doubtful, as_written, turned, strict=True)
    return beyond | {p for p, here, there in outside if here and not there}


def with_swap_hints(incidents: Sequence["Incident"], gazetteer: Lookups) -> tuple["Incident", ...]:
    """Return the incidents, with a problem in those whose own coordinates look swapped."""
    swapped = swapped_positions((i.position for i in incidents if i.position and not i.place_id), gazetteer)
    hint = f"its position is {SWAP_HINT}"
    return tuple(replace(i, problems=(*i.problems, hint)) if i.position in swapped else i for i in incidents)


def _turned(position: LatLon) -> LatLon:
    return LatLon(position.longitude, position.latitude)


def _box(gazetteer: Lookups) -> BoundingBox | None:
    """Return the box round all places; None for a gazetteer without any."""
    spots = [place.position for place in gazetteer.places()]
    if not spots:
        return None
    latitudes, longitudes = [p.latitude for p in spots], [p.longitude for p in spots]
    return BoundingBox(min(latitudes), min(longitudes), max(latitudes), max(longitudes))


def _outside(gazetteer: _KnowsManyAreas, positions: list[LatLon]) -> list[bool]:
    found = gazetteer.areas_at([p.latitude for p in positions], [p.longitude for p in positions])
    return [] if found.outside_country is None else [bool(one) for one in found.outside_country]
