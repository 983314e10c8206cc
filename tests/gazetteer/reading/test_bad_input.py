"""Whatever is handed in: a status, never an exception."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gazetteer import Gazetteer, Resolution
from gazetteer.reading.tokens import tokens

BAD = {
    "empty": "", "blanks": " \t\n\u00a0\u3000", "digits": "1234567890", "Arabic digits": "٠١٢٣٤٥",
    "emoji": "😀🏥💥", "flag and joiner": "🇸🇾👨‍👩‍👧", "NUL": "\0", "lone surrogate": "\ud800",
    "only marks": "\u0301\u0308\u064e", "only an article": "al-", "only an Arabic article": "ال",
    "only kind words": "city village", "punctuation": "!?.,;:()[]{}<>/\\|-–—_=+*&^%$#@~`'\"",
    "brackets": "(((((", "separators": ",,,;;;//--::", "script tag": "<script>alert(1)</script>",
    "SQL": "'; DROP TABLE places; --", "percent encoding": "%D8%A5%D8%AF%D9%84%D8%A8",
    "wrongly decoded": "Ø¥Ø¯Ù„Ø¨ muâ€™ath", "Cyrillic": "Хогвартс", "Chinese": "霍格沃茨",
    "half an offset": "5 km north of", "half a between": "between and", "only and": "and and and",
    "not a number": "nan, nan", "infinite": "inf, inf", "impossible position": "95, 36.63",
    "path": "../../etc/passwd", "no value of a spreadsheet": "#REF!", "lines of nothing": "\r\n\r\n-\r\n",
    "table cell": "<td class='x'>&nbsp;</td>", "mixed scripts": "Idإдلib 伊德利卜",
    "marks of both directions": "\u200f\u202e\u2066\u200e", "a letter repeated": "h" * 50,
    "twenty letters": "x" * 20, "three hundred": "x" * 300,
}  # fmt: skip
LONG = {
    "letters": "a" * 10_000, "consonants": "ghdhthzc" * 1_250, "words": "Kafr Nabl " * 1_000,
    "Arabic": "معرة النعمان " * 800, "parts": "Idlib, " * 1_500, "brackets": "(Idlib) " * 1_250,
    "ands": "Hass and " * 1_100, "Arabic ands": "السوري و " * 1_100, "betweens": "between Hass and " * 600,
    "dashes": "Hass - " * 1_400, "spaces": "Idlib" + " " * 10_000 + "Aleppo", "digits": "1 " * 5_000,
    "road": "the " * 2_000 + "road", "offsets": "5 km north of " * 700, "marks": "I\u0301" * 5_000,
}  # fmt: skip
# What the patterns of reading are made of, to be heaped up in any order.
WORDS = "Idlib إدلب Kafr al- , ، ( ) / - – : and و between بين near north of 5 km شمال كم".split()
WORDS += 'of and Saraqib قرب # ; [ "] <b> Iraq city حي مدينة road طريق 2 SY07 ﷺ ß İ'.split()
WORDS += ["، و", "various locations", "35.9, 36.6", "", "\u200f", "\0", "\u0301", "\ud800"]
ANY_TEXT = st.one_of(
    st.text(st.characters(), max_size=80),
    st.lists(st.sampled_from(WORDS) | st.text(st.characters(), max_size=20), max_size=14).map(" ".join),
)


def check(answer: Resolution) -> None:
    assert answer.status in {"resolved", "several", "ambiguous", "unresolved"}
    assert (answer.best is not None) == (answer.status == "resolved")
    assert bool(answer.places) == (answer.status == "several")
    assert all(0.0 <= match.confidence <= 1.0 and match.reasons for match in answer.matches)
    assert answer.as_json()["status"] == answer.status


def test_bad_input_has_a_status_and_is_no_answer(default: Gazetteer) -> None:
    for what, text in BAD.items():
        answer = default.resolve(text)
        check(answer)
        assert (None, ()) == (answer.best, answer.places), what


def test_ten_thousand_characters_have_a_status(default: Gazetteer) -> None:
    for text in LONG.values():
        check(default.resolve(text))


def test_a_name_in_two_scripts_is_one_name_or_none_never_another(default: Gazetteer) -> None:
    for text in ("إدلب Idlib", "Idlib / إدلب", "Idlib (إدلب)", "Idlib - إدلب", "إدلب، Syria", "Idlib\u0000"):
        best = default.resolve(text).best
        assert best is None or best.place.lies_in("SY07"), text


def test_a_character_without_width_inside_a_name_changes_nothing(default: Gazetteer) -> None:
    for hidden in "\u00ad\u061c\u200b\u200d\u2060\ufeff":
        assert [("Saraqeb", "saraqeb")] == [
            (t.text.replace(hidden, ""), t.folded) for t in tokens(f"Sar{hidden}aqeb")
        ]
        for name in ("Saraqeb", "إدلب"):
            text = f"An air strike hit the town of {name[:2]}{hidden}{name[2:]} today."
            found, plain = (
                [(one.main, one.resolution.matches[0].place) for one in default.geoparse(each).mentions]
                for each in (text, text.replace(hidden, ""))
            )
            assert found == plain
            assert plain


def test_no_point_is_computed_beyond_what_is_near_a_place(default: Gazetteer) -> None:
    for text in ("10000 km north of Idlib", "إدلب 20000 كم شمال"):
        answer = default.resolve(text)
        assert answer.best is None
        for match in answer.matches:
            assert (30 < match.place.position.latitude < 40, match.confidence < 0.1) == (True, True), text


@settings(max_examples=400)
@given(ANY_TEXT, st.lists(ANY_TEXT, max_size=3), ANY_TEXT)
def test_any_text_any_hint_and_any_country_has_a_status(
    default: Gazetteer, text: str, hints: list[str], country: str
) -> None:
    check(default.resolve(text))
    check(default.resolve(text, context=hints))
    check(default.resolve(text, country=country[:10]))
