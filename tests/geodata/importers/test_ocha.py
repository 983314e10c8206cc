"""OCHA's boundaries in both schemas, and its populated places in every format."""

from pathlib import Path

import pytest

from gazetteer.kinds import PlaceKind
from geodata.areas import normal_shape
from tests.upstream_builders import (
    neighbourhoods,
    new_schema,
    old_schema,
    populated_places,
    records_of,
    settlement,
)

OLD, NEW, PLACES = "OCHA COD-AB, schema of 2020", "OCHA COD-AB, schema v02", "OCHA populated places"


@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".geojson"])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_both_schemas_give_the_same_areas_from_every_format(tmp_path: Path, suffix: str, level: int) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old_schema(tmp_path / "old" / f"a{suffix}", level)
    new_schema(tmp_path / "new" / f"b{suffix}", level)
    found = []
    for name, title, release in (("old", OLD, ""), ("new", NEW, "v02")):
        [(read_as, records)] = records_of(tmp_path / name).items()
        kind = (PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT)[level - 1]
        said = {(record.kind, record.date, record.release) for record in records}
        assert (title, {(kind, "2020-12-17", release)}) == (read_as, said)
        shapes = {r.key: normal_shape(r.shape).wkb for r in records if r.shape}
        found.append((shapes, {r.key: ([n.text for n in r.names[:2]], r.stated) for r in records}))
    assert found[0] == found[1]


def test_a_neighbourhood_has_its_code_names_and_areas(tmp_path: Path) -> None:
    [(read_as, [record])] = records_of(neighbourhoods(tmp_path / "n.shp").parent).items()
    assert OLD == read_as
    assert (PlaceKind.NEIGHBOURHOOD, "N0413") == (record.kind, record.key)
    assert ("SY07", "SY0702", "SY070200") == record.stated
    assert [
        ("Al Thawra_ Al Jourah", "en", False),
        ("الثورة_ الجورة", "ar", False),
        ("Thawra (Manbaj)", "en", True),
    ] == [(name.text, name.language, name.is_label) for name in record.names]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".shp"])
def test_populated_places_are_the_same_from_every_format(tmp_path: Path, suffix: str) -> None:
    populated_places(tmp_path / f"p{suffix}", [settlement()])
    [(read_as, [record])] = records_of(tmp_path).items()
    assert PLACES == read_as
    assert ("C1001", PlaceKind.SETTLEMENT, 35.5, 37.5) == (
        record.key,
        record.kind,
        record.latitude,
        record.longitude,
    )
    assert ("SY07", "SY0702", "SY070200") == record.stated
    assert [
        ("Saraqab", "en", False),
        ("سراقب", "ar", False),
        ("Saraqab (Saraqab)", "en", True),
        ("سراقب - سراقب", "ar", True),
    ] == [(name.text, name.language, name.is_label) for name in record.names]
    assert record.date == "2018-12-19"


def test_a_name_that_a_workbook_took_for_a_number_stays_text(tmp_path: Path) -> None:
    row = settlement(admin4Name_en=60, LocationName_ar=3)
    [record] = records_of(populated_places(tmp_path / "p.xlsx", [row]).parent)[PLACES]
    assert ["60", "سراقب", "Saraqab (Saraqab)", "3"] == [name.text for name in record.names]


def test_a_row_without_a_code_or_position_is_handed_on_as_such(tmp_path: Path) -> None:
    row = settlement(admin4Pcode="", Latitude_y="", Longitude_x="n/a")
    [record] = records_of(populated_places(tmp_path / "p.csv", [row]).parent)[PLACES]
    assert ("", None, None) == (record.key, record.latitude, record.longitude)
