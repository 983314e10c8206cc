"""What the service asks of an open gazetteer beyond resolving: suggestions and boxes."""

from collections.abc import Iterator

import pytest

from gazetteer import BoundingBox, Gazetteer, PlaceKind


@pytest.fixture(scope="module")
def default() -> Iterator[Gazetteer]:
    with Gazetteer.open() as gazetteer:
        yield gazetteer


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


def test_places_in_a_box_are_those_that_lie_in_it(default: Gazetteer) -> None:
    box = BoundingBox(35.8, 36.5, 36.0, 37.0)
    found = list(default.places(bbox=box))
    assert [p for p in default.places() if box.contains(p.position)] == found != []
