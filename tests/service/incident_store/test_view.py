"""What a worker holds of a store: the present state, with the positions that places have now."""

from dataclasses import replace
from pathlib import Path

import pytest

from gazetteer.coords import LatLon
from gazetteer.errors import NotFoundError
from gazetteer.places import Place
from service.incident_store import IncidentStore, IncidentView, SqliteStore
from tests.fakes import PLACES, FakeGazetteer
from tests.service.incident_store.contract import incidents


@pytest.fixture
def store(tmp_path: Path) -> IncidentStore:
    return SqliteStore(tmp_path / "store.sqlite")


def test_nothing_stored_is_no_state_and_an_emptied_store_is_an_empty_one(store: IncidentStore) -> None:
    view = IncidentView(lambda: store, FakeGazetteer())
    assert view.now() is None
    store.upsert(incidents("a"), source="x")
    store.delete(ids=["a"])
    found = view.now()
    assert found is not None
    assert 0 == len(found.incidents)


def test_the_state_is_read_anew_only_when_it_changed(store: IncidentStore) -> None:
    view = IncidentView(lambda: store, FakeGazetteer())
    store.upsert(incidents("a"), source="x")
    first = view.now()
    store.upsert(incidents("a"), source="x")
    assert first is view.now()
    store.upsert(incidents("b"), source="x")
    second = view.now()
    assert second is not None
    assert ["a", "b"] == [incident.id for incident in second.incidents]


def test_an_incident_at_a_place_stands_where_the_running_gazetteer_puts_the_place(
    store: IncidentStore,
) -> None:
    class Generalised(FakeGazetteer):
        def place(self, place_id: str) -> Place:
            return replace(super().place(place_id), position=LatLon(35.95, 36.65), uncertainty_m=7200.0)

    exact = PLACES["test:national"]
    at_place = incidents("a", place_id=exact.id, position=exact.position, uncertainty_m=100.0)
    store.upsert([*at_place, *incidents("b")], source="x")
    found = IncidentView(lambda: store, Generalised()).now()
    assert found is not None
    assert [(35.95, 7200.0), (35.93, 0.0)] == [
        (one.position.latitude, one.uncertainty_m) for one in found.incidents if one.position
    ]
    assert ["test:national"] == [place.id for place in found.places]


def test_an_incident_at_a_place_that_is_gone_stays_where_it_was_stored(store: IncidentStore) -> None:
    with pytest.raises(NotFoundError):
        FakeGazetteer().place("gone")
    store.upsert(incidents("a", place_id="gone", uncertainty_m=12.0), source="x")
    found = IncidentView(lambda: store, FakeGazetteer()).now()
    assert found is not None
    assert incidents("a", place_id="gone", uncertainty_m=12.0) == list(found.incidents)


def test_kinds_are_told_by_the_columns_that_tables_have_for_them(store: IncidentStore) -> None:
    rows = (
        {"Event Type": "Air strike", "sub_event_type": "Barrel bomb"},
        {"event-type": " AIR STRIKE ", "target": "x"},
        {"kind": ""},
    )
    store.upsert([incidents(str(n), properties=row)[0] for n, row in enumerate(rows)], source="x")
    found = IncidentView(lambda: store, FakeGazetteer()).now()
    assert found is not None
    assert {"air strike": [0, 1], "barrel bomb": [0]} == {k: v.tolist() for k, v in found.kinds.items()}


def test_findings_are_kept_until_there_are_too_many(store: IncidentStore) -> None:
    store.upsert(incidents("a"), source="x")
    found = IncidentView(lambda: store, FakeGazetteer()).now()
    assert found is not None
    asked: list[int] = []

    def find(number: int) -> int:
        def look() -> int:
            asked.append(number)
            return number

        return found.remember(number, look)

    assert [1, 1, *range(2, 40), 1] == [find(number) for number in (1, 1, *range(2, 40), 1)]
    assert [*range(1, 40), 1] == asked
