"""Written positions, from the text to the answer: which are none, and which look swapped."""

from collections.abc import Iterator

import pytest

from gazetteer import CoordinateError, DistanceAnswer, Gazetteer, InputError, LatLon, read_point
from tests.builders import a_place

SWAPPED = "outside Syria; the order may be swapped: latitude comes first"


@pytest.fixture(scope="module")
def default() -> Iterator[Gazetteer]:
    with Gazetteer.open() as gazetteer:
        yield gazetteer


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("nan, nan", "latitude"),
        ("NaN,36.1", "latitude"),
        ("35.9,inf", "longitude"),
        ("-Infinity 36", "latitude"),
        ("(35.9; −inf)", "longitude"),
    ],
)
def test_a_pair_that_is_not_finite_is_an_error_and_not_a_name(text: str, parameter: str) -> None:
    with pytest.raises(CoordinateError, match="must be a finite number") as error:
        read_point(text)
    assert parameter == error.value.parameter


@pytest.mark.parametrize("text", ["nan", "inf", "Nan Inn", "information, 36", "nan,"])
def test_words_that_only_begin_like_it_are_no_position(text: str) -> None:
    assert read_point(text) is None


def test_an_error_names_the_parameter_that_it_is_given() -> None:
    with pytest.raises(CoordinateError, match=r"near '95,36': latitude must lie .* may be swapped") as error:
        read_point("95,36", parameter="near")
    assert "near" == error.value.parameter
    assert LatLon(35, 36) == read_point("35,36", parameter="near")


@pytest.mark.parametrize("text", ["95.2, 36.1", "nan,36.1", "35.9,inf"])
def test_resolving_a_position_that_is_none_is_a_status_and_no_error(default: Gazetteer, text: str) -> None:
    answer = default.resolve(text)
    assert ("unresolved", ()) == (answer.status, answer.matches)


@pytest.mark.parametrize("text", ["36.63,35.93", "36.14, 33.52", "37.16 36.20", "39.01,35.95"])
def test_a_position_that_lies_in_syria_only_when_swapped_says_so(default: Gazetteer, text: str) -> None:
    best = default.resolve(text).best
    assert best is not None
    assert SWAPPED in best.reasons


@pytest.mark.parametrize("text", ["35.93,36.63", "36.20,37.16", "51.5,0.1", "0,120"])
def test_no_swap_is_supposed_where_it_would_not_help(default: Gazetteer, text: str) -> None:
    best = default.resolve(text).best
    assert best is not None
    assert SWAPPED not in best.reasons


@pytest.mark.parametrize(
    ("start", "end", "parameter", "words"),
    [
        ("95,36", "Idlib", "from", "the order may be swapped"),
        ("Idlib", "95,36", "to", "the order may be swapped"),
        ("nan,36.1", "Idlib", "from", "finite number"),
        ("Idlib", "35.9,inf", "to", "finite number"),
        ("Suran", "Idlib", "from", "is ambiguous: .*geonames:163913"),
    ],
)
def test_a_distance_names_the_end_that_can_not_be_used(
    default: Gazetteer, start: str, end: str, parameter: str, words: str
) -> None:
    with pytest.raises(InputError, match=f"^{parameter} '.*{words}") as error:
        default.distance(start, end)
    assert parameter == error.value.parameter


def test_an_id_that_is_offered_can_be_used(default: Gazetteer) -> None:
    assert "geonames:163913" == default.distance("Idlib", "geonames:163913").end.id


def test_a_place_is_at_no_distance_and_in_no_direction_from_itself(default: Gazetteer) -> None:
    answer = default.distance("Idlib", "geonames:169389")
    assert (0.0, 0.0, 0.0) == (answer.distance_m, answer.min_m, answer.max_m)
    assert (None, None) == (answer.as_json()["azimuth_deg"], answer.as_json()["compass"])


def test_two_places_at_one_point_may_still_be_apart() -> None:
    answer = DistanceAnswer.between(a_place(), a_place(id="other"))
    assert (0.0, 0.0, 4000.0, None) == (
        answer.distance_m, answer.min_m, answer.max_m, answer.azimuth_deg,
    )  # fmt: skip
