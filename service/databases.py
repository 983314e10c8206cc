"""How the two databases that can hold incidents are connected to: SQLite, and PostgreSQL with PostGIS.

Each transaction opens a file anew. So no connection belongs to a thread, no log stays beside the file, and a
file that is taken away or put back is noticed; one that isn't there reads as an empty store. Connections to a
server are pooled, and none is waited for without end.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from gazetteer.errors import GazetteerError, InputError

#: Marks a file as ours ("CGin"), and is the lock under which a server's tables are made.
APPLICATION_ID: Final = 0x4347696E
#: The schema of a PostgreSQL database in which the tables lie.
SCHEMA: Final = "conflict_gazetteer"
#: Seconds that a write waits for another, and that a read waits for a program that keeps a file to itself.
WAIT_S: Final = 10.0
_READ_S: Final = 1.0
#: Seconds to connect or to hear that a connection lives; for a statement; until a server is given up that
#: hangs, or waits for its disk, and so keeps no time itself.
_CONNECT_S: Final = 5.0
_STATEMENT_S: Final = 30.0
_SILENT_S: Final = 35.0
#: Nanoseconds after which the clock of any file system has moved on; that of FAT goes by two seconds.
_TICK_NS: Final = 3_000_000_000
#: A full disk: the index of SQLite's log can't be made (sqlite.org/walformat.html, 2.2), or the log itself.
_NO_ROOM: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_CANTOPEN)
#: SQLSTATE of a lock that wasn't given in time (PostgreSQL's manual, appendix A).
_LOCK_NOT_AVAILABLE: Final = "55P03"


class StoreError(GazetteerError):
    """The incident store can't be read or written: damaged, locked, on a full disk, or no store at all."""


class BusyError(StoreError):
    """Another write has lasted longer than one is waited for."""


@dataclass(frozen=True, repr=False)
class Database:
    """A database; `name` shows where it is, without a password."""

    reads: sa.Engine
    writes: sa.Engine
    name: str
    advice: str  # what to look at where it can't be used
    file: Path | None = None

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise what goes wrong as a StoreError of one sentence; never its details, which may quote a row."""
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            cause: Any = error.orig if isinstance(error, DBAPIError) else error
            why = (getattr(cause, "diag", None) and cause.diag.message_primary) or str(cause)
            code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorcode", 0) & 0xFF
            is_busy = code in (_LOCK_NOT_AVAILABLE, sqlite3.SQLITE_BUSY)
            why = "another write takes too long" if is_busy else why.partition("\n")[0].strip(".; ")
            failed = BusyError if is_busy else StoreError
            raise failed(f"the incident store {self.name} can't be used: {why}; {self.advice}") from None

    def stamp(self) -> object:
        """Return how a file and its log stand, which every write changes; None where that can't be told.

        The clock of a file system is coarse, so a file that was just written may be again without a sign.
        """
        found = []
        for path in (self.file, Path(f"{self.file}-wal")) if self.file else ():
            with suppress(OSError):
                one = path.stat()
                found.append((path, one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns))
        settled_ns = time.time_ns() - _TICK_NS
        return found if found and all(max(one[-2:]) < settled_ns for one in found) else None


def open_database(address: str | Path) -> Database:
    """Return the database in a file or at a ``postgresql://`` address, without connecting; or InputError."""
    is_file = isinstance(address, Path) or "://" not in address
    return _sqlite(Path(address)) if is_file else _postgresql(str(address))


def _sqlite(path: Path) -> Database:
    engine = sa.create_engine(
        "sqlite+pysqlite://", creator=lambda: _connected(path), poolclass=sa.NullPool, hide_parameters=True
    )
    sa.event.listen(engine, "begin", lambda connection: _begin(connection, path))
    advice = "see that the file is whole and may be written, and that the disk has room"
    return Database(engine, engine.execution_options(writes=True), str(path), advice, path)


def _connected(path: Path) -> sqlite3.Connection:
    """Return a connection; one that only reads where the disk has no room for what WAL mode needs."""
    if not path.exists():
        return sqlite3.connect(":memory:", isolation_level=None)
    connection, log = _opened(path, "mode=rw"), Path(f"{path}-wal")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.Error as error:  # any other comes again when a transaction begins
        if error.sqlite_errorcode in _NO_ROOM and not (log.exists() and log.stat().st_size):
            connection.close()
            return _opened(path, "mode=ro&immutable=1")  # it wouldn't see a log
    return connection


def _opened(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None, timeout=_READ_S
    )


def _begin(connection: sa.Connection, path: Path) -> None:
    """Begin a transaction of SQLite; a write has locked the file from its beginning on."""
    run = connection.exec_driver_sql
    # In this order: another process may make the store between two questions, all of it at once.
    is_filled = run("SELECT count(*) FROM sqlite_schema").scalar()
    if is_filled and run("PRAGMA application_id").scalar() != APPLICATION_ID:
        raise StoreError(f"{path} is no incident store: name another file, or one that doesn't exist yet")
    if not connection.get_execution_options().get("writes"):
        run("BEGIN")
        return
    run(f"PRAGMA busy_timeout = {WAIT_S * 1000:.0f}")
    run("PRAGMA synchronous = FULL")
    with suppress(DBAPIError):  # SQLite doesn't wait here for another; the next to write sets it
        run("PRAGMA journal_mode = WAL")
    run("BEGIN IMMEDIATE")


def _postgresql(address: str) -> Database:
    try:
        import psycopg
    except ImportError as error:
        raise InputError(
            "a store in a database needs Psycopg: install it with pip install 'conflict-gazetteer[postgis]'",
            parameter="store",
        ) from error

    class Bounded(psycopg.Connection[tuple[Any, ...]]):
        """A connection that is given up where no answer comes, even though the machine takes what is sent."""

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            # Outside a transaction the pool asks whether the server is still there.
            limit_s = timeout or (_CONNECT_S if self.autocommit else _SILENT_S)
            try:
                return super().wait(gen, interval, limit_s)
            except psycopg.OperationalError:
                self.pgconn.finish()
                raise

    url = _url(address)
    own = (
        f"-c search_path={SCHEMA} -c statement_timeout={_STATEMENT_S}s -c lock_timeout={WAIT_S}s "
        f"-c idle_in_transaction_session_timeout={4 * _STATEMENT_S}s -c synchronous_commit=on"
    )
    engine = sa.create_engine(
        url,
        connect_args={
            "application_name": "gazetteer-serve",
            "client_encoding": "UTF8",
            "connect_timeout": int(_CONNECT_S),
            "options": f"{url.query.get('options', '')} {own}",
        },
        max_overflow=27,
        pool_timeout=WAIT_S,
        pool_pre_ping=True,
        hide_parameters=True,
    )
    sa.event.listen(engine, "do_connect", lambda _, __, args, options: Bounded.connect(*args, **options))
    shown = sa.URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return Database(
        engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        engine.execution_options(isolation_level="READ COMMITTED"),
        shown.render_as_string(),
        "see that its server runs, and that user, password (PGPASSWORD or ~/.pgpass) and rights are right",
    )


def _url(address: str) -> sa.URL:
    with suppress(ArgumentError, ValueError):
        url = sa.make_url(address).set(drivername="postgresql+psycopg")
        if "@" not in f"{url.host}{url.database}":  # else of a password in which it isn't escaped
            return url
    raise InputError(  # quotes nothing, since what can't be read may be a password
        "the address of the incident store can't be read: write it as postgresql://USER@HOST:PORT/DATABASE, "
        "and in a name or a password %40 for @, %2F for /, %3A for : and %25 for %",
        parameter="store",
    )


def has_tables(connection: sa.Connection) -> bool:
    """Tell whether a database has the tables of a store."""
    if connection.dialect.name == "sqlite":  # asked with every read: SQLAlchemy's own question takes 1 ms
        return bool(connection.exec_driver_sql("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").scalar())
    return sa.inspect(connection).has_table("meta", schema=SCHEMA)


def prepare(connection: sa.Connection, name: str) -> None:
    """Let tables be made by one writer at a time; StoreError where a server has no PostGIS."""
    if connection.dialect.name == "sqlite":  # which the beginning of a write has locked
        return
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(APPLICATION_ID)))
    where = "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'postgis'"
    path = connection.exec_driver_sql(where).scalar()
    if path is None:
        raise StoreError(
            f"the database of the incident store {name} has no PostGIS: let its administrator run "
            "CREATE EXTENSION postgis in it"
        )
    if not sa.inspect(connection).has_schema(SCHEMA):
        connection.execute(sa.schema.CreateSchema(SCHEMA))
    connection.execute(sa.select(sa.func.set_config("search_path", f"{SCHEMA}, {path}", True)))
