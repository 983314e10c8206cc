"""Which place `/reverse` gives for a position.

Nominatim gives the nearest thing of the wanted size. Here a settlement is named only when the position lies
inside its radius; elsewhere the answer is the narrowest area that holds the position, so that a point in
the desert isn't put into a town 30 km away. ``zoom`` sets the level:

=========  ==========================================================
zoom       the answer
=========  ==========================================================
up to 4    the country
5 to 7     the governorate
8, 9       the district
10, 11     the settlement if it is a city, else the sub-district
12 and up  the settlement, else the sub-district
=========  ==========================================================

Outside the country there is no answer. A gazetteer file without polygons can't tell where that is: then the
areas are those of the nearest place that states its own, and `extratags` say "nearest".
"""

from gazetteer.answers import ReverseAnswer
from gazetteer.country import country
from gazetteer.errors import NotFoundError
from gazetteer.geodesy import LatLon
from gazetteer.values import Place
from service.nominatim.hits import Hit, place_tags
from service.nominatim.kinds import words_for
from service.nominatim.params import ReverseParams
from service.state import Catalogue

__all__ = ["reverse"]


def reverse(gazetteer: Catalogue, params: ReverseParams) -> Hit | None:
    """Return the place to give, or None.

    Raises
    ------
    CoordinateError
        If `lat` or `lon` is out of range.
    """
    answer = gazetteer.reverse(LatLon(params.lat, params.lon))
    is_inside = bool(answer.admin) or answer.outside_country is False
    if "address" not in params.layer or not is_inside:
        return None
    if (place := _settlement(answer, params.zoom)) is not None:
        return Hit(place, answer.admin, _tags(place, answer))
    level = 0 if params.zoom < 5 else 1 if params.zoom < 8 else 2 if params.zoom < 10 else 3
    codes = [unit.pcode for unit in answer.admin if unit.level <= level]
    for code in (*reversed(codes), country().code):
        try:
            place = gazetteer.place(code)
        except NotFoundError:  # a file may state areas that it doesn't hold: the wider one answers
            continue
        chain = answer.admin[: codes.index(code) + 1] if code in codes else ()
        return Hit(place, chain, _tags(place, answer))
    return None


def _settlement(answer: ReverseAnswer, zoom: int) -> Place | None:
    place, metres = answer.nearest, answer.nearest_distance_m
    if zoom < 10 or place is None or metres is None or metres > place.uncertainty_m:
        return None
    return place if zoom >= 12 or words_for(place).type == "city" else None


def _tags(place: Place, answer: ReverseAnswer) -> dict[str, str]:
    tags = place_tags(place) | {"admin_method": answer.admin_method}
    if answer.nearest is not None and answer.nearest_distance_m is not None:
        tags["nearest"] = answer.nearest.name
        tags["nearest_id"] = answer.nearest.id
        tags["nearest_distance_m"] = f"{answer.nearest_distance_m:.0f}"
    return tags
