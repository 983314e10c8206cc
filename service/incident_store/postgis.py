"""Incidents in a PostgreSQL database with PostGIS, for teams with many writers.

The tables lie in a schema of their own, ``conflict_gazetteer``, where QGIS opens ``incidents`` as a layer:
beside latitude and longitude, which are kept to the last bit, stands the point that the database makes of
them.

Writers come one after the other: each locks the one row of the table ``generation``, so they neither deadlock
nor overwrite each other. What they bring is copied to the server before that, so the lock is short. Readers
don't wait: each reads the state of one moment.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from gazetteer.errors import InputError
from gazetteer.incidents import Incident
from service.incident_store.generations import MOST_TOLD, first_kept, following
from service.incident_store.migrating import missing_scripts
from service.incident_store.postgresql import Address, Connection, Connections, Limits
from service.incident_store.protocol import Changes, Reading, StoreError
from service.incident_store.rows import COLUMNS, can_be_kept, checked_source, from_numbered, to_rows

__all__ = ["PostgisStore"]

_SCHEMA = "conflict_gazetteer"
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
#: The lock under which tables are made: "CGin", as SQLite's files are marked.
_MIGRATION_LOCK = 0x4347696E
#: An index of PostgreSQL takes no longer entry (its manual, "Limits": a third of a page).
_LONGEST_ID_BYTES = 2_500
#: Rows that are fetched at a time.
_AT_A_TIME = 5_000
_COMPARED = (*COLUMNS[1:], "source")
_STATE = f"SELECT number, (SELECT max(number) FROM {_SCHEMA}.migrations) FROM {_SCHEMA}.generation"  # nosec B608 # names of ours
_ARRIVING = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS arriving ON COMMIT DELETE ROWS AS
SELECT 0 AS n, {", ".join(COLUMNS)} FROM {_SCHEMA}.incidents WITH NO DATA
"""  # nosec B608 # names of ours
_COPY = f"COPY pg_temp.arriving (n, {', '.join(COLUMNS)}) FROM STDIN"
_DIFFERS = (
    f"({', '.join(f'present.{name}' for name in _COMPARED)}) IS DISTINCT FROM "
    f"({', '.join(f'{{new}}.{name}' for name in COLUMNS[1:])}, {{source}})"
)
_UPSERT = f"""
WITH written AS (
  INSERT INTO {_SCHEMA}.incidents AS present (seq, {", ".join(COLUMNS)}, source, stored, changed)
  SELECT %(last)s + n, {", ".join(COLUMNS)}, %(source)s, %(now)s, %(changed)s
  FROM pg_temp.arriving ORDER BY id
  ON CONFLICT (id) DO UPDATE SET ({", ".join(_COMPARED)}, stored, changed) =
    ({", ".join(f"excluded.{name}" for name in _COMPARED)}, excluded.stored, excluded.changed)
  WHERE {_DIFFERS.format(new="excluded", source="excluded.source")}
  RETURNING seq
)
SELECT count(*), count(*) FILTER (WHERE seq > %(last)s) FROM written
"""  # nosec B608 # names of ours
_TRY = f"""
SELECT count(*) FILTER (WHERE present.id IS NULL OR {_DIFFERS.format(new="arriving", source="%(source)s")}),
  count(*) FILTER (WHERE present.id IS NULL)
FROM pg_temp.arriving LEFT JOIN {_SCHEMA}.incidents AS present USING (id)
"""  # nosec B608 # names of ours
_DELETE = f"""
WITH gone AS (
  DELETE FROM {_SCHEMA}.incidents WHERE id = ANY (%(ids)s) OR source = %(source)s RETURNING seq
)
INSERT INTO {_SCHEMA}.deleted SELECT seq, %(changed)s FROM gone
"""  # nosec B608 # names of ours
_ROWS = ", ".join(
    f"to_char({name}, 'YYYY-MM-DD')" if name in ("first_day", "last_day") else name for name in COLUMNS
)
_SELECT = f"SELECT seq, {_ROWS} FROM {_SCHEMA}.incidents WHERE changed > %s ORDER BY seq + 0"  # nosec B608 # names of ours


class PostgisStore:
    """An :class:`~service.incident_store.IncidentStore` in a PostgreSQL database with PostGIS.

    Parameters
    ----------
    url
        ``postgresql://USER@HOST:PORT/DATABASE``. The tables are made by the first write.
    limits
        How long things may take.

    Raises
    ------
    InputError
        If the address can't be read.
    """

    def __init__(self, url: str, *, limits: Limits | None = None) -> None:
        self.connections = Connections(Address(url), limits or Limits())

    def __str__(self) -> str:
        return str(self.connections.address)

    def __repr__(self) -> str:
        return f"<PostgisStore {self}>"

    def generation(self) -> int:
        """Return the present generation, 0 where nothing was ever stored."""
        try:
            row = self.connections.ask(_STATE)
        except StoreError as error:
            if isinstance(error.__cause__, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
                return 0
            raise
        if row is None:
            return 0
        missing_scripts("postgresql", row[1], store=self)
        number: int = row[0]
        return number

    def read(self) -> tuple[int, tuple[Incident, ...]]:
        """Return the generation and all its incidents, as they are at one moment."""
        reading = self.read_since(0)
        return reading.generation, reading.incidents

    def read_since(self, generation: int) -> Reading:
        """Return what changed since a generation; all there is where that can't be told."""
        with self._open(_READ) as (connection, ready):
            present = _one(connection, f"SELECT number FROM {_SCHEMA}.generation") if ready else 0  # nosec B608 # names of ours
            if not present:
                return Reading(0)
            passed = f"SELECT count(*) FROM {_SCHEMA}.passed WHERE generation = %s"  # nosec B608 # names of ours
            told = _one(connection, passed, generation) > 0
            if told:  # else all rows may be read in the order that is asked for
                connection.execute("SET LOCAL enable_seqscan = off")
            with connection.cursor("reading") as cursor:  # the rows don't come all at once
                cursor.itersize = _AT_A_TIME
                numbers, incidents = from_numbered(cursor.execute(_SELECT, (generation if told else -1,)))
            gone: Iterable[tuple[int]] = ()
            if told:
                query = f"SELECT seq FROM {_SCHEMA}.deleted WHERE generation > %s"  # nosec B608 # names of ours
                gone = connection.execute(query, (generation,)).fetchall()
            return Reading(present, not told, numbers, incidents, tuple(seq for (seq,) in gone))

    def upsert(self, incidents: Iterable[Incident], *, source: str, dry_run: bool = False) -> Changes:
        """Add incidents, and replace those whose id is there already, in one transaction."""
        values: dict[str, Any] = {"source": checked_source(source), "now": datetime.now(UTC)}
        with self._open(_WRITE, create=True) as (connection, _):
            connection.execute(_ARRIVING)
            count = 0
            with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                for count, row in enumerate(to_rows(incidents), start=1):
                    _check_id(row[0])
                    copy.write_row((count, *row))
            if dry_run:
                touched, added = connection.execute(_TRY, values).fetchone() or (0, 0)
                return Changes(added, touched - added, count - touched)
            generation, last = _locked(connection)
            values |= {"last": last, "changed": following(generation)}
            touched, added = connection.execute(_UPSERT, values).fetchone() or (0, 0)
            if touched or not generation:
                _advance(connection, values["changed"], last_seq=last + count)
                self.connections.commit(connection)
        return Changes(added, touched - added, count - touched)

    def delete(self, *, ids: Collection[str] = (), source: str | None = None) -> int:
        """Delete incidents by id, and all of a source; return how many there were."""
        with self._open(_WRITE) as (connection, ready):
            if not ready:
                return 0
            generation, last = _locked(connection)
            changed = following(generation)
            values = {
                "ids": list(filter(can_be_kept, ids)),
                "source": source if can_be_kept(source) else None,
                "changed": changed,
            }
            gone = connection.execute(_DELETE, values).rowcount
            if gone:
                _advance(connection, changed, last_seq=last, told=gone <= MOST_TOLD)
                self.connections.commit(connection)
        return gone

    def check_writable(self) -> None:
        """Return if a write could be made now; another writer at work is no obstacle."""
        with self._open(_WRITE) as (connection, ready):
            if not ready:
                _migrate(connection, self)  # tried only: it isn't committed
            rights = f"SELECT has_table_privilege('{_SCHEMA}.incidents', %s)"
            if not all(_one(connection, rights, right) for right in ("INSERT", "UPDATE", "DELETE")):
                raise StoreError(f"the incident store {self} can't be written: its role may only read")

    @contextmanager
    def _open(self, begin: str, *, create: bool = False) -> Iterator[tuple[Connection, bool]]:
        """Begin; give the connection, and whether there are tables: an older version's are migrated."""
        with self.connections.transaction(begin) as connection:
            layout = _layout(connection)
            if missing_scripts("postgresql", layout, store=self) and (layout or create):
                if begin is _READ:
                    connection.execute("ROLLBACK")
                    connection.execute(_WRITE)
                layout = _migrate(connection, self)
                if begin is _READ:
                    self.connections.commit(connection)
                    connection.execute(_READ)
            yield connection, layout > 0


def _one(connection: Connection, query: str, *values: Any) -> Any:
    row = connection.execute(query, values or None).fetchone()
    return None if row is None else row[0]


def _layout(connection: Connection) -> int:
    """Return the number of the last script that was run; 0 where there are no tables."""
    # Asked of a table: to_regclass answers from a cache, which waiting for a lock doesn't renew.
    query = "SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename = 'migrations'"
    if not _one(connection, query, _SCHEMA):
        return 0
    number: int = _one(connection, f"SELECT max(number) FROM {_SCHEMA}.migrations")  # nosec B608 # names of ours
    return number


def _migrate(connection: Connection, store: PostgisStore) -> int:
    """Make the tables or bring them up to date, as part of this transaction."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
    layout = _layout(connection)  # another may have done it before
    postgis = (
        "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace "
        "WHERE extname = 'postgis'"
    )
    path = _one(connection, postgis)
    if path is None:
        raise StoreError(
            f"the database of the incident store {store} has no PostGIS: let its administrator run "
            "CREATE EXTENSION postgis in it"
        )
    if (encoding := _one(connection, "SHOW server_encoding")) != "UTF8":
        raise StoreError(
            f"the database of the incident store {store} has the encoding {encoding}, which can't hold all "
            "names: make one with the encoding UTF8"
        )
    connection.execute("SELECT set_config('search_path', %s, true)", (path,))
    if not _one(connection, "SELECT count(*) FROM pg_namespace WHERE nspname = %s", _SCHEMA):
        connection.execute(f"CREATE SCHEMA {_SCHEMA}")
    if not layout:
        connection.execute(
            f"CREATE TABLE {_SCHEMA}.migrations "
            "(number integer PRIMARY KEY, name text NOT NULL, applied timestamptz NOT NULL DEFAULT now())"
        )
    for script in missing_scripts("postgresql", layout, store=store):
        connection.execute(script.sql)
        record = f"INSERT INTO {_SCHEMA}.migrations VALUES (%s, %s)"  # nosec B608 # names of ours
        connection.execute(record, (script.number, script.name))
        layout = script.number
    return layout


def _locked(connection: Connection) -> tuple[int, int]:
    """Return the generation and the last number given, once no other write is at work."""
    query = f"SELECT number, last_seq FROM {_SCHEMA}.generation FOR UPDATE"  # nosec B608 # names of ours
    number, last = connection.execute(query).fetchone() or (0, 0)
    return number, last


def _advance(connection: Connection, generation: int, *, last_seq: int, told: bool = True) -> None:
    """Go on to a generation, and forget what changed long ago; all of it where this change isn't told."""
    first = first_kept(generation) if told else generation
    connection.execute(f"DELETE FROM {_SCHEMA}.deleted WHERE generation < %s", (first + (not told),))  # nosec B608 # names of ours
    connection.execute(f"DELETE FROM {_SCHEMA}.passed WHERE generation < %s", (first,))  # nosec B608 # names of ours
    connection.execute(f"INSERT INTO {_SCHEMA}.passed VALUES (%s)", (generation,))  # nosec B608 # names of ours
    connection.execute(f"UPDATE {_SCHEMA}.generation SET number = %s, last_seq = %s", (generation, last_seq))  # nosec B608 # names of ours


def _check_id(id_: str) -> None:
    if len(id_.encode()) > _LONGEST_ID_BYTES:
        raise InputError(
            f"the id {id_[:20]!r}… is too long for a database: {_LONGEST_ID_BYTES} bytes at most",
            parameter="id",
        )
