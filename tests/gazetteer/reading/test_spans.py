"""Cutting a text into words and what could be names: where, what the gazetteer decides, what is none."""

import json

from hypothesis import given
from hypothesis import strategies as st

from gazetteer.kinds import PlaceKind
from gazetteer.reading.candidates import candidates_for, settlements_of
from gazetteer.reading.spans import MAX_CHARACTERS, Cell, cell_of, span_of
from gazetteer.reading.tokens import small_words, tokens
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


def test_a_text_is_cut_at_signs_and_joiners_and_remembers_which() -> None:
    for between, gap in (
        (", ", ","), ("; ", ";"), (" - ", "-"), ("/", "/"), (" (", "("), ("\n", "\n"), (" & ", "+"),
        (" and ", "and"), (" or ", "and"), (", and ", "and"), (" as well as ", "and"), (" in ", "in"),
        (", in ", "in"), (" within ", "in"), (" و ", "and"), (" في ", "in"),
    ):  # fmt: skip
        assert (["Hass", "Idlib"], ["", gap]) == (
            names(f"Hass{between}Idlib"),
            gaps(f"Hass{between}Idlib"),
        ), between


def test_a_hyphen_or_an_underscore_inside_a_name_cuts_nothing() -> None:
    for text in ("Deir ez-Zor", "Deir-ez-Zor", "Deir ez‑Zor", "deir_ez_zor", "#Deir_ez_Zor"):
        (span,) = cell(text).spans
        assert "deir ez zor" == " ".join(span.text.casefold().replace("-", " ").split()), text


def test_an_arabic_prefix_is_taken_off_a_word_that_is_known_without_it() -> None:
    for text, parts in (
        ("حاس وإدلب", [("حاس", ""), ("إدلب", "and")]), ("حاس فإدلب", [("حاس", ""), ("إدلب", "and")]),
        ("حاس بإدلب", [("حاس", ""), ("إدلب", "in")]), ("حاس لإدلب", [("حاس", ""), ("إدلب", "in")]),
        ("اللطامنة وحاس", [("اللطامنة", ""), ("حاس", "and")]),
        ("حاس واللطامنة", [("حاس", ""), ("اللطامنة", "and")]),
        ("حاس بريف إدلب", [("حاس", ""), ("ريف إدلب", "in")]),
        ("حاس بمدينة إدلب", [("حاس", ""), ("مدينة إدلب", "in")]), ("وحاس", [("حاس", "")]),
    ):  # fmt: skip
        assert parts == [(span.text, span.gap) for span in cell(text).spans], text


def test_a_word_that_begins_like_a_prefix_stays_whole_where_the_rest_is_not_known() -> None:
    for text in ("واسطة", "بلدروز", "كنعانة", "ورور", "لبنة"):
        assert [text] == names(text), text


def test_a_name_that_was_wrapped_is_put_together() -> None:
    for text in (
        "Khan\nShaykhun", "Khan\r\nShaykhun", "Khan - Shaykhun", "Khan – Shaykhun", "خان\nشيخون",
        "Khan\tShaykhun",
    ):  # fmt: skip
        assert 1 == len(names(text)), text


def test_a_change_of_script_begins_another_name_and_a_number_does_not() -> None:
    for text, parts in (
        ("Hass حاس", ["Hass", "حاس"]), ("حاس Hass", ["حاس", "Hass"]),
        ("Hass حاس Idlib", ["Hass", "حاس", "Idlib"]), ("Hass 2", ["Hass 2"]), ("حاس 2", ["حاس 2"]),
    ):  # fmt: skip
        assert parts == names(text), text
        assert set(gaps(text)[1:]) <= {"script"}, text


def test_names_side_by_side_are_taken_apart_where_one_is_of_an_area_that_holds_the_other() -> None:
    for text, parts in (
        ("Hass Idlib", ["Hass", "Idlib"]), ("Idlib Hass", ["Idlib", "Hass"]), ("حاس إدلب", ["حاس", "إدلب"]),
        ("Kafr Nabl Idlib", ["Kafr Nabl", "Idlib"]), ("Kafr Nabl", ["Kafr Nabl"]),
        ("Hass Xyzzy", ["Hass Xyzzy"]), ("Deir ez-Zor Hass", ["Deir ez-Zor Hass"]),
    ):  # fmt: skip
        assert parts == names(text), text


def test_a_json_list_is_a_list_of_names() -> None:
    for listed in (["Hass", "Idlib"], ["حاس", "إدلب"], ["Hass"], ["Kafr Nabl", "Hass", "Idlib"]):
        for text in (json.dumps(listed), json.dumps(listed, ensure_ascii=False)):
            assert (listed, {";"}) == (names(text), {";", *gaps(text)[1:]})


def test_what_is_no_json_list_of_texts_is_read_as_it_stands() -> None:
    for text in ("[Hass", "[1, 2]", "[]", "[" * 300, '["Hass", 1]', '[["Hass"]]', "[null]"):
        assert ";" not in gaps(text), text


def test_kind_words_compass_words_and_small_words_alone_name_nothing() -> None:
    for text in (
        "hospital", "the hospitals", "city village", "north", "eastern", "مشفى", "المدينة", "شمال", "2",
        "near", "the area", "market", "maternity hospital", "field hospital", "a school", "مشفى ميداني",
    ):  # fmt: skip
        assert () == cell(text).spans, text


def test_a_kind_without_a_name_describes() -> None:
    for text, described in (
        ("a hospital in Hass", "hospital"), ("Hass, the hospital", "hospital"),
        ("Hass hospital, hospital", "hospital"), ("maternity hospital, Hass", "hospital"),
        ("a school in Hass", "school"), ("مشفى في حاس", "hospital"), ("river in Hass", "river"),
        ("road in Hass", "road"), ("Hass, national hospital", "hospital"),
        ("national hospital, Hass", "hospital"),
    ):  # fmt: skip
        found = cell(text)
        assert (1, (described,)) == (len(found.spans), found.described), text


def test_the_kind_of_a_settlement_or_an_area_beside_a_name_says_what_the_name_is_of() -> None:
    for text, kind in (
        ("Hass (city)", "settlement"), ("Hass - village", "settlement"), ("Hass, district", "district"),
        ("Hass, camp", "camp"),
    ):  # fmt: skip
        (span,) = cell(text).spans
        assert (("hass",), kind) == (span.words, span.kind), text


def test_a_compass_word_beside_a_name_tells_it_apart() -> None:
    for text in ("Hass, east", "Hass (east)", "Hass - eastern"):
        (span,) = cell(text).spans
        assert (("hass",), frozenset({"east"})) == (span.words, span.modifiers), text


def test_the_institution_of_a_town_is_one_name_where_it_is_known() -> None:
    for text in (
        "Idlib, national hospital", "Idlib (national hospital)", "Idlib - the national hospital",
        "national hospital, Idlib", "national hospital in Idlib", "إدلب - المشفى الوطني",
        "المشفى الوطني في إدلب",
    ):  # fmt: skip
        (span,) = cell(text).spans
        assert "hospital" == span.kind, text


def test_generic_words_are_a_name_where_a_settlement_is_called_so() -> None:
    for text in ("Small Farm", "small farm", "المزرعة الصغيرة"):
        assert [text] == names(text), text


def test_words_of_nearness_and_filling_words_are_no_name_and_nearness_is_remembered() -> None:
    near = (
        "near Hass", "close to Hass", "in the vicinity of Hass", "outskirts of Hass", "Hass outskirts",
        "Hass and surroundings", "around the Hass", "قرب حاس", "بالقرب من حاس", "محيط حاس", "حاس ومحيطها",
        "أطراف حاس",
    )  # fmt: skip
    filling = (
        "the area of Hass",
        "town of Hass",
        "the village of Hass",
        "location: Hass",
        "Hass area",
        "منطقة حاس",
    )
    for text in (*near, *filling):
        (span,) = cell(text).spans
        assert (True, text in near) == (span.words in {("hass",), ("حاس",)}, span.near), text
    for text in ("various locations in Hass", "several areas of Hass", "مناطق متفرقة في حاس"):
        found = cell(text)
        assert (1, True) == (len(found.spans), found.scattered), text


def test_what_has_no_letter_is_no_name() -> None:
    for text in ("", " ", "😀", "--", "\u0301", "()"):
        assert (None, ()) == (span_of(text), cell(text).spans), text


def test_many_blanks_are_one_and_three_hundred_characters_are_read() -> None:
    assert ["Kafr Nabl", "Idlib"] == names("Kafr" + " " * 200 + "Nabl  ,   Idlib")
    assert ["Hass"] == names("Hass" + "," * MAX_CHARACTERS + " Idlib")


def test_a_name_is_the_settlements_that_have_it_unless_an_area_is_asked_for() -> None:
    for text, positions in (("Idlib", (PLACES[1].position,)), ("Idlib governorate", ())):
        (span,) = cell(text).spans
        assert positions == settlements_of(span, candidates_for(span, INDEX), PLACES), text


@given(ANY_TEXT)
def test_any_text_is_cut_into_a_bounded_number_of_names_that_have_words(text: str) -> None:
    found = cell(text)
    assert len(found.spans) <= 8
    assert all(span.text.strip() and span.name for span in found.spans)


# ---------------------------------------------------------------------------- words


def test_what_stands_between_two_words_is_said_by_one_sign() -> None:
    for between, gap in (
        (" ", " "), ("_", " "), ("\u00a0", " "), (", ", ","), ("،", ","), ("; ", ";"), ("؛ ", ";"),
        (" & ", "+"), (" + ", "+"), ("/", "/"), (" \\ ", "/"), (" - ", "-"), ("–", "-"), (" — ", "-"),
        (" -> ", "-"), ("→", "-"), ("-", "~"), ("‑", "~"), (": ", ":"), (" (", "("), (" [", "("), (") ", ")"),
        ("\n", "\n"), ("\r\n", "\n"), ("\t", "\n"), (" | ", "\n"), ("\u2028", "\n"), (" #", "#"), (". ", "."),
        ("? ", "."), (" • ", ";"),
        # Of many signs the one that says most counts.
        (", (", "("), (" (-) ", "("), (" - /", "/"), ("), ", ","), (",\n", ","),
    ):  # fmt: skip
        assert ["", gap] == [token.gap for token in tokens(f"Hass{between}Idlib")], between


def test_the_longest_phrase_counts_and_its_first_word_says_how_long_it_is() -> None:
    found = tokens("in the vicinity of Hass")
    assert [("near", 4), ("", 1)] == [(found[0].does, found[0].opens), (found[4].does, found[4].opens)]
    cut = tokens("in, the vicinity of Hass")  # a sign ends the phrase
    assert ("in", 1) == (cut[0].does, cut[0].opens)


def test_every_small_word_of_the_lists_is_found_in_a_text() -> None:
    found = {phrase: tokens(" ".join(phrase))[0].does for phrase in small_words()}
    assert small_words() == found


@given(ANY_TEXT)
def test_words_stand_in_their_text_in_order_and_have_a_folded_form(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert (text[token.start : token.end], True) == (token.text, bool(token.folded))
        end = token.end
