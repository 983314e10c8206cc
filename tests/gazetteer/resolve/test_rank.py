"""Ranking: homonyms share the probability, best first, the same every time."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer import Gazetteer
from gazetteer.places import AdminUnit, Place
from gazetteer.resolve.candidates import Candidate
from gazetteer.resolve.features import (
    FEATURES,
    NONE_FEATURES,
    Evidence,
    Surroundings,
    feature_rows,
    flat_distance_m,
    none_row,
)
from gazetteer.resolve.parse import NamePart, parse
from gazetteer.resolve.rank import SAME_ANSWER_M, Ranked, Weights, load_weights, rank
from gazetteer.results import Match
from gazetteer.values import LatLon
from tests.builders import a_place

#: The trained model without its calibration, so that probabilities can be added up.
RAW = Weights(load_weights().candidate, load_weights().none, ((0.0, 0.0), (1.0, 1.0)))
FAR_APART = [LatLon(32.5 + n * 0.5, 36.0) for n in range(10)]
IDLIB, HOMS = AdminUnit(1, "SY07", "Idleb", "إدلب"), AdminUnit(1, "SY04", "Homs", "حمص")


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


def namesakes(positions: Sequence[LatLon], **changes: object) -> list[Place]:
    return [
        a_place(**{"id": f"C{n}", "position": position, "population": None, **changes})
        for n, position in enumerate(positions)
    ]


def evidence_of(
    candidates: Sequence[Candidate], surroundings: Surroundings | None = None, text: str = "Saraqib"
) -> Evidence:
    part: NamePart = parse(text).parts[0]
    return Evidence((part,), ((part, tuple(candidates)),), surroundings or Surroundings())


def ranked_of(
    places: Sequence[Place], surroundings: Surroundings | None = None
) -> tuple[list[Ranked], float]:
    return rank(evidence_of([a_candidate(n) for n in range(len(places))], surroundings), places, weights=RAW)


@pytest.mark.parametrize("number", [2, 3, 5])
def test_homonyms_far_apart_share_the_probability_equally(number: int) -> None:
    ranked, none = ranked_of(namesakes(FAR_APART[:number]))
    assert [pytest.approx((1.0 - none) / number)] * number == [r.confidence for r in ranked]
    assert all(r.confidence <= 1.0 / number for r in ranked)


@given(st.lists(st.floats(0.3, 1.0), min_size=1, max_size=8))
def test_probabilities_of_places_far_apart_and_of_none_add_up_to_one_but_for_negligible_ones(
    likeness: list[float],
) -> None:
    candidates = [a_candidate(n, similarity=s, method="skeleton") for n, s in enumerate(likeness)]
    ranked, none = rank(evidence_of(candidates), namesakes(FAR_APART[: len(likeness)]), weights=RAW)
    # A candidate less likely than three in a thousand is left out.
    assert 1.0 == pytest.approx(none + sum(r.confidence for r in ranked), abs=0.003 * len(likeness))
    assert all(0.0 <= r.confidence <= 1.0 for r in ranked)


@given(st.lists(st.floats(0.3, 1.0), min_size=1, max_size=8))
def test_the_best_comes_first(likeness: list[float]) -> None:
    candidates = [a_candidate(n, similarity=s, method="skeleton") for n, s in enumerate(likeness)]
    for weights in (RAW, load_weights()):
        ranked, _ = rank(evidence_of(candidates), namesakes(FAR_APART[: len(likeness)]), weights=weights)
        confidences = [r.confidence for r in ranked]
        assert sorted(confidences, reverse=True) == confidences
        assert all(0.0 <= c <= 1.0 for c in confidences)


def test_places_within_five_kilometres_are_one_answer() -> None:
    ranked, none = ranked_of(namesakes([LatLon(35.0, 36.0), LatLon(35.0, 36.03)]))
    assert 1.0 - none == pytest.approx(ranked[0].confidence)


def test_one_place_by_two_names_is_counted_once() -> None:
    part = parse("Saraqib").parts[0]
    evidence = Evidence(
        (part,), ((part, (a_candidate(0),)), (part, (a_candidate(0, spelling=1),))), Surroundings()
    )
    ranked, _ = rank(evidence, namesakes(FAR_APART[:1]), weights=RAW)
    assert ["C0"] == [r.place.id for r in ranked]
    assert ranked[0].confidence <= 1.0


@given(st.permutations(range(6)))
def test_the_order_of_candidates_does_not_matter(order: list[int]) -> None:
    places = namesakes(FAR_APART[:6])
    alike = [a_candidate(n, similarity=1.0 - n // 2 / 10, method="skeleton") for n in range(6)]
    expected, _ = rank(evidence_of(alike), places, weights=RAW)
    found, _ = rank(evidence_of([alike[n] for n in order]), places, weights=RAW)
    assert [r.place.id for r in expected] == [r.place.id for r in found]
    assert [pytest.approx(r.confidence) for r in expected] == [r.confidence for r in found]


def test_no_candidate_means_surely_none() -> None:
    assert ([], 1.0) == rank(evidence_of([]), [], weights=RAW)


def test_the_given_area_decides_between_homonyms() -> None:
    places = [*namesakes(FAR_APART[:1], admin=(IDLIB,)), *namesakes(FAR_APART[:2], admin=(HOMS,))[1:]]
    for code, expected in (("SY07", "C0"), ("SY04", "C1")):
        ranked, _ = ranked_of(places, Surroundings((frozenset({code}),)))
        assert expected == ranked[0].place.id
        assert ranked[0].confidence > ranked[1].confidence


def test_a_more_alike_spelling_is_likelier() -> None:
    alike = [
        a_candidate(0, similarity=0.8, method="skeleton"),
        a_candidate(1, similarity=0.99, method="skeleton"),
    ]
    ranked, _ = rank(evidence_of(alike), namesakes(FAR_APART[:2]), weights=RAW)
    assert ["C1", "C0"] == [r.place.id for r in ranked]


def test_every_fact_is_a_known_feature_and_a_small_number() -> None:
    evidence = evidence_of(
        [a_candidate(0), a_candidate(1, method="fuzzy", similarity=0.5)], text="Upper Hass camp 2"
    )
    rows = feature_rows(evidence, namesakes(FAR_APART[:2]))
    none = none_row(evidence)
    assert set(NONE_FEATURES) == set(none)
    assert [set()] * 2 == [set(row) - set(FEATURES) for row in rows]
    assert all(-1.0 <= value <= 6.0 for row in (*rows, none) for value in row.values())


def test_the_weights_are_one_for_each_feature_and_the_calibration_rises() -> None:
    weights = load_weights()
    assert (len(FEATURES), len(NONE_FEATURES)) == (len(weights.candidate), len(weights.none))
    assert sorted(weights.calibration) == list(weights.calibration)
    calibrated = [weights.calibrated(n / 1000) for n in range(1001)]
    assert sorted(calibrated) == calibrated
    assert 0.0 <= calibrated[0] <= calibrated[-1] <= 1.0


def test_the_calibration_is_linear_between_its_points_and_flat_beyond() -> None:
    weights = Weights({}, {}, ((0.2, 0.1), (0.6, 0.5)))
    assert [0.1, 0.1, pytest.approx(0.3), 0.5, 0.5] == [
        weights.calibrated(x) for x in (0.0, 0.2, 0.4, 0.6, 1.0)
    ]


def test_confidences_of_places_far_apart_never_pass_one_together() -> None:
    with Gazetteer.open() as gazetteer:
        for text in ("rural Idlib", "Suran", "Damascus countryside", "Aleppo", "Tishrin"):
            leads: list[Match] = []
            for match in gazetteer.resolve(text, limit=20).matches:
                here = match.place.position
                if all(flat_distance_m(here, m.place.position) > SAME_ANSWER_M for m in leads):
                    leads.append(match)
            assert sum(m.confidence for m in leads) <= 1.0 + 1e-9, text
