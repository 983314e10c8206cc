"""Beginnings of names, for lists to choose from while typing."""

from collections.abc import Collection

from gazetteer.index.prefixes import PrefixIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold
from gazetteer.values import AdminUnit, Place
from tests.builders import a_place

IDLEB = AdminUnit(1, "SY07", "Idleb", "إدلب")


def an_index(*named: tuple[Place, str]) -> PrefixIndex:
    """Index places with their spellings, parted by "|"."""
    spellings = [(n, text, fold(text)) for n, (_, texts) in enumerate(named) for text in texts.split("|")]
    return PrefixIndex(spellings, [place for place, _ in named])


def found(
    index: PrefixIndex, typed: str, *, kinds: Collection[PlaceKind] | None = None, limit: int = 10
) -> list[str]:
    return [place.id for place, _ in index.starting(fold(typed), kinds=kinds, limit=limit)]


def test_a_place_is_found_once_by_any_beginning_of_any_spelling_which_comes_with_it() -> None:
    index = an_index((a_place(), "Saraqib|Saraqeb|Sar Saraqib|Serakib|سراقب"))
    for typed, spelling in {
        "s": "Saraqib", "SARA": "Saraqib", "saraqib": "Saraqib", "Sarāq": "Saraqib", "ser": "Serakib",
        "سراق": "سراقب",
    }.items():  # fmt: skip
        assert [(a_place(), spelling)] == list(index.starting(fold(typed))), typed
    for typed in ("", " ", "aqib", "saraqibb", "x"):
        assert [] == found(index, typed), typed
    assert [] == found(PrefixIndex([], []), "a")


def test_a_later_word_counts_after_every_first_word() -> None:
    index = an_index((a_place(id="big", population=900_000), "New Town"), (a_place(id="small"), "Townlet"))
    assert ["small", "big"] == found(index, "town")


def test_the_arabic_article_may_be_left_out() -> None:
    index = an_index((a_place(id="bab", population=130_000), "الباب"), (a_place(id="other"), "بابيلا"))
    assert ["bab", "other"] == found(index, "باب")
    assert ["bab"] == found(index, "الباب")


def test_the_most_prominent_place_comes_first_and_equals_in_the_order_of_ids() -> None:
    index = an_index(
        (a_place(id="C2", population=None), "Hass"),
        (a_place(id="C1", population=None), "Hass"),
        (a_place(id="C3", population=50_000), "Hassan"),
    )
    assert ["C3", "C1", "C2"] == found(index, "has")
    assert ["C3"] == found(index, "has", limit=1)


def test_a_town_stands_before_the_area_that_is_named_after_it() -> None:
    governorate = a_place(id="SY07", kind=PlaceKind.GOVERNORATE, population=None)
    town = a_place(id="C3871", admin=(IDLEB,), population=None)
    hamlet = a_place(id="C1", population=None)  # of the same name, elsewhere
    big = a_place(id="C2", admin=(IDLEB,), population=50_000)  # in the area, with another name
    index = an_index((governorate, "Idleb|إدلب"), (town, "Idlib|إدلب"), (hamlet, "إدلب"), (big, "إدلبين"))
    assert ["C3871", "SY07", "C2", "C1"] == found(index, "إد")


def test_kinds_are_all_that_is_found() -> None:
    index = an_index((a_place(), "Saraqib"), (a_place(id="h", kind=PlaceKind.HOSPITAL), "Saraqib hospital"))
    assert ["h"] == found(index, "sar", kinds={PlaceKind.HOSPITAL})
    assert [] == found(index, "sar", kinds=set())
