"""How Nominatim's clients know our places: words for a kind, a number for an id, a name in a language.

Categories and types are OpenStreetMap's tags where one says the same, else the nearest words that claim no
more than we know. Ranks are those of Nominatim's documentation ("Place Ranking in Nominatim").
"""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from gazetteer.country import country
from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminUnit, Place

Language = Literal["en", "ar"]


class Words(NamedTuple):
    """The words for one kind; the address's is the key under which the name stands in one."""

    category: str
    type: str
    address: str
    rank: int
    layer: str
    geocoding: str


#: Of what stands in an address: kind, category and type, key in the address, rank, GeocodeJSON's type.
_ADDRESSES: Final = """
    country        boundary=administrative  country        4   country
    governorate    boundary=administrative  state          8   state
    district       boundary=administrative  county         12  county
    subdistrict    boundary=administrative  municipality   14  district
    settlement     place=settlement         city           19  city
    camp           amenity=refugee_site     city           19  city
    neighbourhood  place=neighbourhood      neighbourhood  20  locality
    border         boundary=administrative  boundary       25  locality
    road           highway=road             road           26  street
    region         place=region             region         10  region
    point          place=point              place          30  locality
"""
#: Of everything else, by layer: kind, category and type. The category is the key in the address too.
_THINGS: Final = {
    "poi": "hospital:amenity=hospital clinic:amenity=clinic school:amenity=school market:amenity=marketplace "
    "mosque:amenity=place_of_worship bakery:shop=bakery prison:amenity=prison landmark:place=locality "
    "air_base:military=airfield military_base:military=base airport:aeroway=aerodrome "
    "border_crossing:barrier=border_control",
    "manmade": "dam:waterway=dam bridge:man_made=bridge oil_field:industrial=oil power_plant:power=plant",
    "natural": "river:waterway=river lake:natural=water valley:natural=valley mountain:natural=mountain",
}


def _rows() -> Iterator[tuple[str, Words]]:
    for row in _ADDRESSES.strip().splitlines():
        kind, category, of_type, address, rank, geocoding = row.replace("=", " ").split()
        yield kind, Words(category, of_type, address, int(rank), "address", geocoding)
    for layer, row in _THINGS.items():
        for kind, category, of_type in (re.split("[:=]", word) for word in row.split()):
            yield kind, Words(category, of_type, category, 30, layer, "locality")


_WORDS: Final = dict(_rows())
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


@lru_cache(maxsize=4_096)
def place_number(place_id: str) -> int:
    """Return the integer of 31 bits that Nominatim's clients expect: the same in every gazetteer file.

    P-codes keep their digits after a 1, as leading zeros count, and ids of GeoNames theirs; only a name in
    words is hashed.
    """
    if code := re.fullmatch(rf"({country().code}|C|N)(\d{{0,6}})", place_id, re.ASCII):
        return {"C": 10_000_000, "N": 20_000_000}.get(code[1], 0) + int(f"1{code[2]}")
    if geonames := re.fullmatch(r"geonames:([1-8]\d{8}|[1-9]\d{0,7})", place_id, re.ASCII):
        return 100_000_000 + int(geonames[1])
    digest = hashlib.blake2b(place_id.encode(), digest_size=8).digest()
    return 1_000_000_000 + int.from_bytes(digest) % 1_000_000_000


def language_for(wanted: str) -> Language:
    """Return the first of our two scripts in an Accept-Language header, or a list of codes, best first."""
    for tag, quality in parse_accept_header(wanted, LanguageAccept):
        code = re.split("[-_]", tag, maxsplit=1)[0].casefold()
        if quality > 0 and code in ("ar", "en", "*"):
            return "ar" if code == "ar" else "en"
    return "en"


def name_in(thing: Place | AdminUnit, language: Language) -> str:
    """Return the name in a language; the Latin one where there is no Arabic one."""
    return thing.name_ar if language == "ar" and thing.name_ar else thing.name
