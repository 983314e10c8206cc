"""What every incident store promises to those who read only what changed."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from gazetteer.incidents import Incident
from service.incident_store import IncidentStore, generations
from tests.fakes import an_incident
from tests.service.incident_store.machine import StoreMachine

__all__ = ["ChangesContract", "ids_in", "incidents", "told"]


def incidents(*ids: str, **changed: Any) -> list[Incident]:
    return [an_incident(**{"id": id_, "properties": {"id": id_}, **changed}) for id_ in ids]


def ids_in(store: IncidentStore) -> list[str]:
    return [incident.id for incident in store.read()[1]]


def told(store: IncidentStore, since: int) -> tuple[bool, tuple[Incident, ...], tuple[int, ...]]:
    reading = store.read_since(since)
    return reading.whole, reading.incidents, reading.deleted


class ChangesContract:
    """Part of `StoreContract`."""

    def test_whatever_the_order_of_writes_what_changed_is_told_as_all_is(self, store: IncidentStore) -> None:
        class Machine(StoreMachine):
            def __init__(self) -> None:
                super().__init__(store)

        run_state_machine_as_test(Machine, settings=settings(max_examples=12, stateful_step_count=15))

    def test_what_changed_since_a_generation_is_told_and_no_more(self, store: IncidentStore) -> None:
        store.upsert(incidents("a", "b", "c", "d"), source="x")
        since, whole = store.generation(), store.read_since(0)
        assert (True, incidents("a", "b", "c", "d"), ()) == (whole.whole, [*whole.incidents], whole.deleted)
        assert (False, (), ()) == told(store, since)
        store.upsert([*incidents("b", place="Aleppo"), *incidents("a", "e")], source="x")
        store.delete(ids=["c"])
        expected = (*incidents("b", place="Aleppo"), *incidents("e"))
        assert (False, expected, (whole.numbers[2],)) == told(store, since)
        assert (False, (), ()) == told(store, store.generation())

    def test_of_what_came_and_went_in_between_only_the_end_is_told(self, store: IncidentStore) -> None:
        store.upsert(incidents("a", "b"), source="x")
        since, numbers = store.generation(), store.read_since(0).numbers
        store.delete(ids=["a"])
        store.upsert(incidents("a", "c"), source="x")
        store.delete(ids=["c"])
        whole, found, deleted = told(store, since)
        assert (False, tuple(incidents("a"))) == (whole, found)
        assert numbers[0] in deleted
        assert set(store.read_since(0).numbers).isdisjoint(deleted)

    def test_since_a_generation_that_the_store_never_had_all_is_told(self, store: IncidentStore) -> None:
        assert (0, True, ()) == (store.read_since(5).generation, *told(store, 5)[:2])
        store.upsert(incidents("a"), source="x")
        first = store.generation()
        store.upsert(incidents("b"), source="x")
        last = store.generation()
        for since in {0, 1, first - 1, first + 1, last - 1, last + 1, 2**60} - {first, last}:
            assert (True, tuple(incidents("a", "b")), ()) == told(store, since)

    def test_a_large_deletion_is_not_told_one_by_one(self, store: IncidentStore) -> None:
        store.upsert(incidents(*map(str, range(generations.MOST_TOLD + 1)), "kept"), source="x")
        since = store.generation()
        store.delete(ids=[*map(str, range(generations.MOST_TOLD + 1))])
        assert (True, tuple(incidents("kept")), ()) == told(store, since)
        since = store.generation()
        store.upsert(incidents("a"), source="x")
        assert (False, tuple(incidents("a")), ()) == told(store, since)

    def test_changes_of_long_ago_are_forgotten(
        self, store: IncidentStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(generations, "_WRITES", 4)
        store.upsert(incidents(*"abcdefghijklmnopqrst"), source="x")
        passed = [store.generation()]
        for one in "abcdefghijklmno":
            store.delete(ids=[one])
            passed.append(store.generation())
        since = {generation: told(store, generation) for generation in passed}
        left = tuple(incidents(*"pqrst"))
        assert (True, left, ()) == since[passed[0]]
        assert (False, (), ()) == since[passed[-1]]
        assert next(number for number, one in enumerate(since.values()) if not one[0]) > 0
        assert all(one == (True, left, ()) or (one[:2] == (False, ())) for one in since.values())
