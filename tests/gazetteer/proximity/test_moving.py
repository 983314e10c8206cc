import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazetteer.coords import LatLon
from gazetteer.errors import InputError, NotFoundError
from gazetteer.proximity.moving import MovingIncidents
from gazetteer.proximity.points import Points
from tests.gazetteer.proximity.scattered import every_distance_m, point_sets

FIRST = datetime.date(2016, 1, 1)
HERE = LatLon(35.93, 36.63)


def day(number: int) -> datetime.date:
    return FIRST + datetime.timedelta(days=number)


@settings(max_examples=60)
@given(
    point_sets(),
    st.sampled_from([0.0, 100.0, 5_000.0, 500_000.0]) | st.floats(0, 500_000),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_answers_are_those_of_geod_anywhere_and_at_any_time(
    sets: tuple[Points, Points], within_m: float, one: int, other: int
) -> None:
    left, right = sets
    moving = MovingIncidents()
    for number, (latitude, longitude) in enumerate(
        zip(right.latitudes.tolist(), right.longitudes.tolist(), strict=True)
    ):
        moving.add(str(number), LatLon(latitude, longitude), day(number % 10))
    gone = set(range(0, len(right), 4))
    for number in gone:
        moving.remove(str(number))
    metres = every_distance_m(left, right)
    start, end = min(one, other), max(one, other)
    for row in range(len(left)):
        expected = sorted(
            (d, j)
            for j, d in enumerate(metres[row].tolist())
            if d <= within_m and j not in gone and start <= j % 10 <= end
        )
        here = LatLon(float(left.latitudes[row]), float(left.longitudes[row]))
        found = moving.within(here, within_m=within_m, start=day(start), end=day(end))
        assert expected == [(f.distance_m, int(f.id)) for f in found]


def test_an_unknown_day_is_ruled_out_by_no_span_and_both_ends_of_a_span_belong_to_it() -> None:
    moving = MovingIncidents()
    moving.add("dated", HERE, day(5))
    moving.add("undated", HERE)
    ids = [
        [found.id for found in moving.within(HERE, within_m=0, start=start, end=end)]
        for start, end in ((day(5), day(5)), (day(6), None), (None, day(4)), (None, None))
    ]
    assert [["dated", "undated"], ["undated"], ["undated"], ["dated", "undated"]] == ids


def test_an_incident_may_go_and_come_back_elsewhere() -> None:
    moving = MovingIncidents()
    moving.add("a", HERE, day(1))
    moving.remove("a")
    moving.add("a", LatLon(0, 0), day(1))
    assert () == moving.within(HERE, within_m=5_000)
    assert ["a"] == [found.id for found in moving.within(LatLon(0, 0), within_m=5_000)]
    assert (1, True, False) == (len(moving), "a" in moving, "b" in moving)


def test_an_id_is_held_once_and_only_what_is_held_is_removed() -> None:
    moving = MovingIncidents()
    moving.add("a", HERE)
    with pytest.raises(InputError, match="'a' already"):
        moving.add("a", HERE)
    with pytest.raises(NotFoundError, match="no incident 'b'"):
        moving.remove("b")


@pytest.mark.parametrize("within_m", [-1.0, float("nan"), 500_001.0])
def test_a_bad_distance_is_refused(within_m: float) -> None:
    with pytest.raises(InputError, match="the distance must be"):
        MovingIncidents().within(HERE, within_m=within_m)


def test_a_span_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InputError, match="comes before the first"):
        MovingIncidents().within(HERE, within_m=1, start=day(2), end=day(1))
