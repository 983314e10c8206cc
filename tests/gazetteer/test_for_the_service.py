"""What the service asks of an open gazetteer beyond resolving: suggestions, shapes, boxes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gazetteer import BoundingBox, Gazetteer, PlaceKind
from tests.builders import a_gazetteer_file, a_record, a_square, an_area


@pytest.fixture(scope="module")
def default() -> Iterator[Gazetteer]:
    with Gazetteer.open() as gazetteer:
        yield gazetteer


def a_shaped_gazetteer(folder: Path) -> Gazetteer:
    unit = a_record(id="SY07", name="Idleb", kind=PlaceKind.GOVERNORATE, adm2_pcode=None, adm3_pcode=None)
    area = an_area(wkb=a_square(36, 35), simple_wkb=a_square(36, 35, 0.5))
    return Gazetteer.open(a_gazetteer_file(folder / "shaped.gpkg", [unit], areas=[area]))


@pytest.mark.parametrize(
    ("typed", "first", "kind"),
    [
        ("idl", "Idlib", "settlement"),
        ("Ale", "Aleppo", "settlement"),
        ("حلب", "Aleppo", "settlement"),
        ("النعمان", "Ma‘arrat an Nu‘mān", "settlement"),
        ("sarm", "Sarmīn", "settlement"),
    ],
)
def test_a_city_is_suggested_before_its_areas(default: Gazetteer, typed: str, first: str, kind: str) -> None:
    place, _ = default.suggest(typed)[0]
    assert (first, kind) == (place.name, place.kind.value)


def test_suggestions_are_limited_and_of_the_kinds_asked_for(default: Gazetteer) -> None:
    assert 3 == len(default.suggest("al", limit=3))
    found = default.suggest("idl", kinds={PlaceKind.GOVERNORATE, PlaceKind.PRISON})
    assert {"governorate", "prison"} == {place.kind.value for place, _ in found}
    assert () == default.suggest("")


def test_shapes_are_given_simplified_or_in_full(tmp_path: Path) -> None:
    gazetteer = a_shaped_gazetteer(tmp_path)
    for simplified in (True, False):
        ((pcode, shape),) = gazetteer.outlines(level=1, simplified=simplified)
        assert ("SY07", shape) == (pcode, gazetteer.outline("SY07", simplified=simplified))
    assert gazetteer.outline("SY07") != gazetteer.outline("SY07", simplified=False)
    assert () == gazetteer.outlines(level=2)


def test_where_there_is_no_shape_none_is_given(default: Gazetteer) -> None:
    assert ((), None) == (default.outlines(level=1), default.outline("SY07"))


def test_places_in_a_box_are_those_that_lie_in_it(default: Gazetteer) -> None:
    box = BoundingBox(35.8, 36.5, 36.0, 37.0)
    found = list(default.places(bbox=box))
    assert [p for p in default.places() if box.contains(p.position)] == found != []
