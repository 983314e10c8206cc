"""The routes `/search`, `/reverse`, `/lookup` and `/status`: which places they give, and when they give none.

Nominatim's clients take the first of a list, so a spelling that could be several places must not come back as
one of these. The length of the answer to a search tells how sure it is: *none* where nothing is sure enough
to stand alone, *one* where the spelling is resolved; *several* are candidates, the likeliest first, or the
places that the text names. So ``limit=1``, which geopy sends unless it is asked for all, gives nothing for an
ambiguous spelling. ``extratags=1`` says the same in words; who asks for it, and for more than one place, is
also given an uncertain candidate that has no rival.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement  # nosec B405 # XML is only written

from flask import Blueprint, Response, request
from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.answers import Match, Resolution, ReverseAnswer
from gazetteer.country import country
from gazetteer.errors import CoordinateError, InputError, NotFoundError
from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.lookups import Lookups, library_version
from gazetteer.notation.positions import read_point
from gazetteer.values import Place
from service.audit import tell
from service.nominatim.words import language_for, place_number, words_for
from service.nominatim.writing import Common, Format, Hit, Switch, Text, Writer, body, entries, is_in_country
from service.params import Number, Whole, read_query
from service.tiers import seen

api = Blueprint("nominatim", __name__)

#: A longer list is cut to this, as Nominatim does; more candidates are looked at, as some may be shut out.
_MAX_RESULTS, _CANDIDATES = 40, 200
_MAX_LOOKED_UP = 50
#: The kinds that an area of a structured query may have, broadest first.
_AREAS: Final = {"country": ("country",), "state": ("governorate",), "county": ("district", "subdistrict")}
_NO_STREET: Final = "the street is not in the gazetteer: this is the city given with it"
#: The parts of a structured query, narrowest first.
_STRUCTURED: Final = ("amenity", "street", "city", "county", "state", "postalcode", "country")
_NUMBERS: Final = TypeAdapter(tuple[Number, ...])
#: A `featureType`, in the library's word where that is another; and the zoom of `/reverse` that gives it.
_KINDS: Final = {"state": "governorate", "city": "settlement"}
_ZOOMS: Final = {"country": 4, "governorate": 5}
_Kind = Annotated[
    Literal["country", "state", "city", "settlement"],
    BeforeValidator(str.lower),
    AfterValidator(lambda name: _KINDS.get(name, name)),
]


def _read_viewbox(text: str) -> BoundingBox:
    """Read two opposite corners, longitude first; a map of the whole globe sends some beyond its edge."""
    try:
        x1, y1, x2, y2 = _NUMBERS.validate_python(text.replace(" ", "").split(","))
    except ValueError:
        raise ValueError("viewbox must be four numbers: x1,y1,x2,y2, longitude before latitude") from None
    west, east = sorted(max(-180.0, min(180.0, x)) for x in (x1, x2))
    south, north = sorted(max(-90.0, min(90.0, y)) for y in (y1, y2))
    if west == east or south == north:
        raise ValueError("viewbox must have an area: give two opposite corners, x1,y1,x2,y2")
    return BoundingBox(south, west, north, east)


class SearchParams(Common):
    """The parameters of `/search`."""

    format: Format = "jsonv2"
    q: Text | None = None  # may be empty
    amenity: Text = ""
    street: Text = ""
    city: Text = ""
    county: Text = ""
    state: Text = ""
    country: Text = ""
    postalcode: Text = ""
    limit: Annotated[Whole, AfterValidator(lambda most: max(1, min(_MAX_RESULTS, most)))] = 10
    countrycodes: Annotated[tuple[str, ...], entries("[A-Z]{2}")] = ()
    viewbox: Annotated[BoundingBox | None, BeforeValidator(_read_viewbox)] = Field(
        default=None, validation_alias=AliasChoices("viewbox", "viewboxlbrt")
    )
    bounded: Switch = False
    exclude_place_ids: Annotated[tuple[str, ...], entries("[NWR]?[0-9]+")] = ()
    kind: _Kind | None = Field(default=None, alias="featureType")

    @property
    def text(self) -> str:
        """What was searched for, in one line."""
        return self.q or ", ".join(filter(None, (getattr(self, name) for name in _STRUCTURED)))

    @model_validator(mode="after")
    def _one_kind_of_query(self) -> Self:
        if (self.q is None) != any(getattr(self, name) for name in _STRUCTURED):
            message = f"give q, or else parts of an address: {', '.join(_STRUCTURED)}"
            raise PydanticCustomError("query", message, {"name": "q"})
        return self


class ReverseParams(Common):
    """The parameters of `/reverse`."""

    one: ClassVar[bool] = True

    format: Format = "xml"
    lat: Number
    lon: Number
    zoom: Whole = 18
    addressdetails: Switch = True


class LookupParams(Common):
    """The parameters of `/lookup`."""

    format: Format = "xml"
    osm_ids: Annotated[tuple[str, ...], entries("[NWR][0-9]+")] = ()


class StatusParams(Common):
    """The parameters of `/status`."""

    format: Literal["text", "json"] = "text"


@api.get("/search")
@api.get("/search.php")
def search() -> Response:
    """Answer the places that a text, or the parts of an address, may mean; a position is a text, too."""
    params, gazetteer = read_query(SearchParams), seen().gazetteer
    try:
        here = read_point(params.q or "")
    except CoordinateError:  # it is written as a position, and no place lies there
        return _answer(params, params.text, [])
    if here is None:
        hits = _search(gazetteer, params)
    else:
        found = _place_at(gazetteer, here, params, _ZOOMS.get(params.kind or "", 18))
        hits = [hit for hit in found if _is_wanted(hit[0], params)]
    return _answer(params, params.text, hits, **_more(params, hits))


@api.get("/reverse")
@api.get("/reverse.php")
def reverse() -> Response:
    """Answer the place that a position lies in."""
    params = read_query(ReverseParams)
    lat, lon = params.lat, params.lon
    is_there = abs(lat) <= 90 and abs(lon) <= 180
    hits = _place_at(seen().gazetteer, LatLon(lat, lon), params, params.zoom) if is_there else []
    is_xml = params.format == "xml"
    query = urlencode({"lat": lat, "lon": lon, "format": "xml"}) if is_xml else f"{lat:g},{lon:g}"
    return _answer(params, query, hits)


@api.get("/lookup")
@api.get("/lookup.php")
def lookup() -> Response:
    """Answer an empty list: no place of ours is an object of OpenStreetMap."""
    params = read_query(LookupParams)
    if len(params.osm_ids) > _MAX_LOOKED_UP:
        raise InputError("Too many object IDs.", parameter="osm_ids")
    return _answer(params, "", [])


@api.get("/status")
@api.get("/status.php")
def status() -> Response:
    """Answer that the server is up, and with which data."""
    params = read_query(StatusParams)
    facts = seen().info
    up = {"status": 0, "message": "OK", "software_version": library_version()}
    up["database_version"] = facts.content_hash
    if newest := max((source.date for source in facts.sources), default=""):
        up["data_updated"] = f"{newest}T00:00:00+00:00"
    return _sent(params, "OK" if params.format == "text" else up)


@api.after_request
def _write_error(response: Response) -> Response:
    """Write a problem so that clients of Nominatim find the error in it, as XML where that was asked for."""
    if response.mimetype == "application/problem+json":
        problem: dict[str, Any] = response.get_json()
        error = {"code": response.status_code, "message": problem["detail"]}
        default = "xml" if request.endpoint in ("nominatim.reverse", "nominatim.lookup") else "json"
        found: Any = {"error": error, **problem}
        if (request.args.getlist("format") or [default])[-1] == "xml":
            found = Element("error")
            for name, value in (error | problem).items():
                SubElement(found, name).text = str(value)
        response.data, response.content_type = body(found)
    return response


def _answer(params: Common, query: str, hits: Sequence[Hit], **more: str) -> Response:
    tell(place for place, _ in hits)
    language = language_for(params.language or request.headers.get("Accept-Language", ""))
    return _sent(params, Writer(seen(), params, language, query, more).written(hits))


def _sent(params: Common, found: Any) -> Response:
    """Return an answer, or a script that calls a function of the client's with it.

    The page of another site may load the script only where it may read the answer, too: at tier "public".
    """
    text, media_type = body(found)
    if not params.json_callback or "json" not in params.format:
        return Response(text, content_type=media_type)
    response = Response(
        f"{params.json_callback}({text})", content_type="application/javascript; charset=utf-8"
    )
    if seen().tier == "public":
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _more(params: SearchParams, hits: Sequence[Hit]) -> dict[str, str]:
    """Return what XML says of a search besides its text, with the address that gives other places."""
    box = params.viewbox
    edges = (box.west, box.south, box.east, box.north) if box else ()
    shown = (str(place_number(place.id)) for place, _ in hits if place.kind is not PlaceKind.POINT)
    asked = {name: values[-1] for name, values in request.args.lists() if name != "format"} | {
        "viewbox": ",".join(f"{edge:.10g}" for edge in edges),
        "exclude_place_ids": ",".join((*shown, *params.exclude_place_ids)),
        "countrycodes": ",".join(params.countrycodes).lower(),
    }
    asked = {name: value for name, value in asked.items() if value} | {"format": "xml"}
    said = {name: asked[name] for name in ("viewbox", "exclude_place_ids") if name in asked}
    return said | {"more_url": f"{request.script_root}/search?{urlencode(asked)}"}


def _search(gazetteer: Lookups, params: SearchParams) -> list[Hit]:
    """Return the places to give by this module's rule, the likeliest first.

    A view box orders the candidates of an ambiguous spelling and leaves a resolved one as it is. What shuts
    places out (``bounded=1``, ``layer``, ``exclude_place_ids``) doesn't raise the confidence of those that
    remain: a candidate that is left over isn't sure for that.
    """
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
    given = kept[: 1 if is_sure else params.limit]
    return [(match.place, _tags(match, is_sure=is_sure)) for match in given]


def _tags(match: Match, *, is_sure: bool) -> dict[str, str]:
    status, ambiguous = ("resolved", "no") if is_sure else ("ambiguous", "yes")
    how = {"matched_name": match.matched_name, "method": match.method, "reasons": "; ".join(match.reasons)}
    return {"confidence": f"{match.confidence:.4f}", "status": status, "ambiguous": ambiguous, **how}


def _is_wanted(place: Place, params: SearchParams) -> bool:
    code, wanted = country().code, params.countrycodes
    return (
        (not wanted or (code in wanted and is_in_country(place)))
        and not (params.bounded and params.viewbox and not params.viewbox.contains(place.position))
        and words_for(place).layer in params.layer
        and (place.kind is PlaceKind.POINT or str(place_number(place.id)) not in params.exclude_place_ids)
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


def _place_at(gazetteer: Lookups, here: LatLon, params: Common, zoom: int) -> list[Hit]:
    """Return the place that a position lies in, or nothing outside the country."""
    found = gazetteer.reverse(here)
    place = _place_round(gazetteer, found, zoom) if "address" in params.layer else None
    if place is None:
        return []
    tags = {"status": "resolved", "ambiguous": "no", "admin_method": str(found.admin_method)}
    if found.nearest is not None and params.extratags:
        tell((found.nearest,))
        tags |= {"nearest": found.nearest.name, "nearest_id": found.nearest.id}
        tags["nearest_distance_m"] = f"{found.nearest_distance_m:.0f}"
    return [(place if place.kind.group == "admin" else replace(place, admin=found.admin), tags)]


def _place_round(gazetteer: Lookups, answer: ReverseAnswer, zoom: int) -> Place | None:
    """Return the place to give for a position, or None outside the country.

    A settlement is named only when the position lies inside its radius, so that a point in the desert isn't
    put into a town 30 km away; elsewhere it is the narrowest area that holds the position. `zoom` sets the
    level: to 4 the country, 5 to 7 the governorate, 8 and 9 the district, 10 and 11 a city or the
    sub-district, from 12 any settlement or the sub-district.
    """
    if not (answer.admin or answer.outside_country is False):
        return None
    town, metres = answer.nearest, answer.nearest_distance_m
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
