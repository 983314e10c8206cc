"""What the names round the target are: areas in any order, a second spelling, an area that contradicts."""

from itertools import permutations

from gazetteer import Gazetteer
from gazetteer.answers import MIN_CONFIDENCE

SARAQIB, AZAZ = "geonames:164816", "geonames:172082"
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
        "Saraqib - Saraqeb",
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
        "Xyzzyville, Idlib",
        "Idlib - Xyzzyville",
        "Idlib governorate: Xyzzyville",
        "Xyzzyville in Idlib",
    ):
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


def test_a_town_and_its_area_side_by_side_are_two_names(default: Gazetteer) -> None:
    for text in ("Saraqib Idlib", "Batabo Aleppo", "Azaz Aleppo", "اعزاز حلب", "Aleppo Azaz"):
        assert 2 == len(default.text_reader.read(text).known), text
