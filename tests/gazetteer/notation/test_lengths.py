"""Digits of every script, and lengths; golden factors from NIST SP 811 (2008), appendix B.8."""

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.errors import UnitError
from gazetteer.notation import plain
from gazetteer.notation.lengths import METRES_PER_UNIT, format_length, format_range, read_length


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


def test_a_length_is_read_in_metres() -> None:
    expected = {
        "5km": 5000.0, "5 km": 5000.0, " 5 KM ": 5000.0, "5 kilometres": 5000.0, "5 kilometers": 5000.0,
        "5,000 m": 5000.0, "1,234,567.5 m": 1_234_567.5, "800m": 800.0, "0 m": 0.0, "0.5 km": 500.0,
        "1,5 km": 1500.0, "3 miles": 4828.032, "1 mi": 1609.344, "1 nm": 1852.0, "1 nmi": 1852.0,
        "1 ft": 0.3048, "10 feet": 3.048, "٥ كم": 5000.0, "٥ كيلومتر": 5000.0, "٥٬٠٠٠ م": 5000.0,
        "٢٫٥ كم": 2500.0, "۵ كم": 5000.0, "٨٠٠ متر": 800.0, "+5 km": 5000.0,
        "0,500 km": 500.0,  # a leading zero begins no thousands
    }  # fmt: skip
    assert pytest.approx(expected, rel=1e-12) == {text: read_length(text) for text in expected}


def test_junk_and_bare_numbers_are_refused_in_one_sentence() -> None:
    texts = (
        "| |km|5|five km|5 parsecs|5 k m|5 km/h|km 5|5 km 3 m|nan km|inf km|1e3 km|--5 km|5..5 km|5.5.5 km"
    )
    texts += "|1,2,3 km|, km|5 kmm|5\0km|<b>5 km</b>|" + "9" * 400 + " km"
    for text in texts.split("|"):
        with pytest.raises(UnitError) as error:
            read_length(text, parameter="within")
        assert ("within", 1) == (error.value.parameter, len(str(error.value).splitlines())), text


def test_what_is_no_length_says_what_to_write() -> None:
    with pytest.raises(UnitError, match="write a number and a unit such as '5 km' or '800 m'"):
        read_length("5")
    for text in ("-5 km", "-0.001 m", "-٥ كم"):
        with pytest.raises(UnitError, match="must be zero or more"):
            read_length(text)


@given(st.text(max_size=30))
def test_any_text_is_a_length_or_a_unit_error(text: str) -> None:
    try:
        metres = read_length(text)
    except UnitError:
        return
    assert metres >= 0
    assert math.isfinite(metres)


@given(st.integers(0, 10**9), st.sampled_from(sorted(METRES_PER_UNIT)))
def test_a_space_and_the_thousands_separator_never_change_a_length(number: int, unit: str) -> None:
    plain_one = read_length(f"{number}{unit}")
    assert [plain_one] * 2 == [read_length(f"{number} {unit}"), read_length(f"{number:,} {unit}")]
    assert plain_one == pytest.approx(number * METRES_PER_UNIT[unit])


def test_a_length_is_written_for_people() -> None:
    written = {0.0: "0 m", 800.4: "800 m", 1000.0: "1.0 km", 5000.0: "5.0 km", 56_194: "56.2 km"}
    assert written == {metres: format_length(metres) for metres in written}


def test_a_range_has_the_unit_of_its_greatest_length_once() -> None:
    written = {
        (0.0, 0.0): "0 m",
        (0.0, 350.4): "0-350 m",
        (349.8, 350.2): "350 m",
        (0.0, 4_120.0): "0-4.1 km",
        (350.0, 4_120.0): "0.3-4.1 km",
        (980.0, 1_020.0): "1.0 km",
        (12_000.0, 14_000.0): "12-14 km",
    }
    assert written == {ends: format_range(*ends) for ends in written}
