"""The store in a file: the contract, and what files bring with them."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from service.incident_store import IncidentStore, SqliteStore, StoreError, generations
from tests.service.incident_store.contract import StoreContract, ids_in, incidents, told


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "store.sqlite"

    @pytest.fixture
    def store(self, path: Path) -> IncidentStore:
        return SqliteStore(path)

    @pytest.fixture
    def elsewhere(self, path: Path) -> str:
        return (
            "from pathlib import Path\nfrom service.incident_store import SqliteStore\n"
            f"store = SqliteStore(Path({str(path)!r}))"
        )


def test_asking_makes_no_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.sqlite")
    assert (0, (0, ()), 0) == (store.generation(), store.read(), store.delete(ids=["a"]))
    store.check_writable()
    store.upsert(incidents("a"), source="x", dry_run=True)
    assert [] == list(tmp_path.iterdir())


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "new" / "store.sqlite").upsert(incidents("a"), source="x")
    assert 0o600 == stat.S_IMODE((tmp_path / "new" / "store.sqlite").stat().st_mode)


def test_a_forked_process_uses_the_same_store(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.sqlite")
    store.upsert(incidents("a"), source="x")
    if (child := os.fork()) == 0:
        try:
            store.upsert(incidents("b"), source="x")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert ["a", "b"] == ids_in(store)


def test_a_write_is_synchronous_and_the_journal_is_written_ahead(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    SqliteStore(path).upsert(incidents("a"), source="x")
    with closing(sqlite3.connect(path)) as connection:
        assert [("wal",)] == connection.execute("PRAGMA journal_mode").fetchall()
    with SqliteStore(path)._open() as connection:
        assert [(2,)] == connection.execute("PRAGMA synchronous").fetchall()  # FULL


@pytest.mark.parametrize("content", [b"id,date,place\n" * 100, b"SQLite format 3\0" + b"\1" * 5000])
def test_a_file_that_is_no_database_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="can't be used"):
        SqliteStore(path).upsert(incidents("a"), source="x")
    assert content == path.read_bytes()


def test_another_programs_database_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.gpkg"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE places (id)")
    content = path.read_bytes()
    for use in (SqliteStore(path).generation, lambda: SqliteStore(path).upsert([], source="x")):
        with pytest.raises(StoreError, match="is no incident store"):
            use()
    assert content == path.read_bytes()


def test_going_back_to_a_backup_is_not_taken_for_what_came_after_it(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    store.upsert(incidents("a"), source="x")
    backup, before = path.read_bytes(), store.generation()  # closed, so all of it is in the file
    store.upsert(incidents("lost"), source="x")
    after = store.generation()
    path.write_bytes(backup)
    assert ["a"] == ids_in(store)
    store.upsert(incidents("b"), source="x")
    store.upsert(incidents("c"), source="x")
    assert store.generation() != after
    assert (True, tuple(incidents("a", "b", "c")), ()) == told(store, after)
    assert (False, tuple(incidents("b", "c")), ()) == told(store, before)


def test_what_is_kept_to_tell_changes_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "_WRITES", 20)
    store = SqliteStore(tmp_path / "store.sqlite")
    for number in range(150):
        store.upsert(incidents(str(number)), source="x")
        store.delete(ids=[str(number)])
    with closing(sqlite3.connect(store.path)) as connection:
        query = "SELECT (SELECT count(*) FROM deleted), (SELECT count(*) FROM passed)"
        deleted, passed = connection.execute(query).fetchone()
    assert 0 < deleted < passed < 60


def test_a_full_disk_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteStore(tmp_path / "store.sqlite")
    store.upsert(incidents("a"), source="x")
    before = store.read()
    connect = sqlite3.connect

    def nearly_full(*args: object, **kwargs: object) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)  # type: ignore[call-overload]
        connection.execute("PRAGMA max_page_count = 20")  # SQLite's own way to have a full disk
        assert isinstance(connection, sqlite3.Connection)
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", nearly_full)
        with pytest.raises(StoreError, match="full"):
            store.upsert(incidents(*map(str, range(5_000))), source="x")
    assert before == store.read()


def test_a_folder_that_is_none_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't be made"):
        SqliteStore(tmp_path / "file" / "store.sqlite").check_writable()
