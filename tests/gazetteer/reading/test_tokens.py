"""Words of a text: what stands between them, how they are written, what the small ones do."""

from hypothesis import given
from hypothesis import strategies as st

from gazetteer.reading.tokens import small_words, tokens

ANY_TEXT = st.text(st.characters(), max_size=300)


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
