"""Where incidents are kept: one table, in a file of SQLite or a PostgreSQL database with PostGIS.

Each row bears the number of the change that wrote it last, so a reader asks for what was written since.
Change numbers are the time in microseconds, or one more than the last: they rise, and two stores share none.

Every write is one transaction: it happens whole or not at all, whenever the process or the machine stops, and
once the call returns it is on the disk. Writers come one after the other; readers see one moment and don't
wait. Methods may be called from any thread.
"""

import json
import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter
from pydantic_core import from_json
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from gazetteer.errors import InputError
from gazetteer.incidents import Incident
from service import databases
from service.databases import BusyError, StoreError

T = TypeVar("T")

#: The layout of the tables. A store with another one is refused.
_VERSION: Final = 1
#: The longest id, in characters: an index of PostgreSQL takes 2,704 bytes (its manual, "Limits").
_MAX_ID: Final = 500
#: Rows that are written or fetched at a time.
_AT_A_TIME: Final = 1_000

_metadata = sa.MetaData()
_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_incidents = sa.Table(
    "incidents",
    _metadata,
    sa.Column("number", _number, primary_key=True, autoincrement=False),
    sa.Column("owner", _name, nullable=False),
    sa.Column("id", _name, nullable=False),
    # For those who look at the table: the incident is made of its days, its properties and the rest.
    sa.Column("first_day", sa.Date),  # one day, or the span that a month or year stands for
    sa.Column("last_day", sa.Date),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("radius_m", sa.Double, nullable=False),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("place", "source", "published")),
    sa.Column("properties", sa.Text, nullable=False),  # JSON as text: a JSON column would sort its columns
    sa.Column("rest", sa.Text, nullable=False),  # JSON, the same for all rows of one place
    sa.Column("changed", _number, nullable=False, index=True),
    sa.UniqueConstraint("owner", "id"),
)
#: What makes a row another one.
_COMPARED = {column.name for column in _incidents.c} - {"number", "owner", "id", "changed"}
_KEPT: Final = "number owner source published id first_day last_day properties rest".split()
_READ: Final = sa.select(*(_incidents.c[name] for name in _KEPT))
#: What is told to a database once it has the tables.
_OWN: Final = {
    "sqlite": (f"PRAGMA application_id = {databases.APPLICATION_ID}",),
    "postgresql": (
        "ALTER TABLE incidents ADD COLUMN geom geometry(Point, 4326) "
        "GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)) STORED",
        "CREATE INDEX incidents_geom ON incidents USING gist (geom)",
    ),
}


@dataclass(frozen=True, slots=True)
class Stored:
    """An incident as it is kept."""

    number: int  # the store's own: it rises, and is never given twice
    owner: str  # the name of the key that wrote it; "" for the table that the server was started with
    source: str  # a label for where it came from, such as a file's name
    published: tuple[str, ...]  # the columns that are public already, as its owner says; "*" for all
    incident: Incident  # as tier full sees it


@dataclass(frozen=True, slots=True)
class Changes:
    """How many incidents a write added, changed, and found as they were."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What was written up to a moment, by rising numbers."""

    change: int
    rows: tuple[Stored, ...]
    present: tuple[int, ...] | None  # where some may be gone: the numbers of all that the store holds


class _State(NamedTuple):
    """The one row of `meta`, which a write locks."""

    version: int = _VERSION
    change: int = 0
    last_deletion: int = 0
    last_number: int = 0


_meta = sa.Table("meta", _metadata, *(sa.Column(name, _number, nullable=False) for name in _State._fields))


class IncidentStore:
    """Incidents by owner and id, in the order in which they were first stored.

    Its address is a file, made by the first write and readable to its owner alone; or
    ``postgresql://USER@HOST/DATABASE`` and what else libpq takes, where the first write makes the tables. All
    methods raise StoreError where the store can't be read or written.
    """

    def __init__(self, address: str | Path) -> None:
        self._database = databases.open_database(address)
        self._writing = Lock()
        self._known: tuple[object, int] = (None, 0)  # how the file stood, and its last change

    def __str__(self) -> str:
        return self._database.name  # without a password

    def change(self) -> int:
        """Return the number of the last change, 0 where nothing was ever stored; asked with every request."""
        stamp, (known, change) = self._database.stamp(), self._known
        if stamp is None or stamp != known:
            with self._reads() as connection:
                state = self._state(connection)
            change = state.change if state else 0
            self._known = stamp, change
        return change

    def read_since(self, change: int) -> Reading:
        """Return the rows written since a change; all where it is 0 or not known."""
        with self._reads() as connection:
            state = self._state(connection)
            if state is None:
                return Reading(0, (), ())
            since = change if change <= state.change else 0
            written = _READ.where(_incidents.c.changed > since).execution_options(yield_per=_AT_A_TIME)
            # Sorted here: asked for an order, SQLite would go through all rows instead of the index.
            rows = sorted(map(_from_row, connection.execute(written)), key=lambda row: row.number)
            present = None
            if since < state.last_deletion:
                present = tuple(sorted(connection.scalars(sa.select(_incidents.c.number))))
        return Reading(state.change, tuple(rows), present)

    def upsert(
        self,
        incidents: Iterable[Incident],
        *,
        owner: str,
        source: str,
        published: Sequence[str] = (),
        dry_run: bool = False,
    ) -> Changes:
        """Add incidents, and replace those of the same owner and id, in one transaction.

        They are drawn from inside the transaction, so that should be quick. InputError where two have one id,
        or a text can't be kept: nothing is stored then. `dry_run` counts and changes nothing.
        """
        whose = {"owner": owner, "source": source, "published": _to_json(list(published))}
        _check_texts(whose, "the source")
        with self._writes(make=not dry_run) as connection:
            state = self._state(connection, lock=True) or self._create(connection)
            last, change = state.last_number, next_change(state.change)
            upsert, count, touched = _upsert(connection.dialect.name), 0, 0
            for some in _batches(_to_rows(incidents)):
                own = {**whose, "changed": change}
                rows = [{**row, **own, "number": last + n} for n, row in enumerate(some, start=count + 1)]
                touched += connection.execute(upsert, rows).rowcount
                count += len(rows)
            number = _incidents.c.number
            added = connection.scalar(sa.select(sa.func.count(number)).where(number > last)) or 0
            if not dry_run and (touched or not state.change):
                first = {} if state.change else {"last_deletion": change}  # nothing is known of before
                self._commit(connection, change=change, last_number=last + count, **first)
        return Changes(added, touched - added, count - touched)

    def delete(self, *, owner: str | None, ids: Collection[str] = (), source: str | None = None) -> int:
        """Delete incidents by id, and all of a source: an owner's, or with None any owner's."""
        which: sa.ColumnElement[bool] = _incidents.c.id.in_([one for one in ids if _can_be_kept(one)])
        if source is not None and _can_be_kept(source):
            which = which | (_incidents.c.source == source)
        whose = sa.true() if owner is None else _incidents.c.owner == owner
        with self._writes() as connection:
            state = self._state(connection, lock=True)
            if state is None:
                return 0
            gone = connection.execute(sa.delete(_incidents).where(which, whose)).rowcount
            if gone:
                change = next_change(state.change)
                self._commit(connection, change=change, last_deletion=change)
        return gone

    def check_writable(self) -> None:
        """Return if a write could be made now, else raise StoreError; another writer is no obstacle."""
        with self._reads() as connection:  # a program that keeps the file to itself is an obstacle
            self._state(connection)
        file = self._database.file
        if file is not None and not file.exists():
            folder = next(folder for folder in file.absolute().parents if folder.exists())
            if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
                raise StoreError(f"the incident store {self} can't be made: {folder} can't be written")
        with suppress(BusyError), self._writes(wait_s=1.0) as connection:  # nothing is committed
            if self._state(connection) is None:
                self._create(connection)
            connection.execute(sa.update(_meta).values(change=_meta.c.change))

    def close(self) -> None:
        """Close the connections that are kept; whatever is used again connects anew."""
        self._database.reads.dispose()

    @contextmanager
    def _reads(self) -> Iterator[sa.Connection]:
        with self._database.errors(), self._database.reads.connect() as connection:
            yield connection

    @contextmanager
    def _writes(self, *, make: bool = False, wait_s: float = databases.WAIT_S) -> Iterator[sa.Connection]:
        """Give a connection; what isn't committed when the block ends is undone."""
        if not self._writing.acquire(timeout=wait_s):
            raise BusyError(f"the incident store {self} can't be used: another write takes too long")
        try:
            with self._database.errors():
                if make and (file := self._database.file):
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.touch(mode=0o600)  # incidents are nobody else's to read
                with self._database.writes.connect() as connection:
                    yield connection
        finally:
            self._writing.release()

    def _state(self, connection: sa.Connection, *, lock: bool = False) -> _State | None:
        """Return the row of `meta`; None where there are no tables."""
        if not databases.has_tables(connection):
            return None
        query = sa.select(_meta).with_for_update() if lock else sa.select(_meta)
        state = _State(*connection.execute(query).one())
        if state.version != _VERSION:
            raise StoreError(
                f"the incident store {self} was made by another version of this program (layout "
                f"{state.version}, not {_VERSION}): name another store, and load the tables into it"
            )
        return state

    def _create(self, connection: sa.Connection) -> _State:
        """Make the tables, as part of the transaction, unless another has made them meanwhile."""
        databases.prepare(connection, str(self))
        if not databases.has_tables(connection):
            _metadata.create_all(connection, checkfirst=False)
            for statement in _OWN[connection.dialect.name]:
                connection.exec_driver_sql(statement)
            connection.execute(sa.insert(_meta).values(_State()._asdict()))
        return _State(*connection.execute(sa.select(_meta).with_for_update()).one())

    def _commit(self, connection: sa.Connection, **values: int) -> None:
        file = self._database.file
        if file is not None and not file.exists():
            raise StoreError(f"the incident store {self} was taken away while it was written: put it back")
        connection.execute(sa.update(_meta).values(values))
        try:
            connection.commit()
        except DBAPIError:
            if file is not None:
                raise  # SQLite has undone it
            raise StoreError(
                f"the incident store {self} went away while it was written, so whether it was isn't "
                "known: send the same once more, which changes nothing that is there already"
            ) from None


def next_change(change: int) -> int:
    """Return a number for the change after this one."""
    return max(change + 1, time.time_ns() // 1_000)


@lru_cache
def _upsert(dialect: str) -> Any:
    """Return the statement that adds a row, or replaces it where it differs."""
    new = (sqlite if dialect == "sqlite" else postgresql).insert(_incidents)
    present = _incidents.c
    return new.on_conflict_do_update(
        index_elements=["owner", "id"],
        set_={name: new.excluded[name] for name in (*_COMPARED, "changed")},
        where=sa.or_(*(present[name].is_distinct_from(new.excluded[name]) for name in _COMPARED)),
    ).execution_options(preserve_rowcount=True)


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, _AT_A_TIME)):
        yield batch


_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_REST = TypeAdapter(Incident)
#: What each row has of its own; the rest is kept as one text.
_OF_ROW: Final[dict[str, Any]] = {"id": "", "date": None, "days": None, "properties": {}}


def _to_rows(incidents: Iterable[Incident]) -> Iterator[dict[str, Any]]:
    """Yield what is kept of each; raise InputError where two have one id, or a text can't be kept."""
    ids: set[str] = set()
    for incident in incidents:
        if incident.id in ids:
            raise InputError(f"two incidents have the id {incident.id!r}: give each its own")
        if len(incident.id) > _MAX_ID:
            raise InputError(f"the id {incident.id[:20]!r}… is too long: {_MAX_ID} characters at most")
        ids.add(incident.id)
        row = _to_row(incident)
        _check_texts(row, f"the incident with the id {incident.id!r}")
        yield row


def _check_texts(row: Mapping[str, object], what: str) -> None:
    if not all(map(_can_be_kept, row.values())):
        raise InputError(f"{what} has a text with a character that can't be stored: NUL, or half of one")


def _can_be_kept(value: object) -> bool:
    """Tell whether a value is no text with a NUL or half a character, which databases refuse."""
    text = value if isinstance(value, str) else ""
    return "\0" not in text and text == text.encode(errors="ignore").decode()


def _to_row(incident: Incident) -> dict[str, Any]:
    at = incident.position
    first, last = incident.days or (incident.date, incident.date)
    rest = replace(incident, **_OF_ROW)
    return {
        "id": incident.id,
        "first_day": first,
        "last_day": last,
        "latitude": at and at.latitude,
        "longitude": at and at.longitude,
        "radius_m": incident.uncertainty_m,
        "place": incident.place,
        "properties": _to_json(dict(incident.properties)),
        "rest": _to_json(_REST.dump_python(rest, mode="json", exclude_defaults=True)),
    }


def _from_row(row: Any) -> Stored:
    number, owner, source, published, id_, first, last, properties, rest = row
    when: Any = {"date": first, "days": None} if first == last else {"date": None, "days": (first, last)}
    incident = Incident(id=id_, properties=from_json(properties), **when, **_rest(rest))
    return Stored(number, owner, source, tuple(from_json(published)), incident)


@lru_cache(maxsize=16_384)  # the same for the same text, since towns, names and areas come again and again
def _rest(text: str) -> dict[str, Any]:
    incident = _REST.validate_json(text)
    return {one.name: getattr(incident, one.name) for one in fields(incident) if one.name not in _OF_ROW}
