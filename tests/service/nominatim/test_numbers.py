"""The integer that stands for a place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer import Gazetteer
from service.nominatim.words import place_number


@pytest.mark.parametrize(
    ("place_id", "expected"),
    [
        ("SY", 1),
        ("SY07", 107),
        ("SY070204", 1_070_204),
        ("C3871", 10_013_871),
        ("N0006", 20_010_006),
        ("geonames:169389", 100_169_389),
        # A billion, and the BLAKE2b digest of 8 bytes modulo a billion: printf … | b2sum -l 64
        ("cg:tishreen-dam", 1_651_136_191),
    ],
)
def test_a_place_keeps_its_number(place_id: str, expected: int) -> None:
    assert expected == place_number(place_id)


def test_no_two_places_of_the_embedded_gazetteer_share_a_number(user_cache: Path) -> None:
    ids = [place.id for place in Gazetteer.open().places()]
    assert len(ids) == len({place_number(place_id) for place_id in ids})
    assert len(ids) > 1000


@given(st.one_of(st.text(), st.from_regex(r"(SY|C|N|geonames:)\d{0,12}", fullmatch=True)))
def test_a_number_fits_in_31_bits(place_id: str) -> None:
    assert 1 <= place_number(place_id) < 2**31


@given(*[st.from_regex(r"(SY|C|N)\d{0,6}|geonames:[1-9]\d{0,7}", fullmatch=True)] * 2)
def test_ids_with_digits_never_share_a_number(first: str, second: str) -> None:
    assert (first == second) == (place_number(first) == place_number(second))
