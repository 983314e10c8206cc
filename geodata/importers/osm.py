"""OpenStreetMap, as HOT exports it to HDX: health facilities and populated places.

Columns are OSM keys (``name``, ``name:en``, ``amenity``, ``healthcare``, ``place``) with ``osm_id`` and
``osm_type``; a shapefile turns the colon into an underscore and cuts names to ten characters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gazetteer.kinds import PlaceKind
from geodata.default_facts import language_of
from geodata.importers.layers import Layer, Row
from geodata.importers.records import Origin, RawName, RawRecord

__all__ = ["HealthFacilities", "PopulatedPlaces"]

HEALTH_SOURCE: Final = "osm-health-facilities"
PLACES_SOURCE: Final = "osm-populated-places"
# Values of amenity and healthcare (https://wiki.openstreetmap.org/wiki/Key:healthcare) that are places of
# treatment. Pharmacies, dentists, laboratories and opticians are left out.
_HEALTH: Final = {
    "hospital": PlaceKind.HOSPITAL,
    "clinic": PlaceKind.CLINIC,
    "doctors": PlaceKind.CLINIC,
    "doctor": PlaceKind.CLINIC,
    "centre": PlaceKind.CLINIC,
    "health_post": PlaceKind.CLINIC,
    "birthing_centre": PlaceKind.CLINIC,
    "dialysis": PlaceKind.CLINIC,
}
_PLACES: Final = {
    **dict.fromkeys("city town village hamlet isolated_dwelling".split(), PlaceKind.SETTLEMENT),
    **dict.fromkeys("suburb quarter neighbourhood".split(), PlaceKind.NEIGHBOURHOOD),
}
_TYPES: Final = {
    "nodes": "node",
    "ways": "way",
    "ways_line": "way",
    "ways_poly": "way",
    "relations": "relation",
}
#: A facility's point in OSM is the building's, or a node put on it; the same as for "exact" curated ones.
_FACILITY_RADIUS_M: Final = 100.0


@dataclass(frozen=True, slots=True)
class HealthFacilities:
    """Layers with ``osm_id`` and ``healthcare`` or ``amenity``."""

    name: str = "OpenStreetMap health facilities"
    source: str = HEALTH_SOURCE

    def recognises(self, layer: Layer) -> bool:
        """Tell whether the layer has OSM objects with a kind of health facility."""
        have = set(layer.columns)
        return "osm_id" in have and "place" not in have and bool(have & {"healthcare", "amenity"})

    def dated(self, layer: Layer) -> str:
        """Return nothing: the export carries no date."""
        return ""

    def records(self, layer: Layer) -> Iterator[RawRecord]:
        """Yield the hospitals and clinics; those without a name too, for distances."""
        for row in layer.rows():
            kind = _HEALTH.get(row.text("amenity")) or _HEALTH.get(row.text("healthcare"))
            if kind is not None:
                yield _record(self.source, layer, row, kind, uncertainty_m=_FACILITY_RADIUS_M)


@dataclass(frozen=True, slots=True)
class PopulatedPlaces:
    """Layers with ``osm_id`` and ``place``."""

    name: str = "OpenStreetMap populated places"
    source: str = PLACES_SOURCE

    def recognises(self, layer: Layer) -> bool:
        """Tell whether the layer has OSM objects with a kind of populated place."""
        return {"osm_id", "place"} <= set(layer.columns)

    def dated(self, layer: Layer) -> str:
        """Return nothing: the export carries no date."""
        return ""

    def records(self, layer: Layer) -> Iterator[RawRecord]:
        """Yield the named settlements and quarters."""
        for row in layer.rows():
            kind = _PLACES.get(row.text("place"))
            if kind is not None and row.text("name").strip():
                yield _record(self.source, layer, row, kind)


def _record(
    source: str,
    layer: Layer,
    row: Row,
    kind: PlaceKind,
    *,
    uncertainty_m: float | None = None,
) -> RawRecord:
    point = (
        row.geometry.representative_point()
        if row.geometry is not None and not row.geometry.is_empty
        else None
    )
    kept = _TYPES.get(row.text("osm_type"), row.text("osm_type") or "object")
    people = row.text("population").replace(",", "").strip()
    return RawRecord(
        key=f"osm:{kept}/{row.text('osm_id').lstrip('-')}",
        kind=kind,
        names=tuple(_names(row, layer.columns)),
        origin=Origin(source, layer.shown, row.number),
        latitude=point.y if point is not None else None,
        longitude=point.x if point is not None else None,
        population=int(people) if people.isdecimal() and int(people) else None,
        uncertainty_m=uncertainty_m,
        sensitive=kind.sensitive,
        note=f"OpenStreetMap {kept} {row.text('osm_id')} (ODbL 1.0)",
    )


def _names(row: Row, columns: Sequence[str]) -> Iterator[RawName]:
    local = row.text("name").strip()
    coded = [(c, c[5:]) for c in columns if c.startswith(("name:", "name_")) and c[5:].isalpha()]
    # The English name leads where there is one: display names are Latin, the local one follows.
    for column, language in sorted(coded, key=lambda item: item[1] != "en"):
        if text := row.text(column).strip():
            yield RawName(text, language)
    if local:
        yield RawName(local, language_of(local))
