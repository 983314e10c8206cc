"""The table of kinds: a row for each, and which words mean which."""

from collections import Counter

import pytest

from gazetteer.kinds import KINDS, PlaceKind, kinds_meant_by
from gazetteer.names import fold, search_keys
from gazetteer.names.words import kinds_in_words, split_kind_words

NEW = "school market mosque bakery power_plant border river road valley lake".split()


def test_every_kind_has_one_row_in_the_order_of_kinds() -> None:
    assert list(PlaceKind) == [row.kind for row in KINDS]


def test_a_word_stands_in_one_row_only() -> None:
    words = Counter(word for row in KINDS for word in (*row.words, *row.name_words, *row.loose_words))
    assert [] == [word for word, rows in words.items() if rows > 1]


def test_words_are_written_as_folding_leaves_them_in_one_or_two_parts() -> None:
    words = [word for row in KINDS for word in (*row.words, *row.name_words, *row.loose_words)]
    assert words == [fold(word) for word in words]
    assert {1, 2} == {len(word.split()) for word in words}


def test_every_kind_has_an_arabic_name_and_all_but_a_computed_point_a_radius() -> None:
    assert all(row.name_ar for row in KINDS)
    assert [PlaceKind.POINT] == [row.kind for row in KINDS if not row.radius_m]


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


@pytest.mark.parametrize("kind", list(PlaceKind))
def test_every_kind_belongs_to_one_of_six_groups(kind: PlaceKind) -> None:
    assert kind.group in {"admin", "settlement", "neighbourhood", "facility", "landmark", "point"}
    assert (kind.group == "admin") == (kind.admin_level is not None)


@pytest.mark.parametrize(
    ("kind", "group", "level"),
    [
        (PlaceKind.COUNTRY, "admin", 0),
        (PlaceKind.GOVERNORATE, "admin", 1),
        (PlaceKind.DISTRICT, "admin", 2),
        (PlaceKind.SUBDISTRICT, "admin", 3),
        (PlaceKind.SETTLEMENT, "settlement", None),
        (PlaceKind.CAMP, "settlement", None),
        (PlaceKind.NEIGHBOURHOOD, "neighbourhood", None),
        (PlaceKind.HOSPITAL, "facility", None),
        (PlaceKind.CLINIC, "facility", None),
        (PlaceKind.DAM, "landmark", None),
        (PlaceKind.REGION, "landmark", None),
        (PlaceKind.POINT, "point", None),
    ],
)
def test_kinds_have_the_group_and_level_the_documentation_gives(
    kind: PlaceKind, group: str, level: int | None
) -> None:
    assert (group, level) == (kind.group, kind.admin_level)


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("hospital", {PlaceKind.HOSPITAL}),
        ("Hospitals", {PlaceKind.HOSPITAL}),
        (" HOSPITAL ", {PlaceKind.HOSPITAL}),
        ("facility", {PlaceKind.HOSPITAL, PlaceKind.CLINIC}),
        ("facilities", {PlaceKind.HOSPITAL, PlaceKind.CLINIC}),
        ("air base", {PlaceKind.AIR_BASE}),
        ("air-bases", {PlaceKind.AIR_BASE}),
        ("settlement", {PlaceKind.SETTLEMENT, PlaceKind.CAMP}),
        ("town", {PlaceKind.SETTLEMENT}),
        ("city", {PlaceKind.SETTLEMENT}),
        ("Cities", {PlaceKind.SETTLEMENT}),
        ("villages", {PlaceKind.SETTLEMENT}),
        ("قرية", {PlaceKind.SETTLEMENT}),
        ("power plant", {PlaceKind.POWER_PLANT}),
        ("bakeries", {PlaceKind.BAKERY}),
        ("wadi", {PlaceKind.VALLEY}),
        ("مدرسة", {PlaceKind.SCHOOL}),
        ("مستشفى", {PlaceKind.HOSPITAL}),
        ("admin", {PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT}),
    ],
)
def test_a_word_names_a_kind_or_a_group(word: str, kinds: set[PlaceKind]) -> None:
    assert kinds == kinds_meant_by(word)


@pytest.mark.parametrize("word", ["airbase", "airbases", "air-bases", "Air base", "AIR_BASE"])
def test_a_kind_may_be_written_together_or_apart(word: str) -> None:
    assert {PlaceKind.AIR_BASE} == kinds_meant_by(word)


@pytest.mark.parametrize("word", ["", " ", "s", "shop", "hospital!", "_GROUPS", "group", "y"])
def test_another_word_names_no_kind(word: str) -> None:
    assert frozenset() == kinds_meant_by(word)
