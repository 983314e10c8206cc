"""The admin units that a name may mean, as context and as an area to search in."""

import pytest

from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.reading.candidates import area_named, candidates_for, settlements_of, units_of
from gazetteer.reading.spans import span_of
from gazetteer.values import AdminUnit
from tests.builders import a_name_index, a_place

IDLIB = (AdminUnit(1, "SY07", "Idleb", "إدلب"),)
DISTRICT = (*IDLIB, AdminUnit(2, "SY0700", "Idleb", "إدلب"))
(DAMASCUS, RURAL) = (
    (AdminUnit(1, "SY01", "Damascus", "دمشق"),), (AdminUnit(1, "SY03", "Rural Damascus", "ريف دمشق"),),
)  # fmt: skip
PLACES = (
    a_place(id="SY07", name="Idleb", name_ar="إدلب", kind=PlaceKind.GOVERNORATE, admin=IDLIB),
    a_place(id="SY0700", name="Idleb", name_ar="إدلب", kind=PlaceKind.DISTRICT, admin=DISTRICT),
    a_place(id="SY01", name="Damascus", name_ar="دمشق", kind=PlaceKind.GOVERNORATE, admin=DAMASCUS),
    a_place(id="SY03", name="Rural Damascus", name_ar="ريف دمشق", kind=PlaceKind.GOVERNORATE, admin=RURAL),
    a_place(id="C1", name="Idlib", name_ar="إدلب", position=LatLon(35.93, 36.63), population=128_840),
    a_place(id="C2", name="Saraqib", name_ar="سراقب", position=LatLon(35.86, 36.8)),
    a_place(id="SY", name="Syria", name_ar="سوريا", kind=PlaceKind.COUNTRY),
)
INDEX = a_name_index(PLACES)


def units(text: str) -> set[str]:
    span = span_of(text)
    assert span is not None
    return {unit.id for unit in units_of(span, candidates_for(span, INDEX), INDEX, PLACES)}


def areas(text: str) -> set[str]:
    return {place.id for place in area_named(text, INDEX, PLACES)}


@pytest.mark.parametrize("text", ["Idlib", "Idleb", "إدلب", "ادلب", "Edlib"])
def test_a_name_means_every_level_that_has_it(text: str) -> None:
    assert {"SY07", "SY0700"} == units(text) == areas(text)


@pytest.mark.parametrize(("text", "expected"), [
    ("Idlib governorate", {"SY07"}), ("Idlib province", {"SY07"}), ("محافظة إدلب", {"SY07"}),
    ("Idlib district", {"SY0700"}), ("Rural Damascus", {"SY03"}), ("Rural Damascus governorate", {"SY03"}),
    ("Damascus governorate", {"SY01"}), ("ريف دمشق", {"SY03"}),
])  # fmt: skip
def test_a_kind_word_decides_the_level_unless_it_is_in_the_name(text: str, expected: set[str]) -> None:
    assert expected == units(text) == areas(text)


@pytest.mark.parametrize(
    ("text", "code"), [("SY07", "SY07"), ("sy0700", "SY0700"), ("SY-07", "SY07"), ("SY 0700", "SY0700")]
)
def test_a_pcode_is_the_area_that_has_it(text: str, code: str) -> None:
    assert {code} == areas(text)


@pytest.mark.parametrize("text", [
    "", " ", "Saraqib", "Timbuktu", "12345", "😀", "C1", "SY99", "35.9, 36.6", "\0", "<b>", "x" * 10_000,
])  # fmt: skip
def test_what_is_no_area_names_none(text: str) -> None:
    assert set() == areas(text)


@pytest.mark.parametrize("text", [
    "Idlib city", "northern Idlib", "Idlib and Damascus", "Saraqib, Idlib", "near Idlib",
    "various locations in Idlib",
])  # fmt: skip
def test_a_text_that_says_more_than_an_areas_name_is_no_area(text: str) -> None:
    assert set() == areas(text)


def test_a_town_that_shares_its_name_with_an_area_is_both() -> None:
    span = span_of("Idlib")
    assert span is not None
    assert (LatLon(35.93, 36.63),) == settlements_of(span, candidates_for(span, INDEX), PLACES)


def test_an_area_asked_for_is_no_settlement() -> None:
    span = span_of("Idlib governorate")
    assert span is not None
    assert () == settlements_of(span, candidates_for(span, INDEX), PLACES)
