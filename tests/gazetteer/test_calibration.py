"""The calibration: its curve, its radii, its file."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gazetteer.answers import MIN_CONFIDENCE
from gazetteer.errors import InputError
from gazetteer.kinds import PlaceKind
from gazetteer.reading.calibration import POOLED, UNCALIBRATED, Calibration, groups_of, load_calibration
from gazetteer.reading.rank import load_weights
from gazetteer.values import AdminUnit
from tests.builders import a_place

ALEPPO = (AdminUnit(1, "SY02", "Aleppo", "حلب"),)


def test_the_curve_is_linear_between_its_knots_and_flat_beyond() -> None:
    curve = replace(UNCALIBRATED, raw=(0.2, 0.6), confidence=(0.1, 0.5))
    assert [0.1, 0.1, pytest.approx(0.3), 0.5, 0.5] == [
        curve.calibrated(x) for x in (0.0, 0.2, 0.4, 0.6, 1.0)
    ]


def test_the_curve_of_the_package_rises_without_a_shelf() -> None:
    curve = load_calibration()
    told = [curve.calibrated(n / 1000) for n in range(1001)]
    assert sorted(told) == told
    assert 0.0 == told[0] < MIN_CONFIDENCE < told[-1] < 1.0
    steps = np.diff([curve.calibrated(x) for x in np.linspace(0.2, 0.9, 8)])
    assert steps.min() > 0.03


def test_the_calibration_of_the_package_goes_with_its_weights() -> None:
    assert load_weights().hash == load_calibration().weights


def test_confidences_are_redrawn_along_the_curves_of_places_drawn_anew() -> None:
    curve = replace(UNCALIBRATED, confidence=(0.0, 0.8), draws=((0.0, 0.6), (0.0, 1.0)))
    found = [curve.redrawn(np.array([0.0, 0.4, 0.8, 1.0]), draw).round(6).tolist() for draw in (0, 1)]
    assert [[0.0, 0.3, 0.6, 1.0], [0.0, 0.5, 1.0, 1.0]] == found


def test_a_place_has_the_radius_of_the_narrowest_group_that_there_is() -> None:
    known = replace(
        UNCALIBRATED,
        radius_quantiles={
            POOLED: 2.0,
            "settlement, size not known": 1.5,
            "settlement, size not known, SY02": 1.2,
            "settlement, a town": 0.5,
        },
    )
    village = a_place(population=None, uncertainty_m=1000.0, admin=())
    for place, radius_m in (
        (village, 1500.0),
        (replace(village, admin=ALEPPO), 1200.0),
        (replace(village, population=50_000, admin=ALEPPO), 500.0),
        (replace(village, kind=PlaceKind.HOSPITAL), 2000.0),
    ):
        assert radius_m == known.radius_m(place), groups_of(place)


def test_areas_computed_points_and_cells_keep_their_own_radius() -> None:
    place = a_place()
    for other in (
        replace(place, kind=PlaceKind.DISTRICT),
        replace(place, kind=PlaceKind.REGION),
        replace(place, kind=PlaceKind.POINT),
        replace(place, generalised_to_deg=0.1),
    ):
        assert load_calibration().radius_m(other) is None


def test_a_file_gives_back_what_was_written_into_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(load_calibration().as_json()), "utf-8")
    assert (load_calibration(), load_calibration().hash) == (
        load_calibration(path),
        load_calibration(path).hash,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"raw": [0.0]}, {"raw": [0.5, 0.5]}, {"raw": None},
        {"confidence": [0.5, 0.2]}, {"confidence": [0.0, 2.0]}, {"draws": [[0.0]]},
        {"inward": 10**400}, {"confidence": [0.0, 10**400]}, {"radius_quantiles": {}},
        {"radius_quantiles": {"all": 0}}, {"inward": 0},
    ],
)  # fmt: skip
def test_a_file_that_holds_no_calibration_is_refused_in_one_sentence(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({**UNCALIBRATED.as_json(), **change}), "utf-8")
    with pytest.raises(InputError, match=r"mine\.json is no calibration: make one with"):
        load_calibration(path)


def test_a_file_of_another_schema_or_none_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    with pytest.raises(InputError, match=r"mine\.json can't be read"):
        load_calibration(path)
    for text, words in (
        ("[1]", "is no calibration"),
        ("{", "is no calibration"),
        (json.dumps({**UNCALIBRATED.as_json(), "schema": 99}), "has schema 99, and this version reads 1"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(InputError, match=words):
            load_calibration(path)


def test_a_calibration_says_all_that_the_contract_names() -> None:
    told = load_calibration().as_json()
    names = ("schema", "library", "gazetteer", "weights", "rows", "raw", "confidence", "radius_quantiles")
    assert [] == [name for name in names if not told[name]]
    assert isinstance(load_calibration(), Calibration)
