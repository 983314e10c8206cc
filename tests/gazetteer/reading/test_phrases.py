"""What the words round a name do to the answer: facilities, quarters, parts of names, several places.

On small gazetteers made for each test, so that what is known and what is not is in sight. The weights are
those that the package carries: which place comes first is promised, how sure it is only roughly.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from gazetteer import Gazetteer, Match, PlaceKind
from gazetteer.geodesy import LatLon
from gazetteer.store import PlaceRecord
from tests.builders import a_gazetteer_file, a_record

IDLIB_AT, ZOR_AT, BULEIL_AT = LatLon(35.93, 36.634), LatLon(35.336, 40.146), LatLon(35.20, 40.35)
ZOR = {"adm1_pcode": "SY09", "adm2_pcode": "SY0901", "adm3_pcode": "SY090100"}


def idlib_city() -> PlaceRecord:
    return a_record(
        id="C3871", name="Idleb", name_ar="إدلب", spellings=["Idlib"], position=IDLIB_AT, population=128_840
    )


def a_governorate(pcode: str, name: str, name_ar: str, at: LatLon) -> PlaceRecord:
    return a_record(
        id=pcode,
        name=name,
        name_ar=name_ar,
        kind=PlaceKind.GOVERNORATE,
        position=at,
        uncertainty_m=60_000.0,
        population=None,
        adm1_pcode=pcode,
        adm2_pcode=None,
        adm3_pcode=None,
    )


def a_hospital(place_id: str, name: str, **changes: Any) -> PlaceRecord:
    values: dict[str, Any] = {
        "id": place_id,
        "name": name,
        "name_ar": "",
        "kind": PlaceKind.HOSPITAL,
        "population": None,
    }
    return a_record(**{**values, "uncertainty_m": 500.0, "position": LatLon(35.931, 36.64), **changes})


def opened(folder: Path, *records: PlaceRecord) -> Gazetteer:
    areas: Iterable[PlaceRecord] = (
        a_governorate("SY07", "Idleb", "إدلب", LatLon(35.86, 36.57)),
        a_governorate("SY09", "Deir-ez-Zor", "دير الزور", LatLon(35.2, 40.3)),
    )
    return Gazetteer.open(a_gazetteer_file(folder / "g.gpkg", [*areas, *records]))


def first_of(gazetteer: Gazetteer, text: str) -> Match:
    matches = gazetteer.resolve(text).matches
    assert matches, text
    return matches[0]


@pytest.mark.parametrize("text", [
    "Idlib, national hospital", "Idlib national hospital", "national hospital, Idlib",
    "Idlib (national hospital)",
])  # fmt: skip
def test_a_hospital_is_put_before_the_town_it_is_named_with(tmp_path: Path, text: str) -> None:
    known = opened(tmp_path, idlib_city(), a_hospital("cg:national", "Idlib National Hospital"))
    assert "cg:national" == first_of(known, text).place.id


def test_a_hospital_that_is_not_known_is_never_invented(tmp_path: Path) -> None:
    known = opened(tmp_path, idlib_city(), a_hospital("cg:zor", "Aisha Hospital", position=ZOR_AT, **ZOR))
    answer = known.resolve("Xyzzy hospital, Idlib")
    assert "cg:zor" not in [m.place.id for m in answer.matches if m.confidence >= 0.5]
    assert answer.best is None or "C3871" == answer.best.place.id


def test_a_quarter_that_is_not_known_falls_back_to_its_city_with_the_citys_radius(tmp_path: Path) -> None:
    city = idlib_city()
    first = first_of(opened(tmp_path, city), "Qwrtz neighbourhood, Idlib")
    assert ("C3871", "fallback", city.place.uncertainty_m) == (
        first.place.id,
        first.method,
        first.place.uncertainty_m,
    )
    assert first.reasons[0].startswith("the name itself is not in the gazetteer")


def test_a_fallback_to_a_wide_city_is_not_taken_for_within_five_kilometres(tmp_path: Path) -> None:
    def sure(radius_m: float) -> float:
        (folder := tmp_path / str(radius_m)).mkdir()
        city = a_record(id="C3871", name="Idleb", spellings=["Idlib"], uncertainty_m=radius_m)
        return first_of(opened(folder, city), "Qwrtz neighbourhood, Idlib").confidence

    narrow, at_the_limit, wide = sure(2_000.0), sure(5_000.0), sure(20_000.0)
    assert narrow == at_the_limit
    assert at_the_limit / 4 == pytest.approx(wide)


def test_a_quarter_that_is_known_is_taken_before_its_city(tmp_path: Path) -> None:
    quarter = a_record(
        id="N1",
        name="Al-Qusour",
        name_ar="القصور",
        kind=PlaceKind.NEIGHBOURHOOD,
        position=IDLIB_AT,
        uncertainty_m=800.0,
    )
    assert (
        "N1"
        == first_of(opened(tmp_path, idlib_city(), quarter), "Al Qusour neighbourhood, Idlib city").place.id
    )


@pytest.mark.parametrize("text", ["Qalaat", "قلعات"])
def test_a_name_that_is_part_of_a_longer_one_finds_it(tmp_path: Path, text: str) -> None:
    longer = a_record(id="C1", name="Khirbet Qalaat", name_ar="خربة قلعات", position=BULEIL_AT, **ZOR)
    first = first_of(opened(tmp_path, idlib_city(), longer), text)
    assert ("C1", "part") == (first.place.id, first.method)


@pytest.mark.parametrize("text", ["Buleil", "Al-Buliyal", "البوليل"])
def test_a_part_with_the_same_consonant_twice_is_found_too(tmp_path: Path, text: str) -> None:
    longer = a_record(id="C1", name="Qetet Elbuleil", name_ar="قطعة البوليل", position=BULEIL_AT, **ZOR)
    known = opened(tmp_path, idlib_city(), longer)
    assert ["C1"] == [m.place.id for m in known.resolve(text).matches[:1]]


def test_a_longer_text_finds_the_name_that_it_holds(tmp_path: Path) -> None:
    known = opened(tmp_path, a_record(id="C1", name="Bab Qalaat", name_ar=""))
    first = first_of(known, "trailer park Bab Qalaat")
    assert ("C1", "part") == (first.place.id, first.method)


@pytest.mark.parametrize("text", ["silos east of Saraqib", "east of Saraqib", "شرق مدينة سراقب", "شرق سراقب"])
def test_a_direction_without_a_distance_stays_at_the_town_and_reaches_ten_km_on(
    tmp_path: Path, text: str
) -> None:
    town = a_record()
    first = first_of(opened(tmp_path, town), text)
    assert ("around", town.place.position, town.place.uncertainty_m + 10_000.0) == (
        first.method,
        first.place.position,
        first.place.uncertainty_m,
    )


@pytest.mark.parametrize("text", ["between Idlib and Xyzzyville", "Idlib – Xyzzyville road"])
def test_half_of_two_places_is_said_and_never_sure(tmp_path: Path, text: str) -> None:
    answer = opened(tmp_path, idlib_city()).resolve(text)
    assert answer.best is None
    assert (
        "only half of the text is known: 'Xyzzyville' is not in the gazetteer" == answer.matches[0].reasons[0]
    )


@pytest.mark.parametrize("text", ["rural Idlib", "Idlib countryside", "ريف إدلب"])
def test_a_countryside_is_its_governorate_first_and_not_the_town(tmp_path: Path, text: str) -> None:
    assert "SY07" == first_of(opened(tmp_path, idlib_city()), text).place.id


@pytest.mark.parametrize("text", ["Kubra, Idlib governorate", "Kubra - Idlib", "Idlib: Kubra", "Kubra"])
def test_a_village_whose_name_is_a_word_that_tells_others_apart_is_not_read_as_its_area(
    tmp_path: Path, text: str
) -> None:
    village = a_record(id="C1", name="Kubra", name_ar="", position=LatLon(35.7, 36.7))
    best = opened(tmp_path, idlib_city(), village).resolve(text).best
    assert best is None or "C1" == best.place.id


@pytest.mark.parametrize("text", [
    "جرابلس تحتاني - Lower Jrables", "Lower Jrables (جرابلس تحتاني)", "Lower Jrables", "جرابلس تحتاني",
])  # fmt: skip
def test_a_village_that_is_told_apart_in_both_scripts_is_not_the_town(tmp_path: Path, text: str) -> None:
    town = a_record(
        id="C1", name="Jarablus", name_ar="جرابلس", position=LatLon(36.82, 38.01), spellings=["Jrables"]
    )
    lower = a_record(id="C2", name="Lower Jrables", name_ar="جرابلس تحتاني", position=LatLon(36.79, 38.05))
    assert "C2" == first_of(opened(tmp_path, town, lower), text).place.id


@pytest.mark.parametrize(
    "text", ["tell", "Kafr", "deir", "تل", "كفر", "المشفى الوطني", "the national hospital"]
)
def test_what_begins_or_describes_many_names_is_none_alone(default: Gazetteer, text: str) -> None:
    assert default.resolve(text).status not in ("resolved", "several")
