"""The arrays say what `select` says of one incident after the other, and a part of an answer what `near` "
"says."""

import datetime
from typing import Any

import numpy as np
import pytest
from shapely import box

from gazetteer.coords import BoundingBox, LatLon
from gazetteer.incidents import Incident
from gazetteer.proximity import DrawnArea, LoadedIncidents, near, select
from gazetteer.proximity.areas import distances_to_area
from gazetteer.proximity.masks import NO, OPEN, YES, between, in_box, inside
from gazetteer.proximity.points import Points
from tests.fakes import PLACES, FakeGazetteer, an_incident

DRAWN = DrawnArea.from_geometry(box(36.0, 35.0, 36.65, 36.0), name="drawn")


def some_incidents() -> list[Incident]:
    """Return incidents that lie inside, outside and neither, each in several ways."""
    random = np.random.default_rng(7)
    days = [None, datetime.date(2016, 5, 1), datetime.date(2016, 6, 1), datetime.date(2017, 1, 1)]
    stated: list[tuple[str, ...]] = [(), ("SY07",), ("SY07", "SY0700"), ("SY02",), ("SY02", "SY0200")]
    found = []
    for number in range(300):
        position = LatLon(random.uniform(35.0, 36.3), random.uniform(36.3, 37.4))
        changed: dict[str, Any] = {
            "id": str(number),
            "date": days[random.integers(len(days))],
            "admin": stated[random.integers(len(stated))],
            "position": position if random.random() < 0.9 else None,
            "uncertainty_m": float(random.choice([0, 1000, 30_000])),
        }
        found.append(an_incident(**changed))
    return found


@pytest.mark.parametrize("area", [PLACES["SY07"], DRAWN, None], ids=["unit", "drawn", "everywhere"])
@pytest.mark.parametrize("start", [None, datetime.date(2016, 5, 15)])
@pytest.mark.parametrize("end", [None, datetime.date(2016, 6, 1)])
def test_the_arrays_agree_with_select(area: Any, start: Any, end: Any) -> None:
    given = some_incidents()
    loaded, gazetteer = LoadedIncidents(given), FakeGazetteer()
    said = select(given, gazetteer, area=area, start=start, end=end)
    in_time = between(loaded, start, end)
    in_area = inside(loaded, area, gazetteer) if area is not None else np.full(len(given), YES)
    kept = np.flatnonzero((in_time == YES) & (in_area == YES))
    undecided = np.flatnonzero((in_time != NO) & (in_area != NO) & ((in_time == OPEN) | (in_area == OPEN)))
    assert list(said.kept) == [given[n] for n in kept]
    assert [one for one, _ in said.undecided] == [given[n] for n in undecided]


def test_of_a_month_that_is_asked_for_in_part_nothing_can_be_told() -> None:
    may = (datetime.date(2016, 5, 1), datetime.date(2016, 5, 31))
    loaded = LoadedIncidents([an_incident(date=None, days=may)])
    spans = [
        ("05-01", "05-31"),
        ("04-01", "05-31"),
        ("05-02", "06-30"),
        ("01-01", "04-30"),
        ("06-01", "06-02"),
    ]
    found = [
        between(loaded, *(datetime.date.fromisoformat(f"2016-{day}") for day in span))[0] for span in spans
    ]
    assert [YES, YES, OPEN, NO, NO] == found


def test_a_box_holds_positions_and_its_own_border_and_nothing_that_has_none() -> None:
    places = [LatLon(35.0, 36.0), LatLon(35.5, 36.5), LatLon(35.5, 37.1), None]
    loaded = LoadedIncidents([an_incident(position=p, uncertainty_m=0.0) for p in places])
    assert [True, True, False, False] == in_box(loaded, BoundingBox(35.0, 36.0, 36.0, 37.0)).tolist()
    assert [False] == in_box(
        LoadedIncidents([an_incident(position=None)]), BoundingBox(35, 36, 36, 37)
    ).tolist()


def test_a_part_of_an_answer_is_the_answer_about_the_part() -> None:
    given = some_incidents()
    hospitals = [PLACES["test:national"], PLACES["test:old"]]
    whole = near(LoadedIncidents(given), hospitals, within_m=20_000)
    rows = np.array([3, 17, 18, 250, 2])
    part = near([given[n] for n in rows], hospitals, within_m=20_000)
    taken = whole.take(rows)
    assert part.summary == taken.summary
    assert part.rows == taken.rows
    assert () == whole.take(np.array([], dtype=np.intp)).rows


def test_what_is_left_out_as_too_far_from_a_drawn_area_is_what_measuring_leaves_out() -> None:
    random = np.random.default_rng(11)
    given = [
        an_incident(
            position=LatLon(random.uniform(-85, 85), random.uniform(-180, 180)),
            uncertainty_m=float(random.choice([0, 1e5, 4e5])),
        )
        for _ in range(400)
    ]
    for shape in (box(36, 35, 37, 36), box(10, 60, 40, 75), box(170, -5, 179.9, 5), box(-20, 70, 20, 84)):
        area = DrawnArea.from_geometry(shape, name="drawn")
        points = Points.of([i.position for i in given if i.position])
        reached = distances_to_area(points, area.inside) <= [i.uncertainty_m for i in given]
        assert reached.tolist() == [said is not False for said in area.verdicts(given)]
