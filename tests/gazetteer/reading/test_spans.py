"""Cutting a text into what could be names: where, what the gazetteer decides, what names nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.kinds import PlaceKind
from gazetteer.reading.spans import MAX_CHARACTERS, Cell, cell_of, span_of
from gazetteer.values import AdminUnit
from tests.builders import a_name_index, a_place

ANY_TEXT = st.text(st.characters(), max_size=400)
IDLIB = (AdminUnit(1, "SY07", "Idlib", "إدلب"),)
PLACES = (
    a_place(id="SY07", name="Idlib", name_ar="إدلب", kind=PlaceKind.GOVERNORATE, admin=IDLIB),
    a_place(id="C1", name="Idlib", name_ar="إدلب", admin=IDLIB),
    a_place(id="C2", name="Hass", name_ar="حاس", admin=IDLIB),
    a_place(id="C3", name="Kafr Nabl", name_ar="كفر نبل", admin=IDLIB),
    a_place(id="C4", name="Khan Shaykhun", name_ar="خان شيخون", admin=IDLIB),
    a_place(id="C5", name="Deir ez-Zor", name_ar="دير الزور"),
    a_place(id="C6", name="Small Farm", name_ar="المزرعة الصغيرة", admin=IDLIB),
    a_place(id="C7", name="Wasita", name_ar="واسطة", admin=IDLIB),
    a_place(id="C8", name="Al-Latamna", name_ar="اللطامنة"),
    a_place(id="cg:1", name="Idlib National Hospital", name_ar="مشفى إدلب الوطني", kind=PlaceKind.HOSPITAL),
)
INDEX = a_name_index(PLACES)


def cell(text: str) -> Cell:
    return cell_of(text, INDEX, PLACES)


def names(text: str) -> list[str]:
    return [span.text for span in cell(text).spans]


def gaps(text: str) -> list[str]:
    return [span.gap for span in cell(text).spans]


@pytest.mark.parametrize(("between", "gap"), [
    (", ", ","), ("; ", ";"), (" - ", "-"), ("/", "/"), (" (", "("), ("\n", "\n"), (" & ", "+"),
    (" and ", "and"), (" or ", "and"), (", and ", "and"), (" as well as ", "and"), (" in ", "in"),
    (", in ", "in"), (" within ", "in"), (" و ", "and"), (" في ", "in"),
])  # fmt: skip
def test_a_text_is_cut_at_signs_and_joiners_and_remembers_which(between: str, gap: str) -> None:
    assert (["Hass", "Idlib"], ["", gap]) == (names(f"Hass{between}Idlib"), gaps(f"Hass{between}Idlib"))


@pytest.mark.parametrize("text", ["Deir ez-Zor", "Deir-ez-Zor", "Deir ez‑Zor", "deir_ez_zor", "#Deir_ez_Zor"])
def test_a_hyphen_or_an_underscore_inside_a_name_cuts_nothing(text: str) -> None:
    (span,) = cell(text).spans
    assert "deir ez zor" == " ".join(span.text.casefold().replace("-", " ").split())


@pytest.mark.parametrize(
    "text", ["(Hass)", "«Hass»", ", Hass", "Hass.", "#Hass", "<b>Hass</b>", "Hass?", '"Hass"']
)
def test_signs_round_a_name_are_no_part_of_it(text: str) -> None:
    assert ["Hass"] == names(text)


@pytest.mark.parametrize(("text", "parts"), [
    ("حاس وإدلب", [("حاس", ""), ("إدلب", "and")]), ("حاس فإدلب", [("حاس", ""), ("إدلب", "and")]),
    ("حاس بإدلب", [("حاس", ""), ("إدلب", "in")]), ("حاس لإدلب", [("حاس", ""), ("إدلب", "in")]),
    ("اللطامنة وحاس", [("اللطامنة", ""), ("حاس", "and")]),
    ("حاس واللطامنة", [("حاس", ""), ("اللطامنة", "and")]),
    ("حاس بريف إدلب", [("حاس", ""), ("ريف إدلب", "in")]),
    ("حاس بمدينة إدلب", [("حاس", ""), ("مدينة إدلب", "in")]), ("وحاس", [("حاس", "")]),
])  # fmt: skip
def test_an_arabic_prefix_is_taken_off_a_word_that_is_known_without_it(
    text: str, parts: list[tuple[str, str]]
) -> None:
    assert parts == [(span.text, span.gap) for span in cell(text).spans]


@pytest.mark.parametrize("text", ["واسطة", "بلدروز", "كنعانة", "ورور", "لبنة"])
def test_a_word_that_begins_like_a_prefix_stays_whole_where_the_rest_is_not_known(text: str) -> None:
    assert [text] == names(text)


@pytest.mark.parametrize("text", [
    "Khan\nShaykhun", "Khan\r\nShaykhun", "Khan - Shaykhun", "Khan – Shaykhun", "خان\nشيخون",
    "Khan\tShaykhun",
])  # fmt: skip
def test_a_name_that_was_wrapped_is_put_together(text: str) -> None:
    assert 1 == len(names(text))


def test_two_names_in_two_lines_stay_two() -> None:
    assert ["Hass", "Idlib"] == names("Hass\nIdlib")


@pytest.mark.parametrize(("text", "parts"), [
    ("Hass حاس", ["Hass", "حاس"]), ("حاس Hass", ["حاس", "Hass"]),
    ("Hass حاس Idlib", ["Hass", "حاس", "Idlib"]), ("Hass 2", ["Hass 2"]), ("حاس 2", ["حاس 2"]),
])  # fmt: skip
def test_a_change_of_script_begins_another_name_and_a_number_does_not(text: str, parts: list[str]) -> None:
    assert parts == names(text)
    assert set(gaps(text)[1:]) <= {"script"}


@pytest.mark.parametrize(("text", "parts"), [
    ("Hass Idlib", ["Hass", "Idlib"]), ("Idlib Hass", ["Idlib", "Hass"]), ("حاس إدلب", ["حاس", "إدلب"]),
    ("Kafr Nabl Idlib", ["Kafr Nabl", "Idlib"]), ("Kafr Nabl", ["Kafr Nabl"]), ("Hass Xyzzy", ["Hass Xyzzy"]),
    ("Deir ez-Zor Hass", ["Deir ez-Zor Hass"]),
])  # fmt: skip
def test_names_side_by_side_are_taken_apart_where_one_is_of_an_area_that_holds_the_other(
    text: str, parts: list[str]
) -> None:
    assert parts == names(text)


@pytest.mark.parametrize(
    "listed", [["Hass", "Idlib"], ["حاس", "إدلب"], ["Hass"], ["Kafr Nabl", "Hass", "Idlib"]]
)
def test_a_json_list_is_a_list_of_names(listed: list[str]) -> None:
    for text in (json.dumps(listed), json.dumps(listed, ensure_ascii=False)):
        assert (listed, {";"}) == (names(text), {";", *gaps(text)[1:]})


@pytest.mark.parametrize("text", ["[Hass", "[1, 2]", "[]", "[" * 300, '["Hass", 1]', '[["Hass"]]', "[null]"])
def test_what_is_no_json_list_of_texts_is_read_as_it_stands(text: str) -> None:
    assert ";" not in gaps(text)


@pytest.mark.parametrize("text", [
    "hospital", "the hospitals", "city village", "north", "eastern", "مشفى", "المدينة", "شمال", "2", "near",
    "the area", "market", "maternity hospital", "field hospital", "a school", "مشفى ميداني",
])  # fmt: skip
def test_kind_words_compass_words_and_small_words_alone_name_nothing(text: str) -> None:
    assert () == cell(text).spans


@pytest.mark.parametrize(("text", "described"), [
    ("a hospital in Hass", "hospital"), ("Hass, the hospital", "hospital"),
    ("Hass hospital, hospital", "hospital"), ("maternity hospital, Hass", "hospital"),
    ("a school in Hass", "school"), ("مشفى في حاس", "hospital"), ("river in Hass", "river"),
    ("road in Hass", "road"),
])  # fmt: skip
def test_a_kind_without_a_name_describes(text: str, described: str) -> None:
    found = cell(text)
    assert (1, (described,)) == (len(found.spans), found.described)


@pytest.mark.parametrize(("text", "kind"), [
    ("Hass (city)", "settlement"), ("Hass - village", "settlement"), ("Hass, district", "district"),
    ("Hass, camp", "camp"),
])  # fmt: skip
def test_the_kind_of_a_settlement_or_an_area_beside_a_name_says_what_the_name_is_of(
    text: str, kind: str
) -> None:
    (span,) = cell(text).spans
    assert (("hass",), kind) == (span.words, span.kind)


@pytest.mark.parametrize("text", ["Hass, east", "Hass (east)", "Hass - eastern"])
def test_a_compass_word_beside_a_name_tells_it_apart(text: str) -> None:
    (span,) = cell(text).spans
    assert (("hass",), frozenset({"east"})) == (span.words, span.modifiers)


@pytest.mark.parametrize("text", [
    "Idlib, national hospital", "Idlib (national hospital)", "Idlib - the national hospital",
    "national hospital, Idlib", "national hospital in Idlib", "إدلب - المشفى الوطني", "المشفى الوطني في إدلب",
])  # fmt: skip
def test_the_institution_of_a_town_is_one_name_where_it_is_known(text: str) -> None:
    (span,) = cell(text).spans
    assert "hospital" == span.kind


@pytest.mark.parametrize("text", ["Hass, national hospital", "national hospital, Hass"])
def test_the_institution_of_a_town_that_has_none_is_a_description(text: str) -> None:
    found = cell(text)
    assert (["Hass"], ("hospital",)) == ([span.text for span in found.spans], found.described)


@pytest.mark.parametrize("text", ["Small Farm", "small farm", "المزرعة الصغيرة"])
def test_generic_words_are_a_name_where_a_settlement_is_called_so(text: str) -> None:
    assert [text] == names(text)


@pytest.mark.parametrize("text", [
    "near Hass", "close to Hass", "in the vicinity of Hass", "outskirts of Hass", "Hass outskirts",
    "Hass and surroundings", "around the Hass", "قرب حاس", "بالقرب من حاس", "محيط حاس", "حاس ومحيطها",
    "أطراف حاس",
])  # fmt: skip
def test_words_of_nearness_are_no_name_and_are_remembered(text: str) -> None:
    (span,) = cell(text).spans
    assert ({"hass", "حاس"} & {*span.words}, True) == ({*span.words}, span.near)


@pytest.mark.parametrize(
    "text", ["various locations in Hass", "several areas of Hass", "مناطق متفرقة في حاس"]
)
def test_various_locations_are_remembered(text: str) -> None:
    found = cell(text)
    assert (1, True) == (len(found.spans), found.scattered)


@pytest.mark.parametrize("text", [
    "the area of Hass", "town of Hass", "the village of Hass", "location: Hass", "Hass area", "منطقة حاس",
])  # fmt: skip
def test_filling_words_are_no_part_of_a_name(text: str) -> None:
    (span,) = cell(text).spans
    assert span.words in {("hass",), ("حاس",)}


@pytest.mark.parametrize(("text", "kind"), [
    ("Hass city", "settlement"), ("Hass town", "settlement"), ("Hass camp", "camp"),
    ("Hass neighbourhood", "neighbourhood"), ("Hass district", "district"),
    ("Hass sub-district", "subdistrict"), ("Hass governorate", "governorate"), ("Hass countryside", "region"),
    ("rural Hass", "region"), ("Hass outskirts", None), ("Hass area", None), ("مدينة حاس", "settlement"),
    ("قرية حاس", "settlement"), ("مخيم حاس", "camp"), ("حي حاس", "neighbourhood"),
    ("ناحية حاس", "subdistrict"), ("محافظة حاس", "governorate"),
])  # fmt: skip
def test_a_kind_word_is_set_aside_and_remembered(text: str, kind: str | None) -> None:
    span = span_of(text)
    assert span is not None
    assert (True, kind) == (span.words in {("hass",), ("حاس",)}, span.kind)


@pytest.mark.parametrize("text", ["", " ", "😀", "--", "\u0301", "()"])
def test_what_has_no_letter_is_no_name(text: str) -> None:
    assert (None, ()) == (span_of(text), cell(text).spans)


def test_only_three_hundred_characters_are_read() -> None:
    assert ["Hass"] == names("Hass" + "," * MAX_CHARACTERS + " Idlib")


def test_many_blanks_are_one() -> None:
    assert names("Kafr Nabl, Idlib") == names("Kafr" + " " * 200 + "Nabl  ,   Idlib")


@given(ANY_TEXT)
def test_any_text_is_cut_into_a_bounded_number_of_names_that_have_words(text: str) -> None:
    found = cell(text)
    assert len(found.spans) <= 8
    assert all(span.text.strip() and span.name for span in found.spans)
