"""Names that are translated in part are shown as reporters write them."""

from gazetteer import DistanceAnswer
from gazetteer.cli import text as in_words
from gazetteer.names.calques import reported_name
from tests.builders import a_place


def test_a_translated_word_goes_back_behind_the_name_and_other_names_stay() -> None:
    for name, name_ar, expected in (
        ("Big Orm", "أورم الكبرى", "Orm al-Kubra"),
        ("Little Orm", "أورم الصغرى", "Orm al-Sughra"),
        ("Western Kafr Jum", "كفر جوم غربية", "Kafr Jum Gharbiya"),
        ("Upper Sheikh Sindyan", "شيخ سنديان فوقاني", "Sheikh Sindyan Fawqani"),
        ("Eastern Huweiz", "الحويز الشمالي", ""),  # the two names disagree
        ("Big", "الكبرى", ""),
        ("Big Orm", "", ""),
        ("Saraqab", "سراقب", ""),
    ):
        assert expected == reported_name(name, name_ar), name


def test_answers_show_both_names() -> None:
    place = a_place(name="Big Orm", name_ar="أورم الكبرى")
    shown = in_words.distance_answer(DistanceAnswer.between(place, a_place()))
    assert "Big Orm (Orm al-Kubra)  أورم الكبرى, settlement" in shown
