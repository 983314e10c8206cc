"""A store and those who follow it by what changed, against a plain model: any order of writes and reads."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gazetteer.incidents import Incident
from service.incident_store import Changes, IncidentStore, IncidentView
from tests.fakes import PLACES, FakeGazetteer, an_incident

__all__ = ["StoreMachine"]

_IDS = [*"abcdefg", "ز"]
_places = st.sampled_from(["", *list(PLACES)[:3], "gone"])


class Follower:
    """Holds what a store told it, as it was told."""

    def __init__(self) -> None:
        self.generation = 0
        self.held: dict[int, Incident] = {}

    def follow(self, store: IncidentStore) -> list[Incident]:
        reading = store.read_since(self.generation)
        if reading.whole:
            self.held = {}
        for number in reading.deleted:
            self.held.pop(number, None)
        assert list(reading.numbers) == sorted(set(reading.numbers))
        self.held |= dict(zip(reading.numbers, reading.incidents, strict=True))
        self.generation = reading.generation
        return [self.held[number] for number in sorted(self.held)]


class StoreMachine(RuleBasedStateMachine):
    """Writes to one store, which it empties first, and reads it in several ways."""

    def __init__(self, store: IncidentStore) -> None:
        super().__init__()
        self.store = store
        store.delete(ids=[incident.id for incident in store.read()[1]])
        self.model: dict[str, tuple[Incident, str]] = {}
        self.followers = [Follower() for _ in range(3)]
        self.views = [IncidentView(lambda: store, FakeGazetteer(), public=public) for public in (False, True)]

    @rule(
        ids=st.lists(st.sampled_from(_IDS), unique=True, max_size=4),
        place=_places,
        source=st.sampled_from("xy"),
        kind=st.sampled_from(["", "clash", "Shelling"]),
        dry_run=st.booleans(),
    )
    def upsert(self, ids: list[str], place: str, source: str, kind: str, dry_run: bool) -> None:
        given = [
            an_incident(id=one, place_id=place, uncertainty_m=len(one) * 1.0, properties={"kind": kind})
            for one in ids
        ]
        added = [one.id for one in given if one.id not in self.model]
        same = [one.id for one in given if self.model.get(one.id) == (one, source)]
        expected = Changes(len(added), len(given) - len(added) - len(same), len(same))
        before = self.store.generation()
        assert expected == self.store.upsert(given, source=source, dry_run=dry_run)
        if not dry_run:
            self.model |= {one.id: (one, source) for one in given}
        changed = not dry_run and (expected.added or expected.changed or not before)
        assert bool(changed) == (before != self.store.generation())

    @rule(
        ids=st.lists(st.sampled_from(_IDS), max_size=3),
        source=st.sampled_from([None, None, "x", "nothing"]),
    )
    def delete(self, ids: list[str], source: str | None) -> None:
        gone = [i for i, (_, of) in self.model.items() if i in ids or of == source]
        assert len(gone) == self.store.delete(ids=ids, source=source)
        self.model = {i: kept for i, kept in self.model.items() if i not in gone}

    @rule(which=st.integers(0, 2))
    def follow(self, which: int) -> None:
        assert [incident for incident, _ in self.model.values()] == self.followers[which].follow(self.store)

    @rule(which=st.integers(0, 1))
    def view(self, which: int) -> None:
        fresh = IncidentView(lambda: self.store, FakeGazetteer(), public=bool(which)).now()
        found = self.views[which].now()
        assert _told(fresh) == _told(found)

    @invariant()
    def all_is_there_in_order(self) -> None:
        generation, incidents = self.store.read()
        assert [incident for incident, _ in self.model.values()] == list(incidents)
        assert generation == self.store.generation()


def _told(snapshot: Any) -> Any:
    if snapshot is None:
        return None
    return (
        snapshot.generation,
        list(snapshot.incidents),
        snapshot.numbers.tolist(),
        {kind: numbers.tolist() for kind, numbers in snapshot.kinds.items()},
        {place.id for place in snapshot.places},
    )
