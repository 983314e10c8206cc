"""The spellings that the embedded default answers rightly: issue 2's table, and what it must not answer.

Confidences move with the weights; which place is meant, and whether we are sure, does not.
"""

from gazetteer import Gazetteer, PlaceKind

#: The spellings of each place, parted by "|".
TABLE = {
    "geonames:169389": "Idlib|Idleb|إدلب|ادلب|Idlib city|city of Idlib|مدينة إدلب|Idlib, Idlib|IDLIB"
    "|Id\u00adlib",
    "geonames:164816": "Saraqeb|Saraqib|Serakib|سراقب|Saraqeb, Idlib|Saraqeb (Idlib)|سراقب، إدلب|saraqeb.",
    "geonames:168661": "Kafranbel|Kafr Nabl|Kafr Nubl|كفرنبل|Kafranbel, rural Idlib|كفر نبل",
    "geonames:167611": "Maarat al-Numan|Ma'arrat al-Nu'man|Maaret en-Numan|M'arat Numan|معرة النعمان"
    "|معره النعمان|Maarat al-Numan, rural Idlib",
    "geonames:170063": "Aleppo|Halab|Haleb|Alep|حلب|Aleppo city|Aleppo, Syria|حلب، سوريا",
    "cg:al-quds-hospital-aleppo": "al-Quds hospital, Aleppo|Al Quds Hospital (Aleppo)",
    "cg:idlib-national-hospital": "Idlib national hospital|Idlib, national hospital",
    "cg:ibn-sina-hospital-idlib": "Ibn Sina hospital, Idlib",
}


def test_a_known_spelling_resolves_to_its_place(default: Gazetteer) -> None:
    for place_id, texts in TABLE.items():
        for text in texts.split("|"):
            answer = default.resolve(text)
            assert ("resolved", [place_id]) == (answer.status, [m.place.id for m in answer.matches[:1]]), text


def test_an_area_asked_for_is_the_area_with_a_radius_that_covers_its_towns(default: Gazetteer) -> None:
    for pcode, texts in {
        "SY07": "Idlib governorate|Idlib province|محافظة إدلب",
        "SY14": "Quneitra Governorate",
        "SY04": "Homs governorate",
    }.items():
        for text in texts.split("|"):
            best = default.resolve(text).best
            assert best is not None, text
            assert (pcode, PlaceKind.GOVERNORATE) == (best.place.id, best.place.kind), text
            assert best.place.uncertainty_m >= 10_000, text
    assert 20_000 <= default.place("SY07").uncertainty_m <= 100_000


def test_a_homonym_without_an_area_is_ambiguous_with_both_places(default: Gazetteer) -> None:
    for text in ("Suran", "صوران", "Qabbasin", "قباسين", "Salakhed", "Ain ett Tine", "عين التينة"):
        answer = default.resolve(text)
        assert ("ambiguous", None) == (answer.status, answer.best), text
        towns = [m.place for m in answer.matches if m.place.kind is PlaceKind.SETTLEMENT]
        assert len(towns) >= 2, text
        assert len({place.position for place in towns}) >= 2, text


def test_an_unknown_name_is_unresolved_and_a_word_for_no_place_has_no_matches(default: Gazetteer) -> None:
    for text in "Xyzzy Springfield Nowhereville Timbuktu Ouagadougou قسطنطينية Reykjavik".split():
        answer = default.resolve(text)
        assert ("unresolved", None) == (answer.status, answer.best), text
    for text in ("no", "n/a", "None", "ditto", "unknown", "غير معروف"):
        answer = default.resolve(text)
        assert ("unresolved", ()) == (answer.status, answer.matches), text


def test_confidence_falls_or_stays_when_the_text_loses_a_letter(default: Gazetteer) -> None:
    for text in ("Idlib", "Saraqeb", "Kafranbel", "Maarat al-Numan", "Aleppo", "إدلب", "سراقب"):
        whole = default.resolve(text).matches[0]
        for shorter in (text[:n] + text[n + 1 :] for n in range(len(text))):
            for match in default.resolve(shorter, limit=50).matches:
                if match.place.id == whole.place.id:
                    assert match.confidence <= whole.confidence + 0.01, shorter
