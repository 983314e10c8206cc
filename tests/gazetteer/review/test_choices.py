"""One vocabulary of decisions: what each form means, and what is refused with a remedy."""

import pytest

from gazetteer import Gazetteer
from gazetteer.errors import InputError
from gazetteer.review.choices import choose


@pytest.fixture(scope="module")
def gazetteer(default: Gazetteer) -> Gazetteer:
    return default


CANDIDATES = ("geonames:163915", "35.97407, 36.63528 within 8191 m")


def test_each_form_means_one_place(gazetteer: Gazetteer) -> None:
    for text, place_id in (
        ("geonames:163915", "geonames:163915"),
        ("sy-07", "SY07"),
        ("1", "geonames:163915"),
        ("٢", "point:35.97407,36.63528"),
        ("2.0", "point:35.97407,36.63528"),
        ("ACCEPT", "geonames:163915"),
        ("Saraqeb, Idlib", "geonames:164816"),
        ("سراقب", "geonames:164816"),
    ):
        match = choose(gazetteer, text, CANDIDATES)
        assert match is not None and (place_id, "decision") == (match.place.id, match.method), text
    assert choose(gazetteer, " None ") is None


def test_a_position_has_its_areas_and_the_radius_that_is_written_or_that_its_digits_leave(
    gazetteer: Gazetteer,
) -> None:
    for text, radius_m in (
        ("35.93, 36.63", 1432),
        ("35.9, 36.63", 1433),  # a zero was left out
        ("35.9, 36.6", 14326),
        ("35.93064, 36.63393", 100),
        ("N 35°55.8', E 36°37.8'", 239),
        ("POINT(36.634 35.931)", 143),
        ("https://maps.example.org/@35.93064,36.63393,15z", 100),
        ("35.93, 36.63 within 500 m", 500),
        ("35.93, 36.63, within 2 km", 2000),
        ("35.93, 36.63 ± 50 m", 50),
    ):
        match = choose(gazetteer, text)
        assert match is not None and (radius_m, "SY07") == (
            round(match.uncertainty_m), match.place.pcodes[0],
        ), text  # fmt: skip


def test_what_means_no_one_place_is_refused_with_a_remedy(gazetteer: Gazetteer) -> None:
    forms = "an id, the number of a candidate, accept, a position, a name with its area, or none"
    for text, said in (
        ("geonames:1", f"has no place with the id 'geonames:1': write {forms}"),
        ("C0000", "has no place with the id 'C0000'"),
        ("0", "there is no candidate 0: 1 to 2 are listed"),
        ("3", "there is no candidate 3: 1 to 2 are listed"),
        ("unknown", f"has no place called 'unknown': write {forms}"),
        ("Kafr Nowhere, Idlib", "has no place called"),
        ("Saraqib and Binnish", "names several places: decide for one of them"),
        ("Surran, Azaz", "no place is spelled|has no place called"),
        ("136.6, 35.9", "the order may be swapped"),
        ("53.93, 36.63", "lies outside Syria: correct it, or write none"),
        ("35.93, 36.63 within 5", "'5' is not a length"),
        ("x" * 501, f"no longer than 500 characters: write {forms}"),
        ("35.93N, 36.63N", "is no position: both are latitudes"),
    ):
        with pytest.raises(InputError, match=said):
            choose(gazetteer, text, CANDIDATES)
    for text in ("accept", "1"):
        with pytest.raises(InputError, match="needs a candidate, and none is listed"):
            choose(gazetteer, text)
    with pytest.raises(InputError, match=r"add its area, or write one of these ids: geonames:163915 \("):
        choose(gazetteer, "Suran")
