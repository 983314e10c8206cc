"""What the incident store promises: one suite for both databases, what a file brings, and where it lies."""

import datetime
import itertools
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pydantic import SecretStr

from gazetteer.errors import InputError, TableError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident
from gazetteer.incidents.spots import Candidate, Fix, Several
from gazetteer.kinds import PlaceKind
from service import databases
from service.databases import StoreError
from service.opening import open_store
from service.settings import Settings
from service.store import Changes, IncidentStore, Reading, Stored
from tests.fakes import FakeGazetteer, an_incident
from tests.postgis import Cluster

TOWN = Fix(LatLon(35.1, 1 / 3), 0.1, ("SY07", "SY0700"), "إدلب:1", None, PlaceKind.GOVERNORATE)
CELL = Fix(LatLon(35.2, 36.8), 7_200.0, (), "x", 0.1, PlaceKind.HOSPITAL)


def incidents(*ids: str, **changed: Any) -> list[Incident]:
    return [an_incident(**{"id": id_, "properties": {"id": id_}, **changed}) for id_ in ids]


class Place(NamedTuple):
    """Where a store is, and how its insides are looked at."""

    address: Path | str
    sql: Callable[[str], str]

    def upsert_elsewhere(self, rows: str) -> str:
        """Return Python code that writes to the same store."""
        return (
            "import sys, time\nfrom pathlib import Path, PosixPath\nfrom service.store import IncidentStore\n"
            "from tests.service.test_store import incidents\n"
            f"store = IncidentStore({self.address!r})\n{rows}\n"
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgis_url")
        cluster: Cluster = request.getfixturevalue("postgis_cluster")
        return Place(url, cluster.sql)
    file = tmp_path / "store.sqlite"

    def sql(text: str) -> str:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            return str(connection.execute(text.replace("conflict_gazetteer.", "")).fetchall())

    return Place(file, sql)


@pytest.fixture
def store(place: Place) -> Iterator[IncidentStore]:
    store = IncidentStore(place.address)
    yield store
    store.close()


def put(store: IncidentStore, rows: Any, source: str = "x", owner: str = "k", **options: Any) -> Changes:
    return store.upsert(rows, owner=owner, source=source, **options)


def held(store: IncidentStore, since: int = 0) -> list[Incident]:
    return [row.incident for row in store.read_since(since).rows]


def ids_in(store: IncidentStore, since: int = 0) -> list[str]:
    return [incident.id for incident in held(store, since)]


def run(code: str, *, kill_at: str) -> None:
    """Run code in another process, and kill it, as nothing else does, once it has printed a line."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert kill_at == process.stdout.readline().strip()
        os.kill(process.pid, signal.SIGKILL)
        assert -signal.SIGKILL == process.wait(60)


# ------------------------------------------------------------------------------------ what is kept


def test_asking_and_trying_make_nothing(store: IncidentStore, place: Place) -> None:
    assert (0, Reading(0, (), ())) == (store.change(), store.read_since(5))
    store.check_writable()
    assert Changes(added=1) == put(store, incidents("a"), dry_run=True)
    assert 0 == store.delete(owner=None, ids=["a"])
    if isinstance(place.address, Path):
        assert not place.address.exists()
    else:
        assert "0" == place.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'conflict_gazetteer'")


def test_incidents_are_read_as_they_were_stored_and_in_that_order(store: IncidentStore) -> None:
    month = (datetime.date(2016, 5, 1), datetime.date(2016, 5, 31))
    rng = random.Random(1)
    given = [
        an_incident(id="z", position=LatLon(35.1 + 1e-13, 36.700000000000003), uncertainty_m=0.1),
        an_incident(
            id="نزاع", place="إدلب", names=("إدلب", "Idlib"), properties={"المكان": "إدلب", "": 'a"b\n'}
        ),
        an_incident(id="a", date=None, position=None, admin=(), problems=("no position: x", "y; z", "\0")),
        an_incident(id="b", place_id="test:idlib", radius_from="assumed", origin="name", country="Türkiye"),
        an_incident(id="c", date=None, days=month, properties={}, context=("Idlib", "ريف حلب")),
        an_incident(id="d", several=Several((TOWN, CELL), either=True), generalised_to_deg=0.1),
        an_incident(id="e", candidates=(Candidate(TOWN, 0.1 + 0.2), Candidate(CELL, 1 / 3))),
        an_incident(id="\t\\N", place="\\.\n", properties={"\0": "\0\1", "tab": "\t\\N\r\n\\."}),
        *(
            an_incident(id=f"{n}", position=LatLon(at, rng.uniform(-180, 180)), uncertainty_m=abs(at) * 1e-9)
            for n, at in enumerate(
                [5e-324, -1e-300, 89.99999999999999, *(rng.uniform(-90, 90) for _ in range(50))]
            )
        ),
    ]
    assert Changes(added=len(given)) == put(store, given)
    assert given == held(store)
    assert [repr(one) for one in given] == [repr(one) for one in held(store)]
    assert Changes(unchanged=len(given)) == put(store, given)


def test_a_row_has_a_number_an_owner_a_source_and_what_is_public_of_it(store: IncidentStore) -> None:
    put(store, incidents("a"), source="t.csv", owner="ngo", published=["date", "مكان"])
    put(store, incidents("a"), owner="", published=("*",))
    first, second = store.read_since(0).rows
    assert Stored(first.number, "ngo", "t.csv", ("date", "مكان"), *incidents("a")) == first
    assert Stored(second.number, "", "x", ("*",), *incidents("a")) == second
    assert 0 < first.number < second.number


def test_what_is_stored_twice_changes_nothing_and_any_difference_is_a_change(store: IncidentStore) -> None:
    put(store, incidents("a"))
    differences: list[dict[str, Any]] = [
        {"date": None},
        {"position": None},
        {"uncertainty_m": 1.0},
        {"admin": ()},
        {"properties": {"id": "a", "x": ""}},
        {"problems": ("p",)},
        {"place_id": "p"},
        {"radius_from": "assumed"},
        {"candidates": (Candidate(TOWN, 0.5),)},
    ]
    labels: list[dict[str, Any]] = [{"source": "y"}, {"published": ("date",), "source": "y"}]
    for changed, labelled in [*((one, {}) for one in differences), *(({}, one) for one in labels)]:
        assert Changes(changed=1) == put(store, incidents("a", **changed), **labelled)
        before = store.change()
        assert Changes(unchanged=1) == put(store, incidents("a", **changed), **labelled)
        assert (before, incidents("a", **changed)) == (store.change(), held(store))


def test_rows_that_can_not_be_kept_are_refused_and_nothing_is_stored(store: IncidentStore) -> None:
    put(store, incidents("a"))
    before = store.read_since(0)
    with pytest.raises(InputError, match="'b'"):
        put(store, incidents("c", "b", "b"))
    with pytest.raises(InputError, match="too long"):
        put(store, incidents("c", "ز" * 501))
    long = "".join(random.Random(1).choices("زحخطظ🕊", k=500))
    assert Changes(added=1) == put(store, incidents(long), dry_run=True)
    for bad in ("\0", "\ud800"):
        meant = (Candidate(Fix(LatLon(35, 36), 1.0, (), bad), 0.5),)
        for given in (incidents("b", f"c{bad}"), incidents("b", place=bad), incidents("b", candidates=meant)):
            if bad == "\ud800" or given[0].candidates == ():  # JSON has a way to write NUL
                with pytest.raises(InputError, match="can't be stored"):
                    put(store, given)
        with pytest.raises(InputError, match="can't be stored"):
            put(store, incidents("b"), source=bad)
        assert 0 == store.delete(owner=None, ids=[bad], source=bad)

    def failing() -> Iterator[Incident]:
        yield from incidents("a", place="Aleppo")
        yield from incidents(*map(str, range(1_500)))
        raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        put(store, failing())
    assert before == store.read_since(0)


def test_incidents_are_deleted_by_id_and_source_and_only_their_owner_s(store: IncidentStore) -> None:
    put(store, incidents("a", "b", "c"))
    put(store, incidents("a", "d"), source="y", owner="other")
    before = store.change()
    assert 0 == store.delete(owner="k", ids=["d"], source="y") + store.delete(owner=None)
    assert before == store.change()
    for one, id_ in (("k", "a"), ("other", "a"), (None, "b")):
        assert 1 == store.delete(owner=one, ids=[id_])
    assert 1 == store.delete(owner=None, source="y")
    put(store, incidents("a"))
    assert ["c", "a"] == ids_in(store)
    many = [str(number) for number in range(2_500)]
    put(store, incidents(*many))
    assert len(many) == store.delete(owner="k", ids=many)


# ------------------------------------------------------------------------------------ what changed


def test_what_was_written_since_a_change_is_told_and_no_more(store: IncidentStore) -> None:
    put(store, incidents("a", "b", "c", "d"))
    first, numbers = store.change(), [row.number for row in store.read_since(0).rows]
    put(store, [*incidents("c", place="Aleppo"), *incidents("a", "e", "b")])
    reading = store.read_since(first)
    assert (store.change(), None) == (reading.change, reading.present)
    assert [*incidents("c", place="Aleppo"), *incidents("e")] == [row.incident for row in reading.rows]
    assert numbers[2] == reading.rows[0].number
    assert ["a", "b", "c", "d", "e"] == ids_in(store)
    assert [] == ids_in(store, store.change())


def test_all_is_told_since_a_change_that_the_store_never_had(store: IncidentStore) -> None:
    put(store, incidents("a", "b"))
    first, whole = store.change(), store.read_since(0)
    assert [row.number for row in whole.rows] == list(whole.present or ())
    for since in (1, first - 1, first + 1, 2**60):
        assert whole == store.read_since(since)


def test_no_change_number_comes_twice_even_if_the_clock_goes_back(
    store: IncidentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(time.time_ns(), -3_600_000_000_000)
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))
    seen = [store.change()]
    for _ in range(5):
        put(store, incidents("a"))
        seen.append(store.change())
        store.delete(owner="k", ids=["a"])
        seen.append(store.change())
    assert sorted(set(seen)) == seen
    assert seen[-1] < 2**53  # exact in JSON


@pytest.mark.usefixtures("place")
def test_whatever_the_order_of_writes_what_changed_is_told_as_all_is(store: IncidentStore) -> None:
    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            store.delete(owner=None, source="x")
            store.delete(owner=None, source="y")
            self.model: dict[str, tuple[Incident, str]] = {}
            self.since, self.held = 0, dict[int, Incident]()

        @rule(
            ids=st.lists(st.sampled_from("abcdefز"), unique=True, max_size=4),
            place=st.sampled_from(["", "Idlib"]),
            source=st.sampled_from("xy"),
            dry_run=st.booleans(),
        )
        def upsert(self, ids: list[str], place: str, source: str, dry_run: bool) -> None:
            given = incidents(*ids, place=place)
            added = sum(one.id not in self.model for one in given)
            same = sum(self.model.get(one.id) == (one, source) for one in given)
            expected = Changes(added, len(given) - added - same, same)
            before = store.change()
            assert expected == put(store, given, source=source, dry_run=dry_run)
            changes = not dry_run and bool(expected.added or expected.changed or not before)
            assert changes == (before != store.change())
            if not dry_run:
                self.model |= {one.id: (one, source) for one in given}

        @rule(ids=st.lists(st.sampled_from("abcdefز"), max_size=3), source=st.sampled_from([None, None, "x"]))
        def delete(self, ids: list[str], source: str | None) -> None:
            gone = [one for one, (_, of) in self.model.items() if one in ids or of == source]
            assert len(gone) == store.delete(owner="k", ids=ids, source=source)
            self.model = {one: kept for one, kept in self.model.items() if one not in gone}

        @rule()
        def follow(self) -> None:
            reading = store.read_since(self.since)
            self.held |= {row.number: row.incident for row in reading.rows}
            if reading.present is not None:
                self.held = {number: self.held[number] for number in reading.present}
            self.since = reading.change
            assert [one for one, _ in self.model.values()] == [self.held[n] for n in sorted(self.held)]

        @invariant()
        def all_is_there_in_order(self) -> None:
            assert [one for one, _ in self.model.values()] == held(store)

    run_state_machine_as_test(Machine, settings=settings(max_examples=12, stateful_step_count=15))


# --------------------------------------------------------------------- several writers, and kills


def test_a_write_that_is_killed_in_the_middle_leaves_what_was_there(
    store: IncidentStore, place: Place
) -> None:
    code = place.upsert_elsewhere(
        "def slowly():\n"
        "    yield from incidents('a', *map(str, range(5_000)), place='Aleppo')\n"
        "    print('midway', flush=True)\n"
        "    time.sleep(60)\n"
        "store.upsert(slowly(), owner='k', source='y')"
    )
    for there in ((), ("a", "b")):  # of nothing, not even a store, and of rows that it would have changed
        change = store.change()
        run(code, kill_at="midway")
        assert (change, incidents(*there)) == (store.change(), held(store))
        put(store, incidents("a", "b"))  # nothing is left locked


def test_what_was_acknowledged_outlives_a_kill_and_is_seen_by_others(
    store: IncidentStore, place: Place
) -> None:
    put(store, incidents("c"))
    before = store.change()
    rows = (
        "store.upsert(incidents('a', 'b'), owner='k', source='x')\nstore.delete(owner='k', ids=['a'])\n"
        "print('done', flush=True)\ntime.sleep(60)"
    )
    run(place.upsert_elsewhere(rows), kill_at="done")
    assert before != store.change()
    assert ["c", "b"] == ids_in(store)


def test_processes_that_write_at_the_same_time_lose_nothing_and_count_right(
    store: IncidentStore, place: Place
) -> None:
    code = place.upsert_elsewhere(
        "writer, counts = sys.argv[1], [0, 0, 0]\n"
        "for step in range(12):\n"
        "    own = incidents(f'{writer}-{step}', f'{writer}-gone-{step}')\n"
        "    shared = incidents('shared', 'other', place=f'{writer} {step}')\n"
        "    rows = [*own, *shared][:: 1 if step % 2 else -1]\n"
        "    changes = store.upsert(rows, owner='k', source=writer)\n"
        "    counts[0] += changes.added\n"
        "    counts[1] += changes.changed\n"
        "    counts[2] += store.delete(owner='k', ids=[f'{writer}-gone-{step}'])\n"
        "print(*counts)"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, name], stdout=subprocess.PIPE, text=True)
        for name in "pq"
    ]
    seen, order = dict[int, tuple[Stored, ...]](), [0]
    while any(writer.poll() is None for writer in writers):
        reading = store.read_since(0)
        assert reading.rows == seen.setdefault(reading.change, reading.rows)  # one change is one state
        order.append(reading.change)
    said = [writer.communicate(timeout=60)[0].split() for writer in writers]
    added, changed, deleted = (sum(int(counts[n]) for counts in said) for n in range(3))
    assert (2 * 12 * 2 + 2, 2 * (2 * 12 - 1), 2 * 12) == (added, changed, deleted)
    expected = {"shared", "other", *(f"{name}-{step}" for name in "pq" for step in range(12))}
    assert sorted(expected) == sorted(ids_in(store))
    assert sorted(order) == order


def test_threads_that_write_at_the_same_time_lose_nothing(store: IncidentStore) -> None:
    def write(writer: int) -> int:
        return sum(put(store, incidents(f"{writer}-{number}", "shared")).added for number in range(5))

    with ThreadPoolExecutor(6) as pool:
        assert 31 == sum(pool.map(write, range(6))) == len(ids_in(store))


def test_readers_do_not_wait_for_a_writer(store: IncidentStore) -> None:
    put(store, incidents("a"))
    reached, go_on = threading.Event(), threading.Event()

    def slowly() -> Iterator[Incident]:
        yield from incidents("b")
        reached.set()
        assert go_on.wait(30)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(put, store, slowly())
        assert reached.wait(30)
        try:
            assert ["a"] == ids_in(store)
            assert [] == ids_in(store, store.change())
            store.check_writable()  # in a moment it is
        finally:
            go_on.set()
        assert Changes(added=1) == writing.result()
    assert ["a", "b"] == ids_in(store)


def test_a_write_waits_for_another_only_so_long(
    store: IncidentStore, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "WAIT_S", 0.5)
    put(store, incidents("a"))
    other = IncidentStore(place.address)
    with other._writes() as connection:
        other._state(connection, lock=True)
        late = IncidentStore(place.address)
        for use in (lambda: put(late, incidents("b")), lambda: late.delete(owner="k", ids=["a"])):
            with pytest.raises(StoreError, match="another write takes too long"):
                use()
        late.check_writable()
        late.close()
    other.close()
    assert ["a"] == ids_in(store)


def test_a_store_of_another_version_is_refused_and_stays(store: IncidentStore, place: Place) -> None:
    put(store, incidents("a"))
    place.sql("UPDATE conflict_gazetteer.meta SET version = 2")
    for use in (store.change, lambda: store.read_since(0), lambda: put(store, []), store.check_writable):
        with pytest.raises(StoreError, match="was made by another version of this program"):
            use()
    assert "1" in place.sql("SELECT count(*) FROM conflict_gazetteer.incidents")


# ---------------------------------------------------------------------------------- a file of SQLite


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new" / "store.sqlite"


def test_a_file_is_its_owner_s_alone_and_written_ahead_and_synchronously(file: Path) -> None:
    store = IncidentStore(file)
    put(store, incidents("a"))
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    with store._writes() as connection:
        asked = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        ]
    assert ["wal", 2] == asked  # 2 is FULL


def test_a_file_that_is_no_store_is_refused_and_stays(tmp_path: Path) -> None:
    other = tmp_path / "other.gpkg"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE meta (version)")
    file = tmp_path / "gazetteer.gpkg"
    contents = (b"id,date,place\n" * 100, b"SQLite format 3\0" + b"\1" * 5000, other.read_bytes())
    for content in contents:
        file.write_bytes(content)
        store = IncidentStore(file)
        for use in (store.change, partial(put, store, incidents("a")), store.check_writable):
            with pytest.raises(StoreError, match=r"gazetteer\.gpkg (is no incident store|can't be used)"):
                use()
        assert content == file.read_bytes()


def test_a_file_that_is_left_alone_is_opened_once_and_every_write_is_seen(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    connect = sqlite3.connect

    def opens(*args: Any, **how: Any) -> sqlite3.Connection:
        opened.append(1)
        made: sqlite3.Connection = connect(*args, **how)
        return made

    monkeypatch.setattr(sqlite3, "connect", opens)
    store, other = IncidentStore(file), IncidentStore(file)
    for n in range(3):
        put(other, incidents(f"{n}"))
        for settled_s in (0, 10, 10, 10):  # the file's clock is coarse: for a moment it is asked each time
            stamp = file.stat().st_mtime_ns
            monkeypatch.setattr(time, "time_ns", lambda now=stamp + settled_s * 10**9: now)
            assert other.read_since(0).change == store.change()
        before = len(opened)
        assert [store.change()] * 5 == [store.change() for _ in range(5)]
        assert before == len(opened)


def test_a_write_to_a_file_that_is_taken_away_meanwhile_is_not_acknowledged(file: Path) -> None:
    def taking() -> Iterator[Incident]:
        yield from incidents("b")
        file.unlink()

    store = IncidentStore(file)
    put(store, incidents("a"))
    with pytest.raises(StoreError, match="was taken away while it was written"):
        put(store, taking())


def test_a_full_disk_leaves_the_old_state(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = IncidentStore(file)
    put(store, incidents("a"))
    before, connect = store.read_since(0), sqlite3.connect

    def nearly_full(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        connection.execute("PRAGMA max_page_count = 20")  # SQLite's own way to have a full disk
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", nearly_full)
        with pytest.raises(StoreError, match=r"full; see that .* the disk has room"):
            put(store, incidents(*map(str, range(5_000))))
    assert before == store.read_since(0)


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = IncidentStore(tmp_path / "file" / "store.sqlite")
    for use in (store.check_writable, lambda: put(store, [])):
        with pytest.raises(StoreError, match=r"can't be (made|used)"):
            use()


# ------------------------------------------------------------------------------ where a server's store lies


def a_table(path: Path, *rows: str, header: str = "id,date,place") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_the_store_lies_beside_the_gazetteer_and_is_made_by_the_first_write(tmp_path: Path) -> None:
    store = open_store(Settings(), FakeGazetteer(path=tmp_path / "syria.gpkg"))
    assert (0, []) == (store.change(), list(tmp_path.iterdir()))
    put(store, incidents("a"))
    assert (tmp_path / "syria.incidents.sqlite").is_file()
    assert ["a"] == ids_in(open_store(Settings(), FakeGazetteer(path=tmp_path / "syria.gpkg")))


def test_the_embedded_default_lies_in_a_cache_so_its_store_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "data"))
    put(open_store(Settings(), FakeGazetteer(path=tmp_path / "cache" / "default-0123.gpkg")), incidents("a"))
    assert (tmp_path / "data" / "incidents.sqlite").is_file()
    assert not (tmp_path / "cache").exists()


def test_a_table_alone_is_kept_apart_from_the_store_beside_the_gazetteer(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer(path=tmp_path / "syria.gpkg")
    put(open_store(Settings(), gazetteer), incidents("stored"))
    store = open_store(Settings(incidents=a_table(tmp_path / "t.csv", "a,2016-05-30,Idlib")), gazetteer)
    put(store, incidents("posted"))
    assert ["a", "posted"] == ids_in(store)
    assert ["", "k"] == [row.owner for row in store.read_since(0).rows]
    assert ["stored"] == ids_in(open_store(Settings(), gazetteer))


def test_a_table_alone_may_have_no_ids_or_the_same_twice_and_loses_no_row(tmp_path: Path) -> None:
    table = a_table(tmp_path / "t.csv", "a,,Idlib", "a,,Aleppo", "a#2,,Idlib", ",,Idlib")
    assert ["a", "a#2", "a#2#2", "4"] == ids_in(open_store(Settings(incidents=table), FakeGazetteer()))
    table = a_table(tmp_path / "t.csv", ",Idlib", ",Aleppo", header="date,place")
    assert ["1", "2"] == ids_in(open_store(Settings(incidents=table), FakeGazetteer()))


def test_a_table_goes_into_the_store_that_is_named_and_twice_is_as_once(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite"
    first = Settings(incidents=a_table(tmp_path / "a.csv", "a,2016-05-30,Idlib", "b,,Aleppo"), store=file)
    assert open_store(first, FakeGazetteer()).change() == open_store(first, FakeGazetteer()).change()
    second = Settings(incidents=a_table(tmp_path / "b.csv", "c,2016-05-30,Idlib"), store=file)
    store = open_store(second, FakeGazetteer())
    assert ["a", "b", "c"] == ids_in(store)
    assert 2 == store.delete(owner="", source="a.csv")


def test_what_the_operator_publishes_is_kept_with_the_rows_of_the_table(tmp_path: Path) -> None:
    table = a_table(tmp_path / "t.csv", "a,2016-05-30,Idlib")
    for given, kept in (({}, ()), ({"publish": ("Date",)}, ("date",)), ({"public_table": True}, ("*",))):
        [row] = open_store(Settings(incidents=table, **given), FakeGazetteer()).read_since(0).rows
        assert kept == row.published
    with pytest.raises(InputError, match="no column 'nothing'"):
        open_store(Settings(incidents=table, publish=("nothing",)), FakeGazetteer())


def test_a_store_takes_no_table_whose_rows_can_not_be_told_apart(tmp_path: Path) -> None:
    for header, row, words in (
        ("date,place", "2016-05-30,Idlib", "no column of ids"),
        ("id,place", ",Idlib", "has no id in row 1"),
        ("event_id,place", "x,Idlib\nx,Aleppo", "more than one row with the event_id 'x'"),
    ):
        table = a_table(tmp_path / "t.csv", row, header=header)
        with pytest.raises(TableError, match=words):
            open_store(Settings(incidents=table, store=tmp_path / "s.sqlite"), FakeGazetteer())
    assert not (tmp_path / "s.sqlite").exists()


def test_what_is_wrong_with_the_store_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        open_store(Settings(store=tmp_path / "nothing" / "s.sqlite"), FakeGazetteer())
    (tmp_path / "s.sqlite").write_text("id,place\n" * 50)
    with pytest.raises(StoreError, match=r"s\.sqlite"):
        open_store(Settings(store=tmp_path / "s.sqlite"), FakeGazetteer())


def test_an_address_makes_a_store_in_a_database(postgis_url: str) -> None:
    store = open_store(Settings(store=SecretStr(postgis_url)), FakeGazetteer())
    assert (postgis_url, 0) == (str(store), store.change())
    store.close()
