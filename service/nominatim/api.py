"""The routes `/search`, `/reverse` and `/status`: which places they give, and when they give none.

Nominatim's clients take the first of a list, so a spelling that could be several places must not come back as
one of these. The length of the answer to a search tells how sure it is: *none* where nothing is sure enough
to stand alone, *one* where the spelling is resolved; *several* are candidates, the likeliest first, or the
places that the text names. So ``limit=1``, which geopy sends unless it is asked for all, gives nothing for an
ambiguous spelling. ``extratags=1`` says the same in words; who asks for it, and for more than one place, is
also given an uncertain candidate that has no rival.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Annotated, Final, Literal, Self

from flask import Blueprint, Response, jsonify, request
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.answers import Match, Resolution, ReverseAnswer
from gazetteer.country import country
from gazetteer.errors import NotFoundError
from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.lookups import Lookups
from gazetteer.values import Place
from service.audit import tell
from service.nominatim.words import language_for, place_number, words_for
from service.nominatim.writing import Common, Hit, Text, Writer, is_in_country, listed
from service.params import Number, Params, Whole, no_false_point, read_query
from service.tiers import seen

api = Blueprint("nominatim", __name__)

#: Exactly so, because clients compare it: geopy, for one, takes every other error for a failure.
_NO_HIT: Final = '{"error":"Unable to geocode"}'
#: A longer list is cut to this, as Nominatim does; more candidates are looked at, as some may be shut out.
_MAX_RESULTS, _CANDIDATES = 40, 200
#: The kinds that an area of a structured query may have, broadest first.
_AREAS: Final = {"country": ("country",), "state": ("governorate",), "county": ("district", "subdistrict")}
_NO_STREET: Final = "the street is not in the gazetteer: this is the city given with it"
#: The parts of a structured query, narrowest first.
_STRUCTURED: Final = ("amenity", "street", "city", "county", "state", "country", "postalcode")
_NUMBERS: Final = TypeAdapter(tuple[Number, ...])
#: A `featureType`, in the library's word where that is another.
_KINDS: Final = {"state": "governorate", "city": "settlement"}
_Kind = Annotated[
    Literal["country", "state", "city", "settlement"], AfterValidator(lambda name: _KINDS.get(name, name))
]
_Country = Annotated[str, StringConstraints(min_length=2, max_length=2, to_lower=True)]


def _read_viewbox(text: str) -> BoundingBox:
    """Read two opposite corners, longitude first; a map of the whole globe sends some beyond its edge."""
    try:
        x1, y1, x2, y2 = _NUMBERS.validate_python(text.replace(" ", "").split(","))
    except ValueError:
        raise ValueError("viewbox must be four numbers: x1,y1,x2,y2, longitude before latitude") from None
    west, east = sorted(max(-180.0, min(180.0, x)) for x in (x1, x2))
    south, north = sorted(max(-90.0, min(90.0, y)) for y in (y1, y2))
    return BoundingBox(south, west, north, east)


class SearchParams(Common):
    """The parameters of `/search`."""

    q: Annotated[Text, AfterValidator(no_false_point)] | None = None  # may be empty
    amenity: Text = ""
    street: Text = ""
    city: Text = ""
    county: Text = ""
    state: Text = ""
    country: Text = ""
    postalcode: Text = ""
    limit: Whole = Field(default=10, ge=1)
    countrycodes: Annotated[tuple[_Country, ...], BeforeValidator(listed)] = ()
    viewbox: Annotated[BoundingBox, BeforeValidator(_read_viewbox)] | None = None
    bounded: bool = False
    exclude_place_ids: Annotated[tuple[Whole, ...], BeforeValidator(listed)] = ()
    kind: _Kind | None = Field(default=None, alias="featureType")
    dedupe: str = ""

    @property
    def text(self) -> str:
        """What was searched for, in one line."""
        parts = ", ".join(part for name in _STRUCTURED if (part := getattr(self, name)))
        return parts if self.q is None else self.q

    @model_validator(mode="after")
    def _one_kind_of_query(self) -> Self:
        if (self.q is None) != any(getattr(self, name) for name in _STRUCTURED):
            message = f"give either q or parts of an address, not both: {', '.join(_STRUCTURED)}"
            raise PydanticCustomError("query", message, {"name": "q"})
        return self


class ReverseParams(Common):
    """The parameters of `/reverse`."""

    lat: Number
    lon: Number
    zoom: Whole = 18
    addressdetails: bool = True


class StatusParams(Params):
    """The parameters of `/status`."""

    format: Literal["text", "json"] = "text"


@api.get("/search")
def search() -> Response:
    """Answer the places that a text, or the parts of an address, may mean."""
    params = read_query(SearchParams)
    return _answer(params, params.text, _search(seen().gazetteer, params))


@api.get("/reverse")
def reverse() -> Response:
    """Answer the place that a position lies in."""
    params = read_query(ReverseParams)
    found = seen().gazetteer.reverse(LatLon(params.lat, params.lon))
    place = _place_round(seen().gazetteer, found, params)
    if place is None:
        return Response(_NO_HIT, content_type="application/json")
    tags = {"admin_method": str(found.admin_method)}
    if found.nearest is not None and params.extratags:
        tell((found.nearest,))
        tags |= {"nearest": found.nearest.name, "nearest_id": found.nearest.id}
        tags["nearest_distance_m"] = f"{found.nearest_distance_m:.0f}"
    if place.kind.group != "admin":
        place = replace(place, admin=found.admin)
    return _answer(params, f"{params.lat:g},{params.lon:g}", [(place, tags)])


@api.get("/status")
def status() -> Response:
    """Answer that the server is up, and with which data."""
    if read_query(StatusParams).format == "text":
        return Response("OK", content_type="text/plain; charset=utf-8")
    software, data = version("conflict-gazetteer"), seen().info.content_hash
    return jsonify(status=0, message="OK", software_version=software, database_version=data)


def _answer(params: Common, query: str, hits: Sequence[Hit]) -> Response:
    tell(place for place, _ in hits)
    language = language_for(params.language or request.headers.get("Accept-Language", ""))
    found = Writer(seen(), params, language, query).collection(hits)
    return jsonify(found[0] if isinstance(found, list) and isinstance(params, ReverseParams) else found)


def _search(gazetteer: Lookups, params: SearchParams) -> list[Hit]:
    """Return the places to give by this module's rule, the likeliest first.

    A view box orders the candidates of an ambiguous spelling and leaves a resolved one as it is. What shuts
    places out (``bounded=1``, ``layer``, ``exclude_place_ids``) doesn't raise the confidence of those that
    remain: a candidate that is left over isn't sure for that.
    """
    if params.countrycodes and country().code.casefold() not in params.countrycodes:
        return []
    # A client that asks for one place gets the best or none: no more are looked at.
    limit, box = 1 if params.limit == 1 else _CANDIDATES, params.viewbox
    if params.q is None:
        found = _structured(gazetteer, params, limit)
    else:
        found = gazetteer.resolve(params.q, kind=params.kind, limit=limit)
    if found is None or found.status == "unresolved":
        return []
    kept = [match for match in found.places or found.matches if _is_wanted(match.place, params)]
    is_sure = found.best is not None and found.best in kept[:1]
    if not is_sure and (params.limit == 1 or (len(kept) == 1 and not params.extratags)):
        return []
    if box is not None and not is_sure:
        kept.sort(key=lambda match: not box.contains(match.place.position))
    given = kept[: 1 if is_sure else min(params.limit, _MAX_RESULTS)]
    return [(match.place, _tags(match, is_sure=is_sure)) for match in given]


def _tags(match: Match, *, is_sure: bool) -> dict[str, str]:
    status, ambiguous = ("resolved", "no") if is_sure else ("ambiguous", "yes")
    how = {"matched_name": match.matched_name, "method": match.method, "reasons": "; ".join(match.reasons)}
    return {"confidence": f"{match.confidence:.4f}", "status": status, "ambiguous": ambiguous, **how}


def _is_wanted(place: Place, params: SearchParams) -> bool:
    return (
        (not params.countrycodes or is_in_country(place))
        and not (params.bounded and params.viewbox and not params.viewbox.contains(place.position))
        and words_for(place).layer in params.layer
        and (place.kind is PlaceKind.POINT or place_number(place.id) not in params.exclude_place_ids)
    )


def _structured(gazetteer: Lookups, params: SearchParams, limit: int) -> Resolution | None:
    """Resolve a structured query; None where one of its areas isn't known for sure.

    A street, which isn't in the gazetteer, is answered by its city, and a postal code narrows nothing. A kind
    as `amenity` ("hospital") names no place.
    """
    if params.amenity and kinds_meant_by(params.amenity):
        return None
    area: Resolution | None = None
    codes: list[str] = []
    for part, kinds in _AREAS.items():
        if name := getattr(params, part):
            tried = (gazetteer.resolve(name, kind=kind, area=codes or None, limit=1) for kind in kinds)
            area = next((found for found in tried if found.best), None)
            if area is None or area.best is None:
                return None
            codes.append(area.best.place.id)
    names = ", ".join(filter(None, (params.amenity, params.city)))
    if not names:
        return None if params.street else area
    kind = params.kind or ("facility" if params.amenity else "settlement")
    found = gazetteer.resolve(names, area=codes or None, kind=kind, limit=limit)
    if not params.street:
        return found
    matches = (replace(m, method="fallback", reasons=(_NO_STREET, *m.reasons)) for m in found.matches)
    return replace(found, matches=tuple(matches))


def _place_round(gazetteer: Lookups, answer: ReverseAnswer, params: ReverseParams) -> Place | None:
    """Return the place to give for a position, or None outside the country.

    A settlement is named only when the position lies inside its radius, so that a point in the desert isn't
    put into a town 30 km away; elsewhere it is the narrowest area that holds the position. `zoom` sets the
    level: to 4 the country, 5 to 7 the governorate, 8 and 9 the district, 10 and 11 a city or the
    sub-district, from 12 any settlement or the sub-district.
    """
    if "address" not in params.layer or not (answer.admin or answer.outside_country is False):
        return None
    town, metres, zoom = answer.nearest, answer.nearest_distance_m, params.zoom
    is_near = town is not None and metres is not None and metres <= town.uncertainty_m
    if town and is_near and (zoom >= 12 or (zoom >= 10 and words_for(town).type == "city")):
        return town
    level = sum(zoom >= least for least in (5, 8, 10))
    codes = [unit.pcode for unit in answer.admin if unit.level <= level]
    for code in (*reversed(codes), country().code):
        try:
            return gazetteer.place(code)
        except NotFoundError:  # a file may state areas that it doesn't hold: the wider one answers
            continue
    return None
