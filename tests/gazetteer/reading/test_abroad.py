"""Other countries: what says that a place is in one, in a column and in the text itself."""

from babel import Locale

from gazetteer import Gazetteer
from gazetteer.country import country
from gazetteer.reading.abroad import other_country

#: Every country that ISO 3166 has a code of two letters for, by CLDR; regions of the world have numbers.
COUNTRIES = sorted(
    (code, str(name))
    for language in ("en", "ar", "fr", "tr")
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


def test_a_country_is_known_by_its_names_and_said_in_english() -> None:
    for name, texts in {
        "Iraq": ("Iraq", "العراق", "Irak", "IRAQ"),
        "Türkiye": ("Türkiye", "Turkey", "تركيا"),
        "Palestinian Territories": ("Palestine",),
        "Lebanon": ("لبنان",),
        "Jordan": ("Ürdün",),
        "United States": ("USA",),
    }.items():
        assert dict.fromkeys(texts, name) == {text: other_country(text, codes=True) for text in texts}


def test_what_is_no_other_country_is_none() -> None:
    own = ("Syria", "سوريا", "Syrie", "Suriye", "SY", "SYR", "Idlib")
    for text in (*own, "", " ", "😀", "ZZ", "XXX", "12"):
        assert "" == other_country(text, codes=True), text


def test_a_code_is_a_country_in_a_column_for_countries_and_nowhere_else() -> None:
    for code in ("IQ", "IRQ", "iq", "TR", "PSE", "LB"):
        assert other_country(code, codes=True), code
        assert "" == other_country(code), code


def test_a_row_of_another_country_has_no_place_here(default: Gazetteer) -> None:
    for said in ("Iraq", "العراق", "IQ", "IRQ", "iraq", "Irak"):
        answer = default.resolve("Saraqib", country=said)
        assert ("unresolved", (), "Iraq") == (answer.status, answer.matches, answer.country), said
    for hints in (("Iraq",), ("Idlib", "العراق")):  # columns beside the name
        answer = default.resolve("Saraqib", context=hints)
        assert ("unresolved", "Iraq") == (answer.status, answer.country), hints


def test_a_row_of_this_country_or_of_none_that_is_known_is_read(default: Gazetteer) -> None:
    for said in ("", "Syria", "SY", "SYR", "سوريا", "Syrian Arab Republic", "not known", "Narnia"):
        answer = default.resolve("Saraqib", country=said)
        assert ("resolved", "") == (answer.status, answer.country), said


def test_a_text_that_names_another_country_has_no_place_here(default: Gazetteer) -> None:
    for text in (
        "Saraqib, Iraq", "Iraq, Saraqib", "Saraqib (Iraq)", "Saraqib - Iraq", "Saraqib/Iraq", "Iraq: Saraqib",
        "Saraqib in Iraq", "سراقب، العراق", "سراقب في العراق", "العراق - سراقب", "Saraqib\nIraq", "Iraq",
    ):  # fmt: skip
        answer = default.resolve(text)
        assert ("unresolved", (), "Iraq") == (answer.status, answer.matches, answer.country), text


def test_the_own_country_beside_a_name_says_nothing(default: Gazetteer) -> None:
    for text in (
        "Saraqib, Syria", "Syria, Saraqib", "Syria - Idlib - Saraqib", "سوريا، سراقب", "Saraqib (Syria)",
    ):  # fmt: skip
        answer = default.resolve(text)
        assert ("resolved", "geonames:164816") == (answer.status, answer.matches[0].place.id), text


def test_the_border_with_another_country_is_not_abroad(default: Gazetteer) -> None:
    for text in ("Turkish border near Saraqib", "Turkish border", "Saraqib, Turkish border", "Iraq border"):
        assert "" == default.resolve(text).country, text
