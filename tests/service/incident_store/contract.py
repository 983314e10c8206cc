"""What every incident store promises: a class to inherit from, with two fixtures to give.

``store`` is a store into which nothing was ever put; ``elsewhere`` is Python code whose last line binds the
same store to the name ``store``, run by other processes.
"""

import datetime
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident
from gazetteer.incidents.spots import Fix, Several
from service.incident_store import Changes, IncidentStore
from tests.fakes import an_incident
from tests.service.incident_store.contract_changes import ChangesContract, ids_in, incidents, told

__all__ = ["StoreContract", "ids_in", "incidents", "told"]


_FIX = Fix(LatLon(35.2, 36.8), 1000.0, (), "")


def run(code: str, *, kill_at: str | None = None) -> str:
    """Run code in another process; kill it, as nothing else does, once it has printed a line."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        if kill_at is None:
            said = process.stdout.read()
            assert 0 == process.wait(60)
            return said
        assert kill_at == process.stdout.readline().strip()
        os.kill(process.pid, signal.SIGKILL)
        assert -signal.SIGKILL == process.wait(60)
        return kill_at


class StoreContract(ChangesContract):
    """Inherit from this, and give the fixtures `store` and `elsewhere`."""

    @pytest.fixture
    def store(self) -> IncidentStore:
        raise NotImplementedError

    @pytest.fixture
    def elsewhere(self) -> str:
        raise NotImplementedError

    def test_where_nothing_was_stored_the_generation_is_0(self, store: IncidentStore) -> None:
        assert (0, ()) == (store.generation(), store.read()[1])

    def test_incidents_are_read_as_they_were_stored_and_in_that_order(self, store: IncidentStore) -> None:
        stored = [
            an_incident(id="z", position=LatLon(35.1 + 1e-13, 36.700000000000003), uncertainty_m=0.1),
            an_incident(id="نزاع", place="إدلب", properties={"المكان": "إدلب", "empty": "", "": 'a"b\n'}),
            an_incident(id="a", date=None, position=None, admin=(), problems=("no position: x", "y; z")),
            an_incident(id="b", place_id="test:idlib", radius_from="assumed", admin=("SY07",)),
            an_incident(
                id="c", date=None, days=(datetime.date(2016, 5, 1), datetime.date(2016, 5, 31)), properties={}
            ),
            an_incident(id="d", several=Several((Fix(LatLon(35.1, 36.7), 0.1, (), "x"), _FIX), either=True)),
        ]
        assert Changes(added=6) == store.upsert(stored, source="table.csv")
        generation, found = store.read()
        assert stored == list(found)
        assert generation == store.generation() > 0

    def test_what_is_stored_twice_changes_nothing(self, store: IncidentStore) -> None:
        store.upsert(incidents("a", "b"), source="x")
        generation = store.generation()
        assert Changes(unchanged=2) == store.upsert(incidents("a", "b"), source="x")
        assert generation == store.generation()

    def test_a_changed_incident_is_replaced_in_its_old_position(self, store: IncidentStore) -> None:
        store.upsert(incidents("a", "b"), source="x")
        generation = store.generation()
        changes = store.upsert([*incidents("a", place="Aleppo"), *incidents("b", "c")], source="x")
        assert Changes(added=1, changed=1, unchanged=1) == changes
        assert generation != store.generation()
        assert [("a", "Aleppo"), ("b", "Idlib"), ("c", "Idlib")] == [(i.id, i.place) for i in store.read()[1]]

    @pytest.mark.parametrize(
        "change",
        [
            {"date": None},
            {"position": None},
            {"uncertainty_m": 1.0},
            {"admin": ()},
            {"properties": {"id": "a", "x": ""}},
            {"problems": ("p",)},
            {"place_id": "p"},
            {"radius_from": "assumed"},
        ],
    )
    def test_any_difference_is_a_change(self, store: IncidentStore, change: dict[str, Any]) -> None:
        store.upsert(incidents("a"), source="x")
        assert Changes(changed=1) == store.upsert(incidents("a", **change), source="x")
        assert incidents("a", **change) == list(store.read()[1])

    def test_another_source_is_a_change_too(self, store: IncidentStore) -> None:
        store.upsert(incidents("a"), source="x")
        assert Changes(changed=1) == store.upsert(incidents("a"), source="y")
        assert (0, 1) == (store.delete(source="x"), store.delete(source="y"))

    def test_a_store_that_was_given_no_incidents_is_empty_and_not_unknown(self, store: IncidentStore) -> None:
        assert Changes() == store.upsert([], source="x")
        generation = store.generation()
        assert generation > 0
        store.upsert([], source="x")
        assert generation == store.generation()

    def test_two_incidents_of_one_id_are_refused_and_nothing_is_stored(self, store: IncidentStore) -> None:
        store.upsert(incidents("a"), source="x")
        before = store.read()
        with pytest.raises(InputError, match="'b'"):
            store.upsert(incidents("c", "b", "b"), source="x")
        assert before == store.read()

    def test_what_fails_on_the_way_leaves_the_old_state(self, store: IncidentStore) -> None:
        def failing() -> Iterator[Incident]:
            yield from incidents("a", place="Aleppo")
            yield from incidents("c")
            raise RuntimeError("on the way")

        store.upsert(incidents("a", "b"), source="x")
        before = store.read()
        with pytest.raises(RuntimeError, match="on the way"):
            store.upsert(failing(), source="x")
        assert before == store.read()

    def test_a_dry_run_counts_and_changes_nothing(self, store: IncidentStore) -> None:
        assert Changes(added=1) == store.upsert(incidents("a"), source="x", dry_run=True)
        assert 0 == store.generation()
        store.upsert(incidents("a", "b"), source="x")
        before = store.read()
        tried = [*incidents("a"), *incidents("b", place="Aleppo"), *incidents("c", "d")]
        assert Changes(2, 1, 1) == store.upsert(tried, source="x", dry_run=True)
        assert before == store.read()

    def test_incidents_are_deleted_by_id_and_by_source(self, store: IncidentStore) -> None:
        store.upsert(incidents("a", "b", "c", "d"), source="x")
        store.upsert(incidents("e", "f"), source="y")
        generation = store.generation()
        assert 2 == store.delete(ids=["a", "c", "nothing"])
        assert generation != store.generation()
        assert 2 == store.delete(source="y")
        assert ["b", "d"] == ids_in(store)

    def test_deleting_nothing_changes_nothing(self, store: IncidentStore) -> None:
        assert 0 == store.delete(ids=["a"], source="x")
        assert 0 == store.generation()
        store.upsert(incidents("a"), source="x")
        generation = store.generation()
        assert 0 == store.delete(ids=["b"]) + store.delete(source="y") + store.delete()
        assert generation == store.generation()

    def test_an_emptied_store_is_empty_and_not_unknown(self, store: IncidentStore) -> None:
        store.upsert(incidents("a"), source="x")
        store.delete(ids=["a"])
        assert () == store.read()[1]
        assert store.generation() > 0

    def test_what_was_deleted_and_comes_again_comes_last(self, store: IncidentStore) -> None:
        store.upsert(incidents("a", "b"), source="x")
        store.delete(ids=["a"])
        store.upsert(incidents("a"), source="x")
        assert ["b", "a"] == ids_in(store)

    def test_no_generation_comes_twice(self, store: IncidentStore) -> None:
        seen = {store.generation()}
        for _ in range(5):
            store.upsert(incidents("a"), source="x")
            seen.add(store.generation())
            store.delete(ids=["a"])
            seen.add(store.generation())
        assert 11 == len(seen)

    def test_a_write_of_another_process_is_seen(self, store: IncidentStore, elsewhere: str) -> None:
        store.upsert(incidents("a"), source="x")
        generation = store.generation()
        run(
            f"{elsewhere}\nfrom tests.service.incident_store.contract import incidents\n"
            "store.upsert(incidents('b'), source='x')"
        )
        assert generation != store.generation()
        assert ["a", "b"] == ids_in(store)

    def test_a_process_killed_in_the_middle_of_a_write_leaves_the_old_state(
        self, store: IncidentStore, elsewhere: str
    ) -> None:
        store.upsert(incidents("a", "b"), source="x")
        before = store.read()
        run(
            f"{elsewhere}\nimport time\n"
            "from tests.service.incident_store.contract import incidents\n"
            "def slowly():\n"
            "    yield from incidents('a', place='Aleppo')\n"
            "    yield from incidents(*map(str, range(20_000)))\n"
            "    print('midway', flush=True)\n"
            "    time.sleep(60)\n"
            "store.upsert(slowly(), source='y')",
            kill_at="midway",
        )
        assert before == store.read()
        assert Changes(added=1) == store.upsert(incidents("c"), source="x")  # nothing is left locked

    def test_the_very_first_write_killed_in_the_middle_leaves_nothing(
        self, store: IncidentStore, elsewhere: str
    ) -> None:
        run(
            f"{elsewhere}\nimport time\n"
            "from tests.service.incident_store.contract import incidents\n"
            "def slowly():\n"
            "    yield from incidents(*map(str, range(20_000)))\n"
            "    print('midway', flush=True)\n"
            "    time.sleep(60)\n"
            "store.upsert(slowly(), source='y')",
            kill_at="midway",
        )
        assert (0, ()) == (store.generation(), store.read()[1])
        assert Changes(added=1) == store.upsert(incidents("c"), source="x")

    def test_what_was_acknowledged_outlives_a_kill(self, store: IncidentStore, elsewhere: str) -> None:
        run(
            f"{elsewhere}\nimport time\n"
            "from tests.service.incident_store.contract import incidents\n"
            "store.upsert(incidents('a', 'b'), source='x')\n"
            "store.delete(ids=['a'])\n"
            "print('done', flush=True)\n"
            "time.sleep(60)",
            kill_at="done",
        )
        assert ["b"] == ids_in(store)

    def test_writers_at_the_same_time_lose_nothing(self, store: IncidentStore) -> None:
        def write(writer: int) -> int:
            added = 0
            for number in range(5):
                added += store.upsert(incidents(f"{writer}-{number}", "shared"), source="x").added
            return added

        with ThreadPoolExecutor(6) as pool:
            added = sum(pool.map(write, range(6)))
        assert 31 == added == len(ids_in(store))

    def test_a_store_that_can_be_written_says_so(self, store: IncidentStore) -> None:
        store.check_writable()
        store.upsert(incidents("a"), source="x")
        store.check_writable()
        assert ["a"] == ids_in(store)

    def test_readers_do_not_wait_for_a_writer(self, store: IncidentStore) -> None:
        store.upsert(incidents("a"), source="x")
        since = store.generation()
        reached, go_on = threading.Event(), threading.Event()

        def slowly() -> Iterator[Incident]:
            yield from incidents("b")
            reached.set()
            assert go_on.wait(30)

        writer = threading.Thread(target=store.upsert, args=(slowly(),), kwargs={"source": "x"})
        writer.start()
        assert reached.wait(30)
        try:
            assert ["a"] == ids_in(store)
            assert (False, (), ()) == told(store, since)
            store.check_writable()  # in a moment it is
        finally:
            go_on.set()
            writer.join()
        assert ["a", "b"] == ids_in(store)

    def test_processes_that_write_at_the_same_time_lose_nothing_and_count_right(
        self, store: IncidentStore, elsewhere: str
    ) -> None:
        code = (
            f"{elsewhere}\nimport sys\n"
            "from tests.service.incident_store.contract import incidents\n"
            "writer, counts = sys.argv[1], [0, 0, 0]\n"
            "for step in range(12):\n"
            "    own = incidents(f'{writer}-{step}', f'{writer}-gone-{step}')\n"
            "    shared = incidents('shared', 'other', place=f'{writer} {step}')\n"
            "    changes = store.upsert([*own, *shared][:: 1 if step % 2 else -1], source=writer)\n"
            "    counts[0] += changes.added\n"
            "    counts[1] += changes.changed\n"
            "    counts[2] += store.delete(ids=[f'{writer}-gone-{step}'])\n"
            "print(*counts)\n"
        )
        writers = [
            subprocess.Popen([sys.executable, "-c", code, name], stdout=subprocess.PIPE, text=True)
            for name in "pqrs"
        ]
        seen: dict[int, tuple[Incident, ...]] = {}
        order = [0]
        while any(writer.poll() is None for writer in writers):
            generation, found = store.read()
            assert found == seen.setdefault(generation, found)  # one generation is one state
            order.append(generation)
        said = [writer.communicate(timeout=60)[0].split() for writer in writers]
        assert [0] * 4 == [writer.returncode for writer in writers]
        added, changed, deleted = (sum(int(counts[n]) for counts in said) for n in range(3))
        assert (4 * 12 * 2 + 2, 2 * (4 * 12 - 1), 4 * 12) == (added, changed, deleted)
        expected = {"shared", "other", *(f"{name}-{step}" for name in "pqrs" for step in range(12))}
        assert sorted(expected) == sorted(ids_in(store))
        assert sorted(order) == order

    def test_a_text_that_no_database_keeps_is_refused_and_nothing_is_stored(
        self, store: IncidentStore
    ) -> None:
        store.upsert(incidents("a"), source="x")
        before = store.read()
        for bad in ("\0", "\ud800"):
            for given in (incidents("b", f"c{bad}"), incidents("b", place=bad)):
                with pytest.raises(InputError, match="can't be stored"):
                    store.upsert(given, source="x")
            with pytest.raises(InputError, match="can't be stored"):
                store.upsert(incidents("b"), source=bad)
            assert 0 == store.delete(ids=[bad]) + store.delete(source=bad)
        assert before == store.read()

    def test_a_control_character_in_a_cell_is_kept(self, store: IncidentStore) -> None:
        given = incidents("a", properties={"\0": "\0\1", "tab": "\t\\N\r\n\\."}, problems=("\0",))
        store.upsert([*given, *incidents("\t\\N", place="\\.\n")], source="x")
        assert [*given, *incidents("\t\\N", place="\\.\n")] == list(store.read()[1])

    def test_numbers_are_kept_to_the_last_bit(self, store: IncidentStore) -> None:
        given = [
            an_incident(id=str(n), position=LatLon(lat, 36 + lat / 1e5), uncertainty_m=abs(lat) * 1e-9)
            for n, lat in enumerate([0.1 + 0.2, 1 / 3, 5e-324, 89.99999999999999, -1e-300, 35.93])
        ]
        store.upsert(given, source="x")
        assert [repr(one) for one in given] == [repr(one) for one in store.read()[1]]
