"""Words round a name: kinds are set aside, modifiers mean the same in every language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, search_keys
from gazetteer.names.words import KIND_WORDS, core_words, modifiers_of, split_kind_words

FOLDED = st.text(st.characters(), max_size=60).map(fold)


def modifiers(text: str) -> frozenset[str]:
    return modifiers_of(tuple(fold(text).split()))


@pytest.mark.parametrize(
    ("modifier", "spellings"),
    [
        ("north", "North, Northern, Shamali, Shimaliyah, Chamali, Kuzey, Bakur, شمالي, الشمالية, الشمالي"),
        ("south", "South, Southern, Janubi, Jnubiyah, Djanoubi, Güney, Başûr, جنوبي, الجنوبية"),
        ("east", "East, Eastern, Sharqi, Sharqiyah, Sharqiya, Charki, Sharki, Doğu, Rojhilat, شرقي, الشرقية"),
        ("west", "West, Western, Gharbi, Gharbiyah, Gharbiya, Batı, Rojava, غربي, الغربية"),
        ("upper", "Upper, Fawqani, Fawqaniyah, Foqani, Fouqani, Yukarı, Jorîn, فوقاني, الفوقاني"),
        ("lower", "Lower, Tahtani, Tahtaniyah, Tahtaniya, Aşağı, Jêrîn, تحتاني, التحتاني"),
        ("big", "Great, Big, Greater, Kabir, Kabirah, Kebir, Kabira, Büyük, Mezin, كبير, الكبيرة"),
        ("small", "Little, Small, Saghir, Saghirah, Sagheer, Saghira, Küçük, Biçûk, صغير, الصغيرة"),
        ("2", "2, ٢, ۲, 02"),
    ],
)
def test_a_modifier_means_the_same_in_four_languages(modifier: str, spellings: str) -> None:
    read = {spelling: modifiers(f"Shuyukh {spelling}") for spelling in spellings.split(", ")}
    assert dict.fromkeys(read, frozenset({modifier})) == read


@pytest.mark.parametrize("text", ["Idlib", "Avicenna", "Gharib", "غراب", "Kafr Nabl", "Tal Abyad", "حلب", ""])
def test_an_ordinary_name_has_no_modifier(text: str) -> None:
    assert frozenset() == modifiers(text)


def test_upper_and_lower_are_told_apart() -> None:
    assert modifiers("Shuyukh Fawqani") != modifiers("Shuyukh Tahtani")


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("Idlib city", ("idlib",), "settlement"),
        ("city of Idlib", ("idlib",), "settlement"),
        ("Hass village", ("hass",), "settlement"),
        ("Ariha town", ("ariha",), "settlement"),
        ("Atmeh camp", ("atmeh",), "camp"),
        ("Salaheddin neighbourhood", ("salaheddin",), "neighbourhood"),
        ("Salaheddin neighborhood", ("salaheddin",), "neighbourhood"),
        ("Harem district", ("harem",), "district"),
        ("Saraqeb sub-district", ("saraqeb",), "subdistrict"),
        ("Saraqeb subdistrict", ("saraqeb",), "subdistrict"),
        ("Idlib governorate", ("idlib",), "governorate"),
        ("Idlib province", ("idlib",), "governorate"),
        ("Idlib countryside", ("idlib",), "region"),
        ("rural Idlib", ("idlib",), "region"),
        ("Hama military airport", ("hama",), "air_base"),
        ("Tishreen Dam", ("tishreen",), "dam"),
        ("al-Omar oil field", ("al", "omar"), "oil_field"),
        ("Bab al-Salam border crossing", ("bab", "al", "salam"), "border_crossing"),
        ("Ibn Sina hospital", ("ibn", "sina"), "hospital"),
        ("Idlib köyü", ("idlib",), "settlement"),
        ("مدينة إدلب", ("ادلب",), "settlement"),
        ("قرية حاس", ("حاس",), "settlement"),
        ("بلدة بنش", ("بنش",), "settlement"),
        ("مخيم أطمة", ("اطمه",), "camp"),
        ("حي الشعار", ("الشعار",), "neighbourhood"),
        ("ناحية سراقب", ("سراقب",), "subdistrict"),
        ("منطقة حارم", ("حارم",), "district"),
        ("محافظة إدلب", ("ادلب",), "governorate"),
        ("مستشفى القدس", ("القدس",), "hospital"),
        ("سد تشرين", ("سد", "تشرين"), None),  # "Sadd" begins names; the word stays
        ("جسر الشغور", ("جسر", "الشغور"), None),
        ("جبل سمعان", ("جبل", "سمعان"), None),
        ("Kafr Nabl", ("kafr", "nabl"), None),
    ],
)
def test_a_kind_word_is_set_aside_and_says_the_kind(
    text: str, words: tuple[str, ...], kind: str | None
) -> None:
    assert (words, kind) == split_kind_words(fold(text))


@pytest.mark.parametrize(("text", "words"), [("ريف إدلب", ("ادلب",)), ("ريف حلب", ("حلب",))])
def test_the_arabic_word_for_countryside_is_set_aside(text: str, words: tuple[str, ...]) -> None:
    # Issue 4 names it among the words round a name: "ريف X" is what "rural X" is in English.
    assert (words, "region") == split_kind_words(fold(text))


def test_every_kind_word_is_written_as_folding_leaves_it() -> None:
    assert [] == [word for word in KIND_WORDS if word != fold(word)]


@pytest.mark.parametrize("word", sorted(KIND_WORDS))
def test_every_kind_word_names_a_kind(word: str) -> None:
    assert KIND_WORDS[word] in {"", *PlaceKind}


@pytest.mark.parametrize("text", ["city", "village camp", "مدينة", "قرية"])
def test_a_name_of_kind_words_only_keeps_them(text: str) -> None:
    assert tuple(fold(text).split()) == split_kind_words(fold(text))[0]


@given(FOLDED.filter(bool))
def test_words_are_never_invented_or_all_lost(folded: str) -> None:
    words = folded.split()
    kept, kind = split_kind_words(folded)
    assert set(kept) <= set(words)
    assert bool(kept) == bool(words)
    assert kind in {None, *PlaceKind}
    assert bool(core_words(kept)) == bool(words)


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("Lower Shuyukh", "Shuyukh Tahtani"),
        ("Great Tall", "Tall Kabir"),
        ("Idlib city", "إدلب"),
        ("Western Kafr Hamra", "كفر حمرة غربي"),
    ],
)
def test_a_name_is_filed_under_its_core_as_well(name: str, spelling: str) -> None:
    assert set(search_keys(name)) & set(search_keys(spelling))
