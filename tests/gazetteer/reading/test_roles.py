"""What the names round the target are: areas in any order, a second spelling, an area that contradicts."""

from itertools import permutations

import pytest

from gazetteer import Gazetteer
from gazetteer.answers import MIN_CONFIDENCE

SARAQIB, AZAZ = "geonames:164816", "geonames:172082"
SURAN_ALEPPO, SURAN_HAMA = "geonames:163913", "geonames:163915"


def answered(gazetteer: Gazetteer, text: str) -> tuple[str, str, bool]:
    """Return the text, the first place and whether it is accepted."""
    answer = gazetteer.resolve(text)
    first = answer.matches[0].place.id if answer.matches else "nothing"
    return text, first, answer.status == "resolved"


@pytest.mark.parametrize(("names", "sign", "place_id"), [
    (("Saraqib", "Idlib district", "Idlib governorate", "Syria"), ", ", SARAQIB),
    (("Saraqib", "Idlib district", "Idlib governorate", "Syria"), " - ", SARAQIB),
    (("Saraqib", "Idlib district", "Idlib governorate", "Syria"), "\n", SARAQIB),
    (("Azaz", "Aleppo", "Syria"), ", ", AZAZ), (("سراقب", "محافظة إدلب", "سوريا"), "، ", SARAQIB),
])  # fmt: skip
def test_nested_areas_may_stand_in_any_order(
    default: Gazetteer, names: tuple[str, ...], sign: str, place_id: str
) -> None:
    for text in map(sign.join, permutations(names)):
        assert (text, place_id, True) == answered(default, text)


@pytest.mark.parametrize("text", [
    "Saraqib سراقب, Idlib", "Idlib, سراقب Saraqib", "Saraqib, سراقب, Idlib, إدلب",
    "Saraqib, Idlib سراقب، إدلب", "Saraqib / Serakib", "Saraqib (Saraqeb)", "Saraqib, Saraqib",
    "Saraqib - Saraqeb",
])  # fmt: skip
def test_one_place_in_two_scripts_or_spellings_is_one_place(default: Gazetteer, text: str) -> None:
    assert (text, SARAQIB, True) == answered(default, text)


@pytest.mark.parametrize(("text", "place_id"), [
    ("Suran, Aleppo", SURAN_ALEPPO), ("Aleppo - Suran", SURAN_ALEPPO), ("Suran (Azaz)", SURAN_ALEPPO),
    ("صوران - حلب", SURAN_ALEPPO), ("Suran, Hama", SURAN_HAMA), ("Hama: Suran", SURAN_HAMA),
    ("صوران بريف حماة", SURAN_HAMA),
])  # fmt: skip
def test_an_area_in_the_text_decides_between_homonyms(default: Gazetteer, text: str, place_id: str) -> None:
    answer = default.resolve(text)
    assert (text, place_id) == (text, answer.matches[0].place.id)
    assert all(m.confidence < 0.1 for m in answer.matches[1:] if m.place.id in {SURAN_ALEPPO, SURAN_HAMA})


@pytest.mark.parametrize(("text", "hints"), [
    ("Saraqib", ("Dar'a",)), ("Saraqib", ("Damascus governorate",)), ("Saraqib in Dar'a governorate", ()),
    ("Saraqib, Homs governorate", ()), ("محافظة درعا - سراقب", ()), ("Saraqib, Idlib", ("Dar'a",)),
    ("Saraqib", ("SY06",)),
])  # fmt: skip
def test_a_place_that_the_stated_area_contradicts_is_never_accepted(
    default: Gazetteer, text: str, hints: tuple[str, ...]
) -> None:
    answer = default.resolve(text, context=hints)
    assert answer.best is None
    assert "several" != answer.status


def test_a_contradicted_place_stays_a_candidate_and_says_why(default: Gazetteer) -> None:
    first = default.resolve("Saraqib", context=("Dar'a",)).matches[0]
    assert (SARAQIB, True) == (first.place.id, "not in the given area" in first.reasons)
    assert 0.0 < first.confidence < MIN_CONFIDENCE


@pytest.mark.parametrize("text", [
    "Saraqib city in Idlib province", "the town of Saraqib, northern Idlib countryside",
    "Saraqib in southern Idlib countryside", "سراقب في ريف إدلب الجنوبي", "مدينة سراقب بريف إدلب",
])  # fmt: skip
def test_a_countryside_that_holds_the_town_is_its_area(default: Gazetteer, text: str) -> None:
    assert (text, SARAQIB, True) == answered(default, text)


@pytest.mark.parametrize("text", [
    "Xyzzyville, Idlib", "Idlib - Xyzzyville", "Idlib governorate: Xyzzyville", "Xyzzyville in Idlib",
])  # fmt: skip
def test_the_area_beside_an_unknown_name_is_never_the_answer_for_it(default: Gazetteer, text: str) -> None:
    answer = default.resolve(text)
    assert answer.best is None
    assert ("Xyzzyville",) == answer.unread


@pytest.mark.parametrize(
    "text", ["Saraqib", "Saraqib, Idlib", "Saraqib (سراقب), Idlib, Syria", "near Saraqib in Idlib"]
)
def test_what_was_used_is_not_unread(default: Gazetteer, text: str) -> None:
    assert () == default.resolve(text).unread


@pytest.mark.parametrize("text", [
    "Douma, Eastern Ghouta", "Eastern Ghouta - Douma", "Douma, Eastern Ghouta, Rural Damascus",
    "دوما، الغوطة الشرقية",
])  # fmt: skip
def test_a_region_beside_a_town_in_it_is_its_area_and_no_second_place(default: Gazetteer, text: str) -> None:
    answer = default.resolve(text)
    assert (text, ()) == (text, answer.places)
    assert answer.best is None or answer.best.place.kind.value == "settlement"


@pytest.mark.parametrize(
    "text", ["Saraqib Idlib", "Batabo Aleppo", "Azaz Aleppo", "اعزاز حلب", "Aleppo Azaz"]
)
def test_a_town_and_its_area_side_by_side_are_two_names(default: Gazetteer, text: str) -> None:
    assert 2 == len(default.text_reader.read(text).known)
