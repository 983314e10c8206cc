"""Words of a text: what stands between them, how they are written, what the small ones do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.names import fold
from gazetteer.reading.tokens import says_no_name, small_words, tokens

ANY_TEXT = st.text(st.characters(), max_size=300)
INVISIBLE = ("\u200f", "\u200e", "\u202b", "\u2067", "\u200b", "\ufeff", "\u0640")


def words(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


def gaps(text: str) -> list[str]:
    return [token.gap for token in tokens(text)][1:]


def does(text: str) -> list[str]:
    return [token.does for token in tokens(text)]


@pytest.mark.parametrize(("between", "gap"), [
    (" ", " "), ("_", " "), ("\u00a0", " "), (", ", ","), ("،", ","), ("; ", ";"), ("؛ ", ";"), (" • ", ";"),
    (" & ", "+"), (" + ", "+"), ("/", "/"), (" \\ ", "/"), (" - ", "-"), ("–", "-"), (" — ", "-"),
    (" -> ", "-"), ("→", "-"), ("-", "~"), ("‑", "~"), (": ", ":"), (" (", "("), (" [", "("), (") ", ")"),
    ("\n", "\n"), ("\r\n", "\n"), ("\t", "\n"), (" | ", "\n"), ("\u2028", "\n"), (" #", "#"), (". ", "."),
    ("? ", "."),
])  # fmt: skip
def test_what_stands_between_two_words_is_said_by_one_sign(between: str, gap: str) -> None:
    assert [gap] == gaps(f"Hass{between}Idlib")


@pytest.mark.parametrize(
    ("between", "gap"), [(", (", "("), (" (-) ", "("), (" - /", "/"), ("), ", ","), (",\n", ",")]
)
def test_of_many_signs_the_one_that_says_most_counts(between: str, gap: str) -> None:
    assert [gap] == gaps(f"Hass{between}Idlib")


@pytest.mark.parametrize("mark", INVISIBLE)
def test_what_cannot_be_seen_is_no_gap_and_no_letter(mark: str) -> None:
    (token,) = tokens(f"سرا{mark}قب")
    assert fold("سراقب") == token.folded
    around = tokens(f"{mark}سراقب{mark}{mark} {mark}إدلب")
    assert ([fold("سراقب"), fold("إدلب")], " ") == ([t.folded for t in around], around[1].gap)


@pytest.mark.parametrize("sign", "'’ʿ`ʾ")
def test_a_sign_for_ayn_is_inside_its_word(sign: str) -> None:
    assert [f"Ma{sign}arrat"] == words(f"Ma{sign}arrat")


@pytest.mark.parametrize("text", ["#Hass #Idlib", "Hass_Idlib", "#Hass_#Idlib"])
def test_hashtags_and_underscores_hold_whole_words(text: str) -> None:
    assert ["Hass", "Idlib"] == words(text)


@pytest.mark.parametrize(
    ("word", "script"), [("Hass", "Latn"), ("حاس", "Arab"), ("2", "Zyyy"), ("٢", "Zyyy")]
)
def test_a_word_knows_its_script(word: str, script: str) -> None:
    assert [script] == [token.script for token in tokens(word)]


@pytest.mark.parametrize(("text", "role"), [
    ("and", "and"), ("OR", "and"), ("و", "and"), ("in", "in"), ("في", "in"), ("near", "near"),
    ("close to", "near"), ("in the vicinity of", "near"), ("قرب", "near"), ("بالقرب من", "near"),
    ("various locations", "scattered"), ("مناطق متفرقة", "scattered"), ("the", "filler"), ("Hass", ""),
    ("حاس", ""),
])  # fmt: skip
def test_a_small_word_says_what_it_does_in_either_language(text: str, role: str) -> None:
    assert {role} == set(does(text))


def test_the_longest_phrase_counts_and_its_first_word_says_how_long_it_is() -> None:
    found = tokens("in the vicinity of Hass")
    assert [("near", 4), ("", 1)] == [(found[0].does, found[0].opens), (found[4].does, found[4].opens)]


def test_a_phrase_ends_where_a_sign_stands_in_it() -> None:
    assert ["near"] * 4 != does("in, the vicinity of Hass")[:4]


def test_every_small_word_of_the_lists_is_found_in_a_text() -> None:
    found = {phrase: tokens(" ".join(phrase))[0].does for phrase in small_words()}
    assert small_words() == found


@pytest.mark.parametrize(
    "word", ["hospital", "city", "north", "eastern", "2", "the", "مشفى", "المدينة", "شرقي", "قرب"]
)
def test_a_kind_a_compass_word_a_number_and_a_small_word_name_nothing(word: str) -> None:
    assert [True] == [says_no_name(token) for token in tokens(word)]


@pytest.mark.parametrize("word", ["Hass", "Ghouta", "حاس", "القصور"])
def test_any_other_word_may_name_something(word: str) -> None:
    assert [False] == [says_no_name(token) for token in tokens(word)]


@given(ANY_TEXT)
def test_words_stand_in_their_text_in_order_and_have_a_folded_form(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert (text[token.start : token.end], True) == (token.text, bool(token.folded))
        end = token.end
