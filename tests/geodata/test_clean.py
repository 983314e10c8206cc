"""Repairs of names and positions: made where certain, reported always."""

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


def repaired(*names: RawName | str, areas: AreaNames | None = None) -> tuple[list[str], list[IssueKind]]:
    """Return what becomes of a record's names, and what is reported."""
    report = Report()
    raw = a_raw(names=tuple(RawName(name) if isinstance(name, str) else name for name in names))
    mended = repair_names(raw, NameContext(areas) if areas else NameContext(), report)
    return [name.text for name in mended.names], [issue.kind for issue in report]


# --- several names in a field


def test_a_field_is_taken_apart_at_its_signs_only() -> None:
    for field, expected in (
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
    ):
        assert expected == split_field(field)


def test_each_further_name_is_a_spelling_and_the_field_too_but_never_the_name_of_an_area() -> None:
    for field, display, *others in (
        ("Hjeij - Haji Kanli", "Hjeij", "Haji Kanli", "Hjeij - Haji Kanli"),
        ("Hjeileh - Manbij", "Hjeileh", "Hjeileh - Manbij"),
        ("Hjeileh (Manbaj)", "Hjeileh", "Hjeileh (Manbaj)"),
        ("Hjeileh / Lattakia", "Hjeileh", "Hjeileh / Lattakia"),
        ("Hjeileh - Jisr-Ash-Shugur", "Hjeileh", "Hjeileh - Jisr-Ash-Shugur"),
        ("Wadi - Little Jqal", "Wadi - Little Jqal", "Little Jqal"),  # which begins with a common word
    ):
        reduced = reduce_field(field, areas=AREAS)
        assert (display, tuple(others)) == (reduced.display, reduced.others)
    assert () == reduce_field("Hjeij - Haji Kanli", areas=AREAS).dropped


def test_a_word_that_many_places_share_names_none() -> None:
    for word in ("Wadi", "Koy", "الوادي", "Upper", "camp", "Tal", "Tal Kabir"):
        assert is_generic(word), word
    for name in ("Ras El Ein", "Rabwa", "Little Jqal", "حجلية"):  # though it begins like others
        assert not is_generic(name), name


def test_the_name_of_another_settlement_nearby_is_not_taken() -> None:
    reduced = reduce_field("Hjeij - Haji Kanli", areas=AREAS, neighbours=frozenset({"haji kanli"}))
    assert "Haji Kanli" not in (reduced.display, *reduced.others)


def test_its_own_areas_name_at_the_end_is_set_aside() -> None:
    for name, expected in (
        ("Tal Khatun Manbaj", "Tal Khatun"),
        ("تل خاتون منبج", "تل خاتون"),
        ("Kafr Manbaj", None),
        ("Lower Manbaj", None),
        ("Samuqet Manbaj", None),
        ("Tal Khatun Lattakia", None),
        ("Manbaj", None),
    ):
        assert expected == without_area(name, areas=AREAS, stated=CHAIN), name


def test_display_names_lead_and_labels_are_kept_whole_unless_they_are_numbers() -> None:
    names = (
        RawName("Bluzeh - Manbaj", "en"),
        RawName("بلوزة", "ar"),
        RawName("Bluzeh (Manbaj)", "en", is_label=True),
    )
    kept = ["Bluzeh", "بلوزة", "Bluzeh - Manbaj", "Bluzeh (Manbaj)"]
    assert (kept, [IssueKind.DISAMBIGUATED]) == repaired(*names, areas=AREAS)
    number = RawName("3", is_label=True)
    assert (["Mazyuna"], [IssueKind.BAD_NAME]) == repaired("Mazyuna", number)


def test_a_name_on_several_lines_is_put_on_one() -> None:
    names = (RawName("الدلالين\r\nالدلالين\r\nالدلالي", "ar"), RawName("قدسيا\r\n", "ar"))
    assert (["الدلالين", "قدسيا"], [IssueKind.SEVERAL_LINES]) == repaired(*names)


# --- mojibake


def misread(text: str) -> str:
    """UTF-8 read as Windows-1252, as programs do it: the five bytes that it leaves open pass through."""
    return "".join(
        chr(byte) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([byte]).decode("cp1252")
        for byte in text.encode("utf-8")
    )


def test_text_read_in_the_wrong_encoding_is_read_again() -> None:
    for text in ("معاذ", "Ma‘arrat an-Nu‘mān", "مشفى الشفاء", "Şırnak", "فرقة"):
        for spoilt in (misread(text), misread(misread(text))):
            assert ([text], [IssueKind.MOJIBAKE]) == repaired(spoilt)


def test_text_that_is_right_is_left_alone() -> None:
    right = ["Qenterê", "Château", "Âbidîn", "سراقب", "Saraqib", "Ødegård"]
    assert (right, []) == repaired(*right)


def test_a_mended_name_is_reported_with_both_forms_and_one_that_only_looks_spoilt_is_kept() -> None:
    report = Report()
    repair_names(a_raw(names=(RawName("muâ€™ath"),)), NameContext(), report)
    assert ["'muâ€™ath' is 'mu’ath'"] == [issue.detail for issue in report]
    assert (["Ø³Ø\ufffd"], [IssueKind.MAYBE_MOJIBAKE]) == repaired("Ø³Ø\ufffd")


# --- positions, in the little country 35 to 37 N, 36 to 38 E


def test_a_position_is_turned_only_where_that_is_certain_and_what_is_strange_is_reported() -> None:
    swapped, maybe, outside = IssueKind.SWAPPED, IssueKind.MAYBE_SWAPPED, IssueKind.OUTSIDE_COUNTRY
    elsewhere = ("SY07", "SY0701", "SY070100")
    for latitude, longitude, stated, expected, said in (
        (35.5, 37.5, CHAIN, LatLon(35.5, 37.5), []),
        (37.5, 35.5, CHAIN, LatLon(35.5, 37.5), [swapped]),  # the stated area holds it the other way round
        (36.9, 36.2, CHAIN, LatLon(36.9, 36.2), []),  # it lies in the country in either order
        (37.5, 35.5, elsewhere, LatLon(37.5, 35.5), [maybe, outside]),  # another area would hold it
        (37.9, 35.5, (), LatLon(35.5, 37.9), [swapped]),  # far from Syria as it stands
        (37.55, 35.5, (), LatLon(37.55, 35.5), [maybe, outside]),
        (0.0, 0.0, CHAIN, None, [IssueKind.SKIPPED_ROW]),
        (95.0, 200.0, CHAIN, None, [IssueKind.SKIPPED_ROW]),
    ):
        report = Report()
        raw = a_raw(latitude=latitude, longitude=longitude, stated=stated)
        found = repair_position(raw, little_country(), report)
        assert (expected, said) == (found, [issue.kind for issue in report]), (latitude, longitude, stated)


def test_a_point_outside_the_country_is_reported_with_its_row_and_its_distance() -> None:
    report = Report()
    repair_position(a_raw(latitude=37.1, longitude=37.5), little_country(), report)
    detail = "37.1, 37.5 lies outside, 11.1 km from it"
    assert [Issue(IssueKind.OUTSIDE_COUNTRY, "C1001", detail, "Locations.xlsx, row 1")] == list(report)
