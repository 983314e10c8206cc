"""Ranking: the best first, places within one answer together; the model; and the reasons that are given."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer import Gazetteer
from gazetteer.answers import Match
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
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
from gazetteer.reading.rank import RankedPlace, load_weights, ranked_places
from gazetteer.reading.reasons import explain
from gazetteer.reading.spans import Span, span_of
from gazetteer.values import AdminUnit, Place
from tests.builders import a_gazetteer_file, a_place, a_record

IDLIB = AdminUnit(1, "SY07", "Idleb", "إدلب")
FAR_APART = [LatLon(32.5 + n * 0.5, 36.0) for n in range(10)]
PROBABILITIES = st.lists(st.floats(0.1, 1.0), min_size=1, max_size=8).map(
    lambda all_: [p / sum(all_) for p in all_]
)


def a_candidate(place: int, **changes: Any) -> Candidate:
    return Candidate(place, place, "exact", 1.0, 0.0, 1.0, 4, 0, 0, 0, 2.5)._replace(**changes)


def a_span(text: str) -> Span:
    span = span_of(text)
    assert span is not None
    return span


def namesakes(positions: Sequence[LatLon]) -> list[Place]:
    return [a_place(id=f"C{n}", position=position) for n, position in enumerate(positions)]


def ranked(
    probabilities: Sequence[float], places: Sequence[Place], *, calibration: Calibration = UNCALIBRATED
) -> list[RankedPlace]:
    found = [(p, a_candidate(n), a_span("Saraqib")) for n, p in enumerate(probabilities)]
    found.sort(key=lambda item: -item[0])
    return ranked_places(found, places, calibration=calibration)


@given(PROBABILITIES)
def test_the_best_comes_first_with_its_own_probability_and_all_are_one_at_most_when_calibrated(
    probabilities: list[float],
) -> None:
    places = namesakes(FAR_APART[: len(probabilities)])
    found = ranked(probabilities, places)
    assert [pytest.approx(p) for p in sorted(probabilities, reverse=True)] == [r.confidence for r in found]
    confidences = [r.confidence for r in ranked(probabilities, places, calibration=load_calibration())]
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
    named = [(0.5, a_candidate(0), a_span("Saraqib")), (0.3, a_candidate(0), a_span("Serakib"))]
    found = ranked_places(named, namesakes(FAR_APART[:1]), calibration=UNCALIBRATED)
    assert ["C0"] == [r.place.id for r in found]


def test_equals_come_in_the_order_that_they_are_given_and_none_are_no_answer() -> None:
    found = ranked([1 / 6] * 6, namesakes(FAR_APART[:6]))
    assert [f"C{n}" for n in range(6)] == [r.place.id for r in found]
    assert [] == ranked([], [])


# ------------------------------------------------------------------------------------- the model


def test_the_weights_are_one_for_each_feature() -> None:
    weights = load_weights()
    names = (CANDIDATE_FEATURES, ROLE_FEATURES, NONE_FEATURES, LIST_FEATURES)
    groups = (weights.candidate, weights.roles, weights.none, weights.lists)
    assert [*map(set, names)] == [*map(set, groups)]


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=20))
def test_the_logarithm_of_a_sum_lies_between_the_highest_and_all_as_high(utilities: list[float]) -> None:
    top = max(utilities)
    assert top - 1e-9 <= log_sum(utilities) <= top + math.log(len(utilities)) + 1e-9


# ------------------------------------------------------------------------------ by whole answers


def test_homonyms_far_apart_share_the_probability_equally(tmp_path: Path) -> None:
    nowhere: dict[str, Any] = dict.fromkeys(("population", "adm1_pcode", "adm2_pcode", "adm3_pcode"))
    for number in (2, 3, 5):
        records = [a_record(id=f"C{n}", position=FAR_APART[n], **nowhere) for n in range(number)]
        with Gazetteer.open(a_gazetteer_file(tmp_path / f"{number}.gpkg", records)) as opened:
            answer = opened.with_weights(load_weights(), UNCALIBRATED).resolve("Saraqib", limit=9)
        confidences = [m.confidence for m in answer.matches]
        assert [pytest.approx(confidences[0])] * number == confidences
        assert sum(confidences) <= 1.0 + 1e-9


def test_confidences_of_places_far_apart_never_pass_one_together(default: Gazetteer) -> None:
    for text in ("rural Idlib", "Suran", "Damascus countryside", "Aleppo", "Suran, Idlib", "Suran (صوران)"):
        leads: list[Match] = []
        for match in default.resolve(text, limit=20).matches:
            here = match.place.position
            if all(flat_distance_m(here, m.place.position) > RIGHT_M for m in leads):
                leads.append(match)
        assert sum(m.confidence for m in leads) <= 1.0 + 1e-9, text


# -------------------------------------------------------------------------------------- reasons


def reasons_of(
    text: str = "Saraqeb",
    *,
    method: str = "skeleton",
    areas: tuple[frozenset[str], ...] = (),
    place: dict[str, object] | None = None,
    stands_in: bool = False,
    **changes: Any,
) -> tuple[str, ...]:
    candidate = a_candidate(0, **{"method": method, "similarity": 0.9, **changes})
    found = a_place(**{"population": None, "admin": (IDLIB,), **(place or {})})
    return explain(candidate, a_span(text), found, "Saraqib", areas, stands_in=stands_in)


def test_how_the_spelling_was_found_comes_first() -> None:
    for method, words in (
        ("exact", "spelled 'Saraqib' in the gazetteer"),
        ("skeleton", "skeleton s-r-k-b equal to that of 'Saraqib', sounds 90% alike"),
        ("fuzzy", "nearest to 'Saraqib', sounds 90% alike"),
    ):
        assert words == reasons_of(method=method)[0], method


def test_the_place_stated_round_an_unknown_name_says_so_before_all_else() -> None:
    first, *_ = reasons_of("Saraqib", stands_in=True)
    assert "the name itself is not in the gazetteer; this is the place stated round it, 'Saraqib'" == first


def test_whether_it_lies_in_the_given_area_is_said_and_nothing_twice() -> None:
    assert "in the given area" in reasons_of(areas=(frozenset({"SY07"}),))
    assert "not in the given area" in reasons_of(areas=(frozenset({"SY02"}),))
    said = reasons_of(areas=(frozenset({"SY07"}), frozenset({"SY0703", "SY07"})))
    assert len(set(said)) == len(said)


def test_a_modifier_that_differs_is_said() -> None:
    assert "but upper is not in this spelling" in reasons_of("Upper Hass", modifiers_missing=1)
    extra = "but this spelling tells a namesake apart (upper, east, a number) and the text does not"
    assert extra in reasons_of(modifiers_extra=1)
    assert "the same upper/lower, east/west, great/small or number" in reasons_of(modifiers_shared=1)


def test_the_kind_asked_for_and_the_kind_found_are_said_in_plain_words() -> None:
    said = reasons_of("Menagh air base", place={"kind": PlaceKind.MILITARY_BASE})
    assert any("air base was asked for, this is a military base" in reason for reason in said)


def test_inhabitants_are_said_where_they_are_known() -> None:
    assert "32,495 inhabitants" == reasons_of(place={"population": 32_495})[-1]
    assert not any("inhabitants" in reason for reason in reasons_of())
