"""What a server holds of a store: the present state of all incidents, as a tier sees them."""

import gc
import tracemalloc
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import numpy as np
import pytest

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.spots import Fix, Several
from gazetteer.near.near import near
from gazetteer.near.select import select
from service.publishing import current, shown
from service.snapshots import IncidentView, Snapshot
from service.store import IncidentStore, Reading, Stored
from tests.fakes import PLACES, FakeGazetteer, an_incident


class InMemory(IncidentStore):
    """A store without a disk, which notes what was read of it."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[int, Stored]] = {}  # each with the change that wrote it
        self.now, self.deleted, self.readings = 0, 0, list[Reading]()

    def write(self, incidents: dict[int, Incident], delete: Iterable[int] = ()) -> None:
        self.now += 1
        self.rows |= {n: (self.now, Stored(n, "", "t", (), one)) for n, one in incidents.items()}
        for number in delete:
            del self.rows[number]
            self.deleted = self.now

    def change(self) -> int:
        return self.now

    def read_since(self, change: int) -> Reading:
        rows = tuple(row for _, (at, row) in sorted(self.rows.items()) if at > change)
        present = tuple(sorted(self.rows)) if change < self.deleted or not change else None
        self.readings.append(Reading(self.now, rows, present))
        return self.readings[-1]


@pytest.fixture
def store() -> InMemory:
    return InMemory()


def full(store: IncidentStore) -> IncidentView:
    gazetteer = FakeGazetteer()
    return IncidentView(store, partial(current, gazetteer=gazetteer), gazetteer)


def public(store: IncidentStore) -> IncidentView:
    gazetteer = FakeGazetteer().generalised(0.1)
    return IncidentView(store, partial(shown, gazetteer=gazetteer, degrees=0.1))


def now(view: IncidentView) -> Snapshot:
    found = view.now()
    assert found is not None
    return found


def test_the_state_is_read_anew_only_when_it_changed_and_then_what_changed(store: InMemory) -> None:
    view = full(store)
    store.write({1: an_incident(id="a"), 2: an_incident(id="b")})
    first = now(view)
    assert first is now(view)
    store.write({2: an_incident(id="b2"), 3: an_incident(id="c")})
    assert ["a", "b2", "c"] == [one.id for one in now(view).incidents]
    store.write({}, delete=[1])
    assert ["b2", "c"] == [one.id for one in now(view).incidents]
    assert ["a", "b"] == [one.id for one in first.incidents], "a snapshot stays what it was"
    assert [2, 2, 0] == [len(one.rows) for one in store.readings]


def various(step: int) -> dict[int, Incident]:
    """Return incidents of which some replace those of the step before; each has what others lack."""
    places = [place for place in PLACES.values() if place.id.startswith("test:")]
    several = Several(tuple(Fix(one.position, one.uncertainty_m, (), one.id) for one in places[:2]))
    kinds = {"event_type": f"kind {step}", "deaths": str(step)}
    incidents = (
        an_incident(position=LatLon(35.0 + step / 100, 36.5), properties=kinds, origin="coordinates"),
        an_incident(place_id=places[step % 4].id, names=(places[step % 4].name,), admin=(f"SY{step}",)),
        an_incident(several=several, names=("Idlib + Saraqeb",)),
        an_incident(position=None, names=(f"Nowhere {step}",), date=None, radius_from="assumed"),
    )
    return {2 * step + n: one for n, one in enumerate(incidents)}


@pytest.mark.parametrize("tier", ["full", "public"])
def test_what_is_merged_answers_as_what_is_read_whole(store: InMemory, tier: str) -> None:
    make, targets = full if tier == "full" else public, list(PLACES.values())
    view = make(store)
    for step in (0, 1, 2, 9, 5, 6, 7, 8):  # of two writers the later may be done first
        store.write(various(step), delete=[2 * step] if step in (1, 6) else ())
        merged, whole = now(view), now(make(store))
        assert whole.numbers.tolist() == merged.numbers.tolist() == sorted(store.rows)
        answers = [near(one.incidents, targets, within_m=20_000.0) for one in (merged, whole)]
        assert answers[1].summary == answers[0].summary
        for name in ("distances_m", "certainties", "probabilities", "unknown"):
            np.testing.assert_array_equal(*(getattr(one, name) for one in answers))
        one, other = merged.incidents, whole.incidents
        assert list(other) == list(one)
        assert set(other.kinds) == set(one.kinds)
        for kind in frozenset[str]().union(*other.kinds):
            assert other.of_kind(kind).tolist() == one.of_kind(kind).tolist()
        assert [other.areas[n] for n in other.area] == [one.areas[n] for n in one.area]
        for name in ("first_days", "last_days", "radius_assumed"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_incidents_are_chosen_by_their_kind_with_that_of_the_tier(store: InMemory) -> None:
    rows = {"Event Type": " Air strike"}, {"kind": "AIR STRIKE", "target": "x"}, {"kind": ""}, {"type": "x"}
    store.write({n: an_incident(properties=row, origin="coordinates") for n, row in enumerate(rows)})
    views = (full, "air strike", [0, 1]), (public, "strike", [0, 1]), (public, "other", [3])
    for make, kind, found in views:
        assert found == select(now(make(store)).incidents, FakeGazetteer(), kind=kind).kept.tolist()
    with pytest.raises(InputError, match="there are other, strike"):
        select(now(public(store)).incidents, FakeGazetteer(), kind="air strike")


def test_places_are_those_that_gave_positions(store: InMemory) -> None:
    store.write({1: an_incident(place_id="test:idlib"), 2: an_incident(place_id="gone"), 3: an_incident()})
    assert ((PLACES["test:idlib"],), ()) == (now(full(store)).places, now(public(store)).places)


def test_findings_are_kept_until_there_are_too_many(store: InMemory) -> None:
    store.write({1: an_incident()})
    found, asked = now(full(store)), list[int]()

    for number in (1, 1, *range(2, 40), 1):
        found.remember(number, partial(asked.append, number))
    assert [*range(1, 40), 1] == asked


def test_many_threads_read_a_change_once(store: InMemory) -> None:
    store.write({1: an_incident()})
    view, together = full(store), Barrier(8)

    def ask(_: int) -> Snapshot:
        together.wait()
        return now(view)

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(ask, range(8)))
    assert (1, 1) == (len(set(map(id, seen))), len(store.readings))


def test_many_small_writes_leave_memory_as_it_was(store: InMemory) -> None:
    view, sizes, found = full(store), list[int](), Incidents.of(())
    tracemalloc.start()
    try:
        for step in range(800):
            position, kind = LatLon(33 + step / 10_000, 36.5), {"kind": f"kind {step}"}
            store.write({step % 100: an_incident(position=position, place_id=f"p{step}", properties=kind)})
            found = now(view).incidents
            store.readings.clear()
            if step in (300, 799):
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert 100 == len(found) == len(found.kinds)
    assert len(found.spots) < 200
    assert sizes[1] - sizes[0] < 150_000  # an incident takes more than 1,000
