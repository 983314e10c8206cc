"""What was found, written in Nominatim's four formats.

``json`` and ``jsonv2`` are a list of records; ``geojson`` is a FeatureCollection of the same; ``geocodejson``
follows the GeocodeJSON specification 0.1.0 (github.com/geocoders/geocodejson-spec) as Nominatim nests it.

`osm_type` and `osm_id` are left out, as Nominatim does for what isn't an object of OpenStreetMap: nothing
here is one, and a made-up id would lead to another place. A computed point has no `place_id` either. A
generalised place has `generalised_to_deg`, a field of our own, whether or not `extratags` are asked for.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from gazetteer.answers import cell_as_json
from gazetteer.country import country, pcode_kind
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.values import AdminUnit, Place, prominence
from service.nominatim.params import ReverseParams, SearchParams
from service.nominatim.words import Language, country_in, name_in, place_number, words_for
from service.tiers import Seen

#: The keys of an address by the level of an area; GeocodeJSON calls the third otherwise.
_ADDRESS_KEYS: Final = {1: "state", 2: "county", 3: "municipality"}
_GEOCODING_KEYS: Final = {**_ADDRESS_KEYS, 3: "district"}
#: The shortest degree of latitude and the shortest of longitude at the equator on WGS 84, in metres; so a box
#: made with them is never too small.
_LATITUDE_M: Final = 110_574.0
_LONGITUDE_M: Final = 111_319.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that answers a question, the areas that it lies in, and how it was found."""

    place: Place
    admin: tuple[AdminUnit, ...]
    tags: Mapping[str, str]


def is_in_country(place: Place) -> bool:
    """Tell whether a place is known to lie in the country: a computed point only where areas hold it."""
    return place.kind is not PlaceKind.POINT or bool(place.admin)


def bounds(gazetteer: Lookups, place: Place) -> tuple[float, float, float, float]:
    """Return west, south, east and north in degrees, of the outline or of the circle of the radius.

    A circle over a pole or the antimeridian has a box round the whole globe.
    """
    if (shape := _outline(gazetteer, place)) is not None:
        west, south, east, north = map(float, shape.bounds)
        return west, south, east, north
    here, height = place.position, place.uncertainty_m / _LATITUDE_M
    south, north = max(-90.0, here.latitude - height), min(90.0, here.latitude + height)
    narrowest = math.cos(math.radians(max(abs(south), abs(north))))
    width = place.uncertainty_m / (_LONGITUDE_M * narrowest) if narrowest > 1e-9 else 360.0
    west, east = here.longitude - width, here.longitude + width
    return (west, south, east, north) if west >= -180 and east <= 180 else (-180.0, south, 180.0, north)


def _outline(gazetteer: Lookups, place: Place) -> Any:
    """Return the shapely outline of an area as it is kept for maps, or None."""
    from shapely import from_wkb

    shape = gazetteer.outline(place.id) if place.kind.group == "admin" else None
    return None if shape is None else from_wkb(shape)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes hits as plain JSON types; `query` is what was searched for, which GeocodeJSON repeats."""

    seen: Seen
    params: SearchParams | ReverseParams
    language: Language
    query: str

    def collection(self, hits: Sequence[Hit]) -> Any:
        """Return hits in the format that was asked for: a list, or a FeatureCollection."""
        if self.params.format in ("json", "jsonv2"):
            return [self._record(hit) for hit in hits]
        head: dict[str, Any] = {"licence": self._attribution(hits)}
        features = [self._feature(hit) for hit in hits]
        if self.params.format == "geocodejson":
            head = {"version": "0.1.0", "attribution": head["licence"], "licence": self._licence(hits)}
            head = {"geocoding": {**head, "query": self.query}}
        return {"type": "FeatureCollection", **head, "features": features}

    def _record(self, hit: Hit) -> dict[str, Any]:
        """Return one place as ``json`` and ``jsonv2`` have it; positions are text with 7 decimals."""
        place, (west, south, east, north) = hit.place, bounds(self.seen.gazetteer, hit.place)
        record = {
            **_number(place),
            "licence": self._attribution([hit]),
            "lat": f"{place.position.latitude:.7f}",
            "lon": f"{place.position.longitude:.7f}",
            **self._described(hit),
            "boundingbox": [f"{edge:.7f}" for edge in (south, north, west, east)],
        }
        if self.params.polygon_geojson:
            record["geojson"] = self._shape(place).__geo_interface__
        if self.params.polygon_text:
            record["geotext"] = self._shape(place).wkt
        return record

    def _feature(self, hit: Hit) -> dict[str, Any]:
        at = hit.place.position
        shape = {"type": "Point", "coordinates": [round(at.longitude, 7), round(at.latitude, 7)]}
        if self.params.polygon_geojson:
            shape = self._shape(hit.place).__geo_interface__
        if self.params.format == "geocodejson":
            properties = {"geocoding": self._geocoding(hit)}
            return {"type": "Feature", "properties": properties, "geometry": shape}
        box = [round(edge, 7) for edge in bounds(self.seen.gazetteer, hit.place)]
        return {"type": "Feature", "properties": self._described(hit), "bbox": box, "geometry": shape}

    def _described(self, hit: Hit) -> dict[str, Any]:
        """Return the fields that every format but GeocodeJSON has in the same words."""
        place, words = hit.place, words_for(hit.place)
        described: dict[str, Any] = {
            **_number(place),
            "class" if self.params.format == "json" else "category": words.category,
            "type": words.type,
            "place_rank": words.rank,
            "importance": round(prominence(place), 4),
            "addresstype": words.address,
            "name": name_in(place, self.language),
            "display_name": self._label(hit),
            **cell_as_json(place),
        }
        if self.params.addressdetails:
            address = {words.address: name_in(place, self.language)}
            for unit in reversed(hit.admin):
                address.setdefault(_ADDRESS_KEYS[unit.level], name_in(unit, self.language))
            described["address"] = address | self._country(place)
        if self.params.extratags:
            described["extratags"] = _tags(hit)
        if self.params.namedetails:
            described["namedetails"] = self._names(place)
        return described

    def _geocoding(self, hit: Hit) -> dict[str, Any]:
        place, words, home = hit.place, words_for(hit.place), self._country(hit.place)
        units = [(unit, name_in(unit, self.language)) for unit in hit.admin]
        geocoding: dict[str, Any] = {
            **_number(place),
            "osm_key": words.category,
            "osm_value": words.type,
            "type": words.geocoding,
            "accuracy": round(place.uncertainty_m),
            "label": self._label(hit),
            "name": name_in(place, self.language),
            **cell_as_json(place),
        }
        if self.params.addressdetails:
            geocoding |= {_GEOCODING_KEYS[unit.level]: name for unit, name in units if unit.pcode != place.id}
            geocoding |= home
        geocoding["admin"] = {"level2": home["country"]} if home else {}
        geocoding["admin"] |= {f"level{unit.level + 3}": name for unit, name in units}
        if self.params.extratags:
            geocoding["extra"] = _tags(hit)
        return geocoding

    def _label(self, hit: Hit) -> str:
        parts = [name_in(hit.place, self.language)]
        if hit.place.kind is not PlaceKind.COUNTRY:
            parts += [name_in(u, self.language) for u in reversed(hit.admin) if u.pcode != hit.place.id]
            parts += [country_in(self.language)] if is_in_country(hit.place) else []
        # A town often has the name of its sub-district and district: once is enough.
        return ", ".join(next(same) for _, same in groupby(parts, key=str.casefold))

    def _country(self, place: Place) -> dict[str, str]:
        if not is_in_country(place):
            return {}
        return {"country": country_in(self.language), "country_code": country().code.casefold()}

    def _names(self, place: Place) -> dict[str, str]:
        names = {"name": place.name, **({"name:ar": place.name_ar} if place.name_ar else {})}
        others: dict[str, list[str]] = {}
        is_point = place.kind is PlaceKind.POINT
        for spelling in () if is_point else self.seen.gazetteer.spellings(place.id):
            if spelling.text not in names.values():
                key = "alt_name" if spelling.language == "und" else f"alt_name:{spelling.language}"
                others.setdefault(key, []).append(spelling.text)
        return names | {key: ";".join(texts) for key, texts in others.items()}

    def _attribution(self, hits: Sequence[Hit]) -> str:
        """Return what to quote; for a computed point, which names no source, all that may be behind it."""
        places = [hit.place for hit in hits]
        if all(place.sources for place in places):
            return " ".join(self.seen.quoted(places))
        return " ".join(dict.fromkeys(source.attribution for source in self.seen.info.sources))

    def _licence(self, hits: Sequence[Hit]) -> str:
        of_places = [hit.place.sources for hit in hits]
        used = [s for s in self.seen.info.sources if any(not ids or s.id in ids for ids in of_places)]
        return "; ".join(dict.fromkeys(source.licence for source in used))

    def _shape(self, place: Place) -> Any:
        """Return the shapely geometry: the outline, simplified as far as was asked for, else the point."""
        from shapely import Point

        shape, tolerance = _outline(self.seen.gazetteer, place), self.params.polygon_threshold
        if shape is None:
            return Point(place.position.longitude, place.position.latitude)
        return shape.simplify(tolerance, preserve_topology=True) if tolerance else shape


def _tags(hit: Hit) -> dict[str, str]:
    """Return what `extratags` say. Nominatim's clients expect text, so numbers are text too."""
    place, cell = hit.place, hit.place.generalised_to_deg
    known = {
        "kind": place.kind.value,
        "uncertainty_m": f"{place.uncertainty_m:.0f}",
        "gazetteer_id": "" if place.kind is PlaceKind.POINT else place.id,  # a computed point has none
        "pcode": place.id if pcode_kind(place.id) else "",
        "population": "" if place.population is None else str(place.population),
        "valid_from": place.valid_from,
        "valid_to": place.valid_to,
        "generalised_to_deg": "" if cell is None else f"{cell:g}",
        **{f"adm{unit.level}_pcode": unit.pcode for unit in hit.admin},
    }
    return {**hit.tags, **{name: value for name, value in known.items() if value}}


def _number(place: Place) -> dict[str, int]:
    return {} if place.kind is PlaceKind.POINT else {"place_id": place_number(place.id)}
