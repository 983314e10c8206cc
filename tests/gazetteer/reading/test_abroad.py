"""Other countries: what says that a place is in one, in a column and in the text itself."""

import pytest
from babel import Locale

from gazetteer import Gazetteer
from gazetteer.country import country
from gazetteer.reading.abroad import other_country

LANGUAGES = ("en", "ar", "fr", "tr")
#: Every country that ISO 3166 has a code of two letters for, by CLDR; regions of the world have numbers.
COUNTRIES = sorted(
    (code, str(name))
    for language in LANGUAGES
    for code, name in Locale(language).territories.items()
    if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
)
OTHERS = [name for code, name in COUNTRIES if code != country().code]
OWN = [name for code, name in COUNTRIES if code == country().code]


def test_no_country_alone_is_ever_an_accepted_place(default: Gazetteer) -> None:
    accepted = {name: answer.matches[0].place.id for name in OTHERS if (answer := default.resolve(name)).best}
    assert {} == accepted


def test_the_country_itself_in_any_language_is_the_country(default: Gazetteer) -> None:
    assert dict.fromkeys(OWN, "SY") == {name: default.resolve(name).matches[0].place.id for name in OWN}


@pytest.mark.parametrize(("text", "name"), [
    ("Iraq", "Iraq"), ("العراق", "Iraq"), ("Irak", "Iraq"), ("IRAQ", "Iraq"), ("Türkiye", "Türkiye"),
    ("Turkey", "Türkiye"), ("تركيا", "Türkiye"), ("Palestine", "Palestinian Territories"),
    ("لبنان", "Lebanon"), ("Ürdün", "Jordan"), ("USA", "United States"),
])  # fmt: skip
def test_a_country_is_known_by_its_names_and_said_in_english(text: str, name: str) -> None:
    assert name == other_country(text, codes=True)


@pytest.mark.parametrize("text", [
    "Syria", "سوريا", "Syrie", "Suriye", "SY", "SYR", "Idlib", "", " ", "😀", "ZZ", "XXX", "12",
])  # fmt: skip
def test_what_is_no_other_country_is_none(text: str) -> None:
    assert "" == other_country(text, codes=True)


@pytest.mark.parametrize("code", ["IQ", "IRQ", "iq", "TR", "PSE", "LB"])
def test_a_code_is_a_country_in_a_column_for_countries_and_nowhere_else(code: str) -> None:
    assert other_country(code, codes=True)
    assert "" == other_country(code)


@pytest.mark.parametrize("country", ["Iraq", "العراق", "IQ", "IRQ", "iraq", "Irak"])
def test_a_row_of_another_country_has_no_place_here(default: Gazetteer, country: str) -> None:
    answer = default.resolve("Saraqib", country=country)
    assert ("unresolved", (), "Iraq") == (answer.status, answer.matches, answer.country)


@pytest.mark.parametrize(
    "country", ["", "Syria", "SY", "SYR", "سوريا", "Syrian Arab Republic", "not known", "Narnia"]
)
def test_a_row_of_this_country_or_of_none_that_is_known_is_read(default: Gazetteer, country: str) -> None:
    assert ("resolved", "") == (
        (answer := default.resolve("Saraqib", country=country)).status,
        answer.country,
    )


@pytest.mark.parametrize("text", [
    "Saraqib, Iraq", "Iraq, Saraqib", "Saraqib (Iraq)", "Saraqib - Iraq", "Saraqib/Iraq", "Iraq: Saraqib",
    "Saraqib in Iraq", "سراقب، العراق", "سراقب في العراق", "العراق - سراقب", "Saraqib\nIraq", "Iraq",
])  # fmt: skip
def test_a_text_that_names_another_country_has_no_place_here(default: Gazetteer, text: str) -> None:
    answer = default.resolve(text)
    assert ("unresolved", (), "Iraq") == (answer.status, answer.matches, answer.country)


@pytest.mark.parametrize("hints", [("Iraq",), ("Idlib", "العراق")])
def test_a_column_beside_the_name_that_holds_another_country_counts(
    default: Gazetteer, hints: tuple[str, ...]
) -> None:
    assert ("unresolved", "Iraq") == (
        (answer := default.resolve("Saraqib", context=hints)).status,
        answer.country,
    )


@pytest.mark.parametrize(
    "text", ["Saraqib, Syria", "Syria, Saraqib", "Syria - Idlib - Saraqib", "سوريا، سراقب", "Saraqib (Syria)"]
)
def test_the_own_country_beside_a_name_says_nothing(default: Gazetteer, text: str) -> None:
    answer = default.resolve(text)
    assert ("resolved", "geonames:164816") == (answer.status, answer.matches[0].place.id)


@pytest.mark.parametrize(
    "text", ["Turkish border near Saraqib", "Turkish border", "Saraqib, Turkish border", "Iraq border"]
)
def test_the_border_with_another_country_is_not_abroad(default: Gazetteer, text: str) -> None:
    assert "" == default.resolve(text).country
