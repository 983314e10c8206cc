"""The areas of a point that was computed or written: where it lies, and whether that can be meant."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from gazetteer.answers import Match
from gazetteer.geodesy import LatLon
from gazetteer.index.admin import Located
from gazetteer.kinds import PlaceKind
from gazetteer.notation.positions import swap_hint

_OUTSIDE: Final = "outside the country"
_NO_AREA: Final = "in no area that this gazetteer knows"


def located(match: Match, areas_at: Callable[[LatLon], Located]) -> Match:
    """Give a computed point its areas, and doubt one abroad; say where a written one seems swapped."""
    if match.place.kind is not PlaceKind.POINT or match.place.admin:
        return match
    position = match.place.position
    chain, method, outside = areas_at(position)
    if match.method == "offset" and not chain:
        # Half of what was said is known, the name: it leads to no area of this gazetteer.
        reasons = (_OUTSIDE if outside else _NO_AREA, *match.reasons)
        return replace(match, confidence=match.confidence / 2, reasons=reasons)
    reasons = (*match.reasons, *((_OUTSIDE,) if outside else ()))
    if match.method == "coordinates" and (outside or not chain) and abs(position.longitude) <= 90.0:
        swapped = LatLon(position.longitude, position.latitude)
        reasons += (swap_hint(),) if areas_at(swapped)[0] else ()
    place = replace(match.place, admin=chain, admin_method=method)
    return replace(match, place=place, reasons=reasons)
