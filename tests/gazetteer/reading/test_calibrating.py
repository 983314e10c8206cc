"""Calibrating: the curve follows what was right, names count once, and radii hold 95 in 100."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from gazetteer.reading.calibrating import AT_MOST, Case, fit_calibration
from gazetteer.reading.calibration import POOLED, UNCALIBRATED
from tests.builders import a_place

PLACE = a_place(uncertainty_m=1000.0)
RAW = np.linspace(0.01, 0.99, 2000)


def cases(truth: Callable[[float], float], *, raw: Sequence[float] = tuple(RAW)) -> list[Case]:
    """Return answers, each with a name of its own, that are right as often as `truth` says of their raw."""
    dice = np.random.default_rng(0)
    return [Case(p, bool(dice.random() < truth(p)), 500.0, PLACE, str(n), (), n) for n, p in enumerate(raw)]


def test_the_curve_says_how_often_answers_are_right() -> None:
    truths: dict[str, Callable[[float], float]] = {
        "p": lambda p: p,
        "p**2": lambda p: p**2,
        "p**0.5": lambda p: p**0.5,
        "too sure": lambda p: 0.95 * p / (p + 0.3 * (1 - p)),
    }
    for name, truth in truths.items():
        found = fit_calibration(cases(truth), start=UNCALIBRATED, draws=0)
        for p in (0.2, 0.5, 0.8):
            assert truth(p) == pytest.approx(found.calibrated(p), abs=0.06), name


def test_nothing_is_surer_than_coders_are_right() -> None:
    found = fit_calibration(cases(lambda p: min(p, 0.93)), start=UNCALIBRATED, draws=0)
    assert found.confidence[-1] < 0.97


def test_a_name_counts_five_times_at_most() -> None:
    once = cases(lambda p: p)
    many = [Case(0.5, False, 9e3, PLACE, "one name", (), "one place")] * 5000
    few = many[:AT_MOST]
    found, expected = (fit_calibration([*once, *more], start=UNCALIBRATED, draws=0) for more in (many, few))
    assert expected.confidence == pytest.approx(found.confidence, abs=1e-3)


def test_without_rows_enough_the_curve_stays_near_the_one_that_it_starts_from() -> None:
    wrong = [Case(0.6, False, 9e3, PLACE, str(n), (), n) for n in range(3)]
    found = fit_calibration(wrong, start=UNCALIBRATED, draws=0)
    assert 0.3 < found.calibrated(0.6) < 0.6
    assert UNCALIBRATED.radius_quantiles == found.radius_quantiles


def test_draws_lie_round_the_curve_and_are_the_same_every_time() -> None:
    few = cases(lambda p: p, raw=tuple(RAW[::10]))
    one, other = (fit_calibration(few, start=UNCALIBRATED, draws=20) for _ in range(2))
    middle = len(one.raw) // 2
    drawn = [draw[middle] for draw in one.draws]
    assert one == other
    assert min(drawn) < one.confidence[middle] < max(drawn)


def test_the_radius_is_the_conformal_quantile_of_distances_over_the_places_own_extent() -> None:
    away = [Case(0.9, True, float(metres), PLACE, str(metres), (), metres) for metres in range(10, 2001, 10)]
    wrong = [Case(0.9, False, 40_000.0, PLACE, f"wrong {n}", (), n) for n in range(50)]
    unlikely = [Case(0.1, True, 4_900.0, PLACE, f"unlikely {n}", (), n) for n in range(50)]
    found = fit_calibration([*away, *wrong, *unlikely], start=UNCALIBRATED, draws=0)
    assert 1.91 == found.radius_quantiles[POOLED]  # rank ceil(201 * 0.95) of 200


def test_the_law_of_distances_has_half_of_them_within_their_median() -> None:
    away = [Case(0.9, True, 10.0 + 2.0 * n, PLACE, str(n), (), n) for n in range(400)]
    found = fit_calibration(away, start=UNCALIBRATED, draws=0)
    circle = max(found.radius_quantiles[POOLED] * 1000.0, 1000.0)
    assert 0.5 == pytest.approx((409.0 / circle) ** found.inward, abs=0.01)


def test_groups_with_too_few_names_keep_what_they_had_times_what_all_names_say() -> None:
    start = replace(UNCALIBRATED, radius_quantiles={POOLED: 2.0, "facility": 4.0})
    away = [
        Case(0.9, True, float(metres), PLACE, str(metres), (), metres) for metres in range(100, 4001, 100)
    ]
    found = fit_calibration(away, start=start, draws=0)
    assert {POOLED: 3.9, "facility": 7.8} == found.radius_quantiles
