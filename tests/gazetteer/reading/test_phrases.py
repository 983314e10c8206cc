"""What the words round a name do to the answer: facilities, quarters, parts of names, countrysides.

On small gazetteers made for each test, so that what is known and what is not is in sight. The weights are
those that the package carries: which place comes first is promised, how sure it is only roughly.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gazetteer import Gazetteer, Match, PlaceKind, Resolution
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.store import PlaceRecord
from tests.builders import a_gazetteer_file, a_record, a_unit

IDLIB_AT, ZOR_AT, CITY = LatLon(35.93, 36.634), LatLon(35.336, 40.146), LatLon(36.2, 37.16)
ZOR = {"adm1_pcode": "SY09", "adm2_pcode": "SY0901", "adm3_pcode": "SY090100"}


def a_town(place_id: str, name: str, **changes: Any) -> PlaceRecord:
    codes = {"adm1_pcode": "SY02", "adm2_pcode": "SY0200", "adm3_pcode": "SY020000"}
    return a_record(id=place_id, name=name, **{"name_ar": "", "position": CITY, **codes, **changes})


def a_hospital(place_id: str, name: str, **changes: Any) -> PlaceRecord:
    values: dict[str, Any] = {"position": LatLon(35.931, 36.64), "uncertainty_m": 500.0, **changes}
    return a_record(id=place_id, name=name, name_ar="", kind=PlaceKind.HOSPITAL, population=None, **values)


IDLIB = a_record(
    id="C3871", name="Idleb", name_ar="إدلب", spellings=["Idlib"], position=IDLIB_AT, population=128_840
)
AREAS = (
    a_unit("SY07", "Idleb", name_ar="إدلب", position=LatLon(35.86, 36.57)),
    a_unit("SY09", "Deir-ez-Zor", name_ar="دير الزور", position=ZOR_AT),
)
ALEPPO = (
    a_unit("SY02", "Aleppo", uncertainty_m=130_000.0, name_ar="حلب", position=LatLon(36.1, 37.4)),
    a_town("C1007", "Aleppo", name_ar="حلب", population=2_098_210, uncertainty_m=12_000.0),
)
KAFRANBEL = (a_record(name="Kafranbel", name_ar=""),)


def answers(folder: Path, records: Sequence[PlaceRecord], *texts: str) -> list[tuple[str, Resolution]]:
    """Return texts with their answers in a gazetteer of these places."""
    path = folder / "g.gpkg"
    path.unlink(missing_ok=True)
    with Gazetteer.open(a_gazetteer_file(path, records)) as gazetteer:
        return [(text, gazetteer.resolve(text)) for text in texts]


def firsts(folder: Path, records: Sequence[PlaceRecord], *texts: str) -> list[tuple[str, Match]]:
    """Return texts with their first match."""
    return [(text, answer.matches[0]) for text, answer in answers(folder, records, *texts)]


def first_of(folder: Path, records: Sequence[PlaceRecord], text: str) -> Match:
    [(_, match)] = firsts(folder, records, text)
    return match


def test_a_hospital_is_put_before_the_town_it_is_named_with(tmp_path: Path) -> None:
    known = [*AREAS, IDLIB, a_hospital("cg:national", "Idlib National Hospital")]
    texts = ("Idlib, national hospital", "Idlib national hospital", "national hospital, Idlib")
    for text, match in firsts(tmp_path, known, *texts, "Idlib (national hospital)"):
        assert "cg:national" == match.place.id, text


def test_a_hospital_that_is_not_known_is_never_invented(tmp_path: Path) -> None:
    hospital = a_hospital("cg:zor", "Aisha Hospital", position=ZOR_AT, **ZOR)
    [(_, answer)] = answers(tmp_path, [*AREAS, IDLIB, hospital], "Xyzzy hospital, Idlib")
    assert "cg:zor" not in [m.place.id for m in answer.matches if m.confidence >= 0.5]
    assert answer.best is None or "C3871" == answer.best.place.id


def test_a_quarter_that_is_not_known_falls_back_to_its_city_with_the_citys_radius(tmp_path: Path) -> None:
    first = first_of(tmp_path, [*AREAS, IDLIB], "Qwrtz neighbourhood, Idlib")
    assert ("C3871", "fallback") == (first.place.id, first.method)
    assert IDLIB.place.uncertainty_m == first.place.uncertainty_m
    assert first.reasons[0].startswith("the name itself is not in the gazetteer")


def test_a_fallback_to_a_wide_city_is_not_taken_for_within_five_kilometres(tmp_path: Path) -> None:
    def sure(radius_m: float) -> float:
        city = a_record(id="C3871", name="Idleb", spellings=["Idlib"], uncertainty_m=radius_m)
        return first_of(tmp_path, [*AREAS, city], "Qwrtz neighbourhood, Idlib").confidence

    narrow, at_the_limit, wide = sure(2_000.0), sure(5_000.0), sure(20_000.0)
    assert narrow == at_the_limit
    assert at_the_limit / 4 == pytest.approx(wide)


def test_a_quarter_that_is_known_is_taken_before_its_city(tmp_path: Path) -> None:
    quarter = a_record(id="N1", name="Al-Qusour", kind=PlaceKind.NEIGHBOURHOOD, position=IDLIB_AT)
    first = first_of(tmp_path, [*AREAS, IDLIB, quarter], "Al Qusour neighbourhood, Idlib city")
    assert "N1" == first.place.id


def test_a_name_that_is_part_of_a_longer_one_or_holds_a_shorter_one_finds_it(tmp_path: Path) -> None:
    for name, name_ar, texts in (
        ("Khirbet Qalaat", "خربة قلعات", ("Qalaat", "قلعات")),
        ("Qetet Elbuleil", "قطعة البوليل", ("Buleil", "Al-Buliyal", "البوليل")),
        ("Bab Qalaat", "", ("trailer park Bab Qalaat",)),
    ):
        known = [*AREAS, IDLIB, a_record(id="C1", name=name, name_ar=name_ar, **ZOR)]
        for text, match in firsts(tmp_path, known, *texts):
            assert ("C1", "part") == (match.place.id, match.method), text


def test_a_direction_without_a_distance_stays_at_the_town_and_reaches_ten_km_on(tmp_path: Path) -> None:
    town = a_record().place
    texts = ("silos east of Saraqib", "east of Saraqib", "شرق مدينة سراقب", "شرق سراقب")
    for text, match in firsts(tmp_path, [*AREAS, a_record()], *texts):
        assert ("around", town.position) == (match.method, match.place.position), text
        assert town.uncertainty_m + 10_000.0 == match.place.uncertainty_m, text


def test_half_of_two_places_is_said_and_never_sure(tmp_path: Path) -> None:
    half = "only half of the text is known: 'Xyzzyville' is not in the gazetteer"
    texts = ("between Idlib and Xyzzyville", "Idlib – Xyzzyville road")
    for text, answer in answers(tmp_path, [*AREAS, IDLIB], *texts):
        assert (None, half) == (answer.best, answer.matches[0].reasons[0]), text


def test_a_village_whose_name_is_a_word_that_tells_others_apart_is_not_read_as_its_area(
    tmp_path: Path,
) -> None:
    village = a_record(id="C1", name="Kubra", name_ar="", position=LatLon(35.7, 36.7))
    texts = ("Kubra, Idlib governorate", "Kubra - Idlib", "Idlib: Kubra", "Kubra")
    for text, answer in answers(tmp_path, [*AREAS, IDLIB, village], *texts):
        assert answer.best is None or "C1" == answer.best.place.id, text


def test_a_village_that_is_told_apart_in_both_scripts_is_not_the_town(tmp_path: Path) -> None:
    at, near = LatLon(36.82, 38.01), LatLon(36.79, 38.05)
    town = a_record(id="C1", name="Jarablus", name_ar="جرابلس", position=at, spellings=["Jrables"])
    lower = a_record(id="C2", name="Lower Jrables", name_ar="جرابلس تحتاني", position=near)
    both = ("جرابلس تحتاني - Lower Jrables", "Lower Jrables (جرابلس تحتاني)")
    for text, match in firsts(tmp_path, [*AREAS, town, lower], *both, "Lower Jrables", "جرابلس تحتاني"):
        assert "C2" == match.place.id, text


# --------------------------------------- parts of a place, and what lies round it


def test_a_part_of_what_a_town_and_its_governorate_are_called_is_the_governorate_and_never_sure(
    tmp_path: Path,
) -> None:
    for text, answer in answers(
        tmp_path, ALEPPO,
        "eastern Aleppo", "East Aleppo", "northeastern Aleppo", "Aleppo (east)", "Aleppo, south",
        "eastern Aleppo countryside", "شرقي حلب", "حلب الشرقية", "ريف حلب الشرقي", "Aleppo al-Sharqiya",
    ):  # fmt: skip
        match = answer.matches[0]
        assert ("ambiguous", "SY02", "around") == (answer.status, match.place.id, match.method), text
        assert 130_000.0 == match.place.uncertainty_m, text
        assert "is a part of this governorate: the radius is that of all of it" in match.reasons[0], text


def test_the_east_or_the_countryside_of_a_town_that_no_area_is_called_reaches_well_beyond_it(
    tmp_path: Path,
) -> None:
    east, rural = (first_of(tmp_path, KAFRANBEL, text) for text in ("eastern Kafranbel", "rural Kafranbel"))
    for match in (east, rural):
        assert ("around", 12_000.0) == (match.method, match.place.uncertainty_m)
    assert PlaceKind.POINT is east.place.kind
    assert 0.0 == pytest.approx(distance_m(a_record().place.position, east.place.position), abs=0.1)
    assert east.reasons[0].startswith("the east of Kafranbel may be a part of it or lie round it")


def test_a_direction_that_is_in_the_name_is_no_part(tmp_path: Path) -> None:
    known = [a_town("C1294", "Eastern Kwaires"), a_town("C1295", "Kwaires", position=LatLon(36.19, 37.5))]
    texts = ("Eastern Kwaires", "Kuweires Sharqi", "Kwaires (eastern)")
    for text, match in firsts(tmp_path, known, *texts):
        assert ("C1294", "settlement") == (match.place.id, match.place.kind.value), text


def test_a_part_of_a_city_is_the_city(tmp_path: Path) -> None:
    match = first_of(tmp_path, ALEPPO, "eastern Aleppo city")
    assert ("C1007", 12_000.0) == (match.place.id, match.place.uncertainty_m)


def test_a_countryside_is_the_widest_area_called_so_and_it_takes_the_towns_probability(
    tmp_path: Path,
) -> None:
    for text, match in firsts(tmp_path, [*AREAS, IDLIB], "rural Idlib", "Idlib countryside", "ريف إدلب"):
        assert "SY07" == match.place.id, text
    known = [
        a_unit("SY0205", "Manbij", uncertainty_m=79_000.0, name_ar="منبج"),
        a_unit("SY020500", "Manbij", uncertainty_m=40_000.0, name_ar="منبج"),
        a_town("C1767", "Manbij", name_ar="منبج", adm2_pcode="SY0205", adm3_pcode="SY020500"),
        a_unit("SY02", "Aleppo", uncertainty_m=130_000.0),
    ]
    texts = ("rural Manbij", "Manbij countryside", "countryside of Manbij", "ريف منبج")
    for text, answer in answers(tmp_path, known, *texts):
        [first] = answer.matches
        assert ("SY0205", "exact") == (first.place.id, first.method), text
        assert first.confidence > 0.65, text


def test_a_governorate_that_is_called_rural_is_found_by_its_name(tmp_path: Path) -> None:
    known = [
        a_unit("SY01", "Damascus", uncertainty_m=9_000.0, name_ar="دمشق"),
        a_unit("SY03", "Rural Damascus", uncertainty_m=150_000.0, name_ar="ريف دمشق"),
        a_unit("SY0301", "Rural Damascus", uncertainty_m=29_000.0, name_ar="ريف دمشق"),
    ]
    texts = ("Rural Damascus", "Damascus countryside", "countryside of Damascus", "ريف دمشق")
    for text, answer in answers(tmp_path, known, *texts):
        assert ("resolved", "SY03") == (answer.status, answer.matches[0].place.id), text


def test_the_north_of_the_country_is_a_part_of_the_country(tmp_path: Path) -> None:
    known = [a_unit("SY", "Syria", uncertainty_m=430_000.0), *ALEPPO]
    [(_, answer)] = answers(tmp_path, known, "northern Syria")
    assert ("ambiguous", "SY") == (answer.status, answer.matches[0].place.id)


def test_an_offset_from_a_part_is_an_offset_from_all_of_it(tmp_path: Path) -> None:
    [(_, answer)] = answers(tmp_path, ALEPPO, "5 km north of eastern Aleppo")
    assert "ambiguous" == answer.status
    assert answer.matches[0].place.uncertainty_m > 130_000.0


def test_a_dam_of_which_only_the_governorate_is_known_is_not_outside_the_district_given(
    tmp_path: Path,
) -> None:
    dam = {"kind": PlaceKind.DAM, "population": None, "adm2_pcode": None, "adm3_pcode": None}
    known = [
        *ALEPPO,
        a_unit("SY0205", "Manbij", uncertainty_m=79_000.0),
        a_town("C1767", "Manbij", adm2_pcode="SY0205", adm3_pcode=None),
        a_town("cg:dam", "Tishreen Dam", **dam),
    ]
    [(_, answer)] = answers(tmp_path, known, "Tishreen Dam, Manbij")
    assert ("resolved", "cg:dam") == (answer.status, answer.matches[0].place.id)
    assert "not in the given area" not in answer.matches[0].reasons
