"""Words round a name: kinds are set aside, modifiers mean the same in every language."""

from hypothesis import given
from hypothesis import strategies as st

from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, search_keys
from gazetteer.names.words import KIND_WORDS, core_words, modifiers_of, split_kind_words

FOLDED = st.text(st.characters(), max_size=60).map(fold)


def modifiers(text: str) -> frozenset[str]:
    return modifiers_of(tuple(fold(text).split()))


def test_a_modifier_means_the_same_in_four_languages() -> None:
    for modifier, spellings in (
        ("north", "North, Northern, Shamali, Shimaliyah, Chamali, Kuzey, Bakur, شمالي, الشمالية, الشمالي"),
        ("south", "South, Southern, Janubi, Jnubiyah, Djanoubi, Güney, Başûr, جنوبي, الجنوبية"),
        ("east", "East, Eastern, Sharqi, Sharqiyah, Sharqiya, Charki, Sharki, Doğu, Rojhilat, شرقي, الشرقية"),
        ("west", "West, Western, Gharbi, Gharbiyah, Gharbiya, Batı, Rojava, غربي, الغربية"),
        ("upper", "Upper, Fawqani, Fawqaniyah, Foqani, Fouqani, Yukarı, Jorîn, فوقاني, الفوقاني"),
        ("lower", "Lower, Tahtani, Tahtaniyah, Tahtaniya, Aşağı, Jêrîn, تحتاني, التحتاني"),
        ("big", "Great, Big, Greater, Kabir, Kabirah, Kebir, Kabira, Büyük, Mezin, كبير, الكبيرة"),
        ("small", "Little, Small, Saghir, Saghirah, Sagheer, Saghira, Küçük, Biçûk, صغير, الصغيرة"),
        ("2", "2, ٢, ۲, 02"),
    ):
        read = {spelling: modifiers(f"Shuyukh {spelling}") for spelling in spellings.split(", ")}
        assert dict.fromkeys(read, frozenset({modifier})) == read, modifier


def test_an_ordinary_name_has_no_modifier() -> None:
    for text in ("Idlib", "Avicenna", "Gharib", "غراب", "Kafr Nabl", "Tal Abyad", "حلب", ""):
        assert frozenset() == modifiers(text), text


def test_a_kind_word_is_set_aside_and_says_the_kind() -> None:
    for kind, names in {
        "settlement": {
            "Idlib city": "idlib", "city of Idlib": "idlib", "Hass village": "hass", "Ariha town": "ariha",
            "Idlib köyü": "idlib", "مدينة إدلب": "ادلب", "قرية حاس": "حاس", "بلدة بنش": "بنش",
        },
        "camp": {"Atmeh camp": "atmeh", "مخيم أطمة": "اطمه"},
        "neighbourhood": {
            "Salaheddin neighbourhood": "salaheddin", "Salaheddin neighborhood": "salaheddin",
            "حي الشعار": "الشعار",
        },
        "district": {"Harem district": "harem", "منطقة حارم": "حارم"},
        "subdistrict": {"Harem sub-district": "harem", "Harem subdistrict": "harem", "ناحية حارم": "حارم"},
        "governorate": {"Idlib governorate": "idlib", "Idlib province": "idlib", "محافظة إدلب": "ادلب"},
        # Issue 4 names it among the words round a name: "ريف X" is what "rural X" is in English.
        "region": {"Idlib countryside": "idlib", "rural Idlib": "idlib", "ريف إدلب": "ادلب"},
        "air_base": {"Hama military airport": "hama"},
        "dam": {"Tishreen Dam": "tishreen"},
        "oil_field": {"al-Omar oil field": "al omar"},
        "border_crossing": {"Bab al-Salam border crossing": "bab al salam"},
        "hospital": {"Ibn Sina hospital": "ibn sina", "مستشفى القدس": "القدس"},
        "school": {"Al-Quds school": "al quds"},
        "mosque": {"مسجد النور": "النور"},
        "landmark": {"grain silos": "grain"},
        # "Sadd" and the like begin names; the word stays.
        None: {
            "سد تشرين": "سد تشرين", "جسر الشغور": "جسر الشغور", "جبل سمعان": "جبل سمعان",
            "جامع النور": "جامع النور", "Kafr Nabl": "kafr nabl",
        },
    }.items():  # fmt: skip
        for text, words in names.items():
            assert (tuple(words.split()), kind) == split_kind_words(fold(text)), text


def test_every_kind_word_is_written_as_folding_leaves_it_and_names_a_kind() -> None:
    for word, kind in KIND_WORDS.items():
        assert fold(word) == word
        assert kind in {"", *PlaceKind}, word


def test_a_name_of_kind_words_only_keeps_them() -> None:
    for text in ("city", "village camp", "مدينة", "قرية"):
        assert tuple(fold(text).split()) == split_kind_words(fold(text))[0], text


@given(FOLDED.filter(bool))
def test_words_are_never_invented_or_all_lost(folded: str) -> None:
    words = folded.split()
    kept, kind = split_kind_words(folded)
    assert set(kept) <= set(words)
    assert bool(kept) == bool(words)
    assert kind in {None, *PlaceKind}
    assert bool(core_words(kept)) == bool(words)


def test_a_name_is_filed_under_its_core_as_well() -> None:
    for name, spelling in {
        "Lower Shuyukh": "Shuyukh Tahtani",
        "Great Tall": "Tall Kabir",
        "Idlib city": "إدلب",
        "Western Kafr Hamra": "كفر حمرة غربي",
    }.items():
        assert set(search_keys(name)) & set(search_keys(spelling)), name
