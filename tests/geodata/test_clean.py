"""Repairs of names and positions: made where certain, reported always."""

import pytest

from gazetteer.geodesy import LatLon
from geodata.clean import (
    AreaNames,
    NameContext,
    is_generic,
    reduce_field,
    repair_names,
    repair_position,
    split_field,
    without_area,
)
from geodata.importers import RawName
from geodata.report import Issue, IssueKind, Report
from tests.upstream_builders import a_raw, little_country

AREAS = AreaNames(
    [
        ("SY0702", "Manbaj"),
        ("SY0702", "منبج"),
        ("SY07", "Idleb"),
        ("SY0705", "Jisr-Ash-Shugur"),
        ("SY0201", "Lattakia"),
    ]
)
CHAIN = ("SY07", "SY0702", "SY070200")


def kinds(report: Report) -> list[IssueKind]:
    return [issue.kind for issue in report]


# --- several names in a field


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Rabwa / Harbuq", ("Rabwa", "Harbuq")),
        ("Al-Qantara \\ Kikan", ("Al-Qantara", "Kikan")),
        ("Khureibah/Qurbe", ("Khureibah", "Qurbe")),
        ("أم قرون_أم جرن", ("أم قرون", "أم جرن")),
        ("اسماعيلية-المختارية", ("اسماعيلية", "المختارية")),
        ("نوارة -كلز", ("نوارة", "كلز")),
        ("شاميه /اللاذقية/", ("شاميه", "اللاذقية")),
        ("Fas (Abo Fas)", ("Fas", "Abo Fas")),
        ("Afrin (Afrin)", ("Afrin",)),
        ("سراقب - سراقب", ("سراقب",)),
        ("Kherbet Al- Thib", ("Kherbet Al-Thib",)),
        ("Deir-ez-Zor", ("Deir-ez-Zor",)),
        ("  Tall   Tamer ", ("Tall Tamer",)),
        ("3", ("3",)),
    ],
)
def test_a_field_is_taken_apart_at_its_signs_only(field: str, expected: tuple[str, ...]) -> None:
    assert expected == split_field(field)


def test_each_further_name_is_a_spelling_and_the_field_too() -> None:
    reduced = reduce_field("Hjeij - Haji Kanli", areas=AREAS)
    assert ("Hjeij", ("Haji Kanli", "Hjeij - Haji Kanli"), ()) == (
        reduced.display,
        reduced.others,
        reduced.dropped,
    )


@pytest.mark.parametrize(
    "field", ["Hjeileh - Manbij", "Hjeileh (Manbaj)", "Hjeileh / Lattakia", "Hjeileh - Jisr-Ash-Shugur"]
)
def test_the_name_of_an_area_is_never_made_a_spelling(field: str) -> None:
    reduced = reduce_field(field, areas=AREAS)
    assert ("Hjeileh", (field,)) == (reduced.display, reduced.others)


@pytest.mark.parametrize("word", ["Wadi", "Koy", "الوادي", "Upper", "camp", "Tal", "Tal Kabir"])
def test_a_word_that_many_places_share_names_none(word: str) -> None:
    assert is_generic(word)


@pytest.mark.parametrize("name", ["Ras El Ein", "Rabwa", "Little Jqal", "حجلية"])
def test_a_name_is_not_generic_because_it_begins_like_others(name: str) -> None:
    assert not is_generic(name)


def test_a_field_that_begins_with_a_common_word_keeps_its_whole_as_display_name() -> None:
    reduced = reduce_field("Wadi - Little Jqal", areas=AREAS)
    assert ("Wadi - Little Jqal", ("Little Jqal",)) == (reduced.display, reduced.others)


def test_the_name_of_another_settlement_nearby_is_not_taken() -> None:
    reduced = reduce_field("Hjeij - Haji Kanli", areas=AREAS, neighbours=frozenset({"haji kanli"}))
    assert "Haji Kanli" not in (reduced.display, *reduced.others)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Tal Khatun Manbaj", "Tal Khatun"),
        ("تل خاتون منبج", "تل خاتون"),
        ("Kafr Manbaj", None),
        ("Lower Manbaj", None),
        ("Samuqet Manbaj", None),
        ("Tal Khatun Lattakia", None),
        ("Manbaj", None),
    ],
)
def test_its_own_areas_name_at_the_end_is_set_aside(name: str, expected: str | None) -> None:
    assert expected == without_area(name, areas=AREAS, stated=CHAIN)


def test_display_names_lead_and_labels_are_kept_whole() -> None:
    raw = a_raw(
        names=(
            RawName("Bluzeh - Manbaj", "en"),
            RawName("بلوزة", "ar"),
            RawName("Bluzeh (Manbaj)", "en", True),
        )
    )
    report = Report()
    mended = repair_names(raw, NameContext(AREAS), report)
    assert ["Bluzeh", "بلوزة", "Bluzeh - Manbaj", "Bluzeh (Manbaj)"] == [name.text for name in mended.names]
    assert kinds(report) == [IssueKind.DISAMBIGUATED]


def test_a_label_that_is_a_number_is_left_out_and_said() -> None:
    report = Report()
    mended = repair_names(
        a_raw(names=(RawName("Mazyuna"), RawName("3", is_label=True))), NameContext(), report
    )
    assert (["Mazyuna"], [IssueKind.BAD_NAME]) == ([name.text for name in mended.names], kinds(report))


def test_a_name_on_several_lines_is_put_on_one() -> None:
    report = Report()
    raw = a_raw(names=(RawName("الدلالين\r\nالدلالين\r\nالدلالي", "ar"), RawName("قدسيا\r\n", "ar")))
    mended = repair_names(raw, NameContext(), report)
    assert ["الدلالين", "قدسيا"] == [name.text for name in mended.names]
    assert kinds(report) == [IssueKind.SEVERAL_LINES]


# --- mojibake


def names_of(*texts: str) -> tuple[list[str], list[IssueKind]]:
    report = Report()
    mended = repair_names(a_raw(names=tuple(map(RawName, texts))), NameContext(), report)
    return [name.text for name in mended.names], kinds(report)


@pytest.mark.parametrize("text", ["معاذ", "Ma‘arrat an-Nu‘mān", "مشفى الشفاء", "Şırnak", "فرقة"])
@pytest.mark.parametrize("times", [1, 2])
def test_text_read_in_the_wrong_encoding_is_read_again(text: str, times: int) -> None:
    spoilt = text
    for _ in range(times):
        # As programs do it: the five bytes that Windows-1252 leaves open pass through.
        spoilt = "".join(
            bytes([b]).decode("cp1252") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b)
            for b in spoilt.encode("utf-8")
        )
    assert spoilt != text
    assert ([text], [IssueKind.MOJIBAKE]) == names_of(spoilt)


def test_text_that_is_right_is_left_alone() -> None:
    right = ["Qenterê", "Château", "Âbidîn", "سراقب", "Saraqib", "Ødegård"]
    assert (right, []) == names_of(*right)


def test_a_mended_name_is_reported_with_both_forms() -> None:
    report = Report()
    repair_names(a_raw(names=(RawName("muâ€™ath"),)), NameContext(), report)
    (issue,) = report
    assert (IssueKind.MOJIBAKE, "'muâ€™ath' is 'mu’ath'") == (issue.kind, issue.detail)


def test_text_that_only_looks_spoilt_is_reported_and_kept() -> None:
    report = Report()
    mended = repair_names(a_raw(names=(RawName("Ø³Ø\ufffd"),)), NameContext(), report)
    assert ("Ø³Ø\ufffd", [IssueKind.MAYBE_MOJIBAKE]) == (mended.names[0].text, kinds(report))


# --- positions, in the little country 35 to 37 N, 36 to 38 E


def position(latitude: float, longitude: float, *stated: str) -> tuple[LatLon | None, list[IssueKind]]:
    report = Report()
    raw = a_raw(latitude=latitude, longitude=longitude, stated=stated)
    found = repair_position(raw, little_country(), report)
    return found, kinds(report)


def test_a_point_in_the_country_is_taken_as_it_is() -> None:
    assert (LatLon(35.5, 37.5), []) == position(35.5, 37.5, *CHAIN)


def test_a_swapped_point_is_turned_where_the_stated_area_holds_it() -> None:
    assert (LatLon(35.5, 37.5), [IssueKind.SWAPPED]) == position(37.5, 35.5, *CHAIN)


def test_a_point_that_both_ways_could_be_is_never_turned() -> None:
    # 36.2 and 36.9 lie in the country in either order.
    assert (LatLon(36.9, 36.2), []) == position(36.9, 36.2, *CHAIN)


def test_a_point_that_another_area_would_hold_is_reported_and_left() -> None:
    found, noted = position(37.5, 35.5, "SY07", "SY0701", "SY070100")
    assert (LatLon(37.5, 35.5), [IssueKind.MAYBE_SWAPPED, IssueKind.OUTSIDE_COUNTRY]) == (found, noted)


def test_without_a_stated_area_only_a_point_far_from_syria_is_turned() -> None:
    assert (LatLon(35.5, 37.9), [IssueKind.SWAPPED]) == position(37.9, 35.3 + 0.2)
    found, noted = position(37.55, 35.5)
    assert (LatLon(37.55, 35.5), IssueKind.MAYBE_SWAPPED) == (found, noted[0])


def test_a_point_outside_the_country_is_kept_and_reported_with_its_distance() -> None:
    report = Report()
    raw = a_raw(latitude=37.1, longitude=37.5)
    assert LatLon(37.1, 37.5) == repair_position(raw, little_country(), report)
    assert [
        Issue(
            IssueKind.OUTSIDE_COUNTRY,
            "C1001",
            "37.1, 37.5 lies outside, 11.1 km from it",
            "Locations.xlsx, row 1",
        )
    ] == list(report)


@pytest.mark.parametrize(("latitude", "longitude"), [(0.0, 0.0), (95.0, 200.0)])
def test_no_position_is_made_of_nothing(latitude: float, longitude: float) -> None:
    assert (None, [IssueKind.SKIPPED_ROW]) == position(latitude, longitude, *CHAIN)
