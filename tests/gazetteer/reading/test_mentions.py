"""Sentences of a text, and the stretches in it that may name a place; a dozen names are known."""

from gazetteer.reading.mentions import Stretch, document_of, stretches_of
from tests.builders import a_name_index, a_place

NAMES = {
    "Saraqib": "سراقب", "Aleppo": "حلب", "Hama": "حماة", "Raqqa": "الرقة", "Zaytan": "زيتان",
    "Maarrat al Numan": "معرة النعمان", "Idlib": "إدلب", "Homs": "حمص", "Damascus": "دمشق", "Mahdi": "المهدي",
    "Kafr Nabl": "كفر نبل",
}  # fmt: skip
INDEX = a_name_index([a_place(id=name, name=name, name_ar=arabic) for name, arabic in NAMES.items()])


def sentences_of(text: str) -> list[str]:
    document = document_of(text)
    return [document.sentence(number) for number in range(len(document.sentences))]


def stretches(text: str) -> list[Stretch]:
    return stretches_of(document_of(text), INDEX)


def named(text: str) -> list[str]:
    """Return the mentions of a text as they stand in it, without those that something is named after."""
    return [text[one.start : one.end] for one in stretches(text) if "named_after" not in one.evidence]


def asked(text: str) -> list[str]:
    return [one.asked for one in stretches(text)]


# ----------------------------------------------------------------------------------- words and sentences


def test_a_sentence_ends_at_a_full_stop_a_question_mark_and_a_line() -> None:
    for sign in (". ", "! ", "? ", "؟ ", "\n", "\r\n", "\u2028"):
        assert ["قصف حلب", "حماة هادئة"] == sentences_of(f"قصف حلب{sign}حماة هادئة"), repr(sign)
    assert ["He met the president", "Hama was quiet"] == sentences_of("He met the president. Hama was quiet")
    for sign in (". ", "... ", "؟ "):  # a text may begin so
        assert (["Hama"], ["Hama"]) == (named(f"{sign}Hama"), sentences_of(f"{sign}Hama"))


def test_a_sentence_goes_on_after_a_point_inside_a_word_an_abbreviation_and_a_comma() -> None:
    inside = ("3.5 km", "Hama.Homs", "Hama, Homs", "حمص، حماة", "Hama: Homs")
    abbreviated = ("Mr. Hama spoke", "Lt. Col. Hama spoke", "U.S. jets left Hama", "At 5.30 p.m. in Hama")
    for text in (*inside, *abbreviated):
        assert 1 == len(sentences_of(text)), text


def test_a_line_that_was_broken_for_want_of_room_ends_no_sentence() -> None:
    long = "The strikes went on all through the night and hit the town of Kafr"
    assert len(sentences_of(f"{long}\nNabl in the south")) == 1
    assert len(sentences_of(f"{long}\n\nNabl in the south")) == len(sentences_of("Kafr\nNabl")) == 2


def test_a_stretch_knows_its_sentence() -> None:
    found = stretches("A shell hit Homs. Hama was quiet.\nNothing fell on Idlib.")
    assert [(one.name, one.sentence) for one in found] == [("Homs", 0), ("Hama", 1), ("Idlib", 2)]


def test_start_and_end_count_code_points_whatever_stands_before() -> None:
    for before in ("", "😀 ", "👨‍👩‍👧 ", "e\u0301 ", "\u202b\u200f", "\ufeff", "“", "مُحَمَّد "):
        for name in ("Aleppo", "حلب"):
            text = f"{before}{name}"
            assert [(one.start, one.end) for one in stretches(text)] == [(len(before), len(text))], repr(text)


def test_marks_inside_a_name_belong_to_it_and_signs_round_it_do_not() -> None:
    for name in ("Sara\u0301qib", "سَرَاقِب", "حـلـب"):
        assert [name] == named(f"near {name} today")
    for text in ("in 'Aleppo' now", "Aleppo' markets", "\u202aAleppo\u202c now", "Aleppo\u200f now"):
        assert ["Aleppo"] == named(text), repr(text)
    assert ["حلب"] == named("قرب \u202bحلب\u202c اليوم")


# ----------------------------------------------------------------------------------- what is written on


def test_a_possessive_is_no_part_of_the_name() -> None:
    for text in ("Aleppo's markets", "Aleppo’s markets", "ALEPPO'S MARKETS", "ALEPPO’S MARKETS"):
        assert [name.title() for name in named(text)] == ["Aleppo"]


def test_arabic_prefixes_are_no_part_of_the_name() -> None:
    for text, name in {
        "قصف بحلب": "حلب",
        "قصف وحماة": "حماة",
        "وصل لحمص": "حمص",
        "وصل للرقة": "لرقة",
    }.items():
        assert [name] == named(text)


def test_what_is_written_as_one_word_is_asked_for_apart() -> None:
    for text, name, question in (
        ("القصف على وبلدة سراقب", "سراقب", "بلدة سراقب"),
        ("القصف ببلدة سراقب", "سراقب", "بلدة سراقب"),
        ("وصل لبلدة سراقب", "سراقب", "بلدة سراقب"),
        ("على قريةزيتان", "زيتان", "قرية زيتان"),
        ("على بلدةزيتان", "زيتان", "بلدة زيتان"),
        ("على مدينةزيتان", "زيتان", "مدينة زيتان"),
        ("قصف معرةالنعمان", "معرةالنعمان", "معرة النعمان"),
    ):
        assert ([name], [question]) == (named(text), asked(text)), text


def test_a_hashtag_is_read_with_blanks_for_its_underscores() -> None:
    for tag, name in (("#Kafr_Nabl", "Kafr Nabl"), ("#كفر_نبل", "كفر نبل"), ("#حلب", "حلب")):
        (found,) = stretches(f"{tag} fire")
        assert (found.start, found.asked, "hashtag" in found.evidence) == (1, name, True)


# ----------------------------------------------------------------------------------- kinds and compass words


def test_every_form_of_a_countryside_asks_for_that_of_its_area() -> None:
    for text in (
        "countryside of Homs", "Homs countryside", "northern Homs countryside", "Homs northern countryside",
        "northern countryside of Homs",
    ):  # fmt: skip
        assert ([text], ["Homs countryside"]) == (named(f"in the {text}"), asked(f"in the {text}"))
    for text in ("ريف حلب", "ريف حلب الشمالي"):
        assert ([text], ["ريف حلب"]) == (named(f"قصف {text}"), asked(f"قصف {text}"))


def test_a_compass_word_is_no_part_of_what_is_asked() -> None:
    for text in ("in northern Saraqib", "in Saraqib", "شمال سراقب", "في سراقب الشمالية"):
        assert asked(text) in (["Saraqib"], ["سراقب"]), text


def test_a_kind_word_is_asked_with_the_name_and_marked_where_it_makes_an_area() -> None:
    for text, marked in {
        "town of Saraqib": "Saraqib",
        "Saraqib city": "Saraqib",
        "Idlib province": "",
    }.items():
        assert ([marked or text], [text]) == (named(f"in {text}"), asked(f"in {text}"))


def test_a_kind_word_calls_for_a_name_that_nobody_knows() -> None:
    for text in ("the village of Umm Tuta", "Umm Tuta village", "قرية أم توتة"):
        (found,) = stretches(text)
        assert (True, True) == (found.name in {"Umm Tuta", "أم توتة"}, "called_for" in found.evidence), text


def test_a_facility_is_found_by_its_role() -> None:
    for text in ("the national hospital", "قرب المشفى الوطني"):
        (found,) = stretches(text)
        assert "role" in found.evidence


# ----------------------------------------------------------------------------------- what is no mention


def test_what_fighters_did_names_no_fighters() -> None:
    for verb in ("left", "shelled", "entered"):
        assert named(f"The Aleppo Brigade {verb} Saraqib at night") == ["Saraqib"]


def test_a_nisba_is_no_place() -> None:
    for text in ("Colonel Homsi spoke", "a Halabi dish", "قال الحمصي", "وصل الإدلبي", "ثوب حلبي"):
        assert named(text) == [], text


def test_a_misspelt_name_needs_a_capital() -> None:
    assert (named("They left Saraqeb then"), named("They left saraqeb then")) == (["Saraqeb"], [])


# ----------------------------------------------------------------------------------- lists and order


def test_names_joined_by_a_comma_or_and_are_a_list() -> None:
    for text in ("on Hama, Homs", "on Hama and Homs", "على حماة وحمص", "على حماة، حمص"):
        first, second = stretches(text)
        assert ("listed" in first.evidence, "listed" in second.evidence) == (False, True), text
    assert all("listed" not in one.evidence for one in stretches("from Hama towards Homs"))


def test_the_longest_name_that_is_known_is_taken() -> None:
    assert ["معرة النعمان"] == named("قصف معرة النعمان")
    assert ["Kafr Nabl"] == named("in Kafr Nabl today")
