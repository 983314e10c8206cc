import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from gazetteer.notation.digits import plain


def test_digits_and_signs_of_every_script_become_ascii() -> None:
    expected = {
        "٠١٢٣٤٥٦٧٨٩": "0123456789",
        "۰۱۲۳۴۵۶۷۸۹": "0123456789",
        "०१२": "012",
        "３５．９３，３６": "35.93,36",
        "٣٥٫٩٣، ٣٦٫٦٣": "35.93, 36.63",
        "٥٬٠٠٠؛": "5,000;",
        "٣٠؍٥": "30/5",
        "−5 – 6—7‐8": "-5 - 6-7-8",
        "5\u00a0km\u2009\t\n6": "5 km   6",
        "\u200e35\u200f\u202c\ufeff.\u200b9\u2066": "35.9",
        '35°55′48″N, "Ma\'arrat"': '35°55′48″N, "Ma\'arrat"',
    }
    assert expected == {text: plain(text) for text in expected}


@given(st.text())
def test_a_plain_text_stays_and_has_no_other_digits(text: str) -> None:
    once = plain(text)
    assert once == plain(once)
    assert all(char.isascii() for char in once if unicodedata.category(char) == "Nd")
