"""Places in the Linked Places format, in which gazetteers are handed to each other.

It is GeoJSON-LD: a collection of features, each with its names and who attests them, its types in published
vocabularies, when it existed, where it is, and which records elsewhere are about the same place. This is
version 1.3 of https://github.com/LinkedPasts/linked-places-format. It asks of every feature for an ``@id``, a
title, a class of GeoNames (``fclasses``), a name with a citation, a time (``when``) and a geometry.

Most places of a gazetteer have no dates. Of these no more is said than is known: that they began at the
latest on the day of their source, or of the export where the source has none. None is said to exist still.

What is no part of the format stands in ``properties``: the P-codes, the radius, what the position stands for.
A place in the middle of a cell says so there, has the certainty "uncertain", and has no links, for the record
behind a link has its position.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from gazetteer.answers import cell_as_json
from gazetteer.country import country
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import GazetteerInfo
from gazetteer.store.schema import PlaceRecord
from gazetteer.values import Place, PositionBasis, Source

#: What the keys mean as linked data: the context that the format names.
CONTEXT: Final = (
    "https://raw.githubusercontent.com/LinkedPasts/linked-places/master/linkedplaces-context-v1.1.jsonld"
)
#: What an ``@id`` begins with where nobody has given the places addresses.
BASE: Final = "urn:conflict-gazetteer:"

#: Kinds in GeoNames' feature codes (https://www.geonames.org/export/codes.html) and, where it has them, in
#: the Getty's Art and Architecture Thesaurus, with the numbers and terms of the format's own list of types
#: (feature-types-AAT_20230609.tsv). A class alone, as "S", is a kind that GeoNames doesn't tell apart.
_TYPES: Final[Mapping[PlaceKind, tuple[str, str, int, str]]] = {
    PlaceKind.COUNTRY: ("A.PCLI", "independent political entity", 300387506, "country"),
    PlaceKind.GOVERNORATE: ("A.ADM1", "first-order administrative division", 300000774, "province"),
    PlaceKind.DISTRICT: ("A.ADM2", "second-order administrative division", 300000705, "district"),
    PlaceKind.SUBDISTRICT: (
        "A.ADM3", "third-order administrative division", 300232418, "administrative division",
    ),
    PlaceKind.SETTLEMENT: ("P.PPL", "populated place", 300008347, "inhabited place"),
    PlaceKind.CAMP: ("S.CMPRF", "refugee camp", 0, ""),
    PlaceKind.NEIGHBOURHOOD: ("P.PPLX", "section of populated place", 300000745, "neighborhood"),
    PlaceKind.HOSPITAL: ("S.HSP", "hospital", 0, ""),
    PlaceKind.CLINIC: ("S.HSPC", "clinic", 0, ""),
    PlaceKind.SCHOOL: ("S.SCH", "school", 0, ""),
    PlaceKind.MARKET: ("S.MKT", "market", 0, ""),
    PlaceKind.MOSQUE: ("S.MSQE", "mosque", 300007544, "mosque"),
    PlaceKind.BAKERY: ("S", "", 0, ""),
    PlaceKind.AIR_BASE: ("S.AIRB", "airbase", 0, ""),
    PlaceKind.AIRPORT: ("S.AIRP", "airport", 300000681, "airport"),
    PlaceKind.MILITARY_BASE: ("S.INSM", "military installation", 300000455, "military base"),
    PlaceKind.PRISON: ("S.PRN", "prison", 0, ""),
    PlaceKind.DAM: ("S.DAM", "dam", 300006084, "dam"),
    PlaceKind.BRIDGE: ("S.BDG", "bridge", 300007836, "bridge"),
    PlaceKind.POWER_PLANT: ("S.PS", "power station", 0, ""),
    PlaceKind.BORDER: ("A", "", 0, ""),
    PlaceKind.BORDER_CROSSING: ("S.PSTB", "border post", 0, ""),
    PlaceKind.OIL_FIELD: ("L.OILF", "oilfield", 300000401, "oil field"),
    PlaceKind.ROAD: ("R.RD", "road", 300008217, "road"),
    PlaceKind.RIVER: ("H.STM", "stream", 300008707, "river"),
    PlaceKind.LAKE: ("H.LK", "lake", 300008680, "lake"),
    PlaceKind.VALLEY: ("T.VAL", "valley", 300008761, "valley"),
    PlaceKind.REGION: ("L.RGN", "region", 300182722, "region (geographic)"),
    PlaceKind.MOUNTAIN: ("T.MT", "mountain", 300008795, "mountain"),
    PlaceKind.LANDMARK: ("S", "", 0, ""),
}  # fmt: skip

#: What an address of another's record is made of, by what its id begins with here. The context has "gn" for
#: GeoNames' ontology, so that its records are written out.
_RECORDS: Final = {
    "geonames:": "http://www.geonames.org/{}/",
    "wikidata:": "wd:{}",
    "osm:node/": "https://www.openstreetmap.org/node/{}",
    "osm:way/": "https://www.openstreetmap.org/way/{}",
    "osm:relation/": "https://www.openstreetmap.org/relation/{}",
}
#: How certain a geometry is, in the format's words, by what the position was taken from.
_CERTAINTY: Final[Mapping[PositionBasis, str]] = {
    "building": "certain",
    "quarter": "less-certain",
    "town": "less-certain",
    "area": "uncertain",
}

Json = dict[str, Any]


@dataclass(frozen=True)
class LinkedPlaces:
    """What is needed to write places of one gazetteer.

    Parameters
    ----------
    info
        What the gazetteer holds, with its sources.
    today
        The day of the export.
    base
        What the ``@id`` of a place begins with.
    """

    info: GazetteerInfo
    today: datetime.date
    base: str = BASE
    _sources: Mapping[str, Source] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sources", {source.id: source for source in self.info.sources})

    def feature(self, record: PlaceRecord) -> Json:
        """Return a place as a feature."""
        place = record.place
        found: Json = {
            "@id": self._uri(place.id),
            "type": "Feature",
            "properties": _properties(place),
            "when": {"timespans": [self._timespan(place)]},
            "names": self._names(record),
            "types": _types(place.kind),
            "geometry": _geometry(record),
        }
        if links := _links(record):
            found["links"] = links
        if relations := self._relations(place):
            found["relations"] = relations
        return found

    def _uri(self, place_id: str) -> str:
        return self.base + quote(place_id, safe=":/")

    def _timespan(self, place: Place) -> Json:
        """Return when a place existed, as far as is known: between its days, else begun by when it was known.

        A span without an end is, by the format, the one that its start describes.
        """
        dates = [self._sources[one].date for one in place.sources if one in self._sources]
        known = max(filter(None, dates), default=self.today.isoformat())
        first, last = place.valid_from, place.valid_to
        found: Json = {"start": {"in": first} if first else {"latest": min(known, last or known)}}
        if last or first:
            found["end"] = {"in": last} if last else {"earliest": first}
        return found

    def _names(self, record: PlaceRecord) -> list[Json]:
        """Return every spelling with its source, the display names first.

        A name that no spelling has, as where names are withheld, is cited from all sources of its place.
        """
        place, attested = record.place, {one.text: one for one in record.spellings}
        texts = dict.fromkeys(filter(None, (place.name, place.name_ar, *attested)))
        names = []
        for text in texts:
            spelling = attested.get(text)
            unsaid = "ar" if text == place.name_ar else "en"  # a withheld place is called by its kind
            language = spelling.language if spelling else unsaid
            cited = (spelling.source,) if spelling else place.sources
            named: Json = {"toponym": text, **({"lang": language} if language != "und" else {})}
            names.append(named | {"citations": [self._citation(one) for one in cited]})
        return names

    def _citation(self, source_id: str) -> Json:
        source = self._sources.get(source_id)
        if source is None:
            return {"label": source_id}
        year = {"year": int(source.date[:4])} if source.date[:4].isdecimal() else {}
        return {"label": source.title, **year, **({"@id": source.url} if source.url else {})}

    def _relations(self, place: Place) -> list[Json]:
        """Return the narrowest area that the place lies in, besides itself."""
        units = [unit for unit in place.admin if unit.pcode != place.id]
        if not units:
            return []
        unit = max(units, key=lambda one: one.level)
        part_of = f"part of {unit.name} ({unit.pcode})"
        uri = self._uri(unit.pcode)
        return [{"relationType": "gvp:broaderPartitive", "relationTo": uri, "label": part_of}]


def _properties(place: Place) -> Json:
    code, *_ = _TYPES[place.kind]
    codes = {f"adm{unit.level}_pcode": unit.pcode for unit in place.admin}
    # Of a place in no known area it isn't known either whether it lies beyond the border.
    within = place.admin or place.kind is PlaceKind.COUNTRY
    more = {"population": place.population, "position_basis": place.position_basis}
    return {
        "title": place.name,
        "id": place.id,
        **({"ccodes": [country().code]} if within else {}),
        "fclasses": [code[0]],
        "kind": place.kind.value,
        **codes,
        "uncertainty_m": round(place.uncertainty_m),
        **{name: value for name, value in more.items() if value},
        "sensitive": place.sensitive,
        **cell_as_json(place),
    }


def _types(kind: PlaceKind) -> list[Json]:
    """Return a kind in the thesaurus and in GeoNames' codes, in its own words in two languages too."""
    code, label, number, term = _TYPES[kind]
    own = [{"label": kind.value.replace("_", " "), "lang": "en"}, {"label": kind.name_ar, "lang": "ar"}]
    found = [{"identifier": f"aat:{number}", "label": term, "sourceLabels": own}] if number else []
    if label:
        found.append({"identifier": f"gn:{code}", "label": label, "sourceLabels": own})
    return found or [{"label": own[0]["label"], "sourceLabels": own}]


def _geometry(record: PlaceRecord) -> Json:
    """Return the point of a place, with its line or polygon where it is more than a point."""
    place = record.place
    hidden = place.generalised_to_deg is not None
    certainty = "uncertain" if hidden else _CERTAINTY.get(place.position_basis)
    at = [round(place.position.longitude, 6), round(place.position.latitude, 6)]
    point: Json = {"type": "Point", "coordinates": at, **({"certainty": certainty} if certainty else {})}
    if record.shape_wkb is None:
        return point
    import shapely

    return {
        "type": "GeometryCollection",
        "geometries": [point, shapely.from_wkb(record.shape_wkb).__geo_interface__],
    }


def _links(record: PlaceRecord) -> list[Json]:
    return [
        {"type": "closeMatch", "identifier": address.format(own.removeprefix(prefix))}
        for own in record.source_ids
        for prefix, address in _RECORDS.items()
        if own.startswith(prefix)
    ]
