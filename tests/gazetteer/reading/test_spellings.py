"""The spellings that the embedded default answers rightly: issue 2's table, and what it must not answer.

Confidences move with the weights; which place is meant, and whether we are sure, does not.
"""

import pytest

from gazetteer import Gazetteer, PlaceKind

IDLIB, SARAQIB, ALEPPO = "geonames:169389", "geonames:164816", "geonames:170063"
KAFRANBEL, MAARAT_AL_NUMAN = "geonames:168661", "geonames:167611"
TABLE = {
    IDLIB: [
        "Idlib",
        "Idleb",
        "إدلب",
        "ادلب",
        "Idlib city",
        "city of Idlib",
        "مدينة إدلب",
        "Idlib, Idlib",
        "IDLIB",
    ],
    SARAQIB: [
        "Saraqeb",
        "Saraqib",
        "Serakib",
        "سراقب",
        "Saraqeb, Idlib",
        "Saraqeb (Idlib)",
        "سراقب، إدلب",
        "saraqeb.",
    ],
    KAFRANBEL: ["Kafranbel", "Kafr Nabl", "Kafr Nubl", "كفرنبل", "Kafranbel, rural Idlib", "كفر نبل"],
    MAARAT_AL_NUMAN: [
        "Maarat al-Numan",
        "Ma'arrat al-Nu'man",
        "Maaret en-Numan",
        "M'arat Numan",
        "معرة النعمان",
        "معره النعمان",
        "Maarat al-Numan, rural Idlib",
    ],
    ALEPPO: ["Aleppo", "Halab", "Haleb", "Alep", "حلب", "Aleppo city", "Aleppo, Syria", "حلب، سوريا"],
    "cg:al-quds-hospital-aleppo": ["al-Quds hospital, Aleppo", "Al Quds Hospital (Aleppo)"],
    "cg:idlib-national-hospital": ["Idlib national hospital", "Idlib, national hospital"],
    "cg:ibn-sina-hospital-idlib": ["Ibn Sina hospital, Idlib"],
}
ROWS = [(text, place_id) for place_id, texts in TABLE.items() for text in texts]


@pytest.mark.parametrize(("text", "place_id"), ROWS)
def test_a_known_spelling_resolves_to_its_place(default: Gazetteer, text: str, place_id: str) -> None:
    answer = default.resolve(text)
    assert ("resolved", place_id) == (answer.status, answer.matches[0].place.id if answer.matches else None)


@pytest.mark.parametrize(("text", "pcode"), [
    ("Idlib governorate", "SY07"), ("Idlib province", "SY07"), ("محافظة إدلب", "SY07"),
    ("Quneitra Governorate", "SY14"), pytest.param("Homs governorate", "SY04"), ("SY07", "SY07"),
    ("sy07", "SY07"), ("SY070003", "SY070003"),
])  # fmt: skip
def test_an_area_asked_for_is_the_area_with_its_radius(default: Gazetteer, text: str, pcode: str) -> None:
    answer = default.resolve(text)
    assert answer.best is not None
    assert (pcode, "admin") == (answer.best.place.id, answer.best.place.kind.group)
    assert answer.best.place.uncertainty_m >= 10_000


def test_the_radius_of_a_governorate_covers_its_towns(default: Gazetteer) -> None:
    best = default.resolve("Idlib governorate").best
    assert best is not None
    assert PlaceKind.GOVERNORATE is best.place.kind
    assert 20_000 <= best.place.uncertainty_m <= 100_000


@pytest.mark.parametrize(
    "text", ["Suran", "صوران", "Qabbasin", "قباسين", "Salakhed", "Ain ett Tine", "عين التينة"]
)
def test_a_homonym_without_an_area_is_ambiguous_with_both_places(default: Gazetteer, text: str) -> None:
    answer = default.resolve(text)
    assert ("ambiguous", None) == (answer.status, answer.best)
    towns = [m.place for m in answer.matches if m.place.kind is PlaceKind.SETTLEMENT]
    assert len(towns) >= 2
    assert len({place.position for place in towns}) >= 2


@pytest.mark.parametrize("text", [
    "Xyzzy", "Springfield", "Nowhereville", "Timbuktu", "Ouagadougou", "قسطنطينية", "Reykjavik", "C99999",
    "SY99", "N0001",
])  # fmt: skip
def test_an_unknown_name_is_unresolved(default: Gazetteer, text: str) -> None:
    answer = default.resolve(text)
    assert ("unresolved", None) == (answer.status, answer.best)


def test_a_letter_repeated_is_no_place(default: Gazetteer) -> None:
    texts = ["x" * 20, "x" * 300, "h" * 50]
    assert [] == [text for text in texts if default.resolve(text).best]


@pytest.mark.parametrize(
    "text", ["Idlib", "Saraqeb", "Kafranbel", "Maarat al-Numan", "Aleppo", "إدلب", "سراقب"]
)
def test_confidence_falls_or_stays_when_the_text_loses_a_letter(default: Gazetteer, text: str) -> None:
    whole = default.resolve(text).matches[0]
    rose = []
    for n in range(len(text)):
        shorter = text[:n] + text[n + 1 :]
        for match in default.resolve(shorter, limit=50).matches:
            if match.place.id == whole.place.id and match.confidence > whole.confidence + 0.01:
                rose.append((shorter, match.confidence))
    assert [] == rose
