"""A direction that is in no spelling, and the countryside: a part of what is named is never the town itself.

On small gazetteers made for each test: what is called how is in sight.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gazetteer import Gazetteer, Match, PlaceKind
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.store import PlaceRecord
from tests.builders import a_gazetteer_file, a_record

CITY = LatLon(36.2, 37.16)


def a_unit(pcode: str, name: str, kind: PlaceKind, radius_m: float, **changes: Any) -> PlaceRecord:
    codes = {f"adm{n}_pcode": pcode[: 2 + 2 * n] if len(pcode) >= 2 + 2 * n else None for n in (1, 2, 3)}
    values: dict[str, Any] = {"position": LatLon(36.1, 37.4), "population": None, "name_ar": "", **codes}
    return a_record(id=pcode, name=name, kind=kind, uncertainty_m=radius_m, **{**values, **changes})


def a_town(place_id: str, name: str, **changes: Any) -> PlaceRecord:
    codes = {"adm1_pcode": "SY02", "adm2_pcode": "SY0200", "adm3_pcode": "SY020000"}
    values: dict[str, Any] = {"name_ar": "", "position": CITY, **codes, **changes}
    return a_record(id=place_id, name=name, **values)


ALEPPO = (
    a_unit("SY02", "Aleppo", PlaceKind.GOVERNORATE, 130_000.0, name_ar="حلب"),
    a_town("C1007", "Aleppo", name_ar="حلب", population=2_098_210, uncertainty_m=12_000.0),
)


def first_of(folder: Path, text: str, records: Sequence[PlaceRecord]) -> tuple[str, Match]:
    with Gazetteer.open(a_gazetteer_file(folder / "g.gpkg", records)) as gazetteer:
        answer = gazetteer.resolve(text)
    return answer.status, answer.matches[0]


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
    assert ("around", PlaceKind.POINT, 12_000.0) == (
        match.method,
        match.place.kind,
        match.place.uncertainty_m,
    )
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
        a_town(
            "C1767", "Manbij", name_ar="منبج", population=99_497, adm2_pcode="SY0205", adm3_pcode="SY020500"
        ),
        a_unit("SY02", "Aleppo", PlaceKind.GOVERNORATE, 130_000.0),
    ]
    with Gazetteer.open(a_gazetteer_file(tmp_path / "g.gpkg", known)) as gazetteer:
        first, *others = gazetteer.resolve(text).matches
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
        a_town(
            "cg:dam", "Tishreen Dam", kind=PlaceKind.DAM, adm2_pcode=None, adm3_pcode=None, population=None
        ),
    ]
    status, match = first_of(tmp_path, "Tishreen Dam, Manbij", known)
    assert ("resolved", "cg:dam") == (status, match.place.id)
    assert "not in the given area" not in match.reasons
