"""Reading as users meet it: filters, hints, relations, and reasons, on the embedded default."""

from typing import Any

import pytest

from gazetteer import Gazetteer, InputError, Match, PlaceKind
from gazetteer.answers import MIN_CONFIDENCE, Query
from gazetteer.geodesy import LatLon, azimuth_deg, distance_m
from gazetteer.kinds import LINES

IDLIB, SARAQIB = "geonames:169389", "geonames:164816"
SURAN_ALEPPO, SURAN_HAMA = "geonames:163913", "geonames:163915"


def best_of(gazetteer: Gazetteer, text: str, **options: str) -> Match:
    best = gazetteer.resolve(text, **options).best  # type: ignore[arg-type]
    assert best is not None, text
    return best


def test_within_an_area_by_any_name_only_its_places_are_considered(default: Gazetteer) -> None:
    for within in ("SY07", "Idlib", "إدلب", "Idlib governorate", ["SY07"], ("Idlib", "SY0700")):
        answer = default.resolve("Idlib", area=within)
        assert IDLIB == answer.matches[0].place.id, within
        assert all(m.place.lies_in("SY07") for m in answer.matches), within


def test_nothing_outside_a_governorate_given_by_code_or_exact_name_comes_back(default: Gazetteer) -> None:
    for code in (f"SY{n:02}" for n in range(1, 15)):
        others = [p.name for p in default.places(kinds={PlaceKind.SUBDISTRICT}) if not p.lies_in(code)]
        for text in ("Aleppo", "Damascus", "Homs", "Kafr Nabl", "Suran", "hospital", *others):
            for area in (code, default.place(code).name):
                matches = default.resolve(text, area=area, limit=50).matches
                assert [] == [match.place.id for match in matches if not match.place.lies_in(code)], code


@pytest.mark.parametrize(("parameter", "value", "words"), [
    ("area", "Narnia", "no area is called 'Narnia'"), ("limit", 0, "limit must be 1 or more"),
    ("kind", "shop", "is not a kind of place: use one of .*hospital"),
    ("limit", -1, "limit must be 1 or more"), ("kind", "", "is not a kind of place"),
    ("kind", "hospital; drop table places", "is not a kind of place"),
    *(("min_confidence", bad, "must lie between 0 and 1") for bad in (-0.1, 1.1, float("nan"), float("inf"))),
])  # fmt: skip
def test_an_option_that_is_out_of_range_is_an_error_that_names_it(
    default: Gazetteer, parameter: str, value: Any, words: str
) -> None:
    with pytest.raises(InputError, match=words) as error:
        default.resolve("Idlib", **{parameter: value})
    assert parameter == error.value.parameter


def test_hints_that_are_unknown_never_raise_and_change_nothing(default: Gazetteer) -> None:
    plain = default.resolve("Suran")
    for hint in ("", "Narnia", "\0", "😀", "SY99", "a" * 10_000, "35.9, 36.6", "95, 36", "<td>"):
        hinted = default.resolve("Suran", context=(hint,))
        assert (plain.status, plain.matches) == (hinted.status, hinted.matches), hint


def test_a_hint_decides_between_homonyms(default: Gazetteer) -> None:
    for hint, place_id in {"Aleppo": SURAN_ALEPPO, "SY05": SURAN_HAMA, "حماة": SURAN_HAMA}.items():
        answer = default.resolve("Suran", context=(hint,))
        assert ("resolved", place_id) == (answer.status, answer.matches[0].place.id), hint


def test_a_wrong_hint_takes_confidence_but_excludes_nothing(default: Gazetteer) -> None:
    plain, hinted = default.resolve("Saraqeb"), default.resolve("Saraqeb", context=("Damascus governorate",))
    assert SARAQIB == hinted.matches[0].place.id
    assert hinted.matches[0].confidence < plain.matches[0].confidence


def test_a_kind_asked_for_is_the_only_kind_that_comes_back(default: Gazetteer) -> None:
    for kind, expected in (
        ("hospital", {PlaceKind.HOSPITAL}), ("hospitals", {PlaceKind.HOSPITAL}),
        ("facility", {PlaceKind.HOSPITAL, PlaceKind.CLINIC}), ("governorate", {PlaceKind.GOVERNORATE}),
        ("settlement", {PlaceKind.SETTLEMENT, PlaceKind.CAMP}),
        (["governorate", "facility"], {PlaceKind.GOVERNORATE, PlaceKind.HOSPITAL}),
    ):  # fmt: skip
        matches = default.resolve("Idlib", kind=kind, limit=50).matches
        assert matches, kind
        assert {m.place.kind for m in matches} <= expected, kind


def test_a_limit_cuts_the_same_list(default: Gazetteer) -> None:
    for text in ("hospital", "north of Suran", "٥ كم شمال سرقب"):
        longer = default.resolve(text, limit=50).matches
        for limit in (1, 2, 5):
            assert longer[:limit] == default.resolve(text, limit=limit).matches, text


def test_min_confidence_moves_the_status_and_nothing_else(default: Gazetteer) -> None:
    lax, usual, strict = (default.resolve("Suran", min_confidence=c) for c in (0.0, MIN_CONFIDENCE, 1.0))
    assert ("resolved", "ambiguous", "ambiguous") == (lax.status, usual.status, strict.status)
    assert lax.matches == usual.matches == strict.matches
    assert usual == default.resolve("Suran")


def test_the_same_question_has_the_same_answer_in_a_gazetteer_opened_anew(default: Gazetteer) -> None:
    with Gazetteer.open() as again:
        for text in ("Idlib", "Suran", "hospital", "5 km north of Saraqeb", "Hass and Kafranbel", "qwrtz"):
            assert default.resolve(text) == default.resolve(text) == again.resolve(text)


def test_matches_come_best_first_with_reasons_and_a_probability(default: Gazetteer) -> None:
    for text in (
        "Idlib", "Suran", "hospital", "Kafr", "Tell", "Maarat", "Zita", "north of Suran", "٥ كم شمال سرقب",
    ):  # fmt: skip
        matches = default.resolve(text, limit=50).matches
        confidences = [m.confidence for m in matches]
        assert sorted(confidences, reverse=True) == confidences, text
        assert all(0.0 < c <= 1.0 for c in confidences), text
        assert all(m.reasons and m.matched_name for m in matches), text
        assert len({m.place.id for m in matches}) == len(matches), text


def test_a_written_position_is_answered_as_a_position_with_its_areas(default: Gazetteer) -> None:
    for text in ("35.93, 36.63", "35°55'48\"N 36°37'48\"E", "٣٥٫٩٣، ٣٦٫٦٣"):
        best = best_of(default, text)
        assert (LatLon(35.93, 36.63), PlaceKind.POINT) == (best.place.position, best.place.kind), text
        assert ("coordinates", 1.0) == (best.method, best.confidence), text
        assert ("SY07", "nearest") == (best.place.pcodes[0], best.place.admin_method), text


def test_an_offset_is_a_point_at_its_distance_and_direction(default: Gazetteer) -> None:
    saraqib, best = default.place(SARAQIB), best_of(default, "5 km north of Saraqeb, Idlib")
    assert ("offset", PlaceKind.POINT) == (best.method, best.place.kind)
    assert 5000 == pytest.approx(distance_m(saraqib.position, best.place.position), abs=1)
    assert 0.0 == pytest.approx(azimuth_deg(saraqib.position, best.place.position) % 360, abs=0.01)
    assert best.place.uncertainty_m > saraqib.uncertainty_m
    # An offset may leave the area of the town, so its areas are looked up and never taken over as stated.
    assert "stated" != best.place.admin_method


def test_near_and_round_a_town_is_as_sure_as_the_town_in_its_area(default: Gazetteer) -> None:
    for text in ("near Saraqib", "outskirts of Saraqib", "rural Saraqib", "محيط سراقب"):
        near, town = default.resolve(text).matches[0], best_of(default, "Saraqib, Idlib")
        assert near.confidence == pytest.approx(town.confidence, abs=0.05), text
        assert near.place.uncertainty_m > town.place.uncertainty_m, text


def test_a_point_whose_radius_is_wide_is_less_sure_than_its_places(default: Gazetteer) -> None:
    for text in ("north of Saraqib", "between Saraqib and Idlib"):
        # Confidence is the probability to be within 5 km; where the radius is wider, that is no longer sure.
        first = default.resolve(text).matches[0]
        assert first.place.uncertainty_m > 5_000, text
        assert first.confidence < best_of(default, "Saraqib").confidence, text
        assert first.confidence <= 5_000 / first.place.uncertainty_m, text


def test_the_way_between_two_places_has_a_common_point_whose_radius_covers_them(default: Gazetteer) -> None:
    for text in (
        "between Saraqib and Idlib", "Saraqib – Idlib road", "Road from Saraqib to Idlib",
        "بين سراقب وإدلب", "طريق سراقب - إدلب",
    ):  # fmt: skip
        first = default.resolve(text).matches[0]
        for place_id in (IDLIB, SARAQIB):
            anchor = default.place(place_id)
            away_m = distance_m(first.place.position, anchor.position)
            assert first.place.uncertainty_m >= away_m + anchor.uncertainty_m - 1, text
        assert ("between", "SY07") == (first.method, first.place.pcodes[0]), text
        ends = [best_of(default, name).confidence for name in ("Idlib", "Saraqib")]
        assert first.confidence <= min(ends), text


def test_the_query_says_how_the_text_was_read(default: Gazetteer) -> None:
    text = "5 km north of Saraqeb town, Idlib"
    expected = Query(text, "saraqeb", ("Idlib", "SY07"), "settlement", "offset")
    assert expected == default.resolve(text, context=("SY07",)).query


def test_an_offset_so_long_that_it_says_nothing_or_leads_abroad_is_no_answer(default: Gazetteer) -> None:
    assert "resolved" == default.resolve("50 km south of Palmyra").status
    for text in (
        "500 km north of Homs", "2000 km north of Homs", "150 km north of Homs", "100 km west of Latakia",
    ):  # fmt: skip
        answer = default.resolve(text)
        assert ("ambiguous", "offset") == (answer.status, answer.matches[0].method), text
        assert answer.matches[0].confidence <= 0.5, text
    abroad = default.resolve("60 km west of Latakia").matches[0]
    assert "in no area that this gazetteer knows" == abroad.reasons[0]


def test_an_offset_from_an_area_has_the_radius_of_the_area_and_is_no_answer(default: Gazetteer) -> None:
    for area, pcode in {"Homs governorate": "SY04", "Idlib district": "SY0700"}.items():
        answer = default.resolve(f"5 km north of {area}")
        assert "ambiguous" == answer.status, area
        assert answer.matches[0].place.uncertainty_m > default.place(pcode).uncertainty_m, area


def test_a_road_lies_between_its_ends_and_is_no_answer_where_they_are_far(default: Gazetteer) -> None:
    for text in (
        "Road from Saraqib to Ariha", "Saraqib–Ariha road", "Saraqib - Ariha highway", "طريق سراقب – أريحا",
    ):  # fmt: skip
        answer = default.resolve(text)
        assert ("ambiguous", "between") == (answer.status, answer.matches[0].method), text
        assert "between Saraqib and Arīḩā" == answer.matches[0].place.name, text
    for text in (
        "Saraqib - Idlib road, Idlib",
        "Saraqib – Idlib highway (Idlib)",
        "between Saraqib and Idlib, Syria",
    ):
        answer = default.resolve(text)
        assert ("between", None) == (answer.matches[0].method, answer.best), text


def test_names_with_a_dash_between_them_are_no_road(default: Gazetteer) -> None:
    towns = ("Saraqib–Ariha", "Saraqib - Kafranbel", "Saraqib/Kafranbel", "سراقب - كفرنبل")
    for text in (*towns, "Saraqib–Qwrtz", "Qwrtz to Saraqib"):
        answer = default.resolve(text)
        assert "between" not in [match.method for match in answer.matches], text
        if text in towns:
            assert {"several": 2, "ambiguous": 0}[answer.status] == len(answer.places), text


def test_a_town_abroad_is_not_the_town_that_lacks_its_first_vowel(default: Gazetteer) -> None:
    assert "resolved" != default.resolve("Adana").status
    for text in ("ad-Dana", "Addana", "al-Dana"):
        assert "Ad Dānā" == default.resolve(text).matches[0].place.name


def test_a_pcode_is_read_in_loose_forms_and_is_unresolved_if_nothing_has_it(default: Gazetteer) -> None:
    for code, texts in {
        "SY07": ("SY07", "sy07", "SY-07", "SY 07", " SY07 ", "SY_07", "\u200fSY07"),
        "SY0700": ("sy-0700",),
        "SY070003": ("SY 070003",),
    }.items():
        for text in texts:
            best = best_of(default, text)
            assert (code, "pcode", 1.0) == (best.place.id, best.method, best.confidence), text
    for text in ("SY99", "SY 99", "C0000", "C99999", "N0001", "N9999"):
        answer = default.resolve(text)
        assert ("unresolved", ()) == (answer.status, answer.matches), text


def test_a_kind_word_a_compass_word_or_no_place_at_all_is_never_an_answer(default: Gazetteer) -> None:
    for text in (
        "hospital", "hospitals", "dam", "countryside", "the market", "mosque", "school", "north", "eastern",
        "city", "village", "camp", "street", "مشفى", "المشفى", "مدرسة", "شمال", "قرية", "مخيم", "سوق",
        "near", "the area", "various locations", "N/A", "unknown", "غير معروف", "لا يوجد", "-", "?", "tell",
        "Kafr", "deir", "تل", "كفر",
    ):  # fmt: skip
        for hints in ((), ("Idlib",), ("Deir-ez-Zor",)):
            answer = default.resolve(text, context=hints)
            assert (text, None, ()) == (text, answer.best, answer.places)
    for text in ("المشفى الوطني", "the national hospital"):  # without its town
        assert default.resolve(text).status not in ("resolved", "several"), text


def test_a_thing_that_is_described_in_a_town_is_no_thing_of_that_kind(default: Gazetteer) -> None:
    for text in (
        "a hospital in Idlib", "maternity hospital, Idlib", "surgical hospital, Idlib", "Idlib - a school",
        "مشفى ميداني في إدلب", "a field hospital in Idlib city", "the vegetable market, Idlib",
    ):  # fmt: skip
        answer = default.resolve(text)
        assert IDLIB == answer.matches[0].place.id, text
        assert any("is described, and none is named" in reason for reason in answer.matches[0].reasons), text


def test_a_river_a_road_a_valley_a_border_and_a_lake_are_never_a_town(default: Gazetteer) -> None:
    for text in (
        "Euphrates river", "Saraqib river", "M5 highway", "Saraqib road", "Saraqib valley", "wadi Saraqib",
        "Turkish border", "Saraqib lake", "Aleppo border", "نهر الفرات", "نهر سراقب", "طريق سراقب",
        "بحيرة سراقب", "a road in Saraqib", "river, Saraqib",
    ):  # fmt: skip
        answer = default.resolve(text)
        assert answer.best is None or answer.best.place.kind in LINES, text


def test_letters_in_another_order_are_another_name(default: Gazetteer) -> None:
    for text in ("Saraqbi", "Sarqaib", "Asraqib", "سرابق"):
        assert default.resolve(text).best is None, text


def test_a_kind_beside_a_name_is_of_the_name(default: Gazetteer) -> None:
    for text in ("Saraqib city", "Saraqib (city)", "city: Saraqib", "Saraqib, town"):
        answer = default.resolve(text)
        assert ("resolved", SARAQIB, ()) == (answer.status, answer.matches[0].place.id, answer.unread), text


def test_a_computed_place_is_called_by_the_words_as_written(default: Gazetteer) -> None:
    for text in (
        "5 km north of Saraqeb, Idlib", "near Saraqib", "north of Saraqib, Idlib", "٥ كم شمال سراقب",
    ):  # fmt: skip
        answer = default.resolve(text)
        assert (text, text) == (answer.matches[0].place.name, answer.query.text)


# ------------------------------------------- spellings that are answered rightly: issue 2's table

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
