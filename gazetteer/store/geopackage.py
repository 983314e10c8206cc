r"""The container: what OGC GeoPackage 1.3 asks of an SQLite file, and its form of geometries.

Only what a gazetteer file needs: points and multipolygons in WGS 84 (EPSG:4326) and tables without
a geometry. In the file x is the longitude and y the latitude, as the standard has it.

Source: OGC 12-128r17, GeoPackage Encoding Standard 1.3; clause numbers below are its.

Examples
--------
>>> from gazetteer.values import LatLon
>>> point_blob(LatLon(35.93, 36.63))[:4]
b'GP\x00\x01'
"""

import sqlite3
import struct
from typing import Final

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon

#: West, south, east, north in degrees.
Bounds = tuple[float, float, float, float]

#: "GPKG" in ASCII, in the SQLite header's application id (clause 1.1.1.1.1).
APPLICATION_ID: Final = 0x47504B47
#: Version 1.3.0, in the SQLite header's user version (clause 1.1.1.1.1).
_USER_VERSION: Final = 10300
_WGS84: Final = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",'
    '0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],'
    'AUTHORITY["EPSG","4326"]]'
)
# Clauses 1.1.2 (spatial reference systems), 1.1.3 (contents) and 2.1.5 (geometry columns).
_TABLES: Final = """
CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL,
    srs_id INTEGER PRIMARY KEY,
    organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL,
    definition TEXT NOT NULL,
    description TEXT
);
CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY,
    data_type TEXT NOT NULL,
    identifier TEXT UNIQUE,
    description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE,
    min_y DOUBLE,
    max_x DOUBLE,
    max_y DOUBLE,
    srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL,
    column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL,
    z TINYINT NOT NULL,
    m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
"""
# Clause 2.1.3: "GP", version 0, flags, SRS id. Flag bit 0 is little-endian, bit 1 an envelope in x and y.
_POINT: Final = struct.Struct("<2sBBiBIdd")
_ENVELOPE: Final = struct.Struct("<2sBBi4d")
_ENVELOPE_FLAGS: Final = 0b11
#: Bytes at the start of a polygon's blob that hold its header and bounds.
ENVELOPE_BYTES: Final = _ENVELOPE.size
_WKB_POLYGON, _WKB_MULTIPOLYGON = 3, 6


def create_container(connection: sqlite3.Connection) -> None:
    """Make an empty database a GeoPackage without contents."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {_USER_VERSION}")
    connection.executescript(_TABLES)
    connection.executemany(
        "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
        [
            ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinates"),
            ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinates"),
            ("WGS 84 geodetic", 4326, "EPSG", 4326, _WGS84, "longitude and latitude in degrees on WGS 84"),
        ],
    )


def register_features(
    connection: sqlite3.Connection,
    table: str,
    geometry_type: str,
    *,
    description: str,
    last_change: str,
    bounds: Bounds | None,
) -> None:
    """List a table that has a column "geom" of this type; `bounds` is None for an empty one."""
    corners = bounds or (None, None, None, None)
    connection.execute(
        "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, 4326)",
        (table, table, description, last_change, *corners),
    )
    connection.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, 0, 0)", (table, geometry_type)
    )


def register_attributes(
    connection: sqlite3.Connection, table: str, *, description: str, last_change: str
) -> None:
    """List a table that has no geometry."""
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
        " VALUES (?, 'attributes', ?, ?, ?)",
        (table, table, description, last_change),
    )


def point_blob(position: LatLon) -> bytes:
    """Return a position as a GeoPackage point."""
    return _POINT.pack(b"GP", 0, 1, 4326, 1, 1, position.longitude, position.latitude)


def multipolygon_blob(wkb: bytes) -> bytes:
    """Return a polygon or multipolygon, given as two-dimensional WKB, as a GeoPackage multipolygon.

    Raises
    ------
    InputError
        If `wkb` is something else, is cut short, or has no ring.
    """
    try:
        kind, bounds = _scan(wkb)
    except (struct.error, IndexError, ValueError) as error:
        raise InputError(f"an area's shape is not readable WKB: {error}", parameter="wkb") from error
    if kind == _WKB_POLYGON:
        wkb = struct.pack("<BII", 1, _WKB_MULTIPOLYGON, 1) + wkb
    west, south, east, north = bounds
    return _ENVELOPE.pack(b"GP", 0, _ENVELOPE_FLAGS, 4326, west, east, south, north) + wkb


def read_bounds(blob: bytes) -> Bounds:
    """Return the bounds of a polygon's blob, or of its first `ENVELOPE_BYTES` bytes."""
    *_, west, east, south, north = _ENVELOPE.unpack_from(blob)
    return west, south, east, north


def wkb_of(blob: bytes) -> bytes:
    """Return the WKB inside a polygon's blob."""
    return blob[ENVELOPE_BYTES:]


def _scan(wkb: bytes) -> tuple[int, Bounds]:
    """Walk through a polygon or multipolygon; return its WKB type and bounds."""
    kind, _, offset = _start(wkb, 0)
    if kind not in (_WKB_POLYGON, _WKB_MULTIPOLYGON):
        raise ValueError(
            f"geometry type {kind} is neither a polygon (3) nor a multipolygon (6) in two dimensions"
        )
    xs: list[float] = []
    ys: list[float] = []
    polygons = 1
    if kind == _WKB_MULTIPOLYGON:
        (polygons,) = struct.unpack_from("<I" if wkb[0] else ">I", wkb, offset)
        offset += 4
    else:
        offset = 0
    for _ in range(polygons):
        offset = _scan_polygon(wkb, offset, xs, ys)
    if offset != len(wkb):
        raise ValueError(f"{len(wkb) - offset} bytes are left over")
    if not xs:
        raise ValueError("it has no ring")
    return kind, (min(xs), min(ys), max(xs), max(ys))


def _start(wkb: bytes, offset: int) -> tuple[int, str, int]:
    order = "<" if wkb[offset] == 1 else ">"
    (kind,) = struct.unpack_from(f"{order}I", wkb, offset + 1)
    return kind, order, offset + 5


def _scan_polygon(wkb: bytes, offset: int, xs: list[float], ys: list[float]) -> int:
    """Add the extremes of one polygon's outer ring to `xs` and `ys`; return where it ends."""
    kind, order, offset = _start(wkb, offset)
    if kind != _WKB_POLYGON:
        raise ValueError(f"a multipolygon holds geometry type {kind}")
    (rings,) = struct.unpack_from(f"{order}I", wkb, offset)
    offset += 4
    for ring in range(rings):
        (count,) = struct.unpack_from(f"{order}I", wkb, offset)
        offset += 4
        if offset + 16 * count > len(wkb):
            raise ValueError("it is cut short")
        if ring == 0 and count:
            values = struct.unpack_from(f"{order}{2 * count}d", wkb, offset)
            xs += (min(values[::2]), max(values[::2]))
            ys += (min(values[1::2]), max(values[1::2]))
        offset += 16 * count
    return offset
