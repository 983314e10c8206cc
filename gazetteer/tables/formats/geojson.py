"""GeoJSON (RFC 7946): a feature a row.

A FeatureCollection is read, a single Feature, or a sequence of features, one a line or each after the mark of
RFC 8142. A feature's properties are the row, and its geometry a column after them. Written back, a feature
keeps all that it has; rows of other tables get their own shape, or the added point. Where geometries are
added points, a member of the collection says so, so that they aren't read back as the table's own. A
collection may be larger than memory.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from gazetteer.tables.formats.encodings import find_encoding
from gazetteer.tables.formats.jsonl import JsonReader, json_bytes, json_reader
from gazetteer.tables.formats.types import back, is_wgs84, to_wgs84
from gazetteer.tables.layout import Change, Layout, Part, Point, WriteOptions
from gazetteer.tables.table import (
    CHUNK_ROWS,
    Aside,
    Chunk,
    ReadOptions,
    Source,
    Table,
    as_text,
    check_header,
    check_rows,
    free_name,
    refused,
)

#: The member of a collection that names the column of added points, which its geometries are.
_ADDED = "added_points"
#: The members of a feature that are its row.
_FEATURE = frozenset({"type", "properties", "geometry"})


@dataclass(kw_only=True, eq=False)
class _GeoJsonTable(Table):
    written_as = "geojson"
    encoding: str
    members: dict[str, Any]  # of the collection, beside the features
    own: bool  # whether the features bring shapes

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        names = [name for name in self.columns if name != self.geometry]
        projection = to_wgs84(crs_of(self.members)) if self.geometry else None
        with json_reader(self.source, self.encoding) as reader:
            features = (value for name, value in _features(reader) if name is None)
            while block := list(islice(features, rows)):
                properties = [one.get("properties") or {} for one in block]
                values = [[one.get(name) for name in names] for one in properties]
                if projection:
                    shapes = projection([_shape(one.get("geometry")) for one in block])
                    values = [[*row, shape] for row, shape in zip(values, shapes, strict=True)]
                yield Chunk(self.columns, values, block)

    def asides(self) -> Iterator[Aside]:
        """Yield the members of the collection and of the features, ids too."""
        for name, value in self.members.items():
            yield Aside(f"member {name}", as_text(value))
        with json_reader(self.source, self.encoding) as reader:
            features = (value for name, value in _features(reader) if name is None)
            for number, feature in enumerate(features, start=1):
                for name in feature.keys() - _FEATURE:
                    yield Aside(f"member {name}", as_text(feature[name]), number)


def read(source: Source, options: ReadOptions) -> _GeoJsonTable:
    """Open features, and read through them for their properties."""
    encoding, _ = find_encoding(source, options)
    columns: dict[str, None] = {}
    members: dict[str, Any] = {}
    count, own = 0, False
    with json_reader(source, encoding, strict=True) as reader:
        for name, value in _features(reader):
            if name is not None:
                members[name] = value
                continue
            count += 1
            check_rows(count, options.row_limit, source.name)
            _check_feature(source.name, count, value)
            columns |= dict.fromkeys(value.get("properties") or {})
            own = own or value.get("geometry") is not None
    if members.pop("type", "FeatureCollection" if count else "") != "FeatureCollection":
        raise refused(f"{source.name} is no FeatureCollection of GeoJSON: put the features into one")
    names = tuple(columns)
    check_header(source.name, names)
    own = (own or not names) and (options.added or _ADDED not in members)
    geometry: str | None = None
    notes: tuple[str, ...] = ()
    if own and to_wgs84(crs_of(members)) is None:
        notes = (f"the shapes have an unknown reference system ({crs_of(members)}): no position was read",)
    elif own:
        geometry = free_name("geometry", names, "feature_")
    if not names and geometry is None:
        raise refused(f"{source.name} has no feature with properties, so there are no columns in it")
    return _GeoJsonTable(
        source=source,
        columns=names if geometry is None else (*names, geometry),
        notes=notes,
        geometry=geometry,
        counted=count,
        encoding=encoding,
        members=members,
        own=own,
    )


def _features(reader: JsonReader) -> Iterator[tuple[str | None, Any]]:
    """Yield the members of a collection by name, and features under None."""
    while reader.peek():
        members: dict[str, Any] = {}
        for name, value in reader.members("features"):
            if name is None:
                yield None, value
            elif name in members:
                raise ValueError(f"the key {name!r} comes twice")
            else:
                members[name] = value
        if members.get("type") == "Feature":
            yield None, members
        else:
            yield from members.items()
            if reader.peek():
                raise ValueError("something follows the object")


def _check_feature(name: str, number: int, feature: Any) -> None:
    from shapely.errors import ShapelyError

    properties = feature.get("properties") if isinstance(feature, dict) else 0
    if not (properties is None or isinstance(properties, dict)):
        raise refused(f"{name}: feature {number} has no object of properties: correct it")
    for part in (feature, feature.get("geometry")):
        if isinstance(part, dict) and not is_wgs84(crs := crs_of(part)):
            raise refused(
                f"{name}: feature {number} has a crs of its own, {crs}: name one for the collection"
            )
    try:
        _shape(feature.get("geometry"))
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError, ShapelyError) as error:
        raise refused(
            f"{name}: the geometry of feature {number} can't be read ({error}): correct it"
        ) from error


def _shape(geometry: dict[str, Any] | None) -> Any:
    from shapely.geometry import shape

    return None if geometry is None else shape(geometry)


def crs_of(members: dict[str, Any]) -> str:
    """Return the reference system; older GeoJSON may name another than WGS 84 (2008, section 3)."""
    match members.get("crs"):
        case None:
            return "OGC:CRS84"
        case {"properties": {"name": str() as name}}:
            return name
        case other:
            return json.dumps(other)


def write(table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield a FeatureCollection, a block for each part."""
    members: dict[str, Any] = {}
    shapes = table.geometry if table.geometry in layout.kept else None
    if isinstance(table, _GeoJsonTable):
        if table.own and table.geometry is None:
            shapes = "geometry"  # features keep it even if it can't be read
        keeps = {*table.members} if options.whole else {"crs"}  # the rest may be about all features
        keeps -= {_ADDED} if shapes else {_ADDED, "crs"}
        members = {name: value for name, value in table.members.items() if name in keeps}
    if shapes is None and layout.point is not None:
        members[_ADDED] = layout.point
    yield json_bytes({"type": "FeatureCollection", **members, **options.members})[:-1] + b', "features": ['
    between = b"\n"
    for part in parts:
        block = []
        for feature in _written(table, layout, part, shapes):
            block.append(between + json_bytes(feature))
            between = b",\n"
        yield b"".join(block)
    yield b"\n]}\n"


def _written(table: Table, layout: Layout, part: Part, shapes: str | None) -> Iterator[dict[str, Any]]:
    """Yield the features of a part; `shapes` is the column of the table's own."""
    if isinstance(table, _GeoJsonTable):
        dropped = set(table.columns) - set(layout.kept)
        names = [column.name for column in layout.cells]
        for feature, (cells, point) in zip(part.chunk.native, layout.split(part.added), strict=True):
            own = {k: v for k, v in (feature.get("properties") or {}).items() if k not in dropped}
            about = feature
            if not shapes:
                about = {k: v for k, v in feature.items() if k != "bbox"} | {"geometry": _point(point)}
            yield {**about, "properties": own | dict(zip(names, cells, strict=True))}
        return
    for values, point in layout.rows(part):
        properties = dict(zip(layout.names, values, strict=True))
        geometry = _point(point)
        if shapes is not None:
            shape = properties.pop(shapes)
            geometry = None if shape is None else shape.__geo_interface__
        yield {"type": "Feature", "geometry": geometry, "properties": properties}


def change(table: _GeoJsonTable, change: Change) -> Iterator[bytes]:
    """Yield the features with some of their values changed; ids and other members stay."""
    crs, new = crs_of(table.members), change.of(table)
    members = {name: _mended(value, change) for name, value in table.members.items()}
    head = json_bytes({"type": "FeatureCollection", **members})[:-1] + b', "features": ['
    return chain([head], _changed(table, change, crs, new), [b"\n]}\n"])


def _changed(
    table: _GeoJsonTable, change: Change, crs: str, new: Mapping[int, Mapping[str, Any]]
) -> Iterator[bytes]:
    with json_reader(table.source, table.encoding) as reader:
        features = (value for name, value in _features(reader) if name is None)
        for number, feature in enumerate(features, start=1):
            own = {
                name: value
                for name, old in feature.items()
                if (value := old if name in _FEATURE else _mended(old, change)) != "" or old == ""
            }
            changed: dict[str, Any] = dict(new.get(number, {}))
            if table.geometry in changed:
                own["geometry"] = back(changed.pop(table.geometry), crs).__geo_interface__
                own.pop("bbox", None)
            if changed:
                own["properties"] = (own.get("properties") or {}) | changed
            yield (b",\n" if number > 1 else b"\n") + json_bytes(own)


def _mended(value: Any, change: Change) -> Any:
    """Return a member as it may stay; one that may not is a text then."""
    text = as_text(value)
    return value if (mended := change.mend(text)) == text else mended


def _point(point: Point) -> dict[str, Any] | None:
    return None if point is None else {"type": "Point", "coordinates": list(point)}
