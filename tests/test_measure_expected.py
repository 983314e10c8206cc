import json
from typing import Any

from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.near import Targets
from scripts.measure_expected import is_placed, measured, true_counts
from tests.fakes import FakeGazetteer, a_place

HERE, FAR = LatLon(35.93, 36.63), LatLon(35.1, 36.63)
HOSPITALS = Targets((a_place("Hospital", kind=PlaceKind.HOSPITAL, position=HERE, uncertainty_m=100.0),))


def a_row(number: int, true: LatLon = HERE, **changed: Any) -> dict[str, str]:
    """An ambiguous row of a labelled table that may be here or far away, and is here."""
    both = [
        {"place_id": str(at), "kind": "settlement", "latitude": at.latitude, "longitude": at.longitude,
         "uncertainty_m": 500, "confidence": 0.5}
        for at in (HERE, FAR)
    ]  # fmt: skip
    values = {
        "id": str(number), "date": "2016-05-30", "place": f"Twin {number}", "where_prec": "1",
        "gaz_status": "ambiguous", "gaz_latitude": "", "gaz_longitude": "", "gaz_confidence": "0.5",
        "gaz_alternatives": json.dumps(both), "true_latitude": str(true.latitude),
        "true_longitude": str(true.longitude), "true_adm1": "SY07",
    }  # fmt: skip
    return {name: str(value) for name, value in (values | changed).items()}


def test_the_truth_is_held_against_what_is_expected_without_it() -> None:
    rows = [a_row(number, HERE if number % 2 else FAR) for number in range(40)]
    plain, imputed = measured("made", rows, FakeGazetteer(), {"hospitals": HOSPITALS})
    assert (1, 1.0, 1.0, 20, 20.0) == (plain.cells, plain.held, plain.in_band, plain.true, plain.expected)
    assert "sum 20 in 14-25 (expected 20.0" in str(plain)
    assert (False, True) == (plain.imputed, imputed.imputed)


def test_a_truth_that_is_not_expected_is_told() -> None:
    rows = [a_row(number) for number in range(40)]
    plain, _ = measured("made", rows, FakeGazetteer(), {"hospitals": HOSPITALS})
    assert (0.0, 0.0, 40) == (plain.held, plain.in_band, plain.true)
    assert "sum 40 NOT in 14-25" in str(plain)


def test_the_truth_is_counted_by_its_governorate_and_month() -> None:
    rows = [a_row(1), a_row(2, FAR), a_row(3, date="2016-06-01", true_adm1="SY02")]
    assert {("SY07", "2016-05"): 1, ("SY02", "2016-06"): 1} == true_counts(rows, HOSPITALS)


def test_rows_of_which_the_coder_knew_only_an_area_are_told_from_others() -> None:
    codes = {"1": True, "2.0": True, "": True, "3": False, "6.0": False}
    assert codes == {code: is_placed(a_row(1, where_prec=code)) for code in codes}
    words = {"village": True, "": True, "district": False, "province_governorate": False}
    assert words == {word: is_placed(a_row(1, coded_accuracy=word)) for word in words}
