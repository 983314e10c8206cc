import datetime
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gazetteer.geodesy import LatLon, destination
from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.spots import Candidate, Fix, Several
from gazetteer.kinds import PlaceKind
from gazetteer.near import (
    Expected,
    NearAnswer,
    by_facility,
    count_chosen,
    near_counts,
    select,
)
from gazetteer.near.probability import probability
from gazetteer.points import Points
from gazetteer.reading.calibration import load_calibration
from gazetteer.values import Place
from tests.fakes import PLACES, FakeGazetteer, a_place, an_incident

HERE = LatLon(35.93, 36.63)
FAR = LatLon(36.2, 37.15)
HOSPITAL = a_place("Hospital", position=HERE, uncertainty_m=100.0, kind=PlaceKind.HOSPITAL)


def away(metres: float) -> LatLon:
    return destination(HERE, azimuth_deg=70, distance_m=metres)


def a_candidate(confidence: float, position: LatLon = HERE, **changed: Any) -> Candidate:
    """A candidate, an exact point unless something else is asked for."""
    values: dict[str, Any] = {"position": position, "uncertainty_m": 0.0, "place_id": f"at {position}"}
    return Candidate(Fix(**(values | changed)), confidence)


def an_open_incident(*candidates: Candidate, name: str = "Twin", **changed: Any) -> Incident:
    values: dict[str, Any] = {"position": None, "admin": (), "names": (name,), "candidates": candidates}
    return an_incident(**(values | changed))


def asked(incidents: Sequence[Incident], *targets: Place, impute: bool = False, **given: Any) -> NearAnswer:
    chosen = select(Incidents.of(incidents), FakeGazetteer(), **given)
    places = targets or (HOSPITAL,)
    return near_counts(chosen, places, FakeGazetteer(), within_m=5000.0, impute=impute).answer


def expected(answer: NearAnswer) -> Expected:
    assert answer.expected is not None
    return answer.expected


def test_the_probability_is_the_sum_of_confidence_times_share_and_the_rest_is_unknown() -> None:
    vague = a_candidate(0.1, away(30_000), uncertainty_m=60_000.0)
    half = a_candidate(0.3, away(5_000), uncertainty_m=400.0)
    (share,) = probability(Points.of([away(5_000)]), 400.0, Points.of([HERE]), within_m=5000.0).tolist()
    known = [
        ((a_candidate(0.6), a_candidate(0.4, FAR)), 0.6, 0.0),
        ((a_candidate(0.6), a_candidate(0.1, FAR)), 0.6, 0.3),
        ((half,), 0.3 * share, 0.7),
        ((a_candidate(0.5), vague), 0.5, 0.5),
        ((a_candidate(0.0, FAR),), None, 1.0),
        ((), None, 1.0),
    ]
    for candidates, chance, unknown in known:
        (row,) = asked([an_open_incident(*candidates)]).rows
        assert (chance is None, "") == (row.probability is None, row.certainty)
        assert pytest.approx((chance or 0.0, unknown)) == (row.probability or 0.0, row.unknown)


def test_certainty_does_not_doubt_the_name_and_probability_does() -> None:
    named = an_incident(names=("Idlib",), candidates=(a_candidate(0.8), a_candidate(0.1, FAR)))
    (row,) = asked([named]).rows
    assert "certain" == row.certainty
    assert pytest.approx((0.8, 0.1)) == (row.probability, row.unknown)


def test_coordinates_of_the_row_are_sure_and_unanswerable_ones_unknown() -> None:
    known = [(0.0, 1.0, 0.0), (20_001.0, None, 1.0)]
    for radius_m, chance, unknown in known:
        (row,) = asked([an_incident(uncertainty_m=radius_m)]).rows
        assert (chance, unknown) == (row.probability, row.unknown)


def test_a_candidate_that_is_the_target_itself_is_near_however_roughly_it_is_known() -> None:
    own = a_candidate(0.7, away(9_000), uncertainty_m=60_000.0, place_id=HOSPITAL.id)
    (row,) = asked([an_open_incident(own)]).rows
    assert pytest.approx((0.7, 0.3)) == (row.probability, row.unknown)


def test_discs_of_named_places_weigh_towards_their_middle_and_others_evenly() -> None:
    inward = load_calibration().inward
    at, radius_m = away(6_000), 3_000.0
    for kind, power in (
        (PlaceKind.SETTLEMENT, inward),
        (PlaceKind.NEIGHBOURHOOD, inward),
        (PlaceKind.HOSPITAL, inward),
        (PlaceKind.SUBDISTRICT, 2.0),
        (PlaceKind.POINT, 2.0),
        (None, 2.0),
    ):
        disc, place = Points.of([at]), Points.of([HERE])
        share = probability(disc, radius_m, place, within_m=5000.0, inward=power)[0]
        (row,) = asked([an_open_incident(a_candidate(0.5, at, uncertainty_m=radius_m, kind=kind))]).rows
        assert pytest.approx(0.5 * share) == row.probability, kind


def test_of_several_places_any_is_near_and_of_one_or_the_other_the_mean() -> None:
    candidates = (a_candidate(0.8), a_candidate(0.5, away(2_000)), a_candidate(0.6, FAR))
    several = Several(tuple(one.fix for one in candidates))
    around = several.around
    for either, chance, unknown in (
        (False, 1 - 0.2 * 0.5, 0.2 * 0.5 - 0.0),
        (True, 1.3 / 3, 1 - (0.8 + 0.5 + 0.6) / 3),
    ):
        incident = an_incident(
            position=around.position,
            uncertainty_m=around.uncertainty_m,
            names=("A, B, C",),
            several=replace(several, either=either),
            candidates=candidates,
        )
        (row,) = asked([incident]).rows
        assert pytest.approx((chance, unknown)) == (row.probability, row.unknown)


def test_rows_of_one_name_are_right_or_wrong_together_and_others_apart() -> None:
    of_one_name = [an_open_incident(a_candidate(0.5), id=str(n)) for n in range(100)]
    apart = [an_open_incident(a_candidate(0.5), id=str(n), name=str(n)) for n in range(100)]
    together, alone = expected(asked(of_one_name)), expected(asked(apart))
    assert (50.0, 0.0, 100.0, 50.0) == (together.number, together.low, together.high, together.unknown)
    assert 50.0 == alone.number
    assert 35 < alone.low < 45
    assert 55 < alone.high < 65
    dates = [replace(one, date=datetime.date(2016, 1 + n % 12, 3)) for n, one in enumerate(of_one_name)]
    assert (0.0, 100.0) == (expected(asked(dates)).low, expected(asked(dates)).high)


def test_spots_are_drawn_once_each() -> None:
    half = [an_incident(position=away(5_000), uncertainty_m=900.0, id=str(n)) for n in range(40)]
    others = [replace(one, position=away(5_000 + n / 10)) for n, one in enumerate(half)]
    one_spot, many = expected(asked(half)), expected(asked(others))
    assert (0.0, 40.0) == (one_spot.low, one_spot.high)
    assert 8 < many.low < many.number < many.high < 32


def test_the_error_that_all_confidences_share_widens_the_interval() -> None:
    incidents = [an_open_incident(a_candidate(0.6), id=str(n), name=str(n)) for n in range(2_000)]
    known = load_calibration()
    flat = replace(known, raw=(0.0, 1.0), confidence=(0.0, 1.0), draws=((0.0, 1.0),))
    doubtful = replace(flat, draws=((0.0, 0.8), (0.0, 1.0)))
    widths = []
    for calibration in (flat, doubtful):
        found = expected(asked(replace(Incidents.of(incidents), calibration=calibration)))
        assert pytest.approx(1200.0) == found.number
        widths.append(found.high - found.low)
    assert widths[0] < 100
    assert widths[1] > 200


def test_nine_of_ten_truths_lie_in_the_interval() -> None:
    random = np.random.default_rng(7)
    confidences = random.uniform(0.2, 0.95, 60)
    rows = random.integers(1, 6, 60)
    incidents = [
        an_open_incident(a_candidate(confidence, at), id=f"{n}.{row}", name=str(n))
        for n, (confidence, at) in enumerate(zip(confidences.tolist(), [HERE, FAR] * 30, strict=True))
        for row in range(rows[n])
    ]
    found = expected(asked(incidents))
    right = random.random((2_000, 60)) < confidences
    truths = (right * rows)[:, ::2].sum(axis=1)
    held = float(((truths >= found.low) & (truths <= found.high)).mean())
    assert 0.88 < held < 0.97
    assert found.number == pytest.approx(truths.mean(), rel=0.02)


def test_what_is_unknown_is_imputed_from_the_governorate_on_request() -> None:
    placed = [
        an_incident(id="a", position=HERE, admin=("SY07",)),
        an_incident(id="b", position=away(20_000), admin=("SY07",)),
        an_incident(id="c", position=FAR, admin=("SY02",)),
    ]
    open_rows = [
        an_open_incident(id="d", name="D", admin=("SY07",)),
        an_open_incident(id="e", name="E", admin=("SY02",)),
        an_open_incident(id="f", name="F"),
    ]
    plain, imputed = expected(asked(placed + open_rows)), expected(asked(placed + open_rows, impute=True))
    assert (1.0, 3.0) == (plain.number, plain.unknown)
    # Of Idlib's two one is near, of Aleppo's one none; each governorate has one more that is like all.
    of_all = (1 + 1 / 2) / (3 + 1)
    rates = (1 + of_all) / 3, of_all / 2, of_all
    assert pytest.approx(1 + sum(rates)) == imputed.number
    assert (1.0, 3.0, 3.0) == (imputed.low, imputed.high, imputed.unknown)


def test_a_rate_that_a_row_or_two_tell_is_no_certainty_and_rows_are_imputed_each_for_itself() -> None:
    placed = [an_incident(position=HERE, admin=("SY07",))]
    of_one_name = [an_open_incident(id=str(n), name="Nobody", admin=("SY07",)) for n in range(50)]
    found = expected(asked(placed + of_one_name, impute=True))
    assert 30 < found.number < 51
    assert found.low < 30
    assert found.high > 45
    known = placed * 300 + [an_incident(id="x", position=FAR, admin=("SY07",))] * 300
    found = expected(asked(known + of_one_name, impute=True))
    assert found.number == pytest.approx(325, abs=1)
    assert 310 < found.low < found.high < 340


def test_what_is_certain_to_be_counted_is_so_in_every_draw_of_the_calibration() -> None:
    incidents = [
        an_open_incident(a_candidate(0.6), a_candidate(0.4, FAR), id=str(n), name=str(n)) for n in range(40)
    ]
    chosen = select(Incidents.of(incidents), FakeGazetteer())
    total = count_chosen(chosen, FakeGazetteer(), by=("area",)).expected
    assert total is not None
    assert (40.0, 40.0, 40.0, 0.0) == (round(total.number, 9), total.low, total.high, total.unknown)


def test_in_an_area_each_candidate_lies_or_does_not_and_open_rows_count() -> None:
    idlib = PLACES["SY07"]
    split = an_open_incident(a_candidate(0.7), a_candidate(0.2, FAR), name="Twin")
    stated = an_open_incident(id="2", name="Nobody", admin=("SY07", "SY0700"), context=("Idleb",))
    chosen = select(Incidents.of([split, stated, an_incident(id="3")]), FakeGazetteer(), area=idlib)
    found = count_chosen(chosen, FakeGazetteer())
    assert found.expected is not None
    numbers = (len(chosen.kept), found.expected.number, found.expected.unknown)
    assert pytest.approx((2, 2.7, 0.1)) == numbers
    near_them = expected(asked([split, stated, an_incident(id="3")], area=idlib))
    assert pytest.approx((1.7, 1.1)) == (near_them.number, near_them.unknown)


def test_areas_and_months_add_up_to_the_whole() -> None:
    incidents = [
        an_open_incident(a_candidate(0.7), a_candidate(0.2, FAR), name="Twin", date=day, id=str(day))
        for day in (datetime.date(2016, 5, 3), datetime.date(2016, 6, 3))
    ] + [an_incident(), an_incident(position=FAR, admin=("SY02",), date=None)]
    targets = (HOSPITAL, a_place("Other", position=FAR))
    chosen = select(Incidents.of(incidents), FakeGazetteer())
    found = near_counts(chosen, targets, FakeGazetteer(), within_m=5000.0, by=("area", "month"))
    assert [
        ("SY02", ""),
        ("SY02", "2016-05"),
        ("SY02", "2016-06"),
        ("SY07", "2016-05"),
        ("SY07", "2016-06"),
    ] == [(row.pcode, row.month) for row in found.rows if row.pcode]
    total = expected(found.answer)
    assert total.number == pytest.approx(sum(row.expected.number for row in found.rows))
    assert total.unknown == pytest.approx(sum(row.expected.unknown for row in found.rows))
    counted = count_chosen(chosen, FakeGazetteer(), by=("area",))
    assert {"SY02": (1, 1.4), "SY07": (1, 2.4)} == {
        row.pcode: (row.incidents, round(row.expected.number, 6))
        for row in counted.rows
        if row.pcode and row.expected
    }
    assert count_chosen(chosen, FakeGazetteer(), by=("month",)).expected is None


def test_a_facility_is_expected_to_have_what_near_expects_for_it_alone() -> None:
    incidents = [
        an_open_incident(
            a_candidate(0.5, LatLon(35 + n / 50, 36.6), uncertainty_m=900.0 * (n % 4)),
            a_candidate(0.3, LatLon(35.5 + n / 90, 36.6), uncertainty_m=500.0, kind=PlaceKind.SETTLEMENT),
            name=str(n),
            date=datetime.date(2010 + n % 5, 5, 3),
        )
        for n in range(40)
    ]
    targets = [
        a_place(str(n), position=LatLon(35.1 + n / 9, 36.6), valid_from=f"{2008 + n}") for n in range(6)
    ]
    answer = by_facility(incidents, targets, within_m=5000.0, by_month=True)
    for target in targets:
        rows = [row for row in answer.rows if row.place is target]
        alone = expected(asked(incidents, target))
        assert alone.number == pytest.approx(sum(row.expected.number for row in rows), abs=0.3)
        assert alone.unknown == pytest.approx(answer.unknown)
        assert all(one.expected.low <= one.expected.high for one in rows)
    (one,) = by_facility(incidents, targets[:1], within_m=5000.0).rows
    alone = expected(asked(incidents, targets[0]))
    assert pytest.approx(alone.number, abs=0.01) == one.expected.number
    assert (alone.low, alone.high) == (one.expected.low, one.expected.high)


def test_counts_at_places_have_their_positions_in_formats_with_shapes(tmp_path: Path) -> None:
    found = by_facility([an_open_incident(a_candidate(0.9))], [HOSPITAL], within_m=5000.0)
    found.write(tmp_path / "counts.geojson")
    [feature] = json.loads((tmp_path / "counts.geojson").read_text("utf-8"))["features"]
    assert {"type": "Point", "coordinates": [36.63, 35.93]} == feature["geometry"]


def test_a_place_counts_for_candidates_only_while_it_existed() -> None:
    gone = replace(HOSPITAL, valid_to="2015")
    days = (datetime.date(2014, 5, 3), datetime.date(2016, 5, 3))
    incidents = [an_open_incident(a_candidate(0.5), id=str(day), date=day) for day in days]
    assert [0.5, 0.0] == [row.probability for row in asked(incidents, gone).rows]


def test_no_incidents_are_expected_where_there_are_none() -> None:
    assert Expected(0.0, 0.0, 0.0, 0.0) == expected(asked([]))
    assert Expected(0.0, 0.0, 0.0, 1.0) == expected(asked([an_open_incident()]))
