"""Fitting the ranker: it tells right from wrong, keeps its bounds, and is the same every time."""

from pathlib import Path

import numpy as np
import pytest

from gazetteer import Gazetteer
from gazetteer.places import PlaceKind
from gazetteer.resolve.features import FEATURES, NONE_FEATURES
from gazetteer.resolve.training import CALIBRATION, Example, LabelledRow, examples_of, fit, fold_of
from gazetteer.values import LatLon
from tests.builders import a_gazetteer_file, a_record

SARAQIB, FAR_AWAY = LatLon(35.863, 36.799), LatLon(33.5, 40.0)


def an_example(*candidates: dict[str, float], right: int | None = 0, weight: float = 1.0) -> Example:
    """An example whose candidates have these features; `right` is the one meant, None for none of them."""
    rows = [[values.get(name, 0.0) for name in FEATURES] for values in candidates]
    return Example(
        np.array(rows, dtype=float).reshape(-1, len(FEATURES)),
        np.array([float(name == "bias") for name in NONE_FEATURES]),
        np.array([n == right for n in range(len(candidates))], dtype=bool),
        weight,
        0,
    )


def a_row(text: str = "Saraqeb", position: LatLon = SARAQIB, **changes: object) -> LabelledRow:
    values: dict[str, object] = {"table": "t", "text": text, "hints": (), "position": position}
    return LabelledRow(**{**values, **changes})  # type: ignore[arg-type]


ALIKE, UNLIKE = {"similarity": 1.0, "exact": 1.0}, {"similarity": 0.4}


def test_the_fit_prefers_what_the_right_candidates_have_in_common() -> None:
    weights = fit([an_example(ALIKE, UNLIKE), an_example(UNLIKE, ALIKE, right=1)] * 10)
    assert weights.candidate["similarity"] + weights.candidate["exact"] > 1.0


def test_where_nothing_like_it_is_right_the_fit_learns_to_say_none() -> None:
    often = fit([an_example(UNLIKE, UNLIKE, right=None)] * 10)
    seldom = fit([an_example(UNLIKE, UNLIKE, right=0)] * 10)
    assert often.none["bias"] > seldom.none["bias"]


def test_a_heavier_example_counts_more() -> None:
    disputed = {"facility": 1.0}
    light = fit([an_example(disputed, {}, right=0), an_example(disputed, {}, right=1, weight=9.0)])
    heavy = fit([an_example(disputed, {}, right=0, weight=9.0), an_example(disputed, {}, right=1)])
    assert light.candidate["facility"] < 0 < heavy.candidate["facility"]


def test_the_same_examples_give_the_same_weights() -> None:
    examples = [an_example(ALIKE, UNLIKE), an_example(UNLIKE, right=None)] * 5
    assert fit(examples) == fit(examples)


@pytest.mark.parametrize("name", ["in_governorate", "similarity", "exact", "more_sources", "part_covers"])
def test_what_speaks_for_a_place_is_never_turned_against_it(name: str) -> None:
    weights = fit([an_example({name: 1.0}, {}, right=1)] * 10)
    assert 0.0 == weights.candidate[name]


@pytest.mark.parametrize(
    "name", ["out_of_governorate", "modifiers_missing", "homonyms_log", "kind_disagrees"]
)
def test_what_speaks_against_a_place_is_never_turned_for_it(name: str) -> None:
    weights = fit([an_example({name: 1.0}, {}, right=0)] * 10)
    assert 0.0 == weights.candidate[name]


@pytest.mark.parametrize(
    ("name", "least"),
    [("modifiers_shared", 1.0), ("area_for_countryside", 3.0), ("prominent_and_alike", 0.6)],
)
def test_what_is_rare_in_tables_and_sure_keeps_its_least_weight(name: str, least: float) -> None:
    weights = fit([an_example({name: 1.0}, {}, right=1)] * 10)
    assert least == weights.candidate[name]


def test_a_fit_has_a_weight_for_every_feature_and_the_calibration() -> None:
    weights = fit([an_example(ALIKE, UNLIKE)])
    assert (list(FEATURES), list(NONE_FEATURES), CALIBRATION) == (
        list(weights.candidate),
        list(weights.none),
        weights.calibration,
    )


def test_the_calibration_rises_and_keeps_its_plateau_below_the_usual_threshold() -> None:
    raw, confident = zip(*CALIBRATION, strict=True)
    assert (sorted(set(raw)), sorted(confident)) == (list(raw), list(confident))
    plateau = [y for x, y in CALIBRATION if 0.4 < x <= 0.8]
    assert plateau
    assert all(0.65 <= y < 0.7 for y in plateau)


def test_rows_of_one_place_are_in_one_fold_whatever_they_say() -> None:
    texts = ["Saraqeb", "سراقب", "north of Saraqib"]
    assert 1 == len({fold_of(a_row(text), folds=5) for text in texts})


def test_folds_are_numbered_from_nought_and_all_used() -> None:
    rows = [a_row(position=LatLon(32.5 + n / 10, 36.0 + n / 7)) for n in range(40)]
    assert set(range(5)) == {fold_of(row, folds=5) for row in rows}


@pytest.fixture
def two_towns(tmp_path: Path) -> Gazetteer:
    """Saraqib, a namesake far away, and the governorate called Idleb."""
    records = [
        a_record(),
        a_record(id="C1", position=FAR_AWAY, adm1_pcode="SY09", adm2_pcode=None, adm3_pcode=None),
        a_record(
            id="SY07",
            name="Idleb",
            name_ar="إدلب",
            kind=PlaceKind.GOVERNORATE,
            adm1_pcode="SY07",
            adm2_pcode=None,
            adm3_pcode=None,
        ),
    ]
    return Gazetteer.open(a_gazetteer_file(tmp_path / "g.gpkg", records))


def examples_in(gazetteer: Gazetteer, *rows: LabelledRow) -> list[Example]:
    return examples_of(rows, gazetteer.resolver, tuple(gazetteer.places()), folds=5)


def test_the_candidates_within_five_kilometres_of_the_coders_point_are_right(two_towns: Gazetteer) -> None:
    (near,) = examples_in(two_towns, a_row(position=LatLon(35.89, 36.80)))
    (nowhere,) = examples_in(two_towns, a_row(position=LatLon(35.95, 36.80)))
    assert ([1, 2], [0, 2]) == (
        [near.right.sum(), len(near.right)],
        [nowhere.right.sum(), len(nowhere.right)],
    )


def test_of_a_row_that_means_an_area_only_the_area_is_right(two_towns: Gazetteer) -> None:
    (right,) = examples_in(two_towns, a_row("Idleb governorate", area="SY07"))
    (wrong,) = examples_in(two_towns, a_row("Idleb governorate", area="SY08"))
    assert (True, False) == (bool(right.right.any()), bool(wrong.right.any()))


def test_tables_count_equally_whatever_their_length_and_repeated_rows_once(two_towns: Gazetteer) -> None:
    rows = [a_row(), a_row(), a_row(), a_row("Saraqib"), a_row(table="short")]
    assert [0.75, 0.25, 1.0] == [e.weight for e in examples_in(two_towns, *rows)]


@pytest.mark.parametrize("text", ["", " ", "😀", "35.9, 36.6", "SY07"])
def test_a_row_without_a_name_to_look_up_is_no_example(two_towns: Gazetteer, text: str) -> None:
    assert [] == examples_in(two_towns, a_row(text))


def test_what_is_fitted_on_real_examples_ranks_the_town_meant_first(two_towns: Gazetteer) -> None:
    rows = [a_row(hints=("Idleb",)), a_row("سراقب", hints=("SY07",))]
    fitted = two_towns.with_weights(fit(examples_in(two_towns, *rows)))
    assert "C3916" == fitted.resolve("Saraqeb", context=("Idleb",)).matches[0].place.id
