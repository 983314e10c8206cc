"""How exact a place is, on the scales that conflict datasets use.

The same facts (kind and radius) are written as ACLED's ``geo_precision``, UCDP's ``where_prec`` and the
Global Terrorism Database's ``specificity``. Definitions: ACLED Codebook ("Geoprecision codes"), UCDP GED
Codebook ("where_prec") and GTD Codebook ("Geographical specificity").
"""

from gazetteer.places import Place, PlaceKind

__all__ = ["geo_precision", "gtd_specificity", "where_prec"]

#: Radius up to which a point is "exact": a town and its edge. Above it, an area round a place.
_TOWN_RADIUS_M = 5_000.0
#: Radius above which a region is larger than a governorate; the largest governorate, Homs, reaches 190 km.
_GOVERNORATE_RADIUS_M = 200_000.0
#: A named town is a named town, however large.
_TOWNS = (PlaceKind.SETTLEMENT, PlaceKind.CAMP, PlaceKind.NEIGHBOURHOOD)


def geo_precision(place: Place) -> int:
    """Return ACLED's code: 1 a named town, 2 a small area or near a town, 3 a larger region."""
    if place.kind in (PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT):
        return 3
    if place.kind is PlaceKind.SUBDISTRICT:
        return 2
    if place.kind in _TOWNS:
        return 1
    if place.uncertainty_m > 4 * _TOWN_RADIUS_M:
        return 3
    if place.kind is PlaceKind.REGION or place.uncertainty_m > _TOWN_RADIUS_M:
        return 2
    return 1


def where_prec(place: Place) -> int:
    """Return UCDP's code: 1 exact, 2 round a place, 3 district, 4 governorate, 5 larger, 6 country."""
    by_kind = {
        PlaceKind.COUNTRY: 6,
        PlaceKind.GOVERNORATE: 4,
        PlaceKind.DISTRICT: 3,
        PlaceKind.SUBDISTRICT: 3,
    }
    if place.kind in by_kind:
        return by_kind[place.kind]
    if place.kind in _TOWNS:
        return 1
    if place.uncertainty_m > _GOVERNORATE_RADIUS_M:
        return 5
    if place.kind is PlaceKind.REGION and place.uncertainty_m > 4 * _TOWN_RADIUS_M:
        return 5
    return 1 if place.uncertainty_m <= _TOWN_RADIUS_M else 2


def gtd_specificity(place: Place, *, fallback: bool = False) -> int:
    """Return GTD's code: 1 a town, 2 a town known by its area only, 3 not a town, 4 governorate, 5 unknown.

    Parameters
    ----------
    place
        The place that the event is put at.
    fallback
        True where `place` is the area stated round a name that was not found: then a town is known, and
        its district or sub-district stands for it, which is what GTD's 2 says.
    """
    if place.kind is PlaceKind.COUNTRY:
        return 5
    if place.kind is PlaceKind.GOVERNORATE:
        return 4
    if place.kind.group == "admin":
        return 2 if fallback else 3
    if place.kind in _TOWNS:
        return 1
    if place.uncertainty_m > _GOVERNORATE_RADIUS_M:
        return 5
    return 1 if place.uncertainty_m <= _TOWN_RADIUS_M and place.kind is not PlaceKind.REGION else 3
