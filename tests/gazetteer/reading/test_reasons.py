"""Reasons: each fact that was weighed is said in words, the most important first."""

import pytest

from gazetteer.kinds import PlaceKind
from gazetteer.reading.candidates import Candidate
from gazetteer.reading.reasons import explain
from gazetteer.reading.spans import span_of
from gazetteer.values import AdminUnit
from tests.builders import a_place

IDLIB = AdminUnit(1, "SY07", "Idleb", "إدلب")


def reasons_of(
    text: str = "Saraqeb",
    *,
    method: str = "skeleton",
    spelling: str = "Saraqib",
    areas: tuple[frozenset[str], ...] = (),
    place: dict[str, object] | None = None,
    stands_in: bool = False,
    **changes: object,
) -> tuple[str, ...]:
    values: dict[str, object] = {
        "place": 0,
        "spelling": 0,
        "method": method,
        "similarity": 0.9,
        "part_similarity": 0.0,
        "key_similarity": 1.0,
        "key_length": 4,
        "modifiers_missing": 0,
        "modifiers_extra": 0,
        "modifiers_shared": 0,
        "order": 1.0,
    }
    candidate = Candidate(**{**values, **changes})  # type: ignore[arg-type]
    found = a_place(**{"population": None, "admin": (IDLIB,), **(place or {})})
    name = span_of(text)
    assert name is not None
    return explain(candidate, name, found, spelling, areas, stands_in=stands_in)


@pytest.mark.parametrize(("method", "words"), [
    ("exact", "spelled 'Saraqib' in the gazetteer"),
    ("skeleton", "skeleton s-r-k-b equal to that of 'Saraqib', sounds 90% alike"),
    ("fuzzy", "nearest to 'Saraqib', sounds 90% alike"),
])  # fmt: skip
def test_how_the_spelling_was_found_comes_first(method: str, words: str) -> None:
    assert words == reasons_of(method=method)[0]


def test_the_place_stated_round_an_unknown_name_says_so_before_all_else() -> None:
    first, *_ = reasons_of("Saraqib", stands_in=True)
    assert "the name itself is not in the gazetteer; this is the place stated round it, 'Saraqib'" == first


@pytest.mark.parametrize(
    ("code", "words"), [("SY07", "in the given area"), ("SY02", "not in the given area")]
)
def test_whether_it_lies_in_the_given_area_is_said(code: str, words: str) -> None:
    assert words in reasons_of(areas=(frozenset({code}),))


def test_a_modifier_that_differs_is_said() -> None:
    assert "but upper is not in this spelling" in reasons_of("Upper Hass", modifiers_missing=1)
    extra = "but this spelling tells a namesake apart (upper, east, a number) and the text does not"
    assert extra in reasons_of(modifiers_extra=1)
    assert "the same upper/lower, east/west, great/small or number" in reasons_of(modifiers_shared=1)


def test_the_kind_asked_for_and_the_kind_found_are_said_in_plain_words() -> None:
    said = reasons_of("Menagh air base", place={"kind": PlaceKind.MILITARY_BASE})
    assert any("air base was asked for, this is a military base" in reason for reason in said)


def test_inhabitants_are_said_where_they_are_known() -> None:
    assert "32,495 inhabitants" == reasons_of(place={"population": 32_495})[-1]
    assert not any("inhabitants" in reason for reason in reasons_of())


def test_no_reason_is_said_twice() -> None:
    said = reasons_of(areas=(frozenset({"SY07"}), frozenset({"SY0703", "SY07"})))
    assert len(set(said)) == len(said)
