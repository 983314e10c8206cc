"""What a worker holds of a store: the present state, with the positions that places have now."""

import gc
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gazetteer.errors import NotFoundError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident
from gazetteer.incidents.spots import Fix, Several
from gazetteer.values import Place
from service.incident_store import IncidentStore, IncidentView, SqliteStore
from service.incident_store import view as view_module
from service.incident_store.protocol import Reading
from tests.fakes import PLACES, FakeGazetteer, an_incident
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
            place = replace(super().place(place_id), position=LatLon(35.95, 36.65), uncertainty_m=7200.0)
            return replace(place, generalised_to_deg=0.1)

    exact = PLACES["test:national"]
    at_place = incidents("a", place_id=exact.id, position=exact.position, uncertainty_m=100.0)
    store.upsert([*at_place, *incidents("b")], source="x")
    found = IncidentView(lambda: store, Generalised()).now()
    assert found is not None
    assert [(35.95, 7200.0), (35.93, 0.0)] == [
        (one.position.latitude, one.uncertainty_m) for one in found.incidents if one.position
    ]
    assert ["test:national"] == [place.id for place in found.places]


def test_each_of_several_places_stands_where_the_running_gazetteer_puts_it(store: IncidentStore) -> None:
    away = Fix(LatLon(35.0, 36.0), 9.0, (), "test:idlib"), Fix(LatLon(35.7, 36.7), 100.0, (), "")
    store.upsert([an_incident(several=Several(away, either=True))], source="x")
    state = IncidentView(lambda: store, FakeGazetteer()).now()
    assert state
    [found] = state.incidents
    assert found.several is not None and found.several.either
    assert [PLACES["test:idlib"].position, LatLon(35.7, 36.7)] == [
        one.position for one in found.several.fixes
    ]
    assert [PLACES["test:idlib"]] == list(state.places)


def test_an_incident_at_several_places_is_kept_through_other_writes(store: IncidentStore) -> None:
    view = IncidentView(lambda: store, FakeGazetteer())
    several = Several((Fix(LatLon(35.0, 36.0), 9.0), Fix(LatLon(35.7, 36.7), 100.0)))
    store.upsert([an_incident(id="a"), an_incident(id="b", several=several)], source="x")
    assert view.now()
    store.upsert([an_incident(id="c"), an_incident(id="d", several=several)], source="x")
    state = view.now()
    assert state
    spots = state.incidents.spots
    assert [2, 2] == [
        len(spots.parts[spot].spots) for spot in state.incidents.spot.tolist() if spot in spots.parts
    ]
    assert [None, several, None, several] == [one.several for one in state.incidents]


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


def test_of_a_write_no_more_is_read_and_looked_up_than_what_it_changed(tmp_path: Path) -> None:
    class Counting(FakeGazetteer):
        asked = 0

        def place(self, place_id: str) -> Place:
            self.asked += 1
            return super().place(place_id)

    gazetteer, readings = Counting(), list[Reading]()

    class Noting(SqliteStore):
        def read_since(self, generation: int) -> Reading:
            readings.append(super().read_since(generation))
            return readings[-1]

    store = Noting(tmp_path / "store.sqlite")
    view = IncidentView(lambda: store, gazetteer)
    store.upsert(incidents(*map(str, range(50)), place_id="test:idlib"), source="x")
    view.now()
    store.upsert(incidents("7", "new", place_id="test:national"), source="x")
    store.delete(ids=["3"])
    found = view.now()
    assert found is not None
    assert [(True, 50), (False, 2)] == [(reading.whole, len(reading.incidents)) for reading in readings]
    assert 2 == gazetteer.asked
    assert [*(str(n) for n in range(50) if n != 3), "new"] == [one.id for one in found.incidents]
    assert {"test:idlib", "test:national"} == {place.id for place in found.places}


def test_a_snapshot_stays_what_it_was(store: IncidentStore) -> None:
    store.upsert(incidents("a", "b", properties={"kind": "clash"}), source="x")
    view = IncidentView(lambda: store, FakeGazetteer())
    first = view.now()
    assert first is not None
    kinds, spots = first.kinds, first.incidents.spots.points.latitudes.tolist()
    store.upsert(incidents("b", "c", position=LatLon(36.2, 37.1), place_id="test:idlib"), source="x")
    store.delete(ids=["a"])
    second = view.now()
    assert second is not None
    assert ["a", "b"] == [one.id for one in first.incidents]
    assert [{"clash": [0, 1]}, {}] == [
        {kind: numbers.tolist() for kind, numbers in one.kinds.items()} for one in (first, second)
    ]
    assert (kinds, spots, ()) == (first.kinds, first.incidents.spots.points.latitudes.tolist(), first.places)
    assert ["test:idlib"] == [place.id for place in second.places]


def test_views_of_several_tiers_share_a_store_and_each_shows_what_it_may(store: IncidentStore) -> None:
    views = [IncidentView(lambda: store, FakeGazetteer(), public=public) for public in (False, True, True)]
    for step in range(3):
        given = incidents(str(step), place_id="test:national", origin="enriched", names=("Saraqeb",))
        store.upsert([*given, *incidents(f"own {step}", origin="coordinates")], source="x")
        if step == 1:
            views[2].now()
    seen = [view.now() for view in views]
    assert seen[1] is not None
    assert [2 * 3] * 3 == [len(one.incidents) for one in seen if one]
    fresh = IncidentView(lambda: store, FakeGazetteer(), public=True).now()
    assert fresh is not None
    assert [list(fresh.incidents)] * 2 == [list(one.incidents) for one in seen[1:] if one]
    assert list(fresh.incidents) != list(seen[0].incidents if seen[0] else ())


class InMemory:
    """A store without a disk, for many writes; what changed since the last one is told."""

    def __init__(self) -> None:
        self.now, self.changed = 1, Reading(1)

    def generation(self) -> int:
        return self.now

    def write(self, number: int, incident: Incident, deleted: tuple[int, ...]) -> None:
        self.now += 1
        self.changed = Reading(self.now, False, (number,), (incident,), deleted)

    def read_since(self, generation: int) -> Reading:
        return self.changed if generation == self.now - 1 else Reading(self.now)


def test_many_small_writes_leave_memory_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with a position, a place, a kind and a row that no other has."""
    monkeypatch.setattr(view_module, "_MORE_PLACES", 100)
    store: Any = InMemory()
    view = IncidentView(lambda: store, FakeGazetteer())
    view.now()
    held, sizes = 100, list[int]()
    tracemalloc.start()
    try:
        for step in range(2_500):
            incident = an_incident(
                id=str(step),
                position=LatLon(33 + step / 10_000, 36.5),
                place_id=f"p{step}",
                properties={"kind": f"kind {step}"},
            )
            store.write(step, incident, (step - held,) if step >= held else ())
            found = view.now()
            assert found is not None
            if step % 100 == 0:
                assert len(found.kinds) <= held
            if step in (1_000, 2_499):
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    found = view.now()
    assert found is not None
    assert [str(number) for number in range(2_400, 2_500)] == [one.id for one in found.incidents]
    assert len(found.incidents.spots) < 2 * held
    assert len(view._places) < 400
    assert len(found.kinds_of_each.sets) <= held
    assert sizes[1] - sizes[0] < 150_000  # an incident takes more than 1,000
