r"""The container: what OGC GeoPackage 1.3 asks of an SQLite file, its form of geometries, and the checksum.

Only what a gazetteer file needs: points, lines and polygons in WGS 84 (EPSG:4326) and tables without
a geometry. In the file x is the longitude and y the latitude, as the standard has it.

Source: OGC 12-128r17, GeoPackage Encoding Standard 1.3; clause numbers below are its.

Examples
--------
>>> from gazetteer.values import LatLon
>>> point_blob(LatLon(35.93, 36.63))[:4]
b'GP\x00\x01'
"""

import hashlib
import sqlite3
import struct
from typing import Any, Final

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
    srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT
);
CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE,
    min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
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

#: The key of the file's checksum in the manifest, and what stands there until the rest of the file is known.
CHECKSUM_KEY: Final = "file_checksum"
NOT_YET: Final = "0" * 64
# In a row of the manifest the value, a text in JSON, follows its key at once.
_BEFORE: Final = f'{CHECKSUM_KEY}"'.encode()


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


def register(
    connection: sqlite3.Connection,
    table: str,
    description: str,
    last_change: str,
    *,
    geometry_type: str | None = None,
    bounds: Bounds | None = None,
) -> None:
    """List a table; one of features has a column "geom" of this type, and bounds unless it is empty."""
    data_type, srs = ("attributes", None) if geometry_type is None else ("features", 4326)
    corners = bounds or (None, None, None, None)
    connection.execute(
        "INSERT INTO gpkg_contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (table, data_type, table, description, last_change, *corners, srs),
    )
    if geometry_type is not None:
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, 0, 0)", (table, geometry_type)
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
    import shapely

    shape = _read_wkb(wkb, "an area", ("Polygon", "MultiPolygon"))
    return _blob(shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape]))


def shape_blob(wkb: bytes) -> bytes:
    """Return the line or polygon of a place, given as two-dimensional WKB, as a GeoPackage geometry.

    Raises
    ------
    InputError
        If `wkb` is something else, is cut short, or has no point.
    """
    kinds = ("LineString", "MultiLineString", "Polygon", "MultiPolygon")
    return _blob(_read_wkb(wkb, "a place", kinds))


def _read_wkb(wkb: bytes, whose: str, kinds: tuple[str, ...]) -> Any:
    import shapely

    try:
        shape: Any = shapely.from_wkb(wkb)
        if shape.geom_type not in kinds or shape.has_z:
            raise ValueError(f"{shape.geom_type} is none of {', '.join(kinds)} in two dimensions")
        if shape.is_empty or len(shapely.to_wkb(shape)) != len(wkb):
            raise ValueError("it has no ring, or bytes that belong to none")
    except (shapely.errors.GEOSException, ValueError) as error:
        raise InputError(f"{whose}'s shape is not readable WKB: {error}", parameter="wkb") from error
    return shape


def _blob(shape: Any) -> bytes:
    import shapely

    west, south, east, north = shape.bounds
    header = _ENVELOPE.pack(b"GP", 0, _ENVELOPE_FLAGS, 4326, west, east, south, north)
    return header + bytes(shapely.to_wkb(shape, byte_order=1))


def read_bounds(blob: bytes) -> Bounds:
    """Return the bounds of the blob of a line or polygon."""
    *_, west, east, south, north = _ENVELOPE.unpack_from(blob)
    return west, south, east, north


def wkb_of(blob: bytes) -> bytes:
    """Return the WKB inside the blob of a line or polygon."""
    return blob[_ENVELOPE.size :]


def normalise(content: bytearray) -> None:
    """Make the bytes of an SQLite file what they are when no program has opened it for writing since.

    A GIS moves some numbers of the header by opening the file: the journal's mode and the counters of
    changes. Source of the offsets: https://www.sqlite.org/fileformat.html, section 1.3.
    """
    content[18:20] = b"\x01\x01"  # the journal that isn't a write-ahead log
    content[24:28] = bytes(4)
    content[92:100] = bytes(8)


def sealed(content: bytes) -> bytes:
    """Return the bytes of a gazetteer file with their checksum in its place in the manifest.

    It is the SHA-256 of all bytes, normalised, with zeros in the place of its own digits: what is checked is,
    byte for byte, what is read.
    """
    start = content.index(_BEFORE) + len(_BEFORE)
    normal = bytearray(content)
    normalise(normal)
    return content[:start] + _digest(normal, start) + content[start + len(NOT_YET) :]


def is_whole(content: bytearray) -> bool | None:
    """Whether the normal bytes of a file have the checksum that stands in them; None where none stands."""
    start = content.find(_BEFORE) + len(_BEFORE)
    if start < len(_BEFORE):
        return None
    return _digest(content, start) == content[start : start + len(NOT_YET)]


def _digest(content: bytearray, start: int) -> bytes:
    """Return the hash of normal bytes with zeros where their own stands, in hexadecimal."""
    with memoryview(content) as view:
        digest = hashlib.sha256(view[:start])
        digest.update(NOT_YET.encode())
        digest.update(view[start + len(NOT_YET) :])
    return digest.hexdigest().encode()
