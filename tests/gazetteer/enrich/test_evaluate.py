"""How right answers are on a table that knows, and whether confidence and radius hold there."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gazetteer.enrich import Evaluation, LabelledColumns, enrich_table, evaluate
from gazetteer.enrich.evaluate import DistinctName, LabelledAnswer, check_confidence, check_radius, ratio
from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon, destination
from gazetteer.reading.calibrating import weights_of
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, match, place, write_table

TRUTH = LatLon(35.9, 36.6)


def away(metres: float, confidence: float = 0.95) -> Any:
    return match(
        place(f"{metres}", position=destination(TRUTH, azimuth_deg=70, distance_m=metres)), confidence
    )


GAZETTEER = {
    "A": [away(500)],
    "B": [away(4_990, 0.85)],
    "C": [away(5_010, 0.85)],
    "D": [away(15_000, 0.4)],
    "E": [away(100, 0.3), away(9_000, 0.29)],
}


def labelled(folder: Path, places: str) -> Path:
    rows = "".join(f"{name},{TRUTH.latitude},{TRUTH.longitude}\n" for name in places)
    return write_table(folder / "labelled.csv", f"place,true_latitude,true_longitude\n{rows}")


def figures(folder: Path, places: str) -> Evaluation:
    return evaluate(FakeGazetteer(GAZETTEER), labelled(folder, places))


def test_every_figure_is_a_share_of_what_it_says(tmp_path: Path) -> None:
    found = figures(tmp_path, "ABCDEXXXXX")
    assert found.as_json() == {
        "rows": 10, "skipped": 0, "answered": 0.5,
        "within_1_km": 0.2, "within_5_km": 0.3, "within_10_km": 0.4, "within_20_km": 0.5,
        "accepted": 0.3, "accepted_precision_5_km": 0.6667,
        # bins 0.9: |0.95-1|; 0.8: |1.7-1|; 0.4: 0.4; 0.3: |0.3-1|; over five answers
        "calibration_error": 0.37,
        "confidence": found.as_json()["confidence"], "radius": found.as_json()["radius"],
        "words": list(found.words),
    }  # fmt: skip


def test_nothing_accepted_has_no_precision_and_nothing_answered_no_calibration_error(tmp_path: Path) -> None:
    found = figures(tmp_path, "DX")
    assert (found.precision, found.accepted) == (None, 0.0)
    assert figures(tmp_path, "XY").calibration_error is None


def test_the_known_positions_may_be_in_any_columns_and_rows_without_are_counted(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", "place,north,east\nA,35.9,36.6\nA,,\n")
    found = evaluate(FakeGazetteer(GAZETTEER), table, labelled=LabelledColumns("north", "east"))
    assert (1, 1, 1.0) == (found.rows, found.skipped, found.within_km[1])


def test_a_table_that_cannot_be_measured_says_why(tmp_path: Path) -> None:
    for text, words in (
        ("place,true_latitude,true_longitude\nA,95,136\n", "line 2: latitude must lie between"),
        ("place,true_latitude,true_longitude\nA,35.9,\n", "line 2: '35.9', '' is not a position"),
        ("place,true_latitude,true_longitude\nA,north,36\n", "line 2: 'north', '36' is not a position"),
        ("place,true_latitude,true_longitude\nA,,\n", "--true-lat and --true-lon"),
        ("place,lat\nA,1\n", "there is no column 'true_latitude'; the table has the columns place, lat"),
        ("true_latitude,true_longitude\n1,2\n", "--place COLUMN"),
    ):
        with pytest.raises(TableError, match=words):
            evaluate(FakeGazetteer(GAZETTEER), write_table(tmp_path / "t.csv", text))


def test_the_figures_agree_with_the_scorer_of_the_shared_data(tmp_path: Path, shared: Path) -> None:
    table = labelled(tmp_path, "ABCDEXAAB")
    enrich_table(FakeGazetteer(GAZETTEER), table, tmp_path / "enriched.csv")
    command = [sys.executable, str(shared / "tools" / "score.py"), str(tmp_path / "enriched.csv"), "--json"]
    scored = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    ours = figures(tmp_path, "ABCDEXAAB").as_json()
    shared_names = ours.keys() & scored.keys()
    assert {name: ours[name] for name in shared_names} == {name: scored[name] for name in shared_names}
    assert len(shared_names) == 9


def an_answer(name: int, *, right: bool = True, inside: bool = True, **changes: Any) -> LabelledAnswer:
    values: dict[str, Any] = {
        "name": DistinctName(f"name {name}", 0, 0),
        "best": match(place(uncertainty_m=2_000.0)),
        "away_m": (1_000.0 if inside else 3_000.0) if right else 9_000.0,
        "confidence": 0.9,
        "accepted": True,
    }
    return LabelledAnswer(**{**values, **changes})


def some_answers(count: int, wrong: int, **changes: Any) -> list[LabelledAnswer]:
    return [an_answer(name, right=name >= wrong, **changes) for name in range(count)]


def test_confidence_holds_where_its_mean_is_the_share_that_is_right() -> None:
    for rows, verdict, words in (
        (some_answers(200, 20), "holds", "holds: answers said 0.90 sure are right 0.90 of the time (0."),
        (some_answers(200, 40), "too high", "is too high by 0.10 (0."),
        (some_answers(200, 30), "too high", "is too high by 0.05 (0.01 to 0.09, 200 names)"),
        (some_answers(5_000, 550), "holds", "holds: answers said 0.90 sure are right 0.89 of"),
        (some_answers(40, 6), "holds", "holds: answers said 0.90 sure are right 0.85 of the time"),
        (some_answers(200, 40, confidence=0.6), "too low", "is too low by 0.20 (0."),
        (some_answers(29, 3), "unknown", "can't be told from 29 names: it takes 30."),
        ([an_answer(1)] * 50, "unknown", "can't be told from 1 name: it takes 30."),
        ([], "unknown", "can't be told from 0 names: it takes 30."),
    ):
        found = check_confidence(rows)
        assert verdict == found.verdict
        assert found.words.startswith(f"Confidence: {words}")
        assert ("make a calibration" in found.words) == verdict.startswith("too")


def test_too_much_among_the_accepted_is_not_made_up_for_by_the_others() -> None:
    rest = [an_answer(n, confidence=0.1, accepted=False) for n in range(100, 130)]
    rows = [*some_answers(100, 30), *rest]
    found = check_confidence(rows)
    assert found.answered is not None
    assert ("holds", "too high") == (found.answered.verdict, found.verdict)
    assert found.words.startswith("Confidence: of accepted answers is too high by 0.20 (0.")


def test_the_radius_holds_at_95_in_100_right_answers() -> None:
    for outside, verdict, words in (
        (10, "holds", "Radius: holds: it holds the known point in 0.95 of the right answers (0."),
        (30, "too low", "Radius: is too small: it holds the known point in 0.85"),
        (0, "too high", "Radius: is wider than it need be: it holds the known point in 1.00"),
    ):
        right = [an_answer(name, inside=name >= outside) for name in range(200)]
        others = [an_answer(999, right=False), an_answer(998, inside=False, accepted=False)]
        found = check_radius([*right, *others])
        assert (verdict, 200) == (found.verdict, found.names)
        assert found.words.startswith(words)
        assert found.accepted is not None
        assert round((200 - outside) / 201, 6) == round(found.accepted.value, 6)


def test_the_radius_of_few_right_answers_is_not_judged() -> None:
    assert "unknown" == check_radius(some_answers(60, 31)).verdict
    assert check_radius(some_answers(60, 31)).words == (
        "Radius: can't be told from 29 names with a right answer: it takes 30."
    )
    assert (None, None) == (check_radius([]).right, check_radius([]).accepted)


def test_a_name_counts_five_times_at_most() -> None:
    names = ["often"] * 20 + ["seldom"] * 2
    assert [0.25] * 20 + [1.0] * 2 == weights_of(names).tolist()
    found = ratio(np.array([1.0] * 20 + [0.0] * 2), names)
    assert 5 / 7 == pytest.approx(found.value)
    assert (0.0, 1.0) == (found.low, found.high)


def test_rows_of_one_name_tell_no_more_than_one_row() -> None:
    rows = some_answers(100, 20)
    assert check_confidence(rows).words == check_confidence(rows * 3).words
