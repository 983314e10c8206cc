"""GeoPackage (OGC 12-128): a layer is the table; everything else in the file is left as it is.

Written back, the file is copied and the added columns are put into the layer's table. Any other table
becomes a new file with one layer of points, at the position that the gazetteer gives. An SQLite file has to
be whole before it can be read, so it is made in a temporary folder and handed on when it is finished.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gazetteer.coords import LatLon
from gazetteer.errors import TableError
from gazetteer.store.geopackage import create_container, point_blob
from gazetteer.tables.formats.kinds import Kind, as_kind, kinds_of
from gazetteer.tables.plan import Part, Plan, WriteOptions
from gazetteer.tables.table import (
    CHUNK_ROWS,
    Chunk,
    ReadOptions,
    Source,
    Table,
    as_text,
    check_header,
    no_room,
    refused,
)

__all__ = ["GeoPackageTable", "read", "write"]

#: The names of the added geometry and key of a new layer, and of the layer.
_GEOMETRY, _KEY, _LAYER = "gaz_geometry", "gaz_fid", "enriched"
#: The standard demands a last change; this one means "not recorded", so that the same table is the same file.
_NO_TIME = "1970-01-01T00:00:00.000Z"
#: Clause 2.1.1 and table 1 of the standard.
_TYPES = {
    "text": "TEXT", "integer": "INTEGER", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "datetime": "DATETIME", "list": "TEXT", "geometry": "TEXT",
}  # fmt: skip
#: Bytes of the envelope by bits 1 to 3 of a geometry's flags (clause 2.1.3, table 6).
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_BLOCK_BYTES = 1 << 20


class GeoPackageTable(Table):
    """A layer of a GeoPackage.

    Parameters
    ----------
    source, columns, notes, geometry
        See :class:`~gazetteer.tables.table.Table`.
    layer
        The name of its table.
    """

    def __init__(
        self,
        source: Source,
        columns: Sequence[str],
        notes: Sequence[str],
        *,
        geometry: str | None,
        layer: str,
    ) -> None:
        super().__init__(source, columns, notes, geometry=geometry)
        self.layer = layer

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows in the order of the layer."""
        names = ", ".join(map(_quoted, self.columns))
        shape_at = self.columns.index(self.geometry) if self.geometry is not None else None
        with _opened(self.source) as connection:
            found = connection.execute(
                f"SELECT {names} FROM {_quoted(self.layer)} ORDER BY rowid"  # nosec B608 # names are quoted
            )
            while block := found.fetchmany(rows):
                if shape_at is not None:
                    block = [
                        (*row[:shape_at], _shape(self.source.name, row[shape_at]), *row[shape_at + 1 :])
                        for row in block
                    ]
                yield Chunk(self.columns, block)


def read(source: Source, options: ReadOptions) -> GeoPackageTable:
    """Open a layer: the one named, or the first with a geometry, or the first.

    Raises
    ------
    TableError
        If the file is damaged, no GeoPackage, or has no such layer; the message lists those that there are.
    """
    with _opened(source) as connection:
        layers = {
            str(name): (str(column) if column is not None else None, srs)
            for name, column, srs in connection.execute(
                "SELECT c.table_name, g.column_name, s.organization_coordsys_id FROM gpkg_contents c"
                " LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name"
                " LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id"
                " WHERE c.data_type IN ('features', 'attributes')"
                " ORDER BY c.data_type = 'attributes', c.rowid"
            )
        }
        layer = _chosen(source.name, list(layers), options.sheet)
        found = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(layer)})")]
    columns = [name for name in found if name not in (_KEY, _GEOMETRY)]  # those are of a layer that we made
    check_header(source.name, columns)
    geometry, srs = layers[layer]
    notes = []
    if len(layers) > 1:
        others = ", ".join(name for name in layers if name != layer)
        notes.append(f"layer {layer!r} was read; there are also {others}")
    if geometry is not None and srs != 4326:
        notes.append(f"the layer's shapes are not in WGS 84 (EPSG:{srs}), so no position was read from them")
        geometry = None
    geometry = None if geometry == _GEOMETRY else geometry
    return GeoPackageTable(source, columns, notes, geometry=geometry, layer=layer)


def _chosen(name: str, layers: Sequence[str], wanted: str | None) -> str:
    if wanted is not None and wanted not in layers:
        listed = ", ".join(map(repr, layers))
        raise TableError(f"{name} has no layer {wanted!r}; it has {listed or 'none'}", parameter="sheet")
    if not layers:
        raise refused(f"{name} has no layer: put the table into one")
    return wanted or layers[0]


@contextlib.contextmanager
def _opened(source: Source) -> Iterator[sqlite3.Connection]:
    """Open the file to read."""
    with source.open() as file:  # says what is wrong with the file, where something is
        if source.path is None:
            connection = sqlite3.connect(":memory:")
            connection.deserialize(file.read())
        else:
            connection = sqlite3.connect(f"{source.path.resolve().as_uri()}?mode=ro", uri=True)
    with contextlib.closing(connection):
        try:
            yield connection
        except sqlite3.DatabaseError as error:
            raise refused(
                f"{source.name} is no GeoPackage, or a damaged one ({error}): fetch it again"
            ) from error


def _shape(name: str, blob: Any) -> Any:
    """Return a geometry; None for none."""
    import shapely

    if blob is None:
        return None
    try:
        return shapely.from_wkb(blob[8 + _ENVELOPES[blob[3] >> 1 & 0b111] :])
    except (KeyError, IndexError, TypeError, shapely.errors.GEOSException) as error:
        raise refused(f"a shape of {name} can't be read ({error}): repair the layer first") from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def write(table: Table, plan: Plan, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield a GeoPackage: that which was read with the added columns, or a new one."""
    with tempfile.TemporaryDirectory(prefix="gazetteer-") as folder:
        path = Path(folder) / "table.gpkg"
        try:
            if isinstance(table, GeoPackageTable) and _takes_columns(table):
                _with_columns(table, plan, parts, path)
            else:
                _new(table, plan, parts, path)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise no_room("the GeoPackage", error) from error
            raise TableError(f"the GeoPackage can't be written: {error}", parameter="output") from error
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                yield block


def _takes_columns(table: GeoPackageTable) -> bool:
    """Whether columns can be put into the layer: it is no view, and its shapes are not ours."""
    with _opened(table.source) as connection:
        query = "SELECT type FROM sqlite_master WHERE name = ?"
        (kind,) = connection.execute(query, (table.layer,)).fetchone()
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(table.layer)})")]
    return kind == "table" and _GEOMETRY not in names


def _with_columns(table: GeoPackageTable, plan: Plan, parts: Iterable[Part], path: Path) -> None:
    """Copy the file and add columns to the layer."""
    try:
        with table.source.open() as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    except OSError as error:
        raise no_room("the GeoPackage", error) from error
    layer = _quoted(table.layer)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        found = connection.execute(f"SELECT rowid FROM {layer} ORDER BY rowid")  # nosec B608 # names are quoted
        keys = [key for (key,) in found]
        for name in table.columns:
            if name not in plan.kept:
                connection.execute(f"ALTER TABLE {layer} DROP COLUMN {_quoted(name)}")
        for column in plan.added:
            connection.execute(f"ALTER TABLE {layer} ADD COLUMN {_quoted(column.name)} {_TYPES[column.kind]}")
        triggers = list(
            connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table.layer,)
            )
        )
        # They keep the index of shapes, which don't change, and need GDAL's functions.
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {_quoted(name)}")
        update = ", ".join(f"{_quoted(name)} = ?" for name in plan.added_names)
        rows = iter(keys)
        for part in parts:
            connection.executemany(
                f"UPDATE {layer} SET {update} WHERE rowid = ?",  # nosec B608 # names are quoted
                [(*_stored(cells.values), next(rows)) for cells in part.cells],
            )
        for _, statement in triggers:
            connection.execute(statement)


def _stored(values: Iterable[Any]) -> list[Any]:
    """Return values as SQLite has them: lists, dates and shapes are text."""
    return [
        value if value is None or isinstance(value, (str, int, float, bytes)) else as_text(value)
        for value in values
    ]


def _new(table: Table, plan: Plan, parts: Iterable[Part], path: Path) -> None:
    kinds = _fitting(kinds_of(table, plan))
    names = (*plan.kept, *plan.added_names)
    _check_names(names)
    types = [*(_TYPES[kind] for kind in kinds), *(_TYPES[column.kind] for column in plan.added)]
    columns = ", ".join(f"{_quoted(name)} {kind}" for name, kind in zip(names, types, strict=True))
    latitude, longitude = map(plan.added_names.index, ("gaz_latitude", "gaz_longitude"))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        create_container(connection)
        with connection:
            connection.execute(
                f"CREATE TABLE {_LAYER} ({_KEY} INTEGER PRIMARY KEY NOT NULL, {_GEOMETRY} POINT, {columns})"
            )
            insert = f"INSERT INTO {_LAYER} VALUES (NULL, ?{', ?' * len(names)})"  # nosec B608 # a name of ours
            for part in parts:
                kept = zip(
                    *(
                        as_kind(v, k)
                        for v, k in zip(zip(*plan.kept_rows(part.chunk), strict=True), kinds, strict=True)
                    ),
                    strict=True,
                )
                connection.executemany(
                    insert,
                    (
                        (
                            _blob(cells.values[latitude], cells.values[longitude]),
                            *_stored(row),
                            *_stored(cells.values),
                        )
                        for row, cells in zip(kept, part.cells, strict=True)
                    ),
                )
            _register(connection)
        connection.execute("VACUUM")


def _fitting(kinds: Iterable[Kind]) -> list[Kind]:
    """Take shapes as text: a layer has one geometry, which is the gazetteer's."""
    return ["text" if kind == "geometry" else kind for kind in kinds]


def _check_names(names: Sequence[str]) -> None:
    """Refuse names that SQLite, which doesn't tell letters' case, takes for one."""
    seen: dict[str, str] = {_KEY: _KEY, _GEOMETRY: _GEOMETRY}
    for name in names:
        if (other := seen.setdefault(name.lower(), name)) is not name:
            raise TableError(
                f"a GeoPackage can't have both the columns {other!r} and {name!r}: rename one, or write "
                "another format",
                parameter="output",
            )


def _blob(latitude: Any, longitude: Any) -> bytes | None:
    return None if latitude is None else point_blob(LatLon(latitude, longitude))


def _register(connection: sqlite3.Connection) -> None:
    """List the layer with the bounds of its points (clauses 1.1.3 and 2.1.5)."""
    corners = "min(gaz_longitude), min(gaz_latitude), max(gaz_longitude), max(gaz_latitude)"
    found = connection.execute(f"SELECT {corners} FROM {_LAYER}")  # nosec B608 # names of ours
    bounds = found.fetchone()
    connection.execute(
        "INSERT INTO gpkg_contents VALUES (?, 'features', ?, '', ?, ?, ?, ?, ?, 4326)",
        (_LAYER, _LAYER, _NO_TIME, *bounds),
    )
    connection.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, ?, 'POINT', 4326, 0, 0)", (_LAYER, _GEOMETRY)
    )
