"""Whether confidence and radius hold: verdicts, intervals over names, and the words for them."""

from typing import Any

import numpy as np
import pytest

from gazetteer.enrich.holding import held_confidence, held_radius, ratio
from gazetteer.enrich.labelled import DistinctName, LabelledAnswer
from gazetteer.reading.calibrating import weights_of
from tests.gazetteer.tables.fake_gazetteer import match, place


def an_answer(name: int, *, right: bool = True, inside: bool = True, **changes: Any) -> LabelledAnswer:
    values: dict[str, Any] = {
        "name": DistinctName(f"name {name}", 0, 0),
        "best": match(place(uncertainty_m=2_000.0)),
        "away_m": (1_000.0 if inside else 3_000.0) if right else 9_000.0,
        "confidence": 0.9,
        "accepted": True,
    }
    return LabelledAnswer(**{**values, **changes})


def answers(count: int, wrong: int, **changes: Any) -> list[LabelledAnswer]:
    return [an_answer(name, right=name >= wrong, **changes) for name in range(count)]


@pytest.mark.parametrize(
    ("rows", "verdict", "words"),
    [
        (
            answers(200, 20),
            "holds",
            "Confidence: holds: answers said 0.90 sure are right 0.90 of the time (0.",
        ),
        (answers(200, 40), "too high", "Confidence: is too high by 0.10 (0."),
        (answers(200, 30), "too high", "Confidence: is too high by 0.05 (0.01 to 0.09, 200 names)"),
        (
            answers(5_000, 550),
            "holds",
            "Confidence: holds: answers said 0.90 sure are right 0.89 of",
        ),
        (answers(40, 6), "holds", "Confidence: holds: answers said 0.90 sure are right 0.85 of the time"),
        (answers(200, 40, confidence=0.6), "too low", "Confidence: is too low by 0.20 (0."),
        (answers(29, 3), "unknown", "Confidence: can't be told from 29 names: it takes 30."),
        ([an_answer(1)] * 50, "unknown", "Confidence: can't be told from 1 name: it takes 30."),
        ([], "unknown", "Confidence: can't be told from 0 names: it takes 30."),
    ],
)
def test_confidence_holds_where_its_mean_is_the_share_that_is_right(
    rows: list[LabelledAnswer], verdict: str, words: str
) -> None:
    found = held_confidence(rows)
    assert verdict == found.verdict == found.as_json()["verdict"]
    assert words == found.words[: len(words)]
    assert ("make a calibration" in found.words) == verdict.startswith("too")


def test_too_much_among_the_accepted_is_not_made_up_for_by_the_others() -> None:
    rest = [an_answer(n, confidence=0.1, accepted=False) for n in range(100, 130)]
    rows = [*answers(100, 30), *rest]
    found = held_confidence(rows)
    assert found.answered is not None
    assert ("holds", "too high") == (found.answered.verdict, found.verdict)
    assert found.words.startswith("Confidence: of accepted answers is too high by 0.20 (0.")


@pytest.mark.parametrize(
    ("outside", "verdict", "words"),
    [
        (10, "holds", "Radius: holds: it holds the known point in 0.95 of the right answers (0."),
        (30, "too low", "Radius: is too small: it holds the known point in 0.85"),
        (0, "too high", "Radius: is wider than it need be: it holds the known point in 1.00"),
    ],
)
def test_the_radius_holds_at_95_in_100_right_answers(outside: int, verdict: str, words: str) -> None:
    right = [an_answer(name, inside=name >= outside) for name in range(200)]
    found = held_radius([*right, an_answer(999, right=False), an_answer(998, inside=False, accepted=False)])
    assert (verdict, 200) == (found.verdict, found.names)
    assert words == found.words[: len(words)]
    assert found.accepted is not None
    assert round((200 - outside) / 201, 6) == round(found.accepted.value, 6)


def test_the_radius_of_few_right_answers_is_not_judged() -> None:
    assert "unknown" == held_radius(answers(60, 31)).verdict
    assert held_radius(answers(60, 31)).words == (
        "Radius: can't be told from 29 names with a right answer: it takes 30."
    )
    assert (None, None) == (held_radius([]).right, held_radius([]).accepted)


def test_a_name_counts_five_times_at_most() -> None:
    names = ["often"] * 20 + ["seldom"] * 2
    assert [0.25] * 20 + [1.0] * 2 == weights_of(names).tolist()
    found = ratio(np.array([1.0] * 20 + [0.0] * 2), names)
    assert 5 / 7 == pytest.approx(found.value)
    assert (0.0, 1.0) == (found.low, found.high)


def test_rows_of_one_name_tell_no_more_than_one_row() -> None:
    rows = answers(100, 20)
    assert held_confidence(rows).words == held_confidence(rows * 3).words
