"""Where incidents are kept: one table, in a file of SQLite or a PostgreSQL database with PostGIS.

Each row bears the number of the change that wrote it last, so a reader asks for what was written since. Change
numbers are the time in microseconds, or one more than the last, so they rise and two stores share none. Not
covered: a store that is set back to a backup and written to before it is read. So stop the server, restore,
start it.

Every write is one transaction: it happens whole or not at all, whenever the process or the machine stops, and
once the call returns it is on the disk. Writers come one after the other; readers see one moment and don't
wait. Methods may be called from any thread.
"""

import json
import os
import time
from collections.abc import Collection, ItemsView, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Connection,
    Date,
    DateTime,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    delete,
    event,
    insert,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident
from gazetteer.incidents.spots import Candidate, Fix, Several
from gazetteer.kinds import PlaceKind
from service.databases import (
    APPLICATION_ID,
    SCHEMA,
    WAIT_S,
    BusyError,
    Database,
    StoreError,
    postgresql_database,
    prepare,
    sqlite_database,
)

T = TypeVar("T")

#: The layout of the tables. A store with another one is refused.
_VERSION: Final = 1
#: The longest id, in characters: an index of PostgreSQL takes 2,704 bytes (its manual, "Limits").
_LONGEST_ID: Final = 500
#: Rows that are written, fetched or deleted at a time.
_AT_A_TIME: Final = 1_000
#: Rows whose cells are kept read: somewhat more than a page of an answer has by default.
_READ_ROWS: Final = 2_000

_metadata = MetaData(schema=SCHEMA)
_number = BigInteger().with_variant(Integer, "sqlite")
_name = Text().with_variant(Text(collation="C"), "postgresql")
_incidents = Table(
    "incidents",
    _metadata,
    Column("number", _number, primary_key=True, autoincrement=False),
    Column("owner", _name, nullable=False),
    Column("id", _name, nullable=False),
    Column("first_day", Date),  # one day, or the span that a month or year stands for
    Column("last_day", Date),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("radius_m", Double, nullable=False),
    *(
        Column(name, Text, nullable=False)
        for name in (
            "radius_from",
            "admin",
            "place",
            "place_id",
            "properties",  # the row as it stands, in JSON; text, since a JSON column would sort its columns
            "problems",
            "origin",
            "names",
            "context",
            "country",
            "meaning",  # what the place name may mean, in JSON
            "source",
            "published",
        )
    ),
    Column("stored", DateTime(timezone=True), nullable=False),
    Column("changed", _number, nullable=False, index=True),
    UniqueConstraint("owner", "id"),
)
_meta = Table(  # one row, which a write locks
    "meta",
    _metadata,
    Column("version", Integer, nullable=False),
    Column("change", _number, nullable=False),
    Column("last_deletion", _number, nullable=False),
    Column("last_number", _number, nullable=False),
)
_GEOMETRY = f"""
ALTER TABLE {SCHEMA}.incidents ADD COLUMN geom geometry(Point, 4326)
  GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)) STORED;
CREATE INDEX incidents_geom ON {SCHEMA}.incidents USING gist (geom);
COMMENT ON TABLE {SCHEMA}.incidents IS
  'Kept by gazetteer-serve. To read; what is changed here otherwise, servers don''t notice.'
"""
event.listen(_incidents, "after_create", DDL(_GEOMETRY).execute_if(dialect="postgresql"))
_MARK = f"PRAGMA application_id = {APPLICATION_ID}"
event.listen(_metadata, "after_create", DDL(_MARK).execute_if(dialect="sqlite"))
#: What makes a row another one.
_COMPARED = [
    column.name for column in _incidents.c if column.name not in ("number", "owner", "id", "stored", "changed")
]


@dataclass(frozen=True, slots=True)
class Stored:
    """An incident as it is kept.

    Parameters
    ----------
    number
        The store's own; it rises, and is never given twice.
    owner
        The name of the key that wrote it; "" for the table that the server was started with.
    source
        A label for where it came from, such as a file's name.
    published
        The columns that are public already, as whoever wrote it says; "*" for all.
    incident
        As tier full sees it.
    """

    number: int
    owner: str
    source: str
    published: tuple[str, ...]
    incident: Incident


@dataclass(frozen=True, slots=True)
class Changes:
    """How many incidents a write added, changed, and found as they were."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a store holds at one moment, in the order of numbers; or what was written up to that moment."""

    change: int
    whole: bool  # True where `rows` are all
    rows: tuple[Stored, ...]


class _State(NamedTuple):
    version: int
    change: int
    last_deletion: int
    last_number: int


class IncidentStore:
    """Incidents by owner and id, in the order in which they were first stored.

    Parameters
    ----------
    address
        A file, made by the first write and readable to its owner alone; or ``postgresql://USER@HOST/DATABASE``
        with whatever libpq takes, in which the first write makes the tables.

    Raises
    ------
    InputError
        If the address can't be read.
    """

    def __init__(self, address: str | Path) -> None:
        is_file = isinstance(address, Path) or "://" not in address
        self._database: Database = (
            sqlite_database(Path(address)) if is_file else postgresql_database(str(address))
        )
        self._schema = None if is_file else SCHEMA
        self._writing = Lock()

    def __str__(self) -> str:
        return self._database.name

    def __repr__(self) -> str:
        return f"<IncidentStore {self}>"

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
        """Return the rows written since a change; all where it is 0, unknown, or before the last deletion."""
        with self._reads() as connection:
            state = self._state(connection)
            if state is None:
                return Reading(0, True, ())
            whole = not state.last_deletion <= change <= state.change
            query = select(_incidents)
            if not whole:
                query = query.where(_incidents.c.changed > change)
            found = connection.execute(query, execution_options={"yield_per": _AT_A_TIME})
            # Sorted here: asked for in order, SQLite would read all rows instead of the index.
            rows = sorted(map(_from_row, found), key=lambda row: row.number)
        return Reading(state.change, whole, tuple(rows))

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
            Each with an id of its own. Drawn from inside the transaction, so it should be quick.
        source
            A label that `delete` can take. An incident from another source than before is changed.
        dry_run
            True counts and changes nothing.

        Returns
        -------
        Changes
            Where nothing is added or changed the change number stays, unless it was 0.

        Raises
        ------
        InputError
            If two have one id, or a text can't be kept; nothing is stored.
        """
        whose = {"owner": owner, "source": source, "published": _list_text(tuple(published))}
        _check_texts(whose.values(), "the name of the source")
        with self._writes(make=not dry_run) as connection:
            state = self._state(connection, lock=True) or self._create(connection)
            change, now = next_change(state.change), datetime.now(UTC)
            count, touched = 0, list[int]()
            statement = _upsert(connection.dialect.name)
            for rows in _batches(_to_rows(incidents)):
                for row in rows:
                    count += 1
                    row |= whose
                    row |= {"number": state.last_number + count, "stored": now, "changed": change}
                touched += connection.scalars(statement, rows)
            added = sum(number > state.last_number for number in touched)
            if not dry_run and (touched or not state.change):
                # Before its first change nothing is known of a store.
                known = {} if state.change else {"last_deletion": change}
                self._commit(connection, change=change, last_number=state.last_number + count, **known)
        return Changes(added, len(touched) - added, count - len(touched))

    def delete(self, *, owner: str | None, ids: Collection[str] = (), source: str | None = None) -> int:
        """Delete an owner's incidents by id, and all of a source; with None any owner's. Return how many."""
        kept = [id_ for id_ in ids if _can_be_kept(id_)]
        conditions = [_incidents.c.id.in_(some) for some in _batches(kept)]
        if source is not None and _can_be_kept(source):
            conditions.append(_incidents.c.source == source)
        gone = 0
        with self._writes() as connection:
            state = self._state(connection, lock=True)
            if state is None:
                return 0
            for condition in conditions:
                statement = delete(_incidents).where(condition)
                if owner is not None:
                    statement = statement.where(_incidents.c.owner == owner)
                gone += connection.execute(statement).rowcount
            if gone:
                change = next_change(state.change)
                self._commit(connection, change=change, last_deletion=change)
        return gone

    def check_writable(self) -> None:
        """Return if a write could be made now, else raise StoreError; another writer is no obstacle."""
        file = self._database.file
        if file is not None and not file.exists():
            folder = next(folder for folder in file.absolute().parents if folder.exists())
            if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
                raise StoreError(f"the incident store {self} can't be made: {folder} can't be written")
        with suppress(BusyError), self._writes(wait_s=1.0) as connection:  # nothing is committed
            if self._state(connection) is None:
                self._create(connection)
            connection.execute(update(_meta).values(change=_meta.c.change))

    @contextmanager
    def _reads(self) -> Iterator[Connection]:
        with self._database.errors(), self._database.reads.connect() as connection:
            yield connection

    @contextmanager
    def _writes(self, *, make: bool = False, wait_s: float = WAIT_S) -> Iterator[Connection]:
        """Give a connection; what isn't committed when the block ends is undone."""
        database = self._database
        if not self._writing.acquire(timeout=wait_s):
            raise BusyError(f"the incident store {self} can't be used: another write takes too long")
        try:
            if make and database.file is not None:
                self._make(database.file)
            with database.errors(), database.writes.connect() as connection:
                if wait_s < WAIT_S and self._schema:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait_s * 1000:.0f}")
                yield connection
        finally:
            self._writing.release()

    def _make(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)  # incidents are nobody else's to read
        except OSError as error:
            raise StoreError(
                f"the incident store {self} can't be made: {error.strerror}; see that its folder may be "
                "written, and that the disk has room"
            ) from error

    def _state(self, connection: Connection, *, lock: bool = False) -> _State | None:
        """Return the one row of `meta`; None where there are no tables."""
        tables = inspect(connection).get_table_names(schema=self._schema)
        if "meta" not in tables and "incidents" not in tables:
            return None
        version = 0
        if "meta" in tables:
            query = select(_meta).with_for_update() if lock else select(_meta)
            state = _State(*connection.execute(query).one())
            if state.version == _VERSION:
                return state
            version = state.version
        raise StoreError(
            f"the incident store {self} was made by another version of this program (layout {version}; this "
            f"one knows {_VERSION}): name another store, and load the tables into it again"
        )

    def _create(self, connection: Connection) -> _State:
        """Make the tables, as part of the transaction."""
        prepare(connection, self)
        state = self._state(connection, lock=True)  # another may have made them meanwhile
        if state is None:
            state = _State(_VERSION, 0, 0, 0)
            _metadata.create_all(connection, checkfirst=False)
            connection.execute(insert(_meta).values(state._asdict()))
        return state

    def _commit(self, connection: Connection, **values: int) -> None:
        connection.execute(update(_meta).values(values))
        try:
            connection.commit()
        except DBAPIError:
            if self._database.file is not None:
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
    """Return the statement that adds or replaces rows, and gives the numbers of those that it touched."""
    new = (sqlite if dialect == "sqlite" else postgresql).insert(_incidents)
    columns = _incidents.c
    return new.on_conflict_do_update(
        index_elements=["owner", "id"],
        set_={name: new.excluded[name] for name in (*_COMPARED, "stored", "changed")},
        where=or_(*(columns[name].is_distinct_from(new.excluded[name]) for name in _COMPARED)),
    ).returning(columns.number)


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, _AT_A_TIME)):
        yield batch


# ------------------------------------------------------------------- an incident as a row, and back


class _Cells(Mapping[str, str]):
    """The cells of a row by column, read when they are looked into: most questions never do."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __getitem__(self, column: str) -> str:
        return _read_cells(self._text)[column]

    def __iter__(self) -> Iterator[str]:
        return iter(_read_cells(self._text))

    def __len__(self) -> int:
        return len(_read_cells(self._text))

    def items(self) -> ItemsView[str, str]:
        """Return all cells; faster than one by one."""
        return _read_cells(self._text).items()

    def __repr__(self) -> str:
        return repr(_read_cells(self._text))


@lru_cache(maxsize=_READ_ROWS)
def _read_cells(text: str) -> dict[str, str]:
    cells: dict[str, str] = json.loads(text)
    return cells


def _to_rows(incidents: Iterable[Incident]) -> Iterator[dict[str, Any]]:
    """Yield what is kept of each; raise InputError where two have one id, or a text can't be kept."""
    ids: set[str] = set()
    for incident in incidents:
        if incident.id in ids:
            raise InputError(f"two incidents have the id {incident.id!r}: give each its own")
        if len(incident.id) > _LONGEST_ID:
            raise InputError(f"the id {incident.id[:20]!r}… is too long: {_LONGEST_ID} characters at most")
        ids.add(incident.id)
        row = _to_row(incident)
        _check_texts(row.values(), f"the incident with the id {incident.id!r}")
        yield row


def _check_texts(values: Iterable[object], what: str) -> None:
    if not all(map(_can_be_kept, values)):
        raise InputError(f"{what} has a character that can't be stored: NUL, or half of one")


def _can_be_kept(value: object) -> bool:
    """Tell whether a value is no text with a NUL or half a character, which databases refuse."""
    if not isinstance(value, str) or value.isascii():
        return not isinstance(value, str) or "\0" not in value
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


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
        "radius_from": incident.radius_from,
        "admin": " ".join(incident.admin),
        "place": incident.place,
        "place_id": incident.place_id,
        "properties": json.dumps(dict(incident.properties), ensure_ascii=False, separators=(",", ":")),
        "problems": _list_text(incident.problems),
        "origin": incident.origin,
        "names": _list_text(incident.names),
        "context": _list_text(incident.context),
        "country": incident.country,
        "meaning": _meaning_text(incident),
    }


def _from_row(row: Any) -> Stored:
    first, last = row.first_day, row.last_day
    deg, several, candidates = _meaning(row.meaning)
    incident = Incident(
        id=row.id,
        date=first if first == last else None,
        position=None if row.latitude is None else _position(row.latitude, row.longitude),
        uncertainty_m=row.radius_m,
        admin=_codes(row.admin),
        properties=_Cells(row.properties),
        place=row.place,
        problems=_list(row.problems),
        place_id=row.place_id,
        radius_from=row.radius_from,
        days=None if first == last else (first, last),
        origin=row.origin,
        names=_list(row.names),
        context=_list(row.context),
        country=row.country,
        generalised_to_deg=deg,
        several=several,
        candidates=candidates,
    )
    return Stored(row.number, row.owner, row.source, _list(row.published), incident)


def _list_text(texts: tuple[str, ...]) -> str:
    return json.dumps(texts, ensure_ascii=False) if texts else ""


def _meaning_text(incident: Incident) -> str:
    several, candidates = incident.several, incident.candidates
    if several is None and not candidates and incident.generalised_to_deg is None:
        return ""
    fixes = None if several is None else [several.either, *map(_fix_values, several.fixes)]
    meant = [[*_fix_values(one.fix), one.confidence] for one in candidates]
    return json.dumps([incident.generalised_to_deg, fixes, meant], ensure_ascii=False, separators=(",", ":"))


def _fix_values(fix: Fix) -> list[Any]:
    at = fix.position
    return [at.latitude, at.longitude, fix.uncertainty_m, fix.admin, fix.place_id, fix.generalised_to_deg, fix.kind]


def _fix(values: Sequence[Any]) -> Fix:
    latitude, longitude, radius_m, admin, place_id, deg, kind = values
    return Fix(
        _position(latitude, longitude),
        radius_m,
        tuple(admin),
        place_id,
        deg,
        None if kind is None else PlaceKind(kind),
    )


# The same value for the same text, since towns, names and areas come again and again.


@lru_cache(maxsize=16_384)
def _meaning(text: str) -> tuple[float | None, Several | None, tuple[Candidate, ...]]:
    deg, fixes, meant = json.loads(text) if text else (None, None, ())
    several = None if fixes is None else Several(tuple(map(_fix, fixes[1:])), fixes[0])
    return deg, several, tuple(Candidate(_fix(one[:-1]), one[-1]) for one in meant)


@lru_cache(maxsize=16_384)
def _list(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text else ()


@lru_cache(maxsize=16_384)
def _position(latitude: float, longitude: float) -> LatLon:
    return LatLon(latitude, longitude)


@lru_cache(maxsize=4_096)
def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())
