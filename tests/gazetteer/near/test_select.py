import datetime
from typing import Any

import numpy as np
import pytest
from shapely import box

from gazetteer.answers import AreasAnswer
from gazetteer.errors import InputError
from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.incidents import Incident, Incidents
from gazetteer.kinds import PlaceKind
from gazetteer.near import DrawnArea, near, select
from gazetteer.near.areas import NO, OPEN, YES
from gazetteer.near.select import between, in_box, inside
from gazetteer.values import Place
from tests.fakes import ALEPPO, IDLIB, IDLIB_DISTRICT, PLACES, FakeGazetteer, a_place, an_incident

GOVERNORATE = a_place("Idleb", id="SY07", kind=PlaceKind.GOVERNORATE, admin=(IDLIB,))
DISTRICT = a_place("Idleb", id="SY0700", kind=PlaceKind.DISTRICT, admin=(IDLIB, IDLIB_DISTRICT))
OTHER = a_place("Aleppo", id="SY02", kind=PlaceKind.GOVERNORATE, admin=(ALEPPO,))
COUNTRY = a_place("Syria", id="SY", kind=PlaceKind.COUNTRY, admin=())


def lies_in(incident: Incident, area: Place) -> np.int8:
    verdict: np.int8 = inside(Incidents.of([incident]), area, FakeGazetteer())[0]
    return verdict


def test_what_is_stated_decides_then_a_good_position_else_nothing() -> None:
    known: list[tuple[dict[str, Any], np.int8, np.int8]] = [
        ({"admin": ("SY07", "SY0700")}, YES, YES),
        ({"admin": ("SY07", "SY0703")}, NO, YES),
        ({"admin": ("SY02",)}, NO, NO),
        ({"admin": ("SY07",)}, YES, YES),
        ({"admin": (), "position": LatLon(36.2, 37.15)}, NO, NO),
        ({"admin": (), "uncertainty_m": 25_000.0}, OPEN, OPEN),
        ({"admin": ("SY07",), "uncertainty_m": 25_000.0}, OPEN, YES),
        ({"admin": (), "position": None}, OPEN, OPEN),
        ({"admin": ("SY07",), "position": LatLon(36.2, 37.15)}, OPEN, YES),  # they contradict each other
    ]
    for changed, district, governorate in known:
        incident = an_incident(**changed)
        assert (district, governorate) == (lies_in(incident, DISTRICT), lies_in(incident, GOVERNORATE))


def test_both_days_count_and_an_incident_without_a_date_is_open() -> None:
    days = [datetime.date(2016, 5, day) for day in (29, 30, 31)] + [datetime.date(2016, 6, 1), None]
    incidents = Incidents.of([an_incident(id=str(i), date=day) for i, day in enumerate(days)])
    found = select(incidents, FakeGazetteer(), start=days[1], end=days[2])
    assert ["1", "2"] == [incident.id for incident in found.chosen]
    assert [("4", "no date that can be read")] == [(one.id, why) for one, why in found.undecided()]


def test_an_incident_known_to_lie_elsewhere_is_not_open() -> None:
    incidents, start = Incidents.of([an_incident(date=None)]), datetime.date(2016, 1, 1)
    found = select(incidents, FakeGazetteer(), area=OTHER, start=start)
    assert (0, 0) == (len(found.kept), len(found.open))


def test_without_conditions_every_incident_is_kept() -> None:
    incidents = Incidents.of([an_incident(), an_incident(date=None, position=None)])
    assert incidents is select(incidents, FakeGazetteer()).chosen


def test_several_days_are_in_a_span_with_all_out_with_none_and_else_open() -> None:
    may = (datetime.date(2016, 5, 1), datetime.date(2016, 5, 31))
    incidents = Incidents.of([an_incident(date=None, days=may)])
    known = [
        ("2016-05-01", "2016-05-31", YES),
        ("2016-01-01", None, YES),
        (None, "2016-05-31", YES),
        ("2016-05-02", None, OPEN),
        (None, "2016-05-30", OPEN),
        ("2016-05-10", "2016-05-12", OPEN),
        ("2016-06-01", None, NO),
        (None, "2016-04-30", NO),
    ]
    for start, end, verdict in known:
        days = (datetime.date.fromisoformat(day) if day else None for day in (start, end))
        assert [verdict] == between(incidents, *days).tolist(), (start, end)
    found = select(incidents, FakeGazetteer(), start=datetime.date(2016, 5, 2))
    assert ["only some of its days are asked for"] == [why for _, why in found.undecided()]


def test_an_area_and_days_may_be_given_as_people_write_them() -> None:
    incidents = Incidents.of([an_incident(), an_incident(admin=("SY02",))])
    found = select(incidents, FakeGazetteer(), area="Idlib", start="٣٠ أيار ٢٠١٦", end="May 2016")
    assert ([0], "SY07") == (found.kept.tolist(), found.area.id if isinstance(found.area, Place) else "")
    refused: list[tuple[dict[str, str], str]] = [
        ({"area": "Atlantis"}, "no area named 'Atlantis'"),
        ({"area": "none.geojson"}, "there is no file none.geojson"),
        ({"start": "2017", "end": "2016"}, "the dates run backwards"),
        ({"start": "soon"}, "'soon' is not a date"),
    ]
    for given, words in refused:
        with pytest.raises(InputError, match=words):
            select(
                incidents,
                FakeGazetteer(),
                area=given.get("area"),
                start=given.get("start"),
                end=given.get("end"),
            )


class CountingGazetteer(FakeGazetteer):
    """Counts the positions that it is asked about."""

    asked = 0

    def areas_at(self, latitudes: Any, longitudes: Any) -> AreasAnswer:
        self.asked += len(latitudes)
        return super().areas_at(latitudes, longitudes)


def test_the_areas_round_a_position_are_looked_up_once_for_each_gazetteer() -> None:
    one, another = CountingGazetteer(), CountingGazetteer()
    incidents = Incidents.of([an_incident(id=id_, admin=()) for id_ in "ab"])
    for area in (DISTRICT, GOVERNORATE, OTHER):
        for gazetteer in (one, another):
            inside(incidents, area, gazetteer)
    assert (1, 1) == (one.asked, another.asked)


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


def test_many_incidents_are_chosen_as_each_is_alone() -> None:
    given, gazetteer = some_incidents(), FakeGazetteer()
    drawn = DrawnArea.from_geometry(box(36.0, 35.0, 36.65, 36.0), name="drawn")
    start, end = datetime.date(2016, 5, 15), datetime.date(2016, 12, 31)
    for area in (PLACES["SY07"], drawn, None):
        found = select(Incidents.of(given), gazetteer, area=area, start=start, end=end)
        alone = [select(Incidents.of([one]), gazetteer, area=area, start=start, end=end) for one in given]
        assert found.kept.tolist() == [number for number, one in enumerate(alone) if len(one.kept)]
        assert found.open.tolist() == [number for number, one in enumerate(alone) if len(one.open)]


def test_a_box_holds_positions_and_its_own_border_and_nothing_that_has_none() -> None:
    places = [LatLon(35.0, 36.0), LatLon(35.5, 36.5), LatLon(35.5, 37.1), None]
    incidents = Incidents.of([an_incident(position=p, uncertainty_m=0.0) for p in places])
    assert [True, True, False, False] == in_box(incidents, BoundingBox(35.0, 36.0, 36.0, 37.0)).tolist()
    nowhere = Incidents.of([an_incident(position=None)])
    assert [False] == in_box(nowhere, BoundingBox(35, 36, 36, 37)).tolist()


def test_a_part_of_an_answer_is_the_answer_about_the_part() -> None:
    given = some_incidents()
    hospitals = [PLACES["test:national"], PLACES["test:old"]]
    whole = near(given, hospitals, within_m=20_000)
    rows = np.array([2, 3, 17, 18, 250])
    part = near([given[n] for n in rows], hospitals, within_m=20_000)
    taken = whole.take(rows)
    assert (part.summary, part.rows) == (taken.summary, taken.rows)
    assert list(part.rows) == whole.picked(rows.tolist())
    assert () == whole.take(np.array([], dtype=np.intp)).rows
