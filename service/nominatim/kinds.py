"""How each kind of place is called in Nominatim's words.

Category and type are OpenStreetMap's main tag where it has one that says the same, else the nearest words
that claim no more than we know. Ranks are those of Nominatim's documentation ("Place Ranking in
Nominatim"): 4 for a country, 8 and 12 for larger and smaller units, 16 to 20 for settlements by size, 30 for
points of interest.
"""

from dataclasses import dataclass
from typing import Final

from gazetteer.kinds import PlaceKind
from gazetteer.values import Place

__all__ = ["ADDRESS_KEYS", "Words", "words_for"]


@dataclass(frozen=True, slots=True)
class Words:
    """The words for one kind.

    Parameters
    ----------
    category, type
        Key and value of the main tag.
    address
        The key under which its name stands in an address; also `addresstype`.
    rank
        `place_rank`.
    layer
        The one of Nominatim's layers that it belongs to.
    geocoding
        GeocodeJSON's type.
    """

    category: str
    type: str
    address: str
    rank: int
    layer: str
    geocoding: str = "locality"


#: The keys of an address by the level of an area.
ADDRESS_KEYS: Final = {1: "state", 2: "county", 3: "municipality"}

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
        return Words(words.category, size, words.address, rank, words.layer, words.geocoding)
    return words
