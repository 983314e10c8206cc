"""Texts that must mean one point: positions, names and ids; which are none, and which look swapped."""

import pytest

from gazetteer import (
    CoordinateError,
    DistanceAnswer,
    Gazetteer,
    GazetteerError,
    InputError,
    LatLon,
    NotFoundError,
    read_point,
)
from tests.builders import a_place
from tests.fakes import FakeGazetteer

SWAPPED = "outside Syria; the order may be swapped: latitude comes first"


def test_a_pair_that_is_not_finite_is_an_error_and_a_word_that_begins_like_it_is_none() -> None:
    for text in ("nan, nan", "NaN,36.1", "35.9,inf", "-Infinity 36", "(35.9; −inf)"):
        with pytest.raises(CoordinateError, match="must be a finite number"):
            read_point(text)
    for text in ("nan", "inf", "Nan Inn", "information, 36", "nan,"):
        assert read_point(text) is None, text


def test_an_error_names_the_parameter_that_it_is_given() -> None:
    with pytest.raises(CoordinateError, match=r"near '95,36': latitude must lie .* may be swapped") as error:
        read_point("95,36", parameter="near")
    assert "near" == error.value.parameter
    assert LatLon(35, 36) == read_point("35,36", parameter="near")


def test_resolving_a_position_that_is_none_is_a_status_and_no_error(default: Gazetteer) -> None:
    for text in ("95.2, 36.1", "36.63, 200", "nan,36.1", "35.9,inf"):
        answer = default.resolve(text)
        assert ("unresolved", ()) == (answer.status, answer.matches), text


def test_a_position_that_lies_in_syria_only_when_swapped_says_so(default: Gazetteer) -> None:
    swapped = ("36.63,35.93", "36.14, 33.52", "37.16 36.20", "39.01,35.95")
    for text in (*swapped, "35.93,36.63", "36.20,37.16", "51.5,0.1", "0,120"):
        best = default.resolve(text).best
        assert best is not None, text
        assert (text in swapped) == (SWAPPED in best.reasons), text
    # Without polygons nobody knows whether a point is abroad, and nothing is claimed.
    assert ("a written position",) == default.resolve("0,0").matches[0].reasons


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


def test_an_id_that_is_offered_can_be_used_and_a_place_is_at_no_distance_from_itself(
    default: Gazetteer,
) -> None:
    assert "geonames:163913" == default.distance("Idlib", "geonames:163913").end.id
    answer = default.distance("Idlib", "geonames:169389")
    assert (0.0, 0.0, 0.0) == (answer.distance_m, answer.min_m, answer.max_m)
    assert (None, None) == (answer.as_json()["azimuth_deg"], answer.as_json()["compass"])


def test_two_places_at_one_point_may_still_be_apart() -> None:
    answer = DistanceAnswer.between(a_place(), a_place(id="other"))
    assert (0.0, 0.0, 4000.0) == (answer.distance_m, answer.min_m, answer.max_m)
    assert answer.azimuth_deg is None


def test_a_name_and_an_id_mean_their_place() -> None:
    for text in ("Kafranbel", "test:kafranbel", " test:kafranbel "):
        assert "test:kafranbel" == FakeGazetteer().one_place(text, parameter="to").id, text


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("Twin", InputError, "is ambiguous: add an area, or use one of these ids: "
         "test:twin (Twin, settlement, Idleb); test:twin (Twin, settlement, Aleppo)"),
        ("Saraqeb + Aleppo", InputError, "names several places: give one of them, by name or id: "
         "test:saraqeb (Saraqeb, settlement, Idleb); test:aleppo (Aleppo, settlement, Aleppo)"),
        ("Nowhere", NotFoundError, "was not found: try another spelling"),
        ("", NotFoundError, "was not found: try another spelling"),
        ("test:nothing", NotFoundError, "was not found: try another spelling"),
    ],
)  # fmt: skip
def test_no_place_and_several_are_an_error_that_lists_them_with_their_ids(
    text: str, error: type[GazetteerError], words: str
) -> None:
    with pytest.raises(error) as refused:
        FakeGazetteer().one_place(text, parameter="to")
    assert str(refused.value).startswith(f"to '{text}' {words}")
    if isinstance(refused.value, InputError):
        assert "to" == refused.value.parameter


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("95,36", "latitude must lie between -90 and 90, not 95; the order may be swapped"),
        ("36,181", "longitude must lie"),
        ("nan,36.1", "latitude must be a finite number"),
        ("35.9,inf", "longitude must be a finite number"),
    ],
)
def test_a_position_that_is_none_is_refused_before_it_is_looked_up(text: str, words: str) -> None:
    gazetteer = FakeGazetteer()
    with pytest.raises(CoordinateError, match=f"from '{text}': {words}") as error:
        gazetteer.one_place(text, parameter="from")
    assert ("from", []) == (error.value.parameter, gazetteer.resolved)
