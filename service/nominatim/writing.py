"""What was found, written in Nominatim's formats: a record of each place, and what each makes of that.

``json`` and ``jsonv2`` are a list of records; ``geojson`` has the same as properties; ``geocodejson`` follows
the GeocodeJSON specification 0.1.0 (github.com/geocoders/geocodejson-spec) as Nominatim nests it; ``xml`` has
attributes. It has no time stamp: the same question has the same answer.

`osm_type` and `osm_id` are left out, as Nominatim does for what isn't an object of OpenStreetMap. A computed
point has no `place_id` either. A generalised place always has `generalised_to_deg`, a field of our own.
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any, ClassVar, Final, Literal, Self, get_args
from xml.etree.ElementTree import Element, SubElement, tostring  # nosec B405 # XML is only written

from defusedxml.ElementTree import fromstring
from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

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
_MOVED: Final = ("licence", "lat", "lon", "boundingbox", "geojson")
_RENAMED: Final = {"category": "osm_key", "type": "osm_value", "display_name": "label", "extratags": "extra"}
_GEOCODING: Final = ("place_id", "name", "generalised_to_deg", *_RENAMED)
#: The attributes of XML that a record has, under the same name or another; and those of one in a list.
_ATTRIBUTES: Final = "place_id lat lon place_rank generalised_to_deg geotext svg geojson".split()
_LISTED: Final = "display_name category type importance".split()
_IN_XML: Final = {"svg": "geosvg", "category": "class"}
#: What no XML 1.0 may hold, not even escaped.
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Exactly so, because clients compare it: geopy, for one, takes every other error for a failure.
_NO_HIT: Final = "Unable to geocode"
#: The facts of a place that `extratags` say.
_TAGS: Final = "kind uncertainty_m population valid_from valid_to position_basis generalised_to_deg".split()
#: The shortest degree of latitude and the shortest of longitude at the equator on WGS 84, in metres; so a box
#: made with them is never too small.
_LATITUDE_M: Final = 110_574.0
_LONGITUDE_M: Final = 111_319.0


def entries(pattern: str) -> BeforeValidator:
    """Read a list with commas, in capitals, of which only the entries in a pattern count."""
    return BeforeValidator(lambda text: re.findall(rf"(?<![^,\s]){pattern}(?![^,\s])", text.upper()))


Format = Literal["json", "jsonv2", "geojson", "geocodejson", "xml"]
Layer = Literal["address", "poi", "railway", "natural", "manmade"]
Text = Annotated[str, Field(max_length=300)]
#: Only 0 is a no; "false" is a yes, as Nominatim has it.
Switch = Annotated[bool, BeforeValidator(lambda text: text != "0")]


class Common(Params):
    """What the routes share; an unknown parameter is ignored, as clients send those of other servers."""

    model_config = ConfigDict(extra="ignore")
    one: ClassVar[bool] = False  # whether a place is answered, and not a list of places

    format: str
    extratags: Switch = False
    namedetails: Switch = False
    addressdetails: Switch = False
    language: Text = Field(default="", alias="accept-language")
    layer: Annotated[
        tuple[Layer, ...], BeforeValidator(lambda text: re.findall(r"[^,\s]+", text.lower()))
    ] = get_args(Layer)
    polygon_geojson: Switch = False
    polygon_text: Switch = False
    polygon_kml: Switch = False
    polygon_svg: Switch = False
    polygon_threshold: Number = 0.0
    json_callback: Text = ""

    @property
    def drawn(self) -> list[str]:
        """The forms in which outlines were asked for; the formats of GeoJSON have only their own."""
        forms = ("geojson",) if self.format.startswith("geo") else _FORMS
        return [form for form in forms if getattr(self, f"polygon_{form}")]

    @model_validator(mode="before")
    @classmethod
    def _tidied(cls, given: dict[str, str]) -> dict[str, str]:
        """Leave out what is empty, save `q`; a "+" that was not encoded has come as a blank."""
        named = {"featureType" if name.lower() == "featuretype" else name: given[name] for name in given}
        return {name: value.strip() for name, value in named.items() if value.strip() or name == "q"}

    @model_validator(mode="after")
    def _checked(self) -> Self:
        names = self.json_callback.split(".") if self.json_callback and "json" in self.format else []
        if not all(map(str.isidentifier, names)):
            raise PydanticCustomError(
                "callback",
                "Invalid json_callback value",
                {"name": "json_callback"},
            )
        if len(self.drawn) > 1:
            name = f"polygon_{self.drawn[1]}"
            raise PydanticCustomError("polygon", "ask for one form of outlines, not several", {"name": name})
        return self


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


def _number(degrees: float) -> str:
    return f"{degrees:.7f}".rstrip("0").rstrip(".")


def _svg(shape: Any) -> str:
    """Return the attributes of a point, or a path in which "Z" closes each ring; y grows downwards."""
    if shape.geom_type == "Point":
        return f'cx="{_number(shape.x)}" cy="{_number(-shape.y)}"'
    polygons = getattr(shape, "geoms", [shape])
    rings = (ring.coords[:-1] for one in polygons for ring in (one.exterior, *one.interiors))
    paths = ([f"{_number(x)} {_number(-y)}" for x, y in ring] for ring in rings)
    return " ".join(f"M {start} L {' '.join(rest)} Z" for start, *rest in paths)


def _kml(shape: Any) -> str:
    if shape.geom_type == "MultiPolygon":
        return f"<MultiGeometry>{''.join(map(_kml, shape.geoms))}</MultiGeometry>"
    lines = [shape] if shape.geom_type == "Point" else [shape.exterior, *shape.interiors]
    pairs = (" ".join(f"{_number(x)},{_number(y)}" for x, y in line.coords) for line in lines)
    first, *more = (f"<coordinates>{positions}</coordinates>" for positions in pairs)
    if shape.geom_type == "Point":
        return f"<Point>{first}</Point>"
    sides = [("outer", first), *(("inner", hole) for hole in more)]
    rings = (f"<{side}BoundaryIs><LinearRing>{c}</LinearRing></{side}BoundaryIs>" for side, c in sides)
    return f"<Polygon>{''.join(rings)}</Polygon>"


#: By the ends of the parameters' names: the field, and what writes it.
_FORMS: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "text": ("geotext", lambda shape: shape.wkt.replace(" (", "(").replace(", ", ",")),
    "kml": ("geokml", _kml),
    "geojson": ("geojson", lambda shape: shape.__geo_interface__),
    "svg": ("svg", _svg),
}


def _as_json(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def body(found: Any) -> tuple[str, str]:
    """Return an answer or an error as text, with its media type."""
    if isinstance(found, str):
        return found, "text/plain; charset=utf-8"
    if isinstance(found, Element):
        text = _NOT_IN_XML.sub("", tostring(found, encoding="unicode"))
        return f'<?xml version="1.0" encoding="UTF-8" ?>\n{text}', "text/xml; charset=utf-8"
    return _as_json(found), "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes hits; GeocodeJSON repeats the `query` that they answer, and XML also what `more` there is."""

    seen: Seen
    params: Common
    language: Language
    query: str
    more: dict[str, str]

    def written(self, hits: Sequence[Hit]) -> Any:
        """Return hits in the format that was asked for, as what JSON is made of, or as XML."""
        records, places = [self._record(*hit) for hit in hits], [place for place, _ in hits]
        if self.params.format == "xml":
            return self._xml(places, records)
        if self.params.one and not records:
            return {"error": _NO_HIT}
        if self.params.format in ("json", "jsonv2"):
            return records[0] if self.params.one else records
        head: dict[str, Any] = {"licence": self._attribution(places)}
        if self.params.format == "geocodejson":
            head = {"version": "0.1.0", "attribution": head["licence"], "licence": self._licence(places)}
            head = {"geocoding": {**head, "query": self.query}}
        features = [self._feature(*pair) for pair in zip(places, records, strict=True)]
        return {"type": "FeatureCollection", **head, "features": features}

    def _record(self, place: Place, tags: dict[str, str]) -> dict[str, Any]:
        """Return one place as ``json`` and ``jsonv2`` have it; positions are text with 7 decimals."""
        from shapely import Point, from_wkb, orient_polygons

        words, params = words_for(place), self.params
        area = self.seen.gazetteer.outline(place.id) if place.kind.group == "admin" else None
        at = Point(place.position.longitude, place.position.latitude)
        shape: Any = at if area is None else orient_polygons(from_wkb(area))  # as RFC 7946 wants them
        west, south, east, north = box_round(place) if area is None else map(float, shape.bounds)
        if params.polygon_threshold > 0:
            shape = shape.simplify(params.polygon_threshold)
        if len(getattr(shape, "geoms", ())) == 1:
            [shape] = shape.geoms
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
            **{field: write(shape) for field, write in (_FORMS[form] for form in params.drawn)},
        }
        return {key: value for key, value in record.items() if value is not None}

    def _xml(self, places: Sequence[Place], records: Sequence[dict[str, Any]]) -> Element:
        """Return places as elements; the details of one that answers alone stand beside it."""
        one, quoted = self.params.one, self._attribution(places)
        head = {"attribution": quoted, "querystring": self.query, **self.more}
        root = Element("reversegeocode" if one else "searchresults", head)
        if one and not records:
            SubElement(root, "error").text = _NO_HIT
        for record in records:
            names = _ATTRIBUTES if one else [*_ATTRIBUTES, *_LISTED]
            given = {_IN_XML.get(name, name): record[name] for name in names if name in record}
            given |= {"ref": record["name"], "address_rank": record["place_rank"]}
            given["boundingbox"] = ",".join(record["boundingbox"])
            texts = {name: v if isinstance(v, str) else _as_json(v) for name, v in given.items()}
            made = home = SubElement(root, "result" if one else "place", texts)
            if one:
                made.text, home = record["display_name"], root
            if "geokml" in record:
                SubElement(home, "geokml").append(fromstring(record["geokml"]))
            if "address" in record:
                parts = SubElement(root, "addressparts") if one else made
                for name, text in record["address"].items():
                    SubElement(parts, name).text = text
            if "extratags" in record:
                tags = SubElement(home, "extratags")
                for name, text in record["extratags"].items():
                    SubElement(tags, "tag", key=name, value=text)
            if "namedetails" in record:
                spellings = SubElement(home, "namedetails")
                for name, text in record["namedetails"].items():
                    SubElement(spellings, "name", desc=name).text = text
        return root

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
