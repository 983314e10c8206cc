"""Finding and reading a gazetteer file: plain rows, as fast as SQLite gives them.

Opening reads the whole file, some ten megabytes, and compares it with the checksum in its manifest. A
:class:`GazetteerReader` then holds these bytes and no open file: every method answers from what
was opened, even when the file changes, and :meth:`GazetteerReader.check` says that another is there now. Each
method has its own connection to the bytes, so one reader serves any number of threads and forked processes.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from sys import intern
from typing import Any, Final, get_args

from gazetteer.errors import GazetteerFileError, SchemaVersionError
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import LIBRARY
from gazetteer.store.geopackage import APPLICATION_ID, is_whole, normalise, wkb_of
from gazetteer.store.schema import (
    REBUILD,
    SCHEMA_VERSION,
    SELECT_PLACES,
    SELECT_SOURCES,
    SELECT_SPELLED,
    AreaRow,
    IssueRow,
    NameKeyRow,
    PlaceRow,
    ShapeRow,
    SpellingRow,
    content_hash,
)
from gazetteer.values import AdminMethod, PositionBasis, Source, Spelling

#: Of SQLite's header, https://www.sqlite.org/fileformat.html, 1.3, which also has the offsets used below.
_HEADER_BYTES: Final = 100
#: What SQLite holds in memory: SQLITE_CONFIG_MEMDB_MAXSIZE of https://www.sqlite.org/c3ref/c_config_covering_index_scan.html
_MAX_BYTES: Final = 1 << 30
_BUILD: Final = REBUILD.replace("build it again", "build one")
#: What SQLite keeps in a column by its declared type; all others are of geometries.
_STORED: Final = {"TEXT": "text", "INTEGER": "integer", "BOOLEAN": "integer", "DOUBLE": "real"}
#: Tables, and what no row of them has beside values of a wrong type.
_WRONG: Final = {
    "places": (
        f"kind NOT IN {tuple(kind.value for kind in PlaceKind)}",
        f"admin_method NOT IN {get_args(AdminMethod)}",
        f"position_basis NOT IN {get_args(PositionBasis)}",
        "abs(latitude) > 90 OR abs(longitude) > 180 OR uncertainty_m NOT BETWEEN 0 AND 1e8",
    ),
    "spellings": ("place NOT BETWEEN 1 AND (SELECT max(fid) FROM places)",),
    "sources": (),
    "shapes": (),
    "areas": (),
    "areas_simple": (),
}
_MAGIC: Final = b"SQLite format 3\x00"


class GazetteerReader:
    """A gazetteer file, opened for reading: whole, to the byte as it was built, or a GazetteerFileError.

    Attributes
    ----------
    path : Path
        The file, absolute.
    manifest : dict
        How the file was built, with ``schema_version``, ``content_hash``, ``counts`` and
        ``file_checksum``. Treat it as read-only.
    """

    def __init__(self, path: str | Path) -> None:
        self.path: Path = Path(path).absolute()
        self._content, self._seen = _read(self.path)
        whole = is_whole(self._content)
        if whole is False:  # before anything else looks at what it says
            raise self._damaged()
        with self._connect() as connection:
            self.manifest: dict[str, Any] = _read_manifest(connection, self.path)
        if (version := self.manifest["schema_version"]) != SCHEMA_VERSION:
            raise SchemaVersionError(
                f"{self.path} has schema version {version} and this library reads version {SCHEMA_VERSION};"
                f" {REBUILD}"
            )
        if not whole:
            raise self._damaged()
        with self._connect() as connection:
            if amiss := _amiss(connection):
                raise GazetteerFileError(f"{self.path} holds {amiss}; {REBUILD}")

    @property
    def content_hash(self) -> str:
        """The hash of what the file says, 64 hex digits, as its writer noted it."""
        return str(self.manifest["content_hash"])

    def places(self) -> list[PlaceRow]:
        """Return every place in the order of fid, which is 1, 2, 3… and the order of ids."""
        return self._fetch(SELECT_PLACES)

    def spellings(self) -> list[SpellingRow]:
        """Return every spelling in the order of fid, which is 1, 2, 3… and the order of places."""
        return self._fetch(
            "SELECT fid, place, text, folded, language, script, source, namesake FROM spellings ORDER BY fid"
        )

    def spellings_of(self, place_id: str) -> tuple[Spelling, ...]:
        """Return the spellings of one place, in the order of fid; empty when there is no such place."""
        return tuple(self._spellings_by_id.get(place_id, ()))

    @cached_property
    def _spellings_by_id(self) -> dict[str, list[Spelling]]:
        """Made once: asking SQLite costs a copy of the file, and answers name many places."""
        found: dict[str, list[Spelling]] = {}
        for place_id, text, *marks in self.spellings_by_id():
            found.setdefault(place_id, []).append(Spelling(text, *map(intern, marks)))
        return found

    def spellings_by_id(self) -> list[tuple[str, str, str, str, str, str]]:
        """Return every spelling after the id of its place: text, language, script, source, namesake."""
        return self._fetch(SELECT_SPELLED)

    def name_keys(self) -> list[NameKeyRow]:
        """Return the name index, a row for each skeleton of a spelling, in the order of keys."""
        return self._fetch("SELECT key, spelling FROM name_keys ORDER BY key, spelling")

    def sources(self) -> tuple[Source, ...]:
        """Return where the facts came from, in the order of ids."""
        return self._sources

    @cached_property
    def _sources(self) -> tuple[Source, ...]:
        return tuple(Source(*row) for row in self._fetch(SELECT_SOURCES))

    def issues(self) -> list[IssueRow]:
        """Return what the build found in the sources, repaired, or left alone."""
        return self._fetch("SELECT kind, subject, detail, origin FROM issues ORDER BY fid")

    def areas(self, *, level: int | None = None, simplified: bool = False) -> list[AreaRow]:
        """Return the shapes of one level, 0 to 3, or of all; empty when the file has none.

        Simplified ones are made for maps; the others have full precision.
        """
        where, values = ("", ()) if level is None else (" WHERE level = ?", (level,))
        return self._shapes(where, values, simplified=simplified)

    def area(self, pcode: str, *, simplified: bool = False) -> bytes | None:
        """Return the shape of one admin unit as WKB, longitude first; None where the file has none for it."""
        found = self._shapes(" WHERE pcode = ?", (pcode,), simplified=simplified)
        return found[0][2] if found else None

    def shapes(self) -> list[ShapeRow]:
        """Return the line or polygon of every place that has one, in the order of ids; of no admin unit."""
        found = self._fetch("SELECT id, geom FROM shapes ORDER BY fid")
        return [(place_id, wkb_of(blob)) for place_id, blob in found]

    def shape(self, place_id: str) -> bytes | None:
        """Return the line or polygon of a place as WKB, longitude first; None where the file has none."""
        return self._shapes_by_id.get(place_id)

    @cached_property
    def _shapes_by_id(self) -> dict[str, bytes]:
        """Made once: asking SQLite costs a copy of the file, and places are asked for in turn."""
        return dict(self.shapes())

    def _shapes(self, where: str, values: tuple[Any, ...], *, simplified: bool) -> list[AreaRow]:
        table = "areas_simple" if simplified else "areas"
        query = f"SELECT pcode, level, geom FROM {table}{where} ORDER BY fid"  # nosec B608 # the words are ours
        return [(pcode, level, wkb_of(blob)) for pcode, level, blob in self._fetch(query, values)]

    def check(self) -> None:
        """Check that the file is still the one that was opened; quick as long as nobody touched it.

        Raises
        ------
        GazetteerFileError
            If it is gone, cannot be read, was damaged, or another one is in its place.
        """
        with contextlib.suppress(OSError):
            if _signature(self.path.stat()) == self._seen:
                return
        now = GazetteerReader(self.path)
        if now.manifest != self.manifest:
            raise GazetteerFileError(f"{self.path} was replaced while it was in use; open it again")
        self._seen = now._seen  # the same file, copied or touched

    def verify(self) -> None:
        """Look at every page and row, slowly; raise GazetteerFileError if they don't say what was built."""
        with self._connect() as connection:
            sound = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
            if not sound:
                raise GazetteerFileError(f"{self.path} is damaged inside; {REBUILD}")
            if content_hash(connection) != self.content_hash:
                raise GazetteerFileError(f"{self.path} was changed after it was built; {REBUILD}")

    def _fetch(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._connect() as connection:
            return connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        """Open the bytes for one task; translate what SQLite says when they are damaged."""
        try:
            with contextlib.closing(sqlite3.connect(":memory:")) as connection:
                connection.deserialize(self._content)
                yield connection
        except (sqlite3.Error, UnicodeDecodeError) as error:
            reason = " ".join(str(error).split())  # SQLite quotes a damaged schema with its line ends
            raise GazetteerFileError(f"{self.path} cannot be read ({reason}); {REBUILD}") from error

    def _damaged(self) -> GazetteerFileError:
        return GazetteerFileError(
            f"{self.path} was damaged or changed after it was built: its checksum differs; {REBUILD}"
        )


def _signature(seen: os.stat_result) -> tuple[int, ...]:
    """Return what differs when a file does; the last is the time of any change, which nobody can set back."""
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def _read(path: Path) -> tuple[bytearray, tuple[int, ...]]:
    """Return the normal bytes of a file, and what it looked like before they were read."""
    try:
        with path.open("rb", buffering=0) as file:
            seen = os.fstat(file.fileno())
            _check_header(path, file.read(_HEADER_BYTES), seen.st_size)
            content = bytearray(seen.st_size)
            file.seek(0)
            del content[file.readinto(content) :]
            normalise(content)
            return content, _signature(seen)
    except FileNotFoundError as error:
        raise GazetteerFileError(
            f"There is no gazetteer file at {path}; check the name, or {_BUILD}"
        ) from error
    except IsADirectoryError as error:
        raise GazetteerFileError(f"{path} is a folder; name the gazetteer file in it, or {_BUILD}") from error
    except GazetteerFileError:  # which is an OSError too
        raise
    except OSError as error:
        raise GazetteerFileError(f"{path} cannot be read as a gazetteer file: {error.strerror}") from error


def _check_header(path: Path, header: bytes, length: int) -> None:
    """Tell the common wrong files apart by their first 100 bytes and their length."""
    if not header:
        raise GazetteerFileError(f"{path} is empty; {REBUILD}")
    if not header.startswith(_MAGIC):
        if _MAGIC.startswith(header):
            raise GazetteerFileError(f"{path} is cut short; {REBUILD}")
        raise GazetteerFileError(
            f"{path} is not a gazetteer file, which is a GeoPackage; name another, or {_BUILD}"
        )
    page_bytes = int.from_bytes(header[16:18], "big")
    expected = (65536 if page_bytes == 1 else page_bytes) * int.from_bytes(header[28:32], "big")
    if length < max(expected, _HEADER_BYTES):
        raise GazetteerFileError(f"{path} is cut short: {length} of {expected} bytes; {REBUILD}")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise GazetteerFileError(
            f"{path} is an SQLite database, but not a gazetteer file, which is a GeoPackage; name another, or"
            f" {_BUILD}"
        )
    if length > _MAX_BYTES:
        raise GazetteerFileError(f"{path} is too big to be a gazetteer file; name another, or {_BUILD}")


def _read_manifest(connection: sqlite3.Connection, path: Path) -> dict[str, Any]:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    try:
        rows = (
            connection.execute("SELECT key, value FROM manifest").fetchall() if "manifest" in tables else []
        )
        manifest = {key: json.loads(value) for key, value in rows}
    except (ValueError, TypeError) as error:
        raise GazetteerFileError(f"{path} has a manifest that cannot be read; {REBUILD}") from error
    if "schema_version" not in manifest or "content_hash" not in manifest:
        raise GazetteerFileError(
            f"{path} is a GeoPackage, but not a gazetteer file; name another, or {_BUILD}"
        )
    return manifest


def _amiss(connection: sqlite3.Connection) -> str:
    """Return what a file holds that no build writes, whatever its checksum; empty without."""
    if not (rows := connection.execute("SELECT count(*), min(fid), max(fid) FROM places").fetchone())[0]:
        return "no places"
    if rows[1:] != (1, rows[0]):
        return "places that aren't numbered from 1 without gaps"
    for table, also in _WRONG.items():
        wrong = [*also]
        for _, name, kind, needed, *_ in connection.execute(f"PRAGMA table_info({table})"):
            known = (_STORED.get(kind, "blob"), "" if needed else "null")
            wrong.append(f"typeof({name}) NOT IN {known}")
        query = f"SELECT 1 FROM {table} WHERE {' OR '.join(wrong)} LIMIT 1"  # nosec B608 # our own columns
        if connection.execute(query).fetchone():
            return f"what can't stand in its table {table}"
    return ""


def find_default_file() -> Path:
    """Return the path of the embedded default, built if need be.

    The library imports no data builder. The distribution names, under the entry point group
    ``gazetteer.default_file``, a function without arguments that returns the path of a gazetteer file and
    builds it on first use. Only this project's own distribution is asked: looking through everything
    installed would take longer than opening the file.

    Raises
    ------
    GazetteerFileError
        If no default is installed, or it cannot be built.
    """
    try:
        declared = distribution(LIBRARY).entry_points
        found = declared.select(group="gazetteer.default_file", name="embedded")
    except PackageNotFoundError:
        found = None
    if not found:
        raise GazetteerFileError(
            f"No embedded gazetteer is installed: install {LIBRARY} with pip, or name a gazetteer"
            " file with --gazetteer or GAZETTEER_FILE"
        )
    (entry,) = found
    path = entry.load()()
    if not isinstance(path, Path):
        raise GazetteerFileError(
            f"The entry point {entry.value!r} gave {path!r} instead of a path; install again"
        )
    return path
