"""Places and their kinds: frozen values with nothing hidden."""

import dataclasses

import pytest

from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminUnit, prominence
from tests.builders import a_place

IDLIB, ARIHA = AdminUnit(1, "SY07", "Idleb", "إدلب"), AdminUnit(2, "SY0704", "Ariha", "أريحا")


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
    sizes = [None, 10, 100, 32_495, 2_000_000, 10_000_000, 10**9]
    assert [0.2, 0.2, 0.286, 0.645, 0.9, 1.0, 1.0] == [
        round(prominence(a_place(population=size)), 3) for size in sizes
    ]
    units = [PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT]
    assert [1.0, 0.8, 0.6, 0.5] == [prominence(a_place(kind=kind)) for kind in units]
    assert {0.2} == {
        prominence(a_place(kind=kind, population=None)) for kind in (PlaceKind.HOSPITAL, PlaceKind.DAM)
    }
