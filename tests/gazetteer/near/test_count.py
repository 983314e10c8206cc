import datetime
import json
from pathlib import Path

import pytest

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon, destination
from gazetteer.incidents import Incidents
from gazetteer.near import DrawnArea, by_facility, count_incidents, near, select
from gazetteer.near.areas import NO, YES
from gazetteer.near.select import inside
from tests.fakes import PLACES, FakeGazetteer, a_place, an_incident

HERE = LatLon(35.93, 36.63)
JUNE = datetime.date(2016, 6, 2)
SQUARE = {"type": "Polygon", "coordinates": [[[36, 35], [37, 35], [37, 36], [36, 36], [36, 35]]]}


def away(metres: float) -> LatLon:
    return destination(HERE, azimuth_deg=0, distance_m=metres)


def test_a_facility_counts_the_incidents_that_near_finds_for_it() -> None:
    incidents = [
        an_incident(id=str(i), position=LatLon(35 + i / 50, 36.6), uncertainty_m=(i % 6) * 700.0)
        for i in range(60)
    ]
    targets = [a_place(str(i), position=LatLon(35.1 + i / 9, 36.6), uncertainty_m=300.0) for i in range(9)]
    rows = {row.place.id: row for row in by_facility(incidents, targets, within_m=5000).rows}
    for target in targets:
        alone = near(incidents, [target], within_m=5000).rows
        expected = (sum(r.count_certain for r in alone), sum(r.count_possible for r in alone))
        assert expected == (rows[target.id].certain, rows[target.id].possible)


def test_facilities_come_with_most_incidents_first_and_those_without_are_left_out() -> None:
    targets = [a_place("One", position=away(9000)), a_place("Two", position=HERE), a_place("None")]
    incidents = [an_incident(), an_incident(), an_incident(position=away(9000))]
    answer = by_facility(incidents, targets, within_m=1000)
    assert [("Two", 2), ("One", 1)] == [(row.place.name, row.possible) for row in answer.rows]
    assert (3, 3) == (answer.targets, answer.incidents)


def test_months_are_told_apart_in_order() -> None:
    incidents = [an_incident(date=JUNE), an_incident(), an_incident(), an_incident(date=None)]
    rows = by_facility(incidents, [a_place(position=HERE)], within_m=5000, by_month=True).rows
    assert [("", 1), ("2016-05", 2), ("2016-06", 1)] == [(row.month, row.certain) for row in rows]
    counts = {"certain": 2, "possible": 2, "expected": 2.0, "expected_low": 2.0, "expected_high": 2.0}
    assert {
        "id": "test:saraqeb",
        "name": "Saraqeb",
        "month": "2016-05",
        "position_basis": "",
        **counts,
    } == rows[1].as_json()


def test_unanswerable_incidents_and_those_without_a_position_are_counted_apart() -> None:
    own = a_place(position=HERE)
    incidents = [
        an_incident(uncertainty_m=90_000.0),
        an_incident(uncertainty_m=90_000.0, place_id=own.id),
        an_incident(position=None),
    ]
    answer = by_facility(incidents, [own], within_m=5000)
    assert [(1, 1)] == [(row.certain, row.possible) for row in answer.rows]
    assert (1, 1) == (answer.unanswerable, answer.without_position)


def test_a_facility_counts_only_while_it_existed_unless_dates_are_ignored() -> None:
    gone = a_place(position=HERE, valid_to="2010")
    assert () == by_facility([an_incident()], [gone], within_m=5000).rows
    assert 1 == by_facility([an_incident()], [gone], within_m=5000, ignore_dates=True).rows[0].certain


@pytest.mark.parametrize("by_month", [False, True])
def test_no_incidents_or_no_places_give_no_rows(by_month: bool) -> None:
    assert () == by_facility([], [a_place()], within_m=5000, by_month=by_month).rows
    assert () == by_facility([an_incident()], [], within_m=5000, by_month=by_month).rows


def test_incidents_are_counted_by_area_and_month() -> None:
    incidents = [
        an_incident(),
        an_incident(date=JUNE),
        an_incident(date=JUNE, admin=()),  # the position tells
        an_incident(admin=("SY02",)),
        an_incident(admin=(), uncertainty_m=9000.0),
        an_incident(date=None),
    ]
    rows = count_incidents(incidents, FakeGazetteer(), by=("area", "month"))
    assert [
        ("", "", "2016-05", 1),
        ("SY02", "SY02", "2016-05", 1),
        ("SY07", "Idleb", "", 1),
        ("SY07", "Idleb", "2016-05", 1),
        ("SY07", "Idleb", "2016-06", 2),
    ] == [(row.pcode, row.area, row.month, row.incidents) for row in rows]


def test_an_area_is_counted_by_the_units_below_it() -> None:
    rows = count_incidents([an_incident()], FakeGazetteer(), by=("area",), below=PLACES["SY07"])
    assert [{"pcode": "SY0700", "area": "SY0700", "incidents": 1}] == [row.as_json() for row in rows]


def test_without_anything_to_count_by_there_is_the_number_alone() -> None:
    assert [{"incidents": 2}] == [r.as_json() for r in count_incidents([an_incident()] * 2, FakeGazetteer())]
    assert [{"incidents": 0}] == [r.as_json() for r in count_incidents([], FakeGazetteer())]


def test_another_way_to_count_is_refused() -> None:
    with pytest.raises(InputError, match="'week' is not something to count by: use area or month"):
        count_incidents([], FakeGazetteer(), by=("week",))


def test_a_drawn_area_holds_what_lies_in_it_whole_and_leaves_the_rest_open(tmp_path: Path) -> None:
    path = tmp_path / "square.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": SQUARE}))
    incidents = [
        an_incident(id="in", position=LatLon(35.5, 36.5), uncertainty_m=9000.0),
        an_incident(id="edge", position=LatLon(35.5, 36.95), uncertainty_m=9000.0),
        an_incident(id="near", position=LatLon(35.5, 37.05), uncertainty_m=9000.0),
        an_incident(id="out", position=LatLon(35.5, 37.5), uncertainty_m=9000.0),
        an_incident(id="nowhere", position=None),
        an_incident(id="later", position=LatLon(35.5, 36.5), date=JUNE),
    ]
    asked, end = Incidents.of(incidents), datetime.date(2016, 5, 31)
    chosen = select(asked, FakeGazetteer(), area=DrawnArea.read(path), end=end)
    assert ["in"] == [i.id for i in chosen.chosen]
    assert ["edge", "near", "nowhere"] == [i.id for i, _ in chosen.undecided()]


def test_the_features_of_a_collection_are_one_area(tmp_path: Path) -> None:
    other = {"type": "Polygon", "coordinates": [[[38, 35], [39, 35], [39, 36], [38, 36], [38, 35]]]}
    features = [{"type": "Feature", "properties": {}, "geometry": g} for g in (SQUARE, other)]
    path = tmp_path / "two.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    incidents = [an_incident(position=LatLon(35.5, east)) for east in (36.5, 37.5, 38.5)]
    area = DrawnArea.read(path)
    assert [YES, NO, YES] == inside(Incidents.of(incidents), area, FakeGazetteer()).tolist()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no file"),
        ("{", "no JSON that can be read"),
        ("[]", "no columns in it"),
        ('{"type": "FeatureCollection", "features": []}', "holds no polygon"),
        ('{"type": "Point", "coordinates": [36, 35]}', "polygon"),
        ('{"type": "Polygon", "coordinates": []}', "holds no polygon"),
        ('{"type": "Polygon", "coordinates": [[[36,35],[37,36],[37,35],[36,36],[36,35]]]}', "not valid"),
        ('{"type": "Polygon", "coordinates": [[[36,95],[37,95],[37,96],[36,95]]]}', "latitude"),
    ],
)
def test_a_file_without_a_good_polygon_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "area.geojson"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=words):
        DrawnArea.read(path)


def test_a_month_without_a_day_is_counted_in_its_month_and_a_year_in_none() -> None:
    first = datetime.date(2016, 5, 1)
    incidents = [
        an_incident(date=None, days=(first, datetime.date(2016, 5, 31))),
        an_incident(date=None, days=(datetime.date(2016, 1, 1), datetime.date(2016, 12, 31))),
    ]
    counts = count_incidents(incidents, FakeGazetteer(), by=("month",))
    assert [("", 1), ("2016-05", 1)] == [(count.month, count.incidents) for count in counts]
