"""Which places `/search` gives, and when it gives none.

Nominatim's clients take the first of a list, and most of them ask for one place only. A spelling that could
be several places must not come back to them as one of these. The length of the
answer tells how sure it is:

- *none*: nothing in the gazetteer is meant, or nothing is sure enough to stand alone;
- *one*: the spelling is resolved, and this is the place;
- *several*: the spelling is ambiguous, and these are the candidates, the likeliest first; or it names several
  places, which are then the candidates.

So an uncertain candidate never comes alone, and whoever takes the only one takes a sure one.

With ``limit=1``, which is what geopy sends unless it is asked for all, an ambiguous spelling gives an empty
list. ``extratags=1`` says the same in words, with the confidence; whoever asks for that, and for more than
one, is also given an uncertain candidate that has no rival.

A view box orders the candidates of an ambiguous spelling and leaves a resolved one as it is. What shuts
places out (``bounded=1``, ``layer``, ``exclude_place_ids``) doesn't raise the confidence of those that
remain: a candidate that is left over isn't sure for that. To say where a place lies, give ``state`` and
``county``, which the ranking uses.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gazetteer.answers import Match, Resolution, Status
from gazetteer.country import country
from gazetteer.errors import NotFoundError
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.values import Place
from service.nominatim.hits import Hit, is_in_country, place_tags
from service.nominatim.ids import place_number
from service.nominatim.kinds import words_for
from service.nominatim.params import MOST_RESULTS, SearchParams
from service.state import Catalogue

__all__ = ["search"]

#: More than anyone is given, so that enough are left when some are shut out. Who asks for one place gets the
#: best or none, so nothing beyond it has to be explained.
_CANDIDATES: Final = 200
_KINDS: Final = {
    "country": "country",
    "state": "governorate",
    "city": "settlement",
    "settlement": "settlement",
}
#: The kinds that an area of a structured query may have, broadest first.
_AREAS: Final = {"state": ("governorate",), "county": ("district", "subdistrict")}


def search(gazetteer: Catalogue, params: SearchParams) -> list[Hit]:
    """Return the places to give, the likeliest first."""
    if params.countrycodes and country().code.casefold() not in params.countrycodes:
        return []
    found = _free_form(gazetteer, params) if params.q is not None else _structured(gazetteer, params)
    if found is None:
        return []
    given, status = _given(found, params)
    return [_hit(match, status) for match in given]


def _given(found: Resolution, params: SearchParams) -> tuple[Sequence[Match], Status]:
    """Apply the rule of this module."""
    kept = [match for match in found.places or found.matches if _is_wanted(match.place, params)]
    if found.best is not None and found.best in kept[:1]:
        return kept[:1], "resolved"
    if found.status == "unresolved" or params.limit == 1 or (len(kept) == 1 and not params.extratags):
        return (), "unresolved"
    if (box := params.viewbox) is not None:
        kept.sort(key=lambda match: not box.contains(match.place.position))
    return kept[: min(params.limit, MOST_RESULTS)], "ambiguous"


def _is_wanted(place: Place, params: SearchParams) -> bool:
    if params.countrycodes and not is_in_country(place):
        return False
    if params.bounded and params.viewbox is not None and not params.viewbox.contains(place.position):
        return False
    if words_for(place).layer not in params.layer:
        return False
    return place.kind is PlaceKind.POINT or place_number(place.id) not in params.exclude_place_ids


def _free_form(gazetteer: Catalogue, params: SearchParams) -> Resolution | None:
    if not params.q or not params.q.strip():
        return None
    kind = _KINDS[params.feature_type] if params.feature_type else None
    return gazetteer.resolve(params.q, kind=kind, limit=_most(params))


def _structured(gazetteer: Catalogue, params: SearchParams) -> Resolution | None:
    """Resolve a structured query; None where one of its areas isn't known for sure.

    Streets and postal codes aren't in the gazetteer. A street is answered by its city, which says so. A
    postal code narrows nothing.
    A kind as `amenity` ("hospital") names no place, and the places of a kind aren't candidates for one.
    """
    if params.country and not _is_country(gazetteer, params.country):
        return None
    if params.amenity and kinds_meant_by(params.amenity):
        return None
    area: Resolution | None = None
    codes: list[str] = []
    for part, kinds in _AREAS.items():
        if name := getattr(params, part):
            area = _area(gazetteer, name, kinds, codes)
            if area is None or area.best is None:
                return None
            codes.append(area.best.place.id)
    names = [name for name in (params.amenity, params.city) if name]
    if names:
        kind = "facility" if params.amenity else "settlement"
        kind = _KINDS[params.feature_type] if params.feature_type else kind
        found = gazetteer.resolve(", ".join(names), area=codes or None, kind=kind, limit=_most(params))
        return _standing_in(found) if params.street else found
    if params.street:
        return None
    if area is None and params.country:
        return gazetteer.resolve(params.country, kind="country", limit=1)
    return area


def _standing_in(found: Resolution) -> Resolution:
    """Say of a city that it is given instead of a street."""
    reason = "the street is not in the gazetteer: this is the city given with it"
    return replace(
        found,
        matches=tuple(replace(m, method="fallback", reasons=(reason, *m.reasons)) for m in found.matches),
    )


def _most(params: SearchParams) -> int:
    return 1 if params.limit == 1 else _CANDIDATES


def _area(gazetteer: Catalogue, name: str, kinds: Sequence[str], within: Sequence[str]) -> Resolution | None:
    for kind in kinds:
        found = gazetteer.resolve(name, kind=kind, area=within or None, limit=1)
        if found.best is not None:
            return found
    return None


def _is_country(gazetteer: Catalogue, name: str) -> bool:
    try:
        return gazetteer.area(name).kind is PlaceKind.COUNTRY
    except NotFoundError:
        return False


def _hit(match: Match, status: Status) -> Hit:
    tags = {
        "confidence": f"{match.confidence:.4f}",
        "status": status,
        "ambiguous": "yes" if status == "ambiguous" else "no",
        "matched_name": match.matched_name,
        "method": match.method,
        "reasons": "; ".join(match.reasons),
        **place_tags(match.place),
    }
    return Hit(match.place, match.place.admin, tags)
