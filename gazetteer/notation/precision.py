"""How exact a place is, on the scales that conflict datasets use.

A place's kind and radius are written as ACLED's ``geo_precision``, UCDP's ``where_prec`` and the Global
Terrorism Database's ``specificity``. In a table that has such a code, it is read as the radius of the
table's own coordinates. Definitions: ACLED Codebook ("Geoprecision codes"), UCDP GED Codebook
("where_prec"), GTD Codebook ("Geographical specificity"), the words in Insecurity Insight's column "Geo
Precision", and those of Airwars' scale of accuracy. The scales name areas, not lengths: except "25 km
precision" and what Airwars writes in metres, the lengths here are this project's choice.
"""

import re
from typing import Literal

from gazetteer.country import country
from gazetteer.kinds import PlaceKind
from gazetteer.values import Place

#: Radius up to which a point is "exact": a town and its edge. Above it, an area round a place.
_TOWN_RADIUS_M = 5_000.0
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
    if place.uncertainty_m > country().largest_governorate_m:
        return 5
    if place.kind is PlaceKind.REGION and place.uncertainty_m > 4 * _TOWN_RADIUS_M:
        return 5
    return 1 if place.uncertainty_m <= _TOWN_RADIUS_M else 2


def where_prec_of_several(around: Place) -> int:
    """Return UCDP's code for several places together, by the radius of the point that stands for them.

    1 to 5 km, 2 to 25 km; beyond it 3 where one district holds all, 4 where one governorate does, else 5.
    """
    if around.uncertainty_m <= _TOWN_RADIUS_M:
        return 1
    if around.uncertainty_m <= _AROUND_A_PLACE_M:
        return 2
    return {0: 5, 1: 4}.get(len(around.admin), 3)


def gtd_specificity(place: Place, *, fallback: bool = False) -> int:
    """Return GTD's code: 1 a town, 2 a town known by its area only, 3 not a town, 4 governorate, 5 unknown.

    Parameters
    ----------
    place
        The place that the event is put at.
    fallback
        True where `place` is the stated area of a name that was not found. The event was in a town, and
        the position is that of its district or sub-district: GTD's 2.
    """
    if place.kind is PlaceKind.COUNTRY:
        return 5
    if place.kind is PlaceKind.GOVERNORATE:
        return 4
    if place.kind.group == "admin":
        return 2 if fallback else 3
    if place.kind in _TOWNS:
        return 1
    if place.uncertainty_m > country().largest_governorate_m:
        return 5
    return 1 if place.uncertainty_m <= _TOWN_RADIUS_M and place.kind is not PlaceKind.REGION else 3


#: A radius in metres, or the kind of area that the true point lies in.
StatedRadius = float | Literal["district", "governorate", "country"]

#: Radii of areas where the gazetteer does not know the one that a point lies in.
AREA_RADII_M: dict[str, float] = {
    kind.value: kind.radius_m for kind in (PlaceKind.DISTRICT, PlaceKind.GOVERNORATE, PlaceKind.COUNTRY)
}
#: "A limited area around a place": the 25 km that Insecurity Insight writes out for the same code.
_AROUND_A_PLACE_M = 25_000.0
#: ACLED's 1 is a named town; 2 a small area, or near a town; 3 a larger region.
_ACLED: dict[str, StatedRadius] = {"1": _TOWN_RADIUS_M, "2": _AROUND_A_PLACE_M, "3": "governorate"}
#: UCDP's 1 is exact; 2 round a place; 3 district; 4 governorate; 6 country; 7 water or air. Its 5 is larger
#: than a governorate, or between two places. Insecurity Insight follows these numbers and adds words: "(2)
#: 25 km Precision"; its 5 is a road or river.
_UCDP: dict[str, StatedRadius] = {
    "1": _TOWN_RADIUS_M,
    "2": _AROUND_A_PLACE_M,
    "3": "district",
    "4": "governorate",
    "6": "country",
    "7": "country",
}
#: GTD's 1 is a town; 2 and 3 the middle of the smallest area known; 4 the middle of a governorate; 5 unknown.
_GTD: dict[str, StatedRadius] = {
    "1": _TOWN_RADIUS_M,
    "2": "district",
    "3": "district",
    "4": "governorate",
    "5": "country",
}
#: Airwars writes words: by how they begin, the narrowest first.
_AIRWARS: tuple[tuple[str, StatedRadius], ...] = (
    ("within 1m", 1.0),
    ("within 100m", 100.0),
    ("exact", 100.0),
    ("nearby landmark", 1_000.0),
    ("street", 1_000.0),
    ("neighbourhood", _TOWN_RADIUS_M),
    ("village", _TOWN_RADIUS_M),
    ("town", _TOWN_RADIUS_M),
    ("city", _TOWN_RADIUS_M),
    ("subdistrict", "district"),
    ("district", "district"),
    ("governorate", "governorate"),
    ("province", "governorate"),
)
_CODE = re.compile(r"(?P<bracket>\()?(?P<code>\d)(?(bracket)\).*|(?:\.0)?)", re.S)


def stated_radius(text: str, *, column: str) -> StatedRadius | None:
    """Read how far from the true point a position may be, from a dataset's code of precision.

    Parameters
    ----------
    text
        The cell: "1" to "3" in ACLED's ``geo_precision``, "1" to "7" in UCDP's ``where_prec``, "1" to "5" in
        GTD's ``specificity``, Insecurity Insight's "(3) District, ..." or Airwars' "village".
    column
        The name of the column, which tells the scales apart.

    Returns
    -------
    float or str or None
        A radius in metres; the kind of area whose radius it is, to be looked up or taken from
        :data:`AREA_RADII_M`; None when the cell holds no code of the scale.
    """
    column = column.casefold()
    if "accuracy" in column:
        words = text.strip().casefold().replace("_", " ").replace("100 m", "100m").replace("1 m", "1m")
        return next((radius for start, radius in _AIRWARS if words.startswith(start)), None)
    found = _CODE.fullmatch(text.strip())
    if not found:
        return None
    code = found["code"]
    if found["bracket"]:
        return "governorate" if code == "5" else _UCDP.get(code)
    if "where" in column:
        return country().largest_governorate_m if code == "5" else _UCDP.get(code)
    return (_GTD if "specificity" in column else _ACLED).get(code)
