"""Places and their kinds: frozen values with nothing hidden."""

import dataclasses

import pytest

from gazetteer.places import AdminUnit, PlaceKind, kinds_meant_by, prominence
from tests.builders import a_place

IDLIB, ARIHA = AdminUnit(1, "SY07", "Idleb", "إدلب"), AdminUnit(2, "SY0704", "Ariha", "أريحا")


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
        ("admin", {PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT}),
    ],
)
def test_a_word_names_a_kind_or_a_group(word: str, kinds: set[PlaceKind]) -> None:
    assert kinds == kinds_meant_by(word)


@pytest.mark.parametrize("word", ["airbase", "airbases", "air-bases", "Air base", "AIR_BASE"])
def test_a_kind_may_be_written_together_or_apart(word: str) -> None:
    assert {PlaceKind.AIR_BASE} == kinds_meant_by(word)


@pytest.mark.parametrize("word", ["", " ", "s", "bakery", "hospital!", "_GROUPS", "group", "y"])
def test_another_word_names_no_kind(word: str) -> None:
    assert frozenset() == kinds_meant_by(word)


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


def test_unknown_population_is_none() -> None:
    assert a_place(population=None).population is None


def test_prominence_goes_by_population_else_by_level_and_is_never_unknown() -> None:
    sizes = [None, 10, 100, 32_495, 2_000_000, 10_000_000, 10**9]
    assert [0.2, 0.2, 0.286, 0.645, 0.9, 1.0, 1.0] == [
        round(prominence(a_place(population=size)), 3) for size in sizes
    ]
    units = [PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT]
    assert [1.0, 0.8, 0.6, 0.5] == [prominence(a_place(kind=kind)) for kind in units]
    assert {0.2} == {
        prominence(a_place(kind=kind, population=None)) for kind in (PlaceKind.HOSPITAL, PlaceKind.DAM)
    }
