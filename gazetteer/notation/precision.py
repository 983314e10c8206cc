"""How exact a place is, on the scales that conflict datasets use.

A place's kind and radius are written as ACLED's ``geo_precision``, UCDP's ``where_prec`` and the Global
Terrorism Database's ``specificity``. In a table that has such a code, it is read as the radius of the
table's own coordinates. Definitions: ACLED Codebook ("Geoprecision codes"), UCDP GED Codebook
("where_prec"), GTD Codebook ("Geographical specificity"), the words in Insecurity Insight's column "Geo
Precision", and those of Airwars' scale of accuracy. The scales name areas, not lengths: except "25 km
precision" and what Airwars writes in metres, the lengths here are this project's choice.
"""

import re
from typing import Final, Literal

from gazetteer.country import country
from gazetteer.kinds import PlaceKind
from gazetteer.values import Place

#: Radius up to which a point is "exact": a town and its edge. Above it, an area round a place.
_TOWN_M: Final = 5_000.0
#: "A limited area around a place": the 25 km that Insecurity Insight writes out for the same code.
_AROUND_A_PLACE_M: Final = 25_000.0
#: Kinds of towns: a named town is a named town, however large.
TOWNS: Final = (PlaceKind.SETTLEMENT, PlaceKind.CAMP, PlaceKind.NEIGHBOURHOOD)
#: The codes of areas and towns: ACLED's, UCDP's, GTD's.
_BY_KIND: Final = {
    PlaceKind.COUNTRY: (3, 6, 5),
    PlaceKind.GOVERNORATE: (3, 4, 4),
    PlaceKind.DISTRICT: (3, 3, 3),
    PlaceKind.SUBDISTRICT: (2, 3, 3),
    **dict.fromkeys(TOWNS, (1, 1, 1)),
}


def geo_precision(place: Place) -> int:
    """Return ACLED's code: 1 a named town, 2 a small area or near a town, 3 a larger region."""
    if place.kind in _BY_KIND:
        return _BY_KIND[place.kind][0]
    if place.uncertainty_m > 4 * _TOWN_M:
        return 3
    return 2 if place.kind is PlaceKind.REGION or place.uncertainty_m > _TOWN_M else 1


def where_prec(place: Place) -> int:
    """Return UCDP's code: 1 exact, 2 round a place, 3 district, 4 governorate, 5 larger, 6 country."""
    if place.kind in _BY_KIND:
        return _BY_KIND[place.kind][1]
    widest_m = 4 * _TOWN_M if place.kind is PlaceKind.REGION else country().largest_governorate_m
    if place.uncertainty_m > widest_m:
        return 5
    return 1 if place.uncertainty_m <= _TOWN_M else 2


def where_prec_of_several(around: Place) -> int:
    """Return UCDP's code for several places together, by the radius of the point that stands for them.

    1 to 5 km, 2 to 25 km; beyond it 3 where one district holds all, 4 where one governorate does, else 5.
    """
    if around.uncertainty_m <= _AROUND_A_PLACE_M:
        return 1 if around.uncertainty_m <= _TOWN_M else 2
    return {0: 5, 1: 4}.get(len(around.admin), 3)


def gtd_specificity(place: Place, *, fallback: bool = False) -> int:
    """Return GTD's code: 1 a town, 2 a town known by its area only, 3 not a town, 4 governorate, 5 unknown.

    With `fallback`, `place` is the stated area of a town that was not found.
    """
    if fallback and place.kind in (PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT):
        return 2
    if place.kind in _BY_KIND:
        return _BY_KIND[place.kind][2]
    if place.uncertainty_m > country().largest_governorate_m:
        return 5
    return 1 if place.uncertainty_m <= _TOWN_M and place.kind is not PlaceKind.REGION else 3


#: A radius in metres, or what the true point lies in: the town that the row names, or an area of a kind.
StatedRadius = float | Literal["town", "district", "governorate", "country"]

#: Radii of towns and areas where the gazetteer does not know the one that a point lies in.
AREA_RADII_M: Final[dict[str, float]] = {"town": _TOWN_M} | {
    kind.value: kind.radius_m for kind in (PlaceKind.DISTRICT, PlaceKind.GOVERNORATE, PlaceKind.COUNTRY)
}
#: ACLED's 1 is a named town; 2 a small area, or near a town; 3 a larger region.
_ACLED: Final[dict[str, StatedRadius]] = {"1": "town", "2": _AROUND_A_PLACE_M, "3": "governorate"}
#: UCDP's 1 is exact; 2 round a place; 3 district; 4 governorate; 6 country; 7 water or air. Its 5 is larger
#: than a governorate, or between two places. Insecurity Insight follows these numbers and adds words: "(2)
#: 25 km Precision"; its 5 is a road or river.
_UCDP: Final[dict[str, StatedRadius]] = {
    "1": _TOWN_M,
    "2": _AROUND_A_PLACE_M,
    "3": "district",
    "4": "governorate",
    "6": "country",
    "7": "country",
}
#: GTD's 1 is a town; 2 and 3 the middle of the smallest area known; 4 the middle of a governorate; 5 unknown.
_GTD: Final[dict[str, StatedRadius]] = {
    "1": _TOWN_M,
    "2": "district",
    "3": "district",
    "4": "governorate",
    "5": "country",
}
#: Airwars writes words: by how they begin, the narrowest first.
_AIRWARS: Final[dict[str, StatedRadius]] = {
    "within 1m": 1.0,
    **dict.fromkeys(("within 100m", "exact"), 100.0),
    **dict.fromkeys(("nearby landmark", "street"), 1_000.0),
    **dict.fromkeys(("neighbourhood", "village", "town", "city"), _TOWN_M),
    "subdistrict": "district",
    "district": "district",
    "governorate": "governorate",
    "province": "governorate",
}
_CODE = re.compile(r"(?P<bracket>\()?(?P<code>\d)(?(bracket)\).*|(?:\.0)?)", re.S)


def stated_radius(text: str, *, column: str) -> StatedRadius | None:
    """Read how far from the true point a position may be, from a dataset's code of precision.

    The name of the column tells the scales apart: "1" to "3" in ACLED's ``geo_precision``, "1" to "7" in
    UCDP's ``where_prec``, "1" to "5" in GTD's ``specificity``, Insecurity Insight's "(3) District, ..." or
    Airwars' "village". The radius of a town or an area is to be looked up, or taken from
    :data:`AREA_RADII_M`; None is no code of the scale.
    """
    column = column.casefold()
    if "accuracy" in column:
        words = text.strip().casefold().replace("_", " ").replace("100 m", "100m").replace("1 m", "1m")
        return next((radius for start, radius in _AIRWARS.items() if words.startswith(start)), None)
    found = _CODE.fullmatch(text.strip())
    if not found:
        return None
    code = found["code"]
    if code == "5" and found["bracket"]:
        return "governorate"
    if found["bracket"]:
        return _UCDP.get(code)
    if code == "5" and "where" in column:
        return country().largest_governorate_m
    return (_UCDP if "where" in column else _GTD if "specificity" in column else _ACLED).get(code)
