"""Incidents in a file of SQLite, in WAL mode: readers don't wait for a writer, nor it for them.

Each method opens the file, does its work and closes it again, a quarter of a millisecond. So no connection is
carried into a forked worker, which SQLite forbids (sqlite.org/howtocorrupt.html, section 2.6), none belongs
to a thread, and a store that doesn't exist is not made by asking. Writes are synchronous (PRAGMA
synchronous=FULL): what was acknowledged is still there after a loss of power, as far as the disk keeps its
word.
"""

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from gazetteer.incidents import Incident
from service.incident_store.generations import MOST_TOLD, first_kept, following
from service.incident_store.migrating import missing_scripts
from service.incident_store.protocol import Changes, Reading, StoreError
from service.incident_store.rows import COLUMNS, can_be_kept, checked_source, from_numbered, to_rows

__all__ = ["SqliteStore"]

#: Marks the file as ours ("CGin"); the number of its last migration is its user_version. Both stand in its
#: first page.
_APPLICATION_ID = 0x4347696E
#: Seconds that a write waits for another writer, that a read waits for who lets no reader in (an answer reads
#: twice), and that a check does.
_WAIT_S, _READ_S, _CHECK_S = 10.0, 1.0, 0.5
#: A full disk: the index of the log can't be made (sqlite.org/walformat.html, 2.2), or the log itself.
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_CANTOPEN)
_COMPARED = (*COLUMNS[1:], "source")
_NEW = ", ".join(f"excluded.{name}" for name in _COMPARED)
_UPSERT = f"""
INSERT INTO incidents ({", ".join(COLUMNS)}, source, stored, changed)
VALUES ({", ".join("?" * (len(COLUMNS) + 3))})
ON CONFLICT (id) DO UPDATE
SET ({", ".join(_COMPARED)}, stored, changed) = ({_NEW}, excluded.stored, excluded.changed)
WHERE ({", ".join(f"incidents.{name}" for name in _COMPARED)}) IS NOT ({_NEW})
"""  # nosec B608 # names of ours, and question marks
_READ = f"SELECT seq, {', '.join(COLUMNS)} FROM incidents "  # nosec B608 # names of ours
# Else SQLite reads all rows in the order that is asked for.
_READ_CHANGED = _READ + "INDEXED BY incidents_changed WHERE changed > ? ORDER BY seq"


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
        with self._open(wait_s=_READ_S) as connection:
            return _generation(connection)

    def read(self) -> tuple[int, tuple[Incident, ...]]:
        """Return the generation and all its incidents, as they are at one moment."""
        reading = self.read_since(0)
        return reading.generation, reading.incidents

    def read_since(self, generation: int) -> Reading:
        """Return what changed since a generation; all there is where that can't be told."""
        if not self.path.exists():
            return Reading(0)
        with self._open(wait_s=_READ_S) as connection:
            connection.execute("BEGIN")
            present = _generation(connection)
            if not present:
                return Reading(0)
            told = connection.execute("SELECT 1 FROM passed WHERE generation = ?", (generation,)).fetchone()
            if told:
                rows = connection.execute(_READ_CHANGED, (generation,))
            else:
                rows = connection.execute(_READ + "ORDER BY seq")
            numbers, incidents = from_numbered(rows)
            gone = connection.execute("SELECT seq FROM deleted WHERE generation > ?", (generation,))
            deleted = tuple(seq for (seq,) in gone) if told else ()
            return Reading(present, not told, numbers, incidents, deleted)

    def upsert(self, incidents: Iterable[Incident], *, source: str, dry_run: bool = False) -> Changes:
        """Add incidents, and replace those whose id is there already, in one transaction."""
        label, now, count = checked_source(source), datetime.now(UTC).isoformat(timespec="seconds"), 0
        nowhere = dry_run and not self.path.exists()  # what is only tried leaves no file
        with self._open(":memory:" if nowhere else None, create=True) as connection:
            _begin(connection)
            generation, before = _generation(connection), _count(connection)
            changed = following(generation)

            def rows() -> Iterator[tuple[object, ...]]:
                nonlocal count
                for row in to_rows(incidents):
                    count += 1
                    yield (*row, label, now, changed)

            touched = connection.executemany(_UPSERT, rows()).rowcount
            added = _count(connection) - before
            if not dry_run and (touched or not generation):
                _advance(connection, changed)
                connection.execute("COMMIT")
        return Changes(added, touched - added, count - touched)

    def delete(self, *, ids: Collection[str] = (), source: str | None = None) -> int:
        """Delete incidents by id, and all of a source; return how many there were."""
        if not self.path.exists():
            return 0
        with self._open() as connection:
            _begin(connection)
            generation = _generation(connection)
            if not generation:
                return 0
            changed = following(generation)
            note = "INSERT OR IGNORE INTO deleted SELECT seq, ? FROM incidents WHERE "
            connection.executemany(note + "id = ?", ((changed, id_) for id_ in filter(can_be_kept, ids)))
            if can_be_kept(source):
                connection.execute(note + "source = ?", (changed, source))  # none has the source None
            there = "SELECT seq FROM deleted WHERE generation = ?"
            gone = connection.execute(f"DELETE FROM incidents WHERE seq IN ({there})", (changed,)).rowcount  # nosec B608 # names of ours
            if gone:
                _advance(connection, changed, told=gone <= MOST_TOLD)
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
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")  # undone
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
            with closing(_connected(instead or self.path, wait_s)) as connection:
                _check_ours(connection, self.path)
                connection.execute("PRAGMA synchronous = FULL")
                _migrate(connection, self.path, create=create)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the incident store {self.path} can't be used: {str(error).rstrip('.')}; see that the file "
                "is whole and may be written, and that the disk has room"
            ) from error


def _connected(path: str | Path, wait_s: float) -> sqlite3.Connection:
    """Return a connection; one that only reads where the disk has no room for what WAL mode needs.

    That one looks at the file alone, so it is given only where no log of writes lies beside it.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=wait_s)
    try:
        connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        log = Path(f"{path}-wal")
        if error.sqlite_errorcode not in _NO_ROOM or (log.exists() and log.stat().st_size):
            raise
        address = f"{Path(path).absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(address, uri=True, isolation_level=None)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _check_ours(connection: sqlite3.Connection, path: Path) -> None:
    # In this order: another process may make the store between two questions, all of it at once.
    filled = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] > 0
    ours = connection.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION_ID
    if filled and not ours:
        raise StoreError(f"{path} is no incident store: name another file, or one that doesn't exist yet")


def _migrate(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    """Make the tables, or bring them up to date, in a transaction; a new file only gets any to write into."""
    number = _layout(connection)
    if not missing_scripts("sqlite", number, store=path) or not (number or create):
        return
    _begin(connection)  # another process may have done it before
    for script in missing_scripts("sqlite", _layout(connection), store=path):
        statement = ""
        for line in script.sql.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                connection.execute(statement)
                statement = ""
        connection.execute(f"PRAGMA user_version = {script.number}")
    connection.execute("COMMIT")


def _begin(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:  # SQLite doesn't wait here; the next to write sets it
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
    connection.execute("BEGIN IMMEDIATE")


def _layout(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return number


def _generation(connection: sqlite3.Connection) -> int:
    if not _layout(connection):  # made, and nothing written yet
        return 0
    number: int = connection.execute("SELECT number FROM generation").fetchone()[0]
    return number


def _advance(connection: sqlite3.Connection, generation: int, *, told: bool = True) -> None:
    """Go on to a generation, and forget what changed long ago; all of it where this change isn't told."""
    first = first_kept(generation) if told else generation
    connection.execute("DELETE FROM deleted WHERE generation < ?", (first + (not told),))
    connection.execute("DELETE FROM passed WHERE generation < ?", (first,))
    connection.execute("INSERT INTO passed VALUES (?)", (generation,))
    connection.execute("UPDATE generation SET number = ?", (generation,))


def _count(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM incidents").fetchone()[0]
    return count
