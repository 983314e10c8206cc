"""What was found, written in Nominatim's four formats: a record of each place, and what each makes of that.

``json`` and ``jsonv2`` are a list of records; ``geojson`` has the same as properties; ``geocodejson`` follows
the GeocodeJSON specification 0.1.0 (github.com/geocoders/geocodejson-spec) as Nominatim nests it.

`osm_type` and `osm_id` are left out, as Nominatim does for what isn't an object of OpenStreetMap. A computed
point has no `place_id` either. A generalised place always has `generalised_to_deg`, a field of our own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gazetteer.answers import place_as_json
from gazetteer.country import country, pcode_kind
from gazetteer.kinds import PlaceKind
from gazetteer.values import Place, prominence
from service.nominatim.words import Language, name_in, place_number, words_for
from service.params import Number, Params
from service.tiers import Seen

#: The keys of an address by the level of an area; GeocodeJSON calls the third otherwise.
_ADDRESS_KEYS: Final = {1: "state", 2: "county", 3: "municipality"}
_GEOCODING_KEYS: Final = {**_ADDRESS_KEYS, 3: "district"}
#: What GeoJSON has elsewhere than in a record; what GeocodeJSON has of one, and under another name.
_MOVED: Final = ("licence", "lat", "lon", "boundingbox", "geojson", "geotext")
_RENAMED: Final = {"category": "osm_key", "type": "osm_value", "display_name": "label", "extratags": "extra"}
_GEOCODING: Final = ("place_id", "name", "generalised_to_deg", *_RENAMED)
#: The facts of a place that `extratags` say.
_TAGS: Final = ("kind", "uncertainty_m", "population", "valid_from", "valid_to", "generalised_to_deg")
#: The shortest degree of latitude and the shortest of longitude at the equator on WGS 84, in metres; so a box
#: made with them is never too small.
_LATITUDE_M: Final = 110_574.0
_LONGITUDE_M: Final = 111_319.0


def listed(values: list[str]) -> list[str]:
    """Return the parts of a parameter that is a list with commas, and may be given several times."""
    return [part.strip() for part in ",".join(values).split(",") if part.strip()]


def _refuse(value: str) -> str:
    if value not in ("", "0", "false", "False"):
        raise ValueError("this isn't given here: leave it out. Shapes are polygon_geojson and polygon_text")
    return value


Layer = Literal["address", "poi", "railway", "natural", "manmade"]
_Refused = Annotated[str, AfterValidator(_refuse)]
Text = Annotated[str, Field(max_length=300)]


class Common(Params):
    """What `/search` and `/reverse` share."""

    format: Literal["json", "jsonv2", "geojson", "geocodejson"] = "jsonv2"
    extratags: bool = False
    namedetails: bool = False
    addressdetails: bool = False
    language: Text = Field(default="", alias="accept-language")
    layer: Annotated[tuple[Layer, ...], BeforeValidator(listed)] = get_args(Layer)
    polygon_geojson: bool = False
    polygon_text: bool = False
    polygon_threshold: Number = Field(default=0.0, ge=0, le=180)
    polygon_kml: _Refused = ""
    polygon_svg: _Refused = ""
    debug: _Refused = ""
    json_callback: _Refused = ""
    email: str = ""
    entrances: str = ""

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value not in ("", [""]) or name == "q"}


#: A place that answers a question, and what is to be said of how it was found.
Hit = tuple[Place, dict[str, str]]


def is_in_country(place: Place) -> bool:
    """Tell whether a place is known to lie in the country: a computed point only where areas hold it."""
    return place.kind is not PlaceKind.POINT or bool(place.admin)


def box_round(place: Place) -> tuple[float, float, float, float]:
    """Return west, south, east and north, in degrees, of the circle of a place's radius.

    A circle over a pole or the antimeridian has a box round the whole globe.
    """
    here, height = place.position, place.uncertainty_m / _LATITUDE_M
    south, north = max(-90.0, here.latitude - height), min(90.0, here.latitude + height)
    narrowest = math.cos(math.radians(max(-south, north)))
    width = place.uncertainty_m / (_LONGITUDE_M * max(narrowest, 1e-9))
    if abs(here.longitude) + width > 180.0:
        return -180.0, south, 180.0, north
    return here.longitude - width, south, here.longitude + width, north


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes hits as plain JSON types; `query` is what was searched for, which GeocodeJSON repeats."""

    seen: Seen
    params: Common
    language: Language
    query: str

    def collection(self, hits: Sequence[Hit]) -> Any:
        """Return hits in the format that was asked for: a list, or a FeatureCollection."""
        records, places = [self._record(*hit) for hit in hits], [place for place, _ in hits]
        if self.params.format in ("json", "jsonv2"):
            return records
        head: dict[str, Any] = {"licence": self._attribution(places)}
        if self.params.format == "geocodejson":
            head = {"version": "0.1.0", "attribution": head["licence"], "licence": self._licence(places)}
            head = {"geocoding": {**head, "query": self.query}}
        features = [self._feature(*pair) for pair in zip(places, records, strict=True)]
        return {"type": "FeatureCollection", **head, "features": features}

    def _record(self, place: Place, tags: dict[str, str]) -> dict[str, Any]:
        """Return one place as ``json`` and ``jsonv2`` have it; positions are text with 7 decimals."""
        from shapely import Point, from_wkb

        words, params = words_for(place), self.params
        area = self.seen.gazetteer.outline(place.id) if place.kind.group == "admin" else None
        shape = Point(place.position.longitude, place.position.latitude) if area is None else from_wkb(area)
        west, south, east, north = box_round(place) if area is None else map(float, shape.bounds)
        if params.polygon_threshold:
            shape = shape.simplify(params.polygon_threshold)
        address = {words.address: name_in(place, self.language)}
        address |= {_ADDRESS_KEYS[u.level]: name_in(u, self.language) for u in reversed(place.admin)}
        record = {
            "place_id": None if place.kind is PlaceKind.POINT else place_number(place.id),
            "licence": self._attribution([place]),
            "lat": f"{place.position.latitude:.7f}",
            "lon": f"{place.position.longitude:.7f}",
            "class" if params.format == "json" else "category": words.category,
            "type": words.type,
            "place_rank": words.rank,
            "importance": round(prominence(place), 4),
            "addresstype": words.address,
            "name": name_in(place, self.language),
            "display_name": self._label(place),
            "generalised_to_deg": place.generalised_to_deg,
            "address": {**address, **self._country(place)} if params.addressdetails else None,
            "extratags": {**tags, **_facts(place)} if params.extratags else None,
            "namedetails": self._names(place) if params.namedetails else None,
            "boundingbox": [f"{edge:.7f}" for edge in (south, north, west, east)],
            "geojson": shape.__geo_interface__ if params.polygon_geojson else None,
            "geotext": shape.wkt if params.polygon_text else None,
        }
        return {key: value for key, value in record.items() if value is not None}

    def _feature(self, place: Place, record: dict[str, Any]) -> dict[str, Any]:
        properties = {key: value for key, value in record.items() if key not in _MOVED}
        if self.params.format == "geocodejson":
            properties = {"geocoding": self._geocoding(place, record)}
        south, north, west, east = map(float, record["boundingbox"])
        point = {"type": "Point", "coordinates": [float(record["lon"]), float(record["lat"])]}
        shape = {"bbox": [west, south, east, north], "geometry": record.get("geojson", point)}
        return {"type": "Feature", "properties": properties, **shape}

    def _geocoding(self, place: Place, record: dict[str, Any]) -> dict[str, Any]:
        home, names = self._country(place), {u: name_in(u, self.language) for u in place.admin}
        geocoding = {
            **{_RENAMED.get(key, key): record[key] for key in _GEOCODING if key in record},
            "type": words_for(place).geocoding,
            "accuracy": round(place.uncertainty_m),
            "admin": {f"level{u.level + 3}": name for u, name in names.items()},
        }
        geocoding["admin"] |= {"level2": home["country"]} if home else {}
        if self.params.addressdetails:
            round_it = {_GEOCODING_KEYS[u.level]: n for u, n in names.items() if u.pcode != place.id}
            geocoding |= round_it | home
        return geocoding

    def _label(self, place: Place) -> str:
        parts = [name_in(place, self.language)]
        if place.kind is not PlaceKind.COUNTRY:
            parts += [name_in(u, self.language) for u in reversed(place.admin) if u.pcode != place.id]
            parts += list(self._country(place).values())[:1]
        # A town often has the name of its sub-district and district: once is enough.
        return ", ".join(next(same) for _, same in groupby(parts, key=str.casefold))

    def _country(self, place: Place) -> dict[str, str]:
        """Return what people call the country; the gazetteer's own name for it is formal."""
        name = country().name_ar if self.language == "ar" else country().name
        return {"country": name, "country_code": country().code.casefold()} if is_in_country(place) else {}

    def _names(self, place: Place) -> dict[str, str]:
        names = {"name": place.name, **({"name:ar": place.name_ar} if place.name_ar else {})}
        shown = set(names.values())
        for other in () if place.kind is PlaceKind.POINT else self.seen.gazetteer.spellings(place.id):
            if other.text not in shown:
                key = "alt_name" if other.language == "und" else f"alt_name:{other.language}"
                names[key] = f"{names[key]};{other.text}" if key in names else other.text
        return names

    def _attribution(self, places: Sequence[Place]) -> str:
        """Return what to quote; for a computed point, which names no source, all that may be behind it."""
        if all(place.sources for place in places):
            return " ".join(self.seen.quoted(places))
        return " ".join(dict.fromkeys(source.attribution for source in self.seen.info.sources))

    def _licence(self, places: Sequence[Place]) -> str:
        known = self.seen.info.sources
        used = [s.licence for s in known if any(not p.sources or s.id in p.sources for p in places)]
        return "; ".join(dict.fromkeys(used))


def _facts(place: Place) -> dict[str, str]:
    """Return what `extratags` say of a place. Nominatim's clients expect text, so numbers are text too."""
    facts = place_as_json(place)
    codes = {f"adm{unit.level}_pcode": unit.pcode for unit in place.admin}
    codes |= {"pcode": place.id} if pcode_kind(place.id) else {}
    codes |= {} if place.kind is PlaceKind.POINT else {"gazetteer_id": place.id}
    return {key: str(facts[key]) for key in _TAGS if facts.get(key) not in (None, "")} | codes
