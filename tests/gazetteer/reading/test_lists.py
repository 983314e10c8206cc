"""Texts that list places: all of them are the answer, or none is."""

from gazetteer import Gazetteer
from gazetteer.answers import MIN_CONFIDENCE

SARAQIB, IDLIB, AZAZ, ALEPPO = "geonames:164816", "geonames:169389", "geonames:172082", "geonames:170063"
MAARAT, KAFRANBEL = "geonames:167611", "geonames:168661"


def places_of(gazetteer: Gazetteer, text: str) -> list[str]:
    return [match.place.id for match in gazetteer.resolve(text).places]


def test_every_place_of_a_list_is_an_answer_in_the_order_of_the_text(default: Gazetteer) -> None:
    for places, texts in (
        ([SARAQIB, KAFRANBEL], (
            "Saraqib; Kafranbel", "Saraqib and Kafranbel", "Saraqib & Kafranbel", "Saraqib + Kafranbel",
            "Saraqib or Kafranbel", "Saraqib, and Kafranbel", "Saraqib as well as Kafranbel",
            "Saraqib, Kafranbel", "Saraqib/Kafranbel", "Saraqib\nKafranbel", "#Saraqib #Kafranbel",
            "towns of Saraqib and Kafranbel", '["Saraqib", "Kafranbel"]', '["سراقب"، "كفرنبل"]',
            "سراقب وكفرنبل", "سراقب و كفرنبل", "سراقب، كفرنبل", "بلدتي سراقب وكفرنبل", "بلدتا سراقب وكفرنبل",
        )),
        ([SARAQIB, KAFRANBEL, MAARAT], (
            "Saraqib, Kafranbel and Maarat al-Numan", "Saraqib, Kafranbel, and Maarat al-Numan",
        )),
        ([IDLIB, SARAQIB], ("مدينتي إدلب وسراقب",)),
        ([IDLIB, ALEPPO], ("Idlib and Aleppo",)),
        ([ALEPPO, IDLIB], ("حلب وإدلب",)),
    ):  # fmt: skip
        for text in texts:
            answer = default.resolve(text)
            assert ("several", places, None) == (answer.status, places_of(default, text), answer.best), text
            assert all(match.confidence >= MIN_CONFIDENCE for match in answer.places), text


def test_an_area_beside_a_list_is_shared_by_its_places_and_none_of_them(default: Gazetteer) -> None:
    for text in (
        "Saraqib and Kafranbel, Idlib", "Saraqib and Kafranbel in Idlib", "Idlib: Saraqib, Kafranbel",
        "Saraqib, Kafranbel (Idlib)", "Idlib - Saraqib and Kafranbel", "سراقب وكفرنبل في ريف إدلب",
        "إدلب: سراقب وكفرنبل",
    ):  # fmt: skip
        assert [SARAQIB, KAFRANBEL] == places_of(default, text), text
    # It decides between homonyms, too.
    assert ["geonames:163913", AZAZ] == places_of(default, "Suran and Azaz, Aleppo")


def test_one_place_named_twice_is_one_place(default: Gazetteer) -> None:
    for text in (
        "Saraqib and سراقب", "Saraqib; Saraqib", "Saraqib and Saraqeb", "Saraqib, Saraqib and Saraqib",
    ):  # fmt: skip
        answer = default.resolve(text)
        assert ("resolved", SARAQIB, ()) == (answer.status, answer.matches[0].place.id, answer.places), text


def test_a_list_with_a_place_that_is_not_known_is_ambiguous_and_says_which(default: Gazetteer) -> None:
    for text in ("Saraqib and Xyzzyville", "Xyzzyville; Saraqib", "Saraqib, Xyzzyville and Kafranbel"):
        answer = default.resolve(text)
        assert ("ambiguous", (), ("Xyzzyville",)) == (answer.status, answer.places, answer.unread), text
        assert all(match.confidence < MIN_CONFIDENCE for match in answer.matches), text


def test_a_list_is_ambiguous_where_a_homonym_or_an_area_at_its_end_may_be_meant(default: Gazetteer) -> None:
    for text in ("Suran and Kafranbel", "Madaya, Serghaya, Zabadani"):
        answer = default.resolve(text)
        assert ("ambiguous", ()) == (answer.status, answer.places), text


def test_the_places_are_the_first_matches_and_the_limit_is_for_others(default: Gazetteer) -> None:
    for limit in (1, 2, 50):
        answer = default.resolve("Saraqib; Kafranbel; Maarat al-Numan", limit=limit)
        assert answer.places == answer.matches[:3]
        assert len(answer.matches) <= 3 + limit


def test_the_places_of_a_list_are_no_areas_of_each_other(default: Gazetteer) -> None:
    for text in (
        "Saraqib and Kafranbel", "Saraqib; Kafranbel", "Idlib: Saraqib, Kafranbel", "سراقب وكفرنبل",
    ):  # fmt: skip
        said = str([match.reasons for match in default.resolve(text).places])
        assert [False] * 2 == [words in said for words in ("not in the given area", "only some")], text


def test_areas_in_a_list_are_no_towns(default: Gazetteer) -> None:
    for text in ("Idlib and Aleppo governorates", "Idlib and Aleppo provinces", "محافظتي إدلب وحلب"):
        assert [] == [m.place.id for m in default.resolve(text).places if m.place.kind.group != "admin"], text


def test_a_town_in_a_list_is_no_area_though_its_district_has_its_name(default: Gazetteer) -> None:
    for text in ("Zabadani, Madaya, Serghaya", "Zabadani; Madaya; Serghaya"):
        assert ["Az Zabadānī", "Maḑāyā", "Sirghāyā"] == [m.place.name for m in default.resolve(text).places]
    assert 2 == len(default.resolve("Douma\nHarasta").places)


def test_a_name_that_a_list_can_not_use_is_told_and_opens_it(default: Gazetteer) -> None:
    answer = default.resolve("Idlib: Saraqib, Qwrtzy, Kafranbel")
    assert answer.status not in ("resolved", "several")
    assert "Qwrtzy" in answer.unread
