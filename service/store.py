"""Where incidents are kept: one table, in a file of SQLite or a PostgreSQL database with PostGIS.

Each row bears the number of the change that wrote it last, so a reader asks for what was written since.
Change numbers are the time in microseconds, or one more than the last: they rise, and two stores share none.
Not covered is a store that is set back to a backup and written to before it is read: stop the server, restore
the backup, start the server.

Every write is one transaction: it happens whole or not at all, whenever the process or the machine stops, and
once the call returns it is on the disk. Writers come one after the other; readers see one moment and don't
wait. Methods may be called from any thread.
"""

import json
import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident
from gazetteer.incidents.spots import Candidate, Several
from service.databases import (
    APPLICATION_ID,
    SCHEMA,
    WAIT_S,
    BusyError,
    StoreError,
    is_busy,
    open_database,
    prepare,
)

T = TypeVar("T")

#: The layout of the tables. A store with another one is refused.
_VERSION: Final = 1
#: The longest id, in characters: an index of PostgreSQL takes 2,704 bytes (its manual, "Limits").
_MAX_ID: Final = 500
#: Rows that are written, fetched or deleted at a time.
_AT_A_TIME: Final = 1_000

#: What is kept as it stands, and what as a JSON list.
_TEXTS: Final = ("radius_from", "place", "place_id", "origin", "country")
_LISTS: Final = ("admin", "problems", "names", "context")
_metadata = sa.MetaData(schema=SCHEMA)
_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_incidents = sa.Table(
    "incidents",
    _metadata,
    sa.Column("number", _number, primary_key=True, autoincrement=False),
    sa.Column("owner", _name, nullable=False),
    sa.Column("id", _name, nullable=False),
    sa.Column("first_day", sa.Date),  # one day, or the span that a month or year stands for
    sa.Column("last_day", sa.Date),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("radius_m", sa.Double, nullable=False),
    *(sa.Column(name, sa.Text, nullable=False) for name in (*_TEXTS, *_LISTS, "source", "published")),
    sa.Column("properties", sa.Text, nullable=False),  # JSON as text: a JSON column would sort its columns
    sa.Column("meaning", sa.Text, nullable=False),  # what its name may mean, in JSON
    sa.Column("stored", sa.DateTime(timezone=True), nullable=False),
    sa.Column("changed", _number, nullable=False, index=True),
    sa.UniqueConstraint("owner", "id"),
)
#: What makes a row another one.
_COMPARED = {column.name for column in _incidents.c} - {"number", "owner", "id", "stored", "changed"}
_STATE: Final = ("version", "change", "first_change", "last_number")
_meta = sa.Table("meta", _metadata, *(sa.Column(name, _number, nullable=False) for name in _STATE))
_deleted = sa.Table(  # so that a reader needn't read everything anew
    "deleted",
    _metadata,
    sa.Column("number", _number, primary_key=True, autoincrement=False),
    sa.Column("changed", _number, nullable=False, index=True),
)
#: What is told to a database once it has the tables.
_OWN: Final = {
    "sqlite": (f"PRAGMA application_id = {APPLICATION_ID}",),
    "postgresql": (
        f"ALTER TABLE {SCHEMA}.incidents ADD COLUMN geom geometry(Point, 4326) "
        "GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)) STORED",
        f"CREATE INDEX incidents_geom ON {SCHEMA}.incidents USING gist (geom)",
        f"COMMENT ON TABLE {SCHEMA}.incidents IS 'Of gazetteer-serve: it notices no change by others.'",
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
    """What a store holds at one moment, by rising numbers; or what was written up to that moment."""

    change: int
    whole: bool  # whether `rows` are all
    rows: tuple[Stored, ...]
    gone: tuple[int, ...] = ()  # the numbers of rows deleted since; where it isn't whole


class _State(NamedTuple):
    """The one row of `meta`, which a write locks."""

    version: int = _VERSION
    change: int = 0
    first_change: int = 0  # of what was before nothing is known
    last_number: int = 0


class IncidentStore:
    """Incidents by owner and id, in the order in which they were first stored.

    Parameters
    ----------
    address
        A file, made by the first write and readable to its owner alone; or ``postgresql://USER@HOST/DATABASE``
        and what else libpq takes, where the first write makes the tables.

    Raises
    ------
    InputError
        If the address can't be read.
    """

    def __init__(self, address: str | Path) -> None:
        self._database = open_database(address)
        self._schema = None if self._database.file else SCHEMA
        self._writing = Lock()

    def __str__(self) -> str:
        return self._database.name  # without a password

    def change(self) -> int:
        """Return the number of the last change, 0 where nothing was ever stored; asked with every request.

        Raises
        ------
        StoreError
            If the store can't be read; so do the other methods.
        """
        with self._reads() as connection:
            state = self._state(connection)
        return state.change if state else 0

    def read_since(self, change: int) -> Reading:
        """Return the rows written since a change, and which were deleted; all where it is 0 or unknown."""
        with self._reads() as connection:
            state = self._state(connection)
            if state is None:
                return Reading(0, True, ())
            whole = not state.first_change <= change <= state.change
            query = sa.select(_incidents)
            some = query.where(_incidents.c.changed > change)
            found = connection.execute(query.execution_options(yield_per=_AT_A_TIME) if whole else some)
            # Sorted here: asked for an order, SQLite would go through all rows instead of the index.
            rows = sorted(map(_from_row, found), key=lambda row: row.number)
            deleted = sa.select(_deleted.c.number).where(_deleted.c.changed > change)
            gone = () if whole else tuple(connection.scalars(deleted))
        return Reading(state.change, whole, tuple(rows), gone)

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

        Parameters
        ----------
        incidents
            Drawn from inside the transaction, so it should be quick.
        dry_run
            True counts and changes nothing.

        Raises
        ------
        InputError
            If two have one id, or a text can't be kept; nothing is stored.
        """
        whose = {"owner": owner, "source": source, "published": _list_text(tuple(published))}
        _check_texts(whose, "the source")
        with self._writes(make=not dry_run) as connection:
            state = self._state(connection, lock=True) or self._create(connection)
            last, change, now = state.last_number, next_change(state.change), datetime.now(UTC)
            upsert, count, touched = _upsert(connection.dialect.name), 0, 0
            for some in _batches(_to_rows(incidents)):
                own = {**whose, "stored": now, "changed": change}
                rows = [{**row, **own, "number": last + n} for n, row in enumerate(some, start=count + 1)]
                touched += connection.execute(upsert, rows).rowcount
                count += len(rows)
            number = _incidents.c.number
            added = connection.scalar(sa.select(sa.func.count(number)).where(number > last)) or 0
            if not dry_run and (touched or not state.change):
                first = {} if state.change else {"first_change": change}
                self._commit(connection, change=change, last_number=last + count, **first)
        return Changes(added, touched - added, count - touched)

    def delete(self, *, owner: str | None, ids: Collection[str] = (), source: str | None = None) -> int:
        """Delete incidents by id, and all of a source: an owner's, or with None any owner's."""
        kept = [id_ for id_ in ids if _can_be_kept(id_)]
        which: list[sa.ColumnElement[bool]] = [_incidents.c.id.in_(some) for some in _batches(kept)]
        if source is not None and _can_be_kept(source):
            which.append(_incidents.c.source == source)
        whose = sa.true() if owner is None else _incidents.c.owner == owner
        with self._writes() as connection:
            state = self._state(connection, lock=True)
            if state is None:
                return 0
            change, number = next_change(state.change), _incidents.c.number
            gone: list[int] = []
            for one in which:
                gone += connection.scalars(sa.delete(_incidents).where(one, whose).returning(number))
            if gone:
                connection.execute(sa.insert(_deleted), [{"number": n, "changed": change} for n in gone])
                self._commit(connection, change=change)
        return len(gone)

    def check_writable(self) -> None:
        """Return if a write could be made now, else raise StoreError; another writer is no obstacle."""
        self.change()  # a program that keeps the file to itself is an obstacle, to readers too
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
    def _writes(self, *, make: bool = False, wait_s: float = WAIT_S) -> Iterator[sa.Connection]:
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
        query = sa.select(_meta).with_for_update() if lock else sa.select(_meta)
        try:
            row: Any = connection.execute(query).one()
        except DBAPIError as error:
            if is_busy(error):
                raise
            connection.rollback()  # tables are looked for only now, since each request asks this
            tables = self._tables(connection)
            if "meta" not in tables and "incidents" not in tables:
                return None
            # Another may have made them just now.
            row = connection.execute(query).one() if "meta" in tables else (0, 0, 0, 0)
        state = _State(*row)
        if state.version != _VERSION:
            raise StoreError(
                f"the incident store {self} was made by another version of this program (layout "
                f"{state.version}, not {_VERSION}): name another store, and load the tables into it"
            )
        return state

    def _tables(self, connection: sa.Connection) -> list[str]:
        return sa.inspect(connection).get_table_names(schema=self._schema)

    def _create(self, connection: sa.Connection) -> _State:
        """Make the tables, as part of the transaction, unless another has made them meanwhile."""
        prepare(connection, str(self))
        if "meta" not in self._tables(connection):
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
        set_={name: new.excluded[name] for name in (*_COMPARED, "stored", "changed")},
        where=sa.or_(*(present[name].is_distinct_from(new.excluded[name]) for name in _COMPARED)),
    ).execution_options(preserve_rowcount=True)


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, _AT_A_TIME)):
        yield batch


# ------------------------------------------------------------------- an incident as a row, and back

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_MEANING = TypeAdapter(tuple[float | None, Several | None, tuple[Candidate, ...]])


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
    if not isinstance(value, str):
        return True
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False


def _to_row(incident: Incident) -> dict[str, Any]:
    position = incident.position
    first, last = incident.days or (incident.date, incident.date)
    return {
        "id": incident.id,
        "first_day": first,
        "last_day": last,
        "latitude": position.latitude if position else None,
        "longitude": position.longitude if position else None,
        "radius_m": float(incident.uncertainty_m),
        **{name: getattr(incident, name) for name in _TEXTS},
        **{name: _list_text(getattr(incident, name)) for name in _LISTS},
        "properties": _to_json(dict(incident.properties)),
        "meaning": _meaning_text(incident.generalised_to_deg, incident.several, incident.candidates),
    }


def _from_row(row: Any) -> Stored:
    first, last = row.first_day, row.last_day
    rest: dict[str, Any] = {name: getattr(row, name) for name in _TEXTS}
    rest |= {name: _list(getattr(row, name)) for name in _LISTS}
    generalised_to_deg, several, candidates = _meaning(row.meaning)
    incident = Incident(
        id=row.id,
        date=first if first == last else None,
        days=None if first == last else (first, last),
        position=None if row.latitude is None else _position(row.latitude, row.longitude),
        uncertainty_m=row.radius_m,
        properties=_Cells(row.properties),
        generalised_to_deg=generalised_to_deg,
        several=several,
        candidates=candidates,
        **rest,
    )
    return Stored(row.number, row.owner, row.source, _list(row.published), incident)


class _Cells(Mapping[str, str]):
    """The cells of a row, read when they are looked into: most questions never do."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __getitem__(self, column: str) -> str:
        return _cells(self._text)[column]

    def __iter__(self) -> Iterator[str]:
        return iter(_cells(self._text))

    def __len__(self) -> int:
        return len(_cells(self._text))

    def __repr__(self) -> str:
        return repr(_cells(self._text))


@lru_cache(maxsize=2_000)  # somewhat more than a page of an answer has by default
def _cells(text: str) -> dict[str, str]:
    cells: dict[str, str] = json.loads(text)
    return cells


# The same value for the same text, since towns, names and areas come again and again.

_position = lru_cache(maxsize=16_384)(LatLon)
_list_text = lru_cache(maxsize=16_384)(_to_json)


@lru_cache(maxsize=16_384)
def _list(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=16_384)
def _meaning_text(*meaning: Any) -> str:
    if not any(meaning):
        return ""
    return _to_json(_MEANING.dump_python(meaning, mode="json", exclude_defaults=True))


@lru_cache(maxsize=16_384)
def _meaning(text: str) -> tuple[float | None, Several | None, tuple[Candidate, ...]]:
    return _MEANING.validate_json(text) if text else (None, None, ())
