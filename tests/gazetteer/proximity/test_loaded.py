"""Incidents that were loaded once and changed since: as if all had been loaded anew."""

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gazetteer.coords import LatLon
from gazetteer.incidents import Incident
from gazetteer.proximity import LoadedIncidents, near
from gazetteer.proximity.points import Points
from tests.fakes import a_place, an_incident

_TARGETS = [
    a_place("a", position=LatLon(35.1, 36.6), valid_from="2016-05-02"),
    a_place("b", position=LatLon(35.2, 36.6)),
]
_MAY = (datetime.date(2016, 5, 1), datetime.date(2016, 5, 31))

some_incidents = st.lists(
    st.builds(
        an_incident,
        id=st.sampled_from("pqrs"),
        date=st.sampled_from([None, datetime.date(2016, 5, 1), datetime.date(2016, 5, 3)]),
        days=st.sampled_from([None, _MAY]),
        position=st.sampled_from([None, *(LatLon(35 + n / 40, 36.6) for n in range(9))]),
        uncertainty_m=st.sampled_from([0.0, 500.0]),
        place_id=st.sampled_from(["", "test:a", "test:b", "gone"]),
        admin=st.sampled_from([(), ("SY07",)]),
        radius_known=st.booleans(),
    ),
    max_size=6,
)


def described(loaded: LoadedIncidents) -> list[Any]:
    """Return all that is known of each incident, whatever the numbers of spots."""
    spots = zip(loaded.points.latitudes, loaded.points.longitudes, loaded.radii_m, strict=True)
    known = [*spots, None]  # -1, without a position, is the last
    place = {n: name for name, numbers in loaded.spots_of_place.items() for n in numbers}
    each, firsts = loaded.situations
    columns = (loaded.days, loaded.first_days, loaded.last_days, loaded.taken_as_exact)
    return [
        [repr(value) for value in row]
        for row in zip(
            loaded,
            (known[n] for n in loaded.spot),
            (place.get(int(n), "") for n in loaded.spot),
            *columns,
            ((firsts[n].position, firsts[n].admin) for n in each),
            strict=True,
        )
    ]


def check_as_fresh(updated: LoadedIncidents, expected: Sequence[Incident]) -> None:
    fresh = LoadedIncidents(expected)
    assert list(expected) == list(updated)
    assert described(fresh) == described(updated)
    assert set(fresh.spots_of_place) == set(updated.spots_of_place)
    assert Points(updated.points.latitudes, updated.points.longitudes).xyz_m.tolist() == (
        updated.points.xyz_m.tolist()
    )
    assert near(fresh, _TARGETS, within_m=5000).rows == near(updated, _TARGETS, within_m=5000).rows


@settings(max_examples=60)
@given(some_incidents, st.lists(st.tuples(some_incidents, st.randoms(use_true_random=False)), max_size=5))
def test_an_update_answers_as_all_loaded_anew_and_leaves_the_old_as_it_was(
    first: list[Incident], changes: list[tuple[list[Incident], Any]]
) -> None:
    held, expected = LoadedIncidents(first), list(first)
    for new, random in changes:
        size = len(expected)
        replaced = random.sample(range(size), random.randint(0, min(size, len(new))))
        at = [*replaced, *range(size, size + len(new) - len(replaced))]
        rest = sorted(set(range(size)) - set(replaced))
        dropped = random.sample(rest, random.randint(0, len(rest)))
        before = described(held)
        updated = held.updated(new, np.array(at, dtype=np.intp), dropped=dropped)
        assert before == described(held)
        for number, incident in zip(at, new, strict=True):
            expected[number : number + 1] = [incident]
        expected = [one for number, one in enumerate(expected) if number not in dropped]
        held = updated
        check_as_fresh(held, expected)


def test_spots_that_nobody_has_any_more_do_not_pile_up() -> None:
    incidents = [an_incident(position=LatLon(35 + n / 100, 36.6)) for n in range(50)]
    held = LoadedIncidents(incidents)
    for step in range(2000):
        incidents[step % 50] = an_incident(
            position=LatLon(35 + step / 5000, 36.6), place_id=f"p{step}" if step % 3 else ""
        )
        held = held.updated([incidents[step % 50]], np.array([step % 50]))
        assert len(held.points) < 80
    check_as_fresh(held, incidents)


def test_some_of_what_was_updated_can_be_taken_and_updated() -> None:
    spots = [LatLon(35 + n / 10, 36.6) for n in range(4)]
    incidents = [an_incident(position=spot, place_id=f"p{n}") for n, spot in enumerate(spots)]
    taken = LoadedIncidents(incidents).updated([incidents[3]], np.array([0])).take(np.array([1, 2]))
    found = taken.updated([incidents[0]], np.array([2]), dropped=[0])
    assert [incidents[2], incidents[0]] == list(found)
    assert [35.2, 35.0] == found.points.latitudes[found.spot].tolist()


def test_points_that_follow_others_are_those_of_both() -> None:
    both = Points.from_degrees([35.5], [36.5]).followed_by(Points.from_degrees([36.5, -1.0], [37.5, 2.0]))
    expected = Points.from_degrees([35.5, 36.5, -1.0], [36.5, 37.5, 2.0])
    assert expected.xyz_m.tolist() == both.xyz_m.tolist()
    assert expected.latitudes.tolist() == both.latitudes.tolist()
