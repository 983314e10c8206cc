"""Reports made up to fit on: each name stands where it is said to stand, and a seed gives the same texts."""

from itertools import pairwise

import pytest

from gazetteer import Gazetteer
from gazetteer.names import script_of
from scripts.made_reports import MadeReport, made_reports


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.open()


def made(gazetteer: Gazetteer, *, count: int = 60, seed: int = 1) -> list[MadeReport]:
    names = gazetteer.text_reader.names
    return list(made_reports(names.places, names.index, count=count, seed=seed))


def test_a_seed_gives_the_same_reports_english_and_arabic_in_turn_and_another_seed_others(
    gazetteer: Gazetteer,
) -> None:
    assert made(gazetteer) == made(gazetteer) != made(gazetteer, seed=2)
    assert ["Latn", "Arab"] * 30 == [script_of(text) for text, _ in made(gazetteer)]


def test_a_spelling_of_its_place_stands_at_each_span_and_no_slot_is_left(
    gazetteer: Gazetteer,
) -> None:
    names = gazetteer.text_reader.names
    spelled: dict[str, set[str]] = {place.id: {place.name, place.name_ar} for place in names.places}
    for number, text, _ in names.index.spellings:
        spelled[names.places[number].id].add(text)
    for text, named in made(gazetteer):
        assert named, text
        assert all(text[start:end] in spelled[place.id] for start, end, place in named), text
        assert all(a[1] <= b[0] for a, b in pairwise(named)), text
        assert not {"{", "}"} & set(text), text


def test_the_settlements_of_a_report_lie_in_one_district_and_its_governorate_holds_them(
    gazetteer: Gazetteer,
) -> None:
    for text, named in made(gazetteer):
        places = [place for _, _, place in named]
        assert len({place.admin[1].pcode for place in places if len(place.admin) > 1}) <= 1, text
        assert len({place.admin[0].pcode for place in places}) == 1, text
