"""Places and the table of their kinds: frozen values, a row for each kind, and which words mean which."""

import dataclasses
from collections import Counter

import pytest

from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.names import fold, search_keys
from gazetteer.names.words import kinds_in_words, split_kind_words
from gazetteer.values import AdminUnit, prominence
from tests.builders import a_place

IDLIB, ARIHA = AdminUnit(1, "SY07", "Idleb", "إدلب"), AdminUnit(2, "SY0704", "Ariha", "أريحا")


def all_words(kind: PlaceKind) -> tuple[str, ...]:
    return (*kind.words, *kind.name_words, *kind.loose_words, *kind.asking_words)


def test_a_word_belongs_to_one_kind_only() -> None:
    words = Counter(word for kind in PlaceKind for word in all_words(kind))
    assert [] == [word for word, kinds in words.items() if kinds > 1]


def test_words_are_written_as_folding_leaves_them_in_one_or_two_parts() -> None:
    words = [word for kind in PlaceKind for word in all_words(kind)]
    assert words == [fold(word) for word in words]
    assert {1, 2} == {len(word.split()) for word in words}


def test_every_kind_has_an_arabic_name_and_all_but_a_computed_point_a_radius() -> None:
    assert all(kind.name_ar for kind in PlaceKind)
    assert [PlaceKind.POINT] == [kind for kind in PlaceKind if not kind.radius_m]


def test_medical_facilities_and_camps_are_sensitive() -> None:
    assert [PlaceKind.CAMP, PlaceKind.HOSPITAL, PlaceKind.CLINIC] == [k for k in PlaceKind if k.sensitive]


def test_what_sources_may_have_can_be_asked_for_whether_or_not_there_is_any() -> None:
    for kind in "school market mosque bakery power_plant border river road valley lake".split():
        assert {PlaceKind(kind)} == kinds_meant_by(kind) == kinds_meant_by(kind.replace("_", " ") + "s"), kind
        assert "landmark" == PlaceKind(kind).group, kind


def test_a_kind_is_asked_for_in_the_singular_and_the_plural_of_both_languages() -> None:
    asked = {
        PlaceKind.SCHOOL: "school schools مدرسة مدارس المدارس",
        PlaceKind.MARKET: "market markets سوق أسواق الأسواق",
        PlaceKind.ROAD: "road roads highway motorway طريق الطريق طرق الطرق أوتوستراد",
        PlaceKind.RIVER: "river rivers نهر النهر أنهار الأنهار",
        PlaceKind.LAKE: "lake lakes بحيرة بحيرات البحيرات",
        PlaceKind.VALLEY: "valley valleys wadi وادي الوادي أودية وديان",
        PlaceKind.BORDER: "border borders حدود الحدود",
        PlaceKind.BAKERY: "bakery bakeries مخبز المخابز أفران",
        PlaceKind.MOSQUE: "mosque mosques مسجد المساجد جوامع",
        PlaceKind.PRISON: "prison prisons jail سجن السجون",
        PlaceKind.HOSPITAL: "hospital hospitals مشفى المشفى مشافي المشافي المستشفيات",
        PlaceKind.BRIDGE: "bridge bridges جسر الجسور",
    }
    for kind, words in asked.items():
        assert [{kind}] * len(words.split()) == [kinds_meant_by(word) for word in words.split()]


def test_a_loose_word_asks_for_no_kind() -> None:
    for word in "national-hospital factory rural rif madina hay gund area".split():
        assert frozenset() == kinds_meant_by(word), word


def test_a_word_that_belongs_to_a_name_is_kept_in_its_key_and_says_its_kind_all_the_same() -> None:
    for name in ("Wadi Barada", "وادي بردى", "Nahr Aysha", "طريق الباب", "Border Village", "بحيرة قطينة"):
        words, _ = split_kind_words(fold(name))
        assert fold(name).split()[0] in words, name
    assert {"valley"} == kinds_in_words(("wadi", "barada"))
    assert {"power_plant"} == kinds_in_words(("mhardeh", "power", "plant"))


def test_a_name_has_the_keys_that_built_files_hold() -> None:
    for name, keys in (
        ("Wadi Barada", ("wdbrd",)),
        ("Al-Quds school", ("kdsSl", "kds")),
        ("مسجد النور", ("msjdnr", "nr")),
        ("Mhardeh power plant", ("mhrdbrblnt", "mhrdhbrblnt")),
        ("طريق الباب", ("trkbb",)),
    ):
        # As names.VERSION "2" has them since before these words were kinds.
        assert keys == search_keys(name), name


def test_every_kind_belongs_to_one_of_six_groups_and_areas_have_levels() -> None:
    assert {"admin", "settlement", "neighbourhood", "facility", "landmark", "point"} == {
        kind.group for kind in PlaceKind
    }
    levels = {kind: kind.admin_level for kind in PlaceKind if kind.admin_level is not None}
    assert [0, 1, 2, 3] == list(levels.values())
    assert list(levels) == [kind for kind in PlaceKind if kind.group == "admin"]
    assert {PlaceKind.SETTLEMENT, PlaceKind.CAMP} == {k for k in PlaceKind if k.group == "settlement"}
    assert {PlaceKind.HOSPITAL, PlaceKind.CLINIC} == {k for k in PlaceKind if k.group == "facility"}


def test_a_word_names_a_kind_or_a_group() -> None:
    for words, kinds in {
        "hospital|Hospitals| HOSPITAL |مستشفى": {PlaceKind.HOSPITAL},
        "facility|facilities": {PlaceKind.HOSPITAL, PlaceKind.CLINIC},
        "airbase|airbases|air base|air-bases|Air base|AIR_BASE": {PlaceKind.AIR_BASE},
        "settlement": {PlaceKind.SETTLEMENT, PlaceKind.CAMP},
        "town|city|Cities|villages|قرية": {PlaceKind.SETTLEMENT},
        "power plant": {PlaceKind.POWER_PLANT},
        "bakeries": {PlaceKind.BAKERY},
        "wadi": {PlaceKind.VALLEY},
        "مدرسة": {PlaceKind.SCHOOL},
        "admin": {PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT},
    }.items():
        assert dict.fromkeys(words.split("|"), kinds) == {w: kinds_meant_by(w) for w in words.split("|")}


def test_another_word_names_no_kind() -> None:
    for word in ("", " ", "s", "shop", "hospital!", "_GROUPS", "group", "y"):
        assert frozenset() == kinds_meant_by(word), word


def test_a_place_lies_in_itself_its_chain_and_the_country() -> None:
    place = a_place(id="C4126", admin=(IDLIB, ARIHA))
    codes = ["C4126", "SY07", "SY0704", "SY", "SY02", "SY070", "", "sy07"]
    assert [True] * 4 + [False] * 4 == [place.lies_in(code) for code in codes]
    assert ("SY07", "SY0704") == place.pcodes


def test_a_place_cannot_be_changed_and_takes_no_attribute_it_does_not_have() -> None:
    place = a_place()
    with pytest.raises(dataclasses.FrozenInstanceError):
        place.name = "Elsewhere"  # type: ignore[misc]
    assert not hasattr(place, "__dict__")


def test_prominence_goes_by_population_else_by_level_and_is_never_unknown() -> None:
    sizes = {None: 0.2, 10: 0.2, 100: 0.286, 32_495: 0.645, 2_000_000: 0.9, 10_000_000: 1.0, 10**9: 1.0}
    assert sizes == {size: round(prominence(a_place(population=size)), 3) for size in sizes}
    units = [PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT]
    assert [1.0, 0.8, 0.6, 0.5] == [prominence(a_place(kind=kind)) for kind in units]
    for kind in (PlaceKind.HOSPITAL, PlaceKind.DAM):
        assert 0.2 == prominence(a_place(kind=kind, population=None)), kind
