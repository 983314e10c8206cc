"""What every incident store promises: a class to inherit from, with two fixtures to give.

``store`` is a store into which nothing was ever put; ``elsewhere`` is Python code whose last line binds the
same store to the name ``store``, run by other processes.
"""

import datetime
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gazetteer.coords import LatLon
from gazetteer.errors import InputError
from gazetteer.incidents import Incident
from service.incident_store import Changes, IncidentStore
from tests.fakes import an_incident

__all__ = ["StoreContract", "incidents"]


def incidents(*ids: str, **changed: Any) -> list[Incident]:
    return [an_incident(**{"id": id_, "properties": {"id": id_}, **changed}) for id_ in ids]


def ids_in(store: IncidentStore) -> list[str]:
    return [incident.id for incident in store.read()[1]]


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


class StoreContract:
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
            an_incident(id="b", place_id="test:idlib", radius_known=False, admin=("SY07",)),
            an_incident(
                id="c", date=None, days=(datetime.date(2016, 5, 1), datetime.date(2016, 5, 31)), properties={}
            ),
        ]
        assert Changes(added=5) == store.upsert(stored, source="table.csv")
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
            {"radius_known": False},
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
