"""What several names are: areas in any order, a second spelling, a contradicting area, a list of places."""

from itertools import permutations

from gazetteer import Gazetteer
from gazetteer.answers import MIN_CONFIDENCE

SARAQIB, IDLIB, AZAZ, ALEPPO = "geonames:164816", "geonames:169389", "geonames:172082", "geonames:170063"
MAARAT, KAFRANBEL = "geonames:167611", "geonames:168661"
SURAN_ALEPPO, SURAN_HAMA = "geonames:163913", "geonames:163915"


def answered(gazetteer: Gazetteer, text: str) -> tuple[str, str, bool]:
    """Return the text, the first place and whether it is accepted."""
    answer = gazetteer.resolve(text)
    first = answer.matches[0].place.id if answer.matches else "nothing"
    return text, first, answer.status == "resolved"


def test_nested_areas_may_stand_in_any_order(default: Gazetteer) -> None:
    nested = ("Saraqib", "Idlib district", "Idlib governorate", "Syria")
    for names, signs, place_id in (
        (nested, (", ", " - ", "\n"), SARAQIB),
        (("Azaz", "Aleppo", "Syria"), (", ",), AZAZ),
        (("سراقب", "محافظة إدلب", "سوريا"), ("، ",), SARAQIB),
    ):
        for text in (sign.join(order) for sign in signs for order in permutations(names)):
            assert (text, place_id, True) == answered(default, text)


def test_one_place_in_two_scripts_or_spellings_is_one_place(default: Gazetteer) -> None:
    for text in (
        "Saraqib سراقب, Idlib", "Idlib, سراقب Saraqib", "Saraqib, سراقب, Idlib, إدلب",
        "Saraqib, Idlib سراقب، إدلب", "Saraqib / Serakib", "Saraqib (Saraqeb)", "Saraqib, Saraqib",
        "Saraqib - Saraqeb", "Saraqib and سراقب", "Saraqib; Saraqib", "Saraqib and Saraqeb",
        "Saraqib, Saraqib and Saraqib",
    ):  # fmt: skip
        assert (text, SARAQIB, True) == answered(default, text)


def test_an_area_in_the_text_decides_between_homonyms(default: Gazetteer) -> None:
    for place_id, texts in {
        SURAN_ALEPPO: ("Suran, Aleppo", "Aleppo - Suran", "Suran (Azaz)", "صوران - حلب"),
        SURAN_HAMA: ("Suran, Hama", "Hama: Suran", "صوران بريف حماة"),
    }.items():
        for text in texts:
            first, *others = default.resolve(text).matches
            assert (text, place_id) == (text, first.place.id)
            surans = [m for m in others if m.place.id in {SURAN_ALEPPO, SURAN_HAMA}]
            assert all(match.confidence < 0.1 for match in surans), text


def test_a_place_that_the_stated_area_contradicts_is_a_candidate_and_never_accepted(
    default: Gazetteer,
) -> None:
    for text, hint in (
        ("Saraqib", "Dar'a"), ("Saraqib", "Damascus governorate"), ("Saraqib in Dar'a governorate", ""),
        ("Saraqib, Homs governorate", ""), ("محافظة درعا - سراقب", ""), ("Saraqib, Idlib", "Dar'a"),
        ("Saraqib", "SY06"),
    ):  # fmt: skip
        answer = default.resolve(text, context=(hint,) if hint else ())
        assert (None, ()) == (answer.best, answer.places), text
    first = default.resolve("Saraqib", context=("Dar'a",)).matches[0]
    assert (SARAQIB, True) == (first.place.id, "not in the given area" in first.reasons)
    assert 0.0 < first.confidence < MIN_CONFIDENCE


def test_a_countryside_that_holds_the_town_is_its_area(default: Gazetteer) -> None:
    for text in (
        "Saraqib city in Idlib province", "the town of Saraqib, northern Idlib countryside",
        "Saraqib in southern Idlib countryside", "سراقب في ريف إدلب الجنوبي", "مدينة سراقب بريف إدلب",
    ):  # fmt: skip
        assert (text, SARAQIB, True) == answered(default, text)


def test_the_area_beside_an_unknown_name_is_never_the_answer_for_it(default: Gazetteer) -> None:
    for text in (
        "Xyzzyville, Idlib", "Idlib - Xyzzyville", "Idlib governorate: Xyzzyville", "Xyzzyville in Idlib",
    ):  # fmt: skip
        answer = default.resolve(text)
        assert (None, ("Xyzzyville",)) == (answer.best, answer.unread), text
    for text in ("Saraqib", "Saraqib, Idlib", "Saraqib (سراقب), Idlib, Syria", "near Saraqib in Idlib"):
        assert () == default.resolve(text).unread, text


def test_a_region_beside_a_town_in_it_is_its_area_and_no_second_place(default: Gazetteer) -> None:
    for text in (
        "Douma, Eastern Ghouta", "Eastern Ghouta - Douma", "Douma, Eastern Ghouta, Rural Damascus",
        "دوما، الغوطة الشرقية",
    ):  # fmt: skip
        answer = default.resolve(text)
        assert (text, ()) == (text, answer.places)
        assert answer.best is None or answer.best.place.kind.value == "settlement", text


# ------------------------------------------------ lists: all of their places are the answer, or none is


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
    assert [SURAN_ALEPPO, AZAZ] == places_of(default, "Suran and Azaz, Aleppo")


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
