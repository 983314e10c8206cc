"""Incidents in a file of SQLite, in WAL mode: readers don't wait for a writer, nor it for them.

Each method opens the file, does its work and closes it again, a quarter of a millisecond. So no connection is
carried into a forked worker, which SQLite forbids (sqlite.org/howtocorrupt.html, section 2.6), none belongs
to a thread, and a store that doesn't exist is not made by asking. Writes are synchronous (PRAGMA
synchronous=FULL): what was acknowledged is still there after a loss of power, as far as the disk keeps its
word.
"""

import os
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from gazetteer.errors import InputError
from gazetteer.incidents import Incident
from service.incident_store.protocol import Changes, StoreError
from service.incident_store.rows import COLUMNS, from_row, to_row

__all__ = ["SqliteStore"]

#: Marks the file as ours ("CGin") and says how it is laid out; both stand in its first page.
_APPLICATION_ID, _LAYOUT = 0x4347696E, 2
#: Seconds that a write waits for another writer, and that a check does.
_WAIT_S, _CHECK_S = 10.0, 0.5
_SCHEMA = f"""
CREATE TABLE incidents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of an answer: a number is never given twice
  id TEXT NOT NULL UNIQUE,
  first_day TEXT, -- one day, or the span that a month or year stands for
  last_day TEXT,
  latitude REAL,
  longitude REAL,
  radius_m REAL NOT NULL,
  radius_known INTEGER NOT NULL,
  admin TEXT NOT NULL,
  place TEXT NOT NULL,
  place_id TEXT NOT NULL,
  properties TEXT NOT NULL,
  problems TEXT NOT NULL,
  origin TEXT NOT NULL, -- where the position came from
  names TEXT NOT NULL, -- the place as written, and the areas, both in JSON
  context TEXT NOT NULL,
  source TEXT NOT NULL,
  stored TEXT NOT NULL
);
CREATE INDEX incidents_source ON incidents (source);
CREATE TABLE generation (number INTEGER NOT NULL);
INSERT INTO generation VALUES (0);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_LAYOUT};
"""
_COMPARED = ", ".join((*COLUMNS[1:], "source"))
_NEW = ", ".join(f"excluded.{name}" for name in (*COLUMNS[1:], "source"))
_UPSERT = f"""
INSERT INTO incidents ({", ".join(COLUMNS)}, source, stored) VALUES ({", ".join("?" * (len(COLUMNS) + 2))})
ON CONFLICT (id) DO UPDATE SET ({_COMPARED}, stored) = ({_NEW}, excluded.stored)
WHERE ({", ".join(f"incidents.{name}" for name in (*COLUMNS[1:], "source"))}) IS NOT ({_NEW})
"""
_READ = f"SELECT {', '.join(COLUMNS)} FROM incidents ORDER BY seq"


class SqliteStore:
    """An :class:`~service.incident_store.IncidentStore` in a file.

    Parameters
    ----------
    path
        The file. It is made, readable to its owner alone, by the first write; its folder too.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"<SqliteStore {self.path}>"

    def generation(self) -> int:
        """Return the present generation, 0 where nothing was ever stored."""
        if not self.path.exists():
            return 0
        with self._open() as connection:
            return _generation(connection)

    def read(self) -> tuple[int, tuple[Incident, ...]]:
        """Return the generation and all its incidents, as they are at one moment."""
        if not self.path.exists():
            return 0, ()
        with self._open() as connection:
            connection.execute("BEGIN")
            generation = _generation(connection)
            return generation, tuple(map(from_row, connection.execute(_READ))) if generation else ()

    def upsert(self, incidents: Iterable[Incident], *, source: str, dry_run: bool = False) -> Changes:
        """Add incidents, and replace those whose id is there already, in one transaction."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        ids: set[str] = set()

        def rows() -> Iterator[tuple[object, ...]]:
            for incident in incidents:
                if incident.id in ids:
                    raise InputError(f"two incidents have the id {incident.id!r}: give each its own")
                ids.add(incident.id)
                yield (*to_row(incident), source, now)

        nowhere = dry_run and not self.path.exists()  # what is only tried leaves no file
        with self._open(":memory:" if nowhere else None, create=True) as connection:
            _begin(connection)
            generation, before = _generation(connection), _count(connection)
            touched = connection.executemany(_UPSERT, rows()).rowcount
            added = _count(connection) - before
            changes = Changes(added, touched - added, len(ids) - touched)
            if not dry_run and (touched or not generation):
                _advance(connection, generation)
                connection.execute("COMMIT")
        return changes

    def delete(self, *, ids: Collection[str] = (), source: str | None = None) -> int:
        """Delete incidents by id, and all of a source; return how many there were."""
        if not self.path.exists():
            return 0
        with self._open() as connection:
            _begin(connection)
            gone = connection.executemany("DELETE FROM incidents WHERE id = ?", ((i,) for i in ids)).rowcount
            gone = max(gone, 0)  # -1 where there was nothing to run
            if source is not None:
                gone += connection.execute("DELETE FROM incidents WHERE source = ?", (source,)).rowcount
            if gone:
                _advance(connection, _generation(connection))
                connection.execute("COMMIT")
        return gone

    def check_writable(self) -> None:
        """Return if a write could be made now; another writer at work is no obstacle."""
        if not self.path.exists():
            folder = next(folder for folder in self.path.absolute().parents if folder.exists())
            if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
                raise StoreError(f"the incident store {self.path} can't be made: {folder} can't be written")
            return
        with self._open(wait_s=_CHECK_S) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise

    @contextmanager
    def _open(
        self, instead: str | None = None, *, create: bool = False, wait_s: float = _WAIT_S
    ) -> Iterator[sqlite3.Connection]:
        """Give a connection; a transaction that isn't committed when the block ends is undone."""
        try:
            if create and instead is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.touch(mode=0o600)  # incidents are nobody else's to read
            with closing(
                sqlite3.connect(instead or self.path, isolation_level=None, timeout=wait_s)
            ) as connection:
                _check_ours(connection, self.path)
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the incident store {self.path} can't be used: {str(error).rstrip('.')}; see that the file "
                "is whole and may be written, and that the disk has room"
            ) from error


def _check_ours(connection: sqlite3.Connection, path: Path) -> None:
    ours = connection.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION_ID
    layout = connection.execute("PRAGMA user_version").fetchone()[0]
    if ours and layout != _LAYOUT:
        raise StoreError(
            f"the incident store {path} is of another version of this program ({layout}): "
            "name another file, and store the tables anew"
        )
    if not ours and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise StoreError(f"{path} is no incident store: name another file, or one that doesn't exist yet")


def _begin(connection: sqlite3.Connection) -> None:
    """Begin a write; in a new file, with the tables as its first part."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)


def _generation(connection: sqlite3.Connection) -> int:
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:  # made, and nothing written yet
        return 0
    number: int = connection.execute("SELECT number FROM generation").fetchone()[0]
    return number


def _advance(connection: sqlite3.Connection, generation: int) -> None:
    following = generation + 1 if generation else secrets.randbelow(2**48) + 1
    connection.execute("UPDATE generation SET number = ?", (following,))


def _count(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM incidents").fetchone()[0]
    return count
