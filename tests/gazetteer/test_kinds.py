"""The table of kinds: a row for each, and which words mean which."""

from collections import Counter

import pytest

from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.names import fold, search_keys
from gazetteer.names.words import kinds_in_words, split_kind_words

NEW = "school market mosque bakery power_plant border river road valley lake".split()


def test_a_word_belongs_to_one_kind_only() -> None:
    words = Counter(word for kind in PlaceKind for word in (*kind.words, *kind.name_words, *kind.loose_words))
    assert [] == [word for word, kinds in words.items() if kinds > 1]


def test_words_are_written_as_folding_leaves_them_in_one_or_two_parts() -> None:
    words = [word for kind in PlaceKind for word in (*kind.words, *kind.name_words, *kind.loose_words)]
    assert words == [fold(word) for word in words]
    assert {1, 2} == {len(word.split()) for word in words}


def test_every_kind_has_an_arabic_name_and_all_but_a_computed_point_a_radius() -> None:
    assert all(kind.name_ar for kind in PlaceKind)
    assert [PlaceKind.POINT] == [kind for kind in PlaceKind if not kind.radius_m]


def test_medical_facilities_and_camps_are_sensitive() -> None:
    assert [PlaceKind.CAMP, PlaceKind.HOSPITAL, PlaceKind.CLINIC] == [k for k in PlaceKind if k.sensitive]


@pytest.mark.parametrize("kind", NEW)
def test_what_sources_may_have_can_be_asked_for_whether_or_not_there_is_any(kind: str) -> None:
    assert {PlaceKind(kind)} == kinds_meant_by(kind) == kinds_meant_by(kind.replace("_", " ") + "s")
    assert "landmark" == PlaceKind(kind).group


@pytest.mark.parametrize("word", "national-hospital factory rural rif madina hay gund area".split())
def test_a_loose_word_asks_for_no_kind(word: str) -> None:
    assert frozenset() == kinds_meant_by(word)


@pytest.mark.parametrize(
    "name", ["Wadi Barada", "وادي بردى", "Nahr Aysha", "طريق الباب", "Border Village", "بحيرة قطينة"]
)
def test_a_word_that_belongs_to_a_name_is_kept_in_its_key(name: str) -> None:
    words, _ = split_kind_words(fold(name))
    assert fold(name).split()[0] in words


def test_a_word_that_belongs_to_a_name_says_its_kind_all_the_same() -> None:
    assert {"valley"} == kinds_in_words(("wadi", "barada"))
    assert {"power_plant"} == kinds_in_words(("mhardeh", "power", "plant"))


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("Al-Quds school", ("al", "quds"), "school"),
        ("مسجد النور", ("النور",), "mosque"),
        ("جامع النور", ("جامع", "النور"), None),
        ("grain silos", ("grain",), "landmark"),
    ],
)
def test_a_word_that_was_set_aside_for_a_landmark_is_so_for_its_own_kind(
    text: str, words: tuple[str, ...], kind: str | None
) -> None:
    assert (words, kind) == split_kind_words(fold(text))


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Wadi Barada", ("wdbrd",)),
        ("Al-Quds school", ("kdsSl", "kds")),
        ("مسجد النور", ("msjdnr", "nr")),
        ("Mhardeh power plant", ("mhrdbrblnt", "mhrdhbrblnt")),
        ("طريق الباب", ("trkbb",)),
    ],
)
def test_a_name_has_the_keys_that_built_files_hold(name: str, keys: tuple[str, ...]) -> None:
    # As names.VERSION "2" has them since before these words were kinds.
    assert keys == search_keys(name)


def test_every_kind_belongs_to_one_of_six_groups_and_areas_have_levels() -> None:
    assert {"admin", "settlement", "neighbourhood", "facility", "landmark", "point"} == {
        kind.group for kind in PlaceKind
    }
    levels = {kind: kind.admin_level for kind in PlaceKind if kind.admin_level is not None}
    assert [0, 1, 2, 3] == list(levels.values())
    assert list(levels) == [kind for kind in PlaceKind if kind.group == "admin"]
    assert {PlaceKind.SETTLEMENT, PlaceKind.CAMP} == {k for k in PlaceKind if k.group == "settlement"}
    assert {PlaceKind.HOSPITAL, PlaceKind.CLINIC} == {k for k in PlaceKind if k.group == "facility"}


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("hospital|Hospitals| HOSPITAL |مستشفى", {PlaceKind.HOSPITAL}),
        ("facility|facilities", {PlaceKind.HOSPITAL, PlaceKind.CLINIC}),
        ("airbase|airbases|air base|air-bases|Air base|AIR_BASE", {PlaceKind.AIR_BASE}),
        ("settlement", {PlaceKind.SETTLEMENT, PlaceKind.CAMP}),
        ("town|city|Cities|villages|قرية", {PlaceKind.SETTLEMENT}),
        ("power plant", {PlaceKind.POWER_PLANT}),
        ("bakeries", {PlaceKind.BAKERY}),
        ("wadi", {PlaceKind.VALLEY}),
        ("مدرسة", {PlaceKind.SCHOOL}),
        ("admin", {PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT}),
    ],
)
def test_a_word_names_a_kind_or_a_group(words: str, kinds: set[PlaceKind]) -> None:
    assert dict.fromkeys(words.split("|"), kinds) == {w: kinds_meant_by(w) for w in words.split("|")}


@pytest.mark.parametrize("word", ["", " ", "s", "shop", "hospital!", "_GROUPS", "group", "y"])
def test_another_word_names_no_kind(word: str) -> None:
    assert frozenset() == kinds_meant_by(word)
