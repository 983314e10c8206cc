"""OCHA's boundaries in both schemas, and its populated places in every format."""

from pathlib import Path

import pytest

from gazetteer.kinds import PlaceKind
from geodata.areas import normal_shape
from geodata.importers import IMPORTERS, Layer
from geodata.importers.cod_ab import NewSchema, OldSchema
from geodata.importers.populated_places import PopulatedPlaces
from tests.upstream_builders import (
    neighbourhoods,
    new_schema,
    old_schema,
    only_layer,
    populated_places,
    settlement,
)


def readers_of(layer: Layer) -> list[str]:
    return [importer.name for importer in IMPORTERS if importer.recognises(layer)]


@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".geojson"])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_both_schemas_give_the_same_areas_from_every_format(tmp_path: Path, suffix: str, level: int) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old_schema(tmp_path / "old" / f"a{suffix}", level)
    new_schema(tmp_path / "new" / f"b{suffix}", level)
    old, new = only_layer(tmp_path / "old"), only_layer(tmp_path / "new")
    assert (["OCHA COD-AB, schema of 2020"], ["OCHA COD-AB, schema v02"]) == (
        readers_of(old),
        readers_of(new),
    )
    found = []
    for importer, layer in ((OldSchema(), old), (NewSchema(), new)):
        records = list(importer.records(layer))
        assert importer.dated(layer) == "2020-12-17"
        assert {record.kind for record in records} == {
            (PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT)[level - 1]
        }
        found.append(
            {
                r.key: (
                    normal_shape(r.shape).wkb if r.shape else None,
                    [n.text for n in r.names[:2]],
                    r.stated,
                )
                for r in records
            }
        )
    assert found[0] == found[1]


def test_a_neighbourhood_has_its_code_names_and_areas(tmp_path: Path) -> None:
    layer = only_layer(neighbourhoods(tmp_path / "n.shp").parent)
    assert readers_of(layer) == ["OCHA COD-AB, schema of 2020"]
    (record,) = OldSchema().records(layer)
    assert (PlaceKind.NEIGHBOURHOOD, "N0413") == (record.kind, record.key)
    assert ("SY07", "SY0702", "SY070200") == record.stated
    assert [
        ("Al Thawra_ Al Jourah", "en", False),
        ("الثورة_ الجورة", "ar", False),
        ("Thawra (Manbaj)", "en", True),
    ] == [(name.text, name.language, name.is_label) for name in record.names]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".shp"])
def test_populated_places_are_the_same_from_every_format(tmp_path: Path, suffix: str) -> None:
    layer = only_layer(populated_places(tmp_path / f"p{suffix}", [settlement()]).parent)
    assert readers_of(layer) == ["OCHA populated places"]
    (record,) = PopulatedPlaces().records(layer)
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
    assert PopulatedPlaces().dated(layer) == "2018-12-19"


def test_a_name_that_a_workbook_took_for_a_number_stays_text(tmp_path: Path) -> None:
    row = settlement(admin4Name_en=60, LocationName_ar=3)
    layer = only_layer(populated_places(tmp_path / "p.xlsx", [row]).parent)
    (record,) = PopulatedPlaces().records(layer)
    assert ["60", "سراقب", "Saraqab (Saraqab)", "3"] == [name.text for name in record.names]


def test_a_row_without_a_code_or_position_is_handed_on_as_such(tmp_path: Path) -> None:
    row = settlement(admin4Pcode="", Latitude_y="", Longitude_x="n/a")
    layer = only_layer(populated_places(tmp_path / "p.csv", [row]).parent)
    (record,) = PopulatedPlaces().records(layer)
    assert ("", None, None) == (record.key, record.latitude, record.longitude)
