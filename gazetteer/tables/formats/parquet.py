"""Parquet: read row group by row group, written as GeoParquet 1.1.

Parquet that was read keeps its columns as they are, nested ones too. From other formats a column has the
type that all its cells have (:mod:`gazetteer.tables.formats.kinds`). Added is the column `gaz_geometry`: a
point where the gazetteer gives a position. It is the primary geometry unless the input has one.

Source of the metadata: GeoParquet specification 1.1.0, "File metadata" and "Column metadata".
"""

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gazetteer.errors import TableError
from gazetteer.tables.formats.kinds import Kind, as_kind, kinds_of
from gazetteer.tables.formats.sink import Sink
from gazetteer.tables.plan import Part, Plan, WriteOptions
from gazetteer.tables.table import (
    CHUNK_ROWS,
    Chunk,
    ReadOptions,
    Source,
    Table,
    as_text,
    check_header,
    refused,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["GEOMETRY", "ParquetTable", "read", "write"]

#: The column of points that is added.
GEOMETRY = "gaz_geometry"
#: A point as WKB: little-endian, type 1, longitude, latitude (OGC 06-103r4, 8.2).
_POINT = struct.Struct("<BIdd")


class ParquetChunk(Chunk):
    """Rows in columns; they become Python values where these are asked for."""

    def __init__(self, batch: "pa.RecordBatch", geometry: str | None) -> None:
        super().__init__(tuple(batch.schema.names), ())
        self.batch = batch
        self._geometry = geometry

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """The rows as Python values."""
        return list(zip(*(self.values(name) for name in self.columns), strict=True))

    @rows.setter
    def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        pass  # they are in the batch

    def values(self, column: str) -> list[Any]:
        """Return one column."""
        values: list[Any] = self.batch.column(self.columns.index(column)).to_pylist()
        if column != self._geometry:
            return values
        import shapely

        return [None if value is None else shapely.from_wkb(value) for value in values]


class ParquetTable(Table):
    """A Parquet file.

    Parameters
    ----------
    source, columns, notes, geometry
        See :class:`~gazetteer.tables.table.Table`.
    schema
        Its columns as pyarrow has them.
    geo
        Its GeoParquet metadata; empty where it has none.
    """

    def __init__(
        self,
        source: Source,
        columns: Sequence[str],
        *,
        geometry: str | None,
        schema: "pa.Schema",
        geo: dict[str, Any],
    ) -> None:
        super().__init__(source, columns, geometry=geometry)
        self.schema = schema
        self.geo = geo

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows, as many at a time as the row groups allow."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with self.source.open() as file:
            try:
                for batch in pq.ParquetFile(file).iter_batches(rows, use_threads=False):
                    yield ParquetChunk(batch.select(list(self.columns)), self.geometry)
            except (pa.ArrowException, OSError) as error:
                raise refused(_damaged(self.source.name, error)) from error


def read(source: Source, options: ReadOptions) -> ParquetTable:
    """Open a Parquet file.

    Raises
    ------
    TableError
        If it is damaged or broken off, has two columns of one name, or pyarrow isn't installed.
    """
    pa, pq = _pyarrow()
    with source.open() as file:
        try:
            schema = pq.ParquetFile(file).schema_arrow
        except (pa.ArrowException, OSError) as error:
            raise refused(_damaged(source.name, error)) from error
    check_header(source.name, schema.names)
    columns = [name for name in schema.names if name != GEOMETRY]  # that is ours, to be made anew
    geo = _geo_of(schema)
    primary = geo.get("primary_column")
    readable = primary in columns and _is_wgs84_wkb(geo.get("columns", {}).get(primary, {}))
    return ParquetTable(source, columns, geometry=primary if readable else None, schema=schema, geo=geo)


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


def _geo_of(schema: "pa.Schema") -> dict[str, Any]:
    try:
        geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    except ValueError:
        return {}
    return geo if isinstance(geo, dict) else {}


def _is_wgs84_wkb(column: dict[str, Any]) -> bool:
    """Whether a geometry is WKB in WGS 84, which it is without a "crs"."""
    if column.get("encoding") != "WKB":
        return False
    crs = column.get("crs", "")
    known = (crs or {}).get("id", {}) if isinstance(crs, dict) or crs is None else {"code": "CRS84"}
    return str(known.get("code")) in ("CRS84", "4326")


def write(table: Table, plan: Plan, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield a Parquet file, a row group for each part."""
    pa, pq = _pyarrow()
    kinds = () if isinstance(table, ParquetTable) else kinds_of(table, plan)
    schema = _schema(table, plan, kinds)
    sink, box = Sink(), _Box()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema) as writer:
        for part in parts:
            columns = [*_kept_columns(part.chunk, plan, kinds, schema), *_added_columns(part, plan, box)]
            arrays = [
                values if isinstance(values, pa.Array) else pa.array(values, field.type)
                for values, field in zip(columns, schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            if data := sink.taken():
                yield data
        writer.add_key_value_metadata({"geo": json.dumps(_geo(table, plan, kinds, box))})
    yield sink.taken()


def _schema(table: Table, plan: Plan, kinds: Sequence[Kind]) -> "pa.Schema":
    import pyarrow as pa

    types = {
        "text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(),
        "date": pa.date32(), "datetime": pa.timestamp("us"), "geometry": pa.binary(), "list": pa.string(),
    }  # fmt: skip
    metadata = None
    if isinstance(table, ParquetTable):
        kept = [table.schema.field(name) for name in plan.kept]
        metadata = {k: v for k, v in (table.schema.metadata or {}).items() if k != b"geo"}
    else:
        kept = [pa.field(name, types[kind]) for name, kind in zip(plan.kept, kinds, strict=True)]
    added = [pa.field(column.name, types[column.kind]) for column in plan.added]
    return pa.schema([*kept, *added, pa.field(GEOMETRY, pa.binary())], metadata)


def _kept_columns(chunk: Chunk, plan: Plan, kinds: Sequence[Kind], schema: "pa.Schema") -> Iterator[Any]:
    if isinstance(chunk, ParquetChunk):
        for name in plan.kept:
            yield chunk.batch.column(chunk.columns.index(name))
        return
    import shapely

    for values, kind in zip(zip(*plan.kept_rows(chunk), strict=True), kinds, strict=True):
        if kind == "geometry":
            yield [None if value is None else shapely.to_wkb(value) for value in values]
        else:
            yield as_kind(values, kind)


class _Box:
    """The corners of the points that went by."""

    def __init__(self) -> None:
        self.corners: list[float] = []

    def point(self, latitude: Any, longitude: Any) -> bytes | None:
        """Return a position as WKB, and note it; None for none."""
        if latitude is None or longitude is None:
            return None
        west, south, east, north = self.corners or (longitude, latitude, longitude, latitude)
        self.corners = [
            min(west, longitude),
            min(south, latitude),
            max(east, longitude),
            max(north, latitude),
        ]
        return _POINT.pack(1, 1, longitude, latitude)


def _added_columns(part: Part, plan: Plan, box: _Box) -> Iterator[list[Any]]:
    for at, column in enumerate(plan.added):
        values = [cells.values[at] for cells in part.cells]
        yield (
            [as_text(value) if value is not None else None for value in values]
            if column.kind == "list"
            else values
        )
    latitude, longitude = (plan.added_names.index(f"gaz_{axis}") for axis in ("latitude", "longitude"))
    yield [box.point(cells.values[latitude], cells.values[longitude]) for cells in part.cells]


def _geo(table: Table, plan: Plan, kinds: Sequence[Kind], box: _Box) -> dict[str, Any]:
    """Return the GeoParquet metadata: that of the input's geometries and of ours."""
    ours: dict[str, Any] = {"encoding": "WKB", "geometry_types": ["Point"]}
    if box.corners:
        ours["bbox"] = box.corners
    columns: dict[str, Any] = {}
    primary = table.geometry if table.geometry in plan.kept else None
    if isinstance(table, ParquetTable):
        columns = {name: of for name, of in table.geo.get("columns", {}).items() if name in plan.kept}
        primary = table.geo.get("primary_column") if table.geo.get("primary_column") in columns else None
    else:
        for name, kind in zip(plan.kept, kinds, strict=True):
            if kind == "geometry":
                columns[name] = {"encoding": "WKB", "geometry_types": []}
        primary = primary if primary in columns else None
    return {"version": "1.1.0", "primary_column": primary or GEOMETRY, "columns": {**columns, GEOMETRY: ours}}
