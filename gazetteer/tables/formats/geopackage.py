"""GeoPackage (OGC 12-128): a layer is the table.

Written back, the file is copied and the layer gets the added columns; all else stays. Any other table becomes
a new file with one layer, whose geometry is the table's own or else the added points. The layer's description
names its key and added points, which are left out when it is read. The file is made in a temporary folder.
"""

import json
import shutil
import sqlite3
import struct
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazetteer.errors import TableError
from gazetteer.store.geopackage import create_container
from gazetteer.tables.formats.types import (
    Bounds,
    Projection,
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
    as_text,
    check_header,
    chosen_sheet,
    no_room,
    refused,
)

#: The name of a new layer and that of its key, and how its description begins.
_LAYER, _KEY, _ADDED = "table", "fid", "Added when the table was written: "
#: The standard demands a last change; this one means "not recorded", so that the same table is the same file.
_NO_TIME = "1970-01-01T00:00:00.000Z"
#: Clause 2.1.1 and table 1 of the standard.
_TYPES = {
    "text": "TEXT", "integer": "INTEGER", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "datetime": "DATETIME", "list": "TEXT", "geometry": "TEXT",
}  # fmt: skip
#: How a geometry begins: magic, version, flags, reference system (clause 2.1.3, table 5). Flags: bit 0 is
#: little-endian, bits 1 to 3 are the kind of envelope (table 6), bit 4 is empty.
_START, _LITTLE, _EMPTY = struct.Struct("<2sBBi"), 1, 16
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_LAYERS = """
SELECT c.table_name, g.column_name, s.organization, s.organization_coordsys_id, s.definition, c.description
FROM gpkg_contents c
LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
WHERE c.data_type IN ('features', 'attributes')
ORDER BY c.data_type = 'attributes', c.rowid
"""
_SHAPES = """
SELECT g.column_name, s.srs_id, s.organization || ':' || s.organization_coordsys_id
FROM gpkg_geometry_columns g JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
WHERE g.table_name = ?
"""
_CATALOG = frozenset({"gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"})
#: Tables of the standard in which no person writes, and how many rows of others are looked at.
_SYSTEM = frozenset(
    {
        "gpkg_spatial_ref_sys",
        "gpkg_geometry_columns",
        "gpkg_extensions",
        "gpkg_ogr_contents",
        "gpkg_tile_matrix",
    }
)
_MOST_TEXTS = 10_000
_BLOCK_BYTES = 1 << 20
#: Steps of SQLite's machine until it is asked for the time, and the seconds that it may take for a chunk.
_STEPS, _PATIENCE_S = 1_000_000, 30.0


@dataclass(kw_only=True, eq=False)
class _GeoPackageTable(Table):
    written_as = "geopackage"
    sheet: str
    projection: Projection | None  # of its shapes

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        names = ", ".join(map(_quoted, self.columns))
        query = f"SELECT {names} FROM {_quoted(self.sheet)} ORDER BY rowid"  # nosec B608 # names are quoted
        with _opened(self.source) as connection:
            found = connection.execute(query)
            while block := _in_time(connection, lambda: found.fetchmany(rows)):
                if self.projection is not None:
                    at = self.columns.index(self.geometry or "")
                    shapes = self.projection(_shapes(self.source.name, [row[at] for row in block]))
                    block = [(*row[:at], one, *row[at + 1 :]) for row, one in zip(block, shapes, strict=True)]
                yield Chunk(self.columns, block)

    def asides(self) -> Iterator[Aside]:
        """Yield what the tables of descriptions, metadata and styles say."""
        with _opened(self.source) as connection:
            for name, column, _, text in _texts(connection):
                yield Aside(f"{name}.{column}", text)


def read(source: Source, options: ReadOptions) -> _GeoPackageTable:
    """Open a layer: the one named, or the first with a geometry, or the first."""
    with _opened(source) as connection:
        if missing := _CATALOG - _tables(connection):
            raise sqlite3.DatabaseError(f"it has no table {min(missing)}")
        rows = _in_time(connection, lambda: connection.execute(_LAYERS).fetchall())
        layers = {str(row[0]): row[1:] for row in rows}
        layer, notes = chosen_sheet(source, "layer", list(layers), options.sheet)
        if layer not in _tables(connection):
            raise refused(f"the layer {layer!r} of {source.name} is a view, or no table: save it as a table")
        found = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(layer)})")]
    geometry, organization, code, definition, description = layers[layer]
    if geometry is not None and geometry not in found:
        raise refused(
            f"the layer {layer!r} of {source.name} lacks its column of shapes, {geometry!r}: repair it"
        )
    added = [] if options.added else _added(description)
    columns = [name for name in found if name not in added]
    check_header(source.name, columns)
    projection = None
    if geometry in columns:
        crs = f"{organization}:{code}"
        if (projection := to_wgs84(crs) or to_wgs84(definition)) is None:
            notes += (f"the layer's shapes have an unknown reference system ({crs}): no position was read",)
    return _GeoPackageTable(
        source=source,
        columns=tuple(columns),
        notes=notes,
        geometry=geometry if projection else None,
        sheet=layer,
        sheets=tuple(layers),
        projection=projection,
    )


def _tables(connection: sqlite3.Connection) -> set[str]:
    """Return the names of the tables that hold rows; views and virtual tables may be without end."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
    return {name for (name,) in connection.execute(query)}


def _in_time(connection: sqlite3.Connection, fetch: Callable[[], list[Any]]) -> list[Any]:
    """Return the rows that are fetched; DatabaseError if that takes too long."""
    until = time.monotonic() + _PATIENCE_S
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    return fetch()


def _added(description: object) -> list[str]:
    """Return the columns that we added to a layer that we wrote; none of any other layer."""
    if not isinstance(description, str) or not description.startswith(_ADDED):
        return []
    try:
        return [str(name) for name in json.loads(description.removeprefix(_ADDED))]
    except (ValueError, TypeError):
        return []


@contextmanager
def _opened(source: Source) -> Iterator[sqlite3.Connection]:
    """Open the file to read."""
    with source.open() as file:  # raises where the file can't be opened
        if source.path is None:
            connection = sqlite3.connect(":memory:")
            connection.deserialize(file.read())
        else:
            connection = sqlite3.connect(f"{source.path.resolve().as_uri()}?mode=ro", uri=True)
    with closing(connection):
        try:
            yield connection
        except (sqlite3.DatabaseError, UnicodeDecodeError, MemoryError) as error:
            why = " ".join(str(error).split())  # SQLite quotes a damaged schema with its line ends
            raise refused(
                f"{source.name} is no GeoPackage, or a damaged one ({why}): fetch it again"
            ) from error


def _shapes(name: str, blobs: Sequence[bytes | None]) -> list[Any]:
    """Return the shapes of geometry blobs; None stays None."""
    try:
        return read_wkb([blob and blob[_START.size + _ENVELOPES[blob[3] >> 1 & 0b111] :] for blob in blobs])
    except (LookupError, TypeError, ValueError) as error:
        raise refused(f"a shape of {name} can't be read ({error}): repair the layer first") from error


def _blobs(shapes: Sequence[Any]) -> list[bytes | None]:
    """Return shapes as geometry blobs; None stays None."""
    starts = [_START.pack(b"GP", 0, flags, 4326) for flags in (_LITTLE, _LITTLE | _EMPTY)]
    return [
        None if blob is None else starts[shape.is_empty] + blob
        for shape, blob in zip(shapes, as_wkb(shapes), strict=True)
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def write(table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield the GeoPackage that was read with the added columns, or a new one."""
    with tempfile.TemporaryDirectory(prefix="gazetteer-") as folder:
        path = Path(folder) / "table.gpkg"
        try:
            if isinstance(table, _GeoPackageTable) and options.whole and _takes_columns(table, layout):
                _with_columns(table, layout, parts, path)
            else:
                _new(table, layout, parts, path)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise no_room("the GeoPackage", error) from error
            raise TableError(f"the GeoPackage can't be written: {error}", parameter="output") from error
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                yield block


def _takes_columns(table: _GeoPackageTable, layout: Layout) -> bool:
    """Whether the layer can be changed in place: nothing left out, its key and its shapes kept."""
    with _opened(table.source) as connection:
        columns = list(connection.execute(f"PRAGMA table_info({_quoted(table.sheet)})"))
        query = "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?"
        needed = {name for (name,) in connection.execute(query, (table.sheet,))}
    needed |= {column[1] for column in columns if column[5]}
    return len(columns) == len(table.columns) and needed <= set(layout.kept)


def _copy(table: _GeoPackageTable, path: Path) -> None:
    try:
        with table.source.open() as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    except OSError as error:
        raise no_room("the GeoPackage", error) from error


def _with_columns(table: _GeoPackageTable, layout: Layout, parts: Iterable[Part], path: Path) -> None:
    """Copy the file and add columns to the layer."""
    _copy(table, path)
    layer, kinds = _quoted(table.sheet), [column.kind for column in layout.cells]
    with closing(sqlite3.connect(path)) as connection, connection:
        keys = list(connection.execute(f"SELECT rowid FROM {layer} ORDER BY rowid"))  # nosec B608 # quoted
        for name in table.columns:
            if name not in layout.kept:
                connection.execute(f"ALTER TABLE {layer} DROP COLUMN {_quoted(name)}")
        for column in layout.cells:
            connection.execute(f"ALTER TABLE {layer} ADD COLUMN {_quoted(column.name)} {_TYPES[column.kind]}")
        added = (_stored(cells, kinds) for part in parts for cells, _ in layout.split(part.added))
        if update := ", ".join(f"{_quoted(column.name)} = ?" for column in layout.cells):
            with _without_triggers(connection):
                connection.executemany(
                    f"UPDATE {layer} SET {update} WHERE rowid = ?",  # nosec B608 # names are quoted
                    ((*cells, *key) for cells, key in zip(added, keys, strict=True)),
                )


@contextmanager
def _without_triggers(connection: sqlite3.Connection) -> Iterator[None]:
    """Take triggers away for a while: they keep the indices of shapes, and need GDAL's functions."""
    triggers = list(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {_quoted(name)}")
    yield
    for _, statement in triggers:
        connection.execute(statement)


def change(table: _GeoPackageTable, change: Change) -> Iterator[bytes]:
    """Yield the GeoPackage with some values of its layers changed; nothing of the old ones is left in it."""
    with tempfile.TemporaryDirectory(prefix="gazetteer-") as folder:
        path = Path(folder) / "table.gpkg"
        _copy(table, path)
        with closing(sqlite3.connect(path)) as connection:
            with connection, _without_triggers(connection):
                if change.added:
                    connection.execute(
                        f"ALTER TABLE {_quoted(table.sheet)} ADD COLUMN {_quoted(change.added)} DOUBLE"
                    )
                for layer, rows in change.cells.items():
                    _update(connection, layer, rows)
                for name, column, key, text in _texts(connection):
                    if (mended := change.mend(text)) != text:
                        statement = f"UPDATE {_quoted(name)} SET {_quoted(column)} = ? WHERE rowid = ?"  # nosec B608 # quoted
                        connection.execute(statement, (mended, key))
            connection.execute("VACUUM")  # or what was there before could be read between the rows
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                yield block


def _update(connection: sqlite3.Connection, layer: str, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Change values of a layer, and its index of shapes with them."""
    keys = [key for (key,) in connection.execute(f"SELECT rowid FROM {_quoted(layer)} ORDER BY rowid")]  # nosec B608 # quoted
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    geometry, system, crs = connection.execute(_SHAPES, (layer,)).fetchone() or ("", 0, "")
    for number, changed in rows.items():
        key, values = keys[number - 1], dict(changed)
        if values.get(geometry) is not None:
            shape = back(values[geometry], crs)
            values[geometry] = _START.pack(b"GP", 0, _LITTLE, system) + (as_wkb([shape])[0] or b"")
            if (index := f"rtree_{layer}_{geometry}") in tables:
                west, south, east, north = shape.bounds
                statement = f"UPDATE {_quoted(index)} SET minx = ?, maxx = ?, miny = ?, maxy = ? WHERE id = ?"  # nosec B608 # quoted
                connection.execute(statement, (west, east, south, north, key))
        names = ", ".join(f"{_quoted(name)} = ?" for name in values)
        connection.execute(f"UPDATE {_quoted(layer)} SET {names} WHERE rowid = ?", (*values.values(), key))  # nosec B608 # quoted
    if rows:  # the box that holds all shapes may end at one of them
        box = ", ".join(f"{side} = NULL" for side in ("min_x", "min_y", "max_x", "max_y"))
        connection.execute(f"UPDATE gpkg_contents SET {box} WHERE table_name = ?", (layer,))  # nosec B608 # words of ours


def _texts(connection: sqlite3.Connection) -> list[tuple[str, str, int, str]]:
    """Return the texts of tables that are no layers: the table, the column, the row's key and the text."""
    layers = {str(row[0]) for row in connection.execute(_LAYERS)}
    found = []
    for name in sorted(_tables(connection) - layers - _SYSTEM):
        if name.startswith(("sqlite_", "rtree_")):
            continue
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")]
        for key, *cells in connection.execute(
            f"SELECT rowid, {', '.join(map(_quoted, columns))} FROM {_quoted(name)} LIMIT {_MOST_TEXTS}"  # nosec B608 # quoted
        ):
            found += [
                (name, column, key, cell)
                for column, cell in zip(columns, cells, strict=True)
                if isinstance(cell, str)
            ]
    return found


def _stored(values: Iterable[Any], kinds: Iterable[str]) -> list[Any]:
    """Return values as SQLite has them: all but numbers and truth values are text."""
    return [
        value if value is None or kind in ("integer", "number", "boolean") else as_text(value)
        for value, kind in zip(values, kinds, strict=True)
    ]


def _new(table: Table, layout: Layout, parts: Iterable[Part], path: Path) -> None:
    """Write a file with one layer: a key, the other columns, and the geometry if there is one."""
    kinds: dict[str, str] = dict(zip(layout.kept, kinds_of(table, layout), strict=True))
    kinds |= {column.name: column.kind for column in layout.cells}
    own = table.geometry if kinds.get(table.geometry or "") == "geometry" else None
    geometry, names = own or layout.point, [name for name in layout.names if name != own]
    shape_columns = [geometry] if geometry else []
    _check_names([*names, *shape_columns])
    key = _KEY
    while key in {name.lower() for name in (*names, *shape_columns)}:
        key += "_"
    columns = [f"{_quoted(key)} INTEGER PRIMARY KEY NOT NULL"]
    columns += [f"{_quoted(name)} {_TYPES[kinds[name]]}" for name in names]
    columns += [f"{_quoted(name)} {'GEOMETRY' if own else 'POINT'}" for name in shape_columns]
    types, bounds = [kinds[name] for name in names], Bounds()

    def stored(part: Part) -> Iterator[list[Any]]:
        rows, points = zip(*layout.rows(part), strict=True)
        if own:
            at = layout.names.index(own)
            shapes = [row[at] for row in rows]
            rows = [row[:at] + row[at + 1 :] for row in rows]
        else:
            shapes = as_shapes(points)
        bounds.add(shapes)
        for row, blob in zip(rows, _blobs(shapes), strict=True):
            yield _stored(row, types) + ([blob] if geometry else [])

    with closing(sqlite3.connect(path)) as connection:
        create_container(connection)
        with connection:
            connection.execute(f"CREATE TABLE {_quoted(_LAYER)} ({', '.join(columns)})")
            insert = f"INSERT INTO {_quoted(_LAYER)} VALUES (NULL{', ?' * (len(columns) - 1)})"  # nosec B608 # a name of ours
            for part in parts:
                if part.added:
                    connection.executemany(insert, stored(part))
            added = [key] if own else [key, *shape_columns]
            contents = (
                *(_LAYER, "features" if geometry else "attributes", _LAYER, _ADDED + json.dumps(added)),
                *(_NO_TIME, *(bounds.corners or [None] * 4), 4326 if geometry else None),
            )
            connection.execute("INSERT INTO gpkg_contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", contents)
            if geometry:
                about = (_LAYER, geometry, "GEOMETRY" if own else "POINT", 4326, 2 if own else 0, 0)
                connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, ?, ?)", about)
        connection.execute("VACUUM")


def _check_names(names: Sequence[str]) -> None:
    """Refuse names that differ only in case, which SQLite takes for one."""
    seen: dict[str, str] = {}
    for name in names:
        if (other := seen.setdefault(name.lower(), name)) is not name:
            raise TableError(
                f"a GeoPackage can't have both the columns {other!r} and {name!r}: rename one, or write "
                "another format",
                parameter="output",
            )
