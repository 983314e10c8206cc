"""Texts that list places: all of them are the answer, or none is."""

import pytest

from gazetteer import Gazetteer
from gazetteer.answers import MIN_CONFIDENCE

SARAQIB, IDLIB, AZAZ, ALEPPO = "geonames:164816", "geonames:169389", "geonames:172082", "geonames:170063"
MAARAT, KAFRANBEL = "geonames:167611", "geonames:168661"


def places_of(gazetteer: Gazetteer, text: str) -> list[str]:
    return [match.place.id for match in gazetteer.resolve(text).places]


@pytest.mark.parametrize(("text", "places"), [
    ("Saraqib; Kafranbel", [SARAQIB, KAFRANBEL]), ("Saraqib and Kafranbel", [SARAQIB, KAFRANBEL]),
    ("Saraqib & Kafranbel", [SARAQIB, KAFRANBEL]), ("Saraqib + Kafranbel", [SARAQIB, KAFRANBEL]),
    ("Saraqib or Kafranbel", [SARAQIB, KAFRANBEL]), ("Saraqib, and Kafranbel", [SARAQIB, KAFRANBEL]),
    ("Saraqib as well as Kafranbel", [SARAQIB, KAFRANBEL]), ("Saraqib, Kafranbel", [SARAQIB, KAFRANBEL]),
    ("Saraqib/Kafranbel", [SARAQIB, KAFRANBEL]), ("Saraqib\nKafranbel", [SARAQIB, KAFRANBEL]),
    ("#Saraqib #Kafranbel", [SARAQIB, KAFRANBEL]),
    ("Saraqib, Kafranbel and Maarat al-Numan", [SARAQIB, KAFRANBEL, MAARAT]),
    ("Saraqib, Kafranbel, and Maarat al-Numan", [SARAQIB, KAFRANBEL, MAARAT]),
    ("towns of Saraqib and Kafranbel", [SARAQIB, KAFRANBEL]), ("سراقب وكفرنبل", [SARAQIB, KAFRANBEL]),
    ("سراقب و كفرنبل", [SARAQIB, KAFRANBEL]), ("سراقب، كفرنبل", [SARAQIB, KAFRANBEL]),
    ("بلدتي سراقب وكفرنبل", [SARAQIB, KAFRANBEL]), ("بلدتا سراقب وكفرنبل", [SARAQIB, KAFRANBEL]),
    ("مدينتي إدلب وسراقب", [IDLIB, SARAQIB]), ('["Saraqib", "Kafranbel"]', [SARAQIB, KAFRANBEL]),
    ('["سراقب"، "كفرنبل"]', [SARAQIB, KAFRANBEL]), ("Idlib and Aleppo", [IDLIB, ALEPPO]),
    ("حلب وإدلب", [ALEPPO, IDLIB]),
])  # fmt: skip
def test_every_place_of_a_list_is_an_answer_in_the_order_of_the_text(
    default: Gazetteer, text: str, places: list[str]
) -> None:
    answer = default.resolve(text)
    assert ("several", places, None) == (answer.status, places_of(default, text), answer.best)
    assert all(match.confidence >= MIN_CONFIDENCE for match in answer.places)


@pytest.mark.parametrize("text", [
    "Saraqib and Kafranbel, Idlib", "Saraqib and Kafranbel in Idlib", "Idlib: Saraqib, Kafranbel",
    "Saraqib, Kafranbel (Idlib)", "Idlib - Saraqib and Kafranbel", "سراقب وكفرنبل في ريف إدلب",
    "إدلب: سراقب وكفرنبل",
])  # fmt: skip
def test_an_area_beside_a_list_is_shared_by_its_places_and_none_of_them(
    default: Gazetteer, text: str
) -> None:
    assert [SARAQIB, KAFRANBEL] == places_of(default, text)


def test_a_shared_area_decides_between_homonyms(default: Gazetteer) -> None:
    assert ["geonames:163913", AZAZ] == places_of(default, "Suran and Azaz, Aleppo")


@pytest.mark.parametrize(
    "text", ["Saraqib and سراقب", "Saraqib; Saraqib", "Saraqib and Saraqeb", "Saraqib, Saraqib and Saraqib"]
)
def test_one_place_named_twice_is_one_place(default: Gazetteer, text: str) -> None:
    answer = default.resolve(text)
    assert ("resolved", SARAQIB, ()) == (answer.status, answer.matches[0].place.id, answer.places)


@pytest.mark.parametrize(("text", "unknown"), [
    ("Saraqib and Xyzzyville", "Xyzzyville"), ("Xyzzyville; Saraqib", "Xyzzyville"),
    ("Saraqib, Xyzzyville and Kafranbel", "Xyzzyville"),
])  # fmt: skip
def test_a_list_with_a_place_that_is_not_known_is_ambiguous_and_says_which(
    default: Gazetteer, text: str, unknown: str
) -> None:
    answer = default.resolve(text)
    assert ("ambiguous", (), (unknown,)) == (answer.status, answer.places, answer.unread)
    assert all(match.confidence < MIN_CONFIDENCE for match in answer.matches)


def test_a_list_with_a_homonym_that_nothing_decides_is_ambiguous(default: Gazetteer) -> None:
    answer = default.resolve("Suran and Kafranbel")
    assert ("ambiguous", ()) == (answer.status, answer.places)


def test_the_places_are_the_first_matches_and_the_limit_is_for_others(default: Gazetteer) -> None:
    for limit in (1, 2, 50):
        answer = default.resolve("Saraqib; Kafranbel; Maarat al-Numan", limit=limit)
        assert answer.places == answer.matches[:3]
        assert len(answer.matches) <= 3 + limit


@pytest.mark.parametrize(
    "text", ["Saraqib and Kafranbel", "Saraqib; Kafranbel", "Idlib: Saraqib, Kafranbel", "سراقب وكفرنبل"]
)
def test_the_places_of_a_list_are_no_areas_of_each_other(default: Gazetteer, text: str) -> None:
    said = [reason for match in default.resolve(text).places for reason in match.reasons]
    assert [] == [reason for reason in said if "not in the given area" in reason or "only some" in reason]


@pytest.mark.parametrize(
    "text", ["Idlib and Aleppo governorates", "Idlib and Aleppo provinces", "محافظتي إدلب وحلب"]
)
def test_areas_in_a_list_are_no_towns(default: Gazetteer, text: str) -> None:
    assert [] == [m.place.id for m in default.resolve(text).places if m.place.kind.group != "admin"]


def test_a_town_in_a_list_is_no_area_though_its_district_has_its_name(default: Gazetteer) -> None:
    for text in ("Zabadani, Madaya, Serghaya", "Zabadani; Madaya; Serghaya"):
        assert ["Az Zabadānī", "Maḑāyā", "Sirghāyā"] == [m.place.name for m in default.resolve(text).places]
    assert 2 == len(default.resolve("Douma\nHarasta").places)


def test_a_town_that_ends_a_list_may_be_its_area_and_nothing_is_accepted(default: Gazetteer) -> None:
    assert "ambiguous" == default.resolve("Madaya, Serghaya, Zabadani").status


def test_a_name_that_a_list_can_not_use_is_told_and_opens_it(default: Gazetteer) -> None:
    answer = default.resolve("Idlib: Saraqib, Qwrtzy, Kafranbel")
    assert answer.status not in ("resolved", "several")
    assert "Qwrtzy" in answer.unread
