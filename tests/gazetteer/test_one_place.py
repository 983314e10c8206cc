"""A text that must mean one place: by name, id or position, or an error that lists what it could be."""

import pytest

from gazetteer.errors import CoordinateError, InputError, NotFoundError
from tests.fakes import FakeGazetteer


@pytest.mark.parametrize("text", ["Kafranbel", "test:kafranbel", " test:kafranbel "])
def test_a_name_and_an_id_mean_their_place(text: str) -> None:
    assert "test:kafranbel" == FakeGazetteer().one_place(text, parameter="to").id


def test_several_places_are_an_error_that_lists_them_with_their_ids() -> None:
    with pytest.raises(InputError) as error:
        FakeGazetteer().one_place("Twin", parameter="to")
    assert "to" == error.value.parameter
    assert (
        "to 'Twin' is ambiguous: add an area, or use one of these ids: "
        "test:twin (Twin, settlement, Idleb); test:twin (Twin, settlement, Aleppo)"
    ) == str(error.value)


@pytest.mark.parametrize("text", ["Nowhere", "", "test:nothing"])
def test_no_place_is_not_found(text: str) -> None:
    with pytest.raises(NotFoundError, match=f"from '{text}' was not found: try another spelling"):
        FakeGazetteer().one_place(text, parameter="from")


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


def test_a_text_that_names_several_places_is_an_error_that_lists_them() -> None:
    with pytest.raises(InputError) as error:
        FakeGazetteer().one_place("Saraqeb + Aleppo", parameter="to")
    assert (
        "to 'Saraqeb + Aleppo' names several places: give one of them, by name or id: "
        "test:saraqeb (Saraqeb, settlement, Idleb); test:aleppo (Aleppo, settlement, Aleppo)"
    ) == str(error.value)
