"""Stores of older and of newer versions of the program, and migrations that fail."""

import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from service.incident_store import Changes, IncidentStore, SqliteStore, StoreError, migrating
from service.incident_store.migrating import Script, scripts
from service.incident_store.postgis import PostgisStore
from tests.postgis import Cluster
from tests.service.incident_store.contract import ids_in, incidents, told

#: What the first two versions of the program made; the second had the columns of the origin too.
_FIRST = """
CREATE TABLE incidents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, first_day TEXT, last_day TEXT,
  latitude REAL, longitude REAL, radius_m REAL NOT NULL, radius_known INTEGER NOT NULL, admin TEXT NOT NULL,
  place TEXT NOT NULL, place_id TEXT NOT NULL, properties TEXT NOT NULL, problems TEXT NOT NULL,
  source TEXT NOT NULL, stored TEXT NOT NULL
);
CREATE INDEX incidents_source ON incidents (source);
CREATE TABLE generation (number INTEGER NOT NULL);
INSERT INTO generation VALUES (8000);
INSERT INTO incidents VALUES
  (3, 'a', '2016-05-30', '2016-05-30', 35.93, 36.63, 0.0, 1, 'SY07 SY0700', 'Idlib', '', '{"id":"a"}', '',
   't.csv', '2026-01-01T00:00:00+00:00'),
  (5, 'b', '2016-05-30', '2016-05-30', 35.93, 36.63, 0.0, 1, 'SY07 SY0700', 'Idlib', '', '{"id":"b"}', '',
   't.csv', '2026-01-01T00:00:00+00:00');
PRAGMA application_id = 0x4347696E;
PRAGMA user_version = 1;
"""
_SECOND = _FIRST.replace(
    "source TEXT NOT NULL,",
    "origin TEXT NOT NULL, names TEXT NOT NULL, context TEXT NOT NULL, source TEXT NOT NULL,",
)
_SECOND = _SECOND.replace("   't.csv'", "   'coordinates', '', '', 't.csv'").replace(
    "version = 1", "version = 2"
)
_ORIGINS = {_FIRST: "", _SECOND: "coordinates"}


def made(path: Path, schema: str) -> SqliteStore:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"PRAGMA journal_mode = WAL; {schema}")
    return SqliteStore(path)


def layout(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        number: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return number


@pytest.mark.parametrize("schema", [_FIRST, _SECOND], ids=["first", "second"])
@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.generation(),
        lambda store: store.read(),
        lambda store: store.check_writable(),
        lambda store: store.delete(ids=["none"]),
        lambda store: store.upsert([], source="x", dry_run=True),
    ],
)
def test_an_older_file_is_brought_up_to_date_by_its_first_use_and_loses_nothing(
    tmp_path: Path, schema: str, use: Callable[[IncidentStore], object]
) -> None:
    store = made(tmp_path / "s.sqlite", schema)
    use(store)
    assert scripts("sqlite")[-1].number == layout(store.path)
    generation, found = store.read()
    assert (8000, incidents("a", "b", origin=_ORIGINS[schema])) == (generation, list(found))
    assert (3, 5) == store.read_since(0).numbers
    assert (False, (), ()) == told(store, 8000)


@pytest.mark.parametrize("schema", [_FIRST, _SECOND], ids=["first", "second"])
def test_an_older_file_is_written_on(tmp_path: Path, schema: str) -> None:
    store = made(tmp_path / "s.sqlite", schema)
    given = incidents("b", "c", origin=_ORIGINS[schema])
    assert Changes(added=1, unchanged=1) == store.upsert(given, source="t.csv")
    assert (False, (given[1],), ()) == told(store, 8000)
    assert 3 == store.delete(source="t.csv")
    assert store.generation() > 8000


def test_an_older_file_that_many_open_at_once_is_brought_up_to_date_once(tmp_path: Path) -> None:
    store = made(tmp_path / "s.sqlite", _SECOND)
    with ThreadPoolExecutor(8) as pool:
        assert [8000] * 8 == list(pool.map(lambda _: store.generation(), range(8)))


def test_the_numbers_of_the_scripts_have_no_gap_and_each_says_what_it_is() -> None:
    for database in ("sqlite", "postgresql"):
        found = scripts(database)
        assert [*range(1, len(found) + 1)] == [script.number for script in found]
        assert all(re.fullmatch(r"\d{4}_[a-z_]+", script.name) for script in found)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what adds a script that fails half-way."""

    def add() -> None:
        sql = "CREATE TABLE half (a integer);\nDELETE FROM half;\nINSERT INTO nothing VALUES (1);\n"
        known = {name: scripts(name) for name in ("sqlite", "postgresql")}
        bad = {name: Script(found[-1].number + 1, "bad", sql) for name, found in known.items()}
        monkeypatch.setattr(migrating, "scripts", lambda database: (*known[database], bad[database]))

    return add


def test_a_migration_that_fails_leaves_a_file_as_it_was(tmp_path: Path, failing: Callable[[], None]) -> None:
    store = made(tmp_path / "s.sqlite", _SECOND)
    with closing(sqlite3.connect(store.path)) as connection:
        before = list(connection.iterdump())
    failing()
    for use in (store.generation, store.read, lambda: store.upsert(incidents("c"), source="x")):
        with pytest.raises(StoreError, match="nothing"):
            use()
    with closing(sqlite3.connect(store.path)) as connection:
        assert before == list(connection.iterdump())
    assert 2 == layout(store.path)


def test_a_first_write_whose_migration_fails_leaves_an_empty_file(
    tmp_path: Path, failing: Callable[[], None]
) -> None:
    failing()
    store = SqliteStore(tmp_path / "s.sqlite")
    with pytest.raises(StoreError, match="nothing"):
        store.upsert(incidents("c"), source="x")
    assert 0 == layout(store.path)
    assert (0, 0) == (store.generation(), store.delete(ids=["c"]))


def test_a_newer_file_is_refused_and_stays(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.sqlite")
    store.upsert(incidents("a"), source="x")
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    content = store.path.read_bytes()
    for use in (store.generation, store.read, lambda: store.upsert(incidents("c"), source="x")):
        with pytest.raises(StoreError, match=r"newer version .*99.*update the program"):
            use()
    assert content == store.path.read_bytes()


def test_a_newer_database_is_refused_and_stays(postgis_cluster: Cluster, postgis_url: str) -> None:
    store = PostgisStore(postgis_url)
    store.upsert(incidents("a"), source="x")
    postgis_cluster.sql("INSERT INTO conflict_gazetteer.migrations VALUES (99, 'later')")
    for use in (store.generation, store.read, lambda: store.upsert(incidents("c"), source="x")):
        with pytest.raises(StoreError, match=r"newer version .*99.*update the program"):
            use()
    postgis_cluster.sql("DELETE FROM conflict_gazetteer.migrations WHERE number = 99")
    assert ["a"] == ids_in(store)


def test_an_older_database_is_brought_up_to_date_by_a_read_or_a_write(
    postgis_cluster: Cluster, postgis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PostgisStore(postgis_url)
    store.upsert(incidents("a"), source="x")
    known = scripts("postgresql")
    uses: tuple[Callable[[], object], ...] = (store.read, lambda: store.upsert(incidents("a"), source="y"))
    for number, use in enumerate(uses, start=2):
        sql = f"CREATE TABLE conflict_gazetteer.more_{number} ()"
        known = (*known, Script(number, f"more_{number}", sql))
        monkeypatch.setattr(migrating, "scripts", {"postgresql": known}.get)
        use()
        recorded = postgis_cluster.sql(
            "SELECT number, name FROM conflict_gazetteer.migrations ORDER BY number"
        )
        assert [f"{script.number}|{script.name}" for script in known] == recorded.split()
    assert ["a"] == ids_in(store)


def test_a_migration_that_fails_leaves_a_database_as_it_was(
    postgis_cluster: Cluster, postgis_url: str, failing: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PostgisStore(postgis_url)
    with monkeypatch.context() as patch:
        patch.setattr(migrating, "scripts", lambda _: (Script(1, "bad", "CREATE TABLE half (); SELECT 1/0"),))
        with pytest.raises(StoreError, match="division by zero"):
            store.upsert(incidents("a"), source="x")
    there = "SELECT count(*) FROM pg_namespace WHERE nspname = 'conflict_gazetteer'"
    assert (0, "0") == (store.generation(), postgis_cluster.sql(there))
    store.upsert(incidents("a"), source="x")
    before = store.read()
    failing()
    for use in (store.read, lambda: store.upsert(incidents("c"), source="x")):
        with pytest.raises(StoreError, match="nothing"):
            use()
    monkeypatch.undo()
    assert before == store.read()
    assert "1" == postgis_cluster.sql("SELECT max(number) FROM conflict_gazetteer.migrations")
