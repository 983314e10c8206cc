"""The incident store under faults: killed while it is loaded, full disks, other hands on its file."""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from service.store import IncidentStore
from tests.faults.serving_faults import (
    DYING,
    Harmed,
    eventually,
    ids_in,
    incidents_csv,
    running,
    upload,
    whole_tables,
)
from tests.faults.small_disk import small_disk

ROWS = 1200
BEFORE = [f"B{row:06}" for row in range(50)]
LOADED = [f"L{row:06}" for row in range(ROWS)]
#: Steps of a load at which the server is killed, and seconds after one.
STEPS = ("0", "4", "6", "600", f"{ROWS + 4}", f"{ROWS + 8}", f"{ROWS + 9} 0.003", f"{ROWS + 14}")
READS = (
    "/ogc/collections/incidents/items?limit=3",
    "/v1/resolve?text=Idlib",
    "/v1/incidents/summary",
    "/healthz",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the table B, made by a server that ended well."""
    folder = tmp_path_factory.mktemp("made")
    with running("--store", str(folder / "made.sqlite"), folder=folder) as server:
        assert 200 == upload(server, incidents_csv(len(BEFORE), prefix="B"))[0]
    return folder / "made.sqlite"


@contextmanager
def dying_load(folder: Path, step: str) -> Iterator[tuple[Harmed, Path]]:
    """Load the table L into a store, by a server that dies at a step; return it and the store."""
    store, order, table = folder / "store.sqlite", folder / "order", folder / "table.csv"
    table.write_bytes(incidents_csv(ROWS, prefix="L"))
    order.write_text(step)
    options = ("--incidents", str(table), "--store", str(store))
    harm = {"HARM": str(order), "HARMED": store.name}
    with running(*options, folder=folder, custom=DYING, waits=False, **harm) as harmed:
        yield harmed, store
    assert not order.exists()


@pytest.mark.parametrize("step", STEPS)
def test_a_server_killed_at_any_step_of_a_load_leaves_the_table_whole_or_absent(
    tmp_path: Path, made: Path, step: str
) -> None:
    stored_before = step not in STEPS[:3]  # these make the store
    if stored_before:
        shutil.copyfile(made, tmp_path / "store.sqlite")
    with dying_load(tmp_path, step) as (harmed, store):
        assert harmed.process.stdout
        harmed.process.stdout.readline()  # where it serves, or nothing because it is dead
        harmed.kill_all()
    reading = IncidentStore(store).read_since(0)
    found = whole_tables([row.incident.id for row in reading.rows], {"before": BEFORE, "loaded": LOADED})
    assert found in ([["before"], ["before", "loaded"]] if stored_before else [[], ["loaded"]])
    assert bool(found) == bool(reading.change)
    IncidentStore(store).check_writable()  # nothing is left locked


def test_after_a_kill_the_same_load_completes_and_changes_nothing_twice(tmp_path: Path) -> None:
    with dying_load(tmp_path, "700") as (harmed, store):
        assert -9 == harmed.process.wait(40)
    options = ("--incidents", str(tmp_path / "table.csv"), "--store", str(store))
    changes = set()
    for _ in range(2):
        with running(*options, folder=tmp_path) as server:
            assert LOADED == ids_in(server)
            changes.add(IncidentStore(store).change())
    assert 1 == len(changes)


def test_on_a_full_disk_writes_are_refused_whole_and_reads_go_on_until_there_is_room(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", kib=4096) as disk,
        running("--store", str(disk.path / "store.sqlite"), folder=tmp_path) as server,
    ):
        assert 200 == upload(server, incidents_csv(500, prefix="A"))[0]
        before = ids_in(server)
        filling = disk.fill()
        status, problem = upload(server, incidents_csv(3000, prefix="B"))
        assert (503, "/about#store-unusable") == (status, problem["type"])
        assert 1 == problem["detail"].count(". ")  # that it can't, and that nothing was stored
        assert [200] * 8 == server.statuses(*READS * 2)
        assert before == ids_in(server)
        assert 503 == server.status("/readyz")
        filling.unlink()
        _whole_again(server, before)
        assert 200 == upload(server, incidents_csv(3000, prefix="B"))[0]
        assert len(before) + 3000 == len(ids_in(server))


def test_a_disk_that_fills_in_the_middle_of_a_write_undoes_it(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", kib=2048) as disk,
        running("--store", str(disk.path / "store.sqlite"), folder=tmp_path) as server,
    ):
        assert 200 == upload(server, incidents_csv(300, prefix="A"))[0]
        before = ids_in(server)
        assert 503 == upload(server, incidents_csv(20_000, prefix="B"))[0]
        assert before == ids_in(server)
        assert 200 == upload(server, incidents_csv(300, prefix="C"))[0]
        assert [*before, *(f"C{row:06}" for row in range(300))] == ids_in(server)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Harmed, Path]]:
    """A server whose store holds 500 incidents, and the store."""
    folder = tmp_path_factory.mktemp("kept")
    store = folder / "store.sqlite"
    with running("--store", str(store), folder=folder) as server:
        assert 200 == upload(server, incidents_csv(500, prefix="A"))[0]
        yield server, store


def _whole_again(server: Harmed, before: list[str]) -> None:
    assert before == eventually(lambda: ids_in(server), lambda found: found == before)
    assert 200 == eventually(lambda: server.status("/readyz"), lambda found: found == 200)


def test_a_store_that_is_taken_away_is_a_503_and_one_in_its_place_is_answered_from(
    kept: tuple[Harmed, Path], tmp_path: Path
) -> None:
    server, store = kept
    before = ids_in(server)
    tag = server.ask("/ogc/collections/incidents/items")[2]["Etag"]  # so waitress writes it

    def asked_again() -> int:
        return server.ask("/ogc/collections/incidents/items", headers={"If-None-Match": tag})[0]

    other = tmp_path / "other.sqlite"
    rows = IncidentStore(store).read_since(0).rows[:3]
    IncidentStore(other).upsert([row.incident for row in rows], owner="", source="other")
    shutil.move(store, tmp_path / "away.sqlite")
    assert [503, 200, 503, 200] == server.statuses(*READS)
    os.replace(other, store)
    assert before[:3] == eventually(lambda: ids_in(server), lambda found: len(found) == 3)
    assert 200 == asked_again()
    os.replace(tmp_path / "away.sqlite", store)
    _whole_again(server, before)
    assert 304 == asked_again()


def test_a_store_that_is_damaged_never_fails_otherwise_than_by_a_503(kept: tuple[Harmed, Path]) -> None:
    server, store = kept
    before, whole = ids_in(server), store.read_bytes()
    page = 4096
    for damage, harmed in (
        ("header", b"\xff" * 100 + whole[100:]),
        ("middle", whole[: 2 * page] + b"\xff" * page + whole[3 * page :]),
        ("cut", whole[: len(whole) // 2]),
        ("empty", b""),
        ("text", b"id,date,place\n" * 1000),
    ):
        store.write_bytes(harmed)
        answers = server.statuses(*READS * 3)
        assert {200} == set(answers[1::4]) | set(answers[3::4]), damage
        assert set(answers) <= {200, 503}, damage
        if damage not in ("middle", "empty"):  # what nobody read is as it was; an empty file is a new store
            assert 503 == server.status("/ogc/collections/incidents/items?limit=10000"), damage
            assert 503 == upload(server, incidents_csv(5, prefix="N"))[0], damage
            assert 503 == server.status("/readyz"), damage
        store.write_bytes(whole)
        _whole_again(server, before)


def test_while_another_program_writes_reads_go_on_and_a_write_waits(kept: tuple[Harmed, Path]) -> None:
    server, store = kept
    before = ids_in(server)
    with closing(sqlite3.connect(store, isolation_level=None)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN EXCLUSIVE")
        waiting = pool.submit(upload, server, incidents_csv(500, prefix="A"))
        assert [200] * 8 == server.statuses(*READS * 2)
        assert not waiting.done()
        other.close()
        assert 200 == waiting.result()[0]
    _whole_again(server, before)


def test_a_store_that_another_program_keeps_to_itself_is_a_503_until_it_is_let_go(
    kept: tuple[Harmed, Path],
) -> None:
    server, store = kept
    before = ids_in(server)
    with closing(sqlite3.connect(store, isolation_level=None)) as other, ThreadPoolExecutor(2) as pool:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        written = pool.submit(upload, server, incidents_csv(5, prefix="N"))
        read = pool.submit(server.ask, "/ogc/collections/incidents/items")
        assert [200, 200, 503] == server.statuses("/healthz", "/v1/resolve?text=Idlib", "/readyz")
        for status, problem in (written.result(), (read.result()[0], json.loads(read.result()[1]))):
            assert (503, "/about#store-unusable") == (status, problem["type"])
    _whole_again(server, before)
