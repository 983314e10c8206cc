"""GeoJSON (RFC 7946): a feature a row.

Read, a feature's properties are the row, and its geometry a column after them. Written back, a feature keeps
its geometry, its id and whatever else it has; other tables become points at the position that the gazetteer
gives, and null where it gives none. A collection of such points says so in the member `gaz_geometry`, so
that nobody, and least of all this module, takes them for what the table brought.

A FeatureCollection may be larger than memory: its features are read one after the other.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from gazetteer.tables.formats.encodings import find_encoding
from gazetteer.tables.formats.json_lines import json_bytes, unlike
from gazetteer.tables.formats.json_stream import members_of
from gazetteer.tables.plan import Cells, Part, Plan, WriteOptions
from gazetteer.tables.table import (
    CHUNK_ROWS,
    Chunk,
    ReadOptions,
    Source,
    Table,
    check_header,
    refused,
)

__all__ = ["GeoJsonTable", "read", "write"]

#: Names of WGS 84 with longitude first in the member "crs", which older GeoJSON has (2008, section 3).
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")
#: The member of a collection whose geometries are the gazetteer's.
_OURS = "gaz_geometry"


class GeoJsonTable(Table):
    """A FeatureCollection.

    Parameters
    ----------
    source, columns, geometry
        See :class:`~gazetteer.tables.table.Table`.
    rows_counted
        How many features there are; opening has read through them.
    encoding
        As Python names it.
    members
        What the collection has besides its features and its type.
    """

    def __init__(
        self,
        source: Source,
        columns: Sequence[str],
        *,
        geometry: str | None,
        rows_counted: int,
        encoding: str,
        members: dict[str, Any],
    ) -> None:
        super().__init__(source, columns, geometry=geometry)
        self.members = members
        self._count = rows_counted
        self._encoding = encoding

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the features as rows, with the features as they are."""
        features = (value for name, value in members_of(self.source, self._encoding) if name is None)
        while block := list(islice(features, rows)):
            yield Chunk(self.columns, [self._row(feature) for feature in block], block)

    def _row(self, feature: dict[str, Any]) -> list[Any]:
        properties = feature.get("properties") or {}
        return [
            _shape(feature.get("geometry")) if name == self.geometry else properties.get(name)
            for name in self.columns
        ]

    def check(self) -> int:
        """Return how many features there are."""
        return self._count


def read(source: Source, options: ReadOptions) -> GeoJsonTable:
    """Open a FeatureCollection, and read through it for its properties.

    Raises
    ------
    TableError
        If it is no FeatureCollection, is broken off, or is not in WGS 84.
    """
    encoding, _ = find_encoding(source, options)
    columns: dict[str, None] = {}
    members: dict[str, Any] = {}
    count = 0
    for name, value in members_of(source, encoding, hook=unlike):
        if name is not None:
            members[name] = value
            continue
        count += 1
        _check_feature(source.name, count, value)
        columns |= dict.fromkeys(value.get("properties") or {})
    if members.pop("type", None) != "FeatureCollection":
        raise refused(f"{source.name} is no FeatureCollection of GeoJSON: put the features into one")
    if (crs := members.get("crs")) and not json.dumps(crs).rstrip('"}').endswith(_WGS84):
        raise refused(
            f"{source.name} is not in WGS 84 (its crs is {json.dumps(crs)}): convert it to EPSG:4326"
        )
    check_header(source.name, tuple(columns))
    geometry = None
    if _OURS not in members:
        geometry = "geometry"
        while geometry in columns:
            geometry = f"feature_{geometry}"
    return GeoJsonTable(
        source,
        tuple(columns) if geometry is None else (*columns, geometry),
        geometry=geometry,
        rows_counted=count,
        encoding=encoding,
        members=members,
    )


def _check_feature(name: str, number: int, feature: Any) -> None:
    properties = feature.get("properties") if isinstance(feature, dict) else 0
    if not isinstance(feature, dict) or not (properties is None or isinstance(properties, dict)):
        raise refused(f"{name}: feature {number} has no object of properties: correct it")
    from shapely.errors import ShapelyError

    try:
        _shape(feature.get("geometry"))
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError, ShapelyError) as error:
        raise refused(f"{name}: the geometry of feature {number} is none ({error}): correct it") from error


def _shape(geometry: dict[str, Any] | None) -> Any:
    from shapely.geometry import shape

    return None if geometry is None else shape(geometry)


def write(table: Table, plan: Plan, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield a FeatureCollection, a block for each part."""
    members = dict(table.members) if isinstance(table, GeoJsonTable) else {}
    if table.geometry not in plan.kept:
        members[_OURS] = "the points are gaz_longitude, gaz_latitude"
    yield json_bytes({"type": "FeatureCollection", **members})[:-1] + b', "features": ['
    between = b"\n"
    for part in parts:
        block = []
        for feature in _features(table, plan, part):
            block.append(between + json_bytes(feature))
            between = b",\n"
        yield b"".join(block)
    yield b"\n]}\n"


def _features(table: Table, plan: Plan, part: Part) -> Iterator[dict[str, Any]]:
    latitude, longitude = (plan.added_names.index(f"gaz_{axis}") for axis in ("latitude", "longitude"))

    def point(cells: Cells) -> dict[str, Any] | None:
        north, east = cells.values[latitude], cells.values[longitude]
        return None if north is None else {"type": "Point", "coordinates": [east, north]}

    if isinstance(table, GeoJsonTable):
        dropped = set(table.columns) - set(plan.kept)
        for feature, cells in zip(part.chunk.native, part.cells, strict=True):
            own = {k: v for k, v in (feature.get("properties") or {}).items() if k not in dropped}
            shape = {} if table.geometry else {"geometry": point(cells)}
            added = dict(zip(plan.added_names, cells.values, strict=True))
            yield {**feature, **shape, "properties": own | added}
        return
    shape_at = plan.kept.index(table.geometry) if table.geometry in plan.kept else None
    names = (*plan.kept, *plan.added_names)
    for row, cells in zip(plan.kept_rows(part.chunk), part.cells, strict=True):
        properties = dict(zip(names, (*row, *cells.values), strict=True))
        geometry = point(cells)
        if shape_at is not None:
            own_shape = properties.pop(names[shape_at])
            geometry = None if own_shape is None else own_shape.__geo_interface__
        yield {"type": "Feature", "geometry": geometry, "properties": properties}
