"""Reading a gazetteer file: plain rows, as fast as SQLite gives them.

A :class:`GazetteerReader` holds a path and the manifest, and no open file: each method opens the file
read-only, fetches and closes. So one reader serves any number of threads and forked processes. If
another file has taken the place of the first, a method says so instead of mixing the two.

Opening looks at the header, the file's length and the manifest; it does not read every page. A file
damaged in the middle shows when that part is read, or in :meth:`GazetteerReader.verify`.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gazetteer.errors import GazetteerFileError, NotFoundError, SchemaVersionError
from gazetteer.places import Source, Spelling
from gazetteer.store.geopackage import APPLICATION_ID, ENVELOPE_BYTES, Bounds, read_bounds, wkb_of
from gazetteer.store.schema import (
    REBUILD,
    SCHEMA_VERSION,
    AreaRow,
    IssueRow,
    NameKeyRow,
    PlaceRow,
    SpellingRow,
    content_hash,
)

__all__ = ["GazetteerReader"]

_PLACES: Final = (
    "SELECT fid, id, name, name_ar, kind, latitude, longitude, uncertainty_m, population, adm1_pcode,"
    " adm2_pcode, adm3_pcode, computed_adm3_pcode, admin_method, valid_from, valid_to, sensitive, sources,"
    " source_ids, admin_mismatch FROM places ORDER BY fid"
)
_SPELLINGS: Final = "SELECT fid, place, text, folded, language, script, source FROM spellings ORDER BY fid"
_SPELLINGS_OF: Final = (
    "SELECT text, language, script, source FROM spellings"
    " WHERE place = (SELECT fid FROM places WHERE id = ?) ORDER BY fid"
)
_SOURCES: Final = "SELECT id, title, url, licence, attribution, count FROM sources ORDER BY fid"
_HEADER_BYTES: Final = (
    100  # https://www.sqlite.org/fileformat.html, 1.3, which also has the offsets used below
)
_BUILD: Final = REBUILD.replace("build it again", "build one")
_MAGIC: Final = b"SQLite format 3\x00"


class GazetteerReader:
    """A gazetteer file, opened for reading.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    path : Path
        The same, absolute.
    manifest : dict
        How the file was built, with ``schema_version``, ``content_hash`` and ``counts``. Treat it
        as read-only.

    Raises
    ------
    GazetteerFileError
        If there is no such file, it cannot be read, is cut short, or is not a gazetteer file.
    SchemaVersionError
        If it was written for another version of this library.
    """

    def __init__(self, path: str | Path) -> None:
        self.path: Path = Path(path).absolute()
        _check_header(self.path)
        self.manifest: dict[str, Any] = {}
        with self._connect() as connection:
            self.manifest = _read_manifest(connection, self.path)
        self._check_version()

    @property
    def content_hash(self) -> str:
        """The hash of what the file says, 64 hex digits, as its writer noted it."""
        return str(self.manifest["content_hash"])

    def places(self) -> list[PlaceRow]:
        """Return every place in the order of fid, which is 1, 2, 3… and the order of ids."""
        return self._fetch(_PLACES)

    def spellings(self) -> list[SpellingRow]:
        """Return every spelling in the order of fid, which is 1, 2, 3… and the order of places."""
        return self._fetch(_SPELLINGS)

    def spellings_of(self, place_id: str) -> tuple[Spelling, ...]:
        """Return the spellings of one place, in the order of fid; empty when there is no such place."""
        rows = self._fetch(
            "SELECT s.text, s.language, s.script, s.source FROM spellings s JOIN places p ON p.fid = s.place"
            " WHERE p.id = ? ORDER BY s.fid",
            (place_id,),
        )
        return tuple(Spelling(*row) for row in rows)

    def spellings_by_id(self) -> list[tuple[str, str, str, str, str]]:
        """Return every spelling after the id of its place: text, language, script, source; in that order."""
        return self._fetch(
            "SELECT p.id, s.text, s.language, s.script, s.source FROM spellings s"
            " JOIN places p ON p.fid = s.place ORDER BY s.fid"
        )

    def source_ids(self) -> list[tuple[str, ...]]:
        """Return the ids by which sources know each place, in the order of fid."""
        return [tuple(ids.split("|")) for (ids,) in self._fetch("SELECT source_ids FROM places ORDER BY fid")]

    def name_keys(self) -> list[NameKeyRow]:
        """Return the name index, a row for each skeleton of a spelling, in the order of keys."""
        return self._fetch("SELECT key, spelling FROM name_keys ORDER BY key, spelling")

    def sources(self) -> tuple[Source, ...]:
        """Return where the facts came from, in the order of ids."""
        return tuple(Source(*row) for row in self._fetch(_SOURCES))

    def issues(self) -> list[IssueRow]:
        """Return what the build found in the sources, repaired, or left alone."""
        return self._fetch("SELECT kind, subject, detail, origin FROM issues ORDER BY fid")

    def area_bounds(self) -> list[tuple[str, int, Bounds]]:
        """Return P-code, level and bounds of every shape, without reading the shapes themselves."""
        with self._connect() as connection:
            found = []
            for fid, pcode, level in connection.execute(
                "SELECT fid, pcode, level FROM areas ORDER BY fid"
            ).fetchall():
                with connection.blobopen("areas", "geom", fid, readonly=True) as blob:
                    found.append((pcode, level, read_bounds(blob.read(ENVELOPE_BYTES))))
            return found

    def areas(self, *, level: int | None = None, simplified: bool = False) -> list[AreaRow]:
        """Return the shapes of one level, 0 to 3, or of all; empty when the file has none.

        Parameters
        ----------
        level
            Only this level; None is all.
        simplified
            The shapes made for maps instead of those at full precision.
        """
        table = "areas_simple" if simplified else "areas"
        where, values = ("", ()) if level is None else (" WHERE level = ?", (level,))
        rows = self._fetch(
            f"SELECT pcode, level, geom FROM {table}{where} ORDER BY fid",  # nosec B608 # the table's name is ours
            values,
        )
        return [(pcode, found, wkb_of(blob)) for pcode, found, blob in rows]

    def area(self, pcode: str, *, simplified: bool = False) -> bytes:
        """Return the shape of one admin unit as WKB, longitude first.

        Raises
        ------
        NotFoundError
            If the file has no shape for this P-code.
        """
        table = "areas_simple" if simplified else "areas"
        rows = self._fetch(
            f"SELECT geom FROM {table} WHERE pcode = ?",  # nosec B608 # the table's name is ours
            (pcode,),
        )
        if not rows:
            raise NotFoundError(
                f"{self.path} has no shape for {pcode!r}; 'gazetteer info' says what it holds"
            )
        return wkb_of(rows[0][0])

    def verify(self) -> None:
        """Read the whole file, slowly, and check that it is sound and says what it was built to say.

        Raises
        ------
        GazetteerFileError
            If a page is damaged or a row was changed after the file was built.
        """
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
        """Open the file read-only for one task; translate what SQLite says when it is damaged."""
        try:
            with contextlib.closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)) as connection:
                if self.manifest and _read_manifest(connection, self.path) != self.manifest:
                    raise GazetteerFileError(f"{self.path} was replaced while it was in use; open it again")
                yield connection
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise GazetteerFileError(
                    f"{self.path} is being changed by another program; close it there and try again"
                ) from error
            raise GazetteerFileError(f"{self.path} cannot be read ({error}); {REBUILD}") from error

    def _check_version(self) -> None:
        version = self.manifest.get("schema_version")
        if version != SCHEMA_VERSION:
            raise SchemaVersionError(
                f"{self.path} has schema version {version} and this library reads version {SCHEMA_VERSION};"
                f" {REBUILD}"
            )


def _check_header(path: Path) -> None:
    """Tell the common wrong files apart by their first 100 bytes and their length."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
            length = file.seek(0, 2)
    except FileNotFoundError as error:
        raise GazetteerFileError(
            f"There is no gazetteer file at {path}; check the name, or {_BUILD}"
        ) from error
    except IsADirectoryError as error:
        raise GazetteerFileError(f"{path} is a folder; name the gazetteer file in it, or {_BUILD}") from error
    except OSError as error:
        raise GazetteerFileError(f"{path} cannot be read as a gazetteer file: {error.strerror}") from error
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
