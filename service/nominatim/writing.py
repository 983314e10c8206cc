"""What was found, written in Nominatim's four formats.

``json`` and ``jsonv2`` are a list of records; ``geojson`` is a FeatureCollection of the same; ``geocodejson``
follows the GeocodeJSON specification 0.1.0 (github.com/geocoders/geocodejson-spec) as Nominatim nests it.

`osm_type` and `osm_id` are left out, as Nominatim does for what isn't an object of OpenStreetMap: nothing
here is one, and a made-up id would lead to another place. A computed point has no `place_id` either. What was
generalised has `generalised_to_deg`, a field of our own, whether or not `extratags` are asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from gazetteer.answers import cell_as_json
from gazetteer.country import country
from gazetteer.kinds import PlaceKind
from gazetteer.values import Place, prominence
from service.nominatim.hits import Hit
from service.nominatim.ids import place_number
from service.nominatim.kinds import ADDRESS_KEYS, Words, words_for
from service.nominatim.languages import Language, country_in, name_in
from service.nominatim.params import ReverseParams, SearchParams
from service.nominatim.shapes import bounds, geometry
from service.state import State

__all__ = ["Writer"]

_ADMIN_KEYS = {1: "level4", 2: "level5", 3: "level6"}
_GEOCODEJSON_VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes hits as plain JSON types.

    Parameters
    ----------
    state
        The data, for attributions, outlines and spellings.
    params
        What the client asked for.
    language
        The language of names.
    query
        What was searched for, as GeocodeJSON repeats it.
    """

    state: State
    params: SearchParams | ReverseParams
    language: Language
    query: str

    def collection(self, hits: Sequence[Hit]) -> Any:
        """Return the answer to a search: a list, or a FeatureCollection."""
        match self.params.format:
            case "json" | "jsonv2":
                return [self.record(hit) for hit in hits]
            case "geojson":
                return {
                    "type": "FeatureCollection",
                    "licence": self._attribution([hit.place for hit in hits]),
                    "features": [self._feature(hit) for hit in hits],
                }
            case "geocodejson":
                places = [hit.place for hit in hits]
                return {
                    "type": "FeatureCollection",
                    "geocoding": {
                        "version": _GEOCODEJSON_VERSION,
                        "attribution": self._attribution(places),
                        "licence": self._licence(places),
                        "query": self.query,
                    },
                    "features": [self._geocoding_feature(hit) for hit in hits],
                }

    def single(self, hit: Hit) -> Any:
        """Return the answer to a position: one record, or a FeatureCollection of one."""
        return self.record(hit) if self.params.format in ("json", "jsonv2") else self.collection([hit])

    def record(self, hit: Hit) -> dict[str, Any]:
        """Return one place as ``json`` and ``jsonv2`` have it; positions are text with 7 decimals."""
        place, words = hit.place, words_for(hit.place)
        west, south, east, north = bounds(self.state.gazetteer, place)
        record = {
            **_number(place),
            "licence": self._attribution([place]),
            "lat": _degrees(place.position.latitude),
            "lon": _degrees(place.position.longitude),
            "class" if self.params.format == "json" else "category": words.category,
            **self._described(hit, words),
            "boundingbox": [_degrees(edge) for edge in (south, north, west, east)],
        }
        if self.params.polygon_geojson:
            record["geojson"] = self._shape(place).__geo_interface__
        if self.params.polygon_text:
            record["geotext"] = self._shape(place).wkt
        return record

    def _feature(self, hit: Hit) -> dict[str, Any]:
        words = words_for(hit.place)
        return {
            "type": "Feature",
            "properties": {
                **_number(hit.place),
                "category": words.category,
                **self._described(hit, words),
            },
            "bbox": [round(edge, 7) for edge in bounds(self.state.gazetteer, hit.place)],
            "geometry": self._geometry(hit.place),
        }

    def _geocoding_feature(self, hit: Hit) -> dict[str, Any]:
        place, words = hit.place, words_for(hit.place)
        units = {_ADMIN_KEYS[unit.level]: name_in(unit, self.language) for unit in hit.admin}
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
            known = {"state": 1, "county": 2, "district": 3}
            names = {unit.level: name_in(unit, self.language) for unit in hit.admin if unit.pcode != place.id}
            geocoding |= {key: names[level] for key, level in known.items() if level in names}
            geocoding |= {"country": country_in(self.language), "country_code": country().code.casefold()}
        geocoding["admin"] = {"level2": country_in(self.language), **units}
        if self.params.extratags:
            geocoding["extra"] = _tags(hit)
        return {
            "type": "Feature",
            "properties": {"geocoding": geocoding},
            "geometry": self._geometry(place),
        }

    def _described(self, hit: Hit, words: Words) -> dict[str, Any]:
        """Return what every format but GeocodeJSON says in the same words."""
        place = hit.place
        described: dict[str, Any] = {
            "type": words.type,
            "place_rank": words.rank,
            "importance": round(prominence(place), 4),
            "addresstype": words.address,
            "name": name_in(place, self.language),
            "display_name": self._label(hit),
            **cell_as_json(place),
        }
        if self.params.addressdetails:
            described["address"] = self._address(hit, words)
        if self.params.extratags:
            described["extratags"] = _tags(hit)
        if self.params.namedetails:
            described["namedetails"] = self._names(place)
        return described

    def _label(self, hit: Hit) -> str:
        parts = [name_in(hit.place, self.language)]
        if hit.place.kind is not PlaceKind.COUNTRY:
            parts += [name_in(u, self.language) for u in reversed(hit.admin) if u.pcode != hit.place.id]
            parts += self._country(hit).values()
        # A town often has the name of its sub-district and district: once is enough.
        return ", ".join(next(same) for _, same in groupby(parts, key=str.casefold))

    def _address(self, hit: Hit, words: Words) -> dict[str, str]:
        address = {words.address: name_in(hit.place, self.language)}
        for unit in reversed(hit.admin):
            address.setdefault(ADDRESS_KEYS[unit.level], name_in(unit, self.language))
        return {
            **address,
            **self._country(hit),
            **({"country_code": country().code.casefold()} if hit.is_in_country else {}),
        }

    def _country(self, hit: Hit) -> dict[str, str]:
        return {"country": country_in(self.language)} if hit.is_in_country else {}

    def _names(self, place: Place) -> dict[str, str]:
        names = {"name": place.name, **({"name:ar": place.name_ar} if place.name_ar else {})}
        others: dict[str, list[str]] = {}
        if place.kind is not PlaceKind.POINT:
            for spelling in self.state.gazetteer.spellings(place.id):
                if spelling.text not in names.values():
                    key = "alt_name" if spelling.language == "und" else f"alt_name:{spelling.language}"
                    others.setdefault(key, []).append(spelling.text)
        return names | {key: ";".join(texts) for key, texts in others.items()}

    def _attribution(self, places: Sequence[Place]) -> str:
        """Return what to quote; a computed point names no source, so all that may be behind it are quoted."""
        lines = self.state.attribution(places)
        if any(not place.sources for place in places):
            lines = list(dict.fromkeys(source.attribution for source in self.state.info.sources))
        return " ".join(lines)

    def _licence(self, places: Sequence[Place]) -> str:
        ids = {source for place in places for source in place.sources}
        everything = any(not place.sources for place in places)
        used = [source for source in self.state.info.sources if everything or source.id in ids]
        return "; ".join(dict.fromkeys(source.licence for source in used))

    def _geometry(self, place: Place) -> Any:
        if self.params.polygon_geojson:
            return self._shape(place).__geo_interface__
        return {
            "type": "Point",
            "coordinates": [round(place.position.longitude, 7), round(place.position.latitude, 7)],
        }

    def _shape(self, place: Place) -> Any:
        return geometry(self.state.gazetteer, place, tolerance_deg=self.params.polygon_threshold)


def _tags(hit: Hit) -> dict[str, str]:
    return {**hit.tags, **{f"adm{unit.level}_pcode": unit.pcode for unit in hit.admin}}


def _number(place: Place) -> dict[str, int]:
    return {} if place.kind is PlaceKind.POINT else {"place_id": place_number(place.id)}


def _degrees(value: float) -> str:
    return f"{value:.7f}"
