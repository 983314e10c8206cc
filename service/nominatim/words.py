"""How Nominatim's clients know our places: words for a kind, a number for an id, a name in a language.

Category and type are OpenStreetMap's main tag where it has one that says the same, else the nearest words
that claim no more than we know. Ranks are those of Nominatim's documentation ("Place Ranking in
Nominatim"): 4 for a country, 8 and 12 for larger and smaller units, 16 to 20 for settlements by size, 30 for
points of interest.
"""

import hashlib
import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from gazetteer.country import country
from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminUnit, Place

Language = Literal["en", "ar"]


class Words(NamedTuple):
    """The words for one kind."""

    category: str
    type: str
    #: The key under which the name stands in an address; also `addresstype`.
    address: str
    rank: int
    layer: str
    #: GeocodeJSON's type.
    geocoding: str = "locality"


_WORDS: Final = {
    PlaceKind.COUNTRY: Words("boundary", "administrative", "country", 4, "address", "country"),
    PlaceKind.GOVERNORATE: Words("boundary", "administrative", "state", 8, "address", "state"),
    PlaceKind.DISTRICT: Words("boundary", "administrative", "county", 12, "address", "county"),
    PlaceKind.SUBDISTRICT: Words("boundary", "administrative", "municipality", 14, "address", "district"),
    PlaceKind.SETTLEMENT: Words("place", "settlement", "city", 19, "address", "city"),
    PlaceKind.CAMP: Words("amenity", "refugee_site", "city", 19, "address", "city"),
    PlaceKind.NEIGHBOURHOOD: Words("place", "neighbourhood", "neighbourhood", 20, "address"),
    PlaceKind.HOSPITAL: Words("amenity", "hospital", "amenity", 30, "poi"),
    PlaceKind.CLINIC: Words("amenity", "clinic", "amenity", 30, "poi"),
    PlaceKind.SCHOOL: Words("amenity", "school", "amenity", 30, "poi"),
    PlaceKind.MARKET: Words("amenity", "marketplace", "amenity", 30, "poi"),
    PlaceKind.MOSQUE: Words("amenity", "place_of_worship", "amenity", 30, "poi"),
    PlaceKind.BAKERY: Words("shop", "bakery", "shop", 30, "poi"),
    PlaceKind.PRISON: Words("amenity", "prison", "amenity", 30, "poi"),
    PlaceKind.AIR_BASE: Words("military", "airfield", "military", 30, "poi"),
    PlaceKind.MILITARY_BASE: Words("military", "base", "military", 30, "poi"),
    PlaceKind.AIRPORT: Words("aeroway", "aerodrome", "aeroway", 30, "poi"),
    PlaceKind.BORDER_CROSSING: Words("barrier", "border_control", "barrier", 30, "poi"),
    PlaceKind.DAM: Words("waterway", "dam", "waterway", 30, "manmade"),
    PlaceKind.BRIDGE: Words("man_made", "bridge", "man_made", 30, "manmade"),
    PlaceKind.OIL_FIELD: Words("industrial", "oil", "industrial", 30, "manmade"),
    PlaceKind.POWER_PLANT: Words("power", "plant", "man_made", 30, "manmade"),
    PlaceKind.BORDER: Words("boundary", "administrative", "boundary", 25, "address"),
    PlaceKind.ROAD: Words("highway", "road", "road", 26, "address", "street"),
    PlaceKind.RIVER: Words("waterway", "river", "waterway", 30, "natural"),
    PlaceKind.LAKE: Words("natural", "water", "natural", 30, "natural"),
    PlaceKind.VALLEY: Words("natural", "valley", "natural", 30, "natural"),
    PlaceKind.REGION: Words("place", "region", "region", 10, "address", "region"),
    PlaceKind.MOUNTAIN: Words("natural", "mountain", "natural", 30, "natural"),
    PlaceKind.LANDMARK: Words("place", "locality", "place", 30, "poi"),
    PlaceKind.POINT: Words("place", "point", "place", 30, "address"),
}
#: OpenStreetMap's usual bounds for place=city and place=town, in inhabitants (its wiki, "Key:place"),
#: with Nominatim's ranks.
_SIZES: Final = ((100_000, "city", 16), (10_000, "town", 18), (0, "village", 19))


def words_for(place: Place) -> Words:
    """Return the words for a place. A settlement whose population is not known stays a "settlement"."""
    words = _WORDS[place.kind]
    if place.kind is PlaceKind.SETTLEMENT and place.population:
        _, size, rank = next(row for row in _SIZES if place.population >= row[0])
        return words._replace(type=size, rank=rank)
    return words


# Offsets by the form of an id; ids with digits keep them, after a 1 where leading zeros count.
_OFFSETS: Final = {"C": 10_000_000, "N": 20_000_000}
_GEONAMES: Final = 100_000_000
_HASHED: Final = 1_000_000_000


@lru_cache(maxsize=4_096)
def place_number(place_id: str) -> int:
    """Return the integer, 1 to 2**31 - 1, that Nominatim's clients expect as `place_id`.

    It is made from our id alone, so it is the same in every gazetteer file, and fits 31 bits because some
    clients keep it in such a field. Only a name in words ("cg:tishreen-dam") is hashed.

    Examples
    --------
    >>> [place_number(id) for id in ("SY07", "C3871", "geonames:169389")]
    [107, 10013871, 100169389]
    """
    if code := re.fullmatch(rf"({country().code}|C|N)(\d{{0,6}})", place_id, re.ASCII):
        return _OFFSETS.get(code[1], 0) + int(f"1{code[2]}")
    geonames = re.fullmatch(r"geonames:([1-9]\d{0,8})", place_id, re.ASCII)
    if geonames and int(geonames[1]) < _HASHED - _GEONAMES:
        return _GEONAMES + int(geonames[1])
    digest = hashlib.blake2b(place_id.encode(), digest_size=8).digest()
    return _HASHED + int.from_bytes(digest) % _HASHED


def language_for(wanted: str) -> Language:
    """Return the first of our two scripts in an Accept-Language header, or a list of codes, best first.

    English stands for Latin letters, which are given where neither is wanted.

    Examples
    --------
    >>> language_for("ar-SY,ar;q=0.9,en;q=0.8"), language_for("de,en,ar"), language_for("fr,ar")
    ('ar', 'en', 'ar')
    """
    for tag, quality in parse_accept_header(wanted, LanguageAccept):
        code = re.split("[-_]", tag, maxsplit=1)[0].casefold()
        if quality > 0 and code in ("ar", "en", "*"):
            return "ar" if code == "ar" else "en"
    return "en"


def name_in(thing: Place | AdminUnit, language: Language) -> str:
    """Return the name in a language; the Latin one where there is no Arabic one."""
    return thing.name_ar if language == "ar" and thing.name_ar else thing.name


def country_in(language: Language) -> str:
    """Return what people call the country; the gazetteer's own name for it is formal."""
    return country().name_ar if language == "ar" else country().name
