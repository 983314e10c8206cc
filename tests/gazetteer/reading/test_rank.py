"""Ranking: the best first, places within one answer together, the same every time; and the model."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer import Gazetteer
from gazetteer.answers import Match
from gazetteer.geodesy import LatLon
from gazetteer.reading.calibration import RIGHT_M, UNCALIBRATED, Calibration, load_calibration
from gazetteer.reading.candidates import Candidate
from gazetteer.reading.features import (
    CANDIDATE_FEATURES,
    LIST_FEATURES,
    NONE_FEATURES,
    ROLE_FEATURES,
    flat_distance_m,
)
from gazetteer.reading.interpret import log_sum
from gazetteer.reading.rank import Ranked, load_weights, ranked_places
from gazetteer.reading.spans import span_of
from gazetteer.values import Place
from tests.builders import a_gazetteer_file, a_place, a_record

FAR_APART = [LatLon(32.5 + n * 0.5, 36.0) for n in range(10)]
PROBABILITIES = st.lists(st.floats(0.1, 1.0), min_size=1, max_size=8).map(
    lambda all_: [p / sum(all_) for p in all_]
)


def a_candidate(place: int, **changes: object) -> Candidate:
    values: dict[str, object] = {
        "place": place,
        "spelling": place,
        "method": "exact",
        "similarity": 1.0,
        "part_similarity": 0.0,
        "key_similarity": 1.0,
        "key_length": 4,
        "modifiers_missing": 0,
        "modifiers_extra": 0,
        "modifiers_shared": 0,
        "order": 2.5,
    }
    return Candidate(**{**values, **changes})  # type: ignore[arg-type]


def namesakes(positions: Sequence[LatLon]) -> list[Place]:
    return [a_place(id=f"C{n}", position=position) for n, position in enumerate(positions)]


def ranked(
    probabilities: Sequence[float], places: Sequence[Place], *, calibration: Calibration = UNCALIBRATED
) -> list[Ranked]:
    span = span_of("Saraqib")
    assert span is not None
    found = [(p, a_candidate(n), span) for n, p in enumerate(probabilities)]
    found.sort(key=lambda item: -item[0])
    return ranked_places(found, places, calibration=calibration)


@given(PROBABILITIES)
def test_the_best_comes_first_and_each_has_its_own_probability(probabilities: list[float]) -> None:
    found = ranked(probabilities, namesakes(FAR_APART[: len(probabilities)]))
    assert [pytest.approx(p) for p in sorted(probabilities, reverse=True)] == [r.confidence for r in found]


@given(PROBABILITIES)
def test_calibrated_confidences_fall_and_never_pass_one_together(probabilities: list[float]) -> None:
    found = ranked(probabilities, namesakes(FAR_APART[: len(probabilities)]), calibration=load_calibration())
    confidences = [r.confidence for r in found]
    assert sorted(confidences, reverse=True) == confidences
    assert 0.0 <= sum(confidences) <= 1.0 + 1e-9


def test_places_within_five_kilometres_are_one_answer() -> None:
    first, second = ranked([0.5, 0.3], namesakes([LatLon(35.0, 36.0), LatLon(35.0, 36.03)]))
    assert ["C0", "C1"] == [first.place.id, second.place.id]
    assert [pytest.approx(0.8), pytest.approx(0.3)] == [first.confidence, second.confidence]


def test_a_neighbourhood_of_likely_places_comes_before_a_likelier_place_alone() -> None:
    found = ranked([0.4, 0.3, 0.25], namesakes([FAR_APART[5], LatLon(35.5, 38.0), LatLon(35.5, 38.03)]))
    assert ["C1", "C0"] == [r.place.id for r in found[:2]]


def test_one_place_by_two_names_is_counted_once() -> None:
    one, other = span_of("Saraqib"), span_of("Serakib")
    assert one is not None
    assert other is not None
    found = ranked_places(
        [(0.5, a_candidate(0), one), (0.3, a_candidate(0), other)],
        namesakes(FAR_APART[:1]),
        calibration=UNCALIBRATED,
    )
    assert ["C0"] == [r.place.id for r in found]


@given(st.permutations(range(6)))
def test_equals_come_in_the_order_that_they_are_given(order: list[int]) -> None:
    places = namesakes(FAR_APART[:6])
    span = span_of("Saraqib")
    assert span is not None
    found = ranked_places(
        [(1 / 6, a_candidate(n), span) for n in sorted(order)], places, calibration=UNCALIBRATED
    )
    assert [f"C{n}" for n in range(6)] == [r.place.id for r in found]


def test_no_candidate_means_no_answer() -> None:
    assert [] == ranked([], [])


# ------------------------------------------------------------------------------------- the model


def test_the_weights_are_one_for_each_feature() -> None:
    weights = load_weights()
    assert [set(CANDIDATE_FEATURES), set(ROLE_FEATURES), set(NONE_FEATURES), set(LIST_FEATURES)] == [
        set(weights.candidate),
        set(weights.roles),
        set(weights.none),
        set(weights.lists),
    ]


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=20))
def test_the_logarithm_of_a_sum_lies_between_the_highest_and_all_as_high(utilities: list[float]) -> None:
    import math

    top = max(utilities)
    assert top - 1e-9 <= log_sum(utilities) <= top + math.log(len(utilities)) + 1e-9


# ------------------------------------------------------------------------------ by whole answers


def opened(folder: Path, number: int) -> Gazetteer:
    """Return a gazetteer of towns called Saraqib, far apart and alike in everything else."""
    records = [
        a_record(
            id=f"C{n}",
            position=FAR_APART[n],
            population=None,
            adm1_pcode=None,
            adm2_pcode=None,
            adm3_pcode=None,
        )
        for n in range(number)
    ]
    return Gazetteer.open(a_gazetteer_file(folder / "g.gpkg", records)).with_weights(
        load_weights(), UNCALIBRATED
    )


@pytest.mark.parametrize("number", [2, 3, 5])
def test_homonyms_far_apart_share_the_probability_equally(tmp_path: Path, number: int) -> None:
    confidences = [m.confidence for m in opened(tmp_path, number).resolve("Saraqib", limit=9).matches]
    assert [pytest.approx(confidences[0])] * number == confidences
    assert sum(confidences) <= 1.0 + 1e-9


def test_confidences_of_places_far_apart_never_pass_one_together(default: Gazetteer) -> None:
    for text in (
        "rural Idlib",
        "Suran",
        "Damascus countryside",
        "Aleppo",
        "Tishrin",
        "Suran, Idlib",
        "Suran (صوران)",
    ):
        leads: list[Match] = []
        for match in default.resolve(text, limit=20).matches:
            here = match.place.position
            if all(flat_distance_m(here, m.place.position) > RIGHT_M for m in leads):
                leads.append(match)
        assert sum(m.confidence for m in leads) <= 1.0 + 1e-9, text
