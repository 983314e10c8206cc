"""Parquet: read row group by row group, written as GeoParquet 1.1.

Parquet that was read keeps its columns as they are, even nested ones and shapes in any reference system. From
other formats a column has the common type of its cells. An added column of points is the primary geometry
unless the table has its own, and is marked in the metadata (GeoParquet specification 1.1.0, "File metadata"
and "Column metadata").
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gazetteer.errors import TableError
from gazetteer.tables.formats.types import (
    Bounds,
    Kind,
    Sink,
    as_kind,
    as_shapes,
    as_wkb,
    back,
    kinds_of,
    read_wkb,
    to_wgs84,
)
from gazetteer.tables.layout import Change, Layout, Part, WriteOptions
from gazetteer.tables.table import (
    CHUNK_ROWS,
    Aside,
    Chunk,
    ReadOptions,
    Source,
    Table,
    check_header,
    refused,
)

if TYPE_CHECKING:
    import pyarrow as pa

#: The metadata that programs write of the columns.
_ARROW = frozenset({b"ARROW:schema", b"pandas"})
#: The member of our own in the metadata of an added column.
_ADDED = "added"


class _ParquetChunk(Chunk):
    """Rows in columns, which become Python values on demand."""

    def __init__(self, batch: "pa.RecordBatch", geometry: str | None, crs: object) -> None:
        super().__init__(tuple(batch.schema.names), ())
        self.batch = batch
        self._geometry = geometry
        self._crs = crs

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        return list(zip(*(self.values(name) for name in self.columns), strict=True))

    def values(self, column: str) -> list[Any]:
        values: list[Any] = self.batch.column(self.columns.index(column)).to_pylist()
        if column != self._geometry:
            return values
        projection = to_wgs84(self._crs)
        assert projection is not None  # or the column would be no geometry
        try:
            return projection(read_wkb(values))
        except ValueError as error:
            raise refused(f"a shape in the column {column} can't be read ({error}): repair it") from error

    def take(self, places: Sequence[int]) -> "_ParquetChunk":
        import pyarrow as pa

        numbers = pa.array(places, type=pa.int64())  # which no rows at all don't tell
        return _ParquetChunk(self.batch.take(numbers), self._geometry, self._crs)


@dataclass(kw_only=True, eq=False)
class _ParquetTable(Table):
    written_as = "parquet"
    schema: "pa.Schema"
    geo: dict[str, Any]  # the GeoParquet metadata, empty without

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        crs = _crs(self.geo, self.geometry)
        with self.source.open() as file:
            try:
                for batch in pq.ParquetFile(file).iter_batches(rows, use_threads=False):
                    batch.validate(full=True)  # or bytes that are no UTF-8 would be found only later
                    yield _ParquetChunk(batch.select(list(self.columns)), self.geometry, crs)
            except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                raise refused(_damaged(self.source.name, error)) from error

    def asides(self) -> Iterator[Aside]:
        """Yield the metadata but for what programs write of the columns."""
        for key, value in (self.schema.metadata or {}).items():
            if key not in _ARROW and key != b"geo":
                yield Aside(f"metadata {key.decode('utf-8', 'replace')}", value.decode("utf-8", "replace"))


def read(source: Source, options: ReadOptions) -> _ParquetTable:
    """Open a Parquet file."""
    pa, pq = _pyarrow()
    with source.open() as file:
        try:
            opened = pq.ParquetFile(file)
            schema, geo = opened.schema_arrow, _geo_of(opened.metadata.metadata or {})
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise refused(_damaged(source.name, error)) from error
    check_header(source.name, schema.names)
    columns = [name for name in schema.names if options.added or not _column(geo, name).get(_ADDED)]
    geometry = geo.get("primary_column")
    notes: tuple[str, ...] = ()
    if not isinstance(geometry, str) or geometry not in columns:
        geometry = None
    elif _column(geo, geometry).get("encoding") != "WKB" or to_wgs84(_crs(geo, geometry)) is None:
        notes = (f"the shapes in {geometry} have an unknown reference system or form: no position was read",)
        geometry = None
    return _ParquetTable(
        source=source, columns=tuple(columns), notes=notes, geometry=geometry, schema=schema, geo=geo
    )


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise TableError(
            "Parquet needs the package pyarrow: install it with pip install 'conflict-gazetteer[parquet]'"
        ) from error
    return pyarrow, pyarrow.parquet


def _damaged(name: str, error: BaseException) -> str:
    return f"{name} is a damaged Parquet file or broken off ({' '.join(str(error).split())}): fetch it again"


def _geo_of(metadata: dict[bytes, bytes]) -> dict[str, Any]:
    try:
        geo = json.loads(metadata.get(b"geo", b"{}"))
    except (ValueError, RecursionError):
        return {}
    return geo if isinstance(geo, dict) and isinstance(geo.get("columns"), dict) else {}


def _column(geo: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the metadata of a column; empty without."""
    found = geo.get("columns", {}).get(name)
    return found if isinstance(found, dict) else {}


def _crs(geo: dict[str, Any], name: str | None) -> object:
    """Return the reference system of a column: WGS 84 by default, null is unknown."""
    return _column(geo, name or "").get("crs", "OGC:CRS84")


def write(table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield a Parquet file, a row group for each part."""
    pa, pq = _pyarrow()
    kinds = () if isinstance(table, _ParquetTable) else kinds_of(table, layout)
    schema = _schema(table, layout, kinds)
    sink, bounds = Sink(), Bounds()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema) as writer:
        for part in parts:
            columns = [*_kept_columns(part.chunk, layout, kinds), *_added_columns(part, layout, bounds)]
            arrays = [
                values if isinstance(values, pa.Array) else pa.array(values, field.type)
                for values, field in zip(columns, schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            if data := sink.taken():
                yield data
        if geo := _geo(table, layout, kinds, bounds):
            writer.add_key_value_metadata({"geo": json.dumps(geo)})
    yield sink.taken()


def change(table: _ParquetTable, change: Change) -> Iterator[bytes]:
    """Yield the file with some values changed; its types and its metadata stay."""
    pa, pq = _pyarrow()
    new, crs = change.of(table), _crs(table.geo, table.geometry)
    fields = [table.schema.field(name) for name in table.columns]
    fields += [pa.field(change.added, pa.float64())] if change.added else []
    metadata = {key: _mended(key, value, change) for key, value in (table.schema.metadata or {}).items()}
    schema, sink, number = pa.schema(fields, metadata), Sink(), 0
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema) as writer:
        for chunk in table.chunks():
            assert isinstance(chunk, _ParquetChunk)
            lot = {n: new[number + n + 1] for n in range(len(chunk)) if number + n + 1 in new}
            number += len(chunk)
            arrays = []
            for field in schema:
                is_new = field.name not in chunk.columns
                values = pa.nulls(len(chunk), field.type) if is_new else chunk.batch.column(field.name)
                changed = {n: cells[field.name] for n, cells in lot.items() if field.name in cells}
                if field.name == table.geometry:
                    changed = {n: as_wkb([back(shape, crs)])[0] for n, shape in changed.items()}
                arrays.append(_with(values, changed) if changed else values)
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            if data := sink.taken():
                yield data
    yield sink.taken()


def _with(values: Any, changed: Mapping[int, Any]) -> Any:
    """Return an array with some values changed, each as the array's type."""
    import pyarrow as pa

    cells = values.to_pylist()
    for n, value in changed.items():
        cells[n] = None if value is None else pa.scalar(value).cast(values.type, safe=False).as_py()
    return pa.array(cells, values.type)


def _mended(key: bytes, value: bytes, change: Change) -> bytes:
    """Return metadata as it may stay: that of the shapes without the box that holds them all."""
    if key == b"geo":
        geo = _geo_of({key: value})
        for column in geo.get("columns", {}).values():
            column.pop("bbox", None)
        return json.dumps(geo).encode()
    return change.mend(value.decode("utf-8", "replace")).encode() if key not in _ARROW else value


def _schema(table: Table, layout: Layout, kinds: Sequence[Kind]) -> "pa.Schema":
    import pyarrow as pa

    types = {
        "text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(),
        "date": pa.date32(), "datetime": pa.timestamp("us"), "geometry": pa.binary(), "list": pa.string(),
        "point": pa.binary(),
    }  # fmt: skip
    metadata = None
    if isinstance(table, _ParquetTable):
        kept = [table.schema.field(name) for name in layout.kept]
        metadata = {k: v for k, v in (table.schema.metadata or {}).items() if k != b"geo"}
    else:
        kept = [pa.field(name, types[kind]) for name, kind in zip(layout.kept, kinds, strict=True)]
    return pa.schema([*kept, *(pa.field(one.name, types[one.kind]) for one in layout.added)], metadata)


def _kept_columns(chunk: Chunk, layout: Layout, kinds: Sequence[Kind]) -> Iterator[Any]:
    if isinstance(chunk, _ParquetChunk):
        yield from (chunk.batch.column(chunk.columns.index(name)) for name in layout.kept)
        return
    for values, kind in zip(zip(*layout.kept_rows(chunk), strict=True), kinds, strict=True):
        yield as_wkb(values) if kind == "geometry" else as_kind(values, kind)


def _added_columns(part: Part, layout: Layout, bounds: Bounds) -> Iterator[list[Any]]:
    for at, column in enumerate(layout.added):
        values: list[Any] = [row[at] for row in part.added]
        if column.kind == "point":
            shapes = as_shapes(values)
            bounds.add(shapes)
            yield as_wkb(shapes)
        else:
            yield as_kind(values, column.kind)


def _geo(table: Table, layout: Layout, kinds: Sequence[Kind], bounds: Bounds) -> dict[str, Any]:
    """Return the GeoParquet metadata: that of the table's geometries and of the added points."""
    if isinstance(table, _ParquetTable):
        columns = {name: of for name, of in table.geo.get("columns", {}).items() if name in layout.kept}
        primary = table.geo.get("primary_column")
    else:
        shapes = (name for name, kind in zip(layout.kept, kinds, strict=True) if kind == "geometry")
        columns = {name: {"encoding": "WKB", "geometry_types": []} for name in shapes}
        primary = table.geometry
    if layout.point is not None:
        columns[layout.point] = {"encoding": "WKB", "geometry_types": ["Point"], _ADDED: True}
        if bounds.corners:
            columns[layout.point]["bbox"] = list(bounds.corners)
    if primary not in columns:  # shapes, but none of them the table's geometry
        primary = layout.point or next(iter(columns), None)
    return {"version": "1.1.0", "primary_column": primary, "columns": columns} if columns else {}
