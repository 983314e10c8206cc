import datetime
import math
from itertools import pairwise

import pytest

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon, destination, distance_m
from gazetteer.incidents import Incidents
from gazetteer.near import NearRow, Targets, near
from tests.fakes import a_place, an_incident

HERE = LatLon(35.93, 36.63)


def row(
    *, away_m: float, incident_m: float = 0.0, target_m: float = 0.0, within_m: float = 5000.0
) -> NearRow:
    target = a_place(position=destination(HERE, azimuth_deg=70, distance_m=away_m), uncertainty_m=target_m)
    incident = an_incident(position=HERE, uncertainty_m=incident_m)
    return near([incident], [target], within_m=within_m).rows[0]


def test_radii_make_a_claim_certain_possible_or_false() -> None:
    known = [
        (4999.9, 0, 0, "certain", 1, 1),
        (5000.1, 0, 0, "no", 0, 0),
        (3000, 1000, 999, "certain", 1, 1),
        (3000, 1000, 1001, "possible", 1, 0),
        (7000, 1000, 1001, "possible", 1, 0),
        (7000, 1000, 999, "no", 0, 0),
        (0, 6000, 0, "possible", 1, 0),
    ]
    for away_m, incident_m, target_m, certainty, within, certain in known:
        found = row(away_m=away_m, incident_m=incident_m, target_m=target_m)
        assert (certainty, within, certain) == (found.certainty, found.count_possible, found.count_certain)


def test_the_nearest_place_is_named_even_when_it_is_too_far() -> None:
    found = row(away_m=20_000)
    assert ("test:saraqeb", "no") == (found.nearest and found.nearest.id, found.certainty)
    assert found.distance_m == pytest.approx(20_000, abs=1e-3)


def test_of_places_at_one_point_the_nearest_is_the_one_that_the_incident_names() -> None:
    targets = [a_place("First", position=HERE), a_place("Second", position=HERE)]
    incidents = [an_incident(place_id="test:second"), an_incident(place_id="")]
    named, unnamed = near(incidents, targets, within_m=5000).rows
    assert (targets[1], targets[0]) == (named.nearest, unnamed.nearest)


@pytest.mark.parametrize(("incident_m", "target_m"), [(0, 0), (1400, 1400), (60_000, 9_000)])
def test_an_incident_at_the_place_itself_is_certain_whatever_the_radii(
    incident_m: float, target_m: float
) -> None:
    own = a_place("Hospital", position=HERE, uncertainty_m=target_m)
    other = a_place("Other", position=HERE, uncertainty_m=target_m)
    rounded = LatLon(HERE.latitude + 4e-7, HERE.longitude)  # as an enriched table writes it
    incident = an_incident(position=rounded, uncertainty_m=incident_m, place_id=own.id)
    (found,) = near([incident], [other, own], within_m=0).rows
    assert (own, None, None, None, "certain", True, 1.0) == (
        found.nearest,
        found.distance_m,
        found.min_m,
        found.max_m,
        found.certainty,
        found.at_target,
        found.probability,
    )
    (alone,) = near([incident], [own], within_m=5000).rows
    assert (1, 1) == (alone.count_certain, alone.count_possible)


def test_nothing_is_near_nothing() -> None:
    (row,) = near([an_incident()], [], within_m=5000).rows
    assert ("no", None, None) == (row.certainty, row.nearest, row.distance_m)
    assert ((), 0) == (near([], [a_place()], within_m=5000).rows, near([], [], within_m=0).summary.incidents)


def test_the_place_itself_is_left_out_while_it_did_not_exist() -> None:
    gone = a_place(position=HERE, valid_to="2010")
    assert "no" == near([an_incident(place_id=gone.id)], [gone], within_m=5000).rows[0].certainty


def test_every_incident_has_its_row_in_order_and_the_counts_add_up() -> None:
    incidents = [
        an_incident(id="nowhere", position=None, date=None),
        an_incident(id="far", position=LatLon(33.5, 36.3)),
        an_incident(id="here", radius_from="assumed"),
        an_incident(id="wide", uncertainty_m=20_000.0),
    ]
    answer = near(incidents, Targets((a_place(position=HERE),), without_position=2), within_m=5000)
    assert ["nowhere", "far", "here", "wide"] == [r.incident.id for r in answer.rows]
    assert ["", "no", "certain", "possible"] == [r.certainty for r in answer.rows]
    expected = {
        "within_m": 5000,
        "targets": 1,
        "targets_without_position": 2,
        "incidents": 4,
        "with_position": 3,
        "certain": 1,
        "at_target": 0,
        "possible": 1,
        "no": 1,
        "unanswerable": 0,
        "without_position": 1,
        "without_date": 1,
        "taken_as_exact": 1,
    }
    assert expected == answer.summary.as_json()


def test_a_place_counts_only_while_it_existed_and_where_no_date_rules_it_out() -> None:
    known = [
        (None, None, True),
        ("2016-05-30", "2016-05-30", True),
        ("2016-05-31", None, False),
        (None, "2016-05-29", False),
        ("2016", "2016", True),
        (None, "2016-05", True),
        (None, "2016-04", False),
        ("2017", None, False),
        ("some day", None, True),
    ]
    for valid_from, valid_to, there in known:
        target = a_place(position=HERE, valid_from=valid_from, valid_to=valid_to)
        dated, undated = near([an_incident(), an_incident(date=None)], [target], within_m=5000).rows
        assert (there, there) == (dated.certainty == "certain", dated.nearest is not None)
        assert "certain" == undated.certainty


@pytest.mark.parametrize("within_m", [-1.0, math.nan, math.inf])
def test_a_distance_that_is_none_is_refused(within_m: float) -> None:
    with pytest.raises(InputError, match="zero or more"):
        near([], [], within_m=within_m)


def test_a_larger_distance_never_loses_a_claim() -> None:
    incidents = [
        an_incident(id=str(i), position=LatLon(35 + i / 50, 36.6), uncertainty_m=i * 300) for i in range(40)
    ]
    targets = [a_place(position=HERE), a_place(position=LatLon(35.2, 36.6))]
    order = ("no", "possible", "certain")
    ladders = [near(incidents, targets, within_m=r).rows for r in (0, 1000, 5000, 20_000, 90_000)]
    for smaller, larger in pairwise(ladders):
        assert all(
            a.certainty == "unanswerable" or order.index(a.certainty) <= order.index(b.certainty)
            for a, b in zip(smaller, larger, strict=True)
        )
        assert all(r.count_certain <= r.count_possible for r in larger)


def test_a_radius_of_more_than_four_times_the_distance_is_unanswerable() -> None:
    incidents = [an_incident(uncertainty_m=20_000.0), an_incident(uncertainty_m=20_000.1)]
    answer = near(incidents, [a_place(position=HERE)], within_m=5000)
    asked, hopeless = answer.rows
    assert ("possible", "unanswerable", None) == (asked.certainty, hopeless.certainty, hopeless.probability)
    assert (1, 1, 2) == (answer.summary.possible, answer.summary.unanswerable, answer.summary.with_position)


@pytest.mark.parametrize(
    ("away_m", "incident_m", "expected"),
    [(1000, 3000, 1.0), (9000, 3000, 0.0), (0, 10_000, 0.25), (6000, 0, 0.0), (3000, 0, 1.0)],
)
def test_the_probability_is_the_share_of_the_disc(away_m: float, incident_m: float, expected: float) -> None:
    assert expected == pytest.approx(row(away_m=away_m, incident_m=incident_m).probability, abs=0.01)


def test_dates_may_be_ignored() -> None:
    gone = a_place(position=HERE, valid_to="2010")
    heeded, ignored = (
        near([an_incident()], [gone], within_m=5000, ignore_dates=ignore).rows[0] for ignore in (False, True)
    )
    assert (("no", 0.0, None), ("certain", 1.0, gone)) == (
        (heeded.certainty, heeded.probability, heeded.nearest),
        (ignored.certainty, ignored.probability, ignored.nearest),
    )


def test_incidents_of_one_spot_are_judged_by_their_own_days() -> None:
    targets = [
        a_place("Early", position=HERE, valid_to="2016-05-30"),
        a_place("Late", position=HERE, valid_from="2016-06-02"),
    ]
    days = (datetime.date(2016, 5, 30), datetime.date(2016, 6, 1), datetime.date(2016, 6, 2), None)
    answer = near([an_incident(date=day) for day in days], targets, within_m=5000)
    assert [(1, "Early"), (0, None), (1, "Late"), (2, "Early")] == [
        (r.count_certain, r.nearest and r.nearest.name) for r in answer.rows
    ]


def test_incidents_that_were_loaded_once_get_the_same_answers() -> None:
    incidents = [
        an_incident(id=str(i), position=LatLon(35 + i / 50, 36.6) if i % 7 else None, uncertainty_m=i * 100)
        for i in range(60)
    ]
    targets = [a_place(str(i), position=LatLon(35.1 + i / 10, 36.6)) for i in range(9)]
    loaded = Incidents.of(incidents)
    for within_m in (2000, 9000):
        first, again = (near(i, targets, within_m=within_m).rows for i in (incidents, loaded))
        assert first == again


def test_counts_are_those_of_each_pair_alone() -> None:
    incidents = [
        an_incident(id=str(i), position=LatLon(35 + i / 60, 36.6 + i / 90), uncertainty_m=(i % 5) * 900.0)
        for i in range(50)
    ]
    targets = [
        a_place(str(i), position=LatLon(35.1 + i / 20, 36.7), uncertainty_m=i * 150.0) for i in range(12)
    ]
    for found in near(incidents, targets, within_m=7000).rows:
        at = found.incident
        assert at.position is not None
        pairs = [(distance_m(at.position, t.position), at.uncertainty_m + t.uncertainty_m) for t in targets]
        assert found.count_certain == sum(d + slack <= 7000 for d, slack in pairs)
        assert found.count_possible == sum(d - slack <= 7000 for d, slack in pairs)
        assert found.distance_m == min(d for d, _ in pairs)
