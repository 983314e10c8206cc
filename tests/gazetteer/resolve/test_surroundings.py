"""Context: which areas and anchors a hint pins down, and that an unknown one is no error."""

from collections.abc import Sequence

import pytest

from gazetteer.index.by_name import NameIndex
from gazetteer.names import fold, search_keys
from gazetteer.places import AdminUnit, Place, PlaceKind
from gazetteer.resolve.features import Surroundings
from gazetteer.resolve.surroundings import areas_named, surroundings_of
from gazetteer.values import LatLon
from tests.builders import a_place

IDLIB = AdminUnit(1, "SY07", "Idleb", "إدلب")
PLACES = (
    a_place(id="SY07", name="Idleb", name_ar="إدلب", kind=PlaceKind.GOVERNORATE, admin=(IDLIB,)),
    a_place(id="SY0700", name="Idleb", name_ar="إدلب", kind=PlaceKind.DISTRICT, admin=(IDLIB,)),
    a_place(id="C1", name="Idlib", name_ar="إدلب", position=LatLon(35.93, 36.63), population=128_840),
    a_place(id="C2", name="Saraqib", name_ar="سراقب", position=LatLon(35.86, 36.8)),
    a_place(id="SY", name="Syria", name_ar="سوريا", kind=PlaceKind.COUNTRY),
)


def an_index(places: Sequence[Place] = PLACES) -> NameIndex:
    texts = [(n, text) for n, place in enumerate(places) for text in (place.name, place.name_ar)]
    return NameIndex(
        [(n, text, fold(text)) for n, text in texts],
        [(key, row) for row, (_, text) in enumerate(texts) for key in search_keys(text)],
    )


def codes(hint: str) -> set[str]:
    return {place.id for place in areas_named(hint, an_index(), PLACES)}


@pytest.mark.parametrize("hint", ["Idlib", "Idleb", "إدلب", "ادلب", "Edlib", "Idlib, Syria"])
def test_a_name_means_every_level_that_has_it(hint: str) -> None:
    assert {"SY07", "SY0700"} == codes(hint)


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("Idlib governorate", {"SY07"}),
        ("Idlib province", {"SY07"}),
        ("محافظة إدلب", {"SY07"}),
        ("Idlib district", {"SY0700"}),
        ("SY07", {"SY07"}),
        ("sy0700", {"SY0700"}),
    ],
)
def test_a_kind_word_or_a_pcode_decides_the_level(hint: str, expected: set[str]) -> None:
    assert expected == codes(hint)


@pytest.mark.parametrize(
    "hint", ["", " ", "Saraqib", "Timbuktu", "12345", "😀", "C1", "SY99", "35.9, 36.6", "\0", "<b>"]
)
def test_what_is_no_area_names_none(hint: str) -> None:
    assert set() == codes(hint)


def test_hints_become_areas_and_anchors() -> None:
    found = surroundings_of(("Idlib governorate", "Saraqib"), an_index(), PLACES)
    assert Surroundings((frozenset({"SY07"}),), (LatLon(35.86, 36.8),)) == found


def test_a_town_that_shares_its_name_with_an_area_is_both() -> None:
    found = surroundings_of(("Idlib",), an_index(), PLACES)
    assert ((frozenset({"SY07", "SY0700"}),), (LatLon(35.93, 36.63),)) == (found.areas, found.anchors)


@pytest.mark.parametrize("hints", [(), ("",), ("Timbuktu", "no such place"), ("\0",), ("x" * 10_000,)])
def test_unknown_hints_are_no_help_and_no_error(hints: tuple[str, ...]) -> None:
    assert Surroundings() == surroundings_of(hints, an_index(), PLACES)
