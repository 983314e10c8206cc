import datetime

import pytest

from gazetteer.coords import LatLon
from gazetteer.incidents import Incident
from gazetteer.places import PlaceKind
from gazetteer.proximity import lies_in, select
from gazetteer.results import ReverseAnswer
from tests.fakes import ALEPPO, IDLIB, IDLIB_DISTRICT, FakeGazetteer, a_place, an_incident

GOVERNORATE = a_place("Idleb", id="SY07", kind=PlaceKind.GOVERNORATE, admin=(IDLIB,))
DISTRICT = a_place("Idleb", id="SY0700", kind=PlaceKind.DISTRICT, admin=(IDLIB, IDLIB_DISTRICT))
OTHER = a_place("Aleppo", id="SY02", kind=PlaceKind.GOVERNORATE, admin=(ALEPPO,))
COUNTRY = a_place("Syria", id="SY", kind=PlaceKind.COUNTRY, admin=())


@pytest.mark.parametrize(
    ("incident", "district", "governorate"),
    [
        (an_incident(admin=("SY07", "SY0700")), True, True),
        (an_incident(admin=("SY07", "SY0703")), False, True),
        (an_incident(admin=("SY02",)), False, False),
        (an_incident(admin=("SY07",)), True, True),
        (an_incident(admin=(), position=LatLon(36.2, 37.15)), False, False),
        (an_incident(admin=(), uncertainty_m=25_000.0), None, None),
        (an_incident(admin=("SY07",), uncertainty_m=25_000.0), None, True),
        (an_incident(admin=(), position=None), None, None),
    ],
)
def test_what_is_stated_decides_then_a_good_position_else_nothing(
    incident: Incident, district: bool | None, governorate: bool | None
) -> None:
    found = (lies_in(incident, DISTRICT, FakeGazetteer()), lies_in(incident, GOVERNORATE, FakeGazetteer()))
    assert (district, governorate) == found


def test_every_incident_lies_in_the_country() -> None:
    assert lies_in(an_incident(admin=(), position=None), COUNTRY, FakeGazetteer())


def test_both_days_count_and_an_incident_without_a_date_is_undecided() -> None:
    days = [datetime.date(2016, 5, day) for day in (29, 30, 31)] + [datetime.date(2016, 6, 1), None]
    incidents = [an_incident(id=str(i), date=day) for i, day in enumerate(days)]
    found = select(incidents, FakeGazetteer(), start=days[1], end=days[2])
    assert ["1", "2"] == [incident.id for incident in found.kept]
    assert [("4", "no date that can be read")] == [(incident.id, why) for incident, why in found.undecided]


def test_an_incident_known_to_lie_elsewhere_is_not_undecided() -> None:
    found = select([an_incident(date=None)], FakeGazetteer(), area=OTHER, start=datetime.date(2016, 1, 1))
    assert ((), ()) == (found.kept, found.undecided)


def test_without_conditions_every_incident_is_kept() -> None:
    incidents = (an_incident(), an_incident(date=None, position=None))
    assert incidents == select(incidents, FakeGazetteer()).kept


def a_month(first: str, last: str) -> Incident:
    days = (datetime.date.fromisoformat(first), datetime.date.fromisoformat(last))
    return an_incident(date=None, days=days)


@pytest.mark.parametrize(
    ("start", "end", "kept", "undecided"),
    [
        ("2016-05-01", "2016-05-31", 1, 0),
        ("2016-01-01", None, 1, 0),
        (None, "2016-05-31", 1, 0),
        ("2016-05-02", None, 0, 1),
        (None, "2016-05-30", 0, 1),
        ("2016-05-10", "2016-05-12", 0, 1),
        ("2016-06-01", None, 0, 0),
        (None, "2016-04-30", 0, 0),
    ],
)
def test_a_month_is_in_a_span_with_all_of_its_days_out_with_none_and_else_undecided(
    start: str | None, end: str | None, kept: int, undecided: int
) -> None:
    first, last = (datetime.date.fromisoformat(day) if day else None for day in (start, end))
    found = select([a_month("2016-05-01", "2016-05-31")], FakeGazetteer(), start=first, end=last)
    assert (kept, undecided) == (len(found.kept), len(found.undecided))
    assert all("only partly asked for" in why for _, why in found.undecided)


class CountingGazetteer(FakeGazetteer):
    """Counts how often it is asked what lies round a position."""

    asked = 0

    def reverse(self, position: LatLon) -> ReverseAnswer:
        self.asked += 1
        return super().reverse(position)


def test_the_areas_round_a_position_are_looked_up_once_for_each_gazetteer() -> None:
    one, another = CountingGazetteer(), CountingGazetteer()
    for area in (DISTRICT, GOVERNORATE, OTHER):
        for gazetteer in (one, another):
            lies_in(an_incident(id="a", admin=()), area, gazetteer)
            lies_in(an_incident(id="b", admin=()), area, gazetteer)
    assert (1, 1) == (one.asked, another.asked)
