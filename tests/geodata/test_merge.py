"""One place from several sources is one place with several spellings and several source ids."""

import random
from dataclasses import replace
from typing import Any

import pytest
import shapely

from gazetteer.geodesy import LatLon, destination
from gazetteer.kinds import PlaceKind
from gazetteer.store import PlaceRecord
from geodata.areas import AreaSet
from geodata.importers import RawName, RawRecord
from geodata.match import Named, join, join_far
from geodata.merge import merge
from geodata.report import IssueKind, Report
from geodata.sources import read_sources
from tests.upstream_builders import a_raw, little_country, located, square

HERE = LatLon(35.5, 37.5)
ORDER = [source.id for source in read_sources()]


def at(east_m: float) -> dict[str, float]:
    point = destination(HERE, azimuth_deg=90, distance_m=east_m)
    return {"latitude": point.latitude, "longitude": point.longitude}


def merged(*raws: RawRecord, areas: AreaSet | None = None) -> tuple[dict[str, PlaceRecord], Report]:
    report = Report()
    records = merge([located(raw) for raw in raws], areas, report, order=ORDER)
    return {record.place.id: record for record in records}, report


def town(key: str = "geonames:1", *names: str, metres: float = 300.0, **changes: object) -> RawRecord:
    """GeoNames' Saraqib, some metres east of OCHA's."""
    return a_raw(
        key, *(names or ("Sarāqib", "سراقب")), **{"source": "geonames", "stated": (), **at(metres), **changes}
    )


def manbaj() -> RawRecord:
    """A sub-district, and its shape."""
    area: dict[str, Any] = {"kind": PlaceKind.SUBDISTRICT, "source": "ocha-cod-ab", "stated": ()}
    return a_raw("SY070200", "Manbaj", shape=square(37, 35), **area)


def test_a_town_of_geonames_joins_the_settlement_of_ocha_with_all_its_spellings() -> None:
    found, report = merged(a_raw(), town(population=32_495))
    (record,) = found.values()
    place = record.place
    assert ("C1001", "Saraqab", "سراقب", 32_495) == (place.id, place.name, place.name_ar, place.population)
    assert (HERE, ("ocha-populated-places", "geonames")) == (place.position, place.sources)
    assert ("C1001", "geonames:1") == record.source_ids
    assert [
        ("Saraqab", "en", "Latn", "ocha-populated-places"),
        ("سراقب", "ar", "Arab", "ocha-populated-places"),
        ("Sarāqib", "en", "Latn", "geonames"),
    ] == [(s.text, s.language, s.script, s.source) for s in record.spellings]
    assert list(report) == []


def test_what_is_not_alike_enough_stays_apart() -> None:
    saraqab, western = a_raw(), a_raw("C1001", "Saraqab", "سراقب غربي")
    for resident, newcomer, reason in (
        (saraqab, town(metres=10_100), "too far for a settlement"),
        (saraqab, town("geonames:1", "Kafr Nabl", "كفر نبل"), "another name"),
        (western, town("geonames:1", "Upper Saraqib", "سراقب فوقاني"), "another modifier"),
        (saraqab, town(kind=PlaceKind.DAM), "another kind"),
        (a_raw("C1001", "Buqata"), town(names=(RawName("בוקעתה"),)), "a script without skeleton"),
    ):
        found, _ = merged(resident, newcomer)
        assert ["C1001", "geonames:1"] == sorted(found), reason
        assert found["geonames:1"].spellings, reason


def test_a_code_settles_it_whatever_the_names_and_distances_are() -> None:
    quarter = a_raw("N0413", "Thawra", kind=PlaceKind.NEIGHBOURHOOD, source="ocha-cod-ab")
    curated = a_raw(
        "cg:quarter", "New Quarter", kind=PlaceKind.NEIGHBOURHOOD, source="curated",
        same_as=("N0413",), **at(90_000),
    )  # fmt: skip
    found, _ = merged(curated, quarter)
    assert ["N0413"] == list(found)
    assert (("N0413", "cg:quarter"), "Thawra") == (found["N0413"].source_ids, found["N0413"].place.name)


def test_names_go_to_the_place_of_their_code_through_other_codes_too() -> None:
    aliases = a_raw(
        "SY070200", "Manbij", kind=None, source="open-syria", same_as=("geonames:9",), latitude=None
    )
    further = a_raw("geonames:9", "Membij", kind=None, source="geonames", latitude=None)
    found, report = merged(further, aliases, manbaj())
    assert ["Manbaj", "Manbij", "Membij"] == [s.text for s in found["SY070200"].spellings]
    assert (("SY070200", "geonames:9"), []) == (found["SY070200"].source_ids, list(report))


def test_names_for_a_place_that_no_source_has_are_reported() -> None:
    found, report = merged(a_raw(), a_raw("SY9999", "Nowhere", kind=None, source="open-syria"))
    assert ["C1001"] == list(found)
    assert [IssueKind.NAMES_WITHOUT_PLACE] == [issue.kind for issue in report]


def test_of_two_settlements_the_clearly_nearer_one_is_taken_and_of_two_as_likely_none() -> None:
    found, report = merged(a_raw("C1", **at(0)), a_raw("C2", **at(4_000)), town(metres=200))
    assert (("C1", "geonames:1"), []) == (found["C1"].source_ids, list(report))
    found, report = merged(a_raw("C1", **at(0)), a_raw("C2", **at(700)), town(metres=350))
    assert ["C1", "C2", "geonames:1"] == sorted(found)
    assert [(IssueKind.KEPT_APART, "geonames:1")] * 2 == [(issue.kind, issue.subject) for issue in report]


def test_the_same_display_name_beats_a_further_spelling() -> None:
    tabqa, thawra = a_raw("C1", "Tabaqa", "الطبقة", **at(0)), a_raw("C2", "Al-Thawrah", "الثورة", **at(800))
    newcomer = town("geonames:1", "Al-Tabqa", "الطبقة", "Ath Thawrah", metres=700)
    found, report = merged(tabqa, thawra, newcomer)
    assert (("C1", "geonames:1"), ("C2",)) == (found["C1"].source_ids, found["C2"].source_ids)
    assert [IssueKind.NAMESAKE] == [issue.kind for issue in report]


def test_a_name_from_one_source_that_a_place_nearby_has_is_marked_with_that_place() -> None:
    hajin, hardub = a_raw("C1", "Hajin", "هجين"), a_raw("C2", "Abu Hardoub", "أبو حردوب", **at(25_000))
    theirs = town("geonames:1", "Hajīn", "Abu Hardub", "Hajine")
    found, report = merged(hajin, hardub, theirs)
    assert {"Abu Hardub": "C2"} == {s.text: s.namesake for s in found["C1"].spellings if s.namesake}
    assert [(IssueKind.NAMESAKE, "C1")] == [(issue.kind, issue.subject) for issue in report]
    mappers = town("osm:node/1", "Hajin", "Abu Hardub", source="osm-populated-places")
    for others in ([mappers], [a_raw("C3", "Abu Hardub")]):  # two sources say so; it is another place's name
        found, _ = merged(hajin, hardub, theirs, *others)
        marks = {s.namesake for s in found["C1"].spellings} - {""}
        assert (set() if others == [mappers] else {"C3"}) == marks
    far = a_raw("C2", "Abu Hardoub", "أبو حردوب", **at(60_000))
    assert {""} == {s.namesake for s in merged(hajin, far, theirs)[0]["C1"].spellings}


def test_of_one_source_towns_never_become_one_place_but_a_mappers_entries_for_one_village_do() -> None:
    found, report = merged(a_raw(), town("geonames:1", metres=100), town("geonames:2", metres=900))
    assert ("C1001", "geonames:1") == found["C1001"].source_ids
    assert "geonames:2" in found
    assert ["geonames:2"] == [issue.subject for issue in report]
    node, way = (
        town(f"osm:{kind}/1", source="osm-populated-places", metres=metres)
        for kind, metres in (("node", 100), ("way", 180))
    )
    assert ("C1001", "osm:node/1", "osm:way/1") == merged(a_raw(), node, way)[0]["C1001"].source_ids


def test_a_name_without_consonants_joins_by_its_letters() -> None:
    found, _ = merged(a_raw("C1", "Ayo", "أيو"), town("geonames:1", "Ayyūbīyah", "ايو"))
    assert ("C1", "geonames:1") == found["C1"].source_ids


def test_a_telling_name_that_is_put_far_off_joins_the_one_that_has_it_which_keeps_its_position() -> None:
    raslan = a_raw("C1", "Dweir Raslan", "دوير رسلان")
    far = town("geonames:1", "Duwayr Raslān", "دوير رسلان", metres=5_500)
    found, report = merged(raslan, far)
    assert (("C1", "geonames:1"), HERE) == (found["C1"].source_ids, found["C1"].place.position)
    assert [IssueKind.JOINED_FROM_AFAR] == [issue.kind for issue in report]
    assert found["C1"].place.uncertainty_m < 5_000
    namesake = a_raw("C2", "Dweir Raslan", "دوير رسلان", **at(-3_000))
    assert "geonames:1" in merged(raslan, namesake, far)[0]


def test_a_settlement_called_sub_district_throughout_is_the_sub_district() -> None:
    unit = town("geonames:5", "Nāḩiyat Manbij", "ناحية منبج", metres=1_000)
    found, report = merged(manbaj(), unit, areas=little_country())
    assert ("SY070200", "geonames:5") == found["SY070200"].source_ids
    assert [IssueKind.UNIT_NOT_PLACE] == [issue.kind for issue in report]


def test_the_most_exact_position_of_a_hospital_wins_with_what_it_was_taken_from() -> None:
    known = a_raw(
        "cg:shifa", "Shifa Hospital", kind=PlaceKind.HOSPITAL, source="curated",
        uncertainty_m=2_000.0, position_basis="town", sensitive=True,
    )  # fmt: skip
    mapped = town(
        "osm:node/1", "Al-Shifa Hospital", kind=PlaceKind.HOSPITAL, source="osm-health-facilities",
        uncertainty_m=100.0, position_basis="building", metres=1_500,
    )  # fmt: skip
    found, _ = merged(known, mapped)
    place = found["cg:shifa"].place
    assert (100.0, True, mapped.longitude) == (place.uncertainty_m, place.sensitive, place.position.longitude)
    assert "building" == place.position_basis


def test_a_river_stands_on_its_line_and_reaches_its_ends() -> None:
    line = shapely.LineString([(37.0, 35.5), (37.4, 35.6), (38.0, 35.5)])
    river = town("osm:way/1", "Euphrates", kind=PlaceKind.RIVER, source="osm-populated-places", shape=line)
    found, _ = merged(river, areas=little_country())
    place = found["osm:way/1"].place
    spot = shapely.Point(place.position.longitude, place.position.latitude)
    assert line.distance(spot) < 2e-5
    assert place.uncertainty_m > 30_000
    assert line.equals(shapely.from_wkb(found["osm:way/1"].shape_wkb))


def test_a_hospital_without_a_name_has_no_spelling_and_joins_nothing() -> None:
    nameless = RawRecord(
        "osm:node/1", PlaceKind.HOSPITAL, (), town().origin, 35.5, 37.5, uncertainty_m=100.0, sensitive=True
    )
    found, _ = merged(nameless)
    assert ("Unnamed hospital", ()) == (found["osm:node/1"].place.name, found["osm:node/1"].spellings)


# --- areas


def test_stated_and_computed_areas_are_both_kept_and_what_does_not_fit_is_reported() -> None:
    other = ("SY07", "SY0702", "SY070299")
    mismatch, unknown, outside = IssueKind.ADMIN_MISMATCH, IssueKind.UNKNOWN_AREA, IssueKind.OUTSIDE_AREAS
    for raw, stated, computed, method, issues in (
        (a_raw(), "SY070200", "SY070200", "stated", set()),
        (a_raw(latitude=36.5), "SY070200", "SY070201", "stated", {mismatch}),
        (a_raw(stated=()), None, "SY070200", "within", set()),
        (a_raw(latitude=34.0), "SY070200", None, "stated", {outside}),
        (a_raw(stated=other), "SY070299", "SY070200", "stated", {mismatch, unknown}),
    ):
        found, report = merged(raw, areas=little_country())
        record = found["C1001"]
        assert (stated, computed) == (record.adm3_pcode, record.computed_adm3_pcode)
        assert (method, mismatch in issues) == (record.place.admin_method, record.is_mismatch)
        assert issues == {issue.kind for issue in report}
    _, report = merged(a_raw(latitude=36.5), areas=little_country())
    assert ["'Saraqab' states SY070200 and lies in SY070201"] == [issue.detail for issue in report]


def test_a_row_without_code_or_position_is_left_out_and_reported() -> None:
    found, report = merged(a_raw(""), a_raw("C2", latitude=None, longitude=None), a_raw("C3"))
    assert ["C3"] == list(found)
    assert [IssueKind.SKIPPED_ROW] * 2 == [issue.kind for issue in report]


# --- radii


def test_a_village_reaches_half_the_way_to_the_next_within_bounds() -> None:
    for apart_m, expected in ((400.0, 1_000.0), (3_000.0, 1_500.0), (9_000.0, 2_000.0)):
        found, _ = merged(a_raw("C1001"), a_raw("C1002", "Harbiyeh", "حربية", **at(apart_m)))
        assert [expected] * 2 == [record.place.uncertainty_m for record in found.values()]


def test_the_circle_of_a_town_holds_the_points_of_its_sources_and_that_of_an_area_its_corners() -> None:
    found, _ = merged(a_raw(), town(metres=1_950, population=500))
    assert found["C1001"].place.uncertainty_m == pytest.approx(1_950, abs=1)
    # Half the diagonal of a square of a degree at 35.5 N: 111 km by 90.6 km.
    assert 71_000 < merged(manbaj())[0]["SY070200"].place.uncertainty_m < 72_000


# --- order


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [a_raw(f"C{n}", "Saraqab", "سراقب", **at(6_000 * n)) for n in range(6)]
    rows += [town(f"geonames:{n}", metres=6_000 * n + 300) for n in range(6)]
    expected = merged(*rows)[0]
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        assert expected == merged(*rows)[0]


def named(key: str, name: str, *, metres: float = 0.0) -> Named:
    return Named(key, PlaceKind.SETTLEMENT, LatLon(**at(metres)), (name,), displays=(name,))


def test_joining_nothing_with_nothing_is_nothing() -> None:
    assert ({}, []) == join([], [])
    assert ([], []) == join_far([], [])


def test_a_town_may_be_put_farther_off_than_a_village() -> None:
    here = [named("C1", "قباسين")]
    village = named("g:1", "قباسين", metres=50_000)
    town_ = replace(village, population=12_000)
    assert [] == join_far([village], here)[0]
    assert ["C1"] == [pair.resident for pair in join_far([town_], here)[0]]
    assert ["C1"] == [doubt.pair.resident for doubt in join_far([town_], here, {"C1"})[1]]
