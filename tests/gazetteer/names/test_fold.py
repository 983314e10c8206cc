"""Folding: one form for what never tells two places apart, for any text at all."""

from hypothesis import example, given
from hypothesis import strategies as st

from gazetteer.names import fold, script_of

# Every code point, lone surrogates among them: broken decoders hand those in.
ANY_TEXT = st.text(st.characters(), max_size=60)
NAME_LETTERS = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHİıŞşÇçĞğêîûÊîâäöüßœæ ḥṣṭẓḍṯẖʿʾ'’‘-"
    "ابتثجحخدذرزسشصضطظعغفقكملنهويةىأإآءئؤگکپچژێۆ ـ",
    max_size=40,
)


@given(ANY_TEXT | NAME_LETTERS)
@example("İstanbul")
@example("ŉ")
@example("ﷲ ﻹدلب")
@example("\u0627\u0653")
@example("Ǆ ﬃ ℡ ①")
@example("ß" * 1000)  # longer than it reads
@example("œ" * 1000)
@example("ﷲ" * 1000)
@example("㎢" * 1000)
def test_folding_is_idempotent_for_any_text(text: str) -> None:
    assert fold(text) == fold(fold(text))


@given(ANY_TEXT)
def test_a_folded_form_is_letters_digits_and_single_spaces(text: str) -> None:
    folded = fold(text)
    assert " ".join(folded.split()) == folded
    assert all(c.isalnum() or c == " " for c in folded)


@given(ANY_TEXT)
def test_any_text_has_a_script(text: str) -> None:
    assert script_of(text) in {"Latn", "Arab", "Zyyy"}


def test_one_spelling_typed_differently_folds_alike() -> None:
    for first, *others in (
        (
            "Ma'arrat an-Nu'man", "Ma‘arrat an Nu‘mān", "MAʿARRAT AN NUʿMĀN", "Maʻarrat an-Nuʻmān",
            "Ma`arrat  an_Nu´man",
        ),
        ("إدلب", "ادلب", "أدلب", "ٱدلب", "اِدْلِب", "إدلـــب", "\u202bإدلب\u202c", "\u200fإدلب\u200f", "ﺇﺩﻟﺐ"),
        ("معرة النعمان", "معره النعمان", "مَعَرَّة النُّعْمَان", "معرة  النعمان"),
        ("مارع", "مـارع"), ("كفرنبل", "کفرنبل", "كَفْرَنبِل"), ("بكسريا", "بکسریا"), ("عيسى", "عيسي", "عیسی"),
        ("Şêx Meqsûd", "sex meqsud", "ŞÊX MEQSÛD", "S\u0327e\u0302x Meqsu\u0302d"),
        ("İdlib", "idlib", "IDLIB", "ıdlıb", "Ｉｄｌｉｂ"),
        ("Hilla 2", "hilla 2", "Hilla-2", "Hilla (2)", "Hilla ٢", "Hilla ۲"),
        ("Al-Bāb", "al bab", "Al Bāb", "AL–BAB", "al\u00a0bab"),
    ):  # fmt: skip
        assert dict.fromkeys(others, fold(first)) == {text: fold(text) for text in others}


def test_folding_keeps_how_a_name_is_romanised_and_what_it_is() -> None:
    for a, b in (("Saraqeb", "Saraqib"), ("Hama", "Homs"), ("حماة", "حمص"), ("Hilla 1", "Hilla 2")):
        assert fold(a) != fold(b), a


def test_a_text_without_letters_and_digits_folds_to_nothing() -> None:
    for text in ("", " ", "\t\n", "...", "😀", "\u200f\u202b", "ـــ", "'’ʿ", "\0", "-–—"):
        assert "" == fold(text), text


def test_only_so_much_of_a_text_is_read() -> None:
    assert 400 == len(fold("a" * 10_000))


def test_the_script_is_that_of_most_letters() -> None:
    for script, texts in {
        "Latn": ("Idlib", "Maʿarrat an-Nuʿmān", "إدلب (Idlib city)"),
        "Arab": ("إدلب", "ﺇﺩﻟﺐ"),
        "Zyyy": ("Идлиб", "伊德利卜", "12345", ""),
    }.items():
        assert dict.fromkeys(texts, script) == {text: script_of(text) for text in texts}
