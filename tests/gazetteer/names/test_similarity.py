"""How alike two spellings sound: 0 to 1, symmetric, across scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.names import fold
from gazetteer.names.similarity import similarity, sound, sound_similarity

WORDS = st.text(st.characters(), max_size=40).filter(fold)


@given(WORDS, WORDS)
def test_any_two_texts_are_alike_to_a_degree_between_0_and_1_both_ways(a: str, b: str) -> None:
    forth, back = similarity(a, b), similarity(b, a)
    assert 0.0 <= forth <= 1.0
    assert forth == pytest.approx(back)


@given(WORDS)
def test_a_text_with_a_sound_is_wholly_alike_to_itself(text: str) -> None:
    assert (1.0 if sound(text) else 0.0) == similarity(text, text)


def test_two_silences_are_unlike() -> None:
    assert 0.0 == sound_similarity("", "")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Saraqeb", "Saraqib"),
        ("al-Bab", "El Bab"),
        ("Ma'arrat", "Maarrat"),
        ("Afrin", "Efrîn"),
        ("Qamishli", "Kamichly"),
    ],
)
def test_romanisations_of_one_name_sound_nearly_the_same(a: str, b: str) -> None:
    assert similarity(a, b) >= 0.8


@pytest.mark.parametrize(
    ("name", "same", "other"),
    [
        ("Kafranbel", "Kafr Nubl", "Kafr Takharim"),
        ("سراقب", "Saraqib", "Sarmin"),
        ("حلب", "Halab", "Hama"),
        ("Deir ez-Zor", "Dayr az Zawr", "Deir Hafir"),
        ("معرة النعمان", "Maarat al-Numan", "Maarrat Misrin"),
    ],
)
def test_the_right_name_sounds_more_alike_than_a_namesake(name: str, same: str, other: str) -> None:
    assert similarity(name, same) > similarity(name, other)


@pytest.mark.parametrize("text", ["", " ", "😀", "-"])
def test_a_text_without_letters_makes_no_sound(text: str) -> None:
    assert ("", 0.0) == (sound(text), similarity(text, "Idlib"))


@pytest.mark.parametrize(
    ("attached", "detached"),
    [("Addana", "ad-Dana"), ("aldana", "al-Dana"), ("Assafira", "as-Safira"), ("Ashshaykh", "ash-Shaykh")],
)
def test_an_article_sounds_the_same_written_as_one_with_its_word(attached: str, detached: str) -> None:
    assert sound(detached) == sound(attached)


@pytest.mark.parametrize("name", ["Aleppo", "Alma", "Assi", "Ellil", "Anas"])
def test_what_only_looks_like_an_article_stays(name: str) -> None:
    assert len(sound(name)) >= len(name) - 1


@pytest.mark.parametrize(("name", "arabic"), [("Afrin", "عفرين"), ("Idlib", "ادلب"), ("Ariha", "أريحا")])
def test_a_first_vowel_is_a_letter_in_both_scripts(name: str, arabic: str) -> None:
    assert "'" == sound(name)[0] == sound(arabic)[0]


def test_a_first_vowel_tells_names_apart_and_one_inside_less() -> None:
    assert similarity("Adana", "Dana") < similarity("Daana", "Dna") <= similarity("Sarakib", "Srakib")
