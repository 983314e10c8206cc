"""OpenStreetMap, as HOT exports it to HDX: health facilities and populated places.

Columns are OSM keys (``name``, ``name:en``, ``amenity``, ``healthcare``, ``place``) with ``osm_id`` and
``osm_type``; a shapefile turns the colon into an underscore and cuts names to ten characters.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gazetteer.kinds import PlaceKind
from geodata.importers import Form, RawName, RawRecord, language_of
from geodata.readers import Layer, Row

# Values of amenity and healthcare (https://wiki.openstreetmap.org/wiki/Key:healthcare) that are places of
# treatment. Pharmacies, dentists, laboratories and opticians are left out.
_HEALTH: Final = {
    "hospital": PlaceKind.HOSPITAL,
    **dict.fromkeys(
        "clinic doctors doctor centre health_post birthing_centre dialysis".split(), PlaceKind.CLINIC
    ),
}
_PLACES: Final = {
    **dict.fromkeys("city town village hamlet isolated_dwelling".split(), PlaceKind.SETTLEMENT),
    **dict.fromkeys("suburb quarter neighbourhood".split(), PlaceKind.NEIGHBOURHOOD),
}
#: In the exports "nodes", "ways_line", "ways_poly", "relations".
_TYPES: Final = re.compile("node|way|relation")
#: A facility's point in OSM is the building's, or a node put on it; the same as for "exact" curated ones.
_FACILITY_RADIUS_M: Final = 100.0


def _is_health(layer: Layer) -> bool:
    have = set(layer.columns)
    return "osm_id" in have and "place" not in have and bool(have & {"healthcare", "amenity"})


def _health(layer: Layer, row: Row) -> RawRecord | None:
    """Return a hospital or clinic; one without a name too, for distances."""
    kind = _HEALTH.get(row.text("amenity")) or _HEALTH.get(row.text("healthcare"))
    return _record(layer, row, kind, uncertainty_m=_FACILITY_RADIUS_M) if kind else None


def _is_places(layer: Layer) -> bool:
    return {"osm_id", "place"} <= set(layer.columns)


def _place(layer: Layer, row: Row) -> RawRecord | None:
    """Return a named settlement or quarter."""
    kind = _PLACES.get(row.text("place"))
    return _record(layer, row, kind) if kind and row.text("name").strip() else None


def _record(layer: Layer, row: Row, kind: PlaceKind, *, uncertainty_m: float | None = None) -> RawRecord:
    shape = row.geometry
    point = None if shape is None or shape.is_empty else shape.representative_point()
    found = _TYPES.match(row.text("osm_type"))
    kept = found[0] if found else row.text("osm_type") or "object"
    people = row.text("population").replace(",", "").strip()
    return RawRecord(
        key=f"osm:{kept}/{row.text('osm_id').lstrip('-')}",
        kind=kind,
        names=tuple(_names(row, layer.columns)),
        latitude=point.y if point is not None else None,
        longitude=point.x if point is not None else None,
        population=int(people) if people.isdecimal() and int(people) else None,
        uncertainty_m=uncertainty_m,
        position_basis="building" if kind.group == "facility" else "",
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


FORMS: Final = (
    Form("osm-health-facilities", "OpenStreetMap health facilities", _is_health, _health),
    Form("osm-populated-places", "OpenStreetMap populated places", _is_places, _place),
)
