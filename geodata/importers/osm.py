"""OpenStreetMap, as HOT exports it to HDX: what stands at a point. Lines are in ``osm_lines.py``.

Columns are OSM keys (``name``, ``name:en``, ``amenity``, ``healthcare``, ``shop``, ``place``) with ``osm_id``
and ``osm_type``; a shapefile turns the colon into an underscore and cuts names to ten characters. Which
columns each export has stands in HOT's ``osm_export_tool/mappings/HDX_v2.yml``.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gazetteer.kinds import PlaceKind
from gazetteer.names import fold
from gazetteer.names.words import kinds_in_words
from geodata.importers import Form, RawName, RawRecord, language_of
from geodata.readers import Layer, Row

# Tags that are a kind of ours (https://wiki.openstreetmap.org/wiki/Map_features). Of places of treatment
# pharmacies, dentists, laboratories and opticians are left out, of those of learning all but schools.
_TREATMENT: Final = {
    "hospital": PlaceKind.HOSPITAL,
    **dict.fromkeys(
        "clinic doctors doctor centre health_post birthing_centre dialysis".split(), PlaceKind.CLINIC
    ),
}
_KINDS: Final = {
    "amenity": {
        **_TREATMENT,
        "school": PlaceKind.SCHOOL,
        "marketplace": PlaceKind.MARKET,
        "prison": PlaceKind.PRISON,
    },
    "healthcare": _TREATMENT,
    "building": {"school": PlaceKind.SCHOOL, "mosque": PlaceKind.MOSQUE},
    "shop": {"bakery": PlaceKind.BAKERY},
    "man_made": {"bridge": PlaceKind.BRIDGE},
}
_PLACES: Final = {
    **dict.fromkeys("city town village hamlet isolated_dwelling".split(), PlaceKind.SETTLEMENT),
    **dict.fromkeys("suburb quarter neighbourhood".split(), PlaceKind.NEIGHBOURHOOD),
}
#: In the exports "nodes", "ways_line", "ways_poly", "relations".
_TYPES: Final = re.compile("node|way|relation")
#: A point in OSM is the building's, or a node put on it; the same as for "exact" curated ones.
_BUILDING_RADIUS_M: Final = 100.0
#: Columns of the points of interest alone, and those of places of learning beside "amenity".
_INTEREST: Final = frozenset(("shop", "tourism", "man_made"))


def _export_of(layer: Layer) -> str:
    """Return which export a layer is of, by its columns; "" for none with points."""
    have = set(layer.columns)
    if "osm_id" not in have or not have.isdisjoint(("highway", "waterway")):
        return ""
    if "place" in have:
        return "places"
    if "healthcare" in have:
        return "health"
    if "amenity" not in have:
        return ""
    return "interest" if have & _INTEREST else "education" if "building" in have else "health"


def _point(layer: Layer, row: Row) -> RawRecord | None:
    """Return what stands there, if it is a kind of ours; one without a name too, for distances."""
    kind = next((of[tag] for key, of in _KINDS.items() if (tag := row.text(key)) in of), None)
    if kind is None and row.text("amenity") == "place_of_worship" and _is_mosque(layer, row):
        kind = PlaceKind.MOSQUE
    return record_of(layer, row, kind, uncertainty_m=_BUILDING_RADIUS_M) if kind else None


def _is_mosque(layer: Layer, row: Row) -> bool:
    """Tell whether a place of worship is one: by its religion, or by a word of its name."""
    words = (tuple(fold(name.text).split()) for name in names_of(row, layer.columns))
    return row.text("religion") == "muslim" or any(PlaceKind.MOSQUE in kinds_in_words(one) for one in words)


def _place(layer: Layer, row: Row) -> RawRecord | None:
    """Return a named settlement or quarter."""
    kind = _PLACES.get(row.text("place"))
    return record_of(layer, row, kind) if kind and row.text("name").strip() else None


def record_of(layer: Layer, row: Row, kind: PlaceKind, *, uncertainty_m: float | None = None) -> RawRecord:
    """Return a feature as a place at a point of it."""
    shape = row.geometry
    point = None if shape is None or shape.is_empty else shape.representative_point()
    found = _TYPES.match(row.text("osm_type"))
    kept = found[0] if found else row.text("osm_type") or "object"
    people = row.text("population").replace(",", "").strip()
    return RawRecord(
        key=f"osm:{kept}/{row.text('osm_id').lstrip('-')}",
        kind=kind,
        names=tuple(names_of(row, layer.columns)),
        latitude=point.y if point is not None else None,
        longitude=point.x if point is not None else None,
        population=int(people) if people.isdecimal() and int(people) else None,
        uncertainty_m=uncertainty_m,
        position_basis="building" if kind.group == "facility" else "",
        sensitive=kind.sensitive,
        note=f"OpenStreetMap {kept} {row.text('osm_id')} (ODbL 1.0)",
    )


def names_of(row: Row, columns: Sequence[str]) -> Iterator[RawName]:
    """Yield the names of a feature, the English one first."""
    local = row.text("name").strip()
    coded = [(c, c[5:]) for c in columns if c.startswith(("name:", "name_")) and c[5:].isalpha()]
    # The English name leads where there is one: display names are Latin, the local one follows.
    for column, language in sorted(coded, key=lambda item: item[1] != "en"):
        if text := row.text(column).strip():
            yield RawName(text, language)
    if local:
        yield RawName(local, language_of(local))


def _form(source: str, title: str, export: str) -> Form:
    """Return the form of one export's layers."""
    record = _place if export == "places" else _point
    return Form(source, f"OpenStreetMap {title}", lambda layer: _export_of(layer) == export, record)


FORMS: Final = (
    _form("osm-health-facilities", "health facilities", "health"),
    _form("osm-populated-places", "populated places", "places"),
    _form("osm-education-facilities", "education facilities", "education"),
    _form("osm-points-of-interest", "points of interest", "interest"),
)
