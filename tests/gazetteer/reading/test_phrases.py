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
from tests.builders import a_gazetteer_file, a_record

IDLIB_AT, ZOR_AT, CITY = LatLon(35.93, 36.634), LatLon(35.336, 40.146), LatLon(36.2, 37.16)
DISTRICT_UNKNOWN = {"adm2_pcode": None, "adm3_pcode": None}
ZOR = {"adm1_pcode": "SY09", "adm2_pcode": "SY0901", "adm3_pcode": "SY090100"}


def a_unit(pcode: str, name: str, kind: PlaceKind, radius_m: float, **changes: Any) -> PlaceRecord:
    codes = {f"adm{n}_pcode": pcode[: 2 + 2 * n] if len(pcode) >= 2 + 2 * n else None for n in (1, 2, 3)}
    values: dict[str, Any] = {"position": LatLon(36.1, 37.4), "population": None, "name_ar": "", **codes}
    return a_record(id=pcode, name=name, kind=kind, uncertainty_m=radius_m, **{**values, **changes})


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
    a_unit("SY07", "Idleb", PlaceKind.GOVERNORATE, 60_000.0, name_ar="إدلب", position=LatLon(35.86, 36.57)),
    a_unit("SY09", "Deir-ez-Zor", PlaceKind.GOVERNORATE, 60_000.0, name_ar="دير الزور", position=ZOR_AT),
)
ALEPPO = (
    a_unit("SY02", "Aleppo", PlaceKind.GOVERNORATE, 130_000.0, name_ar="حلب"),
    a_town("C1007", "Aleppo", name_ar="حلب", population=2_098_210, uncertainty_m=12_000.0),
)


def resolved(folder: Path, text: str, records: Sequence[PlaceRecord]) -> Resolution:
    with Gazetteer.open(a_gazetteer_file(folder / "g.gpkg", records)) as gazetteer:
        return gazetteer.resolve(text)


def first_of(folder: Path, text: str, records: Sequence[PlaceRecord]) -> tuple[str, Match]:
    answer = resolved(folder, text, records)
    return answer.status, answer.matches[0]


def match_of(folder: Path, text: str, *records: PlaceRecord) -> Match:
    """Return the first match in a gazetteer of Idlib, Deir ez-Zor and these places."""
    return first_of(folder, text, [*AREAS, *records])[1]


@pytest.mark.parametrize("text", [
    "Idlib, national hospital", "Idlib national hospital", "national hospital, Idlib",
    "Idlib (national hospital)",
])  # fmt: skip
def test_a_hospital_is_put_before_the_town_it_is_named_with(tmp_path: Path, text: str) -> None:
    hospital = a_hospital("cg:national", "Idlib National Hospital")
    assert "cg:national" == match_of(tmp_path, text, IDLIB, hospital).place.id


def test_a_hospital_that_is_not_known_is_never_invented(tmp_path: Path) -> None:
    hospital = a_hospital("cg:zor", "Aisha Hospital", position=ZOR_AT, **ZOR)
    answer = resolved(tmp_path, "Xyzzy hospital, Idlib", [*AREAS, IDLIB, hospital])
    assert "cg:zor" not in [m.place.id for m in answer.matches if m.confidence >= 0.5]
    assert answer.best is None or "C3871" == answer.best.place.id


def test_a_quarter_that_is_not_known_falls_back_to_its_city_with_the_citys_radius(tmp_path: Path) -> None:
    first = match_of(tmp_path, "Qwrtz neighbourhood, Idlib", IDLIB)
    assert ("C3871", "fallback") == (first.place.id, first.method)
    assert IDLIB.place.uncertainty_m == first.place.uncertainty_m
    assert first.reasons[0].startswith("the name itself is not in the gazetteer")


def test_a_fallback_to_a_wide_city_is_not_taken_for_within_five_kilometres(tmp_path: Path) -> None:
    def sure(radius_m: float) -> float:
        (folder := tmp_path / str(radius_m)).mkdir()
        city = a_record(id="C3871", name="Idleb", spellings=["Idlib"], uncertainty_m=radius_m)
        return match_of(folder, "Qwrtz neighbourhood, Idlib", city).confidence

    narrow, at_the_limit, wide = sure(2_000.0), sure(5_000.0), sure(20_000.0)
    assert narrow == at_the_limit
    assert at_the_limit / 4 == pytest.approx(wide)


def test_a_quarter_that_is_known_is_taken_before_its_city(tmp_path: Path) -> None:
    quarter = a_record(id="N1", name="Al-Qusour", kind=PlaceKind.NEIGHBOURHOOD, position=IDLIB_AT)
    assert "N1" == match_of(tmp_path, "Al Qusour neighbourhood, Idlib city", IDLIB, quarter).place.id


@pytest.mark.parametrize(("text", "name", "name_ar"), [
    ("Qalaat", "Khirbet Qalaat", "خربة قلعات"), ("قلعات", "Khirbet Qalaat", "خربة قلعات"),
    ("Buleil", "Qetet Elbuleil", "قطعة البوليل"), ("Al-Buliyal", "Qetet Elbuleil", "قطعة البوليل"),
    ("البوليل", "Qetet Elbuleil", "قطعة البوليل"), ("trailer park Bab Qalaat", "Bab Qalaat", ""),
])  # fmt: skip
def test_a_name_that_is_part_of_a_longer_one_or_holds_a_shorter_one_finds_it(
    tmp_path: Path, text: str, name: str, name_ar: str
) -> None:
    first = match_of(tmp_path, text, IDLIB, a_record(id="C1", name=name, name_ar=name_ar, **ZOR))
    assert ("C1", "part") == (first.place.id, first.method)


@pytest.mark.parametrize("text", ["silos east of Saraqib", "east of Saraqib", "شرق مدينة سراقب", "شرق سراقب"])
def test_a_direction_without_a_distance_stays_at_the_town_and_reaches_ten_km_on(
    tmp_path: Path, text: str
) -> None:
    town, first = a_record().place, match_of(tmp_path, text, a_record())
    assert ("around", town.position) == (first.method, first.place.position)
    assert town.uncertainty_m + 10_000.0 == first.place.uncertainty_m


@pytest.mark.parametrize("text", ["between Idlib and Xyzzyville", "Idlib – Xyzzyville road"])
def test_half_of_two_places_is_said_and_never_sure(tmp_path: Path, text: str) -> None:
    answer = resolved(tmp_path, text, [*AREAS, IDLIB])
    half = "only half of the text is known: 'Xyzzyville' is not in the gazetteer"
    assert (None, half) == (answer.best, answer.matches[0].reasons[0])


@pytest.mark.parametrize("text", ["rural Idlib", "Idlib countryside", "ريف إدلب"])
def test_a_countryside_is_its_governorate_first_and_not_the_town(tmp_path: Path, text: str) -> None:
    assert "SY07" == match_of(tmp_path, text, IDLIB).place.id


@pytest.mark.parametrize("text", ["Kubra, Idlib governorate", "Kubra - Idlib", "Idlib: Kubra", "Kubra"])
def test_a_village_whose_name_is_a_word_that_tells_others_apart_is_not_read_as_its_area(
    tmp_path: Path, text: str
) -> None:
    village = a_record(id="C1", name="Kubra", name_ar="", position=LatLon(35.7, 36.7))
    best = resolved(tmp_path, text, [*AREAS, IDLIB, village]).best
    assert best is None or "C1" == best.place.id


@pytest.mark.parametrize("text", [
    "جرابلس تحتاني - Lower Jrables", "Lower Jrables (جرابلس تحتاني)", "Lower Jrables", "جرابلس تحتاني",
])  # fmt: skip
def test_a_village_that_is_told_apart_in_both_scripts_is_not_the_town(tmp_path: Path, text: str) -> None:
    at, near = LatLon(36.82, 38.01), LatLon(36.79, 38.05)
    town = a_record(id="C1", name="Jarablus", name_ar="جرابلس", position=at, spellings=["Jrables"])
    lower = a_record(id="C2", name="Lower Jrables", name_ar="جرابلس تحتاني", position=near)
    assert "C2" == match_of(tmp_path, text, town, lower).place.id


# --------------------------------------- parts of a place, and what lies round it


@pytest.mark.parametrize("text", [
    "eastern Aleppo", "East Aleppo", "northeastern Aleppo", "Aleppo (east)", "Aleppo, south",
    "eastern Aleppo countryside", "شرقي حلب", "حلب الشرقية", "ريف حلب الشرقي", "Aleppo al-Sharqiya",
])  # fmt: skip
def test_a_part_of_what_a_town_and_its_governorate_are_called_is_the_governorate_and_never_sure(
    tmp_path: Path, text: str
) -> None:
    status, match = first_of(tmp_path, text, ALEPPO)
    assert ("ambiguous", "SY02", 130_000.0) == (status, match.place.id, match.place.uncertainty_m)
    assert "around" == match.method
    assert "is a part of this governorate: the radius is that of all of it" in match.reasons[0]


def test_the_east_of_a_town_that_no_area_is_called_reaches_well_beyond_it(tmp_path: Path) -> None:
    _, match = first_of(tmp_path, "eastern Kafranbel", [a_record(name="Kafranbel", name_ar="")])
    assert ("around", PlaceKind.POINT) == (match.method, match.place.kind)
    assert 12_000.0 == match.place.uncertainty_m
    assert 0.0 == pytest.approx(distance_m(a_record().place.position, match.place.position), abs=0.1)
    assert match.reasons[0].startswith("the east of Kafranbel may be a part of it or lie round it")


@pytest.mark.parametrize("text", ["Eastern Kwaires", "Kuweires Sharqi", "Kwaires (eastern)"])
def test_a_direction_that_is_in_the_name_is_no_part(tmp_path: Path, text: str) -> None:
    known = [a_town("C1294", "Eastern Kwaires"), a_town("C1295", "Kwaires", position=LatLon(36.19, 37.5))]
    _, match = first_of(tmp_path, text, known)
    assert ("C1294", "settlement") == (match.place.id, match.place.kind.value)


def test_a_part_of_a_city_is_the_city(tmp_path: Path) -> None:
    _, match = first_of(tmp_path, "eastern Aleppo city", ALEPPO)
    assert ("C1007", 12_000.0) == (match.place.id, match.place.uncertainty_m)


@pytest.mark.parametrize("text", ["rural Manbij", "Manbij countryside", "countryside of Manbij", "ريف منبج"])
def test_the_countryside_of_a_town_is_the_widest_area_called_so_and_it_takes_the_towns_probability(
    tmp_path: Path, text: str
) -> None:
    known = [
        a_unit("SY0205", "Manbij", PlaceKind.DISTRICT, 79_000.0, name_ar="منبج"),
        a_unit("SY020500", "Manbij", PlaceKind.SUBDISTRICT, 40_000.0, name_ar="منبج"),
        a_town("C1767", "Manbij", name_ar="منبج", adm2_pcode="SY0205", adm3_pcode="SY020500"),
        a_unit("SY02", "Aleppo", PlaceKind.GOVERNORATE, 130_000.0),
    ]
    first, *others = resolved(tmp_path, text, known).matches
    assert ("SY0205", "exact", []) == (first.place.id, first.method, others)
    assert first.confidence > 0.65


def test_the_countryside_of_a_town_that_no_area_is_called_is_not_the_town(tmp_path: Path) -> None:
    _, match = first_of(tmp_path, "rural Kafranbel", [a_record(name="Kafranbel", name_ar="")])
    assert ("around", 12_000.0) == (match.method, match.place.uncertainty_m)


@pytest.mark.parametrize(
    "text", ["Rural Damascus", "Damascus countryside", "countryside of Damascus", "ريف دمشق"]
)
def test_a_governorate_that_is_called_rural_is_found_by_its_name(tmp_path: Path, text: str) -> None:
    known = [
        a_unit("SY01", "Damascus", PlaceKind.GOVERNORATE, 9_000.0, name_ar="دمشق"),
        a_unit("SY03", "Rural Damascus", PlaceKind.GOVERNORATE, 150_000.0, name_ar="ريف دمشق"),
        a_unit("SY0301", "Rural Damascus", PlaceKind.DISTRICT, 29_000.0, name_ar="ريف دمشق"),
    ]
    status, match = first_of(tmp_path, text, known)
    assert ("resolved", "SY03") == (status, match.place.id)


def test_the_north_of_the_country_is_a_part_of_the_country(tmp_path: Path) -> None:
    country = a_unit("SY", "Syria", PlaceKind.COUNTRY, 430_000.0)
    status, match = first_of(tmp_path, "northern Syria", [country, *ALEPPO])
    assert ("ambiguous", "SY") == (status, match.place.id)


def test_an_offset_from_a_part_is_an_offset_from_all_of_it(tmp_path: Path) -> None:
    status, match = first_of(tmp_path, "5 km north of eastern Aleppo", ALEPPO)
    assert "ambiguous" == status
    assert match.place.uncertainty_m > 130_000.0


def test_a_dam_of_which_only_the_governorate_is_known_is_not_outside_the_district_given(
    tmp_path: Path,
) -> None:
    known = [
        *ALEPPO,
        a_unit("SY0205", "Manbij", PlaceKind.DISTRICT, 79_000.0),
        a_town("C1767", "Manbij", adm2_pcode="SY0205", adm3_pcode=None),
        a_town("cg:dam", "Tishreen Dam", kind=PlaceKind.DAM, population=None, **DISTRICT_UNKNOWN),
    ]
    status, match = first_of(tmp_path, "Tishreen Dam, Manbij", known)
    assert ("resolved", "cg:dam") == (status, match.place.id)
    assert "not in the given area" not in match.reasons
