"""How the two databases that can hold incidents are connected to: SQLite, and PostgreSQL with PostGIS.

What differs between them stands here: how a transaction begins, how long it waits, and what an error means.

A file is opened anew by each transaction, a third of a millisecond. So no connection belongs to a thread, and
a file that is taken away or put back is noticed. A file that isn't there reads as an empty store, since asking
must not make one.

Connections to a server are pooled, and none is waited for without end. The server keeps time itself
(``statement_timeout``, ``lock_timeout``), and where it says nothing at all, this side gives up.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gazetteer.errors import GazetteerError, InputError

#: Marks a file as ours ("CGin"), and is the lock under which a server's tables are made.
APPLICATION_ID: Final = 0x4347696E
#: The schema of a PostgreSQL database in which the tables lie.
SCHEMA: Final = "conflict_gazetteer"
#: Seconds that a write waits for another, and that a read waits for a program that keeps a file to itself.
WAIT_S: Final = 10.0
_READ_S: Final = 1.0
#: Seconds to connect or to hear that a connection lives, for a statement, and until this side gives it up.
_CONNECT_S: Final = 5
_STATEMENT_S: Final = 30.0
_SILENT_S: Final = 35.0
_SILENT: Final = "the server doesn't answer"
#: A full disk: the index of SQLite's log can't be made (sqlite.org/walformat.html, 2.2), or the log itself.
_NO_ROOM: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_CANTOPEN)
#: SQLSTATE of a lock that wasn't given in time (PostgreSQL's manual, appendix A).
_LOCK_NOT_AVAILABLE: Final = "55P03"


class StoreError(GazetteerError):
    """The incident store can't be read or written: damaged, locked, on a full disk, or no store at all."""


class BusyError(StoreError):
    """Another write has lasted longer than one is waited for."""


@dataclass(frozen=True, slots=True)
class Database:
    """A database; `name` shows where it is, without a password."""

    reads: Engine
    writes: Engine
    name: str
    advice: str  # what to look at where it can't be used
    file: Path | None = None  # None of a server
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise what goes wrong in the database as a StoreError of one sentence.

        Neither what it is raised from is shown nor what a server adds in detail: both may quote a row.
        """
        try:
            yield
        except SQLAlchemyError as error:
            failed = BusyError if _is_busy(error) else StoreError
            raise failed(
                f"the incident store {self.name} can't be used: {self._reason(error)}; {self.advice}"
            ) from None

    def _reason(self, error: SQLAlchemyError) -> str:
        if _is_busy(error):
            return "another write takes too long"
        cause = error.orig if isinstance(error, DBAPIError) else error
        if type(cause).__name__ == "ConnectionTimeout":
            return _SILENT
        said = getattr(getattr(cause, "diag", None), "message_primary", None) or str(cause)
        for end in ("Is the server running", "Multiple connection attempts", "\nDETAIL"):
            said = said.partition(end)[0]
        for secret in self.secrets:
            said = said.replace(secret, "…")
        return " ".join(said.split()).rstrip(".; ")


def _is_busy(error: SQLAlchemyError) -> bool:
    cause = error.orig if isinstance(error, DBAPIError) else None
    code: int = getattr(cause, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY or getattr(cause, "sqlstate", None) == _LOCK_NOT_AVAILABLE


# ---------------------------------------------------------------------------------------- SQLite


def sqlite_database(path: Path) -> Database:
    """Return the database in a file, which needn't be there."""
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=lambda: _connected(path),
        poolclass=NullPool,
        hide_parameters=True,
        execution_options={"schema_translate_map": {SCHEMA: None}},
    )
    event.listen(engine, "begin", _begin)
    writes = engine.execution_options(writes=True)
    advice = "see that the file is whole and may be written, and that the disk has room"
    return Database(engine, writes, str(path), advice, file=path)


def _connected(path: Path) -> sqlite3.Connection:
    """Return a connection; one that only reads where the disk has no room for what WAL mode needs."""
    if not path.exists():
        return _opened(":memory:")
    address = path.absolute().as_uri()
    try:
        connection = _opened(f"{address}?mode=rw")
    except sqlite3.OperationalError as error:
        log = Path(f"{path}-wal")
        if error.sqlite_errorcode not in _NO_ROOM or (log.exists() and log.stat().st_size):
            raise
        connection = _opened(f"{address}?mode=ro&immutable=1")  # it wouldn't see a log
    # In this order: another process may make the store between two questions, all of it at once.
    filled = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if filled and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        connection.close()
        raise StoreError(f"{path} is no incident store: name another file, or one that doesn't exist yet")
    return connection


def _opened(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, timeout=_READ_S, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    """Begin a transaction of SQLite; writers come one after the other from its beginning on."""
    if not connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {WAIT_S * 1000:.0f}")
    try:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    except DBAPIError as error:  # SQLite doesn't wait here; the next to write sets it
        if not _is_busy(error):
            raise
    connection.exec_driver_sql("BEGIN IMMEDIATE")


# ------------------------------------------------------------------------------------ PostgreSQL


def postgresql_database(url: str) -> Database:
    """Return the database at a ``postgresql://`` address, which isn't connected to yet.

    Raises
    ------
    InputError
        If Psycopg isn't installed, or the address can't be read.
    """
    try:
        import psycopg
    except ImportError as error:
        raise InputError(
            "a store in a database needs Psycopg: install it with pip install 'conflict-gazetteer[postgis]'",
            parameter="store",
        ) from error

    class Bounded(psycopg.Connection[tuple[Any, ...]]):
        """A connection that is closed where an answer takes too long, as if the server had gone away."""

        limit_s = float(_CONNECT_S)

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            limit_s, begun_s = self.limit_s if timeout is None else timeout, monotonic()
            try:
                return super().wait(gen, interval, limit_s)
            except psycopg.OperationalError:
                if monotonic() - begun_s < limit_s:
                    raise
                self.pgconn.finish()
                raise psycopg.OperationalError(_SILENT) from None

    parameters, name = _read_address(url)
    limits = {
        "statement_timeout": _STATEMENT_S,
        "lock_timeout": WAIT_S,
        "idle_in_transaction_session_timeout": 4 * _STATEMENT_S,
    }
    own = " ".join(f"-c {limit}={seconds * 1000:.0f}" for limit, seconds in limits.items())
    arguments = {
        "application_name": "gazetteer-serve",
        "keepalives_idle": 30,
        "tcp_user_timeout": int(_SILENT_S * 1000),
        **parameters,
        "client_encoding": "UTF8",
        "connect_timeout": _CONNECT_S,
        "options": f"{parameters.get('options', '')} {own}".strip(),
    }

    def connected() -> Bounded:
        connection = Bounded.connect(**arguments, prepare_threshold=None)
        # What is acknowledged is on the disk, whatever the server does for others.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) "
            "WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.commit()
        return connection

    engine = create_engine(
        URL.create("postgresql+psycopg"),
        creator=connected,
        pool_size=4,
        max_overflow=28,
        pool_timeout=WAIT_S,
        pool_pre_ping=True,
        use_native_hstore=False,
        hide_parameters=True,
    )

    def limit(seconds: float) -> Any:
        return lambda connection, *_: connection and setattr(connection, "limit_s", seconds)

    event.listen(engine, "checkout", limit(_SILENT_S))
    event.listen(engine, "checkin", limit(_CONNECT_S))
    return Database(
        engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        engine.execution_options(isolation_level="READ COMMITTED"),
        name,
        "see that its server runs, and that user, password (PGPASSWORD or ~/.pgpass) and rights are right",
        secrets=tuple(filter(None, map(parameters.get, ("password", "sslpassword")))),
    )


def _read_address(url: str) -> tuple[dict[str, Any], str]:
    """Return what libpq reads in an address, and the address without its password.

    What isn't where it belongs may be a password: so nothing of an address that can't be read is quoted.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    refusal = InputError(
        "the address of the incident store can't be read: write it as postgresql://USER@HOST:PORT/DATABASE, "
        "and in a name or a password %40 for @, %2F for /, %3A for : and %25 for %",
        parameter="store",
    )
    try:
        parameters: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.Error:
        raise refusal from None
    user, host, port, database = (
        str(parameters.get(name) or "") for name in ("user", "host", "port", "dbname")
    )
    # Where "@" or "/" stand unescaped in a password, its end is taken for a host, a port or a database.
    digits = port.replace(",", "")
    if "@" in host + database or (port and not (digits.isascii() and digits.isdigit())):
        raise refusal
    user = f"{quote(user, safe='')}@" if user else ""
    return parameters, f"postgresql://{user}{quote(host, safe=',:')}{port and f':{port}'}/{quote(database)}"


def prepare(connection: Connection, store: object) -> None:
    """Have tables made by one writer at a time; raise StoreError where a database can't hold them."""
    if connection.dialect.name == "sqlite":  # which the beginning of a write has locked
        return
    ask = connection.exec_driver_sql
    ask(f"SELECT pg_advisory_xact_lock({APPLICATION_ID})")
    path = ask(
        "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace "
        "WHERE extname = 'postgis'"
    ).scalar()
    if path is None:
        raise StoreError(
            f"the database of the incident store {store} has no PostGIS: let its administrator run "
            "CREATE EXTENSION postgis in it"
        )
    if (encoding := ask("SHOW server_encoding").scalar()) != "UTF8":
        raise StoreError(
            f"the database of the incident store {store} has the encoding {encoding}, which can't hold all "
            "names: make one with the encoding UTF8"
        )
    ask("SELECT set_config('search_path', %s, true)", (path,))
    if not ask("SELECT count(*) FROM pg_namespace WHERE nspname = %s", (SCHEMA,)).scalar():
        ask(f"CREATE SCHEMA {SCHEMA}")


